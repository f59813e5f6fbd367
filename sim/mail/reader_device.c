/* What a device holds: messages that POP3 downloaded, and what IMAP has shown of those on the server. */
#include "mail/reader_internal.h"

const char *const reader_by_texts[] = { "pop3", "imap" };

enum { LEVEL = '/', UID_TEXT_MAX = 16 };

/* ---- One message. */

/* Ids have no spaces, so no two messages have the same. */
static char *key_of(enum mail_by by, const char *folder, const char *id)
{
    return g_strdup_printf("%d %s %s", (int)by, folder, id);
}

static void held_free(struct held *h)
{
    g_free(h->folder);
    g_free(h->id);
    g_free(h->key);
    g_free(h->from);
    g_free(h->subject);
    g_free(h->flags);
    g_free(h);
}

struct held *reader_held(const struct mail_reader *r, enum mail_by by, const char *folder, const char *id)
{
    char *key = key_of(by, folder, id);
    struct held *h = g_hash_table_lookup(r->by_key, key);

    g_free(key);
    return h;
}

struct held *reader_hold(struct mail_reader *r, enum mail_by by, const char *folder, const char *id)
{
    struct held *h = reader_held(r, by, folder, id);

    if (h != NULL)
        return h;
    h = g_new0(struct held, 1);
    h->by = by;
    h->folder = g_strdup(folder);
    h->id = g_strdup(id);
    h->key = key_of(by, folder, id);
    g_ptr_array_add(r->held, h);
    g_hash_table_insert(r->by_key, h->key, h);
    return h;
}

static const char *uid_text(char text[UID_TEXT_MAX], uint32_t uid)
{
    g_snprintf(text, UID_TEXT_MAX, "%u", (unsigned)uid);
    return text;
}

struct held *reader_held_uid(const struct mail_reader *r, const char *folder, uint32_t uid)
{
    char id[UID_TEXT_MAX];

    return reader_held(r, MAIL_BY_IMAP, folder, uid_text(id, uid));
}

struct held *reader_hold_uid(struct mail_reader *r, const char *folder, uint32_t uid)
{
    char id[UID_TEXT_MAX];

    return reader_hold(r, MAIL_BY_IMAP, folder, uid_text(id, uid));
}

void reader_drop(struct mail_reader *r, struct held *h)
{
    if (h == NULL)
        return;
    g_hash_table_remove(r->by_key, h->key);
    g_ptr_array_remove(r->held, h);
    held_free(h);
}

/* "m7" of "<m7.1772442000@crepes.fr>", as our own programs name what they compose; 0: another's. */
static uint32_t mail_of(struct span message_id)
{
    uint64_t n = 0;
    size_t len = 0;

    if (message_id.len < 4 || memcmp(message_id.at, "<m", 2) != 0)
        return 0;
    while (len + 2 < message_id.len && g_ascii_isdigit(message_id.at[len + 2]))
        len++;
    if (len + 2 == message_id.len || message_id.at[len + 2] != '.')
        return 0;
    return span_number(span_bytes(message_id.at + 2, len), UINT32_MAX, &n) ? (uint32_t)n : 0;
}

static void set_text(char **text, struct span field)
{
    GString *decoded = g_string_new(NULL);

    mime_header_text(field, decoded);
    g_free(*text);
    *text = g_string_free(decoded, FALSE);
}

void reader_keep(struct held *h, struct span text, bool whole)
{
    const struct mail_message m = { .data = text };
    uint32_t mail = mail_of(mail_message_field(&m, "Message-ID"));

    set_text(&h->from, mail_message_field(&m, "From"));
    set_text(&h->subject, mail_message_field(&m, "Subject"));
    if (mail != 0)
        h->mail = mail;
    h->whole = h->whole || whole;
    h->fetched = text.len;
}

/* ---- Folders of IMAP. */

/* Drop all that are not `kept`, in one go. */
static void keep_those(struct mail_reader *r, bool (*kept)(const struct held *h, const void *self),
                       const void *self)
{
    guint n = 0;

    for (guint i = 0; i < r->held->len; i++) {
        struct held *h = r->held->pdata[i];

        if (kept(h, self)) {
            r->held->pdata[n++] = h;
        } else {
            g_hash_table_remove(r->by_key, h->key);
            held_free(h);
        }
    }
    g_ptr_array_set_size(r->held, (gint)n);
}

struct listed_in {
    const char *folder;
    uint32_t listing;
};

static bool is_still_listed(const struct held *h, const void *self)
{
    const struct listed_in *l = self;

    return h->by != MAIL_BY_IMAP || strcmp(h->folder, l->folder) != 0 ||
           (l->listing != 0 && h->listing == l->listing);
}

void reader_forget(struct mail_reader *r, const char *folder, uint32_t listing)
{
    keep_those(r, is_still_listed, &(struct listed_in){ folder, listing });
}

bool reader_is_below(const char *folder, const char *above)
{
    size_t len = strlen(above);

    return strncmp(folder, above, len) == 0 && (folder[len] == '\0' || folder[len] == LEVEL);
}

static bool is_elsewhere(const struct held *h, const void *self)
{
    return h->by != MAIL_BY_IMAP || !reader_is_below(h->folder, self);
}

void reader_forget_tree(struct mail_reader *r, const char *folder)
{
    keep_those(r, is_elsewhere, folder);
}

/* ---- The whole. */

void reader_device_init(struct mail_reader *r)
{
    r->held = g_ptr_array_new();
    r->by_key = g_hash_table_new(g_str_hash, g_str_equal);
    r->validity = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

void reader_device_release(struct mail_reader *r)
{
    for (guint i = 0; i < r->held->len; i++)
        held_free(r->held->pdata[i]);
    g_ptr_array_free(r->held, TRUE);
    g_hash_table_destroy(r->by_key);
    g_hash_table_destroy(r->validity);
}

void reader_device_describe(const struct mail_reader *r, struct sheet *sheet)
{
    struct table *t = sheet_table(sheet, "device", "Mail on this device", "Nothing has been read here.");

    table_column(t, CELL_TEXT, "user", "user", "Whose mail it is.");
    table_column(t, CELL_TEXT, "method", "by",
                 "By POP3 it was downloaded; by IMAP it is shown as the server has it.");
    table_column(t, CELL_TEXT, "folder", "folder", NULL);
    table_column(t, CELL_TEXT, "id", "id", "The server's name for it there.");
    table_column(t, CELL_TEXT, "mail", "mail", "Its name in the trace.");
    table_column(t, CELL_TEXT, "from", "from", NULL);
    table_column(t, CELL_TEXT, "subject", "subject", NULL);
    table_column(t, CELL_TEXT, "flags", "flags", NULL);
    table_column(t, CELL_NUMBER, "size", "octets", NULL);
    table_column(t, CELL_NUMBER, "fetched", "fetched", "Octets of it that came over the wire.");
    for (guint i = 0; i < r->held->len; i++) {
        const struct held *h = r->held->pdata[i];

        table_row(t);
        table_text(t, "%s", r->user);
        table_text(t, "%s", reader_by_texts[h->by]);
        table_text(t, "%s", h->folder);
        table_text(t, "%s", h->id);
        table_text(t, h->mail != 0 ? "m%u" : "", (unsigned)h->mail);
        table_text(t, "%s", h->from != NULL ? h->from : "");
        table_text(t, "%s", h->subject != NULL ? h->subject : "");
        table_text(t, "%s", h->flags != NULL ? h->flags : "");
        table_number(t, (int64_t)h->size);
        table_number(t, (int64_t)h->fetched);
    }
}

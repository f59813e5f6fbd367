/* APPEND (RFC 3501 §6.3.11). A message may be large, so all that can be refused is, before it is sent. */
#include "mail/imap_server_internal.h"

struct append {
    struct mail_folder *folder;
    struct imap_flags flags;
    int64_t date_s;
};

/* All before the message. `is_name_out`: the name can be one. */
static bool take_args(struct imap_server *s, struct append *p, bool *is_name_out)
{
    struct imap_args *a = &s->args;
    GString *name = g_string_new(NULL);

    *p = (struct append){ .date_s = s->options->boxes->epoch_s + s->now / SIM_SECOND };
    imap_args_take_space(a);
    *is_name_out = imap_take_folder_name(s, name);
    p->folder = *is_name_out ? mail_folder_find(s->box, span_bytes(name->str, name->len)) : NULL;
    g_string_free(name, TRUE);
    imap_args_take_space(a);
    if (imap_args_peek(a) == '(') {
        imap_args_take_flag_list(a, &p->flags);
        imap_args_take_space(a);
    }
    if (imap_args_peek(a) == '"') {
        p->date_s = imap_args_take_date_time(a);
        imap_args_take_space(a);
    }
    return a->fault == NULL;
}

bool imap_has_room_for_keywords(const struct mail_folder *f, const struct imap_flags *flags)
{
    unsigned n = f->keywords != NULL ? f->keywords->len : 0;

    for (unsigned i = 0; i < flags->n_keywords; i++)
        n += mail_folder_keyword_find(f, flags->keywords[i]) == 0;
    return !flags->too_many && n <= MAIL_KEYWORDS_MAX;
}

/* Why a message of `size` octets can't go there; NULL: it can. */
static const char *refusal(const struct append *p, bool is_name, uint64_t size)
{
    if (!is_name)
        return "[CANNOT] That is no name in modified UTF-7 (RFC 3501 5.1.3)";
    if (p->folder == NULL)
        return "[TRYCREATE] No such folder"; /* §7.1 */
    if (p->folder->no_select)
        return "[TRYCREATE] That is no folder, but a level above some";
    if (size == 0)
        return "[CANNOT] A message of no octets is none";
    if (size > IMAP_APPEND_MAX)
        return "[TOOBIG] The message is too large";
    if (mail_box_room(p->folder->box, size) != MAIL_ROOM)
        return "[OVERQUOTA] The mailbox is full";
    if (!imap_has_room_for_keywords(p->folder, &p->flags))
        return "[LIMIT] Too many keywords in that folder";
    return NULL;
}

bool imap_append_announced(struct imap_server *s)
{
    struct append p;
    bool is_name, is_name_literal = s->input.piece == 0 && span_starts_nocase(s->args.rest, SPAN(" {"));
    const char *why;

    if (is_name_literal && s->input.size <= IMAP_LITERAL_MAX)
        return true;
    if (is_name_literal) {
        imap_bad(s, "[TOOBIG] The literal is too long");
        return false;
    }
    if (take_args(s, &p, &is_name) && imap_args_peek(&s->args) != '{')
        imap_args_expected(&s->args, "a literal, {size}");
    if (s->args.fault != NULL) {
        imap_bad_args(s);
        return false;
    }
    why = refusal(&p, is_name, s->input.size);
    if (why != NULL)
        imap_no(s, why);
    return why == NULL;
}

/* Lines end in CRLF (RFC 5322 §2.3): a lone LF gets its CR, so that whatever reads the box can rest on it. */
static struct mail_message *make_message(uint32_t mail, struct span octets)
{
    GString *text = NULL;
    struct mail_message *m;

    for (size_t i = 0; i < octets.len; i++) {
        bool is_lone = octets.at[i] == '\n' && (i == 0 || octets.at[i - 1] != '\r');

        if (is_lone && text == NULL) {
            text = g_string_sized_new(octets.len + octets.len / 16 + 16);
            g_string_append_len(text, octets.at, (gssize)i);
        }
        if (is_lone)
            g_string_append_c(text, '\r');
        if (text != NULL)
            g_string_append_c(text, octets.at[i]);
    }
    if (text != NULL)
        octets = span_bytes(text->str, text->len);
    m = mail_message_new(mail, &octets, 1);
    if (text != NULL)
        g_string_free(text, TRUE);
    return m;
}

enum imap_server_state imap_on_append(struct imap_server *s)
{
    struct append p;
    struct span octets;
    struct mail_message *m;
    bool is_name;
    const char *why;
    uint32_t mail, uid;
    char text[80];

    take_args(s, &p, &is_name);
    octets = imap_args_take_literal(&s->args);
    imap_args_take_end(&s->args);
    if (s->args.fault != NULL)
        return imap_bad_args(s);
    why = refusal(&p, is_name, octets.len);
    if (why != NULL)
        return imap_no(s, why);
    mail = s->policy->on_append != NULL ? s->policy->on_append(s->self, p.folder, octets) : 0;
    for (unsigned i = 0; i < p.flags.n_keywords; i++)
        p.flags.system |= mail_folder_keyword(p.folder, p.flags.keywords[i]);
    m = make_message(mail, octets);
    uid = mail_folder_append(p.folder, m, p.flags.system, p.date_s, s->now);
    mail_message_unref(&m);
    g_snprintf(text, sizeof text, "[APPENDUID %u %u] APPEND completed", p.folder->uidvalidity,
               uid); /* RFC 4315 §3 */
    return imap_ok(s, text);
}

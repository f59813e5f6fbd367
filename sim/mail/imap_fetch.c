/* FETCH (RFC 3501 §6.4.5, §7.4.2). */
#include "mail/imap_section.h"
#include "mail/imap_server_internal.h"
#include "mail/imap_structure.h"
#include "mail/imap_text.h"

enum item_kind {
    UID,
    FLAGS,
    INTERNALDATE,
    RFC822_SIZE,
    ENVELOPE,
    BODY,
    BODYSTRUCTURE,
    RFC822,
    RFC822_HEADER,
    RFC822_TEXT,
    SECTION, /* BODY[…] */
};

struct item {
    enum item_kind kind;
    char *label;  /* as it is told: "BODY[TEXT]<0>" */
    bool is_seen; /* who asks for it has seen the message */
    struct imap_section section;
    bool is_partial;
    uint32_t first, count; /* octets of it */
};

/* What is asked for. */
struct fetch {
    GArray *items; /* of struct item */
    bool is_seen;
    unsigned kinds; /* 1 << kind of each */
};

/* Of a message, as far as it was needed. */
struct message {
    struct span data;
    struct mime_part *root; /* NULL: not yet */
};

/* ---- Asking. */

static const struct {
    const char *name;
    enum item_kind kind;
} names[] = {
    { "UID", UID },
    { "FLAGS", FLAGS },
    { "INTERNALDATE", INTERNALDATE },
    { "RFC822.SIZE", RFC822_SIZE },
    { "ENVELOPE", ENVELOPE },
    { "BODY", BODY },
    { "BODYSTRUCTURE", BODYSTRUCTURE },
    { "RFC822", RFC822 },
    { "RFC822.HEADER", RFC822_HEADER },
    { "RFC822.TEXT", RFC822_TEXT },
};

static const struct {
    const char *name;
    enum item_kind kinds[6];
    unsigned n;
} macros[] = {
    { "ALL", { FLAGS, INTERNALDATE, RFC822_SIZE, ENVELOPE }, 4 },
    { "FAST", { FLAGS, INTERNALDATE, RFC822_SIZE }, 3 },
    { "FULL", { FLAGS, INTERNALDATE, RFC822_SIZE, ENVELOPE, BODY }, 5 },
};

static void clear_item(gpointer data)
{
    struct item *i = data;

    g_free(i->label);
    imap_section_release(&i->section);
}

/* Each once: asking twice is no reason to be told twice. */
static void add_item(struct fetch *f, struct item item)
{
    for (guint i = 0; i < f->items->len; i++) {
        struct item *other = &g_array_index(f->items, struct item, i);

        if (strcmp(other->label, item.label) == 0 && other->count == item.count) {
            other->is_seen = other->is_seen || item.is_seen;
            f->is_seen = f->is_seen || item.is_seen;
            clear_item(&item);
            return;
        }
    }
    f->is_seen = f->is_seen || item.is_seen;
    f->kinds |= 1u << item.kind;
    g_array_append_val(f->items, item);
}

static void add_named(struct fetch *f, enum item_kind kind)
{
    struct item item = { .kind = kind, .is_seen = kind == RFC822 || kind == RFC822_TEXT };

    item.section.what = kind == RFC822_HEADER ? IMAP_SECTION_HEADER
                        : kind == RFC822_TEXT ? IMAP_SECTION_TEXT
                                              : IMAP_SECTION_ALL;
    item.label = g_strdup(names[kind].name);
    add_item(f, item);
}

/* "[TEXT]<0.100>" behind BODY or BODY.PEEK. */
static void take_section(struct imap_args *a, struct fetch *f, bool is_seen)
{
    struct item item = { .kind = SECTION, .is_seen = is_seen };
    GString *label = g_string_new("BODY");

    imap_section_take(a, &item.section);
    imap_section_text(&item.section, label);
    item.is_partial = imap_args_take_if(a, '<');
    if (item.is_partial) {
        item.first = imap_args_take_number(a, 0);
        imap_args_take(a, '.');
        item.count = imap_args_take_number(a, 1);
        imap_args_take(a, '>');
        g_string_append_printf(label, "<%u>", item.first);
    }
    item.label = g_string_free(label, FALSE);
    if (a->fault == NULL)
        add_item(f, item);
    else
        clear_item(&item);
}

static void take_item(struct imap_args *a, struct fetch *f)
{
    struct span name = imap_args_take_letters(a);

    if (imap_args_peek(a) == '[' &&
        (span_is_nocase(name, SPAN("BODY")) || span_is_nocase(name, SPAN("BODY.PEEK")))) {
        take_section(a, f, name.len == 4);
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (span_is_nocase(name, span_of(names[i].name))) {
            add_named(f, names[i].kind);
            return;
        }
    }
    imap_args_expected(a, "an item of FETCH");
}

static bool take_macro(struct imap_args *a, struct fetch *f)
{
    for (size_t i = 0; i < G_N_ELEMENTS(macros); i++) {
        if (!imap_args_take_word_if(a, span_of(macros[i].name)))
            continue;
        for (unsigned k = 0; k < macros[i].n; k++)
            add_named(f, macros[i].kinds[k]);
        return true;
    }
    return false;
}

static void take_items(struct imap_args *a, struct fetch *f)
{
    if (!imap_args_take_if(a, '(')) {
        if (!take_macro(a, f))
            take_item(a, f);
        return;
    }
    do
        take_item(a, f);
    while (imap_args_take_if(a, ' '));
    imap_args_take(a, ')');
}

/* ---- Telling. */

static const struct mime_part *tree(struct message *m)
{
    if (m->root == NULL)
        m->root = mime_parse(m->data);
    return m->root;
}

static void put_octets(GString *out, const struct item *i, struct message *m)
{
    GString *scratch = g_string_new(NULL);
    struct span octets = m->data;
    bool is_all = i->section.what == IMAP_SECTION_ALL && i->section.part.len == 0;
    bool is_there = is_all || imap_section_find(&i->section, tree(m), scratch, &octets);

    if (is_there && i->is_partial) {
        size_t first = MIN(i->first, octets.len);

        octets = span_bytes(octets.at + first, MIN(i->count, octets.len - first));
    }
    if (is_there)
        imap_put_literal(out, octets);
    else
        g_string_append(out, "NIL");
    g_string_free(scratch, TRUE);
}

static void put_item(struct imap_server *s, const struct item *i, unsigned at, struct message *m)
{
    const struct imap_viewed *v = &s->view.messages[at];
    GString *out = s->out;

    g_string_append(out, i->label);
    g_string_append_c(out, ' ');
    switch (i->kind) {
    case UID:
        g_string_append_printf(out, "%u", v->uid);
        break;
    case FLAGS:
        g_string_append_c(out, '(');
        imap_view_flags_text(&s->view, at, out);
        g_string_append_c(out, ')');
        break;
    case INTERNALDATE:
        imap_put_date_time(out, v->date_s);
        break;
    case RFC822_SIZE:
        g_string_append_printf(out, "%zu", m->data.len);
        break;
    case ENVELOPE:
        imap_put_envelope(out, tree(m)->header);
        break;
    case BODY:
    case BODYSTRUCTURE:
        imap_put_structure(out, tree(m), i->kind == BODYSTRUCTURE);
        break;
    case RFC822:
    case RFC822_HEADER:
    case RFC822_TEXT:
    case SECTION:
        put_octets(out, i, m);
        break;
    }
}

/* Whose body was asked for has been seen; the client is told that, too (§6.4.5). */
static bool mark_seen(struct imap_server *s, unsigned at)
{
    const struct imap_viewed *m = &s->view.messages[at];

    if (s->view.is_read_only || m->is_gone || (m->flags & MAIL_SEEN))
        return false;
    imap_view_set_flags(&s->view, at, m->flags | MAIL_SEEN);
    return true;
}

static void say_message(struct imap_server *s, const struct fetch *f, unsigned at)
{
    static const struct item uid = { .kind = UID, .label = (char *)"UID" };
    static const struct item flags = { .kind = FLAGS, .label = (char *)"FLAGS" };
    const struct imap_viewed *v = &s->view.messages[at];
    struct message m = { .data = v->message->data };
    bool tells_flags = f->is_seen && mark_seen(s, at) && !(f->kinds & 1u << FLAGS);
    size_t begun = imap_begin(s);

    g_string_append_printf(s->out, "%u FETCH (", at + 1);
    if (s->by_uid && !(f->kinds & 1u << UID)) { /* §6.4.8 */
        put_item(s, &uid, at, &m);
        g_string_append_c(s->out, ' ');
    }
    for (guint i = 0; i < f->items->len; i++) {
        if (i > 0)
            g_string_append_c(s->out, ' ');
        put_item(s, &g_array_index(f->items, struct item, i), at, &m);
    }
    if (tells_flags) {
        g_string_append_c(s->out, ' ');
        put_item(s, &flags, at, &m);
    }
    if (tells_flags || (f->kinds & 1u << FLAGS))
        imap_view_told(&s->view, at);
    g_string_append_c(s->out, ')');
    imap_end(s, begun, v->message->mail);
    mime_free(&m.root);
}

/* About so much will be told of a message. */
static size_t estimate(const struct fetch *f, const struct imap_viewed *v)
{
    size_t octets = 0, size = v->message->data.len;

    for (guint i = 0; i < f->items->len; i++) {
        const struct item *item = &g_array_index(f->items, struct item, i);

        if (item->kind >= RFC822)
            octets += item->is_partial ? MIN(size, item->count) : size;
    }
    return octets;
}

static enum imap_server_state say_messages(struct imap_server *s, const struct fetch *f,
                                           const GArray *indexes)
{
    size_t before = s->out->len;
    bool any_gone = false;

    imap_say_new_keywords(s);
    for (guint i = 0; i < indexes->len; i++) {
        unsigned at = g_array_index(indexes, guint, i);

        if (s->out->len - before + estimate(f, &s->view.messages[at]) > IMAP_FETCH_MAX)
            return imap_no(s, "[LIMIT] Too much for one FETCH");
        any_gone = any_gone || s->view.messages[at].is_gone;
        say_message(s, f, at);
    }
    if (any_gone) /* they were told as they had been (RFC 2180 §4.1.1) */
        return imap_ok(s, "[EXPUNGEISSUED] Some of them are expunged");
    return imap_completed(s);
}

enum imap_server_state imap_on_fetch(struct imap_server *s)
{
    struct fetch f = { .items = g_array_new(FALSE, FALSE, sizeof(struct item)) };
    struct imap_set set;
    GArray *indexes = NULL;
    enum imap_server_state now;

    g_array_set_clear_func(f.items, clear_item);
    imap_args_take_space(&s->args);
    imap_args_take_set(&s->args, &set);
    imap_args_take_space(&s->args);
    take_items(&s->args, &f);
    imap_args_take_end(&s->args);
    if (s->args.fault != NULL)
        now = imap_bad_args(s);
    else if ((indexes = imap_resolve(s, &set)) == NULL)
        now = imap_bad(s, "No message has that number");
    else
        now = say_messages(s, &f, indexes);
    if (indexes != NULL)
        g_array_free(indexes, TRUE);
    g_array_free(f.items, TRUE);
    imap_set_release(&set);
    return now;
}

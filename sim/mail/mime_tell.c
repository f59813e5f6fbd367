#include "mail/mime_tell.h"

/* ---- Numbers of parts. */

struct walk {
    mime_visitor *visit;
    void *self;
};

static void each_in(const struct walk *w, const struct mime_part *p, const char *number);

static bool has_numbered_parts(const struct mime_part *p)
{
    return p->parts != NULL && mime_is(p, "multipart", NULL);
}

/* `number` is that of the message; "" of the one that is in no other. */
static void each_of_message(const struct walk *w, const struct mime_part *root, const char *number)
{
    const char *dot = number[0] != '\0' ? "." : "";
    char *own = g_strconcat(number, dot, has_numbered_parts(root) ? "TEXT" : "1", NULL);

    w->visit(w->self, root, own);
    each_in(w, root, has_numbered_parts(root) ? number : own);
    g_free(own);
}

static void each_in(const struct walk *w, const struct mime_part *p, const char *number)
{
    if (p->parts == NULL)
        return;
    if (!has_numbered_parts(p)) {
        each_of_message(w, g_ptr_array_index(p->parts, 0), number);
        return;
    }
    for (guint i = 0; i < p->parts->len; i++) {
        const struct mime_part *part = g_ptr_array_index(p->parts, i);
        char *own = g_strdup_printf("%s%s%u", number, number[0] != '\0' ? "." : "", i + 1);

        w->visit(w->self, part, own);
        each_in(w, part, own);
        g_free(own);
    }
}

void mime_each(const struct mime_part *root, mime_visitor *visit, void *self)
{
    each_of_message(&(struct walk){ visit, self }, root, "");
}

/* ---- What is said. */

int64_t mime_growth(size_t octets, size_t encoded)
{
    int64_t more = (int64_t)encoded - (int64_t)octets, half = (int64_t)octets / 2;

    if (octets == 0)
        return 0;
    return (more * 1000 + (more < 0 ? -half : half)) / (int64_t)octets;
}

char *mime_type_text(const struct mime_part *p)
{
    char *text = g_strconcat(p->type, "/", p->subtype, NULL), *lower = g_ascii_strdown(text, -1);

    g_free(text);
    return lower;
}

struct telling {
    struct sim *sim;
    enum event event;
    const char *host;
    uint32_t mail;
};

static void tell(void *self, const struct mime_part *p, const char *number)
{
    const struct telling *t = self;
    const char *name = mime_filename(p);
    uint64_t cause = sched_cause(t->sim->sched);
    struct record *r;
    GString *octets;
    char *type;

    if (p->encoding != MIME_QUOTED_PRINTABLE && p->encoding != MIME_BASE64)
        return;
    octets = g_string_new(NULL);
    mime_decode(p, octets);
    type = mime_type_text(p);
    r = trace_begin(&t->sim->trace, t->event, t->host);
    r->mail = t->mail;
    trace_text(r, KEY_PART, span_of(number));
    trace_text(r, KEY_TYPE, span_of(type));
    trace_text(r, KEY_ENCODING, span_of(mime_encoding_text(p->encoding)));
    if (name != NULL)
        trace_text(r, KEY_NAME, span_of(name));
    trace_number(r, KEY_SIZE, (int64_t)octets->len);
    trace_number(r, KEY_ENCODED, (int64_t)p->body.len);
    trace_number(r, KEY_GROWTH, mime_growth(octets->len, p->body.len));
    trace_end(&t->sim->trace);
    sched_set_cause(t->sim->sched, cause);
    g_free(type);
    g_string_free(octets, TRUE);
}

/* Most mail is as it is; that is seen without taking it apart. */
static bool says_encoding(struct span message)
{
    for (struct span rest = message; rest.len > 0;) {
        const char *lf = memchr(rest.at, '\n', rest.len);

        if (span_starts_nocase(rest, SPAN("Content-Transfer-Encoding")))
            return true;
        if (lf == NULL)
            return false;
        rest = span_bytes(lf + 1, rest.len - (size_t)(lf + 1 - rest.at));
    }
    return false;
}

void mime_trace(struct sim *sim, enum event event, const char *host, uint32_t mail, struct span message)
{
    struct mime_part *root;

    if (!trace_on(&sim->trace) || !says_encoding(message))
        return;
    root = mime_parse(message);
    mime_each(root, tell, &(struct telling){ sim, event, host, mail });
    mime_free(&root);
}

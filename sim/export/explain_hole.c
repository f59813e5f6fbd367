/* What stands in the holes of sentences: fields as they are, and those that are put into words. */
#include <string.h>

#include "export/explain_parts.h"

/* ---- Words for the codes of a trace; a code that has none stays as it is. */

struct code {
    const char *code, *words;
};

static const struct code reasons[] = {
    { "refused", N_("connection refused") },
    { "reset", N_("the connection was reset") },
    { "timeout", N_("no answer") },
    { "unreachable", N_("no way there") },
    { "reply", N_("the server said no") },
    { "dns", N_("the name could not be looked up now") },
    { "no_mx", N_("the domain takes no mail") },
    { "null_mx", N_("the domain says that it takes no mail") },
    { "no_domain", N_("there is no such domain") },
    { "loop", N_("it would go round in circles") },
    { "expired", N_("tried for too long") },
    { "null_sender", N_("nobody to tell") },
    { "greylist", N_("the server asks to come back later") },
    { "loss", N_("lost on the way") },
    { "queue_full", N_("the queue of the link is full") },
    { "link_cut", N_("the link is cut") },
    { "host_down", N_("the host is down") },
    { "no_route", N_("no way there") },
    { "ttl", N_("too many hops") },
    { "fast", N_("three duplicate ACKs") },
    { "probe", N_("the peer's window is closed") },
    { "gave_up", N_("tried for too long") },
    { "full", N_("to make room") },
    { "silent", N_("no server answers") },
    { "depth", N_("too many look-ups within look-ups") },
    { "limit", N_("too many questions for one look-up") },
    { "no servers", N_("no server is known") },
    { "servfail", N_("the server has failed") },
    { "lame", N_("the server does not serve that zone") },
    { "sideways", N_("a referral that leads no closer") },
    { "source", N_("it comes from somebody else") },
    { "id", N_("its id is another") },
    { "question", N_("it answers another question") },
    { "malformed", N_("it makes no sense") },
    { "bailiwick", N_("that server has no say over the name") },
};

/* What a fault changes, and of a link what of it: the words of the scenario. */
static const struct code changes[] = {
    { "link", N_("link") },   { "answer", N_("answer") }, { "greylist", N_("greylist") },
    { "quota", N_("quota") }, { "record", N_("record") }, { "delay", N_("delay") },
    { "rate", N_("rate") },   { "loss", N_("loss") },     { "queue", N_("queue") },
};

static void put(struct span s, GString *out)
{
    g_string_append_len(out, s.at, (gssize)s.len);
}

static bool put_code(struct span code, const struct code *codes, size_t n, words_fn *words, GString *out)
{
    for (size_t i = 0; i < n; i++)
        if (span_is(span_of(codes[i].code), code)) {
            g_string_append(out, words_in(words, codes[i].words));
            return true;
        }
    put(code, out);
    return code.len > 0;
}

/* ---- Times. */

static const char never[] = N_("never"), duration[] = N_("[{d}d][{h}h][{m}m][{s}s][{ms}ms][{us}us][{ns}ns]"),
                  day_and_clock[] = N_("Day {day}, {clock}");

/* `self`: a duration as core/time.h writes it, "1h30m"; the hole is a unit of it, and says its number. */
static bool duration_hole(const void *self, struct span unit, words_fn *words, GString *out)
{
    (void)words;
    for (const char *at = self; *at != '\0';) {
        size_t digits = strspn(at, "0123456789."), letters = strspn(at + digits, "dhmnsu");

        if (span_is(span_bytes(at + digits, letters), unit)) {
            put(span_bytes(at, digits), out);
            return true;
        }
        at += digits + letters;
    }
    return false;
}

void explain_duration(sim_time t, words_fn *words, GString *out)
{
    char buf[TIME_DURATION_MAX];
    const char *text = time_duration(buf, t);
    gsize from = out->len;

    if (t == SIM_NEVER) {
        g_string_append(out, words_in(words, never));
        return;
    }
    if (*text == '-')
        g_string_append_c(out, *text++);
    explain_fill(duration, duration_hole, text, words, out);
    while (out->len > from && out->str[out->len - 1] == ' ') /* between the parts of some languages */
        g_string_truncate(out, out->len - 1);
}

/* `self`: a moment as core/time.h writes it. */
static bool clock_hole(const void *self, struct span name, words_fn *words, GString *out)
{
    const char *text = self, *comma = strchr(text, ',');
    struct span day = span_of("Day ");

    (void)words;
    if (span_is(name, SPAN("day")))
        put(span_bytes(text + day.len, (size_t)(comma - text) - day.len), out);
    else
        g_string_append(out, comma + 2);
    return true;
}

void explain_clock(sim_time t, words_fn *words, GString *out)
{
    char buf[TIME_CLOCK_MAX];

    if (t == SIM_NEVER)
        g_string_append(out, words_in(words, never));
    else
        explain_fill(day_and_clock, clock_hole, time_clock(buf, t), words, out);
}

/* As exact as people want it: whole minutes of a long wait, whole seconds of a short one. */
static sim_time about(sim_time wait)
{
    sim_time unit = wait >= 10 * SIM_MINUTE ? SIM_MINUTE : wait >= SIM_SECOND ? SIM_SECOND : SIM_MS;
    return (wait + unit / 2) / unit * unit;
}

static bool put_wait(const struct record *r, words_fn *words, GString *out)
{
    const struct field *next = record_field(r, KEY_NEXT);

    if (next != NULL)
        explain_duration(about(next->number - r->time), words, out);
    return next != NULL;
}

static bool put_saved(const struct record *r, words_fn *words, GString *out)
{
    const struct field *saved = record_field(r, KEY_SAVED_S);
    sim_time t = saved != NULL ? about(saved->number) : 0;

    if (t > 0)
        explain_duration(t, words, out);
    return t > 0;
}

/* ---- Sizes. */

static const char in_octets[] = N_("{n} octets"), in_kb[] = N_("{n} KB");

static bool number_hole(const void *self, struct span name, words_fn *words, GString *out)
{
    (void)name;
    (void)words;
    g_string_append(out, self);
    return true;
}

static bool put_size(const struct record *r, enum key key, words_fn *words, GString *out)
{
    const struct field *f = record_field(r, key);
    int64_t octets = f != NULL && f->kind == FIELD_NUMBER ? f->number : 0;
    char n[32];

    if (octets >= 10000)
        g_snprintf(n, sizeof n, "%.1f", (double)octets / 1000);
    else
        g_snprintf(n, sizeof n, "%d", (int)octets);
    explain_fill(octets >= 10000 ? in_kb : in_octets, number_hole, n, words, out);
    return octets > 0;
}

/* ---- Fields. */

static struct span text_of(const struct record *r, enum key key)
{
    const struct field *f = record_field(r, key);
    return f != NULL && f->kind == FIELD_TEXT ? f->text : SPAN("");
}

static bool put_field(const struct record *r, int key, words_fn *words, GString *out)
{
    struct field f;
    char buf[FIELD_BUF_MAX];

    if (key < 0 || !record_value(r, (enum key)key, &f))
        return false;
    if (f.kind == FIELD_TIME)
        explain_duration(f.number, words, out);
    else
        put(field_text(&f, buf), out);
    return f.kind == FIELD_TEXT ? f.text.len > 0 : f.number != 0;
}

/* As it goes over the wire; but what stands in place of a reply that never came is not the wire's. */
static bool put_reply(const struct record *r, words_fn *words, GString *out)
{
    const struct field *code = record_field(r, KEY_CODE);
    struct span line = text_of(r, KEY_LINE);

    if (code != NULL && code->kind == FIELD_NUMBER && code->number == 0 && line.len > 0) {
        char *english = g_strndup(line.at, line.len);
        g_string_append(out, words_in(words, english));
        g_free(english);
    } else {
        put(line, out);
    }
    return line.len > 0;
}

static bool put_proto(const struct record *r, GString *out)
{
    struct span proto = text_of(r, KEY_PROTO);

    for (size_t i = 0; i < proto.len; i++)
        g_string_append_c(out, g_ascii_toupper(proto.at[i]));
    return proto.len > 0;
}

/* ---- Faults. */

static const char its_program[] = N_("its program {program}");

static bool program_hole(const void *self, struct span name, words_fn *words, GString *out)
{
    (void)name;
    (void)words;
    put(*(const struct span *)self, out);
    return true;
}

/* Whom a fault is about, "host", "host program" or "host - host": nobody needs to be named where it is the
 * host whose line it is, but its program does. */
static bool put_who(const struct record *r, words_fn *words, GString *out)
{
    struct span on = text_of(r, KEY_ON), host = span_of(r->host);

    if (host.len > 0 && span_is(on, host))
        return false;
    if (host.len > 0 && on.len > host.len + 1 && memcmp(on.at, host.at, host.len) == 0 &&
        on.at[host.len] == ' ' && on.at[host.len + 1] != '-') {
        struct span program = span_bytes(on.at + host.len + 1, on.len - host.len - 1);
        explain_fill(its_program, program_hole, &program, words, out);
        return true;
    }
    put(on, out);
    return on.len > 0;
}

/* What a link is set to, "delay 1s, loss 5.0000 %", word by word; any other value as it is. */
static bool put_value(const struct record *r, words_fn *words, GString *out)
{
    struct span rest = text_of(r, KEY_VALUE);
    bool is_link = span_is(text_of(r, KEY_WHAT), SPAN("link")), says = rest.len > 0;

    while (is_link && rest.len > 0) {
        struct span word = span_take_word(&rest);
        bool has_comma = word.len > 0 && word.at[word.len - 1] == ',';
        sim_time t;

        word.len -= has_comma;
        if (time_parse(word, &t))
            explain_duration(t, words, out);
        else
            put_code(word, changes, G_N_ELEMENTS(changes), words, out);
        g_string_append(out, has_comma ? ", " : rest.len > 0 ? " " : "");
    }
    put(rest, out);
    return says;
}

/* ---- All. */

bool explain_hole(const void *self, struct span name, words_fn *words, GString *out)
{
    const struct record *r = self;

    if (span_is(name, SPAN("PROTO")))
        return put_proto(r, out);
    if (span_is(name, SPAN("wait")))
        return put_wait(r, words, out);
    if (span_is(name, SPAN("who")))
        return put_who(r, words, out);

    int key = key_find_span(name);
    switch (key) {
    case KEY_WHY:
        return put_code(span_of(r->why), reasons, G_N_ELEMENTS(reasons), words, out);
    case KEY_WHAT:
        return put_code(text_of(r, KEY_WHAT), changes, G_N_ELEMENTS(changes), words, out);
    case KEY_VALUE:
        return put_value(r, words, out);
    case KEY_LINE:
        return put_reply(r, words, out);
    case KEY_SAVED_S:
        return put_saved(r, words, out);
    case KEY_SIZE:
    case KEY_ENCODED:
    case KEY_SAVED:
        return put_size(r, (enum key)key, words, out);
    default:
        return put_field(r, key, words, out);
    }
}

const char *explain_hole_text(unsigned *i)
{
    static const char *const texts[] = { never, duration, day_and_clock, in_octets, in_kb, its_program };

    if (*i < G_N_ELEMENTS(reasons))
        return reasons[*i].words;
    *i -= G_N_ELEMENTS(reasons);
    if (*i < G_N_ELEMENTS(changes))
        return changes[*i].words;
    *i -= G_N_ELEMENTS(changes);
    if (*i < G_N_ELEMENTS(texts))
        return texts[*i];
    *i -= G_N_ELEMENTS(texts);
    return NULL;
}

#include "tell.h"

#include <string.h>

#include "words.h"

enum { HOLES_MAX = 4 };

/* A sentence and the keys that fill its %s, in the order of the English sentence. */
struct template
{
    const char *text;
    enum key keys[HOLES_MAX];
    bool tells_why; /* the reason behind it, if there is one */
};

/* ---- Values. */

static char *value(const struct record *r, enum key key)
{
    struct field f;
    char buf[FIELD_BUF_MAX];
    struct span s = { "", 0 };

    if (record_value(r, key, &f))
        s = field_text(&f, buf);
    return g_utf8_make_valid(s.at != NULL ? s.at : "", (gssize)s.len);
}

static bool is(const struct record *r, enum key key, const char *text)
{
    char *v = value(r, key);
    bool same = strcmp(v, text) == 0;

    g_free(v);
    return same;
}

static bool has(const struct record *r, enum key key)
{
    return !is(r, key, "");
}

/* A reason's code in words, English ones; a code that has none stays as it is. */
static const char *why_english(const char *why)
{
    static const struct {
        const char *why, *words;
    } rows[] = {
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
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (strcmp(rows[i].why, why) == 0)
            return rows[i].words;
    return why;
}

static const char *why_words(const char *why)
{
    return _(why_english(why));
}

/* ---- Sentences. */

static const struct template *of_dns(const struct record *r)
{
    static const struct template lookup = { N_("looks up %s %s"), { KEY_TYPE, KEY_NAME }, false },
                                 timeout = { N_("no answer about %s"), { KEY_NAME }, false },
                                 ignore = { N_("an answer that nobody asked for"), { 0 }, true },
                                 hit = { N_("cached: %s %s, %s s left"),
                                         { KEY_TYPE, KEY_NAME, KEY_TTL },
                                         false },
                                 miss = { N_("%s %s is not in the cache"), { KEY_TYPE, KEY_NAME }, false },
                                 store = { N_("remembers %s %s for %s s"),
                                           { KEY_TYPE, KEY_NAME, KEY_TTL },
                                           false },
                                 expire = { N_("forgets %s %s"), { KEY_TYPE, KEY_NAME }, false },
                                 give_up = { N_("gives up on %s"), { KEY_NAME }, false },
                                 referral = { N_("I don't know, ask %s"), { KEY_ANSWER }, false },
                                 nodata = { N_("there is no %s record of that name"), { KEY_TYPE }, false },
                                 nxdomain = { N_("no such name: %s"), { KEY_NAME }, false },
                                 truncated = { N_("too long for UDP: ask by TCP"), { 0 }, false };

    switch ((int)r->event) {
    case EV_DNS_LOOKUP:
        return &lookup;
    case EV_DNS_TIMEOUT:
        return &timeout;
    case EV_DNS_IGNORE:
        return &ignore;
    case EV_DNS_CACHE_HIT:
        return &hit;
    case EV_DNS_CACHE_MISS:
        return &miss;
    case EV_DNS_CACHE_STORE:
        return &store;
    case EV_DNS_CACHE_EXPIRE:
        return &expire;
    case EV_DNS_GIVE_UP:
        return &give_up;
    case EV_DNS_RESPONSE:
        return is(r, KEY_KIND, "referral")    ? &referral
               : is(r, KEY_KIND, "nodata")    ? &nodata
               : is(r, KEY_KIND, "nxdomain")  ? &nxdomain
               : is(r, KEY_KIND, "truncated") ? &truncated
                                              : NULL;
    default:
        return NULL;
    }
}

static const struct template *of_queue(const struct record *r)
{
    static const struct template add = { N_("%s into the queue, for %s"),
                                         { KEY_QUEUE, KEY_RECIPIENTS },
                                         false },
                                 attempt = { N_("%s: try %s for %s"),
                                             { KEY_QUEUE, KEY_TRIES, KEY_DOMAIN },
                                             false },
                                 route = { N_("mail for %s goes to %s"), { KEY_DOMAIN, KEY_HOSTS }, false },
                                 said = { N_("%s waits: %s"), { KEY_QUEUE, KEY_LINE }, false },
                                 waits = { N_("%s waits"), { KEY_QUEUE }, true },
                                 done = { N_("%s is done with %s"), { KEY_QUEUE, KEY_RECIPIENT }, false },
                                 bounce = { N_("%s gives up on %s"), { KEY_QUEUE, KEY_RECIPIENT }, true },
                                 refused = { N_("%s gives up on %s: %s"),
                                             { KEY_QUEUE, KEY_RECIPIENT, KEY_LINE },
                                             false },
                                 warn = { N_("%s is late: the sender of the mail to %s is told"),
                                          { KEY_QUEUE, KEY_RECIPIENT },
                                          false },
                                 store = { N_("into %s's mailbox"), { KEY_USER }, false },
                                 titled = { N_("into %s's mailbox: \"%s\""),
                                            { KEY_USER, KEY_SUBJECT },
                                            false },
                                 removed = { N_("removed from %s's mailbox"), { KEY_USER }, false };

    switch ((int)r->event) {
    case EV_QUEUE_ADD:
        return &add;
    case EV_QUEUE_ATTEMPT:
        return &attempt;
    case EV_QUEUE_ROUTE:
        return &route;
    case EV_QUEUE_DEFER:
        return has(r, KEY_LINE) ? &said : &waits;
    case EV_QUEUE_DONE:
        return &done;
    case EV_QUEUE_BOUNCE:
        return has(r, KEY_LINE) ? &refused : &bounce;
    case EV_QUEUE_WARN:
        return &warn;
    case EV_MAILBOX_STORE:
        return has(r, KEY_SUBJECT) ? &titled : &store;
    case EV_MAILBOX_DELETE:
        return &removed;
    default:
        return NULL;
    }
}

static const struct template *of_person(const struct record *r)
{
    static const struct template compose = { N_("%s writes to %s"), { KEY_SENDER, KEY_RECIPIENTS }, false },
                                 titled = { N_("%s writes to %s: \"%s\""),
                                            { KEY_SENDER, KEY_RECIPIENTS, KEY_SUBJECT },
                                            false },
                                 submit = { N_("hands the mail to %s"), { KEY_SERVER }, false },
                                 sent = { N_("the mail to %s is sent"), { KEY_RECIPIENT }, false },
                                 lost = { N_("the mail to %s is lost"), { KEY_RECIPIENT }, true },
                                 refused = { N_("the mail to %s is lost: %s"),
                                             { KEY_RECIPIENT, KEY_LINE },
                                             false };

    switch ((int)r->event) {
    case EV_AGENT_COMPOSE:
        return has(r, KEY_SUBJECT) ? &titled : &compose;
    case EV_AGENT_SUBMIT:
        return &submit;
    case EV_AGENT_SENT:
        return &sent;
    case EV_AGENT_LOST:
        return has(r, KEY_LINE) ? &refused : &lost;
    default:
        return NULL;
    }
}

static const struct template *of_fault(const struct record *r)
{
    static const struct template down = { N_("%s goes down"), { KEY_ON }, false },
                                 up = { N_("%s is up again"), { KEY_ON }, false },
                                 cut = { N_("%s: the link is cut"), { KEY_ON }, false },
                                 mended = { N_("%s: the link is mended"), { KEY_ON }, false },
                                 before = { N_("%s: %s as before"), { KEY_ON, KEY_WHAT }, false };
    bool begins = r->event == EV_FAULT_BEGIN;

    if (r->event != EV_FAULT_BEGIN && r->event != EV_FAULT_END)
        return NULL;
    if (is(r, KEY_WHAT, "down"))
        return begins ? &down : &up;
    if (is(r, KEY_WHAT, "cut"))
        return begins ? &cut : &mended;
    return begins ? NULL : &before;
}

static const struct template *of_tcp(const struct record *r)
{
    static const struct template opens = { N_("opens TCP to %s"), { KEY_TO }, false },
                                 open = { N_("TCP is open"), { 0 }, false },
                                 again = { N_("sent again"), { 0 }, true },
                                 closed = { N_("TCP is closed"), { 0 }, false },
                                 fails = { N_("TCP fails"), { 0 }, true },
                                 message = { N_("the message, %s octets, then a lone dot"),
                                             { KEY_SIZE },
                                             false };

    switch ((int)r->event) {
    case EV_TCP_CONNECT:
        return &opens;
    case EV_TCP_ESTABLISHED:
        return &open;
    case EV_TCP_RETRANSMIT:
        return &again;
    case EV_TCP_CLOSE:
        return &closed;
    case EV_TCP_FAIL:
        return &fails;
    case EV_SMTP_DATA:
        return &message;
    default:
        return NULL;
    }
}

/* The sentence in English, or in the language of the window. */
static void put(const struct template *t, const struct record *r, bool in_english, GString *out)
{
    char *v[HOLES_MAX] = { NULL };
    const char *text = in_english ? t->text : _(t->text);
    unsigned n = 0;

    for (; n < HOLES_MAX && t->keys[n] != 0; n++)
        v[n] = value(r, t->keys[n]);
    switch (
        n) { /* the count of holes is the English sentence's; msgfmt checks that the others have the same */
    case 0:
        g_string_append(out, text);
        break;
    case 1:
        g_string_append_printf(out, text, v[0]);
        break;
    case 2:
        g_string_append_printf(out, text, v[0], v[1]);
        break;
    default:
        g_string_append_printf(out, text, v[0], v[1], v[2]);
        break;
    }
    if (t->tells_why && r->why != NULL)
        g_string_append_printf(out, ": %s", in_english ? why_english(r->why) : why_words(r->why));
    for (unsigned i = 0; i < n; i++)
        g_free(v[i]);
}

/* A template speaks for a record only where its English is the very sentence of view.h, up to the time of the
 * next try; where it is not, the sentence stays English rather than say something else. */
static bool speaks_for(const struct template *t, const struct record *r, const char *line)
{
    GString *english = g_string_new(NULL);

    put(t, r, true, english);
    bool same = r->event == EV_SMTP_DATA || strcmp(english->str, line) == 0 ||
                (r->event == EV_QUEUE_DEFER && g_str_has_prefix(line, english->str));
    g_string_free(english, TRUE);
    return same;
}

static void put_next(const struct record *r, const char *line, GString *out)
{
    const char *next = strstr(line, "; next try in ");

    if (r->event == EV_QUEUE_DEFER && next != NULL)
        g_string_append_printf(out, _("; next try in %s"), next + strlen("; next try in "));
}

void tell_line(const struct record *r, GString *out)
{
    const struct template *t = of_dns(r);
    GString *line = g_string_new(NULL);

    view_line(r, line);
    t = t != NULL ? t : of_queue(r);
    t = t != NULL ? t : of_person(r);
    t = t != NULL ? t : of_fault(r);
    t = t != NULL ? t : of_tcp(r);
    if (words_are_english() || t == NULL || !speaks_for(t, r, line->str)) {
        g_string_append(out, line->str);
    } else {
        put(t, r, false, out);
        put_next(r, line->str, out);
    }
    g_string_free(line, TRUE);
}

/* The resolver as a conversation (RFC 1034 §5.3.3): what it asks whom, what it is told, what it makes of
 * that.
 *
 *   ? NAME TYPE         a client asks
 *   > IP NAME TYPE …    it must send this query now ("tcp", "no edns" where it is so); * stands for anything
 *   < WORDS | R;R | R | R   the answer to the last query: flags (aa ra tc), an rcode, or what is wrong with
 * it (id, question, unasked, garbage, from=IP, port=N); then answer, authority, additional, in master-file
 * syntax ~                   nothing came before the time-out; ~! ICMP says that nobody is there
 *   + TIME              the clock moves on
 *   = RCODE DATA …      a client must get this answer now
 *   ! KIND WHY          it must note this: ignore, timeout, give_up
 *   # N                 so many entries must be live in the cache
 * Lines with > = ! must be all that happens, in that order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>

#include "dns/resolver.h"

struct talk {
    const char *name;
    struct dns_resolver *r;
    sim_time now;
    GPtrArray *happened; /* lines that nobody has asked for yet */
    GPtrArray *asks;     /* under way, the last one last */
};

static struct dns_name name_of(const char *text)
{
    struct dns_name n;

    if (!dns_name_parse(span_of(text), NULL, &n, NULL))
        fail_msg("bad name %s", text);
    return n;
}

static ip_addr ip_of(const char *text)
{
    ip_addr a = 0;

    if (!ip_parse(span_of(text), &a))
        fail_msg("bad address %s", text);
    return a;
}

/* ---- What the resolver does is written down */

static void on_send(void *self, struct dns_ask *a)
{
    struct talk *t = self;
    char ip[IP_TEXT_MAX], name[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX];

    g_ptr_array_add(t->asks, a);
    g_ptr_array_add(t->happened, g_strdup_printf("> %s %s %s%s%s", ip_text(ip, a->to),
                                                 dns_name_text(name, a->name), dns_type_text(type, a->type),
                                                 a->tcp ? " tcp" : "", a->edns ? "" : " no edns"));
}

static void on_end(void *self, struct dns_ask *a)
{
    struct talk *t = self;

    assert_true(g_ptr_array_remove(t->asks, a));
}

static void on_answer(void *self, void *client, const struct dns_found *f)
{
    struct talk *t = self;
    GString *line = g_string_new("= ");
    char data[300];

    assert_ptr_equal(client, t);
    g_string_append(line, dns_rcode_text(f->rcode));
    for (unsigned i = 0; i < f->n_answer; i++)
        g_string_append_printf(line, " %s",
                               dns_rdata_text(data, sizeof data, f->answer[i].type, f->answer[i].rdata));
    if (f->soa != NULL)
        g_string_append_printf(line, " soa/%u", f->soa->ttl_s);
    g_ptr_array_add(t->happened, g_string_free(line, FALSE));
}

static void on_note(void *self, const struct dns_note *n)
{
    struct talk *t = self;
    const char *kind = n->kind == DNS_NOTE_IGNORE    ? "ignore"
                       : n->kind == DNS_NOTE_TIMEOUT ? "timeout"
                       : n->kind == DNS_NOTE_GIVE_UP ? "give_up"
                                                     : NULL;

    if (kind != NULL)
        g_ptr_array_add(t->happened, g_strdup_printf("! %s%s%s", kind, n->why != NULL ? " " : "",
                                                     n->why != NULL ? n->why : ""));
}

static const struct dns_resolver_calls calls = {
    .send = on_send, .end = on_end, .answer = on_answer, .note = on_note
};

/* ---- What the script says is done */

static void fail_at(const struct talk *t, const char *line, const char *what)
{
    GString *all = g_string_new(NULL);

    for (guint i = 0; i < t->happened->len; i++)
        g_string_append_printf(all, "\n  %s", (char *)g_ptr_array_index(t->happened, i));
    fail_msg("%s: at \"%s\": %s; what happened:%s", t->name, line, what, all->str);
}

static void expect(struct talk *t, const char *line)
{
    if (t->happened->len == 0 || !g_pattern_match_simple(line, g_ptr_array_index(t->happened, 0)))
        fail_at(t, line, "something else");
    g_ptr_array_remove_index(t->happened, 0);
}

static void ask(struct talk *t, const char *line)
{
    char **word = g_strsplit(line, " ", 2);
    struct dns_name n = name_of(word[0]);

    dns_resolver_ask(t->r, &n, dns_type_parse(span_of(word[1])), (struct dns_about){ 0 }, t->now, t);
    g_strfreev(word);
}

static void add_records(const struct talk *t, struct dns_msg *m, enum dns_section section, const char *lines,
                        GPtrArray *records)
{
    char **line = g_strsplit(lines, ";", 0);
    struct dns_name root = { 1, { 0 } };
    char error[160];

    for (char **l = line; *l != NULL; l++) {
        struct dns_rr *rr = g_new0(struct dns_rr, 1);
        if (*g_strstrip(*l) == '\0') {
            g_free(rr);
            continue;
        }
        if (!dns_rr_parse(span_of(*l), &root, 300, rr, error))
            fail_at(t, *l, error);
        g_ptr_array_add(records, rr);
        dns_msg_add(m, section, &rr->name, rr->type, rr->ttl_s, span_bytes(rr->rdata, rr->rdlength));
    }
    g_strfreev(line);
}

static void free_record(gpointer rr)
{
    dns_rr_release(rr);
    g_free(rr);
}

static void set_words(struct dns_msg *m, const char *words, ip_addr *from, uint16_t *port)
{
    static const char *const rcodes[] = { "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED" };
    char **word = g_strsplit(words, " ", 0);

    for (char **w = word; *w != NULL; w++) {
        m->aa = m->aa || strcmp(*w, "aa") == 0;
        m->ra = m->ra || strcmp(*w, "ra") == 0;
        m->tc = m->tc || strcmp(*w, "tc") == 0;
        m->id ^= strcmp(*w, "id") == 0;
        m->qtype ^= strcmp(*w, "question") == 0;
        m->has_edns = m->has_edns && strcmp(*w, "noedns") != 0;
        m->has_question = m->has_question && strcmp(*w, "unasked") != 0;
        if (g_str_has_prefix(*w, "from="))
            *from = ip_of(*w + 5);
        if (g_str_has_prefix(*w, "port="))
            *port = (uint16_t)atoi(*w + 5);
        for (unsigned i = 0; i < G_N_ELEMENTS(rcodes); i++)
            if (strcmp(*w, rcodes[i]) == 0)
                m->rcode = i;
    }
    g_strfreev(word);
}

static void respond(struct talk *t, const char *line)
{
    char **part = g_strsplit(line, "|", 4);
    uint8_t out[4096];
    uint16_t port = DNS_PORT;
    struct dns_msg m;
    GPtrArray *records = g_ptr_array_new_with_free_func(free_record);

    if (t->asks->len == 0)
        fail_at(t, line, "no query is under way");
    struct dns_ask *a = g_ptr_array_index(t->asks, t->asks->len - 1);
    ip_addr from = a->to;
    dns_msg_init(&m);
    m.id = a->id;
    m.qr = m.has_question = true;
    dns_name_copy(&m.qname, a->name);
    m.qtype = a->type;
    m.qclass = DNS_IN;
    m.has_edns = a->edns;
    m.edns_udp_size = 1232;
    set_words(&m, part[0], &from, &port);
    for (unsigned s = 0; s < DNS_SECTIONS && part[0] != NULL && part[s + 1] != NULL; s++) {
        add_records(t, &m, (enum dns_section)s, part[s + 1], records);
        if (part[s + 2] == NULL)
            break;
    }
    bool tc = m.tc;
    size_t len = dns_msg_write(&m, out, sizeof out, sizeof out);
    if (tc)
        out[2] |= 2;
    if (strstr(part[0], "garbage") != NULL)
        len = DNS_HEADER + 1;
    dns_resolver_message(t->r, a, from, port, span_bytes(out, len), t->now);
    dns_msg_release(&m);
    g_ptr_array_free(records, TRUE);
    g_strfreev(part);
}

static void fall_silent(struct talk *t, const char *line)
{
    if (t->asks->len == 0)
        fail_at(t, line, "no query is under way");
    struct dns_ask *a = g_ptr_array_index(t->asks, t->asks->len - 1);
    bool unreachable = line[1] == '!';
    t->now += unreachable ? SIM_MS : a->timeout;
    dns_resolver_silence(t->r, a, unreachable, t->now);
}

static void run_line(struct talk *t, const char *line)
{
    sim_time span = 0;

    if (strchr(">=!", line[0]) == NULL && t->happened->len > 0)
        fail_at(t, line, "more happened before");
    switch (line[0]) {
    case '?':
        ask(t, line + 2);
        break;
    case '<':
        respond(t, line[1] != 0 ? line + 2 : "NOERROR");
        break;
    case '~':
        fall_silent(t, line);
        break;
    case '+':
        assert_true(time_parse(span_of(line + 2), &span));
        t->now += span;
        break;
    case '#':
        if (dns_cache_live(dns_resolver_cache(t->r), t->now) != (unsigned)atoi(line + 2))
            fail_at(t, line, "not so many are cached");
        break;
    default:
        expect(t, line);
    }
}

static void run_talk(const char *name, const char *script, bool edns)
{
    struct dns_hint hint = { .addr = ip_of("198.41.0.4") };
    struct dns_resolver_config config = { .hints = &hint,
                                          .n_hints = 1,
                                          .udp_size = edns ? 1232 : 0,
                                          .max_ttl_s = 604800,
                                          .max_negative_ttl_s = 10800,
                                          .timeout = 2 * SIM_SECOND,
                                          .tries = 40,
                                          .cache_entries = 1000 };
    struct talk t = { .name = name };
    char **line = g_strsplit(script, "\n", 0);

    hint.name = name_of("root-server");
    rng_init(&config.ids, 1, SPAN("ids"));
    rng_init(&config.order, 1, SPAN("order"));
    t.happened = g_ptr_array_new_with_free_func(g_free);
    t.asks = g_ptr_array_new();
    t.r = dns_resolver_new(&config, &calls, &t);
    for (char **l = line; *l != NULL; l++)
        if (**l != '\0')
            run_line(&t, *l);
    if (t.happened->len > 0)
        fail_at(&t, "the end", "more happened");
    dns_resolver_clear(t.r);
    assert_int_equal(t.asks->len, 0);
    dns_resolver_free(&t.r);
    g_ptr_array_free(t.happened, TRUE);
    g_ptr_array_free(t.asks, TRUE);
    g_strfreev(line);
}

struct row {
    const char *name, *script;
};

#define ROOT   "> 198.41.0.4 "
#define TO_EDU "<  | | edu NS ns.edu | ns.edu A 192.5.6.30\n"
#define TO_A   "<  | | a.edu NS ns.a.edu | ns.a.edu A 10.0.0.53\n"
/* From nothing to the servers of a.edu. */
#define DOWN(question)                                                                                       \
    "? " question "\n" ROOT question "\n" TO_EDU "> 192.5.6.30 " question "\n" TO_A "> 10.0.0.53 " question  \
    "\n"

static const struct row walks[] = {
    { "answer, then from the cache, then expired", DOWN("www.a.edu A") "< aa | www.a.edu 60 A 10.0.0.1\n"
                                                                       "= NOERROR 10.0.0.1\n"
                                                                       "# 5\n"
                                                                       "? www.a.edu A\n"
                                                                       "= NOERROR 10.0.0.1\n"
                                                                       "+ 59999ms\n"
                                                                       "? www.a.edu A\n"
                                                                       "= NOERROR 10.0.0.1\n"
                                                                       "+ 1ms\n"
                                                                       "? www.a.edu A\n"
                                                                       "> 10.0.0.53 www.a.edu A\n" },
    { "the closest zone known is asked",
      DOWN("www.a.edu A") "< aa | www.a.edu 60 A 10.0.0.1\n"
                          "= NOERROR 10.0.0.1\n"
                          "? x.a.edu MX\n"
                          "> 10.0.0.53 x.a.edu MX\n"
                          "< aa NXDOMAIN | | a.edu SOA ns.a.edu x.a.edu 1 2 3 4 100\n"
                          "= NXDOMAIN soa/100\n"
                          "? b.edu A\n"
                          "> 192.5.6.30 b.edu A\n"
                          "~\n"
                          "! timeout\n"
                          "> 192.5.6.30 b.edu A\n"
                          "< aa NXDOMAIN | | edu 50 SOA ns.edu x.edu 1 2 3 4 100\n"
                          "= NXDOMAIN soa/50\n" },
    { "one walk for two who ask the same", "? www.a.edu A\n" ROOT "www.a.edu A\n"
                                           "? WWW.a.edu A\n"
                                           "< aa | www.a.edu 60 A 10.0.0.1\n"
                                           "= NOERROR 10.0.0.1\n"
                                           "= NOERROR 10.0.0.1\n" },
    { "a negative answer counts down",
      DOWN("no.a.edu A") "< aa NXDOMAIN | | a.edu 3600 SOA ns.a.edu x.a.edu 1 2 3 4 100\n"
                         "= NXDOMAIN soa/100\n"
                         "+ 30s\n"
                         "? no.a.edu MX\n"
                         "= NXDOMAIN soa/70\n"
                         "+ 70s\n"
                         "? no.a.edu A\n"
                         "> 10.0.0.53 no.a.edu A\n" },
    { "no data is by type", DOWN("a.edu A") "< aa | | a.edu 3600 SOA ns.a.edu x.a.edu 1 2 3 4 100\n"
                                            "= NOERROR soa/100\n"
                                            "? a.edu A\n"
                                            "= NOERROR soa/100\n"
                                            "? a.edu MX\n"
                                            "> 10.0.0.53 a.edu MX\n" },
    { "no data without SOA is not kept (RFC 2308 §5)", DOWN("a.edu A") "< aa\n"
                                                                       "= NOERROR\n"
                                                                       "? a.edu A\n"
                                                                       "> 10.0.0.53 a.edu A\n" },
    { "TTL 0 answers once", DOWN("a.edu A") "< aa | a.edu 0 A 10.0.0.1\n"
                                            "= NOERROR 10.0.0.1\n"
                                            "? a.edu A\n"
                                            "> 10.0.0.53 a.edu A\n" },
    { "a referral of TTL 0 is still followed", "? a.edu A\n" ROOT "a.edu A\n"
                                               "< | | edu 0 NS ns.edu | ns.edu 0 A 192.5.6.30\n"
                                               "> 192.5.6.30 a.edu A\n"
                                               "# 0\n" },
    { "an alias to another zone begins anew",
      DOWN("www.a.edu A") "< aa | www.a.edu CNAME web.b.edu\n"
                          "> 192.5.6.30 web.b.edu A\n"
                          "< | | b.edu NS ns.b.edu | ns.b.edu A 10.2.0.53\n"
                          "> 10.2.0.53 web.b.edu A\n"
                          "< aa | web.b.edu 60 A 10.2.0.1\n"
                          "= NOERROR web.b.edu 10.2.0.1\n"
                          "? www.a.edu A\n"
                          "= NOERROR web.b.edu 10.2.0.1\n"
                          "? www.a.edu MX\n"
                          "> 10.2.0.53 web.b.edu MX\n" },
    { "a chain of aliases in one answer",
      DOWN("www.a.edu A") "< aa | www.a.edu CNAME w1.a.edu; w1.a.edu CNAME w2.a.edu; w2.a.edu A 10.0.0.1\n"
                          "= NOERROR w1.a.edu w2.a.edu 10.0.0.1\n"
                          "? w2.a.edu A\n"
                          "= NOERROR 10.0.0.1\n" },
    { "an alias to a name that does not exist",
      DOWN(
          "www.a.edu A") "< aa NXDOMAIN | www.a.edu CNAME no.a.edu | a.edu SOA ns.a.edu x.a.edu 1 2 3 4 100\n"
                         "= NXDOMAIN no.a.edu soa/100\n"
                         "? www.a.edu A\n"
                         "= NXDOMAIN no.a.edu soa/100\n"
                         "? www.a.edu CNAME\n"
                         "= NOERROR no.a.edu\n" },
    { "an alias and the referral for where it leads",
      "? www.edu A\n" ROOT "www.edu A\n" TO_EDU "> 192.5.6.30 www.edu A\n"
      "< aa | www.edu CNAME web.a.edu | a.edu NS ns.a.edu | ns.a.edu A 10.0.0.53\n"
      "> 10.0.0.53 web.a.edu A\n"
      "< aa | web.a.edu A 10.0.0.1\n"
      "= NOERROR web.a.edu 10.0.0.1\n" },
    { "who asks for all types gets them",
      DOWN("a.edu ANY") "< aa | a.edu A 10.0.0.1; a.edu MX 10 mail.a.edu\n"
                        "= NOERROR 10.0.0.1 10 mail.a.edu\n"
                        "? a.edu MX\n"
                        "= NOERROR 10 mail.a.edu\n" },
    { "the answer of a server that recursed counts as well", "? www.a.edu A\n" ROOT "www.a.edu A\n"
                                                             "< ra | www.a.edu A 10.0.0.1\n"
                                                             "= NOERROR 10.0.0.1\n"
                                                             "? www.a.edu A\n"
                                                             "= NOERROR 10.0.0.1\n" },
    { "the address of a server without glue is looked up first", "? www.a.edu A\n" ROOT "www.a.edu A\n"
                                                                 "< | | a.edu NS ns.b.fr\n" ROOT "ns.b.fr A\n"
                                                                 "< aa | ns.b.fr A 10.9.0.53\n"
                                                                 "> 10.9.0.53 www.a.edu A\n"
                                                                 "< aa | www.a.edu A 10.0.0.1\n"
                                                                 "= NOERROR 10.0.0.1\n" },
    { "glue that is older than its NS set is got anew from the parent",
      "? www.a.edu A\n" ROOT "www.a.edu A\n"
      "< | | a.edu NS ns.a.edu | ns.a.edu 10 A 10.0.0.53\n"
      "> 10.0.0.53 www.a.edu A\n"
      "< aa | www.a.edu 20 A 10.0.0.1\n"
      "= NOERROR 10.0.0.1\n"
      "+ 30s\n"
      "? www.a.edu A\n" ROOT "www.a.edu A\n"
      "< | | a.edu NS ns.a.edu | ns.a.edu 10 A 10.0.0.54\n"
      "> 10.0.0.54 www.a.edu A\n" },
    { "truncated: again by TCP", DOWN("a.edu TXT") "< aa tc | a.edu TXT x\n"
                                                   "> 10.0.0.53 a.edu TXT tcp\n"
                                                   "< aa | a.edu TXT x\n"
                                                   "= NOERROR \"x\"\n" },
    { "no EDNS there: again without, and so from then on",
      DOWN("a.edu A") "< FORMERR noedns unasked\n"
                      "> 10.0.0.53 a.edu A no edns\n"
                      "< aa | a.edu 60 A 10.0.0.1\n"
                      "= NOERROR 10.0.0.1\n"
                      "? b.a.edu A\n"
                      "> 10.0.0.53 b.a.edu A no edns\n" },
};

static const struct row troubles[] = {
    { "silence: again, then SERVFAIL", DOWN("a.edu A") "~\n"
                                                       "! timeout\n"
                                                       "> 10.0.0.53 a.edu A\n"
                                                       "~\n"
                                                       "! timeout\n"
                                                       "! give_up silent\n"
                                                       "= SERVFAIL\n" },
    { "nobody there: not again", DOWN("a.edu A") "~!\n"
                                                 "! timeout unreachable\n"
                                                 "! give_up silent\n"
                                                 "= SERVFAIL\n" },
    { "the next server, and the silent one last from then on",
      "? a.edu A\n" ROOT "a.edu A\n"
      "< | | edu NS ns1.edu; edu NS ns2.edu | ns1.edu A 192.5.6.30; ns2.edu A 192.5.6.31\n"
      "> 192.5.6.3* a.edu A\n"
      "~\n"
      "! timeout\n"
      "> 192.5.6.3* a.edu A\n"
      "< aa | a.edu A 10.0.0.1\n"
      "= NOERROR 10.0.0.1\n"
      "? b.edu A\n"
      "> 192.5.6.3* b.edu A\n"
      "< aa | b.edu A 10.0.0.1\n"
      "= NOERROR 10.0.0.1\n" },
    { "lame servers: on to the next",
      "? a.edu A\n" ROOT "a.edu A\n"
      "< | | edu NS n1.edu; edu NS n2.edu; edu NS n3.edu; edu NS n4.edu | "
      "n1.edu A 10.1.0.1; n2.edu A 10.1.0.2; n3.edu A 10.1.0.3; n4.edu A 10.1.0.4\n"
      "> 10.1.0.* a.edu A\n"
      "< REFUSED\n"
      "! ignore refused\n"
      "> 10.1.0.* a.edu A\n"
      "< SERVFAIL\n"
      "! ignore servfail\n"
      "> 10.1.0.* a.edu A\n"
      "<\n"
      "! ignore lame\n"
      "> 10.1.0.* a.edu A\n"
      "< | | edu NS n1.edu | n1.edu A 10.1.0.1\n"
      "! ignore sideways\n"
      "! give_up sideways\n"
      "= SERVFAIL\n" },
    { "a referral upwards leads nowhere",
      DOWN("a.edu A") "< | | . NS root-server | root-server A 198.41.0.4\n"
                      "! ignore bailiwick\n"
                      "! ignore bailiwick\n"
                      "! ignore sideways\n"
                      "! give_up sideways\n"
                      "= SERVFAIL\n" },
    { "an answer that is nobody's own is not taken", DOWN("a.edu A") "< | a.edu A 10.0.0.1\n"
                                                                     "! ignore lame\n"
                                                                     "! give_up lame\n"
                                                                     "= SERVFAIL\n" },
    { "an alias to itself", DOWN("a.edu A") "< aa | a.edu CNAME a.edu\n"
                                            "! give_up loop\n"
                                            "= SERVFAIL\n" },
    { "aliases in a circle, one answer at a time", DOWN("x.a.edu A") "< aa | x.a.edu CNAME y.a.edu\n"
                                                                     "> 10.0.0.53 y.a.edu A\n"
                                                                     "< aa | y.a.edu CNAME x.a.edu\n"
                                                                     "! give_up loop\n"
                                                                     "= SERVFAIL\n"
                                                                     "? x.a.edu A\n"
                                                                     "! give_up loop\n"
                                                                     "= SERVFAIL\n" },
    { "two zones, each served from the other, without glue", "? a.edu A\n" ROOT "a.edu A\n"
                                                             "< | | a.edu NS ns.b.edu\n" ROOT "ns.b.edu A\n"
                                                             "< | | b.edu NS ns.a.edu\n"
      /* ns.a.edu is below a.edu, whose server is being looked for: round in a circle. Once more from above,
         then no more. */
      ROOT "ns.a.edu A\n"
                                                             "< | | a.edu NS ns.b.edu\n"
                                                             "! give_up loop\n"
                                                             "! give_up loop\n"
                                                             "! give_up loop\n"
                                                             "= SERVFAIL\n" },
    { "a server within its own zone, without glue", "? a.edu A\n" ROOT "a.edu A\n"
                                                    "< | | a.edu NS ns.a.edu\n" ROOT "ns.a.edu A\n"
                                                    "< | | a.edu NS ns.a.edu\n"
                                                    "! give_up loop\n"
                                                    "! give_up loop\n"
                                                    "= SERVFAIL\n" },
};

static const struct row forgeries[] = {
    { "not the response: wait on", "? a.edu A\n" ROOT "a.edu A\n"
                                   "< aa id | a.edu A 10.6.6.6\n"
                                   "! ignore id\n"
                                   "< aa question | a.edu A 10.6.6.6\n"
                                   "! ignore question\n"
                                   "< aa unasked | a.edu A 10.6.6.6\n"
                                   "! ignore question\n"
                                   "< aa from=10.6.6.6 | a.edu A 10.6.6.6\n"
                                   "! ignore source\n"
                                   "< aa port=54 | a.edu A 10.6.6.6\n"
                                   "! ignore source\n"
                                   "# 0\n"
                                   "< aa | a.edu A 10.0.0.1\n"
                                   "= NOERROR 10.0.0.1\n" },
    { "garbage with the right id: that server is of no use", "? a.edu A\n" ROOT "a.edu A\n"
                                                             "< garbage\n"
                                                             "! ignore malformed\n"
                                                             "! give_up malformed\n"
                                                             "= SERVFAIL\n" },
    { "additional records from outside the zone (Kashpureff, 1997)",
      DOWN(
          "a.edu A") "< aa | a.edu A 10.0.0.1 | a.edu NS ns.b.edu | ns.b.edu A 10.6.6.6; www.bank.fr A 10.6.6.6\n"
                     "! ignore bailiwick\n"
                     "! ignore bailiwick\n"
                     "= NOERROR 10.0.0.1\n"
                     "? www.bank.fr A\n" ROOT "www.bank.fr A\n" },
    { "authority for a zone above, with its server's address (Kaminsky, 2008)",
      DOWN("1.a.edu A") "< aa | 1.a.edu A 10.0.0.1 | edu NS ns.evil.a.edu | ns.evil.a.edu A 10.6.6.6\n"
                        "! ignore bailiwick\n"
                        "= NOERROR 10.0.0.1\n"
                        "? b.edu A\n"
                        "> 192.5.6.30 b.edu A\n" },
    { "a referral cannot give another zone away",
      DOWN("a.edu A") "< | | fr NS ns.a.edu | ns.a.edu A 10.6.6.6\n"
                      "! ignore bailiwick\n"
                      "! ignore sideways\n"
                      "! give_up sideways\n"
                      "= SERVFAIL\n"
                      "? b.fr A\n" ROOT "b.fr A\n" },
    { "an alias out of the zone, with what it is said to lead to",
      DOWN("www.a.edu A") "< aa | www.a.edu CNAME www.bank.fr; www.bank.fr A 10.6.6.6\n"
                          "! ignore bailiwick\n" ROOT "www.bank.fr A\n"
                          "< aa | www.bank.fr A 10.3.0.1\n"
                          "= NOERROR www.bank.fr 10.3.0.1\n" },
    { "glue never answers a question (RFC 2181 §5.4.1)", DOWN("a.edu A") "< aa | a.edu A 10.0.0.1\n"
                                                                         "= NOERROR 10.0.0.1\n"
                                                                         "? ns.a.edu A\n"
                                                                         "> 10.0.0.53 ns.a.edu A\n" },
    { "glue does not displace what the zone itself said",
      DOWN("ns.a.edu A") "< aa | ns.a.edu 600 A 10.0.0.53\n"
                         "= NOERROR 10.0.0.53\n"
                         "? c.edu A\n"
                         "> 192.5.6.30 c.edu A\n"
                         "< | | c.edu NS ns.a.edu | ns.a.edu 600 A 10.6.6.6\n"
                         "> 10.6.6.6 c.edu A\n"
                         "< aa | c.edu A 10.0.0.2\n"
                         "= NOERROR 10.0.0.2\n"
                         "? ns.a.edu A\n"
                         "= NOERROR 10.0.0.53\n" },
    { "an SOA of a zone above is not believed: nothing is kept",
      DOWN("a.edu A") "< aa NXDOMAIN | | edu SOA ns.edu x.edu 1 2 3 4 9999\n"
                      "! ignore bailiwick\n"
                      "= NXDOMAIN\n"
                      "# 4\n" },
};

/* A server that names ten more for each name it is asked for, all without addresses (NXNSAttack, 2020): the
 * work stays bounded, whatever it says. */
static void test_resolver_bounds_its_work(void **state)
{
    struct dns_hint hint = { name_of("root-server"), ip_of("198.41.0.4") };
    struct dns_resolver_config config = { .hints = &hint,
                                          .n_hints = 1,
                                          .max_ttl_s = 600,
                                          .timeout = SIM_SECOND,
                                          .tries = 40,
                                          .cache_entries = 1000 };
    struct talk t = { .name = "bounded" };
    unsigned queries = 0, depth = 0;

    (void)state;
    rng_init(&config.ids, 1, SPAN("ids"));
    rng_init(&config.order, 1, SPAN("order"));
    t.happened = g_ptr_array_new_with_free_func(g_free);
    t.asks = g_ptr_array_new();
    t.r = dns_resolver_new(&config, &calls, &t);
    ask(&t, "a.edu A");
    while (t.asks->len > 0) {
        GString *line = g_string_new(" | | ");
        const struct dns_ask *a = g_ptr_array_index(t.asks, 0);
        char text[DNS_NAME_TEXT_MAX];
        dns_name_text(text, a->name);
        for (unsigned i = 0; i < 10; i++)
            g_string_append_printf(line, "%s NS n%u-%u.x%u.fr;", text, queries, i, queries);
        assert_int_equal(t.asks->len, 1);
        assert_true(++queries <= 40);
        respond(&t, line->str);
        g_string_free(line, TRUE);
    }
    for (guint i = 0; i < t.happened->len; i++)
        depth += strcmp(g_ptr_array_index(t.happened, i), "! give_up depth") == 0;
    assert_true(depth > 0);
    assert_string_equal(g_ptr_array_index(t.happened, t.happened->len - 1), "= SERVFAIL");
    dns_resolver_free(&t.r);
    g_ptr_array_free(t.happened, TRUE);
    g_ptr_array_free(t.asks, TRUE);
}

static void run_rows(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        run_talk(rows[i].name, rows[i].script, true);
}

static void test_resolver_walks(void **state)
{
    (void)state;
    run_rows(walks, G_N_ELEMENTS(walks));
}

static void test_resolver_gets_around_trouble(void **state)
{
    (void)state;
    run_rows(troubles, G_N_ELEMENTS(troubles));
}

static void test_resolver_believes_no_forgery(void **state)
{
    (void)state;
    run_rows(forgeries, G_N_ELEMENTS(forgeries));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resolver_walks),
        cmocka_unit_test(test_resolver_gets_around_trouble),
        cmocka_unit_test(test_resolver_believes_no_forgery),
        cmocka_unit_test(test_resolver_bounds_its_work),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

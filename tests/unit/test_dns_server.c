/* Servers, resolver and stub together, over the simulated network: who asks whom, and what they say. */
#include "dns_world.h"

#include "core/sheet.h"
#include "dns/exchange.h"
#include "dns/msg.h"
#include "net/udp.h"

static void test_server_walks_from_the_root(void **state)
{
    struct course c;
    struct asked a;

    (void)state;
    course_init(&c, true, false);
    world_listen(&c.w, "dns.");
    world_ask(&c.w, c.stub, "hamburger.edu", DNS_MX, &a);
    assert_string_equal(a.text, "found 10 mail.hamburger.edu/3600");
    world_expect(&c.w, "lookup pc hamburger.edu MX\n"
                       "query pc>local hamburger.edu MX rd\n"
                       "cache_miss local hamburger.edu MX\n"
                       "query local>root hamburger.edu MX\n"
                       "response root>local hamburger.edu MX referral ns.edu\n"
                       "cache_store local edu NS referral ns.edu\n"
                       "cache_store local ns.edu A glue 192.5.6.30\n"
                       "query local>edu hamburger.edu MX\n"
                       "response edu>local hamburger.edu MX referral ns.hamburger.edu\n"
                       "cache_store local hamburger.edu NS referral ns.hamburger.edu\n"
                       "cache_store local ns.hamburger.edu A glue 10.4.0.53\n"
                       "query local>hamburger hamburger.edu MX\n"
                       "response hamburger>local hamburger.edu MX answer 10 mail.hamburger.edu\n"
                       "cache_store local hamburger.edu MX answer 10 mail.hamburger.edu\n"
                       "response local>pc hamburger.edu MX answer 10 mail.hamburger.edu\n"
                       "result pc hamburger.edu MX 10 mail.hamburger.edu\n");
    /* From now on: its address, from the closest server that is known; then all from the cache. */
    world_ask(&c.w, c.stub, "mail.hamburger.edu", DNS_A, &a);
    world_expect(&c.w, "lookup pc mail.hamburger.edu A\n"
                       "query pc>local mail.hamburger.edu A rd\n"
                       "cache_miss local mail.hamburger.edu A\n"
                       "cache_hit local hamburger.edu NS referral\n"
                       "query local>hamburger mail.hamburger.edu A\n"
                       "response hamburger>local mail.hamburger.edu A answer 10.4.0.25\n"
                       "cache_store local mail.hamburger.edu A answer 10.4.0.25\n"
                       "response local>pc mail.hamburger.edu A answer 10.4.0.25\n"
                       "result pc mail.hamburger.edu A 10.4.0.25\n");
    world_ask(&c.w, c.stub, "MAIL.hamburger.EDU", DNS_A, &a);
    world_expect(&c.w, "lookup pc MAIL.hamburger.EDU A\n"
                       "query pc>local MAIL.hamburger.EDU A rd\n"
                       "cache_hit local MAIL.hamburger.EDU A answer\n"
                       "response local>pc MAIL.hamburger.EDU A answer 10.4.0.25\n"
                       "result pc MAIL.hamburger.EDU A 10.4.0.25\n");
    world_release(&c.w);
}

static void test_server_chains_recursive_queries(void **state)
{
    struct course c;
    struct asked a;

    (void)state;
    course_init(&c, true, true);
    world_listen(&c.w, "dns.");
    world_ask(&c.w, c.stub, "hamburger.edu", DNS_MX, &a);
    world_expect(&c.w, "lookup pc hamburger.edu MX\n"
                       "query pc>local hamburger.edu MX rd\n"
                       "cache_miss local hamburger.edu MX\n"
                       "query local>root hamburger.edu MX rd\n"
                       "cache_miss root hamburger.edu MX\n"
                       "query root>edu hamburger.edu MX rd\n"
                       "cache_miss edu hamburger.edu MX\n"
                       "query edu>hamburger hamburger.edu MX rd\n"
                       "response hamburger>edu hamburger.edu MX answer 10 mail.hamburger.edu\n"
                       "cache_store edu hamburger.edu MX answer 10 mail.hamburger.edu\n"
                       "response edu>root hamburger.edu MX answer 10 mail.hamburger.edu\n"
                       "cache_store root hamburger.edu MX answer 10 mail.hamburger.edu\n"
                       "response root>local hamburger.edu MX answer 10 mail.hamburger.edu\n"
                       "cache_store local hamburger.edu MX answer 10 mail.hamburger.edu\n"
                       "response local>pc hamburger.edu MX answer 10 mail.hamburger.edu\n"
                       "result pc hamburger.edu MX 10 mail.hamburger.edu\n");
    world_release(&c.w);
}

static void test_server_tells_what_is_not(void **state)
{
    static const struct {
        const char *name;
        uint16_t type;
        const char *text;
    } rows[] = {
        { "www.hamburger.edu", DNS_A, "found 10.4.0.80/3600 10.4.0.81/3600" },
        { "www.hamburger.edu", DNS_A, "found 10.4.0.81/3599 10.4.0.80/3599" },
        { "www.hamburger.edu", DNS_A, "found 10.4.0.80/3599 10.4.0.81/3599" },
        { "www.hamburger.edu", DNS_CNAME, "found web.hamburger.edu/3599" },
        { "none.hamburger.edu", DNS_A, "no name" },
        { "none.hamburger.edu", DNS_MX, "no name" },
        { "mail.hamburger.edu", DNS_MX, "no data" },
        { "mail.hamburger.edu", DNS_MX, "no data" },
        { "never.hamburger.edu", DNS_A, "found 10.4.0.3/0" },
        { "never.hamburger.edu", DNS_A, "found 10.4.0.3/0" },
        { "x.org", DNS_A, "no name" },
        { "x.fr", DNS_A, "failed" }, /* nobody at its servers' address */
    };
    struct course c;
    struct asked a;

    (void)state;
    course_init(&c, true, false);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        world_ask(&c.w, c.stub, rows[i].name, rows[i].type, &a);
        if (strcmp(a.text, rows[i].text) != 0)
            fail_msg("row %zu: %s: %s", i, rows[i].name, a.text);
    }
    world_release(&c.w);
}

/* ---- Queries as bytes: what a server makes of odd ones */

struct raw {
    struct course c;
    struct net_host *host;
    struct udp_socket *udp;
    struct dns_msg answer;
    size_t size;
    unsigned answers;
};

static void raw_on_datagram(void *self, struct udp_socket *s, const struct packet *p)
{
    struct raw *r = self;

    (void)s;
    r->size = p->len;
    r->answers++;
    assert_true(dns_msg_parse(&r->answer, packet_payload(p)));
}

static void raw_init(struct raw *r, bool recursion)
{
    course_init(&r->c, recursion, false);
    r->host = world_host(&r->c.w, "raw", "10.7.0.2", SIM_MS);
    r->udp = udp_open(r->host, 0, raw_on_datagram, NULL, r);
    r->answers = 0;
    dns_msg_init(&r->answer);
}

static void raw_release(struct raw *r)
{
    dns_msg_release(&r->answer);
    world_release(&r->c.w);
}

static void raw_ask(struct raw *r, const char *server, const uint8_t *bytes, size_t len)
{
    r->answers = 0;
    udp_send(r->udp, world_ip(server), DNS_PORT, span_bytes(bytes, len), (struct udp_about){ 0 });
    world_run(&r->c.w, sim_now(&r->c.w.sim) + 20 * SIM_SECOND);
}

static void test_server_answers_odd_queries(void **state)
{
#define QUESTION            "\3www\11hamburger\3edu\0\0\1\0\1"
#define OPT(version)        "\0\0\x29\x04\xd0\0" version "\0\0\0\0"
#define HEAD(flags, qd, ar) "\x12\x34" flags "\0" qd "\0\0\0\0\0" ar
    static const struct {
        const char *name, *bytes;
        size_t len;
        unsigned answers, rcode;
    } rows[] = {
#define ROW(name, bytes, answers, rcode) { name, bytes, sizeof(bytes) - 1, answers, rcode }
        ROW("as it should be", HEAD("\0\0", "\1", "\0") QUESTION, 1, DNS_NOERROR),
        ROW("with EDNS", HEAD("\0\0", "\1", "\1") QUESTION OPT("\0"), 1, DNS_NOERROR),
        ROW("EDNS of a later version (RFC 6891 §6.1.3)", HEAD("\0\0", "\1", "\1") QUESTION OPT("\1"), 1, 16),
        ROW("two OPT records", HEAD("\0\0", "\1", "\2") QUESTION OPT("\0") OPT("\0"), 1, DNS_FORMERR),
        ROW("shorter than a header", "\x12\x34\0\0", 0, 0),
        ROW("no question", HEAD("\0\0", "\0", "\0"), 1, DNS_FORMERR),
        ROW("two questions (RFC 9619)", HEAD("\0\0", "\2", "\0") QUESTION QUESTION, 1, DNS_FORMERR),
        ROW("cut short", HEAD("\0\0", "\1", "\0") "\3www\11hamb", 1, DNS_FORMERR),
        ROW("a name that points at itself", HEAD("\0\0", "\1", "\0") "\300\14\0\1\0\1", 1, DNS_FORMERR),
        ROW("a response", HEAD("\x80\0", "\1", "\0") QUESTION, 0, 0),
        ROW("a broken response", HEAD("\x80\0", "\1", "\0") "\3w", 0, 0),
        ROW("an inverse query", HEAD("\x08\0", "\1", "\0") QUESTION, 1, DNS_NOTIMP),
        ROW("an update", HEAD("\x28\0", "\1", "\0") QUESTION, 1, DNS_NOTIMP),
        ROW("a zone transfer by UDP", HEAD("\0\0", "\1", "\0") "\11hamburger\3edu\0\0\xfc\0\1", 1,
            DNS_REFUSED),
        ROW("another class", HEAD("\0\0", "\1", "\0") "\11hamburger\3edu\0\0\1\0\3", 1, DNS_REFUSED),
        ROW("a zone that is not its own", HEAD("\0\0", "\1", "\0") "\3org\0\0\1\0\1", 1, DNS_REFUSED),
        ROW("the same with RD, which it does not do", HEAD("\1\0", "\1", "\0") "\3org\0\0\1\0\1", 1,
            DNS_REFUSED),
    };
    struct raw r;

    (void)state;
    raw_init(&r, false);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        raw_ask(&r, "10.4.0.53", (const uint8_t *)rows[i].bytes, rows[i].len);
        if (r.answers != rows[i].answers || (r.answers > 0 && r.answer.rcode != rows[i].rcode))
            fail_msg("%s: %u answers, %s", rows[i].name, r.answers, dns_rcode_text(r.answer.rcode));
        if (r.answers > 0 && (r.answer.id != 0x1234 || !r.answer.qr))
            fail_msg("%s: not its response", rows[i].name);
    }
    raw_release(&r);
}

static size_t write_query(uint8_t out[DNS_UDP_MAX], const char *name, uint16_t type, bool rd,
                          uint16_t edns_size)
{
    struct dns_msg m;

    dns_msg_init(&m);
    m.id = 7;
    m.rd = rd;
    m.has_question = true;
    m.qname = world_name(name);
    m.qtype = type;
    m.qclass = DNS_IN;
    m.has_edns = edns_size > 0;
    m.edns_udp_size = edns_size;
    size_t len = dns_msg_write(&m, out, DNS_UDP_MAX, DNS_UDP_MAX);
    dns_msg_release(&m);
    return len;
}

/* Twenty texts of a hundred octets. */
static char *long_lines(void)
{
    GString *s = g_string_new(NULL);

    for (unsigned i = 0; i < 20; i++) {
        g_string_append_printf(s, "big TXT \"%02u", i);
        for (unsigned k = 0; k < 98; k++)
            g_string_append_c(s, 'x');
        g_string_append(s, "\"\n");
    }
    g_string_append(s, "mid TXT \"");
    for (unsigned k = 0; k < 255; k++)
        g_string_append_c(s, 'm');
    g_string_append(s, "\"\nmid TXT \"");
    for (unsigned k = 0; k < 255; k++)
        g_string_append_c(s, 'n');
    g_string_append(s, "\"\n");
    return g_string_free(s, FALSE);
}

static void add_long_zone(struct course *c)
{
    char *lines = long_lines();
    struct dns_name origin = world_name("hamburger.edu");
    struct dns_zone *z = dns_server_find_zone(c->hamburger, &origin);
    char **line = g_strsplit(lines, "\n", 0), error[160];
    for (char **l = line; **l != '\0'; l++) {
        struct dns_rr rr;
        assert_true(dns_rr_parse(span_of(*l), &origin, 3600, &rr, error));
        assert_true(dns_zone_add(z, &rr, error));
        dns_rr_release(&rr);
    }
    g_strfreev(line);
    g_free(lines);
}

static void test_server_keeps_to_the_size_of_udp(void **state)
{
    static const struct {
        const char *name, *ask;
        uint16_t edns_size;
        bool tc;
        size_t at_most;
    } rows[] = {
        { "512 without EDNS", "mid.hamburger.edu", 0, true, 512 },
        { "room for it", "mid.hamburger.edu", 1232, false, 1232 },
        { "less than 512 counts as 512 (RFC 6891 §6.2.3)", "mid.hamburger.edu", 100, true, 512 },
        { "exactly so much room", "mid.hamburger.edu", 600, false, 600 },
        { "never more than the server's own", "big.hamburger.edu", 4096, true, 1232 },
    };
    uint8_t query[DNS_UDP_MAX];
    struct raw r;

    (void)state;
    raw_init(&r, false);
    add_long_zone(&r.c);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        raw_ask(&r, "10.4.0.53", query, write_query(query, rows[i].ask, DNS_TXT, false, rows[i].edns_size));
        if (r.answers != 1 || r.answer.tc != rows[i].tc || r.size > rows[i].at_most ||
            r.answer.has_edns != (rows[i].edns_size > 0))
            fail_msg("%s: %u answers, tc %d, edns %d, %zu octets", rows[i].name, r.answers, r.answer.tc,
                     r.answer.has_edns, r.size);
    }
    raw_release(&r);
}

static void test_server_and_stub_turn_to_tcp(void **state)
{
    struct course c;
    struct asked a;

    (void)state;
    course_init(&c, true, false);
    add_long_zone(&c);
    world_ask(&c.w, c.stub, "hamburger.edu", DNS_MX, &a);
    world_listen(&c.w, "dns.");
    world_ask(&c.w, c.stub, "mid.hamburger.edu", DNS_TXT, &a);
    assert_int_equal(a.outcome, DNS_FOUND);
    char *log = g_strdup(c.w.log->str);
    /* The local server has EDNS, so its own query is answered by UDP; the stub has not. */
    static const char *const said[] = { "query local>hamburger mid.hamburger.edu TXT\n",
                                        "query pc>local mid.hamburger.edu TXT tcp rd\n" };
    for (size_t i = 0; i < G_N_ELEMENTS(said); i++)
        if (strstr(log, said[i]) == NULL)
            fail_msg("not said: %sin\n%s", said[i], log);
    assert_null(strstr(log, "query local>hamburger mid.hamburger.edu TXT tcp"));
    g_free(log);
    g_string_truncate(c.w.log, 0);
    world_ask(&c.w, c.stub, "big.hamburger.edu", DNS_TXT, &a);
    assert_int_equal(a.outcome, DNS_FOUND);
    assert_non_null(strstr(c.w.log->str, "query local>hamburger big.hamburger.edu TXT tcp\n"));
    /* All connections come to their end. */
    world_run(&c.w, SIM_NEVER);
    assert_int_equal(sched_pending(c.w.sim.sched), 0);
    world_release(&c.w);
}

struct tcp_client {
    GByteArray *in;
    bool gone;
};

static void client_on_data(void *self, struct tcp_conn *c, struct span bytes)
{
    (void)c;
    g_byte_array_append(((struct tcp_client *)self)->in, (const guint8 *)bytes.at, (guint)bytes.len);
}

static void client_on_eof(void *self, struct tcp_conn *c)
{
    (void)self;
    tcp_close(c);
}

static void client_on_gone(void *self, struct tcp_conn *c, enum tcp_gone why)
{
    (void)c;
    assert_int_equal(why, TCP_DONE);
    ((struct tcp_client *)self)->gone = true;
}

static void test_server_pipelines_tcp_queries(void **state)
{
    static const struct tcp_app app = { .on_data = client_on_data,
                                        .on_eof = client_on_eof,
                                        .on_gone = client_on_gone };
    static const char *const names[] = { "mail.hamburger.edu", "none.hamburger.edu", "www.hamburger.edu" };
    struct tcp_client client = { .in = g_byte_array_new() };
    GByteArray *out = g_byte_array_new();
    struct course c;
    uint8_t query[DNS_UDP_MAX];

    (void)state;
    course_init(&c, true, false);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        dns_frame_append(out, span_bytes(query, write_query(query, names[i], DNS_A, true, 0)));
    struct tcp_conn *conn = tcp_connect(c.pc, world_ip("10.1.0.53"), DNS_PORT, &app, &client);
    tcp_send(conn, span_bytes(out->data, 5)); /* frames need not fit segments */
    world_run(&c.w, SIM_SECOND);
    tcp_send(conn, span_bytes(out->data + 5, out->len - 5));
    world_run(&c.w, 5 * SIM_SECOND);
    unsigned answers = 0;
    struct span message;
    struct dns_msg m;
    dns_msg_init(&m);
    while (dns_frame_first(client.in, &message)) {
        assert_true(dns_msg_parse(&m, message));
        dns_frame_drop(client.in, message);
        answers++;
    }
    assert_int_equal(answers, 3);
    assert_false(client.gone);
    world_run(&c.w, 20 * SIM_SECOND); /* idle for ten seconds: the server closes */
    assert_true(client.gone);
    dns_msg_release(&m);
    g_byte_array_unref(client.in);
    g_byte_array_unref(out);
    world_release(&c.w);
}

/* ---- When things break */

static void test_server_gives_up_when_all_are_down(void **state)
{
    struct course c;
    struct asked a;

    (void)state;
    course_init(&c, true, false);
    net_host_set_up(net_host_find(c.w.net, "hamburger"), false);
    world_listen(&c.w, "dns.");
    sim_time took = world_ask(&c.w, c.stub, "hamburger.edu", DNS_MX, &a);
    assert_string_equal(a.text, "failed");
    assert_true(took < 10 * SIM_SECOND); /* before the stub's own patience ends */
    assert_non_null(strstr(c.w.log->str, "timeout local>hamburger hamburger.edu MX\n"
                                         "query local>hamburger hamburger.edu MX\n"));
    assert_non_null(strstr(c.w.log->str, "give_up local hamburger.edu MX (silent)\n"
                                         "response local>pc hamburger.edu MX SERVFAIL error\n"));
    /* It asked twice, for the first answer was late, and was answered once: the first response is for both.
     */
    net_host_set_up(net_host_find(c.w.net, "hamburger"), true);
    world_ask(&c.w, c.stub, "hamburger.edu", DNS_MX, &a);
    assert_string_equal(a.text, "found 10 mail.hamburger.edu/3600");
    world_release(&c.w);
}

static void test_server_forgets_when_it_stops(void **state)
{
    struct course c;
    struct asked a;

    (void)state;
    course_init(&c, true, false);
    world_ask(&c.w, c.stub, "hamburger.edu", DNS_MX, &a);
    assert_int_equal(dns_server_cached(c.local), 5);
    /* In the middle of a walk, with the question of a TCP client waiting too. */
    struct dns_name n = world_name("mail.hamburger.edu");
    dns_stub_query(c.stub, &n, DNS_A, 0, asked_on_result, &a);
    world_run(&c.w, sim_now(&c.w.sim) + 10 * SIM_MS);
    a = (struct asked){ .w = &c.w };
    assert_true(net_program_set_up(net_host_find(c.w.net, "local"), "dns", false));
    assert_int_equal(dns_server_cached(c.local), 0);
    world_run(&c.w, SIM_MINUTE);
    assert_string_equal(a.text, "no answer");
    assert_true(net_program_set_up(net_host_find(c.w.net, "hamburger"), "dns", false));
    assert_true(net_program_set_up(net_host_find(c.w.net, "hamburger"), "dns", true));
    assert_true(net_program_set_up(net_host_find(c.w.net, "local"), "dns", true));
    sim_time took = world_ask(&c.w, c.stub, "hamburger.edu", DNS_MX, &a);
    assert_string_equal(a.text, "found 10 mail.hamburger.edu/3600");
    assert_int_equal(took, 130 * SIM_MS); /* all the way again */
    world_release(&c.w);
}

static void test_server_serves_its_clients_only(void **state)
{
    struct world w;
    struct asked a;
    struct dns_server_spec spec = dns_server_defaults;
    struct dns_hint hint = { world_name("root-server"), world_ip("198.41.0.4") };
    struct ip_prefix prefix = { world_ip("10.1.0.0"), 16 };

    (void)state;
    world_init(&w);
    world_server(&w, "root", "198.41.0.4", SIM_MS, &spec, ".", WORLD_ROOT);
    spec.recursion = true;
    spec.hints = &hint;
    spec.n_hints = 1;
    spec.clients = &prefix;
    spec.n_clients = 1;
    world_server(&w, "local", "10.1.0.53", SIM_MS, &spec, NULL, NULL);
    struct dns_stub *inside = world_stub(&w, world_host(&w, "inside", "10.1.0.2", SIM_MS), "10.1.0.53");
    struct dns_stub *outside = world_stub(&w, world_host(&w, "outside", "10.2.0.2", SIM_MS), "10.1.0.53");
    world_ask(&w, inside, "root-server", DNS_A, &a);
    assert_string_equal(a.text, "found 198.41.0.4/3600");
    world_ask(&w, outside, "root-server", DNS_A, &a);
    assert_string_equal(a.text, "failed");
    world_release(&w);
}

/* Two who ask at once are answered by one walk, each with a cause that leads back to it. */
static void test_server_answers_all_who_wait(void **state)
{
    struct course c;
    struct asked a = { 0 }, b = { 0 };
    struct dns_name n = world_name("hamburger.edu"), m = world_name("HAMBURGER.edu");

    (void)state;
    course_init(&c, true, false);
    struct dns_stub *other = world_stub(&c.w, world_host(&c.w, "pc2", "10.1.0.3", 2 * SIM_MS), "10.1.0.53");
    a.w = b.w = &c.w;
    world_listen(&c.w, "dns.");
    dns_stub_query(c.stub, &n, DNS_MX, 0, asked_on_result, &a);
    dns_stub_query(other, &m, DNS_MX, 0, asked_on_result, &b);
    world_run(&c.w, SIM_MINUTE);
    assert_string_equal(a.text, "found 10 mail.hamburger.edu/3600");
    assert_string_equal(b.text, a.text);
    assert_non_null(strstr(c.w.log->str,
                           "response local>pc hamburger.edu MX answer 10 mail.hamburger.edu\n"
                           "response local>pc2 HAMBURGER.edu MX answer 10 mail.hamburger.edu\n"));
    assert_null(strstr(strstr(c.w.log->str, "query local>root") + 1, "query local>root"));
    world_release(&c.w);
}

/* ---- What holds of every run */

struct trail {
    uint64_t cause[1000];
    enum event event[1000];
    unsigned n;
};

static void trail_on_record(void *self, const struct record *r)
{
    struct trail *t = self;

    assert_true(r->seq < G_N_ELEMENTS(t->cause));
    t->cause[r->seq] = r->cause;
    t->event[r->seq] = r->event;
    t->n = (unsigned)r->seq;
}

static void test_server_leaves_a_chain_of_causes(void **state)
{
    struct course c;
    struct asked a;
    struct trail t = { 0 };

    (void)state;
    course_init(&c, true, false);
    trace_listen(&c.w.sim.trace, trail_on_record, &t);
    world_ask(&c.w, c.stub, "hamburger.edu", DNS_MX, &a);
    /* From the result back to the look-up: four responses and four queries on the way, and no store. */
    unsigned queries = 0, responses = 0;
    uint64_t at = t.n;
    assert_int_equal(t.event[at], EV_DNS_RESULT);
    for (; t.cause[at] != 0; at = t.cause[at]) {
        queries += t.event[at] == EV_DNS_QUERY;
        responses += t.event[at] == EV_DNS_RESPONSE;
        assert_int_not_equal(t.event[at], EV_DNS_CACHE_STORE);
    }
    assert_int_equal(t.event[at], EV_DNS_LOOKUP);
    assert_int_equal(queries, 4);
    assert_int_equal(responses, 4);
    world_release(&c.w);
}

static void test_server_does_the_same_unwatched(void **state)
{
    uint64_t events[2], packets[2];

    (void)state;
    for (unsigned watched = 0; watched < 2; watched++) {
        struct course c;
        struct asked a;
        course_init(&c, true, false);
        if (watched)
            world_listen(&c.w, NULL);
        for (unsigned i = 0; i < 20; i++) {
            world_ask(&c.w, c.stub, i % 3 == 0 ? "short.hamburger.edu" : "x.fr", DNS_A, &a);
            world_run(&c.w, sim_now(&c.w.sim) + SIM_SECOND);
        }
        events[watched] = sched_count(c.w.sim.sched);
        packets[watched] = net_packets(c.w.net);
        world_release(&c.w);
    }
    assert_int_equal(events[0], events[1]);
    assert_int_equal(packets[0], packets[1]);
}

static void test_server_describes_itself(void **state)
{
    struct course c;
    struct asked a;
    struct sheet *sheet;
    GString *text = g_string_new(NULL);

    (void)state;
    course_init(&c, true, false);
    world_ask(&c.w, c.stub, "hamburger.edu", DNS_MX, &a);
    world_ask(&c.w, c.stub, "no.hamburger.edu", DNS_A, &a);
    struct dns_name n = world_name("mail.hamburger.edu");
    dns_stub_query(c.stub, &n, DNS_A, 0, asked_on_result, &a);
    world_run(&c.w, sim_now(&c.w.sim) + 10 * SIM_MS);
    sheet = sheet_new("local");
    net_host_describe(net_host_find(c.w.net, "local"), sheet);
    sheet_to_json(sheet, text);
    static const char *const said[] = {
        "\"name\":\"hamburger.edu\",\"type\":\"MX\",\"ttl\":3599,\"data\":\"10 mail.hamburger.edu\",\"kind\":\"answer\"",
        "\"name\":\"hamburger.edu\",\"type\":\"NS\",\"ttl\":3599,\"data\":\"ns.hamburger.edu\",\"kind\":\"referral\"",
        "\"kind\":\"nxdomain\"",
        "\"name\":\"mail.hamburger.edu\",\"type\":\"A\",\"waiting\":\"hamburger\"",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(said); i++)
        if (strstr(text->str, said[i]) == NULL)
            fail_msg("not said: %s in\n%s", said[i], text->str);
    sheet_free(&sheet);
    g_string_truncate(text, 0);
    sheet = sheet_new("root");
    net_host_describe(net_host_find(c.w.net, "root"), sheet);
    sheet_to_json(sheet, text);
    assert_non_null(strstr(text->str, "\"origin\":\".\",\"serial\":1,\"records\":7"));
    sheet_free(&sheet);
    g_string_free(text, TRUE);
    world_release(&c.w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_server_walks_from_the_root),
        cmocka_unit_test(test_server_chains_recursive_queries),
        cmocka_unit_test(test_server_tells_what_is_not),
        cmocka_unit_test(test_server_answers_odd_queries),
        cmocka_unit_test(test_server_keeps_to_the_size_of_udp),
        cmocka_unit_test(test_server_and_stub_turn_to_tcp),
        cmocka_unit_test(test_server_pipelines_tcp_queries),
        cmocka_unit_test(test_server_gives_up_when_all_are_down),
        cmocka_unit_test(test_server_forgets_when_it_stops),
        cmocka_unit_test(test_server_serves_its_clients_only),
        cmocka_unit_test(test_server_answers_all_who_wait),
        cmocka_unit_test(test_server_leaves_a_chain_of_causes),
        cmocka_unit_test(test_server_does_the_same_unwatched),
        cmocka_unit_test(test_server_describes_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

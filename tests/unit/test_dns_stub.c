/* The stub resolver against servers that answer, fall silent, refuse, lie. */
#include "dns_world.h"

#include "dns/msg.h"
#include "net/udp.h"

/* A server that says what it is told to: one word of its script a query. */
struct actor {
    struct udp_socket *udp;
    const char *script; /* "silent", "servfail", …, parted by spaces; the last one again and again */
    unsigned queries;
    uint16_t ids[16], ports[16];
};

static void take_word(struct actor *a, char *word, size_t size)
{
    size_t n = strcspn(a->script, " ");

    g_strlcpy(word, a->script, MIN(n + 1, size));
    if (a->script[n] != '\0')
        a->script += n + 1;
}

static void act(void *self, struct udp_socket *s, const struct packet *p)
{
    struct actor *a = self;
    char word[32];
    struct dns_msg m;
    uint8_t out[DNS_UDP_MAX], address[4] = { 10, 0, 0, 1 };
    struct dns_name alias = world_name("web.edu"), loop = world_name("www.edu");

    dns_msg_init(&m);
    assert_true(dns_msg_parse(&m, packet_payload(p)));
    assert_true(m.rd);
    a->ids[a->queries % 16] = m.id;
    a->ports[a->queries++ % 16] = p->src_port;
    take_word(a, word, sizeof word);
    if (strcmp(word, "silent") == 0) {
        dns_msg_release(&m);
        return;
    }
    m.qr = true;
    m.ra = strcmp(word, "lame") != 0;
    m.rcode = strcmp(word, "servfail") == 0   ? DNS_SERVFAIL
              : strcmp(word, "refused") == 0  ? DNS_REFUSED
              : strcmp(word, "nxdomain") == 0 ? DNS_NXDOMAIN
                                              : DNS_NOERROR;
    m.id ^= strcmp(word, "id") == 0;
    m.qtype ^= strcmp(word, "question") == 0;
    if (strcmp(word, "found") == 0)
        dns_msg_add(&m, DNS_ANSWER, &m.qname, DNS_A, 60, span_bytes(address, 4));
    if (strcmp(word, "alias") == 0) {
        dns_msg_add(&m, DNS_ANSWER, &m.qname, DNS_CNAME, 60, span_bytes(alias.wire, alias.len));
        dns_msg_add(&m, DNS_ANSWER, &alias, DNS_A, 60, span_bytes(address, 4));
    }
    if (strcmp(word, "loop") == 0)
        dns_msg_add(&m, DNS_ANSWER, &m.qname, DNS_CNAME, 60, span_bytes(loop.wire, loop.len));
    size_t len = dns_msg_write(&m, out, sizeof out, sizeof out);
    if (strcmp(word, "garbage") == 0)
        len = 13;
    udp_reply(s, p, span_bytes(out, len), (struct udp_about){ 0 });
    dns_msg_release(&m);
}

struct stage {
    struct world w;
    struct net_host *pc;
    struct dns_stub *stub;
    struct actor first, second;
};

static void stage_init(struct stage *s, const char *first, const char *second)
{
    ip_addr servers[2] = { world_ip("10.0.0.1"), world_ip("10.0.0.2") };

    world_init(&s->w);
    s->first = (struct actor){ .script = first };
    s->second = (struct actor){ .script = second };
    s->pc = world_host(&s->w, "pc", "10.0.0.9", SIM_MS);
    struct net_host *h1 = world_host(&s->w, "one", "10.0.0.1", SIM_MS);
    struct net_host *h2 = world_host(&s->w, "two", "10.0.0.2", SIM_MS);
    if (strcmp(first, "absent") != 0)
        s->first.udp = udp_open(h1, DNS_PORT, act, NULL, &s->first);
    if (second != NULL && strcmp(second, "absent") != 0)
        s->second.udp = udp_open(h2, DNS_PORT, act, NULL, &s->second);
    s->stub = dns_stub_new(s->pc, servers, second != NULL ? 2 : 1);
    g_ptr_array_add(s->w.stubs, s->stub);
}

static void test_stub_makes_the_best_of_it(void **state)
{
    static const struct {
        const char *name, *first, *second, *text;
        unsigned asked_first, asked_second;
        sim_time ms;
    } rows[] = {
        { "an answer", "found", NULL, "found 10.0.0.1/60", 1, 0, 4 },
        { "an alias and its address", "alias", NULL, "found 10.0.0.1/60", 1, 0, 4 },
        { "an alias to itself", "loop", NULL, "no data", 1, 0, 4 },
        { "no such name", "nxdomain", "found", "no name", 1, 0, 4 },
        { "no data", "nothing", "found", "no data", 1, 0, 4 },
        { "silence, then an answer", "silent found", NULL, "found 10.0.0.1/60", 2, 0, 5004 },
        { "silence", "silent", NULL, "no answer", 2, 0, 10000 },
        { "silence of both", "silent", "silent", "no answer", 2, 2, 20000 },
        { "the second answers", "silent", "found", "found 10.0.0.1/60", 1, 1, 5004 },
        { "nobody there: the next at once", "absent", "found", "found 10.0.0.1/60", 0, 1, 8 },
        { "nobody there, twice over", "absent", "absent", "no answer", 0, 0, 16 },
        { "the first can't, the second can", "servfail", "found", "found 10.0.0.1/60", 1, 1, 8 },
        { "neither can", "servfail", "refused", "failed", 1, 1, 8 },
        { "the only one can't", "servfail", NULL, "failed", 1, 0, 4 },
        { "it can't, and then silence", "silent", "servfail", "failed", 1, 1, 5004 },
        { "one that does not recurse", "lame", NULL, "failed", 1, 0, 4 },
        { "not the response", "id found", NULL, "found 10.0.0.1/60", 2, 0, 5004 },
        { "to another question", "question found", NULL, "found 10.0.0.1/60", 2, 0, 5004 },
        { "garbage", "garbage found", NULL, "found 10.0.0.1/60", 2, 0, 5004 },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct stage s;
        struct asked a;
        stage_init(&s, rows[i].first, rows[i].second);
        sim_time took = world_ask(&s.w, s.stub, "www.edu", DNS_A, &a);
        if (strcmp(a.text, rows[i].text) != 0 || s.first.queries != rows[i].asked_first ||
            s.second.queries != rows[i].asked_second || took != rows[i].ms * SIM_MS)
            fail_msg("%s: %s after %g ms, asked %u and %u times", rows[i].name, a.text, (double)took / SIM_MS,
                     s.first.queries, s.second.queries);
        world_run(&s.w, SIM_NEVER);
        assert_int_equal(a.calls, 1);
        assert_int_equal(sched_pending(s.w.sim.sched), 0);
        world_release(&s.w);
    }
}

/* The same server again is asked from the same port with the same id: an answer to either counts. */
static void test_stub_asks_again_from_the_same_port(void **state)
{
    struct stage s;
    struct asked a;

    (void)state;
    stage_init(&s, "silent silent found", NULL);
    world_ask(&s.w, s.stub, "www.edu", DNS_A, &a);
    assert_int_equal(s.first.ids[0], s.first.ids[1]);
    assert_int_equal(s.first.ports[0], s.first.ports[1]);
    world_ask(&s.w, s.stub, "www.edu", DNS_A, &a);
    assert_int_not_equal(s.first.ids[1], s.first.ids[2]);
    assert_int_not_equal(s.first.ports[1], s.first.ports[2]);
    world_release(&s.w);
}

static void test_stub_cancels(void **state)
{
    struct stage s;
    struct asked a = { 0 }, b = { 0 };
    struct dns_name n = world_name("www.edu");

    (void)state;
    stage_init(&s, "found", NULL);
    a.w = b.w = &s.w;
    uint32_t first = dns_stub_query(s.stub, &n, DNS_A, 0, asked_on_result, &a);
    uint32_t second = dns_stub_query(s.stub, &n, DNS_A, 0, asked_on_result, &b);
    assert_int_not_equal(first, 0);
    assert_int_not_equal(first, second);
    dns_stub_cancel(s.stub, first);
    dns_stub_cancel(s.stub, first); /* twice is harmless */
    world_run(&s.w, SIM_MINUTE);
    assert_int_equal(a.calls, 0);
    assert_int_equal(b.calls, 1);
    dns_stub_query(s.stub, &n, DNS_A, 0, asked_on_result, &b);
    dns_stub_query(s.stub, &n, DNS_A, 0, asked_on_result, &b);
    dns_stub_cancel(s.stub, 0);
    world_run(&s.w, 2 * SIM_MINUTE);
    assert_int_equal(b.calls, 1);
    world_release(&s.w);
}

static void test_stub_without_server_fails_later(void **state)
{
    struct world w;
    struct asked a;

    (void)state;
    world_init(&w);
    struct dns_stub *stub = dns_stub_new(world_host(&w, "pc", "10.0.0.9", SIM_MS), NULL, 0);
    g_ptr_array_add(w.stubs, stub);
    struct dns_name n = world_name("www.edu");
    a = (struct asked){ .w = &w };
    dns_stub_query(stub, &n, DNS_A, 0, asked_on_result, &a);
    assert_int_equal(a.calls, 0);
    world_run(&w, SIM_SECOND);
    assert_string_equal(a.text, "no answer");
    world_release(&w);
}

static void test_stub_traces_what_it_is_for(void **state)
{
    struct stage s;
    struct asked a;

    (void)state;
    stage_init(&s, "silent found", NULL);
    world_listen(&s.w, "dns.");
    world_ask(&s.w, s.stub, "www.edu", DNS_A, &a);
    world_expect(&s.w, "lookup pc www.edu A\n"
                       "query pc>one www.edu A rd\n"
                       "timeout pc>one www.edu A\n"
                       "query pc>one www.edu A rd\n"
                       "result pc www.edu A 10.0.0.1\n");
    world_release(&s.w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stub_makes_the_best_of_it),
        cmocka_unit_test(test_stub_asks_again_from_the_same_port),
        cmocka_unit_test(test_stub_cancels),
        cmocka_unit_test(test_stub_without_server_fails_later),
        cmocka_unit_test(test_stub_traces_what_it_is_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

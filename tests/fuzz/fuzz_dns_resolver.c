/* The resolver, told anything: input is a script of questions, silences and responses whose flags, counts and
 * records are the fuzzer's, while id and question are right, so that they are believed as far as they may be.
 * Whatever it hears, each question is answered once, after no more queries than were allowed, and glue from
 * elsewhere never answers. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/rd.h"
#include "dns/resolver.h"

enum { ASKS_MAX = 64, TRIES = 12, CLIENTS_MAX = 32 };

struct world {
    struct dns_resolver *r;
    struct dns_ask *asks[ASKS_MAX];
    unsigned n_asks, clients, answers, queries;
    sim_time now;
};

static void on_send(void *self, struct dns_ask *a)
{
    struct world *w = self;

    assert(w->n_asks < ASKS_MAX);
    w->asks[w->n_asks++] = a;
    w->queries++;
    assert(a->tries <= TRIES);
    assert(a->timeout > 0 && a->to != 0);
}

static void on_end(void *self, struct dns_ask *a)
{
    struct world *w = self;
    unsigned i = 0;

    while (w->asks[i] != a)
        i++;
    w->asks[i] = w->asks[--w->n_asks];
}

static void on_answer(void *self, void *client, const struct dns_found *f)
{
    struct world *w = self;
    bool *answered = client;

    assert(!*answered);
    *answered = true;
    w->answers++;
    assert(f->rcode == DNS_NOERROR || f->rcode == DNS_NXDOMAIN || f->rcode == DNS_SERVFAIL);
    assert(f->rcode != DNS_SERVFAIL || f->n_answer == 0);
    for (unsigned i = 0; i < f->n_answer; i++)
        assert(f->answer[i].name->len > 0 && f->answer[i].ttl_s <= 604800);
}

static void on_note(void *self, const struct dns_note *n)
{
    (void)self;
    assert(n->name->len > 0);
    assert(n->kind != DNS_NOTE_STORE || n->entry->rank >= DNS_RANK_GLUE);
}

static const struct dns_resolver_calls calls = {
    .send = on_send, .end = on_end, .answer = on_answer, .note = on_note
};

static void respond(struct world *w, struct dns_ask *a, struct rd *in)
{
    uint8_t out[DNS_HEADER + 600];
    struct wr to = wr_of(out, sizeof out);
    uint16_t flags = rd_u16(in);
    uint8_t counts = rd_u8(in), len = rd_u8(in);
    const uint8_t *records = rd_bytes(in, len);

    if (records == NULL)
        return;
    wr_u16(&to, a->id);
    wr_u16(&to, flags | 0x8000);
    wr_u16(&to, 1);
    wr_u16(&to, counts & 7);
    wr_u16(&to, counts >> 3 & 7);
    wr_u16(&to, counts >> 6);
    wr_bytes(&to, a->name->wire, a->name->len);
    wr_u16(&to, a->type);
    wr_u16(&to, DNS_IN);
    wr_bytes(&to, records, len);
    dns_resolver_message(w->r, a, a->to, DNS_PORT, span_bytes(out, wr_len(&to)), w->now);
}

static void ask(struct world *w, uint8_t which, bool *answered)
{
    static const char *const names[] = { "a.edu",   "www.a.edu", "edu",         "b.fr",
                                         "ns.b.fr", ".",         "x.y.z.a.edu", "A.EDU" };
    static const uint16_t types[] = { DNS_A, DNS_MX, DNS_NS, DNS_ANY };
    struct dns_name n;

    dns_name_parse(span_of(names[which & 7]), NULL, &n, NULL);
    dns_resolver_ask(w->r, &n, types[which >> 3 & 3], (struct dns_about){ 1, 2 }, w->now, answered);
    w->clients++;
}

static void fall_silent(struct world *w, struct dns_ask *a, bool unreachable)
{
    w->now += unreachable ? 1 : a->timeout;
    dns_resolver_silence(w->r, a, unreachable, w->now);
}

static void run_script(struct world *w, struct rd in, bool *answered)
{
    while (rd_left(&in) > 0 && !in.bad) {
        uint8_t op = rd_u8(&in);
        struct dns_ask *a = w->n_asks > 0 ? w->asks[(op >> 3) % w->n_asks] : NULL;
        switch (op & 7) {
        case 0:
            if (w->clients < CLIENTS_MAX)
                ask(w, op >> 3, &answered[w->clients]);
            break;
        case 1:
            w->now += (sim_time)rd_u16(&in) * SIM_SECOND;
            break;
        case 2:
        case 3:
            if (a != NULL)
                fall_silent(w, a, (op & 7) == 3);
            break;
        default:
            if (a != NULL)
                respond(w, a, &in);
        }
    }
    while (w->n_asks > 0)
        fall_silent(w, w->asks[0], false);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dns_hint hint = { { 1, { 0 } }, 0xC6290004 };
    struct dns_resolver_config config = { .hints = &hint,
                                          .n_hints = 1,
                                          .rotate = true,
                                          .udp_size = 1232,
                                          .max_ttl_s = 604800,
                                          .max_negative_ttl_s = 10800,
                                          .timeout = SIM_SECOND,
                                          .tries = TRIES,
                                          .cache_entries = 24 };
    struct world w = { 0 };
    bool answered[CLIENTS_MAX] = { false };

    rng_init(&config.ids, 1, SPAN("ids"));
    rng_init(&config.order, 1, SPAN("order"));
    w.r = dns_resolver_new(&config, &calls, &w);
    run_script(&w, rd_of(data, size), answered);
    assert(w.answers == w.clients);
    assert(w.queries <= w.clients * TRIES);
    assert(dns_cache_held(dns_resolver_cache(w.r)) <= 24);
    dns_resolver_free(&w.r);
    return 0;
}

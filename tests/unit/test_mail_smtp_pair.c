/* Our client and our server against each other, with random mail, a server that refuses at random, and bytes
 * cut at random: whatever happens, each recipient has one fate, those with 2xx are those whom the server took
 * responsibility for, and what it took is what was sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/rng.h"
#include "mail/smtp_client.h"
#include "mail/smtp_server.h"

enum { SESSIONS = 4000, TRANSACTIONS = 3, RECIPIENTS_MAX = 6 };

struct world {
    struct rng rng;
    unsigned seed;
    unsigned refusals; /* percent of verdicts */
    struct smtp_server *server;
    struct smtp_client *client;
    GString *to_server, *to_client, *message;
    char *recipients[RECIPIENTS_MAX];
    unsigned n_recipients, n_transactions;
    unsigned fates[RECIPIENTS_MAX]; /* codes; 1: none yet */
    bool taken[RECIPIENTS_MAX];     /* by the server */
    bool sendable;                  /* no flaw in the message */
    unsigned n_sent, n_failed, n_ready, n_delivered;
};

static unsigned below(struct world *w, unsigned n)
{
    return rng_below(&w->rng, n);
}

/* ── The server ── */

static struct smtp_verdict maybe(struct world *w, unsigned good)
{
    static const unsigned refusals[] = { 450, 451, 452, 550, 552, 554, 421 };

    if (below(w, 100) < w->refusals)
        return (struct smtp_verdict){ refusals[below(w, G_N_ELEMENTS(refusals))],
                                      below(w, 2) ? "a text\nof two lines" : NULL };
    return (struct smtp_verdict){ good, NULL };
}

static struct smtp_verdict on_connect(void *self)
{
    return maybe(self, 220);
}

static struct smtp_verdict on_mail(void *self, struct span sender, uint64_t declared_size)
{
    (void)declared_size;
    assert_true(sender.len == 0 || span_is(sender, SPAN("alice@crepes.fr")));
    return maybe(self, 250);
}

static struct smtp_verdict on_rcpt(void *self, const struct smtp_envelope *e, struct span recipient)
{
    (void)e;
    (void)recipient;
    return maybe(self, 250);
}

static struct smtp_verdict on_data(void *self, const struct smtp_envelope *e)
{
    assert_true(e->n_recipients > 0);
    return maybe(self, 250);
}

static bool is_as_sent(const struct world *w, struct span message)
{
    size_t len = w->message->len;
    bool ended = len == 0 || w->message->str[len - 1] == '\n';

    return message.len == len + (ended ? 0 : 2) && memcmp(message.at, w->message->str, len) == 0;
}

static struct smtp_verdict on_message(void *self, const struct smtp_envelope *e, struct span message)
{
    struct world *w = self;
    struct smtp_verdict v = maybe(w, 250);
    unsigned at = 0;

    assert_true(is_as_sent(w, message));
    for (unsigned i = 0; i < e->n_recipients; i++) {
        while (strcmp(w->recipients[at], e->recipients[i]) != 0)
            assert_true(++at < w->n_recipients);
        w->taken[at] = v.code == 250;
    }
    return v;
}

static const struct smtp_policy policy = { on_connect, on_mail, on_rcpt, on_data, on_message, NULL };

/* ── The client ── */

/* Dots, line ends and flaws where they hurt. */
static void make_message(struct world *w)
{
    static const char *const pieces[] = { ".",   "..", "\r\n",     "\r\n", "\r\n.\r\n",      ".\r\n",
                                          "abc", " ",  "MAIL\r\n", "QUIT", "\r\n\r\n..\r\n", "From: x\r\n" };
    static const struct span flaws[] = {
        { "\n.\n", 3 }, { "\r", 1 }, { "\n", 1 }, { "\0", 1 }, { "\xc3\xb6", 2 }
    };
    unsigned n = below(w, 30);

    g_string_truncate(w->message, 0);
    for (unsigned i = 0; i < n; i++)
        g_string_append(w->message, pieces[below(w, G_N_ELEMENTS(pieces))]);
    w->sendable = below(w, 8) != 0;
    if (!w->sendable) {
        struct span flaw = flaws[below(w, G_N_ELEMENTS(flaws))];

        /* Alone on a line of its own, so that no neighbour completes it. */
        g_string_append(w->message, "\r\nx");
        g_string_append_len(w->message, flaw.at, (gssize)flaw.len);
        g_string_append(w->message, "x\r\n");
    } else if (below(w, 10) == 0) {
        g_string_append(w->message, "\r\n");
        for (unsigned i = 0; i < 998; i++)
            g_string_append_c(w->message, '.');
    } else if (below(w, 10) == 0) {
        g_string_append(w->message, "\r\n");
        for (unsigned i = 0; i < 5000; i++)
            g_string_append(w->message, i % 97 ? "." : "\r\n");
    }
}

static void on_ready(void *self)
{
    struct world *w = self;

    w->n_ready++;
    if (w->n_transactions++ == TRANSACTIONS) {
        smtp_client_quit(w->client, w->to_server);
        return;
    }
    make_message(w);
    w->n_recipients = 1 + below(w, RECIPIENTS_MAX);
    for (unsigned i = 0; i < w->n_recipients; i++) {
        w->fates[i] = 1;
        w->taken[i] = false;
    }
    smtp_client_send(w->client, span_of(below(w, 4) ? "alice@crepes.fr" : ""),
                     (const char *const *)w->recipients, w->n_recipients,
                     span_bytes(w->message->str, w->message->len), w->to_server);
}

static void on_recipient(void *self, unsigned i, struct smtp_answer a)
{
    struct world *w = self;

    assert_true(i < w->n_recipients);
    assert_int_equal(w->fates[i], 1);
    assert_true(a.code == 0 || (a.code >= 200 && a.code <= 599 && a.text.len >= 3));
    w->fates[i] = a.code;
}

static void on_sent(void *self)
{
    struct world *w = self;

    w->n_sent++;
    for (unsigned i = 0; i < w->n_recipients; i++) {
        assert_int_not_equal(w->fates[i], 1);
        if (w->fates[i] / 100 == 2) {
            assert_true(w->taken[i]);
            assert_true(w->sendable);
            w->n_delivered++;
        } else if (w->fates[i] != 0) {
            assert_false(w->taken[i]);
        }
        if (!w->sendable)
            assert_true(w->fates[i] == 554 || w->fates[i] == 552); /* it may be too big as well */
    }
}

static void on_failed(void *self, struct smtp_answer a)
{
    struct world *w = self;

    assert_true(a.code == 0 || a.code >= 400);
    w->n_failed++;
}

static void on_data_sent(void *self, size_t octets, unsigned lines, unsigned stuffed)
{
    struct world *w = self;
    size_t dots = 0;

    for (size_t i = 0; i < w->message->len; i++)
        dots += w->message->str[i] == '.' && (i == 0 || w->message->str[i - 1] == '\n');
    if (octets == 0 && lines == 0)
        return; /* a lone dot, or an empty message */
    assert_true(octets == w->message->len || octets == w->message->len + 2);
    assert_int_equal(stuffed, dots);
}

static const struct smtp_client_events events = {
    on_ready, on_recipient, on_sent, on_failed, NULL, on_data_sent, NULL,
};

/* ── The link ── */

/* Take a random piece off `from` and let the other side have it. False: nothing was there. */
static bool carry(struct world *w, GString *from, bool to_server)
{
    size_t n;
    char *piece;

    if (from->len == 0)
        return false;
    n = w->seed % 3 == 0 ? 1 : 1 + below(w, (unsigned)from->len);
    piece = g_memdup2(from->str, n); /* of its own: the sanitizer sees a read past its end */
    g_string_erase(from, 0, (gssize)n);
    if (to_server)
        smtp_server_feed(w->server, span_bytes(piece, n), w->to_client);
    else
        smtp_client_feed(w->client, span_bytes(piece, n), w->to_server);
    g_free(piece);
    return true;
}

static void converse(struct world *w)
{
    bool breaks = below(w, 10) == 0;
    unsigned steps = 0;

    smtp_server_open(w->server, w->to_client);
    while (!smtp_client_is_over(w->client)) {
        bool moved = carry(w, w->to_client, false);

        moved = carry(w, w->to_server, true) || moved;
        if ((breaks && below(w, 20) == 0) || (!moved && smtp_server_is_over(w->server)))
            smtp_client_broken(w->client, "broken");
        else
            assert_true(moved);
        assert_true(++steps < 1000000);
    }
    assert_int_equal(w->n_failed, w->n_ready == 0 ? 1 : 0);
    assert_int_equal(w->n_sent, MIN(w->n_ready, TRANSACTIONS));
}

static unsigned run(unsigned seed)
{
    struct world w = { .seed = seed };
    struct smtp_server_options options = { .hostname = "mail.hamburger.edu" };

    rng_init(&w.rng, seed, SPAN("pair"));
    w.refusals = seed % 4 == 0 ? 0 : below(&w, 30);
    options.size_limit = below(&w, 3) == 0 ? 1 + below(&w, 200) : 0;
    options.recipients_limit = below(&w, 5);
    options.pipelining = below(&w, 2);
    w.to_server = g_string_new(NULL);
    w.to_client = g_string_new(NULL);
    w.message = g_string_new(NULL);
    for (unsigned i = 0; i < RECIPIENTS_MAX; i++)
        w.recipients[i] = g_strdup_printf("user%u@hamburger.edu", i);
    w.server = smtp_server_new(&options, &policy, &w);
    w.client = smtp_client_new("mail.crepes.fr", below(&w, 4) != 0, &events, &w);

    converse(&w);

    smtp_server_free(&w.server);
    smtp_client_free(&w.client);
    g_string_free(w.to_server, TRUE);
    g_string_free(w.to_client, TRUE);
    g_string_free(w.message, TRUE);
    for (unsigned i = 0; i < RECIPIENTS_MAX; i++)
        g_free(w.recipients[i]);
    return w.n_delivered;
}

static void test_pair_loses_and_invents_nothing(void **state)
{
    unsigned delivered = 0;

    (void)state;
    for (unsigned seed = 0; seed < SESSIONS; seed++)
        delivered += run(seed);
    assert_true(delivered > SESSIONS); /* and it does deliver */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pair_loses_and_invents_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

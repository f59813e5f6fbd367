/* Our POP3 client and our server against each other, with random mail, random orders, and bytes cut at
 * random, while others deliver and expunge: what is fetched is what was stored, what is deleted at QUIT was
 * ordered, and a connection that breaks deletes nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/rng.h"
#include "mail/pop3_client.h"
#include "mail/pop3_server.h"

enum { SESSIONS = 3000, MESSAGES_MAX = 6 };

struct world {
    struct rng rng;
    unsigned seed;
    struct mail_boxes boxes;
    struct mail_box *bob;
    struct pop3_server *server;
    struct pop3_client *client;
    GString *to_server, *to_client;
    GString *texts[MESSAGES_MAX]; /* as they travel; of uid 1 … */
    bool gone[MESSAGES_MAX];      /* another took it away */
    bool marked[MESSAGES_MAX];
    unsigned n, number; /* the message that the order is about */
    unsigned n_orders, n_fetched;
    bool ended, in_order;
};

static unsigned below(struct world *w, unsigned n)
{
    return rng_below(&w->rng, n);
}

static struct mail_box *on_login(void *self, struct span user, struct span password)
{
    assert_true(span_is(password, SPAN("se cret")));
    return mail_boxes_find(&((struct world *)self)->boxes, user);
}

static struct mail_box *on_apop(void *self, struct span user, const char *timestamp, struct span digest)
{
    char *right = pop3_apop_digest(timestamp, "se cret");

    assert_true(span_is(digest, span_of(right)));
    g_free(right);
    return mail_boxes_find(&((struct world *)self)->boxes, user);
}

static const struct pop3_policy policy = { on_login, on_apop, NULL, NULL, NULL };

static void store(struct world *w, struct span text)
{
    struct mail_message *m = mail_message_new(1, &text, 1);

    mail_box_store(w->bob, m, 0);
    mail_message_unref(&m);
}

/* Others are at the same box. */
static void meddle(struct world *w)
{
    unsigned i = below(w, MESSAGES_MAX);

    if (below(w, 20) == 0)
        store(w, SPAN("Subject: late\r\n"));
    if (below(w, 20) == 0 && i < w->n && mail_box_delete(w->bob, i + 1))
        w->gone[i] = true;
}

static void on_ready(void *self, const struct pop3_listed *list, unsigned n)
{
    struct world *w = self;
    char uid[16];

    assert_int_equal(n, w->n);
    for (unsigned i = 0; i < n; i++) {
        assert_int_equal(list[i].number, i + 1);
        assert_int_equal(list[i].size, w->texts[i]->len);
        g_snprintf(uid, sizeof uid, "1.%u", i + 1);
        assert_true(list[i].uid[0] == '\0' || strcmp(list[i].uid, uid) == 0);
    }
    meddle(w);
    w->number = 1 + below(w, MESSAGES_MAX); /* perhaps of none */
    switch (w->n_orders++ < 12 ? below(w, 9) : 0) {
    case 0:
        pop3_client_quit(w->client, w->to_server);
        return;
    case 1:
        memset(w->marked, 0, sizeof w->marked);
        pop3_client_reset(w->client, w->to_server);
        return;
    case 2:
    case 3:
        pop3_client_delete(w->client, w->number, w->to_server);
        return;
    case 4:
        pop3_client_top(w->client, w->number, below(w, 4), w->to_server);
        return;
    default:
        pop3_client_retrieve(w->client, w->number, w->to_server);
    }
}

static void on_message(void *self, unsigned number, struct span message, bool whole)
{
    struct world *w = self;
    const GString *text;

    assert_true(number == w->number && number <= w->n && !w->marked[number - 1]);
    text = w->texts[number - 1];
    assert_true(message.len <= text->len && memcmp(message.at, text->str, message.len) == 0);
    assert_true(!whole || message.len == text->len);
    w->n_fetched++;
}

static void on_deleted(void *self, unsigned number)
{
    struct world *w = self;

    assert_true(number == w->number && number <= w->n && !w->marked[number - 1]);
    w->marked[number - 1] = true;
}

static void on_refused(void *self, struct span line)
{
    struct world *w = self;

    if (w->number <= w->n && !w->marked[w->number - 1] && !w->gone[w->number - 1])
        fail_msg("seed %u: refused: %.*s", w->seed, (int)line.len, line.at);
}

static void on_end(void *self, bool in_order, struct span line)
{
    struct world *w = self;

    (void)line;
    w->ended = true;
    w->in_order = in_order;
}

static const struct pop3_client_events events = {
    on_ready, on_message, on_deleted, on_refused, on_end, NULL
};

/* Lines of a few letters, dots, and ends that need mending on their way. */
static void write_message(struct world *w, unsigned i)
{
    static const char *const pieces[] = { ".",     "..", "x", "\r\n", "\r\n",
                                          "\r\n.", "\n", " ", "\r",   "Subject: y" };
    GString *kept = g_string_new(NULL), *sent = g_string_new(NULL);

    for (unsigned n = below(w, 30); n > 0; n--)
        g_string_append(kept, pieces[below(w, G_N_ELEMENTS(pieces))]);
    for (gsize k = 0; k < kept->len; k++) {
        if (kept->str[k] == '\n' && (k == 0 || kept->str[k - 1] != '\r'))
            g_string_append_c(sent, '\r');
        g_string_append_c(sent, kept->str[k]);
    }
    if (sent->len > 0 && sent->str[sent->len - 1] != '\n')
        g_string_append(sent, "\r\n");
    store(w, span_bytes(kept->str, kept->len));
    g_string_free(kept, TRUE);
    w->texts[i] = sent;
}

/* Some of what is on its way arrives. */
static struct span some(struct world *w, const GString *from)
{
    return span_bytes(from->str,
                      1 + below(w, below(w, 2) ? (unsigned)MIN(from->len, 4) : (unsigned)from->len));
}

static void converse(struct world *w, bool breaks)
{
    GString *said = g_string_new(NULL);

    while (!w->ended) {
        GString *from = w->to_server->len > 0 ? w->to_server : w->to_client;
        struct span part;

        assert_true(from->len > 0);
        if (breaks && below(w, 30) == 0) {
            pop3_client_broken(w->client);
            pop3_server_shut(w->server);
            break;
        }
        part = some(w, from);
        if (from == w->to_server)
            pop3_server_feed(w->server, part, w->to_client);
        else
            pop3_client_feed(w->client, part, said);
        g_string_erase(from, 0, (gssize)part.len);
        g_string_append_len(w->to_server, said->str, (gssize)said->len);
        g_string_truncate(said, 0);
    }
    g_string_free(said, TRUE);
}

static void check(const struct world *w)
{
    bool updated = pop3_server_state(w->server) == POP3_S_UPDATE;

    assert_true(pop3_server_is_over(w->server) && !w->bob->is_locked);
    assert_true(updated || !w->in_order);
    for (unsigned i = 0; i < w->n; i++)
        if ((mail_folder_place(w->bob->inbox, i + 1) < 0) != (w->gone[i] || (updated && w->marked[i])))
            fail_msg("seed %u: message %u is there or not, wrongly", w->seed, i + 1);
}

static void test_pop3_client_and_server_agree(void **state)
{
    static const char timestamp[] = "<1@mail.hamburger.edu>";
    unsigned n_fetched = 0, n_in_order = 0;

    (void)state;
    for (unsigned seed = 1; seed <= SESSIONS; seed++) {
        struct world w = { .seed = seed, .to_server = g_string_new(NULL), .to_client = g_string_new(NULL) };
        struct pop3_server_options served = { "mail.hamburger.edu", NULL };
        struct pop3_client_options wanted = { "bob", "se cret", false, false };

        rng_init(&w.rng, seed, SPAN("pop3 pair"));
        served.timestamp = below(&w, 2) ? timestamp : NULL;
        wanted.apop = below(&w, 2);
        wanted.uidl = below(&w, 2);
        mail_boxes_init(&w.boxes);
        w.bob = mail_boxes_add(&w.boxes, "bob", 0);
        w.n = below(&w, MESSAGES_MAX + 1);
        for (unsigned i = 0; i < w.n; i++)
            write_message(&w, i);
        w.server = pop3_server_new(&served, &policy, &w);
        w.client = pop3_client_new(&wanted, &events, &w);
        pop3_server_open(w.server, w.to_client);
        converse(&w, seed % 3 == 0);
        check(&w);
        n_fetched += w.n_fetched;
        n_in_order += w.in_order;
        pop3_client_free(&w.client);
        pop3_server_free(&w.server);
        mail_boxes_release(&w.boxes);
        for (unsigned i = 0; i < w.n; i++)
            g_string_free(w.texts[i], TRUE);
        g_string_free(w.to_server, TRUE);
        g_string_free(w.to_client, TRUE);
    }
    assert_true(n_fetched > SESSIONS / 2 && n_in_order > SESSIONS / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pop3_client_and_server_agree),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What a talk cannot show of the POP3 server (tests/talk/pop3): amounts, cuts, and ends at any point. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mail/pop3_server.h"

enum { MESSAGES = 3 };

struct world {
    struct mail_boxes boxes;
    struct mail_box *bob;
    struct pop3_server *server;
    GString *out;
    unsigned n_commands, n_replies;
};

static struct mail_box *on_login(void *self, struct span user, struct span password)
{
    (void)password;
    return mail_boxes_find(&((struct world *)self)->boxes, user);
}

static void on_command(void *self, const char *verb, struct span line)
{
    (void)verb;
    assert_true(line.len <= POP3_LINE_MAX - 2);
    ((struct world *)self)->n_commands++;
}

static void on_reply(void *self, bool ok, struct span line, struct span body, uint32_t mail)
{
    (void)ok;
    (void)body;
    (void)mail;
    assert_true(line.len <= 510);
    ((struct world *)self)->n_replies++;
}

static const struct pop3_policy policy = { on_login, NULL, on_command, on_reply, NULL };

static void put(struct world *w, size_t size)
{
    char *text = g_strnfill(size, '.');
    struct mail_message *m = mail_message_new(1, &(struct span){ text, size }, 1);

    mail_box_store(w->bob, m, 0);
    mail_message_unref(&m);
    g_free(text);
}

static void begin(struct world *w, const char *hostname)
{
    static struct pop3_server_options options;

    *w = (struct world){ .out = g_string_new(NULL) };
    options.hostname = hostname;
    mail_boxes_init(&w->boxes);
    w->bob = mail_boxes_add(&w->boxes, "bob", 0);
    for (unsigned i = 0; i < MESSAGES; i++)
        put(w, 10);
    w->server = pop3_server_new(&options, &policy, w);
    pop3_server_open(w->server, w->out);
}

static void feed(struct world *w, const char *text)
{
    g_string_truncate(w->out, 0);
    pop3_server_feed(w->server, span_of(text), w->out);
}

static void end(struct world *w)
{
    pop3_server_free(&w->server);
    assert_null(w->server);
    pop3_server_free(&w->server);
    assert_false(w->bob->is_locked);
    mail_boxes_release(&w->boxes);
    g_string_free(w->out, TRUE);
}

static void test_pop3_server_ends_anywhere_without_deleting(void **state)
{
    static const char session[] = "USER bob\r\nPASS x\r\nLIST\r\nDELE 1\r\nRETR 2\r\nDELE 2\r\nQUI";

    (void)state;
    for (size_t n = 0; n <= strlen(session); n++) {
        struct world w;

        begin(&w, "h");
        pop3_server_feed(w.server, span_bytes(session, n), w.out);
        assert_int_equal(pop3_server_box(w.server) != NULL, n >= strlen("USER bob\r\nPASS x\r\n"));
        assert_int_equal(w.bob->is_locked, pop3_server_box(w.server) != NULL);
        if (n % 2)
            pop3_server_shut(w.server);
        pop3_server_free(&w.server);
        assert_int_equal(w.bob->inbox->n, MESSAGES);
        end(&w);
    }
}

static void test_pop3_server_counts_marks(void **state)
{
    struct world w;

    (void)state;
    begin(&w, "h");
    assert_int_equal(pop3_server_marked(w.server), 0);
    feed(&w, "USER bob\r\nPASS x\r\nDELE 1\r\nDELE 3\r\nDELE 3\r\n");
    assert_int_equal(pop3_server_marked(w.server), 2);
    assert_int_equal(w.bob->inbox->n, MESSAGES);
    feed(&w, "RSET\r\n");
    assert_int_equal(pop3_server_marked(w.server), 0);
    feed(&w, "DELE 2\r\nQUIT\r\n");
    assert_int_equal(pop3_server_marked(w.server), 0);
    assert_true(pop3_server_is_over(w.server));
    assert_int_equal(w.bob->inbox->n, 2);
    assert_int_equal(mail_folder_place(w.bob->inbox, 2), -1);
    pop3_server_shut(w.server); /* it is over already */
    assert_int_equal(pop3_server_state(w.server), POP3_S_UPDATE);
    end(&w);
}

/* 100 MB without a line's end are one line too long: one refusal, and nothing kept. */
static void test_pop3_server_bears_a_line_without_end(void **state)
{
    char *much = g_strnfill(1 << 20, 'A');
    struct world w;

    (void)state;
    begin(&w, "h");
    g_string_truncate(w.out, 0);
    for (unsigned i = 0; i < 100; i++)
        pop3_server_feed(w.server, span_bytes(much, 1 << 20), w.out);
    assert_int_equal(w.out->len, 0);
    assert_int_equal(w.n_commands, 0);
    feed(&w, "\r\nQUIT\r\n");
    assert_int_equal(w.n_commands, 2);
    assert_int_equal(w.n_replies, 3); /* the greeting too */
    assert_true(g_str_has_prefix(w.out->str, "-ERR Line too long"));
    assert_true(pop3_server_is_over(w.server));
    g_free(much);
    end(&w);
}

/* A few octets that ask for a large message again and again. */
static void test_pop3_server_does_not_say_without_bound(void **state)
{
    GString *asks = g_string_new("USER bob\r\nPASS x\r\n");
    enum { LARGE = 20 * 1024 * 1024 };
    struct world w;

    (void)state;
    begin(&w, "h");
    put(&w, LARGE);
    for (unsigned i = 0; i < 1000; i++)
        g_string_append(asks, "RETR 4\r\n");
    feed(&w, asks->str);
    assert_true(w.out->len < POP3_UNSENT_MAX + 2 * LARGE);
    assert_true(g_str_has_suffix(w.out->str, "-ERR Too much asked for at once, closing the connection\r\n"));
    assert_int_equal(pop3_server_state(w.server), POP3_S_QUIT);
    end(&w);

    /* One at a time it is never too much. */
    begin(&w, "h");
    put(&w, LARGE);
    feed(&w, "USER bob\r\nPASS x\r\n");
    for (unsigned i = 0; i < 10; i++) {
        feed(&w, "RETR 4\r\n");
        assert_int_equal(w.out->len, strlen("+OK 20971522 octets\r\n") + 1 + LARGE + strlen("\r\n.\r\n"));
    }
    assert_false(pop3_server_is_over(w.server));
    end(&w);
    g_string_free(asks, TRUE);
}

static void test_pop3_server_keeps_status_lines_short(void **state)
{
    char *name = g_strnfill(2000, 'n');
    struct world w;

    (void)state;
    begin(&w, name);
    assert_int_equal(w.out->len, 512);
    assert_true(g_str_has_suffix(w.out->str, "n\r\n"));
    end(&w);
    g_free(name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pop3_server_ends_anywhere_without_deleting),
        cmocka_unit_test(test_pop3_server_counts_marks),
        cmocka_unit_test(test_pop3_server_bears_a_line_without_end),
        cmocka_unit_test(test_pop3_server_does_not_say_without_bound),
        cmocka_unit_test(test_pop3_server_keeps_status_lines_short),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What a talk cannot show of the POP3 client (tests/talk/pop3): amounts, and orders from within events. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mail/pop3_client.h"

struct reader {
    struct pop3_client *client;
    GString *out;
    unsigned n, n_ready, n_messages, n_deleted, n_ends;
    bool by_itself; /* fetches and deletes all, then quits */
    char *end;
};

static void on_ready(void *self, const struct pop3_listed *list, unsigned n)
{
    struct reader *r = self;

    r->n = n;
    r->n_ready++;
    if (!r->by_itself)
        return;
    if (r->n_messages == r->n_deleted && r->n_messages < n)
        pop3_client_retrieve(r->client, list[r->n_messages].number, r->out);
    else if (r->n_deleted < r->n_messages)
        pop3_client_delete(r->client, list[r->n_deleted].number, r->out);
    else
        pop3_client_quit(r->client, r->out);
}

static void on_message(void *self, unsigned number, struct span message, bool whole)
{
    (void)number;
    (void)message;
    (void)whole;
    ((struct reader *)self)->n_messages++;
}

static void on_deleted(void *self, unsigned number)
{
    (void)number;
    ((struct reader *)self)->n_deleted++;
}

static void on_refused(void *self, struct span line)
{
    (void)self;
    (void)line;
}

static void on_end(void *self, bool in_order, struct span line)
{
    struct reader *r = self;

    assert_int_equal(r->n_ends++, 0);
    r->end = g_strdup_printf("%s %.*s", in_order ? "yes" : "no", (int)line.len, line.at);
}

static const struct pop3_client_events events = {
    on_ready, on_message, on_deleted, on_refused, on_end, NULL
};
static const struct pop3_client_options options = { .user = "bob", .password = "x", .uidl = true };

static void begin(struct reader *r, bool by_itself)
{
    *r = (struct reader){ .out = g_string_new(NULL), .by_itself = by_itself };
    r->client = pop3_client_new(&options, &events, r);
}

static void feed(struct reader *r, const char *text)
{
    pop3_client_feed(r->client, span_of(text), r->out);
}

static void end(struct reader *r)
{
    pop3_client_free(&r->client);
    assert_null(r->client);
    g_string_free(r->out, TRUE);
    g_free(r->end);
}

/* All answers come in one piece: each is taken for that of the command that its predecessor led to. */
static void test_pop3_client_takes_orders_from_within_events(void **state)
{
    struct reader r;

    (void)state;
    begin(&r, true);
    feed(&r, "+OK\r\n+OK\r\n+OK\r\n+OK 2 9\r\n+OK\r\n1 4\r\n3 5\r\n.\r\n+OK\r\n1 a\r\n3 b\r\n.\r\n"
             "+OK\r\na\r\n.\r\n+OK\r\n+OK\r\nb\r\n.\r\n+OK\r\n+OK bye\r\n");
    assert_string_equal(r.end, "yes +OK bye");
    assert_string_equal(r.out->str, "USER bob\r\nPASS x\r\nSTAT\r\nLIST\r\nUIDL\r\nRETR 1\r\nDELE 1\r\n"
                                    "RETR 3\r\nDELE 3\r\nQUIT\r\n");
    end(&r);
}

/* However much a server says, there is an end to it. */
static void test_pop3_client_leaves_a_server_without_end(void **state)
{
    static const char list[] = "+OK\r\n+OK\r\n+OK\r\n+OK 9 9\r\n+OK\r\n";
    static const struct {
        const char *name, *before, *again; /* %u: a count */
        unsigned limit;                    /* octets, no more are taken */
        const char *end;
    } rows[] = {
        { "a line", "", "A", 600, "no protocol error: a line too long" },
        { "a list", list, "%u 1\r\n", 10 * POP3_LISTED_MAX, "no protocol error: too many messages" },
        { "a line of a list", list, "1", 600, "no protocol error: a line too long" },
        { "ids", "+OK\r\n+OK\r\n+OK\r\n+OK 9 9\r\n+OK\r\n1 1\r\n.\r\n+OK\r\n", "%u id\r\n",
          POP3_REPLY_MAX + 100, "no protocol error: a list without end" },
        { "a message", "+OK\r\n+OK\r\n+OK\r\n+OK 1 1\r\n+OK\r\n1 1\r\n.\r\n-ERR\r\n+OK\r\n",
          "text text text text\r\n", POP3_REPLY_MAX + 100, "no protocol error: a message too long" },
        { "a line of a message", "+OK\r\n+OK\r\n+OK\r\n+OK 1 1\r\n+OK\r\n1 1\r\n.\r\n-ERR\r\n+OK\r\n",
          "text text text text", POP3_REPLY_MAX + 100, "no protocol error: a message too long" },
        { "dots", "+OK\r\n+OK\r\n+OK\r\n+OK 1 1\r\n+OK\r\n1 1\r\n.\r\n-ERR\r\n+OK\r\n", ".\r",
          POP3_REPLY_MAX + 100, "no protocol error: a message too long" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct reader r;
        size_t n = 0;
        char text[64];

        begin(&r, true);
        feed(&r, rows[i].before);
        for (unsigned k = 1; !pop3_client_is_over(r.client) && n <= rows[i].limit; k++) {
            const char *at = strchr(rows[i].again, '%');

            if (at != NULL)
                g_snprintf(text, sizeof text, "%u%s", k, at + 2);
            else
                g_strlcpy(text, rows[i].again, sizeof text);
            n += strlen(text);
            feed(&r, text);
        }
        if (r.end == NULL || strcmp(r.end, rows[i].end) != 0)
            fail_msg("%s: %s after %zu octets", rows[i].name, r.end, n);
        end(&r);
    }
}

/* A message of the largest size passes. */
static void test_pop3_client_takes_a_large_message(void **state)
{
    char *line = g_strnfill(1 << 20, 'x');
    struct reader r;

    (void)state;
    begin(&r, true);
    memcpy(line + (1 << 20) - 2, "\r\n", 2);
    feed(&r, "+OK\r\n+OK\r\n+OK\r\n+OK 1 1\r\n+OK\r\n1 1\r\n.\r\n-ERR\r\n+OK\r\n");
    for (unsigned i = 0; i < POP3_REPLY_MAX >> 20; i++)
        pop3_client_feed(r.client, span_bytes(line, 1 << 20), r.out);
    feed(&r, ".\r\n");
    assert_int_equal(r.n_messages, 1);
    assert_false(pop3_client_is_over(r.client));
    g_free(line);
    end(&r);
}

/* Names and passwords that are more than one word on one line say nothing on the wire. */
static void test_pop3_client_never_sends_what_is_no_word(void **state)
{
    static const struct {
        const char *user, *password;
        bool sent;
    } rows[] = {
        { "bob", "sword fish", true }, { "bob", "\xeb\xb0\xa5", true }, /* the server may judge */
        { "bob smith", "x", false },   { "bob\r\nDELE 1", "x", false }, { "bob", "x\r\nDELE 1", false },
        { "bob", "x\n", false },       { "bob", "x\x7f", false },       { "", "x", false },
        { "bob", "", false },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct pop3_client_options o = { .user = rows[i].user, .password = rows[i].password };
        struct reader r = { .out = g_string_new(NULL) };

        r.client = pop3_client_new(&o, &events, &r);
        feed(&r, "+OK\r\n");
        if (g_str_has_prefix(r.out->str, "USER ") != rows[i].sent ||
            (!rows[i].sent && strcmp(r.out->str, "QUIT\r\n") != 0))
            fail_msg("row %zu: %s", i, r.out->str);
        end(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pop3_client_takes_orders_from_within_events),
        cmocka_unit_test(test_pop3_client_leaves_a_server_without_end),
        cmocka_unit_test(test_pop3_client_takes_a_large_message),
        cmocka_unit_test(test_pop3_client_never_sends_what_is_no_word),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

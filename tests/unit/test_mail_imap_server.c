/* What the IMAP server bears with: endless lines, literals, items and keys, in bounded memory and time. Talks
 * have the conversations (tests/talk/imap). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <time.h>

#include "mail/imap_input.h"
#include "mail/imap_server.h"

struct world {
    struct mail_boxes boxes;
    struct mail_box *bob;
    struct imap_server_options options;
    struct imap_server *server;
    GString *out;
    unsigned replies, news;
};

static struct mail_box *on_login(void *self, struct span user, struct span password)
{
    (void)password;
    return mail_boxes_find(&((struct world *)self)->boxes, user);
}

static void on_news(void *self)
{
    ((struct world *)self)->news++;
}

static void on_reply(void *self, struct span tag, const char *status, struct span response, uint32_t mail)
{
    (void)tag;
    (void)status;
    (void)response;
    (void)mail;
    ((struct world *)self)->replies++;
}

static const struct imap_policy policy = { .on_login = on_login, .on_news = on_news, .on_reply = on_reply };

static void begin(struct world *w, bool selected)
{
    *w = (struct world){ .out = g_string_new(NULL) };
    mail_boxes_init(&w->boxes);
    w->bob = mail_boxes_add(&w->boxes, "bob", 0);
    w->options = (struct imap_server_options){ "mail.hamburger.edu", &w->boxes };
    w->server = imap_server_new(&w->options, &policy, w);
    imap_server_open(w->server, w->out);
    imap_server_feed(w->server, SPAN("l LOGIN bob x\r\n"), 0, w->out);
    if (selected)
        imap_server_feed(w->server, SPAN("s SELECT INBOX\r\n"), 0, w->out);
    g_string_truncate(w->out, 0);
    w->replies = 0;
}

static void end(struct world *w)
{
    imap_server_free(&w->server);
    mail_boxes_release(&w->boxes);
    g_string_free(w->out, TRUE);
}

static void say(struct world *w, const char *text)
{
    g_string_truncate(w->out, 0);
    imap_server_feed(w->server, span_of(text), 0, w->out);
}

static bool said(const struct world *w, const char *pattern)
{
    bool matches = g_pattern_match_simple(pattern, w->out->str);

    if (!matches)
        print_error("said: %.300s\n", w->out->str);
    return matches;
}

static void store(struct world *w, size_t size)
{
    char *body = g_strnfill(size, 'x');
    struct span parts[] = { SPAN("Subject: x\r\n\r\n"), { body, size } };
    struct mail_message *m = mail_message_new(1, parts, 2);

    mail_box_store(w->bob, m, 0);
    mail_message_unref(&m);
    g_free(body);
}

/* `head`, then so many octets, in pieces. */
static void flood(struct world *w, const char *head, size_t octets)
{
    char *piece = g_strnfill(100000, 'a');

    imap_server_feed(w->server, span_of(head), 0, w->out);
    for (size_t n = 0; n < octets; n += 100000)
        imap_server_feed(w->server, span_bytes(piece, 100000), 0, w->out);
    g_free(piece);
}

static void test_imap_endless_line_is_refused_once(void **state)
{
    struct world w;

    (void)state;
    begin(&w, false);
    flood(&w, "a1 NOOP ", 100 * 1000 * 1000);
    assert_true(said(&w, "a1 BAD [TOOBIG] *"));
    assert_int_equal(w.replies, 1);
    say(&w, "\r\na2 NOOP\r\n");
    assert_string_equal(w.out->str, "a2 OK NOOP completed\r\n");
    end(&w);
}

static void test_imap_refused_literal_is_skipped(void **state)
{
    struct world w;

    (void)state;
    begin(&w, false);
    flood(&w, "a1 APPEND INBOX {100000000+}\r\n", 100 * 1000 * 1000);
    assert_true(said(&w, "a1 NO [TOOBIG] *"));
    assert_int_equal(w.replies, 1);
    say(&w, "\r\na2 NOOP\r\n");
    assert_string_equal(w.out->str, "a2 OK NOOP completed\r\n");
    end(&w);
}

static void test_imap_input_keeps_little(void **state)
{
    struct imap_input in;
    char *piece = g_strnfill(100000, 'a');
    struct span bytes = SPAN("a1 X {4000000000+}\r\n");

    (void)state;
    imap_input_init(&in, 1000);
    assert_int_equal(imap_input_take(&in, &bytes), IMAP_INPUT_LITERAL);
    assert_true(in.size == 4000000000 && !in.waits);
    imap_input_refuse(&in);
    for (unsigned i = 0; i < 200; i++) {
        bytes = span_bytes(piece, 100000);
        assert_int_equal(imap_input_take(&in, &bytes), IMAP_INPUT_MORE);
        assert_true(in.text->allocated_len < 10000);
    }
    imap_input_release(&in);
    imap_input_init(&in, 1000);
    bytes = span_bytes(piece, 100000);
    assert_int_equal(imap_input_take(&in, &bytes), IMAP_INPUT_LONG);
    assert_int_equal(in.text->len, 1000);
    for (unsigned i = 0; i < 200; i++) {
        bytes = span_bytes(piece, 100000);
        assert_int_equal(imap_input_take(&in, &bytes), IMAP_INPUT_MORE);
        assert_true(in.text->allocated_len < 10000);
    }
    bytes = SPAN("{2+}\r\n\r\n\r\nnext\r\n"); /* skipped with its literal, and the line behind that */
    assert_int_equal(imap_input_take(&in, &bytes), IMAP_INPUT_COMMAND);
    assert_string_equal(in.text->str, "next\r\n");
    g_free(piece);
    imap_input_release(&in);
}

/* What is read of `stream` where lines have room for 48 octets and every literal is refused: commands, '['
 * for a literal announced, '!' for a line too long. */
static GString *skim(const char *stream, size_t piece)
{
    GString *read = g_string_new(NULL);
    struct span rest = span_of(stream);
    struct imap_input in;

    imap_input_init(&in, 48);
    while (rest.len > 0) {
        struct span bytes = span_bytes(rest.at, MIN(piece, rest.len));
        enum imap_input_step step;

        rest = span_bytes(rest.at + bytes.len, rest.len - bytes.len);
        while ((step = imap_input_take(&in, &bytes)) != IMAP_INPUT_MORE) {
            if (step == IMAP_INPUT_COMMAND) {
                g_string_append_len(read, in.text->str, (gssize)in.text->len);
                continue;
            }
            g_string_append_c(read, step == IMAP_INPUT_LITERAL ? '[' : '!');
            if (step == IMAP_INPUT_LITERAL)
                imap_input_refuse(&in);
        }
    }
    imap_input_release(&in);
    return read;
}

#define TEN  "0123456789"
#define LONG TEN TEN TEN TEN TEN

/* Of what is skipped little is kept, yet quotes are told from literals by the whole line. */
static void test_imap_input_skips_what_belongs_together(void **state)
{
    static const struct {
        const char *name, *stream, *read;
    } rows[] = {
        { "the line behind a refused literal", "a {2+}\r\nxx b\r\nnext\r\n", "[next\r\n" },
        { "and its literals", "a {2+}\r\nxx b {0+}\r\n {1+}\r\n\n c\r\nnext\r\n", "[next\r\n" },
        { "but none that waits", "a {2+}\r\nxx b {9}\r\nnext\r\n", "[next\r\n" },
        { "a refused literal of no octets", "a {0+}\r\n}\r\nnext\r\n", "[next\r\n" },
        { "a literal behind long quotes", "a {2+}\r\nxx \"" TEN TEN TEN "\" b {3+}\r\n1\r\n\r\nnext\r\n",
          "[next\r\n" },
        { "a literal long behind quotes", "a {2+}\r\nxx \"b\"" LONG " {3+}\r\n1\r\n\r\nnext\r\n",
          "[next\r\n" },
        { "quotes begun long before", "a {2+}\r\nxx \"" LONG " {3+}\r\nnext\r\n", "[next\r\n" },
        { "a quote behind a backslash", "a {2+}\r\nxx \"\\\"" LONG " {3+}\r\nnext\r\n", "[next\r\n" },
        { "a brace behind a backslash", "a {2+}\r\nxx \"\\{3+}\r\nnext\r\n", "[next\r\n" },
        { "a quote in a skipped literal", "a {2+}\r\n\"\" {2+}\r\n\"x {1+}\r\n\n\r\nnext\r\n", "[next\r\n" },
        { "a literal behind a long line", "a " LONG " {3+}\r\n1\r\n\r\nnext\r\n", "!next\r\n" },
        { "a literal behind its quotes", "a \"b\" \"" LONG "\" {3+}\r\n1\r\n\r\nnext\r\n", "!next\r\n" },
        { "quotes begun in the part that was read", "a \"" LONG " {3+}\r\nnext\r\n", "!next\r\n" },
        { "quotes begun in the part that was not", "a " LONG "\"" LONG " {3+}\r\nnext\r\n", "!next\r\n" },
        { "a backslash where the room ends", "a \"" TEN TEN TEN TEN "01234\\\" {3+}\r\nnext\r\n",
          "!next\r\n" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        for (size_t piece = 1; piece <= strlen(rows[i].stream); piece++) {
            GString *read = skim(rows[i].stream, piece);

            if (strcmp(read->str, rows[i].read) != 0)
                fail_msg("%s, in pieces of %zu: %s", rows[i].name, piece, read->str);
            g_string_free(read, TRUE);
        }
    }
}

/* The end of a literal that was accepted is no announcement's beginning. */
static void test_imap_input_literal_announces_nothing(void **state)
{
    struct imap_input in;
    struct span bytes = SPAN("a " TEN TEN TEN TEN "{1+}\r\n{9+}\r\nnext\r\n");

    (void)state;
    imap_input_init(&in, 50);
    assert_int_equal(imap_input_take(&in, &bytes), IMAP_INPUT_LITERAL);
    imap_input_accept(&in);
    assert_int_equal(imap_input_take(&in, &bytes), IMAP_INPUT_LONG); /* "9+" has room, its brace has none */
    assert_int_equal(imap_input_take(&in, &bytes), IMAP_INPUT_COMMAND);
    assert_string_equal(in.text->str, "next\r\n");
    imap_input_release(&in);
}

static void test_imap_largest_line_and_literal_pass(void **state)
{
    struct world w;
    GString *line = g_string_new("a1 LIST \"\" \"");
    char *name = g_strnfill(IMAP_LITERAL_MAX, 'x');

    (void)state;
    begin(&w, false);
    while (line->len < IMAP_LINE_MAX - 3)
        g_string_append_c(line, 'x');
    g_string_append(line, "\"\r\n");
    assert_int_equal(line->len, IMAP_LINE_MAX);
    say(&w, line->str);
    assert_string_equal(w.out->str, "a1 OK LIST completed\r\n");
    g_string_insert_c(line, 20, 'x');
    say(&w, line->str);
    assert_true(said(&w, "a1 BAD [TOOBIG] *"));
    g_string_printf(line, "a2 LIST \"\" {%d+}\r\n%s\r\n", IMAP_LITERAL_MAX, name);
    say(&w, line->str);
    assert_string_equal(w.out->str, "a2 OK LIST completed\r\n");
    g_free(name);
    g_string_free(line, TRUE);
    end(&w);
}

/* Eight kilobytes must not ask for gigabytes. */
static void test_imap_fetch_has_a_limit(void **state)
{
    struct world w;
    GString *line = g_string_new("a1 FETCH 1 (UID");

    (void)state;
    begin(&w, false);
    store(&w, 1000 * 1000);
    say(&w, "s SELECT INBOX\r\n");
    for (unsigned i = 0; i < 300; i++)
        g_string_append_printf(line, " BODY.PEEK[]<%u.9000000>", i);
    g_string_append(line, ")\r\n");
    say(&w, line->str);
    assert_string_equal(w.out->str, "a1 NO [LIMIT] Too much for one FETCH\r\n");
    say(&w, "a2 FETCH 1 (BODY.PEEK[] BODY.PEEK[])\r\n");
    assert_true(w.out->len > 1000 * 1000 && w.out->len < 1001 * 1000);
    g_string_free(line, TRUE);
    end(&w);
}

static void test_imap_search_has_limits(void **state)
{
    struct world w;
    GString *line = g_string_new("a1 SEARCH");

    (void)state;
    begin(&w, true);
    for (unsigned i = 0; i < 1001; i++)
        g_string_append(line, " ALL");
    g_string_append(line, "\r\n");
    say(&w, line->str);
    assert_true(said(&w, "a1 BAD Expected fewer keys*"));
    g_string_assign(line, "a2 SEARCH ");
    for (unsigned i = 0; i < 60; i++)
        g_string_append(line, "NOT (");
    say(&w, line->str);
    say(&w, "\r\n");
    assert_true(said(&w, "a2 BAD *"));
    g_string_assign(line, "a3 SEARCH ");
    for (unsigned i = 0; i < 48; i++)
        g_string_append(line, "NOT ");
    g_string_append(line, "ALL\r\n");
    say(&w, line->str);
    assert_string_equal(w.out->str, "* SEARCH\r\na3 OK SEARCH completed\r\n");
    g_string_free(line, TRUE);
    end(&w);
}

/* Many messages, and a set that names each of them many times. */
static void test_imap_large_folder(void **state)
{
    enum { MESSAGES = 5000 };
    struct world w;
    GString *line = g_string_new("a1 UID FETCH 1:*");
    clock_t begun;

    (void)state;
    begin(&w, false);
    for (unsigned i = 0; i < MESSAGES; i++)
        store(&w, 10);
    say(&w, "s SELECT INBOX\r\n");
    for (unsigned i = 0; i < 2000; i++)
        g_string_append(line, ",*:1");
    g_string_append(line, " UID\r\n");
    begun = clock();
    say(&w, line->str);
    assert_true(g_str_has_suffix(w.out->str, "* 5000 FETCH (UID 5000)\r\na1 OK UID FETCH completed\r\n"));
    say(&w, "a2 STORE 1:* +FLAGS.SILENT (\\Deleted)\r\n");
    assert_string_equal(w.out->str, "a2 OK STORE completed\r\n");
    say(&w, "a3 EXPUNGE\r\n");
    assert_true(g_str_has_prefix(w.out->str, "* 1 EXPUNGE\r\n* 1 EXPUNGE\r\n"));
    assert_int_equal(w.bob->inbox->n, 0);
    assert_true(clock() - begun < 10 * CLOCKS_PER_SEC); /* a second, under sanitizers and a loaded machine */
    g_string_free(line, TRUE);
    end(&w);
}

/* News are for who idles, and a session that does not is not asked about. */
static void test_imap_news_are_for_who_idles(void **state)
{
    struct world w;

    (void)state;
    begin(&w, true);
    store(&w, 1);
    assert_int_equal(w.news, 0);
    g_string_truncate(w.out, 0);
    imap_server_tell(w.server, w.out);
    assert_int_equal(w.out->len, 0);
    say(&w, "a1 IDLE\r\n");
    assert_string_equal(w.out->str, "+ idling\r\n* 1 EXISTS\r\n* 1 RECENT\r\n");
    assert_true(imap_server_is_idling(w.server));
    store(&w, 1);
    assert_int_equal(w.news, 1);
    g_string_truncate(w.out, 0);
    imap_server_tell(w.server, w.out);
    assert_string_equal(w.out->str, "* 2 EXISTS\r\n* 2 RECENT\r\n");
    say(&w, "DONE\r\n");
    assert_false(imap_server_is_idling(w.server));
    store(&w, 1);
    assert_int_equal(w.news, 1);
    end(&w);
}

static void test_imap_tells_what_is_open(void **state)
{
    struct world w;
    GString *out = g_string_new(NULL);
    struct imap_server *s;

    (void)state;
    begin(&w, true);
    assert_ptr_equal(imap_server_box(w.server), w.bob);
    assert_ptr_equal(imap_server_folder(w.server), w.bob->inbox);
    assert_false(imap_server_is_read_only(w.server));
    say(&w, "a1 EXAMINE INBOX\r\n");
    assert_true(imap_server_is_read_only(w.server));
    say(&w, "a2 CLOSE\r\n");
    assert_null(imap_server_folder(w.server));
    /* Before it is open, and freed at once. */
    s = imap_server_new(&w.options, &policy, &w);
    assert_int_equal(imap_server_state(s), IMAP_S_GREET);
    assert_null(imap_server_box(s));
    imap_server_free(&s);
    imap_server_free(&s);
    g_string_free(out, TRUE);
    end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_imap_endless_line_is_refused_once),
        cmocka_unit_test(test_imap_refused_literal_is_skipped),
        cmocka_unit_test(test_imap_input_keeps_little),
        cmocka_unit_test(test_imap_input_skips_what_belongs_together),
        cmocka_unit_test(test_imap_input_literal_announces_nothing),
        cmocka_unit_test(test_imap_largest_line_and_literal_pass),
        cmocka_unit_test(test_imap_fetch_has_a_limit),
        cmocka_unit_test(test_imap_search_has_limits),
        cmocka_unit_test(test_imap_large_folder),
        cmocka_unit_test(test_imap_news_are_for_who_idles),
        cmocka_unit_test(test_imap_tells_what_is_open),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

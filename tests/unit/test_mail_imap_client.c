/* The IMAP client. What servers say to it is in tests/talk/imap-client (format: talk.h):
 *
 *   imap-client          its server is played by the file
 *   ! login USER PASSWORD, plain USER PASSWORD, select FOLDER, examine FOLDER, append FOLDER FLAGS TEXT,
 *     folders VERB A [B], to LINE > FOLDER, idle, done, broken; "none" for no flags
 *   ! do LINE            any other command
 *   E: done STATUS TEXT, exists N, recent N, expunge N, list NAME, list NAME (noselect), search N N, code
 * TEXT N, fetch N: what it says, other RESPONSE, end yes|no LINE; CRLF within as |
 *
 * What a talk cannot show stands below: amounts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mail/imap_client.h"
#include "talk.h"

static bool client_states[IMAP_C_OVER + 1];

struct side {
    struct talk *talk;
    struct imap_client *client;
};

/* For a line of a talk; free it. */
static char *one_line(struct span text)
{
    char *copy = text.len > 0 ? g_strndup(text.at, text.len) : g_strdup("");
    char **lines = g_strsplit(copy, "\r\n", 0);
    char *joined = g_strjoinv("|", lines);

    g_strfreev(lines);
    g_free(copy);
    return joined;
}

static void note(void *self, const char *what, struct span text)
{
    char *line = one_line(text);

    talk_note(((struct side *)self)->talk, "%s%s", what, line);
    g_free(line);
}

static void on_done(void *self, const char *status, struct span line)
{
    struct side *x = self;

    assert_true(imap_client_is_ready(x->client));
    talk_note(x->talk, "done %s %.*s", status, (int)line.len, line.at);
}

static void on_exists(void *self, unsigned n)
{
    talk_note(((struct side *)self)->talk, "exists %u", n);
}

static void on_recent(void *self, unsigned n)
{
    talk_note(((struct side *)self)->talk, "recent %u", n);
}

static void on_expunge(void *self, unsigned number)
{
    talk_note(((struct side *)self)->talk, "expunge %u", number);
}

static void on_fetch(void *self, const struct imap_fetched *f)
{
    GString *text = g_string_new(NULL);
    char *body = one_line(f->body);

    g_string_printf(text, "fetch %u:", f->number);
    if (f->uid != 0)
        g_string_append_printf(text, " uid %u", f->uid);
    if (f->has_flags)
        g_string_append_printf(text, " flags (%.*s)", (int)f->flags.len, f->flags.at);
    if (f->size != 0)
        g_string_append_printf(text, " size %zu", f->size);
    if (f->has_body)
        g_string_append_printf(text, " body [%.*s] %s", (int)f->section.len, f->section.at, body);
    assert_true(span_starts_nocase(f->raw, SPAN("* ")));
    talk_note(((struct side *)self)->talk, "%s", text->str);
    g_free(body);
    g_string_free(text, TRUE);
}

static void on_list(void *self, const struct imap_listed *l)
{
    talk_note(((struct side *)self)->talk, "list %.*s%s", (int)l->name.len, l->name.at,
              l->no_select ? " (noselect)" : "");
}

static void on_search(void *self, const uint32_t *found, unsigned n)
{
    GString *text = g_string_new("search");

    for (unsigned i = 0; i < n; i++)
        g_string_append_printf(text, " %u", found[i]);
    talk_note(((struct side *)self)->talk, "%s", text->str);
    g_string_free(text, TRUE);
}

static void on_code(void *self, struct span code, uint32_t number)
{
    talk_note(((struct side *)self)->talk, "code %.*s %u", (int)code.len, code.at, number);
}

static void on_other(void *self, struct span response)
{
    note(self, "other ", response);
}

static void on_end(void *self, bool in_order, struct span line)
{
    note(self, in_order ? "end yes " : "end no ", line);
}

static void on_state(void *self, enum imap_client_state before, enum imap_client_state now)
{
    (void)self;
    assert_true(before != now);
    client_states[before] = client_states[now] = true;
}

static const struct imap_client_events events = { on_done,  on_exists, on_recent, on_expunge,
                                                  on_fetch, on_list,   on_search, on_code,
                                                  on_other, on_end,    on_state };

static void begin(struct talk *t)
{
    struct side *x = g_new0(struct side, 1);

    t->session = x;
    x->talk = t;
    x->client = imap_client_new(&events, x);
}

static void feed(struct talk *t, struct span bytes)
{
    imap_client_feed(((struct side *)t->session)->client, bytes, t->out);
}

static const char *state_of(struct talk *t)
{
    return imap_client_state_text(imap_client_state(((struct side *)t->session)->client));
}

static bool act_with_words(struct talk *t, char **w, unsigned n)
{
    struct imap_client *c = ((struct side *)t->session)->client;

    if (strcmp(w[0], "login") == 0 && n == 3)
        imap_client_login(c, w[1], w[2], t->out);
    else if (strcmp(w[0], "plain") == 0 && n == 3)
        imap_client_authenticate_plain(c, w[1], w[2], t->out);
    else if (strcmp(w[0], "select") == 0 && n == 2)
        imap_client_select(c, w[1], false, t->out);
    else if (strcmp(w[0], "examine") == 0 && n == 2)
        imap_client_select(c, w[1], true, t->out);
    else if (strcmp(w[0], "append") == 0 && n == 4)
        imap_client_append(c, w[1], strcmp(w[2], "none") == 0 ? NULL : w[2], span_of(w[3]), t->out);
    else if (strcmp(w[0], "folders") == 0 && (n == 3 || n == 4))
        imap_client_folders(c, w[1], w[2], w[3], t->out);
    else if (strcmp(w[0], "idle") == 0)
        imap_client_idle(c, t->out);
    else if (strcmp(w[0], "done") == 0)
        imap_client_idle_done(c, t->out);
    else if (strcmp(w[0], "broken") == 0)
        imap_client_broken(c);
    else
        return false;
    return true;
}

static bool act(struct talk *t, const char *action)
{
    struct imap_client *c = ((struct side *)t->session)->client;
    char **words = g_strsplit(action, g_str_has_prefix(action, "to ") ? " > " : " ", 0);
    bool known = true;

    if (g_str_has_prefix(action, "do "))
        imap_client_command(c, action + 3, t->out);
    else if (g_str_has_prefix(action, "to "))
        imap_client_to_folder(c, words[0] + 3, words[1], t->out);
    else
        known = act_with_words(t, words, g_strv_length(words));
    g_strfreev(words);
    return known;
}

static void end(struct talk *t)
{
    struct side *x = t->session;

    imap_client_free(&x->client);
    assert_null(x->client);
    g_free(x);
}

static void test_imap_client_talks_go_as_written(void **state)
{
    static const struct talk_kind kind = { "imap-client", 'S', begin, feed, state_of, act, end };

    (void)state;
    talk_run_folder("tests/talk/imap-client", &kind, 1);
    for (unsigned i = 0; i <= IMAP_C_OVER; i++)
        if (!client_states[i])
            fail_msg("no talk in state %s", imap_client_state_text(i));
}

/* ── However much a server says, there is an end to it ── */

static char *last_end; /* of the session below */

static void on_any_done(void *self, const char *status, struct span line)
{
    (void)self;
    (void)status;
    (void)line;
}

static void on_any_number(void *self, unsigned n)
{
    (void)self;
    (void)n;
}

static void on_any_fetch(void *self, const struct imap_fetched *f)
{
    ++*(unsigned *)self;
    assert_true(f->number > 0);
}

static void on_any_list(void *self, const struct imap_listed *l)
{
    (void)self;
    (void)l;
}

static void on_any_search(void *self, const uint32_t *found, unsigned n)
{
    (void)self;
    (void)found;
    (void)n;
}

static void on_any_code(void *self, struct span code, uint32_t number)
{
    (void)self;
    (void)code;
    (void)number;
}

static void on_any_end(void *self, bool in_order, struct span line)
{
    (void)self;
    assert_false(in_order);
    last_end = g_strndup(line.at, line.len);
}

static const struct imap_client_events any = { on_any_done,  on_any_number, on_any_number, on_any_number,
                                               on_any_fetch, on_any_list,   on_any_search, on_any_code,
                                               NULL,         on_any_end,    NULL };

static void test_imap_client_leaves_a_server_without_end(void **state)
{
    static const struct {
        const char *name, *before, *again;
        size_t limit; /* octets, no more are taken */
        const char *end;
    } rows[] = {
        { "a line", "", "* OK and", IMAP_RESPONSE_MAX + 100, "protocol error: a response too long" },
        { "a list", "* OK\r\n* 1 EXISTS\r\n* 1 FETCH (BODYSTRUCTURE ", "((((((((", IMAP_RESPONSE_MAX + 100,
          "protocol error: a response too long" },
        { "literals", "* OK\r\n* 1 EXISTS\r\n* 1 FETCH (X (", "{4}\r\nabcd ", IMAP_RESPONSE_MAX + 100,
          "protocol error: a response too long" },
        { "a literal", "* OK\r\n* 1 EXISTS\r\n* 1 FETCH (X {33554431}\r\n", "abcd", 0,
          "protocol error: a response too long" },
        { "a literal as large as it may be", "* OK\r\n* 1 EXISTS\r\n* 1 FETCH (X {33554300}\r\n", "abcdabcd",
          IMAP_RESPONSE_MAX + 100, "protocol error: a response too long" },
        { "messages", "* OK\r\n* 1000000 EXISTS\r\n", "* 1000001 EXISTS\r\n", 100,
          "protocol error: too many messages" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        unsigned n_fetched = 0;
        struct imap_client *c = imap_client_new(&any, &n_fetched);
        GString *out = g_string_new(NULL);
        size_t n = 0;

        imap_client_feed(c, span_of(rows[i].before), out);
        for (; !imap_client_is_over(c) && n <= rows[i].limit; n += strlen(rows[i].again))
            imap_client_feed(c, span_of(rows[i].again), out);
        if (last_end == NULL || strcmp(last_end, rows[i].end) != 0)
            fail_msg("%s: %s after %zu octets", rows[i].name, last_end, n);
        g_clear_pointer(&last_end, g_free);
        imap_client_free(&c);
        g_string_free(out, TRUE);
    }
}

/* Lists as deep as a response is long, and a message of nearly its size: read without harm. */
static void test_imap_client_reads_deep_and_large(void **state)
{
    enum { DEEP = 5000000, LARGE = 30000000 };
    unsigned n_fetched = 0;
    struct imap_client *c = imap_client_new(&any, &n_fetched);
    GString *out = g_string_new(NULL);
    char *deep = g_strnfill(DEEP, '('), *large = g_strnfill(LARGE, 'x');
    char *head = g_strdup_printf("* 2 FETCH (BODY[] {%d}\r\n", LARGE);

    (void)state;
    imap_client_feed(c, SPAN("* OK\r\n* 2 EXISTS\r\n* 1 FETCH (ENVELOPE "), out);
    imap_client_feed(c, span_of(deep), out);
    memset(deep, ')', DEEP);
    imap_client_feed(c, span_of(deep), out);
    imap_client_feed(c, SPAN(" UID 7)\r\n"), out);
    assert_int_equal(n_fetched, 1);
    imap_client_feed(c, span_of(head), out);
    imap_client_feed(c, span_of(large), out);
    imap_client_feed(c, SPAN(")\r\n"), out);
    assert_int_equal(n_fetched, 2);
    assert_false(imap_client_is_over(c));
    imap_client_free(&c);
    g_string_free(out, TRUE);
    g_free(deep);
    g_free(large);
    g_free(head);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_imap_client_talks_go_as_written),
        cmocka_unit_test(test_imap_client_leaves_a_server_without_end),
        cmocka_unit_test(test_imap_client_reads_deep_and_large),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* view.h's tape: against a trace that is heard directly, and its hops, flights, bytes and carriers by their
 * definitions. */
#include "scenario_help.h"

#include "export/jsonl.h"
#include "net/wire.h"
#include "view.h"

static struct mxlab *opened(const char *name)
{
    g_autofree char *path = g_strdup_printf("scenarios/%s.json", name);
    struct report r;

    report_init(&r, path);
    struct mxlab *m = mxlab_open(path, NULL, &r);
    report_release(&r);
    assert_non_null(m);
    return m;
}

static struct mxlab *opened_text(const char *text)
{
    g_autofree char *json = sh_json(text);
    struct report r;

    report_init(&r, "test");
    struct mxlab *m = mxlab_open_text(span_of(json), "test", NULL, &r);
    if (m == NULL)
        report_print(&r, stderr);
    report_release(&r);
    assert_non_null(m);
    return m;
}

static void for_each_bundled(void (*check)(struct mxlab *m, const struct view_tape *t))
{
    GPtrArray *names = sh_bundled();

    for (unsigned i = 0; i < names->len; i++) {
        struct mxlab *m = opened(g_ptr_array_index(names, i));
        struct view_tape *t = view_tape_new(m, NULL, NULL);
        assert_non_null(t);
        check(m, t);
        view_tape_free(&t);
        assert_null(t);
        mxlab_close(&m);
    }
    g_ptr_array_unref(names);
}

/* ---- Records. */

/* The same lines as a trace has, whether made from what is heard or from what was kept. */
static void check_same_trace(struct mxlab *m, const struct view_tape *t)
{
    char *heard = NULL, *kept = NULL;
    size_t heard_len, kept_len;
    FILE *f = open_memstream(&heard, &heard_len), *g = open_memstream(&kept, &kept_len);
    struct jsonl *j = jsonl_new(f, NULL), *k = jsonl_new(g, NULL);

    mxlab_listen(m, jsonl_on_record, j);
    mxlab_run(m, SIM_NEVER);
    for (int64_t i = 0; i < view_tape_length(t); i++) {
        assert_int_equal(view_tape_nth(t, i)->seq, i + 1);
        jsonl_on_record(k, view_tape_nth(t, i));
    }
    assert_true(jsonl_close(&j) && jsonl_close(&k));
    fclose(f);
    fclose(g);
    assert_string_equal(kept, heard);
    assert_int_equal(view_tape_length(t), view_seq(m));
    free(heard);
    free(kept);
}

static void test_tape_is_the_trace(void **unused)
{
    (void)unused;
    for_each_bundled(check_same_trace);
}

static void check_at(struct mxlab *m, const struct view_tape *t)
{
    int64_t n = view_tape_length(t);
    (void)m;

    assert_int_equal(view_tape_at(t, -1), -1);
    assert_int_equal(view_tape_at(t, SIM_NEVER), n - 1);
    assert_int_equal(view_tape_end(t), view_tape_nth(t, n - 1)->time);
    for (int64_t i = 0; i < n; i++) {
        sim_time at = view_tape_nth(t, i)->time;
        int64_t found = view_tape_at(t, at);
        assert_true(found >= i && view_tape_nth(t, found)->time == at);
        assert_true(found == n - 1 || view_tape_nth(t, found + 1)->time > at);
        found = view_tape_at(t, at - 1);
        assert_true(found < i && (found < 0 || view_tape_nth(t, found)->time < at));
    }
}

static void test_tape_finds_by_time(void **unused)
{
    (void)unused;
    for_each_bundled(check_at);
}

/* ---- Hops. */

static bool flies(const struct record *r)
{
    return r->event == EV_PACKET_SEND || r->event == EV_PACKET_FORWARD;
}

static int64_t hop_by_search(const struct view_tape *t, int64_t i)
{
    const struct record *r = view_tape_nth(t, i);

    for (int64_t k = i + 1; flies(r) && k < view_tape_length(t); k++) {
        const struct record *next = view_tape_nth(t, k);
        if (next->cause == r->seq && view_is_packet(next) && next->event != EV_PACKET_SEND)
            return k;
    }
    return -1;
}

static void check_hops(struct mxlab *m, const struct view_tape *t)
{
    (void)m;
    for (int64_t i = 0; i < view_tape_length(t); i++)
        assert_int_equal(view_tape_hop(t, i), hop_by_search(t, i));
}

static void test_tape_hops(void **unused)
{
    (void)unused;
    for_each_bundled(check_hops);
}

/* ---- Flights. */

static void check_flying_at(const struct view_tape *t, sim_time at)
{
    int64_t found[4096], last = view_tape_at(t, at);
    unsigned n = view_tape_flying(t, at, found, G_N_ELEMENTS(found)), k = 0;

    assert_true(n <= G_N_ELEMENTS(found));
    for (int64_t i = 0; i <= last; i++) {
        int64_t hop = view_tape_hop(t, i);
        if (!flies(view_tape_nth(t, i)) || (hop >= 0 && view_tape_nth(t, hop)->time <= at))
            continue;
        assert_true(k < n);
        assert_int_equal(found[k++], i);
    }
    assert_int_equal(k, n);
    /* Little room does not change the count, nor what is first. */
    int64_t one = -1;
    assert_int_equal(view_tape_flying(t, at, &one, 1), n);
    assert_true(n == 0 || one == found[0]);
    assert_int_equal(view_tape_flying(t, at, NULL, 0), n);
}

static void check_flying(struct mxlab *m, const struct view_tape *t)
{
    int64_t step = MAX(1, view_tape_length(t) / 100);
    (void)m;

    for (int64_t i = 0; i < view_tape_length(t); i += step) {
        check_flying_at(t, view_tape_nth(t, i)->time);
        check_flying_at(t, view_tape_nth(t, i)->time + 3 * SIM_MS);
        check_flying_at(t, view_tape_nth(t, i)->time - 1);
    }
}

static void test_tape_flying(void **unused)
{
    (void)unused;
    for_each_bundled(check_flying);
}

/* Many at once, and many marks between them. */
static void test_tape_flying_in_a_crowd(void **unused)
{
    struct mxlab *m = opened_text(
        "{'format': 1, 'defaults': {'delay': '500ms', 'rate': 'none'}, 'duration': '20s',"
        " 'domains': {'crepes.fr': {'people': ['alice']}, 'hamburger.edu': {'people': ['bob'], 'records': ['www A 212.212.212.1']}},"
        " 'actions': [{'at': '0s', 'do': 'look_up', 'host': 'alice-pc', 'name': 'www.hamburger.edu', 'type': 'A',"
        " 'count': 2000, 'every': '5ms'}]}");
    struct view_tape *t = view_tape_new(m, NULL, NULL);
    (void)unused;

    assert_true(view_tape_length(t) > 5000);
    for (sim_time at = 0; at < 20 * SIM_SECOND; at += 777 * SIM_MS)
        check_flying_at(t, at);
    view_tape_free(&t);
    mxlab_close(&m);
}

/* ---- Bytes. */

static void check_bytes(struct mxlab *m, const struct view_tape *t)
{
    (void)m;
    for (int64_t i = 0; i < view_tape_length(t); i++) {
        const struct record *r = view_tape_nth(t, i);
        struct packet p;
        struct span payload;
        size_t len;
        const uint8_t *bytes = view_tape_bytes(t, i, &len);

        if (!view_is_packet(r)) {
            assert_null(bytes);
            assert_int_equal(len, 0);
            continue;
        }
        assert_non_null(bytes);
        assert_int_equal(len, record_field(r, KEY_SIZE)->number);
        assert_true(wire_decode(bytes, len, &p, &payload));
        char from[IP_PORT_TEXT_MAX];
        if (p.proto != IP_ICMP) {
            ip_port_text(from, p.src, p.src_port);
            assert_true(span_is(record_field(r, KEY_FROM)->text, span_of(from)));
        }
        int64_t hop = view_tape_hop(t, i);
        if (hop >= 0)
            assert_ptr_equal(view_tape_bytes(t, hop, &len), bytes);
    }
}

static void test_tape_bytes(void **unused)
{
    (void)unused;
    for_each_bundled(check_bytes);
}

/* ---- Carriers: the line that the record quotes is in the packet. */

static bool has(const uint8_t *bytes, size_t len, struct span what)
{
    return memmem(bytes, len, what.at, what.len) != NULL;
}

/* By that packet, or by one of those that leave with it: what one event says may fill several segments, and a
 * line may begin in one and end in the next. */
static bool is_said(const struct view_tape *t, int64_t c, struct span line)
{
    const struct record *first = view_tape_nth(t, c);
    GString *all = g_string_new(NULL);
    bool found;

    for (int64_t i = c; i < view_tape_length(t) && view_tape_nth(t, i)->time == first->time; i++) {
        const struct record *r = view_tape_nth(t, i);
        size_t len;

        if (r->event != EV_PACKET_SEND || r->conn != first->conn || strcmp(r->host, first->host) != 0)
            continue;
        const char *bytes = (const char *)view_tape_bytes(t, i, &len);
        size_t headers = first->conn != 0 ? 40 : 28;
        g_string_append_len(all, bytes + MIN(len, headers), (gssize)(len - MIN(len, headers)));
    }
    found = has((const uint8_t *)all->str, all->len, line) || all->len >= 2 * 1460;
    g_string_free(all, TRUE);
    return found;
}

static void check_carriers(struct mxlab *m, const struct view_tape *t)
{
    (void)m;
    for (int64_t i = 0; i < view_tape_length(t); i++) {
        const struct record *r = view_tape_nth(t, i);
        int64_t c = view_tape_carrier(t, i);
        bool is_dns = r->event == EV_DNS_QUERY || r->event == EV_DNS_RESPONSE;
        bool has_line = view_is_sent(r) && record_field(r, KEY_LINE) != NULL;
        size_t len;

        if (!view_is_sent(r)) {
            assert_int_equal(c, -1);
            continue;
        }
        if (c < 0) /* said to a connection that was gone */
            continue;
        const uint8_t *bytes = view_tape_bytes(t, c, &len);
        assert_true(c > i);
        assert_int_equal(view_tape_nth(t, c)->event, EV_PACKET_SEND);
        assert_string_equal(view_tape_nth(t, c)->host, r->host);
        if (has_line)
            assert_true(is_said(t, c, record_field(r, KEY_LINE)->text));
        if (is_dns) {
            uint16_t id = (uint16_t)record_field(r, KEY_ID)->number;
            assert_int_equal(bytes[28] << 8 | bytes[29], id);
        }
    }
}

static void test_tape_carriers(void **unused)
{
    (void)unused;
    for_each_bundled(check_carriers);
}

static void test_tape_each_message_has_a_carrier(void **unused)
{
    struct mxlab *m = opened("alice-to-bob");
    struct view_tape *t = view_tape_new(m, NULL, NULL);
    unsigned n = 0;
    (void)unused;

    for (int64_t i = 0; i < view_tape_length(t); i++) {
        const struct record *r = view_tape_nth(t, i);
        if (r->event == EV_SMTP_COMMAND || r->event == EV_SMTP_REPLY || r->event == EV_SMTP_DATA ||
            r->event == EV_DNS_QUERY || r->event == EV_DNS_RESPONSE) {
            assert_true(view_tape_carrier(t, i) > i);
            n++;
        }
    }
    assert_true(n > 30);
    view_tape_free(&t);
    mxlab_close(&m);
}

/* ---- Progress, last, words. */

static bool goes_up(void *self, double done)
{
    double *last = self;

    assert_true(done >= *last && done >= 0 && done <= 1);
    *last = done;
    return true;
}

static bool stop(void *self, double done)
{
    (void)done;
    return --*(int *)self > 0;
}

static void test_tape_progress(void **unused)
{
    struct mxlab *m = opened_text(
        "{'format': 1, 'domains': {'crepes.fr': {'people': ['alice']}, 'hamburger.edu': {'people': ['bob']}},"
        " 'actions': [{'at': '0s', 'do': 'send', 'from': 'alice@crepes.fr', 'to': 'bob@hamburger.edu',"
        " 'count': 100, 'every': '1s'}]}");
    double last = 0;
    int calls = 3;
    (void)unused;

    struct view_tape *t = view_tape_new(m, goes_up, &last);
    assert_non_null(t);
    assert_true(last == 1);
    view_tape_free(&t);
    assert_null(view_tape_new(m, stop, &calls));
    assert_int_equal(calls, 0);
    assert_int_equal(view_seq(m), 0); /* the run itself has not moved */
    mxlab_close(&m);
}

static void test_tape_last_gives_a_session_its_state(void **unused)
{
    struct mxlab *m = opened("alice-to-bob");
    struct view_tape *t = view_tape_new(m, NULL, NULL);
    struct view_pattern *p = view_pattern_new("smtp.state conn=c1 host=mail.crepes.fr", NULL);
    GString *why = g_string_new(NULL);
    (void)unused;

    assert_non_null(p);
    assert_int_equal(view_tape_last(t, -1, p), -1);
    assert_int_equal(view_tape_last(t, 3, p), -1);
    int64_t last = view_tape_last(t, INT64_MAX, p);
    assert_true(last > 0 && view_pattern_matches(p, view_tape_nth(t, last)));
    assert_int_equal(view_tape_last(t, last, p), last);
    assert_true(view_tape_last(t, last - 1, p) < last);
    view_pattern_free(&p);
    assert_null(p);
    assert_null(view_pattern_new("smtp.reply hots=x", why));
    assert_non_null(strstr(why->str, "host"));
    g_string_free(why, TRUE);
    view_tape_free(&t);
    mxlab_close(&m);
}

static void check_words(struct mxlab *m, const struct view_tape *t)
{
    GString *line = g_string_new(NULL);
    (void)m;

    for (int64_t i = 0; i < view_tape_length(t); i++) {
        const struct record *r = view_tape_nth(t, i);
        g_string_truncate(line, 0);
        view_line(r, NULL, line);
        assert_true(line->len > 0);
        assert_true(view_family(r) <= VIEW_STORY);
        assert_false(view_is_message(r) && view_is_packet(r));
    }
    g_string_free(line, TRUE);
    assert_true(view_link_find(m, view_link(m, 0).a, view_link(m, 0).b) == 0);
    assert_true(view_link_find(m, view_link(m, 0).b, view_link(m, 0).a) == 0);
    assert_true(view_link_find(m, "nobody", view_link(m, 0).b) == -1);
}

static void test_tape_words(void **unused)
{
    (void)unused;
    for_each_bundled(check_words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tape_is_the_trace),
        cmocka_unit_test(test_tape_finds_by_time),
        cmocka_unit_test(test_tape_hops),
        cmocka_unit_test(test_tape_flying),
        cmocka_unit_test(test_tape_flying_in_a_crowd),
        cmocka_unit_test(test_tape_bytes),
        cmocka_unit_test(test_tape_carriers),
        cmocka_unit_test(test_tape_each_message_has_a_carrier),
        cmocka_unit_test(test_tape_progress),
        cmocka_unit_test(test_tape_last_gives_a_session_its_state),
        cmocka_unit_test(test_tape_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* sim/scenario/load.c, value.c, model.c and shapes.c: JSON to structs, values in their units, places,
 * filling. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "dns/server.h"
#include "mail/server.h"
#include "net/tcp.h"
#include "scenario/load.h"
#include "scenario/value.h"

static struct scenario *load(const char *json, struct report *r)
{
    report_init(r, "t");
    return scenario_load(span_of(json), "t", r);
}

/* ---- Values. */

static const struct good {
    enum value_kind kind;
    const char *text;
    int64_t number;
    const char *printed; /* NULL: as `text` */
} good[] = {
    { VALUE_DURATION, "20ms", 20 * SIM_MS, NULL },
    { VALUE_DURATION, "1.5s", 1500 * SIM_MS, "1.5s" },
    { VALUE_DURATION, "0s", 0, "0s" },
    { VALUE_DURATION, "1h30m", 90 * SIM_MINUTE, NULL },
    { VALUE_RATE, "none", 0, NULL },
    { VALUE_RATE, "10Mbps", 10000000, NULL },
    { VALUE_RATE, "1.5Mbps", 1500000, "1500kbps" },
    { VALUE_RATE, "14.4kbps", 14400, "14400bps" },
    { VALUE_RATE, "1Gbps", 1000000000, NULL },
    { VALUE_LOSS, "5%", 50000, "0.05" },
    { VALUE_LOSS, "0.05", 50000, NULL },
    { VALUE_LOSS, "0.0001%", 1, "0.000001" },
    { VALUE_LOSS, "1", 1000000, NULL },
    { VALUE_LOSS, "0", 0, NULL },
    { VALUE_SIZE, "64KB", 64000, NULL },
    { VALUE_SIZE, "1.5MB", 1500000, "1500KB" },
    { VALUE_SIZE, "1KiB", 1024, "1024" },
    { VALUE_SIZE, "10", 10, NULL },
    { VALUE_SIZE, "10B", 10, "10" },
    { VALUE_TTL, "300", 300, NULL },
    { VALUE_TTL, "5m", 300, "300" },
    { VALUE_MOMENT, "1970-01-01T00:00:00Z", 0, NULL },
    { VALUE_MOMENT, "2026-03-02T09:00:00Z", SCENARIO_START, NULL },
    { VALUE_MOMENT, "2024-02-29T23:59:59Z", 1709251199, NULL },
    { VALUE_FREQUENCY, "2/s", SIM_SECOND / 2, NULL },
    { VALUE_FREQUENCY, "30/m", 2 * SIM_SECOND, "1800/h" },
    { VALUE_FREQUENCY, "0.5/s", 2 * SIM_SECOND, "30/m" },
    { VALUE_FREQUENCY, "3/s", 333333333, "one every 333.333333ms" },
};

static void test_values_in_their_units(void **state)
{
    (void)state;
    for (unsigned i = 0; i < G_N_ELEMENTS(good); i++) {
        const struct good *g = &good[i];
        union {
            int64_t number;
            uint32_t ppm;
        } v = { 0 };
        int64_t number;

        if (value_read(g->kind, NULL, span_of(g->text), &v) != NULL || !value_number(g->kind, &v, &number) ||
            number != g->number)
            fail_msg("%s", g->text);
    }
}

/* What is printed is read as the same value. */
static void test_values_print(void **state)
{
    (void)state;
    for (unsigned i = 0; i < G_N_ELEMENTS(good); i++) {
        const struct good *g = &good[i];
        GString *out = g_string_new(NULL);
        int64_t again = 0;

        value_print_number(g->kind, g->number, out);
        if (g->kind == VALUE_FREQUENCY && g->printed != NULL) {
            g_string_free(out, TRUE);
            continue; /* of several ways to say it any will do */
        }
        if (strcmp(out->str, g->printed ? g->printed : g->text) != 0)
            fail_msg("%s: %s", g->text, out->str);
        if (value_read(g->kind, NULL, span_of(out->str), &again) != NULL || again != g->number)
            fail_msg("%s: %s is read as something else", g->text, out->str);
        g_string_free(out, TRUE);
    }
}

static const struct wrong {
    enum value_kind kind;
    const char *text;
} wrong[] = {
    { VALUE_DURATION, "20" },
    { VALUE_DURATION, "" },
    { VALUE_DURATION, "-1s" },
    { VALUE_DURATION, "1 s" },
    { VALUE_DURATION, "1S" },
    { VALUE_RATE, "10" },
    { VALUE_RATE, "10mbps" },
    { VALUE_RATE, "0bps" },
    { VALUE_RATE, "1e3bps" },
    { VALUE_RATE, "0.5bps" },
    { VALUE_RATE, "None" },
    { VALUE_LOSS, "5 %" },
    { VALUE_LOSS, "-1%" },
    { VALUE_LOSS, "0.0000001" },
    { VALUE_LOSS, "." },
    { VALUE_LOSS, "1." },
    { VALUE_LOSS, ".5" },
    { VALUE_SIZE, "64kb" },
    { VALUE_SIZE, "0.5B" },
    { VALUE_SIZE, "99999999999GB" },
    { VALUE_SIZE, "KB" },
    { VALUE_TTL, "1.5s" },
    { VALUE_TTL, "soon" },
    { VALUE_TTL, "500ms" },
    { VALUE_MOMENT, "2026-02-30T00:00:00Z" },
    { VALUE_MOMENT, "2026-03-02 09:00:00Z" },
    { VALUE_MOMENT, "2026-03-02T09:00:00" },
    { VALUE_MOMENT, "2026-03-02T24:00:00Z" },
    { VALUE_MOMENT, "0000-00-00T00:00:00Z" },
    { VALUE_FREQUENCY, "2" },
    { VALUE_FREQUENCY, "0/s" },
    { VALUE_FREQUENCY, "2/w" },
    { VALUE_FREQUENCY, "/s" },
    { VALUE_HOST, "" },
    { VALUE_HOST, "a b" },
    { VALUE_HOST, "a>b" },
    { VALUE_HOST, "-a" },
    { VALUE_DOMAIN, "" },
    { VALUE_DOMAIN, "a..b" },
    { VALUE_MAILBOX, "alice" },
    { VALUE_MAILBOX, "@x.org" },
    { VALUE_MAILBOX, "a b@x.org" },
    { VALUE_MAILBOX, "a@b@c" },
    { VALUE_USER, "a@b" },
    { VALUE_USER, "a b" },
    { VALUE_USER, "" },
    { VALUE_ADDRESS, "10.0.0" },
    { VALUE_ADDRESS, "10.0.0.256" },
    { VALUE_ADDRESS, "0.0.0.0" },
    { VALUE_PREFIX, "10.0.0.0/33" },
    { VALUE_TYPE, "NX" },
};

static void test_values_refused(void **state)
{
    (void)state;
    for (unsigned i = 0; i < G_N_ELEMENTS(wrong); i++) {
        int64_t out[2];

        if (value_read(wrong[i].kind, NULL, span_of(wrong[i].text), out) == NULL)
            fail_msg("'%s' is taken for %s", wrong[i].text, value_wanted(wrong[i].kind));
    }
}

/* ---- Structs. */

static const char whole[] =
    "{\"format\": 1, \"title\": {\"ko\": \"점심\", \"en\": \"Lunch\"}, \"about\": \"x\", \"teaches\": \"M1\", \"seed\": 7,\n"
    " \"start\": \"2026-03-03T00:00:00Z\", \"duration\": \"2h\", \"defaults\": {\"delay\": \"5ms\", \"loss\": \"1%\"},\n"
    " \"root\": false, \"tlds\": {\"edu\": {\"recursion\": \"chain\", \"ttl\": \"2d\"}},\n"
    " \"domains\": {\"Crepes.fr.\": {\"people\": [\"alice\", {\"name\": \"carol\", \"quota\": \"10KB\", \"agent\": false}],\n"
    "   \"mail\": {\"retry\": [\"5m\", \"10m\"], \"greylist\": \"1m\"}, \"local\": false, \"records\": [\"www A 10.0.0.1\"]}},\n"
    " \"hosts\": {\"r1\": {\"role\": \"router\", \"address\": \"10.9.0.1\", \"position\": [10, 990], \"link\": {\"rate\": \"1Mbps\"}},\n"
    "   \"ns\": {\"dns\": {\"zones\": {\"a.org\": [\"@ NS ns\"], \"b.org.\": {\"records\": []}}, \"hints\": [{\"name\": \"r.\", \"address\": \"1.2.3.4\"}]}}},\n"
    " \"links\": [{\"between\": [\"r1\", \"ns\"], \"queue\": 3}],\n"
    " \"actions\": [{\"do\": \"send\", \"from\": \"alice@crepes.fr\", \"to\": \"bob@x.org\", \"count\": 5, \"rate\": \"2/s\", \"sender\": \"\"},\n"
    "   {\"at\": \"1m\", \"do\": \"answer\", \"host\": \"ns\", \"with\": \"421 after 3 connections\", \"for\": \"1h\"},\n"
    "   {\"do\": \"answer\", \"host\": \"ns\", \"with\": 451}, {\"do\": \"cut\", \"link\": \"ns\"}],\n"
    " \"chapters\": [{\"when\": \"*\", \"title\": \"x\"}]}";

#define AT(type, list, i) ((struct type *)g_ptr_array_index(list, i))

static void test_loads_everything(void **state)
{
    struct report r;
    struct scenario *s = load(whole, &r);
    struct scenario_domain *d;
    struct scenario_action *a;

    (void)state;
    report_print(&r, stderr);
    assert_int_equal(r.entries->len, 0);
    assert_non_null(s);
    assert_string_equal(s->name, "t");
    assert_string_equal(scenario_text_in(&s->title, "ko"), "점심");
    assert_string_equal(scenario_text_in(&s->title, "fr"), "Lunch");
    assert_string_equal(scenario_text_in(&s->about, "fr"), "x");
    assert_int_equal(s->seed, 7);
    assert_int_equal(s->start_s, SCENARIO_START + 15 * 3600);
    assert_int_equal(s->duration, 2 * SIM_HOUR);
    assert_int_equal(s->defaults->link.delay, 5 * SIM_MS);
    assert_int_equal(s->defaults->link.loss_ppm, 10000);
    assert_int_equal(s->defaults->link.queue, 100);
    assert_true(scenario_has(&s->defaults->node, "loss"));
    assert_false(scenario_has(&s->defaults->node, "queue"));
    assert_true(s->root->node.off);
    assert_int_equal(AT(scenario_servers, s->tlds, 0)->dns.recursion, RECURSION_CHAIN);
    assert_int_equal(AT(scenario_servers, s->tlds, 0)->ttl_s, 172800);

    d = AT(scenario_domain, s->domains, 0);
    assert_string_equal(d->name, "Crepes.fr");
    assert_ptr_equal(scenario_domain_find(s, "CREPES.FR"), d);
    assert_int_equal(d->people->len, 2);
    assert_string_equal(AT(scenario_person, d->people, 0)->name, "alice");
    assert_int_equal(AT(scenario_person, d->people, 1)->quota, 10000);
    assert_true(AT(scenario_person, d->people, 1)->agent->node.off);
    assert_int_equal(d->mail->retry->len, 2);
    assert_int_equal(AT(scenario_item, d->mail->retry, 1)->time, 10 * SIM_MINUTE);
    assert_int_equal(d->mail->greylist, SIM_MINUTE);
    assert_true(d->local->node.off);
    assert_int_equal(AT(scenario_item, d->records, 0)->at.line, 5);

    assert_int_equal(AT(scenario_item, AT(scenario_host, s->hosts, 0)->addresses, 0)->address,
                     10u << 24 | 9 << 16 | 1);
    assert_true(scenario_has(&AT(scenario_host, s->hosts, 0)->node, "addresses"));
    assert_int_equal(AT(scenario_host, s->hosts, 0)->position.y, 990);
    assert_int_equal(AT(scenario_host, s->hosts, 0)->link->rate_bps, 1000000);
    assert_int_equal(AT(scenario_host, s->hosts, 1)->dns->zones->len, 2);
    assert_string_equal(AT(scenario_zone, AT(scenario_host, s->hosts, 1)->dns->zones, 1)->name, "b.org");
    assert_ptr_equal(scenario_host_find(s, "R1"), AT(scenario_host, s->hosts, 0));
    assert_ptr_equal(scenario_host_at(s, 10u << 24 | 9 << 16 | 1), AT(scenario_host, s->hosts, 0));
    assert_int_equal(AT(scenario_link, s->links, 0)->spec.queue, 3);

    a = AT(scenario_action, s->actions, 0);
    assert_int_equal(a->what, DO_SEND);
    assert_int_equal(a->every, SIM_SECOND / 2);
    assert_true(scenario_has(&a->node, "every"));
    assert_string_equal(a->sender, "");
    assert_null(a->subject);
    a = AT(scenario_action, s->actions, 1);
    assert_int_equal(a->with->code, 421);
    assert_int_equal(a->with->after, 3);
    assert_int_equal(a->lasts, SIM_HOUR);
    assert_int_equal(AT(scenario_action, s->actions, 2)->with->code, 451);
    assert_string_equal(AT(scenario_item, AT(scenario_action, s->actions, 3)->link, 0)->text, "ns");
    assert_int_equal(AT(scenario_action, s->actions, 3)->to->len, 0);
    assert_int_equal(AT(scenario_chapter, s->chapters, 0)->at, 0);
    scenario_free(&s);
    report_release(&r);
}

static void assert_at(struct position p, int line, int column)
{
    assert_int_equal(p.line, line);
    assert_int_equal(p.column, column);
}

static void test_places_and_paths(void **state)
{
    struct report r;
    struct scenario *s = load(
        "{\"format\": 1, \"hosts\": {\n \"a\": {\"mail\": {\"users\": {\"bob\": {\"quota\": 5}}}}}}", &r);
    struct scenario_host *h = AT(scenario_host, s->hosts, 0);
    struct scenario_user *u = AT(scenario_user, h->mail->users, 0);

    (void)state;
    assert_at(h->node.at, 2, 2);
    assert_string_equal(h->node.path, "hosts.a");
    assert_at(h->mail->node.at, 2, 16);
    assert_at(u->node.at, 2, 27);
    assert_string_equal(u->node.path, "hosts.a.mail.users.bob");
    assert_at(scenario_where(&u->node, "quota"), 2, 44);
    assert_at(scenario_where(&h->node, "dns"), 2, 2);
    scenario_free(&s);
    report_release(&r);
}

/* What is out of range or of a wrong kind leaves the default, so the rest can be looked at. */
static void test_bad_values_leave_defaults(void **state)
{
    struct report r;
    struct scenario *s = load(
        "{\"format\": 1, \"defaults\": {\"ttl\": -1, \"delay\": \"99d\", \"queue\": \"x\"}, \"seed\": 1e300}",
        &r);

    (void)state;
    assert_int_equal(r.errors, 4);
    assert_int_equal(s->defaults->ttl_s, 86400);
    assert_int_equal(s->defaults->link.delay, 10 * SIM_MS);
    assert_int_equal(s->defaults->link.queue, 100);
    assert_int_equal(s->seed, 1);
    assert_int_equal(s->defaults->node.gap, false);
    scenario_free(&s);
    report_release(&r);
}

static void test_keeps_the_first_thousand_complaints(void **state)
{
    GString *text = g_string_new("{\"format\": 1, \"teaches\": [1");
    struct report r;
    struct scenario *s;

    (void)state;
    for (int i = 0; i < 5000; i++)
        g_string_append(text, ",1");
    g_string_append(text, "]}");
    s = load(text->str, &r);
    assert_int_equal(r.entries->len, 1001);
    assert_int_equal(r.errors, 5001);
    scenario_free(&s);
    report_release(&r);
    g_string_free(text, TRUE);
}

static void test_refuses_large_and_missing_files(void **state)
{
    char *large = g_malloc0(SCENARIO_FILE_MAX + 1);
    struct report r;

    (void)state;
    report_init(&r, "t");
    assert_null(scenario_load(span_bytes(large, SCENARIO_FILE_MAX + 1), "t", &r));
    assert_int_equal(r.errors, 1);
    assert_null(scenario_load_file("tests/broken/no-such-file.json", &r));
    assert_int_equal(r.errors, 2);
    assert_null(scenario_load_file("tests/broken", &r));
    assert_int_equal(r.errors, 3);
    report_release(&r);
    g_free(large);
}

/* ---- The tables. */

static void test_tables_are_sound(void **state)
{
    (void)state;
    for (unsigned i = 0; shapes_all[i] != NULL; i++) {
        const struct shape *s = shapes_all[i];

        assert_true(s->n_rows <= SHAPE_ROWS_MAX);
        for (unsigned j = 0; j < s->n_rows; j++) {
            const struct shape_row *row = &s->rows[j];
            bool takes_shape = row->kind == VALUE_OBJECT || row->kind == VALUE_SWITCH ||
                               row->kind == VALUE_MAP || row->kind == VALUE_LIST;

            if (shape_find(s, row->name) != (int)j || row->offset + value_size(row->kind) > s->size)
                fail_msg("%s.%s: twice, or out of the struct", s->name, row->name);
            if (row->means == NULL || !g_str_has_suffix(row->means, "."))
                fail_msg("%s.%s: no sentence says what it means", s->name, row->name);
            if (takes_shape != (row->of != NULL) || (row->kind == VALUE_ENUM && row->choices == NULL) ||
                (row->kind == VALUE_MAP && row->of->name_offset < 0))
                fail_msg("%s.%s: incomplete", s->name, row->name);
            if (row->flags & ROW_ALIAS && (j == 0 || row[-1].offset != row->offset))
                fail_msg("%s.%s: an alias of nothing", s->name, row->name);
        }
        if (s->alone != NULL)
            assert_true(shape_find(s, s->alone) >= 0);
    }
}

/* A default that a scenario's author reads is the one that the floors below have. */
static void test_defaults_are_those_of_the_floors(void **state)
{
    struct scenario *s = scenario_new(NULL);
    const struct scenario_dns *d = scenario_element(s, &shape_dns, NULL);
    const struct scenario_mail *m = scenario_element(s, &shape_mail, NULL);
    const struct scenario_tcp *t = scenario_element(s, &shape_tcp, NULL);
    struct sim sim;
    struct net *n;
    const struct tcp_options *o;

    (void)state;
    sim_init(&sim, 1, 0);
    n = net_new(&sim);
    o = tcp_options(n);
    assert_int_equal(s->start_s, SCENARIO_START);
    assert_int_equal(d->rotate, dns_server_defaults.rotate);
    assert_int_equal(d->udp_size, dns_server_defaults.udp_size);
    assert_int_equal(d->timeout, dns_server_defaults.timeout);
    assert_int_equal(d->tries, dns_server_defaults.tries);
    assert_int_equal(d->max_ttl_s, dns_server_defaults.max_ttl_s);
    assert_int_equal(d->max_negative_ttl_s, dns_server_defaults.max_negative_ttl_s);
    assert_int_equal(d->recursion, dns_server_defaults.recursion);
    assert_int_equal(m->retry->len, 1);
    assert_int_equal(AT(scenario_item, m->retry, 0)->time, mail_server_defaults.retry.intervals[0]);
    assert_int_equal(m->give_up, mail_server_defaults.retry.give_up);
    assert_int_equal(m->warn_after, mail_server_defaults.retry.warn_after);
    assert_int_equal(m->size_limit, mail_server_defaults.size_limit);
    assert_int_equal(m->recipients_limit, mail_server_defaults.recipients_limit);
    assert_false(m->pipelining); /* the one that differs: command and reply in turn are easier to read */
    assert_int_equal(m->vrfy, mail_server_defaults.vrfy);
    assert_int_equal(m->greylist, mail_server_defaults.greylist);
    assert_int_equal(m->connections, mail_server_defaults.connections_out);
    assert_int_equal(m->messages_per_connection, mail_server_defaults.messages_per_connection);
    assert_int_equal(t->mss, o->mss);
    assert_int_equal(t->window, o->window);
    assert_int_equal(t->rto_first, o->rto_first);
    assert_int_equal(t->rto_min, o->rto_min);
    assert_int_equal(t->rto_max, o->rto_max);
    assert_int_equal(t->syn_tries, o->syn_tries);
    assert_int_equal(t->data_tries, o->data_tries);
    assert_int_equal(t->delayed_ack, o->delayed_ack);
    assert_int_equal(t->time_wait, o->time_wait);
    assert_int_equal(t->congestion_control, !o->no_congestion_control);
    net_free(&n);
    sim_release(&sim);
    scenario_free(&s);
}

/* ---- Filling. */

static void test_fill_keeps_what_is_there(void **state)
{
    struct report r;
    struct scenario *s = load(
        "{\"format\": 1, \"hosts\": {"
        "\"a\": {\"link\": {\"delay\": \"1ms\"}, \"mail\": {\"users\": {\"bob\": {}}, \"vrfy\": true}},"
        "\"b\": {\"link\": {\"delay\": \"2ms\", \"rate\": \"1Mbps\"}, \"role\": \"mail\", \"address\": \"10.0.0.9\","
        " \"mail\": {\"users\": {\"Bob\": {\"quota\": 5}, \"eve\": {}}, \"vrfy\": false}, \"dns\": {\"tries\": 3}}}}",
        &r);
    struct scenario_host *a = AT(scenario_host, s->hosts, 0), *b = AT(scenario_host, s->hosts, 1);

    (void)state;
    scenario_fill(s, &a->node, &b->node);
    assert_int_equal(a->link->delay, SIM_MS);
    assert_int_equal(a->link->rate_bps, 1000000);
    assert_int_equal(a->role, ROLE_MAIL);
    assert_int_equal(a->addresses->len, 1);
    assert_ptr_not_equal(a->addresses, b->addresses);
    assert_true(a->mail->vrfy);
    assert_int_equal(a->mail->users->len, 2);
    assert_int_equal(AT(scenario_user, a->mail->users, 0)->quota, 5);
    assert_int_equal(a->dns->tries, 3);
    assert_ptr_not_equal(a->dns, b->dns); /* filling one further must not change the other */
    scenario_free(&s);
    report_release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_in_their_units),
        cmocka_unit_test(test_values_print),
        cmocka_unit_test(test_values_refused),
        cmocka_unit_test(test_loads_everything),
        cmocka_unit_test(test_places_and_paths),
        cmocka_unit_test(test_bad_values_leave_defaults),
        cmocka_unit_test(test_keeps_the_first_thousand_complaints),
        cmocka_unit_test(test_refuses_large_and_missing_files),
        cmocka_unit_test(test_tables_are_sound),
        cmocka_unit_test(test_defaults_are_those_of_the_floors),
        cmocka_unit_test(test_fill_keeps_what_is_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

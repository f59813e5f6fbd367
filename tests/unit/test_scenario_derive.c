/* sim/scenario/derive*.c: what comes of what the author left out. */
#include "scenario_help.h"

#include "scenario/derive.h"

/* ---- The derived scenario, in words that a table can hold. */

static void put_items(GString *out, const char *before, const GPtrArray *items)
{
    for (unsigned i = 0; i < items->len; i++)
        g_string_append_printf(out, "%s%s", i ? "," : before,
                               ((struct scenario_item *)g_ptr_array_index(items, i))->text);
}

static void put_zone(GString *out, const struct scenario_zone *z)
{
    for (unsigned i = 0; i < z->records->len; i++)
        g_string_append_printf(out, "%s%s", i ? "; " : "",
                               ((struct scenario_item *)g_ptr_array_index(z->records, i))->text);
}

static const struct scenario_host *host(const struct scenario *s, const char *name)
{
    const struct scenario_host *h = scenario_host_find(s, name);

    if (h == NULL)
        fail_msg("there is no host %s", name);
    return h;
}

/* "hosts": all names. "host H": role, addresses, whom it asks. "agents H". "dns H": recursion, hints,
 * clients, zones. "mail H": domains, users, relay_for. "zone H Z": its records. "links": all of them. */
static char *answer(const struct scenario *s, const char *question)
{
    g_auto(GStrv) words = g_strsplit(question, " ", 3);
    GString *out = g_string_new(NULL);

    if (strcmp(words[0], "hosts") == 0) {
        for (unsigned i = 0; i < s->hosts->len; i++)
            g_string_append_printf(out, "%s%s", i ? " " : "",
                                   ((struct scenario_host *)g_ptr_array_index(s->hosts, i))->name);
    } else if (strcmp(words[0], "links") == 0) {
        for (unsigned i = 0; i < s->links->len; i++) {
            const struct scenario_link *l = g_ptr_array_index(s->links, i);
            char buf[TIME_DURATION_MAX];

            put_items(out, i ? " " : "", l->between);
            g_string_append_printf(out, "=%s", time_duration(buf, l->spec.delay));
        }
    } else if (strcmp(words[0], "host") == 0) {
        const struct scenario_host *h = host(s, words[1]);
        g_string_append(out, scenario_roles[h->role]);
        put_items(out, " ", h->addresses);
        put_items(out, " asks ", h->resolvers);
    } else if (strcmp(words[0], "agents") == 0) {
        const struct scenario_host *h = host(s, words[1]);
        for (unsigned i = 0; i < h->agents->len; i++) {
            const struct scenario_agent *a = g_ptr_array_index(h->agents, i);
            g_string_append_printf(out, "%s%s (%s) at %s", i ? ", " : "", a->address, a->name ? a->name : "-",
                                   a->server ? a->server : "-");
        }
    } else if (strcmp(words[0], "dns") == 0) {
        const struct scenario_dns *d = host(s, words[1])->dns;
        g_string_append(out, d == NULL ? "none" : (const char *[]){ "off", "on", "chain" }[d->recursion]);
        for (unsigned i = 0; d != NULL && i < d->hints->len; i++)
            g_string_append_printf(out, "%s%s", i ? "," : " from ",
                                   ((struct scenario_hint *)g_ptr_array_index(d->hints, i))->name);
        if (d != NULL)
            put_items(out, " for ", d->clients);
        for (unsigned i = 0; d != NULL && i < d->zones->len; i++)
            g_string_append_printf(out, "%s%s", i ? "," : " has ",
                                   ((struct scenario_zone *)g_ptr_array_index(d->zones, i))->name);
    } else if (strcmp(words[0], "mail") == 0) {
        const struct scenario_mail *m = host(s, words[1])->mail;
        if (m != NULL)
            put_items(out, "", m->domains);
        for (unsigned i = 0; m != NULL && i < m->users->len; i++)
            g_string_append_printf(out, "%s%s", i ? "," : ": ",
                                   ((struct scenario_user *)g_ptr_array_index(m->users, i))->name);
        if (m != NULL)
            put_items(out, " for ", m->relay_for);
    } else if (strcmp(words[0], "zone") == 0) {
        const struct scenario_dns *d = host(s, words[1])->dns;
        for (unsigned i = 0; d != NULL && i < d->zones->len; i++)
            if (strcmp(((struct scenario_zone *)g_ptr_array_index(d->zones, i))->name, words[2]) == 0)
                put_zone(out, g_ptr_array_index(d->zones, i));
    } else {
        fail_msg("%s?", question);
    }
    return g_string_free(out, FALSE);
}

/* ---- Tables: a scenario, questions about it. */

struct row {
    const char *question, *expected;
};

static void check(const char *name, const char *text, const struct row *rows, size_t n)
{
    struct scenario *s = sh_open(name, text);
    unsigned wrong = 0;

    assert_true(s->is_derived);
    for (size_t i = 0; i < n; i++) {
        g_autofree char *got = answer(s, rows[i].question);
        if (strcmp(got, rows[i].expected) != 0) {
            print_error("%s: %s:\n  %s\nexpected\n  %s\n", name, rows[i].question, got, rows[i].expected);
            wrong++;
        }
    }
    unsigned hosts = s->hosts->len, links = s->links->len;
    struct report r;
    report_init(&r, name);
    scenario_derive(s, &r); /* twice is once */
    assert_int_equal(s->hosts->len, hosts);
    assert_int_equal(s->links->len, links);
    report_release(&r);
    scenario_free(&s);
    assert_int_equal(wrong, 0);
}
#define CHECK(name, text, ...)                                                                               \
    do {                                                                                                     \
        const struct row rows_[] = { __VA_ARGS__ };                                                          \
        check(name, text, rows_, G_N_ELEMENTS(rows_));                                                       \
    } while (0)

#define SOA(mname) "@ 86400 SOA " mname " hostmaster 1 7200 900 1209600 3600; "

static void test_two_domains(void **state)
{
    (void)state;
    CHECK("two domains",
          "{'format': 1, 'domains': {'crepes.fr': {'people': ['alice']}, 'hamburger.edu': {'people': ['bob', "
          "'carol']}}}",
          { "hosts",
            "a.root-servers.net ns.nic.fr ns.nic.edu dns.crepes.fr mail.crepes.fr alice-pc ns.crepes.fr "
            "dns.hamburger.edu mail.hamburger.edu bob-pc carol-pc ns.hamburger.edu internet" },
          { "host alice-pc", "computer 10.1.0.10 asks 10.1.0.53" },
          { "host mail.crepes.fr", "mail 10.1.0.25 asks 10.1.0.53" },
          { "host dns.crepes.fr", "local 10.1.0.53" }, { "host ns.crepes.fr", "authoritative 10.1.0.54" },
          { "host carol-pc", "computer 10.2.0.11 asks 10.2.0.53" },
          { "host a.root-servers.net", "root 198.41.0.4" }, { "host ns.nic.edu", "tld 172.16.1.53" },
          { "host internet", "router 192.168.0.1" },
          { "agents alice-pc", "alice@crepes.fr (Alice) at mail.crepes.fr" },
          { "mail mail.hamburger.edu", "hamburger.edu: bob,carol for 10.2.0.0/16" },
          { "dns dns.crepes.fr", "on from a.root-servers.net for 10.1.0.0/16" },
          { "dns ns.crepes.fr", "off has crepes.fr" }, { "dns a.root-servers.net", "off has ." },
          { "zone a.root-servers.net .",
            "@ 86400 SOA a.root-servers.net. hostmaster.root-servers.net. 1 7200 900 1209600 3600; "
            "@ 86400 NS a.root-servers.net.; a.root-servers.net. 86400 A 198.41.0.4; "
            "fr. 86400 NS ns.nic.fr.; ns.nic.fr. 86400 A 172.16.0.53; "
            "edu. 86400 NS ns.nic.edu.; ns.nic.edu. 86400 A 172.16.1.53" },
          { "zone ns.nic.edu edu",
            SOA("ns.nic") "@ 86400 NS ns.nic; ns.nic 86400 A 172.16.1.53; "
                          "hamburger 86400 NS ns.hamburger; ns.hamburger 86400 A 10.2.0.54" },
          { "zone ns.hamburger.edu hamburger.edu",
            SOA("ns") "@ 86400 NS ns; @ 86400 MX 10 mail; dns 86400 A 10.2.0.53; mail 86400 A 10.2.0.25; "
                      "ns 86400 A 10.2.0.54; bob-pc 86400 A 10.2.0.10; carol-pc 86400 A 10.2.0.11" },
          { "links", "a.root-servers.net,internet=10ms ns.nic.fr,internet=10ms ns.nic.edu,internet=10ms "
                     "dns.crepes.fr,internet=10ms mail.crepes.fr,internet=10ms alice-pc,internet=10ms "
                     "ns.crepes.fr,internet=10ms dns.hamburger.edu,internet=10ms "
                     "mail.hamburger.edu,internet=10ms bob-pc,internet=10ms carol-pc,internet=10ms "
                     "ns.hamburger.edu,internet=10ms" });
}

static void test_the_authors_own_records_win(void **state)
{
    (void)state;
    CHECK(
        "own records",
        "{'format': 1, 'domains': {'a.test': {'people': ['al'], 'ttl': 60, 'records': ["
        "'@ MX 5 other', 'other A 10.9.9.9', 'mail 7 A 10.1.0.26', 'www\\tIN 5 CNAME other', 'x TXT \\\"a  b\\\"']}},"
        "'hosts': {'other.a.test': {'address': '10.9.9.9', 'mail': {'domains': ['a.test']}},"
        "          'mail.a.test': {'addresses': ['10.1.0.25', '10.1.0.26']}}}",
        { "zone ns.a.test a.test",
          "@ 60 SOA ns hostmaster 1 7200 900 1209600 3600; @ 60 NS ns; "
          "dns 60 A 10.1.0.53; ns 60 A 10.1.0.54; al-pc 60 A 10.1.0.10; "
          "@ 60 MX 5 other; other 60 A 10.9.9.9; mail 7 A 10.1.0.26; www\tIN 5 CNAME other; "
          "x 60 TXT \"a  b\"" },
        { "mail mail.a.test", "a.test: al for 10.1.0.0/16" });
    CHECK("own SOA and NS",
          "{'format': 1, 'domains': {'a.test': {'records': ["
          "'@ 9 SOA dns1 me 5 1 1 1 1', '@ 9 NS dns1', 'dns1 9 A 10.1.0.54']}}}",
          { "zone ns.a.test a.test",
            "dns 86400 A 10.1.0.53; ns 86400 A 10.1.0.54; @ 9 SOA dns1 me 5 1 1 1 1; "
            "@ 9 NS dns1; dns1 9 A 10.1.0.54" },
          { "zone ns.nic.test test", SOA("ns.nic") "@ 86400 NS ns.nic; ns.nic 86400 A 172.16.0.53; "
                                                   "a 86400 NS dns1.a; dns1.a 86400 A 10.1.0.54" });
    CHECK("an alias where an address would be",
          "{'format': 1, 'domains': {'a.test': {'people': ['al'], 'records': ['al-pc CNAME other', 'other A "
          "10.1.0.10']}}}",
          { "zone ns.a.test a.test",
            SOA("ns") "@ 86400 NS ns; @ 86400 MX 10 mail; dns 86400 A 10.1.0.53; mail 86400 A 10.1.0.25; "
                      "ns 86400 A 10.1.0.54; al-pc CNAME other; other A 10.1.0.10" });
}

static void test_the_authors_own_hosts_win(void **state)
{
    (void)state;
    CHECK("own hosts",
          "{'format': 1, 'domains': {'a.test': {'people': ['al', 'bo'], 'mail': {'retry': '1m'}, "
          "'link': {'delay': '1ms'}}},"
          "'hosts': {'mail.a.test': {'address': '10.1.0.99', 'link': {'delay': '2ms'},"
          "  'mail': {'retry': ['2m', '3m'], 'users': {'AL': {'quota': 5}}}},"
          "  'al-pc': {'address': '10.1.0.53', 'agents': {'AL@a.test': {'name': 'Big Al'}}},"
          "  'dns.a.test': {'dns': {'tries': 1}},"
          "  'more.a.test': {}, 'lonely': {}, 'alone.elsewhere.example': {}}}",
          { "host mail.a.test", "mail 10.1.0.99 asks 10.1.0.54" },
          { "mail mail.a.test", "a.test: AL,bo for 10.1.0.0/16" },
          { "host dns.a.test", "local 10.1.0.54" }, /* 53 is taken */
          { "host ns.a.test", "authoritative 10.1.0.55" },
          { "agents al-pc", "AL@a.test (Big Al) at mail.a.test" },
          { "dns dns.a.test", "on from a.root-servers.net for 10.1.0.0/16" },
          { "host more.a.test", "computer 10.1.0.200 asks 10.1.0.54" },
          { "host lonely", "computer 192.168.0.200" },
          { "host alone.elsewhere.example", "computer 192.168.0.201" },
          { "links", "mail.a.test,internet=2ms al-pc,internet=1ms dns.a.test,internet=1ms "
                     "more.a.test,internet=10ms lonely,internet=10ms alone.elsewhere.example,internet=10ms "
                     "a.root-servers.net,internet=10ms ns.nic.test,internet=10ms bo-pc,internet=1ms "
                     "ns.a.test,internet=1ms" });
}

static void test_several_name_servers(void **state)
{
    (void)state;
    CHECK("several",
          "{'format': 1, 'root': {'name_servers': 2}, 'tlds': {'test': {'name_servers': 2, 'ttl': 5}},"
          "'domains': {'a.test': {'name_servers': 2}}}",
          { "hosts", "a.root-servers.net b.root-servers.net ns1.nic.test ns2.nic.test dns.a.test ns1.a.test "
                     "ns2.a.test internet" },
          { "host b.root-servers.net", "root 170.247.170.2" }, { "host ns2.nic.test", "tld 172.16.0.54" },
          { "host ns2.a.test", "authoritative 10.1.0.55" },
          { "dns dns.a.test", "on from a.root-servers.net,b.root-servers.net for 10.1.0.0/16" },
          { "zone b.root-servers.net .",
            "@ 86400 SOA a.root-servers.net. hostmaster.root-servers.net. 1 7200 900 1209600 3600; "
            "@ 86400 NS a.root-servers.net.; @ 86400 NS b.root-servers.net.; "
            "a.root-servers.net. 86400 A 198.41.0.4; b.root-servers.net. 86400 A 170.247.170.2; "
            "test. 86400 NS ns1.nic.test.; ns1.nic.test. 86400 A 172.16.0.53; "
            "test. 86400 NS ns2.nic.test.; ns2.nic.test. 86400 A 172.16.0.54" },
          { "zone ns2.nic.test test",
            "@ 5 SOA ns1.nic hostmaster 1 7200 900 1209600 3600; @ 5 NS ns1.nic; @ 5 NS ns2.nic; "
            "ns1.nic 5 A 172.16.0.53; ns2.nic 5 A 172.16.0.54; "
            "a 5 NS ns1.a; ns1.a 5 A 10.1.0.54; a 5 NS ns2.a; ns2.a 5 A 10.1.0.55" },
          { "zone ns1.a.test a.test", SOA("ns1") "@ 86400 NS ns1; @ 86400 NS ns2; dns 86400 A 10.1.0.53; "
                                                 "ns1 86400 A 10.1.0.54; ns2 86400 A 10.1.0.55" });
}

static void test_two_alices(void **state)
{
    (void)state;
    CHECK("two alices",
          "{'format': 1, 'domains': {'a.test': {'people': ['alice']}, 'b.test': {'people': ['alice']}}}",
          { "agents alice-pc", "alice@a.test (Alice) at mail.a.test" },
          { "agents alice-pc.b.test", "alice@b.test (Alice) at mail.b.test" },
          { "zone ns.a.test a.test",
            SOA("ns") "@ 86400 NS ns; @ 86400 MX 10 mail; dns 86400 A 10.1.0.53; mail 86400 A 10.1.0.25; "
                      "ns 86400 A 10.1.0.54; alice-pc 86400 A 10.1.0.10" },
          { "zone ns.b.test b.test",
            SOA("ns") "@ 86400 NS ns; @ 86400 MX 10 mail; dns 86400 A 10.2.0.53; mail 86400 A 10.2.0.25; "
                      "alice-pc 86400 A 10.2.0.10; ns 86400 A 10.2.0.54" });
    CHECK("two alices, and the author's computer",
          "{'format': 1, 'domains': {'a.test': {'people': ['alice']}, 'b.test': {'people': ['alice']}},"
          "'hosts': {'alice-pc': {'address': '10.7.7.7'}}}",
          { "agents alice-pc", "alice@a.test (Alice) at mail.a.test" },
          { "agents alice-pc.b.test", "alice@b.test (Alice) at mail.b.test" });
    CHECK("one computer for two",
          "{'format': 1, 'domains': {'a.test': {'people': [{'name': 'al', 'computer': 'pc'}, {'name': 'bo', "
          "'computer': 'pc'}, {'name': 'cy', 'agent': false}]}}}",
          { "agents pc", "al@a.test (Al) at mail.a.test, bo@a.test (Bo) at mail.a.test" },
          { "host pc", "computer 10.1.0.10 asks 10.1.0.53" },
          { "mail mail.a.test", "a.test: al,bo,cy for 10.1.0.0/16" },
          { "hosts", "a.root-servers.net ns.nic.test dns.a.test mail.a.test pc ns.a.test internet" });
}

static void test_a_domain_in_a_domain(void **state)
{
    (void)state;
    CHECK("nested",
          "{'format': 1, 'domains': {'cs.umass.edu': {'people': ['jim']}, 'umass.edu': {'people': ['ann']}},"
          "'hosts': {'lab.cs.umass.edu': {}, 'gate.umass.edu': {}}}",
          { "host lab.cs.umass.edu", "computer 10.1.0.200 asks 10.1.0.53" },
          { "host gate.umass.edu", "computer 10.2.0.200 asks 10.2.0.53" },
          { "zone ns.nic.edu edu", SOA("ns.nic") "@ 86400 NS ns.nic; ns.nic 86400 A 172.16.0.53; "
                                                 "umass 86400 NS ns.umass; ns.umass 86400 A 10.2.0.54" },
          { "zone ns.umass.edu umass.edu",
            SOA("ns") "@ 86400 NS ns; @ 86400 MX 10 mail; gate 86400 A 10.2.0.200; dns 86400 A 10.2.0.53; "
                      "mail 86400 A 10.2.0.25; ns 86400 A 10.2.0.54; ann-pc 86400 A 10.2.0.10; "
                      "cs 86400 NS ns.cs; ns.cs 86400 A 10.1.0.54" },
          { "zone ns.cs.umass.edu cs.umass.edu",
            SOA("ns") "@ 86400 NS ns; @ 86400 MX 10 mail; lab 86400 A 10.1.0.200; dns 86400 A 10.1.0.53; "
                      "mail 86400 A 10.1.0.25; ns 86400 A 10.1.0.54; jim-pc 86400 A 10.1.0.10" });
}

static void test_root_servers_are_hosts_of_net(void **state)
{
    (void)state;
    CHECK("net", "{'format': 1, 'domains': {'a.net': {}}}",
          { "zone a.root-servers.net .",
            "@ 86400 SOA a.root-servers.net. hostmaster.root-servers.net. 1 7200 900 1209600 3600; "
            "@ 86400 NS a.root-servers.net.; a.root-servers.net. 86400 A 198.41.0.4; "
            "net. 86400 NS ns.nic.net.; ns.nic.net. 86400 A 172.16.0.53" },
          { "zone ns.nic.net net",
            SOA("ns.nic") "@ 86400 NS ns.nic; a.root-servers 86400 A 198.41.0.4; "
                          "ns.nic 86400 A 172.16.0.53; a 86400 NS ns.a; ns.a 86400 A 10.1.0.54" });
}

static void test_switches(void **state)
{
    (void)state;
    CHECK("local off, mail off",
          "{'format': 1, 'domains': {'a.test': {'people': ['al'], 'local': false},"
          "'b.test': {'mail': false}, 'c.test': {'mail': true}}}",
          { "host mail.a.test", "mail 10.1.0.25" }, { "host al-pc", "computer 10.1.0.10" },
          { "zone ns.b.test b.test", SOA("ns") "@ 86400 NS ns; dns 86400 A 10.2.0.53; ns 86400 A 10.2.0.54" },
          { "mail mail.c.test", "c.test for 10.3.0.0/16" });
    CHECK("local off, but the author has one",
          "{'format': 1, 'domains': {'a.test': {'people': ['al'], 'local': false}},"
          "'hosts': {'dns.a.test': {'role': 'local', 'dns': {'recursion': true}}}}",
          { "host mail.a.test", "mail 10.1.0.25 asks 10.1.0.53" },
          { "host al-pc", "computer 10.1.0.10 asks 10.1.0.53" },
          { "dns dns.a.test", "on from a.root-servers.net" });
    CHECK("no root", "{'format': 1, 'root': false, 'domains': {'a.test': {'local': false}}}",
          { "hosts", "ns.nic.test ns.a.test internet" });
}

static void test_links(void **state)
{
    (void)state;
    CHECK(
        "explicit links and the internet",
        "{'format': 1, 'defaults': {'delay': '3ms'}, 'hosts': {'a': {'address': '10.0.0.1'}, "
        "'b': {'address': '10.0.0.2', 'link': {'delay': '7ms'}}, 'r': {'address': '10.0.0.3', 'role': 'router'}},"
        "'links': [{'between': ['a', 'R']}, {'between': ['r', 'Internet'], 'delay': '1s'}]}",
        { "links", "a,R=3ms r,Internet=1s b,internet=7ms" }, { "hosts", "a b r internet" });
    CHECK("no internet needed",
          "{'format': 1, 'hosts': {'a': {'address': '10.0.0.1'}, 'b': {'address': '10.0.0.2'}},"
          "'links': [{'between': ['a', 'b']}]}",
          { "links", "a,b=10ms" }, { "hosts", "a b" });
    CHECK("the author's internet", "{'format': 1, 'hosts': {'a': {}, 'internet': {'label': 'the net'}}}",
          { "host internet", "router 192.168.0.1" }, { "links", "a,internet=10ms" });
}

static void test_recursion_becomes_a_chain(void **state)
{
    (void)state;
    CHECK("chain",
          "{'format': 1, 'root': {'recursion': true}, 'tlds': {'test': {'recursion': true}}, 'domains': "
          "{'a.test': {}}}",
          { "dns a.root-servers.net", "chain has ." },
          { "dns ns.nic.test", "chain from a.root-servers.net has test" },
          { "dns ns.a.test", "off has a.test" },
          { "dns dns.a.test", "chain from a.root-servers.net for 10.1.0.0/16" });
    CHECK("a local server of the author's makes no chain",
          "{'format': 1, 'domains': {'a.test': {}}, 'hosts': {'mine': {'dns': {'recursion': true}}}}",
          { "dns mine", "on from a.root-servers.net" },
          { "dns dns.a.test", "on from a.root-servers.net for 10.1.0.0/16" });
}

static void test_the_authors_zones_are_delegated(void **state)
{
    (void)state;
    CHECK(
        "a zone under a host",
        "{'format': 1, 'domains': {'a.test': {}}, 'hosts': {"
        "'ns.b.example': {'address': '10.5.0.1', 'dns': {'zones': {'b.example': {'records': ["
        "'@ SOA ns me 1 2 3 4 5', '@ NS ns', 'ns A 10.5.0.1', '@ NS ns.a.test.', 'www A 10.5.0.2']},"
        "'sub.a.test': {'records': ['@ SOA ns.b.example. me 1 2 3 4 5', '@ NS ns.b.example.']}}}}}}",
        { "dns ns.b.example", "off has b.example,sub.a.test" },
        { "zone ns.nic.example example",
          SOA("ns.nic") "@ 86400 NS ns.nic; ns.nic 86400 A 172.16.1.53; b 86400 NS ns.b; ns.b 86400 A 10.5.0.1; "
                        "b 86400 NS ns.a.test." },
        { "zone ns.a.test a.test", SOA("ns") "@ 86400 NS ns; dns 86400 A 10.1.0.53; ns 86400 A 10.1.0.54; "
                                             "sub 86400 NS ns.b.example." });
    CHECK(
        "a domain whose zone is written out under its server",
        "{'format': 1, 'domains': {'a.test': {'name_servers': 2}}, 'hosts': {'ns1.a.test': {'dns': {'zones': {'a.test': "
        "['@ 5 SOA ns1 me 1 2 3 4 5', '@ 5 NS ns1', '@ 5 NS ns2', 'ns1 5 A 10.1.0.54', 'ns2 5 A 10.1.0.55']}}}}}",
        { "zone ns2.a.test a.test", "@ 5 SOA ns1 me 1 2 3 4 5; @ 5 NS ns1; @ 5 NS ns2; ns1 5 A 10.1.0.54; "
                                    "ns2 5 A 10.1.0.55" },
        { "zone ns.nic.test test",
          SOA("ns.nic") "@ 86400 NS ns.nic; ns.nic 86400 A 172.16.0.53; a 86400 NS ns1.a; ns1.a 86400 A "
                        "10.1.0.54; a 86400 NS ns2.a; ns2.a 86400 A 10.1.0.55" });
}

/* ---- Many: addresses stay apart, and in their networks. */

static void test_many_people_and_domains(void **state)
{
    GString *text = g_string_new("{'format': 1, 'domains': {");
    GHashTable *seen = g_hash_table_new(g_str_hash, g_str_equal);

    (void)state;
    for (int i = 0; i < 205; i++) {
        g_string_append_printf(text, "%s'd%d.test': {'people': [", i ? ", " : "", i);
        for (int k = 0; k < (i % 100 == 3 ? 230 : 1); k++) /* 230 in a /24, too */
            g_string_append_printf(text, "%s'p%d-%d'", k ? ", " : "", i, k);
        g_string_append(text, "]}");
    }
    g_string_append(text, "}}");
    struct scenario *s = sh_open("many", text->str);
    for (unsigned i = 0; i < s->hosts->len; i++) {
        const struct scenario_host *h = g_ptr_array_index(s->hosts, i);
        assert_int_equal(h->addresses->len, 1);
        const struct scenario_item *a = g_ptr_array_index(h->addresses, 0);
        if (!g_hash_table_add(seen, (char *)a->text))
            fail_msg("%s has %s, and is not the first", h->name, a->text);
        if (g_str_has_prefix(a->text, "11.") &&
            (g_str_has_suffix(a->text, ".0") || g_str_has_suffix(a->text, ".255")))
            fail_msg("%s has %s", h->name, a->text);
    }
    g_hash_table_destroy(seen);
    g_string_free(text, TRUE);
    scenario_free(&s);
}

static void test_no_address_is_left(void **state)
{
    GString *text = g_string_new("{\"format\": 1, \"domains\": {");
    struct report r;

    (void)state;
    for (int i = 0; i < 199; i++)
        g_string_append_printf(text, "\"d%d.test\": {}, ", i);
    g_string_append(text, "\"last.test\": {\"people\": [");
    for (int k = 0; k < 260; k++)
        g_string_append_printf(text, "%s\"p%d\"", k ? ", " : "", k);
    g_string_append(text, "]}}}");
    report_init(&r, "full");
    assert_null(scenario_open(span_of(text->str), "full", &r));
    assert_true(r.errors > 0);
    bool is_said = false;
    for (unsigned i = 0; i < r.entries->len; i++)
        is_said |= strstr(((struct complaint *)g_ptr_array_index(r.entries, i))->message,
                          "no address is left for ") != NULL;
    if (!is_said)
        report_print(&r, stderr);
    assert_true(is_said);
    report_release(&r);
    g_string_free(text, TRUE);
}

/* A domain's TTL is for all its records that say none, those that come in later too; 0 is a TTL. */
static void test_ttls_of_a_domain(void **state)
{
    static const struct {
        const char *ttl, *written, *added, *derived;
    } rows[] = {
        { "7", "www 7 A 10.1.0.80", "www 7 A 10.1.0.81", "@ 7 NS ns" },
        { "0", "www 0 A 10.1.0.80", "www 0 A 10.1.0.81", "@ 0 NS ns" },
        { "86400", "www A 10.1.0.80", "www A 10.1.0.81", "@ 86400 NS ns" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = g_strdup_printf(
            "{'format': 1, 'domains': {'a.test': {'ttl': %s, 'records': ['www A 10.1.0.80']}}, 'actions': [{'do': "
            "'record', 'host': 'ns.a.test', 'remove': 'www A', 'add': ['www A 10.1.0.81', 'x 9 A 10.1.0.82']}]}",
            rows[i].ttl);
        struct scenario *s = sh_open(rows[i].ttl, text);
        const struct scenario_action *a = g_ptr_array_index(s->actions, 0);
        g_autofree char *zone = answer(s, "zone ns.a.test a.test");
        g_autofree char *tld = answer(s, "zone ns.nic.test test");

        if (strstr(zone, rows[i].written) == NULL || strstr(zone, rows[i].derived) == NULL)
            fail_msg("%s: %s", rows[i].ttl, zone);
        assert_non_null(strstr(tld, "@ 86400 NS ns.nic"));
        assert_string_equal(((struct scenario_item *)g_ptr_array_index(a->add, 0))->text, rows[i].added);
        assert_string_equal(((struct scenario_item *)g_ptr_array_index(a->add, 1))->text, "x 9 A 10.1.0.82");
        scenario_free(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_domains),
        cmocka_unit_test(test_the_authors_own_records_win),
        cmocka_unit_test(test_the_authors_own_hosts_win),
        cmocka_unit_test(test_several_name_servers),
        cmocka_unit_test(test_two_alices),
        cmocka_unit_test(test_a_domain_in_a_domain),
        cmocka_unit_test(test_root_servers_are_hosts_of_net),
        cmocka_unit_test(test_switches),
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_recursion_becomes_a_chain),
        cmocka_unit_test(test_the_authors_zones_are_delegated),
        cmocka_unit_test(test_many_people_and_domains),
        cmocka_unit_test(test_no_address_is_left),
        cmocka_unit_test(test_ttls_of_a_domain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

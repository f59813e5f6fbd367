/* Servers, resolver and stub together, over the simulated network: who asks whom, and what they say. */
#include "dns_world.h"

#include "core/sheet.h"
#include "net/udp.h"

static void test_server_walks_from_the_root(void **state)
{
    struct course c;
    struct asked a;

    (void)state;
    course_init(&c, true, false);
    world_listen(&c.w, "dns.");
    world_ask(&c.w, c.stub, "hamburger.edu", DNS_MX, &a);
    assert_string_equal(a.text, "found 10 mail.hamburger.edu/3600");
    world_expect(&c.w, "lookup pc hamburger.edu MX\n"
                       "query pc>local hamburger.edu MX rd\n"
                       "cache_miss local hamburger.edu MX\n"
                       "query local>root hamburger.edu MX\n"
                       "response root>local hamburger.edu MX referral ns.edu\n"
                       "cache_store local edu NS referral ns.edu\n"
                       "cache_store local ns.edu A glue 192.5.6.30\n"
                       "query local>edu hamburger.edu MX\n"
                       "response edu>local hamburger.edu MX referral ns.hamburger.edu\n"
                       "cache_store local hamburger.edu NS referral ns.hamburger.edu\n"
                       "cache_store local ns.hamburger.edu A glue 10.4.0.53\n"
                       "query local>hamburger hamburger.edu MX\n"
                       "response hamburger>local hamburger.edu MX answer 10 mail.hamburger.edu\n"
                       "cache_store local hamburger.edu MX answer 10 mail.hamburger.edu\n"
                       "response local>pc hamburger.edu MX answer 10 mail.hamburger.edu\n"
                       "result pc hamburger.edu MX 10 mail.hamburger.edu\n");
    /* From now on: its address, from the closest server that is known; then all from the cache. */
    world_ask(&c.w, c.stub, "mail.hamburger.edu", DNS_A, &a);
    world_expect(&c.w, "lookup pc mail.hamburger.edu A\n"
                       "query pc>local mail.hamburger.edu A rd\n"
                       "cache_miss local mail.hamburger.edu A\n"
                       "cache_hit local hamburger.edu NS referral\n"
                       "query local>hamburger mail.hamburger.edu A\n"
                       "response hamburger>local mail.hamburger.edu A answer 10.4.0.25\n"
                       "cache_store local mail.hamburger.edu A answer 10.4.0.25\n"
                       "response local>pc mail.hamburger.edu A answer 10.4.0.25\n"
                       "result pc mail.hamburger.edu A 10.4.0.25\n");
    world_ask(&c.w, c.stub, "MAIL.hamburger.EDU", DNS_A, &a);
    world_expect(&c.w, "lookup pc MAIL.hamburger.EDU A\n"
                       "query pc>local MAIL.hamburger.EDU A rd\n"
                       "cache_hit local MAIL.hamburger.EDU A answer\n"
                       "response local>pc MAIL.hamburger.EDU A answer 10.4.0.25\n"
                       "result pc MAIL.hamburger.EDU A 10.4.0.25\n");
    world_release(&c.w);
}

static void test_server_chains_recursive_queries(void **state)
{
    struct course c;
    struct asked a;

    (void)state;
    course_init(&c, true, true);
    world_listen(&c.w, "dns.");
    world_ask(&c.w, c.stub, "hamburger.edu", DNS_MX, &a);
    world_expect(&c.w, "lookup pc hamburger.edu MX\n"
                       "query pc>local hamburger.edu MX rd\n"
                       "cache_miss local hamburger.edu MX\n"
                       "query local>root hamburger.edu MX rd\n"
                       "cache_miss root hamburger.edu MX\n"
                       "query root>edu hamburger.edu MX rd\n"
                       "cache_miss edu hamburger.edu MX\n"
                       "query edu>hamburger hamburger.edu MX rd\n"
                       "response hamburger>edu hamburger.edu MX answer 10 mail.hamburger.edu\n"
                       "cache_store edu hamburger.edu MX answer 10 mail.hamburger.edu\n"
                       "response edu>root hamburger.edu MX answer 10 mail.hamburger.edu\n"
                       "cache_store root hamburger.edu MX answer 10 mail.hamburger.edu\n"
                       "response root>local hamburger.edu MX answer 10 mail.hamburger.edu\n"
                       "cache_store local hamburger.edu MX answer 10 mail.hamburger.edu\n"
                       "response local>pc hamburger.edu MX answer 10 mail.hamburger.edu\n"
                       "result pc hamburger.edu MX 10 mail.hamburger.edu\n");
    world_release(&c.w);
}

static void test_server_tells_what_is_not(void **state)
{
    static const struct {
        const char *name;
        uint16_t type;
        const char *text;
    } rows[] = {
        { "www.hamburger.edu", DNS_A, "found 10.4.0.80/3600 10.4.0.81/3600" },
        { "www.hamburger.edu", DNS_A, "found 10.4.0.81/3599 10.4.0.80/3599" },
        { "www.hamburger.edu", DNS_A, "found 10.4.0.80/3599 10.4.0.81/3599" },
        { "www.hamburger.edu", DNS_CNAME, "found web.hamburger.edu/3599" },
        { "none.hamburger.edu", DNS_A, "no name" },
        { "none.hamburger.edu", DNS_MX, "no name" },
        { "mail.hamburger.edu", DNS_MX, "no data" },
        { "mail.hamburger.edu", DNS_MX, "no data" },
        { "never.hamburger.edu", DNS_A, "found 10.4.0.3/0" },
        { "never.hamburger.edu", DNS_A, "found 10.4.0.3/0" },
        { "x.org", DNS_A, "no name" },
        { "x.fr", DNS_A, "failed" }, /* nobody at its servers' address */
    };
    struct course c;
    struct asked a;

    (void)state;
    course_init(&c, true, false);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        world_ask(&c.w, c.stub, rows[i].name, rows[i].type, &a);
        if (strcmp(a.text, rows[i].text) != 0)
            fail_msg("row %zu: %s: %s", i, rows[i].name, a.text);
    }
    world_release(&c.w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_server_walks_from_the_root),
        cmocka_unit_test(test_server_chains_recursive_queries),
        cmocka_unit_test(test_server_tells_what_is_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

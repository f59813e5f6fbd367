/* 10 000 random verbs, keys, clicks, drags and moments, seeded: nothing that is done to the window may do
 * harm, and whatever is shown stays within its panel. Under the sanitizers, as all unit tests. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app_parts.h"
#include "script_monkey.h"
#include "ui_help.h"

enum { ACTS = 10000 };

static uint64_t state;

static uint64_t draw(uint64_t below)
{
    uint64_t z = state += 0x9E3779B97F4A7C15;

    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return (z ^ z >> 31) % below;
}

/* Words that mean something somewhere, and some that don't. */
static const char *const bits[] = {
    "packet",
    "message",
    "chapter",
    "host:mail.crepes.fr",
    "host:nobody",
    "link:mail.crepes.fr>alice-pc",
    "mail:m1",
    "mail:m99",
    "conn:c1",
    "conn:c0",
    "lookup:l1",
    "record:40",
    "record:-5",
    "field:3",
    "field:999",
    "layer:1",
    "layer:77",
    "row:queue:0",
    "none",
    "why",
    "host",
    "mail",
    "ladder",
    "down",
    "up",
    "cut",
    "mend",
    "lossy",
    "slow",
    "mail.crepes.fr",
    "dns.crepes.fr",
    "smtp@mail.hamburger.edu",
    "a>b",
    "alice@crepes.fr",
    "bob@hamburger.edu",
    "\"two words\"",
    "\"",
    "A",
    "MX",
    "hamburger.edu",
    "0",
    "12",
    "99999999999999999999",
    "-3",
    "1h30m",
    "day 2, 1:00",
    "25:61:99",
    "queue.defer",
    "smtp.reply code=4xx",
    "*",
    "((",
    "light",
    "dark",
    "contrast",
    "bigger",
    "smaller",
    "1.7",
    "-1",
    "nan",
    "en",
    "ko",
    "on",
    "off",
    "send",
    "look-up",
    "find",
    "go",
    "save",
    "open",
    "export",
    "한글",
    "alice-to-bob",
    "receiver-down-retry",
    "nowhere.json",
    "",
};

static void say_verb(struct app *a)
{
    const struct verb *v = &verbs[draw(n_verbs)];
    GString *said = g_string_new(v->name);

    for (uint64_t n = draw(4); n > 0; n--)
        g_string_append_printf(said, " %s", bits[draw(G_N_ELEMENTS(bits))]);
    if (!g_str_has_prefix(said->str, "export")) /* pictures are slow, and tested elsewhere */
        app_do(a, said->str);
    g_string_free(said, TRUE);
}

/* Versions pile up: a class makes a few, not thousands. */
static void tidy(struct app *a)
{
    if (a->run != NULL && run_versions(a->run) > 6)
        app_open(a, run_path(a->run), -1);
    a->quits = false;
}

static void remove_all(const char *folder)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        char *path = g_build_filename(folder, name, NULL);
        g_remove(path);
        g_free(path);
    }
    g_dir_close(dir);
    g_rmdir(folder);
}

static void test_monkey_does_no_harm(void **unused)
{
    char *folder = g_dir_make_tmp("mxlab-monkey-XXXXXX", NULL),
         *scenarios = g_canonicalize_filename("scenarios", NULL);
    const char *seed = g_getenv("MONKEY_SEED"), *many = g_getenv("MONKEY_ACTS");
    unsigned acts = many != NULL ? (unsigned)atoi(many) : ACTS;

    (void)unused;
    state = seed != NULL ? g_ascii_strtoull(seed, NULL, 10) : 2026;
    g_setenv("MXLAB_SCENARIOS", scenarios, TRUE);
    assert_int_equal(g_chdir(folder), 0); /* what is saved goes there */
    struct app *a = app_new("receiver-down-retry", NULL);
    struct monkey m = monkey_new(a, state);
    for (unsigned i = 0; i < acts; i++) {
        if (draw(3) == 0)
            say_verb(a);
        else
            monkey_act(&m);
        tidy(a);
        if (draw(4) == 0)
            ui_draw(a);
        if (draw(64) == 0) {
            ui_draw(a);
            ui_check_inside(a);
        }
        assert_true(a->player.at >= -1);
        if (app_is_ready(a))
            assert_true(a->player.at < view_tape_length(a->player.tape));
    }
    ui_draw(a);
    ui_check_inside(a);
    app_free(&a);
    assert_null(a);
    remove_all(folder);
    g_free(folder);
    g_free(scenarios);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_monkey_does_no_harm) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

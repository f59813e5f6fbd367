/* ui/run.c: opening, states at moments, versions, comparing, saving, staleness. */
#include "scenario_help.h"

#include <glib/gstdio.h>
#include <unistd.h>

#include "run.h"

static struct run *opened(const char *path)
{
    struct run *r = run_open(path, "en");

    for (int i = 0; run_poll(r) == RUN_LOADING && i < 5000; i++)
        g_usleep(1000);
    return r;
}

/* Until the version being made is taken over. */
static void finish(struct run *r)
{
    for (int i = 0; run_is_making(r) && i < 5000; i++) {
        g_usleep(1000);
        run_poll(r);
    }
    assert_int_equal(run_poll(r), RUN_READY);
}

static const struct mxlab *at(struct run *r, int64_t index)
{
    const struct mxlab *m = run_at(r, index);

    for (int i = 0; m == NULL && i < 5000; i++) {
        run_poll(r);
        m = run_at(r, index);
    }
    assert_non_null(m);
    return m;
}

static void change(struct run *r, const char *action)
{
    g_autofree char *json = sh_json(action);
    GString *why = g_string_new(NULL);

    if (!run_change(r, json, why))
        fail_msg("%s: %s", action, why->str);
    finish(r);
    g_string_free(why, TRUE);
}

/* All tables of all hosts, and what else is seen. */
static char *state(const struct mxlab *m)
{
    GString *out = g_string_new(NULL);

    g_string_printf(out, "%" G_GINT64_FORMAT "\n", view_now(m));
    for (unsigned i = 0; i < view_hosts(m); i++) {
        struct sheet *s = view_host_sheet(m, i);
        sheet_to_text(s, out);
        sheet_free(&s);
        g_string_append_printf(out, "%d\n", view_host(m, i).is_up);
    }
    return g_string_free(out, FALSE);
}

static void test_run_has_tape_and_states(void **unused)
{
    struct run *r = opened("scenarios/alice-to-bob.json");
    (void)unused;

    assert_int_equal(run_poll(r), RUN_READY);
    assert_int_equal(run_versions(r), 1);
    int64_t n = view_tape_length(run_tape(r));
    assert_true(n > 200);
    char **there = g_new0(char *, (size_t)n + 1);
    for (int64_t i = -1; i < n; i++) {
        const struct mxlab *m = at(r, i);
        assert_true((int64_t)view_seq(m) >= i + 1);
        assert_int_equal(view_now(m), i < 0 ? 0 : view_tape_nth(run_tape(r), i)->time);
        there[i + 1] = state(m);
    }
    /* Back, and in leaps: each moment is as it was. */
    for (int64_t k = 0; k <= n; k++) {
        int64_t i = k % 2 ? n - k : k * 7 % (n + 1) - 1;
        g_autofree char *again = state(at(r, i));
        assert_string_equal(again, there[i + 1]);
    }
    for (int64_t i = 0; i <= n; i++)
        g_free(there[i]);
    g_free(there);
    run_free(&r);
    assert_null(r);
}

static void test_run_tells_what_is_broken(void **unused)
{
    struct run *r = opened("tests/broken/form-action-do.json");
    (void)unused;

    assert_int_equal(run_poll(r), RUN_BROKEN);
    assert_true(run_complaints(r)->errors > 0);
    assert_null(run_tape(r));
    assert_null(run_at(r, 0));
    run_free(&r);

    r = opened("scenarios/there is no such file.json");
    assert_int_equal(run_poll(r), RUN_BROKEN);
    assert_true(run_complaints(r)->errors > 0);
    run_free(&r);
}

static void test_run_changes_at_the_moment(void **unused)
{
    struct run *r = opened("scenarios/alice-to-bob.json");
    GString *words = g_string_new(NULL);
    (void)unused;

    assert_int_equal(run_compare(r, words), -1);
    const struct view_tape *first = run_tape(r);
    int64_t n = view_tape_length(first), i = 40;
    at(r, i);
    change(r, "{'do': 'down', 'host': 'mail.hamburger.edu', 'for': '10m'}");
    assert_int_equal(run_versions(r), 2);
    assert_int_equal(run_version(r), 1);
    assert_true(run_tape(r) != first);

    /* What was shown stays as it was. */
    g_string_truncate(words, 0);
    int64_t parts = run_compare(r, words);
    assert_true(parts > i);
    assert_int_equal(view_tape_nth(run_tape(r), parts)->event, EV_FAULT_BEGIN);
    assert_non_null(strstr(words->str, "They part at "));
    assert_non_null(strstr(words->str, ": mail.hamburger.edu goes down.\n"));
    assert_non_null(strstr(words->str, "later."));
    assert_true(g_utf8_validate(words->str, -1, NULL));

    assert_false(run_redo(r));
    assert_true(run_undo(r));
    assert_ptr_equal(run_tape(r), first);
    assert_int_equal(view_tape_length(first), n);
    assert_false(run_undo(r));
    assert_true(run_redo(r));
    assert_int_equal(run_version(r), 1);

    /* A change of an undone state drops what had been undone. */
    assert_true(run_undo(r));
    at(r, -1);
    change(r, "{'do': 'look_up', 'host': 'alice-pc', 'name': 'hamburger.edu', 'type': 'MX'}");
    assert_int_equal(run_versions(r), 2);
    assert_int_equal(view_tape_nth(run_tape(r), 0)->time, 0);
    change(
        r,
        "{'at': '2m', 'do': 'send', 'from': 'alice@crepes.fr', 'to': 'bob@hamburger.edu', 'subject': 'Two'}");
    assert_int_equal(run_versions(r), 3);
    g_string_truncate(words, 0);
    run_compare(r, words);
    assert_non_null(strstr(words->str, "“Two” reaches bob at mail.hamburger.edu"));
    assert_non_null(strstr(words->str, "Mails delivered: 2 instead of 1."));
    g_string_free(words, TRUE);
    run_free(&r);
}

static void test_run_refuses_nonsense(void **unused)
{
    static const char *const rows[] = {
        "",
        "down",
        "[]",
        "{",
        "{'do': 'down'",
        "{'do': 'down', 'host': 'nobody'}",
        "{'do': 'fly', 'host': 'alice-pc'}",
        "{'at': 'soon', 'do': 'down', 'host': 'alice-pc'}",
        "{'do': 'send', 'from': 'x', 'to': 'y'}",
        "{'do': 'down', 'host': 'alice-pc', 'host': 'alice-pc'}",
    };
    struct run *r = opened("scenarios/alice-to-bob.json");
    (void)unused;

    at(r, 10);
    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *json = sh_json(rows[i]);
        GString *why = g_string_new(NULL);
        if (run_change(r, json, why) || why->len == 0)
            fail_msg("%s: taken, or refused without a word: %s", rows[i], why->str);
        g_string_free(why, TRUE);
    }
    assert_int_equal(run_versions(r), 1);
    run_free(&r);
}

/* Each moment of a run can be broken at, and nothing that was shown before changes. */
static void test_run_keeps_what_was_shown(void **unused)
{
    struct run *r = opened("scenarios/receiver-down-retry.json");
    GString *words = g_string_new(NULL);
    (void)unused;

    int64_t n = view_tape_length(run_tape(r));
    for (int64_t i = -1; i < n; i += 29) {
        at(r, i);
        change(r, "{'do': 'cut', 'link': 'mail.crepes.fr'}");
        int64_t parts = run_compare(r, words);
        if (parts >= 0 && parts <= i)
            fail_msg("changed after %d, but it parts at %d: %s", (int)i, (int)parts, words->str);
        assert_true(run_undo(r));
    }
    g_string_free(words, TRUE);
    run_free(&r);
}

static void test_run_saves_what_can_be_opened(void **unused)
{
    g_autofree char *dir = g_dir_make_tmp("mxlab-run-XXXXXX", NULL),
                    *path = g_build_filename(dir, "mine.json", NULL);
    g_autofree char *nowhere = g_build_filename(dir, "no", "such", "folder.json", NULL);
    struct run *r = opened("scenarios/two-recipients.json"), *saved;
    GString *why = g_string_new(NULL);
    (void)unused;

    at(r, 100);
    change(r, "{'do': 'down', 'host': 'mail.hamburger.edu', 'program': 'smtp', 'for': '1h'}");
    assert_true(run_save(r, path, why));
    saved = opened(path);
    assert_int_equal(run_poll(saved), RUN_READY);
    assert_int_equal(view_tape_length(run_tape(saved)), view_tape_length(run_tape(r)));
    assert_string_equal(view_title(at(saved, -1)), view_title(at(r, -1)));
    assert_false(run_save(r, nowhere, why));
    assert_true(why->len > 0);

    /* A file that somebody else has changed is noticed, at most once a second. */
    assert_false(run_is_stale(saved));
    g_usleep(1100 * 1000);
    assert_false(run_is_stale(saved));
    assert_true(g_file_set_contents(path, "{}", -1, NULL));
    assert_false(run_is_stale(saved));
    g_usleep(1100 * 1000);
    assert_true(run_is_stale(saved));
    run_free(&saved);
    run_free(&r);
    g_string_free(why, TRUE);
    g_unlink(path);
    g_rmdir(dir);
}

static void write_pair(const char *path, const char *title, const char *person, const char *more)
{
    g_autofree char
        *text = g_strdup_printf(
            "{'format': 1, 'title': {'en': '%s', 'ko': '제목'}, 'domains': {'crepes.fr': {'people': "
            "['alice']}, 'hamburger.edu': {'people': ['%s']}}, 'actions': [{'at': '0s', 'do': 'send',"
            " 'from': 'alice@crepes.fr', 'to': '%s@hamburger.edu'}%s]}",
            title, person, person, more),
        *json = sh_json(text);

    assert_true(g_file_set_contents(path, json, -1, NULL));
}

static struct run *again(struct run *r)
{
    struct run *n = run_open_again(r);

    for (int i = 0; run_poll(n) == RUN_LOADING && i < 5000; i++)
        g_usleep(1000);
    return n;
}

/* The file becomes the new original; what was changed is changed again on it. */
static void test_run_opened_again_keeps_the_changes(void **unused)
{
    g_autofree char *dir = g_dir_make_tmp("mxlab-run-XXXXXX", NULL),
                    *path = g_build_filename(dir, "pair.json", NULL);
    GString *words = g_string_new(NULL);
    (void)unused;

    write_pair(path, "First", "bob", "");
    struct run *r = opened(path), *n;
    at(r, 40);
    change(r, "{'do': 'down', 'host': 'mail.hamburger.edu', 'for': '10m'}");
    change(r, "{'at': '20m', 'do': 'down', 'host': 'bob-pc'}");
    change(r, "{'at': '30m', 'do': 'cut', 'link': 'mail.crepes.fr'}");
    assert_true(run_undo(r));

    write_pair(path, "Second", "bob", "");
    n = again(r);
    assert_int_equal(run_poll(n), RUN_READY);
    assert_string_equal(view_title(at(n, -1)), "Second");
    assert_int_equal(run_versions(n), 4); /* what was undone too */
    assert_int_equal(run_version(n), 2);
    assert_int_equal(run_unfit(n), 0);
    assert_int_equal(view_tape_length(run_tape(n)), view_tape_length(run_tape(r)));
    assert_true(run_compare(n, words) > 0);
    assert_true(run_redo(n));
    assert_true(run_undo(n) && run_undo(n) && run_undo(n));
    run_free(&n);

    /* Nobody is called bob any more: the change of his computer is left out, the others are there. */
    write_pair(path, "Third", "bert", "");
    n = again(r);
    assert_int_equal(run_poll(n), RUN_READY);
    assert_int_equal(run_versions(n), 3);
    assert_int_equal(run_version(n), 1);
    assert_int_equal(run_unfit(n), 1);
    run_free(&n);

    /* Broken: told, and nothing else. */
    write_pair(path, "Fourth", "bob", ", 7");
    n = again(r);
    assert_int_equal(run_poll(n), RUN_BROKEN);
    run_free(&n);

    /* What was saved into the file itself is in it: it is not done twice. */
    write_pair(path, "First", "bob", "");
    assert_true(run_save(r, path, words));
    n = again(r);
    assert_int_equal(run_poll(n), RUN_READY);
    assert_int_equal(run_versions(n), 2); /* the one that was undone can be redone */
    assert_int_equal(run_version(n), 0);
    assert_int_equal(view_tape_length(run_tape(n)), view_tape_length(run_tape(r)));
    run_free(&n);
    run_free(&r);
    g_string_free(words, TRUE);
    g_unlink(path);
    g_rmdir(dir);
}

static void test_run_is_not_stale_with_the_same_text(void **unused)
{
    g_autofree char *dir = g_dir_make_tmp("mxlab-run-XXXXXX", NULL),
                    *path = g_build_filename(dir, "pair.json", NULL);
    (void)unused;

    write_pair(path, "First", "bob", "");
    struct run *r = opened(path);
    g_usleep(1100 * 1000);
    write_pair(path, "First", "bob", "");
    assert_false(run_is_stale(r));
    g_usleep(1100 * 1000);
    write_pair(path, "Other", "bob", "");
    assert_true(run_is_stale(r));
    g_usleep(1100 * 1000);
    assert_false(run_is_stale(r)); /* it was told */
    run_free(&r);
    g_unlink(path);
    g_rmdir(dir);
}

/* All versions speak, whenever they were made; nothing is run again for it. */
static void test_run_speaks_another_language(void **unused)
{
    g_autofree char *dir = g_dir_make_tmp("mxlab-run-XXXXXX", NULL),
                    *path = g_build_filename(dir, "pair.json", NULL);
    (void)unused;

    write_pair(path, "First", "bob", "");
    struct run *r = opened(path);
    at(r, 40);
    change(r, "{'do': 'down', 'host': 'mail.hamburger.edu'}");
    const struct view_tape *t = run_tape(r);
    run_speak(r, "ko");
    assert_ptr_equal(run_tape(r), t);
    assert_string_equal(view_title(at(r, 50)), "제목");
    change(r, "{'do': 'up', 'host': 'mail.hamburger.edu'}");
    assert_string_equal(view_title(at(r, 50)), "제목");
    assert_true(run_undo(r) && run_undo(r));
    assert_string_equal(view_title(at(r, 50)), "제목");
    run_speak(r, "en");
    assert_string_equal(view_title(at(r, 50)), "First");
    run_free(&r);
    g_unlink(path);
    g_rmdir(dir);
}

/* A long run is made, and sought in, without holding anybody up; it can be dropped at any time. */
static void test_run_long(void **unused)
{
    g_autofree char *dir = g_dir_make_tmp("mxlab-run-XXXXXX", NULL),
                    *path = g_build_filename(dir, "long.json", NULL);
    g_autofree char *json = sh_json(
        "{'format': 1, 'domains': {'crepes.fr': {'people': ['alice']}, 'hamburger.edu': {'people': ['bob']}},"
        " 'actions': [{'at': '0s', 'do': 'send', 'from': 'alice@crepes.fr', 'to': 'bob@hamburger.edu',"
        " 'count': 1000, 'every': '10s'}]}");
    (void)unused;

    assert_true(g_file_set_contents(path, json, -1, NULL));
    gint64 begin = g_get_monotonic_time();
    struct run *dropped = run_open(path, "en");
    assert_true(g_get_monotonic_time() - begin < 500 * 1000);
    run_free(&dropped);

    struct run *r = opened(path);
    assert_int_equal(run_poll(r), RUN_READY);
    int64_t n = view_tape_length(run_tape(r));
    assert_true(n > 100 * 1000);
    at(r, n - 1);
    at(r, 5);
    at(r, n / 2);
    assert_true((int64_t)view_seq(run_at(r, n / 2)) >= n / 2);
    run_free(&r);
    g_unlink(path);
    g_rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_run_has_tape_and_states),
        cmocka_unit_test(test_run_tells_what_is_broken),
        cmocka_unit_test(test_run_changes_at_the_moment),
        cmocka_unit_test(test_run_refuses_nonsense),
        cmocka_unit_test(test_run_keeps_what_was_shown),
        cmocka_unit_test(test_run_saves_what_can_be_opened),
        cmocka_unit_test(test_run_opened_again_keeps_the_changes),
        cmocka_unit_test(test_run_is_not_stale_with_the_same_text),
        cmocka_unit_test(test_run_speaks_another_language),
        cmocka_unit_test(test_run_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

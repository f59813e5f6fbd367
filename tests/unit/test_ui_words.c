/* The window in Korean: every sentence of sim/export has its translation, and none that is shown falls back
 * to English. Names, numbers and what went over the wire are the same in each language, so a text is looked
 * at without them. */
#include <glib.h>

#include "player.h"
#include "run.h"
#include "shelf.h"
#include "tell.h"
#include "ui_help.h"
#include "words.h"

/* A catalogue is there where gettext's tools were when this was built. */
static void use_korean(void)
{
    words_use("ko");
    if (words_are_english()) {
        print_message("there is no catalogue of Korean words, so nothing was compared\n");
        skip();
    }
}

static bool has_hangul(const char *text)
{
    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p))
        if (g_utf8_get_char(p) >= 0xac00 && g_utf8_get_char(p) <= 0xd7a3)
            return true;
    return false;
}

/* The next word of small Latin letters, two or more, from `at` on, but a unit; NULL: none. To be freed. What
 * begins with a capital is a name, such as From or SYN. */
static char *english_word(const char **at)
{
    static const char *const units[] = { "ms", "us", "ns" };

    while (**at != '\0') {
        gsize other = strcspn(*at, "abcdefghijklmnopqrstuvwxyz");
        const char *from = *at += other;
        bool is_name = other > 0 && g_ascii_isalnum(*(from - 1));
        *at += strspn(*at, "abcdefghijklmnopqrstuvwxyz");
        char *word = g_strndup(from, (gsize)(*at - from));
        for (unsigned i = 0; i < G_N_ELEMENTS(units); i++)
            is_name |= strcmp(word, units[i]) == 0;
        if (word[0] != '\0' && word[1] != '\0' && !is_name)
            return word;
        g_free(word);
    }
    return NULL;
}

static bool has_english(const char *text)
{
    char *word = english_word(&text);
    bool has = word != NULL;

    g_free(word);
    return has;
}

/* ---- The catalogue. */

/* What stands in braces, each name once, as text; and what stands outside. */
static GHashTable *holes_of(const char *text, GString *outside)
{
    GHashTable *holes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    int depth = 0;

    for (const char *p = text; *p != '\0'; p++) {
        const char *end = *p == '{' ? strchr(p, '}') : NULL;
        depth += (*p == '[') - (*p == ']');
        assert_in_range(depth, 0, 1);
        if (end != NULL) {
            g_hash_table_add(holes, g_strndup(p + 1, (gsize)(end - p - 1)));
            p = end;
        } else {
            assert_true(*p != '{' && *p != '}');
            g_string_append_c(outside, *p);
        }
    }
    assert_int_equal(depth, 0);
    return holes;
}

static void test_every_text_has_its_korean(void **state)
{
    unsigned n = 0;

    (void)state;
    use_korean();
    for (const char *english; (english = view_nth_text(n)) != NULL; n++) {
        const char *korean = words(english);
        GString *outside = g_string_new(NULL), *there = g_string_new(NULL);
        GHashTable *holes = holes_of(english, outside), *theirs = holes_of(korean, there);
        GHashTableIter i;
        gpointer name;

        if (has_english(outside->str) && (!has_hangul(korean) || has_english(there->str)))
            fail_msg("\"%s\" has no Korean: \"%s\"", english, korean);
        g_hash_table_iter_init(&i, holes);
        while (g_hash_table_iter_next(&i, &name, NULL))
            if (!g_hash_table_contains(theirs, name))
                fail_msg("\"%s\" has no {%s}: \"%s\"", english, (char *)name, korean);
        assert_int_equal(g_hash_table_size(holes), g_hash_table_size(theirs));
        g_hash_table_destroy(holes);
        g_hash_table_destroy(theirs);
        g_string_free(outside, TRUE);
        g_string_free(there, TRUE);
    }
    assert_true(n > 100);
    assert_null(view_nth_text(n + 1000));
}

/* ---- Lines, record by record. */

static void remove_all(GString *text, struct span what)
{
    char *s = what.len > 0 ? g_strndup(what.at, what.len) : g_strdup("");

    if (s[0] != '\0')
        g_string_replace(text, s, "", 0);
    g_free(s);
}

/* A text that is the same in every language: no code of the trace, no title, and no words for a reply that
 * never came. */
static bool is_verbatim(const struct record *r, const struct field *f)
{
    const struct field *code = record_field(r, KEY_CODE);
    bool is_no_reply = f->key == KEY_LINE && code != NULL && code->number == 0;

    return f->kind == FIELD_TEXT && f->key != KEY_WHAT && f->key != KEY_TITLE && !is_no_reply;
}

/* Without what the record says itself, the longest first: a line may have a verb in it. */
static void remove_values(GString *text, const struct record *r)
{
    const struct field *on = record_field(r, KEY_ON);

    for (size_t len = 4096; len > 0; len--)
        for (unsigned i = 0; i < r->n_fields; i++) {
            const struct field *f = &r->fields[i];
            if (f->text.len == len && is_verbatim(r, f))
                remove_all(text, f->text);
        }
    for (struct span rest = on != NULL ? on->text : span_of(""); rest.len > 0;)
        remove_all(text, span_take_word(&rest)); /* of "host program" only the program may be named */
}

static void check_line(const struct book *b, const struct mxlab *m, const struct record *r)
{
    GString *english = g_string_new(NULL), *korean = g_string_new(NULL), *shown = g_string_new(NULL);

    view_line(r, NULL, english);
    tell_line(m, r, korean);
    g_string_assign(shown, korean->str);
    remove_values(english, r);
    remove_values(korean, r);
    if (r->event == EV_NOTE)
        assert_string_equal(shown->str,
                            view_chapter_title(m, (unsigned)record_field(r, KEY_CHAPTER)->number - 1));
    else if (has_english(korean->str) || (has_english(english->str) && !has_hangul(korean->str)))
        fail_msg("%s, %d: \"%s\" is not Korean", b->name, (int)r->seq, shown->str);
    if (view_remark(r) != NULL)
        assert_true(has_hangul(words(view_remark(r))));
    g_string_free(english, TRUE);
    g_string_free(korean, TRUE);
    g_string_free(shown, TRUE);
}

static void test_every_record_of_every_scenario_is_told_in_korean(void **state)
{
    unsigned told = 0;

    (void)state;
    use_korean();
    struct shelf *s = shelf_new("ko");
    for (unsigned i = 0; i < s->books->len; i++) {
        const struct book *b = g_ptr_array_index(s->books, i);
        const struct mxlab_options o = { .language = "ko" };
        struct report r;

        report_init(&r, b->path);
        struct mxlab *m = mxlab_open(b->path, &o, &r);
        struct view_tape *t = view_tape_new(m, NULL, NULL);
        for (int64_t k = 0; k < view_tape_length(t); k++, told++)
            check_line(b, m, view_tape_nth(t, k));
        view_tape_free(&t);
        mxlab_close(&m);
        report_release(&r);
    }
    assert_true(told > 1000);
    shelf_free(&s);
}

/* ---- What is drawn: no word that is not on the tape. */

/* Every word that records say, or what they happen to is called. */
static GHashTable *words_of_tape(const struct view_tape *t)
{
    GHashTable *known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (int64_t i = 0; i < view_tape_length(t); i++) {
        const struct record *r = view_tape_nth(t, i);
        for (int k = -2; k < (int)r->n_fields; k++) {
            struct span s = k == -2                         ? span_of(r->host)
                            : k == -1                       ? span_of(r->peer)
                            : is_verbatim(r, &r->fields[k]) ? r->fields[k].text
                                                            : span_of(NULL);
            char *text = s.len > 0 ? g_strndup(s.at, s.len) : g_strdup(""), *word;
            for (const char *at = text; (word = english_word(&at)) != NULL;)
                g_hash_table_add(known, word);
            g_free(text);
        }
    }
    return known;
}

static void check_text(GHashTable *known, const char *where, const char *text)
{
    char *word;

    for (const char *at = text; (word = english_word(&at)) != NULL;) {
        bool is_cut = g_str_has_prefix(at, "…"); /* labels end there */
        if (!g_hash_table_contains(known, word) && !is_cut)
            fail_msg("%s: \"%s\" of \"%s\" is English", where, word, text);
        g_free(word);
    }
}

static void check_things(const struct app *a, GHashTable *known)
{
    static const char *const prefixes[] = { "arrow:", "label:", "wait:", "message:says", "why:", "compare:" };
    struct sprite sprites[64];

    for (int p = 0; p < N_PANELS; p++)
        for (unsigned i = 0; a->things[p] != NULL && i < a->things[p]->len; i++) {
            const struct thing *t = g_ptr_array_index(a->things[p], i);
            for (unsigned k = 0; k < G_N_ELEMENTS(prefixes); k++)
                if (g_str_has_prefix(t->name, prefixes[k]) && strcmp(t->name, "why:rule") != 0)
                    check_text(known, t->name, t->text);
        }
    unsigned n = app_sprites(a, sprites, G_N_ELEMENTS(sprites));
    for (unsigned i = 0; i < n; i++)
        check_text(known, "sprite", sprites[i].label);
}

/* Until what is shown is there, however busy the machine is. */
static void settle(struct app *a)
{
    for (int i = 0; (a->run == NULL || run_is_making(a->run) || app_world(a) == NULL) && i < 20000; i++) {
        g_usleep(1000);
        app_tick(a, 1);
    }
    assert_int_equal(run_poll(a->run), RUN_READY);
    assert_non_null(app_world(a));
    ui_draw(a);
}

static struct app *open_app(const char *scenario)
{
    struct prefs p = prefs_defaults;

    g_strlcpy(p.language, "ko", sizeof p.language);
    struct app *a = app_new(scenario, &p);
    settle(a);
    return a;
}

static void check_waits(const struct view_tape *t, GHashTable *known)
{
    GString *scratch = g_string_new(NULL);

    for (int64_t i = 0; i + 1 < view_tape_length(t); i++) {
        const char *says = player_wait_words(t, i, i + 1, scratch);
        if (says != NULL) {
            assert_true(has_hangul(says));
            check_text(known, "wait", says);
        }
    }
    g_string_free(scratch, TRUE);
}

static void check_comparison(struct app *a, GHashTable *known)
{
    const char *host = NULL;
    const struct view_tape *t = run_tape(a->run);

    for (int64_t i = 0; i < view_tape_length(t) && host == NULL; i++)
        if (view_tape_nth(t, i)->event == EV_DNS_RESPONSE || view_tape_nth(t, i)->event == EV_MAILBOX_STORE)
            host = view_tape_nth(t, i)->host;
    g_autofree char *json = g_strdup_printf("{\"at\": \"0s\", \"do\": \"down\", \"host\": \"%s\"}", host);
    GString *out = g_string_new(NULL);
    if (!run_change(a->run, json, out))
        fail_msg("%s: %s", json, out->str);
    settle(a);
    assert_true(run_compare(a->run, out) >= 0);
    assert_true(has_hangul(out->str));
    GHashTable *new = words_of_tape(run_tape(a->run)); /* the new run may say something else */
    GHashTableIter i;
    gpointer word;
    g_hash_table_iter_init(&i, new);
    while (g_hash_table_iter_next(&i, &word, NULL))
        g_hash_table_add(known, g_strdup(word));
    check_text(known, "comparison", out->str);
    g_hash_table_destroy(new);
    g_string_free(out, TRUE);
}

static void test_nothing_drawn_of_a_run_is_english(void **state)
{
    enum { MOMENTS = 24 };

    (void)state;
    use_korean();
    struct shelf *s = shelf_new("ko");
    for (unsigned i = 0; i < s->books->len; i++) {
        const struct book *b = g_ptr_array_index(s->books, i);
        struct app *a = open_app(b->path);
        const struct view_tape *t = run_tape(a->run);
        GHashTable *known = words_of_tape(t);

        check_waits(t, known);
        for (int k = 1; k <= MOMENTS; k++) {
            g_autofree char *at = g_strdup_printf("at %d", (int)(view_tape_length(t) * k / MOMENTS) - 1);
            app_do(a, at);
            app_do(a, k % 2 != 0 ? "tab why" : "tab message");
            if (k == MOMENTS / 2)
                app_do(a, "collapse");
            settle(a);
            check_things(a, known);
            ui_check_inside(a);
        }
        check_comparison(a, known);
        g_hash_table_destroy(known);
        app_free(&a);
    }
    shelf_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_text_has_its_korean),
        cmocka_unit_test(test_every_record_of_every_scenario_is_told_in_korean),
        cmocka_unit_test(test_nothing_drawn_of_a_run_is_english),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

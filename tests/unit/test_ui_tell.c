/* What tell.c says, where the translation is the English text itself, are the very sentences of view.h: so a
 * translation says the same thing. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#define words_are_english words_are_foreign
#include "../../ui/tell.c"
#include "shelf.h"

bool words_are_foreign(void)
{
    return false;
}

static void test_english_templates_are_what_view_says(void **state)
{
    struct shelf *s = shelf_new("en");
    unsigned told = 0;

    (void)state;
    assert_true(s->books->len > 0);
    for (unsigned i = 0; i < s->books->len; i++) {
        const struct book *b = g_ptr_array_index(s->books, i);
        struct report r;

        report_init(&r, b->path);
        struct mxlab *m = mxlab_open(b->path, NULL, &r);
        struct view_tape *t = view_tape_new(m, NULL, NULL);
        for (int64_t k = 0; k < view_tape_length(t); k++) {
            const struct record *x = view_tape_nth(t, k);
            GString *mine = g_string_new(NULL), *view = g_string_new(NULL);

            tell_line(x, mine);
            view_line(x, view);
            if (strcmp(mine->str, view->str) != 0 &&
                x->event != EV_SMTP_DATA) /* whose size is rounded by view.h */
                fail_msg("%s, %d: \"%s\" is not \"%s\"", b->name, (int)k, mine->str, view->str);
            told++;
            g_string_free(mine, TRUE);
            g_string_free(view, TRUE);
        }
        view_tape_free(&t);
        mxlab_close(&m);
        report_release(&r);
    }
    assert_true(told > 1000);
    shelf_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_english_templates_are_what_view_says) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

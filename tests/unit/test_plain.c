/* sim/core/plain.c: what a terminal may show, and how wide it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/plain.h"

static const struct {
    const char *name;
    struct span in;
    bool keep_lines;
    const char *out;
} texts[] = {
    { "nothing", { NULL, 0 }, false, "" },
    { "ASCII", SPAN("250 OK"), false, "250 OK" },
    { "Korean", SPAN("메일"), false, "메일" },
    { "an escape", SPAN("a\033[2Jb"), false, "a?[2Jb" },
    { "NUL, BEL, DEL", SPAN("a\0b\a\177"), false,
      "a\xef\xbf\xbd"
      "b??" },
    { "CR LF", SPAN("a\r\nb"), false, "a??b" },
    { "a line feed that is wanted", SPAN("a\nb\tc"), true, "a\nb?c" },
    { "C1: CSI in one character",
      SPAN("a\xc2\x9b"
           "2Jb"),
      false, "a?2Jb" },
    { "right to left",
      SPAN("a\xe2\x80\xae"
           "b"),
      false, "a?b" },
    { "no UTF-8",
      SPAN("a\xff\xfe"
           "b"),
      false,
      "a\xef\xbf\xbd\xef\xbf\xbd"
      "b" },
    { "a character cut short", SPAN("a\xeb\xa9"), false, NULL },
};

static void test_plain_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        GString *out = g_string_new(NULL);

        plain_text(out, texts[i].in, texts[i].keep_lines);
        assert_true(g_utf8_validate(out->str, (gssize)out->len, NULL));
        if (texts[i].out != NULL && strcmp(out->str, texts[i].out) != 0)
            fail_msg("%s: %s", texts[i].name, out->str);
        g_string_free(out, TRUE);
    }
    assert_null(plain_copy(NULL, false));
}

static const struct {
    const char *text;
    unsigned room, octets;
} fits[] = {
    { "", 10, 0 },
    { "abc", 3, 3 },
    { "abcd", 3, 3 },
    { "ab cd", 4, 2 },
    { "ab cd", 5, 5 },
    { "ab cd ef", 5, 5 },
    { "ab\ncd", 10, 2 },
    { "메일함", 4, 6 }, /* two columns, three octets each */
    { "메일함", 5, 6 },
    { "메일함", 1, 3 }, /* one at least */
    { "a", 0, 1 },
    { "e\xcc\x81"
      "e",
      1, 3 }, /* a combining accent takes no room */
};

static void test_fitting(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(fits); i++) {
        gsize n = plain_fitting(fits[i].text, fits[i].room);
        if (n != fits[i].octets)
            fail_msg("'%s' in %u: %d octets", fits[i].text, fits[i].room, (int)n);
    }
    assert_int_equal(plain_width("메일 box", strlen("메일 box")), 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_text),
        cmocka_unit_test(test_fitting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mail/mime_show.h"
#include "mail/mime_tell.h"

/* "cell | cell" of each row of the tables with that key, a line each. */
static char *rows_of(const struct sheet *s, const char *key)
{
    GString *out = g_string_new(NULL);

    for (guint i = 0; i < s->tables->len; i++) {
        const struct table *t = g_ptr_array_index(s->tables, i);

        for (guint r = 0; strcmp(t->key, key) == 0 && r < t->rows->len; r++) {
            const GArray *row = g_ptr_array_index(t->rows, r);

            assert_int_equal(row->len, t->columns->len);
            for (guint c = 0; c < row->len; c++)
                g_string_append_printf(out, "%s%s", c > 0 ? "|" : "",
                                       g_array_index(row, struct cell, c).text);
            g_string_append_c(out, '\n');
        }
    }
    return g_string_free(out, FALSE);
}

static void assert_rows(const struct sheet *s, const char *key, const char *expected)
{
    char *rows = rows_of(s, key);

    if (strcmp(rows, expected) != 0)
        fail_msg("%s:\n%s\nis not\n%s", key, rows, expected);
    g_free(rows);
}

static struct sheet *show(const char *message)
{
    struct sheet *s = sheet_new("x");

    mime_show(span_of(message), s);
    return s;
}

#define CAFE "caf\xc3\xa9"

static const char letter[] = "From: =?UTF-8?B?7JWI64WV?= <a@b.fr>\r\n"
                             "Subject: =?utf-8?q?caf=C3=A9?=\r\n =?iso-8859-1?Q?=20ol=E9?=\r\n"
                             "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
                             "--b\r\n"
                             "Content-Type: text/plain; charset=utf-8\r\n"
                             "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
                             "caf=C3=A9 =3D 2=E2=82=AC=\r\n!=20\r\n"
                             "\r\n"
                             "--b\r\n"
                             "Content-Type: image/png\r\n"
                             "Content-Transfer-Encoding: base64\r\n"
                             "Content-Disposition: attachment; filename*=UTF-8''caf%C3%A9.png\r\n\r\n"
                             "TWFueSA=\r\n"
                             "--b--\r\n";

static void test_show_tells_the_parts_of_a_letter(void **state)
{
    struct sheet *s = show(letter);

    (void)state;
    assert_rows(s, "fields",
                "From|=?UTF-8?B?7JWI64WV?= <a@b.fr>|\xec\x95\x88\xeb\x85\x95 <a@b.fr>\n"
                "Subject|=?utf-8?q?caf=C3=A9?= =?iso-8859-1?Q?=20ol=E9?=|" CAFE " ol\xc3\xa9\n"
                "Content-Type|multipart/mixed; boundary=b|\n");
    assert_rows(
        s, "words",
        "TEXT|From|=?UTF-8?B?7JWI64WV?=|UTF-8|B: base64|\xec\x95\x88\xeb\x85\x95\n"
        "TEXT|Subject|=?utf-8?q?caf=C3=A9?=|utf-8|Q: quoted-printable|" CAFE "\n"
        "TEXT|Subject|=?iso-8859-1?Q?=20ol=E9?=|iso-8859-1|Q: quoted-printable| ol\xc3\xa9\n"
        "2|Content-Disposition|attachment; filename*=UTF-8''caf%C3%A9.png|UTF-8|RFC 2231: per cent|" CAFE
        ".png\n");
    assert_rows(s, "base64",
                "2|0|4D 61 6E|Man|01001101 01100001 01101110|010011 010110 000101 101110|19 22 5 46|TWFu\n"
                "2|3|79 20|y |01111001 00100000|011110 010010 000000|30 18 0|eSA=\n");
    assert_rows(s, "quoted_printable",
                "1|3|=C3|C3|\xc3\xa9|U+00E9|octet 1 of 2\n"
                "1|6|=A9|A9|\xc3\xa9|U+00E9|octet 2 of 2\n"
                "1|10|=3D|3D|=|U+003D|the = itself, so that none is taken for a sign\n"
                "1|15|=E2|E2|\xe2\x82\xac|U+20AC|octet 1 of 3\n"
                "1|18|=82|82|\xe2\x82\xac|U+20AC|octet 2 of 3\n"
                "1|21|=AC|AC|\xe2\x82\xac|U+20AC|octet 3 of 3\n"
                "1|24|=||||soft line break: the line goes on\n"
                "1|28|=20|20|space|U+0020|at the end of a line, where it would be lost\n");
    assert_rows(s, "text", "1|" CAFE " = 2\xe2\x82\xac! \n");
    assert_rows(s, "parts",
                "TEXT|multipart/mixed||7bit||277|277|0.0 %|6|14\n"
                "1|text/plain|utf-8|quoted-printable||16|33|+106.3 %|10|2\n"
                "2|image/png||base64|" CAFE ".png|5|8|+60.0 %|18|1\n");
    sheet_free(&s);
}

/* Numbers are IMAP's: RFC 3501 has such a message as its example. */
static void put_number(void *self, const struct mime_part *p, const char *number)
{
    char *type = mime_type_text(p);

    g_string_append_printf(self, "%s %s\n", number, type);
    g_free(type);
}

#define MIXED(b) "Content-Type: multipart/mixed; boundary=" b "\r\n\r\n"
#define MESSAGE  "Content-Type: message/rfc822\r\n\r\n"

static void test_tell_numbers_parts_as_imap_does(void **state)
{
    static const struct {
        const char *message, *numbers;
    } rows[] = {
        { "\r\nHi", "1 text/plain\n" },
        { MIXED("a") "none", "1 multipart/mixed\n" },
        { MESSAGE "\r\nHi", "1 message/rfc822\n1.1 text/plain\n" },
        { MIXED(
              "a") "--a\r\n\r\n1\r\n--a\r\nContent-Type: image/gif\r\n\r\n2\r\n"
                   "--a\r\n" MESSAGE MIXED(
                       "b") "--b\r\n\r\n3.1\r\n--b\r\nContent-Type: application/x\r\n\r\n3.2\r\n--b--\r\n"
                            "--a\r\n" MIXED(
                                "c") "--c\r\nContent-Type: image/gif\r\n\r\n4.1\r\n"
                                     "--c\r\n" MESSAGE MIXED("d") "--d\r\n\r\n4.2.1\r\n--d\r\n" MIXED(
                                         "e") "--e\r\n\r\n4.2.2.1\r\n--e\r\nContent-Type: TEXT/richtext\r\n\r\n4.2.2.2\r\n"
                                              "--e--\r\n--d--\r\n--c--\r\n--a--\r\n",
          "TEXT multipart/mixed\n1 text/plain\n2 image/gif\n3 message/rfc822\n3.TEXT multipart/mixed\n"
          "3.1 text/plain\n3.2 application/x\n4 multipart/mixed\n4.1 image/gif\n4.2 message/rfc822\n"
          "4.2.TEXT multipart/mixed\n4.2.1 text/plain\n4.2.2 multipart/mixed\n4.2.2.1 text/plain\n"
          "4.2.2.2 text/richtext\n" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct mime_part *root = mime_parse(span_of(rows[i].message));
        GString *numbers = g_string_new(NULL);

        mime_each(root, put_number, numbers);
        assert_string_equal(numbers->str, rows[i].numbers);
        g_string_free(numbers, TRUE);
        mime_free(&root);
    }
}

static void test_tell_rounds_growth(void **state)
{
    static const struct {
        size_t octets, encoded;
        int64_t growth;
    } rows[] = { { 3, 4, 333 },     { 57, 78, 368 },   { 100, 100, 0 }, { 0, 2, 0 },       { 3, 3 * 3, 2000 },
                 { 1000, 1001, 1 }, { 2000, 2001, 1 }, { 3, 2, -333 },  { 2001, 2000, 0 }, { 1, 0, -1000 } };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        assert_int_equal(mime_growth(rows[i].octets, rows[i].encoded), rows[i].growth);
}

/* ---- One part. */

static const struct {
    const char *name, *header, *body, *key, *rows;
} parts[] = {
    { "one octet in base64", "Content-Transfer-Encoding: base64\r\n", "QQ==", "base64",
      "|0|41|A|01000001|010000 010000|16 16|QQ==\n" },
    { "nothing", "Content-Transfer-Encoding: base64\r\n", "", "base64", "" },
    { "a letter too few", "Content-Transfer-Encoding: base64\r\n", "TWFuQ", "base64",
      "|0|4D 61 6E|Man|01001101 01100001 01101110|010011 010110 000101 101110|19 22 5 46|TWFu\n"
      "|3||||010000|16|Q===\n" },
    { "the last group too", "Content-Transfer-Encoding: base64\r\n",
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\nAAAAAAAA/w==\r\n", "base64",
      "|0|00 00 00|...|00000000 00000000 00000000|000000 000000 000000 000000|0 0 0 0|AAAA\n"
      "|3|00 00 00|...|00000000 00000000 00000000|000000 000000 000000 000000|0 0 0 0|AAAA\n"
      "|6|00 00 00|...|00000000 00000000 00000000|000000 000000 000000 000000|0 0 0 0|AAAA\n"
      "|9|00 00 00|...|00000000 00000000 00000000|000000 000000 000000 000000|0 0 0 0|AAAA\n"
      "|12|00 00 00|...|00000000 00000000 00000000|000000 000000 000000 000000|0 0 0 0|AAAA\n"
      "|15|00 00 00|...|00000000 00000000 00000000|000000 000000 000000 000000|0 0 0 0|AAAA\n"
      "|18|00 00 00|...|00000000 00000000 00000000|000000 000000 000000 000000|0 0 0 0|AAAA\n"
      "|21|00 00 00|...|00000000 00000000 00000000|000000 000000 000000 000000|0 0 0 0|AAAA\n"
      "|30|FF|.|11111111|111111 110000|63 48|/w==\n" },
    { "no UTF-8", "Content-Transfer-Encoding: quoted-printable\r\n", "=E9t=E9 =A9 =C3=\r\n",
      "quoted_printable",
      "|0|=E9|E9|||not UTF-8\n|4|=E9|E9|||not UTF-8\n|8|=A9|A9|||not UTF-8\n|12|=C3|C3|||not UTF-8\n"
      "|15|=||||soft line break: the line goes on\n" },
    { "Latin 1",
      "Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n",
      "=E9t=E9", "quoted_printable",
      "|0|=E9|E9|\xc3\xa9|U+00E9|in iso-8859-1\n|4|=E9|E9|\xc3\xa9|U+00E9|in iso-8859-1\n" },
    { "EUC-KR", "Content-Type: text/plain; charset=euc-kr\r\nContent-Transfer-Encoding: quoted-printable\r\n",
      "=BE=C8=41", "quoted_printable",
      "|0|=BE|BE|||of a character in euc-kr\n|3|=C8|C8|||of a character in euc-kr\n|6|=41|41|A|U+0041|in euc-kr\n" },
    { "a charset nobody knows",
      "Content-Type: text/plain; charset=x-nobody\r\nContent-Transfer-Encoding: quoted-printable\r\n", "=41",
      "quoted_printable", "|0|=41|41|||of a character in x-nobody\n" },
    { "what is no sign", "Content-Transfer-Encoding: quoted-printable\r\n",
      "a=b  \r\n=0D=0A=00=", "quoted_printable",
      "|1|=||||an = that is no sign: left as it is\n|3|  ||||blanks at the end of a line: left out\n"
      "|7|=0D|0D|CR|U+000D|\n|10|=0A|0A|LF|U+000A|\n|13|=00|00|control|U+0000|\n"
      "|16|=||||soft line break: the line goes on\n" },
    { "a character over a soft line break", "Content-Transfer-Encoding: quoted-printable\r\n", "=C3=\r\n=A9",
      "quoted_printable",
      "|0|=C3|C3|\xc3\xa9|U+00E9|octet 1 of 2\n|3|=||||soft line break: the line goes on\n"
      "|6|=A9|A9|\xc3\xa9|U+00E9|octet 2 of 2\n" },
    { "plain", "", "a=41", "quoted_printable", "" },
};

static void test_show_part_octet_by_octet(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        char *m = g_strconcat(parts[i].header, "\r\n", parts[i].body, NULL);
        struct mime_part *p = mime_parse(span_of(m));
        struct sheet *s = sheet_new("x");
        char *rows;

        mime_show_part(p, s);
        rows = rows_of(s, parts[i].key);
        if (strcmp(rows, parts[i].rows) != 0)
            fail_msg("%s:\n%s\nis not\n%s", parts[i].name, rows, parts[i].rows);
        g_free(rows);
        sheet_free(&s);
        mime_free(&p);
        g_free(m);
    }
}

/* ---- Whatever comes. */

static void test_show_is_bounded(void **state)
{
    GString *m = g_string_new("X: ");
    struct sheet *s;

    (void)state;
    for (unsigned i = 0; i < 20000; i++)
        g_string_append(m, "=?utf-8?q?a?= ");
    g_string_append(m, "\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n");
    for (unsigned i = 0; i < 3000; i++)
        g_string_append(m, "--b\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=41=41\r\n");
    s = show(m->str);
    assert_true(s->tables->len <= 5 + 20 + 1);
    for (guint i = 0; i < s->tables->len; i++)
        assert_true(((struct table *)g_ptr_array_index(s->tables, i))->rows->len <=
                    MIME_PARTS_MAX + MIME_DEPTH_MAX);
    sheet_free(&s);
    g_string_assign(m, "Content-Transfer-Encoding: quoted-printable\r\n\r\n");
    for (unsigned i = 0; i < 100000; i++)
        g_string_append(m, "=41");
    s = show(m->str);
    for (guint i = 0; i < s->tables->len; i++)
        assert_true(((struct table *)g_ptr_array_index(s->tables, i))->rows->len <= 201);
    sheet_free(&s);
    g_string_free(m, TRUE);
}

static void test_show_of_nothing(void **state)
{
    struct sheet *s = show("");

    (void)state;
    assert_rows(s, "fields", "");
    assert_rows(s, "parts", "1|text/plain|us-ascii|7bit||0|0|0.0 %|1|0\n");
    assert_rows(s, "text", "");
    assert_rows(s, "source", "");
    sheet_free(&s);
}

static void test_show_lets_no_control_through(void **state)
{
    struct sheet *s = show(
        "Subject: \x1b[31m=?utf-8?q?=1B[31m?=\r\nContent-Type: text/\x1bq\r\n\r\n\x1b[2J\xff\r\n");
    GString *text = g_string_new(NULL);

    (void)state;
    sheet_to_text(s, text);
    assert_null(strchr(text->str, '\x1b'));
    assert_true(g_utf8_validate(text->str, (gssize)text->len, NULL));
    g_string_free(text, TRUE);
    sheet_free(&s);
}

static void test_show_folds_with_blanks(void **state)
{
    struct sheet *s = show("To: bob@hamburger.edu,\r\n\tann@hamburger.edu\r\n\r\n\xec\x95\x88\tx\r\n");
    GString *text = g_string_new(NULL);

    (void)state;
    sheet_to_text(s, text);
    assert_non_null(strstr(text->str, "        ann@hamburger.edu"));
    assert_non_null(strstr(text->str, "\xec\x95\x88       x"));
    g_string_free(text, TRUE);
    sheet_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_show_tells_the_parts_of_a_letter),
        cmocka_unit_test(test_tell_numbers_parts_as_imap_does),
        cmocka_unit_test(test_tell_rounds_growth),
        cmocka_unit_test(test_show_part_octet_by_octet),
        cmocka_unit_test(test_show_is_bounded),
        cmocka_unit_test(test_show_of_nothing),
        cmocka_unit_test(test_show_lets_no_control_through),
        cmocka_unit_test(test_show_folds_with_blanks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/html.h"

static void test_objects_of_pages(void **state)
{
    static const struct {
        const char *page, *expected;
    } rows[] = {
        { "<img src=\"a.png\">", "a.png" },
        { "<IMG SRC='a.png'/>", "a.png" },
        { "<img alt=x src=a.png>", "a.png" },
        { "<img\n\tsrc = \"a.png\" alt>", "a.png" },
        { "<img src=a.png><img src=b.png><img src=a.png>", "a.png b.png" },
        { "<script src=a.js></script><script>x = '<img src=no>'</script><img src=b>", "a.js b" },
        { "<SCRIPT>'</script ><img src=a>", "a" },
        { "<style>p { background: url(no) } <img src=no></style><img src=a>", "a" },
        { "<link rel=stylesheet href=a.css>", "a.css" },
        { "<link href=a.css rel=\"alternate StyleSheet\">", "a.css" },
        { "<link rel=icon href=no.png><link href=no.css><link rel=stylesheet>", "" },
        { "<iframe src=\"http://b/c\"></iframe>", "http://b/c" },
        { "<a href=no.html>x</a><form action=no><input src=no>", "" },
        { "<!-- <img src=no> --><img src=a>", "a" },
        { "<!--><img src=a>", "a" },
        { "<!-- <img src=no>", "" },
        { "<!DOCTYPE html><?xml?><img src=a>", "a" },
        { "<img alt=\"a>b\" src=c>", "c" },
        { "<img alt=a>b src=no>", "" },
        { "<img alt='\"' src=\"c\">", "c" },
        { "<img src=a?b&amp;c=&#100;>", "a?b&c=d" },
        { "<img src=\"a&nosuch;b&\">", "a&nosuch;b&" },
        { "<img src>", "" },
        { "<img src=>", "" },
        { "<img src=\"\">", "" },
        { "<img src=a src=no>", "a" },
        { "<imgs src=no><im src=no>", "" },
        { "</img src=no>", "" },
        { "< img src=no>", "" },
        { "a < b <img src=c>", "c" },
        { "<img src=\"a.png", "" },
        { "<img src=a", "" },
        { "<", "" },
        { "<>", "" },
        { "", "" },
    };
    unsigned bad = 0;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        GPtrArray *list = html_objects(span_of(rows[i].page));
        char *joined;

        g_ptr_array_add(list, NULL);
        joined = g_strjoinv(" ", (char **)list->pdata);
        if (strcmp(joined, rows[i].expected) != 0) {
            print_error("%s: %s\n", rows[i].page, joined);
            bad++;
        }
        g_free(joined);
        g_ptr_array_unref(list);
    }
    assert_int_equal(bad, 0);
}

static void test_tags_come_one_by_one(void **state)
{
    struct span page = SPAN("x<p class=a>one &lt; two<br/>three</p><verylongnameofatag b=c>");
    struct html_tag tag = { 0 };

    (void)state;
    assert_true(html_next(&page, &tag));
    assert_true(html_tag_is(&tag, "p"));
    assert_string_equal(html_attribute(&tag, "class"), "a");
    assert_null(html_attribute(&tag, "id"));
    assert_true(span_is(tag.text, SPAN("one &lt; two")));
    assert_true(html_next(&page, &tag));
    assert_true(html_tag_is(&tag, "br"));
    assert_true(span_is(tag.text, SPAN("three")));
    assert_true(html_next(&page, &tag));
    assert_false(html_tag_is(&tag, "p"));
    assert_true(tag.is_end);
    assert_string_equal(tag.name, "p");
    assert_true(html_next(&page, &tag));
    assert_string_equal(tag.name, "");
    assert_string_equal(html_attribute(&tag, "b"), "c");
    assert_false(html_next(&page, &tag));
    assert_int_equal(tag.n, 0);
}

static void test_tags_have_limits(void **state)
{
    GString *s = g_string_new("<p");
    struct html_tag tag = { 0 };
    struct span page;

    (void)state;
    for (unsigned i = 0; i < 10000; i++)
        g_string_append_printf(s, " a%u=b", i);
    g_string_append(s, ">x");
    page = span_bytes(s->str, s->len);
    assert_true(html_next(&page, &tag));
    assert_int_equal(tag.n, HTML_ATTRIBUTES_MAX);
    assert_true(span_is(tag.text, SPAN("x")));
    html_tag_clear(&tag);
    g_string_free(s, TRUE);
}

static void test_text_is_no_markup(void **state)
{
    static const struct {
        const char *text, *expected;
    } rows[] = {
        { "plain", "plain" },
        { "<script>alert('x')</script>", "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;" },
        { "a & b &amp; \"c\"", "a &amp; b &amp;amp; &quot;c&quot;" },
        { "\xed\x95\x9c\n\t", "\xed\x95\x9c\n\t" },
        { "\xff<\xc3", "\xef\xbf\xbd&lt;\xef\xbf\xbd" },
        { "\x1b[31m\x7f", "\xef\xbf\xbd[31m\xef\xbf\xbd" },
        { "", "" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        GString *s = g_string_new(NULL);

        html_text(s, span_of(rows[i].text));
        assert_string_equal(s->str, rows[i].expected);
        g_string_free(s, TRUE);
    }
}

static void test_entities(void **state)
{
    static const struct {
        const char *text, *expected;
    } rows[] = {
        { "&lt;b&gt; &amp;amp; &quot;&apos;", "<b> &amp; \"'" },
        { "&#65;&#x42;&#X63;", "ABc" },
        { "&#54620;", "\xed\x95\x9c" },
        { "&#0;&#xd800;&#x110000;&#99999999;&#x;&#;&;", "&#0;&#xd800;&#x110000;&#99999999;&#x;&#;&;" },
        { "a&b;c & d", "a&b;c & d" },
        { "&amp", "&amp" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        char *s = html_decode(span_of(rows[i].text));

        assert_string_equal(s, rows[i].expected);
        g_free(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_objects_of_pages), cmocka_unit_test(test_tags_come_one_by_one),
        cmocka_unit_test(test_tags_have_limits), cmocka_unit_test(test_text_is_no_markup),
        cmocka_unit_test(test_entities),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <gmime/gmime.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "mail/mime.h"
#include "mail/mime_decode.h"

/* "multipart/mixed[header|body](child child)": every span as the bytes it covers, CR as \r, LF as \n. */
static void put_span(GString *out, struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] == '\r')
            g_string_append(out, "\\r");
        else if (s.at[i] == '\n')
            g_string_append(out, "\\n");
        else
            g_string_append_c(out, s.at[i]);
    }
}

static void put_part(GString *out, const struct mime_part *p, bool bodies)
{
    g_string_append_printf(out, "%s/%s[", p->type, p->subtype);
    put_span(out, p->header);
    if (bodies || p->parts == NULL) {
        g_string_append_c(out, '|');
        put_span(out, p->body);
    }
    g_string_append_c(out, ']');
    if (p->parts == NULL)
        return;
    g_string_append_c(out, '(');
    for (guint i = 0; i < p->parts->len; i++) {
        if (i > 0)
            g_string_append_c(out, ' ');
        put_part(out, g_ptr_array_index(p->parts, i), bodies);
    }
    g_string_append_c(out, ')');
}

#define MP(b)  "Content-Type: multipart/mixed; boundary=" b "\r\n\r\n"
#define MPX(b) "Content-Type: multipart/mixed; boundary=" b "\\r\\n\\r\\n"

static const struct {
    const char *name, *message, *tree;
} trees[] = {
    { "nothing", "", "text/plain[|]" },
    { "plain", "Subject: x\r\n\r\nHi\r\n", "text/plain[Subject: x\\r\\n\\r\\n|Hi\\r\\n]" },
    { "bare LF", "Subject: x\n\nHi\n", "text/plain[Subject: x\\n\\n|Hi\\n]" },
    { "no header", "\r\nHi\r\n", "text/plain[\\r\\n|Hi\\r\\n]" },
    { "no body", "Subject: x\r\n", "text/plain[Subject: x\\r\\n|]" },
    { "blank line and no body", "Subject: x\r\n\r\n", "text/plain[Subject: x\\r\\n\\r\\n|]" },
    { "header without line end", "Subject: x", "text/plain[Subject: x|]" },
    { "no MIME at all", "Hello there\r\nyou\r\n", "text/plain[|Hello there\\r\\nyou\\r\\n]" },
    { "body without blank line", "Subject: x\r\nHello\r\n", "text/plain[Subject: x\\r\\n|Hello\\r\\n]" },
    { "folded field", "Subject: x\r\n y\r\n\r\nHi", "text/plain[Subject: x\\r\\n y\\r\\n\\r\\n|Hi]" },
    { "lone CR is no line end", "A: b\r\rC\r\n\r\nx", "text/plain[A: b\\r\\rC\\r\\n\\r\\n|x]" },
    { "8 bit", "Subject: \xc3\xa9\r\n\r\n\xe9\r\n", "text/plain[Subject: \xc3\xa9\\r\\n\\r\\n|\xe9\\r\\n]" },
    { "two parts, preamble, epilogue",
      MP("b") "pre\r\n--b\r\n\r\none\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>\r\n\r\n--b--\r\npost\r\n",
      "multipart/mixed[" MPX("b") "](text/plain[\\r\\n|one] "
                                  "text/html[Content-Type: text/html\\r\\n\\r\\n|<p>\\r\\n])" },
    { "bare LF in parts",
      "Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\nX: y\n\ntwo\n--b--\n",
      "multipart/mixed[Content-Type: multipart/mixed; boundary=b\\n\\n](text/plain[\\n|one] "
      "text/plain[X: y\\n\\n|two])" },
    { "no end boundary", MP("b") "--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n",
      "multipart/mixed[" MPX("b") "](text/plain[\\r\\n|one] text/plain[\\r\\n|two\\r\\n])" },
    { "nothing behind a boundary", MP("b") "--b\r\n", "multipart/mixed[" MPX("b") "](text/plain[|])" },
    { "empty parts", MP("b") "--b\r\n--b\r\n\r\n--b\r\nX: y\r\n\r\n--b\r\n\r\n\r\n--b--",
      "multipart/mixed[" MPX("b") "](text/plain[|] text/plain[\\r\\n|] text/plain[X: y\\r\\n\\r\\n|] "
                                  "text/plain[\\r\\n|])" },
    { "part without header or blank line", MP("b") "--b\r\nhello\r\n--b--\r\n",
      "multipart/mixed[" MPX("b") "](text/plain[|hello])" },
    { "header up to the boundary", MP("b") "--b\r\nX: y\r\n--b--\r\n",
      "multipart/mixed[" MPX("b") "](text/plain[X: y\\r\\n|])" },
    { "spaces behind the boundary", MP("b") "--b \t\r\n\r\none\r\n--b-- \r\nrest\r\n",
      "multipart/mixed[" MPX("b") "](text/plain[\\r\\n|one])" },
    { "more than the boundary", MP("b") "--b\r\n\r\none\r\n--bc\r\n-b\r\n --b\r\n--b-\r\n--b--x\r\n--b--\r\n",
      "multipart/mixed[" MPX("b") "](text/plain[\\r\\n|one\\r\\n--bc\\r\\n-b\\r\\n --b\\r\\n--b-\\r\\n"
                                  "--b--x])" },
    { "after the end all is epilogue", MP("b") "--b\r\n\r\none\r\n--b--\r\n--b\r\n\r\ntwo\r\n--b--\r\n",
      "multipart/mixed[" MPX("b") "](text/plain[\\r\\n|one])" },
    { "end boundary alone", MP("b") "--b--\r\nx\r\n", "multipart/mixed[" MPX("b") "|--b--\\r\\nx\\r\\n]" },
    { "boundary that never comes", MP("b") "--c\r\n", "multipart/mixed[" MPX("b") "|--c\\r\\n]" },
    { "no boundary", "Content-Type: multipart/mixed\r\n\r\n--\r\n",
      "multipart/mixed[Content-Type: multipart/mixed\\r\\n\\r\\n|--\\r\\n]" },
    { "empty boundary", "Content-Type: multipart/mixed; boundary=\"\"\r\n\r\n--\r\n\r\nx\r\n",
      "multipart/mixed[Content-Type: multipart/mixed; boundary=\"\"\\r\\n\\r\\n|--\\r\\n\\r\\nx\\r\\n]" },
    { "quoted boundary", MP("\"a b:c\"") "--a b:c\r\n\r\nx\r\n--a b:c--\r\n",
      "multipart/mixed[" MPX("\"a b:c\"") "](text/plain[\\r\\n|x])" },
    { "no boundary but its beginning", MP("ab") "--a\r\n\r\nx\r\n--ab\r\n\r\ny\r\n--ab--\r\n",
      "multipart/mixed[" MPX("ab") "](text/plain[\\r\\n|y])" },
    { "nested", MP("a") "--a\r\n" MP("b") "p\r\n--b\r\n\r\n1\r\n--b--\r\ne\r\n--a\r\n\r\n2\r\n--a--\r\n",
      "multipart/mixed[" MPX("a") "](multipart/mixed[" MPX(
          "b") "](text/plain[\\r\\n|1]) text/plain[\\r\\n|2])" },
    { "nested, the inner one not ended",
      MP("a") "--a\r\n" MP("b") "--b\r\n\r\n1\r\n--a\r\n\r\n2\r\n--a--\r\n",
      "multipart/mixed[" MPX("a") "](multipart/mixed[" MPX(
          "b") "](text/plain[\\r\\n|1]) text/plain[\\r\\n|2])" },
    { "nested, one boundary for both", MP("a") "--a\r\n" MP("a") "--a\r\n\r\n1\r\n--a--\r\n",
      "multipart/mixed[" MPX("a") "](multipart/mixed[" MPX("a") "|] text/plain[\\r\\n|1])" },
    { "nested, one boundary begins the other",
      MP("a") "--a\r\n" MP("ab") "--ab\r\n\r\n1\r\n--ab--\r\n--a--\r\n",
      "multipart/mixed[" MPX("a") "](multipart/mixed[" MPX("ab") "](text/plain[\\r\\n|1]))" },
    { "message within",
      MP("a") "--a\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\nHi\r\n--a--\r\n",
      "multipart/mixed[" MPX("a") "](message/rfc822[Content-Type: message/rfc822\\r\\n\\r\\n]("
                                  "text/plain[Subject: in\\r\\n\\r\\n|Hi]))" },
    { "message within a message, and parts in it",
      "Content-Type: message/rfc822\r\n\r\nSubject: in\r\n" MP("b") "--b\r\n\r\n1\r\n--b--\r\n",
      "message/rfc822[Content-Type: message/rfc822\\r\\n\\r\\n](multipart/mixed[Subject: in\\r\\n" MPX(
          "b") "](text/plain[\\r\\n|1]))" },
    { "message within without a body",
      MP("a") "--a\r\nContent-Type: message/rfc822\r\n\r\nS: i\r\n\r\n--a--\r\n",
      "multipart/mixed[" MPX("a") "](message/rfc822[Content-Type: message/rfc822\\r\\n\\r\\n]("
                                  "text/plain[S: i\\r\\n\\r\\n|]))" },
    { "message within, encoded against RFC 2046",
      "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nUzogeA0KDQo=\r\n",
      "message/rfc822[Content-Type: message/rfc822\\r\\nContent-Transfer-Encoding: base64\\r\\n\\r\\n"
      "|UzogeA0KDQo=\\r\\n]" },
    { "digest",
      "Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nSubject: x\r\n\r\nHi\r\n--b--\r\n",
      "multipart/digest[Content-Type: multipart/digest; boundary=b\\r\\n\\r\\n]("
      "message/rfc822[\\r\\n](text/plain[Subject: x\\r\\n\\r\\n|Hi]))" },
    { "type as written", "content-TYPE: TEXT/Html\r\n\r\n",
      "TEXT/Html[content-TYPE: TEXT/Html\\r\\n\\r\\n|]" },
    { "type without subtype", "Content-Type: text\r\n\r\n", "text/plain[Content-Type: text\\r\\n\\r\\n|]" },
    { "type that is none", "Content-Type: ;;;\r\n\r\n", "text/plain[Content-Type: ;;;\\r\\n\\r\\n|]" },
    { "type that is empty", "Content-Type:\r\n\r\n", "text/plain[Content-Type:\\r\\n\\r\\n|]" },
};

static void test_mime_finds_parts_where_they_lie(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(trees); i++) {
        struct span message = span_of(trees[i].message);
        struct mime_part *root = mime_parse(message);
        GString *tree = g_string_new(NULL);

        put_part(tree, root, false);
        if (strcmp(tree->str, trees[i].tree) != 0)
            fail_msg("%s:\n  %s\nis not\n  %s", trees[i].name, tree->str, trees[i].tree);
        assert_true(root->header.at == message.at);
        assert_int_equal(root->header.len + root->body.len, message.len);
        g_string_free(tree, TRUE);
        mime_free(&root);
        assert_null(root);
    }
}

static unsigned count(const struct mime_part *p)
{
    unsigned n = 1;

    for (guint i = 0; p->parts != NULL && i < p->parts->len; i++)
        n += count(g_ptr_array_index(p->parts, i));
    return n;
}

static unsigned depth(const struct mime_part *p)
{
    unsigned deepest = 0;

    for (guint i = 0; p->parts != NULL && i < p->parts->len; i++) {
        unsigned below = depth(g_ptr_array_index(p->parts, i)) + 1;

        deepest = MAX(deepest, below);
    }
    return deepest;
}

static void test_mime_goes_fifty_levels_down(void **state)
{
    static const struct {
        unsigned levels, depth;
    } rows[] = { { 1, 1 }, { 49, 49 }, { 50, 50 }, { 51, 50 }, { 3000, 50 } };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        for (int kind = 0; kind < 2; kind++) {
            GString *m = g_string_new(NULL);
            struct mime_part *root;

            for (unsigned n = 0; n < rows[i].levels; n++)
                if (kind == 0)
                    g_string_append_printf(m, MP("\"%u\"") "--%u\r\n", n, n);
                else
                    g_string_append(m, "Content-Type: message/rfc822\r\n\r\n");
            g_string_append(m, "\r\nHi\r\n");
            root = mime_parse(span_bytes(m->str, m->len));
            assert_int_equal(depth(root), rows[i].depth);
            assert_int_equal(count(root), rows[i].depth + 1);
            mime_free(&root);
            g_string_free(m, TRUE);
        }
}

static void test_mime_counts_to_a_thousand(void **state)
{
    static const struct {
        unsigned parts, found;
    } rows[] = { { 999, 999 }, { 1000, 1000 }, { 1001, 1000 }, { 50000, 1000 } };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        GString *m = g_string_new(MP("b"));
        struct mime_part *root, *last;
        const char *body;

        for (unsigned n = 0; n < rows[i].parts; n++)
            g_string_append_printf(m, "--b\r\n\r\n%u\r\n", n);
        g_string_append(m, "--b--\r\n");
        root = mime_parse(span_bytes(m->str, m->len));
        assert_int_equal(root->parts->len, rows[i].found);
        last = g_ptr_array_index(root->parts, rows[i].found - 1);
        body = last->body.at;
        if (rows[i].parts == rows[i].found)
            assert_int_equal(last->body.len, 3 + (rows[i].parts > 1000));
        else
            assert_true(body + last->body.len == m->str + m->len); /* the rest, in one */
        mime_free(&root);
        g_string_free(m, TRUE);
    }
}

/* Many parts in each of many multiparts: what is over goes into one part a level. */
static void test_mime_counts_through_all_levels(void **state)
{
    GString *m = g_string_new(MP("a"));
    struct mime_part *root;

    (void)state;
    for (unsigned i = 0; i < 40; i++) {
        g_string_append(m, "--a\r\n" MP("b"));
        for (unsigned k = 0; k < 100; k++)
            g_string_append(m, "--b\r\n\r\n");
        g_string_append(m, "--b--\r\n");
    }
    root = mime_parse(span_bytes(m->str, m->len));
    assert_in_range(count(root), MIME_PARTS_MAX, MIME_PARTS_MAX + MIME_DEPTH_MAX);
    mime_free(&root);
    g_string_free(m, TRUE);
}

/* ---- GMime's own parse of the whole as the judge: the same leaves at the same places. */

struct leaf {
    gint64 start, end;
};

static void gmime_leaves(GMimeObject *o, GArray *out)
{
    if (GMIME_IS_MULTIPART(o)) {
        for (int i = 0; i < g_mime_multipart_get_count(GMIME_MULTIPART(o)); i++)
            gmime_leaves(g_mime_multipart_get_part(GMIME_MULTIPART(o), i), out);
    } else if (GMIME_IS_MESSAGE_PART(o)) {
        GMimeMessage *within = g_mime_message_part_get_message(GMIME_MESSAGE_PART(o));

        gmime_leaves(g_mime_message_get_mime_part(within), out);
    } else {
        GMimeStream *s = g_mime_data_wrapper_get_stream(g_mime_part_get_content(GMIME_PART(o)));
        struct leaf leaf = { s->bound_start, s->bound_end };

        g_array_append_val(out, leaf);
    }
}

static void our_leaves(const struct mime_part *p, const char *base, GArray *out)
{
    if (p->parts == NULL) {
        struct leaf leaf = { p->body.at - base, p->body.at + p->body.len - base };

        g_array_append_val(out, leaf);
        return;
    }
    for (guint i = 0; i < p->parts->len; i++)
        our_leaves(g_ptr_array_index(p->parts, i), base, out);
}

static void test_mime_agrees_with_gmime(void **state)
{
    static const char *const messages[] = {
        "Subject: x\r\n\r\nHi\r\n",
        "Subject: x\n\nHi\n",
        MP("b") "pre\r\n--b\r\n\r\none\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>\r\n\r\n--b--\r\npost\r\n",
        MP("b") "--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n",
        MP("a") "--a\r\n" MP(
            "b") "p\r\n--b\r\n\r\n1\r\n--b\r\n\r\n2\r\n--b--\r\ne\r\n--a\r\n\r\n3\r\n--a--\r\n",
        MP("a") "--a\r\n" MP("b") "--b\r\n\r\n1\r\n--a\r\n\r\n2\r\n--a--\r\n",
        MP("a") "--a\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\n" MP(
            "b") "--b\r\n\r\n1\r\n--b\r\n\r\n2\r\n--b--\r\n\r\n--a\r\n\r\n3\r\n--a--\r\n",
        MP("a") "--a\r\nContent-Type: text/plain\r\n\r\n\r\n--a  \r\nX: y\r\n\r\n\r\n\r\n--a--\r\n",
    };

    (void)state;
    mime_start();
    for (size_t i = 0; i < G_N_ELEMENTS(messages); i++) {
        GMimeStream *stream = g_mime_stream_mem_new_with_buffer(messages[i], strlen(messages[i]));
        GMimeParser *parser = g_mime_parser_new_with_stream(stream);
        GArray *theirs = g_array_new(FALSE, FALSE, sizeof(struct leaf)), *ours = g_array_copy(theirs);
        struct mime_part *root = mime_parse(span_of(messages[i]));
        GMimeMessage *m;

        g_mime_parser_set_persist_stream(parser, TRUE);
        m = g_mime_parser_construct_message(parser, NULL);
        gmime_leaves(g_mime_message_get_mime_part(m), theirs);
        our_leaves(root, messages[i], ours);
        assert_int_equal(theirs->len, ours->len);
        for (guint k = 0; k < ours->len; k++) {
            struct leaf a = g_array_index(theirs, struct leaf, k), b = g_array_index(ours, struct leaf, k);

            if (a.start != b.start || a.end != b.end)
                fail_msg("message %zu, leaf %u: GMime has %d-%d, we have %d-%d", i, k, (int)a.start,
                         (int)a.end, (int)b.start, (int)b.end);
        }
        mime_free(&root);
        g_array_unref(theirs);
        g_array_unref(ours);
        g_object_unref(m);
        g_object_unref(parser);
        g_object_unref(stream);
    }
}

/* ---- Fields. */

static void test_mime_reads_fields(void **state)
{
    struct mime_part *p = mime_parse(
        SPAN("Content-Type: image/PNG; name=\"a b.png\"; X=1\r\n"
             "content-id: <1@x>\r\nContent-Description: a\r\n  picture\r\nContent-MD5: Q2hlY2s=\r\n"
             "Content-Transfer-Encoding: Base64 (of course)\r\nContent-Location: http://x/\r\n"
             "Content-Disposition: Attachment; filename*0*=utf-8''%EC%95%88%EB; filename*1*=%85%95.png\r\n"
             "Content-Language: en (mostly, but), ko,,\r\n\r\nQQ==\r\n\r\n"));
    struct mime_param *x = &g_array_index(p->params, struct mime_param, 1);

    (void)state;
    assert_true(mime_is(p, "IMAGE", "png") && mime_is(p, "image", NULL) && !mime_is(p, "image", "gif"));
    assert_string_equal(p->subtype, "PNG");
    assert_string_equal(mime_param(p, "NAME"), "a b.png");
    assert_string_equal(x->value, "1");
    assert_null(mime_param(p, "charset"));
    assert_string_equal(p->id, "<1@x>");
    assert_string_equal(p->description, "a  picture");
    assert_string_equal(p->md5, "Q2hlY2s=");
    assert_string_equal(p->location, "http://x/");
    assert_string_equal(p->encoding_text, "Base64 (of course)");
    assert_int_equal(p->encoding, MIME_BASE64);
    assert_string_equal(p->disposition, "Attachment");
    assert_string_equal(mime_filename(p), "\xec\x95\x88\xeb\x85\x95.png");
    assert_int_equal(p->languages->len, 2);
    assert_string_equal(g_ptr_array_index(p->languages, 0), "en");
    assert_string_equal(g_ptr_array_index(p->languages, 1), "ko");
    assert_int_equal(p->body_lines, 2);
    mime_free(&p);

    p = mime_parse(SPAN("Content-Type: text/plain; name=\"=?utf-8?B?7JWI64WV?=\"\r\n\r\n"));
    assert_string_equal(mime_filename(p), "\xec\x95\x88\xeb\x85\x95"); /* against RFC 2047 §5, and common */
    assert_null(p->id);
    assert_null(p->disposition);
    assert_null(p->languages);
    assert_null(p->encoding_text);
    assert_int_equal(p->encoding, MIME_7BIT);
    assert_int_equal(p->body_lines, 0);
    mime_free(&p);
}

static void test_mime_knows_encodings(void **state)
{
    static const struct {
        const char *text;
        enum mime_encoding encoding;
    } rows[] = { { "7bit", MIME_7BIT },      { "8BIT", MIME_8BIT },
                 { "binary", MIME_BINARY },  { "base64", MIME_BASE64 },
                 { "base64;", MIME_BASE64 }, { "Quoted-Printable", MIME_QUOTED_PRINTABLE },
                 { "x-uue", MIME_UNKNOWN },  { "", MIME_UNKNOWN },
                 { "base", MIME_UNKNOWN } };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        char *m = g_strdup_printf("Content-Transfer-Encoding: %s\r\n\r\n", rows[i].text);
        struct mime_part *p = mime_parse(span_of(m));

        if (p->encoding != rows[i].encoding)
            fail_msg("%s is read as %s", rows[i].text, mime_encoding_text(p->encoding));
        mime_free(&p);
        g_free(m);
    }
}

static void test_mime_finds_the_text_for_reading(void **state)
{
    static const struct {
        const char *message, *text;
    } rows[] = {
        { "\r\nHi", "Hi" },
        { "Content-Type: text/html\r\n\r\nHi", "Hi" },
        { "Content-Type: image/png\r\n\r\nHi", NULL },
        { MP("b") "--b\r\nContent-Type: text/html\r\n\r\n<p>\r\n--b\r\n\r\nHi\r\n--b--\r\n", "Hi" },
        { MP("b") "--b\r\nContent-Disposition: attachment\r\n\r\nno\r\n--b\r\nContent-Disposition: inline\r\n\r\nHi",
          "Hi" },
        { MP("b") "--b\r\nContent-Type: message/rfc822\r\n\r\n\r\nno\r\n--b\r\n" MP("c") "--c\r\n\r\nHi",
          "Hi" },
        { MP("b") "none", NULL },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct mime_part *root = mime_parse(span_of(rows[i].message));
        const struct mime_part *p = mime_text_part(root);

        if (rows[i].text == NULL)
            assert_null(p);
        else
            assert_true(p != NULL && span_is(p->body, span_of(rows[i].text)));
        mime_free(&root);
    }
}

/* ---- Decoding. */

static void test_mime_decodes(void **state)
{
    static const struct {
        const char *encoding, *body, *octets;
    } rows[] = {
        { "7bit", "a=41\r\n", "a=41\r\n" },
        { "x-what", "a=41\r\n", "a=41\r\n" },
        { "quoted-printable", "", "" },
        { "quoted-printable", "caf=C3=A9 =3D\r\n", "caf\xc3\xa9 =\r\n" },
        { "quoted-printable", "caf=c3=a9", "caf\xc3\xa9" },
        { "quoted-printable", "a=\r\nb=\nc= \t\r\nd=", "abcd" },
        { "quoted-printable", "a \t\r\nb  c\t\nd ", "a\r\nb  c\nd" },
        { "quoted-printable", "a=20\r\nb", "a \r\nb" },
        { "quoted-printable", "a=4", "a=4" },
        { "quoted-printable", "=XY=  =4=\r\n", "=XY=  =4" },
        { "quoted-printable", "=\r=41", "=\rA" },
        { "base64", "", "" },
        { "base64", "SGk=", "Hi" },
        { "base64", "SGk=\r\n", "Hi" },
        { "base64", "SG\r\nk!h\r\n", "Hi!" },
        { "base64", "SGk", "Hi" },
        { "base64", "S", "" },
        { "base64", "SGkhS", "Hi!" },
        { "base64", "S-G k_h", "Hi!" },
        { "base64", "SA==SA==", "H" },
        { "base64", "====", "" },
        { "base64", "+/+/", "\xfb\xff\xbf" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        char *m = g_strdup_printf("Content-Transfer-Encoding: %s\r\n\r\n%s", rows[i].encoding, rows[i].body);
        struct mime_part *p = mime_parse(span_of(m));
        GString *out = g_string_new("before ");

        mime_decode(p, out);
        if (strncmp(out->str, "before ", 7) != 0 || strcmp(out->str + 7, rows[i].octets) != 0)
            fail_msg("%s of '%s' gives '%s'", rows[i].encoding, rows[i].body, out->str);
        g_string_free(out, TRUE);
        mime_free(&p);
        g_free(m);
    }
}

static void test_mime_makes_text(void **state)
{
    static const struct {
        const char *type, *body, *text;
    } rows[] = {
        { "text/plain", "a\r\nb\rc\nd\r", "a\nb\nc\nd\n" },
        { "text/plain; charset=us-ascii", "caf\xc3\xa9", "caf\xc3\xa9" },
        { "text/plain; charset=utf-8", "a\xff!", "a\xef\xbf\xbd!" },
        { "text/plain; charset=ISO-8859-1", "caf\xe9\r\n", "caf\xc3\xa9\n" },
        { "text/plain; charset=iso-2022-kr", "\x1b$)C\x0e>H3g\x0f.", "\xec\x95\x88\xeb\x85\x95." },
        { "text/plain; charset=euc-kr", "\xbe\xc8\xb3\xe7", "\xec\x95\x88\xeb\x85\x95" },
        { "text/plain; charset=euc-kr", "\xbe\xc8\xb3", "\xec\x95\x88\xef\xbf\xbd" },
        { "text/plain; charset=euc-kr",
          "\xff"
          "a",
          "\xef\xbf\xbd"
          "a" },
        { "text/plain; charset=x-nobody-knows", "a\xc3\xa9", "a\xc3\xa9" },
        { "text/plain; charset=\"utf-16//IGNORE\"", "a", "a" },
        { "text/plain; charset=\"\"", "a", "a" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        char *m = g_strdup_printf("Content-Type: %s\r\n\r\n%s", rows[i].type, rows[i].body);
        struct mime_part *p = mime_parse(span_of(m));
        GString *out = g_string_new(NULL);

        mime_text(p, out);
        if (strcmp(out->str, rows[i].text) != 0)
            fail_msg("%s, row %zu: '%s' is not '%s'", rows[i].type, i, out->str, rows[i].text);
        g_string_free(out, TRUE);
        mime_free(&p);
        g_free(m);
    }
}

static void test_mime_survives_nul(void **state)
{
    struct mime_part *p = mime_parse(
        SPAN("Sub\0ject: x\r\nContent-Type: text/plain\0; charset=utf-8\r\n\r\na\0b"));
    GString *out = g_string_new(NULL);

    (void)state;
    assert_int_equal(p->header.len + p->body.len,
                     sizeof "Sub\0ject: x\r\nContent-Type: text/plain\0; charset=utf-8\r\n\r\na\0b" - 1);
    mime_decode(p, out);
    assert_true(out->len >= 3 && memcmp(out->str + out->len - 3, "a\0b", 3) == 0);
    g_string_truncate(out, 0);
    mime_text(p, out);
    assert_true(g_utf8_validate(out->str, (gssize)out->len, NULL));
    g_string_free(out, TRUE);
    mime_free(&p);
}

static void test_mime_header_text_is_for_people(void **state)
{
    static const struct {
        const char *value, *text;
    } rows[] = {
        { "", "" },
        { " Hello\r\n there \r\n", "Hello there" },
        { "=?utf-8?B?7JWI64WV?=", "\xec\x95\x88\xeb\x85\x95" },
        { "=?utf-8?q?caf=C3=A9_au?=\r\n =?utf-8?q?_lait?= x", "caf\xc3\xa9 au lait x" },
        { "=?euc-kr?B?vsiz5w==?= <a@b>", "\xec\x95\x88\xeb\x85\x95 <a@b>" },
        { "=?utf-8?q?a=0D=0AB=3A?=", "a  B:" },
        { "caf\xc3\xa9 \xff", "caf\xc3\xa9 \xef\xbf\xbd" },
        { "=?utf-8?x?nothing?= =?", "=?utf-8?x?nothing?= =?" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        GString *out = g_string_new(NULL);

        mime_header_text(span_of(rows[i].value), out);
        if (strcmp(out->str, rows[i].text) != 0)
            fail_msg("'%s' gives '%s'", rows[i].value, out->str);
        g_string_free(out, TRUE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mime_finds_parts_where_they_lie),
        cmocka_unit_test(test_mime_goes_fifty_levels_down),
        cmocka_unit_test(test_mime_counts_to_a_thousand),
        cmocka_unit_test(test_mime_counts_through_all_levels),
        cmocka_unit_test(test_mime_agrees_with_gmime),
        cmocka_unit_test(test_mime_reads_fields),
        cmocka_unit_test(test_mime_knows_encodings),
        cmocka_unit_test(test_mime_finds_the_text_for_reading),
        cmocka_unit_test(test_mime_decodes),
        cmocka_unit_test(test_mime_makes_text),
        cmocka_unit_test(test_mime_survives_nul),
        cmocka_unit_test(test_mime_header_text_is_for_people),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

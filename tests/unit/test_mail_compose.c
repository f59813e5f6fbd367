/* Letters in all sorts of scripts with all sorts of files: what goes out is fit for the way, and what is
 * taken apart again is what went in. `test_mail_compose --write DIRECTORY` leaves them there, each beside a
 * JSON file of what it was made of, for another to judge (tests/cli/letters.py). */
#include <cJSON.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "mail/compose.h"
#include "mail/mime.h"

enum { FILES_MAX = 4 };

struct letter {
    const char *what, *name, *subject, *text;
    enum mime_encoding encoding;
    struct mail_attachment files[FILES_MAX];
    const char *encodings; /* that its parts have, in order */
};

static char all_octets[4 * 256], long_line[5000], many_lines[3 * 998], many_names[1200], many_blanks[1200];
static char long_types[6][1200];

#define KO       "\xec\x95\x88\xeb\x85\x95\xed\x95\x98\xec\x84\xb8\xec\x9a\x94" /* annyeonghaseyo */
#define RU       "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82"             /* privet */
#define AR       "\xd9\x85\xd8\xb1\xd8\xad\xd8\xa8\xd8\xa7"                     /* marhaba */
#define JA       "\xe3\x81\x93\xe3\x82\x93\xe3\x81\xab\xe3\x81\xa1\xe3\x81\xaf" /* konnichiwa */
#define FR       "Cr\xc3\xaapes \xe2\x80\x94 d\xc3\xa9j\xc3\xa0"                /* Crepes - deja */
#define EMOJI    "\xf0\x9f\x8d\x94\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x94\xac" /* a hamburger, a scientist */
#define COMBINED "e\xcc\x81"                                                    /* e and an acute */
#define OCTETS                                                                                               \
    {                                                                                                        \
        all_octets, sizeof all_octets                                                                        \
    }

static const struct letter letters[] = {
    { "plain", "Alice", "Lunch on Friday?", "Hi Bob,\n\nlunch?\n", 0, { { 0 } }, "7bit" },
    { "nothing", NULL, NULL, "", 0, { { 0 } }, "7bit" },
    { "French",
      "Ren\xc3\xa9"
      "e",
      FR,
      FR ", or so, and \xc3\xa0 bient\xc3\xb4t, and so on\n",
      0,
      { { 0 } },
      "quoted-printable" },
    { "Korean", KO, KO " " KO " " KO " " KO " " KO " " KO, KO "\n" KO " " KO "\n", 0, { { 0 } }, "base64" },
    { "Russian", RU " (" RU ")", RU ": " RU, RU ", " RU "!\n", 0, { { 0 } }, "base64" },
    { "Arabic", AR, AR, AR "\n" AR, 0, { { 0 } }, "base64" },
    { "Japanese", JA ", " JA, JA "? " JA, JA "\n", 0, { { 0 } }, "base64" },
    { "emoji",
      "Bob " EMOJI,
      EMOJI EMOJI EMOJI EMOJI EMOJI EMOJI,
      "A " EMOJI " for you, and nothing else, this once\n",
      0,
      { { 0 } },
      "quoted-printable" },
    { "combining",
      COMBINED,
      "r" COMBINED "sum" COMBINED,
      COMBINED " alone, and then much that is only ASCII\n",
      0,
      { { 0 } },
      "quoted-printable" },
    { "names that need quotes", "Bob \"B\" O'Hara, Jr. <x> \\", "a = ? b", "x\n", 0, { { 0 } }, "7bit" },
    { "name and quotes of another script", KO " \"" KO "\"", "x", "x\n", 0, { { 0 } }, "7bit" },
    { "a long subject of one word", NULL, long_line + 4000, "x\n", 0, { { 0 } }, "7bit" },
    { "spaces", NULL, "  two  spaces  ", "trailing \n\ttab\t\n \n  \n", 0, { { 0 } }, "7bit" },
    { "quoted-printable on demand",
      NULL,
      "x",
      "a = b\ntrailing \ntab\t\nFrom here\n.dot\n",
      MIME_QUOTED_PRINTABLE,
      { { 0 } },
      "quoted-printable" },
    { "base64 on demand", NULL, "x", "a = b\ntrailing \n", MIME_BASE64, { { 0 } }, "base64" },
    { "empty, base64", NULL, "x", "", MIME_BASE64, { { 0 } }, "base64" },
    { "a line too long", NULL, "x", long_line, 0, { { 0 } }, "quoted-printable" },
    { "lines as long as may be", NULL, "x", many_lines, 0, { { 0 } }, "7bit" },
    { "controls",
      NULL,
      "a\tb\x7f"
      "c",
      "a\x01\x1b[31mb\x7f\n",
      0,
      { { 0 } },
      "quoted-printable" },
    { "a carriage return", NULL, "x", "a\rb\r\nc\n", 0, { { 0 } }, "quoted-printable" },
    { "no UTF-8", "\xff", "\xc3(", "a\xff is what it is\n", 0, { { 0 } }, "quoted-printable" },
    { "a picture", "Alice", "Crepes", "Here.\n", 0, { { "crepe.png", "image/png", OCTETS } }, "7bit base64" },
    { "a picture in quoted-printable",
      NULL,
      "x",
      "Here.\n",
      MIME_QUOTED_PRINTABLE,
      { { "crepe.png", "image/png", OCTETS } },
      "quoted-printable quoted-printable" },
    { "texts",
      NULL,
      "x",
      "Here.\n",
      0,
      { { "a.txt", "text/plain", SPAN("one\ntwo\n") },
        { "b.csv", NULL, SPAN("a,b\r\n1,2") },
        { "c.txt", NULL, SPAN(FR ", and then much that is only ASCII\n") },
        { "d.html", NULL, SPAN("<p>" KO KO KO "</p>\n\n") } },
      "7bit 7bit 7bit quoted-printable base64" },
    { "texts that are none",
      NULL,
      "x",
      "Here.\n",
      0,
      { { "a.txt", NULL, SPAN("lone\rCR") },
        { "b.txt", NULL, SPAN("both\nkinds\r\n") },
        { "c.txt", NULL, SPAN("with\0NUL") },
        { "d.txt", "text/plain", SPAN("\xe9t\xe9 is no UTF-8, and it is not said what it is\n") } },
      "7bit base64 base64 base64 quoted-printable" },
    { "a charset of its own",
      NULL,
      "x",
      "Here.\n",
      0,
      { { "a.txt", "text/plain; charset=euc-kr", SPAN("\xbe\xc8\xb3\xe7\n") } },
      "7bit base64" },
    { "names",
      NULL,
      "x",
      "Here.\n",
      0,
      { { KO ".pdf", NULL, OCTETS },
        { "a \"b\" c\\d;e=f.bin", NULL, SPAN("x") },
        { FR " " FR " " FR " " FR " " FR " " FR " " KO " " EMOJI ".zip", NULL, SPAN("\x01") },
        { "line\r\nX-Injected: yes.txt", NULL, SPAN("x") } },
      "7bit base64 base64 base64 7bit" },
    { "no name, no type, no data",
      NULL,
      "x",
      "Here.\n",
      0,
      { { NULL, NULL, SPAN("x") }, { "empty.txt", NULL, SPAN("") }, { "empty.png", NULL, SPAN("") } },
      "7bit base64 7bit base64" },
    { "types",
      NULL,
      "x",
      "Here.\n",
      0,
      { { "a", "no type at all", SPAN("x") },
        { "b", "text/x-\xc3\xa9", SPAN("x") },
        { "c", "text/plain\r\nX-Injected: yes", SPAN("x") },
        { "d", "multipart/mixed; boundary=x", SPAN("--x\r\n\r\n\r\n--x--\r\n") } },
      NULL },
    { "a long name", many_names, "x", "x\n", 0, { { 0 } }, "7bit" },
    { "many blanks", many_blanks, many_blanks, "x\n", 0, { { 0 } }, "7bit" },
    { "long types",
      NULL,
      "x",
      "Here.\n",
      0,
      { { "a", long_types[0], SPAN("x") },
        { "b", long_types[1], SPAN("x") },
        { "c", long_types[2], SPAN("x") },
        { "d", long_types[3], SPAN("x") } },
      "7bit base64 base64 base64 base64" },
    { "types as long as may be",
      NULL,
      "x",
      "Here.\n",
      0,
      { { "a", long_types[4], SPAN("x") }, { "b", long_types[5], SPAN("x") } },
      "7bit 7bit 7bit" },
    { "long names of files",
      NULL,
      "x",
      "Here.\n",
      0,
      { { long_line + 4000, "image/png", SPAN("x") },
        { many_names, "image/png", SPAN("x") },
        { many_blanks, "image/png", SPAN("x") } },
      "7bit base64 base64 base64" },
    { "parameters",
      NULL,
      "x",
      "Here.\n",
      0,
      { { "a", "text/plain; charset=us-ascii; bound\x96ry=x", SPAN("x") },
        { "b", "text/csv; header=absent; x=\"a b\"", SPAN("x") } },
      "7bit 7bit 7bit" },
    { "no encoded-words, but like them",
      KO " =?",
      KO " =?utf-8?q? and so on, for longer than a line is, and then a "
         "little more, and what does =?utf-8?z?x?= mean?",
      "x\n",
      0,
      { { 0 } },
      "7bit" },
    { "messages",
      NULL,
      "x",
      "Here.\n",
      0,
      { { "a.eml", NULL, SPAN("Subject: inner\r\n\r\nHello\r\n") },
        { "b.eml", "message/rfc822", SPAN("Subject: \xc3\xa9\r\n\r\n\xc3\xa9\r\n") },
        { "c.eml", "message/rfc822", SPAN("Subject: x\n\nHello\n") } },
      "7bit 7bit base64 7bit" },
    { "all that, in base64",
      KO,
      KO,
      "Here.\n",
      MIME_BASE64,
      { { "a.txt", NULL, SPAN("one\ntwo\n") }, { "b.bin", NULL, OCTETS } },
      "base64 base64 base64" },
    { "all that, in quoted-printable",
      KO,
      KO,
      KO "\n",
      MIME_QUOTED_PRINTABLE,
      { { "a.txt", NULL, SPAN("one \ntwo") },
        { "b.bin", NULL, SPAN("\r\n \r\n") },
        { "c.bin", NULL, SPAN(" ") },
        { "d.txt", NULL, { long_line, 4999 } } },
      "quoted-printable quoted-printable quoted-printable quoted-printable quoted-printable" },
    { "boundaries in the text",
      NULL,
      "x",
      "--=_m7\n--=_m7--\n=_m7.1\n",
      0,
      { { "a.txt", NULL, SPAN("--=_m7.2\r\n") } },
      "7bit 7bit" },
};

static void fill_types(void)
{
    static const struct {
        const char *head;
        unsigned n;
        const char *tail;
        unsigned n_values;
    } rows[] = {
        { "", 1100, "/plain", 0 },       { "text/", 65, "", 0 },           { "text/plain; ", 1100, "=x", 0 },
        { "text/plain; ", 70, "=", 60 }, /* with that, GMime would never end */
        { "text/", 64, "", 0 },          { "text/plain; ", 48, "=", 250 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        char *name = g_strnfill(rows[i].n, 'x'), *type = long_types[i];

        g_snprintf(type, sizeof long_types[i], "%s%s%s", rows[i].head, name, rows[i].tail);
        for (unsigned k = 0; k < rows[i].n_values; k++)
            g_strlcat(type, k == 0 ? "\"a b " : "a b ", sizeof long_types[i]);
        if (rows[i].n_values > 0)
            g_strlcat(type, "\"", sizeof long_types[i]);
        g_free(name);
    }
}

static void fill(void)
{
    for (unsigned i = 0; i < 256; i++)
        all_octets[i] = (char)i;
    for (unsigned i = 256; i < sizeof all_octets; i++)
        all_octets[i] = (char)(i * 2654435761u >> 13);
    memset(long_line, 'x', sizeof long_line - 1);
    memset(many_lines, 'y', sizeof many_lines - 1);
    memset(many_blanks, ' ', sizeof many_blanks - 1);
    many_blanks[0] = many_blanks[sizeof many_blanks - 2] = 'z';
    for (size_t i = 0; i + 1 < sizeof many_names; i++)
        many_names[i] = i % 8 < 7 ? "Bob \"B\" "[i % 8] : ' ';
    many_names[sizeof many_names - 2] = '.';
    fill_types();
    many_lines[998] = many_lines[2 * 998 - 1] = '\n';
}

static unsigned count_files(const struct letter *l)
{
    unsigned n = 0;

    while (n < FILES_MAX && l->files[n].data.at != NULL)
        n++;
    return n;
}

static struct mail_message *compose(const struct letter *l)
{
    static const char *const to[] = { "bob@hamburger.edu" };
    struct mail_desk desk;
    struct mail_message *m;

    mail_desk_init(&desk);
    m = mail_compose(&desk, &(struct mail_letter){ .mail = 7,
                                                   .unix_s = 1772442000,
                                                   .from_name = l->name,
                                                   .from = "alice@crepes.fr",
                                                   .to = to,
                                                   .n_to = 1,
                                                   .subject = l->subject,
                                                   .text = l->text,
                                                   .attachments = l->files,
                                                   .n_attachments = count_files(l),
                                                   .encoding = l->encoding });
    mail_desk_release(&desk);
    return m;
}

/* RFC 5322 §2.1.1, §2.3; RFC 5321 §2.4. */
static void test_compose_makes_what_can_travel(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(letters); i++) {
        struct mail_message *m = compose(&letters[i]);
        size_t line = 0;

        for (size_t k = 0; k < m->data.len; k++) {
            char c = m->data.at[k];
            bool in_break = (c == '\r' && k + 1 < m->data.len && m->data.at[k + 1] == '\n') ||
                            (c == '\n' && k > 0 && m->data.at[k - 1] == '\r');

            line = in_break ? 0 : line + 1;
            if (!in_break && c != '\t' && (c < ' ' || c > '~'))
                fail_msg("%s: octet %02x at %zu", letters[i].what, (unsigned)c & 0xff, k);
            if (line > 998)
                fail_msg("%s: a line of %zu octets", letters[i].what, line);
        }
        assert_true(m->data.len >= 2 && memcmp(m->data.at + m->data.len - 2, "\r\n", 2) == 0);
        assert_null(memmem(m->data.at, m->data.len, "\r\nX-Injected", 12));
        assert_null(memmem(m->data.at, m->data.len, "iso-8859", 8)); /* nobody asks the locale */
        mail_message_unref(&m);
    }
}

static void test_compose_is_the_same_every_time(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(letters); i++) {
        struct mail_message *a = compose(&letters[i]), *b = compose(&letters[i]);

        assert_true(span_is(a->data, b->data));
        mail_message_unref(&a);
        mail_message_unref(&b);
    }
}

static void put_encodings(const struct mime_part *p, GString *out)
{
    if (p->parts == NULL || !mime_is(p, "multipart", NULL)) {
        g_string_append_printf(out, "%s%s", out->len > 0 ? " " : "", mime_encoding_text(p->encoding));
        return;
    }
    for (guint i = 0; i < p->parts->len; i++)
        put_encodings(g_ptr_array_index(p->parts, i), out);
}

static void test_compose_chooses_encodings(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(letters); i++) {
        struct mail_message *m = compose(&letters[i]);
        struct mime_part *root = mime_parse(m->data);
        GString *found = g_string_new(NULL);

        put_encodings(root, found);
        if (letters[i].encodings != NULL && strcmp(found->str, letters[i].encodings) != 0)
            fail_msg("%s: %s, not %s", letters[i].what, found->str, letters[i].encodings);
        g_string_free(found, TRUE);
        mime_free(&root);
        mail_message_unref(&m);
    }
}

/* Line ends as \n, and the last line ended. */
static char *as_lines(struct span data, bool ended)
{
    GString *s = g_string_new(NULL);

    for (size_t i = 0; i < data.len; i++)
        if (data.at[i] != '\r' || i + 1 == data.len || data.at[i + 1] != '\n')
            g_string_append_c(s, data.at[i]);
    if (ended && s->len > 0 && s->str[s->len - 1] != '\n')
        g_string_append_c(s, '\n');
    return g_string_free(s, FALSE);
}

static bool travels_as_lines(const struct mime_part *p, struct span data)
{
    const char *cr = data.len > 0 ? memchr(data.at, '\r', data.len) : NULL;

    return (mime_is(p, "text", NULL) || mime_is(p, "message", NULL)) && cr == NULL &&
           (data.len == 0 || memchr(data.at, '\0', data.len) == NULL);
}

static void test_compose_and_take_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(letters); i++) {
        const struct letter *l = &letters[i];
        struct mail_message *m = compose(l);
        struct mime_part *root = mime_parse(m->data);
        GString *text = g_string_new(NULL);
        char *valid = g_utf8_make_valid(l->text, -1), *wanted;

        for (char *p = valid; *p != '\0'; p++) /* text has one kind of line end when it is read */
            if (*p == '\r' && p[1] != '\n')
                *p = '\n';
        wanted = as_lines(span_of(valid), true);
        mime_text(mime_text_part(root), text);
        if (strcmp(wanted, text->str) != 0)
            fail_msg("%s: the text is '%s'", l->what, text->str);
        assert_true(count_files(l) == 0 || root->parts->len == count_files(l) + 1);
        for (unsigned k = 0; k < count_files(l); k++) {
            const struct mime_part *p = g_ptr_array_index(root->parts, k + 1);
            struct span data = l->files[k].data;
            GString *got = g_string_new(NULL);

            mime_decode(p, got);
            if (travels_as_lines(p, data)) {
                char *a = as_lines(data, false), *b = as_lines(span_bytes(got->str, got->len), false);

                assert_string_equal(a, b);
                g_free(a);
                g_free(b);
            } else if (!span_is(data, span_bytes(got->str, got->len))) {
                fail_msg("%s: file %u has other octets", l->what, k);
            }
            if (l->files[k].name == NULL)
                assert_null(mime_filename(p));
            else if (strchr(l->files[k].name, '\r') == NULL)
                assert_string_equal(mime_filename(p), l->files[k].name);
            assert_string_equal(p->disposition, "attachment");
            g_string_free(got, TRUE);
        }
        g_string_free(text, TRUE);
        g_free(valid);
        g_free(wanted);
        mime_free(&root);
        mail_message_unref(&m);
    }
}

static void test_compose_plain_letter(void **state)
{
    struct mail_message *m = compose(&letters[0]);

    (void)state;
    assert_true(span_is(m->data, SPAN("Date: Mon, 02 Mar 2026 09:00:00 +0000\r\n"
                                      "From: Alice <alice@crepes.fr>\r\n"
                                      "To: bob@hamburger.edu\r\n"
                                      "Subject: Lunch on Friday?\r\n"
                                      "Message-ID: <m7.1772442000@crepes.fr>\r\n"
                                      "\r\n"
                                      "Hi Bob,\r\n\r\nlunch?\r\n")));
    mail_message_unref(&m);
}

static void test_compose_letter_with_file(void **state)
{
    struct letter l = { .name = KO,
                        .subject = "caf\xc3\xa9",
                        .text = "caf\xc3\xa9 = a place, or what is in the cup\n",
                        .files = { { "caf\xc3\xa9.png", NULL, SPAN("\x89PNG") } } };
    struct mail_message *m = compose(&l);

    (void)state;
    assert_true(span_is(m->data, SPAN("Date: Mon, 02 Mar 2026 09:00:00 +0000\r\n"
                                      "From: =?UTF-8?b?7JWI64WV7ZWY7IS47JqU?= <alice@crepes.fr>\r\n"
                                      "To: bob@hamburger.edu\r\n"
                                      "Subject: =?UTF-8?B?Y2Fmw6k=?=\r\n"
                                      "Message-Id: <m7.1772442000@crepes.fr>\r\n"
                                      "MIME-Version: 1.0\r\n"
                                      "Content-Type: multipart/mixed; boundary=\"=_m7\"\r\n"
                                      "\r\n"
                                      "--=_m7\r\n"
                                      "Content-Type: text/plain; charset=utf-8\r\n"
                                      "Content-Transfer-Encoding: quoted-printable\r\n"
                                      "\r\n"
                                      "caf=C3=A9 =3D a place, or what is in the cup\r\n"
                                      "\r\n"
                                      "--=_m7\r\n"
                                      "Content-Type: image/png\r\n"
                                      "Content-Transfer-Encoding: base64\r\n"
                                      "Content-Disposition: attachment;\r\n"
                                      "\tfilename*=UTF-8''caf%C3%A9.png\r\n"
                                      "\r\n"
                                      "iVBORw==\r\n"
                                      "--=_m7--\r\n")));
    mail_message_unref(&m);
}

static void test_compose_boundary_is_in_no_part(void **state)
{
    struct mail_message *m = compose(&letters[G_N_ELEMENTS(letters) - 1]);
    struct mime_part *root = mime_parse(m->data);

    (void)state;
    assert_string_equal(mime_param(root, "boundary"), "=_m7.3");
    mime_free(&root);
    mail_message_unref(&m);
}

/* ---- For another to judge. */

static void add_text(cJSON *to, const char *key, const char *text)
{
    char *valid;

    if (text == NULL) {
        cJSON_AddNullToObject(to, key);
        return;
    }
    valid = g_utf8_make_valid(text, -1);
    cJSON_AddStringToObject(to, key, valid);
    g_free(valid);
}

static int write_all(const char *directory)
{
    bool ok = true;

    for (size_t i = 0; i < G_N_ELEMENTS(letters); i++) {
        const struct letter *l = &letters[i];
        char *eml = g_strdup_printf("%s/%02zu.eml", directory, i),
             *json = g_strdup_printf("%s/%02zu.json", directory, i);
        struct mail_message *m = compose(l);
        cJSON *made_of = cJSON_CreateObject(), *files = cJSON_AddArrayToObject(made_of, "files");
        char *text;

        add_text(made_of, "what", l->what);
        add_text(made_of, "name", l->name);
        add_text(made_of, "subject", l->subject);
        add_text(made_of, "text", l->text);
        for (unsigned k = 0; k < count_files(l); k++) {
            cJSON *file = cJSON_CreateObject();
            char *data = g_base64_encode((const guchar *)l->files[k].data.at, l->files[k].data.len);

            add_text(file, "name", l->files[k].name);
            add_text(file, "type", l->files[k].type);
            add_text(file, "data", data);
            cJSON_AddItemToArray(files, file);
            g_free(data);
        }
        text = cJSON_Print(made_of);
        ok = ok && g_file_set_contents(eml, m->data.at, (gssize)m->data.len, NULL) &&
             g_file_set_contents(json, text, -1, NULL);
        cJSON_free(text);
        cJSON_Delete(made_of);
        mail_message_unref(&m);
        g_free(eml);
        g_free(json);
    }
    return ok ? 0 : 1;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compose_plain_letter),
        cmocka_unit_test(test_compose_letter_with_file),
        cmocka_unit_test(test_compose_makes_what_can_travel),
        cmocka_unit_test(test_compose_is_the_same_every_time),
        cmocka_unit_test(test_compose_chooses_encodings),
        cmocka_unit_test(test_compose_and_take_apart),
        cmocka_unit_test(test_compose_boundary_is_in_no_part),
    };

    fill();
    if (argc == 3 && strcmp(argv[1], "--write") == 0)
        return write_all(argv[2]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "mail/mime_show.h"

#include "mail/mime_decode.h"
#include "mail/mime_show_internal.h"
#include "mail/mime_tell.h"

enum {
    ENCODED_SHOWN = 20, /* parts that are taken apart */
    LINES_SHOWN = 200,
    FIELDS_SHOWN = 200,
    WORDS_SHOWN = 200,
};

/* ---- The header. */

struct header_field {
    struct span name, value; /* the value with its folds, and without the line end */
};

static struct span take_line(struct span *rest)
{
    const char *lf = memchr(rest->at, '\n', rest->len);
    struct span line = span_bytes(rest->at, lf != NULL ? (size_t)(lf - rest->at) + 1 : rest->len);

    *rest = span_bytes(rest->at + line.len, rest->len - line.len);
    return line;
}

static bool take_field(struct span *rest, struct header_field *out)
{
    struct span line;
    const char *colon;

    if (rest->len == 0)
        return false;
    line = take_line(rest);
    colon = memchr(line.at, ':', line.len);
    if (colon == NULL)
        return false;
    while (rest->len > 0 && (rest->at[0] == ' ' || rest->at[0] == '\t'))
        line.len += take_line(rest).len;
    out->name = span_trim(span_bytes(line.at, (size_t)(colon - line.at)));
    out->value = span_trim(
        mime_without_line_end(span_bytes(colon + 1, (size_t)(line.at + line.len - colon) - 1)));
    return true;
}

/* On one line, to be freed. */
static GString *unfolded(struct span value)
{
    GString *line = g_string_new(NULL);

    for (size_t i = 0; i < value.len && line->len <= MIME_CELL_OCTETS_MAX; i++)
        if (value.at[i] != '\r' && value.at[i] != '\n')
            g_string_append_c(line, value.at[i] == '\t' ? ' ' : value.at[i]);
    return line;
}

static void put_unfolded(struct table *t, struct span value)
{
    GString *line = unfolded(value);

    mime_show_cell(t, span_bytes(line->str, line->len));
    g_string_free(line, TRUE);
}

static void put_read(struct table *t, struct span value)
{
    GString *text = g_string_new(NULL);

    mime_header_text(value, text);
    mime_show_cell(t, span_bytes(text->str, text->len));
    g_string_free(text, TRUE);
}

/* What is read as it is written need not be said twice. */
static void put_read_if_other(struct table *t, struct span value)
{
    GString *line = unfolded(value);

    if (memmem(line->str, line->len, "=?", 2) != NULL)
        put_read(t, value);
    else
        table_text(t, "%s", "");
    g_string_free(line, TRUE);
}

static void show_fields(const struct mime_part *root, struct sheet *s)
{
    struct table *t = sheet_table(s, "fields", "Header fields", "The message has no header.");
    struct span rest = root->header;
    struct header_field f;

    table_column(t, CELL_TEXT, "field", "field", NULL);
    table_column(t, CELL_TEXT, "written", "as written", "As it travels, in 7 bits; its lines joined.");
    table_column(t, CELL_TEXT, "read", "as read",
                 "With its encoded-words decoded (RFC 2047), where it has any.");
    for (unsigned n = 0; n < FIELDS_SHOWN && take_field(&rest, &f); n++) {
        table_row(t);
        mime_show_cell(t, f.name);
        put_unfolded(t, f.value);
        put_read_if_other(t, f.value);
    }
}

/* ---- Words that are encoded. */

static void word_row(struct table *t, const char *number, struct span field, struct span raw)
{
    table_row(t);
    table_text(t, "%s", number);
    mime_show_cell(t, field);
    put_unfolded(t, raw);
}

static void show_word(struct table *t, const char *number, struct span field, const struct mime_word *w)
{
    word_row(t, number, field, w->raw);
    mime_show_cell(t, w->charset);
    table_text(t, "%s", w->encoding == 'B' ? "B: base64" : "Q: quoted-printable");
    put_read(t, w->raw);
}

/* RFC 2231 §4: charset'language'per cent. */
static void show_param(struct table *t, const char *number, const struct header_field *f,
                       const struct mime_part *p)
{
    bool named = span_is_nocase(f->name, SPAN("Content-Disposition")) ||
                 span_is_nocase(f->name, SPAN("Content-Type"));
    const char *star = named ? memmem(f->value.at, f->value.len, "*=", 2) : NULL;
    const char *quote = star != NULL ? memchr(star, '\'', f->value.len - (size_t)(star - f->value.at)) : NULL;

    if (quote == NULL || mime_filename(p) == NULL)
        return;
    word_row(t, number, f->name, f->value);
    mime_show_cell(t, span_bytes(star + 2, (size_t)(quote - star) - 2));
    table_text(t, "RFC 2231: per cent");
    mime_show_cell_of(t, mime_filename(p));
}

static void show_words_of(void *self, const struct mime_part *p, const char *number)
{
    struct table *t = self;
    struct span rest = p->header;
    struct header_field f;

    for (unsigned n = 0; n < FIELDS_SHOWN && take_field(&rest, &f); n++) {
        struct span value = f.value;
        struct mime_word w;

        while (t->rows->len < WORDS_SHOWN && mime_word_next(&value, &w))
            show_word(t, number, f.name, &w);
        if (t->rows->len < WORDS_SHOWN)
            show_param(t, number, &f, p);
    }
}

static void show_words(const struct mime_part *root, struct sheet *s)
{
    struct table *t = sheet_table(s, "words", "Encoded words of header fields",
                                  "No header field has any: they are ASCII as they stand.");

    table_column(t, CELL_TEXT, "part", "part", NULL);
    table_column(t, CELL_TEXT, "field", "field", NULL);
    table_column(t, CELL_TEXT, "written", "as written", NULL);
    table_column(t, CELL_TEXT, "charset", "charset", "What its octets are, once they are had back.");
    table_column(t, CELL_TEXT, "encoding", "encoding", NULL);
    table_column(t, CELL_TEXT, "read", "as read",
                 "A character cut in two between words is none (RFC 2047 §5).");
    mime_each(root, show_words_of, t);
}

/* ---- Parts. */

struct part_rows {
    struct table *t;
    struct span message;
};

/* The lines of the source that its body is: the number of the first, and how many. */
static void put_place(struct table *t, struct span message, const struct mime_part *p)
{
    int64_t line = 1, lines = 0;

    for (const char *c = message.at; c < p->body.at; c++)
        line += *c == '\n';
    for (size_t i = 0; i < p->body.len; i++)
        lines += p->body.at[i] == '\n' || i + 1 == p->body.len;
    table_number(t, line);
    table_number(t, lines);
}

static void show_part_row(void *self, const struct mime_part *p, const char *number)
{
    const struct part_rows *rows = self;
    struct table *t = rows->t;
    GString *octets = g_string_new(NULL);
    const char *charset = mime_param(p, "charset");
    char *type = mime_type_text(p);
    int64_t growth;

    mime_decode(p, octets);
    growth = mime_growth(octets->len, p->body.len);
    table_row(t);
    table_text(t, "%s", number);
    mime_show_cell_of(t, type);
    mime_show_cell_of(t, charset != NULL ? charset : mime_is(p, "text", NULL) ? "us-ascii" : "");
    mime_show_cell_of(t, p->encoding == MIME_UNKNOWN ? p->encoding_text : mime_encoding_text(p->encoding));
    mime_show_cell_of(t, mime_filename(p));
    table_number(t, (int64_t)octets->len);
    table_number(t, (int64_t)p->body.len);
    table_text(t, "%s%d.%d %%",
               growth < 0   ? "-"
               : growth > 0 ? "+"
                            : "",
               (int)(ABS(growth) / 10), (int)(ABS(growth) % 10));
    put_place(t, rows->message, p);
    g_free(type);
    g_string_free(octets, TRUE);
}

static void show_parts(struct span message, const struct mime_part *root, struct sheet *s)
{
    struct table *t = sheet_table(s, "parts", "Parts of the message", "");

    table_column(t, CELL_TEXT, "part", "part", "The number by which IMAP fetches it.");
    table_column(t, CELL_TEXT, "type", "type", "text/plain in us-ascii where nothing else is said.");
    table_column(t, CELL_TEXT, "charset", "charset", NULL);
    table_column(t, CELL_TEXT, "encoding", "encoding", "7bit: as it is.");
    table_column(t, CELL_TEXT, "name", "name", NULL);
    table_column(t, CELL_NUMBER, "octets", "octets", "Before the encoding, and when it is undone.");
    table_column(t, CELL_NUMBER, "encoded", "encoded", "Octets as it travels, line ends and all.");
    table_column(t, CELL_TEXT, "growth", "growth", "What the encoding costs.");
    table_column(t, CELL_NUMBER, "line", "line", "Of the message as it travels: where it begins.");
    table_column(t, CELL_NUMBER, "lines", "lines", "How many they are.");
    mime_each(root, show_part_row, &(struct part_rows){ t, message });
}

/* ---- All of it. */

struct encodings {
    struct sheet *s;
    unsigned n;
};

static void show_encoding_of(void *self, const struct mime_part *p, const char *number)
{
    struct encodings *e = self;

    if ((p->encoding == MIME_BASE64 || p->encoding == MIME_QUOTED_PRINTABLE) && e->n++ < ENCODED_SHOWN)
        mime_show_encoding(p, number, e->s);
}

/* Tabs, which fold header fields, as the blanks that they look like. */
static void put_line(struct table *t, struct span line)
{
    enum { TAB_STOP = 8 };
    GString *out = g_string_new(NULL);

    for (size_t i = 0, column = 0; i < line.len; i++) {
        bool begins = ((guchar)line.at[i] & 0xc0) != 0x80; /* a character of UTF-8 */

        if (line.at[i] != '\t') {
            g_string_append_c(out, line.at[i]);
            column += begins;
            continue;
        }
        do
            g_string_append_c(out, ' ');
        while (++column % TAB_STOP != 0);
    }
    mime_show_cell(t, span_bytes(out->str, out->len));
    g_string_free(out, TRUE);
}

static void show_lines(struct table *t, struct span rest)
{
    int64_t n = 0;

    table_column(t, CELL_NUMBER, "n", "", NULL);
    table_column(t, CELL_TEXT, "line", "line", NULL);
    while (rest.len > 0 && n < LINES_SHOWN) {
        struct span line = take_line(&rest);

        table_row(t);
        table_number(t, ++n);
        put_line(t, mime_without_line_end(line));
    }
    if (rest.len > 0) {
        table_row(t);
        table_number(t, n + 1);
        table_text(t, "… and %" G_GSIZE_FORMAT " octets more", rest.len);
    }
}

static void show_text(const struct mime_part *root, struct sheet *s)
{
    const struct mime_part *p = mime_text_part(root);
    struct table *t = sheet_table(s, "text", "The text as it is read", "There is no text in it.");
    GString *text = g_string_new(NULL);

    if (p != NULL)
        mime_text(p, text);
    show_lines(t, span_bytes(text->str, text->len));
    g_string_free(text, TRUE);
}

void mime_show(struct span message, struct sheet *s)
{
    struct mime_part *root = mime_parse(message);

    show_fields(root, s);
    show_parts(message, root, s);
    show_words(root, s);
    mime_each(root, show_encoding_of, &(struct encodings){ s, 0 });
    show_text(root, s);
    show_lines(sheet_table(s, "source", "The message as it travels", "It is empty."), message);
    mime_free(&root);
}

#include "mail/mime_show_internal.h"

#include "core/plain.h"
#include "mail/mime_decode.h"

enum {
    GROUPS_SHOWN = 8, /* of base64, from the start; and the last */
    ESCAPES_SHOWN = 200,
};

/* ---- Cells. */

void mime_show_cell(struct table *t, struct span text)
{
    GString *plain = g_string_new(NULL);
    bool cut = text.len > MIME_CELL_OCTETS_MAX;

    text.len = MIN(text.len, (size_t)MIME_CELL_OCTETS_MAX);
    while (cut && text.len > 0 && (text.at[text.len] & 0xc0) == 0x80)
        text.len--;
    plain_text(plain, text, false);
    table_text(t, "%s%s", plain->str, cut ? "…" : "");
    g_string_free(plain, TRUE);
}

void mime_show_cell_of(struct table *t, const char *text)
{
    mime_show_cell(t, span_of(text != NULL ? text : ""));
}

struct span mime_without_line_end(struct span line)
{
    while (line.len > 0 && (line.at[line.len - 1] == '\n' || line.at[line.len - 1] == '\r'))
        line.len--;
    return line;
}

/* ---- base64. */

struct group {
    char letters[4];
    unsigned n_letters;
};

static void put_bits(GString *out, unsigned value, unsigned n_bits)
{
    if (out->len > 0)
        g_string_append_c(out, ' ');
    while (n_bits-- > 0)
        g_string_append_c(out, (value >> n_bits & 1) != 0 ? '1' : '0');
}

/* The letters of the group first, as they came; the rest follows from them. */
static void show_group(struct table *t, const char *number, size_t index, const struct group *g)
{
    GString *hex = g_string_new(NULL), *text = g_string_new(NULL), *bits = g_string_new(NULL);
    GString *sixes = g_string_new(NULL), *values = g_string_new(NULL);
    uint32_t all = 0;

    for (unsigned i = 0; i < 4; i++)
        all = all << 6 | (i < g->n_letters ? (uint32_t)mime_base64_value(g->letters[i]) : 0);
    for (unsigned i = 0; i + 1 < g->n_letters; i++) {
        unsigned octet = all >> (16 - 8 * i) & 0xff;

        g_string_append_printf(hex, "%s%02X", i > 0 ? " " : "", octet);
        g_string_append_c(text, octet >= ' ' && octet <= '~' ? (char)octet : '.');
        put_bits(bits, octet, 8);
    }
    for (unsigned i = 0; i < g->n_letters; i++) {
        unsigned six = all >> (18 - 6 * i) & 63;

        put_bits(sixes, six, 6);
        g_string_append_printf(values, "%s%u", i > 0 ? " " : "", six);
    }
    table_row(t);
    table_text(t, "%s", number);
    table_number(t, (int64_t)index * 3);
    table_text(t, "%s", hex->str);
    table_text(t, "%s", text->str);
    table_text(t, "%s", bits->str);
    table_text(t, "%s", sixes->str);
    table_text(t, "%s", values->str);
    table_text(t, "%.*s%.*s", (int)g->n_letters, g->letters, g->n_letters > 0 ? (int)(4 - g->n_letters) : 0,
               "====");
    g_string_free(hex, TRUE);
    g_string_free(text, TRUE);
    g_string_free(bits, TRUE);
    g_string_free(sixes, TRUE);
    g_string_free(values, TRUE);
}

static void show_base64(const struct mime_part *p, const char *number, struct sheet *s)
{
    struct table *t;
    struct span rest = p->body;
    struct group g, last = { .n_letters = 0 };
    size_t n = 0;
    char *title = number[0] != '\0' ? g_strdup_printf("Part %s in base64: three octets, four letters", number)
                                    : g_strdup("base64: three octets, four letters");

    t = sheet_table(s, "base64", title, "There is nothing in it.");
    g_free(title);
    table_column(t, CELL_TEXT, "part", "part", NULL);
    table_column(t, CELL_NUMBER, "at", "at", "The place of the first octet in what is encoded, from 0.");
    table_column(t, CELL_TEXT, "octets", "octets", "In hexadecimal.");
    table_column(t, CELL_TEXT, "text", "text", "The octets as ASCII, where they are.");
    table_column(t, CELL_TEXT, "bits", "24 bits", NULL);
    table_column(t, CELL_TEXT, "sixes", "four times six",
                 "Where octets are missing, zeros fill the last six.");
    table_column(t, CELL_TEXT, "values", "values", "0 to 63, the place in the alphabet A-Z a-z 0-9 + /.");
    table_column(t, CELL_TEXT, "letters", "letters", "One = for each octet that is missing at the end.");
    for (; (g.n_letters = mime_base64_next(&rest, g.letters)) > 0; n++) {
        if (n < GROUPS_SHOWN)
            show_group(t, number, n, &g);
        last = g;
    }
    if (n > GROUPS_SHOWN)
        show_group(t, number, n - 1, &last);
}

/* ---- quoted-printable. */

/* The character of `octets` that the one at `i` is of: its length, and where it begins. 0: it is of none. */
static size_t character_around(const GString *octets, size_t i, size_t *start_out)
{
    size_t start = i;

    if ((octets->str[i] & 0x80) == 0) {
        *start_out = i;
        return 1;
    }
    while (start > 0 && i - start < 3 && ((guchar)octets->str[start] & 0xc0) == 0x80)
        start--;
    gunichar c = g_utf8_get_char_validated(octets->str + start, (gssize)(octets->len - start));
    if (c == (gunichar)-1 || c == (gunichar)-2 || start + (size_t)g_unichar_to_utf8(c, NULL) <= i)
        return 0;
    *start_out = start;
    return (size_t)g_unichar_to_utf8(c, NULL);
}

static const char *name_of(gunichar c)
{
    switch (c) {
    case '\r':
        return "CR";
    case '\n':
        return "LF";
    case '\t':
        return "tab";
    case ' ':
        return "space";
    default:
        return NULL;
    }
}

/* What a lone octet is in a charset of one octet a character; false: that is not what it is. */
static bool lone_character(const char *charset, char octet, gunichar *out)
{
    gsize n = 0;
    char *text = g_convert(&octet, 1, "UTF-8", charset, NULL, &n, NULL);
    bool ok = text != NULL && g_utf8_validate(text, (gssize)n, NULL) && g_utf8_strlen(text, (gssize)n) == 1;

    if (ok)
        *out = g_utf8_get_char(text);
    g_free(text);
    return ok;
}

struct trace_of_part {
    struct table *t;
    const char *number, *charset; /* NULL: UTF-8, or ASCII */
    const GString *octets;        /* all that is encoded */
};

static void put_character(struct table *t, gunichar c)
{
    char utf8[7];

    if (name_of(c) != NULL) {
        table_text(t, "%s", name_of(c));
    } else if (c < ' ' || c == 0x7f) {
        table_text(t, "control");
    } else {
        utf8[g_unichar_to_utf8(c, utf8)] = '\0';
        mime_show_cell_of(t, utf8);
    }
    table_text(t, "U+%04X", (unsigned)c);
}

static void show_octet(const struct trace_of_part *w, const struct mime_qp *piece, size_t i)
{
    struct table *t = w->t;
    size_t start = i, len;
    gunichar c;

    table_text(t, "%02X", (unsigned)piece->octet);
    if (w->charset != NULL) {
        if (lone_character(w->charset, (char)piece->octet, &c)) {
            put_character(t, c);
            table_text(t, "in %s", w->charset);
        } else {
            table_text(t, "%s", "");
            table_text(t, "%s", "");
            table_text(t, "of a character in %s", w->charset);
        }
        return;
    }
    len = character_around(w->octets, i, &start);
    if (len == 0) {
        table_text(t, "%s", "");
        table_text(t, "%s", "");
        table_text(t, "%s", "not UTF-8");
        return;
    }
    put_character(t, g_utf8_get_char(w->octets->str + start));
    if (len > 1)
        table_text(t, "octet %u of %u", (unsigned)(i - start) + 1, (unsigned)len);
    else
        table_text(t, "%s",
                   piece->octet == '=' ? "the = itself, so that none is taken for a sign"
                   : piece->octet == ' ' || piece->octet == '\t'
                       ? "at the end of a line, where it would be lost"
                       : "");
}

static void show_sign(struct table *t, const char *what)
{
    table_text(t, "%s", "");
    table_text(t, "%s", "");
    table_text(t, "%s", "");
    table_text(t, "%s", what);
}

static void show_piece(const struct trace_of_part *w, const struct mime_qp *piece, size_t at, size_t i)
{
    struct table *t = w->t;

    table_row(t);
    table_text(t, "%s", w->number);
    table_number(t, (int64_t)at);
    mime_show_cell(t, piece->kind == MIME_QP_SPACES ? piece->raw : mime_without_line_end(piece->raw));
    switch (piece->kind) {
    case MIME_QP_ESCAPE:
        show_octet(w, piece, i);
        break;
    case MIME_QP_SOFT:
        show_sign(t, "soft line break: the line goes on");
        break;
    case MIME_QP_SPACES:
        show_sign(t, "blanks at the end of a line: left out");
        break;
    case MIME_QP_WRONG:
    case MIME_QP_PLAIN:
        show_sign(t, "an = that is no sign: left as it is");
        break;
    }
}

static size_t octets_of(const struct mime_qp *piece)
{
    return piece->kind == MIME_QP_PLAIN || piece->kind == MIME_QP_WRONG ? piece->raw.len
                                                                        : piece->kind == MIME_QP_ESCAPE;
}

static void show_quoted_printable(const struct mime_part *p, const char *number, struct sheet *s)
{
    const char *charset = mime_param(p, "charset");
    bool is_utf8 = charset == NULL || g_ascii_strcasecmp(charset, "utf-8") == 0 ||
                   g_ascii_strcasecmp(charset, "us-ascii") == 0;
    GString *octets = g_string_new(NULL);
    char *title = number[0] != '\0' ? g_strdup_printf("Part %s in quoted-printable: every =", number)
                                    : g_strdup("quoted-printable: every =");
    struct table *t = sheet_table(s, "quoted_printable", title,
                                  "It needs none: all of it stands for itself.");
    struct trace_of_part w = { t, number, is_utf8 ? NULL : charset, octets };
    struct span rest = p->body;
    struct mime_qp piece;
    size_t i = 0;

    g_free(title);
    table_column(t, CELL_TEXT, "part", "part", NULL);
    table_column(t, CELL_NUMBER, "at", "at", "The place in the part as it travels, from 0.");
    table_column(t, CELL_TEXT, "written", "written", NULL);
    table_column(t, CELL_TEXT, "octet", "octet", "In hexadecimal: the two digits behind the =.");
    table_column(t, CELL_TEXT, "character", "character", "The one that the octet is of.");
    table_column(t, CELL_TEXT, "code_point", "code point", "Its number in Unicode.");
    table_column(t, CELL_TEXT, "note", "note", NULL);
    mime_decode(p, octets);
    while (t->rows->len < ESCAPES_SHOWN && mime_qp_next(&rest, &piece)) {
        if (piece.kind != MIME_QP_PLAIN)
            show_piece(&w, &piece, (size_t)(piece.raw.at - p->body.at), i);
        i += octets_of(&piece);
    }
    if (rest.len > 0 && t->rows->len >= ESCAPES_SHOWN) {
        table_row(t);
        table_text(t, "%s", number);
        table_number(t, (int64_t)(p->body.len - rest.len));
        table_text(t, "…");
        show_sign(t, "and so on, to the end");
    }
    g_string_free(octets, TRUE);
}

/* ---- Either. */

void mime_show_encoding(const struct mime_part *p, const char *number, struct sheet *s)
{
    if (p->encoding == MIME_BASE64)
        show_base64(p, number, s);
    else if (p->encoding == MIME_QUOTED_PRINTABLE)
        show_quoted_printable(p, number, s);
}

void mime_show_part(const struct mime_part *p, struct sheet *s)
{
    mime_show_encoding(p, "", s);
}

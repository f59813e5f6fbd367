#include "mail/mime_decode.h"

#include <errno.h>
#include <gmime/gmime.h>

#include "mail/mime.h"
#include "mail/text.h"

enum { CHARSET_NAME_MAX = 40 };

/* ---- quoted-printable. */

/* How many octets of line end stand there: 0, 1 or 2. */
static size_t line_break(struct span at)
{
    if (at.len > 0 && at.at[0] == '\n')
        return 1;
    return at.len > 1 && at.at[0] == '\r' && at.at[1] == '\n' ? 2 : 0;
}

static struct span behind(struct span text, size_t n)
{
    return span_bytes(text.at + n, text.len - n);
}

static size_t count_blanks(struct span text)
{
    size_t n = 0;

    while (n < text.len && (text.at[n] == ' ' || text.at[n] == '\t'))
        n++;
    return n;
}

/* The blanks there end a line, or all. */
static bool ends_line(struct span text, size_t blanks)
{
    return blanks == text.len || line_break(behind(text, blanks)) > 0;
}

static struct mime_qp read_equals(struct span text)
{
    size_t blanks = count_blanks(behind(text, 1));
    struct mime_qp piece = { MIME_QP_WRONG, span_bytes(text.at, 1), '=' };

    if (text.len >= 3 && g_ascii_isxdigit(text.at[1]) && g_ascii_isxdigit(text.at[2])) {
        piece.kind = MIME_QP_ESCAPE;
        piece.raw.len = 3;
        piece.octet = (unsigned char)(g_ascii_xdigit_value(text.at[1]) * 16 +
                                      g_ascii_xdigit_value(text.at[2]));
    } else if (ends_line(behind(text, 1), blanks)) {
        piece.kind = MIME_QP_SOFT;
        piece.raw.len += blanks + line_break(behind(text, 1 + blanks));
    }
    return piece;
}

bool mime_qp_next(struct span *rest, struct mime_qp *out)
{
    size_t n = 0;

    if (rest->len == 0)
        return false;
    if (rest->at[0] == '=') {
        *out = read_equals(*rest);
    } else if ((n = count_blanks(*rest)) > 0 && ends_line(*rest, n)) {
        *out = (struct mime_qp){ MIME_QP_SPACES, span_bytes(rest->at, n), 0 };
    } else {
        while (n < rest->len && rest->at[n] != '=') {
            size_t blanks = count_blanks(behind(*rest, n));

            if (blanks > 0 && ends_line(behind(*rest, n), blanks))
                break;
            n += MAX(blanks, 1);
        }
        *out = (struct mime_qp){ MIME_QP_PLAIN, span_bytes(rest->at, n), 0 };
    }
    *rest = behind(*rest, out->raw.len);
    return true;
}

static void decode_qp(struct span body, GString *out)
{
    struct mime_qp piece;

    while (mime_qp_next(&body, &piece)) {
        if (piece.kind == MIME_QP_ESCAPE)
            g_string_append_c(out, (char)piece.octet);
        else if (piece.kind == MIME_QP_PLAIN || piece.kind == MIME_QP_WRONG)
            mail_append(out, piece.raw);
    }
}

/* ---- base64. */

int mime_base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

unsigned mime_base64_next(struct span *rest, char out[4])
{
    unsigned n = 0;
    size_t i = 0;

    for (; i < rest->len && n < 4; i++) {
        if (rest->at[i] == '=') {
            i = rest->len; /* RFC 2045 §6.8: it is evidence that the end has been reached */
            break;
        }
        if (mime_base64_value(rest->at[i]) >= 0)
            out[n++] = rest->at[i];
    }
    *rest = behind(*rest, i);
    return n;
}

/* A group that was cut short gives the octets that are whole in it. */
static void decode_base64(struct span body, GString *out)
{
    char four[4];
    unsigned n;

    while ((n = mime_base64_next(&body, four)) > 0) {
        uint32_t bits = 0;

        for (unsigned i = 0; i < 4; i++)
            bits = bits << 6 | (i < n ? (uint32_t)mime_base64_value(four[i]) : 0);
        for (unsigned i = 0; i + 1 < n; i++)
            g_string_append_c(out, (char)(bits >> (16 - 8 * i) & 0xff));
    }
}

void mime_decode(const struct mime_part *p, GString *out)
{
    if (p->encoding == MIME_QUOTED_PRINTABLE)
        decode_qp(p->body, out);
    else if (p->encoding == MIME_BASE64)
        decode_base64(p->body, out);
    else
        mail_append(out, p->body);
}

/* ---- Encoded-words. */

static struct span up_to_mark(struct span text)
{
    size_t n = 0;

    while (n < text.len && text.at[n] > ' ' && text.at[n] <= '~' && text.at[n] != '?')
        n++;
    return span_bytes(text.at, n);
}

static bool read_word(struct span text, struct mime_word *out)
{
    struct span rest = span_bytes(text.at + 2, text.len - 2), encoding;

    out->charset = up_to_mark(rest);
    rest = span_bytes(rest.at + out->charset.len, rest.len - out->charset.len);
    if (out->charset.len == 0 || rest.len < 3 || rest.at[0] != '?')
        return false;
    encoding = span_bytes(rest.at + 1, 1);
    out->encoding = g_ascii_toupper(encoding.at[0]);
    if ((out->encoding != 'B' && out->encoding != 'Q') || rest.at[2] != '?')
        return false;
    rest = span_bytes(rest.at + 3, rest.len - 3);
    out->text = up_to_mark(rest);
    rest = span_bytes(rest.at + out->text.len, rest.len - out->text.len);
    if (rest.len < 2 || rest.at[0] != '?' || rest.at[1] != '=')
        return false;
    out->raw = span_bytes(text.at, (size_t)(rest.at + 2 - text.at));
    return true;
}

bool mime_word_next(struct span *rest, struct mime_word *out)
{
    while (rest->len > 2) {
        const char *mark = memmem(rest->at, rest->len, "=?", 2);

        if (mark == NULL)
            return false;
        *rest = span_bytes(mark, rest->len - (size_t)(mark - rest->at));
        if (read_word(*rest, out)) {
            *rest = span_bytes(rest->at + out->raw.len, rest->len - out->raw.len);
            return true;
        }
        *rest = span_bytes(rest->at + 2, rest->len - 2);
    }
    return false;
}

/* ---- Characters. */

static bool is_charset_name(const char *name)
{
    size_t len = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:+()");

    return len > 0 && len <= CHARSET_NAME_MAX && name[len] == '\0';
}

/* False: nobody here knows it. */
static bool convert(const GString *from, const char *charset, GString *out)
{
    char *in = from->str, to[4096];
    gsize left = from->len;
    GIConv cd;
    bool more = true;

    if (!is_charset_name(charset) || (cd = g_iconv_open("UTF-8", charset)) == (GIConv)-1)
        return false;
    while (more) {
        char *at = to;
        gsize room = sizeof to;
        /* At the end once more without input: what a stateful charset still holds. */
        bool ending = left == 0;
        gsize done = ending ? g_iconv(cd, NULL, NULL, &at, &room) : g_iconv(cd, &in, &left, &at, &room);
        int error = errno;

        g_string_append_len(out, to, at - to);
        more = !ending;
        if (done == (gsize)-1 && error != E2BIG && !ending) {
            mail_append(out, SPAN("\xef\xbf\xbd")); /* U+FFFD */
            in++;
            left--;
        }
    }
    g_iconv_close(cd);
    return true;
}

static void append_lines(struct span text, GString *out)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] != '\r')
            g_string_append_c(out, text.at[i]);
        else if (i + 1 == text.len || text.at[i + 1] != '\n')
            g_string_append_c(out, '\n');
    }
}

/* ASCII is UTF-8 already, and who says ASCII and writes more means UTF-8, these days. */
void mime_text(const struct mime_part *p, GString *out)
{
    const char *charset = mime_param(p, "charset");
    GString *octets = g_string_new(NULL), *text = g_string_new(NULL);
    bool utf8 = charset == NULL || g_ascii_strcasecmp(charset, "us-ascii") == 0 ||
                g_ascii_strcasecmp(charset, "utf-8") == 0;
    char *valid;

    mime_decode(p, octets);
    if (utf8 || !convert(octets, charset, text))
        g_string_append_len(text, octets->str, (gssize)octets->len);
    valid = g_utf8_make_valid(text->str, (gssize)text->len);
    append_lines(span_of(valid), out);
    g_free(valid);
    g_string_free(text, TRUE);
    g_string_free(octets, TRUE);
}

void mime_header_text(struct span value, GString *out)
{
    GString *line = g_string_sized_new(value.len);
    char *valid, *decoded, *text;

    mime_start();
    for (size_t i = 0; i < value.len; i++)
        if (value.at[i] != '\r' && value.at[i] != '\n')
            g_string_append_c(line, value.at[i]);
    valid = g_utf8_make_valid(line->str, (gssize)line->len);
    decoded = g_mime_utils_header_decode_text(NULL, g_strstrip(valid));
    text = g_utf8_make_valid(decoded, -1);
    /* An encoded-word can hide a line end, and it would be one of ours here. */
    for (char *p = text; *p != '\0'; p++)
        if ((guchar)*p < ' ' || *p == '\x7f')
            *p = ' ';
    mail_append(out, span_of(text));
    g_free(text);
    g_free(decoded);
    g_free(valid);
    g_string_free(line, TRUE);
}

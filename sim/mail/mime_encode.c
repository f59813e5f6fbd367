#include "mail/mime_encode.h"

#include "mail/text.h"

enum {
    LINE_OCTETS_MAX = 998, /* RFC 5322 §2.1.1, without CRLF */
    ENCODED_LINE_MAX = 76, /* RFC 2045 §6.7 (5), §6.8 */
};

bool mime_is_lines(struct span data)
{
    size_t lf = 0, crlf = 0, cr = 0;

    if (data.len > 0 && memchr(data.at, '\0', data.len) != NULL)
        return false;
    for (size_t i = 0; i < data.len; i++) {
        lf += data.at[i] == '\n';
        cr += data.at[i] == '\r';
        crlf += i > 0 && data.at[i] == '\n' && data.at[i - 1] == '\r';
    }
    return cr == crlf && (crlf == 0 || crlf == lf);
}

void mime_put_lines(struct span data, GString *out)
{
    for (size_t i = 0; i < data.len; i++) {
        if (data.at[i] == '\n' && (i == 0 || data.at[i - 1] != '\r'))
            g_string_append_c(out, '\r');
        g_string_append_c(out, data.at[i]);
    }
}

enum mime_encoding mime_suits_text(struct span text)
{
    size_t high = 0, line = 0;
    bool plain = true;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        bool is_break = c == '\r' && i + 1 < text.len && text.at[i + 1] == '\n';

        high += (c & 0x80) != 0;
        plain = plain && ((c >= ' ' && c <= '~') || c == '\t' || is_break ||
                          (c == '\n' && i > 0 && text.at[i - 1] == '\r'));
        line = c == '\n' || is_break ? 0 : line + 1;
        plain = plain && line <= LINE_OCTETS_MAX;
    }
    return plain ? MIME_7BIT : high * 3 > text.len ? MIME_BASE64 : MIME_QUOTED_PRINTABLE;
}

/* ---- quoted-printable, RFC 2045 §6.7. */

static bool is_break_at(struct span data, size_t i)
{
    return i + 1 < data.len && data.at[i] == '\r' && data.at[i + 1] == '\n';
}

/* Rules (1) to (3): blanks may stand for themselves, but not at the end of a line, where some would be lost.
 */
static bool is_literal(struct span data, size_t i, bool lines)
{
    char c = data.at[i];

    if (c == ' ' || c == '\t')
        return i + 1 < data.len && !(lines && is_break_at(data, i + 1));
    return c > ' ' && c <= '~' && c != '=';
}

/* How many octets from here on should stay on one line: those of a character, so that a reader of the source
 * finds it in one place. */
static size_t character_at(struct span data, size_t i)
{
    gunichar c = g_utf8_get_char_validated(data.at + i, (gssize)(data.len - i));

    return c == (gunichar)-1 || c == (gunichar)-2 ? 1 : (size_t)g_unichar_to_utf8(c, NULL);
}

static void put_octet(char c, bool literal, GString *out)
{
    static const char hex[] = "0123456789ABCDEF";

    if (literal) {
        g_string_append_c(out, c);
    } else {
        g_string_append_c(out, '=');
        g_string_append_c(out, hex[(guchar)c >> 4]);
        g_string_append_c(out, hex[(guchar)c & 15]);
    }
}

static void encode_qp(struct span data, bool lines, GString *out)
{
    size_t column = 0;

    for (size_t i = 0; i < data.len;) {
        size_t n, width;
        bool literal, is_end;

        if (lines && is_break_at(data, i)) {
            mail_append(out, SPAN("\r\n"));
            column = 0;
            i += 2;
            continue;
        }
        n = character_at(data, i);
        literal = is_literal(data, i, lines);
        width = literal ? 1 : 3 * n;
        /* Rule (5). The "=" of a soft line break counts too. */
        if (column + width > ENCODED_LINE_MAX - 1) {
            mail_append(out, SPAN("=\r\n"));
            column = 0;
        }
        column += width;
        is_end = !literal && data.at[i] == '\n';
        for (size_t end = i + n; i < end; i++)
            put_octet(data.at[i], literal, out);
        if (is_end && i < data.len) {
            mail_append(out, SPAN("=\r\n"));
            column = 0;
        }
    }
}

/* ---- base64, §6.8. */

static void encode_base64(struct span data, GString *out)
{
    enum { OCTETS_A_LINE = ENCODED_LINE_MAX / 4 * 3 };

    for (size_t i = 0; i < data.len; i += OCTETS_A_LINE) {
        char *line = g_base64_encode((const guchar *)data.at + i, MIN(data.len - i, (size_t)OCTETS_A_LINE));

        if (i > 0)
            mail_append(out, SPAN("\r\n"));
        mail_append(out, span_of(line));
        g_free(line);
    }
}

void mime_encode(struct span data, enum mime_encoding e, bool lines, GString *out)
{
    if (e == MIME_QUOTED_PRINTABLE)
        encode_qp(data, lines, out);
    else if (e == MIME_BASE64)
        encode_base64(data, out);
    else
        mail_append(out, data);
}

/* What the protocols of lines share (export/dissect_parts.h): lines, the fields of a line, and what is
 * written in base64 in them. */
#include "export/dissect_parts.h"
#include "mail/mime_decode.h"

enum {
    HEADER_NAME_MAX = 76,
    OCTETS_SHOWN = 16,
    ANSWER_MIN = 4,    /* characters of base64 */
    DECODED_MAX = 400, /* octets of what was encoded that are shown */
};

/* ---- Lines. */

bool dissect_next_line(const struct dissector *x, size_t at, size_t end, struct dissect_line *out)
{
    if (at >= end)
        return false;
    const uint8_t *feed = memchr(x->bytes + at, '\n', end - at);
    out->at = at;
    out->end = feed != NULL ? (size_t)(feed - x->bytes) + 1 : end;
    out->text_end = feed != NULL ? out->end - 1 : end;
    if (feed != NULL && out->text_end > at && x->bytes[out->text_end - 1] == '\r')
        out->text_end--;
    return true;
}

void dissect_line(struct dissector *x, int layer, const char *name, const struct dissect_line *l,
                  const char *meaning)
{
    dissect_text(x, layer, name, l->at, l->end - l->at, meaning, dissect_line_text(x, l));
}

size_t dissect_header_name(struct span line)
{
    size_t n = 0;

    while (n < line.len && n < HEADER_NAME_MAX && line.at[n] > 0x20 && line.at[n] < 0x7f && line.at[n] != ':')
        n++;
    return n < line.len && line.at[n] == ':' ? n : 0;
}

/* ---- The fields of a line. */

struct dissect_cut dissect_cut(struct dissector *x, int layer, const struct dissect_line *l)
{
    return (struct dissect_cut){ x, layer, *l, l->at };
}

struct span dissect_cut_rest(const struct dissect_cut *c)
{
    return span_trim(dissect_span(c->x, c->at, MAX(c->at, c->line.text_end)));
}

struct span dissect_cut_word(const struct dissect_cut *c)
{
    struct span rest = dissect_cut_rest(c);

    return span_take_word(&rest);
}

void dissect_cut_take(struct dissect_cut *c, const char *name, struct span text, const char *meaning)
{
    size_t end = (size_t)((const uint8_t *)text.at + text.len - c->x->bytes);

    if (text.len == 0)
        return;
    if (span_trim(dissect_span(c->x, end, c->line.text_end)).len == 0)
        end = c->line.end;
    dissect_text(c->x, c->layer, name, c->at, end - c->at, meaning, text);
    c->at = end;
}

void dissect_cut_all(struct dissect_cut *c, const char *name, const char *meaning)
{
    dissect_text(c->x, c->layer, name, c->at, c->line.end - c->at, meaning, dissect_cut_rest(c));
    c->at = c->line.end;
}

const struct dissect_word *dissect_find_word(const struct dissect_word *words, size_t n, struct span name)
{
    for (size_t i = 0; i < n; i++)
        if (span_is_nocase(name, span_of(words[i].name)))
            return &words[i];
    return NULL;
}

/* ---- base64. */

void dissect_base64_decode(struct span text, GString *out)
{
    char four[4];

    for (unsigned n; (n = mime_base64_next(&text, four)) > 1;) {
        unsigned bits = 0;

        for (unsigned i = 0; i < 4; i++)
            bits = bits << 6 | (unsigned)(i < n ? mime_base64_value(four[i]) : 0);
        for (unsigned i = 0; i + 1 < n; i++)
            g_string_append_c(out, (char)(bits >> (16 - 8 * i)));
    }
}

bool dissect_is_base64(struct span text)
{
    size_t n = text.len;

    if (n == 0 || n % 4 != 0)
        return false;
    for (int i = 0; i < 2 && text.at[n - 1] == '='; i++)
        n--;
    for (size_t i = 0; i < n; i++)
        if (mime_base64_value(text.at[i]) < 0)
            return false;
    return true;
}

/* Without the halves of characters at both ends: the octets were cut somewhere. */
static struct span whole_characters(struct span text)
{
    const char *end;

    for (int i = 0; i < 3 && text.len > 0 && (text.at[0] & 0xc0) == 0x80; i++)
        text = span_bytes(text.at + 1, text.len - 1);
    if (text.len > 0 && !g_utf8_validate_len(text.at, text.len, &end) &&
        memchr(text.at, '\0', text.len) == NULL &&
        g_utf8_get_char_validated(end, text.at + text.len - end) == (gunichar)-2)
        text.len = (size_t)(end - text.at);
    return text;
}

/* NUL, CR and LF may be in it, and are shown as signs of their own. */
static bool put_text(struct span text, GString *out)
{
    static const struct {
        char c;
        const char *sign;
    } signs[] = { { '\0', "␀" }, { '\r', "␍" }, { '\n', "␊" }, { '\t', " " } };
    GString *clean = g_string_new(NULL);
    bool is_text = true;

    for (size_t i = 0; i < text.len && is_text; i++) {
        const char *sign = NULL;
        for (size_t k = 0; k < G_N_ELEMENTS(signs); k++)
            if (signs[k].c == text.at[i])
                sign = signs[k].sign;
        is_text = sign != NULL || ((unsigned char)text.at[i] >= 0x20 && text.at[i] != 0x7f);
        if (sign != NULL)
            g_string_append(clean, sign);
        else
            g_string_append_c(clean, text.at[i]);
    }
    is_text = is_text && g_utf8_validate_len(clean->str, clean->len, NULL);
    if (is_text)
        g_string_append_len(out, clean->str, (gssize)clean->len);
    g_string_free(clean, TRUE);
    return is_text;
}

static void put_octets(struct span octets, GString *out)
{
    g_string_append_printf(out, "%zu octet%s:", octets.len, octets.len == 1 ? "" : "s");
    for (size_t i = 0; i < octets.len && i < OCTETS_SHOWN; i++)
        g_string_append_printf(out, " %02x", (unsigned char)octets.at[i]);
    if (octets.len > OCTETS_SHOWN)
        g_string_append(out, " …");
}

void dissect_encoded(struct dissector *x, int layer, const char *name, size_t at, size_t len,
                     const char *meaning, struct span text, const GString *decoded)
{
    GString *value = g_string_new_len(text.at, (gssize)text.len);
    struct span octets = span_bytes(decoded->str, MIN(decoded->len, (gsize)DECODED_MAX));

    g_string_append(value, " → ");
    if (!put_text(whole_characters(octets), value))
        put_octets(span_bytes(decoded->str, decoded->len), value);
    dissect_text(x, layer, name, at, len, meaning, span_bytes(value->str, value->len));
    g_string_free(value, TRUE);
}

/* ---- Answers to a challenge. */

const char dissect_proof[] =
    "base64: 3 octets become 4 characters. That is no encryption: whoever reads along can undo it. With PLAIN it is "
    "a NUL, the user, a NUL, and the password (RFC 4616).";
const char dissect_challenge[] = "What the server wants to know, in base64: 3 octets become 4 characters.";

bool dissect_is_answer(const struct dissector *x, const struct dissect_line *l, size_t end)
{
    struct span text = dissect_line_text(x, l);
    GString *decoded, *shown;
    bool is_text;

    if (l->end != end || l->text_end == l->end)
        return false;
    if (span_is(text, SPAN("*")))
        return true;
    if (text.len < ANSWER_MIN || !dissect_is_base64(text))
        return false;
    decoded = g_string_new(NULL);
    shown = g_string_new(NULL);
    dissect_base64_decode(text, decoded);
    is_text = put_text(span_bytes(decoded->str, decoded->len), shown);
    g_string_free(decoded, TRUE);
    g_string_free(shown, TRUE);
    return is_text;
}

void dissect_answer(struct dissect_cut *c, const char *name, const char *meaning)
{
    struct span text = dissect_cut_rest(c);

    if (span_is(text, SPAN("*"))) {
        dissect_cut_all(c, name, "No answer: the client gives up logging in.");
    } else if (span_is(text, SPAN("="))) {
        dissect_cut_all(c, name, "An empty answer (RFC 4954 §4).");
    } else if (!dissect_is_base64(text)) {
        dissect_cut_all(c, name, NULL);
    } else {
        GString *decoded = g_string_new(NULL);
        dissect_base64_decode(text, decoded);
        dissect_encoded(c->x, c->layer, name, c->at, c->line.end - c->at, meaning, text, decoded);
        g_string_free(decoded, TRUE);
        c->at = c->line.end;
    }
}

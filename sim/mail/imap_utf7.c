#include "mail/imap_utf7.h"

#include <assert.h>

/* RFC 3501 §5.1.3: "," instead of "/", and no "=". */
static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

static bool is_plain(gunichar c)
{
    return c >= 0x20 && c <= 0x7e;
}

/* Bits that did not fill a digit (or, decoding, an octet pair) yet. */
struct bits {
    uint32_t value;
    unsigned n;
};

static void put_unit(struct bits *b, unsigned unit, GString *out)
{
    b->value = b->value << 16 | unit;
    b->n += 16;
    while (b->n >= 6) {
        b->n -= 6;
        g_string_append_c(out, digits[b->value >> b->n & 63]);
    }
    b->value &= 63;
}

void imap_utf7_encode(struct span utf8, GString *out)
{
    const char *at = utf8.at, *end = utf8.at + utf8.len;

    while (at < end) {
        gunichar c = g_utf8_get_char(at);
        struct bits b = { 0, 0 };

        if (is_plain(c)) {
            g_string_append(out, c == '&' ? "&-" : (char[2]){ (char)c, '\0' });
            at++;
            continue;
        }
        g_string_append_c(out, '&');
        for (; at < end && !is_plain(c = g_utf8_get_char(at)); at = g_utf8_next_char(at)) {
            if (c >= 0x10000) {
                put_unit(&b, 0xd800 + ((c - 0x10000) >> 10), out);
                c = 0xdc00 + ((c - 0x10000) & 0x3ff);
            }
            put_unit(&b, c, out);
        }
        if (b.n > 0)
            g_string_append_c(out, digits[b.value << (6 - b.n) & 63]);
        g_string_append_c(out, '-');
    }
}

/* UTF-16 between "&" and "-"; false at half a pair, or what is no digit. */
static bool decode_run(struct span run, GString *out)
{
    struct bits b = { 0, 0 };
    unsigned high = 0;

    for (size_t i = 0; i < run.len; i++) {
        const char *digit = run.at[i] != '\0' ? strchr(digits, run.at[i]) : NULL;
        unsigned unit;

        if (digit == NULL)
            return false;
        b.value = b.value << 6 | (unsigned)(digit - digits);
        b.n += 6;
        if (b.n < 16)
            continue;
        b.n -= 16;
        unit = b.value >> b.n & 0xffff;
        b.value &= (1u << b.n) - 1;
        if ((unit & 0xfc00) == 0xdc00 ? high == 0 : high != 0)
            return false;
        if ((unit & 0xfc00) == 0xd800) {
            high = unit;
            continue;
        }
        g_string_append_unichar(out, high != 0 ? 0x10000 + ((high & 0x3ff) << 10) + (unit & 0x3ff) : unit);
        high = 0;
    }
    return high == 0;
}

static bool decode(struct span utf7, GString *out)
{
    while (utf7.len > 0) {
        const char *and = memchr(utf7.at, '&', utf7.len), *end;
        size_t plain = and != NULL ? (size_t)(and-utf7.at) : utf7.len;

        g_string_append_len(out, utf7.at, (gssize)plain);
        utf7 = span_bytes(utf7.at + plain, utf7.len - plain);
        if (and == NULL)
            return true;
        end = memchr(and, '-', utf7.len);
        if (end == NULL)
            return false;
        if (end == and+1)
            g_string_append_c(out, '&');
        else if (!decode_run(span_bytes(and+1, (size_t)(end - and) - 1), out))
            return false;
        utf7 = span_bytes(end + 1, utf7.len - (size_t)(end + 1 - and));
    }
    return true;
}

/* Padding bits that are not zero, ASCII in base64, two runs where one would do: none of these comes back the
 * same when encoded. */
bool imap_utf7_decode(struct span utf7, GString *out)
{
    size_t before = out->len;
    GString *again = g_string_new(NULL);
    bool good = decode(utf7, out) && g_utf8_validate(out->str + before, (gssize)(out->len - before), NULL);

    if (good)
        imap_utf7_encode(span_bytes(out->str + before, out->len - before), again);
    good = good && span_is(span_bytes(again->str, again->len), utf7);
    if (!good)
        g_string_truncate(out, before);
    g_string_free(again, TRUE);
    return good;
}

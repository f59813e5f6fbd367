#include "mail/smtp_line.h"

#include <glib.h>

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

void smtp_line_init(struct smtp_line *l)
{
    l->len = 0;
    l->flaws = 0;
    l->cr = false;
}

static unsigned flaw_of(unsigned char c)
{
    switch (c) {
    case '\0':
        return SMTP_FLAW_NUL;
    case '\r':
        return SMTP_FLAW_BARE_CR;
    case '\n':
        return SMTP_FLAW_BARE_LF;
    default:
        return c & 0x80 ? SMTP_FLAW_8BIT : 0;
    }
}

static uint64_t load(const char *at)
{
    uint64_t word;

    memcpy(&word, at, 8);
    return GUINT64_FROM_LE(word);
}

/* A top bit is set for each of eight octets that is not from a space to a tilde. A carry or borrow may set
 * more of them, but only above one that is set in its own right: the lowest one is always right. */
static uint64_t suspects(uint64_t word)
{
    return ((word - EACH(' ')) | (word + EACH(0x7f - '~'))) & EACH(0x80);
}

static size_t first_suspect(uint64_t found)
{
    return (size_t)__builtin_ctzll(found) / 8;
}

/* Eight octets at a time, the last eight of them perhaps again. */
size_t smtp_plain_len(struct span text)
{
    uint64_t found;
    size_t i = 0;

    if (text.len < 8) {
        while (i < text.len && text.at[i] >= ' ' && text.at[i] <= '~')
            i++;
        return i;
    }
    for (; i + 8 < text.len; i += 8)
        if ((found = suspects(load(text.at + i))) != 0)
            return i + first_suspect(found);
    found = suspects(load(text.at + text.len - 8));
    return text.len - 8 + (found != 0 ? first_suspect(found) : 8);
}

unsigned smtp_flaws(struct span text)
{
    unsigned flaws = 0;

    for (size_t i = smtp_plain_len(text); i < text.len; i++)
        flaws |= flaw_of((unsigned char)text.at[i]);
    return flaws;
}

const char *smtp_flaw_text(unsigned flaws)
{
    return flaws & SMTP_FLAW_NUL       ? "a NUL"
           : flaws & SMTP_FLAW_BARE_LF ? "a bare LF"
           : flaws & SMTP_FLAW_BARE_CR ? "a bare CR"
           : flaws & SMTP_FLAW_LONG    ? "a line too long"
           : flaws & SMTP_FLAW_8BIT    ? "an 8-bit octet"
                                       : NULL;
}

static void keep(struct smtp_line *l, size_t max, struct span part)
{
    size_t room = max - 2 - l->len;

    l->flaws |= smtp_flaws(part);
    if (part.len > room) {
        l->flaws |= SMTP_FLAW_LONG;
        part.len = room;
    }
    if (part.len > 0)
        memcpy(l->kept + l->len, part.at, part.len);
    l->len += part.len;
}

/* The CR of the first CRLF, or NULL. */
static const char *find_crlf(const char *at, const char *end)
{
    while (at < end && (at = memchr(at, '\r', (size_t)(end - at))) != NULL) {
        if (at + 1 < end && at[1] == '\n')
            return at;
        at++;
    }
    return NULL;
}

/* A line that began in earlier bytes ends here. */
static void finish(struct smtp_line *l, struct span *line_out, unsigned *flaws_out)
{
    *line_out = span_bytes(l->kept, l->len);
    *flaws_out = l->flaws;
    smtp_line_init(l);
}

/* A whole line of nothing but printable text, as almost all are: one look at each octet. */
static bool take_plain(size_t max, struct span *bytes, struct span *line_out)
{
    size_t len = smtp_plain_len(*bytes);

    if (len + 2 > bytes->len || len + 2 > max || bytes->at[len] != '\r' || bytes->at[len + 1] != '\n')
        return false;
    *line_out = span_bytes(bytes->at, len);
    *bytes = span_bytes(bytes->at + len + 2, bytes->len - len - 2);
    return true;
}

bool smtp_line_take(struct smtp_line *l, size_t max, struct span *bytes, struct span *line_out,
                    unsigned *flaws_out)
{
    const char *at, *end, *cr;

    if (bytes->len == 0)
        return false;
    if (!smtp_line_is_begun(l) && take_plain(max, bytes, line_out)) {
        *flaws_out = 0;
        return true;
    }
    at = bytes->at;
    end = at + bytes->len;
    if (l->cr) {
        l->cr = false;
        if (*at == '\n') {
            *bytes = span_bytes(at + 1, (size_t)(end - at) - 1);
            finish(l, line_out, flaws_out);
            return true;
        }
        keep(l, max, SPAN("\r"));
    }

    cr = find_crlf(at, end);
    if (cr != NULL) {
        struct span part = span_bytes(at, (size_t)(cr - at));

        *bytes = span_bytes(cr + 2, (size_t)(end - cr) - 2);
        if (!smtp_line_is_begun(l) && part.len + 2 <= max) { /* all of it lies here: no copy */
            *line_out = part;
            *flaws_out = smtp_flaws(part);
        } else {
            keep(l, max, part);
            finish(l, line_out, flaws_out);
        }
        return true;
    }

    if (at < end && end[-1] == '\r') {
        end--;
        l->cr = true;
    }
    keep(l, max, span_bytes(at, (size_t)(end - at)));
    *bytes = span_bytes(end, 0);
    return false;
}

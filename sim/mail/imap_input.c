#include "mail/imap_input.h"

enum {
    DIGITS_MAX = 19,      /* of a literal's size */
    TAIL = 32,            /* of a line that is skipped, so much is kept to see a literal announced */
    KEPT_MAX = 64 * 1024, /* a larger buffer is given back after its command */
};

void imap_input_init(struct imap_input *in, size_t max)
{
    *in = (struct imap_input){ .text = g_string_new(NULL), .max = max };
}

void imap_input_release(struct imap_input *in)
{
    g_string_free(in->text, TRUE);
    in->text = NULL;
}

/* A line begins, or goes on behind a literal: not in quotes. */
static void begin_piece(struct imap_input *in)
{
    in->piece = in->text->len;
    in->quotes = IMAP_INPUT_PLAIN;
}

static void begin(struct imap_input *in)
{
    if (in->text->allocated_len > KEPT_MAX) {
        g_string_free(in->text, TRUE);
        in->text = g_string_new(NULL);
    }
    g_string_truncate(in->text, 0);
    in->lines = 0;
    in->mode = IMAP_INPUT_IN_LINE;
    begin_piece(in);
}

/* By each octet as it comes: a line that is skipped may be longer than what is kept of it. */
static void follow_quotes(struct imap_input *in, const char *at, size_t n)
{
    for (const char *end = at + n; at < end; at++) {
        switch (in->quotes) {
        case IMAP_INPUT_PLAIN:
            if (*at == '"')
                in->quotes = IMAP_INPUT_QUOTED;
            break;
        case IMAP_INPUT_QUOTED:
            if (*at == '"')
                in->quotes = IMAP_INPUT_PLAIN;
            else if (*at == '\\')
                in->quotes = IMAP_INPUT_ESCAPED;
            break;
        case IMAP_INPUT_ESCAPED:
            in->quotes = IMAP_INPUT_QUOTED;
            break;
        }
    }
}

/* The line, which has ended, announces a literal: "{12}" or "{12+}" before its CRLF. There are no quotes in
 * that: if the line ends outside of quotes, it was so at the brace. */
static bool is_announced(struct imap_input *in)
{
    const char *begin_at = in->text->str + in->piece, *end = in->text->str + in->text->len;
    const char *digits;

    if (in->quotes != IMAP_INPUT_PLAIN || end - begin_at < 5 || end[-1] != '\n' || end[-2] != '\r' ||
        end[-3] != '}')
        return false;
    end -= 3;
    in->waits = end[-1] != '+';
    if (!in->waits)
        end--;
    for (digits = end; digits > begin_at && g_ascii_isdigit(digits[-1]); digits--)
        ;
    return digits > begin_at && end - digits <= DIGITS_MAX && digits[-1] == '{' &&
           span_number(span_bytes(digits, (size_t)(end - digits)), INT64_MAX, &in->size);
}

/* As far as the line's end, or all. True: it is there. */
static bool take_line(struct imap_input *in, struct span *bytes, size_t room)
{
    const char *lf = memchr(bytes->at, '\n', bytes->len);
    size_t n = lf != NULL ? (size_t)(lf - bytes->at) + 1 : bytes->len;
    bool ended = lf != NULL && n <= room;

    n = MIN(n, room);
    g_string_append_len(in->text, bytes->at, (gssize)n);
    follow_quotes(in, bytes->at, n);
    *bytes = span_bytes(bytes->at + n, bytes->len - n);
    in->lines += n;
    return ended;
}

static void skip_line(struct imap_input *in, struct span *bytes)
{
    bool ended;

    if (in->text->len > TAIL) {
        size_t gone = in->text->len - TAIL;

        g_string_erase(in->text, 0, (gssize)gone);
        in->piece -= MIN(in->piece, gone);
    }
    ended = take_line(in, bytes, TAIL);
    if (ended && is_announced(in) && !in->waits)
        in->mode = IMAP_INPUT_SKIPS_LITERAL;
    else if (ended)
        begin(in);
}

enum imap_input_step imap_input_take(struct imap_input *in, struct span *bytes)
{
    size_t n;

    if (in->done)
        begin(in);
    in->done = false;
    while (bytes->len > 0) {
        switch (in->mode) {
        case IMAP_INPUT_IN_LINE:
            if (take_line(in, bytes, in->max - in->lines)) {
                if (is_announced(in))
                    return IMAP_INPUT_LITERAL;
                in->done = true;
                return IMAP_INPUT_COMMAND;
            }
            if (bytes->len > 0) { /* more than there is room for */
                in->mode = IMAP_INPUT_SKIPS_LINE;
                return IMAP_INPUT_LONG;
            }
            break;
        case IMAP_INPUT_IN_LITERAL:
            n = (size_t)MIN(in->size, bytes->len);
            g_string_append_len(in->text, bytes->at, (gssize)n);
            *bytes = span_bytes(bytes->at + n, bytes->len - n);
            in->size -= n;
            if (in->size == 0) {
                begin_piece(in);
                in->mode = IMAP_INPUT_IN_LINE;
            }
            break;
        case IMAP_INPUT_SKIPS_LINE:
            skip_line(in, bytes);
            break;
        case IMAP_INPUT_SKIPS_LITERAL:
            n = (size_t)MIN(in->size, bytes->len);
            *bytes = span_bytes(bytes->at + n, bytes->len - n);
            in->size -= n;
            if (in->size == 0) {
                begin_piece(in);
                in->mode = IMAP_INPUT_SKIPS_LINE;
            }
            break;
        }
    }
    return IMAP_INPUT_MORE;
}

void imap_input_accept(struct imap_input *in)
{
    begin_piece(in);
    in->mode = in->size > 0 ? IMAP_INPUT_IN_LITERAL : IMAP_INPUT_IN_LINE;
}

void imap_input_refuse(struct imap_input *in)
{
    begin_piece(in);
    if (in->waits)
        in->done = true;
    else
        in->mode = in->size > 0 ? IMAP_INPUT_SKIPS_LITERAL : IMAP_INPUT_SKIPS_LINE;
}

struct span imap_input_first_line(const struct imap_input *in)
{
    size_t n = strcspn(in->text->str, "\r\n"); /* or up to a NUL, which is no part of any command */

    return span_bytes(in->text->str, MIN(n, in->text->len));
}

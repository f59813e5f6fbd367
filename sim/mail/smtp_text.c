#include "mail/smtp_text.h"

#include "mail/smtp_line.h"
#include "mail/text.h"

enum {
    FIRST_ROOM = 2048,     /* octets: most messages */
    KEEP_ROOM = 16 * 1024, /* a larger buffer is not kept for the next message */
};

/* Of the line that begins at `at` and is plain up to *stop: moves that to its end; returns where the next one
 * begins. */
static const char *survey_rest(struct smtp_text_survey *s, const char *at, const char **stop, const char *end)
{
    const char *plain = *stop, *lf = memchr(plain, '\n', (size_t)(end - plain));

    *stop = lf != NULL ? lf : end;
    if (lf == NULL)
        s->octets += 2; /* the last line has no end: §4.1.1.4 lets the sender add it */
    else if (lf > at && lf[-1] == '\r')
        (*stop)--;
    else
        s->flaws |= SMTP_FLAW_BARE_LF;
    s->flaws |= smtp_flaws(span_bytes(plain, (size_t)(*stop - plain)));
    return lf != NULL ? lf + 1 : end;
}

struct smtp_text_survey smtp_text_survey(struct span message)
{
    struct smtp_text_survey s = { .octets = message.len };
    const char *at = message.at, *end = message.len > 0 ? at + message.len : at;

    while (at < end) {
        const char *stop = at + smtp_plain_len(span_bytes(at, (size_t)(end - at))), *next = stop + 2;

        if (next > end || stop[0] != '\r' || stop[1] != '\n') /* most lines end where plain text does */
            next = survey_rest(&s, at, &stop, end);
        if ((size_t)(stop - at) + 2 > SMTP_TEXT_LINE_MAX)
            s.flaws |= SMTP_FLAW_LONG;
        s.stuffed += *at == '.';
        s.lines++;
        at = next;
    }
    return s;
}

/* A dot that begins a line is doubled, so that none ends the message but ours. */
static void append_stuffed(GString *out, struct span message)
{
    const char *from = message.at, *end = from + message.len, *at = from;

    while (at < end) {
        const char *lf;

        if (*at == '.') {
            g_string_append_len(out, from, at - from);
            g_string_append_c(out, '.');
            from = at;
        }
        lf = memchr(at, '\n', (size_t)(end - at));
        at = lf != NULL ? lf + 1 : end;
    }
    g_string_append_len(out, from, end - from);
}

void smtp_text_send(struct span message, const struct smtp_text_survey *survey, GString *out)
{
    if (survey->stuffed > 0)
        append_stuffed(out, message);
    else if (message.len > 0)
        mail_append(out, message);
    if (survey->octets > message.len)
        mail_append(out, SPAN("\r\n"));
    mail_append(out, SPAN(".\r\n"));
}

void smtp_text_init(struct smtp_text *t, uint64_t limit)
{
    *t = (struct smtp_text){ .limit = limit };
}

void smtp_text_release(struct smtp_text *t)
{
    if (t->kept != NULL)
        g_string_free(t->kept, TRUE);
    t->kept = NULL;
}

void smtp_text_clear(struct smtp_text *t)
{
    t->size = 0;
    t->flaws = 0;
    if (t->kept == NULL)
        return;
    if (t->kept->allocated_len > KEEP_ROOM)
        smtp_text_release(t);
    else
        g_string_truncate(t->kept, 0);
}

static void keep(struct smtp_text *t, struct span text)
{
    if (t->kept == NULL)
        t->kept = g_string_sized_new(FIRST_ROOM);
    mail_append(t->kept, text);
}

void smtp_text_take_plain(struct smtp_text *t, struct span *bytes)
{
    const char *at = bytes->at, *end = bytes->len > 0 ? at + bytes->len : at;
    size_t len;

    while (at < end && *at != '.') {
        const char *stop = at + smtp_plain_len(span_bytes(at, (size_t)(end - at)));

        if (end - stop < 2 || stop[0] != '\r' || stop[1] != '\n' || stop - at + 2 > SMTP_TEXT_LINE_MAX)
            break;
        at = stop + 2;
    }
    len = (size_t)(at - bytes->at);
    if (len == 0 || t->flaws || t->size + len > t->limit) /* what is refused is counted line by line */
        return;
    keep(t, span_bytes(bytes->at, len));
    t->size += len;
    *bytes = span_bytes(at, bytes->len - len);
}

bool smtp_text_take(struct smtp_text *t, struct span line, unsigned flaws)
{
    if (line.len > 0 && line.at[0] == '.') {
        if (line.len == 1)
            return true;
        line = span_bytes(line.at + 1, line.len - 1); /* the sender doubled it */
    }
    if (line.len + 2 > SMTP_TEXT_LINE_MAX)
        flaws |= SMTP_FLAW_LONG;
    t->flaws |= flaws;
    t->size += line.len + 2;
    if (t->flaws || t->size > t->limit) {
        smtp_text_release(t);
        return false;
    }
    keep(t, line);
    keep(t, SPAN("\r\n"));
    return false;
}

struct span smtp_text_all(const struct smtp_text *t)
{
    return t->kept != NULL ? span_bytes(t->kept->str, t->kept->len) : SPAN("");
}

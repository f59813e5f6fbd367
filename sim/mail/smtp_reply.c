#include "mail/smtp_reply.h"

#include <assert.h>

#include "mail/text.h"

/* RFC 5321 §4.2.3 for the codes, RFC 3463 for the statuses. */
static const struct usual {
    unsigned code;
    const char *text;
} usuals[] = {
    { 214, "2.0.0 Help follows" },
    { 220, "2.0.0 Service ready" },
    { 221, "2.0.0 closing" },
    { 235, "2.7.0 Authentication successful" }, /* RFC 4954 §6, as 454, 530 and 535 */
    { 250, "2.0.0 OK" },
    { 251, "2.1.5 User not local; will forward" },
    { 252, "2.0.0 Cannot VRFY user, but will accept message and attempt delivery" },
    { 354, "End with <CRLF>.<CRLF>" },
    { 421, "4.3.2 Service not available, closing transmission channel" },
    { 450, "4.2.0 Mailbox unavailable now" },
    { 451, "4.3.0 Local error in processing" },
    { 452, "4.3.1 Insufficient system storage" },
    { 454, "4.7.0 Temporary authentication failure" },
    { 455, "4.5.4 Unable to accommodate parameters" },
    { 500, "5.5.1 Command not recognized" },
    { 501, "5.5.4 Syntax error in parameters or arguments" },
    { 502, "5.5.1 Command not implemented" },
    { 503, "5.5.1 Bad sequence of commands" },
    { 504, "5.5.4 Command parameter not implemented" },
    { 530, "5.7.0 Authentication required" },
    { 535, "5.7.8 Authentication credentials invalid" },
    { 550, "5.1.1 No such user here" },
    { 551, "5.1.6 User not local" },
    { 552, "5.2.2 Exceeded storage allocation" },
    { 553, "5.1.3 Mailbox name not allowed" },
    { 554, "5.0.0 Transaction failed" },
    { 555, "5.5.4 Parameters not recognized or not implemented" },
};

const char *smtp_reply_usual(unsigned code)
{
    for (size_t i = 0; i < G_N_ELEMENTS(usuals); i++)
        if (usuals[i].code == code)
            return usuals[i].text;
    return code < 300   ? "2.0.0 OK"
           : code < 400 ? "Go on"
           : code < 500 ? "4.0.0 Not now; try again later"
                        : "5.0.0 Refused";
}

/* 1*3DIGIT at `i`: where it ends, or 0. */
static size_t digits_end(struct span text, size_t i)
{
    size_t start = i;

    while (i < text.len && i < start + 3 && g_ascii_isdigit(text.at[i]))
        i++;
    return i > start ? i : 0;
}

/* class "." subject "." detail (RFC 2034 §4): its length, or 0 if `text` does not start with one of this
 * class. */
size_t smtp_reply_status_len(unsigned code, struct span text)
{
    size_t i;

    if (text.len < 5 || text.at[0] != (char)('0' + code / 100) || text.at[1] != '.')
        return 0;
    i = digits_end(text, 2);
    if (i == 0 || i == text.len || text.at[i] != '.')
        return 0;
    i = digits_end(text, i + 1);
    return i != 0 && (i == text.len || text.at[i] == ' ') ? i : 0;
}

struct span smtp_reply_take_status(unsigned code, struct span *text)
{
    size_t len = smtp_reply_status_len(code, *text);
    struct span status = span_bytes(text->at, len);

    if (code / 100 == 3)
        return span_bytes(NULL, 0);
    if (len == 0) {
        status = span_of(smtp_reply_usual(code));
        status.len = smtp_reply_status_len(code, status);
        return status;
    }
    while (len < text->len && text->at[len] == ' ')
        len++;
    *text = span_bytes(text->at + len, text->len - len);
    return status;
}

/* Code and status. Returns where the text begins. */
static char *put_head(char *at, unsigned code, struct span status)
{
    *at++ = (char)('0' + code / 100);
    *at++ = (char)('0' + code / 10 % 10);
    *at++ = (char)('0' + code % 10);
    *at++ = ' ';
    if (status.len > 0) {
        at = mail_put(at, status);
        *at++ = ' ';
    }
    return at;
}

/* The line being written: its text begins behind code and status, which all lines of a reply share. */
struct reply_line {
    GString *out;
    char *text, *at, *end;
    char buf[SMTP_REPLY_LINE_MAX];
};

static void end_line(struct reply_line *l)
{
    mail_append(l->out, span_bytes(l->buf, (size_t)(mail_put(l->at, SPAN("\r\n")) - l->buf)));
    l->at = l->text;
}

static bool put_if_plain(struct reply_line *l, const struct span *parts, unsigned n_parts)
{
    char *at = l->text;

    for (unsigned i = 0; i < n_parts; i++) {
        if (parts[i].len > (size_t)(l->end - at))
            return false;
        if (parts[i].len > 0)
            at = mail_put(at, parts[i]);
    }
    l->at = at;
    return smtp_plain_len(span_bytes(l->text, (size_t)(at - l->text))) == (size_t)(at - l->text);
}

static void put_octet(struct reply_line *l, char c)
{
    if (l->at == l->end || c == '\n') { /* another line follows (RFC 5321 §4.2.1) */
        l->buf[3] = '-';
        end_line(l);
        l->buf[3] = ' ';
    }
    if (c != '\n')
        *l->at++ = (c >= ' ' && c <= '~') || c == '\t' ? c : '?';
}

static void put_text(struct reply_line *l, struct span text)
{
    while (text.len > 0) {
        size_t plain = smtp_plain_len(span_bytes(text.at, MIN(text.len, (size_t)(l->end - l->at))));

        l->at = mail_put(l->at, span_bytes(text.at, plain));
        text = span_bytes(text.at + plain, text.len - plain);
        if (text.len > 0) {
            put_octet(l, text.at[0]);
            text = span_bytes(text.at + 1, text.len - 1);
        }
    }
}

/* Most replies are one line of plain text. */
void smtp_reply_write(GString *out, unsigned code, struct span status, const struct span *parts,
                      unsigned n_parts)
{
    struct reply_line l;

    assert(code >= 200 && code <= 599 && status.len < 16);
    l.out = out;
    l.text = put_head(l.buf, code, status);
    l.end = l.buf + sizeof l.buf - 2;
    if (!put_if_plain(&l, parts, n_parts)) {
        l.at = l.text;
        for (unsigned i = 0; i < n_parts; i++)
            put_text(&l, parts[i]);
    }
    end_line(&l);
}

/* ── Reading ── */

enum {
    LINES_MAX = 100,
    JOINED_MAX = 2048, /* octets of all lines; further ones are read and not kept */
};

void smtp_reply_reader_init(struct smtp_reply_reader *r)
{
    smtp_reply_reader_clear(r);
    r->joined = NULL;
}

void smtp_reply_reader_clear(struct smtp_reply_reader *r)
{
    smtp_line_init(&r->line);
    r->code = r->n_lines = 0;
}

void smtp_reply_reader_release(struct smtp_reply_reader *r)
{
    if (r->joined != NULL)
        g_string_free(r->joined, TRUE);
    r->joined = NULL;
}

bool smtp_reply_is_begun(const struct smtp_reply_reader *r)
{
    return r->n_lines > 0 || smtp_line_is_begun(&r->line);
}

/* Reply-code, then "-" or a space, or nothing (§4.2): the code, or 0. */
static unsigned code_of(struct span line)
{
    const char *at = line.at;

    if (line.len < 3 || at[0] < '2' || at[0] > '5' || !g_ascii_isdigit(at[1]) || !g_ascii_isdigit(at[2]))
        return 0;
    if (line.len > 3 && at[3] != ' ' && at[3] != '-')
        return 0;
    return (unsigned)(at[0] - '0') * 100 + (unsigned)(at[1] - '0') * 10 + (unsigned)(at[2] - '0');
}

static void join(struct smtp_reply_reader *r, struct span line, struct span text)
{
    size_t status = smtp_reply_status_len(r->code, text);

    if (r->joined == NULL)
        r->joined = g_string_sized_new(256);
    if (r->n_lines == 1) {
        g_string_truncate(r->joined, 0);
        mail_append(r->joined, span_bytes(line.at, 3));
    } else if (status > 0) { /* RFC 2034 §4: the same in each line; once is enough */
        text = span_trim(span_bytes(text.at + status, text.len - status));
    }
    if (text.len > 0 && r->joined->len + text.len < JOINED_MAX) {
        g_string_append_c(r->joined, ' ');
        mail_append(r->joined, text);
    }
}

static enum smtp_reply_step broken(struct smtp_reply *out, const char *why)
{
    out->wrong = why;
    return SMTP_REPLY_BROKEN;
}

enum smtp_reply_step smtp_reply_read(struct smtp_reply_reader *r, struct span *bytes, struct smtp_reply *out)
{
    struct span line;
    unsigned flaws;
    bool more;

    if (!smtp_line_take(&r->line, SMTP_REPLY_LINE_MAX, bytes, &line, &flaws))
        return SMTP_REPLY_NONE;
    out->code = code_of(line);
    if (flaws)
        return broken(out, smtp_flaw_text(flaws));
    if (out->code == 0)
        return broken(out, "no reply code");
    if (r->n_lines > 0 && out->code != r->code)
        return broken(out, "two codes in one reply");
    if (r->n_lines == LINES_MAX)
        return broken(out, "a reply without end");

    more = line.len > 3 && line.at[3] == '-';
    r->code = out->code;
    out->n = ++r->n_lines;
    out->line = line.len > 3 ? span_bytes(line.at + 4, line.len - 4) : SPAN("");
    if (more || out->n > 1)
        join(r, line, out->line);
    if (more)
        return SMTP_REPLY_LINE;
    out->all = out->n > 1 ? span_bytes(r->joined->str, r->joined->len) : line;
    r->n_lines = 0;
    return SMTP_REPLY_WHOLE;
}

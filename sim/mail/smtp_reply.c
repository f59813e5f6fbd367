#include "mail/smtp_reply.h"

#include <assert.h>

#include "mail/smtp_line.h"

/* RFC 5321 §4.2.3 for the codes, RFC 3463 for the statuses. */
static const struct usual {
    unsigned code;
    const char *text;
} usuals[] = {
    { 214, "2.0.0 Help follows" },
    { 220, "2.0.0 Service ready" },
    { 221, "2.0.0 Service closing transmission channel" },
    { 250, "2.0.0 OK" },
    { 251, "2.1.5 User not local; will forward" },
    { 252, "2.0.0 Cannot VRFY user, but will accept message and attempt delivery" },
    { 354, "Start mail input; end with <CRLF>.<CRLF>" },
    { 421, "4.3.2 Service not available, closing transmission channel" },
    { 450, "4.2.0 Mailbox unavailable now" },
    { 451, "4.3.0 Local error in processing" },
    { 452, "4.3.1 Insufficient system storage" },
    { 455, "4.5.4 Unable to accommodate parameters" },
    { 500, "5.5.1 Command not recognized" },
    { 501, "5.5.4 Syntax error in parameters or arguments" },
    { 502, "5.5.1 Command not implemented" },
    { 503, "5.5.1 Bad sequence of commands" },
    { 504, "5.5.4 Command parameter not implemented" },
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

static bool is_printable(char c)
{
    return (c >= ' ' && c <= '~') || c == '\t';
}

static void begin_line(GString *out, unsigned code, struct span status)
{
    char head[4] = { (char)('0' + code / 100), (char)('0' + code / 10 % 10), (char)('0' + code % 10), ' ' };

    g_string_append_len(out, head, 4);
    if (status.len > 0) {
        g_string_append_len(out, status.at, (gssize)status.len);
        g_string_append_c(out, ' ');
    }
}

void smtp_reply_write(GString *out, unsigned code, struct span status, const struct span *parts,
                      unsigned n_parts)
{
    size_t line = out->len;

    assert(code >= 200 && code <= 599 && status.len < 16);
    begin_line(out, code, status);
    for (unsigned i = 0; i < n_parts; i++) {
        const char *at = parts[i].at, *end = at + parts[i].len;

        while (at < end) {
            size_t room = SMTP_REPLY_LINE_MAX - 2 - (out->len - line), n = 0;

            while (n < room && at + n < end && is_printable(at[n]))
                n++;
            g_string_append_len(out, at, (gssize)n);
            at += n;
            if (at < end && (n == room || *at == '\n')) {
                at += *at == '\n' ? 1 : 0;
                out->str[line + 3] = '-'; /* another line follows (RFC 5321 §4.2.1) */
                g_string_append_len(out, "\r\n", 2);
                line = out->len;
                begin_line(out, code, status);
            } else if (at < end) {
                g_string_append_c(out, '?');
                at++;
            }
        }
    }
    g_string_append_len(out, "\r\n", 2);
}

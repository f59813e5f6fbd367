/* mail/smtp_line.h: lines out of a byte stream, for both sides of SMTP and of POP3, in bounded memory.
 * CRLF ends a line and nothing else does (RFC 5321 §2.3.8, RFC 1939 §3). A server that took a bare LF for a
 * line's end where its neighbour does not could be made to see "<LF>.<LF>" as the end of a message, and what
 * follows as commands: a smuggled mail. So a bare CR or LF stays in its line and is reported as a flaw; the
 * session refuses. */
#ifndef MAIL_SMTP_LINE_H
#define MAIL_SMTP_LINE_H

#include "core/span.h"

/* Limits of RFC 5321 §4.5.3.1, octets with CRLF. A reply line's is the same as a command's. Where AUTH is
 * offered, MAIL may be longer (RFC 4954 §3). */
enum {
    SMTP_COMMAND_MAX = 512,
    SMTP_COMMAND_AUTH_MAX = 512 + 500,
    SMTP_REPLY_LINE_MAX = 512,
    SMTP_TEXT_LINE_MAX = 1000,
};

enum smtp_flaw {
    SMTP_FLAW_LONG = 1, /* past the limit; the line's beginning is what was kept */
    SMTP_FLAW_NUL = 2,
    SMTP_FLAW_BARE_CR = 4,
    SMTP_FLAW_BARE_LF = 8,
    SMTP_FLAW_8BIT = 16,
};

/* What has arrived of a line whose end has not. */
struct smtp_line {
    size_t len; /* octets kept */
    unsigned flaws;
    bool cr; /* the last octet was CR: the next one tells what it means. Not in `kept` yet */
    /* A line of text may have one octet more: the dot doubled for transparency does not count (§4.5.2). */
    char kept[SMTP_COMMAND_AUTH_MAX];
};

void smtp_line_init(struct smtp_line *l);

/* Take the next line off `bytes`. True: `line_out` has it without its CRLF, borrowed from `bytes` or `l`
 * until the next call, and `flaws_out` what is wrong with it. False: there is no further end of line; `bytes`
 * is used up and kept. `max` octets with CRLF, at most the size of `kept`, may not change while a line is
 * incomplete. */
bool smtp_line_take(struct smtp_line *l, size_t max, struct span *bytes, struct span *line_out,
                    unsigned *flaws_out);

/* Some octets of a line have arrived, its end has not. */
static inline bool smtp_line_is_begun(const struct smtp_line *l)
{
    return l->len > 0 || l->cr || l->flaws;
}

/* So many octets at the start of `text` are printable ASCII: almost all of any line. */
size_t smtp_plain_len(struct span text);

/* The flaws of octets that should be plain text: each CR and LF among them counts as bare. */
unsigned smtp_flaws(struct span text);

/* One of them in words, the worst first: "a bare LF". NULL if there is none. */
const char *smtp_flaw_text(unsigned flaws);

#endif

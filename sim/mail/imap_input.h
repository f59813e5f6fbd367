/* mail/imap_input.h: commands out of a client's byte stream, in bounded memory (RFC 3501 §2.2.1).
 * A command is a line; where it ends in "{12}", twelve octets of any kind follow, and then the line goes on:
 * a literal (§4.3). Before the octets come, the client waits for the server's "+", unless it wrote "{12+}"
 * (RFC 7888). Quotes hide braces: what ends inside a quoted string announces nothing. */
#ifndef MAIL_IMAP_INPUT_H
#define MAIL_IMAP_INPUT_H

#include <glib.h>
#include <stdbool.h>

#include "core/span.h"

enum imap_input_step {
    IMAP_INPUT_MORE,    /* the bytes are used up */
    IMAP_INPUT_COMMAND, /* `text` is a whole command: lines and literals as they came, its CRLF too */
    IMAP_INPUT_LITERAL, /* `text` ends where one is announced: accept or refuse it */
    IMAP_INPUT_LONG,    /* the line is too long: `text` is its beginning, the rest will be skipped */
};

/* Read-only for others, but for what the steps above say. */
struct imap_input {
    GString *text; /* good until the next take */
    size_t max;    /* octets of a command's lines, CRLFs and all */
    size_t lines;  /* so many are in `text` */
    size_t piece;  /* where the line under way begins in `text`: behind the last literal */
    enum { IMAP_INPUT_PLAIN, IMAP_INPUT_QUOTED, IMAP_INPUT_ESCAPED } quotes; /* that line, so far */
    uint64_t size; /* of the literal announced; while it comes, what is left of it */
    bool waits;    /* and the client waits for "+" */
    enum { IMAP_INPUT_IN_LINE, IMAP_INPUT_IN_LITERAL, IMAP_INPUT_SKIPS_LINE, IMAP_INPUT_SKIPS_LITERAL } mode;
    bool done; /* with `text`: the next take begins anew */
};

void imap_input_init(struct imap_input *in, size_t max);
void imap_input_release(struct imap_input *in);

/* Go on with `bytes` and cut off what was used. */
enum imap_input_step imap_input_take(struct imap_input *in, struct span *bytes);
/* After IMAP_INPUT_LITERAL, one of the two. A literal that does not wait is on its way even if refused: it is
 * skipped, with the rest of its command. */
void imap_input_accept(struct imap_input *in);
void imap_input_refuse(struct imap_input *in);

/* `text` without literals: up to its first CRLF. */
struct span imap_input_first_line(const struct imap_input *in);

#endif

/* mail/smtp_text.h: mail data on its way over a link, at both ends: dots are doubled and taken out again (RFC
 * 5321 §4.5.2), lines end in CRLF and are no longer than a thousand octets, and nothing but 7-bit text
 * crosses. */
#ifndef MAIL_SMTP_TEXT_H
#define MAIL_SMTP_TEXT_H

#include <glib.h>

#include "core/span.h"

/* A message about to be sent. */
struct smtp_text_survey {
    size_t octets; /* with a final CRLF, which it gets if it has none; without doubled dots and the last one,
                      as SIZE counts */
    unsigned lines;
    unsigned stuffed; /* of them begin with a dot */
    unsigned flaws;   /* of enum smtp_flaw: what forbids sending it as it is */
};
struct smtp_text_survey smtp_text_survey(struct span message);

/* Append it as it crosses the link, its final dot included. */
void smtp_text_send(struct span message, const struct smtp_text_survey *survey, GString *out);

/* A message arriving. Refused at its end if it has flaws or is larger than `limit`; from the first flaw on
 * its lines are counted, not kept, so that memory is bounded by the limit. */
struct smtp_text {
    uint64_t limit;
    uint64_t size;  /* as SIZE counts (RFC 1870 §5), also of what was not kept */
    unsigned flaws; /* of enum smtp_flaw, of all its lines */
    GString *kept;  /* NULL: nothing */
};

void smtp_text_init(struct smtp_text *t, uint64_t limit);
void smtp_text_release(struct smtp_text *t);
/* For the next message; a buffer of ordinary size stays. */
void smtp_text_clear(struct smtp_text *t);
/* Take all lines that are whole, plain, and need no change, up to the first that is not. */
void smtp_text_take_plain(struct smtp_text *t, struct span *bytes);
/* The next line, without its CRLF, with its flaws as smtp_line_take tells them. True: it was the final dot.
 */
bool smtp_text_take(struct smtp_text *t, struct span line, unsigned flaws);
/* All of it, borrowed until clear. */
struct span smtp_text_all(const struct smtp_text *t);

#endif

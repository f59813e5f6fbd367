/* mail/text.h: small writers for header lines, for where each message passes: into a buffer that is known to
 * be large enough. */
#ifndef MAIL_TEXT_H
#define MAIL_TEXT_H

#include <glib.h>
#include <string.h>

#include "core/span.h"
#include "core/time.h"

/* Each returns where the next one writes. */
static inline char *mail_put(char *at, struct span text)
{
    if (text.len > 0)
        memcpy(at, text.at, text.len);
    return at + text.len;
}

/* The same for a buffer that grows: g_string_append_len, without a call where there is room. */
static inline void mail_append(GString *out, struct span text)
{
    if (text.len >= out->allocated_len - out->len) {
        g_string_append_len(out, text.at, (gssize)text.len);
        return;
    }
    out->len += text.len;
    *mail_put(out->str + out->len - text.len, text) = '\0';
}

enum { MAIL_NUMBER_MAX = 20 };
char *mail_put_number(char *at, uint64_t number);

/* Dates as headers write them. Many fall on one day: its text is kept, and only the time of day is written
 * anew. All zeros is a good start. */
struct mail_date {
    int64_t day; /* since 1970, plus one */
    char text[TIME_RFC5322_MAX];
};

/* Borrowed until the next call. */
struct span mail_date_text(struct mail_date *d, int64_t unix_s);

#endif

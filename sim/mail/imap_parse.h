/* mail/imap_parse.h: the words of IMAP commands (RFC 3501 §9): atoms, strings, numbers, lists, sets, dates.
 * A reader goes through a command once, left to right; where it finds anything but what was asked for it
 * latches a fault and gives empty answers, so that callers check once, at the end. */
#ifndef MAIL_IMAP_PARSE_H
#define MAIL_IMAP_PARSE_H

#include <glib.h>
#include <stdbool.h>

#include "core/span.h"
#include "mail/box.h"
#include "mail/imap_set.h"

struct imap_args {
    struct span rest;   /* what is not read yet */
    GStringChunk *kept; /* quoted strings without their quotes, as long as the command */
    const char *fault;  /* what was expected where it went wrong: "a number". NULL: all well so far */
};

void imap_args_init(struct imap_args *a);
void imap_args_release(struct imap_args *a);
/* Begin with `command`, which ends in CRLF and outlives the reading. What was read before is gone. */
void imap_args_start(struct imap_args *a, struct span command);
/* Latch one, unless there is one already. */
void imap_args_expected(struct imap_args *a, const char *what);

/* The next octet, which stays; '\0' at the end or after a fault. */
char imap_args_peek(const struct imap_args *a);
/* It is this one, and read. No fault if it is not. */
bool imap_args_take_if(struct imap_args *a, char c);
bool imap_args_take_word_if(struct imap_args *a, struct span word); /* any case */

/* What must come. Spans point into the command or into `kept`. */
void imap_args_take_space(struct imap_args *a); /* one; never more (§9, note 2) */
void imap_args_take(struct imap_args *a, char c);
void imap_args_take_end(struct imap_args *a);
struct span imap_args_take_tag(struct imap_args *a);
struct span imap_args_take_atom(struct imap_args *a, const char *what);
struct span imap_args_take_letters(struct imap_args *a); /* letters and dots: names of items; may be none */
struct span imap_args_take_astring(struct imap_args *a, const char *what);
struct span imap_args_take_pattern(struct imap_args *a); /* list-mailbox: % and * need no quotes */
uint32_t imap_args_take_number(struct imap_args *a, uint32_t least);
/* "{12}" or "{12+}" and CRLF, without the octets. */
uint64_t imap_args_take_literal_size(struct imap_args *a);
/* "{12}", CRLF, and the octets. */
struct span imap_args_take_literal(struct imap_args *a);

/* Days since 1970-01-01 of "1-Feb-1994", quoted or not. */
int64_t imap_args_take_date(struct imap_args *a);
/* Unix seconds of "\" 1-Feb-1994 21:52:25 -0800\"". */
int64_t imap_args_take_date_time(struct imap_args *a);

/* Flags that a client may set (§2.3.2): not \Recent. */
struct imap_flags {
    uint32_t system;                         /* of enum mail_flag */
    struct span keywords[MAIL_KEYWORDS_MAX]; /* each once */
    unsigned n_keywords;
    bool too_many; /* keywords */
};
void imap_args_take_flag_list(struct imap_args *a, struct imap_flags *out); /* "(\Seen $Work)" */
void imap_args_take_flags(struct imap_args *a, struct imap_flags *out);     /* that, or "\Seen $Work" */

/* "2,4:7,9,12:*" (sequence-set). Released by the caller, fault or not. */
void imap_args_take_set(struct imap_args *a, struct imap_set *out);

#endif

/* dns/rr_text.h: what the two halves of reading a record share: rr_parse.c (the line) and rr_data.c (its
 * data). */
#ifndef DNS_RR_TEXT_H
#define DNS_RR_TEXT_H

#include "dns/rr.h"

enum { RR_ERROR_MAX = 160, RR_WORD_SHOWN = 40 };

/* Write the reason into `error_out` [RR_ERROR_MAX]; returns false, for the caller to return. */
bool dns_rr_fail(char *error_out, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* For "%.*s": the word, cut where it would crowd the message out, but not within a character of UTF-8. */
#define SHOWN(word) dns_rr_shown(word), (word).at
int dns_rr_shown(struct span word);

unsigned dns_rr_words(struct span text);

/* Seconds, or numbers with units: "300", "1h30m", "1W". */
bool dns_rr_seconds(struct span word, uint32_t *out);

/* The data of a record of out->type, from its text: no comment, no parenthesis, blanks only as spaces. */
bool dns_rr_parse_data(struct span text, const struct dns_name *origin, struct dns_rr *out, char *error_out);

/* Does ldns turn the data of this type into text and back? Of the types it has, those that people write; the
 * others are written as RFC 3597 §5 has it. */
bool dns_rr_is_ldns(uint16_t type);

#endif

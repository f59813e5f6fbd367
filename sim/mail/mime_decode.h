/* mail/mime_decode.h: the two encodings of RFC 2045 §6.7 and §6.8, and encoded-words, piece by piece, as they
 * are decoded and as they are shown: one reading of the bytes for both. */
#ifndef MAIL_MIME_DECODE_H
#define MAIL_MIME_DECODE_H

#include <stdbool.h>

#include "core/span.h"

enum mime_qp_kind {
    MIME_QP_PLAIN,  /* octets that stand for themselves */
    MIME_QP_ESCAPE, /* "=C3": one octet */
    MIME_QP_SOFT,   /* "=" at the end of a line: the line goes on, nothing was there */
    MIME_QP_SPACES, /* at the end of a line: added on the way, rule (3) */
    MIME_QP_WRONG,  /* an "=" that is none of these: itself */
};

struct mime_qp {
    enum mime_qp_kind kind;
    struct span raw;
    unsigned char octet; /* of MIME_QP_ESCAPE */
};

/* Cuts the next piece off. False: there is none. */
bool mime_qp_next(struct span *rest, struct mime_qp *out);

/* Cuts up to four characters off, leaving out what is not of the alphabet; those of padding are not among
 * them, and nothing comes after them. How many: 0 at the end. */
unsigned mime_base64_next(struct span *rest, char out[4]);
/* 0 to 63, or -1. */
int mime_base64_value(char c);

/* RFC 2047 §2: "=?charset?encoding?text?=", all of it printed, and no "?" in its parts. */
struct mime_word {
    struct span raw, charset, text;
    char encoding; /* 'B' or 'Q' */
};

/* The next encoded-word, cut off with all before it. False: there is none. */
bool mime_word_next(struct span *rest, struct mime_word *out);

#endif

/* mail/imap_reply.h: responses out of a server's byte stream (RFC 3501 §7), in bounded memory, and what they
 * say. Lax where it does no harm: what it does not know (a new kind of data, a new item of FETCH, however its
 * lists nest) is skipped, as §2.2.2 asks of clients. */
#ifndef MAIL_IMAP_REPLY_H
#define MAIL_IMAP_REPLY_H

#include "mail/imap_parse.h"

enum { IMAP_RESPONSE_MAX = 32 * 1024 * 1024 }; /* octets of one response; a longer one is broken */

/* What a FETCH response says of a message; what it does not say is empty, 0 or false. */
struct imap_fetched {
    unsigned number; /* message sequence number */
    uint32_t uid;
    bool has_flags;
    struct span flags; /* "\Seen \Flagged" */
    size_t size;       /* RFC822.SIZE */
    /* The first of its parts that is not NIL: of BODY[…] the section, "HEADER.FIELDS (FROM SUBJECT)", ""
     * for the whole; of RFC822 "", of RFC822.HEADER "HEADER", of RFC822.TEXT "TEXT". */
    bool has_body;
    struct span section, body;
    struct span raw; /* the whole response, "* 3 FETCH (…)" */
};

struct imap_listed {
    struct span name; /* decoded to UTF-8 */
    bool no_select;
};

enum imap_reply_kind {
    IMAP_REPLY_NONE,   /* the bytes are used up */
    IMAP_REPLY_BROKEN, /* see `wrong`; what follows is not to be read */
    IMAP_REPLY_GO_ON,  /* "+ …" */
    IMAP_REPLY_TAGGED, /* "a1 OK …", the end of a command */
    IMAP_REPLY_STATUS, /* "* OK …", "* BYE …", "* PREAUTH …" */
    IMAP_REPLY_EXISTS,
    IMAP_REPLY_RECENT,
    IMAP_REPLY_EXPUNGE,
    IMAP_REPLY_FETCH,
    IMAP_REPLY_LIST, /* LSUB too */
    IMAP_REPLY_SEARCH,
    IMAP_REPLY_OTHER, /* any other data */
};

/* Spans are good until the next is read. */
struct imap_reply {
    const char *wrong;    /* of BROKEN: "a bare LF" */
    struct span all;      /* without its last CRLF */
    struct span tag;      /* of TAGGED */
    const char *status;   /* of TAGGED and STATUS: "OK", "NO", "BAD", "BYE", "PREAUTH" */
    struct span text;     /* behind it, response code and all */
    struct span code;     /* "UIDVALIDITY" in "[UIDVALIDITY 7]"; "" if there is none */
    uint32_t code_number; /* 7; 0 if there is none */
    unsigned number;      /* of EXISTS, RECENT, EXPUNGE (from 1) */
    struct imap_fetched fetched;
    struct imap_listed listed;
    const uint32_t *found; /* of SEARCH */
    unsigned n_found;
};

/* What has come of a response, and where the last one was read into. */
struct imap_reply_reader {
    GString *text;
    size_t line;      /* in `text`: where the line under way begins, behind the last literal */
    uint64_t literal; /* octets of a literal that are still to come */
    bool done;        /* with `text`: the next one begins anew */
    struct imap_args args;
    GString *name;
    GArray *found;
};

void imap_reply_reader_init(struct imap_reply_reader *r);
void imap_reply_reader_release(struct imap_reply_reader *r);

/* Take the next response off `bytes`. */
enum imap_reply_kind imap_reply_read(struct imap_reply_reader *r, struct span *bytes, struct imap_reply *out);

#endif

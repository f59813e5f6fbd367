/* mail/reader.h: a person's mail program as it reads: by POP3 or IMAP, on one device. What POP3 downloads is
 * kept here, and is nowhere else if it was deleted there; what IMAP shows is as the server has it (lessons
 * R2, R3). One errand at a time, the others wait their turn; an IMAP connection may stay, idling, so that
 * news come by themselves. Other errands then go first, over the same connection if they can, and it stays on
 * for the rest of its time. */
#ifndef MAIL_READER_H
#define MAIL_READER_H

#include "net/net.h"

struct mail_reader;

struct mail_reader_spec {
    const char *address; /* "bob@hamburger.edu"; the user name is what is before the @ */
    const char *password;
    ip_addr server;
    bool apop; /* POP3 by APOP where it is offered */
};

/* The program "reader bob@hamburger.edu". It lives as long as the net; free it after that. Texts are copied.
 */
struct mail_reader *mail_reader_add(struct net_host *h, const struct mail_reader_spec *spec);
void mail_reader_free(struct mail_reader **r);

enum mail_by { MAIL_BY_POP3, MAIL_BY_IMAP };

enum mail_errand_kind {
    MAIL_READ,          /* log in, see what is there, fetch and read it */
    MAIL_MAKE_FOLDER,   /* IMAP, as all that follow; `folder` */
    MAIL_RENAME_FOLDER, /* `folder` to `to` */
    MAIL_DELETE_FOLDER,
    MAIL_SUBSCRIBE,
    MAIL_UNSUBSCRIBE,
    MAIL_MOVE, /* `which` of `folder` to `to` */
    MAIL_COPY,
    MAIL_FLAG,   /* `flags` on or off (`off`) for `which` of `folder` */
    MAIL_SEARCH, /* `which`: the search keys */
    MAIL_DELETE, /* mark `which` as deleted and expunge */
};

struct mail_errand {
    enum mail_errand_kind kind;
    enum mail_by by;    /* of MAIL_READ */
    const char *folder; /* NULL: INBOX */
    const char *to;
    const char *which; /* IMAP search keys, "SUBJECT lunch UNSEEN"; NULL: of MAIL_READ, what is new on this
                          device; else all */
    const char *flags; /* "\\Flagged $Work" */
    bool off;
    bool headers; /* MAIL_READ: only From, Subject and Date; by IMAP, FETCH of HEADER.FIELDS; by POP3, TOP n 0
                   */
    bool remove;  /* MAIL_READ: delete what was fetched (POP3: download and delete) */
    bool leave_unread;    /* IMAP: BODY.PEEK, no \Seen */
    sim_time stay;        /* MAIL_READ by IMAP: idle so long afterwards, reading what comes, unless a later
                             errand says where and how long; 0: log out at once */
    const char *password; /* one that is typed for this errand; NULL: the right one, as set up */
    bool hang_up; /* end without QUIT or LOGOUT, when all is fetched and marked: what POP3 marked stays there
                   */
};

/* Begins at once if the program is free. Texts are copied, and may be anything: what cannot be sent fails, as
 * does what the server refuses. Traces agent.ask now, and what comes of it follows from that. */
void mail_reader_do(struct mail_reader *r, const struct mail_errand *e);

/* For badges: messages that it holds (POP3), or shows (IMAP). */
unsigned mail_reader_messages(const struct mail_reader *r);

#endif

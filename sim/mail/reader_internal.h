/* mail/reader_internal.h: what the parts of a reader share: errands, connection and device (reader.c), how it
 * goes by POP3 (reader_pop3.c) and by IMAP (reader_imap.c). Nobody else includes it. */
#ifndef MAIL_READER_INTERNAL_H
#define MAIL_READER_INTERNAL_H

#include <glib.h>
#include <string.h>

#include "mail/access.h"
#include "mail/imap_client.h"
#include "mail/mime.h"
#include "mail/pop3_client.h"
#include "mail/reader.h"
#include "net/tcp.h"

/* A mail_errand whose texts are its own. `folder`, `flags` and `password` are never NULL. */
struct errand {
    enum mail_errand_kind kind;
    enum mail_by by;
    char *folder, *to, *which, *flags, *password;
    bool off, headers, remove, leave_unread, hang_up;
    sim_time stay;
    uint64_t cause;
};

/* A message on this device, or one of which it knows. */
struct held {
    char *key;
    enum mail_by by;
    char *folder, *id;            /* POP3: its unique id; IMAP: its uid */
    char *from, *subject, *flags; /* NULL: not known */
    uint32_t mail;
    size_t size, fetched; /* octets: of the whole, of what came over the wire */
    bool whole;           /* and not only its header lines */
    sim_time when;
};

struct mail_reader {
    struct net_program program;
    struct net_host *host;
    struct sim *sim;
    char *address, *user, *password, *server_name;
    ip_addr server;
    bool apop, is_up;
    GPtrArray *held;       /* of struct held, in the order first heard of */
    GHashTable *by_key;    /* the same, by key */
    GHashTable *validity;  /* IMAP: folder → its uidvalidity when last seen */
    GQueue errands;        /* of struct errand: those to come */
    struct errand *errand; /* the one under way; NULL: none */
    char *trouble;         /* what went wrong last */

    /* Of the session under way. */
    struct tcp_conn *conn;
    struct pop3_client *pop3;
    struct imap_client *imap;
    struct pop3_client_options pop3_options;
    GString *out; /* scratch */
    sim_time began, heard;
    struct sched_handle timer, stay, next;
    const char *gone;   /* how the connection ended; NULL: it has not */
    bool is_over;       /* nothing more to do with it */
    bool sends_literal; /* what goes out next is no command */
    bool was_refused;
    GArray *todo;   /* of uint32_t: numbers (POP3) or uids (IMAP) still to fetch, the next one last */
    GArray *done;   /* of uint32_t: uids fetched, or that the errand is about */
    bool is_listed; /* POP3: what is there is known: */
    const struct pop3_listed *list;
    unsigned n_list, to_delete; /* to_delete: the number of what was fetched just now; 0: none */
    int step;                   /* of reader_imap.c */
    GArray *view; /* IMAP: of uint32_t: the uid of each message number of the folder; 0: not known */
    uint32_t uidvalidity;
    sim_time stay_until; /* IMAP: idle as long; 0: not at all */
    char *stay_folder;   /* in this folder */
    bool is_news;        /* something has come in while it idled */
};

struct held *reader_held(const struct mail_reader *r, enum mail_by by, const char *folder, const char *id);
/* The same, made if there is none. */
struct held *reader_hold(struct mail_reader *r, enum mail_by by, const char *folder, const char *id);
void reader_drop(struct mail_reader *r, struct held *h); /* may be NULL */
/* What came of it: `whole`, or header lines. */
void reader_keep(struct mail_reader *r, struct held *h, struct span text, bool whole);

void reader_trace_check(struct mail_reader *r, unsigned count, unsigned fresh);
void reader_trace_read(struct mail_reader *r, const struct held *h, bool whole);
void reader_trace_found(struct mail_reader *r, const uint32_t *found, unsigned n);
void reader_trace_state(struct mail_reader *r, enum event event, const char *before, const char *now);
void reader_fail(struct mail_reader *r, struct span line);

/* Send what is in `out`. */
void reader_flush(struct mail_reader *r);
/* The same, and end the session if it is over. */
void reader_settle(struct mail_reader *r);
/* Break the connection off; the session ends when its events are over. */
void reader_hang_up(struct mail_reader *r);
/* The next errand may go over the same IMAP connection, and is the one under way now. */
bool reader_take_next(struct mail_reader *r);

void reader_pop3_begin(struct mail_reader *r);
void reader_imap_begin(struct mail_reader *r);
/* There is another errand: idling ends. */
void reader_imap_interrupt(struct mail_reader *r);

#endif

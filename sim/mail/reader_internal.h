/* mail/reader_internal.h: what the parts of a reader share: errands, connection and program (reader.c), what
 * the device holds (reader_device.c), records (reader_trace.c), and how it goes by POP3 (reader_pop3.c) and
 * by IMAP (reader_imap.c, reader_imap_messages.c). Nobody else includes it. */
#ifndef MAIL_READER_INTERNAL_H
#define MAIL_READER_INTERNAL_H

#include <glib.h>
#include <string.h>

#include "core/words.h"
#include "mail/access.h"
#include "mail/imap_client.h"
#include "mail/mime.h"
#include "mail/pop3_client.h"
#include "mail/reader.h"
#include "net/tcp.h"

/* Of IMAP: each is a command that is under way. */
enum imap_step {
    STEP_GREETING,
    STEP_LOGIN,
    STEP_SELECT,
    STEP_FIND,  /* UID SEARCH, where the errand says which */
    STEP_LIST,  /* flags and sizes of all that is there */
    STEP_FETCH, /* one message */
    STEP_MARK,  /* as deleted */
    STEP_EXPUNGE,
    STEP_ACT,    /* UID MOVE, UID COPY, UID STORE: what the errand is about */
    STEP_FOLDER, /* CREATE, RENAME, … */
    STEP_IDLE,
    STEP_LOGOUT,
};

/* A mail_errand whose texts are its own. Only `which` may be NULL. */
struct errand {
    enum mail_errand_kind kind;
    enum mail_by by;
    char *folder, *to, *which, *flags, *password;
    bool off, headers, remove, leave_unread, hang_up;
    bool is_back;         /* it has been done, and comes again to stay for the rest of its time */
    sim_time stay, until; /* until: when its stay ends; 0: that has not begun */
    uint64_t cause;       /* its agent.ask */
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
    uint32_t listing;     /* IMAP: the last list of its folder that had it */
};

struct mail_reader {
    struct net_program program;
    struct net_host *host;
    struct sim *sim;
    char *address, *user, *password;
    ip_addr server;
    bool apop, is_up;

    /* The device's disk. */
    GPtrArray *held;      /* of struct held, in the order first heard of */
    GHashTable *by_key;   /* the same, by key */
    GHashTable *validity; /* IMAP: folder → its uidvalidity when last seen */

    GQueue errands;         /* of struct errand: those to come */
    struct errand *errand;  /* the one under way; NULL: none */
    struct errand *staying; /* the one for which the IMAP connection stays: `errand` itself, or one that lets
                               `errand` go first; NULL: none */
    char *trouble;          /* what went wrong last */
    struct sched_handle next;

    /* Of the session under way. */
    struct tcp_conn *conn;
    struct pop3_client *pop3;
    struct imap_client *imap;
    struct pop3_client_options pop3_options;
    GString *out; /* scratch */
    sim_time began;
    sim_time heard; /* when the server said something last, or we did */
    struct sched_handle silence, idling;
    const char *gone;   /* how the connection ended; NULL: it has not */
    bool is_over;       /* nothing more to do with it */
    bool is_lost;       /* and that was not in order */
    bool hangs_up;      /* and that was what the errand wanted */
    bool was_refused;   /* the login */
    bool sends_literal; /* what goes out next is no command */
    uint32_t n_sessions;
    GArray *todo; /* of uint32_t: numbers (POP3) or uids (IMAP) still to fetch, the next one last */

    /* POP3. */
    bool is_listed;                 /* what is there is known: */
    const struct pop3_listed *list; /* by number, ascending */
    unsigned n_list;
    unsigned to_delete; /* the number of what was fetched just now; 0: none */

    /* IMAP. */
    enum imap_step step;
    char *opened; /* the folder that is selected; NULL: none is */
    bool opened_read_only;
    uint32_t uidvalidity;
    GArray *view;     /* of uint32_t: the uid of each message number there; 0: not known */
    bool is_news;     /* messages are there that were not in the last list, or there was none yet */
    GArray *done;     /* of uint32_t, ascending: uids that were found, or fetched */
    guint n_acted;    /* of them, those that the errand's command has named so far */
    uint32_t listing; /* lists so far */
};

/* ---- What the device holds. */

void reader_device_init(struct mail_reader *r);
void reader_device_release(struct mail_reader *r);
void reader_device_describe(const struct mail_reader *r, struct sheet *sheet);

struct held *reader_held(const struct mail_reader *r, enum mail_by by, const char *folder, const char *id);
/* The same, made if there is none. */
struct held *reader_hold(struct mail_reader *r, enum mail_by by, const char *folder, const char *id);
struct held *reader_held_uid(const struct mail_reader *r, const char *folder, uint32_t uid);
struct held *reader_hold_uid(struct mail_reader *r, const char *folder, uint32_t uid);
void reader_drop(struct mail_reader *r, struct held *h); /* may be NULL */
/* Of an IMAP folder, all that was not in this list of it; 0: all. */
void reader_forget(struct mail_reader *r, const char *folder, uint32_t listing);
/* All of a folder, and of those below it. */
void reader_forget_tree(struct mail_reader *r, const char *folder);
bool reader_is_below(const char *folder, const char *above); /* or it is the same */
/* What came of it: `whole`, or header lines. */
void reader_keep(struct held *h, struct span text, bool whole);
extern const char *const reader_by_texts[]; /* "pop3", "imap" */

/* ---- Records. */

void reader_trace_ask(struct mail_reader *r, const struct errand *e);
void reader_trace_fail(struct mail_reader *r, const struct errand *e, struct span line);
void reader_trace_check(struct mail_reader *r, unsigned count, unsigned fresh);
/* Leaves the cause as it is: several may be in one answer. */
void reader_trace_read(struct mail_reader *r, const struct held *h, struct span text, bool whole);
void reader_trace_found(struct mail_reader *r);
void reader_trace_state(struct mail_reader *r, enum event event, const char *before, const char *now);
/* A command as it goes out: its first line. */
void reader_trace_command(struct mail_reader *r, struct span line);

/* ---- The session. */

/* Something went wrong for the errand under way: `line` says what. */
void reader_fail(struct mail_reader *r, struct span line);
/* The session is over: unless it was `in_order`, or is known to be refused or was to be hung up, it failed.
 */
void reader_ended(struct mail_reader *r, bool in_order, struct span line);
/* Break the connection off; the session ends when its events are over. */
void reader_hang_up(struct mail_reader *r);
/* Send what is in `out`, and end the session if it is over. */
void reader_settle(struct mail_reader *r);
/* The first errand that waits, if it may go over the same IMAP connection, is the one under way now. */
bool reader_take_next(struct mail_reader *r);
/* The one under way is the one that stays from now on. */
void reader_stay(struct mail_reader *r);
/* There is one that stays, with time left, and none that waits. Then it may be the one under way again. */
bool reader_may_stay(struct mail_reader *r);
void reader_take_staying(struct mail_reader *r);

void reader_pop3_begin(struct mail_reader *r);
void reader_imap_begin(struct mail_reader *r);
/* An errand waits: idling ends. */
void reader_imap_interrupt(struct mail_reader *r);

/* ---- IMAP, of reader_imap.c: */

void reader_imap_command(struct mail_reader *r, enum imap_step step, const char *line);
/* The errand is done: the next one, or idling, or LOGOUT. */
void reader_imap_finish(struct mail_reader *r);
/* The same, of one that went wrong. Who could not have a look need not wait for news. */
void reader_imap_give_up(struct mail_reader *r, struct span why);

/* ---- and of reader_imap_messages.c: */

/* A folder is open: find or list what the errand is about, and go on to its end. */
void reader_imap_look(struct mail_reader *r);
/* A command of this part is done; of FETCH, it may have been refused. */
void reader_imap_go_on(struct mail_reader *r);

#endif

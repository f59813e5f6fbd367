/* scenario/model.h: a scenario as plain structs, and the tables that say which key goes where.
 *
 *   load    JSON → these structs, every value in its unit; what has no JSON place never gets in
 *   derive  `root`, `tlds` and `domains` → more `hosts` (the author's own keys win)
 *   build   `hosts`, `links`, `actions`, `chapters` → a world
 *   expand  the same four → JSON again, row by row from the same tables
 *
 * Each struct begins with a `struct node`: the table it follows (its shape), its place in the file, and which
 * keys the author wrote. A key that nobody wrote holds the default of its row, so values can be read without
 * asking. All memory is the scenario's and goes with it. docs/SCENARIO.md explains the keys to authors. */
#ifndef SCENARIO_MODEL_H
#define SCENARIO_MODEL_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/report.h"
#include "core/time.h"
#include "net/addr.h"

enum { SCENARIO_FORMAT = 1, SCENARIO_NAME_SERVERS_MAX = 13, SCENARIO_COUNT_MAX = 10 * 1000 * 1000 };
#define SCENARIO_START   INT64_C(1772442000) /* 2026-03-02T09:00:00Z, a Monday */
#define SCENARIO_LONGEST (30 * SIM_DAY)      /* of a run that says no duration */

struct source;
struct shape;
struct scenario;

/* ---- What every element has. */

enum { SHAPE_ROWS_MAX = 40 };

struct node {
    const struct shape *shape;
    struct position at; /* of the value, of the key if it is an entry of a map; of derived elements: what they
                           were derived from */
    const char *path;   /* "domains.crepes.fr.people[0]" */
    uint64_t given;     /* bit i: row i of the shape was written (or derived: derive sets what it decides) */
    struct position *where; /* of each row's value, {0, 0} where nothing was written; shape->n_rows of them */
    bool off;               /* of an element that may be switched: the author wrote false */
    bool derived;           /* made by derive, not by the author */
    bool incomplete;        /* a key that it needs is missing, or could not be read */
    uint64_t
        lost; /* bit i: row i was written, or may have been meant, but its value is not to be relied on */
    bool gap; /* derived, at least in part, from an element that has lost something */
};

/* Text for people, by language; the first is the fallback ("" for a plain string). */
struct scenario_text {
    unsigned n;
    const struct scenario_said {
        const char *language; /* "en", "ko"; "" for all */
        const char *text;
    } * said;
};

/* In that language, else in English, else the first; NULL if there is no text at all. */
const char *scenario_text_in(const struct scenario_text *t, const char *language);

/* One entry of a list of simple values, with its place. Lists are GPtrArrays of struct scenario_item *, never
 * NULL. */
struct scenario_item {
    struct position at;
    const char *path;
    bool derived;     /* made by derive */
    const char *text; /* as written: a name, a record's line, an address */
    union {
        ip_addr address;         /* VALUE_ADDRESS */
        struct ip_prefix prefix; /* VALUE_PREFIX */
        sim_time time;           /* VALUE_DURATION */
    };
};

/* ---- The elements. Lists are GPtrArrays of pointers to the struct named, in the order written, never NULL.
 */

struct scenario_link_spec { /* keys of links that can change */
    struct node node;
    sim_time delay;
    uint64_t rate_bps; /* 0: no limit */
    uint32_t loss_ppm;
    int64_t queue; /* packets */
};

struct scenario_link {
    struct node node;
    GPtrArray *between; /* of items: two host names */
    bool up;
    struct scenario_link_spec spec; /* its node is unused: rows of the link's own shape point into it */
};

enum scenario_recursion { RECURSION_OFF, RECURSION_ON, RECURSION_CHAIN /* asks others with RD set, too */ };

struct scenario_zone {
    struct node node;
    const char *name;   /* the map's key: "hamburger.edu", "." */
    GPtrArray *records; /* of items: lines in master-file syntax */
};

struct scenario_hint {
    struct node node;
    const char *name;
    ip_addr address;
};

struct scenario_dns {
    struct node node;
    GPtrArray *zones;   /* of scenario_zone */
    int recursion;      /* enum scenario_recursion */
    GPtrArray *hints;   /* of scenario_hint */
    GPtrArray *clients; /* of items: prefixes */
    bool rotate;
    int64_t udp_size;
    sim_time timeout;
    int64_t tries;
    int64_t max_ttl_s, max_negative_ttl_s;
};

struct scenario_user {
    struct node node;
    const char *name;     /* the map's key: local part */
    int64_t quota;        /* octets; 0: no limit */
    const char *password; /* NULL: nobody can log in */
};

struct scenario_mail {
    struct node node;
    const char *hostname; /* NULL: its host's name */
    GPtrArray *domains;   /* of items */
    GPtrArray *users;     /* of scenario_user */
    GPtrArray *relay_for; /* of items: prefixes */
    GPtrArray *relay_domains;
    GPtrArray *resolvers; /* of items: addresses; none: those of its host */
    GPtrArray *retry;     /* of items: durations; at least one */
    sim_time give_up, warn_after, greylist;
    int64_t size_limit, recipients_limit, connections, messages_per_connection;
    bool pipelining, vrfy;
    bool pop3, imap, webmail; /* ways to the mailboxes */
    bool apop;                /* POP3 offers it */
    bool submission;          /* port 587, with AUTH (RFC 6409) */
};

enum scenario_by { BY_POP3, BY_IMAP, BY_WEB };

struct scenario_agent {
    struct node node;
    const char *address;  /* the map's key: "alice@crepes.fr" (NULL in a person's `agent`) */
    const char *name;     /* for From:; NULL: none */
    const char *server;   /* host that takes its mail, and keeps it; NULL: derive says */
    const char *password; /* as set up in the program; NULL: none */
    int reads;            /* enum scenario_by */
    bool device;          /* not the program that is meant where an action names none */
    GPtrArray *resolvers; /* of items: addresses; none: those of its host */
};

/* What a web server has, by path. */
struct scenario_object {
    struct node node;
    const char *path;          /* the map's key: "/index.html" */
    const char *type;          /* "text/html"; NULL: by the path's ending */
    const char *text, *base64; /* one of them, or neither */
    int64_t size;              /* filled up to so many octets */
    bool chunked;
    const char *moved_to; /* NULL: it is here */
    int64_t status;       /* 0: 200 */
};

struct scenario_web {
    struct node node;
    GPtrArray *objects; /* of scenario_object */
    bool persistent;
    int64_t requests; /* of a connection; 0: no limit */
    sim_time idle;
};

enum scenario_role {
    ROLE_COMPUTER,
    ROLE_MAIL,
    ROLE_ROOT,
    ROLE_TLD,
    ROLE_AUTHORITATIVE,
    ROLE_LOCAL,
    ROLE_WEB,
    ROLE_ROUTER
};
extern const char *const scenario_roles[]; /* "computer", …, NULL */

struct scenario_place { /* on the map, in thousandths of its width and height */
    int x, y;
};

struct scenario_host {
    struct node node;
    const char *name; /* the map's key */
    int role;         /* enum scenario_role */
    struct scenario_text label;
    GPtrArray *addresses;            /* of items: addresses; the first is the one it sends from */
    struct scenario_link_spec *link; /* its own link to the internet router; NULL: as `defaults` says */
    struct scenario_place position;
    bool up;
    struct scenario_dns *dns;   /* NULL: none */
    struct scenario_mail *mail; /* NULL: none */
    struct scenario_web *web;   /* NULL: none */
    GPtrArray *agents;          /* of scenario_agent */
    GPtrArray *resolvers;       /* of items: addresses */
};

/* Sugar: a DNS server's keys and how many there are, for the root and for a top-level domain. */
struct scenario_servers {
    struct node node;
    const char *name; /* the map's key: "edu"; "." for the root */
    int64_t name_servers;
    int64_t ttl_s;      /* of derived records; 0: as `defaults` says */
    GPtrArray *records; /* of items, relative to the zone; in addition to the derived ones */
    struct scenario_link_spec *link;
    struct scenario_dns dns; /* its node is unused: rows of this shape point into it (all but zones) */
};

struct scenario_person {
    struct node node;
    const char *name; /* local part: "alice" */
    int64_t quota;
    const char *password;            /* NULL: "alice-secret" */
    const char *computer;            /* the host to put the agent on; NULL: "alice-pc" */
    GPtrArray *devices;              /* of items: more hosts with the same person's program */
    struct scenario_agent *agent;    /* NULL: as derived; node.off: a mailbox and no computer */
    struct scenario_link_spec *link; /* of the computer */
};

struct scenario_domain {
    struct node node;
    const char *name;           /* the map's key */
    GPtrArray *people;          /* of scenario_person */
    GPtrArray *records;         /* of items, relative to the domain */
    int64_t ttl_s;              /* of derived records and of those without a TTL; 0: as `defaults` says */
    struct scenario_mail *mail; /* NULL: a server if there are people; node.off: none */
    struct scenario_web *web;   /* its web server, www.DOMAIN; NULL: none */
    int64_t name_servers;
    struct scenario_dns *dns;        /* of its authoritative servers; NULL: as derived */
    struct scenario_dns *local;      /* of its local DNS server; node.off: none */
    struct scenario_link_spec *link; /* of all its hosts */
};

struct scenario_defaults {
    struct node node;
    struct scenario_link_spec link; /* its node is unused */
    int64_t ttl_s;
};

struct scenario_tcp { /* net/tcp.h explains them */
    struct node node;
    int64_t mss, window, syn_tries, data_tries;
    sim_time rto_first, rto_min, rto_max, delayed_ack, time_wait;
    bool congestion_control;
};

enum scenario_do {
    DO_SEND,
    DO_LOOK_UP,
    DO_DOWN,
    DO_UP,
    DO_CUT,
    DO_MEND,
    DO_LINK,
    DO_ANSWER,
    DO_GREYLIST,
    DO_QUOTA,
    DO_RECORD,
    DO_READ,
    DO_MAKE_FOLDER,
    DO_RENAME_FOLDER,
    DO_DELETE_FOLDER,
    DO_SUBSCRIBE,
    DO_UNSUBSCRIBE,
    DO_MOVE,
    DO_COPY,
    DO_FLAG,
    DO_SEARCH,
    DO_DELETE,
    DO_FETCH,
    N_DO
};
extern const char *const scenario_dos[]; /* "send", …, NULL */

struct scenario_answer {
    struct node node;
    int64_t code;      /* 421 … 599 */
    int64_t after;     /* only after so many connections since the order */
    int when;          /* enum mail_answer_when (mail/server.h) */
    const char *match; /* NULL: all */
    const char *text;  /* NULL: a fitting one */
};

struct scenario_attachment {
    struct node node;
    const char *name, *type;   /* "menu.pdf", "application/pdf"; type NULL: by the name's ending */
    const char *text, *base64; /* one of them, or neither */
    int64_t size;              /* filled up to so many octets */
};

/* One struct for all kinds; each kind's shape has the rows that it needs, and the others keep their defaults.
 */
struct scenario_action {
    struct node node;
    int what; /* enum scenario_do */
    sim_time at;
    sim_time lasts; /* "for"; 0: for good */

    int64_t count;  /* send, look_up: how often, */
    sim_time every; /* and how far apart: `every`, or what `rate` comes to */
    bool poisson;   /* exponential gaps, with `every` as their mean */

    const char *host; /* where; of send: NULL */

    const char *from;                                  /* send */
    GPtrArray *to, *cc, *bcc;                          /* of items */
    const char *subject, *text, *sender, *header_from; /* NULL: none; sender "" is the null sender */
    int64_t size;
    bool direct;
    GPtrArray *attach;    /* of scenario_attachment */
    int encoding;         /* 0 as programs choose, 1 quoted-printable, 2 base64 */
    int by_web;           /* 1: as web mail, in a browser; 0: SMTP */
    const char *password; /* send, and all that read: one that is typed this time; NULL: the right one */

    const char *who;           /* read, folders, move … search: whose program; `host`: on which device */
    int by;                    /* enum scenario_by; ask scenario_has: else as the program is set up */
    const char *folder, *into; /* NULL: INBOX; move, copy, rename_folder: where to */
    const char *which;         /* IMAP search keys; NULL: read: what is new, else all */
    const char *flags;         /* flag */
    bool off, headers, leave_unread, hang_up;
    int then;      /* read: 0 keep, 1 delete */
    sim_time stay; /* read: how long it stays and idles */

    const char *url, *form; /* fetch */
    int method;             /* 0 GET, 1 HEAD, 2 POST */
    bool objects, persistent;
    int64_t connections;

    const char *name; /* look_up */
    const char *type;

    const char *program; /* down, up: "smtp", "dns", "pop3", "imap" or "web"; NULL: the host */

    GPtrArray *link;                /* cut, mend, link: of items, two hosts, or one: its own link */
    struct scenario_link_spec spec; /* link: what changes; ask scenario_has; its node is unused */

    struct scenario_answer *with; /* answer */
    sim_time wait;                /* greylist */
    const char *user;             /* quota */
    int64_t quota;                /* quota: octets; 0: no limit */
    const char *zone;             /* record: NULL: the zone of that server that has the names */
    GPtrArray *add, *remove;      /* record: of items: lines; "www A", "www A 10.0.0.1" or "www" to remove */
};

struct scenario_chapter {
    struct node node;
    const char *when; /* pattern; NULL if `at` is given */
    sim_time at;      /* SIM_NEVER if `when` is given */
    struct scenario_text title, text;
};

struct scenario_course {
    struct node node;
    struct scenario_text label;
    int64_t order;
};

struct scenario {
    struct node node;
    int64_t format;
    const char *schema_uri; /* "$schema" */
    const char *name;       /* never NULL after load */
    struct scenario_text title, about;
    GPtrArray *teaches;             /* of items: curriculum ids */
    struct scenario_course *course; /* NULL: none */
    int64_t seed;
    int64_t start_s;                    /* Unix seconds at virtual time 0 */
    sim_time duration;                  /* 0: until nothing is left to happen, at most SCENARIO_LONGEST */
    struct scenario_defaults *defaults; /* never NULL after load */
    struct scenario_tcp *tcp;           /* never NULL after load */
    struct scenario_servers *root;      /* NULL: as derived; node.off: none */
    GPtrArray *tlds;                    /* of scenario_servers */
    GPtrArray *domains;                 /* of scenario_domain */
    GPtrArray *hosts;                   /* of scenario_host; derive appends and fills */
    GPtrArray *links;                   /* of scenario_link */
    GPtrArray *actions;                 /* of scenario_action, as written */
    GPtrArray *chapters;                /* of scenario_chapter */

    bool is_derived;        /* hosts are complete */
    struct source *source;  /* the text, for places inside strings; NULL without one. Owned */
    GPtrArray *memory;      /* all blocks of this scenario */
    GPtrArray *lists;       /* all its lists */
    GPtrArray *no_items;    /* an empty list, for those who have none */
    GHashTable *host_index; /* name in lower case → scenario_host, for scenario_host_find */
    unsigned host_indexed;  /* hosts in it so far */
};

/* ---- The tables. */

enum value_kind {                  /* stored as                in JSON */
                  VALUE_BOOL,      /* bool                     true, false */
                  VALUE_INT,       /* int64_t                  12 (row->low … row->high) */
                  VALUE_DURATION,  /* sim_time                 "20ms" */
                  VALUE_RATE,      /* uint64_t bits a second   "10Mbps", "none" */
                  VALUE_LOSS,      /* uint32_t ppm             0.05 or "5%" */
                  VALUE_SIZE,      /* int64_t octets           1000, "64KB", "1MB" */
                  VALUE_TTL,       /* int64_t seconds          300 or "5m" */
                  VALUE_MOMENT,    /* int64_t Unix seconds     "2026-03-02T09:00:00Z" */
                  VALUE_FREQUENCY, /* sim_time between two     "2/s", "30/m" */
                  VALUE_TEXT,      /* const char *             any text */
                  VALUE_HOST,      /* const char *             a host's name */
                  VALUE_DOMAIN,    /* const char *             a domain name */
                  VALUE_MAILBOX,   /* const char *             "alice@crepes.fr" */
                  VALUE_USER,      /* const char *             "alice" */
                  VALUE_PERSON,    /* const char *             "alice": a user whose name makes a host's name,
                                      too */
                  VALUE_SITE,    /* const char *             "hamburger.edu": a domain whose name makes hosts'
                                    names, too */
                  VALUE_PATH,    /* const char *             "/index.html": of a web server */
                  VALUE_TYPE,    /* const char *             "MX" */
                  VALUE_PATTERN, /* const char *             core/pattern.h */
                  VALUE_RECORD,  /* items only               "www 300 A 212.212.212.1" */
                  VALUE_REMOVAL, /* items only               "www A" */
                  VALUE_LESSON,  /* items only               "M1" */
                  VALUE_ADDRESS, /* ip_addr                  "10.1.0.25" */
                  VALUE_PREFIX,  /* items only               "10.1.0.0/16" */
                  VALUE_ENUM,    /* int                      one of row->choices */
                  VALUE_RECURSION, /* int                      true, false, "chain" */
                  VALUE_WORDS,     /* struct scenario_text     text, or {"en": …, "ko": …} */
                  VALUE_PLACE,     /* struct scenario_place    [x, y] */
                  VALUE_ITEMS,  /* GPtrArray * of items     […] of row->item; a lone value too if ROW_ONE */
                  VALUE_OBJECT, /* pointer to row->of       {…} */
                  VALUE_SWITCH, /* pointer to row->of       true, false (node.off) or {…} */
                  VALUE_MAP,    /* GPtrArray *              {"name": {…}} */
                  VALUE_LIST,   /* GPtrArray *              [{…}] */
};

enum {
    ROW_REQUIRED = 1,
    ROW_ONE = 2, /* of items: a lone value is a list of one */
    ROW_ALIAS =
        4, /* a second spelling of the row before it ("address"): both at once is an error; never printed */
    ROW_SUGAR = 8,  /* of the top level: what derive turns into primitives; expand leaves it out */
    ROW_EMPTY = 16, /* the text may be empty */
    ROW_MAKES = 32, /* of a number: so many hosts are derived */
};

struct shape_row {
    const char *name;
    enum value_kind kind;
    size_t offset;              /* in the struct */
    enum value_kind item;       /* of VALUE_ITEMS */
    const struct shape *of;     /* of OBJECT, SWITCH, MAP, LIST */
    const char *const *choices; /* of ENUM; NULL-terminated, in the order of the enum */
    int64_t low,
        high; /* range of numbers and sizes, in the unit stored; of items and lists: how many. 0, 0: any */
    const char
        *def; /* default, as an author would write it (a JSON string's content, a number, true); NULL: none */
    unsigned flags;
    const char *means; /* one sentence; the schema's description */
};

struct shape {
    const char *name; /* "host": what messages and the schema call it */
    size_t size;      /* of the struct */
    const struct shape_row *rows;
    unsigned n_rows;
    int name_offset;           /* where a map's key goes; -1: it has none */
    enum value_kind name_kind; /* what the key must be */
    const char *alone; /* a value that is no object stands for {alone: value}: "name" of a person, "records"
                          of a zone */
    const char *variant_key; /* "do": its value picks the shape out of `variants`, in the order of the row's
                                choices */
    const struct shape *const *variants;
};

extern const struct shape shape_web, shape_object, shape_attachment, shape_scenario, shape_course,
    shape_defaults, shape_tcp, shape_servers, shape_domain, shape_person, shape_host, shape_dns, shape_zone,
    shape_hint, shape_mail, shape_user, shape_agent, shape_link_spec, shape_link, shape_action, shape_answer,
    shape_chapter;
extern const struct shape *const shape_actions[N_DO]; /* by enum scenario_do */

/* All shapes, actions' variants included; NULL-terminated. For docs and tests. */
extern const struct shape *const shapes_all[];

/* The row of that key, or -1. */
int shape_find(const struct shape *shape, const char *key);

/* ---- Making and filling. */

/* Empty, every value at its default; `source` may be NULL and is taken. */
struct scenario *scenario_new(struct source *source);
void scenario_free(struct scenario **s);

/* Zeroed memory that goes with the scenario; a copy of a text; printf; a list. */
void *scenario_alloc(struct scenario *s, size_t size);
const char *scenario_copy(struct scenario *s, const char *text);
const char *scenario_print(struct scenario *s, const char *format, ...) G_GNUC_PRINTF(2, 3);
GPtrArray *scenario_list(struct scenario *s);

/* A new element: defaults in place, lists empty. `from`: what it is derived from, whose place it takes and
 * which makes it `derived`; may be NULL. It is in no list yet. */
void *scenario_element(struct scenario *s, const struct shape *shape, const struct node *from);

/* The key was written, or set by derive. `key` must be a row of the shape (asserted), here and below. */
bool scenario_has(const struct node *n, const char *key);
/* Set after writing the struct's member: the key counts as given from here, with the place of `from` (may be
 * NULL: keeps what it has). */
void scenario_set(struct node *n, const char *key, const struct node *from);
/* Written, but in a way that could not be read, or under a key that is not known: what is missing there, or
 * at odds with it, is no fault of its own. With `key` NULL: any that others may refer to. */
bool scenario_lost(const struct node *n, const char *key);
/* Where its value stands; the node's own place if it was not written. */
struct position scenario_where(const struct node *n, const char *key);

/* An item for a list, with the place of `from`; address, prefix and time are the caller's to set. */
struct scenario_item *scenario_item(struct scenario *s, const struct node *from, const char *text);

/* Give `to` each key that `from` has and `to` has not; objects inside likewise, maps entry by entry, lists as
 * a whole. Shapes may differ: rows match by name and kind. So the author wins: scenario_fill(author's,
 * derived). */
void scenario_fill(struct scenario *s, struct node *to, const struct node *from);

/* ---- Finding. Host and domain names match whatever their ASCII case. NULL if there is none. */

struct scenario_host *scenario_host_find(const struct scenario *s, const char *name);
struct scenario_domain *scenario_domain_find(const struct scenario *s, const char *name);
struct scenario_host *scenario_host_at(const struct scenario *s, ip_addr a);
/* The agent of that mail address, and the host it is on (may be NULL). */
struct scenario_agent *scenario_agent_find(const struct scenario *s, const char *address,
                                           struct scenario_host **host_out);

/* ---- Complaining: report_add with a place. `key` NULL: about the element itself. */
void scenario_error(struct report *r, const struct node *n, const char *key, const char *hint,
                    const char *format, ...) G_GNUC_PRINTF(5, 6);
void scenario_doubt(struct report *r, const struct node *n, const char *key, const char *hint,
                    const char *format, ...) G_GNUC_PRINTF(5, 6);
void scenario_item_error(struct report *r, const struct scenario_item *i, const char *hint,
                         const char *format, ...) G_GNUC_PRINTF(4, 5);
void scenario_item_doubt(struct report *r, const struct scenario_item *i, const char *hint,
                         const char *format, ...) G_GNUC_PRINTF(4, 5);

/* No more complaints are kept: hints need not be looked for. */
bool scenario_is_flooded(const struct report *r);
/* What was meant, as a hint; NULL if nothing is close or the report is flooded. Freed by the caller. */
char *scenario_did_you_mean(const struct report *r, const char *text, const char *const *names);

/* The same at a place that is neither's. Of a flood only the first thousand are kept. */
void scenario_complain(struct report *r, enum complaint_kind kind, struct position at, const char *path,
                       const char *hint, const char *format, ...) G_GNUC_PRINTF(6, 7);

#endif

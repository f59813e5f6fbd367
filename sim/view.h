/* view.h: what an onlooker may read of a run, at the moment where it stands. Nothing here changes anything.
 * Pointers are borrowed: good until the run is stepped, rewound or closed, but names and texts until it is
 * closed. */
#ifndef VIEW_H
#define VIEW_H

#include "core/sheet.h"
#include "core/words.h"
#include "mxlab.h"

/* ---- The scenario. */

const char *view_name(const struct mxlab *m);    /* "alice-to-bob" */
const char *view_title(const struct mxlab *m);   /* in the language asked for; never NULL */
const char *view_about(const struct mxlab *m);   /* or NULL */
const char *view_teaches(const struct mxlab *m); /* "M1 M6 B1"; may be empty */
/* Where it belongs in a course, smaller is earlier: by the order that its author gave it, then by the first
 * line of the curriculum that it teaches. */
int64_t view_course_place(const struct mxlab *m);
const char *view_sha256(const struct mxlab *m); /* of the file's bytes, 64 hexadecimal digits */
uint64_t view_seed(const struct mxlab *m);
int64_t view_epoch_s(const struct mxlab *m); /* Unix seconds at virtual time 0 */

unsigned view_chapters(const struct mxlab *m);
const char *view_chapter_title(const struct mxlab *m, unsigned i); /* from 0; never NULL */
const char *view_chapter_text(const struct mxlab *m, unsigned i);  /* or NULL */

/* ---- The run. */

sim_time view_now(const struct mxlab *m);
bool view_is_over(const struct mxlab *m);
uint64_t view_seq(const struct mxlab *m); /* of the latest record */

/* ---- Hosts and links. */

enum view_role {
    VIEW_COMPUTER,
    VIEW_MAIL,
    VIEW_ROOT,
    VIEW_TLD,
    VIEW_AUTHORITATIVE,
    VIEW_LOCAL,
    VIEW_WEB,
    VIEW_ROUTER
};

struct view_host {
    const char *name;
    const char *label;     /* for people: "root server"; the name if there is no other */
    const char *role_text; /* "mail" */
    enum view_role role;
    uint32_t address; /* IPv4, host byte order */
    bool has_position;
    int x, y; /* the author's, in thousandths of the map */
    bool is_up;
    unsigned queued, stored, cached; /* mails waiting, mails in mailboxes, records in the cache */
    unsigned unread;                 /* of those stored, without \Seen */
    unsigned held;                   /* mails that people's programs here have, or show */
};

struct view_link {
    const char *a, *b;
    sim_time delay;
    uint64_t rate_bps;
    uint32_t loss_ppm;
    bool is_up;
};

unsigned view_hosts(const struct mxlab *m);
struct view_host view_host(const struct mxlab *m, unsigned i);
int view_host_find(const struct mxlab *m, const char *name); /* -1: none; ASCII case does not count */
/* The i-th person, from 0, whose mail program is on the host: "bob@hamburger.edu"; NULL: there are no more.
 */
const char *view_person(const struct mxlab *m, unsigned host, unsigned i);
/* Whether it runs such a server, "smtp", "dns", "pop3", "imap" or "web", or would if it were up. */
bool view_serves(const struct mxlab *m, unsigned host, const char *program);
unsigned view_links(const struct mxlab *m);
struct view_link view_link(const struct mxlab *m, unsigned i);
/* The link between two hosts, in either order; -1: there is none. */
int view_link_find(const struct mxlab *m, const char *a, const char *b);

/* Everything that the host says of itself now: titled tables. The caller frees it. */
struct sheet *view_host_sheet(const struct mxlab *m, unsigned i);
/* The same with at most so many rows a table (core/sheet.h): what a window has room for. */
struct sheet *view_host_sheet_limited(const struct mxlab *m, unsigned i, unsigned most);

/* A message (the trace's m1 is 1) wherever it is now, taken apart: where copies of it are, and then the
 * tables of mail/mime_show.h, of the copy that has come furthest. NULL: it is nowhere now. The caller frees
 * it. */
struct sheet *view_mail_sheet(const struct mxlab *m, uint32_t mail);

/* ---- The tape: all records of one run, from its start to its end. Immutable once made; may be read by
 * several threads. */

struct view_tape;

/* Run the scenario once more, in a world of its own, and keep every record. `on_progress` (may be NULL) hears
 * how far it is (virtual time over the end, or events, 0 … 1, growing) now and then; false stops it: then
 * NULL is returned. */
struct view_tape *view_tape_new(const struct mxlab *m, bool (*on_progress)(void *self, double done),
                                void *self);
void view_tape_free(struct view_tape **t);

int64_t view_tape_length(const struct view_tape *t);
const struct record *view_tape_nth(const struct view_tape *t, int64_t i); /* seq = i + 1 */
int64_t view_tape_at(const struct view_tape *t,
                     sim_time at); /* the last record at or before `at`; -1: none */
sim_time view_tape_end(const struct view_tape *t);
/* Of a packet.send or packet.forward: the record of what became of it at the next host (forward, arrive,
 * drop); -1: the run ended before. */
int64_t view_tape_hop(const struct view_tape *t, int64_t i);
/* Indices of records under way at a time: sends and forwards whose hop is later. Returns how many; at most
 * `room` are written. */
unsigned view_tape_flying(const struct view_tape *t, sim_time at, int64_t *out, unsigned room);
/* The bytes of the packet of a packet.* record (IPv4), borrowed; NULL if they were not kept (very long runs).
 */
const uint8_t *view_tape_bytes(const struct view_tape *t, int64_t i, size_t *len_out);
/* Index of the packet.send that carried message record `i` (smtp.command, dns.query …): the send that it
 * caused; -1: none. */
int64_t view_tape_carrier(const struct view_tape *t, int64_t i);
struct view_pattern;
/* The last record at or before `i` that matches; -1: none. So "smtp.state conn=c1 host=mail.crepes.fr" gives
 * the state of a session at a moment. */
int64_t view_tape_last(const struct view_tape *t, int64_t i, const struct view_pattern *p);

/* ---- Words and families. */

enum view_family {
    VIEW_DNS,
    VIEW_SMTP,
    VIEW_ACCESS,
    VIEW_HTTP,
    VIEW_TCP,
    VIEW_QUEUE,
    VIEW_PERSON,
    VIEW_FAULT,
    VIEW_STORY
};
enum view_family view_family(const struct record *r);
/* What it says, in short, appended; the sentence goes through `words` (NULL: English). What went over the
 * wire is the same in every language. */
void view_line(const struct record *r, words_fn *words, GString *out);
const char *view_remark(const struct record *r); /* English, to be translated where it is shown; or NULL */
const char *view_rule(const struct record *r);   /* "RFC 5321 §4.5.4.1", or NULL */
/* Whether it is a line for readers of the run: what is said, done, lost or given up. */
bool view_is_message(const struct record *r);
bool view_is_packet(const struct record *r);
/* It goes over the wire as its line says: a command, a reply, a query, an answer. The state that a session's
 * machine enters by it may stand between it and the packet that carries it. */
bool view_is_sent(const struct record *r);
bool view_is_state(const struct record *r);
/* "1h30m", and "Day 2, 03:30:00.125"; appended. */
void view_duration(sim_time t, words_fn *words, GString *out);
void view_clock(sim_time t, words_fn *words, GString *out);
/* The i-th text of all that view_line and view_remark may say, from 0; NULL: there are no more. */
const char *view_nth_text(unsigned i);

struct view_pattern;
struct view_pattern *view_pattern_new(const char *text, GString *why); /* NULL, and why */
void view_pattern_free(struct view_pattern **p);
bool view_pattern_matches(const struct view_pattern *p, const struct record *r);

/* ---- A packet, taken apart: layers and fields with their values, meanings, and bytes. */

struct view_field {
    int layer;             /* 0 the outermost */
    const char *name;      /* "Sequence number" */
    char *value;           /* "4711" */
    const char *meaning;   /* one sentence, or NULL */
    size_t offset, length; /* in the packet's bytes */
};

struct view_packet {
    unsigned n_layers;
    const char *layers[8]; /* "IPv4", "TCP", "SMTP" */
    GArray *fields;        /* of struct view_field, in the order of the bytes */
};

struct view_packet *view_dissect(const uint8_t *bytes, size_t len);
void view_packet_free(struct view_packet **p);

/* ---- Changing: never the run, always the scenario. */

/* The scenario's text with one more action (a JSON object), as JSON; NULL with the reason in `why` if it is
 * none. To be freed. */
char *view_with_action(const struct mxlab *m, const char *action_json, GString *why);
const char *view_text(const struct mxlab *m); /* the scenario's text as it was opened */

#endif

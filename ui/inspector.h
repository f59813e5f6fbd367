/* inspector.h: the inspector's tabs, written from top to bottom with a pen that knows how far down it is. */
#ifndef INSPECTOR_H
#define INSPECTOR_H

#include "app.h"
#include "moment.h"

struct pen {
    const struct app *a;
    struct canvas *c;
    double x, w; /* the column's left edge and width */
    double y;    /* where the next line begins */
    double s;    /* text size */
};

/* ---- panel_inspector.c: what the tabs have in common. */

double pen_row(const struct pen *p); /* the height of a table's row */
void pen_gap(struct pen *p, double h);
void pen_rule(struct pen *p); /* a line between sections */
void pen_heading(struct pen *p, const char *text, const char *note);
void pen_sentence(struct pen *p, enum font f, enum type_size s, enum ink i, const char *text);
/* "next try   in 29 min": `does` is what a click on the value does, or "". */
void pen_pair(struct pen *p, const char *label, const char *value, enum font f, enum ink i, const char *does,
              const char *name);
/* A word that can be clicked, one behind the other: returns where it ends. */
double pen_link(struct pen *p, double x, double w, const char *text, const char *does, const char *name);
/* Says that something would be there, and how to get it. */
void pen_empty(struct pen *p, const char *text, const char *name);
/* A coloured dot on a vertical line, and its text beside it, of a list in time or of causes. The text wraps.
 */
struct bead {
    enum ink ink;
    bool is_bold, is_hollow, is_first, is_last, is_now;
    const char *time;  /* at the right, or NULL */
    const char *text;  /* first line(s) */
    const char *below; /* quiet second line, or NULL */
    const char *does, *name;
};
void pen_bead(struct pen *p, const struct bead *b);

enum ink family_ink(enum view_family f);

/* The record that the tabs tell of: the one in front; at the beginning of a chapter, the event that opened
 * it. -1: none. */
int64_t inspector_at(const struct app *a);
const struct record *inspector_record(const struct app *a);
/* What is told of a record: of a packet the message that it carries, as map and ladder do, or, where it is
 * TCP's own, the packet as it was sent: who sent it to whom stays so at every hop. */
const struct record *inspector_told(const struct app *a, const struct record *r);
/* The host that the Host tab shows: the selected one, else where the event in front happened; NULL: none. */
const char *inspector_host(const struct app *a);
/* The mail that the Mail tab shows: the selected one, else of the event in front; 0: none. */
uint32_t inspector_mail(const struct app *a);

/* ---- One file each. */
void inspector_message(struct pen *p);
void inspector_host_tab(struct pen *p);
void inspector_mail_tab(struct pen *p);
void inspector_why(struct pen *p);
/* What the field under the pointer, or selected, means; NULL: nothing is. Below the Message tab, whatever is
 * scrolled. To be freed. */
char *inspector_meaning(const struct app *a);

/* inspector_session.c: the states of the POP3, IMAP or HTTP session of a host that is in question; nothing if
 * none is. */
void inspector_session(struct pen *p, const char *host);
/* inspector_where.c: in a sentence, where the mail of a trail (app.h) is at this moment; to be freed. */
char *mail_where(const struct app *a, const GArray *trail);
/* What a record says of itself under a key, "" if nothing; valid UTF-8, to be freed. */
char *mail_field(const struct record *r, enum key key);
/* inspector_letter.c: a mail as it travels beside what is read of it, part by part. */
void inspector_letter(struct pen *p, const struct sheet *mail);
/* inspector_codes.c: of one part that is opened: groups of base64, escapes of quoted-printable, as far as the
 * sheet has them. */
void inspector_codes(struct pen *p, const struct sheet *mail, const char *part);

/* inspector_table.c: a table with its title, or what it says when it is empty. */
void pen_table(struct pen *p, const struct table *t);
int table_find(const struct table *t, const char *key, size_t len); /* the column of that key; -1: none */
const struct cell *table_cell(const struct table *t, unsigned row, unsigned column); /* NULL: none */
const char *table_cell_text(const struct table *t, unsigned row, const char *key);   /* "" if there is none */
/* inspector_clock.c: of a row of a host's queue. */
void inspector_retry_clock(struct pen *p, const struct table *queue, unsigned row, const char *host);
/* inspector_machine.c: the states of a session as boxes and arrows, with the state it is in lit, and the way
 * there: the only one, or the one from `before` (NULL: not known). `machine` is "tcp", "smtp client" or "smtp
 * server". False: no such machine. */
bool draw_machine(struct pen *p, const char *machine, const char *state, const char *before);

#endif

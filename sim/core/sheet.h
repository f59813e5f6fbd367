/* core/sheet.h: what a host, a session, a mail or a packet says of itself, as titled tables.
 * The one description that the window's inspector, `mxlab show`, its JSON and rubrics all read.
 * Made on request, not on a hot path. */
#ifndef CORE_SHEET_H
#define CORE_SHEET_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/time.h"

enum cell_kind { CELL_TEXT, CELL_NUMBER, CELL_TIME /* a moment */, CELL_SPAN /* a duration */ };

struct column {
    char *key;   /* for JSON and rubrics: "next_attempt" */
    char *title; /* for people: "next attempt" */
    char *means; /* one sentence, or NULL */
    enum cell_kind kind;
};

struct cell {
    char *text;     /* as people read it; never NULL */
    int64_t number; /* of CELL_NUMBER, CELL_TIME and CELL_SPAN (ns) */
};

struct table {
    char *key;               /* "queue", "mailboxes", "cache", "zones", "connections" */
    char *title;             /* "Message queue" */
    char *empty;             /* said when there is no row: "No mail is waiting." */
    GArray *columns;         /* of struct column */
    GPtrArray *rows;         /* of GArray of struct cell */
    unsigned n;              /* rows that there are, left out or not */
    unsigned earlier, later; /* that many of them are left out before and behind `rows` */
    unsigned most;           /* see sheet_limit */
};

struct sheet {
    char *title;
    GPtrArray *tables; /* of struct table */
    unsigned most;
};

struct sheet *sheet_new(const char *title);
void sheet_free(struct sheet **s);

/* Of each table made from now on at most so many rows are kept; the others are only counted. Without it, all.
 */
void sheet_limit(struct sheet *s, unsigned most);

/* Texts are copied. `means` may be NULL. */
struct table *sheet_table(struct sheet *s, const char *key, const char *title, const char *empty);
void table_column(struct table *t, enum cell_kind kind, const char *key, const char *title,
                  const char *means);

/* That many rows will follow, the oldest first: if not all are kept, it is the newest that are. */
void table_newest(struct table *t, unsigned n);

/* Begin a row, then give its cells from left to right. False: it is left out, and its cells go nowhere. */
bool table_row(struct table *t);
void table_text(struct table *t, const char *format, ...) G_GNUC_PRINTF(2, 3);
void table_number(struct table *t, int64_t number);
void table_time(struct table *t, sim_time at);       /* "Day 1, 00:30:00.000" */
void table_duration(struct table *t, sim_time span); /* "29m59s" */

/* As aligned text, and as one JSON object {"title":…,"tables":{key:[{column:value,…},…]}}. Appended to `out`.
 */
void sheet_to_text(const struct sheet *s, GString *out);
void sheet_to_json(const struct sheet *s, GString *out);

#endif

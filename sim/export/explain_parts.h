/* export/explain_parts.h: sentences as rows of a table: when each is said, and its words.
 *
 * A condition is words parted by spaces, which must all hold; they are about the record's keys
 * (core/event.h):
 *
 *   count        it says something: a text that is not empty, a number that is not 0
 *   kind=a|b     it is one of these, as text; * is any run of characters, ? any one
 *   lines>1      it is a greater number
 *   !kind=a      it is not so
 *
 * A text has holes for keys. A part in brackets is left out where a hole in it has nothing to say:
 *
 *   {name}           the field, or nothing
 *   {line|why}       the first that says something
 *   [: {line|why}]   with what belongs to it
 *
 * Some holes are more than a field, see explain_hole.c: {why} is the reason in words, {size} a size with its
 * unit, {line} a reply or what stands in its place, {wait} how long until `next`, {PROTO} in capitals, {who}
 * and {what} of faults. */
#ifndef EXPORT_EXPLAIN_PARTS_H
#define EXPORT_EXPLAIN_PARTS_H

#include "export/explain.h"

struct explain_sentence {
    const char *when; /* NULL: always */
    const char *text; /* NULL: nothing is said then; both NULL: the end of the rows */
};

/* ---- explain_table.c: a row for each event. */

/* What a record is to a reader who follows the run. */
enum explain_weight {
    ASIDE,   /* only for who wants to see everything */
    STATE,   /* the same: a session's state machine */
    MESSAGE, /* worth a line */
    SENT,    /* the same, and goes over the wire as its line says */
    ASKED,   /* a message if a person wants to know, not if a server does so for a mail */
};

enum { EXPLAIN_SENTENCES_MAX = 17 };
struct explain_row {
    enum explain_family family;
    enum explain_weight weight;
    struct explain_sentence sentences[EXPLAIN_SENTENCES_MAX];
    bool is_list; /* all sentences that hold are said, with commas between; else the first that holds */
};

extern const struct explain_row explain_rows[N_EVENTS];

/* ---- explain_fill.c */

/* Whether the condition (NULL: none) holds of the record. */
bool explain_holds(const char *when, const struct record *r);

/* The text of the first sentence that holds; NULL: none does, or it has none. */
const char *explain_pick(const struct explain_sentence *rows, unsigned n, const struct record *r);

/* What a hole has to say, appended; false if it has nothing to say. `name` without braces. */
typedef bool explain_hole_fn(const void *self, struct span name, words_fn *words, GString *out);

/* Append the text, which is English: it is translated, and then its holes are filled. */
void explain_fill(const char *text, explain_hole_fn *hole, const void *self, words_fn *words, GString *out);

/* ---- explain_hole.c */

/* The holes of sentences about records; `self` is the record. */
explain_hole_fn explain_hole;

/* ---- Parts of explain_nth_text: the i-th text of that file; NULL if it has none, and `i` less by those it
 * has.
 */
const char *explain_hole_text(unsigned *i);   /* explain_hole.c */
const char *explain_remark_text(unsigned *i); /* remark.c */

#endif

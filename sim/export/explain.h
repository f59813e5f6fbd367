/* export/explain.h: what a record says, in the words of the wire and in words for people.
 * One place for all who show records: the ladder, the comments of a capture, "why?", the window.
 *
 * Sentences are templates, English in their table, and go through a translator that the caller hands in
 * (NULL: English). What went over the wire, and names and numbers, are the same in every language. */
#ifndef EXPORT_EXPLAIN_H
#define EXPORT_EXPLAIN_H

#include <glib.h>

#include "core/trace.h"
#include "core/words.h"

/* Which family a record belongs to: its colour and shape. */
enum explain_family {
    FAMILY_DNS,
    FAMILY_SMTP,
    FAMILY_ACCESS, /* POP3 and IMAP */
    FAMILY_HTTP,
    FAMILY_TCP,
    FAMILY_QUEUE,
    FAMILY_PERSON,
    FAMILY_FAULT,
    FAMILY_STORY
};
enum explain_family explain_family(enum event event);

/* Whether a reader who follows the run wants to see it: what is said, done, lost or given up, but not the
 * packets that carry it, nor states, nor what a server looks up on its way. A step is one of these. Chapters
 * and the run's end (FAMILY_STORY) are about the messages, and none themselves. */
bool explain_is_message(const struct record *r);

/* It goes over the wire as its line says: a command, a reply, a query, an answer. It is told before the
 * packet that carries it, and leads to it; what a session's state machine does next may stand between the
 * two. */
bool explain_is_sent(enum event event);
bool explain_is_state(enum event event);

/* Appends what it says in short, as one line: a protocol line verbatim ("MAIL FROM:<alice@crepes.fr>"), a
 * query as "MX hamburger.edu?", or a sentence without a full stop ("Q1 waits: no answer; next try in 30m").
 */
void explain_line(const struct record *r, words_fn *words, GString *out);

/* A sentence for a first-year student where something is worth noticing, else NULL. Static, and English: the
 * same remark is the same pointer, so that a view can say it once. */
const char *explain_remark(const struct record *r);

/* The rule behind it, "RFC 5321 §4.5.4.1", or NULL. Static; the same in every language. */
const char *explain_rule(const struct record *r);

/* Appends "1h30m" as core/time.h writes it, or in another language's units; and "Day 2, 03:30:00.125". */
void explain_duration(sim_time t, words_fn *words, GString *out);
void explain_clock(sim_time t, words_fn *words, GString *out);

/* The i-th of all texts that explain_line and explain_remark may say, from 0; NULL: there are no more. So a
 * test can see that each has its translation. */
const char *explain_nth_text(unsigned i);

#endif

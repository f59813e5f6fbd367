/* edit.h: a line of text while it is written: where the caret is, what is selected, what keys do to it. It
 * draws nothing. The text is UTF-8, and what is one to a reader (a letter with its accents, a syllable of
 * conjoining Hangul) is passed and erased as one. */
#ifndef EDIT_H
#define EDIT_H

#include <glib.h>
#include <stdbool.h>

enum { EDIT_MAX_OCTETS = 500 };

struct edit {
    GString *text;
    size_t caret, mark; /* octets, at the beginning of a character; what is between them is selected */
};

void edit_init(struct edit *e); /* empty */
void edit_release(struct edit *e);
void edit_set(struct edit *e, const char *text); /* all of it selected; what is no UTF-8 becomes U+FFFD */

/* Write at the caret, in place of what is selected. Control characters and what is too much are left out. */
void edit_type(struct edit *e, const char *utf8);
/* A key by its name ("Ctrl+Left", "Shift+End", "Backspace"). False: it is none that a line knows. */
bool edit_key(struct edit *e, const char *key);
/* The caret to an octet (within a character: to where it begins); what is selected grows if `extends`. */
void edit_put_caret(struct edit *e, size_t at, bool extends);
void edit_select_all(struct edit *e);
void edit_select_word(struct edit *e); /* the one that the caret is at */
/* False: nothing is selected, and both are the caret. */
bool edit_selected(const struct edit *e, size_t *from_out, size_t *to_out);
void edit_erase_selected(struct edit *e);

#endif

/* core/words.h: texts for people, in the language that the caller wants.
 *
 * Nothing in sim/ knows a language: its texts are English, and who shows them may hand in a translator, such
 * as the window's, which asks gettext. Texts are marked with N_ where they stand in a table, so that xgettext
 * finds them. */
#ifndef CORE_WORDS_H
#define CORE_WORDS_H

#include <stddef.h>

#define N_(text) text /* to be translated where it is shown */

/* The text in another language; the same text if there is no translation. Borrowed, at least until the next
 * call. */
typedef const char *words_fn(const char *english);

/* `words` NULL: English. */
static inline const char *words_in(words_fn *words, const char *english)
{
    return words != NULL ? words(english) : english;
}

#endif

/* words.h: what the window says to people, in the language chosen (gettext, domain "mxlab"). English is the
 * key. */
#ifndef WORDS_H
#define WORDS_H

#include <libintl.h>
#include <stdbool.h>

#define _(text)          dgettext("mxlab", text)
#define N_(text)         text /* in a table: translated with _ where it is shown */
#define _N(one, many, n) dngettext("mxlab", one, many, (unsigned long)(n))

/* A text that is not written where it is translated, such as the title of a host's table; "" stays "". */
const char *words(const char *english) __attribute__((format_arg(1)));

/* From now on _ gives this language: "en", "ko". Texts got before stay as they were. No locale has to be
 * installed, and numbers keep their point. Catalogues are in MXLAB_LOCALE, or in a folder "locale" beside the
 * program or above it. */
void words_use(const char *language);
bool words_are_english(void); /* or there is no catalogue */

#endif

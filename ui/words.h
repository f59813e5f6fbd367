/* words.h: the interface's language: English in the code, other languages as gettext catalogues (po/ko.po), switched at run time. */
#ifndef WORDS_H
#define WORDS_H

#include <stdbool.h>

/* Translated now; and marked for translation, translated where it is used. */
#define _(text)  words(text)
#define N_(text) (text)

/* Look for catalogues in MXLAB_LOCALE, or in "locale" beside the program or above it; without any, all is English. Once, at the start. */
void words_init(void);
/* "en", "ko". Texts fetched before keep their language. */
void words_use(const char *language);
/* Borrowed for good. The text itself if there is no translation; "" stays "". */
const char *words(const char *english) __attribute__((format_arg(1)));
const char *words_n(const char *one, const char *many, unsigned long n) __attribute__((format_arg(1), format_arg(2)));

#endif

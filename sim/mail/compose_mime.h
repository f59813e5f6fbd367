/* mail/compose_mime.h: the letters that are not ASCII, or not alone. GMime writes their headers; the bodies
 * are encoded by mail/mime_encode. */
#ifndef MAIL_COMPOSE_MIME_H
#define MAIL_COMPOSE_MIME_H

#include "mail/compose.h"

/* What is longer is cut into encoded-words, for no line of a header may have more than 998 octets. */
enum { MAIL_NAME_MAX = 200, MAIL_BLANKS_MAX = 60 };

/* As mail_compose; there is a text. */
struct mail_message *mail_compose_mime(const struct mail_letter *l);

/* With CRLF line ends, the last line ended too; then lines of filler up to `size` octets. Appended. */
void mail_compose_text(GString *out, const char *text, size_t size);

#endif

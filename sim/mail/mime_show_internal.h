/* mail/mime_show_internal.h: what the parts of mime_show share. Nobody else includes it. */
#ifndef MAIL_MIME_SHOW_INTERNAL_H
#define MAIL_MIME_SHOW_INTERNAL_H

#include "mail/mime_show.h"

enum { MIME_CELL_OCTETS_MAX = 2000 };

/* A text as it may stand in a cell: no controls, valid, and not without end. NULL is "". */
void mime_show_cell(struct table *t, struct span text);
void mime_show_cell_of(struct table *t, const char *text);

struct span mime_without_line_end(struct span line);

/* The table of base64 or quoted-printable. `number` is the part's, or "". */
void mime_show_encoding(const struct mime_part *p, const char *number, struct sheet *s);

#endif

/* mail/imap_section.h: what BODY[…] means (RFC 3501 §6.4.5): a part of a message, or its header, or some of
 * its fields. */
#ifndef MAIL_IMAP_SECTION_H
#define MAIL_IMAP_SECTION_H

#include "mail/imap_parse.h"
#include "mail/mime.h"

struct imap_section {
    struct span part; /* "4.2"; empty: the message itself */
    enum {
        IMAP_SECTION_ALL,
        IMAP_SECTION_HEADER,
        IMAP_SECTION_FIELDS,
        IMAP_SECTION_FIELDS_NOT,
        IMAP_SECTION_TEXT,
        IMAP_SECTION_MIME,
    } what;
    GArray *fields; /* of struct span: names; NULL: none */
};

/* "[4.2.HEADER.FIELDS (DATE)]", brackets and all. To be released, fault or not; borrows from the command. */
void imap_section_take(struct imap_args *a, struct imap_section *out);
void imap_section_release(struct imap_section *s);
/* The same as text, appended. */
void imap_section_text(const struct imap_section *s, GString *out);

/* Its octets. False: the message has no such part. Where they don't stand in the message in one piece
 * `scratch` is filled with them. */
bool imap_section_find(const struct imap_section *s, const struct mime_part *root, GString *scratch,
                       struct span *octets_out);

#endif

/* mail/addr.h: mailbox addresses and paths as SMTP writes them (RFC 5321 §4.1.2, §4.1.3).
 * Seven-bit only: there is no SMTPUTF8. A source route ("@a,@b:") is read and dropped, as §4.1.1.3 and
 * appendix C ask. */
#ifndef MAIL_ADDR_H
#define MAIL_ADDR_H

#include "core/span.h"

/* Octets, RFC 5321 §4.5.3.1.1 to 3; a path counts its brackets and route. */
enum { MAIL_LOCAL_MAX = 64, MAIL_DOMAIN_MAX = 255, MAIL_PATH_MAX = 256 };

/* Borrowed parts of an address. */
struct mail_addr {
    struct span text;   /* "alice@crepes.fr": all of it */
    struct span local;  /* "alice", or as quoted: "\"al ice\"" with its quotes. Empty: the null address */
    struct span domain; /* "crepes.fr", or "[10.0.0.1]" with its brackets. Empty for <> and <postmaster> */
};

/* Read "alice@crepes.fr", the whole span. Returns NULL, or what is wrong with it in a few words for a reply
 * or a message
 * ("no @ and domain"); `out` is then undefined. */
const char *mail_addr_read(struct span text, struct mail_addr *out);

/* The same of "<alice@crepes.fr>", "<@relay.fr:alice@crepes.fr>", "<>" (an empty address) or, any case,
 * "<postmaster>" at the start of `text`; cuts it off. Whether the two special ones are allowed here is the
 * caller's question. */
const char *mail_path_take(struct span *text, struct mail_addr *out);

/* Domain = sub-domain *("." sub-domain), labels of up to 63 octets. */
bool mail_is_domain(struct span text);
/* "[192.0.2.1]", "[IPv6:2001:db8::1]", "[tag:content]". */
bool mail_is_literal(struct span text);

/* The local part as it is meant, quotes and backslashes taken off: all quoted forms are equivalent (§4.1.2).
 * Returns its length; no NUL is added. */
size_t mail_addr_local(const struct mail_addr *a, char buf[MAIL_LOCAL_MAX]);

/* ASCII case does not count in domains; it may count in local parts (§2.4), and for us does, except for
 * postmaster's (§4.5.1). */
bool mail_addr_in_domain(const struct mail_addr *a, struct span domain);
bool mail_addr_is_postmaster(const struct mail_addr *a);
bool mail_addr_is_same(const struct mail_addr *a, const struct mail_addr *b);

#endif

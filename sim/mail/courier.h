/* mail/courier.h: one errand to one destination: find its mail hosts, connect to one after the other until
 * one will talk (RFC 5321 §5.1), and hand it messages, any number over one connection. Servers empty their
 * queues with it, agents submit with it.
 *
 * It knows no queue: what each recipient's answer means is its owner's affair. All callbacks come from
 * events, never from within a call that starts something. */
#ifndef MAIL_COURIER_H
#define MAIL_COURIER_H

#include "mail/route.h"
#include "mail/smtp_client.h"
#include "net/tcp.h"

struct mail_courier;

/* What the errands of one program share. Borrowed by each. */
struct mail_courier_kit {
    struct net_host *host;
    const char *helo;
    bool pipelining;
    struct dns_stub *stub;      /* NULL: only addresses can be gone to */
    const struct dns_name *own; /* the name by which MX records know this server; NULL: it is none */
    struct rng *shuffle;
    GString *out, *name; /* scratch */
};

enum mail_courier_end {
    MAIL_COURIER_DONE,      /* it has talked to a host; nothing more to do */
    MAIL_COURIER_UNREACHED, /* no host would talk now */
    MAIL_COURIER_REFUSED,   /* there is none, or all refused for good */
};

struct mail_courier_events {
    /* The hosts are known, or that there are none. May be NULL. */
    void (*on_route)(void *self, const struct mail_route *r);
    /* The host is ready for a message: mail_courier_send, or mail_courier_quit. */
    void (*on_ready)(void *self);
    /* As smtp_client_events has them. */
    void (*on_recipient)(void *self, unsigned i, struct smtp_answer a);
    void (*on_sent)(void *self);
    /* The conversation with a host that had been ready is over. True: go on with the next host. */
    bool (*on_parted)(void *self);
    /* The last call; `a` says why nobody was reached. The courier is still the owner's, to free. */
    void (*on_end)(void *self, enum mail_courier_end end, struct smtp_answer a);
};

struct mail_courier *mail_courier_new(const struct mail_courier_kit *kit, const struct mail_courier_events *e,
                                      void *self);
/* Wherever it is: a connection is reset, a look-up forgotten, nobody called. */
void mail_courier_free(struct mail_courier **c);
/* The same when the network is gone, and its connections with it. */
void mail_courier_drop(struct mail_courier **c);

/* Set out; `mail` is what for, in the trace. `domain` as in an address: a name, or a literal in brackets. */
void mail_courier_to_domain(struct mail_courier *c, struct span domain, uint16_t port, uint32_t mail);
/* `name` stays borrowed. */
void mail_courier_to_host(struct mail_courier *c, ip_addr ip, const char *name, uint16_t port, uint32_t mail);

/* Before setting out: log in at each host, and hand nothing to one where that fails. Borrowed. */
void mail_courier_log_in(struct mail_courier *c, const char *user, const char *password);

/* From on_ready, or later. All borrowed until on_sent, but the list of recipients (not their texts), which is
 * copied. */
void mail_courier_send(struct mail_courier *c, uint32_t mail, struct span sender,
                       const char *const *recipients, unsigned n, struct span message);
void mail_courier_quit(struct mail_courier *c);

/* More addresses could be tried after this one. */
bool mail_courier_has_next(const struct mail_courier *c);
/* Where it is, or was last: a host's name, NULL before any was found. Borrowed from the kit until the next
 * call. */
const char *mail_courier_host(const struct mail_courier *c);
/* For tables: "looking up", "connecting", or the state of the conversation; and the mail that it is about. */
const char *mail_courier_state(const struct mail_courier *c);
uint32_t mail_courier_mail(const struct mail_courier *c);

#endif

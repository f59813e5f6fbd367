#include "mail/local.h"

#include "mail/addr.h"

static const char postmaster[] = "postmaster";

void mail_local_init(struct mail_local *l, struct net_host *h, const char *const *domains, unsigned n_domains)
{
    l->host = h;
    l->n_domains = n_domains;
    l->domains = g_new0(char *, n_domains + 1);
    for (unsigned i = 0; i < n_domains; i++)
        l->domains[i] = g_strdup(domains[i]);
    mail_boxes_init(&l->boxes);
    mail_boxes_add(&l->boxes, postmaster, 0)->implied = true;
}

void mail_local_release(struct mail_local *l)
{
    mail_boxes_release(&l->boxes);
    g_strfreev(l->domains);
}

bool mail_local_add_user(struct mail_local *l, const char *user, size_t quota)
{
    struct mail_box *box = mail_boxes_find(&l->boxes, span_of(user));

    if (box == NULL)
        return mail_boxes_add(&l->boxes, user, quota) != NULL;
    if (!box->implied)
        return false;
    box->implied = false;
    box->quota = quota;
    return true;
}

/* A quoted local part may hold an @ of its own; the domain cannot. */
struct span mail_local_domain_of(struct span address)
{
    const char *at = address.len > 0 ? memrchr(address.at, '@', address.len) : NULL;

    if (at == NULL)
        return span_bytes(NULL, 0);
    return span_bytes(at + 1, address.len - (size_t)(at + 1 - address.at));
}

static bool has_domain(const struct mail_local *l, struct span domain)
{
    ip_addr literal;

    for (unsigned i = 0; i < l->n_domains; i++)
        if (span_is_nocase(domain, span_of(l->domains[i])))
            return true;
    /* RFC 5321 §4.1.3: the literal of an address of its own names this host. */
    return domain.len > 2 && domain.at[0] == '[' &&
           ip_parse(span_bytes(domain.at + 1, domain.len - 2), &literal) &&
           net_host_at(net_host_net(l->host), literal) == l->host;
}

bool mail_local_is_here(const struct mail_local *l, struct span address)
{
    struct span domain = mail_local_domain_of(address);

    return domain.len > 0 ? has_domain(l, domain) : span_is_nocase(address, span_of(postmaster));
}

struct mail_box *mail_local_find(const struct mail_local *l, struct span address)
{
    struct span domain = mail_local_domain_of(address);
    struct span user = domain.len > 0 ? span_bytes(address.at, address.len - domain.len - 1) : address;
    char plain[MAIL_LOCAL_MAX];

    if (user.len > 0 && user.at[0] == '"') {
        struct mail_addr a;

        if (mail_addr_read(address, &a) != NULL)
            return NULL;
        user = span_bytes(plain, mail_addr_local(&a, plain));
    }
    return mail_boxes_find(&l->boxes, user);
}

struct mail_box *mail_local_user(const struct mail_local *l, struct span user)
{
    if (mail_local_domain_of(user).len == 0)
        return mail_boxes_find(&l->boxes, user);
    return mail_local_is_here(l, user) ? mail_local_find(l, user) : NULL;
}

struct mail_box *mail_local_login(const struct mail_local *l, struct span user, struct span password)
{
    struct mail_box *box = mail_local_user(l, user);

    return box != NULL && box->password != NULL && span_is(password, span_of(box->password)) ? box : NULL;
}

struct smtp_verdict mail_local_check(const struct mail_box *box, size_t size)
{
    if (box == NULL)
        return (struct smtp_verdict){ 550, "5.1.1 No such user here" };
    switch (mail_box_room(box, size)) {
    case MAIL_ROOM:
        return (struct smtp_verdict){ 250, NULL };
    case MAIL_ROOM_LATER:
        return (struct smtp_verdict){ 452, "4.2.2 The mailbox is full" };
    case MAIL_ROOM_NEVER:
        return (struct smtp_verdict){ 552, "5.2.2 The message is larger than the whole mailbox" };
    }
    return (struct smtp_verdict){ 451, NULL };
}

void mail_local_store(struct mail_local *l, struct mail_box *box, struct span sender, struct mail_message *m)
{
    struct sim *sim = net_host_sim(l->host);
    uint32_t uid = mail_box_store(box, m, sim_now(sim));
    struct record *r;

    if (!trace_on(&sim->trace))
        return;
    r = trace_begin(&sim->trace, EV_MAILBOX_STORE, net_host_name(l->host));
    r->mail = m->mail;
    trace_text(r, KEY_USER, span_of(box->user));
    trace_text(r, KEY_FOLDER, span_of(box->inbox->name));
    trace_number(r, KEY_UID, uid);
    trace_number(r, KEY_SIZE, (int64_t)m->data.len);
    trace_text(r, KEY_SENDER, sender);
    trace_text(r, KEY_SUBJECT, mail_message_field(m, "Subject"));
    trace_end(&sim->trace);
}

#include "mail/local.h"

#include "mail/addr.h"

static const char postmaster[] = "postmaster";

/* ---- What its boxes tell. */

/* NULL: nobody listens. Followed by end_record. */
static struct record *begin_record(const struct mail_local *l, enum event event, const struct mail_box *box,
                                   const char *folder, uint32_t mail)
{
    struct trace *t = &net_host_sim(l->host)->trace;
    struct record *r;

    if (!trace_on(t))
        return NULL;
    r = trace_begin(t, event, net_host_name(l->host));
    r->mail = mail;
    trace_text(r, KEY_USER, span_of(box->user));
    trace_text(r, KEY_FOLDER, span_of(folder));
    return r;
}

/* What one command does to many messages has one cause, and does not follow from each other. */
static void end_record(const struct mail_local *l)
{
    struct sim *sim = net_host_sim(l->host);
    uint64_t cause = sched_cause(sim->sched);

    trace_end(&sim->trace);
    sched_set_cause(sim->sched, cause);
}

static void add_stored(struct record *r, const struct mail_message *m, uint32_t uid, struct span sender)
{
    trace_number(r, KEY_UID, uid);
    trace_number(r, KEY_SIZE, (int64_t)m->data.len);
    trace_text(r, KEY_SENDER, sender);
    trace_text(r, KEY_SUBJECT, mail_message_field(m, "Subject"));
}

static void on_stored(void *self, struct mail_folder *f, unsigned at)
{
    const struct mail_stored *m = &f->messages[at];
    struct record *r = begin_record(self, EV_MAILBOX_STORE, f->box, f->name, m->message->mail);

    if (r == NULL)
        return;
    add_stored(r, m->message, m->uid, SPAN(""));
    end_record(self);
}

static void on_copied(void *self, const struct mail_folder *from, uint32_t uid, struct mail_folder *to,
                      unsigned at)
{
    const struct mail_stored *m = &to->messages[at];
    struct record *r = begin_record(self, EV_MAILBOX_COPY, to->box, from->name, m->message->mail);

    if (r == NULL)
        return;
    trace_number(r, KEY_UID, uid);
    trace_text(r, KEY_INTO, span_of(to->name));
    trace_number(r, KEY_INTO_UID, m->uid);
    end_record(self);
}

static void on_expunged(void *self, struct mail_folder *f, uint32_t uid, const struct mail_message *m)
{
    struct record *r = begin_record(self, EV_MAILBOX_DELETE, f->box, f->name, m->mail);

    if (r == NULL)
        return;
    trace_number(r, KEY_UID, uid);
    end_record(self);
}

static void on_flags(void *self, struct mail_folder *f, unsigned at, uint32_t before)
{
    const struct mail_stored *m = &f->messages[at];
    struct record *r = begin_record(self, EV_MAILBOX_FLAGS, f->box, f->name, m->message->mail);
    GString *now, *then;

    if (r == NULL)
        return;
    now = g_string_new(NULL);
    then = g_string_new(NULL);
    mail_flags_text(f, m->flags, now);
    mail_flags_text(f, before, then);
    trace_number(r, KEY_UID, m->uid);
    trace_text(r, KEY_FLAGS, span_bytes(now->str, now->len));
    trace_text(r, KEY_FLAGS_BEFORE, span_bytes(then->str, then->len));
    end_record(self);
    g_string_free(now, TRUE);
    g_string_free(then, TRUE);
}

static void on_folder(void *self, struct mail_box *box, const char *what, const char *name,
                      const char *new_name)
{
    struct record *r = begin_record(self, EV_MAILBOX_FOLDER, box, name, 0);

    if (r == NULL)
        return;
    trace_text(r, KEY_WHAT, span_of(what));
    if (new_name != NULL)
        trace_text(r, KEY_INTO, span_of(new_name));
    end_record(self);
}

static const struct mail_box_events box_events = {
    .on_stored = on_stored,
    .on_copied = on_copied,
    .on_expunged = on_expunged,
    .on_flags = on_flags,
    .on_folder = on_folder,
};

/* ---- Life. */

void mail_local_init(struct mail_local *l, struct net_host *h, const char *const *domains, unsigned n_domains)
{
    l->host = h;
    l->n_domains = n_domains;
    l->domains = g_new0(char *, n_domains + 1);
    for (unsigned i = 0; i < n_domains; i++)
        l->domains[i] = g_strdup(domains[i]);
    mail_boxes_init(&l->boxes);
    l->boxes.epoch_s = net_host_sim(h)->epoch_s;
    l->boxes.events = &box_events;
    l->boxes.events_self = l;
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

/* ---- Addresses and names. */

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

/* ---- Final delivery. */

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
    struct record *r = begin_record(l, EV_MAILBOX_STORE, box, box->inbox->name, m->mail);

    if (r == NULL)
        return;
    add_stored(r, m, uid, sender);
    trace_end(&sim->trace); /* what follows, follows from it */
}

#include "mail/route.h"

void mail_route_init(struct mail_route *r)
{
    *r = (struct mail_route){ .kind = MAIL_ROUTE_LATER };
}

void mail_route_clear(struct mail_route *r)
{
    r->n = 0;
    r->code = 0;
    r->line = NULL;
}

void mail_route_release(struct mail_route *r)
{
    g_free(r->hosts);
    mail_route_init(r);
}

void mail_route_refuse(struct mail_route *r, unsigned code, const char *line)
{
    mail_route_clear(r);
    r->kind = MAIL_ROUTE_REFUSED;
    r->code = code;
    r->line = line;
}

static void defer(struct mail_route *r, const char *line)
{
    mail_route_clear(r);
    r->kind = MAIL_ROUTE_LATER;
    r->code = 451;
    r->line = line;
}

static struct mail_exchanger *add_host(struct mail_route *r, uint16_t preference)
{
    struct mail_exchanger *x;

    if (r->n == r->room) {
        r->room = r->room ? 2 * r->room : 2;
        r->hosts = g_renew(struct mail_exchanger, r->hosts, r->room);
    }
    x = &r->hosts[r->n++];
    x->preference = preference;
    x->literal = 0;
    return x;
}

/* Insertion keeps equal ones in the order of the answer, whatever the DNS server did to it. */
static void sort_by_preference(struct mail_route *r)
{
    for (unsigned i = 1; i < r->n; i++) {
        struct mail_exchanger x = r->hosts[i];
        unsigned j = i;

        for (; j > 0 && r->hosts[j - 1].preference > x.preference; j--)
            r->hosts[j] = r->hosts[j - 1];
        r->hosts[j] = x;
    }
}

/* RFC 5321 §5.1: hosts of one preference MUST be tried in random order, to share the load. */
static void shuffle_equals(struct mail_route *r, struct rng *shuffle)
{
    for (unsigned from = 0, to; from < r->n; from = to) {
        for (to = from + 1; to < r->n && r->hosts[to].preference == r->hosts[from].preference;)
            to++;
        if (to - from > 1)
            rng_shuffle(shuffle, &r->hosts[from], to - from, sizeof r->hosts[0]);
    }
}

static void drop_from(struct mail_route *r, uint16_t preference)
{
    while (r->n > 0 && r->hosts[r->n - 1].preference >= preference)
        r->n--;
    if (r->n == 0)
        mail_route_refuse(r, 554, "554 5.4.6 Mail for this domain comes back to this host");
}

void mail_route_drop_own(struct mail_route *r, unsigned i)
{
    drop_from(r, r->hosts[i].preference);
}

static void drop_own_name(struct mail_route *r, const struct dns_name *own)
{
    for (unsigned i = 0; i < r->n; i++) {
        if (dns_name_equal(&r->hosts[i].name, own)) {
            drop_from(r, r->hosts[i].preference);
            return;
        }
    }
}

static void read_records(struct mail_route *r, const struct dns_result *mx)
{
    for (unsigned i = 0; i < mx->n; i++) {
        struct span data = mx->records[i].rdata;
        struct dns_name name;

        /* RFC 7505 §3: "." is no host. Beside others, which it must not stand, it is passed over. */
        if (!dns_rdata_name(DNS_MX, data, &name) || name.len == 1)
            continue;
        dns_name_copy(&add_host(r, dns_rdata_mx_preference(data))->name, &name);
    }
}

void mail_route_from_mx(struct mail_route *r, const struct dns_result *mx, const struct dns_name *own,
                        struct rng *shuffle)
{
    mail_route_clear(r);
    r->kind = MAIL_ROUTE_HOSTS;
    switch (mx->outcome) {
    case DNS_NO_NAME:
        mail_route_refuse(r, 550, "550 5.1.2 There is no such domain");
        return;
    case DNS_FAILED:
        defer(r, "451 4.4.3 The DNS could not tell who takes mail for this domain");
        return;
    case DNS_NO_ANSWER:
        defer(r, "451 4.4.3 The local DNS server does not answer");
        return;
    case DNS_NO_DATA:
        /* The implicit MX: the domain itself, or what a CNAME made of it. */
        dns_name_copy(&add_host(r, 0)->name, mx->canonical.len > 0 ? &mx->canonical : &mx->name);
        break;
    case DNS_FOUND:
        read_records(r, mx);
        if (r->n == 0) {
            mail_route_refuse(r, 556, "556 5.1.10 This domain takes no mail (null MX)");
            return;
        }
        sort_by_preference(r);
        break;
    }
    if (own != NULL)
        drop_own_name(r, own);
    shuffle_equals(r, shuffle);
}

void mail_route_from_literal(struct mail_route *r, struct span literal)
{
    ip_addr a;
    struct mail_exchanger *x;

    mail_route_clear(r);
    r->kind = MAIL_ROUTE_HOSTS;
    if (literal.len < 2 || !ip_parse(span_bytes(literal.at + 1, literal.len - 2), &a)) {
        mail_route_refuse(r, 550, "550 5.1.2 No way to an address of this kind");
        return;
    }
    x = add_host(r, 0);
    x->literal = a;
    x->name.len = 1;
    x->name.wire[0] = 0;
}

void mail_route_text(const struct mail_route *r, GString *out)
{
    for (unsigned i = 0; i < r->n; i++) {
        const struct mail_exchanger *x = &r->hosts[i];
        char name[DNS_NAME_TEXT_MAX], ip[IP_TEXT_MAX];

        g_string_append_printf(out, "%s%u %s", i > 0 ? ", " : "", x->preference,
                               x->literal != 0 ? ip_text(ip, x->literal) : dns_name_text(name, &x->name));
    }
}

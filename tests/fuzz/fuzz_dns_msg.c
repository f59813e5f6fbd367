/* Any octets are a message or are refused. What is read is written again, reads the same and is then written
 * the same; and a server has an answer to it that can be read. */
#include <stdlib.h>

#include "dns/auth.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static struct dns_zone *make_zone(void)
{
    static const char *const lines[] = { "@ SOA ns host 1 2 3 4 5",
                                         "@ NS ns",
                                         "ns A 10.0.0.1",
                                         "www CNAME ns",
                                         "* CNAME x.y.w",
                                         "*.w MX 1 ns",
                                         "sub NS ns.sub",
                                         "ns.sub A 10.0.0.2",
                                         "a.b.c TXT x" };
    struct dns_name origin = { 5, { 3, 'e', 'd', 'u', 0 } };
    struct dns_zone *z = dns_zone_new(&origin);

    for (unsigned i = 0; i < G_N_ELEMENTS(lines); i++) {
        char error[160];
        struct dns_rr r;

        must(dns_rr_parse(span_of(lines[i]), &origin, 60, &r, error) && dns_zone_add(z, &r, error));
        dns_rr_release(&r);
    }
    return z;
}

static void same(const struct dns_msg *a, const struct dns_msg *b)
{
    unsigned n = 0;

    must(a->id == b->id && a->qr == b->qr && a->opcode == b->opcode && a->rcode == b->rcode);
    must(a->has_question == b->has_question && a->has_edns == b->has_edns);
    for (unsigned s = 0; s < DNS_SECTIONS; s++) {
        must(a->n[s] == b->n[s]);
        n += a->n[s];
    }
    for (unsigned i = 0; i < n; i++) {
        must(a->rr[i].name->len == b->rr[i].name->len);
        must(memcmp(a->rr[i].name->wire, b->rr[i].name->wire, a->rr[i].name->len) == 0);
        must(a->rr[i].type == b->rr[i].type && a->rr[i].rclass == b->rr[i].rclass);
        must(a->rr[i].ttl_s == b->rr[i].ttl_s && span_is(a->rr[i].rdata, b->rr[i].rdata));
    }
}

static void read_all(const struct dns_msg *m)
{
    unsigned n = m->n[DNS_ANSWER] + m->n[DNS_AUTHORITY] + m->n[DNS_ADDITIONAL];

    must(dns_kind_text(dns_msg_kind(m)) != NULL);
    for (unsigned i = 0; i < n && i < 20; i++) {
        char text[DNS_NAME_TEXT_MAX];
        struct dns_name name;

        must(dns_name_text(text, m->rr[i].name) != NULL && strlen(text) < sizeof text);
        dns_rdata_text(text, sizeof text, m->rr[i].type, m->rr[i].rdata);
        dns_rdata_name(m->rr[i].type, m->rr[i].rdata, &name);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct dns_msg first, second; /* used again, as a server does */
    static struct dns_zone *zone;
    static uint8_t wire[DNS_MSG_MAX], again[DNS_MSG_MAX];
    size_t n;

    if (zone == NULL) {
        zone = make_zone();
        dns_msg_init(&first);
        dns_msg_init(&second);
    }
    if (!dns_msg_parse(&first, span_bytes(data, size)))
        return 0;
    read_all(&first);
    n = dns_msg_write(&first, wire, sizeof wire, sizeof wire);
    must(dns_msg_parse(&second, span_bytes(wire, n)));
    if (!first.tc) {
        same(&first, &second);
        must(dns_msg_write(&second, again, sizeof again, sizeof again) == n && memcmp(wire, again, n) == 0);
    }
    n = dns_msg_write(&first, wire, sizeof wire, DNS_UDP_MAX);
    must(n <= DNS_UDP_MAX && dns_msg_parse(&second, span_bytes(wire, n)));

    dns_auth_answer(&zone, 1, &first, size, &second);
    n = dns_msg_write(&second, wire, sizeof wire, DNS_UDP_MAX);
    must(dns_msg_parse(&first, span_bytes(wire, n)));
    return 0;
}

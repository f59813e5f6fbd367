/* dns/rr.c: record data in wire form: its types, its fields, its text. Master-file lines are read in
 * rr_parse.c. */
#include "dns/rr.h"

#include <arpa/inet.h>
#include <ldns/ldns.h>
#include <string.h>

#include "dns/rr_text.h"

/* ---- Types and codes by name. */

static const struct {
    uint16_t type;
    const char *name;
} types[] = {
    { DNS_A, "A" },     { DNS_NS, "NS" },     { DNS_CNAME, "CNAME" }, { DNS_SOA, "SOA" },
    { DNS_PTR, "PTR" }, { DNS_MX, "MX" },     { DNS_TXT, "TXT" },     { DNS_AAAA, "AAAA" },
    { DNS_OPT, "OPT" }, { DNS_AXFR, "AXFR" }, { DNS_IXFR, "IXFR" },   { DNS_ANY, "ANY" },
};

const char *dns_type_text(char buf[DNS_TYPE_TEXT_MAX], uint16_t type)
{
    const char *registered;

    for (unsigned i = 0; i < G_N_ELEMENTS(types); i++) {
        if (types[i].type == type)
            return types[i].name;
    }
    registered = ldns_rr_descript(type)->_name;
    if (registered != NULL && strncmp(registered, "TYPE", 4) != 0)
        return registered;
    g_snprintf(buf, DNS_TYPE_TEXT_MAX, "TYPE%u", type);
    return buf;
}

uint16_t dns_type_parse(struct span text)
{
    char name[DNS_TYPE_TEXT_MAX];
    uint64_t number;

    for (unsigned i = 0; i < G_N_ELEMENTS(types); i++) {
        if (span_is_nocase(text, span_of(types[i].name)))
            return types[i].type;
    }
    if (span_starts_nocase(text, SPAN("TYPE")))
        return span_number((struct span){ text.at + 4, text.len - 4 }, 65535, &number) ? (uint16_t)number : 0;
    if (text.len == 0 || text.len >= sizeof name || memchr(text.at, '\0', text.len) != NULL)
        return 0;
    memcpy(name, text.at, text.len);
    name[text.len] = '\0';
    return (uint16_t)ldns_get_rr_type_by_name(name);
}

const char *dns_rcode_text(unsigned rcode)
{
    static const char *const names[] = { "NOERROR",  "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED",
                                         "YXDOMAIN", "YXRRSET", "NXRRSET",  "NOTAUTH",  "NOTZONE" };

    if (rcode < G_N_ELEMENTS(names))
        return names[rcode];
    return rcode == DNS_BADVERS ? "BADVERS" : "RESERVED";
}

/* ---- Fields of the data. */

static const uint8_t *octets(struct span rdata)
{
    return (const uint8_t *)rdata.at;
}

static uint16_t u16_at(struct span rdata, size_t at)
{
    return (uint16_t)(octets(rdata)[at] << 8 | octets(rdata)[at + 1]);
}

static uint32_t u32_at(struct span rdata, size_t at)
{
    return (uint32_t)u16_at(rdata, at) << 16 | u16_at(rdata, at + 2);
}

bool dns_rdata_name(uint16_t type, struct span rdata, struct dns_name *out)
{
    struct dns_layout layout = dns_rdata_layout(type);
    unsigned len;

    if (layout.names == 0 || rdata.len < layout.before)
        return false;
    len = dns_wire_name(octets(rdata) + layout.before, octets(rdata) + rdata.len);
    if (len == 0)
        return false;
    out->len = (uint8_t)len;
    memcpy(out->wire, octets(rdata) + layout.before, len);
    return true;
}

uint16_t dns_rdata_mx_preference(struct span rdata)
{
    return rdata.len < 2 ? 0 : u16_at(rdata, 0);
}

ip_addr dns_rdata_a(struct span rdata)
{
    return rdata.len == 4 ? u32_at(rdata, 0) : 0;
}

/* Character strings, a length octet before each, that fill the data (RFC 1035 §3.3.14). */
static bool is_strings(struct span rdata)
{
    size_t at = 0;

    while (at < rdata.len)
        at += 1 + octets(rdata)[at];
    return at == rdata.len && rdata.len > 0;
}

bool dns_rdata_is_valid(uint16_t type, struct span rdata)
{
    struct dns_layout layout = dns_rdata_layout(type);
    size_t at = layout.before;

    switch (type) {
    case DNS_A:
        return rdata.len == 4;
    case DNS_AAAA:
        return rdata.len == 16;
    case DNS_TXT:
        return is_strings(rdata);
    default:
        break;
    }
    if (layout.names == 0)
        return true;
    for (unsigned i = 0; i < layout.names; i++) {
        unsigned len = at < rdata.len ? dns_wire_name(octets(rdata) + at, octets(rdata) + rdata.len) : 0;
        if (len == 0)
            return false;
        at += len;
    }
    return at + layout.after == rdata.len;
}

bool dns_rdata_equal(uint16_t type, struct span a, struct span b)
{
    struct dns_layout layout = dns_rdata_layout(type);
    size_t folded;

    if (a.len != b.len || layout.names == 0 || a.len < (size_t)layout.before + layout.after)
        return span_is(a, b);
    folded = a.len - layout.before - layout.after;
    return memcmp(a.at, b.at, layout.before) == 0 &&
           dns_wire_equal(octets(a) + layout.before, octets(b) + layout.before, (unsigned)folded) &&
           memcmp(a.at + a.len - layout.after, b.at + b.len - layout.after, layout.after) == 0;
}

void dns_rr_release(struct dns_rr *r)
{
    g_free(r->rdata);
    r->rdata = NULL;
    r->rdlength = 0;
}

/* ---- Text. With an origin it is for a master file, without one for people. */

static void append_name(GString *out, const struct dns_name *n, const struct dns_name *origin)
{
    char text[DNS_NAME_TEXT_MAX];
    struct dns_name relative;

    if (origin == NULL) {
        g_string_append(out, dns_name_text(text, n));
    } else if (dns_name_equal(n, origin)) {
        g_string_append_c(out, '@');
    } else if (dns_name_is_under(n, origin)) {
        relative.len = (uint8_t)(n->len - origin->len + 1);
        memcpy(relative.wire, n->wire, relative.len - 1u);
        relative.wire[relative.len - 1] = 0;
        g_string_append(out, dns_name_text(text, &relative));
    } else {
        g_string_append(out, dns_name_text(text, n));
        if (n->len > 1)
            g_string_append_c(out, '.');
    }
}

static void append_wire_name(GString *out, const uint8_t *wire, unsigned len, const struct dns_name *origin)
{
    struct dns_name n = { .len = (uint8_t)len };

    memcpy(n.wire, wire, len);
    append_name(out, &n, origin);
}

static void append_strings(GString *out, struct span rdata)
{
    const uint8_t *at = octets(rdata), *end = at + rdata.len;

    for (const uint8_t *next; at < end; at = next) {
        next = at + 1 + *at;
        if (at > octets(rdata))
            g_string_append_c(out, ' ');
        g_string_append_c(out, '"');
        while (++at < next) {
            if (*at < ' ' || *at >= 0x7f) {
                g_string_append_printf(out, "\\%03u", *at);
                continue;
            }
            if (*at == '"' || *at == '\\')
                g_string_append_c(out, '\\');
            g_string_append_c(out, (char)*at);
        }
        g_string_append_c(out, '"');
    }
}

/* RFC 3597 §5: any data of any type. */
static void append_hex(GString *out, struct span rdata)
{
    g_string_append_printf(out, "\\# %zu", rdata.len);
    for (size_t i = 0; i < rdata.len; i++)
        g_string_append_printf(out, i == 0 ? " %02x" : "%02x", octets(rdata)[i]);
}

/* Types that ldns knows and we do not; false if it cannot. */
static bool append_by_ldns(GString *out, uint16_t type, struct span rdata)
{
    g_autofree uint8_t *wire = g_malloc(rdata.len + 2); /* RDLENGTH in front, as ldns reads it */
    ldns_rr *rr = NULL;
    size_t at = 0;
    bool done;

    if (!dns_rr_is_ldns(type) || rdata.len == 0 || rdata.len > 65535)
        return false;
    wire[0] = (uint8_t)(rdata.len >> 8);
    wire[1] = (uint8_t)rdata.len;
    memcpy(wire + 2, rdata.at, rdata.len);
    rr = ldns_rr_new();
    ldns_rr_set_type(rr, type);
    done = ldns_wire2rdf(rr, wire, rdata.len + 2, &at) == LDNS_STATUS_OK && ldns_rr_rd_count(rr) > 0;
    for (size_t i = 0; done && i < ldns_rr_rd_count(rr); i++) {
        char *text = ldns_rdf2str(ldns_rr_rdf(rr, i));

        g_string_append_printf(out, i == 0 ? "%s" : " %s", text ? text : "");
        free(text);
    }
    ldns_rr_free(rr);
    return done;
}

static void append_layout(GString *out, uint16_t type, struct span rdata, const struct dns_name *origin)
{
    struct dns_layout layout = dns_rdata_layout(type);
    const uint8_t *at = octets(rdata) + layout.before, *end = octets(rdata) + rdata.len;

    if (type == DNS_MX)
        g_string_append_printf(out, "%u ", dns_rdata_mx_preference(rdata));
    for (unsigned i = 0; i < layout.names; i++) {
        unsigned len = dns_wire_name(at, end);

        if (i > 0)
            g_string_append_c(out, ' ');
        append_wire_name(out, at, len, origin);
        at += len;
    }
    for (; at < end; at += 4)
        g_string_append_printf(out, " %u", u32_at(rdata, (size_t)(at - octets(rdata))));
}

static void append_rdata(GString *out, uint16_t type, struct span rdata, const struct dns_name *origin)
{
    char text[INET6_ADDRSTRLEN];
    size_t before = out->len;

    if (!dns_rdata_is_valid(type, rdata)) {
        append_hex(out, rdata);
    } else if (type == DNS_A) {
        g_string_append(out, ip_text(text, dns_rdata_a(rdata)));
    } else if (type == DNS_AAAA) {
        g_string_append(out, inet_ntop(AF_INET6, rdata.at, text, sizeof text));
    } else if (type == DNS_TXT) {
        append_strings(out, rdata);
    } else if (dns_rdata_layout(type).names > 0) {
        append_layout(out, type, rdata, origin);
    } else if (!append_by_ldns(out, type, rdata)) {
        g_string_truncate(out, before);
        append_hex(out, rdata);
    }
}

char *dns_rdata_text(char *buf, size_t size, uint16_t type, struct span rdata)
{
    g_autoptr(GString) text = NULL;

    if (type == DNS_A && rdata.len == 4 && size >= IP_TEXT_MAX) /* most of what a trace says */
        return ip_text(buf, dns_rdata_a(rdata));
    text = g_string_sized_new(64);
    append_rdata(text, type, rdata, NULL);
    g_strlcpy(buf, text->str, size);
    return buf;
}

void dns_rr_line(const struct dns_rr *r, const struct dns_name *origin, GString *out)
{
    struct span rdata = span_bytes(r->rdata, r->rdlength);
    char type[DNS_TYPE_TEXT_MAX], error[160];
    struct dns_rr again;
    size_t start = out->len, data;
    bool is_same = false;

    append_name(out, &r->name, origin);
    g_string_append_printf(out, " %u %s ", r->ttl_s, dns_type_text(type, r->type));
    data = out->len;
    append_rdata(out, r->type, rdata, origin);

    /* Others have written the text of rarer types: it stands only if it says the same. */
    if (dns_rr_parse(span_bytes(out->str + start, out->len - start), origin, 0, &again, error)) {
        is_same = dns_rdata_equal(r->type, span_bytes(again.rdata, again.rdlength), rdata);
        dns_rr_release(&again);
    }
    if (!is_same) {
        g_string_truncate(out, data);
        append_hex(out, rdata);
    }
}

/* dns/rr_data.c: the data of a record from its text. The types that scenarios are made of are read here, so
 * that an author hears of his slips in his own words; ldns makes the data of TXT and of all rarer types. It
 * is left nothing to guess: it cuts long text without a word, and takes any name that begins with the label
 * "@" for the origin. */
#include <arpa/inet.h>
#include <ldns/ldns.h>
#include <string.h>

#include "core/rd.h"
#include "dns/rr_text.h"

enum { LDNS_TEXT_MAX = 60000 };

struct input {
    uint16_t type;
    const struct dns_name *origin;
    char type_text[DNS_TYPE_TEXT_MAX];
    const char *type_name;
    struct span data;
    char *error;
};

/* ---- The data of the common types. Each writes it, or says what is wrong. */

static bool put_name(const struct input *in, struct span word, const char *what, struct wr *to)
{
    struct dns_name name;
    const char *error;
    ip_addr address;

    if (ip_parse(word, &address))
        return dns_rr_fail(in->error, "%s: %s is a name, not an address like '%.*s'", in->type_name, what,
                           SHOWN(word));
    if (span_is(word, SPAN("@")))
        dns_name_copy(&name, in->origin);
    else if (!dns_name_parse(word, in->origin, &name, &error))
        return dns_rr_fail(in->error, "%s: %s '%.*s': %s", in->type_name, what, SHOWN(word), error);
    wr_bytes(to, name.wire, name.len);
    return true;
}

static bool put_a(const struct input *in, struct wr *to)
{
    ip_addr address;

    if (!ip_parse(in->data, &address))
        return dns_rr_fail(in->error, "A needs an IPv4 address like 192.0.2.1, not '%.*s'", SHOWN(in->data));
    wr_u32(to, address);
    return true;
}

static bool put_aaaa(const struct input *in, struct wr *to)
{
    char text[INET6_ADDRSTRLEN] = "";
    uint8_t address[16];

    if (in->data.len < sizeof text)
        memcpy(text, in->data.at, in->data.len);
    if (inet_pton(AF_INET6, text, address) != 1)
        return dns_rr_fail(in->error, "AAAA needs an IPv6 address like 2001:db8::1, not '%.*s'",
                           SHOWN(in->data));
    wr_bytes(to, address, sizeof address);
    return true;
}

static bool put_one_name(const struct input *in, struct wr *to)
{
    if (dns_rr_words(in->data) != 1)
        return dns_rr_fail(in->error, "%s needs one name, not '%.*s'", in->type_name, SHOWN(in->data));
    return put_name(in, in->data, "its target", to);
}

static bool put_mx(const struct input *in, struct wr *to)
{
    struct span rest = in->data, preference = span_take_word(&rest);
    uint64_t number;

    if (dns_rr_words(in->data) != 2 || !span_number(preference, 65535, &number))
        return dns_rr_fail(in->error,
                           "MX needs a preference (0 to 65535) and a name, like \"10 mail\", not '%.*s'",
                           SHOWN(in->data));
    wr_u16(to, (uint16_t)number);
    return put_name(in, rest, "its host", to);
}

static bool put_soa(const struct input *in, struct wr *to)
{
    struct span rest = in->data, primary = span_take_word(&rest), mailbox = span_take_word(&rest);
    uint64_t serial;
    uint32_t seconds;

    if (dns_rr_words(in->data) != 7)
        return dns_rr_fail(in->error, "SOA needs a primary server, a mailbox and five numbers, like "
                                      "\"ns hostmaster 1 7200 900 1209600 3600\"");
    if (!span_is(mailbox, SPAN("@")) && memchr(mailbox.at, '@', mailbox.len) != NULL)
        return dns_rr_fail(in->error, "SOA: its mailbox has a dot where an address has '@', not '%.*s'",
                           SHOWN(mailbox));
    if (!put_name(in, primary, "its primary server", to) || !put_name(in, mailbox, "its mailbox", to))
        return false;
    if (!span_number(span_take_word(&rest), UINT32_MAX, &serial))
        return dns_rr_fail(in->error, "SOA: its serial is a number up to 4294967295");
    wr_u32(to, (uint32_t)serial);
    while (rest.len > 0) {
        struct span word = span_take_word(&rest);

        if (!dns_rr_seconds(word, &seconds))
            return dns_rr_fail(in->error, "SOA: refresh, retry, expire and minimum are seconds, not '%.*s'",
                               SHOWN(word));
        wr_u32(to, seconds);
    }
    return true;
}

static const struct {
    uint16_t type;
    bool (*put)(const struct input *, struct wr *); /* NULL: ldns does */
    const char *needs;
} types[] = {
    { DNS_A, put_a, "an IPv4 address like 192.0.2.1" },
    { DNS_AAAA, put_aaaa, "an IPv6 address like 2001:db8::1" },
    { DNS_NS, put_one_name, "the name of a server" },
    { DNS_CNAME, put_one_name, "the name that it stands for" },
    { DNS_PTR, put_one_name, "a name" },
    { DNS_MX, put_mx, "a preference and a name, like \"10 mail\"" },
    { DNS_SOA, put_soa, "a primary server, a mailbox and five numbers" },
    { DNS_TXT, NULL, "a string" },
};

/* ---- The data of all others. */

bool dns_rr_is_ldns(uint16_t type)
{
    static const uint16_t by_ldns[] = {
        LDNS_RR_TYPE_TXT,    LDNS_RR_TYPE_HINFO,   LDNS_RR_TYPE_RP,         LDNS_RR_TYPE_AFSDB,
        LDNS_RR_TYPE_LOC,    LDNS_RR_TYPE_SRV,     LDNS_RR_TYPE_NAPTR,      LDNS_RR_TYPE_DNAME,
        LDNS_RR_TYPE_DS,     LDNS_RR_TYPE_SSHFP,   LDNS_RR_TYPE_RRSIG,      LDNS_RR_TYPE_NSEC,
        LDNS_RR_TYPE_DNSKEY, LDNS_RR_TYPE_NSEC3,   LDNS_RR_TYPE_NSEC3PARAM, LDNS_RR_TYPE_TLSA,
        LDNS_RR_TYPE_CDS,    LDNS_RR_TYPE_CDNSKEY, LDNS_RR_TYPE_OPENPGPKEY, LDNS_RR_TYPE_SPF,
        LDNS_RR_TYPE_URI,    LDNS_RR_TYPE_CAA,     LDNS_RR_TYPE_SVCB,       LDNS_RR_TYPE_HTTPS,
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(by_ldns); i++) {
        if (by_ldns[i] == type)
            return true;
    }
    return false;
}

/* RFC 3597 §5: \# LENGTH HEX…, for any type. */
static bool parse_unknown(const struct input *in, struct dns_rr *out)
{
    struct span rest = in->data, word;
    uint64_t length = 0;
    size_t digits = 0;

    span_take_word(&rest);
    word = span_take_word(&rest);
    if (!span_number(word, 65535, &length))
        return dns_rr_fail(in->error,
                           "\\# is followed by the length in octets, then the data in hexadecimal");
    out->rdata = g_malloc0(length + 1);
    out->rdlength = (uint16_t)length;
    for (size_t i = 0; i < rest.len; i++) {
        int value = g_ascii_xdigit_value(rest.at[i]);

        if (rest.at[i] == ' ')
            continue;
        if (value < 0)
            return dns_rr_fail(in->error, "'%c' is no hexadecimal digit", rest.at[i]);
        if (digits < 2 * length)
            out->rdata[digits / 2] |= (uint8_t)(digits % 2 ? value : value << 4);
        digits++;
    }
    if (digits != 2 * length)
        return dns_rr_fail(in->error, "\\# says %u octets, %zu hexadecimal digits follow", out->rdlength,
                           digits);
    return dns_rdata_is_valid(out->type, span_bytes(out->rdata, out->rdlength)) ||
           dns_rr_fail(in->error, "that is no data of type %s", in->type_name);
}

/* A string is an octet's worth of octets (RFC 1035 §3.3). */
static bool check_txt(const struct input *in)
{
    bool is_quoted = false;
    unsigned len = 0;

    for (size_t i = 0; i < in->data.len; i++) {
        char c = in->data.at[i];

        if (c == '"' || (c == ' ' && !is_quoted)) {
            is_quoted ^= c == '"';
            len = 0;
            continue;
        }
        if (c == '\\' && i + 1 < in->data.len)
            i += g_ascii_isdigit(in->data.at[i + 1]) ? 3 : 1;
        if (++len > 255)
            return dns_rr_fail(in->error,
                               "TXT: a string holds at most 255 octets: write it as several in quotes");
    }
    return true;
}

static bool take_rdata(const struct input *in, const ldns_rr *rr, struct dns_rr *out)
{
    ldns_buffer *buffer = ldns_buffer_new(LDNS_MIN_BUFLEN);
    bool done = ldns_rr_rdata2buffer_wire(buffer, rr) == LDNS_STATUS_OK &&
                ldns_buffer_position(buffer) <= 65535;

    if (done) {
        out->rdlength = (uint16_t)ldns_buffer_position(buffer);
        out->rdata = g_memdup2(ldns_buffer_begin(buffer), out->rdlength);
        done = dns_rdata_is_valid(out->type, span_bytes(out->rdata, out->rdlength));
    }
    ldns_buffer_free(buffer);
    return done || dns_rr_fail(in->error, "that is no data of type %s", in->type_name);
}

static bool parse_by_ldns(const struct input *in, struct dns_rr *out)
{
    g_autofree char *line = NULL;
    ldns_rdf *origin = NULL;
    ldns_rr *rr = NULL;
    ldns_status status;
    bool done;

    if (in->data.len > LDNS_TEXT_MAX)
        return dns_rr_fail(in->error, "%s: its data is longer than %d characters", in->type_name,
                           LDNS_TEXT_MAX);
    if (in->type == DNS_TXT && !check_txt(in))
        return false;
    line = g_strdup_printf(". 0 IN %s %.*s", in->type_name, (int)in->data.len, in->data.at);
    origin = ldns_rdf_new_frm_data(LDNS_RDF_TYPE_DNAME, in->origin->len, in->origin->wire);
    status = ldns_rr_new_frm_str(&rr, line, 0, origin, NULL);
    if (status == LDNS_STATUS_OK)
        done = take_rdata(in, rr, out);
    else
        done = dns_rr_fail(in->error, "%s: cannot read '%.*s' (%s)", in->type_name, SHOWN(in->data),
                           ldns_get_errorstr_by_id(status));
    ldns_rr_free(rr);
    ldns_rdf_deep_free(origin);
    return done;
}

bool dns_rr_parse_data(struct span text, const struct dns_name *origin, struct dns_rr *out, char *error_out)
{
    struct input in = { .type = out->type, .origin = origin, .data = text, .error = error_out };
    bool (*put)(const struct input *, struct wr *) = NULL;
    const char *needs = "its data behind it";
    bool is_ours = false;
    struct span rest = text;
    uint8_t octets[2 * DNS_NAME_MAX + 20]; /* SOA is the longest */
    struct wr to = wr_of(octets, sizeof octets);

    in.type_name = dns_type_text(in.type_text, in.type);
    for (unsigned i = 0; i < G_N_ELEMENTS(types) && !is_ours; i++) {
        is_ours = types[i].type == in.type;
        put = is_ours ? types[i].put : NULL;
        needs = is_ours ? types[i].needs : needs;
    }
    if (in.data.len == 0)
        return dns_rr_fail(in.error, "%s needs %s", in.type_name, needs);
    if (span_is(span_take_word(&rest), SPAN("\\#")))
        return parse_unknown(&in, out);
    if (put == NULL && !dns_rr_is_ldns(in.type))
        return dns_rr_fail(in.error, "the data of %s is written \\# LENGTH HEX (RFC 3597 §5)", in.type_name);
    if (put == NULL)
        return parse_by_ldns(&in, out);
    if (!put(&in, &to))
        return false;
    out->rdlength = (uint16_t)wr_len(&to);
    out->rdata = g_memdup2(octets, out->rdlength);
    return true;
}

/* DNS messages for export/dissect.h: RFC 1035 §4.1, compression §4.1.4, EDNS RFC 6891 §6.1. */
#include <arpa/inet.h>
#include <stdio.h>

#include "dns/rr.h"
#include "export/dissect_parts.h"

enum { HEADER = 12, FIXED = 10 /* type, class, TTL and length of a record */, POINTER = 0xc0 };

/* A message, and how far it has been read. */
struct reader {
    struct dissector *x;
    size_t start, at, end;
    int layer;
};

static size_t left(const struct reader *r)
{
    return r->end - r->at;
}

static void number(struct reader *r, const char *name, unsigned octets, const char *meaning)
{
    uint32_t value = octets == 4   ? dissect_u32(r->x, r->at)
                     : octets == 2 ? dissect_u16(r->x, r->at)
                                   : dissect_u8(r->x, r->at);

    dissect_add(r->x, r->layer, name, r->at, octets, meaning, "%u", value);
    r->at += octets;
}

static void rest(struct reader *r, const char *name, size_t end, const char *meaning)
{
    dissect_rest(r->x, r->layer, name, r->at, end, meaning);
    r->at = end;
}

/* ---- Names. */

struct name {
    GString *text;
    size_t behind;              /* the octet after it, where it stands */
    size_t pointer, pointer_to; /* where it goes on elsewhere; 0: it does not. From the packet's start */
    size_t pointed;             /* where in `text` that part begins */
};

static void add_label(GString *text, const uint8_t *label, unsigned len)
{
    for (unsigned i = 0; i < len; i++) {
        if (label[i] == '.' || label[i] == '\\')
            g_string_append_printf(text, "\\%c", label[i]);
        else if (label[i] > 0x20 && label[i] < 0x7f)
            g_string_append_c(text, (char)label[i]);
        else
            g_string_append_printf(text, "\\%03u", label[i]);
    }
    g_string_append_c(text, '.');
}

/* False if it runs out of the message, is too long, or points anywhere but back. */
static bool read_name(const struct reader *r, struct name *n)
{
    size_t at = r->at, lowest = r->at, octets = 0;

    n->pointer = n->behind = 0;
    g_string_truncate(n->text, 0);
    while (at < r->end) {
        unsigned len = dissect_u8(r->x, at);
        if (len == 0) {
            if (n->behind == 0)
                n->behind = at + 1;
            if (n->text->len > 0)
                g_string_truncate(n->text, n->text->len - 1);
            else
                g_string_append_c(n->text, '.');
            return true;
        }
        if ((len & POINTER) == POINTER) {
            if (r->end - at < 2)
                return false;
            size_t to = r->start + (dissect_u16(r->x, at) & 0x3fff);
            if (n->behind == 0) {
                n->pointer = at;
                n->pointer_to = to;
                n->pointed = n->text->len;
                n->behind = at + 2;
            }
            if (to >= lowest)
                return false;
            at = lowest = to;
            continue;
        }
        octets += len + 1;
        if ((len & POINTER) != 0 || r->end - at < len + 1 || octets >= DNS_NAME_MAX)
            return false;
        add_label(n->text, r->x->bytes + at + 1, len);
        at += len + 1;
    }
    return false;
}

static const char points[] =
    "Compression: the rest of the name stands there already, so two octets point to it.";

/* A name that must be over by `end`; false, and nothing is added, if there is none. */
static bool add_name(struct reader *r, const char *what, size_t end, const char *meaning)
{
    struct name n = { .text = g_string_new(NULL) };
    bool ok = read_name(r, &n) && n.behind <= end;

    if (ok && n.pointer == r->at) {
        dissect_add(r->x, r->layer, what, r->at, 2, points, "%s, by a pointer to octet %zu", n.text->str,
                    n.pointer_to - r->start);
    } else if (ok) {
        size_t labels = (n.pointer != 0 ? n.pointer : n.behind) - r->at;
        dissect_add(r->x, r->layer, what, r->at, labels, meaning, "%s", n.text->str);
        if (n.pointer != 0)
            dissect_add(r->x, r->layer, "Pointer", n.pointer, 2, points, "to octet %zu: %s",
                        n.pointer_to - r->start, n.text->str + MIN(n.pointed, n.text->len));
    }
    if (ok)
        r->at = n.behind;
    g_string_free(n.text, TRUE);
    return ok;
}

static void add_type(struct reader *r)
{
    static const struct {
        uint16_t type;
        const char *meaning;
    } known[] = {
        { DNS_A, "An IPv4 address of a host." },
        { DNS_NS, "A name server of a zone." },
        { DNS_CNAME, "The name is an alias; look for the other one." },
        { DNS_SOA,
          "The start of a zone: who runs it, and how long its absence of records may be remembered." },
        { DNS_PTR, "The name of an address." },
        { DNS_MX, "A mail server of a domain." },
        { DNS_TXT, "A text." },
        { DNS_AAAA, "An IPv6 address of a host." },
        { DNS_SRV, "A server for a service." },
        { DNS_OPT, "No record, but what the sender can do beyond RFC 1035 (EDNS)." },
        { DNS_ANY, "Whatever there is." },
    };
    uint16_t type = (uint16_t)dissect_u16(r->x, r->at);
    const char *meaning = "What kind of data it is.";
    char text[DNS_TYPE_TEXT_MAX];

    for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
        if (known[i].type == type)
            meaning = known[i].meaning;
    dissect_add(r->x, r->layer, "Type", r->at, 2, meaning, "%s (%u)", dns_type_text(text, type), type);
    r->at += 2;
}

static void add_class(struct reader *r)
{
    unsigned class = dissect_u16(r->x, r->at);

    dissect_add(r->x, r->layer, "Class", r->at, 2, "IN is the Internet; the others are history.",
                class == DNS_IN ? "IN (%u)" : "%u", class);
    r->at += 2;
}

/* ---- Records. */

static const char seconds_text[] = "%u s";

static void seconds(struct reader *r, const char *name, const char *meaning)
{
    uint32_t value = dissect_u32(r->x, r->at);
    dissect_add(r->x, r->layer, name, r->at, 4, meaning, seconds_text, value);
    r->at += 4;
}

static void add_soa(struct reader *r, size_t end)
{
    if (!add_name(r, "Primary server", end, "The server where the zone is kept.") ||
        !add_name(r, "Responsible", end, "A mail address, with a dot in place of the @.") ||
        end - r->at != 20)
        return;
    number(r, "Serial", 4, "Grows with each change of the zone.");
    seconds(r, "Refresh", "How often other servers of the zone ask for a newer one.");
    seconds(r, "Retry", "How soon they ask again if nobody answers.");
    seconds(r, "Expire", "After that long without an answer they stop serving the zone.");
    seconds(r, "Minimum", "How long may be remembered that something is not there (RFC 2308 §4).");
}

static void add_strings(struct reader *r, size_t end)
{
    while (r->at < end && (size_t)dissect_u8(r->x, r->at) + 1 <= end - r->at) {
        size_t len = (size_t)dissect_u8(r->x, r->at) + 1;
        dissect_text(r->x, r->layer, "Text", r->at, len, "A length, and so many characters.",
                     dissect_span(r->x, r->at + 1, r->at + len));
        r->at += len;
    }
}

static void add_data(struct reader *r, uint16_t type, size_t end)
{
    size_t len = end - r->at;
    char text[INET6_ADDRSTRLEN];

    switch ((int)type) {
    case DNS_A:
    case DNS_AAAA:
        if (len != (type == DNS_A ? 4 : 16))
            break;
        inet_ntop(type == DNS_A ? AF_INET : AF_INET6, r->x->bytes + r->at, text, sizeof text);
        dissect_add(r->x, r->layer, "Address", r->at, len, "Where packets for that host go.", "%s", text);
        r->at = end;
        break;
    case DNS_NS:
        add_name(r, "Name server", end, "A host that knows the zone.");
        break;
    case DNS_CNAME:
        add_name(r, "Canonical name", end, "The name to look for instead.");
        break;
    case DNS_PTR:
        add_name(r, "Host name", end, "The name that belongs to the address.");
        break;
    case DNS_MX:
        if (len < 2)
            break;
        number(r, "Preference", 2, "The lowest is tried first.");
        add_name(r, "Mail server", end, "The host that takes mail for the domain.");
        break;
    case DNS_SOA:
        add_soa(r, end);
        break;
    case DNS_TXT:
        add_strings(r, end);
        break;
    case DNS_SRV:
        if (len < 6)
            break;
        number(r, "Priority", 2, "The lowest is tried first.");
        number(r, "Weight", 2, "Among equals, how much of the load.");
        number(r, "Port", 2, "Where the service listens.");
        add_name(r, "Target", end, "The host that offers the service.");
        break;
    }
    rest(r, "Data", end, NULL);
}

/* RFC 6891 §6.1.2: class and TTL mean other things here. */
static bool add_opt(struct reader *r)
{
    unsigned flags = dissect_u16(r->x, r->at + 4);

    number(r, "UDP size", 2, "Answers by UDP may be that long.");
    number(r, "Extended response code", 1, "The upper bits of the response code.");
    number(r, "EDNS version", 1, NULL);
    dissect_add(r->x, r->layer, "EDNS flags", r->at, 2, "DO: send signatures, too.", "%s",
                flags & 0x8000 ? "DO" : "none");
    r->at += 2;
    size_t len = dissect_u16(r->x, r->at);
    number(r, "Data length", 2, "Octets of options.");
    if (len > left(r))
        return false;
    size_t end = r->at + len;
    while (end - r->at >= 4 && dissect_u16(r->x, r->at + 2) <= end - r->at - 4) {
        size_t option_end = r->at + 4 + dissect_u16(r->x, r->at + 2);
        number(r, "Option code", 2, NULL);
        number(r, "Option length", 2, NULL);
        rest(r, "Option data", option_end, NULL);
    }
    rest(r, "Data", end, NULL);
    return true;
}

static bool add_record(struct reader *r)
{
    if (!add_name(r, "Name", r->end, "What the record is about.") || left(r) < FIXED)
        return false;
    uint16_t type = (uint16_t)dissect_u16(r->x, r->at);
    add_type(r);
    if (type == DNS_OPT)
        return add_opt(r);
    add_class(r);
    seconds(r, "TTL", "Time to live: how long it may be kept in a cache.");
    size_t len = dissect_u16(r->x, r->at);
    number(r, "Data length", 2, "Octets of data.");
    if (len > left(r))
        return false;
    add_data(r, type, r->at + len);
    return true;
}

static bool add_question(struct reader *r)
{
    if (!add_name(r, "Name", r->end, "What is asked about.") || left(r) < 4)
        return false;
    add_type(r);
    add_class(r);
    return true;
}

/* ---- The header. */

static void bit(struct reader *r, const char *name, unsigned mask, const char *zero, const char *one)
{
    bool is_set = dissect_u8(r->x, r->at) & mask;
    dissect_add(r->x, r->layer, name, r->at, 1, is_set ? one : zero, "%u", is_set);
}

static const char *rcode_meaning(unsigned rcode)
{
    switch (rcode) {
    case DNS_NOERROR:
        return "No error.";
    case DNS_FORMERR:
        return "Format error: the server did not understand the query.";
    case DNS_SERVFAIL:
        return "The server could not find it out.";
    case DNS_NXDOMAIN:
        return "There is no such name.";
    case DNS_NOTIMP:
        return "The server can't do that.";
    case DNS_REFUSED:
        return "The server does not want to answer.";
    }
    return NULL;
}

static void add_header(struct reader *r)
{
    unsigned second = dissect_u16(r->x, r->at + 2);
    bool is_response = second & 0x8000;

    dissect_add(r->x, r->layer, "ID", r->at, 2, "Chosen by who asks; the answer has the same.", "%u",
                dissect_u16(r->x, r->at));
    r->at += 2;
    bit(r, "QR", 0x80, "A query.", "A response.");
    dissect_add(r->x, r->layer, "Opcode", r->at, 1, "0 is a standard query.", "%u", second >> 11 & 15);
    bit(r, "AA", 0x04,
        is_response ? "Not authoritative: the server has it from others." : "Of responses only.",
        "Authoritative: the server answers for its own zone.");
    bit(r, "TC", 0x02, "Nothing was left out.", "Truncated: it was too long for UDP, so ask again by TCP.");
    bit(r, "RD", 0x01, "No recursion desired: tell me what you know yourself.",
        "Recursion desired: please find it out for me.");
    r->at++;
    bit(r, "RA", 0x80,
        is_response ? "No recursion here: the server only knows its own zones." : "Of responses only.",
        "Recursion available: this server finds things out for others.");
    bit(r, "Z", 0x40, "Not used, always 0.", "Should be 0.");
    bit(r, "AD", 0x20, "Signatures were not checked.", "Authentic data: signatures were checked (RFC 4035).");
    bit(r, "CD", 0x10, "Signatures may be checked.", "Checking disabled (RFC 4035).");
    dissect_add(r->x, r->layer, "Response code", r->at, 1,
                is_response ? rcode_meaning(second & 15) : "Of responses only.", "%s (%u)",
                dns_rcode_text(second & 15), second & 15);
    r->at++;
    number(r, "Questions", 2, "How many questions follow.");
    number(r, "Answer records", 2, "How many records answer the question.");
    number(r, "Authority records", 2, "How many records say who is responsible.");
    number(r, "Additional records", 2, "How many records may save a further query.");
}

void dissect_dns(struct dissector *x, size_t at, size_t end)
{
    static const char *const sections[] = { "Question", "Answer", "Authority", "Additional" };
    int layer = dissect_layer(x, "DNS");
    struct reader r = { x, at, at, end, layer };
    bool ok = true;

    if (end - at < HEADER) {
        dissect_rest(x, layer, "Octets", at, end, "Too short for a DNS header.");
        return;
    }
    add_header(&r);
    for (unsigned s = 0; s < G_N_ELEMENTS(sections) && ok; s++) {
        unsigned n = dissect_u16(x, at + 4 + 2 * s);
        if (n > 0)
            r.layer = dissect_layer(x, sections[s]);
        for (; n > 0 && ok; n--)
            ok = s == 0 ? add_question(&r) : add_record(&r);
    }
    r.layer = layer;
    rest(&r, "Octets", end, ok ? "Behind the message's end." : "From here on it is not well-formed.");
}

void dissect_dns_stream(struct dissector *x, size_t at, size_t end)
{
    while (end - at >= 2 && dissect_u16(x, at) <= end - at - 2) {
        size_t len = dissect_u16(x, at);
        dissect_add(x, dissect_layer(x, "DNS"), "Message length", at, 2,
                    "Over TCP each message has its length in front (RFC 1035 §4.2.2).", "%zu", len);
        if (len > 0)
            dissect_dns(x, at + 2, at + 2 + len);
        at += 2 + len;
    }
    if (at < end)
        dissect_rest(x, dissect_layer(x, "DNS"), "Octets", at, end,
                     "A part of a message that is longer than this segment.");
}

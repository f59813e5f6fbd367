#include "export/dissect.h"

#include <stdarg.h>
#include <stdio.h>

#include "export/dissect_parts.h"
#include "net/packet.h"
#include "net/wire.h"

enum { REST_SHOWN = 16 /* octets in hexadecimal */, VALUE_MAX = 2000 /* octets of a text that are shown */ };

/* ---- Layers and fields. */

int dissect_layer(struct dissector *x, const char *name)
{
    struct dissection *d = x->d;

    for (unsigned i = 0; i < d->n_layers; i++)
        if (strcmp(d->layers[i], name) == 0)
            return (int)i;
    g_assert(d->n_layers < DISSECT_LAYERS_MAX);
    d->layers[d->n_layers] = name;
    return (int)d->n_layers++;
}

static void add(struct dissector *x, int layer, const char *name, size_t at, size_t len, const char *meaning,
                char *value)
{
    struct dissect_field f = { layer, name, value, meaning, at, len };

    if (len > 0)
        g_array_append_val(x->d->fields, f);
    else
        g_free(value);
}

void dissect_add(struct dissector *x, int layer, const char *name, size_t at, size_t len, const char *meaning,
                 const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *value = g_strdup_vprintf(format, args);
    va_end(args);
    add(x, layer, name, at, len, meaning, value);
}

void dissect_text(struct dissector *x, int layer, const char *name, size_t at, size_t len,
                  const char *meaning, struct span text)
{
    bool is_cut = text.len > VALUE_MAX;
    char *value;

    if (len == 0)
        return;
    value = text.len > 0 ? g_utf8_make_valid(text.at, is_cut ? VALUE_MAX : (gssize)text.len) : g_strdup("");
    for (char *p = value; *p != '\0'; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = ' ';
    if (is_cut) {
        char *longer = g_strconcat(value, "…", NULL);
        g_free(value);
        value = longer;
    }
    add(x, layer, name, at, len, meaning, value);
}

void dissect_rest(struct dissector *x, int layer, const char *name, size_t at, size_t end,
                  const char *meaning)
{
    size_t n = end - at;

    if (n == 0)
        return;
    GString *value = g_string_new(NULL);
    g_string_printf(value, "%zu octet%s:", n, n == 1 ? "" : "s");
    for (size_t i = 0; i < n && i < REST_SHOWN; i++)
        g_string_append_printf(value, " %02x", x->bytes[at + i]);
    if (n > REST_SHOWN)
        g_string_append(value, " …");
    add(x, layer, name, at, n, meaning, g_string_free(value, FALSE));
}

static void add_address(struct dissector *x, int layer, const char *name, size_t at, const char *meaning)
{
    char text[IP_TEXT_MAX];
    dissect_add(x, layer, name, at, 4, meaning, "%s", (ip_text(text, dissect_u32(x, at)), text));
}

/* The sum over all that it guards, itself included, is 0xffff if nothing was changed (RFC 1071 §1). */
static void add_checksum(struct dissector *x, int layer, size_t at, bool is_right, const char *meaning)
{
    dissect_add(x, layer, "Checksum", at, 2, meaning, "0x%04x, %s", dissect_u16(x, at),
                is_right ? "right" : "wrong");
}

/* ---- What is above TCP and UDP, by port. */

static const struct service {
    unsigned port;
    const char *name; /* as ports are named to people */
    void (*dissect)(struct dissector *x, size_t at, size_t end, bool from_server);
} services[] = {
    { 25, "SMTP", dissect_smtp },  { 53, "DNS", NULL }, /* it has no sides, and is not of TCP alone */
    { 80, "HTTP", dissect_http },  { 110, "POP3", dissect_pop3 },
    { 143, "IMAP", dissect_imap }, { 587, "mail submission", dissect_smtp },
};

static const struct service *find_service(unsigned port)
{
    for (size_t i = 0; i < G_N_ELEMENTS(services); i++)
        if (services[i].port == port)
            return &services[i];
    return NULL;
}

static void add_port(struct dissector *x, int layer, const char *name, size_t at, const char *meaning)
{
    unsigned port = dissect_u16(x, at);
    const struct service *service = find_service(port);

    if (service != NULL)
        dissect_add(x, layer, name, at, 2, meaning, "%u (%s)", port, service->name);
    else
        dissect_add(x, layer, name, at, 2, meaning, "%u", port);
}

static void dissect_payload(struct dissector *x, size_t at, size_t end, unsigned from, unsigned to,
                            bool is_tcp)
{
    const struct service *there = find_service(to), *here = find_service(from);

    if (at == end)
        return;
    if (from == 53 || to == 53) {
        if (is_tcp)
            dissect_dns_stream(x, at, end);
        else
            dissect_dns(x, at, end);
    } else if (is_tcp && there != NULL) {
        there->dissect(x, at, end, false);
    } else if (is_tcp && here != NULL) {
        here->dissect(x, at, end, true);
    } else {
        dissect_rest(x, dissect_layer(x, "Data"), "Octets", at, end, "What the program has sent.");
    }
}

/* ---- UDP (RFC 768). */

static uint32_t pseudo_header(const struct dissector *x, size_t ip, unsigned proto, size_t len)
{
    uint32_t sum = proto + (uint32_t)len;

    for (size_t i = 12; i < IP_HEADER; i += 2)
        sum += dissect_u16(x, ip + i);
    return sum;
}

static void add_udp_ports(struct dissector *x, int layer, size_t at)
{
    add_port(x, layer, "Source port", at, "The program that sent it; an answer goes to this port.");
    add_port(x, layer, "Destination port", at + 2, "The program that it is for.");
}

static void dissect_udp(struct dissector *x, size_t ip, size_t at, size_t end)
{
    int layer = dissect_layer(x, "UDP");

    if (end - at < UDP_HEADER) {
        dissect_rest(x, layer, "Octets", at, end, "Too short for a UDP header.");
        return;
    }
    add_udp_ports(x, layer, at);
    dissect_add(x, layer, "Length", at + 4, 2, "Octets of this header and what follows it.", "%u",
                dissect_u16(x, at + 4));
    if (dissect_u16(x, at + 6) == 0)
        dissect_add(x, layer, "Checksum", at + 6, 2, "Zero says that there is none.", "0x0000, none");
    else
        add_checksum(x, layer, at + 6,
                     wire_checksum(x->bytes + at, end - at, pseudo_header(x, ip, IP_UDP, end - at)) == 0,
                     "Over header, data and addresses: the receiver drops what was changed on the way.");
    dissect_payload(x, at + UDP_HEADER, end, dissect_u16(x, at), dissect_u16(x, at + 2), false);
}

/* ---- TCP (RFC 9293 §3.1). */

static void add_flags(struct dissector *x, int layer, size_t at)
{
    static const char names[8][4] = { "FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR" };
    unsigned flags = dissect_u8(x, at);
    GString *text = g_string_new(NULL);
    const char *meaning = "Data may be in it.";

    for (unsigned i = 0; i < 8; i++)
        if (flags & 1u << i)
            g_string_append_printf(text, "%s%s", text->len ? ", " : "", names[i]);
    if (flags & TCP_RST)
        meaning = "RST: there is no such connection, or it is broken off.";
    else if ((flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK))
        meaning =
            "SYN and ACK: yes, and here is my own first sequence number; the second of three packets that open a "
            "connection.";
    else if (flags & TCP_SYN)
        meaning = "SYN: I would like to open a connection; the first of three packets.";
    else if (flags & TCP_FIN)
        meaning = "FIN: I have no more to send.";
    else if (flags & TCP_PSH)
        meaning =
            "PSH: that is all for the moment, give it to the program; ACK: the acknowledgement number counts.";
    else if (flags & TCP_ACK)
        meaning = "ACK: the acknowledgement number counts.";
    dissect_add(x, layer, "Flags", at, 1, meaning, "%s", text->len ? text->str : "none");
    g_string_free(text, TRUE);
}

static void add_tcp_options(struct dissector *x, int layer, size_t at, size_t end)
{
    enum { OPTION_END = 0, OPTION_NOP = 1, OPTION_MSS = 2 };

    while (at < end) {
        unsigned kind = dissect_u8(x, at);
        size_t len = at + 1 < end ? dissect_u8(x, at + 1) : 0;

        if (kind == OPTION_END) {
            dissect_rest(x, layer, "End of options", at, end, "Filled up with zeros to a whole word.");
            return;
        }
        if (kind == OPTION_NOP) {
            dissect_add(x, layer, "Option", at, 1, "Does nothing; it fills up.", "no operation");
            at++;
            continue;
        }
        if (len < 2 || len > end - at) {
            dissect_rest(x, layer, "Options", at, end, "These are no well-formed options.");
            return;
        }
        if (kind == OPTION_MSS && len == 4)
            dissect_add(x, layer, "Maximum segment size", at, len,
                        "Send me no more octets of data than this in one segment.", "%u",
                        dissect_u16(x, at + 2));
        else
            dissect_rest(x, layer, "Option", at, at + len, NULL);
        at += len;
    }
}

static void dissect_tcp(struct dissector *x, size_t ip, size_t at, size_t end)
{
    int layer = dissect_layer(x, "TCP");
    size_t header = end - at < TCP_HEADER ? 0 : (size_t)(dissect_u8(x, at + 12) >> 4) * 4;

    if (header < TCP_HEADER || header > end - at) {
        dissect_rest(x, layer, "Octets", at, end, "Too short for a TCP header.");
        return;
    }
    add_port(x, layer, "Source port", at, "The program that sent it.");
    add_port(x, layer, "Destination port", at + 2, "The program that it is for.");
    dissect_add(x, layer, "Sequence number", at + 4, 4,
                "The place of this segment's first octet in the stream; counting begins at a random number.",
                "%u", dissect_u32(x, at + 4));
    dissect_add(x, layer, "Acknowledgement number", at + 8, 4,
                dissect_u8(x, at + 13) & TCP_ACK
                    ? "All before this one has arrived; this octet is expected next."
                    : "Without the ACK flag it says nothing.",
                "%u", dissect_u32(x, at + 8));
    dissect_add(x, layer, "Header length", at + 12, 1,
                "Counted in words of four octets, so that options have a place.", "%u octets",
                (unsigned)header);
    add_flags(x, layer, at + 13);
    dissect_add(x, layer, "Window", at + 14, 2, "So many octets more I am ready to take (flow control).",
                "%u", dissect_u16(x, at + 14));
    add_checksum(x, layer, at + 16,
                 wire_checksum(x->bytes + at, end - at, pseudo_header(x, ip, IP_TCP, end - at)) == 0,
                 "Over header, data and addresses: the receiver drops what was changed on the way.");
    dissect_add(x, layer, "Urgent pointer", at + 18, 2, "Used only with the URG flag.", "%u",
                dissect_u16(x, at + 18));
    add_tcp_options(x, layer, at + TCP_HEADER, at + header);
    dissect_payload(x, at + header, end, dissect_u16(x, at), dissect_u16(x, at + 2), true);
}

/* ---- ICMP (RFC 792) and IPv4 (RFC 791 §3.1). */

static void dissect_ip(struct dissector *x, size_t at, size_t end, bool is_quoted);

static void dissect_icmp(struct dissector *x, size_t at, size_t end)
{
    int layer = dissect_layer(x, "ICMP");

    if (end - at < ICMP_HEADER) {
        dissect_rest(x, layer, "Octets", at, end, "Too short for an ICMP header.");
        return;
    }
    unsigned type = dissect_u8(x, at), code = dissect_u8(x, at + 1);
    bool is_unreachable = type == 3;
    dissect_add(x, layer, "Type", at, 1, "What kind of message it is.", "%u%s", type,
                is_unreachable ? " (destination unreachable)"
                : type == 11   ? " (time exceeded)"
                               : "");
    dissect_add(x, layer, "Code", at + 1, 1,
                is_unreachable && code == 3 ? "The host is there, but no program listens on that port."
                                            : "More about the type.",
                "%u%s", code, is_unreachable && code == 3 ? " (port unreachable)" : "");
    add_checksum(x, layer, at + 2, wire_checksum(x->bytes + at, end - at, 0) == 0,
                 "Over the whole ICMP message: the receiver drops what was changed on the way.");
    dissect_rest(x, layer, "Unused", at + 4, at + ICMP_HEADER, NULL);
    if (is_unreachable || type == 11)
        dissect_ip(x, at + ICMP_HEADER, end, true);
    else
        dissect_rest(x, layer, "Octets", at + ICMP_HEADER, end, NULL);
}

static const char *proto_name(unsigned proto)
{
    return proto == IP_TCP ? " (TCP)" : proto == IP_UDP ? " (UDP)" : proto == IP_ICMP ? " (ICMP)" : "";
}

static void add_ip_header(struct dissector *x, int layer, size_t at, size_t header, bool is_quoted)
{
    unsigned fragment = dissect_u16(x, at + 6);
    unsigned flags = fragment >> 13;

    dissect_add(x, layer, "Version", at, 1, "The format of what follows: IP version 4.", "4");
    dissect_add(x, layer, "Header length", at, 1,
                "Counted in words of four octets, so that options have a place.", "%u octets",
                (unsigned)header);
    dissect_add(x, layer, "Type of service", at + 1, 1, "How routers should treat it; 0 is nothing special.",
                "%u", dissect_u8(x, at + 1));
    dissect_add(x, layer, "Total length", at + 2, 2, "Octets of the whole packet, this header included.",
                "%u", dissect_u16(x, at + 2));
    dissect_add(x, layer, "Identification", at + 4, 2, "Tells which fragments belong together.", "%u",
                dissect_u16(x, at + 4));
    dissect_add(x, layer, "Flags", at + 6, 2,
                "Whether routers may cut it into fragments, and whether more of them follow.", "%s",
                flags & 2   ? "don't fragment"
                : flags & 1 ? "more fragments"
                            : "none");
    dissect_add(x, layer, "Fragment offset", at + 6, 2, "Where this fragment belongs in the whole packet.",
                "%u", (fragment & 0x1fff) * 8);
    dissect_add(
        x, layer, "Time to live", at + 8, 1,
        "Each router takes one away; at 0 the packet is dropped, so that none goes in circles for ever.",
        "%u", dissect_u8(x, at + 8));
    dissect_add(x, layer, "Protocol", at + 9, 1, "What is inside.", "%u%s", dissect_u8(x, at + 9),
                proto_name(dissect_u8(x, at + 9)));
    add_checksum(x, layer, at + 10, wire_checksum(x->bytes + at, header, 0) == 0,
                 "Over this header only: a router drops a packet whose header was changed on the way.");
    add_address(x, layer, "Source address", at + 12,
                is_quoted ? "Who had sent the packet that this is about." : "Who sent it.");
    add_address(x, layer, "Destination address", at + 16,
                is_quoted ? "Whom that packet was for." : "Whom it is for; routers look at this.");
    dissect_rest(x, layer, "Options", at + IP_HEADER, at + header, "Hardly ever used.");
}

/* RFC 792: the first 64 bits of the data, which have the ports in them. */
static void dissect_quoted(struct dissector *x, int layer, unsigned proto, size_t at, size_t end)
{
    if ((proto == IP_UDP || proto == IP_TCP) && end - at >= 4) {
        add_port(x, layer, "Source port", at, "The program that is to be told.");
        add_port(x, layer, "Destination port", at + 2, "The port that could not be reached.");
        at += 4;
    }
    dissect_rest(x, layer, "Octets", at, end, "The rest of the first eight octets of that packet's data.");
}

static void dissect_ip(struct dissector *x, size_t at, size_t end, bool is_quoted)
{
    size_t header = end - at < IP_HEADER ? 0 : (size_t)(dissect_u8(x, at) & 15) * 4;

    if (at == end)
        return;
    if (header < IP_HEADER || header > end - at || dissect_u8(x, at) >> 4 != 4) {
        dissect_rest(x, dissect_layer(x, "Data"), "Octets", at, end, "This is no IPv4 packet.");
        return;
    }
    int layer = dissect_layer(x, is_quoted ? "Quoted packet" : "IPv4");
    size_t total = dissect_u16(x, at + 2), inner = at + header;
    unsigned proto = dissect_u8(x, at + 9);
    size_t inner_end = total >= header && total <= end - at ? at + total : end;

    add_ip_header(x, layer, at, header, is_quoted);
    if (is_quoted)
        dissect_quoted(x, layer, proto, inner, inner_end);
    else if ((dissect_u16(x, at + 6) & 0x1fff) != 0) /* only the first fragment has the header above IP */
        dissect_rest(x, dissect_layer(x, "Data"), "Octets", inner, inner_end, "A later part of a packet.");
    else if (proto == IP_UDP)
        dissect_udp(x, at, inner, inner_end);
    else if (proto == IP_TCP)
        dissect_tcp(x, at, inner, inner_end);
    else if (proto == IP_ICMP)
        dissect_icmp(x, inner, inner_end);
    else
        dissect_rest(x, dissect_layer(x, "Data"), "Octets", inner, inner_end, NULL);
    dissect_rest(x, layer, "Padding", inner_end, end, "Behind the packet's end; nobody reads it.");
}

/* ---- The whole. */

static void clear_field(gpointer field)
{
    g_free(((struct dissect_field *)field)->value);
}

struct dissection *dissect_packet(const uint8_t *bytes, size_t len)
{
    struct dissection *d = g_new0(struct dissection, 1);
    struct dissector x = { d, bytes };

    d->fields = g_array_new(FALSE, FALSE, sizeof(struct dissect_field));
    g_array_set_clear_func(d->fields, clear_field);
    dissect_ip(&x, 0, len, false);
    return d;
}

void dissection_free(struct dissection **d)
{
    if (*d == NULL)
        return;
    g_array_unref((*d)->fields);
    g_free(*d);
    *d = NULL;
}

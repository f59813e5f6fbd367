/* dns/msg.c: a message's buffers, and reading its wire form. Writing it is msg_write.c.
 * Whatever the octets say, the work is bounded: a compression pointer must point before all that was read of
 * its name, so a name ends. A record of 14 octets unpacks to at most 511, so the scratch, which doubles,
 * stays below 80 times the message. */
#include "dns/msg.h"

#include <assert.h>
#include <string.h>

#include "core/rd.h"

enum {
    UNPACKED_MAX =
        1024, /* owner, two names of data and the rest of a SOA, with room to copy labels in steps */
    SCRATCH_FIRST = 4096,
    LABEL_STEP = 16, /* most labels are shorter and are copied in one step of this size */
    RR_FIRST = 16,
};

/* ---- Buffers. */

void dns_msg_init(struct dns_msg *m)
{
    memset(m, 0, sizeof *m);
    dns_msg_clear(m);
}

void dns_msg_clear(struct dns_msg *m)
{
    m->id = 0;
    m->opcode = 0;
    m->qr = m->aa = m->tc = m->rd = m->ra = m->ad = m->cd = false;
    m->rcode = DNS_NOERROR;
    m->has_question = false;
    m->qname.len = 1;
    m->qname.wire[0] = 0;
    m->qtype = m->qclass = 0;
    m->has_edns = m->edns_do = false;
    m->edns_version = 0;
    m->edns_udp_size = 0;
    memset(m->n, 0, sizeof m->n);
    m->scratch_used = 0;
}

void dns_msg_release(struct dns_msg *m)
{
    g_free(m->rr);
    g_free(m->scratch);
    memset(m, 0, sizeof *m);
}

static unsigned count(const struct dns_msg *m)
{
    return m->n[DNS_ANSWER] + m->n[DNS_AUTHORITY] + m->n[DNS_ADDITIONAL];
}

/* Room for `n` more octets of scratch. What records point to in it moves with it. */
static void reserve(struct dns_msg *m, size_t n)
{
    uint8_t *old = m->scratch;
    size_t room = MAX(MAX(2 * m->scratch_room, m->scratch_used + n), SCRATCH_FIRST);

    if (G_LIKELY(m->scratch_room - m->scratch_used >= n))
        return;
    m->scratch = g_malloc(room);
    m->scratch_room = room;
    if (m->scratch_used == 0) {
        g_free(old);
        return;
    }
    memcpy(m->scratch, old, m->scratch_used);
    for (unsigned i = 0, n_rr = count(m); i < n_rr; i++) {
        const uint8_t *name = (const uint8_t *)m->rr[i].name, *rdata = (const uint8_t *)m->rr[i].rdata.at;

        if (name >= old && name < old + m->scratch_used)
            m->rr[i].name = (const struct dns_name *)(m->scratch + (name - old));
        if (rdata >= old && rdata < old + m->scratch_used)
            m->rr[i].rdata.at = (const char *)(m->scratch + (rdata - old));
    }
    g_free(old);
}

static inline struct dns_msg_rr *new_rr(struct dns_msg *m, enum dns_section s)
{
    unsigned n = count(m);

    if (G_UNLIKELY(n == m->rr_room)) {
        m->rr_room = n == 0 ? RR_FIRST : 2 * n;
        m->rr = g_renew(struct dns_msg_rr, m->rr, m->rr_room);
    }
    m->n[s]++;
    return &m->rr[n];
}

const struct dns_msg_rr *dns_msg_section(const struct dns_msg *m, enum dns_section s)
{
    unsigned before = 0;

    for (unsigned i = 0; i < (unsigned)s; i++)
        before += m->n[i];
    return before > 0 ? m->rr + before : m->rr; /* NULL of an empty message stays NULL */
}

void dns_msg_add(struct dns_msg *m, enum dns_section s, const struct dns_name *name, uint16_t type,
                 uint32_t ttl_s, struct span rdata)
{
    for (unsigned later = s + 1; later < DNS_SECTIONS; later++)
        assert(m->n[later] == 0);
    *new_rr(m, s) = (struct dns_msg_rr){ name, type, DNS_IN, ttl_s, rdata };
}

const struct dns_name *dns_msg_keep_name(struct dns_msg *m, const struct dns_name *name)
{
    struct dns_name *kept;

    reserve(m, 1u + name->len);
    kept = (struct dns_name *)(m->scratch + m->scratch_used);
    dns_name_copy(kept, name);
    m->scratch_used += 1u + name->len;
    return kept;
}

/* ---- Names on the wire. */

struct wire {
    const uint8_t *start, *end;
};

/* The name at `at` into `to` (255 octets of room), without its compression. Returns where the next field
 * begins, NULL if it is no name; *len_out is its length. */
static const uint8_t *unpack_name(struct wire w, const uint8_t *at, uint8_t *to, unsigned *len_out)
{
    const uint8_t *next = NULL, *before = at;
    unsigned len = 0;

    for (;;) {
        unsigned c;

        if (at >= w.end)
            return NULL;
        c = *at;
        if (c == 0) {
            break;
        } else if (c <= DNS_LABEL_MAX) {
            if ((size_t)(w.end - at) <= c || len + 1 + c >= DNS_NAME_MAX)
                return NULL;
            if (c < LABEL_STEP && w.end - at >= LABEL_STEP && len + LABEL_STEP <= DNS_NAME_MAX)
                memcpy(to + len, at, LABEL_STEP);
            else
                memcpy(to + len, at, 1 + c);
            len += 1 + c;
            at += 1 + c;
        } else if (c >= 0xc0) { /* RFC 1035 §4.1.4 */
            unsigned target;

            if (w.end - at < 2)
                return NULL;
            target = (c & 0x3f) << 8 | at[1];
            if (target < DNS_HEADER || w.start + target >= before)
                return NULL;
            if (next == NULL)
                next = at + 2;
            before = at = w.start + target;
        } else {
            return NULL; /* 01 and 10: kinds of label that nobody uses (RFC 6891 §5) */
        }
    }
    to[len] = 0;
    *len_out = len + 1;
    return next ? next : at + 1;
}

static const uint8_t *unpack_into(struct wire w, const uint8_t *at, struct dns_name *to)
{
    unsigned len = 0;

    at = unpack_name(w, at, to->wire, &len);
    to->len = (uint8_t)len;
    return at;
}

/* ---- Records. */

struct parse {
    struct dns_msg *m;
    struct wire w;
    const uint8_t *at;
    unsigned last_target;             /* where the last owner stands, 0: none yet; and what it is. */
    const struct dns_name *last_name; /* Forgotten when the scratch moves */
};

/* The owner of a record. Most are nothing but a pointer to the question's name or to the owner before. */
static const struct dns_name *parse_owner(struct parse *p)
{
    struct dns_msg *m = p->m;
    struct dns_name *name;
    unsigned target = (unsigned)(p->at - p->w.start); /* what a later pointer to this name would say */

    if (p->w.end - p->at >= 2 && p->at[0] >= 0xc0) {
        target = (p->at[0] & 0x3fu) << 8 | p->at[1];
        if (target == p->last_target) {
            p->at += 2;
            return p->last_name;
        }
    }
    name = (struct dns_name *)(m->scratch + m->scratch_used);
    p->at = unpack_into(p->w, p->at, name);
    if (p->at == NULL)
        return NULL;
    m->scratch_used += 1u + name->len;
    p->last_target = target;
    p->last_name = name;
    return name;
}

/* Data that ends at `end`, its names unpacked; false if it is not what its type asks for. */
static bool parse_rdata(struct parse *p, uint16_t type, uint16_t rclass, const uint8_t *end, struct span *out)
{
    struct dns_layout layout = dns_rdata_layout(type);
    uint8_t *start = p->m->scratch + p->m->scratch_used, *to = start;
    const uint8_t *at = p->at;

    if (layout.names == 0) {
        *out = span_bytes(start, (size_t)(end - at));
        memcpy(start, at, out->len);
        p->m->scratch_used += out->len;
        return rclass != DNS_IN || dns_rdata_is_valid(type, *out);
    }
    if (end - at < layout.before)
        return false;
    memcpy(to, at, layout.before);
    to += layout.before;
    at += layout.before;
    for (unsigned i = 0; i < layout.names; i++) {
        unsigned len;

        at = unpack_name(p->w, at, to, &len);
        if (at == NULL || at > end)
            return false;
        to += len;
    }
    if (end - at != layout.after)
        return false;
    memcpy(to, at, layout.after);
    *out = span_bytes(start, (size_t)(to - start) + layout.after);
    p->m->scratch_used += out->len;
    return true;
}

static inline unsigned u16(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

/* RFC 6891 §6.1.2: class is the sender's buffer size, TTL the upper bits of RCODE, the version and flags. */
static bool parse_opt(struct dns_msg *m, const struct dns_name *owner, const uint8_t *fields,
                      struct rd options)
{
    if (m->has_edns || owner->len != 1)
        return false;
    m->has_edns = true;
    m->edns_udp_size = (uint16_t)u16(fields + 2);
    m->rcode |= (unsigned)fields[4] << 4;
    m->edns_version = fields[5];
    m->edns_do = fields[6] & 0x80;
    while (m->edns_version == 0 && rd_left(&options) > 0 && !options.bad) {
        rd_u16(&options);
        rd_bytes(&options, rd_u16(&options));
    }
    return !options.bad;
}

static bool parse_record(struct parse *p, enum dns_section s)
{
    struct dns_msg *m = p->m;
    const struct dns_name *owner;
    const uint8_t *fields, *end;
    struct dns_msg_rr *rr;
    uint16_t type;
    size_t need = UNPACKED_MAX + (size_t)(p->w.end - p->at);

    if (G_UNLIKELY(m->scratch_room - m->scratch_used < need)) {
        reserve(m, need);
        p->last_target = 0;
    }
    owner = parse_owner(p);
    if (owner == NULL || p->w.end - p->at < 10)
        return false;
    fields = p->at;
    p->at += 10;
    type = (uint16_t)u16(fields);
    if ((size_t)(p->w.end - p->at) < u16(fields + 8))
        return false;
    end = p->at + u16(fields + 8);
    if (type == DNS_OPT) {
        struct rd options = rd_of(p->at, (size_t)(end - p->at));

        p->at = end;
        return s == DNS_ADDITIONAL && parse_opt(m, owner, fields, options);
    }
    rr = new_rr(m, s);
    rr->name = owner;
    rr->type = type;
    rr->rclass = (uint16_t)u16(fields + 2);
    rr->ttl_s = (uint32_t)u16(fields + 4) << 16 | u16(fields + 6);
    rr->rdata = (struct span){ 0 };
    if (!parse_rdata(p, type, rr->rclass, end, &rr->rdata))
        return false;
    p->at = end;
    return true;
}

static bool parse_question(struct parse *p)
{
    struct dns_msg *m = p->m;

    p->at = unpack_into(p->w, p->at, &m->qname);
    if (p->at == NULL || p->w.end - p->at < 4)
        return false;
    m->qtype = (uint16_t)u16(p->at);
    m->qclass = (uint16_t)u16(p->at + 2);
    m->has_question = true;
    p->at += 4;
    p->last_target = DNS_HEADER;
    p->last_name = &m->qname;
    return true;
}

static bool parse_sections(struct parse *p, const uint8_t *counts)
{
    for (unsigned s = 0; s < DNS_SECTIONS; s++) {
        for (unsigned n = u16(counts + 2 * s); n > 0; n--) {
            if (!parse_record(p, (enum dns_section)s))
                return false;
        }
    }
    return p->at == p->w.end;
}

bool dns_msg_parse(struct dns_msg *m, struct span bytes)
{
    const uint8_t *b = (const uint8_t *)bytes.at;
    struct parse p = { .m = m, .w = { b, b + bytes.len } };

    dns_msg_clear(m);
    if (bytes.len < DNS_HEADER || bytes.len > DNS_MSG_MAX)
        return false;
    m->id = (uint16_t)u16(b);
    m->qr = b[2] & 0x80;
    m->opcode = b[2] >> 3 & 0x0f;
    m->aa = b[2] & 0x04;
    m->tc = b[2] & 0x02;
    m->rd = b[2] & 0x01;
    m->ra = b[3] & 0x80;
    m->ad = b[3] & 0x20;
    m->cd = b[3] & 0x10;
    m->rcode = b[3] & 0x0f;
    p.at = b + DNS_HEADER;
    if (u16(b + 4) <= 1 && (u16(b + 4) == 0 || parse_question(&p)) && parse_sections(&p, b + 6))
        return true;
    memset(m->n, 0, sizeof m->n); /* half a message is none */
    return false;
}

/* ---- What kind of response. */

static bool has_type(const struct dns_msg *m, enum dns_section s, uint16_t type)
{
    const struct dns_msg_rr *rr = dns_msg_section(m, s);

    for (unsigned i = 0; i < m->n[s]; i++) {
        if (rr[i].type == type)
            return true;
    }
    return false;
}

/* Does the answer section hold what was asked for, not only aliases on the way to it? */
static bool has_answer(const struct dns_msg *m)
{
    const struct dns_msg_rr *rr = dns_msg_section(m, DNS_ANSWER);

    for (unsigned i = 0; i < m->n[DNS_ANSWER]; i++) {
        if (m->qtype == DNS_ANY || rr[i].type == m->qtype)
            return true;
    }
    return false;
}

enum dns_kind dns_msg_kind(const struct dns_msg *m)
{
    if (m->tc)
        return DNS_KIND_TRUNCATED;
    if (m->rcode == DNS_NXDOMAIN)
        return DNS_KIND_NXDOMAIN;
    if (m->rcode != DNS_NOERROR)
        return DNS_KIND_ERROR;
    if (has_answer(m))
        return DNS_KIND_ANSWER;
    if (has_type(m, DNS_AUTHORITY, DNS_SOA))
        return DNS_KIND_NODATA; /* also behind a CNAME: RFC 2308 §2.2 */
    if (m->n[DNS_ANSWER] > 0)
        return DNS_KIND_CNAME;
    return !m->aa && has_type(m, DNS_AUTHORITY, DNS_NS) ? DNS_KIND_REFERRAL : DNS_KIND_NODATA;
}

const char *dns_kind_text(enum dns_kind kind)
{
    static const char *const texts[] = {
        [DNS_KIND_ANSWER] = "answer",       [DNS_KIND_CNAME] = "cname",
        [DNS_KIND_REFERRAL] = "referral",   [DNS_KIND_NODATA] = "nodata",
        [DNS_KIND_NXDOMAIN] = "nxdomain",   [DNS_KIND_ERROR] = "error",
        [DNS_KIND_TRUNCATED] = "truncated",
    };

    return texts[kind];
}

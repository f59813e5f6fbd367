/* dns/msg_write.c: a message to its wire form, names compressed (RFC 1035 §4.1.4), cut to a size where it
 * must be. Every name that is written is noted with all its suffixes; a later name ends in a pointer to the
 * longest suffix that is noted. Only equal octets match: RFC 4343 lets case differ, but then the reader would
 * see another spelling than was meant. */
#include "dns/msg.h"

#include <assert.h>
#include <string.h>

enum {
    POINTER_REACH = 0x4000, /* a pointer has 14 bits */
    NOTES_MAX = 120,        /* more suffixes than this are written out: still right, only longer */
    SLOTS = 256,
    OPT_SIZE = 11,
};

struct note {
    const uint8_t *suffix; /* in the name it was written from, which outlives the writing */
    uint32_t hash;
    uint16_t offset;
    uint8_t len, slot;
};

struct packer {
    uint8_t *start, *at, *end;
    const struct dns_name *last; /* the owner written last, and where: the next one is mostly the same */
    unsigned last_offset;
    unsigned n_notes;
    uint8_t slots[SLOTS]; /* open addressing: 1 + the index of a note */
    struct note notes[NOTES_MAX];
};

/* ---- Names. */

/* From the length and the first and next octets: enough to tell the names of one message apart. */
static inline uint32_t suffix_hash(const uint8_t *suffix, unsigned len)
{
    uint64_t first = 0, second = 0;

    if (len >= 8) {
        memcpy(&first, suffix, 8);
        memcpy(&second, suffix + MIN(8, len - 8), 8);
    } else if (len >= 4) {
        memcpy(&first, suffix, 4);
        memcpy(&second, suffix + len - 4, 4);
    } else {
        memcpy(&first, suffix, 2);
    }
    first = (first ^ second << 24 ^ second >> 40 ^ len) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(first >> 32);
}

/* Where the suffix stands already; 0 if nowhere: then it is noted as standing at `offset`. */
static unsigned find_or_note(struct packer *p, const uint8_t *suffix, unsigned len, size_t offset)
{
    uint32_t hash = suffix_hash(suffix, len);
    unsigned slot = hash % SLOTS;

    for (; p->slots[slot] != 0; slot = (slot + 1) % SLOTS) {
        const struct note *n = &p->notes[p->slots[slot] - 1];

        if (n->hash == hash && n->len == len && memcmp(n->suffix, suffix, len) == 0)
            return n->offset;
    }
    if (p->n_notes < NOTES_MAX && offset < POINTER_REACH) {
        p->notes[p->n_notes++] = (struct note){ suffix, hash, (uint16_t)offset, (uint8_t)len, (uint8_t)slot };
        p->slots[slot] = (uint8_t)p->n_notes;
    }
    return 0;
}

/* The last to come go first, so every chain of slots is again as it was. */
static void forget(struct packer *p, unsigned n_notes)
{
    while (p->n_notes > n_notes)
        p->slots[p->notes[--p->n_notes].slot] = 0;
}

static inline void put_u16(uint8_t *at, unsigned v)
{
    at[0] = (uint8_t)(v >> 8);
    at[1] = (uint8_t)v;
}

static bool pack_pointer(struct packer *p, unsigned offset)
{
    if (p->end - p->at < 2)
        return false;
    put_u16(p->at, 0xc000 | offset);
    p->at += 2;
    return true;
}

/* Returns where the name stands, here or as a whole before; 0 if there is no room: the caller rolls back. */
static size_t pack_name(struct packer *p, const uint8_t *wire, unsigned len)
{
    size_t here = (size_t)(p->at - p->start);
    unsigned literal = 0, target = 0;

    while (wire[literal] != 0) {
        target = find_or_note(p, wire + literal, len - literal, here + literal);
        if (target != 0)
            break;
        literal += 1 + wire[literal];
    }
    if ((size_t)(p->end - p->at) < literal + 2)
        return 0;
    memcpy(p->at, wire, literal);
    p->at += literal;
    if (target == 0)
        *p->at++ = 0;
    else
        pack_pointer(p, target);
    return literal == 0 && target != 0 ? target : here;
}

static bool pack_owner(struct packer *p, const struct dns_name *name)
{
    size_t where;

    if (name == p->last)
        return pack_pointer(p, p->last_offset);
    where = pack_name(p, name->wire, name->len);
    if (where == 0)
        return false;
    if (where < POINTER_REACH && name->len > 1) { /* the root is shorter than a pointer */
        p->last = name;
        p->last_offset = (unsigned)where;
    }
    return true;
}

/* ---- Records. */

static bool pack_octets(struct packer *p, const char *octets, size_t n)
{
    if ((size_t)(p->end - p->at) < n)
        return false;
    memcpy(p->at, octets, n);
    p->at += n;
    return true;
}

static bool pack_rdata(struct packer *p, uint16_t type, struct span rdata)
{
    struct dns_layout layout = dns_rdata_layout(type);
    const uint8_t *at = (const uint8_t *)rdata.at + layout.before,
                  *end = (const uint8_t *)rdata.at + rdata.len;

    if (layout.names == 0 || !dns_rdata_is_valid(type, rdata))
        return rdata.len == 0 || pack_octets(p, rdata.at, rdata.len);
    if (!pack_octets(p, rdata.at, layout.before))
        return false;
    for (unsigned i = 0; i < layout.names; i++) {
        unsigned len = dns_wire_name(at, end);

        if (pack_name(p, at, len) == 0)
            return false;
        at += len;
    }
    return pack_octets(p, (const char *)at, layout.after);
}

static bool pack_record(struct packer *p, const struct dns_msg_rr *rr)
{
    uint8_t *fields;

    if (!pack_owner(p, rr->name) || p->end - p->at < 10)
        return false;
    fields = p->at;
    put_u16(fields, rr->type);
    put_u16(fields + 2, rr->rclass);
    put_u16(fields + 4, rr->ttl_s >> 16);
    put_u16(fields + 6, rr->ttl_s & 0xffff);
    p->at += 10;
    if (!pack_rdata(p, rr->type, rr->rdata))
        return false;
    put_u16(fields + 8, (unsigned)(p->at - fields - 10));
    return true;
}

/* All `n` records of a set or none of it (RFC 2181 §9). */
static bool pack_set(struct packer *p, const struct dns_msg_rr *rr, unsigned n)
{
    uint8_t *at = p->at;
    unsigned n_notes = p->n_notes;

    for (unsigned i = 0; i < n; i++) {
        if (!pack_record(p, &rr[i])) {
            p->at = at;
            forget(p, n_notes);
            p->last = NULL;
            return false;
        }
    }
    return true;
}

static unsigned set_size(const struct dns_msg_rr *rr, unsigned left)
{
    unsigned n = 1;

    while (n < left && rr[n].type == rr->type && rr[n].rclass == rr->rclass &&
           (rr[n].name == rr->name || dns_name_equal(rr[n].name, rr->name)))
        n++;
    return n;
}

/* RFC 9471 §3.1: a referral whose servers lie in the zone referred to leads nowhere without their addresses.
 */
static bool is_required(const struct dns_msg *m, enum dns_section s, const struct dns_msg_rr *rr)
{
    const struct dns_msg_rr *authority = dns_msg_section(m, DNS_AUTHORITY);

    return s != DNS_ADDITIONAL || (!m->aa && m->n[DNS_ANSWER] == 0 && m->n[DNS_AUTHORITY] > 0 &&
                                   authority->type == DNS_NS && dns_name_is_under(rr->name, authority->name));
}

/* False when something that must not be missing did not fit. */
static bool pack_sections(struct packer *p, const struct dns_msg *m, unsigned packed[static DNS_SECTIONS])
{
    const struct dns_msg_rr *rr = m->rr;

    for (unsigned s = 0; s < DNS_SECTIONS; s++) {
        for (unsigned n, left = m->n[s]; left > 0; left -= n, rr += n) {
            n = set_size(rr, left);
            if (pack_set(p, rr, n))
                packed[s] += n;
            else if (is_required(m, (enum dns_section)s, rr))
                return false;
        }
    }
    return true;
}

/* ---- The message. */

static void pack_header(const struct dns_msg *m, uint8_t *to, const unsigned packed[static DNS_SECTIONS])
{
    put_u16(to, m->id);
    to[2] = (uint8_t)(m->qr << 7 | (m->opcode & 0x0f) << 3 | m->aa << 2 | m->tc << 1 | m->rd);
    to[3] = (uint8_t)(m->ra << 7 | m->ad << 5 | m->cd << 4 | (m->rcode & 0x0f));
    put_u16(to + 4, m->has_question);
    put_u16(to + 6, packed[DNS_ANSWER]);
    put_u16(to + 8, packed[DNS_AUTHORITY]);
    put_u16(to + 10, packed[DNS_ADDITIONAL] + m->has_edns);
}

/* RFC 6891 §6.1.2. */
static void pack_opt(const struct dns_msg *m, uint8_t *to)
{
    to[0] = 0;
    put_u16(to + 1, DNS_OPT);
    put_u16(to + 3, m->edns_udp_size);
    to[5] = (uint8_t)(m->rcode >> 4);
    to[6] = m->edns_version;
    put_u16(to + 7, m->edns_do ? 0x8000 : 0);
    put_u16(to + 9, 0);
}

static void pack_question(struct packer *p, const struct dns_msg *m)
{
    pack_owner(p, &m->qname);
    put_u16(p->at, m->qtype);
    put_u16(p->at + 2, m->qclass);
    p->at += 4;
}

size_t dns_msg_write(struct dns_msg *m, uint8_t *out, size_t size, size_t limit)
{
    unsigned packed[DNS_SECTIONS] = { 0 };
    size_t room = MIN(MIN(size, limit), DNS_MSG_MAX);
    struct packer p;

    assert(room >= DNS_UDP_MAX);
    p.start = out;
    p.at = out + DNS_HEADER;
    p.end = out + room - (m->has_edns ? OPT_SIZE : 0);
    p.last = NULL;
    p.last_offset = 0;
    p.n_notes = 0;
    memset(p.slots, 0, sizeof p.slots);

    if (m->has_question)
        pack_question(&p, m);
    m->tc = !pack_sections(&p, m, packed);
    if (m->has_edns) {
        pack_opt(m, p.at);
        p.at += OPT_SIZE;
    }
    pack_header(m, out, packed);
    return (size_t)(p.at - out);
}

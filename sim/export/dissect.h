/* export/dissect.h: the bytes of a packet, taken apart for a learner: layers, and in each the fields with
 * what they say and what they are for.
 *
 * Any bytes will do. Every octet belongs to a field. Two fields either have exactly the same octets (flags
 * that share one) or none in common. A packet is seen alone: where it begins in the middle of something, what
 * that is has to be read from its lines. Sources: RFC 791, 768, 9293, 792, 1035, 6891, 5321, 5322, 2045,
 * 1939, 3501, 4954, 9112. */
#ifndef EXPORT_DISSECT_H
#define EXPORT_DISSECT_H

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

enum { DISSECT_LAYERS_MAX = 8 };

struct dissect_field {
    int layer;             /* 0 the outermost */
    const char *name;      /* "Sequence number"; static */
    char *value;           /* "4711", valid UTF-8 on one line. Owned */
    const char *meaning;   /* one sentence, or NULL; static */
    size_t offset, length; /* in the packet's bytes */
};

struct dissection {
    unsigned n_layers;
    const char *layers[DISSECT_LAYERS_MAX]; /* "IPv4", "TCP", "SMTP"; static */
    GArray *fields;                         /* of struct dissect_field, in the order of the bytes */
};

/* Of an IPv4 packet. Never NULL; free with dissection_free. `bytes` need not outlive the call. */
struct dissection *dissect_packet(const uint8_t *bytes, size_t len);
void dissection_free(struct dissection **d);

#endif

/* export/pcapng.h: the packets of a run as a capture that Wireshark reads: pcapng (draft-ietf-opsawg-pcapng),
 * LINKTYPE_RAW, stamps in nanoseconds, the hosts' names in front, and with each packet a comment: the seq of
 * its record and what it says, and for a segment that is sent again why. The bytes are the same on every
 * machine. Written into a block of its own, a system call for each block. */
#ifndef EXPORT_PCAPNG_H
#define EXPORT_PCAPNG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "core/trace.h"

struct pcapng;

/* What the comment of a packet says behind "seq N: "; borrowed until the next call. NULL or "": nothing. */
typedef const char *pcapng_explain(void *self, const struct record *r);

/* A writer to `out`, which stays the caller's to close, after pcapng_close. Without `at` every packet is
 * there once: at its sending host, when it is sent. With the name of a host: what that host sends, passes on,
 * and receives, with directions. `epoch_s` is the Unix time of virtual time 0. `explain` may be NULL.
 * Texts are copied. */
struct pcapng *pcapng_new(FILE *out, int64_t epoch_s, const char *at, pcapng_explain *explain,
                          void *explain_self);

/* An address and its name, for the Name Resolution Block. Before the first packet (asserted). */
void pcapng_name(struct pcapng *p, uint32_t address, const char *name);

/* The listener; `self` is the struct pcapng. */
void pcapng_on_record(void *self, const struct record *r);

/* Write what is left and free the writer. False, with errno set, if anything could not be written: the
 * capture is then cut short somewhere. */
bool pcapng_close(struct pcapng **p);

#endif

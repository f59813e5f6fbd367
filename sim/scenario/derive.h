/* scenario/derive.h: what the author left out. `root`, `tlds` and `domains` become hosts with addresses,
 * zones, users and agents; hosts that no link names get one to the router "internet". What the author wrote
 * under the same name wins.
 *
 * For a domain D: mail.D, its local DNS server dns.D, its authoritative server ns.D (ns1.D … if there are
 * several), and a computer for each person. For its top-level domain T: ns.nic.T; for the root:
 * a.root-servers.net and on. Delegations follow the NS records of the zone below, and glue goes where the
 * name of a server lies in the zone that it serves (RFC 1034 §4.2.1). */
#ifndef SCENARIO_DERIVE_H
#define SCENARIO_DERIVE_H

#include "scenario/model.h"

/* Fill in; s->is_derived from here. Complaints are only of what cannot be derived (no address is left). Twice
 * is once. */
void scenario_derive(struct scenario *s, struct report *r);

#endif

/* The scenario language as tables: every key, what it holds, where it goes, its range and its default. */
#include "scenario/model.h"

#define ROW(member, key, type, ...)                                                                          \
    {                                                                                                        \
        .name = key, .kind = VALUE_##type, .offset = offsetof(struct SELF, member), __VA_ARGS__              \
    }
#define ROWS(array) .rows = array, .n_rows = G_N_ELEMENTS(array)

enum { KB = 1000, MB = 1000 * KB };
#define TTL_MAX     INT64_C(2147483647) /* RFC 2181 §8 */
#define TIME_MAX    (3650 * SIM_DAY)    /* ten years: far below where sums of times overflow */
#define SIZE_MAX_MB INT64_C(64)         /* of a message */

const char *const scenario_roles[] = { "computer", "mail", "root",   "tld", "authoritative",
                                       "local",    "web",  "router", NULL };
const char *const scenario_dos[] = {
    "send",        "look_up", "down",   "up",   "cut",         "mend",          "link",          "answer",
    "greylist",    "quota",   "record", "read", "make_folder", "rename_folder", "delete_folder", "subscribe",
    "unsubscribe", "move",    "copy",   "flag", "search",      "delete",        "fetch",         NULL
};
static const char *const programs[] = { "smtp", "dns", "pop3", "imap", "web", NULL };
static const char *const ways[] = { "pop3", "imap", "web", NULL };
static const char *const send_ways[] = { "smtp", "web", NULL };
static const char *const thens[] = { "keep", "delete", NULL };
static const char *const methods[] = { "GET", "HEAD", "POST", NULL };
static const char *const encodings[] = { "auto", "quoted-printable", "base64", NULL };
static const char *const answer_moments[] = { "connect", "mail", "rcpt", "data", "end", NULL };

/* ---- Links. The same keys in a link, a host's own link, and the defaults. */

#define LINK_ROWS(in, delay_def, queue_def)                                                                  \
    ROW(in delay, "delay", DURATION, .high = SIM_HOUR, .def = delay_def,                                     \
        .means = "How long a packet is on its way, one way."),                                               \
        ROW(in rate_bps, "rate", RATE, .low = 1, .high = INT64_C(1000000000000), .def = "none",              \
            .means = "Bits a second, \"10Mbps\"; \"none\" sends at once, whatever the size."),               \
        ROW(in loss_ppm, "loss", LOSS, .high = 1000000, .def = "0",                                          \
            .means = "The part of the packets that gets lost, 0 to 1 or \"5%\", each direction."),           \
        ROW(in queue, "queue", INT, .high = 1000000, .def = queue_def,                                       \
            .means = "Packets that can wait in each direction; the next one is dropped. Only with a rate.")

#define SELF scenario_link_spec
static const struct shape_row link_spec_rows[] = { LINK_ROWS(, "10ms", "100") };
const struct shape shape_link_spec = {
    .name = "link_spec", .size = sizeof(struct SELF), ROWS(link_spec_rows), .name_offset = -1
};
#undef SELF

#define SELF scenario_link
static const struct shape_row link_rows[] = {
    ROW(between, "between", ITEMS, .item = VALUE_HOST, .low = 2, .high = 2, .flags = ROW_REQUIRED,
        .means = "The two hosts that it joins; \"internet\" is the router that the others hang from."),
    LINK_ROWS(spec., "10ms", "100"),
    ROW(up, "up", BOOL, .def = "true", .means = "False: it is cut when the run begins."),
};
const struct shape shape_link = {
    .name = "link", .size = sizeof(struct SELF), ROWS(link_rows), .name_offset = -1
};
#undef SELF

#define SELF scenario_defaults
static const struct shape_row defaults_rows[] = {
    LINK_ROWS(link., "10ms", "100"),
    ROW(ttl_s, "ttl", TTL, .high = TTL_MAX, .def = "86400",
        .means = "Seconds that a record may be cached, where neither it nor its domain says."),
};
const struct shape shape_defaults = {
    .name = "defaults", .size = sizeof(struct SELF), ROWS(defaults_rows), .name_offset = -1
};
#undef SELF

#define SELF scenario_tcp
static const struct shape_row tcp_rows[] = {
    ROW(mss, "mss", INT, .low = 64, .high = 1460, .def = "1460",
        .means = "Octets of data in a segment, at most."),
    ROW(window, "window", INT, .low = 64, .high = 65535, .def = "65535",
        .means = "Octets that may be on their way before the receiver has acknowledged them."),
    ROW(rto_first, "rto_first", DURATION, .low = SIM_MS, .high = SIM_MINUTE, .def = "1s",
        .means = "Time before the first retransmission, as long as no round trip was measured (RFC 6298)."),
    ROW(rto_min, "rto_min", DURATION, .low = SIM_MS, .high = SIM_MINUTE, .def = "1s",
        .means = "The retransmission timeout is never shorter."),
    ROW(rto_max, "rto_max", DURATION, .low = SIM_SECOND, .high = SIM_HOUR, .def = "60s",
        .means = "The retransmission timeout is never longer, however often it doubled."),
    ROW(syn_tries, "syn_tries", INT, .low = 1, .high = 20, .def = "6",
        .means = "SYNs sent before the connection counts as failed: 6 take 63 seconds."),
    ROW(data_tries, "data_tries", INT, .low = 1, .high = 30, .def = "12",
        .means = "Retransmissions of one segment before the connection counts as broken."),
    ROW(delayed_ack, "delayed_ack", DURATION, .high = 500 * SIM_MS, .def = "40ms",
        .means = "How long an acknowledgement may wait for data to travel with; 0ms: not at all."),
    ROW(time_wait, "time_wait", DURATION, .high = SIM_HOUR, .def = "60s",
        .means = "How long the side that closed first remembers the connection."),
    ROW(congestion_control, "congestion_control", BOOL, .def = "true",
        .means = "Slow start and congestion avoidance (RFC 5681); false: the window alone limits."),
};
const struct shape shape_tcp = {
    .name = "tcp", .size = sizeof(struct SELF), ROWS(tcp_rows), .name_offset = -1
};
#undef SELF

/* ---- DNS servers. The same keys at a host, a domain, a top-level domain and the root. */

#define DNS_ROWS(in)                                                                                         \
    ROW(in recursion, "recursion", RECURSION, .def = "false",                                                \
        .means = "Whether it asks others on the asker's behalf; \"chain\": it asks them to do the same."),   \
        ROW(in hints, "hints", LIST, .of = &shape_hint, .high = 100,                                         \
            .means = "Root servers, where its walk begins."),                                                \
        ROW(in clients, "clients", ITEMS, .item = VALUE_PREFIX, .flags = ROW_ONE, .high = 1000,              \
            .means = "For whom it recurses; empty: for everybody."),                                         \
        ROW(in rotate, "rotate", BOOL, .def = "true",                                                        \
            .means = "Of several addresses, the next one stands first in each answer."),                     \
        ROW(in udp_size, "udp_size", INT, .high = 4096, .def = "1232",                                       \
            .means = "Octets of a UDP message (EDNS); longer ones go over TCP. 0: no EDNS, 512 octets."),    \
        ROW(in timeout, "timeout", DURATION, .low = 10 * SIM_MS, .high = SIM_HOUR, .def = "2s",              \
            .means = "How long it waits for an answer before it asks the next server."),                     \
        ROW(in tries, "tries", INT, .low = 1, .high = 1000, .def = "40",                                     \
            .means = "Questions that it asks for one look-up before it answers SERVFAIL."),                  \
        ROW(in max_ttl_s, "max_ttl", TTL, .high = TTL_MAX, .def = "604800",                                  \
            .means = "Seconds for which it caches anything at most."),                                       \
        ROW(in max_negative_ttl_s, "max_negative_ttl", TTL, .high = TTL_MAX, .def = "10800",                 \
            .means = "Seconds for which it caches that something does not exist, at most.")

#define SELF scenario_zone
static const struct shape_row zone_rows[] = {
    ROW(records, "records", ITEMS, .item = VALUE_RECORD, .flags = ROW_REQUIRED,
        .means =
            "Lines in master-file syntax: \"www 300 A 212.212.212.1\"; names without a last dot are relative."),
};
const struct shape shape_zone = { .name = "zone",
                                  .size = sizeof(struct SELF),
                                  ROWS(zone_rows),
                                  .name_offset = offsetof(struct SELF, name),
                                  .name_kind = VALUE_DOMAIN,
                                  .alone = "records" };
#undef SELF

#define SELF scenario_hint
static const struct shape_row hint_rows[] = {
    ROW(name, "name", DOMAIN, .flags = ROW_REQUIRED, .means = "The name of a root server."),
    ROW(address, "address", ADDRESS, .flags = ROW_REQUIRED, .means = "Its address."),
};
const struct shape shape_hint = {
    .name = "hint", .size = sizeof(struct SELF), ROWS(hint_rows), .name_offset = -1
};
#undef SELF

#define SELF scenario_dns
static const struct shape_row dns_rows[] = {
    ROW(zones, "zones", MAP, .of = &shape_zone, .high = 1000,
        .means = "The zones it is authoritative for, by name."),
    DNS_ROWS(),
};
const struct shape shape_dns = {
    .name = "dns", .size = sizeof(struct SELF), ROWS(dns_rows), .name_offset = -1
};
#undef SELF

#define SELF scenario_servers
static const struct shape_row servers_rows[] = {
    ROW(name_servers, "name_servers", INT, .low = 1, .high = SCENARIO_NAME_SERVERS_MAX, .def = "1",
        .flags = ROW_MAKES, .means = "How many servers there are for it."),
    ROW(ttl_s, "ttl", TTL, .high = TTL_MAX,
        .means = "Seconds that its derived records may be cached; else as `defaults` says."),
    ROW(records, "records", ITEMS, .item = VALUE_RECORD, .means = "More records, beside the derived ones."),
    ROW(link, "link", OBJECT, .of = &shape_link_spec, .means = "How its servers are joined to the internet."),
    DNS_ROWS(dns.),
};
const struct shape shape_servers = { .name = "servers",
                                     .size = sizeof(struct SELF),
                                     ROWS(servers_rows),
                                     .name_offset = offsetof(struct SELF, name),
                                     .name_kind = VALUE_SITE };
#undef SELF

/* ---- Mail. */

#define SELF scenario_user
static const struct shape_row user_rows[] = {
    ROW(quota, "quota", SIZE, .high = INT64_MAX / 2, .def = "0",
        .means = "What fits into the mailbox, \"10KB\"; 0: no limit."),
    ROW(password, "password", TEXT, .means = "What its owner logs in with; without one nobody can."),
};
const struct shape shape_user = { .name = "user",
                                  .size = sizeof(struct SELF),
                                  ROWS(user_rows),
                                  .name_offset = offsetof(struct SELF, name),
                                  .name_kind = VALUE_USER };
#undef SELF

#define SELF scenario_mail
static const struct shape_row mail_rows[] = {
    ROW(hostname, "hostname", DOMAIN,
        .means = "What it calls itself in greeting and EHLO; else its host's name."),
    ROW(domains, "domains", ITEMS, .item = VALUE_DOMAIN, .flags = ROW_ONE,
        .means = "The domains whose mail stays here; the first is its own."),
    ROW(users, "users", MAP, .of = &shape_user, .high = 100000,
        .means = "Mailboxes by local part; each is there for all its domains."),
    ROW(relay_for, "relay_for", ITEMS, .item = VALUE_PREFIX, .flags = ROW_ONE,
        .means = "From whom it takes mail for other domains: its own people. Nobody else: no open relay."),
    ROW(relay_domains, "relay_domains", ITEMS, .item = VALUE_DOMAIN, .flags = ROW_ONE,
        .means = "Domains whose mail it takes and passes on, as a backup MX does."),
    ROW(resolvers, "resolvers", ITEMS, .item = VALUE_ADDRESS, .flags = ROW_ONE,
        .means = "Local DNS servers it asks; else those of its host."),
    ROW(retry, "retry", ITEMS, .item = VALUE_DURATION, .flags = ROW_ONE, .low = 1, .high = 1000, .def = "30m",
        .means = "How long a message waits between two tries; of a list, the last one repeats."),
    ROW(give_up, "give_up", DURATION, .low = SIM_SECOND, .high = TIME_MAX, .def = "5d",
        .means = "After so long in the queue a message goes back to its sender (RFC 5321 §4.5.4.1)."),
    ROW(warn_after, "warn_after", DURATION, .high = TIME_MAX, .def = "0s",
        .means = "After so long in the queue the sender is told of the delay, once; 0s: never."),
    ROW(size_limit, "size_limit", SIZE, .high = SIZE_MAX_MB * MB, .def = "0",
        .means = "The longest message it takes (SIZE, RFC 1870); 0: no limit."),
    ROW(recipients_limit, "recipients_limit", INT, .low = 1, .high = 100000, .def = "100",
        .means = "Recipients of one transaction; more get 452 (RFC 5321 §4.5.3.1.8)."),
    ROW(pipelining, "pipelining", BOOL, .def = "false",
        .means =
            "Offer and use PIPELINING (RFC 2920): commands in groups, fewer round trips, harder to read."),
    ROW(vrfy, "vrfy", BOOL, .def = "false", .means = "Tell by VRFY who has a mailbox; else it answers 252."),
    ROW(greylist, "greylist", DURATION, .high = SIM_DAY, .def = "0s",
        .means = "Turn strangers away with 450 until they have waited so long; 0s: never."),
    ROW(connections, "connections", INT, .low = 1, .high = 1000, .def = "1",
        .means = "Connections to one destination at once."),
    ROW(messages_per_connection, "messages_per_connection", INT, .high = 1000000, .def = "100",
        .means = "Messages over one connection before it is closed; 0: no limit, 1: a connection each."),
    ROW(pop3, "pop3", BOOL, .def = "true", .means = "Mail can be read by POP3, port 110 (RFC 1939)."),
    ROW(imap, "imap", BOOL, .def = "true", .means = "Mail can be read by IMAP, port 143 (RFC 3501)."),
    ROW(webmail, "webmail", BOOL, .def = "true",
        .means = "Mail can be read and written in a browser: http://HOST/mail/, port 80."),
    ROW(apop, "apop", BOOL, .def = "false",
        .means = "POP3 offers APOP: a digest goes over the wire, not the password (RFC 1939 §7)."),
    ROW(submission, "submission", BOOL, .def = "false",
        .means = "Its people hand in their mail at port 587, with name and password (RFC 6409, RFC 4954)."),
};
const struct shape shape_mail = {
    .name = "mail", .size = sizeof(struct SELF), ROWS(mail_rows), .name_offset = -1
};
#undef SELF

#define SELF scenario_agent
static const struct shape_row agent_rows[] = {
    ROW(name, "name", TEXT, .means = "The person's name, for From: lines."),
    ROW(server, "server", HOST, .means = "The mail server that it hands its mail to, and reads from."),
    ROW(password, "password", TEXT, .means = "The password that is set up in it; else the right one."),
    ROW(reads, "reads", ENUM, .choices = ways, .def = "pop3",
        .means = "How it reads where an action does not say: by POP3, IMAP, or in a browser."),
    ROW(device, "device", BOOL, .def = "false",
        .means =
            "One more program of somebody who has another: that one is meant where an action names no host."),
    ROW(resolvers, "resolvers", ITEMS, .item = VALUE_ADDRESS, .flags = ROW_ONE,
        .means = "Local DNS servers it asks when it delivers directly; else those of its host."),
};
const struct shape shape_agent = { .name = "agent",
                                   .size = sizeof(struct SELF),
                                   ROWS(agent_rows),
                                   .name_offset = offsetof(struct SELF, address),
                                   .name_kind = VALUE_MAILBOX };
#undef SELF

/* ---- The web. */

#define CONTENT_ROWS                                                                                         \
    ROW(text, "text", TEXT, .flags = ROW_EMPTY, .means = "What is in it."),                                  \
        ROW(base64, "base64", TEXT, .means = "What is in it, octets in base64."),                            \
        ROW(size, "size", SIZE, .high = SIZE_MAX_MB * MB, .def = "0",                                        \
            .means = "It is filled up to so many octets.")

#define SELF scenario_object
static const struct shape_row object_rows[] = {
    ROW(type, "type", TEXT, .means = "Its Content-Type; else what its ending says."),
    CONTENT_ROWS,
    ROW(chunked, "chunked", BOOL, .def = "false",
        .means = "It is sent in chunks (RFC 9112 §7.1), not with a Content-Length."),
    ROW(moved_to, "moved_to", TEXT, .means = "It is somewhere else: 301 and this Location."),
    ROW(status, "status", INT, .high = 599, .def = "0",
        .means = "The status code it is answered with, 403 or 500; 0: 200."),
};
const struct shape shape_object = { .name = "object",
                                    .size = sizeof(struct SELF),
                                    ROWS(object_rows),
                                    .name_offset = offsetof(struct SELF, path),
                                    .name_kind = VALUE_PATH,
                                    .alone = "text" };
#undef SELF

#define SELF scenario_web
static const struct shape_row web_rows[] = {
    ROW(objects, "objects", MAP, .of = &shape_object, .high = 10000,
        .means = "What it has, by path: \"/index.html\"."),
    ROW(persistent, "persistent", BOOL, .def = "true",
        .means = "A connection carries one request after the other; false: one each, as with HTTP/1.0."),
    ROW(requests, "requests", INT, .high = 1000000, .def = "100",
        .means = "Requests over one connection before it is closed; 0: no limit."),
    ROW(idle, "idle", DURATION, .low = SIM_MS, .high = SIM_DAY, .def = "15s",
        .means = "A connection on which nothing happens is closed after so long."),
};
const struct shape shape_web = {
    .name = "web", .size = sizeof(struct SELF), ROWS(web_rows), .name_offset = -1
};
#undef SELF

/* ---- Hosts and domains. */

#define SELF scenario_host
static const struct shape_row host_rows[] = {
    ROW(role, "role", ENUM, .choices = scenario_roles, .def = "computer",
        .means = "What it is: its picture on the map. What it does is said by `dns`, `mail` and `agents`."),
    ROW(label, "label", WORDS, .means = "A caption, where its name is not enough."),
    ROW(addresses, "addresses", ITEMS, .item = VALUE_ADDRESS, .flags = ROW_ONE, .high = 256,
        .means = "Its IPv4 addresses; it sends from the first."),
    ROW(addresses, "address", ITEMS, .item = VALUE_ADDRESS, .flags = ROW_ONE | ROW_ALIAS, .high = 256,
        .means = "The same as `addresses`."),
    ROW(link, "link", OBJECT, .of = &shape_link_spec, .means = "Its own link to the internet router."),
    ROW(position, "position", PLACE, .low = 0, .high = 1000,
        .means = "Where it stands on the map: [x, y] in thousandths of width and height, from the top left."),
    ROW(up, "up", BOOL, .def = "true", .means = "False: it is down when the run begins."),
    ROW(dns, "dns", OBJECT, .of = &shape_dns, .means = "A DNS server runs on it."),
    ROW(mail, "mail", OBJECT, .of = &shape_mail, .means = "A mail server runs on it."),
    ROW(web, "web", OBJECT, .of = &shape_web, .means = "A web server runs on it."),
    ROW(agents, "agents", MAP, .of = &shape_agent, .high = 10000,
        .means = "People's mail programs on it, by mail address."),
    ROW(resolvers, "resolvers", ITEMS, .item = VALUE_ADDRESS, .flags = ROW_ONE,
        .means = "The local DNS servers that it asks."),
};
const struct shape shape_host = { .name = "host",
                                  .size = sizeof(struct SELF),
                                  ROWS(host_rows),
                                  .name_offset = offsetof(struct SELF, name),
                                  .name_kind = VALUE_HOST };
#undef SELF

#define SELF scenario_person
static const struct shape_row person_rows[] = {
    ROW(name, "name", PERSON, .flags = ROW_REQUIRED,
        .means = "The local part of the address: alice in alice@crepes.fr."),
    ROW(quota, "quota", SIZE, .high = INT64_MAX / 2, .def = "0",
        .means = "What fits into the mailbox, \"10KB\"; 0: no limit."),
    ROW(password, "password", TEXT, .means = "What they log in with; else \"alice-secret\"."),
    ROW(computer, "computer", HOST, .means = "The host with the mail program; else \"alice-pc\"."),
    ROW(devices, "devices", ITEMS, .item = VALUE_HOST, .flags = ROW_ONE, .high = 100,
        .means = "More hosts with the same person's mail program: a telephone, a laptop."),
    ROW(agent, "agent", SWITCH, .of = &shape_agent,
        .means = "The mail program; false: a mailbox, but no computer."),
    ROW(link, "link", OBJECT, .of = &shape_link_spec, .means = "How the computer is joined to the internet."),
};
const struct shape shape_person = {
    .name = "person", .size = sizeof(struct SELF), ROWS(person_rows), .name_offset = -1, .alone = "name"
};
#undef SELF

#define SELF scenario_domain
static const struct shape_row domain_rows[] = {
    ROW(people, "people", LIST, .of = &shape_person, .high = 10000,
        .means = "Who has a mailbox and a computer there; a name, or an object with more."),
    ROW(records, "records", ITEMS, .item = VALUE_RECORD,
        .means = "Records beside the derived ones; an MX of the author's replaces the derived one."),
    ROW(ttl_s, "ttl", TTL, .high = TTL_MAX,
        .means = "Seconds that its records may be cached, where they do not say; else as `defaults` says."),
    ROW(mail, "mail", SWITCH, .of = &shape_mail,
        .means =
            "Its mail server, mail.DOMAIN; there is one if there are people, or if this is true or an object."),
    ROW(web, "web", OBJECT, .of = &shape_web, .means = "Its web server, www.DOMAIN."),
    ROW(name_servers, "name_servers", INT, .low = 1, .high = SCENARIO_NAME_SERVERS_MAX, .def = "1",
        .flags = ROW_MAKES,
        .means = "How many authoritative servers it has: ns.DOMAIN, or ns1.DOMAIN, ns2.DOMAIN and so on."),
    ROW(dns, "dns", OBJECT, .of = &shape_dns, .means = "Keys of its authoritative servers."),
    ROW(local, "local", SWITCH, .of = &shape_dns, .means = "Its local DNS server, dns.DOMAIN; false: none."),
    ROW(link, "link", OBJECT, .of = &shape_link_spec, .means = "How its hosts are joined to the internet."),
};
const struct shape shape_domain = { .name = "domain",
                                    .size = sizeof(struct SELF),
                                    ROWS(domain_rows),
                                    .name_offset = offsetof(struct SELF, name),
                                    .name_kind = VALUE_SITE };
#undef SELF

/* ---- What happens. `do` picks one of these shapes; all fill the same struct. */

#define SELF scenario_action
#define AT_ROWS                                                                                              \
    ROW(at, "at", DURATION, .high = TIME_MAX, .def = "0s", .means = "When, from the start of the run."),     \
        ROW(what, "do", ENUM, .choices = scenario_dos, .flags = ROW_REQUIRED, .means = "What happens.")
#define FOR_ROW                                                                                              \
    ROW(lasts, "for", DURATION, .low = 1, .high = TIME_MAX,                                                  \
        .means = "Then it is undone, exactly; else it stays so.")
#define REPEAT_ROWS                                                                                          \
    ROW(count, "count", INT, .low = 1, .high = SCENARIO_COUNT_MAX, .def = "1", .means = "How often."),       \
        ROW(every, "every", DURATION, .high = TIME_MAX, .means = "The time between two."),                   \
        ROW(every, "rate", FREQUENCY, .flags = ROW_ALIAS, .low = 1, .high = TIME_MAX,                        \
            .means = "Instead of `every`: how many in a second, minute, hour or day, \"2/s\"."),             \
        ROW(poisson, "poisson", BOOL, .def = "false",                                                        \
            .means = "The gaps are random, exponential around `every`: as independent people do.")
#define ON_HOST(text) ROW(host, "host", HOST, .flags = ROW_REQUIRED, .means = text)
#define ON_LINK                                                                                              \
    ROW(link, "link", ITEMS, .item = VALUE_HOST, .low = 1, .high = 2, .flags = ROW_REQUIRED | ROW_ONE,       \
        .means = "Its two ends; or one host, for its own link to the internet.")
#define ACTION_SHAPE(id, text)                                                                               \
    static const struct shape shape_##id = {                                                                 \
        .name = text, .size = sizeof(struct SELF), ROWS(id##_rows), .name_offset = -1                        \
    }

static const struct shape_row send_rows[] = {
    AT_ROWS,
    REPEAT_ROWS,
    ROW(from, "from", MAILBOX, .flags = ROW_REQUIRED, .means = "Whose mail program sends it."),
    ROW(to, "to", ITEMS, .item = VALUE_MAILBOX, .flags = ROW_REQUIRED | ROW_ONE, .low = 1, .high = 10000,
        .means = "To whom: an address, or several."),
    ROW(cc, "cc", ITEMS, .item = VALUE_MAILBOX, .flags = ROW_ONE, .high = 10000, .means = "Copies to."),
    ROW(bcc, "bcc", ITEMS, .item = VALUE_MAILBOX, .flags = ROW_ONE, .high = 10000,
        .means = "Copies to, unknown to the others."),
    ROW(subject, "subject", TEXT, .flags = ROW_EMPTY, .means = "The Subject: line."),
    ROW(text, "text", TEXT, .flags = ROW_EMPTY, .means = "The body; \\n parts its lines."),
    ROW(size, "size", SIZE, .high = SIZE_MAX_MB * MB, .def = "0",
        .means = "The body is filled up to so many octets."),
    ROW(direct, "direct", BOOL, .def = "false",
        .means = "The agent goes to the receivers' servers itself, and tries only once."),
    ROW(sender, "sender", MAILBOX, .flags = ROW_EMPTY,
        .means = "MAIL FROM, where it differs from `from`; \"\" is the null sender."),
    ROW(header_from, "header_from", TEXT, .means = "The From: line, where it differs from `from`."),
    ROW(attach, "attach", LIST, .of = &shape_attachment, .high = 100,
        .means = "Files that go along, with their content or a size."),
    ROW(encoding, "encoding", ENUM, .choices = encodings, .def = "auto",
        .means = "How text that is not plain ASCII is encoded; else as mail programs choose."),
    ROW(by_web, "by", ENUM, .choices = send_ways, .def = "smtp",
        .means = "\"web\": in a browser, as web mail."),
    ROW(password, "password", TEXT, .means = "The password typed this time; else the right one."),
};
#define WHO_ROWS                                                                                             \
    ROW(who, "who", MAILBOX, .flags = ROW_REQUIRED, .means = "Whose mailbox, and whose mail program."),      \
        ROW(host, "host", HOST, .means = "On which of their devices; else the first."),                      \
        ROW(password, "password", TEXT, .means = "The password typed this time; else the right one.")
#define FOLDER_ROW                                                                                           \
    ROW(folder, "folder", TEXT, .def = "INBOX", .means = "Which folder; levels are parted by \"/\".")
#define WHICH_ROW(text) ROW(which, "which", TEXT, .means = text)
#define BY_ROW                                                                                               \
    ROW(by, "by", ENUM, .choices = ways,                                                                     \
        .means = "By POP3, IMAP or in a browser; else as the program is set up.")
static const struct shape_row read_rows[] = {
    AT_ROWS,
    REPEAT_ROWS,
    WHO_ROWS,
    BY_ROW,
    FOLDER_ROW,
    WHICH_ROW(
        "Which messages: IMAP search keys, \"FROM alice UNSEEN\"; in a browser, what the subject has. Else "
        "those not read on this device."),
    ROW(headers, "headers", BOOL, .def = "false",
        .means = "Fetch only From, Subject and Date: little, on a slow link."),
    ROW(then, "then", ENUM, .choices = thens, .def = "keep",
        .means = "\"delete\": what was fetched goes from the server."),
    ROW(leave_unread, "leave_unread", BOOL, .def = "false", .means = "Look without marking as read (IMAP)."),
    ROW(stay, "stay", DURATION, .high = TIME_MAX, .def = "0s",
        .means = "Stay so long afterwards, and hear of what comes in (IMAP IDLE)."),
    ROW(hang_up, "hang_up", BOOL, .def = "false",
        .means = "The connection is cut before QUIT or LOGOUT: what POP3 has marked stays."),
};
static const struct shape_row make_folder_rows[] = {
    AT_ROWS,
    WHO_ROWS,
    ROW(folder, "folder", TEXT, .flags = ROW_REQUIRED, .means = "Its name; levels are parted by \"/\"."),
};
static const struct shape_row delete_folder_rows[] = {
    AT_ROWS,
    WHO_ROWS,
    ROW(folder, "folder", TEXT, .flags = ROW_REQUIRED, .means = "Its name; its messages go with it."),
};
static const struct shape_row subscribe_rows[] = {
    AT_ROWS,
    WHO_ROWS,
    ROW(folder, "folder", TEXT, .flags = ROW_REQUIRED, .means = "Its name."),
};
static const struct shape_row unsubscribe_rows[] = {
    AT_ROWS,
    WHO_ROWS,
    ROW(folder, "folder", TEXT, .flags = ROW_REQUIRED, .means = "Its name."),
};
static const struct shape_row rename_folder_rows[] = {
    AT_ROWS,
    WHO_ROWS,
    ROW(folder, "folder", TEXT, .flags = ROW_REQUIRED, .means = "Its name."),
    ROW(into, "to", TEXT, .flags = ROW_REQUIRED, .means = "Its new name."),
};
static const struct shape_row move_rows[] = {
    AT_ROWS,
    WHO_ROWS,
    BY_ROW,
    FOLDER_ROW,
    WHICH_ROW("Which messages: IMAP search keys; else all."),
    ROW(into, "to", TEXT, .flags = ROW_REQUIRED, .means = "The folder they go to."),
};
static const struct shape_row copy_rows[] = {
    AT_ROWS,
    WHO_ROWS,
    FOLDER_ROW,
    WHICH_ROW("Which messages: IMAP search keys; else all."),
    ROW(into, "to", TEXT, .flags = ROW_REQUIRED, .means = "The folder the copies go to."),
};
static const struct shape_row flag_rows[] = {
    AT_ROWS,
    WHO_ROWS,
    FOLDER_ROW,
    WHICH_ROW("Which messages: IMAP search keys; else all."),
    ROW(flags, "flags", TEXT, .flags = ROW_REQUIRED, .means = "\"\\\\Flagged\", \"\\\\Seen $Work\"."),
    ROW(off, "off", BOOL, .def = "false", .means = "Take them away."),
};
static const struct shape_row search_rows[] = {
    AT_ROWS,
    WHO_ROWS,
    FOLDER_ROW,
    ROW(which, "for", TEXT, .flags = ROW_REQUIRED,
        .means = "IMAP search keys: \"FROM alice SUBJECT lunch SINCE 1-Mar-2026\"."),
};
static const struct shape_row delete_rows[] = {
    AT_ROWS, WHO_ROWS, BY_ROW, FOLDER_ROW, WHICH_ROW("Which messages: IMAP search keys; else all."),
};
static const struct shape_row fetch_rows[] = {
    AT_ROWS,
    REPEAT_ROWS,
    ON_HOST("On which computer."),
    ROW(url, "url", TEXT, .flags = ROW_REQUIRED, .means = "\"http://www.crepes.fr/index.html\"."),
    ROW(objects, "objects", BOOL, .def = "true",
        .means = "Fetch what the page names, too: pictures, scripts, style sheets."),
    ROW(persistent, "persistent", BOOL, .def = "true",
        .means = "Use a connection for more than one request; false: one each."),
    ROW(connections, "connections", INT, .low = 1, .high = 6, .def = "1",
        .means = "Connections to one server at once."),
    ROW(method, "method", ENUM, .choices = methods, .def = "GET", .means = "The request's method."),
    ROW(form, "form", TEXT, .means = "Of POST: the form's content, \"a=1&b=2\"."),
};
static const struct shape_row look_up_rows[] = {
    AT_ROWS,
    REPEAT_ROWS,
    ON_HOST("Who asks its local DNS server."),
    ROW(name, "name", DOMAIN, .flags = ROW_REQUIRED, .means = "The name asked for."),
    ROW(type, "type", TYPE, .def = "A", .means = "The type of record asked for."),
};
#define UPDOWN_ROWS                                                                                          \
    AT_ROWS, FOR_ROW, ON_HOST("Which host."),                                                                \
        ROW(program, "program", TEXT, .choices = programs,                                                   \
            .means = "Only this server on it, \"smtp\" or \"dns\"; else the host as a whole.")
static const struct shape_row down_rows[] = { UPDOWN_ROWS };
static const struct shape_row up_rows[] = { UPDOWN_ROWS };
static const struct shape_row cut_rows[] = { AT_ROWS, FOR_ROW, ON_LINK };
static const struct shape_row mend_rows[] = { AT_ROWS, FOR_ROW, ON_LINK };
static const struct shape_row change_rows[] = { AT_ROWS, FOR_ROW, ON_LINK, LINK_ROWS(spec., NULL, NULL) };
static const struct shape_row answer_action_rows[] = {
    AT_ROWS,
    FOR_ROW,
    ON_HOST("Whose mail server answers so."),
    ROW(with, "with", OBJECT, .of = &shape_answer, .flags = ROW_REQUIRED,
        .means = "What it answers: \"421 after 3 connections\", or an object."),
};
static const struct shape_row greylist_rows[] = {
    AT_ROWS,
    FOR_ROW,
    ON_HOST("Whose mail server."),
    ROW(wait, "wait", DURATION, .high = SIM_DAY, .def = "5m",
        .means = "How long strangers must wait; 0s: not any more."),
};
static const struct shape_row quota_rows[] = {
    AT_ROWS,
    FOR_ROW,
    ON_HOST("On which mail server."),
    ROW(user, "user", USER, .flags = ROW_REQUIRED, .means = "Whose mailbox."),
    ROW(quota, "quota", SIZE, .high = INT64_MAX / 2, .flags = ROW_REQUIRED,
        .means = "What fits into it; 0: no limit."),
};
static const struct shape_row record_rows[] = {
    AT_ROWS,
    FOR_ROW,
    ON_HOST("On which authoritative server."),
    ROW(zone, "zone", DOMAIN, .means = "In which of its zones; else in its first."),
    ROW(add, "add", ITEMS, .item = VALUE_RECORD, .flags = ROW_ONE, .means = "Records that come in."),
    ROW(remove, "remove", ITEMS, .item = VALUE_REMOVAL, .flags = ROW_ONE,
        .means = "Records that go: \"www A\", \"www A 10.0.0.1\", or \"www\" for all of that name."),
};
ACTION_SHAPE(send, "send");
ACTION_SHAPE(look_up, "look_up");
ACTION_SHAPE(down, "down");
ACTION_SHAPE(up, "up");
ACTION_SHAPE(cut, "cut");
ACTION_SHAPE(mend, "mend");
ACTION_SHAPE(change, "link change");
ACTION_SHAPE(answer_action, "answer order");
ACTION_SHAPE(greylist, "greylist");
ACTION_SHAPE(quota, "quota");
ACTION_SHAPE(record, "record change");
ACTION_SHAPE(read, "read");
ACTION_SHAPE(make_folder, "make_folder");
ACTION_SHAPE(rename_folder, "rename_folder");
ACTION_SHAPE(delete_folder, "delete_folder");
ACTION_SHAPE(subscribe, "subscribe");
ACTION_SHAPE(unsubscribe, "unsubscribe");
ACTION_SHAPE(move, "move");
ACTION_SHAPE(copy, "copy");
ACTION_SHAPE(flag, "flag");
ACTION_SHAPE(search, "search");
ACTION_SHAPE(delete, "delete");
ACTION_SHAPE(fetch, "fetch");
const struct shape *const shape_actions[N_DO] = {
    &shape_send,        &shape_look_up,       &shape_down,          &shape_up,
    &shape_cut,         &shape_mend,          &shape_change,        &shape_answer_action,
    &shape_greylist,    &shape_quota,         &shape_record,        &shape_read,
    &shape_make_folder, &shape_rename_folder, &shape_delete_folder, &shape_subscribe,
    &shape_unsubscribe, &shape_move,          &shape_copy,          &shape_flag,
    &shape_search,      &shape_delete,        &shape_fetch
};

/* What stands in for an action whose `do` is missing or unknown. */
static const struct shape_row action_rows[] = { AT_ROWS };
const struct shape shape_action = { .name = "action",
                                    .size = sizeof(struct SELF),
                                    ROWS(action_rows),
                                    .name_offset = -1,
                                    .variant_key = "do",
                                    .variants = shape_actions };
#undef SELF

#define SELF scenario_attachment
static const struct shape_row attachment_rows[] = {
    ROW(name, "name", TEXT, .flags = ROW_REQUIRED, .means = "Its file name."),
    ROW(type, "type", TEXT, .means = "Its Content-Type; else what its ending says."),
    CONTENT_ROWS,
};
const struct shape shape_attachment = { .name = "attachment",
                                        .size = sizeof(struct SELF),
                                        ROWS(attachment_rows),
                                        .name_offset = -1,
                                        .alone = "name" };
#undef SELF

#define SELF scenario_answer
static const struct shape_row answer_rows[] = {
    ROW(code, "code", INT, .low = 400, .high = 599, .flags = ROW_REQUIRED,
        .means = "The reply: 4xx for a failure that may pass, 5xx for one that will not."),
    ROW(after, "after", INT, .high = 1000000, .def = "0",
        .means = "Only after so many connections from now."),
    ROW(when, "when", ENUM, .choices = answer_moments,
        .means =
            "To what: the connection, MAIL, RCPT, DATA, or the end of the message; else 421 and 554 greet, "
            "and other codes answer RCPT."),
    ROW(match, "match", TEXT, .means = "Only where the address fits, \"*@crepes.fr\"."),
    ROW(text, "text", TEXT, .means = "The words behind the code."),
};
const struct shape shape_answer = {
    .name = "answer", .size = sizeof(struct SELF), ROWS(answer_rows), .name_offset = -1, .alone = "code"
};
#undef SELF

#define SELF scenario_chapter
static const struct shape_row chapter_rows[] = {
    ROW(when, "when", PATTERN,
        .means = "It begins with the first record that fits: \"smtp.command verb=MAIL\"."),
    ROW(at, "at", DURATION, .high = TIME_MAX, .means = "Or it begins at this time."),
    ROW(title, "title", WORDS, .flags = ROW_REQUIRED, .means = "Its heading."),
    ROW(text, "text", WORDS, .means = "What to look at, and why it is so."),
};
const struct shape shape_chapter = {
    .name = "chapter", .size = sizeof(struct SELF), ROWS(chapter_rows), .name_offset = -1
};
#undef SELF

/* ---- The whole. */

#define SELF scenario_course
static const struct shape_row course_rows[] = {
    ROW(label, "label", WORDS, .means = "The unit it belongs to: \"Week 4: e-mail\"."),
    ROW(order, "order", INT, .high = 1000000, .def = "0", .means = "Its place in the list of scenarios."),
};
const struct shape shape_course = {
    .name = "course", .size = sizeof(struct SELF), ROWS(course_rows), .name_offset = -1
};
#undef SELF

#define SELF scenario
static const struct shape_row scenario_rows[] = {
    ROW(schema_uri, "$schema", TEXT, .means = "Where editors find the schema: \"scenario.schema.json\"."),
    ROW(format, "format", INT, .low = SCENARIO_FORMAT, .high = SCENARIO_FORMAT, .flags = ROW_REQUIRED,
        .means = "The version of this language: 1."),
    ROW(name, "name", TEXT, .means = "A short name; else that of the file."),
    ROW(title, "title", WORDS, .means = "What it is called in lists."),
    ROW(about, "about", WORDS, .means = "What it shows, in a few sentences."),
    ROW(teaches, "teaches", ITEMS, .item = VALUE_LESSON, .flags = ROW_ONE,
        .means = "The lines of the curriculum that it covers: \"M1\", \"D8\"."),
    ROW(course, "course", OBJECT, .of = &shape_course, .means = "Where in a course it belongs."),
    ROW(seed, "seed", INT, .high = INT64_C(9007199254740991), .def = "1",
        .means = "All randomness comes from it: the same seed, the same run."),
    ROW(start_s, "start", MOMENT, .def = "2026-03-02T09:00:00Z",
        .means = "The date and time of the run's start, in UTC."),
    ROW(duration, "duration", DURATION, .low = 1, .high = TIME_MAX,
        .means = "When the run ends; else when nothing is left to happen, after 30 days at most."),
    ROW(defaults, "defaults", OBJECT, .of = &shape_defaults,
        .means = "What holds where nothing else is said."),
    ROW(tcp, "tcp", OBJECT, .of = &shape_tcp, .means = "The constants of TCP, on all hosts."),
    ROW(root, "root", SWITCH, .of = &shape_servers, .flags = ROW_SUGAR,
        .means = "The root servers; false: none are derived."),
    ROW(tlds, "tlds", MAP, .of = &shape_servers, .high = 1000, .flags = ROW_SUGAR,
        .means = "Top-level domains; those of `domains` are there anyway."),
    ROW(domains, "domains", MAP, .of = &shape_domain, .high = 1000, .flags = ROW_SUGAR,
        .means = "Organisations with people, a mail server and DNS, all derived from the name."),
    ROW(hosts, "hosts", MAP, .of = &shape_host, .high = 20000,
        .means = "Hosts by name; one with the name of a derived host adds to it."),
    ROW(links, "links", LIST, .of = &shape_link, .high = 50000,
        .means = "Links between hosts; a host in none hangs from the router \"internet\"."),
    ROW(actions, "actions", LIST, .of = &shape_action, .high = 100000,
        .means = "What people do, and what breaks."),
    ROW(chapters, "chapters", LIST, .of = &shape_chapter, .high = 1000,
        .means = "The story: what to see, when it happens."),
};
const struct shape shape_scenario = {
    .name = "scenario", .size = sizeof(struct SELF), ROWS(scenario_rows), .name_offset = -1
};
#undef SELF

const struct shape *const shapes_all[] = { &shape_scenario,    &shape_course,        &shape_defaults,
                                           &shape_tcp,         &shape_servers,       &shape_domain,
                                           &shape_person,      &shape_host,          &shape_dns,
                                           &shape_zone,        &shape_hint,          &shape_mail,
                                           &shape_user,        &shape_agent,         &shape_link_spec,
                                           &shape_link,        &shape_answer,        &shape_chapter,
                                           &shape_send,        &shape_look_up,       &shape_down,
                                           &shape_up,          &shape_cut,           &shape_mend,
                                           &shape_change,      &shape_answer_action, &shape_greylist,
                                           &shape_quota,       &shape_record,        &shape_read,
                                           &shape_make_folder, &shape_rename_folder, &shape_delete_folder,
                                           &shape_subscribe,   &shape_unsubscribe,   &shape_move,
                                           &shape_copy,        &shape_flag,          &shape_search,
                                           &shape_delete,      &shape_fetch,         &shape_web,
                                           &shape_object,      &shape_attachment,    NULL };

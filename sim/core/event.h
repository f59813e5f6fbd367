/* core/event.h: the names of everything that can happen, and of everything a record can say about it.
 * docs/TRACE.md describes each for graders; a test holds the two lists together. */
#ifndef CORE_EVENT_H
#define CORE_EVENT_H

#include <stdbool.h>

#include "core/span.h"

/* EVENT(enumerator, name, keys that it has besides the common ones) */
#define EVENTS(EVENT)                                                                                           \
    EVENT(EV_PACKET_SEND, "packet.send", "proto from to flags tseq ack win len size info")                      \
    EVENT(EV_PACKET_FORWARD, "packet.forward", "proto from to size")                                            \
    EVENT(EV_PACKET_ARRIVE, "packet.arrive", "proto from to size")                                              \
    EVENT(EV_PACKET_DROP, "packet.drop", "proto from to size link")                                             \
    EVENT(EV_TCP_CONNECT, "tcp.connect", "from to")                                                             \
    EVENT(EV_TCP_ESTABLISHED, "tcp.established", "from to")                                                     \
    EVENT(EV_TCP_RETRANSMIT, "tcp.retransmit", "tseq len tries rto")                                            \
    EVENT(EV_TCP_CLOSE, "tcp.close", "from to sent received")                                                   \
    EVENT(EV_TCP_FAIL, "tcp.fail", "from to")                                                                   \
    EVENT(EV_DNS_LOOKUP, "dns.lookup", "name type")                                                             \
    EVENT(EV_DNS_RESULT, "dns.result", "name type rcode count answer")                                          \
    EVENT(EV_DNS_QUERY, "dns.query", "name type id transport rd size zone")                                     \
    EVENT(EV_DNS_RESPONSE, "dns.response", "name type id transport rcode kind aa tc ra count answer size")      \
    EVENT(EV_DNS_TIMEOUT, "dns.timeout", "name type id tries")                                                  \
    EVENT(EV_DNS_IGNORE, "dns.ignore", "name type id")                                                          \
    EVENT(EV_DNS_CACHE_HIT, "dns.cache_hit", "name type ttl kind")                                              \
    EVENT(EV_DNS_CACHE_MISS, "dns.cache_miss", "name type")                                                     \
    EVENT(EV_DNS_CACHE_STORE, "dns.cache_store", "name type ttl count kind answer")                             \
    EVENT(EV_DNS_CACHE_EXPIRE, "dns.cache_expire", "name type")                                                 \
    EVENT(EV_DNS_GIVE_UP, "dns.give_up", "name type tries")                                                     \
    EVENT(EV_SMTP_COMMAND, "smtp.command", "verb line")                                                         \
    EVENT(EV_SMTP_REPLY, "smtp.reply", "code line lines")                                                       \
    EVENT(EV_SMTP_DATA, "smtp.data", "size lines stuffed")                                                      \
    EVENT(EV_SMTP_STATE, "smtp.state", "role state before")                                                     \
    EVENT(EV_QUEUE_ADD, "queue.add", "queue sender recipients size")                                            \
    EVENT(EV_QUEUE_ATTEMPT, "queue.attempt", "queue domain tries recipients")                                   \
    EVENT(EV_QUEUE_ROUTE, "queue.route", "queue domain hosts")                                                  \
    EVENT(EV_QUEUE_DEFER, "queue.defer", "queue recipient code line tries next")                                \
    EVENT(EV_QUEUE_DONE, "queue.done", "queue recipient code line")                                             \
    EVENT(EV_QUEUE_BOUNCE, "queue.bounce", "queue recipient code line tries report")                            \
    EVENT(EV_QUEUE_WARN, "queue.warn", "queue recipient report")                                                \
    EVENT(EV_MAILBOX_STORE, "mailbox.store", "user folder uid size sender subject")                             \
    EVENT(EV_MAILBOX_DELETE, "mailbox.delete", "user folder uid")                                               \
    EVENT(EV_MAILBOX_FLAGS, "mailbox.flags", "user folder uid flags flags_before")                              \
    EVENT(EV_MAILBOX_COPY, "mailbox.copy", "user folder uid into into_uid")                                     \
    EVENT(EV_MAILBOX_FOLDER, "mailbox.folder", "user folder what into")                                         \
    EVENT(EV_AUTH_ACCEPT, "auth.accept", "user method")                                                         \
    EVENT(EV_AUTH_REFUSE, "auth.refuse", "user method")                                                         \
    EVENT(EV_POP3_COMMAND, "pop3.command", "verb line")                                                         \
    EVENT(EV_POP3_REPLY, "pop3.reply", "status line lines size")                                                \
    EVENT(EV_POP3_STATE, "pop3.state", "role state before")                                                     \
    EVENT(EV_IMAP_COMMAND, "imap.command", "tag verb line")                                                     \
    EVENT(EV_IMAP_REPLY, "imap.reply", "tag status line size")                                                  \
    EVENT(EV_IMAP_STATE, "imap.state", "role state before")                                                     \
    EVENT(EV_HTTP_REQUEST, "http.request", "verb target line size")                                             \
    EVENT(EV_HTTP_RESPONSE, "http.response", "code target line type len size")                                  \
    EVENT(EV_HTTP_STATE, "http.state", "role state before")                                                     \
    EVENT(EV_HTTP_PAGE, "http.page", "target code count connections size took")                                 \
    EVENT(EV_AGENT_ASK, "agent.ask", "user method what folder into target")                                     \
    EVENT(EV_AGENT_READ, "agent.read",                                                                          \
          "user method folder uid sender subject what size fetched saved saved_s")                              \
    EVENT(EV_AGENT_CHECK, "agent.check", "user method folder count new took size")                              \
    EVENT(EV_AGENT_FAIL, "agent.fail", "user method line")                                                      \
    EVENT(EV_AGENT_FOUND, "agent.found", "user folder search count answer")                                     \
    EVENT(EV_AGENT_COMPOSE, "agent.compose", "sender recipients subject message_id size")                       \
    EVENT(EV_MIME_ENCODE, "mime.encode", "part type encoding name size encoded growth")                         \
    EVENT(EV_MIME_DECODE, "mime.decode", "part type encoding name size encoded growth")                         \
    EVENT(EV_AGENT_SUBMIT, "agent.submit", "server")                                                            \
    EVENT(EV_AGENT_SENT, "agent.sent", "recipient code line")                                                   \
    EVENT(EV_AGENT_LOST, "agent.lost", "recipient code line")                                                   \
    EVENT(EV_FAULT_BEGIN, "fault.begin", "what on value")                                                       \
    EVENT(EV_FAULT_END, "fault.end", "what on value")                                                           \
    EVENT(EV_NOTE, "note", "chapter title")                                                                     \
    EVENT(                                                                                                      \
        EV_RUN_END, "run.end",                                                                                  \
        "events packets dropped lookups accepted relayed delivered reports_delivered queued bounced discarded " \
        "reports warnings lost chapters")

#define EVENT_ENUM(id, name, keys) id,
enum event { EVENTS(EVENT_ENUM) N_EVENTS };
#undef EVENT_ENUM

/* KEY(enumerator, name). In a JSON line the common keys come first, then an event's own in the order that
 * its row above gives. */
#define KEYS(KEY)                                                                                            \
    KEY(KEY_SEQ, "seq")   /* the number of the record, from 1 */                                             \
    KEY(KEY_TIME, "time") /* virtual seconds */                                                              \
    KEY(KEY_EVENT, "event")                                                                                  \
    KEY(KEY_HOST, "host")             /* where it happened; who sent it, where something was sent */         \
    KEY(KEY_CAUSE, "cause")           /* the seq of the record that led to it */                             \
    KEY(KEY_PEER, "peer")             /* whom it was sent to, or came from */                                \
    KEY(KEY_CONN, "conn")             /* "c1": a TCP connection, the same at both ends */                    \
    KEY(KEY_LOOKUP, "lookup")         /* "l1": a name look-up, wherever it leads */                          \
    KEY(KEY_MAIL, "mail")             /* "m1": a message, on every host that holds it */                     \
    KEY(KEY_WHY, "why")               /* a short code */                                                     \
    KEY(KEY_PROTO, "proto")           /* udp, tcp or icmp */                                                 \
    KEY(KEY_FROM, "from")             /* address:port */                                                     \
    KEY(KEY_TO, "to")                 /* address:port */                                                     \
    KEY(KEY_FLAGS, "flags")           /* TCP flags, "SYN ACK" */                                             \
    KEY(KEY_TSEQ, "tseq")             /* TCP sequence number, relative to the first */                       \
    KEY(KEY_ACK, "ack")               /* TCP acknowledgement number, relative to the peer's first */         \
    KEY(KEY_WIN, "win")               /* TCP window, octets */                                               \
    KEY(KEY_LEN, "len")               /* octets of payload */                                                \
    KEY(KEY_SIZE, "size")             /* octets in all: of the IP packet, of a message */                    \
    KEY(KEY_INFO, "info")             /* what it says, in short */                                           \
    KEY(KEY_LINK, "link")             /* "a>b" */                                                            \
    KEY(KEY_TRIES, "tries")           /* how often so far */                                                 \
    KEY(KEY_RTO, "rto")               /* retransmission timeout, seconds */                                  \
    KEY(KEY_SENT, "sent")             /* octets sent by the host */                                          \
    KEY(KEY_RECEIVED, "received")     /* octets received by the host */                                      \
    KEY(KEY_NAME, "name")             /* a domain name, without the last dot; the root is "." */             \
    KEY(KEY_TYPE, "type")             /* A, MX, … TYPE65280 */                                             \
    KEY(KEY_ID, "id")                 /* DNS message id */                                                   \
    KEY(KEY_TRANSPORT, "transport")   /* udp or tcp */                                                       \
    KEY(KEY_RD, "rd")                 /* 1: recursion desired */                                             \
    KEY(KEY_ZONE, "zone")             /* the zone whose server is asked */                                   \
    KEY(KEY_RCODE, "rcode")           /* NOERROR, NXDOMAIN, … */                                           \
    KEY(KEY_KIND, "kind")             /* answer, referral, nodata, nxdomain, cname, error, truncated */      \
    KEY(KEY_AA, "aa")                 /* 1: an authoritative answer */                                       \
    KEY(KEY_TC, "tc")                 /* 1: truncated */                                                     \
    KEY(KEY_RA, "ra")                 /* 1: recursion available */                                           \
    KEY(KEY_COUNT, "count")           /* records */                                                          \
    KEY(KEY_ANSWER, "answer")         /* their data, "10 mail.hamburger.edu, …" */                         \
    KEY(KEY_TTL, "ttl")               /* seconds left */                                                     \
    KEY(KEY_VERB, "verb")             /* an SMTP command, in capitals */                                     \
    KEY(KEY_LINE, "line")             /* as it goes over the wire, without CR LF */                          \
    KEY(KEY_CODE, "code")             /* reply code, 0 where there was no reply */                           \
    KEY(KEY_LINES, "lines")           /* how many lines */                                                   \
    KEY(KEY_STUFFED, "stuffed")       /* lines that got a second dot */                                      \
    KEY(KEY_ROLE, "role")             /* client or server */                                                 \
    KEY(KEY_STATE, "state")           /* the state entered */                                                \
    KEY(KEY_BEFORE, "before")         /* the state left */                                                   \
    KEY(KEY_QUEUE, "queue")           /* "Q1": an entry of a server's queue */                               \
    KEY(KEY_SENDER, "sender")         /* envelope sender; "" is the null sender */                           \
    KEY(KEY_RECIPIENT, "recipient")   /* envelope recipient */                                               \
    KEY(KEY_RECIPIENTS, "recipients") /* addresses, parted by ", " */                                        \
    KEY(KEY_DOMAIN, "domain")                                                                                \
    KEY(KEY_HOSTS, "hosts")   /* "10 mail.hamburger.edu, 20 …" in the order of trying */                   \
    KEY(KEY_NEXT, "next")     /* virtual seconds: when it will be tried again */                             \
    KEY(KEY_REPORT, "report") /* the mail id of the report that tells the sender */                          \
    KEY(KEY_USER, "user")                                                                                    \
    KEY(KEY_FOLDER, "folder")                                                                                \
    KEY(KEY_UID, "uid")                                                                                      \
    KEY(KEY_SUBJECT, "subject")                                                                              \
    KEY(KEY_MESSAGE_ID, "message_id")                                                                        \
    KEY(KEY_SERVER, "server")                                                                                \
    KEY(KEY_FLAGS_BEFORE, "flags_before") /* a message's flags before the change */                          \
    KEY(KEY_INTO, "into")                 /* the folder that it went to; a folder's new name */              \
    KEY(KEY_INTO_UID, "into_uid")         /* its uid there */                                                \
    KEY(KEY_METHOD, "method")             /* how: USER, APOP, LOGIN, PLAIN, form; pop3, imap, web */         \
    KEY(KEY_STATUS, "status")             /* +OK, -ERR; OK, NO, BAD, BYE, or "" for data */                  \
    KEY(KEY_TAG, "tag")                   /* of an IMAP command; "*" untagged, "+" to go on */               \
    KEY(KEY_TARGET, "target")             /* of an HTTP request: "/index.html" */                            \
    KEY(KEY_CONNECTIONS, "connections")   /* how many were used */                                           \
    KEY(KEY_TOOK, "took")                 /* seconds */                                                      \
    KEY(KEY_NEW, "new")                   /* of count, those not seen on this device before */               \
    KEY(KEY_FETCHED, "fetched")           /* octets of it that were fetched */                               \
    KEY(KEY_SAVED, "saved")               /* octets that were not */                                         \
    KEY(KEY_SAVED_S, "saved_s")   /* seconds that those would have taken on the way at the rate seen */      \
    KEY(KEY_SEARCH, "search")     /* search keys, as in IMAP */                                              \
    KEY(KEY_PART, "part")         /* of a message: "1.2", as in IMAP */                                      \
    KEY(KEY_ENCODING, "encoding") /* quoted-printable, base64 */                                             \
    KEY(KEY_ENCODED, "encoded")   /* octets of a part as it travels; size is without the encoding */         \
    KEY(KEY_GROWTH, "growth")     /* tenths of a per cent: 333 is a third more */                            \
    KEY(KEY_WHAT, "what")         /* down, cut, delay, loss, answer, record */                               \
    KEY(KEY_ON, "on")             /* the host, program or link */                                            \
    KEY(KEY_VALUE, "value")                                                                                  \
    KEY(KEY_CHAPTER, "chapter") /* from 1 */                                                                 \
    KEY(KEY_TITLE, "title")                                                                                  \
    KEY(KEY_EVENTS, "events")                                                                                \
    KEY(KEY_PACKETS, "packets")                                                                              \
    KEY(KEY_DROPPED, "dropped")                                                                              \
    KEY(KEY_LOOKUPS, "lookups")                                                                              \
    KEY(KEY_ACCEPTED, "accepted")                                                                            \
    KEY(KEY_DELIVERED, "delivered")                                                                          \
    KEY(KEY_QUEUED, "queued")                                                                                \
    KEY(KEY_BOUNCED, "bounced")                                                                              \
    KEY(KEY_RELAYED, "relayed")                                                                              \
    KEY(KEY_REPORTS_DELIVERED, "reports_delivered")                                                          \
    KEY(KEY_DISCARDED, "discarded")                                                                          \
    KEY(KEY_REPORTS, "reports")                                                                              \
    KEY(KEY_WARNINGS, "warnings")                                                                            \
    KEY(KEY_LOST, "lost")                                                                                    \
    KEY(KEY_CHAPTERS, "chapters")

#define KEY_ENUM(id, name) id,
enum key { KEYS(KEY_ENUM) N_KEYS };
#undef KEY_ENUM

extern const char *const event_names[N_EVENTS];
extern const char *const event_keys[N_EVENTS]; /* own keys, parted by spaces */
extern const char *const key_names[N_KEYS];

/* The enumerator of a name, -1 if there is none. */
int event_find(const char *name);
int key_find(const char *name);
int key_find_span(struct span name);

/* Whether records of this event may have the key: a common one, or one of its row. */
bool event_has(enum event event, enum key key);

/* What a key's values are: in JSON, text and ids are strings, the others numbers. */
enum key_kind {
    KEY_IS_TEXT,
    KEY_IS_NUMBER,
    KEY_IS_SECONDS,
    KEY_IS_ID /* a letter and a number, "m1" */
};
enum key_kind key_kind(enum key key);

static inline bool key_is_common(enum key key)
{
    return key <= KEY_WHY;
}

#endif

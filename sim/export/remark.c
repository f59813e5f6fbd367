/* What is worth noticing about a record, and the rule behind it: a row for each event that has either
 * (explain_parts.h has the language of conditions). The first that holds is said. */
#include "export/explain_parts.h"

enum { REMARKS_MAX = 10, RULES_MAX = 7 };

static const struct {
    struct explain_sentence rules[RULES_MAX], remarks[REMARKS_MAX];
} rows[N_EVENTS] = {
    /* clang-format off */
    /* ---- Packets and TCP. */
    [EV_PACKET_SEND] = { { { NULL, "RFC 791 §2.2" } } },
    [EV_PACKET_FORWARD] = { { { NULL, "RFC 791 §2.2" } } },
    [EV_PACKET_ARRIVE] = { { { NULL, "RFC 791 §2.2" } } },
    [EV_PACKET_DROP] = { .remarks = {
        { "why=loss", N_("Lost on the way. Nobody is told; who waits for an answer must notice.") } } },
    [EV_TCP_CONNECT] = { { { NULL, "RFC 9293 §3.5" } }, {
        { "to=?*:25", N_("SMTP runs over TCP: three packets open the connection before a word is said.") },
        { "to=?*:587", N_("Submission is SMTP from a person's program, on a port of its own. It runs over TCP.") },
        { "to=?*:80", N_("HTTP runs over TCP: three packets open the connection before anything is asked for.") },
        { "to=?*:110", N_("POP3 runs over TCP: three packets open the connection before a word is said.") },
        { "to=?*:143", N_("IMAP runs over TCP: three packets open the connection before a word is said.") } } },
    [EV_TCP_ESTABLISHED] = { { { NULL, "RFC 9293 §3.5" } } },
    [EV_TCP_RETRANSMIT] = { {
        { "why=fast", "RFC 5681 §3.2" },
        { NULL, "RFC 6298 §5" } }, {
        { "len", N_("TCP repairs the loss: what was not acknowledged is sent again.") },
        { NULL, N_("No answer to that packet. TCP sends it again, waiting twice as long each time.") } } },
    [EV_TCP_CLOSE] = { { { NULL, "RFC 9293 §3.6" } } },
    [EV_TCP_FAIL] = { {
        { "why=timeout", "RFC 9293 §3.8.3" },
        { NULL, "RFC 9293 §3.5.2" } }, {
        { "why=refused", N_("The host is there, but no program listens on that port.") },
        { "why=reset", N_("The other side broke the connection off (RST).") },
        { "why=timeout", N_("Nobody answers. TCP has tried several times before it gave up.") },
        { NULL, N_("There is no way to that address.") } } },

    /* ---- Reading: POP3, IMAP, HTTP. */
    [EV_AUTH_ACCEPT] = { {
        { "method=USER|APOP", "RFC 1939 §7" },
        { "method=LOGIN", "RFC 3501 §6.2.3" },
        { "method=PLAIN", "RFC 4616 §2" },
        { NULL, "RFC 6265 §4" } } },
    [EV_AUTH_REFUSE] = { {
        { "method=USER|APOP", "RFC 1939 §7" },
        { "method=LOGIN", "RFC 3501 §6.2.3" },
        { "method=PLAIN", "RFC 4616 §2" },
        { NULL, "RFC 6265 §4" } }, {
        { NULL, N_("No mailbox is shown without the right name and password; which of them was wrong is not said.") } } },
    [EV_POP3_COMMAND] = { { 
        { "verb=USER|PASS|APOP|UIDL|TOP", "RFC 1939 §7" },
        { "verb=STAT|LIST|RETR|DELE|NOOP|RSET", "RFC 1939 §5" },
        { "verb=QUIT", "RFC 1939 §6" },
        { "verb=CAPA", "RFC 2449 §5" },
        { NULL, "RFC 1939 §3" } }, {
        { "verb=PASS", N_("The password goes over the wire as it is: whoever listens has it.") },
        { "verb=APOP", N_("Not the password goes over the wire, but a digest of it that is good this once.") },
        { "verb=UIDL", N_("Unique ids: so the program knows what it has fetched before.") },
        { "verb=RETR", N_("The whole message is fetched. It stays on the server until it is deleted there.") },
        { "verb=DELE", N_("Only marked as deleted; RSET would take it back, and without QUIT it stays.") } } },
    [EV_POP3_REPLY] = { { { NULL, "RFC 1939 §3" } } },
    [EV_POP3_STATE] = { {
        { "state=TRANSACTION", "RFC 1939 §4, §5" },
        { "state=UPDATE", "RFC 1939 §6" },
        { NULL, "RFC 1939 §3" } }, {
        { "state=UPDATE role=server", N_("Only now, after QUIT, what was marked is deleted.") } } },
    [EV_IMAP_COMMAND] = { {
        { "verb=LOGIN", "RFC 3501 §6.2.3" },
        { "verb=SELECT", "RFC 3501 §6.3.1" },
        { "verb=*FETCH", "RFC 3501 §6.4.5" },
        { "verb=*STORE", "RFC 3501 §6.4.6" },
        { "verb=*MOVE", "RFC 6851 §3" },
        { "verb=IDLE", "RFC 2177 §3" },
        { NULL, "RFC 3501 §6" } }, {
        { "verb=SELECT", N_("A folder is opened. It stays on the server; other devices may have it open, too.") },
        { "verb=*FETCH line=*HEADER*", N_("Only header lines are fetched: on a slow link the rest can wait.") },
        { "verb=*STORE", N_("A flag is kept on the server, so every device sees it.") },
        { "verb=*SEARCH", N_("The server searches; only the numbers of what it found come back.") },
        { "verb=*MOVE", N_("From one folder to another on the server: the message itself does not travel.") },
        { "verb=IDLE", N_("It waits, and the server tells it when something happens.") },
        { "verb=LOGIN", N_("The password goes over the wire as it is: whoever listens has it.") } } },
    [EV_IMAP_REPLY] = { { { NULL, "RFC 3501 §7" } }, {
        { "line=*EXISTS", N_("How many messages the folder has: also told to those who did not ask.") },
        { "line=*EXPUNGE", N_("A message is gone; those behind it move up by one.") },
        { "tag=+", N_("The server is ready for more.") } } },
    [EV_IMAP_STATE] = { { { NULL, "RFC 3501 §3" } } },
    [EV_HTTP_REQUEST] = { { { NULL, "RFC 9112 §3" } }, {
        { "verb=GET", N_("A pull: the browser asks, and gets one object in one response.") },
        { "verb=HEAD", N_("As GET, but only the header is sent.") },
        { "verb=POST", N_("What was typed into a form goes to the server.") } } },
    [EV_HTTP_RESPONSE] = { { { NULL, "RFC 9110 §15" } }, {
        { "code=3??", N_("It is somewhere else: the browser asks again there.") },
        { "code=4??", N_("The server says that the request was wrong.") },
        { "code=5??", N_("The server could not do it.") } } },
    [EV_HTTP_STATE] = { { { NULL, "RFC 9112 §9.3" } } },
    [EV_MAILBOX_FLAGS] = { { { NULL, "RFC 3501 §2.3.2" } } },
    [EV_MAILBOX_COPY] = { { { NULL, "RFC 3501 §6.4.7" } } },
    [EV_MAILBOX_FOLDER] = { { { NULL, "RFC 3501 §5.1" } } },
    [EV_MIME_ENCODE] = { {
        { "encoding=base64", "RFC 2045 §6.8" },
        { "encoding=quoted-printable", "RFC 2045 §6.7" },
        { NULL, "RFC 2045 §6" } }, {
        { "encoding=base64", N_("SMTP carries 7-bit ASCII: 3 octets become 4 characters, and lines end in CR LF.") },
        { "encoding=quoted-printable", N_("What is ASCII stays readable; every other octet becomes =XX, and = itself =3D.") } } },
    [EV_MIME_DECODE] = { {
        { "encoding=base64", "RFC 2045 §6.8" },
        { "encoding=quoted-printable", "RFC 2045 §6.7" },
        { NULL, "RFC 2045 §6" } } },
    [EV_AGENT_READ] = { .remarks = {
        { "method=pop3 !what=headers", N_("It is on this device now. Another device knows nothing of that.") },
        { "method=imap", N_("It stays on the server: every device sees the same folders and flags.") } } },

    /* ---- DNS. */
    [EV_DNS_LOOKUP] = { { { NULL, "RFC 1034 §5.3.1" } } },
    [EV_DNS_RESULT] = { { { NULL, "RFC 1034 §5.3.1" } } },
    [EV_DNS_QUERY] = { { { NULL, "RFC 1034 §5.3.3" } } },
    [EV_DNS_RESPONSE] = { {
        { "kind=nxdomain|nodata", "RFC 2308 §2" },
        { NULL, "RFC 1034 §4.3.2" } }, {
        { "kind=referral rcode=NOERROR !aa",
          N_("A referral: not the answer, but who is closer to it. That one is asked next.") },
        { "kind=referral", NULL },
        { "kind=nxdomain count", N_("The name exists, as an alias; what it stands for does not.") },
        { "kind=nxdomain",
          N_("The name does not exist. Even that is remembered for a while (negative caching).") },
        { "kind=nodata", N_("The name exists, but has no record of this type.") },
        { "kind=truncated",
          N_("The answer does not fit a UDP datagram, so it is asked for again over TCP.") },
        { "kind=error", N_("The server could not say. Another server, or a later try, may know.") },
        { "aa=1", N_("An authoritative answer: this server holds the records itself.") },
        { "ra=1", N_("It passes on what it found out for whoever asked, or remembered.") } } },
    [EV_DNS_TIMEOUT] = { { { NULL, "RFC 1035 §7.2" } } },
    [EV_DNS_IGNORE] = { { { NULL, "RFC 5452 §9.1" } } },
    [EV_DNS_CACHE_HIT] = { { { NULL, "RFC 1034 §4.3.5, RFC 1035 §7.4" } }, {
        { "kind=referral",
          N_("It remembers who serves that zone, so the walk begins there and not at the root.") },
        { NULL, N_("From the cache: no other server is asked.") } } },
    [EV_DNS_CACHE_MISS] = { { { NULL, "RFC 1034 §4.3.5, RFC 1035 §7.4" } } },
    [EV_DNS_CACHE_STORE] = { { { NULL, "RFC 1034 §4.3.5, RFC 1035 §7.4" } } },
    [EV_DNS_CACHE_EXPIRE] = { { { NULL, "RFC 1034 §4.3.5, RFC 1035 §7.4" } } },
    [EV_DNS_GIVE_UP] = { { { NULL, "RFC 1035 §7.2" } }, {
        { "why=silent", N_("No server answered. Whoever asked has to try again later.") },
        { NULL, N_("Nobody could say. Whoever asked gets an error, SERVFAIL.") } } },

    /* ---- SMTP. */
    [EV_SMTP_COMMAND] = { {
        { "verb=EHLO|HELO", "RFC 5321 §3.2, §4.1.1.1" },
        { "verb=MAIL", "RFC 5321 §3.3, §4.1.1.2" },
        { "verb=RCPT", "RFC 5321 §3.3, §4.1.1.3" },
        { "verb=DATA", "RFC 5321 §3.3, §4.1.1.4" },
        { "verb=QUIT", "RFC 5321 §4.1.1.10" },
        { NULL, "RFC 5321 §4.1" } }, {
        { "verb=EHLO|HELO", N_("The handshake: the client says who it is, and the server what it can do.") },
        { "verb=MAIL", N_("The envelope's sender. It need not be the From: line inside the letter.") },
        { "verb=RCPT", N_("The envelope's recipient. The server decides about each one.") },
        { "verb=QUIT", N_("The closure: nothing more to send.") } } },
    /* "554 5.5.1 No valid recipients" says nothing of its own: each RCPT has had its answer. */
    [EV_SMTP_REPLY] = { { { NULL, "RFC 5321 §4.2" } }, {
        { "code=220", N_("The greeting: in SMTP the server speaks first.") },
        { "code=354", N_("From here on lines are the message, until one that is a single dot.") },
        { "code=4??", N_("4xx: not now. The sender keeps the mail in its queue and tries again later.") },
        { "code>499 !line=554?5.5.1*",
          N_("5xx: no, and trying again will not help. The sender is told by mail.") } } },
    [EV_SMTP_DATA] = { { { NULL, "RFC 5321 §4.5.2" } }, {
        { "stuffed",
          N_("A line that begins with a dot gets a second one, so that it is not taken for the end.") } } },
    [EV_SMTP_STATE] = { { { NULL, "RFC 5321 §4.1.4" } } },

    /* ---- Queues and mailboxes. */
    [EV_QUEUE_ADD] = { { { NULL, "RFC 5321 §6.1" } }, {
        { NULL, N_("The server has taken responsibility: the agent can go offline now.") } } },
    [EV_QUEUE_ATTEMPT] = { { { NULL, "RFC 5321 §4.5.4.1" } } },
    [EV_QUEUE_ROUTE] = { { { NULL, "RFC 5321 §5.1" } }, {
        { "hosts", N_("Hosts in order of preference: the lowest number is tried first.") } } },
    [EV_QUEUE_DEFER] = { { { NULL, "RFC 5321 §4.5.4.1" } }, {
        { NULL, N_("The message stays in the queue; the sender need not do anything.") } } },
    [EV_QUEUE_DONE] = { { { NULL, "RFC 5321 §6.1" } } },
    [EV_QUEUE_BOUNCE] = { { { NULL, "RFC 5321 §6.1, RFC 3464" } }, {
        { "why=null_sender",
          N_("A report that cannot be delivered is dropped: reports about reports would never end.") },
        { NULL, N_("The server gives up, takes the message out of its queue, and writes to the sender.") } } },
    [EV_QUEUE_WARN] = { { { NULL, "RFC 3464 §2.3.3" } }, {
        { NULL, N_("A delay warning: the server goes on trying.") } } },
    [EV_MAILBOX_STORE] = { { { NULL, "RFC 5321 §4.4" } }, {
        { NULL, N_("Delivered: it waits in the mailbox until its reader comes to fetch it.") } } },

    /* ---- People. */
    [EV_AGENT_COMPOSE] = { { { NULL, "RFC 5322 §3.6" } } },
    [EV_AGENT_SUBMIT] = { { { NULL, "RFC 5321 §2.3.3, §3.1" } } },
    [EV_AGENT_SENT] = { { { NULL, "RFC 5321 §2.3.3, §3.1" } } },
    [EV_AGENT_LOST] = { { { NULL, "RFC 5321 §2.3.3, §3.1" } }, {
        { NULL, N_("An agent has no queue: nobody will try again for it.") } } },
    /* clang-format on */
};

const char *explain_remark(const struct record *r)
{
    return r->event < N_EVENTS ? explain_pick(rows[r->event].remarks, REMARKS_MAX, r) : NULL;
}

const char *explain_rule(const struct record *r)
{
    return r->event < N_EVENTS ? explain_pick(rows[r->event].rules, RULES_MAX, r) : NULL;
}

const char *explain_remark_text(unsigned *i)
{
    for (unsigned e = 0; e < N_EVENTS; e++)
        for (unsigned k = 0; k < REMARKS_MAX; k++)
            if (rows[e].remarks[k].text != NULL && (*i)-- == 0)
                return rows[e].remarks[k].text;
    return NULL;
}

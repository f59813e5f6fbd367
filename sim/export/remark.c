/* What is worth noticing about a record, and the rule behind it. */
#include "export/explain.h"

#include "export/explain_fields.h"

static const char *remark_response(const struct record *r)
{
    if (is(r, KEY_KIND, "referral")) {
        if (is(r, KEY_RCODE, "NOERROR") && number(r, KEY_AA) == 0)
            return "A referral: not the answer, but who is closer to it. That one is asked next.";
        return NULL;
    }
    if (is(r, KEY_KIND, "nxdomain") && number(r, KEY_COUNT) > 0)
        return "The name exists, as an alias; what it stands for does not.";
    if (is(r, KEY_KIND, "nxdomain"))
        return "The name does not exist. Even that is remembered for a while (negative caching).";
    if (is(r, KEY_KIND, "nodata"))
        return "The name exists, but has no record of this type.";
    if (is(r, KEY_KIND, "truncated"))
        return "The answer does not fit a UDP datagram, so it is asked for again over TCP.";
    if (is(r, KEY_KIND, "error"))
        return "The server could not say. Another server, or a later try, may know.";
    if (number(r, KEY_AA) == 1)
        return "An authoritative answer: this server holds the records itself.";
    return number(r, KEY_RA) == 1 ? "It passes on what it found out for whoever asked, or remembered." : NULL;
}

static const char *remark_connect(const struct record *r)
{
    static const struct {
        const char *port, *remark;
    } ports[] = {
        { ":25", "SMTP runs over TCP: three packets open the connection before a word is said." },
        { ":587", "Submission is SMTP from a person's program, on a port of its own. It runs over TCP." },
        { ":80", "HTTP runs over TCP: three packets open the connection before anything is asked for." },
        { ":110", "POP3 runs over TCP: three packets open the connection before a word is said." },
        { ":143", "IMAP runs over TCP: three packets open the connection before a word is said." },
    };
    struct span to = text(r, KEY_TO);

    for (size_t i = 0; i < G_N_ELEMENTS(ports); i++) {
        struct span port = span_of(ports[i].port);
        if (to.len > port.len && span_is(span_bytes(to.at + to.len - port.len, port.len), port))
            return ports[i].remark;
    }
    return NULL;
}

static const char *remark_command(const struct record *r)
{
    if (is(r, KEY_VERB, "EHLO") || is(r, KEY_VERB, "HELO"))
        return "The handshake: the client says who it is, and the server what it can do.";
    if (is(r, KEY_VERB, "MAIL"))
        return "The envelope's sender. It need not be the From: line inside the letter.";
    if (is(r, KEY_VERB, "RCPT"))
        return "The envelope's recipient. The server decides about each one.";
    if (is(r, KEY_VERB, "QUIT"))
        return "The closure: nothing more to send.";
    return NULL;
}

static const char *remark_reply(const struct record *r)
{
    int64_t code = number(r, KEY_CODE);

    if (code == 220)
        return "The greeting: in SMTP the server speaks first.";
    if (code == 354)
        return "From here on lines are the message, until one that is a single dot.";
    if (code >= 400 && code < 500)
        return "4xx: not now. The sender keeps the mail in its queue and tries again later.";
    /* "554 5.5.1 No valid recipients" says nothing of its own: each RCPT has had its answer. */
    if (code >= 500 && !span_starts_nocase(text(r, KEY_LINE), SPAN("554 5.5.1")))
        return "5xx: no, and trying again will not help. The sender is told by mail.";
    return NULL;
}

/* ---- Reading. */

static const char *remark_pop3(const struct record *r)
{
    static const struct {
        const char *verb, *remark;
    } verbs[] = {
        { "USER", "The login: POP3's AUTHORIZATION. Name and password can be read by all on the way." },
        { "APOP", "The login: it proves that the password is known, and does not say it." },
        { "STAT",
          "How much is there? The mailbox is locked, and its messages are numbered for this session." },
        { "RETR", "Download: the whole message, whether its reader wants all of it or not." },
        { "TOP", "The header and so many lines: enough to see whether the rest is worth fetching." },
        { "DELE", "Marked as deleted. It is there until QUIT, and stays if the connection breaks." },
        { "QUIT", "UPDATE: only now what was marked is deleted." },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++)
        if (is(r, KEY_VERB, verbs[i].verb))
            return verbs[i].remark;
    return NULL;
}

static const char *remark_imap(const struct record *r)
{
    static const struct {
        const char *verb, *remark;
    } verbs[] = {
        { "LOGIN", "The login. Name and password can be read by all on the way." },
        { "SELECT", "A folder is opened. Mail stays on the server, and so do its folders." },
        { "FETCH", "Of a message only what is asked for travels: its flags, its header, or one part." },
        { "STORE", "Flags are kept on the server, so every device of the reader sees them." },
        { "SEARCH", "The server searches, so that nothing need travel but the numbers of what is found." },
        { "MOVE", "From folder to folder, on the server: the message does not travel." },
        { "COPY", "A copy in another folder, made on the server: the message does not travel." },
        { "IDLE", "The client waits, and the server tells it of news when there are some." },
        { "EXPUNGE", "What is marked as deleted is removed." },
    };
    struct span verb = text(r, KEY_VERB);

    if (span_starts_nocase(verb, SPAN("UID ")))
        verb = span_bytes(verb.at + 4, verb.len - 4);
    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++)
        if (span_is(verb, span_of(verbs[i].verb)))
            return verbs[i].remark;
    return NULL;
}

static const char *remark_http(const struct record *r)
{
    int64_t code = number(r, KEY_CODE);

    if (code == 301 || code == 302)
        return "It is elsewhere: the browser asks again, at Location.";
    if (code == 303)
        return "The form is taken; the browser now asks for the page at Location.";
    if (code == 404)
        return "404: the server is there, and has no such thing.";
    return NULL;
}

static const char *remark_reading(const struct record *r)
{
    switch ((int)r->event) {
    case EV_AUTH_REFUSE:
        return "A wrong password and an unknown user get the same answer, so that nobody learns who is there.";
    case EV_POP3_COMMAND:
        return remark_pop3(r);
    case EV_IMAP_COMMAND:
        return remark_imap(r);
    case EV_HTTP_REQUEST:
        return is(r, KEY_VERB, "POST")
                   ? "POST takes a filled-in form to the server."
                   : "In HTTP the client speaks first, and asks for one object at a time.";
    case EV_HTTP_RESPONSE:
        return remark_http(r);
    case EV_MAILBOX_FLAGS:
        return "Flags belong to the message in its folder: every device that looks there sees them.";
    case EV_AGENT_READ:
        return number(r, KEY_SAVED) > 0
                   ? "Only what was asked for has travelled; the rest stays on the server."
                   : NULL;
    default:
        return NULL;
    }
}

const char *explain_remark(const struct record *r)
{
    switch ((int)r->event) {
    case EV_DNS_RESPONSE:
        return remark_response(r);
    case EV_DNS_CACHE_HIT:
        return is(r, KEY_KIND, "referral")
                   ? "It remembers who serves that zone, so the walk begins there and not at the root."
                   : "From the cache: no other server is asked.";
    case EV_DNS_GIVE_UP:
        return has_why(r, "silent") ? "No server answered. Whoever asked has to try again later."
                                    : "Nobody could say. Whoever asked gets an error, SERVFAIL.";
    case EV_SMTP_COMMAND:
        return remark_command(r);
    case EV_SMTP_REPLY:
        return remark_reply(r);
    case EV_SMTP_DATA:
        return number(r, KEY_STUFFED) > 0
                   ? "A line that begins with a dot gets a second one, so that it is not taken for the end."
                   : NULL;
    case EV_TCP_CONNECT:
        return remark_connect(r);
    case EV_TCP_RETRANSMIT:
        return number(r, KEY_LEN) > 0
                   ? "TCP repairs the loss: what was not acknowledged is sent again."
                   : "No answer to that packet. TCP sends it again, waiting twice as long each time.";
    case EV_TCP_FAIL:
        return has_why(r, "refused")   ? "The host is there, but no program listens on that port."
               : has_why(r, "reset")   ? "The other side broke the connection off (RST)."
               : has_why(r, "timeout") ? "Nobody answers. TCP has tried several times before it gave up."
                                       : "There is no way to that address.";
    case EV_QUEUE_ADD:
        return "The server has taken responsibility: the agent can go offline now.";
    case EV_QUEUE_ROUTE:
        return text(r, KEY_HOSTS).len > 0 ? "Hosts in order of preference: the lowest number is tried first."
                                          : NULL;
    case EV_QUEUE_DEFER:
        return "The message stays in the queue; the sender need not do anything.";
    case EV_QUEUE_BOUNCE:
        return has_why(r, "null_sender")
                   ? "A report that cannot be delivered is dropped: reports about reports would never end."
                   : "The server gives up, takes the message out of its queue, and writes to the sender.";
    case EV_QUEUE_WARN:
        return "A delay warning: the server goes on trying.";
    case EV_MAILBOX_STORE:
        return "Delivered: it waits in the mailbox until its reader comes to fetch it.";
    case EV_AGENT_LOST:
        return "An agent has no queue: nobody will try again for it.";
    case EV_PACKET_DROP:
        return has_why(r, "loss") ? "Lost on the way. Nobody is told; who waits for an answer must notice."
                                  : NULL;
    default:
        return remark_reading(r);
    }
}

static const char *rule_command(const struct record *r)
{
    if (is(r, KEY_VERB, "EHLO") || is(r, KEY_VERB, "HELO"))
        return "RFC 5321 §3.2, §4.1.1.1";
    if (is(r, KEY_VERB, "MAIL"))
        return "RFC 5321 §3.3, §4.1.1.2";
    if (is(r, KEY_VERB, "RCPT"))
        return "RFC 5321 §3.3, §4.1.1.3";
    if (is(r, KEY_VERB, "DATA"))
        return "RFC 5321 §3.3, §4.1.1.4";
    if (is(r, KEY_VERB, "QUIT"))
        return "RFC 5321 §4.1.1.10";
    return "RFC 5321 §4.1";
}

const char *explain_rule(const struct record *r)
{
    switch (r->event) {
    case EV_PACKET_SEND:
    case EV_PACKET_FORWARD:
    case EV_PACKET_ARRIVE:
        return "RFC 791 §2.2";
    case EV_TCP_CONNECT:
    case EV_TCP_ESTABLISHED:
        return "RFC 9293 §3.5";
    case EV_TCP_RETRANSMIT:
        return has_why(r, "fast") ? "RFC 5681 §3.2" : "RFC 6298 §5";
    case EV_TCP_CLOSE:
        return "RFC 9293 §3.6";
    case EV_TCP_FAIL:
        return has_why(r, "timeout") ? "RFC 9293 §3.8.3" : "RFC 9293 §3.5.2";
    case EV_DNS_LOOKUP:
    case EV_DNS_RESULT:
        return "RFC 1034 §5.3.1";
    case EV_DNS_QUERY:
        return "RFC 1034 §5.3.3";
    case EV_DNS_RESPONSE:
        return is(r, KEY_KIND, "nxdomain") || is(r, KEY_KIND, "nodata") ? "RFC 2308 §2" : "RFC 1034 §4.3.2";
    case EV_DNS_TIMEOUT:
    case EV_DNS_GIVE_UP:
        return "RFC 1035 §7.2";
    case EV_DNS_IGNORE:
        return "RFC 5452 §9.1";
    case EV_DNS_CACHE_HIT:
    case EV_DNS_CACHE_MISS:
    case EV_DNS_CACHE_STORE:
    case EV_DNS_CACHE_EXPIRE:
        return "RFC 1034 §4.3.5, RFC 1035 §7.4";
    case EV_SMTP_COMMAND:
        return rule_command(r);
    case EV_SMTP_REPLY:
        return "RFC 5321 §4.2";
    case EV_SMTP_DATA:
        return "RFC 5321 §4.5.2";
    case EV_SMTP_STATE:
        return "RFC 5321 §4.1.4";
    case EV_QUEUE_ADD:
        return "RFC 5321 §6.1";
    case EV_QUEUE_ROUTE:
        return "RFC 5321 §5.1";
    case EV_QUEUE_ATTEMPT:
    case EV_QUEUE_DEFER:
        return "RFC 5321 §4.5.4.1";
    case EV_QUEUE_DONE:
        return "RFC 5321 §6.1";
    case EV_QUEUE_BOUNCE:
        return "RFC 5321 §6.1, RFC 3464";
    case EV_QUEUE_WARN:
        return "RFC 3464 §2.3.3";
    case EV_MAILBOX_STORE:
        return "RFC 5321 §4.4";
    case EV_AGENT_COMPOSE:
        return "RFC 5322 §3.6";
    case EV_MIME_ENCODE:
    case EV_MIME_DECODE:
        return is(r, KEY_ENCODING, "base64") ? "RFC 2045 §6.8" : "RFC 2045 §6.7";
    case EV_AGENT_SUBMIT:
    case EV_AGENT_SENT:
    case EV_AGENT_LOST:
        return "RFC 5321 §2.3.3, §3.1";
    case EV_AUTH_ACCEPT:
    case EV_AUTH_REFUSE:
        return is(r, KEY_METHOD, "USER")    ? "RFC 1939 §7"
               : is(r, KEY_METHOD, "APOP")  ? "RFC 1939 §7"
               : is(r, KEY_METHOD, "LOGIN") ? "RFC 3501 §6.2.3"
               : is(r, KEY_METHOD, "PLAIN") ? "RFC 4616 §2"
                                            : "RFC 6265 §4";
    case EV_POP3_COMMAND:
    case EV_POP3_REPLY:
        return "RFC 1939 §3";
    case EV_POP3_STATE:
        return is(r, KEY_STATE, "UPDATE") ? "RFC 1939 §6" : "RFC 1939 §3";
    case EV_IMAP_COMMAND:
        return "RFC 3501 §2.2.1";
    case EV_IMAP_REPLY:
        return "RFC 3501 §7";
    case EV_IMAP_STATE:
        return "RFC 3501 §3";
    case EV_HTTP_REQUEST:
        return "RFC 9112 §3";
    case EV_HTTP_RESPONSE:
        return "RFC 9110 §15";
    case EV_HTTP_STATE:
        return "RFC 9112 §9.3";
    case EV_MAILBOX_FLAGS:
        return "RFC 3501 §2.3.2";
    case EV_MAILBOX_COPY:
        return "RFC 3501 §6.4.7, RFC 6851";
    case EV_MAILBOX_FOLDER:
        return "RFC 3501 §5.1";
    case EV_HTTP_PAGE:
    case EV_AGENT_READ:
    case EV_AGENT_CHECK:
    case EV_AGENT_FAIL:
    case EV_AGENT_FOUND:
    case EV_PACKET_DROP:
    case EV_MAILBOX_DELETE:
    case EV_FAULT_BEGIN:
    case EV_FAULT_END:
    case EV_NOTE:
    case EV_RUN_END:
    case N_EVENTS:
        return NULL;
    }
    return NULL;
}

#include "export/explain.h"

#include <string.h>

enum explain_family explain_family(enum event event)
{
    switch (event) {
    case EV_PACKET_SEND:
    case EV_PACKET_FORWARD:
    case EV_PACKET_ARRIVE:
    case EV_TCP_CONNECT:
    case EV_TCP_ESTABLISHED:
    case EV_TCP_RETRANSMIT:
    case EV_TCP_CLOSE:
        return FAMILY_TCP;
    case EV_PACKET_DROP:
    case EV_TCP_FAIL:
    case EV_FAULT_BEGIN:
    case EV_FAULT_END:
    case EV_AGENT_LOST:
        return FAMILY_FAULT;
    case EV_DNS_LOOKUP:
    case EV_DNS_RESULT:
    case EV_DNS_QUERY:
    case EV_DNS_RESPONSE:
    case EV_DNS_TIMEOUT:
    case EV_DNS_IGNORE:
    case EV_DNS_CACHE_HIT:
    case EV_DNS_CACHE_MISS:
    case EV_DNS_CACHE_STORE:
    case EV_DNS_CACHE_EXPIRE:
    case EV_DNS_GIVE_UP:
        return FAMILY_DNS;
    case EV_SMTP_COMMAND:
    case EV_SMTP_REPLY:
    case EV_SMTP_DATA:
    case EV_SMTP_STATE:
        return FAMILY_SMTP;
    case EV_QUEUE_ADD:
    case EV_QUEUE_ATTEMPT:
    case EV_QUEUE_ROUTE:
    case EV_QUEUE_DEFER:
    case EV_QUEUE_DONE:
    case EV_QUEUE_BOUNCE:
    case EV_QUEUE_WARN:
    case EV_MAILBOX_STORE:
    case EV_MAILBOX_DELETE:
        return FAMILY_QUEUE;
    case EV_AGENT_COMPOSE:
    case EV_AGENT_SUBMIT:
    case EV_AGENT_SENT:
        return FAMILY_PERSON;
    case EV_NOTE:
    case EV_RUN_END:
    case N_EVENTS:
        return FAMILY_STORY;
    }
    return FAMILY_STORY;
}

/* ---- Fields, as text or number; an absent one is "" or 0. */

static struct span text(const struct record *r, enum key key)
{
    const struct field *f = record_field(r, key);
    return f != NULL && f->kind == FIELD_TEXT ? f->text : (struct span){ "", 0 };
}

static int64_t number(const struct record *r, enum key key)
{
    const struct field *f = record_field(r, key);
    return f != NULL && f->kind != FIELD_TEXT ? f->number : 0;
}

static bool is(const struct record *r, enum key key, const char *value)
{
    return span_is(text(r, key), span_of(value));
}

static void put(GString *out, struct span s)
{
    g_string_append_len(out, s.at, (gssize)s.len);
}

static void put_field(GString *out, const struct record *r, enum key key)
{
    const struct field *f = record_field(r, key);
    char buf[TIME_DURATION_MAX];

    if (f == NULL)
        return;
    switch (f->kind) {
    case FIELD_TEXT:
        put(out, f->text);
        break;
    case FIELD_NUMBER:
        g_string_append_printf(out, "%" G_GINT64_FORMAT, f->number);
        break;
    case FIELD_TIME:
        g_string_append(out, time_duration(buf, f->number));
        break;
    case FIELD_ID:
        g_string_append_printf(out, "%c%" G_GINT64_FORMAT, f->letter, f->number);
        break;
    }
}

/* A sentence is made of pieces: before, a field, after. */
static void say(GString *out, const struct record *r, const char *before, enum key key, const char *after)
{
    g_string_append(out, before);
    put_field(out, r, key);
    g_string_append(out, after);
}

static void put_size(GString *out, int64_t octets)
{
    if (octets >= 10000)
        g_string_append_printf(out, "%.1f KB", (double)octets / 1000);
    else
        g_string_append_printf(out, "%d octets", (int)octets);
}

/* ---- DNS. */

static void say_response(const struct record *r, GString *out)
{
    if (is(r, KEY_KIND, "referral"))
        say(out, r, "I don't know, ask ", KEY_ANSWER, "");
    else if (is(r, KEY_KIND, "nodata"))
        say(out, r, "there is no ", KEY_TYPE, " record of that name");
    else if (is(r, KEY_KIND, "nxdomain"))
        say(out, r, "no such name: ", KEY_NAME, "");
    else if (is(r, KEY_KIND, "truncated"))
        g_string_append(out, "too long for UDP: ask by TCP");
    else if (is(r, KEY_KIND, "error"))
        say(out, r, "", KEY_RCODE, "");
    else
        say(out, r, "", KEY_ANSWER, "");
}

static const char *remark_response(const struct record *r)
{
    if (is(r, KEY_KIND, "referral")) {
        if (is(r, KEY_RCODE, "NOERROR") && number(r, KEY_AA) == 0)
            return "A referral: not the answer, but who is closer to it. The local server goes there next.";
        return NULL;
    }
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
    return number(r, KEY_RA) == 1 ? "The local server passes on what it found out, or remembered." : NULL;
}

/* ---- Queue. */

static const char *why_in_words(const char *why)
{
    static const struct {
        const char *why, *words;
    } words[] = {
        { "refused", "connection refused" },
        { "reset", "the connection was reset" },
        { "timeout", "no answer" },
        { "unreachable", "no way there" },
        { "reply", "the server said no" },
        { "dns", "the name could not be looked up now" },
        { "no_mx", "the domain takes no mail" },
        { "null_mx", "the domain says that it takes no mail" },
        { "no_domain", "there is no such domain" },
        { "loop", "it would go round in circles" },
        { "expired", "tried for too long" },
        { "null_sender", "nobody to tell" },
        { "greylist", "the server asks to come back later" },
        { "loss", "lost on the way" },
        { "queue_full", "the queue of the link is full" },
        { "link_cut", "the link is cut" },
        { "host_down", "the host is down" },
        { "no_route", "no way there" },
        { "ttl", "too many hops" },
        { "fast", "three duplicate ACKs" },
        { "probe", "the peer's window is closed" },
        { "gave_up", "tried for too long" },
        { "full", "to make room" },
        { "silent", "no server answers" },
        { "depth", "too many look-ups within look-ups" },
        { "limit", "too many questions for one look-up" },
        { "no servers", "no server is known" },
        { "servfail", "the server has failed" },
        { "lame", "the server does not serve that zone" },
        { "sideways", "a referral that leads no closer" },
        { "source", "it comes from somebody else" },
        { "id", "its id is another" },
        { "question", "it answers another question" },
        { "malformed", "it makes no sense" },
        { "bailiwick", "that server has no say over the name" },
    };

    for (size_t i = 0; why != NULL && i < G_N_ELEMENTS(words); i++)
        if (strcmp(words[i].why, why) == 0)
            return words[i].words;
    return why;
}

static void put_why(GString *out, const struct record *r, const char *before)
{
    if (r->why != NULL)
        g_string_append_printf(out, "%s%s", before, why_in_words(r->why));
}

/* As exact as people want it: whole minutes of a long wait, whole seconds of a short one. */
static sim_time about(sim_time wait)
{
    sim_time unit = wait >= 10 * SIM_MINUTE ? SIM_MINUTE : wait >= SIM_SECOND ? SIM_SECOND : SIM_MS;
    return (wait + unit / 2) / unit * unit;
}

static void say_defer(const struct record *r, GString *out)
{
    const struct field *next = record_field(r, KEY_NEXT);
    char buf[TIME_DURATION_MAX];

    say(out, r, "", KEY_QUEUE, " waits");
    if (text(r, KEY_LINE).len > 0)
        say(out, r, ": ", KEY_LINE, "");
    else
        put_why(out, r, ": ");
    if (next != NULL)
        g_string_append_printf(out, "; next try in %s", time_duration(buf, about(next->number - r->time)));
}

static void say_queue(const struct record *r, GString *out)
{
    if (r->event == EV_QUEUE_ADD) {
        say(out, r, "", KEY_QUEUE, " into the queue, for ");
        put_field(out, r, KEY_RECIPIENTS);
    } else if (r->event == EV_QUEUE_ATTEMPT) {
        say(out, r, "", KEY_QUEUE, ": try ");
        say(out, r, "", KEY_TRIES, " for ");
        put_field(out, r, KEY_DOMAIN);
    } else if (r->event == EV_QUEUE_ROUTE) {
        say(out, r, "mail for ", KEY_DOMAIN, " goes to ");
        put_field(out, r, KEY_HOSTS);
    } else if (r->event == EV_QUEUE_DEFER) {
        say_defer(r, out);
    } else if (r->event == EV_QUEUE_DONE) {
        say(out, r, "", KEY_QUEUE, " is done with ");
        put_field(out, r, KEY_RECIPIENT);
    } else if (r->event == EV_QUEUE_BOUNCE) {
        say(out, r, "", KEY_QUEUE, " gives up on ");
        put_field(out, r, KEY_RECIPIENT);
        if (text(r, KEY_LINE).len > 0)
            say(out, r, ": ", KEY_LINE, "");
        else
            put_why(out, r, ": ");
    } else {
        say(out, r, "", KEY_QUEUE, " is late: ");
        say(out, r, "the sender of the mail to ", KEY_RECIPIENT, " is told");
    }
}

static void say_mailbox(const struct record *r, GString *out)
{
    if (r->event == EV_MAILBOX_DELETE) {
        say(out, r, "removed from ", KEY_USER, "'s mailbox");
        return;
    }
    say(out, r, "into ", KEY_USER, "'s mailbox");
    if (text(r, KEY_SUBJECT).len > 0)
        say(out, r, ": \"", KEY_SUBJECT, "\"");
}

/* ---- Faults. */

static void say_fault(const struct record *r, GString *out)
{
    bool begins = r->event == EV_FAULT_BEGIN;

    put_field(out, r, KEY_ON);
    if (is(r, KEY_VALUE, "still down") || is(r, KEY_VALUE, "still cut") || is(r, KEY_VALUE, "still up"))
        say(out, r, " is ", KEY_VALUE, ""); /* another fault, or a repair, has the last word */
    else if (is(r, KEY_WHAT, "down"))
        g_string_append(out, begins ? " goes down" : " is up again");
    else if (is(r, KEY_WHAT, "cut"))
        g_string_append(out, begins ? ": the link is cut" : ": the link is mended");
    else {
        say(out, r, ": ", KEY_WHAT, "");
        if (!begins)
            g_string_append(out, " as before");
        else if (record_field(r, KEY_VALUE) != NULL)
            say(out, r, " ", KEY_VALUE, "");
    }
}

/* ---- TCP and packets. */

static void put_proto(GString *out, const struct record *r)
{
    struct span proto = text(r, KEY_PROTO);

    for (size_t i = 0; i < proto.len; i++)
        g_string_append_c(out, g_ascii_toupper(proto.at[i]));
}

static void say_drop(const struct record *r, GString *out)
{
    put_proto(out, r);
    g_string_append(out, " packet lost");
    if (r->why != NULL && strcmp(r->why, "loss") != 0)
        put_why(out, r, ": ");
}

static void say_packet(const struct record *r, GString *out)
{
    struct span info = text(r, KEY_INFO), flags = text(r, KEY_FLAGS);

    if (info.len > 0)
        put(out, info);
    else if (flags.len > 0)
        put(out, flags);
    else
        put_proto(out, r);
    if (number(r, KEY_LEN) > 0)
        say(out, r, ", ", KEY_LEN, " octets");
}

static void say_tcp(const struct record *r, GString *out)
{
    switch ((int)r->event) {
    case EV_TCP_CONNECT:
        say(out, r, "opens TCP to ", KEY_TO, "");
        break;
    case EV_TCP_ESTABLISHED:
        g_string_append(out, "TCP is open");
        break;
    case EV_TCP_RETRANSMIT:
        g_string_append(out, "sent again");
        put_why(out, r, ": ");
        break;
    case EV_TCP_CLOSE:
        g_string_append(out, "TCP is closed");
        break;
    default:
        g_string_append(out, "TCP fails");
        put_why(out, r, ": ");
    }
}

static void say_run_end(const struct record *r, GString *out)
{
    static const struct {
        enum key key;
        const char *what;
    } totals[] = {
        { KEY_DELIVERED, "delivered" },     { KEY_QUEUED, "still queued" }, { KEY_BOUNCED, "bounced" },
        { KEY_WARNINGS, "delay warnings" }, { KEY_LOST, "lost" },           { KEY_LOOKUPS, "look-ups" },
        { KEY_PACKETS, "packets" },
    };
    const char *comma = "";

    for (size_t i = 0; i < G_N_ELEMENTS(totals); i++)
        if (number(r, totals[i].key) > 0) {
            g_string_append_printf(out, "%s%" G_GINT64_FORMAT " %s", comma, number(r, totals[i].key),
                                   totals[i].what);
            comma = ", ";
        }
}

void explain_line(const struct record *r, GString *out)
{
    switch (r->event) {
    case EV_PACKET_SEND:
    case EV_PACKET_FORWARD:
    case EV_PACKET_ARRIVE:
        say_packet(r, out);
        break;
    case EV_PACKET_DROP:
        say_drop(r, out);
        break;
    case EV_TCP_CONNECT:
    case EV_TCP_ESTABLISHED:
    case EV_TCP_RETRANSMIT:
    case EV_TCP_CLOSE:
    case EV_TCP_FAIL:
        say_tcp(r, out);
        break;
    case EV_DNS_LOOKUP:
        say(out, r, "looks up ", KEY_TYPE, " ");
        put_field(out, r, KEY_NAME);
        break;
    case EV_DNS_RESULT:
        say(out, r, "", KEY_NAME, ": ");
        if (number(r, KEY_COUNT) > 0)
            put_field(out, r, KEY_ANSWER);
        else if (r->why != NULL)
            g_string_append(out, why_in_words(r->why));
        else
            put_field(out, r, KEY_RCODE);
        break;
    case EV_DNS_QUERY:
        say(out, r, "", KEY_TYPE, " ");
        say(out, r, "", KEY_NAME, "?");
        if (is(r, KEY_TRANSPORT, "tcp"))
            g_string_append(out, " (TCP)");
        break;
    case EV_DNS_RESPONSE:
        say_response(r, out);
        break;
    case EV_DNS_TIMEOUT:
        say(out, r, "no answer about ", KEY_NAME, "");
        if (r->why != NULL)
            g_string_append(out, ": nobody listens there");
        break;
    case EV_DNS_IGNORE:
        say(out, r, "does not believe an answer about ", KEY_NAME, "");
        put_why(out, r, ": ");
        break;
    case EV_DNS_CACHE_HIT:
        say(out, r, "cached: ", KEY_TYPE, " ");
        say(out, r, "", KEY_NAME, ", ");
        say(out, r, "", KEY_TTL, " s left");
        break;
    case EV_DNS_CACHE_MISS:
        say(out, r, "", KEY_TYPE, " ");
        say(out, r, "", KEY_NAME, " is not in the cache");
        break;
    case EV_DNS_CACHE_STORE:
        say(out, r, "remembers ", KEY_TYPE, " ");
        say(out, r, "", KEY_NAME, " for ");
        say(out, r, "", KEY_TTL, " s");
        break;
    case EV_DNS_CACHE_EXPIRE:
        say(out, r, "forgets ", KEY_TYPE, " ");
        say(out, r, "", KEY_NAME, "");
        break;
    case EV_DNS_GIVE_UP:
        say(out, r, "gives up on ", KEY_NAME, "");
        if (r->why != NULL && strcmp(r->why, "refused") == 0)
            g_string_append(out, ": the server refuses to answer");
        else
            put_why(out, r, ": ");
        break;
    case EV_SMTP_COMMAND:
    case EV_SMTP_REPLY:
        put_field(out, r, KEY_LINE);
        if (number(r, KEY_LINES) > 1)
            say(out, r, " (", KEY_LINES, " lines)");
        break;
    case EV_SMTP_DATA:
        g_string_append(out, "the message, ");
        put_size(out, number(r, KEY_SIZE));
        g_string_append(out, ", then a lone dot");
        break;
    case EV_SMTP_STATE:
        say(out, r, "", KEY_BEFORE, " → ");
        put_field(out, r, KEY_STATE);
        break;
    case EV_QUEUE_ADD:
    case EV_QUEUE_ATTEMPT:
    case EV_QUEUE_ROUTE:
    case EV_QUEUE_DEFER:
    case EV_QUEUE_DONE:
    case EV_QUEUE_BOUNCE:
    case EV_QUEUE_WARN:
        say_queue(r, out);
        break;
    case EV_MAILBOX_STORE:
    case EV_MAILBOX_DELETE:
        say_mailbox(r, out);
        break;
    case EV_AGENT_COMPOSE:
        say(out, r, "", KEY_SENDER, " writes to ");
        put_field(out, r, KEY_RECIPIENTS);
        if (text(r, KEY_SUBJECT).len > 0)
            say(out, r, ": \"", KEY_SUBJECT, "\"");
        break;
    case EV_AGENT_SUBMIT:
        say(out, r, "hands the mail to ", KEY_SERVER, "");
        break;
    case EV_AGENT_SENT:
        say(out, r, "the mail to ", KEY_RECIPIENT, " is sent");
        break;
    case EV_AGENT_LOST:
        say(out, r, "the mail to ", KEY_RECIPIENT, " is lost");
        if (text(r, KEY_LINE).len > 0)
            say(out, r, ": ", KEY_LINE, "");
        else
            put_why(out, r, ": ");
        break;
    case EV_FAULT_BEGIN:
    case EV_FAULT_END:
        say_fault(r, out);
        break;
    case EV_NOTE:
        put_field(out, r, KEY_TITLE);
        break;
    case EV_RUN_END:
        say_run_end(r, out);
        break;
    case N_EVENTS:
        break;
    }
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
    if (code >= 500)
        return "5xx: no, and trying again will not help. The sender is told by mail.";
    return NULL;
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
        return "No server answered. Whoever asked has to try again later.";
    case EV_SMTP_COMMAND:
        return remark_command(r);
    case EV_SMTP_REPLY:
        return remark_reply(r);
    case EV_SMTP_DATA:
        return number(r, KEY_STUFFED) > 0
                   ? "A line that begins with a dot gets a second one, so that it is not taken for the end."
                   : NULL;
    case EV_TCP_CONNECT:
        return "SMTP runs over TCP: three packets open the connection before a word is said.";
    case EV_TCP_RETRANSMIT:
        return "TCP repairs the loss: what was not acknowledged is sent again.";
    case EV_TCP_FAIL:
        return r->why != NULL && strcmp(r->why, "refused") == 0
                   ? "The host is there, but no program listens on that port."
                   : "Nobody answers. TCP tries several times, each time waiting longer, before it gives up.";
    case EV_QUEUE_ADD:
        return "The server has taken responsibility: the agent can go offline now.";
    case EV_QUEUE_ROUTE:
        return "Hosts in order of preference: the lowest number is tried first.";
    case EV_QUEUE_DEFER:
        return "The message stays in the queue; the sender need not do anything.";
    case EV_QUEUE_BOUNCE:
        return r->why != NULL && strcmp(r->why, "null_sender") == 0
                   ? "A report that cannot be delivered is dropped: reports about reports would never end."
                   : "The server gives up, takes the message out of its queue, and writes to the sender.";
    case EV_QUEUE_WARN:
        return "A delay warning: the server goes on trying.";
    case EV_MAILBOX_STORE:
        return "Delivered: it waits in the mailbox until its reader comes to fetch it.";
    case EV_AGENT_LOST:
        return "An agent has no queue: without a server of one's own there is no second try.";
    case EV_PACKET_DROP:
        return r->why != NULL && strcmp(r->why, "loss") == 0
                   ? "Lost on the way. Nobody is told; who waits for an answer must notice."
                   : NULL;
    default:
        return NULL;
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
        return r->why != NULL && strcmp(r->why, "fast") == 0 ? "RFC 5681 §3.2" : "RFC 6298 §5";
    case EV_TCP_CLOSE:
        return "RFC 9293 §3.6";
    case EV_TCP_FAIL:
        return r->why != NULL && strcmp(r->why, "timeout") == 0 ? "RFC 9293 §3.8.3" : "RFC 9293 §3.5.2";
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
    case EV_AGENT_SUBMIT:
    case EV_AGENT_SENT:
    case EV_AGENT_LOST:
        return "RFC 5321 §2.3.3, §3.1";
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

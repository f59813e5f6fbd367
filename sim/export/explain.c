#include "export/explain.h"

#include <string.h>

#include "export/explain_fields.h"

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
    case EV_MAILBOX_FLAGS:
    case EV_MAILBOX_COPY:
    case EV_MAILBOX_FOLDER:
        return FAMILY_QUEUE;
    case EV_AUTH_ACCEPT:
    case EV_AUTH_REFUSE:
    case EV_POP3_COMMAND:
    case EV_POP3_REPLY:
    case EV_POP3_STATE:
    case EV_IMAP_COMMAND:
    case EV_IMAP_REPLY:
    case EV_IMAP_STATE:
        return FAMILY_ACCESS;
    case EV_HTTP_REQUEST:
    case EV_HTTP_RESPONSE:
    case EV_HTTP_STATE:
    case EV_HTTP_PAGE:
        return FAMILY_HTTP;
    case EV_AGENT_COMPOSE:
    case EV_MIME_ENCODE:
    case EV_MIME_DECODE:
    case EV_AGENT_SUBMIT:
    case EV_AGENT_SENT:
    case EV_AGENT_READ:
    case EV_AGENT_CHECK:
    case EV_AGENT_FAIL:
    case EV_AGENT_FOUND:
        return FAMILY_PERSON;
    case EV_NOTE:
    case EV_RUN_END:
    case N_EVENTS:
        return FAMILY_STORY;
    }
    return FAMILY_STORY;
}

bool explain_is_sent(enum event event)
{
    switch (event) {
    case EV_DNS_QUERY:
    case EV_DNS_RESPONSE:
    case EV_SMTP_COMMAND:
    case EV_SMTP_REPLY:
    case EV_SMTP_DATA:
    case EV_POP3_COMMAND:
    case EV_POP3_REPLY:
    case EV_IMAP_COMMAND:
    case EV_IMAP_REPLY:
    case EV_HTTP_REQUEST:
    case EV_HTTP_RESPONSE:
        return true;
    default:
        return false;
    }
}

bool explain_is_state(enum event event)
{
    return event == EV_SMTP_STATE || event == EV_POP3_STATE || event == EV_IMAP_STATE ||
           event == EV_HTTP_STATE;
}

static void put(GString *out, struct span s)
{
    g_string_append_len(out, s.at, (gssize)s.len);
}

void explain_put(GString *out, const struct record *r, enum key key)
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

void explain_say(GString *out, const struct record *r, const char *before, enum key key, const char *after)
{
    g_string_append(out, before);
    explain_put(out, r, key);
    g_string_append(out, after);
}

void explain_size(GString *out, int64_t octets)
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
        explain_say(out, r, "I don't know, ask ", KEY_ANSWER, "");
    else if (is(r, KEY_KIND, "nodata"))
        explain_say(out, r, "there is no ", KEY_TYPE, " record of that name");
    else if (is(r, KEY_KIND, "nxdomain") && number(r, KEY_COUNT) > 0)
        explain_say(out, r, "an alias of a name that does not exist: ", KEY_ANSWER, "");
    else if (is(r, KEY_KIND, "nxdomain"))
        explain_say(out, r, "no such name: ", KEY_NAME, "");
    else if (is(r, KEY_KIND, "truncated"))
        g_string_append(out, "too long for UDP: ask by TCP");
    else if (is(r, KEY_KIND, "error"))
        explain_say(out, r, "", KEY_RCODE, "");
    else
        explain_say(out, r, "", KEY_ANSWER, "");
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

    explain_say(out, r, "", KEY_QUEUE, " waits");
    if (text(r, KEY_LINE).len > 0)
        explain_say(out, r, ": ", KEY_LINE, "");
    else
        put_why(out, r, ": ");
    if (next != NULL)
        g_string_append_printf(out, "; next try in %s", time_duration(buf, about(next->number - r->time)));
}

static void say_queue(const struct record *r, GString *out)
{
    if (r->event == EV_QUEUE_ADD) {
        explain_say(out, r, "", KEY_QUEUE, " into the queue, for ");
        explain_put(out, r, KEY_RECIPIENTS);
    } else if (r->event == EV_QUEUE_ATTEMPT) {
        explain_say(out, r, "", KEY_QUEUE, ": try ");
        explain_say(out, r, "", KEY_TRIES, " for ");
        explain_put(out, r, KEY_DOMAIN);
    } else if (r->event == EV_QUEUE_ROUTE) {
        if (text(r, KEY_HOSTS).len > 0) {
            explain_say(out, r, "mail for ", KEY_DOMAIN, " goes to ");
            explain_put(out, r, KEY_HOSTS);
        } else {
            explain_say(out, r, "there is no host to take mail for ", KEY_DOMAIN, "");
            put_why(out, r, ": ");
        }
    } else if (r->event == EV_QUEUE_DEFER) {
        say_defer(r, out);
    } else if (r->event == EV_QUEUE_DONE) {
        explain_say(out, r, "", KEY_QUEUE, " is done with ");
        explain_put(out, r, KEY_RECIPIENT);
    } else if (r->event == EV_QUEUE_BOUNCE) {
        explain_say(out, r, "", KEY_QUEUE, " gives up on ");
        explain_put(out, r, KEY_RECIPIENT);
        if (text(r, KEY_LINE).len > 0)
            explain_say(out, r, ": ", KEY_LINE, "");
        else
            put_why(out, r, ": ");
    } else {
        explain_say(out, r, "", KEY_QUEUE, " is late: ");
        explain_say(out, r, "the sender of the mail to ", KEY_RECIPIENT, " is told");
    }
}

static void say_mailbox(const struct record *r, GString *out)
{
    if (r->event == EV_MAILBOX_DELETE) {
        explain_say(out, r, "removed from ", KEY_USER, "'s mailbox");
        return;
    }
    explain_say(out, r, "into ", KEY_USER, "'s mailbox");
    if (text(r, KEY_SUBJECT).len > 0)
        explain_say(out, r, ": \"", KEY_SUBJECT, "\"");
}

/* ---- Faults. */

/* Whom a fault is about: nobody needs to be named where it is the host whose line it is, but its program
 * does. */
static const char *put_target(GString *out, const struct record *r)
{
    struct span on = text(r, KEY_ON);
    size_t n = r->host != NULL ? strlen(r->host) : 0;

    if (n == 0 || on.len < n || memcmp(on.at, r->host, n) != 0 || (on.len > n && on.at[n + 1] == '-')) {
        put(out, on);
        return ": ";
    }
    if (on.len > n + 1) {
        g_string_append(out, "its program");
        put(out, span_bytes(on.at + n, on.len - n));
        return ": ";
    }
    return "";
}

static void say_fault(const struct record *r, GString *out)
{
    bool begins = r->event == EV_FAULT_BEGIN, has_value = record_field(r, KEY_VALUE) != NULL;
    gsize from = out->len;
    const char *colon = put_target(out, r);
    const char *space = out->len > from ? " " : "";

    if (is(r, KEY_VALUE, "still down") || is(r, KEY_VALUE, "still cut") || is(r, KEY_VALUE, "still up")) {
        g_string_append_printf(out, "%sis ", space); /* another fault, or a repair, has the last word */
        explain_put(out, r, KEY_VALUE);
    } else if (is(r, KEY_WHAT, "down")) {
        g_string_append_printf(out, "%s%s", space, begins ? "goes down" : "is up again");
    } else if (is(r, KEY_WHAT, "cut")) {
        g_string_append_printf(out, "%s%s", colon, begins ? "the link is cut" : "the link is mended");
    } else {
        g_string_append(out, colon);
        explain_put(out, r, KEY_WHAT);
        if (!begins)
            g_string_append(out, " as before");
        else if (has_value)
            explain_say(out, r, is(r, KEY_WHAT, "record") ? "s change: " : " ", KEY_VALUE, "");
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
        explain_say(out, r, ", ", KEY_LEN, " octets");
}

static void say_tcp(const struct record *r, GString *out)
{
    switch ((int)r->event) {
    case EV_TCP_CONNECT:
        explain_say(out, r, "opens TCP to ", KEY_TO, "");
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
        const char *one, *many;
    } totals[] = {
        { KEY_DELIVERED, "delivered", "delivered" },
        { KEY_QUEUED, "still queued", "still queued" },
        { KEY_BOUNCED, "bounced", "bounced" },
        { KEY_WARNINGS, "delay warning", "delay warnings" },
        { KEY_LOST, "lost", "lost" },
        { KEY_LOOKUPS, "look-up", "look-ups" },
        { KEY_PACKETS, "packet", "packets" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(totals); i++) {
        int64_t n = number(r, totals[i].key);

        if (n > 0)
            g_string_append_printf(out, "%s%" G_GINT64_FORMAT " %s", out->len ? ", " : "", n,
                                   n == 1 ? totals[i].one : totals[i].many);
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
        explain_say(out, r, "looks up ", KEY_TYPE, " ");
        explain_put(out, r, KEY_NAME);
        break;
    case EV_DNS_RESULT:
        explain_say(out, r, "", KEY_NAME, ": ");
        if (number(r, KEY_COUNT) > 0)
            explain_put(out, r, KEY_ANSWER);
        else if (r->why != NULL)
            g_string_append(out, why_in_words(r->why));
        else if (is(r, KEY_RCODE, "NXDOMAIN"))
            g_string_append(out, "there is no such name");
        else if (is(r, KEY_RCODE, "NOERROR"))
            explain_say(out, r, "there is no ", KEY_TYPE, " record of that name");
        else
            explain_put(out, r, KEY_RCODE);
        break;
    case EV_DNS_QUERY:
        explain_say(out, r, "", KEY_TYPE, " ");
        explain_say(out, r, "", KEY_NAME, "?");
        if (is(r, KEY_TRANSPORT, "tcp"))
            g_string_append(out, " (TCP)");
        break;
    case EV_DNS_RESPONSE:
        say_response(r, out);
        break;
    case EV_DNS_TIMEOUT:
        explain_say(out, r, "no answer about ", KEY_NAME, "");
        if (r->why != NULL)
            g_string_append(out, ": nobody listens there");
        break;
    case EV_DNS_IGNORE:
        explain_say(out, r, "does not believe an answer about ", KEY_NAME, "");
        put_why(out, r, ": ");
        break;
    case EV_DNS_CACHE_HIT:
        g_string_append(out, is(r, KEY_KIND, "nxdomain") || is(r, KEY_KIND, "nodata") ? "cached: no "
                                                                                      : "cached: ");
        if (!is(r, KEY_KIND, "nxdomain"))
            explain_say(out, r, "", KEY_TYPE, " ");
        explain_say(out, r, "", KEY_NAME, ", ");
        explain_say(out, r, "", KEY_TTL, " s left");
        break;
    case EV_DNS_CACHE_MISS:
        explain_say(out, r, "", KEY_TYPE, " ");
        explain_say(out, r, "", KEY_NAME, " is not in the cache");
        break;
    case EV_DNS_CACHE_STORE:
        explain_say(out, r, "remembers ", KEY_TYPE, " ");
        explain_say(out, r, "", KEY_NAME, " for ");
        explain_say(out, r, "", KEY_TTL, " s");
        break;
    case EV_DNS_CACHE_EXPIRE:
        explain_say(out, r, "forgets ", KEY_TYPE, " ");
        explain_say(out, r, "", KEY_NAME, "");
        break;
    case EV_DNS_GIVE_UP:
        explain_say(out, r, "gives up on ", KEY_NAME, "");
        if (r->why != NULL && strcmp(r->why, "refused") == 0)
            g_string_append(out, ": the server refuses to answer");
        else
            put_why(out, r, ": ");
        break;
    case EV_SMTP_COMMAND:
    case EV_SMTP_REPLY:
        explain_put(out, r, KEY_LINE);
        if (number(r, KEY_LINES) > 1)
            explain_say(out, r, " (", KEY_LINES, " lines)");
        break;
    case EV_SMTP_DATA:
        g_string_append(out, "the message, ");
        explain_size(out, number(r, KEY_SIZE));
        g_string_append(out, ", then a lone dot");
        break;
    case EV_SMTP_STATE:
        explain_say(out, r, "", KEY_BEFORE, " → ");
        explain_put(out, r, KEY_STATE);
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
        explain_say(out, r, "", KEY_SENDER, " writes to ");
        explain_put(out, r, KEY_RECIPIENTS);
        if (text(r, KEY_SUBJECT).len > 0)
            explain_say(out, r, ": \"", KEY_SUBJECT, "\"");
        break;
    case EV_MIME_ENCODE:
        explain_say(out, r, "part ", KEY_PART, " of the mail, ");
        explain_say(out, r, "", KEY_TYPE, ", goes in ");
        explain_say(out, r, "", KEY_ENCODING, ": ");
        explain_say(out, r, "", KEY_SIZE, " octets become ");
        explain_put(out, r, KEY_ENCODED);
        break;
    case EV_MIME_DECODE:
        explain_say(out, r, "part ", KEY_PART, " of the mail, ");
        explain_say(out, r, "", KEY_TYPE, ", came in ");
        explain_say(out, r, "", KEY_ENCODING, ": ");
        explain_say(out, r, "", KEY_ENCODED, " octets are ");
        explain_put(out, r, KEY_SIZE);
        break;
    case EV_AGENT_SUBMIT:
        explain_say(out, r, "hands the mail to ", KEY_SERVER, "");
        break;
    case EV_AGENT_SENT:
        explain_say(out, r, "the mail to ", KEY_RECIPIENT, " is sent");
        break;
    case EV_AGENT_LOST:
        explain_say(out, r, "the mail to ", KEY_RECIPIENT, " is lost");
        if (text(r, KEY_LINE).len > 0)
            explain_say(out, r, ": ", KEY_LINE, "");
        else
            put_why(out, r, ": ");
        break;
    case EV_FAULT_BEGIN:
    case EV_FAULT_END:
        say_fault(r, out);
        break;
    case EV_NOTE:
        explain_put(out, r, KEY_TITLE);
        break;
    case EV_RUN_END:
        say_run_end(r, out);
        break;
    case EV_MAILBOX_FLAGS:
    case EV_MAILBOX_COPY:
    case EV_MAILBOX_FOLDER:
    case EV_AUTH_ACCEPT:
    case EV_AUTH_REFUSE:
    case EV_POP3_COMMAND:
    case EV_POP3_REPLY:
    case EV_POP3_STATE:
    case EV_IMAP_COMMAND:
    case EV_IMAP_REPLY:
    case EV_IMAP_STATE:
    case EV_HTTP_REQUEST:
    case EV_HTTP_RESPONSE:
    case EV_HTTP_STATE:
    case EV_HTTP_PAGE:
    case EV_AGENT_READ:
    case EV_AGENT_CHECK:
    case EV_AGENT_FAIL:
    case EV_AGENT_FOUND:
        explain_reading(r, out);
        break;
    case N_EVENTS:
        break;
    }
}

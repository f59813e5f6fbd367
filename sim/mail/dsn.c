#include "mail/dsn.h"

#include <stdio.h>

#include "mail/compose.h"
#include "mail/smtp_reply.h"

enum {
    DIAGNOSTIC_MAX = 800, /* octets of a reply quoted in a field: a line holds 998 (RFC 5322 §2.1.1) */
    HEADER_QUOTED_MAX = 64 * 1024,
    MESSAGE_ID_MAX = 900,
};

/* ---- Status codes (RFC 3463). */

char *mail_dsn_status(char buf[MAIL_STATUS_MAX], const struct mail_dsn_rcpt *r)
{
    struct span text = span_of(r->line), status = SPAN("4.4.1"); /* §3.5: no answer from host */

    if (r->code != 0) {
        text = text.len > 4 ? span_bytes(text.at + 4, text.len - 4) : span_bytes("", 0);
        status = smtp_reply_take_status(r->code, &text);
    }
    g_strlcpy(buf, "", MAIL_STATUS_MAX);
    strncat(buf, status.at, MIN(status.len, MAIL_STATUS_MAX - 1));
    return buf;
}

/* ---- The text for people. */

static void put_explanation(GString *out, const struct mail_dsn *d)
{
    bool failed = d->action == MAIL_DSN_FAILED;
    char date[TIME_RFC5322_MAX];

    g_string_append_printf(out, "This is the mail server %s.\r\n\r\n", d->reporter);
    if (failed)
        g_string_append(out, "Your message could not be delivered to the recipients below. It has been\r\n"
                             "taken out of the queue: nobody will try again unless you send it again.\r\n");
    else
        g_string_append(out, "Your message has not been delivered to the recipients below yet. You need\r\n"
                             "not send it again: it stays in the queue, and the server goes on trying.\r\n");
    g_string_append_printf(out, "\r\nIt arrived here on %s.\r\n", time_rfc5322(date, d->arrived_s));
    if (!failed)
        g_string_append_printf(out, "The server will give up on %s.\r\n",
                               time_rfc5322(date, d->retry_until_s));
    for (unsigned i = 0; i < d->n_rcpts; i++) {
        const struct mail_dsn_rcpt *r = &d->rcpts[i];

        g_string_append_printf(out, "\r\n  <%s>\r\n", r->address);
        if (r->code != 0 && r->remote != NULL)
            g_string_append_printf(out, "    The server %s said:\r\n", r->remote);
        g_string_append_printf(out, "    %.*s\r\n", DIAGNOSTIC_MAX,
                               r->line != NULL ? r->line : "The reason is not known.");
        if (failed && r->gave_up)
            g_string_append(out, "    The server has tried for as long as it is willing to.\r\n");
    }
}

/* ---- The fields for programs (RFC 3464 §2.2, §2.3). */

static void put_status(GString *out, const struct mail_dsn *d)
{
    char date[TIME_RFC5322_MAX], status[MAIL_STATUS_MAX];

    g_string_append_printf(out, "Reporting-MTA: dns; %s\r\n", d->reporter);
    g_string_append_printf(out, "Arrival-Date: %s\r\n", time_rfc5322(date, d->arrived_s));
    for (unsigned i = 0; i < d->n_rcpts; i++) {
        const struct mail_dsn_rcpt *r = &d->rcpts[i];

        g_string_append_printf(out, "\r\nFinal-Recipient: rfc822; %s\r\n", r->address);
        g_string_append_printf(out, "Action: %s\r\n", d->action == MAIL_DSN_FAILED ? "failed" : "delayed");
        g_string_append_printf(out, "Status: %s\r\n", mail_dsn_status(status, r));
        if (r->remote != NULL)
            g_string_append_printf(out, "Remote-MTA: dns; %s\r\n", r->remote);
        if (r->line != NULL)
            g_string_append_printf(out, "Diagnostic-Code: %s; %.*s\r\n", r->code != 0 ? "smtp" : "x-mxlab",
                                   DIAGNOSTIC_MAX, r->line);
        g_string_append_printf(out, "Last-Attempt-Date: %s\r\n", time_rfc5322(date, d->now_s));
        if (d->action == MAIL_DSN_DELAYED)
            g_string_append_printf(out, "Will-Retry-Until: %s\r\n", time_rfc5322(date, d->retry_until_s));
    }
}

/* ---- The whole. */

/* The header of the original, up to its blank line. */
static struct span header_of(const struct mail_message *m)
{
    struct span data = m->data;
    const char *end = data.len > 0 ? memmem(data.at, data.len, "\r\n\r\n", 4) : NULL;
    size_t len = end != NULL ? (size_t)(end - data.at) + 2 : data.len;

    if (len > HEADER_QUOTED_MAX) { /* whole lines of it */
        const char *last = memrchr(data.at, '\n', HEADER_QUOTED_MAX);

        len = last != NULL ? (size_t)(last - data.at) + 1 : 0;
    }
    return span_bytes(data.at, len);
}

/* The report crosses the wire in 7 bits, whatever the original's sender did to its header. */
static void put_ascii(GString *out, struct span text)
{
    size_t start = out->len;

    g_string_append_len(out, text.at, (gssize)text.len);
    for (size_t i = start; i < out->len; i++)
        if ((guchar)out->str[i] >= 0x80)
            out->str[i] = '?';
}

/* A line that begins none of the parts (RFC 2046 §5.1.1). */
static void make_boundary(char *buf, size_t size, const struct mail_dsn *d, const GString *parts)
{
    unsigned n = 0;

    do
        snprintf(buf, size, "=_report_m%u_%u", (unsigned)d->mail, n++);
    while (strstr(parts->str, buf) != NULL);
}

static void put_head(GString *out, const struct mail_dsn *d, const char *boundary)
{
    char date[TIME_RFC5322_MAX];
    struct span id = mail_message_field(d->about, "Message-ID");

    g_string_append_printf(out, "Date: %s\r\n", time_rfc5322(date, d->now_s));
    g_string_append_printf(out, "From: Mail server <postmaster@%s>\r\n", d->reporter);
    mail_compose_addresses(out, "To", &d->to, 1);
    g_string_append_printf(out, "Subject: %s\r\n",
                           d->action == MAIL_DSN_FAILED ? "Your message could not be delivered"
                                                        : "Your message is delayed");
    g_string_append(out, "Message-ID: ");
    g_string_append_printf(out, "<m%u.%lld@%s>\r\n", (unsigned)d->mail, (long long)d->now_s, d->reporter);
    if (id.len > 0 && id.len < MESSAGE_ID_MAX && memchr(id.at, '\n', id.len) == NULL) {
        g_string_append(out, "In-Reply-To: ");
        put_ascii(out, id);
        g_string_append(out, "\r\n");
    }
    g_string_append(out, "Auto-Submitted: auto-replied\r\n"); /* RFC 3834 §5.2 */
    g_string_append_printf(out,
                           "MIME-Version: 1.0\r\n"
                           "Content-Type: multipart/report; report-type=delivery-status;\r\n"
                           " boundary=\"%s\"\r\n\r\n",
                           boundary);
}

struct mail_message *mail_dsn_new(const struct mail_dsn *d)
{
    GString *text = g_string_new(NULL), *status = g_string_new(NULL), *header = g_string_new(NULL);
    GString *out = g_string_new(NULL);
    GString *all;
    char boundary[64];
    struct mail_message *m;

    put_explanation(text, d);
    put_status(status, d);
    put_ascii(header, header_of(d->about));
    all = g_string_new(text->str);
    g_string_append(all, status->str);
    g_string_append_len(all, header->str, (gssize)header->len);
    make_boundary(boundary, sizeof boundary, d, all);
    g_string_free(all, TRUE);

    put_head(out, d, boundary);
    g_string_append_printf(out, "--%s\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n", boundary);
    put_ascii(out, span_bytes(text->str, text->len));
    g_string_append_printf(out, "\r\n--%s\r\nContent-Type: message/delivery-status\r\n\r\n", boundary);
    put_ascii(out, span_bytes(status->str, status->len));
    g_string_append_printf(out, "\r\n--%s\r\nContent-Type: text/rfc822-headers\r\n\r\n", boundary);
    g_string_append_len(out, header->str, (gssize)header->len);
    g_string_append_printf(out, "\r\n--%s--\r\n", boundary);
    m = mail_message_new(d->mail, &(struct span){ out->str, out->len }, 1);
    g_string_free(text, TRUE);
    g_string_free(status, TRUE);
    g_string_free(header, TRUE);
    g_string_free(out, TRUE);
    return m;
}

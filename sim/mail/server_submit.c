#include "mail/server_internal.h"

#include "mail/addr.h"
#include "mail/mime_tell.h"

enum {
    RECIPIENTS_DEFAULT = 100, /* RFC 5321 §4.5.3.1.8 */
    SHOWN_MAX = 100,          /* octets of what somebody wrote, in a complaint about it */
};

/* A line of its own for each reason. */
static void complain(GString *why, const char *reason)
{
    if (why->len > 0)
        g_string_append_c(why, '\n');
    g_string_append(why, reason);
}

/* Whatever was typed, as something that can be read. */
static void complain_about(GString *why, const char *reason, const char *typed, const char *rest)
{
    complain(why, reason);
    for (size_t i = 0; typed[i] != '\0' && i < SHOWN_MAX; i++)
        g_string_append_c(why, g_ascii_isprint(typed[i]) ? typed[i] : '?');
    g_string_append(why, rest);
}

/* ---- Whether it can be sent. */

/* What RCPT would refuse for good. A mailbox that is full now is no reason: its message waits in the queue.
 */
static void check_recipient(const struct mail_server *s, const char *to, GString *why)
{
    struct span address = span_of(to);
    struct mail_addr a;
    const char *wrong = mail_addr_read(address, &a);

    if (wrong != NULL) {
        complain_about(why, "501 5.1.3 Bad recipient address: \"", to, "\": ");
        g_string_append(why, wrong);
    } else if (mail_local_is_here(&s->local, address) && mail_local_find(&s->local, address) == NULL) {
        complain_about(why, "550 5.1.1 <", to, ">: no such user here");
    }
}

/* Who stands there twice gets one copy. To be freed; its texts are borrowed. */
static GPtrArray *list_recipients(const char *const *to, unsigned n)
{
    GPtrArray *list = g_ptr_array_new();
    GHashTable *seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (unsigned i = 0; i < n; i++)
        if (g_hash_table_add(seen, g_ascii_strdown(to[i], -1)))
            g_ptr_array_add(list, (gpointer)to[i]);
    g_hash_table_destroy(seen);
    return list;
}

static bool check(const struct mail_server *s, const char *from, const GPtrArray *to, GString *why)
{
    unsigned limit = s->spec.recipients_limit > 0 ? s->spec.recipients_limit : RECIPIENTS_DEFAULT;
    gsize before = why->len;
    struct mail_addr a;

    if (s->listener == NULL)
        complain(why, "421 4.3.2 The mail server is not running");
    if (mail_addr_read(span_of(from), &a) != NULL || mail_local_user(&s->local, span_of(from)) == NULL)
        complain_about(why, "550 5.7.1 \"", from, "\" is nobody's address here");
    if (to->len == 0)
        complain(why, "554 5.5.1 No recipients");
    if (to->len > limit)
        complain(why, "452 4.5.3 Too many recipients");
    for (guint i = 0; i < to->len && to->len <= limit; i++)
        check_recipient(s, to->pdata[i], why);
    return why->len == before;
}

/* ---- Sending it. */

/* Forms in web pages end their lines with CRLF, and a stranger's program with what it likes. To be freed. */
static char *with_plain_line_ends(const char *text)
{
    char *plain = g_malloc(strlen(text) + 1), *to = plain;

    for (const char *p = text; *p != '\0'; p++) {
        if (*p != '\r')
            *to++ = *p;
        else if (p[1] != '\n')
            *to++ = '\n';
    }
    *to = '\0';
    return plain;
}

static struct mail_message *compose(struct mail_server *s, const char *from, const GPtrArray *to,
                                    const char *subject, const char *text)
{
    char *plain = text != NULL ? with_plain_line_ends(text) : NULL;
    struct mail_message *m = mail_compose(&s->desk,
                                          &(struct mail_letter){
                                              .mail = ++s->sim->mails,
                                              .unix_s = s->sim->epoch_s + sim_now(s->sim) / SIM_SECOND,
                                              .from = from,
                                              .to = (const char *const *)to->pdata,
                                              .n_to = to->len,
                                              .subject = subject,
                                              .text = plain,
                                          });

    g_free(plain);
    return m;
}

static void trace_compose(struct mail_server *s, const char *from, const GPtrArray *to, const char *subject,
                          const struct mail_message *m)
{
    GString *recipients;
    struct record *r;

    if (!trace_on(&s->sim->trace))
        return;
    recipients = g_string_new(NULL);
    for (guint i = 0; i < to->len; i++)
        g_string_append_printf(recipients, "%s%s", i > 0 ? ", " : "", (const char *)to->pdata[i]);
    r = trace_begin(&s->sim->trace, EV_AGENT_COMPOSE, net_host_name(s->host));
    r->mail = m->mail;
    trace_text(r, KEY_SENDER, span_of(from));
    trace_text(r, KEY_RECIPIENTS, span_of(recipients->str));
    trace_text(r, KEY_SUBJECT, span_of(subject));
    trace_text(r, KEY_MESSAGE_ID, mail_message_field(m, "Message-ID"));
    trace_number(r, KEY_SIZE, (int64_t)m->data.len);
    trace_end(&s->sim->trace);
    g_string_free(recipients, TRUE);
    mime_trace(s->sim, EV_MIME_ENCODE, net_host_name(s->host), m->mail, m->data);
}

/* RFC 5321 §4.4, without a From-domain: no mail host has sent it. */
static struct span make_received(struct mail_server *s, const GPtrArray *to, uint32_t id)
{
    struct span date = mail_date_text(&s->date, s->sim->epoch_s + sim_now(s->sim) / SIM_SECOND);
    GString *r = s->received;

    g_string_printf(r, "Received: by %s with HTTP id Q%u", s->hostname, (unsigned)id);
    if (to->len == 1)
        g_string_append_printf(r, "\r\n for <%s>", (const char *)to->pdata[0]);
    g_string_append_printf(r, "; %.*s\r\n", (int)date.len, date.at);
    return span_bytes(r->str, r->len);
}

static struct smtp_verdict take(struct mail_server *s, const char *from, const GPtrArray *to,
                                const struct mail_message *m)
{
    struct mail_accept accept = {
        .mail = m->mail,
        .sender = span_of(from),
        .recipients = (const char *const *)to->pdata,
        .n_recipients = to->len,
        .data = m->data,
    };

    if (s->spec.size_limit > 0 && m->data.len > s->spec.size_limit)
        return (struct smtp_verdict){ 552, "5.3.4 The message is larger than the server takes" };
    accept.id = mail_deliver_new_id(s->deliver);
    accept.received = make_received(s, to, accept.id);
    return mail_deliver_accept(s->deliver, &accept);
}

bool mail_server_submit(struct mail_server *s, const char *from, const char *const *to, unsigned n_to,
                        const char *subject, const char *text, GString *why)
{
    GPtrArray *recipients = list_recipients(to, n_to);
    uint64_t cause = sched_cause(s->sim->sched);
    struct smtp_verdict v = { 0, NULL };

    if (check(s, from, recipients, why)) {
        struct mail_message *m = compose(s, from, recipients, subject, text);

        trace_compose(s, from, recipients, subject != NULL ? subject : "", m);
        v = take(s, from, recipients, m);
        if (v.code != 250) {
            char *reason = g_strdup_printf("%u %s", v.code, v.text);

            complain(why, reason);
            g_free(reason);
        }
        mail_message_unref(&m);
        mail_deliver_run(s->deliver);
        sched_set_cause(s->sim->sched, cause);
    }
    g_ptr_array_free(recipients, TRUE);
    return v.code == 250;
}

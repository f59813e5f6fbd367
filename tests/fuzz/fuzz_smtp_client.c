/* The client against any server. The first octet chooses what is sent, whether it logs in first, and how the
 * bytes are cut; the rest is what the server says. */
#include <assert.h>

#include "mail/smtp_client.h"
#include "mail/smtp_line.h"

enum { TRANSACTIONS = 4, RECIPIENTS = 3, PASSWORD_MAX = 500, LOGS_IN = 32, LOGS_IN_AT_LENGTH = 64 | LOGS_IN };

static const char *const recipients[RECIPIENTS] = { "bob@hamburger.edu", "not an address", "postmaster" };

struct run {
    uint8_t way;
    struct smtp_client *c;
    GString *out;
    unsigned n_ready, n_begun, n_ended, n_failed;
    unsigned fates[RECIPIENTS]; /* how many each has had in this transaction */
};

static void on_ready(void *self)
{
    static const struct span messages[] = {
        { "From: x\r\n\r\n.\r\n", 15 }, { "", 0 }, { ".", 1 }, { "\xc3\xb6\r\n", 4 }
    };
    struct run *r = self;

    assert(smtp_client_state(r->c) == SMTP_C_IDLE && r->n_begun == r->n_ended);
    r->n_ready++;
    if (r->n_begun == TRANSACTIONS) {
        smtp_client_quit(r->c, r->out);
        return;
    }
    memset(r->fates, 0, sizeof r->fates);
    r->n_begun++;
    smtp_client_send(r->c, span_of(r->way & 1 ? "" : "alice@crepes.fr"), recipients, RECIPIENTS,
                     messages[(r->way + r->n_begun) % 4], r->out);
}

static void on_recipient(void *self, unsigned i, struct smtp_answer a)
{
    struct run *r = self;

    assert(i < RECIPIENTS && ++r->fates[i] == 1 && r->n_begun == r->n_ended + 1);
    assert(a.text.len > 0 && (a.code == 0 || (a.code >= 200 && a.code <= 599 && a.code / 100 != 3)));
    for (size_t k = 0; k < a.text.len; k++)
        assert(a.text.at[k] != '\r' && a.text.at[k] != '\n' && a.text.at[k] != '\0' &&
               !(a.text.at[k] & 0x80));
}

static void on_sent(void *self)
{
    struct run *r = self;

    for (unsigned i = 0; i < RECIPIENTS; i++)
        assert(r->fates[i] == 1);
    r->n_ended++;
}

static void on_failed(void *self, struct smtp_answer a)
{
    struct run *r = self;

    assert(a.code == 0 || a.code >= 300);
    assert(r->n_ready == 0 && ++r->n_failed == 1);
}

static void on_command(void *self, const char *verb, struct span line)
{
    (void)self;
    assert(smtp_flaws(line) == 0);
    if (strcmp(verb, "AUTH") == 0 &&
        !span_starts_nocase(line, SPAN("AUTH "))) { /* what was too long for it */
        assert((((struct run *)self)->way & LOGS_IN_AT_LENGTH) == LOGS_IN_AT_LENGTH);
        return;
    }
    assert(strcmp(verb, "AUTH") != 0 || ((struct run *)self)->way & LOGS_IN);
    assert(span_starts_nocase(line, span_of(verb)) && line.len + 2 <= SMTP_COMMAND_MAX);
}

static const struct smtp_client_events events = { on_ready,   on_recipient, on_sent, on_failed,
                                                  on_command, NULL,         NULL };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct run r = { 0 };
    struct span in;
    size_t piece;
    char password[PASSWORD_MAX + 1] = "";

    if (size == 0)
        return 0;
    r.way = data[0];
    r.out = g_string_new(NULL);
    r.c = smtp_client_new("mail.crepes.fr", r.way & 2, &events, &r);
    memset(password, 'x', (r.way & LOGS_IN_AT_LENGTH) == LOGS_IN_AT_LENGTH ? PASSWORD_MAX : 5);
    if (r.way & LOGS_IN)
        smtp_client_log_in(r.c, "bob", password);
    in = span_bytes(data + 1, size - 1);
    piece = r.way & 4 ? 1 : r.way & 8 ? 7 : size;
    while (in.len > 0) {
        /* Cut behind line ends too, as a server that waits for each command would send. */
        size_t n = MIN(piece, in.len);
        const char *lf = r.way & 16 ? memchr(in.at, '\n', n) : NULL;

        n = lf != NULL ? (size_t)(lf - in.at) + 1 : n;
        smtp_client_feed(r.c, span_bytes(in.at, n), r.out);
        in = span_bytes(in.at + n, in.len - n);
    }
    smtp_client_broken(r.c, "the end");
    assert(smtp_client_is_over(r.c) && r.n_begun == r.n_ended);
    assert((r.n_ready == 0) == (r.n_failed == 1));
    smtp_client_free(&r.c);
    g_string_free(r.out, TRUE);
    return 0;
}

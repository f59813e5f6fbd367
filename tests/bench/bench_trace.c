/* What a trace costs: a record made and heard, filtered, kept, written as a line. The mix is what a mail's
 * run has: packets for the most part, then SMTP and DNS. */
#include "bench.h"

#include <glib.h>

#include "core/sim.h"
#include "export/jsonl.h"

enum { ROUNDS = 5, RECORDS = 400000 };

static void emit_packet(struct trace *t, enum event event, uint32_t i)
{
    struct record *r = trace_begin(t, event, "mail.crepes.fr");

    r->peer = "mail.hamburger.edu";
    r->conn = i / 20 + 1;
    trace_text(r, KEY_PROTO, SPAN("tcp"));
    trace_text(r, KEY_FROM, SPAN("10.0.1.2:49152"));
    trace_text(r, KEY_TO, SPAN("10.0.2.2:25"));
    if (event == EV_PACKET_SEND) {
        trace_text(r, KEY_FLAGS, SPAN("PSH ACK"));
        trace_number(r, KEY_TSEQ, i % 4096);
        trace_number(r, KEY_ACK, i % 2048);
        trace_number(r, KEY_WIN, 65535);
        trace_number(r, KEY_LEN, 30);
    }
    trace_number(r, KEY_SIZE, 70);
    trace_end(t);
}

static void emit_command(struct trace *t, uint32_t i)
{
    struct record *r = trace_begin(t, EV_SMTP_COMMAND, "mail.crepes.fr");

    r->peer = "mail.hamburger.edu";
    r->conn = i / 20 + 1;
    r->mail = i / 20 + 1;
    trace_text(r, KEY_VERB, SPAN("RCPT"));
    trace_text(r, KEY_LINE, SPAN("RCPT TO:<bob@hamburger.edu>"));
    trace_end(t);
}

static void emit_query(struct trace *t, uint32_t i)
{
    struct record *r = trace_begin(t, EV_DNS_QUERY, "dns.crepes.fr");

    r->peer = "ns.hamburger.edu";
    r->lookup = i / 20 + 1;
    trace_text(r, KEY_NAME, SPAN("mail.hamburger.edu"));
    trace_text(r, KEY_TYPE, SPAN("A"));
    trace_number(r, KEY_ID, i & 0xffff);
    trace_text(r, KEY_TRANSPORT, SPAN("udp"));
    trace_number(r, KEY_RD, 0);
    trace_number(r, KEY_SIZE, 59);
    trace_end(t);
}

static void emit_mix(struct trace *t, uint32_t n)
{
    for (uint32_t i = 0; i < n; i += 5) {
        if (!trace_on(t))
            continue;
        emit_packet(t, EV_PACKET_SEND, i);
        emit_packet(t, EV_PACKET_ARRIVE, i);
        emit_command(t, i);
        emit_packet(t, EV_PACKET_SEND, i);
        emit_query(t, i);
    }
}

static void on_record_ignore(void *self, const struct record *r)
{
    *(uint64_t *)self += r->seq;
}

static void on_record_keep(void *self, const struct record *r)
{
    g_ptr_array_add(self, record_copy(r));
}

/* The peer: the C library's formatting, as one would write it in an hour. */
static void on_record_printf(void *self, const struct record *r)
{
    FILE *f = self;

    fprintf(f, "{\"seq\":%lu,\"time\":%.9f,\"event\":\"%s\",\"host\":\"%s\",\"cause\":%lu",
            (unsigned long)r->seq, (double)r->time / 1e9, event_names[r->event], r->host,
            (unsigned long)r->cause);
    if (r->peer)
        fprintf(f, ",\"peer\":\"%s\"", r->peer);
    if (r->conn)
        fprintf(f, ",\"conn\":\"c%u\"", r->conn);
    if (r->mail)
        fprintf(f, ",\"mail\":\"m%u\"", r->mail);
    for (unsigned i = 0; i < r->n_fields; i++) {
        const struct field *v = &r->fields[i];
        if (v->kind == FIELD_TEXT)
            fprintf(f, ",\"%s\":\"%.*s\"", key_names[v->key], (int)v->text.len, v->text.at);
        else
            fprintf(f, ",\"%s\":%ld", key_names[v->key], (long)v->number);
    }
    fputs("}\n", f);
}

/* ---- One row. */

static double run(trace_listener *on_record, void *self)
{
    struct sim s;
    int64_t start;
    double ns;

    sim_init(&s, 1, 0);
    sched_step(s.sched, 1234567890123);
    if (on_record)
        trace_listen(&s.trace, on_record, self);
    start = bench_clock();
    emit_mix(&s.trace, RECORDS);
    ns = (double)(bench_clock() - start) / RECORDS;
    sim_release(&s);
    return ns;
}

static void row(FILE *out, const char *what, double *figures)
{
    double ns = bench_median(figures, ROUNDS);

    fprintf(out, "  %-52s %8.1f %14.1f\n", what, ns, 1e3 / ns);
}

static void bench_jsonl(FILE *out, const char *what, const char *only)
{
    struct pattern *pattern = only ? pattern_new(span_of(only), NULL) : NULL;
    FILE *nowhere = fopen("/dev/null", "w");
    double figures[ROUNDS];

    for (int i = 0; i < ROUNDS; i++) {
        struct jsonl *j = jsonl_new(nowhere, pattern);
        figures[i] = run(jsonl_on_record, j);
        jsonl_close(&j);
    }
    row(out, what, figures);
    fclose(nowhere);
    pattern_free(&pattern);
}

static void bench_printf(FILE *out)
{
    FILE *nowhere = fopen("/dev/null", "w");
    double figures[ROUNDS];

    for (int i = 0; i < ROUNDS; i++)
        figures[i] = run(on_record_printf, nowhere);
    row(out, "the same with fprintf, nothing escaped", figures);
    fclose(nowhere);
}

static void bench_keep(FILE *out)
{
    double figures[ROUNDS];

    for (int i = 0; i < ROUNDS; i++) {
        GPtrArray *kept = g_ptr_array_new_with_free_func(g_free);
        figures[i] = run(on_record_keep, kept);
        g_ptr_array_unref(kept);
    }
    row(out, "made and kept (record_copy)", figures);
}

static double octets_a_line(void)
{
    g_autoptr(GString) lines = g_string_new(NULL);
    struct jsonl *j = jsonl_new_string(lines, NULL);

    run(jsonl_on_record, j);
    jsonl_close(&j);
    return (double)lines->len / RECORDS;
}

void bench_trace(FILE *out)
{
    double figures[ROUNDS];
    uint64_t sum = 0;

    fprintf(out, "  %-52s %8s %14s\n", "a record", "ns", "million a s");
    for (int i = 0; i < ROUNDS; i++)
        figures[i] = run(on_record_ignore, &sum);
    row(out, "made and heard", figures);
    bench_keep(out);
    bench_jsonl(out, "made and written as a line of JSON", NULL);
    bench_jsonl(out, "made and left out: --only 'smtp.reply code=4xx'", "smtp.reply code=4xx");
    bench_jsonl(out, "made and left out: --only '* host=*.nowhere.edu'", "* host=*.nowhere.edu");
    bench_printf(out);
    fprintf(out, "  (%.0f octets a line)\n", octets_a_line());
}

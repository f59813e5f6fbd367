/* mxlab run: a scenario from its start to its end: the ladder for people, a trace and a capture for tools. */
#include <string.h>

#include "cli/cli.h"
#include "export/explain.h"
#include "export/jsonl.h"
#include "export/ladder.h"
#include "export/pcapng.h"
#include "core/plain.h"
#include "view.h"

struct request {
    char *trace, *pcap, *pcap_at, *only, *until, *seed, *language;
    gboolean quiet, packets;
};

/* Everything that listens to one run. */
struct listeners {
    struct cli_output trace_file, pcap_file;
    struct jsonl *trace;
    struct pcapng *pcap;
    struct ladder *ladder;
    uint64_t message; /* seq of the latest record that is no packet: what the next packet may carry */
    GString *says;    /* what that record says */
    GString *comment;
};

static const char *chapter_title(const void *self, unsigned i)
{
    return view_chapter_title(self, i);
}
static const char *chapter_text(const void *self, unsigned i)
{
    return view_chapter_text(self, i);
}

static bool is_stdout(const char *path)
{
    return path != NULL && strcmp(path, "-") == 0;
}

/* ---- The ladder. */

static void print_title(const struct mxlab *m, bool colour)
{
    g_autofree char *title = plain_copy(view_title(m), false);

    printf("%s%s%s", colour ? "\033[1m" : "", title, colour ? "\033[0m" : "");
    if (view_teaches(m)[0] != '\0')
        printf("  (%s)", view_teaches(m));
    putchar('\n');
}

static struct ladder *start_ladder(struct mxlab *m, const struct request *q, const struct pattern *only)
{
    struct ladder_options o = {
        .width = cli_width(stdout),
        .colour = cli_colour(stdout),
        .packets = q->packets,
        .remarks = true,
        .only = only,
        .chapter_title = chapter_title,
        .chapter_text = chapter_text,
        .self = m,
    };
    struct ladder *l = ladder_new(stdout, &o);

    print_title(m, o.colour);
    for (unsigned i = 0; i < view_hosts(m); i++)
        ladder_expect_host(l, view_host(m, i).name);
    mxlab_listen(m, ladder_on_record, l);
    return l;
}

/* ---- The capture. */

static bool is_packet(enum event e)
{
    return e == EV_PACKET_SEND || e == EV_PACKET_FORWARD || e == EV_PACKET_ARRIVE || e == EV_PACKET_DROP;
}

/* A message is told before the packet that carries it, which has it as its cause. */
static void keep_message(void *self, const struct record *r)
{
    struct listeners *l = self;
    const char *remark;

    if (is_packet(r->event))
        return;
    if (explain_is_state(r->event) && r->cause == l->message && l->says->len > 0) {
        l->message = r->seq; /* the state that a line leads to stands between it and its packet */
        return;
    }
    l->message = r->seq;
    g_string_truncate(l->says, 0);
    explain_line(r, NULL, l->says);
    remark = explain_remark(r);
    if (remark != NULL)
        g_string_append_printf(l->says, ". %s", remark);
}

static const char *explain_packet(void *self, const struct record *r)
{
    struct listeners *l = self;

    g_string_truncate(l->comment, 0);
    explain_line(r, NULL, l->comment);
    if (r->cause == l->message && l->says->len > 0)
        g_string_append_printf(l->comment, ": %s", l->says->str);
    return l->comment->str;
}

static struct pcapng *start_capture(struct mxlab *m, struct listeners *l, const char *at)
{
    struct pcapng *p = pcapng_new(l->pcap_file.file, view_epoch_s(m), at, explain_packet, l);

    for (unsigned i = 0; i < view_hosts(m); i++) {
        struct view_host h = view_host(m, i);
        pcapng_name(p, h.address, h.name);
    }
    mxlab_listen(m, keep_message, l);
    mxlab_listen(m, pcapng_on_record, p);
    return p;
}

static struct jsonl *start_trace(struct mxlab *m, FILE *out, const struct pattern *only)
{
    struct jsonl *j = jsonl_new(out, only);
    struct jsonl_header h = { view_name(m), view_sha256(m), view_seed(m), MXLAB_PROGRAM };

    jsonl_header(j, &h);
    mxlab_listen(m, jsonl_on_record, j);
    return j;
}

/* ---- The run. */

/* No file is written twice, and the scenario is not written over. */
static bool check_files(const struct request *q, const char *scenario)
{
    if (q->trace != NULL && q->pcap != NULL && !g_str_equal(q->trace, "/dev/null") &&
        cli_same_file(q->trace, q->pcap)) {
        cli_complain("run: trace and capture can't both go to %s",
                     is_stdout(q->trace) ? "standard output" : q->trace);
        return false;
    }
    for (int i = 0; i < 2; i++) {
        const char *path = i == 0 ? q->trace : q->pcap;
        if (path != NULL && !is_stdout(path) && cli_same_file(path, scenario)) {
            cli_complain("run: %s is the scenario itself", path);
            return false;
        }
    }
    if (q->pcap_at != NULL && q->pcap == NULL) {
        cli_complain("run: --pcap-at says what to capture; --pcap FILE says where to");
        return false;
    }
    return true;
}

static bool open_files(struct listeners *l, const struct request *q)
{
    return cli_output_open(&l->trace_file, q->trace) && cli_output_open(&l->pcap_file, q->pcap);
}

static bool close_files(struct listeners *l)
{
    bool trace_ok = l->trace == NULL || jsonl_close(&l->trace);
    bool pcap_ok = l->pcap == NULL || pcapng_close(&l->pcap);

    ladder_free(&l->ladder);
    if (!trace_ok)
        cli_complain("%s can't be written", l->trace_file.path);
    if (!pcap_ok)
        cli_complain("%s can't be written", l->pcap_file.path);
    bool ok = cli_output_close(&l->trace_file, trace_ok);
    ok = cli_output_close(&l->pcap_file, pcap_ok) && ok && trace_ok && pcap_ok;
    if (fflush(stdout) != 0 || ferror(stdout)) {
        cli_complain("the ladder can't be written");
        ok = false;
    }
    return ok;
}

static int run(struct mxlab *m, const struct request *q, const struct pattern *only, sim_time until)
{
    struct listeners l = { 0 };
    int status = CLI_UNUSABLE;

    if (q->pcap_at != NULL && view_host_find(m, q->pcap_at) < 0) {
        cli_complain("--pcap-at: there is no host \"%s\" in %s", q->pcap_at, view_name(m));
        return CLI_UNUSABLE;
    }
    l.comment = g_string_new(NULL);
    l.says = g_string_new(NULL);
    if (open_files(&l, q)) {
        if (l.trace_file.file != NULL)
            l.trace = start_trace(m, l.trace_file.file, only);
        if (l.pcap_file.file != NULL)
            l.pcap = start_capture(m, &l, q->pcap_at);
        if (!q->quiet && !is_stdout(q->trace) && !is_stdout(q->pcap))
            l.ladder = start_ladder(m, q, only);
        if (mxlab_run(m, until))
            mxlab_end(m);
        status = close_files(&l) ? CLI_DONE : CLI_UNUSABLE;
    } else {
        cli_output_close(&l.trace_file, false);
        cli_output_close(&l.pcap_file, false);
    }
    g_string_free(l.comment, TRUE);
    g_string_free(l.says, TRUE);
    return status;
}

static bool read_seed(const char *text, struct mxlab_options *o)
{
    if (text == NULL)
        return true;
    o->has_seed = span_number(span_of(text), INT64_MAX, &o->seed);
    if (!o->has_seed)
        cli_complain("--seed: \"%s\" is no whole number from 0 on", text);
    return o->has_seed;
}

int cli_run(int argc, char **argv)
{
    struct request q = { 0 };
    const GOptionEntry entries[] = {
        { "trace", 0, 0, G_OPTION_ARG_FILENAME, &q.trace,
          "Write the trace, JSON Lines (- is standard output)", "FILE" },
        { "pcap", 0, 0, G_OPTION_ARG_FILENAME, &q.pcap, "Write the capture, pcapng", "FILE" },
        { "pcap-at", 0, 0, G_OPTION_ARG_STRING, &q.pcap_at, "Capture only what this host sends and receives",
          "HOST" },
        { "only", 0, 0, G_OPTION_ARG_STRING, &q.only,
          "Only records that match: \"smtp.reply code=4xx\" (docs/TRACE.md)", "PATTERN" },
        { "until", 0, 0, G_OPTION_ARG_STRING, &q.until, "Stop at this virtual time: 90s, 1h30m, or seconds",
          "TIME" },
        { "seed", 0, 0, G_OPTION_ARG_STRING, &q.seed, "A seed in place of the scenario's", "N" },
        { "packets", 0, 0, G_OPTION_ARG_NONE, &q.packets, "Show each packet in the ladder", NULL },
        { "quiet", 'q', 0, G_OPTION_ARG_NONE, &q.quiet, "No ladder", NULL },
        { "lang", 0, 0, G_OPTION_ARG_STRING, &q.language, "Language of titles and texts: en, ko",
          "LANGUAGE" },
        G_OPTION_ENTRY_NULL,
    };
    struct mxlab_options o = { 0 };
    struct pattern *only = NULL;
    sim_time until = SIM_NEVER;
    char **words = NULL;
    int status = CLI_UNUSABLE;

    if (cli_options(argc, argv, "SCENARIO", "Run a scenario and show what happens, as a ladder.", entries, 1,
                    1, &words) &&
        check_files(&q, words[0]) && read_seed(q.seed, &o) &&
        (q.until == NULL || cli_time("--until", q.until, &until)) && cli_pattern("--only", q.only, &only)) {
        o.language = cli_language(q.language);
        struct mxlab *m = cli_open(words[0], &o);
        if (m != NULL)
            status = run(m, &q, only, until);
        mxlab_close(&m);
    }
    pattern_free(&only);
    g_strfreev(words);
    char *texts[] = { q.trace, q.pcap, q.pcap_at, q.only, q.until, q.seed, q.language };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    return status;
}

/* mxlab verify: run a scenario again, with the seed that the trace names, and hold the trace against it, byte
 * for byte, as both come: neither is ever in memory as a whole. */
#include "cli/cli.h"

#include <errno.h>
#include <string.h>

#include "export/jsonl.h"
#include "core/plain.h"
#include "view.h"

enum { HEADER_MAX = 65536, SHOWN_MAX = 400 };

/* The trace that is doubted. */
struct claim {
    const char *path;
    FILE *file;
    GString *ahead; /* read, but not compared yet: the header, for its seed */
    GString *line;  /* the line that is being compared */
    unsigned n;     /* lines compared */
};

/* ---- The file. */

static bool complain_unreadable(const struct claim *c)
{
    cli_complain("verify: %s can't be read: %s", c->path, g_strerror(errno));
    return false;
}

static bool claim_open(struct claim *c, const char *path)
{
    *c = (struct claim){ .path = path, .ahead = g_string_new(NULL), .line = g_string_new(NULL) };
    c->file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    if (c->file == NULL)
        return complain_unreadable(c);
    for (int ch = 0; ch != '\n' && c->ahead->len < HEADER_MAX && (ch = getc(c->file)) != EOF;)
        g_string_append_c(c->ahead, (char)ch);
    return !ferror(c->file) || complain_unreadable(c);
}

static void claim_close(struct claim *c)
{
    if (c->file != NULL && c->file != stdin)
        fclose(c->file);
    g_string_free(c->ahead, TRUE);
    g_string_free(c->line, TRUE);
}

/* Up to `n` octets, up to the end of a line, appended to c->line. */
static void read_on(struct claim *c, size_t n)
{
    size_t from_ahead = MIN(n, c->ahead->len);
    int ch = 0;

    g_string_append_len(c->line, c->ahead->str, (gssize)from_ahead);
    g_string_erase(c->ahead, 0, (gssize)from_ahead);
    for (n -= from_ahead; n > 0 && ch != '\n' && (ch = getc(c->file)) != EOF; n--)
        g_string_append_c(c->line, (char)ch);
}

/* Whether the next line is this one (its line feed included). */
static bool claim_has(struct claim *c, struct span line)
{
    c->n++;
    g_string_truncate(c->line, 0);
    read_on(c, line.len);
    return span_is(span_bytes(c->line->str, c->line->len), line);
}

/* The seed in the header line, if there is one. */
static void find_seed(const struct claim *c, struct mxlab_options *o)
{
    const char *at = strstr(c->ahead->str, "\"seed\":");
    size_t n = 0;

    if (at == NULL)
        return;
    at += strlen("\"seed\":");
    while (g_ascii_isdigit(at[n]))
        n++;
    o->has_seed = span_number(span_bytes(at, n), UINT64_MAX, &o->seed);
}

/* ---- The run, and the two beside each other. */

static void print_line(const char *whose, struct span line)
{
    GString *plain = g_string_new(NULL);

    if (line.len > 0 && line.at[line.len - 1] == '\n')
        line.len--;
    plain_text(plain, span_bytes(line.at, MIN(line.len, SHOWN_MAX)), false);
    printf("  %s: %s%s\n", whose, plain->str, line.len > SHOWN_MAX ? "…" : "");
    g_string_free(plain, TRUE);
}

/* `ours` has no length: the run has ended. */
static bool deny(struct claim *c, const struct mxlab *m, struct span ours)
{
    if (c->line->len > 0 && c->line->str[c->line->len - 1] != '\n')
        read_on(c, SHOWN_MAX + 1);
    printf("%s:%u: this is not the trace of %s, seed %" G_GUINT64_FORMAT "\n", c->path, c->n, view_name(m),
           view_seed(m));
    print_line("the file", c->line->len > 0 ? span_bytes(c->line->str, c->line->len) : SPAN("nothing more"));
    print_line("the run ", ours.len > 0 ? ours : SPAN("nothing more"));
    return false;
}

/* All whole lines of `ours`, which go. False if the claim has others. */
static bool compare(struct claim *c, const struct mxlab *m, GString *ours)
{
    const char *at = ours->str, *end;
    bool same = true;

    while (same && (end = memchr(at, '\n', ours->len - (size_t)(at - ours->str))) != NULL) {
        struct span line = span_bytes(at, (size_t)(end + 1 - at));
        same = claim_has(c, line) || deny(c, m, line);
        at = end + 1;
    }
    g_string_erase(ours, 0, at - ours->str);
    return same;
}

static bool is_at_end(struct claim *c, const struct mxlab *m)
{
    c->n++;
    g_string_truncate(c->line, 0);
    read_on(c, SHOWN_MAX + 1);
    return c->line->len == 0 || deny(c, m, SPAN(""));
}

static bool run_beside(struct claim *c, struct mxlab *m)
{
    GString *ours = g_string_new(NULL);
    struct jsonl *j = jsonl_new_string(ours, NULL);
    struct jsonl_header h = { view_name(m), view_sha256(m), view_seed(m), MXLAB_PROGRAM };
    bool same = true;

    jsonl_header(j, &h);
    mxlab_listen(m, jsonl_on_record, j);
    while (same && mxlab_step(m))
        same = compare(c, m, ours);
    jsonl_close(&j);
    same = same && compare(c, m, ours) && is_at_end(c, m);
    g_string_free(ours, TRUE);
    return same;
}

static int verify(struct claim *c, struct mxlab *m)
{
    bool same = run_beside(c, m);

    if (ferror(c->file)) {
        complain_unreadable(c);
        return CLI_UNUSABLE;
    }
    if (same)
        printf("%s is the trace of %s, seed %" G_GUINT64_FORMAT ": %" G_GUINT64_FORMAT " records\n", c->path,
               view_name(m), view_seed(m), view_seq(m));
    return same ? CLI_DONE : CLI_FAILED;
}

int cli_verify(int argc, char **argv)
{
    char **words = NULL;
    int status = CLI_UNUSABLE;

    if (!cli_options(argc, argv, "SCENARIO TRACE",
                     "Run a scenario again, with the trace's seed: is this its trace, byte for byte?\n"
                     "Exit status 0: it is. 1: it is not, and the first line that differs is shown.",
                     NULL, 2, 2, &words))
        ;
    else if (strcmp(words[0], "-") == 0 && strcmp(words[1], "-") == 0) {
        cli_complain("verify: scenario and trace can't both come from standard input");
    } else {
        struct mxlab_options o = { 0 };
        struct mxlab *m = NULL;
        struct claim c;

        if (claim_open(&c, words[1])) {
            find_seed(&c, &o);
            m = cli_open(words[0], &o);
            if (m != NULL)
                status = verify(&c, m);
        }
        mxlab_close(&m);
        claim_close(&c);
    }
    g_strfreev(words);
    return status;
}

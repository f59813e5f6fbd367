/* mxlab verify: run a scenario again, with the seed that the trace names, and hold the trace against it, byte
 * for byte. */
#include "cli/cli.h"

#include <errno.h>
#include <string.h>

#include "export/jsonl.h"
#include "view.h"

/* The seed in the header line, if there is one. */
static bool seed_of(const char *trace, struct mxlab_options *o)
{
    const char *end = strchr(trace, '\n'), *at = strstr(trace, "\"seed\":");
    size_t n = 0;

    if (at == NULL || end == NULL || at > end)
        return false;
    at += strlen("\"seed\":");
    while (g_ascii_isdigit(at[n]))
        n++;
    o->has_seed = span_number(span_bytes(at, n), UINT64_MAX, &o->seed);
    return o->has_seed;
}

static GString *run_again(struct mxlab *m)
{
    GString *out = g_string_new(NULL);
    struct jsonl *j = jsonl_new_string(out, NULL);
    struct jsonl_header h = { view_name(m), view_sha256(m), view_seed(m), MXLAB_PROGRAM };

    jsonl_header(j, &h);
    mxlab_listen(m, jsonl_on_record, j);
    mxlab_run(m, SIM_NEVER);
    jsonl_close(&j);
    return out;
}

static size_t line_length(const char *text)
{
    return strcspn(text, "\n");
}

/* The first line that differs, from 1, and where it begins in both; 0 if they are the same. */
static unsigned first_difference(const char **a, const char **b)
{
    for (unsigned line = 1; **a != '\0' || **b != '\0'; line++) {
        size_t n = line_length(*a), k = line_length(*b);
        bool same = n == k && memcmp(*a, *b, n) == 0 && ((*a)[n] == '\n') == ((*b)[k] == '\n');

        if (!same)
            return line;
        *a += n + ((*a)[n] == '\n');
        *b += k + ((*b)[k] == '\n');
    }
    return 0;
}

static void print_line(const char *whose, const char *line)
{
    if (*line == '\0')
        printf("  %s: nothing more\n", whose);
    else
        printf("  %s: %.*s\n", whose, (int)MIN(line_length(line), 400), line);
}

static int verify(struct mxlab *m, const char *path, const GString *trace)
{
    GString *again = run_again(m);
    const char *theirs = trace->str, *ours = again->str;
    bool has_nul = memchr(trace->str, '\0', trace->len) != NULL;
    unsigned line = first_difference(&theirs, &ours);

    if (line == 0 && !has_nul)
        printf("%s is the trace of %s, seed %" G_GUINT64_FORMAT ": %" G_GUINT64_FORMAT " records\n", path,
               view_name(m), view_seed(m), view_seq(m));
    else {
        printf("%s:%u: this is not the trace of %s, seed %" G_GUINT64_FORMAT "\n", path, line, view_name(m),
               view_seed(m));
        print_line("the file", theirs);
        print_line("the run ", ours);
    }
    g_string_free(again, TRUE);
    return line == 0 && !has_nul ? CLI_DONE : CLI_FAILED;
}

static bool read_trace(const char *path, GString *out)
{
    FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    char block[65536];
    size_t n;

    while (f != NULL && (n = fread(block, 1, sizeof block, f)) > 0)
        g_string_append_len(out, block, (gssize)n);
    bool ok = f != NULL && !ferror(f);
    if (!ok)
        cli_complain("verify: %s can't be read: %s", path, g_strerror(errno));
    if (f != NULL && f != stdin)
        fclose(f);
    return ok;
}

int cli_verify(int argc, char **argv)
{
    char **words = NULL;
    int status = CLI_UNUSABLE;

    if (cli_options(argc, argv, "SCENARIO TRACE", "Run a scenario again: is this its trace?", NULL, 2, 2,
                    &words)) {
        struct mxlab_options o = { 0 };
        GString *trace = g_string_new(NULL);
        struct mxlab *m = NULL;

        if (read_trace(words[1], trace)) {
            seed_of(trace->str, &o);
            m = cli_open(words[0], &o);
            if (m != NULL)
                status = verify(m, words[1], trace);
        }
        mxlab_close(&m);
        g_string_free(trace, TRUE);
    }
    g_strfreev(words);
    return status;
}

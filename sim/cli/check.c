/* mxlab check: every complaint about each file, errors and doubts, with line and column. */
#include "cli/cli.h"

static bool check(const char *word, bool quiet)
{
    char *path = mxlab_scenario_find(word);
    struct report r;

    report_init(&r, path);
    struct mxlab *m = mxlab_open(path, NULL, &r);
    bool ok = m != NULL;
    report_print(&r, stderr);
    if (ok && !quiet)
        printf("%s: %s\n", path,
               r.doubts == 0   ? "good"
               : r.doubts == 1 ? "runs, with one doubt"
                               : "runs, with doubts");
    mxlab_close(&m);
    report_release(&r);
    g_free(path);
    return ok;
}

int cli_check(int argc, char **argv)
{
    gboolean quiet = FALSE;
    const GOptionEntry entries[] = {
        { "quiet", 'q', 0, G_OPTION_ARG_NONE, &quiet, "Say nothing of what is good", NULL },
        G_OPTION_ENTRY_NULL,
    };
    char **words = NULL;
    int status = CLI_UNUSABLE;

    if (cli_options(argc, argv, "FILE...", "Say all that is wrong with scenarios, and what is dubious.",
                    entries, 1, G_MAXUINT, &words)) {
        status = CLI_DONE;
        for (unsigned i = 0; words[i] != NULL; i++)
            if (!check(words[i], quiet))
                status = CLI_UNUSABLE;
    }
    g_strfreev(words);
    return status;
}

/* mxlab expand: the scenario with nothing left implied. Running that gives the same trace. */
#include "cli/cli.h"

int cli_expand(int argc, char **argv)
{
    char **words = NULL;
    int status = CLI_UNUSABLE;

    if (cli_options(argc, argv, "SCENARIO", "Print a scenario with all that is derived written out.", NULL, 1,
                    1, &words)) {
        struct mxlab *m = cli_open(words[0], NULL);
        if (m != NULL) {
            GString *out = g_string_new(NULL);
            mxlab_expand(m, out);
            status = fwrite(out->str, 1, out->len, stdout) == out->len && fflush(stdout) == 0 ? CLI_DONE
                                                                                              : CLI_UNUSABLE;
            g_string_free(out, TRUE);
        }
        mxlab_close(&m);
    }
    g_strfreev(words);
    return status;
}

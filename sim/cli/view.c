/* mxlab view, mxlab figure: both are mxlab-view's doing; it stands beside this program, or on the PATH. */
#include "cli/cli.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static char *program_beside(void)
{
    char *self = g_file_read_link("/proc/self/exe", NULL),
         *folder = g_path_get_dirname(self != NULL ? self : ".");
    char *beside = g_build_filename(folder, "mxlab-view", NULL);

    g_free(self);
    g_free(folder);
    if (g_file_test(beside, G_FILE_TEST_IS_EXECUTABLE))
        return beside;
    g_free(beside);
    return g_find_program_in_path("mxlab-view");
}

/* Become mxlab-view. Returns only if that can't be. `args` begins with a place for the program's name and
 * ends with NULL. */
static int become_view(GPtrArray *args)
{
    char *program = program_beside();

    if (program == NULL) {
        cli_complain("there is no mxlab-view beside this program (make window builds it where SDL2, Cairo "
                     "and Pango are installed)");
        return CLI_UNUSABLE;
    }
    args->pdata[0] = program;
    execv(program, (char **)args->pdata);
    cli_complain("%s: %s", program, g_strerror(errno));
    g_free(program);
    return CLI_UNUSABLE;
}

static GPtrArray *args_new(void)
{
    GPtrArray *args = g_ptr_array_new();

    g_ptr_array_add(args, NULL);
    return args;
}

static int with_scenario(GPtrArray *args, const char *scenario)
{
    char *path = scenario != NULL ? mxlab_scenario_find(scenario) : NULL;

    if (path != NULL)
        g_ptr_array_add(args, path);
    g_ptr_array_add(args, NULL);
    int status = become_view(args);
    g_ptr_array_unref(args);
    g_free(path);
    return status;
}

int cli_view(int argc, char **argv)
{
    char **words = NULL;
    const GOptionEntry entries[] = { { NULL } };

    if (!cli_options(argc, argv, "[SCENARIO]", "The window: step through a run, ask why, break things.",
                     entries, 0, 1, &words))
        return CLI_UNUSABLE;
    int status = with_scenario(args_new(), words[0]);
    g_strfreev(words);
    return status;
}

int cli_figure(int argc, char **argv)
{
    gboolean is_ladder = FALSE, is_map = FALSE, is_both = FALSE, is_film = FALSE;
    char *at = NULL, *from = NULL, *to = NULL, *speed = NULL, *out = NULL, *theme = NULL, *language = NULL,
         *size = NULL, **words = NULL;
    const GOptionEntry entries[] = {
        { "ladder", 0, 0, G_OPTION_ARG_NONE, &is_ladder, "The whole sequence diagram", NULL },
        { "map", 0, 0, G_OPTION_ARG_NONE, &is_map, "Hosts, links and what travels", NULL },
        { "all", 0, 0, G_OPTION_ARG_NONE, &is_both, "Both: the map above the ladder", NULL },
        { "record", 0, 0, G_OPTION_ARG_NONE, &is_film, "A film of the window as it plays, made by ffmpeg",
          NULL },
        { "at", 0, 0, G_OPTION_ARG_STRING, &at, "The moment (else the end)", "TIME" },
        { "from", 0, 0, G_OPTION_ARG_STRING, &from, "Where a film begins (else at the start)", "TIME" },
        { "to", 0, 0, G_OPTION_ARG_STRING, &to, "Where it ends (else at the end)", "TIME" },
        { "speed", 0, 0, G_OPTION_ARG_STRING, &speed, "How fast it plays: 0.25 to 8 (1)", "N" },
        { "output", 'o', 0, G_OPTION_ARG_FILENAME, &out, "Where to: .svg, .pdf or .png; a film .mp4 or .gif",
          "FILE" },
        { "size", 0, 0, G_OPTION_ARG_STRING, &size, "Of the window it is a part of (1280x800)", "WxH" },
        { "theme", 0, 0, G_OPTION_ARG_STRING, &theme, "light, dark or contrast", "NAME" },
        { "language", 0, 0, G_OPTION_ARG_STRING, &language, "Of texts for people: en, ko", "LANG" },
        { NULL },
    };
    const struct {
        const char *name;
        char **value;
    } passed[] = { { "--at", &at },       { "--from", &from },        { "--to", &to },
                   { "--speed", &speed }, { "--figure", &out },       { "--size", &size },
                   { "--theme", &theme }, { "--language", &language } };
    int status = CLI_UNUSABLE;

    if (!cli_options(argc, argv, "SCENARIO", "A picture of a run, for a slide or a page.", entries, 1, 1,
                     &words))
        return CLI_UNUSABLE;
    if (out == NULL || is_ladder + is_map + is_both + is_film != 1) {
        cli_complain("figure: say --ladder, --map, --all or --record, and where to: -o FILE.svg");
    } else if (is_film ? at != NULL : from != NULL || to != NULL || speed != NULL) {
        cli_complain("figure: a picture has a moment (--at), a film has --from, --to and --speed");
    } else {
        GPtrArray *args = args_new();

        g_ptr_array_add(args, (char *)(is_film ? "--film" : is_ladder ? "--ladder" : "--map"));
        if (is_both)
            g_ptr_array_add(args, (char *)"--ladder");
        for (size_t i = 0; i < G_N_ELEMENTS(passed); i++)
            if (*passed[i].value != NULL) {
                g_ptr_array_add(args, (char *)passed[i].name);
                g_ptr_array_add(args, *passed[i].value);
            }
        status = with_scenario(args, words[0]);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(passed); i++)
        g_free(*passed[i].value);
    g_strfreev(words);
    return status;
}

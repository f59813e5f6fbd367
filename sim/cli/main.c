/* mxlab: a teaching simulator of e-mail and DNS. One file a subcommand. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *means;
} commands[] = {
    { "run", cli_run, "run a scenario: the ladder, a trace, a capture" },
    { "check", cli_check, "all that is wrong with scenarios, and what is dubious" },
    { "expand", cli_expand, "a scenario with nothing left implied" },
    { "list", cli_list, "the bundled scenarios, and what each teaches" },
    { "show", cli_show, "the tables of a host at a time" },
    { "step", cli_step, "step through a run in the terminal: next, back, why, show" },
    { "verify", cli_verify, "run again: is this the trace?" },
    { "view", cli_view, "the window" },
    { "figure", cli_figure, "a picture of the map or the ladder (SVG, PDF, PNG), a film (MP4, GIF)" },
};

static void usage(FILE *out)
{
    fputs("mxlab: a laboratory bench for e-mail and DNS\n\n", out);
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        fprintf(out, "  mxlab %-8s %s\n", commands[i].name, commands[i].means);
    fputs("\nmxlab COMMAND --help says more. A first look:  mxlab run alice-to-bob\n", out);
}

static int unknown(const char *name)
{
    const char *names[G_N_ELEMENTS(commands) + 1] = { 0 };

    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        names[i] = commands[i].name;
    const char *closest = report_closest(name, names);
    if (closest != NULL)
        cli_complain("there is no command \"%s\" (did you mean \"%s\"?)", name, closest);
    else
        cli_complain("there is no command \"%s\" (see mxlab --help)", name);
    return CLI_UNUSABLE;
}

/* A standard stream that is closed would be the next file that is opened, and get what is printed. */
static void fill_closed_streams(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
            _exit(CLI_UNUSABLE);
}

/* What was printed has to arrive. */
static int finish(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    cli_complain("standard output can't be written: %s", g_strerror(errno));
    return CLI_UNUSABLE;
}

int main(int argc, char **argv)
{
    fill_closed_streams();
    signal(SIGPIPE, SIG_DFL); /* `mxlab run … | head` just ends */
    if (argc < 2) {
        usage(stderr);
        return CLI_UNUSABLE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        usage(stdout);
        return finish(CLI_DONE);
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts(MXLAB_PROGRAM);
        return finish(CLI_DONE);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return finish(commands[i].run(argc - 1, argv + 1));
    return unknown(argv[1]);
}

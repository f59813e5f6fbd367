/* cli/cli.h: what the subcommands share: options, opening a scenario, files that appear only when they are
 * whole. Exit status 0: done; 1: it ran, and an expectation failed; 2: usage, or a file that can't be used.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

#include "core/pattern.h"
#include "mxlab.h"

enum { CLI_DONE = 0, CLI_FAILED = 1, CLI_UNUSABLE = 2 };

/* One a subcommand. argv[0] is its name. */
int cli_run(int argc, char **argv);
int cli_check(int argc, char **argv);
int cli_expand(int argc, char **argv);
int cli_list(int argc, char **argv);
int cli_show(int argc, char **argv);
int cli_step(int argc, char **argv);
int cli_verify(int argc, char **argv);
int cli_view(int argc, char **argv);
int cli_figure(int argc, char **argv);

/* Take the options out of argv; `usage` is what follows the name ("SCENARIO"), `about` one sentence. What
 * remains is put into `words_out`, NULL-terminated, for the caller to g_strfreev: at least `least` and at
 * most `most` words. False, after an explanation on standard error, if the call is not of that form. --help
 * is answered, and ends the program. */
bool cli_options(int argc, char **argv, const char *usage, const char *about, const GOptionEntry *entries,
                 unsigned least, unsigned most, char ***words_out);

/* A line on standard error: "mxlab: …". */
void cli_complain(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* Open a scenario: a path, "-", or the name of a bundled one ("alice-to-bob"). Complaints go to standard
 * error, doubts too; NULL if there are errors. */
struct mxlab *cli_open(const char *scenario, const struct mxlab_options *o);

/* --at and --until: "90s" or "1h30m", or bare seconds as in traces ("1800.084"). False after a complaint. */
bool cli_time(const char *option, const char *text, sim_time *out);
/* NULL text gives NULL. False after a complaint that points at the character. */
bool cli_pattern(const char *option, const char *text, struct pattern **out);

/* The language for people: `wanted`, else of the environment (LC_ALL, LC_MESSAGES, LANG) if it is one we
 * speak, else "en". */
const char *cli_language(const char *wanted);
/* Columns of the terminal that `f` is, 80 if it is none; and whether it wants colour (NO_COLOR is honoured).
 */
unsigned cli_width(FILE *f);
bool cli_colour(FILE *f);

/* ---- Output files: written beside, and renamed when whole, so that nobody ever finds half of one. */

struct cli_output {
    const char *path;   /* as given; "-" is standard output; NULL: not wanted */
    char *part, *whole; /* where it is written, and what that becomes; NULL: a pipe or a device */
    FILE *file;         /* NULL: not wanted */
};

bool cli_output_open(struct cli_output *o, const char *path);
/* `ok` false throws it away. False after a complaint if it could not be written. */
bool cli_output_close(struct cli_output *o, bool ok);

/* Both name the same file, now. */
bool cli_same_file(const char *a, const char *b);

#endif

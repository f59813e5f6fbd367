#include "cli/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/plain.h"

enum { WIDTH_LEAST = 50 };

void cli_complain(const char *format, ...)
{
    va_list args;

    fflush(stdout);
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *plain = plain_copy(message, false);
    fprintf(stderr, "mxlab: %s\n", plain);
}

bool cli_options(int argc, char **argv, const char *usage, const char *about, const GOptionEntry *entries,
                 unsigned least, unsigned most, char ***words_out)
{
    GOptionContext *context = g_option_context_new(usage);
    char **words = NULL, **args = g_new0(char *, (gsize)argc + 1);
    const GOptionEntry rest[] = {
        { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &words, NULL, NULL }, G_OPTION_ENTRY_NULL
    };
    char *name = g_strdup_printf("mxlab %s", argv[0]);
    GError *error = NULL;

    for (int i = 0; i < argc; i++)
        args[i] = g_strdup(argv[i]);
    g_set_prgname(name);
    g_option_context_set_summary(context, about);
    if (g_str_has_prefix(usage, "SCENARIO"))
        g_option_context_set_description(
            context, "SCENARIO is a file, the name of a bundled one (mxlab list), or - for standard input.");
    if (entries != NULL)
        g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_add_main_entries(context, rest, NULL);
    bool ok = g_option_context_parse_strv(context, &args, &error);
    unsigned n = words ? g_strv_length(words) : 0;

    if (!ok)
        cli_complain("%s: %s (see %s --help)", argv[0], error->message, name);
    else if (n < least || n > most) {
        cli_complain("%s: %s (usage: %s %s)", argv[0], n < least ? "something is missing" : "too many words",
                     name, usage);
        ok = false;
    }
    g_clear_error(&error);
    g_option_context_free(context);
    g_strfreev(args);
    g_free(name);
    if (!ok)
        g_clear_pointer(&words, g_strfreev);
    *words_out = words;
    return ok;
}

/* ---- Scenarios. */

/* A bare name that is neither a file's nor a bundled scenario's: which may have been meant? */
static bool complain_unknown(const char *scenario)
{
    g_autofree char *folder = mxlab_scenario_folder();

    if (folder == NULL || strcmp(scenario, "-") == 0 || strchr(scenario, '/') != NULL ||
        access(scenario, F_OK) == 0)
        return false;
    GPtrArray *names = mxlab_scenario_names(folder);
    for (unsigned i = 0; i < names->len; i++) {
        char *name = g_ptr_array_index(names, i);
        name[strlen(name) - strlen(".json")] = '\0';
    }
    g_ptr_array_add(names, NULL);
    const char *closest = report_closest(scenario, (const char *const *)names->pdata);
    if (closest != NULL)
        cli_complain("%s: there is no such file, and no bundled scenario of that name (did you mean \"%s\"?)",
                     scenario, closest);
    else
        cli_complain("%s: there is no such file, and no bundled scenario of that name (see mxlab list)",
                     scenario);
    g_ptr_array_unref(names);
    return true;
}

struct mxlab *cli_open(const char *scenario, const struct mxlab_options *o)
{
    char *path = mxlab_scenario_find(scenario);
    struct report r;

    if (strcmp(path, scenario) == 0 && complain_unknown(scenario)) {
        g_free(path);
        return NULL;
    }
    report_init(&r, path);
    struct mxlab *m = mxlab_open(path, o, &r);
    report_print(&r, stderr);
    report_release(&r);
    g_free(path);
    return m;
}

/* ---- Values of options. */

bool cli_time(const char *option, const char *text, sim_time *out)
{
    char *with_unit = g_strdup_printf("%ss", text);
    bool ok = time_parse(span_of(text), out) || time_parse(span_of(with_unit), out);

    g_free(with_unit);
    if (!ok)
        cli_complain("%s: \"%s\" is no time (write \"90s\", \"1h30m\", or seconds as in a trace)", option,
                     text);
    return ok;
}

bool cli_pattern(const char *option, const char *text, struct pattern **out)
{
    struct pattern_error e;

    *out = NULL;
    if (text == NULL)
        return true;
    *out = pattern_new(span_of(text), &e);
    if (*out != NULL)
        return true;
    cli_complain("%s: %s", option, e.message);
    fprintf(stderr, "  %s\n  %*s^\n", text, (int)g_utf8_strlen(text, (gssize)MIN(e.offset, strlen(text))),
            "");
    return false;
}

const char *cli_language(const char *wanted)
{
    static const char *const named_by[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

    if (wanted != NULL)
        return wanted;
    for (size_t i = 0; i < G_N_ELEMENTS(named_by); i++) {
        const char *value = g_getenv(named_by[i]);
        if (value != NULL && value[0] != '\0')
            return g_str_has_prefix(value, "ko") ? "ko" : "en";
    }
    return "en";
}

unsigned cli_width(FILE *f)
{
    struct winsize w;

    if (isatty(fileno(f)) && ioctl(fileno(f), TIOCGWINSZ, &w) == 0 && w.ws_col > 0)
        return MAX(w.ws_col, WIDTH_LEAST);
    return 80;
}

bool cli_colour(FILE *f)
{
    const char *no = g_getenv("NO_COLOR"), *term = g_getenv("TERM");

    return isatty(fileno(f)) && (no == NULL || no[0] == '\0') && term != NULL && strcmp(term, "dumb") != 0;
}

/* ---- Output files. */

/* A pipe or a device is written to, never replaced; a link is followed, so that it stays one. */
bool cli_output_open(struct cli_output *o, const char *path)
{
    struct stat st;

    *o = (struct cli_output){ .path = path };
    if (path == NULL)
        return true;
    if (strcmp(path, "-") == 0) {
        o->file = stdout;
        return true;
    }
    bool exists = stat(path, &st) == 0, is_special = exists && !S_ISREG(st.st_mode);
    char *whole = exists ? realpath(path, NULL) : NULL;
    if (!is_special) {
        o->whole = g_strdup(whole != NULL ? whole : path);
        o->part = g_strdup_printf("%s.%d.part", o->whole, (int)getpid());
    }
    free(whole);
    o->file = fopen(is_special ? path : o->part, "wb");
    if (o->file == NULL)
        cli_complain("%s can't be written: %s", path, g_strerror(errno));
    return o->file != NULL;
}

bool cli_output_close(struct cli_output *o, bool ok)
{
    bool written = ok;

    if (o->file == stdout)
        written = fflush(stdout) == 0 && ok;
    else if (o->file != NULL) {
        written = fclose(o->file) == 0 && ok && (o->part == NULL || rename(o->part, o->whole) == 0);
        int error = errno;
        if (!written && o->part != NULL)
            unlink(o->part);
        errno = error;
    }
    if (ok && !written)
        cli_complain("%s can't be written: %s", o->path, g_strerror(errno));
    g_free(o->part);
    g_free(o->whole);
    *o = (struct cli_output){ 0 };
    return written || !ok;
}

bool cli_same_file(const char *a, const char *b)
{
    struct stat x, y;

    if (strcmp(a, b) == 0)
        return true;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* mxlab show: what a host says of itself at a moment: its queue, mailboxes, cache, zones, connections. */
#include "cli/cli.h"

#include "core/plain.h"
#include "view.h"

static void list_hosts(const struct mxlab *m)
{
    for (unsigned i = 0; i < view_hosts(m); i++) {
        struct view_host h = view_host(m, i);
        fprintf(stderr, "  %-24s %s\n", h.name, h.role_text);
    }
}

static int show(struct mxlab *m, const char *host, sim_time at, bool as_json)
{
    int i = view_host_find(m, host);

    if (i < 0) {
        cli_complain("show: there is no host \"%s\" in %s; there are", host, view_name(m));
        list_hosts(m);
        return CLI_UNUSABLE;
    }
    mxlab_run(m, at);

    struct sheet *s = view_host_sheet(m, (unsigned)i);
    GString *out = g_string_new(NULL);
    char clock[TIME_CLOCK_MAX];

    if (as_json) {
        sheet_to_json(s, out);
        g_string_append_c(out, '\n');
    } else {
        g_autofree char *name = s->title;
        s->title = g_strdup_printf("%s, %s%s", name, time_clock(clock, view_now(m)),
                                   view_host(m, (unsigned)i).is_up ? "" : " (down)");
        sheet_to_text(s, out);
        g_autofree char *plain = plain_copy(out->str, true);
        g_string_assign(out, plain);
    }
    bool ok = fwrite(out->str, 1, out->len, stdout) == out->len && fflush(stdout) == 0;
    g_string_free(out, TRUE);
    sheet_free(&s);
    return ok ? CLI_DONE : CLI_UNUSABLE;
}

int cli_show(int argc, char **argv)
{
    char *at_text = NULL, *language = NULL, **words = NULL;
    gboolean as_json = FALSE;
    const GOptionEntry entries[] = {
        { "at", 0, 0, G_OPTION_ARG_STRING, &at_text,
          "At this virtual time: 90s, 1h30m, or seconds; else at the end", "TIME" },
        { "json", 0, 0, G_OPTION_ARG_NONE, &as_json, "As JSON", NULL },
        { "lang", 0, 0, G_OPTION_ARG_STRING, &language, "Language of titles and texts: en, ko", "LANGUAGE" },
        G_OPTION_ENTRY_NULL,
    };
    sim_time at = SIM_NEVER;
    int status = CLI_UNUSABLE;

    if (cli_options(argc, argv, "SCENARIO HOST", "Show the tables of a host at a moment of the run.", entries,
                    2, 2, &words) &&
        (at_text == NULL || cli_time("--at", at_text, &at))) {
        struct mxlab_options o = { .language = cli_language(language) };
        struct mxlab *m = cli_open(words[0], &o);
        if (m != NULL)
            status = show(m, words[1], at, as_json);
        mxlab_close(&m);
    }
    g_free(at_text);
    g_free(language);
    g_strfreev(words);
    return status;
}

/* mxlab show: what a host says of itself at a moment: its queue, mailboxes, cache, zones, connections; or a
 * message, taken apart. */
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

/* `note` follows the title. Frees the sheet. */
static int print_sheet(const struct mxlab *m, struct sheet *s, const char *note, bool as_json)
{
    GString *out = g_string_new(NULL);
    char clock[TIME_CLOCK_MAX];

    if (as_json) {
        sheet_to_json(s, out);
        g_string_append_c(out, '\n');
    } else {
        g_autofree char *name = s->title;
        s->title = g_strdup_printf("%s, %s%s", name, time_clock(clock, view_now(m)), note);
        sheet_to_text(s, out);
        g_autofree char *plain = plain_copy(out->str, true);
        g_string_assign(out, plain);
    }
    bool ok = fwrite(out->str, 1, out->len, stdout) == out->len && fflush(stdout) == 0;
    g_string_free(out, TRUE);
    sheet_free(&s);
    return ok ? CLI_DONE : CLI_UNUSABLE;
}

static int show_host(struct mxlab *m, const char *host, sim_time at, bool as_json)
{
    int i = view_host_find(m, host);

    if (i < 0) {
        cli_complain("show: there is no host \"%s\" in %s; there are", host, view_name(m));
        list_hosts(m);
        return CLI_UNUSABLE;
    }
    mxlab_run(m, at);
    return print_sheet(m, view_host_sheet(m, (unsigned)i), view_host(m, (unsigned)i).is_up ? "" : " (down)",
                       as_json);
}

static int show_mail(struct mxlab *m, uint32_t mail, sim_time at, bool as_json)
{
    struct sheet *s;
    char clock[TIME_CLOCK_MAX];

    mxlab_run(m, at);
    s = view_mail_sheet(m, mail);
    if (s == NULL) {
        cli_complain("show: no host has a mail m%u at %s of %s", (unsigned)mail,
                     time_clock(clock, view_now(m)), view_name(m));
        return CLI_UNUSABLE;
    }
    return print_sheet(m, s, "", as_json);
}

/* "m1", as traces have it. */
static bool read_mail(const char *text, uint32_t *out)
{
    uint64_t number;

    if (text[0] != 'm' || !span_number(span_of(text + 1), UINT32_MAX, &number) || number == 0) {
        cli_complain("show: --mail %s: a mail is called m1, m2, …", text);
        return false;
    }
    *out = (uint32_t)number;
    return true;
}

int cli_show(int argc, char **argv)
{
    char *at_text = NULL, *mail_text = NULL, *language = NULL, **words = NULL;
    gboolean as_json = FALSE;
    const GOptionEntry entries[] = {
        { "at", 0, 0, G_OPTION_ARG_STRING, &at_text,
          "At this virtual time: 90s, 1h30m, or seconds; else at the end", "TIME" },
        { "mail", 0, 0, G_OPTION_ARG_STRING, &mail_text,
          "A message (m1, as in the trace) in place of a host: its parts, and what its encodings do",
          "MAIL" },
        { "json", 0, 0, G_OPTION_ARG_NONE, &as_json, "As JSON", NULL },
        { "lang", 0, 0, G_OPTION_ARG_STRING, &language, "Language of titles and texts: en, ko", "LANGUAGE" },
        G_OPTION_ENTRY_NULL,
    };
    sim_time at = SIM_NEVER;
    int status = CLI_UNUSABLE;

    uint32_t mail = 0;

    if (cli_options(argc, argv, "SCENARIO HOST | SCENARIO --mail MAIL",
                    "Show the tables of a host, or a message taken apart, at a moment of the run.", entries,
                    1, 2, &words) &&
        (at_text == NULL || cli_time("--at", at_text, &at)) &&
        (mail_text == NULL || read_mail(mail_text, &mail))) {
        if ((words[1] == NULL) == (mail_text == NULL)) {
            cli_complain("show: %s (usage: mxlab show SCENARIO HOST, or SCENARIO --mail m1)",
                         mail_text == NULL ? "something is missing" : "a host or a mail, not both");
        } else {
            struct mxlab_options o = { .language = cli_language(language) };
            struct mxlab *m = cli_open(words[0], &o);
            if (m != NULL)
                status = mail != 0 ? show_mail(m, mail, at, as_json) : show_host(m, words[1], at, as_json);
            mxlab_close(&m);
        }
    }
    g_free(at_text);
    g_free(mail_text);
    g_free(language);
    g_strfreev(words);
    return status;
}

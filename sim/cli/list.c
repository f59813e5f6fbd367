/* mxlab list: the bundled scenarios, and what each teaches. */
#include "cli/cli.h"

#include <string.h>

#include "core/plain.h"
#include "view.h"

static bool list_one(const char *folder, const char *name, const char *language)
{
    char *path = g_build_filename(folder, name, NULL);
    struct mxlab_options o = { .language = language };
    struct report r;

    report_init(&r, path);
    struct mxlab *m = mxlab_open(path, &o, &r);
    if (m == NULL)
        report_print(&r, stderr); /* doubts are for those who run it */
    else {
        g_autofree char *title = plain_copy(view_title(m), false);
        printf("%-24s %s\n", view_name(m), title);
        if (view_teaches(m)[0] != '\0')
            printf("%-24s teaches %s\n", "", view_teaches(m));
    }
    bool ok = m != NULL;
    mxlab_close(&m);
    report_release(&r);
    g_free(path);
    return ok;
}

int cli_list(int argc, char **argv)
{
    char *language = NULL, **words = NULL;
    const GOptionEntry entries[] = {
        { "lang", 0, 0, G_OPTION_ARG_STRING, &language, "Language of titles: en, ko", "LANGUAGE" },
        G_OPTION_ENTRY_NULL,
    };
    int status = CLI_UNUSABLE;
    char *folder = mxlab_scenario_folder();

    if (!cli_options(argc, argv, "", "List the bundled scenarios, and what each teaches.", entries, 0, 0,
                     &words))
        ;
    else if (folder == NULL) {
        cli_complain("list: the folder of the scenarios is not found (set MXLAB_SCENARIOS)");
    } else {
        GPtrArray *names = mxlab_scenario_names(folder);
        status = names->len > 0 ? CLI_DONE : CLI_UNUSABLE;
        if (names->len == 0)
            cli_complain("list: there are no scenarios in %s", folder);
        for (unsigned i = 0; i < names->len; i++)
            if (!list_one(folder, g_ptr_array_index(names, i), cli_language(language)))
                status = CLI_UNUSABLE;
        g_ptr_array_unref(names);
    }
    g_free(folder);
    g_free(language);
    g_strfreev(words);
    return status;
}

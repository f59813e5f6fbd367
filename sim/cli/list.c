/* mxlab list: the bundled scenarios, and what each teaches. */
#include "cli/cli.h"

#include <string.h>

#include "core/plain.h"
#include "view.h"

static int by_place(const void *pa, const void *pb)
{
    const struct mxlab *a = *(struct mxlab *const *)pa, *b = *(struct mxlab *const *)pb;
    int64_t x = view_course_place(a), y = view_course_place(b);

    return x != y ? (x < y ? -1 : 1) : strcmp(view_name(a), view_name(b));
}

static void close_one(void *m)
{
    struct mxlab *one = m;

    mxlab_close(&one);
}

/* NULL, and told, if it can't be used. */
static struct mxlab *open_one(const char *folder, const char *name, const char *language)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    struct mxlab_options o = { .language = language };
    struct report r;

    report_init(&r, path);
    struct mxlab *m = mxlab_open(path, &o, &r);
    if (m == NULL)
        report_print(&r, stderr); /* doubts are for those who run it */
    report_release(&r);
    return m;
}

static void list_one(const struct mxlab *m)
{
    g_autofree char *title = plain_copy(view_title(m), false);

    printf("%-24s %s\n", view_name(m), title);
    if (view_teaches(m)[0] != '\0')
        printf("%-24s teaches %s\n", "", view_teaches(m));
}

/* As a course goes; those that can't be used are told, and false. */
static bool list_all(const char *folder, const GPtrArray *names, const char *language)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(close_one);
    bool ok = true;

    for (unsigned i = 0; i < names->len; i++) {
        struct mxlab *m = open_one(folder, g_ptr_array_index(names, i), language);
        ok = ok && m != NULL;
        if (m != NULL)
            g_ptr_array_add(all, m);
    }
    g_ptr_array_sort(all, by_place);
    for (unsigned i = 0; i < all->len; i++)
        list_one(g_ptr_array_index(all, i));
    g_ptr_array_unref(all);
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
        if (!list_all(folder, names, cli_language(language)))
            status = CLI_UNUSABLE;
        g_ptr_array_unref(names);
    }
    g_free(folder);
    g_free(language);
    g_strfreev(words);
    return status;
}

#include "words.h"

#include <glib.h>
#include <libintl.h>
#include <locale.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* glibc reads LANGUAGE anew when this has changed; gettext's manual, "Being a gettext grok", says so. */
extern int _nl_msg_cat_cntr;

static bool is_catalogue_folder(const char *folder)
{
    char *mo = g_build_filename(folder, "ko", "LC_MESSAGES", "mxlab.mo", NULL);
    bool is_there = access(mo, R_OK) == 0;

    g_free(mo);
    return is_there;
}

static char *catalogue_folder(void)
{
    const char *named = g_getenv("MXLAB_LOCALE");
    char exe[4096];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);

    if (named != NULL)
        return g_strdup(named);
    if (n <= 0)
        return NULL;
    exe[n] = '\0';
    char *at = g_path_get_dirname(exe);
    for (int up = 0; up < 4; up++) {
        char *folder = g_build_filename(at, "locale", NULL);
        char *parent = g_path_get_dirname(at);

        g_free(at);
        at = parent;
        if (is_catalogue_folder(folder)) {
            g_free(at);
            return folder;
        }
        g_free(folder);
    }
    g_free(at);
    return NULL;
}

static void init(void)
{
    char *folder = catalogue_folder();

    /* Messages only: numbers keep their point. In the locale "C" gettext would translate nothing. */
    if (setlocale(LC_MESSAGES, "C.UTF-8") == NULL)
        setlocale(LC_MESSAGES, "en_US.UTF-8");
    if (folder != NULL)
        bindtextdomain("mxlab", folder);
    bind_textdomain_codeset("mxlab", "UTF-8");
    g_free(folder);
}

void words_use(const char *language)
{
    static gsize is_done;

    if (g_once_init_enter(&is_done)) {
        init();
        g_once_init_leave(&is_done, 1);
    }
    g_setenv("LANGUAGE", language, TRUE);
    _nl_msg_cat_cntr++;
}

bool words_are_english(void)
{
    return strcmp(_("down"), "down") == 0;
}

const char *words(const char *english)
{
    return english[0] == '\0' ? english : dgettext("mxlab", english);
}

#include "prefs.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#define GROUP "window"

const struct prefs prefs_defaults = {
    .theme = THEME_LIGHT,
    .text_scale = 1,
    .language = "en",
    .divider = 0.6,
    .speed = 1,
};

static char *file_name(void)
{
    return g_build_filename(g_get_user_config_dir(), "mxlab", "window", NULL);
}

static void get_number(GKeyFile *f, const char *key, double min, double max, double *out)
{
    GError *e = NULL;
    double v = g_key_file_get_double(f, GROUP, key, &e);

    if (e == NULL && v >= min && v <= max)
        *out = v;
    g_clear_error(&e);
}

static void get_flag(GKeyFile *f, const char *key, bool *out)
{
    GError *e = NULL;
    bool v = g_key_file_get_boolean(f, GROUP, key, &e);

    if (e == NULL)
        *out = v;
    g_clear_error(&e);
}

static bool is_language(const char *s)
{
    return strcmp(s, "en") == 0 || strcmp(s, "ko") == 0;
}

/* Nobody has chosen a language: the one of the desktop, if we have it. */
static void language_of_desktop(struct prefs *p)
{
    const char *const *names = g_get_language_names();

    if (names[0] != NULL && strncmp(names[0], "ko", 2) == 0)
        strcpy(p->language, "ko");
}

void prefs_load(struct prefs *p)
{
    GKeyFile *f = g_key_file_new();
    char *name = file_name(), *theme, *language;

    *p = prefs_defaults;
    g_key_file_load_from_file(f, name, G_KEY_FILE_NONE, NULL);
    theme = g_key_file_get_string(f, GROUP, "theme", NULL);
    for (int t = 0; theme != NULL && t < N_THEMES; t++)
        if (strcmp(theme, theme_text(t)) == 0)
            p->theme = t;
    language = g_key_file_get_string(f, GROUP, "language", NULL);
    if (language != NULL && is_language(language))
        g_strlcpy(p->language, language, sizeof p->language);
    else
        language_of_desktop(p);
    get_number(f, "text", 0.8, 2, &p->text_scale);
    get_number(f, "divider", 0.2, 0.8, &p->divider);
    get_number(f, "speed", 0.25, 8, &p->speed);
    get_flag(f, "reduced-motion", &p->reduced_motion);
    g_free(theme);
    g_free(language);
    g_free(name);
    g_key_file_free(f);
}

bool prefs_save(const struct prefs *p)
{
    GKeyFile *f = g_key_file_new();
    char *name = file_name(), *folder = g_path_get_dirname(name);

    g_key_file_load_from_file(f, name, G_KEY_FILE_KEEP_COMMENTS, NULL); /* a later version's keys stay */
    g_key_file_set_string(f, GROUP, "theme", theme_text(p->theme));
    g_key_file_set_string(f, GROUP, "language", p->language);
    g_key_file_set_double(f, GROUP, "text", p->text_scale);
    g_key_file_set_double(f, GROUP, "divider", p->divider);
    g_key_file_set_double(f, GROUP, "speed", p->speed);
    g_key_file_set_boolean(f, GROUP, "reduced-motion", p->reduced_motion);
    bool is_saved = g_mkdir_with_parents(folder, 0700) == 0 && g_key_file_save_to_file(f, name, NULL);
    g_free(folder);
    g_free(name);
    g_key_file_free(f);
    return is_saved;
}

bool prefs_equal(const struct prefs *a, const struct prefs *b)
{
    return a->theme == b->theme && a->text_scale == b->text_scale && strcmp(a->language, b->language) == 0 &&
           a->reduced_motion == b->reduced_motion && a->divider == b->divider && a->speed == b->speed;
}

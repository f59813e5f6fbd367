/* The bundled scenarios: the folder they lie in, and their names. */
#include "mxlab.h"

#include <glib.h>
#include <string.h>
#include <unistd.h>

enum { FOLDERS_UP = 4 };

char *mxlab_scenario_folder(void)
{
    const char *named = g_getenv("MXLAB_SCENARIOS");
    char exe[4096];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);

    if (named != NULL)
        return g_strdup(named);
    exe[MAX(n, 0)] = '\0'; /* where a program can't know its file, only ./scenarios is left */
    char *at = g_path_get_dirname(exe);
    for (int up = 0; up < FOLDERS_UP;
         up++) { /* beside the program, or above the folder that it was built in */
        char *folder = g_build_filename(at, "scenarios", NULL);
        char *schema = g_build_filename(folder, "scenario.schema.json", NULL);
        bool is_there = access(schema, R_OK) == 0;
        char *parent = g_path_get_dirname(at);

        g_free(schema);
        g_free(at);
        at = parent;
        if (is_there) {
            g_free(at);
            return folder;
        }
        g_free(folder);
    }
    g_free(at);
    return access("scenarios/scenario.schema.json", R_OK) == 0 ? g_strdup("scenarios") : NULL;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

GPtrArray *mxlab_scenario_names(const char *folder)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL)
        if (g_str_has_suffix(name, ".json") && !g_str_has_suffix(name, ".schema.json"))
            g_ptr_array_add(names, g_strdup(name));
    if (dir != NULL)
        g_dir_close(dir);
    g_ptr_array_sort(names, by_name);
    return names;
}

char *mxlab_scenario_find(const char *word)
{
    if (strcmp(word, "-") != 0 && strchr(word, '/') == NULL && access(word, F_OK) != 0) {
        char *folder = mxlab_scenario_folder();
        char *file = g_strdup_printf("%s/%s%s", folder ? folder : ".", word,
                                     g_str_has_suffix(word, ".json") ? "" : ".json");

        g_free(folder);
        if (access(file, R_OK) == 0)
            return file;
        g_free(file);
    }
    return g_strdup(word);
}

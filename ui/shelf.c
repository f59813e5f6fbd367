#include "shelf.h"

#include <string.h>
#include <unistd.h>

#include "view.h"

char *shelf_folder(void)
{
    const char *named = g_getenv("MXLAB_SCENARIOS");
    char exe[4096];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);

    if (named != NULL)
        return g_strdup(named);
    if (n <= 0)
        n = 0;
    exe[n] = '\0';
    char *at = g_path_get_dirname(exe);
    for (int up = 0; up < 4; up++) { /* beside the program, or above the folder that it was built in */
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

char *shelf_find(const char *name)
{
    if (strchr(name, '/') == NULL && access(name, F_OK) != 0) {
        char *folder = shelf_folder();
        char *file = g_strdup_printf("%s/%s%s", folder ? folder : ".", name,
                                     g_str_has_suffix(name, ".json") ? "" : ".json");

        g_free(folder);
        if (access(file, R_OK) == 0)
            return file;
        g_free(file);
    }
    return g_strdup(name);
}

static void book_free(void *data)
{
    struct book *b = data;

    g_free(b->path);
    g_free(b->name);
    g_free(b->title);
    g_free(b->about);
    g_free(b->teaches);
    g_free(b->wrong);
    g_free(b);
}

static struct book *book_read(const char *folder, const char *file, const char *language)
{
    struct book *b = g_new0(struct book, 1);
    struct mxlab_options o = { .language = language };
    struct report r;

    b->path = g_build_filename(folder, file, NULL);
    b->name = g_strndup(file, strlen(file) - strlen(".json"));
    report_init(&r, b->path);
    struct mxlab *m = mxlab_open(b->path, &o, &r);
    if (m != NULL) {
        b->title = g_strdup(view_title(m));
        b->about = g_strdup(view_about(m) ? view_about(m) : "");
        b->teaches = g_strdup(view_teaches(m));
    } else {
        const struct complaint *first = r.entries->len > 0 ? g_ptr_array_index(r.entries, 0) : NULL;
        b->title = g_strdup(b->name);
        b->about = g_strdup("");
        b->teaches = g_strdup("");
        b->wrong = g_strdup(first ? first->message : "");
    }
    mxlab_close(&m);
    report_release(&r);
    return b;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

struct shelf *shelf_new(const char *language)
{
    struct shelf *s = g_new0(struct shelf, 1);
    GPtrArray *files = g_ptr_array_new_with_free_func(g_free);
    const char *file;

    s->folder = shelf_folder();
    s->language = g_strdup(language);
    s->books = g_ptr_array_new_with_free_func(book_free);
    GDir *dir = s->folder != NULL ? g_dir_open(s->folder, 0, NULL) : NULL;
    while (dir != NULL && (file = g_dir_read_name(dir)) != NULL)
        if (g_str_has_suffix(file, ".json") && !g_str_has_suffix(file, ".schema.json"))
            g_ptr_array_add(files, g_strdup(file));
    if (dir != NULL)
        g_dir_close(dir);
    g_ptr_array_sort(files, by_name);
    for (unsigned i = 0; i < files->len; i++)
        g_ptr_array_add(s->books, book_read(s->folder, g_ptr_array_index(files, i), language));
    g_ptr_array_unref(files);
    return s;
}

void shelf_free(struct shelf **s)
{
    if (*s == NULL)
        return;
    g_free((*s)->folder);
    g_free((*s)->language);
    g_ptr_array_unref((*s)->books);
    g_clear_pointer(s, g_free);
}

int shelf_place(const struct shelf *s, const char *path)
{
    char *name = path != NULL ? g_path_get_basename(path) : NULL;
    int place = -1;

    for (unsigned i = 0; name != NULL && s != NULL && i < s->books->len && place < 0; i++) {
        const struct book *b = g_ptr_array_index(s->books, i);
        if (g_str_has_suffix(b->path, name) &&
            strcmp(strrchr(b->path, '/') ? strrchr(b->path, '/') + 1 : b->path, name) == 0)
            place = (int)i;
    }
    g_free(name);
    return place;
}

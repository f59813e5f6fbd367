#include "shelf.h"

#include <string.h>

#include "view.h"

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
        b->course_place = view_course_place(m);
    } else {
        const struct complaint *first = r.entries->len > 0 ? g_ptr_array_index(r.entries, 0) : NULL;
        b->title = g_strdup(b->name);
        b->about = g_strdup("");
        b->teaches = g_strdup("");
        b->course_place = INT64_MAX;
        b->wrong = g_strdup(first ? first->message : "");
    }
    mxlab_close(&m);
    report_release(&r);
    return b;
}

static int by_place(const void *pa, const void *pb)
{
    const struct book *a = *(struct book *const *)pa, *b = *(struct book *const *)pb;

    return a->course_place != b->course_place ? (a->course_place < b->course_place ? -1 : 1)
                                              : strcmp(a->name, b->name);
}

struct shelf *shelf_new(const char *language)
{
    struct shelf *s = g_new0(struct shelf, 1);

    s->folder = mxlab_scenario_folder();
    s->language = g_strdup(language);
    s->books = g_ptr_array_new_with_free_func(book_free);
    GPtrArray *files = s->folder != NULL ? mxlab_scenario_names(s->folder) : g_ptr_array_new();
    for (unsigned i = 0; i < files->len; i++)
        g_ptr_array_add(s->books, book_read(s->folder, g_ptr_array_index(files, i), language));
    g_ptr_array_unref(files);
    g_ptr_array_sort(s->books, by_place);
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

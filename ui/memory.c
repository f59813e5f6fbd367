#include "memory.h"

struct memory *memory_new(void)
{
    struct memory *m = g_new0(struct memory, 1);

    m->marks.at = g_array_new(FALSE, FALSE, sizeof(int64_t));
    m->labels = g_ptr_array_new_with_free_func(g_free);
    return m;
}

void marks_forget(struct marks *m)
{
    g_clear_pointer(&m->pattern, g_free);
    m->length = m->looked = 0;
    g_array_set_size(m->at, 0);
}

void memory_forget_tape(struct memory *m)
{
    marks_forget(&m->marks);
    g_clear_pointer(&m->followed.pairs, g_hash_table_destroy);
    m->followed.length = m->followed.looked = 0;
    sheet_free(&m->letter.sheet);
    m->letter = (struct letter_sheet){ 0 };
}

void memory_free(struct memory **m)
{
    if (*m == NULL)
        return;
    memory_forget_tape(*m);
    g_array_unref((*m)->marks.at);
    g_free((*m)->course.path);
    g_ptr_array_unref((*m)->labels);
    g_clear_pointer(m, g_free);
}

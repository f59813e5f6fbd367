#include "memory.h"

struct memory *memory_new(void)
{
    struct memory *m = g_new0(struct memory, 1);

    m->labels = g_ptr_array_new_with_free_func(g_free);
    return m;
}

void memory_free(struct memory **m)
{
    if (*m == NULL)
        return;
    tape_indexes_clear(&(*m)->indexes);
    g_free((*m)->bars.bins);
    g_free((*m)->course.path);
    g_ptr_array_unref((*m)->labels);
    g_clear_pointer(m, g_free);
}

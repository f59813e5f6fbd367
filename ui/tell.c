#include "tell.h"

#include "words.h"

/* From 1; 0: it begins none. */
static unsigned chapter_of(const struct record *r)
{
    const struct field *f = r->event == EV_NOTE ? record_field(r, KEY_CHAPTER) : NULL;
    return f != NULL && f->kind == FIELD_NUMBER ? (unsigned)f->number : 0;
}

void tell_line(const struct mxlab *m, const struct record *r, GString *out)
{
    unsigned chapter = m != NULL ? chapter_of(r) : 0;

    if (chapter >= 1 && chapter <= view_chapters(m))
        g_string_append(out, view_chapter_title(m, chapter - 1));
    else
        view_line(r, words, out);
}

#include "core/report.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/plain.h"

static void complaint_free(void *entry)
{
    struct complaint *c = entry;

    g_free(c->path);
    g_free(c->message);
    g_free(c->hint);
    g_free(c);
}

void report_init(struct report *r, const char *file)
{
    *r = (struct report){ .file = g_strdup(file), .entries = g_ptr_array_new_with_free_func(complaint_free) };
}

void report_release(struct report *r)
{
    g_free(r->file);
    g_ptr_array_unref(r->entries);
    *r = (struct report){ 0 };
}

void report_add(struct report *r, enum complaint_kind kind, struct position at, const char *path,
                const char *hint, const char *format, ...)
{
    struct complaint *c = g_new0(struct complaint, 1);
    va_list args;

    va_start(args, format);
    c->kind = kind;
    c->at = at;
    c->path = g_strdup(path ? path : "");
    c->message = g_strdup_vprintf(format, args);
    c->hint = g_strdup(hint);
    va_end(args);
    g_ptr_array_add(r->entries, c);
    if (kind == COMPLAINT_ERROR)
        r->errors++;
    else
        r->doubts++;
}

static int compare_places(const void *a, const void *b)
{
    const struct complaint *const *ca = a, *const *cb = b;
    struct position p = (*ca)->at, q = (*cb)->at;

    if (p.line != q.line)
        return p.line < q.line ? -1 : 1;
    return (p.column > q.column) - (p.column < q.column);
}

/* GLib's sort is a merge sort, documented as stable. */
void report_sort(struct report *r)
{
    g_ptr_array_sort(r->entries, compare_places);
}

/* Keys and values of the file are quoted, and may hold anything. */
static void print(const struct report *r, const struct complaint *c, FILE *out)
{
    GString *line = g_string_new(r->file);

    if (c->at.line > 0)
        g_string_append_printf(line, ":%d", c->at.line);
    if (c->at.line > 0 && c->at.column > 0)
        g_string_append_printf(line, ":%d", c->at.column);
    g_string_append_printf(line, ": %s%s", c->path, *c->path ? ": " : "");
    g_string_append_printf(line, "%s%s", c->kind == COMPLAINT_DOUBT ? "doubtful: " : "", c->message);
    if (c->hint)
        g_string_append_printf(line, " (%s)", c->hint);
    char *plain = plain_copy(line->str, false);
    fprintf(out, "%s\n", plain);
    g_free(plain);
    g_string_free(line, TRUE);
}

void report_print(const struct report *r, FILE *out)
{
    for (unsigned i = 0; i < r->entries->len; i++)
        print(r, r->entries->pdata[i], out);
}

enum { WORD_MAX = 64 }; /* longer words are not guessed at: the work grows with the square */

static unsigned min(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* How many letters to add, drop, change, or swap with their neighbour to make `b` of `a` (Damerau 1964; no
 * letter is touched twice). The case of ASCII letters does not count. Row i tells for the first i letters of
 * `a`; a swap looks two rows back. */
static unsigned distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    unsigned rows[3][WORD_MAX + 1];

    for (unsigned j = 0; j <= b_len; j++)
        rows[0][j] = j;
    for (unsigned i = 1; i <= a_len; i++) {
        unsigned *now = rows[i % 3];
        const unsigned *above = rows[(i - 1) % 3], *above2 = rows[(i + 1) % 3];
        char x = g_ascii_tolower(a[i - 1]);
        now[0] = i;
        for (unsigned j = 1; j <= b_len; j++) {
            char y = g_ascii_tolower(b[j - 1]);
            now[j] = min(above[j - 1] + (x != y), min(above[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && x == g_ascii_tolower(b[j - 2]) && y == g_ascii_tolower(a[i - 2]))
                now[j] = min(now[j], above2[j - 2] + 1);
        }
    }
    return rows[a_len % 3][b_len];
}

const char *report_closest(const char *misspelt, const char *const *names)
{
    size_t len = strlen(misspelt);
    unsigned best = (unsigned)(len / 3) + 1; /* only what is closer */
    const char *closest = NULL;

    if (len > WORD_MAX)
        return NULL;
    for (; *names; names++) {
        size_t name_len = strlen(*names);
        if (name_len > WORD_MAX)
            continue;
        unsigned d = distance(misspelt, len, *names, name_len);
        if (d < best) {
            best = d;
            closest = *names;
        }
    }
    return closest;
}

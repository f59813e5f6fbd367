#include "mail/imap_set.h"

#include <assert.h>
#include <stdlib.h>

void imap_set_add_range(struct imap_set *s, struct imap_range r)
{
    if (s->n == s->room) {
        s->room = s->room > 0 ? 2 * s->room : 4;
        s->ranges = g_renew(struct imap_range, s->ranges, s->room);
    }
    s->ranges[s->n++] = r;
}

void imap_set_release(struct imap_set *s)
{
    g_free(s->ranges);
    *s = (struct imap_set){ NULL };
}

static int by_first(const void *a, const void *b)
{
    const struct imap_range *r = a, *s = b;

    return (r->first > s->first) - (r->first < s->first);
}

void imap_set_settle(struct imap_set *s, uint32_t star)
{
    unsigned n = 0;

    for (unsigned i = 0; i < s->n; i++) {
        uint32_t first = s->ranges[i].first == IMAP_STAR ? star : s->ranges[i].first;
        uint32_t last = s->ranges[i].last == IMAP_STAR ? star : s->ranges[i].last;

        s->ranges[i] = (struct imap_range){ MIN(first, last), MAX(first, last) };
    }
    if (s->n > 0)
        qsort(s->ranges, s->n, sizeof s->ranges[0], by_first);
    for (unsigned i = 0; i < s->n; i++) {
        if (n > 0 && s->ranges[i].first <= s->ranges[n - 1].last)
            s->ranges[n - 1].last = MAX(s->ranges[n - 1].last, s->ranges[i].last);
        else
            s->ranges[n++] = s->ranges[i];
    }
    s->n = n;
}

bool imap_set_has(const struct imap_set *s, uint32_t number)
{
    unsigned low = 0, high = s->n;

    while (low < high) {
        unsigned middle = low + (high - low) / 2;

        if (s->ranges[middle].last < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < s->n && s->ranges[low].first <= number;
}

void imap_set_add(struct imap_set *s, uint32_t number)
{
    struct imap_range *last = s->n > 0 ? &s->ranges[s->n - 1] : NULL;

    assert(last == NULL || last->last <= number);
    if (last != NULL && number - last->last <= 1)
        last->last = number;
    else
        imap_set_add_range(s, (struct imap_range){ number, number });
}

void imap_set_text(const struct imap_set *s, GString *out)
{
    for (unsigned i = 0; i < s->n; i++) {
        g_string_append_printf(out, "%s%u", i > 0 ? "," : "", s->ranges[i].first);
        if (s->ranges[i].last > s->ranges[i].first)
            g_string_append_printf(out, ":%u", s->ranges[i].last);
    }
}

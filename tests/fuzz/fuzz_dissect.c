/* Any octets are taken apart: each octet into a field, no two fields overlap unless they have the same
 * octets, each value is a line of UTF-8. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "export/dissect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dissection *d = dissect_packet(data, size);
    size_t begin = 0, at = 0;

    must(d->n_layers <= DISSECT_LAYERS_MAX);
    for (unsigned i = 0; i < d->fields->len; i++) {
        const struct dissect_field *f = &g_array_index(d->fields, struct dissect_field, i);
        bool shares = i > 0 && f->offset == begin && f->offset + f->length == at;

        must(f->length > 0 && (shares || f->offset == at));
        must(f->layer >= 0 && (unsigned)f->layer < d->n_layers && f->name != NULL);
        must(g_utf8_validate(f->value, -1, NULL) && strpbrk(f->value, "\r\n\t") == NULL);
        begin = f->offset;
        at = f->offset + f->length;
    }
    must(at == size);
    dissection_free(&d);
    return 0;
}

/* What is read as an address can be sent in a path, and means the same when it comes back. */
#include <assert.h>
#include <glib.h>

#include "mail/addr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = span_bytes(data, size), path = text;
    struct mail_addr a, b;
    char local[MAIL_LOCAL_MAX];

    if (mail_path_take(&path, &a) == NULL) {
        assert(size - path.len <= MAIL_PATH_MAX && path.at[-1] == '>');
        assert(a.text.len == 0 || a.domain.len == 0 || mail_addr_read(a.text, &b) == NULL);
    }
    if (mail_addr_read(text, &a) == NULL) {
        GString *again = g_string_new("<");

        assert(a.local.len > 0 && a.local.len <= MAIL_LOCAL_MAX && a.domain.len <= MAIL_DOMAIN_MAX);
        assert(a.local.len + 1 + a.domain.len == size && mail_addr_local(&a, local) <= a.local.len);
        assert(mail_is_domain(a.domain) != mail_is_literal(a.domain));
        for (size_t i = 0; i < size; i++)
            assert(data[i] >= ' ' && data[i] <= '~');
        g_string_append_len(again, text.at, (gssize)text.len);
        g_string_append(again, "> SIZE=1");
        path = span_bytes(again->str, again->len);
        assert(mail_path_take(&path, &b) == NULL && span_is(path, SPAN(" SIZE=1")) &&
               mail_addr_is_same(&a, &b));
        g_string_free(again, TRUE);
    }
    return 0;
}

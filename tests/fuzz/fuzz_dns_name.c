/* Any text is a name or gets an answer; a name's text is the name, and two names compare as their kin do. The
 * first line is one name, what follows it another. */
#include <glib.h>
#include <stdlib.h>

#include "dns/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static bool read_name(struct span text, const struct dns_name *origin, struct dns_name *out)
{
    char buf[DNS_NAME_TEXT_MAX];
    struct dns_name again;
    const char *error;

    if (!dns_name_parse(text, origin, out, &error)) {
        must(error != NULL);
        return false;
    }
    must(error == NULL && dns_wire_name(out->wire, out->wire + out->len) == out->len);
    must(dns_name_parse(span_of(dns_name_text(buf, out)), NULL, &again, &error));
    must(again.len == out->len && memcmp(again.wire, out->wire, out->len) == 0);
    must(dns_name_hash(&again) == dns_name_hash(out));
    return true;
}

static void compare(const struct dns_name *a, const struct dns_name *b)
{
    int order = dns_name_compare(a, b), back = dns_name_compare(b, a);
    bool equal = dns_name_equal(a, b);

    must((order == 0) == equal && (order < 0) == (back > 0));
    must(equal == (dns_name_is_under(a, b) && dns_name_is_under(b, a)));
    must(!equal || dns_name_hash(a) == dns_name_hash(b));
    if (dns_name_is_under(a, b)) {
        struct dns_name suffix;

        must(order >= 0);
        dns_name_suffix(a, dns_name_labels(b), &suffix);
        must(dns_name_equal(&suffix, b));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
    struct span first = span_bytes(data, end ? (size_t)(end - data) : size);
    struct span second = end ? span_bytes(end + 1, size - first.len - 1) : SPAN("edu");
    struct dns_name a, b, below, up;

    if (!read_name(first, NULL, &a) || !read_name(second, NULL, &b))
        return 0;
    compare(&a, &b);
    if (read_name(first, &b, &below)) {
        must(dns_name_is_under(&below, &b) || first.at[first.len - 1] == '.');
        compare(&below, &b);
        compare(&below, &a);
    }
    if (dns_name_parent(&a, &up)) {
        must(dns_name_labels(&up) + 1 == dns_name_labels(&a) && dns_name_compare(&up, &a) < 0);
        compare(&a, &up);
    }
    return 0;
}

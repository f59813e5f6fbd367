/* Any line is a record, or an answer says why not; a record's own line is the same record. */
#include <stdlib.h>

#include "dns/rr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct dns_name origin = { 15, "\11hamburger\3edu" };
    g_autoptr(GString) line = NULL;
    struct dns_rr r, again;
    char error[160] = "";

    if (!dns_rr_parse(span_bytes(data, size), &origin, 3600, &r, error)) {
        must(error[0] != '\0' && memchr(error, '\0', sizeof error) != NULL && r.rdata == NULL);
        return 0;
    }
    must(dns_rdata_is_valid(r.type, span_bytes(r.rdata, r.rdlength)));
    line = g_string_new(NULL);
    dns_rr_line(&r, &origin, line);
    must(dns_rr_parse(span_bytes(line->str, line->len), &origin, 1, &again, error));
    must(again.type == r.type && again.ttl_s == r.ttl_s && dns_name_equal(&again.name, &r.name));
    must(dns_rdata_equal(r.type, span_bytes(r.rdata, r.rdlength), span_bytes(again.rdata, again.rdlength)));
    dns_rr_release(&again);
    dns_rr_release(&r);
    return 0;
}

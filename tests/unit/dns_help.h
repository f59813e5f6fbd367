/* tests/unit/dns_help.h: names, records, zones and responses as text, for the tests of sim/dns. */
#ifndef DNS_HELP_H
#define DNS_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <glib.h>
#include <stdio.h>

#include "dns/auth.h"

G_GNUC_UNUSED static struct dns_name name_of(const char *text)
{
    struct dns_name n;
    const char *error;

    if (!dns_name_parse(span_of(text), NULL, &n, &error))
        fail_msg("name '%s': %s", text, error);
    return n;
}

/* One record, its names absolute. Release it. */
G_GNUC_UNUSED static struct dns_rr rr_of(const char *line)
{
    struct dns_name root = name_of(".");
    struct dns_rr r;
    char error[160];

    if (!dns_rr_parse(span_of(line), &root, 3600, &r, error))
        fail_msg("record '%s': %s", line, error);
    return r;
}

static void add_line(struct dns_zone *z, const char *line)
{
    struct dns_rr r;
    char error[160];

    if (!dns_rr_parse(span_of(line), dns_zone_origin(z), 3600, &r, error) || !dns_zone_add(z, &r, error))
        fail_msg("record '%s': %s", line, error);
    dns_rr_release(&r);
}

/* A zone from lines that end in NULL. */
G_GNUC_UNUSED static struct dns_zone *zone_of(const char *origin, const char *const *lines)
{
    struct dns_name n = name_of(origin);
    struct dns_zone *z = dns_zone_new(&n);

    while (*lines != NULL)
        add_line(z, *lines++);
    return z;
}

/* A zone from tests/data/dns: a record a line. */
G_GNUC_UNUSED static struct dns_zone *zone_from_file(const char *origin, const char *file)
{
    struct dns_name n = name_of(origin);
    struct dns_zone *z = dns_zone_new(&n);
    char path[256], line[1024];
    FILE *f;

    g_snprintf(path, sizeof path, "tests/data/dns/%s", file);
    f = fopen(path, "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f) != NULL) {
        g_strchomp(line);
        if (line[0] != '\0' && line[0] != ';')
            add_line(z, line);
    }
    fclose(f);
    return z;
}

static void print_rr(GString *out, const char *section, const struct dns_msg_rr *rr)
{
    char name[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX], data[1024];

    g_string_append_printf(out, "%s %s %u %s %s\n", section, dns_name_text(name, rr->name), rr->ttl_s,
                           dns_type_text(type, rr->type),
                           dns_rdata_text(data, sizeof data, rr->type, rr->rdata));
}

/* "aa NOERROR\nanswer www.hamburger.edu 300 A 10.0.0.1\n…" */
G_GNUC_UNUSED static void print_msg(GString *out, const struct dns_msg *m)
{
    static const char *const sections[] = { "answer", "authority", "additional" };

    g_string_append_printf(out, "%s%s\n", m->aa ? "aa " : "", dns_rcode_text(m->rcode));
    for (unsigned s = 0; s < DNS_SECTIONS; s++)
        for (unsigned i = 0; i < m->n[s]; i++)
            print_rr(out, sections[s], dns_msg_section(m, (enum dns_section)s) + i);
}

G_GNUC_UNUSED static void ask(struct dns_msg *query, const char *name, const char *type)
{
    dns_msg_clear(query);
    query->id = 4711;
    query->has_question = true;
    query->qname = name_of(name);
    query->qtype = dns_type_parse(span_of(type));
    query->qclass = DNS_IN;
    assert_int_not_equal(query->qtype, 0);
}

#endif

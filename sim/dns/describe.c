#include "dns/describe.h"

#include "dns/tell.h"

enum { DATA_MAX = 1024 };

struct zone_sums {
    unsigned records;
    uint32_t serial;
};

/* The serial stands behind the two names of the SOA's data (RFC 1035 §3.3.13), 20 octets from its end. */
static void count_record(void *self, const struct dns_rr *r)
{
    struct zone_sums *sums = self;

    sums->records++;
    if (r->type == DNS_SOA && r->rdlength >= 22) {
        const uint8_t *p = r->rdata + r->rdlength - 20;
        sums->serial = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    }
}

static void describe_zones(struct sheet *sheet, struct dns_zone *const *zones, unsigned n_zones)
{
    struct table *t = sheet_table(sheet, "zones", "Zones", "It is authoritative for nothing.");
    char text[DNS_NAME_TEXT_MAX];

    table_column(t, CELL_TEXT, "origin", "zone", "The name at the top of the zone.");
    table_column(t, CELL_NUMBER, "serial", "serial", "The version of the zone: it grows with each change.");
    table_column(t, CELL_NUMBER, "records", "records", NULL);
    for (unsigned i = 0; i < n_zones; i++) {
        struct zone_sums sums = { 0 };
        dns_zone_each(zones[i], count_record, &sums);
        table_row(t);
        table_text(t, "%s", dns_name_text(text, dns_zone_origin(zones[i])));
        table_number(t, sums.serial);
        table_number(t, sums.records);
    }
}

struct zone_rows {
    struct table *table;
    const char *zone;
};

static void add_record(void *self, const struct dns_rr *r)
{
    const struct zone_rows *rows = self;
    char text[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX], data[DATA_MAX];

    if (!table_row(rows->table))
        return;
    table_text(rows->table, "%s", rows->zone);
    table_text(rows->table, "%s", dns_name_text(text, &r->name));
    table_number(rows->table, r->ttl_s);
    table_text(rows->table, "%s", dns_type_text(type, r->type));
    table_text(rows->table, "%s",
               dns_rdata_text(data, sizeof data, r->type, span_bytes(r->rdata, r->rdlength)));
}

static void describe_records(struct sheet *sheet, struct dns_zone *const *zones, unsigned n_zones)
{
    struct table *t = sheet_table(sheet, "records", "Records", "There are no records.");
    char text[DNS_NAME_TEXT_MAX];

    table_column(t, CELL_TEXT, "zone", "zone", NULL);
    table_column(t, CELL_TEXT, "name", "name", NULL);
    table_column(t, CELL_NUMBER, "ttl", "TTL", "Seconds for which others may keep it.");
    table_column(t, CELL_TEXT, "type", "type", NULL);
    table_column(t, CELL_TEXT, "data", "data", NULL);
    for (unsigned i = 0; i < n_zones; i++) {
        struct zone_rows rows = { t, dns_name_text(text, dns_zone_origin(zones[i])) };
        dns_zone_each(zones[i], add_record, &rows);
    }
}

static void describe_cache(struct sheet *sheet, struct dns_cache *c, sim_time now)
{
    struct table *t = sheet_table(sheet, "cache", "Cache", "Nothing is cached.");
    char text[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX], data[DATA_MAX];
    unsigned n;
    const struct dns_cached **list = dns_cache_list(c, now, &n);

    table_column(t, CELL_TEXT, "name", "name", NULL);
    table_column(t, CELL_TEXT, "type", "type", NULL);
    table_column(t, CELL_NUMBER, "ttl", "TTL left", "Seconds until it is forgotten.");
    table_column(t, CELL_TEXT, "data", "data", NULL);
    table_column(t, CELL_TEXT, "kind", "kind", "How it came here: an answer, or told by the parent zone.");
    for (unsigned i = 0; i < n; i++) {
        uint32_t at = 0;
        struct span rdata;
        size_t used = 0;
        if (!table_row(t))
            continue;
        data[0] = '\0';
        while (list[i]->kind == DNS_CACHED_SET && dns_cached_next(list[i], &at, &rdata))
            used = dns_tell_data(data, sizeof data, used, list[i]->type, rdata);
        table_text(t, "%s", dns_name_text(text, dns_cached_name(list[i])));
        table_text(t, "%s", list[i]->type != 0 ? dns_type_text(type, list[i]->type) : "any");
        table_number(t, dns_cached_ttl(list[i], now));
        table_text(t, "%s", data);
        table_text(t, "%s", dns_cached_kind_text(list[i]));
    }
    g_free(list);
}

struct way_rows {
    struct table *table;
    struct net *net;
};

static void add_under_way(void *self, const struct dns_under_way *u)
{
    const struct way_rows *rows = self;
    char text[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX], peer[IP_TEXT_MAX];

    table_row(rows->table);
    table_text(rows->table, "%s", dns_name_text(text, u->name));
    table_text(rows->table, "%s", dns_type_text(type, u->type));
    if (u->asked != 0)
        table_text(rows->table, "%s", dns_tell_peer(rows->net, u->asked, peer));
    else
        table_text(rows->table, "the address of %s",
                   u->awaits != NULL ? dns_name_text(text, u->awaits) : "?");
    table_time(rows->table, u->since);
    table_number(rows->table, u->clients);
}

void dns_describe(struct sheet *sheet, struct net *n, struct dns_zone *const *zones, unsigned n_zones,
                  struct dns_resolver *r, sim_time now)
{
    if (n_zones > 0 || r == NULL) {
        describe_zones(sheet, zones, n_zones);
        describe_records(sheet, zones, n_zones);
    }
    if (r == NULL)
        return;
    describe_cache(sheet, dns_resolver_cache(r), now);
    struct table *t = sheet_table(sheet, "lookups", "Look-ups under way", "No look-up is under way.");
    table_column(t, CELL_TEXT, "name", "name", NULL);
    table_column(t, CELL_TEXT, "type", "type", NULL);
    table_column(t, CELL_TEXT, "waiting", "waiting for", "The server that was asked last.");
    table_column(t, CELL_TIME, "since", "since", NULL);
    table_column(t, CELL_NUMBER, "clients", "clients", "How many wait for the answer.");
    dns_resolver_each(r, add_under_way, &(struct way_rows){ t, n });
}

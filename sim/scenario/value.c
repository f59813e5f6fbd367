#include "scenario/value.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "dns/name.h"
#include "dns/rr.h"
#include "mail/addr.h"

/* What each kind looks like, and its size in a struct. */
static const struct kind {
    const char *wanted;
    size_t size;
} kinds[] = {
    [VALUE_BOOL] = { "true or false", sizeof(bool) },
    [VALUE_INT] = { "a whole number", sizeof(int64_t) },
    [VALUE_DURATION] = { "a duration like \"20ms\", \"1.5s\", \"30m\" or \"5d\"", sizeof(sim_time) },
    [VALUE_RATE] = { "a rate like \"64kbps\", \"10Mbps\" or \"none\"", sizeof(uint64_t) },
    [VALUE_LOSS] = { "a part like 0.05 or \"5%\"", sizeof(uint32_t) },
    [VALUE_SIZE] = { "a number of octets or a size like \"64KB\" or \"1MB\"", sizeof(int64_t) },
    [VALUE_TTL] = { "a number of seconds or a duration like \"5m\" or \"1d\"", sizeof(int64_t) },
    [VALUE_MOMENT] = { "a date and time like \"2026-03-02T09:00:00Z\"", sizeof(int64_t) },
    [VALUE_FREQUENCY] = { "how many in a time, like \"2/s\" or \"30/m\"", sizeof(sim_time) },
    [VALUE_TEXT] = { "a text", sizeof(char *) },
    [VALUE_HOST] = { "the name of a host", sizeof(char *) },
    [VALUE_DOMAIN] = { "a domain name like \"hamburger.edu\"", sizeof(char *) },
    [VALUE_MAILBOX] = { "a mail address like \"alice@crepes.fr\"", sizeof(char *) },
    [VALUE_USER] = { "a person's name as in the address, like \"alice\"", sizeof(char *) },
    [VALUE_PERSON] = { "a person's name as in the address, of letters, digits, dots and hyphens, like \"alice\"",
                       sizeof(char *) },
    [VALUE_SITE] = { "a domain name of letters, digits and hyphens, like \"hamburger.edu\"", sizeof(char *) },
    [VALUE_PATH] = { "a path of a web server like \"/index.html\"", sizeof(char *) },
    [VALUE_TYPE] = { "a type of record like \"A\" or \"MX\"", sizeof(char *) },
    [VALUE_PATTERN] = { "a pattern like \"smtp.reply code=4xx\"", sizeof(char *) },
    [VALUE_RECORD] = { "a record like \"www 300 A 212.212.212.1\"", sizeof(char *) },
    [VALUE_REMOVAL] = { "a name and type like \"www A\"", sizeof(char *) },
    [VALUE_LESSON] = { "a line of the curriculum like \"M1\"", sizeof(char *) },
    [VALUE_ADDRESS] = { "an IPv4 address like \"10.1.0.25\"", sizeof(ip_addr) },
    [VALUE_PREFIX] = { "an IPv4 prefix like \"10.1.0.0/16\"", sizeof(struct ip_prefix) },
    [VALUE_ENUM] = { "one of the words known here", sizeof(int) },
    [VALUE_RECURSION] = { "true, false or \"chain\"", sizeof(int) },
    [VALUE_WORDS] = { "a text, or texts by language like {\"en\": \"…\", \"ko\": \"…\"}",
                      sizeof(struct scenario_text) },
    [VALUE_PLACE] = { "two whole numbers like [250, 500]", sizeof(struct scenario_place) },
    [VALUE_ITEMS] = { "a list", sizeof(GPtrArray *) },
    [VALUE_OBJECT] = { "an object", sizeof(void *) },
    [VALUE_SWITCH] = { "true, false or an object", sizeof(void *) },
    [VALUE_MAP] = { "an object with names as keys", sizeof(GPtrArray *) },
    [VALUE_LIST] = { "a list", sizeof(GPtrArray *) },
};

static const struct unit {
    const char *name;
    uint64_t times;
} rates[] = { { "bps", 1 },
              { "kbps", 1000 },
              { "Mbps", 1000 * 1000 },
              { "Gbps", 1000 * 1000 * 1000 },
              { NULL, 0 } },
  sizes[] = { { "", 1 },
              { "B", 1 },
              { "KB", 1000 },
              { "MB", 1000 * 1000 },
              { "GB", 1000 * 1000 * 1000 },
              { "KiB", 1 << 10 },
              { "MiB", 1 << 20 },
              { NULL, 0 } },
  losses[] = { { "", 1000000 }, { "%", 10000 }, { NULL, 0 } },
  periods[] = { { "s", SIM_SECOND }, { "m", SIM_MINUTE }, { "h", SIM_HOUR }, { "d", SIM_DAY }, { NULL, 0 } };

const char *value_wanted(enum value_kind kind)
{
    return kinds[kind].wanted;
}

size_t value_size(enum value_kind kind)
{
    return kinds[kind].size;
}

/* Cut "12" or "1.5" off `text`: the digits as one number, and ten to the power of how many stand behind the
 * point. */
static bool take_decimal(struct span *text, uint64_t *digits_out, uint64_t *power_out)
{
    enum { DIGITS_MAX = 15 };
    uint64_t digits = 0, power = 1;
    size_t i = 0, n = 0;
    bool point = false;

    for (; i < text->len; i++) {
        char c = text->at[i];

        if (c == '.' && !point && n > 0) {
            point = true;
            continue;
        }
        if (c < '0' || c > '9')
            break;
        digits = digits * 10 + (uint64_t)(c - '0');
        power *= point ? 10 : 1;
        if (++n > DIGITS_MAX)
            return false;
    }
    if (n == 0 || (point && power == 1))
        return false;
    *text = span_bytes(text->at + i, text->len - i);
    *digits_out = digits;
    *power_out = power;
    return true;
}

static uint64_t find_unit(const struct unit *units, struct span name)
{
    for (; units->name != NULL; units++)
        if (span_is(name, span_of(units->name)))
            return units->times;
    return 0;
}

/* "1.5MB": a decimal number and one of `units`; false if it does not come out whole, or not below 2^63. */
static bool read_scaled(const struct unit *units, struct span text, int64_t *out)
{
    uint64_t digits, power, times;
    unsigned __int128 product;

    if (!take_decimal(&text, &digits, &power) || (times = find_unit(units, text)) == 0)
        return false;
    product = (unsigned __int128)digits * times;
    if (product % power != 0 || product / power > INT64_MAX)
        return false;
    *out = (int64_t)(product / power);
    return true;
}

/* "2/s": the time between two, rounded to a nanosecond. */
static bool read_frequency(struct span text, sim_time *out)
{
    uint64_t digits, power, times;
    unsigned __int128 gap;

    if (!take_decimal(&text, &digits, &power) || digits == 0 || text.len == 0 || text.at[0] != '/')
        return false;
    times = find_unit(periods, span_bytes(text.at + 1, text.len - 1));
    if (times == 0)
        return false;
    gap = ((unsigned __int128)times * power + digits / 2) / digits;
    if (gap > INT64_MAX)
        return false;
    *out = (sim_time)gap;
    return true;
}

/* "2026-03-02T09:00:00Z" and nothing else. */
static bool read_moment(struct span text, int64_t *out)
{
    static const char form[] = "dddd-dd-ddTdd:dd:ddZ";
    static const uint8_t widths[] = { 4, 2, 2, 2, 2, 2 };
    char buf[sizeof form];
    unsigned parts[6];
    GDateTime *moment;

    if (text.len != sizeof form - 1)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (form[i] == 'd' ? !g_ascii_isdigit(text.at[i]) : text.at[i] != form[i])
            return false;
    memcpy(buf, text.at, text.len);
    for (unsigned i = 0, at = 0; i < 6; at += widths[i++] + 1u) {
        parts[i] = 0;
        for (unsigned j = 0; j < widths[i]; j++)
            parts[i] = parts[i] * 10 + (unsigned)(buf[at + j] - '0');
    }
    if (parts[0] < 1970 || parts[0] > 2199)
        return false;
    moment = g_date_time_new_utc((int)parts[0], (int)parts[1], (int)parts[2], (int)parts[3], (int)parts[4],
                                 parts[5]);
    if (moment == NULL)
        return false;
    *out = g_date_time_to_unix(moment);
    g_date_time_unref(moment);
    return true;
}

static bool read_ttl(struct span text, int64_t *out)
{
    uint64_t seconds;
    sim_time t;

    if (span_number(text, INT64_MAX, &seconds)) {
        *out = (int64_t)seconds;
        return true;
    }
    if (!time_parse(text, &t) || t % SIM_SECOND != 0)
        return false;
    *out = t / SIM_SECOND;
    return true;
}

static bool read_choice(const char *const *choices, struct span text, int *out)
{
    for (int i = 0; choices[i] != NULL; i++)
        if (span_is(text, span_of(choices[i]))) {
            *out = i;
            return true;
        }
    return false;
}

static const char *const recursions[] = { "false", "true", "chain", NULL };
static const char *const bools[] = { "false", "true", NULL };

/* Letters, digits, dots, hyphens, underscores: what traces, captures and commands can name without quotes. */
static bool is_host(struct span text)
{
    enum { HOST_NAME_MAX_LEN = 200 };

    for (size_t i = 0; i < text.len; i++)
        if (!g_ascii_isalnum(text.at[i]) && strchr(".-_", text.at[i]) == NULL)
            return false;
    return text.len > 0 && text.len <= HOST_NAME_MAX_LEN && g_ascii_isalnum(text.at[0]);
}

static bool is_mailbox(struct span text)
{
    struct mail_addr a;

    return mail_addr_read(text, &a) == NULL && a.domain.len > 0 && a.domain.at[0] != '[';
}

/* The same rule as in an address; only what needs no quotes. */
static bool is_user(struct span text)
{
    char buf[MAIL_LOCAL_MAX + sizeof "@a.b"];

    if (text.len == 0 || text.len > MAIL_LOCAL_MAX || text.at[0] == '"')
        return false;
    memcpy(buf, text.at, text.len);
    memcpy(buf + text.len, "@a.b", 4);
    return is_mailbox(span_bytes(buf, text.len + 4)) && memchr(text.at, '@', text.len) == NULL;
}

/* Short enough for "alice-pc." before it. A last dot is no harm: it goes. */
/* As a request names it: no query, no fragment, nothing that would have to be escaped. */
static bool is_path(struct span text)
{
    if (text.len == 0 || text.len > 1000 || text.at[0] != '/')
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] <= ' ' || text.at[i] >= 0x7f || strchr("?#\"<>\\^`{|}", text.at[i]) != NULL)
            return false;
    return true;
}

static bool is_site(struct span text)
{
    enum { SITE_MAX = 120 };

    if (text.len > 1 && text.at[text.len - 1] == '.')
        text.len--;
    return text.len <= SITE_MAX && mail_is_domain(text);
}

static bool read_rate(struct span text, uint64_t *out)
{
    int64_t bps;

    if (span_is(text, SPAN("none"))) {
        *out = 0;
        return true;
    }
    if (!read_scaled(rates, text, &bps) || bps == 0)
        return false;
    *out = (uint64_t)bps;
    return true;
}

static bool read_loss(struct span text, uint32_t *out)
{
    int64_t ppm;

    if (!read_scaled(losses, text, &ppm) || ppm > UINT32_MAX)
        return false;
    *out = (uint32_t)ppm;
    return true;
}

static bool read_number(struct span text, int64_t *out)
{
    uint64_t n;

    if (!span_number(text, INT64_MAX, &n))
        return false;
    *out = (int64_t)n;
    return true;
}

enum { PATTERN_LEN_MAX = 1000 };

static bool read_value(enum value_kind kind, const struct shape_row *row, struct span text, void *out)
{
    struct dns_name name;
    int choice = 0;

    switch (kind) {
    case VALUE_BOOL:
        if (!read_choice(bools, text, &choice))
            return false;
        *(bool *)out = choice == 1;
        return true;
    case VALUE_INT:
        return read_number(text, out);
    case VALUE_DURATION:
        return time_parse(text, out);
    case VALUE_RATE:
        return read_rate(text, out);
    case VALUE_LOSS:
        return read_loss(text, out);
    case VALUE_SIZE:
        return read_scaled(sizes, text, out);
    case VALUE_TTL:
        return read_ttl(text, out);
    case VALUE_MOMENT:
        return read_moment(text, out);
    case VALUE_FREQUENCY:
        return read_frequency(text, out);
    case VALUE_HOST:
        return is_host(text);
    case VALUE_DOMAIN:
        return text.len > 0 && dns_name_parse(text, NULL, &name, NULL);
    case VALUE_MAILBOX:
        return is_mailbox(text);
    case VALUE_USER:
        return is_user(text);
    case VALUE_PERSON:
        return is_user(text) && is_host(text);
    case VALUE_SITE:
        return is_site(text);
    case VALUE_PATH:
        return is_path(text);
    case VALUE_TYPE:
        return dns_type_parse(text) != 0;
    case VALUE_ADDRESS:
        return ip_parse(text, out) && *(ip_addr *)out != 0;
    case VALUE_PREFIX:
        return ip_prefix_parse(text, out);
    case VALUE_ENUM:
        return read_choice(row->choices, text, out);
    case VALUE_RECURSION:
        return read_choice(recursions, text, out);
    case VALUE_TEXT:
        return row == NULL || row->choices == NULL || read_choice(row->choices, text, &choice);
    case VALUE_PATTERN:
        return text.len <= PATTERN_LEN_MAX;
    case VALUE_RECORD:
    case VALUE_REMOVAL:
    case VALUE_LESSON:
        return true;
    case VALUE_WORDS:
    case VALUE_PLACE:
    case VALUE_ITEMS:
    case VALUE_OBJECT:
    case VALUE_SWITCH:
    case VALUE_MAP:
    case VALUE_LIST:
        break;
    }
    return false;
}

const char *value_read(enum value_kind kind, const struct shape_row *row, struct span text, void *out)
{
    return read_value(kind, row, text, out) ? NULL : value_wanted(kind);
}

bool value_is_numeric(enum value_kind kind)
{
    return kind == VALUE_INT || kind == VALUE_LOSS || kind == VALUE_SIZE || kind == VALUE_TTL;
}

/* Beyond 2^53 a double does not hold every whole number, so what was written may not be what arrived. */
bool value_from_double(enum value_kind kind, double number, void *out)
{
    const double whole_max = 9007199254740991.0;

    if (!isfinite(number) || fabs(number) > whole_max)
        return false;
    if (kind == VALUE_LOSS) {
        if (number < 0 || number > 4000)
            return false;
        *(uint32_t *)out = (uint32_t)llround(number * 1e6);
        return true;
    }
    if (number != floor(number))
        return false;
    *(int64_t *)out = (int64_t)number;
    return true;
}

bool value_number(enum value_kind kind, const void *value, int64_t *out)
{
    switch ((int)kind) {
    case VALUE_INT:
    case VALUE_DURATION:
    case VALUE_SIZE:
    case VALUE_TTL:
    case VALUE_MOMENT:
    case VALUE_FREQUENCY:
        *out = *(const int64_t *)value;
        return true;
    case VALUE_RATE:
        *out = (int64_t) * (const uint64_t *)value;
        return true;
    case VALUE_LOSS:
        *out = *(const uint32_t *)value;
        return true;
    default:
        return false;
    }
}

/* With the largest unit that divides it. */
static void print_scaled(const struct unit *units, uint64_t number, GString *out)
{
    const struct unit *best = units;

    for (const struct unit *u = units; u->name != NULL; u++)
        if (number != 0 && number % u->times == 0 && u->times > best->times && u->times % 1000 == 0)
            best = u;
    g_string_append_printf(out, "%" G_GUINT64_FORMAT "%s", number / best->times, best->name);
}

/* Parts of a million as a decimal number without needless zeros. */
static void print_ppm(uint32_t ppm, GString *out)
{
    g_string_append_printf(out, "%u", ppm / 1000000);
    if (ppm % 1000000 != 0) {
        g_string_append_printf(out, ".%06u", ppm % 1000000);
        while (out->str[out->len - 1] == '0')
            g_string_truncate(out, out->len - 1);
    }
}

static void print_moment(int64_t unix_s, GString *out)
{
    GDateTime *moment = g_date_time_new_from_unix_utc(unix_s);
    char *text = g_date_time_format(moment, "%Y-%m-%dT%H:%M:%SZ");

    g_string_append(out, text);
    g_free(text);
    g_date_time_unref(moment);
}

/* "2/s" where that is exact, else the gap has no short frequency: "1000000000/7s" would be none that can be
 * read. */
static void print_frequency(sim_time gap, GString *out)
{
    char buf[TIME_DURATION_MAX];

    for (const struct unit *u = periods; u->name != NULL; u++)
        if (gap > 0 && u->times % (uint64_t)gap == 0) {
            g_string_append_printf(out, "%" G_GUINT64_FORMAT "/%s", u->times / (uint64_t)gap, u->name);
            return;
        }
    g_string_append_printf(out, "one every %s", time_duration(buf, gap));
}

void value_print_number(enum value_kind kind, int64_t number, GString *out)
{
    char buf[TIME_DURATION_MAX];

    switch ((int)kind) {
    case VALUE_DURATION:
        g_string_append(out, time_duration(buf, number));
        break;
    case VALUE_RATE:
        if (number == 0)
            g_string_append(out, "none");
        else
            print_scaled(rates, (uint64_t)number, out);
        break;
    case VALUE_LOSS:
        print_ppm((uint32_t)number, out);
        break;
    case VALUE_SIZE:
        print_scaled(sizes, (uint64_t)number, out);
        break;
    case VALUE_MOMENT:
        print_moment(number, out);
        break;
    case VALUE_FREQUENCY:
        print_frequency(number, out);
        break;
    default:
        g_string_append_printf(out, "%" G_GINT64_FORMAT, number);
    }
}

void value_print(enum value_kind kind, const struct shape_row *row, const void *value, GString *out)
{
    char ip[IP_TEXT_MAX];
    int64_t number;

    if (value_number(kind, value, &number)) {
        value_print_number(kind, number, out);
        return;
    }
    switch ((int)kind) {
    case VALUE_BOOL:
        g_string_append(out, bools[*(const bool *)value]);
        break;
    case VALUE_ENUM:
        g_string_append(out, row->choices[*(const int *)value]);
        break;
    case VALUE_RECURSION:
        g_string_append(out, recursions[*(const int *)value]);
        break;
    case VALUE_ADDRESS:
        g_string_append(out, ip_text(ip, *(const ip_addr *)value));
        break;
    case VALUE_PREFIX: {
        const struct ip_prefix *p = value;

        g_string_append_printf(out, "%s/%u", ip_text(ip, p->base), p->bits);
        break;
    }
    default:
        assert(!"a kind that is printed by its owner");
    }
}

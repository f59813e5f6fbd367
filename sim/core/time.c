#include "core/time.h"

#include <assert.h>
#include <stdio.h>

#include "core/json.h"

static const struct unit {
    const char *name;
    sim_time length;
} units[] = { { "d", SIM_DAY }, { "h", SIM_HOUR }, { "m", SIM_MINUTE }, { "s", SIM_SECOND },
              { "ms", SIM_MS }, { "us", SIM_US },  { "ns", 1 } };
enum { N_UNITS = sizeof units / sizeof units[0] };

static size_t count_digits(struct span text)
{
    size_t n = 0;

    while (n < text.len && text.at[n] >= '0' && text.at[n] <= '9')
        n++;
    return n;
}

/* The index of the unit that `text` begins with, and its length; -1 if it begins with none. A unit ends where
 * the letters end, so "m" is not taken out of "ms". */
static int find_unit(struct span text, size_t *len_out)
{
    size_t n = 0;

    while (n < text.len && text.at[n] >= 'a' && text.at[n] <= 'z')
        n++;
    for (int i = 0; i < N_UNITS; i++)
        if (span_is(span_of(units[i].name), span_bytes(text.at, n))) {
            *len_out = n;
            return i;
        }
    return -1;
}

/* The decimals `digits` of a unit, exactly; false if that is no whole number of nanoseconds. */
static bool parse_fraction(struct span digits, sim_time unit, sim_time *out)
{
    enum { DIGITS_MAX = 18 }; /* of what a 64-bit number holds; finer than any unit divides */
    uint64_t numerator, power = 1;
    unsigned __int128 product;

    while (digits.len > 0 && digits.at[digits.len - 1] == '0')
        digits.len--;
    *out = 0;
    if (digits.len == 0)
        return true;
    if (digits.len > DIGITS_MAX || !span_number(digits, UINT64_MAX, &numerator))
        return false;
    for (size_t i = 0; i < digits.len; i++)
        power *= 10;
    product = (unsigned __int128)numerator * (uint64_t)unit;
    *out = (sim_time)(product / power);
    return product % power == 0;
}

/* Cut digits, perhaps a point and decimals, off `rest`. Decimals are left empty if there is no point. */
static bool take_figures(struct span *rest, uint64_t *whole_out, struct span *decimals_out)
{
    size_t n = count_digits(*rest);

    if (!span_number(span_bytes(rest->at, n), INT64_MAX, whole_out))
        return false;
    *rest = span_bytes(rest->at + n, rest->len - n);
    *decimals_out = span_bytes(rest->at, 0);
    if (rest->len == 0 || rest->at[0] != '.')
        return true;
    *decimals_out = span_bytes(rest->at + 1, count_digits(span_bytes(rest->at + 1, rest->len - 1)));
    n = 1 + decimals_out->len;
    *rest = span_bytes(rest->at + n, rest->len - n);
    return decimals_out->len > 0;
}

static bool add_part(sim_time *sum, sim_time unit, uint64_t whole, struct span decimals)
{
    sim_time fraction, part;

    return parse_fraction(decimals, unit, &fraction) &&
           !__builtin_mul_overflow(whole, (uint64_t)unit, &part) &&
           !__builtin_add_overflow(part, fraction, &part) && !__builtin_add_overflow(*sum, part, sum) &&
           *sum < SIM_NEVER;
}

bool time_parse(struct span text, sim_time *out)
{
    sim_time sum = 0;
    int last = -1;

    if (text.len == 0)
        return false;
    while (text.len > 0) {
        struct span decimals;
        uint64_t whole;
        size_t n;
        if (!take_figures(&text, &whole, &decimals))
            return false;
        int unit = find_unit(text, &n);
        if (unit <= last || !add_part(&sum, units[unit].length, whole, decimals))
            return false;
        text = span_bytes(text.at + n, text.len - n);
        if (decimals.len > 0 && text.len > 0) /* "1.5h30m" reads like a slip */
            return false;
        last = unit;
    }
    *out = sum;
    return true;
}

bool time_parse_seconds(struct span text, sim_time *out)
{
    struct span decimals;
    sim_time sum = 0;
    uint64_t whole;

    if (!take_figures(&text, &whole, &decimals) || text.len > 0 ||
        !add_part(&sum, SIM_SECOND, whole, decimals))
        return false;
    *out = sum;
    return true;
}

/* `ns` as a decimal of `unit`, without zeros at the end. */
static char *put_decimal(char *at, uint64_t ns, const struct unit *unit)
{
    uint64_t length = (uint64_t)unit->length, rest = ns % length;

    at = json_unsigned(at, ns / length);
    if (rest > 0)
        *at++ = '.';
    while (rest > 0) {
        length /= 10;
        *at++ = (char)('0' + rest / length);
        rest %= length;
    }
    return stpcpy(at, unit->name);
}

char *time_duration(char buf[TIME_DURATION_MAX], sim_time t)
{
    enum { FIRST_DECIMAL = 3 }; /* days, hours and minutes are counted whole */
    uint64_t left = t < 0 ? -(uint64_t)t : (uint64_t)t;
    char *at = buf;
    int i;

    if (t == SIM_NEVER)
        return strcpy(buf, "never");
    if (t < 0)
        *at++ = '-';
    for (i = 0; i < FIRST_DECIMAL; i++) {
        uint64_t length = (uint64_t)units[i].length;
        if (left < length)
            continue;
        at = stpcpy(json_unsigned(at, left / length), units[i].name);
        left %= length;
    }
    if (t != 0 && left == 0)
        return buf;
    if (t == 0)
        return strcpy(buf, "0s");
    while (i < N_UNITS - 1 && left < (uint64_t)units[i].length)
        i++;
    put_decimal(at, left, &units[i]);
    return buf;
}

int time_seconds(char buf[TIME_SECONDS_MAX], sim_time t)
{
    char *end = json_seconds(buf, t);

    *end = '\0';
    return (int)(end - buf);
}

char *time_clock(char buf[TIME_CLOCK_MAX], sim_time t)
{
    assert(t >= 0);
    if (t == SIM_NEVER)
        return strcpy(buf, "never");
    snprintf(buf, TIME_CLOCK_MAX, "Day %d, %02d:%02d:%02d.%03d", (int)(t / SIM_DAY) + 1,
             (int)(t % SIM_DAY / SIM_HOUR), (int)(t % SIM_HOUR / SIM_MINUTE),
             (int)(t % SIM_MINUTE / SIM_SECOND), (int)(t % SIM_SECOND / SIM_MS));
    return buf;
}

/* Days from 1 January of year 1 to that of `year`, in the calendar that RFC 5322 dates are written in. */
static int64_t days_before_year(int64_t year)
{
    year--;
    return 365 * year + year / 4 - year / 100 + year / 400;
}

static bool is_leap(int64_t year)
{
    return days_before_year(year + 1) - days_before_year(year) == 366;
}

/* A day, counted from 1 January of year 1, as year, month (0 to 11) and day of the month (from 1). */
static void split_day(int64_t day, int *year_out, int *month_out, int *mday_out)
{
    static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int64_t year = day * 400 / days_before_year(401) + 1; /* right or one too many or too few */
    int month = 0;

    while (days_before_year(year) > day)
        year--;
    while (days_before_year(year + 1) <= day)
        year++;
    day -= days_before_year(year);
    for (;; month++) {
        int length = lengths[month] + (month == 1 && is_leap(year));
        if (day < length)
            break;
        day -= length;
    }
    *year_out = (int)year;
    *month_out = month;
    *mday_out = (int)day + 1;
}

char *time_rfc5322(char buf[TIME_RFC5322_MAX], int64_t unix_s)
{
    static const char days[] = "MonTueWedThuFriSatSun"; /* 1 January of year 1 was a Monday */
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    enum { DAY_S = 86400, HOUR_S = 3600, MINUTE_S = 60 };
    int year, month, mday, second;
    int64_t day;

    if (unix_s < TIME_RFC5322_FIRST)
        unix_s = TIME_RFC5322_FIRST;
    if (unix_s > TIME_RFC5322_LAST)
        unix_s = TIME_RFC5322_LAST;
    unix_s += days_before_year(1970) * DAY_S;
    day = unix_s / DAY_S;
    second = (int)(unix_s % DAY_S);
    split_day(day, &year, &month, &mday);
    snprintf(buf, TIME_RFC5322_MAX, "%.3s, %02d %.3s %04d %02d:%02d:%02d +0000", days + 3 * (day % 7), mday,
             months + 3 * month, year, second / HOUR_S, second % HOUR_S / MINUTE_S, second % MINUTE_S);
    return buf;
}

#include "mail/text.h"

char *mail_put_number(char *at, uint64_t number)
{
    char digits[MAIL_NUMBER_MAX];
    size_t n = 0;

    do
        digits[MAIL_NUMBER_MAX - ++n] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    return mail_put(at, span_bytes(digits + MAIL_NUMBER_MAX - n, n));
}

static void put_two(char *at, int64_t number)
{
    at[0] = (char)('0' + number / 10);
    at[1] = (char)('0' + number % 10);
}

struct span mail_date_text(struct mail_date *d, int64_t unix_s)
{
    enum { DAY_S = 86400, TIME_AT = sizeof "Mon, 02 Mar 2026 " - 1 };
    int64_t second = unix_s % DAY_S, day;

    if (second < 0)
        second += DAY_S;
    day = (unix_s - second) / DAY_S + 1;
    if (day != d->day || d->text[0] == '\0') {
        time_rfc5322(d->text, unix_s);
        d->day = day;
    } else {
        put_two(d->text + TIME_AT, second / 3600);
        put_two(d->text + TIME_AT + 3, second / 60 % 60);
        put_two(d->text + TIME_AT + 6, second % 60);
    }
    return span_of(d->text);
}

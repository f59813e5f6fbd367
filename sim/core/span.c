#include "core/span.h"

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

bool span_starts_nocase(struct span text, struct span prefix)
{
    if (text.len < prefix.len)
        return false;
    for (size_t i = 0; i < prefix.len; i++)
        if (text.at[i] != prefix.at[i] && lower(text.at[i]) != lower(prefix.at[i]))
            return false;
    return true;
}

static void skip(struct span *rest, size_t n)
{
    if (n > 0) {
        rest->at += n;
        rest->len -= n;
    }
}

struct span span_take_word(struct span *rest)
{
    struct span word = *rest;
    size_t n = 0;

    while (n < rest->len && rest->at[n] != ' ')
        n++;
    word.len = n;
    while (n < rest->len && rest->at[n] == ' ')
        n++;
    skip(rest, n);
    return word;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

struct span span_trim(struct span text)
{
    while (text.len > 0 && is_blank(text.at[0]))
        skip(&text, 1);
    while (text.len > 0 && is_blank(text.at[text.len - 1]))
        text.len--;
    return text;
}

bool span_number(struct span text, uint64_t max, uint64_t *out)
{
    uint64_t number = 0;

    if (text.len == 0)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = (unsigned char)text.at[i] - (unsigned)'0';
        if (digit > 9 || digit > max || number > (max - digit) / 10)
            return false;
        number = 10 * number + digit;
    }
    *out = number;
    return true;
}

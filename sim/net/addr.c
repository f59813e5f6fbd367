#include "net/addr.h"

/* A decimal number of at most three digits without leading zeros, 0 … max; cut off the front of `text`. */
static bool take_number(struct span *text, unsigned max, unsigned *out)
{
    unsigned value = 0;
    size_t n = 0;

    while (n < text->len && n < 3 && text->at[n] >= '0' && text->at[n] <= '9')
        value = value * 10 + (unsigned)(text->at[n++] - '0');
    if (n == 0 || value > max || (n > 1 && text->at[0] == '0'))
        return false;
    text->at += n;
    text->len -= n;
    *out = value;
    return true;
}

static bool take_char(struct span *text, char c)
{
    if (text->len == 0 || text->at[0] != c)
        return false;
    text->at++;
    text->len--;
    return true;
}

static bool take_addr(struct span *text, ip_addr *out)
{
    ip_addr a = 0;

    for (int i = 0; i < 4; i++) {
        unsigned part;
        if ((i > 0 && !take_char(text, '.')) || !take_number(text, 255, &part))
            return false;
        a = a << 8 | part;
    }
    *out = a;
    return true;
}

bool ip_parse(struct span text, ip_addr *out)
{
    ip_addr a;

    if (!take_addr(&text, &a) || text.len > 0)
        return false;
    *out = a;
    return true;
}

bool ip_prefix_parse(struct span text, struct ip_prefix *out)
{
    struct ip_prefix p = { .bits = 32 };

    if (!take_addr(&text, &p.base))
        return false;
    if (text.len > 0 && (!take_char(&text, '/') || !take_number(&text, 32, &p.bits) || text.len > 0))
        return false;
    *out = p;
    return true;
}

bool ip_prefix_has(struct ip_prefix p, ip_addr a)
{
    /* A shift by 32 is undefined in C, and /0 has everything. */
    return p.bits == 0 || (p.base ^ a) >> (32 - p.bits) == 0;
}

static char *put_number(char *at, unsigned n)
{
    char digits[10];
    int used = 0;

    do
        digits[used++] = (char)('0' + n % 10);
    while ((n /= 10) > 0);
    while (used > 0)
        *at++ = digits[--used];
    return at;
}

static char *put_addr(char *at, ip_addr a)
{
    for (int shift = 24; shift >= 0; shift -= 8) {
        at = put_number(at, a >> shift & 255);
        if (shift > 0)
            *at++ = '.';
    }
    return at;
}

char *ip_text(char buf[IP_TEXT_MAX], ip_addr a)
{
    *put_addr(buf, a) = '\0';
    return buf;
}

/* By hand, not snprintf: every packet record has two of them. */
int ip_port_text(char buf[IP_PORT_TEXT_MAX], ip_addr a, uint16_t port)
{
    char *at = put_addr(buf, a);

    *at++ = ':';
    at = put_number(at, port);
    *at = '\0';
    return (int)(at - buf);
}

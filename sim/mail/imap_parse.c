#include "mail/imap_parse.h"

#include <assert.h>

void imap_args_init(struct imap_args *a)
{
    *a = (struct imap_args){ .kept = g_string_chunk_new(256) };
}

void imap_args_release(struct imap_args *a)
{
    g_string_chunk_free(a->kept);
    a->kept = NULL;
}

void imap_args_start(struct imap_args *a, struct span command)
{
    g_string_chunk_clear(a->kept);
    a->rest = command;
    a->fault = NULL;
}

void imap_args_expected(struct imap_args *a, const char *what)
{
    if (a->fault == NULL)
        a->fault = what;
    a->rest.len = 0;
}

static void skip(struct imap_args *a, size_t n)
{
    a->rest = span_bytes(a->rest.at + n, a->rest.len - n);
}

char imap_args_peek(const struct imap_args *a)
{
    return a->rest.len > 0 ? a->rest.at[0] : '\0';
}

bool imap_args_take_if(struct imap_args *a, char c)
{
    bool is_there = a->rest.len > 0 && a->rest.at[0] == c;

    if (is_there)
        skip(a, 1);
    return is_there;
}

bool imap_args_take_word_if(struct imap_args *a, struct span word)
{
    bool is_there = span_starts_nocase(a->rest, word);

    if (is_there)
        skip(a, word.len);
    return is_there;
}

void imap_args_take(struct imap_args *a, char c)
{
    static const char marks[][2] = { "(", ")", "[", "]", ">", ".", "\"" };

    if (imap_args_take_if(a, c))
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(marks); i++)
        if (marks[i][0] == c)
            imap_args_expected(a, marks[i]);
    assert(a->fault != NULL);
}

void imap_args_take_space(struct imap_args *a)
{
    if (!imap_args_take_if(a, ' '))
        imap_args_expected(a, "a space");
}

void imap_args_take_end(struct imap_args *a)
{
    if (!span_is(a->rest, SPAN("\r\n")))
        imap_args_expected(a, "the end of the line, CR LF");
}

/* ---- Atoms and strings. */

/* ATOM-CHAR, and those of `more`. */
static bool is_atom_char(char c, const char *more)
{
    return (c > ' ' && c < 0x7f && strchr("(){%*\"\\]", c) == NULL) || (c != '\0' && strchr(more, c) != NULL);
}

static struct span take_chars(struct imap_args *a, const char *more)
{
    size_t n = 0;
    struct span taken;

    while (n < a->rest.len && is_atom_char(a->rest.at[n], more))
        n++;
    taken = span_bytes(a->rest.at, n);
    skip(a, n);
    return taken;
}

static struct span at_least_one(struct imap_args *a, struct span taken, const char *what)
{
    if (taken.len == 0)
        imap_args_expected(a, what);
    return taken;
}

struct span imap_args_take_tag(struct imap_args *a)
{
    struct span tag = take_chars(a, "]");

    if (tag.len == 0 || memchr(tag.at, '+', tag.len) != NULL)
        imap_args_expected(a, "a tag");
    return tag;
}

struct span imap_args_take_atom(struct imap_args *a, const char *what)
{
    return at_least_one(a, take_chars(a, ""), what);
}

struct span imap_args_take_letters(struct imap_args *a)
{
    size_t n = 0;
    struct span taken;

    while (n < a->rest.len && (g_ascii_isalpha(a->rest.at[n]) || a->rest.at[n] == '.' ||
                               (n > 0 && g_ascii_isdigit(a->rest.at[n])))) /* RFC822 */
        n++;
    taken = span_bytes(a->rest.at, n);
    skip(a, n);
    return taken;
}

/* After the opening quote. RFC 3501 has 7-bit characters only; that people's words are UTF-8 is for RFC 9051
 * to say (§4.3), and clients have long been doing so. */
static struct span take_quoted(struct imap_args *a)
{
    const char *at = a->rest.at, *end = at + a->rest.len;
    size_t escapes = 0, n = 0;
    char *plain;

    for (; at < end && *at != '"' && *at != '\r' && *at != '\n' && *at != '\0'; at++) {
        if (*at != '\\')
            continue;
        at++;
        escapes++;
        if (at == end || (*at != '"' && *at != '\\')) {
            imap_args_expected(a, "\" or \\ behind a backslash");
            return SPAN("");
        }
    }
    if (at >= end || *at != '"') {
        imap_args_expected(a, "a closing quote");
        return SPAN("");
    }
    if (escapes == 0) {
        struct span text = span_bytes(a->rest.at, (size_t)(at - a->rest.at));

        skip(a, text.len + 1);
        return text;
    }
    plain = g_string_chunk_insert_len(a->kept, a->rest.at, at - a->rest.at);
    for (const char *from = a->rest.at; from < at; from++) {
        if (*from == '\\')
            from++;
        plain[n++] = *from;
    }
    skip(a, (size_t)(at - a->rest.at) + 1);
    return span_bytes(plain, n);
}

uint64_t imap_args_take_literal_size(struct imap_args *a)
{
    const char *close = a->rest.len > 0 ? memchr(a->rest.at, '}', a->rest.len) : NULL;
    size_t n = close != NULL ? (size_t)(close - a->rest.at) : 0;
    uint64_t size = 0;

    if (n < 2 || a->rest.at[0] != '{' || a->rest.len < n + 3 || close[1] != '\r' || close[2] != '\n' ||
        !span_number(span_bytes(a->rest.at + 1, n - 1 - (close[-1] == '+')), INT64_MAX, &size)) {
        imap_args_expected(a, "a literal, {size}");
        return 0;
    }
    skip(a, n + 3);
    return size;
}

struct span imap_args_take_literal(struct imap_args *a)
{
    uint64_t size = imap_args_take_literal_size(a);
    struct span octets = span_bytes(a->rest.at, (size_t)size);

    if (a->fault != NULL || size > a->rest.len || memchr(octets.at, '\0', octets.len) != NULL) {
        imap_args_expected(a, "a literal without NUL"); /* CHAR8 */
        return SPAN("");
    }
    skip(a, octets.len);
    return octets;
}

static struct span take_string_or(struct imap_args *a, const char *chars, const char *what)
{
    if (imap_args_take_if(a, '"'))
        return take_quoted(a);
    if (imap_args_peek(a) == '{')
        return imap_args_take_literal(a);
    return at_least_one(a, take_chars(a, chars), what);
}

struct span imap_args_take_astring(struct imap_args *a, const char *what)
{
    return take_string_or(a, "]", what);
}

struct span imap_args_take_pattern(struct imap_args *a)
{
    return take_string_or(a, "]%*", "a name with wildcards");
}

/* ---- Numbers and dates. */

static uint32_t take_digits(struct imap_args *a, size_t max, size_t *n_out)
{
    uint64_t number = 0;
    size_t n = 0;

    while (n < a->rest.len && n < max && g_ascii_isdigit(a->rest.at[n]))
        n++;
    if (!span_number(span_bytes(a->rest.at, n), UINT32_MAX, &number))
        n = 0;
    skip(a, n);
    *n_out = n;
    return (uint32_t)number;
}

uint32_t imap_args_take_number(struct imap_args *a, uint32_t least)
{
    bool zero_first = imap_args_peek(a) == '0';
    size_t n;
    uint32_t number = take_digits(a, SIZE_MAX, &n);

    if (n == 0 || number < least || (zero_first && least > 0)) {
        imap_args_expected(a, least > 0 ? "a number from 1 on" : "a number");
        return 0;
    }
    return number;
}

static unsigned take_month(struct imap_args *a)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

    for (unsigned i = 0; i < 12; i++)
        if (imap_args_take_word_if(a, span_bytes(months + 3 * (size_t)i, 3)))
            return i + 1;
    return 0;
}

static const char a_date_time[] = "a date and time, \" 1-Feb-1994 21:52:25 -0800\"";

static unsigned take_fixed(struct imap_args *a, size_t digits)
{
    size_t n;
    unsigned number = take_digits(a, digits, &n);

    if (n != digits)
        imap_args_expected(a, a_date_time);
    return number;
}

static void take_mark(struct imap_args *a, char c)
{
    if (!imap_args_take_if(a, c))
        imap_args_expected(a, a_date_time);
}

/* "-Feb-1994" */
static void take_month_year(struct imap_args *a, unsigned *month_out, unsigned *year_out)
{
    size_t n = 0;

    *month_out = *year_out = 0;
    if (imap_args_take_if(a, '-') && (*month_out = take_month(a)) > 0 && imap_args_take_if(a, '-'))
        *year_out = take_digits(a, 4, &n);
    if (n != 4)
        imap_args_expected(a, "a date, 1-Feb-1994");
}

/* Unix seconds; a fault if there is no such moment. A leap second is the last one before it. */
static int64_t moment(struct imap_args *a, unsigned year, unsigned month, unsigned day, unsigned seconds)
{
    GDateTime *t = a->fault == NULL ? g_date_time_new_utc((int)year, (int)month, (int)day, 0, 0, 0) : NULL;
    int64_t unix_s = t != NULL ? g_date_time_to_unix(t) + seconds : 0;

    if (t == NULL)
        imap_args_expected(a, "a day of the calendar");
    else
        g_date_time_unref(t);
    return unix_s;
}

int64_t imap_args_take_date(struct imap_args *a)
{
    bool is_quoted = imap_args_take_if(a, '"');
    unsigned month, year;
    size_t n;
    unsigned day = take_digits(a, 2, &n);
    int64_t unix_s;

    if (n == 0)
        imap_args_expected(a, "a date, 1-Feb-1994");
    take_month_year(a, &month, &year);
    if (is_quoted && !imap_args_take_if(a, '"'))
        imap_args_expected(a, "a closing quote");
    unix_s = moment(a, year, month, day, 0);
    return unix_s / 86400; /* whole days, also before 1970 */
}

int64_t imap_args_take_date_time(struct imap_args *a)
{
    unsigned day, month, year, hour, minute, second, zone;
    bool is_west;
    int64_t unix_s;

    take_mark(a, '"');
    day = take_fixed(a, imap_args_take_if(a, ' ') ? 1 : 2);
    take_month_year(a, &month, &year);
    take_mark(a, ' ');
    hour = take_fixed(a, 2);
    take_mark(a, ':');
    minute = take_fixed(a, 2);
    take_mark(a, ':');
    second = take_fixed(a, 2);
    take_mark(a, ' ');
    is_west = imap_args_take_if(a, '-');
    if (!is_west)
        take_mark(a, '+');
    zone = take_fixed(a, 4);
    take_mark(a, '"');
    if (hour > 23 || minute > 59 || second > 60 || zone % 100 > 59 || zone / 100 > 23)
        imap_args_expected(a, "a time of the day");
    unix_s = moment(a, year, month, day, hour * 3600 + minute * 60 + MIN(second, 59));
    zone = zone / 100 * 3600 + zone % 100 * 60;
    return is_west ? unix_s + zone : unix_s - zone;
}

/* ---- Flags. */

static void add_keyword(struct imap_flags *f, struct span keyword)
{
    for (unsigned i = 0; i < f->n_keywords; i++)
        if (span_is_nocase(f->keywords[i], keyword))
            return;
    if (f->n_keywords == MAIL_KEYWORDS_MAX)
        f->too_many = true;
    else
        f->keywords[f->n_keywords++] = keyword;
}

static void take_flag(struct imap_args *a, struct imap_flags *f)
{
    static const struct {
        struct span name;
        uint32_t flag;
    } flags[] = {
        { { "Seen", 4 }, MAIL_SEEN },       { { "Answered", 8 }, MAIL_ANSWERED },
        { { "Flagged", 7 }, MAIL_FLAGGED }, { { "Deleted", 7 }, MAIL_DELETED },
        { { "Draft", 5 }, MAIL_DRAFT },
    };
    bool is_system = imap_args_take_if(a, '\\');
    struct span name = imap_args_take_atom(a, is_system ? "the name of a system flag" : "a flag");

    if (!is_system) {
        if (a->fault == NULL)
            add_keyword(f, name);
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(flags); i++) {
        if (span_is_nocase(name, flags[i].name)) {
            f->system |= flags[i].flag;
            return;
        }
    }
    imap_args_expected(a, span_is_nocase(name, SPAN("Recent"))
                              ? "a flag other than \\Recent, which only the server sets"
                              : "one of \\Seen \\Answered \\Flagged \\Deleted \\Draft, or a keyword");
}

void imap_args_take_flag_list(struct imap_args *a, struct imap_flags *out)
{
    *out = (struct imap_flags){ 0 };
    imap_args_take(a, '(');
    if (imap_args_take_if(a, ')'))
        return;
    do
        take_flag(a, out);
    while (imap_args_take_if(a, ' '));
    imap_args_take(a, ')');
}

void imap_args_take_flags(struct imap_args *a, struct imap_flags *out)
{
    if (imap_args_peek(a) == '(') {
        imap_args_take_flag_list(a, out);
        return;
    }
    *out = (struct imap_flags){ 0 };
    do
        take_flag(a, out);
    while (imap_args_take_if(a, ' '));
}

/* ---- Sets. */

static uint32_t take_set_number(struct imap_args *a)
{
    return imap_args_take_if(a, '*') ? (uint32_t)IMAP_STAR : imap_args_take_number(a, 1);
}

void imap_args_take_set(struct imap_args *a, struct imap_set *out)
{
    *out = (struct imap_set){ NULL };
    do {
        struct imap_range r;

        r.first = r.last = take_set_number(a);
        if (imap_args_take_if(a, ':'))
            r.last = take_set_number(a);
        if (a->fault == NULL)
            imap_set_add_range(out, r);
    } while (imap_args_take_if(a, ','));
}

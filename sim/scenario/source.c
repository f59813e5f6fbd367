#include "scenario/source.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>

enum { VALUES_MAX = 1000 * 1000, NUMBER_MAX = 60 /* characters; cJSON reads no longer ones */ };

struct source {
    char *text; /* NUL-terminated; nothing in it is NUL */
    size_t len;
    GArray *lines; /* of size_t: where each begins */
    GPtrArray *slabs;
    unsigned slab_used;
    struct source_node *root;
};

enum { SLAB_NODES = 256 };

/* A container that is still open, for "the [ of line 3 has no end". */
struct open {
    const char *at;
    const struct open *outer;
};

struct scanner {
    struct source *s;
    const char *at;
    const char *tracked; /* the place of this one is known: each place is found from the one before */
    struct position place;
    unsigned depth, depth_max, values;
    bool failed;
    struct report *report;
};

/* ---- Places. */

static struct position position_of(const struct source *s, size_t offset)
{
    size_t low = 0, high = s->lines->len;
    size_t begin;
    struct position p;

    while (high - low > 1) {
        size_t middle = (low + high) / 2;

        if (g_array_index(s->lines, size_t, middle) <= offset)
            low = middle;
        else
            high = middle;
    }
    begin = g_array_index(s->lines, size_t, low);
    p.line = (int)low + 1;
    p.column = (int)g_utf8_strlen(s->text + begin, (gssize)(offset - begin)) + 1;
    return p;
}

static struct position here(const struct scanner *c, const char *at)
{
    return position_of(c->s, (size_t)(at - c->s->text));
}

/* The same for places that come one after the other, in time that does not grow with the line. */
static struct position track(struct scanner *c, const char *at)
{
    for (; c->tracked < at; c->tracked++) {
        if (*c->tracked == '\n')
            c->place = (struct position){ c->place.line + 1, 1 };
        else
            c->place.column += (*c->tracked & 0xc0) != 0x80;
    }
    return c->place;
}

/* Only the first syntax error is told: what follows it would be guesses. */
static void fail(struct scanner *c, const char *at, const char *hint, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

static void fail(struct scanner *c, const char *at, const char *hint, const char *format, ...)
{
    g_autofree char *said = NULL, *message = NULL;
    va_list args;

    if (c->failed)
        return;
    c->failed = true;
    va_start(args, format);
    said = g_strdup_vprintf(format, args);
    va_end(args);
    message = g_utf8_make_valid(said, -1); /* a quoted key may be cut within a character */
    report_add(c->report, COMPLAINT_ERROR, here(c, at), "", hint, "%s", message);
}

static void index_lines(struct source *s)
{
    size_t begin = 0;

    g_array_append_val(s->lines, begin);
    for (const char *p = s->text; (p = strchr(p, '\n')) != NULL; p++) {
        begin = (size_t)(p - s->text) + 1;
        g_array_append_val(s->lines, begin);
    }
}

static struct source_node *new_node(struct scanner *c, const char *at)
{
    struct source *s = c->s;
    struct source_node *n;

    if (s->slabs->len == 0 || s->slab_used == SLAB_NODES) {
        g_ptr_array_add(s->slabs, g_new0(struct source_node, SLAB_NODES));
        s->slab_used = 0;
    }
    n = (struct source_node *)g_ptr_array_index(s->slabs, s->slabs->len - 1) + s->slab_used++;
    n->at = track(c, at);
    if (++c->values > VALUES_MAX)
        fail(c, at, NULL, "more than a million values");
    return n;
}

/* ---- RFC 8259. */

static void skip_space(struct scanner *c)
{
    c->at += strspn(c->at, " \t\r\n");
}

/* The character here in quotes, for messages. */
static const char *shown(const char *at, char buf[16])
{
    if (*at == '\0')
        return "the end of the text";
    if ((unsigned char)*at < 0x20 || *at == 0x7f)
        snprintf(buf, 16, "octet 0x%02x", (unsigned char)*at);
    else
        snprintf(buf, 16, "'%.*s'", (int)(g_utf8_next_char(at) - at), at);
    return buf;
}

static void fail_at_end(struct scanner *c, const struct open *open)
{
    if (open == NULL)
        fail(c, c->at, NULL, "there is no JSON here");
    else
        fail(c, c->at, *open->at == '{' ? "add a }" : "add a ]",
             "the text ends, but the %c of line %d, column %d is still open", *open->at,
             here(c, open->at).line, here(c, open->at).column);
}

static bool hex4(const char *at, unsigned *out)
{
    *out = 0;
    for (int i = 0; i < 4; i++) {
        int digit = g_ascii_xdigit_value(at[i]);

        if (digit < 0)
            return false;
        *out = *out << 4 | (unsigned)digit;
    }
    return true;
}

/* One escape at its backslash; the character it stands for, and its length in the text. 0: none. */
static unsigned read_escape(const char *at, size_t *len_out)
{
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    const char *found = at[1] ? strchr(letters, at[1]) : NULL;
    unsigned high, low;

    *len_out = 2;
    if (found != NULL)
        return (unsigned char)meant[found - letters];
    *len_out = 6;
    if (at[1] != 'u' || !hex4(at + 2, &high))
        return 0;
    if (high < 0xd800 || high > 0xdfff)
        return high;
    *len_out = 12;
    if (high > 0xdbff || at[6] != '\\' || at[7] != 'u' || !hex4(at + 8, &low) || low < 0xdc00 || low > 0xdfff)
        return 0;
    return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

static void fail_escape(struct scanner *c, const char *at)
{
    char buf[16];

    if (strncmp(at + 1, "u0000", 5) == 0)
        fail(c, at, NULL, "\\u0000 cannot stand in a text");
    else if (at[1] == 'u')
        fail(c, at, "\\u wants four hexadecimal digits, and beyond U+FFFF a pair of two",
             "this escape is no character");
    else
        fail(c, at, "write \\\\ for a backslash", "%s cannot follow a backslash in a string",
             shown(at + 1, buf));
}

/* From the opening quote; the decoded text appended to `out` if that is not NULL. */
static void scan_string(struct scanner *c, GString *out)
{
    const char *begin = c->at++;

    while (!c->failed && *c->at != '"') {
        unsigned char ch = (unsigned char)*c->at;

        if (ch == '\0' || ch == '\n' || ch == '\r') {
            fail(c, begin, "close it with \" on the same line; \\n makes a new line",
                 "this string has no end");
        } else if (ch < 0x20) {
            fail(c, c->at, ch == '\t' ? "write \\t" : NULL, "a control character in a string");
        } else if (ch == '\\') {
            size_t len;
            unsigned meant = read_escape(c->at, &len);

            if (meant == 0)
                fail_escape(c, c->at);
            else if (out != NULL)
                g_string_append_unichar(out, meant);
            c->at += c->failed ? 0 : len;
        } else {
            if (out != NULL)
                g_string_append_c(out, (char)ch);
            c->at++;
        }
    }
    c->at += !c->failed;
}

static void scan_number(struct scanner *c)
{
    const char *begin = c->at;
    size_t n;

    c->at += *c->at == '-';
    if (*c->at == '0' && g_ascii_isalnum(c->at[1]) && c->at[1] != 'e' && c->at[1] != 'E')
        fail(c, begin, "write 10, not 010", "a number cannot begin with 0");
    n = strspn(c->at, "0123456789");
    c->at += n;
    if (n == 0)
        fail(c, begin, NULL, "a - without digits");
    if (*c->at == '.') {
        n = strspn(++c->at, "0123456789");
        c->at += n;
        if (n == 0)
            fail(c, begin, "write 1.0, or 1", "a number cannot end with a point");
    }
    if (*c->at == 'e' || *c->at == 'E') {
        c->at++;
        c->at += *c->at == '+' || *c->at == '-';
        n = strspn(c->at, "0123456789");
        c->at += n;
        if (n == 0)
            fail(c, begin, NULL, "a number without its exponent");
    }
    if (c->at - begin > NUMBER_MAX)
        fail(c, begin, NULL, "a number of more than %d characters", NUMBER_MAX);
    else if (g_ascii_isalpha(*c->at) || *c->at == '%')
        fail(c, begin, "put a value with a unit in quotes: \"20ms\"", "a number with something behind it");
}

/* What people write that is no JSON value, and what they should write. */
static void fail_value(struct scanner *c, const struct open *open, char before)
{
    size_t word = strcspn(c->at, " \t\r\n,:[]{}\"'/#");
    char buf[16];

    if (*c->at == '\0')
        fail_at_end(c, open);
    else if (*c->at == '\'')
        fail(c, c->at, "use double quotes: \"…\"", "JSON has no single quotes");
    else if (*c->at == '/' || *c->at == '#')
        fail(c, c->at, "what should be said, say in \"about\"", "JSON has no comments");
    else if ((*c->at == ']' || *c->at == '}') && before == ',')
        fail(c, c->at, "take the comma before it away", "a comma before %s", shown(c->at, buf));
    else if (*c->at == ',' || *c->at == ']' || *c->at == '}')
        fail(c, c->at, NULL, "a value is missing before %s", shown(c->at, buf));
    else if (*c->at == '.' || *c->at == '+')
        fail(c, c->at, "write 0.5, and 5 without a +", "a number cannot begin with %s", shown(c->at, buf));
    else if (word > 0 && word <= 40 && g_ascii_isalpha(*c->at))
        fail(c, c->at, "a text stands in double quotes; else true, false or null in small letters",
             "%.*s is no value", (int)word, c->at);
    else
        fail(c, c->at, NULL, "a value cannot begin with %s", shown(c->at, buf));
}

static struct source_node *scan_value(struct scanner *c, const struct open *open, char before);

/* At what should part or end a container; true if another element follows. */
static bool scan_more(struct scanner *c, const struct open *open, char end)
{
    char buf[16];

    skip_space(c);
    if (*c->at == ',') {
        c->at++;
        skip_space(c);
        return true;
    }
    if (*c->at == end)
        c->at++;
    else if (*c->at == '\0')
        fail_at_end(c, open);
    else if (*c->at == '/' || *c->at == '#')
        fail(c, c->at, "what should be said, say in \"about\"", "JSON has no comments");
    else if (*c->at == ']' || *c->at == '}')
        fail(c, c->at, end == '}' ? "close it with }" : "close it with ]",
             "%s does not fit the %c of line %d, column %d", shown(c->at, buf), *open->at,
             here(c, open->at).line, here(c, open->at).column);
    else
        fail(c, c->at, "is a comma missing before it?", "%s where a comma or %c should be", shown(c->at, buf),
             end);
    return false;
}

static struct source_node *scan_array(struct scanner *c, const struct open *outer)
{
    struct open open = { c->at, outer };
    struct source_node *n = new_node(c, c->at), **last = &n->child;
    char before = *c->at++;

    skip_space(c);
    if (*c->at == ']') {
        c->at++;
        return n;
    }
    do {
        *last = scan_value(c, &open, before);
        if (c->failed)
            return n;
        last = &(*last)->next;
        before = ',';
    } while (scan_more(c, &open, ']') && !c->failed);
    return n;
}

static void fail_key(struct scanner *c, const struct open *open, char before)
{
    size_t word = strcspn(c->at, " \t\r\n,:[]{}\"'");
    char buf[16];

    if (*c->at == '\0')
        fail_at_end(c, open);
    else if (*c->at == '}' && before == ',')
        fail(c, c->at, "take the comma before it away", "a comma before '}'");
    else if (*c->at == '\'')
        fail(c, c->at, "use double quotes: \"…\"", "JSON has no single quotes");
    else if (*c->at == '/' || *c->at == '#')
        fail(c, c->at, "what should be said, say in \"about\"", "JSON has no comments");
    else if (word > 0 && word <= 40)
        fail(c, c->at, "put it in double quotes", "the key %.*s has no quotes", (int)word, c->at);
    else
        fail(c, c->at, NULL, "%s where a key should be", shown(c->at, buf));
}

/* A key with its colon; its decoded text in `key`. */
static void scan_key(struct scanner *c, GString *key)
{
    char buf[16];

    g_string_truncate(key, 0);
    scan_string(c, key);
    if (c->failed)
        return;
    skip_space(c);
    if (*c->at == ':')
        c->at++;
    else
        fail(c, c->at, "\"key\": value", "%s where the ':' after the key \"%.40s\" should be",
             shown(c->at, buf), key->str);
    skip_space(c);
}

static struct source_node *scan_object(struct scanner *c, const struct open *outer)
{
    struct open open = { c->at, outer };
    struct source_node *n = new_node(c, c->at), **last = &n->child;
    g_autoptr(GHashTable) keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GString) key = g_string_new(NULL);
    char before = *c->at++;

    skip_space(c);
    if (*c->at == '}') {
        c->at++;
        return n;
    }
    do {
        struct position key_at = track(c, c->at);

        if (*c->at != '"')
            fail_key(c, &open, before);
        else
            scan_key(c, key);
        if (c->failed || (*last = scan_value(c, &open, ':'), c->failed))
            return n;
        (*last)->key_at = key_at;
        (*last)->again = !g_hash_table_add(keys, g_strdup(key->str));
        if ((*last)->again)
            report_add(c->report, COMPLAINT_ERROR, key_at, "", "take one of them away",
                       "the key \"%.60s\" stands here twice", key->str);
        last = &(*last)->next;
        before = ',';
    } while (scan_more(c, &open, '}') && !c->failed);
    return n;
}

static struct source_node *scan_word(struct scanner *c, const struct open *open, char before)
{
    static const char *const words[] = { "true", "false", "null" };
    struct source_node *n = new_node(c, c->at);

    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++) {
        size_t len = strlen(words[i]);

        if (strncmp(c->at, words[i], len) == 0 && !g_ascii_isalnum(c->at[len]) && c->at[len] != '_') {
            c->at += len;
            return n;
        }
    }
    fail_value(c, open, before);
    return n;
}

/* Never NULL, but half made after a failure. */
static struct source_node *scan_value(struct scanner *c, const struct open *open, char before)
{
    struct source_node *n;

    if (*c->at == '{' || *c->at == '[') {
        if (++c->depth > c->depth_max)
            fail(c, c->at, NULL, "more than %u levels deep", c->depth_max);
        n = c->failed ? new_node(c, c->at) : *c->at == '{' ? scan_object(c, open) : scan_array(c, open);
        c->depth--;
    } else if (*c->at == '"') {
        n = new_node(c, c->at);
        scan_string(c, NULL);
    } else if (*c->at == '-' || g_ascii_isdigit(*c->at)) {
        n = new_node(c, c->at);
        scan_number(c);
    } else {
        n = scan_word(c, open, before);
    }
    return n;
}

/* ---- The whole text. */

/* NUL and what is not UTF-8 would confuse everybody after us. */
static bool check_octets(struct scanner *c)
{
    const struct source *s = c->s;
    const char *bad;

    if (s->len >= 2 && (memcmp(s->text, "\xff\xfe", 2) == 0 || memcmp(s->text, "\xfe\xff", 2) == 0))
        fail(c, s->text, "save it as UTF-8", "this is UTF-16");
    else if (!g_utf8_validate(s->text, (gssize)s->len, &bad))
        fail(c, bad, "save it as UTF-8", *bad == '\0' ? "a zero octet" : "octet 0x%02x is not UTF-8",
             (unsigned char)*bad);
    return !c->failed;
}

struct source *source_new(struct span text, unsigned depth_max, struct report *r)
{
    struct source *s = g_new0(struct source, 1);
    struct scanner c = { .s = s, .depth_max = depth_max, .report = r };
    char buf[16];

    if (text.len >= 3 && memcmp(text.at, "\xef\xbb\xbf", 3) == 0)
        text = span_bytes(text.at + 3, text.len - 3);
    s->text = g_malloc(text.len + 1);
    if (text.len > 0)
        memcpy(s->text, text.at, text.len);
    s->text[text.len] = '\0';
    s->len = text.len;
    s->lines = g_array_new(FALSE, FALSE, sizeof(size_t));
    s->slabs = g_ptr_array_new_with_free_func(g_free);
    index_lines(s);
    c.at = c.tracked = s->text;
    c.place = (struct position){ 1, 1 };
    if (check_octets(&c)) {
        skip_space(&c);
        s->root = scan_value(&c, NULL, ' ');
        skip_space(&c);
        if (!c.failed && *c.at != '\0')
            fail(&c, c.at, "is there a bracket too many?", "%s after the end of the JSON", shown(c.at, buf));
    }
    if (c.failed)
        source_free(&s);
    return s;
}

void source_free(struct source **s)
{
    if (*s == NULL)
        return;
    g_ptr_array_unref((*s)->slabs);
    g_array_unref((*s)->lines);
    g_free((*s)->text);
    g_free(*s);
    *s = NULL;
}

struct span source_text(const struct source *s)
{
    return span_bytes(s->text, s->len);
}

const struct source_node *source_root(const struct source *s)
{
    return s->root;
}

struct position source_inside(const struct source *s, struct position at, size_t offset)
{
    const char *p;
    size_t decoded = 0;

    if (at.line < 1 || (unsigned)at.line > s->lines->len)
        return at;
    p = s->text + g_array_index(s->lines, size_t, (unsigned)at.line - 1);
    for (int column = 1; column < at.column && *p != '\0'; column++)
        p = g_utf8_next_char(p);
    if (*p != '"')
        return at;
    for (p++; *p != '"' && *p != '\0' && decoded < offset;) {
        size_t len = 1;
        unsigned meant = *p == '\\' ? read_escape(p, &len) : g_utf8_get_char(p);

        if (*p != '\\')
            len = (size_t)(g_utf8_next_char(p) - p);
        decoded += (size_t)g_unichar_to_utf8(meant, NULL);
        if (decoded > offset)
            break;
        p += len;
    }
    return position_of(s, (size_t)(p - s->text));
}

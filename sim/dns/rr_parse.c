/* dns/rr_parse.c: one master-file line to one record (RFC 1035 §5.1). The owner, TTL, class and type are read
 * here, and the data of the types that scenarios are made of is looked over, so that an author reads what is
 * wrong in his own words; ldns then makes the data. It is never left to guess: it would fill in a TTL of its
 * own and let a name grow past 255 octets. */
#include "dns/rr.h"

#include <arpa/inet.h>
#include <ldns/ldns.h>
#include <stdarg.h>
#include <string.h>

#define TTL_MAX 2147483647u /* RFC 2181 §8 */

struct input {
    const struct dns_name *origin;
    uint16_t type;
    char type_text[DNS_TYPE_TEXT_MAX];
    const char *type_name;
    struct span data; /* behind the type; no comment, no parenthesis, blanks only as spaces */
    char *error;      /* [160] */
};

enum { ERROR_MAX = 160, WORD_SHOWN = 40 };

static bool fail(char *error_out, const char *format, ...) G_GNUC_PRINTF(2, 3);
static bool fail(char *error_out, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_vsnprintf(error_out, ERROR_MAX, format, args);
    va_end(args);
    return false;
}

/* For "%.*s": the word, cut where it would crowd the message out, but not within a character of UTF-8. */
#define SHOWN(word) shown(word), (word).at
static int shown(struct span word)
{
    size_t n = MIN(word.len, WORD_SHOWN);

    while (n > 0 && n < word.len && ((unsigned char)word.at[n] & 0xc0) == 0x80)
        n--;
    return (int)n;
}

/* ---- The line as words. */

/* The line without comment and parentheses (which only join lines), tabs as spaces. */
static bool clean_line(struct span line, GString *out, char *error)
{
    bool is_quoted = false;
    int open = 0;

    for (size_t i = 0; i < line.len; i++) {
        char c = line.at[i];

        if ((unsigned char)c < ' ' && c != '\t')
            return fail(error,
                        c == '\n' || c == '\r' ? "a record is one line" : "a control character in a record");
        if (c == ';' && !is_quoted)
            break;
        if (c == '\\' && i + 1 < line.len && line.at[i + 1] >= ' ') {
            g_string_append_len(out, line.at + i++, 2);
            continue;
        }
        if (c == '"')
            is_quoted = !is_quoted;
        if (!is_quoted && (c == '(' || c == ')'))
            open += c == '(' ? 1 : -1;
        if (open < 0)
            return fail(error, "a ')' without its '('");
        g_string_append_c(out, !is_quoted && strchr("\t()", c) != NULL ? ' ' : c);
    }
    if (is_quoted)
        return fail(error, "a quoted string does not end");
    return open == 0 || fail(error, "a '(' without its ')'");
}

static unsigned count_words(struct span text)
{
    unsigned n = 0;

    for (text = span_trim(text); text.len > 0; n++)
        span_take_word(&text);
    return n;
}

/* Seconds, or numbers with units: "300", "1h30m", "1W". */
static bool parse_seconds(struct span word, uint32_t *out)
{
    static const struct {
        char letter;
        uint32_t seconds;
    } units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 604800 } };
    uint64_t total = 0, part = 0;
    bool has_digits = false, is_open = false;

    for (size_t i = 0; i < word.len; i++) {
        uint32_t unit = 0;

        if (g_ascii_isdigit(word.at[i])) {
            part = part * 10 + (uint64_t)(word.at[i] - '0');
            is_open = has_digits = true;
        } else {
            for (unsigned u = 0; u < G_N_ELEMENTS(units); u++) {
                if (g_ascii_tolower(word.at[i]) == units[u].letter)
                    unit = units[u].seconds;
            }
            if (unit == 0 || !is_open)
                return false;
            part *= unit;
        }
        if (total + part > UINT32_MAX)
            return false;
        if (unit != 0) {
            total += part;
            part = 0;
            is_open = false;
        }
    }
    *out = (uint32_t)(total + part);
    return has_digits;
}

/* ---- The data of each type, looked over. */

static bool check_name(const struct input *in, struct span word, const char *what)
{
    struct dns_name name;
    const char *error;
    ip_addr address;

    if (ip_parse(word, &address))
        return fail(in->error, "%s: %s is a name, not an address like '%.*s'", in->type_name, what,
                    SHOWN(word));
    if (span_is(word, SPAN("@")))
        return true;
    if (!dns_name_parse(word, in->origin, &name, &error))
        return fail(in->error, "%s: %s '%.*s': %s", in->type_name, what, SHOWN(word), error);
    return true;
}

static bool check_a(const struct input *in)
{
    ip_addr address;

    return ip_parse(in->data, &address) ||
           fail(in->error, "A needs an IPv4 address like 192.0.2.1, not '%.*s'", SHOWN(in->data));
}

static bool check_aaaa(const struct input *in)
{
    char text[INET6_ADDRSTRLEN] = "";
    uint8_t address[16];

    if (in->data.len < sizeof text)
        memcpy(text, in->data.at, in->data.len);
    return inet_pton(AF_INET6, text, address) == 1 ||
           fail(in->error, "AAAA needs an IPv6 address like 2001:db8::1, not '%.*s'", SHOWN(in->data));
}

static bool check_one_name(const struct input *in)
{
    if (count_words(in->data) != 1)
        return fail(in->error, "%s needs one name, not '%.*s'", in->type_name, SHOWN(in->data));
    return check_name(in, in->data, "its target");
}

static bool check_mx(const struct input *in)
{
    struct span rest = in->data, preference = span_take_word(&rest);
    uint64_t number;

    if (count_words(in->data) != 2 || !span_number(preference, 65535, &number))
        return fail(in->error, "MX needs a preference (0 to 65535) and a name, like \"10 mail\", not '%.*s'",
                    SHOWN(in->data));
    return check_name(in, rest, "its host");
}

static bool check_soa(const struct input *in)
{
    struct span rest = in->data, primary = span_take_word(&rest), mailbox = span_take_word(&rest);
    uint64_t serial;
    uint32_t seconds;

    if (count_words(in->data) != 7)
        return fail(in->error, "SOA needs a primary server, a mailbox and five numbers, like "
                               "\"ns hostmaster 1 7200 900 1209600 3600\"");
    if (!span_is(mailbox, SPAN("@")) && memchr(mailbox.at, '@', mailbox.len) != NULL)
        return fail(in->error, "SOA: its mailbox has a dot where an address has '@', not '%.*s'",
                    SHOWN(mailbox));
    if (!check_name(in, primary, "its primary server") || !check_name(in, mailbox, "its mailbox"))
        return false;
    if (!span_number(span_take_word(&rest), UINT32_MAX, &serial))
        return fail(in->error, "SOA: its serial is a number up to 4294967295");
    while (rest.len > 0) {
        struct span word = span_take_word(&rest);
        if (!parse_seconds(word, &seconds))
            return fail(in->error, "SOA: refresh, retry, expire and minimum are seconds, not '%.*s'",
                        SHOWN(word));
    }
    return true;
}

static bool check_txt(const struct input *in)
{
    bool is_quoted = false;
    unsigned len = 0;

    for (size_t i = 0; i < in->data.len; i++) {
        char c = in->data.at[i];

        if (c == '"' || (c == ' ' && !is_quoted)) {
            is_quoted ^= c == '"';
            len = 0;
            continue;
        }
        if (c == '\\' && i + 1 < in->data.len)
            i += g_ascii_isdigit(in->data.at[i + 1]) ? 3 : 1;
        if (++len > 255)
            return fail(in->error, "TXT: a string holds at most 255 octets: write it as several in quotes");
    }
    return true;
}

static const struct {
    uint16_t type;
    bool (*check)(const struct input *);
    const char *needs;
} checks[] = {
    { DNS_A, check_a, "an IPv4 address like 192.0.2.1" },
    { DNS_AAAA, check_aaaa, "an IPv6 address like 2001:db8::1" },
    { DNS_NS, check_one_name, "the name of a server" },
    { DNS_CNAME, check_one_name, "the name that it stands for" },
    { DNS_PTR, check_one_name, "a name" },
    { DNS_MX, check_mx, "a preference and a name, like \"10 mail\"" },
    { DNS_SOA, check_soa, "a primary server, a mailbox and five numbers" },
    { DNS_TXT, check_txt, "a string" },
};

/* ---- The data itself. */

/* RFC 3597 §5: \# LENGTH HEX…, for any type. */
static bool parse_unknown(const struct input *in, struct dns_rr *out)
{
    struct span rest = in->data, word;
    uint64_t length = 0;
    size_t digits = 0;

    span_take_word(&rest);
    word = span_take_word(&rest);
    if (!span_number(word, 65535, &length))
        return fail(in->error, "\\# is followed by the length in octets, then the data in hexadecimal");
    out->rdata = g_malloc0(length + 1);
    out->rdlength = (uint16_t)length;
    for (size_t i = 0; i < rest.len; i++) {
        int value = g_ascii_xdigit_value(rest.at[i]);

        if (rest.at[i] == ' ')
            continue;
        if (value < 0)
            return fail(in->error, "'%c' is no hexadecimal digit", rest.at[i]);
        if (digits < 2 * length)
            out->rdata[digits / 2] |= (uint8_t)(digits % 2 ? value : value << 4);
        digits++;
    }
    if (digits != 2 * length)
        return fail(in->error, "\\# says %u octets, %zu hexadecimal digits follow", out->rdlength, digits);
    return dns_rdata_is_valid(out->type, span_bytes(out->rdata, out->rdlength)) ||
           fail(in->error, "that is no data of type %s", in->type_name);
}

static ldns_rdf *origin_rdf(const struct dns_name *origin)
{
    return ldns_rdf_new_frm_data(LDNS_RDF_TYPE_DNAME, origin->len, origin->wire);
}

static bool take_rdata(const struct input *in, const ldns_rr *rr, struct dns_rr *out)
{
    ldns_buffer *buffer = ldns_buffer_new(LDNS_MIN_BUFLEN);
    bool done = ldns_rr_rdata2buffer_wire(buffer, rr) == LDNS_STATUS_OK &&
                ldns_buffer_position(buffer) <= 65535;

    if (done) {
        out->rdlength = (uint16_t)ldns_buffer_position(buffer);
        out->rdata = g_memdup2(ldns_buffer_begin(buffer), out->rdlength);
        done = dns_rdata_is_valid(out->type, span_bytes(out->rdata, out->rdlength));
    }
    ldns_buffer_free(buffer);
    return done || fail(in->error, "that is no data of type %s", in->type_name);
}

static bool parse_by_ldns(const struct input *in, struct dns_rr *out)
{
    /* The owner is ours already; ldns gets the root in its place. */
    g_autofree char *line = g_strdup_printf(". 0 IN %s %.*s", in->type_name, (int)in->data.len, in->data.at);
    ldns_rdf *origin = origin_rdf(in->origin);
    ldns_rr *rr = NULL;
    ldns_status status = ldns_rr_new_frm_str(&rr, line, 0, origin, NULL);
    bool done = status == LDNS_STATUS_OK ? take_rdata(in, rr, out)
                                         : fail(in->error, "%s: cannot read '%.*s' (%s)", in->type_name,
                                                SHOWN(in->data), ldns_get_errorstr_by_id(status));

    ldns_rr_free(rr);
    ldns_rdf_deep_free(origin);
    return done;
}

static bool parse_data(struct input *in, struct dns_rr *out)
{
    struct span rest = in->data;
    bool (*check)(const struct input *) = NULL;
    const char *needs = "its data behind it";

    for (unsigned i = 0; i < G_N_ELEMENTS(checks); i++) {
        if (checks[i].type == in->type) {
            check = checks[i].check;
            needs = checks[i].needs;
        }
    }
    if (in->data.len == 0)
        return fail(in->error, "%s needs %s", in->type_name, needs);
    if (span_is(span_take_word(&rest), SPAN("\\#")))
        return parse_unknown(in, out);
    if (check == NULL && (ldns_rr_descript(in->type)->_name == NULL || in->type_name == in->type_text))
        return fail(in->error, "the data of %s is written \\# LENGTH HEX (RFC 3597 §5)", in->type_name);
    return (check == NULL || check(in)) && parse_by_ldns(in, out);
}

/* ---- The line. */

static bool parse_owner(struct span word, const struct dns_name *origin, struct dns_name *out, char *error)
{
    const char *why;

    if (span_is(word, SPAN("@"))) {
        dns_name_copy(out, origin);
        return true;
    }
    return dns_name_parse(word, origin, out, &why) || fail(error, "the name '%.*s': %s", SHOWN(word), why);
}

/* What is asked for or belongs to a message, and is no record of a zone (RFC 6895 §3.1). */
static bool is_meta(uint16_t type)
{
    return type == DNS_OPT || (type >= 128 && type <= 255);
}

/* TTL and class in either order, then the type. `rest` is left at the data. */
static bool parse_type(struct span owner, struct span *rest, struct dns_rr *out, char *error)
{
    bool has_ttl = false, has_class = false;
    struct span word;
    uint32_t ttl;

    for (;;) {
        word = span_take_word(rest);
        if (!has_ttl && word.len > 0 && g_ascii_isdigit(word.at[0]) && parse_seconds(word, &ttl)) {
            if (ttl > TTL_MAX)
                return fail(error, "a TTL is at most 2147483647 seconds (68 years)");
            has_ttl = true;
            out->ttl_s = ttl;
        } else if (!has_class && span_is_nocase(word, SPAN("IN"))) {
            has_class = true;
        } else {
            break;
        }
    }
    if (word.len == 0 && dns_type_parse(owner) != 0)
        return fail(error, "a record begins with its name (@ for the domain itself), then the type");
    if (word.len == 0)
        return fail(error, "a record is a name, a type and data, like \"www A 192.0.2.1\"");
    out->type = dns_type_parse(word);
    if (out->type == 0 && dns_type_parse(owner) != 0)
        return fail(
            error,
            "a record begins with its name (@ for the domain itself), then the type; '%.*s' is no type",
            SHOWN(word));
    if (out->type == 0)
        return fail(error, "'%.*s' is no record type (like A, MX, CNAME)", SHOWN(word));
    return !is_meta(out->type) || fail(error, "no record has the type %.*s", SHOWN(word));
}

bool dns_rr_parse(struct span line, const struct dns_name *origin, uint32_t default_ttl_s, struct dns_rr *out,
                  char error_out[static 160])
{
    g_autoptr(GString) clean = g_string_sized_new(line.len + 1);
    struct input in = { .origin = origin, .error = error_out };
    struct span rest, owner;

    *out = (struct dns_rr){ .ttl_s = default_ttl_s };
    error_out[0] = '\0';
    if (!clean_line(line, clean, error_out))
        return false;
    rest = span_trim(span_bytes(clean->str, clean->len));
    owner = span_take_word(&rest);
    if (owner.len == 0)
        return fail(error_out, "the line is empty");
    if (!parse_owner(owner, origin, &out->name, error_out) || !parse_type(owner, &rest, out, error_out))
        return false;
    in.type = out->type;
    in.type_name = dns_type_text(in.type_text, in.type);
    in.data = span_trim(rest);
    if (parse_data(&in, out))
        return true;
    dns_rr_release(out);
    return false;
}

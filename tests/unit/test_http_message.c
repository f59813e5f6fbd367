#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http_help.h"

#define H "Host: a\r\n"

struct row {
    const char *name, *in, *expected;
};

static unsigned check(const struct row *r, const char *asked, bool ends)
{
    struct span in = span_of(r->in);
    unsigned bad = 0;

    for (size_t piece = 1; piece <= in.len; piece = piece == 1                 ? 7
                                                    : piece == 7 && in.len > 7 ? in.len
                                                                               : in.len + 1) {
        char *out = http_read_all(asked, in, piece, ends);

        if (strcmp(out, r->expected) != 0) {
            print_error("%s, in pieces of %zu: %s\n", r->name, piece, out);
            bad++;
        }
        g_free(out);
    }
    return bad;
}

#define CHECK_ROWS(rows, asked, ends)                                                                        \
    do {                                                                                                     \
        unsigned bad = 0;                                                                                    \
        (void)state;                                                                                         \
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)                                                      \
            bad += check(&(rows)[i], asked, ends);                                                           \
        assert_int_equal(bad, 0);                                                                            \
    } while (0)

static void test_reader_takes_request_lines(void **state)
{
    static const struct row rows[] = {
        { "plain", "GET / HTTP/1.1\r\n" H "\r\n", "GET / 1.1|Host: a|<>;" },
        { "query", "GET /where?q=now HTTP/1.1\r\n" H "\r\n", "GET /where?q=now 1.1|Host: a|<>;" },
        { "absolute form", "GET http://www.example.org/pub/x HTTP/1.1\r\n" H "\r\n",
          "GET http://www.example.org/pub/x 1.1|Host: a|<>;" },
        { "authority form", "CONNECT www.example.com:80 HTTP/1.1\r\n" H "\r\n",
          "CONNECT www.example.com:80 1.1|Host: a|<>;" },
        { "asterisk form", "OPTIONS * HTTP/1.1\r\n" H "\r\n", "OPTIONS * 1.1|Host: a|<>;" },
        { "any token is a method", "M-SEARCH!#$%&'*+.^_`|~ / HTTP/1.1\r\n" H "\r\n",
          "M-SEARCH!#$%&'*+.^_`|~ / 1.1|Host: a|<>;" },
        { "a method's case counts", "get / HTTP/1.1\r\n" H "\r\n", "get / 1.1|Host: a|<>;" },
        { "1.0 needs no Host", "GET / HTTP/1.0\r\n\r\n", "GET / 1.0|<>;" },
        { "a later minor version", "GET / HTTP/1.7\r\n" H "\r\n", "GET / 1.1|Host: a|<>;" },
        { "an empty line before it", "\r\nGET / HTTP/1.1\r\n" H "\r\n", "GET / 1.1|Host: a|<>;" },
        { "nothing but an empty line", "\r\n", "" },
        { "nothing but a CR", "\r", "" },
        { "what is not there yet", "GET / HT", "more" },
        { "no header's end", "GET / HTTP/1.1\r\nHost: a\r\n", "more" },
        { "two of them", "GET /1 HTTP/1.1\r\n" H "\r\nGET /2 HTTP/1.1\r\n" H "\r\n",
          "GET /1 1.1|Host: a|<>;GET /2 1.1|Host: a|<>;" },
    };

    CHECK_ROWS(rows, NULL, false);
}

static void test_reader_refuses_request_lines(void **state)
{
    static const struct row rows[] = {
        { "HTTP/0.9", "GET /\r\n\r\n", "400" },
        { "no version", "GET / \r\n\r\n", "400" },
        { "a word", "GET\r\n\r\n", "400" },
        { "spaces before", " GET / HTTP/1.1\r\n" H "\r\n", "400" },
        { "two spaces", "GET  / HTTP/1.1\r\n" H "\r\n", "400" },
        { "space in the target", "GET /a b HTTP/1.1\r\n" H "\r\n", "400" },
        { "space behind", "GET / HTTP/1.1 \r\n" H "\r\n", "400" },
        { "a tab for a space", "GET\t/ HTTP/1.1\r\n" H "\r\n", "400" },
        { "no token", "G(T / HTTP/1.1\r\n" H "\r\n", "400" },
        { "8 bits in the target", "GET /\xc3\xa4 HTTP/1.1\r\n" H "\r\n", "400" },
        { "a control character", "GET /\x01 HTTP/1.1\r\n" H "\r\n", "400" },
        { "a fragment", "GET /a#b HTTP/1.1\r\n" H "\r\n", "400" },
        { "a relative target", "GET a HTTP/1.1\r\n" H "\r\n", "400" },
        { "another scheme", "GET ftp://a/ HTTP/1.1\r\n" H "\r\n", "400" },
        { "a user name", "GET http://me@a/ HTTP/1.1\r\n" H "\r\n", "400" },
        { "GET *", "GET * HTTP/1.1\r\n" H "\r\n", "400" },
        { "GET of an authority", "GET a:80 HTTP/1.1\r\n" H "\r\n", "400" },
        { "CONNECT to a path", "CONNECT / HTTP/1.1\r\n" H "\r\n", "400" },
        { "CONNECT without port", "CONNECT a HTTP/1.1\r\n" H "\r\n", "400" },
        { "CONNECT without digits", "CONNECT a: HTTP/1.1\r\n" H "\r\n", "400" },
        { "small letters", "GET / http/1.1\r\n" H "\r\n", "400" },
        { "no minor version", "GET / HTTP/1\r\n" H "\r\n", "400" },
        { "two digits", "GET / HTTP/1.10\r\n" H "\r\n", "400" },
        { "a letter", "GET / HTTP/1.x\r\n" H "\r\n", "400" },
        { "version 2", "GET / HTTP/2.0\r\n" H "\r\n", "505" },
        { "version 0.9 said", "GET / HTTP/0.9\r\n" H "\r\n", "505" },
        { "the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505" },
        { "bare LF", "GET / HTTP/1.1\nHost: a\n\n", "400" },
        { "bare LF behind a field", "GET / HTTP/1.1\r\nHost: a\n\r\n", "400" },
        { "bare CR", "GET /\r HTTP/1.1\r\n" H "\r\n", "400" },
        { "CR CR LF", "GET / HTTP/1.1\r\r\n" H "\r\n", "400" },
        { "TLS", "\x16\x03\x01\x02 hello\r\n", "400" },
        { "SMTP", "EHLO alice-pc\r\n", "400" },
    };

    CHECK_ROWS(rows, NULL, false);
}

static void test_reader_takes_fields(void **state)
{
    static const struct row rows[] = {
        { "white space around a value", "GET / HTTP/1.1\r\nHost:\t a \t\r\nB:b\r\nC:\r\nD: \r\n\r\n",
          "GET / 1.1|Host: a|B: b|C: |D: |<>;" },
        { "in their order, twice", "GET / HTTP/1.1\r\nX: 1\r\n" H "x: 2\r\n\r\n",
          "GET / 1.1|X: 1|Host: a|x: 2|<>;" },
        { "colons, tabs and 8 bits in a value", "GET / HTTP/1.1\r\n" H "X: a:b\tc\xe9\r\n\r\n",
          "GET / 1.1|Host: a|X: a:b\tc\xe9|<>;" },
        { "odd names", "GET / HTTP/1.1\r\n" H "!#$%&'*+-.^_`|~9: x\r\n\r\n",
          "GET / 1.1|Host: a|!#$%&'*+-.^_`|~9: x|<>;" },
        { "host and port", "GET / HTTP/1.1\r\nHost: a.b-c_d:8080\r\n\r\n",
          "GET / 1.1|Host: a.b-c_d:8080|<>;" },
        { "an IPv6 address", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", "GET / 1.1|Host: [::1]:80|<>;" },
        { "an empty host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET / 1.1|Host: |<>;" },
    };

    CHECK_ROWS(rows, NULL, false);
}

static void test_reader_refuses_fields(void **state)
{
    static const struct row rows[] = {
        { "no Host", "GET / HTTP/1.1\r\n\r\n", "400" },
        { "two Hosts", "GET / HTTP/1.1\r\n" H H "\r\n", "400" },
        { "two Hosts, 1.0", "GET / HTTP/1.0\r\n" H H "\r\n", "400" },
        { "Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "400" },
        { "Host with a user", "GET / HTTP/1.1\r\nHost: me@a\r\n\r\n", "400" },
        { "Hosts in a list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", "400" },
        { "Host with letters for a port", "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", "400" },
        { "Host with half a bracket", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", "400" },
        { "space before the colon", "GET / HTTP/1.1\r\n" H "X : y\r\n\r\n", "400" },
        { "no colon", "GET / HTTP/1.1\r\n" H "X\r\n\r\n", "400" },
        { "no name", "GET / HTTP/1.1\r\n" H ": x\r\n\r\n", "400" },
        { "a name with 8 bits", "GET / HTTP/1.1\r\n" H "X\xe9: x\r\n\r\n", "400" },
        { "a folded line", "GET / HTTP/1.1\r\n" H "X: a\r\n b\r\n\r\n", "400" },
        { "white space first", "GET / HTTP/1.1\r\n " H "\r\n", "400" },
        { "a tab first", "GET / HTTP/1.1\r\n\t" H "\r\n", "400" },
        { "a control character", "GET / HTTP/1.1\r\n" H "X: \x02\r\n\r\n", "400" },
        { "DEL", "GET / HTTP/1.1\r\n" H "X: \x7f\r\n\r\n", "400" },
        { "a bare CR", "GET / HTTP/1.1\r\n" H "X: a\rb\r\n\r\n", "400" },
    };

    CHECK_ROWS(rows, NULL, false);
}

static void test_reader_refuses_nul(void **state)
{
    static const struct {
        const char *in;
        size_t len;
    } rows[] = {
        { "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", 29 },
        { "G\0T / HTTP/1.1\r\nHost: a\r\n\r\n", 28 },
        { "GET / HTTP/1.1\r\nHost: a\0\r\n\r\n", 28 },
        { "GET / HTTP/1.1\r\nHo\0st: a\r\n\r\n", 28 },
        { "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;\0\r\n", 61 },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        for (size_t piece = 1; piece <= rows[i].len; piece += rows[i].len - 1) {
            char *out = http_read_all(NULL, span_bytes(rows[i].in, rows[i].len), piece, false);

            assert_string_equal(out, "400");
            g_free(out);
        }
    }
}

/* RFC 9112 §6.3. */
static void test_reader_finds_the_end_of_a_request(void **state)
{
    static const struct row rows[] = {
        { "Content-Length", "POST / HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nhello",
          "POST / 1.1|Host: a|Content-Length: 5|<hello>;" },
        { "and the next one",
          "POST / HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nhelloGET / HTTP/1.1\r\n" H "\r\n",
          "POST / 1.1|Host: a|Content-Length: 5|<hello>;GET / 1.1|Host: a|<>;" },
        { "line ends within", "POST / HTTP/1.1\r\n" H "Content-Length: 6\r\n\r\na\r\n\r\nb",
          "POST / 1.1|Host: a|Content-Length: 6|<a\r\n\r\nb>;" },
        { "0", "POST / HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n",
          "POST / 1.1|Host: a|Content-Length: 0|<>;" },
        { "leading zeros", "POST / HTTP/1.1\r\n" H "Content-Length: 0005\r\n\r\nhello",
          "POST / 1.1|Host: a|Content-Length: 0005|<hello>;" },
        { "GET may have one", "GET / HTTP/1.1\r\n" H "Content-Length: 1\r\n\r\nx",
          "GET / 1.1|Host: a|Content-Length: 1|<x>;" },
        { "none is 0", "POST / HTTP/1.1\r\n" H "\r\n", "POST / 1.1|Host: a|<>;" },
        { "1.0", "POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi", "POST / 1.0|Content-Length: 2|<hi>;" },
        { "not all yet", "POST / HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nhell", "more" },
        { "an empty line behind it",
          "POST / HTTP/1.1\r\n" H "Content-Length: 1\r\n\r\nx\r\nGET / HTTP/1.1\r\n" H "\r\n",
          "POST / 1.1|Host: a|Content-Length: 1|<x>;GET / 1.1|Host: a|<>;" },
    };

    CHECK_ROWS(rows, NULL, false);
}

/* What could be read in two ways is not read at all. */
static void test_reader_refuses_smuggling(void **state)
{
    static const struct row rows[] = {
        { "both lengths",
          "POST / HTTP/1.1\r\n" H "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400" },
        { "both, the other way round",
          "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", "400" },
        { "two lengths", "POST / HTTP/1.1\r\n" H "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
          "400" },
        { "one twice", "POST / HTTP/1.1\r\n" H "Content-Length: 5\r\ncontent-length: 5\r\n\r\nhello", "400" },
        { "one twice in a list", "POST / HTTP/1.1\r\n" H "Content-Length: 5, 5\r\n\r\nhello", "400" },
        { "a sign", "POST / HTTP/1.1\r\n" H "Content-Length: +5\r\n\r\nhello", "400" },
        { "less than nothing", "POST / HTTP/1.1\r\n" H "Content-Length: -1\r\n\r\n", "400" },
        { "hexadecimal", "POST / HTTP/1.1\r\n" H "Content-Length: 0x5\r\n\r\nhello", "400" },
        { "no number", "POST / HTTP/1.1\r\n" H "Content-Length: five\r\n\r\nhello", "400" },
        { "two numbers", "POST / HTTP/1.1\r\n" H "Content-Length: 5 5\r\n\r\nhello", "400" },
        { "nothing", "POST / HTTP/1.1\r\n" H "Content-Length:\r\n\r\nhello", "400" },
        { "chunked in HTTP/1.0", "POST / HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
          "400" },
        { "an obscured coding", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
          "400" },
        { "a coding with a control character",
          "POST / HTTP/1.1\r\n" H "Transfer-Encoding: \x0b"
          "chunked\r\n\r\n0\r\n\r\n",
          "400" },
        { "a coding in quotes", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n",
          "400" },
        { "identity", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: identity\r\n\r\n", "400" },
        { "chunked, not last", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked, gzip\r\n\r\n", "400" },
        { "chunked, then another line",
          "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n",
          "400" },
        { "chunked twice", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked, chunked\r\n\r\n", "400" },
        { "chunked with a parameter", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked;q=1\r\n\r\n",
          "400" },
        { "no coding", "POST / HTTP/1.1\r\n" H "Transfer-Encoding:\r\n\r\n", "400" },
        { "a coding that is not known", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: gzip, chunked\r\n\r\n",
          "501" },
        { "the space before the colon", "POST / HTTP/1.1\r\n" H "Transfer-Encoding : chunked\r\n\r\n",
          "400" },
        { "folded", "POST / HTTP/1.1\r\n" H "Transfer-Encoding:\r\n chunked\r\n\r\n", "400" },
    };

    CHECK_ROWS(rows, NULL, false);
}

#define CHUNKED "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n"
#define TOLD    "POST / 1.1|Host: a|Transfer-Encoding: chunked|"

static void test_reader_joins_chunks(void **state)
{
    static const struct row rows[] = {
        { "one", CHUNKED "5\r\nhello\r\n0\r\n\r\n", TOLD "~<hello>;" },
        { "three", CHUNKED "2\r\nhe\r\n1\r\nl\r\n2\r\nlo\r\n0\r\n\r\n", TOLD "~<hello>;" },
        { "none", CHUNKED "0\r\n\r\n", TOLD "~<>;" },
        { "hexadecimal, both cases", CHUNKED "00a\r\n0123456789\r\nB\r\n0123456789a\r\n000\r\n\r\n",
          TOLD "~<01234567890123456789a>;" },
        { "line ends within", CHUNKED "4\r\n\r\n\r\n\r\n0\r\n\r\n", TOLD "~<\r\n\r\n>;" },
        { "extensions", CHUNKED "1;a\r\nx\r\n1;a=b;c=\"d;\\\"e\"\r\ny\r\n1 ; a = b\r\nz\r\n0;last\r\n\r\n",
          TOLD "~<xyz>;" },
        { "trailers", CHUNKED "1\r\nx\r\n0\r\nDigest: 9\r\nX:\r\n\r\n",
          "POST / 1.1|Host: a|Transfer-Encoding: chunked|+Digest: 9|+X: |~<x>;" },
        { "and the next one", CHUNKED "1\r\nx\r\n0\r\n\r\nGET / HTTP/1.1\r\n" H "\r\n",
          TOLD "~<x>;GET / 1.1|Host: a|<>;" },
        { "case and empty elements of the list",
          "POST / HTTP/1.1\r\n" H "Transfer-Encoding: , CHUNKED,\r\n\r\n1\r\nx\r\n0\r\n\r\n",
          "POST / 1.1|Host: a|Transfer-Encoding: , CHUNKED,|~<x>;" },
        { "not all yet", CHUNKED "5\r\nhello\r\n", "more" },
        { "digits that are letters", CHUNKED "fade\r\n", "more" },
        { "trailers that would say where it ends",
          CHUNKED "0\r\nContent-Length: 9\r\nTransfer-Encoding: x\r\n\r\n" CHUNKED "0\r\n\r\n",
          "POST / 1.1|Host: a|Transfer-Encoding: chunked|+Content-Length: 9|+Transfer-Encoding: x|~<>;" TOLD
          "~<>;" },
        { "trailers' end missing", CHUNKED "0\r\n", "more" },
    };

    CHECK_ROWS(rows, NULL, false);
}

static void test_reader_refuses_chunks(void **state)
{
    static const struct row rows[] = {
        { "no size", CHUNKED "\r\nhello\r\n0\r\n\r\n", "400" },
        { "a digit, then none", CHUNKED "five\r\nhello\r\n0\r\n\r\n", "400" },
        { "no digit", CHUNKED "x\r\nhello\r\n0\r\n\r\n", "400" },
        { "0x", CHUNKED "0x5\r\nhello\r\n0\r\n\r\n", "400" },
        { "a sign", CHUNKED "+5\r\nhello\r\n0\r\n\r\n", "400" },
        { "less than nothing", CHUNKED "-5\r\nhello\r\n0\r\n\r\n", "400" },
        { "a space before", CHUNKED " 5\r\nhello\r\n0\r\n\r\n", "400" },
        { "a space behind", CHUNKED "5 \r\nhello\r\n0\r\n\r\n", "400" },
        { "longer than said", CHUNKED "4\r\nhello\r\n0\r\n\r\n", "400" },
        { "shorter than said", CHUNKED "6\r\nhello\r\n0\r\n\r\n", "400" },
        { "bare LF behind the size", CHUNKED "5\nhello\r\n0\r\n\r\n", "400" },
        { "bare LF behind the data", CHUNKED "5\r\nhello\n0\r\n\r\n", "400" },
        { "an extension without a name", CHUNKED "5;\r\nhello\r\n0\r\n\r\n", "400" },
        { "an extension without a value", CHUNKED "5;a=\r\nhello\r\n0\r\n\r\n", "400" },
        { "half a quote", CHUNKED "5;a=\"b\r\nhello\r\n0\r\n\r\n", "400" },
        { "an escape at the end", CHUNKED "5;a=\"b\\\r\nhello\r\n0\r\n\r\n", "400" },
        { "too much", CHUNKED "2000001\r\n", "413" },
        { "past any number", CHUNKED "ffffffffffffffffffffff\r\n", "413" },
        { "a trailer without a colon", CHUNKED "0\r\nX\r\n\r\n", "400" },
        { "a folded trailer", CHUNKED "0\r\nX: a\r\n b\r\n\r\n", "400" },
    };

    CHECK_ROWS(rows, NULL, false);
}

/* RFC 9110 §10.1.1: only where there is content to wait with. */
static void test_reader_tells_who_waits(void **state)
{
    static const struct row rows[] = {
        { "length", "POST / HTTP/1.1\r\n" H "Expect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
          "continue;POST / 1.1|Host: a|Expect: 100-continue|Content-Length: 1|<x>;" },
        { "chunks",
          "POST / HTTP/1.1\r\n" H "Expect: 100-Continue\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
          "continue;POST / 1.1|Host: a|Expect: 100-Continue|Transfer-Encoding: chunked|~<>;" },
        { "no content", "GET / HTTP/1.1\r\n" H "Expect: 100-continue\r\n\r\n",
          "GET / 1.1|Host: a|Expect: 100-continue|<>;" },
        { "1.0", "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
          "POST / 1.0|Expect: 100-continue|Content-Length: 1|<x>;" },
        { "too long", "POST / HTTP/1.1\r\n" H "Expect: 100-continue\r\nContent-Length: 99999999\r\n\r\n",
          "413" },
        { "something else", "POST / HTTP/1.1\r\n" H "Expect: a miracle\r\nContent-Length: 1\r\n\r\nx",
          "POST / 1.1|Host: a|Expect: a miracle|Content-Length: 1|<x>;" },
    };

    CHECK_ROWS(rows, NULL, false);
}

static void test_reader_takes_responses(void **state)
{
    static const struct row rows[] = {
        { "length", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "200 OK 1.1|Content-Length: 2|<hi>;" },
        { "many words", "HTTP/1.1 404 Not Found here\r\nContent-Length: 0\r\n\r\n",
          "404 Not Found here 1.1|Content-Length: 0|<>;" },
        { "an empty reason", "HTTP/1.1 299 \r\nContent-Length: 0\r\n\r\n", "299  1.1|Content-Length: 0|<>;" },
        { "no space, no reason", "HTTP/1.1 299\r\nContent-Length: 0\r\n\r\n",
          "299  1.1|Content-Length: 0|<>;" },
        { "chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
          "200 OK 1.1|Transfer-Encoding: chunked|~<hi>;" },
        { "204", "HTTP/1.1 204 No Content\r\n\r\n", "204 No Content 1.1|<>;" },
        { "304 tells a length without it", "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n",
          "304 Not Modified 1.1|Content-Length: 7|<>;" },
        { "an interim one", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
          "100 Continue 1.1|<>;200 OK 1.1|Content-Length: 0|<>;" },
        { "till the end", "HTTP/1.0 200 OK\r\n\r\nhello\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
          "200 OK 1.0|<hello\r\n\r\nHTTP/1.1 200 OK\r\n\r\n>;" },
        { "till the end, nothing", "HTTP/1.1 200 OK\r\n\r\n", "200 OK 1.1|<>;" },
        { "a folded field", "HTTP/1.1 200 OK\r\nX: a \r\n\t b\r\n \r\n  c\r\nContent-Length: 0\r\n\r\n",
          "200 OK 1.1|X: a b c|Content-Length: 0|<>;" },
        { "a folded empty field", "HTTP/1.1 200 OK\r\nX:\r\n a\r\nContent-Length: 0\r\n\r\n",
          "200 OK 1.1|X: a|Content-Length: 0|<>;" },
        { "folded trailers", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: a\r\n b\r\n\r\n",
          "200 OK 1.1|Transfer-Encoding: chunked|+X: a b|~<>;" },
        { "nothing at all", "", "" },
    };

    CHECK_ROWS(rows, "GET", true);
}

static void test_reader_refuses_responses(void **state)
{
    static const struct row rows[] = {
        { "another protocol", "220 mail.crepes.fr ESMTP\r\n", "400" },
        { "two digits", "HTTP/1.1 20 OK\r\n\r\n", "400" },
        { "four digits", "HTTP/1.1 2000 OK\r\n\r\n", "400" },
        { "letters", "HTTP/1.1 2OO OK\r\n\r\n", "400" },
        { "below 100", "HTTP/1.1 099 OK\r\n\r\n", "400" },
        { "two spaces", "HTTP/1.1  200 OK\r\n\r\n", "400" },
        { "version 2", "HTTP/2.0 200 OK\r\n\r\n", "505" },
        { "an empty line first", "\r\nHTTP/1.1 200 OK\r\n\r\n", "400" },
        { "a control character", "HTTP/1.1 200 \x01\r\n\r\n", "400" },
        { "both lengths", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
          "400" },
        { "a coding that is not known", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "400" },
        { "white space first", "HTTP/1.1 200 OK\r\n X: y\r\n\r\n", "400" },
        { "a trailer's white space first",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n X: y\r\n\r\n", "400" },
        { "ends in the first line", "HTTP/1.1 200", "400" },
        { "ends in the header", "HTTP/1.1 200 OK\r\nContent-Le", "400" },
        { "ends in the body", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", "400" },
        { "ends in a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhell", "400" },
        { "ends before the last chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
          "400" },
    };

    CHECK_ROWS(rows, "GET", true);
}

/* RFC 9112 §6.3: what it says of the length is what GET's answer would have. */
static void test_reader_takes_no_body_of_head(void **state)
{
    static const struct row rows[] = {
        { "length", "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", "200 OK 1.1|Content-Length: 7|<>;" },
        { "chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
          "200 OK 1.1|Transfer-Encoding: chunked|<>;" },
        { "nothing", "HTTP/1.1 404 Not Found\r\n\r\n", "404 Not Found 1.1|<>;" },
    };

    CHECK_ROWS(rows, "HEAD", false);
}

/* ---- Limits. */

static char *repeat(const char *before, char c, size_t n, const char *after)
{
    char *many = g_strnfill(n, c), *all = g_strconcat(before, many, after, NULL);

    g_free(many);
    return all;
}

static void expect_limit(char *in, const char *expected)
{
    char *whole = http_read_all(NULL, span_of(in), strlen(in), false);
    char *octets = http_read_all(NULL, span_of(in), 1, false);

    assert_string_equal(whole, octets);
    if (!g_pattern_match_simple(expected, whole))
        fail_msg("%.40s…: %.200s", in, whole);
    g_free(whole);
    g_free(octets);
    g_free(in);
}

static void test_reader_has_limits(void **state)
{
    GString *s = g_string_new("GET / HTTP/1.1\r\n" H);
    const size_t around = strlen("GET / HTTP/1.1");

    (void)state;
    expect_limit(repeat("GET /", 'a', HTTP_START_LINE_MAX - around, " HTTP/1.1\r\n" H "\r\n"), "GET */aaa*");
    expect_limit(repeat("GET /", 'a', HTTP_START_LINE_MAX - around + 1, " HTTP/1.1\r\n" H "\r\n"), "414");
    expect_limit(repeat("GET /", 'a', HTTP_START_LINE_MAX, ""), "414");
    expect_limit(repeat("", 'A', HTTP_START_LINE_MAX + 2, ""), "501");
    expect_limit(repeat("(", 'A', HTTP_START_LINE_MAX + 2, ""), "400");
    expect_limit(repeat("GET / HTTP/1.1\r\n" H "X: ", 'a', HTTP_HEADER_MAX - 10, "\r\n\r\n"), "GET / *");
    expect_limit(repeat("GET / HTTP/1.1\r\n" H "X: ", 'a', HTTP_HEADER_MAX - 9, "\r\n\r\n"), "431");
    expect_limit(repeat("GET / HTTP/1.1\r\n" H "X: ", 'a', HTTP_HEADER_MAX, ""), "431");
    expect_limit(repeat(CHUNKED "1;", 'a', HTTP_CHUNK_LINE_MAX - 2, "\r\nx\r\n0\r\n\r\n"), TOLD "~<x>;");
    expect_limit(repeat(CHUNKED "1;", 'a', HTTP_CHUNK_LINE_MAX - 1, "\r\nx\r\n0\r\n\r\n"), "400");
    expect_limit(g_strdup_printf("POST / HTTP/1.1\r\n" H "Content-Length: %d\r\n\r\n", HTTP_BODY_MAX),
                 "more");
    expect_limit(g_strdup_printf("POST / HTTP/1.1\r\n" H "Content-Length: %d\r\n\r\n", HTTP_BODY_MAX + 1),
                 "413");
    expect_limit(g_strdup("POST / HTTP/1.1\r\n" H "Content-Length: 99999999999999999999999999\r\n\r\n"),
                 "413");
    for (unsigned i = 1; i < HTTP_FIELDS_MAX; i++)
        g_string_append_printf(s, "X: %u\r\n", i);
    expect_limit(g_strconcat(s->str, "\r\n", NULL), "GET / *");
    expect_limit(g_strconcat(s->str, "Y: 1\r\n\r\n", NULL), "431");
    g_string_free(s, TRUE);
}

/* A few octets of content, each with as many extensions as a line takes. */
static void test_reader_limits_extensions(void **state)
{
    char *line = repeat("1;", 'a', 900, "\r\nx\r\n");
    GString *s = g_string_new(CHUNKED);

    (void)state;
    for (unsigned i = 0; i < 100; i++)
        g_string_append(s, line);
    expect_limit(g_string_free(s, FALSE), "400");
    g_free(line);
}

/* 100 MB without a line's end: refused at the limit, and nothing more is kept. */
static void test_reader_bears_what_has_no_end(void **state)
{
    char *much = g_strnfill(1 << 20, 'A');

    (void)state;
    for (int of_requests = 0; of_requests < 2; of_requests++) {
        struct http_reader *r = http_reader_new(of_requests);

        for (unsigned i = 0; i < 100; i++) {
            struct span rest = span_bytes(much, 1 << 20);

            assert_int_equal(http_reader_feed(r, &rest), HTTP_READ_BAD);
        }
        assert_int_equal(http_reader_status(r), of_requests ? 501 : 400);
        assert_string_not_equal(http_reader_why(r), "");
        http_reader_free(&r);
    }
    g_free(much);
}

/* A body without an end is cut off at the limit, too. */
static void test_reader_bears_a_body_without_end(void **state)
{
    static const char *const starts[] = { "HTTP/1.1 200 OK\r\n\r\n",
                                          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" };
    char *much = g_strnfill(1 << 20, 'A');

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(starts); i++) {
        struct http_reader *r = http_reader_new(false);
        struct span rest = span_of(starts[i]);
        size_t fed = 0;

        http_reader_expect(r, "GET");
        assert_int_equal(http_reader_feed(r, &rest), HTTP_READ_MORE);
        for (;; fed += 1 << 20) {
            rest = SPAN("100000\r\n");
            if (i == 1)
                http_reader_feed(r, &rest);
            rest = span_bytes(much, 1 << 20);
            if (http_reader_feed(r, &rest) == HTTP_READ_BAD)
                break;
            rest = SPAN("\r\n");
            if (i == 1)
                http_reader_feed(r, &rest);
        }
        assert_int_equal(fed, HTTP_BODY_MAX);
        assert_int_equal(http_reader_status(r), 413);
        http_reader_free(&r);
    }
    g_free(much);
}

static void test_reader_counts_octets(void **state)
{
    static const char first[] = "POST / HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nhello",
                      second[] = CHUNKED "2;x=y\r\nhe\r\n0\r\nT: u\r\n\r\n";
    char *both = g_strconcat(first, "\r\n", second, NULL);
    struct span rest = span_of(both);
    struct http_reader *r = http_reader_new(true);
    struct http_message *m;

    (void)state;
    assert_int_equal(http_reader_feed(r, &rest), HTTP_READ_WHOLE);
    m = http_reader_take(r);
    assert_int_equal(m->wire_size, strlen(first));
    http_message_free(&m);
    assert_true(http_reader_is_between(r));
    assert_int_equal(http_reader_feed(r, &rest), HTTP_READ_WHOLE);
    m = http_reader_take(r);
    assert_int_equal(m->wire_size, strlen(second));
    assert_int_equal(rest.len, 0);
    http_message_free(&m);
    http_reader_free(&r);
    g_free(both);
}

/* ---- Messages. */

static void expect_written(struct http_message *m, bool without_body, size_t chunk, const char *expected)
{
    GString *out = g_string_new(NULL);

    http_write(m, without_body, chunk, out);
    assert_string_equal(out->str, expected);
    g_string_free(out, TRUE);
    http_message_free(&m);
}

static void test_message_is_written_with_its_length(void **state)
{
    struct http_message *m = http_response_new(200);

    (void)state;
    http_add(m, "Content-Type", "text/plain");
    http_add(m, "Content-Length", "99"); /* the writer knows better */
    http_add(m, "Transfer-Encoding", "chunked");
    g_string_assign(m->body, "hello");
    expect_written(m, false, 2,
                   "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello");

    m = http_response_new(200);
    g_string_assign(m->body, "hello");
    expect_written(m, true, 2, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");

    m = http_response_new(200);
    m->is_chunked = true;
    g_string_assign(m->body, "hello");
    http_add_trailer(m, "Digest", "x");
    http_add_trailer(m, "content-length", "9"); /* no trailer may say where a message ends: RFC 9110 §6.5.1 */
    http_add_trailer(m, "Transfer-Encoding", "chunked");
    http_add(m, "A", "b");
    expect_written(m, false, 2,
                   "HTTP/1.1 200 OK\r\nA: b\r\nTransfer-Encoding: chunked\r\n\r\n"
                   "2\r\nhe\r\n2\r\nll\r\n1\r\no\r\n0\r\nDigest: x\r\n\r\n");

    m = http_response_new(200);
    m->is_chunked = true;
    m->minor = 0;
    g_string_assign(m->body, "hello");
    expect_written(m, false, 2, "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello");

    m = http_response_new(204);
    g_string_assign(m->body, "hello");
    expect_written(m, false, 2, "HTTP/1.1 204 No Content\r\n\r\n");

    m = http_response_new(304);
    m->is_chunked = true;
    http_add(m, "ETag", "\"1\"");
    expect_written(m, false, 2, "HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n");

    expect_written(http_response_new(599), false, 2, "HTTP/1.1 599 \r\nContent-Length: 0\r\n\r\n");
    expect_written(http_request_new("GET", "/"), false, 2, "GET / HTTP/1.1\r\n\r\n");
    expect_written(http_request_new("POST", "/"), false, 2, "POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n");
    m = http_request_new("GET", "/a b\r\n\xc3\xa4");
    http_add(m, "Host", "a");
    http_add(m, "Empty", "");
    g_string_assign(m->body, "x");
    expect_written(m, false, 2,
                   "GET /a%20b%0D%0A%C3%A4 HTTP/1.1\r\nHost: a\r\nEmpty:\r\nContent-Length: 1\r\n\r\nx");
}

static void test_message_fields_cannot_break_out(void **state)
{
    struct http_message *m = http_response_new(301);

    (void)state;
    http_add(m, "Location", " /a\r\nSet-Cookie: b=c\n\n<script>\x01\x7f ");
    expect_written(m, false, 2,
                   "HTTP/1.1 301 Moved Permanently\r\nLocation: /a  Set-Cookie: b=c  <script>\r\n"
                   "Content-Length: 0\r\n\r\n");
}

static void test_message_finds_fields(void **state)
{
    struct http_message *m = http_request_new("GET", "/");

    (void)state;
    assert_null(http_field(m, "X"));
    http_add(m, "X", "1");
    http_add(m, "Y", "2");
    http_add(m, "x", "3");
    http_add_trailer(m, "Z", "4");
    assert_string_equal(http_field(m, "X"), "1");
    assert_null(http_field(m, "Z")); /* RFC 9110 §6.5.1: it is no field of the header */
    http_set(m, "X", "5");
    assert_string_equal(http_field(m, "x"), "5");
    assert_int_equal(m->fields->len, 3);
    assert_int_equal(m->n_trailers, 1);
    http_add(m, "Connection", "a, ,Keep-Alive ");
    http_add(m, "connection", "b");
    assert_true(http_has_token(m, "Connection", "keep-alive"));
    assert_true(http_has_token(m, "Connection", "B"));
    assert_false(http_has_token(m, "Connection", "keep"));
    assert_false(http_has_token(m, "Connection", "close"));
    http_message_free(&m);
    assert_null(m);
    http_message_free(&m);
}

/* RFC 9112 §9.3. */
static void test_message_keeps_the_connection(void **state)
{
    static const struct {
        unsigned minor;
        const char *connection;
        bool keeps;
    } rows[] = {
        { 1, "", true },           { 1, "close", false },
        { 1, "Close", false },     { 1, "keep-alive, close", false },
        { 1, "keep-alive", true }, { 1, "upgrade", true },
        { 0, "", false },          { 0, "keep-alive", true },
        { 0, "Keep-Alive", true }, { 0, "close", false },
        { 0, "x", false },         { 0, "keep-alive, close", false },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct http_message *m = http_request_new("GET", "/");

        m->minor = rows[i].minor;
        if (rows[i].connection[0] != '\0')
            http_add(m, "Connection", rows[i].connection);
        if (http_keeps_alive(m) != rows[i].keeps)
            fail_msg("1.%u %s", rows[i].minor, rows[i].connection);
        http_message_free(&m);
    }
}

static void test_reasons(void **state)
{
    (void)state;
    assert_string_equal(http_reason(404), "Not Found");
    assert_string_equal(http_reason(422), "Unprocessable Content");
    assert_string_equal(http_reason(299), "");
}

/* ---- URLs. */

static void test_url_comes_apart(void **state)
{
    static const struct {
        const char *url, *expected;
    } rows[] = {
        { "http://www.crepes.fr:8080/a/b?c", "www.crepes.fr 8080 /a/b?c" },
        { "http://www.crepes.fr", "www.crepes.fr 80 /" },
        { "HTTP://WWW.Crepes.FR/A", "www.crepes.fr 80 /A" },
        { "http://a?b", "a 80 /?b" },
        { "http://a#b", "a 80 /" },
        { "http://a/b#c?d", "a 80 /b" },
        { "http://a:/", "a 80 /" },
        { "http://a:65535/", "a 65535 /" },
        { "http://10.1.0.80/", "10.1.0.80 80 /" },
        { "http://a/\xed\x95\x9c", "a 80 /%ED%95%9C" },
        { "http://a//b", "a 80 //b" },
        { "http://a/<\">", "a 80 /<\">" },
        { "", NULL },
        { "http://", NULL },
        { "http:///a", NULL },
        { "http:/a", NULL },
        { "//a/b", NULL },
        { "www.crepes.fr", NULL },
        { "https://a/", NULL },
        { "ftp://a/", NULL },
        { "mailto:bob@hamburger.edu", NULL },
        { "http://me@a/", NULL },
        { "http://me:secret@a/", NULL },
        { "http://a:0/", NULL },
        { "http://a:65536/", NULL },
        { "http://a:b/", NULL },
        { "http://a:-1/", NULL },
        { "http://a:80:80/", NULL },
        { "http://[::1]/", NULL },
        { "http://a b/", NULL },
        { "http://a/b c", NULL },
        { "http://a/\r\nX: y", NULL },
        { "http://a%62/", NULL },
        { " http://a/", NULL },
    };
    unsigned bad = 0;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        char *host = NULL, *target = NULL, *found = NULL;
        unsigned port;

        if (http_url(rows[i].url, &host, &port, &target))
            found = g_strdup_printf("%s %u %s", host, port, target);
        if (g_strcmp0(found, rows[i].expected) != 0) {
            print_error("%s: %s\n", rows[i].url, found != NULL ? found : "no URL");
            bad++;
        }
        g_free(host);
        g_free(target);
        g_free(found);
    }
    assert_int_equal(bad, 0);
}

/* The examples of RFC 3986 §5.4, without their fragments, and what pages write besides. */
static void test_references_are_resolved(void **state)
{
    static const char rfc[] = "http://a/b/c/d;p?q";
    static const struct {
        const char *base, *reference, *expected;
    } rows[] = {
        { rfc, "g:h", "g:h" },
        { rfc, "g", "http://a/b/c/g" },
        { rfc, "./g", "http://a/b/c/g" },
        { rfc, "g/", "http://a/b/c/g/" },
        { rfc, "/g", "http://a/g" },
        { rfc, "//g", "http://g" },
        { rfc, "?y", "http://a/b/c/d;p?y" },
        { rfc, "g?y", "http://a/b/c/g?y" },
        { rfc, "#s", "http://a/b/c/d;p?q" },
        { rfc, "g#s", "http://a/b/c/g" },
        { rfc, "g?y#s", "http://a/b/c/g?y" },
        { rfc, ";x", "http://a/b/c/;x" },
        { rfc, "g;x", "http://a/b/c/g;x" },
        { rfc, "g;x?y#s", "http://a/b/c/g;x?y" },
        { rfc, "", "http://a/b/c/d;p?q" },
        { rfc, ".", "http://a/b/c/" },
        { rfc, "./", "http://a/b/c/" },
        { rfc, "..", "http://a/b/" },
        { rfc, "../", "http://a/b/" },
        { rfc, "../g", "http://a/b/g" },
        { rfc, "../..", "http://a/" },
        { rfc, "../../", "http://a/" },
        { rfc, "../../g", "http://a/g" },
        { rfc, "../../../g", "http://a/g" },
        { rfc, "../../../../g", "http://a/g" },
        { rfc, "/./g", "http://a/g" },
        { rfc, "/../g", "http://a/g" },
        { rfc, "g.", "http://a/b/c/g." },
        { rfc, ".g", "http://a/b/c/.g" },
        { rfc, "g..", "http://a/b/c/g.." },
        { rfc, "..g", "http://a/b/c/..g" },
        { rfc, "./../g", "http://a/b/g" },
        { rfc, "./g/.", "http://a/b/c/g/" },
        { rfc, "g/./h", "http://a/b/c/g/h" },
        { rfc, "g/../h", "http://a/b/c/h" },
        { rfc, "g;x=1/./y", "http://a/b/c/g;x=1/y" },
        { rfc, "g;x=1/../y", "http://a/b/c/y" },
        { rfc, "g?y/./x", "http://a/b/c/g?y/./x" },
        { rfc, "g?y/../x", "http://a/b/c/g?y/../x" },
        { rfc, "http://x/y/../z", "http://x/z" },
        { "/x/index.html", "pics/a.png", "/x/pics/a.png" },
        { "/", "a", "/a" },
        { "/x?y", "", "/x?y" },
        { "/x?y/z", "a", "/a" },
        { "/x", "http://b/c", "http://b/c" },
        { "/x", "//b/c", "http://b/c" },
        { "http://a", "b", "http://a/b" },
        { "http://a", "", "http://a/" },
        { "http://a?q", "b", "http://a/b" },
        { "http://a:8080/b", "/c", "http://a:8080/c" },
        { "/x", " \n a b\t", "/a%20b" },
        { "/x", "\xc3\xa4", "/%C3%A4" },
        { "/x", "java\nscript:alert(1)", "javascript:alert(1)" },
        { "/a//b", "c", "/a//c" },
        { "/a/b/", "..", "/a/" },
    };
    unsigned bad = 0;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        char *found = http_resolve(rows[i].base, rows[i].reference);

        if (strcmp(found, rows[i].expected) != 0) {
            print_error("%s at %s: %s\n", rows[i].reference, rows[i].base, found);
            bad++;
        }
        g_free(found);
    }
    assert_int_equal(bad, 0);
}

static void test_forms(void **state)
{
    static const struct {
        const char *form, *key, *expected;
    } rows[] = {
        { "a=1&b=2", "a", "1" },   { "a=1&b=2", "b", "2" },
        { "a=1&b=2", "c", NULL },  { "a=1&a=2", "a", "1" },
        { "a=", "a", "" },         { "a", "a", "" },
        { "a&b=1", "b", "1" },     { "&&a=1&&", "a", "1" },
        { "=x&a=1", "a", "1" },    { "=x", "", "x" },
        { "a=b=c", "a", "b=c" },   { "a=x+y%20z%2B", "a", "x y z+" },
        { "%61=1", "a", "1" },     { "a=%ED%95%9C", "a", "\xed\x95\x9c" },
        { "a=%", "a", NULL },      { "a=%4", "a", NULL },
        { "a=%zz", "a", NULL },    { "a=%00", "a", NULL },
        { "%zz=1&a=2", "a", "2" }, { "", "a", NULL },
    };
    GString *s = g_string_new(NULL);
    char *text;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        text = http_form_value(span_of(rows[i].form), rows[i].key);
        if (g_strcmp0(text, rows[i].expected) != 0)
            fail_msg("%s: %s", rows[i].form, text);
        g_free(text);
    }
    http_form_add(s, "to", "bob@hamburger.edu, <b>");
    http_form_add(s, "a&b", "100 % = \xed\x95\x9c\n~*-._");
    assert_string_equal(s->str, "to=bob%40hamburger.edu%2C+%3Cb%3E&a%26b=100+%25+%3D+%ED%95%9C%0A%7E*-._");
    text = http_form_value(span_bytes(s->str, s->len), "a&b");
    assert_string_equal(text, "100 % = \xed\x95\x9c\n~*-._");
    g_free(text);
    text = http_unescape_path(SPAN("/a+b%20c"));
    assert_string_equal(text, "/a+b c");
    g_free(text);
    assert_null(http_unescape_path(SPAN("/%")));
    g_string_free(s, TRUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reader_takes_request_lines),
        cmocka_unit_test(test_reader_refuses_request_lines),
        cmocka_unit_test(test_reader_takes_fields),
        cmocka_unit_test(test_reader_refuses_fields),
        cmocka_unit_test(test_reader_refuses_nul),
        cmocka_unit_test(test_reader_finds_the_end_of_a_request),
        cmocka_unit_test(test_reader_refuses_smuggling),
        cmocka_unit_test(test_reader_joins_chunks),
        cmocka_unit_test(test_reader_refuses_chunks),
        cmocka_unit_test(test_reader_tells_who_waits),
        cmocka_unit_test(test_reader_takes_responses),
        cmocka_unit_test(test_reader_refuses_responses),
        cmocka_unit_test(test_reader_takes_no_body_of_head),
        cmocka_unit_test(test_reader_has_limits),
        cmocka_unit_test(test_reader_limits_extensions),
        cmocka_unit_test(test_reader_bears_what_has_no_end),
        cmocka_unit_test(test_reader_bears_a_body_without_end),
        cmocka_unit_test(test_reader_counts_octets),
        cmocka_unit_test(test_message_is_written_with_its_length),
        cmocka_unit_test(test_message_fields_cannot_break_out),
        cmocka_unit_test(test_message_finds_fields),
        cmocka_unit_test(test_message_keeps_the_connection),
        cmocka_unit_test(test_reasons),
        cmocka_unit_test(test_url_comes_apart),
        cmocka_unit_test(test_references_are_resolved),
        cmocka_unit_test(test_forms),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

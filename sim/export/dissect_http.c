/* HTTP for export/dissect.h (RFC 9112): the start line, header fields, and the content: forms, pages,
 * messages, chunks. What a segment begins with is read from its first lines; where content began in another
 * one, its looks must do. */
#include "export/dissect_parts.h"
#include "http/message.h"

enum { METHOD_MAX = 20, CHUNK_DIGITS_MAX = 8 };

/* ---- Words. */

static const struct dissect_word methods[] = {
    { "GET", "Send me this.", NULL },
    { "HEAD", "Send me what you would say of this, but not the thing itself.", NULL },
    { "POST", "Here is something for you to work on: a form that was filled in.", NULL },
    { "PUT", "Keep this under that name.", NULL },
    { "DELETE", "Remove this.", NULL },
    { "OPTIONS", "What may one do with this?", NULL },
    { "TRACE", "Send back what you got from me.", NULL },
    { "CONNECT", "Make me a tunnel to that host.", NULL },
};

static const struct dissect_word statuses[] = {
    { "200", "2xx: done. With 200 here it is.", NULL },
    { "301", "3xx: look elsewhere. With 301 it has moved for good; Location says where to.", NULL },
    { "302", "3xx: look elsewhere. With 302 it is at Location for the moment.", NULL },
    { "303", "3xx: look elsewhere. With 303 the form is taken; Location says which page comes next.", NULL },
    { "304", "3xx: look elsewhere. With 304 what the browser has kept is still good.", NULL },
    { "400", "4xx: the browser is wrong. With 400 the request made no sense.", NULL },
    { "401", "4xx: the browser is wrong. With 401 it has to say who asks.", NULL },
    { "403", "4xx: the browser is wrong. With 403 it may not have this.", NULL },
    { "404", "4xx: the browser is wrong. With 404 there is no such thing.", NULL },
    { "408", "4xx: the browser is wrong. With 408 it took too long to ask.", NULL },
    { "422", "4xx: the browser is wrong. With 422 what the form says can't be done.", NULL },
    { "500", "5xx: the server has failed.", NULL },
    { "503", "5xx: the server has failed. With 503 for the moment only.", NULL },
};

static const struct dissect_word headers[] = {
    { "Host", "Which site is meant: several may be on one address.", NULL },
    { "User-Agent", "Which program asks.", NULL },
    { "Accept", "Which types of content it can show.", NULL },
    { "Accept-Language", "Which languages its reader knows.", NULL },
    { "Accept-Encoding", "Which ways of packing it can undo.", NULL },
    { "Referer", "On which page the link was.", NULL },
    { "Cookie", "What the server has told it to say each time: so the server knows who asks.", NULL },
    { "Set-Cookie", "Say this again with each request from now on: so I know who asks.", NULL },
    { "Connection", "Whether the connection stays open for more.", NULL },
    { "Keep-Alive", "How long it stays open.", NULL },
    { "Content-Type", "What the content is.", NULL },
    { "Content-Length", "How many octets of content follow the blank line.", NULL },
    { "Transfer-Encoding", "The content comes in chunks, each with its length in front.", NULL },
    { "Content-Disposition", "Whether to show it or to keep it as a file, and under which name.", NULL },
    { "Date", "When the answer was made.", NULL },
    { "Server", "Which program answers.", NULL },
    { "Location", "Where to look instead.", NULL },
    { "Last-Modified", "When it was changed for the last time.", NULL },
    { "Cache-Control", "Whether the browser may keep it, and for how long.", NULL },
    { "Expires", "How long the browser may keep it.", NULL },
    { "ETag", "A mark for this version of it.", NULL },
    { "Expect", "Should I send the content at all?", NULL },
    { "Allow", "What one may do with this.", NULL },
};

#define FIND(words, name) dissect_find_word(words, G_N_ELEMENTS(words), name)

/* ---- A message as it is read. */

enum content { CONTENT_OTHER, CONTENT_FORM, CONTENT_HTML, CONTENT_TEXT, CONTENT_MESSAGE };

struct exchange {
    struct dissector *x;
    size_t end;
    enum content content;
    bool is_chunked, has_length, has_no_content;
    uint64_t length;
};

static struct span cut_behind(struct span text, struct span mark)
{
    const char *at = text.len > 0 ? memchr(text.at, mark.at[0], text.len) : NULL;

    return at != NULL ? span_bytes(text.at, (size_t)(at - text.at)) : text;
}

static bool is_version(struct span word)
{
    return word.len == 8 && memcmp(word.at, "HTTP/", 5) == 0 && g_ascii_isdigit(word.at[5]) &&
           word.at[6] == '.' && g_ascii_isdigit(word.at[7]);
}

static bool is_status_line(struct span line)
{
    struct span version = span_take_word(&line), code = span_take_word(&line);
    uint64_t n;

    return is_version(version) && code.len == 3 && span_number(code, 999, &n);
}

static bool is_request_line(struct span line)
{
    struct span method = span_take_word(&line), target = span_take_word(&line);

    for (size_t i = 0; i < method.len; i++)
        if (method.at[i] < 'A' || method.at[i] > 'Z')
            return false;
    return method.len > 0 && method.len <= METHOD_MAX && target.len > 0 && is_version(span_trim(line));
}

/* ---- Start lines. */

static const char version_meaning[] =
    "Which rules the sender follows; with 1.1 a connection serves many requests.";

static void add_request_line(struct exchange *e, int layer, const struct dissect_line *l)
{
    struct dissect_cut c = dissect_cut(e->x, layer, l);
    const struct dissect_word *method = FIND(methods, dissect_cut_word(&c));

    dissect_cut_take(&c, "Method", dissect_cut_word(&c), method != NULL ? method->meaning : NULL);
    dissect_cut_take(&c, "Target", dissect_cut_word(&c), "What it is about, as a path on that server.");
    dissect_cut_all(&c, "Version", version_meaning);
}

static const char *status_meaning(struct span code)
{
    static const char *const classes[] = {
        "1xx: go on.",
        "2xx: done.",
        "3xx: look elsewhere.",
        "4xx: the browser is wrong.",
        "5xx: the server has failed.",
    };
    const struct dissect_word *known = FIND(statuses, code);

    if (known != NULL)
        return known->meaning;
    return code.at[0] >= '1' && code.at[0] <= '5' ? classes[code.at[0] - '1'] : NULL;
}

static void add_status_line(struct exchange *e, int layer, const struct dissect_line *l)
{
    struct dissect_cut c = dissect_cut(e->x, layer, l);
    struct span code;

    dissect_cut_take(&c, "Version", dissect_cut_word(&c), version_meaning);
    code = dissect_cut_word(&c);
    e->has_no_content = code.at[0] == '1' || span_is(code, SPAN("204")) || span_is(code, SPAN("304"));
    dissect_cut_take(&c, "Status code", code, status_meaning(code));
    if (!dissect_cut_is_done(&c))
        dissect_cut_all(&c, "Reason", "The same for people; programs look at the code.");
}

/* ---- Header fields. */

static void note_type(struct exchange *e, struct span type)
{
    type = span_trim(cut_behind(type, SPAN(";")));
    e->content = span_is_nocase(type, SPAN("application/x-www-form-urlencoded")) ? CONTENT_FORM
                 : span_is_nocase(type, SPAN("text/html"))                       ? CONTENT_HTML
                 : span_is_nocase(type, SPAN("message/rfc822"))                  ? CONTENT_MESSAGE
                 : span_starts_nocase(type, SPAN("text/"))                       ? CONTENT_TEXT
                                                                                 : CONTENT_OTHER;
}

static void add_header(struct exchange *e, int layer, const struct dissect_line *l)
{
    struct span line = dissect_line_text(e->x, l), value;
    size_t name = dissect_header_name(line);
    const struct dissect_word *known = FIND(headers, span_bytes(line.at, name));

    if (known == NULL) {
        dissect_line(e->x, layer, "Header field", l, NULL);
        return;
    }
    value = span_trim(span_bytes(line.at + name + 1, line.len - name - 1));
    if (strcmp(known->name, "Content-Type") == 0)
        note_type(e, value);
    else if (strcmp(known->name, "Content-Length") == 0)
        e->has_length = span_number(value, UINT32_MAX, &e->length);
    else if (strcmp(known->name, "Transfer-Encoding") == 0)
        e->is_chunked = span_starts_nocase(value, SPAN("chunked"));
    dissect_text(e->x, layer, known->name, l->at, l->end - l->at, known->meaning, value);
}

/* Up to the blank line. Returns what is behind it; whether it was there. */
static size_t add_headers(struct exchange *e, int layer, size_t at, bool *has_content_out)
{
    struct dissect_line l;

    *has_content_out = false;
    while (dissect_next_line(e->x, at, e->end, &l)) {
        struct span line = dissect_line_text(e->x, &l);
        at = l.end;
        if (line.len == 0 && l.text_end < l.end) {
            dissect_line(e->x, layer, "Blank line", &l,
                         "The header is over; behind it is the content, if there is any.");
            *has_content_out = true;
            return at;
        }
        if (dissect_header_name(line) > 0)
            add_header(e, layer, &l);
        else
            dissect_line(e->x, layer, "Line", &l, NULL);
    }
    return at;
}

/* ---- Content. */

/* A pair "subject=Lunch+on+Friday%3F", as it travels and as it was typed. */
static void add_pair(struct exchange *e, int layer, size_t at, size_t end, const char *meaning)
{
    struct span pair = dissect_span(e->x, at, end);

    if (pair.len > 0 && pair.at[pair.len - 1] == '&')
        pair.len--;
    char *plain = http_unescape(pair);
    GString *shown = g_string_new_len(pair.at, (gssize)pair.len);
    if (plain != NULL && !span_is(pair, span_of(plain)))
        g_string_append_printf(shown, " → %s", plain);
    if (meaning == NULL)
        meaning =
            span_starts_nocase(pair, SPAN("password="))
                ? "A password that was typed: whoever reads along knows it now."
                : "A field of the form and what was typed: + is a blank, % and two digits another character.";
    dissect_text(e->x, layer, "Form field", at, end - at, meaning, span_bytes(shown->str, shown->len));
    g_string_free(shown, TRUE);
    g_free(plain);
}

static void add_form(struct exchange *e, size_t at, size_t end, const char *continues)
{
    int layer = dissect_layer(e->x, "Form");

    while (at < end) {
        const uint8_t *mark = memchr(e->x->bytes + at, '&', end - at);
        size_t behind = mark != NULL ? (size_t)(mark - e->x->bytes) + 1 : end;
        add_pair(e, layer, at, behind, continues);
        continues = NULL;
        at = behind;
    }
}

static const struct dissect_word tags[] = {
    { "<!doctype", "A page of HTML begins.", NULL },
    { "<title", "What the window's head says.", NULL },
    { "<form", "What is typed here goes to the server when the button is pressed.", NULL },
    { "<input", "Something to type or to press.", NULL },
    { "<textarea", "A place to type several lines.", NULL },
    { "<button", "Something to press.", NULL },
    { "<img", "A picture: the browser asks for it with a request of its own.", NULL },
    { "<script", "A program for the browser, asked for with a request of its own if it has a src.", NULL },
    { "<link", "More that belongs to the page, asked for with a request of its own.", NULL },
    { "<a", "A link to another page.", NULL },
    { "<table", "A table.", NULL },
    { "<tr", "A row of a table.", NULL },
    { "<h1", "A heading.", NULL },
    { "<h2", "A heading.", NULL },
    { "<p", "A paragraph.", NULL },
    { "<!--", "A comment; nobody sees it.", NULL },
};

static const char *tag_meaning(struct span line)
{
    line = span_trim(line);
    size_t n = line.len > 0 && line.at[0] == '<' ? 1 : 0;
    while (n > 0 && n < line.len && (g_ascii_isalnum(line.at[n]) || line.at[n] == '!' || line.at[n] == '-'))
        n++;
    const struct dissect_word *tag = FIND(tags, span_bytes(line.at, n));
    return tag != NULL ? tag->meaning : NULL;
}

static void add_lines(struct exchange *e, const char *name, size_t at, size_t end, const char *continues)
{
    int layer = dissect_layer(e->x, name);
    struct dissect_line l;

    for (; dissect_next_line(e->x, at, end, &l); at = l.end) {
        dissect_line(e->x, layer, "Line", &l,
                     continues != NULL ? continues : tag_meaning(dissect_line_text(e->x, &l)));
        continues = NULL;
    }
}

static bool is_readable(const struct dissector *x, size_t at, size_t end)
{
    for (size_t i = at; i < end; i++)
        if (x->bytes[i] == 0x7f || (x->bytes[i] < 0x20 && memchr("\t\r\n\f", x->bytes[i], 4) == NULL))
            return false;
    return true;
}

/* What it is if nothing in this segment says so. */
static enum content guess_content(const struct dissector *x, size_t at, size_t end, bool from_server)
{
    size_t n = end - at;

    if (!is_readable(x, at, end))
        return CONTENT_OTHER;
    if (!from_server)
        return memchr(x->bytes + at, '\n', n) == NULL && memchr(x->bytes + at, ' ', n) == NULL &&
                       (memchr(x->bytes + at, '=', n) != NULL || memchr(x->bytes + at, '&', n) != NULL)
                   ? CONTENT_FORM
                   : CONTENT_TEXT;
    return memchr(x->bytes + at, '<', n) != NULL && memchr(x->bytes + at, '>', n) != NULL ? CONTENT_HTML
                                                                                          : CONTENT_TEXT;
}

/* `continues`: what to say of its beginning if that is not the content's; else NULL. */
static void add_content(struct exchange *e, size_t at, size_t end, const char *continues)
{
    if (at == end)
        return;
    switch (e->content) {
    case CONTENT_FORM:
        add_form(e, at, end, continues);
        break;
    case CONTENT_HTML:
        add_lines(e, "HTML", at, end, continues);
        break;
    case CONTENT_TEXT:
        add_lines(e, "Content", at, end, continues);
        break;
    case CONTENT_MESSAGE:
        dissect_message(e->x, at, end, continues != NULL ? DISSECT_FROM_MIDDLE : DISSECT_FROM_HEADER, NULL);
        break;
    case CONTENT_OTHER:
        dissect_rest(e->x, dissect_layer(e->x, "Content"), "Octets", at, end,
                     continues != NULL ? continues
                                       : "What was asked for: a picture, or whatever Content-Type says.");
        break;
    }
}

/* ---- Chunks (RFC 9112 §7.1). */

static bool is_chunk_line(struct span line, uint64_t *octets_out)
{
    struct span digits = span_trim(cut_behind(line, SPAN(";")));

    *octets_out = 0;
    if (digits.len == 0 || digits.len > CHUNK_DIGITS_MAX)
        return false;
    for (size_t i = 0; i < digits.len; i++) {
        if (!g_ascii_isxdigit(digits.at[i]))
            return false;
        *octets_out = *octets_out * 16 + (uint64_t)g_ascii_xdigit_value(digits.at[i]);
    }
    return true;
}

/* Returns what is behind the last of them. */
static size_t add_chunks(struct exchange *e, int layer, size_t at)
{
    const char *continues = NULL;
    struct dissect_line l;
    uint64_t octets;
    bool has_content;

    while (dissect_next_line(e->x, at, e->end, &l) && is_chunk_line(dissect_line_text(e->x, &l), &octets)) {
        dissect_line(e->x, layer, "Chunk size", &l,
                     octets > 0 ? "So many octets follow, in hexadecimal."
                                : "No octets: the content is over.");
        at = l.end;
        if (octets == 0)
            return add_headers(e, layer, at, &has_content); /* trailers */
        size_t behind = at + (size_t)MIN(octets, (uint64_t)(e->end - at));
        add_content(e, at, behind, continues);
        continues = "It continues the chunk before.";
        at = behind;
        if (!dissect_next_line(e->x, at, e->end, &l) || dissect_line_text(e->x, &l).len > 0)
            return at;
        dissect_line(e->x, layer, "Chunk end", &l, "The line end behind a chunk, which is not counted.");
        at = l.end;
    }
    return at;
}

/* ---- The whole. */

static size_t add_message(struct exchange *e, int layer, size_t at, bool from_server)
{
    struct dissect_line l;
    bool has_content, is_again;

    at = add_headers(e, layer, at, &has_content);
    if (!has_content || e->has_no_content)
        return at;
    if (e->is_chunked)
        return add_chunks(e, layer, at);
    if (!from_server && !e->has_length)
        return at;
    /* HEAD is answered with the length of what is not sent (RFC 9110 §9.3.2). */
    is_again = from_server && dissect_next_line(e->x, at, e->end, &l) &&
               is_status_line(dissect_line_text(e->x, &l));
    size_t end = e->has_length ? at + (size_t)MIN(e->length, (uint64_t)(e->end - at)) : e->end;
    if (is_again)
        return at;
    add_content(e, at, end, NULL);
    return end;
}

/* Content, or a header, that began in another segment; content up to the next answer, if there is one. */
static size_t add_middle(struct exchange *e, int layer, size_t at, bool from_server)
{
    struct dissect_line l, next;
    size_t end = e->end;
    uint64_t octets;

    if (!dissect_next_line(e->x, at, e->end, &l))
        return at;
    bool is_known = FIND(headers, span_bytes(e->x->bytes + l.at,
                                             dissect_header_name(dissect_line_text(e->x, &l)))) != NULL;
    bool has_known = dissect_next_line(e->x, l.end, e->end, &next) &&
                     FIND(headers, span_bytes(e->x->bytes + next.at,
                                              dissect_header_name(dissect_line_text(e->x, &next)))) != NULL;
    if (is_known)
        return add_message(e, layer, at, from_server);
    if (has_known) {
        dissect_line(e->x, layer, "Line", &l, dissect_continues);
        return add_message(e, layer, l.end, from_server);
    }
    for (size_t from = at; from_server && dissect_next_line(e->x, from, e->end, &next); from = next.end)
        if (from > at && is_status_line(dissect_line_text(e->x, &next))) {
            end = next.at;
            break;
        }
    e->content = guess_content(e->x, at, end, from_server);
    if (l.text_end < l.end && is_chunk_line(dissect_line_text(e->x, &l), &octets))
        return add_chunks(e, layer, at);
    add_content(e, at, end, dissect_continues);
    return end;
}

void dissect_http(struct dissector *x, size_t at, size_t end, bool from_server)
{
    int layer = dissect_layer(x, "HTTP");
    struct dissect_line l;

    while (dissect_next_line(x, at, end, &l)) {
        struct exchange e = { .x = x, .end = end };
        struct span line = dissect_line_text(x, &l);

        if (from_server && is_status_line(line)) {
            add_status_line(&e, layer, &l);
            at = add_message(&e, layer, l.end, from_server);
        } else if (!from_server && is_request_line(line)) {
            add_request_line(&e, layer, &l);
            at = add_message(&e, layer, l.end, from_server);
        } else {
            at = add_middle(&e, layer, at, from_server);
        }
    }
}

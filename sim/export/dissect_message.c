/* Messages for export/dissect.h: header fields (RFC 5322 §2.2), MIME parts (RFC 2046 §5.1), and bodies with
 * what they decode to (RFC 2045 §6). What the header says about the body is known only if it is in the same
 * segment; else the body's looks must do. */
#include "export/dissect_parts.h"
#include "mail/mime.h"
#include "mail/mime_decode.h"

enum {
    BOUNDARY_MAX = 70,   /* RFC 2046 §5.1.1 */
    DEPTH_MAX = 8,       /* parts within parts of which the boundaries are remembered */
    BASE64_LINE_MIN = 40 /* a word as long as that is none, if nothing said that it is base64 */
};

const char dissect_continues[] = "It continues what came before: a segment may begin anywhere in a stream.";
static const char is_stuffed[] =
    "The first dot was put there by the sender and will be taken away (RFC 5321 §4.5.2).";

/* What a part is, as far as it decides how its body reads. */
enum content { CONTENT_ANY, CONTENT_PARTS, CONTENT_MESSAGE, CONTENT_REPORT };

struct letter {
    struct dissector *x;
    int layer; /* of the message or of a part of it */
    size_t end;
    const char *dot;
    enum { IN_HEADER, IN_BODY } place;
    enum content content;
    bool is_encoding_known;
    bool in_base64; /* the line before looked like it, where nothing said so */
    enum mime_encoding encoding;
    struct span boundaries[DEPTH_MAX]; /* the innermost last */
    unsigned depth;
};

/* ---- Header fields. */

static const struct dissect_word headers[] = {
    { "From", "Who wrote it, as the letter says; nobody has checked that.", NULL },
    { "To", "Whom it is for, as the letter says; the envelope decides where it goes.", NULL },
    { "Cc", "Who gets a copy.", NULL },
    { "Bcc", "Who gets a copy that the others do not know of.", NULL },
    { "Subject", "What it is about.", NULL },
    { "Date", "When it was written.", NULL },
    { "Message-ID", "A name for this message that no other has.", NULL },
    { "Received", "A stamp by a server that took it in; the latest is on top.", NULL },
    { "Return-Path", "The envelope's sender, written down at delivery.", NULL },
    { "Sender", "Who sent it, where that is somebody else than who wrote it.", NULL },
    { "Reply-To", "Where answers should go.", NULL },
    { "In-Reply-To", "Which message it answers.", NULL },
    { "References", "The messages before it.", NULL },
    { "MIME-Version", "It follows the rules of MIME (RFC 2045).", NULL },
    { "Content-Type", "What the body is.", NULL },
    { "Content-Transfer-Encoding", "How the body is written so that it can travel.", NULL },
    { "Content-Disposition", "Whether to show it in its place or to keep it as a file, and under which name.",
      NULL },
    { "Content-ID", "A name for this part, by which another part can refer to it.", NULL },
    { "Content-Description", "What this part is, in words.", NULL },
    { "Auto-Submitted", "A program wrote it; do not answer by program.", NULL },
    /* Of reports about delivery (RFC 3464). */
    { "Reporting-MTA", "Which server reports.", NULL },
    { "Arrival-Date", "When the message came to that server.", NULL },
    { "Original-Recipient", "Whom the message was for, as the sender wrote it.", NULL },
    { "Final-Recipient", "Whom the message was for.", NULL },
    { "Action", "What became of it: failed, delayed, delivered, relayed, expanded.", NULL },
    { "Status", "The reason in three numbers: class, subject, detail (RFC 3463).", NULL },
    { "Remote-MTA", "Which server said so.", NULL },
    { "Diagnostic-Code", "What that server said.", NULL },
    { "Last-Attempt-Date", "When it was tried for the last time.", NULL },
    { "Will-Retry-Until", "So long the server goes on trying.", NULL },
};

static const struct dissect_word types[] = {
    { "multipart/", "Several parts; the boundary is the line between them.", NULL },
    { "message/rfc822", "A whole message, within this one.", NULL },
    { "message/delivery-status", "A report for programs: what became of which recipient (RFC 3464).", NULL },
    { "text/rfc822-headers", "The header of a message, within this one.", NULL },
    { "text/plain", "The body is text, in the characters that the charset names.", NULL },
    { "text/html", "The body is a page.", NULL },
    { "image/", "The body is a picture.", NULL },
};

static const struct dissect_word encodings[] = {
    { "base64", "base64: 3 octets become 4 characters of ASCII, so any octets can travel.", NULL },
    { "quoted-printable",
      "quoted-printable: most characters stand for themselves, others are = and two hexadecimal digits.",
      NULL },
    { "7bit", "7bit: as it is, short lines of ASCII.", NULL },
    { "8bit", "8bit: as it is, short lines with octets above 127 in them.", NULL },
    { "binary", "binary: as it is, any octets.", NULL },
};

static const struct dissect_word *find_header(struct span line)
{
    return dissect_find_word(headers, G_N_ELEMENTS(headers), span_bytes(line.at, dissect_header_name(line)));
}

static bool is_folded(const struct dissector *x, const struct dissect_line *l)
{
    return l->text_end > l->at && (x->bytes[l->at] == ' ' || x->bytes[l->at] == '\t');
}

static bool has_prefix_of(const struct dissect_word *w, struct span value)
{
    struct span name = span_of(w->name);

    return w->name[name.len - 1] == '/' || value.len == name.len
               ? span_starts_nocase(value, name)
               : span_starts_nocase(value, name) && strchr("; \t\r\n(", value.at[name.len]) != NULL;
}

static const struct dissect_word *find_value(const struct dissect_word *words, size_t n, struct span value)
{
    for (size_t i = 0; i < n; i++)
        if (has_prefix_of(&words[i], value))
            return &words[i];
    return NULL;
}

/* ---- What a header says about the body. */

/* The value of a boundary parameter, without its quotes; empty: there is none. */
static struct span find_boundary(struct span type)
{
    static const char name[] = "boundary=";

    for (size_t i = 1; i + sizeof name - 1 < type.len; i++) {
        struct span rest = span_bytes(type.at + i, type.len - i);
        if (!span_starts_nocase(rest, span_of(name)) || strchr("; \t\n", type.at[i - 1]) == NULL)
            continue;
        rest = span_bytes(rest.at + sizeof name - 1, rest.len - (sizeof name - 1));
        bool is_quoted = rest.len > 0 && rest.at[0] == '"';
        if (is_quoted)
            rest = span_bytes(rest.at + 1, rest.len - 1);
        size_t n = 0;
        while (n < rest.len && strchr(is_quoted ? "\"\r\n" : "; \t\r\n", rest.at[n]) == NULL)
            n++;
        return span_bytes(rest.at, n <= BOUNDARY_MAX ? n : 0);
    }
    return SPAN("");
}

static void note_type(struct letter *m, struct span value)
{
    const struct dissect_word *type = find_value(types, G_N_ELEMENTS(types), value);

    m->content = CONTENT_ANY;
    if (type == NULL)
        return;
    if (strcmp(type->name, "multipart/") == 0) {
        struct span boundary = find_boundary(value);
        m->content = CONTENT_PARTS;
        if (boundary.len > 0 && m->depth < DEPTH_MAX)
            m->boundaries[m->depth++] = boundary;
    } else if (strcmp(type->name, "message/rfc822") == 0 || strcmp(type->name, "text/rfc822-headers") == 0) {
        m->content = CONTENT_MESSAGE;
    } else if (strcmp(type->name, "message/delivery-status") == 0) {
        m->content = CONTENT_REPORT;
    }
}

static void note_encoding(struct letter *m, struct span value)
{
    m->is_encoding_known = true;
    m->encoding = span_starts_nocase(value, SPAN("base64"))             ? MIME_BASE64
                  : span_starts_nocase(value, SPAN("quoted-printable")) ? MIME_QUOTED_PRINTABLE
                                                                        : MIME_7BIT;
}

/* A header begins: what it does not say has its default (RFC 2045 §5.2, §6.1). */
static void begin_header(struct letter *m, const char *layer)
{
    m->layer = dissect_layer(m->x, layer);
    m->place = IN_HEADER;
    m->content = CONTENT_ANY;
    m->is_encoding_known = true;
    m->encoding = MIME_7BIT;
}

/* Encoded-words (RFC 2047) are shown as they travel, and as what they stand for. */
static void add_value(struct letter *m, const char *name, size_t at, size_t end, const char *meaning,
                      struct span value)
{
    GString *shown;

    if (value.len < 6 || g_strstr_len(value.at, (gssize)value.len, "=?") == NULL) {
        dissect_text(m->x, m->layer, name, at, end - at, meaning, value);
        return;
    }
    shown = g_string_new_len(value.at, (gssize)value.len);
    g_string_append(shown, " → ");
    mime_header_text(value, shown);
    dissect_text(m->x, m->layer, name, at, end - at,
                 "A header is of ASCII: =?charset?encoding?text?= stands for other characters (RFC 2047).",
                 span_bytes(shown->str, shown->len));
    g_string_free(shown, TRUE);
}

/* A header field with the lines that it goes on in (RFC 5322 §2.2.3). Returns what is behind it. */
static size_t add_header(struct letter *m, const struct dissect_line *first)
{
    struct dissector *x = m->x;
    struct dissect_line last = *first, l;
    struct span line = dissect_line_text(x, first);
    size_t name = dissect_header_name(line);
    const struct dissect_word *known = find_header(line), *more = NULL;

    while (dissect_next_line(x, last.end, m->end, &l) && is_folded(x, &l))
        last = l;
    struct span value = span_trim(
        dissect_span(x, first->at + name + 1, MAX(first->at + name + 1, last.text_end)));
    if (known == NULL) {
        add_value(m, "Header field", first->at, last.end, NULL, dissect_span(x, first->at, last.text_end));
        return last.end;
    }
    if (strcmp(known->name, "Content-Type") == 0) {
        note_type(m, value);
        more = find_value(types, G_N_ELEMENTS(types), value);
    } else if (strcmp(known->name, "Content-Transfer-Encoding") == 0) {
        note_encoding(m, value);
        more = find_value(encodings, G_N_ELEMENTS(encodings), value);
    }
    add_value(m, known->name, first->at, last.end, more != NULL ? more->meaning : known->meaning, value);
    return last.end;
}

/* ---- Boundaries. */

/* What is behind the two hyphens of a line that may be one, closing hyphens and all; empty: it is none. */
static struct span boundary_text(struct span line)
{
    bool has_word = false;

    line = span_trim(line); /* RFC 2046 §5.1.1: blanks behind it were added on the way */
    if (line.len < 3 || line.len > BOUNDARY_MAX + 4 || line.at[0] != '-' || line.at[1] != '-')
        return SPAN("");
    for (size_t i = 2; i < line.len; i++) {
        if (line.at[i] < 0x20 || line.at[i] >= 0x7f)
            return SPAN("");
        has_word |= g_ascii_isalnum(line.at[i]);
    }
    return has_word ? span_bytes(line.at + 2, line.len - 2) : SPAN("");
}

static bool is_closed(struct span text)
{
    return text.len > 2 && text.at[text.len - 1] == '-' && text.at[text.len - 2] == '-';
}

/* How deep the boundary of that line lies: from 1; 0: it is none of those that are known. */
static unsigned find_depth(const struct letter *m, struct span text, bool *closes_out)
{
    for (unsigned i = m->depth; i > 0; i--) {
        struct span b = m->boundaries[i - 1];
        bool is_open = span_is(text, b);
        if (is_open || (text.len == b.len + 2 && is_closed(text) && span_is(span_bytes(text.at, b.len), b))) {
            *closes_out = !is_open;
            return i;
        }
    }
    return 0;
}

/* The header that told the boundary may have been in another segment. Then a line of that form is one if a
 * part's header follows, or if it has hyphens at its end as well and no blank in it. */
static bool looks_like_boundary(const struct letter *m, const struct dissect_line *l, struct span text)
{
    struct dissect_line next;

    if (m->is_encoding_known && m->content != CONTENT_PARTS)
        return false;
    if (is_closed(text))
        return memchr(text.at, ' ', text.len) == NULL;
    return dissect_next_line(m->x, l->end, m->end, &next) &&
           span_starts_nocase(dissect_line_text(m->x, &next), SPAN("Content-"));
}

static bool add_boundary(struct letter *m, const struct dissect_line *l)
{
    struct span text = boundary_text(dissect_line_text(m->x, l));
    bool closes = is_closed(text);
    unsigned depth = text.len > 0 ? find_depth(m, text, &closes) : 0;

    if (depth == 0 && (text.len == 0 || !looks_like_boundary(m, l, text)))
        return false;
    if (closes) {
        m->layer = dissect_layer(m->x, "MIME part");
        dissect_line(m->x, m->layer, "Last boundary", l,
                     "Two hyphens at the end as well: there are no more parts.");
        m->place = IN_BODY;
        m->content = CONTENT_PARTS; /* of the part around it, or what nobody reads */
        m->is_encoding_known = depth > 0;
        m->encoding = MIME_7BIT;
        m->depth = depth > 0 ? depth - 1 : m->depth;
    } else {
        begin_header(m, "MIME part");
        dissect_line(
            m->x, m->layer, "Boundary", l,
            "The line between parts, as Content-Type told it, with two hyphens in front: a part begins.");
        m->depth = depth > 0 ? depth : m->depth;
    }
    return true;
}

/* ---- Bodies. */

static bool has_escapes(struct span line)
{
    for (size_t i = 0; i + 6 <= line.len; i++)
        if (line.at[i] == '=' && g_ascii_isxdigit(line.at[i + 1]) && g_ascii_isxdigit(line.at[i + 2]) &&
            line.at[i + 3] == '=' && g_ascii_isxdigit(line.at[i + 4]) && g_ascii_isxdigit(line.at[i + 5]))
            return true;
    return line.len > BASE64_LINE_MIN && line.at[line.len - 1] == '=';
}

/* Lines of base64 are whole groups of four, so that one that was cut in front is counted from its end, and
 * one that was cut behind from its beginning. */
static struct span whole_groups(const struct dissect_line *l, struct span line, bool is_cut)
{
    size_t extra = line.len % 4;

    if (extra > 0 && is_cut && l->text_end < l->end)
        return span_bytes(line.at + extra, line.len - extra);
    if (extra > 0 && l->text_end == l->end)
        return span_bytes(line.at, line.len - extra);
    return line;
}

/* Where nothing said so: a long word of that alphabet, or what stands beside one. */
static bool looks_like_base64(const struct letter *m, const struct dissect_line *l, struct span line,
                              bool is_cut)
{
    bool is_beside = m->in_base64;
    struct dissect_line next;

    if (is_cut && dissect_next_line(m->x, l->end, m->end, &next) &&
        next.text_end - next.at >= BASE64_LINE_MIN)
        is_beside = dissect_is_base64(dissect_line_text(m->x, &next));
    return (is_beside || line.len >= BASE64_LINE_MIN) && dissect_is_base64(whole_groups(l, line, is_cut));
}

static enum mime_encoding line_encoding(struct letter *m, const struct dissect_line *l, struct span line,
                                        bool is_cut)
{
    if (m->is_encoding_known)
        return m->content == CONTENT_PARTS ? MIME_7BIT : m->encoding;
    m->in_base64 = looks_like_base64(m, l, line, is_cut);
    return m->in_base64 ? MIME_BASE64 : has_escapes(line) ? MIME_QUOTED_PRINTABLE : MIME_7BIT;
}

static void add_base64_line(struct letter *m, const struct dissect_line *l, struct span line, bool is_cut)
{
    GString *decoded = g_string_new(NULL);

    dissect_base64_decode(whole_groups(l, line, is_cut), decoded);
    dissect_encoded(
        m->x, m->layer, "base64", l->at, l->end - l->at,
        is_cut ? "It continues what came before. base64: 3 octets become 4 characters (RFC 2045 §6.8)."
               : "base64: 3 octets become 4 characters (RFC 2045 §6.8).",
        line, decoded);
    g_string_free(decoded, TRUE);
}

static void add_quoted_line(struct letter *m, const struct dissect_line *l, struct span line,
                            const char *meaning)
{
    GString *decoded = g_string_new(NULL);
    struct span rest = line;
    struct mime_qp piece;

    while (mime_qp_next(&rest, &piece)) {
        if (piece.kind == MIME_QP_ESCAPE)
            g_string_append_c(decoded, (char)piece.octet);
        else if (piece.kind == MIME_QP_PLAIN || piece.kind == MIME_QP_WRONG)
            g_string_append_len(decoded, piece.raw.at, (gssize)piece.raw.len);
    }
    dissect_encoded(m->x, m->layer, "quoted-printable", l->at, l->end - l->at,
                    meaning != NULL
                        ? meaning
                        : "quoted-printable: = and two hexadecimal digits are an octet; = at the end of "
                          "a line joins it to the next (RFC 2045 §6.7).",
                    line, decoded);
    g_string_free(decoded, TRUE);
}

static void add_body_line(struct letter *m, const struct dissect_line *l, bool is_first)
{
    struct span line = dissect_line_text(m->x, l), text = line;
    const char *meaning = is_first ? dissect_continues : NULL;

    if (m->dot != NULL && line.len > 1 && line.at[0] == '.') {
        meaning = is_stuffed;
        text = span_bytes(line.at + 1, line.len - 1);
    }
    switch (line_encoding(m, l, text, is_first)) {
    case MIME_BASE64:
        if (text.len > 0) {
            add_base64_line(m, l, text, is_first);
            return;
        }
        break;
    case MIME_QUOTED_PRINTABLE:
        if (text.len > 0 && memchr(text.at, '=', text.len) != NULL) {
            add_quoted_line(m, l, text, meaning);
            return;
        }
        break;
    case MIME_7BIT:
    case MIME_8BIT:
    case MIME_BINARY:
    case MIME_UNKNOWN:
        break;
    }
    dissect_line(m->x, m->layer, "Line", l, meaning);
}

static void end_header(struct letter *m, const struct dissect_line *l)
{
    dissect_line(m->x, m->layer, "Blank line", l, "Between the header and the body.");
    m->place = IN_BODY;
    if (m->content == CONTENT_MESSAGE)
        begin_header(m, "Message");
}

/* ---- The whole. */

/* The first lines of a segment may be anything. It is a header if a field that is known stands there, or
 * behind a line that was cut. */
static void find_place(struct letter *m, size_t at)
{
    struct dissect_line first, next;
    bool has_next;

    if (!dissect_next_line(m->x, at, m->end, &first))
        return;
    has_next = dissect_next_line(m->x, first.end, m->end, &next);
    while (has_next && is_folded(m->x, &next))
        has_next = dissect_next_line(m->x, next.end, m->end, &next);
    m->place = IN_BODY;
    if (find_header(dissect_line_text(m->x, &first)) != NULL) {
        begin_header(m, "Message");
    } else if (has_next && find_header(dissect_line_text(m->x, &next)) != NULL) {
        begin_header(m, "Message");
        m->is_encoding_known = false; /* it may have been in the fields before */
    }
}

static size_t add_line(struct letter *m, const struct dissect_line *l, bool is_first)
{
    struct span line = dissect_line_text(m->x, l);

    if (add_boundary(m, l))
        return l->end;
    if (m->place == IN_HEADER && dissect_header_name(line) > 0)
        return add_header(m, l);
    if (m->place == IN_HEADER && line.len == 0) {
        end_header(m, l);
    } else if (m->place == IN_BODY && m->content == CONTENT_REPORT && dissect_header_name(line) > 0) {
        return add_header(m, l);
    } else {
        /* In the header there is a line that is none of it. */
        if (m->place == IN_HEADER && !is_first && !is_folded(m->x, l))
            m->place = IN_BODY;
        add_body_line(m, l, is_first);
    }
    return l->end;
}

size_t dissect_message(struct dissector *x, size_t at, size_t end, enum dissect_from from, const char *dot)
{
    struct letter m = { .x = x, .layer = dissect_layer(x, "Message"), .end = end, .dot = dot };
    bool is_first = from == DISSECT_FROM_MIDDLE;
    struct dissect_line l;

    mime_start();
    if (from == DISSECT_FROM_HEADER)
        begin_header(&m, "Message");
    else if (from == DISSECT_FROM_BODY)
        m.place = IN_BODY;
    else
        find_place(&m, at);
    while (dissect_next_line(x, at, end, &l)) {
        struct span line = dissect_line_text(x, &l);

        if (dot != NULL && span_is(line, SPAN(".")) && l.end > l.text_end) {
            dissect_line(x, dissect_layer(x, dot), "End of data", &l,
                         "A line that is a single dot: the message is over.");
            return l.end;
        }
        at = add_line(&m, &l, is_first);
        is_first = false;
    }
    return at;
}

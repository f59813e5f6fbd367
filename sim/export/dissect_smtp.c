/* SMTP for export/dissect.h: commands and replies (RFC 5321 §4.1, §4.2), and between them the message (RFC
 * 5322 §2). A segment is seen alone, so what it is has to be read from its lines. */
#include "export/dissect_parts.h"

enum { VERB_LEN = 4, HEADER_NAME_MAX = 76 };

struct line {
    size_t at, text_end,
        end; /* `end` behind its CR LF; text_end == end if the segment ends within the line */
};

static bool next_line(const struct dissector *x, size_t at, size_t end, struct line *out)
{
    if (at >= end)
        return false;
    const uint8_t *feed = memchr(x->bytes + at, '\n', end - at);
    out->at = at;
    out->end = feed != NULL ? (size_t)(feed - x->bytes) + 1 : end;
    out->text_end = feed != NULL ? out->end - 1 : end;
    if (feed != NULL && out->text_end > at && x->bytes[out->text_end - 1] == '\r')
        out->text_end--;
    return true;
}

static struct span text_of(const struct dissector *x, const struct line *l)
{
    return dissect_span(x, l->at, l->text_end);
}

void dissect_lines(struct dissector *x, const char *name, size_t at, size_t end)
{
    int layer = dissect_layer(x, name);
    struct line l;

    for (; next_line(x, at, end, &l); at = l.end)
        dissect_text(x, layer, "Line", l.at, l.end - l.at, NULL, text_of(x, &l));
}

/* ---- Commands. */

static const struct {
    char name[VERB_LEN + 1];
    const char *meaning, *argument;
} verbs[] = {
    { "EHLO", "Good day, and tell me what you can do beyond the basics.", "Who the client says that it is." },
    { "HELO", "Good day.", "Who the client says that it is." },
    { "MAIL", "A mail begins: its sender for the envelope.",
      "Reports about the mail go to this address; it need not be the one inside the letter." },
    { "RCPT", "One recipient for the envelope; one such command for each.", "Whom the mail is for." },
    { "DATA", "Now the message itself.", NULL },
    { "RSET", "Forget the mail that has begun.", NULL },
    { "NOOP", "Are you still there?", NULL },
    { "QUIT", "That is all.", NULL },
    { "VRFY", "Is there such a user?", "Which user." },
    { "EXPN", "Who is on that list?", "Which list." },
    { "HELP", "Which commands are there?", NULL },
    { "AUTH", "Let me prove who I am.", NULL },
    { "BDAT", "So many octets of the message follow.", NULL },
};

/* Its row, or -1: no command. */
static int find_verb(struct span line)
{
    if (line.len < VERB_LEN || (line.len > VERB_LEN && line.at[VERB_LEN] != ' '))
        return -1;
    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++)
        if (g_ascii_strncasecmp(line.at, verbs[i].name, VERB_LEN) == 0)
            return (int)i;
    return -1;
}

static void add_command(struct dissector *x, const struct line *l, int verb)
{
    int layer = dissect_layer(x, "SMTP");
    size_t verb_end = l->at + VERB_LEN;

    if (l->text_end <= verb_end + 1) {
        dissect_text(x, layer, "Command", l->at, l->end - l->at, verbs[verb].meaning,
                     dissect_span(x, l->at, verb_end));
        return;
    }
    dissect_text(x, layer, "Command", l->at, VERB_LEN, verbs[verb].meaning, dissect_span(x, l->at, verb_end));
    dissect_text(x, layer, "Argument", verb_end, l->end - verb_end, verbs[verb].argument,
                 dissect_span(x, verb_end + 1, l->text_end));
}

/* ---- Replies. */

static bool is_code(struct span line)
{
    return line.len >= 3 && line.at[0] >= '2' && line.at[0] <= '5' && g_ascii_isdigit(line.at[1]) &&
           g_ascii_isdigit(line.at[2]) && (line.len == 3 || line.at[3] == ' ' || line.at[3] == '-');
}

/* The length of an enhanced status ("2.1.0", RFC 3463 §2) at the start of a text. */
static size_t status_len(struct span text)
{
    size_t len = 0;

    for (int part = 0; part < 3; part++) {
        size_t digits = 0;
        if (part > 0 && (len >= text.len || text.at[len++] != '.'))
            return 0;
        for (; len < text.len && g_ascii_isdigit(text.at[len]); len++)
            digits++;
        if (digits == 0 || digits > 3)
            return 0;
    }
    return len < text.len && text.at[len] != ' ' ? 0 : len;
}

static const char *code_meaning(char first)
{
    switch (first) {
    case '2':
        return "2xx: done.";
    case '3':
        return "3xx: go on.";
    case '4':
        return "4xx: not now; try again later.";
    default:
        return "5xx: no; trying again will not help.";
    }
}

static void add_reply(struct dissector *x, int layer, const struct line *l)
{
    struct span line = text_of(x, l);

    if (!is_code(line)) {
        dissect_text(x, layer, "Line", l->at, l->end - l->at, NULL, line);
        return;
    }
    bool goes_on = line.len > 3 && line.at[3] == '-';
    size_t at = l->at + MIN(4, line.len);
    size_t status = status_len(dissect_span(x, at, l->text_end));
    dissect_text(x, layer, "Code", l->at, line.len > 4 ? 4 : l->end - l->at, code_meaning(line.at[0]),
                 span_bytes(line.at, 3));
    if (line.len <= 4)
        return;
    if (status > 0) {
        bool is_all = at + status >= l->text_end;
        dissect_text(x, layer, "Status", at, is_all ? l->end - at : status,
                     "Class, subject and detail of the code (RFC 3463).", dissect_span(x, at, at + status));
        if (is_all)
            return;
        at += status;
    }
    size_t words = at + (status > 0 ? 1 : 0);
    dissect_text(x, layer, "Text", at, l->end - at,
                 goes_on ? "For people; the hyphen behind the code says that more lines of this reply follow."
                         : "For people; programs look at the code.",
                 dissect_span(x, words, l->text_end));
}

/* ---- The message. */

static const struct {
    const char *name, *meaning;
} headers[] = {
    { "From", "Who wrote it, as the letter says; nobody has checked that." },
    { "To", "Whom it is for, as the letter says; the envelope decides where it goes." },
    { "Cc", "Who gets a copy." },
    { "Subject", "What it is about." },
    { "Date", "When it was written." },
    { "Message-ID", "A name for this message that no other has." },
    { "Received", "A stamp by a server that took it in; the latest is on top." },
    { "Return-Path", "The envelope's sender, written down at delivery." },
    { "Reply-To", "Where answers should go." },
    { "In-Reply-To", "Which message it answers." },
    { "References", "The messages before it." },
    { "MIME-Version", "It follows the rules of MIME (RFC 2045)." },
    { "Content-Type", "What the body is." },
    { "Content-Transfer-Encoding", "How the body is written so that it can travel." },
    { "Auto-Submitted", "A program wrote it; do not answer by program." },
};

/* The length of a header field's name, its colon behind it; 0: it is none. */
static size_t header_name(struct span line)
{
    size_t n = 0;

    while (n < line.len && n < HEADER_NAME_MAX && line.at[n] > 0x20 && line.at[n] < 0x7f && line.at[n] != ':')
        n++;
    return n < line.len && line.at[n] == ':' ? n : 0;
}

static bool is_folded(const struct dissector *x, const struct line *l)
{
    return l->text_end > l->at && (x->bytes[l->at] == ' ' || x->bytes[l->at] == '\t');
}

/* A header field with the lines that it goes on in (RFC 5322 §2.2.3). Returns what is behind it. */
static size_t add_header(struct dissector *x, int layer, const struct line *first, size_t end)
{
    struct line last = *first, l;
    struct span name = span_bytes(x->bytes + first->at, header_name(text_of(x, first)));

    while (next_line(x, last.end, end, &l) && is_folded(x, &l))
        last = l;
    for (size_t i = 0; i < G_N_ELEMENTS(headers); i++)
        if (span_is_nocase(name, span_of(headers[i].name))) {
            struct span value = span_trim(dissect_span(x, first->at + name.len + 1, last.text_end));
            dissect_text(x, layer, headers[i].name, first->at, last.end - first->at, headers[i].meaning,
                         value);
            return last.end;
        }
    dissect_text(x, layer, "Header field", first->at, last.end - first->at, NULL,
                 dissect_span(x, first->at, last.text_end));
    return last.end;
}

static void add_body_line(struct dissector *x, int layer, const struct line *l)
{
    struct span line = text_of(x, l);
    bool is_stuffed = line.len > 1 && line.at[0] == '.';

    dissect_text(x, layer, "Line", l->at, l->end - l->at,
                 is_stuffed
                     ? "The first dot was put there by the sender and will be taken away (RFC 5321 §4.5.2)."
                     : NULL,
                 line);
}

/* From a line that is no command, up to the lone dot or the segment's end. Returns what is behind it. */
static size_t add_message(struct dissector *x, size_t at, size_t end)
{
    int layer = dissect_layer(x, "Message");
    struct line l;
    bool in_header = next_line(x, at, end, &l) && header_name(text_of(x, &l)) > 0;

    while (next_line(x, at, end, &l)) {
        struct span line = text_of(x, &l);
        if (line.len == 1 && line.at[0] == '.' && l.end > l.text_end) {
            dissect_text(x, dissect_layer(x, "SMTP"), "End of data", l.at, l.end - l.at,
                         "A line that is a single dot: the message is over.", line);
            return l.end;
        }
        at = l.end;
        if (in_header && header_name(line) > 0) {
            at = add_header(x, layer, &l, end);
        } else if (in_header && line.len == 0) {
            dissect_text(x, layer, "Blank line", l.at, l.end - l.at, "Between the header and the body.",
                         line);
            in_header = false;
        } else {
            in_header = false;
            add_body_line(x, layer, &l);
        }
    }
    return at;
}

void dissect_smtp(struct dissector *x, size_t at, size_t end, bool from_server)
{
    int layer = dissect_layer(x, "SMTP");
    struct line l;

    while (next_line(x, at, end, &l)) {
        int verb = find_verb(text_of(x, &l));
        if (from_server)
            add_reply(x, layer, &l);
        else if (verb >= 0)
            add_command(x, &l, verb);
        at = from_server || verb >= 0 ? l.end : add_message(x, at, end);
    }
}

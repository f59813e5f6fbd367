/* POP3 for export/dissect.h (RFC 1939, CAPA: RFC 2449): commands; replies, and behind a reply what it tells
 * of: a listing or a message. Which command a reply is to cannot be seen in its segment, so a listing is
 * known by its lines. */
#include "export/dissect_parts.h"

enum { UID_MAX = 70 /* octets of a unique id (RFC 1939 §7) */ };

/* ---- Commands. */

static const struct dissect_word verbs[] = {
    { "USER", "My name is this; the password follows.", "Whose mailbox." },
    { "PASS", "This is my password.", "The password: whoever reads along knows it now." },
    { "APOP", "I know the password, and prove it without saying it.",
      "Whose mailbox, and MD5 of the greeting's stamp and the password (RFC 1939 §7)." },
    { "AUTH", "Let me prove who I am.", "The mechanism: how that is to be done." },
    { "STAT", "How many messages are there, and how many octets are they?", NULL },
    { "LIST", "How many octets does each message have?", "Only of the message with this number." },
    { "UIDL", "What is each message's unique id? It stays the same, numbers do not.",
      "Only of the message with this number." },
    { "RETR", "Send me that message.", "The number of the message, in this session." },
    { "TOP", "Send me that message's header, and so many lines of its body.",
      "The number of the message, and how many lines." },
    { "DELE", "Mark that message as deleted; it goes at QUIT.",
      "The number of the message, in this session." },
    { "RSET", "Nothing is marked as deleted any more.", NULL },
    { "NOOP", "Are you still there?", NULL },
    { "CAPA", "What can you do?", NULL },
    { "STLS", "Let us go on encrypted.", NULL },
    { "QUIT", "That is all. Only now marked messages are deleted.", NULL },
};

static void add_command(struct dissector *x, int layer, const struct dissect_line *l, bool is_alone)
{
    struct dissect_cut c = dissect_cut(x, layer, l);
    const struct dissect_word *verb = dissect_find_word(verbs, G_N_ELEMENTS(verbs), dissect_cut_word(&c));

    if (verb != NULL) {
        dissect_cut_take(&c, "Command", dissect_cut_word(&c), verb->meaning);
        if (!dissect_cut_is_done(&c))
            dissect_cut_all(&c, "Argument", verb->argument);
    } else if (is_alone && dissect_is_answer(x, l, l->end)) {
        dissect_answer(&c, "Answer", dissect_proof);
    } else {
        dissect_line(x, layer, "Line", l, "No command of POP3, or the rest of one that began before.");
    }
}

/* ---- Replies. */

static bool is_status(struct span line)
{
    struct span word = span_take_word(&line);

    return span_is_nocase(word, SPAN("+OK")) || span_is_nocase(word, SPAN("-ERR"));
}

/* "2 320" */
static bool is_two_numbers(struct span text)
{
    struct span word = span_take_word(&text);
    uint64_t n;

    return span_number(word, UINT32_MAX, &n) && span_number(text, UINT32_MAX, &n);
}

/* "2 QhdPYR:00WBw1Ph7x7": a number and a word of printable characters, with a digit, or it may be one of a
 * language. */
static bool is_unique_id(struct span text)
{
    struct span word = span_take_word(&text);
    bool has_digit = false;
    uint64_t n;

    if (!span_number(word, UINT32_MAX, &n) || text.len == 0 || text.len > UID_MAX)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] <= 0x20 || text.at[i] >= 0x7f)
            return false;
        has_digit |= g_ascii_isdigit(text.at[i]);
    }
    return has_digit;
}

static void add_status(struct dissector *x, int layer, const struct dissect_line *l)
{
    struct dissect_cut c = dissect_cut(x, layer, l);
    struct span word = dissect_cut_word(&c), rest;
    bool ok = word.at[0] == '+';
    const char *meaning = "For people; programs look at +OK and -ERR.";

    dissect_cut_take(&c, "Status", word, ok ? "Done." : "No; the text says why.");
    if (dissect_cut_is_done(&c))
        return;
    rest = dissect_cut_rest(&c);
    if (!ok && rest.at[0] == '[' && memchr(rest.at, ']', rest.len) != NULL) {
        dissect_cut_take(&c, "Response code",
                         span_bytes(rest.at, (size_t)((char *)memchr(rest.at, ']', rest.len) + 1 - rest.at)),
                         "The reason as a word for programs (RFC 2449 §8).");
        if (dissect_cut_is_done(&c))
            return;
    } else if (ok && is_two_numbers(rest)) {
        meaning =
            "After STAT: how many messages, and their octets in all. After LIST: one message, and its octets.";
    } else if (ok && is_unique_id(rest)) {
        meaning = "The number of a message, and more of it: after UIDL its unique id.";
    } else if (ok && memchr(rest.at, '<', rest.len) != NULL && memchr(rest.at, '>', rest.len) != NULL) {
        meaning = "For people; the stamp in angle brackets is for APOP: it makes each proof a new one.";
    }
    dissect_cut_all(&c, "Text", meaning);
}

/* ---- Listings. */

static const struct dissect_word capabilities[] = {
    { "TOP", "It sends a message's first lines.", NULL },
    { "USER", "Clients may log in by USER and PASS.", NULL },
    { "SASL", "Clients may log in by AUTH, with these mechanisms.", NULL },
    { "UIDL", "It tells unique ids, so that mail can be left on the server.", NULL },
    { "PIPELINING", "Commands need not wait for the replies to those before them.", NULL },
    { "RESP-CODES", "-ERR may have a word in square brackets behind it, for programs.", NULL },
    { "AUTH-RESP-CODE", "It says in such a word whether the login or the server is at fault.", NULL },
    { "EXPIRE", "So many days mail is kept there.", NULL },
    { "LOGIN-DELAY", "So many seconds there must be from one login to the next.", NULL },
    { "STLS", "The rest of the connection may be encrypted.", NULL },
    { "IMPLEMENTATION", "What the server's program is called.", NULL },
};

enum listing { NO_LISTING, LISTING, UNIQUE_IDS, CAPABILITIES };

static enum listing find_listing(struct span line)
{
    struct span rest = line;

    if (is_two_numbers(line))
        return LISTING;
    if (is_unique_id(line))
        return UNIQUE_IDS;
    return dissect_find_word(capabilities, G_N_ELEMENTS(capabilities), span_take_word(&rest)) != NULL
               ? CAPABILITIES
               : NO_LISTING;
}

/* Where no reply said so: a letter has lines with a number in front, too, so two lines have to say it. Of the
 * first one only its end may be there. */
static enum listing find_rest_of_listing(const struct dissector *x, const struct dissect_line *first,
                                         size_t end)
{
    struct span line = dissect_line_text(x, first);
    enum listing kind = find_listing(line), kind_next;
    bool is_word = line.len > 0 && memchr(line.at, ' ', line.len) == NULL;
    struct dissect_line next;

    if (!dissect_next_line(x, first->end, end, &next) || span_is(dissect_line_text(x, &next), SPAN(".")))
        return kind == LISTING ? LISTING : NO_LISTING;
    kind_next = find_listing(dissect_line_text(x, &next));
    return kind_next != CAPABILITIES && (kind == kind_next || is_word) ? kind_next : NO_LISTING;
}

static void add_listed(struct dissector *x, int layer, const struct dissect_line *l, enum listing kind)
{
    struct dissect_cut c = dissect_cut(x, layer, l);

    if (kind == CAPABILITIES) {
        const struct dissect_word *w = dissect_find_word(capabilities, G_N_ELEMENTS(capabilities),
                                                         dissect_cut_word(&c));
        dissect_cut_all(&c, "Capability", w != NULL ? w->meaning : NULL);
        return;
    }
    dissect_cut_take(&c, "Message number", dissect_cut_word(&c), "Counted from 1, in this session only.");
    if (!dissect_cut_is_done(&c))
        dissect_cut_all(&c, kind == LISTING ? "Octets" : "Unique id",
                        kind == LISTING ? "The size of the message as it would be sent."
                                        : "A name that the message keeps from session to session.");
}

/* Up to its dot, or as far as its lines go on in its manner. Returns what is behind it. */
static size_t add_listing(struct dissector *x, int layer, size_t at, size_t end, enum listing kind)
{
    struct dissect_line l;

    while (dissect_next_line(x, at, end, &l)) {
        struct span line = dissect_line_text(x, &l);

        if (span_is(line, SPAN("."))) {
            dissect_line(x, layer, "End of list", &l, "A line that is a single dot: the list is over.");
            return l.end;
        }
        if (is_status(line))
            return at;
        if (kind == CAPABILITIES || g_ascii_isdigit(line.len > 0 ? line.at[0] : ' '))
            add_listed(x, layer, &l, kind);
        else
            dissect_line(x, layer, "Line", &l, NULL);
        at = l.end;
    }
    return at;
}

/* ---- The whole. */

/* What a server says behind a status, or what continues from before. */
static size_t add_data(struct dissector *x, int layer, size_t at, size_t end, bool is_first)
{
    struct dissect_line l;
    enum listing kind = NO_LISTING;

    if (!dissect_next_line(x, at, end, &l))
        return at;
    if (span_is(dissect_line_text(x, &l), SPAN(".")) && l.text_end < l.end) {
        /* What it ends was nothing, or is in another segment. */
        dissect_line(x, layer, "End of data", &l,
                     "A line that is a single dot: the list or the message is over.");
        return l.end;
    }
    kind = is_first ? find_rest_of_listing(x, &l, end) : find_listing(dissect_line_text(x, &l));
    if (kind != NO_LISTING)
        return add_listing(x, layer, at, end, kind);
    return dissect_message(x, at, end, is_first ? DISSECT_FROM_MIDDLE : DISSECT_FROM_HEADER, "POP3");
}

void dissect_pop3(struct dissector *x, size_t at, size_t end, bool from_server)
{
    int layer = dissect_layer(x, "POP3");
    size_t begin = at;
    struct dissect_line l;

    while (dissect_next_line(x, at, end, &l)) {
        if (from_server && !is_status(dissect_line_text(x, &l))) {
            at = add_data(x, layer, at, end, at == begin);
            continue;
        }
        if (from_server)
            add_status(x, layer, &l);
        else
            add_command(x, layer, &l, at == begin && l.end == end);
        at = l.end;
    }
}

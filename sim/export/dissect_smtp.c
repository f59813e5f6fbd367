/* SMTP for export/dissect.h, between servers and as submission: commands and replies (RFC 5321 §4.1, §4.2),
 * AUTH (RFC 4954), and between them the message. A segment is seen alone, so what it is has to be read from
 * its lines. */
#include "export/dissect_parts.h"

enum { CODE_LEN = 3 };

/* ---- Commands. */

static const struct dissect_word verbs[] = {
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
    { "AUTH", "Let me prove who I am.", "The mechanism: how that is to be done." },
    { "STARTTLS", "Let us go on encrypted.", NULL },
    { "BDAT", "So many octets of the message follow.", NULL },
};

static const struct dissect_word *find_verb(const struct dissector *x, const struct dissect_line *l)
{
    struct span text = dissect_line_text(x, l);
    const char *blank = text.len > 0 ? memchr(text.at, ' ', text.len) : NULL;

    if (blank != NULL)
        text.len = (size_t)(blank - text.at);
    return dissect_find_word(verbs, G_N_ELEMENTS(verbs), text);
}

/* A sentence of a letter may begin with such a word. Behind a command there are commands, unless it is one
 * after which something else is sent. */
static const struct dissect_word *find_command(const struct dissector *x, const struct dissect_line *l,
                                               size_t end)
{
    static const char *const leads_on[] = { "DATA", "BDAT", "AUTH", "STARTTLS" };
    const struct dissect_word *verb = find_verb(x, l);
    struct dissect_line next;

    if (verb == NULL || !dissect_next_line(x, l->end, end, &next) || find_verb(x, &next) != NULL)
        return verb;
    for (size_t i = 0; i < G_N_ELEMENTS(leads_on); i++)
        if (strcmp(verb->name, leads_on[i]) == 0)
            return verb;
    return NULL;
}

static void add_command(struct dissector *x, int layer, const struct dissect_line *l,
                        const struct dissect_word *verb)
{
    struct dissect_cut c = dissect_cut(x, layer, l);

    dissect_cut_take(&c, "Command", dissect_cut_word(&c), verb->meaning);
    if (dissect_cut_is_done(&c))
        return;
    if (strcmp(verb->name, "AUTH") != 0) {
        dissect_cut_all(&c, "Argument", verb->argument);
        return;
    }
    dissect_cut_take(&c, "Argument", dissect_cut_word(&c), verb->argument);
    if (!dissect_cut_is_done(&c))
        dissect_answer(&c, "First answer", dissect_proof);
}

/* ---- Replies. */

static bool is_code(struct span line)
{
    return line.len >= CODE_LEN && line.at[0] >= '2' && line.at[0] <= '5' && g_ascii_isdigit(line.at[1]) &&
           g_ascii_isdigit(line.at[2]) && (line.len == CODE_LEN || line.at[3] == ' ' || line.at[3] == '-');
}

/* An enhanced status ("2.1.0", RFC 3463 §2): a word of three numbers. */
static bool is_status(struct span word)
{
    unsigned dots = 0, digits = 0;

    for (size_t i = 0; i < word.len; i++) {
        if (g_ascii_isdigit(word.at[i])) {
            if (++digits > 3)
                return false;
        } else if (word.at[i] == '.' && digits > 0) {
            dots++;
            digits = 0;
        } else {
            return false;
        }
    }
    return dots == 2 && digits > 0;
}

static const char *code_meaning(struct span code)
{
    static const struct dissect_word codes[] = {
        { "220", "2xx: done. With 220 a server greets; in SMTP it speaks first.", NULL },
        { "221", "2xx: done. With 221 the server says goodbye.", NULL },
        { "235", "2xx: done. With 235 the server believes who the client is.", NULL },
        { "334", "3xx: go on. With 334 the server asks for an answer, in base64.", NULL },
        { "354", "3xx: go on. With 354 it waits for the message.", NULL },
        { "421", "4xx: not now; try again later. With 421 the server also ends the connection.", NULL },
        { "452", "4xx: not now; try again later. With 452 there is no room at the moment.", NULL },
        { "530", "5xx: no; trying again will not help. With 530 the client has to log in first.", NULL },
        { "535", "5xx: no; trying again will not help. With 535 user or password are wrong.", NULL },
        { "552", "5xx: no; trying again will not help. With 552 the message is too large.", NULL },
    };
    const struct dissect_word *known = dissect_find_word(codes, G_N_ELEMENTS(codes), code);

    if (known != NULL)
        return known->meaning;
    switch (code.at[0]) {
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

/* Of the answer to EHLO, a line each (RFC 5321 §4.1.1.1). */
static const struct dissect_word extensions[] = {
    { "SIZE", "A message may have so many octets; the client says in MAIL how many it has.", NULL },
    { "PIPELINING", "Commands need not wait for the replies to those before them.", NULL },
    { "ENHANCEDSTATUSCODES", "Replies have a status such as 5.1.1 behind the code, which says more.", NULL },
    { "8BITMIME", "Octets above 127 may be in a message.", NULL },
    { "AUTH", "Clients may log in, by these mechanisms.", NULL },
    { "STARTTLS", "The rest of the connection may be encrypted.", NULL },
    { "SMTPUTF8", "Addresses may have characters outside ASCII.", NULL },
    { "CHUNKING", "A message may come in pieces, by BDAT.", NULL },
    { "DSN", "The sender may say which reports it wants.", NULL },
    { "VRFY", "One may ask whether a user is there.", NULL },
    { "HELP", "There is help.", NULL },
};

static void add_reply(struct dissector *x, int layer, const struct dissect_line *l, bool is_first)
{
    struct dissect_cut c = dissect_cut(x, layer, l);
    struct span line = dissect_line_text(x, l), code = span_bytes(line.at, CODE_LEN);
    bool goes_on = line.len > CODE_LEN && line.at[CODE_LEN] == '-';
    const struct dissect_word *extension = NULL;

    if (!is_code(line)) {
        dissect_line(x, layer, "Line", l, is_first ? dissect_continues : NULL);
        return;
    }
    /* The character behind the code belongs to it: it says whether more lines of the reply follow. */
    dissect_text(x, layer, "Code", l->at, line.len > CODE_LEN + 1 ? CODE_LEN + 1 : l->end - l->at,
                 code_meaning(code), code);
    c.at = line.len > CODE_LEN + 1 ? l->at + CODE_LEN + 1 : l->end;
    if (!dissect_cut_is_done(&c) && is_status(dissect_cut_word(&c)))
        dissect_cut_take(&c, "Status", dissect_cut_word(&c),
                         "Class, subject and detail of the code (RFC 3463).");
    if (dissect_cut_is_done(&c))
        return;
    if (span_is(code, SPAN("250")))
        extension = dissect_find_word(extensions, G_N_ELEMENTS(extensions), dissect_cut_word(&c));
    if (extension != NULL)
        dissect_cut_all(&c, "Extension", extension->meaning);
    else if (span_is(code, SPAN("334")))
        dissect_answer(&c, "Challenge", dissect_challenge);
    else
        dissect_cut_all(
            &c, "Text",
            goes_on ? "For people; the hyphen behind the code says that more lines of this reply follow."
                    : "For people; programs look at the code.");
}

void dissect_smtp(struct dissector *x, size_t at, size_t end, bool from_server)
{
    int layer = dissect_layer(x, "SMTP");
    bool is_first = true;
    struct dissect_line l;

    while (dissect_next_line(x, at, end, &l)) {
        const struct dissect_word *verb = from_server ? NULL : find_command(x, &l, end);
        bool is_answer = is_first && !from_server && verb == NULL && dissect_is_answer(x, &l, end);
        struct dissect_cut c = dissect_cut(x, layer, &l);

        if (from_server)
            add_reply(x, layer, &l, is_first);
        else if (verb != NULL)
            add_command(x, layer, &l, verb);
        else if (is_answer)
            dissect_answer(&c, "Answer", dissect_proof);
        at = from_server || verb != NULL || is_answer
                 ? l.end
                 : dissect_message(x, at, end, DISSECT_FROM_MIDDLE, "SMTP");
        is_first = false;
    }
}

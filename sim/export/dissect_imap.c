/* IMAP for export/dissect.h (RFC 3501): commands with a tag, data without one, the tagged end of a command;
 * and literals, octets whose number was told at the end of a line, which are messages or parts of them. */
#include "export/dissect_parts.h"
#include "mail/imap_utf7.h"

enum { TAG_MAX = 32 };

/* ---- Words. */

static const struct dissect_word verbs[] = {
    { "CAPABILITY", "What can you do?", NULL },
    { "NOOP", "Is there anything new?", NULL },
    { "LOGOUT", "That is all.", NULL },
    { "STARTTLS", "Let us go on encrypted.", NULL },
    { "AUTHENTICATE", "Let me prove who I am.", "The mechanism: how that is to be done." },
    { "LOGIN", "My name and my password are these.", "Whoever reads along knows them now." },
    { "SELECT", "Open that folder.", "Which folder." },
    { "EXAMINE", "Open that folder, to read only.", "Which folder." },
    { "CREATE", "Make a folder.", "Its name." },
    { "DELETE", "Remove a folder.", "Which folder." },
    { "RENAME", "Give a folder another name.", "The old name and the new one." },
    { "SUBSCRIBE", "Put that folder on my list.", "Which folder." },
    { "UNSUBSCRIBE", "Take that folder off my list.", "Which folder." },
    { "LIST", "Which folders are there?", "Beneath which one, and names of which form: * is any." },
    { "LSUB", "Which folders are on my list?", "Beneath which one, and names of which form: * is any." },
    { "NAMESPACE", "Where are folders, mine and others'?", NULL },
    { "STATUS", "How is it in that folder? I don't want to open it.",
      "Which folder, and what I want to know." },
    { "APPEND", "Put a message into a folder.",
      "Which folder, with which flags, and how many octets follow." },
    { "CHECK", "Make sure that all is on the disk.", NULL },
    { "CLOSE", "Remove what is marked as deleted, and close the folder.", NULL },
    { "UNSELECT", "Close the folder, and remove nothing.", NULL },
    { "EXPUNGE", "Remove what is marked as deleted.", NULL },
    { "SEARCH", "Which messages are of that kind?", "What they must have in common." },
    { "FETCH", "Send me these things of these messages.", "Which messages, and what of them." },
    { "STORE", "Change flags of these messages.", "Which messages, and which flags go on (+) or off (-)." },
    { "COPY", "Put copies of these messages into a folder.", "Which messages, and which folder." },
    { "MOVE", "Put these messages into another folder.", "Which messages, and which folder." },
    { "UID", "Messages are named by their unique ids, which stay the same.", NULL },
    { "IDLE", "I wait; tell me when something happens.", NULL },
    { "ENABLE", "I understand these extensions.", "Which ones." },
};

static const struct dissect_word statuses[] = {
    { "OK", "Done.", NULL },
    { "NO", "It could not be done; the text says why.", NULL },
    { "BAD", "That was no command, or not allowed now.", NULL },
    { "BYE", "The server ends the connection.", NULL },
    { "PREAUTH", "The server knows who you are already.", NULL },
};

static const struct dissect_word responses[] = {
    { "CAPABILITY", "What the server can do.", "A word for each thing." },
    { "FLAGS", "The flags that messages of this folder may have.",
      "Those with a backslash are of the standard." },
    { "LIST", "A folder.", "What is special about it, what parts the levels of names, and its name." },
    { "LSUB", "A folder on the list of those subscribed to.",
      "What is special about it, what parts the levels of names, and its name." },
    { "STATUS", "How it is in a folder that is not open.", "The folder, and what was asked." },
    { "SEARCH", "What the search has found.", "Numbers of messages; of UID SEARCH unique ids." },
    { "NAMESPACE", "Where folders are.", "One's own, those of others, and shared ones." },
    { "ENABLED", "Extensions that are in use now.", NULL },
    { "EXISTS", "So many messages are in the folder.", NULL },
    { "RECENT", "So many messages are new, and this session is the first to hear of them.", NULL },
    { "EXPUNGE", "This message is gone; those behind it are numbered one less now.", NULL },
    { "FETCH", "About this message.", "What was asked of the message, name and value in turn." },
};

/* In square brackets (RFC 3501 §7.1, RFC 4315 §3). */
static const struct dissect_word codes[] = {
    { "ALERT", "This text has to be shown to the person.", NULL },
    { "AUTHENTICATIONFAILED", "User or password are wrong.", NULL },
    { "CAPABILITY", "What the server can do.", NULL },
    { "PERMANENTFLAGS", "Flags that will still be there next time; \\* says that one may make new ones.",
      NULL },
    { "READ-ONLY", "Nothing can be changed in this folder.", NULL },
    { "READ-WRITE", "One may change things in this folder.", NULL },
    { "TRYCREATE", "There is no such folder, but one may make it.", NULL },
    { "UIDNEXT", "The unique id that the next message will get, at the least.", NULL },
    { "UIDVALIDITY", "As long as this number stays, unique ids mean the same messages.", NULL },
    { "UNSEEN", "The first message that nobody has seen.", NULL },
    { "APPENDUID", "The folder's UIDVALIDITY, and the new message's unique id.", NULL },
    { "COPYUID", "The folder's UIDVALIDITY, the unique ids here, and those of the copies.", NULL },
};

#define FIND(words, name) dissect_find_word(words, G_N_ELEMENTS(words), name)

/* ---- Literals. */

/* The "{310}" or "{310+}" at the end of a line; empty: it has none. */
static struct span find_literal(struct span line, uint64_t *octets_out)
{
    size_t open = line.len, digits;

    if (line.len < 3 || line.at[line.len - 1] != '}')
        return SPAN("");
    while (open > 0 && line.at[open - 1] != '{')
        open--;
    if (open == 0)
        return SPAN("");
    digits = line.len - 1 - open;
    if (digits > 0 && line.at[open + digits - 1] == '+')
        digits--;
    if (!span_number(span_bytes(line.at + open, digits), UINT32_MAX, octets_out))
        return SPAN("");
    return span_bytes(line.at + open - 1, line.len - open + 1);
}

/* What a literal is, from what stands before it. */
enum literal { LITERAL_TEXT, LITERAL_MESSAGE, LITERAL_BODY, LITERAL_REST };

/* "BODY[2.MIME]<100> " → what is in the brackets; whether it begins at an octet other than the first. */
static bool find_section(struct span before, struct span *section_out, bool *is_later_out)
{
    size_t end, open;

    before = span_trim(before);
    end = before.len;
    *is_later_out = false;
    if (end > 0 && before.at[end - 1] == '>') {
        while (end > 0 && before.at[end - 1] != '<')
            end--;
        *is_later_out = end < before.len && before.at[end] != '0';
        end = end > 0 ? end - 1 : 0;
    }
    if (end == 0 || before.at[end - 1] != ']')
        return false;
    for (open = end - 1; open > 0 && before.at[open] != '[';)
        open--;
    *section_out = span_bytes(before.at + open + 1, end - open - 2);
    return before.at[open] == '[';
}

static bool ends_nocase(struct span text, const char *end)
{
    struct span e = span_of(end);

    return text.len >= e.len && span_is_nocase(span_bytes(text.at + text.len - e.len, e.len), e);
}

static enum literal fetched_literal(struct span before)
{
    struct span section = SPAN("");
    bool is_later;

    if (!find_section(before, &section, &is_later))
        return ends_nocase(span_trim(before), "RFC822") || ends_nocase(span_trim(before), "RFC822.HEADER")
                   ? LITERAL_MESSAGE
               : ends_nocase(span_trim(before), "RFC822.TEXT") ? LITERAL_BODY
                                                               : LITERAL_TEXT;
    if (is_later)
        return LITERAL_REST;
    if (section.len == 0 || ends_nocase(section, "HEADER") || ends_nocase(section, "MIME") ||
        ends_nocase(section, ")"))
        return LITERAL_MESSAGE;
    return LITERAL_BODY;
}

static void add_literal(struct dissector *x, int layer, size_t at, size_t end, enum literal kind)
{
    struct dissect_line l;

    if (kind != LITERAL_TEXT) {
        dissect_message(x, at, end,
                        kind == LITERAL_MESSAGE ? DISSECT_FROM_HEADER
                        : kind == LITERAL_BODY  ? DISSECT_FROM_BODY
                                                : DISSECT_FROM_MIDDLE,
                        NULL);
        return;
    }
    for (; dissect_next_line(x, at, end, &l); at = l.end)
        dissect_line(x, layer, "Literal", &l, "A text of which the length was told before it.");
}

/* Folder names outside ASCII are shown as they travel, and as what they stand for (RFC 3501 §5.1.3). */
static void take_text(struct dissect_cut *c, const char *name, const char *meaning)
{
    struct span text = dissect_cut_rest(c);
    GString *shown = g_string_new_len(text.at, (gssize)text.len);
    gsize raw;

    g_string_append(shown, " → ");
    raw = shown->len;
    if (text.len > 0 && memchr(text.at, '&', text.len) != NULL && imap_utf7_decode(text, shown) &&
        !span_is(span_bytes(shown->str + raw, shown->len - raw), text)) {
        dissect_text(c->x, c->layer, name, c->at, c->line.end - c->at, meaning,
                     span_bytes(shown->str, shown->len));
        c->at = c->line.end;
    } else {
        dissect_cut_all(c, name, meaning);
    }
    g_string_free(shown, TRUE);
}

/* The rest of a line, of which a literal may be told at the end; then that, and what follows it up to the
 * line end, and so on. Returns what is behind it all. */
static size_t add_data(struct dissect_cut *c, size_t end, const char *name, const char *meaning,
                       bool is_append)
{
    while (!dissect_cut_is_done(c)) {
        uint64_t octets = 0;
        struct span rest = dissect_cut_rest(c), size = find_literal(rest, &octets);
        bool has_literal = size.len > 0 && c->line.text_end < c->line.end;
        struct span before = span_trim(span_bytes(rest.at, rest.len - size.len));

        if (!has_literal) {
            if (rest.len == 0)
                dissect_cut_all(c, "Line end", "What had literals in it ends here.");
            else
                take_text(c, name, meaning);
            return c->line.end;
        }
        dissect_cut_take(c, name, before, meaning);
        dissect_cut_all(c, "Literal",
                        size.at[size.len - 2] == '+'
                            ? "So many octets follow, whatever they are; with + the client does not wait."
                            : "So many octets follow, whatever they are.");
        size_t at = c->line.end, behind = at + (size_t)MIN(octets, (uint64_t)(end - at));
        add_literal(c->x, c->layer, at, behind, is_append ? LITERAL_MESSAGE : fetched_literal(before));
        if (!dissect_next_line(c->x, behind, end, &c->line))
            return behind;
        c->at = behind;
    }
    return c->line.end;
}

/* ---- Tags. */

/* Letters and digits, as all clients make them. */
static bool is_tag(struct span word)
{
    if (word.len == 0 || word.len > TAG_MAX)
        return false;
    for (size_t i = 0; i < word.len; i++)
        if (!g_ascii_isalnum(word.at[i]) && word.at[i] != '.' && word.at[i] != '-' && word.at[i] != '_')
            return false;
    return true;
}

static bool is_command(struct span line)
{
    struct span tag = span_take_word(&line);

    return is_tag(tag) && FIND(verbs, span_take_word(&line)) != NULL;
}

static bool is_response(struct span line)
{
    struct span tag = span_take_word(&line), word = span_take_word(&line);
    uint64_t n;

    if (span_is(tag, SPAN("+")))
        return true;
    if (!span_is(tag, SPAN("*")))
        return is_tag(tag) && FIND(statuses, word) != NULL;
    if (span_number(word, UINT32_MAX, &n))
        word = span_take_word(&line);
    return FIND(statuses, word) != NULL || FIND(responses, word) != NULL;
}

/* ---- Commands. */

static size_t add_command(struct dissector *x, int layer, const struct dissect_line *l, size_t end)
{
    struct dissect_cut c = dissect_cut(x, layer, l);
    const struct dissect_word *verb;
    struct span word;

    dissect_cut_take(&c, "Tag", dissect_cut_word(&c),
                     "The client's mark; the answer that ends the command has it, too.");
    verb = FIND(verbs, dissect_cut_word(&c));
    dissect_cut_take(&c, "Command", dissect_cut_word(&c), verb->meaning);
    if (strcmp(verb->name, "UID") == 0 && !dissect_cut_is_done(&c)) {
        word = dissect_cut_word(&c);
        verb = FIND(verbs, word);
        dissect_cut_take(&c, "Command", word, verb != NULL ? verb->meaning : NULL);
    }
    if (dissect_cut_is_done(&c))
        return l->end;
    if (verb != NULL && strcmp(verb->name, "AUTHENTICATE") == 0) {
        dissect_cut_take(&c, "Argument", dissect_cut_word(&c), verb->argument);
        if (!dissect_cut_is_done(&c))
            dissect_answer(&c, "First answer", dissect_proof);
        return l->end;
    }
    return add_data(&c, end, "Argument", verb != NULL ? verb->argument : NULL,
                    verb != NULL && strcmp(verb->name, "APPEND") == 0);
}

/* What is no command: an answer, the end of IDLE, or a literal that the server has asked for by then. */
static size_t add_other(struct dissector *x, int layer, const struct dissect_line *l, size_t end,
                        bool is_first)
{
    struct dissect_cut c = dissect_cut(x, layer, l);
    struct span line = dissect_line_text(x, l);

    if (is_first && dissect_is_answer(x, l, end)) {
        dissect_answer(&c, "Answer", dissect_proof);
        return l->end;
    }
    if (span_is_nocase(line, SPAN("DONE"))) {
        dissect_line(x, layer, "Command", l, "I wait no longer: the end of IDLE (RFC 2177).");
        return l->end;
    }
    if (is_first && (l->end < end || l->text_end == l->end))
        return dissect_message(x, l->at, end, DISSECT_FROM_MIDDLE, NULL);
    dissect_line(x, layer, "Line", l,
                 line.len == 0 ? "The end of a command whose literal came before." : dissect_continues);
    return l->end;
}

/* ---- Responses. */

static void add_text(struct dissect_cut *c)
{
    struct span rest = dissect_cut_rest(c), name;
    const char *close = rest.len > 0 && rest.at[0] == '[' ? memchr(rest.at, ']', rest.len) : NULL;
    const struct dissect_word *code;

    if (close != NULL) {
        struct span inner = span_bytes(rest.at + 1, (size_t)(close - rest.at) - 1);
        name = span_take_word(&inner);
        code = FIND(codes, name);
        dissect_cut_take(c, "Response code", span_bytes(rest.at, (size_t)(close - rest.at) + 1),
                         code != NULL ? code->meaning : "More for programs (RFC 3501 §7.1).");
    }
    if (!dissect_cut_is_done(c))
        dissect_cut_all(c, "Text", "For people; programs look at the words before it.");
}

static size_t add_untagged(struct dissect_cut *c, size_t end)
{
    struct span word = dissect_cut_word(c);
    const struct dissect_word *known = FIND(statuses, word);
    uint64_t n;

    if (known != NULL) {
        dissect_cut_take(c, "Status", word, known->meaning);
        if (!dissect_cut_is_done(c))
            add_text(c);
        return c->line.end;
    }
    if (span_number(word, UINT32_MAX, &n)) {
        dissect_cut_take(c, "Number", word, "Of a message in the folder, counted from 1; or how many.");
        word = dissect_cut_word(c);
    }
    known = FIND(responses, word);
    dissect_cut_take(c, "Response", word, known != NULL ? known->meaning : NULL);
    return add_data(c, end, "Data", known != NULL ? known->argument : NULL, false);
}

static size_t add_response(struct dissector *x, int layer, const struct dissect_line *l, size_t end)
{
    struct dissect_cut c = dissect_cut(x, layer, l);
    struct span tag = dissect_cut_word(&c);

    if (span_is(tag, SPAN("*"))) {
        dissect_cut_take(&c, "Tag", tag, "No tag: data or news, and not the end of a command.");
        return dissect_cut_is_done(&c) ? l->end : add_untagged(&c, end);
    }
    if (span_is(tag, SPAN("+"))) {
        dissect_cut_take(&c, "Tag", tag, "Go on: the server waits for the rest of the command.");
        if (!dissect_cut_is_done(&c) && dissect_is_base64(dissect_cut_rest(&c)))
            dissect_answer(&c, "Challenge", dissect_challenge);
        else if (!dissect_cut_is_done(&c))
            dissect_cut_all(&c, "Text", "For people; programs look at the words before it.");
        return l->end;
    }
    dissect_cut_take(&c, "Tag", tag, "The command with this tag is over.");
    const struct dissect_word *status = FIND(statuses, dissect_cut_word(&c));
    dissect_cut_take(&c, "Status", dissect_cut_word(&c), status->meaning);
    if (!dissect_cut_is_done(&c))
        add_text(&c);
    return l->end;
}

/* How far a literal goes of which the length was told in another segment: up to the parenthesis behind it,
 * before the next response or the end. */
static size_t find_rest_of_literal(const struct dissector *x, size_t at, size_t end)
{
    struct dissect_line l, before = { at, at, at };

    for (size_t from = at; dissect_next_line(x, from, end, &l); from = l.end) {
        struct span closed = dissect_line_text(x, &before);
        if (closed.len > 0 && closed.at[closed.len - 1] == ')' && is_response(dissect_line_text(x, &l)))
            break;
        before = l;
    }
    struct span closed = dissect_line_text(x, &before);
    bool is_all = closed.len > 0 && closed.at[closed.len - 1] == ')' &&
                  (closed.len == 1 || closed.at[0] == ' ') && before.text_end < before.end;
    return is_all ? before.at : before.end;
}

static size_t add_middle(struct dissector *x, int layer, const struct dissect_line *l, size_t end)
{
    size_t behind = find_rest_of_literal(x, l->at, end);
    struct dissect_line rest;

    if (l->at < behind)
        dissect_message(x, l->at, behind, DISSECT_FROM_MIDDLE, NULL);
    if (behind == end || !dissect_next_line(x, behind, end, &rest) ||
        is_response(dissect_line_text(x, &rest)))
        return behind;
    struct dissect_cut c = dissect_cut(x, layer, &rest);
    return add_data(&c, end, "Data", "It goes on behind a literal that came before.", false);
}

void dissect_imap(struct dissector *x, size_t at, size_t end, bool from_server)
{
    int layer = dissect_layer(x, "IMAP");
    size_t begin = at;
    struct dissect_line l;

    while (dissect_next_line(x, at, end, &l)) {
        struct span line = dissect_line_text(x, &l);

        if (!from_server)
            at = is_command(line) ? add_command(x, layer, &l, end)
                                  : add_other(x, layer, &l, end, at == begin);
        else if (is_response(line))
            at = add_response(x, layer, &l, end);
        else
            at = add_middle(x, layer, &l, end);
    }
}

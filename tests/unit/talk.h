/* Runs talks: conversations with sessions, line by line. A test gives the kinds of sessions it knows; a
 * talk's first line is the word of one, with settings: "pop3-server apop=no". Then:
 *
 *   C: line   S: line    what each says; CRLF is added. Ours must match the line: * is anything, ? one
 * character. Lines of the played side with nothing between them arrive at once. C= line   S= line    of ours:
 * exactly this, for lines with stars of their own C~ bytes             of the played side, no CRLF added; \r
 * \n \0 \\ \xHH C* 600 a             of the played side: that many of it
 *   @ STATE              the session's state now
 *   E: event             what it told its owner, in order; * and ? as above
 *   ! action             what its owner does: each kind has its own
 *   # remark
 *
 * Each runs twice, the second time one octet after the other (not with the setting cut=no). */
#ifndef TALK_H
#define TALK_H

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/span.h"

struct talk;

/* A session that talks drive. */
struct talk_kind {
    const char *word;
    char played; /* the side that the file plays: 'C' or 'S' */
    /* A session for t->session; what it says goes to t->out, here and below. Settings by talk_setting. */
    void (*begin)(struct talk *t);
    void (*feed)(struct talk *t, struct span bytes);
    const char *(*state)(struct talk *t);
    bool (*act)(struct talk *t, const char *action); /* false: no such action. NULL: there are none */
    void (*end)(struct talk *t);
};

struct talk {
    const char *file;
    unsigned line; /* of the step under way */
    bool failed, by_octet;
    const struct talk_kind *kind;
    void *session; /* the kind's own */
    GString *out;  /* what ours has said and no line has matched yet */
    GString *in;   /* what the played side has said since */
    GQueue events;
    char **settings; /* "key", "value", "key", … */
};

static void talk_complain(struct talk *t, const char *what, const char *text)
{
    print_error("%s:%u%s: %s: %s\n", t->file, t->line, t->by_octet ? " (octet by octet)" : "", what, text);
    t->failed = true;
}

/* Something happened, for an E: line. */
static void G_GNUC_PRINTF(2, 3) talk_note(struct talk *t, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_queue_push_tail(&t->events, g_strdup_vprintf(format, args));
    va_end(args);
}

/* The value of a setting, or `usual`. */
static const char *talk_setting(const struct talk *t, const char *key, const char *usual)
{
    for (unsigned i = 0; t->settings[i] != NULL; i += 2)
        if (strcmp(t->settings[i], key) == 0)
            return t->settings[i + 1];
    return usual;
}

/* Let ours hear what the played side has said. It must not have left anything of ours unread before. */
static void talk_flush(struct talk *t)
{
    if (t->in->len == 0)
        return;
    if (t->out->len > 0)
        talk_complain(t, "said before this, and not expected", t->out->str);
    if (t->by_octet)
        for (size_t i = 0; i < t->in->len; i++)
            t->kind->feed(t, span_bytes(t->in->str + i, 1));
    else
        t->kind->feed(t, span_bytes(t->in->str, t->in->len));
    g_string_truncate(t->in, 0);
}

static void talk_say_raw(GString *in, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text != '\\') {
            g_string_append_c(in, *text);
            continue;
        }
        switch (*++text) {
        case 'r':
            g_string_append_c(in, '\r');
            break;
        case 'n':
            g_string_append_c(in, '\n');
            break;
        case '0':
            g_string_append_c(in, '\0');
            break;
        case 'x':
            g_string_append_c(in, (char)(g_ascii_xdigit_value(text[1]) * 16 + g_ascii_xdigit_value(text[2])));
            text += 2;
            break;
        default:
            g_string_append_c(in, *text);
        }
    }
}

static void talk_say(struct talk *t, char how, const char *text)
{
    if (how == ':')
        g_string_append_printf(t->in, "%s\r\n", text);
    else if (how == '~')
        talk_say_raw(t->in, text);
    else
        for (unsigned long n = strtoul(text, NULL, 10); n > 0; n--)
            g_string_append_c(t->in, text[strlen(text) - 1]);
}

static void talk_hear(struct talk *t, char how, const char *pattern)
{
    char *end;

    talk_flush(t);
    end = strstr(t->out->str, "\r\n");
    if (end == NULL) {
        talk_complain(t, "expected, but nothing was said", pattern);
        return;
    }
    *end = '\0';
    if (how == '=' ? strcmp(pattern, t->out->str) != 0 : !g_pattern_match_simple(pattern, t->out->str))
        talk_complain(t, "said instead", t->out->str);
    g_string_erase(t->out, 0, end + 2 - t->out->str);
}

static void talk_hear_event(struct talk *t, const char *pattern)
{
    char *event;

    talk_flush(t);
    event = g_queue_pop_head(&t->events);
    if (event == NULL || !g_pattern_match_simple(pattern, event))
        talk_complain(t, "happened instead", event != NULL ? event : "nothing");
    g_free(event);
}

static void talk_check_state(struct talk *t, const char *name)
{
    const char *now;

    talk_flush(t);
    now = t->kind->state(t);
    if (strcmp(now, name) != 0)
        talk_complain(t, "the state is", now);
}

static void talk_act(struct talk *t, const char *action)
{
    talk_flush(t);
    if (t->kind->act == NULL || !t->kind->act(t, action))
        talk_complain(t, "no such action", action);
}

static void talk_begin(struct talk *t, const struct talk_kind *kinds, unsigned n_kinds, const char *line)
{
    char **words = g_strsplit(line, " ", 0);
    unsigned n = 0;

    t->settings = g_new0(char *, 2 * g_strv_length(words) + 1);
    for (unsigned i = 1; words[i] != NULL; i++) {
        char *value = strchr(words[i], '=');

        if (value == NULL) {
            talk_complain(t, "not KEY=VALUE", words[i]);
            continue;
        }
        t->settings[n++] = g_strndup(words[i], (gsize)(value - words[i]));
        t->settings[n++] = g_strdup(value + 1);
    }
    t->by_octet = t->by_octet && strcmp(talk_setting(t, "cut", "yes"), "no") != 0;
    for (unsigned i = 0; i < n_kinds; i++)
        if (strcmp(kinds[i].word, words[0]) == 0)
            t->kind = &kinds[i];
    if (t->kind != NULL)
        t->kind->begin(t);
    else
        talk_complain(t, "no such kind of talk", line);
    g_strfreev(words);
}

static void talk_step(struct talk *t, const char *line)
{
    const char *text = strlen(line) > 3 ? line + 3 : "";
    bool played = line[0] == t->kind->played, ours = !played && (line[0] == 'C' || line[0] == 'S');

    if (played && line[1] != '\0' && strchr(":~*", line[1]) != NULL)
        talk_say(t, line[1], text);
    else if (ours && (line[1] == ':' || line[1] == '='))
        talk_hear(t, line[1], text);
    else if (g_str_has_prefix(line, "E: "))
        talk_hear_event(t, text);
    else if (g_str_has_prefix(line, "@ "))
        talk_check_state(t, line + 2);
    else if (g_str_has_prefix(line, "! "))
        talk_act(t, line + 2);
    else
        talk_complain(t, "not a line of a talk", line);
}

static void talk_finish(struct talk *t)
{
    if (t->kind != NULL && !t->failed) {
        talk_flush(t);
        if (t->out->len > 0)
            talk_complain(t, "said at the end, and not expected", t->out->str);
        if (!g_queue_is_empty(&t->events))
            talk_complain(t, "happened, and not expected", g_queue_peek_head(&t->events));
    }
    if (t->kind != NULL)
        t->kind->end(t);
    g_queue_clear_full(&t->events, g_free);
    g_string_free(t->in, TRUE);
    g_string_free(t->out, TRUE);
    g_strfreev(t->settings);
}

static bool talk_run(const char *path, const struct talk_kind *kinds, unsigned n_kinds, bool by_octet)
{
    struct talk t = { .file = path, .by_octet = by_octet };
    char *text, **lines;

    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    t.in = g_string_new(NULL);
    t.out = g_string_new(NULL);
    g_queue_init(&t.events);
    lines = g_strsplit(text, "\n", 0);
    for (unsigned i = 0; lines[i] != NULL && !t.failed; i++) {
        t.line = i + 1;
        if (lines[i][0] == '\0' || lines[i][0] == '#')
            continue;
        if (t.kind == NULL)
            talk_begin(&t, kinds, n_kinds, lines[i]);
        else
            talk_step(&t, lines[i]);
    }
    talk_finish(&t);
    g_strfreev(lines);
    g_free(text);
    return !t.failed;
}

/* All *.talk of a folder; each must go as it is written. */
static void talk_run_folder(const char *folder, const struct talk_kind *kinds, unsigned n_kinds)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    unsigned n = 0, bad = 0;

    assert_non_null(dir);
    for (const char *name; (name = g_dir_read_name(dir)) != NULL;) {
        char *path = g_build_filename(folder, name, NULL);

        if (g_str_has_suffix(name, ".talk")) {
            n++;
            bad += !talk_run(path, kinds, n_kinds, false) || !talk_run(path, kinds, n_kinds, true);
        }
        g_free(path);
    }
    g_dir_close(dir);
    assert_true(n > 0);
    assert_int_equal(bad, 0);
}

#endif

#include "edit.h"

#include <string.h>

void edit_init(struct edit *e)
{
    *e = (struct edit){ .text = g_string_new(NULL) };
}

void edit_release(struct edit *e)
{
    if (e->text != NULL)
        g_string_free(e->text, TRUE);
    *e = (struct edit){ 0 };
}

void edit_select_all(struct edit *e)
{
    e->mark = 0;
    e->caret = e->text->len;
}

void edit_set(struct edit *e, const char *text)
{
    char *valid = g_utf8_make_valid(text, -1);

    g_string_assign(e->text, valid);
    g_free(valid);
    edit_select_all(e);
}

/* ---- Steps. */

/* Accents, conjoining vowels and finals, joiners: part of the character before. */
static bool is_joined(const struct edit *e, size_t at)
{
    return at > 0 && at < e->text->len && g_unichar_iszerowidth(g_utf8_get_char(e->text->str + at));
}

static size_t after(const struct edit *e, size_t at)
{
    if (at >= e->text->len)
        return e->text->len;
    do
        at = (size_t)(g_utf8_next_char(e->text->str + at) - e->text->str);
    while (is_joined(e, at));
    return at;
}

static size_t before(const struct edit *e, size_t at)
{
    if (at == 0)
        return 0;
    do
        at = (size_t)(g_utf8_prev_char(e->text->str + at) - e->text->str);
    while (is_joined(e, at));
    return at;
}

static bool is_of_word(const struct edit *e, size_t at)
{
    return g_unichar_isalnum(g_utf8_get_char(e->text->str + at));
}

/* To the end of this word or of the next: names and addresses are passed part by part. */
static size_t word_after(const struct edit *e, size_t at)
{
    while (at < e->text->len && !is_of_word(e, at))
        at = after(e, at);
    while (at < e->text->len && is_of_word(e, at))
        at = after(e, at);
    return at;
}

static size_t word_before(const struct edit *e, size_t at)
{
    while (at > 0 && !is_of_word(e, before(e, at)))
        at = before(e, at);
    while (at > 0 && is_of_word(e, before(e, at)))
        at = before(e, at);
    return at;
}

/* ---- Changes. */

bool edit_selected(const struct edit *e, size_t *from_out, size_t *to_out)
{
    *from_out = MIN(e->caret, e->mark);
    *to_out = MAX(e->caret, e->mark);
    return e->caret != e->mark;
}

static void erase(struct edit *e, size_t from, size_t to)
{
    g_string_erase(e->text, (gssize)from, (gssize)(to - from));
    e->caret = e->mark = from;
}

void edit_erase_selected(struct edit *e)
{
    size_t from, to;

    if (edit_selected(e, &from, &to))
        erase(e, from, to);
}

void edit_type(struct edit *e, const char *utf8)
{
    if (!g_utf8_validate(utf8, -1, NULL))
        return;
    edit_erase_selected(e);
    for (const char *p = utf8, *next; *p != '\0'; p = next) {
        next = g_utf8_next_char(p);
        size_t n = (size_t)(next - p);

        if (g_unichar_iscntrl(g_utf8_get_char(p)) || e->text->len + n > EDIT_MAX_OCTETS)
            continue;
        g_string_insert_len(e->text, (gssize)e->caret, p, (gssize)n);
        e->caret += n;
    }
    e->mark = e->caret;
}

void edit_put_caret(struct edit *e, size_t at, bool extends)
{
    at = MIN(at, e->text->len);
    while (at > 0 && ((e->text->str[at] & 0xC0) == 0x80 || is_joined(e, at)))
        at--;
    e->caret = at;
    if (!extends)
        e->mark = at;
}

void edit_select_word(struct edit *e)
{
    size_t from = e->caret, to = e->caret;

    while (from > 0 && is_of_word(e, before(e, from)))
        from = before(e, from);
    while (to < e->text->len && is_of_word(e, to))
        to = after(e, to);
    if (from == to) /* between words: what parts them */
        to = after(e, to);
    e->mark = from;
    e->caret = to;
}

/* ---- Keys. */

static bool move_key(struct edit *e, const char *key, bool extends)
{
    size_t from, to;
    bool is_selected = edit_selected(e, &from, &to) && !extends;

    if (strcmp(key, "Left") == 0)
        edit_put_caret(e, is_selected ? from : before(e, e->caret), extends);
    else if (strcmp(key, "Right") == 0)
        edit_put_caret(e, is_selected ? to : after(e, e->caret), extends);
    else if (strcmp(key, "Ctrl+Left") == 0)
        edit_put_caret(e, word_before(e, e->caret), extends);
    else if (strcmp(key, "Ctrl+Right") == 0)
        edit_put_caret(e, word_after(e, e->caret), extends);
    else if (strcmp(key, "Home") == 0 || strcmp(key, "Ctrl+Home") == 0)
        edit_put_caret(e, 0, extends);
    else if (strcmp(key, "End") == 0 || strcmp(key, "Ctrl+End") == 0)
        edit_put_caret(e, e->text->len, extends);
    else
        return false;
    return true;
}

static bool erase_key(struct edit *e, const char *key)
{
    size_t at = e->caret;

    if (strcmp(key, "Ctrl+U") == 0)
        edit_select_all(e);
    else if (strcmp(key, "Backspace") == 0 || strcmp(key, "Shift+Backspace") == 0)
        at = before(e, at);
    else if (strcmp(key, "Delete") == 0)
        at = after(e, at);
    else if (strcmp(key, "Ctrl+Backspace") == 0)
        at = word_before(e, at);
    else if (strcmp(key, "Ctrl+Delete") == 0)
        at = word_after(e, at);
    else
        return false;
    if (e->caret != e->mark)
        edit_erase_selected(e);
    else
        erase(e, MIN(at, e->caret), MAX(at, e->caret));
    return true;
}

/* "Ctrl+Shift+Left" is "Ctrl+Left" that extends. */
static bool take_shift(const char *key, char *out, size_t room)
{
    const char *shift = strstr(key, "Shift+");
    bool is_there = shift != NULL && shift[strlen("Shift+")] != '\0';

    g_snprintf(out, (gulong)room, "%.*s%s", is_there ? (int)(shift - key) : 0, key,
               is_there ? shift + strlen("Shift+") : key);
    return is_there;
}

bool edit_key(struct edit *e, const char *key)
{
    char plain[32];
    bool extends = take_shift(key, plain, sizeof plain);

    if (strcmp(key, "Ctrl+A") == 0) {
        edit_select_all(e);
        return true;
    }
    return move_key(e, plain, extends) || erase_key(e, key);
}

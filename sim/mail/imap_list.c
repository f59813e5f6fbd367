#include "mail/imap_list.h"

#include "mail/imap_server_internal.h"
#include "mail/imap_text.h"
#include "mail/imap_utf7.h"

enum { LEVEL = '/' };

/* ---- Patterns. */

static bool is_wild(char c)
{
    return c == '*' || c == '%';
}

void imap_list_tidy(GString *pattern)
{
    gsize n = 0;

    for (gsize i = 0; i < pattern->len; i++) {
        if (n > 0 && is_wild(pattern->str[i]) && is_wild(pattern->str[n - 1])) {
            if (pattern->str[i] == '*')
                pattern->str[n - 1] = '*'; /* it is whatever % is, too */
        } else {
            pattern->str[n++] = pattern->str[i];
        }
    }
    g_string_truncate(pattern, n);
}

/* After a wildcard it can go on as if that had matched all it will. */
static void pass_wildcards(struct span pattern, bool *at)
{
    for (size_t i = 0; i < pattern.len; i++)
        if (at[i] && is_wild(pattern.at[i]))
            at[i + 1] = true;
}

bool imap_list_matches(struct span pattern, struct span name)
{
    bool is_inbox = span_starts_nocase(name, SPAN("INBOX")) && (name.len == 5 || name.at[5] == LEVEL);
    bool *at = g_new0(bool, 2 * (pattern.len + 1)); /* places in the pattern where a match may have come to */
    bool *next = at + pattern.len + 1, *memory = at;
    bool matches = true;

    at[0] = true;
    pass_wildcards(pattern, at);
    for (size_t n = 0; n < name.len && matches; n++) {
        char c = name.at[n];
        bool *now = at;

        matches = false;
        memset(next, 0, pattern.len + 1);
        for (size_t i = 0; i < pattern.len; i++) {
            char p = pattern.at[i];

            if (!at[i])
                continue;
            if (p == '*' || (p == '%' && c != LEVEL))
                next[i] = matches = true;
            else if (p == c || (is_inbox && n < 5 && g_ascii_toupper(p) == g_ascii_toupper(c)))
                next[i + 1] = matches = true;
        }
        at = next;
        next = now;
        pass_wildcards(pattern, at);
    }
    matches = matches && at[pattern.len];
    g_free(memory);
    return matches;
}

/* ---- LIST and LSUB. */

/* Reference and pattern, one behind the other. False: no name is like that. */
static bool take_pattern(struct imap_server *s, GString *pattern)
{
    struct imap_args *a = &s->args;
    struct span reference, wild;
    GString *wire = g_string_new(NULL);
    bool good;

    imap_args_take_space(a);
    reference = imap_args_take_astring(a, "a reference");
    imap_args_take_space(a);
    wild = imap_args_take_pattern(a);
    imap_args_take_end(a);
    if (wild.len > 0) {
        g_string_append_len(wire, reference.at, (gssize)reference.len);
        g_string_append_len(wire, wild.at, (gssize)wild.len);
    }
    good = imap_utf7_decode(span_bytes(wire->str, wire->len), pattern);
    imap_list_tidy(pattern);
    g_string_free(wire, TRUE);
    /* What is no wildcard stands for itself. Wildcards were left one between two of the others. */
    return good && pattern->len <= 2 * MAIL_FOLDER_NAME_MAX + 1;
}

static void say_folder(struct imap_server *s, const char *flags, const char *name)
{
    size_t begun = imap_begin(s);

    g_string_append_printf(s->out, "%s (%s) \"%c\" ", s->verb->name, flags, LEVEL);
    imap_put_folder_name(s->out, span_of(name));
    imap_end(s, begun, 0);
}

enum imap_server_state imap_on_list(struct imap_server *s)
{
    GString *pattern = g_string_new(NULL);
    bool good = take_pattern(s, pattern);

    if (s->args.fault == NULL && good && pattern->len == 0) /* only the delimiter is asked for */
        imap_say(s, "", "LIST (\\Noselect) \"%c\" \"\"", LEVEL);
    for (guint i = 0; s->args.fault == NULL && good && i < s->box->folders->len; i++) {
        const struct mail_folder *f = s->box->folders->pdata[i];
        bool has_children = mail_folder_has_children(f);

        if (imap_list_matches(span_bytes(pattern->str, pattern->len), span_of(f->name)))
            say_folder(s,
                       f->no_select ? has_children ? "\\Noselect \\HasChildren" : "\\Noselect \\HasNoChildren"
                       : has_children ? "\\HasChildren"
                                      : "\\HasNoChildren",
                       f->name);
    }
    g_string_free(pattern, TRUE);
    return s->args.fault == NULL ? imap_completed(s) : imap_bad_args(s);
}

/* §6.3.9: "%" finds the level above, too, where only something below it is subscribed; it is told as one that
 * can't be selected. `told` keeps them apart: subscriptions come by name, so those below one are not in a
 * row. */
static void say_levels_above(struct imap_server *s, struct span pattern, const char *name, GHashTable *told)
{
    for (const char *end = strchr(name, LEVEL); end != NULL; end = strchr(end + 1, LEVEL)) {
        char *above = g_strndup(name, (gsize)(end - name));

        if (imap_list_matches(pattern, span_of(above)) && !mail_is_subscribed(s->box, above) &&
            !g_hash_table_contains(told, above)) {
            say_folder(s, "\\Noselect", above);
            g_hash_table_add(told, g_steal_pointer(&above));
        }
        g_free(above);
    }
}

enum imap_server_state imap_on_lsub(struct imap_server *s)
{
    GString *pattern = g_string_new(NULL);
    bool good = take_pattern(s, pattern) && s->args.fault == NULL;
    struct span wild = span_bytes(pattern->str, pattern->len);
    bool finds_above = memchr(pattern->str, '%', pattern->len) != NULL;
    GHashTable *told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (guint i = 0; good && s->box->subscribed != NULL && i < s->box->subscribed->len; i++) {
        const char *name = s->box->subscribed->pdata[i];

        if (imap_list_matches(wild, span_of(name)))
            say_folder(s, "", name);
        else if (finds_above)
            say_levels_above(s, wild, name, told);
    }
    g_hash_table_destroy(told);
    g_string_free(pattern, TRUE);
    return s->args.fault == NULL ? imap_completed(s) : imap_bad_args(s);
}

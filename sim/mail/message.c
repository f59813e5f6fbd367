#include "mail/message.h"

#include <assert.h>
#include <glib.h>

struct mail_message *mail_message_new(uint32_t mail, const struct span *parts, unsigned n_parts)
{
    struct mail_message *m;
    size_t len = 0;
    char *at;

    for (unsigned i = 0; i < n_parts; i++)
        len += parts[i].len;
    m = g_malloc(sizeof *m + len); /* its bytes stand behind it */
    at = (char *)(m + 1);
    *m = (struct mail_message){ .refs = 1, .mail = mail, .data = span_bytes(at, len) };
    for (unsigned i = 0; i < n_parts; i++) {
        if (parts[i].len > 0)
            memcpy(at, parts[i].at, parts[i].len);
        at += parts[i].len;
    }
    return m;
}

struct mail_message *mail_message_ref(struct mail_message *m)
{
    m->refs++;
    return m;
}

void mail_message_unref(struct mail_message **m)
{
    struct mail_message *gone = *m;

    *m = NULL;
    if (gone == NULL)
        return;
    assert(gone->refs > 0);
    if (--gone->refs == 0)
        g_free(gone);
}

static struct span take_line(struct span *rest)
{
    const char *lf = rest->len > 0 ? memchr(rest->at, '\n', rest->len) : NULL;
    struct span line = span_bytes(rest->at, lf != NULL ? (size_t)(lf - rest->at) + 1 : rest->len);

    *rest = span_bytes(rest->at + line.len, rest->len - line.len);
    return line;
}

static bool starts_with_space(struct span text)
{
    return text.len > 0 && (text.at[0] == ' ' || text.at[0] == '\t');
}

bool mail_take_field(struct span *rest, struct span *name_out, struct span *value_out)
{
    struct span line = take_line(rest);
    const char *colon = line.len > 0 ? memchr(line.at, ':', line.len) : NULL;

    if (colon == NULL || colon == line.at)
        return false;
    while (starts_with_space(*rest))
        line.len += take_line(rest).len;
    *name_out = span_trim(span_bytes(line.at, (size_t)(colon - line.at)));
    *value_out = span_bytes(colon + 1, (size_t)(line.at + line.len - colon) - 1);
    return true;
}

static struct span trim(struct span text)
{
    while (text.len > 0 && g_ascii_isspace(text.at[0]))
        text = span_bytes(text.at + 1, text.len - 1);
    while (text.len > 0 && g_ascii_isspace(text.at[text.len - 1]))
        text.len--;
    return text;
}

struct span mail_message_field(const struct mail_message *m, const char *name)
{
    struct span rest = m->data, wanted = span_of(name), field, value;

    while (mail_take_field(&rest, &field, &value))
        if (span_is_nocase(field, wanted))
            return trim(value);
    return span_bytes(NULL, 0);
}

unsigned mail_message_count(const struct mail_message *m, const char *name)
{
    struct span rest = m->data, wanted = span_of(name), field, value;
    unsigned n = 0;

    while (mail_take_field(&rest, &field, &value))
        n += span_is_nocase(field, wanted);
    return n;
}

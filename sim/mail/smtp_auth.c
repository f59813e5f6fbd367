#include "mail/smtp_auth.h"

void smtp_auth_init(struct smtp_auth *a)
{
    *a = (struct smtp_auth){ .done = false };
}

void smtp_auth_release(struct smtp_auth *a)
{
    if (a->kept != NULL)
        g_string_free(a->kept, TRUE);
    smtp_auth_init(a);
}

void smtp_auth_expect(struct smtp_auth *a)
{
    if (a->kept == NULL)
        a->kept = g_string_new(NULL);
    g_string_truncate(a->kept, 0);
    a->too_long = a->cr = false;
}

static void keep(struct smtp_auth *a, char c)
{
    if (a->kept->len + 2 < SMTP_RESPONSE_MAX)
        g_string_append_c(a->kept, c);
    else
        a->too_long = true;
}

/* Octet by octet: there are few such lines. A CR or LF alone is a part of it, and no base64. */
bool smtp_auth_take(struct smtp_auth *a, struct span *bytes, struct span *line_out, bool *too_long_out)
{
    for (size_t i = 0; i < bytes->len; i++) {
        char c = bytes->at[i];

        if (a->cr && c == '\n') {
            *bytes = span_bytes(bytes->at + i + 1, bytes->len - i - 1);
            *line_out = span_bytes(a->kept->str, a->kept->len);
            *too_long_out = a->too_long;
            return true;
        }
        if (a->cr)
            keep(a, '\r');
        a->cr = c == '\r';
        if (!a->cr)
            keep(a, c);
    }
    *bytes = span_bytes(bytes->at + bytes->len, 0);
    return false;
}

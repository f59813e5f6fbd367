#include "mail/imap_text.h"

#include "core/time.h"
#include "mail/imap_utf7.h"
#include "mail/text.h"

enum { QUOTED_MAX = 1000 }; /* octets; readers have line buffers */

void imap_put_literal(GString *out, struct span octets)
{
    g_string_append_printf(out, "{%zu}\r\n", octets.len);
    mail_append(out, octets);
}

void imap_put_string(GString *out, struct span text)
{
    bool fits = text.len <= QUOTED_MAX;

    for (size_t i = 0; i < text.len && fits; i++)
        fits = (guchar)text.at[i] - 1u < 0x7f && text.at[i] != '\r' && text.at[i] != '\n';
    if (!fits) {
        imap_put_literal(out, text);
        return;
    }
    g_string_append_c(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '"' || text.at[i] == '\\')
            g_string_append_c(out, '\\');
        g_string_append_c(out, text.at[i]);
    }
    g_string_append_c(out, '"');
}

void imap_put_nstring(GString *out, struct span text)
{
    if (text.at == NULL)
        g_string_append(out, "NIL");
    else
        imap_put_string(out, text);
}

void imap_put_astring(GString *out, struct span text)
{
    bool is_atom = text.len > 0 && !span_is_nocase(text, SPAN("NIL"));

    for (size_t i = 0; i < text.len && is_atom; i++)
        is_atom = (guchar)(text.at[i] - 0x21) < 0x5e && strchr("(){%*\"\\", text.at[i]) == NULL;
    if (is_atom)
        mail_append(out, text);
    else
        imap_put_string(out, text);
}

void imap_put_folder_name(GString *out, struct span utf8)
{
    GString *name = g_string_new(NULL);

    imap_utf7_encode(utf8, name);
    imap_put_astring(out, span_bytes(name->str, name->len));
    g_string_free(name, TRUE);
}

void imap_put_date_time(GString *out, int64_t unix_s)
{
    char date[TIME_RFC5322_MAX]; /* "Tue, 01 Feb 1994 21:52:25 +0000" */

    time_rfc5322(date, unix_s);
    g_string_append_printf(out, "\"%.2s-%.3s-%.4s %s\"", date + 5, date + 8, date + 12, date + 17);
}

#include "http/webmail_internal.h"

#include <string.h>

#include "http/html.h"
#include "mail/mime.h"

/* ---- Text. */

void webmail_put(GString *out, const char *template, ...)
{
    const char *hole;
    va_list args;

    va_start(args, template);
    while ((hole = strstr(template, "{}")) != NULL) {
        const char *text = va_arg(args, const char *);

        g_string_append_len(out, template, hole - template);
        html_text(out, span_of(text));
        template = hole + 2;
    }
    va_end(args);
    g_string_append(out, template);
}

static void put_number(GString *out, const char *template, size_t number)
{
    char text[24];

    g_snprintf(text, sizeof text, "%zu", number);
    webmail_put(out, template, text);
}

/* A header field for people; `none` if it says nothing. To be freed. */
static char *header_text(const struct mail_message *m, const char *name, const char *none)
{
    GString *s = g_string_new(NULL);

    mime_header_text(mail_message_field(m, name), s);
    if (s->len == 0)
        g_string_assign(s, none);
    return g_string_free(s, FALSE);
}

/* ---- URLs. */

static char *url_of(const char *path, const char *folder_key, const char *folder, uint32_t uid,
                    const char *part)
{
    GString *query = g_string_new(NULL);
    char *url, number[16];

    http_form_add(query, folder_key, folder);
    g_snprintf(number, sizeof number, "%u", (unsigned)uid);
    if (uid != 0)
        http_form_add(query, "uid", number);
    if (part != NULL)
        http_form_add(query, "part", part);
    url = g_strconcat("/mail/", path, "?", query->str, NULL);
    g_string_free(query, TRUE);
    return url;
}

char *webmail_folder_url(const char *folder)
{
    return url_of("folder", "name", folder, 0, NULL);
}

/* ---- What is on every page. */

static struct http_message *begin_page(unsigned status, const char *title, const struct webmail_login *l)
{
    struct http_message *m = http_response_new(status);

    http_add(m, "Content-Type", "text/html; charset=utf-8");
    http_add(m, "Cache-Control", "no-store"); /* it is one person's, and another one in a moment */
    http_add(m, "Content-Security-Policy",
             "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'");
    webmail_put(m->body,
                "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{}</title>\n<style>\n"
                "body { font-family: sans-serif; margin: 2em }\n"
                "th, td { text-align: left; vertical-align: top; padding: 0.2em 1em 0.2em 0 }\n"
                "form { display: inline }\n.new { font-weight: bold }\n.notice { color: #a00 }\n"
                "pre { white-space: pre-wrap }\n</style>\n",
                title);
    if (l == NULL)
        return m;
    webmail_put(m->body, "<header data-user=\"{}\">\n<b>{}</b>\n<nav>\n", l->box->user, l->address);
    for (guint i = 0; i < l->box->folders->len; i++) {
        const struct mail_folder *f = l->box->folders->pdata[i];
        char *url = webmail_folder_url(f->name);

        if (!f->no_select)
            webmail_put(m->body, "<a class=\"folder\" data-name=\"{}\" href=\"{}\">{}</a>\n", f->name, url,
                        f->name);
        g_free(url);
    }
    webmail_put(m->body, "<a class=\"compose\" href=\"/mail/compose\">New mail</a>\n"
                         "<form method=\"post\" action=\"/mail/logout\"><button>Log out</button></form>\n"
                         "</nav>\n</header>\n");
    return m;
}

static void put_notice(GString *out, const char *notice)
{
    if (notice != NULL)
        webmail_put(out, "<p class=\"notice\">{}.</p>\n", notice);
}

struct http_message *webmail_login_page(unsigned status, const char *notice)
{
    struct http_message *m = begin_page(status, "Log in", NULL);

    webmail_put(m->body, "<h1>Web mail</h1>\n");
    put_notice(m->body, notice);
    webmail_put(m->body, "<form method=\"post\" action=\"/mail/login\">\n"
                         "<p><label>User name <input name=\"user\"></label>\n"
                         "<p><label>Password <input name=\"password\" type=\"password\"></label>\n"
                         "<p><button>Log in</button>\n</form>\n");
    return m;
}

struct http_message *webmail_notice_page(const struct webmail_login *l, unsigned status, const char *notice)
{
    struct http_message *m = begin_page(status, http_reason(status), l);

    webmail_put(m->body, "<h1>{}</h1>\n", http_reason(status));
    put_notice(m->body, notice);
    return m;
}

struct http_message *webmail_compose_page(const struct webmail_login *l, unsigned status, const char *notice,
                                          const struct webmail_draft *d)
{
    struct http_message *m = begin_page(status, "New mail", l);

    webmail_put(m->body, "<h1>New mail</h1>\n");
    put_notice(m->body, notice);
    /* The first line end behind <textarea> is not part of the text. */
    webmail_put(m->body,
                "<form method=\"post\" action=\"/mail/send\">\n"
                "<p><label>To <input name=\"to\" size=\"60\" value=\"{}\"></label>\n"
                "<p><label>Subject <input name=\"subject\" size=\"60\" value=\"{}\"></label>\n"
                "<p><textarea name=\"text\" rows=\"20\" cols=\"78\">\n{}</textarea>\n"
                "<p><button>Send</button>\n</form>\n",
                d->to, d->subject, d->text);
    return m;
}

/* ---- Folders. */

/* What can be done with a message: a form each. */
static void put_forms(GString *out, const struct mail_folder *f, const char *uid)
{
    static const char hidden[] = "<input type=\"hidden\" name=\"folder\" value=\"{}\">"
                                 "<input type=\"hidden\" name=\"uid\" value=\"{}\">";

    webmail_put(out, "<form method=\"post\" action=\"/mail/delete\">");
    webmail_put(out, hidden, f->name, uid);
    webmail_put(out, "<button>Delete</button></form>\n<form method=\"post\" action=\"/mail/move\">");
    webmail_put(out, hidden, f->name, uid);
    webmail_put(out, "<input name=\"to\" size=\"10\" list=\"folders\"><button>Move</button></form>\n");
}

static void put_folder_names(GString *out, const struct mail_box *box)
{
    webmail_put(out, "<datalist id=\"folders\">\n");
    for (guint i = 0; i < box->folders->len; i++)
        webmail_put(out, "<option>{}</option>\n", ((const struct mail_folder *)box->folders->pdata[i])->name);
    webmail_put(out, "</datalist>\n");
}

static void put_row(GString *out, const struct mail_folder *f, const struct mail_stored *s)
{
    char *subject = header_text(s->message, "Subject", "(no subject)"),
         *from = header_text(s->message, "From", "");
    char *url = url_of("message", "folder", f->name, s->uid, NULL), uid[16], date[TIME_RFC5322_MAX];
    bool is_new = !(s->flags & MAIL_SEEN);

    g_snprintf(uid, sizeof uid, "%u", (unsigned)s->uid);
    webmail_put(out, "<tr class=\"{}\">\n<td>{}{}\n<td>{}\n", is_new ? "new" : "",
                s->flags & MAIL_FLAGGED ? "! " : "",
                is_new                     ? "new"
                : s->flags & MAIL_ANSWERED ? "answered"
                                           : "",
                from);
    webmail_put(
        out,
        "<td><a class=\"message\" data-uid=\"{}\" data-new=\"{}\" data-subject=\"{}\" href=\"{}\">{}</a>\n",
        uid, is_new ? "yes" : "no", subject, url, subject);
    webmail_put(out, "<td>{}\n", time_rfc5322(date, s->date_s));
    put_number(out, "<td>{}\n<td>", s->message->data.len);
    put_forms(out, f, uid);
    g_free(subject);
    g_free(from);
    g_free(url);
}

/* The latest comes first, as people are used to. */
struct http_message *webmail_folder_page(const struct webmail_login *l, const struct mail_folder *f)
{
    struct http_message *m = begin_page(200, f->name, l);

    webmail_put(m->body, "<h1>{}</h1>\n", f->name);
    put_folder_names(m->body, l->box);
    if (f->n == 0)
        webmail_put(m->body, "<p>There is no message here.\n");
    else
        webmail_put(m->body, "<table>\n<tr><th><th>From<th>Subject<th>Received<th>Octets<th>\n");
    for (unsigned i = f->n; i-- > 0;)
        put_row(m->body, f, &f->messages[i]);
    if (f->n > 0)
        webmail_put(m->body, "</table>\n");
    return m;
}

/* ---- Messages. */

/* Of an HTML part: what is between its tags, a new line where a block begins. */
static void put_html_as_text(GString *out, const char *html)
{
    static const char *const blocks[] = { "br", "p", "div", "tr", "li", "h1", "h2", "h3", "blockquote" };
    struct span page = span_of(html);
    struct html_tag tag = { 0 };
    char *text = g_strndup(html, strcspn(html, "<")), *plain = html_decode(span_of(text));

    html_text(out, span_of(plain));
    g_free(plain);
    g_free(text);
    while (html_next(&page, &tag)) {
        for (size_t i = 0; i < G_N_ELEMENTS(blocks); i++)
            if (html_tag_is(&tag, blocks[i]))
                g_string_append_c(out, '\n');
        plain = html_decode(tag.text);
        html_text(out, span_of(plain));
        g_free(plain);
    }
}

static void put_text(GString *out, const struct mime_part *p)
{
    GString *text = g_string_new(NULL);

    if (p == NULL) {
        webmail_put(out, "<p>This message has no text.\n");
        g_string_free(text, TRUE);
        return;
    }
    mime_text(p, text);
    webmail_put(out, "<pre>");
    if (mime_is(p, "text", "html"))
        put_html_as_text(out, text->str);
    else
        html_text(out, span_bytes(text->str, text->len));
    webmail_put(out, "</pre>\n");
    g_string_free(text, TRUE);
}

static bool is_leaf(const struct mime_part *p)
{
    return p->parts == NULL || !mime_is(p, "multipart", NULL);
}

/* Numbers as IMAP has them (RFC 3501 §6.4.5): "2", "2.1". */
static void put_parts(GString *out, const struct mime_part *p, const char *number,
                      const struct mime_part *shown, const struct mail_folder *f, uint32_t uid)
{
    for (guint i = 0; !is_leaf(p) && i < p->parts->len; i++) {
        char *inner = g_strdup_printf("%s%s%u", number, number[0] != '\0' ? "." : "", i + 1);

        put_parts(out, g_ptr_array_index(p->parts, i), inner, shown, f, uid);
        g_free(inner);
    }
    if (is_leaf(p) && p != shown) {
        const char *name = mime_filename(p);
        char *url = url_of("part", "folder", f->name, uid, number[0] != '\0' ? number : "1");

        webmail_put(out, "<li><a class=\"part\" href=\"{}\">{}</a> ({}/{})\n", url,
                    name != NULL ? name : number, p->type, p->subtype);
        g_free(url);
    }
}

static void put_header(GString *out, const struct mail_message *m)
{
    static const char *const names[] = { "From", "To", "Cc", "Date", "Subject" };

    webmail_put(out, "<table>\n");
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        char *text = header_text(m, names[i], "");

        if (text[0] != '\0')
            webmail_put(out, "<tr><th>{}<td>{}\n", names[i], text);
        g_free(text);
    }
    webmail_put(out, "</table>\n");
}

struct http_message *webmail_message_page(const struct webmail_login *l, const struct mail_folder *f,
                                          unsigned at)
{
    const struct mail_stored *s = &f->messages[at];
    char *subject = header_text(s->message, "Subject", "(no subject)"),
         *from = header_text(s->message, "From", "");
    struct http_message *m = begin_page(200, subject, l);
    struct mime_part *root = mime_parse(s->message->data);
    const struct mime_part *text = mime_text_part(root);
    char *raw = url_of("raw", "folder", f->name, s->uid, NULL), uid[16];

    g_snprintf(uid, sizeof uid, "%u", (unsigned)s->uid);
    webmail_put(m->body, "<article data-folder=\"{}\" data-uid=\"{}\" data-sender=\"{}\" data-subject=\"{}\"",
                f->name, uid, from, subject);
    put_number(m->body, " data-mail=\"{}\"", s->message->mail);
    put_number(m->body, " data-size=\"{}\">\n", s->message->data.len);
    webmail_put(m->body, "<h1>{}</h1>\n", subject);
    put_header(m->body, s->message);
    put_text(m->body, text);
    webmail_put(m->body, "<ul>\n");
    put_parts(m->body, root, "", text, f, s->uid);
    webmail_put(m->body, "<li><a class=\"raw\" href=\"{}\">as it is stored</a>\n</ul>\n</article>\n", raw);
    put_folder_names(m->body, l->box);
    put_forms(m->body, f, uid);
    mime_free(&root);
    g_free(subject);
    g_free(from);
    g_free(raw);
    return m;
}

/* ---- Parts. A browser shall save them, not show them: they come from strangers, and a page among them would
 * speak in the server's name. */

static struct http_message *begin_file(const char *type, const char *disposition)
{
    struct http_message *m = http_response_new(200);

    http_add(m, "Content-Type", type);
    http_add(m, "Content-Disposition", disposition);
    http_add(m, "X-Content-Type-Options", "nosniff");
    http_add(m, "Content-Security-Policy", "sandbox");
    http_add(m, "Cache-Control", "no-store");
    return m;
}

/* To be freed. */
static char *type_of(const struct mime_part *p)
{
    const char *charset = mime_param(p, "charset");

    if (!http_is_token(span_of(p->type)) || !http_is_token(span_of(p->subtype)))
        return g_strdup("application/octet-stream");
    if (mime_is(p, "text", NULL) && charset != NULL && http_is_token(span_of(charset)))
        return g_strdup_printf("%s/%s; charset=%s", p->type, p->subtype, charset);
    return g_strdup_printf("%s/%s", p->type, p->subtype);
}

/* RFC 8187 for the name; to be freed. */
static char *disposition_of(const struct mime_part *p)
{
    const char *name = mime_filename(p);
    GString *s = g_string_new("attachment");

    if (name != NULL) {
        g_string_append(s, "; filename*=UTF-8''");
        g_string_append_uri_escaped(s, name, NULL, FALSE);
    }
    return g_string_free(s, FALSE);
}

static const struct mime_part *find_part(const struct mime_part *root, const char *number)
{
    if (is_leaf(root))
        return strcmp(number, "1") == 0 ? root : NULL;
    for (;;) {
        size_t len = strcspn(number, ".");
        uint64_t i;

        if (is_leaf(root) || !span_number(span_bytes(number, len), root->parts->len, &i) || i == 0)
            return NULL;
        root = g_ptr_array_index(root->parts, i - 1);
        if (number[len] == '\0')
            return is_leaf(root) ? root : NULL;
        number += len + 1;
    }
}

struct http_message *webmail_part(const struct mail_message *message, const char *number)
{
    struct mime_part *root = mime_parse(message->data);
    const struct mime_part *p = find_part(root, number);
    struct http_message *m = NULL;

    if (p != NULL) {
        char *type = type_of(p), *disposition = disposition_of(p);

        m = begin_file(type, disposition);
        mime_decode(p, m->body);
        g_free(type);
        g_free(disposition);
    }
    mime_free(&root);
    return m;
}

struct http_message *webmail_raw(const struct mail_message *message)
{
    struct http_message *m = begin_file("text/plain", "inline");

    g_string_append_len(m->body, message->data.at, (gssize)message->data.len);
    return m;
}

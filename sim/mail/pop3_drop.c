#include "mail/pop3_drop.h"

#include <assert.h>

#include "mail/text.h"

size_t pop3_put_lines(GString *out, struct span message, uint64_t body_lines)
{
    bool in_body = false;
    size_t size = 0;

    while (message.len > 0 && !(in_body && body_lines == 0)) {
        const char *lf = memchr(message.at, '\n', message.len);
        struct span line = span_bytes(message.at, lf != NULL ? (size_t)(lf - message.at) : message.len);

        message.at += line.len + (lf != NULL);
        message.len -= line.len + (lf != NULL);
        if (lf != NULL && line.len > 0 && line.at[line.len - 1] == '\r')
            line.len--;
        body_lines -= in_body;
        in_body = in_body || line.len == 0;
        size += line.len + 2;
        if (out == NULL)
            continue;
        if (line.len > 0 && line.at[0] == '.')
            mail_append(out, SPAN("."));
        mail_append(out, line);
        mail_append(out, SPAN("\r\n"));
    }
    return size;
}

bool pop3_drop_open(struct pop3_drop *d, struct mail_box *box)
{
    const struct mail_folder *f = box->inbox;

    assert(d->box == NULL);
    if (!mail_box_lock(box))
        return false;
    *d = (struct pop3_drop){ .box = box, .mails = g_new0(struct pop3_mail, f->n), .n = f->n, .n_left = f->n };
    for (unsigned i = 0; i < f->n; i++) {
        const struct mail_message *m = f->messages[i].message;

        d->mails[i].uid = f->messages[i].uid;
        d->mails[i].mail = m->mail;
        d->mails[i].size = pop3_put_lines(NULL, m->data, UINT64_MAX);
        d->size_left += d->mails[i].size;
    }
    return true;
}

void pop3_drop_close(struct pop3_drop *d, bool update)
{
    if (d->box == NULL)
        return;
    for (unsigned i = 0; update && i < d->n; i++)
        if (d->mails[i].marked)
            mail_box_delete(d->box, d->mails[i].uid);
    mail_box_unlock(d->box);
    g_free(d->mails);
    *d = (struct pop3_drop){ 0 };
}

void pop3_drop_mark(struct pop3_drop *d, struct pop3_mail *m, bool marked)
{
    if (m->marked == marked)
        return;
    m->marked = marked;
    d->n_left = marked ? d->n_left - 1 : d->n_left + 1;
    d->size_left = marked ? d->size_left - m->size : d->size_left + m->size;
}

struct pop3_mail *pop3_drop_next(const struct pop3_drop *d, const struct pop3_mail *m)
{
    for (unsigned i = m != NULL ? pop3_drop_number(d, m) : 0; i < d->n; i++)
        if (!d->mails[i].marked)
            return &d->mails[i];
    return NULL;
}

unsigned pop3_drop_number(const struct pop3_drop *d, const struct pop3_mail *m)
{
    return (unsigned)(m - d->mails) + 1;
}

const struct mail_message *pop3_drop_message(const struct pop3_drop *d, const struct pop3_mail *m)
{
    int at = mail_folder_place(d->box->inbox, m->uid);

    return at >= 0 ? d->box->inbox->messages[at].message : NULL;
}

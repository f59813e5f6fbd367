#include "mail/smtp_envelope.h"

#include <assert.h>

void smtp_envelope_init(struct smtp_envelope_store *e)
{
    e->is = (struct smtp_envelope){ 0 }; /* the buffers need no zeros */
    e->recipients = NULL;
    e->names = NULL;
}

void smtp_envelope_release(struct smtp_envelope_store *e)
{
    if (e->recipients == NULL)
        return;
    g_ptr_array_free(e->recipients, TRUE);
    g_string_free(e->names, TRUE);
    e->recipients = NULL;
    e->names = NULL;
}

void smtp_envelope_clear(struct smtp_envelope_store *e)
{
    if (e->is.n_recipients > 0) {
        g_ptr_array_set_size(e->recipients, 0);
        g_string_truncate(e->names, 0);
    }
    e->is = (struct smtp_envelope){ .helo = e->is.helo, .esmtp = e->is.esmtp };
}

static struct span copy(char *buf, size_t room, struct span text)
{
    assert(text.len <= room);
    if (text.len > 0)
        memcpy(buf, text.at, text.len);
    return span_bytes(buf, text.len);
}

void smtp_envelope_set_helo(struct smtp_envelope_store *e, struct span name, bool esmtp)
{
    e->is.helo = copy(e->helo, sizeof e->helo, name);
    e->is.esmtp = esmtp;
}

void smtp_envelope_set_sender(struct smtp_envelope_store *e, struct span sender, uint64_t declared_size)
{
    e->is.sender = copy(e->sender, sizeof e->sender, sender);
    e->is.declared_size = declared_size;
}

/* The names stand one behind the other; when they had to move, the pointers to them follow. */
static void point_again(struct smtp_envelope_store *e)
{
    char *name = e->names->str;

    for (unsigned i = 0; i < e->recipients->len; i++) {
        e->recipients->pdata[i] = name;
        name += strlen(name) + 1;
    }
}

void smtp_envelope_add(struct smtp_envelope_store *e, struct span recipient)
{
    const char *before;
    size_t at;

    if (e->recipients == NULL) {
        e->recipients = g_ptr_array_sized_new(4);
        e->names = g_string_sized_new(256);
    }
    before = e->names->str;
    at = e->names->len;
    g_string_append_len(e->names, recipient.at, (gssize)recipient.len);
    g_string_append_c(e->names, '\0');
    g_ptr_array_add(e->recipients, e->names->str + at);
    if (e->names->str != before)
        point_again(e);
    e->is.recipients = (const char *const *)e->recipients->pdata;
    e->is.n_recipients = e->recipients->len;
}

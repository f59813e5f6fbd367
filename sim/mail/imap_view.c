#include "mail/imap_view.h"

#include <assert.h>

static void news(struct imap_view *v)
{
    v->on_news(v->self);
}

/* In the list with this uid; NULL if it has not been taken in. */
static struct imap_viewed *find(struct imap_view *v, uint32_t uid)
{
    unsigned at = imap_view_from(v, uid);

    return at < v->n && v->messages[at].uid == uid ? &v->messages[at] : NULL;
}

static void on_stored(void *self, unsigned at)
{
    (void)at;
    news(self);
}

static void mark_gone(struct imap_view *v, struct imap_viewed *m)
{
    assert(!m->is_gone);
    m->is_gone = true;
    v->n_gone++;
    v->n_changed -= m->is_changed;
    m->is_changed = false;
}

static void on_expunged(void *self, unsigned at, uint32_t uid)
{
    struct imap_view *v = self;
    struct imap_viewed *m = find(v, uid);

    (void)at;
    if (m == NULL)
        return; /* it came and went, and the client never knew */
    mark_gone(v, m);
    news(v);
}

static void on_flags(void *self, unsigned at)
{
    struct imap_view *v = self;
    struct imap_viewed *m = find(v, v->folder->messages[at].uid);

    if (m == NULL)
        return;
    m->flags = v->folder->messages[at].flags;
    v->n_changed += !m->is_changed;
    m->is_changed = true;
    news(v);
}

static void on_gone(void *self)
{
    struct imap_view *v = self;

    imap_view_close(v);
    v->has_lost = true;
    news(v);
}

void imap_view_init(struct imap_view *v, void (*on_news_fn)(void *self), void *self)
{
    *v = (struct imap_view){
        .watch = { .on_stored = on_stored,
                   .on_expunged = on_expunged,
                   .on_flags = on_flags,
                   .on_gone = on_gone,
                   .self = v },
        .on_news = on_news_fn,
        .self = self,
    };
}

void imap_view_open(struct imap_view *v, struct mail_folder *f, bool read_only)
{
    imap_view_close(v);
    v->folder = f;
    v->is_read_only = read_only;
    v->has_lost = false;
    v->known = 1;
    v->n_keywords = f->keywords != NULL ? f->keywords->len : 0;
    mail_watch_start(&v->watch, f);
    imap_view_take_new(v);
}

void imap_view_close(struct imap_view *v)
{
    mail_watch_stop(&v->watch);
    for (unsigned i = 0; i < v->n; i++)
        mail_message_unref(&v->messages[i].message);
    g_free(v->messages);
    v->messages = NULL;
    v->folder = NULL;
    v->n = v->room = v->n_recent = v->n_gone = v->n_changed = 0;
}

unsigned imap_view_from(const struct imap_view *v, uint32_t uid)
{
    unsigned low = 0, high = v->n;

    while (low < high) {
        unsigned middle = low + (high - low) / 2;

        if (v->messages[middle].uid < uid)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

unsigned imap_view_take_new(struct imap_view *v)
{
    struct mail_folder *f = v->folder;
    unsigned from = mail_folder_from(f, v->known), n = f->n - from;

    if (v->n + n > v->room) {
        v->room = MAX(v->n + n, 2 * v->room);
        v->messages = g_renew(struct imap_viewed, v->messages, v->room);
    }
    for (unsigned i = from; i < f->n; i++) {
        const struct mail_stored *m = &f->messages[i];
        bool is_recent = m->uid >= f->recent_from;

        v->messages[v->n++] = (struct imap_viewed){
            .uid = m->uid,
            .flags = m->flags,
            .date_s = m->date_s,
            .message = mail_message_ref(m->message),
            .is_recent = is_recent,
        };
        v->n_recent += is_recent;
    }
    v->known = f->uid_next;
    if (!v->is_read_only)
        f->recent_from = f->uid_next;
    return n;
}

void imap_view_strike(struct imap_view *v, void (*tell)(void *self, unsigned number), void *self)
{
    unsigned kept = 0;

    if (v->n_gone == 0)
        return;
    for (unsigned i = 0; i < v->n; i++) {
        struct imap_viewed *m = &v->messages[i];

        if (!m->is_gone) {
            v->messages[kept++] = *m;
            continue;
        }
        v->n_recent -= m->is_recent;
        mail_message_unref(&m->message);
        if (tell != NULL)
            tell(self, kept + 1);
    }
    v->n = kept;
    v->n_gone = 0;
}

void imap_view_set_flags(struct imap_view *v, unsigned at, uint32_t flags)
{
    struct imap_viewed *m = &v->messages[at];
    int place = mail_folder_place(v->folder, m->uid);

    assert(place >= 0 && !m->is_gone);
    mail_folder_set_flags(v->folder, (unsigned)place, flags, &v->watch);
    m->flags = flags;
}

void imap_view_expunge(struct imap_view *v, unsigned at)
{
    int place = mail_folder_place(v->folder, v->messages[at].uid);

    assert(place >= 0);
    mark_gone(v, &v->messages[at]);
    mail_folder_expunge(v->folder, (unsigned)place, &v->watch);
}

void imap_view_told(struct imap_view *v, unsigned at)
{
    v->n_changed -= v->messages[at].is_changed;
    v->messages[at].is_changed = false;
}

void imap_view_flags_text(const struct imap_view *v, unsigned at, GString *out)
{
    size_t before = out->len;

    mail_flags_text(v->folder, v->messages[at].flags, out);
    if (v->messages[at].is_recent)
        g_string_append(out, out->len > before ? " \\Recent" : "\\Recent");
}

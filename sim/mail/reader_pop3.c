/* Reading by POP3: log in, see what is new on this device, fetch it, perhaps delete it, QUIT. */
#include "mail/reader_internal.h"

static void go_on(struct mail_reader *r)
{
    uint32_t number;

    if (r->to_delete != 0) {
        number = r->to_delete;
        r->to_delete = 0;
        pop3_client_delete(r->pop3, number, r->out);
        return;
    }
    if (r->todo->len == 0) {
        if (r->errand->hang_up)
            reader_hang_up(r);
        else
            pop3_client_quit(r->pop3, r->out);
        return;
    }
    number = g_array_index(r->todo, uint32_t, r->todo->len - 1);
    g_array_set_size(r->todo, r->todo->len - 1);
    if (r->errand->headers)
        pop3_client_top(r->pop3, number, 0, r->out);
    else
        pop3_client_retrieve(r->pop3, number, r->out);
}

static int by_number(const void *a, const void *b)
{
    const struct pop3_listed *x = a, *y = b;

    return (x->number > y->number) - (x->number < y->number);
}

/* A server without unique ids leaves it no way to know what is new: all is, each time. */
static struct held *hold(struct mail_reader *r, const struct pop3_listed *l)
{
    char made_up[32];

    g_snprintf(made_up, sizeof made_up, "session%u.%u", (unsigned)r->n_sessions, l->number);
    return reader_hold(r, MAIL_BY_POP3, r->errand->folder, l->uid[0] != '\0' ? l->uid : made_up);
}

static bool is_new(const struct mail_reader *r, const struct pop3_listed *l)
{
    const struct held *h = l->uid[0] != '\0' ? reader_held(r, MAIL_BY_POP3, r->errand->folder, l->uid) : NULL;

    return h == NULL || (!h->whole && !r->errand->headers);
}

/* From the end: the next to fetch is the last of those to do. */
static void choose(struct mail_reader *r)
{
    for (unsigned i = r->n_list; i > 0; i--) {
        uint32_t number = r->list[i - 1].number;

        if (is_new(r, &r->list[i - 1]))
            g_array_append_val(r->todo, number);
    }
    reader_trace_check(r, r->n_list, r->todo->len);
}

static void on_ready(void *self, const struct pop3_listed *list, unsigned n)
{
    struct mail_reader *r = self;

    if (!r->is_listed) { /* logged in just now */
        r->is_listed = true;
        r->list = list;
        r->n_list = n;
        choose(r);
    }
    go_on(r);
}

static void on_message(void *self, unsigned number, struct span message, bool whole)
{
    struct mail_reader *r = self;
    const struct pop3_listed key = { .number = number };
    const struct pop3_listed *l = bsearch(&key, r->list, r->n_list, sizeof key, by_number);
    struct held *h;

    g_assert(l != NULL); /* what was asked for is one of the list */
    h = hold(r, l);
    h->size = l->size;
    reader_keep(h, message, whole);
    reader_trace_read(r, h, message, whole);
    if (r->errand->remove)
        r->to_delete = number;
}

static void on_deleted(void *self, unsigned number)
{
    (void)self; /* that it is marked; it is deleted when QUIT is answered */
    (void)number;
}

/* Of the login: that was it. Of a message: the others may be had. */
static void on_refused(void *self, struct span line)
{
    struct mail_reader *r = self;

    r->was_refused = !r->is_listed;
    reader_fail(r, line);
}

static void on_end(void *self, bool in_order, struct span line)
{
    reader_ended(self, in_order, line);
}

static void on_state(void *self, enum pop3_client_state before, enum pop3_client_state now)
{
    reader_trace_state(self, EV_POP3_STATE, pop3_client_state_text(before), pop3_client_state_text(now));
}

static const struct pop3_client_events events = {
    .on_ready = on_ready,
    .on_message = on_message,
    .on_deleted = on_deleted,
    .on_refused = on_refused,
    .on_end = on_end,
    .on_state = on_state,
};

void reader_pop3_begin(struct mail_reader *r)
{
    r->is_listed = false;
    r->list = NULL;
    r->n_list = r->to_delete = 0;
    g_array_set_size(r->todo, 0);
    r->pop3_options = (struct pop3_client_options){
        .user = r->user,
        .password = r->errand->password,
        .apop = r->apop,
        .uidl = true,
    };
    r->pop3 = pop3_client_new(&r->pop3_options, &events, r);
}

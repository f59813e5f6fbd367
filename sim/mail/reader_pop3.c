/* Reading by POP3: log in, see what is new on this device, fetch it, perhaps delete it, QUIT. */
#include "mail/reader_internal.h"

static void go_on(struct mail_reader *r)
{
    uint32_t number;

    if (r->to_delete != 0) {
        pop3_client_delete(r->pop3, r->to_delete, r->out);
        r->to_delete = 0;
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
    if (r->errand->headers)
        pop3_client_top(r->pop3, number, 0, r->out);
    else
        pop3_client_retrieve(r->pop3, number, r->out);
}

static const struct pop3_listed *listed(const struct mail_reader *r, unsigned number)
{
    for (unsigned i = 0; i < r->n_list; i++)
        if (r->list[i].number == number)
            return &r->list[i];
    return NULL;
}

/* A server without unique ids leaves it no way to know what is new: then all is. */
static struct held *held_of(struct mail_reader *r, const struct pop3_listed *l)
{
    char number[16];

    g_snprintf(number, sizeof number, "%u", l->number);
    return reader_hold(r, MAIL_BY_POP3, "INBOX", l->uid[0] != '\0' ? l->uid : number);
}

static bool is_new(const struct mail_reader *r, const struct pop3_listed *l)
{
    const struct held *h = l->uid[0] != '\0' ? reader_held(r, MAIL_BY_POP3, "INBOX", l->uid) : NULL;

    return h == NULL || (!h->whole && !r->errand->headers);
}

static void on_ready(void *self, const struct pop3_listed *list, unsigned n)
{
    struct mail_reader *r = self;

    if (!r->is_listed) { /* logged in just now */
        r->is_listed = true;
        r->list = list;
        r->n_list = n;
        for (unsigned i = n; i > 0; i--) {
            uint32_t number = list[i - 1].number;

            if (is_new(r, &list[i - 1]))
                g_array_append_val(r->todo, number);
        }
        reader_trace_check(r, n, r->todo->len);
    }
    go_on(r);
}

static void on_message(void *self, unsigned number, struct span message, bool whole)
{
    struct mail_reader *r = self;
    const struct pop3_listed *l = listed(r, number);
    struct held *h;

    if (l == NULL)
        return;
    h = held_of(r, l);
    h->size = l->size;
    reader_keep(r, h, message, whole);
    reader_trace_read(r, h, whole);
    if (r->todo->len > 0)
        g_array_set_size(r->todo, r->todo->len - 1);
    if (r->errand->remove)
        r->to_delete = number;
}

static void on_deleted(void *self, unsigned number)
{
    (void)self; /* the server's mailbox.delete is what counts */
    (void)number;
}

static void on_refused(void *self, struct span line)
{
    struct mail_reader *r = self;

    r->was_refused = true;
    reader_fail(r, line);
    if (r->todo->len > 0)
        g_array_set_size(r->todo, r->todo->len - 1);
}

static void on_end(void *self, bool in_order, struct span line)
{
    struct mail_reader *r = self;

    if (!in_order && !r->was_refused && !(r->errand->hang_up && r->is_over))
        reader_fail(r, r->gone != NULL ? span_of(r->gone) : line);
    r->is_over = true;
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
    r->n_list = 0;
    r->to_delete = 0;
    r->was_refused = false;
    g_array_set_size(r->todo, 0);
    r->pop3_options = (struct pop3_client_options){
        .user = r->user,
        .password = r->errand->password,
        .apop = r->apop,
        .uidl = true,
    };
    r->pop3 = pop3_client_new(&r->pop3_options, &events, r);
}

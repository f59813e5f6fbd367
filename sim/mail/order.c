#include "mail/order.h"

#include "mail/local.h"

struct order {
    unsigned id;
    struct mail_answer answer; /* its texts are the order's own */
    unsigned connections;      /* since it was given */
};

static void order_free(gpointer data)
{
    struct order *o = data;

    g_free(o->answer.text);
    g_free(o->answer.match);
    g_free(o);
}

void mail_orders_init(struct mail_orders *o)
{
    o->list = g_ptr_array_new_with_free_func(order_free);
    o->last_id = 0;
}

void mail_orders_release(struct mail_orders *o)
{
    g_ptr_array_free(o->list, TRUE);
}

unsigned mail_orders_add(struct mail_orders *o, const struct mail_answer *answer)
{
    struct order *order = g_new0(struct order, 1);

    order->id = ++o->last_id;
    order->answer = *answer;
    order->answer.text = g_strdup(answer->text);
    order->answer.match = g_strdup(answer->match);
    g_ptr_array_add(o->list, order);
    return order->id;
}

void mail_orders_end(struct mail_orders *o, unsigned id)
{
    for (guint i = 0; i < o->list->len; i++) {
        if (((struct order *)o->list->pdata[i])->id == id) {
            g_ptr_array_remove_index(o->list, i);
            return;
        }
    }
}

void mail_orders_count(struct mail_orders *o)
{
    for (guint i = 0; i < o->list->len; i++)
        ((struct order *)o->list->pdata[i])->connections++;
}

/* Greedy with one point of return: the latest star takes one character more each time the rest does not fit.
 */
bool mail_glob(struct span pattern, struct span text)
{
    size_t p = 0, t = 0, star = pattern.len, star_text = 0;

    while (t < text.len) {
        if (p < pattern.len && pattern.at[p] == '*') {
            star = p++;
            star_text = t;
        } else if (p < pattern.len && g_ascii_tolower(pattern.at[p]) == g_ascii_tolower(text.at[t])) {
            p++;
            t++;
        } else if (star < pattern.len) {
            p = star + 1;
            t = ++star_text;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.at[p] == '*')
        p++;
    return p == pattern.len;
}

static bool is_in_force(const struct order *o)
{
    return o->answer.after == 0 || o->connections > o->answer.after;
}

static bool is_about(const struct order *o, const struct span *about, unsigned n)
{
    struct span pattern = span_of(o->answer.match);

    if (o->answer.match == NULL)
        return true;
    for (unsigned i = 0; i < n; i++)
        if (mail_glob(pattern, about[i]) || mail_glob(pattern, mail_local_domain_of(about[i])))
            return true;
    return false;
}

bool mail_orders_find(const struct mail_orders *o, enum mail_answer_when when, const struct span *about,
                      unsigned n, struct smtp_verdict *out)
{
    for (guint i = 0; i < o->list->len; i++) {
        const struct order *order = o->list->pdata[i];

        if (order->answer.when != when || !is_in_force(order) || !is_about(order, about, n))
            continue;
        *out = (struct smtp_verdict){ order->answer.code, order->answer.text };
        return true;
    }
    return false;
}

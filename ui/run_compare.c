/* Two runs compared in words: where they part, and what came out differently for people, their mail and the
 * network. */
#include <string.h>

#include "run_parts.h"
#include "tell.h"
#include "words.h"

enum { LINES_MAX = 12 };

/* ---- Where they part. */

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_field(const struct field *a, const struct field *b)
{
    if (a->key != b->key || a->kind != b->kind)
        return false;
    return a->kind == FIELD_TEXT ? span_is(a->text, b->text)
                                 : a->number == b->number && (a->kind != FIELD_ID || a->letter == b->letter);
}

static bool same_record(const struct record *a, const struct record *b)
{
    if (a->time != b->time || a->event != b->event || a->cause != b->cause || a->conn != b->conn ||
        a->lookup != b->lookup || a->mail != b->mail || a->n_fields != b->n_fields ||
        !same_text(a->host, b->host) || !same_text(a->peer, b->peer) || !same_text(a->why, b->why))
        return false;
    for (unsigned i = 0; i < a->n_fields; i++)
        if (!same_field(&a->fields[i], &b->fields[i]))
            return false;
    return true;
}

int64_t first_difference(const struct view_tape *a, const struct view_tape *b)
{
    int64_t n = MIN(view_tape_length(a), view_tape_length(b)), i = 0;

    while (i < n && same_record(view_tape_nth(a, i), view_tape_nth(b, i)))
        i++;
    if (i == n && view_tape_length(a) == view_tape_length(b))
        return -1;
    return MIN(i, view_tape_length(b) - 1);
}

static void say_parting(const struct mxlab *m, const struct record *r, GString *out)
{
    GString *line = g_string_new(NULL), *clock = g_string_new(NULL);

    tell_alone(m, r, line);
    view_clock(r->time, words, clock);
    g_string_append_printf(out, _("They part at %s: %s."), clock->str, line->str);
    g_string_append_c(out, '\n');
    g_string_free(clock, TRUE);
    g_string_free(line, TRUE);
}

/* ---- What came out for people: mails in mailboxes, mails given up, mails read, and what they looked up. */

struct outcome {
    enum event event;
    char *key;        /* what makes two the same, but for time and result */
    char *who, *what; /* whose mailbox, or who reads, and the subject; or the recipient; or what was found */
    const char *host;
    sim_time time;
    const struct record *record;
};

struct telling {
    GString *out;
    unsigned lines, left_out;
};

static void tell(struct telling *t, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void tell(struct telling *t, const char *format, ...)
{
    va_list args;

    if (t->lines == LINES_MAX) {
        t->left_out++;
        return;
    }
    va_start(args, format);
    g_string_append_vprintf(t->out, format, args);
    va_end(args);
    g_string_append_c(t->out, '\n');
    t->lines++;
}

/* Valid UTF-8, to be freed. */
static char *text(const struct record *r, enum key key)
{
    const struct field *f = record_field(r, key);
    return f != NULL && f->kind == FIELD_TEXT ? g_utf8_make_valid(f->text.at, (gssize)f->text.len)
                                              : g_strdup("");
}

static int64_t number(const struct record *r, enum key key)
{
    const struct field *f = record_field(r, key);
    return f != NULL && f->kind != FIELD_TEXT ? f->number : 0;
}

static void clear_outcome(gpointer outcome)
{
    struct outcome *o = outcome;

    g_free(o->key);
    g_free(o->who);
    g_free(o->what);
}

static struct outcome outcome_of(const struct record *r)
{
    struct outcome o = { .event = r->event, .host = r->host, .time = r->time, .record = r };
    GString *line;

    switch ((int)r->event) {
    case EV_MAILBOX_STORE:
        o.who = text(r, KEY_USER);
        o.what = text(r, KEY_SUBJECT);
        o.key = g_strdup_printf("store\n%s\n%s\n%s", r->host, o.who, o.what);
        break;
    case EV_AGENT_READ:
        o.who = text(r, KEY_USER);
        o.what = text(r, KEY_SUBJECT);
        o.key = g_strdup_printf("read\n%s\n%s\n%s", r->host, o.who, o.what);
        break;
    case EV_QUEUE_BOUNCE:
        o.who = text(r, KEY_RECIPIENT);
        o.key = g_strdup_printf("bounce\n%s\n%s", r->host, o.who);
        break;
    case EV_DNS_RESULT:
        line = g_string_new(NULL);
        view_line(r, NULL, line); /* to compare, in no language */
        o.who = text(r, KEY_NAME);
        o.what = g_string_free(line, FALSE);
        char *type = text(r, KEY_TYPE);
        o.key = g_strdup_printf("result\n%s\n%s\n%s", r->host, o.who, type);
        g_free(type);
        break;
    }
    return o;
}

/* Of look-ups only those that a person began: nothing had led to them. */
GArray *outcomes_of(const struct view_tape *t)
{
    GArray *all = g_array_new(FALSE, FALSE, sizeof(struct outcome));
    GHashTable *asked = g_hash_table_new(g_direct_hash, g_direct_equal);

    g_array_set_clear_func(all, clear_outcome);
    for (int64_t i = 0; i < view_tape_length(t); i++) {
        const struct record *r = view_tape_nth(t, i);
        gpointer lookup = GUINT_TO_POINTER(r->lookup);
        if (r->event == EV_DNS_LOOKUP && r->cause == 0)
            g_hash_table_add(asked, lookup);
        if (r->event == EV_MAILBOX_STORE || r->event == EV_QUEUE_BOUNCE || r->event == EV_AGENT_READ ||
            (r->event == EV_DNS_RESULT && g_hash_table_remove(asked, lookup))) {
            struct outcome o = outcome_of(r);
            g_array_append_val(all, o);
        }
    }
    g_hash_table_destroy(asked);
    return all;
}

static void tell_missing(struct telling *t, const struct outcome *o)
{
    if (o->event == EV_MAILBOX_STORE)
        tell(t, _("“%3$s” does not reach %1$s at %2$s any more."), o->who, o->host, o->what);
    else if (o->event == EV_DNS_RESULT)
        tell(t, _("At %s there is no answer about %s any more."), o->host, o->who);
    else if (o->event == EV_AGENT_READ)
        tell(t, _("“%3$s” is not read by %1$s on %2$s any more."), o->who, o->host, o->what);
    else
        tell(t, _("The mail to %s is not given up any more."), o->who);
}

static void tell_asked(struct telling *t, const struct outcome *o)
{
    GString *line = g_string_new(NULL);

    tell_line(NULL, o->record, line);
    tell(t, _("At %s the answer is “%s”; in the original nobody asks."), o->host, line->str);
    g_string_free(line, TRUE);
}

static void tell_new(struct telling *t, const struct outcome *o)
{
    GString *clock = g_string_new(NULL);

    view_clock(o->time, words, clock);
    if (o->event == EV_MAILBOX_STORE)
        tell(t, _("“%3$s” reaches %1$s at %2$s on %4$s; in the original it does not."), o->who, o->host,
             o->what, clock->str);
    else if (o->event == EV_AGENT_READ)
        tell(t, _("“%3$s” is read by %1$s on %2$s, on %4$s; in the original it is not."), o->who, o->host,
             o->what, clock->str);
    else if (o->event == EV_DNS_RESULT)
        tell_asked(t, o);
    else
        tell(t, _("The mail to %s is given up on %s; in the original it is not."), o->who, clock->str);
    g_string_free(clock, TRUE);
}

/* As exact as a person wants it. */
static sim_time rounded(sim_time t)
{
    sim_time unit = t >= SIM_MINUTE ? SIM_SECOND : t >= SIM_MS ? SIM_MS : 1;
    return (t + unit / 2) / unit * unit;
}

static void tell_answers(struct telling *t, const struct outcome *was, const struct outcome *is)
{
    GString *before = g_string_new(NULL), *now = g_string_new(NULL);

    tell_line(NULL, was->record, before);
    tell_line(NULL, is->record, now);
    tell(t, _("At %s the answer is “%s” instead of “%s”."), is->host, now->str, before->str);
    g_string_free(before, TRUE);
    g_string_free(now, TRUE);
}

static void tell_changed(struct telling *t, const struct outcome *was, const struct outcome *is)
{
    bool is_later = is->time > was->time;

    if (is->event == EV_DNS_RESULT) { /* some ms more or less are of no interest to who asks */
        if (strcmp(was->what, is->what) != 0)
            tell_answers(t, was, is);
        return;
    }
    if (is->time == was->time)
        return;
    GString *by = g_string_new(NULL);
    view_duration(rounded(is_later ? is->time - was->time : was->time - is->time), words, by);
    if (is->event == EV_MAILBOX_STORE)
        tell(t,
             is_later ? _("“%3$s” reaches %1$s at %2$s %4$s later.")
                      : _("“%3$s” reaches %1$s at %2$s %4$s earlier."),
             is->who, is->host, is->what, by->str);
    else if (is->event == EV_AGENT_READ)
        tell(t,
             is_later ? _("“%3$s” is read by %1$s on %2$s %4$s later.")
                      : _("“%3$s” is read by %1$s on %2$s %4$s earlier."),
             is->who, is->host, is->what, by->str);
    else
        tell(t,
             is_later ? _("The mail to %s is given up %s later.")
                      : _("The mail to %s is given up %s earlier."),
             is->who, by->str);
    g_string_free(by, TRUE);
}

static void free_queue(gpointer queue)
{
    g_queue_free(queue);
}

/* Each is paired with the first of the original's with its key that has no partner yet. */
static void compare_outcomes(struct telling *t, const GArray *was, const GArray *is)
{
    GHashTable *by_key = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_queue);

    for (guint i = 0; i < was->len; i++) {
        struct outcome *o = &g_array_index(was, struct outcome, i);
        GQueue *queue = g_hash_table_lookup(by_key, o->key);
        if (queue == NULL)
            g_hash_table_insert(by_key, o->key, queue = g_queue_new());
        g_queue_push_tail(queue, o);
    }
    for (guint i = 0; i < is->len; i++) {
        const struct outcome *o = &g_array_index(is, struct outcome, i);
        GQueue *queue = g_hash_table_lookup(by_key, o->key);
        const struct outcome *partner = queue != NULL ? g_queue_pop_head(queue) : NULL;
        if (partner == NULL)
            tell_new(t, o);
        else
            tell_changed(t, partner, o);
    }
    for (guint i = 0; i < was->len; i++) { /* what is left in a queue has no partner, in order */
        const struct outcome *o = &g_array_index(was, struct outcome, i);
        GQueue *queue = g_hash_table_lookup(by_key, o->key);
        if (g_queue_peek_head(queue) == o) {
            g_queue_pop_head(queue);
            tell_missing(t, o);
        }
    }
    g_hash_table_destroy(by_key);
}

/* ---- The totals of run.end. */

static const struct {
    enum key key;
    const char *text;
} totals[] = {
    { KEY_DELIVERED, N_("Mails delivered: %1$d instead of %2$d.") },
    { KEY_QUEUED, N_("Mails still waiting in a queue at the end: %1$d instead of %2$d.") },
    { KEY_BOUNCED, N_("Mails given up: %1$d instead of %2$d.") },
    { KEY_LOST, N_("Mails lost by a program that has no queue: %1$d instead of %2$d.") },
    { KEY_LOOKUPS, N_("Name look-ups: %1$d instead of %2$d.") },
    { KEY_PACKETS, N_("Packets sent: %1$d instead of %2$d.") },
    { KEY_DROPPED, N_("Packets lost: %1$d instead of %2$d.") },
    { KEY_CHAPTERS, N_("Chapters of the story: %1$d instead of %2$d.") },
};

static void compare_totals(struct telling *t, const struct record *was, const struct record *is)
{
    for (size_t i = 0; i < G_N_ELEMENTS(totals); i++) {
        int64_t before = number(was, totals[i].key), now = number(is, totals[i].key);
        if (now != before)
            tell(t, _(totals[i].text), (int)now, (int)before);
    }
    if (was->time == is->time)
        return;
    GString *now = g_string_new(NULL), *before = g_string_new(NULL);
    view_clock(is->time, words, now);
    view_clock(was->time, words, before);
    tell(t, _("The run ends at %s instead of %s."), now->str, before->str);
    g_string_free(now, TRUE);
    g_string_free(before, TRUE);
}

/* ---- The whole. */

void compare_runs(const struct compared *original, const struct compared *version, int64_t parts,
                  const struct mxlab *m, GString *out)
{
    struct telling t = { .out = out };

    if (parts < 0) {
        g_string_append(out, _("Both runs are the same."));
        g_string_append_c(out, '\n');
        return;
    }
    say_parting(m, view_tape_nth(version->tape, parts), out);
    compare_outcomes(&t, original->outcomes, version->outcomes);
    compare_totals(&t, view_tape_nth(original->tape, view_tape_length(original->tape) - 1),
                   view_tape_nth(version->tape, view_tape_length(version->tape) - 1));
    if (t.left_out > 0)
        g_string_append_printf(out, _N("And %u more difference.\n", "And %u more differences.\n", t.left_out),
                               t.left_out);
    if (t.lines == 0) {
        g_string_append(out, _("For people nothing came out differently."));
        g_string_append_c(out, '\n');
    }
}

#include "export/ladder.h"

#include <string.h>

#include "core/pattern.h"
#include "export/explain.h"
#include "core/plain.h"

enum {
    TIME_WIDTH = 11,
    NAME_LEAST = 8,
    NAME_MOST = 20,
    ROOM_LEAST = 10, /* columns for what is said, however narrow the terminal */
    HELD_MAX = 256,
    SAID_MAX = 64,
    GAP = 10, /* seconds of silence that are worth a line of their own */
};

struct ladder {
    FILE *out;
    struct ladder_options o;
    unsigned name_width;
    GPtrArray *held; /* of struct record: those of the latest moment, till it is known whether a chapter opens
                        there */
    unsigned n_held_notes;
    sim_time held_at, shown_at;
    bool has_shown;
    const char *said[SAID_MAX]; /* remarks made */
    unsigned n_said;
    GString *text;
};

/* ---- Colour. */

static const char *colour_of(enum explain_family family)
{
    switch (family) {
    case FAMILY_DNS:
        return "\033[38;5;32m";
    case FAMILY_SMTP:
        return "\033[38;5;166m";
    case FAMILY_ACCESS:
        return "\033[38;5;36m";
    case FAMILY_HTTP:
        return "\033[38;5;133m";
    case FAMILY_TCP:
        return "\033[38;5;245m";
    case FAMILY_QUEUE:
        return "\033[38;5;136m";
    case FAMILY_PERSON:
        return "\033[1m";
    case FAMILY_FAULT:
        return "\033[38;5;160m";
    case FAMILY_STORY:
        return "\033[1;38;5;136m";
    }
    return "";
}

static const char *on(const struct ladder *l, const char *escape)
{
    return l->o.colour ? escape : "";
}

static const char *off(const struct ladder *l)
{
    return l->o.colour ? "\033[0m" : "";
}

/* ---- Text. */

/* Print wrapped, the first line from column `used` on; the others begin `indent` columns in. A line feed
 * breaks the line. */
static void print_wrapped(struct ladder *l, const char *text, unsigned used, unsigned indent)
{
    for (;;) {
        gsize n = plain_fitting(text, l->o.width > used + ROOM_LEAST ? l->o.width - used : ROOM_LEAST);

        fwrite(text, 1, n, l->out);
        text += n;
        text += *text == '\n' ? 1 : strspn(text, " ");
        if (*text == '\0')
            return;
        fprintf(l->out, "\n%*s", *text == '\n' ? 0 : (int)indent, "");
        used = indent;
    }
}

static void print_name(struct ladder *l, const char *name)
{
    unsigned w = plain_width(name, strlen(name));
    gsize n = strlen(name);

    if (w > l->name_width) {
        n = plain_fitting(name, l->name_width - 1);
        w = plain_width(name, n) + 1;
    }
    fprintf(l->out, "%.*s%s%*s", (int)n, name, name[n] != '\0' ? "…" : "",
            w < l->name_width ? (int)(l->name_width - w) : 0, "");
}

/* ---- Time. */

/* "00:00.140", "1:30:00.084", "4d 23:30:00": as short as it can be said exactly enough. Returns the columns,
 * with a space behind. */
static unsigned print_time(struct ladder *l, sim_time t)
{
    char buf[48];
    int64_t ms = t / SIM_MS, s = ms / 1000, m = s / 60, h = m / 60, d = h / 24;

    if (d > 0)
        g_snprintf(buf, sizeof buf, "%dd %02d:%02d:%02d", (int)d, (int)(h % 24), (int)(m % 60),
                   (int)(s % 60));
    else if (h > 0)
        g_snprintf(buf, sizeof buf, "%d:%02d:%02d.%03d", (int)h, (int)(m % 60), (int)(s % 60),
                   (int)(ms % 1000));
    else
        g_snprintf(buf, sizeof buf, "%02d:%02d.%03d", (int)m, (int)(s % 60), (int)(ms % 1000));
    fprintf(l->out, "%s%*s%s ", on(l, "\033[2m"), TIME_WIDTH, buf, off(l));
    return (unsigned)MAX(TIME_WIDTH, strlen(buf)) + 1;
}

static void words_for(char *buf, size_t size, sim_time gap)
{
    int64_t s = (gap + SIM_SECOND / 2) / SIM_SECOND;

    if (s < 120)
        g_snprintf(buf, size, "%d seconds", (int)s);
    else if (s < 2 * 3600)
        g_snprintf(buf, size, "%d minutes", (int)((s + 30) / 60));
    else if (s < 2 * 86400)
        g_snprintf(buf, size, "%d hours", (int)((s + 1800) / 3600));
    else
        g_snprintf(buf, size, "%d days", (int)((s + 43200) / 86400));
}

static void print_gap(struct ladder *l, sim_time now)
{
    char words[48];

    if (l->has_shown && now - l->shown_at >= GAP * SIM_SECOND) {
        words_for(words, sizeof words, now - l->shown_at);
        fprintf(l->out, "%s%*s ⋯ %s later%s\n", on(l, "\033[2m"), TIME_WIDTH - 2, "", words, off(l));
    }
    l->shown_at = now;
    l->has_shown = true;
}

/* ---- What is worth a line. */

bool ladder_is_for_readers(const struct record *r)
{
    return explain_is_message(r) || explain_family(r->event) == FAMILY_STORY;
}

static bool is_worth(const struct ladder *l, const struct record *r)
{
    bool is_packet = r->event == EV_PACKET_SEND || r->event == EV_PACKET_FORWARD ||
                     r->event == EV_PACKET_ARRIVE;

    if (r->event == EV_RUN_END)
        return true;
    if (l->o.only != NULL)
        return pattern_matches(l->o.only, r);
    return ladder_is_for_readers(r) || (is_packet && l->o.packets);
}

/* ---- Lines. */

static void print_remark(struct ladder *l, const struct record *r)
{
    const char *remark = l->o.remarks ? explain_remark(r) : NULL;
    unsigned indent = TIME_WIDTH + 3;

    if (remark == NULL)
        return;
    for (unsigned i = 0; i < l->n_said; i++)
        if (l->said[i] == remark)
            return;
    if (l->n_said < SAID_MAX)
        l->said[l->n_said++] = remark;
    fprintf(l->out, "%*s%s↳ ", TIME_WIDTH + 1, "", on(l, "\033[2;3m"));
    print_wrapped(l, remark, indent, indent);
    fprintf(l->out, "%s\n", off(l));
}

/* The author's text, in the reader's language; the title in the trace if there is nobody to ask. */
static char *chapter_words(struct ladder *l, const char *(*words)(const void *self, unsigned i), unsigned i,
                           const char *else_text)
{
    const char *text = words != NULL ? words(l->o.self, i) : NULL;
    return plain_copy(text != NULL ? text : else_text, true);
}

static void print_chapter(struct ladder *l, const struct record *r)
{
    const struct field *f = record_field(r, KEY_CHAPTER);
    unsigned i = f != NULL ? (unsigned)f->number - 1 : 0;

    g_string_truncate(l->text, 0);
    explain_line(r, NULL, l->text);
    g_autofree char *title = chapter_words(l, l->o.chapter_title, i, l->text->str);
    g_autofree char *text = chapter_words(l, l->o.chapter_text, i, NULL);
    fprintf(l->out, "\n%s%2u  ", on(l, colour_of(FAMILY_STORY)), i + 1);
    print_wrapped(l, title, 4, 4);
    fprintf(l->out, "%s\n", off(l));
    if (text != NULL) {
        fputs("    ", l->out);
        print_wrapped(l, text, 4, 4);
        fputc('\n', l->out);
    }
    fputc('\n', l->out);
}

static void print_line(struct ladder *l, const struct record *r)
{
    bool has_peer = r->peer != NULL && (r->host == NULL || strcmp(r->host, r->peer) != 0);
    unsigned used = print_time(l, r->time) + l->name_width + 1;

    g_string_truncate(l->text, 0);
    explain_line(r, NULL, l->text);
    g_autofree char *plain = plain_copy(l->text->str, false);
    print_name(l, r->host ? r->host : "");
    if (has_peer) {
        fputs(" → ", l->out);
        print_name(l, r->peer);
        used += 2 + l->name_width + 1;
    }
    fprintf(l->out, " %s", on(l, colour_of(explain_family(r->event))));
    print_wrapped(l, plain, used, used);
    fprintf(l->out, "%s\n", off(l));
    print_remark(l, r);
}

static void print_end(struct ladder *l, const struct record *r)
{
    g_string_truncate(l->text, 0);
    explain_line(r, NULL, l->text);
    fprintf(l->out, "\n%s", on(l, colour_of(FAMILY_STORY)));
    print_wrapped(l, l->text->len > 0 ? l->text->str : "nothing happened", 0, 0);
    fprintf(l->out, "%s\n", off(l));
}

void ladder_line(struct ladder *l, const struct record *r)
{
    if (r->event == EV_NOTE) {
        print_gap(l, r->time);
        print_chapter(l, r);
    } else if (r->event == EV_RUN_END) {
        print_end(l, r);
    } else {
        print_gap(l, r->time);
        print_line(l, r);
    }
}

/* ---- Chapters come before what they are about: the records of a moment wait till it is over. */

static void show(struct ladder *l, const struct record *r)
{
    if (is_worth(l, r))
        ladder_line(l, r);
}

static void flush(struct ladder *l)
{
    uint64_t first = l->held->len > 0 ? ((struct record *)g_ptr_array_index(l->held, 0))->seq : 0;

    for (unsigned i = 0; i < l->held->len; i++) {
        const struct record *r = g_ptr_array_index(l->held, i);

        for (unsigned k = i + 1; l->n_held_notes > 0 && k < l->held->len; k++) {
            const struct record *note = g_ptr_array_index(l->held, k);
            if (note->event == EV_NOTE && note->cause == r->seq)
                show(l, note);
        }
        if (r->event != EV_NOTE || r->cause < first) /* the others have been shown before their cause */
            show(l, r);
    }
    g_ptr_array_set_size(l->held, 0);
    l->n_held_notes = 0;
}

void ladder_on_record(void *self, const struct record *r)
{
    struct ladder *l = self;

    if (r->time != l->held_at || l->held->len >= HELD_MAX)
        flush(l);
    l->held_at = r->time;
    l->n_held_notes += r->event == EV_NOTE;
    g_ptr_array_add(l->held, record_copy(r));
}

struct ladder *ladder_new(FILE *out, const struct ladder_options *o)
{
    struct ladder *l = g_new0(struct ladder, 1);

    l->out = out;
    l->o = *o;
    l->name_width = NAME_LEAST;
    l->held = g_ptr_array_new_with_free_func(g_free);
    l->text = g_string_new(NULL);
    return l;
}

void ladder_free(struct ladder **l)
{
    if (*l == NULL)
        return;
    flush(*l);
    g_ptr_array_free((*l)->held, TRUE);
    g_string_free((*l)->text, TRUE);
    g_free(*l);
    *l = NULL;
}

void ladder_expect_host(struct ladder *l, const char *name)
{
    unsigned w = plain_width(name, strlen(name)), most = NAME_MOST;

    if (l->o.width >= 100)
        most = 2 * NAME_MOST;
    else if (l->o.width < 80) /* the time, both names and what is said in equal shares */
        most = MAX(NAME_LEAST, (l->o.width - TIME_WIDTH - 5) / 3);
    if (w > l->name_width)
        l->name_width = MIN(w, most);
}

/* The Mail tab: where a mail has been and where it is. */
#include "inspector.h"

#include <stdio.h>
#include <string.h>

#include "app_parts.h"
#include "tell.h"
#include "words.h"

static const GArray *trail_of(const struct app *a, uint32_t mail)
{
    return a->trails != NULL && mail < a->trails->len ? a->trails->pdata[mail] : NULL;
}

static char *field_dup(const struct record *r, enum key key)
{
    const struct field *f = record_field(r, key);
    char buf[FIELD_BUF_MAX];
    struct span s = { "", 0 };

    if (f != NULL)
        s = field_text(f, buf);
    return g_utf8_make_valid(s.at, (gssize)s.len);
}

/* ---- What a station says. */

static char *station_text(const struct record *r)
{
    char *queue = field_dup(r, KEY_QUEUE), *recipient = field_dup(r, KEY_RECIPIENT),
         *user = field_dup(r, KEY_USER), *server = field_dup(r, KEY_SERVER),
         *domain = field_dup(r, KEY_DOMAIN), *tries = field_dup(r, KEY_TRIES),
         *sender = field_dup(r, KEY_SENDER);
    char *text = NULL;

    switch ((int)r->event) {
    case EV_AGENT_COMPOSE:
        text = g_strdup_printf(_("Written by %s"), sender);
        break;
    case EV_AGENT_SUBMIT:
        text = g_strdup_printf(_("Handed to %s"), server);
        break;
    case EV_SMTP_DATA:
        text = g_strdup_printf(_("Carried from %s to %s"), r->host, r->peer != NULL ? r->peer : "?");
        break;
    case EV_QUEUE_ADD:
        text = g_strdup_printf(_("Queued at %s as %s"), r->host, queue);
        break;
    case EV_QUEUE_ATTEMPT:
        text = g_strdup_printf(_("Try %s for %s"), tries, domain);
        break;
    case EV_QUEUE_DEFER:
        text = g_strdup_printf(_("It waits at %s"), r->host);
        break;
    case EV_QUEUE_DONE:
        text = g_strdup_printf(_("%s is done with %s"), r->host, recipient);
        break;
    case EV_QUEUE_BOUNCE:
        text = g_strdup_printf(_("%s gives up on %s"), r->host, recipient);
        break;
    case EV_QUEUE_WARN:
        text = g_strdup_printf(_("%s tells the sender that it is late"), r->host);
        break;
    case EV_MAILBOX_STORE:
        text = g_strdup_printf(_("In %s’s mailbox at %s"), user, r->host);
        break;
    case EV_MAILBOX_DELETE:
        text = g_strdup_printf(_("Removed from %s’s mailbox"), user);
        break;
    case EV_AGENT_SENT:
        text = g_strdup_printf(_("Accepted for %s"), recipient);
        break;
    case EV_AGENT_LOST:
        text = g_strdup_printf(_("Lost: %s"), recipient);
        break;
    default:
        text = g_strdup("");
    }
    char *all[] = { queue, recipient, user, server, domain, tries, sender };
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
        g_free(all[i]);
    return text;
}

static enum ink station_ink(const struct record *r)
{
    switch ((int)r->event) {
    case EV_QUEUE_DEFER:
    case EV_QUEUE_BOUNCE:
    case EV_QUEUE_WARN:
    case EV_AGENT_LOST:
        return INK_FAULT;
    case EV_MAILBOX_STORE:
        return INK_ACCESS;
    default:
        return INK_TEXT;
    }
}

/* The trace's own words where they say more than ours: the reason of a refusal, when it is tried again. */
static char *station_below(const struct record *r)
{
    GString *out = g_string_new(NULL);

    switch ((int)r->event) {
    case EV_QUEUE_DEFER:
    case EV_QUEUE_BOUNCE:
    case EV_AGENT_LOST:
        tell_line(NULL, r, out);
        break;
    case EV_AGENT_COMPOSE:
    case EV_MAILBOX_STORE: {
        char *subject = field_dup(r, KEY_SUBJECT), *to = field_dup(r, KEY_RECIPIENTS);
        if (r->event == EV_AGENT_COMPOSE)
            g_string_append_printf(out, _("to %s: “%s”"), to, subject);
        g_free(subject);
        g_free(to);
        break;
    }
    default:
        break;
    }
    return g_string_free(out, out->len == 0);
}

/* ---- Where it is now. */

struct whereabouts {
    GHashTable *queued; /* host → "Q1", while it is there */
    GString *stored, *lost;
};

static void follow(struct whereabouts *w, const struct record *r)
{
    char *user = field_dup(r, KEY_USER), *recipient = field_dup(r, KEY_RECIPIENT);
    char *key = g_strdup(r->host != NULL ? r->host : "");
    int open = GPOINTER_TO_INT(g_hash_table_lookup(w->queued, key));

    switch ((int)r->event) {
    case EV_QUEUE_ADD: {
        char *n = field_dup(r, KEY_RECIPIENTS); /* the entry is gone when each of them is done */
        int many = (int)g_ascii_strtoull(n, NULL, 10);
        g_hash_table_replace(w->queued, g_strdup(key), GINT_TO_POINTER(open + MAX(many, 1)));
        g_free(n);
        break;
    }
    case EV_QUEUE_DONE:
    case EV_QUEUE_BOUNCE:
        g_hash_table_replace(w->queued, g_strdup(key), GINT_TO_POINTER(MAX(open - 1, 0)));
        if (r->event == EV_QUEUE_BOUNCE)
            g_string_append_printf(w->lost, "%s%s", w->lost->len ? ", " : "", recipient);
        break;
    case EV_MAILBOX_STORE:
        g_string_append_printf(w->stored, "%s%s", w->stored->len ? ", " : "", user);
        break;
    case EV_AGENT_LOST:
        g_string_append_printf(w->lost, "%s%s", w->lost->len ? ", " : "", recipient);
        break;
    default:
        break;
    }
    g_free(user);
    g_free(recipient);
    g_free(key);
}

static char *where_text(const struct app *a, const GArray *trail)
{
    struct whereabouts w = { g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL), g_string_new(NULL),
                             g_string_new(NULL) };
    GString *out = g_string_new(NULL);

    for (unsigned i = 0; i < trail->len && g_array_index(trail, int64_t, i) <= a->player.at; i++)
        follow(&w, view_tape_nth(a->player.tape, g_array_index(trail, int64_t, i)));
    const struct mxlab *m = app_world(a);
    for (unsigned i = 0; m != NULL && i < view_hosts(m);
         i++) /* in the order of hosts, whatever the table's is */
        if (GPOINTER_TO_INT(g_hash_table_lookup(w.queued, view_host(m, i).name)) > 0)
            g_string_append_printf(out, _("It is in the queue of %s. "), view_host(m, i).name);
    if (w.stored->len > 0)
        g_string_append_printf(out, _("It is in the mailbox of %s. "), w.stored->str);
    if (w.lost->len > 0)
        g_string_append_printf(out, _("It will not reach %s. "), w.lost->str);
    if (out->len == 0)
        g_string_append(out, _("It is on its way to the first server."));
    g_strchomp(out->str);
    g_hash_table_unref(w.queued);
    g_string_free(w.stored, TRUE);
    g_string_free(w.lost, TRUE);
    return g_string_free(out, FALSE);
}

/* ---- All mails so far. */

static void draw_all(struct pen *p, uint32_t but)
{
    const struct app *a = p->a;
    unsigned n = 0;

    for (uint32_t mail = 1; a->trails != NULL && mail < a->trails->len && n < 200; mail++) {
        const GArray *trail = trail_of(a, mail);
        if (trail == NULL || mail == but || g_array_index(trail, int64_t, 0) > a->player.at)
            continue;
        const struct record *r = view_tape_nth(a->player.tape, g_array_index(trail, int64_t, 0));
        char *sender = field_dup(r, KEY_SENDER), *to = field_dup(r, KEY_RECIPIENTS),
             *subject = field_dup(r, KEY_SUBJECT);
        char *text = r->event == EV_AGENT_COMPOSE ? g_strdup_printf("m%u  %s → %s", mail, sender, to)
                                                  : g_strdup_printf(_("m%u  a report of %s"), mail, r->host);
        char *does = g_strdup_printf("select mail:m%u", mail), *name = g_strdup_printf("mail:m%u", mail);

        if (n++ == 0) {
            if (but != 0)
                pen_rule(p);
            pen_heading(p, but != 0 ? _("Other mails") : _("Mails so far"), NULL);
        }
        pen_bead(p, &(struct bead){ .ink = INK_TEXT,
                                    .is_first = true,
                                    .is_last = true,
                                    .text = text,
                                    .below = subject[0] != '\0' ? subject : NULL,
                                    .does = does,
                                    .name = name });
        char *all[] = { sender, to, subject, text, does, name };
        for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
            g_free(all[i]);
    }
    if (n == 0 && but == 0)
        pen_empty(p, _("No mail yet. Press M to send one."), "mail:empty");
}

/* ---- One mail. */

static void draw_letter(struct pen *p, uint32_t mail, const struct record *first)
{
    char *subject = field_dup(first, KEY_SUBJECT), *to = field_dup(first, KEY_RECIPIENTS),
         *sender = field_dup(first, KEY_SENDER);
    char *name = g_strdup_printf("mail:m%u", mail);
    double line = canvas_line_height(p->c, TYPE_HEAD);
    struct rect at = { p->x + 26 * p->s, p->y, p->w - 26 * p->s, line };
    const char *title = subject[0] != '\0'                 ? subject
                        : first->event == EV_AGENT_COMPOSE ? _("No subject")
                                                           : _("A report about a mail");

    canvas_shape(p->c, VIEW_SMTP, p->x + 9, p->y + line / 2, 18);
    at.w = canvas_text(p->c, at, FONT_SANS_BOLD, TYPE_HEAD, INK_TEXT, ALIGN_LEFT, title);
    canvas_thing(p->c, at, "", title, "%s", name)->is_label = true;
    p->y += line;
    pen_gap(p, 2);
    if (sender[0] != '\0' || to[0] != '\0') {
        pen_pair(p, _("From"), sender[0] != '\0' ? sender : "<>", FONT_MONO, INK_TEXT, "", "mail:from");
        pen_pair(p, _("To"), to, FONT_MONO, INK_TEXT, "", "mail:to");
    }
    char *all[] = { subject, to, sender, name };
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
        g_free(all[i]);
}

static void draw_stations(struct pen *p, const GArray *trail)
{
    const struct app *a = p->a;
    unsigned n = 0;
    char when[MOMENT_MAX];

    while (n < trail->len && g_array_index(trail, int64_t, n) <= a->player.at)
        n++;
    for (unsigned i = 0; i < n; i++) {
        int64_t at = g_array_index(trail, int64_t, i);
        const struct record *r = view_tape_nth(a->player.tape, at);
        char *text = station_text(r), *below = station_below(r),
             *does = g_strdup_printf("at %" G_GINT64_FORMAT, at),
             *name = g_strdup_printf("station:%" G_GINT64_FORMAT, at);

        pen_bead(p, &(struct bead){ .ink = station_ink(r),
                                    .is_first = i == 0,
                                    .is_last = i + 1 == n,
                                    .is_now = at == a->player.at,
                                    .time = moment_words(r->time, MOMENT_MS, when),
                                    .text = text,
                                    .below = below,
                                    .does = does,
                                    .name = name });
        g_free(text);
        g_free(below);
        g_free(does);
        g_free(name);
    }
}

void inspector_mail_tab(struct pen *p)
{
    const struct app *a = p->a;
    uint32_t mail = inspector_mail(a);
    const GArray *trail = trail_of(a, mail);

    if (trail == NULL || g_array_index(trail, int64_t, 0) > a->player.at) {
        if (trail != NULL) {
            char *text = g_strdup_printf(_("m%u has not been written yet. Play, or step forward."), mail);
            pen_empty(p, text, "mail:later");
            pen_gap(p, 12);
            g_free(text);
        }
        draw_all(p, 0);
        return;
    }
    draw_letter(p, mail, view_tape_nth(a->player.tape, g_array_index(trail, int64_t, 0)));
    pen_gap(p, 6);
    char *where = where_text(a, trail);
    double top = p->y;
    pen_sentence(p, FONT_SANS, TYPE_BODY, INK_TEXT, where);
    canvas_thing(p->c, (struct rect){ p->x, top, p->w, p->y - top }, "", where, "mail:where")->is_label =
        true;
    g_free(where);
    pen_rule(p);
    char *following = g_strdup_printf(a->selected.mail == mail ? _("Following m%u") : "m%u", mail);
    pen_heading(p, _("Where it has been"), following);
    g_free(following);
    draw_stations(p, trail);
    draw_all(p, mail);
}

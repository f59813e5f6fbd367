/* The Mail tab: where a mail has been and where it is. */
#include "inspector.h"

#include <stdio.h>
#include <string.h>

#include "app_parts.h"
#include "marks.h"
#include "memory.h"
#include "tell.h"
#include "words.h"

static const GArray *trail_of(const struct app *a, uint32_t mail)
{
    return a->trails != NULL && mail < a->trails->len ? a->trails->pdata[mail] : NULL;
}

/* ---- What a station says. */

static char *station_text(const struct record *r)
{
    char *queue = mail_field(r, KEY_QUEUE), *recipient = mail_field(r, KEY_RECIPIENT),
         *user = mail_field(r, KEY_USER), *server = mail_field(r, KEY_SERVER),
         *domain = mail_field(r, KEY_DOMAIN), *tries = mail_field(r, KEY_TRIES),
         *sender = mail_field(r, KEY_SENDER), *folder = mail_field(r, KEY_FOLDER),
         *into = mail_field(r, KEY_INTO), *what = mail_field(r, KEY_WHAT), *flags = mail_field(r, KEY_FLAGS),
         *marks = marks_words(flags), *text = NULL;
    bool is_inbox = folder[0] == '\0' || g_ascii_strcasecmp(folder, "INBOX") == 0;

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
        text = is_inbox ? g_strdup_printf(_("Removed from %s’s mailbox"), user)
                        : g_strdup_printf(_("Removed from %s’s folder %s"), user, folder);
        break;
    case EV_MAILBOX_COPY:
        text = g_strdup_printf(_("Copied to %s’s folder %s"), user, into);
        break;
    case EV_MAILBOX_FLAGS:
        text = g_strdup_printf(_("Now %s, on the server"), marks);
        break;
    case EV_AGENT_READ:
        text = g_strdup_printf(strcmp(what, "headers") == 0 ? _("%s sees who writes, on %s")
                                                            : _("Read by %s on %s"),
                               user, r->host);
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
    char *all[] = { queue, recipient, user, server, domain, tries, sender, folder, into, what, flags, marks };
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
    case EV_AGENT_READ:
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
        char *subject = mail_field(r, KEY_SUBJECT), *to = mail_field(r, KEY_RECIPIENTS);
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
        char *sender = mail_field(r, KEY_SENDER), *to = mail_field(r, KEY_RECIPIENTS),
             *subject = mail_field(r, KEY_SUBJECT);
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
    char *subject = mail_field(first, KEY_SUBJECT), *to = mail_field(first, KEY_RECIPIENTS),
         *sender = mail_field(first, KEY_SENDER);
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

/* ---- The message itself. */

/* Kept while neither the moment nor the mail is another; NULL: no host has it now. */
static const struct sheet *letter_of(const struct app *a, uint32_t mail)
{
    struct letter_sheet *l = &a->memory->letter;
    const struct mxlab *m = app_world(a);

    if (m == NULL)
        return NULL;
    if (l->tape != a->player.tape || l->at != a->player.at || l->mail != mail) {
        sheet_free(&l->sheet);
        *l = (struct letter_sheet){ a->player.tape, a->player.at, mail, view_mail_sheet(m, mail) };
    }
    return l->sheet;
}

static void draw_message(struct pen *p, uint32_t mail)
{
    const struct sheet *letter = letter_of(p->a, mail);

    if (letter != NULL)
        inspector_letter(p, letter);
    else
        pen_empty(
            p,
            _("No server has it at this moment, so there is nothing to take apart. Go to a moment when it is in a queue or a mailbox."),
            "letter:empty");
}

/* Its way, or what it says: two words, the one that is shown underlined. */
static void draw_choice(struct pen *p, const GArray *trail, uint32_t mail)
{
    const struct {
        const char *text, *does, *name;
        bool is_on;
    } choices[] = { { _("Where it has been"), "letter off", "letter:off", !p->a->shows_letter },
                    { _("The message, raw and read"), "letter on", "letter:on", p->a->shows_letter } };
    double x = p->x, h = canvas_line_height(p->c, TYPE_BODY) + 6;

    for (size_t i = 0; i < G_N_ELEMENTS(choices); i++) {
        bool is_lit = choices[i].is_on || g_strcmp0(p->a->hover, choices[i].name) == 0;
        struct rect at = { x, p->y, MAX(p->x + p->w - x, 0), h };

        at.w = canvas_text(p->c, at, choices[i].is_on ? FONT_SANS_BOLD : FONT_SANS, TYPE_BODY,
                           is_lit ? INK_TEXT : INK_QUIET, ALIGN_LEFT, choices[i].text);
        if (choices[i].is_on)
            canvas_fill_rect(p->c, (struct rect){ at.x, at.y + h - 1, at.w, 2 }, INK_ACTION);
        canvas_thing(p->c, at, choices[i].does, choices[i].text, "%s", choices[i].name)->is_label = true;
        x += at.w + 22 * p->s;
    }
    p->y += h;
    pen_gap(p, 8);
    if (p->a->shows_letter)
        draw_message(p, mail);
    else
        draw_stations(p, trail);
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
    char *where = mail_where(a, trail);
    double top = p->y;
    pen_sentence(p, FONT_SANS, TYPE_BODY, INK_TEXT, where);
    canvas_thing(p->c, (struct rect){ p->x, top, p->w, p->y - top }, "", where, "mail:where")->is_label =
        true;
    g_free(where);
    pen_rule(p);
    draw_choice(p, trail, mail);
    draw_all(p, mail);
}

/* Verbs that play, and that move along the run. */
#include "app_parts.h"

#include <string.h>

#include "words.h"

/* ---- Playing. */

bool verb_play(struct app *a, const char *rest)
{
    (void)rest;
    if (!app_is_ready(a))
        return app_refuse_empty(a);
    if (a->player.at + 1 >= view_tape_length(a->player.tape)) {
        player_go(&a->player, -1); /* from the end: once more */
        app_moved(a);
    }
    a->player.is_playing = true;
    app_paint_all(a);
    return true;
}

bool verb_pause(struct app *a, const char *rest)
{
    (void)rest;
    a->player.is_playing = false;
    app_paint_all(a);
    return true;
}

bool verb_toggle(struct app *a, const char *rest)
{
    return a->player.is_playing ? verb_pause(a, rest) : verb_play(a, rest);
}

static bool set_speed(struct app *a, double speed)
{
    a->player.speed = a->prefs.speed = CLAMP(speed, 0.25, 8);
    app_say(a, _("Speed %g×"), a->player.speed);
    app_paint(a, PANEL_TOP);
    return true;
}

bool verb_faster(struct app *a, const char *rest)
{
    (void)rest;
    return set_speed(a, a->player.speed * 2);
}

bool verb_slower(struct app *a, const char *rest)
{
    (void)rest;
    return set_speed(a, a->player.speed / 2);
}

/* ---- Moving. */

static const char *const step_names[] = { "packet", "message", "chapter" };

/* The kind that is named, else as the switch stands; -1: no such kind. */
static int step_kind_of(const struct app *a, const char *rest)
{
    if (rest[0] == '\0')
        return (int)a->step;
    for (int i = 0; i < 3; i++)
        if (app_is_word(rest, step_names[i]))
            return i;
    return -1;
}

static bool step(struct app *a, const char *rest, bool forward)
{
    int kind = step_kind_of(a, rest);

    if (!app_is_ready(a))
        return app_refuse_empty(a);
    if (kind < 0)
        return app_refuse(a, _("A step is a packet, a message or a chapter, not “%s”."), rest);
    a->player.is_playing = false;
    if (!player_step(&a->player, kind, forward)) {
        app_paint_all(a);
        return app_refuse(
            a, "%s", forward ? _("This is the end of the run.") : _("This is the beginning of the run."));
    }
    app_moved(a);
    return true;
}

bool verb_step(struct app *a, const char *rest)
{
    return step(a, rest, true);
}

bool verb_back(struct app *a, const char *rest)
{
    return step(a, rest, false);
}

static bool go(struct app *a, int64_t index)
{
    if (!app_is_ready(a))
        return app_refuse_empty(a);
    a->player.is_playing = false;
    player_go(&a->player, CLAMP(index, -1, view_tape_length(a->player.tape) - 1));
    app_moved(a);
    return true;
}

bool verb_start(struct app *a, const char *rest)
{
    (void)rest;
    return go(a, -1);
}

bool verb_end(struct app *a, const char *rest)
{
    (void)rest;
    return go(a, G_MAXINT64);
}

bool verb_at(struct app *a, const char *rest)
{
    char *end;
    int64_t index = g_ascii_strtoll(rest, &end, 10);

    if (end == rest || *end != '\0')
        return app_refuse(a, _("“%s” is not the number of an event."), rest);
    if (app_is_ready(a) && (index < -1 || index >= view_tape_length(a->player.tape)))
        return app_refuse(a, _("There is no event %s: the last one is %d."), rest,
                          (int)view_tape_length(a->player.tape) - 1);
    return go(a, index);
}

bool app_read_time(const char *text, sim_time *out)
{
    char *plain = g_strstrip(g_strdup(text));
    const char *p = plain;
    sim_time days = 0, rest = 0;
    char *end;
    bool ok;

    if (g_ascii_strncasecmp(p, "day ", 4) == 0) {
        uint64_t day = g_ascii_strtoull(p + 4, &end, 10);
        days = day >= 1 && day <= 100000 ? (sim_time)(day - 1) * SIM_DAY : 0;
        p = *end == ',' ? end + 1 : end;
        while (*p == ' ')
            p++;
    }
    if (strchr(p, ':') != NULL) {
        char **parts = g_strsplit(p, ":", 4);
        unsigned n = g_strv_length(parts);
        uint64_t whole = 0;

        ok = n <= 3;
        for (unsigned i = 0; ok && i + 1 < n; i++) {
            uint64_t v = 0;
            ok = span_number(span_of(parts[i]), 100000, &v);
            whole = whole * 60 + v;
        }
        ok = ok && time_parse_seconds(span_of(parts[n - 1]), &rest);
        rest = ok ? rest + (sim_time)(whole * 60) * SIM_SECOND : 0;
        g_strfreev(parts);
    } else {
        ok = (*p == '\0' && p != plain) || time_parse(span_of(p), &rest) ||
             time_parse_seconds(span_of(p), &rest);
    }
    *out = days + rest;
    g_free(plain);
    return ok;
}

bool verb_go(struct app *a, const char *rest)
{
    sim_time at;

    if (!app_is_ready(a))
        return app_refuse_empty(a);
    if (!app_read_time(rest, &at))
        return app_refuse(a, _("“%s” is not a time. Write 1h30m, 90s or 1:30:00."), rest);
    a->player.is_playing = false;
    player_go_time(&a->player, at);
    app_moved(a);
    return true;
}

static bool set_breakpoint(struct app *a, const char *text)
{
    GString *why = g_string_new(NULL);
    struct view_pattern *p = view_pattern_new(text, why);

    if (p == NULL)
        app_refuse(a, "%s", why->str);
    else {
        view_pattern_free(&a->breakpoint);
        a->breakpoint = p;
        app_set_text(&a->breakpoint_text, text);
    }
    g_string_free(why, TRUE);
    return p != NULL;
}

bool verb_find(struct app *a, const char *rest)
{
    if (!app_is_ready(a))
        return app_refuse_empty(a);
    if (app_is_word(rest, "none")) {
        view_pattern_free(&a->breakpoint);
        app_set_text(&a->breakpoint_text, NULL);
        app_paint_all(a);
        return true;
    }
    if (rest[0] != '\0' && !set_breakpoint(a, rest))
        return false;
    if (a->breakpoint == NULL)
        return app_do(a, "ask find");
    a->player.is_playing = false;
    if (!player_find(&a->player, a->breakpoint))
        return app_refuse(a, _("No later event matches “%s”."), a->breakpoint_text);
    app_moved(a);
    return true;
}

bool verb_kind(struct app *a, const char *rest)
{
    int kind = rest[0] != '\0' ? step_kind_of(a, rest) : -1;

    if (kind < 0)
        return app_refuse(a, _("A step is a packet, a message or a chapter, not “%s”."), rest);
    a->step = (enum step_kind)kind;
    app_paint(a, PANEL_TOP);
    return true;
}

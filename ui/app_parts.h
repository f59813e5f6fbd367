/* app_parts.h: what the files of the app share among themselves: app.c (state), app_verbs.c and app_change.c
 * (verbs), app_ask.c (forms), app_input.c (keys, clicks). */
#ifndef APP_PARTS_H
#define APP_PARTS_H

#include <string.h>

#include "app.h"

/* ---- app.c */

/* Say a line at the bottom, for a while; a verb that can't be done says why and returns false. */
void app_say(struct app *a, const char *format, ...) G_GNUC_PRINTF(2, 3);
bool app_refuse(struct app *a, const char *format, ...) G_GNUC_PRINTF(2, 3);
void app_paint(struct app *a, enum panel p);
void app_paint_all(struct app *a);
/* The player has played: paint what follows, given the record in front before and whether anything changed.
 */
void app_played(struct app *a, int64_t was_at, bool has_changed);
bool app_is_ready(const struct app *a); /* there is a run with a tape */
static inline bool app_is_word(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}
bool app_refuse_empty(struct app *a); /* nothing is open */
/* The moment has changed: what is selected, lit and drawn follows. */
void app_moved(struct app *a);
/* Open a file; stand at a moment when it is ready. What was open stays until then. */
void app_open(struct app *a, const char *path, sim_time at);
/* Where to stand when a run or a version is ready, instead of a time. */
enum { AT_START = -1, AT_SAME = -2 };
/* Another version of the run is shown now, or will be. */
void app_took_version(struct app *a, sim_time at);
bool app_is_opening(const struct app *a); /* what is changed now would be lost */
bool app_is_working(const struct app *a); /* a file is being opened, or a version made */
void app_drop_complaints(struct app *a);
void app_forget_index(struct app *a);
void app_take_tape(struct app *a, sim_time at); /* the run has another tape: stand at a moment of it */
void app_poll_opening(struct app *a);
void app_look_at_file(struct app *a); /* it may have been saved since */
void app_relayout(struct app *a);
void app_set_text(char **slot, const char *text); /* copied; NULL: none */
/* The first word, and the rest; words in double quotes may have spaces. To be freed. NULL at the end. */
char *app_take_word(const char **rest);
/* "host:mail.crepes.fr" is of kind "host"; then the name behind it, else NULL. */
const char *app_thing_of(const char *thing, const char *kind);

/* ---- app_verbs.c: the table of all verbs. */

enum verb_group { VERB_PLAY, VERB_MOVE, VERB_LOOK, VERB_BREAK, VERB_FILE, VERB_WINDOW, N_VERB_GROUPS };

struct verb {
    const char *name;                             /* "step packet": first words of what is said */
    const char *arguments;                        /* "FROM TO SUBJECT", or "" */
    bool (*run)(struct app *a, const char *rest); /* behind the first word */
    const char *help;                             /* one line, to be translated */
    const char *keys;                             /* SDL names, parted by spaces: "PageDown Ctrl+Right"; "" */
    enum verb_group group;
};
extern const struct verb verbs[];
extern const unsigned n_verbs;
extern const char *const verb_groups[N_VERB_GROUPS]; /* to be translated */
/* The verb of a key, NULL: none. */
const struct verb *verb_of_key(const char *key);

/* ---- Verbs: what is behind the first word; false if it can't be done (app_verbs.c has the table).
 * app_move.c: */

bool verb_at(struct app *a, const char *rest);
bool verb_back(struct app *a, const char *rest);
bool verb_end(struct app *a, const char *rest);
bool verb_faster(struct app *a, const char *rest);
bool verb_find(struct app *a, const char *rest);
bool verb_go(struct app *a, const char *rest);
bool verb_kind(struct app *a, const char *rest);
bool verb_pause(struct app *a, const char *rest);
bool verb_play(struct app *a, const char *rest);
bool verb_slower(struct app *a, const char *rest);
bool verb_start(struct app *a, const char *rest);
bool verb_step(struct app *a, const char *rest);
bool verb_toggle(struct app *a, const char *rest);

/* "1:30:00.5" and "Day 2, 03:30" as the clock shows, "1h30m" as scenarios write, "5400" seconds. */
bool app_read_time(const char *text, sim_time *out);

/* app_look.c */
bool verb_collapse(struct app *a, const char *rest);
bool verb_follow(struct app *a, const char *rest);
bool verb_letter(struct app *a, const char *rest);
bool verb_next(struct app *a, const char *rest);
bool verb_previous(struct app *a, const char *rest);
bool verb_scroll(struct app *a, const char *rest);
bool verb_select(struct app *a, const char *rest);
bool verb_tab(struct app *a, const char *rest);
bool verb_why(struct app *a, const char *rest);

/* app_window.c */
bool verb_ask_field(struct app *a, const char *rest);
bool verb_close(struct app *a, const char *rest);
bool verb_compare(struct app *a, const char *rest);
bool verb_export(struct app *a, const char *rest);
bool verb_help(struct app *a, const char *rest);
bool verb_hold(struct app *a, const char *rest);
bool verb_language(struct app *a, const char *rest);
bool verb_menu(struct app *a, const char *rest);
bool verb_motion(struct app *a, const char *rest);
bool verb_open(struct app *a, const char *rest);
bool verb_part(struct app *a, const char *rest);
bool verb_picker(struct app *a, const char *rest);
bool verb_quit(struct app *a, const char *rest);
bool verb_text(struct app *a, const char *rest);
bool verb_theme(struct app *a, const char *rest);

/* app_film.c */
bool verb_record(struct app *a, const char *rest);

/* ---- app_change.c: verbs that change the scenario, and forms. */

bool verb_break(struct app *a, const char *rest);
bool verb_send(struct app *a, const char *rest);
bool verb_look_up(struct app *a, const char *rest);
bool verb_read(struct app *a, const char *rest);
bool verb_fetch(struct app *a, const char *rest);
bool verb_undo(struct app *a, const char *rest);
bool verb_redo(struct app *a, const char *rest);
bool verb_save(struct app *a, const char *rest);
/* By key: the selected host goes down or up; the selected link (or the host's own) is cut or mended. */
bool verb_down_or_up(struct app *a, const char *rest);
bool verb_cut_or_mend(struct app *a, const char *rest);
/* Addresses of people, in the order of the scenario; to be unreffed. */
GPtrArray *app_people(const struct app *a);

/* ---- app_ask.c */

struct ask_form {
    const char *what;  /* "send" */
    const char *title; /* to be translated, as the rest */
    unsigned n;
    const char *labels[3];
    const char *hint; /* a sentence below, or NULL */
    const char *button;
};
extern const struct ask_form ask_forms[];
const struct ask_form *ask_form_of(const char *what);
bool verb_ask(struct app *a, const char *rest);
bool verb_answer(struct app *a, const char *rest); /* done with the form */
void app_ask_close(struct app *a);
void app_ask_field(struct app *a, unsigned field); /* to the front, with all of it selected */
/* The pointer is at x over the field: the caret goes there, what is selected grows if `extends`. */
void app_ask_point(struct app *a, unsigned field, double x, bool extends);
void app_ask_changed(struct app *a); /* the caret stays in sight */
bool app_ask_key(struct app *a, const char *key);

/* ---- Context menu: what it offers on a thing (panel_overlay.c). */

struct menu_row {
    char *text, *does;
};
GPtrArray *menu_rows(const struct app *a); /* of struct menu_row; to be unreffed */

/* ---- Drawn height of the inspector's tab, for scrolling (panel_inspector.c); of the list in a dialog
 * (panel_overlay.c). */
unsigned inspector_fields(const struct app *a); /* of the packet that the Message tab shows; 0: none */
double inspector_height(const struct app *a, double *room_out);
double overlay_height(const struct app *a, double *room_out);

#endif

/* app.h: the whole state of the window, without SDL: a run, a moment of it, what is selected, how it is
 * shown.
 *
 * Input comes as verbs ("step message", "select host:mail.crepes.fr", "break down mail.hamburger.edu"): keys,
 * clicks and scripts all say the same verbs, so that a test can do whatever a student can. Drawing reads the
 * state and changes nothing. */
#ifndef APP_H
#define APP_H

#include <glib.h>
#include <stdbool.h>

#include "canvas.h"
#include "layout.h"
#include "memory.h"
#include "edit.h"
#include "mxlab.h"
#include "player.h"
#include "prefs.h"
#include "run.h"
#include "view.h"

enum step_kind { STEP_PACKET, STEP_MESSAGE, STEP_CHAPTER };

enum inspector_tab { TAB_MESSAGE, TAB_HOST, TAB_MAIL, TAB_WHY, N_TABS };

/* Panels that share a place where the window is small for its text (layout.h). The ladder stands for map and
 * story where these have a place of their own. */
enum front { FRONT_MAP, FRONT_LADDER, FRONT_STORY, FRONT_INSPECTOR, N_FRONTS };

/* What is selected, or followed: one of each kind at most. */
struct selection {
    int64_t record;              /* index on the tape of the event in front; -1: none */
    char *host;                  /* NULL: none */
    char *link;                  /* "a>b"; NULL: none */
    uint32_t mail, conn, lookup; /* followed: the rest fades; 0: none */
};

struct app {
    struct run *run;      /* run.h: tape, state at the moment, versions. NULL: the picker is shown */
    struct player player; /* player.h: where we are, playing or not, how fast */
    enum step_kind step;
    struct selection selected;
    enum inspector_tab tab;
    struct layout layout; /* layout.h: rectangles of panels at this size */
    struct prefs prefs;   /* prefs.h: theme, text size, language, reduced motion, divider */
    struct prefs *kept;   /* as they were last saved; NULL: they are not (scripts, tests, figures) */
    bool cannot_keep;     /* saving has failed, and was complained of */
    bool tcp_collapsed;   /* of the ladder */
    bool shows_help, shows_picker, shows_compare;
    char *menu_for; /* the context menu is open on this: "host:…", "link:a>b"; NULL: closed */
    double menu_x, menu_y;
    char *hover; /* name of the thing under the pointer; NULL */
    char *ask;   /* an input line is open ("send", "look up", "find", "go", "save"); NULL */
    GString *ask_text;
    char *toast;               /* a line at the bottom that tells what was done, or what is wrong; NULL */
    struct report *complaints; /* of a file that could not be opened; NULL */
    double ladder_scroll, inspector_scroll, picker_scroll;
    GHashTable *dragged; /* host name → struct { double x, y } as map fractions */
    uint64_t dirty;      /* panels to be drawn anew, a bit each (enum panel) */
    bool quits;
    struct filming *filming; /* record.h: a film is being made; the window shows it. NULL: none */
    bool is_filmed;          /* the latest film was written */

    /* ---- Further state, the app's own; panels may read it. */
    enum front front;       /* in a small window: which of those that share a place is shown */
    int field;              /* Message: the field that is lit, from 0; -1: none */
    unsigned layers_turned; /* Message: layers (a bit each) that are not as usual; usual: the innermost open,
                               others folded */
    char *open_row;    /* Host: the row of a table that shows all its columns, "connections:0"; NULL: none */
    bool why_all;      /* Why?: with the steps that are left out otherwise */
    bool shows_letter; /* Mail: what it says, not where it has been */
    char *breakpoint_text; /* a pattern; NULL: none */
    struct view_pattern *breakpoint;
    struct edit ask_fields[3]; /* of the form that is open; ask_text is of one of them */
    unsigned ask_field, ask_n;
    char *composed;          /* what an input method has not settled yet, shown at the caret; NULL: nothing */
    unsigned composed_caret; /* characters into it */
    double ask_scroll;       /* of the field in front: how far its text is moved left */
    unsigned list_row;       /* the row in front in picker, menu or complaints */
    double toast_ms;         /* how long the toast stays */
    struct shelf *shelf;     /* shelf.h: the bundled scenarios; NULL until the picker was open */
    struct run *opening; /* being loaded, or broken and watched; takes the place of `run` once it is ready */
    sim_time opening_at; /* stand there when it is ready: a time, or as app_parts.h has it */
    GArray *notes;       /* of int64_t: where on the tape the chapters begin */
    GPtrArray *trails;   /* by mail id (from 1): GArray of int64_t, the records that tell of it; NULL: none */
    GPtrArray *things[7];  /* by panel, as last drawn; NULL: not yet */
    struct memory *memory; /* memory.h: what drawing keeps for the next time */
    struct {
        int button; /* 0: none is down */
        char *name; /* of the thing it went down on */
        double x, y;
        bool is_drag;
    } press;
};

/* The record in front; NULL: before the first, or nothing is loaded. */
/* Whether something is followed, and whether this record belongs to it (true where nothing is followed). */
bool app_follows(const struct app *a);
bool app_is_followed(const struct app *a, const struct record *r);
const struct record *app_record(const struct app *a);
/* The state at the moment; NULL: not there yet. */
const struct mxlab *app_world(const struct app *a);
/* The chapter we are in, from 1; 0: before the first. */
unsigned app_chapter(const struct app *a);

enum panel {
    PANEL_TOP,
    PANEL_MAP,
    PANEL_LADDER,
    PANEL_STORY,
    PANEL_INSPECTOR,
    PANEL_TIMELINE,
    PANEL_OVERLAY /* picker, help, menu, ask, toast */,
    N_PANELS
};

/* `scenario` NULL: begin with the picker. Never NULL: a file that is wrong is shown as its complaints. */
struct app *app_new(const char *scenario, const struct prefs *prefs);
void app_free(struct app **a);
/* From now on what is chosen is remembered as soon as it is (prefs.h): app_tick looks after it, and whoever
 * leaves calls app_keep once more. If it can't be written, a toast says so once, and all else goes on. */
void app_keeps(struct app *a);
void app_keep(struct app *a);
void app_resize(struct app *a, double width, double height);

/* Do a verb. False, with a toast, if it can't be done. The verbs (docs/WINDOW.md lists them for scripts):
 *   play | pause | toggle | faster | slower
 *   step packet|message|chapter  · back packet|message|chapter · step · back (as the switch stands) · start ·
 * end go TIME · at INDEX · find PATTERN · kind packet|message|chapter select THING · follow
 * mail:m1|conn:c1|lookup:l1|none · tab message|host|mail|why break down|up|cut|mend|lossy|slow TARGET · send
 * FROM TO SUBJECT · look-up HOST NAME TYPE · undo · redo · compare · save FILE open FILE · picker · help ·
 * close · menu THING X Y · ask WHAT theme light|dark|contrast · text bigger|smaller|1.2 · language en|ko ·
 * motion on|off · collapse export map|ladder|all FILE.png|svg|pdf · record FILE.mp4|gif FROM TO · quit */
bool app_do(struct app *a, const char *verb);

/* A key by its SDL name ("Space", "Right", "Shift+Left", "F1", "M"), or text typed while a line is asked for.
 */
bool app_key(struct app *a, const char *key);
void app_type(struct app *a, const char *utf8);
/* An input method (Hangul) is at work: what it has so far, with its caret in characters; "": it has left. */
void app_compose(struct app *a, const char *utf8, unsigned caret);
/* What is selected in the form, to be freed; NULL: nothing. */
char *app_selected_text(const struct app *a);
/* Button 1 left, 3 right; at window coordinates. */
void app_click(struct app *a, double x, double y, int button, bool twice);
void app_move(struct app *a, double x, double y); /* hover; dragging if a button is down */
void app_release(struct app *a, double x, double y, int button);
void app_scroll(struct app *a, double x, double y, double dy);
/* `ms` of real time have passed: play, animate, load in the background. True if something is to be drawn
 * (dirty != 0). */
bool app_tick(struct app *a, double ms);
/* Whether app_tick is to be called soon although there is no input (playing, animating, loading). At rest:
 * false. */
bool app_is_moving(const struct app *a);

/* Draw one panel into a canvas whose origin is the panel's corner. PANEL_MAP: without what travels. */
void app_draw(const struct app *a, enum panel p, struct canvas *c);
/* What travels over the map now: sprites. Positions in window coordinates. */
enum { SPRITE_SIZE = 18, SPRITE_SMALL = 12 /* where hosts are hardly larger */ };
struct sprite {
    int family;        /* enum view_family */
    const char *label; /* borrowed till the next tick */
    double x, y, size;
    bool is_lost;
    double opacity;
    struct rect label_at; /* where the label stands: beside the shape, on no host's name; empty: nowhere */
};
unsigned app_sprites(const struct app *a, struct sprite *out, unsigned room);

/* Which panel is in front where several share a place; where none do, FRONT_LADDER. */
enum front app_front(const struct app *a);
/* The rectangle of a panel, in the window; empty if it is not shown. */
struct rect app_panel(const struct app *a, enum panel p);
/* Things of all panels as they were last drawn (by whoever draws); app keeps them for clicks. Takes them
 * over. */
void app_set_things(struct app *a, enum panel p, GPtrArray *things);

/* "name<TAB>text<TAB>x y w h" a line, in drawing order: what the window shows, for tests. Appended. */
void app_dump(const struct app *a, GString *out);

/* ---- Panels: one file each (panel_*.c). */
void panel_top_draw(const struct app *a, struct canvas *c, struct rect r);
void panel_map_draw(const struct app *a, struct canvas *c, struct rect r);
void panel_ladder_draw(const struct app *a, struct canvas *c, struct rect r);
void panel_story_draw(const struct app *a, struct canvas *c, struct rect r);
void panel_inspector_draw(const struct app *a, struct canvas *c, struct rect r);
void panel_timeline_draw(const struct app *a, struct canvas *c, struct rect r);
void panel_overlay_draw(const struct app *a, struct canvas *c, struct rect r);

/* The record on the tape at that x of the time line, for scrubbing (panel_timeline.c); -1: before the first.
 */
int64_t timeline_index_at(const struct app *a, struct rect r, double x);

/* Where hosts stand on the map, as rectangles within `r` (map_layout.c): by role in three bands, never
 * overlapping. `n` = view_hosts. */
void map_places(const struct app *a, struct rect r, struct rect *out);

#endif

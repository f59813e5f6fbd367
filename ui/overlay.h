/* overlay.h: what lies over the panels, one file or two each; they share the look of a dialog. */
#ifndef OVERLAY_H
#define OVERLAY_H

#include "app.h"

enum { DIALOG_PAD = 24 };

/* Dim all behind; a click beside the dialog closes it. */
void overlay_scrim(struct canvas *c, struct rect window);
/* The dialog's ground in the middle of the window, and its title; returns what is left inside. */
struct rect overlay_dialog(struct canvas *c, struct rect window, double w, double h, const char *title,
                           const char *name);
/* A button that is as wide as its text, its right edge at `right`; returns its left edge. */
double overlay_button(const struct app *a, struct canvas *c, double right, double y, const char *text,
                      const char *does, const char *name, bool is_main);
double overlay_button_height(const struct canvas *c);

/* What is between begin and end is cut to `list` and moved up by what is returned (picker_scroll, within what
 * there is to scroll). */
double overlay_scroll_begin(const struct app *a, struct canvas *c, struct rect list, double height);
void overlay_scroll_end(const struct app *a, struct canvas *c, struct rect list, double height);
/* How high what is scrolled is, and the room for it. */
double picker_height(const struct app *a, double *room_out);
double complaints_height(const struct app *a, double *room_out);
double help_height(const struct app *a, double *room_out);

void overlay_picker(const struct app *a, struct canvas *c, struct rect window);
void overlay_complaints(const struct app *a, struct canvas *c, struct rect window);
void overlay_help(const struct app *a, struct canvas *c, struct rect window);
void overlay_menu(const struct app *a, struct canvas *c, struct rect window);
void overlay_ask(const struct app *a, struct canvas *c, struct rect window);
/* Of the field in front: how far its text is to be moved left so that the caret is in sight; the octet at x.
 */
double overlay_ask_scroll(const struct app *a);
size_t overlay_ask_index(const struct app *a, double x);
void overlay_compare(const struct app *a, struct canvas *c, struct rect window);

/* What a lesson's number stands for ("M9"), in the language chosen; NULL: no such lesson. */
const char *lesson_text(const char *id);

#endif

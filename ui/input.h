/* input.h: from SDL's events to the app's words. With main.c the only file that knows SDL. */
#ifndef INPUT_H
#define INPUT_H

#include <SDL.h>

#include "app.h"

/* "Ctrl+Shift+Left" as app_key wants it; false for a key that is a modifier itself. */
bool input_key_name(const SDL_Keysym *k, char *out, size_t room);

/* Points a window coordinate: 1 unless everything is drawn larger than the screen asks for. */
struct input {
    double points;
};

/* Do what the event says. True if the window has to be shown anew (uncovered, resized). */
bool input_event(const struct input *in, struct app *a, const SDL_Event *e);

#endif

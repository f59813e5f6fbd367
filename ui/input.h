/* input.h: from SDL's events to the app's words. With main.c the only file that knows SDL. */
#ifndef INPUT_H
#define INPUT_H

#include <SDL.h>

#include "app.h"

/* "Ctrl+Shift+Left" as app_key wants it; false for a key that is a modifier itself. */
bool input_key_name(const SDL_Keysym *k, char *out, size_t room);

struct input {
    double points;  /* points a window coordinate: 1 unless all is drawn larger than the screen asks for */
    SDL_Rect caret; /* where input methods were told that text is written */
};

/* Do what the event says. True if the window has to be shown anew (uncovered, resized). */
bool input_event(struct input *in, struct app *a, const SDL_Event *e);

#endif

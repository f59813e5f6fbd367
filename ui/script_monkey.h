/* script_monkey.h: a monkey at the keyboard: random but repeatable inputs, none of which may do harm. */
#ifndef SCRIPT_MONKEY_H
#define SCRIPT_MONKEY_H

#include "app.h"

struct monkey {
    struct app *a;
    uint64_t state;
};

struct monkey monkey_new(struct app *a, uint64_t seed);
void monkey_act(struct monkey *m);

#endif

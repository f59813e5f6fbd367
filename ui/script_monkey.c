#include "script_monkey.h"

struct monkey monkey_new(struct app *a, uint64_t seed)
{
    return (struct monkey){ a, seed };
}

/* SplitMix64. */
static uint64_t draw(struct monkey *m, uint64_t below)
{
    uint64_t z = m->state += 0x9E3779B97F4A7C15;

    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return (z ^ z >> 31) % below;
}

/* A thing that can be clicked, or a place anywhere, even outside. */
static void place(struct monkey *m, double *x, double *y)
{
    const GPtrArray *things = m->a->things[draw(m, N_PANELS)];

    if (things != NULL && things->len > 0 && draw(m, 4) != 0) {
        const struct thing *t = g_ptr_array_index(things, draw(m, things->len));

        *x = t->at.x + t->at.w * (double)draw(m, 100) / 100;
        *y = t->at.y + t->at.h * (double)draw(m, 100) / 100;
    } else {
        *x = (double)draw(m, 3000) - 100;
        *y = (double)draw(m, 2000) - 100;
    }
}

static void press_key(struct monkey *m)
{
    static const char *const names[] = {
        "Space",  "Left",   "Right", "Up",        "Down",   "Home", "End", "PageUp", "PageDown",
        "Return", "Escape", "Tab",   "Backspace", "Delete", "F1",   "F2",  "F3",     "F4",
        "F5",     "F11",    "/",     ".",         ",",      "+",    "-",   "=",      "?",
        "[",      "]",      "1",     "2",         "3",      "4",    "5",
    };
    static const char *const modifiers[] = { "", "", "", "", "Shift+", "Ctrl+", "Alt+", "Ctrl+Shift+" };
    char letter[2] = { (char)('A' + draw(m, 26)), '\0' }, key[64];
    const char *name = draw(m, 2) == 0 ? letter : names[draw(m, G_N_ELEMENTS(names))];

    g_snprintf(key, sizeof key, "%s%s", modifiers[draw(m, G_N_ELEMENTS(modifiers))], name);
    app_key(m->a, key);
}

static void type_text(struct monkey *m)
{
    static const char *const texts[] = {
        "a", "bob@hamburger.edu", "\"", "한글", "smtp.reply code=4xx", " ", "1h30m", "*", "=", "%s%n", "-1",
        "é…"
    };

    const char *text = texts[draw(m, G_N_ELEMENTS(texts))];
    draw(m, 6) == 0 ? app_compose(m->a, text, (unsigned)draw(m, 4)) : app_type(m->a, text);
}

static void use_mouse(struct monkey *m)
{
    int button = draw(m, 5) == 0 ? 3 : 1;
    double x, y;

    place(m, &x, &y);
    app_move(m->a, x, y);
    app_click(m->a, x, y, button, draw(m, 8) == 0);
    for (uint64_t n = draw(m, 6) == 0 ? 5 : 0; n > 0; n--) {
        place(m, &x, &y);
        app_move(m->a, x, y);
    }
    if (draw(m, 50) != 0) /* now and then the button is let go outside, and nobody hears of it */
        app_release(m->a, x, y, button);
}

static void look_about(struct monkey *m)
{
    double x, y;

    place(m, &x, &y);
    if (draw(m, 2) == 0)
        app_scroll(m->a, x, y, (double)draw(m, 2000) - 1000);
    else
        app_move(m->a, x, y);
}

void monkey_act(struct monkey *m)
{
    static const unsigned sizes[][2] = { { 1280, 800 },  { 900, 600 },  { 1000, 700 },
                                         { 2560, 1440 }, { 1099, 640 }, { 1600, 601 } };
    uint64_t what = draw(m, 100);

    if (what < 30) {
        press_key(m);
    } else if (what < 36) {
        type_text(m);
    } else if (what < 66) {
        use_mouse(m);
    } else if (what < 78) {
        look_about(m);
    } else if (what < 80) {
        uint64_t i = draw(m, G_N_ELEMENTS(sizes));

        app_resize(m->a, sizes[i][0], sizes[i][1]);
    } else {
        for (uint64_t n = draw(m, 12); n > 0; n--)
            app_tick(m->a, (double)draw(m, 60));
    }
}

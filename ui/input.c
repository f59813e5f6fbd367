#include "input.h"

#include <string.h>

static bool is_modifier(SDL_Keycode k)
{
    return (k >= SDLK_LCTRL && k <= SDLK_RGUI) || k == SDLK_CAPSLOCK || k == SDLK_NUMLOCKCLEAR ||
           k == SDLK_MODE;
}

/* Letters and digits by what is printed on the key of a Latin keyboard, where the layout in use has others
 * (Hangul, Cyrillic). */
static const char *name_of(const SDL_Keysym *k)
{
    static const char *const keypad[] = { "Keypad ", NULL };
    SDL_Keycode code = k->sym;

    if (code > 127 && !(code & SDLK_SCANCODE_MASK))
        return SDL_GetScancodeName(k->scancode);
    const char *name = SDL_GetKeyName(code);
    if (strcmp(name, "Keypad Enter") == 0)
        return "Return";
    return g_str_has_prefix(name, keypad[0]) && name[strlen(keypad[0]) + 1] == '\0' ? name + strlen(keypad[0])
                                                                                    : name;
}

bool input_key_name(const SDL_Keysym *k, char *out, size_t room)
{
    const char *name = name_of(k);

    if (is_modifier(k->sym) || name[0] == '\0')
        return false;
    g_snprintf(out, room, "%s%s%s%s", k->mod & (KMOD_CTRL | KMOD_GUI) ? "Ctrl+" : "",
               k->mod & KMOD_ALT ? "Alt+" : "", k->mod & KMOD_SHIFT ? "Shift+" : "", name);
    return true;
}

/* While a line is asked for, a key that gives a text is heard as text only. */
static bool is_typed(const struct app *a, const SDL_Keysym *k)
{
    return a->ask != NULL && k->sym >= 32 && k->sym != SDLK_DELETE && !(k->sym & SDLK_SCANCODE_MASK) &&
           !(k->mod & (KMOD_CTRL | KMOD_ALT | KMOD_GUI));
}

static void on_key(struct app *a, const SDL_Keysym *k)
{
    char name[64];

    if (!is_typed(a, k) && input_key_name(k, name, sizeof name))
        app_key(a, name);
}

static void paste(struct app *a)
{
    char *text = SDL_HasClipboardText() ? SDL_GetClipboardText() : NULL;

    if (text != NULL)
        app_type(a, text);
    SDL_free(text);
}

static void on_drop(struct app *a, char *path)
{
    char *verb = g_strdup_printf(strchr(path, ' ') != NULL ? "open \"%s\"" : "open %s", path);

    app_do(a, verb);
    g_free(verb);
    SDL_free(path);
}

/* Text is listened to only while a line is asked for, or the key that opens the line would be its first
 * letter. */
static void follow_asking(const struct app *a)
{
    bool is_listening = SDL_IsTextInputActive();

    if (a->ask != NULL && !is_listening)
        SDL_StartTextInput();
    else if (a->ask == NULL && is_listening)
        SDL_StopTextInput();
}

bool input_event(const struct input *in, struct app *a, const SDL_Event *e)
{
    bool is_to_show = false;
    double f = in->points;

    switch (e->type) {
    case SDL_QUIT:
        a->quits = true;
        break;
    case SDL_KEYDOWN:
        if (a->ask != NULL && e->key.keysym.sym == SDLK_v && e->key.keysym.mod & (KMOD_CTRL | KMOD_GUI))
            paste(a);
        else
            on_key(a, &e->key.keysym);
        break;
    case SDL_TEXTINPUT:
        app_type(a, e->text.text);
        break;
    case SDL_MOUSEBUTTONDOWN:
        app_click(a, e->button.x * f, e->button.y * f, e->button.button, e->button.clicks == 2);
        break;
    case SDL_MOUSEBUTTONUP:
        app_release(a, e->button.x * f, e->button.y * f, e->button.button);
        break;
    case SDL_MOUSEMOTION:
        app_move(a, e->motion.x * f, e->motion.y * f);
        break;
    case SDL_MOUSEWHEEL:
        app_scroll(a, e->wheel.mouseX * f, e->wheel.mouseY * f, e->wheel.preciseY);
        break;
    case SDL_DROPFILE:
        on_drop(a, e->drop.file);
        break;
    case SDL_WINDOWEVENT:
        is_to_show = e->window.event == SDL_WINDOWEVENT_EXPOSED ||
                     e->window.event == SDL_WINDOWEVENT_SIZE_CHANGED ||
                     e->window.event == SDL_WINDOWEVENT_SHOWN || e->window.event == SDL_WINDOWEVENT_RESTORED;
        break;
    default:
        break;
    }
    follow_asking(a);
    return is_to_show;
}

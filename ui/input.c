#include "input.h"

#include <string.h>

#include "app_parts.h"

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

/* What is being composed belongs to the input method; only Escape gets out of it. */
static bool is_composing(const struct app *a, const SDL_Keysym *k)
{
    return a->composed != NULL && k->sym != SDLK_ESCAPE;
}

/* The clipboard of forms. True if the key is one of its. */
static bool on_clipboard(struct app *a, const char *key)
{
    bool cuts = strcmp(key, "Ctrl+X") == 0 || strcmp(key, "Shift+Delete") == 0;
    bool copies = cuts || strcmp(key, "Ctrl+C") == 0 || strcmp(key, "Ctrl+Insert") == 0;
    bool pastes = strcmp(key, "Ctrl+V") == 0 || strcmp(key, "Shift+Insert") == 0;
    char *selected = copies ? app_selected_text(a) : NULL;

    if (selected != NULL && SDL_SetClipboardText(selected) == 0 && cuts)
        app_key(a, "Delete");
    g_free(selected);
    if (pastes && SDL_HasClipboardText()) {
        char *text = SDL_GetClipboardText();

        if (text != NULL)
            app_type(a, text);
        SDL_free(text);
    }
    return copies || pastes;
}

static void on_key(struct app *a, const SDL_Keysym *k)
{
    char name[64];

    if (is_typed(a, k) || is_composing(a, k) || !input_key_name(k, name, sizeof name))
        return;
    if (a->ask == NULL || !on_clipboard(a, name))
        app_key(a, name);
}

static void on_drop(struct app *a, char *path)
{
    app_open(a, path, AT_START); /* no verb: a name may have spaces and quotes in it */
    SDL_free(path);
}

/* Input methods show their choices beside the caret. */
static void follow_caret(struct input *in, const struct app *a)
{
    const GPtrArray *things = a->things[PANEL_OVERLAY];

    for (guint i = 0; things != NULL && i < things->len; i++) {
        const struct thing *t = g_ptr_array_index(things, i);
        double f = in->points > 0 ? in->points : 1;
        SDL_Rect r = { (int)(t->at.x / f), (int)(t->at.y / f), (int)(t->at.w / f) + 1,
                       (int)(t->at.h / f) + 1 };

        if (strcmp(t->name, "caret") == 0 && memcmp(&r, &in->caret, sizeof r) != 0) {
            in->caret = r;
            SDL_SetTextInputRect(&r);
        }
    }
}

/* Text is listened to only while a line is asked for, or the key that opens the line would be its first
 * letter. */
static void follow_asking(struct input *in, const struct app *a)
{
    bool is_listening = SDL_IsTextInputActive();

    if (a->ask != NULL && !is_listening)
        SDL_StartTextInput();
    else if (a->ask == NULL && is_listening)
        SDL_StopTextInput();
    if (a->ask != NULL)
        follow_caret(in, a);
}

bool input_event(struct input *in, struct app *a, const SDL_Event *e)
{
    bool is_to_show = false;
    double f = in->points;

    switch (e->type) {
    case SDL_QUIT:
        a->quits = true;
        break;
    case SDL_KEYDOWN:
        on_key(a, &e->key.keysym);
        break;
    case SDL_TEXTINPUT:
        app_type(a, e->text.text);
        break;
    case SDL_TEXTEDITING:
        app_compose(a, e->edit.text, (unsigned)MAX(e->edit.start, 0));
        break;
#if SDL_VERSION_ATLEAST(2, 0, 22)
    case SDL_TEXTEDITING_EXT: /* longer than fits into the event */
        app_compose(a, e->editExt.text, (unsigned)MAX(e->editExt.start, 0));
        SDL_free(e->editExt.text);
        break;
#endif
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
    follow_asking(in, a);
    return is_to_show;
}

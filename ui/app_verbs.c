/* The table of verbs: what scripts say, what keys do, what the help sheet shows. Rows of one word are the
 * same verb. */
#include "app_parts.h"

#include <string.h>

#include "words.h"

const char *const verb_groups[N_VERB_GROUPS] = { N_("Playing"),  N_("Moving"), N_("Looking"),
                                                 N_("Changing"), N_("Files"),  N_("Window") };

const struct verb verbs[] = {
    { "toggle", "", verb_toggle, N_("Play or pause"), "Space", VERB_PLAY },
    { "play", "", verb_play, N_("Play"), "", VERB_PLAY },
    { "pause", "", verb_pause, N_("Pause"), "", VERB_PLAY },
    { "faster", "", verb_faster, N_("Faster"), "+ = Shift+= Shift++", VERB_PLAY },
    { "slower", "", verb_slower, N_("Slower"), "-", VERB_PLAY },

    { "step", "packet|message|chapter", verb_step, N_("One step forward"), "Right", VERB_MOVE },
    { "back", "packet|message|chapter", verb_back, N_("One step back"), "Left", VERB_MOVE },
    { "step packet", "", verb_step, N_("The next packet"), "Shift+Right", VERB_MOVE },
    { "back packet", "", verb_back, N_("The packet before"), "Shift+Left", VERB_MOVE },
    { "step chapter", "", verb_step, N_("The next chapter"), "PageDown", VERB_MOVE },
    { "back chapter", "", verb_back, N_("The chapter before"), "PageUp", VERB_MOVE },
    { "start", "", verb_start, N_("To the beginning"), "Home", VERB_MOVE },
    { "end", "", verb_end, N_("To the end"), "End", VERB_MOVE },
    { "ask go", "", verb_ask, N_("Go to a time"), "G", VERB_MOVE },
    { "go", "TIME", verb_go, N_("To a time: 1h30m, 1:30:00"), "", VERB_MOVE },
    { "at", "INDEX", verb_at, N_("To an event by its number"), "", VERB_MOVE },
    { "ask find", "", verb_ask, N_("Find an event that matches a pattern"), "Ctrl+F", VERB_MOVE },
    { "find", "PATTERN|none", verb_find, N_("The next event that matches"), "F3", VERB_MOVE },
    { "kind", "packet|message|chapter", verb_kind, N_("What a step is"), "", VERB_MOVE },

    { "tab", "message|host|mail|why|map|ladder|story", verb_tab, N_("The next tab of the inspector"), "Tab",
      VERB_LOOK },
    { "tab why", "", verb_tab, N_("Why did this happen?"), "W", VERB_LOOK },
    { "why", "all|short", verb_why, N_("All causes, or those that matter"), "Shift+W", VERB_LOOK },
    { "letter", "on|off", verb_letter, N_("A mail: raw and read, or where it has been"), "V", VERB_LOOK },
    { "select", "THING", verb_select, N_("Select host:NAME, link:A>B, mail:m1, conn:c1, record:118"), "",
      VERB_LOOK },
    { "follow", "mail:m1|conn:c1|lookup:l1|none", verb_follow, N_("Follow it: the rest fades"), "",
      VERB_LOOK },
    { "next", "host|link|mail|field", verb_next, N_("The next host, mail or field in the inspector"), "Down",
      VERB_LOOK },
    { "previous", "host|link|mail|field", verb_previous, N_("The one before"), "Up", VERB_LOOK },
    { "next link", "", verb_next, N_("The next link"), "Ctrl+Down", VERB_LOOK },
    { "previous link", "", verb_previous, N_("The link before"), "Ctrl+Up", VERB_LOOK },
    { "scroll down", "", verb_scroll, N_("Scroll the inspector"), "Shift+Down", VERB_LOOK },
    { "scroll up", "", verb_scroll, N_("Scroll it back"), "Shift+Up", VERB_LOOK },
    { "collapse", "", verb_collapse, N_("Show or fold TCP’s details in the ladder"), "P", VERB_LOOK },

    { "ask send", "", verb_ask, N_("Send a mail"), "M", VERB_BREAK },
    { "ask look-up", "", verb_ask, N_("Look up a name"), "L", VERB_BREAK },
    { "ask read", "", verb_ask, N_("Read mail"), "R", VERB_BREAK },
    { "ask fetch", "", verb_ask, N_("Fetch a web page"), "U", VERB_BREAK },
    { "down-or-up", "", verb_down_or_up, N_("The selected host goes down, or up again"), "D", VERB_BREAK },
    { "cut-or-mend", "", verb_cut_or_mend, N_("Cut or mend the selected link"), "X", VERB_BREAK },
    { "break", "down|up|cut|mend|lossy|slow TARGET", verb_break,
      N_("Break or repair a host, a server (smtp@HOST, imap@HOST) or a link"), "", VERB_BREAK },
    { "send", "FROM TO SUBJECT", verb_send, N_("Send a mail now"), "", VERB_BREAK },
    { "look-up", "HOST NAME TYPE", verb_look_up, N_("Look up a name now"), "", VERB_BREAK },
    { "read", "WHO [pop3|imap|web] [keep|delete] [HOST]", verb_read, N_("Somebody reads mail now"), "",
      VERB_BREAK },
    { "fetch", "HOST URL", verb_fetch, N_("A browser fetches a page now"), "", VERB_BREAK },
    { "undo", "", verb_undo, N_("Undo the last change"), "Ctrl+Z", VERB_BREAK },
    { "redo", "", verb_redo, N_("Redo it"), "Ctrl+Y Ctrl+Shift+Z", VERB_BREAK },
    { "compare", "", verb_compare, N_("Compare your version with the original"), "C", VERB_BREAK },

    { "picker", "", verb_picker, N_("Choose a scenario"), "Ctrl+O O", VERB_FILE },
    { "open", "FILE", verb_open, N_("Open a file"), "", VERB_FILE },
    { "ask open", "", verb_ask, N_("Open a file by its path"), "Ctrl+Shift+O", VERB_FILE },
    { "ask save", "", verb_ask, N_("Save your version as a scenario"), "Ctrl+S", VERB_FILE },
    { "save", "FILE", verb_save, N_("Save your version as a scenario"), "", VERB_FILE },
    { "export", "map|ladder|all FILE", verb_export, N_("Export a picture: PNG, SVG or PDF"), "", VERB_FILE },
    { "ask export", "", verb_ask, N_("Export what is on screen"), "Ctrl+E", VERB_FILE },
    { "ask record", "", verb_ask, N_("Record a film: MP4 or GIF"), "Ctrl+Shift+E", VERB_FILE },
    { "record", "FILE now|all|chapter|FROM TO", verb_record,
      N_("Record a film of the run, from a time to another"), "", VERB_FILE },

    { "help", "", verb_help, N_("This help"), "F1", VERB_WINDOW },
    { "close", "", verb_close, N_("Close what is open; follow nothing"), "Escape", VERB_WINDOW },
    { "menu", "THING X Y", verb_menu, N_("The menu of what is selected"), "Return Application Shift+F10",
      VERB_WINDOW },
    { "ask", "send|look-up|read|fetch|find|go|save|open|export|record HOST", verb_ask, N_("Open a form"), "",
      VERB_WINDOW },
    { "answer", "", verb_answer, N_("Done with the form"), "", VERB_WINDOW },
    { "ask-field", "N", verb_ask_field, N_("Write in that field of the form, from 0"), "", VERB_WINDOW },
    { "hold", "", verb_hold, N_("Nothing: a dialog stays open"), "", VERB_WINDOW },
    { "part", "INDEX", verb_part, N_("From the comparison to where the versions part"), "", VERB_WINDOW },
    { "theme", "light|dark|contrast", verb_theme, N_("The next theme"), "T", VERB_WINDOW },
    { "text", "bigger|smaller|SIZE", verb_text, N_("Text size"), "", VERB_WINDOW },
    { "text bigger", "", verb_text, N_("Bigger text"), "Ctrl++ Ctrl+= Ctrl+Shift+= Ctrl+Shift++",
      VERB_WINDOW },
    { "text smaller", "", verb_text, N_("Smaller text"), "Ctrl+-", VERB_WINDOW },
    { "language", "en|ko", verb_language, N_("English or Korean"), "Ctrl+L", VERB_WINDOW },
    { "motion", "on|off", verb_motion, N_("Motion, or jumps"), "", VERB_WINDOW },
    { "quit", "", verb_quit, N_("Leave"), "Ctrl+Q", VERB_WINDOW },
};
const unsigned n_verbs = G_N_ELEMENTS(verbs);

const struct verb *verb_of_key(const char *key)
{
    for (unsigned i = 0; i < n_verbs; i++) {
        const char *p = verbs[i].keys;

        while (*p != '\0') {
            size_t n = strcspn(p, " ");
            if (n == strlen(key) && strncmp(p, key, n) == 0)
                return &verbs[i];
            p += n;
            p += strspn(p, " ");
        }
    }
    return NULL;
}

bool app_do(struct app *a, const char *verb)
{
    const char *rest = verb;
    char *word = app_take_word(&rest);
    bool ok = word == NULL; /* nothing to be done is done */

    if (a->filming != NULL && word != NULL && !app_is_word(word, "close") && !app_is_word(word, "hold") &&
        !app_is_word(word, "quit")) {
        g_free(word);
        return app_refuse(a, "%s", _("A film is being recorded. Escape ends it."));
    }

    if (a->toast != NULL && word != NULL && !app_is_word(word, "close") && !app_is_word(word, "hold")) {
        app_set_text(&a->toast, NULL); /* it was about what was done before */
        app_paint(a, PANEL_OVERLAY);
    }

    for (unsigned i = 0; word != NULL && i < n_verbs; i++) {
        size_t n = strcspn(verbs[i].name, " ");
        if (strlen(word) == n && strncmp(verbs[i].name, word, n) == 0) {
            char *copy = g_strchomp(g_strdup(rest)); /* what is done may free what said it */
            ok = verbs[i].run(a, copy);
            g_free(copy);
            g_free(word);
            return ok;
        }
    }
    if (!ok)
        app_refuse(a, _("There is no verb “%s”. F1 lists them."), word);
    g_free(word);
    return ok;
}

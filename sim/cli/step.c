/* mxlab step: a run, a step at a time, in the terminal: next and back, why, show. Commands come a line each,
 * so that a script can give them too. */
#include <string.h>

#include "cli/cli.h"
#include "cli/step_reel.h"
#include "export/explain.h"
#include "export/ladder.h"
#include "core/plain.h"
#include "view.h"

struct stepper {
    struct mxlab *m;
    struct reel *reel;
    struct ladder *ladder;
    uint64_t at; /* seq of the record that was shown last; 0: before the first */
};

static const struct record *current(const struct stepper *s)
{
    return s->at > 0 ? reel_get(s->reel, s->at) : NULL;
}

static void show_current(const struct stepper *s)
{
    const struct record *r = current(s);

    if (r != NULL)
        ladder_line(s->ladder, r);
    else
        puts("That is the start of the run.");
}

/* ---- What a step is. */

typedef bool is_stop(const struct record *r, const void *more);

static bool is_message(const struct record *r, const void *more)
{
    (void)more;
    return ladder_is_for_readers(r);
}

static bool is_packet(const struct record *r, const void *more)
{
    (void)more;
    return r->event == EV_PACKET_SEND || r->event == EV_PACKET_DROP || r->event == EV_PACKET_ARRIVE ||
           r->event == EV_RUN_END;
}

static bool is_chapter(const struct record *r, const void *more)
{
    (void)more;
    return r->event == EV_NOTE || r->event == EV_RUN_END;
}

static bool is_match(const struct record *r, const void *more)
{
    return pattern_matches(more, r);
}

static void forward(struct stepper *s, is_stop *stop, const void *more)
{
    const struct record *r;

    for (uint64_t seq = s->at + 1; (r = reel_get(s->reel, seq)) != NULL; seq++)
        if (stop(r, more)) {
            s->at = seq;
            ladder_line(s->ladder, r);
            return;
        }
    puts(more != NULL ? "Nothing like that comes any more." : "That was the end of the run.");
}

static void back(struct stepper *s, is_stop *stop)
{
    uint64_t seq = s->at > 0 ? s->at - 1 : 0;

    while (seq > 0 && !stop(reel_get(s->reel, seq), NULL))
        seq--;
    s->at = seq;
    show_current(s);
}

static void go(struct stepper *s, const char *text)
{
    const struct record *r = current(s);
    sim_time to;

    if (!cli_time("go", text, &to))
        return;
    if (r != NULL && r->time > to)
        s->at = 0;
    while ((r = reel_get(s->reel, s->at + 1)) != NULL && r->time <= to)
        s->at++;
    show_current(s);
}

static void end(struct stepper *s)
{
    while (reel_get(s->reel, s->at + 1) != NULL)
        s->at++;
    show_current(s);
}

static void find(struct stepper *s, const char *text)
{
    struct pattern *p = NULL;

    if (text[0] == '\0')
        puts("Find what? For example: find smtp.reply code=4xx");
    else if (cli_pattern("find", text, &p))
        forward(s, is_match, p);
    pattern_free(&p);
}

/* ---- Why: the chain of causes, back to what the scenario began. */

enum { NEAR = 12 }; /* causes shown, unless all are wanted */

static void print_cause(const struct record *r, const char *before)
{
    GString *line = g_string_new(NULL);
    char clock[TIME_CLOCK_MAX];

    explain_line(r, NULL, line);
    g_autofree char *plain = plain_copy(line->str, false);
    bool has_peer = r->peer != NULL && g_strcmp0(r->host, r->peer) != 0;
    printf("%s%s  %s%s%s%s%s\n", before, time_clock(clock, r->time), r->host ? r->host : "",
           has_peer ? " → " : "", has_peer ? r->peer : "", r->host || has_peer ? ": " : "", plain);
    g_string_free(line, TRUE);
}

static void print_rule(const struct record *r)
{
    const char *rule = explain_rule(r), *remark = explain_remark(r);

    if (remark != NULL || rule != NULL)
        printf("    %s%s%s%s%s\n", remark ? remark : "", remark && rule ? " " : "", rule ? "(" : "",
               rule ? rule : "", rule ? ")" : "");
}

/* Faults that last at that moment, and are about a host that took part. */
static void print_faults(const struct stepper *s, GHashTable *hosts)
{
    GPtrArray *faults = reel_faults(s->reel, s->at);
    bool any = false;

    for (unsigned i = 0; i < faults->len; i++) {
        const struct record *f = g_ptr_array_index(faults, i);
        const struct field *on = record_field(f, KEY_ON);
        g_autofree char *text = on ? g_strndup(on->text.at, on->text.len) : g_strdup("");
        g_auto(GStrv) ends = g_strsplit(text, " ", 3); /* "host", "host program", "host - host" */
        bool concerns = false;

        for (unsigned k = 0; ends[k] != NULL; k++)
            concerns |= g_hash_table_contains(hosts, ends[k]);
        if (concerns && f->seq != s->at)
            print_cause(f, any ? "                   " : "  and at that time: ");
        any |= concerns;
    }
    g_ptr_array_unref(faults);
}

static void note_hosts(GHashTable *hosts, const struct record *r)
{
    if (r->host != NULL)
        g_hash_table_add(hosts, g_strdup(r->host));
    if (r->peer != NULL)
        g_hash_table_add(hosts, g_strdup(r->peer));
}

static void why(const struct stepper *s, bool all)
{
    const struct record *r = current(s);
    GHashTable *hosts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    unsigned shown = 0, left_out = 0;

    if (r == NULL)
        puts("Nothing has happened yet.");
    else {
        print_cause(r, "  ");
        print_rule(r);
        note_hosts(hosts, r);
    }
    for (uint64_t cause = r != NULL ? r->cause : 0; cause > 0; cause = r->cause) {
        r = reel_get(s->reel, cause);
        note_hosts(hosts, r);
        bool is_first = r->cause == 0;
        if (!all && !is_first && (shown >= NEAR || !ladder_is_for_readers(r))) {
            left_out += ladder_is_for_readers(r);
            continue;
        }
        if (left_out > 0)
            printf("  … and so on, %u steps (why all) …\n", left_out);
        print_cause(r, is_first ? "  began with " : "  because    ");
        shown++;
        left_out = 0;
    }
    print_faults(s, hosts);
    g_hash_table_destroy(hosts);
}

/* ---- Show: the tables of a host. */

static void show(struct stepper *s, const char *host)
{
    const struct record *r = current(s);
    int i = view_host_find(s->m, host[0] != '\0' ? host : r != NULL && r->host != NULL ? r->host : "");

    if (i < 0) {
        puts("Which host? There are:");
        for (unsigned k = 0; k < view_hosts(s->m); k++)
            printf("  %s\n", view_host(s->m, k).name);
        return;
    }
    mxlab_seek(s->m, s->at);
    struct sheet *sheet = view_host_sheet(s->m, (unsigned)i);
    GString *out = g_string_new(NULL);
    sheet_to_text(sheet, out);
    g_autofree char *plain = plain_copy(out->str, true);
    fputs(plain, stdout);
    g_string_free(out, TRUE);
    sheet_free(&sheet);
}

/* ---- Commands. */

static void help(void)
{
    puts("  Enter, n         next message            b         back one message\n"
         "  p                next packet             bp        back one packet\n"
         "  c                next chapter            bc        back one chapter\n"
         "  find PATTERN     next match: find smtp.reply code=4xx\n"
         "  go TIME          to a moment: go 30m\n"
         "  start, end       to the start, to the end\n"
         "  why, why all     why did this happen? All: each packet, too\n"
         "  show [HOST]      the tables of a host now\n"
         "  q                quit");
}

static void do_next(struct stepper *s, const char *more)
{
    (void)more;
    forward(s, is_message, NULL);
}
static void do_packet(struct stepper *s, const char *more)
{
    (void)more;
    forward(s, is_packet, NULL);
}
static void do_chapter(struct stepper *s, const char *more)
{
    (void)more;
    forward(s, is_chapter, NULL);
}
static void do_back(struct stepper *s, const char *more)
{
    (void)more;
    back(s, is_message);
}
static void do_back_packet(struct stepper *s, const char *more)
{
    (void)more;
    back(s, is_packet);
}
static void do_back_chapter(struct stepper *s, const char *more)
{
    (void)more;
    back(s, is_chapter);
}
static void do_start(struct stepper *s, const char *more)
{
    (void)more;
    s->at = 0;
    show_current(s);
}
static void do_end(struct stepper *s, const char *more)
{
    (void)more;
    end(s);
}
static void do_why(struct stepper *s, const char *more)
{
    why(s, g_str_equal(more, "all"));
}
static void do_help(struct stepper *s, const char *more)
{
    (void)s;
    (void)more;
    help();
}

static const struct command {
    const char *name, *short_name;
    void (*run)(struct stepper *s, const char *more);
} commands[] = {
    { "next", "n", do_next },
    { "packet", "p", do_packet },
    { "chapter", "c", do_chapter },
    { "back", "b", do_back },
    { "back packet", "bp", do_back_packet },
    { "back chapter", "bc", do_back_chapter },
    { "find", "/", find },
    { "go", "g", go },
    { "start", "0", do_start },
    { "end", "$", do_end },
    { "why", "w", do_why },
    { "show", "s", show },
    { "help", "?", do_help },
};

/* False to quit. */
static bool obey(struct stepper *s, char *line)
{
    char *rest = strchr(g_strstrip(line), ' ');

    if (rest != NULL)
        *rest++ = '\0';
    const char *more = rest != NULL ? g_strstrip(rest) : "";
    if (line[0] == '\0') {
        do_next(s, more);
        return true;
    }
    if (g_str_equal(line, "q") || g_str_equal(line, "quit"))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        if (g_str_equal(line, commands[i].name) || g_str_equal(line, commands[i].short_name)) {
            commands[i].run(s, more);
            return true;
        }
    puts("There is no such command. There are:");
    help();
    return true;
}

/* One command; false at the end of the input. One that is too long is no command. */
static bool read_command(char *line, size_t size)
{
    if (fgets(line, (int)size, stdin) == NULL)
        return false;
    bool is_whole = strchr(line, '\n') != NULL || feof(stdin);
    for (int c = 0; !is_whole && c != '\n' && c != EOF;)
        c = getchar();
    if (!is_whole)
        g_strlcpy(line, "?", size);
    return true;
}

static void converse(struct stepper *s)
{
    g_autofree char *title = plain_copy(view_title(s->m), false);
    g_autofree char *about = plain_copy(view_about(s->m), true);
    char line[1024];

    printf("%s\n", title);
    if (about != NULL)
        printf("%s\n", about);
    puts("Enter: next message. b: back. why. show HOST. help. q: quit.");
    for (;;) {
        printf("> ");
        if (fflush(stdout) != 0)
            return;
        if (!read_command(line, sizeof line)) {
            putchar('\n');
            return;
        }
        if (!obey(s, line))
            return;
    }
}

static const char *chapter_title(const void *self, unsigned i)
{
    return view_chapter_title(self, i);
}
static const char *chapter_text(const void *self, unsigned i)
{
    return view_chapter_text(self, i);
}

static void step(struct mxlab *m)
{
    struct stepper s = { .m = m, .reel = reel_new(m) };
    struct ladder_options o = {
        .width = cli_width(stdout),
        .colour = cli_colour(stdout),
        .packets = true,
        .remarks = true,
        .chapter_title = chapter_title,
        .chapter_text = chapter_text,
        .self = m,
    };

    s.ladder = ladder_new(stdout, &o);
    for (unsigned i = 0; i < view_hosts(m); i++)
        ladder_expect_host(s.ladder, view_host(m, i).name);
    converse(&s);
    ladder_free(&s.ladder);
    reel_free(&s.reel);
}

int cli_step(int argc, char **argv)
{
    char *language = NULL, **words = NULL;
    const GOptionEntry entries[] = {
        { "lang", 0, 0, G_OPTION_ARG_STRING, &language, "Language of titles and texts: en, ko", "LANGUAGE" },
        G_OPTION_ENTRY_NULL,
    };
    int status = CLI_UNUSABLE;

    if (!cli_options(argc, argv, "SCENARIO",
                     "Step through a run in the terminal, forwards and back. \"help\" lists the commands.",
                     entries, 1, 1, &words))
        ;
    else if (strcmp(words[0], "-") == 0) {
        cli_complain("step: standard input is where the commands come from; give the scenario as a file");
    } else {
        struct mxlab_options o = { .language = cli_language(language) };
        struct mxlab *m = cli_open(words[0], &o);
        if (m != NULL) {
            step(m);
            status = CLI_DONE;
        }
        mxlab_close(&m);
    }
    g_free(language);
    g_strfreev(words);
    return status;
}

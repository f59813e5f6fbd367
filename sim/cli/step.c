/* mxlab step: a run, a step at a time, in the terminal: next and back, why, show. Commands come a line each,
 * so that a script can give them too. */
#include <string.h>

#include "cli/cli.h"
#include "export/explain.h"
#include "export/ladder.h"
#include "view.h"

struct stepper {
    struct mxlab *m;
    GPtrArray *records; /* of struct record: the whole run, in order */
    bool is_recording;
    size_t at; /* records shown so far; the current one is before it */
    struct ladder *ladder;
};

/* ---- The run, recorded once. */

static void on_record(void *self, const struct record *r)
{
    struct stepper *s = self;

    if (s->is_recording)
        g_ptr_array_add(s->records, record_copy(r));
}

static const struct record *nth(const struct stepper *s, size_t i)
{
    return g_ptr_array_index(s->records, i);
}
static const struct record *current(const struct stepper *s)
{
    return s->at > 0 ? nth(s, s->at - 1) : NULL;
}

/* ---- What a step is. */

typedef bool is_stop(const struct record *r, const void *more);

static bool is_message(const struct record *r, const void *more)
{
    (void)more;
    switch ((int)r->event) {
    case EV_SMTP_COMMAND:
    case EV_SMTP_REPLY:
    case EV_SMTP_DATA:
    case EV_DNS_QUERY:
    case EV_DNS_RESPONSE:
    case EV_DNS_GIVE_UP:
    case EV_TCP_CONNECT:
    case EV_TCP_FAIL:
    case EV_QUEUE_ADD:
    case EV_QUEUE_DEFER:
    case EV_QUEUE_BOUNCE:
    case EV_QUEUE_WARN:
    case EV_MAILBOX_STORE:
    case EV_AGENT_COMPOSE:
    case EV_AGENT_LOST:
    case EV_FAULT_BEGIN:
    case EV_FAULT_END:
    case EV_NOTE:
    case EV_RUN_END:
        return true;
    default:
        return false;
    }
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

static bool forward(struct stepper *s, is_stop *stop, const void *more)
{
    for (size_t i = s->at; i < s->records->len; i++)
        if (stop(nth(s, i), more)) {
            s->at = i + 1;
            ladder_line(s->ladder, current(s));
            return true;
        }
    puts("That was the end of the run.");
    return false;
}

static void back(struct stepper *s, is_stop *stop)
{
    for (size_t i = s->at > 0 ? s->at - 1 : 0; i-- > 0;)
        if (stop(nth(s, i), NULL)) {
            s->at = i + 1;
            ladder_line(s->ladder, current(s));
            return;
        }
    s->at = 0;
    puts("That is the start of the run.");
}

/* ---- Questions. */

static void why(const struct stepper *s)
{
    const struct record *r = current(s);
    GString *line = g_string_new(NULL);

    if (r == NULL)
        puts("Nothing has happened yet.");
    for (int depth = 0; r != NULL; depth++) {
        const char *rule = explain_rule(r), *remark = explain_remark(r);
        char clock[TIME_CLOCK_MAX];

        g_string_truncate(line, 0);
        explain_line(r, line);
        printf("  %s%s  %s%s%s: %s\n", depth ? "because " : "", time_clock(clock, r->time),
               r->host ? r->host : "", r->peer ? " to " : "", r->peer ? r->peer : "", line->str);
        if (depth == 0 && remark != NULL)
            printf("    %s\n", remark);
        if (rule != NULL && depth == 0)
            printf("    (%s)\n", rule);
        r = r->cause > 0 && r->cause <= s->records->len ? nth(s, (size_t)r->cause - 1) : NULL;
    }
    g_string_free(line, TRUE);
}

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
    if (r == NULL)
        mxlab_rewind(s->m);
    else
        mxlab_seek(s->m, r->seq);
    struct sheet *sheet = view_host_sheet(s->m, (unsigned)i);
    GString *out = g_string_new(NULL);
    sheet_to_text(sheet, out);
    fputs(out->str, stdout);
    g_string_free(out, TRUE);
    sheet_free(&sheet);
}

static void go(struct stepper *s, const char *text)
{
    sim_time at;

    if (!cli_time("go", text, &at))
        return;
    s->at = 0;
    while (s->at < s->records->len && nth(s, s->at)->time <= at)
        s->at++;
    if (s->at > 0)
        ladder_line(s->ladder, current(s));
}

static void find(struct stepper *s, const char *text)
{
    struct pattern *p = NULL;

    if (text[0] != '\0' && cli_pattern("find", text, &p))
        forward(s, is_match, p);
    pattern_free(&p);
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
         "  why              why did this happen?\n"
         "  show [HOST]      the tables of a host now\n"
         "  q                quit");
}

/* False to quit. */
static bool obey(struct stepper *s, char *command)
{
    char *rest = strchr(g_strstrip(command), ' ');

    if (rest != NULL)
        *rest++ = '\0';
    const char *more = rest != NULL ? g_strstrip(rest) : "";
    if (command[0] == '\0' || g_str_equal(command, "n") || g_str_equal(command, "next"))
        forward(s, is_message, NULL);
    else if (g_str_equal(command, "p") || g_str_equal(command, "packet"))
        forward(s, is_packet, NULL);
    else if (g_str_equal(command, "c") || g_str_equal(command, "chapter"))
        forward(s, is_chapter, NULL);
    else if (g_str_equal(command, "b") || g_str_equal(command, "back"))
        back(s, is_message);
    else if (g_str_equal(command, "bp"))
        back(s, is_packet);
    else if (g_str_equal(command, "bc"))
        back(s, is_chapter);
    else if (g_str_equal(command, "find") || g_str_equal(command, "/"))
        find(s, more);
    else if (g_str_equal(command, "go") || g_str_equal(command, "g"))
        go(s, more);
    else if (g_str_equal(command, "start")) {
        s->at = 0;
        puts("That is the start of the run.");
    } else if (g_str_equal(command, "end")) {
        s->at = s->records->len;
        ladder_line(s->ladder, current(s));
    } else if (g_str_equal(command, "why") || g_str_equal(command, "w"))
        why(s);
    else if (g_str_equal(command, "show") || g_str_equal(command, "s"))
        show(s, more);
    else if (g_str_equal(command, "q") || g_str_equal(command, "quit"))
        return false;
    else
        help();
    return true;
}

static const char *chapter_title(const void *self, unsigned i)
{
    return view_chapter_title(self, i);
}
static const char *chapter_text(const void *self, unsigned i)
{
    return view_chapter_text(self, i);
}

static void run(struct stepper *s)
{
    char line[1024];

    printf("%s\n", view_title(s->m));
    if (view_about(s->m) != NULL)
        printf("%s\n", view_about(s->m));
    puts("Enter: next message. b: back. why. show HOST. help.");
    for (;;) {
        printf("> ");
        fflush(stdout);
        if (fgets(line, sizeof line, stdin) == NULL) {
            putchar('\n');
            return;
        }
        if (!obey(s, line))
            return;
    }
}

static void step(struct mxlab *m)
{
    struct stepper s = { .m = m, .records = g_ptr_array_new_with_free_func(g_free), .is_recording = true };
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
    mxlab_listen(m, on_record, &s);
    mxlab_run(m, SIM_NEVER);
    s.is_recording = false;
    run(&s);
    ladder_free(&s.ladder);
    g_ptr_array_unref(s.records);
}

int cli_step(int argc, char **argv)
{
    char *language = NULL, **words = NULL;
    const GOptionEntry entries[] = {
        { "lang", 0, 0, G_OPTION_ARG_STRING, &language, "Language of titles and texts: en, ko", "LANGUAGE" },
        G_OPTION_ENTRY_NULL,
    };
    int status = CLI_UNUSABLE;

    if (cli_options(argc, argv, "SCENARIO", "Step through a run in the terminal.", entries, 1, 1, &words)) {
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

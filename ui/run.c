/* run.c: one thread at a time makes a version: opens the text, runs it once onto a tape. What it makes is its
 * own until it is done, so the only thing shared meanwhile is how far it is. */
#include "run.h"

#include <glib/gstdio.h>
#include <string.h>

#include "run_parts.h"
#include "words.h"

enum {
    SHORT_WAIT_MS = 40,  /* a bundled scenario is done by then, so that nobody sees it loading */
    CHANGE_WAIT_MS = 40, /* the same for a student's change */
    LONG_TAPE = 100000,  /* records: to free so many takes a while */
    SEEK_FIRST_MS = 20,  /* spent at once on reaching a moment */
    SEEK_SLICE_MS = 10,  /* and in each poll after that, within a frame */
    SEEK_EVENTS = 256,   /* between looks at the clock */
    LOOK_MS = 1000,      /* between looks at the file */
};

struct stamp {
    gint64 mtime_ns, size; /* -1: there is no such file */
};

struct version {
    char *text;
    char *action;    /* what makes it of the version before; NULL: it was opened */
    struct mxlab *m; /* stands at any moment; heard by nobody, but its records are counted */
    uint64_t before; /* the records there were before the event that `m` has run last */
    struct view_tape *tape;
    struct tape_index *index;
    GArray *outcomes; /* run_parts.h: for comparing with the original */
    int64_t parts;    /* where it parts from the original; -1: nowhere, or it is that */
};

/* What a thread makes: a version of a text or a file, and one more for each action. */
struct job {
    GThread *thread;
    char *path;          /* opened if `text` is NULL */
    char *text, *action; /* the action that is in the text already */
    char *name, *language;
    GPtrArray *actions;               /* of char *, done one upon the other */
    unsigned wanted;                  /* that many of them are not undone */
    GPtrArray *made;                  /* of struct version; empty: broken, or stopped */
    unsigned shown;                   /* of those made */
    unsigned unfit;                   /* actions that could not be done */
    const struct view_tape *original; /* to compare with; NULL: the first that is made */
    struct report report;

    GMutex lock; /* of what follows */
    GCond changed;
    double progress;
    bool is_done, is_stopped;
};

struct run {
    char *path, *language;
    struct stamp stamp;
    gint64 looked_at;    /* when, monotonic µs */
    struct job *job;     /* NULL: nothing is being made */
    GPtrArray *versions; /* of struct version */
    unsigned shown;
    char *on_disk;        /* the file's text as it was read or written last; NULL: not known */
    unsigned base;        /* the version whose actions are in that text */
    unsigned unfit;       /* of opening it again */
    int64_t wanted;       /* the state that run_at was asked for last */
    struct report report; /* of the latest job that is done */
};

/* ---- The thread. */

static void version_free(struct version *v)
{
    if (v == NULL)
        return;
    g_clear_pointer(&v->outcomes, g_array_unref);
    tape_index_free(&v->index);
    view_tape_free(&v->tape);
    mxlab_close(&v->m);
    g_free(v->text);
    g_free(v->action);
    g_free(v);
}

static void version_destroy(gpointer version)
{
    version_free(version);
}

static void count_only(void *self, const struct record *r)
{
    (void)self;
    (void)r;
}

/* Of a job that makes several, each is a part of the way. */
static bool on_progress(void *self, double done)
{
    struct job *j = self;

    g_mutex_lock(&j->lock);
    j->progress = (j->made->len + done) / (j->actions->len + 1);
    bool goes = !j->is_stopped;
    g_mutex_unlock(&j->lock);
    return goes;
}

static bool goes_on(void *self)
{
    struct job *j = self;

    g_mutex_lock(&j->lock);
    bool goes = !j->is_stopped;
    g_mutex_unlock(&j->lock);
    return goes;
}

/* Takes `m` and `action`. NULL: broken, or stopped. */
static struct version *version_new(struct job *j, struct mxlab *m, char *action)
{
    struct version *v = g_new0(struct version, 1);

    v->m = m;
    v->action = action;
    if (v->m != NULL) {
        v->text = g_strdup(view_text(v->m));
        mxlab_listen(v->m, count_only, NULL); /* records are counted only while somebody listens */
        v->tape = view_tape_new(v->m, on_progress, j);
    }
    if (v->tape != NULL)
        v->index = tape_index_new(v->tape, goes_on, j);
    if (v->index != NULL) {
        v->outcomes = outcomes_of(v->tape);
        v->parts = j->original != NULL ? first_difference(j->original, v->tape) : -1;
    } else
        g_clear_pointer(&v, version_free);
    return v;
}

/* False: stopped. An action that does not fit (the host that it was about is gone) makes no version. */
static bool act(struct job *j, unsigned i, const struct mxlab_options *o)
{
    const struct version *last = g_ptr_array_index(j->made, j->made->len - 1);
    const char *action = g_ptr_array_index(j->actions, i);
    GString *why = g_string_new(NULL);
    char *text = view_with_action(last->m, action, why);
    struct report r;

    report_init(&r, j->path);
    struct mxlab *m = text != NULL ? mxlab_open_text(span_of(text), view_name(last->m), o, &r) : NULL;
    struct version *v = m != NULL ? version_new(j, m, g_strdup(action)) : NULL;
    if (v != NULL) {
        g_ptr_array_add(j->made, v);
        j->shown += i < j->wanted;
    }
    j->unfit += m == NULL;
    report_release(&r);
    g_free(text);
    g_string_free(why, TRUE);
    return m == NULL || v != NULL;
}

static gpointer make(gpointer self)
{
    struct job *j = self;
    struct mxlab_options o = { .language = j->language };
    struct mxlab *m = j->text != NULL ? mxlab_open_text(span_of(j->text), j->name, &o, &j->report)
                                      : mxlab_open(j->path, &o, &j->report);
    struct version *first = version_new(j, m, g_steal_pointer(&j->action));
    bool is_going = first != NULL;

    if (first != NULL)
        g_ptr_array_add(j->made, first);
    if (first != NULL && j->original == NULL)
        j->original = first->tape;
    for (unsigned i = 0; is_going && i < j->actions->len; i++)
        is_going = act(j, i, &o);
    g_mutex_lock(&j->lock);
    j->is_done = true;
    g_cond_signal(&j->changed);
    g_mutex_unlock(&j->lock);
    return NULL;
}

/* Of the file at `path`. */
static struct job *job_new(const char *path, const char *language)
{
    struct job *j = g_new0(struct job, 1);

    j->path = g_strdup(path);
    j->language = g_strdup(language);
    j->actions = g_ptr_array_new_with_free_func(g_free);
    j->made = g_ptr_array_new_with_free_func(version_destroy);
    report_init(&j->report, path);
    g_mutex_init(&j->lock);
    g_cond_init(&j->changed);
    return j;
}

static void job_begin(struct job *j)
{
    j->thread = g_thread_new("run", make, j);
}

static bool job_wait(struct job *j, gint64 ms)
{
    gint64 until = g_get_monotonic_time() + ms * G_TIME_SPAN_MILLISECOND;

    g_mutex_lock(&j->lock);
    while (!j->is_done && g_cond_wait_until(&j->changed, &j->lock, until))
        ;
    bool is_done = j->is_done;
    g_mutex_unlock(&j->lock);
    return is_done;
}

/* What it has not yet done it does not do; it is heard of within about a thousand events. */
static void job_free(struct job **job)
{
    struct job *j = *job;

    if (j == NULL)
        return;
    g_mutex_lock(&j->lock);
    j->is_stopped = true;
    g_mutex_unlock(&j->lock);
    g_thread_join(j->thread);
    g_clear_pointer(&j->made, g_ptr_array_unref);
    g_ptr_array_unref(j->actions);
    report_release(&j->report);
    g_mutex_clear(&j->lock);
    g_cond_clear(&j->changed);
    g_free(j->path);
    g_free(j->text);
    g_free(j->action);
    g_free(j->name);
    g_free(j->language);
    g_free(j);
    *job = NULL;
}

/* ---- The file. */

static struct stamp stamp_of(const char *path)
{
    GStatBuf s;

    if (g_stat(path, &s) != 0)
        return (struct stamp){ -1, -1 };
    return (struct stamp){ (gint64)s.st_mtim.tv_sec * 1000000000 + s.st_mtim.tv_nsec, s.st_size };
}

/* ---- Opening. */

static struct version *nth(const struct run *r, unsigned i)
{
    return g_ptr_array_index(r->versions, i);
}

static struct version *shown(const struct run *r)
{
    return r->versions->len > 0 ? g_ptr_array_index(r->versions, r->shown) : NULL;
}

static struct run *run_new(const char *path, const char *language)
{
    struct run *r = g_new0(struct run, 1);

    r->path = g_strdup(path);
    r->language = g_strdup(language);
    r->stamp = stamp_of(path); /* before it is read: a change meanwhile is seen later */
    r->looked_at = g_get_monotonic_time();
    r->wanted = -1;
    r->versions = g_ptr_array_new_with_free_func(version_destroy);
    report_init(&r->report, path);
    r->job = job_new(path, language);
    return r;
}

static struct run *run_begin(struct run *r)
{
    job_begin(r->job);
    job_wait(r->job, SHORT_WAIT_MS);
    return r;
}

struct run *run_open(const char *path, const char *language)
{
    return run_begin(run_new(path, language));
}

struct run *run_open_again(const struct run *old)
{
    struct run *r = run_new(old->path, old->language);

    for (unsigned i = old->base + 1; i < old->versions->len; i++) {
        const struct version *v = g_ptr_array_index(old->versions, i);
        g_ptr_array_add(r->job->actions, g_strdup(v->action));
    }
    r->job->wanted = old->shown > old->base ? old->shown - old->base : 0;
    return run_begin(r);
}

unsigned run_unfit(const struct run *r)
{
    return r->unfit;
}

static gpointer free_run(gpointer run)
{
    struct run *r = run;

    run_free(&r);
    return NULL;
}

void run_drop(struct run **run)
{
    struct run *r = g_steal_pointer(run);

    if (r != NULL &&
        (r->job != NULL || (r->versions->len > 0 && view_tape_length(shown(r)->tape) > LONG_TAPE)))
        g_thread_unref(g_thread_new("free", free_run, r));
    else
        run_free(&r);
}

void run_free(struct run **run)
{
    struct run *r = *run;

    if (r == NULL)
        return;
    job_free(&r->job);
    g_ptr_array_unref(r->versions);
    report_release(&r->report);
    g_free(r->on_disk);
    g_free(r->path);
    g_free(r->language);
    g_free(r);
    *run = NULL;
}

static void copy_report(struct report *to, const struct report *from)
{
    char *file = g_strdup(to->file);

    report_release(to);
    report_init(to, file);
    g_free(file);
    for (unsigned i = 0; i < from->entries->len; i++) {
        const struct complaint *c = g_ptr_array_index(from->entries, i);
        report_add(to, c->kind, c->at, c->path, c->hint, "%s", c->message);
    }
}

static gpointer free_versions(gpointer versions)
{
    g_ptr_array_unref(versions);
    return NULL;
}

/* Those from `first` on; long ones are freed by a thread, so that nobody waits for it. */
static void drop_versions(GPtrArray *versions, unsigned first)
{
    GPtrArray *dropped = g_ptr_array_new_with_free_func(version_destroy);
    bool is_long = false;

    while (versions->len > first) {
        struct version *v = g_ptr_array_steal_index(versions, first);
        is_long = is_long || view_tape_length(v->tape) > LONG_TAPE;
        g_ptr_array_add(dropped, v);
    }
    if (is_long)
        g_thread_unref(g_thread_new("free", free_versions, dropped));
    else
        free_versions(dropped);
}

/* A version that is made of another stands behind it; what had been undone goes. */
static void take_over(struct run *r)
{
    GPtrArray *made = g_steal_pointer(&r->job->made);
    bool is_opened = r->versions->len == 0, is_made = made->len > 0;
    unsigned shown_of = r->job->shown;

    copy_report(&r->report, &r->job->report);
    r->unfit = r->job->unfit;
    job_free(&r->job);
    if (is_made && !is_opened && r->versions->len > r->shown + 1) {
        drop_versions(r->versions, r->shown + 1);
        r->base = MIN(r->base, r->shown); /* what the file has beyond that was undone */
    }
    if (is_made)
        r->shown = r->versions->len + shown_of;
    g_ptr_array_extend_and_steal(r->versions, made);
    if (is_made && is_opened)
        r->on_disk = g_strdup(nth(r, 0)->text);
    if (is_made) /* it may have been chosen meanwhile */
        run_speak(r, r->language);
}

void run_speak(struct run *r, const char *language)
{
    char *copy = g_strdup(language);

    g_free(r->language);
    r->language = copy;
    for (unsigned i = 0; i < r->versions->len; i++)
        mxlab_set_language(nth(r, i)->m, copy);
}

/* ---- The state at a moment. */

/* An event may make several records: it stands right after the event that made record `seq`. */
static bool is_at(const struct version *v, uint64_t seq)
{
    return seq == 0 ? view_seq(v->m) == 0 : v->before < seq && view_seq(v->m) >= seq;
}

/* Go on to the state wanted, for `ms` at most. True when it is there. */
static bool seek(struct run *r, gint64 ms)
{
    struct version *v = shown(r);
    gint64 until = g_get_monotonic_time() + ms * G_TIME_SPAN_MILLISECOND;
    uint64_t seq = (uint64_t)(r->wanted + 1);

    if (is_at(v, seq))
        return true;
    if (view_seq(v->m) >= seq) {
        mxlab_rewind(v->m);
        v->before = 0;
    }
    for (unsigned n = 1; view_seq(v->m) < seq; n++) {
        v->before = view_seq(v->m);
        if (!mxlab_step(v->m) || (n % SEEK_EVENTS == 0 && g_get_monotonic_time() > until))
            break;
    }
    return is_at(v, seq);
}

const struct mxlab *run_at(struct run *r, int64_t index)
{
    if (shown(r) == NULL)
        return NULL;
    bool is_new = index != r->wanted;
    r->wanted = CLAMP(index, -1, view_tape_length(shown(r)->tape) - 1);
    return is_at(shown(r), (uint64_t)(r->wanted + 1)) || (is_new && seek(r, SEEK_FIRST_MS)) ? shown(r)->m
                                                                                            : NULL;
}

enum run_state run_poll(struct run *r)
{
    if (r->job != NULL && job_wait(r->job, 0))
        take_over(r);
    if (shown(r) != NULL) {
        seek(r, SEEK_SLICE_MS);
        return RUN_READY;
    }
    return r->job != NULL ? RUN_LOADING : RUN_BROKEN;
}

double run_progress(const struct run *r)
{
    if (r->job == NULL)
        return 1;
    g_mutex_lock(&r->job->lock);
    double progress = r->job->progress;
    g_mutex_unlock(&r->job->lock);
    return progress;
}

bool run_is_making(const struct run *r)
{
    return r->job != NULL;
}

const struct report *run_complaints(const struct run *r)
{
    return &r->report;
}

const char *run_path(const struct run *r)
{
    return r->path;
}

const struct view_tape *run_tape(const struct run *r)
{
    return shown(r) != NULL ? shown(r)->tape : NULL;
}

const struct tape_index *run_index(const struct run *r)
{
    return shown(r) != NULL ? shown(r)->index : NULL;
}

/* ---- Versions. */

unsigned run_versions(const struct run *r)
{
    return r->versions->len;
}

unsigned run_version(const struct run *r)
{
    return r->shown;
}

/* Right after the record shown: as soon after it as the clock can tell, so that all that was shown stays as
 * it is, but on a whole millisecond or microsecond if nothing happens before that. Before the first record:
 * at once. */
static sim_time moment_after(const struct view_tape *t, int64_t index)
{
    static const sim_time units[] = { SIM_MS, SIM_US };
    int64_t n = view_tape_length(t);

    if (index < 0)
        return 0;
    sim_time now = view_tape_nth(t, index)->time, next = SIM_NEVER;
    if (index == n - 1) /* after its end nothing would happen any more */
        return now;
    int64_t later = view_tape_at(t, now) + 1;
    if (later < n)
        next = view_tape_nth(t, later)->time;
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
        sim_time whole = (now / units[i] + 1) * units[i];
        if (whole < next)
            return whole;
    }
    return now + 1;
}

/* Whether an object's own keys include "at": well-formed or not, the scan ends. */
static bool has_moment(const char *json)
{
    int depth = 0;

    for (const char *p = json; *p != '\0'; p++) {
        if (*p == '{' || *p == '[')
            depth++;
        else if (*p == '}' || *p == ']')
            depth--;
        if (*p != '"')
            continue;
        const char *begin = p + 1;
        for (p = begin; *p != '"' && *p != '\0'; p++)
            if (*p == '\\' && p[1] != '\0')
                p++;
        if (*p == '\0')
            return false;
        if (depth == 1 && p - begin == 2 && strncmp(begin, "at", 2) == 0 &&
            p[1 + strspn(p + 1, " \t\r\n")] == ':')
            return true;
    }
    return false;
}

/* The action with its moment in front if it has none. */
static char *timed(const struct run *r, const char *json)
{
    const char *brace = strchr(json, '{');
    char at[TIME_DURATION_MAX];

    if (brace == NULL || has_moment(json))
        return g_strdup(json);
    const char *rest = brace + 1 + strspn(brace + 1, " \t\r\n");
    return g_strdup_printf("{ \"at\": \"%s\"%s%s", time_duration(at, moment_after(run_tape(r), r->wanted)),
                           *rest == '}' ? " " : ", ", rest);
}

bool run_change(struct run *r, const char *action_json, GString *why)
{
    struct version *v = shown(r);

    if (v == NULL || r->job != NULL) {
        g_string_append(why, _("The run is still being made. Wait until it is there."));
        return false;
    }
    char *action = timed(r, action_json), *text = view_with_action(v->m, action, why);
    bool is_well = text != NULL;
    if (is_well) {
        r->job = job_new(r->path, r->language);
        r->job->text = g_steal_pointer(&text);
        r->job->action = g_steal_pointer(&action);
        r->job->name = g_strdup(view_name(v->m));
        r->job->original = nth(r, 0)->tape;
        job_begin(r->job);
        if (job_wait(r->job, CHANGE_WAIT_MS))
            take_over(r);
    }
    g_free(text);
    g_free(action);
    return is_well;
}

/* What is still being made is the latest change, so that is what is undone. */
bool run_undo(struct run *r)
{
    if (r->job != NULL && shown(r) != NULL) {
        job_free(&r->job);
        return true;
    }
    if (r->shown == 0)
        return false;
    r->shown--;
    return true;
}

bool run_redo(struct run *r)
{
    if (r->job != NULL || r->shown + 1 >= r->versions->len)
        return false;
    r->shown++;
    return true;
}

bool run_save(struct run *r, const char *path, GString *why)
{
    GError *error = NULL;

    if (shown(r) == NULL) {
        g_string_append(why, _("There is nothing to save yet."));
        return false;
    }
    /* Written beside, then renamed: a reader finds the old text or the new one, whole. */
    if (!g_file_set_contents(path, shown(r)->text, -1, &error)) {
        g_string_append(why, error->message);
        g_error_free(error);
        return false;
    }
    if (strcmp(path, r->path) == 0) { /* one's own change is no news */
        r->stamp = stamp_of(path);
        g_free(r->on_disk);
        r->on_disk = g_strdup(shown(r)->text);
        r->base = r->shown;
    }
    return true;
}

int64_t run_compare(const struct run *r, GString *words)
{
    if (shown(r) == NULL)
        return -1;
    const struct version *original = nth(r, 0), *version = shown(r);
    compare_runs(&(struct compared){ original->tape, original->outcomes },
                 &(struct compared){ version->tape, version->outcomes }, version->parts, version->m, words);
    return version->parts;
}

bool run_is_stale(struct run *r)
{
    gint64 now = g_get_monotonic_time();

    if (r->job != NULL || now - r->looked_at < LOOK_MS * G_TIME_SPAN_MILLISECOND)
        return false;
    r->looked_at = now;
    struct stamp s = stamp_of(r->path);
    /* While an editor renames there may be no file for a moment. */
    if (s.size < 0 || (s.mtime_ns == r->stamp.mtime_ns && s.size == r->stamp.size))
        return false;
    r->stamp = s;
    /* Saved as it was, it is no news. */
    char *text = NULL;
    bool is_same = r->on_disk != NULL && (gsize)s.size == strlen(r->on_disk) &&
                   g_file_get_contents(r->path, &text, NULL, NULL) && strcmp(text, r->on_disk) == 0;
    g_free(text);
    return !is_same;
}

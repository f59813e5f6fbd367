#include "child.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    OUTPUT_MAX = 256 * 1024,
    ERRORS_MAX = 4096, /* the end of them is kept */
    GIVEN_FD = 3,      /* as the child sees it */
    GIVEN_MAX = 4096,  /* what any pipe takes at once */
    END_MS = 500       /* to die when told so: a process that hangs in the kernel is left to it */
};

struct child {
    GSubprocess *process;
    int input, output, errors; /* our ends; -1: closed */
    GByteArray *said, *complained;
};

char *child_find(const char *program)
{
    /* Without PATH, GLib would look about in the current folder. */
    return g_getenv("PATH") != NULL ? g_find_program_in_path(program) : NULL;
}

/* ---- Starting. */

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* A pipe whose end `ours` does not wait. */
static bool open_pipe(int fd[2], int ours, GError **e)
{
    return g_unix_open_pipe(fd, FD_CLOEXEC, e) && g_unix_set_fd_nonblocking(fd[ours], TRUE, e);
}

/* A socket, so that writing to a child that is gone is an error and no signal, and does not wait. */
static bool open_input(int fd[2], GError **e)
{
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) == 0)
        return true;
    g_set_error_literal(e, G_IO_ERROR, G_IO_ERROR_FAILED, g_strerror(errno));
    return false;
}

static bool open_given(int fd[2], const GByteArray *given, GError **e)
{
    if (given == NULL)
        return true;
    g_assert(given->len <= GIVEN_MAX);
    if (!open_pipe(fd, 1, e))
        return false;
    bool is_whole = write(fd[1], given->data, given->len) == (gssize)given->len;
    close_fd(&fd[1]);
    if (!is_whole)
        g_set_error_literal(e, G_IO_ERROR, G_IO_ERROR_FAILED, g_strerror(errno));
    return is_whole;
}

struct child *child_new(const char *const *argv, const GByteArray *given, GString *why)
{
    int in[2] = { -1, -1 }, out[2] = { -1, -1 }, err[2] = { -1, -1 }, more[2] = { -1, -1 };
    struct child *c = NULL;
    GSubprocess *process = NULL;
    GError *e = NULL;

    if (open_input(in, &e) && open_pipe(out, 0, &e) && open_pipe(err, 0, &e) && open_given(more, given, &e)) {
        GSubprocessLauncher *l = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_NONE);

        /* The launcher takes over the child's ends, and closes them here. */
        g_subprocess_launcher_take_stdin_fd(l, g_steal_fd(&in[1]));
        g_subprocess_launcher_take_stdout_fd(l, g_steal_fd(&out[1]));
        g_subprocess_launcher_take_stderr_fd(l, g_steal_fd(&err[1]));
        if (more[0] >= 0)
            g_subprocess_launcher_take_fd(l, g_steal_fd(&more[0]), GIVEN_FD);
        process = g_subprocess_launcher_spawnv(l, argv, &e);
        g_object_unref(l);
    }
    if (process != NULL) {
        c = g_new(struct child, 1);
        *c = (struct child){ .process = process,
                             .input = g_steal_fd(&in[0]),
                             .output = g_steal_fd(&out[0]),
                             .errors = g_steal_fd(&err[0]),
                             .said = g_byte_array_new(),
                             .complained = g_byte_array_new() };
    } else {
        g_string_append(why, e->message);
    }
    g_clear_error(&e);
    int *ends[] = { &in[0], &in[1], &out[0], &out[1], &err[0], &err[1], &more[0], &more[1] };
    for (size_t i = 0; i < G_N_ELEMENTS(ends); i++)
        close_fd(ends[i]);
    return c;
}

/* ---- Feeding and listening. */

gssize child_feed(struct child *c, const void *octets, gsize n)
{
    if (c->input < 0)
        return -1;
    gssize taken = send(c->input, octets, n, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (taken >= 0)
        return taken;
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? 0 : -1;
}

void child_feed_end(struct child *c)
{
    close_fd(&c->input);
}

/* What stands in a pipe now, as much as may be kept; the rest is taken and dropped. A program that never
 * stops talking is left at its word after a while, and heard again next time. */
static void listen_to(int *fd, GByteArray *into, bool keeps_end, gsize most)
{
    enum { READS = 64 };
    guint8 octets[4096];

    for (int i = 0; *fd >= 0 && i < READS; i++) {
        gssize n = read(*fd, octets, sizeof octets);

        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (n <= 0) {
            close_fd(fd);
            return;
        }
        g_byte_array_append(into, octets, (guint)n);
        if (into->len > most && keeps_end)
            g_byte_array_remove_range(into, 0, into->len - (guint)most);
        else if (into->len > most)
            g_byte_array_set_size(into, (guint)most);
    }
}

static void listen_all(struct child *c)
{
    listen_to(&c->output, c->said, false, OUTPUT_MAX);
    listen_to(&c->errors, c->complained, true, ERRORS_MAX);
}

void child_rest(struct child *c, double ms, bool to_feed)
{
    struct pollfd p[3] = { { .fd = c->output, .events = POLLIN },
                           { .fd = c->errors, .events = POLLIN },
                           { .fd = to_feed ? c->input : -1, .events = POLLOUT } };

    /* When it has closed all of them it is about to end; that is looked for each millisecond. */
    if (ms > 0 && p[0].fd < 0 && p[1].fd < 0 && p[2].fd < 0)
        g_usleep(1000);
    else if (ms > 0)
        poll(p, G_N_ELEMENTS(p), (int)(ms + 0.999));
    listen_all(c);
}

bool child_has_ended(struct child *c, bool *well_out)
{
    if (g_subprocess_get_identifier(c->process) != NULL)
        return false;
    g_subprocess_wait(c->process, NULL, NULL); /* does not wait: it has ended */
    listen_all(c);
    *well_out = g_subprocess_get_successful(c->process);
    return true;
}

const GByteArray *child_output(const struct child *c)
{
    return c->said;
}

char *child_complaint(const struct child *c)
{
    if (c->complained->len == 0)
        return NULL;
    char *text = g_strchomp(g_utf8_make_valid((const char *)c->complained->data, (gssize)c->complained->len));
    char *end = strrchr(text, '\n'), *line = g_strstrip(g_strdup(end != NULL ? end + 1 : text));

    if (line[0] == '\0')
        g_clear_pointer(&line, g_free);
    g_free(text);
    return line;
}

void child_free(struct child **pc)
{
    struct child *c = *pc;

    if (c == NULL)
        return;
    g_subprocess_force_exit(c->process);
    for (int i = 0; i < END_MS && g_subprocess_get_identifier(c->process) != NULL; i++)
        g_usleep(1000);
    close_fd(&c->input);
    close_fd(&c->output);
    close_fd(&c->errors);
    g_object_unref(c->process);
    g_byte_array_unref(c->said);
    g_byte_array_unref(c->complained);
    g_clear_pointer(pc, g_free);
}

/* Both sides of HTTP against Python's, over a pair of sockets (tests/unit/http_judge.py). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "http/client.h"
#include "http/server.h"

static pid_t start_judge(const char *role, int *fd_out)
{
    int fds[2];
    pid_t pid;

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    pid = fork();
    if (pid == 0) {
        close(fds[0]);
        if (fds[1] != 3)
            dup2(fds[1], 3);
        execlp("python3", "python3", "tests/unit/http_judge.py", role, (char *)NULL);
        _exit(127);
    }
    close(fds[1]);
    *fd_out = fds[0];
    return pid;
}

/* Ends the connection; skips the test where there is no Python. */
static void end_judge(pid_t pid, int fd)
{
    int status;

    close(fd);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        skip();
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void write_all(int fd, GString *out)
{
    for (size_t at = 0; at < out->len;) {
        ssize_t n = send(fd, out->str + at, out->len - at, MSG_NOSIGNAL);

        if (n <= 0)
            break;
        at += (size_t)n;
    }
    g_string_truncate(out, 0);
}

static struct http_message *on_serve(void *self, const struct http_message *request)
{
    struct http_message *m = http_response_new(200);

    (void)self;
    if (strcmp(request->target, "/hello") == 0) {
        g_string_assign(m->body, "hello\r\n");
    } else if (strcmp(request->target, "/chunks") == 0) {
        m->is_chunked = true;
        for (unsigned i = 0; i < 10000; i++)
            g_string_append_c(m->body, 'x');
    } else if (strcmp(request->target, "/say") == 0) {
        g_string_append_len(m->body, request->body->str, (gssize)request->body->len);
    } else {
        http_message_free(&m);
        m = strcmp(request->target, "/nothing") == 0 ? http_response_new(204) : http_page_new(404, NULL);
    }
    return m;
}

static int64_t epoch(void *self)
{
    (void)self;
    return 1772442000;
}

static void test_server_before_python(void **state)
{
    static const struct http_handler handler = { .serve = on_serve };
    static const struct http_server_options options = { .persistent = true, .unix_s = epoch };
    struct http_server *s = http_server_new(&options, &handler, NULL);
    GString *out = g_string_new(NULL);
    char buf[777];
    ssize_t n;
    int fd;
    pid_t pid = start_judge("client", &fd);

    (void)state;
    while (!http_server_is_over(s) && (n = read(fd, buf, sizeof buf)) > 0) {
        http_server_feed(s, span_bytes(buf, (size_t)n), out);
        write_all(fd, out);
    }
    http_server_free(&s);
    g_string_free(out, TRUE);
    end_judge(pid, fd);
}

static const struct step {
    const char *method, *target;
    size_t size; /* of content */
    const char *expected;
} steps[] = {
    { "GET", "/one", 0, "/one" }, { "HEAD", "/two", 0, "" },        { "GET", "/chunks", 0, "onetwo" },
    { "POST", "/", 50000, NULL }, { "GET", "/a%20b", 0, "/a%20b" },
};

struct asker {
    unsigned n_done;
    bool failed;
};

static void on_response(void *self, const struct http_message *m, size_t size, bool stays)
{
    struct asker *a = self;
    const struct step *step = &steps[a->n_done++];

    (void)size;
    a->failed = a->failed || !stays || m->status != 200 ||
                (step->expected != NULL ? strcmp(m->body->str, step->expected) != 0
                                        : m->body->len != step->size);
}

static void on_broken(void *self, const char *why)
{
    struct asker *a = self;

    a->failed = true;
    print_error("%s\n", why);
}

static void test_client_before_python(void **state)
{
    static const struct http_client_events events = { on_response, on_broken, NULL };
    struct asker a = { 0 };
    struct http_client *c = http_client_new(&events, &a);
    GString *out = g_string_new(NULL);
    char buf[777];
    ssize_t n;
    int fd;
    pid_t pid = start_judge("server", &fd);

    (void)state;
    for (unsigned i = 0; i < G_N_ELEMENTS(steps) && !a.failed; i++) {
        struct http_message *m = http_request_new(steps[i].method, steps[i].target);

        http_add(m, "Host", "www.crepes.fr");
        for (size_t j = 0; j < steps[i].size; j++)
            g_string_append_c(m->body, 'a');
        http_client_send(c, m, out);
        http_message_free(&m);
        write_all(fd, out);
        while (http_client_is_waiting(c)) {
            n = read(fd, buf, sizeof buf);
            if (n > 0)
                http_client_feed(c, span_bytes(buf, (size_t)n));
            else
                http_client_end(c);
        }
    }
    http_client_free(&c);
    g_string_free(out, TRUE);
    end_judge(pid, fd);
    assert_false(a.failed);
    assert_int_equal(a.n_done, G_N_ELEMENTS(steps));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_server_before_python),
        cmocka_unit_test(test_client_before_python),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Python's imaplib against our server's side of IMAP: what tests/cli/imap_peer.py does with two sessions on
 * one mailbox has to come out as it expects. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "imap_world.h"
#include "mail/imap_server.h"

enum { SESSIONS = 2, MESSAGES = 4, PATIENCE_MS = 60000 };

static struct mail_box *on_login(void *self, struct span user, struct span password)
{
    struct mail_box *box = mail_boxes_find(self, user);

    return box != NULL && span_is(password, span_of(box->password)) ? box : NULL;
}

static const struct imap_policy policy = { .on_login = on_login };

struct peer {
    struct imap_server *server;
    int fd; /* -1: closed */
};

static void send_out(struct peer *p, GString *out)
{
    for (size_t at = 0; at < out->len;) {
        ssize_t n = write(p->fd, out->str + at, out->len - at);

        assert_true(n > 0);
        at += (size_t)n;
    }
    g_string_truncate(out, 0);
}

/* What one of them said; then all hear what came of it. */
static void hear(struct peer *peers, struct peer *p)
{
    char buffer[4096];
    ssize_t n = read(p->fd, buffer, sizeof buffer);
    GString *out = g_string_new(NULL);

    if (n > 0)
        imap_server_feed(p->server, span_bytes(buffer, (size_t)n), SIM_MINUTE, out);
    send_out(p, out);
    if (n <= 0 || imap_server_is_over(p->server)) {
        close(p->fd);
        p->fd = -1;
    }
    for (unsigned i = 0; i < SESSIONS; i++) {
        imap_server_tell(peers[i].server, out);
        if (out->len > 0)
            send_out(&peers[i], out);
    }
    g_string_free(out, TRUE);
}

static void serve(struct peer *peers)
{
    for (;;) {
        struct pollfd polls[SESSIONS];
        unsigned open = 0;

        for (unsigned i = 0; i < SESSIONS; i++) {
            polls[i] = (struct pollfd){ .fd = peers[i].fd, .events = POLLIN };
            open += peers[i].fd >= 0;
        }
        if (open == 0)
            return;
        assert_true(poll(polls, SESSIONS, PATIENCE_MS) > 0);
        for (unsigned i = 0; i < SESSIONS; i++)
            if (polls[i].fd >= 0 && polls[i].revents)
                hear(peers, &peers[i]);
    }
}

static void test_imaplib_finds_what_it_expects(void **state)
{
    struct mail_boxes boxes;
    struct imap_server_options options = { "mail.hamburger.edu", &boxes };
    struct peer peers[SESSIONS];
    int theirs[SESSIONS], status;
    struct mail_box *bob;
    pid_t child;

    (void)state;
    mail_boxes_init(&boxes);
    boxes.epoch_s = IMAP_EPOCH_S;
    bob = mail_boxes_add(&boxes, "bob", 200000);
    mail_box_set_password(bob, "sword fish");
    for (size_t i = 0; i < MESSAGES; i++) {
        struct mail_message *m = imap_message(imap_messages[i].name);

        mail_box_store(bob, m, 0);
        mail_message_unref(&m);
    }
    for (unsigned i = 0; i < SESSIONS; i++) {
        int pair[2];
        GString *out = g_string_new(NULL);

        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
        peers[i] = (struct peer){ imap_server_new(&options, &policy, &boxes), pair[0] };
        theirs[i] = pair[1];
        imap_server_open(peers[i].server, out);
        send_out(&peers[i], out);
        g_string_free(out, TRUE);
    }
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        char fds[SESSIONS][16];

        for (unsigned i = 0; i < SESSIONS; i++) {
            close(peers[i].fd);
            snprintf(fds[i], sizeof fds[i], "%d", theirs[i]);
        }
        execlp("python3", "python3", "tests/cli/imap_peer.py", fds[0], fds[1], (char *)NULL);
        _exit(127);
    }
    for (unsigned i = 0; i < SESSIONS; i++)
        close(theirs[i]);
    serve(peers);
    assert_int_equal(waitpid(child, &status, 0), child);
    for (unsigned i = 0; i < SESSIONS; i++)
        imap_server_free(&peers[i].server);
    mail_boxes_release(&boxes);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        skip(); /* no Python here */
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_imaplib_finds_what_it_expects) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

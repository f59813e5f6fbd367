/* Two sessions of one user against any clients. The first octet chooses how they begin; the rest is what the
 * clients say: octet 1 passes the word to the other one. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "../unit/imap_world.h"
#include "mail/imap_server.h"

enum { LOGGED_IN = 1, SELECTED = 2, SMALL_QUOTA = 4, EMPTY = 8, PASS_THE_WORD = 1 };

struct side {
    struct mail_boxes *boxes;
    struct imap_server *server;
    GString *out;
    size_t told; /* octets of `out` that on_reply has shown */
    unsigned exists;
    char verb[16];
};

static struct mail_box *on_login(void *self, struct span user, struct span password)
{
    struct mail_box *box = mail_boxes_find(((struct side *)self)->boxes, user);

    return box != NULL && span_is(password, SPAN("x")) ? box : NULL;
}

static void on_command(void *self, struct span tag, const char *verb, struct span line)
{
    struct side *x = self;

    assert(memchr(line.at, '\n', line.len) == NULL && memchr(tag.at, ' ', tag.len) == NULL);
    g_strlcpy(x->verb, verb, sizeof x->verb);
}

/* What a client rests on: numbers that are there, that grow with EXISTS, and shrink with EXPUNGE, which
 * does not come while numbers are in use (RFC 3501 §7.4.1). */
static void check_data(struct side *x, struct span response)
{
    char *text = g_strndup(response.at + 2, MIN(response.len - 2, 40)), *word;
    unsigned long number = strtoul(text, &word, 10);

    if (g_str_has_prefix(word, " EXISTS\r\n")) {
        assert(number >= x->exists || strcmp(x->verb, "SELECT") == 0 || strcmp(x->verb, "EXAMINE") == 0);
        x->exists = (unsigned)number;
    } else if (g_str_has_prefix(word, " EXPUNGE\r\n")) {
        assert(number >= 1 && number <= x->exists);
        assert(strcmp(x->verb, "FETCH") != 0 && strcmp(x->verb, "STORE") != 0 &&
               strcmp(x->verb, "SEARCH") != 0);
        x->exists--;
    } else if (g_str_has_prefix(word, " FETCH (")) {
        assert(number >= 1 && number <= x->exists);
    }
    g_free(text);
}

static void on_reply(void *self, struct span tag, const char *status, struct span response, uint32_t mail)
{
    struct side *x = self;

    (void)mail;
    assert(response.at == x->out->str + x->told);
    x->told += response.len;
    assert(x->told == x->out->len && response.len > tag.len + 2);
    assert(memcmp(response.at, tag.at, tag.len) == 0 && response.at[tag.len] == ' ');
    assert(memcmp(response.at + response.len - 2, "\r\n", 2) == 0);
    if (status[0] == '\0' && span_is(tag, SPAN("*")))
        check_data(x, response);
}

static const struct imap_policy policy = { .on_login = on_login,
                                           .on_command = on_command,
                                           .on_reply = on_reply };

static void say(struct side *x, struct span bytes, size_t piece)
{
    for (size_t at = 0; at < bytes.len; at += piece)
        imap_server_feed(x->server, span_bytes(bytes.at + at, MIN(piece, bytes.len - at)), SIM_MINUTE,
                         x->out);
}

static void begin(struct side *x, uint8_t way, const struct imap_server_options *o, struct mail_boxes *boxes)
{
    *x = (struct side){ .boxes = boxes, .out = g_string_new(NULL) };
    x->server = imap_server_new(o, &policy, x);
    imap_server_open(x->server, x->out);
    if (way & LOGGED_IN)
        say(x, SPAN("l LOGIN bob x\r\n"), 100);
    if ((way & LOGGED_IN) && (way & SELECTED))
        say(x, SPAN("s SELECT INBOX\r\n"), 100);
}

/* All that the server says to both, fed in pieces of this size. */
static GString *hear(uint8_t way, struct span in, size_t piece)
{
    struct mail_boxes boxes;
    struct imap_server_options options = { "mail.hamburger.edu", &boxes };
    struct side sides[2];
    struct mail_box *bob;
    GString *all;

    mail_boxes_init(&boxes);
    boxes.epoch_s = IMAP_EPOCH_S;
    bob = mail_boxes_add(&boxes, "bob", way & SMALL_QUOTA ? 5000 : 0);
    mail_folder_make(bob, SPAN("Work/Old"));
    for (size_t i = 0; i < G_N_ELEMENTS(imap_messages) && !(way & EMPTY); i++) {
        struct mail_message *m = imap_message(imap_messages[i].name);

        mail_box_store(bob, m, 0);
        mail_message_unref(&m);
    }
    begin(&sides[0], way, &options, &boxes);
    begin(&sides[1], way, &options, &boxes);
    for (unsigned turn = 0; in.len > 0; turn = !turn) {
        const char *pass = memchr(in.at, PASS_THE_WORD, in.len);
        size_t n = pass != NULL ? (size_t)(pass - in.at) : in.len;

        say(&sides[turn], span_bytes(in.at, n), piece);
        imap_server_tell(sides[!turn].server, sides[!turn].out);
        n += pass != NULL;
        in = span_bytes(in.at + n, in.len - n);
    }
    all = g_string_new(NULL);
    for (unsigned i = 0; i < 2; i++) {
        imap_server_shut(sides[i].server, NULL, sides[i].out);
        assert(imap_server_is_over(sides[i].server) && sides[i].told == sides[i].out->len);
        assert(imap_server_folder(sides[i].server) == NULL);
        imap_server_free(&sides[i].server);
        g_string_append_len(all, sides[i].out->str, (gssize)sides[i].out->len);
        g_string_free(sides[i].out, TRUE);
    }
    for (guint i = 0; i < bob->folders->len; i++)
        assert(((struct mail_folder *)bob->folders->pdata[i])->watches == NULL);
    mail_boxes_release(&boxes);
    return all;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    GString *whole, *pieces;

    if (size == 0)
        return 0;
    whole = hear(data[0], span_bytes(data + 1, size - 1), size);
    pieces = hear(data[0], span_bytes(data + 1, size - 1), 1);
    assert(g_string_equal(whole, pieces));
    g_string_free(whole, TRUE);
    g_string_free(pieces, TRUE);
    return 0;
}

/* The IMAP client against any server. The first octet chooses what it is to do; the rest is what the server
 * says. Fed whole and octet by octet, it does the same. */
#include <assert.h>

#include "mail/imap_client.h"

struct run {
    uint8_t way;
    struct imap_client *c;
    GString *out;
    GString *log; /* what its owner heard */
    unsigned n_exist, n_done, n_ends;
};

static void on_done(void *self, const char *status, struct span line)
{
    static const char *const folders[] = { "INBOX", "밥 & \"x", "a b", "\xc2\x80" };
    struct run *r = self;
    enum imap_client_state state = imap_client_state(r->c);
    const char *folder = folders[(r->way + r->n_done) % G_N_ELEMENTS(folders)];

    assert(imap_client_is_ready(r->c) && r->n_ends == 0);
    g_string_append_printf(r->log, "done %s %zu\n", status, line.len);
    r->n_done++;
    if (state == IMAP_C_NOT_AUTHENTICATED && r->way & 1) {
        imap_client_authenticate_plain(r->c, "bob", "secret", r->out);
    } else if (state == IMAP_C_NOT_AUTHENTICATED) {
        imap_client_login(r->c, r->way & 2 ? "bob" : "밥", r->way & 4 ? "se\"cret" : "\xff\r\n", r->out);
    } else {
        switch (((r->way >> 3) + r->n_done) & 7) {
        case 0:
        case 1:
            imap_client_select(r->c, folder, r->way & 1, r->out);
            return;
        case 2:
            imap_client_append(r->c, folder, r->way & 1 ? NULL : "\\Seen", SPAN("a\r\n{3}\r\n"), r->out);
            return;
        case 3:
            imap_client_folders(r->c, "RENAME", folder, "밥", r->out);
            return;
        case 4:
            imap_client_to_folder(r->c, "COPY 1", folder, r->out);
            return;
        case 5:
            imap_client_command(r->c, r->way & 2 ? "CLOSE" : "NOOP", r->out);
            return;
        case 6:
            if (state == IMAP_C_SELECTED) {
                imap_client_idle(r->c, r->out);
                return;
            }
            break;
        default:
            if (r->n_done > 5)
                imap_client_command(r->c, "LOGOUT", r->out);
            return;
        }
    }
}

static void on_exists(void *self, unsigned n)
{
    struct run *r = self;

    assert(n <= IMAP_EXISTS_MAX);
    r->n_exist = n;
    g_string_append_printf(r->log, "exists %u\n", n);
    if (r->way & 0x80)
        imap_client_idle_done(r->c, r->out);
}

static void on_recent(void *self, unsigned n)
{
    g_string_append_printf(((struct run *)self)->log, "recent %u\n", n);
}

static void on_expunge(void *self, unsigned number)
{
    struct run *r = self;

    assert(number >= 1 && number <= r->n_exist);
    r->n_exist--;
    g_string_append_printf(r->log, "expunge %u\n", number);
}

static void put(struct run *r, struct span text, const struct span *within)
{
    assert(text.len == 0 || within == NULL ||
           (text.at >= within->at && text.at + text.len <= within->at + within->len));
    g_string_append_len(r->log, text.len > 0 ? text.at : "", (gssize)text.len);
    g_string_append_c(r->log, '\n');
}

static void on_fetch(void *self, const struct imap_fetched *f)
{
    struct run *r = self;

    assert(f->number >= 1 && f->number <= r->n_exist && f->raw.len > 0);
    assert(f->has_body || (f->body.len == 0 && f->section.len == 0));
    assert(f->has_flags || f->flags.len == 0);
    g_string_append_printf(r->log, "fetch %u %u %zu\n", f->number, f->uid, f->size);
    put(r, f->flags, &f->raw);
    put(r, f->section, &f->raw);
    put(r, f->body, NULL);
}

static void on_list(void *self, const struct imap_listed *l)
{
    assert(l->name.len == 0 || g_utf8_validate(l->name.at, (gssize)l->name.len, NULL));
    g_string_append_printf(((struct run *)self)->log, "list %d ", l->no_select);
    put(self, l->name, NULL);
}

static void on_search(void *self, const uint32_t *found, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        assert(found[i] > 0);
        g_string_append_printf(((struct run *)self)->log, "%u\n", found[i]);
    }
}

static void on_code(void *self, struct span code, uint32_t number)
{
    assert(code.len > 0 && memchr(code.at, ' ', code.len) == NULL);
    g_string_append_printf(((struct run *)self)->log, "code %u ", number);
    put(self, code, NULL);
}

static void on_other(void *self, struct span response)
{
    assert(response.len >= 2 && response.at[0] == '*' && response.at[1] == ' ');
    put(self, response, NULL);
}

static void on_end(void *self, bool in_order, struct span line)
{
    struct run *r = self;

    assert(++r->n_ends == 1 && imap_client_is_over(r->c));
    g_string_append_printf(r->log, "end %d ", in_order);
    put(self, line, NULL);
}

static const struct imap_client_events events = { on_done,  on_exists, on_recent, on_expunge,
                                                  on_fetch, on_list,   on_search, on_code,
                                                  on_other, on_end,    NULL };

static struct run hear(uint8_t way, struct span in, size_t piece)
{
    struct run r = { .way = way, .out = g_string_new(NULL), .log = g_string_new(NULL) };

    r.c = imap_client_new(&events, &r);
    for (size_t at = 0; at < in.len; at += piece)
        imap_client_feed(r.c, span_bytes(in.at + at, MIN(piece, in.len - at)), r.out);
    imap_client_broken(r.c);
    assert(r.n_ends == 1 && !imap_client_is_ready(r.c));
    imap_client_free(&r.c);
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct run whole, pieces;

    if (size == 0)
        return 0;
    whole = hear(data[0], span_bytes(data + 1, size - 1), size);
    pieces = hear(data[0], span_bytes(data + 1, size - 1), 1);
    assert(g_string_equal(whole.out, pieces.out) && g_string_equal(whole.log, pieces.log));
    g_string_free(whole.out, TRUE);
    g_string_free(whole.log, TRUE);
    g_string_free(pieces.out, TRUE);
    g_string_free(pieces.log, TRUE);
    return 0;
}

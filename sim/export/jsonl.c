#include "export/jsonl.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "core/json.h"

/* What is the same in every line is copied with a store of fixed size, whatever its length. */
enum { PIECE_MAX = 32, BLOCK_OCTETS = 1 << 16 };

struct piece {
    unsigned char len;
    char text[PIECE_MAX];
};

struct jsonl {
    FILE *out; /* or `string`: where full blocks go */
    GString *string;
    const struct pattern *only;
    int error; /* errno of the first write that failed; nothing is written after it */
    char *block;
    size_t used, size;
    struct piece keys[N_KEYS];     /* ,"key": */
    struct piece events[N_EVENTS]; /* ,"event":"area.thing" */
};

/* ---- The block that fills. */

static void flush(struct jsonl *j)
{
    size_t n = j->used;

    j->used = 0;
    if (j->string)
        g_string_append_len(j->string, j->block, (gssize)n);
    else if (j->error == 0 && fwrite(j->block, 1, n, j->out) != n)
        j->error = errno;
}

/* Room for `n` octets behind what is used. */
static char *reserve(struct jsonl *j, size_t n)
{
    if (j->size - j->used < n) {
        flush(j);
        if (j->size < n) {
            g_free(j->block);
            j->block = g_malloc(n);
            j->size = n;
        }
    }
    return j->block + j->used;
}

static void commit(struct jsonl *j, const char *end)
{
    j->used = (size_t)(end - j->block);
    assert(j->used <= j->size);
}

/* ---- A line. */

static inline char *put_piece(char *at, const struct piece *p)
{
    memcpy(at, p->text, PIECE_MAX);
    return at + p->len;
}

static inline char *put_text(char *at, const struct piece *key, const char *text)
{
    return text ? json_text(put_piece(at, key), span_of(text)) : at;
}

static inline char *put_id(char *at, const struct piece *key, char letter, uint64_t number)
{
    at = put_piece(at, key);
    *at++ = '"';
    *at++ = letter;
    at = json_unsigned(at, number);
    *at++ = '"';
    return at;
}

static inline char *put_field(char *at, const struct piece *key, const struct field *f)
{
    switch (f->kind) {
    case FIELD_TEXT:
        return json_text(put_piece(at, key), f->text);
    case FIELD_NUMBER:
        return json_number(put_piece(at, key), f->number);
    case FIELD_TIME:
        return json_seconds(put_piece(at, key), f->number);
    case FIELD_ID:
        return put_id(at, key, f->letter, (uint64_t)f->number);
    }
    return at;
}

static size_t text_room(const char *text)
{
    return text ? json_text_max(strlen(text)) : 0;
}

/* What the record takes at most: every key a piece, every value that is no text a number's room. */
static size_t line_room(const struct record *r)
{
    enum { COMMON = KEY_WHY + 1, VALUE_MAX = PIECE_MAX + JSON_SECONDS_MAX + 3 };
    size_t room = (COMMON + (size_t)r->n_fields) * VALUE_MAX + 2;

    room += text_room(r->host) + text_room(r->peer) + text_room(r->why);
    for (unsigned i = 0; i < r->n_fields; i++)
        if (r->fields[i].kind == FIELD_TEXT)
            room += json_text_max(r->fields[i].text.len);
    return room;
}

static char *put_common(const struct jsonl *j, char *at, const struct record *r)
{
    const struct piece *keys = j->keys;

    at = json_unsigned(put_piece(at, &keys[KEY_SEQ]), r->seq);
    at = json_seconds(put_piece(at, &keys[KEY_TIME]), r->time);
    at = put_piece(at, &j->events[r->event]);
    at = put_text(at, &keys[KEY_HOST], r->host);
    if (r->cause != 0)
        at = json_unsigned(put_piece(at, &keys[KEY_CAUSE]), r->cause);
    at = put_text(at, &keys[KEY_PEER], r->peer);
    if (r->conn != 0)
        at = put_id(at, &keys[KEY_CONN], 'c', r->conn);
    if (r->lookup != 0)
        at = put_id(at, &keys[KEY_LOOKUP], 'l', r->lookup);
    if (r->mail != 0)
        at = put_id(at, &keys[KEY_MAIL], 'm', r->mail);
    return put_text(at, &keys[KEY_WHY], r->why);
}

void jsonl_on_record(void *self, const struct record *r)
{
    struct jsonl *j = self;
    char *at;

    if (j->only && r->event != EV_RUN_END && !pattern_matches(j->only, r))
        return;
    at = put_common(j, reserve(j, line_room(r)), r);
    for (unsigned i = 0; i < r->n_fields; i++)
        at = put_field(at, &j->keys[r->fields[i].key], &r->fields[i]);
    memcpy(at, "}\n", 2);
    commit(j, at + 2);
}

/* ---- The writer. */

G_GNUC_PRINTF(2, 3) static void make_piece(struct piece *p, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int len = g_vsnprintf(p->text, PIECE_MAX, format, args);
    va_end(args);
    assert(len < PIECE_MAX);
    p->len = (unsigned char)len;
}

static struct jsonl *writer_new(FILE *out, GString *string, const struct pattern *only)
{
    struct jsonl *j = g_new0(struct jsonl, 1);

    j->out = out;
    j->string = string;
    j->only = only;
    j->size = BLOCK_OCTETS;
    j->block = g_malloc(j->size);
    for (int i = 0; i < N_KEYS; i++)
        make_piece(&j->keys[i], "%c\"%s\":", i == KEY_SEQ ? '{' : ',', key_names[i]);
    for (int i = 0; i < N_EVENTS; i++)
        make_piece(&j->events[i], ",\"event\":\"%s\"", event_names[i]);
    return j;
}

struct jsonl *jsonl_new(FILE *out, const struct pattern *only)
{
    return writer_new(out, NULL, only);
}

struct jsonl *jsonl_new_string(GString *out, const struct pattern *only)
{
    return writer_new(NULL, out, only);
}

void jsonl_header(struct jsonl *j, const struct jsonl_header *h)
{
    size_t fixed = 128,
           texts = text_room(h->scenario) + text_room(h->scenario_sha256) + text_room(h->program);
    char *at = reserve(j, fixed + texts);

    at = stpcpy(at, "{\"trace\":1,\"scenario\":");
    at = json_text(at, span_of(h->scenario));
    at = stpcpy(at, ",\"scenario_sha256\":");
    at = json_text(at, span_of(h->scenario_sha256));
    at = json_unsigned(stpcpy(at, ",\"seed\":"), h->seed);
    at = json_text(stpcpy(at, ",\"program\":"), span_of(h->program));
    commit(j, stpcpy(at, "}\n"));
}

bool jsonl_close(struct jsonl **j)
{
    struct jsonl *w = *j;
    int error;

    flush(w);
    if (w->out && w->error == 0 && fflush(w->out) != 0)
        w->error = errno;
    if (w->out && w->error == 0 && ferror(w->out)) /* somebody else's write to the same file failed */
        w->error = EIO;
    error = w->error;
    g_free(w->block);
    g_clear_pointer(j, g_free);
    errno = error;
    return error == 0;
}

/* Any text is a pattern or gets an answer that points into it; a pattern can be asked of any record. The
 * first line is the pattern, what follows it the texts of the records. */
#include <glib.h>
#include <stdlib.h>

#include "core/pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* A record of the event, with all its keys, saying `text` and `number`. */
static void fill(struct record *r, enum event event, struct span text, int64_t number)
{
    struct span rest = span_of(event_keys[event]);

    *r = (struct record){
        .seq = (uint64_t)number, .cause = 1, .time = number, .event = event, .mail = (uint32_t)number
    };
    r->host = event % 2 ? "mail.crepes.fr" : NULL;
    for (unsigned i = 0; rest.len > 0; i++) {
        enum key key = (enum key)key_find_span(span_take_word(&rest));
        switch ((i + (unsigned)number) % 4) {
        case FIELD_TEXT:
            trace_text(r, key, text);
            break;
        case FIELD_NUMBER:
            trace_number(r, key, number);
            break;
        case FIELD_TIME:
            trace_time(r, key, number);
            break;
        case FIELD_ID:
            trace_id(r, key, 'Q', (uint32_t)number);
            break;
        }
    }
}

static void ask(const struct pattern *p, struct span text)
{
    static const int64_t numbers[] = { 0, 1, 250, 451, SIM_SECOND, INT64_MAX, INT64_MIN };
    struct record r;

    for (int event = 0; event < N_EVENTS; event++) {
        int64_t number = numbers[(size_t)event % G_N_ELEMENTS(numbers)];
        fill(&r, (enum event)event, text, number);
        if (pattern_matches(p, &r))
            must(pattern_may_match(p, r.event));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
    struct span text = span_bytes(data, end ? (size_t)(end - data) : size);
    struct span rest = end ? span_bytes(end + 1, (size_t)(data + size - end - 1)) : span_of(NULL);
    struct pattern_error error;
    struct pattern *p = pattern_new(text, &error);

    if (p) {
        ask(p, rest);
        pattern_free(&p);
        return 0;
    }
    char *told = pattern_explain(text, &error);
    must(error.offset <= text.len && memchr(error.message, '\0', sizeof error.message));
    must(g_utf8_validate(error.message, -1, NULL) && g_utf8_validate(told, -1, NULL));
    g_free(told);
    return 0;
}

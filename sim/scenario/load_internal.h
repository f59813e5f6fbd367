/* scenario/load_internal.h: what the two halves of load share: values (load_value.c), elements made of them
 * (load.c). */
#ifndef SCENARIO_LOAD_INTERNAL_H
#define SCENARIO_LOAD_INTERNAL_H

#include <cjson/cJSON.h>

#include "scenario/load.h"
#include "scenario/source.h"

/* A value being read: cJSON's and ours, side by side. */
struct load_input {
    const cJSON *json;
    const struct source_node *source;
    struct position at; /* where complaints about it point */
    const char *path;
};

struct loader {
    struct scenario *s;
    struct report *report;
};

void load_error(struct loader *l, struct load_input in, const char *hint, const char *format, ...)
    G_GNUC_PRINTF(4, 5);
void load_wrong_type(struct loader *l, struct load_input in, const char *wanted);
void load_wrong_choice(struct loader *l, struct load_input in, const char *const *choices);

/* A member or the `index`-th entry of `parent`, with its place and path. */
struct load_input load_child(struct loader *l, struct load_input parent, const cJSON *json,
                             const struct source_node *source, unsigned index);

/* `for each child`: cJSON's list and ours have the same members in the same order. */
#define FOR_EACH(l, parent, in, i)                                                                           \
    for (                                                                                                    \
        struct {                                                                                             \
            const cJSON *json;                                                                               \
            const struct source_node *source;                                                                \
        } walk_ = { (parent).json->child, (parent).source->child };                                          \
        walk_.json != NULL && ((in) = load_child(l, parent, walk_.json, walk_.source, i), true);             \
        walk_.json = walk_.json->next, walk_.source = walk_.source->next, (i)++)

/* Each reads a value of its kind; false, with a complaint, leaves what was there. */
bool load_simple(struct loader *l, enum value_kind kind, const struct shape_row *row, struct load_input in,
                 void *out);
bool load_words(struct loader *l, struct load_input in, struct scenario_text *out);
bool load_place(struct loader *l, const struct shape_row *row, struct load_input in,
                struct scenario_place *out);
bool load_items(struct loader *l, const struct shape_row *row, struct load_input in, GPtrArray **out);

/* A text to keep; domain names without their last dot, so that names can be compared. */
const char *load_name(struct loader *l, enum value_kind kind, const char *text);

/* Whether the row allows a list of `n`. */
bool load_count_fits(struct loader *l, struct load_input in, const struct shape_row *row, unsigned n);

#endif

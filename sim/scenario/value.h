/* scenario/value.h: one value of a scenario between its text and its unit. Exact: decimal places are worked
 * out in whole numbers, and what does not come out whole is refused. */
#ifndef SCENARIO_VALUE_H
#define SCENARIO_VALUE_H

#include <glib.h>

#include "scenario/model.h"

/* Read `text` as a value of `kind`, in the form that model.h shows, into what that kind is stored as; texts
 * are left to the caller (`out` is not used). NULL, or what should have been written: "a duration like
 * \"20ms\"". Ranges are not looked at. */
const char *value_read(enum value_kind kind, const struct shape_row *row, struct span text, void *out);

/* What a right value of this kind looks like, as above. */
const char *value_wanted(enum value_kind kind);

/* Whether `kind` may also be a JSON number, and that number in its unit; false if it is not whole or too
 * large where that matters. */
bool value_is_numeric(enum value_kind kind);
bool value_from_double(enum value_kind kind, double number, void *out);

/* As value_read reads it, appended to `out`: "10Mbps", "64KB", "0.05", "30m". For kinds that hold a number,
 * an address, a bool or a choice. */
void value_print(enum value_kind kind, const struct shape_row *row, const void *value, GString *out);

/* The number in it, for ranges; false for kinds that have none. */
bool value_number(enum value_kind kind, const void *value, int64_t *out);
/* The same number printed with its unit. */
void value_print_number(enum value_kind kind, int64_t number, GString *out);

/* Octets that the kind takes in a struct. */
size_t value_size(enum value_kind kind);

#endif

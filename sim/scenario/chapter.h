/* scenario/chapter.h: the story of a scenario: each chapter opens once, when its pattern first matches or its
 * time comes, with a `note` record right after the event that it is about. Titles in the trace are in
 * English; who shows them picks a language. Without a listener there are no records, and so no chapters; one
 * about run.end never opens, for that is the last record. */
#ifndef SCENARIO_CHAPTER_H
#define SCENARIO_CHAPTER_H

#include "scenario/world.h"

struct chapter_reader;

struct chapter_reader *chapter_reader_new(struct world *w);
void chapter_reader_free(struct chapter_reader **r);

/* Begin to listen. */
void chapter_reader_start(struct chapter_reader *r);
/* Between events: open the chapters whose record has been seen. */
void chapter_reader_turn(struct chapter_reader *r);
unsigned chapter_reader_opened(const struct chapter_reader *r);

#endif

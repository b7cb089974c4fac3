/* SPDX-License-Identifier: GPL-2.0 */
/*
 * level.h - the moves of the cache for one depth of nesting (see cache.c)
 *
 * LEVEL is the depth, whose functions get its number; NESTING is what comes before
 * each access.  Included once for each depth.
 */
#undef _RSVPOOL_CACHE_H
#undef CACHE_COUNT_BITS
#undef CACHE_COUNT_MASK
#undef CACHE_SEQ_ONE
#undef INTERRUPT
#define INTERRUPT		NESTING

#define cache_word_count	JOIN(cache_word_count, LEVEL)
#define cache_commit		JOIN(cache_commit, LEVEL)
#define cache_push_begin	JOIN(cache_push_begin, LEVEL)
#define cache_push_end		JOIN(cache_push_end, LEVEL)
#define cache_pop_below		JOIN(cache_pop_below, LEVEL)
#define cache_pop		JOIN(cache_pop, LEVEL)
#define cache_push		JOIN(cache_push, LEVEL)
#define cache_pop_many		JOIN(cache_pop_many, LEVEL)
#define cache_push_many		JOIN(cache_push_many, LEVEL)
#define cache_middle		JOIN(cache_middle, LEVEL)
#define cache_fill		JOIN(cache_fill, LEVEL)
#define cache_empty		JOIN(cache_empty, LEVEL)

#include "cache.h"

/* One call, of one of the four. */
static void JOIN(operation, LEVEL)(void)
{
	void *elements[MANY];

	if (MAY(PUSH) && outside() >= 1 && nondet_bool()) {
		give(elements, 1);
		own(elements, cache_push(&pool, elements[0]), 1);
	} else if (MAY(PUSH_MANY) && outside() >= MANY && nondet_bool()) {
		give(elements, MANY);
		own(elements, cache_push_many(&pool, elements, MANY), MANY);
	} else if (MAY(POP) && nondet_bool()) {
		own(elements, 0, cache_pop(&pool, elements));
	} else if (MAY(POP_MANY)) {
		own(elements, 0, cache_pop_many(&pool, elements, MANY));
	}
}

static void JOIN(interrupt, LEVEL)(void)
{
	if (interrupts < INTERRUPTS && nondet_bool()) {
		interrupts++;
		JOIN(operation, LEVEL)();
	}
}

#undef cache_word_count
#undef cache_commit
#undef cache_push_begin
#undef cache_push_end
#undef cache_pop_below
#undef cache_pop
#undef cache_push
#undef cache_pop_many
#undef cache_push_many
#undef cache_middle
#undef cache_fill
#undef cache_empty
#undef LEVEL
#undef NESTING

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The operations that are interrupted and that interrupt: the module's moves,
 * one for each function, compiled as the kernel's code is.
 */
#ifndef _NEST_OPS_H
#define _NEST_OPS_H

#include "internal.h"

#define BAG_MOST	32

/* The elements that one level of nesting holds. */
struct bag {
	unsigned int nr;
	void *element[BAG_MOST];
};

struct nest_op {
	const char *name;
	void (*run)(struct rsvpool *pool, struct bag *bag);
};

extern const struct nest_op cache_ops[], slots_ops[], call_ops[];
#define NR_CACHE_OPS	4
#define NR_BATCH_OPS	6	/* of cache_ops, with those of the depot */
#define NR_SLOTS_OPS	4
#define NR_CALL_OPS	4

void nest_park(struct rsvpool *pool, struct bag *bag);
u64 nest_cache_word(unsigned int sequence, unsigned int count);
unsigned int nest_cache_count(u64 word);

#endif /* _NEST_OPS_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Marks free elements for KASAN.
 */
#ifndef _RSVPOOL_KASAN_H
#define _RSVPOOL_KASAN_H

#include <linux/llist.h>
#include <linux/math.h>

#include "internal.h"

/*
 * Where RSVPOOL_KASAN is true, KASAN reports code that accesses a free element.
 * All granules of the element are marked, except a last one that is not whole,
 * and the first one while the element is parked, as it has the link.  Elements
 * of pools with debug=1 have a pattern instead.
 */
#define KASAN_GRANULE		8
#define KASAN_ELEMENT_FREE	0xFB	/* which KASAN calls a use after free */
#define KASAN_IN_USE		0

static __always_inline bool element_marked(const struct rsvpool *pool)
{
	return RSVPOOL_KASAN && (READ_ONCE(pool->steps) & STEP_KASAN);
}

static __always_inline void element_mark(const struct rsvpool *pool,
					 void *element, u8 mark)
{
	if (element_marked(pool))
		kasan_poison(element, round_down(pool->size, KASAN_GRANULE),
			     mark, false);
}

static __always_inline void element_mark_link(const struct rsvpool *pool,
					      void *element, u8 mark)
{
	BUILD_BUG_ON(sizeof(struct llist_node) > KASAN_GRANULE);
	if (element_marked(pool))
		kasan_poison(element, KASAN_GRANULE, mark, false);
}

/*
 * Can a pool's elements be marked?  Only if they are memory that KASAN covers,
 * and not if they may be lent, as late readers read free elements.
 */
static inline bool pool_markable(const struct rsvpool *pool)
{
	if (!RSVPOOL_KASAN || pool->opaque || pool->debug || pool->lend)
		return false;
	switch (pool->source) {
	case RSVPOOL_PAGES:
	case RSVPOOL_KMALLOC:
	case RSVPOOL_KMEM_CACHE:
		return pool->size >= KASAN_GRANULE;
	case RSVPOOL_POOL:
		return READ_ONCE(pool->parent->steps) & STEP_KASAN;
	default:
		return false;
	}
}

#endif /* _RSVPOOL_KASAN_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The depot's watermarks, min, low and high, and what is derived from them.  See
 * watermarks.c.
 */
#ifndef _RSVPOOL_WATERMARKS_H
#define _RSVPOOL_WATERMARKS_H

#include "internal.h"

void watermarks_update(struct rsvpool *pool);

/*
 * The min watermark: the number of elements that the depot keeps for requests
 * that nothing else can answer.  While a reserve is being raised, this is
 * already its new value.  Lock held.
 */
static inline unsigned int depot_min(const struct rsvpool_depot *s)
{
	return max(s->min, s->rising);
}

/* Set whether frees must go to the depot, not to a cache.  Lock held. */
static inline void slow_update(struct rsvpool *pool)
{
	struct rsvpool_depot *s = &pool->depot;
	unsigned int slow = pool->debug ? SLOW_DEBUG : 0;

	if (s->waiting || s->count < depot_min(s))
		slow |= SLOW_SHORT;

	if (pool->slow != slow)
		WRITE_ONCE(pool->slow, slow);
}

/*
 * How many elements the refill worker would bring now, if the source gives them.
 * Racy read: the worker looks again.
 */
static inline unsigned int depot_wants(struct rsvpool *pool)
{
	struct rsvpool_depot *s = &pool->depot;
	unsigned int count = hint(s->count), high = READ_ONCE(s->high);
	int missing = atomic_read(&pool->nmi_missing);

	/* One sleeper may want a whole bulk, whatever the watermarks are. */
	if (hint(s->waiting))
		high = min(max(high, RSVPOOL_BULK_MAX), s->capacity);
	else	/* new elements go to the slots first */
		high += max(missing, 0);
	return count < high ? high - count : 0;
}

#endif /* _RSVPOOL_WATERMARKS_H */

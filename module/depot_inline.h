/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The depot: the moves that are made with its lock held, inlined into
 * tryalloc.c and free.c because they are all there is between an empty cache
 * and an element.  What is special - below min, a task waits, a watermark
 * crossed - is in depot.c, where the guarantee is argued too, as are the moves
 * of a batch.
 */
#ifndef _RSVPOOL_DEPOT_INLINE_H
#define _RSVPOOL_DEPOT_INLINE_H

#include "cache.h"
#include "internal.h"
#include "stats.h"
#include "watermarks.h"

/* Where the kernel cannot have NMIs use pools, a request in NMI fails. */
static __always_inline bool nmi_refused(void)
{
	return !RSVPOOL_NMI_USABLE && in_nmi();
}

/*
 * Take the depot's lock.  In NMI it may be held by what the NMI interrupted,
 * so there it is only tried; and not even that where the answer means nothing
 * (CONFIG_SMP=n): there it always is yes.
 */
static __always_inline bool depot_lock(struct rsvpool_depot *s,
				       unsigned long *flags)
{
	if (unlikely(in_nmi()))
		return RSVPOOL_NMI_USABLE &&
		       raw_spin_trylock_irqsave(&s->lock, *flags);
	raw_spin_lock_irqsave(&s->lock, *flags);
	return true;
}

/*
 * The same, if it is free and can be had without a call.  NMI included: it is only
 * tried.
 */
static __always_inline bool depot_trylock_inline(struct rsvpool_depot *s,
						 unsigned long *flags)
{
	if (!RSVPOOL_SPIN_INLINE)
		return false;
	local_irq_save(*flags);
	if (likely(rsvpool_spin_trylock(&s->lock)))
		return true;
	local_irq_restore(*flags);
	return false;
}

/* Drops what depot_trylock_inline() took. */
static __always_inline void depot_unlock_inline(struct rsvpool_depot *s,
						unsigned long flags)
{
	rsvpool_spin_unlock(&s->lock);
	local_irq_restore(flags);
}

/*
 * One element from the end of the array.  Lock held.
 * @may_queue: the caller can wait instead, so it must not overtake
 * @above_only: not from below the min watermark
 */
static __always_inline void *depot_take(struct rsvpool *pool, bool may_queue,
					bool above_only)
{
	struct rsvpool_depot *s = &pool->depot;
	unsigned int n = s->count;

	if (unlikely(n <= s->take_above))
		return depot_take_slowpath(pool, may_queue, above_only);
	s->count = n - 1;
	stat_inc(pool, STAT_ALLOC_DEPOT);
	return s->items[n - 1];
}

/*
 * The two moves of a pool without caches, if nothing is special: see @bare_above
 * and @bare_span.  Lock held.
 */
static __always_inline bool depot_take_bare(struct rsvpool *pool,
					    void **element)
{
	struct rsvpool_depot *s = &pool->depot;
	unsigned int n = s->count;

	if (unlikely(n <= s->bare_above))
		return false;
	s->count = n - 1;
	stat_inc(pool, STAT_ALLOC_DEPOT);
	*element = s->items[n - 1];
	return true;
}

static __always_inline bool depot_put_bare(struct rsvpool *pool, void *element)
{
	struct rsvpool_depot *s = &pool->depot;
	unsigned int n = s->count;

	if (unlikely(n - s->put_floor >= s->bare_span))
		return false;
	s->items[n] = element;
	s->count = n + 1;
	stat_inc(pool, STAT_FREE_DEPOT);
	return true;
}

#endif /* _RSVPOOL_DEPOT_INLINE_H */

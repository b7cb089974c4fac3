/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The depot's common moves of one element, with its lock held.  They are
 * inlined into tryalloc.c and free.c, because a request that finds its cache
 * empty, or a free that finds it full, needs nothing else.  depot.c has the
 * other cases (below min, a task waits, a watermark is crossed), the moves of a
 * batch, and the proof of the guarantee.
 */
#ifndef _RSVPOOL_DEPOT_INLINE_H
#define _RSVPOOL_DEPOT_INLINE_H

#include "cache.h"
#include "internal.h"
#include "stats.h"
#include "watermarks.h"

/* A request in NMI fails on a kernel where NMIs cannot use pools. */
static __always_inline bool nmi_refused(void)
{
	return !RSVPOOL_NMI_USABLE && in_nmi();
}

/*
 * Take the depot's lock.  In NMI the interrupted code may hold it, so there it
 * is only tried.  If RSVPOOL_NMI_USABLE is false, it is not even tried in NMI:
 * with CONFIG_SMP=n, for one, a trylock always succeeds.
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
 * Take the lock if it is free, without calling a function.  It is only tried,
 * so this is safe in NMI, too.
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
 * Take one element from the end of the array.  Lock held.
 * @may_queue: the caller can sleep instead, so it must not overtake sleepers
 * @above_only: do not take it from below the min watermark
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
 * The two moves of a pool without caches, in the common case (bare_above and
 * bare_span in depot.h).  They return false in all other cases.  Lock held.
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

// SPDX-License-Identifier: GPL-2.0
/*
 * rsvpool_tryalloc(): this CPU's cache, the depot, the NMI slots, parked
 * elements; never the source.
 *
 * Entered from any context: task, softirq, hardirq, NMI, with any raw spinlock
 * held, on PREEMPT_RT too.  So only few things may be used here, and in free.c:
 * the cache (cache.h), the depot under its raw lock (depot.h; in NMI only
 * tried), the slots (nmi_slots.c), irq_work_queue() (kick.c).  Nothing here sleeps,
 * allocates, prints or wakes a task.  Callers that allocate hold the pool.
 */
#include <linux/export.h>
#include <linux/hardirq.h>
#include <linux/mm.h>
#include <linux/timekeeping.h>

#include "cache.h"
#include "debug.h"
#include "depot.h"
#include "depot_inline.h"
#include "free.h"
#include "internal.h"
#include "kasan.h"
#include "kick.h"
#include "latency.h"
#include "nmi_slots.h"
#include "stats.h"
#include "trace_rung.h"
#include "tryalloc.h"
#include "watermarks.h"

/*
 * Traces an answer.  It is out of line, so that a disabled tracepoint costs one
 * instruction, and returns @element, so that the path without tracing saves no
 * registers.  Failed attempts are not traced.
 */
noinline void *__trace_taken(const struct rsvpool *pool, unsigned int rung,
			     void *element)
{
	if (element)
		trace_rung(pool, rung, 1, element);
	return element;
}

/* For an NMI that found the depot locked: take from a slot.  Preemption off. */
static noinline void *take_slot(struct rsvpool *pool)
{
	void *element = slots_take(pool);

	if (!element)
		return NULL;
	WRITE_ONCE(pool->emergency, true);
	stat_inc(pool, STAT_ALLOC_NMI);
	refill_ask(pool);
	return trace_taken(pool, RUNG_NMI, element);
}

/*
 * The end of a take that needs more work: count is below low or min, or the
 * flush of the cache has served sleepers.  @element may be NULL.
 */
static noinline void take_finish(struct rsvpool *pool, void *element,
				 bool below)
{
	depot_kick(pool);
	if (below)
		trace_taken(pool, RUNG_RESERVE, element);
	else
		trace_taken(pool, RUNG_DEPOT, element);
}

/* Try slots and parked elements.  Preemption off; lock held, dropped. */
static noinline void *take_last(struct rsvpool *pool, unsigned long flags)
	__releases(&pool->depot.lock)
{
	bool slot = false;
	void *element = depot_take_last(pool, &slot);

	raw_spin_unlock_irqrestore(&pool->depot.lock, flags);
	depot_kick(pool);
	if (slot)
		trace_taken(pool, RUNG_NMI, element);
	else
		trace_taken(pool, RUNG_RESERVE, element);
	return element;
}

/*
 * Take one element from the depot, and also fill the cache; or flush it, if
 * this CPU has been asked to give its entries back.  Preemption off; lock
 * held, dropped.
 *
 * @may_queue and @above_only as in depot_take().
 */
static __always_inline void *take_locked(struct rsvpool *pool,
					 unsigned long flags, bool may_queue,
					 bool above_only)
	__releases(&pool->depot.lock)
{
	struct rsvpool_depot *s = &pool->depot;
	bool slowpath = false, below;
	unsigned int left;
	void *element;

	element = depot_take(pool, may_queue, above_only);
	left = s->count;
	if (likely(READ_ONCE(pool->cache)) ||
	    (own_read(own_cpu(pool)->word) & CACHE_COUNT_MASK)) {
		slowpath = depot_balance(pool);
		/* The flush may have brought the missing element. */
		if (unlikely(!element)) {
			element = depot_take(pool, may_queue, above_only);
			left = s->count;
		}
	}
	if (unlikely(!element) && !above_only && !(may_queue && s->waiting))
		return take_last(pool, flags);
	/* The same condition as that for the count in depot_take_slowpath(). */
	below = unlikely(left < s->low) && left < depot_min(s);
	slowpath |= left < s->low;
	raw_spin_unlock_irqrestore(&s->lock, flags);
	if (unlikely(slowpath))
		take_finish(pool, element, below);
	else
		trace_taken(pool, RUNG_DEPOT, element);
	return element;
}

/* After a cache miss: take from depot or slots.  Preemption off. */
static void *take_behind_cache(struct rsvpool *pool, bool may_queue,
			       bool above_only)
{
	unsigned long flags;

	if (unlikely(!depot_lock(&pool->depot, &flags)))
		return above_only ? NULL : take_slot(pool);
	return take_locked(pool, flags, may_queue, above_only);
}

static noinline void *resched_with(void *element)
{
	rsvpool_resched();
	return element;
}

/* Neither depot nor slots have an element for this request. */
static noinline void *tryalloc_empty(struct rsvpool *pool)
{
	void *element;

	/*
	 * An NMI that found the depot locked, on a CPU that was asked to give
	 * its entries back, may still find entries in the cache.
	 */
	if (cache_pop_below(pool, UINT_MAX, &element))
		return trace_taken(pool, RUNG_CACHE, element);
	request_failed(pool, 1);
	refill_ask(pool);
	return NULL;
}

/* As the next function, with the lock held; dropped.  Preemption off. */
static noinline void *tryalloc_locked(struct rsvpool *pool,
				      unsigned long flags)
	__releases(&pool->depot.lock)
{
	void *element = take_locked(pool, flags, false, false);

	if (unlikely(!element))
		element = tryalloc_empty(pool);
	return element;
}

/*
 * Take from depot or slots: after a cache miss in a pool with caches, where there
 * are further steps, and for an NMI if tryalloc_from_depot() could not take the
 * lock.  This takes the lock after the function's prologue, so that it is held
 * for less long.  Preemption off.
 */
static noinline void *tryalloc_behind_cache(struct rsvpool *pool)
{
	void *element = take_behind_cache(pool, false, false);

	if (unlikely(!element))
		element = tryalloc_empty(pool);
	return element;
}

/*
 * Take from the depot.  In a pool without caches a request does no more than
 * this.  On arm64 it calls no function if the lock is free.  The common case is
 * not traced: tracing is a further step, for which tryalloc_behind_cache() is called.
 */
static __always_inline void *tryalloc_from_depot(struct rsvpool *pool)
{
	struct rsvpool_depot *s = &pool->depot;
	unsigned long flags;
	void *element;

	if (RSVPOOL_SPIN_INLINE && likely(depot_trylock_inline(s, &flags))) {
		if (unlikely(!depot_take_bare(pool, &element))) {
			rsvpool_spin_count();
			return tryalloc_locked(pool, flags);
		}
		depot_unlock_inline(s, flags);
		return element;
	}
	if (unlikely(in_nmi()))
		return tryalloc_behind_cache(pool);
	raw_spin_lock_irqsave(&s->lock, flags);
	if (unlikely(!depot_take_bare(pool, &element)))
		return tryalloc_locked(pool, flags);
	raw_spin_unlock_irqrestore(&s->lock, flags);
	return element;
}

/*
 * The end of the fast path if the cache has no entry.  Unlike the other
 * functions that the fast path calls, it turns preemption on again, so that the
 * call to it is the last one.
 */
static noinline RSVPOOL_FRAMELESS void *tryalloc_depot(struct rsvpool *pool)
{
	void *element;

	if (READ_ONCE(pool->cache))
		element = tryalloc_behind_cache(pool);
	else
		element = tryalloc_from_depot(pool);
	if (rsvpool_preempt_drop())
		return resched_with(element);
	return element;
}

/* @steps: there are further steps: see pool->steps. */
static __always_inline void *tryalloc(struct rsvpool *pool, bool steps)
{
	struct rsvpool_preempted was = rsvpool_preempt_save();
	void *element;

	if (likely(cache_pop(pool, &element))) {
		if (steps)
			trace_taken(pool, RUNG_CACHE, element);
	} else if (steps) {
		element = tryalloc_behind_cache(pool);
	} else {
		return tryalloc_depot(pool);
	}
	if (rsvpool_preempt_restore(was))
		return resched_with(element);
	return element;
}

/**
 * alloc_finish - the last step before an element is handed out
 * @pool: the pool
 * @gfp: with __GFP_ZERO the element is cleared, as it is if the pool has zero=1
 * @element: the element, or NULL
 * @caller: the code that gets it
 *
 * Context: Any, if clear_allowed() allows @gfp.
 * Return: @element.
 */
void *alloc_finish(struct rsvpool *pool, gfp_t gfp, void *element,
		   unsigned long caller)
{
	unsigned int steps = READ_ONCE(pool->steps);

	if (!element)
		return NULL;
	element_mark(pool, element, KASAN_IN_USE);
	if (steps & STEP_DEBUG)
		debug_taken(pool, element, caller);
	if ((gfp & __GFP_ZERO) || (steps & STEP_ZERO))
		memset(element, 0, pool->size);
	return element;
}

static noinline void *tryalloc_steps(struct rsvpool *pool,
				     unsigned long caller)
{
	u64 start = ktime_get_mono_fast_ns();
	void *element;

	if (nmi_refused())
		return NULL;
	element = alloc_finish(pool, 0, tryalloc(pool, true),
			       rsvpool_caller(caller));
	if (element)
		latency_record(pool, LATENCY_TRYALLOC, start);
	return element;
}

RSVPOOL_FRAMELESS void *rsvpool_tryalloc(struct rsvpool *pool)
{
	if (unlikely(hint(pool->steps)) || nmi_refused())
		return tryalloc_steps(pool, RSVPOOL_CALLER);
	return tryalloc(pool, false);
}
EXPORT_SYMBOL_GPL(rsvpool_tryalloc);

/* The cache had only @got of them. */
static noinline int tryalloc_bulk_slowpath(struct rsvpool *pool,
					   unsigned int nr, void **elements,
					   unsigned int got,
					   unsigned long caller)
{
	caller = rsvpool_caller(caller);
	if (got && rung_traced(RUNG_CACHE))
		trace_rung(pool, RUNG_CACHE, got, elements[0]);
	if (got < nr)
		got += depot_take_bulk(pool, elements + got, nr - got);
	if (unlikely(got < nr)) {
		pool_free_bulk(pool, got, elements);
		request_failed(pool, nr);
		return -ENOMEM;
	}
	if (READ_ONCE(pool->steps))
		while (nr--)
			alloc_finish(pool, 0, elements[nr], caller);
	return 0;
}

/* The same, after rescheduling. */
static noinline int tryalloc_bulk_resched(struct rsvpool *pool,
					  unsigned int nr, void **elements,
					  unsigned int got,
					  unsigned long caller)
{
	rsvpool_resched();
	if (got < nr || hint(pool->steps))
		return tryalloc_bulk_slowpath(pool, nr, elements, got,
					      rsvpool_caller(caller));
	return 0;
}

RSVPOOL_FRAMELESS int rsvpool_tryalloc_bulk(struct rsvpool *pool,
					    unsigned int nr, void **elements)
{
	unsigned int got;
	struct rsvpool_preempted was;

	if (unlikely(!nr))
		return -EINVAL;
	if (unlikely(nr > RSVPOOL_BULK_MAX))
		return -E2BIG;
	if (nmi_refused())
		return -ENOMEM;

	was = rsvpool_preempt_save();
	got = cache_pop_many(pool, elements, nr);
	if (rsvpool_preempt_restore(was))
		return tryalloc_bulk_resched(pool, nr, elements, got, 0);
	if (unlikely(got < nr) || unlikely(hint(pool->steps)))
		return tryalloc_bulk_slowpath(pool, nr, elements, got,
					      RSVPOOL_CALLER);
	return 0;
}
EXPORT_SYMBOL_GPL(rsvpool_tryalloc_bulk);

/*
 * The rung for cache and depot.  All rungs, those in alloc.c too, return an
 * element, or NULL.  @may_sleep: the caller could join the queue, so it must
 * not overtake sleepers.
 */
void *rung_depot(struct rsvpool *pool, bool may_sleep, bool above_only)
{
	void *element;

	preempt_disable_notrace();
	if (cache_pop(pool, &element))
		trace_taken(pool, RUNG_CACHE, element);
	else
		element = take_behind_cache(pool, may_sleep, above_only);
	rsvpool_preempt_enable();
	return element;
}

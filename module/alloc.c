// SPDX-License-Identifier: GPL-2.0
/*
 * The public calls that hand out elements and take them back, and the ladder
 * of rsvpool_alloc().
 *
 * rsvpool_tryalloc() and rsvpool_free() are entered from any context: task,
 * softirq, hardirq, NMI, with any raw spinlock held, on PREEMPT_RT too.  What
 * they may use is therefore short: the cache (cache.h), the depot under its
 * raw lock (depot.h; in NMI only tried), the slots (nmi_slots.c), irq_work_queue().
 * They sleep on nothing, allocate nothing, print nothing and wake nobody.  A
 * free has preemption off to its last access to the pool: a pool is torn down
 * after a grace period.  Who takes has the pool in hand anyway.
 */
#include <linux/export.h>
#include <linux/hardirq.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/timekeeping.h>

#include "cache.h"
#include "debug.h"
#include "queue.h"
#include "nmi_slots.h"
#include "depot.h"
#include "trace_rung.h"

/* Where the kernel cannot have NMIs use pools, a request in NMI fails. */
static __always_inline bool nmi_refused(void)
{
	return !RSVPOOL_NMI_USABLE && in_nmi();
}

/*
 * Out of line, so that a disabled tracepoint costs one instruction; and returns
 * @element, so that the path without it has nothing to keep across a call.  A
 * rung that gave nothing is not told.
 */
static noinline void *trace_taken(const struct rsvpool *pool, unsigned int rung,
				  void *element)
{
	if (element)
		trace_rung(pool, rung, 1, element);
	return element;
}

static __always_inline void *taken(const struct rsvpool *pool,
				   unsigned int rung, void *element)
{
	return rung_traced(rung) ? trace_taken(pool, rung, element) : element;
}

/* An NMI that found the depot locked has the slots.  Preemption off. */
static noinline void *take_slot(struct rsvpool *pool)
{
	void *element = slots_take(pool);

	if (!element)
		return NULL;
	WRITE_ONCE(pool->emergency, true);
	stat_inc(pool, STAT_ALLOC_NMI);
	refill_ask(pool);
	return taken(pool, RUNG_NMI, element);
}

/*
 * Something is special: the low mark is crossed, perhaps the line, or sleepers
 * have been served.
 */
static noinline void taken_special(struct rsvpool *pool, void *element,
				   bool below)
{
	depot_settle(pool);
	if (below)
		taken(pool, RUNG_RESERVE, element);
	else
		taken(pool, RUNG_DEPOT, element);
}

/* From where else one may be.  Preemption off; lock held, dropped. */
static noinline void *take_last(struct rsvpool *pool, unsigned long flags)
	__releases(&pool->depot.lock)
{
	bool slot = false;
	void *element = depot_take_last(pool, &slot);

	raw_spin_unlock_irqrestore(&pool->depot.lock, flags);
	depot_settle(pool);
	if (slot)
		taken(pool, RUNG_NMI, element);
	else
		taken(pool, RUNG_RESERVE, element);
	return element;
}

/*
 * One element from the depot, and some for the cache; or some from it, if this
 * CPU has been asked to give back.  Preemption off; lock held, dropped.
 *
 * @may_queue and @above_only as in depot_take().
 */
static __always_inline void *take_locked(struct rsvpool *pool,
					 unsigned long flags, bool may_queue,
					 bool above_only)
	__releases(&pool->depot.lock)
{
	struct rsvpool_depot *s = &pool->depot;
	bool special = false, below;
	unsigned int left;
	void *element;

	element = depot_take(pool, may_queue, above_only);
	left = s->count;
	if (READ_ONCE(pool->cache) |
	    (own_read(own_cpu(pool)->word) & CACHE_COUNT_MASK)) {
		special = depot_balance(pool);
		/* It may have given back what was missing. */
		if (unlikely(!element)) {
			element = depot_take(pool, may_queue, above_only);
			left = s->count;
		}
	}
	if (unlikely(!element) && !above_only && !(may_queue && s->waiting))
		return take_last(pool, flags);
	/* As depot_take_special() has counted it. */
	below = unlikely(left < s->low) && left < depot_min(s);
	special |= left < s->low;
	raw_spin_unlock_irqrestore(&s->lock, flags);
	if (unlikely(special))
		taken_special(pool, element, below);
	else
		taken(pool, RUNG_DEPOT, element);
	return element;
}

/* Where the cache has none: from depot or slots.  Preemption off. */
static void *take_behind_cache(struct rsvpool *pool, bool may_queue,
			       bool above_only)
{
	unsigned long flags;

	if (unlikely(!depot_lock(&pool->depot, &flags)))
		return above_only ? NULL : take_slot(pool);
	return take_locked(pool, flags, may_queue, above_only);
}

static noinline void resched(void)
{
	rsvpool_resched();
}

static noinline void *resched_with(void *element)
{
	rsvpool_resched();
	return element;
}

/* Neither depot nor slots have any. */
static noinline void *tryalloc_empty(struct rsvpool *pool)
{
	void *element;

	/* An NMI that found the depot locked, on a CPU that is to give back. */
	if (cache_pop_below(pool, UINT_MAX, &element))
		return taken(pool, RUNG_CACHE, element);
	request_failed(pool, 1);
	refill_ask(pool);
	return NULL;
}

/* Preemption off; on again at the end, as in the next two. */
static noinline void *tryalloc_nmi(struct rsvpool *pool)
{
	void *element = take_slot(pool);

	if (unlikely(!element))
		element = tryalloc_empty(pool);
	rsvpool_preempt_enable();
	return element;
}

static noinline void *tryalloc_locked(struct rsvpool *pool,
				      unsigned long flags)
	__releases(&pool->depot.lock)
{
	void *element = take_locked(pool, flags, false, false);

	if (unlikely(!element))
		element = tryalloc_empty(pool);
	rsvpool_preempt_enable();
	return element;
}

/*
 * All there is to it in a pool without caches is here.  Nothing is told:
 * tryalloc_slow_touched() does.
 */
static noinline void *tryalloc_slow(struct rsvpool *pool)
{
	struct rsvpool_depot *s = &pool->depot;
	unsigned long flags;
	void *element;

	if (unlikely(!depot_lock(s, &flags)))
		return tryalloc_nmi(pool);
	if (unlikely(!depot_take_bare(pool, &element)))
		return tryalloc_locked(pool, flags);
	raw_spin_unlock_irqrestore(&s->lock, flags);
	rsvpool_preempt_enable();
	return element;
}

/* The same, and no call, if the lock is free and can be had so. */
static noinline RSVPOOL_FRAMELESS void *tryalloc_depot(struct rsvpool *pool)
{
	struct rsvpool_depot *s = &pool->depot;
	unsigned long flags;
	void *element;

	if (unlikely(!depot_trylock_inline(s, &flags)))
		return tryalloc_slow(pool);
	if (unlikely(!depot_take_bare(pool, &element))) {
		rsvpool_spin_count();
		return tryalloc_locked(pool, flags);
	}
	depot_unlock_inline(s, flags);
	if (rsvpool_preempt_drop())
		return resched_with(element);
	return element;
}

static noinline void *tryalloc_slow_touched(struct rsvpool *pool)
{
	void *element = take_behind_cache(pool, false, false);

	if (unlikely(!element))
		element = tryalloc_empty(pool);
	rsvpool_preempt_enable();
	return element;
}

/* @touched: something is to be done to elements, or told of them. */
static __always_inline void *tryalloc(struct rsvpool *pool, bool touched)
{
	struct rsvpool_preempted was = rsvpool_preempt_save();
	void *element;

	if (unlikely(!cache_pop(pool, &element))) {
		if (touched)
			return tryalloc_slow_touched(pool);
		return RSVPOOL_SPIN_INLINE ? tryalloc_depot(pool) :
			tryalloc_slow(pool);
	}
	if (touched)
		taken(pool, RUNG_CACHE, element);
	if (rsvpool_preempt_restore(was))
		return resched_with(element);
	return element;
}

/**
 * alloc_finish - the last thing before an element is handed out
 * @pool: the pool
 * @gfp: with __GFP_ZERO it is cleared, as it is if the pool says so
 * @element: the element, or NULL
 * @caller: who gets it
 *
 * Context: Any, as far as @gfp is clear_allowed().
 * Return: @element.
 */
void *alloc_finish(struct rsvpool *pool, gfp_t gfp, void *element,
		   unsigned long caller)
{
	unsigned int touch = READ_ONCE(pool->touch);

	if (!element)
		return NULL;
	element_mark(pool, element, KASAN_IN_USE);
	if (touch & TOUCH_DEBUG)
		debug_taken(pool, element, caller);
	if ((gfp & __GFP_ZERO) || (touch & TOUCH_ZERO))
		memset(element, 0, pool->size);
	return element;
}

static noinline void *tryalloc_touched(struct rsvpool *pool,
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

/**
 * rsvpool_tryalloc - take an element, now
 * @pool: the pool
 *
 * Made while fewer than the pool's reserve are outstanding, it succeeds,
 * whatever the state of the system's memory.  In NMI that number is
 * nmi_reserve.
 *
 * The order is: this CPU's cache, the depot, below its line, the NMI slots.
 * The source is never asked.
 *
 * Context: Any: also NMI, also with the run queue's lock held.  RCU must be
 * watching.  Bounded work; never sleeps.
 * Return: an element, or NULL.
 */
RSVPOOL_FRAMELESS void *rsvpool_tryalloc(struct rsvpool *pool)
{
	if (unlikely(hint(pool->touch)) || nmi_refused())
		return tryalloc_touched(pool, RSVPOOL_CALLER);
	return tryalloc(pool, false);
}
EXPORT_SYMBOL_GPL(rsvpool_tryalloc);

/* The NMI found cache and depot busy, or a line short: slots, or parking. */
static noinline void free_parked(struct rsvpool *pool, void *element)
{
	stat_inc(pool, STAT_FREE_PARKED);
	slots_park(pool, &element, 1);
}

/* No room in the depot: so no maximum, or more freed than ever existed. */
static noinline void free_overflow(struct rsvpool *pool, void *element)
{
	if (pool->max) {
		/* Freed twice, or another's.  Told by the worker. */
		if (!xchg(&pool->overfull, true))
			refill_now(pool);
		rsvpool_preempt_enable();
		return;
	}
	/* The users of such a pool may call the source here. */
	stat_inc(pool, STAT_FREE_SOURCE);
	rsvpool_preempt_enable();
	source_free(pool, element);
}

/*
 * To the depot, where that is special: the line is short, somebody waits, slots
 * miss elements, or there is surplus.  Lock held; dropped.
 */
static noinline void free_special(struct rsvpool *pool, void *element,
				  unsigned long flags)
	__releases(&pool->depot.lock)
{
	depot_trim(pool);
	element = depot_put_special(pool, element);
	raw_spin_unlock_irqrestore(&pool->depot.lock, flags);
	depot_settle(pool);
	if (unlikely(element)) {
		free_overflow(pool, element);
		return;
	}
	stat_inc(pool, STAT_FREE_DEPOT);
	rsvpool_preempt_enable();
}

/* The slots miss elements.  Preemption off; on again if one has it now. */
static noinline bool free_to_slot(struct rsvpool *pool, void *element)
{
	if (!slots_put(pool, element))
		return false;
	stat_inc(pool, STAT_FREE_NMI);
	rsvpool_preempt_enable();
	return true;
}

/*
 * Must this free take the slow path?  An old value is as good (depot.c), but
 * both halves must be of one instant: of two looks, each could fall on an
 * instant at which the other was not true.
 *
 * On 64 bits they are: READ_ONCE() of an aligned 64-bit word is one load, and
 * that is single-copy atomic on every 64-bit architecture; each half is written
 * by one store, or one atomic operation, of 32 bits within it, which such a load
 * sees whole or not at all.
 *
 * On 32 bits it is two loads.  There only one half can change in a pool that
 * caches may be filled of by frees: pools with an NMI reserve leave that to
 * depot_pull().
 */
static __always_inline u64 pool_slow_state(const struct rsvpool *pool)
{
	BUILD_BUG_ON(IS_ENABLED(CONFIG_64BIT) &&
		     offsetof(struct rsvpool, slow_state) % sizeof(u64));
	if (IS_ENABLED(CONFIG_64BIT))
		return READ_ONCE(pool->slow_state);
	return READ_ONCE(pool->slow) | pool->nmi_reserve;
}

/* The same, where only that matters; on x86 in one instruction less. */
static __always_inline bool pool_is_slow(const struct rsvpool *pool)
{
	if (IS_ENABLED(CONFIG_64BIT))
		return rsvpool_read_nonzero(&pool->slow_state);
	return pool_slow_state(pool);
}

/*
 * Slots miss elements.  They come before the depot, but not before sleepers;
 * unless an NMI cannot get at the depot: then slots_put() has the irq_work see
 * to sleepers.  Preemption off; on again at the end.
 */
static noinline void free_missing(struct rsvpool *pool, void *element)
{
	unsigned long flags;

	if (!hint(pool->depot.waiting) && free_to_slot(pool, element))
		return;
	if (likely(depot_lock(&pool->depot, &flags))) {
		/* Special, as who waited may have gone: see depot_serve(). */
		free_special(pool, element, flags);
	} else if (!free_to_slot(pool, element)) {
		free_parked(pool, element);
		rsvpool_preempt_enable();
	}
}

/*
 * To the depot; a full cache makes room, one that was told to empties.  Lock
 * held; dropped.  Preemption off; on again at the end, as in the next two.
 */
static noinline void free_locked(struct rsvpool *pool, void *element,
				 unsigned long flags)
	__releases(&pool->depot.lock)
{
	struct rsvpool_depot *s = &pool->depot;
	unsigned int n = s->count;

	if (unlikely(n - s->put_floor >= s->put_span)) {
		free_special(pool, element, flags);
		return;
	}
	s->items[n] = element;
	s->count = n + 1;
	if (READ_ONCE(pool->cache) |
	    (own_read(own_cpu(pool)->word) & CACHE_COUNT_MASK))
		depot_flush(pool);
	raw_spin_unlock_irqrestore(&s->lock, flags);
	stat_inc(pool, STAT_FREE_DEPOT);
	rsvpool_preempt_enable();
}

/* The next one in NMI; apart, as the next has nothing to keep across a call. */
static noinline void free_to_depot_nmi(struct rsvpool *pool, void *element)
{
	unsigned long flags;

	if (likely(depot_lock(&pool->depot, &flags))) {
		free_locked(pool, element, flags);
	} else {
		free_parked(pool, element);
		rsvpool_preempt_enable();
	}
}

/*
 * It has been decided for the cache, but that is full or being pushed, or there
 * is none; all there is to it in a pool without caches is here.
 */
static noinline void free_to_depot(struct rsvpool *pool, void *element)
{
	struct rsvpool_depot *s = &pool->depot;
	unsigned long flags;

	if (unlikely(in_nmi())) {
		free_to_depot_nmi(pool, element);
		return;
	}
	raw_spin_lock_irqsave(&s->lock, flags);
	if (unlikely(!depot_put_bare(pool, element))) {
		free_locked(pool, element, flags);
		return;
	}
	raw_spin_unlock_irqrestore(&s->lock, flags);
	rsvpool_preempt_enable();
}

/* The same, and no call, if the lock is free and can be had so. */
static noinline RSVPOOL_FRAMELESS void free_depot(struct rsvpool *pool,
						  void *element)
{
	struct rsvpool_depot *s = &pool->depot;
	unsigned long flags;

	if (unlikely(!depot_trylock_inline(s, &flags))) {
		free_to_depot(pool, element);
		return;
	}
	if (unlikely(!depot_put_bare(pool, element))) {
		rsvpool_spin_count();
		free_locked(pool, element, flags);
		return;
	}
	depot_unlock_inline(s, flags);
	if (rsvpool_preempt_drop())
		resched();
}

/*
 * The line is short, somebody waits, or slots miss elements; or have too many,
 * which the depot sees to: see slots_fill_from_depot().
 */
static noinline void free_slow(struct rsvpool *pool, void *element)
{
	if (unlikely(atomic_read(&pool->nmi_missing)))
		free_missing(pool, element);
	else
		free_to_depot(pool, element);
}

/*
 * The same for debug=1: nothing but that?  One look at both, too: of two, each
 * could fall on an instant at which the other was not true.
 */
static bool pool_look_debug(const struct rsvpool *pool)
{
	union {
		u64 slow_state;
		struct {
			unsigned int slow;
			int nmi_missing;
		};
	} seen = { .slow_state = pool_slow_state(pool) };

	if (!IS_ENABLED(CONFIG_64BIT))
		return pool_slow_state(pool) == SLOW_DEBUG;
	return seen.slow == SLOW_DEBUG && !seen.nmi_missing;
}

/*
 * May an element be decided for the cache?  The look that depot.c argues about:
 * @element was handed out before we look, which pairs with smp_wmb() in
 * depot_hand_out().  Preemption off.
 */
static __always_inline bool free_decide(const struct rsvpool *pool)
{
	smp_rmb();	/* as said above */
	return likely(!pool_is_slow(pool)) && !nmi_refused();
}

/* pool_free(), where it has been told. */
void pool_free_untraced(struct rsvpool *pool, void *element)
{
	element_mark(pool, element, KASAN_RESTING);
	preempt_disable_notrace();
	if (!free_decide(pool))
		free_slow(pool, element);
	else if (cache_push(pool, element))
		rsvpool_preempt_enable();
	else
		free_to_depot(pool, element);
}

/* rsvpool_free() without what debug=1 adds. */
void pool_free(struct rsvpool *pool, void *element)
{
	trace_rsvpool_free(pool->name, 1, element);
	pool_free_untraced(pool, element);
}

/* With debug=1 nothing goes anywhere before it has been looked at. */
static noinline void free_debug(struct rsvpool *pool, void *element,
				unsigned long caller)
{
	if (!debug_freed(pool, element, rsvpool_caller(caller)))
		rsvpool_preempt_enable();
	else if (pool_look_debug(pool) && !nmi_refused() &&
		 cache_push(pool, element))
		rsvpool_preempt_enable();
	else
		free_slow(pool, element);
}

/* @caller: whom it is told of; 0 is who called the function this is part of. */
static __always_inline void free_one(struct rsvpool *pool, void *element,
				     unsigned long caller)
{
	struct rsvpool_preempted was;

	element_mark(pool, element, KASAN_RESTING);
	was = rsvpool_preempt_save();
	if (unlikely(!free_decide(pool))) {
		if (unlikely(pool->debug))
			free_debug(pool, element,
				   caller ? caller : RSVPOOL_CALLER);
		else
			free_slow(pool, element);
	} else if (likely(cache_push(pool, element))) {
		if (rsvpool_preempt_restore(was))
			resched();
	} else if (RSVPOOL_SPIN_INLINE) {
		free_depot(pool, element);
	} else {
		free_to_depot(pool, element);
	}
}

/*
 * Told before it is given back, so that it stands before the next request that
 * this element answers.  A whole free of its own, so that the other one has
 * nothing to keep across a call.
 */
static noinline void free_traced(struct rsvpool *pool, void *element,
				 unsigned long caller)
{
	trace_rsvpool_free(pool->name, 1, element);
	free_one(pool, element, rsvpool_caller(caller));
}

/**
 * rsvpool_free - give an element back
 * @pool: the pool it came from
 * @element: the element; NULL does nothing, as for kfree()
 *
 * A line that is short is refilled first, then sleepers are served, in order;
 * else the element goes to this CPU's cache.
 *
 * Context: Any, as rsvpool_tryalloc(); but a pool with max=0 may be freed to
 * only where its source may be called.
 */
RSVPOOL_FRAMELESS void rsvpool_free(struct rsvpool *pool, void *element)
{
	if (unlikely(!element))
		return;
	if (trace_rsvpool_free_enabled())
		free_traced(pool, element, RSVPOOL_CALLER);
	else
		free_one(pool, element, 0);
}
EXPORT_SYMBOL_GPL(rsvpool_free);

/* Where the cache had but @got of them. */
static noinline int tryalloc_bulk_slow(struct rsvpool *pool, unsigned int nr,
				       void **elements, unsigned int got,
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
	if (READ_ONCE(pool->touch))
		while (nr--)
			alloc_finish(pool, 0, elements[nr], caller);
	return 0;
}

/* All of the rest, after the scheduler. */
static noinline int tryalloc_bulk_resched(struct rsvpool *pool,
					  unsigned int nr, void **elements,
					  unsigned int got,
					  unsigned long caller)
{
	rsvpool_resched();
	if (got < nr || hint(pool->touch))
		return tryalloc_bulk_slow(pool, nr, elements, got,
					  rsvpool_caller(caller));
	return 0;
}

/**
 * rsvpool_tryalloc_bulk - take several elements, all or nothing, now
 * @pool: the pool
 * @nr: how many, 1 to RSVPOOL_BULK_MAX
 * @elements: where to put them
 *
 * Succeeds if the reserve less what is outstanding is at least @nr (in NMI:
 * nmi_reserve).
 *
 * Context: Any, as rsvpool_tryalloc().
 * Return: 0; -ENOMEM if there are not enough, -EINVAL for @nr 0, -E2BIG for
 * @nr above RSVPOOL_BULK_MAX.  On error @elements is undefined.
 */
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
	if (unlikely(got < nr) || unlikely(hint(pool->touch)))
		return tryalloc_bulk_slow(pool, nr, elements, got,
					  RSVPOOL_CALLER);
	return 0;
}
EXPORT_SYMBOL_GPL(rsvpool_tryalloc_bulk);

/* The last ones to slots that miss elements; how many are left. */
static unsigned int free_bulk_to_slots(struct rsvpool *pool, unsigned int nr,
				       void **elements)
{
	unsigned int put = slots_put_many(pool, elements, nr);

	if (put)
		stat_add(pool, STAT_FREE_NMI, put);
	return nr - put;
}

/* The NMI found the depot busy: slots that miss elements, then parking. */
static noinline void free_bulk_parked(struct rsvpool *pool, unsigned int nr,
				      void **elements)
{
	nr = free_bulk_to_slots(pool, nr, elements);
	if (!nr)
		return;
	stat_add(pool, STAT_FREE_PARKED, nr);
	slots_park(pool, elements, nr);
}

/*
 * What the cache has no room for, or may not have: a bulk at a time to the
 * depot, each with one hold of its lock.  Where that has no room, all that is
 * left is too much: free_overflow().
 */
static noinline void free_bulk_slow(struct rsvpool *pool, unsigned int nr,
				    void **elements)
{
	/* Without a maximum the pool may be gone with its last element. */
	bool bounded = pool->max;
	unsigned int put;
	bool decided;

	while (nr) {
		preempt_disable_notrace();
		decided = free_decide(pool);
		/* As in free_missing(). */
		if (unlikely(!decided) &&
		    atomic_read(&pool->nmi_missing) > 0 &&
		    !hint(pool->depot.waiting)) {
			nr = free_bulk_to_slots(pool, nr, elements);
			if (!nr) {
				rsvpool_preempt_enable();
				return;
			}
		}
		if (unlikely(!depot_put_bulk(pool, elements, nr, decided,
					     &put))) {
			put = min(nr, RSVPOOL_BULK_MAX);
			free_bulk_parked(pool, put, elements);
		}
		rsvpool_preempt_enable();
		if (unlikely(!put)) {
			pool_free_untraced(pool, *elements);
			put = bounded ? nr : 1;
		}
		elements += put;
		nr -= put;
	}
}

/* One event for all of them; none, if there are none. */
static noinline void trace_freed(const struct rsvpool *pool, unsigned int nr,
				 void **elements)
{
	if (nr)
		trace_rsvpool_free(pool->name, nr, elements[0]);
}

static noinline void free_bulk_resched(struct rsvpool *pool, unsigned int nr,
				       void **elements)
{
	rsvpool_resched();
	if (nr)
		free_bulk_slow(pool, nr, elements);
}

static __always_inline void free_bulk_untraced(struct rsvpool *pool,
					       unsigned int nr, void **elements)
{
	unsigned int put = 0, i;
	struct rsvpool_preempted was;

	for (i = 0; RSVPOOL_KASAN && i < nr; i++)
		element_mark(pool, elements[i], KASAN_RESTING);
	was = rsvpool_preempt_save();
	if (free_decide(pool))
		put = cache_push_many(pool, elements, nr);
	if (rsvpool_preempt_restore(was))
		free_bulk_resched(pool, nr - put, elements + put);
	else if (unlikely(put < nr))
		free_bulk_slow(pool, nr - put, elements + put);
}

static noinline void free_bulk_traced(struct rsvpool *pool, unsigned int nr,
				      void **elements)
{
	trace_freed(pool, nr, elements);
	free_bulk_untraced(pool, nr, elements);
}

static __always_inline void free_bulk(struct rsvpool *pool, unsigned int nr,
				      void **elements)
{
	if (trace_rsvpool_free_enabled()) {
		if (RSVPOOL_JUMPS) {
			free_bulk_traced(pool, nr, elements);
			return;
		}
		trace_freed(pool, nr, elements);
	}
	free_bulk_untraced(pool, nr, elements);
}

/* rsvpool_free_bulk() without what debug=1 adds. */
void pool_free_bulk(struct rsvpool *pool, unsigned int nr, void **elements)
{
	free_bulk(pool, nr, elements);
}

static noinline void free_bulk_debug(struct rsvpool *pool, unsigned int nr,
				     void **elements, unsigned long caller)
{
	caller = rsvpool_caller(caller);
	if (trace_rsvpool_free_enabled())
		trace_freed(pool, nr, elements);
	while (nr) {
		preempt_disable_notrace();
		free_debug(pool, elements[--nr], caller);
	}
}

/**
 * rsvpool_free_bulk - give several elements back
 * @pool: the pool they came from
 * @nr: how many, any number; 0 does nothing
 * @elements: the elements, none of them NULL
 *
 * Context: Any, as rsvpool_free().
 */
RSVPOOL_FRAMELESS void rsvpool_free_bulk(struct rsvpool *pool, unsigned int nr,
					 void **elements)
{
	if (unlikely(!nr))
		return;
	if (unlikely(pool->debug))
		free_bulk_debug(pool, nr, elements, RSVPOOL_CALLER);
	else
		free_bulk(pool, nr, elements);
}
EXPORT_SYMBOL_GPL(rsvpool_free_bulk);

/*
 * The rungs of the ladder.  Each returns an element, or NULL.  @may_sleep: the
 * caller could join the queue, so it must not overtake who is in it.
 */
void *rung_depot(struct rsvpool *pool, bool may_sleep, bool above_only)
{
	void *element;

	preempt_disable_notrace();
	if (cache_pop(pool, &element))
		taken(pool, RUNG_CACHE, element);
	else
		element = take_behind_cache(pool, may_sleep, above_only);
	rsvpool_preempt_enable();
	return element;
}

void *rung_source(struct rsvpool *pool, gfp_t gfp, bool reclaim)
{
	void *element;

	if (reclaim && !gfpflags_allow_blocking(gfp))
		return NULL;
	if (!source_allowed(pool, gfp))
		return NULL;
	element = source_alloc(pool, source_gfp(gfp, reclaim), false);
	if (element) {
		stat_inc(pool, reclaim ? STAT_ALLOC_RECLAIM :
			 STAT_ALLOC_SOURCE);
		taken(pool, reclaim ? RUNG_RECLAIM : RUNG_SOURCE, element);
	}
	return element;
}

static bool depot_half_full(const struct rsvpool *pool)
{
	return hint(pool->depot.count) >=
		DIV_ROUND_UP(hint(pool->depot.line), 2);
}

/* Everything but sleeping. */
static void *ladder(struct rsvpool *pool, gfp_t gfp)
{
	bool may_sleep = gfpflags_allow_blocking(gfp);
	void *element;

	switch (READ_ONCE(pool->policy)) {
	case RSVPOOL_POLICY_SOURCE:
		element = rung_source(pool, gfp, false);
		if (!element && depot_half_full(pool))
			element = rung_depot(pool, may_sleep, false);
		if (!element)
			element = rung_source(pool, gfp, true);
		if (!element)
			element = rung_depot(pool, may_sleep, false);
		return element;
	case RSVPOOL_POLICY_RECLAIM:
		element = rung_source(pool, gfp, may_sleep);
		if (!element)
			element = rung_depot(pool, may_sleep, false);
		return element;
	case RSVPOOL_POLICY_RESERVE:
		return rung_depot(pool, may_sleep, false);
	default:
		element = rung_depot(pool, may_sleep, true);
		if (!element)
			element = rung_source(pool, gfp, false);
		if (!element)
			element = rung_depot(pool, may_sleep, false);
		if (!element)
			element = rung_source(pool, gfp, true);
		return element;
	}
}

/* May this pool be slept on for @nr?  Errors are told by the worker. */
int may_wait(struct rsvpool *pool, unsigned int nr)
{
	unsigned int reserve = READ_ONCE(pool->reserve);

	if (unlikely(!reserve)) {
		if (!xchg(&pool->no_guarantee_used, true))
			refill_now(pool);
		return -EINVAL;
	}
	return nr > reserve ? -EINVAL : 0;
}

/*
 * Clear what the caller, or the pool's setting, wants cleared.  Above a page
 * only for a caller that may sleep: else it would not be bounded.
 */
bool clear_allowed(const struct rsvpool *pool, gfp_t gfp)
{
	return !(gfp & __GFP_ZERO) || (!pool->opaque &&
		(pool->size <= PAGE_SIZE || gfpflags_allow_blocking(gfp)));
}

static noinline void *alloc_slow(struct rsvpool *pool, gfp_t gfp,
				 unsigned int state, unsigned long timeout,
				 unsigned long caller)
{
	bool timed = READ_ONCE(pool->touch) & TOUCH_LATENCY;
	u64 start = timed ? ktime_get_mono_fast_ns() : 0;
	enum latency_rung rung = LATENCY_ALLOC;
	void *element;

	might_alloc(gfp);
	if (WARN_ON_ONCE(!clear_allowed(pool, gfp)))
		return NULL;
	element = ladder(pool, gfp);
	if (!element && gfpflags_allow_blocking(gfp) && !may_wait(pool, 1)) {
		rung = LATENCY_WAIT;
		debug_may_sleep(pool);
		if (queue_wait_one(pool, &element, 1, state, timeout))
			element = NULL;
	}
	if (!element) {
		request_failed(pool, 1);
		return NULL;
	}
	if (timed)
		latency_record(pool, rung, start);
	return alloc_finish(pool, gfp, element, caller);
}

/**
 * rsvpool_alloc - take an element, by the pool's policy
 * @pool: the pool
 * @gfp: GFP_KERNEL, GFP_NOFS, GFP_NOIO, GFP_NOWAIT, GFP_ATOMIC, perhaps with
 *	__GFP_ZERO.  Only its reclaim, I/O and FS bits reach the source; the
 *	system's emergency reserves are never used
 *
 * The rungs are those of enum rsvpool_policy, in its order.  On PREEMPT_RT the
 * source is left out where it could not be called (interrupts or preemption
 * off).  Sleepers are served in the order in which they came.
 *
 * A task must not sleep here while it holds an element that others wait for;
 * take all of them at once with rsvpool_alloc_bulk().
 *
 * Context: Wherever an allocation with @gfp is allowed, as far as
 * rsvpool_alloc() may sleep; with a @gfp that does not sleep also, on
 * PREEMPT_RT, with interrupts or preemption off.  Not in NMI.
 * Return: an element.  NULL only if @gfp does not allow to sleep and no rung
 * had one, if the pool has no reserve to wait for, or if __GFP_ZERO asks for
 * what may not be cleared (opaque; more than a page without sleeping).
 */
void *rsvpool_alloc(struct rsvpool *pool, gfp_t gfp)
{
	void *element;

	if (IS_ENABLED(CONFIG_DEBUG_ATOMIC_SLEEP))
		might_alloc(gfp);
	if (likely(!hint(pool->touch | pool->policy) && !(gfp & __GFP_ZERO))) {
		preempt_disable_notrace();
		if (likely(cache_pop(pool, &element))) {
			rsvpool_preempt_enable();
			return element;
		}
		rsvpool_preempt_enable();
	}
	return alloc_slow(pool, gfp, TASK_UNINTERRUPTIBLE,
			  MAX_SCHEDULE_TIMEOUT, _RET_IP_);
}
EXPORT_SYMBOL_GPL(rsvpool_alloc);

/**
 * rsvpool_alloc_killable - rsvpool_alloc() that a fatal signal ends
 * @pool: the pool
 * @gfp: as for rsvpool_alloc()
 *
 * Context: As rsvpool_alloc().
 * Return: an element; NULL as rsvpool_alloc(), or if the task was killed while
 * it slept, which costs it its place and no element.
 */
void *rsvpool_alloc_killable(struct rsvpool *pool, gfp_t gfp)
{
	return alloc_slow(pool, gfp, TASK_KILLABLE, MAX_SCHEDULE_TIMEOUT,
			  _RET_IP_);
}
EXPORT_SYMBOL_GPL(rsvpool_alloc_killable);

/**
 * rsvpool_alloc_timeout - rsvpool_alloc() that ends after some time
 * @pool: the pool
 * @gfp: as for rsvpool_alloc()
 * @timeout: the longest sleep in the queue, in jiffies; 0 does not sleep there
 *
 * Context: As rsvpool_alloc().
 * Return: an element; NULL as rsvpool_alloc(), or if none was there in time.
 */
void *rsvpool_alloc_timeout(struct rsvpool *pool, gfp_t gfp,
			    unsigned long timeout)
{
	return alloc_slow(pool, gfp, TASK_UNINTERRUPTIBLE, timeout, _RET_IP_);
}
EXPORT_SYMBOL_GPL(rsvpool_alloc_timeout);

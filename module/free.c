// SPDX-License-Identifier: GPL-2.0
/*
 * rsvpool_free(): all paths on which an element is freed, NMI included.
 *
 *	free_one		one lockless read decides: cache, or slow path
 *	  cache_push		the common case
 *	  free_depot		the cache is full: with the depot's lock
 *	  free_slowpath		debug=1, or free_needed
 *	  free_needed		the depot is below min, a task waits, or slots miss
 *				elements
 *	    free_missing	slots that miss elements, unless a task waits; in an
 *				NMI that finds the depot locked, then too
 *	    free_to_depot	the body of free_depot, put_to_depot, as a call
 *	      free_locked	lock held: put, and flush the cache
 *	        free_locked_slowpath
 *				serve sleepers, fill slots, trim the cache
 *	      free_to_depot_nmi	the lock is only tried: else free_parked
 *	    free_parked		an NMI that could put it nowhere else
 *	  free_overflow		the depot has no room
 *
 * In NMI the same order holds, but the depot's lock is only tried, as the
 * interrupted code may hold it.  If neither the cache, nor a slot, nor the
 * depot can take the element, it is parked (slots_park() in nmi_slots.c), and
 * this CPU's irq_work is queued.  That moves parked elements to the depot
 * (queue_wake()), unless code on one of the slow paths does so first
 * (depot_unpark()).
 *
 * Entered from any context, as rsvpool_tryalloc(); the same rules hold
 * (tryalloc.c).  A pool is torn down after a grace period.  So a free keeps
 * preemption off until its last access to the pool.  While a free calls the
 * source (max=0), or handles the next elements of a bulk, elements are still
 * outstanding, which keeps the pool; source_count_down() has preemption off.
 */
#include <linux/export.h>
#include <linux/hardirq.h>

#include "cache.h"
#include "debug.h"
#include "depot.h"
#include "depot_inline.h"
#include "free.h"
#include "internal.h"
#include "kasan.h"
#include "kick.h"
#include "nmi_slots.h"
#include "source.h"
#include "stats.h"
#include "trace.h"
#include "trace_rung.h"

/* The slow paths, defined below, in the order in which they call each other. */
static noinline void free_slowpath(struct rsvpool *pool, void *element,
				   unsigned long caller);
static noinline RSVPOOL_FRAMELESS void free_depot(struct rsvpool *pool,
						  void *element);
static void *free_debug(struct rsvpool *pool, void *element,
			unsigned long caller);
static void *free_needed(struct rsvpool *pool, void *element);
static noinline void *free_to_depot(struct rsvpool *pool, void *element);
static noinline void *free_missing(struct rsvpool *pool, void *element);
static noinline void *free_to_depot_nmi(struct rsvpool *pool, void *element);
static noinline void *free_locked(struct rsvpool *pool, void *element,
				  unsigned long flags)
	__releases(&pool->depot.lock);
static noinline void *free_locked_slowpath(struct rsvpool *pool, void *element,
					   unsigned long flags)
	__releases(&pool->depot.lock);
static noinline bool free_to_slot(struct rsvpool *pool, void *element);
static noinline void free_parked(struct rsvpool *pool, void *element);
static noinline void *free_overflow(struct rsvpool *pool, void *element);
static noinline void free_to_source(struct rsvpool *pool, void *element);

/*
 * Must this free take the slow path?  An old value is allowed (depot.c), but
 * both halves must be read at the same instant: two reads could combine values
 * that were never true together.
 *
 * On 64 bits they are: READ_ONCE() of an aligned 64-bit word is one load, and
 * that is single-copy atomic on every 64-bit architecture.  Each half is
 * written by one store, or one atomic operation, of 32 bits within the word.
 * The load sees such a write completely or not at all.
 *
 * On 32 bits a read of both would be two loads.  There an nmi_reserve is
 * refused (RSVPOOL_NMI_USABLE), so nmi_missing is always 0 and slow alone is
 * enough.
 */
static __always_inline u64 pool_slow_state(const struct rsvpool *pool)
{
	BUILD_BUG_ON(IS_ENABLED(CONFIG_64BIT) &&
		     offsetof(struct rsvpool, slow_state) % sizeof(u64));
	if (IS_ENABLED(CONFIG_64BIT))
		return READ_ONCE(pool->slow_state);
	return READ_ONCE(pool->slow) | pool->nmi_reserve;
}

/* The same as a bool, which on x86 takes one instruction less. */
static __always_inline bool pool_is_slow(const struct rsvpool *pool)
{
	if (IS_ENABLED(CONFIG_64BIT))
		return rsvpool_read_nonzero(&pool->slow_state);
	return pool_slow_state(pool);
}

/*
 * May this free put its element into the cache?  depot.c has the argument for
 * this read.  Preemption off.
 */
static __always_inline bool free_decide(const struct rsvpool *pool)
{
	/*
	 * The hand-out of the element before the read of slow.  Pairs with
	 * smp_wmb() in depot_hand_out(), and with the exchange that pushes the
	 * emptied place in slots_take_many().
	 */
	smp_rmb();
	return likely(!pool_is_slow(pool)) && !nmi_refused();
}

static noinline void resched(void)
{
	rsvpool_resched();
}

/*
 * Free one element.  @caller: the code that frees, for debug=1; 0 for the
 * caller of the function that this is inlined into.
 */
static __always_inline void free_one(struct rsvpool *pool, void *element,
				     unsigned long caller)
{
	struct rsvpool_preempted was;

	element_mark(pool, element, KASAN_ELEMENT_FREE);
	was = rsvpool_preempt_save();
	if (unlikely(!free_decide(pool))) {
		free_slowpath(pool, element, caller ? caller : RSVPOOL_CALLER);
	} else if (likely(cache_push(pool, element))) {
		if (rsvpool_preempt_restore(was))
			resched();
	} else {
		free_depot(pool, element);
	}
}

/*
 * Traces a free before it frees, so that the event comes before that of the
 * next request that gets this element.  This is a separate copy of the free, so
 * that the untraced one need not save registers across a call.
 */
static noinline void free_traced(struct rsvpool *pool, void *element,
				 unsigned long caller)
{
	trace_rsvpool_free(pool->name, 1, element);
	free_one(pool, element, rsvpool_caller(caller));
}

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

/* pool_free() without the tracepoint. */
void pool_free_untraced(struct rsvpool *pool, void *element)
{
	void *rest = NULL;

	element_mark(pool, element, KASAN_ELEMENT_FREE);
	preempt_disable_notrace();
	if (!free_decide(pool))
		rest = free_needed(pool, element);
	else if (!cache_push(pool, element))
		rest = free_to_depot(pool, element);
	rsvpool_preempt_enable();
	if (unlikely(rest))
		free_to_source(pool, rest);
}

/* rsvpool_free() without what debug=1 adds. */
void pool_free(struct rsvpool *pool, void *element)
{
	trace_rsvpool_free(pool->name, 1, element);
	pool_free_untraced(pool, element);
}

/*
 * For debug=1: is debugging the only reason for the slow path?  Both halves are
 * read at once here, too.
 */
static bool pool_slow_debug_only(const struct rsvpool *pool)
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
 * free_slowpath() and free_depot() end the slow path: they turn preemption on
 * again.  The functions that they call leave it off, and return the element if
 * the depot of a pool without a maximum had no room for it.  These two then
 * give it to the source, which users of such a pool may call where they free.
 */
static noinline void free_slowpath(struct rsvpool *pool, void *element,
				   unsigned long caller)
{
	caller = rsvpool_caller(caller);
	if (unlikely(pool->debug))
		element = free_debug(pool, element, caller);
	else
		element = free_needed(pool, element);
	rsvpool_preempt_enable();
	if (unlikely(element))
		free_to_source(pool, element);
}

/*
 * Free to the depot.  In a pool without caches a free does no more than this.
 * On arm64 it calls no function if the lock is free.
 */
static __always_inline void *put_to_depot(struct rsvpool *pool, void *element)
{
	struct rsvpool_depot *s = &pool->depot;
	unsigned long flags;

	if (RSVPOOL_SPIN_INLINE && likely(depot_trylock_inline(s, &flags))) {
		if (unlikely(!depot_put_bare(pool, element))) {
			rsvpool_spin_count();
			return free_locked(pool, element, flags);
		}
		depot_unlock_inline(s, flags);
		return NULL;
	}
	if (unlikely(in_nmi()))
		return free_to_depot_nmi(pool, element);
	raw_spin_lock_irqsave(&s->lock, flags);
	if (unlikely(!depot_put_bare(pool, element)))
		return free_locked(pool, element, flags);
	raw_spin_unlock_irqrestore(&s->lock, flags);
	return NULL;
}

/* The cache is full, or this free interrupts a push; or there is no cache. */
static noinline RSVPOOL_FRAMELESS void free_depot(struct rsvpool *pool,
						  void *element)
{
	element = put_to_depot(pool, element);
	if (rsvpool_preempt_drop())
		resched();
	if (unlikely(element))
		free_to_source(pool, element);
}

/* With debug=1: check the element before it is put anywhere. */
static void *free_debug(struct rsvpool *pool, void *element,
			unsigned long caller)
{
	if (!debug_freed(pool, element, caller))
		return NULL;
	if (pool_slow_debug_only(pool) && !nmi_refused() &&
	    cache_push(pool, element))
		return NULL;
	return free_needed(pool, element);
}

/*
 * The depot is below min, a task waits, or slots miss elements; or slots have
 * too many, which code with the depot's lock corrects (slots_take_back()).
 */
static void *free_needed(struct rsvpool *pool, void *element)
{
	if (unlikely(atomic_read(&pool->nmi_missing)))
		return free_missing(pool, element);
	return free_to_depot(pool, element);
}

/*
 * Slots miss elements, or have too many.  A free fills slots before the depot,
 * but serves sleepers first.  An NMI that finds the depot locked fills a slot
 * even if a task waits: slots_put() then queues the irq_work, which serves
 * sleepers.
 */
static noinline void *free_missing(struct rsvpool *pool, void *element)
{
	unsigned long flags;

	if (!hint(pool->depot.waiting) && free_to_slot(pool, element))
		return NULL;
	if (unlikely(!depot_lock(&pool->depot, &flags))) {
		if (!free_to_slot(pool, element))
			free_parked(pool, element);
		return NULL;
	}
	/*
	 * Not free_locked(), which fills no slots: if the sleeper has left, the
	 * element belongs in a slot.
	 */
	return free_locked_slowpath(pool, element, flags);
}

/* free_depot() for callers that turn preemption on again themselves. */
static noinline void *free_to_depot(struct rsvpool *pool, void *element)
{
	return put_to_depot(pool, element);
}

/* free_to_depot() in NMI, where the lock is only tried. */
static noinline void *free_to_depot_nmi(struct rsvpool *pool, void *element)
{
	unsigned long flags;

	if (unlikely(!depot_lock(&pool->depot, &flags))) {
		free_parked(pool, element);
		return NULL;
	}
	return free_locked(pool, element, flags);
}

/*
 * Put the element into the depot, and flush the cache, which is full or was
 * asked to give its entries back.  Lock held; dropped.
 */
static noinline void *free_locked(struct rsvpool *pool, void *element,
				  unsigned long flags)
	__releases(&pool->depot.lock)
{
	struct rsvpool_depot *s = &pool->depot;
	unsigned int n = s->count;

	if (unlikely(n - s->put_floor >= s->put_span))
		return free_locked_slowpath(pool, element, flags);
	s->items[n] = element;
	s->count = n + 1;
	if (likely(READ_ONCE(pool->cache)) ||
	    (own_read(own_cpu(pool)->word) & CACHE_COUNT_MASK))
		depot_flush(pool);
	raw_spin_unlock_irqrestore(&s->lock, flags);
	stat_inc(pool, STAT_FREE_DEPOT);
	return NULL;
}

/*
 * Put the element into the depot in the states that need more work: it is below
 * min, a task waits, slots miss elements, or there is surplus.  Lock held;
 * dropped.
 */
static noinline void *free_locked_slowpath(struct rsvpool *pool, void *element,
					   unsigned long flags)
	__releases(&pool->depot.lock)
{
	/* Either trims or unparks: a batch is enough for one call. */
	element = depot_put_slowpath(pool, element, !depot_trim(pool));
	raw_spin_unlock_irqrestore(&pool->depot.lock, flags);
	depot_kick(pool);
	if (unlikely(element))
		return free_overflow(pool, element);
	stat_inc(pool, STAT_FREE_DEPOT);
	return NULL;
}

/* Put the element into a slot that misses one; returns whether that worked. */
static noinline bool free_to_slot(struct rsvpool *pool, void *element)
{
	if (!slots_put(pool, element))
		return false;
	stat_inc(pool, STAT_FREE_NMI);
	return true;
}

/* Park the element: the NMI could use neither cache nor slot nor depot. */
static noinline void free_parked(struct rsvpool *pool, void *element)
{
	stat_inc(pool, STAT_FREE_PARKED);
	slots_park(pool, &element, 1);
}

/*
 * The depot has no room: the pool has no maximum, or more were freed than
 * exist.
 */
static noinline void *free_overflow(struct rsvpool *pool, void *element)
{
	if (pool->max) {
		/*
		 * Freed twice, or an element of another pool.  The worker
		 * reports it.
		 */
		if (!xchg(&pool->overfull, true))
			refill_now(pool);
		return NULL;
	}
	return element;
}

/* Users of a pool with max=0 free where the source may be called. */
static noinline void free_to_source(struct rsvpool *pool, void *element)
{
	stat_inc(pool, STAT_FREE_SOURCE);
	source_free(pool, element);
}

/*
 * Put the last elements into slots that miss some; returns how many are left.
 */
static unsigned int free_bulk_to_slots(struct rsvpool *pool, unsigned int nr,
				       void **elements)
{
	unsigned int put = slots_put_many(pool, elements, nr);

	if (put)
		stat_add(pool, STAT_FREE_NMI, put);
	return nr - put;
}

/* The NMI found the depot locked: fill slots, and park the rest. */
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
 * Put elements that the cache has no room for, or must not have, into the
 * depot, one bulk for each hold of its lock.  If the depot has no room, the
 * rest is surplus: free_overflow().
 */
static noinline void free_bulk_slowpath(struct rsvpool *pool, unsigned int nr,
					void **elements)
{
	/*
	 * Read first: a pool without a maximum may be destroyed once its last
	 * element is freed.
	 */
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

/* One event for all elements; none for an empty array. */
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
		free_bulk_slowpath(pool, nr, elements);
}

static __always_inline void free_bulk_untraced(struct rsvpool *pool,
					       unsigned int nr, void **elements)
{
	unsigned int put = 0, i;
	struct rsvpool_preempted was;

	for (i = 0; RSVPOOL_KASAN && i < nr; i++)
		element_mark(pool, elements[i], KASAN_ELEMENT_FREE);
	was = rsvpool_preempt_save();
	if (free_decide(pool))
		put = cache_push_many(pool, elements, nr);
	if (rsvpool_preempt_restore(was))
		free_bulk_resched(pool, nr - put, elements + put);
	else if (unlikely(put < nr))
		free_bulk_slowpath(pool, nr - put, elements + put);
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
		free_slowpath(pool, elements[--nr], caller);
	}
}

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

// SPDX-License-Identifier: GPL-2.0
/*
 * The public calls that hand out elements and take them back, and the ladder
 * of rsvpool_alloc().
 *
 * rsvpool_tryalloc() and rsvpool_free() are entered from any context: task,
 * softirq, hardirq, NMI, with any raw spinlock held, on PREEMPT_RT too.  What
 * they may use is therefore short: the cache (cache.h), the stock under its
 * raw lock (stock.h; in NMI only tried), the slots (slots.c), irq_work_queue().
 * They sleep on nothing, allocate nothing, print nothing and wake nobody.  All
 * of it happens with preemption off, to the last access to the pool: a pool is
 * torn down after a grace period.
 */
#include <linux/export.h>
#include <linux/hardirq.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/timekeeping.h>

#include "cache.h"
#include "slots.h"
#include "stock.h"
#include "trace.h"

/* Without an NMI-safe this_cpu_cmpxchg an NMI is turned away. */
static __always_inline bool nmi_refused(void)
{
	return !IS_ENABLED(CONFIG_HAVE_CMPXCHG_LOCAL) && in_nmi();
}

/*
 * One element from stock or slots, and some for the cache.  Also when the
 * cache is not empty but has to be trimmed.  Preemption off.
 *
 * @may_queue and @above_only as in stock_take().
 */
static __always_inline void *take_behind_cache(struct rsvpool *pool,
					       bool may_queue, bool above_only)
{
	struct rsvpool_stock *s = &pool->stock;
	unsigned long flags;
	void *element;
	bool low;

	if (unlikely(!stock_lock(s, &flags))) {
		element = NULL;
		goto slots;
	}
	if (unlikely(this_cpu_read(pool->cpu->trim)) && stock_flush(pool))
		this_cpu_write(pool->cpu->trim, 0);
	element = stock_take(pool, may_queue, above_only);
	if (READ_ONCE(pool->cache))
		stock_pull(pool);
	low = s->count < s->low;
	raw_spin_unlock_irqrestore(&s->lock, flags);
	if (unlikely(low))
		refill_ask(pool);
	if (likely(element))
		return element;
slots:
	if (above_only || (may_queue && data_race(s->waiting)))
		return NULL;
	element = slots_take(pool);
	if (element) {
		WRITE_ONCE(pool->emergency, true);
		stat_inc(pool, STAT_ALLOC_NMI);
		refill_ask(pool);
	}
	return element;
}

static noinline void *tryalloc_slow(struct rsvpool *pool)
{
	void *element = take_behind_cache(pool, false, false);

	if (unlikely(!element)) {
		/* Told to trim, but nothing in the stock: what is left. */
		element = cache_pop(pool);
		if (!element) {
			WRITE_ONCE(pool->emergency, true);
			stat_inc(pool, STAT_ALLOC_FAIL);
			refill_ask(pool);
		}
	}
	preempt_enable_notrace();
	return element;
}

static __always_inline void *tryalloc(struct rsvpool *pool)
{
	void *element;

	preempt_disable_notrace();
	element = cache_pop(pool);
	if (unlikely(!element))
		return tryalloc_slow(pool);
	preempt_enable_notrace();
	return element;
}

static bool may_zero(const struct rsvpool *pool)
{
	return READ_ONCE(pool->touch) & TOUCH_ZERO;
}

static noinline void *tryalloc_touched(struct rsvpool *pool)
{
	u64 start = ktime_get_mono_fast_ns();
	void *element = NULL;

	if (nmi_refused())
		return NULL;
	element = tryalloc(pool);
	if (!element)
		return NULL;
	if (may_zero(pool))
		memset(element, 0, pool->size);
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
 * The order is: this CPU's cache, the stock, below its line, the NMI slots.
 * The source is never asked.
 *
 * Context: Any: also NMI, also with the run queue's lock held.  RCU must be
 * watching.  Bounded work; never sleeps.
 * Return: an element, or NULL.
 */
void *rsvpool_tryalloc(struct rsvpool *pool)
{
	if (unlikely(READ_ONCE(pool->touch)) || nmi_refused())
		return tryalloc_touched(pool);
	return tryalloc(pool);
}
EXPORT_SYMBOL_GPL(rsvpool_tryalloc);

/* The NMI found cache and stock busy, or a line short: slots, or parking. */
static noinline void free_parked(struct rsvpool *pool, void *element)
{
	stat_inc(pool, STAT_FREE_PARKED);
	slots_park(pool, element);
}

static noinline void free_slow(struct rsvpool *pool, void *element)
{
	struct rsvpool_stock *s = &pool->stock;
	bool special = false;
	unsigned long flags;
	unsigned int n;

	if (unlikely(atomic_read(&pool->nmi_missing) > 0) &&
	    !data_race(s->waiting) && slots_put(pool, element)) {
		stat_inc(pool, STAT_FREE_NMI);
		goto out;
	}
	if (unlikely(!stock_lock(s, &flags))) {
		free_parked(pool, element);
		goto out;
	}
	n = s->count;
	if (likely(n - s->put_floor < s->put_span)) {
		s->items[n] = element;
		s->count = n + 1;
		element = NULL;
		/* A full cache makes room; one that was told to, empties. */
		if (this_cpu_read(pool->cpu->word) & CACHE_COUNT_MASK) {
			if (stock_flush(pool))
				this_cpu_write(pool->cpu->trim, 0);
			special = s->count >= s->put_floor + s->put_span;
		}
	} else {
		element = stock_put_special(pool, element);
		if (this_cpu_read(pool->cpu->trim) && stock_flush(pool))
			this_cpu_write(pool->cpu->trim, 0);
		special = true;
	}
	raw_spin_unlock_irqrestore(&s->lock, flags);
	if (unlikely(special))
		stock_settle(pool);
	if (unlikely(element && pool->max)) {
		/* More than ever existed: freed twice, or another's. */
		WRITE_ONCE(pool->overfull, true);
		refill_now(pool);
		goto out;
	}
	if (unlikely(element)) {
		/* No room: max=0, whose users may call the source here. */
		stat_inc(pool, STAT_FREE_SOURCE);
		preempt_enable_notrace();
		source_free(pool, element);
		return;
	}
	stat_inc(pool, STAT_FREE_STOCK);
out:
	preempt_enable_notrace();
}

/**
 * rsvpool_free - give an element back
 * @pool: the pool it came from
 * @element: the element
 *
 * A line that is short is refilled first, then sleepers are served, in order;
 * else the element goes to this CPU's cache.
 *
 * Context: Any, as rsvpool_tryalloc(); but a pool with max=0 may be freed to
 * only where its source may be called.
 */
void rsvpool_free(struct rsvpool *pool, void *element)
{
	preempt_disable_notrace();
	/*
	 * @element was handed out before we look: pairs with smp_wmb() in
	 * stock_hand_out().  stock.c argues why this look is enough.
	 */
	smp_rmb();
	if (likely(!(READ_ONCE(pool->pressed) |
		     atomic_read(&pool->nmi_missing))) &&
	    !nmi_refused() && likely(cache_push(pool, element))) {
		preempt_enable_notrace();
		return;
	}
	free_slow(pool, element);
}
EXPORT_SYMBOL_GPL(rsvpool_free);

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
int rsvpool_tryalloc_bulk(struct rsvpool *pool, unsigned int nr,
			  void **elements)
{
	unsigned int got;
	int err = 0;

	if (unlikely(!nr))
		return -EINVAL;
	if (unlikely(nr > RSVPOOL_BULK_MAX))
		return -E2BIG;
	if (nmi_refused())
		return -ENOMEM;

	preempt_disable_notrace();
	got = cache_pop_many(pool, elements, nr);
	if (unlikely(got < nr))
		err = stock_take_bulk(pool, elements + got, nr - got, false);
	preempt_enable_notrace();

	if (unlikely(err)) {
		if (got)
			rsvpool_free_bulk(pool, got, elements);
		stat_inc(pool, STAT_ALLOC_FAIL);
		return err;
	}
	if (unlikely(READ_ONCE(pool->touch)) && may_zero(pool))
		while (nr--)
			memset(elements[nr], 0, pool->size);
	return 0;
}
EXPORT_SYMBOL_GPL(rsvpool_tryalloc_bulk);

/**
 * rsvpool_free_bulk - give several elements back
 * @pool: the pool they came from
 * @nr: how many, any number
 * @elements: the elements
 *
 * Context: Any, as rsvpool_free().
 */
void rsvpool_free_bulk(struct rsvpool *pool, unsigned int nr, void **elements)
{
	unsigned int put = 0;

	preempt_disable_notrace();
	smp_rmb();	/* as in rsvpool_free() */
	if (likely(!(READ_ONCE(pool->pressed) |
		     atomic_read(&pool->nmi_missing))) && !nmi_refused())
		put = cache_push_many(pool, elements, nr);
	preempt_enable_notrace();
	while (unlikely(put < nr))
		rsvpool_free(pool, elements[put++]);
}
EXPORT_SYMBOL_GPL(rsvpool_free_bulk);

/*
 * The rungs of the ladder.  Each returns an element, or NULL.  @may_sleep: the
 * caller could join the queue, so it must not overtake who is in it.
 */
static void *rung_stock(struct rsvpool *pool, bool may_sleep, bool above_only)
{
	void *element;

	preempt_disable_notrace();
	element = cache_pop(pool);
	if (!element)
		element = take_behind_cache(pool, may_sleep, above_only);
	preempt_enable_notrace();
	return element;
}

static void *rung_source(struct rsvpool *pool, gfp_t gfp, bool reclaim)
{
	void *element;

	if (reclaim && !gfpflags_allow_blocking(gfp))
		return NULL;
	if (!source_allowed(pool, gfp))
		return NULL;
	element = source_alloc(pool, source_gfp(gfp, reclaim));
	if (element)
		stat_inc(pool, reclaim ? STAT_ALLOC_RECLAIM :
			 STAT_ALLOC_SOURCE);
	return element;
}

static bool stock_half_full(const struct rsvpool *pool)
{
	return data_race(pool->stock.count) >=
		DIV_ROUND_UP(data_race(pool->stock.line), 2);
}

/* Everything but sleeping. */
static void *ladder(struct rsvpool *pool, gfp_t gfp)
{
	bool may_sleep = gfpflags_allow_blocking(gfp);
	void *element;

	switch (READ_ONCE(pool->policy)) {
	case RSVPOOL_POLICY_SOURCE:
		element = rung_source(pool, gfp, false);
		if (!element && stock_half_full(pool))
			element = rung_stock(pool, may_sleep, false);
		if (!element)
			element = rung_source(pool, gfp, true);
		if (!element)
			element = rung_stock(pool, may_sleep, false);
		return element;
	case RSVPOOL_POLICY_RECLAIM:
		element = rung_source(pool, gfp, may_sleep);
		if (!element)
			element = rung_stock(pool, may_sleep, false);
		return element;
	case RSVPOOL_POLICY_RESERVE:
		return rung_stock(pool, may_sleep, false);
	default:
		element = rung_stock(pool, may_sleep, true);
		if (!element)
			element = rung_source(pool, gfp, false);
		if (!element)
			element = rung_stock(pool, may_sleep, false);
		if (!element)
			element = rung_source(pool, gfp, true);
		return element;
	}
}

/* May this pool be slept on for @nr?  Errors are told by the worker. */
static int may_wait(struct rsvpool *pool, unsigned int nr)
{
	unsigned int reserve = READ_ONCE(pool->reserve);

	if (unlikely(!reserve)) {
		WRITE_ONCE(pool->no_guarantee_used, true);
		refill_now(pool);
		return -EINVAL;
	}
	return nr > reserve ? -EINVAL : 0;
}

/*
 * Clear what the caller, or the pool's setting, wants cleared.  Above a page
 * only for a caller that may sleep: else it would not be bounded.
 */
static bool clear_allowed(const struct rsvpool *pool, gfp_t gfp)
{
	return !(gfp & __GFP_ZERO) || (!pool->opaque &&
		(pool->size <= PAGE_SIZE || gfpflags_allow_blocking(gfp)));
}

static void *alloc_finish(struct rsvpool *pool, gfp_t gfp, void *element)
{
	if (element && ((gfp & __GFP_ZERO) || may_zero(pool)))
		memset(element, 0, pool->size);
	return element;
}

static noinline void *alloc_slow(struct rsvpool *pool, gfp_t gfp,
				 unsigned int state, unsigned long timeout)
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
		if (stock_wait(pool, &element, 1, state, timeout))
			return NULL;
	} else if (!element) {
		WRITE_ONCE(pool->emergency, true);
		stat_inc(pool, STAT_ALLOC_FAIL);
		return NULL;
	}
	if (timed)
		latency_record(pool, rung, start);
	return alloc_finish(pool, gfp, element);
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
	if (likely(!(READ_ONCE(pool->touch) | READ_ONCE(pool->policy)) && !(gfp & __GFP_ZERO))) {
		preempt_disable_notrace();
		element = cache_pop(pool);
		preempt_enable_notrace();
		if (likely(element))
			return element;
	}
	return alloc_slow(pool, gfp, TASK_UNINTERRUPTIBLE,
			  MAX_SCHEDULE_TIMEOUT);
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
	return alloc_slow(pool, gfp, TASK_KILLABLE, MAX_SCHEDULE_TIMEOUT);
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
	return alloc_slow(pool, gfp, TASK_UNINTERRUPTIBLE, timeout);
}
EXPORT_SYMBOL_GPL(rsvpool_alloc_timeout);

/* The ladder for several: as many from each rung as it has, then together. */
static int bulk_ladder(struct rsvpool *pool, gfp_t gfp, unsigned int nr,
		       void **elements)
{
	bool may_sleep = gfpflags_allow_blocking(gfp);
	unsigned int got = 0;
	bool reclaim;
	int err;

	/* Above the line and from the source one holds nothing of the reserve. */
	if (READ_ONCE(pool->policy) == RSVPOOL_POLICY_CACHE ||
	    READ_ONCE(pool->policy) == RSVPOOL_POLICY_RESERVE) {
		preempt_disable_notrace();
		got = cache_pop_many(pool, elements, nr);
		preempt_enable_notrace();
	}
	while (got < nr && READ_ONCE(pool->policy) == RSVPOOL_POLICY_CACHE &&
	       (elements[got] = rung_stock(pool, may_sleep, true)))
		got++;
	for (reclaim = false; ; reclaim = true) {
		if (READ_ONCE(pool->policy) != RSVPOOL_POLICY_RESERVE)
			while (got < nr && (elements[got] =
					    rung_source(pool, gfp, reclaim)))
				got++;
		if (got == nr)
			return 0;
		err = stock_take_bulk(pool, elements + got, nr - got,
				      may_sleep);
		if (!err || reclaim || !may_sleep)
			break;
	}
	if (err && got)
		rsvpool_free_bulk(pool, got, elements);
	return err;
}

/**
 * rsvpool_alloc_bulk - take several elements, all or nothing
 * @pool: the pool
 * @gfp: as for rsvpool_alloc()
 * @nr: how many, 1 to RSVPOOL_BULK_MAX and, if @gfp may sleep, at most the
 *	reserve
 * @elements: where to put them
 *
 * If they are not to be had, it sleeps holding none of them, in arrival order;
 * so tasks that take what they need in one call do not deadlock on each other.
 *
 * Context: As rsvpool_alloc().
 * Return: 0; -ENOMEM if @gfp does not allow to sleep and there were not
 * enough; -EINVAL if @nr is 0, or larger than the reserve where it may sleep, or
 * if there is no reserve to wait for;
 * -E2BIG if @nr is above RSVPOOL_BULK_MAX.  On error @elements is undefined.
 */
int rsvpool_alloc_bulk(struct rsvpool *pool, gfp_t gfp, unsigned int nr,
		       void **elements)
{
	unsigned int i;
	int err;

	if (unlikely(!nr))
		return -EINVAL;
	if (unlikely(nr > RSVPOOL_BULK_MAX))
		return -E2BIG;
	might_alloc(gfp);
	if (WARN_ON_ONCE(!clear_allowed(pool, gfp)))
		return -EINVAL;
	if (gfpflags_allow_blocking(gfp) && READ_ONCE(pool->reserve) &&
	    nr > READ_ONCE(pool->reserve))
		return -EINVAL;
	err = bulk_ladder(pool, gfp, nr, elements);
	if (err && gfpflags_allow_blocking(gfp)) {
		err = may_wait(pool, nr);
		if (!err)
			err = stock_wait(pool, elements, nr,
					 TASK_UNINTERRUPTIBLE,
					 MAX_SCHEDULE_TIMEOUT);
	}
	if (err) {
		stat_inc(pool, STAT_ALLOC_FAIL);
		return err;
	}
	for (i = 0; i < nr; i++)
		alloc_finish(pool, gfp, elements[i]);
	return 0;
}
EXPORT_SYMBOL_GPL(rsvpool_alloc_bulk);

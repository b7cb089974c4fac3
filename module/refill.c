// SPDX-License-Identifier: GPL-2.0
/*
 * The refill worker: brings elements from the source to the depot, gives
 * surplus back to the source, and prints reports that code in any context has
 * noted.  Each pool has one work item, on a workqueue or in the pool's own
 * thread: worker.c.
 *
 * Code in any context can ask for it: see kick.c, which also has the states.
 *
 * The worker asks the source without direct reclaim (kswapd is woken): it must
 * never wait for a lock or an I/O that one of the pool's sleepers holds.  It
 * starts its timer itself, so the timer is on a CPU where the worker may run:
 * by default one that does housekeeping.
 */
#include <linux/jiffies.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>

#include "adapt.h"
#include "cache_trim.h"
#include "debug.h"
#include "depot.h"
#include "event.h"
#include "internal.h"
#include "irq_work.h"
#include "kick.h"
#include "refill.h"
#include "registry.h"
#include "source.h"
#include "stats.h"
#include "trace.h"
#include "watermarks.h"
#include "worker.h"

#define BACKOFF_MIN	1		/* jiffies */
#define BACKOFF_MAX	HZ
#define OVERDUE		3		/* jiffies after the back-off's end */

/* How many elements the worker brings next. */
static unsigned int refill_want(struct rsvpool *pool)
{
	return min(depot_wants(pool), READ_ONCE(pool->batch));
}

/* How many elements the reserve misses; that is enough for any sleeper. */
static unsigned int refill_missing(struct rsvpool *pool)
{
	unsigned int count = hint(pool->depot.count);
	unsigned int min = hint(pool->depot.min);
	int slots = atomic_read(&pool->nmi_missing);

	return (count < min ? min - count : 0) + max(slots, 0);
}

enum refill_end { REFILL_DONE, REFILL_SHORT, REFILL_FULL };

static enum refill_end refill_fill(struct rsvpool *pool)
{
	gfp_t gfp = source_gfp(GFP_KERNEL, false);
	void *elements[RSVPOOL_BATCH_MAX];
	unsigned int want, got, put;

	while ((want = refill_want(pool))) {
		got = source_alloc_many(pool, gfp, want, refill_missing(pool),
					elements);
		put = depot_put_many(pool, elements, got);
		stat_add(pool, STAT_REFILLED, put);
		adapt_brought(pool, put);
		if (put < got) {
			while (got > put)
				source_free(pool, elements[--got]);
			return REFILL_DONE;
		}
		if (got < want)
			return pool->max &&
				atomic_read(&pool->total) >= pool->max ?
				REFILL_FULL : REFILL_SHORT;
		cond_resched();
	}
	return REFILL_DONE;
}

/* Give back elements above @keep, or above min if that is more. */
static void refill_release(struct rsvpool *pool, unsigned int keep)
{
	void *elements[RSVPOOL_BATCH_MAX];
	unsigned int nr;

	while ((nr = depot_take_surplus(pool, elements,
					READ_ONCE(pool->batch), keep))) {
		stat_add(pool, STAT_RELEASED, nr);
		while (nr)
			source_free(pool, elements[--nr]);
		cond_resched();
	}
}

/*
 * Tasks sleep on this pool: have pools with this parent give back their
 * elements above min.  Leaves out pools that are being checked for use now; as
 * long as a task sleeps, the worker runs again.
 */
static void refill_recall(struct rsvpool *pool)
{
	struct rsvpool *child;

	if (!hint(pool->children))
		return;
	rsvpool_for_each(child)
		if (child->parent == pool && pool_move_begin(child, false)) {
			cache_trim_housekeeping(child);
			refill_release(child, 0);
			pool_move_end(child);
		}
}

static void refill_report(struct rsvpool *pool)
{
	debug_report(pool);
	if (READ_ONCE(pool->no_guarantee_used) && !pool->no_guarantee_reported) {
		pool->no_guarantee_reported = true;
		pr_warn("pool '%s': reserve: is 0, so no task may sleep for an element (-EINVAL)\n",
			pool->name);
	}
	if (READ_ONCE(pool->overfull) && !pool->overfull_reported) {
		pool->overfull_reported = true;
		pr_err("pool '%s': max: more elements were freed than exist; freed twice, or to the wrong pool?\n",
		       pool->name);
	}
}

/**
 * refill_run - one run of the worker
 * @pool: the pool
 *
 * Context: The worker: task, may sleep; one at a time for a pool.
 */
void refill_run(struct rsvpool *pool)
{
	bool orphan = READ_ONCE(pool->orphan);
	enum refill_end end;
	unsigned long wait;

	WRITE_ONCE(pool->overdue, 0);
	stat_inc(pool, STAT_REFILL_RUNS);
	stats_update_moves(pool);
	event_check(pool);
	trace_rsvpool_refill_begin(pool->name, hint(pool->depot.count),
				   READ_ONCE(pool->depot.low),
				   READ_ONCE(pool->depot.high),
				   hint(pool->depot.waiting));
	refill_report(pool);
	if (hint(pool->depot.waiting)) {
		cache_trim_housekeeping(pool);
		refill_recall(pool);
	}
	adapt_begin(pool);
	end = refill_fill(pool);
	if (adapt_follow(pool, end == REFILL_SHORT, end == REFILL_FULL)) {
		end = refill_fill(pool);
		if (end == REFILL_SHORT && adapt_retract(pool))
			end = REFILL_DONE;
	}
	trace_rsvpool_refill_end(pool->name, hint(pool->depot.count), end);
	refill_release(pool, READ_ONCE(pool->depot.high));

	if (end == REFILL_SHORT)
		stat_inc(pool, STAT_REFILL_FAILS);
	if (end == REFILL_SHORT && !orphan) {
		pool->backoff = clamp_t(unsigned int, pool->backoff * 2,
					BACKOFF_MIN, BACKOFF_MAX);
		WRITE_ONCE(pool->overdue, ktime_get_mono_fast_ns() +
			   jiffies_to_nsecs(pool->backoff + OVERDUE));
		worker_wake_after(pool, pool->backoff);
		return;
	}
	pool->backoff = 0;
	/* An orphan has no source: trying again is as useless as at max. */
	if (end == REFILL_SHORT)
		end = REFILL_FULL;
	if (atomic_cmpxchg(&pool->refill_state, REFILL_QUEUED,
			   end == REFILL_FULL ? REFILL_AT_MAX : REFILL_IDLE) ==
	    REFILL_QUEUED) {
		/*
		 * Check again what other CPUs may have changed just before the
		 * exchange: a watermark crossed, or an element released.
		 */
		preempt_disable_notrace();
		if (end == REFILL_FULL && !orphan &&
		    atomic_read(&pool->total) < pool->max)
			refill_room(pool);
		depot_kick(pool);
		/*
		 * A sleeper may want more elements than the watermarks ask for.
		 */
		if (end != REFILL_FULL && hint(pool->depot.waiting) &&
		    refill_want(pool))
			refill_ask(pool);
		preempt_enable_notrace();
	}
	/* Run again at the window's end, to decay what adaptation added. */
	wait = adapt_wait(pool);
	if (wait)
		worker_wake_after(pool, wait);
}

/**
 * refill_stop - stop the worker, and keep it from running
 * @pool: the pool
 *
 * The irq_works still run, for sleepers.  Prints the reports that the worker
 * has not printed yet.
 *
 * Context: Task, may sleep.
 */
void refill_stop(struct rsvpool *pool)
{
	atomic_set(&pool->refill_state, REFILL_STOPPED);
	/* Twice: the irq_work wakes the worker, which queues the irq_work. */
	irq_works_sync(pool);
	worker_cancel_sync(pool);
	irq_works_sync(pool);
	worker_cancel_sync(pool);
	refill_report(pool);
}

/* After refill_stop(): allow the worker to run again, and run it now. */
void refill_start(struct rsvpool *pool)
{
	atomic_cmpxchg(&pool->refill_state, REFILL_STOPPED, REFILL_IDLE);
	refill_now(pool);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * rsvpool_alloc() and its variants: the ladder, in the order of the pool's
 * policy.  A rung may call the source, and the last rung is to sleep.
 *
 * Entered wherever an allocation with the caller's gfp is allowed, and with a
 * gfp that does not sleep also in atomic context on PREEMPT_RT, where
 * source_allowed() keeps it from the source.  Not in NMI.
 */
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/timekeeping.h>

#include "alloc.h"
#include "cache.h"
#include "debug.h"
#include "internal.h"
#include "kick.h"
#include "latency.h"
#include "source.h"
#include "stats.h"
#include "trace_rung.h"
#include "tryalloc.h"
#include "wait.h"

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
		trace_taken(pool, reclaim ? RUNG_RECLAIM : RUNG_SOURCE, element);
	}
	return element;
}

static bool depot_half_full(const struct rsvpool *pool)
{
	return hint(pool->depot.count) >=
		DIV_ROUND_UP(hint(pool->depot.min), 2);
}

/* All rungs but the last, which is to sleep. */
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

/*
 * May a task sleep for @nr elements?  Not for more than the reserve.  If the
 * pool has no reserve, the worker logs that once.
 */
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
 * May the element be cleared, if the caller's gfp asks for that?  Not if it is
 * opaque.  More than a page only for a caller that may sleep: otherwise the
 * work would not be bounded.  (pool_zeroable() checks the pool's own setting.)
 */
bool clear_allowed(const struct rsvpool *pool, gfp_t gfp)
{
	return !(gfp & __GFP_ZERO) || (!pool->opaque &&
		(pool->size <= PAGE_SIZE || gfpflags_allow_blocking(gfp)));
}

static noinline void *alloc_slowpath(struct rsvpool *pool, gfp_t gfp,
				     unsigned int state, unsigned long timeout,
				     unsigned long caller)
{
	bool timed = READ_ONCE(pool->steps) & STEP_LATENCY;
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

void *rsvpool_alloc(struct rsvpool *pool, gfp_t gfp)
{
	void *element;

	if (IS_ENABLED(CONFIG_DEBUG_ATOMIC_SLEEP))
		might_alloc(gfp);
	if (likely(!hint(pool->steps | pool->policy) && !(gfp & __GFP_ZERO))) {
		preempt_disable_notrace();
		if (likely(cache_pop(pool, &element))) {
			rsvpool_preempt_enable();
			return element;
		}
		rsvpool_preempt_enable();
	}
	return alloc_slowpath(pool, gfp, TASK_UNINTERRUPTIBLE,
			      MAX_SCHEDULE_TIMEOUT, _RET_IP_);
}
EXPORT_SYMBOL_GPL(rsvpool_alloc);

void *rsvpool_alloc_killable(struct rsvpool *pool, gfp_t gfp)
{
	return alloc_slowpath(pool, gfp, TASK_KILLABLE, MAX_SCHEDULE_TIMEOUT,
			      _RET_IP_);
}
EXPORT_SYMBOL_GPL(rsvpool_alloc_killable);

void *rsvpool_alloc_timeout(struct rsvpool *pool, gfp_t gfp,
			    unsigned long timeout)
{
	return alloc_slowpath(pool, gfp, TASK_UNINTERRUPTIBLE, timeout,
			      _RET_IP_);
}
EXPORT_SYMBOL_GPL(rsvpool_alloc_timeout);

// SPDX-License-Identifier: GPL-2.0
/*
 * Changing a pool's reserve, and the ceiling over all reserves
 * (rsvpool_recharge()).  A higher reserve needs elements, which are brought
 * here.  After a lower one the refill worker releases what is above high.
 *
 * Which requests may take elements below min is decided in depot.c:
 * depot_allowance().
 * source_ask() in source.c, which makes elements, keeps their number within max.
 * rsvpool_bound_bytes() is the most memory that one pool can take.
 *
 * Task context.  Functions that change something run under the pool's settings
 * mutex, or before the pool is published, or when it is torn down.
 */
#include <linux/export.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "cache_trim.h"
#include "depot.h"
#include "internal.h"
#include "kick.h"
#include "latency.h"
#include "registry.h"
#include "reserve.h"
#include "section.h"
#include "source.h"
#include "text.h"
#include "trace.h"
#include "wait.h"
#include "watermarks.h"

#define MAX_PERCENT_TEXT	16U		/* bytes of the text, at most */
#define RAISE_ROUNDS		8		/* waits for elements at max */
#define MOVERS_WAIT		HZ		/* for movers, in all rounds */

static unsigned int max_percent = 25;
static DEFINE_SPINLOCK(charge_lock);
static u64 charged_bytes;

static int max_percent_set(const char *val, const struct kernel_param *kp)
{
	char text[MAX_PERCENT_TEXT] = "";
	unsigned int percent;
	int err = -EINVAL;

	if (val && strscpy(text, val, sizeof(text)) >= 0)
		err = text_uint(strim(text), &percent);
	if (!err && percent > 100)
		err = -ERANGE;
	if (err)
		pool_refuse("", "max_percent",
			    "'%*pE' is not a number in 0..100",
			    text_shown(text), text);
	else
		WRITE_ONCE(max_percent, percent);
	return err;
}

static const struct kernel_param_ops max_percent_ops = {
	.set = max_percent_set,
	.get = param_get_uint,
};
module_param_cb(max_percent, &max_percent_ops, &max_percent, 0644);
MODULE_PARM_DESC(max_percent,
		 "the share of RAM that all pools together may set aside, in per cent (25)");

/* The memory that one element takes, which may be more than its size. */
static size_t pool_footprint(const struct rsvpool *pool)
{
	if (pool->source == RSVPOOL_KMALLOC)
		return kmalloc_size_roundup(pool->size);
	return pool->size;
}

/*
 * The memory that a pool sets aside: the larger of reserve and high, and its
 * structures.
 */
static u64 pool_charge(const struct rsvpool *pool, unsigned int reserve,
		       unsigned int high)
{
	return (u64)max(reserve, high) * pool_footprint(pool) +
		pool->metadata_bytes;
}

/**
 * rsvpool_recharge - account a pool's reserve against the ceiling
 * @pool: the pool; settings mutex held, or not published yet
 * @reserve: what its reserve is going to be
 * @high: what its high watermark is going to be
 *
 * Context: Task.
 * Return: 0, or -ENOMEM with nothing changed.
 */
int rsvpool_recharge(struct rsvpool *pool, unsigned int reserve,
		     unsigned int high)
{
	u64 charge = pool_charge(pool, reserve, high);
	u64 limit = div_u64((u64)totalram_pages() * READ_ONCE(max_percent),
			    100) << PAGE_SHIFT;
	s64 more = charge - pool->charged;
	bool refused;

	spin_lock(&charge_lock);
	refused = more > 0 && charged_bytes + more > limit;
	if (!refused) {
		charged_bytes += more;
		pool->charged = charge;
	}
	spin_unlock(&charge_lock);
	if (!refused)
		return 0;
	pool_refuse(pool->name, "reserve",
		    "%u, with high %u, takes %llu bytes; all pools together would then exceed max_percent=%u of RAM, %llu bytes",
		    reserve, high, charge, READ_ONCE(max_percent), limit);
	return -ENOMEM;
}

void pool_uncharge(struct rsvpool *pool)
{
	spin_lock(&charge_lock);
	charged_bytes -= pool->charged;
	pool->charged = 0;
	spin_unlock(&charge_lock);
}

/*
 * All memory that a pool can take; 0 if it has no maximum.  It grows when the
 * histograms of latency are switched on for the first time.
 */
u64 rsvpool_bound_bytes(const struct rsvpool *pool)
{
	if (!pool->max)
		return 0;
	return (u64)pool->max * pool_footprint(pool) + pool->metadata_bytes +
		latency_bytes(pool);
}

/*
 * One attempt to raise min to depot.rising: does the depot have the elements?
 * Those that are set aside for the head of the queue do not count: they are
 * outstanding, and once the sleeper has them, the depot would be below min
 * without a take from below min.
 */
static bool min_try_raise(struct rsvpool *pool, unsigned int reserve,
			  unsigned int *missing)
{
	struct rsvpool_depot *s = &pool->depot;
	struct rsvpool_place *head;
	unsigned int want;
	bool risen;

	raw_spin_lock_irq(&s->lock);
	head = depot_head(s);
	/*
	 * Never more than the depot has room for, which can happen only without
	 * a maximum.
	 */
	want = min(s->rising + (head ? head->nr : 0), s->capacity);
	risen = s->count >= want;
	if (risen) {
		WRITE_ONCE(pool->reserve, reserve);
		s->min = rsvpool_min(pool);
		s->rising = 0;
		watermarks_update(pool);
	} else {
		*missing = want - s->count;
	}
	raw_spin_unlock_irq(&s->lock);
	return risen;
}

/*
 * Wait while the worker or a walker is moving elements, but not after @until:
 * for MOVERS_WAIT at most in one change of the reserve.  Real-time tasks may
 * starve the worker, and raising its priority needs the settings mutex, which
 * is held here.
 */
static void pool_wait_movers(struct rsvpool *pool, unsigned long until)
{
	while (pool_has_movers(pool) && time_before(jiffies, until) &&
	       !fatal_signal_pending(current))
		schedule_timeout_killable(1);
}

/*
 * Raise the min watermark.  First a count below the new min is already treated
 * as below min (frees go to the depot, caches get nothing), then the elements
 * are brought, and only when they are there min rises: so this does not raise
 * M, which the argument in depot.c uses.
 */
static int raise_min(struct rsvpool *pool, unsigned int reserve)
{
	gfp_t gfp = source_gfp(GFP_KERNEL, true);
	struct rsvpool_depot *s = &pool->depot;
	unsigned long until = jiffies + MOVERS_WAIT;
	unsigned int missing, rounds = 0;
	bool full = false;
	void *element;
	int err;

	raw_spin_lock_irq(&s->lock);
	s->rising = reserve - pool->nmi_reserve;
	watermarks_update(pool);
	raw_spin_unlock_irq(&s->lock);

	while (!min_try_raise(pool, reserve, &missing)) {
		err = -EINTR;
		if (fatal_signal_pending(current))
			goto undo;
		for (; missing; missing--) {
			element = source_ask(pool, gfp, true, &full);
			if (!element)
				break;
			/*
			 * A full depot happens only without a maximum.  Then it
			 * has as many as min_try_raise() wants.
			 */
			if (!depot_put_many(pool, &element, 1))
				source_free(pool, element);
		}
		if (!missing)
			continue;
		err = -ENOMEM;
		if (!full)
			goto undo;
		/*
		 * max elements exist: wait for some to be freed or flushed.
		 */
		err = -EBUSY;
		if (++rounds > RAISE_ROUNDS)
			goto undo;
		cache_trim_housekeeping(pool);
		synchronize_rcu();
		pool_wait_movers(pool, until);
		source_flush(pool);
	}
	return 0;

undo:
	raw_spin_lock_irq(&s->lock);
	s->rising = 0;
	watermarks_update(pool);
	raw_spin_unlock_irq(&s->lock);
	pool_refuse(pool->name, "reserve", "%u: %s", reserve,
		    err == -EBUSY ? "too many elements are outstanding or in caches" :
		    err == -ENOMEM ? "the source failed" : "interrupted");
	return err;
}

/* Interrupts off: section_lower_reserve() calls it. */
static void lower_min(struct rsvpool *pool, unsigned int reserve)
{
	struct rsvpool_depot *s = &pool->depot;

	raw_spin_lock(&s->lock);
	WRITE_ONCE(pool->reserve, reserve);
	s->min = rsvpool_min(pool);
	watermarks_update(pool);
	raw_spin_unlock(&s->lock);
}

/**
 * rsvpool_move_min - change a pool's reserve, but not what it is charged
 * @pool: the pool; settings mutex held
 * @reserve: in the range that rsvpool_resize() allows; or the present one
 *
 * Context: Task, may sleep.
 * Return: as rsvpool_resize().
 */
int rsvpool_move_min(struct rsvpool *pool, unsigned int reserve)
{
	unsigned int old = pool->reserve;
	int err;

	if (reserve == old)
		return 0;
	if (reserve > old) {
		err = raise_min(pool, reserve);
	} else {
		err = section_lower_reserve(pool, reserve, lower_min);
		if (err == -EBUSY)
			pool_refuse(pool->name, "reserve",
				    "%u is less than an open shared section needs",
				    reserve);
	}
	trace_rsvpool_resize(pool->name, old, reserve, err);
	return err;
}

/* The smallest reserve that is allowed: 0 only for a pool that has none now. */
unsigned int rsvpool_least_reserve(const struct rsvpool *pool)
{
	return pool->reserve ? max(pool->nmi_reserve, 1U) : 0;
}

/* rsvpool_resize(), with the settings mutex held. */
int rsvpool_set_reserve(struct rsvpool *pool, unsigned int reserve)
{
	unsigned int least = rsvpool_least_reserve(pool);
	unsigned int old = pool->reserve;
	bool lower = reserve < old;
	int err = 0;

	if (reserve < least || reserve > pool->depot.capacity)
		return refuse(pool, -ERANGE, "reserve", "%u is not in %u..%u",
			      reserve, least, pool->depot.capacity);
	if (reserve == old)
		return 0;
	if (reserve > old) {
		err = rsvpool_recharge(pool, reserve, pool->high);
		if (err) {
			trace_rsvpool_resize(pool->name, old, reserve, err);
			return err;
		}
	}
	err = rsvpool_move_min(pool, reserve);
	/*
	 * Charge the present reserve: less than before, which cannot fail.
	 */
	if (!err == lower)
		rsvpool_recharge(pool, pool->reserve, pool->high);
	refill_now(pool);
	return err;
}

int rsvpool_resize(struct rsvpool *pool, unsigned int reserve)
{
	int err;

	mutex_lock(&pool->settings);
	err = rsvpool_set_reserve(pool, reserve);
	mutex_unlock(&pool->settings);
	return err;
}
EXPORT_SYMBOL_GPL(rsvpool_resize);

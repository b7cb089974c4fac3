// SPDX-License-Identifier: GPL-2.0
/*
 * How a pool's watermarks follow demand and the machine's memory.
 *
 * Demand is the number of elements that were drawn from the depot during one
 * refill: from the request to the worker until the depot was at high again.
 * The paths that take elements count nothing for it.  refill_ask() stores the
 * depot's count, once for each request; the worker knows how many elements it
 * has brought since.  From these and the present count follows how many more
 * elements were taken than freed:
 *
 *	drawn = count when asked + brought since - count now
 *
 * The maximum of these is kept; it is also computed at the lowest count that an
 * emergency has stored (depot_hand_out()), plus failed requests.  If low is
 * that far above min, the next such draw ends above min, whenever it begins.
 *
 * A window of decay_ms is quiet if it had no emergency.  The largest draw of
 * two windows counts, and a draw of at least half of it keeps it: so a load
 * that returns within decay_ms finds its watermarks.  At the end of a quiet
 * window the addition by adaptation is halved, but not below demand; and demand
 * is halved, too, if there was no such draw.
 *
 * Watermarks do not grow if the cause is a shortage of memory: not after the
 * source has failed for the worker, and not while the pool is under pressure.
 * A pool is under pressure from a run of the shrinker until decay_ms after its
 * last run, and longer while the source fails.  The worker then brings no more
 * than min and the sleepers need, as the shrinker would take the rest in its
 * next run.
 *
 * Caches grow, too, up to cache_max, but only as far as max has room for all of
 * them and for a depot at high: other CPUs cannot use the elements in one CPU's
 * cache, and when max elements exist the worker cannot bring more.  Caches are
 * filled from above min only, and the bound includes cache_max, so neither
 * guarantee nor bound depends on them.  A pool whose setting is 0 has no
 * caches.
 *
 * The worker calls adapt_begin() to adapt_wait(), and the shrinker
 * adapt_under_pressure().  Code that changes settings calls adapt_cache() and
 * adapt_rehearse(), under the settings mutex.  The depot's lock protects what
 * watermarks_update() reads and the list of decisions; code without it reads
 * these as hints.
 */
#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "adapt.h"
#include "cache_trim.h"
#include "internal.h"
#include "kick.h"
#include "stats.h"
#include "trace.h"
#include "watermarks.h"

/* Watermarks are above demand by one part in so many, as draws differ. */
#define HEADROOM	4

static const char * const reason_names[] = {
	[ADAPT_GROW] = "grow",
	[ADAPT_FOLLOW] = "follow",
	[ADAPT_CAPPED] = "capped",
	[ADAPT_HELD] = "held",
	[ADAPT_RETRACT] = "retract",
	[ADAPT_DECAY] = "decay",
	[ADAPT_UNDER_PRESSURE] = "under_pressure",
	[ADAPT_RELIEVED] = "relieved",
	[ADAPT_OFF] = "off",
};

static const enum rsvpool_stat reason_stats[] = {
	[ADAPT_GROW] = STAT_WATERMARKS_GROWN,
	[ADAPT_FOLLOW] = STAT_WATERMARKS_GROWN,
	[ADAPT_CAPPED] = STAT_WATERMARKS_CAPPED,
	[ADAPT_HELD] = STAT_WATERMARKS_HELD,
	[ADAPT_RETRACT] = STAT_WATERMARKS_HELD,
	[ADAPT_DECAY] = STAT_WATERMARKS_DECAYED,
	[ADAPT_UNDER_PRESSURE] = STAT_UNDER_PRESSURE,
	[ADAPT_RELIEVED] = STAT_RELIEVED,
	[ADAPT_OFF] = STAT_WATERMARKS_DECAYED,
};

static unsigned long window_jiffies(const struct rsvpool *pool)
{
	return msecs_to_jiffies(READ_ONCE(pool->decay_ms));
}

void adapt_setup(struct rsvpool *pool)
{
	pool->adapt.asked = ADAPT_NOT_ASKED;
	pool->adapt.since = jiffies;
	pool->depot.lowest = UINT_MAX;
}

/*
 * The present limit of the caches, in entries a CPU.  watermarks_update() has
 * run.
 */
static unsigned int cache_now(const struct rsvpool *pool)
{
	unsigned int set = pool->cache_set, most = pool->cache_max;
	unsigned int depot = pool->depot.high + pool->nmi_reserve;

	if (unlikely(pool->rehearse))
		return 0;
	if (!set || !pool->adapt.cache_extra || pool->adapt.under_pressure)
		return set;
	if (pool->max)
		most = min(most, pool->max > depot ?
			   (pool->max - depot) / num_possible_cpus() : 0);
	return max(set, min(set + pool->adapt.cache_extra, most));
}

/**
 * adapt_cache - set the caches' limit to its present value
 * @pool: the pool
 *
 * Context: depot lock held, watermarks computed.
 * Return: the old limit, for cache_resized() after the lock has been dropped.
 */
unsigned int adapt_cache(struct rsvpool *pool)
{
	unsigned int old = pool->cache;

	WRITE_ONCE(pool->cache, cache_now(pool));
	return old;
}

/* Add a decision to the list; only count it if it repeats.  Lock held. */
static void note(struct rsvpool *pool, enum adapt_reason reason)
{
	struct rsvpool_adapt *a = &pool->adapt;
	struct adapt_decision now = {
		.reason = reason,
		.low = pool->depot.low,
		.high = pool->depot.high,
		.extra = a->extra,
		.demand = hint(a->demand),
		.cache = pool->cache,
	};
	struct adapt_decision *last;

	last = &a->decision[(a->decisions - 1) % ADAPT_DECISIONS];
	if (!a->decisions || last->reason != now.reason ||
	    last->low != now.low || last->high != now.high ||
	    last->extra != now.extra || last->cache != now.cache) {
		last = &a->decision[a->decisions++ % ADAPT_DECISIONS];
		*last = now;
	}
	last->when = jiffies;
	last->times++;
}

/*
 * Carry out a decision.  @extra and @cache_extra are the worker's; the
 * shrinker, whose only decision is ADAPT_UNDER_PRESSURE, leaves them as they are.
 */
static void decide(struct rsvpool *pool, enum adapt_reason reason,
		   unsigned int extra, unsigned int cache_extra)
{
	struct rsvpool_adapt *a = &pool->adapt;
	struct rsvpool_depot *s = &pool->depot;
	unsigned long flags;
	unsigned int old;

	raw_spin_lock_irqsave(&s->lock, flags);
	if (reason == ADAPT_UNDER_PRESSURE) {
		WRITE_ONCE(a->under_pressure, true);
	} else {
		WRITE_ONCE(a->extra, extra);
		WRITE_ONCE(a->cache_extra, cache_extra);
	}
	if (reason == ADAPT_RELIEVED || reason == ADAPT_OFF)
		WRITE_ONCE(a->under_pressure, false);
	watermarks_update(pool);
	old = adapt_cache(pool);
	note(pool, reason);
	raw_spin_unlock_irqrestore(&s->lock, flags);

	cache_resized(pool, old);
	stat_inc(pool, reason_stats[reason]);
	trace_rsvpool_watermarks(pool->name, hint(s->low), hint(s->high),
				 hint(a->extra), hint(a->demand),
				 reason_names[reason]);
}

/* Returns by how much the watermarks may be raised above their settings. */
static unsigned int most_extra(const struct rsvpool *pool)
{
	unsigned int high = max(READ_ONCE(pool->high),
				READ_ONCE(pool->reserve));
	unsigned int high_max = READ_ONCE(pool->high_max);

	return high_max > high ? high_max - high : 0;
}

/* Returns by how much demand wants to raise them. */
static unsigned int wanted_extra(const struct rsvpool *pool)
{
	unsigned int reserve = READ_ONCE(pool->reserve);
	unsigned int low = max(READ_ONCE(pool->low), reserve);
	unsigned int demand = pool->adapt.demand;
	unsigned int wanted = demand + DIV_ROUND_UP(demand, HEADROOM);

	return wanted > low - reserve ? wanted - (low - reserve) : 0;
}

/* Update what was drawn from the depot since the worker was asked. */
static void update_drawn(struct rsvpool *pool)
{
	struct rsvpool_adapt *a = &pool->adapt;
	unsigned int asked = READ_ONCE(a->asked);
	unsigned int count = hint(pool->depot.count);

	/* depot.lowest was stored before the worker brought elements. */
	if (!a->brought)
		count = min(count, hint(pool->depot.lowest));
	if (asked != ADAPT_NOT_ASKED && asked + a->brought > count)
		a->drawn = max(a->drawn, asked + a->brought - count);
}

/**
 * adapt_begin - start measuring
 * @pool: the pool
 *
 * Context: The refill worker, before it brings anything.
 */
void adapt_begin(struct rsvpool *pool)
{
	pool->adapt.brought = 0;
	pool->adapt.drawn = 0;
	update_drawn(pool);
}

/* The worker has put @nr more into the depot. */
void adapt_brought(struct rsvpool *pool, unsigned int nr)
{
	pool->adapt.brought += nr;
	update_drawn(pool);
}

/*
 * The draw, at the end of a refill; also resets the state for the next one.  A
 * refill_ask() meanwhile may lose the count that it stored; then its refill is
 * not measured.
 */
static unsigned int take_drawn(struct rsvpool *pool)
{
	struct rsvpool_adapt *a = &pool->adapt;
	unsigned long fails = stats_sum(pool, STAT_ALLOC_FAIL), missed;
	unsigned int drawn;

	/*
	 * Failed requests count as drawn.  But code that tries again and again
	 * fails any number of times: no more than the draw, or the reserve.
	 */
	missed = min_t(unsigned long, fails - a->fails,
		       max(a->drawn, READ_ONCE(pool->reserve)));
	drawn = min_t(u64, pool->depot.capacity, (u64)a->drawn + missed);
	a->fails = fails;
	WRITE_ONCE(a->asked, ADAPT_NOT_ASKED);
	raw_spin_lock_irq(&pool->depot.lock);
	pool->depot.lowest = UINT_MAX;
	raw_spin_unlock_irq(&pool->depot.lock);
	return drawn;
}

/* adaptive=0: set watermarks and caches back to their settings. */
static void adapt_off(struct rsvpool *pool)
{
	struct rsvpool_adapt *a = &pool->adapt;

	a->window = 0;
	WRITE_ONCE(a->demand, 0);
	if (a->extra || a->cache_extra || READ_ONCE(a->under_pressure))
		decide(pool, ADAPT_OFF, 0, 0);
}

/*
 * After an emergency: raise at once, to at least twice what was added before.
 * If max elements exist, a faster worker would not have helped: then raise no
 * further than demand.
 */
static bool grow(struct rsvpool *pool, bool full)
{
	struct rsvpool_adapt *a = &pool->adapt;
	unsigned int batch = READ_ONCE(pool->batch), most = most_extra(pool);
	unsigned int want = full ? max(a->extra, wanted_extra(pool)) :
		max3(2 * a->extra, batch, wanted_extra(pool));
	unsigned int cache = min(max(2 * a->cache_extra, batch),
				 pool->cache_max);
	bool higher = a->extra < min(want, most);

	a->before = a->extra;
	a->cache_before = a->cache_extra;
	a->since = jiffies;
	decide(pool, want > most ? ADAPT_CAPPED : ADAPT_GROW, min(want, most),
	       cache);
	if (want > most && higher)
		stat_inc(pool, STAT_WATERMARKS_GROWN);
	return higher;
}

/* Demand has grown, but there was no emergency yet. */
static bool follow(struct rsvpool *pool)
{
	struct rsvpool_adapt *a = &pool->adapt;
	unsigned int want = min(wanted_extra(pool), most_extra(pool));

	if (want <= a->extra)
		return false;
	a->before = a->extra;
	a->cache_before = a->cache_extra;
	decide(pool, ADAPT_FOLLOW, want, a->cache_extra);
	return true;
}

/* The end of a window without an emergency. */
static void decay(struct rsvpool *pool)
{
	struct rsvpool_adapt *a = &pool->adapt;
	unsigned int batch = READ_ONCE(pool->batch);
	unsigned int extra, cache;

	if (a->window < DIV_ROUND_UP(a->demand, 2))
		WRITE_ONCE(a->demand, a->demand / 2);
	a->window = 0;
	a->since = jiffies;
	extra = max(a->extra > batch ? a->extra / 2 : 0, wanted_extra(pool));
	extra = min3(extra, a->extra, most_extra(pool));
	cache = a->cache_extra > batch ? a->cache_extra / 2 : 0;
	if (extra != a->extra || cache != a->cache_extra)
		decide(pool, ADAPT_DECAY, extra, cache);
}

/**
 * adapt_follow - let the watermarks follow what a refill has shown
 * @pool: the pool
 * @failed: it has ended because the source failed
 * @full: it has ended because max elements exist
 *
 * Context: The refill worker, after it has filled.
 * Return: whether the worker has to bring more now.
 */
bool adapt_follow(struct rsvpool *pool, bool failed, bool full)
{
	struct rsvpool_adapt *a = &pool->adapt;
	bool emergency = READ_ONCE(pool->emergency);
	unsigned int drawn = take_drawn(pool);
	bool held = failed || a->failing, more = false;

	if (emergency)
		WRITE_ONCE(pool->emergency, false);
	a->failing = failed;
	if (!READ_ONCE(pool->adaptive)) {
		adapt_off(pool);
		return false;
	}

	if (READ_ONCE(a->under_pressure)) {
		held = true;
		if (!failed && time_after(jiffies, READ_ONCE(a->pressure_at) +
						   window_jiffies(pool))) {
			a->before = a->extra;
			a->cache_before = a->cache_extra;
			decide(pool, ADAPT_RELIEVED, a->extra, a->cache_extra);
			more = true;
		}
	}
	if (held) {
		if (emergency)
			decide(pool, ADAPT_HELD, a->extra, a->cache_extra);
	} else {
		a->window = max(a->window, drawn);
		if (a->window > a->demand)
			WRITE_ONCE(a->demand, a->window);
		more = emergency ? grow(pool, full) : follow(pool);
	}
	if (time_after_eq(jiffies, a->since + window_jiffies(pool)))
		decay(pool);
	return more;
}

/**
 * adapt_retract - undo the last growth, as the source has failed
 * @pool: the pool
 *
 * Context: The refill worker, after adapt_follow() has returned true.
 * Return: whether there was a growth to undo.
 */
bool adapt_retract(struct rsvpool *pool)
{
	struct rsvpool_adapt *a = &pool->adapt;

	a->failing = true;
	if (a->extra <= a->before || READ_ONCE(a->under_pressure))
		return false;
	decide(pool, ADAPT_RETRACT, a->before, a->cache_before);
	return true;
}

/**
 * adapt_wait - how long until there is something to decay
 * @pool: the pool
 *
 * Context: The refill worker.
 * Return: jiffies; 0 if nothing is added to the settings and nothing was
 * measured.
 */
unsigned long adapt_wait(const struct rsvpool *pool)
{
	const struct rsvpool_adapt *a = &pool->adapt;
	unsigned long now = jiffies, end = a->since + window_jiffies(pool);

	if (!READ_ONCE(pool->adaptive) ||
	    !(a->extra || a->cache_extra || a->demand ||
	      READ_ONCE(a->under_pressure)))
		return 0;
	return time_after(end, now) ? end - now + 1 : 1;
}

/**
 * adapt_under_pressure - the shrinker takes elements: keep only min for a while
 * @pool: the pool; the caller has a reference
 *
 * With adaptive=0 the watermarks stay.  The elements that the shrinker took
 * come back with the next refill.
 *
 * Context: Task, in reclaim: takes no lock that sleeps, allocates nothing.
 * Return: whether the pool was not under pressure before, so that the caller
 * must ask for the worker.
 */
bool adapt_under_pressure(struct rsvpool *pool)
{
	struct rsvpool_adapt *a = &pool->adapt;

	if (!READ_ONCE(pool->adaptive))
		return false;
	/*
	 * If the worker ends the pressure meanwhile, the shrinker's next run
	 * sets it again.
	 */
	WRITE_ONCE(a->pressure_at, jiffies);
	if (READ_ONCE(a->under_pressure))
		return false;
	decide(pool, ADAPT_UNDER_PRESSURE, 0, 0);
	return true;
}

/**
 * adapt_rehearse - reduce a pool to min, or end that
 * @pool: the pool; settings mutex held
 * @on: true reduces it, false ends that
 *
 * CPUs flush their caches, and elements above min go back to the source, also
 * those that are freed later.  An isolated CPU flushes its cache at its next
 * call.  The caller makes the source fail.
 *
 * Context: Task, may sleep.
 */
void adapt_rehearse(struct rsvpool *pool, bool on)
{
	struct rsvpool_depot *s = &pool->depot;
	unsigned int old;

	if (READ_ONCE(pool->rehearse) == on)
		return;
	raw_spin_lock_irq(&s->lock);
	WRITE_ONCE(pool->rehearse, on);
	watermarks_update(pool);
	old = adapt_cache(pool);
	raw_spin_unlock_irq(&s->lock);
	cache_resized(pool, old);
	refill_now(pool);
}

/* Shows demand, and the last decisions with their reasons, in debugfs. */
void adapt_show(struct seq_file *m, struct rsvpool *pool)
{
	struct rsvpool_adapt *a = &pool->adapt;
	struct adapt_decision list[ADAPT_DECISIONS], *d;
	unsigned int nr, i;

	raw_spin_lock_irq(&pool->depot.lock);
	memcpy(list, a->decision, sizeof(list));
	nr = a->decisions;
	raw_spin_unlock_irq(&pool->depot.lock);

	seq_printf(m, "demand        %u\n", hint(a->demand));
	seq_printf(m, "memory        %s\n",
		   READ_ONCE(a->under_pressure) ? "under_pressure" : "enough");
	seq_printf(m, "cache limit   %u, set to %u\n", hint(pool->cache),
		   hint(pool->cache_set));
	seq_printf(m, "decisions     %u\n", nr);
	for (i = nr - min(nr, ADAPT_DECISIONS); i < nr; i++) {
		d = &list[i % ADAPT_DECISIONS];
		seq_printf(m, "  %u ms ago: %s, low %u, high %u, added %u, demand %u, cache %u, %u times\n",
			   jiffies_to_msecs(jiffies - d->when),
			   reason_names[d->reason], d->low, d->high, d->extra,
			   d->demand, d->cache, d->times);
	}
}

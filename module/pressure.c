// SPDX-License-Identifier: GPL-2.0
/*
 * How pools follow the machine: the shrinker, and CPU hotplug.  (How they follow
 * demand is in adapt.c.)
 *
 * The shrinker gives back what stands above the line, of each pool as large a
 * share as the system wants of all; the line itself is never given back.  Caches
 * are asked to give theirs back too, which then stands above the line; an idle
 * isolated CPU keeps its own.  And the pool is under pressure (adapt.c), so that the
 * worker does not bring back what was taken.
 *
 * Both walk over all pools, and wait for no pool's business: neither for one that
 * is being built or destroyed, nor for a change of settings (internal.h).
 */
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mm.h>

#include "internal.h"
#include "depot.h"
#include "worker.h"

static struct shrinker *pool_shrinker;
static int hotplug_state;

/* May elements be given back while somebody reclaims?  Not by foreign code. */
static bool shrinkable(const struct rsvpool *pool)
{
	return pool->source != RSVPOOL_OPS && pool->source != RSVPOOL_POOL;
}

/*
 * What a pool could do without.  While a line is short, what its caches have is
 * for that.
 */
static unsigned long pool_surplus(struct rsvpool *pool)
{
	unsigned int above = hint(depot_above(&pool->depot));

	if (!shrinkable(pool) || READ_ONCE(pool->slow) & SLOW_SHORT)
		return 0;
	return above + cache_trimmable(pool);
}

/* Of all pools. */
static unsigned long surplus(void)
{
	unsigned long sum = 0;
	struct rsvpool *pool;

	rsvpool_for_each(pool)
		sum += pool_surplus(pool);
	return sum;
}

static unsigned long shrink_count(struct shrinker *shrinker,
				  struct shrink_control *sc)
{
	unsigned long count = surplus();

	return count ? count : SHRINK_EMPTY;
}

static unsigned long shrink_pool(struct rsvpool *pool, unsigned long want)
{
	void *elements[RSVPOOL_BATCH_MAX];
	unsigned long freed = 0;
	unsigned int nr;

	while (freed < want) {
		nr = depot_take_surplus(pool, elements,
					min(want - freed,
					    (unsigned long)RSVPOOL_BATCH_MAX),
					0);
		if (!nr)
			break;
		freed += nr;
		stat_add(pool, STAT_RELEASED, nr);
		stat_add(pool, STAT_SHRUNK, nr);
		while (nr)
			source_free(pool, elements[--nr]);
	}
	return freed;
}

/* Of @wanted elements, what falls to who has @own of @all: at least one. */
static unsigned long share(unsigned long own, unsigned long all,
			   unsigned long wanted)
{
	if (own >= all || wanted >= all)
		return min(own, wanted);
	return min_t(u64, own, div64_ul((u64)own * wanted + all - 1, all));
}

static unsigned long shrink_scan(struct shrinker *shrinker,
				 struct shrink_control *sc)
{
	unsigned long freed = 0, all, own;
	struct rsvpool *pool;
	bool under_pressure;

	all = surplus();
	rsvpool_for_each(pool) {
		own = pool_surplus(pool);
		if (!own || !pool_move_begin(pool, false))
			continue;
		/* First, or what goes is taken for demand. */
		under_pressure = adapt_press(pool);
		/* Caches then: they are brought back while we go on. */
		cache_trim_housekeeping(pool);
		freed += shrink_pool(pool, share(own, all, sc->nr_to_scan));
		/* The worker gives back what caches bring, and arms its timer. */
		if (under_pressure)
			refill_now(pool);
		pool_move_end(pool);
	}
	return freed;
}

/*
 * In the control CPU's task, once @cpu no longer runs: nothing is lost.  Pools
 * that are being built have nothing in caches.
 */
static int hotplug_dead(unsigned int cpu)
{
	struct rsvpool *pool;

	rsvpool_for_each(pool) {
		pool_move_begin(pool, true);
		cache_drain_dead(pool, cpu);
		/* What it could not ask for any more: see pool_kick(). */
		refill_now(pool);
		kvfree_dead(pool, cpu);
		worker_rebind(pool);
		pool_move_end(pool);
	}
	return 0;
}

int pressure_init(void)
{
	int err;

	err = cpuhp_setup_state_nocalls(CPUHP_BP_PREPARE_DYN, "rsvpool:dead",
					NULL, hotplug_dead);
	if (err < 0)
		return err;
	hotplug_state = err;

	pool_shrinker = rsvpool_shrinker_alloc();
	if (!pool_shrinker) {
		err = -ENOMEM;
		goto out_hotplug;
	}
	pool_shrinker->count_objects = shrink_count;
	pool_shrinker->scan_objects = shrink_scan;
	pool_shrinker->seeks = DEFAULT_SEEKS;
	err = rsvpool_shrinker_register(pool_shrinker);
	if (err)
		goto out_hotplug;
	return 0;

out_hotplug:
	cpuhp_remove_state_nocalls(hotplug_state);
	return err;
}

void pressure_exit(void)
{
	rsvpool_shrinker_free(pool_shrinker);
	cpuhp_remove_state_nocalls(hotplug_state);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * The shrinker, which adapts pools to the machine's memory.  (CPU hotplug is in
 * hotplug.c, adaptation to demand in adapt.c.)
 *
 * The shrinker gives back elements above min.  Each pool gives the same share
 * of what it has.  Elements up to min are never given back.  CPUs are asked for
 * the entries of their caches, too, which are then above min; an idle isolated
 * CPU keeps its own.  Afterwards the pool is under pressure (adapt.c), so that
 * the worker does not bring the elements back.
 *
 * It walks over all pools.  It waits neither for a pool that is being built or
 * destroyed, nor for a change of settings (internal.h).
 */
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mm.h>

#include "adapt.h"
#include "cache_trim.h"
#include "depot.h"
#include "internal.h"
#include "kick.h"
#include "pressure.h"
#include "registry.h"
#include "source.h"
#include "stats.h"

static struct shrinker *pool_shrinker;

/*
 * May elements be given back while a task reclaims?  Not if that would call ops
 * or another pool.
 */
static bool shrinkable(const struct rsvpool *pool)
{
	return pool->source != RSVPOOL_OPS && pool->source != RSVPOOL_POOL;
}

/*
 * How many elements a pool can give up.  While its depot is below min, it needs
 * the elements in caches itself.
 */
static unsigned long pool_surplus(struct rsvpool *pool)
{
	unsigned int above = hint(depot_above(&pool->depot));

	if (!shrinkable(pool) || READ_ONCE(pool->slow) & SLOW_SHORT)
		return 0;
	return above + cache_trimmable(pool);
}

/* The sum over all pools. */
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

/* The part of @wanted that a pool with @own of @all must give: at least one. */
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
		/*
		 * This comes first, as released elements would otherwise count
		 * as demand.
		 */
		under_pressure = adapt_under_pressure(pool);
		/* Then the caches, which CPUs flush while this continues. */
		cache_trim_housekeeping(pool);
		freed += shrink_pool(pool, share(own, all, sc->nr_to_scan));
		/*
		 * The worker gives back what CPUs flush, and starts the timer
		 * that ends the pressure.
		 */
		if (under_pressure)
			refill_now(pool);
		pool_move_end(pool);
	}
	return freed;
}

int pressure_init(void)
{
	pool_shrinker = rsvpool_shrinker_alloc();
	if (!pool_shrinker)
		return -ENOMEM;
	pool_shrinker->count_objects = shrink_count;
	pool_shrinker->scan_objects = shrink_scan;
	pool_shrinker->seeks = DEFAULT_SEEKS;
	return rsvpool_shrinker_register(pool_shrinker);
}

void pressure_exit(void)
{
	rsvpool_shrinker_free(pool_shrinker);
}

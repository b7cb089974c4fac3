// SPDX-License-Identifier: GPL-2.0
/*
 * How pools follow demand and the machine: adaptation of the refill marks,
 * the shrinker, and CPU hotplug.
 *
 * Adaptation runs in the refill worker, which is the only writer of
 * pool->extra.  The shrinker gives back what stands above the line; the line
 * itself is never given back.  It must not wait for the registry's mutex,
 * whose holder may be the allocation that is being reclaimed for.
 */
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/mm.h>

#include "internal.h"
#include "stock.h"
#include "trace.h"
#include "worker.h"

static struct shrinker *pool_shrinker;
static int hotplug_state;

static void set_extra(struct rsvpool *pool, unsigned int extra)
{
	struct rsvpool_stock *s = &pool->stock;
	unsigned long flags;

	if (extra == pool->extra)
		return;
	raw_spin_lock_irqsave(&s->lock, flags);
	WRITE_ONCE(pool->extra, extra);
	stock_recompute(pool);
	raw_spin_unlock_irqrestore(&s->lock, flags);
	trace_rsvpool_marks(pool->name, hint(s->low), hint(s->high),
			    extra);
}

/**
 * pressure_adapt - let the marks follow the emergencies
 * @pool: the pool
 *
 * After an emergency the high mark grows at once: what adaptation adds to it
 * doubles, up to max.  For every decay_ms without one it halves.
 *
 * Context: The refill worker.
 * Return: whether there is nothing left to decay.
 */
bool pressure_adapt(struct rsvpool *pool)
{
	unsigned int batch = READ_ONCE(pool->batch), extra = pool->extra;
	unsigned long decay = msecs_to_jiffies(READ_ONCE(pool->decay_ms));

	if (!READ_ONCE(pool->adaptive)) {
		extra = 0;
	} else if (READ_ONCE(pool->emergency)) {
		WRITE_ONCE(pool->emergency, false);
		extra = min(max(2 * extra, batch), pool->stock.capacity);
		pool->last_emergency = jiffies;
	} else if (time_after(jiffies, pool->last_emergency + decay)) {
		extra = extra > batch ? extra / 2 : 0;
		pool->last_emergency = jiffies;
	}
	set_extra(pool, extra);
	return !extra;
}

/* May elements be given back while somebody reclaims?  Not by foreign code. */
static bool shrinkable(const struct rsvpool *pool)
{
	return pool->source != RSVPOOL_OPS && pool->source != RSVPOOL_POOL;
}

static unsigned long shrink_count(struct shrinker *shrinker,
				  struct shrink_control *sc)
{
	unsigned long count = 0;
	struct rsvpool *pool;

	if (!mutex_trylock(&rsvpool_registry))
		return 0;
	list_for_each_entry(pool, &rsvpool_pools, node_in_registry)
		if (shrinkable(pool))
			count += hint(stock_above(&pool->stock));
	mutex_unlock(&rsvpool_registry);
	return count ? count : SHRINK_EMPTY;
}

static unsigned long shrink_pool(struct rsvpool *pool, unsigned long want)
{
	void *elements[RSVPOOL_BATCH_MAX];
	unsigned long freed = 0;
	unsigned int nr;

	while (freed < want) {
		nr = stock_take_surplus(pool, elements,
					min(want - freed,
					    (unsigned long)RSVPOOL_BATCH_MAX),
					0);
		if (!nr)
			break;
		freed += nr;
		stat_add(pool, STAT_RELEASED, nr);
		while (nr)
			source_free(pool, elements[--nr]);
	}
	return freed;
}

static unsigned long shrink_scan(struct shrinker *shrinker,
				 struct shrink_control *sc)
{
	unsigned long freed = 0;
	struct rsvpool *pool;

	if (!mutex_trylock(&rsvpool_registry))
		return SHRINK_STOP;
	list_for_each_entry(pool, &rsvpool_pools, node_in_registry) {
		if (freed >= sc->nr_to_scan)
			break;
		if (!shrinkable(pool))
			continue;
		freed += shrink_pool(pool, sc->nr_to_scan - freed);
		cache_trim_housekeeping(pool);
	}
	mutex_unlock(&rsvpool_registry);
	return freed;
}

/* In the control CPU's task, once @cpu no longer runs: nothing is lost. */
static int hotplug_dead(unsigned int cpu)
{
	struct rsvpool *pool;

	mutex_lock(&rsvpool_registry);
	list_for_each_entry(pool, &rsvpool_pools, node_in_registry) {
#ifndef RSVPOOL_MUTANT_NO_DRAIN
		cache_drain_dead(pool, cpu);
#endif
		/* What it could not ask for any more: see pool_kick(). */
		refill_now(pool);
		kvfree_dead(pool, cpu);
		worker_rebind(pool);
	}
	mutex_unlock(&rsvpool_registry);
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

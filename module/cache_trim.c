// SPDX-License-Identifier: GPL-2.0
/*
 * Requests of other CPUs to a cache's owner: to give its entries back, or to
 * change its limit; and emptying the cache of a CPU that is dead.
 *
 * Only its owner moves entries of a cache.  Other CPUs set its limit to 0,
 * which the owner honours at its next call.  On housekeeping CPUs a work item
 * makes that call for it.  An isolated idle CPU is left alone and keeps what it
 * has (the bound counts it).
 */
#include <linux/cpu.h>

#include "cache.h"
#include "cache_trim.h"
#include "depot.h"
#include "internal.h"
#include "source.h"
#include "stats.h"

static struct workqueue_struct *trim_wq;

/*
 * Flushes this CPU's cache down to its limit.  If the CPU that this was queued
 * for went offline, it runs on another one, which does no harm.
 */
static void trim_fn(struct work_struct *work)
{
	struct rsvpool *pool;

	pool = container_of(work, struct rsvpool_cpu, trim_work)->pool;
	while (depot_flush_here(pool))
		cond_resched();
}

/* The pool's caches exist now. */
void cache_setup(struct rsvpool *pool)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct rsvpool_cpu *c = per_cpu_ptr(pool->cpu, cpu);

		c->pool = pool;
		c->limit = pool->cache;
		INIT_WORK(&c->trim_work, trim_fn);
	}
}

/*
 * Cancel the work items, and wait for those that run.  The pool may still be in
 * use: a later request queues them again.
 */
void cache_stop(struct rsvpool *pool)
{
	int cpu;

	for_each_possible_cpu(cpu)
		cancel_work_sync(&per_cpu_ptr(pool->cpu, cpu)->trim_work);
}

/*
 * Set all CPUs' limits to pool->cache.  That may change again meanwhile, by
 * adaptation or by its setting; the last writer of limits has seen the last
 * value.  A limit is in a cache line of another CPU, so it is written only if
 * it changes.
 */
static void cache_set_limit(struct rsvpool *pool)
{
	unsigned int limit;
	int cpu;

	do {
		limit = READ_ONCE(pool->cache);
		/*
		 * The write of cache before those of the limits: pairs with the
		 * ones in cache_restore_limit() and cache_drain_dead().
		 */
		smp_mb();
		for_each_possible_cpu(cpu)
			if (READ_ONCE(per_cpu_ptr(pool->cpu, cpu)->limit) !=
			    limit)
				WRITE_ONCE(per_cpu_ptr(pool->cpu, cpu)->limit,
					   limit);
		/*
		 * The write of the limits before the second read of cache; the
		 * two functions have the same.  Pairs with the first smp_mb() of
		 * this function on a CPU that has changed cache.
		 */
		smp_mb();
	} while (limit != READ_ONCE(pool->cache));
}

/* False for a CPU that is isolated now: its idle cache is left alone. */
static bool does_housekeeping(int cpu)
{
	return !rsvpool_cpu_isolated(cpu);
}

/**
 * cache_trim_all - ask every CPU to bring its entries back to the depot
 * @pool: the pool
 *
 * Context: Any.  Sets limits and returns.
 */
void cache_trim_all(struct rsvpool *pool)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		if (cache_count(pool, cpu))
			WRITE_ONCE(per_cpu_ptr(pool->cpu, cpu)->limit, 0);
}

/**
 * cache_trim_excess - have work items flush caches that are above their limits
 * @pool: the pool
 *
 * Isolated CPUs are left alone.  While CPUs come or go nothing is queued; the
 * limits stay, and the refill worker calls this again while a task sleeps.
 *
 * Context: Task.
 */
static void cache_trim_excess(struct rsvpool *pool)
{
	int cpu;

	if (!cpus_read_trylock())
		return;
	for_each_online_cpu(cpu)
		if (does_housekeeping(cpu) && cache_count(pool, cpu) >
		    READ_ONCE(per_cpu_ptr(pool->cpu, cpu)->limit))
			queue_work_on(cpu, trim_wq,
				      &per_cpu_ptr(pool->cpu, cpu)->trim_work);
	cpus_read_unlock();
}

/**
 * cache_trim_housekeeping - have every CPU's cache flushed, idle CPUs' too
 * @pool: the pool
 *
 * As cache_trim_all(), but on housekeeping CPUs a work item flushes the caches,
 * so that it does not matter if the CPU makes no call.
 *
 * Context: Task.
 */
void cache_trim_housekeeping(struct rsvpool *pool)
{
	cache_trim_all(pool);
	cache_trim_excess(pool);
}

/**
 * cache_resized - pool->cache may have changed
 * @pool: the pool
 * @old: what it was, from adapt_cache()
 *
 * A limit of 0 asks a CPU for its entries.  This function overwrites such limits,
 * so if a task waits, it sets them to 0 again.
 *
 * Context: Task.
 */
void cache_resized(struct rsvpool *pool, unsigned int old)
{
	/* If it was changed back meanwhile, that call sets the limits. */
	if (READ_ONCE(pool->cache) == old)
		return;
	cache_set_limit(pool);
	if (hint(pool->depot.waiting))
		cache_trim_housekeeping(pool);
	else if (READ_ONCE(pool->cache) < old)
		cache_trim_excess(pool);
}

/* About how many entries cache_trim_housekeeping() would bring back. */
unsigned int cache_trimmable(const struct rsvpool *pool)
{
	unsigned int sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		if (does_housekeeping(cpu))
			sum += cache_count(pool, cpu);
	return sum;
}

/**
 * cache_drain_dead - empty the cache of a CPU that no longer runs
 * @pool: the pool
 * @cpu: a dead CPU; or any, once no call into the pool is possible
 *
 * Context: Task, may sleep.
 */
void cache_drain_dead(struct rsvpool *pool, unsigned int cpu)
{
	struct rsvpool_cpu *c = per_cpu_ptr(pool->cpu, cpu);
	void *elements[RSVPOOL_BATCH_MAX];
	unsigned int n, k, put;

	while ((n = cache_word_count(c->word))) {
		k = min(n, RSVPOOL_BATCH_MAX);
		memcpy(elements, &c->entries[n - k], k * sizeof(*elements));
		WRITE_ONCE(c->word, c->word + k * CACHE_SEQ_ONE - k);
		stat_add(pool, STAT_FLUSHED, k);
		put = depot_put_many(pool, elements, k);
		/* No room: only without a maximum. */
		while (put < k)
			source_free(pool, elements[put++]);
	}
	do {
		k = READ_ONCE(pool->cache);
		WRITE_ONCE(c->limit, k);
		smp_mb();	/* as in cache_restore_limit() */
	} while (k != READ_ONCE(pool->cache));
}

int cache_init(void)
{
	trim_wq = alloc_workqueue("rsvpool_trim", WQ_PERCPU | WQ_MEM_RECLAIM |
				  WQ_HIGHPRI, 0);
	return trim_wq ? 0 : -ENOMEM;
}

void cache_exit(void)
{
	destroy_workqueue(trim_wq);
}

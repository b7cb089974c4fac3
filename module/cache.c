// SPDX-License-Identifier: GPL-2.0
/*
 * The per-CPU cache, what is not inlined: its count, and the limit that its owner
 * sets again.  Push and pop, and why they need no lock and need not disable
 * interrupts, are in cache.h.  What other CPUs make the owner do with its cache is in
 * cache_trim.c.
 *
 * Entered from any context; no lock.
 */
#include "cache.h"
#include "internal.h"

unsigned int cache_count(const struct rsvpool *pool, unsigned int cpu)
{
	return cache_word_count(READ_ONCE(per_cpu_ptr(pool->cpu, cpu)->word));
}

/*
 * Is the pool to have caches that nothing can ever come to?  They are filled from
 * above the min watermark alone, and where no more exist than the reserve, every
 * element that is out leaves the depot below it.
 */
bool cache_starved(const struct rsvpool *pool)
{
	return READ_ONCE(pool->cache_set) && pool->max &&
		READ_ONCE(pool->reserve) >= pool->max;
}

/* This CPU has given back what it was asked for.  Interrupts off. */
void cache_restore_limit(struct rsvpool *pool)
{
	unsigned int limit;

	do {
		limit = READ_ONCE(pool->cache);
		own_write(own_cpu(pool)->limit, limit);
		/*
		 * If the setting changes now, either we see it, or the limit
		 * that cache_set_limit() writes comes after ours.  Pairs with its
		 * first barrier.
		 */
		smp_mb();
	} while (limit != READ_ONCE(pool->cache));
}

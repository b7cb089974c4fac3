// SPDX-License-Identifier: GPL-2.0
/*
 * The functions of the per-CPU cache that are not inlined: its count, and the
 * limit that its owner sets again.  cache.h has push and pop, and says why they
 * need no lock and need not disable interrupts.  cache_trim.c has the requests
 * of other CPUs to the owner.
 *
 * Entered from any context; needs no lock.
 */
#include "cache.h"
#include "internal.h"

unsigned int cache_count(const struct rsvpool *pool, unsigned int cpu)
{
	return cache_word_count(READ_ONCE(per_cpu_ptr(pool->cpu, cpu)->word));
}

/*
 * Are caches set that no element can ever get into?  Caches get only elements
 * from above the min watermark.  If no more elements may exist than the
 * reserve, the depot is below min whenever one is outstanding, and never above
 * it.
 */
bool cache_starved(const struct rsvpool *pool)
{
	return READ_ONCE(pool->cache_set) && pool->max &&
		READ_ONCE(pool->reserve) >= pool->max;
}

/*
 * This CPU has given back all entries that it was asked for: set its limit to
 * the pool's again.  Interrupts off.
 */
void cache_restore_limit(struct rsvpool *pool)
{
	unsigned int limit;

	do {
		limit = READ_ONCE(pool->cache);
		own_write(own_cpu(pool)->limit, limit);
		/*
		 * If pool->cache changes now, either we see it, or the limit
		 * that cache_set_limit() writes comes after ours.  Pairs with
		 * its first barrier.
		 */
		smp_mb();
	} while (limit != READ_ONCE(pool->cache));
}

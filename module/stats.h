/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Statistics: the counted ones, and those computed from others.  See stats.c.
 */
#ifndef _RSVPOOL_STATS_H
#define _RSVPOOL_STATS_H

#include "internal.h"

enum {
	STAT_FILE_ALLOC_CACHE = NR_POOL_STATS,
	STAT_FILE_FREE_CACHE,
	STAT_FILE_PEAK,
	NR_STAT_FILES,
};

extern const char * const rsvpool_stat_names[NR_STAT_FILES];

u64 stats_pushes(struct rsvpool_cpu *c, u64 word);
u64 stats_pops(struct rsvpool_cpu *c, u64 word);

u64 stats_sum(struct rsvpool *pool, unsigned int which);
u64 stats_read(struct rsvpool *pool, unsigned int which);
void stats_reset(struct rsvpool *pool);
void stats_update_moves(struct rsvpool *pool);
unsigned int stats_cached(const struct rsvpool *pool);
unsigned int stats_available(const struct rsvpool *pool);
unsigned int stats_deferred(const struct rsvpool *pool);
unsigned int stats_outstanding(const struct rsvpool *pool);
unsigned int stats_outstanding_exact(struct rsvpool *pool);

/* Safe against interrupts, NMI and preemption. */
static __always_inline void stat_inc(struct rsvpool *pool,
				     enum rsvpool_stat stat)
{
	rsvpool_cpu_add(pool->cpu->stat[stat], 1);
}

static __always_inline void stat_add(struct rsvpool *pool,
				     enum rsvpool_stat stat, unsigned long n)
{
	rsvpool_cpu_add(pool->cpu->stat[stat], n);
}

#endif /* _RSVPOOL_STATS_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests to CPUs to flush their caches: see cache_trim.c.
 */
#ifndef _RSVPOOL_CACHE_TRIM_H
#define _RSVPOOL_CACHE_TRIM_H

struct rsvpool;

int cache_init(void);
void cache_exit(void);
void cache_setup(struct rsvpool *pool);
void cache_stop(struct rsvpool *pool);
void cache_resized(struct rsvpool *pool, unsigned int old);
void cache_trim_all(struct rsvpool *pool);
void cache_trim_housekeeping(struct rsvpool *pool);
unsigned int cache_trimmable(const struct rsvpool *pool);
void cache_drain_dead(struct rsvpool *pool, unsigned int cpu);

#endif /* _RSVPOOL_CACHE_TRIM_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The list of all pools: see registry.c.
 */
#ifndef _RSVPOOL_REGISTRY_H
#define _RSVPOOL_REGISTRY_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include "internal.h"

/* Only for pool.c, which creates and destroys pools. */
extern spinlock_t rsvpool_registry;
extern struct list_head rsvpool_pools;
extern wait_queue_head_t rsvpool_life;
void pool_unref(struct rsvpool *pool);

struct rsvpool *rsvpool_next(struct rsvpool *pool);
void pool_life_changed(void);
void pool_wait_calls(struct rsvpool *pool);
bool pool_move_begin(struct rsvpool *pool, bool must);
void pool_move_end(struct rsvpool *pool);
bool pool_has_movers(struct rsvpool *pool);
void pool_steps_set(struct rsvpool *pool, u8 bits, bool on);

/*
 * Walks over all pools but those that are still being built.  The body may
 * sleep: a reference keeps @pool in the list meanwhile.  The body must not
 * leave the loop before its end, as that would not drop the reference.
 */
#define rsvpool_for_each(pool)						\
	for ((pool) = rsvpool_next(NULL); (pool); (pool) = rsvpool_next(pool))

#endif /* _RSVPOOL_REGISTRY_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Changing a reserve, and the sum of all: see reserve.c.
 */
#ifndef _RSVPOOL_RESERVE_H
#define _RSVPOOL_RESERVE_H

#include <linux/types.h>

struct rsvpool;

void pool_uncharge(struct rsvpool *pool);
unsigned int rsvpool_least_reserve(const struct rsvpool *pool);
int rsvpool_set_reserve(struct rsvpool *pool, unsigned int reserve);
int rsvpool_move_min(struct rsvpool *pool, unsigned int reserve);
int rsvpool_recharge(struct rsvpool *pool, unsigned int reserve,
		     unsigned int high);
u64 rsvpool_bound_bytes(const struct rsvpool *pool);

#endif /* _RSVPOOL_RESERVE_H */

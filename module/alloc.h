/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Parts of the ladder of rsvpool_alloc(), for claims, sections, mempools and
 * pools on other pools: see alloc.c.
 */
#ifndef _RSVPOOL_ALLOC_H
#define _RSVPOOL_ALLOC_H

#include <linux/types.h>

struct rsvpool;

void *rung_source(struct rsvpool *pool, gfp_t gfp, bool reclaim);
int may_wait(struct rsvpool *pool, unsigned int nr);
bool clear_allowed(const struct rsvpool *pool, gfp_t gfp);

#endif /* _RSVPOOL_ALLOC_H */

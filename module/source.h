/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where elements come from: see source.c.
 */
#ifndef _RSVPOOL_SOURCE_H
#define _RSVPOOL_SOURCE_H

#include <linux/types.h>

struct rsvpool;
struct rsvpool_loans;

/* How debugfs makes the source fail. */
enum rsvpool_inject {
	INJECT_OFF,
	INJECT_ALWAYS,
	INJECT_EVERY,		/* one call in inject_every */
	INJECT_NEXT,		/* the next inject_n calls */
	INJECT_REHEARSE,	/* always, and the depot keeps only min */
};

void *source_ask(struct rsvpool *pool, gfp_t gfp, bool for_reserve, bool *full);
void *source_alloc(struct rsvpool *pool, gfp_t gfp, bool for_reserve);
unsigned int source_alloc_many(struct rsvpool *pool, gfp_t gfp,
			       unsigned int nr, unsigned int for_reserve,
			       void **elements);
void source_free(struct rsvpool *pool, void *element);
void source_deferred_setup(struct rsvpool_loans *l);
void source_disable(struct rsvpool *pool);
void source_flush(struct rsvpool *pool);
void source_drain(struct rsvpool *pool);
bool source_allowed(const struct rsvpool *pool, gfp_t gfp);
gfp_t source_gfp(gfp_t gfp, bool reclaim);

#endif /* _RSVPOOL_SOURCE_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The functions of tryalloc.c that the ladder of rsvpool_alloc() also uses.
 */
#ifndef _RSVPOOL_TRYALLOC_H
#define _RSVPOOL_TRYALLOC_H

#include "internal.h"
#include "trace_rung.h"

void *__trace_taken(const struct rsvpool *pool, unsigned int rung,
		    void *element);

static __always_inline void *trace_taken(const struct rsvpool *pool,
					 unsigned int rung,
					 void *element)
{
	return rung_traced(rung) ? __trace_taken(pool, rung, element) : element;
}

void *rung_depot(struct rsvpool *pool, bool may_sleep, bool above_only);
void *alloc_finish(struct rsvpool *pool, gfp_t gfp, void *element,
		   unsigned long caller);

#endif /* _RSVPOOL_TRYALLOC_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the ladder of rsvpool_alloc() has of rsvpool_tryalloc(): see tryalloc.c.
 */
#ifndef _RSVPOOL_TRYALLOC_H
#define _RSVPOOL_TRYALLOC_H

#include "internal.h"
#include "trace_rung.h"

void *trace_taken(const struct rsvpool *pool, unsigned int rung, void *element);

static __always_inline void *taken(const struct rsvpool *pool,
				   unsigned int rung, void *element)
{
	return rung_traced(rung) ? trace_taken(pool, rung, element) : element;
}

#endif /* _RSVPOOL_TRYALLOC_H */

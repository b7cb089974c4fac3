// SPDX-License-Identifier: GPL-2.0
/*
 * Peers "tryalloc", "alloc", "bulk16" and "bulk64": calls of rsvpool, on the
 * run's pool.  No locks here.
 */
#include "peer.h"

#define ANY_CONTEXT							\
	.needs_pool = true, .contexts = STRESS_IN_ALL,			\
	.contexts_rt = STRESS_IN_ALL

static __always_inline void *take_bulk(struct stress_supply *from,
				       unsigned int nr, void **elements)
{
	return rsvpool_tryalloc_bulk(from->pool, nr, elements) ? NULL :
								 elements;
}

DEFINE_STRESS_PEER(tryalloc, 1,
		   rsvpool_tryalloc(from->pool),
		   rsvpool_free(from->pool, element),
		   ANY_CONTEXT);

DEFINE_STRESS_PEER(alloc, 1,
		   rsvpool_alloc(from->pool, GFP_KERNEL),
		   rsvpool_free(from->pool, element),
		   .needs_pool = true,
		   .contexts = STRESS_IN_TASK,
		   .contexts_rt = STRESS_IN_TASK);

DEFINE_STRESS_PEER(bulk16, 16,
		   take_bulk(from, 16, elements),
		   rsvpool_free_bulk(from->pool, 16, element),
		   ANY_CONTEXT);

DEFINE_STRESS_PEER(bulk64, 64,
		   take_bulk(from, 64, elements),
		   rsvpool_free_bulk(from->pool, 64, element),
		   ANY_CONTEXT);

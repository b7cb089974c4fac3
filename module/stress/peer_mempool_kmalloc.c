// SPDX-License-Identifier: GPL-2.0
/*
 * Peer "mempool_kmalloc": a mempool of kmalloc's objects.  It asks the slab
 * allocator first, whose locks sleep on PREEMPT_RT.  No locks here.
 */
#include "peer.h"

#include <linux/mempool.h>

static int setup(struct stress_supply *from)
{
	from->priv = mempool_create_kmalloc_pool(from->reserve,
						 STRESS_OBJECT_BYTES);
	return from->priv ? 0 : -ENOMEM;
}

static void teardown(struct stress_supply *from)
{
	mempool_destroy(from->priv);
}

DEFINE_STRESS_PEER(mempool_kmalloc, 1,
		   mempool_alloc(from->priv, GFP_ATOMIC | __GFP_NOWARN),
		   mempool_free(element, from->priv),
		   .contexts = STRESS_IN_IRQ,
		   .contexts_rt = STRESS_IN_THREADS,
		   .setup = setup,
		   .teardown = teardown);

// SPDX-License-Identifier: GPL-2.0
/*
 * Peer "mempool_preallocated": the preallocated elements of a mempool, without
 * its source.  The mempool's own spinlock sleeps on PREEMPT_RT, and its free
 * may wake a sleeper, so not under the run queue's lock.  No locks here.
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

DEFINE_STRESS_PEER(mempool_preallocated, 1,
		   mempool_alloc_preallocated(from->priv),
		   mempool_free(element, from->priv),
		   .unavailable = !STRESS_HAS_MEMPOOL_PREALLOCATED,
		   .contexts = STRESS_IN_IRQ,
		   .contexts_rt = STRESS_IN_THREADS,
		   .setup = setup,
		   .teardown = teardown);

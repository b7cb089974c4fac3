// SPDX-License-Identifier: GPL-2.0
/*
 * Peer "mempool_page": a mempool of pages, as bio and dm have them.  It asks
 * the page allocator first, whose locks sleep on PREEMPT_RT, and which may not
 * wake kswapd under the run queue's lock.  No locks here.
 */
#include "peer.h"

#include <linux/mempool.h>

static int setup(struct stress_supply *from)
{
	from->priv = mempool_create_page_pool(from->reserve, 0);
	return from->priv ? 0 : -ENOMEM;
}

static void teardown(struct stress_supply *from)
{
	mempool_destroy(from->priv);
}

DEFINE_STRESS_PEER(mempool_page, 1,
		   mempool_alloc(from->priv, GFP_ATOMIC | __GFP_NOWARN),
		   mempool_free(element, from->priv),
		   .contexts = STRESS_IN_IRQ,
		   .contexts_rt = STRESS_IN_THREADS,
		   .setup = setup,
		   .teardown = teardown);

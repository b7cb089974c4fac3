// SPDX-License-Identifier: GPL-2.0
/*
 * Peer "kmem_cache": the slab allocator.  Its locks sleep on PREEMPT_RT, and it
 * goes to the page allocator when its slabs are full.  No locks here.
 */
#include "peer.h"

#include <linux/slab.h>

static int setup(struct stress_supply *from)
{
	from->priv = kmem_cache_create("rsvpool_stress_peer",
				       STRESS_OBJECT_BYTES, 0, 0, NULL);
	return from->priv ? 0 : -ENOMEM;
}

static void teardown(struct stress_supply *from)
{
	struct llist_node *node, *next;

	for (node = llist_del_all(&from->kept); node; node = next) {
		next = node->next;
		kmem_cache_free(from->priv, node);
	}
	kmem_cache_destroy(from->priv);
}

/* If an object of a full slab were freed, it would answer the next request. */
static void keep(struct stress_supply *from, void *element,
		 struct llist_head *pages)
{
	llist_add(element, &from->kept);
}

DEFINE_STRESS_PEER(kmem_cache, 1,
		   kmem_cache_alloc(from->priv, GFP_ATOMIC | __GFP_NOWARN),
		   kmem_cache_free(from->priv, element),
		   .contexts = STRESS_IN_IRQ,
		   .contexts_rt = STRESS_IN_THREADS,
		   .setup = setup,
		   .teardown = teardown,
		   .keep = keep);

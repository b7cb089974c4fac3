// SPDX-License-Identifier: GPL-2.0
/*
 * Peer "sheaves": a slab cache that keeps arrays of objects on each CPU, with
 * as many objects as an rsvpool's cache.  Its locks sleep on PREEMPT_RT, and it
 * goes to the slabs when its sheaves are empty.  The functions that prefill a
 * sheaf, from which allocating cannot fail, are not exported.  No locks here.
 */
#include "peer.h"

#include <linux/slab.h>

#define SHEAF	64	/* objects */

static int setup(struct stress_supply *from)
{
	from->priv = stress_sheaves_create("rsvpool_stress_sheaves",
					   STRESS_OBJECT_BYTES, SHEAF);
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

DEFINE_STRESS_PEER(sheaves, 1,
		   kmem_cache_alloc(from->priv, GFP_ATOMIC | __GFP_NOWARN),
		   kmem_cache_free(from->priv, element),
		   .unavailable = !STRESS_HAS_SHEAVES,
		   .contexts = STRESS_IN_IRQ,
		   .contexts_rt = STRESS_IN_THREADS,
		   .setup = setup,
		   .teardown = teardown,
		   .keep = keep);

// SPDX-License-Identifier: GPL-2.0
/*
 * Peer "kmalloc_nolock": the slab allocator without its locks, for any context.
 * It has no reserve: it fails if memory is short, or a lock is held.  On
 * PREEMPT_RT it always fails in hard interrupts and in NMI.
 */
#include "peer.h"

#include <linux/slab.h>

static void teardown(struct stress_supply *from)
{
	struct llist_node *node, *next;

	for (node = llist_del_all(&from->kept); node; node = next) {
		next = node->next;
		kfree(node);
	}
}

/* If an object of a full slab were freed, it would answer the next request. */
static void keep(struct stress_supply *from, void *element,
		 struct llist_head *pages)
{
	llist_add(element, &from->kept);
}

DEFINE_STRESS_PEER(kmalloc_nolock, 1,
		   kmalloc_nolock(STRESS_OBJECT_BYTES, 0, NUMA_NO_NODE),
		   kfree_nolock(element),
		   .unavailable = !STRESS_HAS_KMALLOC_NOLOCK,
		   .contexts = STRESS_IN_ALL,
		   .contexts_rt = STRESS_IN_ALL,
		   .teardown = teardown,
		   .keep = keep);

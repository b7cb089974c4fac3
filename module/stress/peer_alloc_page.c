// SPDX-License-Identifier: GPL-2.0
/*
 * Peer "alloc_page": the page allocator.  Its locks sleep on PREEMPT_RT, where
 * only tasks and softirqs (which are tasks) may take them.  Under the run
 * queue's lock it may not wake kswapd, in NMI it may find its own locks held.
 */
#include "peer.h"

#include <linux/gfp.h>
#include <linux/mm.h>

static void keep(struct stress_supply *from, void *element,
		 struct llist_head *pages)
{
	llist_add(page_address(element), pages);
}

DEFINE_STRESS_PEER(alloc_page, 1,
		   alloc_page(GFP_ATOMIC | __GFP_NOWARN),
		   __free_page(element),
		   .contexts = STRESS_IN_IRQ,
		   .contexts_rt = STRESS_IN_THREADS,
		   .keep = keep);

// SPDX-License-Identifier: GPL-2.0
/*
 * The page allocator, asked beside the pool.
 *
 * Answers for: asking for a page with GFP_ATOMIC wherever that is allowed, and
 * nowhere else.  No locks; entered in an actor's context.
 */
#include "stress.h"

#include <linux/gfp.h>
#include <linux/mm.h>

/*
 * May alloc_page() be called there?  Its locks sleep on PREEMPT_RT, where only
 * tasks and softirqs (which are tasks) may take them.  Under the run queue's
 * lock it may not wake kswapd, in NMI it may find its own locks held.
 */
bool stress_peer_allowed(enum stress_context context)
{
	switch (context) {
	case STRESS_TASK:
	case STRESS_SOFTIRQ:
		return true;
	case STRESS_HARDIRQ:
	case STRESS_RAWLOCK:
		return !IS_ENABLED(CONFIG_PREEMPT_RT);
	default:
		return false;
	}
}

/* Get a page and free it, or leave it to the hog. */
void stress_peer_act(struct stress_actor *actor)
{
	struct page *page;

	if (!stress_peer_allowed(actor->context))
		return;
	stress_count(&actor->counts.peer_requests, 1);
	page = alloc_page(GFP_ATOMIC | __GFP_NOWARN);
	if (!page)
		return;
	stress_count(&actor->counts.peer_answered, 1);
	if (actor->pages)
		llist_add(page_address(page), actor->pages);
	else
		__free_page(page);
}

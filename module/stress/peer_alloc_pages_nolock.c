// SPDX-License-Identifier: GPL-2.0
/*
 * Peer "alloc_pages_nolock": the page allocator without its locks, for any context.
 * It has no reserve, clears every page, and on PREEMPT_RT always fails in hard
 * interrupts and in NMI.
 *
 * The function that frees a page in any context is not exported.  So where
 * __free_page() may not be called, the page is put on a list, and an irq_work
 * frees it: in a thread on PREEMPT_RT, else in a hard interrupt.  The list is
 * lockless.
 */
#include "peer.h"

#include <linux/gfp.h>
#include <linux/irq_work.h>
#include <linux/mm.h>
#include <linux/slab.h>

/**
 * struct late_pages - pages that the irq_work frees
 * @work: the irq_work
 * @pages: the list, linked through the pages
 */
struct late_pages {
	struct irq_work work;
	struct llist_head pages;
};

static void free_late(struct irq_work *work)
{
	struct late_pages *late = container_of(work, struct late_pages, work);
	struct llist_node *node, *next;

	for (node = llist_del_all(&late->pages); node; node = next) {
		next = node->next;
		free_page((unsigned long)node);
	}
}

static void teardown(struct stress_supply *from)
{
	struct late_pages *late = from->priv;

	irq_work_sync(&late->work);
	free_late(&late->work);
	kfree(late);
}

static int setup(struct stress_supply *from)
{
	struct late_pages *late = kzalloc(sizeof(*late), GFP_KERNEL);

	if (!late)
		return -ENOMEM;
	init_irq_work(&late->work, free_late);
	init_llist_head(&late->pages);
	from->priv = late;
	return 0;
}

static __always_inline void give_back(struct stress_supply *from,
				      struct page *page)
{
	struct late_pages *late = from->priv;

	if (likely(preemptible())) {
		__free_page(page);
	} else {
		llist_add(page_address(page), &late->pages);
		irq_work_queue(&late->work);
	}
}

static void keep(struct stress_supply *from, void *element,
		 struct llist_head *pages)
{
	llist_add(page_address(element), pages);
}

DEFINE_STRESS_PEER(alloc_pages_nolock, 1,
		   alloc_pages_nolock(0, NUMA_NO_NODE, 0),
		   give_back(from, element),
		   .unavailable = !STRESS_HAS_ALLOC_PAGES_NOLOCK,
		   .contexts = STRESS_IN_ALL,
		   .contexts_rt = STRESS_IN_ALL,
		   .setup = setup,
		   .teardown = teardown,
		   .keep = keep);

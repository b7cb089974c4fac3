// SPDX-License-Identifier: GPL-2.0
/*
 * Peer "alloc_pages_bulk64": sixty-four pages by the page allocator's bulk call,
 * which is what rsvpool's refill worker calls, too.  It may give fewer; such a
 * request counts as not answered.  Where it may be called: see peer_alloc_page.c.
 */
#include "peer.h"

#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/string.h>

#define BULK	64U

static __always_inline void give_pages(void **elements, unsigned int nr)
{
	while (nr)
		__free_page(elements[--nr]);
}

/* The call fills only places that are NULL. */
static __always_inline void *take_pages(void **elements)
{
	struct page **pages = (struct page **)elements;
	unsigned int got;

	memset(pages, 0, BULK * sizeof(*pages));
	got = alloc_pages_bulk_node(GFP_ATOMIC | __GFP_NOWARN, NUMA_NO_NODE,
				    BULK, pages);
	if (likely(got == BULK))
		return elements;
	give_pages(elements, got);
	return NULL;
}

DEFINE_STRESS_PEER(alloc_pages_bulk64, BULK,
		   take_pages(elements),
		   give_pages(element, BULK),
		   .contexts = STRESS_IN_IRQ,
		   .contexts_rt = STRESS_IN_THREADS);

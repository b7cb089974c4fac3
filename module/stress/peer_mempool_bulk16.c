// SPDX-License-Identifier: GPL-2.0
/*
 * Peer "mempool_bulk16": sixteen of a mempool's kmalloc objects at once.  The
 * allocating call may always sleep.  The freeing call takes as many as the
 * reserve lacks; the caller has to free the rest.  No locks here.
 */
#include "peer.h"

#include <linux/mempool.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>

#define BULK	16U

static int setup(struct stress_supply *from)
{
	from->priv = mempool_create_kmalloc_pool(max(from->reserve, BULK),
						 STRESS_OBJECT_BYTES);
	return from->priv ? 0 : -ENOMEM;
}

static void teardown(struct stress_supply *from)
{
	mempool_destroy(from->priv);
}

/* The call fills only places that are NULL. */
static __always_inline void *take_bulk(struct stress_supply *from,
				       void **elements)
{
	memset(elements, 0, BULK * sizeof(*elements));
	return mempool_alloc_bulk(from->priv, elements, BULK) ? NULL : elements;
}

static __always_inline void give_bulk(struct stress_supply *from,
				      void **elements)
{
	unsigned int i = mempool_free_bulk(from->priv, elements, BULK);

	for (; i < BULK; i++)
		kfree(elements[i]);
}

DEFINE_STRESS_PEER(mempool_bulk16, BULK,
		   take_bulk(from, elements),
		   give_bulk(from, element),
		   .unavailable = !STRESS_HAS_MEMPOOL_BULK,
		   .contexts = STRESS_IN_TASK,
		   .contexts_rt = STRESS_IN_TASK,
		   .setup = setup,
		   .teardown = teardown);

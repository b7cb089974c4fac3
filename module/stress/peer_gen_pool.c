// SPDX-License-Identifier: GPL-2.0
/*
 * Peer "gen_pool": a bit map over a stretch of pages, set and cleared by
 * compare and exchange: lockless, for any context where the architecture can
 * do that in NMI.
 */
#include "peer.h"

#include <linux/genalloc.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>

static void teardown(struct stress_supply *from)
{
	if (from->priv)
		gen_pool_destroy(from->priv);
	vfree((void *)from->data);
}

static int setup(struct stress_supply *from)
{
	size_t bytes = (size_t)from->reserve << PAGE_SHIFT;
	int err = -ENOMEM;

	from->data = (unsigned long)vmalloc(bytes);
	from->priv = gen_pool_create(PAGE_SHIFT, NUMA_NO_NODE);
	if (from->data && from->priv)
		err = gen_pool_add(from->priv, from->data, bytes,
				   NUMA_NO_NODE);
	if (err)
		teardown(from);
	return err;
}

DEFINE_STRESS_PEER(gen_pool, 1,
		   (void *)gen_pool_alloc(from->priv, PAGE_SIZE),
		   gen_pool_free(from->priv, (unsigned long)element, PAGE_SIZE),
		   .contexts = STRESS_IN_ALL,
		   .contexts_rt = STRESS_IN_ALL,
		   .setup = setup,
		   .teardown = teardown);

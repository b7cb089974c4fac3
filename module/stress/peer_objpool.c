// SPDX-License-Identifier: GPL-2.0
/*
 * Peer "objpool": one ring a CPU with compare and exchange, interrupts off during
 * a call; any context.  A fixed number of objects, no refill.
 */
#include "peer.h"

#include <linux/slab.h>

static int setup(struct stress_supply *from)
{
	struct objpool_head *objpool = kzalloc(sizeof(*objpool), GFP_KERNEL);
	int err;

	if (!objpool)
		return -ENOMEM;
	err = objpool_init(objpool, from->reserve, STRESS_OBJECT_BYTES,
			   GFP_KERNEL, NULL, NULL, NULL);
	if (err) {
		kfree(objpool);
		return err;
	}
	from->priv = objpool;
	return 0;
}

static void teardown(struct stress_supply *from)
{
	objpool_fini(from->priv);
	kfree(from->priv);
}

DEFINE_STRESS_PEER(objpool, 1,
		   objpool_pop(from->priv),
		   objpool_push(element, from->priv),
		   .unavailable = !STRESS_HAS_OBJPOOL,
		   .contexts = STRESS_IN_ALL,
		   .contexts_rt = STRESS_IN_ALL,
		   .setup = setup,
		   .teardown = teardown);

// SPDX-License-Identifier: GPL-2.0
/*
 * For reach, with the list beside this file: reach_bad() says that it runs in
 * any context, and comes to an allocator, by a function, under a raw lock.
 */
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "samples.h"

static DEFINE_RAW_SPINLOCK(lock);

static noinline void *grow(void)
{
	return kmalloc(64, GFP_ATOMIC);
}

void *reach_bad(void)
{
	void *memory;

	raw_spin_lock(&lock);
	memory = grow();
	raw_spin_unlock(&lock);
	return memory;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * What raw-lock.cocci has to find: every line that says so, and no other.
 */
#include <linux/rsvpool.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

static DEFINE_RAW_SPINLOCK(lock);
static DECLARE_WAIT_QUEUE_HEAD(queue);

void *sample_allocates(void)
{
	unsigned long flags;
	void *memory;

	raw_spin_lock_irqsave(&lock, flags);
	memory = kmalloc(64, GFP_ATOMIC);	/* found */
	raw_spin_unlock_irqrestore(&lock, flags);
	return memory;
}

void *sample_sleeps(struct rsvpool *pool, bool often)
{
	void *element = NULL;

	raw_spin_lock(&lock);
	if (often)
		element = rsvpool_alloc(pool, GFP_KERNEL);	/* found */
	wake_up(&queue);			/* found */
	raw_spin_unlock(&lock);
	return element;
}

void *sample_may(struct rsvpool *pool)
{
	void *element;

	raw_spin_lock(&lock);
	element = rsvpool_tryalloc(pool);
	raw_spin_unlock(&lock);
	wake_up(&queue);
	return element ? element : rsvpool_alloc(pool, GFP_KERNEL);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * What any-context.cocci has to find: every line that says so, and no other.
 */
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

static DECLARE_WAIT_QUEUE_HEAD(queue);
static DEFINE_SPINLOCK(lock);

static void *grow(void)
{
	return kmalloc(64, GFP_ATOMIC);		/* found */
}

static void tell(void)
{
	wake_up(&queue);			/* found */
	pr_info("given\n");			/* found */
}

/**
 * sample_take - allocates behind the caller's back, and takes a lock
 *
 * Context: Any.
 * Return: memory.
 */
void *sample_take(void)
{
	void *memory;

	spin_lock(&lock);			/* found */
	memory = grow();
	spin_unlock(&lock);
	return memory;
}

/**
 * sample_give - wakes, and prints
 *
 * Context: Any: also NMI.
 */
void sample_give(void)
{
	tell();
}

/**
 * sample_make - does not say that it runs anywhere
 *
 * Context: Task, may sleep.
 * Return: memory.
 */
void *sample_make(void)
{
	pr_info("made\n");
	return kzalloc(64, GFP_KERNEL);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * What unlock.cocci has to find: every line that says so, and no other.
 */
#include <linux/errno.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/spinlock.h>

static DEFINE_RAW_SPINLOCK(lock);
static DEFINE_MUTEX(settings);
static unsigned int count;

int sample_returns(unsigned int most)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&lock, flags);	/* found */
	if (count == most)
		return -ENOSPC;
	count++;
	raw_spin_unlock_irqrestore(&lock, flags);
	return 0;
}

void sample_falls_off(unsigned int most)
{
	preempt_disable_notrace();		/* found */
	if (count < most) {
		count++;
		preempt_enable_notrace();
	}
}

void sample_forgets(void)
{
	mutex_lock(&settings);			/* found */
	count = 0;
}

int sample_pairs(unsigned int most)
{
	int err = -ENOSPC;

	mutex_lock(&settings);
	raw_spin_lock(&lock);
	if (count == most)
		goto out;
	count++;
	err = 0;
out:
	raw_spin_unlock(&lock);
	mutex_unlock(&settings);
	return err;
}

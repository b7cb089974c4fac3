// SPDX-License-Identifier: GPL-2.0
/*
 * Rare states of a pool: the depot's lock is held when an NMI comes, or another
 * CPU has asked for the elements in this CPU's cache.
 *
 * Answers for: setting them up on purpose.  Only this file uses rsvpool's
 * internals; all others use the exported API.  Interrupts are off.
 */
#include "../cache.h"
#include "depot.h"

#include <linux/hardirq.h>

/*
 * Until stress_nmi_end(): as in an NMI that has interrupted the lock's holder.
 */
void stress_nmi_begin(struct rsvpool *pool)
	__acquires(&pool->depot.lock)
{
	raw_spin_lock(&pool->depot.lock);
	__preempt_count_add(NMI_OFFSET);
}

void stress_nmi_end(struct rsvpool *pool)
	__releases(&pool->depot.lock)
{
	__preempt_count_sub(NMI_OFFSET);
	raw_spin_unlock(&pool->depot.lock);
}

/* Ask this CPU to give its cache's elements back, as another CPU would. */
void stress_ask_back(struct rsvpool *pool)
{
	this_cpu_write(pool->cpu->limit, 0);
}

unsigned int stress_cached_here(struct rsvpool *pool)
{
	return cache_word_count(this_cpu_read(pool->cpu->word));
}

unsigned int stress_waiting(const struct rsvpool *pool)
{
	return READ_ONCE(pool->depot.waiting);
}

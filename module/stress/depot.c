// SPDX-License-Identifier: GPL-2.0
/*
 * Rare states of a pool: the depot's lock is held when an NMI comes, or another
 * CPU has asked for the elements in this CPU's cache.
 *
 * Answers for: setting these states up, and for two numbers that scenario
 * "corners" needs meanwhile.  Only this file uses rsvpool's internals; all others
 * use the exported API.  Interrupts must be off, except for stress_cached_here()
 * and stress_waiting().
 */
#include "../cache.h"
#include "depot.h"

#include <linux/hardirq.h>

/*
 * Until stress_nmi_end() this task runs as an NMI that has interrupted the holder
 * of the depot's lock.
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

/* Ask this CPU for the elements in its cache, as another CPU would. */
void stress_ask_back(struct rsvpool *pool)
{
	this_cpu_write(pool->cpu->limit, 0);
}

/* How many elements are in this CPU's cache. */
unsigned int stress_cached_here(struct rsvpool *pool)
{
	return cache_word_count(this_cpu_read(pool->cpu->word));
}

/* How many tasks sleep in the pool's queue. */
unsigned int stress_waiting(const struct rsvpool *pool)
{
	return READ_ONCE(pool->depot.waiting);
}

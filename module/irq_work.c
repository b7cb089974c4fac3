// SPDX-License-Identifier: GPL-2.0
/*
 * A pool's irq_works, one for each CPU: what code in any context has asked for by
 * pool_kick(), and may not do itself.
 *
 * Answers for: waking the refill worker and sleepers, handing elements to claims,
 * and flushing caches that were asked to give theirs back.  kick.c queues the
 * irq_works; refill.c has what the worker does.
 */
#include <linux/cpumask.h>
#include <linux/irq_work.h>

#include "depot.h"
#include "internal.h"
#include "irq_work.h"
#include "kick.h"
#include "wait.h"
#include "worker.h"

/*
 * Does the work that any CPU has asked for; may run on several CPUs at once.
 *
 * Context: Hard interrupt, on PREEMPT_RT too.
 */
static void kick_fn(struct irq_work *work)
{
	struct rsvpool *pool = container_of(work, struct rsvpool_cpu,
					    kick)->pool;

	preempt_disable_notrace();
	if (atomic_cmpxchg(&pool->refill_state, REFILL_ASKED, REFILL_QUEUED) ==
	    REFILL_ASKED)
		worker_wake(pool);
	if (queue_wake(pool))
		pool_kick(pool);
	queue_serve_claim(pool);
	/* Flush a batch, if this CPU was asked to give its entries back. */
	if (unlikely(depot_to_trim(pool)) && depot_flush_here(pool))
		pool_kick(pool);
	depot_kick(pool);
	preempt_enable_notrace();
}

/* The pool's per-CPU part exists now. */
void irq_works_init(struct rsvpool *pool)
{
	int cpu;

	for_each_possible_cpu(cpu)
		per_cpu_ptr(pool->cpu, cpu)->kick = IRQ_WORK_INIT_HARD(kick_fn);
}

/*
 * Wait until every irq_work that was queued so far has run.  This would wait
 * for ever if one were pending on a CPU that is not online; none is: see
 * pool_kick().
 *
 * Context: Task, may sleep.
 */
void irq_works_sync(struct rsvpool *pool)
{
	int cpu;

	for_each_possible_cpu(cpu)
		irq_work_sync(&per_cpu_ptr(pool->cpu, cpu)->kick);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Asking: for the refill worker and for the irq_work, which wakes sleepers.  What
 * they do when they run is in refill.c.
 *
 * Asked for from any context, by way of a hard irq_work, which also wakes
 * sleepers.  pool->refill_state sees to it that a pool short of elements asks
 * once, not at every call:
 *
 *	IDLE -> ASKED	refill_ask(), when a watermark is crossed; queues the irq_work
 *	ASKED -> QUEUED	the irq_work; wakes the worker
 *	QUEUED -> IDLE	the work, when done.  While the source fails it stays
 *			QUEUED and comes back by a timer, exponentially later
 *	QUEUED -> ASKED	refill_ask(), if that timer is overdue
 *	QUEUED -> AT_MAX the work, when as many exist as may: asking the source is
 *			no use until refill_room() is told that there is room; or
 *			when there is no source any more, as its owner has gone
 *	any -> STOPPED	refill_stop(); only refill_start() leaves it
 *
 * No CPU delays another (DESIGN 2).  An irq_work, and a timer, runs on the CPU
 * that queued it, and not while that CPU has interrupts off.  So each CPU has an
 * irq_work of its own in every pool, and "asked" is a promise of the CPU that
 * made it and of no other: a CPU that finds the state ASKED queues its own
 * irq_work nevertheless, and one that finds the back-off's timer overdue does
 * not wait for it.  The irq_work of one CPU does what any CPU has asked for:
 * what there is to do stands in the pool (refill_state, depot.granted, .more,
 * .claim_ready, parked_nr), and nothing there says which CPU is to do it.
 *
 * A CPU that is not online queues nothing: an irq_work queued after the last
 * look that a dying CPU takes at its list would be pending for ever.  What it
 * asked for meanwhile is seen to when it is dead (hotplug_dead()), or, of one
 * that was coming up, when it is up (hotplug_online()).
 *
 * A mark crossed while the work runs is seen by the look it takes after having
 * become IDLE: full barrier between, in both places.
 *
 * Entered from any context; no lock.
 */
#include <linux/cpumask.h>
#include <linux/ktime.h>

#include "internal.h"
#include "kick.h"

/*
 * Should the worker have been back from its back-off?  Its timer is on a CPU
 * that may have interrupts off.  Not by jiffies, which that CPU may be the one
 * to advance.
 */
static bool refill_is_overdue(const struct rsvpool *pool)
{
	u64 overdue = READ_ONCE(pool->overdue);

	return unlikely(overdue) && ktime_get_mono_fast_ns() > overdue;
}

/**
 * refill_ask - a mark was crossed; have the worker look
 * @pool: the pool
 *
 * Context: Any, preemption off.
 */
void refill_ask(struct rsvpool *pool)
{
	int state, old;

	/*
	 * The mark was crossed before we look; an unlock is not enough for
	 * that.  Pairs with the cmpxchg to IDLE in refill_run().
	 */
	smp_mb();
	state = atomic_read(&pool->refill_state);
	if (state == REFILL_IDLE ||
	    (state == REFILL_QUEUED && refill_is_overdue(pool))) {
		old = atomic_cmpxchg(&pool->refill_state, state, REFILL_ASKED);
		if (old == state) {
			/*
			 * Asked once for each back-off that is overdue: the
			 * irq_work makes the state QUEUED and looks again, long
			 * before the worker can have run.
			 */
			WRITE_ONCE(pool->overdue, 0);
			/* For adaptation; harmless if the worker runs already. */
			WRITE_ONCE(pool->adapt.asked, hint(pool->depot.count));
		}
		state = old == state ? REFILL_ASKED : old;
	}
	/* Also if another CPU has asked, which may have interrupts off. */
	if (state == REFILL_ASKED)
		pool_kick(pool);
}

/**
 * refill_now - have the worker look at once, backing off or not
 * @pool: the pool
 *
 * For changed settings and for what the worker has to print.
 *
 * Context: Any.
 */
void refill_now(struct rsvpool *pool)
{
	int state = atomic_read(&pool->refill_state);

	preempt_disable_notrace();
	while (state != REFILL_STOPPED)
		if (atomic_try_cmpxchg(&pool->refill_state, &state,
				       REFILL_ASKED)) {
			pool_kick(pool);
			break;
		}
	preempt_enable_notrace();
}

/**
 * refill_room - an element fewer exists: asking the source is of use again
 * @pool: the pool
 *
 * Context: Any, preemption off.
 */
void refill_room(struct rsvpool *pool)
{
	int state;

	/* As in refill_ask(); pairs with the cmpxchg to AT_MAX. */
	smp_mb();
	state = atomic_read(&pool->refill_state);
	/*
	 * Not if nothing was asked for: what the shrinker has taken is not brought
	 * back at once.  But if another CPU has asked, whose irq_work may not run
	 * for long, or if a task sleeps, this CPU asks, too.
	 */
	if (likely(state != REFILL_AT_MAX && state != REFILL_ASKED) &&
	    likely(!hint(pool->depot.waiting)))
		return;
	if (state == REFILL_AT_MAX)
		atomic_cmpxchg(&pool->refill_state, REFILL_AT_MAX, REFILL_IDLE);
	if (hint(pool->depot.waiting) ||
	    hint(pool->depot.count) < READ_ONCE(pool->depot.low))
		refill_ask(pool);
}

/* There is more than wanted, which also goes when as many exist as may. */
void refill_surplus(struct rsvpool *pool)
{
	refill_room(pool);
	refill_ask(pool);
}

/**
 * pool_kick - have the pool's irq_work run on this CPU
 * @pool: the pool
 *
 * Not on a CPU that is not online: see the top of this file.
 *
 * Context: Any, preemption off.
 * Return: whether it runs, from its beginning, after this.
 */
bool pool_kick(struct rsvpool *pool)
{
	if (likely(cpu_online(raw_smp_processor_id()))) {
		/* Not queued anew, it is pending, and has not begun. */
		irq_work_queue(&raw_cpu_ptr(pool->cpu)->kick);
		return true;
	}
	return false;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Requests to run the refill worker, and queueing the irq_work, which wakes
 * sleepers.  irq_work.c has what the irq_work does, refill.c what the worker does.
 *
 * Code in any context can make a request, by queueing a hard irq_work, which
 * also wakes sleepers.  pool->refill_state makes a pool below a watermark, or
 * whose NMI slots miss elements, ask once, not at every call:
 *
 *	IDLE -> ASKED	refill_ask(), when a watermark is crossed or a slot's
 *			element was taken; queues the irq_work
 *	ASKED -> QUEUED	the irq_work, which wakes the worker
 *	QUEUED -> IDLE	the worker, when done.  While the source fails it stays
 *			QUEUED and a timer runs it again, exponentially later
 *	QUEUED -> ASKED	refill_ask(), if that timer is overdue
 *	QUEUED -> AT_MAX the worker, when max elements exist: calling the source
 *			is useless until refill_room() reports that there is
 *			room; or when the source must not be called any more, as
 *			its owner has gone
 *	AT_MAX -> IDLE	refill_room()
 *	any but STOPPED -> ASKED refill_now(); queues the irq_work
 *	any -> STOPPED	refill_stop()
 *	STOPPED -> IDLE	refill_start()
 *
 * No CPU may delay another.  An irq_work, and a timer, runs on the CPU that
 * queued it, and not while that CPU has interrupts off.  So each CPU has an
 * irq_work of its own in every pool.  A CPU that finds the state ASKED queues
 * its own irq_work nevertheless, and one that finds the back-off's timer
 * overdue does not wait for it.  The irq_work of one CPU does the work that any
 * CPU has asked for: the work is recorded in the pool (refill_state,
 * depot.granted, .more, .claim_ready, parked_nr), without the CPU that asked.
 *
 * A CPU that is not online queues nothing: an irq_work that a dying CPU queues
 * after it has run its list for the last time would be pending for ever.
 * Another CPU queues one when the CPU is dead (hotplug_dead()), or the CPU
 * itself when it is online (hotplug_online()).
 *
 * If a watermark is crossed while the worker runs, the worker sees it, as it
 * checks once more after it has set the state to IDLE.  Both sides have a full
 * barrier between their write and their read.
 *
 * Entered from any context; no lock.
 */
#include <linux/cpumask.h>
#include <linux/ktime.h>

#include "internal.h"
#include "kick.h"

/*
 * Should the worker's back-off timer have run by now?  Its CPU may have
 * interrupts off.  This does not use jiffies, as that CPU may be the one that
 * advances them.
 */
static bool refill_is_overdue(const struct rsvpool *pool)
{
	u64 overdue = READ_ONCE(pool->overdue);

	return unlikely(overdue) && ktime_get_mono_fast_ns() > overdue;
}

/**
 * refill_ask - a watermark was crossed, or a slot is empty; make the worker run
 * @pool: the pool
 *
 * Context: Any, preemption off.
 */
void refill_ask(struct rsvpool *pool)
{
	int state, old;

	/*
	 * Orders the crossing before the read of the state; an unlock does not.
	 * Pairs with the cmpxchg to IDLE in refill_run().
	 */
	smp_mb();
	state = atomic_read(&pool->refill_state);
	if (state == REFILL_IDLE ||
	    (state == REFILL_QUEUED && refill_is_overdue(pool))) {
		old = atomic_cmpxchg(&pool->refill_state, state, REFILL_ASKED);
		if (old == state) {
			/*
			 * An overdue back-off is asked about once.  The
			 * irq_work sets the state to QUEUED and then calls this
			 * again, long before the worker can have run.
			 */
			WRITE_ONCE(pool->overdue, 0);
			/* For adaptation; harmless if the worker runs. */
			WRITE_ONCE(pool->adapt.asked, hint(pool->depot.count));
		}
		state = old == state ? REFILL_ASKED : old;
	}
	/* Also if another CPU has asked, as it may have interrupts off. */
	if (state == REFILL_ASKED)
		pool_kick(pool);
}

/**
 * refill_now - make the worker run at once, also during a back-off
 * @pool: the pool
 *
 * For changed settings, for messages that the worker has to print, and for CPUs
 * that could not ask.  Does nothing while the worker is stopped: refill_start()
 * runs it.
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
 * refill_room - one element fewer exists: calling the source can succeed again
 * @pool: the pool
 *
 * Context: Any, preemption off.
 */
void refill_room(struct rsvpool *pool)
{
	int state;

	/* As in refill_ask(); pairs with refill_run()'s cmpxchg to AT_MAX. */
	smp_mb();
	state = atomic_read(&pool->refill_state);
	/*
	 * Does nothing if no refill was asked for: elements that the shrinker
	 * has taken are not brought back at once.  But if another CPU has
	 * asked, its irq_work may not run for a long time.  Then, or if a task
	 * sleeps, this CPU asks, too.
	 */
	if (likely(state != REFILL_AT_MAX && state != REFILL_ASKED) &&
	    likely(!hint(pool->depot.waiting)))
		return;
	if (state == REFILL_AT_MAX)
		atomic_cmpxchg(&pool->refill_state, REFILL_AT_MAX, REFILL_IDLE);
	if (hint(pool->depot.waiting) ||
	    hint(pool->depot.count) < READ_ONCE(pool->depot.low) ||
	    atomic_read(&pool->nmi_missing) > 0)
		refill_ask(pool);
}

/*
 * The depot is above high: make the worker release elements, also if it is
 * AT_MAX.  Preemption off.
 */
void refill_surplus(struct rsvpool *pool)
{
	refill_room(pool);
	refill_ask(pool);
}

/**
 * pool_kick - queue the pool's irq_work on this CPU
 * @pool: the pool
 *
 * Not on a CPU that is not online: see the top of this file.
 *
 * Context: Any, preemption off.
 * Return: true if the irq_work's function will begin to run after this call.
 */
bool pool_kick(struct rsvpool *pool)
{
	if (likely(cpu_online(raw_smp_processor_id()))) {
		/* If not queued now, it is pending and has not begun. */
		irq_work_queue(&raw_cpu_ptr(pool->cpu)->kick);
		return true;
	}
	return false;
}

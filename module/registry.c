// SPDX-License-Identifier: GPL-2.0
/*
 * The list of all pools: walking over them, and the references that keep a pool
 * meanwhile.  pool.c, which changes a pool's state, uses the lock, too.
 *
 * Task context.  The lock protects the list of pools and the state, users and
 * references of each.  Code that holds it waits for nothing, and takes no lock
 * but a depot's (pool_go_live()).
 */
#include <linux/wait.h>

#include "internal.h"
#include "registry.h"
#include "worker.h"

/* Protects the list of pools, and the life of each. */
DEFINE_SPINLOCK(rsvpool_registry);
LIST_HEAD(rsvpool_pools);

/* Tasks wait here until a pool has no references, movers or source calls. */
DECLARE_WAIT_QUEUE_HEAD(rsvpool_life);

/* Wake tasks that wait for a pool's references, movers or source calls. */
void pool_life_changed(void)
{
	wake_up_all(&rsvpool_life);
}

/* Wait until no call of the source is in progress, for source_disable(). */
void pool_wait_calls(struct rsvpool *pool)
{
	/*
	 * Orders everything that the calls did before the owner's next actions.
	 * Pairs with atomic_dec_and_test() in source_exit().
	 */
	wait_event(rsvpool_life, !atomic_read_acquire(&pool->calls));
}

/* Drop a reference; the pool may be gone afterwards. */
void pool_unref(struct rsvpool *pool)
{
	bool last;

	spin_lock(&rsvpool_registry);
	last = !--pool->refs;
	spin_unlock(&rsvpool_registry);
	if (last)
		wake_up_all(&rsvpool_life);
}

/**
 * rsvpool_next - the next pool of a walk: see rsvpool_for_each()
 * @pool: a pool that this has returned, or NULL for the first one
 *
 * Gives up the reference on @pool, and takes one on the next.  A referenced
 * pool stays in the list, so the walk can always continue.
 *
 * Context: Task, may sleep on PREEMPT_RT.  Waits for no pool.
 * Return: a pool, or NULL after the last one.
 */
struct rsvpool *rsvpool_next(struct rsvpool *pool)
{
	struct rsvpool *next;
	bool last = false;

	spin_lock(&rsvpool_registry);
	next = list_prepare_entry(pool, &rsvpool_pools, node_in_registry);
	list_for_each_entry_continue(next, &rsvpool_pools, node_in_registry)
		if (next->state != POOL_BUILDING)
			break;
	if (list_entry_is_head(next, &rsvpool_pools, node_in_registry))
		next = NULL;
	else
		next->refs++;
	if (pool)
		last = !--pool->refs;
	spin_unlock(&rsvpool_registry);
	if (last)
		wake_up_all(&rsvpool_life);
	return next;
}

/**
 * pool_move_begin - a walker is going to move elements of a pool
 * @pool: the pool, on which the caller has a reference
 * @must: begin also while the pool is checked for use, which then repeats the
 *	check, or while it is torn down, which waits for the reference
 *
 * Context: Task.
 * Return: whether it may; if so, it has to call pool_move_end().
 */
bool pool_move_begin(struct rsvpool *pool, bool must)
{
	bool may;

	spin_lock(&rsvpool_registry);
	may = must || (!pool->quiescing && pool->state != POOL_DYING);
	if (may) {
		pool->movers++;
		pool->moves++;
	}
	spin_unlock(&rsvpool_registry);
	return may;
}

void pool_move_end(struct rsvpool *pool)
{
	bool last;

	spin_lock(&rsvpool_registry);
	last = !--pool->movers;
	spin_unlock(&rsvpool_registry);
	if (last)
		wake_up_all(&rsvpool_life);
}

/*
 * Is the worker running, or a walker, such as the parent's worker in
 * refill_recall(), moving elements?  Racy: callers check again.
 */
bool pool_has_movers(struct rsvpool *pool)
{
	return hint(pool->movers) || worker_runs(pool);
}

/**
 * pool_steps_set - set or clear bits of pool->steps
 * @pool: the pool
 * @bits: STEP_...
 * @on: set them
 *
 * Context: Task.  Takes the depot's lock, as code that switches tracepoints
 * cannot take the settings mutex.
 */
void pool_steps_set(struct rsvpool *pool, u8 bits, bool on)
{
	raw_spin_lock_irq(&pool->depot.lock);
	WRITE_ONCE(pool->steps, on ? pool->steps | bits : pool->steps & ~bits);
	raw_spin_unlock_irq(&pool->depot.lock);
}

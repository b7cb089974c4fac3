// SPDX-License-Identifier: GPL-2.0
/*
 * Sleepers: joining the queue, sleeping, leaving the queue, being woken; and
 * serving a claim on several pools, for which one depot's lock is not enough.
 *
 * A sleeper that is killed, or whose time is over, leaves all its queues with no
 * element, and the sleepers behind it are served (waiter_leave()).  If it was granted
 * its elements before it could leave, it keeps them and succeeds.
 *
 * Code that brings elements serves the queue (depot_serve_many()), under the
 * lock of the depot, in any context.  The pool's irq_work does the rest: it
 * wakes sleepers that were served, and serves claims.
 *
 * A claim joins the queues of all its pools at once, with all their locks
 * held.  So if two claims have pools in common, the same one is first in each
 * of these queues.  The order of claims has no circles.  In each of its queues,
 * only sleepers for a single pool are before the oldest claim.  Once these are
 * served, the claim is at the head of all its queues.  It is served when there are
 * enough elements, and no other claim can starve it.  It is served with all the
 * locks held, so it gets all elements or none; until then it holds none.
 *
 * Locks: a sleeper with several places is queued, served and removed under
 * rsvpool_claims and the locks of all its depots.  These are taken in any
 * order: only the holder of rsvpool_claims ever holds several.  So the holder
 * may use a claim that it found in a queue after it has dropped that queue's
 * lock.  Never entered in NMI.
 */
#include <linux/sched/signal.h>
#include <linux/timekeeping.h>

#include "cache_trim.h"
#include "depot.h"
#include "holders.h"
#include "internal.h"
#include "kick.h"
#include "stats.h"
#include "trace.h"
#include "wait.h"
#include "watermarks.h"

/* The longest time between two calls of waiter_ask() by a sleeper. */
#define WAIT_SLICE	(5 * HZ)

static DEFINE_RAW_SPINLOCK(rsvpool_claims);

/*
 * Take one of several depots' locks.  Sparse cannot count locks that a loop
 * takes, so the annotations here hide them from it.  In queue_lock() and
 * queue_unlock() the annotations claim that rsvpool_claims is always held.
 */
static void place_lock(struct rsvpool_place *place, unsigned int subclass)
{
	raw_spin_lock_nested(&place->pool->depot.lock, subclass);
	__release(&place->pool->depot.lock);
}

static void place_unlock(struct rsvpool_place *place)
{
	__acquire(&place->pool->depot.lock);
	raw_spin_unlock(&place->pool->depot.lock);
}

/*
 * Take the locks of all the places' depots.  If there are several, take
 * rsvpool_claims first, so that no two CPUs wait for each other.
 */
void queue_lock(struct rsvpool_place *place, unsigned int nr,
		unsigned long *flags)
	__acquires(&rsvpool_claims)
{
	unsigned int i;

	local_irq_save(*flags);
	if (nr > 1)
		raw_spin_lock(&rsvpool_claims);
	else
		__acquire(&rsvpool_claims);
	for (i = 0; i < nr; i++)
		place_lock(&place[i], i);
}

/* Drop the locks, and ask for the work that each depot needs now. */
void queue_unlock(struct rsvpool_place *place, unsigned int nr,
		  unsigned long flags)
	__releases(&rsvpool_claims)
{
	unsigned int i;

	for (i = nr; i; i--)
		place_unlock(&place[i - 1]);
	if (nr > 1)
		raw_spin_unlock(&rsvpool_claims);
	else
		__release(&rsvpool_claims);
	for (i = 0; i < nr; i++)
		depot_kick(place[i].pool);
	local_irq_restore(flags);
}

static int place_prio(const struct rsvpool *pool)
{
	if (pool->wakeup == RSVPOOL_WAKEUP_PRIO && current->prio < MAX_RT_PRIO)
		return current->prio;
	return MAX_RT_PRIO;
}

static bool place_before(struct rb_node *a, const struct rb_node *b)
{
	const struct rsvpool_place *pa, *pb;

	pa = rb_entry(a, struct rsvpool_place, in_queue);
	pb = rb_entry(b, struct rsvpool_place, in_queue);
	if (pa->prio != pb->prio)
		return pa->prio < pb->prio;
	return pa->ticket < pb->ticket;
}

static void place_join(struct rsvpool_place *place)
{
	struct rsvpool *pool = place->pool;
	struct rsvpool_depot *s = &pool->depot;

	WRITE_ONCE(pool->emergency, true);
	place->ticket = s->ticket++;
	s->claims += place->waiter->nr > 1;
	rb_add_cached(&place->in_queue, &s->queue, place_before);
	/* Marked: slots_put_many() reads it without the lock and acts on it. */
	WRITE_ONCE(s->waiting, s->waiting + 1);
	if (s->waiting == 1)
		watermarks_update(pool);
	/*
	 * A free that put its element into a slot checks for sleepers after
	 * that; we check the slots after we have joined the queue.  Full
	 * barrier between, pairs with the one in slots_put_many().
	 */
	smp_mb();
	depot_unpark(pool, RSVPOOL_BULK_MAX);
}

/*
 * Serve a claim if it is first in all its queues and all its pools have enough.
 * All locks held.
 */
static bool claim_serve(struct rsvpool_waiter *w)
{
	unsigned int i;

	for (i = 0; i < w->nr; i++)
		if (depot_head(&w->place[i].pool->depot) != &w->place[i] ||
		    !depot_has(w->place[i].pool, w->place[i].nr))
			return false;
	for (i = 0; i < w->nr; i++)
		if (!depot_gather(w->place[i].pool, w->place[i].nr))
			goto undo;
	for (i = 0; i < w->nr; i++)
		depot_grant(w->place[i].pool, &w->place[i]);
	depot_granted(w->place[0].pool, w);
	return true;

undo:	/* An NMI has taken a slot's element; its free will serve the queue. */
	do
		depot_ungather(w->place[i].pool);
	while (i--);
	return false;
}

/*
 * Serve other sleepers than @w.  With several locks held this is left to the
 * pools' irq_work, which depot_kick() queues after the unlock.  But slots are
 * filled here, with elements that were set aside for @w, as an NMI may have no
 * others.  For each pool that is at most RSVPOOL_BULK_MAX, and usually no more
 * than @w wanted of it.  All locks held.
 */
static void serve_others(struct rsvpool_waiter *w)
{
	unsigned int i;

	if (w->nr == 1)
		depot_serve(w->place[0].pool);
	else
		for (i = 0; i < w->nr; i++) {
			depot_fill(w->place[i].pool, RSVPOOL_BULK_MAX);
			WRITE_ONCE(w->place[i].pool->depot.more, true);
		}
}

/*
 * Join all queues.  Fails if a reserve has become smaller than the number
 * wanted: then there may be no outstanding element for which the task could
 * wait.
 */
static int waiter_join(struct rsvpool_waiter *w)
{
	unsigned long flags;
	unsigned int i;
	int err = 0;

	queue_lock(w->place, w->nr, &flags);
	for (i = 0; i < w->nr; i++)
		if (w->place[i].nr > w->place[i].pool->reserve)
			err = -EINVAL;
	if (err)
		goto out;
	for (i = 0; i < w->nr; i++)
		place_join(&w->place[i]);
	if (w->nr > 1)
		claim_serve(w);
	serve_others(w);
out:
	queue_unlock(w->place, w->nr, flags);
	return err;
}

/*
 * Leave the queue, or the granted list if the wake-up has not removed it yet.
 * Returns whether the elements are granted.  The lock is needed also if
 * w->state was read before: the granting code stored slow under it, and by taking
 * it the sleeper sees that store before it uses the elements (depot.c).
 */
static bool waiter_leave(struct rsvpool_waiter *w)
{
	unsigned long flags;
	bool granted;
	unsigned int i;

	queue_lock(w->place, w->nr, &flags);
	granted = w->state == WAITER_GRANTED;
	if (granted) {
		list_del_init(&w->in_granted);
	} else {
		for (i = 0; i < w->nr; i++)
			depot_remove_place(&w->place[i]);
		/* The sleepers behind this one may want fewer elements. */
		serve_others(w);
	}
	queue_unlock(w->place, w->nr, flags);
	return granted;
}

/*
 * Ask for elements from wherever there may be some for the sleeper: caches, the
 * source, parked elements, pools on this one.  Called when it joins, and then
 * from time to time, as not all could be asked at first: a CPU came or went,
 * the worker was at the maximum, or a pool on this one got elements later.
 */
static void waiter_ask(struct rsvpool_waiter *w)
{
	struct rsvpool *pool;
	unsigned int i;

	for (i = 0; i < w->nr; i++) {
		pool = w->place[i].pool;
		cache_trim_housekeeping(pool);
		preempt_disable_notrace();
		/*
		 * Pools on this one may have elements though the source has
		 * none: make the worker run also if it is AT_MAX.
		 */
		if (hint(pool->children))
			refill_room(pool);
		refill_ask(pool);
		pool_kick(pool);
		preempt_enable_notrace();
	}
}

/*
 * Sleep until served, interrupted by a signal that @state allows, or timed out.
 * Returns the errno of a sleeper that was not granted its elements meanwhile,
 * which waiter_leave() decides.
 */
static int waiter_sleep(struct rsvpool_waiter *w, unsigned int state,
			unsigned long timeout)
{
	unsigned int stall_ms = READ_ONCE(w->place[0].pool->stall_ms);
	unsigned long stall = msecs_to_jiffies(stall_ms);
	unsigned long slice, left;
	unsigned int i;

	for (;;) {
		set_current_state(state);
		/* Pairs with smp_store_release() in depot_granted(). */
		if (smp_load_acquire(&w->state) == WAITER_GRANTED ||
		    signal_pending_state(state, current) || !timeout)
			break;
		slice = min_t(unsigned long, timeout, WAIT_SLICE);
		if (stall_ms)
			slice = min(slice, stall + 1);
		left = schedule_timeout(slice);
		if (timeout != MAX_SCHEDULE_TIMEOUT)
			timeout -= slice - left;
		if (left)
			continue;
		__set_current_state(TASK_RUNNING);
		waiter_ask(w);
		if (stall_ms && time_after(jiffies, w->since + stall)) {
			for (i = 0; i < w->nr; i++)
				holders_report_stall(w->place[i].pool);
			stall_ms = 0;	/* report once a sleep */
		}
	}
	__set_current_state(TASK_RUNNING);
	return timeout ? -EINTR : -ETIMEDOUT;
}

/* Does a tracepoint need the time that the wait took? */
static bool wait_is_timed(void)
{
	return trace_rsvpool_wait_end_enabled() || trace_rsvpool_alloc_enabled();
}

/**
 * queue_wait - wait in the queues of one or several pools, holding no element
 * @place: pool, nr and elements of each place, in any order; each pool once
 * @nr: how many places, 1 to RSVPOOL_CLAIM_MAX
 * @state: TASK_UNINTERRUPTIBLE or TASK_KILLABLE
 * @timeout: in jiffies, or MAX_SCHEDULE_TIMEOUT
 *
 * Context: Task, may sleep.
 * Return: 0 with all elements, or with none -EINTR, -ETIMEDOUT, or -EINVAL if a
 * place wants more than the pool's reserve.
 */
int queue_wait(struct rsvpool_place *place, unsigned int nr,
	       unsigned int state, unsigned long timeout)
{
	struct rsvpool_waiter w = {
		.task = current,
		.place = place,
		.nr = nr,
		.state = WAITER_QUEUED,
		.since = jiffies,
	};
	u64 begun, waited = 0;
	unsigned int i;
	int err;

	INIT_LIST_HEAD(&w.in_granted);
	for (i = 0; i < nr; i++) {
		place[i].waiter = &w;
		place[i].prio = place_prio(place[i].pool);
	}
	err = waiter_join(&w);
	if (err)
		return err;
	for (i = 0; i < nr; i++) {
		stat_inc(place[i].pool, STAT_SLEEPS);
		trace_rsvpool_emergency(place[i].pool->name, RUNG_WAIT,
					place[i].nr);
		trace_rsvpool_wait_begin(place[i].pool->name, place[i].nr);
	}
	begun = wait_is_timed() ? ktime_get_mono_fast_ns() : 0;
	/* Pairs with smp_store_release() in depot_granted(). */
	if (smp_load_acquire(&w.state) != WAITER_GRANTED)
		waiter_ask(&w);
	err = waiter_sleep(&w, state, timeout);
	if (waiter_leave(&w))
		err = 0;
	if (begun)
		waited = ktime_get_mono_fast_ns() - begun;
	for (i = 0; i < nr; i++) {
		stat_add(place[i].pool, err ? STAT_GAVE_UP : STAT_ALLOC_WAIT,
			 err ? 1 : place[i].nr);
		trace_rsvpool_wait_end(place[i].pool->name, place[i].nr, err,
				       waited);
		if (!err)
			trace_rsvpool_alloc(place[i].pool->name, RUNG_WAIT,
					    place[i].nr, place[i].elements[0],
					    waited);
	}
	return err;
}

/**
 * queue_wake - serve sleepers and wake those that were served, at most a batch
 * @pool: the pool
 *
 * Also moves a batch of parked elements to the depot.  One hold of the lock
 * serves as many sleepers as an any-context call does (depot_serve()), as others
 * may spin meanwhile.
 *
 * Context: Hard irq_work, interrupts off.  It is an RCU reader, so that it can
 * wake a task that it has seen on the granted list, even if that has left the
 * list.
 * Return: whether there is more to do.
 */
bool queue_wake(struct rsvpool *pool)
{
	struct rsvpool_depot *s = &pool->depot;
	struct rsvpool_waiter *w;
	struct task_struct *task;
	unsigned int i;

	rcu_read_lock();
	raw_spin_lock(&s->lock);
	depot_unpark(pool, pool->batch);
	depot_serve(pool);
	for (i = 0; i < pool->batch && !list_empty(&s->granted); i++) {
		w = list_first_entry(&s->granted, struct rsvpool_waiter,
				     in_granted);
		list_del_init(&w->in_granted);
		task = w->task;
		raw_spin_unlock(&s->lock);
		/* @w may be gone by now. */
		wake_up_process(task);
		stat_inc(pool, STAT_WAKEUPS);
		raw_spin_lock(&s->lock);
		if (s->more)
			depot_serve(pool);
	}
	raw_spin_unlock(&s->lock);
	rcu_read_unlock();
	/*
	 * If the depot is full, parked elements were freed twice; they stay
	 * parked.
	 */
	return !list_empty_careful(&s->granted) ||
	       (atomic_read(&pool->parked_nr) &&
		hint(s->count) < s->capacity);
}

/**
 * queue_serve_claim - serve the claim at the head, if all its pools have enough
 * @pool: a pool that may have enough
 *
 * Context: Hard irq_work.
 */
void queue_serve_claim(struct rsvpool *pool)
{
	struct rsvpool_depot *s = &pool->depot;
	struct rsvpool_place *head;
	struct rsvpool_waiter *w;
	unsigned int i, nr;

	if (!hint(s->claim_ready))
		return;
	raw_spin_lock(&rsvpool_claims);
	raw_spin_lock(&s->lock);
	WRITE_ONCE(s->claim_ready, false);
	head = depot_head(s);
	w = head && head->waiter->nr > 1 ? head->waiter : NULL;
	raw_spin_unlock(&s->lock);
	/* A claim stays in its queues while rsvpool_claims is held. */
	if (!w)
		goto out;
	nr = w->nr;
	for (i = 0; i < nr; i++)
		place_lock(&w->place[i], i);
	if (claim_serve(w))
		serve_others(w);
	/*
	 * Served or not, the claim cannot leave before rsvpool_claims is
	 * dropped.
	 */
	for (i = nr; i; i--)
		place_unlock(&w->place[i - 1]);
	for (i = 0; i < nr; i++)
		depot_kick(w->place[i].pool);
out:
	raw_spin_unlock(&rsvpool_claims);
}

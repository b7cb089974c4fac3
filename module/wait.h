/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sleepers.  A sleeper (struct rsvpool_waiter) has a place in the queue of each
 * pool that it wants elements of: one, or several for a claim.  Places and
 * waiter are on its stack.
 */
#ifndef _RSVPOOL_WAIT_H
#define _RSVPOOL_WAIT_H

#include "internal.h"

enum waiter_state {
	WAITER_QUEUED,
	WAITER_GRANTED,
};

/**
 * struct rsvpool_place - a sleeper's place in one pool's queue
 * @pool: the pool
 * @nr: elements wanted of it
 * @elements: where to put them
 * @waiter: the sleeper
 * @in_queue: in the pool's depot.queue, by @prio, then @ticket; under the
 *	depot's lock
 * @prio: a smaller one is served first
 * @ticket: the order of arrival, for places of the same @prio
 */
struct rsvpool_place {
	struct rsvpool *pool;
	unsigned int nr;
	void **elements;
	struct rsvpool_waiter *waiter;
	struct rb_node in_queue;
	int prio;
	u64 ticket;
};

/**
 * struct rsvpool_waiter - a sleeper
 * @task: to be woken
 * @place: its places
 * @nr: how many of them
 * @state: changes from queued to granted under the locks of all its pools; the
 *	sleeper also reads it without them
 * @in_granted: in the first pool's depot.granted, under that depot's lock
 * @since: when it came, in jiffies
 */
struct rsvpool_waiter {
	struct task_struct *task;
	struct rsvpool_place *place;
	unsigned int nr;
	enum waiter_state state;
	struct list_head in_granted;
	unsigned long since;
};

int queue_wait(struct rsvpool_place *place, unsigned int nr,
	       unsigned int state, unsigned long timeout);
bool queue_wake(struct rsvpool *pool);
void queue_serve_claim(struct rsvpool *pool);
void queue_lock(struct rsvpool_place *place, unsigned int nr,
		unsigned long *flags);
void queue_unlock(struct rsvpool_place *place, unsigned int nr,
		  unsigned long flags);

/* queue_wait() for one pool. */
static inline int queue_wait_one(struct rsvpool *pool, void **elements,
				 unsigned int nr, unsigned int state,
				 unsigned long timeout)
{
	struct rsvpool_place place = {
		.pool = pool,
		.nr = nr,
		.elements = elements,
	};

	return queue_wait(&place, 1, state, timeout);
}

#endif /* _RSVPOOL_WAIT_H */

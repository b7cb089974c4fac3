/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests of code in any context: for the refill worker, and for the irq_work
 * that wakes sleepers.  See kick.c.
 */
#ifndef _RSVPOOL_KICK_H
#define _RSVPOOL_KICK_H

#include "internal.h"

/* The states of the refill worker: pool->refill_state. */
enum rsvpool_refill_state {
	REFILL_IDLE,		/* not asked */
	REFILL_ASKED,		/* asked; the irq_work has to queue it */
	REFILL_QUEUED,		/* queued, running or backing off */
	REFILL_AT_MAX,		/* useless until an element is given back */
	REFILL_STOPPED,		/* until refill_start() */
};

bool pool_kick(struct rsvpool *pool);
void refill_ask(struct rsvpool *pool);
void refill_now(struct rsvpool *pool);
void refill_room(struct rsvpool *pool);
void refill_surplus(struct rsvpool *pool);

#endif /* _RSVPOOL_KICK_H */

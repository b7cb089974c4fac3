/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What code in any context asks for: the refill worker, and the irq_work that wakes
 * sleepers.  See kick.c.
 */
#ifndef _RSVPOOL_KICK_H
#define _RSVPOOL_KICK_H

#include "internal.h"

/* Who drives the refill worker: pool->refill_state. */
enum rsvpool_refill_state {
	REFILL_IDLE,		/* nobody asked */
	REFILL_ASKED,		/* asked; the irq_work has to queue it */
	REFILL_QUEUED,		/* queued, running or backing off */
	REFILL_AT_MAX,		/* no use before an element is given back */
	REFILL_STOPPED,		/* until refill_start() */
};

bool pool_kick(struct rsvpool *pool);
void refill_ask(struct rsvpool *pool);
void refill_now(struct rsvpool *pool);
void refill_room(struct rsvpool *pool);
void refill_surplus(struct rsvpool *pool);

#endif /* _RSVPOOL_KICK_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What code in any context asks for: the refill worker, and the irq_work that wakes
 * sleepers.  See kick.c.
 */
#ifndef _RSVPOOL_KICK_H
#define _RSVPOOL_KICK_H

#include "internal.h"

bool pool_kick(struct rsvpool *pool);
void refill_ask(struct rsvpool *pool);
void refill_now(struct rsvpool *pool);
void refill_room(struct rsvpool *pool);
void refill_surplus(struct rsvpool *pool);

#endif /* _RSVPOOL_KICK_H */

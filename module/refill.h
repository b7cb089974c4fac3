/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A run of the refill worker; starting and stopping it: see refill.c.
 */
#ifndef _RSVPOOL_REFILL_H
#define _RSVPOOL_REFILL_H

struct rsvpool;

void refill_run(struct rsvpool *pool);
void refill_stop(struct rsvpool *pool);
void refill_start(struct rsvpool *pool);

#endif /* _RSVPOOL_REFILL_H */

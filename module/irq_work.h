/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A pool's irq_works, one for each CPU: see irq_work.c.  kick.h queues them.
 */
#ifndef _RSVPOOL_IRQ_WORK_H
#define _RSVPOOL_IRQ_WORK_H

struct rsvpool;

void irq_works_init(struct rsvpool *pool);
void irq_works_sync(struct rsvpool *pool);

#endif /* _RSVPOOL_IRQ_WORK_H */

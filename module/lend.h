/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Loans: see lend.c.
 */
#ifndef _RSVPOOL_LEND_H
#define _RSVPOOL_LEND_H

#include <linux/atomic.h>
#include <linux/llist.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct rsvpool;

/*
 * What a pool that lends has on top.
 *
 * @pool: the pool
 * @live: by a loan's number its sequence, while it is alive, or 0; written
 *	under the depot's lock, read without
 * @number: of the depot's place i, if it is lent; behind those the numbers that
 *	nobody has.  This and the next two under the depot's lock
 * @sequence: of the newest loan
 * @hand: the place whose loan is revoked next, if there is one
 * @lending: since the pool is whole, until it is torn down
 * @later: elements to go back to the source
 * @later_nr: how many, with those in @going
 * @going: those that wait for the grace period after which @work gives them
 *	back; of whoever has set @armed
 * @armed: there are some, or soon will be
 * @work: waits for it
 */
struct rsvpool_loans {
	struct rsvpool *pool;
	unsigned long *live;
	unsigned int *number;
	unsigned long sequence;
	unsigned int hand;
	bool lending;
	struct llist_head later;
	atomic_t later_nr;
	struct llist_node *going;
	atomic_t armed;
	struct rcu_work work;
};

int loans_init(struct rsvpool *pool);
void loans_exit(struct rsvpool *pool);
void loans_start(struct rsvpool *pool);
void loans_stop(struct rsvpool *pool);

#endif /* _RSVPOOL_LEND_H */

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
 * The loans of a pool with lend=1.
 *
 * @pool: the pool
 * @live: indexed by a loan's number: its sequence while it is alive, or 0; written
 *	under the depot's lock, read without
 * @number: indexed by a place in the depot's array: for the first depot.lent
 *	places the number of the loan, for the others the numbers that no loan
 *	has.  The depot's lock protects this and the next two
 * @sequence: of the newest loan
 * @revoke_next: the place whose loan is revoked next, if it has one
 * @lending: true from loans_start() to loans_stop()
 * @deferred: released elements that no grace period has been started for
 * @deferred_nr: how many elements are in @deferred and @in_gp
 * @in_gp: released elements whose grace period runs; then @work gives them to
 *	the source.  Written by the call that has set @armed
 * @armed: 1 from the start of a grace period until @work has handled @in_gp
 * @work: waits for the grace period
 */
struct rsvpool_loans {
	struct rsvpool *pool;
	unsigned long *live;
	unsigned int *number;
	unsigned long sequence;
	unsigned int revoke_next;
	bool lending;
	struct llist_head deferred;
	atomic_t deferred_nr;
	struct llist_node *in_gp;
	atomic_t armed;
	struct rcu_work work;
};

int loans_init(struct rsvpool *pool);
void loans_exit(struct rsvpool *pool);
void loans_start(struct rsvpool *pool);
void loans_stop(struct rsvpool *pool);

#endif /* _RSVPOOL_LEND_H */

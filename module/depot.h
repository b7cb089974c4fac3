/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The depot, and the functions of depot.c.  The inlined moves are in
 * depot_inline.h.
 */
#ifndef _RSVPOOL_DEPOT_H
#define _RSVPOOL_DEPOT_H

#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct rsvpool;
struct rsvpool_loan;
struct rsvpool_place;
struct rsvpool_waiter;

/*
 * The depot.  @lock, which is a leaf, protects all fields.
 *
 * @count, @items, @capacity: the array; elements are taken from its end and put
 *	there
 * @min: the min watermark: elements guaranteed here, the reserve less
 *	nmi_reserve
 * @room: places that a free may fill: all of them; but only those up to @high
 *	if there is no maximum and no sleeper, as users of such a pool may call
 *	the source
 * @rising: the min watermark that a resize is raising to; 0 if there is no
 *	resize
 * @lowest: the lowest count that an emergency has left, since the last refill
 * @low, @high: the watermarks in force for @count
 * @waiting: how many sleepers are in @queue
 * @claims: how many of these wait for other pools, too
 * @fills: how often elements moved from here to slots, or surplus ones back
 * @claim_ready: the first in @queue is a claim on several pools, and this pool
 *	has enough for it
 * @more: more sleepers can be served, or slots filled, than one hold of the
 *	lock may do
 * @ticket: the next sleeper's
 * @queue: the sleepers, by (prio, ticket)
 * @granted: sleepers served but not yet woken
 * @lent: how many elements are lent: the first ones of the array.  Code that
 *	takes from its end calls depot_revoke_for_take() first, or stays above
 *	@take_above
 *
 * Derived by watermarks_update(), so that the common take and put are one
 * comparison each:
 * @take_above: a take that finds count above this has nothing else to do: no
 *	task waits, count does not fall below min, the rising min or low, and
 *	the element is not lent
 * @put_floor, @put_span: a put has nothing else to do when count - put_floor is
 *	less than put_span: the depot is not below min, no task waits, there is
 *	room, and no surplus
 * @bare_above, @bare_span: the same for a pool that never had caches to fill
 *	or empty; with caches no count is in these ranges
 */
struct rsvpool_depot {
	raw_spinlock_t lock;
	unsigned int count;
	unsigned int take_above;
	unsigned int bare_above;
	unsigned int put_floor;
	unsigned int put_span;
	unsigned int bare_span;
	void **items;
	unsigned int capacity;
	unsigned int room;
	unsigned int min;
	unsigned int rising;
	unsigned int lowest;
	unsigned int low;
	unsigned int high;
	unsigned int waiting;
	unsigned int claims;
	unsigned int lent;
	unsigned int fills;
	bool claim_ready;
	bool more;
	u64 ticket;
	struct rb_root_cached queue;
	struct list_head granted;
};

void depot_init(struct rsvpool *pool);
void depot_kick(struct rsvpool *pool);
unsigned int depot_above(const struct rsvpool_depot *s);
bool depot_balance(struct rsvpool *pool);
bool depot_trim(struct rsvpool *pool);
void depot_flush(struct rsvpool *pool);
void depot_unpark(struct rsvpool *pool, unsigned int nr);
void *depot_take_last(struct rsvpool *pool, bool *slot);
unsigned int depot_allowance(struct rsvpool *pool, bool may_queue,
			     bool above_only);
unsigned int depot_take_allowed(struct rsvpool *pool, void **elements,
				unsigned int nr);
void depot_trace_taken(const struct rsvpool *pool, void **elements,
		       unsigned int nr, unsigned int below);
void *depot_take_slowpath(struct rsvpool *pool, bool may_queue,
			  bool above_only);
void *depot_put_slowpath(struct rsvpool *pool, void *element, bool unpark);
unsigned int depot_put_many(struct rsvpool *pool, void **elements,
			    unsigned int nr);
bool depot_put_bulk(struct rsvpool *pool, void **elements, unsigned int nr,
		    bool decided, unsigned int *put);
unsigned int depot_take_surplus(struct rsvpool *pool, void **elements,
				unsigned int nr, unsigned int keep);
unsigned int depot_take_bulk(struct rsvpool *pool, void **elements,
			     unsigned int nr);
bool depot_to_trim(struct rsvpool *pool);
bool depot_flush_here(struct rsvpool *pool);

void *depot_put_lent(struct rsvpool *pool, void *element,
		     struct rsvpool_loan *loan);
bool depot_revoke_some(struct rsvpool *pool);

/* Sleepers; depot lock held. */
struct rsvpool_place *depot_head(struct rsvpool_depot *s);
bool depot_has(const struct rsvpool *pool, unsigned int nr);
bool depot_gather(struct rsvpool *pool, unsigned int nr);
void depot_ungather(struct rsvpool *pool);
void depot_grant(struct rsvpool *pool, struct rsvpool_place *place);
void depot_granted(struct rsvpool *pool, struct rsvpool_waiter *w);
void depot_serve(struct rsvpool *pool);
void depot_serve_many(struct rsvpool *pool, unsigned int most,
		      unsigned int fill);
void depot_fill(struct rsvpool *pool, unsigned int most);
void depot_remove_place(struct rsvpool_place *place);

#endif /* _RSVPOOL_DEPOT_H */

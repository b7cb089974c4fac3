// SPDX-License-Identifier: GPL-2.0
/*
 * Lending: what rests below min may still be read by the code that put it there.
 *
 * A lent element is one of the depot's like any other: it counts, it answers
 * requests, and only its content is not ours yet.  Lent ones are the last of the
 * depot that are taken; depot.c has where they stand and how one is revoked,
 * which is a store and a barrier under the lock that the taker has anyhow.
 *
 * A loan is {number, sequence}.  The table live[] has, by number, the sequence
 * of the loan that is alive, or 0.  No sequence is used twice (there are 2^64),
 * so a loan that was forgotten never comes to life again.
 *
 * Three things a reader relies on:
 *
 *	What it reads was written by the borrower.  live[] is set with release
 *	after the content, and read with acquire before it.
 *
 *	It has not been overwritten.  live[] is cleared before the element is
 *	handed out, with a full barrier between, and looked at again after the
 *	content was read, with smp_rmb() between: a reader that has read a byte
 *	of the next owner's finds 0.  The barrier is a full one because the next owner
 *	may write on another CPU, which has the element from the first by any
 *	way: smp_wmb() orders the first one's stores, but not for a third CPU
 *	against those of the second (selftests/models/lend.litmus).
 *
 *	The memory is there.  An element of a pool that lends goes back to its
 *	source a grace period after it was taken out of the depot for that
 *	(source_free()), at which time it was revoked.  A reader who saw it alive
 *	as an RCU reader is through by then.
 *
 * The reads race with the next owner's writes, which is meant; they are marked
 * for KCSAN.  KASAN does not know which elements of such a pool rest (see
 * pool_markable()): a late reader may read what has been handed out and freed.
 *
 * Readers take no lock and write nothing.  They use the pool: a reader holds
 * it, as for any other call.  rsvpool_lend() is a free, for any context.
 */
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/rsvpool_lend.h>
#include <linux/slab.h>

#include "debug.h"
#include "depot.h"
#include "depot_inline.h"
#include "free.h"
#include "internal.h"
#include "lend.h"
#include "source.h"
#include "stats.h"
#include "trace.h"

/**
 * loans_init - give a pool what it needs to lend
 * @pool: the pool; capacity is set
 *
 * Nothing is lent, nor is anything given back later, before loans_start().
 *
 * Context: Task, may sleep.
 * Return: 0 or -ENOMEM.
 */
int loans_init(struct rsvpool *pool)
{
	unsigned int nr = pool->depot.capacity, i;
	struct rsvpool_loans *l;

	l = kzalloc(sizeof(*l), GFP_KERNEL);
	if (!l)
		return -ENOMEM;
	l->live = kvcalloc(nr, sizeof(*l->live), GFP_KERNEL | __GFP_NOWARN);
	l->number = kvmalloc_array(nr, sizeof(*l->number),
				   GFP_KERNEL | __GFP_NOWARN);
	if (!l->live || !l->number) {
		kvfree(l->number);
		kvfree(l->live);
		kfree(l);
		return -ENOMEM;
	}
	for (i = 0; i < nr; i++)
		l->number[i] = i;
	l->pool = pool;
	init_llist_head(&l->later);
	source_later_setup(l);
	pool->loans = l;
	pool->metadata_bytes += sizeof(*l) +
		nr * (sizeof(*l->live) + sizeof(*l->number));
	return 0;
}

void loans_exit(struct rsvpool *pool)
{
	struct rsvpool_loans *l = pool->loans;

	if (!l)
		return;
	kvfree(l->number);
	kvfree(l->live);
	kfree(l);
}

/* The pool is whole; from now on it lends. */
void loans_start(struct rsvpool *pool)
{
	if (pool->loans)
		WRITE_ONCE(pool->loans->lending, true);
}

/**
 * loans_stop - revoke all, for good
 * @pool: a pool that is not called any more
 *
 * After a grace period no task reads its elements, so that they need not wait
 * for one themselves.
 *
 * Context: Task, may sleep.
 */
void loans_stop(struct rsvpool *pool)
{
	if (!pool->loans)
		return;
	while (depot_revoke_some(pool))
		cond_resched();
	WRITE_ONCE(pool->loans->lending, false);
}

bool rsvpool_lend(struct rsvpool *pool, void *element,
		  struct rsvpool_loan *loan)
{
	struct rsvpool_depot *s = &pool->depot;
	unsigned long flags;

	*loan = (struct rsvpool_loan){ .pool = pool, .element = element };
	if (unlikely(!element))
		return false;
	if (!pool->loans) {
		rsvpool_free(pool, element);
		return false;
	}
	preempt_disable_notrace();
	if (pool->debug && !debug_lent(pool, element, _RET_IP_))
		goto out;
	trace_rsvpool_free(pool->name, 1, element);
	if (unlikely(!depot_lock(s, &flags))) {
		pool_free_untraced(pool, element);
		goto out;
	}
	depot_trim(pool);
	element = depot_put_lent(pool, element, loan);
	raw_spin_unlock(&s->lock);
	depot_settle(pool);
	local_irq_restore(flags);
	if (likely(!element))
		stat_inc(pool, STAT_FREE_DEPOT);
	else	/* No room: freed twice.  That notes it. */
		pool_free_untraced(pool, element);
out:
	rsvpool_preempt_enable();
	return loan->sequence;
}
EXPORT_SYMBOL_GPL(rsvpool_lend);

bool rsvpool_loan_live(const struct rsvpool_loan *loan)
{
	struct rsvpool_loans *l;

	if (!loan->sequence)
		return false;
	l = loan->pool->loans;
	/*
	 * What was read of the element before we look.  Pairs with smp_mb() in
	 * depot_revoke().
	 */
	smp_rmb();
	/* What is read of it comes after; pairs with depot_put_lent(). */
	return smp_load_acquire(&l->live[loan->index]) == loan->sequence;
}
EXPORT_SYMBOL_GPL(rsvpool_loan_live);

bool rsvpool_loan_read(const struct rsvpool_loan *loan, void *to,
		       size_t offset, size_t len)
{
	bool good;

	/* One that never was has no pool. */
	if (!loan->sequence)
		return false;
	if (WARN_ON_ONCE(offset > loan->pool->size ||
			 len > loan->pool->size - offset))
		return false;
	rcu_read_lock();
	good = rsvpool_loan_live(loan);
	if (likely(good)) {
		/* The next owner may be writing: then the loan is dead. */
		data_race(memcpy(to, loan->element + offset, len));
		good = rsvpool_loan_live(loan);
	}
	rcu_read_unlock();
	return good;
}
EXPORT_SYMBOL_GPL(rsvpool_loan_read);

// SPDX-License-Identifier: GPL-2.0
/*
 * Lending: code that frees an element may go on reading it while it is in the
 * depot.
 *
 * A lent element is in the depot like any other: it counts, and it answers
 * requests.  Only its content still belongs to the loan.  The depot hands out
 * lent elements last.  depot.c says where they are in its array, and how code
 * that takes an element revokes its loan: by a store and a barrier, under the
 * lock that it holds in any case.
 *
 * A loan is {number, sequence}.  live[number] is the sequence of the loan that is
 * alive, or 0.  No sequence is used twice, so a dead loan stays dead: a sequence has
 * 64 bits, as pools of other kernels may not lend (set_lend()).
 *
 * A reader relies on three things:
 *
 *	The borrower wrote what the reader reads.  live[] is set with release after
 *	the content, and read with acquire before it.
 *
 *	The content has not been overwritten.  live[] is cleared before the
 *	element is handed out, with a full barrier between.  The reader reads
 *	live[] again after the content, with smp_rmb() between.  So a reader
 *	that has read a byte of the next owner does not find its own sequence
 *	any more.  The barrier is a full one, because the next owner may write
 *	on another CPU, which got the element from the first CPU.  smp_wmb()
 *	orders the stores of the first CPU, but a third CPU may still see the
 *	stores of the second one before them (selftests/models/lend.litmus).
 *
 *	The memory exists.  With lend=1 an element goes back to its source only a
 *	grace period after it left the depot for that (source_free()).  Its loan was
 *	revoked when it left.  A reader that saw the loan alive in an RCU read-side
 *	critical section has left that section by then.
 *
 * The reads race with the next owner's writes.  This is intended; the reads are
 * marked for KCSAN.  KASAN does not know which elements of such a pool are free
 * (see pool_markable()), so it does not report a late reader.
 *
 * Readers take no lock and write nothing.  A reader holds the pool, as for any
 * other call.  rsvpool_lend() is a free, and may be called in any context.
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
 * loans_init - allocate what a pool needs to lend
 * @pool: the pool; capacity is set
 *
 * Before loans_start() nothing is lent, and elements go back to the source at once.
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
	init_llist_head(&l->deferred);
	source_deferred_setup(l);
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

/* The pool is complete; from now on it lends. */
void loans_start(struct rsvpool *pool)
{
	if (pool->loans)
		WRITE_ONCE(pool->loans->lending, true);
}

/**
 * loans_stop - revoke all loans, and lend nothing from now on
 * @pool: a pool without users, sleepers and outstanding elements
 *
 * The caller waits for a grace period before it frees elements.  After that no
 * reader uses them, so each goes back to the source without a grace period of
 * its own.
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
	depot_kick(pool);
	local_irq_restore(flags);
	if (likely(!element))
		stat_inc(pool, STAT_FREE_DEPOT);
	else	/* No room: freed twice, which pool_free_untraced() notes. */
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
	 * The caller's reads of the element come before the read of live[].  Pairs
	 * with smp_mb() in depot_revoke().
	 */
	smp_rmb();
	/* The caller's next reads come after; pairs with depot_put_lent(). */
	return smp_load_acquire(&l->live[loan->index]) == loan->sequence;
}
EXPORT_SYMBOL_GPL(rsvpool_loan_live);

bool rsvpool_loan_read(const struct rsvpool_loan *loan, void *to,
		       size_t offset, size_t len)
{
	bool good;

	/* A loan that never was alive may be all zero, and have no pool. */
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

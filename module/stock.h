/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The stock: the moves that are made with its lock held, inlined into alloc.c
 * because they are all there is between an empty cache and an element.  What
 * is special - below the line, somebody waiting, a mark crossed - is in
 * stock.c, where the guarantee is argued too, as are the moves of a batch.
 */
#ifndef _RSVPOOL_STOCK_H
#define _RSVPOOL_STOCK_H

#include "cache.h"
#include "internal.h"

/*
 * Take the stock's lock.  In NMI it may be held by what the NMI interrupted,
 * so there it is only tried.
 */
static __always_inline bool stock_lock(struct rsvpool_stock *s,
				       unsigned long *flags)
{
	if (unlikely(in_nmi()))
		return raw_spin_trylock_irqsave(&s->lock, *flags);
	raw_spin_lock_irqsave(&s->lock, *flags);
	return true;
}

/* What is below the line, or the one it is rising to.  Lock held. */
static inline unsigned int stock_guard(const struct rsvpool_stock *s)
{
	return max(s->line, s->rising);
}

/*
 * One element from the end of the array.  Lock held.
 * @may_queue: the caller can wait instead, so it must not overtake
 * @above_only: not from below the line
 */
static __always_inline void *stock_take(struct rsvpool *pool, bool may_queue,
					bool above_only)
{
	struct rsvpool_stock *s = &pool->stock;
	unsigned int n = s->count;

	if (unlikely(n <= s->take_above))
		return stock_take_special(pool, may_queue, above_only);
	s->count = n - 1;
	stat_inc(pool, STAT_ALLOC_STOCK);
	return s->items[n - 1];
}

#endif /* _RSVPOOL_STOCK_H */

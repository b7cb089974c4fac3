/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The stock: the moves that are made with its lock held, inlined into alloc.c
 * because they are all there is between an empty cache and an element.  What
 * is special - below the line, somebody waiting, a mark crossed - is in
 * stock.c, where the guarantee is argued too.
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

/* Elements at and above the line, which caches may have. */
static __always_inline unsigned int stock_above(const struct rsvpool_stock *s)
{
	unsigned int guard = max(s->line, s->rising);

	return s->count > guard && !s->waiting ? s->count - guard : 0;
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

/*
 * Move elements from above the line to this CPU's cache.  Lock held, so only
 * an NMI can nest here; one that pops makes the commit fail.
 */
static __always_inline void stock_pull(struct rsvpool *pool)
{
	struct rsvpool_cpu __percpu *cpu = pool->cpu;
	struct rsvpool_stock *s = &pool->stock;
	unsigned int limit = READ_ONCE(pool->cache);
	unsigned int above, n, i, k;
	u64 word;

	above = stock_above(s);
	if (!limit || !above || !cache_push_begin(cpu))
		return;
	word = this_cpu_read(cpu->word);
	do {
		n = cache_word_count(word);
		k = limit > n ? min3(limit - n, above, pool->batch) : 0;
		if (!k)
			goto out;
		for (i = 0; i < k; i++)
			this_cpu_write(cpu->entries[n + i],
				       s->items[s->count - 1 - i]);
	} while (!cache_commit(cpu, &word, word + k * CACHE_SEQ_ONE + k));
	s->count -= k;
	stat_add(pool, STAT_PULLED, k);
out:
	cache_push_end(cpu);
}

/*
 * Move up to a batch of this CPU's entries to the stock.  Lock held.  Returns
 * whether the cache is empty now.
 */
static __always_inline bool stock_flush(struct rsvpool *pool)
{
	struct rsvpool_cpu __percpu *cpu = pool->cpu;
	struct rsvpool_stock *s = &pool->stock;
	unsigned int n, i, k;
	u64 word;

	word = this_cpu_read(cpu->word);
	do {
		n = cache_word_count(word);
		k = min3(n, pool->batch, s->capacity - s->count);
		if (!k)
			return !n;
		for (i = 0; i < k; i++)
			s->items[s->count + i] =
				this_cpu_read(cpu->entries[n - 1 - i]);
	} while (!cache_commit(cpu, &word, word + k * CACHE_SEQ_ONE - k));
	s->count += k;
	stat_add(pool, STAT_FLUSHED, k);
	return n == k;
}

#endif /* _RSVPOOL_STOCK_H */

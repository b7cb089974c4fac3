/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The per-CPU cache: the lockless moves.  Inlined into alloc.c, where a pair
 * of them is what most requests cost; what is not on that path is in cache.c.
 *
 * Every function here runs with preemption off, so that "this CPU" stays; an
 * interrupt or NMI may come between any two instructions and may itself push
 * or pop.  No other CPU takes part.
 *
 * Pop: read the word, read the top entry, commit {sequence + 1, count - 1}
 * with this_cpu_cmpxchg.  Whatever nested in between has moved an element, so
 * it has grown the sequence: the commit fails and is tried again.  A pop that
 * commits has therefore read word and entry with nothing in between.
 *
 * Push: the entry has to be written before the commit that publishes it, and
 * there the sequence does not help.  Let an outer push read {s, n}; an
 * interrupt pushes x to entry n and commits {s + 1, n + 1}; the outer push now
 * stores its own element over x, and although its commit fails, x is gone.
 * Therefore @pushing: it is set from before the read until after the commit,
 * and a push that finds it set leaves the cache alone.  A pop that nests in
 * the window only lowers count: the outer store then lands at or above the
 * count, where no entry is, its commit fails and the retry stores where it
 * belongs.
 *
 * @pushing needs no atomic: whoever sets it finds it clear and clears it
 * before returning to what it interrupted.
 *
 * Invariants kept (DESIGN 2): every element is in the cache once (a commit
 * moves exactly the entries it has read or written), and the bound (a push
 * commits at most as many entries as the limit, whatever nested).
 *
 * The limit is the pool's setting, or 0 for a CPU that has been asked to give
 * its entries back.  It is the only field that other CPUs write; a limit that
 * is below the count sends the owner's next call to the stock, which takes
 * entries back (stock_flush()) until they fit.
 *
 * selftests/models/cache.pml has all of this for a model checker.
 *
 * Where an architecture has no NMI-safe this_cpu_cmpxchg, the generic one
 * turns interrupts off; alloc.c then keeps NMIs out.
 */
#ifndef _RSVPOOL_CACHE_H
#define _RSVPOOL_CACHE_H

#include "internal.h"

#define CACHE_COUNT_BITS	16
#define CACHE_COUNT_MASK	((1ULL << CACHE_COUNT_BITS) - 1)
#define CACHE_SEQ_ONE		(1ULL << CACHE_COUNT_BITS)

/*
 * A build with this set has no pushing flag.  It exists for the selftests,
 * which must find the element it loses.
 */
#ifdef RSVPOOL_MUTANT_NO_PUSHING
#define CACHE_FLAG_CUT_OUT	1
#else
#define CACHE_FLAG_CUT_OUT	0
#endif

/* unsigned long, as it indexes entries. */
static __always_inline unsigned long cache_word_count(u64 word)
{
	return word & CACHE_COUNT_MASK;
}

/* Was @word still there?  Then @to is now; else @word is what was found. */
static __always_inline bool cache_commit(struct rsvpool_cpu __percpu *cpu,
					 u64 *word, u64 to)
{
	if (likely(this_cpu_try_cmpxchg(cpu->word, word, to)))
		return true;
	this_cpu_inc(cpu->stat[STAT_CACHE_RETRIES]);
	return false;
}

static __always_inline bool cache_push_begin(struct rsvpool_cpu __percpu *cpu)
{
	if (CACHE_FLAG_CUT_OUT)
		return true;
	if (unlikely(this_cpu_read(cpu->pushing)))
		return false;
	this_cpu_write(cpu->pushing, 1);
	barrier();	/* the flag before the read of the word */
	return true;
}

static __always_inline void cache_push_end(struct rsvpool_cpu __percpu *cpu)
{
	barrier();	/* the commit before the flag */
	if (!CACHE_FLAG_CUT_OUT)
		this_cpu_write(cpu->pushing, 0);
}

/*
 * The newest entry into @element.  Not if there is none, or there are more than
 * the limit: then the CPU has been asked to give back.  One comparison for
 * both, since an unsigned 0 - 1 is above any limit.
 */
static __always_inline bool cache_pop_below(struct rsvpool *pool,
					    unsigned int limit, void **element)
{
	struct rsvpool_cpu __percpu *cpu = pool->cpu;
	unsigned long n;
	u64 word;

	word = this_cpu_read(cpu->word);
	do {
		n = cache_word_count(word) - 1;
		if (unlikely(n >= limit))
			return false;
		*element = this_cpu_read(cpu->entries[n]);
	} while (unlikely(!cache_commit(cpu, &word,
					word + CACHE_SEQ_ONE - 1)));
	return true;
}

static __always_inline bool cache_pop(struct rsvpool *pool, void **element)
{
	return cache_pop_below(pool, this_cpu_read(pool->cpu->limit), element);
}

/* Does @element rest in the cache now?  Not if that is full or being pushed. */
static __always_inline bool cache_push(struct rsvpool *pool, void *element)
{
	struct rsvpool_cpu __percpu *cpu = pool->cpu;
	unsigned int limit;
	unsigned long n;
	u64 word;

	/* A pool without caches loses no time here. */
	limit = this_cpu_read(cpu->limit);
	if (unlikely(!limit) || unlikely(!cache_push_begin(cpu)))
		return false;
	word = this_cpu_read(cpu->word);
	do {
		n = cache_word_count(word);
		if (unlikely(n >= limit)) {
			cache_push_end(cpu);
			return false;
		}
		this_cpu_write(cpu->entries[n], element);
	} while (unlikely(!cache_commit(cpu, &word,
					word + CACHE_SEQ_ONE + 1)));
	cache_push_end(cpu);
	return true;
}

/* Up to @nr entries at once; how many. */
static __always_inline unsigned int cache_pop_many(struct rsvpool *pool,
						   void **elements,
						   unsigned int nr)
{
	struct rsvpool_cpu __percpu *cpu = pool->cpu;
	unsigned int limit = this_cpu_read(cpu->limit);
	unsigned long n, i, k;
	void * __percpu *top;
	u64 word;

	word = this_cpu_read(cpu->word);
	do {
		n = cache_word_count(word);
		k = min_t(unsigned long, n, nr);
		if (!k || n > limit)
			return 0;
		top = &cpu->entries[n - k];
#pragma GCC unroll 8	/* the loop's own cost once in eight */
		for (i = 0; i < k; i++)
			elements[i] = this_cpu_read(top[i]);
	} while (unlikely(!cache_commit(cpu, &word,
					word + k * CACHE_SEQ_ONE - k)));
	return k;
}

/* As many of @nr elements as there is room for; how many. */
static __always_inline unsigned int cache_push_many(struct rsvpool *pool,
						    void **elements,
						    unsigned int nr)
{
	struct rsvpool_cpu __percpu *cpu = pool->cpu;
	unsigned long limit, n, i, k;
	void * __percpu *top;
	u64 word;

	if (unlikely(!cache_push_begin(cpu)))
		return 0;
	limit = this_cpu_read(cpu->limit);
	word = this_cpu_read(cpu->word);
	do {
		n = cache_word_count(word);
		k = limit > n ? min_t(unsigned long, limit - n, nr) : 0;
		if (!k)
			break;
		top = &cpu->entries[n];
#pragma GCC unroll 8
		for (i = 0; i < k; i++)
			this_cpu_write(top[i], elements[i]);
	} while (unlikely(!cache_commit(cpu, &word,
					word + k * CACHE_SEQ_ONE + k)));
	cache_push_end(cpu);
	return k;
}

#endif /* _RSVPOOL_CACHE_H */

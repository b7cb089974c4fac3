/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The per-CPU cache: all its moves, which take no lock.  They are inlined into
 * tryalloc.c, free.c, alloc.c and claim.c, where most requests cost no more
 * than a pair of them, and into depot.c, which moves a batch.  cache.c has the
 * rest.
 *
 * Every function here runs with preemption off, so that "this CPU" stays the
 * same.  An interrupt or NMI may come between any two instructions and may
 * itself push or pop.  No other CPU pushes or pops.
 *
 * Pop: read the word, read the top entry, commit {sequence + 1, count - 1} with
 * this_cpu_cmpxchg.  A call that nests in between and moves an element
 * increments the sequence, so the commit fails and the pop starts again.  If
 * the commit succeeds, no element was moved between the read of the word and
 * the commit.
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
 * @pushing needs no atomic: code that sets it finds it clear and clears it
 * before returning to what it interrupted.
 *
 * This keeps two invariants: every element is in the cache once (a commit moves
 * exactly the entries that it has read or written), and a push never commits
 * more entries than the limit, whatever nested.
 *
 * The limit is the pool's setting, or 0 for a CPU that has been asked to give
 * its entries back.  Of what the functions here use, it is the only field that
 * other CPUs write while the CPU runs (cache_drain_dead() empties the cache of
 * a dead one).  If the limit is below the count, the owner's next calls go to
 * the depot, and each takes a batch of entries back (depot_trim()) until they
 * fit.
 *
 * selftests/models/cache.pml models all of this for a model checker.
 *
 * Where an architecture has no NMI-safe this_cpu_cmpxchg, the generic one
 * turns interrupts off; nmi_refused() then keeps NMIs out.
 */
#ifndef _RSVPOOL_CACHE_H
#define _RSVPOOL_CACHE_H

#include "internal.h"

#define CACHE_COUNT_BITS	16
#define CACHE_COUNT_MASK	((1ULL << CACHE_COUNT_BITS) - 1)
#define CACHE_SEQ_ONE		(1ULL << CACHE_COUNT_BITS)

static __always_inline own_index cache_word_count(u64 word)
{
	return word & CACHE_COUNT_MASK;
}

/*
 * Replace the word with @to if it still is @word.  Otherwise store the word
 * that was found in @word, and return false.
 */
static __always_inline bool cache_commit(struct rsvpool *pool,
					 rsvpool_own *cpu, u64 *word, u64 to)
{
	if (likely(own_try_cmpxchg(cpu->word, word, to)))
		return true;
	own_stat_inc(pool, cpu, STAT_CACHE_RETRIES);
	return false;
}

static __always_inline bool cache_push_begin(rsvpool_own *cpu)
{
	if (unlikely(own_read_flag(cpu->pushing)))
		return false;
	own_write(cpu->pushing, 1);
	barrier();	/* the flag before the read of the word */
	return true;
}

static __always_inline void cache_push_end(rsvpool_own *cpu)
{
	barrier();	/* the commit before the flag */
	own_write(cpu->pushing, 0);
}

/*
 * Pop the newest entry into @element.  Fails if there is none, or if there are
 * more than @limit: then the CPU has been asked to give entries back.  One
 * comparison is enough for both, since an unsigned 0 - 1 is above any limit.
 */
static __always_inline bool cache_pop_below(struct rsvpool *pool,
					    unsigned int limit, void **element)
{
	rsvpool_own *cpu = own_cpu(pool);
	own_index n;
	u64 word;

	word = own_read(cpu->word);
	do {
		n = cache_word_count(word) - 1;
		if (unlikely(n >= limit))
			return false;
		*element = own_read(own_entry(cpu, n));
	} while (unlikely(!cache_commit(pool, cpu, &word,
					word + CACHE_SEQ_ONE - 1)));
	return true;
}

static __always_inline bool cache_pop(struct rsvpool *pool, void **element)
{
	return cache_pop_below(pool, own_read(own_cpu(pool)->limit), element);
}

/* Push @element.  Fails if the cache is full, or if it interrupts a push. */
static __always_inline bool cache_push(struct rsvpool *pool, void *element)
{
	rsvpool_own *cpu = own_cpu(pool);
	unsigned int limit;
	own_index n;
	u64 word;

	/* First, so that a pool without caches does no more than this. */
	limit = own_read(cpu->limit);
	if (unlikely(!limit) || unlikely(!cache_push_begin(cpu)))
		return false;
	word = own_read(cpu->word);
	do {
		n = cache_word_count(word);
		if (unlikely(n >= limit)) {
			cache_push_end(cpu);
			return false;
		}
		own_write(own_entry(cpu, n), element);
	} while (unlikely(!cache_commit(pool, cpu, &word,
					word + CACHE_SEQ_ONE + 1)));
	cache_push_end(cpu);
	return true;
}

/* Pop up to @nr entries at once; returns how many. */
static __always_inline unsigned int cache_pop_many(struct rsvpool *pool,
						   void **elements,
						   unsigned int nr)
{
	rsvpool_own *cpu = own_cpu(pool);
	unsigned int limit = own_read(cpu->limit);
	own_index n, k;
	typeof(&cpu->entries[0]) top;
	u64 word;

	word = own_read(cpu->word);
	do {
		n = cache_word_count(word);
		k = min_t(own_index, n, nr);
		if (!k || n > limit)
			return 0;
		top = &cpu->entries[n - k];
		own_read_many(elements, top, k);
	} while (unlikely(!cache_commit(pool, cpu, &word,
					word + k * CACHE_SEQ_ONE - k)));
	return k;
}

/* Push as many of @nr elements as there is room for; returns how many. */
static __always_inline unsigned int cache_push_many(struct rsvpool *pool,
						    void **elements,
						    unsigned int nr)
{
	rsvpool_own *cpu = own_cpu(pool);
	own_index limit, n, k;
	typeof(&cpu->entries[0]) top;
	u64 word;

	if (unlikely(!cache_push_begin(cpu)))
		return 0;
	limit = own_read(cpu->limit);
	word = own_read(cpu->word);
	do {
		n = cache_word_count(word);
		k = limit > n ? min_t(own_index, limit - n, nr) : 0;
		if (!k)
			break;
		top = &cpu->entries[n];
		own_write_many(top, elements, k);
	} while (unlikely(!cache_commit(pool, cpu, &word,
					word + k * CACHE_SEQ_ONE + k)));
	cache_push_end(cpu);
	return k;
}

/*
 * The number of entries that a pull and a flush aim at: half of the limit.  If
 * a pull filled the cache up, the next free would flush a batch, and the next
 * request would pull it again.
 */
static __always_inline unsigned int cache_middle(unsigned int limit)
{
	return limit / 2;
}

/*
 * Push up to @nr elements from below @end, until the cache is half full;
 * returns how many.  For the depot, with its lock held: only an NMI can nest
 * here, and one that pops makes the commit fail.
 */
static __always_inline unsigned int cache_fill(struct rsvpool *pool, void **end,
					       unsigned int nr)
{
	rsvpool_own *cpu = own_cpu(pool);
	own_index n, k, middle;
	typeof(&cpu->entries[0]) top;
	u64 word;

	if (!cache_push_begin(cpu))
		return 0;
	middle = cache_middle(own_read(cpu->limit));
	word = own_read(cpu->word);
	do {
		n = cache_word_count(word);
		k = 0;
		if (n >= middle)
			break;
		k = min_t(own_index, middle - n, nr);
		top = &cpu->entries[n];
		own_write_held(top, end - k, k);
	} while (!cache_commit(pool, cpu, &word, word + k * CACHE_SEQ_ONE + k));
	cache_push_end(cpu);
	return k;
}

/*
 * Pop up to @nr of the newest entries to @to, but leave @keep; returns how
 * many.  For the depot, with its lock held.
 */
static __always_inline unsigned int cache_empty(struct rsvpool *pool,
						unsigned int keep, void **to,
						unsigned int nr)
{
	rsvpool_own *cpu = own_cpu(pool);
	typeof(&cpu->entries[0]) top;
	own_index n, k;
	u64 word;

	word = own_read(cpu->word);
	do {
		n = cache_word_count(word);
		k = 0;
		if (n <= keep)
			break;
		k = min_t(own_index, n - keep, nr);
		top = &cpu->entries[n - k];
		own_read_held(to, top, k);
	} while (!cache_commit(pool, cpu, &word, word + k * CACHE_SEQ_ONE - k));
	return k;
}

void cache_restore_limit(struct rsvpool *pool);
unsigned int cache_count(const struct rsvpool *pool, unsigned int cpu);
bool cache_starved(const struct rsvpool *pool);

#endif /* _RSVPOOL_CACHE_H */

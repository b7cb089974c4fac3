// SPDX-License-Identifier: GPL-2.0
/*
 * Statistics: summed over the CPUs when read.  The pool goes on working meanwhile,
 * so numbers read under load are not of one instant.  At rest they are exact.
 *
 * Traffic of the caches is read off their words (struct rsvpool_cpu).  Pushes are
 * the frees that ended in a cache plus the elements pulled from the depot.  Pops
 * are the requests that a cache answered plus the elements flushed to the depot.
 */
#include <linux/cpumask.h>
#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "cache.h"
#include "internal.h"
#include "lend.h"
#include "stats.h"

#define EXACT_TRIES	100U	/* attempts at an exact sum */

const char * const rsvpool_stat_names[NR_STAT_FILES] = {
#define STAT(_name, _file)	[STAT_##_name] = #_file,
#include "stat_list.h"
	[STAT_FILE_ALLOC_CACHE] = "alloc_cache",
	[STAT_FILE_FREE_CACHE] = "free_cache",
	[STAT_FILE_PEAK] = "peak",
};

/* How far the sequence may be ahead of c->moves before c->moves is updated. */
#define MOVES_UNSEEN	((s64)BIT_ULL(40))

/*
 * Extends a cache's sequence from the 48 bits in its word to 64: the value nearest
 * to c->moves that has these low bits.  This is right if it is read at least once
 * in 2^47 moves, for which a CPU that does nothing else takes two weeks; the refill
 * worker reads it, too.  c->moves is updated only once in 2^40 moves, so that most
 * readers do not write.
 *
 * A slow reader may have a word that is older than c->moves: then the result is
 * below c->moves.
 */
static u64 stats_moves(struct rsvpool_cpu *c, u64 word)
{
	s64 seen = atomic64_read(&c->moves);
	/* The signed difference of 48 bits. */
	s64 ahead = (s64)(word - ((u64)seen << CACHE_COUNT_BITS)) >>
		    CACHE_COUNT_BITS;

	/* If another reader was faster, its update is as good. */
	if (unlikely(ahead > MOVES_UNSEEN))
		atomic64_cmpxchg(&c->moves, seen, seen + ahead);
	return seen + ahead;
}

/* How many elements were ever pushed to a CPU's cache. */
u64 stats_pushes(struct rsvpool_cpu *c, u64 word)
{
	return (stats_moves(c, word) + cache_word_count(word)) / 2;
}

/* How many were ever popped from it. */
u64 stats_pops(struct rsvpool_cpu *c, u64 word)
{
	return (stats_moves(c, word) - cache_word_count(word)) / 2;
}

/* Updates c->moves of all CPUs, in case no code reads the statistics. */
void stats_update_moves(struct rsvpool *pool)
{
	struct rsvpool_cpu *c;
	int cpu;

	for_each_possible_cpu(cpu) {
		c = per_cpu_ptr(pool->cpu, cpu);
		stats_moves(c, READ_ONCE(c->word));
	}
}

/* One statistic since the pool was created, over all CPUs. */
u64 stats_sum(struct rsvpool *pool, unsigned int which)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		struct rsvpool_cpu *c = per_cpu_ptr(pool->cpu, cpu);
		u64 word = READ_ONCE(c->word);

		if (which == STAT_FILE_ALLOC_CACHE)
			sum += stats_pops(c, word) -
			       hint(c->stat[STAT_FLUSHED]);
		else if (which == STAT_FILE_FREE_CACHE)
			sum += stats_pushes(c, word) -
			       hint(c->stat[STAT_PULLED]);
		else
			sum += hint(c->stat[which]);
	}
	return sum;
}

/**
 * stats_read - one statistic, since the last reset
 * @pool: the pool
 * @which: an enum rsvpool_stat, or one of the STAT_FILE_ ones
 *
 * Context: Any.
 * Return: the sum over all CPUs; for STAT_FILE_PEAK the most elements that existed.
 */
u64 stats_read(struct rsvpool *pool, unsigned int which)
{
	s64 sum;

	if (which == STAT_FILE_PEAK)
		return atomic_read(&pool->peak);
	sum = stats_sum(pool, which) - READ_ONCE(pool->stat_base[which]);

	/* Under load both numbers are not of one instant. */
	return max(sum, 0LL);
}

const char *rsvpool_stat(struct rsvpool *pool, unsigned int which, u64 *value)
{
	*value = 0;
	if (which >= NR_STAT_FILES)
		return NULL;
	if (pool)
		*value = stats_read(pool, which);
	return rsvpool_stat_names[which];
}
EXPORT_SYMBOL_GPL(rsvpool_stat);

/* The counters go on: store the present sums, to subtract them later. */
void stats_reset(struct rsvpool *pool)
{
	unsigned int i;

	for (i = 0; i < STAT_FILE_PEAK; i++)
		WRITE_ONCE(pool->stat_base[i], stats_sum(pool, i));
	atomic_set(&pool->peak, atomic_read(&pool->total));
}

unsigned int stats_cached(const struct rsvpool *pool)
{
	unsigned int cpu, sum = 0;

	for_each_possible_cpu(cpu)
		sum += cache_count(pool, cpu);
	return sum;
}

/* How many elements a request can get if its cache is empty. */
unsigned int stats_available(const struct rsvpool *pool)
{
	return hint(pool->depot.count) + slots_full(pool) +
		atomic_read(&pool->parked_nr);
}

/* How many released elements still wait for a grace period. */
unsigned int stats_deferred(const struct rsvpool *pool)
{
	return pool->loans ? atomic_read(&pool->loans->deferred_nr) : 0;
}

unsigned int stats_outstanding(const struct rsvpool *pool)
{
	int rest = atomic_read(&pool->total) - stats_available(pool) -
		stats_cached(pool) - stats_deferred(pool);

	return max(rest, 0);
}

/*
 * How many elements have moved between depot and caches.  A move is counted
 * before its code drops the depot's lock, which this takes to wait for it.
 * (cache_drain_dead() counts before it takes the lock; it is a mover.)
 */
static u64 stats_moved(struct rsvpool *pool)
{
	raw_spin_lock_irq(&pool->depot.lock);
	raw_spin_unlock_irq(&pool->depot.lock);
	return stats_sum(pool, STAT_PULLED) + stats_sum(pool, STAT_FLUSHED);
}

/*
 * While an element moves between depot and caches a sum may count it twice, and
 * the result is too small: then sum again.  Only elements that are allocated or
 * freed at the same time may still be counted wrong.  Returns UINT_MAX if
 * elements moved during each of EXACT_TRIES sums.  Task context.
 */
unsigned int stats_outstanding_exact(struct rsvpool *pool)
{
	unsigned int outstanding, tries;
	u64 moves;

	for (tries = 0; tries < EXACT_TRIES; tries++) {
		moves = stats_moved(pool);
		outstanding = stats_outstanding(pool);
		if (stats_moved(pool) == moves)
			return outstanding;
		cond_resched();
	}
	return UINT_MAX;
}

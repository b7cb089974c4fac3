// SPDX-License-Identifier: GPL-2.0
/*
 * Statistics: summed over the CPUs when read; nothing stops meanwhile, so
 * figures read under load fit each other only nearly.  At rest they are exact.
 *
 * What went through the caches is read off their words (struct rsvpool_cpu):
 * pushes are the frees that ended in a cache plus what was pulled from the
 * depot, pops the requests that a cache answered plus what was flushed to it.
 */
#include <linux/cpumask.h>
#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "cache.h"
#include "internal.h"
#include "lend.h"
#include "stats.h"

#define SURE_TRIES	100U	/* sums, while elements move */

const char * const rsvpool_stat_names[NR_STAT_FILES] = {
#define STAT(_name, _file)	[STAT_##_name] = #_file,
#include "stat_list.h"
	[STAT_FILE_ALLOC_CACHE] = "alloc_cache",
	[STAT_FILE_FREE_CACHE] = "free_cache",
	[STAT_FILE_PEAK] = "peak",
};

/* How far the sequence may be ahead of what was seen of it before that is noted. */
#define MOVES_UNSEEN	((s64)BIT_ULL(40))

/*
 * The long sequence, 64 bits, of which a cache's word has the lower 48: the one
 * next to what was last seen of it.  So it is right as long as it is read
 * once in 2^47 moves, which take a CPU that does nothing else two weeks; the
 * refill worker looks, too.  What was seen is noted once in 2^40 moves, so that
 * readers do not write.
 *
 * A reader that is slow may come with an older word than what is noted: then
 * the next one is below it.
 */
static u64 stats_moves(struct rsvpool_cpu *c, u64 word)
{
	s64 seen = atomic64_read(&c->moves);
	/* Of 48 bits the difference, with its sign. */
	s64 ahead = (s64)(word - ((u64)seen << CACHE_COUNT_BITS)) >>
		    CACHE_COUNT_BITS;

	/* If another reader is quicker, what it notes is as good. */
	if (unlikely(ahead > MOVES_UNSEEN))
		atomic64_cmpxchg(&c->moves, seen, seen + ahead);
	return seen + ahead;
}

/* Elements ever pushed to a CPU's cache. */
u64 stats_pushes(struct rsvpool_cpu *c, u64 word)
{
	return (stats_moves(c, word) + cache_word_count(word)) / 2;
}

/* And popped. */
u64 stats_pops(struct rsvpool_cpu *c, u64 word)
{
	return (stats_moves(c, word) - cache_word_count(word)) / 2;
}

/* Statistics that are not read must be looked at in time, too. */
void stats_look(struct rsvpool *pool)
{
	struct rsvpool_cpu *c;
	int cpu;

	for_each_possible_cpu(cpu) {
		c = per_cpu_ptr(pool->cpu, cpu);
		stats_moves(c, READ_ONCE(c->word));
	}
}

/* Since the pool was created, over all CPUs. */
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
 * Return: the sum over all CPUs; of STAT_FILE_PEAK, the largest number.
 */
u64 stats_read(struct rsvpool *pool, unsigned int which)
{
	s64 sum;

	if (which == STAT_FILE_PEAK)
		return atomic_read(&pool->peak);
	sum = stats_sum(pool, which) - READ_ONCE(pool->stat_base[which]);

	/* Under load the parts of a difference are not of one instant. */
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

/* Only the owner may write a counter: remember what to subtract. */
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

/* What a request can get that finds its cache empty. */
unsigned int stats_available(const struct rsvpool *pool)
{
	return hint(pool->depot.count) + slots_full(pool) +
		atomic_read(&pool->parked_nr);
}

/* What has been given back, and waits for a grace period. */
unsigned int stats_later(const struct rsvpool *pool)
{
	return pool->loans ? atomic_read(&pool->loans->later_nr) : 0;
}

unsigned int stats_outstanding(const struct rsvpool *pool)
{
	int rest = atomic_read(&pool->total) - stats_available(pool) -
		stats_cached(pool) - stats_later(pool);

	return max(rest, 0);
}

/*
 * How many have moved between depot and caches.  What has begun to move is counted
 * before the lock is dropped under which it does.
 */
static u64 stats_moved(struct rsvpool *pool)
{
	raw_spin_lock_irq(&pool->depot.lock);
	raw_spin_unlock_irq(&pool->depot.lock);
	return stats_sum(pool, STAT_PULLED) + stats_sum(pool, STAT_FLUSHED);
}

/*
 * While elements move between depot and caches a sum may see one twice, and come
 * out too small: then again.  Only what is taken or given back meanwhile may make
 * a difference.  Task context.
 */
unsigned int stats_outstanding_sure(struct rsvpool *pool)
{
	unsigned int outstanding, tries;
	u64 moves;

	for (tries = 0; tries < SURE_TRIES; tries++) {
		moves = stats_moved(pool);
		outstanding = stats_outstanding(pool);
		if (stats_moved(pool) == moves)
			return outstanding;
		cond_resched();
	}
	return UINT_MAX;
}

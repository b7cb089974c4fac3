// SPDX-License-Identifier: GPL-2.0
/*
 * test_stats - stats.c: sums over CPUs, counts that are computed from the
 * caches' words, resets, and the wrap-around of the words' sequences
 */
#include "cache.h"
#include "native_test.h"
#include "nmi_slots.h"
#include "stats.h"

#define CACHE	8

/* A word's sequence has 64 bits less those of its count. */
#define SEQUENCES	(1ULL << (64 - CACHE_COUNT_BITS))
/* How often statistics are read before the sequence wraps. */
#define LOOKS		8

static struct numbers numbers;
static struct rsvpool *pool;

static void pool_make(void)
{
	struct rsvpool_attr attr;

	numbers = (struct numbers) {};
	rsvpool_attr_init(&attr, "stats");
	attr.source = RSVPOOL_OPS;
	attr.ops = &number_ops;
	attr.data = &numbers;
	attr.size = 64;
	attr.reserve = 16;
	attr.nmi_reserve = 2;
	attr.cache = CACHE;
	attr.adaptive = false;
	pool = rsvpool_create(&attr);
	MUST(!IS_ERR(pool), "no pool: %s", native_line);
	refill_now(pool);
	settle();
}

static void pool_unmake(void)
{
	settle();
	native_set_cpu(0);
	rsvpool_destroy(pool);
	MUST(!numbers.alive, "%u elements are left", numbers.alive);
}

/* The sums of requests by rung, and of frees by destination. */
static u64 allocs(void)
{
	return stats_read(pool, STAT_FILE_ALLOC_CACHE) +
		stats_read(pool, STAT_ALLOC_DEPOT) +
		stats_read(pool, STAT_ALLOC_RESERVE) +
		stats_read(pool, STAT_ALLOC_NMI);
}

static u64 frees(void)
{
	return stats_read(pool, STAT_FILE_FREE_CACHE) +
		stats_read(pool, STAT_FREE_DEPOT) +
		stats_read(pool, STAT_FREE_NMI) +
		stats_read(pool, STAT_FREE_PARKED);
}

/* @nr requests and frees, in bursts, on all CPUs in turn. */
static void use(unsigned int nr, struct random *random)
{
	void *held[CACHE];
	unsigned int burst, n;

	while (nr) {
		native_set_cpu(random_below(random, NATIVE_CPUS));
		burst = min(nr, 1 + random_below(random, CACHE));
		for (n = 0; n < burst; n++) {
			held[n] = rsvpool_tryalloc(pool);
			MUST(held[n], "no element");
		}
		native_set_cpu(random_below(random, NATIVE_CPUS));
		while (n)
			rsvpool_free(pool, held[--n]);
		nr -= burst;
		settle();
	}
	native_set_cpu(0);
}

static void test_sums(void)
{
	struct random random = { 3 };
	unsigned int i;
	u64 value;

	pool_make();
	use(1000, &random);
	comment("%llu from caches, %llu from the depot, %llu below min",
		stats_read(pool, STAT_FILE_ALLOC_CACHE),
		stats_read(pool, STAT_ALLOC_DEPOT),
		stats_read(pool, STAT_ALLOC_RESERVE));
	result(allocs() == 1000 && frees() == 1000 &&
	       stats_read(pool, STAT_FILE_ALLOC_CACHE) > 0,
	       "a thousand requests and frees on four CPUs are a thousand each");
	result(stats_outstanding(pool) == 0 &&
	       stats_available(pool) + stats_cached(pool) == numbers.alive,
	       "available and cached elements are all elements");

	stats_reset(pool);
	result(!allocs() && !frees() &&
	       stats_read(pool, STAT_FILE_PEAK) == numbers.alive,
	       "a reset sets the counts to 0, and peak to the present number");
	use(77, &random);
	result(allocs() == 77 && frees() == 77, "calls after the reset are counted");

	for (i = 0; rsvpool_stat(pool, i, &value); i++)
		if (value != stats_read(pool, i))
			break;
	result(i == NR_STAT_FILES, "rsvpool_stat() has all statistics, and no others");
	pool_unmake();
}

/*
 * Sequences that wrap while a pool is in use: after 2^47 pairs on a CPU.
 */
static void test_wrap(unsigned int before)
{
	struct random random = { before };
	unsigned int pairs = 500, seen;
	int cpu;

	pool_make();
	use(100, &random);
	/*
	 * In several steps, as values that were read on the way may be stored.
	 */
	for (seen = 1; seen <= LOOKS; seen++) {
		for_each_possible_cpu(cpu) {
			struct rsvpool_cpu *c = per_cpu_ptr(pool->cpu, cpu);
			u64 n = cache_word_count(c->word);

			/* Sequence and count are odd together, or even. */
			c->word = (SEQUENCES / LOOKS * seen - 2 * before +
				   (n & 1)) << CACHE_COUNT_BITS | n;
		}
		stats_read(pool, STAT_FILE_ALLOC_CACHE);
	}
	stats_reset(pool);
	result(!stats_read(pool, STAT_FILE_ALLOC_CACHE) &&
	       !stats_read(pool, STAT_FILE_FREE_CACHE),
	       "%u pairs before the end of a sequence: nothing after a reset",
	       before);
	use(pairs, &random);
	comment("allocs %llu, of the cache %llu; frees %llu, to it %llu",
		allocs(), stats_read(pool, STAT_FILE_ALLOC_CACHE), frees(),
		stats_read(pool, STAT_FILE_FREE_CACHE));
	result(allocs() == pairs && frees() == pairs,
	       "%u pairs before the end of a sequence: %u more are counted",
	       before, pairs);
	pool_unmake();
}

int main(void)
{
	/* The first CPU never wraps, the last one wraps at once. */
	static const unsigned int before[] = { 100000, 100, 10, 1 };
	unsigned int i;

	plan(5 + 2 * ARRAY_SIZE(before));
	test_sums();
	for (i = 0; i < ARRAY_SIZE(before); i++)
		test_wrap(before[i]);
	return finish();
}

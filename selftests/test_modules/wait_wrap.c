// SPDX-License-Identifier: GPL-2.0
/*
 * The statistics that are read off the caches' words, where the sequence there
 * comes to the end of its bits.  No call brings it there in a test's time, so
 * this looks into the pool.
 */
#include <linux/cpumask.h>
#include <linux/preempt.h>

#include "cache.h"
#include "wait.h"

#undef pr_fmt
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#define SEQ_BITS	(64 - CACHE_COUNT_BITS)
#define BEFORE		40ULL	/* moves that the sequence has room for */
#define PAIRS		64

/* As if this CPU's cache had seen so many moves. */
static void set_moves(struct rsvpool *pool, u64 moves)
{
	u64 word = this_cpu_read(pool->cpu->word);

	this_cpu_write(pool->cpu->word, (moves << CACHE_COUNT_BITS) +
		       cache_word_count(word));
}

static void pairs(struct rsvpool *pool, unsigned int nr)
{
	void *element;

	while (nr--) {
		element = rsvpool_tryalloc(pool);
		if (CHECK(element))
			rsvpool_free(pool, element);
	}
}

static void test_wrap_of_sequence(void)
{
	unsigned int step, cpu = raw_smp_processor_id();
	struct rsvpool_attr attr;
	struct rsvpool *pool;
	u64 pops, frees, moves;

	rsvpool_attr_init(&attr, "wrap");
	attr.reserve = 8;
	attr.cache = 16;
	CHECK_EQ(set_cpus_allowed_ptr(current, cpumask_of(cpu)), 0);
	pool = MAKE_POOL(&attr);
	if (!pool)
		goto out;
	/* Until the refill worker has brought what caches may have. */
	SOON(({ pairs(pool, 1); stat(pool, "alloc_cache"); }));
	pairs(pool, PAIRS);
	/* Somebody looks now and then; the count is as even as the sequence. */
	for (step = 1; step <= 4; step++) {
		moves = ((u64)step << (SEQ_BITS - 2)) - BEFORE;
		moves += cache_word_count(this_cpu_read(pool->cpu->word)) & 1;
		set_moves(pool, moves);
		pops = stat(pool, "alloc_cache");
		CHECK(pops + PAIRS >= moves / 2 - BEFORE);
		CHECK(pops <= moves / 2 + PAIRS);
	}
	frees = stat(pool, "free_cache");
	for (step = 1; step <= PAIRS; step++) {
		pairs(pool, 1);
		CHECK_EQ(stat(pool, "alloc_cache"), pops + step);
		CHECK_EQ(stat(pool, "free_cache"), frees + step);
	}
	/* It has wrapped. */
	CHECK(this_cpu_read(pool->cpu->word) >> CACHE_COUNT_BITS < PAIRS * 2);
	rsvpool_destroy(pool);
out:
	CHECK_EQ(set_cpus_allowed_ptr(current, cpu_possible_mask), 0);
}

const struct api_test wrap_tests[] = {
	API_TEST(wrap_of_sequence),
	{}
};

// SPDX-License-Identifier: GPL-2.0
/*
 * Allocating and freeing without sleeping: the guarantee, the maximum, bulk
 * calls, zeroing, and that no element is lost or duplicated.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "api.h"

#define ROOM	128

/*
 * The guarantee and the maximum.
 */

/* Exactly the reserve, when the source has no more than that. */
static void guarantee(unsigned int reserve, unsigned int nmi_reserve,
		      unsigned int cache)
{
	struct rsvpool_attr attr;
	struct counted source;
	struct rsvpool *pool;
	void *elements[ROOM];
	unsigned int round, n;

	counted_init(&source);
	counted_attr(&attr, "api", &source);
	attr.reserve = reserve;
	attr.max = ROOM;
	attr.nmi_reserve = nmi_reserve;
	attr.cache = cache;
	attr.cache_max = cache;
	attr.low = reserve;
	attr.high = reserve;
	source.left = reserve;
	pool = MAKE_POOL(&attr);
	if (!pool)
		return;

	/*
	 * No cache may keep an element that the depot needs up to min: every
	 * free element can be allocated from here, after every kind of free.
	 */
	for (round = 0; round < 4; round++) {
		n = take_all(pool, elements, ROOM);
		CHECK_EQ(n, reserve);
		CHECK(all_different(elements, n));
		give_all(pool, elements, n);
	}
	counted_end(pool, &source);
	CHECK_EQ(source.peak, reserve);
}

static void test_guarantee(void)
{
	guarantee(1, 0, 0);
	guarantee(2, 1, 0);
	guarantee(16, 0, 0);
	guarantee(16, 16, 0);
	guarantee(100, 7, 0);
}

static void test_guarantee_behind_caches(void)
{
	guarantee(1, 0, 8);
	guarantee(16, 0, 8);
	guarantee(16, 4, 64);
	guarantee(100, 0, 16);
}

/*
 * tryalloc() does not call the source, nor does free() of a pool with a
 * maximum.
 */
static void test_source_not_touched(void)
{
	struct counted source;
	struct rsvpool *pool = counted_pool("api", &source, 16, 32);
	unsigned int n, allocs;
	void *elements[ROOM];

	if (!pool)
		return;
	/* Only the worker may call it: from a task. */
	source.fails = true;
	n = take_all(pool, elements, ROOM);
	CHECK(n >= 16);
	allocs = source.frees;
	give_all(pool, elements, n);
	CHECK_EQ(source.frees, allocs);
	counted_end(pool, &source);
}

static void test_maximum(void)
{
	struct counted source;
	struct rsvpool *pool = counted_pool("api", &source, 8, 20);
	void *elements[ROOM];
	unsigned int n;

	if (!pool)
		return;
	for (n = 0; n < 20; n++)
		/* The worker may be bringing one just now. */
		if (!WAIT_UNTIL((elements[n] = rsvpool_alloc(pool,
							     GFP_NOWAIT))))
			break;
	CHECK(!rsvpool_alloc(pool, GFP_NOWAIT));
	CHECK(!rsvpool_alloc(pool, GFP_ATOMIC));
	CHECK(!rsvpool_tryalloc(pool));
	CHECK(all_different(elements, n));
	give_all(pool, elements, n);
	CHECK_EQ(source.peak, 20);
	counted_end(pool, &source);
}

/*
 * Many threads take all elements at once; max holds, and each element has one
 * owner.
 */

#define THREADS		6
#define THREAD_ROUNDS	400
#define CROWD_MAX	24

struct crowd {
	struct rsvpool *pool;
	struct completion done;
	atomic_t running;
	atomic_t collisions;
	atomic_t rounds;
};

static int crowd_thread(void *data)
{
	struct crowd *crowd = data;
	struct counted_element *held[8];
	unsigned int round, i, n;

	for (round = 0; round < THREAD_ROUNDS; round++) {
		for (n = 0; n < ARRAY_SIZE(held); n++) {
			held[n] = n & 1 ? rsvpool_tryalloc(crowd->pool) :
				  rsvpool_alloc(crowd->pool, GFP_NOWAIT);
			if (!held[n])
				break;
			/* The element was without an owner; now it is mine. */
			if (cmpxchg(&held[n]->owner, 0,
				    (unsigned long)current))
				atomic_inc(&crowd->collisions);
		}
		if (!(round % 16))
			cond_resched();
		for (i = 0; i < n; i++) {
			if (cmpxchg(&held[i]->owner, (unsigned long)current, 0)
			    != (unsigned long)current)
				atomic_inc(&crowd->collisions);
			rsvpool_free(crowd->pool, held[i]);
		}
		if (n)
			atomic_inc(&crowd->rounds);
	}
	if (atomic_dec_and_test(&crowd->running))
		complete(&crowd->done);
	while (!kthread_should_stop())
		schedule_timeout_idle(1);
	return 0;
}

static void crowd(unsigned int cache)
{
	struct task_struct *threads[THREADS];
	struct crowd crowd = { .running = ATOMIC_INIT(1) };
	struct rsvpool_attr attr;
	struct counted source;
	void *elements[ROOM];
	unsigned int i, n;

	counted_init(&source);
	counted_attr(&attr, "api", &source);
	attr.reserve = 8;
	attr.max = CROWD_MAX;
	attr.cache = cache;
	attr.cache_max = cache;
	crowd.pool = MAKE_POOL(&attr);
	if (!crowd.pool)
		return;
	init_completion(&crowd.done);
	for (n = 0; n < THREADS; n++) {
		atomic_inc(&crowd.running);
		threads[n] = kthread_run(crowd_thread, &crowd,
					 "rsvpool_test/%u", n);
		if (IS_ERR(threads[n])) {
			atomic_dec(&crowd.running);
			break;
		}
	}
	CHECK_EQ(n, THREADS);
	if (!atomic_dec_and_test(&crowd.running))
		wait_for_completion(&crowd.done);
	for (i = 0; i < n; i++)
		kthread_stop(threads[i]);

	CHECK_EQ(atomic_read(&crowd.collisions), 0);
	CHECK(atomic_read(&crowd.rounds) > 0);
	CHECK(source.peak <= CROWD_MAX);

	/* None is lost: the guarantee holds, while the source fails. */
	source.fails = true;
	n = take_all(crowd.pool, elements, ROOM);
	CHECK(n >= 8);
	CHECK(n <= CROWD_MAX);
	give_all(crowd.pool, elements, n);
	counted_end(crowd.pool, &source);
}

static void test_crowd(void)
{
	crowd(0);
}

static void test_crowd_with_caches(void)
{
	crowd(3);
	crowd(16);
}

/*
 * An element that is taken and freed repeatedly stays in the cache, even in the
 * smallest one: filling the cache leaves room for a free, and a flush leaves
 * elements for a take.
 */
#define MUCH		64	/* more than a cache and a batch have room for */
#define TURNS		20
#define DEPTHS		8U

static void small_cache(unsigned int cache, unsigned int batch)
{
	unsigned int depth, turn, depths = min((cache + 1) / 2, DEPTHS);
	u64 begun, left[DEPTHS + 1], hits[DEPTHS + 1];
	void *elements[MUCH];
	struct rsvpool_attr attr;
	struct counted source;
	struct rsvpool *pool;

	counted_init(&source);
	counted_attr(&attr, "api", &source);
	attr.reserve = 4;
	attr.low = 4;
	attr.high = 2 * MUCH;
	attr.max = 4 * MUCH;
	attr.cache = cache;
	attr.cache_max = cache;
	attr.batch = batch;
	attr.adaptive = false;
	pool = MAKE_POOL(&attr);
	if (!pool)
		return;
	/* Below min: the worker fills up to high. */
	rsvpool_free(pool, rsvpool_tryalloc(pool));
	/* The source counts under a lock that this racy read does not take. */
	WAIT_UNTIL(data_race(READ_ONCE(source.live)) >= 2 * MUCH);

	preempt_disable();
	for (depth = 1; depth <= depths; depth++) {
		/*
		 * Reach the same state, however many elements have just come.
		 */
		give_all(pool, elements, take_all(pool, elements, MUCH));
		begun = stat(pool, "alloc_cache");
		give_all(pool, elements, take_all(pool, elements, cache / 2));
		left[depth] = stat(pool, "alloc_cache") - begun;
		begun += left[depth];
		for (turn = 0; turn < TURNS; turn++)
			give_all(pool, elements,
				 take_all(pool, elements, depth));
		hits[depth] = stat(pool, "alloc_cache") - begun;
	}
	preempt_enable();
	for (depth = 1; depth <= depths; depth++) {
		CHECK_EQ(left[depth], cache / 2);
		/* One pair first, to reach the steady state. */
		CHECK(hits[depth] >= (TURNS - 1) * depth);
	}
	counted_end(pool, &source);
}

static void test_small_cache(void)
{
	unsigned int cache;

	for (cache = 1; cache <= 9; cache++)
		small_cache(cache, 16);
	small_cache(40, 4);
}

/*
 * rsvpool_alloc() that may not sleep.
 */

static void test_nowait_fails_when_empty(void)
{
	struct counted source;
	struct rsvpool *pool = counted_pool("api", &source, 4, 8);
	void *elements[ROOM];
	unsigned int n;

	if (!pool)
		return;
	source.fails = true;
	n = take_all(pool, elements, ROOM);
	CHECK(n >= 4);
	CHECK(!rsvpool_alloc(pool, GFP_NOWAIT));
	CHECK(!rsvpool_alloc(pool, GFP_ATOMIC));
	CHECK(!rsvpool_alloc(pool, 0));
	source.fails = false;
	if (n < 8 &&
	    WAIT_UNTIL((elements[n] = rsvpool_alloc(pool, GFP_NOWAIT))))
		n++;
	give_all(pool, elements, n);
	counted_end(pool, &source);
}

/* A pool without a guarantee works, but no task may sleep for it. */
static void test_reserve_zero(void)
{
	struct rsvpool_attr attr;
	struct counted source;
	struct rsvpool *pool;
	void *element, *elements[2];

	counted_init(&source);
	counted_attr(&attr, "api", &source);
	attr.reserve = 0;
	attr.max = 4;
	attr.cache = 0;
	attr.cache_max = 0;
	attr.low = 0;
	attr.high = 0;
	attr.adaptive = false;
	pool = MAKE_POOL(&attr);
	if (!pool)
		return;
	element = rsvpool_alloc(pool, GFP_KERNEL);
	CHECK(element);
	source.fails = true;
	CHECK(!rsvpool_alloc(pool, GFP_KERNEL));
	CHECK(!rsvpool_alloc_timeout(pool, GFP_KERNEL, 1));
	CHECK(!rsvpool_alloc_killable(pool, GFP_KERNEL));
	CHECK_EQ(rsvpool_alloc_bulk(pool, GFP_KERNEL, 2, elements), -EINVAL);
	CHECK(!rsvpool_tryalloc(pool));
	if (element)
		rsvpool_free(pool, element);
	counted_end(pool, &source);
}

/*
 * Bulk.
 */

static void test_bulk(void)
{
	static const unsigned int sizes[] = { 1, 2, 15, 16, 17, 63, 64 };
	void *elements[RSVPOOL_BULK_MAX];
	struct counted source;
	struct rsvpool *pool;
	unsigned int i;

	pool = counted_pool("api", &source, RSVPOOL_BULK_MAX, ROOM);
	for (i = 0; pool && i < ARRAY_SIZE(sizes); i++) {
		unsigned int nr = sizes[i];

		if (CHECK_EQ(rsvpool_tryalloc_bulk(pool, nr, elements), 0)) {
			CHECK(all_different(elements, nr));
			rsvpool_free_bulk(pool, nr, elements);
		}
		if (CHECK_EQ(rsvpool_alloc_bulk(pool, GFP_KERNEL, nr, elements),
			     0)) {
			CHECK(all_different(elements, nr));
			rsvpool_free_bulk(pool, nr, elements);
		}
		if (CHECK_EQ(rsvpool_alloc_bulk(pool, GFP_ATOMIC, nr, elements),
			     0)) {
			/* Elements of a bulk may be freed one by one. */
			give_all(pool, elements, nr);
		}
	}
	counted_end(pool, &source);
}

static void test_bulk_refused(void)
{
	void *elements[RSVPOOL_BULK_MAX + 1];
	struct counted source;
	struct rsvpool *pool = counted_pool("api", &source, 8, 100);

	if (!pool)
		return;
	CHECK_EQ(rsvpool_tryalloc_bulk(pool, 0, elements), -EINVAL);
	CHECK_EQ(rsvpool_alloc_bulk(pool, GFP_KERNEL, 0, elements), -EINVAL);
	CHECK_EQ(rsvpool_alloc_bulk(pool, GFP_NOWAIT, 0, elements), -EINVAL);
	CHECK_EQ(rsvpool_tryalloc_bulk(pool, RSVPOOL_BULK_MAX + 1, elements),
		 -E2BIG);
	CHECK_EQ(rsvpool_alloc_bulk(pool, GFP_KERNEL, RSVPOOL_BULK_MAX + 1,
				    elements), -E2BIG);
	CHECK_EQ(rsvpool_alloc_bulk(pool, GFP_NOWAIT, ~0U, elements), -E2BIG);
	/* It might have to sleep for ever. */
	CHECK_EQ(rsvpool_alloc_bulk(pool, GFP_KERNEL, 9, elements), -EINVAL);
	rsvpool_free_bulk(pool, 0, elements);
	counted_end(pool, &source);
}

/* Too few: none is taken, and all are still in the pool. */
static void test_bulk_all_or_nothing(void)
{
	void *elements[ROOM];
	struct counted source;
	struct rsvpool *pool = counted_pool("api", &source, 10, 10);
	void *some[RSVPOOL_BULK_MAX];

	if (!pool)
		return;
	CHECK_EQ(rsvpool_tryalloc_bulk(pool, 11, some), -ENOMEM);
	CHECK_EQ(rsvpool_alloc_bulk(pool, GFP_NOWAIT, 11, some), -ENOMEM);
	CHECK_EQ(rsvpool_tryalloc_bulk(pool, 6, some), 0);
	CHECK_EQ(rsvpool_tryalloc_bulk(pool, 5, elements), -ENOMEM);
	CHECK_EQ(rsvpool_alloc_bulk(pool, GFP_ATOMIC, 5, elements), -ENOMEM);
	CHECK_EQ(take_all(pool, elements, ROOM), 4);
	give_all(pool, elements, 4);
	rsvpool_free_bulk(pool, 6, some);
	CHECK_EQ(take_all(pool, elements, ROOM), 10);
	give_all(pool, elements, 10);
	counted_end(pool, &source);
}

/* A bulk call gets all elements that single calls would get. */
static void test_bulk_uses_everything(void)
{
	void *elements[RSVPOOL_BULK_MAX];
	struct rsvpool_attr attr;
	struct counted source;
	struct rsvpool *pool;
	unsigned int round;

	counted_init(&source);
	counted_attr(&attr, "api", &source);
	attr.reserve = 32;
	attr.max = 32;
	attr.nmi_reserve = 4;
	attr.cache = 8;
	attr.cache_max = 8;
	pool = MAKE_POOL(&attr);
	if (!pool)
		return;
	for (round = 0; round < 4; round++) {
		if (CHECK_EQ(rsvpool_tryalloc_bulk(pool, 32, elements), 0)) {
			CHECK(all_different(elements, 32));
			rsvpool_free_bulk(pool, 32, elements);
		}
		if (CHECK_EQ(take_all(pool, elements, RSVPOOL_BULK_MAX), 32))
			give_all(pool, elements, 32);
	}
	counted_end(pool, &source);
}

/*
 * Zeroing.
 */

static void zeroed(enum rsvpool_source source, size_t bytes)
{
	struct rsvpool_attr attr;
	struct rsvpool *pool;
	void *elements[8];
	unsigned int round, i;

	rsvpool_attr_init(&attr, "api");
	attr.source = source;
	if (source == RSVPOOL_KMALLOC)
		attr.size = bytes;
	attr.reserve = 8;
	attr.nmi_reserve = 2;
	attr.max = 12;
	attr.cache = 4;
	attr.zero = true;
	pool = MAKE_POOL(&attr);
	for (round = 0; pool && round < 4; round++) {
		unsigned int n = 0;

		for (i = 0; i < 8; i++) {
			elements[n] = round & 1 ? rsvpool_tryalloc(pool) :
				      rsvpool_alloc(pool, GFP_KERNEL);
			if (CHECK(elements[n]))
				n++;
		}
		for (i = 0; i < n; i++) {
			CHECK(!memchr_inv(elements[i], 0, bytes));
			memset(elements[i], 0xa5, bytes);
		}
		give_all(pool, elements, n);

		if (!CHECK_EQ(rsvpool_tryalloc_bulk(pool, 8, elements), 0))
			continue;
		for (i = 0; i < 8; i++) {
			CHECK(!memchr_inv(elements[i], 0, bytes));
			memset(elements[i], 0x5a, bytes);
		}
		rsvpool_free_bulk(pool, 8, elements);
	}
	if (pool)
		rsvpool_destroy(pool);
}

static void test_zero(void)
{
	zeroed(RSVPOOL_PAGES, PAGE_SIZE);
	zeroed(RSVPOOL_KMALLOC, RSVPOOL_MIN_SIZE);
	zeroed(RSVPOOL_KMALLOC, 9);
	zeroed(RSVPOOL_KMALLOC, 192);
	zeroed(RSVPOOL_KMALLOC, PAGE_SIZE);
}

/* Or by __GFP_ZERO, of a pool that does not zero by itself. */
static void test_gfp_zero(void)
{
	struct rsvpool_attr attr;
	struct rsvpool *pool;
	unsigned int order;
	void *element;

	for (order = 0; order < 2; order++) {
		rsvpool_attr_init(&attr, "api");
		attr.order = order;
		attr.reserve = 1;
		attr.max = 1;
		pool = MAKE_POOL(&attr);
		if (!pool)
			continue;
		element = rsvpool_tryalloc(pool);
		if (CHECK(element)) {
			memset(element, 0xa5, PAGE_SIZE << order);
			rsvpool_free(pool, element);
		}
		element = rsvpool_alloc(pool, GFP_KERNEL | __GFP_ZERO);
		if (CHECK(element)) {
			CHECK(!memchr_inv(element, 0, PAGE_SIZE << order));
			rsvpool_free(pool, element);
		}
		rsvpool_destroy(pool);
	}
}

/*
 * With every policy all elements can be allocated.
 */

static void test_policies(void)
{
	static const enum rsvpool_policy policies[] = {
		RSVPOOL_POLICY_CACHE, RSVPOOL_POLICY_SOURCE,
		RSVPOOL_POLICY_RECLAIM, RSVPOOL_POLICY_RESERVE,
	};
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(policies); i++) {
		struct rsvpool_attr attr;
		struct counted source;
		struct rsvpool *pool;
		void *elements[ROOM];

		counted_init(&source);
		counted_attr(&attr, "api", &source);
		attr.policy = policies[i];
		attr.reserve = 8;
		attr.max = 16;
		attr.adaptive = false;
		pool = MAKE_POOL(&attr);
		if (!pool)
			continue;
		source.fails = true;
		for (n = 0; n < 8; n++) {
			elements[n] = rsvpool_alloc(pool, GFP_KERNEL);
			if (!CHECK(elements[n]))
				break;
		}
		while (n < ROOM) {
			elements[n] = rsvpool_alloc(pool, GFP_NOWAIT);
			if (!elements[n])
				break;
			n++;
		}
		CHECK(n >= 8 && n <= 16);
		give_all(pool, elements, n);
		counted_end(pool, &source);
	}
}

/* mempool's order calls the source even while the depot is full. */
static void test_policy_source_first(void)
{
	struct rsvpool_attr attr;
	struct counted source;
	struct rsvpool *pool;
	unsigned int allocs;
	void *element;

	counted_init(&source);
	counted_attr(&attr, "api", &source);
	attr.policy = RSVPOOL_POLICY_SOURCE;
	attr.reserve = 8;
	attr.max = 16;
	attr.high = 8;
	attr.low = 1;
	attr.cache = 0;
	attr.adaptive = false;
	pool = MAKE_POOL(&attr);
	if (!pool)
		return;
	allocs = source.allocs;
	element = rsvpool_alloc(pool, GFP_KERNEL);
	CHECK_EQ(source.allocs, allocs + 1);
	if (element)
		rsvpool_free(pool, element);
	counted_end(pool, &source);
}

const struct api_test alloc_tests[] = {
	API_TEST(guarantee),
	API_TEST(guarantee_behind_caches),
	API_TEST(source_not_touched),
	API_TEST(maximum),
	API_TEST(crowd),
	API_TEST(crowd_with_caches),
	API_TEST(small_cache),
	API_TEST(nowait_fails_when_empty),
	API_TEST(reserve_zero),
	API_TEST(bulk),
	API_TEST(bulk_refused),
	API_TEST(bulk_all_or_nothing),
	API_TEST(bulk_uses_everything),
	API_TEST(zero),
	API_TEST(gfp_zero),
	API_TEST(policies),
	API_TEST(policy_source_first),
	{ }
};

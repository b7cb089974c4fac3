// SPDX-License-Identifier: GPL-2.0
/*
 * rsvpool_outstanding() counts elements that are handed out, and
 * rsvpool_drain() waits until all of them have been freed, in any context.
 */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/rcupdate.h>

#include "life.h"

#define RESERVE	8

static struct rsvpool *drain_pool(bool caches, bool debug)
{
	struct rsvpool_attr attr;

	rsvpool_attr_init(&attr, "drain");
	attr.reserve = RESERVE;
	attr.max = 8 * RESERVE;
	attr.debug = debug;
	if (!caches)
		attr.cache = 0;
	return MAKE_POOL(&attr);
}

static void test_drain_counts(void)
{
	void *elements[RESERVE];
	struct rsvpool *pool;
	unsigned int kind, n;

	for (kind = 0; kind < 4; kind++) {
		pool = drain_pool(kind & 1, kind & 2);
		if (!pool)
			return;
		CHECK_EQ(rsvpool_drain(pool, 0), 0);
		n = take_all(pool, elements, RESERVE);
		CHECK_EQ(n, RESERVE);
		/* The worker may be moving some more. */
		WAIT_UNTIL(rsvpool_outstanding(pool) == n);
		CHECK_EQ(rsvpool_drain(pool, 0), -ETIMEDOUT);
		CHECK_EQ(rsvpool_drain(pool, 2), -ETIMEDOUT);
		while (n > 1)
			rsvpool_free(pool, elements[--n]);
		WAIT_UNTIL(rsvpool_outstanding(pool) == 1);
		CHECK_EQ(rsvpool_drain(pool, 1), -ETIMEDOUT);
		rsvpool_free(pool, elements[0]);
		CHECK_EQ(rsvpool_drain(pool, MAX_SCHEDULE_TIMEOUT), 0);
		/* The pool works as before afterwards. */
		CHECK_EQ(take_all(pool, elements, RESERVE), RESERVE);
		give_all(pool, elements, RESERVE);
		rsvpool_destroy(pool);
	}
}

/* Elements of the upper pool are outstanding in the lower one. */
static void test_drain_stacked(void)
{
	struct rsvpool *lower = drain_pool(true, false), *upper;
	struct rsvpool_attr attr;

	if (!lower)
		return;
	rsvpool_attr_init(&attr, "drain-upper");
	attr.source = RSVPOOL_POOL;
	attr.parent = lower;
	attr.reserve = 2;
	upper = MAKE_POOL(&attr);
	if (upper) {
		CHECK(rsvpool_outstanding(lower) >= 2);
		CHECK_EQ(rsvpool_drain(upper, 0), 0);
		CHECK_EQ(rsvpool_drain(lower, 0), -ETIMEDOUT);
		rsvpool_destroy(upper);
	}
	/* Its worker may be bringing elements, which are outstanding meanwhile. */
	WAIT_UNTIL(!rsvpool_drain(lower, 0));
	rsvpool_destroy(lower);
}

/*
 * The teardown for which drain exists: RCU callbacks free elements, while the
 * owner waits and then destroys the pool at once.
 */

struct carried {
	struct rcu_head rcu;
	struct rsvpool *pool;
};

static void carried_free(struct rcu_head *rcu)
{
	struct carried *carried = container_of(rcu, struct carried, rcu);

	rsvpool_free(carried->pool, carried);
}

#define DRAIN_ROUNDS	20

static void test_drain_asynchronously(void)
{
	struct carried *carried;
	struct rsvpool *pool;
	unsigned int round, i;

	for (round = 0; round < DRAIN_ROUNDS; round++) {
		pool = drain_pool(round & 1, false);
		if (!pool)
			break;
		for (i = 0; i < RESERVE; i++) {
			carried = rsvpool_tryalloc(pool);
			if (!CHECK(carried))
				break;
			carried->pool = pool;
			call_rcu(&carried->rcu, carried_free);
		}
		CHECK_EQ(rsvpool_drain(pool, MAX_SCHEDULE_TIMEOUT), 0);
		/*
		 * The number may include elements that the worker is bringing.
		 */
		WAIT_UNTIL(!rsvpool_outstanding(pool));
		/* Destroying too early would be a WARN. */
		rsvpool_destroy(pool);
	}
	rcu_barrier();
}

/* For test-pool-life.sh, which kills the task once an element is outstanding. */
static void test_drain_user_is_killed(void)
{
	struct rsvpool *pool = drain_pool(false, false);
	void *element;

	if (!pool)
		return;
	element = rsvpool_tryalloc(pool);
	CHECK(element);
	CHECK_EQ(rsvpool_drain(pool, MAX_SCHEDULE_TIMEOUT), -EINTR);
	rsvpool_free(pool, element);
	rsvpool_destroy(pool);
}

const struct api_test drain_tests[] = {
	API_TEST(drain_counts),
	API_TEST(drain_stacked),
	API_TEST(drain_asynchronously),
	API_TEST(drain_user_is_killed),
	{ }
};

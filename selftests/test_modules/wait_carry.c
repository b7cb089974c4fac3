// SPDX-License-Identifier: GPL-2.0
/*
 * How many operations a reserve is enough for when the source fails: the
 * arithmetic of admin-guide.rst, "How many operations a reserve carries".
 */
#include <linux/slab.h>

#include "wait.h"

#define K	3	/* elements that an operation needs */
#define N	4	/* tasks */
#define ROUNDS	200

/*
 * R / K of them at once, rounded down; the next one waits, and holds no
 * element.
 */
static void test_carry_in_one_call(void)
{
	void *elements[N - 1][K];
	struct asker last = { .ask = ask_bulk, .gfp = GFP_KERNEL, .nr = K };
	struct counted source;
	struct rsvpool *pool = counted_pool("carry", &source, N * K - 1,
					    N * K - 1);
	unsigned int i;

	if (!pool)
		return;
	source.fails = true;
	for (i = 0; i < N - 1; i++)
		CHECK_EQ(rsvpool_alloc_bulk(pool, GFP_KERNEL, K, elements[i]),
			 0);
	last.pool = pool;
	if (asker_queue(&last)) {
		rsvpool_free_bulk(pool, K, elements[0]);
		SOON(asker_answered(&last));
		CHECK_EQ(last.err, 0);
		asker_stop(&last);
		rsvpool_free_bulk(pool, K, last.elements);
	} else {
		rsvpool_free_bulk(pool, K, elements[0]);
	}
	for (i = 1; i < N - 1; i++)
		rsvpool_free_bulk(pool, K, elements[i]);
	CHECK(holds(pool, N * K - 1));
	counted_end(pool, &source);
}

/*
 * N tasks take K elements one by one, and each has all but the last before any
 * requests that.
 */
struct carry {
	struct rsvpool *pool;
	atomic_t ready;
	atomic_t asking;
};

static void take_one_by_one(void *data, unsigned int index)
{
	struct carry *carry = data;
	unsigned int i, round;
	void *elements[K];

	for (round = 1; round <= ROUNDS; round++) {
		for (i = 0; i < K - 1; i++)
			elements[i] = rsvpool_alloc(carry->pool, GFP_KERNEL);
		atomic_inc(&carry->ready);
		if (round == 1)
			SOON(atomic_read(&carry->ready) >= N);
		atomic_inc(&carry->asking);
		elements[i] = rsvpool_alloc(carry->pool, GFP_KERNEL);
		CHECK(all_different(elements, K));
		give_all(carry->pool, elements, K);
	}
}

/* All of them sleep, each for an element. */
static bool all_asleep(struct crowd *crowd, struct carry *carry)
{
	unsigned int i;

	for (i = 0; i < N; i++)
		if (!task_sleeps(crowd->member[i].task))
			return false;
	return atomic_read(&carry->asking) == N;
}

static void carry_plain(unsigned int reserve, bool enough)
{
	struct crowd *crowd = kzalloc(sizeof(*crowd), GFP_KERNEL);
	struct carry carry = {};
	struct counted source;

	if (!CHECK(crowd))
		return;
	carry.pool = counted_pool("carry", &source, reserve, N * K);
	if (!carry.pool)
		goto out;
	source.fails = true;
	if (crowd_start(crowd, N, take_one_by_one, &carry)) {
		if (!enough) {
			SOON(all_asleep(crowd, &carry));
			CHECK(!rsvpool_tryalloc(carry.pool));
			/*
			 * No task is left that could wake them; but one may be
			 * running its periodic check, or was seen asleep before
			 * its request.
			 */
			SOON(all_asleep(crowd, &carry));
			source.fails = false;
		}
		crowd_join(crowd);
	}
	CHECK_EQ(atomic_read(&carry.asking), N * ROUNDS);
	counted_end(carry.pool, &source);
out:
	kfree(crowd);
}

static void test_carry_plain_with_one_too_few(void)
{
	carry_plain(N * (K - 1), false);
}

static void test_carry_plain_with_just_enough(void)
{
	carry_plain(N * (K - 1) + 1, true);
}

const struct api_test carry_tests[] = {
	API_TEST(carry_in_one_call),
	API_TEST(carry_plain_with_one_too_few),
	API_TEST(carry_plain_with_just_enough),
	{ }
};

// SPDX-License-Identifier: GPL-2.0
/*
 * What users leave behind keeps rsvpool loaded, in a stack of pools too.  On two
 * pools that the script has made, "pin-lower" and "pin-upper" on it, which keeps
 * nothing: each of its requests goes to the lower one and back.
 */
#include <linux/delay.h>
#include <linux/kthread.h>

#include "life.h"
#include "internal.h"

#define PIN_ROUNDS	200
#define PIN_THREADS	2

static int use_upper(void *data)
{
	struct rsvpool *upper = data;
	void *element;

	while (!kthread_should_stop()) {
		element = rsvpool_alloc(upper, GFP_KERNEL);
		rsvpool_free(upper, element);
		cond_resched();
	}
	return 0;
}

static bool is_pinned(const struct rsvpool *pool)
{
	return data_race(pool->pinned);	/* looked at until it is so */
}

/*
 * Is the module kept for the one element of the lower pool that is left behind,
 * whatever the upper one's users do when the lower one is put?
 */
static void leave_one_behind(struct rsvpool *lower)
{
	unsigned int round, missed = 0;
	void *element;

	for (round = 0; round < PIN_ROUNDS; round++) {
		if (!CHECK(rsvpool_get("pin-lower") == lower))
			return;
		element = rsvpool_alloc(lower, GFP_KERNEL);
		rsvpool_put(lower);
		missed += !is_pinned(lower);
		/* For what is not pinned any more it would be too late. */
		CHECK(rsvpool_get("pin-lower") == lower);
		rsvpool_free(lower, element);
		rsvpool_put(lower);
	}
	CHECK_EQ(missed, 0);
}

static void test_pin_stacked(void)
{
	struct rsvpool *lower = rsvpool_get("pin-lower");
	struct rsvpool *upper = rsvpool_get("pin-upper");
	struct task_struct *task[PIN_THREADS];
	void *element;
	unsigned int i;

	if (!CHECK(lower) || !CHECK(upper))
		goto out;
	rsvpool_put(lower);
	for (i = 0; i < PIN_THREADS; i++)
		task[i] = kthread_run(use_upper, upper, "rsvpool_pin/%u", i);
	leave_one_behind(lower);
	for (i = 0; i < PIN_THREADS; i++)
		if (CHECK(!IS_ERR(task[i])))
			kthread_stop(task[i]);

	/* The upper one's last user goes: then the lower one is looked at. */
	CHECK(is_pinned(lower));
	rsvpool_put(upper);
	CHECK(!is_pinned(upper));
	CHECK(!is_pinned(lower));
	CHECK(rsvpool_get("pin-lower") == lower);
	CHECK(rsvpool_get("pin-upper") == upper);
	element = rsvpool_alloc(lower, GFP_KERNEL);
	rsvpool_put(lower);
	rsvpool_put(upper);
	CHECK(!is_pinned(upper));
	CHECK(is_pinned(lower));
	CHECK(rsvpool_get("pin-lower") == lower);
	rsvpool_free(lower, element);
	upper = NULL;
out:
	rsvpool_put(upper);
	rsvpool_put(lower);
	CHECK(!lower || !is_pinned(lower));
}

const struct api_test pin_tests[] = {
	API_TEST(pin_stacked),
	{ }
};

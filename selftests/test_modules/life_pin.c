// SPDX-License-Identifier: GPL-2.0
/*
 * Elements that users leave behind keep rsvpool loaded, in a stack of pools,
 * too.  This uses two pools that the script has created, "pin-lower", and
 * "pin-upper" on top of it.  The upper one keeps no element: each of its
 * requests goes to the lower one.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/sched/task.h>

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
	return data_race(pool->pinned);	/* polled */
}

/*
 * Is the module kept for the one element of the lower pool that is left behind,
 * even if users of the upper pool move elements while the lower one is put?
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
		/* If it is not pinned any more, this comes too late. */
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

	/* The upper pool's last user goes: then the lower one is checked. */
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

/*
 * A task exits with an open section, after the pool's last user has gone.
 */
struct forgetful {
	struct rsvpool *pool;
	struct rsvpool_section section;
	struct completion begun, end;
	int err;
};

static int forget_section(void *data)
{
	struct forgetful *f = data;

	f->err = rsvpool_section_begin(&f->section, f->pool, 2,
				       RSVPOOL_SECTION_PRIVATE);
	complete(&f->begun);
	wait_for_completion(&f->end);
	return 0;
}

static void test_pin_forgotten(void)
{
	struct forgetful f = { .pool = rsvpool_get("pin-lower") };
	struct task_struct *task;

	if (!CHECK(f.pool))
		return;
	init_completion(&f.begun);
	init_completion(&f.end);
	task = kthread_create(forget_section, &f, "rsvpool_forget");
	if (!CHECK(!IS_ERR(task))) {
		rsvpool_put(f.pool);
		return;
	}
	get_task_struct(task);
	wake_up_process(task);
	wait_for_completion(&f.begun);
	CHECK_EQ(f.err, 0);
	rsvpool_put(f.pool);
	CHECK(is_pinned(f.pool));
	complete(&f.end);
	WAIT_UNTIL(!is_pinned(f.pool));
	kthread_stop(task);
	put_task_struct(task);
}

const struct api_test pin_tests[] = {
	API_TEST(pin_stacked),
	API_TEST(pin_forgotten),
	{ }
};

// SPDX-License-Identifier: GPL-2.0
/*
 * Sections that end where slab cannot be called, and how many a task may have;
 * and a crowd of tasks that have one each, for a script to look at.
 */
#include <linux/interrupt.h>
#include <linux/kprobes.h>
#include <linux/kthread.h>
#include <linux/slab.h>

#include "wait.h"

#define PRIVATE	RSVPOOL_SECTION_PRIVATE
#define SHARED	RSVPOOL_SECTION_SHARED

/*
 * Is slab called by this task, between two points?  A kernel without the
 * debugging options says nothing of a sleeping lock that nobody contends for; so
 * the functions that would take one are watched.
 */

static struct {
	struct task_struct *task;
	unsigned int calls;
} slab_watch;

/* Not what an interrupt or a softirq calls that comes in between, as for RCU. */
static int slab_called(struct kprobe *probe, struct pt_regs *regs)
{
	if (READ_ONCE(slab_watch.task) == current &&
	    !in_serving_softirq() && !in_hardirq())
		slab_watch.calls++;
	return 0;
}

static void free_in_softirq(struct tasklet_struct *tasklet)
{
	kfree(kmalloc(8, GFP_ATOMIC));
}

static DECLARE_TASKLET(freer, free_in_softirq);

static void free_in_between(void)
{
	local_bh_disable();
	tasklet_schedule(&freer);
	local_bh_enable();
	tasklet_kill(&freer);
}

static struct kprobe slab_probes[] = {
	{ .symbol_name = "kfree", .pre_handler = slab_called },
	{ .symbol_name = "mempool_free", .pre_handler = slab_called },
};

static bool slab_watch_start(void)
{
	unsigned int i;

	slab_watch.calls = 0;
	for (i = 0; i < ARRAY_SIZE(slab_probes); i++) {
		/* One that was registered before has leftovers. */
		slab_probes[i].addr = NULL;
		slab_probes[i].flags = 0;
		if (!CHECK_EQ(register_kprobe(&slab_probes[i]), 0))
			goto undo;
	}
	return true;

undo:
	while (i--)
		unregister_kprobe(&slab_probes[i]);
	return false;
}

static void slab_watch_stop(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(slab_probes); i++)
		unregister_kprobe(&slab_probes[i]);
}

static void end_there(void *data)
{
	WRITE_ONCE(slab_watch.task, current);
	rsvpool_section_end(data);
	WRITE_ONCE(slab_watch.task, NULL);
}

static void end_in(bool (*go)(void (*fn)(void *data), void *data),
		   struct rsvpool *pool, unsigned int flags)
{
	struct rsvpool_section section;
	void *element;

	if (!CHECK_EQ(rsvpool_section_begin(&section, pool, 2, flags), 0))
		return;
	element = rsvpool_section_alloc(&section);
	CHECK(element);
	rsvpool_free(pool, element);
	CHECK(go(end_there, &section));
	CHECK(!section.record);
}

/* Under a raw lock, and so on: nothing of slab; all comes back. */
static void test_section_ends_anywhere(void)
{
	static bool (* const ways[])(void (*fn)(void *data), void *data) = {
		go_preempt_off, go_irqs_off, go_raw_lock,
	};
	struct counted source;
	struct rsvpool *pool = counted_pool("section", &source, 4, 4);
	unsigned int i, round;

	if (!pool)
		return;
	if (slab_watch_start()) {
		/* Or the rest proves nothing. */
		WRITE_ONCE(slab_watch.task, current);
		kfree(kmalloc(8, GFP_KERNEL));
		WRITE_ONCE(slab_watch.task, NULL);
		CHECK(slab_watch.calls);

		slab_watch.calls = 0;
		WRITE_ONCE(slab_watch.task, current);
		free_in_between();
		WRITE_ONCE(slab_watch.task, NULL);
		CHECK_EQ(slab_watch.calls, 0);
		/* More than there are records set aside. */
		for (round = 0; round < 100; round++)
			for (i = 0; i < ARRAY_SIZE(ways); i++) {
				end_in(ways[i], pool, PRIVATE);
				end_in(ways[i], pool, SHARED);
			}
		CHECK_EQ(slab_watch.calls, 0);
		slab_watch_stop();
	}
	CHECK(holds(pool, 4));
	counted_end(pool, &source);
}

/* A task's own sections are a few, so that a look at all of them is bounded. */
static void test_section_depth(void)
{
	struct rsvpool_section section[RSVPOOL_NEST_MAX], more;
	const unsigned int most = RSVPOOL_NEST_MAX;
	struct counted source;
	struct rsvpool *pool = counted_pool("section", &source, most + 1,
					    most + 1);
	unsigned int n;

	if (!pool)
		return;
	for (n = 0; n < most; n++)
		if (!CHECK_EQ(rsvpool_section_begin(&section[n], pool,
						    most + 1 - n, PRIVATE), 0))
			break;
	CHECK_EQ(rsvpool_section_begin(&more, pool, 1, PRIVATE), -ELOOP);
	if (!CHECK(!more.record))
		rsvpool_section_end(&more);
	while (n)
		rsvpool_section_end(&section[--n]);
	if (CHECK_EQ(rsvpool_section_begin(&more, pool, 1, PRIVATE), 0))
		rsvpool_section_end(&more);
	CHECK(holds(pool, most + 1));
	counted_end(pool, &source);
}

/*
 * Tasks that have a shared section open each: the last one of 3 elements, the
 * others of one.
 */

#define CROWD	2000

static struct rsvpool *crowd_pool;
static struct task_struct *crowd[CROWD];
static atomic_t crowd_open;

static int crowd_fn(void *data)
{
	unsigned long nr = (unsigned long)data;
	struct rsvpool_section section;
	int err;

	err = rsvpool_section_begin(&section, crowd_pool, nr, SHARED);
	CHECK_EQ(err, 0);
	if (!err)
		atomic_inc(&crowd_open);
	while (!kthread_should_stop())
		schedule_timeout_idle(MAX_SCHEDULE_TIMEOUT);
	if (!err)
		rsvpool_section_end(&section);
	return 0;
}

static void test_stage_crowd(void)
{
	struct task_struct *task;
	unsigned long i;

	crowd_pool = rsvpool_get("stage-a");
	if (!CHECK(crowd_pool))
		return;
	atomic_set(&crowd_open, 0);
	for (i = 0; i < CROWD; i++) {
		task = kthread_run(crowd_fn, (void *)(i + 1 < CROWD ? 1UL : 3UL),
				   "rsvpool_crowd");
		if (!CHECK(!IS_ERR(task)))
			break;
		crowd[i] = task;
	}
	WAIT_UNTIL(atomic_read(&crowd_open) == CROWD);
}

static void crowd_end(unsigned int i)
{
	if (crowd[i])
		kthread_stop(crowd[i]);
	crowd[i] = NULL;
}

/* The one with the largest section goes. */
static void test_stage_crowd_largest_ends(void)
{
	crowd_end(CROWD - 1);
}

static void test_stage_crowd_end(void)
{
	unsigned int i;

	for (i = 0; i < CROWD; i++)
		crowd_end(i);
	if (crowd_pool)
		rsvpool_put(crowd_pool);
	crowd_pool = NULL;
}

const struct api_test section_end_tests[] = {
	API_TEST(section_ends_anywhere),
	API_TEST(section_depth),
	API_TEST(stage_crowd),
	API_TEST(stage_crowd_largest_ends),
	API_TEST(stage_crowd_end),
	{ }
};

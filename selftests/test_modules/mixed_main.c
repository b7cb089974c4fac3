// SPDX-License-Identifier: GPL-2.0
/*
 * rsvpool_test_mixed - rsvpool_mempool.h is included first, then a header with
 * a mempool_t for mempools that another file creates and uses, too.
 *
 * The cases run when the module is loaded.  With the parameter "forget" the
 * module does not exit one mempool when it is unloaded.
 */
#include <linux/rsvpool_mempool.h>

#include <linux/atomic.h>
#include <linux/kthread.h>
#include <linux/sched.h>

#include "mixed.h"
#include "mempool_check.h"

#define MIN_NR	4
#define BYTES	64

/* A source that can be made to fail, and counts its elements. */
static bool source_fails;
static atomic_t live;

static void *source_alloc(gfp_t gfp, void *data)
{
	void *element;

	if (READ_ONCE(source_fails))
		return NULL;
	element = kmalloc(BYTES, gfp);
	if (element)
		atomic_inc(&live);
	return element;
}

static void source_free(void *element, void *data)
{
	kfree(element);
	atomic_dec(&live);
}

/* The kernel's mempool_init() needs a zeroed mempool_t. */
static void mixed_clear(struct mixed *mixed)
{
	memset(mixed, 0x5a, sizeof(*mixed));
	memset(&mixed->mempool, 0, sizeof(mixed->mempool));
}

static int rsvpool_init_mixed(struct mixed *mixed)
{
	mixed_clear(mixed);
	return mempool_init(&mixed->mempool, MIN_NR, source_alloc, source_free,
			    NULL);
}

static bool fields_stand(const struct mixed *mixed)
{
	struct mixed fresh;

	memset(&fresh, 0x5a, sizeof(fresh));
	return mixed->before == fresh.before && mixed->after == fresh.after;
}

static void test_same_layout(void)
{
	CHECK_EQ(mixed_kernel_size(), sizeof(mempool_t));
	CHECK_EQ(mixed_kernel_after(), offsetof(struct mixed, after));
}

/* raid1's serial_info_pool: made by other code, used here. */
static void test_made_by_the_kernel(void)
{
	struct mixed mixed;
	void *element;

	mixed_clear(&mixed);
	if (!CHECK_EQ(mixed_kernel_init(&mixed, MIN_NR, source_alloc,
					source_free, NULL), 0))
		return;
	CHECK(!rsvpool_mempool_of(&mixed.mempool));
	CHECK_EQ(mixed.mempool.curr_nr, MIN_NR);
	CHECK(mempool_initialized(&mixed.mempool));
	CHECK(mempool_is_saturated(&mixed.mempool));
	CHECK_EQ(rsvpool_mempool_min_nr(&mixed.mempool), MIN_NR);
	WRITE_ONCE(source_fails, true);
	element = mempool_alloc(&mixed.mempool, GFP_NOWAIT);
	WRITE_ONCE(source_fails, false);
	CHECK(element);
	CHECK_EQ(mixed.mempool.curr_nr, MIN_NR - 1);
	mempool_free(element, &mixed.mempool);
	CHECK_EQ(mixed.mempool.curr_nr, MIN_NR);
	element = mempool_alloc_noreserve(&mixed.mempool, GFP_KERNEL);
	CHECK(element);
	mixed_kernel_free(&mixed, element);
	CHECK_EQ(mempool_resize(&mixed.mempool, 2 * MIN_NR), 0);
	CHECK_EQ(mixed.mempool.curr_nr, 2 * MIN_NR);
	mempool_exit(&mixed.mempool);
	CHECK(fields_stand(&mixed));
	CHECK_EQ(atomic_read(&live), 0);
}

/* btree_init_mempool(): made here, used by other code of the kernel. */
static void test_used_by_the_kernel(void)
{
	void *elements[MIN_NR + 1];
	struct mixed mixed;
	unsigned int n = 0;

	if (!CHECK_EQ(rsvpool_init_mixed(&mixed), 0))
		return;
	CHECK(mixed_kernel_initialized(&mixed));
	WRITE_ONCE(source_fails, true);
	while (n <= MIN_NR &&
	       (elements[n] = mixed_kernel_alloc(&mixed, GFP_NOWAIT)))
		n++;
	CHECK_EQ(n, MIN_NR);
	CHECK(!mempool_is_saturated(&mixed.mempool));
	while (n)
		mixed_kernel_free(&mixed, elements[--n]);
	WRITE_ONCE(source_fails, false);
	CHECK(mempool_is_saturated(&mixed.mempool));
	CHECK_EQ(mixed.mempool.curr_nr, 0);
	/* The kernel's own resize takes some to its array; all come back. */
	CHECK_EQ(mixed_kernel_resize(&mixed, 2), 0);
	mempool_exit(&mixed.mempool);
	CHECK(fields_stand(&mixed));
	CHECK_EQ(atomic_read(&live), 0);
}

struct waiter {
	struct mixed *mixed;
	struct completion done;
	void *element;
};

static int waiter_fn(void *data)
{
	struct waiter *waiter = data;

	waiter->element = mixed_kernel_alloc(waiter->mixed, GFP_KERNEL);
	kthread_complete_and_exit(&waiter->done, 0);
}

/* The kernel's mempool_alloc() sleeps in the pool's queue, and is served. */
static void test_kernel_sleeps(void)
{
	struct task_struct *task;
	void *elements[MIN_NR];
	struct waiter waiter;
	struct mixed mixed;
	unsigned int n;

	if (!CHECK_EQ(rsvpool_init_mixed(&mixed), 0))
		return;
	waiter.mixed = &mixed;
	waiter.element = NULL;
	init_completion(&waiter.done);
	WRITE_ONCE(source_fails, true);
	for (n = 0; n < MIN_NR; n++)
		elements[n] = mempool_alloc(&mixed.mempool, GFP_NOWAIT);
	task = kthread_run(waiter_fn, &waiter, "rsvpool_mixed");
	if (CHECK(!IS_ERR(task))) {
		struct rsvpool_mempool *m = rsvpool_mempool_of(&mixed.mempool);

		/* In this order: it sleeps there before the first free. */
		WAIT_UNTIL(READ_ONCE(task->__state) != TASK_RUNNING ||
			   completion_done(&waiter.done));
		CHECK(m && !waiter.element);
		mempool_free(elements[--n], &mixed.mempool);
		wait_for_completion(&waiter.done);
		CHECK(waiter.element);
		mixed_kernel_free(&mixed, waiter.element);
	}
	while (n)
		mempool_free(elements[--n], &mixed.mempool);
	WRITE_ONCE(source_fails, false);
	mempool_exit(&mixed.mempool);
	CHECK_EQ(atomic_read(&live), 0);
}

/* As raid1 does it in its reshape: made on the stack, moved, the old one exited. */
static void test_moved_by_value(void)
{
	struct mixed mixed, other;
	mempool_t old;
	void *element;

	if (!CHECK_EQ(rsvpool_init_mixed(&mixed), 0))
		return;
	if (!CHECK_EQ(rsvpool_init_mixed(&other), 0)) {
		mempool_exit(&mixed.mempool);
		return;
	}
	old = mixed.mempool;
	mixed.mempool = other.mempool;
	init_waitqueue_head(&mixed.mempool.wait);
	memset(&other, 0, sizeof(other));
	mempool_exit(&old);
	CHECK_EQ(atomic_read(&live), MIN_NR);
	element = mempool_alloc(&mixed.mempool, GFP_NOIO);
	CHECK(element);
	mempool_free(element, &mixed.mempool);
	element = mixed_kernel_alloc(&mixed, GFP_NOIO);
	CHECK(element);
	mixed_kernel_free(&mixed, element);
	mempool_exit(&mixed.mempool);
	CHECK_EQ(atomic_read(&live), 0);
}

/* Zeroed, and twice: both are allowed for mempool_exit(). */
static void test_exit_of_nothing(void)
{
	struct mixed mixed;

	memset(&mixed, 0, sizeof(mixed));
	mempool_exit(&mixed.mempool);
	CHECK(!mempool_initialized(&mixed.mempool));
	if (!CHECK_EQ(rsvpool_init_mixed(&mixed), 0))
		return;
	mempool_exit(&mixed.mempool);
	CHECK(!mempool_initialized(&mixed.mempool));
	mempool_exit(&mixed.mempool);
	CHECK_EQ(atomic_read(&live), 0);
}

static bool forget;
module_param(forget, bool, 0444);
MODULE_PARM_DESC(forget, "leave a mempool that is not exited when the module goes");

static mempool_t *forgotten;

static int __init mixed_init(void)
{
	run_case("same_layout", test_same_layout);
	run_case("made_by_the_kernel", test_made_by_the_kernel);
	run_case("used_by_the_kernel", test_used_by_the_kernel);
	run_case("kernel_sleeps", test_kernel_sleeps);
	run_case("moved_by_value", test_moved_by_value);
	run_case("exit_of_nothing", test_exit_of_nothing);
	if (forget) {
		forgotten = mempool_create(MIN_NR, source_alloc, source_free,
					   NULL);
		if (!forgotten)
			return -ENOMEM;
	}
	return 0;
}
module_init(mixed_init);

/* Free the memory of the mempool_t, but not what mempool_exit() would free. */
static void __exit mixed_exit(void)
{
	kfree(forgotten);
}
module_exit(mixed_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Uses mempools of the kernel's and of rsvpool's in one driver");

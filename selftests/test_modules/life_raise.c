// SPDX-License-Identifier: GPL-2.0
/*
 * Raising a reserve waits for elements that other code is moving, but not for
 * long.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "life.h"

#define MOST	8
#define SIZE	64

/*
 * A source that, once it is shut, blocks its callers.
 */
struct shut_source {
	bool shut;
	bool kept;
	struct completion open;
};

static void *shut_alloc(gfp_t gfp, int node, void *data)
{
	struct shut_source *source = data;

	if (READ_ONCE(source->shut)) {
		WRITE_ONCE(source->kept, true);
		wait_for_completion(&source->open);
	}
	return kmalloc_node(SIZE, GFP_KERNEL, node);
}

static void shut_free(void *element, void *data)
{
	kfree(element);
}

static const struct rsvpool_ops shut_ops = {
	.alloc = shut_alloc,
	.free = shut_free,
};

/*
 * The worker is calling the source for the last element that may exist, and
 * that call blocks. The test counts how often the task gave up the CPU: it
 * sleeps for one tick at a time.
 */
static void test_raise_gives_up(void)
{
	struct shut_source source = { };
	unsigned long switches;
	struct rsvpool_attr attr;
	struct rsvpool *pool;
	void *element;

	init_completion(&source.open);
	rsvpool_attr_init(&attr, "raise");
	attr.source = RSVPOOL_OPS;
	attr.ops = &shut_ops;
	attr.data = &source;
	attr.source_sleeps = true;
	attr.reserve = MOST - 1;
	attr.max = MOST;
	attr.cache = 0;
	attr.cache_max = 0;
	attr.low = MOST - 1;
	attr.high = MOST;
	attr.adaptive = false;
	pool = MAKE_POOL(&attr);
	if (!pool)
		return;
	WRITE_ONCE(source.shut, true);
	/*
	 * The depot falls below low, and the worker asks for one element, up to
	 * high.
	 */
	element = rsvpool_tryalloc(pool);
	CHECK(element);
	rsvpool_free(pool, element);
	WAIT_UNTIL(READ_ONCE(source.kept));

	switches = current->nvcsw;
	CHECK_EQ(rsvpool_resize(pool, MOST), -EBUSY);
	switches = current->nvcsw - switches;
	if (!CHECK(switches < 2 * HZ))
		CHECK_EQ(switches, 0);

	WRITE_ONCE(source.shut, false);
	complete_all(&source.open);
	CHECK_EQ(rsvpool_resize(pool, MOST), 0);
	rsvpool_destroy(pool);
}

const struct api_test raise_tests[] = {
	API_TEST(raise_gives_up),
	{ }
};

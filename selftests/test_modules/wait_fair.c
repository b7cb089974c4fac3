// SPDX-License-Identifier: GPL-2.0
/*
 * The waiting contest: sixteen threads, one element, a source that always
 * fails.  How many threads are served before one that is in the queue already?
 *
 * The thread that holds the element notes which threads sleep: these are in the
 * queue, independent of how the scheduler treats threads that are about to
 * queue.  From then on hand-overs are counted, up to the one to the thread
 * itself: at most fifteen for sixteen threads. Accesses by the element's holder
 * need no lock.
 */
#include <linux/module.h>
#include <linux/slab.h>

#include "wait.h"

#define THREADS		16
#define HOLD_US		100, 200	/* as in ANCHORS.md */

static unsigned int fair_seconds = 10;
module_param(fair_seconds, uint, 0644);
MODULE_PARM_DESC(fair_seconds, "how long the contest goes on");

static unsigned int fair_handovers;
module_param(fair_handovers, uint, 0444);
MODULE_PARM_DESC(fair_handovers, "the most hand-overs that anybody saw");

/*
 * @served: hand-overs so far
 * @asking: between the request and its answer
 * @seen: the hand-over at which it was first seen asleep; 0 if not yet
 */
struct fair {
	struct rsvpool *pool;
	bool stop;
	unsigned int served;
	struct {
		bool asking;
		unsigned int seen;
	} thread[THREADS];
	struct crowd crowd;
};

static void look_who_sleeps(struct fair *fair)
{
	unsigned int i;

	for (i = 0; i < THREADS; i++)
		if (READ_ONCE(fair->thread[i].asking) &&
		    !fair->thread[i].seen &&
		    task_sleeps(fair->crowd.member[i].task))
			fair->thread[i].seen = fair->served;
}

static void count_handovers(struct fair *fair, unsigned int index)
{
	unsigned int seen = fair->thread[index].seen;

	fair->served++;
	fair->thread[index].seen = 0;
	if (seen)
		fair_handovers = max(fair_handovers, fair->served - seen);
}

static void contend(void *data, unsigned int index)
{
	struct fair *fair = data;
	void *element;

	while (!READ_ONCE(fair->stop)) {
		WRITE_ONCE(fair->thread[index].asking, true);
		element = rsvpool_alloc(fair->pool, GFP_KERNEL);
		WRITE_ONCE(fair->thread[index].asking, false);
		count_handovers(fair, index);
		look_who_sleeps(fair);
		usleep_range(HOLD_US);
		rsvpool_free(fair->pool, element);
	}
}

static void test_fair_in_turn(void)
{
	struct fair *fair = kzalloc(sizeof(*fair), GFP_KERNEL);
	struct counted source;

	if (!CHECK(fair))
		return;
	fair->pool = counted_pool("fair", &source, 1, 1);
	if (!fair->pool)
		goto out;
	source.fails = true;
	fair_handovers = 0;
	if (crowd_start(&fair->crowd, THREADS, contend, fair)) {
		msleep(MSEC_PER_SEC * fair_seconds);
		/* A slow machine gets more time. */
		WAIT_UNTIL(READ_ONCE(fair->served) > THREADS * THREADS);
		WRITE_ONCE(fair->stop, true);
		crowd_join(&fair->crowd);
	}
	CHECK(fair_handovers);
	CHECK(fair_handovers < THREADS);
	counted_end(fair->pool, &source);
out:
	kfree(fair);
}

const struct api_test fair_tests[] = {
	API_TEST(fair_in_turn),
	{ }
};

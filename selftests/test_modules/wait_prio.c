// SPDX-License-Identifier: GPL-2.0
/*
 * wakeup=prio: real-time tasks are served by priority, before all others, and
 * equals in the order of arrival.
 */
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "wait.h"

static unsigned int prio_rounds = 10000;
module_param(prio_rounds, uint, 0644);
MODULE_PARM_DESC(prio_rounds, "times that a real-time waiter has to be first");

static struct rsvpool *prio_pool(struct counted *source,
				 enum rsvpool_wakeup wakeup)
{
	struct rsvpool_attr attr;
	struct rsvpool *pool;

	counted_init(source);
	counted_attr(&attr, "wait", source);
	attr.reserve = 1;
	attr.max = 1;
	attr.cache = 0;
	attr.cache_max = 0;
	attr.wakeup = wakeup;
	pool = MAKE_POOL(&attr);
	source->fails = true;
	return pool;
}

/*
 * Fifteen threads that want the one element again and again, and a real-time
 * one that wants it when it is told to.  Whoever gets it hands it to the test.
 *
 * @served: who has it, and it is for the test to take; -1 if nobody
 * @element: the element
 * @stop: give it back instead, and end
 */

#define NORMAL		15
#define REALTIME	NORMAL

struct contest {
	struct rsvpool *pool;
	int served;
	void *element;
	bool stop;
	bool wanted;
	struct task_struct *realtime;
	struct crowd crowd;
};

/* Take it, and pass it on.  False: it is time to end. */
static bool take_turn(struct contest *contest, int who)
{
	void *element = rsvpool_alloc(contest->pool, GFP_KERNEL);

	if (READ_ONCE(contest->stop)) {
		rsvpool_free(contest->pool, element);
		return false;
	}
	contest->element = element;
	/* The element before the word of it: see next_served(). */
	smp_store_release(&contest->served, who);
	return true;
}

static void want_always(void *data, unsigned int index)
{
	while (take_turn(data, index))
		;
}

static int want_when_told(void *data)
{
	struct contest *contest = data;

	sched_set_fifo_low(current);
	while (!kthread_should_stop()) {
		set_current_state(TASK_IDLE);
		if (!READ_ONCE(contest->wanted) && !kthread_should_stop())
			schedule();
		__set_current_state(TASK_RUNNING);
		if (xchg(&contest->wanted, false))
			take_turn(contest, REALTIME);
	}
	return 0;
}

/* In the queue; TASK_IDLE, which has that bit too, is not. */
static bool is_queued(const struct task_struct *task)
{
	return READ_ONCE(task->__state) == TASK_UNINTERRUPTIBLE;
}

static bool all_queued(struct contest *contest)
{
	unsigned int i;

	for (i = 0; i < NORMAL; i++)
		if (!is_queued(contest->crowd.member[i].task))
			return false;
	return true;
}

/* Give it back, and see who gets it.  False: nobody does. */
static bool next_served(struct contest *contest, unsigned int *who)
{
	void *element = contest->element;

	contest->served = -1;
	contest->element = NULL;
	rsvpool_free(contest->pool, element);
	/* Pairs with the release in take_turn(). */
	if (!SOON(smp_load_acquire(&contest->served) >= 0))
		return false;
	*who = contest->served;
	return true;
}

static bool realtime_queues(struct contest *contest)
{
	WRITE_ONCE(contest->wanted, true);
	wake_up_process(contest->realtime);
	return SOON(!READ_ONCE(contest->wanted) &&
		    is_queued(contest->realtime));
}

/* The order in which the fifteen stand. */
static bool learn_order(struct contest *contest, unsigned int *order)
{
	unsigned int i;

	for (i = 0; i < NORMAL; i++)
		if (!SOON(all_queued(contest)) ||
		    !next_served(contest, &order[i]))
			return false;
	return true;
}

/*
 * Each time: fifteen sleep, the real-time one comes last and goes first, then
 * the one that came first of the fifteen, who queues up again.
 */
static void contest_rounds(struct contest *contest)
{
	unsigned int round, first, second, overtaken = 0, disorder = 0;
	unsigned int order[NORMAL];

	if (!learn_order(contest, order))
		return;
	for (round = 0; round < READ_ONCE(prio_rounds); round++) {
		if (!SOON(all_queued(contest)) || !realtime_queues(contest) ||
		    !next_served(contest, &first) ||
		    !next_served(contest, &second))
			break;
		overtaken += first != REALTIME;
		disorder += second != order[round % NORMAL];
	}
	CHECK_EQ(round, prio_rounds);
	CHECK_EQ(overtaken, 0);
	CHECK_EQ(disorder, 0);
}

static void test_prio_first_of_sixteen(void)
{
	struct contest *contest = kzalloc(sizeof(*contest), GFP_KERNEL);
	struct counted source;

	if (!CHECK(contest))
		return;
	contest->pool = prio_pool(&source, RSVPOOL_WAKEUP_PRIO);
	if (!contest->pool)
		goto out;
	contest->element = rsvpool_tryalloc(contest->pool);
	contest->realtime = kthread_run(want_when_told, contest,
					"rsvpool_realtime");
	if (!CHECK(!IS_ERR(contest->realtime)))
		goto give;
	if (crowd_start(&contest->crowd, NORMAL, want_always, contest)) {
		contest_rounds(contest);
		SOON(all_queued(contest));
		WRITE_ONCE(contest->stop, true);
		if (contest->element)
			rsvpool_free(contest->pool, contest->element);
		contest->element = NULL;
		crowd_join(&contest->crowd);
	}
	kthread_stop(contest->realtime);
give:
	if (contest->element)
		rsvpool_free(contest->pool, contest->element);
	counted_end(contest->pool, &source);
out:
	kfree(contest);
}

/*
 * In which order are they served that come in this one?
 */

static void served_in_order(enum rsvpool_wakeup wakeup, const u8 *order)
{
	struct asker askers[] = {
		{ .ask = ask_plain },
		{ .ask = ask_plain, .set_policy = sched_set_fifo_low },
		{ .ask = ask_plain, .set_policy = sched_set_fifo },
		{ .ask = ask_plain },
		{ .ask = ask_plain, .set_policy = sched_set_fifo_low },
		{ .ask = ask_plain, .set_policy = sched_set_fifo },
	};
	struct counted source;
	struct rsvpool *pool = prio_pool(&source, wakeup);
	void *element;
	unsigned int i;

	if (!pool)
		return;
	element = rsvpool_tryalloc(pool);
	for (i = 0; i < ARRAY_SIZE(askers); i++) {
		askers[i].pool = pool;
		asker_queue(&askers[i]);
	}
	for (i = 0; i < ARRAY_SIZE(askers); i++) {
		rsvpool_free(pool, element);
		SOON(asker_answered(&askers[order[i]]));
		CHECK(askers[order[i]].elements[0] == element);
	}
	for (i = 0; i < ARRAY_SIZE(askers); i++)
		asker_stop(&askers[i]);
	rsvpool_free(pool, element);
	counted_end(pool, &source);
}

static void test_prio_then_arrival(void)
{
	static const u8 order[] = { 2, 5, 1, 4, 0, 3 };

	served_in_order(RSVPOOL_WAKEUP_PRIO, order);
}

/* A pool that has not been told to does not look at priorities. */
static void test_prio_not_asked_for(void)
{
	static const u8 order[] = { 0, 1, 2, 3, 4, 5 };

	served_in_order(RSVPOOL_WAKEUP_FIFO, order);
}

const struct api_test prio_tests[] = {
	API_TEST(prio_first_of_sixteen),
	API_TEST(prio_then_arrival),
	API_TEST(prio_not_asked_for),
	{ }
};

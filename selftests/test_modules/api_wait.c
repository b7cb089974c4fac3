// SPDX-License-Identifier: GPL-2.0
/*
 * Sleeping for an element: nobody is told NULL who need not be, elements go
 * from hand to hand in the order of arrival, and who gives up takes none along.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "api.h"

#define ROOM	16

/*
 * A thread that asks for elements, and says when it has them.
 */

enum how { PLAIN, KILLABLE, TIMEOUT, BULK };

struct sleeper {
	struct rsvpool *pool;
	enum how how;
	unsigned long timeout;
	unsigned int nr;
	struct task_struct *task;
	bool asking;
	bool answered;
	int err;
	void *elements[ROOM];
};

static int sleeper_thread(void *data)
{
	struct sleeper *s = data;

	allow_signal(SIGKILL);
	WRITE_ONCE(s->asking, true);
	switch (s->how) {
	case PLAIN:
		s->elements[0] = rsvpool_alloc(s->pool, GFP_KERNEL);
		break;
	case KILLABLE:
		s->elements[0] = rsvpool_alloc_killable(s->pool, GFP_KERNEL);
		break;
	case TIMEOUT:
		s->elements[0] = rsvpool_alloc_timeout(s->pool, GFP_KERNEL,
						       s->timeout);
		break;
	case BULK:
		s->err = rsvpool_alloc_bulk(s->pool, GFP_KERNEL, s->nr,
					    s->elements);
		break;
	}
	smp_store_release(&s->answered, true);	/* what is above is there */

	flush_signals(current);
	while (!kthread_should_stop())
		schedule_timeout_idle(1);
	return 0;
}

static bool sleeper_answered(struct sleeper *s)
{
	return smp_load_acquire(&s->answered);	/* see sleeper_thread() */
}

static bool sleeper_start(struct sleeper *s, struct rsvpool *pool, enum how how)
{
	s->pool = pool;
	s->how = how;
	s->task = kthread_run(sleeper_thread, s, "rsvpool_sleeper");
	return CHECK(!IS_ERR(s->task));
}

/* In the queue: nothing else than the queue has it sleep so. */
static bool sleeper_sleeps(struct sleeper *s)
{
	return READ_ONCE(s->asking) && !sleeper_answered(s) &&
	       READ_ONCE(s->task->__state) & TASK_UNINTERRUPTIBLE;
}

static bool sleeper_queue(struct sleeper *s, struct rsvpool *pool, enum how how)
{
	return sleeper_start(s, pool, how) && WAIT_UNTIL(sleeper_sleeps(s));
}

static void sleeper_stop(struct sleeper *s)
{
	if (!IS_ERR_OR_NULL(s->task))
		kthread_stop(s->task);
	s->task = NULL;
}

/* A pool of which nothing is left: its elements are in @elements. */
static struct rsvpool *empty_pool(struct counted *source, unsigned int reserve,
				  void **elements)
{
	struct rsvpool *pool = counted_pool("api", source, reserve, reserve);

	if (!pool)
		return NULL;
	CHECK_EQ(take_all(pool, elements, ROOM), reserve);
	return pool;
}

/*
 * Hand-over.
 */

static void test_sleeps_until_free(void)
{
	struct sleeper s = { };
	void *elements[ROOM];
	struct counted source;
	struct rsvpool *pool = empty_pool(&source, 1, elements);

	if (!pool)
		return;
	if (sleeper_queue(&s, pool, PLAIN)) {
		rsvpool_free(pool, elements[0]);
		WAIT_UNTIL(sleeper_answered(&s));
		CHECK(s.elements[0] == elements[0]);
	}
	sleeper_stop(&s);
	if (s.elements[0])
		rsvpool_free(pool, s.elements[0]);
	counted_end(pool, &source);
}

/* What is given back with somebody asleep is his: no newcomer gets it. */
static void test_no_overtaking(void)
{
	struct sleeper s = { };
	void *elements[ROOM], *stolen;
	struct counted source;
	struct rsvpool *pool = empty_pool(&source, 1, elements);

	if (!pool)
		return;
	if (sleeper_queue(&s, pool, PLAIN)) {
		preempt_disable();
		rsvpool_free(pool, elements[0]);
		stolen = rsvpool_tryalloc(pool);
		preempt_enable();
		CHECK(!stolen);
		if (stolen)
			rsvpool_free(pool, stolen);
		WAIT_UNTIL(sleeper_answered(&s));
		CHECK(s.elements[0]);
	}
	sleeper_stop(&s);
	if (s.elements[0])
		rsvpool_free(pool, s.elements[0]);
	counted_end(pool, &source);
}

#define QUEUE	8

/* One element, and a queue: served as they came, each exactly once. */
static void test_first_come_first_served(void)
{
	struct sleeper *queue;
	void *elements[ROOM], *element;
	struct counted source;
	struct rsvpool *pool;
	unsigned int i, j, queued = 0;

	queue = kcalloc(QUEUE, sizeof(*queue), GFP_KERNEL);
	if (!CHECK(queue))
		return;
	pool = empty_pool(&source, 1, elements);
	if (!pool)
		goto out;
	for (i = 0; i < QUEUE; i++) {
		if (!sleeper_queue(&queue[i], pool, PLAIN))
			break;
		queued++;
	}
	element = elements[0];
	for (i = 0; i < queued; i++) {
		rsvpool_free(pool, element);
		if (!WAIT_UNTIL(sleeper_answered(&queue[i])))
			break;
		element = queue[i].elements[0];
		CHECK(element == elements[0]);
		for (j = i + 1; j < queued; j++)
			CHECK(!sleeper_answered(&queue[j]));
	}
	for (i = 0; i < QUEUE; i++)
		sleeper_stop(&queue[i]);
	rsvpool_free(pool, element);
	counted_end(pool, &source);
out:
	kfree(queue);
}

/* Several come back at once: as many at the head of the queue are served. */
static void test_batch_of_frees(void)
{
	struct sleeper *queue;
	void *elements[ROOM];
	struct counted source;
	struct rsvpool *pool;
	unsigned int i, queued = 0;

	queue = kcalloc(QUEUE, sizeof(*queue), GFP_KERNEL);
	if (!CHECK(queue))
		return;
	pool = empty_pool(&source, QUEUE / 2, elements);
	if (!pool)
		goto out;
	for (i = 0; i < QUEUE; i++) {
		if (!sleeper_queue(&queue[i], pool, PLAIN))
			break;
		queued++;
	}
	rsvpool_free_bulk(pool, QUEUE / 2, elements);
	for (i = 0; i < QUEUE / 2; i++) {
		WAIT_UNTIL(sleeper_answered(&queue[i]));
		CHECK(!sleeper_answered(&queue[i + QUEUE / 2]));
	}
	for (i = 0; i < queued; i++) {
		WAIT_UNTIL(sleeper_answered(&queue[i]));
		if (queue[i].elements[0])
			rsvpool_free(pool, queue[i].elements[0]);
	}
	for (i = 0; i < QUEUE; i++)
		sleeper_stop(&queue[i]);
	counted_end(pool, &source);
out:
	kfree(queue);
}

/* When the source recovers, its elements go to the sleepers. */
static void test_source_recovers(void)
{
	struct sleeper s = { };
	struct counted source;
	struct rsvpool *pool = counted_pool("api", &source, 1, 4);
	void *elements[ROOM];
	unsigned int n;

	if (!pool)
		return;
	source.fails = true;
	n = take_all(pool, elements, ROOM);
	CHECK(n >= 1);
	if (sleeper_queue(&s, pool, PLAIN)) {
		source.fails = false;
		WAIT_UNTIL(sleeper_answered(&s));
		CHECK(s.elements[0]);
	}
	/* Where the worker does not come, let nobody hang. */
	give_all(pool, elements, n);
	WAIT_UNTIL(sleeper_answered(&s));
	sleeper_stop(&s);
	if (s.elements[0])
		rsvpool_free(pool, s.elements[0]);
	counted_end(pool, &source);
}

/* Elements in another CPU's cache or behind an NMI do not strand a sleeper. */
static void test_freed_from_elsewhere(void)
{
	struct sleeper s = { };
	struct rsvpool_attr attr;
	struct counted source;
	struct rsvpool *pool;
	void *elements[ROOM];
	unsigned int n, round;

	counted_init(&source);
	counted_attr(&attr, "api", &source);
	attr.reserve = 2;
	attr.max = 2;
	attr.cache = 8;
	attr.cache_max = 8;
	pool = MAKE_POOL(&attr);
	if (!pool)
		return;
	for (round = 0; round < 20; round++) {
		n = take_all(pool, elements, ROOM);
		CHECK_EQ(n, 2);
		s = (struct sleeper) { };
		if (sleeper_start(&s, pool, PLAIN)) {
			if (round & 1)
				WAIT_UNTIL(sleeper_sleeps(&s));
			give_all(pool, elements, n);
			WAIT_UNTIL(sleeper_answered(&s));
		} else {
			give_all(pool, elements, n);
		}
		sleeper_stop(&s);
		if (CHECK(s.elements[0]))
			rsvpool_free(pool, s.elements[0]);
	}
	counted_end(pool, &source);
}

/*
 * Giving up.
 */

static void test_timeout(void)
{
	struct sleeper s = { .timeout = 2 };
	void *elements[ROOM];
	struct counted source;
	struct rsvpool *pool = empty_pool(&source, 2, elements);

	if (!pool)
		return;
	/* Nobody gives anything back: however long it takes, it must fail. */
	if (sleeper_start(&s, pool, TIMEOUT)) {
		WAIT_UNTIL(sleeper_answered(&s));
		CHECK(!s.elements[0]);
	}
	sleeper_stop(&s);
	CHECK(!rsvpool_alloc_timeout(pool, GFP_KERNEL, 0));
	CHECK(!rsvpool_alloc_timeout(pool, GFP_NOWAIT, HZ));

	/* It took none along. */
	give_all(pool, elements, 2);
	CHECK_EQ(take_all(pool, elements, ROOM), 2);
	give_all(pool, elements, 2);
	counted_end(pool, &source);
}

static void test_timeout_not_needed(void)
{
	struct sleeper s = { .timeout = MAX_SCHEDULE_TIMEOUT };
	void *elements[ROOM];
	struct counted source;
	struct rsvpool *pool = empty_pool(&source, 2, elements);
	void *element;

	if (!pool)
		return;
	if (sleeper_queue(&s, pool, TIMEOUT)) {
		rsvpool_free(pool, elements[1]);
		WAIT_UNTIL(sleeper_answered(&s));
		elements[1] = s.elements[0];
		CHECK(elements[1]);
	}
	sleeper_stop(&s);
	give_all(pool, elements, elements[1] ? 2 : 1);
	element = rsvpool_alloc_timeout(pool, GFP_KERNEL, 1);
	if (CHECK(element))
		rsvpool_free(pool, element);
	counted_end(pool, &source);
}

/* Timeouts and frees that meet: each element is in one place afterwards. */
static void test_timeout_races_with_free(void)
{
	void *elements[ROOM];
	struct counted source;
	struct rsvpool *pool = empty_pool(&source, 1, elements);
	unsigned int round;

	for (round = 0; pool && round < 60; round++) {
		struct sleeper s = { .timeout = 1 + round % 3 };

		if (!sleeper_start(&s, pool, TIMEOUT))
			break;
		msleep(1 + round % 5);
		rsvpool_free(pool, elements[0]);
		WAIT_UNTIL(sleeper_answered(&s));
		sleeper_stop(&s);
		if (s.elements[0])
			rsvpool_free(pool, s.elements[0]);
		if (!CHECK_EQ(take_all(pool, elements, ROOM), 1))
			break;
	}
	if (!pool)
		return;
	give_all(pool, elements, 1);
	counted_end(pool, &source);
}

static void test_killed(void)
{
	struct sleeper s = { };
	void *elements[ROOM];
	struct counted source;
	struct rsvpool *pool = empty_pool(&source, 2, elements);

	if (!pool)
		return;
	if (sleeper_queue(&s, pool, KILLABLE)) {
		send_sig(SIGKILL, s.task, 1);
		WAIT_UNTIL(sleeper_answered(&s));
		CHECK(!s.elements[0]);
	}
	sleeper_stop(&s);
	give_all(pool, elements, 2);
	CHECK_EQ(take_all(pool, elements, ROOM), 2);
	give_all(pool, elements, 2);
	counted_end(pool, &source);
}

static void test_killable_not_killed(void)
{
	struct sleeper s = { };
	void *elements[ROOM];
	struct counted source;
	struct rsvpool *pool = empty_pool(&source, 1, elements);

	if (!pool)
		return;
	if (sleeper_queue(&s, pool, KILLABLE)) {
		rsvpool_free(pool, elements[0]);
		WAIT_UNTIL(sleeper_answered(&s));
		CHECK(s.elements[0]);
	}
	sleeper_stop(&s);
	if (s.elements[0])
		rsvpool_free(pool, s.elements[0]);
	counted_end(pool, &source);
}

/* A sleeper of the plain kind is not to be had by a signal. */
static void test_plain_is_not_killable(void)
{
	struct sleeper s = { };
	void *elements[ROOM];
	struct counted source;
	struct rsvpool *pool = empty_pool(&source, 1, elements);

	if (!pool)
		return;
	if (sleeper_queue(&s, pool, PLAIN)) {
		send_sig(SIGKILL, s.task, 1);
		msleep(20);
		CHECK(!sleeper_answered(&s));
	}
	rsvpool_free(pool, elements[0]);
	WAIT_UNTIL(sleeper_answered(&s));
	CHECK(s.elements[0]);
	sleeper_stop(&s);
	if (s.elements[0])
		rsvpool_free(pool, s.elements[0]);
	counted_end(pool, &source);
}

/* Who gives up in the middle of the queue leaves the others in order. */
static void test_middle_gives_up(void)
{
	struct sleeper a = { }, b = { }, c = { };
	void *elements[ROOM];
	struct counted source;
	struct rsvpool *pool = empty_pool(&source, 1, elements);

	if (!pool)
		return;
	if (sleeper_queue(&a, pool, PLAIN) &&
	    sleeper_queue(&b, pool, KILLABLE) &&
	    sleeper_queue(&c, pool, PLAIN)) {
		send_sig(SIGKILL, b.task, 1);
		WAIT_UNTIL(sleeper_answered(&b));
		CHECK(!b.elements[0]);
		rsvpool_free(pool, elements[0]);
		WAIT_UNTIL(sleeper_answered(&a));
		CHECK(!sleeper_answered(&c));
		rsvpool_free(pool, a.elements[0]);
		WAIT_UNTIL(sleeper_answered(&c));
		CHECK(c.elements[0] == elements[0]);
		rsvpool_free(pool, c.elements[0]);
	}
	sleeper_stop(&a);
	sleeper_stop(&b);
	sleeper_stop(&c);
	counted_end(pool, &source);
}

/*
 * Several at once.
 */

/* It waits until all it wants is there, and holds nothing until then. */
static void test_bulk_waits_for_all(void)
{
	struct sleeper s = { .nr = 3 };
	void *elements[ROOM];
	struct counted source;
	struct rsvpool *pool = empty_pool(&source, 3, elements);
	unsigned int i;

	if (!pool)
		return;
	if (sleeper_queue(&s, pool, BULK)) {
		for (i = 0; i < 3; i++) {
			CHECK(!sleeper_answered(&s));
			rsvpool_free(pool, elements[i]);
		}
		WAIT_UNTIL(sleeper_answered(&s));
		CHECK_EQ(s.err, 0);
		CHECK(all_different(s.elements, 3));
	}
	sleeper_stop(&s);
	if (!s.err)
		rsvpool_free_bulk(pool, 3, s.elements);
	CHECK_EQ(take_all(pool, elements, ROOM), 3);
	give_all(pool, elements, 3);
	counted_end(pool, &source);
}

/* A large one at the head is not starved by small ones behind it. */
static void test_bulk_keeps_its_place(void)
{
	struct sleeper large = { .nr = 2 }, small = { };
	void *elements[ROOM];
	struct counted source;
	struct rsvpool *pool = empty_pool(&source, 2, elements);

	if (!pool)
		return;
	if (sleeper_queue(&large, pool, BULK) &&
	    sleeper_queue(&small, pool, PLAIN)) {
		rsvpool_free(pool, elements[0]);
		msleep(5);
		CHECK(!sleeper_answered(&small));
		CHECK(!sleeper_answered(&large));
		rsvpool_free(pool, elements[1]);
		WAIT_UNTIL(sleeper_answered(&large));
		CHECK(!sleeper_answered(&small));
		rsvpool_free_bulk(pool, 2, large.elements);
		WAIT_UNTIL(sleeper_answered(&small));
		rsvpool_free(pool, small.elements[0]);
	}
	sleeper_stop(&large);
	sleeper_stop(&small);
	counted_end(pool, &source);
}

/*
 * Many threads, few elements, a source that always fails: nobody ever sees
 * NULL, whatever the gfp, as long as it lets him sleep.
 */

#define THREADS	8
#define ROUNDS	150

struct contest {
	struct rsvpool *pool;
	atomic_t running;
	atomic_t nulls;
	atomic_t collisions;
	struct completion done;
};

static int contest_thread(void *data)
{
	static const gfp_t gfps[] = { GFP_KERNEL, GFP_NOIO, GFP_NOFS };
	struct contest *contest = data;
	struct counted_element *element, *pair[2];
	unsigned int round, i;

	for (round = 0; round < ROUNDS; round++) {
		if (round % 4 == 3) {
			if (rsvpool_alloc_bulk(contest->pool, GFP_KERNEL, 2,
					       (void **)pair)) {
				atomic_inc(&contest->nulls);
				continue;
			}
			for (i = 0; i < 2; i++)
				if (xchg(&pair[i]->owner, 1))
					atomic_inc(&contest->collisions);
			schedule();
			for (i = 0; i < 2; i++)
				if (xchg(&pair[i]->owner, 0) != 1)
					atomic_inc(&contest->collisions);
			rsvpool_free_bulk(contest->pool, 2, (void **)pair);
			continue;
		}
		element = rsvpool_alloc(contest->pool, gfps[round % 3]);
		if (!element) {
			atomic_inc(&contest->nulls);
			continue;
		}
		if (xchg(&element->owner, 1))
			atomic_inc(&contest->collisions);
		schedule();
		if (xchg(&element->owner, 0) != 1)
			atomic_inc(&contest->collisions);
		rsvpool_free(contest->pool, element);
	}
	if (atomic_dec_and_test(&contest->running))
		complete(&contest->done);
	while (!kthread_should_stop())
		schedule_timeout_idle(1);
	return 0;
}

static void never_null(enum rsvpool_policy policy)
{
	struct contest contest = { .running = ATOMIC_INIT(1) };
	struct task_struct *threads[THREADS];
	struct rsvpool_attr attr;
	struct counted source;
	void *elements[ROOM];
	unsigned int i, n;

	counted_init(&source);
	counted_attr(&attr, "api", &source);
	attr.policy = policy;
	attr.reserve = 3;
	attr.max = 3;
	contest.pool = MAKE_POOL(&attr);
	if (!contest.pool)
		return;
	source.fails = true;
	init_completion(&contest.done);
	for (n = 0; n < THREADS; n++) {
		atomic_inc(&contest.running);
		threads[n] = kthread_run(contest_thread, &contest,
					 "rsvpool_contest/%u", n);
		if (!CHECK(!IS_ERR(threads[n]))) {
			atomic_dec(&contest.running);
			break;
		}
	}
	if (!atomic_dec_and_test(&contest.running))
		wait_for_completion(&contest.done);
	for (i = 0; i < n; i++)
		kthread_stop(threads[i]);
	CHECK_EQ(atomic_read(&contest.nulls), 0);
	CHECK_EQ(atomic_read(&contest.collisions), 0);
	n = take_all(contest.pool, elements, ROOM);
	CHECK_EQ(n, 3);
	give_all(contest.pool, elements, n);
	counted_end(contest.pool, &source);
}

static void test_never_null(void)
{
	never_null(RSVPOOL_POLICY_CACHE);
	never_null(RSVPOOL_POLICY_SOURCE);
	never_null(RSVPOOL_POLICY_RECLAIM);
	never_null(RSVPOOL_POLICY_RESERVE);
}

const struct api_test wait_tests[] = {
	API_TEST(sleeps_until_free),
	API_TEST(no_overtaking),
	API_TEST(first_come_first_served),
	API_TEST(batch_of_frees),
	API_TEST(source_recovers),
	API_TEST(freed_from_elsewhere),
	API_TEST(timeout),
	API_TEST(timeout_not_needed),
	API_TEST(timeout_races_with_free),
	API_TEST(killed),
	API_TEST(killable_not_killed),
	API_TEST(plain_is_not_killable),
	API_TEST(middle_gives_up),
	API_TEST(bulk_waits_for_all),
	API_TEST(bulk_keeps_its_place),
	API_TEST(never_null),
	{ }
};

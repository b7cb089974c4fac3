// SPDX-License-Identifier: GPL-2.0
/*
 * One sleeper, or a few: freed elements go to sleepers, and a sleeper that
 * gives up takes none.  Larger queues are tested in wait_queue.c.
 */
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "wait.h"

static bool start(struct asker *asker, struct rsvpool *pool,
		  void (*ask)(struct asker *asker))
{
	asker->pool = pool;
	asker->ask = ask;
	return asker_start(asker);
}

static bool queue_up(struct asker *asker, struct rsvpool *pool,
		     void (*ask)(struct asker *asker))
{
	return start(asker, pool, ask) && SOON(asker_sleeps(asker));
}

#define QUEUE	8

/*
 * Several are freed at once: as many sleepers at the head of the queue are
 * served.
 */
static void test_queue_batch_of_frees(void)
{
	struct asker *queue;
	void *elements[ROOM];
	struct counted source;
	struct rsvpool *pool;
	unsigned int i, queued = 0;

	queue = kcalloc(QUEUE, sizeof(*queue), GFP_KERNEL);
	if (!CHECK(queue))
		return;
	pool = drained_pool("wait", &source, QUEUE / 2, elements);
	if (!pool)
		goto out;
	for (i = 0; i < QUEUE; i++) {
		if (!queue_up(&queue[i], pool, ask_plain))
			break;
		queued++;
	}
	rsvpool_free_bulk(pool, QUEUE / 2, elements);
	for (i = 0; i < QUEUE / 2; i++) {
		SOON(asker_answered(&queue[i]));
		CHECK(!asker_answered(&queue[i + QUEUE / 2]));
	}
	for (i = 0; i < queued; i++) {
		SOON(asker_answered(&queue[i]));
		if (queue[i].elements[0])
			rsvpool_free(pool, queue[i].elements[0]);
	}
	for (i = 0; i < QUEUE; i++)
		asker_stop(&queue[i]);
	counted_end(pool, &source);
out:
	kfree(queue);
}

/* Elements in another CPU's cache or behind an NMI do not strand a sleeper. */
static void test_queue_freed_from_elsewhere(void)
{
	struct asker s = { };
	struct rsvpool_attr attr;
	struct counted source;
	struct rsvpool *pool;
	void *elements[ROOM];
	unsigned int n, round;

	counted_init(&source);
	counted_attr(&attr, "wait", &source);
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
		s = (struct asker) { };
		if (start(&s, pool, ask_plain)) {
			if (round & 1)
				SOON(asker_sleeps(&s));
			give_all(pool, elements, n);
			SOON(asker_answered(&s));
		} else {
			give_all(pool, elements, n);
		}
		asker_stop(&s);
		if (CHECK(s.elements[0]))
			rsvpool_free(pool, s.elements[0]);
	}
	counted_end(pool, &source);
}

/*
 * Giving up.
 */

static void test_queue_timeout(void)
{
	struct asker s = { .timeout = 2 };
	void *elements[ROOM];
	struct counted source;
	struct rsvpool *pool = drained_pool("wait", &source, 2, elements);

	if (!pool)
		return;
	/* No element is freed: however long it takes, the request must fail. */
	if (start(&s, pool, ask_timeout)) {
		SOON(asker_answered(&s));
		CHECK(!s.elements[0]);
	}
	asker_stop(&s);
	CHECK(!rsvpool_alloc_timeout(pool, GFP_KERNEL, 0));
	CHECK(!rsvpool_alloc_timeout(pool, GFP_NOWAIT, HZ));

	/* It has taken none. */
	give_all(pool, elements, 2);
	CHECK_EQ(take_all(pool, elements, ROOM), 2);
	give_all(pool, elements, 2);
	counted_end(pool, &source);
}

static void test_queue_timeout_not_needed(void)
{
	struct asker s = { .timeout = MAX_SCHEDULE_TIMEOUT };
	void *elements[ROOM];
	struct counted source;
	struct rsvpool *pool = drained_pool("wait", &source, 2, elements);
	void *element;

	if (!pool)
		return;
	if (queue_up(&s, pool, ask_timeout)) {
		rsvpool_free(pool, elements[1]);
		SOON(asker_answered(&s));
		elements[1] = s.elements[0];
		CHECK(elements[1]);
	}
	asker_stop(&s);
	give_all(pool, elements, elements[1] ? 2 : 1);
	element = rsvpool_alloc_timeout(pool, GFP_KERNEL, 1);
	if (CHECK(element))
		rsvpool_free(pool, element);
	counted_end(pool, &source);
}

static void test_queue_killed(void)
{
	struct asker s = { };
	void *elements[ROOM];
	struct counted source;
	struct rsvpool *pool = drained_pool("wait", &source, 2, elements);

	if (!pool)
		return;
	if (queue_up(&s, pool, ask_killable)) {
		send_sig(SIGKILL, s.task, 1);
		SOON(asker_answered(&s));
		CHECK(!s.elements[0]);
	}
	asker_stop(&s);
	give_all(pool, elements, 2);
	CHECK_EQ(take_all(pool, elements, ROOM), 2);
	give_all(pool, elements, 2);
	counted_end(pool, &source);
}

/* A signal does not wake an uninterruptible sleeper. */
static void test_queue_plain_is_not_killable(void)
{
	struct asker s = { };
	void *elements[ROOM];
	struct counted source;
	struct rsvpool *pool = drained_pool("wait", &source, 1, elements);

	if (!pool)
		return;
	if (queue_up(&s, pool, ask_plain)) {
		send_sig(SIGKILL, s.task, 1);
		msleep(20);
		CHECK(!asker_answered(&s));
	}
	rsvpool_free(pool, elements[0]);
	SOON(asker_answered(&s));
	CHECK(s.elements[0]);
	asker_stop(&s);
	if (s.elements[0])
		rsvpool_free(pool, s.elements[0]);
	counted_end(pool, &source);
}

/*
 * A sleeper that gives up in the middle of the queue leaves the others in
 * order.
 */
static void test_queue_middle_gives_up(void)
{
	struct asker a = { }, b = { }, c = { };
	void *elements[ROOM];
	struct counted source;
	struct rsvpool *pool = drained_pool("wait", &source, 1, elements);

	if (!pool)
		return;
	if (queue_up(&a, pool, ask_plain) &&
	    queue_up(&b, pool, ask_killable) &&
	    queue_up(&c, pool, ask_plain)) {
		send_sig(SIGKILL, b.task, 1);
		SOON(asker_answered(&b));
		CHECK(!b.elements[0]);
		rsvpool_free(pool, elements[0]);
		SOON(asker_answered(&a));
		CHECK(!asker_answered(&c));
		rsvpool_free(pool, a.elements[0]);
		SOON(asker_answered(&c));
		CHECK(c.elements[0] == elements[0]);
		rsvpool_free(pool, c.elements[0]);
	}
	asker_stop(&a);
	asker_stop(&b);
	asker_stop(&c);
	counted_end(pool, &source);
}

/*
 * Several at once.
 */

/* It waits until all its elements are there, and holds none until then. */
static void test_queue_bulk_waits_for_all(void)
{
	struct asker s = { .nr = 3 };
	void *elements[ROOM];
	struct counted source;
	struct rsvpool *pool = drained_pool("wait", &source, 3, elements);
	unsigned int i;

	if (!pool)
		return;
	if (queue_up(&s, pool, ask_bulk)) {
		for (i = 0; i < 3; i++) {
			CHECK(!asker_answered(&s));
			rsvpool_free(pool, elements[i]);
		}
		SOON(asker_answered(&s));
		CHECK_EQ(s.err, 0);
		CHECK(all_different(s.elements, 3));
	}
	asker_stop(&s);
	if (!s.err)
		rsvpool_free_bulk(pool, 3, s.elements);
	CHECK_EQ(take_all(pool, elements, ROOM), 3);
	give_all(pool, elements, 3);
	counted_end(pool, &source);
}

/* A large one at the head is not starved by small ones behind it. */
static void test_queue_bulk_keeps_its_place(void)
{
	struct asker large = { .nr = 2 }, small = { };
	void *elements[ROOM];
	struct counted source;
	struct rsvpool *pool = drained_pool("wait", &source, 2, elements);

	if (!pool)
		return;
	if (queue_up(&large, pool, ask_bulk) &&
	    queue_up(&small, pool, ask_plain)) {
		rsvpool_free(pool, elements[0]);
		msleep(5);
		CHECK(!asker_answered(&small));
		CHECK(!asker_answered(&large));
		rsvpool_free(pool, elements[1]);
		SOON(asker_answered(&large));
		CHECK(!asker_answered(&small));
		rsvpool_free_bulk(pool, 2, large.elements);
		SOON(asker_answered(&small));
		rsvpool_free(pool, small.elements[0]);
	}
	asker_stop(&large);
	asker_stop(&small);
	counted_end(pool, &source);
}

/*
 * Many threads, few elements, a source that always fails: no request returns
 * NULL, with any gfp that may sleep.
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
	counted_attr(&attr, "wait", &source);
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

static void test_queue_never_null_in_a_crowd(void)
{
	never_null(RSVPOOL_POLICY_CACHE);
	never_null(RSVPOOL_POLICY_SOURCE);
	never_null(RSVPOOL_POLICY_RECLAIM);
	never_null(RSVPOOL_POLICY_RESERVE);
}

const struct api_test ask_tests[] = {
	API_TEST(queue_batch_of_frees),
	API_TEST(queue_freed_from_elsewhere),
	API_TEST(queue_timeout),
	API_TEST(queue_timeout_not_needed),
	API_TEST(queue_killed),
	API_TEST(queue_plain_is_not_killable),
	API_TEST(queue_middle_gives_up),
	API_TEST(queue_bulk_waits_for_all),
	API_TEST(queue_bulk_keeps_its_place),
	API_TEST(queue_never_null_in_a_crowd),
	{ }
};

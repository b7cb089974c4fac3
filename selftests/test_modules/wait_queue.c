// SPDX-License-Identifier: GPL-2.0
/*
 * The queue of one pool: elements go from hand to hand in the order of arrival,
 * wherever they come from and in whatever context; who gives up loses his place
 * and no element.
 */
#include <linux/cpumask.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "wait.h"

#define QUEUE	16

static struct asker *new_queue(void)
{
	struct asker *queue = kcalloc(QUEUE, sizeof(*queue), GFP_KERNEL);

	CHECK(queue);
	return queue;
}

static bool all_queue(struct asker *queue, unsigned int nr,
		      struct rsvpool *pool)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		queue[i].pool = pool;
		queue[i].ask = ask_plain;
		if (!asker_queue(&queue[i]))
			return false;
	}
	return true;
}

/* Those from @first on still wait. */
static void none_answered(struct asker *queue, unsigned int first,
			  unsigned int nr)
{
	unsigned int i;

	for (i = first; i < nr; i++)
		CHECK(!asker_answered(&queue[i]));
}

static void end_all(struct asker *queue, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		asker_stop(&queue[i]);
	kfree(queue);
}

/* Whoever comes while others sleep gets nothing, however he asks. */
static void newcomers_get_nothing(struct rsvpool *pool)
{
	void *element;
	struct rsvpool_want want = {
		.pool = pool,
		.nr = 1,
		.elements = &element,
	};

	CHECK(!rsvpool_tryalloc(pool));
	CHECK(!rsvpool_alloc(pool, GFP_NOWAIT));
	CHECK(!rsvpool_alloc(pool, GFP_ATOMIC));
	CHECK(!rsvpool_alloc_timeout(pool, GFP_KERNEL, 0));
	CHECK_EQ(rsvpool_tryalloc_bulk(pool, 1, &element), -ENOMEM);
	CHECK_EQ(rsvpool_alloc_bulk(pool, GFP_NOWAIT, 1, &element), -ENOMEM);
	CHECK_EQ(rsvpool_claim(&want, 1, GFP_NOWAIT), -ENOMEM);
}

/* One element, and sixteen who want it: in order, and nobody in between. */
static void test_queue_hand_over(void)
{
	struct asker *queue = new_queue();
	void *elements[ROOM], *element;
	struct counted source;
	struct rsvpool *pool;
	unsigned int i;

	if (!queue)
		return;
	pool = drained_pool("wait", &source, 1, elements);
	if (!pool) {
		kfree(queue);
		return;
	}
	source.fails = true;
	element = elements[0];
	if (all_queue(queue, QUEUE, pool)) {
		for (i = 0; i < QUEUE; i++) {
			rsvpool_free(pool, element);
			newcomers_get_nothing(pool);
			if (!SOON(asker_answered(&queue[i])))
				break;
			CHECK(queue[i].elements[0] == element);
			none_answered(queue, i + 1, QUEUE);
		}
	}
	rsvpool_free(pool, element);
	end_all(queue, QUEUE);
	CHECK(holds(pool, 1));
	counted_end(pool, &source);
}

/*
 * rsvpool_alloc() does not give NULL to anybody who may sleep.
 */

enum scope { NO_SCOPE, NOIO, NOFS, NORECLAIM, SCOPES };

struct scoped {
	struct asker asker;
	enum scope scope;
};

static void ask_in_scope(struct asker *asker)
{
	enum scope scope = container_of(asker, struct scoped, asker)->scope;
	unsigned int flags;

	switch (scope) {
	case NOIO:
		flags = memalloc_noio_save();
		ask_plain(asker);
		memalloc_noio_restore(flags);
		break;
	case NOFS:
		flags = memalloc_nofs_save();
		ask_plain(asker);
		memalloc_nofs_restore(flags);
		break;
	case NORECLAIM:
		flags = memalloc_noreclaim_save();
		ask_plain(asker);
		memalloc_noreclaim_restore(flags);
		break;
	default:
		ask_plain(asker);
	}
}

static void test_queue_never_null(void)
{
	static const gfp_t gfps[] = {
		GFP_KERNEL, GFP_NOFS, GFP_NOIO, GFP_USER, GFP_KERNEL_ACCOUNT,
		__GFP_DIRECT_RECLAIM, GFP_KERNEL | __GFP_HIGH,
		GFP_KERNEL | __GFP_NORETRY, GFP_KERNEL | __GFP_RETRY_MAYFAIL,
		GFP_KERNEL | __GFP_MEMALLOC, GFP_KERNEL | __GFP_NOMEMALLOC,
	};
	void *elements[ROOM];
	struct counted source;
	struct rsvpool *pool = drained_pool("wait", &source, 1, elements);
	unsigned int i;

	if (!pool)
		return;
	source.fails = true;
	for (i = 0; i < ARRAY_SIZE(gfps) * SCOPES; i++) {
		struct scoped s = {
			.asker.pool = pool,
			.asker.ask = ask_in_scope,
			.asker.gfp = gfps[i / SCOPES],
			.scope = i % SCOPES,
		};

		if (!asker_queue(&s.asker))
			break;
		rsvpool_free(pool, elements[0]);
		SOON(asker_answered(&s.asker));
		asker_stop(&s.asker);
		if (!CHECK(s.asker.elements[0] == elements[0]))
			break;
	}
	rsvpool_free(pool, elements[0]);
	counted_end(pool, &source);
}

/*
 * Giving up.
 */

#define GIVING_UP_ROUNDS	100
#define GIVERS_UP		5

/* Whoever has got it passes it on; have all been answered? */
static bool all_passed_on(struct asker *askers)
{
	unsigned int i, answered = 0;

	for (i = 0; i < GIVERS_UP; i++) {
		if (!asker_answered(&askers[i]))
			continue;
		answered++;
		asker_end(&askers[i]);
	}
	return answered == GIVERS_UP;
}

/* Two are killed, one runs out of time, while the element comes back. */
static bool giving_up_round(struct rsvpool *pool, void *element,
			    unsigned int round)
{
	struct asker askers[GIVERS_UP] = {
		{ .ask = ask_plain },
		{ .ask = ask_killable },
		{ .ask = ask_timeout, .timeout = 1 + round % 3 },
		{ .ask = ask_killable },
		{ .ask = ask_plain },
	};
	unsigned int i;

	for (i = 0; i < GIVERS_UP; i++) {
		askers[i].pool = pool;
		if (!asker_start(&askers[i]))
			return false;
		SOON(asker_sleeps(&askers[i]) || asker_answered(&askers[i]));
	}
	if (round & 1)
		send_sig(SIGKILL, askers[1].task, 1);
	rsvpool_free(pool, element);
	send_sig(SIGKILL, askers[3].task, 1);
	if (!(round & 1))
		send_sig(SIGKILL, askers[1].task, 1);
	return SOON(all_passed_on(askers));
}

static void test_queue_giving_up(void)
{
	void *elements[ROOM];
	struct counted source;
	struct rsvpool *pool = drained_pool("wait", &source, 1, elements);
	unsigned int round;

	if (!pool)
		return;
	source.fails = true;
	for (round = 0; round < GIVING_UP_ROUNDS; round++) {
		if (!CHECK(giving_up_round(pool, elements[0], round)))
			break;
		if (!CHECK_EQ(take_all(pool, elements, ROOM), 1))
			break;
	}
	give_all(pool, elements, 1);
	counted_end(pool, &source);
}

/*
 * A user's task: this test runs in one that a script kills while it sleeps.
 */

struct behind {
	struct asker asker;
	struct task_struct *before;
	bool *before_asks;
};

static void ask_behind(struct asker *asker)
{
	struct behind *behind = container_of(asker, struct behind, asker);

	SOON(READ_ONCE(*behind->before_asks) && task_sleeps(behind->before));
	ask_plain(asker);
}

static void test_queue_user_is_killed(void)
{
	bool asks = false;
	struct behind behind = {
		.asker.ask = ask_behind,
		.before = current,
		.before_asks = &asks,
	};
	void *elements[ROOM];
	struct counted source;
	struct rsvpool *pool = drained_pool("wait", &source, 1, elements);

	if (!pool)
		return;
	source.fails = true;
	behind.asker.pool = pool;
	if (asker_start(&behind.asker)) {
		WRITE_ONCE(asks, true);
		CHECK(!rsvpool_alloc_killable(pool, GFP_KERNEL));
		CHECK(fatal_signal_pending(current));
		SOON(asker_sleeps(&behind.asker));
		rsvpool_free(pool, elements[0]);
		SOON(asker_answered(&behind.asker));
		CHECK(behind.asker.elements[0]);
		asker_stop(&behind.asker);
	}
	rsvpool_free(pool, elements[0]);
	CHECK(holds(pool, 1));
	counted_end(pool, &source);
}

/*
 * Where elements come from.
 */

struct give {
	struct rsvpool *pool;
	void *element;
};

static void give_it(void *data)
{
	struct give *give = data;

	rsvpool_free(give->pool, give->element);
}

/* Freed there, it wakes who sleeps for it here. */
static void freed_in(const struct context *context, struct rsvpool *pool,
		     void *element)
{
	struct asker asker = { .pool = pool, .ask = ask_plain };
	struct give give = { pool, element };

	if (!asker_queue(&asker))
		return;
	if (!CHECK(context->go(give_it, &give)))
		rsvpool_free(pool, element);
	SOON(asker_answered(&asker));
	CHECK(asker.elements[0] == element);
	asker_stop(&asker);
}

#define FREED_ROUNDS	20

static void freed_everywhere(struct rsvpool *pool, void *element)
{
	const struct context *context;
	unsigned int round;

	for (context = contexts; context->name; context++)
		for (round = 0; round < FREED_ROUNDS; round++)
			freed_in(context, pool, element);
}

static void test_queue_freed_in_any_context(void)
{
	void *elements[ROOM];
	struct counted source;
	struct rsvpool *pool = drained_pool("wait", &source, 1, elements);

	if (!pool)
		return;
	source.fails = true;
	if (contexts_start()) {
		freed_everywhere(pool, elements[0]);
		contexts_stop();
	}
	give_all(pool, elements, 1);
	counted_end(pool, &source);
}

/* The same where the reserve is the NMIs': it rests in slots, not in depot. */
static void test_queue_of_nmi_reserve(void)
{
	struct rsvpool_attr attr;
	struct counted source;
	struct rsvpool *pool;
	void *elements[ROOM];

	counted_init(&source);
	counted_attr(&attr, "wait", &source);
	attr.reserve = 1;
	attr.max = 1;
	attr.nmi_reserve = 1;
	attr.cache = 0;
	attr.cache_max = 0;
	pool = MAKE_POOL(&attr);
	if (!pool)
		return;
	CHECK_EQ(take_all(pool, elements, ROOM), 1);
	source.fails = true;
	if (contexts_start()) {
		freed_everywhere(pool, elements[0]);
		contexts_stop();
	}
	give_all(pool, elements, 1);
	CHECK(holds(pool, 1));
	counted_end(pool, &source);
}

/*
 * Without a maximum frees put no more into the depot than its high mark; but who
 * waits for all of the reserve waits for what the slots miss, too.
 */
static void test_queue_no_maximum(void)
{
	struct asker asker = { .ask = ask_bulk, .gfp = GFP_KERNEL, .nr = 4 };
	struct rsvpool_attr attr;
	struct counted source;
	void *elements[ROOM];

	counted_init(&source);
	counted_attr(&attr, "wait", &source);
	attr.reserve = 4;
	attr.max = 0;
	attr.nmi_reserve = 2;
	attr.cache = 0;
	attr.low = 0;
	attr.high = 0;
	attr.adaptive = false;
	asker.pool = MAKE_POOL(&attr);
	if (!asker.pool)
		return;
	source.fails = true;
	CHECK_EQ(take_all(asker.pool, elements, ROOM), 4);
	if (asker_queue(&asker)) {
		give_all(asker.pool, elements, 4);
		SOON(asker_answered(&asker));
		CHECK_EQ(asker.err, 0);
		asker_stop(&asker);
		rsvpool_free_bulk(asker.pool, 4, asker.elements);
	}
	CHECK(holds(asker.pool, 4));
	counted_end(asker.pool, &source);
}

#define RECOVERY	3

/* The source recovers, bit by bit: what it gives is for who came first. */
static void test_queue_source_recovers(void)
{
	struct asker *queue = new_queue();
	struct counted source;
	struct rsvpool *pool;
	void *elements[ROOM];
	unsigned int i, n;

	if (!queue)
		return;
	pool = counted_pool("wait", &source, 1, 1 + RECOVERY);
	if (!pool) {
		kfree(queue);
		return;
	}
	source.left = 0;
	n = take_all(pool, elements, ROOM);
	if (all_queue(queue, RECOVERY, pool)) {
		for (i = 0; i < RECOVERY; i++) {
			source.left = 1;
			SOON(asker_answered(&queue[i]));
			CHECK(queue[i].elements[0]);
			none_answered(queue, i + 1, RECOVERY);
		}
	}
	for (i = 0; i < RECOVERY; i++)
		asker_end(&queue[i]);
	give_all(pool, elements, n);
	counted_end(pool, &source);
	kfree(queue);
}

/*
 * Elements that rest in the cache of a CPU which does nothing.
 */

#define HOARD	4

/* Takes four, and gives them back: two to the depot below min, two to this CPU's cache. */
static void ask_and_hoard(struct asker *asker)
{
	unsigned int n = 0;

	while (n < HOARD) {
		asker->elements[n] = rsvpool_alloc(asker->pool, GFP_KERNEL);
		if (!CHECK(asker->elements[n]))
			break;
		n++;
	}
	while (n)
		rsvpool_free(asker->pool, asker->elements[--n]);
	asker->elements[0] = NULL;
}

/* All that this CPU can have, and then it sleeps for one more. */
static void ask_for_hoard(struct asker *asker)
{
	CHECK_EQ(take_all(asker->pool, asker->elements + 1, ROOM - 1),
		 HOARD / 2);
	ask_plain(asker);
}

static struct rsvpool *hoard_pool(struct counted *source)
{
	struct rsvpool_attr attr;

	counted_init(source);
	counted_attr(&attr, "wait", source);
	attr.reserve = HOARD / 2;
	attr.max = HOARD;
	attr.low = HOARD / 2;
	attr.high = HOARD / 2;
	attr.cache = HOARD / 2;
	attr.cache_max = HOARD / 2;
	attr.adaptive = false;
	return MAKE_POOL(&attr);
}

static void test_queue_idle_caches(void)
{
	unsigned int here = cpumask_first(cpu_online_mask);
	unsigned int there = cpumask_last(cpu_online_mask);
	struct asker hoarder = { .ask = ask_and_hoard };
	struct asker sleeper = { .ask = ask_for_hoard };
	struct counted source;
	struct rsvpool *pool;

	if (here == there)
		return;
	pool = hoard_pool(&source);
	if (!pool)
		return;
	hoarder.pool = pool;
	sleeper.pool = pool;
	if (asker_start_on(&hoarder, there)) {
		SOON(asker_answered(&hoarder));
		source.fails = true;
		/* Nobody gives anything back: it can only come from there. */
		if (asker_start_on(&sleeper, here)) {
			SOON(asker_answered(&sleeper));
			CHECK(sleeper.elements[0]);
			asker_stop(&sleeper);
			give_all(pool, sleeper.elements, HOARD / 2 + 1);
		}
	}
	asker_stop(&hoarder);
	counted_end(pool, &source);
}

/* The reserve is lowered below what somebody waits for: he gets it still. */
static void test_queue_reserve_is_lowered(void)
{
	struct asker asker = { .ask = ask_bulk, .nr = 4 };
	void *elements[ROOM];
	struct counted source;
	struct rsvpool *pool = drained_pool("wait", &source, 4, elements);

	if (!pool)
		return;
	source.fails = true;
	asker.pool = pool;
	if (asker_queue(&asker)) {
		CHECK_EQ(rsvpool_resize(pool, 1), 0);
		give_all(pool, elements, 4);
		SOON(asker_answered(&asker));
		CHECK_EQ(asker.err, 0);
		asker_stop(&asker);
		rsvpool_free_bulk(pool, 4, asker.elements);
	}
	counted_end(pool, &source);
}

const struct api_test queue_tests[] = {
	API_TEST(queue_hand_over),
	API_TEST(queue_never_null),
	API_TEST(queue_giving_up),
	API_TEST(queue_user_is_killed),
	API_TEST(queue_freed_in_any_context),
	API_TEST(queue_of_nmi_reserve),
	API_TEST(queue_no_maximum),
	API_TEST(queue_source_recovers),
	API_TEST(queue_idle_caches),
	API_TEST(queue_reserve_is_lowered),
	{ }
};

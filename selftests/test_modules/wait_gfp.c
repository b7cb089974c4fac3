// SPDX-License-Identifier: GPL-2.0
/*
 * rsvpool_alloc() in every gfp context: which bits of the caller's gfp reach
 * the source, which are left after the caller's scope is applied, and where the
 * source is not called at all.
 */
#include <linux/sched/mm.h>

#include "wait.h"

#define PASSED	(__GFP_RECLAIM | __GFP_IO | __GFP_FS)
#define ADDED	(__GFP_NOMEMALLOC | __GFP_NORETRY | __GFP_NOWARN)

static const gfp_t gfps[] = {
	GFP_KERNEL, GFP_NOFS, GFP_NOIO, GFP_NOWAIT, GFP_ATOMIC,
	GFP_KERNEL | __GFP_HIGH, GFP_KERNEL | __GFP_MEMALLOC,
	GFP_ATOMIC | __GFP_MEMALLOC, GFP_KERNEL | __GFP_RETRY_MAYFAIL,
	GFP_NOFS | __GFP_NOFAIL,
};

/*
 * Scopes: the bits that they remove.
 */

static unsigned int no_scope(void)
{
	return 0;
}

static void end_no_scope(unsigned int flags)
{
}

static const struct scope {
	const char *name;
	gfp_t takes;		/* bits that the scope removes */
	unsigned int flag;	/* of the task */
	unsigned int (*begin)(void);
	void (*end)(unsigned int flags);
} scopes[] = {
	{ "no scope", 0, 0, no_scope, end_no_scope },
	{ "noio", __GFP_IO | __GFP_FS, PF_MEMALLOC_NOIO,
	  memalloc_noio_save, memalloc_noio_restore },
	{ "nofs", __GFP_FS, PF_MEMALLOC_NOFS,
	  memalloc_nofs_save, memalloc_nofs_restore },
	{ "noreclaim", 0, PF_MEMALLOC,
	  memalloc_noreclaim_save, memalloc_noreclaim_restore },
};

/* The gfp that the source should get in the second attempt. */
static gfp_t second_gfp(gfp_t gfp)
{
	return (gfp & PASSED) | ADDED;
}

static void look_at_calls(const struct recorded *source, gfp_t gfp,
			  const struct scope *scope)
{
	bool sleeps = gfpflags_allow_blocking(gfp);
	unsigned int i;

	CHECK_EQ(source->nr, sleeps ? 2 : 1);
	for (i = 0; i < source->nr && i < CALLS_MAX; i++) {
		gfp_t asked = second_gfp(gfp);

		if (!i)
			asked &= ~__GFP_DIRECT_RECLAIM;
		CHECK_EQ(source->call[i].gfp, asked);
		CHECK_EQ(source->call[i].effective & scope->takes, 0);
		CHECK_EQ(source->call[i].effective & PASSED,
			 asked & PASSED & ~scope->takes);
		CHECK_EQ(source->call[i].flags & scope->flag, scope->flag);
	}
}

/* On an empty pool: both attempts are made, where allowed. */
static void ask_once(struct rsvpool *pool, struct recorded *source, gfp_t gfp,
		     const struct scope *scope)
{
	void *taken[RECORDED_RESERVE], *element;
	unsigned int flags;

	source->only_who = true;
	source->counted.fails = true;
	CHECK_EQ(take_all(pool, taken, RECORDED_RESERVE), RECORDED_RESERVE);
	source->counted.fails = false;
	source->needs_reclaim = true;

	recorded_start(source);
	flags = scope->begin();
	element = rsvpool_alloc(pool, gfp);
	scope->end(flags);
	look_at_calls(source, gfp, scope);
	CHECK_EQ(!!element, gfpflags_allow_blocking(gfp));
	if (element)
		rsvpool_free(pool, element);
	give_all(pool, taken, RECORDED_RESERVE);
}

static void test_gfp_in_every_scope(void)
{
	struct rsvpool_attr attr;
	struct recorded source;
	struct rsvpool *pool;
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(gfps); i++) {
		for (j = 0; j < ARRAY_SIZE(scopes); j++) {
			recorded_attr(&attr, &source);
			pool = MAKE_POOL(&attr);
			if (!pool)
				return;
			ask_once(pool, &source, gfps[i], &scopes[j]);
			if (!CHECK_EQ(source.counted.bad_gfp, 0))
				api_check(false, __FILE__, __LINE__,
					  "gfp %u, %s", i, scopes[j].name);
			counted_end(pool, &source.counted);
		}
	}
}

/*
 * A real-time task does not reclaim, with any policy: the page allocator would
 * let it use its reserves.
 */

struct realtime {
	struct asker asker;
	struct recorded *source;
};

static void ask_realtime(struct asker *asker)
{
	recorded_start(container_of(asker, struct realtime, asker)->source);
	ask_timeout(asker);
}

static void test_gfp_of_realtime_task(void)
{
	enum rsvpool_policy policy;
	void *taken[RECORDED_RESERVE];
	struct rsvpool_attr attr;
	struct recorded source;
	unsigned int i;

	for (policy = 0; policy <= RSVPOOL_POLICY_RECLAIM; policy++) {
		struct realtime rt = {
			.asker = {
				.ask = ask_realtime,
				.timeout = 1,
				.set_policy = sched_set_fifo_low,
			},
			.source = &source,
		};

		recorded_attr(&attr, &source);
		attr.policy = policy;
		rt.asker.pool = MAKE_POOL(&attr);
		if (!rt.asker.pool)
			return;
		source.counted.fails = true;
		CHECK_EQ(take_all(rt.asker.pool, taken, RECORDED_RESERVE),
			 RECORDED_RESERVE);
		if (asker_start(&rt.asker))
			SOON(asker_answered(&rt.asker));
		CHECK(source.nr);
		for (i = 0; i < source.nr && i < CALLS_MAX; i++)
			CHECK_EQ(source.call[i].gfp & __GFP_DIRECT_RECLAIM, 0);
		asker_end(&rt.asker);
		give_all(rt.asker.pool, taken, RECORDED_RESERVE);
		counted_end(rt.asker.pool, &source.counted);
	}
}

/*
 * Where the source may not be called: with interrupts or preemption off on
 * PREEMPT_RT, and in hardirq there; nowhere in NMI.
 */

struct visit {
	struct rsvpool *pool;
	gfp_t gfp;
	void *element;
};

static void ask_there(void *data)
{
	struct visit *visit = data;

	visit->element = rsvpool_alloc(visit->pool, visit->gfp);
}

/* @everywhere: also on PREEMPT_RT */
static void asks_source(bool (*go)(void (*fn)(void *data), void *data),
			gfp_t gfp, bool everywhere)
{
	unsigned int calls = everywhere || !IS_ENABLED(CONFIG_PREEMPT_RT);
	struct rsvpool_attr attr;
	struct recorded source;
	struct visit visit = { .gfp = gfp };

	recorded_attr(&attr, &source);
	visit.pool = MAKE_POOL(&attr);
	if (!visit.pool)
		return;
	recorded_start(&source);
	go(ask_there, &visit);
	CHECK_EQ(source.nr, calls);
	/* With or without a call of the source, the reserve answers. */
	if (CHECK(visit.element))
		rsvpool_free(visit.pool, visit.element);
	counted_end(visit.pool, &source.counted);
}

static void test_gfp_where_source_is_asked(void)
{
	asks_source(go_irqs_off, GFP_ATOMIC, false);
	asks_source(go_irqs_off, GFP_NOWAIT, false);
	asks_source(go_preempt_off, GFP_ATOMIC, false);
	asks_source(go_preempt_off, GFP_NOWAIT, false);
	asks_source(go_bh_off, GFP_ATOMIC, true);
}

const struct api_test gfp_tests[] = {
	API_TEST(gfp_in_every_scope),
	API_TEST(gfp_of_realtime_task),
	API_TEST(gfp_where_source_is_asked),
	{ }
};

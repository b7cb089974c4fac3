// SPDX-License-Identifier: GPL-2.0
/*
 * The ladder of each policy: which rung is tried after which, read off the
 * calls that the source gets and the ones that it does not.
 *
 * A pool here has a reserve of 8.  How many of those are left is set by taking
 * the others; nobody but the test is given anything by the source, so that they
 * stay missing.
 */
#include <linux/preempt.h>

#include "wait.h"

enum source_state {
	GIVES,			/* whatever it is asked with */
	NEEDS_RECLAIM,		/* only with reclaim */
	FAILS,
};

/*
 * One request.
 * @left: elements that the depot has
 * @source: how the source is
 * @gfp: how it is asked for; with a timeout of a jiffy, if it may sleep
 * @calls: what the source is asked with: 'n' no reclaim, 'r' reclaim
 * @from: 's' the source, 'k' the depot, '-' nothing
 */
struct request {
	unsigned int left;
	enum source_state source;
	gfp_t gfp;
	const char *calls;
	char from;
};

static bool calls_were(const struct recorded *source, const char *calls)
{
	unsigned int i;

	if (!CHECK_EQ(source->nr, strlen(calls)))
		return false;
	for (i = 0; i < source->nr; i++)
		if (!CHECK_EQ(!!(source->call[i].gfp & __GFP_DIRECT_RECLAIM),
			      calls[i] == 'r'))
			return false;
	return true;
}

/* Where did it come from, as the source sees it? */
static char came_from(const struct recorded *source, const void *element,
		      unsigned int live)
{
	if (!element)
		return '-';
	return source->counted.live > live ? 's' : 'k';
}

static bool make_request(struct rsvpool *pool, struct recorded *source,
			 const struct request *request)
{
	void *taken[RECORDED_RESERVE], *element;
	unsigned int nr, live;
	bool right;

	source->only_who = true;
	source->counted.fails = true;
	nr = RECORDED_RESERVE - request->left;
	CHECK_EQ(take_all(pool, taken, nr), nr);

	source->counted.fails = request->source == FAILS;
	source->needs_reclaim = request->source == NEEDS_RECLAIM;
	live = source->counted.live;
	recorded_start(source);
	element = rsvpool_alloc_timeout(pool, request->gfp, 1);
	right = calls_were(source, request->calls);
	right &= CHECK_EQ(came_from(source, element, live), request->from);
	if (element)
		rsvpool_free(pool, element);
	give_all(pool, taken, nr);
	return right;
}

/* Each on a pool of its own, so that nothing is left of the one before. */
static void make_requests(enum rsvpool_policy policy,
			  const struct request *requests)
{
	const struct request *request;
	struct rsvpool_attr attr;
	struct recorded source;
	struct rsvpool *pool;

	for (request = requests; request->calls; request++) {
		recorded_attr(&attr, &source);
		attr.policy = policy;
		pool = MAKE_POOL(&attr);
		if (!pool)
			return;
		api_check(make_request(pool, &source, request), __FILE__,
			  __LINE__, "policy %d, request %td", policy,
			  request - requests);
		counted_end(pool, &source.counted);
	}
}

/* Source without reclaim, below min, source with reclaim, sleep. */
static void test_policy_cache(void)
{
	static const struct request requests[] = {
		{ 8, GIVES, GFP_KERNEL, "n", 's' },
		{ 8, NEEDS_RECLAIM, GFP_KERNEL, "n", 'k' },
		{ 8, FAILS, GFP_KERNEL, "n", 'k' },
		{ 1, FAILS, GFP_KERNEL, "n", 'k' },
		{ 0, GIVES, GFP_KERNEL, "n", 's' },
		{ 0, NEEDS_RECLAIM, GFP_KERNEL, "nr", 's' },
		{ 0, FAILS, GFP_KERNEL, "nr", '-' },
		{ 8, GIVES, GFP_NOWAIT, "n", 's' },
		{ 8, FAILS, GFP_ATOMIC, "n", 'k' },
		{ 0, NEEDS_RECLAIM, GFP_ATOMIC, "n", '-' },
		{ 0, FAILS, GFP_NOWAIT, "n", '-' },
		{ }
	};

	make_requests(RSVPOOL_POLICY_CACHE, requests);
}

/*
 * Source without reclaim, depot if at least half full, source with reclaim,
 * depot, sleep.
 */
static void test_policy_source(void)
{
	static const struct request requests[] = {
		{ 8, GIVES, GFP_KERNEL, "n", 's' },
		{ 8, FAILS, GFP_KERNEL, "n", 'k' },
		{ 4, NEEDS_RECLAIM, GFP_KERNEL, "n", 'k' },
		{ 3, NEEDS_RECLAIM, GFP_KERNEL, "nr", 's' },
		{ 3, FAILS, GFP_KERNEL, "nr", 'k' },
		{ 0, NEEDS_RECLAIM, GFP_KERNEL, "nr", 's' },
		{ 0, FAILS, GFP_KERNEL, "nr", '-' },
		{ 4, FAILS, GFP_ATOMIC, "n", 'k' },
		{ 3, NEEDS_RECLAIM, GFP_ATOMIC, "n", 'k' },
		{ 0, FAILS, GFP_NOWAIT, "n", '-' },
		{ }
	};

	make_requests(RSVPOOL_POLICY_SOURCE, requests);
}

/* Source with reclaim, depot, sleep. */
static void test_policy_reclaim(void)
{
	static const struct request requests[] = {
		{ 8, GIVES, GFP_KERNEL, "r", 's' },
		{ 8, NEEDS_RECLAIM, GFP_KERNEL, "r", 's' },
		{ 8, FAILS, GFP_KERNEL, "r", 'k' },
		{ 1, FAILS, GFP_KERNEL, "r", 'k' },
		{ 0, FAILS, GFP_KERNEL, "r", '-' },
		{ 8, GIVES, GFP_NOWAIT, "n", 's' },
		{ 8, NEEDS_RECLAIM, GFP_ATOMIC, "n", 'k' },
		{ 0, NEEDS_RECLAIM, GFP_ATOMIC, "n", '-' },
		{ }
	};

	make_requests(RSVPOOL_POLICY_RECLAIM, requests);
}

/* Depot, sleep: the source is the worker's. */
static void test_policy_reserve(void)
{
	static const struct request requests[] = {
		{ 8, GIVES, GFP_KERNEL, "", 'k' },
		{ 1, GIVES, GFP_KERNEL, "", 'k' },
		{ 0, GIVES, GFP_KERNEL, "", '-' },
		{ 8, GIVES, GFP_ATOMIC, "", 'k' },
		{ 0, GIVES, GFP_NOWAIT, "", '-' },
		{ }
	};

	make_requests(RSVPOOL_POLICY_RESERVE, requests);
}

/*
 * What stands above min, and what is in this CPU's cache, comes before the
 * source with the policies that say so, and after it with those that do not.
 */
static void surplus_request(enum rsvpool_policy policy, unsigned int cache,
			    const char *calls)
{
	struct rsvpool_attr attr;
	struct recorded source;
	struct rsvpool *pool;
	void *element, *elements[2 * RECORDED_RESERVE];

	recorded_attr(&attr, &source);
	attr.policy = policy;
	attr.low = 2 * RECORDED_RESERVE;
	attr.high = 2 * RECORDED_RESERVE;
	/* The worker may fill the depot once more while everything is out. */
	attr.max = 8 * RECORDED_RESERVE;
	attr.cache = cache;
	attr.cache_max = cache;
	pool = MAKE_POOL(&attr);
	if (!pool)
		return;
	/* On one CPU, or what is missing in depot is in another one's cache. */
	migrate_disable();
	/* It is noticed that the high mark has not been reached yet. */
	rsvpool_free(pool, rsvpool_tryalloc(pool));
	SOON(!rsvpool_tryalloc_bulk(pool, 2 * RECORDED_RESERVE, elements));
	rsvpool_free_bulk(pool, 2 * RECORDED_RESERVE, elements);
	/* And now something is in this CPU's cache, if there is one. */
	rsvpool_free(pool, rsvpool_tryalloc(pool));
	recorded_start(&source);
	element = rsvpool_alloc(pool, GFP_NOWAIT);
	migrate_enable();
	if (CHECK(element))
		rsvpool_free(pool, element);
	calls_were(&source, calls);
	counted_end(pool, &source.counted);
}

static void test_policy_surplus(void)
{
	unsigned int cache;

	for (cache = 0; cache <= RECORDED_RESERVE; cache += RECORDED_RESERVE) {
		surplus_request(RSVPOOL_POLICY_CACHE, cache, "");
		surplus_request(RSVPOOL_POLICY_SOURCE, cache, "n");
		surplus_request(RSVPOOL_POLICY_RECLAIM, cache, "n");
		surplus_request(RSVPOOL_POLICY_RESERVE, cache, "");
	}
}

const struct api_test policy_tests[] = {
	API_TEST(policy_cache),
	API_TEST(policy_source),
	API_TEST(policy_reclaim),
	API_TEST(policy_reserve),
	API_TEST(policy_surplus),
	{ }
};

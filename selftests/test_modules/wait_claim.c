// SPDX-License-Identifier: GPL-2.0
/*
 * Claims: refused if they can never be served; all or nothing; in the order of
 * arrival over all the pools that they name.
 */
#include <linux/slab.h>

#include "wait.h"

#define POOLS	RSVPOOL_CLAIM_MAX

/* Some pools, each with a source of its own. */
struct stands {
	unsigned int nr;
	struct stand {
		struct counted source;
		struct rsvpool *pool;
		void *elements[RSVPOOL_BULK_MAX];
		char name[8];
	} stand[];
};

static void close_stands(struct stands *stands)
{
	while (stands->nr--)
		counted_end(stands->stand[stands->nr].pool,
			    &stands->stand[stands->nr].source);
	kfree(stands);
}

static struct stands *open_stands(unsigned int nr, unsigned int reserve,
				  unsigned int max)
{
	struct stands *stands;
	struct stand *stand;

	stands = kzalloc(struct_size(stands, stand, nr), GFP_KERNEL);
	if (!CHECK(stands))
		return NULL;
	while (stands->nr < nr) {
		stand = &stands->stand[stands->nr];
		snprintf(stand->name, sizeof(stand->name), "claim%u",
			 stands->nr);
		stand->pool = counted_pool(stand->name, &stand->source,
					   reserve, max);
		if (!stand->pool) {
			close_stands(stands);
			return NULL;
		}
		stand->source.fails = true;
		stands->nr++;
	}
	return stands;
}

/* Claim @nr of this one. */
static struct rsvpool_want want(struct stand *stand, unsigned int nr)
{
	return (struct rsvpool_want) {
		.pool = stand->pool,
		.nr = nr,
		.elements = stand->elements,
	};
}

static void refused(struct rsvpool_want *wants, unsigned int nr, int err)
{
	CHECK_EQ(rsvpool_claim(wants, nr, GFP_KERNEL), err);
	CHECK_EQ(rsvpool_claim(wants, nr, GFP_NOWAIT), err);
}

static void test_claim_errors(void)
{
	struct stands *stands = open_stands(POOLS + 1, 40, 40);
	struct rsvpool_want wants[POOLS + 1];
	unsigned int i;

	if (!stands)
		return;
	for (i = 0; i <= POOLS; i++)
		wants[i] = want(&stands->stand[i], 1);
	refused(wants, 0, -EINVAL);
	refused(wants, POOLS + 1, -E2BIG);
	wants[0].nr = 41;
	refused(wants, 1, -EINVAL);
	refused(wants, 3, -EINVAL);
	wants[0].nr = 65;
	refused(wants, 1, -E2BIG);
	wants[0].nr = 0;
	refused(wants, 2, -EINVAL);
	wants[0].nr = 40;
	wants[1].nr = 25;
	refused(wants, 2, -E2BIG);
	wants[1].nr = UINT_MAX - 39;
	refused(wants, 2, -E2BIG);
	wants[0].nr = 1;
	wants[1] = wants[0];
	refused(wants, 2, -EINVAL);
	wants[1] = want(&stands->stand[1], 1);
	wants[1].elements = NULL;
	refused(wants, 2, -EINVAL);

	/* After all that, no element is outstanding. */
	for (i = 0; i <= POOLS; i++)
		CHECK(holds(stands->stand[i].pool, 40));
	close_stands(stands);
}

static void test_claim_on_prio_pool(void)
{
	struct stands *stands = open_stands(1, 2, 2);
	struct rsvpool_want wants[2];
	struct rsvpool_attr attr;
	struct counted source;
	void *element;

	if (!stands)
		return;
	counted_init(&source);
	counted_attr(&attr, "claim-prio", &source);
	attr.wakeup = RSVPOOL_WAKEUP_PRIO;
	attr.reserve = 1;
	wants[0] = want(&stands->stand[0], 1);
	wants[1] = (struct rsvpool_want) { MAKE_POOL(&attr), 1, &element };
	if (wants[1].pool) {
		refused(wants, 2, -EINVAL);
		refused(wants + 1, 1, -EINVAL);
	}
	CHECK(holds(stands->stand[0].pool, 2));
	counted_end(wants[1].pool, &source);
	close_stands(stands);
}

/* The largest claim: eight pools, sixty-four elements. */
static void test_claim_largest(void)
{
	const unsigned int each = RSVPOOL_BULK_MAX / POOLS;
	struct stands *stands = open_stands(POOLS, each, each);
	struct rsvpool_want wants[POOLS];
	unsigned int i;

	if (!stands)
		return;
	/* In either order. */
	for (i = 0; i < POOLS; i++)
		wants[i] = want(&stands->stand[POOLS - 1 - i], each);
	CHECK_EQ(rsvpool_claim(wants, POOLS, GFP_NOWAIT), 0);
	for (i = 0; i < POOLS; i++) {
		struct stand *stand = &stands->stand[i];

		CHECK(all_different(stand->elements, each));
		CHECK(!rsvpool_tryalloc(stand->pool));
		rsvpool_free_bulk(stand->pool, each, stand->elements);
		CHECK(holds(stand->pool, each));
	}
	close_stands(stands);
}

/* A claim that cannot be served in full gets no element. */
static void test_claim_all_or_nothing(void)
{
	struct stands *stands = open_stands(3, 2, 2);
	struct rsvpool_want wants[3];
	unsigned int i;
	void *element;

	if (!stands)
		return;
	for (i = 0; i < 3; i++)
		wants[i] = want(&stands->stand[i], 2);
	for (i = 0; i < 3; i++) {
		element = rsvpool_tryalloc(stands->stand[i].pool);
		CHECK(element);
		CHECK_EQ(rsvpool_claim(wants, 3, GFP_NOWAIT), -ENOMEM);
		rsvpool_free(stands->stand[i].pool, element);
	}
	for (i = 0; i < 3; i++)
		CHECK(holds(stands->stand[i].pool, 2));
	close_stands(stands);
}

/*
 * Order of arrival.  The pools ("stands") have one element each, which the test
 * holds.
 */

static void drain(struct stands *stands, void **held)
{
	unsigned int i;

	for (i = 0; i < stands->nr; i++) {
		held[i] = rsvpool_tryalloc(stands->stand[i].pool);
		CHECK(held[i]);
	}
}

/* A claim that sleeps: of the stands whose bits are set. */
struct sleeping_claim {
	struct asker asker;
	struct rsvpool_want wants[POOLS];
	void *elements[POOLS];
};

static bool claim_queue(struct sleeping_claim *claim, struct stands *stands,
			unsigned long which)
{
	struct asker *asker = &claim->asker;
	unsigned int i;

	asker->ask = ask_claim;
	asker->wants = claim->wants;
	for (i = 0; i < stands->nr; i++) {
		if (!(which & BIT(i)))
			continue;
		claim->wants[asker->nr++] = (struct rsvpool_want) {
			.pool = stands->stand[i].pool,
			.nr = 1,
			.elements = &claim->elements[i],
		};
	}
	return asker_queue(asker);
}

static void claim_give(struct sleeping_claim *claim)
{
	unsigned int i;

	for (i = 0; i < claim->asker.nr; i++)
		rsvpool_free(claim->wants[i].pool,
			     *claim->wants[i].elements);
}

static bool claim_granted(struct sleeping_claim *claim)
{
	return asker_answered(&claim->asker) && !claim->asker.err;
}

/*
 * The first wants a, the second a and b, the third b, the fourth a again, not
 * as a claim: the third comes after the second although b is there.
 */
static void arrival_over_two(struct stands *stands,
			     struct sleeping_claim *claims)
{
	struct asker fourth = {
		.pool = stands->stand[0].pool,
		.ask = ask_plain,
	};
	void *held[2];

	drain(stands, held);
	if (!claim_queue(&claims[0], stands, BIT(0)) ||
	    !claim_queue(&claims[1], stands, BIT(0) | BIT(1)) ||
	    !claim_queue(&claims[2], stands, BIT(1)) ||
	    !asker_queue(&fourth))
		return;
	rsvpool_free(stands->stand[1].pool, held[1]);
	rsvpool_free(stands->stand[0].pool, held[0]);
	SOON(claim_granted(&claims[0]));
	CHECK(!asker_answered(&claims[1].asker));
	CHECK(!asker_answered(&claims[2].asker));
	CHECK(!asker_answered(&fourth));
	claim_give(&claims[0]);
	SOON(claim_granted(&claims[1]));
	CHECK(!asker_answered(&claims[2].asker));
	CHECK(!asker_answered(&fourth));
	claim_give(&claims[1]);
	SOON(claim_granted(&claims[2]));
	SOON(asker_answered(&fourth));
	claim_give(&claims[2]);
	asker_end(&fourth);
}

static void test_claim_arrival_order(void)
{
	struct stands *stands = open_stands(2, 1, 1);
	struct sleeping_claim *claims;
	unsigned int i;

	if (!stands)
		return;
	claims = kcalloc(3, sizeof(*claims), GFP_KERNEL);
	if (CHECK(claims))
		arrival_over_two(stands, claims);
	for (i = 0; claims && i < 3; i++)
		asker_stop(&claims[i].asker);
	kfree(claims);
	CHECK(holds(stands->stand[0].pool, 1));
	CHECK(holds(stands->stand[1].pool, 1));
	close_stands(stands);
}

/* A claim does not hold up others that have no pool in common with it. */
static void test_claim_in_parallel(void)
{
	struct stands *stands = open_stands(4, 1, 1);
	struct sleeping_claim *claims;
	void *held[4];

	if (!stands)
		return;
	claims = kcalloc(2, sizeof(*claims), GFP_KERNEL);
	if (CHECK(claims)) {
		drain(stands, held);
		claim_queue(&claims[0], stands, BIT(0) | BIT(1));
		claim_queue(&claims[1], stands, BIT(2) | BIT(3));
		give_all(stands->stand[0].pool, &held[0], 1);
		give_all(stands->stand[3].pool, &held[3], 1);
		give_all(stands->stand[2].pool, &held[2], 1);
		SOON(claim_granted(&claims[1]));
		CHECK(!asker_answered(&claims[0].asker));
		claim_give(&claims[1]);
		give_all(stands->stand[1].pool, &held[1], 1);
		SOON(claim_granted(&claims[0]));
		claim_give(&claims[0]);
		asker_stop(&claims[0].asker);
		asker_stop(&claims[1].asker);
	}
	kfree(claims);
	close_stands(stands);
}

/* The last missing element comes in each of several ways. */

struct missing {
	struct rsvpool *pool;
	void *element;
};

static void give_missing(void *data)
{
	struct missing *missing = data;

	rsvpool_free(missing->pool, missing->element);
}

static void completed_in(const struct context *context, struct stands *stands)
{
	struct sleeping_claim *claim = kzalloc(sizeof(*claim), GFP_KERNEL);
	struct missing missing = { .pool = stands->stand[1].pool };
	void *held[3];

	if (!CHECK(claim))
		return;
	drain(stands, held);
	missing.element = held[1];
	if (claim_queue(claim, stands, BIT(0) | BIT(1) | BIT(2))) {
		rsvpool_free(stands->stand[0].pool, held[0]);
		rsvpool_free(stands->stand[2].pool, held[2]);
		CHECK(context->go(give_missing, &missing));
		SOON(claim_granted(claim));
		claim_give(claim);
	}
	asker_stop(&claim->asker);
	kfree(claim);
}

static void test_claim_completed_in_any_context(void)
{
	struct stands *stands = open_stands(3, 1, 1);
	const struct context *context;
	unsigned int round;

	if (!stands)
		return;
	if (contexts_start()) {
		for (context = contexts; context->name; context++)
			for (round = 0; round < 10; round++)
				completed_in(context, stands);
		contexts_stop();
	}
	close_stands(stands);
}

/* No element is freed, but the sources recover, one after the other. */
static void test_claim_sources_recover(void)
{
	struct stands *stands = open_stands(2, 1, 2);
	struct sleeping_claim *claim;
	void *held[2];

	if (!stands)
		return;
	claim = kzalloc(sizeof(*claim), GFP_KERNEL);
	if (CHECK(claim)) {
		drain(stands, held);
		claim_queue(claim, stands, BIT(0) | BIT(1));
		stands->stand[1].source.fails = false;
		SOON(READ_ONCE(stands->stand[1].source.live) == 2);
		CHECK(!asker_answered(&claim->asker));
		stands->stand[0].source.fails = false;
		SOON(claim_granted(claim));
		claim_give(claim);
		asker_stop(&claim->asker);
		give_all(stands->stand[0].pool, &held[0], 1);
		give_all(stands->stand[1].pool, &held[1], 1);
	}
	kfree(claim);
	close_stands(stands);
}

/*
 * A stream of small claims, and one that wants all elements.
 */

#define SMALL		6
#define LARGE		4
#define LARGE_ROUNDS	50

struct stream {
	struct rsvpool *pool;
	bool stop;
	atomic_t served;
	atomic_t failed;
	struct crowd crowd;
};

static void claim_small(void *data, unsigned int index)
{
	struct stream *stream = data;
	void *element;
	struct rsvpool_want want = { stream->pool, 1, &element };

	while (!READ_ONCE(stream->stop)) {
		if (rsvpool_claim(&want, 1, GFP_KERNEL)) {
			atomic_inc(&stream->failed);
			return;
		}
		atomic_inc(&stream->served);
		usleep_range(20, 60);
		rsvpool_free(stream->pool, element);
	}
}

struct large {
	struct asker asker;
	struct stream *stream;
	int served;
};

/* Small claims cannot be served while this one holds all elements. */
static void ask_large(struct asker *asker)
{
	struct large *large = container_of(asker, struct large, asker);

	ask_claim(asker);
	large->served = atomic_read(&large->stream->served);
}

/*
 * Once it is seen in the queue, only those that stand before it may be served
 * first, each once.
 */
static void large_round(struct stream *stream)
{
	struct large large = { .asker.ask = ask_large, .stream = stream };
	struct rsvpool_want want = {
		stream->pool, LARGE, large.asker.elements,
	};
	int before;

	large.asker.wants = &want;
	large.asker.nr = 1;
	if (!asker_start(&large.asker))
		return;
	SOON(asker_sleeps(&large.asker) || asker_answered(&large.asker));
	before = atomic_read(&stream->served);
	SOON(asker_answered(&large.asker));
	CHECK_EQ(large.asker.err, 0);
	CHECK(large.served - before <= SMALL);
	asker_stop(&large.asker);
	if (!large.asker.err)
		rsvpool_free_bulk(stream->pool, LARGE, large.asker.elements);
}

static void test_claim_large_is_not_starved(void)
{
	struct stream *stream = kzalloc(sizeof(*stream), GFP_KERNEL);
	struct counted source;
	unsigned int round;

	if (!CHECK(stream))
		return;
	stream->pool = counted_pool("claim", &source, LARGE, LARGE);
	if (!stream->pool)
		goto out;
	source.fails = true;
	if (crowd_start(&stream->crowd, SMALL, claim_small, stream)) {
		for (round = 0; round < LARGE_ROUNDS; round++) {
			SOON(atomic_read(&stream->served) > round);
			large_round(stream);
		}
		WRITE_ONCE(stream->stop, true);
		crowd_join(&stream->crowd);
	}
	CHECK_EQ(atomic_read(&stream->failed), 0);
	CHECK(holds(stream->pool, LARGE));
	counted_end(stream->pool, &source);
out:
	kfree(stream);
}

/*
 * Elements of the NMI reserve go to a claim that can be served in full, and
 * stay in their slots for one that cannot.
 */
#define SLOTTED	4

static struct rsvpool *slotted_pool(struct counted *source)
{
	struct rsvpool_attr attr;

	counted_init(source);
	counted_attr(&attr, "slotted", source);
	attr.reserve = SLOTTED;
	attr.max = SLOTTED;
	attr.nmi_reserve = SLOTTED / 2;
	attr.low = SLOTTED;
	attr.high = SLOTTED;
	attr.cache = 0;
	return MAKE_POOL(&attr);
}

static void test_claim_from_nmi_slots(void)
{
	void *elements[SLOTTED], *more[SLOTTED], *element;
	struct rsvpool_want wants[2];
	struct stands *stands = open_stands(1, 1, 1);
	struct asker asker = { .ask = ask_claim, .gfp = GFP_KERNEL,
			       .nr = 2, .wants = wants };
	struct counted source;
	struct rsvpool *pool = slotted_pool(&source);

	if (!pool || !stands)
		goto out;
	source.fails = true;
	CHECK_EQ(rsvpool_alloc_bulk(pool, GFP_NOWAIT, SLOTTED, elements), 0);
	CHECK(all_different(elements, SLOTTED));
	rsvpool_free_bulk(pool, SLOTTED, elements);

	element = rsvpool_tryalloc(stands->stand[0].pool);
	wants[0] = want(&stands->stand[0], 1);
	wants[1] = (struct rsvpool_want) {
		.pool = pool, .nr = SLOTTED, .elements = elements,
	};
	asker.pool = pool;
	if (asker_queue(&asker)) {
		/* The slots are full; the depot's elements are for the claim. */
		CHECK_EQ(take_all(pool, more, SLOTTED), SLOTTED / 2);
		give_all(pool, more, SLOTTED / 2);
		rsvpool_free(stands->stand[0].pool, element);
		SOON(asker_answered(&asker));
		CHECK_EQ(asker.err, 0);
		asker_stop(&asker);
		CHECK(all_different(elements, SLOTTED));
		rsvpool_free_bulk(pool, SLOTTED, elements);
		rsvpool_free(stands->stand[0].pool,
			     stands->stand[0].elements[0]);
	}
	CHECK(holds(pool, SLOTTED));
out:
	if (stands)
		close_stands(stands);
	counted_end(pool, &source);
}

const struct api_test claim_tests[] = {
	API_TEST(claim_errors),
	API_TEST(claim_on_prio_pool),
	API_TEST(claim_largest),
	API_TEST(claim_all_or_nothing),
	API_TEST(claim_arrival_order),
	API_TEST(claim_in_parallel),
	API_TEST(claim_completed_in_any_context),
	API_TEST(claim_sources_recover),
	API_TEST(claim_large_is_not_starved),
	API_TEST(claim_from_nmi_slots),
	{ }
};

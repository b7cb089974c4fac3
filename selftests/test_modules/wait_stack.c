// SPDX-License-Identifier: GPL-2.0
/*
 * Pools on pools, and composites: with memory exhausted and everybody asleep
 * for something, nothing deadlocks and nothing is lost.  And no pool ever has
 * more elements than its maximum.
 */
#include <linux/random.h>
#include <linux/slab.h>

#include "wait.h"

#define ROUNDS	200

/* Take one, sleep for it if need be; look that nobody else has it; give it. */
static void take_and_give(struct rsvpool *pool, atomic_t *wrong)
{
	struct counted_element *element = rsvpool_alloc(pool, GFP_KERNEL);

	if (!element) {
		atomic_inc(wrong);
		return;
	}
	if (xchg(&element->owner, 1))
		atomic_inc(wrong);
	usleep_range(10, 30);
	if (xchg(&element->owner, 0) != 1)
		atomic_inc(wrong);
	rsvpool_free(pool, element);
}

/*
 * Two pools on one, and users of the lower one besides.  The upper ones can
 * keep twelve of its fourteen at most, so two are for those.
 */

#define PARENT		14
#define UPPER		4
#define UPPER_MAX	6
#define STACKED_THREADS	20

struct stacked {
	struct rsvpool *pool[3];	/* the lower one first */
	atomic_t wrong;
};

static void use_stacked(void *data, unsigned int index)
{
	struct stacked *stacked = data;
	unsigned int round;

	for (round = 0; round < ROUNDS; round++)
		take_and_give(stacked->pool[index % 3], &stacked->wrong);
}

static struct rsvpool *upper_pool(const char *name, struct rsvpool *parent)
{
	struct rsvpool_attr attr;

	rsvpool_attr_init(&attr, name);
	attr.source = RSVPOOL_POOL;
	attr.parent = parent;
	attr.reserve = UPPER;
	attr.max = UPPER_MAX;
	attr.low = UPPER;
	attr.high = UPPER;
	attr.batch = 1;
	attr.cache = 1;
	return MAKE_POOL(&attr);
}

static void test_stack_under_exhaustion(void)
{
	struct stacked stacked = { };
	struct counted source;

	stacked.pool[0] = counted_pool("stack", &source, PARENT, PARENT);
	if (!stacked.pool[0])
		return;
	source.fails = true;
	stacked.pool[1] = upper_pool("stack-a", stacked.pool[0]);
	stacked.pool[2] = upper_pool("stack-b", stacked.pool[0]);
	if (stacked.pool[1] && stacked.pool[2])
		crowd_run(STACKED_THREADS, use_stacked, &stacked);
	CHECK_EQ(atomic_read(&stacked.wrong), 0);
	CHECK_EQ(source.peak, PARENT);
	rsvpool_destroy(stacked.pool[2]);
	rsvpool_destroy(stacked.pool[1]);
	CHECK(holds(stacked.pool[0], PARENT));
	counted_end(stacked.pool[0], &source);
}

/* A sleeper of the upper pool gets what comes back to the lower one. */
static void test_stack_served_from_below(void)
{
	struct asker asker = { .ask = ask_plain };
	struct rsvpool *lower, *upper;
	void *below[ROOM], *above[ROOM];
	struct counted source;
	unsigned int n;

	lower = counted_pool("stack", &source, UPPER + 1, UPPER + 1);
	if (!lower)
		return;
	source.fails = true;
	upper = upper_pool("stack-a", lower);
	if (upper) {
		CHECK_EQ(take_all(lower, below, ROOM), 1);
		n = take_all(upper, above, ROOM);
		CHECK_EQ(n, UPPER);
		asker.pool = upper;
		if (asker_queue(&asker)) {
			give_all(lower, below, 1);
			SOON(asker_answered(&asker));
			CHECK(asker.elements[0]);
			asker_end(&asker);
		}
		give_all(upper, above, n);
		rsvpool_destroy(upper);
	}
	CHECK(holds(lower, UPPER + 1));
	counted_end(lower, &source);
}

/*
 * An element made of one of each of two pools, and of a piece of memory.
 */

struct composite {
	struct rsvpool *part[2];
	bool no_memory;
	atomic_t halves;	/* first parts given back since a second failed */
};

struct composite_element {
	unsigned long owner;
	void *part[2];
};

static void composite_free(void *data_element, void *data)
{
	struct composite_element *element = data_element;
	struct composite *composite = data;
	unsigned int i;

	for (i = 0; i < 2; i++)
		if (element->part[i])
			rsvpool_free(composite->part[i], element->part[i]);
	kfree(element);
}

/* It does not sleep for its parts: who could need them may be asleep for it. */
static void *composite_alloc(gfp_t gfp, int node, void *data)
{
	struct composite *composite = data;
	struct composite_element *element;
	unsigned int i;

	element = READ_ONCE(composite->no_memory) ? NULL :
		  kzalloc_node(sizeof(*element), gfp, node);
	if (!element)
		return NULL;
	for (i = 0; i < 2; i++) {
		element->part[i] = rsvpool_alloc(composite->part[i],
						 gfp & ~__GFP_DIRECT_RECLAIM);
		if (element->part[i])
			continue;
		atomic_add(i, &composite->halves);
		composite_free(element, composite);
		return NULL;
	}
	return element;
}

static const struct rsvpool_ops composite_ops = {
	.alloc = composite_alloc,
	.free = composite_free,
};

#define COMPOSITE	4
#define COMPOSITE_MAX	8

struct composite_run {
	struct rsvpool *pool;
	atomic_t wrong;
};

static void use_composite(void *data, unsigned int index)
{
	struct composite_run *run = data;
	struct composite_element *element;
	unsigned int round;

	for (round = 0; round < ROUNDS; round++) {
		element = rsvpool_alloc(run->pool, GFP_KERNEL);
		if (!element || !element->part[0] || !element->part[1]) {
			atomic_inc(&run->wrong);
			continue;
		}
		if (xchg(&element->owner, 1))
			atomic_inc(&run->wrong);
		usleep_range(10, 30);
		if (xchg(&element->owner, 0) != 1)
			atomic_inc(&run->wrong);
		rsvpool_free(run->pool, element);
	}
}

static struct rsvpool *composite_pool(struct composite *composite)
{
	struct rsvpool_attr attr;

	rsvpool_attr_init(&attr, "composite");
	attr.source = RSVPOOL_OPS;
	attr.ops = &composite_ops;
	attr.data = composite;
	attr.size = sizeof(struct composite_element);
	attr.reserve = COMPOSITE;
	attr.max = COMPOSITE_MAX;
	attr.cache = 1;
	attr.policy = RSVPOOL_POLICY_SOURCE;
	return MAKE_POOL(&attr);
}

/* The second part is scarcer than the first, so that halves are made. */
static void test_stack_composite(void)
{
	struct counted source[2];
	struct composite composite = { };
	struct composite_run run = { };

	composite.part[0] = counted_pool("part-a", &source[0], COMPOSITE_MAX,
					 COMPOSITE_MAX);
	composite.part[1] = counted_pool("part-b", &source[1], COMPOSITE + 1,
					 COMPOSITE + 1);
	if (composite.part[0] && composite.part[1]) {
		source[0].fails = true;
		source[1].fails = true;
		run.pool = composite_pool(&composite);
	}
	if (run.pool) {
		crowd_run(CROWD_MAX, use_composite, &run);
		CHECK(atomic_read(&composite.halves));
		WRITE_ONCE(composite.no_memory, true);
		crowd_run(CROWD_MAX, use_composite, &run);
		CHECK_EQ(atomic_read(&run.wrong), 0);
		rsvpool_destroy(run.pool);
	}
	if (composite.part[0])
		CHECK(holds(composite.part[0], COMPOSITE_MAX));
	if (composite.part[1])
		CHECK(holds(composite.part[1], COMPOSITE + 1));
	counted_end(composite.part[0], &source[0]);
	counted_end(composite.part[1], &source[1]);
}

/*
 * The bound.
 */

#define BOUND_RESERVE	16
#define BOUND_MAX	24
#define BOUND_ROUNDS	300

struct bound {
	struct rsvpool *pool;
	atomic_t wrong;
};

/* As many as can be had, some of them waited for. */
static void press(void *data, unsigned int index)
{
	struct bound *bound = data;
	void *elements[ROOM];
	unsigned int round, n;

	for (round = 0; round < BOUND_ROUNDS; round++) {
		switch (get_random_u32() % 4) {
		case 0:
			n = take_all(bound->pool, elements, ROOM);
			break;
		case 1:
			n = 4;
			if (rsvpool_alloc_bulk(bound->pool, GFP_KERNEL, n,
					       elements)) {
				atomic_inc(&bound->wrong);
				n = 0;
			}
			break;
		default:
			n = 1;
			elements[0] = rsvpool_alloc(bound->pool, GFP_NOIO);
			if (!elements[0]) {
				atomic_inc(&bound->wrong);
				n = 0;
			}
		}
		cond_resched();
		give_all(bound->pool, elements, n);
	}
}

/* What could make more elements of it, while they are being taken. */
static void move_settings(struct rsvpool *pool, struct counted *source,
			  unsigned int turn)
{
	source->fails = turn % 3 == 2;
	/* Refused now and then, since all that may exist are out. */
	rsvpool_resize(pool, turn % 2 ? BOUND_RESERVE : BOUND_MAX);
	usleep_range(500, 1000);
}

static void test_stack_bound(void)
{
	struct crowd *crowd = kzalloc(sizeof(*crowd), GFP_KERNEL);
	struct bound bound = { };
	struct rsvpool_attr attr;
	struct counted source;
	unsigned int turn = 0;

	if (!CHECK(crowd))
		return;
	counted_init(&source);
	counted_attr(&attr, "bound", &source);
	attr.reserve = BOUND_RESERVE;
	attr.max = BOUND_MAX;
	attr.cache = 4;
	bound.pool = MAKE_POOL(&attr);
	if (bound.pool && crowd_start(crowd, ROOM, press, &bound)) {
		while (!crowd_is_done(crowd) && turn < HANG_MS)
			move_settings(bound.pool, &source, turn++);
		crowd_join(crowd);
		CHECK_EQ(atomic_read(&bound.wrong), 0);
		CHECK(source.peak <= BOUND_MAX);
		CHECK(source.peak > BOUND_RESERVE);
	}
	counted_end(bound.pool, &source);
	kfree(crowd);
}

static bool takes_six(struct rsvpool *parent, void **below, unsigned int *n)
{
	*n = take_all(parent, below, PARENT);
	if (*n >= 6)
		return true;
	give_all(parent, below, *n);
	*n = 0;
	return false;
}

/*
 * What a pool keeps above its own reserve does not come from below min of
 * the pool that it stands on; and what it has from above that is given back to
 * who sleeps there.
 */
static void test_stack_recalled(void)
{
	struct asker asker = { .ask = ask_plain, .gfp = GFP_KERNEL };
	void *below[PARENT], *above[UPPER_MAX];
	struct rsvpool *parent, *upper;
	struct rsvpool_attr attr;
	struct counted source;
	unsigned int n;

	parent = counted_pool("stack", &source, 8, PARENT);
	if (!parent)
		return;
	rsvpool_attr_init(&attr, "stack-a");
	attr.source = RSVPOOL_POOL;
	attr.parent = parent;
	attr.reserve = 1;
	attr.max = UPPER_MAX;
	attr.low = 1;
	attr.high = UPPER_MAX;
	attr.cache = 0;
	upper = MAKE_POOL(&attr);
	if (!upper)
		goto out;
	source.fails = true;
	/* Its own element; and another, if the worker has seen it missing. */
	above[0] = rsvpool_tryalloc(upper);
	rsvpool_free(upper, above[0]);
	msleep(50);
	n = take_all(parent, below, PARENT);
	CHECK(n >= 6);
	give_all(parent, below, n);

	/* With memory it has more, which it gives up without. */
	source.fails = false;
	for (n = 0; n < UPPER_MAX; n++) {
		above[n] = rsvpool_alloc(upper, GFP_KERNEL);
		CHECK(above[n]);
	}
	source.fails = true;
	give_all(upper, above, UPPER_MAX);
	/* Those that the parent's worker has in hand come, too. */
	SOON(takes_six(parent, below, &n));
	asker.pool = parent;
	if (asker_start(&asker)) {
		SOON(asker_answered(&asker));
		asker_end(&asker);
	}
	give_all(parent, below, n);
	/* What it was lent while its own was out may still be there. */
	n = take_all(upper, above, UPPER_MAX);
	CHECK(n >= 1);
	give_all(upper, above, n);
	rsvpool_destroy(upper);
out:
	counted_end(parent, &source);
}

const struct api_test stack_tests[] = {
	API_TEST(stack_under_exhaustion),
	API_TEST(stack_served_from_below),
	API_TEST(stack_recalled),
	API_TEST(stack_composite),
	API_TEST(stack_bound),
	{ }
};

// SPDX-License-Identifier: GPL-2.0
/*
 * Mistakes that a pool with debug=1 reports, made by functions whose names must
 * be in the log; the tests check that the mistakes do no harm.
 *
 * Pools here have a cache, so that the element freed last is the next one
 * handed out.
 */
#include <linux/slab.h>
#include <linux/string.h>

#include "wait.h"

#define BYTES	64
#define NR	4

static struct rsvpool *debug_pool(const char *name)
{
	struct rsvpool_attr attr;

	rsvpool_attr_init(&attr, name);
	attr.source = RSVPOOL_KMALLOC;
	attr.size = BYTES;
	attr.reserve = NR;
	attr.max = NR;
	attr.cache = 0;	/* with that maximum, no element may be in caches */
	attr.debug = true;
	return MAKE_POOL(&attr);
}

/*
 * The names for the log.  Different bodies keep the compiler from merging
 * functions, and code after a call keeps it from making the call a jump.
 */
#define KEEP_NAME(name)	asm volatile("# " name)

static noinline void debug_careless_free(struct rsvpool *pool, void *element)
{
	rsvpool_free(pool, element);
	KEEP_NAME("careless");
}

static noinline void debug_second_free(struct rsvpool *pool, void *element)
{
	rsvpool_free(pool, element);
	KEEP_NAME("second");
}

static noinline void debug_foreign_free(struct rsvpool *pool, void *element)
{
	rsvpool_free(pool, element);
	KEEP_NAME("foreign");
}

/* Every element, at every byte of it that a user may have. */
static void write_after_free(struct rsvpool *pool, unsigned int offset)
{
	u8 *element = rsvpool_tryalloc(pool);
	void *elements[NR];

	if (!CHECK(element))
		return;
	memset(element, offset, BYTES);
	debug_careless_free(pool, element);
	element[offset] = ~element[offset];
	CHECK_EQ(take_all(pool, elements, NR), NR);
	CHECK(all_different(elements, NR));
	give_all(pool, elements, NR);
}

static void test_debug_write_after_free(void)
{
	struct rsvpool *pool = debug_pool("debug-write");

	if (!pool)
		return;
	write_after_free(pool, 0);
	write_after_free(pool, BYTES / 2);
	write_after_free(pool, BYTES - 1);
	CHECK(holds(pool, NR));
	rsvpool_destroy(pool);
}

static void test_debug_double_free(void)
{
	struct rsvpool *pool = debug_pool("debug-double");
	void *element, *elements[NR];

	if (!pool)
		return;
	element = rsvpool_tryalloc(pool);
	debug_careless_free(pool, element);
	debug_second_free(pool, element);
	rsvpool_free_bulk(pool, 1, &element);
	CHECK(holds(pool, NR));

	/* Once another owner has it, a second free is an ordinary free. */
	CHECK_EQ(rsvpool_tryalloc_bulk(pool, NR, elements), 0);
	rsvpool_free_bulk(pool, NR, elements);
	CHECK(holds(pool, NR));
	rsvpool_destroy(pool);
}

static void test_debug_foreign_free(void)
{
	struct rsvpool *pool = debug_pool("debug-foreign");
	struct rsvpool *other = debug_pool("debug-owner");
	void *element, *stray = kmalloc(BYTES, GFP_KERNEL);

	if (pool && other && CHECK(stray)) {
		element = rsvpool_tryalloc(other);
		debug_foreign_free(pool, element);
		debug_foreign_free(pool, stray);
		CHECK(holds(pool, NR));
		/* Its holder still owns it, and frees it to the right pool. */
		CHECK(holds(other, NR - 1));
		rsvpool_free(other, element);
		CHECK(holds(other, NR));
	}
	kfree(stray);
	rsvpool_destroy(other);
	rsvpool_destroy(pool);
}

/* Correct use: the script checks that nothing is reported. */
static void test_debug_all_is_well(void)
{
	struct rsvpool *pool = debug_pool("debug-well");
	void *elements[NR], *element;
	unsigned int round;
	struct rsvpool_section section;

	if (!pool)
		return;
	for (round = 0; round < 100; round++) {
		CHECK_EQ(rsvpool_alloc_bulk(pool, GFP_KERNEL, 2, elements), 0);
		memset(elements[0], round, BYTES);
		element = rsvpool_alloc(pool, GFP_KERNEL | __GFP_ZERO);
		CHECK(!memchr_inv(element, 0, BYTES));
		memset(element, round, BYTES);
		rsvpool_free_bulk(pool, 2, elements);
		rsvpool_free(pool, element);
		if (!CHECK(!rsvpool_section_begin(&section, pool, NR,
						  RSVPOOL_SECTION_PRIVATE)))
			continue;
		element = rsvpool_section_alloc(&section);
		memset(element, round, BYTES);
		rsvpool_free(pool, element);
		rsvpool_section_end(&section);
	}
	CHECK(holds(pool, NR));
	rsvpool_destroy(pool);
}

/* More mistakes at once than can be noted, in contexts that cannot print. */

struct misuse {
	struct rsvpool *pool;
	void *element;
};

static void free_again(void *data)
{
	struct misuse *misuse = data;

	debug_second_free(misuse->pool, misuse->element);
}

#define MISUSES	100
#define RUNS	10	/* of the worker, more than others can have asked for */

static bool told_again(struct rsvpool *pool, void *stray, u64 runs)
{
	debug_foreign_free(pool, stray);
	return stat(pool, "refill_runs") >= runs;
}

static void test_debug_in_any_context(void)
{
	struct misuse misuse = { .pool = debug_pool("debug-context") };
	const struct context *context;
	unsigned int i;
	u64 runs;

	if (!misuse.pool)
		return;
	if (contexts_start()) {
		for (context = contexts; context->name; context++) {
			misuse.element = rsvpool_tryalloc(misuse.pool);
			rsvpool_free(misuse.pool, misuse.element);
			for (i = 0; i < MISUSES; i++)
				CHECK(context->go(free_again, &misuse));
			CHECK(holds(misuse.pool, NR));
		}
		contexts_stop();
	}
	/*
	 * Later mistakes are still reported: the script looks for this one.  It
	 * is noted only after the others are printed; then the worker runs.
	 */
	runs = stat(misuse.pool, "refill_runs");
	WAIT_UNTIL(told_again(misuse.pool, &misuse, runs + RUNS));
	CHECK(holds(misuse.pool, NR));
	rsvpool_destroy(misuse.pool);
}

/* A claim waits for an element of a task that sleeps for another one. */
static void test_debug_held_while_claim_waits(void)
{
	struct rsvpool *pool = debug_pool("debug-held");
	struct rsvpool *other = debug_pool("debug-other");
	struct rsvpool_want wants[2];
	struct asker asker = { .ask = ask_claim, .gfp = GFP_KERNEL,
			       .nr = 2, .wants = wants };
	void *first[NR], *second[NR], *held[NR];

	if (pool && other) {
		wants[0] = (struct rsvpool_want){ pool, NR, first };
		wants[1] = (struct rsvpool_want){ other, NR, second };
		CHECK_EQ(take_all(pool, held, NR), NR);
		asker.pool = pool;
		if (asker_queue(&asker)) {
			CHECK(!rsvpool_alloc_timeout(pool, GFP_KERNEL, 2));
			give_all(pool, held, NR);
			SOON(asker_answered(&asker));
			asker_stop(&asker);
			rsvpool_free_bulk(pool, NR, first);
			rsvpool_free_bulk(other, NR, second);
		} else {
			give_all(pool, held, NR);
		}
	}
	rsvpool_destroy(other);
	rsvpool_destroy(pool);
}

const struct api_test debug_tests[] = {
	API_TEST(debug_write_after_free),
	API_TEST(debug_double_free),
	API_TEST(debug_foreign_free),
	API_TEST(debug_all_is_well),
	API_TEST(debug_in_any_context),
	API_TEST(debug_held_while_claim_waits),
	{ }
};

// SPDX-License-Identifier: GPL-2.0
/*
 * Stacks of pools, and nested sections, are bounded: more are refused, and at
 * the bound everything works, down to the source.
 */
#include <linux/kernel.h>
#include <linux/slab.h>

#include "life.h"

#define RESERVE	2

static struct rsvpool *pool_on(struct rsvpool *parent, unsigned int depth,
			       unsigned int max)
{
	struct rsvpool_attr attr;
	char name[RSVPOOL_NAME_MAX + 1];

	snprintf(name, sizeof(name), "depth-%u", depth);
	rsvpool_attr_init(&attr, name);
	if (parent) {
		attr.source = RSVPOOL_POOL;
		attr.parent = parent;
	}
	/* The upper pools get each element from the pool below. */
	attr.reserve = parent ? 0 : RESERVE;
	attr.max = max;
	attr.cache = 0;
	attr.cache_max = 0;
	attr.low = attr.reserve;
	attr.high = attr.reserve;
	attr.adaptive = false;
	return rsvpool_create(&attr);
}

/* Elements go all the way up and, with @max 0, in the same call all the way down. */
static void stack_up(unsigned int max)
{
	struct rsvpool *pool[RSVPOOL_DEPTH_MAX + 1] = { };
	unsigned int i;
	void *element;

	for (i = 0; i < RSVPOOL_DEPTH_MAX; i++) {
		pool[i] = pool_on(i ? pool[i - 1] : NULL, i + 1, max);
		if (!CHECK(!IS_ERR(pool[i])))
			goto out;
	}
	pool[i] = pool_on(pool[i - 1], i + 1, max);
	CHECK_EQ(PTR_ERR_OR_ZERO(pool[i]), -ELOOP);

	element = rsvpool_alloc(pool[i - 1], GFP_KERNEL);
	CHECK(element);
	rsvpool_free(pool[i - 1], element);
out:
	for (i = ARRAY_SIZE(pool); i--; )
		rsvpool_destroy(pool[i]);
}

static void test_depth_of_pools(void)
{
	stack_up(4 * RESERVE);
	stack_up(0);
}

static void test_depth_of_sections(void)
{
	struct rsvpool_section section[RSVPOOL_NEST_MAX], more;
	struct rsvpool *pool[2];
	unsigned int i, n, kind;

	pool[0] = pool_on(NULL, 1, 4 * RSVPOOL_NEST_MAX);
	pool[1] = pool_on(NULL, 2, 4 * RSVPOOL_NEST_MAX);
	if (!CHECK(!IS_ERR(pool[0])) || !CHECK(!IS_ERR(pool[1])))
		goto out;
	for (i = 0; i < 2; i++)
		CHECK_EQ(rsvpool_resize(pool[i], 2 * RSVPOOL_NEST_MAX), 0);
	/* Each nested in the one before; then alternating between two pools. */
	for (kind = 1; kind <= 2; kind++) {
		for (n = 0; n < RSVPOOL_NEST_MAX; n++)
			if (!CHECK_EQ(rsvpool_section_begin(&section[n],
							    pool[n % kind],
							    RSVPOOL_NEST_MAX - n / kind,
							    RSVPOOL_SECTION_PRIVATE),
				      0))
				break;
		CHECK_EQ(rsvpool_section_begin(&more, pool[0], 1,
					       RSVPOOL_SECTION_PRIVATE),
			 -ELOOP);
		while (n)
			rsvpool_section_end(&section[--n]);
		/* Only open sections count. */
		if (CHECK_EQ(rsvpool_section_begin(&more, pool[0], 1,
						   RSVPOOL_SECTION_PRIVATE), 0))
			rsvpool_section_end(&more);
	}
out:
	rsvpool_destroy(pool[1]);
	rsvpool_destroy(pool[0]);
}

const struct api_test depth_tests[] = {
	API_TEST(depth_of_pools),
	API_TEST(depth_of_sections),
	{ }
};

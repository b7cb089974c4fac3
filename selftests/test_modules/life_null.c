// SPDX-License-Identifier: GPL-2.0
/*
 * Functions that free or end something ignore NULL, and everything works
 * afterwards.
 */
#include <linux/rsvpool_lend.h>
#include <linux/slab.h>

#include "life.h"

#define RESERVE	4

/* Can a pool be created, used and destroyed?  No lock was left behind. */
static void check_life_goes_on(void)
{
	struct rsvpool_attr attr;
	struct rsvpool *pool;
	void *element;

	rsvpool_attr_init(&attr, "life-after");
	attr.reserve = RESERVE;
	pool = MAKE_POOL(&attr);
	if (!pool)
		return;
	element = rsvpool_tryalloc(pool);
	CHECK(element);
	rsvpool_free(pool, element);
	CHECK(rsvpool_get("life-after") == pool);
	rsvpool_put(pool);
	rsvpool_destroy(pool);
}

static void test_null_pool(void)
{
	rsvpool_put(NULL);
	rsvpool_put(ERR_PTR(-ENOMEM));
	rsvpool_destroy(NULL);
	rsvpool_destroy(ERR_PTR(-ENOMEM));
	check_life_goes_on();
}

/* A pool that took a NULL for an element would hand it out. */
static void free_nothing(struct rsvpool *pool)
{
	void *elements[RESERVE], *none = NULL;
	struct rsvpool_loan loan;
	unsigned int i, n;

	rsvpool_free(pool, NULL);
	rsvpool_free_bulk(pool, 0, NULL);
	rsvpool_free_bulk(pool, 0, &none);
	CHECK(!rsvpool_lend(pool, NULL, &loan));
	CHECK(!rsvpool_loan_read(&loan, elements, 0, 1));

	n = take_all(pool, elements, RESERVE);
	CHECK_EQ(n, RESERVE);
	rsvpool_free(pool, NULL);
	for (i = 0; i < n; i++)
		CHECK(elements[i]);
	CHECK(all_different(elements, n));
	give_all(pool, elements, n);
}

static void test_null_element(void)
{
	struct rsvpool_attr attr;
	struct rsvpool *pool;
	unsigned int kind;

	/* With and without caches, the checks of debug=1, and loans. */
	for (kind = 0; kind < 8; kind++) {
		rsvpool_attr_init(&attr, "life-null");
		attr.reserve = RESERVE;
		attr.max = 4 * RESERVE;
		if (kind & 1)
			attr.cache = 0;
		attr.debug = kind & 2;
		attr.lend = kind & 4;
		pool = MAKE_POOL(&attr);
		if (pool)
			free_nothing(pool);
		rsvpool_destroy(pool);
	}
	/* NULL is checked before the pool is read. */
	rsvpool_free(NULL, NULL);
	rsvpool_free_bulk(NULL, 0, NULL);
}

static void test_null_section(void)
{
	struct rsvpool_section section = { };
	struct rsvpool_attr attr;
	struct rsvpool *pool;

	rsvpool_section_end(NULL);
	rsvpool_section_end(&section);
	rsvpool_attr_init(&attr, "life-section");
	attr.reserve = RESERVE;
	pool = MAKE_POOL(&attr);
	if (!pool)
		return;
	/*
	 * A section whose begin was refused is ended, as an error path would.
	 */
	CHECK_EQ(rsvpool_section_begin(&section, pool, RESERVE + 1,
				       RSVPOOL_SECTION_PRIVATE), -EINVAL);
	rsvpool_section_end(&section);
	if (CHECK_EQ(rsvpool_section_begin(&section, pool, RESERVE,
					   RSVPOOL_SECTION_PRIVATE), 0))
		rsvpool_section_end(&section);
	/* And a section that was ended already. */
	rsvpool_section_end(&section);
	rsvpool_destroy(pool);
}

const struct api_test null_tests[] = {
	API_TEST(null_pool),
	API_TEST(null_element),
	API_TEST(null_section),
	{ }
};

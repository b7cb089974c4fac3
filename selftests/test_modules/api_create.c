// SPDX-License-Identifier: GPL-2.0
/*
 * Creating, finding, resizing and destroying: what is accepted, what is refused
 * and with which errno, and that a refusal leaves nothing behind.
 */
#include <linux/delay.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "api.h"

/*
 * Refusals.
 */

static void refused(const struct rsvpool_attr *attr, int error, int line,
		    const char *what)
{
	struct rsvpool *pool = rsvpool_create(attr);

	api_check(IS_ERR(pool) && PTR_ERR(pool) == error, __FILE__, line,
		  "%s gave %d, not %d", what, PTR_ERR_OR_ZERO(pool), error);
	if (!IS_ERR_OR_NULL(pool))
		rsvpool_destroy(pool);
}

/*
 * REFUSED(attr, errno, assignments): attr with these assignments fails with
 * errno.
 */
#define REFUSED(base, error, ...)					\
do {									\
	struct rsvpool_attr a = (base);					\
	__VA_ARGS__;							\
	refused(&a, error, __LINE__, #__VA_ARGS__);			\
} while (0)

static struct rsvpool_attr defaults(const char *name)
{
	struct rsvpool_attr attr;

	rsvpool_attr_init(&attr, name);
	return attr;
}

static void test_defaults(void)
{
	struct rsvpool_attr attr = defaults("api");
	struct rsvpool *pool = MAKE_POOL(&attr);

	if (!pool)
		return;
	CHECK(!strcmp(rsvpool_name(pool), "api"));
	CHECK_EQ(rsvpool_element_bytes(pool), PAGE_SIZE);
	rsvpool_destroy(pool);
}

static void test_name_is_copied(void)
{
	char name[] = "api-name";
	struct rsvpool_attr attr = defaults(name);
	struct rsvpool *pool = MAKE_POOL(&attr);

	if (!pool)
		return;
	memset(name, 'x', sizeof(name) - 1);
	CHECK(!strcmp(rsvpool_name(pool), "api-name"));
	rsvpool_destroy(pool);
}

static void test_good_names(void)
{
	static const char * const names[] = {
		"a", "0", "_", "-", "a.b", "A-Z_09.",
		"1234567890123456789012345678901",	/* RSVPOOL_NAME_MAX */
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		struct rsvpool_attr attr = defaults(names[i]);
		struct rsvpool *pool;

		attr.reserve = 1;
		pool = MAKE_POOL(&attr);
		if (!pool)
			continue;
		CHECK(!strcmp(rsvpool_name(pool), names[i]));
		rsvpool_destroy(pool);
	}
}

static void test_bad_names(void)
{
	static const char * const names[] = {
		NULL, "", ".", "..", ".hidden", "a/b", "/", "a b", " a", "a\n",
		"a,b", "a;b", "a=b", "\xc3\xa4", "a\x7f", "\x01", "a'b",
		"12345678901234567890123456789012",	/* one too many */
	};
	struct rsvpool_attr attr = defaults("api");
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		attr.name = names[i];
		refused(&attr, -EINVAL, __LINE__, names[i] ?: "no name");
	}
}

static void test_duplicate(void)
{
	struct rsvpool_attr attr = defaults("api");
	struct rsvpool *pool = MAKE_POOL(&attr);

	if (!pool)
		return;
	refused(&attr, -EEXIST, __LINE__, "the same name again");
	rsvpool_destroy(pool);

	/* Afterwards the name is free. */
	pool = MAKE_POOL(&attr);
	if (pool)
		rsvpool_destroy(pool);
}

static void test_numbers_out_of_range(void)
{
	struct rsvpool_attr good = defaults("api");
	struct rsvpool_attr kmalloc = defaults("api");

	good.reserve = 8;
	good.max = 64;
	kmalloc.source = RSVPOOL_KMALLOC;
	kmalloc.size = 256;

	REFUSED(good, -ERANGE, a.order = RSVPOOL_MAX_ORDER + 1);
	REFUSED(good, -ERANGE, a.order = ~0U);
	REFUSED(kmalloc, -EINVAL, a.size = 0);
	REFUSED(kmalloc, -ERANGE, a.size = RSVPOOL_MIN_SIZE - 1);
	REFUSED(kmalloc, -ERANGE, a.size = RSVPOOL_MAX_SIZE + 1);
	REFUSED(kmalloc, -ERANGE, a.size = SIZE_MAX);
	REFUSED(good, -ERANGE, a.reserve = 65);
	REFUSED(good, -ERANGE, a.reserve = ~0U);
	REFUSED(good, -ERANGE, a.max = RSVPOOL_MAX_ELEMENTS + 1);
	REFUSED(good, -ERANGE, a.max = ~0U - 1);
	REFUSED(good, -ERANGE, a.max = 7);
	REFUSED(good, -ERANGE, a.nmi_reserve = 9);
	REFUSED(good, -ERANGE, a.nmi_reserve = ~0U);
	REFUSED(good, -ERANGE, a.reserve = a.max = RSVPOOL_NMI_MAX + 1,
		a.nmi_reserve = RSVPOOL_NMI_MAX + 1);
	REFUSED(good, -ERANGE, a.cache_max = RSVPOOL_CACHE_MAX + 1);
	REFUSED(good, -ERANGE, a.cache_max = ~0U - 1);
	REFUSED(good, -ERANGE, a.cache_max = 4, a.cache = 5);
	REFUSED(good, -ERANGE, a.batch = 0);
	REFUSED(good, -ERANGE, a.batch = RSVPOOL_BATCH_MAX + 1);
	REFUSED(good, -ERANGE, a.high = 65);
	REFUSED(good, -ERANGE, a.low = 65);
	REFUSED(good, -ERANGE, a.decay_ms = 0);
	REFUSED(good, -ERANGE, a.node = MAX_NUMNODES);
	REFUSED(good, -ERANGE, a.node = NUMA_NO_NODE - 1);
}

static void test_attributes_without_sense(void)
{
	const struct rsvpool_ops no_ops = { };
	const struct rsvpool_ops no_alloc = { .free = counted_ops.free };
	const struct rsvpool_ops no_free = { .alloc = counted_ops.alloc };
	struct rsvpool_attr good = defaults("api");
	struct rsvpool_attr counted;
	struct counted source;

	counted_init(&source);
	counted_attr(&counted, "api", &source);

	REFUSED(good, -EINVAL, a.source = RSVPOOL_OPS + 1);
	REFUSED(good, -EINVAL, a.source = -1);
	REFUSED(good, -EINVAL, a.source = RSVPOOL_KMEM_CACHE);
	REFUSED(good, -EINVAL, a.source = RSVPOOL_POOL);
	REFUSED(good, -EINVAL, a.source = RSVPOOL_OPS);
	REFUSED(counted, -EINVAL, a.ops = &no_ops);
	REFUSED(counted, -EINVAL, a.ops = &no_alloc);
	REFUSED(counted, -EINVAL, a.ops = &no_free);
	REFUSED(counted, -EINVAL, a.zero = true);
	REFUSED(good, -EINVAL, a.policy = RSVPOOL_POLICY_RESERVE + 1);
	REFUSED(good, -EINVAL, a.wakeup = RSVPOOL_WAKEUP_PRIO + 1);
	REFUSED(good, -EINVAL, a.low = 33, a.high = 32);
	REFUSED(good, -EINVAL, a.zero = true, a.order = 1);
	REFUSED(good, -EINVAL, a.zero = true, a.opaque = true);
	CHECK_EQ(source.allocs, 0);
}

/* Reserves larger than the memory, or than max_percent allows. */
static void test_over_the_ceiling(void)
{
	struct rsvpool_attr attr = defaults("api");
	struct sysinfo info;

	si_meminfo(&info);
	if (info.totalram >= RSVPOOL_MAX_ELEMENTS << RSVPOOL_MAX_ORDER)
		return;
	attr.order = RSVPOOL_MAX_ORDER;
	attr.max = RSVPOOL_MAX_ELEMENTS;
	REFUSED(attr, -ENOMEM, a.reserve = RSVPOOL_MAX_ELEMENTS);
	if (!(info.totalram >> RSVPOOL_MAX_ORDER >> 1))
		return;
	REFUSED(attr, -ENOMEM,
		a.reserve = info.totalram >> RSVPOOL_MAX_ORDER >> 1);
}

/* The source fails after n elements, for each n that is too small. */
static void test_source_fails_creation(void)
{
	const unsigned int reserve = 20;
	struct rsvpool_attr attr;
	struct counted source;
	unsigned int i;

	for (i = 0; i < reserve; i++) {
		counted_init(&source);
		counted_attr(&attr, "api", &source);
		attr.reserve = reserve;
		attr.nmi_reserve = 4;
		source.left = i;
		refused(&attr, -ENOMEM, __LINE__, "a source that gives out");
		CHECK_EQ(source.live, 0);
		CHECK_EQ(source.frees, i);
		CHECK_EQ(source.misplaced, 0);
	}

	counted_init(&source);
	counted_attr(&attr, "api", &source);
	attr.reserve = reserve;
	attr.max = reserve;
	source.left = reserve;
	counted_end(MAKE_POOL(&attr), &source);
	CHECK_EQ(source.allocs, reserve);
}

/* The whole reserve is there when creation returns. */
static void test_reserve_in_full(void)
{
	struct counted source;
	struct rsvpool *pool = counted_pool("api", &source, 10, 10);

	CHECK_EQ(source.live, 10);
	counted_end(pool, &source);
	CHECK_EQ(source.frees, 10);
}

static void test_destroy_nothing(void)
{
	rsvpool_destroy(NULL);
}

/*
 * By name.
 */

/* Pools of one name: each has the lowest number that is free. */
static void test_numbered(void)
{
	static const char longest[] = "a123456789b123456789c12345678";
	struct rsvpool_attr attr = defaults("api");
	struct rsvpool *pools[3];
	unsigned int i;

	attr.numbered = true;
	for (i = 0; i < ARRAY_SIZE(pools); i++)
		pools[i] = MAKE_POOL(&attr);
	if (pools[0] && pools[1] && pools[2]) {
		CHECK(!strcmp(rsvpool_name(pools[0]), "api.0"));
		CHECK(!strcmp(rsvpool_name(pools[1]), "api.1"));
		CHECK(!strcmp(rsvpool_name(pools[2]), "api.2"));
	}
	rsvpool_destroy(pools[1]);
	pools[1] = MAKE_POOL(&attr);
	if (pools[1])
		CHECK(!strcmp(rsvpool_name(pools[1]), "api.1"));
	for (i = 0; i < ARRAY_SIZE(pools); i++)
		rsvpool_destroy(pools[i]);

	attr.name = longest;
	pools[0] = MAKE_POOL(&attr);
	if (pools[0])
		CHECK_EQ(strlen(rsvpool_name(pools[0])), RSVPOOL_NAME_MAX);
	rsvpool_destroy(pools[0]);
	REFUSED(attr, -EINVAL, a.name = "a123456789b123456789c123456789");
}

/* "Whole" means: the depot is at min or above, and all slots are full. */
static void test_is_whole(void)
{
	struct counted source;
	struct rsvpool_attr attr;
	struct rsvpool *pool;
	void *elements[8];
	unsigned int n;

	counted_init(&source);
	counted_attr(&attr, "api", &source);
	attr.reserve = 4;
	attr.nmi_reserve = 1;
	attr.max = 4;
	attr.cache = 0;
	pool = MAKE_POOL(&attr);
	if (!pool)
		return;
	CHECK(rsvpool_is_whole(pool));
	n = take_all(pool, elements, ARRAY_SIZE(elements));
	CHECK_EQ(n, 4);
	while (n) {
		CHECK(!rsvpool_is_whole(pool));
		rsvpool_free(pool, elements[--n]);
	}
	CHECK(rsvpool_is_whole(pool));
	counted_end(pool, &source);
}

static void test_get_unknown(void)
{
	CHECK(!rsvpool_get("api-nobody"));
	CHECK(!rsvpool_get(""));
}

static void test_get_and_put(void)
{
	struct rsvpool_attr attr = defaults("api");
	struct rsvpool *pool = MAKE_POOL(&attr), *again;
	unsigned int i;

	if (!pool)
		return;
	for (i = 0; i < 3; i++) {
		again = rsvpool_get("api");
		if (CHECK(again == pool))
			rsvpool_put(again);
	}
	rsvpool_destroy(pool);
	CHECK(!rsvpool_get("api"));
}

/*
 * Resizing.
 */

static void test_resize(void)
{
	static const unsigned int sizes[] = { 16, 1, 32, 31, 2, 32, 8 };
	void *elements[40];
	struct counted source;
	struct rsvpool *pool = counted_pool("api", &source, 8, 32);
	unsigned int i, n;

	for (i = 0; pool && i < ARRAY_SIZE(sizes); i++) {
		CHECK_EQ(rsvpool_resize(pool, sizes[i]), 0);
		source.fails = true;
		n = take_all(pool, elements, ARRAY_SIZE(elements));
		if (n < sizes[i] || n > 32)
			CHECK_EQ(n, sizes[i]);
		give_all(pool, elements, n);
		source.fails = false;
	}
	CHECK(source.peak <= 32);
	counted_end(pool, &source);
}

static void test_resize_refused(void)
{
	struct counted source;
	struct rsvpool_attr attr;
	struct rsvpool *pool;
	void *elements[40];
	unsigned int n;

	counted_init(&source);
	counted_attr(&attr, "api", &source);
	attr.reserve = 8;
	attr.max = 32;
	attr.high = 8;
	attr.nmi_reserve = 4;
	attr.adaptive = false;
	pool = MAKE_POOL(&attr);
	if (!pool)
		return;

	CHECK_EQ(rsvpool_resize(pool, 0), -ERANGE);
	CHECK_EQ(rsvpool_resize(pool, 3), -ERANGE);
	CHECK_EQ(rsvpool_resize(pool, 33), -ERANGE);
	CHECK_EQ(rsvpool_resize(pool, ~0U), -ERANGE);
	CHECK_EQ(rsvpool_resize(pool, 4), 0);
	CHECK_EQ(rsvpool_resize(pool, 8), 0);

	/* A resize gets elements first, then raises min: here it gets none. */
	source.left = 5;
	CHECK_EQ(rsvpool_resize(pool, 32), -ENOMEM);
	source.left = 0;
	n = take_all(pool, elements, ARRAY_SIZE(elements));
	CHECK(n >= 8 && n < 32);
	give_all(pool, elements, n);
	source.left = -1;
	/*
	 * Retry: -EBUSY while a CPU has not yet given its cache's elements
	 * back.
	 */
	WAIT_UNTIL(!rsvpool_resize(pool, 32));

	counted_end(pool, &source);
}

const struct api_test create_tests[] = {
	API_TEST(defaults),
	API_TEST(name_is_copied),
	API_TEST(good_names),
	API_TEST(bad_names),
	API_TEST(duplicate),
	API_TEST(numbers_out_of_range),
	API_TEST(attributes_without_sense),
	API_TEST(over_the_ceiling),
	API_TEST(source_fails_creation),
	API_TEST(reserve_in_full),
	API_TEST(destroy_nothing),
	API_TEST(numbered),
	API_TEST(is_whole),
	API_TEST(get_unknown),
	API_TEST(get_and_put),
	API_TEST(resize),
	API_TEST(resize_refused),
	{ }
};

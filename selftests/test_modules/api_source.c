// SPDX-License-Identifier: GPL-2.0
/*
 * The sources: they give memory of the right size and kind, are called in the
 * right contexts with the right flags, and get every element back.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/types.h>
#include <linux/slab.h>

#include "api.h"

#define MANY	24

/*
 * Each element can be written from end to end, and none is handed out twice.
 * This is done twice, so that elements have been free in between.
 */
static void exercise(struct rsvpool *pool, size_t bytes, bool writable)
{
	unsigned int round, i, n;
	void *elements[MANY];
	size_t at;

	for (round = 0; round < 2; round++) {
		for (n = 0; n < MANY; n++) {
			elements[n] = rsvpool_tryalloc(pool);
			if (!CHECK(elements[n]))
				break;
			if (writable)
				memset(elements[n], n + 1, bytes);
		}
		for (i = 0; writable && i < n; i++) {
			u8 *byte = elements[i];

			for (at = 0; at < bytes; at += at + 1)
				if (!CHECK_EQ(byte[at], i + 1))
					break;
			CHECK_EQ(byte[bytes - 1], i + 1);
		}
		CHECK(all_different(elements, n));
		while (n)
			rsvpool_free(pool, elements[--n]);
	}

	if (!CHECK_EQ(rsvpool_tryalloc_bulk(pool, MANY, elements), 0))
		return;
	CHECK(all_different(elements, MANY));
	for (i = 0; writable && i < MANY; i++)
		memset(elements[i], i + 1, bytes);
	for (i = 0; writable && i < MANY; i++)
		CHECK_EQ(*(u8 *)elements[i], i + 1);
	rsvpool_free_bulk(pool, MANY, elements);
}

static void test_pages(void)
{
	unsigned int order;

	for (order = 0; order <= RSVPOOL_MAX_ORDER; order++) {
		struct rsvpool_attr attr;
		struct rsvpool *pool;
		void *element;

		rsvpool_attr_init(&attr, "api");
		attr.order = order;
		attr.reserve = MANY;
		pool = MAKE_POOL(&attr);
		if (!pool)
			continue;
		CHECK_EQ(rsvpool_element_bytes(pool), PAGE_SIZE << order);
		element = rsvpool_tryalloc(pool);
		CHECK(IS_ALIGNED((unsigned long)element, PAGE_SIZE << order));
		CHECK(virt_addr_valid(element));
		rsvpool_free(pool, element);
		exercise(pool, PAGE_SIZE << order, true);
		rsvpool_destroy(pool);
	}
}

static void test_kmalloc(void)
{
	static const size_t sizes[] = {
		RSVPOOL_MIN_SIZE, 9, 192, 256, 1000, 4096, RSVPOOL_MAX_SIZE,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct rsvpool_attr attr;
		struct rsvpool *pool;

		rsvpool_attr_init(&attr, "api");
		attr.source = RSVPOOL_KMALLOC;
		attr.size = sizes[i];
		attr.reserve = MANY;
		pool = MAKE_POOL(&attr);
		if (!pool)
			continue;
		CHECK(rsvpool_element_bytes(pool) >= sizes[i]);
		exercise(pool, sizes[i], true);
		rsvpool_destroy(pool);
	}
}

/*
 * A kmem_cache, with a constructor: what it wrote must not change while the
 * object is free.
 */

struct object {
	char text[200];
	u64 made;
	u64 *self;
};

#define OBJECT_MADE	0x6d616465206f6e63ULL

static void object_make(void *data)
{
	struct object *object = data;

	memset(object->text, 'o', sizeof(object->text));
	object->made = OBJECT_MADE;
	object->self = &object->made;
}

static bool object_is_made(const struct object *object)
{
	unsigned int i;

	for (i = 0; i < sizeof(object->text); i++)
		if (object->text[i] != 'o')
			return false;
	return object->made == OBJECT_MADE && object->self == &object->made;
}

static void opaque_objects(slab_flags_t flags, unsigned int nmi_reserve)
{
	struct rsvpool_attr attr;
	struct kmem_cache *cache;
	struct rsvpool *pool;
	struct object *objects[MANY];
	unsigned int round, i;

	cache = kmem_cache_create("rsvpool_test_object", sizeof(struct object),
				  0, flags, object_make);
	if (!CHECK(cache))
		return;
	rsvpool_attr_init(&attr, "api");
	attr.source = RSVPOOL_KMEM_CACHE;
	attr.kmem_cache = cache;
	attr.opaque = true;
	attr.reserve = MANY;
	attr.nmi_reserve = nmi_reserve;
	attr.cache = MANY / 3;
	pool = MAKE_POOL(&attr);
	if (!pool)
		goto out;
	CHECK(rsvpool_element_bytes(pool) >= sizeof(struct object));
	for (round = 0; round < 3; round++) {
		for (i = 0; i < MANY; i++) {
			objects[i] = rsvpool_tryalloc(pool);
			if (CHECK(objects[i]))
				CHECK(object_is_made(objects[i]));
		}
		for (i = 0; i < MANY; i++)
			if (objects[i])
				rsvpool_free(pool, objects[i]);
	}
	exercise(pool, sizeof(struct object), false);
	rsvpool_destroy(pool);
out:
	kmem_cache_destroy(cache);
}

static void test_kmem_cache_constructor(void)
{
	opaque_objects(0, 0);
	opaque_objects(0, 4);
}

static void test_kmem_cache_typesafe(void)
{
	opaque_objects(SLAB_TYPESAFE_BY_RCU, 0);
	opaque_objects(SLAB_TYPESAFE_BY_RCU, 4);
}

static void test_kmem_cache_plain(void)
{
	struct rsvpool_attr attr;
	struct kmem_cache *cache;
	struct rsvpool *pool;

	cache = kmem_cache_create("rsvpool_test_plain", 104, 0, 0, NULL);
	if (!CHECK(cache))
		return;
	rsvpool_attr_init(&attr, "api");
	attr.source = RSVPOOL_KMEM_CACHE;
	attr.kmem_cache = cache;
	attr.reserve = MANY;
	pool = MAKE_POOL(&attr);
	if (pool) {
		CHECK(rsvpool_element_bytes(pool) >= 104);
		exercise(pool, 104, true);
		rsvpool_destroy(pool);
	}
	kmem_cache_destroy(cache);
}

/* An element of two allocations; its holder may use both. */
static void test_composite(void)
{
	struct counted_element *elements[MANY];
	struct rsvpool_attr attr;
	struct counted source;
	struct rsvpool *pool;
	unsigned int i;

	counted_init(&source);
	counted_attr(&attr, "api", &source);
	attr.reserve = MANY;
	attr.nmi_reserve = 4;
	pool = MAKE_POOL(&attr);
	if (pool) {
		for (i = 0; i < MANY; i++) {
			elements[i] = rsvpool_tryalloc(pool);
			if (!CHECK(elements[i]))
				continue;
			CHECK(elements[i]->source == &source);
			CHECK_EQ(elements[i]->owner, 0);
			elements[i]->owner = i + 1;
			memset(elements[i]->second, i, SECOND_SIZE);
		}
		for (i = 0; i < MANY; i++) {
			if (!elements[i])
				continue;
			CHECK_EQ(elements[i]->owner, i + 1);
			CHECK_EQ(elements[i]->second[SECOND_SIZE - 1], i);
			elements[i]->owner = 0;
			rsvpool_free(pool, elements[i]);
		}
		exercise(pool, 0, false);
	}
	counted_end(pool, &source);
}

/* A pool on a pool on a pool. */
static void test_pool_on_pool(void)
{
	struct rsvpool_attr attr;
	struct rsvpool *pool, *middle, *top;
	struct counted source;

	counted_init(&source);
	counted_attr(&attr, "api-parent", &source);
	attr.reserve = 2 * MANY;
	pool = MAKE_POOL(&attr);
	if (!pool)
		return;

	rsvpool_attr_init(&attr, "api-middle");
	attr.source = RSVPOOL_POOL;
	attr.parent = pool;
	attr.reserve = 3 * MANY / 2;
	middle = MAKE_POOL(&attr);
	if (!middle)
		goto out;

	attr.name = "api-top";
	attr.parent = middle;
	attr.reserve = MANY;
	top = MAKE_POOL(&attr);
	if (top) {
		CHECK_EQ(rsvpool_element_bytes(top),
			 rsvpool_element_bytes(pool));
		exercise(top, 0, false);
		rsvpool_destroy(top);
	}
	exercise(middle, 0, false);
	rsvpool_destroy(middle);
out:
	exercise(pool, 0, false);
	counted_end(pool, &source);
}

/* The pool below may be empty: the upper pool then has all of its reserve. */
static void test_pool_on_empty_pool(void)
{
	struct counted source;
	struct rsvpool *pool = counted_pool("api-parent", &source, 8, 8);
	struct rsvpool_attr attr;
	struct rsvpool *upper;
	void *elements[8];
	unsigned int i;

	if (!pool)
		return;
	rsvpool_attr_init(&attr, "api-upper");
	attr.source = RSVPOOL_POOL;
	attr.parent = pool;
	attr.reserve = 9;
	CHECK_EQ(PTR_ERR(rsvpool_create(&attr)), -ENOMEM);

	attr.reserve = 8;
	attr.max = 8;
	upper = MAKE_POOL(&attr);
	if (upper) {
		CHECK(!rsvpool_tryalloc(pool));
		for (i = 0; i < 8; i++) {
			elements[i] = rsvpool_tryalloc(upper);
			CHECK(elements[i]);
		}
		CHECK(!rsvpool_tryalloc(upper));
		CHECK(!rsvpool_alloc(upper, GFP_NOWAIT));
		for (i = 0; i < 8; i++)
			if (elements[i])
				rsvpool_free(upper, elements[i]);
		rsvpool_destroy(upper);
	}
	counted_end(pool, &source);
}

/*
 * A source that sleeps with every gfp: only the worker and callers that may
 * sleep may call it (counted_alloc() checks).
 */
static void test_source_that_sleeps(void)
{
	struct rsvpool_attr attr;
	struct counted source;
	struct rsvpool *pool;
	void *elements[8], *more;
	unsigned int i, allocs;

	counted_init(&source);
	counted_attr(&attr, "api", &source);
	source.sleeps = true;
	attr.source_sleeps = true;
	attr.reserve = 4;
	attr.max = 8;
	attr.low = 0;
	attr.high = 4;
	attr.cache = 0;
	attr.cache_max = 0;
	attr.adaptive = false;
	pool = MAKE_POOL(&attr);
	if (!pool)
		return;

	for (i = 0; i < 4; i++) {
		elements[i] = rsvpool_alloc(pool, GFP_ATOMIC);
		CHECK(elements[i]);
	}
	/* The next come from the source, now or through the worker. */
	for (i = 4; i < 8; i++) {
		elements[i] = rsvpool_alloc(pool, GFP_KERNEL);
		CHECK(elements[i]);
	}
	allocs = source.allocs;
	more = rsvpool_alloc(pool, GFP_ATOMIC);
	CHECK(!more);
	CHECK_EQ(source.allocs, allocs);
	for (i = 0; i < 8; i++)
		if (elements[i])
			rsvpool_free(pool, elements[i]);
	counted_end(pool, &source);
}

/* The gfp that reaches a source, for every gfp of a caller. */
static void test_gfp_bits(void)
{
	static const gfp_t gfps[] = {
		GFP_KERNEL, GFP_NOFS, GFP_NOIO, GFP_NOWAIT, GFP_ATOMIC,
		GFP_KERNEL | __GFP_HIGH, GFP_KERNEL | __GFP_NOFAIL,
		GFP_KERNEL | __GFP_MEMALLOC, GFP_ATOMIC | __GFP_MEMALLOC,
		GFP_KERNEL | __GFP_RETRY_MAYFAIL,
	};
	const gfp_t never = __GFP_HIGH | __GFP_MEMALLOC | __GFP_NOFAIL |
			    __GFP_RETRY_MAYFAIL;
	struct counted source;
	struct rsvpool *pool;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(gfps); i++) {
		void *elements[9];
		unsigned int n = 0;

		pool = counted_pool("api", &source, 1, 8);
		if (!pool)
			return;
		source.gfp_seen = 0;
		/* All elements that may exist, without sleeping. */
		while (n < 8) {
			/* The worker may be bringing one just now. */
			if (!WAIT_UNTIL((elements[n] = rsvpool_alloc(pool,
								     gfps[i]))))
				break;
			n++;
		}
		CHECK_EQ(source.gfp_seen & never, 0);
		/* The refill worker calls it with GFP_NOWAIT. */
		CHECK_EQ(source.gfp_seen & __GFP_DIRECT_RECLAIM & ~gfps[i], 0);
		CHECK_EQ(source.gfp_seen & __GFP_IO & ~gfps[i], 0);
		CHECK_EQ(source.gfp_seen & __GFP_FS & ~gfps[i], 0);
		while (n)
			rsvpool_free(pool, elements[--n]);
		counted_end(pool, &source);
	}
}

/* The page allocator opens its reserves to a real-time task that reclaims. */

struct realtime {
	struct rsvpool *pool;
	struct counted *source;
	struct completion done;
	void *element;
};

static int realtime_thread(void *data)
{
	struct realtime *rt = data;

	sched_set_fifo_low(current);
	rt->element = rsvpool_alloc_timeout(rt->pool, GFP_KERNEL, 1);
	complete(&rt->done);
	while (!kthread_should_stop())
		schedule_timeout_idle(1);
	return 0;
}

static void test_realtime_does_not_reclaim(void)
{
	struct counted source;
	struct realtime rt = {
		.pool = counted_pool("api", &source, 1, 8),
		.source = &source,
	};
	struct task_struct *task;
	void *element;

	if (!rt.pool)
		return;
	init_completion(&rt.done);
	/* First, as otherwise the worker would bring more than one. */
	source.fails = true;
	/* This, too: the worker may add its own bits from now on. */
	source.gfp_seen = 0;
	element = rsvpool_tryalloc(rt.pool);
	CHECK(element);
	task = kthread_run(realtime_thread, &rt, "rsvpool_test_rt");
	if (!IS_ERR(task)) {
		wait_for_completion(&rt.done);
		/* The worker may still be adding its own. */
		CHECK_EQ(data_race(source.gfp_seen) & __GFP_DIRECT_RECLAIM, 0);
		kthread_stop(task);
		if (rt.element)
			rsvpool_free(rt.pool, rt.element);
	}
	if (element)
		rsvpool_free(rt.pool, element);
	counted_end(rt.pool, &source);
}

/* An ordinary task reclaims: otherwise the test above tests nothing. */
static void test_ordinary_task_reclaims(void)
{
	struct counted source;
	struct rsvpool *pool = counted_pool("api", &source, 1, 8);
	void *element, *second;

	if (!pool)
		return;
	source.fails = true;
	source.gfp_seen = 0;
	element = rsvpool_tryalloc(pool);
	second = rsvpool_alloc_timeout(pool, GFP_KERNEL, 1);
	/* As above. */
	CHECK(data_race(source.gfp_seen) & __GFP_DIRECT_RECLAIM);
	if (second)
		rsvpool_free(pool, second);
	if (element)
		rsvpool_free(pool, element);
	counted_end(pool, &source);
}

/* Without a maximum, elements freed to above high go to the source at once. */
static void test_no_maximum(void)
{
	struct counted source;
	struct rsvpool *pool = counted_pool("api", &source, 4, 0);
	void *elements[MANY];
	unsigned int i, n;

	if (!pool)
		return;
	for (n = 0; n < MANY; n++) {
		elements[n] = rsvpool_alloc(pool, GFP_NOWAIT);
		if (!CHECK(elements[n]))
			break;
	}
	CHECK(source.live >= MANY);
	for (i = 0; i < n; i++)
		rsvpool_free(pool, elements[i]);
	CHECK_EQ(source.live, 4);
	CHECK_EQ(source.frees, MANY);
	counted_end(pool, &source);
}

const struct api_test source_tests[] = {
	API_TEST(pages),
	API_TEST(kmalloc),
	API_TEST(kmem_cache_plain),
	API_TEST(kmem_cache_constructor),
	API_TEST(kmem_cache_typesafe),
	API_TEST(composite),
	API_TEST(pool_on_pool),
	API_TEST(pool_on_empty_pool),
	API_TEST(source_that_sleeps),
	API_TEST(gfp_bits),
	API_TEST(realtime_does_not_reclaim),
	API_TEST(ordinary_task_reclaims),
	API_TEST(no_maximum),
	{ }
};

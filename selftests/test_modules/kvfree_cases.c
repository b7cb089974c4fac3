// SPDX-License-Identifier: GPL-2.0
/*
 * Objects freed after a grace period, by pages of a pool: all kinds of objects,
 * queued in all contexts, not before readers have finished; also without pages,
 * and from a CPU that goes offline.
 *
 * What was freed is what the statistics say; that it really was is seen
 * when the objects' kmem_cache is destroyed, about which the kernel complains
 * if there are any left.
 */
#include <linux/cpu.h>
#include <linux/rcupdate.h>
#include <linux/rsvpool_kvfree.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "wait.h"

#define MAGIC		0x6b76667265655f21ULL
#define BARE		2	/* pages for one of each kind */
#define MANY		20000	/* objects, some dozen pages */
#define FULL_AND_OPEN	800	/* objects, more than a page of them */
#define LARGE		(64 * 1024)
#define READER_MS	150	/* far more than a page may be open */
#define CROWD		4
#define CPU_ROUNDS	5
#define SMALL		1024	/* bytes in an element, of a pool with two */

struct object {
	u64 magic;
	struct rcu_head rcu;
};

static struct kmem_cache *cache;
static struct rsvpool_kvfree *used;	/* of the pool that is tested */

static struct object *object_init(struct object *object)
{
	if (CHECK(object))
		object->magic = MAGIC;
	return object;
}

static struct object *object(void)
{
	return object_init(kmem_cache_alloc(cache, GFP_KERNEL));
}

static u64 kvfree_stat(const char *wanted)
{
	const char *name;
	unsigned int i;
	u64 value;

	for (i = 0; (name = rsvpool_kvfree_stat(used, i, &value)); i++)
		if (!strcmp(name, wanted))
			return value;
	CHECK(!"a statistic of that name");
	return 0;
}

/* A pool with kvfree enabled, and a cache of objects; or NULL. */
static struct rsvpool *begin(const struct rsvpool_attr *attr)
{
	struct rsvpool *pool;

	/* The usercopy region keeps the cache from being merged. */
	cache = kmem_cache_create_usercopy("rsvpool_test_kvfree",
					   sizeof(struct object), 0, 0, 0,
					   sizeof(struct object), NULL);
	if (!CHECK(cache))
		return NULL;
	pool = MAKE_POOL(attr);
	if (pool) {
		used = rsvpool_kvfree_enable(pool);
		if (CHECK_EQ(PTR_ERR_OR_ZERO(used), 0))
			return pool;
	}
	rsvpool_destroy(pool);
	kmem_cache_destroy(cache);
	return NULL;
}

static struct rsvpool *begin_pages(unsigned int reserve)
{
	struct rsvpool_attr attr;

	rsvpool_attr_init(&attr, "wait");
	attr.reserve = reserve;
	return begin(&attr);
}

static void check_all_freed(u64 objects)
{
	CHECK_EQ(kvfree_stat("queued"), objects);
	CHECK_EQ(kvfree_stat("freed"), objects);
}

static void end(struct rsvpool *pool)
{
	rsvpool_kvfree_rcu_barrier(used);
	CHECK_EQ(kvfree_stat("freed"), kvfree_stat("queued"));
	rsvpool_kvfree_disable(used);
	rsvpool_destroy(pool);
	kmem_cache_destroy(cache);
}

static void test_kvfree_refuses(void)
{
	struct rsvpool_attr attr;
	struct counted source;
	struct rsvpool *pool;

	rsvpool_attr_init(&attr, "wait");
	attr.source = RSVPOOL_KMALLOC;
	attr.size = RSVPOOL_KVFREE_MIN_BYTES - 8;
	attr.reserve = 2;
	pool = MAKE_POOL(&attr);
	if (pool) {
		CHECK(rsvpool_kvfree_enable(pool) == ERR_PTR(-EINVAL));
		rsvpool_destroy(pool);
	}
	pool = counted_pool("wait", &source, 2, 2);
	if (pool)
		CHECK(rsvpool_kvfree_enable(pool) == ERR_PTR(-EINVAL));
	counted_end(pool, &source);
}

/* Several users of one pool. */
static void test_kvfree_enabled_twice(void)
{
	struct rsvpool *pool = begin_pages(8);
	struct object *o;

	if (!pool)
		return;
	CHECK(rsvpool_kvfree_enable(pool) == used);
	o = object();
	rsvpool_kvfree_rcu(used, o, rcu);
	rsvpool_kvfree_disable(used);
	check_all_freed(1);
	o = object();
	rsvpool_kvfree_rcu(used, o, rcu);
	end(pool);
}

static void test_kvfree_of_all_kinds(void)
{
	struct rsvpool *pool = begin_pages(8);
	struct object *o;

	if (!pool)
		return;
	o = NULL;
	rsvpool_kvfree_rcu(used, o, rcu);
	rsvpool_kvfree_rcu(used, o);
	o = object();
	rsvpool_kvfree_rcu(used, o, rcu);
	o = object_init(kmalloc(sizeof(*o), GFP_KERNEL));
	rsvpool_kvfree_rcu(used, o, rcu);
	o = object_init(kmalloc(LARGE, GFP_KERNEL));
	rsvpool_kvfree_rcu(used, o, rcu);
	o = object_init(vmalloc(sizeof(*o)));
	rsvpool_kvfree_rcu(used, o, rcu);
	o = object();
	rsvpool_kvfree_rcu(used, o);
	o = object_init(vmalloc(LARGE));
	rsvpool_kvfree_rcu(used, o);
	rsvpool_kvfree_rcu_barrier(used);
	check_all_freed(6);
	CHECK_EQ(kvfree_stat("fallbacks"), 0);
	CHECK(kvfree_stat("pages") >= BARE);
	CHECK(kvfree_stat("grace_periods") > 0);
	end(pool);
}

/* Objects are freed without a barrier, too. */
static void test_kvfree_of_one(void)
{
	struct rsvpool *pool = begin_pages(8);
	struct object *o;

	if (!pool)
		return;
	o = object();
	rsvpool_kvfree_rcu(used, o, rcu);
	WAIT_UNTIL(kvfree_stat("freed") == 1);
	end(pool);
}

static void give(void *data)
{
	struct object *o = data;

	rsvpool_kvfree_rcu(used, o, rcu);
}

static void test_kvfree_in_every_context(void)
{
	struct rsvpool *pool = begin_pages(8);
	const struct context *context;
	unsigned int nr = 0;

	if (!pool)
		return;
	for (context = contexts; context->name; context++) {
		/* The form that may not be called in this context. */
		if (!strcmp(context->name, "NMI"))
			continue;
		CHECK(context->go(give, object()));
		nr++;
	}
	rsvpool_kvfree_rcu_barrier(used);
	check_all_freed(nr);
	CHECK_EQ(kvfree_stat("fallbacks"), 0);
	end(pool);
}

static void give_many(void *data, unsigned int index)
{
	unsigned int i;

	for (i = 0; i < MANY; i++) {
		struct object *o = object();

		rsvpool_kvfree_rcu(used, o, rcu);
		if (!(i % (MANY / 4)))
			rsvpool_kvfree_rcu_barrier(used);
		cond_resched();
	}
}

static void test_kvfree_of_many(void)
{
	struct rsvpool *pool = begin_pages(256);

	if (!pool)
		return;
	crowd_run(CROWD, give_many, NULL);
	rsvpool_kvfree_rcu_barrier(used);
	check_all_freed(CROWD * MANY);
	end(pool);
}

/* An empty pool. */
static struct rsvpool *begin_empty(void **elements)
{
	struct rsvpool_attr attr;
	struct rsvpool *pool;

	rsvpool_attr_init(&attr, "wait");
	attr.source = RSVPOOL_KMALLOC;
	attr.size = SMALL;
	attr.reserve = 2;
	attr.max = 2;
	attr.cache = 0;
	attr.cache_max = 0;
	pool = begin(&attr);
	if (pool)
		CHECK_EQ(take_all(pool, elements, ROOM), 2);
	return pool;
}

static void test_kvfree_without_pages(void)
{
	void *elements[ROOM];
	struct rsvpool *pool = begin_empty(elements);
	struct object *o;
	unsigned int i;

	if (!pool)
		return;
	for (i = 0; i < FULL_AND_OPEN; i++) {
		o = object();
		rsvpool_kvfree_rcu(used, o, rcu);
	}
	o = object_init(vmalloc(sizeof(*o)));
	rsvpool_kvfree_rcu(used, o, rcu);
	rsvpool_kvfree_rcu_barrier(used);
	check_all_freed(FULL_AND_OPEN + 1);
	CHECK_EQ(kvfree_stat("fallbacks"), FULL_AND_OPEN + 1);
	/* The object is freed when the call returns. */
	o = object();
	rsvpool_kvfree_rcu(used, o);
	check_all_freed(FULL_AND_OPEN + 2);
	CHECK_EQ(kvfree_stat("fallbacks"), FULL_AND_OPEN + 2);
	CHECK_EQ(kvfree_stat("pages"), 0);

	give_all(pool, elements, 2);
	o = object();
	rsvpool_kvfree_rcu(used, o, rcu);
	CHECK_EQ(kvfree_stat("fallbacks"), FULL_AND_OPEN + 2);
	CHECK_EQ(kvfree_stat("pages"), 1);
	end(pool);
}

/* In the reader, the object is unchanged and not counted as freed. */
static void read_while_given(void)
{
	struct object *o = object();
	unsigned int ms;

	rcu_read_lock();
	rsvpool_kvfree_rcu(used, o, rcu);
	for (ms = 0; ms < READER_MS; ms++) {
		mdelay(1);
		if (kvfree_stat("freed") || o->magic != MAGIC)
			break;
	}
	rcu_read_unlock();
	CHECK_EQ(ms, READER_MS);
	rsvpool_kvfree_rcu_barrier(used);
	check_all_freed(1);
}

static void test_kvfree_waits_for_readers(void)
{
	struct rsvpool *pool = begin_pages(8);

	if (!pool)
		return;
	read_while_given();
	end(pool);
}

static void test_kvfree_without_pages_waits_for_readers(void)
{
	void *elements[ROOM];
	struct rsvpool *pool = begin_empty(elements);

	if (!pool)
		return;
	read_while_given();
	give_all(pool, elements, 2);
	end(pool);
}

static void give_there(struct work_struct *work)
{
	struct object *o;
	unsigned int i;

	for (i = 0; i < FULL_AND_OPEN; i++) {
		o = kmem_cache_alloc(cache, GFP_NOWAIT);
		if (!o)
			continue;
		rsvpool_kvfree_rcu(used, o, rcu);
	}
}

/*
 * Objects that an offline CPU has collected are freed, without a barrier.
 */
static void test_kvfree_on_a_cpu_that_goes(void)
{
	struct rsvpool *pool = begin_pages(64);
	unsigned int cpu = cpumask_next(0, cpu_online_mask), round;
	struct work_struct work;

	if (!pool)
		return;
	INIT_WORK_ONSTACK(&work, give_there);
	for (round = 0; cpu < nr_cpu_ids && round < CPU_ROUNDS; round++) {
		schedule_work_on(cpu, &work);
		flush_work(&work);
		if (!CHECK_EQ(remove_cpu(cpu), 0))
			break;
		WAIT_UNTIL(kvfree_stat("freed") ==
			   kvfree_stat("queued"));
		CHECK_EQ(add_cpu(cpu), 0);
	}
	destroy_work_on_stack(&work);
	CHECK(kvfree_stat("queued") || cpu >= nr_cpu_ids);
	end(pool);
}

/* Of NULL objects, and of a use that was refused: nothing is done. */
static void test_kvfree_of_null(void)
{
	struct rsvpool *pool = begin_pages(8);
	struct object *o = NULL;
	u64 value = 1;

	rsvpool_kvfree_disable(NULL);
	rsvpool_kvfree_disable(ERR_PTR(-EINVAL));
	rsvpool_kvfree_rcu_barrier(NULL);
	CHECK(rsvpool_kvfree_stat(NULL, 0, &value));
	CHECK_EQ(value, 0);
	if (!pool)
		return;
	rsvpool_kvfree_rcu(used, o, rcu);
	rsvpool_kvfree_rcu(used, o);
	CHECK_EQ(kvfree_stat("queued"), 0);
	end(pool);
}

const struct api_test kvfree_tests[] = {
	API_TEST(kvfree_refuses),
	API_TEST(kvfree_enabled_twice),
	API_TEST(kvfree_of_all_kinds),
	API_TEST(kvfree_of_one),
	API_TEST(kvfree_in_every_context),
	API_TEST(kvfree_of_many),
	API_TEST(kvfree_without_pages),
	API_TEST(kvfree_waits_for_readers),
	API_TEST(kvfree_without_pages_waits_for_readers),
	API_TEST(kvfree_on_a_cpu_that_goes),
	API_TEST(kvfree_of_null),
	{}
};

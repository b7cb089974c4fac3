// SPDX-License-Identifier: GPL-2.0
/*
 * Objects freed after a grace period, by pages of a pool: all kinds of objects,
 * queued in all contexts, not before readers have finished; also without pages,
 * and from a CPU that goes offline.
 *
 * The pool's statistics say how many objects were freed.  Destroying the
 * objects' kmem_cache proves it: the kernel reports objects that are left.
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
	if (pool && CHECK_EQ(rsvpool_kvfree_enable(pool), 0))
		return pool;
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

static void check_all_freed(struct rsvpool *pool, u64 objects)
{
	CHECK_EQ(stat(pool, "kvfree_queued"), objects);
	CHECK_EQ(stat(pool, "kvfree_freed"), objects);
}

static void end(struct rsvpool *pool)
{
	rsvpool_kvfree_disable(pool);
	CHECK_EQ(stat(pool, "kvfree_freed"), stat(pool, "kvfree_queued"));
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
		CHECK_EQ(rsvpool_kvfree_enable(pool), -EINVAL);
		rsvpool_destroy(pool);
	}
	pool = counted_pool("wait", &source, 2, 2);
	if (pool)
		CHECK_EQ(rsvpool_kvfree_enable(pool), -EINVAL);
	counted_end(pool, &source);
}

/* Several users of one pool. */
static void test_kvfree_enabled_twice(void)
{
	struct rsvpool *pool = begin_pages(8);
	struct object *o;

	if (!pool)
		return;
	CHECK_EQ(rsvpool_kvfree_enable(pool), 0);
	o = object();
	rsvpool_kvfree_rcu(pool, o, rcu);
	rsvpool_kvfree_disable(pool);
	check_all_freed(pool, 1);
	o = object();
	rsvpool_kvfree_rcu(pool, o, rcu);
	end(pool);
}

static void test_kvfree_of_all_kinds(void)
{
	struct rsvpool *pool = begin_pages(8);
	struct object *o;

	if (!pool)
		return;
	o = NULL;
	rsvpool_kvfree_rcu(pool, o, rcu);
	rsvpool_kvfree_rcu(pool, o);
	o = object();
	rsvpool_kvfree_rcu(pool, o, rcu);
	o = object_init(kmalloc(sizeof(*o), GFP_KERNEL));
	rsvpool_kvfree_rcu(pool, o, rcu);
	o = object_init(kmalloc(LARGE, GFP_KERNEL));
	rsvpool_kvfree_rcu(pool, o, rcu);
	o = object_init(vmalloc(sizeof(*o)));
	rsvpool_kvfree_rcu(pool, o, rcu);
	o = object();
	rsvpool_kvfree_rcu(pool, o);
	o = object_init(vmalloc(LARGE));
	rsvpool_kvfree_rcu(pool, o);
	rsvpool_kvfree_rcu_barrier(pool);
	check_all_freed(pool, 6);
	CHECK_EQ(stat(pool, "kvfree_fallbacks"), 0);
	CHECK(stat(pool, "kvfree_pages") >= BARE);
	CHECK(stat(pool, "kvfree_grace_periods") > 0);
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
	rsvpool_kvfree_rcu(pool, o, rcu);
	WAIT_UNTIL(stat(pool, "kvfree_freed") == 1);
	end(pool);
}

struct gift {
	struct rsvpool *pool;
	struct object *object;
};

static void give(void *data)
{
	struct gift *gift = data;

	rsvpool_kvfree_rcu(gift->pool, gift->object, rcu);
}

static void test_kvfree_in_every_context(void)
{
	struct gift gift = { .pool = begin_pages(8) };
	const struct context *context;
	unsigned int nr = 0;

	if (!gift.pool)
		return;
	for (context = contexts; context->name; context++) {
		/* The form that may not be called in this context. */
		if (!strcmp(context->name, "NMI"))
			continue;
		gift.object = object();
		CHECK(context->go(give, &gift));
		nr++;
	}
	rsvpool_kvfree_rcu_barrier(gift.pool);
	check_all_freed(gift.pool, nr);
	CHECK_EQ(stat(gift.pool, "kvfree_fallbacks"), 0);
	end(gift.pool);
}

static void give_many(void *data, unsigned int index)
{
	struct rsvpool *pool = data;
	unsigned int i;

	for (i = 0; i < MANY; i++) {
		struct object *o = object();

		rsvpool_kvfree_rcu(pool, o, rcu);
		if (!(i % (MANY / 4)))
			rsvpool_kvfree_rcu_barrier(pool);
		cond_resched();
	}
}

static void test_kvfree_of_many(void)
{
	struct rsvpool *pool = begin_pages(256);

	if (!pool)
		return;
	crowd_run(CROWD, give_many, pool);
	rsvpool_kvfree_rcu_barrier(pool);
	check_all_freed(pool, CROWD * MANY);
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
		rsvpool_kvfree_rcu(pool, o, rcu);
	}
	o = object_init(vmalloc(sizeof(*o)));
	rsvpool_kvfree_rcu(pool, o, rcu);
	rsvpool_kvfree_rcu_barrier(pool);
	check_all_freed(pool, FULL_AND_OPEN + 1);
	CHECK_EQ(stat(pool, "kvfree_fallbacks"), FULL_AND_OPEN + 1);
	/* The object is freed when the call returns. */
	o = object();
	rsvpool_kvfree_rcu(pool, o);
	check_all_freed(pool, FULL_AND_OPEN + 2);
	CHECK_EQ(stat(pool, "kvfree_fallbacks"), FULL_AND_OPEN + 2);
	CHECK_EQ(stat(pool, "kvfree_pages"), 0);

	give_all(pool, elements, 2);
	o = object();
	rsvpool_kvfree_rcu(pool, o, rcu);
	CHECK_EQ(stat(pool, "kvfree_fallbacks"), FULL_AND_OPEN + 2);
	CHECK_EQ(stat(pool, "kvfree_pages"), 1);
	end(pool);
}

/* In the reader, the object is unchanged and not counted as freed. */
static void read_while_given(struct rsvpool *pool)
{
	struct object *o = object();
	unsigned int ms;

	rcu_read_lock();
	rsvpool_kvfree_rcu(pool, o, rcu);
	for (ms = 0; ms < READER_MS; ms++) {
		mdelay(1);
		if (stat(pool, "kvfree_freed") || o->magic != MAGIC)
			break;
	}
	rcu_read_unlock();
	CHECK_EQ(ms, READER_MS);
	rsvpool_kvfree_rcu_barrier(pool);
	check_all_freed(pool, 1);
}

static void test_kvfree_waits_for_readers(void)
{
	struct rsvpool *pool = begin_pages(8);

	if (!pool)
		return;
	read_while_given(pool);
	end(pool);
}

static void test_kvfree_without_pages_waits_for_readers(void)
{
	void *elements[ROOM];
	struct rsvpool *pool = begin_empty(elements);

	if (!pool)
		return;
	read_while_given(pool);
	give_all(pool, elements, 2);
	end(pool);
}

static void give_here(void *data)
{
	struct rsvpool *pool = data;
	struct object *o;
	unsigned int i;

	for (i = 0; i < FULL_AND_OPEN; i++) {
		o = kmem_cache_alloc(cache, GFP_NOWAIT);
		if (!o)
			continue;
		rsvpool_kvfree_rcu(pool, o, rcu);
	}
}

struct errand_there {
	struct work_struct work;
	struct rsvpool *pool;
};

static void give_there(struct work_struct *work)
{
	give_here(container_of(work, struct errand_there, work)->pool);
}

/*
 * Objects that an offline CPU has collected are freed, without a barrier.
 */
static void test_kvfree_on_a_cpu_that_goes(void)
{
	struct rsvpool *pool = begin_pages(64);
	unsigned int cpu = cpumask_next(0, cpu_online_mask), round;
	struct errand_there errand = { .pool = pool };

	if (!pool)
		return;
	INIT_WORK_ONSTACK(&errand.work, give_there);
	for (round = 0; cpu < nr_cpu_ids && round < CPU_ROUNDS; round++) {
		schedule_work_on(cpu, &errand.work);
		flush_work(&errand.work);
		if (!CHECK_EQ(remove_cpu(cpu), 0))
			break;
		WAIT_UNTIL(stat(pool, "kvfree_freed") ==
			   stat(pool, "kvfree_queued"));
		CHECK_EQ(add_cpu(cpu), 0);
	}
	destroy_work_on_stack(&errand.work);
	CHECK(stat(pool, "kvfree_queued") || cpu >= nr_cpu_ids);
	end(pool);
}

/*
 * For a script that checks the log; objects that are lost then are freed here.
 */
static void test_kvfree_enabling_forgotten(void)
{
	struct rsvpool_attr attr;
	struct rsvpool *pool;
	struct object *o;

	rsvpool_attr_init(&attr, "wait");
	attr.reserve = 2;
	pool = MAKE_POOL(&attr);
	if (!pool)
		return;
	o = object_init(kmalloc(sizeof(*o), GFP_KERNEL));
	rsvpool_kvfree_rcu(pool, o, rcu);
	CHECK_EQ(stat(pool, "kvfree_queued"), 1);
	CHECK_EQ(stat(pool, "kvfree_freed"), 0);
	kfree(o);
	/* A caller that may sleep waits for a grace period instead. */
	o = object_init(kmalloc(sizeof(*o), GFP_KERNEL));
	rsvpool_kvfree_rcu(pool, o);
	CHECK_EQ(stat(pool, "kvfree_freed"), 1);
	rsvpool_destroy(pool);
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
	API_TEST(kvfree_enabling_forgotten),
	{}
};

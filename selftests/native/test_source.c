// SPDX-License-Identifier: GPL-2.0
/*
 * test_source - source.c: several elements by one call of the kernel's, where that
 * gives fewer, or none, or reaches the maximum, or has none at all; and the grace
 * period before a lent element goes back
 */
#include <linux/rsvpool_lend.h>

#include "depot.h"
#include "native_test.h"
#include "source.h"
#include "stats.h"

#define RESERVE	40
#define MAX	50
#define BULKS	4	/* what the bulk call gives at most, in some tests */
#define SIZE	64
#define LENT	3
#define CONTENT	0x5c

static struct rsvpool *pool;
static struct kmem_cache objects = { .size = SIZE };

static struct rsvpool *pool_try(enum rsvpool_source source)
{
	struct rsvpool_attr attr;

	rsvpool_attr_init(&attr, "source");
	attr.source = source;
	if (source == RSVPOOL_KMEM_CACHE)
		attr.kmem_cache = &objects;
	else if (source == RSVPOOL_KMALLOC)
		attr.size = SIZE;
	attr.lend = source == RSVPOOL_KMALLOC;
	attr.reserve = RESERVE;
	attr.max = MAX;
	attr.cache = 0;
	attr.low = RESERVE;
	attr.high = RESERVE;
	attr.high_max = MAX;
	attr.adaptive = false;
	return rsvpool_create(&attr);
}

static void pool_make(enum rsvpool_source source)
{
	native_bulk_calls = 0;
	pool = pool_try(source);
	MUST(!IS_ERR(pool), "no pool: %s", native_line);
	settle();
}

static u64 counted(enum rsvpool_stat nr)
{
	return stats_sum(pool, nr);
}

/* The reserve is there, each element once, and as many are counted. */
static bool all_there(unsigned int nr)
{
	void *elements[MAX];
	unsigned int i, j;
	bool ok = true;

	for (i = 0; i < nr; i++) {
		elements[i] = rsvpool_tryalloc(pool);
		if (!elements[i])
			break;
		for (j = 0; j < i; j++)
			ok &= elements[j] != elements[i];
	}
	ok &= i == nr && atomic_read(&pool->total) >= (int)nr;
	while (i)
		rsvpool_free(pool, elements[--i]);
	settle();
	return ok;
}

static void test_bulk(enum rsvpool_source source, const char *name)
{
	pool_make(source);
	result(all_there(RESERVE) && native_bulk_calls == 1 &&
	       atomic_read(&pool->total) == RESERVE &&
	       atomic_read(&pool->peak) == RESERVE &&
	       counted(STAT_NODE_HIT) == RESERVE && !counted(STAT_SOURCE_FAILS),
	       "%s: the reserve comes by one call, and is counted", name);
	rsvpool_destroy(pool);

	native_bulk = BULKS;
	pool_make(source);
	result(all_there(RESERVE) && atomic_read(&pool->total) == RESERVE &&
	       counted(STAT_NODE_HIT) == RESERVE && !counted(STAT_SOURCE_FAILS),
	       "%s: what the bulk call does not bring comes singly", name);
	rsvpool_destroy(pool);
	native_bulk = UINT_MAX;
}

/* The source goes dry in the middle: nothing is left behind. */
static void test_dry(enum rsvpool_source source, const char *name)
{
	pool_make(source);
	rsvpool_destroy(pool);
	native_memory = 0;
	pool = pool_try(source);
	result(IS_ERR(pool), "%s: no pool without memory", name);
	native_memory = SIZE_MAX;
}

/* The worker wants more than may exist. */
static void test_max(void)
{
	void *elements[MAX];
	unsigned int i;

	pool_make(RSVPOOL_PAGES);
	for (i = 0; i < RESERVE; i++)
		elements[i] = rsvpool_tryalloc(pool);
	settle();
	result(atomic_read(&pool->total) == MAX &&
	       atomic_read(&pool->peak) == MAX &&
	       atomic_read(&pool->refill_state) == REFILL_AT_MAX,
	       "no more than max exist, and that ends the worker's run");
	while (i)
		rsvpool_free(pool, elements[--i]);
	settle();
	result(all_there(RESERVE), "then the whole reserve can be allocated");
	rsvpool_destroy(pool);
}

/* Requests that are to fail are single ones. */
static void test_inject(void)
{
	void *element;

	pool_make(RSVPOOL_PAGES);
	atomic_set(&pool->inject_n, 1);
	WRITE_ONCE(pool->inject, INJECT_NEXT);
	native_bulk_calls = 0;
	element = rsvpool_tryalloc(pool);
	settle();
	result(!native_bulk_calls && counted(STAT_SOURCE_FAILS) == 1,
	       "a request that is to fail is not part of a bulk call");
	rsvpool_free(pool, element);
	settle();
	rsvpool_destroy(pool);
}

/*
 * A reader has found its loans alive, and is still in its read-side critical section
 * when the elements leave the depot for the source: they still exist.
 * AddressSanitizer stops the test if they do not.
 */
static void test_grace(void)
{
	struct rsvpool_loan loans[LENT];
	unsigned char *lent[LENT];
	void *elements[RESERVE];
	unsigned int nr, i, j, live = 0;
	bool ok = true, read = true;

	pool_make(RSVPOOL_KMALLOC);
	for (i = 0; i < LENT; i++)
		lent[i] = rsvpool_tryalloc(pool);
	for (i = 0; i < LENT; i++) {
		memset(lent[i], CONTENT, SIZE);
		ok &= rsvpool_lend(pool, lent[i], &loans[i]);
	}
	settle();
	MUST(!rsvpool_resize(pool, 1), "not resized: %s", native_line);
	MUST(ok && atomic_read(&pool->total) == RESERVE, "a wrong start");

	rcu_read_lock();
	for (i = 0; i < LENT; i++)
		ok &= rsvpool_loan_live(&loans[i]);
	/* Lent elements go last, and one stays for the reserve. */
	nr = depot_take_surplus(pool, elements, RESERVE, 0);
	for (i = 0; i < nr; i++)
		source_free(pool, elements[i]);
	for (i = 0; i < LENT; i++)
		for (j = sizeof(struct llist_node); j < SIZE; j++)
			read &= lent[i][j] == CONTENT;
	for (i = 0; i < LENT; i++)
		live += rsvpool_loan_live(&loans[i]);
	ok &= nr == RESERVE - 1 && stats_deferred(pool) == nr && live == 1;
	rcu_read_unlock();
	result(ok && read && atomic_read(&pool->total) == RESERVE,
	       "lend: elements on their way to the source exist for a reader");
	source_drain(pool);
	result(!stats_deferred(pool) && atomic_read(&pool->total) == 1,
	       "lend: and are there after the grace period");
	rsvpool_destroy(pool);
}

int main(void)
{
	plan(11);
	test_bulk(RSVPOOL_PAGES, "pages");
	test_bulk(RSVPOOL_KMEM_CACHE, "kmem_cache");
	test_dry(RSVPOOL_PAGES, "pages");
	test_dry(RSVPOOL_KMEM_CACHE, "kmem_cache");
	test_max();
	test_inject();
	test_grace();
	return finish();
}

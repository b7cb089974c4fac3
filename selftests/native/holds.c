// SPDX-License-Identifier: GPL-2.0
/*
 * Instructions under the depot's lock: see holds.h.
 *
 * Each way is one call, made in a state in which it takes the lock once.  An
 * instruction counts if the lock is held after it; what an empty hold has, the
 * shim's own, is taken off.  A kernel's lock has others.
 *
 * Where the depot is below a watermark, or a task waits, a hold does more, whatever
 * the number of elements: serve, fill slots, tell frees.  The bar is for the common
 * case, and for those with 64 elements.  Sleepers are in the shim's list, not in a
 * tree: a kernel takes some 90 instructions more for each.
 */
#include <pthread.h>
#include <unistd.h>

#include "cache.h"
#include "depot.h"
#include "holds.h"
#include "native_test.h"
#include "refill.h"
#include "threads.h"
#include "wait.h"

#define RESERVE		128U
#define LOW		256U
#define MAX		768U
#define CACHE		64U
#define BATCH		16U

static struct numbers numbers;
static struct rsvpool *cached, *uncached;
static void *out[MAX];
static unsigned int nr_out;

static struct rsvpool *pool_make(const char *name, unsigned int cache)
{
	struct rsvpool_attr attr;
	struct rsvpool *pool;

	rsvpool_attr_init(&attr, name);
	attr.source = RSVPOOL_OPS;
	attr.ops = &number_ops;
	attr.data = &numbers;
	attr.size = 64;
	attr.reserve = RESERVE;
	attr.max = MAX;
	attr.low = LOW;
	attr.high = MAX;
	attr.cache = cache;
	attr.cache_max = cache;
	attr.batch = BATCH;
	attr.adaptive = false;
	pool = rsvpool_create(&attr);
	MUST(!IS_ERR(pool), "no pool: %s", native_line);
	refill_run(pool);
	MUST(pool->depot.count == MAX, "%u elements", pool->depot.count);
	return pool;
}

static void take(struct rsvpool *pool)
{
	void *element = rsvpool_tryalloc(pool);

	MUST(element, "no element");
	out[nr_out++] = element;
}

static void give(struct rsvpool *pool)
{
	rsvpool_free(pool, out[--nr_out]);
}

/* All elements come back to the depot, but for what the cache keeps. */
static void give_all(struct rsvpool *pool)
{
	while (nr_out)
		give(pool);
}

/* Take elements until the depot has @count. */
static void depot_have(unsigned int count)
{
	while (uncached->depot.count > count)
		take(uncached);
}

/*
 * The states, and the calls
 */

static void cache_is_empty(void)
{
	while (!nr_out || cache_count(cached, 0))
		take(cached);
}

static void cache_is_full(void)
{
	while (nr_out < 2 * CACHE)
		take(cached);
	while (cache_count(cached, 0) < CACHE)
		give(cached);
}

static void some_out(void)
{
	depot_have(MAX - 128);
}

static void all_there(void)
{
}

static void at_low(void)
{
	depot_have(LOW);
}

static void at_min(void)
{
	depot_have(RESERVE);
}

static void below_min(void)
{
	depot_have(RESERVE - 64);
}

static void call_take_cached(void)
{
	take(cached);
}

static void call_give_cached(void)
{
	give(cached);
}

static void call_take(void)
{
	take(uncached);
}

static void call_give(void)
{
	give(uncached);
}

static void take_bulk(unsigned int nr)
{
	MUST(!rsvpool_tryalloc_bulk(uncached, nr, out + nr_out), "no bulk");
	nr_out += nr;
}

static void give_bulk(unsigned int nr)
{
	nr_out -= nr;
	rsvpool_free_bulk(uncached, nr, out + nr_out);
}

static void call_take16(void) { take_bulk(16); }
static void call_give16(void) { give_bulk(16); }
static void call_take64(void) { take_bulk(64); }
static void call_give64(void) { give_bulk(64); }

/* What the refill worker does. */
static void call_put(void)
{
	nr_out -= BATCH;
	MUST(depot_put_many(uncached, out + nr_out, BATCH) == BATCH, "no room");
}

static void call_surplus(void)
{
	MUST(depot_take_surplus(uncached, out + nr_out, BATCH, LOW) == BATCH,
	     "no surplus");
	nr_out += BATCH;
}

/*
 * @state: what the call needs
 * @sleeper: another thread waits for an element; that is its state
 */
static const struct way {
	struct hold hold;
	void (*state)(void);
	void (*call)(void);
	bool sleeper;
} ways[] = {
	{ { "refill", true, 1 + BATCH }, cache_is_empty, call_take_cached },
	{ { "flush", true, 1 + BATCH }, cache_is_full, call_give_cached },
	{ { "bulk16_take", true, 16 }, all_there, call_take16 },
	{ { "bulk16_give", true, 16 }, some_out, call_give16 },
	{ { "bulk64_take", true, 64 }, all_there, call_take64 },
	{ { "bulk64_give", true, 64 }, some_out, call_give64 },
	{ { "worker_put", true, BATCH }, some_out, call_put },
	{ { "worker_surplus", true, BATCH }, all_there, call_surplus },
	{ { "bulk16_take_low", false, 16 }, at_low, call_take16 },
	{ { "bulk64_take_min", true, 64 }, at_min, call_take64 },
	{ { "bulk64_give_min", true, 64 }, below_min, call_give64 },
	{ { "bulk64_give_sleeper", false, 64 }, NULL, call_give64, true },
	{ { "bulk16_give_sleeper", false, 16 }, NULL, call_give16, true },
	{ { "take", false, 1 }, all_there, call_take },
	{ { "give", false, 1 }, some_out, call_give },
	{ { "take_low", false, 1 }, at_low, call_take },
	{ { "take_min", false, 1 }, at_min, call_take },
	{ { "give_min", false, 1 }, below_min, call_give },
	{ { "give_sleeper", false, 1 }, NULL, call_give, true },
};

static struct hold measured[ARRAY_SIZE(ways)];

/*
 * A thread that waits for an element, of a pool whose source has none
 */

static void *wait_for_one(void *arg)
{
	void *element;

	machine_enter(1);
	element = rsvpool_alloc(uncached, GFP_KERNEL);
	MUST(element, "the sleeper got nothing");
	rsvpool_free(uncached, element);
	machine_leave();
	return NULL;
}

static pthread_t sleeper_start(void)
{
	pthread_t thread;

	numbers.dry = true;
	while (uncached->depot.count)
		take(uncached);
	MUST(!pthread_create(&thread, NULL, wait_for_one, NULL), "no thread");
	while (!READ_ONCE(uncached->depot.waiting))
		usleep(100);
	return thread;
}

static noinline void empty_hold(void)
{
	raw_spinlock_t *lock = &uncached->depot.lock;
	unsigned long flags;

	raw_spin_lock_irqsave(lock, flags);
	raw_spin_unlock_irqrestore(lock, flags);
}

/* Returns the instructions with the lock held; @all: of the whole call. */
static unsigned long steps(struct rsvpool *pool, void (*call)(void),
			   unsigned long *all)
{
	unsigned long steps = machine_counts.steps;
	unsigned long held = machine_counts.held;
	unsigned long holds = machine_counts.holds;

	machine_watched = &pool->depot.lock;
	machine_step_begin(UINT_MAX);
	call();
	machine_step_end();
	machine_watched = NULL;
	MUST(machine_counts.holds - holds == 1, "the lock was taken %lu times",
	     machine_counts.holds - holds);
	*all = machine_counts.steps - steps;
	return machine_counts.held - held;
}

static void measure(unsigned int i, unsigned long empty)
{
	const struct way *w = &ways[i];
	struct hold *h = &measured[i];
	struct rsvpool *pool = i < 2 ? cached : uncached;
	pthread_t thread;
	int before;

	*h = w->hold;
	if (w->sleeper)
		thread = sleeper_start();
	else
		w->state();
	before = pool->depot.count;
	h->held = steps(pool, w->call, &h->all) - empty;
	if (w->sleeper)
		pthread_join(thread, NULL);
	else
		MUST(abs((int)pool->depot.count - before) == (int)h->elements,
		     "%s: %u elements before, %u after", h->name, before,
		     pool->depot.count);
	give_all(pool);
	numbers.dry = false;
}

void holds_measure(void)
{
	unsigned long empty, all;
	unsigned int i;

	cached = pool_make("holds_cached", CACHE);
	uncached = pool_make("holds_uncached", 0);
	empty = steps(uncached, empty_hold, &all);
	for (i = 0; i < ARRAY_SIZE(ways); i++)
		measure(i, empty);
	rsvpool_destroy(cached);
	rsvpool_destroy(uncached);
}

const struct hold *hold_measured(unsigned int i)
{
	return i < ARRAY_SIZE(ways) ? &measured[i] : NULL;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Every outcome of every call that requests elements, for a script that
 * compares the trace with the statistics.  The pool "account" stays until
 * "account_end".
 */
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "internal.h"
#include "wait.h"

#undef pr_fmt
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#define RESERVE		12
#define NMI_RESERVE	4
#define RAISED		20	/* the reserve that its elements are not there for */

static struct rsvpool *pool;
static void *held[64];
static unsigned int nr_held;
static struct rsvpool_ops blocking_ops;
static struct counted source;
static bool blocked;		/* the source blocks */
static bool asked;		/* it has been called */

static void *blocking_alloc(gfp_t gfp, int node, void *data)
{
	WRITE_ONCE(asked, true);
	while (READ_ONCE(blocked))
		schedule_timeout_idle(1);
	return counted_ops.alloc(gfp, node, data);
}

/* A source that sleeps, so that only tasks call it. */
static void test_account_begin(void)
{
	struct rsvpool_attr attr;

	blocking_ops = counted_ops;
	blocking_ops.alloc = blocking_alloc;
	blocked = false;
	nr_held = 0;
	counted_init(&source);
	counted_attr(&attr, "account", &source);
	attr.ops = &blocking_ops;
	attr.source_sleeps = true;
	attr.reserve = RESERVE;
	attr.nmi_reserve = NMI_RESERVE;
	attr.max = 64;
	attr.cache = 4;
	attr.low = RESERVE;
	attr.high = RESERVE;
	attr.adaptive = false;
	pool = MAKE_POOL(&attr);
}

static void test_account_end(void)
{
	counted_end(pool, &source);
	pool = NULL;
}

static bool take(void *element)
{
	if (!element)
		return false;
	held[nr_held++] = element;
	return true;
}

static void give_held(unsigned int nr)
{
	while (nr-- && nr_held)
		rsvpool_free(pool, held[--nr_held]);
}

/* From the source, while it gives elements, and through the cache. */
static void test_account_answered(void)
{
	unsigned int i;

	for (i = 0; i < 3; i++)
		CHECK(take(rsvpool_alloc(pool, GFP_KERNEL)));
	CHECK(take(rsvpool_tryalloc(pool)));
	CHECK(take(rsvpool_alloc_killable(pool, GFP_KERNEL)));
	CHECK(take(rsvpool_alloc_timeout(pool, GFP_KERNEL, 1)));
	CHECK_EQ(rsvpool_tryalloc_bulk(pool, 3, held + nr_held), 0);
	nr_held += 3;
	CHECK_EQ(rsvpool_alloc_bulk(pool, GFP_KERNEL, 3, held + nr_held), 0);
	nr_held += 3;
	rsvpool_free_bulk(pool, 3, held + nr_held - 3);
	nr_held -= 3;
	give_held(nr_held);
	CHECK(take(rsvpool_tryalloc(pool)));
	give_held(1);
}

/* One more, perhaps of another CPU's cache: a sleeper makes that give it back. */
static bool holds_all(void)
{
	if (nr_held < READ_ONCE(source.live))
		take(rsvpool_alloc_timeout(pool, GFP_KERNEL, HZ / 4));
	return nr_held == READ_ONCE(source.live);
}

static void drain(void)
{
	WRITE_ONCE(source.fails, true);
	while (nr_held < ARRAY_SIZE(held) && take(rsvpool_tryalloc(pool)))
		;
	SOON(holds_all());
}

/* No element is left: every kind of request fails, each in its own way. */
static void test_account_refused(void)
{
	struct rsvpool_want want = { .pool = pool, .nr = 2 };
	struct asker killed = {
		.pool = pool, .ask = ask_killable, .gfp = GFP_KERNEL,
	};
	struct rsvpool_section section;
	void *elements[4];
	u64 fails;

	drain();
	fails = stat(pool, "alloc_fail");
	CHECK(!rsvpool_tryalloc(pool));
	CHECK(!rsvpool_alloc(pool, GFP_NOWAIT));
	CHECK(!rsvpool_alloc_timeout(pool, GFP_KERNEL, 0));
	CHECK(!rsvpool_alloc_timeout(pool, GFP_KERNEL, 2));
	CHECK_EQ(rsvpool_tryalloc_bulk(pool, 2, elements), -ENOMEM);
	CHECK_EQ(rsvpool_alloc_bulk(pool, GFP_NOWAIT, 2, elements), -ENOMEM);
	want.elements = elements;
	CHECK_EQ(rsvpool_claim(&want, 1, GFP_NOWAIT), -ENOMEM);
	CHECK(rsvpool_section_begin(&section, pool, 2,
				    RSVPOOL_SECTION_PRIVATE |
				    RSVPOOL_SECTION_NOWAIT));
	CHECK_EQ(stat(pool, "alloc_fail"), fails + 8);
	if (asker_queue(&killed)) {
		send_sig(SIGKILL, killed.task, 1);
		SOON(asker_answered(&killed));
		CHECK(!killed.elements[0]);
	}
	asker_end(&killed);
	CHECK_EQ(stat(pool, "alloc_fail"), fails + 9);
	give_held(nr_held);
}

/* Sleepers are served by a free meanwhile. */
static void test_account_waited(void)
{
	struct asker asker = {
		.pool = pool, .ask = ask_plain, .gfp = GFP_KERNEL,
	};

	drain();
	if (asker_queue(&asker)) {
		give_held(1);
		SOON(asker_answered(&asker));
	}
	asker_end(&asker);
	give_held(nr_held);
	WRITE_ONCE(source.fails, false);
}

static void ask_resize(struct asker *asker)
{
	asker->err = rsvpool_resize(asker->pool, RAISED);
}

/* While min rises: elements taken from below the min that it rises to. */
static void test_account_rising(void)
{
	struct asker asker = { .pool = pool, .ask = ask_resize };
	u64 below;

	WRITE_ONCE(blocked, true);
	WRITE_ONCE(asked, false);
	below = stat(pool, "alloc_reserve");
	if (CHECK(asker_start(&asker))) {
		/* Then min rises. */
		SOON(READ_ONCE(asked));
		while (nr_held < RESERVE && take(rsvpool_tryalloc(pool)))
			;
		CHECK(stat(pool, "alloc_reserve") > below);
	}
	WRITE_ONCE(blocked, false);
	SOON(asker_answered(&asker));
	asker_stop(&asker);
	CHECK_EQ(asker.err, 0);
	give_held(nr_held);
}

/*
 * In NMI: how many to take, and how many were taken; or the elements to free.
 */
struct nmi_call {
	unsigned int nr;
	void **elements;
	bool got;
};

static void nmi_take_one(void *data)
{
	struct nmi_call *call = data;

	*call->elements = rsvpool_tryalloc(pool);
	call->got = *call->elements;
}

static void nmi_take(void *data)
{
	struct nmi_call *call = data;

	call->got = !rsvpool_tryalloc_bulk(pool, call->nr, call->elements);
}

static void nmi_give_one(void *data)
{
	struct nmi_call *call = data;

	rsvpool_free(pool, *call->elements);
}

static void nmi_give(void *data)
{
	struct nmi_call *call = data;

	rsvpool_free_bulk(pool, call->nr, call->elements);
}

static bool go_nmi_locked(void (*fn)(void *data), void *data)
{
	unsigned long flags;
	bool came;

	raw_spin_lock_irqsave(&pool->depot.lock, flags);
	came = go_nmi(fn, data);
	raw_spin_unlock_irqrestore(&pool->depot.lock, flags);
	return came;
}

/*
 * One call, which takes as many as @held has room for; with the depot's lock
 * held or not.
 */
static bool in_nmi_take(unsigned int nr, bool locked)
{
	struct nmi_call call = { .nr = nr, .elements = held + nr_held };
	void (*fn)(void *data) = nr == 1 ? nmi_take_one : nmi_take;

	CHECK(locked ? go_nmi_locked(fn, &call) : go_nmi(fn, &call));
	if (call.got)
		nr_held += nr;
	return call.got;
}

static void in_nmi_give(unsigned int nr, bool locked)
{
	struct nmi_call call = { .nr = nr };
	void (*fn)(void *data) = nr == 1 ? nmi_give_one : nmi_give;

	if (!CHECK(nr <= nr_held))
		return;
	nr_held -= nr;
	call.elements = held + nr_held;
	CHECK(locked ? go_nmi_locked(fn, &call) : go_nmi(fn, &call));
}

/* With the depot's lock free, and in an NMI that interrupts its holder. */
static void nmi_calls(bool locked)
{
	drain();
	CHECK(!in_nmi_take(1, locked));
	CHECK(!in_nmi_take(2, locked));
	/* More elements than slots and a cache have room for. */
	in_nmi_give(3, locked);
	while (nr_held)
		in_nmi_give(1, locked);
	CHECK(in_nmi_take(1, locked));
	CHECK(in_nmi_take(2, locked));
	while (nr_held < ARRAY_SIZE(held) && in_nmi_take(1, locked))
		;
	give_held(nr_held);
}

static void test_account_nmi(void)
{
	u64 nmi, parked;

	if (!has_nmi() || !CHECK(contexts_start()))
		return;
	nmi_calls(false);
	nmi = stat(pool, "alloc_nmi");
	parked = stat(pool, "free_parked");
	nmi_calls(true);
	CHECK(stat(pool, "alloc_nmi") > nmi);
	CHECK(stat(pool, "free_parked") > parked);
	CHECK(stat(pool, "free_nmi"));
	WRITE_ONCE(source.fails, false);
	contexts_stop();
}

const struct api_test account_tests[] = {
	API_TEST(account_begin),
	API_TEST(account_answered),
	API_TEST(account_refused),
	API_TEST(account_waited),
	API_TEST(account_rising),
	API_TEST(account_nmi),
	API_TEST(account_end),
	{}
};

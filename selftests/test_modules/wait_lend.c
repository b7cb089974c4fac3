// SPDX-License-Identifier: GPL-2.0
/*
 * Lending: a freed element can be read until the pool needs it, and no later
 * read succeeds; lending changes neither the pool's guarantee nor its queue nor
 * its bound; and memory does not go back to the source while a reader uses it.
 */
#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/rcupdate.h>
#include <linux/rsvpool_lend.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "wait.h"

#define BYTES		256
#define NR		8
#define READER_MS	10000	/* shorter than a stall warning's time */
#define READER_TRIES	10
#define CONTEXT_LOOPS	50

/* A pool that lends, with max NR and without caches. */
static void lend_attr(struct rsvpool_attr *attr)
{
	rsvpool_attr_init(attr, "wait");
	attr->source = RSVPOOL_KMALLOC;
	attr->size = BYTES;
	attr->reserve = NR;
	attr->max = NR;
	attr->cache = 0;
	attr->low = 0;
	attr->high = 0;
	attr->adaptive = false;
	attr->lend = true;
}

static struct rsvpool *lend_pool(void)
{
	struct rsvpool_attr attr;

	lend_attr(&attr);
	return MAKE_POOL(&attr);
}

static bool lend(struct rsvpool *pool, void *element, u8 content,
		 struct rsvpool_loan *loan)
{
	memset(element, content, BYTES);
	return rsvpool_lend(pool, element, loan);
}

/*
 * Is the loan alive, and the content as it was lent?  No CHECK(): for any
 * context.
 */
static bool reads(const struct rsvpool_loan *loan, u8 content)
{
	u8 copy[BYTES];

	memset(copy, ~content, sizeof(copy));
	return rsvpool_loan_read(loan, copy, 0, BYTES) &&
		!memchr_inv(copy, content, BYTES) && rsvpool_loan_live(loan);
}

static bool dead(const struct rsvpool_loan *loan)
{
	u8 copy;

	return !rsvpool_loan_live(loan) &&
		!rsvpool_loan_read(loan, &copy, 0, 1);
}

/* Lend all elements of an idle pool, with content 0, 1, ... */
static void lend_all(struct rsvpool *pool, struct rsvpool_loan *loans)
{
	void *elements[NR];
	unsigned int i;

	CHECK_EQ(take_all(pool, elements, NR), NR);
	for (i = 0; i < NR; i++)
		CHECK(lend(pool, elements[i], i, &loans[i]));
	for (i = 0; i < NR; i++)
		CHECK(reads(&loans[i], i));
}

static unsigned int nr_alive(const struct rsvpool_loan *loans)
{
	unsigned int i, n = 0;

	for (i = 0; i < NR; i++) {
		if (reads(&loans[i], i))
			n++;
		else
			CHECK(dead(&loans[i]));
	}
	return n;
}

static void refused(const struct rsvpool_attr *attr, int line)
{
	struct rsvpool *pool = rsvpool_create(attr);

	api_check(IS_ERR(pool) && PTR_ERR(pool) == -EINVAL, __FILE__, line,
		  "gave %d", PTR_ERR_OR_ZERO(pool));
	if (!IS_ERR_OR_NULL(pool))
		rsvpool_destroy(pool);
}

static void test_lend_refuses(void)
{
	struct rsvpool_attr attr;
	struct counted source;
	struct rsvpool *opaque;

	lend_attr(&attr);
	attr.opaque = true;
	refused(&attr, __LINE__);
	lend_attr(&attr);
	attr.max = 0;
	refused(&attr, __LINE__);

	opaque = counted_pool("wait-opaque", &source, NR, NR);
	if (opaque) {
		lend_attr(&attr);
		attr.source = RSVPOOL_POOL;
		attr.size = 0;
		attr.parent = opaque;
		refused(&attr, __LINE__);
	}
	counted_end(opaque, &source);

	counted_init(&source);
	counted_attr(&attr, "wait", &source);
	attr.lend = true;
	refused(&attr, __LINE__);
}

/* In a pool that does not lend, rsvpool_lend() is a free. */
static void test_lend_is_a_free(void)
{
	struct rsvpool_loan loan;
	struct rsvpool_attr attr;
	struct rsvpool *pool;

	lend_attr(&attr);
	attr.lend = false;
	pool = MAKE_POOL(&attr);
	if (!pool)
		return;
	CHECK(!lend(pool, rsvpool_tryalloc(pool), 1, &loan));
	CHECK(dead(&loan));
	CHECK(holds(pool, NR));
	CHECK_EQ(stat(pool, "lent"), 0);
	rsvpool_destroy(pool);
}

static void test_lend_parts(void)
{
	struct rsvpool *pool = lend_pool();
	struct rsvpool_loan loan;
	u8 *element, copy[4];

	if (!pool)
		return;
	element = rsvpool_tryalloc(pool);
	memset(element, 0, BYTES);
	element[0] = 1;
	element[BYTES - 1] = 2;
	CHECK(rsvpool_lend(pool, element, &loan));
	CHECK(rsvpool_loan_read(&loan, copy, 0, 1) && copy[0] == 1);
	CHECK(rsvpool_loan_read(&loan, copy, BYTES - 2, 2) && copy[1] == 2);
	CHECK(rsvpool_loan_read(&loan, copy, BYTES, 0));
	rsvpool_destroy(pool);
}

/* All elements are lent, and all can be allocated. */
static void test_lend_guarantee(void)
{
	struct rsvpool *pool = lend_pool();
	struct rsvpool_loan loans[NR];
	void *elements[NR];
	unsigned int i;

	if (!pool)
		return;
	lend_all(pool, loans);
	/* Overwrite the whole element, as a new owner. */
	for (i = 0; i < NR; i++) {
		elements[i] = rsvpool_tryalloc(pool);
		if (!CHECK(elements[i]))
			break;
		memset(elements[i], 0xff, BYTES);
		CHECK_EQ(nr_alive(loans), NR - i - 1);
	}
	CHECK(all_different(elements, i));
	CHECK(!rsvpool_tryalloc(pool));
	give_all(pool, elements, i);
	CHECK_EQ(nr_alive(loans), 0);
	CHECK_EQ(stat(pool, "lent"), NR);
	CHECK_EQ(stat(pool, "revoked"), NR);
	CHECK_EQ(stat(pool, "peak"), NR);

	lend_all(pool, loans);
	CHECK_EQ(rsvpool_tryalloc_bulk(pool, NR, elements), 0);
	CHECK_EQ(nr_alive(loans), 0);
	CHECK(all_different(elements, NR));
	rsvpool_free_bulk(pool, NR, elements);

	lend_all(pool, loans);
	CHECK_EQ(rsvpool_alloc_bulk(pool, GFP_KERNEL, 3, elements), 0);
	CHECK_EQ(nr_alive(loans), NR - 3);
	rsvpool_free_bulk(pool, 3, elements);
	CHECK_EQ(nr_alive(loans), NR - 3);
	CHECK(holds(pool, NR));
	rsvpool_destroy(pool);
}

/* Elements that are not lent are taken first, then the oldest loan. */
static void test_lend_order(void)
{
	struct rsvpool *pool = lend_pool();
	struct rsvpool_loan loans[NR];
	void *elements[NR];

	if (!pool)
		return;
	CHECK_EQ(take_all(pool, elements, 2), 2);
	CHECK(lend(pool, elements[0], 0, &loans[0]));
	CHECK(lend(pool, elements[1], 1, &loans[1]));
	CHECK_EQ(take_all(pool, elements, NR - 2), NR - 2);
	CHECK(reads(&loans[0], 0));
	CHECK(reads(&loans[1], 1));
	elements[NR - 2] = rsvpool_tryalloc(pool);
	CHECK(dead(&loans[0]));
	CHECK(reads(&loans[1], 1));
	give_all(pool, elements, NR - 1);
	CHECK(dead(&loans[0]));
	CHECK(reads(&loans[1], 1));
	rsvpool_destroy(pool);
}

/* No more loans than min: a new loan replaces an old one. */
static void test_lend_bound(void)
{
	struct rsvpool_loan loans[2 * NR];
	void *elements[2 * NR];
	struct rsvpool_attr attr;
	struct rsvpool *pool;
	unsigned int i, n;

	lend_attr(&attr);
	attr.max = 2 * NR;
	pool = MAKE_POOL(&attr);
	if (!pool)
		return;
	for (n = 0; n < 2 * NR; n++) {
		elements[n] = rsvpool_alloc(pool, GFP_KERNEL);
		if (!CHECK(elements[n]))
			break;
	}
	for (i = 0; i < n; i++)
		CHECK(lend(pool, elements[i], i, &loans[i]));
	for (i = 0; i < n; i++) {
		if (i < n - NR)
			CHECK(dead(&loans[i]));
		else
			CHECK(reads(&loans[i], i));
	}
	CHECK_EQ(stat(pool, "peak"), 2 * NR);
	rsvpool_destroy(pool);
}

static void test_lend_to_a_sleeper(void)
{
	struct rsvpool *pool = lend_pool();
	struct asker asker = {
		.pool = pool,
		.ask = ask_plain,
		.gfp = GFP_KERNEL,
	};
	struct rsvpool_loan loan;
	void *elements[NR];

	if (!pool)
		return;
	CHECK_EQ(take_all(pool, elements, NR), NR);
	if (asker_queue(&asker)) {
		CHECK(!lend(pool, elements[0], 1, &loan));
		CHECK(dead(&loan));
		elements[0] = NULL;
	}
	asker_end(&asker);
	give_all(pool, elements + 1, NR - 1);
	if (elements[0])
		rsvpool_free(pool, elements[0]);
	CHECK(holds(pool, NR));
	rsvpool_destroy(pool);
}

/* The NMI reserve is not lent: it would have to be handed out without a lock. */
static void test_lend_to_a_slot(void)
{
	struct rsvpool_loan loans[NR];
	struct rsvpool_attr attr;
	struct rsvpool *pool;
	void *elements[NR];
	unsigned int i, n = 0;

	lend_attr(&attr);
	attr.nmi_reserve = 2;
	pool = MAKE_POOL(&attr);
	if (!pool)
		return;
	CHECK_EQ(take_all(pool, elements, NR), NR);
	for (i = 0; i < NR; i++)
		n += lend(pool, elements[i], i, &loans[i]);
	CHECK_EQ(n, NR - 2);
	CHECK_EQ(nr_alive(loans), NR - 2);
	CHECK(holds(pool, NR));
	rsvpool_destroy(pool);
}

static void test_lend_zero(void)
{
	struct rsvpool_loan loans[NR];
	struct rsvpool_attr attr;
	struct rsvpool *pool;
	void *element;

	lend_attr(&attr);
	attr.zero = true;
	pool = MAKE_POOL(&attr);
	if (!pool)
		return;
	lend_all(pool, loans);
	element = rsvpool_tryalloc(pool);
	CHECK(!memchr_inv(element, 0, BYTES));
	CHECK_EQ(nr_alive(loans), NR - 1);
	rsvpool_free(pool, element);
	rsvpool_destroy(pool);
}

/* debug=1 neither fills lent elements with a pattern nor checks them. */
static void test_lend_debug(void)
{
	struct rsvpool_loan loans[NR];
	struct rsvpool_attr attr;
	struct rsvpool *pool;
	unsigned int i;

	lend_attr(&attr);
	attr.debug = true;
	pool = MAKE_POOL(&attr);
	if (!pool)
		return;
	for (i = 0; i < 3; i++) {
		lend_all(pool, loans);
		CHECK(holds(pool, NR));
		CHECK(holds(pool, NR));
		CHECK_EQ(nr_alive(loans), 0);
	}
	rsvpool_destroy(pool);
}

/*
 * Every context.
 */

struct visit {
	struct rsvpool *pool;
	unsigned int lent;
	unsigned int wrong;
	unsigned int missing;
};

static void visit_fn(void *data)
{
	struct visit *visit = data;
	struct rsvpool_loan loan;
	unsigned int i;
	void *element;

	for (i = 0; i < CONTEXT_LOOPS; i++) {
		element = rsvpool_tryalloc(visit->pool);
		if (!element) {
			visit->missing++;
			continue;
		}
		if (!lend(visit->pool, element, i, &loan)) {
			visit->wrong += !dead(&loan);
			continue;
		}
		visit->lent++;
		visit->wrong += !reads(&loan, i);
	}
}

/* Were all elements there, and lent? */
static bool visited(const struct context *context, struct rsvpool *pool)
{
	struct visit visit = { .pool = pool };

	if (!CHECK(context->go(visit_fn, &visit)))
		return true;
	CHECK_EQ(visit.wrong, 0);
	return !visit.missing && visit.lent == CONTEXT_LOOPS;
}

static void test_lend_in_every_context(void)
{
	struct rsvpool *pool = lend_pool();
	const struct context *context;

	if (!pool)
		return;
	if (!CHECK(contexts_start()))
		goto out;
	for (context = contexts; context->name; context++) {
		/* An NMI may find that the worker, elsewhere, has the lock. */
		if (!strcmp(context->name, "NMI"))
			SOON(visited(context, pool));
		else
			CHECK(visited(context, pool));
	}
	contexts_stop();
	CHECK(holds(pool, NR));
out:
	rsvpool_destroy(pool);
}

/*
 * A lower min: elements above it are released, lent or not; raising brings them
 * again.
 */
static void test_lend_resize(void)
{
	struct rsvpool *pool = lend_pool();
	struct rsvpool_loan loans[NR];
	unsigned int alive;

	if (!pool)
		return;
	lend_all(pool, loans);
	CHECK_EQ(rsvpool_resize(pool, 3), 0);
	WAIT_UNTIL(stat(pool, "released") == NR - 3);
	alive = nr_alive(loans);
	CHECK(alive && alive <= 3);
	/* max elements exist until those are gone: raising waits for that. */
	CHECK_EQ(rsvpool_resize(pool, NR), 0);
	CHECK_EQ(nr_alive(loans), alive);
	CHECK(holds(pool, NR));
	CHECK_EQ(stat(pool, "peak"), NR);
	rsvpool_destroy(pool);
}

/*
 * A late reader: it has seen that the loan is alive, and still reads while the
 * element is released to the source.
 */

struct late {
	struct rsvpool_loan loan;
	bool inside;
	bool over;
	bool was_alive;
	bool is_alive;
	bool gave_up;
	unsigned int sum;
};

static void late_work(void *data, unsigned int index)
{
	unsigned long until = jiffies + msecs_to_jiffies(READER_MS);
	struct late *late = data;
	const u8 *bytes = late->loan.element;
	unsigned int i;

	rcu_read_lock();
	late->was_alive = rsvpool_loan_live(&late->loan);
	WRITE_ONCE(late->inside, true);
	while (!READ_ONCE(late->over) && !late->gave_up) {
		late->gave_up = time_after(jiffies, until);
		cpu_relax();
	}
	for (i = 0; i < BYTES; i++)
		/* The source or a new owner has it: any value is allowed. */
		late->sum += data_race(bytes[i]);
	late->is_alive = rsvpool_loan_live(&late->loan);
	rcu_read_unlock();
}

/*
 * @lower: the pool that its elements come from, or NULL.  False: the reader has
 * ended before all checks were made.
 */
static bool late_reader(struct rsvpool *pool, struct rsvpool *lower)
{
	struct rsvpool_loan loans[NR];
	static struct crowd crowd;
	struct late late = {};
	u64 there, then;

	lend_all(pool, loans);
	late.loan = loans[0];
	there = lower ? stat(lower, "free_depot") : 0;
	if (!CHECK(crowd_start(&crowd, 1, late_work, &late)))
		return true;
	WAIT_UNTIL(READ_ONCE(late.inside));
	CHECK_EQ(rsvpool_resize(pool, 1), 0);
	WAIT_UNTIL(stat(pool, "released") == NR - 1);
	CHECK(dead(&late.loan));
	msleep(50);	/* time for a release that comes too early */
	then = lower ? stat(lower, "free_depot") : 0;
	WRITE_ONCE(late.over, true);
	CHECK(crowd_join(&crowd));
	if (late.gave_up)
		return false;
	CHECK_EQ(then, there);
	CHECK(late.was_alive);
	CHECK(!late.is_alive);
	if (lower)
		WAIT_UNTIL(stat(lower, "free_depot") == there + NR - 1);
	return true;
}

/* With a pool of these attributes; retried if the machine was too slow. */
static void late_reader_of(const struct rsvpool_attr *attr)
{
	unsigned int tries = READER_TRIES;
	struct rsvpool *pool;
	bool seen = false;

	while (!seen && tries--) {
		pool = MAKE_POOL(attr);
		if (!pool)
			return;
		seen = late_reader(pool, attr->parent);
		rsvpool_destroy(pool);
	}
	CHECK(seen);
}

/* The reader spins, and the worker has to run meanwhile. */
static bool has_two_cpus(void)
{
	return num_online_cpus() > 1;
}

/* Its elements come from a pool, which shows when they are released. */
static void test_lend_late_reader(void)
{
	struct rsvpool_attr attr;
	struct rsvpool *lower;

	if (!has_two_cpus())
		return;
	lend_attr(&attr);
	attr.name = "wait-lower";
	attr.lend = false;
	attr.reserve = 2 * NR;
	attr.max = 2 * NR;
	lower = MAKE_POOL(&attr);
	if (!lower)
		return;
	lend_attr(&attr);
	attr.source = RSVPOOL_POOL;
	attr.size = 0;
	attr.parent = lower;
	late_reader_of(&attr);
	CHECK(holds(lower, 2 * NR));
	rsvpool_destroy(lower);
}

/* And from the slab and the page allocator: KASAN checks. */
static void test_lend_late_reader_of_memory(void)
{
	struct rsvpool_attr attr;

	if (!has_two_cpus())
		return;
	lend_attr(&attr);
	late_reader_of(&attr);
	attr.source = RSVPOOL_PAGES;
	attr.size = 0;
	late_reader_of(&attr);
}

/* A pool with loans can be destroyed; most tests here end like this. */
static void test_lend_destroy(void)
{
	struct rsvpool_loan loans[NR];
	unsigned int i;

	for (i = 0; i < 10; i++) {
		struct rsvpool *pool = lend_pool();

		if (!pool)
			return;
		lend_all(pool, loans);
		CHECK_EQ(rsvpool_resize(pool, 1 + i % NR), 0);
		rsvpool_destroy(pool);
	}
}

const struct api_test lend_tests[] = {
	API_TEST(lend_refuses),
	API_TEST(lend_is_a_free),
	API_TEST(lend_parts),
	API_TEST(lend_guarantee),
	API_TEST(lend_order),
	API_TEST(lend_bound),
	API_TEST(lend_to_a_sleeper),
	API_TEST(lend_to_a_slot),
	API_TEST(lend_zero),
	API_TEST(lend_debug),
	API_TEST(lend_in_every_context),
	API_TEST(lend_resize),
	API_TEST(lend_late_reader),
	API_TEST(lend_late_reader_of_memory),
	API_TEST(lend_destroy),
	{}
};

// SPDX-License-Identifier: GPL-2.0
/*
 * Sections: what begin refuses, the scope they set, and private ones, whose
 * elements are there in any context.
 */
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "wait.h"

#define PRIVATE	RSVPOOL_SECTION_PRIVATE
#define SHARED	RSVPOOL_SECTION_SHARED
#define NOWAIT	RSVPOOL_SECTION_NOWAIT
#define NOIO	RSVPOOL_SECTION_NOIO
#define NOFS	RSVPOOL_SECTION_NOFS

/* A pool of @reserve, and no more than those to be had. */
static struct rsvpool *section_pool(const char *name, struct counted *source,
				    unsigned int reserve)
{
	struct rsvpool *pool = counted_pool(name, source, reserve, reserve);

	source->fails = true;
	return pool;
}

static int begin(struct rsvpool *pool, unsigned int nr, unsigned int flags)
{
	struct rsvpool_section section;
	int err = rsvpool_section_begin(&section, pool, nr, flags);

	if (!err)
		rsvpool_section_end(&section);
	return err;
}

static void test_section_errors(void)
{
	struct counted source, prio_source;
	struct rsvpool_attr attr;
	struct rsvpool *pool, *prio;

	pool = section_pool("section", &source, 4);
	if (!pool)
		return;
	CHECK_EQ(begin(pool, 0, PRIVATE), -EINVAL);
	CHECK_EQ(begin(pool, 5, PRIVATE), -EINVAL);
	CHECK_EQ(begin(pool, 5, SHARED), -EINVAL);
	CHECK_EQ(begin(pool, 1, 0), -EINVAL);
	CHECK_EQ(begin(pool, 1, NOWAIT), -EINVAL);
	CHECK_EQ(begin(pool, 1, PRIVATE | SHARED), -EINVAL);
	CHECK_EQ(begin(pool, 1, PRIVATE | 0x8000), -EINVAL);
	CHECK_EQ(begin(pool, 4, PRIVATE), 0);
	CHECK_EQ(begin(pool, 4, SHARED), 0);

	counted_init(&prio_source);
	counted_attr(&attr, "section-prio", &prio_source);
	attr.wakeup = RSVPOOL_WAKEUP_PRIO;
	prio = MAKE_POOL(&attr);
	if (prio) {
		CHECK_EQ(begin(prio, 1, PRIVATE), -EINVAL);
		CHECK_EQ(begin(prio, 1, SHARED), -EINVAL);
	}
	counted_end(prio, &prio_source);
	CHECK(holds(pool, 4));
	counted_end(pool, &source);
}

static void test_section_largest(void)
{
	struct counted source;
	struct rsvpool *pool;

	pool = section_pool("section", &source, RSVPOOL_SECTION_MAX + 1);
	if (!pool)
		return;
	CHECK_EQ(begin(pool, RSVPOOL_SECTION_MAX + 1, PRIVATE), -E2BIG);
	CHECK_EQ(begin(pool, RSVPOOL_SECTION_MAX + 1, SHARED), -E2BIG);
	CHECK_EQ(begin(pool, RSVPOOL_SECTION_MAX, PRIVATE), 0);
	CHECK_EQ(begin(pool, RSVPOOL_SECTION_MAX, SHARED), 0);
	counted_end(pool, &source);
}

/*
 * Begin in the wrong context.
 */

struct attempt {
	struct rsvpool *pool;
	unsigned int flags;
	int err;
};

static void attempt(void *data)
{
	struct attempt *a = data;

	a->err = begin(a->pool, 1, a->flags);
}

static void refused_in(bool (*go)(void (*fn)(void *data), void *data),
		       struct rsvpool *pool)
{
	static const unsigned int flags[] = {
		PRIVATE, SHARED, PRIVATE | NOWAIT, SHARED | NOWAIT,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		struct attempt a = { .pool = pool, .flags = flags[i] };

		CHECK(go(attempt, &a));
		CHECK_EQ(a.err, -EINVAL);
	}
}

static void test_section_wrong_context(void)
{
	struct counted source;
	struct rsvpool *pool = section_pool("section", &source, 4);

	if (!pool)
		return;
	refused_in(go_preempt_off, pool);
	refused_in(go_irqs_off, pool);
	refused_in(go_raw_lock, pool);
	refused_in(go_softirq, pool);
	refused_in(go_hardirq, pool);
	CHECK(holds(pool, 4));
	counted_end(pool, &source);
}

/*
 * Scope flags.
 */

#define SCOPE	(PF_MEMALLOC_NOIO | PF_MEMALLOC_NOFS)

static unsigned int scope(void)
{
	return current->flags & SCOPE;
}

static void scope_of(struct rsvpool *pool, unsigned int flags,
		     unsigned int expected)
{
	unsigned int before = scope();
	struct rsvpool_section section;

	if (!CHECK_EQ(rsvpool_section_begin(&section, pool, 2, flags), 0))
		return;
	CHECK_EQ(scope(), before | expected);
	rsvpool_section_end(&section);
	CHECK_EQ(scope(), before);
}

static void test_section_scopes(void)
{
	static const unsigned int kinds[] = { PRIVATE, SHARED };
	struct rsvpool_section outer;
	struct counted source;
	struct rsvpool *pool = section_pool("section", &source, 4);
	unsigned int i, flags;

	if (!pool)
		return;
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		scope_of(pool, kinds[i], 0);
		scope_of(pool, kinds[i] | NOIO, PF_MEMALLOC_NOIO);
		scope_of(pool, kinds[i] | NOFS, PF_MEMALLOC_NOFS);
		scope_of(pool, kinds[i] | NOIO | NOFS, SCOPE);

		/* Within a section that has set one; and not to be lost. */
		if (!CHECK_EQ(rsvpool_section_begin(&outer, pool, 4,
						    kinds[i] | NOFS), 0))
			continue;
		scope_of(pool, kinds[i] | NOIO, PF_MEMALLOC_NOIO);
		scope_of(pool, kinds[i] | NOFS, PF_MEMALLOC_NOFS);
		rsvpool_section_end(&outer);

		flags = memalloc_noio_save();
		scope_of(pool, kinds[i] | NOIO, PF_MEMALLOC_NOIO);
		scope_of(pool, kinds[i] | NOFS, PF_MEMALLOC_NOFS);
		memalloc_noio_restore(flags);
	}
	CHECK_EQ(scope(), 0);
	counted_end(pool, &source);
}

/*
 * Private sections.
 */

/* They set aside what they are for: others have the rest, to the end. */
static void test_section_sets_aside(void)
{
	struct rsvpool_section section;
	struct counted source;
	struct rsvpool *pool = section_pool("section", &source, 4);
	void *elements[ROOM], *others[ROOM];
	unsigned int i;

	if (!pool)
		return;
	if (CHECK_EQ(rsvpool_section_begin(&section, pool, 3, PRIVATE), 0)) {
		CHECK_EQ(take_all(pool, others, ROOM), 1);
		for (i = 0; i < 3; i++) {
			elements[i] = rsvpool_section_alloc(&section);
			CHECK(elements[i]);
		}
		CHECK(!rsvpool_section_alloc(&section));
		elements[3] = others[0];
		CHECK(all_different(elements, 4));
		give_all(pool, elements, 4);
		rsvpool_section_end(&section);
	}
	CHECK(holds(pool, 4));
	counted_end(pool, &source);
}

/* Two of three are used, one of them is freed after the end. */
static void test_section_end_gives_back(void)
{
	struct rsvpool_section section;
	struct counted source;
	struct rsvpool *pool = section_pool("section", &source, 4);
	void *first, *second;

	if (!pool)
		return;
	if (CHECK_EQ(rsvpool_section_begin(&section, pool, 3, PRIVATE), 0)) {
		first = rsvpool_section_alloc(&section);
		second = rsvpool_section_alloc(&section);
		rsvpool_free(pool, first);
		rsvpool_section_end(&section);
		CHECK(holds(pool, 3));
		rsvpool_free(pool, second);
	}
	CHECK(holds(pool, 4));
	counted_end(pool, &source);
}

/*
 * In any context, the task's own or one that interrupts it.
 */

struct visit {
	struct rsvpool_section *section;
	void *element;
};

static void alloc_there(void *data)
{
	struct visit *visit = data;

	visit->element = rsvpool_section_alloc(visit->section);
}

static void section_in(const struct context *context, struct rsvpool *pool)
{
	struct rsvpool_section section;
	struct visit visit = { .section = &section };
	void *elements[4];
	unsigned int i;

	if (!CHECK_EQ(rsvpool_section_begin(&section, pool, 4, PRIVATE), 0))
		return;
	for (i = 0; i < 4; i++) {
		CHECK(context->go(alloc_there, &visit));
		elements[i] = visit.element;
		if (!CHECK(elements[i]))
			break;
	}
	CHECK(all_different(elements, i));
	give_all(pool, elements, i);
	rsvpool_section_end(&section);
}

static void test_section_in_any_context(void)
{
	struct counted source;
	struct rsvpool *pool = section_pool("section", &source, 4);
	const struct context *context;
	unsigned int round;

	if (!pool)
		return;
	if (contexts_start()) {
		for (context = contexts; context->name; context++)
			for (round = 0; round < 10; round++)
				section_in(context, pool);
		contexts_stop();
	}
	CHECK(holds(pool, 4));
	counted_end(pool, &source);
}

/*
 * Waiting at begin.
 */

/* Begin and end at once: that it has begun is the answer. */
static void ask_section(struct asker *asker)
{
	asker->err = begin(asker->pool, asker->nr, PRIVATE);
}

static void test_section_begin_waits(void)
{
	struct asker asker = { .ask = ask_section, .nr = 3 };
	struct counted source;
	struct rsvpool *pool = section_pool("section", &source, 3);
	void *elements[ROOM];

	if (!pool)
		return;
	CHECK_EQ(take_all(pool, elements, 1), 1);
	CHECK_EQ(begin(pool, 3, PRIVATE | NOWAIT), -EAGAIN);
	CHECK_EQ(begin(pool, 2, PRIVATE | NOWAIT), 0);
	asker.pool = pool;
	if (asker_queue(&asker)) {
		/* It holds nothing, but what it waits for is its own. */
		CHECK(!rsvpool_tryalloc(pool));
		CHECK_EQ(begin(pool, 1, PRIVATE | NOWAIT), -EAGAIN);
		rsvpool_free(pool, elements[0]);
		SOON(asker_answered(&asker));
		CHECK_EQ(asker.err, 0);
		asker_stop(&asker);
	}
	CHECK(holds(pool, 3));
	counted_end(pool, &source);
}

/*
 * Nested ones.
 */

static void nested(struct rsvpool *pool, struct rsvpool_section *outer)
{
	struct rsvpool_section inner, innermost;
	void *elements[3];

	CHECK_EQ(begin(pool, 4, PRIVATE), -EDEADLK);
	CHECK_EQ(begin(pool, 1, SHARED), -EINVAL);
	CHECK_EQ(begin(pool, 3, PRIVATE), 0);

	if (!CHECK_EQ(rsvpool_section_begin(&inner, pool, 2, PRIVATE), 0))
		return;
	CHECK_EQ(begin(pool, 3, PRIVATE), -EDEADLK);
	elements[0] = rsvpool_section_alloc(&inner);
	if (CHECK_EQ(rsvpool_section_begin(&innermost, pool, 1, PRIVATE), 0)) {
		elements[1] = rsvpool_section_alloc(&innermost);
		CHECK(elements[1]);
		CHECK(!rsvpool_section_alloc(&innermost));
		rsvpool_section_end(&innermost);
	}
	CHECK(!rsvpool_section_alloc(&inner));
	rsvpool_section_end(&inner);
	/* The inner ones have used two, so one is left. */
	elements[2] = rsvpool_section_alloc(outer);
	CHECK(elements[2]);
	CHECK(!rsvpool_section_alloc(outer));
	CHECK(all_different(elements, 3));
	give_all(pool, elements, 3);
}

static void test_section_nested(void)
{
	struct rsvpool_section outer;
	struct counted source;
	struct rsvpool *pool = section_pool("section", &source, 4);

	if (!pool)
		return;
	if (CHECK_EQ(rsvpool_section_begin(&outer, pool, 3, PRIVATE), 0)) {
		nested(pool, &outer);
		rsvpool_section_end(&outer);
	}
	CHECK(holds(pool, 4));
	counted_end(pool, &source);
}

/* What a nested one does not use is the outer one's again. */
static void test_section_nested_gives_back(void)
{
	struct rsvpool_section outer;
	struct counted source;
	struct rsvpool *pool = section_pool("section", &source, 3);
	void *elements[3];
	unsigned int i;

	if (!pool)
		return;
	if (CHECK_EQ(rsvpool_section_begin(&outer, pool, 3, PRIVATE), 0)) {
		CHECK_EQ(begin(pool, 2, PRIVATE), 0);
		CHECK(!rsvpool_tryalloc(pool));
		for (i = 0; i < 3; i++) {
			elements[i] = rsvpool_section_alloc(&outer);
			CHECK(elements[i]);
		}
		CHECK(all_different(elements, 3));
		give_all(pool, elements, 3);
		rsvpool_section_end(&outer);
	}
	CHECK(holds(pool, 3));
	counted_end(pool, &source);
}

/* In another pool's section nothing is granted that has to be waited for. */
static void test_section_of_two_pools(void)
{
	struct counted source, other_source;
	struct rsvpool_section outer;
	struct rsvpool *pool, *other;
	void *element;

	pool = section_pool("section", &source, 2);
	other = section_pool("section-other", &other_source, 2);
	if (pool && other &&
	    CHECK_EQ(rsvpool_section_begin(&outer, pool, 1, PRIVATE), 0)) {
		CHECK_EQ(begin(other, 2, PRIVATE), 0);
		CHECK_EQ(begin(other, 2, SHARED), -EDEADLK);
		element = rsvpool_tryalloc(other);
		CHECK_EQ(begin(other, 2, PRIVATE), -EDEADLK);
		CHECK_EQ(begin(other, 1, PRIVATE), 0);
		rsvpool_free(other, element);
		rsvpool_section_end(&outer);
	}
	/* Nor what would be held while a shared one waits, later. */
	if (pool && other &&
	    CHECK_EQ(rsvpool_section_begin(&outer, pool, 1, SHARED), 0)) {
		CHECK_EQ(begin(other, 1, PRIVATE), -EDEADLK);
		CHECK_EQ(begin(other, 1, SHARED), -EDEADLK);
		rsvpool_section_end(&outer);
	}
	if (pool)
		CHECK(holds(pool, 2));
	if (other)
		CHECK(holds(other, 2));
	counted_end(other, &other_source);
	counted_end(pool, &source);
}

/*
 * This test runs in a user's task, which ends afterwards.  What it has
 * forgotten is reported and given back: the script looks for both.
 */

static struct rsvpool_section forgotten[2];

static void forget(const char *name, unsigned int nr, unsigned int flags)
{
	struct rsvpool *pool = rsvpool_get(name);

	if (!CHECK(pool))
		return;
	CHECK_EQ(rsvpool_section_begin(&forgotten[0], pool, nr, flags), 0);
	CHECK_EQ(rsvpool_section_begin(&forgotten[1], pool, 1, flags), 0);
	if (flags & PRIVATE)
		rsvpool_free(pool, rsvpool_section_alloc(&forgotten[1]));
	rsvpool_put(pool);
}

static void test_section_forgotten_private(void)
{
	forget("forgotten", 3, PRIVATE);
}

static void test_section_forgotten_shared(void)
{
	forget("forgotten", 3, SHARED);
}

const struct api_test section_tests[] = {
	API_TEST(section_errors),
	API_TEST(section_largest),
	API_TEST(section_wrong_context),
	API_TEST(section_scopes),
	API_TEST(section_sets_aside),
	API_TEST(section_end_gives_back),
	API_TEST(section_in_any_context),
	API_TEST(section_begin_waits),
	API_TEST(section_nested),
	API_TEST(section_nested_gives_back),
	API_TEST(section_of_two_pools),
	API_TEST(section_forgotten_private),
	API_TEST(section_forgotten_shared),
	{ }
};

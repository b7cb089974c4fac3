// SPDX-License-Identifier: GPL-2.0
/*
 * Shared sections: any number of them go on at once as long as the source
 * gives; when it does not, they take turns on one reserve, as large as the
 * largest of them.
 */
#include <linux/slab.h>

#include "wait.h"

#define SHARED	RSVPOOL_SECTION_SHARED

#define THREADS	8
#define NR	4
#define ROUNDS	200

/*
 * Sections of several threads.
 *
 * @apart: the sections are of different sizes, and nested ones are among them
 * @inside: threads that have all they may want
 * @refused: begins that failed
 * @nulls: allocations that failed within a section's number
 * @collisions: elements that two had at once
 */
struct turns {
	struct rsvpool *pool;
	bool apart;
	atomic_t inside;
	atomic_t refused;
	atomic_t nulls;
	atomic_t collisions;
};

static void use_elements(struct turns *turns, struct counted_element **elements,
			 unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (xchg(&elements[i]->owner, 1))
			atomic_inc(&turns->collisions);
	usleep_range(10, 30);
	for (i = 0; i < nr; i++)
		if (xchg(&elements[i]->owner, 0) != 1)
			atomic_inc(&turns->collisions);
}

/* All that the section may have, or the half of it. */
static unsigned int alloc_some(struct turns *turns,
			       struct rsvpool_section *section,
			       void **elements, unsigned int nr)
{
	unsigned int n = 0;

	while (n < nr) {
		elements[n] = rsvpool_section_alloc(section);
		if (!elements[n]) {
			atomic_inc(&turns->nulls);
			break;
		}
		n++;
		/* Let another one come in between. */
		cond_resched();
	}
	return n;
}

static void nest_one(struct turns *turns, void **elements, unsigned int *n)
{
	struct rsvpool_section inner;

	if (rsvpool_section_begin(&inner, turns->pool, 1, SHARED)) {
		atomic_inc(&turns->refused);
		return;
	}
	*n += alloc_some(turns, &inner, elements + *n, 1);
	rsvpool_section_end(&inner);
}

static void one_section(struct turns *turns, unsigned int nr, bool nests)
{
	struct rsvpool_section section;
	void *elements[NR];
	unsigned int n;

	if (rsvpool_section_begin(&section, turns->pool, nr, SHARED)) {
		atomic_inc(&turns->refused);
		return;
	}
	n = alloc_some(turns, &section, elements, nr - nests);
	if (nests)
		nest_one(turns, elements, &n);
	use_elements(turns, (struct counted_element **)elements, n);
	give_all(turns->pool, elements, n);
	rsvpool_section_end(&section);
}

static void take_turns(void *data, unsigned int index)
{
	struct turns *turns = data;
	unsigned int round, nr = NR;
	bool nests = false;

	for (round = 0; round < ROUNDS; round++) {
		if (turns->apart) {
			nr = 1 + (index + round) % NR;
			nests = nr > 1 && round & 1;
		}
		one_section(turns, nr, nests);
	}
}

/* The reserve is one section; memory has run out; eight threads. */
static void turns_on_one_reserve(bool apart, unsigned int cache)
{
	struct turns turns = { .apart = apart };
	struct rsvpool_attr attr;
	struct counted source;

	counted_init(&source);
	counted_attr(&attr, "shared", &source);
	attr.reserve = NR;
	attr.max = NR;
	attr.cache = cache;
	attr.cache_max = cache;
	turns.pool = MAKE_POOL(&attr);
	if (!turns.pool)
		return;
	source.fails = true;
	crowd_run(THREADS, take_turns, &turns);
	CHECK_EQ(atomic_read(&turns.refused), 0);
	CHECK_EQ(atomic_read(&turns.nulls), 0);
	CHECK_EQ(atomic_read(&turns.collisions), 0);
	CHECK(holds(turns.pool, NR));
	counted_end(turns.pool, &source);
}

static void test_shared_take_turns(void)
{
	turns_on_one_reserve(false, 0);
	turns_on_one_reserve(false, NR);
}

static void test_shared_of_different_sizes(void)
{
	turns_on_one_reserve(true, 0);
	turns_on_one_reserve(true, NR);
}

/* The source gives now and then, and some elements stand above min. */
static void test_shared_with_some_memory(void)
{
	struct turns turns = { .apart = true };
	struct rsvpool_attr attr;
	struct counted source;
	struct crowd *crowd = kzalloc(sizeof(*crowd), GFP_KERNEL);
	unsigned int flips = 0;

	if (!CHECK(crowd))
		return;
	counted_init(&source);
	counted_attr(&attr, "shared", &source);
	attr.reserve = NR;
	attr.max = 2 * NR;
	attr.low = 0;
	attr.high = NR;
	attr.cache = 2;
	attr.cache_max = 2;
	turns.pool = MAKE_POOL(&attr);
	if (turns.pool && crowd_start(crowd, THREADS, take_turns, &turns)) {
		while (!crowd_is_done(crowd) && flips++ < HANG_MS) {
			source.fails = flips & 1;
			usleep_range(500, 1000);
		}
		crowd_join(crowd);
	}
	CHECK_EQ(atomic_read(&turns.refused), 0);
	CHECK_EQ(atomic_read(&turns.nulls), 0);
	CHECK_EQ(atomic_read(&turns.collisions), 0);
	CHECK(source.peak <= 2 * NR);
	counted_end(turns.pool, &source);
	kfree(crowd);
}

/*
 * With a source that gives, nobody waits for anybody: all eight are in their
 * sections, with all they may want, at the same time.
 */

static void meet_inside(void *data, unsigned int index)
{
	struct turns *turns = data;
	struct rsvpool_section section;
	void *elements[NR];
	unsigned int n;

	if (rsvpool_section_begin(&section, turns->pool, NR, SHARED)) {
		atomic_inc(&turns->refused);
		return;
	}
	n = alloc_some(turns, &section, elements, NR);
	atomic_inc(&turns->inside);
	SOON(atomic_read(&turns->inside) == THREADS);
	if (rsvpool_section_alloc(&section))
		atomic_inc(&turns->collisions);
	give_all(turns->pool, elements, n);
	rsvpool_section_end(&section);
}

static void test_shared_all_at_once(void)
{
	struct turns turns = { };
	struct counted source;

	turns.pool = counted_pool("shared", &source, NR, THREADS * NR);
	if (!turns.pool)
		return;
	crowd_run(THREADS, meet_inside, &turns);
	CHECK_EQ(atomic_read(&turns.refused), 0);
	CHECK_EQ(atomic_read(&turns.nulls), 0);
	CHECK_EQ(atomic_read(&turns.collisions), 0);
	counted_end(turns.pool, &source);
}

/* Who has begun to take from the reserve gets all of it, then the next one. */

struct turn {
	struct asker asker;
	struct rsvpool_section section;
	bool end;
};

static void ask_turn(struct asker *asker)
{
	struct turn *turn = container_of(asker, struct turn, asker);
	unsigned int i;

	asker->err = rsvpool_section_begin(&turn->section, asker->pool, NR,
					   SHARED);
	if (asker->err)
		return;
	asker->elements[0] = rsvpool_section_alloc(&turn->section);
	WRITE_ONCE(asker->nr, 1);
	SOON(READ_ONCE(turn->end));
	for (i = 1; i < NR; i++)
		asker->elements[i] = rsvpool_section_alloc(&turn->section);
	CHECK(all_different(asker->elements, NR));
	give_all(asker->pool, asker->elements, NR);
	rsvpool_section_end(&turn->section);
}

/* What is put back is whole before the next one enters. */
static void test_shared_one_after_the_other(void)
{
	struct turn first = { .asker.ask = ask_turn };
	struct turn second = { .asker.ask = ask_turn };
	struct counted source;
	struct rsvpool *pool = counted_pool("shared", &source, NR, NR);

	if (!pool)
		return;
	source.fails = true;
	first.asker.pool = pool;
	second.asker.pool = pool;
	if (asker_start(&first.asker)) {
		SOON(READ_ONCE(first.asker.nr));
		/* It has one; the other three are its, too. */
		CHECK(!rsvpool_tryalloc(pool));
		if (asker_queue(&second.asker)) {
			CHECK(!READ_ONCE(second.asker.nr));
			WRITE_ONCE(first.end, true);
			SOON(READ_ONCE(second.asker.nr));
			WRITE_ONCE(second.end, true);
		}
		WRITE_ONCE(first.end, true);
		SOON(asker_answered(&first.asker));
		SOON(asker_answered(&second.asker));
	}
	asker_stop(&first.asker);
	asker_stop(&second.asker);
	CHECK(holds(pool, NR));
	counted_end(pool, &source);
}

/*
 * A nested section has taken from the reserve, and the outer one wants more
 * afterwards: neither of two may then wait for what the other has.
 */

static void ask_nested_first(struct asker *asker)
{
	struct turn *turn = container_of(asker, struct turn, asker);
	struct rsvpool_section inner;
	unsigned int i;

	asker->err = rsvpool_section_begin(&turn->section, asker->pool, NR,
					   SHARED);
	if (asker->err)
		return;
	CHECK_EQ(rsvpool_section_begin(&inner, asker->pool, 1, SHARED), 0);
	asker->elements[0] = rsvpool_section_alloc(&inner);
	rsvpool_section_end(&inner);
	WRITE_ONCE(asker->nr, 1);
	SOON(READ_ONCE(turn->end));
	/* The mark of one that sleeps, from here on, is that it waits. */
	WRITE_ONCE(asker->nr, 2);
	for (i = 1; i < NR; i++)
		asker->elements[i] = rsvpool_section_alloc(&turn->section);
	CHECK(all_different(asker->elements, NR));
	give_all(asker->pool, asker->elements, NR);
	rsvpool_section_end(&turn->section);
}

static bool waits_for_rest(struct turn *turn)
{
	return READ_ONCE(turn->asker.nr) == 2 && asker_sleeps(&turn->asker);
}

static void test_shared_nested_first(void)
{
	struct turn first = { .asker.ask = ask_nested_first };
	struct turn second = { .asker.ask = ask_nested_first };
	struct counted source;
	struct rsvpool *pool = counted_pool("shared", &source, NR, 3 * NR);

	if (!pool)
		return;
	source.fails = true;
	first.asker.pool = pool;
	second.asker.pool = pool;
	if (asker_start(&first.asker)) {
		SOON(READ_ONCE(first.asker.nr) == 1);
		if (asker_start(&second.asker))
			SOON(READ_ONCE(second.asker.nr) == 1 ||
			     asker_sleeps(&second.asker));
		WRITE_ONCE(first.end, true);
		WRITE_ONCE(second.end, true);
		SOON(asker_answered(&first.asker) ||
		     (waits_for_rest(&first) && waits_for_rest(&second)));
		/* Both wait, and both hold some of the reserve? */
		CHECK(asker_answered(&first.asker));
		if (!asker_answered(&first.asker))
			source.fails = false;
		SOON(asker_answered(&first.asker));
		SOON(asker_answered(&second.asker));
	}
	asker_stop(&first.asker);
	asker_stop(&second.asker);
	counted_end(pool, &source);
}

/* The reserve stays as large as an open section needs it. */
static void test_shared_keeps_the_reserve(void)
{
	struct rsvpool_section outer, inner;
	struct counted source;
	struct rsvpool *pool = counted_pool("shared", &source, 8, 8);

	if (!pool)
		return;
	if (CHECK_EQ(rsvpool_section_begin(&outer, pool, 4, SHARED), 0)) {
		CHECK_EQ(rsvpool_resize(pool, 3), -EBUSY);
		CHECK_EQ(rsvpool_section_begin(&inner, pool, 2, SHARED), 0);
		CHECK_EQ(rsvpool_resize(pool, 3), -EBUSY);
		CHECK_EQ(rsvpool_resize(pool, 4), 0);
		CHECK_EQ(rsvpool_resize(pool, 8), 0);
		rsvpool_section_end(&inner);
		CHECK_EQ(rsvpool_resize(pool, 1), -EBUSY);
		rsvpool_section_end(&outer);
	}
	CHECK_EQ(rsvpool_resize(pool, 1), 0);
	CHECK_EQ(rsvpool_section_begin(&outer, pool, 2, SHARED), -EINVAL);

	/* A private one has what it needs, whatever the reserve. */
	CHECK_EQ(rsvpool_resize(pool, 8), 0);
	if (CHECK_EQ(rsvpool_section_begin(&outer, pool, 4,
					   RSVPOOL_SECTION_PRIVATE), 0)) {
		CHECK_EQ(rsvpool_resize(pool, 1), 0);
		CHECK_EQ(rsvpool_resize(pool, 4), 0);
		rsvpool_section_end(&outer);
	}
	counted_end(pool, &source);
}

/* With policy=reserve nobody but the worker asks the source. */
static void test_shared_policy_reserve(void)
{
	struct rsvpool_section section;
	struct rsvpool_attr attr;
	struct recorded source;
	struct rsvpool *pool;
	void *element;

	recorded_attr(&attr, &source);
	attr.policy = RSVPOOL_POLICY_RESERVE;
	pool = MAKE_POOL(&attr);
	if (!pool)
		return;
	recorded_start(&source);
	if (CHECK_EQ(rsvpool_section_begin(&section, pool, RECORDED_RESERVE,
					   SHARED), 0)) {
		element = rsvpool_section_alloc(&section);
		CHECK_EQ(source.nr, 0);
		if (CHECK(element))
			rsvpool_free(pool, element);
		rsvpool_section_end(&section);
	}
	counted_end(pool, &source.counted);
}

const struct api_test shared_tests[] = {
	API_TEST(shared_take_turns),
	API_TEST(shared_of_different_sizes),
	API_TEST(shared_with_some_memory),
	API_TEST(shared_all_at_once),
	API_TEST(shared_one_after_the_other),
	API_TEST(shared_nested_first),
	API_TEST(shared_keeps_the_reserve),
	API_TEST(shared_policy_reserve),
	{ }
};

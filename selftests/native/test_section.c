// SPDX-License-Identifier: GPL-2.0
/*
 * test_section - sections without memory for their records, nested, ended with
 * preemption off, and forgotten: what a section holds while it waits, and where
 * elements and records are afterwards
 *
 * A section that waits sleeps in a function of the test, which plays the other
 * tasks and looks at what is set aside.
 */
#include <linux/mempool.h>

#include "native_test.h"
#include "section.h"
#include "stats.h"

#define RECORDS	64	/* that are set aside: RECORDS_RESERVE of section.c */
#define OPEN	(RECORDS + 1)	/* sections that can be open without memory */
#define RESERVE	(OPEN + 9)
#define NR	3

static struct numbers numbers, other_numbers;
static struct rsvpool *pool, *other;
static struct task_struct tasks[OPEN + 2];
static struct rsvpool_section sections[OPEN];
static void *held[2 * RESERVE];
static unsigned int nr_held, sleeps;
static bool as_promised;

/* More often than any test expects: a section that never gets what it waits for. */
static void slept(void)
{
	MUST(++sleeps < 10, "a section sleeps for ever");
}

static void as(unsigned int i)
{
	native.task = &tasks[i];
}

static struct rsvpool *one_pool(const char *name, struct numbers *made)
{
	struct rsvpool_attr attr;
	struct rsvpool *p;

	numbers_attr(&attr, name, made, RESERVE);
	p = rsvpool_create(&attr);
	MUST(!IS_ERR(p), "no pool: %s", native_line);
	return p;
}

static void pools_make(void)
{
	pool = one_pool("section", &numbers);
	other = one_pool("other", &other_numbers);
	settle();
	sleeps = 0;
	as_promised = true;
}

/* Neither elements nor records are missing. */
static bool all_back(void)
{
	native_work();
	settle();
	return !stats_outstanding(pool) && !atomic_read(&pool->sections) &&
		native_mempool->curr_nr == RECORDS && pool->open.record;
}

static void pools_unmake(void)
{
	native.sleep = NULL;
	native_allocations = ULONG_MAX;
	as(0);
	rsvpool_destroy(pool);
	rsvpool_destroy(other);
	MUST(!numbers.alive, "%u elements are left", numbers.alive);
}

static int begin(struct rsvpool_section *s, unsigned int nr, unsigned int flags)
{
	return rsvpool_section_begin(s, pool, nr, flags);
}

/* From now on the pool has no element, and its source neither. */
static void take_all(void)
{
	numbers.dry = true;
	while ((held[nr_held] = rsvpool_tryalloc(pool)))
		nr_held++;
}

static void give_all(void)
{
	numbers.dry = false;
	while (nr_held)
		rsvpool_free(pool, held[--nr_held]);
	native_irq_work();
}

/* The section hands out what was promised, and no more. */
static bool hands_out_of(struct rsvpool *from, struct rsvpool_section *s,
			 unsigned int nr)
{
	void *elements[RSVPOOL_SECTION_MAX];
	unsigned int i = 0;
	bool ok;

	while (i < RSVPOOL_SECTION_MAX &&
	       (elements[i] = rsvpool_section_alloc(s)))
		i++;
	ok = i == nr;
	while (i)
		rsvpool_free(from, elements[--i]);
	return ok;
}

static bool hands_out(struct rsvpool_section *s, unsigned int nr)
{
	return hands_out_of(pool, s, nr);
}

/* After pending work items all records that are set aside for all pools are there. */
static void sleep_for_elements(long timeout)
{
	slept();
	native_irq_work();
	native_work();
	as_promised &= native_mempool->curr_nr == RECORDS;
	give_all();
}

static void test_waits_for_elements(const char *name)
{
	struct rsvpool_section s;
	bool ok;

	take_all();
	native.sleep = sleep_for_elements;
	ok = !begin(&s, NR, RSVPOOL_SECTION_PRIVATE) && sleeps == 1;
	result(ok && as_promised,
	       "%s: a section that waits for elements leaves the records of all pools",
	       name);
	ok = hands_out(&s, NR);
	rsvpool_section_end(&s);
	result(ok && all_back(), "%s: it has its elements, and all come back", name);
}

static void test_shared_waits(void)
{
	struct rsvpool_section s;
	void *element;
	bool ok;

	native_allocations = 0;
	ok = !begin(&s, NR, RSVPOOL_SECTION_SHARED);
	take_all();
	native.sleep = sleep_for_elements;
	element = rsvpool_section_alloc(&s);
	ok &= element && sleeps == 1;
	result(ok && as_promised,
	       "a shared section that waits leaves the records of all pools");
	rsvpool_free(pool, element);
	ok = hands_out(&s, NR - 1);
	rsvpool_section_end(&s);
	result(ok && all_back(), "it has its elements, and all come back");
}

/* So many tasks have a section open that no record is set aside any more. */
static void open_all(void)
{
	unsigned int i;

	native_allocations = 0;
	for (i = 0; i < OPEN; i++) {
		as(i + 1);
		MUST(!begin(&sections[i], 1, RSVPOOL_SECTION_PRIVATE),
		     "section %u is not open", i);
	}
	MUST(!native_mempool->curr_nr && !pool->open.record, "records are left");
	as(0);
}

static void end_all(void)
{
	unsigned int i;

	for (i = 0; i < OPEN; i++) {
		as(i + 1);
		rsvpool_section_end(&sections[i]);
	}
	as(0);
}

static bool begins_in_other(unsigned int flags)
{
	struct rsvpool_section s;
	bool ok;

	ok = !rsvpool_section_begin(&s, other, NR, flags) && !other->open.record &&
		hands_out_of(other, &s, NR);
	rsvpool_section_end(&s);
	return ok && other->open.record;
}

/* Sections of another pool begin without waiting, if nothing else is left, too. */
static void sleep_with_own(long timeout)
{
	slept();
	as_promised &= !pool->open.record;
	as(1);
	native_mempool->curr_nr -= RECORDS;
	as_promised &= begins_in_other(RSVPOOL_SECTION_PRIVATE) &&
		begins_in_other(RSVPOOL_SECTION_SHARED) &&
		begins_in_other(RSVPOOL_SECTION_PRIVATE |
				RSVPOOL_SECTION_NOWAIT);
	native_mempool->curr_nr += RECORDS;
	as(0);
	give_all();
}

static void test_waits_with_own(void)
{
	struct rsvpool_section s;
	bool ok;

	native_allocations = 0;
	take_all();
	native.sleep = sleep_with_own;
	ok = !begin(&s, NR, RSVPOOL_SECTION_PRIVATE) && sleeps == 1;
	result(ok && as_promised,
	       "a section that waits with the pool's record has no section of another pool wait");
	ok = hands_out(&s, NR);
	rsvpool_section_end(&s);
	result(ok && all_back(), "it has its elements, and all come back");
}

/* The first section has the pool's record; it ends where no wake-up is allowed. */
static void end_first(void)
{
	as(1);
	preempt_disable();
	rsvpool_section_end(&sections[0]);
	preempt_enable();
	as(0);
}

/*
 * No more elements are out than those of the others, and the pool is in use by one
 * more task.
 */
static void sleep_for_own(long timeout)
{
	unsigned int wakes = native_wakes;

	slept();
	as_promised &= stats_outstanding(pool) == OPEN &&
		atomic_read(&pool->sections) == OPEN + 1;
	end_first();
	as_promised &= native_wakes == wakes;
	native_irq_work();
	native_work();
	as_promised &= native_wakes == wakes + 1;
}

/* Nothing ends, but memory comes back. */
static void sleep_for_memory(long timeout)
{
	slept();
	native_allocations = ULONG_MAX;
}

static void test_waits_for_own(void (*sleep)(long), const char *name)
{
	struct rsvpool_section s;
	bool ok;

	open_all();
	native.sleep = sleep;
	ok = !begin(&s, NR, RSVPOOL_SECTION_PRIVATE) && sleeps == 1;
	result(ok && as_promised, "%s ends the wait for a record, without elements",
	       name);
	ok = hands_out(&s, NR);
	rsvpool_section_end(&s);
	end_all();
	result(ok && all_back(), "%s: it has its elements, and all come back", name);
}

/* When it has the record, the reserve has become too small, and there is no element. */
static void sleep_for_too_many(long timeout)
{
	slept();
	end_first();
	take_all();
	as(OPEN + 1);
	MUST(!rsvpool_resize(pool, NR - 1), "not resized: %s", native_line);
	as(0);
}

static void test_refused_later(void)
{
	struct rsvpool_section s;
	bool ok;

	open_all();
	native.sleep = sleep_for_too_many;
	ok = begin(&s, NR, RSVPOOL_SECTION_PRIVATE) == -EINVAL && sleeps == 1 &&
		pool->open.record;
	give_all();
	end_all();
	result(ok && all_back(), "a section that is refused after it has waited leaves nothing");
}

/* Nothing sleeps here: native.sleep is not set. */
static void test_refused(void)
{
	struct rsvpool_section s;
	bool ok;

	open_all();
	ok = begin(&s, 1, RSVPOOL_SECTION_SHARED) == -EAGAIN &&
		begin(&s, 1, RSVPOOL_SECTION_PRIVATE |
		      RSVPOOL_SECTION_NOWAIT) == -EAGAIN;
	as(1);
	ok &= begin(&s, 1, RSVPOOL_SECTION_PRIVATE) == -EAGAIN;
	result(ok, "shared, nested and NOWAIT do not wait for a record");
	end_all();
	result(all_back(), "and nothing is missing afterwards");
}

/* What an inner section has not handed out is the outer one's again. */
static void test_nested(void)
{
	struct rsvpool_section outer, inner;
	void *elements[2];
	bool ok;

	ok = !begin(&outer, 5, RSVPOOL_SECTION_PRIVATE);
	elements[0] = rsvpool_section_alloc(&outer);
	ok &= !begin(&inner, 3, RSVPOOL_SECTION_PRIVATE);
	elements[1] = rsvpool_section_alloc(&inner);
	rsvpool_section_end(&inner);
	ok &= hands_out(&outer, 3) && elements[0] && elements[1];
	rsvpool_free(pool, elements[0]);
	rsvpool_free(pool, elements[1]);
	rsvpool_section_end(&outer);
	result(ok && all_back(), "an inner section gives its rest to the outer one");

	ok = !begin(&outer, 2, RSVPOOL_SECTION_PRIVATE) &&
		begin(&inner, 3, RSVPOOL_SECTION_PRIVATE) == -EDEADLK &&
		hands_out(&outer, 2);
	rsvpool_section_end(&outer);
	result(ok && all_back(), "more than the outer one has is refused");
}

/* As under a caller's raw lock: slab cannot be called. */
static void test_ended_in_atomic(void)
{
	struct rsvpool_section s, first;
	bool ok;

	native_allocations = 0;
	/* Has the pool's own record, so that others have those of all. */
	as(1);
	MUST(!begin(&first, 1, RSVPOOL_SECTION_PRIVATE), "no section");
	as(0);
	MUST(!begin(&s, NR, RSVPOOL_SECTION_PRIVATE), "no section");
	preempt_disable();
	rsvpool_section_end(&s);
	preempt_enable();
	ok = native_mempool->curr_nr == RECORDS - 1;
	native_irq_work();
	native_work();
	result(ok && native_mempool->curr_nr == RECORDS,
	       "a record that was put aside is freed later");

	MUST(!begin(&s, NR, RSVPOOL_SECTION_PRIVATE), "no section");
	preempt_disable();
	rsvpool_section_end(&s);
	preempt_enable();
	native_mempool->curr_nr -= RECORDS - 1;
	ok = !begin(&s, NR, RSVPOOL_SECTION_PRIVATE);
	native_mempool->curr_nr += RECORDS - 1;
	rsvpool_section_end(&s);
	native_irq_work();
	as(1);
	rsvpool_section_end(&first);
	as(0);
	result(ok && all_back(), "or is the next section's");
}

static void test_forgotten(void)
{
	struct rsvpool_section s[2], stays;
	unsigned long lines = native_lines;
	bool ok;

	native_allocations = 0;
	as(2);
	MUST(!begin(&s[0], 4, RSVPOOL_SECTION_PRIVATE), "no section");
	MUST(!begin(&s[1], 2, RSVPOOL_SECTION_PRIVATE), "no section");
	as(1);
	MUST(!begin(&stays, 2, RSVPOOL_SECTION_PRIVATE), "no section");
	native_exit.probe(NULL, &tasks[2]);
	as(0);
	native_work();
	ok = native_lines == lines + 2 &&
		strstr(native_line, "exited without ending the section") &&
		stats_outstanding(pool) == 2;
	result(ok, "what a task that exits has open is reported, and only that");
	as(1);
	ok = hands_out(&stays, 2);
	rsvpool_section_end(&stays);
	result(ok && all_back(), "its elements and records come back");
}

int main(void)
{
	unsigned int i;

	plan(21);
	for (i = 0; i < ARRAY_SIZE(tasks); i++)
		tasks[i] = (struct task_struct) {
			.prio = DEFAULT_PRIO,
			.pid = 100 + i,
			.comm = "task",
		};
	as(0);
	MUST(!section_init(), "section_init");
	pools_make();
	test_waits_for_elements("with memory");
	pools_unmake();
	pools_make();
	native_allocations = 0;
	test_waits_for_elements("without memory");
	pools_unmake();
	pools_make();
	test_shared_waits();
	pools_unmake();
	pools_make();
	test_waits_with_own();
	pools_unmake();
	pools_make();
	test_waits_for_own(sleep_for_own, "the pool's record");
	pools_unmake();
	pools_make();
	test_waits_for_own(sleep_for_memory, "memory");
	pools_unmake();
	pools_make();
	test_refused_later();
	pools_unmake();
	pools_make();
	test_refused();
	pools_unmake();
	pools_make();
	test_nested();
	pools_unmake();
	pools_make();
	test_ended_in_atomic();
	pools_unmake();
	pools_make();
	test_forgotten();
	pools_unmake();
	section_exit();
	return finish();
}

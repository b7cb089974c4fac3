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
#define RESERVE	(RECORDS + 6)
#define NR	3

static struct numbers numbers;
static struct rsvpool *pool;
static mempool_t *records, *shared_records;
static struct task_struct tasks[RECORDS + 1];
static struct rsvpool_section sections[RECORDS];
static void *held[2 * RESERVE];
static unsigned int nr_held, sleeps;
static bool held_nothing;

/* More often than any test expects: a section that never gets what it waits for. */
static void slept(void)
{
	MUST(++sleeps < 10, "a section sleeps for ever");
}

static void as(unsigned int i)
{
	native.task = &tasks[i];
}

static void pool_make(void)
{
	struct rsvpool_attr attr;

	numbers = (struct numbers) {};
	rsvpool_attr_init(&attr, "section");
	attr.source = RSVPOOL_OPS;
	attr.ops = &number_ops;
	attr.data = &numbers;
	attr.size = 64;
	attr.reserve = RESERVE;
	attr.cache = 0;
	attr.low = RESERVE;
	attr.high = RESERVE;
	attr.high_max = RESERVE;
	attr.adaptive = false;
	pool = rsvpool_create(&attr);
	MUST(!IS_ERR(pool), "no pool: %s", native_line);
	settle();
	sleeps = 0;
	held_nothing = true;
}

/* Neither elements nor records are missing. */
static bool all_back(void)
{
	native_work();
	settle();
	return !stats_outstanding(pool) && !atomic_read(&pool->sections) &&
		records->curr_nr == RECORDS && shared_records->curr_nr == RECORDS;
}

static void pool_unmake(void)
{
	native.sleep = NULL;
	native_allocations = ULONG_MAX;
	as(0);
	rsvpool_destroy(pool);
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

/* The section is closed: it has handed out what was promised, and no more. */
static bool hands_out(struct rsvpool_section *s, unsigned int nr)
{
	void *elements[RSVPOOL_SECTION_MAX];
	unsigned int i = 0;
	bool ok;

	while (i < RSVPOOL_SECTION_MAX &&
	       (elements[i] = rsvpool_section_alloc(s)))
		i++;
	ok = i == nr;
	while (i)
		rsvpool_free(pool, elements[--i]);
	return ok;
}

/* The work items that are pending are done: then all records are there. */
static void sleep_for_elements(long timeout)
{
	slept();
	native_irq_work();
	native_work();
	held_nothing &= records->curr_nr == RECORDS;
	give_all();
}

static void test_waits_for_elements(const char *name)
{
	struct rsvpool_section s;
	bool ok;

	take_all();
	native.sleep = sleep_for_elements;
	ok = !begin(&s, NR, RSVPOOL_SECTION_PRIVATE) && sleeps == 1;
	result(ok && held_nothing,
	       "%s: a section that waits for elements leaves all records set aside",
	       name);
	ok = hands_out(&s, NR);
	rsvpool_section_end(&s);
	result(ok && all_back(), "%s: it has its elements, and all come back", name);
}

/* One that waits has the memory of a record of its own, not one that was ended. */
static void test_waits_beside_ended(void)
{
	struct rsvpool_section s;

	native_allocations = 0;
	MUST(!begin(&s, NR, RSVPOOL_SECTION_PRIVATE), "no section");
	preempt_disable();
	rsvpool_section_end(&s);
	preempt_enable();
	native_allocations = ULONG_MAX;
	test_waits_for_elements("with a record that was put aside");
}

static void test_shared_waits(void)
{
	struct rsvpool_section s;
	void *element;
	bool ok;

	native_allocations = 0;
	ok = !begin(&s, NR, RSVPOOL_SECTION_SHARED) &&
		shared_records->curr_nr == RECORDS - 1;
	take_all();
	native.sleep = sleep_for_elements;
	element = rsvpool_section_alloc(&s);
	ok &= element && sleeps == 1;
	result(ok && held_nothing,
	       "a shared section that waits has no record that others wait for");
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
	for (i = 0; i < RECORDS; i++) {
		as(i + 1);
		MUST(!begin(&sections[i], 1, RSVPOOL_SECTION_PRIVATE),
		     "section %u is not open", i);
	}
	MUST(!records->curr_nr, "records are left");
	as(0);
}

static void end_all(void)
{
	unsigned int i;

	for (i = 0; i < RECORDS; i++) {
		as(i + 1);
		rsvpool_section_end(&sections[i]);
	}
	as(0);
}

static void end_last(void)
{
	as(RECORDS);
	rsvpool_section_end(&sections[RECORDS - 1]);
	as(0);
}

/*
 * While it waits for a record no more elements are out than those of the others, and
 * the pool is in use by one more.  The record comes back by way of a work item.
 */
static void sleep_for_record(long timeout)
{
	slept();
	held_nothing &= stats_outstanding(pool) == RECORDS &&
		atomic_read(&pool->sections) == RECORDS + 1;
	preempt_disable();
	end_last();
	preempt_enable();
	native_irq_work();
	native_work();
}

/* First for a record; when it has that, there are no elements; then there are. */
static void sleep_for_both(long timeout)
{
	held_nothing &= records->curr_nr == (sleeps ? 1 : 0) &&
		stats_outstanding(pool) == RECORDS + nr_held - (sleeps ? 1 : 0);
	slept();
	if (sleeps > 1) {
		give_all();
		return;
	}
	end_last();
	take_all();
}

static void test_waits_for_record(void (*sleep)(long), unsigned int most,
				  const char *name)
{
	struct rsvpool_section s;
	bool ok;

	open_all();
	native.sleep = sleep;
	ok = !begin(&s, NR, RSVPOOL_SECTION_PRIVATE) && sleeps == most;
	result(ok && held_nothing,
	       "%s: a section that waits for a record leaves all elements in the pool",
	       name);
	ok = hands_out(&s, NR);
	rsvpool_section_end(&s);
	end_all();
	result(ok && all_back(), "%s: it has its elements, and all come back", name);
}

/* When it has a record, the reserve has become too small, and there are no elements. */
static void sleep_for_too_many(long timeout)
{
	slept();
	end_last();
	take_all();
	as(1);
	MUST(!rsvpool_resize(pool, NR - 1), "not resized: %s", native_line);
	as(0);
}

static void test_refused_later(void)
{
	struct rsvpool_section s;
	bool ok;

	open_all();
	native.sleep = sleep_for_too_many;
	ok = begin(&s, NR, RSVPOOL_SECTION_PRIVATE) == -EINVAL && sleeps == 1;
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
	ok = !begin(&s, 1, RSVPOOL_SECTION_SHARED);
	rsvpool_section_end(&s);
	shared_records->curr_nr -= RECORDS;
	ok &= begin(&s, 1, RSVPOOL_SECTION_SHARED) == -EAGAIN;
	shared_records->curr_nr += RECORDS;
	ok &= begin(&s, 1, RSVPOOL_SECTION_PRIVATE |
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
	struct rsvpool_section s;
	bool ok;

	native_allocations = 0;
	MUST(!begin(&s, NR, RSVPOOL_SECTION_PRIVATE), "no section");
	preempt_disable();
	rsvpool_section_end(&s);
	preempt_enable();
	ok = records->curr_nr == RECORDS - 1;
	native_irq_work();
	result(ok && all_back(), "a record that was put aside is freed later");

	MUST(!begin(&s, NR, RSVPOOL_SECTION_PRIVATE), "no section");
	preempt_disable();
	rsvpool_section_end(&s);
	preempt_enable();
	records->curr_nr -= RECORDS - 1;
	ok = !begin(&s, NR, RSVPOOL_SECTION_PRIVATE);
	records->curr_nr += RECORDS - 1;
	rsvpool_section_end(&s);
	native_irq_work();
	result(ok && all_back(), "or is the next section's");
}

static void test_forgotten(void)
{
	struct rsvpool_section s[2], other;
	unsigned long lines = native_lines;
	bool ok;

	as(1);
	MUST(!begin(&other, 2, RSVPOOL_SECTION_PRIVATE), "no section");
	as(2);
	MUST(!begin(&s[0], 4, RSVPOOL_SECTION_PRIVATE), "no section");
	MUST(!begin(&s[1], 2, RSVPOOL_SECTION_PRIVATE), "no section");
	native_exit.probe(NULL, &tasks[2]);
	as(0);
	native_work();
	ok = native_lines == lines + 2 &&
		strstr(native_line, "exited without ending the section") &&
		stats_outstanding(pool) == 2;
	result(ok, "what a task that exits has open is reported, and only that");
	as(1);
	ok = hands_out(&other, 2);
	rsvpool_section_end(&other);
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
	records = native_mempools[0];
	shared_records = native_mempools[1];
	pool_make();
	test_waits_for_elements("with memory");
	pool_unmake();
	pool_make();
	native_allocations = 0;
	test_waits_for_elements("without memory");
	pool_unmake();
	pool_make();
	test_waits_beside_ended();
	pool_unmake();
	pool_make();
	test_shared_waits();
	pool_unmake();
	pool_make();
	test_waits_for_record(sleep_for_record, 1, "once");
	pool_unmake();
	pool_make();
	test_waits_for_record(sleep_for_both, 2, "and again for elements");
	pool_unmake();
	pool_make();
	test_refused_later();
	pool_unmake();
	pool_make();
	test_refused();
	pool_unmake();
	pool_make();
	test_nested();
	pool_unmake();
	pool_make();
	test_ended_in_atomic();
	pool_unmake();
	pool_make();
	test_forgotten();
	pool_unmake();
	section_exit();
	return finish();
}

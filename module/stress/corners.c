// SPDX-License-Identifier: GPL-2.0
/*
 * Scenario "corners": single calls in the states in which they do the most
 * work.
 *
 * Answers for: bringing a pool into each of these states, one by one, and timing
 * one call in it.  "worst" brings a pool into the states that normal use
 * reaches; this scenario adds rare ones: sleepers, parked elements, loans, an NMI
 * that finds the depot locked.
 *
 * A call moves "bulk" elements; if that is 1, it is the function for one element.
 * The pool needs a reserve of 4 * bulk, an nmi_reserve of "nr", which is at least
 * bulk, and a source that always fails (its "inject").  Only a pool with lend=1
 * has loans.
 *
 * Interrupts are off around each call, and for @ready.  Task context; the
 * sleepers are threads of the run.
 */
#include "stress.h"
#include "depot.h"
#include "histogram.h"

#include <linux/irqflags.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/rsvpool_lend.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#define SLEEPERS	16
#define HELD_MAX	4096
#define CORNERS		32	/* room for the table below */
#define WAIT_TICKS	HZ		/* timeout for sleepers */

struct corners;

/**
 * struct corner - a state, and the call that is made in it
 * @name: its name in the results
 * @build: first part of setting it up, with interrupts on
 * @ready: second part, with interrupts off, or NULL
 * @call: the call; returns whether it did what was expected
 */
struct corner {
	const char *name;
	void (*build)(struct corners *c);
	void (*ready)(struct corners *c);
	bool (*call)(struct corners *c);
};

/**
 * struct corners - a run
 * @run: the run
 * @pool: its pool
 * @elements: the elements that are held
 * @loan: the last of many loans; none is read
 * @held: how many elements are held
 * @unit: elements of one call
 * @sleepers: threads that wait for one element each
 * @nr_sleepers: how many there are
 * @turn: each sleeper allocates once whenever this has changed
 * @woken: how often one of them has returned from that
 * @max_ns: the slowest call in each state
 * @calls: how many were made
 * @failed: how many of them did not do what was expected
 */
struct corners {
	struct stress_run *run;
	struct rsvpool *pool;
	void *elements[HELD_MAX];
	struct rsvpool_loan loan;
	unsigned int held;
	unsigned int unit;
	struct stress_thread sleepers[SLEEPERS];
	unsigned int nr_sleepers;
	unsigned int turn;
	atomic_t woken;
	u64 max_ns[CORNERS];
	u64 calls[CORNERS];
	u64 failed[CORNERS];
};

static void take_all(struct corners *c)
{
	void *element;

	while (c->held < HELD_MAX && (element = rsvpool_tryalloc(c->pool)))
		c->elements[c->held++] = element;
}

static void give(struct corners *c, unsigned int nr)
{
	while (nr-- && c->held)
		rsvpool_free(c->pool, c->elements[--c->held]);
}

static bool call_free(struct corners *c)
{
	if (c->held < c->unit)
		return false;
	c->held -= c->unit;
	if (c->unit == 1)
		rsvpool_free(c->pool, c->elements[c->held]);
	else
		rsvpool_free_bulk(c->pool, c->unit, &c->elements[c->held]);
	return true;
}

static bool call_alloc(struct corners *c)
{
	void **to = &c->elements[c->held];

	if (c->unit == 1)
		*to = rsvpool_tryalloc(c->pool);
	else if (rsvpool_tryalloc_bulk(c->pool, c->unit, to))
		*to = NULL;
	if (!*to)
		return false;
	c->held += c->unit;
	return true;
}

static bool call_refused(struct corners *c)
{
	return !call_alloc(c);
}

static void in_nmi_free(struct corners *c)
{
	stress_nmi_begin(c->pool);
	call_free(c);
	stress_nmi_end(c->pool);
}

/* Hold all elements except those in the slots, which are full. */
static void take_but_slots(struct corners *c)
{
	take_all(c);
	give(c, c->run->params.nr);
}

static void leave_all(struct corners *c)
{
}

/* Empty the cache; the depot has elements above min. */
static void drain_cache(struct corners *c)
{
	void *element;

	while (c->held < HELD_MAX && stress_cached_here(c->pool) &&
	       (element = rsvpool_tryalloc(c->pool)))
		c->elements[c->held++] = element;
}

/* Leave one element fewer than a call wants. */
static void leave_too_few(struct corners *c)
{
	take_all(c);
	give(c, c->unit - 1);
}

/* Hold as many elements as one call frees. */
static void hold_some(struct corners *c)
{
	take_all(c);
	if (c->held > c->unit)
		give(c, c->held - c->unit);
}

static void ask_back(struct corners *c)
{
	stress_ask_back(c->pool);
}

/* Park the elements of one call; all slots are full. */
static void park(struct corners *c)
{
	in_nmi_free(c);
}

/* Take the elements in the slots, as an NMI. */
static void empty_slots(struct corners *c)
{
	unsigned int i;

	stress_nmi_begin(c->pool);
	for (i = 0; i < c->run->params.nr && c->held < HELD_MAX; i++) {
		c->elements[c->held] = rsvpool_tryalloc(c->pool);
		if (!c->elements[c->held])
			break;
		c->held++;
	}
	stress_nmi_end(c->pool);
}

static void park_and_empty_slots(struct corners *c)
{
	park(c);
	empty_slots(c);
}

static void sleepers_come(struct corners *c)
{
	unsigned long until = jiffies + WAIT_TICKS;

	take_all(c);
	WRITE_ONCE(c->turn, c->turn + 1);
	while (stress_waiting(c->pool) < SLEEPERS &&
	       time_before(jiffies, until))
		schedule_timeout_interruptible(1);
}

static void sleepers_come_and_ask(struct corners *c)
{
	take_all(c);
	give(c, c->held);
	sleepers_come(c);
}

static void lend_all(struct corners *c)
{
	take_all(c);
	while (c->held)
		rsvpool_lend(c->pool, c->elements[--c->held], &c->loan);
}

static void lend_and_hold(struct corners *c)
{
	lend_all(c);
	drain_cache(c);
}

static const struct corner corners[] = {
	{ "alloc.cache", leave_all, NULL, call_alloc },
	{ "alloc.depot", drain_cache, NULL, call_alloc },
	{ "alloc.slots", take_but_slots, NULL, call_alloc },
	{ "alloc.parked", take_but_slots, park, call_alloc },
	{ "alloc.nothing", take_all, NULL, call_refused },
	{ "alloc.too_few", leave_too_few, NULL, call_refused },
	{ "alloc.asked_back", leave_all, ask_back, call_alloc },
	{ "alloc.lent", lend_and_hold, NULL, call_alloc },
	{ "alloc.parked_only", take_but_slots, park_and_empty_slots,
	  call_alloc },
	{ "alloc.nmi_slots", take_but_slots, NULL, call_alloc },
	{ "alloc.nmi_cache", leave_all, NULL, call_alloc },
	{ "alloc.nmi_too_few", leave_all, empty_slots, call_refused },
	{ "free.cache", take_but_slots, NULL, call_free },
	{ "free.missing", take_all, NULL, call_free },
	{ "free.short", take_but_slots, NULL, call_free },
	{ "free.parked", take_but_slots, park, call_free },
	{ "free.parked_missing", take_but_slots, park_and_empty_slots,
	  call_free },
	{ "free.asked_back", hold_some, ask_back, call_free },
	{ "free.waiting", sleepers_come, NULL, call_free },
	{ "free.waiting_parked", sleepers_come, park, call_free },
	{ "free.waiting_asked_back", sleepers_come_and_ask, ask_back,
	  call_free },
	{ "free.nmi_slots", take_all, NULL, call_free },
	{ "free.nmi_parked", take_but_slots, NULL, call_free },
};

/* Free all elements, wait until sleepers are served, let queued irq_works run. */
static void reset(struct corners *c)
{
	unsigned long until = jiffies + WAIT_TICKS;

	give(c, c->held);
	while (atomic_read(&c->woken) < SLEEPERS * c->turn &&
	       time_before(jiffies, until))
		schedule_timeout_interruptible(1);
	schedule_timeout_interruptible(1);
}

/* Is the call made as in an NMI that finds the depot locked? */
static bool is_nmi(const struct corner *corner)
{
	return strstr(corner->name, ".nmi");
}

static void visit(struct corners *c, unsigned int i)
{
	const struct corner *corner = &corners[i];
	unsigned long flags;
	u64 start, ns;
	bool done;

	corner->build(c);
	local_irq_save(flags);
	if (corner->ready)
		corner->ready(c);
	if (is_nmi(corner))
		stress_nmi_begin(c->pool);
	start = ktime_get_mono_fast_ns();
	done = corner->call(c);
	ns = ktime_get_mono_fast_ns() - start;
	if (is_nmi(corner))
		stress_nmi_end(c->pool);
	local_irq_restore(flags);
	c->calls[i]++;
	if (!done)
		c->failed[i]++;
	c->max_ns[i] = max(c->max_ns[i], ns);
	reset(c);
}

static void sleeper(struct stress_thread *thread)
{
	struct corners *c = thread->data;
	unsigned int turn = 0;
	void *element;

	while (!stress_stopping(c->run)) {
		if (turn == READ_ONCE(c->turn)) {
			schedule_timeout_idle(1);
			continue;
		}
		turn = READ_ONCE(c->turn);
		element = rsvpool_alloc(c->pool, GFP_KERNEL);
		if (element)
			rsvpool_free(c->pool, element);
		atomic_inc(&c->woken);
	}
}

static int corners_prepare(struct stress_run *run)
{
	struct corners *c = kvzalloc(sizeof(*c), GFP_KERNEL);
	int err;

	BUILD_BUG_ON(ARRAY_SIZE(corners) > CORNERS);
	if (!c)
		return -ENOMEM;
	c->run = run;
	c->pool = run->pool;
	c->unit = run->params.bulk;
	run->priv = c;
	while (c->nr_sleepers < SLEEPERS) {
		err = stress_thread_create(&c->sleepers[c->nr_sleepers], run,
					   sleeper, c, c->nr_sleepers, -1,
					   "sleeper");
		if (err)
			goto fail;
		c->nr_sleepers++;
	}
	return 0;

fail:
	stress_threads_destroy(c->sleepers, c->nr_sleepers);
	kvfree(c);
	return err;
}

static int corners_execute(struct stress_run *run)
{
	struct corners *c = run->priv;
	unsigned int round, i;

	for (i = 0; i < SLEEPERS; i++)
		stress_thread_start(&c->sleepers[i]);
	reset(c);
	for (round = 0; round < run->params.count; round++)
		for (i = 0; i < ARRAY_SIZE(corners); i++) {
			if (signal_pending(current))
				return -EINTR;
			if (stress_stopping(run))
				return 0;
			visit(c, i);
		}
	return 0;
}

static void corners_finish(struct stress_run *run)
{
	struct corners *c = run->priv;

	give(c, c->held);
	stress_threads_destroy(c->sleepers, c->nr_sleepers);
}

static void corners_show(struct seq_file *m, struct stress_run *run)
{
	const struct corners *c = run->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(corners); i++) {
		seq_printf(m, "%s.max=%llu\n", corners[i].name, c->max_ns[i]);
		if (c->failed[i])
			seq_printf(m, "%s.failed=%llu\n", corners[i].name,
				   c->failed[i]);
	}
}

static void corners_release(struct stress_run *run)
{
	kvfree(run->priv);
}

static int corners_check(const struct stress_params *params)
{
	if (!*params->pool) {
		pr_warn("corners: pool: missing\n");
		return -EINVAL;
	}
	return 0;
}

static const struct stress_param corners_params[] = {
	STRESS_PARAM_POOL,
	STRESS_PARAM_NUMBER(count, 1, UINT_MAX, 20, "calls in each state"),
	STRESS_PARAM_NUMBER(bulk, 1, RSVPOOL_BULK_MAX, RSVPOOL_BULK_MAX,
			    "elements of a call"),
	STRESS_PARAM_NUMBER(nr, 0, RSVPOOL_NMI_MAX, 64,
			    "the pool's nmi_reserve"),
	{}
};

const struct stress_scenario stress_corners_scenario = {
	.name = "corners",
	.help = "single calls in the states in which they do the most work",
	.params = corners_params,
	.check = corners_check,
	.prepare = corners_prepare,
	.execute = corners_execute,
	.finish = corners_finish,
	.show = corners_show,
	.release = corners_release,
};

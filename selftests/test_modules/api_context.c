// SPDX-License-Identifier: GPL-2.0
/*
 * rsvpool_tryalloc(), rsvpool_free() and their bulk forms from every context,
 * on pools of every kind.
 */
#include <linux/completion.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "api.h"
#include "api_nmi.h"
#include "test_compat.h"

#define NMI_RESERVE	8
#define SINGLES		3
#define BULK		4
#define WRITTEN		64	/* bytes of an element, at most */
#define ROUNDS		50	/* visits to the context */
#define LOOPS		20	/* takes and gives in one visit */

/*
 * The calls that are made in each context.  No CHECK() in here: it takes a
 * sleeping lock.
 */
struct visit {
	struct rsvpool *pool;
	size_t bytes;		/* that may be written; 0 in opaque pools */
	unsigned int missing;
	unsigned int twice;
	unsigned int wrong_place;
	bool (*is_there)(void);
};

static void look_around(struct visit *visit)
{
	void *elements[SINGLES + BULK];
	unsigned int loop, i, n;

	if (!visit->is_there()) {
		visit->wrong_place++;
		return;
	}
	for (loop = 0; loop < LOOPS; loop++) {
		for (n = 0; n < SINGLES; n++) {
			elements[n] = rsvpool_tryalloc(visit->pool);
			if (!elements[n])
				break;
		}
		if (n == SINGLES && !rsvpool_tryalloc_bulk(visit->pool, BULK,
							   elements + n))
			n += BULK;
		if (n < SINGLES + BULK)
			visit->missing++;
		if (!all_different(elements, n))
			visit->twice++;
		for (i = 0; visit->bytes && i < n; i++)
			memset(elements[i], i, min_t(size_t, visit->bytes,
						     WRITTEN));
		if (n > SINGLES) {
			rsvpool_free_bulk(visit->pool, BULK,
					  elements + SINGLES);
			n = SINGLES;
		}
		while (n)
			rsvpool_free(visit->pool, elements[--n]);
	}
}

/*
 * How to enter each context.
 */

static bool is_task(void)
{
	return in_task() && preemptible();
}

static bool visit_task(struct visit *visit)
{
	visit->is_there = is_task;
	look_around(visit);
	return true;
}

static bool is_preempt_off(void)
{
	return in_task() && !preemptible() && !irqs_disabled();
}

static bool visit_preempt_off(struct visit *visit)
{
	visit->is_there = is_preempt_off;
	preempt_disable();
	look_around(visit);
	preempt_enable();
	return true;
}

static bool is_irqs_off(void)
{
	return in_task() && irqs_disabled();
}

static bool visit_irqs_off(struct visit *visit)
{
	unsigned long flags;

	visit->is_there = is_irqs_off;
	local_irq_save(flags);
	look_around(visit);
	local_irq_restore(flags);
	return true;
}

static DEFINE_RAW_SPINLOCK(raw_lock);

static bool visit_raw_spinlock(struct visit *visit)
{
	unsigned long flags;

	visit->is_there = is_irqs_off;
	raw_spin_lock_irqsave(&raw_lock, flags);
	look_around(visit);
	raw_spin_unlock_irqrestore(&raw_lock, flags);
	return true;
}

static bool is_bh_off(void)
{
	return in_task() && in_softirq();
}

static bool visit_bh_off(struct visit *visit)
{
	visit->is_there = is_bh_off;
	local_bh_disable();
	look_around(visit);
	local_bh_enable();
	return true;
}

/* Softirqs, hardirqs: the visit is made by a function that runs there. */

struct errand {
	struct visit *visit;
	struct completion done;
	struct tasklet_struct tasklet;
	struct irq_work irq_work;
	struct hrtimer timer;
};

static void errand_run(struct errand *errand)
{
	look_around(errand->visit);
	complete(&errand->done);
}

static bool is_softirq(void)
{
	return in_serving_softirq();
}

static void errand_tasklet(struct tasklet_struct *tasklet)
{
	errand_run(container_of(tasklet, struct errand, tasklet));
}

static bool visit_softirq(struct visit *visit)
{
	struct errand errand = { .visit = visit };

	visit->is_there = is_softirq;
	init_completion(&errand.done);
	tasklet_setup(&errand.tasklet, errand_tasklet);
	tasklet_schedule(&errand.tasklet);
	wait_for_completion(&errand.done);
	tasklet_kill(&errand.tasklet);
	return true;
}

static bool is_hardirq(void)
{
	return in_hardirq() && irqs_disabled();
}

static void errand_irq_work(struct irq_work *work)
{
	errand_run(container_of(work, struct errand, irq_work));
}

static bool visit_irq_work(struct visit *visit)
{
	struct errand errand = { .visit = visit };

	visit->is_there = is_hardirq;
	init_completion(&errand.done);
	errand.irq_work = IRQ_WORK_INIT_HARD(errand_irq_work);
	irq_work_queue(&errand.irq_work);
	wait_for_completion(&errand.done);
	irq_work_sync(&errand.irq_work);
	return true;
}

static enum hrtimer_restart errand_timer(struct hrtimer *timer)
{
	errand_run(container_of(timer, struct errand, timer));
	return HRTIMER_NORESTART;
}

static bool visit_hard_timer(struct visit *visit)
{
	struct errand errand = { .visit = visit };

	visit->is_there = is_hardirq;
	init_completion(&errand.done);
	hrtimer_setup_on_stack(&errand.timer, errand_timer,
			       CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	hrtimer_start(&errand.timer, ns_to_ktime(20 * NSEC_PER_USEC),
		      HRTIMER_MODE_REL_HARD);
	wait_for_completion(&errand.done);
	hrtimer_cancel(&errand.timer);
	destroy_hrtimer_on_stack(&errand.timer);
	return true;
}

static void errand_nmi(void *visit)
{
	look_around(visit);
}

static bool is_nmi(void)
{
	return in_nmi();
}

static bool visit_nmi(struct visit *visit)
{
	visit->is_there = is_nmi;
	return api_nmi_run(errand_nmi, visit);
}

/*
 * The pools.
 */

static void at_rest(struct rsvpool_attr *attr)
{
}

static void no_cache(struct rsvpool_attr *attr)
{
	attr->cache = 0;
}

static void small_batches(struct rsvpool_attr *attr)
{
	attr->cache = 3;
	attr->batch = 1;
}

static void no_surplus(struct rsvpool_attr *attr)
{
	attr->max = attr->reserve;
}

static void all_for_nmi(struct rsvpool_attr *attr)
{
	attr->reserve = attr->nmi_reserve;
	attr->max = attr->nmi_reserve;
}

static void zeroing(struct rsvpool_attr *attr)
{
	attr->zero = true;
}

static void in_order_one(struct rsvpool_attr *attr)
{
	attr->order = 1;
}

static void of_kmalloc(struct rsvpool_attr *attr)
{
	attr->source = RSVPOOL_KMALLOC;
	attr->size = RSVPOOL_MIN_SIZE;
}

static void of_opaque_kmalloc(struct rsvpool_attr *attr)
{
	of_kmalloc(attr);
	attr->opaque = true;
}

static void (* const shapes[])(struct rsvpool_attr *attr) = {
	at_rest, no_cache, small_batches, no_surplus, all_for_nmi, zeroing,
	in_order_one, of_kmalloc, of_opaque_kmalloc,
};

static void go(bool (*there)(struct visit *visit), struct rsvpool *pool,
	       size_t bytes)
{
	struct visit visit = { .pool = pool, .bytes = bytes };
	unsigned int round;

	for (round = 0; round < ROUNDS; round++)
		if (!CHECK(there(&visit)))
			break;
	CHECK_EQ(visit.missing, 0);
	CHECK_EQ(visit.twice, 0);
	CHECK_EQ(visit.wrong_place, 0);
}

static void everywhere(bool (*there)(struct visit *visit))
{
	struct rsvpool_attr attr;
	struct rsvpool *pool, *upper;
	struct counted source;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		rsvpool_attr_init(&attr, "api");
		attr.reserve = 16;
		attr.nmi_reserve = NMI_RESERVE;
		shapes[i](&attr);
		pool = MAKE_POOL(&attr);
		if (!pool)
			continue;
		go(there, pool,
		   attr.opaque ? 0 : rsvpool_element_bytes(pool));
		rsvpool_destroy(pool);
	}

	/* The caller's own source, and a pool on top of it. */
	counted_init(&source);
	counted_attr(&attr, "api", &source);
	attr.reserve = 32;
	attr.nmi_reserve = NMI_RESERVE;
	pool = MAKE_POOL(&attr);
	if (!pool)
		return;
	go(there, pool, 0);
	rsvpool_attr_init(&attr, "api-upper");
	attr.source = RSVPOOL_POOL;
	attr.parent = pool;
	attr.reserve = 16;
	attr.nmi_reserve = NMI_RESERVE;
	upper = MAKE_POOL(&attr);
	if (upper) {
		go(there, upper, 0);
		rsvpool_destroy(upper);
	}
	counted_end(pool, &source);
}

static void test_in_task(void)
{
	everywhere(visit_task);
}

static void test_with_preemption_off(void)
{
	everywhere(visit_preempt_off);
}

static void test_with_interrupts_off(void)
{
	everywhere(visit_irqs_off);
}

static void test_under_raw_spinlock(void)
{
	everywhere(visit_raw_spinlock);
}

static void test_with_softirqs_off(void)
{
	everywhere(visit_bh_off);
}

static void test_in_softirq(void)
{
	everywhere(visit_softirq);
}

static void test_in_hard_irq_work(void)
{
	everywhere(visit_irq_work);
}

static void test_in_hard_timer(void)
{
	everywhere(visit_hard_timer);
}

static void test_in_nmi(void)
{
	if (!API_HAS_NMI || !CHECK_EQ(api_nmi_start(), 0))
		return;
	everywhere(visit_nmi);
	api_nmi_stop();
}

/*
 * In NMI the guarantee is nmi_reserve, even if all else is outstanding, and
 * elements that are freed there are kept.
 */

struct grab {
	struct rsvpool *pool;
	void *elements[NMI_RESERVE];
	unsigned int nr;
};

static void grab_in_nmi(void *data)
{
	struct grab *grab = data;

	while (grab->nr < NMI_RESERVE) {
		grab->elements[grab->nr] = rsvpool_tryalloc(grab->pool);
		if (!grab->elements[grab->nr])
			break;
		grab->nr++;
	}
}

static void release_in_nmi(void *data)
{
	struct grab *grab = data;

	while (grab->nr)
		rsvpool_free(grab->pool, grab->elements[--grab->nr]);
}

static void test_nmi_reserve(void)
{
	struct rsvpool_attr attr;
	struct counted source;
	struct grab grab = { };
	unsigned int round;
	void *elements[64];

	if (!API_HAS_NMI)
		return;
	counted_init(&source);
	counted_attr(&attr, "api", &source);
	attr.reserve = 24;
	attr.nmi_reserve = NMI_RESERVE;
	attr.max = 24;
	grab.pool = MAKE_POOL(&attr);
	if (!grab.pool)
		return;
	if (CHECK_EQ(api_nmi_start(), 0)) {
		for (round = 0; round < 20; round++) {
			CHECK(api_nmi_run(grab_in_nmi, &grab));
			CHECK_EQ(grab.nr, NMI_RESERVE);
			CHECK(all_different(grab.elements, grab.nr));
			CHECK_EQ(take_all(grab.pool, elements, 64),
				 24 - NMI_RESERVE);
			CHECK(api_nmi_run(release_in_nmi, &grab));
			CHECK_EQ(grab.nr, 0);
			give_all(grab.pool, elements, 24 - NMI_RESERVE);
			CHECK_EQ(take_all(grab.pool, elements, 64), 24);
			give_all(grab.pool, elements, 24);
		}
		api_nmi_stop();
	}
	counted_end(grab.pool, &source);
}

/* rsvpool_alloc() that may not sleep, from where it is allowed. */
static void test_atomic_alloc(void)
{
	struct counted source;
	struct rsvpool *pool = counted_pool("api", &source, 8, 32);
	unsigned long flags;
	void *elements[8];
	unsigned int i;

	if (!pool)
		return;
	for (i = 0; i < 8; i++) {
		local_irq_save(flags);
		elements[i] = rsvpool_alloc(pool, GFP_ATOMIC);
		local_irq_restore(flags);
		CHECK(elements[i]);
	}
	for (i = 0; i < 8; i++)
		if (elements[i])
			rsvpool_free(pool, elements[i]);
	counted_end(pool, &source);
}

const struct api_test context_tests[] = {
	API_TEST(in_task),
	API_TEST(with_preemption_off),
	API_TEST(with_interrupts_off),
	API_TEST(under_raw_spinlock),
	API_TEST(with_softirqs_off),
	API_TEST(in_softirq),
	API_TEST(in_hard_irq_work),
	API_TEST(in_hard_timer),
	API_TEST(in_nmi),
	API_TEST(nmi_reserve),
	API_TEST(atomic_alloc),
	{ }
};

// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts in which tests make calls: tasks that may not sleep, softirq,
 * hardirq, NMI.
 */
#include <linux/completion.h>
#include <linux/hardirq.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/spinlock.h>

#include "api_nmi.h"
#include "wait.h"

bool go_task(void (*fn)(void *data), void *data)
{
	fn(data);
	return true;
}

bool go_preempt_off(void (*fn)(void *data), void *data)
{
	preempt_disable();
	fn(data);
	preempt_enable();
	return true;
}

bool go_irqs_off(void (*fn)(void *data), void *data)
{
	unsigned long flags;

	local_irq_save(flags);
	fn(data);
	local_irq_restore(flags);
	return true;
}

bool go_bh_off(void (*fn)(void *data), void *data)
{
	local_bh_disable();
	fn(data);
	local_bh_enable();
	return true;
}

static DEFINE_RAW_SPINLOCK(raw_lock);

bool go_raw_lock(void (*fn)(void *data), void *data)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&raw_lock, flags);
	fn(data);
	raw_spin_unlock_irqrestore(&raw_lock, flags);
	return true;
}

/* The visit is made by a function that runs there. */
struct errand {
	void (*fn)(void *data);
	void *data;
	bool there;
	struct completion done;
	struct tasklet_struct tasklet;
	struct irq_work irq_work;
};

static void errand_run(struct errand *errand, bool there)
{
	errand->there = there;
	errand->fn(errand->data);
	complete(&errand->done);
}

static void errand_tasklet(struct tasklet_struct *tasklet)
{
	errand_run(container_of(tasklet, struct errand, tasklet),
		   in_serving_softirq());
}

bool go_softirq(void (*fn)(void *data), void *data)
{
	struct errand errand = { .fn = fn, .data = data };

	init_completion(&errand.done);
	tasklet_setup(&errand.tasklet, errand_tasklet);
	tasklet_schedule(&errand.tasklet);
	wait_for_completion(&errand.done);
	tasklet_kill(&errand.tasklet);
	return errand.there;
}

static void errand_irq_work(struct irq_work *work)
{
	errand_run(container_of(work, struct errand, irq_work),
		   in_hardirq() && irqs_disabled());
}

bool go_hardirq(void (*fn)(void *data), void *data)
{
	struct errand errand = { .fn = fn, .data = data };

	init_completion(&errand.done);
	errand.irq_work = IRQ_WORK_INIT_HARD(errand_irq_work);
	irq_work_queue(&errand.irq_work);
	wait_for_completion(&errand.done);
	irq_work_sync(&errand.irq_work);
	return errand.there;
}

bool has_nmi(void)
{
	return API_HAS_NMI;
}

bool go_nmi(void (*fn)(void *data), void *data)
{
	return api_nmi_run(fn, data);
}

const struct context contexts[] = {
	{ "task", go_task },
	{ "preemption off", go_preempt_off },
	{ "interrupts off", go_irqs_off },
	{ "softirqs off", go_bh_off },
	{ "raw lock", go_raw_lock },
	{ "softirq", go_softirq },
	{ "hardirq", go_hardirq },
	{ API_HAS_NMI ? "NMI" : NULL, go_nmi },
	{ }
};

bool contexts_start(void)
{
	return CHECK_EQ(api_nmi_start(), 0);
}

void contexts_stop(void)
{
	api_nmi_stop();
}

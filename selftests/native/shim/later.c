// SPDX-License-Identifier: GPL-2.0
/*
 * What runs later, and sleep, where one thread is all CPUs in turn: it is noted,
 * and done when the test says so.  Where CPUs are threads: threads.c.
 */
#include <linux/mempool.h>

static struct task_struct main_task = {
	.prio = DEFAULT_PRIO,
	.pid = 1,
	.comm = "native",
};

struct native native = { .task = &main_task };

/* Where nothing else happens meanwhile; a kernel's CPU would do nothing else. */
#define IRQ_WORKS_MOST	10000

static LIST_HEAD(irq_works);
static LIST_HEAD(works);
struct workqueue_struct native_wq;

bool irq_work_queue(struct irq_work *work)
{
	if (xchg(&work->pending, true))
		return false;
	work->cpu = native.cpu;
	list_add_tail(&work->list, &irq_works);
	return true;
}

static void run_irq_work(struct irq_work *work)
{
	struct native before = native;

	list_del(&work->list);
	work->pending = false;
	native_set_cpu(work->cpu);
	native.in_irq = true;
	native.irqs_off = true;
	work->func(work);
	BUG_ON(native.preempt != before.preempt ||
	       native.locks != before.locks || native.rcu != before.rcu);
	native.in_irq = before.in_irq;
	native.irqs_off = before.irqs_off;
	native_set_cpu(before.cpu);
}

unsigned int native_irq_work(void)
{
	unsigned int n;

	BUG_ON(native.irqs_off);
	for (n = 0; !list_empty(&irq_works); n++) {
		if (n == IRQ_WORKS_MOST)
			native_bug(__FILE__, __LINE__,
				   "irq_works queue each other for ever");
		run_irq_work(list_first_entry(&irq_works, struct irq_work,
					      list));
	}
	return n;
}

bool native_irq_work_pending(void)
{
	return !list_empty(&irq_works);
}

void native_forget(void)
{
	struct irq_work *irq_work, *next_irq;
	struct work_struct *work, *next;

	list_for_each_entry_safe(irq_work, next_irq, &irq_works, list) {
		list_del(&irq_work->list);
		irq_work->pending = false;
	}
	list_for_each_entry_safe(work, next, &works, list) {
		list_del(&work->list);
		work->pending = false;
	}
}

void irq_work_sync(struct irq_work *work)
{
	unsigned int n;

	might_sleep();
	for (n = 0; work->pending; n++) {
		if (n == IRQ_WORKS_MOST)
			native_bug(__FILE__, __LINE__,
				   "an irq_work queues itself for ever");
		run_irq_work(work);
	}
}

bool queue_work_on(int cpu, struct workqueue_struct *wq,
		   struct work_struct *work)
{
	if (work->pending)
		return false;
	work->pending = true;
	work->cpu = cpu < NATIVE_CPUS ? cpu : native.cpu;
	list_add_tail(&work->list, &works);
	return true;
}

static void run_work(struct work_struct *work)
{
	int cpu = native.cpu;

	list_del(&work->list);
	work->pending = false;
	native_set_cpu(work->cpu);
	work->func(work);
	might_sleep();
	native_set_cpu(cpu);
}

unsigned int native_work(void)
{
	unsigned int n;

	might_sleep();
	for (n = 0; !list_empty(&works); n++)
		run_work(list_first_entry(&works, struct work_struct, list));
	return n;
}

bool flush_work(struct work_struct *work)
{
	might_sleep();
	if (!work->pending)
		return false;
	run_work(work);
	return true;
}

bool cancel_work_sync(struct work_struct *work)
{
	might_sleep();
	if (!work->pending)
		return false;
	list_del(&work->list);
	work->pending = false;
	return true;
}

/*
 * A mempool, and the tracepoint: only where tasks take turns.
 */

struct tracepoint native_exit = { .name = "sched_process_exit" };
mempool_t *native_mempool;

mempool_t *mempool_create_kmalloc_pool(int min_nr, size_t bytes)
{
	mempool_t *pool = calloc(1, sizeof(*pool));

	*pool = (mempool_t) { .bytes = bytes, .min_nr = min_nr };
	pool->elements = calloc(min_nr, sizeof(void *));
	while (pool->curr_nr < min_nr)
		pool->elements[pool->curr_nr++] = malloc(bytes);
	BUG_ON(native_mempool);
	native_mempool = pool;
	return pool;
}

void mempool_destroy(mempool_t *pool)
{
	if (!pool)
		return;
	BUG_ON(pool->curr_nr != pool->min_nr);
	while (pool->curr_nr)
		free(pool->elements[--pool->curr_nr]);
	free(pool->elements);
	free(pool);
}

void *mempool_alloc(mempool_t *pool, gfp_t gfp)
{
	void *p;

	BUG_ON(gfpflags_allow_blocking(gfp));
	p = native_alloc(pool->bytes, gfp);
	if (!p && pool->curr_nr)
		p = pool->elements[--pool->curr_nr];
	return p;
}

/* Where PREEMPT_RT allows it. */
void mempool_free(void *element, mempool_t *pool)
{
	might_sleep();
	if (pool->curr_nr < pool->min_nr)
		pool->elements[pool->curr_nr++] = element;
	else
		native_free(element);
}

long schedule_timeout(long timeout)
{
	unsigned long end = native.now + timeout;
	struct task_struct *task = current;

	might_sleep();
	BUG_ON(!native.sleep);
	native.sleep(timeout);
	task->state = TASK_RUNNING;
	return max_t(long, end - native.now, 0);
}

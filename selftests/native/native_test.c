// SPDX-License-Identifier: GPL-2.0
/*
 * What the native tests share; and stubs for the files of module/ that are not
 * built here.  The stubs are weak: a file that is built replaces them.
 */
#include <time.h>

#include "config.h"
#include "debug.h"
#include "debugfs.h"
#include "event.h"
#include "holders.h"
#include "native_test.h"
#include "depot.h"
#include "refill.h"
#include "section.h"
#include "worker.h"

static unsigned int number, failed;

void plan(unsigned int results)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("KTAP version 1\n1..%u\n", results);
	native_set_cpu(0);
}

bool result(bool ok, const char *what, ...)
{
	va_list args;

	failed += !ok;
	number++;
	printf("%sok %u ", ok ? "" : "not ", number);
	va_start(args, what);
	vprintf(what, args);
	va_end(args);
	putchar('\n');
	return ok;
}

void skip(const char *why, const char *what, ...)
{
	va_list args;

	printf("ok %u ", ++number);
	va_start(args, what);
	vprintf(what, args);
	va_end(args);
	printf(" # SKIP %s\n", why);
}

void comment(const char *what, ...)
{
	va_list args;

	printf("# ");
	va_start(args, what);
	vprintf(what, args);
	va_end(args);
	putchar('\n');
}

int finish(void)
{
	return failed ? 1 : 0;
}

void test_failed(void)
{
	printf("not ok %u stopped\n", ++number);
	exit(1);
}

double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

/* A linear congruential generator; its upper half. */
unsigned int random_below(struct random *r, unsigned int n)
{
	r->state = r->state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (r->state >> 32) % n;
}

static void *number_alloc(gfp_t gfp, int node, void *data)
{
	struct numbers *n = data;

	if (n->dry)
		return NULL;
	n->alive++;
	n->made++;
	return (void *)(uintptr_t)n->made;
}

static void number_free(void *element, void *data)
{
	struct numbers *n = data;

	MUST(n->alive, "more elements go back than there are");
	n->alive--;
}

const struct rsvpool_ops number_ops = {
	.alloc = number_alloc,
	.free = number_free,
};

void numbers_attr(struct rsvpool_attr *attr, const char *name,
		  struct numbers *numbers, unsigned int reserve)
{
	*numbers = (struct numbers) {};
	rsvpool_attr_init(attr, name);
	attr->source = RSVPOOL_OPS;
	attr->ops = &number_ops;
	attr->data = numbers;
	attr->size = 64;
	attr->reserve = reserve;
	attr->cache = 0;
	attr->low = reserve;
	attr->high = reserve;
	attr->adaptive = false;
}

/* Before the oldest pool stands the list's head, which is pool.c's and registry.c's. */
struct list_head *all_pools(void)
{
	static struct list_head *head;
	struct rsvpool *pool;

	if (!head) {
		rsvpool_for_each(pool)
			head = head ?: pool->node_in_registry.prev;
		MUST(head, "there is no pool");
	}
	return head;
}

/*
 * worker.c: there is one worker, of the last pool that asked, as only one pool
 * at a time has work in these tests; a delay is over when settle() runs.
 */
static struct rsvpool *asked[16];

/* Run it until it has nothing more to do. */
#define ROUNDS_MOST	10000

__weak int worker_init(void)
{
	return 0;
}

__weak void worker_exit(void)
{
}

__weak void worker_setup(struct rsvpool *pool)
{
}

__weak int worker_thread_create(struct rsvpool *pool)
{
	return 0;
}

__weak void worker_thread_destroy(struct rsvpool *pool)
{
}

__weak void native_woke(struct task_struct *task)
{
}

__weak void worker_wake(struct rsvpool *pool)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(asked) && asked[i] != pool; i++)
		if (!asked[i]) {
			asked[i] = pool;
			return;
		}
	MUST(i < ARRAY_SIZE(asked), "too many pools have work");
}

/* A back-off: the test advances the time. */
__weak void worker_wake_after(struct rsvpool *pool, unsigned long delay)
{
}

__weak void worker_cancel_sync(struct rsvpool *pool)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(asked); i++)
		if (asked[i] == pool)
			asked[i] = NULL;
}

__weak bool worker_runs(struct rsvpool *pool)
{
	return false;
}

__weak void worker_queue(struct work_struct *work)
{
	queue_work(&native_wq, work);
}

__weak void worker_queue_rcu(struct rcu_work *work)
{
	queue_rcu_work(&native_wq, work);
}

__weak void worker_rebind(struct rsvpool *pool)
{
}

__weak int worker_set_prio(struct rsvpool *pool, unsigned int prio)
{
	return 0;
}

__weak int worker_parse_cpus(struct rsvpool *pool, const char *list,
			     struct cpumask *cpus)
{
	return -EINVAL;
}

__weak void worker_set_cpus(struct rsvpool *pool, const struct cpumask *cpus)
{
}

__weak unsigned int worker_prio(const struct rsvpool *pool)
{
	return 0;
}

__weak const struct cpumask *worker_cpus(const struct rsvpool *pool)
{
	static const struct cpumask none;

	return &none;
}

__weak void worker_copy_cpus(struct rsvpool *pool, struct cpumask *to)
{
	cpumask_clear(to);
}

/* event.c: events are dropped. */
__weak int event_init(void)
{
	return 0;
}

__weak void event_exit(void)
{
}

__weak void event_setup(struct rsvpool *pool)
{
}

__weak void event_start(struct rsvpool *pool)
{
}

__weak void event_queue(struct work_struct *work)
{
	queue_work(&native_wq, work);
}

__weak void event_check(struct rsvpool *pool)
{
}

__weak void event_stop(struct rsvpool *pool)
{
}

void settle(void)
{
	unsigned int i, ran, rounds = 0;

	do {
		MUST(rounds++ < ROUNDS_MOST, "the worker is called for ever");
		ran = native_irq_work() + native_work();
		for (i = 0; i < ARRAY_SIZE(asked); i++) {
			struct rsvpool *pool = asked[i];

			asked[i] = NULL;
			if (pool) {
				refill_run(pool);
				ran++;
			}
		}
	} while (ran);
}

/* debug.c, debugfs.c, section.c */
__weak int debug_init(struct rsvpool *pool)
{
	return 0;
}

__weak void debug_exit(struct rsvpool *pool)
{
}

__weak void debug_add(struct rsvpool *pool, void *element)
{
}

__weak void debug_remove(struct rsvpool *pool, void *element)
{
}

__weak void debug_taken(struct rsvpool *pool, void *element, unsigned long by)
{
}

__weak bool debug_freed(struct rsvpool *pool, void *element, unsigned long by)
{
	return true;
}

__weak bool debug_lent(struct rsvpool *pool, void *element, unsigned long by)
{
	return true;
}

__weak void debug_unparked(struct rsvpool *pool, void *element)
{
}

__weak void debug_report(struct rsvpool *pool)
{
}

__weak void debug_may_sleep(struct rsvpool *pool)
{
}

__weak void holders_print(struct rsvpool *pool)
{
}

__weak void holders_report_stall(struct rsvpool *pool)
{
}

__weak void debugfs_add(struct rsvpool *pool)
{
}

__weak void debugfs_remove_pool(struct rsvpool *pool)
{
}

__weak void section_setup(struct rsvpool *pool)
{
}

__weak int section_allocate(struct rsvpool *pool)
{
	return 0;
}

__weak void section_deallocate(struct rsvpool *pool)
{
}

__weak int section_lower_reserve(struct rsvpool *pool, unsigned int reserve,
				 void (*lower)(struct rsvpool *pool,
					       unsigned int reserve))
{
	local_irq_disable();
	lower(pool, reserve);
	local_irq_enable();
	return 0;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * test_life - pool.c in states that are rare in a guest: work that is still
 * queued when a pool is destroyed, a pool whose owner has gone, and a name that
 * another pool has taken
 */
#include "native_test.h"
#include "parse.h"
#include "worker.h"

#define RESERVE	8

static struct numbers numbers;
static struct rsvpool *pool;
static unsigned int timers;

/* How often the worker has set its back-off timer. */
void worker_wake_after(struct rsvpool *from, unsigned long delay)
{
	timers++;
}

static void pool_make(const struct rsvpool_ops *ops)
{
	struct rsvpool_attr attr;

	numbers_attr(&attr, "life", &numbers, RESERVE);
	attr.ops = ops;
	pool = rsvpool_create(&attr);
	MUST(!IS_ERR(pool), "no pool: %s", native_line);
	settle();
}

static void pool_unmake(void)
{
	rsvpool_destroy(pool);
	MUST(!numbers.alive, "%u elements are left", numbers.alive);
}

static void kicking_free(void *element, void *data)
{
	number_ops.free(element, data);
	preempt_disable();
	pool_kick(pool);
	preempt_enable();
}

/* As the trim work of a CPU may, which is stopped after the worker. */
static void test_kicks(void)
{
	struct rsvpool_ops ops = number_ops;

	ops.free = kicking_free;
	pool_make(&ops);
	pool_unmake();
	result(!native_irq_work_pending(),
	       "no irq_work of a pool is queued when it is freed");
	native_forget();
}

/* Below low, while the source fails: first with an owner, then without. */
static void test_orphan(void)
{
	void *elements[RESERVE / 2];
	unsigned int i, armed;

	pool_make(&number_ops);
	numbers.dry = true;
	for (i = 0; i < ARRAY_SIZE(elements); i++)
		elements[i] = rsvpool_tryalloc(pool);
	settle();
	armed = timers;
	result(armed, "while the source fails, the worker comes back");
	WRITE_ONCE(pool->orphan, true);
	refill_now(pool);
	settle();
	result(timers == armed &&
	       atomic_read(&pool->refill_state) == REFILL_AT_MAX,
	       "a pool that has no source any more is not polled");
	WRITE_ONCE(pool->orphan, false);
	for (i = 0; i < ARRAY_SIZE(elements); i++)
		rsvpool_free(pool, elements[i]);
	pool_unmake();
}

/* An administrator creates a pool while another is being created. */
static void replace_a(void)
{
	char text[] = "a,reserve=2";

	native_line_hook = NULL;
	MUST(!rsvpool_destroy_by_name("a"), "a stays: %s", native_line);
	MUST(!rsvpool_create_from_text(text, ";"), "%s", native_line);
}

static void test_undo(void)
{
	char text[] = "a,reserve=1;b,reserve=1;c,unknown=1";
	struct rsvpool *a, *b;

	native_line_hook = replace_a;
	MUST(rsvpool_create_from_text(text, ";") == -EINVAL, "c is there");
	a = rsvpool_get("a");
	b = rsvpool_get("b");
	result(a && a->reserve == 2 && !b,
	       "what is undone is what was made, not what has its name");
	rsvpool_put(a);
	rsvpool_put(b);
	if (a)
		MUST(!rsvpool_destroy_by_name("a"), "a stays");
	if (b)
		MUST(!rsvpool_destroy_by_name("b"), "b stays");
}

int main(void)
{
	plan(4);
	test_kicks();
	test_orphan();
	test_undo();
	return finish();
}

// SPDX-License-Identifier: GPL-2.0
/*
 * rsvpool_control - one user of pools for each kind of mistake, to test whether
 * the rig reports it.  The parameter "wrong" selects the mistake, which init
 * makes.  Not for any machine but a guest: scripts/check.d/control.
 *
 * The functions that make the mistakes are not inlined, as reports have to show
 * their names.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/irq_work.h>
#include <linux/mempool.h>
#include <linux/module.h>
#include <linux/rsvpool.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

/* Two of them access pools directly, without the API. */
#include "internal.h"

#define ELEMENT_BYTES	192
#define PAGES		1024	/* more than any list of one CPU has */
#define RACE_MS		4000
#define LEAKED		32

static char *wrong = "";
module_param(wrong, charp, 0444);
MODULE_PARM_DESC(wrong, "the mistake to make");

static DEFINE_RAW_SPINLOCK(raw_lock);

static struct rsvpool *objects(const char *name, bool debug)
{
	struct rsvpool_attr attr;

	rsvpool_attr_init(&attr, name);
	attr.source = RSVPOOL_KMALLOC;
	attr.size = ELEMENT_BYTES;
	attr.reserve = 4;
	attr.max = 4 + LEAKED;
	attr.cache = 0;
	attr.debug = debug;
	return rsvpool_create(&attr);
}

/*
 * Allocators under a raw lock: allowed on other kernels, wrong on PREEMPT_RT.
 */
static noinline void control_mempool_under_raw_lock(void)
{
	mempool_t *pool = mempool_create_kmalloc_pool(2, ELEMENT_BYTES);
	unsigned long flags;
	void *element;

	if (!pool)
		return;
	raw_spin_lock_irqsave(&raw_lock, flags);
	element = mempool_alloc(pool, GFP_ATOMIC);
	raw_spin_unlock_irqrestore(&raw_lock, flags);
	if (element)
		mempool_free(element, pool);
	mempool_destroy(pool);
}

static noinline void control_alloc_page_under_raw_lock(void)
{
	struct page *first = NULL, *page;
	unsigned long flags;
	unsigned int i;

	raw_spin_lock_irqsave(&raw_lock, flags);
	for (i = 0; i < PAGES; i++) {
		page = alloc_page(GFP_ATOMIC);
		if (!page)
			break;
		page->private = (unsigned long)first;
		first = page;
	}
	raw_spin_unlock_irqrestore(&raw_lock, flags);
	while ((page = first)) {
		first = (struct page *)page->private;
		page->private = 0;
		__free_page(page);
	}
}

/* A request that may sleep, from a hard interrupt. */
static struct rsvpool *hardirq_pool;

static void control_hardirq_fn(struct irq_work *work)
{
	rsvpool_free(hardirq_pool, rsvpool_alloc(hardirq_pool, GFP_KERNEL));
}

static noinline void control_sleep_in_hardirq(void)
{
	struct irq_work work = IRQ_WORK_INIT_HARD(control_hardirq_fn);

	hardirq_pool = objects("control", false);
	if (IS_ERR(hardirq_pool))
		return;
	irq_work_queue(&work);
	irq_work_sync(&work);
	rsvpool_destroy(hardirq_pool);
}

/*
 * A plain read of a setting that the administrator changes meanwhile: the
 * script that loads this writes to the pool's batch.
 */
static noinline void control_read_setting(struct rsvpool *pool)
{
	if (pool->batch == RSVPOOL_BATCH_MAX + 1)
		pr_info("never\n");
}

static noinline void control_race_on_setting(void)
{
	unsigned long until = jiffies + msecs_to_jiffies(RACE_MS);
	struct rsvpool *pool = rsvpool_get("control");

	if (!pool)
		return;
	while (time_before(jiffies, until)) {
		control_read_setting(pool);
		cond_resched();
	}
	rsvpool_put(pool);
}

static noinline void control_write_to(char *byte)
{
	WRITE_ONCE(*byte, 1);
}

/* Write to an element that is free in the depot: beyond its first word. */
static noinline void control_use_after_free(void)
{
	struct rsvpool *pool = objects("control", false);
	char *element;

	if (IS_ERR(pool))
		return;
	element = rsvpool_tryalloc(pool);
	rsvpool_free(pool, element);
	control_write_to(element + ELEMENT_BYTES / 2);
	rsvpool_destroy(pool);
}

static noinline void control_out_of_bounds(void)
{
	struct rsvpool *pool = objects("control", false);
	char *element;

	if (IS_ERR(pool))
		return;
	element = rsvpool_tryalloc(pool);
	OPTIMIZER_HIDE_VAR(element);
	control_write_to(element + ELEMENT_BYTES);
	rsvpool_free(pool, element);
	rsvpool_destroy(pool);
}

/*
 * Elements that are never freed, allocated again and again: pointers to the
 * last ones may still be on a stack, or in the depot's array above count.
 */
static noinline void control_leak(bool debug)
{
	struct rsvpool *pool = objects("control", debug);
	unsigned int i;

	if (IS_ERR(pool))
		return;
	for (i = 0; i < LEAKED; i++)
		if (!rsvpool_alloc_timeout(pool, GFP_KERNEL, 1))
			pr_err("no element to forget\n");
}

/* Free one twice and the other never: the counts are right. */
static noinline void control_free_twice(void)
{
	struct rsvpool *pool = objects("control", false);
	void *element;

	if (IS_ERR(pool))
		return;
	if (!rsvpool_tryalloc(pool))
		pr_err("no element to forget\n");
	element = rsvpool_tryalloc(pool);
	rsvpool_free(pool, element);
	rsvpool_free(pool, element);
}

/* Nest two depots' locks in an order that rsvpool never uses. */
static noinline void control_lock_inversion(void)
{
	struct rsvpool *a = objects("control-a", false);
	struct rsvpool *b = objects("control-b", false);

	if (!IS_ERR(a) && !IS_ERR(b)) {
		raw_spin_lock_irq(&a->depot.lock);
		raw_spin_lock(&b->depot.lock);
		raw_spin_unlock(&b->depot.lock);
		raw_spin_unlock_irq(&a->depot.lock);
	}
	if (!IS_ERR(a))
		rsvpool_destroy(a);
	if (!IS_ERR(b))
		rsvpool_destroy(b);
}

static noinline int control_called(int number)
{
	return number + 1;
}

/* A call by a pointer of another type, which only some kernels check. */
static noinline void control_call_of_another_type(void)
{
	void (*make)(const char *) = (void *)control_called;

	OPTIMIZER_HIDE_VAR(make);
	make(wrong);
}

static void control_leak_plain(void)
{
	control_leak(false);
}

static void control_leak_debug(void)
{
	control_leak(true);
}

static const struct {
	const char *name;
	void (*make)(void);
} wrongs[] = {
	{ "mempool_under_raw_lock", control_mempool_under_raw_lock },
	{ "alloc_page_under_raw_lock", control_alloc_page_under_raw_lock },
	{ "sleep_in_hardirq", control_sleep_in_hardirq },
	{ "race_on_setting", control_race_on_setting },
	{ "use_after_free", control_use_after_free },
	{ "out_of_bounds", control_out_of_bounds },
	{ "leak", control_leak_plain },
	{ "leak_debug", control_leak_debug },
	{ "free_twice", control_free_twice },
	{ "lock_inversion", control_lock_inversion },
	{ "call_of_another_type", control_call_of_another_type },
};

static int __init control_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrongs); i++)
		if (!strcmp(wrong, wrongs[i].name)) {
			wrongs[i].make();
			return 0;
		}
	pr_warn("wrong: there is no '%s'\n", wrong);
	return -EINVAL;
}

static void __exit control_exit(void)
{
}

module_init(control_init);
module_exit(control_exit);
MODULE_DESCRIPTION("mistakes in the use of rsvpool, which its test rig has to see");
MODULE_LICENSE("GPL");

// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>
#include <linux/rsvpool.h>
#include <linux/spinlock.h>

static DEFINE_RAW_SPINLOCK(lock);
static struct rsvpool *pool;

static int __init example_init(void)
{
	struct rsvpool_attr attr;
	unsigned long flags;
	void *page;

	rsvpool_attr_init(&attr, "example");	/* elements are pages */
	attr.reserve = 32;			/* as many are guaranteed */
	pool = rsvpool_create(&attr);
	if (IS_ERR(pool))
		return PTR_ERR(pool);

	/* No allocator may be called here on PREEMPT_RT.  A pool may. */
	raw_spin_lock_irqsave(&lock, flags);
	page = rsvpool_tryalloc(pool);
	raw_spin_unlock_irqrestore(&lock, flags);

	/* It is there: fewer than 32 were outstanding. */
	memset(page, 0, PAGE_SIZE);
	pr_info("rsvpool_example: got a page\n");
	rsvpool_free(pool, page);
	return 0;
}
module_init(example_init);

static void __exit example_exit(void)
{
	rsvpool_destroy(pool);
}
module_exit(example_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Example of rsvpool");

// SPDX-License-Identifier: GPL-2.0
/*
 * rsvpool_test_early - destroys its pool while an element is outstanding.
 *
 * That is a bug in a module, reported with a WARN; the pool then stays for
 * ever, and so does rsvpool.  Load this only in a guest that is shut down
 * afterwards.
 */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/rsvpool.h>

static struct rsvpool *pool;
static void *element;

static int __init early_init(void)
{
	struct rsvpool_attr attr;

	rsvpool_attr_init(&attr, "early");
	pool = rsvpool_create(&attr);
	if (IS_ERR(pool))
		return PTR_ERR(pool);
	element = rsvpool_tryalloc(pool);
	if (!element) {
		rsvpool_destroy(pool);
		return -ENOMEM;
	}
	return 0;
}
module_init(early_init);

static void __exit early_exit(void)
{
	rsvpool_destroy(pool);
	/* The pool that stayed still works: the element can be freed to it. */
	rsvpool_free(pool, element);
}
module_exit(early_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Destroys a pool of rsvpool too early");

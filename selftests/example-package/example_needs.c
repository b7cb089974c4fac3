// SPDX-License-Identifier: GPL-2.0
/*
 * example_needs - a module that needs rsvpool.
 *
 * It refers to rsvpool's symbols, so modprobe loads rsvpool first, and rsvpool
 * stays for as long as this does.
 */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/rsvpool.h>

static struct rsvpool *pool;

static int __init needs_init(void)
{
	struct rsvpool_attr attr;

	rsvpool_attr_init(&attr, KBUILD_MODNAME);
	attr.source = RSVPOOL_KMALLOC;
	attr.size = 256;
	attr.reserve = 16;
	pool = rsvpool_create(&attr);
	return PTR_ERR_OR_ZERO(pool);
}
module_init(needs_init);

static void __exit needs_exit(void)
{
	rsvpool_destroy(pool);
}
module_exit(needs_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Example of a module that needs rsvpool");

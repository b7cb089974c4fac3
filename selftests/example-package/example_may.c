// SPDX-License-Identifier: GPL-2.0
/*
 * example_may - a module that uses rsvpool if it is there, and kmalloc() if not.
 *
 * It refers to none of rsvpool's symbols, it asks for them by name when it is
 * loaded; each that it has been given keeps rsvpool.ko.  The soft dependency has
 * modprobe load rsvpool first, if that is installed.
 *
 * Who asks by name is not asked for symbol versions.  So there is nothing here
 * whose layout could differ: the pool is one that an administrator has made, and
 * struct rsvpool is rsvpool's own.
 *
 * The parameter "pool" names the pool, "memory" says where memory comes from:
 * "pool" or "kmalloc".
 */
#include <linux/kmod.h>
#include <linux/module.h>
#include <linux/rsvpool.h>
#include <linux/slab.h>
#include <linux/string.h>

#define BYTES	256

static char *pool_name = "example";
module_param_named(pool, pool_name, charp, 0444);
MODULE_PARM_DESC(pool, "name of the pool to use, if there is one");

static typeof(rsvpool_get) *get_fn;
static typeof(rsvpool_put) *put_fn;
static typeof(rsvpool_element_bytes) *bytes_fn;
static typeof(rsvpool_tryalloc) *tryalloc_fn;
static typeof(rsvpool_free) *free_fn;
static struct rsvpool *pool;

/* From any context if there is a pool; else where GFP_ATOMIC is allowed. */
static void *may_alloc(void)
{
	return pool ? tryalloc_fn(pool) : kmalloc(BYTES, GFP_ATOMIC);
}

static void may_free(void *memory)
{
	if (pool)
		free_fn(pool, memory);
	else
		kfree(memory);
}

/* As often as it was given; afterwards there is nothing to give back. */
static void may_put(void)
{
	if (pool)
		put_fn(pool);
	if (get_fn)
		symbol_put(rsvpool_get);
	if (put_fn)
		symbol_put(rsvpool_put);
	if (bytes_fn)
		symbol_put(rsvpool_element_bytes);
	if (tryalloc_fn)
		symbol_put(rsvpool_tryalloc);
	if (free_fn)
		symbol_put(rsvpool_free);
	pool = NULL;
	get_fn = NULL;
	put_fn = NULL;
	bytes_fn = NULL;
	tryalloc_fn = NULL;
	free_fn = NULL;
}

/* All of them and a pool that is large enough, or nothing. */
static void may_get(void)
{
	get_fn = symbol_get(rsvpool_get);
	put_fn = symbol_get(rsvpool_put);
	bytes_fn = symbol_get(rsvpool_element_bytes);
	tryalloc_fn = symbol_get(rsvpool_tryalloc);
	free_fn = symbol_get(rsvpool_free);
	if (get_fn && put_fn && bytes_fn && tryalloc_fn && free_fn)
		pool = get_fn(pool_name);
	if (pool && bytes_fn(pool) < BYTES) {
		put_fn(pool);
		pool = NULL;
	}
	if (!pool)
		may_put();
}

static int memory_get(char *buffer, const struct kernel_param *param)
{
	return sysfs_emit(buffer, "%s\n", pool ? "pool" : "kmalloc");
}

static const struct kernel_param_ops memory_ops = { .get = memory_get };
module_param_cb(memory, &memory_ops, NULL, 0444);
MODULE_PARM_DESC(memory, "where memory comes from");

static int __init may_init(void)
{
	void *memory;

	may_get();
	memory = may_alloc();
	if (!memory) {
		may_put();
		return -ENOMEM;
	}
	memset(memory, 0, BYTES);
	may_free(memory);
	return 0;
}
module_init(may_init);

static void __exit may_exit(void)
{
	may_put();
}
module_exit(may_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Example of a module that uses rsvpool if it is there");
MODULE_SOFTDEP("pre: rsvpool");

// SPDX-License-Identifier: GPL-2.0
/*
 * Requests and frees in an NMI, on kernels that allow pools there and on
 * kernels that do not (RSVPOOL_NMI_USABLE).
 *
 * Makes one NMI on this CPU for each pool of a list; the NMI makes every
 * any-context call once.  debugfs's rsvpool_test_nmi has a line for each of
 * them, "POOL KEY=VALUE...":
 *
 *	created		0, or the error of the pool's creation
 *	nmi		the NMI came
 *	try, bulk	elements that the two calls took in it
 *	whole		afterwards the whole reserve can be taken again
 *
 * Everything runs in init.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/rsvpool.h>
#include <linux/seq_file.h>

#include "api_nmi.h"

#define RESERVE		32
#define HELD		8	/* freed in the NMI */
#define BULK		4
#define SETTLE_ROUNDS	3000	/* of a millisecond, for what was parked */

/**
 * struct shape - a pool, and its results
 * @name: its name
 * @nmi_reserve: its NMI reserve
 * @cache: of each CPU
 * @opaque: elements may not be written to while they are free
 * @pool: the pool, while the test uses it
 * @held: taken before the NMI, to be freed in it
 * @created: 0, or the error of its creation
 * @came: the NMI came
 * @try: what rsvpool_tryalloc() took
 * @bulk: what rsvpool_tryalloc_bulk() took
 * @whole: all elements could be taken afterwards
 */
struct shape {
	const char *name;
	unsigned int nmi_reserve;
	unsigned int cache;
	bool opaque;
	struct rsvpool *pool;
	void *held[HELD];
	int created;
	bool came;
	unsigned int try;
	unsigned int bulk;
	bool whole;
};

static struct shape shapes[] = {
	{ .name = "cached", .cache = 16 },
	{ .name = "uncached" },
	{ .name = "opaque", .opaque = true },
	{ .name = "reserved", .nmi_reserve = 8, .cache = 16 },
};

static struct dentry *file;

static void in_the_nmi(void *data)
{
	struct shape *shape = data;
	struct rsvpool *pool = shape->pool;
	void *elements[BULK], *element;

	element = rsvpool_tryalloc(pool);
	if (element) {
		shape->try = 1;
		rsvpool_free(pool, element);
	}
	if (!rsvpool_tryalloc_bulk(pool, BULK, elements)) {
		shape->bulk = BULK;
		rsvpool_free_bulk(pool, BULK, elements);
	}
	rsvpool_free(pool, shape->held[0]);
	rsvpool_free_bulk(pool, HELD - 1, &shape->held[1]);
}

/* Take the reserve, at once or later: parked elements are brought in. */
static bool is_whole(struct rsvpool *pool)
{
	void *elements[RESERVE];
	unsigned int round, nr;

	for (round = 0; round < SETTLE_ROUNDS; round++) {
		for (nr = 0; nr < RESERVE; nr++) {
			elements[nr] = rsvpool_tryalloc(pool);
			if (!elements[nr])
				break;
		}
		rsvpool_free_bulk(pool, nr, elements);
		if (nr == RESERVE)
			return true;
		usleep_range(1000, 2000);
	}
	return false;
}

static void run(struct shape *shape)
{
	struct rsvpool_attr attr;

	rsvpool_attr_init(&attr, shape->name);
	attr.source = RSVPOOL_KMALLOC;
	attr.size = 64;
	attr.reserve = RESERVE;
	attr.max = RESERVE;
	attr.nmi_reserve = shape->nmi_reserve;
	attr.cache = shape->cache;
	attr.opaque = shape->opaque;
	shape->pool = rsvpool_create(&attr);
	shape->created = PTR_ERR_OR_ZERO(shape->pool);
	if (shape->created)
		return;
	if (!rsvpool_alloc_bulk(shape->pool, GFP_KERNEL, HELD, shape->held)) {
		shape->came = api_nmi_run(in_the_nmi, shape);
		shape->whole = is_whole(shape->pool);
	}
	rsvpool_destroy(shape->pool);
}

static int result_show(struct seq_file *m, void *unused)
{
	struct shape *shape;
	unsigned int i;

	seq_printf(m, "kernel usable=%d\n", RSVPOOL_NMI_USABLE);
	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		shape = &shapes[i];
		seq_printf(m, "%s created=%d nmi=%d try=%u bulk=%u whole=%d\n",
			   shape->name, shape->created, shape->came, shape->try,
			   shape->bulk, shape->whole);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(result);

static int __init nmi_init(void)
{
	unsigned int i;
	int err;

	if (!API_HAS_NMI)
		return -EOPNOTSUPP;
	err = api_nmi_start();
	if (err)
		return err;
	for (i = 0; i < ARRAY_SIZE(shapes); i++)
		run(&shapes[i]);
	api_nmi_stop();
	file = debugfs_create_file(KBUILD_MODNAME, 0400, NULL, NULL,
				   &result_fops);
	return 0;
}
module_init(nmi_init);

static void __exit nmi_exit(void)
{
	debugfs_remove(file);
}
module_exit(nmi_exit);

MODULE_DESCRIPTION("Pools in NMI, where they may be used there and where not");
MODULE_LICENSE("GPL");

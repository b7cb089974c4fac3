// SPDX-License-Identifier: GPL-2.0
/*
 * Loading and unloading: the order in which the parts start, and stop in
 * reverse; and the parameters pools= and create_keys.  Nothing else.
 */
#include <linux/init.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "cache_trim.h"
#include "debugfs.h"
#include "event.h"
#include "hotplug.h"
#include "internal.h"
#include "mempool.h"
#include "parse.h"
#include "pressure.h"
#include "section.h"
#include "sysfs.h"
#include "worker.h"

/* Last: a trace header included after this would define tracepoints, too. */
#define CREATE_TRACE_POINTS
#include "trace.h"

static char *pools;
module_param(pools, charp, 0444);
MODULE_PARM_DESC(pools,
		 "pools to create at load, separated by ';', in the format of create in debugfs");

static int create_keys_set(const char *val, const struct kernel_param *kp)
{
	return -EPERM;
}

static int create_keys_get(char *buf, const struct kernel_param *kp)
{
	return rsvpool_create_keys(buf, PAGE_SIZE);
}

static const struct kernel_param_ops create_keys_ops = {
	.set = create_keys_set,
	.get = create_keys_get,
};
module_param_cb(create_keys, &create_keys_ops, NULL, 0444);
MODULE_PARM_DESC(create_keys, "read-only: the keys that a pool in pools= may have");

/* Parses a copy, as parsing overwrites the text, and it can be read later. */
static int __init create_pools(void)
{
	char *text;
	int err;

	if (!pools || !pools[strspn(pools, "; \t\r\n")])
		return 0;
	text = kstrdup(pools, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	err = rsvpool_create_from_text(text, ";\n");
	kfree(text);
	return err;
}

static int __init rsvpool_init(void)
{
	int err;

	err = worker_init();
	if (err)
		return err;
	err = event_init();
	if (err)
		goto out_worker;
	err = cache_init();
	if (err)
		goto out_event;
	err = section_init();
	if (err)
		goto out_cache;
	err = sysfs_init();
	if (err)
		goto out_section;
	err = hotplug_init();
	if (err)
		goto out_sysfs;
	err = pressure_init();
	if (err)
		goto out_hotplug;
	err = mempools_init();
	if (err)
		goto out_pressure;
	debugfs_init();
	err = create_pools();
	if (err)
		goto out_debugfs;
	return 0;

out_debugfs:
	debugfs_close();
	rsvpool_destroy_all();
	debugfs_exit();
	mempools_exit();
out_pressure:
	pressure_exit();
out_hotplug:
	hotplug_exit();
out_sysfs:
	sysfs_exit();
out_section:
	section_exit();
out_cache:
	cache_exit();
out_event:
	event_exit();
out_worker:
	worker_exit();
	return err;
}

static void __exit rsvpool_exit(void)
{
	debugfs_close();
	rsvpool_destroy_all();
	debugfs_exit();
	mempools_exit();
	pressure_exit();
	hotplug_exit();
	sysfs_exit();
	section_exit();
	cache_exit();
	event_exit();
	worker_exit();
}

module_init(rsvpool_init);
module_exit(rsvpool_exit);

MODULE_DESCRIPTION("Named reservation pools: memory from any context");
MODULE_AUTHOR("The rsvpool developers");
MODULE_LICENSE("GPL");
MODULE_VERSION(RSVPOOL_VERSION);

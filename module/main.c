// SPDX-License-Identifier: GPL-2.0
/*
 * Loading and unloading: the order in which the parts come up, and go down in
 * reverse.  Nothing else.
 */
#include <linux/init.h>
#include <linux/module.h>

#include "internal.h"
#include "worker.h"

/* Last: what is included after this defines its own tracepoints, too. */
#define CREATE_TRACE_POINTS
#include "trace.h"

static char *pools;
module_param(pools, charp, 0444);
MODULE_PARM_DESC(pools,
		 "pools to create at load, separated by ';', each as in debugfs's create");

static int __init rsvpool_init(void)
{
	int err;

	err = worker_init();
	if (err)
		return err;
	err = kvfree_init();
	if (err)
		goto out_worker;
	err = cache_init();
	if (err)
		goto out_kvfree;
	err = section_init();
	if (err)
		goto out_cache;
	err = sysfs_init();
	if (err)
		goto out_section;
	err = pressure_init();
	if (err)
		goto out_sysfs;
	debugfs_init();
	if (pools) {
		err = rsvpool_create_from_text(pools, ";\n");
		if (err)
			goto out_debugfs;
	}
	return 0;

out_debugfs:
	debugfs_close();
	rsvpool_destroy_all();
	debugfs_exit();
	pressure_exit();
out_sysfs:
	sysfs_exit();
out_section:
	section_exit();
out_cache:
	cache_exit();
out_kvfree:
	kvfree_exit();
out_worker:
	worker_exit();
	return err;
}

static void __exit rsvpool_exit(void)
{
	debugfs_close();
	rsvpool_destroy_all();
	debugfs_exit();
	pressure_exit();
	sysfs_exit();
	section_exit();
	cache_exit();
	kvfree_exit();
	worker_exit();
}

module_init(rsvpool_init);
module_exit(rsvpool_exit);

MODULE_DESCRIPTION("Named reservation pools: memory from any context");
MODULE_AUTHOR("The rsvpool developers");
MODULE_LICENSE("GPL");
MODULE_VERSION(RSVPOOL_VERSION);

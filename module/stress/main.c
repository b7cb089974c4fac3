// SPDX-License-Identifier: GPL-2.0
/*
 * The module and its files in debugfs.
 *
 * Answers for: the files "scenarios", "run" and "result" in debugfs's
 * rsvpool/stress/, and the list of scenarios.  Takes no lock of its own: run.c
 * allows one run at a time, and an open file keeps the module loaded.  Task
 * context only.
 */
#include "stress.h"

#include <linux/dcache.h>
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#define LINE_BYTES	512	/* longest line that "run" takes */

static const struct stress_scenario * const scenarios[] = {
	&stress_contexts_scenario,
	&stress_exhaust_scenario,
	&stress_churn_scenario,
	&stress_wait_scenario,
	&stress_pair_scenario,
	&stress_worst_scenario,
	&stress_corners_scenario,
	&stress_flood_scenario,
	&stress_pingpong_scenario,
	&stress_burst_scenario,
	&stress_producer_consumer_scenario,
	&stress_storm_scenario,
	&stress_soak_scenario,
	&stress_lend_scenario,
	NULL,
};

static struct dentry *stress_dir;

static int scenarios_show(struct seq_file *m, void *unused)
{
	const struct stress_scenario * const *scenario;

	for (scenario = scenarios; *scenario; scenario++)
		stress_params_show(m, *scenario);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(scenarios);

static int result_show(struct seq_file *m, void *unused)
{
	stress_run_show(m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(result);

static ssize_t run_write(struct file *file, const char __user *buf,
			 size_t len, loff_t *ppos)
{
	char *line;
	int err;

	if (len > LINE_BYTES) {
		pr_warn("the line has %zu characters, and at most %d are allowed\n", len,
			LINE_BYTES);
		return -EINVAL;
	}
	line = memdup_user_nul(buf, len);
	if (IS_ERR(line))
		return PTR_ERR(line);
	err = stress_run_line(scenarios, strim(line));
	kfree(line);
	return err ?: len;
}

static const struct file_operations run_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = run_write,
	.llseek = noop_llseek,
};

static int __init stress_init(void)
{
	struct dentry *parent = debugfs_lookup("rsvpool", NULL);

	if (!parent) {
		pr_warn("there is no folder rsvpool in debugfs\n");
		return -ENODEV;
	}
	stress_dir = debugfs_create_dir("stress", parent);
	dput(parent);
	if (IS_ERR(stress_dir))
		return PTR_ERR(stress_dir);
	debugfs_create_file("scenarios", 0400, stress_dir, NULL,
			    &scenarios_fops);
	debugfs_create_file("run", 0200, stress_dir, NULL, &run_fops);
	debugfs_create_file("result", 0400, stress_dir, NULL, &result_fops);
	return 0;
}
module_init(stress_init);

static void __exit stress_exit(void)
{
	debugfs_remove(stress_dir);
	stress_run_forget();
}
module_exit(stress_exit);

MODULE_DESCRIPTION("Stress and measurement of rsvpool's pools");
MODULE_LICENSE("GPL");
MODULE_VERSION(RSVPOOL_VERSION);

// SPDX-License-Identifier: GPL-2.0
/*
 * Takes the place of rsvpool_stress.ko where that does not build: DKMS installs
 * all modules of a package or none, and rsvpool.ko has to be installed
 * nevertheless ("make dkms-modules").  Its init says so, and fails.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/init.h>
#include <linux/module.h>
#include <linux/printk.h>

static int __init stub_init(void)
{
	pr_err("was not built for this kernel: DKMS's make.log has the reason\n");
	return -EOPNOTSUPP;
}
module_init(stub_init);

MODULE_DESCRIPTION("Stands for rsvpool_stress, which does not build here");
MODULE_LICENSE("GPL");

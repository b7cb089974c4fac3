// SPDX-License-Identifier: GPL-2.0
/*
 * What stands for rsvpool_stress.ko, or rsvpool_kvfree.ko, where that does not build:
 * DKMS installs all of a package's modules or none, and rsvpool.ko must not be lost
 * for want of the other ("make dkms-modules").  It says so, and does not load.
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

MODULE_DESCRIPTION("Stands for " KBUILD_MODNAME ", which does not build here");
MODULE_LICENSE("GPL");

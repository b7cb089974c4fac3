// SPDX-License-Identifier: GPL-2.0
/*
 * Installed as rsvpool_stress.ko or rsvpool_kvfree.ko on kernels for which that module
 * does not build ("make dkms-modules"): DKMS installs all modules of a package or
 * none, and rsvpool.ko must be installed.  The stub logs the reason, and refuses
 * to load.
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

// SPDX-License-Identifier: GPL-2.0
/*
 * lint_sample - what scripts/lint has to find, each in the file named for it.
 * It is built and never loaded.
 */
#include <linux/module.h>

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Faults for static checkers to find");

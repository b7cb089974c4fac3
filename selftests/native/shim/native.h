/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What files of module/ see instead of the kernel's headers when they are built
 * for user space; included before everything else, by the compiler's -include.
 *
 * The headers in linux/ here have what the module uses of the kernel's headers of
 * the same names.  Other names that the module includes exist as empty files,
 * which the Makefile generates: so a new #include in the module needs no change
 * here, a new function does.
 *
 * The machine that they pretend: NATIVE_CPUS CPUs of which the calling thread is
 * one at a time, native.cpu.  An interrupt is a call that the test makes, from a
 * signal handler or between two calls; native says in which context the code
 * believes to be.  What the kernel would do later (irq_work, work items, timers)
 * is noted, and the test does it: see native_irq_work().
 */
#ifndef _NATIVE_H
#define _NATIVE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

/* The C library's own headers first: some of them include <linux/...>. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#ifndef NATIVE_CPUS
#define NATIVE_CPUS	4
#endif

#include <linux/kconfig.h>
#include <linux/types.h>
#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/err.h>
#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/rbtree.h>
#include <linux/sched.h>
#include <linux/percpu.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <linux/kobject.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/cpumask.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#endif /* _NATIVE_H */

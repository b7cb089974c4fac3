/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between kernel versions.
 *
 * The only file of rsvpool_stress.ko that knows one.  Each entry offers what
 * the newest kernel has, or a stub that says that there is nothing.
 */
#ifndef RSVPOOL_STRESS_COMPAT_H
#define RSVPOOL_STRESS_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/mempool.h>
#include <linux/version.h>

/* 6.13 sets up a timer with its function in one call. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *),
				 clockid_t clock_id, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock_id, mode);
	timer->function = function;
}
#endif

/* 6.7 lets one ask a mempool for what it holds, without its source. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
#define STRESS_HAS_MEMPOOL_PREALLOCATED	false
static inline void *mempool_alloc_preallocated(mempool_t *pool)
{
	return NULL;
}
#else
#define STRESS_HAS_MEMPOOL_PREALLOCATED	true
#endif

#endif /* RSVPOOL_STRESS_COMPAT_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between kernel versions, for the test modules: the newest kernel's
 * names on older ones.
 */
#ifndef TEST_COMPAT_H
#define TEST_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/version.h>

/* 6.13 sets up a timer with its function in one call. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
static inline void
hrtimer_setup_on_stack(struct hrtimer *timer,
		       enum hrtimer_restart (*function)(struct hrtimer *),
		       clockid_t clock_id, enum hrtimer_mode mode)
{
	hrtimer_init_on_stack(timer, clock_id, mode);
	timer->function = function;
}
#endif

#endif /* TEST_COMPAT_H */

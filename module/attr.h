/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which attributes a pool may have: see attr.c.
 */
#ifndef _RSVPOOL_ATTR_H
#define _RSVPOOL_ATTR_H

#include <linux/rsvpool.h>

#define RSVPOOL_DECAY_MAX	(3600U * 1000)	/* decay_ms: an hour */
#define RSVPOOL_STALL_MAX	(3600U * 1000)	/* stall_ms: an hour */

#define RSVPOOL_POLICIES	(RSVPOOL_POLICY_RESERVE + 1)
extern const char * const rsvpool_policy_names[RSVPOOL_POLICIES];
extern const char * const rsvpool_source_names[];
extern const char * const rsvpool_wakeup_names[];
int attr_check(const struct rsvpool_attr *attr);

#endif /* _RSVPOOL_ATTR_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Places outside the depot's lock: see nmi_slots.c.
 */
#ifndef _RSVPOOL_NMI_SLOTS_H
#define _RSVPOOL_NMI_SLOTS_H

#include "internal.h"

/* Slots with an element of the NMI reserve. */
static inline unsigned int slots_full(const struct rsvpool *pool)
{
	int missing = atomic_read(&pool->nmi_missing);

	return missing >= (int)pool->nmi_reserve ? 0 :
		pool->nmi_reserve - missing;
}

/*
 * The place that a stack's head or another place links to.  There is one for
 * "none", which links to itself.
 */
static __always_inline struct rsvpool_slot *
slot_at(const struct rsvpool_slots *slots, unsigned long place)
{
	return (void *)slots->slot + place;
}

#endif /* _RSVPOOL_NMI_SLOTS_H */

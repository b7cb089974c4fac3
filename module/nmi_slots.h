/* SPDX-License-Identifier: GPL-2.0 */
/*
 * NMI slots and parking, outside the depot's lock: see nmi_slots.c.
 */
#ifndef _RSVPOOL_NMI_SLOTS_H
#define _RSVPOOL_NMI_SLOTS_H

#include <linux/compiler.h>
#include <linux/types.h>

struct rsvpool;

/*
 * Elements outside the depot's lock, for NMI.  @slot is an array of places.
 * Each place is on one of five stacks, or popped by code that is moving it.  A
 * stack's head holds a tag against ABA in the upper half and a place in the
 * lower, as its offset in bytes.  The first place, 0, is "none": it is on no
 * stack and never written (slot_at()).
 *
 * @empty: places of the NMI reserve without an element
 * @full: those with one
 * @parked: places with elements of opaque pools that an NMI has parked (other
 *	pools link such elements through themselves: pool->parked)
 * @spare: empty places for these
 * @filling: empty places that the depot fills and then pushes onto @full; under
 *	its lock
 * @filling_nr: how many are on @filling; the others are on @empty or @full
 */
struct rsvpool_slot {
	void *element;
	u32 next;
};

struct rsvpool_slots {
	struct rsvpool_slot *slot;
	u64 empty;
	u64 full;
	u64 parked;
	u64 spare;
	u64 filling;
	unsigned int filling_nr;
};

/*
 * The place at an offset that a stack's head or another place links to.  Offset
 * 0, "none", has a place, too, which links to itself.
 */
static __always_inline struct rsvpool_slot *
slot_at(const struct rsvpool_slots *slots, unsigned long place)
{
	return (void *)slots->slot + place;
}

int slots_init(struct rsvpool *pool);
void slots_exit(struct rsvpool *pool);
unsigned int slots_take_many(struct rsvpool *pool, void **elements,
			     unsigned int nr);
void *slots_take(struct rsvpool *pool);
unsigned int slots_fill(struct rsvpool *pool, void **elements, unsigned int nr);
unsigned int slots_put_many(struct rsvpool *pool, void **elements,
			    unsigned int nr);
bool slots_put(struct rsvpool *pool, void *element);
unsigned int slots_fill_from_depot(struct rsvpool *pool, void **elements,
				   unsigned int nr);
unsigned int slots_take_back(struct rsvpool *pool, void **elements,
			     unsigned int nr);
void slots_park(struct rsvpool *pool, void **elements, unsigned int nr);
unsigned int slots_unpark_many(struct rsvpool *pool, void **elements,
			       unsigned int nr);
void *slots_unpark(struct rsvpool *pool);

#endif /* _RSVPOOL_NMI_SLOTS_H */

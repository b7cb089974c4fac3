// SPDX-License-Identifier: GPL-2.0
/*
 * Elements outside the stock's lock, for NMI.
 *
 * An NMI may find the stock locked by what it interrupted.  For requests made
 * then, nmi_reserve elements rest in slots; for elements freed then, there is
 * parking: on a lock-free list linked through the element, or, if the element
 * must not be written to (an opaque pool), in further slots.
 *
 * Slots stand on stacks (empty and full, spare and parked) that are taken from and
 * put to with cmpxchg on a head of {tag, place}.  The tag grows with every
 * change, so that a head which was popped and pushed again in between is told
 * from one that was not.  A failed exchange means that another CPU's, or a
 * nested NMI's, has succeeded; a pop fails only if at that instant the stack
 * was empty.  That is what the guarantee needs: a scan over an array could
 * miss an element that moves behind it.
 *
 * selftests/models/slots.pml has this for a model checker.
 *
 * Entered from any context; no lock.
 */
#include <linux/mm.h>

#include "debug.h"
#include "slots.h"

/* Place number plus one, so that 0 is "none". */
static u32 slot_pop(struct rsvpool_slots *slots, u64 *head)
{
	u64 old = READ_ONCE(*head), new;
	u32 place;

	do {
		place = (u32)old;
		if (!place)
			return 0;
		/* May be a stale link; then the tag has moved too. */
		new = (old & ~(u64)U32_MAX) + (1ULL << 32) +
		      READ_ONCE(slots->slot[place - 1].next);
	} while (!try_cmpxchg64(head, &old, new));
	return place;
}

static void slot_push(struct rsvpool_slots *slots, u64 *head, u32 place)
{
	u64 old = READ_ONCE(*head), new;

	do {
		WRITE_ONCE(slots->slot[place - 1].next, (u32)old);
		new = (old & ~(u64)U32_MAX) + (1ULL << 32) + place;
	} while (!try_cmpxchg64(head, &old, new));
}

/* The element of a place of @from, which then goes to @to. */
static void *slot_move_out(struct rsvpool *pool, u64 *from, u64 *to)
{
	struct rsvpool_slots *slots = &pool->slots;
	u32 place = slot_pop(slots, from);
	void *element;

	if (!place)
		return NULL;
	element = slots->slot[place - 1].element;
	slot_push(slots, to, place);
	return element;
}

/* The element into a place of @from, which then goes to @to; if there is one. */
static bool slot_move_in(struct rsvpool *pool, u64 *from, u64 *to,
			 void *element)
{
	struct rsvpool_slots *slots = &pool->slots;
	u32 place = slot_pop(slots, from);

	if (!place)
		return false;
	slots->slot[place - 1].element = element;
	slot_push(slots, to, place);
	return true;
}

/**
 * slots_init - make the slots, all empty
 * @pool: the pool; nmi_reserve, opaque and stock.capacity are set
 *
 * Context: Task, may sleep.
 * Return: 0 or -ENOMEM.
 */
int slots_init(struct rsvpool *pool)
{
	unsigned int nr = pool->nmi_reserve, i;
	size_t bytes;

	init_llist_head(&pool->parked);
	/* Every element must find a place, whoever frees it. */
	if (pool->opaque)
		nr += pool->stock.capacity;
	if (!nr)
		return 0;
	bytes = array_size(nr, sizeof(*pool->slots.slot));
	pool->slots.slot = kvzalloc_node(bytes, GFP_KERNEL | __GFP_NOWARN,
					 pool->node);
	if (!pool->slots.slot)
		return -ENOMEM;
	pool->metadata_bytes += bytes;
	for (i = nr; i; i--)
		slot_push(&pool->slots, i > pool->nmi_reserve ?
			  &pool->slots.spare : &pool->slots.empty, i);
	atomic_set(&pool->nmi_missing, pool->nmi_reserve);
	return 0;
}

void slots_exit(struct rsvpool *pool)
{
	kvfree(pool->slots.slot);
}

/*
 * An element of the NMI reserve, or NULL.  Not counted in statistics.
 *
 * nmi_missing changes only between two stacks, for a place that is in hand: so
 * it never says less than are missing, but for places whose elements are in
 * the hands of takers like this one, and those are outstanding.  A count that
 * was lowered for a place that is then not to be had, and raised again, would
 * for that long hide from the frees a slot that does miss its element.
 */
void *slots_take(struct rsvpool *pool)
{
	struct rsvpool_slots *slots = &pool->slots;
	u32 place = slot_pop(slots, &slots->full);
	void *element;

	if (!place)
		return NULL;
	element = slots->slot[place - 1].element;
	atomic_inc(&pool->nmi_missing);
	/* Full barrier within: raised, before anybody can free the element. */
	slot_push(slots, &slots->empty, place);
	return element;
}

/*
 * Put an element into a slot that misses one.  False: none does, or whoever
 * has emptied it is not through yet.  Whoever sleeps meanwhile is seen: see
 * below.
 */
bool slots_put(struct rsvpool *pool, void *element)
{
	struct rsvpool_slots *slots = &pool->slots;
	u32 place;

	if (atomic_read(&pool->nmi_missing) <= 0)
		return false;
	place = slot_pop(slots, &slots->empty);
	if (!place)
		return false;
	atomic_dec(&pool->nmi_missing);
	slots->slot[place - 1].element = element;
	slot_push(slots, &slots->full, place);
	/*
	 * A sleeper may have looked at the slots before this element came.
	 * Full barrier between filling and looking for sleepers; pairs with
	 * the one in place_join().  The irq_work serves them.
	 */
	smp_mb();
	if (unlikely(READ_ONCE(pool->stock.waiting)))
		pool_kick(pool);
	return true;
}

/* Keep an element that an NMI could put nowhere else. */
void slots_park(struct rsvpool *pool, void *element)
{
	atomic_inc(&pool->parked_nr);
	if (!pool->opaque) {
		element_mark_link(pool, element, KASAN_IN_USE);
		llist_add((struct llist_node *)element, &pool->parked);
	} else if (!slot_move_in(pool, &pool->slots.spare,
				 &pool->slots.parked, element)) {
		/* More than exist; or max=0, which may not be freed to here. */
		atomic_dec(&pool->parked_nr);
		if (!xchg(&pool->overfull, true))
			refill_now(pool);
	}
	pool_kick(pool);
}

/* A parked element, or NULL.  Stock lock held: the list has one taker. */
void *slots_unpark(struct rsvpool *pool)
{
	void *element;

	if (pool->opaque)
		element = slot_move_out(pool, &pool->slots.parked,
					&pool->slots.spare);
	else
		element = llist_del_first(&pool->parked);
	if (!element)
		return NULL;
	atomic_dec(&pool->parked_nr);
	if (pool->debug_table)
		debug_unparked(pool, element);
	element_mark_link(pool, element, KASAN_RESTING);
	return element;
}

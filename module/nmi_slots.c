// SPDX-License-Identifier: GPL-2.0
/*
 * Elements outside the depot's lock, for NMI.
 *
 * The code that an NMI interrupted may hold the depot's lock.  For requests
 * made in such an NMI, slots keep nmi_reserve elements.  An element freed in such
 * an NMI fills an empty slot.  If there is none, it is parked: on a lock-free list
 * linked through the elements, or, if elements must not be written to (an opaque
 * pool), in further places.
 *
 * Places are on stacks (empty, full and filling; spare and parked), with push
 * and pop by cmpxchg on a head of {tag, place}.  The tag grows with every
 * change, so that a head which was popped and pushed again in between differs.
 * So several places can be popped at once, too: their links are read first, and
 * while the head does not change, none of the places behind it does.  If an
 * exchange fails, another CPU's, or a nested NMI's, has succeeded; a pop fails
 * only if the stack was empty at that instant.  The guarantee needs that: a
 * scan over an array could miss an element that moves to a place already
 * scanned.
 *
 * selftests/models/slots.pml models this for a model checker, without the stack
 * filling; selftests/models/cbmc runs this file in every order of calls that
 * nest.
 *
 * Entered from any context; needs no lock, except where a function says so.
 */
#include <linux/mm.h>

#include "debug.h"
#include "internal.h"
#include "kasan.h"
#include "kick.h"
#include "nmi_slots.h"

/* How many places a walk reads before it checks whether the stack has ended. */
#define WALK_BLOCK	8U

/*
 * The addresses that a place's offset is added to, one for elements and one for
 * links.  An address on arm64 is the sum of two registers and nothing more, so
 * an access to either is one instruction.  They are hidden from the compiler,
 * which would otherwise load the array's address again.
 */
struct slot_bases {
	void *slot;
	void *next;
};

static __always_inline struct slot_bases
slot_bases(const struct rsvpool_slots *slots)
{
	struct slot_bases bases = { .slot = slots->slot };

	OPTIMIZER_HIDE_VAR(bases.slot);
	bases.next = bases.slot + offsetof(struct rsvpool_slot, next);
	OPTIMIZER_HIDE_VAR(bases.next);
	return bases;
}

static __always_inline void **slot_element(struct slot_bases bases,
					   unsigned long place)
{
	return &((struct rsvpool_slot *)(bases.slot + place))->element;
}

static __always_inline u32 *slot_next(struct slot_bases bases,
				      unsigned long place)
{
	if (IS_ENABLED(CONFIG_X86))
		return &((struct rsvpool_slot *)(bases.slot + place))->next;
	return bases.next + place;
}

/*
 * Read a place's element and link; returns the next place.  All may be stale;
 * then the stack's tag has changed, too, and the pop's exchange fails.
 */
static __always_inline u32 slot_read(struct slot_bases bases,
				     unsigned long place, u32 *last,
				     void **element)
{
	if (last)
		*last = place;
	if (element)
		*element = READ_ONCE(*slot_element(bases, place));
	return READ_ONCE(*slot_next(bases, place));
}

/*
 * Pop up to @nr places, which stay linked from @first to @last; with @read
 * their elements are written to @elements.  Returns how many.
 * @last may be NULL if the caller gets it from slot_set_elements().
 *
 * With 64 places this is a large part of the longest any-context call.
 * Therefore links are offsets, and the walk goes by blocks, then by the rest of
 * a block.  "None" links to itself, so a block that reaches the end of the
 * stack ends in "none".  Then the walk goes over its places again, one by one.
 */
static __always_inline unsigned int
slot_pop_many(struct rsvpool_slots *slots, u64 *head, bool read,
	      void **elements, unsigned int nr, u32 *first, u32 *last)
{
	u64 old = READ_ONCE(*head), new;
	unsigned long next, ahead;
	unsigned int n, i, left;
	struct slot_bases bases;

	do {
		next = (u32)old;
		if (!next || !nr)
			return 0;
		/* Not before the check: a pool without slots has no array. */
		bases = slot_bases(slots);
		*first = next;
		for (n = 0; nr - n > WALK_BLOCK; n += WALK_BLOCK) {
			ahead = next;
#pragma GCC unroll 8
			for (i = 0; i < WALK_BLOCK; i++)
				ahead = slot_read(bases, ahead, last, read ?
						  elements + n + i : NULL);
			if (!ahead)
				break;
			next = ahead;
		}
		left = min(nr - n, WALK_BLOCK);
		ahead = next;
		for (i = 0; i < left; i++)
			ahead = slot_read(bases, ahead, last,
					  read ? elements + n + i : NULL);
		if (likely(ahead)) {
			next = ahead;
			n += left;
		}
		for (; n < nr && next; n++)
			next = slot_read(bases, next, last,
					 read ? elements + n : NULL);
		new = (old & ~(u64)U32_MAX) + (1ULL << 32) + next;
	} while (!try_cmpxchg64(head, &old, new));
	return n;
}

/* Push places that are linked from @first to @last. */
static __always_inline void slot_push_many(struct rsvpool_slots *slots,
					   u64 *head, u32 first, u32 last)
{
	u64 old = READ_ONCE(*head), new;

	do {
		WRITE_ONCE(slot_at(slots, last)->next, (u32)old);
		new = (old & ~(u64)U32_MAX) + (1ULL << 32) + first;
	} while (!try_cmpxchg64(head, &old, new));
}

/*
 * Write two elements, to @place, which the caller has popped, and to the next
 * one, which becomes @last.  Returns the place after these.
 */
static __always_inline u32 slot_set_two(struct slot_bases bases,
					void **elements, unsigned long place,
					unsigned long *last)
{
	void *first = elements[0], *second = elements[1];

	/* Marked: a pop that will fail may read them. */
	WRITE_ONCE(*slot_element(bases, place), first);
	*last = *slot_next(bases, place);
	WRITE_ONCE(*slot_element(bases, *last), second);
	return *slot_next(bases, *last);
}

/* Write elements to @nr popped places, from @first on; returns the last place. */
static u32 slot_set_elements(struct rsvpool_slots *slots, u32 first,
			     void **elements, unsigned int nr)
{
	struct slot_bases bases = slot_bases(slots);
	void **end = elements + (nr & ~1U);
	unsigned long last = first, next = first;

#pragma GCC unroll 4
	for (; elements != end; elements += 2)
		next = slot_set_two(bases, elements, next, &last);
	if (nr & 1) {
		last = next;
		WRITE_ONCE(*slot_element(bases, last), *elements);
	}
	return last;
}

/* The number of places on the stack filling, when all are there. */
static unsigned int slots_filling(const struct rsvpool *pool)
{
	return min(pool->nmi_reserve, RSVPOOL_BULK_MAX);
}

/**
 * slots_init - make the slots, all empty
 * @pool: the pool; nmi_reserve, opaque and depot.capacity are set
 *
 * Context: Task, may sleep.
 * Return: 0 or -ENOMEM.
 */
int slots_init(struct rsvpool *pool)
{
	unsigned int filling = slots_filling(pool);
	unsigned int nr = pool->nmi_reserve + filling, i;
	size_t bytes;
	u32 place;

	/*
	 * Offsets of places have 32 bits.  An opaque pool has a place for each
	 * element; twice that leaves room for the NMI reserve's.
	 */
	BUILD_BUG_ON((2ULL * RSVPOOL_MAX_ELEMENTS + RSVPOOL_BULK_MAX) *
		     sizeof(*pool->slots.slot) > U32_MAX);

	init_llist_head(&pool->parked);
	/* Every element must have a place when it is parked. */
	if (pool->opaque)
		nr += pool->depot.capacity;
	if (!nr)
		return 0;
	/* One more for "none", which stays zero. */
	bytes = array_size(nr + 1, sizeof(*pool->slots.slot));
	pool->slots.slot = kvzalloc_node(bytes, GFP_KERNEL | __GFP_NOWARN,
					 pool->node);
	if (!pool->slots.slot)
		return -ENOMEM;
	pool->metadata_bytes += bytes;
	for (i = nr; i; i--) {
		place = i * sizeof(*pool->slots.slot);
		slot_push_many(&pool->slots, i > pool->nmi_reserve + filling ?
			       &pool->slots.spare : i > pool->nmi_reserve ?
			       &pool->slots.filling : &pool->slots.empty,
			       place, place);
	}
	pool->slots.filling_nr = filling;
	atomic_set(&pool->nmi_missing, pool->nmi_reserve);
	return 0;
}

void slots_exit(struct rsvpool *pool)
{
	kvfree(pool->slots.slot);
}

/**
 * slots_take_many - take elements of the NMI reserve
 * @pool: the pool
 * @elements: where to put them
 * @nr: at most so many
 *
 * A take raises nmi_missing, and a free lowers it, after it has popped places from
 * one stack and before it pushes them to the other.  So nmi_missing is too low only
 * for places that a take has popped and not counted yet, and those elements are
 * outstanding.  If a free lowered it first, could not pop a place, and raised it
 * again, a missing element would be hidden from other frees for that time.
 * (slots_fill_from_depot() and slots_take_back() have other rules.)
 *
 * Context: Any.
 * Return: how many; not counted in statistics.
 */
unsigned int slots_take_many(struct rsvpool *pool, void **elements,
			     unsigned int nr)
{
	struct rsvpool_slots *slots = &pool->slots;
	u32 first, last;

	nr = slot_pop_many(slots, &slots->full, true, elements, nr, &first,
			   &last);
	if (!nr)
		return 0;
	atomic_add(nr, &pool->nmi_missing);
	/*
	 * The exchange is a full barrier: nmi_missing is raised before any CPU
	 * can free the element.  Pairs with smp_rmb() in free_decide().
	 */
	slot_push_many(slots, &slots->empty, first, last);
	return nr;
}

/* Take one element of the NMI reserve; NULL if there is none. */
void *slots_take(struct rsvpool *pool)
{
	void *element;

	return slots_take_many(pool, &element, 1) ? element : NULL;
}

/**
 * slots_fill - put elements that are being freed into empty slots
 * @pool: the pool
 * @elements: the elements; the last ones of them are put
 * @nr: how many
 *
 * Puts fewer than @nr if fewer are missing, or if other code has popped places and
 * not pushed them yet.
 *
 * Context: depot lock held; the caller serves sleepers before it drops the lock, or
 * has served them under it.  Or without the lock, from slots_put_many(), which
 * checks for sleepers.
 * Return: how many.
 */
unsigned int slots_fill(struct rsvpool *pool, void **elements, unsigned int nr)
{
	struct rsvpool_slots *slots = &pool->slots;
	int missing = atomic_read(&pool->nmi_missing);
	unsigned int put;
	u32 first, last;

	/*
	 * More places may be empty than nmi_missing says: see
	 * slots_fill_from_depot().
	 */
	if (missing <= 0)
		return 0;
	put = slot_pop_many(slots, &slots->empty, false, NULL,
			    min(nr, (unsigned int)missing), &first, NULL);
	if (!put)
		return 0;
	atomic_sub(put, &pool->nmi_missing);
	last = slot_set_elements(slots, first, elements + nr - put, put);
	slot_push_many(slots, &slots->full, first, last);
	return put;
}

/**
 * slots_put_many - put elements into empty slots
 * @pool: the pool
 * @elements: the elements; the last ones of them are put
 * @nr: how many
 *
 * Detects a sleeper that joins meanwhile: see below.
 *
 * Context: Any, preemption off once the pool is published.
 * Return: how many, as slots_fill().
 */
unsigned int slots_put_many(struct rsvpool *pool, void **elements,
			    unsigned int nr)
{
	unsigned int put = slots_fill(pool, elements, nr);

	if (!put)
		return 0;
	/*
	 * A sleeper may have read the slots before this element came.  Full
	 * barrier between filling and reading depot.waiting; pairs with the one
	 * in place_join().  The irq_work serves the sleeper.
	 */
	smp_mb();
	if (unlikely(READ_ONCE(pool->depot.waiting)))
		pool_kick(pool);
	return put;
}

/* Put one element; returns whether a slot has it now. */
bool slots_put(struct rsvpool *pool, void *element)
{
	return slots_put_many(pool, &element, 1);
}

/*
 * Move empty places to the stack filling, one for each that
 * slots_fill_from_depot() took from there; fewer, if other code has popped
 * them.  Depot lock held.
 */
static void slots_empty_to_filling(struct rsvpool *pool)
{
	struct rsvpool_slots *slots = &pool->slots;
	unsigned int nr = slots_filling(pool) - slots->filling_nr;
	u32 first, last;

	nr = slot_pop_many(slots, &slots->empty, false, NULL, nr, &first,
			   &last);
	if (!nr)
		return;
	slot_push_many(slots, &slots->filling, first, last);
	slots->filling_nr += nr;
}

/**
 * slots_fill_from_depot - bring elements of the depot to empty slots
 * @pool: the pool
 * @elements: the elements; the last ones of them are put
 * @nr: how many
 *
 * slots_fill() pops an empty slot, fills it and pushes it again.  That must not
 * be done here, because elements of the depot are not outstanding.  While the
 * slot is popped, an NMI that frees the last outstanding element could find no
 * slot, and park the element; the next NMI would find nothing.
 *
 * So this fills a place of the stack filling and pushes it onto full.  Then it
 * lowers nmi_missing, and moves an empty slot to the stack filling in exchange.
 * If a free has filled that slot meanwhile, nmi_missing is below zero, and the
 * caller takes an element back (slots_take_back()).
 *
 * Context: depot lock held, as for slots_fill().
 * Return: how many.
 */
unsigned int slots_fill_from_depot(struct rsvpool *pool, void **elements,
				   unsigned int nr)
{
	struct rsvpool_slots *slots = &pool->slots;
	unsigned int put;
	u32 first, last;

	slots_empty_to_filling(pool);
	put = slot_pop_many(slots, &slots->filling, false, NULL, nr, &first,
			    NULL);
	if (!put)
		return 0;
	slots->filling_nr -= put;
	last = slot_set_elements(slots, first, elements + nr - put, put);
	slot_push_many(slots, &slots->full, first, last);
	atomic_sub(put, &pool->nmi_missing);
	slots_empty_to_filling(pool);
	return put;
}

/**
 * slots_take_back - take surplus elements of slots, after
 * slots_fill_from_depot()
 * @pool: the pool
 * @elements: where to put them
 * @nr: at most so many
 *
 * Raises nmi_missing first, while it is still below zero.  So takes and frees
 * that run meanwhile never see too few missing.
 *
 * Context: depot lock held.
 * Return: how many.
 */
unsigned int slots_take_back(struct rsvpool *pool, void **elements,
			     unsigned int nr)
{
	struct rsvpool_slots *slots = &pool->slots;
	int missing = atomic_read(&pool->nmi_missing);
	unsigned int got;
	u32 first, last;

	do {
		if (missing >= 0)
			return 0;
		nr = min(nr, (unsigned int)-missing);
	} while (!atomic_try_cmpxchg(&pool->nmi_missing, &missing,
				     missing + (int)nr));
	got = slot_pop_many(slots, &slots->full, true, elements, nr, &first,
			    &last);
	if (got)
		slot_push_many(slots, &slots->empty, first, last);
	/* Takes, by other CPUs or an NMI, have got the others: correct that. */
	atomic_sub(nr - got, &pool->nmi_missing);
	return got;
}

/*
 * No place is left: more elements were freed than exist; or the pool has max=0,
 * and must not be freed to in NMI.  The elements are lost, and the worker logs
 * it.
 */
static noinline void park_overfull(struct rsvpool *pool, unsigned int nr)
{
	atomic_sub(nr, &pool->parked_nr);
	if (!xchg(&pool->overfull, true))
		refill_now(pool);
}

static void park_linked(struct rsvpool *pool, void **elements, unsigned int nr)
{
	struct llist_node *first = NULL, *node;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		element_mark_link(pool, elements[i], KASAN_IN_USE);
		node = elements[i];
		node->next = first;
		first = node;
	}
	llist_add_batch(first, elements[0], &pool->parked);
}

static void park_placed(struct rsvpool *pool, void **elements, unsigned int nr)
{
	struct rsvpool_slots *slots = &pool->slots;
	unsigned int put;
	u32 first, last;

	put = slot_pop_many(slots, &slots->spare, false, NULL, nr, &first, NULL);
	if (put) {
		last = slot_set_elements(slots, first, elements, put);
		slot_push_many(slots, &slots->parked, first, last);
	}
	if (unlikely(put < nr))
		park_overfull(pool, nr - put);
}

/**
 * slots_park - keep elements that an NMI could put nowhere else
 * @pool: the pool
 * @elements: the elements
 * @nr: how many, at least one
 *
 * Context: Any, preemption off.
 */
void slots_park(struct rsvpool *pool, void **elements, unsigned int nr)
{
	atomic_add(nr, &pool->parked_nr);
	if (pool->opaque)
		park_placed(pool, elements, nr);
	else
		park_linked(pool, elements, nr);
	pool_kick(pool);
}

/*
 * Take linked elements.  pool->unparked has those that are already off the
 * lock-free list; only the holder of the depot's lock uses it.
 */
static unsigned int unpark_linked(struct rsvpool *pool, void **elements,
				  unsigned int nr)
{
	struct llist_node *node = pool->unparked;
	unsigned int got;

	for (got = 0; got < nr; got++) {
		if (!node) {
			node = llist_del_all(&pool->parked);
			if (!node)
				break;
		}
		elements[got] = node;
		node = node->next;
	}
	pool->unparked = node;
	return got;
}

static unsigned int unpark_placed(struct rsvpool *pool, void **elements,
				  unsigned int nr)
{
	struct rsvpool_slots *slots = &pool->slots;
	u32 first, last;

	nr = slot_pop_many(slots, &slots->parked, true, elements, nr, &first,
			   &last);
	if (nr)
		slot_push_many(slots, &slots->spare, first, last);
	return nr;
}

/**
 * slots_unpark_many - take parked elements
 * @pool: the pool
 * @elements: where to put them
 * @nr: at most so many
 *
 * Context: depot lock held, as the lists allow only one taker at a time; or no
 * call into the pool is possible any more.
 * Return: how many; fewer only if at some instant there were no more.
 */
unsigned int slots_unpark_many(struct rsvpool *pool, void **elements,
			       unsigned int nr)
{
	unsigned int i;

	nr = pool->opaque ? unpark_placed(pool, elements, nr) :
		unpark_linked(pool, elements, nr);
	if (!nr)
		return 0;
	atomic_sub(nr, &pool->parked_nr);
	if (unlikely(pool->debug_table || element_marked(pool)))
		for (i = 0; i < nr; i++) {
			if (pool->debug_table)
				debug_unparked(pool, elements[i]);
			element_mark_link(pool, elements[i], KASAN_ELEMENT_FREE);
		}
	return nr;
}

/* Take one parked element; NULL if there is none. */
void *slots_unpark(struct rsvpool *pool)
{
	void *element;

	return slots_unpark_many(pool, &element, 1) ? element : NULL;
}

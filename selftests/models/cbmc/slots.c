// SPDX-License-Identifier: GPL-2.0
/*
 * slots.c - module/nmi_slots.c as it is, interrupted at every access, for CBMC
 *
 * Answers for: elements taken from the slots and put there, one or two at once, the
 * depot's filling of them, and the places of opaque pools for parked elements, each
 * with others of these nested between any two accesses of what is shared, at most
 * INTERRUPTS of them in all, in every order that there is.  No element is lost, none
 * is given out twice, each place stays on one stack, nmi_missing and filling_nr are
 * true at the end; and a take that gets fewer than it wants does so only if more
 * than nmi_reserve are outstanding or wanted.
 *
 * The pool is made by slots_init().  The code of each depth is a copy of its own of
 * the file (slots_level.h), whose accesses come here by the names that the kernel has
 * for them; its headers are left out.  That several CPUs take steps in turns is
 * slots.pml's matter, the compiler test_nest's.
 *
 * CBMC reads it, too, but has not come to an end within three minutes: what run does is
 * explore.h's.
 */
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Which calls there are at a depth: OUTER's, and NESTED_CALLS's. */
#define TAKE		1
#define TAKE2		2	/* two at once */
#define PUT		4
#define PUT2		8
#define FILL		16	/* the depot's, which has its lock */
#define FILL2		32
#define PARK		64
#define UNPARK		128
#define FILLED			((OUTER | NESTED_CALLS) & (FILL | FILL2))
#define PARKING			((OUTER | NESTED_CALLS) & (PARK | UNPARK))

/* nmi_reserve, elements beside as many, and the most that one call moves. */
#ifndef PLACES
#define PLACES		2
#endif
#define ELEMENTS	(PLACES + 2)
#define MANY		2
#ifndef INTERRUPTS
#define INTERRUPTS	2
#endif

/* What the file wants of its headers. */
#define _RSVPOOL_DEBUG_H
#define _RSVPOOL_INTERNAL_H
#define _RSVPOOL_KASAN_H
#define _RSVPOOL_KICK_H
typedef unsigned long long u64;
typedef unsigned int u32;
typedef struct { int counter; } atomic_t;
#define U32_MAX			0xffffffffU
#undef __always_inline
#define __always_inline		inline
#define noinline
#define likely(x)		(x)
#define unlikely(x)		(x)
#define IS_ENABLED(x)		1
#define OPTIMIZER_HIDE_VAR(x)	((void)0)
#define BUILD_BUG_ON(x)		((void)0)
#define min(a, b)		((a) < (b) ? (a) : (b))
#define GFP_KERNEL		0
#define __GFP_NOWARN		0
#define ENOMEM			12
#define RSVPOOL_MAX_ELEMENTS	1U
#define RSVPOOL_BULK_MAX	(FILLED ? 64U : 0U)
#define array_size(a, b)	((a) * (b))
#define kvzalloc_node(bytes, gfp, node)					\
	((bytes) <= sizeof(rests) ? rests : NULL)
#define kvfree(p)		((void)(p))

struct llist_node { struct llist_node *next; };
struct llist_head { struct llist_node *first; };
#define init_llist_head(head)	((head)->first = NULL)

#include "nmi_slots.h"

struct rsvpool {
	struct rsvpool_slots slots;
	struct llist_head parked;
	struct llist_node *unparked;
	atomic_t nmi_missing;
	atomic_t parked_nr;
	unsigned int nmi_reserve;
	unsigned long metadata_bytes;
	int node;
	bool opaque;
	bool overfull;
	void *debug_table;
	struct {
		unsigned int capacity;
		unsigned char waiting;
	} depot;
};

/* "None", and all that slots_init() asks for. */
static struct rsvpool_slot rests[1 + PLACES * (FILLED ? 2 : 1) +
				 (PARKING ? ELEMENTS : 0)];
static struct rsvpool pool;

/* Not reached: elements are not linked, and all of them find a place. */
#define element_marked(pool)	false
#define element_mark_link(pool, element, mark)	((void)0)
#define debug_unparked(pool, element)	((void)0)
#define refill_now(pool)	assert(!"there is a place for each")
#define pool_kick(pool)		((void)0)
#define llist_add_batch(first, last, head)	((void)(last), assert(0))
#define llist_del_all(head)	((head)->first)

/*
 * An interrupt may come before each access of what is shared.  Which place a pointer
 * into the array is to is said by its number: CBMC would look at each byte.
 */
#define WHICH(p)		((unsigned char)(__CPROVER_POINTER_OFFSET(p) >> 4))
#define IS(x, type)		__builtin_types_compatible_p(__typeof__(x), type)
#ifdef EXPLORE
#define FIELD(x)		(x)
#else
#define FIELD(x)							\
	(*__builtin_choose_expr(IS(x, void *), &rests[WHICH(&(x))].element, \
	  __builtin_choose_expr(IS(x, u32), &rests[WHICH(&(x))].next, &(x))))
#endif
#define READ_ONCE(x)		(INTERRUPT(), FIELD(x))
#define WRITE_ONCE(x, val)	(INTERRUPT(), (void)(FIELD(x) = (val)))
#define try_cmpxchg64(p, oldp, new)					\
	(INTERRUPT(), *(p) == *(oldp) ? (*(p) = (new), true) :		\
					(*(oldp) = *(p), false))
#define xchg(p, val)		(*(p) = (val), false)
#define smp_mb()		((void)0)
#define atomic_set(v, val)	((v)->counter = (val))
#define atomic_read(v)		(INTERRUPT(), (v)->counter)
#define atomic_add(n, v)	(INTERRUPT(), (void)((v)->counter += (n)))
#define atomic_sub(n, v)	(INTERRUPT(), (void)((v)->counter -= (n)))
#define atomic_try_cmpxchg(v, oldp, new)				\
	(INTERRUPT(), (v)->counter == *(oldp) ?				\
	 ((v)->counter = (new), true) : (*(oldp) = (v)->counter, false))

#include "choices.h"

/*
 * Where an element is: SLOT while it is given there, too.  @out: outstanding or
 * wanted, of the slots' elements and others; @peak: the most since the take under way
 * has begun.
 */
#define SLOT		0
#define OUT		1
#define DEPOT		2
#define PARKED		3
static unsigned char where[ELEMENTS];
static unsigned char out, peak, interrupts;
static bool locked;

static unsigned int how_many(unsigned char w)
{
	unsigned int n, nr = 0;

	for (n = 0; n < ELEMENTS; n++)
		nr += where[n] == w;
	return nr;
}

/* @nr elements, any of those there, that go from there to here. */
static void choose(void **elements, unsigned int nr, unsigned char from,
		   unsigned char to)
{
	unsigned int i, n;

	for (i = 0; i < nr; i++) {
		for (n = 0; n < ELEMENTS; n++)
			if (where[n] == from && nondet_bool())
				break;
		__CPROVER_assume(n < ELEMENTS);
		where[n] = to;
		elements[i] = element(n);
	}
}

/* What a call has given, or given back. */
static void move(void **elements, unsigned int nr, unsigned char from,
		 unsigned char to)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		assert(where[number(elements[i])] == from);
		where[number(elements[i])] = to;
	}
}

static void want(unsigned int nr)
{
	out += nr;
	if (out > peak)
		peak = out;
}

#define LEVELS		"slots_level.h"
#include "nesting.h"

static unsigned char on[sizeof(rests) / sizeof(rests[0])];

/* Each place is on one stack; how many on this one, and whose are its elements? */
static unsigned int stack(u64 head, bool has, unsigned char w)
{
	unsigned int nr = 0;
	u32 at = head;

	while (at) {
		unsigned int n = at >> 4;

		assert(!(at & 15) && n < sizeof(on));
		assert(!on[n]);
		on[n] = 1;
		if (has)
			move(&rests[n].element, 1, w, OUT);
		at = rests[n].next;
		nr++;
	}
	return nr;
}

static void check(void)
{
	unsigned int full, empty, filling;

	/* What slots have too many the depot takes back, now or with the next free. */
	fill3(0);
	full = stack(pool.slots.full, true, SLOT);
	empty = stack(pool.slots.empty, false, SLOT);
	filling = stack(pool.slots.filling, false, SLOT);
	assert(full <= PLACES);
	assert(pool.nmi_missing.counter == (int)(PLACES - full));
	assert(pool.slots.filling_nr == filling);
	assert(full + empty + filling == PLACES * (FILLED ? 2 : 1));
	/* M <= O, and nothing is decided; who parks has found the slots full. */
	assert(PARKING || PLACES - full <= out);
	assert(how_many(SLOT) == 0);
	assert(!rests[0].next && !rests[0].element);
	if (PARKING) {
		unsigned int parked = stack(pool.slots.parked, true, PARKED);
		unsigned int spare = stack(pool.slots.spare, false, PARKED);

		assert(pool.parked_nr.counter == (int)parked);
		assert(parked + spare == ELEMENTS);
		assert(how_many(PARKED) == 0);
	}
}

static void one_run(void)
{
	unsigned int n, full = 0;
	void *e;

	memset(rests, 0, sizeof(rests));
	memset(on, 0, sizeof(on));
	pool = (struct rsvpool){
		.nmi_reserve = PLACES,
		.opaque = !!PARKING,
		.depot.capacity = ELEMENTS,
	};
	out = 0;
	interrupts = 0;
	locked = false;
	assert(!slots_init3(&pool));
	/*
	 * Any number of slots is full; as many elements, at least, are outstanding as
	 * others miss.
	 */
	while (full < PLACES && nondet_bool())
		full++;
	for (n = 0; n < ELEMENTS; n++) {
		e = element(n);
		if (n < full)
			where[n] = SLOT;
		else if (n < PLACES || nondet_bool())
			where[n] = OUT;
		else if (PARKING && nondet_bool())
			where[n] = PARKED;
		else
			where[n] = DEPOT;
		out += where[n] == OUT;
		if (n < PLACES && n < full)
			assert(slots_fill3(&pool, &e, 1) == 1);
		if (where[n] == PARKED)
			slots_park3(&pool, &e, 1);
	}
	peak = out;
	operation0();
	check();
}

#ifndef EXPLORE
int main(void)
{
	one_run();
	return 0;
}
#endif

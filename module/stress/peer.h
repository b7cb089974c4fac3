/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one interface of all allocators: rsvpool's calls and their peers.
 *
 * Each allocator has a file peer_*.c and a line in peer_list.h.  It says in
 * which contexts it may be called, with PREEMPT_RT and without.  A scenario
 * asks peers.c before the first call; if the call is not allowed, the cell says
 * "not-allowed".
 *
 * Scenarios measure direct calls, inlined as in real users: a loop of pairs is
 * generated for each peer.  The functions for one call at a time are for
 * scenarios in which a call through a pointer does not matter.
 */
#ifndef RSVPOOL_STRESS_PEER_H
#define RSVPOOL_STRESS_PEER_H

/* First, for its pr_fmt(). */
#include "stress.h"

#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/llist.h>
#include <linux/types.h>

#define STRESS_OBJECT_BYTES	256	/* of peers that have objects */

/* Sets of contexts. */
#define STRESS_IN_TASK		BIT(STRESS_TASK)
/* Where a spinlock may be taken on PREEMPT_RT: softirqs are tasks there. */
#define STRESS_IN_THREADS	(STRESS_IN_TASK | BIT(STRESS_SOFTIRQ))
/* And elsewhere, if the call wakes no task, as under the run queue's lock. */
#define STRESS_IN_IRQ		(STRESS_IN_THREADS | BIT(STRESS_HARDIRQ) | \
				 BIT(STRESS_RAWLOCK))
#define STRESS_IN_ALL_BUT_NMI	(STRESS_IN_IRQ | BIT(STRESS_SCHED))
#define STRESS_IN_ALL		(STRESS_IN_ALL_BUT_NMI | BIT(STRESS_NMI))

/**
 * struct stress_supply - a peer that was set up
 * @peer: which
 * @pool: the pool of the run, for rsvpool's own
 * @reserve: elements that may be held at once; a peer that has a reserve has
 *	as many
 * @priv: the peer's own: what every call needs
 * @data: the peer's own: the rest
 * @ready: it was set up, and was not torn down
 * @held: elements held, counted by scenarios that stay within @reserve
 * @kept: objects that are kept from their allocator until teardown
 */
struct stress_supply {
	const struct stress_peer *peer;
	struct rsvpool *pool;
	unsigned int reserve;
	void *priv;
	unsigned long data;
	bool ready;
	atomic_t held ____cacheline_aligned_in_smp;
	struct llist_head kept;
};

/**
 * struct stress_peer - an allocator
 * @name: what "what=" calls it
 * @elements: how many one call moves
 * @needs_pool: it is rsvpool's, and wants a pool
 * @own_cpu: an element is to be freed on the CPU where it was taken
 * @unavailable: this kernel does not have it
 * @contexts: where it may be called, a set
 * @contexts_rt: the same on PREEMPT_RT
 * @setup: prepares, in task context; NULL if there is nothing to do
 * @teardown: undoes that
 * @pairs: so many pairs; returns how many it has not made, 0 unless a request
 *	was not answered
 * @take: one request, which fills @elements places; was it answered?
 * @give: frees what take has filled in
 * @keep: instead of @give, while memory has to stay used up: keeps one element
 *	until the run is over, on the list if it is a page; NULL for a peer that
 *	has its own reserve
 */
struct stress_peer {
	const char *name;
	unsigned int elements;
	bool needs_pool;
	bool own_cpu;
	bool unavailable;
	unsigned int contexts;
	unsigned int contexts_rt;
	int (*setup)(struct stress_supply *from);
	void (*teardown)(struct stress_supply *from);
	unsigned int (*pairs)(struct stress_supply *from, void **elements,
			      unsigned int count);
	bool (*take)(struct stress_supply *from, void **elements);
	void (*give)(struct stress_supply *from, void **elements);
	void (*keep)(struct stress_supply *from, void *element,
		     struct llist_head *pages);
};

/*
 * Define stress_peer_NAME.  "_alloc" is an expression of "from" and "elements"
 * that gives a pointer, or NULL; "_free" frees that pointer, which is called
 * "element".  The rest initializes further members.
 */
#define DEFINE_STRESS_PEER(_name, _elements, _alloc, _free, ...)		\
static noinline unsigned int						\
_name##_pairs(struct stress_supply *from, void **elements,		\
	      unsigned int count)					\
{									\
	void *element;							\
									\
	while (count) {							\
		element = (_alloc);					\
		if (unlikely(!element))					\
			break;						\
		_free;							\
		count--;						\
	}								\
	return count;							\
}									\
									\
static bool _name##_take(struct stress_supply *from, void **elements)	\
{									\
	void *element = (_alloc);					\
									\
	if ((_elements) == 1)						\
		*elements = element;					\
	return element;							\
}									\
									\
static void _name##_give(struct stress_supply *from, void **elements)	\
{									\
	void *element = (_elements) == 1 ? *elements : elements;	\
									\
	_free;								\
}									\
									\
const struct stress_peer stress_peer_##_name = {			\
	.name = #_name,							\
	.elements = _elements,						\
	.pairs = _name##_pairs,						\
	.take = _name##_take,						\
	.give = _name##_give,						\
	__VA_ARGS__							\
}

#define STRESS_PEER(_name)	extern const struct stress_peer stress_peer_##_name;
#include "peer_list.h"

/* peers.c */
extern const struct stress_peer * const stress_peers[STRESS_PEERS];

bool stress_peer_allowed(const struct stress_peer *peer,
			 enum stress_context context);
const char *stress_peer_missing(const struct stress_peer *peer,
				enum stress_context context);
int stress_supply_open(struct stress_supply *supply, struct stress_run *run,
		       enum stress_peer_id id, unsigned int reserve);
void stress_supply_close(struct stress_supply *supply);
int stress_check_what(const char *scenario, const struct stress_params *params);

#endif /* RSVPOOL_STRESS_PEER_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The common interface of all peers: rsvpool's calls and other allocators.
 *
 * Each peer is defined in a file peer_*.c and has a line in peer_list.h.  It says
 * in which contexts it may be called, with PREEMPT_RT and without.  A scenario
 * asks peers.c before the first call; if the call is not allowed, the result is
 * "not-allowed".
 *
 * @pairs measures direct calls, as real users make them: a loop is generated for
 * each peer.  @take and @give, which make one call each, are for scenarios in
 * which the cost of a call through a pointer does not matter.
 */
#ifndef RSVPOOL_STRESS_PEER_H
#define RSVPOOL_STRESS_PEER_H

/* First, for its pr_fmt(). */
#include "stress.h"

#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/llist.h>
#include <linux/types.h>

#define STRESS_OBJECT_BYTES	256	/* of a peer that allocates objects */

/* Sets of contexts. */
#define STRESS_IN_TASK		BIT(STRESS_TASK)
/* A spinlock may be taken on PREEMPT_RT: softirqs are tasks there. */
#define STRESS_IN_THREADS	(STRESS_IN_TASK | BIT(STRESS_SOFTIRQ))
/*
 * A spinlock may be taken without PREEMPT_RT.  Not under the run queue's lock, as
 * the call may wake a task.
 */
#define STRESS_IN_IRQ		(STRESS_IN_THREADS | BIT(STRESS_HARDIRQ) | \
				 BIT(STRESS_RAWLOCK))
#define STRESS_IN_ALL_BUT_NMI	(STRESS_IN_IRQ | BIT(STRESS_SCHED))
#define STRESS_IN_ALL		(STRESS_IN_ALL_BUT_NMI | BIT(STRESS_NMI))

/**
 * struct stress_supply - a peer that was set up
 * @peer: the peer
 * @pool: the pool of the run, for rsvpool's peers
 * @reserve: elements that may be held at once; if the peer has a reserve, its
 *	size
 * @priv: private to the peer: what every call needs
 * @data: private to the peer: the rest
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
 * @name: its name in "what=" and "peer="
 * @elements: how many one call moves
 * @needs_pool: it is one of rsvpool's, and uses the run's pool
 * @own_cpu: an element must be freed on the CPU where it was taken
 * @unavailable: this kernel does not have it
 * @contexts: the set of contexts in which it may be called
 * @contexts_rt: the same on PREEMPT_RT
 * @setup: prepares, in task context; NULL if there is nothing to do
 * @teardown: undoes that
 * @pairs: makes @count pairs; returns how many were not made, which is 0 unless a
 *	request was not answered
 * @take: one request, which fills @elements places; returns whether it was
 *	answered
 * @give: frees the elements of one @take
 * @keep: called instead of @give in a run with a memhog: keeps one element until
 *	the run is over, on @pages if it is a page; NULL for a peer that has its
 *	own reserve
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
 * Define stress_peer_NAME.  "_alloc" is an expression with "from" and "elements",
 * whose value is a pointer, or NULL; "_free" is an expression that frees that
 * pointer, "element".  The rest initializes further members.
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

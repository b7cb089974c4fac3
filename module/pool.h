/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The pool: its structure, and which code may access which field in which
 * context.  The state of a feature is in the feature's own header.  The
 * functions of pool.c that other files call are declared at the end.
 */
#ifndef _RSVPOOL_POOL_H
#define _RSVPOOL_POOL_H

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/irq_work.h>
#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/ratelimit.h>
#include <linux/rsvpool.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "adapt.h"
#include "compat.h"
#include "depot.h"
#include "event.h"
#include "nmi_slots.h"
#include "section.h"
#include "source.h"

struct dentry;
struct rsvpool_debug;
struct rsvpool_latency;
struct rsvpool_loans;
struct rsvpool_thread;

/* The counters, by name; see stat_list.h. */
enum rsvpool_stat {
#define STAT(_name, _file)	STAT_##_name,
#include "stat_list.h"
	NR_POOL_STATS,
};

/*
 * One CPU's cache.  Only code on that CPU writes it, with preemption off, or
 * the hotplug callback once the CPU is dead.  There are four exceptions: other
 * CPUs write @limit and @moves, queue @trim_work, and may add to @stat, which
 * is atomic (rsvpool_cpu_add()).
 *
 * @word: count of entries in the low 16 bits, and above them a sequence that
 *	grows by one for every element moved in or out.  So (sequence + count)
 *	/ 2 elements were ever pushed and (sequence - count) / 2 popped:
 *	statistics that cost no instruction.  The sequence is the low 48 bits of
 *	a longer one, see stats_moves()
 * @pushing: code on this CPU is between the write of an entry and the
 *	commit that publishes it
 * @limit: entries allowed: the pool's cache, or 0, set by any CPU, to have
 *	the entries brought back to the depot
 * @stat: this CPU's counters, by enum rsvpool_stat
 * @moves: the long sequence at its last read, by any CPU
 * @kick: wakes sleepers and the refill worker on behalf of this CPU; code
 *	running here queues it.  Each CPU has its own, because one for the whole
 *	pool could not be queued by other CPUs while it is pending on a CPU with
 *	interrupts off
 * @trim_work: brings the entries back if the owner makes no call for a while
 * @entries: the array, with room for cache_max
 */
struct rsvpool_cpu {
	u64 word;
	u32 limit;
	u8 pushing;
	unsigned long stat[NR_POOL_STATS];
	struct rsvpool *pool;
	atomic64_t moves;
	struct irq_work kick;
	struct work_struct trim_work;
	void *entries[];
};

/*
 * Bits of pool->steps: the further steps of an allocation, which leaves the fast path
 * for them.  Elements are cleared, checked, timed, marked for KASAN or traced.  A
 * free reads pool->slow instead, and of these bits only STEP_KASAN, where KASAN is
 * on.
 */
#define STEP_ZERO	1
#define STEP_DEBUG	2
#define STEP_LATENCY	4
#define STEP_KASAN	8
#define STEP_TRACE	16

/* Bits of pool->slow. */
#define SLOW_SHORT	1
#define SLOW_DEBUG	2

/*
 * The life of a pool.  Its name is taken from BUILDING to the end.
 * rsvpool_get() finds it in LIVE alone; it is destroyed by name in LIVE and
 * ORPHAN.
 *
 *	BUILDING	rsvpool_create() fills it; walkers skip it
 *	LIVE		complete
 *	CLOSING		its owner's rsvpool_destroy() checks if it is in use
 *	ORPHAN		it was in use, and stays until it is destroyed by name
 *	DYING		it is being torn down; walkers see it until no reference
 *			is left and it leaves the list
 */
enum pool_state {
	POOL_BUILDING,
	POOL_LIVE,
	POOL_CLOSING,
	POOL_ORPHAN,
	POOL_DYING,
};

struct rsvpool {
	/*
	 * Read by every call; written rarely: by a change of settings, by
	 * adaptation, when tracing is switched, when the depot falls below min
	 * or is filled again, when a task waits, and when NMI slots are emptied
	 * or filled.
	 *
	 * @slow_state: both of the following, for one load of both
	 * @slow: the depot is below min, or a task waits: frees go to the
	 *	depot; or elements have to be checked first (debug=1)
	 * @nmi_missing: places of the NMI reserve without an element: raised
	 *	after an element was taken from a slot, lowered when an element
	 *	for it is at hand; below 0 for a moment if a free and the depot
	 *	have brought two for one place (depot.c)
	 */
	struct rsvpool_cpu __percpu *cpu;
	unsigned int cache;
	u8 steps;
	u8 policy;
	u8 opaque;
	u8 debug;
	union {
		u64 slow_state;
		struct {
			unsigned int slow;
			atomic_t nmi_missing;
		};
	};
	unsigned int batch;

	struct rsvpool_depot depot ____cacheline_aligned_in_smp;

	/* Outside the lock: slots for NMI, and elements that NMIs parked. */
	struct rsvpool_slots slots ____cacheline_aligned_in_smp;
	struct llist_head parked;
	atomic_t parked_nr;		/* of both lists, or in slots.parked */
	struct llist_node *unparked;	/* from parked; under the depot's lock */

	/*
	 * @total: elements that exist; never above max, if there is a maximum
	 * @peak: the highest total since stats/reset was written
	 */
	atomic_t total ____cacheline_aligned_in_smp;
	atomic_t peak;
	atomic_t calls;			/* of the source, in progress */

	atomic_t refill_state;
	struct delayed_work refill;
	struct rsvpool_thread *thread;	/* instead, with refill_thread=1 */
	unsigned int backoff;		/* jiffies; only the worker uses it */
	u64 overdue;			/* ns; see refill_is_overdue() */
	bool emergency;			/* one since the worker's last run */
	struct rsvpool_adapt adapt;
	bool no_guarantee_used;		/* a task tried to sleep on reserve 0 */
	bool no_guarantee_reported;
	bool overfull;			/* more were freed than exist */
	bool overfull_reported;

	/* Fixed at creation. */
	char name[RSVPOOL_NAME_MAX + 1];
	enum rsvpool_source source;
	enum rsvpool_wakeup wakeup;
	unsigned int order;
	size_t size;
	struct kmem_cache *kmem_cache;
	struct rsvpool *parent;
	unsigned int depth;		/* in its stack of pools; 1 has no parent */
	const struct rsvpool_ops *ops;
	void *data;
	bool source_sleeps;
	bool lend;
	unsigned int max;
	unsigned int nmi_reserve;
	unsigned int cache_max;
	int node;
	size_t metadata_bytes;

	/* Changed under @settings (@charged: also under charge_lock). */
	struct mutex settings;
	unsigned int reserve;
	unsigned int low;
	unsigned int high;
	unsigned int high_max;		/* adaptation goes no further */
	unsigned int cache_set;		/* the setting; cache is in force */
	bool caches;			/* cache_set is, or was, not 0 */
	bool adaptive;
	unsigned int decay_ms;
	unsigned int stall_ms;
	struct ratelimit_state stall_limit;
	u64 charged;
	u64 *stat_base;			/* what stats/reset subtracts */

	enum rsvpool_inject inject;
	atomic_t inject_n;
	unsigned int inject_every;
	atomic_t injected;
	bool rehearse;			/* under the depot's lock */

	struct rsvpool_latency __percpu *latency;
	struct rsvpool_debug *debug_table;
	struct rsvpool_loans *loans;	/* or NULL; fixed */

	/*
	 * Life.  The registry's lock protects it, except for what is fixed or
	 * atomic, @open (its own lock), @orphan (set by source_disable() alone)
	 * and @events (event.c).
	 *
	 * @serial: never used again for another pool
	 * @refs: references of walkers and other code that uses it for a while
	 * @movers: those of them that may be moving elements of it now
	 * @moves: how often movers ever began
	 * @quiescing: no new movers, except for dead CPUs
	 * @users: holds by rsvpool_create() and rsvpool_get()
	 * @gets: how often rsvpool_get() ever found it
	 */
	struct list_head node_in_registry;
	u64 serial;
	enum pool_state state;
	unsigned int refs;
	unsigned int movers;
	unsigned int moves;
	bool quiescing;
	unsigned int users;
	unsigned int gets;
	bool owned;			/* created by a module, for itself */
	unsigned int children;		/* pools with this parent */
	atomic_t sections;		/* open ones, and those that begin */
	struct rsvpool_open open;
	bool pinned;			/* holds a reference on the module */
	bool orphan;			/* its owner has left it while in use */
	struct mutex stack_lock;	/* only that of a stack's lowest pool */
	struct rsvpool_events events;
	struct kobject kobj;
	struct completion released;
	struct dentry *debugfs;
};

/* May elements be cleared when they are handed out, in bounded time? */
static inline bool pool_zeroable(const struct rsvpool *pool)
{
	return !pool->opaque && pool->size <= PAGE_SIZE;
}

/* The part of the reserve that the depot keeps. */
static inline unsigned int rsvpool_min(const struct rsvpool *pool)
{
	return pool->reserve - pool->nmi_reserve;
}

/* Slots with an element of the NMI reserve. */
static inline unsigned int slots_full(const struct rsvpool *pool)
{
	int missing = atomic_read(&pool->nmi_missing);

	return missing >= (int)pool->nmi_reserve ? 0 :
		pool->nmi_reserve - missing;
}

/* pool.c */
void pool_leave_sections(struct rsvpool *pool, int nr);
struct rsvpool *rsvpool_create_for(const struct rsvpool_attr *attr,
				   unsigned int users, u64 *serial);
void rsvpool_undo(u64 serial);
bool pool_destroy(struct rsvpool *pool, void *caller);
int rsvpool_destroy_by_name(const char *name);
void rsvpool_destroy_all(void);

#endif /* _RSVPOOL_POOL_H */

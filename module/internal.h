/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The pool as its parts see it: the structures, who may touch which field in
 * which context, and what each file offers to the others.
 *
 * One way down.  A request walks these layers in this order, and none of them
 * calls back up:
 *
 *	section.c	a guaranteed number for a stretch of code
 *	alloc.c		the ladder; claim.c for several, all or nothing
 *	tryalloc.c	its rungs for any context, and rsvpool_tryalloc()
 *	free.c		every way an element goes back; lend.c, a free that can
 *			still be read
 *	  queue.c	sleeping, when nothing below has any
 *	  cache.h	per-CPU, lockless, no shared line
 *	  depot.h	one raw spinlock; depot.c what is special
 *	  nmi_slots.h	outside the lock, for NMI
 *	  source.c	may sleep; never below tryalloc and free
 *	refill.c	the worker that moves elements from source to depot;
 *			worker.c, which runs it
 *	kick.h		what any context asks for: the worker, and wake-ups
 *	trace_rung.h		what tracepoints are told of requests (trace.h)
 *
 * kvfree.c, which collects objects to be freed, stands above all of them.  The map
 * of all files, and the calls that run upwards, are in scripts/lint.d/layers: above
 * all, a pool's source may be another pool (source.c), which is a circle.
 *
 * Locks, outermost first:
 *
 *	pool->family (mutex)		of a stack's lowest pool: one question at
 *					a time whether a pool of it is in use
 *	pool->settings (mutex)		one change of a pool's settings at a time;
 *					under family several, the lower pool's
 *					first
 *	thread->lock (mutex)		where a refill thread runs
 *	rsvpool_registry (spin)		the list of pools, and the life of each
 *	charge_lock (spin)		the sum of all reserves, in pool.c
 *	pool->open.lock (raw)		its open sections
 *	rsvpool_claims (raw)		claims over several pools
 *	kvfree_cpu->lock (raw)		what a CPU has collected; takes an element
 *	pool->depot.lock (raw)		a leaf; a claim nests several, by address
 *
 * A pool's family and settings are held while its source is called, its worker
 * is waited for, or a grace period: that is the business of this pool, or of its
 * stack.  So they are never taken by what walks over all pools: hotplug, shrinker,
 * tracepoints, refill_recall().  Walkers hold the registry only from one pool to
 * the next, and in between a reference on one pool, which keeps it in the list
 * (rsvpool_for_each()).  Nothing is allocated, called or waited for under the
 * registry: it is a spinlock, so that the kernel says so.
 *
 * Under a depot's lock nothing is woken, queued, printed, called back or
 * freed, and it is held for at most a batch or one bulk of elements.
 */
#ifndef _RSVPOOL_INTERNAL_H
#define _RSVPOOL_INTERNAL_H

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/irq_work.h>
#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/ratelimit.h>
#include <linux/rbtree.h>
#include <linux/rsvpool.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "compat.h"

#undef pr_fmt
#define pr_fmt(fmt) "rsvpool: " fmt

struct dentry;
struct rsvpool_debug;
struct rsvpool_loan;

/*
 * Read without the lock what is written under it: a figure for people, or a
 * hint that is looked at again under the lock, or that whoever changes it acts
 * on afterwards.  Such a reader does not mind an old value.  The stores are of one
 * aligned word, and no compiler moves them out of the hold of the lock; a load that
 * is torn or repeated is a worse hint.  Where an old value would matter a barrier
 * stands before the look: in refill_ask(), refill_room() and refill_run().
 */
#define hint(value)	data_race(value)

/* The counters, by name; see stat_list.h. */
enum rsvpool_stat {
#define STAT(_name, _file)	STAT_##_name,
#include "stat_list.h"
	NR_POOL_STATS,
};

/*
 * One CPU's cache.  Only code on that CPU writes it, with preemption off, or
 * the hotplug callback once the CPU is dead; the one exception is @limit.
 *
 * @word: count of entries in the low 16 bits, and above them a sequence that
 *	grows by one for every element moved in or out.  So (sequence + count)
 *	/ 2 elements were ever pushed and (sequence - count) / 2 popped:
 *	statistics for no instruction at all.  The sequence is what 48 bits have
 *	room for of a longer one, see stats_moves()
 * @pushing: somebody on this CPU is between the write of an entry and the
 *	commit that publishes it
 * @limit: entries allowed: the pool's cache, or 0, set by any CPU, to have
 *	the entries brought back to the depot
 * @moves: the long sequence when it was last looked at; any CPU's
 * @kick: wakes sleepers and the refill worker on behalf of this CPU; any code
 *	running here queues it.  Not one for the pool: while it is pending on a
 *	CPU with interrupts off, it cannot be queued on another
 * @trim_work: does that, where the owner makes no call for a while
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
 * The depot.  All fields under @lock, which is a leaf.
 *
 * @count, @items, @capacity: the array, taken from and put to at its end
 * @line: elements guaranteed here: the reserve less nmi_reserve
 * @room: places that a free may fill: all of them; without a maximum, and with
 *	nobody waiting, those up to @high, as its users may call the source
 * @rising: the line a resize is raising to; 0 when none is
 * @lowest: the lowest count that an emergency has left, since the last refill
 * @low, @high: refill marks in force for @count
 * @waiting: sleepers in @queue, by (prio, ticket)
 * @claims: those of them that wait for other pools, too
 * @fills: how often slots were filled from here
 * @claim_ready: its head is a claim on several pools that this one could serve
 * @more: more sleepers could be served than one hold of the lock may
 * @granted: sleepers served but not yet woken
 * @lent: how many of the array are lent: its first ones.  Whoever takes from its
 *	end calls depot_need() first, or stays above @take_above
 *
 * Derived by watermarks_update(), so that the common take and put are one
 * comparison each:
 * @take_above: a take that finds count above this is nothing special: nobody
 *	waits, what is left stays above line, rising line and low mark, and it
 *	is not lent
 * @put_floor, @put_span: a put is nothing special when count - put_floor is
 *	less than put_span: line whole, nobody waits, room, no surplus
 * @bare_above, @bare_span: the same for a pool that never had caches to fill
 *	or empty; else nothing is
 */
struct rsvpool_depot {
	raw_spinlock_t lock;
	unsigned int count;
	unsigned int take_above;
	unsigned int bare_above;
	unsigned int put_floor;
	unsigned int put_span;
	unsigned int bare_span;
	void **items;
	unsigned int capacity;
	unsigned int room;
	unsigned int line;
	unsigned int rising;
	unsigned int lowest;
	unsigned int low;
	unsigned int high;
	unsigned int waiting;
	unsigned int claims;
	unsigned int lent;
	unsigned int fills;
	bool claim_ready;
	bool more;
	u64 ticket;
	struct rb_root_cached queue;
	struct list_head granted;
};

/*
 * Elements outside the depot's lock, for NMI.  @slot is an array of places;
 * each is on one of five stacks, whose heads hold a tag against ABA in the
 * upper half and the place in the lower: as its offset in bytes.  The first one,
 * 0, is "none", on no stack and never written (slot_at()).
 *
 * @empty: places of the NMI reserve without an element
 * @full: those with one
 * @parked: elements of opaque pools freed in an NMI that found everything else
 *	busy (other pools link such elements through themselves: pool->parked)
 * @spare: places for those
 * @filling: places that the depot fills slots with, under its lock
 * @filling_nr: how many; the others are among the slots
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
 * What a pool that lends has on top.
 *
 * @pool: the pool
 * @live: by a loan's number its sequence, while it is alive, or 0; written
 *	under the depot's lock, read without
 * @number: of the depot's place i, if it is lent; behind those the numbers that
 *	nobody has.  This and the next two under the depot's lock
 * @sequence: of the newest loan
 * @hand: the place whose loan is revoked next, if there is one
 * @lending: since the pool is whole, until it is torn down
 * @later: elements to go back to the source
 * @later_nr: how many, with those in @going
 * @going: those that wait for the grace period after which @work gives them
 *	back; of whoever has set @armed
 * @armed: there are some, or soon will be
 * @work: waits for it
 */
struct rsvpool_loans {
	struct rsvpool *pool;
	unsigned long *live;
	unsigned int *number;
	unsigned long sequence;
	unsigned int hand;
	bool lending;
	struct llist_head later;
	atomic_t later_nr;
	struct llist_node *going;
	atomic_t armed;
	struct rcu_work work;
};

/*
 * A pool's open sections (section.c).  All under @lock, outside the depot's.
 *
 * @list: the records, oldest first
 * @sizes: bit n - 1: shared sections of size n have been admitted, and have not
 *	set their elements aside yet
 * @shared: at n - 1: how many
 */
struct rsvpool_open {
	raw_spinlock_t lock;
	struct list_head list;
	u64 sizes;
	unsigned int shared[RSVPOOL_SECTION_MAX];
};

/* Why an allocation or a free leaves the fast path: bits of pool->touch. */
#define TOUCH_ZERO	1
#define TOUCH_DEBUG	2
#define TOUCH_LATENCY	4
#define TOUCH_KASAN	8
#define TOUCH_TRACE	16

#define RSVPOOL_DECAY_MAX	(3600U * 1000)	/* decay_ms: an hour */
#define RSVPOOL_STALL_MAX	(3600U * 1000)	/* stall_ms: an hour */

/* Bits of pool->slow. */
#define SLOW_SHORT	1
#define SLOW_DEBUG	2

/* How debugfs makes the source fail. */
enum rsvpool_inject {
	INJECT_OFF,
	INJECT_ALWAYS,
	INJECT_EVERY,		/* one in inject_n */
	INJECT_NEXT,		/* the next inject_n */
	INJECT_REHEARSE,	/* always, and the pool has its line alone */
};

/* Who drives the refill worker: pool->refill_state. */
enum rsvpool_refill_state {
	REFILL_IDLE,		/* nobody asked */
	REFILL_ASKED,		/* asked; the irq_work has to queue it */
	REFILL_QUEUED,		/* queued, running or backing off */
	REFILL_AT_MAX,		/* no use before an element is given back */
	REFILL_STOPPED,		/* until refill_start() */
};

/* Why adaptation has moved the marks, or has not. */
enum adapt_reason {
	ADAPT_GROW,		/* after an emergency */
	ADAPT_FOLLOW,		/* demand has grown */
	ADAPT_CAPPED,		/* an emergency, but high_max */
	ADAPT_HELD,		/* an emergency, but memory is short */
	ADAPT_RETRACT,		/* the source had nothing for a growth */
	ADAPT_DECAY,		/* it was quiet for decay_ms */
	ADAPT_UNDER_PRESSURE,		/* the shrinker took */
	ADAPT_RELIEVED,		/* and did not for decay_ms */
	ADAPT_OFF,		/* adaptive=0 */
};

#define ADAPT_DECISIONS	8U
#define ADAPT_NOT_ASKED	UINT_MAX

/*
 * What adaptation knows (adapt.c).  The worker's, but for what is said.
 *
 * @asked: the depot's count when the worker was asked, or ADAPT_NOT_ASKED;
 *	written by whoever asked
 * @brought: elements that this run has put into the depot
 * @drawn: the most that were taken since, net
 * @fails: STAT_ALLOC_FAIL at the end of the last run
 * @window: the most that was drawn at once in this window
 * @demand: and in those before, decaying
 * @since: when this window began, in jiffies
 * @failing: the source had nothing for the last run
 * @before, @cache_before: what @extra and @cache_extra were before they grew
 *
 * Under the depot's lock:
 * @extra: what is added to both marks
 * @cache_extra: and to the caches
 * @under_pressure: the shrinker took: no more than the line is kept
 * @pressed_at: when it last did, in jiffies; the shrinker's
 * @decisions: how many different ones there were; the last of them are in
 * @decision: at their number
 */
struct rsvpool_adapt {
	unsigned int asked;
	unsigned int brought;
	unsigned int drawn;
	unsigned long fails;
	unsigned int window;
	unsigned int demand;
	unsigned long since;
	bool failing;
	unsigned int before;
	unsigned int cache_before;
	unsigned int extra;
	unsigned int cache_extra;
	bool under_pressure;
	unsigned long pressed_at;
	unsigned int decisions;
	struct adapt_decision {
		enum adapt_reason reason;
		unsigned int low;
		unsigned int high;
		unsigned int extra;
		unsigned int demand;
		unsigned int cache;
		unsigned int times;
		unsigned long when;
	} decision[ADAPT_DECISIONS];
};

struct rsvpool_latency;
struct rsvpool_kvfree;
struct rsvpool_thread;

/*
 * The life of a pool.  Its name is taken from BUILDING to the end; it is found by
 * name in LIVE alone.
 *
 *	BUILDING	rsvpool_create() fills it; walkers pass it by
 *	LIVE		complete
 *	CLOSING		its owner's rsvpool_destroy() looks whether it is in use
 *	ORPHAN		it was, and stays; destroyed by name when it is no longer
 *	DYING		it goes, and nothing keeps it; walkers see it until no
 *			reference is left and it leaves the list
 */
enum pool_state {
	POOL_BUILDING,
	POOL_LIVE,
	POOL_CLOSING,
	POOL_ORPHAN,
	POOL_DYING,
};

/* What user space is told of (event.c). */
enum {
	EVENT_FAILED,		/* requests were not answered */
	EVENT_STALLED,		/* sleepers have waited longer than stall_ms */
	EVENT_UNDER_PRESSURE,	/* the shrinker was here */
	NR_EVENTS,
};

/*
 * Events, of which each has a count since the pool was created.
 *
 * @work: sends them
 * @live: the pool is in sysfs, and not about to leave it
 * @stalls: of EVENT_STALLED; others are counted anyway
 * @seen: the counts at the worker's last look
 * @told: the counts that were sent, and @last: when
 */
struct rsvpool_events {
	struct delayed_work work;
	bool live;
	atomic_t stalls;
	u64 seen[NR_EVENTS];
	u64 told[NR_EVENTS];
	unsigned long last[NR_EVENTS];
};

struct rsvpool {
	/*
	 * Read by every call; written only by a change of settings, and when
	 * the pool comes under pressure or out of it.
	 *
	 * @slow_state: both of the following, for one look at both
	 * @slow: the line is short or somebody waits: frees go to the depot;
	 *	or they have to be looked at first (debug=1)
	 * @nmi_missing: places of the NMI reserve without an element, raised
	 *	when one was taken and lowered when one is on its way
	 */
	struct rsvpool_cpu __percpu *cpu;
	unsigned int cache;
	u8 touch;
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

	/* Off the lock: NMI and what it leaves behind. */
	struct rsvpool_slots slots ____cacheline_aligned_in_smp;
	struct llist_head parked;
	atomic_t parked_nr;		/* and of those in unparked */
	struct llist_node *unparked;	/* from parked; under the depot's lock */

	/*
	 * Elements that exist, never above max, if there is one; and the most
	 * that did, since stats/reset.
	 */
	atomic_t total ____cacheline_aligned_in_smp;
	atomic_t peak;
	atomic_t calls;			/* of the source, under way */

	atomic_t refill_state;
	struct delayed_work refill;
	struct rsvpool_thread *thread;	/* instead, with refill_thread=1 */
	unsigned int backoff;		/* jiffies; the worker's own */
	u64 overdue;			/* ns; see refill_is_overdue() */
	bool emergency;			/* since the worker's last run */
	struct rsvpool_adapt adapt;
	bool no_guarantee_used;		/* somebody tried to sleep on reserve 0 */
	bool no_guarantee_reported;
	bool overfull;			/* an element was freed twice */
	bool overfull_reported;
	bool kvfree_missing;		/* rsvpool_kvfree_rcu() without enabling */
	bool kvfree_missing_reported;

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

	/* Changed under @settings. */
	struct mutex settings;
	unsigned int reserve;
	unsigned int low;
	unsigned int high;
	unsigned int high_max;		/* adaptation goes no further */
	unsigned int cache_set;		/* the setting; cache is in force */
	bool caches;			/* cache is not 0, or was not */
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
	struct rsvpool_kvfree *kvfree;	/* written under @settings */
	struct rsvpool_loans *loans;	/* or NULL; fixed */

	/*
	 * Life; under the registry's lock, but for what is fixed or atomic.
	 *
	 * @serial: no other pool ever has it
	 * @refs: of walkers and others who have it in hand for a while
	 * @movers: those of them that may have elements of it in hand just now,
	 *	and @moves: how many there ever were
	 * @settling: no new ones, but for CPUs that have gone
	 * @users: holds by rsvpool_create() and rsvpool_get()
	 * @gets: how many there ever were
	 */
	struct list_head node_in_registry;
	u64 serial;
	enum pool_state state;
	unsigned int refs;
	unsigned int movers;
	unsigned int moves;
	bool settling;
	unsigned int users;
	unsigned int gets;
	bool owned;			/* created by a module, for itself */
	unsigned int children;		/* pools that stand on this one */
	atomic_t sections;		/* open ones */
	struct rsvpool_open open;
	bool pinned;			/* holds a reference on the module */
	bool orphan;			/* its creator has gone, elements have not */
	struct mutex family;		/* used of the lowest pool of a stack */
	struct rsvpool_events events;
	struct kobject kobj;
	struct completion released;
	struct dentry *debugfs;
};

/* May free elements be cleared on their way out, in bounded time? */
static inline bool pool_zeroable(const struct rsvpool *pool)
{
	return !pool->opaque && pool->size <= PAGE_SIZE;
}

/*
 * On a kernel with KASAN whoever touches an element that rests is told: all of
 * it is marked but a last granule that is not whole, and, while it is parked,
 * the first one, which has the link.  With debug=1 a pattern is there instead.
 */
#define KASAN_GRANULE	8
#define KASAN_RESTING	0xFB	/* which KASAN calls a use after free */
#define KASAN_IN_USE	0

static __always_inline bool element_marked(const struct rsvpool *pool)
{
	return RSVPOOL_KASAN && (READ_ONCE(pool->touch) & TOUCH_KASAN);
}

static __always_inline void element_mark(const struct rsvpool *pool,
					 void *element, u8 mark)
{
	if (element_marked(pool))
		kasan_poison(element, round_down(pool->size, KASAN_GRANULE),
			     mark, false);
}

static __always_inline void element_mark_link(const struct rsvpool *pool,
					      void *element, u8 mark)
{
	BUILD_BUG_ON(sizeof(struct llist_node) > KASAN_GRANULE);
	if (element_marked(pool))
		kasan_poison(element, KASAN_GRANULE, mark, false);
}

/*
 * Can its elements be marked: memory that KASAN knows, and may be told of?  Not
 * where they are lent: late readers read what rests.
 */
static inline bool pool_markable(const struct rsvpool *pool)
{
	if (!RSVPOOL_KASAN || pool->opaque || pool->debug || pool->lend)
		return false;
	switch (pool->source) {
	case RSVPOOL_PAGES:
	case RSVPOOL_KMALLOC:
	case RSVPOOL_KMEM_CACHE:
		return pool->size >= KASAN_GRANULE;
	case RSVPOOL_POOL:
		return pool->parent->touch & TOUCH_KASAN;
	default:
		return false;
	}
}

/* The part of the reserve that rests in the depot. */
static inline unsigned int rsvpool_line(const struct rsvpool *pool)
{
	return pool->reserve - pool->nmi_reserve;
}

/* Safe against interrupts and NMI, and in any case of preemption. */
static __always_inline void stat_inc(struct rsvpool *pool,
				     enum rsvpool_stat stat)
{
	rsvpool_cpu_add(pool->cpu->stat[stat], 1);
}

static __always_inline void stat_add(struct rsvpool *pool,
				     enum rsvpool_stat stat, unsigned long n)
{
	rsvpool_cpu_add(pool->cpu->stat[stat], n);
}

/* pool.c */
void pool_leave_section(struct rsvpool *pool);
struct rsvpool *rsvpool_create_for(const struct rsvpool_attr *attr,
				   unsigned int users, u64 *serial);
void rsvpool_undo(u64 serial);
int rsvpool_destroy_by_name(const char *name);
void rsvpool_destroy_all(void);

/* reserve.c */
void pool_uncharge(struct rsvpool *pool);
unsigned int rsvpool_least_reserve(const struct rsvpool *pool);
int rsvpool_set_reserve(struct rsvpool *pool, unsigned int reserve);
int rsvpool_move_line(struct rsvpool *pool, unsigned int reserve);
int rsvpool_recharge(struct rsvpool *pool, unsigned int reserve,
		     unsigned int high);
u64 rsvpool_bound_bytes(const struct rsvpool *pool);

/* parse.c */
int rsvpool_create_from_text(char *text, const char *separators);
int rsvpool_create_help(char *buf, size_t size);
int rsvpool_create_keys(char *buf, size_t size);

/* attr.c */
#define RSVPOOL_POLICIES	(RSVPOOL_POLICY_RESERVE + 1)
extern const char * const rsvpool_policy_names[RSVPOOL_POLICIES];
extern const char * const rsvpool_source_names[];
extern const char * const rsvpool_wakeup_names[];
int attr_check(const struct rsvpool_attr *attr);

/* source.c */
void *source_ask(struct rsvpool *pool, gfp_t gfp, bool for_line, bool *full);
void *source_alloc(struct rsvpool *pool, gfp_t gfp, bool for_line);
void source_free(struct rsvpool *pool, void *element);
void source_later_setup(struct rsvpool_loans *l);
void source_leave(struct rsvpool *pool);
void source_flush(struct rsvpool *pool);
void source_settle(struct rsvpool *pool);
bool source_allowed(const struct rsvpool *pool, gfp_t gfp);
gfp_t source_gfp(gfp_t gfp, bool reclaim);

/* tryalloc.c, for alloc.c, claim.c and section.c */
void *rung_depot(struct rsvpool *pool, bool may_sleep, bool above_only);
void *alloc_finish(struct rsvpool *pool, gfp_t gfp, void *element,
		   unsigned long caller);

/* free.c */
void pool_free(struct rsvpool *pool, void *element);
void pool_free_untraced(struct rsvpool *pool, void *element);
void pool_free_bulk(struct rsvpool *pool, unsigned int nr, void **elements);

/* alloc.c, for claim.c and section.c */
void *rung_source(struct rsvpool *pool, gfp_t gfp, bool reclaim);
int may_wait(struct rsvpool *pool, unsigned int nr);
bool clear_allowed(const struct rsvpool *pool, gfp_t gfp);

/* claim.c */
struct rsvpool_place;
int claim(struct rsvpool_place *place, unsigned int nr, gfp_t gfp,
	  unsigned int state, unsigned long timeout);

/* section.c */
#define SECTIONS_SHOWN	16
int section_init(void);
void section_exit(void);
void section_setup(struct rsvpool *pool);
unsigned int section_longest_walk(void);
int section_lower_reserve(struct rsvpool *pool, unsigned int reserve,
			  void (*lower)(struct rsvpool *pool,
					unsigned int reserve));
void section_show(struct rsvpool *pool,
		  void (*show)(void *data, const char *comm, pid_t pid,
			       unsigned long caller, unsigned int left),
		  void *data);

/* cache.c */
void cache_restore_limit(struct rsvpool *pool);
unsigned int cache_count(const struct rsvpool *pool, unsigned int cpu);
bool cache_starved(const struct rsvpool *pool);

/* cache_trim.c */
int cache_init(void);
void cache_exit(void);
void cache_setup(struct rsvpool *pool);
void cache_stop(struct rsvpool *pool);
void cache_resized(struct rsvpool *pool, unsigned int old);
void cache_trim_all(struct rsvpool *pool);
void cache_trim_housekeeping(struct rsvpool *pool);
unsigned int cache_trimmable(const struct rsvpool *pool);
void cache_drain_dead(struct rsvpool *pool, unsigned int cpu);

/* depot.c */
void depot_init(struct rsvpool *pool);
void depot_settle(struct rsvpool *pool);
unsigned int depot_above(const struct rsvpool_depot *s);
bool depot_balance(struct rsvpool *pool);
bool depot_trim(struct rsvpool *pool);
void depot_flush(struct rsvpool *pool);
void depot_unpark(struct rsvpool *pool, unsigned int nr);
void *depot_take_last(struct rsvpool *pool, bool *slot);
unsigned int depot_open(struct rsvpool *pool, bool may_queue, bool above_only);
unsigned int depot_take_open(struct rsvpool *pool, void **elements,
			     unsigned int nr);
void depot_trace_taken(const struct rsvpool *pool, void **elements,
		       unsigned int nr, unsigned int below);
void *depot_take_special(struct rsvpool *pool, bool may_queue,
			 bool above_only);
void *depot_put_special(struct rsvpool *pool, void *element, bool unpark);
unsigned int depot_put_many(struct rsvpool *pool, void **elements,
			    unsigned int nr);
bool depot_put_bulk(struct rsvpool *pool, void **elements, unsigned int nr,
		    bool decided, unsigned int *put);
unsigned int depot_take_surplus(struct rsvpool *pool, void **elements,
				unsigned int nr, unsigned int keep);
unsigned int depot_take_bulk(struct rsvpool *pool, void **elements,
			     unsigned int nr);
bool depot_to_trim(struct rsvpool *pool);
bool depot_flush_here(struct rsvpool *pool);

void *depot_put_lent(struct rsvpool *pool, void *element,
		     struct rsvpool_loan *loan);
bool depot_revoke_some(struct rsvpool *pool);

/* nmi_slots.c */
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

/* refill.c; worker.h has who does it */
void refill_run(struct rsvpool *pool);
void refill_setup(struct rsvpool *pool);
void refill_setup_cpus(struct rsvpool *pool);
void refill_exit_cpus(struct rsvpool *pool);
void refill_stop(struct rsvpool *pool);
void refill_start(struct rsvpool *pool);

/* hotplug.c */
int hotplug_init(void);
void hotplug_exit(void);

/* pressure.c */
int pressure_init(void);
void pressure_exit(void);

/* mempool.c */
int mempools_init(void);
void mempools_exit(void);

/* adapt.c */
void adapt_setup(struct rsvpool *pool);
unsigned int adapt_cache(struct rsvpool *pool);
void adapt_begin(struct rsvpool *pool);
void adapt_brought(struct rsvpool *pool, unsigned int nr);
bool adapt_follow(struct rsvpool *pool, bool failed, bool full);
bool adapt_retract(struct rsvpool *pool);
unsigned long adapt_wait(const struct rsvpool *pool);
bool adapt_press(struct rsvpool *pool);
void adapt_rehearse(struct rsvpool *pool, bool on);
void adapt_show(struct seq_file *m, struct rsvpool *pool);

/* lend.c */
int loans_init(struct rsvpool *pool);
void loans_exit(struct rsvpool *pool);
void loans_start(struct rsvpool *pool);
void loans_stop(struct rsvpool *pool);

/* kvfree.c */
int kvfree_init(void);
void kvfree_exit(void);
void kvfree_dead(struct rsvpool *pool, unsigned int cpu);

/* stats.c */
u64 stats_sum(struct rsvpool *pool, unsigned int which);
u64 stats_read(struct rsvpool *pool, unsigned int which);
void stats_reset(struct rsvpool *pool);
void stats_look(struct rsvpool *pool);
unsigned int stats_cached(const struct rsvpool *pool);
unsigned int stats_available(const struct rsvpool *pool);
unsigned int stats_later(const struct rsvpool *pool);
unsigned int stats_outstanding(const struct rsvpool *pool);
unsigned int stats_outstanding_sure(struct rsvpool *pool);

/* latency.c */
enum latency_rung {
	LATENCY_TRYALLOC,
	LATENCY_ALLOC,
	LATENCY_WAIT,
	NR_LATENCY_RUNGS,
};

int latency_switch(struct rsvpool *pool, bool on);
void latency_record(struct rsvpool *pool, enum latency_rung rung, u64 start);
void latency_show(struct seq_file *m, struct rsvpool *pool);
void latency_free(struct rsvpool *pool);

/* sysfs.c */
int sysfs_init(void);
void sysfs_exit(void);
int sysfs_add(struct rsvpool *pool);
void sysfs_remove(struct rsvpool *pool);

/* debugfs.c */
void debugfs_init(void);
void debugfs_close(void);
void debugfs_exit(void);
void debugfs_add(struct rsvpool *pool);
void debugfs_remove_pool(struct rsvpool *pool);

/* Every refusal names the pool and the key, on one line. */
#define pool_refuse(name, key, fmt, ...) do {				\
	const char *__name = (name), *__key = (key);			\
									\
	pr_warn("pool '%*pE': %*pE: " fmt "\n",				\
		(int)min_t(size_t, strlen(__name), RSVPOOL_NAME_MAX + 1), \
		__name,							\
		(int)min_t(size_t, strlen(__key), RSVPOOL_NAME_MAX + 1), \
		__key, ##__VA_ARGS__);					\
} while (0)

/* The same, as the end of a function. */
#define refuse(pool, err, key, fmt, ...) ({			\
	pool_refuse((pool)->name, key, fmt, ##__VA_ARGS__);	\
	err; })

#endif /* _RSVPOOL_INTERNAL_H */

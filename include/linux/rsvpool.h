/* SPDX-License-Identifier: GPL-2.0 */
/*
 * rsvpool - named reservation pools: memory that is there, from any context.
 *
 * A pool guarantees a number of equal elements, its reserve, to code that can
 * call no allocator: under a raw spinlock, in hard interrupts, in NMI, on
 * PREEMPT_RT too.  A pair of allocation and free costs about sixty
 * instructions while the pool is healthy.
 *
 * Which call is for which context:
 *
 *	any context, NMI and the run queue's lock included:
 *		rsvpool_tryalloc, rsvpool_tryalloc_bulk,
 *		rsvpool_free, rsvpool_free_bulk
 *	its task, any raw lock held, interrupts or preemption off (but for max=0):
 *		rsvpool_section_end
 *	wherever an allocation with that gfp is allowed:
 *		rsvpool_alloc, rsvpool_alloc_bulk
 *	task context that may sleep:
 *		everything else
 *
 * "Any context" means wherever RCU is watching; but not a probe that fires inside
 * rsvpool's own locked regions (lock contention events, function tracing of
 * rsvpool), which would wait for itself.
 *
 * Limits:
 *	- elements are kernel virtual addresses of plain memory, or with
 *	  RSVPOOL_OPS whatever non-NULL pointer the caller's ops return;
 *	- a pool holds at most RSVPOOL_MAX_ELEMENTS;
 *	- one bulk call moves at most RSVPOOL_BULK_MAX elements;
 *	- at most RSVPOOL_DEPTH_MAX pools stand on top of each other, and a task
 *	  has at most RSVPOOL_NEST_MAX sections open;
 *	- NMI use needs a kernel for which RSVPOOL_NMI_USABLE is true.
 *
 * NULL: functions that give something back or end it do nothing when they are
 * given NULL: rsvpool_free() of a NULL element, rsvpool_free_bulk() of none,
 * rsvpool_put() and rsvpool_destroy() of a NULL or ERR_PTR() pool,
 * rsvpool_section_end() of NULL or of a section that is not open.
 *
 * Full documentation: Documentation/ of the project.
 */
#ifndef _LINUX_RSVPOOL_H
#define _LINUX_RSVPOOL_H

#include <linux/gfp.h>
#include <linux/numa.h>
#include <linux/types.h>

struct kmem_cache;
struct kobject;
struct rsvpool;

#define RSVPOOL_NAME_MAX	31		/* characters in a pool's name */
#define RSVPOOL_MAX_ELEMENTS	(1U << 20)	/* elements in one pool */
#define RSVPOOL_MAX_ORDER	4		/* largest page source */
#define RSVPOOL_MIN_SIZE	8U		/* smallest kmalloc source, bytes */
#define RSVPOOL_MAX_SIZE	65536U		/* largest kmalloc source, bytes */
#define RSVPOOL_CACHE_MAX	1024U		/* largest per-CPU cache */
#define RSVPOOL_BATCH_MAX	64U		/* largest batch */
#define RSVPOOL_BULK_MAX	64U		/* elements in one bulk call */
#define RSVPOOL_NMI_MAX		1024U		/* largest nmi_reserve */
#define RSVPOOL_CLAIM_MAX	8U		/* pools in one claim */
#define RSVPOOL_SECTION_MAX	64U		/* elements of one section */
#define RSVPOOL_DEPTH_MAX	4U		/* pools in one stack of pools */
#define RSVPOOL_NEST_MAX	8U		/* sections that one task has open */

/*
 * Pools may be used in NMI.  Not without a this_cpu_cmpxchg() of 64 bits and a
 * cmpxchg() that are safe there; nor on 32 bits, where the state that a free
 * reads takes two loads; nor in a kernel for one CPU (CONFIG_SMP=n), where a
 * trylock always succeeds.  There an nmi_reserve is refused, a request made in
 * NMI gets NULL, and what is freed in NMI is parked until the NMI has returned.
 */
#define RSVPOOL_NMI_USABLE						\
	(IS_ENABLED(CONFIG_SMP) && IS_ENABLED(CONFIG_64BIT) &&		\
	 IS_ENABLED(CONFIG_HAVE_CMPXCHG_LOCAL) &&			\
	 IS_ENABLED(CONFIG_ARCH_HAVE_NMI_SAFE_CMPXCHG))

/* In an attribute: let rsvpool choose. */
#define RSVPOOL_DEFAULT		(~0U)

/**
 * enum rsvpool_source - where a pool's elements come from
 * @RSVPOOL_PAGES: pages of one order
 * @RSVPOOL_KMALLOC: kmalloc of one size
 * @RSVPOOL_KMEM_CACHE: a kmem_cache of the caller
 * @RSVPOOL_POOL: another pool
 * @RSVPOOL_OPS: the caller's own functions
 */
enum rsvpool_source {
	RSVPOOL_PAGES,
	RSVPOOL_KMALLOC,
	RSVPOOL_KMEM_CACHE,
	RSVPOOL_POOL,
	RSVPOOL_OPS,
};

/**
 * enum rsvpool_policy - the order in which rsvpool_alloc() tries things
 * @RSVPOOL_POLICY_CACHE: cache, depot above min, source without reclaim,
 *	below min, source with reclaim, sleep
 * @RSVPOOL_POLICY_SOURCE: source without reclaim, depot if it is at least half
 *	full, source with reclaim, depot, sleep (mempool's order)
 * @RSVPOOL_POLICY_RECLAIM: source with reclaim, depot, sleep
 * @RSVPOOL_POLICY_RESERVE: cache and depot, sleep; the source is left to the
 *	refill worker
 */
enum rsvpool_policy {
	RSVPOOL_POLICY_CACHE,
	RSVPOOL_POLICY_SOURCE,
	RSVPOOL_POLICY_RECLAIM,
	RSVPOOL_POLICY_RESERVE,
};

/**
 * enum rsvpool_wakeup - the order in which sleepers are served
 * @RSVPOOL_WAKEUP_FIFO: first come, first served
 * @RSVPOOL_WAKEUP_PRIO: real-time tasks by priority, then the others; first
 *	come, first served among equals
 */
enum rsvpool_wakeup {
	RSVPOOL_WAKEUP_FIFO,
	RSVPOOL_WAKEUP_PRIO,
};

/**
 * struct rsvpool_ops - a caller's own source
 * @alloc: returns a new element or NULL.  Must honour @gfp: without
 *	__GFP_DIRECT_RECLAIM it must not sleep, unless the pool was created with
 *	source_sleeps.  May not call back into the same pool.
 * @free: takes an element back; called in task context, or, for a pool with
 *	max=0, wherever rsvpool_free() is called
 *
 * Neither is ever called by rsvpool_tryalloc(), nor by rsvpool_free() of a
 * pool that has a maximum.  Neither runs, nor is called any more, once
 * rsvpool_destroy() has returned, which waits for calls that are under way: so
 * they must not call that themselves.
 */
struct rsvpool_ops {
	void *(*alloc)(gfp_t gfp, int node, void *data);
	void (*free)(void *element, void *data);
};

/**
 * struct rsvpool_attr - attributes of a new pool; start from
 * rsvpool_attr_init()
 * @name: 1 to RSVPOOL_NAME_MAX of letters, digits, '_', '-' and '.', not
 *	starting with a '.'
 * @numbered: the pool is called @name, '.' and a number, the first that is
 *	free: for callers that create several
 * @source: where elements come from
 * @order: page order, 0 to RSVPOOL_MAX_ORDER (RSVPOOL_PAGES)
 * @size: bytes, RSVPOOL_MIN_SIZE to RSVPOOL_MAX_SIZE (RSVPOOL_KMALLOC); bytes
 *	behind one element, for the bound alone (RSVPOOL_OPS)
 * @kmem_cache: the cache (RSVPOOL_KMEM_CACHE)
 * @parent: the pool below, held by the caller (RSVPOOL_POOL); at most
 *	RSVPOOL_DEPTH_MAX pools may stand on top of each other
 * @ops: the functions (RSVPOOL_OPS)
 * @data: passed to @ops (RSVPOOL_OPS)
 * @source_sleeps: @ops->alloc sleeps whatever its gfp says; it is then called
 *	only by the refill worker and by callers that may sleep (RSVPOOL_OPS)
 * @reserve: elements guaranteed, 0 to @max; 0 is a pool without a guarantee,
 *	on which no task may sleep
 * @max: elements that may exist at once; 0 is no maximum: such a pool may be
 *	freed to only where its source may be called, which gets back at once what
 *	comes above @high, and has no bound
 * @nmi_reserve: how much of the reserve is kept for NMI, 0 to RSVPOOL_NMI_MAX; 0
 *	where pools may not be used in NMI (RSVPOOL_NMI_USABLE)
 * @cache: elements a CPU may keep in its cache, 0 to @cache_max
 * @cache_max: what @cache can be raised to, 0 to RSVPOOL_CACHE_MAX
 * @batch: elements moved between cache and depot at once, 1 to
 *	RSVPOOL_BATCH_MAX
 * @low: the refill worker is called when the depot has fewer elements
 * @high: and then fills it up to this many
 * @high_max: what adaptation may raise that to, @high to the most that there
 *	is room for
 * @policy: the order of attempts of rsvpool_alloc()
 * @wakeup: the order in which sleepers are served
 * @node: NUMA node of the elements, or NUMA_NO_NODE
 * @zero: hand out zeroed elements (at most PAGE_SIZE, not @opaque)
 * @opaque: elements must never be written to while free: objects of a
 *	kmem_cache with a constructor or SLAB_TYPESAFE_BY_RCU.  RSVPOOL_OPS
 *	implies it, and RSVPOOL_POOL takes it over from its parent
 * @adaptive: let refill keep more after an emergency, as much as demand
 *	asks for, less when quiet, and no more than @reserve under pressure
 * @decay_ms: how long "quiet" is, in milliseconds
 * @stall_ms: report, once, a sleep of more milliseconds than this; 0: do not
 * @debug: poison, check and track elements (slow); needs a maximum
 * @refill_thread: refill in a kthread of the pool's own, rsvpool/NAME, and not
 *	on the workqueue that pools share; its priority and CPUs are set in
 *	sysfs (refill_prio, refill_cpus)
 * @lend: let rsvpool_lend() keep what it is given (rsvpool_lend.h); needs a
 *	maximum, and elements that are not @opaque
 *
 * A member with a source in parentheses is for that one: if it is set with another
 * one, rsvpool_create() refuses the pool.
 */
struct rsvpool_attr {
	const char *name;
	bool numbered;
	enum rsvpool_source source;
	unsigned int order;
	size_t size;
	struct kmem_cache *kmem_cache;
	struct rsvpool *parent;
	const struct rsvpool_ops *ops;
	void *data;
	bool source_sleeps;
	unsigned int reserve;
	unsigned int max;
	unsigned int nmi_reserve;
	unsigned int cache;
	unsigned int cache_max;
	unsigned int batch;
	unsigned int low;
	unsigned int high;
	unsigned int high_max;
	enum rsvpool_policy policy;
	enum rsvpool_wakeup wakeup;
	int node;
	bool zero;
	bool opaque;
	bool adaptive;
	unsigned int decay_ms;
	unsigned int stall_ms;
	bool debug;
	bool refill_thread;
	bool lend;
};

/**
 * rsvpool_attr_init - fill in the defaults
 * @attr: the attributes
 * @name: the pool's name; must live until rsvpool_create() has returned
 *
 * The default is a pool of order-0 pages with a reserve of 64.
 *
 * Context: Any.
 */
static inline void rsvpool_attr_init(struct rsvpool_attr *attr,
				     const char *name)
{
	*attr = (struct rsvpool_attr) {
		.name = name,
		.source = RSVPOOL_PAGES,
		.reserve = 64,
		.max = RSVPOOL_DEFAULT,
		.cache = RSVPOOL_DEFAULT,
		.cache_max = RSVPOOL_DEFAULT,
		.batch = RSVPOOL_DEFAULT,
		.low = RSVPOOL_DEFAULT,
		.high = RSVPOOL_DEFAULT,
		.high_max = RSVPOOL_DEFAULT,
		.node = NUMA_NO_NODE,
		.adaptive = true,
		.decay_ms = RSVPOOL_DEFAULT,
		.stall_ms = RSVPOOL_DEFAULT,
	};
}

/**
 * struct rsvpool_want - a part of a claim
 * @pool: of which pool
 * @nr: how many elements
 * @elements: where to put them
 */
struct rsvpool_want {
	struct rsvpool *pool;
	unsigned int nr;
	void **elements;
};

/* Flags of rsvpool_section_begin(); one of the first two is needed. */
#define RSVPOOL_SECTION_PRIVATE	0x1	/* elements set aside at begin */
#define RSVPOOL_SECTION_SHARED	0x2	/* admission; the reserve in turns */
#define RSVPOOL_SECTION_NOWAIT	0x4	/* begin answers at once */
#define RSVPOOL_SECTION_NOIO	0x8	/* memalloc_noio_save() until end */
#define RSVPOOL_SECTION_NOFS	0x10	/* memalloc_nofs_save() until end */

struct rsvpool_section_record;

/**
 * struct rsvpool_section - a stretch of code with a guaranteed number
 * @record: rsvpool's own; NULL when no section is open
 */
struct rsvpool_section {
	struct rsvpool_section_record *record;
};

/**
 * rsvpool_create - create a pool and hold it
 * @attr: what it is to be; see rsvpool_attr_init()
 *
 * The reserve is allocated in full, or nothing is created.  Every refusal logs
 * one line, which names the pool and the key.
 *
 * Context: Task, may sleep.
 * Return: the pool; ERR_PTR(-EINVAL) for an attribute that makes no sense,
 * -ERANGE for a number out of range, -EEXIST for a name that is taken, also by a
 * pool that is still being built or destroyed, -ENODEV for a parent that is being
 * destroyed, -ENOMEM if the source or the ceiling (max_percent) refused the memory,
 * -ELOOP for a parent that RSVPOOL_DEPTH_MAX - 1 pools stand below,
 * -EINTR if the task was killed meanwhile.
 */
struct rsvpool *rsvpool_create(const struct rsvpool_attr *attr);

/**
 * rsvpool_destroy - destroy a pool that the caller has created
 * @pool: the pool, all of whose elements have been given back; NULL or an
 *	ERR_PTR() does nothing
 *
 * When it returns none of the pool's functions (ops, the constructor of its
 * kmem_cache) runs, and none is called any more: the caller's module may be
 * unloaded.  So it waits for calls that are under way, and must not be called from
 * one of these functions, which would wait for itself for ever.
 *
 * If elements are still outstanding, or others hold the pool, that is a bug of
 * the caller: it gets a WARN, and the pool stays where it is, and rsvpool loaded.
 * Its source is not asked any more: elements that come back later are kept, or
 * forgotten.  rsvpool_drain() waits until nothing is outstanding.
 *
 * Context: Task, may sleep.
 */
void rsvpool_destroy(struct rsvpool *pool);

/**
 * rsvpool_get - find a pool by name and hold it
 * @name: its name; NULL is that of no pool
 *
 * Context: Task, may sleep.
 * Return: the pool, to be given back with rsvpool_put(), or NULL: none such.
 */
struct rsvpool *rsvpool_get(const char *name);

/**
 * rsvpool_put - stop holding a pool
 * @pool: from rsvpool_get(); NULL does nothing
 *
 * Elements still outstanding then keep the pool, and rsvpool, from going away.
 *
 * Context: Task, may sleep.
 */
void rsvpool_put(struct rsvpool *pool);

/**
 * rsvpool_outstanding - how many elements of a pool are outstanding
 * @pool: the pool
 *
 * Those that were handed out and not given back; of a pool that others stand on,
 * also what these have.  Racy: the refill worker's batch may be among them, or,
 * while elements move, some missing.  rsvpool_drain() is sure of 0.
 *
 * Context: Any.
 * Return: the number.
 */
unsigned int rsvpool_outstanding(const struct rsvpool *pool);

/**
 * rsvpool_drain - wait until no element of a pool is outstanding
 * @pool: the pool, held by the caller, from which nothing is taken any more
 * @timeout: how long, in jiffies; 0 looks once, MAX_SCHEDULE_TIMEOUT waits for
 *	ever
 *
 * For a teardown in which other code still frees elements: callbacks of RCU,
 * completions of I/O, readers of a file.  After 0, and as long as nothing is
 * taken, the pool can be destroyed; all calls that freed elements have left the
 * pool, too.  Pools that stand on this one have elements of it: destroy them
 * first.
 *
 * Looks at ever longer intervals, up to a tenth of a second; once nothing seems
 * to be outstanding, a grace period and the pool's refill worker are waited for.
 *
 * Context: Task, may sleep; not from the pool's ops.
 * Return: 0; -ETIMEDOUT if some were outstanding to the end; -EINTR if the task
 * was killed.
 */
int rsvpool_drain(struct rsvpool *pool, unsigned long timeout);

/**
 * rsvpool_resize - change the number of elements a pool guarantees
 * @pool: the pool
 * @reserve: the new reserve, 1 to max, and at least nmi_reserve
 *
 * Works under full load.  The elements come first, then min rises; on
 * error nothing has changed.
 *
 * Context: Task, may sleep.
 * Return: 0; -ERANGE for a reserve of 0, below nmi_reserve or above max, -ENOMEM
 * if source or ceiling refuse the memory, -EBUSY if max is reached and the
 * elements do not come home, or a shared section is open that needs more, -EINTR
 * if killed meanwhile.
 */
int rsvpool_resize(struct rsvpool *pool, unsigned int reserve);

/**
 * rsvpool_name - a pool's name
 * @pool: the pool
 *
 * Context: Any.
 * Return: the name, for as long as the pool lives.
 */
const char *rsvpool_name(const struct rsvpool *pool);

/**
 * rsvpool_element_bytes - the usable bytes of a pool's elements
 * @pool: the pool
 *
 * Context: Any.
 * Return: bytes; 0 if the pool's ops did not say.
 */
size_t rsvpool_element_bytes(const struct rsvpool *pool);

/**
 * rsvpool_is_opaque - are a pool's elements something that must not be written to?
 * @pool: the pool
 *
 * Context: Any.
 * Return: true if free elements are objects with a state of their own, or pointers
 * that only the pool's ops understand: what the attribute opaque says, or the source
 * implies.
 */
bool rsvpool_is_opaque(const struct rsvpool *pool);

/**
 * rsvpool_kobj - a pool's folder in sysfs
 * @pool: a pool that the caller holds
 *
 * For code built on pools that has files of its own to show for one: in a folder of
 * its own, with this as the parent.  It must be gone before the caller lets the
 * pool go.
 *
 * Context: Any.
 * Return: the kobject, for as long as the pool is held.
 */
struct kobject *rsvpool_kobj(struct rsvpool *pool);

/**
 * rsvpool_is_whole - is the whole reserve there, unused?
 * @pool: the pool
 *
 * One lockless look, for a decision that may be wrong a moment later.  The idea
 * is that of mempool_is_saturated().
 *
 * Context: Any.
 * Return: true if nothing is missing below min nor in the NMI slots, and
 * no task waits.
 */
bool rsvpool_is_whole(const struct rsvpool *pool);

/**
 * rsvpool_stat - one of a pool's statistics, by number
 * @pool: the pool, or NULL if only the name matters
 * @which: its number, from 0 on, without gaps
 * @value: where to put what the file in stats/ would say; 0 without a pool
 *
 * Numbers may mean something else in another version; names do not.
 *
 * Context: Any.
 * Return: its name in stats/, or NULL if there are not so many.
 */
const char *rsvpool_stat(struct rsvpool *pool, unsigned int which, u64 *value);

/**
 * rsvpool_tryalloc - take an element, now
 * @pool: the pool
 *
 * Made while fewer than the pool's reserve are outstanding, it succeeds,
 * whatever the state of the system's memory.  In NMI that number is
 * nmi_reserve.
 *
 * The order is: this CPU's cache, the depot, also below its min watermark, the NMI
 * slots.
 * The source is never asked.
 *
 * Context: Any: also NMI, also with the run queue's lock held.  RCU must be
 * watching.  Bounded work; never sleeps.
 * Return: an element, or NULL.
 */
void *rsvpool_tryalloc(struct rsvpool *pool);

/**
 * rsvpool_tryalloc_bulk - take several elements, all or nothing, now
 * @pool: the pool
 * @nr: how many, 1 to RSVPOOL_BULK_MAX
 * @elements: where to put them
 *
 * Succeeds if the reserve less what is outstanding is at least @nr (in NMI:
 * nmi_reserve).
 *
 * Context: Any, as rsvpool_tryalloc().
 * Return: 0; -ENOMEM if there are not enough, -EINVAL for @nr 0, -E2BIG for
 * @nr above RSVPOOL_BULK_MAX.  On error @elements is undefined.
 */
int rsvpool_tryalloc_bulk(struct rsvpool *pool, unsigned int nr,
			  void **elements);

/**
 * rsvpool_alloc - take an element, by the pool's policy
 * @pool: the pool
 * @gfp: GFP_KERNEL, GFP_NOFS, GFP_NOIO, GFP_NOWAIT, GFP_ATOMIC, perhaps with
 *	__GFP_ZERO.  Only its reclaim, I/O and FS bits reach the source; the
 *	system's emergency reserves are never used
 *
 * The rungs are those of enum rsvpool_policy, in its order.  On PREEMPT_RT the
 * source is left out where it could not be called (interrupts or preemption
 * off).  Sleepers are served in the order in which they came.
 *
 * A task must not sleep here while it holds an element that others wait for;
 * take all of them at once with rsvpool_alloc_bulk().
 *
 * Context: Wherever an allocation with @gfp is allowed, as far as
 * rsvpool_alloc() may sleep; with a @gfp that does not sleep also, on
 * PREEMPT_RT, with interrupts or preemption off.  Not in NMI.
 * Return: an element.  NULL only if @gfp does not allow to sleep and no rung
 * had one, if the pool has no reserve to wait for, or if __GFP_ZERO asks for
 * what may not be cleared (opaque; more than a page without sleeping).
 */
void *rsvpool_alloc(struct rsvpool *pool, gfp_t gfp);

/**
 * rsvpool_alloc_killable - rsvpool_alloc() that a fatal signal ends
 * @pool: the pool
 * @gfp: as for rsvpool_alloc()
 *
 * Context: As rsvpool_alloc().
 * Return: an element; NULL as rsvpool_alloc(), or if the task was killed while
 * it slept, which costs it its place and no element.
 */
void *rsvpool_alloc_killable(struct rsvpool *pool, gfp_t gfp);

/**
 * rsvpool_alloc_timeout - rsvpool_alloc() that ends after some time
 * @pool: the pool
 * @gfp: as for rsvpool_alloc()
 * @timeout: the longest sleep in the queue, in jiffies; 0 does not sleep there
 *
 * Context: As rsvpool_alloc().
 * Return: an element; NULL as rsvpool_alloc(), or if none was there in time.
 */
void *rsvpool_alloc_timeout(struct rsvpool *pool, gfp_t gfp,
			    unsigned long timeout);

/**
 * rsvpool_alloc_bulk - take several elements, all or nothing
 * @pool: the pool
 * @gfp: as for rsvpool_alloc()
 * @nr: how many, 1 to RSVPOOL_BULK_MAX and, if @gfp may sleep, at most the
 *	reserve
 * @elements: where to put them
 *
 * If they are not to be had, it sleeps holding none of them, in arrival order;
 * so tasks that take what they need in one call do not deadlock on each other.
 *
 * Context: As rsvpool_alloc().
 * Return: 0; -ENOMEM if @gfp does not allow to sleep and there were not
 * enough; -EINVAL if @nr is 0, or larger than the reserve where it may sleep,
 * or if there is no reserve to wait for; -E2BIG if @nr is above
 * RSVPOOL_BULK_MAX.  On error @elements is undefined.
 */
int rsvpool_alloc_bulk(struct rsvpool *pool, gfp_t gfp, unsigned int nr,
		       void **elements);

/**
 * rsvpool_claim - take several elements of several pools, all or nothing
 * @wants: which pool, how many, where to; a pool may stand in it once
 * @nr: how many of them, 1 to RSVPOOL_CLAIM_MAX
 * @gfp: as for rsvpool_alloc()
 *
 * Waits, if @gfp may sleep, holding nothing, in the order of arrival over all
 * pools named: a claim is served before any that came later and shares a pool
 * with it, however much it wants and whatever those want.  So claims do not
 * deadlock on each other, and large ones are not starved by small ones.
 *
 * The task must hold no element of a pool on which claims wait.
 *
 * Context: As rsvpool_alloc().
 * Return: 0; -EINVAL for a want of nothing, for one larger than the pool's
 * reserve, for a pool that stands there twice or has wakeup=prio; -E2BIG for
 * more than RSVPOOL_CLAIM_MAX pools or RSVPOOL_BULK_MAX elements; -ENOMEM if
 * @gfp does not allow to sleep and there were not enough.  On error nothing is
 * held, and the arrays are undefined.
 */
int rsvpool_claim(struct rsvpool_want *wants, unsigned int nr, gfp_t gfp);

/**
 * rsvpool_section_begin - guarantee elements to the code until the end
 * @s: the section, to be given to the other calls
 * @pool: the pool; wakeup=fifo
 * @nr: how many elements the code may ask for, 1 to RSVPOOL_SECTION_MAX and at
 *	most the pool's reserve
 * @flags: RSVPOOL_SECTION_PRIVATE or _SHARED; perhaps _NOWAIT, _NOIO, _NOFS
 *
 * PRIVATE sets the elements aside now, waiting for them if need be, or with
 * NOWAIT not.  SHARED only admits, and never waits here; but
 * rsvpool_section_alloc() may.  NOIO and NOFS are in force for all allocations
 * of the task until the end.
 *
 * A section inside another one of the same pool takes its elements from that
 * one, which must be of the same kind.  Inside a section of another pool a
 * private one is granted only if that needs no waiting, and none of them is a
 * shared one that may still have to wait; a shared one never: a task that waits
 * must hold nothing of any reserve.
 *
 * Context: Task, may sleep; also with NOWAIT not with interrupts or preemption
 * off.
 * Return: 0; -EINVAL for nr, flags, pool or context that are not as above;
 * -E2BIG above RSVPOOL_SECTION_MAX; -EDEADLK if it does not fit into the outer
 * section, or one would have to wait inside one; -EAGAIN with NOWAIT if it
 * would have to wait, and without, for SHARED and inside other sections, if
 * there is no memory for one more section and 64 are open; -ELOOP, with a line
 * in the kernel's log, if the task has RSVPOOL_NEST_MAX sections open.
 */
int rsvpool_section_begin(struct rsvpool_section *s, struct rsvpool *pool,
			  unsigned int nr, unsigned int flags);

/**
 * rsvpool_section_alloc - take an element that the section guarantees
 * @s: an open section
 *
 * The element is freed with rsvpool_free(), by the end of a shared section.
 *
 * Context: Private: any, in the task of the section or interrupting it.
 * Shared: the section's task, may sleep.
 * Return: an element; NULL only after the section's number has been handed
 * out, or if a shared section is asked while another one is open inside it.
 */
void *rsvpool_section_alloc(struct rsvpool_section *s);

/**
 * rsvpool_section_end - end a section
 * @s: an open section; sections of a task end in reverse order, and before the
 *	task exits.  NULL, or a section that is not open, because
 *	rsvpool_section_begin() refused it for instance, does nothing
 *
 * Gives back what was not asked for and restores the scope flags.  One that has
 * another open inside it is not ended, with a WARN.
 *
 * Context: Task, the one that began it; also with preemption or interrupts off
 * and any raw lock held, but for a pool with max=0 only where its source may be
 * called.
 */
void rsvpool_section_end(struct rsvpool_section *s);

/**
 * rsvpool_free - give an element back
 * @pool: the pool it came from
 * @element: the element; NULL does nothing, as for kfree()
 *
 * A depot below its min watermark is filled first, then sleepers are served, in
 * order; else the element goes to this CPU's cache.
 *
 * Context: Any, as rsvpool_tryalloc(); but a pool with max=0 may be freed to
 * only where its source may be called.
 */
void rsvpool_free(struct rsvpool *pool, void *element);

/**
 * rsvpool_free_bulk - give several elements back
 * @pool: the pool they came from
 * @nr: how many, any number; 0 does nothing
 * @elements: the elements, none of them NULL
 *
 * Context: Any, as rsvpool_free().
 */
void rsvpool_free_bulk(struct rsvpool *pool, unsigned int nr, void **elements);

#endif /* _LINUX_RSVPOOL_H */

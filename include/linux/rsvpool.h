/* SPDX-License-Identifier: GPL-2.0 */
/*
 * rsvpool - named reservation pools: memory that is there, from any context.
 *
 * A pool guarantees a number of equal elements, its reserve, to code that cannot
 * call an allocator: under a raw spinlock, in hard interrupts, in NMI, on
 * PREEMPT_RT too.  An allocation and its free take about sixty instructions while
 * the CPU's cache answers.
 *
 * Which call is for which context:
 *
 *	any context, NMI and the run queue's lock included:
 *		rsvpool_tryalloc, rsvpool_tryalloc_bulk,
 *		rsvpool_free, rsvpool_free_bulk (but see max=0),
 *		rsvpool_name, rsvpool_element_bytes, rsvpool_is_opaque,
 *		rsvpool_is_whole, rsvpool_outstanding, rsvpool_stat,
 *		rsvpool_kobj, rsvpool_attr_init
 *	the section's task, and code that interrupts it:
 *		rsvpool_section_alloc of a private section
 *	the section's task, any raw lock held, interrupts or preemption off (max=0:
 *	where the source may be called):
 *		rsvpool_section_end
 *	contexts in which an allocation with the same gfp is allowed:
 *		rsvpool_alloc and its forms, rsvpool_alloc_bulk, rsvpool_claim
 *	task context that may sleep:
 *		all other functions
 *
 * "Any context" needs RCU to be watching.  It does not include a probe that fires
 * inside rsvpool's own locked regions (lock contention events, function tracing of
 * rsvpool): the probe would wait for itself.
 *
 * An element is outstanding from the beginning of the call that takes it to the
 * end of its free.  All elements that a bulk request wants are outstanding
 * while it runs, also if it fails.  Elements that the depot sets aside for the
 * first sleeper in its queue are outstanding, too.
 *
 * Limits:
 *	- elements are kernel virtual addresses of plain memory, or with
 *	  RSVPOOL_OPS whatever non-NULL pointer the caller's ops return;
 *	- a pool holds at most RSVPOOL_MAX_ELEMENTS;
 *	- one bulk call moves at most RSVPOOL_BULK_MAX elements;
 *	- a stack of pools has at most RSVPOOL_DEPTH_MAX pools, and a task has at
 *	  most RSVPOOL_NEST_MAX sections open;
 *	- NMI use needs a kernel for which RSVPOOL_NMI_USABLE is true.
 *
 * NULL: functions that give something back or end it do nothing with NULL:
 * rsvpool_free() of a NULL element, rsvpool_free_bulk() of no elements,
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
 * True if pools may be used in NMI.  This needs a this_cpu_cmpxchg() of 64 bits and
 * a cmpxchg() that are safe in NMI.  It needs 64 bits, because on 32 bits the state
 * that a free reads takes two loads; and CONFIG_SMP, because without it a trylock
 * always succeeds.  If false, an nmi_reserve is refused, a request made in NMI
 * fails (NULL, -ENOMEM), and an element freed in NMI is parked until the NMI
 * has returned.
 */
#define RSVPOOL_NMI_USABLE						\
	(IS_ENABLED(CONFIG_SMP) && IS_ENABLED(CONFIG_64BIT) &&		\
	 IS_ENABLED(CONFIG_HAVE_CMPXCHG_LOCAL) &&			\
	 IS_ENABLED(CONFIG_ARCH_HAVE_NMI_SAFE_CMPXCHG))

/* An attribute with this value gets rsvpool's default. */
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
 * @RSVPOOL_POLICY_SOURCE: source without reclaim, depot if it has at least half
 *	of min, source with reclaim, depot, sleep (mempool's order)
 * @RSVPOOL_POLICY_RECLAIM: source with reclaim, depot, sleep
 * @RSVPOOL_POLICY_RESERVE: cache and depot, sleep; the source is left to the
 *	refill worker
 *
 * Each attempt at the depot tries this CPU's cache first.  If it may take from
 * below min, it tries the NMI slots last.
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
 * rsvpool_tryalloc() never calls them, nor does rsvpool_free() of a pool that has a
 * maximum.  rsvpool_destroy() waits for calls in progress: once it has returned,
 * neither function runs or is called any more.  So they must not call
 * rsvpool_destroy().
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
 * @numbered: the pool is called @name, '.' and the first free number: for callers
 *	that create several
 * @source: where elements come from
 * @order: page order, 0 to RSVPOOL_MAX_ORDER (RSVPOOL_PAGES)
 * @size: bytes, RSVPOOL_MIN_SIZE to RSVPOOL_MAX_SIZE (RSVPOOL_KMALLOC); bytes
 *	behind one element, for the bound alone (RSVPOOL_OPS)
 * @kmem_cache: the cache (RSVPOOL_KMEM_CACHE)
 * @parent: the pool below, held by the caller (RSVPOOL_POOL); a stack has at most
 *	RSVPOOL_DEPTH_MAX pools
 * @ops: the functions (RSVPOOL_OPS)
 * @data: passed to @ops (RSVPOOL_OPS)
 * @source_sleeps: @ops->alloc sleeps whatever its gfp says; it is then called
 *	only by the refill worker and by callers that may sleep (RSVPOOL_OPS)
 * @reserve: elements guaranteed, 0 to @max, or to RSVPOOL_MAX_ELEMENTS if @max
 *	is 0; 0 is a pool without a guarantee, on which no task may sleep
 * @max: elements that may exist at once.  0 is no maximum and no bound: elements
 *	above @high go back to the source at once, so they may be freed only where
 *	the source may be called
 * @nmi_reserve: how many elements of the reserve are kept for NMI, 0 to
 *	@reserve and at most RSVPOOL_NMI_MAX; 0 if RSVPOOL_NMI_USABLE is false
 * @cache: elements a CPU may keep in its cache, 0 to @cache_max
 * @cache_max: what @cache can be raised to, 0 to RSVPOOL_CACHE_MAX
 * @batch: elements moved between cache and depot at once, 1 to
 *	RSVPOOL_BATCH_MAX
 * @low: the refill worker is called when the depot has fewer elements
 * @high: the refill worker fills the depot up to this many
 * @high_max: adaptation raises @high no further; at least @high, at most the
 *	depot's capacity, which is @max if there is a maximum
 * @policy: the order of attempts of rsvpool_alloc()
 * @wakeup: the order in which sleepers are served
 * @node: NUMA node of the elements, or NUMA_NO_NODE
 * @zero: hand out zeroed elements (at most PAGE_SIZE, not @opaque)
 * @opaque: elements must never be written to while free: objects of a
 *	kmem_cache with a constructor or SLAB_TYPESAFE_BY_RCU.  RSVPOOL_OPS
 *	implies it, as do objects of a kmem_cache that are smaller than a
 *	pointer; RSVPOOL_POOL takes it over from its parent
 * @adaptive: raise the watermarks after an emergency, as demand needs; lower
 *	them again after @decay_ms, and to @reserve under pressure
 * @decay_ms: how long after the last emergency, in milliseconds
 * @stall_ms: report, once, a sleep longer than this, in milliseconds; 0: no report
 * @debug: poison, check and track elements (slow); needs a maximum
 * @refill_thread: refill in a kthread of the pool's own, rsvpool/NAME, and not
 *	on the workqueue that pools share; its priority and CPUs are set in
 *	sysfs (refill_prio, refill_cpus)
 * @lend: allow loans (rsvpool_lend.h); needs a maximum, elements that are not
 *	@opaque, and a 64-bit kernel
 *
 * A member with a source in parentheses is for that source: if it is set with
 * another source, rsvpool_create() refuses the pool.
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
 * struct rsvpool_want - the part of a claim for one pool
 * @pool: the pool
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
#define RSVPOOL_SECTION_SHARED	0x2	/* sections take turns on the reserve */
#define RSVPOOL_SECTION_NOWAIT	0x4	/* begin does not wait */
#define RSVPOOL_SECTION_NOIO	0x8	/* memalloc_noio_save() until end */
#define RSVPOOL_SECTION_NOFS	0x10	/* memalloc_nofs_save() until end */

struct rsvpool_section_record;

/**
 * struct rsvpool_section - a stretch of code with a guaranteed number of elements
 * @record: for rsvpool only; NULL if no section is open
 */
struct rsvpool_section {
	struct rsvpool_section_record *record;
};

/**
 * rsvpool_create - create a pool and hold it
 * @attr: its attributes; see rsvpool_attr_init()
 *
 * The reserve is allocated in full, or nothing is created.  Every refusal logs
 * one line, which names the pool and the key.
 *
 * Context: Task, may sleep.
 * Return: the pool; ERR_PTR(-EINVAL) for an attribute that makes no sense;
 * -ERANGE for a number out of range; -EEXIST for a name that is taken, also by a
 * pool that is being created or destroyed; -ENODEV for a parent that is being
 * destroyed, or was destroyed too early; -ENOMEM if there is no memory for the
 * pool's structures, or if the source or the ceiling (max_percent) refused the
 * memory; -ELOOP for a parent that has RSVPOOL_DEPTH_MAX - 1 pools below it;
 * -EINTR if the task was killed meanwhile; another errno if sysfs or the
 * creation of the refill thread fails.
 */
struct rsvpool *rsvpool_create(const struct rsvpool_attr *attr);

/**
 * rsvpool_destroy - destroy a pool that the caller has created
 * @pool: the pool, all of whose elements have been given back; NULL or an
 *	ERR_PTR() does nothing
 *
 * Waits for calls of the pool's functions (ops, the constructor of its kmem_cache)
 * that are in progress.  Once it returns, none of these runs or is called any more:
 * the caller's module may be unloaded.  So these functions must not call it: it
 * would wait for itself for ever.
 *
 * If elements are still outstanding, or other code uses the pool (it holds the
 * pool, sleeps for an element, has a section open or has a pool on this one),
 * the caller has a bug.  Then there is a WARN, and the pool and rsvpool stay.
 * The pool asks its source for no more elements, and calls neither ops nor the
 * kmem_cache: elements that come back later are kept, and those that the pool
 * gives up leak.  Pages, kmalloc memory and a parent's elements are still
 * freed.  rsvpool_drain() waits until no element is outstanding.
 *
 * Context: Task, may sleep.
 */
void rsvpool_destroy(struct rsvpool *pool);

/**
 * rsvpool_get - find a pool by name and hold it
 * @name: its name; for NULL there is no pool
 *
 * Context: Task, may sleep.
 * Return: the pool, to be given back with rsvpool_put(), or NULL if there is none.
 */
struct rsvpool *rsvpool_get(const char *name);

/**
 * rsvpool_put - stop holding a pool
 * @pool: from rsvpool_get(); NULL or an ERR_PTR() does nothing
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
 * Counts the elements handed out and not given back, and all elements that pools
 * with this parent have.  Racy: the refill worker's batch may be counted, and
 * elements that move at the moment may be missing.  Only rsvpool_drain() is sure
 * that there are none.
 *
 * Context: Any.
 * Return: the number.
 */
unsigned int rsvpool_outstanding(const struct rsvpool *pool);

/**
 * rsvpool_drain - wait until no element of a pool is outstanding
 * @pool: the pool, held by the caller; no code may take elements any more
 * @timeout: how long, in jiffies; 0 checks once, MAX_SCHEDULE_TIMEOUT waits for
 *	ever
 *
 * For a teardown in which other code still frees elements: RCU callbacks, I/O
 * completions, readers of a file.  If it returns 0, all calls that freed elements
 * have left the pool, and the pool can be destroyed as long as no code takes
 * elements.  Pools with this parent have elements of it: destroy them first.
 *
 * Polls at growing intervals, up to a tenth of a second.  Once no element seems to
 * be outstanding, waits for a grace period and for the pool's refill worker.
 *
 * Context: Task, may sleep; not from the pool's ops.
 * Return: 0; -ETIMEDOUT if some were outstanding to the end; -EINTR if the task
 * was killed.
 */
int rsvpool_drain(struct rsvpool *pool, unsigned long timeout);

/**
 * rsvpool_resize - change the number of elements a pool guarantees
 * @pool: the pool
 * @reserve: the new reserve: at least 1 and nmi_reserve; at most max or,
 *	without a maximum, the depot's capacity, which was chosen at creation:
 *	twice the first reserve and cache_max for each possible CPU.  A pool
 *	without a reserve may keep 0
 *
 * Works under full load.  Allocates the elements first, then raises min; on
 * error the reserve has not changed.
 *
 * Context: Task, may sleep.
 * Return: 0; -ERANGE for a reserve that is not as above; -ENOMEM if source or
 * ceiling refuse the memory; -EBUSY if max is reached and too few elements come
 * back, or an open shared section needs more; -EINTR if the task was killed
 * meanwhile.
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
 * Return: bytes; 0 for RSVPOOL_OPS without a size.
 */
size_t rsvpool_element_bytes(const struct rsvpool *pool);

/**
 * rsvpool_is_opaque - must a pool's free elements not be written to?
 * @pool: the pool
 *
 * Context: Any.
 * Return: true if free elements are objects with a state of their own, or pointers
 * that only the pool's ops understand: set by the attribute opaque or by the
 * source.
 */
bool rsvpool_is_opaque(const struct rsvpool *pool);

/**
 * rsvpool_kobj - a pool's folder in sysfs
 * @pool: a pool that the caller holds
 *
 * For code built on pools that shows files of its own for a pool: in a folder of
 * its own with this kobject as the parent.  The caller must remove that folder
 * before it calls rsvpool_put() or rsvpool_destroy().
 *
 * Context: Any.
 * Return: the kobject, for as long as the pool is held.
 */
struct kobject *rsvpool_kobj(struct rsvpool *pool);

/**
 * rsvpool_is_whole - is the whole reserve free?
 * @pool: the pool
 *
 * A lockless check, whose answer may be outdated a moment later.  The idea is that
 * of mempool_is_saturated().
 *
 * Context: Any.
 * Return: true if the depot is not below min, no NMI slot is empty, and no task
 * waits.
 */
bool rsvpool_is_whole(const struct rsvpool *pool);

/**
 * rsvpool_stat - one of a pool's statistics, by number
 * @pool: the pool, or NULL if only the name matters
 * @which: its number, from 0 on, without gaps
 * @value: where to put the statistic's value; 0 without a pool
 *
 * Numbers may mean something else in another version; names do not.
 *
 * Context: Any.
 * Return: its name in stats/, or NULL if there are not so many.
 */
const char *rsvpool_stat(struct rsvpool *pool, unsigned int which, u64 *value);

/**
 * rsvpool_tryalloc - take an element without waiting
 * @pool: the pool
 *
 * Succeeds while fewer than reserve elements (in NMI: nmi_reserve) are outstanding,
 * whatever the state of the system's memory.
 *
 * The order is: this CPU's cache, the depot (also below min), the NMI slots,
 * parked elements.  The source is never called.
 *
 * Context: Any: also NMI, also with the run queue's lock held.  RCU must be
 * watching.  Bounded work; never sleeps.
 * Return: an element, or NULL.
 */
void *rsvpool_tryalloc(struct rsvpool *pool);

/**
 * rsvpool_tryalloc_bulk - take several elements, all or nothing, without waiting
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
 * rsvpool_alloc - take an element in the order of the pool's policy
 * @pool: the pool
 * @gfp: GFP_KERNEL, GFP_NOFS, GFP_NOIO, GFP_NOWAIT, GFP_ATOMIC, perhaps with
 *	__GFP_ZERO.  Only its reclaim, I/O and FS bits reach the source; the
 *	system's emergency reserves are never used
 *
 * enum rsvpool_policy has the order of attempts.  On PREEMPT_RT with interrupts
 * or preemption off the source is left out, as it cannot be called there.
 * Sleepers are served in the order of the pool's wakeup.
 *
 * A task must not sleep here while it holds an element that others wait for;
 * take all of them at once with rsvpool_alloc_bulk().
 *
 * Context: Where an allocation with @gfp is allowed.  If @gfp does not allow to
 * sleep, on PREEMPT_RT also with interrupts or preemption off.  Not in NMI.
 * Return: an element.  NULL only if @gfp does not allow to sleep and no attempt
 * gave an element, if the pool has no reserve to wait for, or if __GFP_ZERO is
 * given and elements must not be cleared (opaque; more than a page without
 * sleeping).
 */
void *rsvpool_alloc(struct rsvpool *pool, gfp_t gfp);

/**
 * rsvpool_alloc_killable - rsvpool_alloc() that a fatal signal interrupts
 * @pool: the pool
 * @gfp: as for rsvpool_alloc()
 *
 * Context: As rsvpool_alloc().
 * Return: an element; NULL as rsvpool_alloc(), or if the task was killed while it
 * slept.  No element is lost then.
 */
void *rsvpool_alloc_killable(struct rsvpool *pool, gfp_t gfp);

/**
 * rsvpool_alloc_timeout - rsvpool_alloc() with a limit for its sleep
 * @pool: the pool
 * @gfp: as for rsvpool_alloc()
 * @timeout: the longest sleep in the queue, in jiffies; 0 does not sleep there
 *
 * Context: As rsvpool_alloc().
 * Return: an element; NULL as rsvpool_alloc(), or if the time ran out.
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
 * While it sleeps it holds none of them; sleepers are served in the order of
 * the pool's wakeup.  So tasks that take all they need in one call do not
 * deadlock.
 *
 * Context: As rsvpool_alloc().
 * Return: 0; -ENOMEM if @gfp does not allow to sleep and there were not enough;
 * -EINVAL if @nr is 0, or larger than the reserve if @gfp may sleep, if there
 * is no reserve to wait for, or if __GFP_ZERO is given and elements must not be
 * cleared; -E2BIG if @nr is above RSVPOOL_BULK_MAX.  On error @elements is
 * undefined.
 */
int rsvpool_alloc_bulk(struct rsvpool *pool, gfp_t gfp, unsigned int nr,
		       void **elements);

/**
 * rsvpool_claim - take several elements of several pools, all or nothing
 * @wants: for each pool, how many elements and where to put them; each pool once
 * @nr: how many pools, 1 to RSVPOOL_CLAIM_MAX
 * @gfp: as for rsvpool_alloc()
 *
 * If @gfp may sleep, it waits, and holds nothing meanwhile.  Claims that share a
 * pool are served in the order in which they came, whatever their sizes.  So claims
 * do not deadlock on each other, and small ones do not starve large ones.
 *
 * The task must hold no element of a pool on which claims wait.
 *
 * Context: As rsvpool_alloc().
 * Return: 0; -EINVAL if @nr is 0, if a want is 0 or larger than the pool's
 * reserve or has no pool or no array, if a pool is named twice or has
 * wakeup=prio, or if __GFP_ZERO is given and elements must not be cleared;
 * -E2BIG for more than RSVPOOL_CLAIM_MAX pools or RSVPOOL_BULK_MAX elements;
 * -ENOMEM if @gfp does not allow to sleep and there were not enough.  On error
 * the caller holds nothing, and the arrays are undefined.
 */
int rsvpool_claim(struct rsvpool_want *wants, unsigned int nr, gfp_t gfp);

/**
 * rsvpool_section_begin - begin a section, which guarantees elements until its end
 * @s: the section, an argument of the other calls
 * @pool: the pool; must have wakeup=fifo
 * @nr: how many elements the code may ask for, 1 to RSVPOOL_SECTION_MAX and at
 *	most the pool's reserve
 * @flags: RSVPOOL_SECTION_PRIVATE or _SHARED; perhaps _NOWAIT, _NOIO, _NOFS
 *
 * PRIVATE sets the elements aside at begin.  It waits for them, unless NOWAIT is
 * given.  If there is no memory for the section's state, nor what is set aside for
 * it, it may also wait until another section of the pool ends: so code in a section
 * must not wait, directly or by a lock, for a task that begins one of the same pool.
 * SHARED never waits at begin, but rsvpool_section_alloc() may wait.  NOIO and NOFS
 * apply to all allocations of the task until the end.
 *
 * A section inside another one of the same pool takes its elements from that
 * one, and must be of the same kind.  Inside sections of other pools only a
 * private section is possible.  It is refused if it would have to wait, or if
 * one of the outer sections is shared and may still wait: a task that waits
 * must hold nothing of any reserve.
 *
 * Context: Task, may sleep.  With NOWAIT, too, interrupts and preemption must be
 * on.
 * Return: 0; -EINVAL for nr, flags, pool or context that are not as above; -E2BIG
 * above RSVPOOL_SECTION_MAX; -EDEADLK if it does not fit into the outer
 * section, or a section would have to wait inside another one; -EAGAIN with
 * NOWAIT if it would have to wait; -EAGAIN also, with NOWAIT, SHARED or inside
 * other sections, if there is no memory for the section's state, and what is set
 * aside for one section of the pool and 64 of all pools is in use; -ELOOP, with
 * a line in the kernel's log, if the task has RSVPOOL_NEST_MAX sections open.
 */
int rsvpool_section_begin(struct rsvpool_section *s, struct rsvpool *pool,
			  unsigned int nr, unsigned int flags);

/**
 * rsvpool_section_alloc - take an element that the section guarantees
 * @s: an open section
 *
 * The element is freed with rsvpool_free().  Elements of a shared section must be
 * freed before its end.
 *
 * Context: Private: the section's task, and code that interrupts it, NMI included.
 * Shared: the section's task, may sleep.
 * Return: an element; NULL only if all the section's elements have been handed
 * out, and, with a WARN, for a section that is not open, or for a shared
 * section while another one of the same pool is open inside it.
 */
void *rsvpool_section_alloc(struct rsvpool_section *s);

/**
 * rsvpool_section_end - end a section
 * @s: an open section; a task ends its sections in reverse order, and before it
 *	exits.  Does nothing with NULL, or if @s is not open, for instance because
 *	rsvpool_section_begin() refused it
 *
 * Gives unused elements back and restores the scope flags.  If another section
 * of the same pool is open inside @s, there is a WARN, and @s stays open.
 * Sections of other pools are not checked.
 *
 * Context: The task that began it; also with preemption or interrupts off and any
 * raw lock held.  For a pool with max=0 only where its source may be called.
 */
void rsvpool_section_end(struct rsvpool_section *s);

/**
 * rsvpool_free - give an element back
 * @pool: the pool it came from
 * @element: the element; NULL does nothing, as for kfree()
 *
 * If a task sleeps, the element goes to the depot, which serves its sleepers in
 * order.  If none does, it fills an NMI slot that has no element, or else a
 * depot below its min watermark.  If none of these needs it, it goes to this
 * CPU's cache.
 *
 * Context: Any, as rsvpool_tryalloc(); for a pool with max=0 only where its source
 * may be called.
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

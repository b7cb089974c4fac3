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
 * @RSVPOOL_POLICY_CACHE: cache, depot above the line, source without reclaim,
 *	below the line, source with reclaim, sleep
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
 * struct rsvpool_attr - what a pool is to be; start from rsvpool_attr_init()
 * @name: 1 to RSVPOOL_NAME_MAX of letters, digits, '_', '-' and '.', not
 *	starting with a '.'
 * @numbered: the pool is called @name, '.' and a number, the first that is free:
 *	for who makes several
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
 * @stall_ms: report, once, who sleeps longer than so many milliseconds; 0: do
 *	not
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

struct rsvpool *rsvpool_create(const struct rsvpool_attr *attr);
void rsvpool_destroy(struct rsvpool *pool);
struct rsvpool *rsvpool_get(const char *name);
void rsvpool_put(struct rsvpool *pool);
unsigned int rsvpool_outstanding(const struct rsvpool *pool);
int rsvpool_drain(struct rsvpool *pool, unsigned long timeout);
int rsvpool_resize(struct rsvpool *pool, unsigned int reserve);
const char *rsvpool_name(const struct rsvpool *pool);
size_t rsvpool_element_bytes(const struct rsvpool *pool);
bool rsvpool_is_whole(const struct rsvpool *pool);
const char *rsvpool_stat(struct rsvpool *pool, unsigned int which, u64 *value);

void *rsvpool_tryalloc(struct rsvpool *pool);
int rsvpool_tryalloc_bulk(struct rsvpool *pool, unsigned int nr,
			  void **elements);
void *rsvpool_alloc(struct rsvpool *pool, gfp_t gfp);
void *rsvpool_alloc_killable(struct rsvpool *pool, gfp_t gfp);
void *rsvpool_alloc_timeout(struct rsvpool *pool, gfp_t gfp,
			    unsigned long timeout);
int rsvpool_alloc_bulk(struct rsvpool *pool, gfp_t gfp, unsigned int nr,
		       void **elements);
int rsvpool_claim(struct rsvpool_want *wants, unsigned int nr, gfp_t gfp);
int rsvpool_section_begin(struct rsvpool_section *s, struct rsvpool *pool,
			  unsigned int nr, unsigned int flags);
void *rsvpool_section_alloc(struct rsvpool_section *s);
void rsvpool_section_end(struct rsvpool_section *s);
void rsvpool_free(struct rsvpool *pool, void *element);
void rsvpool_free_bulk(struct rsvpool *pool, unsigned int nr, void **elements);

#endif /* _LINUX_RSVPOOL_H */

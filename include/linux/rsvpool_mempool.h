/* SPDX-License-Identifier: GPL-2.0 */
/*
 * rsvpool - the mempool API on rsvpool: a driver switches by adding one line.
 *
 *	 #include <linux/mempool.h>
 *	+#include <linux/rsvpool_mempool.h>
 *
 * Below that line mempool_create(), mempool_init() and their forms make pools.
 * Each mempool is then a pool, named after the module and numbered
 * (dm_crypt.0), in sysfs with its settings and statistics.  It has no maximum
 * (max=0), no cache, and mempool's order of attempts (policy=source).  An
 * administrator may change the cache, the policy and the reserve while the pool is
 * in use, but not the maximum.
 *
 * Mixing is harmless
 * ------------------
 * mempool_t stays the kernel's type, with the kernel's layout.  A mempool that was
 * made here is recognized at run time: rsvpool_mempool_fn_alloc() is its alloc
 * function.  Therefore
 *
 *  - the order of includes does not matter: the line may stand anywhere before
 *    the first use in a .c file, also where mempool.h came in by way of another
 *    header; a structure that holds a mempool_t looks the same before and after;
 *  - a mempool that other code made and this file uses (raid1's
 *    mddev->serial_info_pool) goes to the kernel's functions;
 *  - a mempool that was made here and that other code of the kernel uses
 *    (btree_init_mempool()) works there: the kernel's mempool_alloc() and
 *    mempool_free() call its alloc and free functions, which use the pool, because
 *    the mempool_t itself has no elements (curr_nr is 0, min_nr is -1);
 *  - a mempool_t may be moved by value, as raid1 does when it is reshaped: all
 *    state is behind pool_data;
 *  - if a module is unloaded and one of its mempools was not destroyed here (the
 *    mempool_t was freed, or code without this header destroyed it), the log names
 *    the pool, and the pool is destroyed then.
 *
 * What is different:
 *
 *	creating, resizing,	sleep, whatever gfp says; a gfp without direct
 *	mempool_exit,		reclaim is refused.  Do not call them while reclaim
 *	mempool_destroy		waits for the caller: they allocate memory and wait
 *				for the worker
 *	mempool_alloc()		sleepers are served in the order in which they
 *				came, from frees and by a worker that asks the
 *				source; no task that could sleep overtakes them.
 *				The depot is asked before reclaim only while it
 *				has at least half of the reserve
 *	mempool_alloc_bulk()	is all or nothing, for at most as many elements
 *				as the reserve.  For up to RSVPOOL_BULK_MAX it
 *				waits without holding any; for more it takes
 *				them in parts, and holds some while it waits for
 *				others: other bulk requests begin when it has
 *				all.  Its reclaim does no I/O
 *	mempool_free_bulk()	takes all elements, and returns their number
 *	gfp			alloc_fn gets the reclaim, I/O and FS bits of
 *				mempool_alloc()'s gfp, and __GFP_NOMEMALLOC |
 *				__GFP_NORETRY | __GFP_NOWARN: never __GFP_HIGH,
 *				and for real-time tasks no direct reclaim.  The
 *				zone and __GFP_COMP are those given at creation.
 *				__GFP_ZERO, which mempools do not support either,
 *				is warned about once and dropped
 *	alloc_fn		also called by the refill worker, in task
 *				context, whenever the reserve is short; it must
 *				not depend on its caller, nor wait for users of
 *				the pool
 *	alloc_fn, free_fn	called at creation and destruction by the creator,
 *				which must not hold a lock that they take
 *	free_fn			also called by the worker; it must not sleep
 *	mempool_free()		only for elements of that mempool: others spoil
 *				the counts.  The mempool's elements must be given
 *				back to it, not to its source
 *	mempool_destroy(),	with elements outstanding: a WARN names pool and
 *	mempool_exit()		caller.  The pool and rsvpool.ko stay; the memory
 *				of those elements is lost, and that of the
 *				mempool's own data
 *	mempool_alloc_noreserve() calls alloc_fn with the gfp said above
 *	mempool_resize()	allocates elements first: -ENOMEM if there is no
 *				memory, with nothing changed.  -ERANGE above
 *				twice the first reserve and cache_max for each
 *				possible CPU
 *	min_nr			0 is taken for 1
 *	memory			all reserves together stay under rsvpool's
 *				max_percent; a mempool beyond it is refused.
 *				Elements are charged as far as their size is
 *				known: kmalloc, kvmalloc, slab and page pools
 *	NMI			mempool_alloc_preallocated() is allowed there;
 *				mempool_free() is not
 *	symbols			are GPL only
 *	fields of mempool_t	must not be read: rsvpool_mempool_min_nr() returns
 *				the reserve
 *	debugging		free elements are not poisoned, and allocation
 *				profiling has no tags
 *
 * The API is that of include/linux/mempool.h, and mm/mempool.c defines what it
 * means.  This header has all of it on every kernel, also if the kernel's own
 * mempool has less.  A mempool that was not made here uses the kernel's
 * functions.  If the kernel does not have them, mempool_alloc_preallocated()
 * returns NULL, mempool_alloc_bulk() -EOPNOTSUPP, and mempool_free_bulk() 0.
 */
#ifndef _LINUX_RSVPOOL_MEMPOOL_H
#define _LINUX_RSVPOOL_MEMPOOL_H

#include <linux/bug.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/mempool.h>
#include <linux/module.h>
#include <linux/rsvpool.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include <linux/version.h>

/**
 * struct rsvpool_mempool - the pool_data of a mempool made here
 * @pool: the pool
 * @min_nr: the reserve asked for; an administrator may have changed it
 * @created_gfp: the gfp for the first elements
 * @creating: the first elements are being allocated
 * @pool_data: for @alloc and @free
 * @alloc: the driver's alloc_fn
 * @free: the driver's free_fn
 * @owner: the module whose functions these are
 * @in_list: in the list of all mempools made here
 * @bulk: held by callers of mempool_alloc_bulk(): for writing by one that takes
 *	elements in parts
 * @bulk_key: its lockdep class
 */
struct rsvpool_mempool {
	struct rsvpool *pool;
	int min_nr;
	gfp_t created_gfp;
	bool creating;
	void *pool_data;
	mempool_alloc_t *alloc;
	mempool_free_t *free;
	struct module *owner;
	struct list_head in_list;
	struct rw_semaphore bulk;
	struct lock_class_key bulk_key;
};

/**
 * rsvpool_mempool_setup - what mempool_init_node() does
 * @mempool: to be set up
 * @min_nr: elements that are guaranteed; 0 is taken for 1
 * @alloc_fn: allocates an element, or returns NULL
 * @free_fn: frees an element
 * @pool_data: passed to both
 * @gfp: for the first elements; its zone and __GFP_COMP are for all
 * @node: NUMA node for what @alloc_fn does not allocate itself
 * @name: the module's name.  The pool is called @name, cut if it is too long, and a
 *	number
 * @owner: the module; when it is unloaded, mempools that it left are destroyed
 *
 * Context: Task, may sleep; not while reclaim waits for the caller.
 * Return: 0; -EINVAL for a negative @min_nr or a @gfp without direct reclaim;
 * -ENOMEM if there is no memory for its state; otherwise as rsvpool_create().
 */
int rsvpool_mempool_setup(mempool_t *mempool, int min_nr,
			  mempool_alloc_t *alloc_fn, mempool_free_t *free_fn,
			  void *pool_data, gfp_t gfp, int node,
			  const char *name, struct module *owner);

/**
 * rsvpool_mempool_teardown - what mempool_exit() does
 * @mempool: one that was made here
 *
 * Context: Task, may sleep.
 */
void rsvpool_mempool_teardown(mempool_t *mempool);

/**
 * rsvpool_mempool_grow - what mempool_resize() does
 * @m: the pool's side of the mempool
 * @min_nr: elements that are to be guaranteed
 *
 * Context: Task, may sleep.
 * Return: 0; otherwise as rsvpool_resize(), with nothing changed: -ERANGE for
 * less than 1 and for more than the depot's capacity, -ENOMEM if there is no
 * memory.
 */
int rsvpool_mempool_grow(struct rsvpool_mempool *m, int min_nr);

/**
 * rsvpool_mempool_source - what mempool_alloc_noreserve() does
 * @m: the pool's side of the mempool
 * @gfp: as for mempool_alloc()
 *
 * Context: As @gfp says.
 * Return: an element from the source, counted as one of the pool; or NULL.
 */
void *rsvpool_mempool_source(struct rsvpool_mempool *m, gfp_t gfp);

/**
 * rsvpool_mempool_get_bulk - what mempool_alloc_bulk() does
 * @m: the pool's side of the mempool
 * @elements: where to put them
 * @count: how many, at most the pool's reserve
 *
 * All or nothing.  It holds no elements while it waits, unless @count is above
 * RSVPOOL_BULK_MAX.
 *
 * Context: Task, may sleep.
 * Return: 0; -EINVAL, with a warning once, for more than the reserve; -EINVAL
 * also if the reserve was lowered below @count meanwhile.
 */
int rsvpool_mempool_get_bulk(struct rsvpool_mempool *m, void **elements,
			     unsigned int count);

/**
 * rsvpool_mempool_put_bulk - what mempool_free_bulk() does
 * @m: the pool's side of the mempool
 * @elements: all from this mempool
 * @count: how many
 *
 * Context: As for mempool_free().
 */
void rsvpool_mempool_put_bulk(struct rsvpool_mempool *m, void **elements,
			      unsigned int count);

/**
 * rsvpool_mempool_fn_alloc - the alloc function of a mempool_t made here
 * @gfp: as for mempool_alloc()
 * @pool_data: the pool's side of the mempool
 *
 * Called only by the kernel's mempool_alloc().
 *
 * Context: As @gfp says.
 * Return: an element, or NULL.
 */
void *rsvpool_mempool_fn_alloc(gfp_t gfp, void *pool_data);

/**
 * rsvpool_mempool_fn_free - the free function of a mempool_t made here
 * @element: an element of that mempool
 * @pool_data: the pool's side of the mempool; NULL after mempool_exit()
 *
 * Called by the kernel's mempool_free(), also for a mempool that is gone.
 *
 * Context: As for mempool_free().
 */
void rsvpool_mempool_fn_free(void *element, void *pool_data);

/**
 * rsvpool_mempool_kvmalloc - what mempool_kvmalloc() does
 * @gfp: as for kvmalloc()
 * @pool_data: the number of bytes
 *
 * Context: As @gfp says; without direct reclaim only kmalloc() is tried.
 * Return: memory, or NULL.
 */
void *rsvpool_mempool_kvmalloc(gfp_t gfp, void *pool_data);

/**
 * rsvpool_mempool_kvfree - what mempool_kvfree() does
 * @element: from rsvpool_mempool_kvmalloc()
 * @pool_data: not used
 *
 * Context: As for kvfree().
 */
void rsvpool_mempool_kvfree(void *element, void *pool_data);

/* The pool's side of a mempool; NULL if it was not made here. */
static inline struct rsvpool_mempool *rsvpool_mempool_of(mempool_t *mempool)
{
	return likely(mempool->alloc == rsvpool_mempool_fn_alloc) ?
		mempool->pool_data : NULL;
}

/**
 * rsvpool_mempool_min_nr - the reserve that was asked for
 * @mempool: the mempool, made here or not
 *
 * Context: Any.
 * Return: the min_nr of creation, or of the last mempool_resize().
 */
static inline int rsvpool_mempool_min_nr(mempool_t *mempool)
{
	struct rsvpool_mempool *m = rsvpool_mempool_of(mempool);

	return m ? m->min_nr : mempool->min_nr;
}

static inline bool rsvpool_mempool_initialized(mempool_t *mempool)
{
	return mempool_initialized(mempool);
}

static inline bool rsvpool_mempool_is_saturated(mempool_t *mempool)
{
	struct rsvpool_mempool *m = rsvpool_mempool_of(mempool);

	return m ? rsvpool_is_whole(m->pool) :
		READ_ONCE(mempool->curr_nr) >= mempool->min_nr;
}

static inline int
rsvpool_mempool_init_node(mempool_t *mempool, int min_nr,
			  mempool_alloc_t *alloc_fn, mempool_free_t *free_fn,
			  void *pool_data, gfp_t gfp, int node)
{
	return rsvpool_mempool_setup(mempool, min_nr, alloc_fn, free_fn,
				     pool_data, gfp, node, KBUILD_MODNAME,
				     THIS_MODULE);
}

static inline int
rsvpool_mempool_init(mempool_t *mempool, int min_nr, mempool_alloc_t *alloc_fn,
		     mempool_free_t *free_fn, void *pool_data)
{
	return rsvpool_mempool_init_node(mempool, min_nr, alloc_fn, free_fn,
					 pool_data, GFP_KERNEL, NUMA_NO_NODE);
}

static inline void rsvpool_mempool_exit(mempool_t *mempool)
{
	if (rsvpool_mempool_of(mempool))
		rsvpool_mempool_teardown(mempool);
	else
		mempool_exit(mempool);
}

static inline mempool_t *
rsvpool_mempool_create_node(int min_nr, mempool_alloc_t *alloc_fn,
			    mempool_free_t *free_fn, void *pool_data,
			    gfp_t gfp, int node)
{
	mempool_t *mempool;

	/* The zone in @gfp is for elements, not for the mempool_t. */
	mempool = kzalloc(sizeof(*mempool), gfp & GFP_KERNEL);
	if (mempool && rsvpool_mempool_init_node(mempool, min_nr, alloc_fn,
						 free_fn, pool_data, gfp,
						 node)) {
		kfree(mempool);
		mempool = NULL;
	}
	return mempool;
}

static inline mempool_t *
rsvpool_mempool_create(int min_nr, mempool_alloc_t *alloc_fn,
		       mempool_free_t *free_fn, void *pool_data)
{
	return rsvpool_mempool_create_node(min_nr, alloc_fn, free_fn, pool_data,
					   GFP_KERNEL, NUMA_NO_NODE);
}

static inline void rsvpool_mempool_destroy(mempool_t *mempool)
{
	if (unlikely(!mempool))
		return;
	rsvpool_mempool_exit(mempool);
	kfree(mempool);
}

static inline int rsvpool_mempool_resize(mempool_t *mempool, int min_nr)
{
	struct rsvpool_mempool *m = rsvpool_mempool_of(mempool);

	return m ? rsvpool_mempool_grow(m, min_nr) :
		mempool_resize(mempool, min_nr);
}

static inline void *rsvpool_mempool_alloc(mempool_t *mempool, gfp_t gfp)
{
	struct rsvpool_mempool *m = rsvpool_mempool_of(mempool);

	if (unlikely(!m))
		return mempool_alloc(mempool, gfp);
	if (WARN_ON_ONCE(gfp & __GFP_ZERO))
		gfp &= ~__GFP_ZERO;
	return rsvpool_alloc(m->pool, gfp);
}

static inline void *rsvpool_mempool_alloc_noreserve(mempool_t *mempool,
						    gfp_t gfp)
{
	struct rsvpool_mempool *m = rsvpool_mempool_of(mempool);

	return m ? rsvpool_mempool_source(m, gfp) :
		mempool->alloc(gfp, mempool->pool_data);
}

static inline void rsvpool_mempool_free(void *element, mempool_t *mempool)
{
	struct rsvpool_mempool *m = rsvpool_mempool_of(mempool);

	if (unlikely(!m))
		mempool_free(element, mempool);
	else if (element)
		rsvpool_free(m->pool, element);
}

/*
 * Functions of the kernel that not every kernel has.  mempool_alloc_preallocated()
 * came with 6.8; mempool_alloc_bulk is a macro where it exists.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
static inline void *rsvpool_mempool_kernel_preallocated(mempool_t *mempool)
{
	return mempool_alloc_preallocated(mempool);
}
#else
static inline void *rsvpool_mempool_kernel_preallocated(mempool_t *mempool)
{
	return NULL;
}
#endif

#ifdef mempool_alloc_bulk
static inline int
rsvpool_mempool_kernel_alloc_bulk(mempool_t *mempool, void **elements,
				  unsigned int count)
{
	return mempool_alloc_bulk(mempool, elements, count);
}

static inline unsigned int
rsvpool_mempool_kernel_free_bulk(mempool_t *mempool, void **elements,
				 unsigned int count)
{
	return mempool_free_bulk(mempool, elements, count);
}
#else
static inline int
rsvpool_mempool_kernel_alloc_bulk(mempool_t *mempool, void **elements,
				  unsigned int count)
{
	return -EOPNOTSUPP;
}

static inline unsigned int
rsvpool_mempool_kernel_free_bulk(mempool_t *mempool, void **elements,
				 unsigned int count)
{
	return 0;
}
#endif

static inline void *rsvpool_mempool_alloc_preallocated(mempool_t *mempool)
{
	struct rsvpool_mempool *m = rsvpool_mempool_of(mempool);

	return m ? rsvpool_tryalloc(m->pool) :
		rsvpool_mempool_kernel_preallocated(mempool);
}

static inline int rsvpool_mempool_alloc_bulk(mempool_t *mempool,
					     void **elements,
					     unsigned int count)
{
	struct rsvpool_mempool *m = rsvpool_mempool_of(mempool);

	return m ? rsvpool_mempool_get_bulk(m, elements, count) :
		rsvpool_mempool_kernel_alloc_bulk(mempool, elements, count);
}

static inline unsigned int rsvpool_mempool_free_bulk(mempool_t *mempool,
						     void **elements,
						     unsigned int count)
{
	struct rsvpool_mempool *m = rsvpool_mempool_of(mempool);

	if (unlikely(!m))
		return rsvpool_mempool_kernel_free_bulk(mempool, elements,
							count);
	rsvpool_mempool_put_bulk(m, elements, count);
	return count;
}

/*
 * The names.  A name of a function has no arguments here, so that code can take a
 * pointer to the function.
 */
#undef mempool_init
#undef mempool_create
#undef mempool_create_node
#undef mempool_alloc
#undef mempool_alloc_noreserve
#undef mempool_alloc_bulk

#define mempool_initialized		rsvpool_mempool_initialized
#define mempool_is_saturated		rsvpool_mempool_is_saturated
#define mempool_init			rsvpool_mempool_init
#define mempool_init_noprof		rsvpool_mempool_init
#define mempool_init_node		rsvpool_mempool_init_node
#define mempool_exit			rsvpool_mempool_exit
#define mempool_create			rsvpool_mempool_create
#define mempool_create_node		rsvpool_mempool_create_node
#define mempool_create_node_noprof	rsvpool_mempool_create_node
#define mempool_destroy			rsvpool_mempool_destroy
#define mempool_resize			rsvpool_mempool_resize
#define mempool_alloc			rsvpool_mempool_alloc
#define mempool_alloc_noprof		rsvpool_mempool_alloc
#define mempool_alloc_preallocated	rsvpool_mempool_alloc_preallocated
#define mempool_alloc_noreserve		rsvpool_mempool_alloc_noreserve
#define mempool_free			rsvpool_mempool_free
#define mempool_alloc_bulk		rsvpool_mempool_alloc_bulk
#define mempool_alloc_bulk_noprof	rsvpool_mempool_alloc_bulk
#define mempool_free_bulk		rsvpool_mempool_free_bulk

/*
 * mempool_alloc_slab(), mempool_kmalloc(), mempool_alloc_pages() and their free
 * functions are the kernel's.  Older kernels have none for kvmalloc().
 */
#define mempool_kvmalloc		rsvpool_mempool_kvmalloc
#define mempool_kvfree			rsvpool_mempool_kvfree

static inline int
rsvpool_mempool_init_slab_pool(mempool_t *mempool, int min_nr,
			       struct kmem_cache *cache)
{
	return mempool_init(mempool, min_nr, mempool_alloc_slab,
			    mempool_free_slab, cache);
}

static inline mempool_t *
rsvpool_mempool_create_slab_pool(int min_nr, struct kmem_cache *cache)
{
	return mempool_create(min_nr, mempool_alloc_slab, mempool_free_slab,
			      cache);
}

static inline int
rsvpool_mempool_init_kmalloc_pool(mempool_t *mempool, int min_nr,
				  size_t size)
{
	return mempool_init(mempool, min_nr, mempool_kmalloc, mempool_kfree,
			    (void *)size);
}

static inline mempool_t *
rsvpool_mempool_create_kmalloc_pool(int min_nr, size_t size)
{
	return mempool_create(min_nr, mempool_kmalloc, mempool_kfree,
			      (void *)size);
}

static inline int
rsvpool_mempool_init_kvmalloc_pool(mempool_t *mempool, int min_nr,
				   size_t size)
{
	return mempool_init(mempool, min_nr, mempool_kvmalloc, mempool_kvfree,
			    (void *)size);
}

static inline mempool_t *
rsvpool_mempool_create_kvmalloc_pool(int min_nr, size_t size)
{
	return mempool_create(min_nr, mempool_kvmalloc, mempool_kvfree,
			      (void *)size);
}

static inline int
rsvpool_mempool_init_page_pool(mempool_t *mempool, int min_nr,
			       int order)
{
	return mempool_init(mempool, min_nr, mempool_alloc_pages,
			    mempool_free_pages, (void *)(long)order);
}

static inline mempool_t *
rsvpool_mempool_create_page_pool(int min_nr, int order)
{
	return mempool_create(min_nr, mempool_alloc_pages, mempool_free_pages,
			      (void *)(long)order);
}

#undef mempool_init_slab_pool
#undef mempool_create_slab_pool
#undef mempool_init_kmalloc_pool
#undef mempool_create_kmalloc_pool
#undef mempool_init_page_pool
#undef mempool_create_page_pool

#define mempool_init_slab_pool		rsvpool_mempool_init_slab_pool
#define mempool_create_slab_pool	rsvpool_mempool_create_slab_pool
#define mempool_init_kmalloc_pool	rsvpool_mempool_init_kmalloc_pool
#define mempool_create_kmalloc_pool	rsvpool_mempool_create_kmalloc_pool
#define mempool_init_kvmalloc_pool	rsvpool_mempool_init_kvmalloc_pool
#define mempool_create_kvmalloc_pool	rsvpool_mempool_create_kvmalloc_pool
#define mempool_init_page_pool		rsvpool_mempool_init_page_pool
#define mempool_create_page_pool	rsvpool_mempool_create_page_pool

#endif /* _LINUX_RSVPOOL_MEMPOOL_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * rsvpool - the mempool API on rsvpool: a driver switches by changing one line.
 *
 *	-#include <linux/mempool.h>
 *	+#include <linux/rsvpool_mempool.h>
 *
 * Below that line mempool_t and all mempool_...() are rsvpool's.  Each mempool
 * is then a pool, named after the module and numbered (dm_crypt.0), in sysfs
 * with its settings and statistics.  It has no maximum (max=0), no cache, and
 * mempool's order of attempts (policy=source); an administrator may change that
 * and the reserve while it is in use.
 *
 * What of a driver is switched: everything that sees its mempool_t.  Where a
 * header of the driver's own has one, the line to change is in that header, too.
 * A mempool that is handed to other code of the kernel has to stay a mempool;
 * the compiler tells, as the types differ.  Structures of the kernel's that
 * contain a mempool_t (struct bio_set) keep their layout: their headers are
 * included below, before the names change.
 *
 * What is different:
 *
 *	creating, resizing,	sleep, whatever gfp says; one without direct
 *	mempool_exit,		reclaim is refused.  Not in reclaim's own way:
 *	mempool_destroy		they take a mutex under which memory is allocated
 *	mempool_alloc()		sleepers are served in the order in which they
 *				came, from frees and by a worker that asks the
 *				source; nobody who could sleep overtakes them.
 *				The stock is asked before reclaim only while it
 *				is at least half full
 *	gfp			of that of mempool_alloc() alloc_fn sees the
 *				reclaim, I/O and FS bits, and __GFP_NOMEMALLOC |
 *				__GFP_NORETRY | __GFP_NOWARN: never __GFP_HIGH,
 *				and for real-time tasks no direct reclaim.  The
 *				zone and __GFP_COMP are those given at creation.
 *				__GFP_ZERO, which mempools do not support either,
 *				is warned about once and dropped
 *	alloc_fn		also called by the worker, in task context,
 *				whenever the reserve is short; it must not depend
 *				on who calls, nor wait for who uses the pool
 *	alloc_fn, free_fn	at creation and destruction called under the mutex
 *				that these take: they must not do either, nor wait
 *				for a lock under which it is done
 *	free_fn			also called by the worker, and in an RCU read-side
 *				critical section: it must not sleep
 *	mempool_free()		takes only what came from that mempool: another
 *				element is counted wrong.  What came from it is
 *				given back to it, not to its source
 *	mempool_destroy(),	with elements outstanding: a WARN that names
 *	mempool_exit()		pool and caller, the pool stays, with it
 *				rsvpool.ko; those elements' memory is lost
 *	mempool_alloc_noreserve() asks alloc_fn with the gfp said above
 *	mempool_resize()	the elements come first: -ENOMEM if they are not
 *				to be had, and nothing has changed.  Up to the
 *				larger of twice the first reserve and what CPUs'
 *				caches would hold besides (-ERANGE)
 *	min_nr			0 is taken for 1
 *	memory			all reserves together stay under rsvpool's
 *				max_percent; a mempool beyond it is refused.
 *				Elements are charged as far as their size is
 *				known: kmalloc, slab and page pools
 *	NMI			mempool_alloc_preallocated() is allowed there;
 *				mempool_free() is not
 *	symbols			are GPL only; curr_nr and wait do not exist
 *	debugging		no poisoning of elements at rest, and of allocation
 *				profiling no tags
 *
 * The API is that of include/linux/mempool.h; what it means was settled by
 * mm/mempool.c.  All of it is here on every kernel, also where the kernel's own
 * has less.
 */
#ifndef _LINUX_RSVPOOL_MEMPOOL_H
#define _LINUX_RSVPOOL_MEMPOOL_H

#include <linux/mempool.h>

/* Structures that the kernel shares with us and that contain a mempool_t. */
#include <linux/bio.h>
#include <linux/fsnotify_backend.h>

#include <linux/bug.h>
#include <linux/rsvpool.h>
#include <linux/slab.h>

/**
 * struct rsvpool_mempool - a mempool_t that is a pool; must not be moved
 * @pool: the pool; NULL before mempool_init() and after mempool_exit()
 * @min_nr: the reserve asked for; an administrator may have changed it
 * @created_gfp: what the first elements are allocated with
 * @creating: they are being allocated
 * @pool_data: for @alloc and @free
 * @alloc: the driver's alloc_fn
 * @free: the driver's free_fn
 */
typedef struct rsvpool_mempool {
	struct rsvpool *pool;
	int min_nr;
	gfp_t created_gfp;
	bool creating;
	void *pool_data;
	mempool_alloc_t *alloc;
	mempool_free_t *free;
} rsvpool_mempool_t;

int rsvpool_mempool_setup(struct rsvpool_mempool *mempool, int min_nr,
			  mempool_alloc_t *alloc_fn, mempool_free_t *free_fn,
			  void *pool_data, gfp_t gfp, int node,
			  const char *owner);
int rsvpool_mempool_resize(struct rsvpool_mempool *mempool, int min_nr);
void *rsvpool_mempool_alloc_noreserve(struct rsvpool_mempool *mempool,
				      gfp_t gfp);
void *rsvpool_mempool_kvmalloc(gfp_t gfp, void *pool_data);
void rsvpool_mempool_kvfree(void *element, void *pool_data);

static inline bool rsvpool_mempool_initialized(struct rsvpool_mempool *mempool)
{
	return mempool->pool;
}

static inline bool rsvpool_mempool_is_saturated(struct rsvpool_mempool *mempool)
{
	return rsvpool_is_whole(mempool->pool);
}

static inline int
rsvpool_mempool_init_node(struct rsvpool_mempool *mempool, int min_nr,
			  mempool_alloc_t *alloc_fn, mempool_free_t *free_fn,
			  void *pool_data, gfp_t gfp, int node)
{
	return rsvpool_mempool_setup(mempool, min_nr, alloc_fn, free_fn,
				     pool_data, gfp, node, KBUILD_MODNAME);
}

static inline int
rsvpool_mempool_init(struct rsvpool_mempool *mempool, int min_nr,
		     mempool_alloc_t *alloc_fn, mempool_free_t *free_fn,
		     void *pool_data)
{
	return rsvpool_mempool_init_node(mempool, min_nr, alloc_fn, free_fn,
					 pool_data, GFP_KERNEL, NUMA_NO_NODE);
}

static inline void rsvpool_mempool_exit(struct rsvpool_mempool *mempool)
{
	struct rsvpool *pool = mempool->pool;

	mempool->pool = NULL;
	rsvpool_destroy(pool);
}

static inline struct rsvpool_mempool *
rsvpool_mempool_create_node(int min_nr, mempool_alloc_t *alloc_fn,
			    mempool_free_t *free_fn, void *pool_data,
			    gfp_t gfp, int node)
{
	struct rsvpool_mempool *mempool;

	/* Its elements' zone is not this one's. */
	mempool = kzalloc(sizeof(*mempool), gfp & GFP_KERNEL);
	if (mempool && rsvpool_mempool_init_node(mempool, min_nr, alloc_fn,
						 free_fn, pool_data, gfp,
						 node)) {
		kfree(mempool);
		mempool = NULL;
	}
	return mempool;
}

static inline struct rsvpool_mempool *
rsvpool_mempool_create(int min_nr, mempool_alloc_t *alloc_fn,
		       mempool_free_t *free_fn, void *pool_data)
{
	return rsvpool_mempool_create_node(min_nr, alloc_fn, free_fn, pool_data,
					   GFP_KERNEL, NUMA_NO_NODE);
}

static inline void rsvpool_mempool_destroy(struct rsvpool_mempool *mempool)
{
	if (!mempool)
		return;
	rsvpool_mempool_exit(mempool);
	kfree(mempool);
}

static inline void *rsvpool_mempool_alloc(struct rsvpool_mempool *mempool,
					  gfp_t gfp)
{
	if (WARN_ON_ONCE(gfp & __GFP_ZERO))
		gfp &= ~__GFP_ZERO;
	return rsvpool_alloc(mempool->pool, gfp);
}

static inline void *
rsvpool_mempool_alloc_preallocated(struct rsvpool_mempool *mempool)
{
	return rsvpool_tryalloc(mempool->pool);
}

static inline void rsvpool_mempool_free(void *element,
					struct rsvpool_mempool *mempool)
{
	if (element)
		rsvpool_free(mempool->pool, element);
}

/*
 * The names.  Those of functions stand for themselves, so that a pointer to one
 * can be taken.
 */
#define mempool_s			rsvpool_mempool
#define mempool_t			rsvpool_mempool_t

#undef mempool_init
#undef mempool_create
#undef mempool_create_node
#undef mempool_alloc
#undef mempool_alloc_noreserve

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

/*
 * mempool_alloc_slab(), mempool_kmalloc(), mempool_alloc_pages() and what frees
 * for them are the kernel's.  Older kernels have none for kvmalloc().
 */
#define mempool_kvmalloc		rsvpool_mempool_kvmalloc
#define mempool_kvfree			rsvpool_mempool_kvfree

static inline int
rsvpool_mempool_init_slab_pool(struct rsvpool_mempool *mempool, int min_nr,
			       struct kmem_cache *cache)
{
	return mempool_init(mempool, min_nr, mempool_alloc_slab,
			    mempool_free_slab, cache);
}

static inline struct rsvpool_mempool *
rsvpool_mempool_create_slab_pool(int min_nr, struct kmem_cache *cache)
{
	return mempool_create(min_nr, mempool_alloc_slab, mempool_free_slab,
			      cache);
}

static inline int
rsvpool_mempool_init_kmalloc_pool(struct rsvpool_mempool *mempool, int min_nr,
				  size_t size)
{
	return mempool_init(mempool, min_nr, mempool_kmalloc, mempool_kfree,
			    (void *)size);
}

static inline struct rsvpool_mempool *
rsvpool_mempool_create_kmalloc_pool(int min_nr, size_t size)
{
	return mempool_create(min_nr, mempool_kmalloc, mempool_kfree,
			      (void *)size);
}

static inline int
rsvpool_mempool_init_kvmalloc_pool(struct rsvpool_mempool *mempool, int min_nr,
				   size_t size)
{
	return mempool_init(mempool, min_nr, mempool_kvmalloc, mempool_kvfree,
			    (void *)size);
}

static inline struct rsvpool_mempool *
rsvpool_mempool_create_kvmalloc_pool(int min_nr, size_t size)
{
	return mempool_create(min_nr, mempool_kvmalloc, mempool_kvfree,
			      (void *)size);
}

static inline int
rsvpool_mempool_init_page_pool(struct rsvpool_mempool *mempool, int min_nr,
			       int order)
{
	return mempool_init(mempool, min_nr, mempool_alloc_pages,
			    mempool_free_pages, (void *)(long)order);
}

static inline struct rsvpool_mempool *
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

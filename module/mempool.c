// SPDX-License-Identifier: GPL-2.0
/*
 * What the mempool API on rsvpool is made of: a pool whose ops are a mempool's
 * alloc_fn and free_fn.  The rest is inline, in linux/rsvpool_mempool.h, which
 * says what is different.
 *
 * Creating and resizing are for tasks that may sleep.  The ops are entered from
 * wherever a pool without a maximum may ask its source, or free to it: the
 * worker, and the callers of mempool_alloc() and mempool_free(), in the contexts
 * in which a mempool would call the same functions.  There is no lock here; what
 * the ops read is written before the pool exists, except for "creating", which
 * matters to nobody but the creator.
 */
#include <linux/rsvpool_mempool.h>

#include <linux/export.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>

#include "internal.h"

/* Of a module's name, so that a number has room behind it. */
#define OWNER_MAX	24

/* Of a gfp, what says what kind of memory an element is. */
#define GFP_OF_ELEMENT	(GFP_ZONEMASK | __GFP_COMP)

/*
 * Elements are interchangeable, so all are of the kind that was asked for at
 * creation.  The first ones are asked for as the creator would himself: he may
 * wait, and alloc_fn may be choosy with __GFP_NORETRY.  Others can come here at
 * that time only through a pool that they found by its name: who may not do all
 * that GFP_KERNEL may keeps his own gfp.
 */
static void *mempool_ops_alloc(gfp_t gfp, int node, void *data)
{
	struct rsvpool_mempool *mempool = data;

	if (READ_ONCE(mempool->creating) && (gfp & GFP_KERNEL) == GFP_KERNEL)
		gfp = mempool->created_gfp;
	else
		gfp |= mempool->created_gfp & GFP_OF_ELEMENT;
	return mempool->alloc(gfp, mempool->pool_data);
}

static void mempool_ops_free(void *element, void *data)
{
	struct rsvpool_mempool *mempool = data;

	mempool->free(element, mempool->pool_data);
}

static const struct rsvpool_ops mempool_ops = {
	.alloc = mempool_ops_alloc,
	.free = mempool_ops_free,
};

/* Bytes of an element, if one of the common functions makes it; else 0. */
static size_t mempool_bytes(mempool_alloc_t *alloc_fn, void *pool_data)
{
	if (alloc_fn == mempool_alloc_slab)
		return kmem_cache_size(pool_data);
	if (alloc_fn == mempool_alloc_pages)
		return PAGE_SIZE << (long)pool_data;
	if (alloc_fn == mempool_kmalloc || alloc_fn == rsvpool_mempool_kvmalloc)
		return (size_t)pool_data;
	return 0;
}

/* rsvpool_create(), in which nothing is allocated that @gfp would not allow. */
static struct rsvpool *create_within(const struct rsvpool_attr *attr, gfp_t gfp)
{
	struct rsvpool *pool;
	unsigned int scope;

	if (!(gfp & __GFP_IO)) {
		scope = memalloc_noio_save();
		pool = rsvpool_create(attr);
		memalloc_noio_restore(scope);
	} else if (!(gfp & __GFP_FS)) {
		scope = memalloc_nofs_save();
		pool = rsvpool_create(attr);
		memalloc_nofs_restore(scope);
	} else {
		pool = rsvpool_create(attr);
	}
	return pool;
}

/**
 * rsvpool_mempool_setup - what mempool_init_node() does
 * @mempool: to be set up
 * @min_nr: elements that are guaranteed; 0 is taken for 1
 * @alloc_fn: makes an element, or returns NULL
 * @free_fn: takes one back
 * @pool_data: passed to both
 * @gfp: for the first elements; its zone and __GFP_COMP are for all
 * @node: NUMA node for what @alloc_fn does not allocate itself
 * @owner: the module that it is for: the pool is @owner, cut to so many
 *	characters as leave room, and a number
 *
 * Context: Task, may sleep; not while somebody who frees memory waits for the
 * caller.
 * Return: 0; -EINVAL for a negative @min_nr or a @gfp without direct reclaim;
 * otherwise as rsvpool_create().
 */
int rsvpool_mempool_setup(struct rsvpool_mempool *mempool, int min_nr,
			  mempool_alloc_t *alloc_fn, mempool_free_t *free_fn,
			  void *pool_data, gfp_t gfp, int node,
			  const char *owner)
{
	char name[OWNER_MAX + 1];
	struct rsvpool_attr attr;
	struct rsvpool *pool;

	*mempool = (struct rsvpool_mempool) {
		.min_nr = min_nr,
		.created_gfp = gfp,
		.creating = true,
		.pool_data = pool_data,
		.alloc = alloc_fn,
		.free = free_fn,
	};
	strscpy(name, owner, sizeof(name));
	if (min_nr < 0) {
		pool_refuse(name, "min_nr", "%d is below 0", min_nr);
		return -EINVAL;
	}
	if (!gfpflags_allow_blocking(gfp)) {
		pool_refuse(name, "gfp", "has no direct reclaim: this sleeps");
		return -EINVAL;
	}

	rsvpool_attr_init(&attr, name);
	attr.numbered = true;
	attr.source = RSVPOOL_OPS;
	attr.ops = &mempool_ops;
	attr.data = mempool;
	attr.size = mempool_bytes(alloc_fn, pool_data);
	attr.reserve = max(min_nr, 1);
	attr.max = 0;
	attr.cache = 0;
	/* No more than the reserve at rest, whatever that is. */
	attr.low = 0;
	attr.high = 0;
	attr.adaptive = false;
	attr.policy = RSVPOOL_POLICY_SOURCE;
	/* mempools are created for nodes that are not there yet, too. */
	if (node != NUMA_NO_NODE && node_online(node))
		attr.node = node;
	pool = create_within(&attr, gfp);
	WRITE_ONCE(mempool->creating, false);
	if (IS_ERR(pool))
		return PTR_ERR(pool);
	mempool->pool = pool;
	return 0;
}
EXPORT_SYMBOL_GPL(rsvpool_mempool_setup);

/**
 * rsvpool_mempool_resize - what mempool_resize() does
 * @mempool: the mempool
 * @min_nr: elements that are to be guaranteed
 *
 * Context: Task, may sleep.
 * Return: 0; otherwise as rsvpool_resize(), with nothing changed: -EINVAL for
 * less than 1, -ERANGE for more than there are places, -ENOMEM for more than
 * there is memory.
 */
int rsvpool_mempool_resize(struct rsvpool_mempool *mempool, int min_nr)
{
	int err = rsvpool_resize(mempool->pool, max(min_nr, 0));

	if (!err)
		mempool->min_nr = min_nr;
	return err;
}
EXPORT_SYMBOL_GPL(rsvpool_mempool_resize);

/**
 * rsvpool_mempool_alloc_noreserve - what mempool_alloc_noreserve() does
 * @mempool: the mempool
 * @gfp: as for mempool_alloc()
 *
 * Context: As @gfp says.
 * Return: an element of the source's, counted as one of the pool's; or NULL.
 */
void *rsvpool_mempool_alloc_noreserve(struct rsvpool_mempool *mempool,
				      gfp_t gfp)
{
	void *element;

	element = rung_source(mempool->pool, gfp, gfpflags_allow_blocking(gfp));
	return alloc_finish(mempool->pool, 0, element, _RET_IP_);
}
EXPORT_SYMBOL_GPL(rsvpool_mempool_alloc_noreserve);

/**
 * rsvpool_mempool_kvmalloc - what mempool_kvmalloc() does
 * @gfp: as for kvmalloc()
 * @pool_data: the number of bytes
 *
 * Context: As @gfp says; without direct reclaim only kmalloc() is tried.
 * Return: memory, or NULL.
 */
void *rsvpool_mempool_kvmalloc(gfp_t gfp, void *pool_data)
{
	size_t size = (size_t)pool_data;

	/* What vmalloc() does sleeps, whatever gfp says. */
	if (!gfpflags_allow_blocking(gfp))
		return kmalloc(size, gfp);
	return kvmalloc(size, gfp);
}
EXPORT_SYMBOL_GPL(rsvpool_mempool_kvmalloc);

/**
 * rsvpool_mempool_kvfree - what mempool_kvfree() does
 * @element: from rsvpool_mempool_kvmalloc()
 * @pool_data: not used
 *
 * Context: As kvfree() has it.
 */
void rsvpool_mempool_kvfree(void *element, void *pool_data)
{
	kvfree(element);
}
EXPORT_SYMBOL_GPL(rsvpool_mempool_kvfree);

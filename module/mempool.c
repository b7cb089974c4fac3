// SPDX-License-Identifier: GPL-2.0
/*
 * The mempool API on rsvpool: a pool whose ops are a mempool's alloc_fn and
 * free_fn.  The rest is inline, in linux/rsvpool_mempool.h, which says what is
 * different.
 *
 * Creating and resizing are for tasks that may sleep.  The ops are entered from
 * wherever a pool without a maximum may ask its source, or free to it: the
 * worker, and the callers of mempool_alloc() and mempool_free(), in the
 * contexts in which a mempool would call the same functions.  What the ops read
 * is written before the pool exists, except for "creating", which only the
 * creator depends on.
 *
 * Two pairs of functions look alike.  mempool_ops_alloc() and
 * mempool_ops_free() are the pool's source.  rsvpool_mempool_fn_alloc() and
 * rsvpool_mempool_fn_free() are the alloc and free functions of the mempool_t
 * itself, for code that was compiled against the kernel's mempools; the first
 * of them also identifies a mempool that was made here.
 *
 * all_lock, a mutex, protects the list of all mempools made here.  Code that
 * holds it calls nothing else.
 */
#include <linux/rsvpool_mempool.h>

#include <linux/export.h>
#include <linux/mm.h>
#include <linux/notifier.h>
#include <linux/sched/mm.h>
#include <linux/wait.h>

#include "alloc.h"
#include "internal.h"
#include "mempool.h"
#include "tryalloc.h"

static DEFINE_MUTEX(all_lock);
static LIST_HEAD(all_mempools);

/*
 * The min_nr of a mempool_t made here.  With a negative one the kernel's
 * mempool_free() never keeps an element.  Nor does 7.x's treat the mempool as
 * one with a min_nr of 0, which is a special case there.
 */
#define KERNELS_MIN_NR	(-1)

/* The part of a module's name that is used, so that a number fits behind it. */
#define OWNER_MAX	24

/* The gfp bits that choose what kind of memory an element is. */
#define GFP_OF_ELEMENT	(GFP_ZONEMASK | __GFP_COMP)

/*
 * Elements are interchangeable, so all are of the kind that was asked for at
 * creation.  The first ones are asked for with the creator's own gfp, which may
 * wait, as alloc_fn may fail too often with __GFP_NORETRY.  Other callers can
 * come here at that time only through a pool that they found by its name: if
 * their gfp does not allow all that GFP_KERNEL does, they keep it.
 */
static void *mempool_ops_alloc(gfp_t gfp, int node, void *data)
{
	struct rsvpool_mempool *m = data;

	if (READ_ONCE(m->creating) && (gfp & GFP_KERNEL) == GFP_KERNEL)
		gfp = m->created_gfp;
	else
		gfp |= m->created_gfp & GFP_OF_ELEMENT;
	return m->alloc(gfp, m->pool_data);
}

static void mempool_ops_free(void *element, void *data)
{
	struct rsvpool_mempool *m = data;

	m->free(element, m->pool_data);
}

static const struct rsvpool_ops mempool_ops = {
	.alloc = mempool_ops_alloc,
	.free = mempool_ops_free,
};

/* Bytes of an element, if alloc_fn is one of the common functions; else 0. */
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

static void mempool_free_side(struct rsvpool_mempool *m)
{
	lockdep_unregister_key(&m->bulk_key);
	kfree(m);
}

/* rsvpool_create() in the scope (NOIO, NOFS) of @gfp. */
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

/* Set up the mempool_t, so that the kernel's own functions reach the pool. */
static void mempool_bind(mempool_t *mempool, struct rsvpool_mempool *m)
{
	*mempool = (mempool_t) {
		.min_nr = KERNELS_MIN_NR,
		/* Not NULL: that is a mempool which was not initialized. */
		.elements = ZERO_SIZE_PTR,
		.pool_data = m,
		.alloc = rsvpool_mempool_fn_alloc,
		.free = rsvpool_mempool_fn_free,
	};
	spin_lock_init(&mempool->lock);
	init_waitqueue_head(&mempool->wait);
}

int rsvpool_mempool_setup(mempool_t *mempool, int min_nr,
			  mempool_alloc_t *alloc_fn, mempool_free_t *free_fn,
			  void *pool_data, gfp_t gfp, int node,
			  const char *name, struct module *owner)
{
	char base[OWNER_MAX + 1];
	struct rsvpool_mempool *m;
	struct rsvpool_attr attr;
	struct rsvpool *pool;

	memset(mempool, 0, sizeof(*mempool));
	strscpy(base, name, sizeof(base));
	if (min_nr < 0) {
		pool_refuse(base, "min_nr", "%d is below 0", min_nr);
		return -EINVAL;
	}
	if (!gfpflags_allow_blocking(gfp)) {
		pool_refuse(base, "gfp",
			    "%pGg does not allow direct reclaim, but creating a mempool sleeps",
			    &gfp);
		return -EINVAL;
	}
	/* Without the zone in @gfp, which is for elements. */
	m = kzalloc(sizeof(*m), gfp & GFP_KERNEL);
	if (!m)
		return -ENOMEM;
	m->min_nr = min_nr;
	m->created_gfp = gfp;
	m->creating = true;
	m->pool_data = pool_data;
	m->alloc = alloc_fn;
	m->free = free_fn;
	m->owner = owner;
	init_rwsem(&m->bulk);
	/* A driver's alloc_fn may use another mempool. */
	lockdep_register_key(&m->bulk_key);
	lockdep_set_class(&m->bulk, &m->bulk_key);

	rsvpool_attr_init(&attr, base);
	attr.numbered = true;
	attr.source = RSVPOOL_OPS;
	attr.ops = &mempool_ops;
	attr.data = m;
	attr.size = mempool_bytes(alloc_fn, pool_data);
	attr.reserve = max(min_nr, 1);
	attr.max = 0;
	attr.cache = 0;
	/* No more than the reserve at rest, also after a resize. */
	attr.low = 0;
	attr.high = 0;
	attr.adaptive = false;
	attr.policy = RSVPOOL_POLICY_SOURCE;
	/* mempools are also created for nodes that are not online yet. */
	if (node != NUMA_NO_NODE && node_online(node))
		attr.node = node;
	pool = create_within(&attr, gfp);
	WRITE_ONCE(m->creating, false);
	if (IS_ERR(pool)) {
		mempool_free_side(m);
		return PTR_ERR(pool);
	}
	m->pool = pool;
	mempool_bind(mempool, m);
	mutex_lock(&all_lock);
	list_add_tail(&m->in_list, &all_mempools);
	mutex_unlock(&all_lock);
	return 0;
}
EXPORT_SYMBOL_GPL(rsvpool_mempool_setup);

void rsvpool_mempool_teardown(mempool_t *mempool)
{
	struct rsvpool_mempool *m = mempool->pool_data;

	/* The kernel's mempool_resize() may have put elements here. */
	while (mempool->curr_nr)
		rsvpool_free(m->pool, mempool->elements[--mempool->curr_nr]);
	kfree(mempool->elements);
	mempool->elements = NULL;
	mempool->min_nr = KERNELS_MIN_NR;
	mempool->alloc = NULL;
	mempool->pool_data = NULL;
	mutex_lock(&all_lock);
	list_del(&m->in_list);
	mutex_unlock(&all_lock);
	/*
	 * If the pool stays, a bulk request may be on its way out: @m is lost,
	 * with the elements that were not freed.
	 */
	if (pool_destroy(m->pool, __builtin_return_address(0)))
		mempool_free_side(m);
}
EXPORT_SYMBOL_GPL(rsvpool_mempool_teardown);

int rsvpool_mempool_grow(struct rsvpool_mempool *m, int min_nr)
{
	int err = rsvpool_resize(m->pool, max(min_nr, 0));

	if (!err)
		m->min_nr = min_nr;
	return err;
}
EXPORT_SYMBOL_GPL(rsvpool_mempool_grow);

void *rsvpool_mempool_source(struct rsvpool_mempool *m, gfp_t gfp)
{
	void *element;

	element = rung_source(m->pool, gfp, gfpflags_allow_blocking(gfp));
	return alloc_finish(m->pool, 0, element, _RET_IP_);
}
EXPORT_SYMBOL_GPL(rsvpool_mempool_source);

/*
 * More elements than one call can give: take them in parts.  This caller holds
 * elements while it waits, so no other bulk request may wait at the same time:
 * it could be before this one in the queue, and need what this one holds.
 * @bulk excludes these.  A request for one element may be before this one: it
 * needs an element of those that this caller does not hold, of which the
 * reserve has at least one as long as this one is not complete.
 *
 * If the reserve is lowered below @count while this sleeps for a part, that part
 * comes when the source has elements again.
 */
static int get_parts(struct rsvpool_mempool *m, void **elements,
		     unsigned int count)
{
	unsigned int got, part;
	int err = 0;

	down_write(&m->bulk);
	for (got = 0; got < count; got += part) {
		part = min(count - got, RSVPOOL_BULK_MAX);
		/* It may have been lowered meanwhile. */
		err = count > READ_ONCE(m->pool->reserve) ? -EINVAL :
			rsvpool_alloc_bulk(m->pool, GFP_NOIO, part,
					   elements + got);
		if (err)
			break;
	}
	up_write(&m->bulk);
	if (err)
		rsvpool_mempool_put_bulk(m, elements, got);
	return err;
}

int rsvpool_mempool_get_bulk(struct rsvpool_mempool *m, void **elements,
			     unsigned int count)
{
	unsigned int noio;
	int err;

	if (WARN_ON_ONCE(count > max(READ_ONCE(m->pool->reserve), 1U)))
		return -EINVAL;
	if (!count)
		return 0;
	/*
	 * While @bulk is held, reclaim must not wait for I/O: that may need a
	 * bulk request of this mempool, by this task or by another one.  The
	 * scope is for what alloc_fn calls, GFP_NOIO for alloc_fn itself.
	 */
	noio = memalloc_noio_save();
	if (count > RSVPOOL_BULK_MAX) {
		err = get_parts(m, elements, count);
	} else {
		down_read(&m->bulk);
		err = rsvpool_alloc_bulk(m->pool, GFP_NOIO, count, elements);
		up_read(&m->bulk);
	}
	memalloc_noio_restore(noio);
	return err;
}
EXPORT_SYMBOL_GPL(rsvpool_mempool_get_bulk);

void rsvpool_mempool_put_bulk(struct rsvpool_mempool *m, void **elements,
			      unsigned int count)
{
	unsigned int part;

	for (; count; count -= part, elements += part) {
		part = min(count, RSVPOOL_BULK_MAX);
		rsvpool_free_bulk(m->pool, part, elements);
	}
}
EXPORT_SYMBOL_GPL(rsvpool_mempool_put_bulk);

void *rsvpool_mempool_fn_alloc(gfp_t gfp, void *pool_data)
{
	struct rsvpool_mempool *m = pool_data;

	return rsvpool_alloc(m->pool, gfp & ~__GFP_ZERO);
}
EXPORT_SYMBOL_GPL(rsvpool_mempool_fn_alloc);

void rsvpool_mempool_fn_free(void *element, void *pool_data)
{
	struct rsvpool_mempool *m = pool_data;

	if (!WARN_ONCE(!m, "rsvpool: mempool_free() after mempool_exit(); the element is lost\n"))
		rsvpool_free(m->pool, element);
}
EXPORT_SYMBOL_GPL(rsvpool_mempool_fn_free);

void *rsvpool_mempool_kvmalloc(gfp_t gfp, void *pool_data)
{
	size_t size = (size_t)pool_data;

	/* vmalloc() sleeps, whatever gfp says. */
	if (!gfpflags_allow_blocking(gfp))
		return kmalloc(size, gfp);
	return kvmalloc(size, gfp);
}
EXPORT_SYMBOL_GPL(rsvpool_mempool_kvmalloc);

void rsvpool_mempool_kvfree(void *element, void *pool_data)
{
	kvfree(element);
}
EXPORT_SYMBOL_GPL(rsvpool_mempool_kvfree);

/*
 * A module is being unloaded: its exit function has run, its text is still
 * there.  Destroy the mempools that it has left, as they must not call into it
 * any more.
 */
static int owner_goes(struct notifier_block *nb, unsigned long state,
		      void *data)
{
	struct rsvpool_mempool *m, *next;
	LIST_HEAD(left);

	if (state != MODULE_STATE_GOING)
		return NOTIFY_DONE;
	mutex_lock(&all_lock);
	list_for_each_entry_safe(m, next, &all_mempools, in_list)
		if (m->owner == data)
			list_move_tail(&m->in_list, &left);
	mutex_unlock(&all_lock);
	list_for_each_entry_safe(m, next, &left, in_list) {
		pr_err("pool '%s': mempool: its module is being unloaded without mempool_exit(); destroying the pool\n",
		       rsvpool_name(m->pool));
		if (pool_destroy(m->pool, owner_goes))
			mempool_free_side(m);
	}
	return NOTIFY_OK;
}

static struct notifier_block owner_nb = {
	.notifier_call = owner_goes,
};

int mempools_init(void)
{
	return register_module_notifier(&owner_nb);
}

void mempools_exit(void)
{
	unregister_module_notifier(&owner_nb);
}

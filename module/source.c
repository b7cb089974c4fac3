// SPDX-License-Identifier: GPL-2.0
/*
 * Where elements come from: pages, kmalloc, a kmem_cache, another pool, the
 * caller's ops.  This is the one place that counts elements against the
 * maximum, restricts the gfp, and injects failures.
 *
 * Elements of a pool that lends go back to their source after a grace period,
 * as a reader may still use them (lend.c).  Until then they exist, but cannot
 * be used; a work item waits for the grace period.  They are linked through
 * themselves, so nothing has to be allocated.
 *
 * Entered from task context, and in the contexts in which rsvpool_alloc() may
 * be called with a gfp that does not sleep; never from rsvpool_tryalloc(), nor
 * from rsvpool_free() of a pool that has a maximum.  No spinlock of rsvpool is
 * held; a pool's settings and stack_lock may be.
 */
#include <linux/hardirq.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/topology.h>
#include <linux/slab.h>

#include "alloc.h"
#include "debug.h"
#include "internal.h"
#include "kasan.h"
#include "kick.h"
#include "lend.h"
#include "registry.h"
#include "source.h"
#include "stats.h"
#include "tryalloc.h"
#include "worker.h"

/**
 * source_gfp - the bits of a caller's gfp that reach the source
 * @gfp: the caller's
 * @reclaim: with direct reclaim, if @gfp allows it
 *
 * Keeps only the reclaim, I/O and FS bits, so that the source never uses the
 * system's emergency reserves: no __GFP_HIGH; __GFP_NOMEMALLOC, in case the
 * task has PF_MEMALLOC; and no direct reclaim for real-time tasks, for which
 * the page allocator would open its reserves.  Adds __GFP_NORETRY, because the
 * pool itself is the next thing to try.
 *
 * Context: Any.
 * Return: the gfp for source_alloc().
 */
gfp_t source_gfp(gfp_t gfp, bool reclaim)
{
	gfp &= __GFP_RECLAIM | __GFP_IO | __GFP_FS;
	if (!reclaim || (in_task() && current->prio < MAX_RT_PRIO))
		gfp &= ~__GFP_DIRECT_RECLAIM;
	return gfp | __GFP_NOMEMALLOC | __GFP_NORETRY | __GFP_NOWARN;
}

/*
 * May the source be called here?  Never in NMI.  On PREEMPT_RT the allocators
 * take sleeping locks, so only in preemptible code.  A source that sleeps with
 * every gfp is called only if the caller may sleep.
 */
bool source_allowed(const struct rsvpool *pool, gfp_t gfp)
{
	if (in_nmi())
		return false;
	if (pool->source_sleeps && !gfpflags_allow_blocking(gfp))
		return false;
	return !IS_ENABLED(CONFIG_PREEMPT_RT) || preemptible();
}

/* Must this call fail because of debugfs's "inject"?  Counts the call. */
static bool inject_fails(struct rsvpool *pool)
{
	bool fails = false;

	/* Pairs with inject_set(). */
	switch (smp_load_acquire(&pool->inject)) {
	case INJECT_OFF:
		return false;
	case INJECT_ALWAYS:
	case INJECT_REHEARSE:
		fails = true;
		break;
	case INJECT_EVERY:
		fails = (unsigned int)atomic_inc_return(&pool->inject_n) %
			READ_ONCE(pool->inject_every) == 0;
		break;
	case INJECT_NEXT:
		fails = atomic_dec_if_positive(&pool->inject_n) >= 0;
		break;
	}
	if (fails)
		atomic_inc(&pool->injected);
	return fails;
}

/*
 * The owner's functions, and its kmem_cache with the constructor, are called
 * only between source_enter() and source_exit(), and not after the owner has
 * left the pool, as its code may be gone.  Either source_disable() sees the
 * count or source_enter() sees the flag: each has a full barrier between its
 * write and its read.  None of this is on the fast paths.
 */
static bool source_enter(struct rsvpool *pool)
{
	atomic_inc(&pool->calls);
	smp_mb__after_atomic();	/* pairs with smp_mb() in source_disable() */
	return likely(!READ_ONCE(pool->orphan));
}

/* Before the element is counted down, as the pool must still exist. */
static void source_exit(struct rsvpool *pool)
{
	/*
	 * Full barrier: orders the call's accesses before.  Pairs with the
	 * acquire in pool_wait_calls().
	 */
	if (atomic_dec_and_test(&pool->calls) &&
	    unlikely(READ_ONCE(pool->orphan)))
		pool_life_changed();
}

/**
 * source_disable - end all calls of the owner's functions
 * @pool: the pool, whose owner goes
 *
 * Later the pool gets no more elements from any source.  Elements that it gives
 * up later leak if they came from a kmem_cache or from ops; others are still
 * freed.
 *
 * Context: Task, may sleep: waits for calls of the source that are in progress.
 */
void source_disable(struct rsvpool *pool)
{
	WRITE_ONCE(pool->orphan, true);
	smp_mb();	/* pairs with the one in source_enter() */
	pool_wait_calls(pool);
}

/*
 * The node that is wanted: the pool's, or, if the pool takes any, this CPU's.
 */
static int source_node(const struct rsvpool *pool)
{
	return pool->node == NUMA_NO_NODE ? numa_mem_id() : pool->node;
}

static void source_count_nodes(struct rsvpool *pool, unsigned int nr,
			       unsigned int hits)
{
	stat_add(pool, STAT_NODE_HIT, hits);
	stat_add(pool, STAT_NODE_MISS, nr - hits);
}

/*
 * Count the nodes that new elements come from.  Only for memory that this file
 * has asked for: another pool has counted its own, and ops may return any
 * pointer.
 */
static void source_note_nodes(struct rsvpool *pool, void **elements,
			      unsigned int nr)
{
	int wanted = source_node(pool);
	unsigned int hits = 0, i;

	switch (pool->source) {
	case RSVPOOL_PAGES:
	case RSVPOOL_KMALLOC:
	case RSVPOOL_KMEM_CACHE:
		for (i = 0; i < nr; i++)
			hits += page_to_nid(virt_to_page(elements[i])) == wanted;
		source_count_nodes(pool, nr, hits);
		break;
	default:
		break;
	}
}

/*
 * Get several elements by one of the kernel's bulk calls, which costs less than
 * a call for each.  If it gives fewer than asked for, or none, the source may
 * still have more: the page allocator stops where its per-CPU list ends, and
 * slab gives all or nothing.
 */
static unsigned int source_call_bulk(struct rsvpool *pool, gfp_t gfp,
				     unsigned int nr, void **elements)
{
	struct page **pages = (struct page **)elements;
	unsigned int got, hits = 0, i;
	int wanted;

	if (pool->source == RSVPOOL_KMEM_CACHE) {
		got = kmem_cache_alloc_bulk(pool->kmem_cache, gfp, nr,
					    elements) ? nr : 0;
		source_note_nodes(pool, elements, got);
		return got;
	}
	/* The bulk call fills only entries that are NULL. */
	memset(pages, 0, nr * sizeof(*pages));
	got = alloc_pages_bulk_node(gfp, pool->node, nr, pages);
	wanted = source_node(pool);
	for (i = 0; i < got; i++) {
		hits += page_to_nid(pages[i]) == wanted;
		elements[i] = page_address(pages[i]);
	}
	source_count_nodes(pool, got, hits);
	return got;
}

/*
 * Use a bulk call of the kernel for this source?  There is one for pages of
 * order 0, and for a kmem_cache if any node will do.  Not while "inject" is on,
 * which counts single requests.
 */
static bool source_has_bulk(const struct rsvpool *pool)
{
	if (READ_ONCE(pool->inject) != INJECT_OFF)
		return false;
	return (pool->source == RSVPOOL_PAGES && !pool->order) ||
		(pool->source == RSVPOOL_KMEM_CACHE &&
		 pool->node == NUMA_NO_NODE);
}

static void *source_call(struct rsvpool *pool, gfp_t gfp, bool for_reserve)
{
	struct page *page;
	void *element;

	switch (pool->source) {
	case RSVPOOL_PAGES:
		page = alloc_pages_node(pool->node, gfp, pool->order);
		return page ? page_address(page) : NULL;
	case RSVPOOL_KMALLOC:
		return kmalloc_node(pool->size, gfp, pool->node);
	case RSVPOOL_KMEM_CACHE:
		return kmem_cache_alloc_node(pool->kmem_cache, gfp,
					     pool->node);
	case RSVPOOL_POOL:
		/*
		 * Never sleeps in the parent's queue, nor overtakes sleepers:
		 * this pool has further rungs, and a task that holds elements
		 * of the parent may be waiting for this pool's.  The parent's
		 * reserve is for its users and for this pool's reserve, not
		 * for elements that this pool keeps above min.
		 */
		element = rung_depot(pool->parent, true, !for_reserve);
		if (!element)
			element = rung_source(pool->parent,
					      gfp & ~__GFP_DIRECT_RECLAIM,
					      false);
		return alloc_finish(pool->parent, 0, element, _RET_IP_);
	case RSVPOOL_OPS:
		return pool->ops->alloc(gfp, pool->node, pool->data);
	}
	return NULL;
}

/*
 * Count up to @nr more elements, as many as the maximum leaves room for;
 * returns how many.  Elements are counted before they exist, so that there are
 * never more than the maximum.
 */
static unsigned int source_count_up(struct rsvpool *pool, unsigned int nr)
{
	int total = atomic_read(&pool->total);

	if (!pool->max) {
		atomic_add(nr, &pool->total);
		return nr;
	}
	do {
		if (total >= pool->max)
			return 0;
		nr = min(nr, pool->max - total);
	} while (!atomic_try_cmpxchg(&pool->total, &total, total + nr));
	return nr;
}

/*
 * @nr elements exist no longer.  Preemption is off until the last access to the
 * pool: once nothing is outstanding, the pool may be torn down after a grace
 * period.
 */
static void source_count_down(struct rsvpool *pool, unsigned int nr)
{
	preempt_disable_notrace();
	atomic_sub(nr, &pool->total);
	refill_room(pool);
	preempt_enable_notrace();
}

/*
 * Update the peak.  The total may include elements that do not exist yet.
 */
static void source_count_peak(struct rsvpool *pool)
{
	int total = atomic_read(&pool->total), peak = atomic_read(&pool->peak);

	while (total > peak)
		if (atomic_try_cmpxchg(&pool->peak, &peak, total))
			break;
}

/* New elements exist, and are free: count, poison and mark them. */
static void source_note(struct rsvpool *pool, void **elements, unsigned int nr)
{
	unsigned int i;

	source_count_peak(pool);
	for (i = 0; pool->debug_table && i < nr; i++)
		debug_add(pool, elements[i]);
	for (i = 0; element_marked(pool) && i < nr; i++)
		element_mark(pool, elements[i], KASAN_ELEMENT_FREE);
}

/**
 * source_ask - ask the source for an element, and report if max was reached
 * @pool: the pool
 * @gfp: from source_gfp()
 * @for_reserve: the element is for the pool's reserve: if the source is another
 *	pool, it may be taken from below that pool's min watermark, too
 * @full: set to whether the maximum was reached, so that the source was not
 *	asked.  The caller cannot find that out later, as the worker may release
 *	elements
 *
 * Context: As @gfp says, where source_allowed() is true.
 * Return: an element, or NULL: at the maximum, for an orphan, or if the source
 * had none.
 */
void *source_ask(struct rsvpool *pool, gfp_t gfp, bool for_reserve, bool *full)
{
	void *element;

	*full = !source_count_up(pool, 1);
	if (*full)
		return NULL;

	element = NULL;
	if (source_enter(pool) && !inject_fails(pool))
		element = source_call(pool, gfp, for_reserve);
	source_exit(pool);
	if (unlikely(!element)) {
		stat_inc(pool, STAT_SOURCE_FAILS);
		source_count_down(pool, 1);
		return NULL;
	}
	source_note_nodes(pool, &element, 1);
	source_note(pool, &element, 1);
	return element;
}

/* The same, for callers that do not need the reason. */
void *source_alloc(struct rsvpool *pool, gfp_t gfp, bool for_reserve)
{
	bool full;

	return source_ask(pool, gfp, for_reserve, &full);
}

/**
 * source_alloc_many - ask the source for several elements
 * @pool: the pool
 * @gfp: from source_gfp()
 * @nr: how many, at most RSVPOOL_BATCH_MAX
 * @for_reserve: the first so many of them are for the pool's reserve: see
 *	source_ask()
 * @elements: where to put them, from the start
 *
 * Uses a bulk call of the kernel if there is one.  Asks for the others one by
 * one: so only single requests find, and count, that the source has no more.
 *
 * Context: Task, may sleep.
 * Return: how many there are; fewer than @nr at the maximum, or when the source
 * had none.
 */
unsigned int source_alloc_many(struct rsvpool *pool, gfp_t gfp,
			       unsigned int nr, unsigned int for_reserve,
			       void **elements)
{
	unsigned int got = 0, room;

	if (source_has_bulk(pool)) {
		room = source_count_up(pool, nr);
		if (room && source_enter(pool))
			got = source_call_bulk(pool, gfp, room, elements);
		if (room)
			source_exit(pool);
		if (got < room)
			source_count_down(pool, room - got);
		if (got)
			source_note(pool, elements, got);
	}
	for (; got < nr; got++) {
		elements[got] = source_alloc(pool, gfp, got < for_reserve);
		if (!elements[got])
			break;
	}
	return got;
}

static void source_free_now(struct rsvpool *pool, void *element)
{
	if (pool->debug_table)
		debug_remove(pool, element);
	element_mark(pool, element, KASAN_IN_USE);
	/* The owner's kmem_cache or functions may be gone. */
	if (!source_enter(pool) && (pool->source == RSVPOOL_KMEM_CACHE ||
				    pool->source == RSVPOOL_OPS))
		goto gone;
	switch (pool->source) {
	case RSVPOOL_PAGES:
		free_pages((unsigned long)element, pool->order);
		break;
	case RSVPOOL_KMALLOC:
		kfree(element);
		break;
	case RSVPOOL_KMEM_CACHE:
		kmem_cache_free(pool->kmem_cache, element);
		break;
	case RSVPOOL_POOL:
		rsvpool_free(pool->parent, element);
		break;
	case RSVPOOL_OPS:
		pool->ops->free(element, pool->data);
		break;
	}
gone:
	source_exit(pool);
	source_count_down(pool, 1);
}

/*
 * Start a grace period for the listed elements, unless one is running: then
 * deferred_fn() checks for more.  If code adds an element and then finds armed
 * set, deferred_fn() sees the element after it has cleared armed: the exchange
 * of armed is a full barrier in both functions.
 */
static void deferred_start_gp(struct rsvpool_loans *l)
{
	/*
	 * Preemption is off, because source_drain() spins while armed is set
	 * and the work is not queued yet.
	 */
	preempt_disable_notrace();
	if (!atomic_xchg(&l->armed, 1)) {
		l->in_gp = llist_del_all(&l->deferred);
		worker_queue_rcu(&l->work);
	}
	preempt_enable_notrace();
}

static void deferred_fn(struct work_struct *work)
{
	struct rsvpool_loans *l = container_of(to_rcu_work(work),
					       struct rsvpool_loans, work);
	struct llist_node *element = l->in_gp, *next;

	for (; element; element = next) {
		next = element->next;
		atomic_dec(&l->deferred_nr);
		source_free_now(l->pool, element);
		cond_resched();
	}
	atomic_xchg(&l->armed, 0);
	if (!llist_empty(&l->deferred))
		deferred_start_gp(l);
}

/**
 * source_flush - wait until elements whose grace period runs are at the source
 * @pool: the pool
 *
 * Does not wait for elements that were released after that grace period began.
 *
 * Context: Task, may sleep.
 */
void source_flush(struct rsvpool *pool)
{
	if (pool->loans)
		flush_rcu_work(&pool->loans->work);
}

void source_deferred_setup(struct rsvpool_loans *l)
{
	INIT_RCU_WORK(&l->work, deferred_fn);
}

/**
 * source_drain - wait until all released elements have arrived at the source
 * @pool: a pool that releases no more elements; if a walker still does, the
 *	caller checks again
 *
 * Context: Task, may sleep.
 */
void source_drain(struct rsvpool *pool)
{
	struct rsvpool_loans *l = pool->loans;

	if (!l)
		return;
	do
		flush_rcu_work(&l->work);
	while (atomic_read(&l->armed));
}

/**
 * source_free - give an element back to the source
 * @pool: the pool
 * @element: the element; if it was lent, the loan has been revoked
 *
 * Context: Task; for a pool with max=0 wherever its source may be called.
 */
void source_free(struct rsvpool *pool, void *element)
{
	struct rsvpool_loans *l = pool->loans;

	if (likely(!l) || !READ_ONCE(l->lending)) {
		source_free_now(pool, element);
		return;
	}
	atomic_inc(&l->deferred_nr);
	llist_add(element, &l->deferred);
	deferred_start_gp(l);
}

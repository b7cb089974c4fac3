// SPDX-License-Identifier: GPL-2.0
/*
 * The life of a pool: checking attributes, building it, publishing it, finding
 * it, tearing it down.  reserve.c changes its reserve.
 *
 * All of it runs in task context.  The registry's lock protects the list of
 * pools, and the state, users and references of each; the fast paths never read
 * any of that.  Code that holds it waits for nothing.  A pool that is being
 * built or destroyed is in that state (enum pool_state), and its name is taken,
 * but no lock is held meanwhile.
 *
 * Two kinds of counts keep a pool.  Users hold it for as long as they like: while
 * a pool has users, it is not destroyed.  References are held for a while, by
 * walkers and by code that waits for a pool's stack_lock: destroying waits for
 * them.
 *
 * Calls take no reference.  Code that allocates is a user.  A free may still
 * run when the last user has gone: it has preemption off until its last access
 * to the pool (free.c), and pool_teardown() waits for a grace period.  Calls of
 * the source are counted (pool->calls): if the pool becomes an orphan,
 * source_disable() waits for them.
 *
 * A pool is also not destroyed while it is in use: tasks sleep in its queue,
 * sections are open, elements are outstanding, or other pools have it as their
 * parent.  Destroying it by name is refused with -EBUSY.  rsvpool_destroy(),
 * whose caller goes away, warns and makes the pool an orphan: the owner's
 * functions are not called any more, its sleepers stay in the queue, and frees
 * serve them.  So no task ever sleeps for a pool that is gone.
 */
#include <linux/cpumask.h>
#include <linux/ctype.h>
#include <linux/export.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/nodemask.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/wait.h>

#include "adapt.h"
#include "attr.h"
#include "cache.h"
#include "cache_trim.h"
#include "debug.h"
#include "debugfs.h"
#include "depot.h"
#include "event.h"
#include "holders.h"
#include "internal.h"
#include "irq_work.h"
#include "kasan.h"
#include "kick.h"
#include "latency.h"
#include "lend.h"
#include "nmi_slots.h"
#include "refill.h"
#include "registry.h"
#include "reserve.h"
#include "section.h"
#include "source.h"
#include "stats.h"
#include "sysfs.h"
#include "trace.h"
#include "watermarks.h"
#include "worker.h"

static u64 pool_serials;
static bool pools_traced;

#define DEFAULT_CACHE		64U
#define DEFAULT_CACHE_BYTES	SZ_256K		/* a CPU, at most */
#define DEFAULT_BATCH		16U
#define DEFAULT_DECAY_MS	10000U
#define DEFAULT_STALL_MS	10000U
#define DRAIN_PAUSE		(HZ / 10)	/* between checks, at most */
#define STALL_INTERVAL		(10 * HZ)	/* between two reports */

static bool name_valid(const char *name)
{
	size_t i, len;

	if (!name)
		return false;
	len = strnlen(name, RSVPOOL_NAME_MAX + 1);
	if (!len || len > RSVPOOL_NAME_MAX || name[0] == '.')
		return false;
	for (i = 0; i < len; i++)
		if (!isascii(name[i]) ||
		    !(isalnum(name[i]) || strchr("_-.", name[i])))
			return false;
	return true;
}

static bool node_valid(int node)
{
	return node >= 0 && node < MAX_NUMNODES && node_online(node);
}

static struct rsvpool *pool_find(const char *name)
{
	struct rsvpool *pool;

	lockdep_assert_held(&rsvpool_registry);
	list_for_each_entry(pool, &rsvpool_pools, node_in_registry)
		if (!strcmp(pool->name, name))
			return pool;
	return NULL;
}

static unsigned int attr_or_default(unsigned int value, unsigned int otherwise)
{
	return value == RSVPOOL_DEFAULT ? otherwise : value;
}

static int set_source(struct rsvpool *pool, const struct rsvpool_attr *attr)
{
	pool->source = attr->source;
	pool->depth = 1;
	pool->opaque = attr->opaque;
	pool->source_sleeps = attr->source_sleeps;
	switch (attr->source) {
	case RSVPOOL_PAGES:
		if (attr->order > RSVPOOL_MAX_ORDER)
			return refuse(pool, -ERANGE, "order",
				      "%u is not in 0..%u", attr->order,
				      RSVPOOL_MAX_ORDER);
		pool->order = attr->order;
		pool->size = PAGE_SIZE << attr->order;
		return 0;
	case RSVPOOL_KMALLOC:
		if (attr->size < RSVPOOL_MIN_SIZE ||
		    attr->size > RSVPOOL_MAX_SIZE)
			return refuse(pool, -ERANGE, "size",
				      "%zu is not in %u..%u", attr->size,
				      RSVPOOL_MIN_SIZE, RSVPOOL_MAX_SIZE);
		pool->size = attr->size;
		return 0;
	case RSVPOOL_KMEM_CACHE:
		pool->kmem_cache = attr->kmem_cache;
		pool->size = kmem_cache_size(attr->kmem_cache);
		/* Too small for a list node. */
		pool->opaque |= pool->size < sizeof(struct llist_node);
		return 0;
	case RSVPOOL_POOL:
		if (attr->parent->depth >= RSVPOOL_DEPTH_MAX)
			return refuse(pool, -ELOOP, "parent",
				      "'%s' is pool %u of a stack, and a stack has at most %u pools",
				      attr->parent->name, attr->parent->depth,
				      RSVPOOL_DEPTH_MAX);
		pool->parent = attr->parent;
		pool->depth = attr->parent->depth + 1;
		pool->size = attr->parent->size;
		pool->opaque |= attr->parent->opaque;
		pool->source_sleeps |= attr->parent->source_sleeps;
		return 0;
	case RSVPOOL_OPS:
		if (!attr->ops->alloc || !attr->ops->free)
			return refuse(pool, -EINVAL, "ops",
				      "alloc or free is missing");
		pool->ops = attr->ops;
		pool->data = attr->data;
		pool->size = attr->size;
		pool->opaque = true;
		return 0;
	}
	return refuse(pool, -EINVAL, "element", "unknown source %d",
		      attr->source);
}

static int set_cache(struct rsvpool *pool, const struct rsvpool_attr *attr)
{
	unsigned int fits = DEFAULT_CACHE_BYTES / max_t(size_t, pool->size, 1);
	unsigned int wanted = min(max(fits, 1U), DEFAULT_CACHE);

	wanted = max(wanted, attr_or_default(attr->cache, 0));
	pool->cache_max = attr_or_default(attr->cache_max, wanted);
	if (pool->cache_max > RSVPOOL_CACHE_MAX)
		return refuse(pool, -ERANGE,
			      attr->cache_max == RSVPOOL_DEFAULT ?
			      "cache" : "cache_max", "%u is not in 0..%u",
			      pool->cache_max, RSVPOOL_CACHE_MAX);
	pool->cache = attr_or_default(attr->cache, min(wanted, pool->cache_max));
	pool->cache_set = pool->cache;
	pool->caches = pool->cache;
	if (pool->cache > pool->cache_max)
		return refuse(pool, -ERANGE, "cache",
			      "%u is not in 0..cache_max, %u", pool->cache,
			      pool->cache_max);
	pool->batch = attr_or_default(attr->batch, DEFAULT_BATCH);
	if (!pool->batch || pool->batch > RSVPOOL_BATCH_MAX)
		return refuse(pool, -ERANGE, "batch", "%u is not in 1..%u",
			      pool->batch, RSVPOOL_BATCH_MAX);
	return 0;
}

static int set_reserve(struct rsvpool *pool, const struct rsvpool_attr *attr)
{
	unsigned int capacity;

	pool->reserve = attr->reserve;
	if (attr->reserve > RSVPOOL_MAX_ELEMENTS)
		return refuse(pool, -ERANGE, "reserve", "%u is not in 0..%u",
			      attr->reserve, RSVPOOL_MAX_ELEMENTS);
	/* Room for twice the reserve, and for every CPU's cache. */
	capacity = min_t(u64, RSVPOOL_MAX_ELEMENTS, 2ULL * attr->reserve +
			 (u64)num_possible_cpus() * pool->cache_max);
	capacity = max(capacity, 1U);
	pool->max = attr_or_default(attr->max, capacity);
	if (pool->max > RSVPOOL_MAX_ELEMENTS ||
	    (pool->max && pool->max < attr->reserve))
		return refuse(pool, -ERANGE, "max",
			      "%u is neither 0 nor in reserve..%u (reserve is %u)",
			      pool->max, RSVPOOL_MAX_ELEMENTS, attr->reserve);
	pool->depot.capacity = pool->max ? pool->max : capacity;
	pool->nmi_reserve = attr->nmi_reserve;
	if (attr->nmi_reserve > attr->reserve ||
	    attr->nmi_reserve > RSVPOOL_NMI_MAX)
		return refuse(pool, -ERANGE, "nmi_reserve",
			      "%u is not in 0..%u", attr->nmi_reserve,
			      min(attr->reserve, RSVPOOL_NMI_MAX));
	if (attr->nmi_reserve && !RSVPOOL_NMI_USABLE)
		return refuse(pool, -EINVAL, "nmi_reserve",
			      "%u, but pools may not be used in NMI on this kernel",
			      attr->nmi_reserve);
	return 0;
}

static int set_watermarks(struct rsvpool *pool, const struct rsvpool_attr *attr)
{
	unsigned int capacity = pool->depot.capacity;
	unsigned int low, high;

	low = min(pool->reserve + pool->batch, capacity);
	high = min(pool->reserve + 2 * pool->batch, capacity);
	pool->low = attr_or_default(attr->low,
				    min(low, attr_or_default(attr->high, high)));
	pool->high = attr_or_default(attr->high, max(high, pool->low));
	if (pool->low > capacity)
		return refuse(pool, -ERANGE, "low", "%u is not in 0..%u",
			      pool->low, capacity);
	if (pool->high > capacity)
		return refuse(pool, -ERANGE, "high", "%u is not in 0..%u",
			      pool->high, capacity);
	if (pool->low > pool->high)
		return refuse(pool, -EINVAL, "low", "%u is above high, %u",
			      pool->low, pool->high);
	pool->high_max = attr_or_default(attr->high_max, capacity);
	if (pool->high_max > capacity)
		return refuse(pool, -ERANGE, "high_max", "%u is not in 0..%u",
			      pool->high_max, capacity);
	if (pool->high_max < pool->high)
		return refuse(pool, -EINVAL, "high_max",
			      "%u is below high, %u", pool->high_max,
			      pool->high);
	pool->stall_ms = attr_or_default(attr->stall_ms, DEFAULT_STALL_MS);
	if (pool->stall_ms > RSVPOOL_STALL_MAX)
		return refuse(pool, -ERANGE, "stall_ms", "%u is not in 0..%u",
			      pool->stall_ms, RSVPOOL_STALL_MAX);
	pool->adaptive = attr->adaptive;
	pool->decay_ms = attr_or_default(attr->decay_ms, DEFAULT_DECAY_MS);
	if (!pool->decay_ms || pool->decay_ms > RSVPOOL_DECAY_MAX)
		return refuse(pool, -ERANGE, "decay_ms", "%u is not in 1..%u",
			      pool->decay_ms, RSVPOOL_DECAY_MAX);
	return 0;
}

/* Elements must be memory, which late readers read; sequences need 64 bits. */
static int set_lend(struct rsvpool *pool, const struct rsvpool_attr *attr)
{
	pool->lend = attr->lend;
	if (!attr->lend)
		return 0;
	if (pool->opaque)
		return refuse(pool, -EINVAL, "lend",
			      "1 is not allowed for elements that are opaque or come from ops");
	if (!pool->max)
		return refuse(pool, -EINVAL, "lend",
			      "1 needs a maximum, but max is 0");
	if (!IS_ENABLED(CONFIG_64BIT))
		return refuse(pool, -EINVAL, "lend", "1 needs a 64-bit kernel");
	return 0;
}

/* Check and copy all attributes; nothing is allocated yet. */
static int pool_configure(struct rsvpool *pool, const struct rsvpool_attr *attr)
{
	int err;

	err = set_source(pool, attr);
	if (!err)
		err = set_cache(pool, attr);
	if (!err)
		err = set_reserve(pool, attr);
	if (!err)
		err = set_watermarks(pool, attr);
	if (!err)
		err = set_lend(pool, attr);
	if (err)
		return err;

	if ((unsigned int)attr->policy > RSVPOOL_POLICY_RESERVE)
		return refuse(pool, -EINVAL, "policy", "unknown policy %d",
			      attr->policy);
	pool->policy = attr->policy;
	if ((unsigned int)attr->wakeup > RSVPOOL_WAKEUP_PRIO)
		return refuse(pool, -EINVAL, "wakeup", "unknown order %d",
			      attr->wakeup);
	pool->wakeup = attr->wakeup;
	if (attr->node != NUMA_NO_NODE && !node_valid(attr->node))
		return refuse(pool, -ERANGE, "node", "there is no online node %d",
			      attr->node);
	pool->node = attr->node;
	if (attr->debug && !pool->max)
		return refuse(pool, -EINVAL, "debug",
			      "1 needs a maximum, but max is 0");
	pool->debug = attr->debug;
	if (attr->debug)
		pool->steps |= STEP_DEBUG;
	if (attr->zero && !pool_zeroable(pool))
		return refuse(pool, -EINVAL, "zero",
			      "1 is not allowed for elements that are opaque or larger than a page");
	if (attr->zero)
		pool->steps |= STEP_ZERO;
	if (pool_markable(pool))
		pool->steps |= STEP_KASAN;
	return 0;
}

/* Skips pools that are being built: pool_go_live() reads pools_traced. */
static void trace_pools(bool on)
{
	struct rsvpool *pool;

	spin_lock(&rsvpool_registry);
	pools_traced = on;
	spin_unlock(&rsvpool_registry);
	rsvpool_for_each(pool)
		pool_steps_set(pool, STEP_TRACE, on);
}

/**
 * pools_trace - the tracepoint rsvpool_alloc gets its first probe
 *
 * From now on the requests of all pools leave the fast path, also those that a
 * cache answers, and are traced on the slower one: so the tracepoint costs no
 * instruction on the fast path.
 *
 * Context: Task, under the kernel's mutex for tracepoints.
 * Return: 0.
 */
int pools_trace(void)
{
	trace_pools(true);
	return 0;
}

/* The last probe has gone. */
void pools_untrace(void)
{
	trace_pools(false);
}

/* Add the pool to the list if no pool has the name. */
static bool pool_enlist(struct rsvpool *pool)
{
	bool is_free;

	spin_lock(&rsvpool_registry);
	is_free = !pool_find(pool->name);
	if (is_free) {
		pool->serial = ++pool_serials;
		list_add_tail(&pool->node_in_registry, &rsvpool_pools);
	}
	spin_unlock(&rsvpool_registry);
	return is_free;
}

/* "name.0", "name.1" and so on: the first that no pool has. */
static int pool_number(struct rsvpool *pool, const char *name)
{
	unsigned int n = 0;

	do {
		if (snprintf(pool->name, sizeof(pool->name), "%s.%u", name,
			     n++) > RSVPOOL_NAME_MAX)
			return refuse(pool, -EINVAL, "name",
				      "is longer than %d characters with the number that is added",
				      RSVPOOL_NAME_MAX);
	} while (!pool_enlist(pool));
	return 0;
}

/*
 * From here to pool_delist() the name is taken.  Walkers skip the pool until it
 * is LIVE.
 */
static int pool_take_name(struct rsvpool *pool, const struct rsvpool_attr *attr)
{
	if (attr->numbered)
		return pool_number(pool, attr->name);
	if (!pool_enlist(pool))
		return refuse(pool, -EEXIST, "name",
			      "a pool with this name exists");
	return 0;
}

/* Remove the pool from the list, once no reference is left. */
static bool pool_delist(struct rsvpool *pool)
{
	bool unused;

	spin_lock(&rsvpool_registry);
	unused = !pool->refs;
	if (unused)
		list_del(&pool->node_in_registry);
	spin_unlock(&rsvpool_registry);
	return unused;
}

/*
 * Join the parent, which the caller holds, if it is not being destroyed.  From
 * here to pool_leave_parent() it cannot be.
 */
static int pool_join_parent(struct rsvpool *pool)
{
	struct rsvpool *parent = pool->parent;
	bool live;

	if (!parent)
		return 0;
	spin_lock(&rsvpool_registry);
	live = parent->state == POOL_LIVE;
	if (live)
		parent->children++;
	spin_unlock(&rsvpool_registry);
	return live ? 0 : refuse(pool, -ENODEV, "parent",
				 "'%s' is being destroyed", parent->name);
}

/*
 * Leave the parent: the pool has none of its elements any more.  Returns the
 * parent, with a reference on it.
 */
static struct rsvpool *pool_leave_parent(struct rsvpool *pool)
{
	struct rsvpool *parent = pool->parent;

	if (!parent)
		return NULL;
	spin_lock(&rsvpool_registry);
	parent->children--;
	parent->refs++;
	spin_unlock(&rsvpool_registry);
	return parent;
}

static int pool_allocate(struct rsvpool *pool)
{
	unsigned int capacity = pool->depot.capacity;
	size_t cpu_bytes = struct_size(pool->cpu, entries, pool->cache_max);
	int err;

	pool->metadata_bytes += cpu_bytes * num_possible_cpus() +
		(size_t)capacity * sizeof(*pool->depot.items) +
		STAT_FILE_PEAK * sizeof(*pool->stat_base);
	pool->cpu = __alloc_percpu(cpu_bytes, L1_CACHE_BYTES);
	if (!pool->cpu)
		return -ENOMEM;
	err = -ENOMEM;
	pool->stat_base = kcalloc_node(STAT_FILE_PEAK, sizeof(*pool->stat_base),
				       GFP_KERNEL, pool->node);
	if (!pool->stat_base)
		goto out_cpu;
	pool->depot.items = kvmalloc_node(array_size(capacity,
						     sizeof(*pool->depot.items)),
					  GFP_KERNEL | __GFP_NOWARN |
					  __GFP_NORETRY, pool->node);
	if (!pool->depot.items)
		goto out_base;
	err = slots_init(pool);
	if (err)
		goto out_items;
	if (pool->debug)
		err = debug_init(pool);
	if (err)
		goto out_slots;
	if (pool->lend)
		err = loans_init(pool);
	if (err)
		goto out_debug;
	err = section_allocate(pool);
	if (err)
		goto out_loans;
	cache_setup(pool);
	irq_works_init(pool);
	return 0;

out_loans:
	loans_exit(pool);
out_debug:
	debug_exit(pool);
out_slots:
	slots_exit(pool);
out_items:
	kvfree(pool->depot.items);
out_base:
	kfree(pool->stat_base);
out_cpu:
	free_percpu(pool->cpu);
	return err;
}

static void pool_deallocate(struct rsvpool *pool)
{
	/* Trimming, and releasing elements, may have queued irq_works. */
	irq_works_sync(pool);
	section_deallocate(pool);
	loans_exit(pool);
	debug_exit(pool);
	slots_exit(pool);
	kvfree(pool->depot.items);
	kfree(pool->stat_base);
	free_percpu(pool->cpu);
	latency_free(pool);
}

/* Stop background work; refill_start() starts it again. */
static void pool_stop(struct rsvpool *pool)
{
	refill_stop(pool);
	cache_stop(pool);
	source_drain(pool);
}

/*
 * Give all elements back to the source.  No call into the pool is possible any
 * more.
 */
static void pool_empty(struct rsvpool *pool)
{
	unsigned int cpu;
	void *element;

	for_each_possible_cpu(cpu)
		cache_drain_dead(pool, cpu);
	while ((element = slots_take(pool)) || (element = slots_unpark(pool)))
		source_free(pool, element);
	while (pool->depot.count) {
		source_free(pool, pool->depot.items[--pool->depot.count]);
		cond_resched();
	}
}

/* Get the whole reserve from the source. */
static int pool_prefill(struct rsvpool *pool)
{
	gfp_t gfp = source_gfp(GFP_KERNEL, true);
	struct rsvpool_depot *s = &pool->depot;
	void *elements[RSVPOOL_BATCH_MAX];
	unsigned int done = 0, want, got, i;
	int err;

	while (done < pool->reserve) {
		err = -EINTR;
		if (fatal_signal_pending(current))
			goto undo;
		want = min(pool->reserve - done, RSVPOOL_BATCH_MAX);
		got = source_alloc_many(pool, gfp, want, want, elements);
		for (i = 0; i < got; i++)
			if (!slots_put(pool, elements[i]))
				s->items[s->count++] = elements[i];
		done += got;
		err = -ENOMEM;
		if (got < want)
			goto undo;
		cond_resched();
	}
	s->min = rsvpool_min(pool);
	watermarks_update(pool);
	return 0;

undo:
	pool_empty(pool);
	return refuse(pool, err, "reserve", "%s after %u of %u elements",
		      err == -EINTR ? "killed" : "the source failed", done,
		      pool->reserve);
}

/* While a pool is pinned, it holds a reference on the module. */
static void pool_pin(struct rsvpool *pool)
{
	if (!pool->pinned) {
		__module_get(THIS_MODULE);
		pool->pinned = true;
	}
}

static void pool_unpin(struct rsvpool *pool)
{
	if (pool->pinned) {
		pool->pinned = false;
		module_put(THIS_MODULE);
	}
}

/*
 * The pool is complete.  Catch up with what happened while walkers skipped it:
 * CPUs came or went, tracing was switched on, and the worker was asked for.
 */
static void pool_go_live(struct rsvpool *pool, unsigned int users)
{
	spin_lock(&rsvpool_registry);
	if (pools_traced)
		pool_steps_set(pool, STEP_TRACE, true);
	pool->users = users;
	if (users)
		pool_pin(pool);
	pool->refs++;
	pool->state = POOL_LIVE;
	spin_unlock(&rsvpool_registry);
	worker_rebind(pool);
	preempt_disable_notrace();
	if (atomic_read(&pool->refill_state) == REFILL_ASKED)
		pool_kick(pool);
	preempt_enable_notrace();
	pool_unref(pool);
}

/**
 * rsvpool_create_for - create a pool
 * @attr: its attributes
 * @users: 1 if the caller is going to hold it, 0 for an administrator's pool
 * @serial: where to put the number for rsvpool_undo(), or NULL
 *
 * Context: Task, may sleep.
 * Return: the pool, or an ERR_PTR as rsvpool_create().
 */
struct rsvpool *rsvpool_create_for(const struct rsvpool_attr *attr,
				   unsigned int users, u64 *serial)
{
	struct rsvpool *pool, *parent;
	int err;

	if (!name_valid(attr->name)) {
		if (attr->name && strnlen(attr->name, RSVPOOL_NAME_MAX + 1) >
		    RSVPOOL_NAME_MAX)
			pool_refuse(attr->name, "name",
				    "is longer than %d characters",
				    RSVPOOL_NAME_MAX);
		else
			pool_refuse(attr->name ? attr->name : "", "name",
				    "must be 1 to %d of the characters A-Z a-z 0-9 _ - . and not begin with '.'",
				    RSVPOOL_NAME_MAX);
		return ERR_PTR(-EINVAL);
	}
	err = attr_check(attr);
	if (err)
		return ERR_PTR(err);
	pool = kzalloc_node(sizeof(*pool), GFP_KERNEL,
			    node_valid(attr->node) ? attr->node : NUMA_NO_NODE);
	if (!pool)
		return ERR_PTR(-ENOMEM);
	strscpy(pool->name, attr->name, sizeof(pool->name));
	pool->metadata_bytes = sizeof(*pool);
	pool->owned = users;
	mutex_init(&pool->stack_lock);
	mutex_init(&pool->settings);
	ratelimit_state_init(&pool->stall_limit, STALL_INTERVAL, 1);
	init_completion(&pool->released);
	depot_init(pool);
	section_setup(pool);
	worker_setup(pool);
	adapt_setup(pool);
	event_setup(pool);

	err = pool_take_name(pool, attr);
	if (err)
		goto out_free;
	err = pool_configure(pool, attr);
	if (err)
		goto out_name;
	err = pool_join_parent(pool);
	if (err)
		goto out_name;
	if (attr->refill_thread) {
		err = worker_thread_create(pool);
		if (err) {
			pool_refuse(pool->name, "refill_thread",
				    "the thread cannot be created (%d)", err);
			goto out_parent;
		}
	}
	err = rsvpool_recharge(pool, pool->reserve, pool->high);
	if (err)
		goto out_thread;
	err = pool_allocate(pool);
	if (err) {
		pool_refuse(pool->name, "max",
			    "no memory for the structures of %u elements",
			    pool->depot.capacity);
		goto out_charge;
	}
	/* Now the size of the structures is known. */
	err = rsvpool_recharge(pool, pool->reserve, pool->high);
	if (err)
		goto out_allocated;
	err = pool_prefill(pool);
	if (err)
		goto out_allocated;
	err = sysfs_add(pool);
	if (err)
		goto out_filled;
	debugfs_add(pool);
	event_start(pool);
	loans_start(pool);
	if (cache_starved(pool))
		pr_info("pool '%s': cache: caches are off, as max is not above reserve, %u: all elements are for the reserve\n",
			pool->name, pool->reserve);
	if (serial)
		*serial = pool->serial;
	/* After that, a pool without users may be destroyed at any time. */
	pool_go_live(pool, users);
	return pool;

out_filled:
	pool_stop(pool);
	pool_empty(pool);
out_allocated:
	pool_deallocate(pool);
out_charge:
	pool_uncharge(pool);
out_thread:
	worker_thread_destroy(pool);
out_parent:
	parent = pool_leave_parent(pool);
	if (parent)
		pool_unref(parent);
out_name:
	/* There are no references on one that is being built. */
	pool_delist(pool);
out_free:
	kfree(pool);
	return ERR_PTR(err);
}

struct rsvpool *rsvpool_create(const struct rsvpool_attr *attr)
{
	return rsvpool_create_for(attr, 1, NULL);
}
EXPORT_SYMBOL_GPL(rsvpool_create);

static bool pool_stands_on(const struct rsvpool *pool,
			   const struct rsvpool *lower)
{
	while (pool && pool != lower)
		pool = pool->parent;
	return pool;
}

static struct mutex *stack_lock_of(struct rsvpool *pool)
{
	while (pool->parent)
		pool = pool->parent;
	return &pool->stack_lock;
}

/*
 * Quiesce the pool, and all that stand on it: they are not resized, their
 * workers are stopped, and no walker begins to move their elements, except
 * those of dead CPUs.  stack_lock held.
 *
 * Takes all mutexes before it stops any pool: waiting for them may take long,
 * and stopped pools are not refilled.  The lower pool is older, so it comes
 * first in the list.
 */
static void pool_quiesce(struct rsvpool *pool)
{
	struct rsvpool *p;

	rsvpool_for_each(p) {
		if (!pool_stands_on(p, pool))
			continue;
		spin_lock(&rsvpool_registry);
		p->refs++;
		p->quiescing = true;
		spin_unlock(&rsvpool_registry);
		mutex_lock_nest_lock(&p->settings, stack_lock_of(pool));
	}
	rsvpool_for_each(p)
		if (pool_stands_on(p, pool) && p->quiescing)
			pool_stop(p);
	synchronize_rcu();
}

static void pool_unquiesce(struct rsvpool *pool)
{
	struct rsvpool *p;

	rsvpool_for_each(p) {
		if (!pool_stands_on(p, pool) || !p->quiescing)
			continue;
		mutex_unlock(&p->settings);
		refill_start(p);
		spin_lock(&rsvpool_registry);
		p->quiescing = false;
		p->refs--;	/* not the last one: the walk has another */
		spin_unlock(&rsvpool_registry);
	}
}

/*
 * Sets @moves to how often walkers began to move elements, over all quiescing
 * pools.  Returns false while one of them has not finished.
 */
static bool pool_unmoved(struct rsvpool *pool, unsigned int *moves)
{
	struct rsvpool *p;
	bool still = true;

	*moves = 0;
	spin_lock(&rsvpool_registry);
	list_for_each_entry(p, &rsvpool_pools, node_in_registry)
		if (p->quiescing && pool_stands_on(p, pool)) {
			*moves += p->moves;
			still = still && !p->movers;
		}
	spin_unlock(&rsvpool_registry);
	return still;
}

/*
 * Are more elements of a pool in use than the pools on it have?  With all of
 * these quiescing, no element of it moves any more once the grace period is
 * over; except by users of the upper pools, for which the caller checks.
 */
static bool pool_held(struct rsvpool *pool)
{
	unsigned int by_children, before, after;
	struct rsvpool *p;
	bool held;

	lockdep_assert_held(stack_lock_of(pool));
	pool_quiesce(pool);
	do {
		wait_event(rsvpool_life, pool_unmoved(pool, &before));
		by_children = 0;
		rsvpool_for_each(p)
			if (p->parent == pool)
				by_children += atomic_read(&p->total);
		held = stats_outstanding_exact(pool) > by_children;
	} while (!pool_unmoved(pool, &after) || after != before);
	pool_unquiesce(pool);
	return held;
}

/* Is it in use, by counts that can be read at once?  Registry's lock held. */
static bool pool_used(const struct rsvpool *pool)
{
	return pool->users || atomic_read(&pool->sections) ||
		hint(pool->depot.waiting);
}

/*
 * Do pools that stand on it have users, or are they being destroyed?  Then
 * their elements, which are its elements, may move, and they keep the module.
 * A pool that is being built is left out, as its creator is a user of the
 * parent.  Registry's lock held.
 */
static bool pool_used_above(const struct rsvpool *pool)
{
	struct rsvpool *p;

	list_for_each_entry(p, &rsvpool_pools, node_in_registry)
		if (p != pool && p->state != POOL_BUILDING &&
		    pool_stands_on(p, pool) &&
		    (p->pinned || p->state != POOL_LIVE))
			return true;
	return false;
}

/* Is it unused, and was not found since @gets?  Registry's lock held. */
static bool pool_unpinnable(const struct rsvpool *pool, unsigned int gets)
{
	return pool->pinned && pool->gets == gets && !pool_used(pool) &&
		!pool_used_above(pool) &&
		(pool->state == POOL_LIVE || pool->state == POOL_ORPHAN);
}

/*
 * Called when the pool, on which the caller has a reference, has lost a user,
 * or a pool on it has gone.  If it is not in use any more, it drops its
 * reference on the module, and so do the pools below.
 *
 * While a pool above is in use, this does nothing: it is called again when that
 * one's last user goes.  If elements are outstanding, the reference stays until
 * this is called again, for instance by the next rsvpool_put(), or until the
 * pool is destroyed: frees do not call it.
 */
static void pool_unpin_unused(struct rsvpool *pool)
{
	struct mutex *stack_lock = stack_lock_of(pool);
	unsigned int gets;
	bool unused;

	mutex_lock(stack_lock);
	for (; pool; pool = pool->parent) {
		spin_lock(&rsvpool_registry);
		gets = pool->gets;
		unused = pool_unpinnable(pool, gets);
		spin_unlock(&rsvpool_registry);
		if (!unused || pool_held(pool))
			continue;
		spin_lock(&rsvpool_registry);
		if (pool_unpinnable(pool, gets))
			pool_unpin(pool);
		spin_unlock(&rsvpool_registry);
	}
	mutex_unlock(stack_lock);
}

/**
 * pool_leave_sections - end a pool's sections whose task has exited
 * @pool: the pool
 * @nr: how many
 *
 * The pool's last user may have gone before that.  Then the open sections have
 * kept the pool's reference on the module, which this drops.
 *
 * Context: Task, may sleep.
 */
void pool_leave_sections(struct rsvpool *pool, int nr)
{
	spin_lock(&rsvpool_registry);
	pool->refs++;
	spin_unlock(&rsvpool_registry);
	atomic_sub(nr, &pool->sections);
	pool_unpin_unused(pool);
	pool_unref(pool);
}

/*
 * Set the pool to DYING if it is not in use, no element is outstanding, no user
 * has found it meanwhile, and its state still is @seen, so that only one of two
 * callers destroys it.  The caller has a reference.
 */
static bool pool_retire(struct rsvpool *pool, enum pool_state seen)
{
	struct mutex *stack_lock = stack_lock_of(pool);
	bool busy, dies = false;
	unsigned int gets;

	mutex_lock(stack_lock);
	spin_lock(&rsvpool_registry);
	busy = pool->children || pool_used(pool) || pool->state != seen;
	gets = pool->gets;
	spin_unlock(&rsvpool_registry);
	if (!busy && !pool_held(pool)) {
		spin_lock(&rsvpool_registry);
		dies = pool->gets == gets && !pool->children &&
			!pool_used(pool) && pool->state == seen;
		if (dies)
			pool->state = POOL_DYING;
		spin_unlock(&rsvpool_registry);
	}
	mutex_unlock(stack_lock);
	return dies;
}

/*
 * Remove the pool's files, and revoke its loans.  Afterwards only walkers find
 * the pool.  The caller then waits for a grace period, for calls that are in
 * progress.
 */
static void pool_unpublish(struct rsvpool *pool)
{
	debugfs_remove_pool(pool);
	event_stop(pool);
	sysfs_remove(pool);
	loans_stop(pool);
}

/*
 * The second part of a teardown, after the grace period: wait for references,
 * stop background work, give elements back to the source, and free the pool.
 */
static void pool_release(struct rsvpool *pool)
{
	struct rsvpool *parent;
	int left;

	wait_event(rsvpool_life, pool_delist(pool));
	pool_stop(pool);
	event_stop(pool);
	pool_empty(pool);
	left = atomic_read(&pool->total);
	WARN(left, "rsvpool: pool '%s': %d elements were lost\n", pool->name,
	     left);
	pool_uncharge(pool);
	worker_thread_destroy(pool);
	pool_deallocate(pool);
	parent = pool_leave_parent(pool);
	pool_unpin(pool);
	kfree(pool);
	if (parent) {
		pool_unpin_unused(parent);
		pool_unref(parent);
	}
}

static void pool_teardown(struct rsvpool *pool)
{
	pool_unpublish(pool);
	synchronize_rcu();
	pool_release(pool);
}

/*
 * The pool stays, but its ops or kmem_cache belong to the caller: they are not
 * called after this.
 */
static void pool_orphan(struct rsvpool *pool)
{
	source_disable(pool);
	spin_lock(&rsvpool_registry);
	if (!WARN_ON_ONCE(pool->state == POOL_DYING))
		pool->state = POOL_ORPHAN;
	spin_unlock(&rsvpool_registry);
}

/* As rsvpool_destroy(), for @caller.  Returns whether the pool is gone. */
bool pool_destroy(struct rsvpool *pool, void *caller)
{
	bool dies;

	spin_lock(&rsvpool_registry);
	if (WARN_ON_ONCE(!pool->users)) {
		spin_unlock(&rsvpool_registry);
		return false;
	}
	pool->users--;
	pool->state = POOL_CLOSING;
	pool->refs++;
	spin_unlock(&rsvpool_registry);
	dies = pool_retire(pool, POOL_CLOSING);
	if (!dies) {
		pool_orphan(pool);
		holders_print(pool);
		WARN(1, "rsvpool: pool '%s': destroyed by %pS with %u elements outstanding, %u sleepers, %d open sections, %u other users; the pool stays\n",
		     pool->name, caller,
		     stats_outstanding(pool), hint(pool->depot.waiting),
		     atomic_read(&pool->sections),
		     hint(pool->users) + hint(pool->children));
		/* Users may have gone meanwhile, and left no element. */
		pool_unpin_unused(pool);
	}
	pool_unref(pool);
	if (dies)
		pool_teardown(pool);
	return dies;
}

void rsvpool_destroy(struct rsvpool *pool)
{
	if (!IS_ERR_OR_NULL(pool))
		pool_destroy(pool, __builtin_return_address(0));
}
EXPORT_SYMBOL_GPL(rsvpool_destroy);

struct rsvpool *rsvpool_get(const char *name)
{
	struct rsvpool *pool;

	if (!name)
		return NULL;
	spin_lock(&rsvpool_registry);
	pool = pool_find(name);
	if (pool && pool->state != POOL_LIVE)
		pool = NULL;
	if (pool) {
		pool->users++;
		pool->gets++;
		pool_pin(pool);
	}
	spin_unlock(&rsvpool_registry);
	return pool;
}
EXPORT_SYMBOL_GPL(rsvpool_get);

void rsvpool_put(struct rsvpool *pool)
{
	bool last;

	if (IS_ERR_OR_NULL(pool))
		return;
	spin_lock(&rsvpool_registry);
	if (!WARN_ON_ONCE(!pool->users))
		pool->users--;
	last = !pool->users;
	if (last)
		pool->refs++;
	spin_unlock(&rsvpool_registry);
	if (!last)
		return;
	pool_unpin_unused(pool);
	pool_unref(pool);
}
EXPORT_SYMBOL_GPL(rsvpool_put);

static const char *pool_state_name(enum pool_state state)
{
	return state == POOL_BUILDING ? "created" : "destroyed";
}

/* Destroy a pool that was found, or refuse.  Registry's lock held, dropped. */
static int destroy_found(struct rsvpool *pool, const char *name)
	__releases(&rsvpool_registry)
{
	enum pool_state state = POOL_LIVE;
	bool destroyable = false;

	if (pool) {
		state = pool->state;
		destroyable = state == POOL_LIVE || state == POOL_ORPHAN;
		if (destroyable)
			pool->refs++;
	}
	spin_unlock(&rsvpool_registry);
	if (!pool) {
		pool_refuse(name, "destroy", "no such pool");
		return -ENOENT;
	}
	if (!destroyable) {
		pool_refuse(name, "destroy", "busy: the pool is being %s",
			    pool_state_name(state));
		return -EBUSY;
	}
	if (!pool_retire(pool, state)) {
		pool_refuse(name, "destroy",
			    "busy: %u users, %u pools on it, %d sections, %u sleepers, %u elements outstanding",
			    hint(pool->users), hint(pool->children),
			    atomic_read(&pool->sections),
			    hint(pool->depot.waiting),
			    stats_outstanding(pool));
		pool_unref(pool);
		return -EBUSY;
	}
	pool_unref(pool);
	pool_teardown(pool);
	return 0;
}

/*
 * For user space: -ENOENT if there is no such pool; -EBUSY if it has users,
 * sleepers, open sections, outstanding elements or pools on it, or is being
 * created or destroyed.
 */
int rsvpool_destroy_by_name(const char *name)
{
	spin_lock(&rsvpool_registry);
	return destroy_found(pool_find(name), name);
}

/**
 * rsvpool_undo - destroy a pool that was just created, and no other
 * @serial: from rsvpool_create_for()
 *
 * Does nothing if it has been destroyed meanwhile; another pool may have its
 * name now.
 *
 * Context: Task, may sleep.
 */
void rsvpool_undo(u64 serial)
{
	char name[RSVPOOL_NAME_MAX + 1];
	struct rsvpool *pool;

	spin_lock(&rsvpool_registry);
	list_for_each_entry(pool, &rsvpool_pools, node_in_registry)
		if (pool->serial == serial) {
			strscpy(name, pool->name, sizeof(name));
			destroy_found(pool, name);
			return;
		}
	spin_unlock(&rsvpool_registry);
}

/*
 * At exit, or if loading fails.  Users of a pool hold the module, so none is in
 * use.  No other code creates or destroys pools: only walkers still use the
 * list.  All pools share one grace period, as a thousand would take too long.
 */
void rsvpool_destroy_all(void)
{
	struct rsvpool *pool, *next;

	spin_lock(&rsvpool_registry);
	list_for_each_entry(pool, &rsvpool_pools, node_in_registry)
		pool->state = POOL_DYING;
	spin_unlock(&rsvpool_registry);
	list_for_each_entry(pool, &rsvpool_pools, node_in_registry)
		pool_unpublish(pool);
	synchronize_rcu();
	/* Newest first: a pool is younger than its parent. */
	list_for_each_entry_safe_reverse(pool, next, &rsvpool_pools,
					 node_in_registry)
		pool_release(pool);
}

unsigned int rsvpool_outstanding(const struct rsvpool *pool)
{
	return stats_outstanding(pool);
}
EXPORT_SYMBOL_GPL(rsvpool_outstanding);

static bool pool_drained(struct rsvpool *pool)
{
	struct mutex *stack_lock = stack_lock_of(pool);
	bool held;

	if (stats_outstanding(pool))
		return false;
	/* The racy read has found none; check that. */
	mutex_lock(stack_lock);
	held = pool_held(pool);
	mutex_unlock(stack_lock);
	return !held;
}

int rsvpool_drain(struct rsvpool *pool, unsigned long timeout)
{
	unsigned long start = jiffies, pause = 1;

	while (!pool_drained(pool)) {
		if (fatal_signal_pending(current))
			return -EINTR;
		if (jiffies - start >= timeout)
			return -ETIMEDOUT;
		schedule_timeout_killable(pause);
		pause = min_t(unsigned long, 2 * pause, DRAIN_PAUSE);
	}
	return 0;
}
EXPORT_SYMBOL_GPL(rsvpool_drain);

const char *rsvpool_name(const struct rsvpool *pool)
{
	return pool->name;
}
EXPORT_SYMBOL_GPL(rsvpool_name);

bool rsvpool_is_whole(const struct rsvpool *pool)
{
	return !(READ_ONCE(pool->slow) & SLOW_SHORT) &&
		atomic_read(&pool->nmi_missing) <= 0;
}
EXPORT_SYMBOL_GPL(rsvpool_is_whole);

size_t rsvpool_element_bytes(const struct rsvpool *pool)
{
	return pool->size;
}
EXPORT_SYMBOL_GPL(rsvpool_element_bytes);

bool rsvpool_is_opaque(const struct rsvpool *pool)
{
	return pool->opaque;
}
EXPORT_SYMBOL_GPL(rsvpool_is_opaque);

struct kobject *rsvpool_kobj(struct rsvpool *pool)
{
	return &pool->kobj;
}
EXPORT_SYMBOL_GPL(rsvpool_kobj);

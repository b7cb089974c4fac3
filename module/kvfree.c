// SPDX-License-Identifier: GPL-2.0
/*
 * rsvpool_kvfree_rcu(): objects that are to be freed after a grace period, as
 * pointers in elements of a pool.
 *
 * Each CPU collects into pages of its own: one for slab objects and one for
 * vmalloc areas, which are freed by different calls.  A page's way:
 *
 *	open	rsvpool_tryalloc() has given it; pointers are added
 *	full	no room left, or open for DRAIN_MS, or a barrier wants it; it has
 *		been given the grace period that covers all that is in it
 *	waiting	the CPU's work item has seen it and has had that period started
 *	-	the period is over: the work item frees the objects, in bulk, and
 *		gives the page back
 *
 * An object for which there is no page is linked through its rcu_head, whose
 * other word says where the object begins.  What has been linked goes the same
 * way, one lot at a time.
 *
 * Calls come from any context but NMI.  They take the CPU's raw lock, under
 * which rsvpool_tryalloc() may take the depot's, and then queue a hard irq_work
 * which queues the work item: nothing else can be done on PREEMPT_RT under the
 * caller's own raw locks.  Every hold of the lock is bounded by a constant.
 *
 * Grace periods are looked at, not called back from: the work item starts one,
 * then comes back at every tick until nothing waits any more.  In a flood that
 * is one run a tick however many pages are filled meanwhile, and a page waits
 * for not more than the grace period that comes next, whatever started that.
 * The work items are unbound and arm their timers themselves, so isolated CPUs
 * have no part in it but the irq_work.
 *
 * There is no shrinker: what is collected is always on its way, and no memory
 * pressure makes a grace period shorter.
 */
#include <linux/cpumask.h>
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/kmemleak.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/rsvpool_kvfree.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/wait.h>

#include "internal.h"
#include "kick.h"
#include "kvfree.h"
#include "reserve.h"
#include "stats.h"

#define DRAIN_MS	10	/* so long a page may be open, about */
#define BULK_MAX	512U	/* objects freed without a chance to reschedule */

enum kvfree_kind {
	KIND_SLAB,
	KIND_VMALLOC,
	NR_KINDS,
};

/* How soon the work item is to run. */
enum kvfree_asked {
	ASKED_NOT,
	ASKED_SOON,		/* when what is open has been so for a while */
	ASKED_NOW,		/* a page is full, or an object linked */
};

/*
 * What an element is used as.
 *
 * @list: in full or waiting
 * @gp: the grace period to wait for
 * @since: when it was opened, in jiffies
 */
struct kvfree_page {
	struct list_head list;
	unsigned long gp;
	unsigned long since;
	unsigned int nr;
	enum kvfree_kind kind;
	void *ptr[];
};

/*
 * What one CPU has collected.
 *
 * Under @lock:
 * @open: pages with room, or NULL
 * @full: pages without, first in, first out
 * @linked: objects linked through their rcu_heads
 * @nr_closed: pages that were ever put on @full
 * @nr_linked: objects that were ever linked
 * @asked: what the work item has been asked for; it alone lowers this
 *
 * The work item's own:
 * @waiting: pages that wait for their grace period, first in, first out
 * @lot, @lot_nr, @lot_gp: linked objects that do, and for which
 * @last_gp: the one after which something was freed last
 * @nr_freed_pages, @nr_freed_linked: of those that were ever closed or linked;
 *	a barrier looks at them
 */
struct kvfree_cpu {
	raw_spinlock_t lock;
	enum kvfree_asked asked;
	struct kvfree_page *open[NR_KINDS];
	struct list_head full;
	struct rcu_head *linked;
	unsigned long nr_closed;
	unsigned long nr_linked;
	struct irq_work kick;

	struct delayed_work work;
	struct list_head waiting;
	struct rcu_head *lot;
	unsigned long lot_nr;
	unsigned long lot_gp;
	unsigned long last_gp;
	unsigned long nr_freed_pages;
	unsigned long nr_freed_linked;
	struct rsvpool_kvfree *kvfree;
};

/*
 * A pool's state.  It is found through pool->kvfree with interrupts off, and
 * goes only after a grace period.
 *
 * @room: pointers in a page
 * @users: calls of rsvpool_kvfree_enable(); under the pool's settings mutex
 * @bytes: of memory that this is
 * @freed: barriers wait here
 */
struct rsvpool_kvfree {
	struct rsvpool *pool;
	unsigned int room;
	unsigned int users;
	size_t bytes;
	wait_queue_head_t freed;
	struct kvfree_cpu __percpu *cpu;
};

static struct workqueue_struct *kvfree_wq;

/*
 * Is the work item to be asked?  Not on a CPU that is going: kvfree_dead() sees
 * to that; nor on one that is coming: hotplug_online() does.  As in pool_kick().
 * Lock held.
 */
static bool kvfree_ask(struct kvfree_cpu *c, enum kvfree_asked how)
{
	if (likely(c->asked >= how) || !cpu_online(raw_smp_processor_id()))
		return false;
	c->asked = how;
	return true;
}

/* No more into this page.  Lock held. */
static void kvfree_close(struct kvfree_cpu *c, enum kvfree_kind kind)
{
	struct kvfree_page *page = c->open[kind];

	/* All that is in it was out of readers' reach before: full barrier. */
	page->gp = get_state_synchronize_rcu();
	list_add_tail(&page->list, &c->full);
	c->open[kind] = NULL;
	c->nr_closed++;
}

/* An open page with room, or NULL.  Lock held. */
static struct kvfree_page *kvfree_open(struct rsvpool *pool,
				       struct kvfree_cpu *c,
				       enum kvfree_kind kind)
{
	struct kvfree_page *page = c->open[kind];

	if (likely(page))
		return page;
	page = rsvpool_tryalloc(pool);
	if (unlikely(!page))
		return NULL;
	stat_inc(pool, STAT_KVFREE_PAGES);
	page->nr = 0;
	page->kind = kind;
	page->since = jiffies;
	c->open[kind] = page;
	return page;
}

/*
 * Where it came from, in the word that would be the callback: so the rcu_head
 * may be anywhere in the object.
 */
static void kvfree_link(struct kvfree_cpu *c, void *ptr, struct rcu_head *head)
{
	head->func = ptr;
	head->next = c->linked;
	c->linked = head;
	c->nr_linked++;
}

/*
 * Collect a pointer.  Returns whether that was done; else there was no page, and
 * there is no @head.
 */
static bool kvfree_collect(struct rsvpool *pool, void *ptr,
			   struct rcu_head *head)
{
	enum kvfree_kind kind = is_vmalloc_addr(ptr) ? KIND_VMALLOC : KIND_SLAB;
	struct rsvpool_kvfree *kvfree;
	struct kvfree_page *page;
	bool done = true, kick;
	struct kvfree_cpu *c;
	unsigned long flags;

	/* Nothing that kmemleak looks at has the pointer any more. */
	kmemleak_ignore(ptr);

	local_irq_save(flags);
	stat_inc(pool, STAT_KVFREE_QUEUED);
	/* Pairs with the release in rsvpool_kvfree_enable(), by dependency. */
	kvfree = READ_ONCE(pool->kvfree);
	if (unlikely(!kvfree)) {
		/* It is lost if it has a head: the worker tells. */
		if (head && !xchg(&pool->kvfree_missing, true))
			refill_now(pool);
		local_irq_restore(flags);
		return head;
	}
	c = this_cpu_ptr(kvfree->cpu);
	raw_spin_lock(&c->lock);
	page = kvfree_open(pool, c, kind);
	if (likely(page)) {
		page->ptr[page->nr++] = ptr;
		if (likely(page->nr < kvfree->room)) {
			kick = kvfree_ask(c, ASKED_SOON);
		} else {
			kvfree_close(c, kind);
			kick = kvfree_ask(c, ASKED_NOW);
		}
	} else {
		done = head;
		if (head)
			kvfree_link(c, ptr, head);
		stat_inc(pool, STAT_KVFREE_FALLBACKS);
		kick = head && kvfree_ask(c, ASKED_NOW);
	}
	raw_spin_unlock(&c->lock);
	if (unlikely(kick))
		irq_work_queue(&c->kick);
	local_irq_restore(flags);
	return done;
}

void rsvpool_kvfree_head(struct rsvpool *pool, void *ptr,
			 struct rcu_head *head)
{
	kvfree_collect(pool, ptr, head);
}
EXPORT_SYMBOL_GPL(rsvpool_kvfree_head);

void rsvpool_kvfree_bare(struct rsvpool *pool, void *ptr)
{
	might_sleep();
	if (ZERO_OR_NULL_PTR(ptr) || kvfree_collect(pool, ptr, NULL))
		return;
	synchronize_rcu();
	kvfree(ptr);
	stat_inc(pool, STAT_KVFREE_FREED);
}
EXPORT_SYMBOL_GPL(rsvpool_kvfree_bare);

static void kvfree_kick_fn(struct irq_work *work)
{
	struct kvfree_cpu *c = container_of(work, struct kvfree_cpu, kick);

	mod_delayed_work(kvfree_wq, &c->work, 0);
}

/* What has to wait for a grace period now?  Have that started. */
static void kvfree_gather(struct kvfree_cpu *c)
{
	unsigned long old = jiffies - msecs_to_jiffies(DRAIN_MS);
	enum kvfree_kind kind;
	unsigned long flags;
	bool fresh;

	raw_spin_lock_irqsave(&c->lock, flags);
	for (kind = 0; kind < NR_KINDS; kind++)
		if (c->open[kind] &&
		    time_before_eq(c->open[kind]->since, old))
			kvfree_close(c, kind);
	fresh = !list_empty(&c->full);
	list_splice_tail_init(&c->full, &c->waiting);
	if (c->linked && !c->lot) {
		c->lot = c->linked;
		c->linked = NULL;
		c->lot_nr = c->nr_linked - c->nr_freed_linked;
		c->lot_gp = get_state_synchronize_rcu();
		fresh = true;
	}
	raw_spin_unlock_irqrestore(&c->lock, flags);
	if (fresh)
		start_poll_synchronize_rcu();
}

static bool kvfree_over(struct kvfree_cpu *c, unsigned long gp)
{
	if (!poll_state_synchronize_rcu(gp))
		return false;
	if (c->last_gp != gp) {
		c->last_gp = gp;
		stat_inc(c->kvfree->pool, STAT_KVFREE_GRACE_PERIODS);
	}
	return true;
}

static void kvfree_free_slab(struct kvfree_page *page)
{
	unsigned int done = 0, nr;

	while (done < page->nr) {
		nr = min(page->nr - done, BULK_MAX);
		kfree_bulk(nr, page->ptr + done);
		done += nr;
		cond_resched();
	}
}

static void kvfree_free_vmalloc(struct kvfree_page *page)
{
	unsigned int i;

	for (i = 0; i < page->nr; i++) {
		vfree(page->ptr[i]);
		cond_resched();
	}
}

static void kvfree_free_page(struct kvfree_cpu *c, struct kvfree_page *page)
{
	struct rsvpool *pool = c->kvfree->pool;

	if (page->kind == KIND_VMALLOC)
		kvfree_free_vmalloc(page);
	else
		kvfree_free_slab(page);
	stat_add(pool, STAT_KVFREE_FREED, page->nr);
	rsvpool_free(pool, page);
}

static void kvfree_free_lot(struct kvfree_cpu *c)
{
	struct rcu_head *head, *next;

	for (head = c->lot; head; head = next) {
		next = head->next;
		kvfree((void *)head->func);
		cond_resched();
	}
	stat_add(c->kvfree->pool, STAT_KVFREE_FREED, c->lot_nr);
	/* The lot is gone before that can be seen: pairs with kvfree_is_free(). */
	smp_store_release(&c->nr_freed_linked, c->nr_freed_linked + c->lot_nr);
	c->lot = NULL;
}

/* Free what may be; was there anything? */
static bool kvfree_reap(struct kvfree_cpu *c)
{
	struct kvfree_page *page;
	bool any = false;

	while ((page = list_first_entry_or_null(&c->waiting,
						struct kvfree_page, list)) &&
	       kvfree_over(c, page->gp)) {
		list_del(&page->list);
		kvfree_free_page(c, page);
		/* As in kvfree_free_lot(). */
		smp_store_release(&c->nr_freed_pages, c->nr_freed_pages + 1);
		any = true;
	}
	if (c->lot && kvfree_over(c, c->lot_gp)) {
		kvfree_free_lot(c);
		any = true;
	}
	return any;
}

/* When to look again, in jiffies; 0: when asked to. */
static unsigned long kvfree_next_look(struct kvfree_cpu *c)
{
	unsigned long flags, delay;

	raw_spin_lock_irqsave(&c->lock, flags);
	if (!list_empty(&c->waiting) || !list_empty(&c->full) || c->lot ||
	    c->linked) {
		c->asked = ASKED_NOW;
		delay = 1;
	} else if (c->open[KIND_SLAB] || c->open[KIND_VMALLOC]) {
		c->asked = ASKED_SOON;
		delay = msecs_to_jiffies(DRAIN_MS);
	} else {
		c->asked = ASKED_NOT;
		delay = 0;
	}
	raw_spin_unlock_irqrestore(&c->lock, flags);
	return delay;
}

static void kvfree_fn(struct work_struct *work)
{
	struct kvfree_cpu *c = container_of(to_delayed_work(work),
					    struct kvfree_cpu, work);
	unsigned long delay;
	bool any;

	do {
		kvfree_gather(c);
		any = kvfree_reap(c);
		/* In a flood that is too much for us this goes on for long. */
		if (wq_has_sleeper(&c->kvfree->freed))
			wake_up_all(&c->kvfree->freed);
	} while (any);

	delay = kvfree_next_look(c);
	/* Unless another call has asked meanwhile: then it is queued already. */
	if (delay)
		queue_delayed_work(kvfree_wq, &c->work, delay);
}

/* Has all been freed that was closed or linked up to there? */
static bool kvfree_is_free(const struct kvfree_cpu *c, unsigned long closed,
			   unsigned long linked)
{
	unsigned long freed_pages, freed_linked;

	/* Pairs with the release in kvfree_reap(). */
	freed_pages = smp_load_acquire(&c->nr_freed_pages);
	/* Pairs with the release in kvfree_free_lot(). */
	freed_linked = smp_load_acquire(&c->nr_freed_linked);
	return (long)(freed_pages - closed) >= 0 &&
		(long)(freed_linked - linked) >= 0;
}

/* What is open is full now. */
static void kvfree_close_all(struct kvfree_cpu *c)
{
	enum kvfree_kind kind;

	raw_spin_lock_irq(&c->lock);
	for (kind = 0; kind < NR_KINDS; kind++)
		if (c->open[kind])
			kvfree_close(c, kind);
	raw_spin_unlock_irq(&c->lock);
	mod_delayed_work(kvfree_wq, &c->work, 0);
}

static void kvfree_wait(struct rsvpool_kvfree *kvfree, struct kvfree_cpu *c)
{
	unsigned long closed, linked;

	raw_spin_lock_irq(&c->lock);
	closed = c->nr_closed;
	linked = c->nr_linked;
	raw_spin_unlock_irq(&c->lock);
	wait_event(kvfree->freed, kvfree_is_free(c, closed, linked));
}

/*
 * Wait until all is freed that was collected up to now: first all CPUs begin,
 * so that they wait for the same grace period.
 */
static void kvfree_flush(struct rsvpool_kvfree *kvfree)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		kvfree_close_all(per_cpu_ptr(kvfree->cpu, cpu));
	for_each_possible_cpu(cpu)
		kvfree_wait(kvfree, per_cpu_ptr(kvfree->cpu, cpu));
}

void rsvpool_kvfree_rcu_barrier(struct rsvpool *pool)
{
	if (IS_ERR_OR_NULL(pool))
		return;
	kvfree_flush(pool->kvfree);
}
EXPORT_SYMBOL_GPL(rsvpool_kvfree_rcu_barrier);

/**
 * kvfree_dead - a CPU has gone; what it has collected is seen to
 * @pool: the pool
 * @cpu: the CPU
 *
 * It could not ask any more at the end.
 *
 * Context: Task; waits for nothing.
 */
void kvfree_dead(struct rsvpool *pool, unsigned int cpu)
{
	struct rsvpool_kvfree *kvfree;

	/* rsvpool_kvfree_disable() waits for readers before it ends the work. */
	rcu_read_lock();
	kvfree = READ_ONCE(pool->kvfree);
	if (kvfree)
		mod_delayed_work(kvfree_wq,
				 &per_cpu_ptr(kvfree->cpu, cpu)->work, 0);
	rcu_read_unlock();
}

static void kvfree_setup_cpu(struct rsvpool_kvfree *kvfree, unsigned int cpu)
{
	struct kvfree_cpu *c = per_cpu_ptr(kvfree->cpu, cpu);

	raw_spin_lock_init(&c->lock);
	INIT_LIST_HEAD(&c->full);
	INIT_LIST_HEAD(&c->waiting);
	c->kick = IRQ_WORK_INIT_HARD(kvfree_kick_fn);
	INIT_DELAYED_WORK(&c->work, kvfree_fn);
	c->kvfree = kvfree;
}

static struct rsvpool_kvfree *kvfree_create(struct rsvpool *pool)
{
	struct rsvpool_kvfree *kvfree;
	unsigned int cpu;

	kvfree = kzalloc(sizeof(*kvfree), GFP_KERNEL);
	if (!kvfree)
		return NULL;
	kvfree->cpu = alloc_percpu(struct kvfree_cpu);
	if (!kvfree->cpu) {
		kfree(kvfree);
		return NULL;
	}
	kvfree->pool = pool;
	kvfree->room = (pool->size - sizeof(struct kvfree_page)) /
		       sizeof(void *);
	kvfree->bytes = sizeof(*kvfree) +
			num_possible_cpus() * sizeof(struct kvfree_cpu);
	init_waitqueue_head(&kvfree->freed);
	for_each_possible_cpu(cpu)
		kvfree_setup_cpu(kvfree, cpu);
	return kvfree;
}

/* Nothing is collected, nor will be. */
static void kvfree_destroy(struct rsvpool_kvfree *kvfree)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		struct kvfree_cpu *c = per_cpu_ptr(kvfree->cpu, cpu);

		irq_work_sync(&c->kick);
		cancel_delayed_work_sync(&c->work);
	}
	free_percpu(kvfree->cpu);
	kfree(kvfree);
}

/* The state is part of what the pool takes.  Settings mutex held. */
static int kvfree_charge(struct rsvpool *pool, ssize_t bytes)
{
	int err;

	pool->metadata_bytes += bytes;
	err = rsvpool_recharge(pool, pool->reserve, pool->high);
	if (err)
		pool->metadata_bytes -= bytes;
	return err;
}

/* Are its elements memory that one may write to, and enough of it? */
static int kvfree_check(const struct rsvpool *pool)
{
	const char *why = NULL;

	if (pool->opaque)
		why = "its elements are opaque";
	else if (pool->size < RSVPOOL_KVFREE_MIN_BYTES)
		why = "its elements are too small";
	if (!why)
		return 0;
	pool_refuse(pool->name, "kvfree", "%s; %u bytes of memory are needed",
		    why, RSVPOOL_KVFREE_MIN_BYTES);
	return -EINVAL;
}

static int kvfree_enable(struct rsvpool *pool)
{
	struct rsvpool_kvfree *kvfree;
	int err;

	err = kvfree_check(pool);
	if (err)
		return err;
	if (pool->kvfree) {
		pool->kvfree->users++;
		return 0;
	}
	kvfree = kvfree_create(pool);
	if (!kvfree)
		return -ENOMEM;
	err = kvfree_charge(pool, kvfree->bytes);
	if (err) {
		kvfree_destroy(kvfree);
		return err;
	}
	kvfree->users = 1;
	/* Complete before it is found: pairs with the read in kvfree_collect(). */
	smp_store_release(&pool->kvfree, kvfree);
	return 0;
}

int rsvpool_kvfree_enable(struct rsvpool *pool)
{
	int err;

	/* Names are unique, and the caller's hold keeps this one. */
	if (!rsvpool_get(pool->name))
		return -ENODEV;
	mutex_lock(&pool->settings);
	err = kvfree_enable(pool);
	mutex_unlock(&pool->settings);
	if (err)
		rsvpool_put(pool);
	return err;
}
EXPORT_SYMBOL_GPL(rsvpool_kvfree_enable);

void rsvpool_kvfree_disable(struct rsvpool *pool)
{
	struct rsvpool_kvfree *kvfree;
	bool last;

	if (IS_ERR_OR_NULL(pool))
		return;
	kvfree = READ_ONCE(pool->kvfree);
	if (WARN_ON_ONCE(!kvfree))
		return;
	/* Our share keeps the state meanwhile. */
	kvfree_flush(kvfree);

	mutex_lock(&pool->settings);
	last = !--kvfree->users;
	if (last)
		WRITE_ONCE(pool->kvfree, NULL);
	mutex_unlock(&pool->settings);
	if (last) {
		/* Who found it has left it; what they brought is seen to. */
		synchronize_rcu();
		kvfree_flush(kvfree);
		mutex_lock(&pool->settings);
		kvfree_charge(pool, -(ssize_t)kvfree->bytes);
		mutex_unlock(&pool->settings);
		kvfree_destroy(kvfree);
	}
	rsvpool_put(pool);
}
EXPORT_SYMBOL_GPL(rsvpool_kvfree_disable);

/*
 * Of high priority: where objects are freed more slowly than they come, pages
 * run out.
 */
int kvfree_init(void)
{
	kvfree_wq = alloc_workqueue("rsvpool_kvfree", WQ_UNBOUND |
				    WQ_MEM_RECLAIM | WQ_HIGHPRI | WQ_SYSFS, 0);
	return kvfree_wq ? 0 : -ENOMEM;
}

void kvfree_exit(void)
{
	destroy_workqueue(kvfree_wq);
}

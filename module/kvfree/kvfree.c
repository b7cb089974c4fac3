// SPDX-License-Identifier: GPL-2.0
/*
 * rsvpool_kvfree_rcu(): pointers to objects that are to be freed after a grace
 * period are collected in elements of a pool, called pages here.
 *
 * Each CPU fills pages of its own: one for slab objects and one for vmalloc areas,
 * which are freed by different calls.  The states of a page:
 *
 *	open	rsvpool_tryalloc() has returned it; pointers are added
 *	full	it has no room left, or was open for DRAIN_MS, or a barrier closed
 *		it.  It has the number of the grace period that all its objects
 *		must wait for
 *	waiting	the CPU's work item has seen it and has started that grace period
 *	-	the grace period is over: the work item frees the objects, in bulk,
 *		and gives the page back
 *
 * If there is no page, an object is linked through its rcu_head, whose other word
 * is the object's address.  The work item takes all linked objects as one lot,
 * which waits for a grace period and is freed before the next lot is taken.
 *
 * Code in any context but NMI may call.  A call takes the CPU's raw lock, under
 * which rsvpool_tryalloc() may take the depot's.  It then queues a hard
 * irq_work, which queues the work item: on PREEMPT_RT nothing else is allowed
 * under the caller's own raw locks.  A constant bounds every hold time of the
 * lock.
 *
 * Grace periods are polled; there is no RCU callback.  The work item starts a
 * grace period, then runs at every tick until nothing waits any more.  In a
 * flood that is one run a tick, however many pages are filled meanwhile.  A
 * page waits at most until the end of the next full grace period, whichever
 * code started that.  The work items are unbound and arm their timers
 * themselves, so on an isolated CPU only the irq_work runs.
 *
 * There is no shrinker: all collected objects already wait for a grace period, and
 * memory pressure makes no grace period shorter.
 *
 * This is a module of its own, which uses only the API of include/linux/rsvpool.h.
 * Locks, outermost first:
 *
 *	kvfree_users (mutex)	the enabled pools, and how often each is enabled
 *	kvfree_list_lock (spin)	the list of enabled pools, for CPU hotplug
 *	kvfree_cpu->lock (raw)	a CPU's collected objects; an element may be
 *				allocated under it
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/completion.h>
#include <linux/cpuhotplug.h>
#include <linux/cpumask.h>
#include <linux/export.h>
#include <linux/irq_work.h>
#include <linux/jiffies.h>
#include <linux/kmemleak.h>
#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/rsvpool_kvfree.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/sysfs.h>
#include <linux/vmalloc.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#define DRAIN_MS	10	/* a page is open about as long at most */
#define BULK_MAX	512U	/* objects freed without a chance to reschedule */

enum kvfree_kind {
	KIND_SLAB,
	KIND_VMALLOC,
	NR_KINDS,
};

/* How soon the work item has been asked to run. */
enum kvfree_asked {
	ASKED_NOT,
	ASKED_SOON,		/* when the open pages are DRAIN_MS old */
	ASKED_NOW,		/* a page is full, or an object was linked */
};

/* The statistics; see stat_list.h. */
enum kvfree_stat {
#define STAT(_name, _file)	STAT_##_name,
#include "stat_list.h"
	NR_KVFREE_STATS,
};

static const char * const kvfree_stat_names[NR_KVFREE_STATS] = {
#define STAT(_name, _file)	[STAT_##_name] = #_file,
#include "stat_list.h"
};

/*
 * The layout of an element.
 *
 * @list: in the CPU's list full or waiting
 * @gp: the grace period to wait for
 * @since: when it was opened, in jiffies
 * @nr: pointers in @ptr
 * @kind: what the pointers point to
 * @ptr: the pointers
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
 * The objects that one CPU has collected.
 *
 * @stat: this CPU's statistics; any code that runs on the CPU counts
 *
 * Under @lock:
 * @open: open pages, or NULL
 * @full: full pages, first in, first out
 * @linked: objects linked through their rcu_heads
 * @nr_closed: how many pages were ever put on @full
 * @nr_linked: how many objects were ever linked
 * @asked: how soon the work item was asked to run; only the work item lowers it
 *
 * Written only by the work item:
 * @waiting: pages that wait for their grace period, first in, first out
 * @lot, @lot_nr, @lot_gp: linked objects that wait, their number, and their grace
 *	period
 * @last_gp: the grace period after which objects were freed last
 * @nr_freed_pages, @nr_freed_linked: how many of @nr_closed pages and @nr_linked
 *	objects have been freed; read by kvfree_is_free()
 */
struct kvfree_cpu {
	unsigned long stat[NR_KVFREE_STATS];

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
 * What rsvpool_kvfree_enable() returns: one for each enabled pool, for all its
 * users.
 *
 * @room: how many pointers fit a page
 * @users: how often the pool is enabled; under kvfree_users
 * @entry: in kvfree_list while @users is not 0
 * @freed: barriers wait here
 * @kobj: the folder "kvfree" in the pool's folder
 * @released: completed when @kobj has been released
 */
struct rsvpool_kvfree {
	struct rsvpool *pool;
	unsigned int room;
	unsigned int users;
	struct list_head entry;
	wait_queue_head_t freed;
	struct kvfree_cpu __percpu *cpu;
	struct kobject kobj;
	struct completion released;
};

static DEFINE_MUTEX(kvfree_users);
static DEFINE_SPINLOCK(kvfree_list_lock);
static LIST_HEAD(kvfree_list);
static struct workqueue_struct *kvfree_wq;

/* Counts with interrupts off, where no atomic operation is needed. */
static __always_inline void kvfree_count_here(struct kvfree_cpu *c,
					      enum kvfree_stat stat)
{
	WRITE_ONCE(c->stat[stat], c->stat[stat] + 1);
}

/* Counts with interrupts on: atomic against code that interrupts. */
static void kvfree_count(struct rsvpool_kvfree *kvfree, enum kvfree_stat stat,
			 unsigned long n)
{
	this_cpu_add(kvfree->cpu->stat[stat], n);
}

static u64 kvfree_sum(struct rsvpool_kvfree *kvfree, enum kvfree_stat stat)
{
	unsigned int cpu;
	u64 sum = 0;

	for_each_possible_cpu(cpu) {
		/* Racy read: informational. */
		sum += data_race(per_cpu_ptr(kvfree->cpu, cpu)->stat[stat]);
	}
	return sum;
}

/*
 * Must the caller queue the irq_work?  Not on a CPU that is going offline or coming
 * online: there kvfree_queue_cpu() queues the work item.  Lock held.
 */
static bool kvfree_ask(struct kvfree_cpu *c, enum kvfree_asked how)
{
	if (likely(c->asked >= how) || !cpu_online(raw_smp_processor_id()))
		return false;
	c->asked = how;
	return true;
}

/* Moves the open page to the list full.  Lock held. */
static void kvfree_close(struct kvfree_cpu *c, enum kvfree_kind kind)
{
	struct kvfree_page *page = c->open[kind];

	/* This is a full barrier: all its objects were unpublished before. */
	page->gp = get_state_synchronize_rcu();
	list_add_tail(&page->list, &c->full);
	c->open[kind] = NULL;
	c->nr_closed++;
}

/* An open page with room, or NULL.  Lock held. */
static struct kvfree_page *kvfree_open(struct kvfree_cpu *c,
				       enum kvfree_kind kind)
{
	struct kvfree_page *page = c->open[kind];

	if (likely(page))
		return page;
	page = rsvpool_tryalloc(c->kvfree->pool);
	if (unlikely(!page))
		return NULL;
	kvfree_count_here(c, STAT_PAGES);
	page->nr = 0;
	page->kind = kind;
	page->since = jiffies;
	c->open[kind] = page;
	return page;
}

/*
 * Links an object.  The word for the callback keeps the object's address, so the
 * rcu_head may be anywhere in the object.
 */
static void kvfree_link(struct kvfree_cpu *c, void *ptr, struct rcu_head *head)
{
	head->func = ptr;
	head->next = c->linked;
	c->linked = head;
	c->nr_linked++;
}

/*
 * Collects a pointer.  Returns false if there was no page and @head is NULL.
 */
static bool kvfree_collect(struct rsvpool_kvfree *kvfree, void *ptr,
			   struct rcu_head *head)
{
	enum kvfree_kind kind = is_vmalloc_addr(ptr) ? KIND_VMALLOC : KIND_SLAB;
	struct kvfree_page *page;
	bool done = true, kick;
	struct kvfree_cpu *c;
	unsigned long flags;

	/* Perhaps no memory that kmemleak scans has the pointer any more. */
	kmemleak_ignore(ptr);

	local_irq_save(flags);
	c = this_cpu_ptr(kvfree->cpu);
	kvfree_count_here(c, STAT_QUEUED);
	raw_spin_lock(&c->lock);
	page = kvfree_open(c, kind);
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
		kvfree_count_here(c, STAT_FALLBACKS);
		kick = head && kvfree_ask(c, ASKED_NOW);
	}
	raw_spin_unlock(&c->lock);
	if (unlikely(kick))
		irq_work_queue(&c->kick);
	local_irq_restore(flags);
	return done;
}

void rsvpool_kvfree_head(struct rsvpool_kvfree *kvfree, void *ptr,
			 struct rcu_head *head)
{
	kvfree_collect(kvfree, ptr, head);
}
EXPORT_SYMBOL_GPL(rsvpool_kvfree_head);

static void kvfree_wait_and_free(void *ptr)
{
	synchronize_rcu();
	kvfree(ptr);
}

void rsvpool_kvfree_bare(struct rsvpool_kvfree *kvfree, void *ptr)
{
	might_sleep();
	if (ZERO_OR_NULL_PTR(ptr) || kvfree_collect(kvfree, ptr, NULL))
		return;
	kvfree_wait_and_free(ptr);
	kvfree_count(kvfree, STAT_FREED, 1);
}
EXPORT_SYMBOL_GPL(rsvpool_kvfree_bare);

static void kvfree_kick_fn(struct irq_work *work)
{
	struct kvfree_cpu *c = container_of(work, struct kvfree_cpu, kick);

	mod_delayed_work(kvfree_wq, &c->work, 0);
}

/* Collects what must wait for a grace period, and starts one. */
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

static bool kvfree_gp_over(struct kvfree_cpu *c, unsigned long gp)
{
	if (!poll_state_synchronize_rcu(gp))
		return false;
	if (c->last_gp != gp) {
		c->last_gp = gp;
		kvfree_count(c->kvfree, STAT_GRACE_PERIODS, 1);
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
	if (page->kind == KIND_VMALLOC)
		kvfree_free_vmalloc(page);
	else
		kvfree_free_slab(page);
	kvfree_count(c->kvfree, STAT_FREED, page->nr);
	rsvpool_free(c->kvfree->pool, page);
}

static void kvfree_free_lot(struct kvfree_cpu *c)
{
	struct rcu_head *head, *next;

	for (head = c->lot; head; head = next) {
		next = head->next;
		kvfree((void *)head->func);
		cond_resched();
	}
	kvfree_count(c->kvfree, STAT_FREED, c->lot_nr);
	/* After the lot was freed: pairs with kvfree_is_free(). */
	smp_store_release(&c->nr_freed_linked, c->nr_freed_linked + c->lot_nr);
	c->lot = NULL;
}

/* Frees all objects whose grace period is over; returns whether there were any. */
static bool kvfree_reap(struct kvfree_cpu *c)
{
	struct kvfree_page *page;
	bool any = false;

	while ((page = list_first_entry_or_null(&c->waiting,
						struct kvfree_page, list)) &&
	       kvfree_gp_over(c, page->gp)) {
		list_del(&page->list);
		kvfree_free_page(c, page);
		/* As in kvfree_free_lot(). */
		smp_store_release(&c->nr_freed_pages, c->nr_freed_pages + 1);
		any = true;
	}
	if (c->lot && kvfree_gp_over(c, c->lot_gp)) {
		kvfree_free_lot(c);
		any = true;
	}
	return any;
}

/* In how many jiffies the work item must run again; 0: when it is asked to. */
static unsigned long kvfree_next_delay(struct kvfree_cpu *c)
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
		/* This loop runs long if objects come faster than it frees. */
		if (wq_has_sleeper(&c->kvfree->freed))
			wake_up_all(&c->kvfree->freed);
	} while (any);

	delay = kvfree_next_delay(c);
	/* Does nothing if a call has queued it meanwhile. */
	if (delay)
		queue_delayed_work(kvfree_wq, &c->work, delay);
}

/* Are the first @closed pages and the first @linked objects freed? */
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

/* Closes a CPU's open pages and queues its work item. */
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
 * Waits until all objects collected up to now are freed.  First closes the pages of
 * all CPUs, so that they wait for the same grace period.
 */
static void kvfree_flush(struct rsvpool_kvfree *kvfree)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		kvfree_close_all(per_cpu_ptr(kvfree->cpu, cpu));
	for_each_possible_cpu(cpu)
		kvfree_wait(kvfree, per_cpu_ptr(kvfree->cpu, cpu));
}

void rsvpool_kvfree_rcu_barrier(struct rsvpool_kvfree *kvfree)
{
	if (!IS_ERR_OR_NULL(kvfree))
		kvfree_flush(kvfree);
}
EXPORT_SYMBOL_GPL(rsvpool_kvfree_rcu_barrier);

const char *rsvpool_kvfree_stat(struct rsvpool_kvfree *kvfree,
				unsigned int which, u64 *value)
{
	*value = 0;
	if (which >= NR_KVFREE_STATS)
		return NULL;
	if (kvfree)
		*value = kvfree_sum(kvfree, which);
	return kvfree_stat_names[which];
}
EXPORT_SYMBOL_GPL(rsvpool_kvfree_stat);

/*
 * Files in the pool's folder.
 */

struct kvfree_file {
	struct kobj_attribute attr;
	enum kvfree_stat stat;
};

static ssize_t kvfree_show(struct kobject *kobj, struct kobj_attribute *attr,
			   char *buf)
{
	struct rsvpool_kvfree *kvfree =
		container_of(kobj, struct rsvpool_kvfree, kobj);
	struct kvfree_file *file = container_of(attr, struct kvfree_file, attr);

	return sysfs_emit(buf, "%llu\n", kvfree_sum(kvfree, file->stat));
}

static struct kvfree_file kvfree_files[] = {
#define STAT(_name, _file)						\
	{ .attr = __ATTR(_file, 0444, kvfree_show, NULL), .stat = STAT_##_name },
#include "stat_list.h"
};

static struct attribute *kvfree_attrs[] = {
#define STAT(_name, _file)	&kvfree_files[STAT_##_name].attr.attr,
#include "stat_list.h"
	NULL
};
ATTRIBUTE_GROUPS(kvfree);

static void kvfree_release(struct kobject *kobj)
{
	complete(&container_of(kobj, struct rsvpool_kvfree, kobj)->released);
}

static const struct kobj_type kvfree_ktype = {
	.sysfs_ops = &kobj_sysfs_ops,
	.release = kvfree_release,
	.default_groups = kvfree_groups,
};

/*
 * Beginning and end.
 */

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

/* Destroys @kvfree, which is in no list, and which no code uses any more. */
static void kvfree_destroy(struct rsvpool_kvfree *kvfree)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		struct kvfree_cpu *c = per_cpu_ptr(kvfree->cpu, cpu);

		irq_work_sync(&c->kick);
		cancel_delayed_work_sync(&c->work);
	}
	kobject_put(&kvfree->kobj);
	wait_for_completion(&kvfree->released);
	free_percpu(kvfree->cpu);
	kfree(kvfree);
}

/* kvfree_users held. */
static struct rsvpool_kvfree *kvfree_create(struct rsvpool *pool)
{
	struct rsvpool_kvfree *kvfree;
	unsigned int cpu;
	int err;

	kvfree = kzalloc(sizeof(*kvfree), GFP_KERNEL);
	if (!kvfree)
		return ERR_PTR(-ENOMEM);
	kvfree->cpu = alloc_percpu(struct kvfree_cpu);
	if (!kvfree->cpu) {
		kfree(kvfree);
		return ERR_PTR(-ENOMEM);
	}
	kvfree->pool = pool;
	kvfree->room = (rsvpool_element_bytes(pool) -
			sizeof(struct kvfree_page)) / sizeof(void *);
	init_waitqueue_head(&kvfree->freed);
	init_completion(&kvfree->released);
	for_each_possible_cpu(cpu)
		kvfree_setup_cpu(kvfree, cpu);
	err = kobject_init_and_add(&kvfree->kobj, &kvfree_ktype,
				   rsvpool_kobj(pool), "kvfree");
	if (err) {
		kvfree_destroy(kvfree);
		return ERR_PTR(err);
	}
	return kvfree;
}

/* Refuses a pool whose elements must not be written to, or are too small. */
static int kvfree_check(const struct rsvpool *pool)
{
	const char *why = NULL;

	if (rsvpool_is_opaque(pool))
		why = "its elements are opaque";
	else if (rsvpool_element_bytes(pool) < RSVPOOL_KVFREE_MIN_BYTES)
		why = "its elements are too small";
	if (!why)
		return 0;
	pr_warn("pool '%s': kvfree: %s; it needs memory of at least %u bytes an element\n",
		rsvpool_name(pool), why, RSVPOOL_KVFREE_MIN_BYTES);
	return -EINVAL;
}

/* The kvfree of a pool that is enabled, or NULL.  kvfree_users held. */
static struct rsvpool_kvfree *kvfree_find(const struct rsvpool *pool)
{
	struct rsvpool_kvfree *kvfree;

	list_for_each_entry(kvfree, &kvfree_list, entry)
		if (kvfree->pool == pool)
			return kvfree;
	return NULL;
}

static struct rsvpool_kvfree *kvfree_enable(struct rsvpool *pool)
{
	struct rsvpool_kvfree *kvfree = kvfree_find(pool);

	if (!kvfree) {
		kvfree = kvfree_create(pool);
		if (IS_ERR(kvfree))
			return kvfree;
		spin_lock(&kvfree_list_lock);
		list_add_tail(&kvfree->entry, &kvfree_list);
		spin_unlock(&kvfree_list_lock);
	}
	kvfree->users++;
	return kvfree;
}

struct rsvpool_kvfree *rsvpool_kvfree_enable(struct rsvpool *pool)
{
	struct rsvpool_kvfree *kvfree;
	int err = kvfree_check(pool);

	if (err)
		return ERR_PTR(err);
	/* Finds this pool: names are unique, and the caller holds the pool. */
	if (!rsvpool_get(rsvpool_name(pool)))
		return ERR_PTR(-ENODEV);
	mutex_lock(&kvfree_users);
	kvfree = kvfree_enable(pool);
	mutex_unlock(&kvfree_users);
	if (IS_ERR(kvfree))
		rsvpool_put(pool);
	return kvfree;
}
EXPORT_SYMBOL_GPL(rsvpool_kvfree_enable);

/* Drops one use.  If it was the last, unpublishes @kvfree and returns true. */
static bool kvfree_drop_user(struct rsvpool_kvfree *kvfree)
{
	if (--kvfree->users)
		return false;
	spin_lock(&kvfree_list_lock);
	list_del(&kvfree->entry);
	spin_unlock(&kvfree_list_lock);
	/* Under the mutex, as the next enable makes a folder of the same name. */
	kobject_del(&kvfree->kobj);
	return true;
}

void rsvpool_kvfree_disable(struct rsvpool_kvfree *kvfree)
{
	struct rsvpool *pool;
	bool last;

	if (IS_ERR_OR_NULL(kvfree))
		return;
	pool = kvfree->pool;
	/* Each user waits for its objects, so none are left after the last one. */
	kvfree_flush(kvfree);
	mutex_lock(&kvfree_users);
	last = kvfree_drop_user(kvfree);
	mutex_unlock(&kvfree_users);
	if (last)
		kvfree_destroy(kvfree);
	rsvpool_put(pool);
}
EXPORT_SYMBOL_GPL(rsvpool_kvfree_disable);

/*
 * CPU hotplug.
 */

static int online_state;
static int dead_state;

/* Queues @cpu's work items, which kvfree_ask() has not done.  Waits for no pool. */
static int kvfree_queue_cpu(unsigned int cpu)
{
	struct rsvpool_kvfree *kvfree;

	spin_lock(&kvfree_list_lock);
	list_for_each_entry(kvfree, &kvfree_list, entry)
		mod_delayed_work(kvfree_wq,
				 &per_cpu_ptr(kvfree->cpu, cpu)->work, 0);
	spin_unlock(&kvfree_list_lock);
	return 0;
}

static int __init kvfree_hotplug_init(void)
{
	int err;

	err = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN,
					"rsvpool_kvfree:online",
					kvfree_queue_cpu, NULL);
	if (err < 0)
		return err;
	online_state = err;
	err = cpuhp_setup_state_nocalls(CPUHP_BP_PREPARE_DYN,
					"rsvpool_kvfree:dead", NULL,
					kvfree_queue_cpu);
	if (err < 0) {
		cpuhp_remove_state_nocalls(online_state);
		return err;
	}
	dead_state = err;
	return 0;
}

/*
 * WQ_HIGHPRI, because pages run out if objects are freed more slowly than they
 * come.
 */
static int __init kvfree_init(void)
{
	int err;

	kvfree_wq = alloc_workqueue("rsvpool_kvfree", WQ_UNBOUND |
				    WQ_MEM_RECLAIM | WQ_HIGHPRI | WQ_SYSFS, 0);
	if (!kvfree_wq)
		return -ENOMEM;
	err = kvfree_hotplug_init();
	if (err)
		destroy_workqueue(kvfree_wq);
	return err;
}

/* Users hold references on this module, so no pool is enabled. */
static void __exit kvfree_exit(void)
{
	cpuhp_remove_state_nocalls(dead_state);
	cpuhp_remove_state_nocalls(online_state);
	destroy_workqueue(kvfree_wq);
}

module_init(kvfree_init);
module_exit(kvfree_exit);

MODULE_DESCRIPTION("kvfree() after a grace period, by pages of a reservation pool");
MODULE_AUTHOR("The rsvpool developers");
MODULE_LICENSE("GPL");
MODULE_VERSION(RSVPOOL_VERSION);

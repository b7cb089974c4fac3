// SPDX-License-Identifier: GPL-2.0
/*
 * What debug=1 adds to a pool.  holders.c has the reports.
 *
 * A debug pool has an entry for each of its elements: its state, the task and the
 * code that took it, and the code that freed it.  A free element that may be
 * written to is filled with a pattern, which is checked when the element is handed
 * out.  A free of an element that is not held, or not of this pool, is noted and
 * has no other effect.
 *
 * Entries are found through a hash table.  Calls of the source add and remove
 * entries under the table's raw lock.  Lookups take no lock and run in any context.
 * A removed entry may be reused at once, for another element and in another bucket,
 * while another CPU walks over it.  Each chain ends in the number of its bucket, so
 * the walk notices that it left its chain, and starts again.  The entry that a
 * lookup wants stays in its chain, because the caller holds the element.
 *
 * Misuse may be found in NMI, so it is only noted there.  The refill worker prints
 * the notes.
 */
#include <linux/bitops.h>
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/ratelimit.h>
#include <linux/rculist_nulls.h>
#include <linux/seq_file.h>
#include <linux/sort.h>

#include "comm.h"
#include "debug.h"
#include "internal.h"
#include "kick.h"

#define FREE_PATTERN	0x6b
#define NOTES		8	/* cases of misuse, kept until printed */
#define ENTRIES_AT_ONCE	1024	/* checked between two cond_resched() */

enum { ENTRY_FREE, ENTRY_HELD };

struct debug_entry {
	struct hlist_nulls_node node;
	void *element;
	atomic_t state;
	bool lent;			/* by rsvpool_lend(): has no pattern */
	unsigned long taken_by;
	unsigned long freed_by;
	unsigned long since;		/* jiffies of the last change */
	const struct task_struct *holder; /* took it last; no dereference */
};

static const char * const misuse_names[] = {
	[MISUSE_DOUBLE_FREE] = "freed twice",
	[MISUSE_FOREIGN] = "freed, but does not belong to this pool",
	[MISUSE_WRITTEN] = "written to after it was freed",
	[MISUSE_HELD] = "held by a task that sleeps for another element while a claim waits",
};

enum { NOTE_FREE, NOTE_WRITING, NOTE_READY };

struct debug_note {
	atomic_t state;
	enum debug_misuse what;
	void *element;
	unsigned long by;
	unsigned long before;
};

struct rsvpool_debug {
	raw_spinlock_t lock;
	unsigned int bits;
	struct hlist_nulls_head *bucket;
	struct debug_entry *entry;
	struct hlist_nulls_head unused;
	atomic_t missed;		/* cases without a free note */
	struct debug_note note[NOTES];
	atomic_t misuse[ARRAY_SIZE(misuse_names)];
};

/**
 * debug_init - give a pool its table
 * @pool: the pool; capacity is set
 *
 * Context: Task, may sleep.
 * Return: 0 or -ENOMEM.
 */
int debug_init(struct rsvpool *pool)
{
	unsigned int nr = pool->depot.capacity, i;
	struct rsvpool_debug *d;

	d = kzalloc(sizeof(*d), GFP_KERNEL);
	if (!d)
		return -ENOMEM;
	raw_spin_lock_init(&d->lock);
	d->bits = max(fls(nr - 1), 1);
	d->bucket = kvmalloc_array(1U << d->bits, sizeof(*d->bucket),
				   GFP_KERNEL | __GFP_NOWARN);
	d->entry = kvcalloc(nr, sizeof(*d->entry), GFP_KERNEL | __GFP_NOWARN);
	if (!d->bucket || !d->entry) {
		kvfree(d->entry);
		kvfree(d->bucket);
		kfree(d);
		return -ENOMEM;
	}
	for (i = 0; i < 1U << d->bits; i++)
		INIT_HLIST_NULLS_HEAD(&d->bucket[i], i);
	/* Not the number of a bucket: a walk that ends here starts again. */
	INIT_HLIST_NULLS_HEAD(&d->unused, 1U << d->bits);
	for (i = 0; i < nr; i++)
		hlist_nulls_add_head(&d->entry[i].node, &d->unused);
	pool->debug_table = d;
	pool->metadata_bytes += sizeof(*d) + (sizeof(*d->bucket) << d->bits) +
		nr * sizeof(*d->entry);
	return 0;
}

void debug_exit(struct rsvpool *pool)
{
	struct rsvpool_debug *d = pool->debug_table;

	if (!d)
		return;
	kvfree(d->entry);
	kvfree(d->bucket);
	kfree(d);
}

static struct debug_entry *find_entry(struct rsvpool_debug *d, void *element)
{
	unsigned int i = hash_ptr(element, d->bits);
	struct hlist_nulls_node *node;
	struct debug_entry *e;

again:
	hlist_nulls_for_each_entry_rcu(e, node, &d->bucket[i], node)
		if (READ_ONCE(e->element) == element)
			return e;
	if (get_nulls_value(node) != i)
		goto again;
	return NULL;
}

static void note(struct rsvpool *pool, enum debug_misuse what, void *element,
		 unsigned long by, unsigned long before)
{
	struct rsvpool_debug *d = pool->debug_table;
	struct debug_note *n;

	atomic_inc(&d->misuse[what]);
	for (n = d->note; n < d->note + NOTES; n++) {
		if (atomic_cmpxchg(&n->state, NOTE_FREE, NOTE_WRITING) !=
		    NOTE_FREE)
			continue;
		n->what = what;
		n->element = element;
		n->by = by;
		n->before = before;
		/* Pairs with atomic_read_acquire() in debug_report(). */
		atomic_set_release(&n->state, NOTE_READY);
		refill_now(pool);
		return;
	}
	atomic_inc(&d->missed);
}

/* Prints the notes.  Called by the refill worker, and when that is stopped. */
void debug_report(struct rsvpool *pool)
{
	struct rsvpool_debug *d = pool->debug_table;
	struct debug_note *n;
	int missed;

	if (!d)
		return;
	for (n = d->note; n < d->note + NOTES; n++) {
		/* Pairs with atomic_set_release() in note(). */
		if (atomic_read_acquire(&n->state) != NOTE_READY)
			continue;
		pr_err("pool '%s': debug: element %p %s; by %pS, last freed by %pS\n",
		       pool->name, n->element, misuse_names[n->what],
		       (void *)n->by, (void *)n->before);
		/* After the reads above; pairs with atomic_cmpxchg() in note(). */
		atomic_set_release(&n->state, NOTE_FREE);
	}
	missed = atomic_xchg(&d->missed, 0);
	if (missed)
		pr_err("pool '%s': debug: %d more cases of misuse, without details\n",
		       pool->name, missed);
}

static void poison(struct rsvpool *pool, void *element)
{
	if (!pool->opaque)
		memset(element, FREE_PATTERN, pool->size);
}

/* Parking wrote a link over the pattern: restore the pattern. */
void debug_unparked(struct rsvpool *pool, void *element)
{
	if (!pool->opaque)
		memset(element, FREE_PATTERN, sizeof(struct llist_node));
}

/* The source gave a new element: add an entry for it. */
void debug_add(struct rsvpool *pool, void *element)
{
	struct rsvpool_debug *d = pool->debug_table;
	struct hlist_nulls_node *node;
	struct debug_entry *e;
	unsigned long flags;

	poison(pool, element);
	raw_spin_lock_irqsave(&d->lock, flags);
	node = d->unused.first;
	/* There is an entry for each element that may exist. */
	if (!WARN_ON_ONCE(is_a_nulls(node))) {
		e = hlist_nulls_entry(node, struct debug_entry, node);
		hlist_nulls_del(node);
		WRITE_ONCE(e->element, element);
		atomic_set(&e->state, ENTRY_FREE);
		e->taken_by = 0;
		e->freed_by = 0;
		WRITE_ONCE(e->lent, false);
		e->holder = NULL;
		e->since = jiffies;
		hlist_nulls_add_head_rcu(node, &d->bucket[hash_ptr(element,
								   d->bits)]);
	}
	raw_spin_unlock_irqrestore(&d->lock, flags);
}

/* An element goes back to the source: remove its entry. */
void debug_remove(struct rsvpool *pool, void *element)
{
	struct rsvpool_debug *d = pool->debug_table;
	struct debug_entry *e;
	unsigned long flags;

	raw_spin_lock_irqsave(&d->lock, flags);
	e = find_entry(d, element);
	if (!WARN_ON_ONCE(!e)) {
		hlist_nulls_del_rcu(&e->node);
		WRITE_ONCE(e->element, NULL);
		hlist_nulls_add_head_rcu(&e->node, &d->unused);
	}
	raw_spin_unlock_irqrestore(&d->lock, flags);
}

/* An element is handed out to the code at @by: check and record that. */
void debug_taken(struct rsvpool *pool, void *element, unsigned long by)
{
	struct debug_entry *e = find_entry(pool->debug_table, element);

	if (unlikely(!e)) {
		note(pool, MISUSE_FOREIGN, element, by, 0);
		return;
	}
	if (!pool->opaque && !READ_ONCE(e->lent) &&
	    memchr_inv(element, FREE_PATTERN, pool->size))
		note(pool, MISUSE_WRITTEN, element, by,
		     READ_ONCE(e->freed_by));
	WRITE_ONCE(e->taken_by, by);
	WRITE_ONCE(e->holder, in_task() ? current : NULL);
	WRITE_ONCE(e->since, jiffies);
	/* Pairs with atomic_cmpxchg() in mark_freed(). */
	atomic_set_release(&e->state, ENTRY_HELD);
}

/**
 * debug_may_sleep - a plain allocation is about to join the queue
 * @pool: the pool
 *
 * If a claim waits for this pool and others, a task that sleeps here must not
 * hold an element that the claim waits for: the task would be served after the
 * claim.  Logs it if the task does.
 *
 * Context: Task.
 */
void debug_may_sleep(struct rsvpool *pool)
{
	struct rsvpool_debug *d = pool->debug_table;
	char comm[TASK_COMM_LEN];
	struct debug_entry *e;
	unsigned int i;

	if (!d || !hint(pool->depot.claims))
		return;
	for (i = 0; i < pool->depot.capacity; i++) {
		e = &d->entry[i];
		if (!(i % ENTRIES_AT_ONCE))
			cond_resched();
		if (READ_ONCE(e->holder) != current ||
		    atomic_read(&e->state) != ENTRY_HELD)
			continue;
		atomic_inc(&d->misuse[MISUSE_HELD]);
		comm_copy(comm, current);
		if (__ratelimit(&pool->stall_limit))
			pr_err("pool '%s': debug: %s/%d sleeps for an element while a claim waits; the task holds an element taken by %pS, so task and claim may wait for each other\n",
			       pool->name, comm, task_pid_nr(current),
			       (void *)READ_ONCE(e->taken_by));
		return;
	}
}

/*
 * Code that frees an element twice does not hold it.  By now the entry may belong
 * to another element, whose state was changed: then restore that state.
 */
static bool is_entry_of(struct debug_entry *e, const void *element)
{
	if (READ_ONCE(e->element) == element)
		return true;
	atomic_set(&e->state, ENTRY_HELD);
	return false;
}

static bool mark_freed(struct rsvpool *pool, void *element, unsigned long by,
		       bool lent)
{
	struct debug_entry *e = find_entry(pool->debug_table, element);

	if (!e) {
		note(pool, MISUSE_FOREIGN, element, by, 0);
		return false;
	}
	if (atomic_cmpxchg(&e->state, ENTRY_HELD, ENTRY_FREE) != ENTRY_HELD ||
	    unlikely(!is_entry_of(e, element))) {
		note(pool, MISUSE_DOUBLE_FREE, element, by,
		     READ_ONCE(e->freed_by));
		return false;
	}
	WRITE_ONCE(e->freed_by, by);
	WRITE_ONCE(e->since, jiffies);
	WRITE_ONCE(e->lent, lent);
	if (!lent)
		poison(pool, element);
	return true;
}

/*
 * The code at @by frees an element: check and record that.  Returns false if
 * the pool must not take it back.
 */
bool debug_freed(struct rsvpool *pool, void *element, unsigned long by)
{
	return mark_freed(pool, element, by, false);
}

/* The same for a loan: the content is kept. */
bool debug_lent(struct rsvpool *pool, void *element, unsigned long by)
{
	return mark_freed(pool, element, by, true);
}

static int holder_cmp(const void *a, const void *b)
{
	const struct debug_holder *ha = a, *hb = b;

	return ha->nr > hb->nr ? -1 : ha->nr < hb->nr;
}

/* Counts held elements by the caller that took them; returns how many. */
unsigned int debug_collect(struct rsvpool *pool, struct debug_holder *holder,
			   unsigned int most)
{
	struct rsvpool_debug *d = pool->debug_table;
	unsigned int i, j, n = 0;

	for (i = 0; i < pool->depot.capacity; i++) {
		struct debug_entry *e = &d->entry[i];
		unsigned long by, age;

		if (!(i % ENTRIES_AT_ONCE))
			cond_resched();
		if (!READ_ONCE(e->element) ||
		    atomic_read(&e->state) != ENTRY_HELD)
			continue;
		by = READ_ONCE(e->taken_by);
		age = jiffies - READ_ONCE(e->since);
		for (j = 0; j < n && holder[j].caller != by; j++)
			;
		if (j == most)
			continue;
		if (j == n)
			holder[n++] = (struct debug_holder){ .caller = by };
		holder[j].nr++;
		holder[j].oldest = max(holder[j].oldest, age);
	}
	sort(holder, n, sizeof(*holder), holder_cmp, NULL);
	return n;
}

/* For debugfs: how often each kind of misuse was found, one line each. */
void debug_show_misuse(struct seq_file *m, struct rsvpool *pool)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(misuse_names); i++)
		if (atomic_read(&pool->debug_table->misuse[i]))
			seq_printf(m, "wrong %d %s\n",
				   atomic_read(&pool->debug_table->misuse[i]),
				   misuse_names[i]);
}

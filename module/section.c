// SPDX-License-Identifier: GPL-2.0
/*
 * Sections: a stretch of code in one task with a guaranteed number of
 * elements.
 *
 * A private section is a claim at begin: its elements are set aside, and
 * rsvpool_section_alloc() hands them out one by one, in any context that
 * interrupts its task.
 *
 * A shared section is only admitted at begin.  It allocates from caches, above
 * the line, and from the source, as everybody does.  When those have nothing,
 * it claims all that it may still want, at once, in the pool's queue, and with
 * it all that the sections around it may; then it has that set aside and does
 * not wait again.  So the reserve need only be as large as the largest section,
 * not as their sum.  It is safe because
 *
 *	- a section waits while it has taken nothing from below the line: what
 *	  it holds came from elsewhere, and does not raise M (stock.c);
 *	- whoever has taken from below the line has all it may want, so it comes
 *	  to its end without waiting for elements, and its frees refill the line;
 *	- so the line becomes whole, which is enough for any section that waits,
 *	  and the queue serves them in order: the sections take turns.
 *
 * This holds if the reserve is used by sections alone, if what they take is
 * freed at their end, and if the code in them takes no lock that another
 * section of the pool may wait for elements with.
 *
 * What has to survive a section that was never ended is not in the caller's
 * struct, which is on a stack, but in a record: the elements that were not
 * handed out, who began it, where.  Records hang in a table by task; a probe on
 * sched_process_exit looks there.  In it (raw lock only; RT) a forgotten
 * record is merely moved to a list; a work item reports it and gives the
 * elements back.
 */
#include <linux/export.h>
#include <linux/hash.h>
#include <linux/mempool.h>
#include <linux/sched/mm.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "internal.h"
#include "queue.h"
#include "trace.h"
#include "worker.h"

#define RECORDS_RESERVE	64	/* sections that can begin without memory */
#define TABLE_BITS	6

/**
 * struct rsvpool_section_record - an open section
 * @pool: the pool
 * @outer: the section that it is nested in, of the same pool, or NULL
 * @inner: one is open in this one
 * @flags: as given to begin
 * @nr: elements guaranteed at begin
 * @noio_scope: what memalloc_noio_restore() wants
 * @nofs_scope: what memalloc_nofs_restore() wants
 * @left: elements that may still be asked for; a shared section's own task
 *	changes it, a private one's also what interrupts the task
 * @stash: how many of those are set aside in @elements: all or none
 * @task: who began it; only compared
 * @pid: and for the report
 * @comm: likewise
 * @caller: where it began
 * @in_table: in a bucket of the table, or on the forgotten list
 * @elements: what is set aside, from the front
 */
struct rsvpool_section_record {
	struct rsvpool *pool;
	struct rsvpool_section_record *outer;
	bool inner;
	unsigned int flags;
	unsigned int nr;
	unsigned int noio_scope;
	unsigned int nofs_scope;
	atomic_t left;
	bool stash;
	struct task_struct *task;
	pid_t pid;
	char comm[TASK_COMM_LEN];
	unsigned long caller;
	struct list_head in_table;
	void *elements[RSVPOOL_SECTION_MAX];
};

static struct list_head table[1 << TABLE_BITS];
static LIST_HEAD(forgotten);
/* For table and forgotten; outside a stock's lock. */
static DEFINE_RAW_SPINLOCK(table_lock);
static mempool_t *records;
static struct tracepoint *exit_tracepoint;

static struct list_head *bucket(const struct task_struct *task)
{
	return &table[hash_ptr(task, TABLE_BITS)];
}

/* The innermost section of this task: of @pool, or with NULL of any. */
static struct rsvpool_section_record *find_open(const struct rsvpool *pool)
{
	struct rsvpool_section_record *r, *found = NULL;
	unsigned long flags;

	raw_spin_lock_irqsave(&table_lock, flags);
	list_for_each_entry(r, bucket(current), in_table)
		if (r->task == current && (!pool || r->pool == pool)) {
			found = r;
			break;
		}
	raw_spin_unlock_irqrestore(&table_lock, flags);
	return found;
}

/*
 * Might this task, in a shared section of another pool, still have to wait?
 * Then it must not hold what a private one sets aside.
 */
static bool may_wait_later(const struct rsvpool *pool)
{
	struct rsvpool_section_record *r;
	bool found = false;
	unsigned long flags;

	raw_spin_lock_irqsave(&table_lock, flags);
	list_for_each_entry(r, bucket(current), in_table)
		if (r->task == current && r->pool != pool && !r->stash)
			found = true;
	raw_spin_unlock_irqrestore(&table_lock, flags);
	return found;
}

/*
 * A private section, or a shared one that had to claim, has all it may want;
 * and so have those around it, for a section must not hold what an inner one
 * has taken from below the line, and then wait for more.
 */
static int stash_fill(struct rsvpool_section_record *r, bool wait)
{
	struct rsvpool_place place = {
		.pool = r->pool,
		.elements = r->elements,
	};
	struct rsvpool_section_record *open;
	unsigned int at = 0, left;
	int err;

	for (open = r; open; open = open->outer)
		place.nr += atomic_read(&open->left);
	err = claim(&place, 1, wait ? GFP_NOIO : GFP_NOWAIT,
		    TASK_UNINTERRUPTIBLE, MAX_SCHEDULE_TIMEOUT);
	if (err)
		return err;
	for (open = r; open; open = open->outer) {
		left = atomic_read(&open->left);
		if (open != r)
			memcpy(open->elements, &r->elements[at],
			       left * sizeof(*r->elements));
		at += left;
		open->stash = true;
	}
	return 0;
}

/* Take what a nested section wants out of the outer one. */
static int nest(struct rsvpool_section_record *r,
		struct rsvpool_section_record *outer, unsigned int nr)
{
	int left = atomic_read(&outer->left);

	if ((r->flags ^ outer->flags) & RSVPOOL_SECTION_PRIVATE)
		return -EINVAL;
	/* Against an interrupt that allocates from the outer one. */
	do {
		if (left < (int)nr)
			return -EDEADLK;
	} while (!atomic_try_cmpxchg(&outer->left, &left, left - (int)nr));
	if (outer->stash)
		memcpy(r->elements, &outer->elements[left - nr],
		       nr * sizeof(*r->elements));
	r->stash = outer->stash;
	r->outer = outer;
	outer->inner = true;
	return 0;
}

/*
 * Into the table.  Until a shared section ends the reserve is not made smaller
 * than it needs; and it is admitted only if it has not been meanwhile.
 */
static int admit(struct rsvpool_section_record *r)
{
	unsigned long flags;
	int err = 0;

	raw_spin_lock_irqsave(&table_lock, flags);
	if (!r->stash && r->nr > READ_ONCE(r->pool->reserve)) {
		err = -EINVAL;
	} else {
		list_add(&r->in_table, bucket(r->task));
		atomic_inc(&r->pool->sections);
	}
	raw_spin_unlock_irqrestore(&table_lock, flags);
	return err;
}

/**
 * section_lower_reserve - lower a pool's reserve, unless a section needs it
 * @pool: the pool
 * @reserve: the new one
 * @lower: does it; called with interrupts off and a raw lock held
 *
 * Context: Task.
 * Return: 0, or -EBUSY with nothing changed.
 */
int section_lower_reserve(struct rsvpool *pool, unsigned int reserve,
			  void (*lower)(struct rsvpool *pool,
					unsigned int reserve))
{
	struct rsvpool_section_record *r;
	unsigned int i;
	int err = 0;

	raw_spin_lock_irq(&table_lock);
	for (i = 0; i < ARRAY_SIZE(table) && atomic_read(&pool->sections); i++)
		list_for_each_entry(r, &table[i], in_table)
			if (r->pool == pool && !r->stash && r->nr > reserve)
				err = -EBUSY;
	if (!err)
		lower(pool, reserve);
	raw_spin_unlock_irq(&table_lock);
	return err;
}

static int check_begin(const struct rsvpool *pool, unsigned int nr,
		       unsigned int flags)
{
	unsigned int kind = flags & (RSVPOOL_SECTION_PRIVATE |
				     RSVPOOL_SECTION_SHARED);

	if (!nr || nr > READ_ONCE(pool->reserve))
		return -EINVAL;
	if (nr > RSVPOOL_SECTION_MAX)
		return -E2BIG;
	if (kind != RSVPOOL_SECTION_PRIVATE && kind != RSVPOOL_SECTION_SHARED)
		return -EINVAL;
	if (flags & ~(kind | RSVPOOL_SECTION_NOWAIT | RSVPOOL_SECTION_NOIO |
		      RSVPOOL_SECTION_NOFS))
		return -EINVAL;
	if (pool->wakeup == RSVPOOL_WAKEUP_PRIO)
		return -EINVAL;
	if (!in_task() || irqs_disabled() ||
	    (IS_ENABLED(CONFIG_PREEMPT_COUNT) && !preemptible()))
		return -EINVAL;
	return 0;
}

/**
 * rsvpool_section_begin - guarantee elements to the code until the end
 * @s: the section, to be given to the other calls
 * @pool: the pool; wakeup=fifo
 * @nr: how many elements the code may ask for, 1 to RSVPOOL_SECTION_MAX and at
 *	most the pool's reserve
 * @flags: RSVPOOL_SECTION_PRIVATE or _SHARED; perhaps _NOWAIT, _NOIO, _NOFS
 *
 * PRIVATE sets the elements aside now, waiting for them if need be, or with
 * NOWAIT not.  SHARED only admits, and never waits here; but
 * rsvpool_section_alloc() may.  NOIO and NOFS are in force for all allocations
 * of the task until the end.
 *
 * A section inside another one of the same pool takes its elements from that
 * one, which must be of the same kind.  Inside a section of another pool a
 * private one is granted only if that needs no waiting, and none of them is a
 * shared one that may still have to wait; a shared one never: a task that waits
 * must hold nothing of any reserve.
 *
 * Context: Task, may sleep; also with NOWAIT not with interrupts or preemption
 * off.
 * Return: 0; -EINVAL for nr, flags, pool or context that are not as above;
 * -E2BIG above RSVPOOL_SECTION_MAX; -EDEADLK if it does not fit into the outer
 * section, or somebody would have to wait inside one; -EAGAIN with NOWAIT if it
 * would have to wait, and without, for SHARED and inside other sections, if
 * there is no memory for one more section and 64 are open.
 */
int rsvpool_section_begin(struct rsvpool_section *s, struct rsvpool *pool,
			  unsigned int nr, unsigned int flags)
{
	struct rsvpool_section_record *r, *outer, *any;
	bool wait = !(flags & RSVPOOL_SECTION_NOWAIT);
	int err;

	s->record = NULL;
	err = check_begin(pool, nr, flags);
	if (err)
		return err;
	might_sleep_if(wait);
	outer = find_open(pool);
	any = find_open(NULL);

	/*
	 * Records come back with the end of any section: so who has one, or is
	 * promised not to wait here, does not wait for one either.
	 */
	r = mempool_alloc(records, wait && !any &&
			  (flags & RSVPOOL_SECTION_PRIVATE) ?
			  GFP_NOIO : GFP_NOWAIT);
	if (!r)
		return -EAGAIN;
	memset(r, 0, offsetof(struct rsvpool_section_record, elements));
	r->pool = pool;
	r->flags = flags;
	r->task = current;
	r->pid = task_pid_nr(current);
	get_task_comm(r->comm, current);
	r->caller = _RET_IP_;

	r->nr = nr;
	atomic_set(&r->left, nr);
	if (outer) {
		err = nest(r, outer, nr);
	} else {
		if (any && (!(flags & RSVPOOL_SECTION_PRIVATE) ||
			    may_wait_later(pool)))
			err = -EDEADLK;
		else if (flags & RSVPOOL_SECTION_PRIVATE)
			err = stash_fill(r, wait && !any);
		if (err == -ENOMEM)
			err = any ? -EDEADLK : -EAGAIN;
	}
	if (!err)
		err = admit(r);
	if (err) {
		mempool_free(r, records);
		return err;
	}
	if (flags & RSVPOOL_SECTION_NOIO)
		r->noio_scope = memalloc_noio_save();
	if (flags & RSVPOOL_SECTION_NOFS)
		r->nofs_scope = memalloc_nofs_save();

	s->record = r;
	trace_rsvpool_section(pool->name, nr, flags, true);
	return 0;
}
EXPORT_SYMBOL_GPL(rsvpool_section_begin);

/* One that is set aside; also against interrupts that do the same. */
static void *stash_take(struct rsvpool_section_record *r)
{
	int left = atomic_dec_if_positive(&r->left);

	return left < 0 ? NULL : r->elements[left];
}

/* A shared section's ladder: everything that is not the reserve. */
static void *shared_alloc(struct rsvpool_section_record *r)
{
	void *element;

	element = rung_stock(r->pool, true, true);
	if (READ_ONCE(r->pool->policy) == RSVPOOL_POLICY_RESERVE)
		return element;
	if (!element)
		element = rung_source(r->pool, GFP_KERNEL, false);
	if (!element)
		element = rung_source(r->pool, current_gfp_context(GFP_KERNEL),
				      true);
	return element;
}

/**
 * rsvpool_section_alloc - take an element that the section guarantees
 * @s: an open section
 *
 * The element is freed with rsvpool_free(), by the end of a shared section.
 *
 * Context: Private: any, in the task of the section or interrupting it.
 * Shared: the section's task, may sleep.
 * Return: an element; NULL only after the section's number has been handed
 * out, or if a shared section is asked while another one is open inside it.
 */
void *rsvpool_section_alloc(struct rsvpool_section *s)
{
	struct rsvpool_section_record *r = s->record;
	void *element;

	if (WARN_ON_ONCE(!r))
		return NULL;
	if (r->flags & RSVPOOL_SECTION_PRIVATE)
		return alloc_finish(r->pool, 0, stash_take(r), _RET_IP_);

	might_sleep();
	/* With one open inside, that is the one to ask. */
	if (WARN_ON_ONCE(r->inner) || !atomic_read(&r->left))
		return NULL;
	if (!r->stash) {
		element = shared_alloc(r);
		if (element) {
			atomic_dec(&r->left);
			return alloc_finish(r->pool, 0, element, _RET_IP_);
		}
		/* Memory has run out: all that it may still want, in turn. */
		if (WARN_ON_ONCE(stash_fill(r, true)))
			return NULL;
	}
	return alloc_finish(r->pool, 0, stash_take(r), _RET_IP_);
}
EXPORT_SYMBOL_GPL(rsvpool_section_alloc);

/* What was not handed out goes back: to the outer section, or to the pool. */
static void give_back(struct rsvpool_section_record *r)
{
	struct rsvpool_section_record *outer = r->outer;
	int left = atomic_read(&r->left), has;

	if (!outer) {
		if (r->stash)
			pool_free_bulk(r->pool, left, r->elements);
		return;
	}
	outer->inner = false;
	has = atomic_read(&outer->left);
	/* Again if an interrupt allocates from the outer one meanwhile. */
	do {
		if (outer->stash)
			memcpy(&outer->elements[has], r->elements,
			       left * sizeof(*r->elements));
	} while (!atomic_try_cmpxchg(&outer->left, &has, has + left));
}

/**
 * rsvpool_section_end - end a section
 * @s: an open section; sections of a task end in reverse order, and before the
 *	task exits
 *
 * Gives back what was not asked for and restores the scope flags.  One that has
 * another open inside it is not ended, with a WARN.
 *
 * Context: Task, the one that began it.
 */
void rsvpool_section_end(struct rsvpool_section *s)
{
	struct rsvpool_section_record *r = s->record;
	unsigned long irqflags;

	if (WARN_ON_ONCE(!r || r->task != current || r->inner))
		return;
	s->record = NULL;
	raw_spin_lock_irqsave(&table_lock, irqflags);
	list_del(&r->in_table);
	raw_spin_unlock_irqrestore(&table_lock, irqflags);
	if (r->flags & RSVPOOL_SECTION_NOFS)
		memalloc_nofs_restore(r->nofs_scope);
	if (r->flags & RSVPOOL_SECTION_NOIO)
		memalloc_noio_restore(r->noio_scope);
	trace_rsvpool_section(r->pool->name, atomic_read(&r->left), r->flags,
			      false);
	give_back(r);
	atomic_dec(&r->pool->sections);
	mempool_free(r, records);
}
EXPORT_SYMBOL_GPL(rsvpool_section_end);

/* Sections whose task has gone: say so, and give back what they had. */
static void forgotten_fn(struct work_struct *work)
{
	struct rsvpool_section_record *r;

	for (;;) {
		raw_spin_lock_irq(&table_lock);
		r = list_first_entry_or_null(&forgotten,
					     struct rsvpool_section_record,
					     in_table);
		if (r)
			list_del(&r->in_table);
		raw_spin_unlock_irq(&table_lock);
		if (!r)
			return;
		pr_err("pool '%s': section: task %s/%d exited without ending the section it began at %pS\n",
		       r->pool->name, r->comm, r->pid, (void *)r->caller);
		/* Its outer one is forgotten too, and goes after it. */
		if (r->stash)
			pool_free_bulk(r->pool, atomic_read(&r->left),
				       r->elements);
		atomic_dec(&r->pool->sections);
		mempool_free(r, records);
	}
}

static DECLARE_WORK(forgotten_work, forgotten_fn);

/* In the exiting task, which may hold raw locks: only move. */
static void exit_probe(void *data, struct task_struct *task)
{
	struct rsvpool_section_record *r, *next;
	bool found = false;
	unsigned long flags;

	if (likely(list_empty_careful(bucket(task))))
		return;
	raw_spin_lock_irqsave(&table_lock, flags);
	list_for_each_entry_safe(r, next, bucket(task), in_table)
		if (r->task == task) {
			list_move_tail(&r->in_table, &forgotten);
			found = true;
		}
	raw_spin_unlock_irqrestore(&table_lock, flags);
	if (found)
		worker_queue(&forgotten_work);
}

/* Which sections are open in a pool: for a WARN about it, and for debugfs. */
void section_show(struct rsvpool *pool,
		  void (*show)(void *data, const char *comm, pid_t pid,
			       unsigned long caller, unsigned int left),
		  void *data)
{
	struct rsvpool_section_record *r;
	struct {
		char comm[TASK_COMM_LEN];
		pid_t pid;
		unsigned long caller;
		unsigned int left;
	} shown[SECTIONS_SHOWN];
	unsigned int i, n = 0;

	raw_spin_lock_irq(&table_lock);
	for (i = 0; i < ARRAY_SIZE(table); i++)
		list_for_each_entry(r, &table[i], in_table) {
			if (r->pool != pool || n == SECTIONS_SHOWN)
				continue;
			memcpy(shown[n].comm, r->comm, TASK_COMM_LEN);
			shown[n].pid = r->pid;
			shown[n].caller = r->caller;
			shown[n].left = atomic_read(&r->left);
			n++;
		}
	raw_spin_unlock_irq(&table_lock);
	for (i = 0; i < n; i++)
		show(data, shown[i].comm, shown[i].pid, shown[i].caller,
		     shown[i].left);
}

static void find_exit_tracepoint(struct tracepoint *tp, void *data)
{
	if (!strcmp(tp->name, "sched_process_exit"))
		exit_tracepoint = tp;
}

int section_init(void)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(table); i++)
		INIT_LIST_HEAD(&table[i]);
	records = mempool_create_kmalloc_pool(RECORDS_RESERVE,
					      sizeof(struct rsvpool_section_record));
	if (!records)
		return -ENOMEM;
	/* A kernel without it: a forgotten section is not reported at exit. */
	if (!IS_ENABLED(CONFIG_TRACEPOINTS))
		return 0;
	for_each_kernel_tracepoint(find_exit_tracepoint, NULL);
	if (!exit_tracepoint)
		return 0;
	err = tracepoint_probe_register(exit_tracepoint, exit_probe, NULL);
	if (err)
		mempool_destroy(records);
	return err;
}

/* No section is open: whoever has one holds its pool, and that the module. */
void section_exit(void)
{
	if (IS_ENABLED(CONFIG_TRACEPOINTS) && exit_tracepoint) {
		tracepoint_probe_unregister(exit_tracepoint, exit_probe, NULL);
		tracepoint_synchronize_unregister();
	}
	flush_work(&forgotten_work);
	mempool_destroy(records);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Sections: a stretch of code in one task with a guaranteed number of
 * elements.
 *
 * A private section claims its elements at begin and sets them aside.
 * rsvpool_section_alloc() hands them out one by one, in the task and in any context
 * that interrupts it.
 *
 * A shared section is only admitted at begin.  It allocates from caches, from above
 * min and from the source, as every request does.  If these have nothing, it makes
 * one claim in the pool's queue, for all elements that it and the sections around
 * it may still ask for.  It sets them aside and does not wait again.  So the
 * reserve need only be as large as the largest section, not as their sum.  It is
 * safe because
 *
 *	- a section that waits has taken nothing from below min: its elements came
 *	  from elsewhere, and do not raise M (depot.c);
 *	- a section that has taken from below min has all it may ask for, so it ends
 *	  without waiting for elements, and its frees refill the depot;
 *	- so the depot comes back to min, which is enough for any section that
 *	  waits, and the queue serves them in order: the sections take turns.
 *
 * This holds if only sections use the reserve, if their elements are freed by their
 * end, and if the code in a section takes no lock that another section of the pool
 * may hold while it waits for elements.
 *
 * The caller's struct is on a stack, which is gone if the task exits without ending
 * the section.  So the state is in a record: the elements that were not handed out,
 * the task, its name at begin, and the code that began the section.  A record is in
 * two places:
 *
 *	in a tree by task, for the calls of that task and for a probe on
 *	sched_process_exit.  A hash of the task chooses one of several trees.  A
 *	task has at most RSVPOOL_NEST_MAX records, so finding them all is bounded
 *	by that and by the height of the tree;
 *	in a list of its pool, which also counts the admitted shared sections
 *	by their size: so the size of the largest is known without a walk.
 *
 * Each tree and each pool has a raw lock.  None of them is held while another one
 * is taken; inside the pool's lock only its depot's is.  No hold time depends on
 * how many sections are open.
 *
 * Records come from slab.  For times without memory each pool has one of its own,
 * and 64 more are set aside for all.  If all of these are in use, a section that may
 * wait waits until a section of its pool ends, or memory comes back.  A section that
 * waits for elements may hold one of these records; no section of another pool has to
 * wait for that, as each pool has its own.
 *
 * The probe only moves forgotten records to a list.  A work item reports them and
 * frees their elements.  A section may end under the caller's raw locks, where
 * PREEMPT_RT cannot call slab.  Then its record goes to a list, too.  The next
 * section takes it from there, or a work item frees it.
 */
#include <linux/bitops.h>
#include <linux/export.h>
#include <linux/hash.h>
#include <linux/irq_work.h>
#include <linux/mempool.h>
#include <linux/percpu.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <linux/wait.h>

#include "alloc.h"
#include "claim.h"
#include "comm.h"
#include "free.h"
#include "internal.h"
#include "section.h"
#include "source.h"
#include "trace.h"
#include "tryalloc.h"
#include "wait.h"
#include "worker.h"

#define RECORDS_RESERVE	64	/* sections that can begin without memory */
#define TREE_BITS	6	/* log2 of the number of trees */

/**
 * struct rsvpool_section_record - an open section
 * @pool: the pool
 * @outer: the section of the same pool that it is nested in, or NULL
 * @inner: a section is open that is nested in this one
 * @flags: as given to begin
 * @nr: elements guaranteed at begin
 * @noio_scope: for memalloc_noio_restore()
 * @nofs_scope: for memalloc_nofs_restore()
 * @left: elements that may still be asked for.  The section's task changes it; with
 *	a private section also code that interrupts the task
 * @stashed: the @left elements are set aside in @elements
 * @counted: the pool counts it in open.shared
 * @task: the task that began it; only compared
 * @pid: its pid, for reports
 * @comm: its name, for reports
 * @caller: the code that began it
 * @number: larger than that of the task's section before it
 * @in_tree: in the tree, by task and number
 * @in_pool: in the pool's list
 * @aside: in the list of forgotten or of ended records
 * @own: it is the one that its pool has set aside
 * @elements: the elements set aside, from the front
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
	bool stashed;
	bool counted;
	struct task_struct *task;
	pid_t pid;
	char comm[TASK_COMM_LEN];
	unsigned long caller;
	unsigned long number;
	struct rb_node in_tree;
	struct list_head in_pool;
	struct list_head aside;
	bool own;
	void *elements[RSVPOOL_SECTION_MAX];
};

/* Records by task.  The lock protects the tree and the records' place in it. */
struct section_tree {
	raw_spinlock_t lock;
	struct rb_root root;
};

/*
 * The sections that a task has open.
 *
 * @innermost: the innermost of any pool, or NULL
 * @of_pool: the innermost of the pool in question, or NULL
 * @nr: how many are open
 * @may_wait: a shared section of another pool may still have to wait
 */
struct section_view {
	struct rsvpool_section_record *innermost;
	struct rsvpool_section_record *of_pool;
	unsigned int nr;
	bool may_wait;
};

static struct section_tree trees[1 << TREE_BITS];
/* The pools of forgotten sections, which leave_fn() ends. */
static LLIST_HEAD(leaving);

static LIST_HEAD(forgotten);
static LIST_HEAD(ended);
/* Protects these two lists; a leaf. */
static DEFINE_RAW_SPINLOCK(aside_lock);
static mempool_t *records;
/* Tasks that wait for a record. */
static DECLARE_WAIT_QUEUE_HEAD(record_wait);
static struct tracepoint *exit_tracepoint;
static unsigned int longest_walk;

static struct section_tree *tree_of(const struct task_struct *task)
{
	return &trees[hash_ptr(task, TREE_BITS)];
}

static struct rsvpool_section_record *record_of(struct rb_node *node)
{
	return rb_entry(node, struct rsvpool_section_record, in_tree);
}

/* @steps records were visited during one hold of a lock. */
static void note_walk(unsigned int steps)
{
	/* Racy: informational. */
	if (unlikely(steps > READ_ONCE(longest_walk)))
		WRITE_ONCE(longest_walk, steps);
}

/* The most records that were visited during one hold of a lock. */
unsigned int section_longest_walk(void)
{
	return READ_ONCE(longest_walk);
}

static bool record_before(struct rb_node *a, const struct rb_node *b)
{
	const struct rsvpool_section_record *ra, *rb;

	ra = rb_entry(a, struct rsvpool_section_record, in_tree);
	rb = rb_entry(b, struct rsvpool_section_record, in_tree);
	if (ra->task != rb->task)
		return ra->task < rb->task;
	return ra->number < rb->number;
}

/* The innermost section of a task, or NULL.  Tree's lock held. */
static struct rsvpool_section_record *innermost(struct section_tree *tree,
						const struct task_struct *task,
						unsigned int *steps)
{
	struct rb_node *node = tree->root.rb_node, *found = NULL;

	while (node) {
		++*steps;
		if (record_of(node)->task > task) {
			node = node->rb_left;
		} else {
			if (record_of(node)->task == task)
				found = node;
			node = node->rb_right;
		}
	}
	return found ? record_of(found) : NULL;
}

/* The task's section that began before @r, or NULL.  Tree's lock held. */
static struct rsvpool_section_record *
earlier(struct rsvpool_section_record *r)
{
	struct rb_node *node = rb_prev(&r->in_tree);

	return node && record_of(node)->task == r->task ? record_of(node) :
		NULL;
}

/* Finds the current task's sections; @pool is the one in question. */
static void view_sections(const struct rsvpool *pool, struct section_view *view)
{
	struct section_tree *tree = tree_of(current);
	struct rsvpool_section_record *r;
	unsigned int steps = 0;
	unsigned long flags;

	*view = (struct section_view){ };
	raw_spin_lock_irqsave(&tree->lock, flags);
	view->innermost = innermost(tree, current, &steps);
	for (r = view->innermost; r; r = earlier(r)) {
		view->nr++;
		if (r->pool != pool)
			view->may_wait |= !r->stashed;
		else if (!view->of_pool)
			view->of_pool = r;
	}
	raw_spin_unlock_irqrestore(&tree->lock, flags);
	note_walk(steps + view->nr);
}

/*
 * Records.  If slab cannot be called, an ended section's record goes to the
 * list ended.
 */

static void ended_fn(struct work_struct *work);
static DECLARE_WORK(ended_work, ended_fn);

static void ended_kick_fn(struct irq_work *work)
{
	worker_queue(&ended_work);
}

/* Per CPU, so that no CPU waits until another one enables interrupts. */
static DEFINE_PER_CPU(struct irq_work, ended_kick);

static struct rsvpool_section_record *take_aside(struct list_head *list)
{
	struct rsvpool_section_record *r;
	unsigned long flags;

	raw_spin_lock_irqsave(&aside_lock, flags);
	r = list_first_entry_or_null(list, struct rsvpool_section_record,
				     aside);
	if (r)
		list_del(&r->aside);
	raw_spin_unlock_irqrestore(&aside_lock, flags);
	return r;
}

static void ended_fn(struct work_struct *work)
{
	struct rsvpool_section_record *r;

	wake_up_all(&record_wait);
	while ((r = take_aside(&ended))) {
		mempool_free(r, records);
		cond_resched();
	}
}

/* Takes the pool's own record; NULL if a section has it. */
static struct rsvpool_section_record *take_own(struct rsvpool *pool)
{
	struct rsvpool_section_record *r;

	raw_spin_lock_irq(&pool->open.lock);
	r = pool->open.record;
	WRITE_ONCE(pool->open.record, NULL);
	raw_spin_unlock_irq(&pool->open.lock);
	return r;
}

/*
 * A record, or NULL.  The pool's own comes before those that are set aside for all:
 * these are for pools whose own is in use.
 */
static struct rsvpool_section_record *record_try(struct rsvpool *pool)
{
	struct rsvpool_section_record *r = take_aside(&ended);
	bool own = false;

	if (!r)
		r = kmalloc(sizeof(*r), source_gfp(GFP_NOIO, false));
	if (unlikely(!r)) {
		r = take_own(pool);
		own = r;
	}
	if (unlikely(!r))
		r = mempool_alloc(records, GFP_NOWAIT);
	if (!r)
		return NULL;
	memset(r, 0, offsetof(struct rsvpool_section_record, elements));
	r->pool = pool;
	r->own = own;
	return r;
}

/*
 * A record for a section of @pool; NULL if there is none, and it may not @wait.
 * Waits until a section of the pool gives its own back.  Tries the other ways again
 * from time to time, as no wake-up says that one of them has a record, and
 * record_free() cannot always have the task woken.  Tasks that wait are not in order.
 */
static struct rsvpool_section_record *record_alloc(struct rsvpool *pool,
						   bool wait)
{
	struct rsvpool_section_record *r;

	while (!(r = record_try(pool)) && wait)
		wait_event_timeout(record_wait, READ_ONCE(pool->open.record),
				   HZ);
	return r;
}

/* Slab may sleep on PREEMPT_RT, and so may a wake-up. */
static noinline void record_free_now(struct rsvpool_section_record *r, bool own)
{
	if (unlikely(own))
		wake_up_all(&record_wait);
	else
		mempool_free(r, records);
}

/* Free a record, in any context but NMI, while its pool exists. */
static void record_free(struct rsvpool_section_record *r)
{
	struct rsvpool_open *open = &r->pool->open;
	bool own = r->own;
	unsigned long flags;

	/* As soon as it is there, another section may have it. */
	if (unlikely(own)) {
		raw_spin_lock_irqsave(&open->lock, flags);
		WRITE_ONCE(open->record, r);
		raw_spin_unlock_irqrestore(&open->lock, flags);
	}
	if (preemptible()) {
		record_free_now(r, own);
		return;
	}
	raw_spin_lock_irqsave(&aside_lock, flags);
	if (likely(!own))
		list_add(&r->aside, &ended);
	/*
	 * Not on a CPU that is going offline, as in pool_kick().  The next section
	 * takes the record, or the work item that the next end queues frees it.
	 */
	if (likely(cpu_online(raw_smp_processor_id())))
		irq_work_queue(this_cpu_ptr(&ended_kick));
	raw_spin_unlock_irqrestore(&aside_lock, flags);
}

/*
 * A pool's list of sections.
 */

/* While @r is counted, no resize lowers the reserve below it.  Lock held. */
static void count_size(struct rsvpool_section_record *r)
{
	struct rsvpool_open *open = &r->pool->open;

	r->counted = true;
	if (!open->shared[r->nr - 1]++)
		open->sizes |= BIT_ULL(r->nr - 1);
}

static void uncount_size(struct rsvpool_section_record *r)
{
	struct rsvpool_open *open = &r->pool->open;

	if (!r->counted)
		return;
	r->counted = false;
	if (!--open->shared[r->nr - 1])
		open->sizes &= ~BIT_ULL(r->nr - 1);
}

/* All elements of @r are set aside: the reserve may become smaller. */
static void mark_stashed(struct rsvpool_section_record *r)
{
	unsigned long flags;

	r->stashed = true;
	raw_spin_lock_irqsave(&r->pool->open.lock, flags);
	uncount_size(r);
	raw_spin_unlock_irqrestore(&r->pool->open.lock, flags);
}

/* Takes @r off the pool's list.  Its elements are still outstanding. */
static void leave_pool(struct rsvpool_section_record *r)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&r->pool->open.lock, flags);
	list_del(&r->in_pool);
	uncount_size(r);
	raw_spin_unlock_irqrestore(&r->pool->open.lock, flags);
}

void section_setup(struct rsvpool *pool)
{
	BUILD_BUG_ON(BITS_PER_TYPE(pool->open.sizes) < RSVPOOL_SECTION_MAX);
	raw_spin_lock_init(&pool->open.lock);
	INIT_LIST_HEAD(&pool->open.list);
}

/* Sets the pool's own record aside.  Task, may sleep.  Returns 0 or -ENOMEM. */
int section_allocate(struct rsvpool *pool)
{
	struct rsvpool_open *open = &pool->open;

	open->record = kmalloc_node(sizeof(*open->record), GFP_KERNEL, pool->node);
	pool->metadata_bytes += sizeof(*open->record);
	return open->record ? 0 : -ENOMEM;
}

/* The record is back: a grace period ago no section was open any more. */
void section_deallocate(struct rsvpool *pool)
{
	kfree(pool->open.record);
}

/*
 * Claims all elements that @r and the sections around it may still ask for, and
 * sets them aside: for a private section at begin, for a shared one when it has to
 * claim.  The sections around it must not wait for more while the inner section
 * holds elements from below min.
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
		mark_stashed(open);
	}
	return 0;
}

/* Moves the elements of a nested section from the outer one to it. */
static int nest(struct rsvpool_section_record *r,
		struct rsvpool_section_record *outer, unsigned int nr)
{
	int left = atomic_read(&outer->left);

	if ((r->flags ^ outer->flags) & RSVPOOL_SECTION_PRIVATE)
		return -EINVAL;
	/* An interrupt may allocate from the outer one meanwhile. */
	do {
		if (left < (int)nr)
			return -EDEADLK;
	} while (!atomic_try_cmpxchg(&outer->left, &left, left - (int)nr));
	if (outer->stashed)
		memcpy(r->elements, &outer->elements[left - nr],
		       nr * sizeof(*r->elements));
	r->stashed = outer->stashed;
	r->outer = outer;
	outer->inner = true;
	return 0;
}

/*
 * Adds @r to its pool's list and its task's tree.  From now on the pool's
 * reserve stays at least as large as a shared section, until it ends or has its
 * elements set aside.  If the reserve has become smaller meanwhile, @r is
 * refused.  A nested section is never refused, so nest() need not be undone:
 * the outer one is counted or has its elements set aside, and is at least as
 * large.
 */
static int admit(struct rsvpool_section_record *r)
{
	struct section_tree *tree = tree_of(r->task);
	struct rsvpool_open *open = &r->pool->open;
	unsigned long flags;
	int err = 0;

	raw_spin_lock_irqsave(&open->lock, flags);
	if (!r->stashed && r->nr > READ_ONCE(r->pool->reserve)) {
		err = -EINVAL;
	} else {
		list_add_tail(&r->in_pool, &open->list);
		if (!r->stashed)
			count_size(r);
	}
	raw_spin_unlock_irqrestore(&open->lock, flags);
	if (err)
		return err;
	raw_spin_lock_irqsave(&tree->lock, flags);
	rb_add(&r->in_tree, &tree->root, record_before);
	raw_spin_unlock_irqrestore(&tree->lock, flags);
	return 0;
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
	struct rsvpool_open *open = &pool->open;
	int err = 0;

	raw_spin_lock_irq(&open->lock);
	if (fls64(open->sizes) > reserve)
		err = -EBUSY;
	else
		lower(pool, reserve);
	raw_spin_unlock_irq(&open->lock);
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

int rsvpool_section_begin(struct rsvpool_section *s, struct rsvpool *pool,
			  unsigned int nr, unsigned int flags)
{
	bool wait = !(flags & RSVPOOL_SECTION_NOWAIT);
	struct rsvpool_section_record *r;
	struct section_view view;
	int err;

	s->record = NULL;
	err = check_begin(pool, nr, flags);
	if (err)
		return err;
	might_sleep_if(wait);
	view_sections(pool, &view);
	if (view.nr >= RSVPOOL_NEST_MAX) {
		pool_refuse(pool->name, "section",
			    "the task has %u open sections, which is the maximum",
			    view.nr);
		return -ELOOP;
	}

	/* Waits alone: inside another section it would hold what that one has. */
	wait &= !view.innermost && (flags & RSVPOOL_SECTION_PRIVATE);
	/* From now on the pool is in use, also while this waits for a record. */
	atomic_inc(&pool->sections);
	r = record_alloc(pool, wait);
	if (!r) {
		atomic_dec(&pool->sections);
		return -EAGAIN;
	}
	r->flags = flags;
	r->task = current;
	r->pid = task_pid_nr(current);
	comm_copy(r->comm, current);
	r->caller = _RET_IP_;
	r->number = view.innermost ? view.innermost->number + 1 : 0;

	r->nr = nr;
	atomic_set(&r->left, nr);
	if (view.of_pool) {
		err = nest(r, view.of_pool, nr);
	} else {
		if (view.innermost && (!(flags & RSVPOOL_SECTION_PRIVATE) ||
				       view.may_wait))
			err = -EDEADLK;
		else if (flags & RSVPOOL_SECTION_PRIVATE)
			err = stash_fill(r, wait);
		if (err == -ENOMEM)
			err = view.innermost ? -EDEADLK : -EAGAIN;
	}
	if (!err)
		err = admit(r);
	if (err) {
		record_free(r);
		atomic_dec(&pool->sections);
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

/* Takes an element that is set aside; an interrupt may do so meanwhile. */
static void *stash_take(struct rsvpool_section_record *r)
{
	int left = atomic_dec_if_positive(&r->left);

	return left < 0 ? NULL : r->elements[left];
}

/* A shared section's ladder: all rungs except the reserve. */
static void *shared_alloc(struct rsvpool_section_record *r)
{
	void *element;

	element = rung_depot(r->pool, true, true);
	if (READ_ONCE(r->pool->policy) == RSVPOOL_POLICY_RESERVE)
		return element;
	if (!element)
		element = rung_source(r->pool, GFP_KERNEL, false);
	if (!element)
		element = rung_source(r->pool, current_gfp_context(GFP_KERNEL),
				      true);
	return element;
}

void *rsvpool_section_alloc(struct rsvpool_section *s)
{
	struct rsvpool_section_record *r = s->record;
	void *element;

	if (WARN_ON_ONCE(!r))
		return NULL;
	if (r->flags & RSVPOOL_SECTION_PRIVATE)
		return alloc_finish(r->pool, 0, stash_take(r), _RET_IP_);

	might_sleep();
	/* While a section of the same pool is open inside, use that one. */
	if (WARN_ON_ONCE(r->inner) || !atomic_read(&r->left))
		return NULL;
	if (!r->stashed) {
		element = shared_alloc(r);
		if (element) {
			atomic_dec(&r->left);
			return alloc_finish(r->pool, 0, element, _RET_IP_);
		}
		/* Memory has run out: claim all that it may still ask for. */
		if (WARN_ON_ONCE(stash_fill(r, true)))
			return NULL;
	}
	return alloc_finish(r->pool, 0, stash_take(r), _RET_IP_);
}
EXPORT_SYMBOL_GPL(rsvpool_section_alloc);

/* Gives unused elements back: to the outer section, or to the pool. */
static void give_back(struct rsvpool_section_record *r)
{
	struct rsvpool_section_record *outer = r->outer;
	int left = atomic_read(&r->left), has;

	if (!outer) {
		if (r->stashed)
			pool_free_bulk(r->pool, left, r->elements);
		return;
	}
	outer->inner = false;
	has = atomic_read(&outer->left);
	/*
	 * Repeat if an interrupt allocates from the outer one meanwhile.  Not
	 * memcpy(): a fortified one may print a warning.
	 */
	do {
		if (outer->stashed)
			unsafe_memcpy(&outer->elements[has], r->elements,
				      left * sizeof(*r->elements),
				      /* nest() has taken that many from it */);
	} while (!atomic_try_cmpxchg(&outer->left, &has, has + left));
}

void rsvpool_section_end(struct rsvpool_section *s)
{
	struct section_tree *tree = tree_of(current);
	struct rsvpool_section_record *r;
	struct rsvpool *pool;
	unsigned long irqflags;
	unsigned int steps = 0;
	bool inner = false;

	if (!s || !s->record || WARN_ON_ONCE(!in_task()))
		return;
	/*
	 * Search this task's records, of which there are at most RSVPOOL_NEST_MAX.
	 * If the record is not there, do not read it: it belongs to another task,
	 * or this task is exiting, and exit_probe() has given it to be freed.
	 */
	raw_spin_lock_irqsave(&tree->lock, irqflags);
	r = innermost(tree, current, &steps);
	while (r && r != s->record)
		r = earlier(r);
	if (r) {
		inner = r->inner;
		if (!inner)
			rb_erase(&r->in_tree, &tree->root);
	}
	raw_spin_unlock_irqrestore(&tree->lock, irqflags);
	if (WARN_ON_ONCE(inner))
		return;
	s->record = NULL;
	if (WARN_ON_ONCE(!r))
		return;
	leave_pool(r);
	if (r->flags & RSVPOOL_SECTION_NOFS)
		memalloc_nofs_restore(r->nofs_scope);
	if (r->flags & RSVPOOL_SECTION_NOIO)
		memalloc_noio_restore(r->noio_scope);
	trace_rsvpool_section(r->pool->name, atomic_read(&r->left), r->flags,
			      false);
	give_back(r);
	pool = r->pool;
	record_free(r);
	atomic_dec(&pool->sections);
}
EXPORT_SYMBOL_GPL(rsvpool_section_end);

/*
 * End the forgotten sections, whose elements and records are free.  Not on the
 * workqueue of forgotten_fn(): this may wait for a pool, and so for items of that
 * workqueue.
 */
static void leave_fn(struct work_struct *work)
{
	struct llist_node *node = llist_del_all(&leaving), *next;
	struct rsvpool *pool;

	for (; node; node = next) {
		next = node->next;
		pool = container_of(node, struct rsvpool, open.in_leaving);
		/* From the exchange on forgotten_fn() may add the pool again. */
		pool_leave_sections(pool, atomic_xchg(&pool->open.forgotten, 0));
		cond_resched();
	}
}

static DECLARE_WORK(leave_work, leave_fn);

/*
 * The task of these sections has exited: report them and free their elements, for
 * which tasks may sleep.
 */
static void forgotten_fn(struct work_struct *work)
{
	struct rsvpool_section_record *r;
	struct rsvpool *pool;

	while ((r = take_aside(&forgotten))) {
		pool = r->pool;
		pr_err("pool '%s': section: task %s/%d exited without ending the section it began at %pS\n",
		       pool->name, r->comm, r->pid, (void *)r->caller);
		leave_pool(r);
		/* Its outer section is forgotten, too, and comes later. */
		if (r->stashed)
			pool_free_bulk(pool, atomic_read(&r->left), r->elements);
		record_free(r);
		/* The pool stays until leave_fn() has ended what is counted here. */
		if (atomic_inc_return(&pool->open.forgotten) == 1)
			llist_add(&pool->open.in_leaving, &leaving);
		event_queue(&leave_work);
		cond_resched();
	}
}

static DECLARE_WORK(forgotten_work, forgotten_fn);

/* In the exiting task, which may hold raw locks: only move its records. */
static void exit_probe(void *data, RSVPOOL_EXIT_ARGS)
{
	struct section_tree *tree = tree_of(task);
	struct rsvpool_section_record *r, *outer;
	unsigned int steps = 0;
	unsigned long flags;
	LIST_HEAD(found);

	/* Only the task adds its records: it sees them without the lock. */
	if (likely(!READ_ONCE(tree->root.rb_node)))
		return;
	raw_spin_lock_irqsave(&tree->lock, flags);
	for (r = innermost(tree, task, &steps); r; r = outer) {
		outer = earlier(r);
		rb_erase(&r->in_tree, &tree->root);
		RB_CLEAR_NODE(&r->in_tree);
		list_add_tail(&r->aside, &found);
		steps++;
	}
	raw_spin_unlock_irqrestore(&tree->lock, flags);
	note_walk(steps);
	if (list_empty(&found))
		return;
	raw_spin_lock_irqsave(&aside_lock, flags);
	list_splice_tail(&found, &forgotten);
	raw_spin_unlock_irqrestore(&aside_lock, flags);
	worker_queue(&forgotten_work);
}

/*
 * Shows the oldest SECTIONS_SHOWN open sections of a pool: for debugfs and the log.
 */
void section_show(struct rsvpool *pool,
		  void (*show)(void *data, const char *comm, pid_t pid,
			       unsigned long caller, unsigned int left),
		  void *data)
{
	struct rsvpool_open *open = &pool->open;
	struct rsvpool_section_record *r;
	struct {
		char comm[TASK_COMM_LEN];
		pid_t pid;
		unsigned long caller;
		unsigned int left;
	} shown[SECTIONS_SHOWN];
	unsigned int i, n = 0;

	raw_spin_lock_irq(&open->lock);
	list_for_each_entry(r, &open->list, in_pool) {
		if (n == SECTIONS_SHOWN)
			break;
		memcpy(shown[n].comm, r->comm, TASK_COMM_LEN);
		shown[n].pid = r->pid;
		shown[n].caller = r->caller;
		shown[n].left = atomic_read(&r->left);
		n++;
	}
	raw_spin_unlock_irq(&open->lock);
	note_walk(n);
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
	struct irq_work *kick;
	unsigned int i, cpu;
	int err;

	for (i = 0; i < ARRAY_SIZE(trees); i++) {
		raw_spin_lock_init(&trees[i].lock);
		trees[i].root = RB_ROOT;
	}
	/* No initializer: a module's per-CPU data must not contain addresses. */
	for_each_possible_cpu(cpu) {
		kick = per_cpu_ptr(&ended_kick, cpu);
		*kick = IRQ_WORK_INIT_HARD(ended_kick_fn);
	}
	records = mempool_create_kmalloc_pool(RECORDS_RESERVE,
					      sizeof(struct rsvpool_section_record));
	if (!records)
		return -ENOMEM;
	/* Without the tracepoint a forgotten section is not reported. */
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

/* No section is open: an open section holds its pool, which holds the module. */
void section_exit(void)
{
	unsigned int cpu;

	if (IS_ENABLED(CONFIG_TRACEPOINTS) && exit_tracepoint) {
		tracepoint_probe_unregister(exit_tracepoint, exit_probe, NULL);
		tracepoint_synchronize_unregister();
	}
	flush_work(&forgotten_work);
	flush_work(&leave_work);
	for_each_possible_cpu(cpu)
		irq_work_sync(per_cpu_ptr(&ended_kick, cpu));
	flush_work(&ended_work);
	ended_fn(NULL);
	mempool_destroy(records);
}

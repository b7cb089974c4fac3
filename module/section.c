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
 * min, and from the source, as every request does.  When those have nothing,
 * it claims all that it may still want, at once, in the pool's queue, and with
 * it all that the sections around it may; then it has that set aside and does
 * not wait again.  So the reserve need only be as large as the largest section,
 * not as their sum.  It is safe because
 *
 *	- a section waits while it has taken nothing from below min: what
 *	  it holds came from elsewhere, and does not raise M (depot.c);
 *	- a section that has taken from below min has all it may want, so it comes
 *	  to its end without waiting for elements, and its frees refill the depot;
 *	- so the depot comes back to min, which is enough for any section that waits,
 *	  and the queue serves them in order: the sections take turns.
 *
 * This holds if the reserve is used by sections alone, if what they take is
 * freed at their end, and if the code in them takes no lock that another
 * section of the pool may wait for elements with.
 *
 * What has to survive a section that was never ended is not in the caller's
 * struct, which is on a stack, but in a record: the elements that were not
 * handed out, who began it, where.  A record stands in two places:
 *
 *	in a tree by task, one of several by a hash of the task, for the calls
 *	of that task and for a probe on sched_process_exit.  A task has at most
 *	RSVPOOL_NEST_MAX records, so a look at all of them is bounded by
 *	that and by the height of the tree;
 *	in a list of its pool, which also counts the admitted shared sections
 *	by their size: so the largest of them is known without a walk.
 *
 * Each of these has a raw lock, and none is held while another is taken; inside
 * a pool's own is its depot's.  No hold depends on how many sections are open.
 *
 * The probe only moves forgotten records to a list; a work item reports them
 * and gives the elements back.  A section may end under the caller's raw locks,
 * where PREEMPT_RT cannot call slab: its record then goes to a list too, from
 * which the next section takes one, or a work item gives them back.
 */
#include <linux/bitops.h>
#include <linux/export.h>
#include <linux/hash.h>
#include <linux/irq_work.h>
#include <linux/mempool.h>
#include <linux/percpu.h>
#include <linux/sched/mm.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "alloc.h"
#include "claim.h"
#include "free.h"
#include "internal.h"
#include "section.h"
#include "trace.h"
#include "tryalloc.h"
#include "wait.h"
#include "worker.h"

#define RECORDS_RESERVE	64	/* sections that can begin without memory */
#define TREE_BITS	6	/* trees */

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
 * @counted: among those that the pool's reserve must stay large enough for
 * @task: the task that began it; only compared
 * @pid: and for the report
 * @comm: likewise
 * @caller: where it began
 * @number: grows with each of the task's open sections
 * @in_tree: by task and number
 * @in_pool: in the list of the pool's
 * @aside: on the list of forgotten or of ended ones
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
	bool counted;
	struct task_struct *task;
	pid_t pid;
	char comm[TASK_COMM_LEN];
	unsigned long caller;
	unsigned long number;
	struct rb_node in_tree;
	struct list_head in_pool;
	struct list_head aside;
	void *elements[RSVPOOL_SECTION_MAX];
};

/* Records by task; both under the lock. */
struct section_tree {
	raw_spinlock_t lock;
	struct rb_root root;
};

/*
 * What a task has open.
 *
 * @innermost: of any pool, or NULL
 * @of_pool: of the pool in question, or NULL
 * @nr: how many there are
 * @may_wait: one of another pool is a shared one that may still have to wait
 */
struct section_view {
	struct rsvpool_section_record *innermost;
	struct rsvpool_section_record *of_pool;
	unsigned int nr;
	bool may_wait;
};

static struct section_tree trees[1 << TREE_BITS];
static LIST_HEAD(forgotten);
static LIST_HEAD(ended);
/* For those two lists; a leaf. */
static DEFINE_RAW_SPINLOCK(aside_lock);
static mempool_t *records;
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

/* So many records were looked at under one hold of a lock. */
static void note_walk(unsigned int steps)
{
	/* Racy: a figure for people, of which the largest matters. */
	if (unlikely(steps > READ_ONCE(longest_walk)))
		WRITE_ONCE(longest_walk, steps);
}

/* The most that ever were. */
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

/* The section of the same task that began before @r, or NULL.  Lock held. */
static struct rsvpool_section_record *
earlier(struct rsvpool_section_record *r)
{
	struct rb_node *node = rb_prev(&r->in_tree);

	return node && record_of(node)->task == r->task ? record_of(node) :
		NULL;
}

/* What the current task has open, with @pool as the one in question. */
static void look(const struct rsvpool *pool, struct section_view *view)
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
			view->may_wait |= !r->stash;
		else if (!view->of_pool)
			view->of_pool = r;
	}
	raw_spin_unlock_irqrestore(&tree->lock, flags);
	note_walk(steps + view->nr);
}

/*
 * Records.  Where slab cannot be called an ended one is laid aside.
 */

static void ended_fn(struct work_struct *work);
static DECLARE_WORK(ended_work, ended_fn);

static void ended_kick_fn(struct irq_work *work)
{
	worker_queue(&ended_work);
}

/* Per CPU, so that none waits for another to let interrupts in. */
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

	while ((r = take_aside(&ended))) {
		mempool_free(r, records);
		cond_resched();
	}
}

static struct rsvpool_section_record *record_alloc(gfp_t gfp)
{
	struct rsvpool_section_record *r = take_aside(&ended);

	return r ? r : mempool_alloc(records, gfp);
}

/* To slab, which sleeps on PREEMPT_RT, and wakes a task, if need be. */
static noinline void record_free_now(struct rsvpool_section_record *r)
{
	mempool_free(r, records);
}

/* Any context but NMI. */
static void record_free(struct rsvpool_section_record *r)
{
	unsigned long flags;

	if (preemptible()) {
		record_free_now(r);
		return;
	}
	raw_spin_lock_irqsave(&aside_lock, flags);
	list_add(&r->aside, &ended);
	/*
	 * Not on a CPU that is going, as in pool_kick(): the next section takes
	 * the record, or the next end has it seen to.
	 */
	if (likely(cpu_online(raw_smp_processor_id())))
		irq_work_queue(this_cpu_ptr(&ended_kick));
	raw_spin_unlock_irqrestore(&aside_lock, flags);
}

/*
 * What a pool knows of its sections.
 */

/* @r needs the pool's reserve to stay at least as large.  Lock held. */
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

/* All that @r may want is set aside; the reserve may become smaller. */
static void stashed(struct rsvpool_section_record *r)
{
	unsigned long flags;

	r->stash = true;
	raw_spin_lock_irqsave(&r->pool->open.lock, flags);
	uncount_size(r);
	raw_spin_unlock_irqrestore(&r->pool->open.lock, flags);
}

/* The pool does not know of it any more; its elements are still out. */
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

/*
 * A private section, or a shared one that had to claim, has all it may want;
 * and so have those around it, for a section must not hold what an inner one
 * has taken from below min, and then wait for more.
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
		stashed(open);
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
 * Known to pool and task.  Until a shared section ends the reserve is not made
 * smaller than it needs; and it is admitted only if it has not been meanwhile.
 */
static int admit(struct rsvpool_section_record *r)
{
	struct section_tree *tree = tree_of(r->task);
	struct rsvpool_open *open = &r->pool->open;
	unsigned long flags;
	int err = 0;

	raw_spin_lock_irqsave(&open->lock, flags);
	if (!r->stash && r->nr > READ_ONCE(r->pool->reserve)) {
		err = -EINVAL;
	} else {
		list_add_tail(&r->in_pool, &open->list);
		atomic_inc(&r->pool->sections);
		if (!r->stash)
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
	look(pool, &view);
	if (view.nr >= RSVPOOL_NEST_MAX) {
		pool_refuse(pool->name, "section",
			    "the task has %u open, which is the most", view.nr);
		return -ELOOP;
	}

	/*
	 * Records come back with the end of any section: so who has one, or is
	 * promised not to wait here, does not wait for one either.
	 */
	r = record_alloc(wait && !view.innermost &&
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
			err = stash_fill(r, wait && !view.innermost);
		if (err == -ENOMEM)
			err = view.innermost ? -EDEADLK : -EAGAIN;
	}
	if (!err)
		err = admit(r);
	if (err) {
		record_free(r);
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
	/*
	 * Again if an interrupt allocates from the outer one meanwhile.  No
	 * memcpy(), which a compiler that knows the array's size lets print.
	 */
	do {
		if (outer->stash)
			unsafe_memcpy(&outer->elements[has], r->elements,
				      left * sizeof(*r->elements),
				      /* nest() has taken as many out of it */);
	} while (!atomic_try_cmpxchg(&outer->left, &has, has + left));
}

void rsvpool_section_end(struct rsvpool_section *s)
{
	struct section_tree *tree = tree_of(current);
	struct rsvpool_section_record *r;
	unsigned long irqflags;
	unsigned int steps = 0;
	bool inner = false;

	if (!s || !s->record || WARN_ON_ONCE(!in_task()))
		return;
	/*
	 * Among this task's, of which there are RSVPOOL_NEST_MAX at most.  What is
	 * not there is not looked at: another task's, or one that the exit of this
	 * task has had ended, so that it may be freed by now.
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
	atomic_dec(&r->pool->sections);
	record_free(r);
}
EXPORT_SYMBOL_GPL(rsvpool_section_end);

/* Sections whose task has gone: say so, and give back what they had. */
static void forgotten_fn(struct work_struct *work)
{
	struct rsvpool_section_record *r, *next;
	LIST_HEAD(left);

	while ((r = take_aside(&forgotten))) {
		pr_err("pool '%s': section: task %s/%d exited without ending the section it began at %pS\n",
		       r->pool->name, r->comm, r->pid, (void *)r->caller);
		leave_pool(r);
		/* Its outer one is forgotten too, and goes after it. */
		if (r->stash)
			pool_free_bulk(r->pool, atomic_read(&r->left),
				       r->elements);
		list_add_tail(&r->aside, &left);
		cond_resched();
	}
	/* Only then what may wait for one pool: another's elements are back. */
	list_for_each_entry_safe(r, next, &left, aside) {
		pool_leave_section(r->pool);
		mempool_free(r, records);
	}
}

static DECLARE_WORK(forgotten_work, forgotten_fn);

/* In the exiting task, which may hold raw locks: only move. */
static void exit_probe(void *data, RSVPOOL_EXIT_ARGS)
{
	struct section_tree *tree = tree_of(task);
	struct rsvpool_section_record *r, *outer;
	unsigned int steps = 0;
	unsigned long flags;
	LIST_HEAD(found);

	/* Only the task itself puts its own in, so it sees them. */
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
 * Which sections are open in a pool: for a WARN about it, and for debugfs.  The
 * oldest SECTIONS_SHOWN of them.
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
	/* No initializer: a module's per-CPU data may have no addresses. */
	for_each_possible_cpu(cpu) {
		kick = per_cpu_ptr(&ended_kick, cpu);
		*kick = IRQ_WORK_INIT_HARD(ended_kick_fn);
	}
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

/* No section is open: an open one holds its pool, and that the module. */
void section_exit(void)
{
	unsigned int cpu;

	if (IS_ENABLED(CONFIG_TRACEPOINTS) && exit_tracepoint) {
		tracepoint_probe_unregister(exit_tracepoint, exit_probe, NULL);
		tracepoint_synchronize_unregister();
	}
	flush_work(&forgotten_work);
	for_each_possible_cpu(cpu)
		irq_work_sync(per_cpu_ptr(&ended_kick, cpu));
	flush_work(&ended_work);
	ended_fn(NULL);
	mempool_destroy(records);
}

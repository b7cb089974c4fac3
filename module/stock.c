// SPDX-License-Identifier: GPL-2.0
/*
 * The stock and its queue of sleepers: everything about them that is not the
 * common case (which is in stock.h).
 *
 * The guarantee
 * -------------
 * For a pool with reserve R let
 *
 *	O  elements outstanding: handed out, or set aside for the head of the
 *	   queue, or on their way back;
 *	D  those of them whose free has already been decided to go to a cache;
 *	M  elements missing below the line: (line - count - parked, if positive)
 *	   + (nmi_reserve - full slots).
 *
 * Q = O - D - M never goes below zero, so M <= O, and as long as O < R there
 * is something in stock, slots or parking for a tryalloc.  Step by step:
 *
 *	take above the line, pop a cache, ask the source	O + 1
 *	take below the line, or from a slot			O + 1, M + 1
 *	free to the short line, to a slot, parked		O - 1, M - 1
 *	decide for a cache, having seen M == 0			D + 1
 *	and carry it out: to the cache, or to the stock		O - 1, D - 1
 *	pull to a cache or give back, from above the line	-
 *	grant to the head of the queue: as a take
 *
 * Only the decision lowers Q, by one.  It is made when M == 0, where Q is
 * O - D, and the element being freed is itself in O and not yet in D: so Q was
 * at least one.
 *
 * That decision is a lockless look at pool->pressed and pool->nmi_missing, and
 * may see old values.  It counts as made when the values it saw were true,
 * which is only wrong if the element was not outstanding then; that is, if it
 * was handed out after the line had become short.  An element handed out from
 * below the line is ordered: stock_hand_out() has smp_wmb() between the store
 * to pressed and handing it out, rsvpool_free() has smp_rmb() between being
 * given the element and looking.  An element from anywhere else, handed out after
 * (in the sense of happens-before) the line became short, carries that order
 * with it in the same way; and if there is no such order, then the hand-out
 * can be counted as the earlier of the two.  mm/mempool.c has the same pair of
 * barriers for the same reason.
 *
 * nmi_missing is raised before a slot is emptied, and lowered by a free that
 * has decided for a slot, which counts as being in it: the caller counts that
 * element as outstanding until its free has returned.  For NMI the same argument holds with nmi_reserve for R
 * and the slots alone for M: every free, before anything else, fills them.
 *
 * A sleeper waits for n <= R elements only while count < n, or behind one who
 * does.  Then M > R - n, so O - D > R - n: some element is outstanding whose
 * free will still look, see pressed, and come here.  So nobody is forgotten,
 * and the look needs no "does anybody wait" of its own: whoever waits has a
 * short line.  (pressed says both, so that a free that does see a sleeper
 * brings its element here even when the line is whole.)
 *
 * The queue
 * ---------
 * Sleepers are served in order, by whoever brings elements, under the lock:
 * the elements are copied to the sleeper's array and it moves to the granted
 * list, from which the irq_work wakes it.  A sleeper is in the tree, or in the
 * granted list, or on its own; it returns only after it has seen, under the
 * lock, that it is on its own, and the irq_work's last touch is under the lock
 * too.  The task_struct is good to wake after that because the irq_work runs
 * as an RCU reader.
 *
 * A newcomer that could sleep takes nothing while anybody waits.  One that can
 * not (tryalloc) takes what the head of the queue does not need.
 */
#include <linux/sched/signal.h>

#include "slots.h"
#include "stock.h"
#include "trace.h"

/* So long one sleep lasts before its sleeper looks around. */
#define WAIT_SLICE	(5 * HZ)

/* So many sleepers are listed: walking to them holds the lock. */
#define WAITERS_SHOWN	64

enum waiter_state {
	WAITER_QUEUED,
	WAITER_GRANTED,
};

/*
 * One sleeper, on its own stack.  @state goes from queued to granted under
 * the lock and is read by the sleeper without.
 */
struct rsvpool_waiter {
	struct rb_node in_queue;
	struct list_head in_granted;
	struct task_struct *task;
	int prio;
	u64 ticket;
	unsigned int nr;
	void **elements;
	enum waiter_state state;
};

void stock_init(struct rsvpool *pool)
{
	struct rsvpool_stock *s = &pool->stock;

	raw_spin_lock_init(&s->lock);
	s->queue = RB_ROOT_CACHED;
	INIT_LIST_HEAD(&s->granted);
}

static unsigned int stock_guard(const struct rsvpool_stock *s)
{
	return max(s->line, s->rising);
}

/* Tell frees whether they are wanted here.  Lock held. */
static void stock_press(struct rsvpool *pool)
{
	struct rsvpool_stock *s = &pool->stock;
	unsigned int pressed = s->waiting || s->count < stock_guard(s);

	if (pool->pressed != pressed)
		WRITE_ONCE(pool->pressed, pressed);
}

/*
 * Derive marks and thresholds after a change of settings, of the line, or of
 * "somebody waits".  Lock held.
 */
void stock_recompute(struct rsvpool *pool)
{
	struct rsvpool_stock *s = &pool->stock;
	unsigned int guard = stock_guard(s);
	unsigned int nmi = pool->nmi_reserve;
	unsigned int low, high, most;

	low = max(pool->low, pool->reserve) - nmi;
	high = max(pool->high, pool->reserve) - nmi;
	/* Adaptation raises both, low half as far, and not above max. */
	high += min(pool->extra, s->capacity - min(high, s->capacity));
	low = min(low + pool->extra / 2, high);
	WRITE_ONCE(s->low, low);
	WRITE_ONCE(s->high, high);
	most = min(s->capacity, high + 2 * pool->batch);

	s->take_above = s->waiting ? UINT_MAX : max(guard, low);
	s->put_floor = guard;
	s->put_span = s->waiting || most <= guard ? 0 : most - guard;
	stock_press(pool);
}

static struct rsvpool_waiter *stock_head(struct rsvpool_stock *s)
{
	struct rb_node *first = rb_first_cached(&s->queue);

	return first ? rb_entry(first, struct rsvpool_waiter, in_queue) : NULL;
}

/* Bring parked elements in, at most a batch.  Lock held. */
static void stock_unpark(struct rsvpool *pool)
{
	struct rsvpool_stock *s = &pool->stock;
	unsigned int i;
	void *element;

	if (likely(!atomic_read(&pool->parked_nr)))
		return;
	for (i = 0; i < pool->batch && s->count < s->capacity; i++) {
		element = slots_unpark(pool);
		if (!element)
			break;
		s->items[s->count++] = element;
	}
}

/*
 * Serve sleepers, in order, with what there is; also from slots, since a
 * reserve may consist of nothing else.  Lock held.
 */
static void stock_serve(struct rsvpool *pool)
{
	struct rsvpool_stock *s = &pool->stock;
	struct rsvpool_waiter *w;
	void *element;

	while ((w = stock_head(s))) {
		while (s->count < w->nr && s->count < s->capacity) {
			element = slots_take(pool);
			if (!element)
				break;
			s->items[s->count++] = element;
		}
		if (s->count < w->nr)
			break;
		s->count -= w->nr;
		memcpy(w->elements, &s->items[s->count],
		       w->nr * sizeof(*w->elements));
		rb_erase_cached(&w->in_queue, &s->queue);
		list_add_tail(&w->in_granted, &s->granted);
		if (!--s->waiting)
			stock_recompute(pool);
		/* Pairs with the sleeper's smp_load_acquire(). */
		smp_store_release(&w->state, WAITER_GRANTED);
	}
	stock_press(pool);
}

/* What somebody who comes now may take.  Lock held. */
static unsigned int stock_open(struct rsvpool_stock *s, bool may_queue)
{
	struct rsvpool_waiter *head;

	if (likely(!s->waiting))
		return s->count;
	if (may_queue)
		return 0;
	head = stock_head(s);
	return s->count > head->nr ? s->count - head->nr : 0;
}

/* Elements were taken from below the line.  Lock held. */
static void stock_hand_out(struct rsvpool *pool, unsigned int nr)
{
	pool->emergency = true;
	stat_add(pool, STAT_ALLOC_RESERVE, nr);
	stock_press(pool);
	/* pressed before the elements; pairs with smp_rmb() in free. */
	smp_wmb();
}

/**
 * stock_take_special - take one element where something is special
 * @pool: the pool
 * @may_queue: the caller can sleep, so it must not overtake who does
 * @above_only: leave what is below the line
 *
 * Context: stock lock held.
 * Return: an element, counted, or NULL.
 */
void *stock_take_special(struct rsvpool *pool, bool may_queue, bool above_only)
{
	struct rsvpool_stock *s = &pool->stock;
	unsigned int guard = stock_guard(s);
	void *element;

	if (s->count <= guard)
		stock_unpark(pool);
	if (!stock_open(s, may_queue))
		return NULL;
	if (above_only && s->count <= guard)
		return NULL;

	element = s->items[--s->count];
	if (s->count >= guard)
		stat_inc(pool, STAT_ALLOC_STOCK);
	else
		stock_hand_out(pool, 1);
	return element;
}

/**
 * stock_put_special - put one element back where something is special
 * @pool: the pool
 * @element: the element
 *
 * Context: stock lock held.
 * Return: NULL; or @element, if there is no room (max=0).
 */
void *stock_put_special(struct rsvpool *pool, void *element)
{
	struct rsvpool_stock *s = &pool->stock;

	if (likely(s->count < s->capacity)) {
		s->items[s->count++] = element;
		element = NULL;
	}
	stock_unpark(pool);
	stock_serve(pool);
	return element;
}

/**
 * stock_settle - see to what a change of the stock asks for
 * @pool: the pool
 *
 * Called after the lock was dropped: lets the irq_work wake those who were
 * granted something, and asks for the worker when a mark was crossed.  Looks
 * without the lock: whoever crosses a mark comes here itself afterwards.
 *
 * Context: Any, preemption off.
 */
void stock_settle(struct rsvpool *pool)
{
	struct rsvpool_stock *s = &pool->stock;
	unsigned int count = data_race(s->count);	/* a hint */

	if (!list_empty_careful(&s->granted))
		irq_work_queue(&pool->kick);
	if (count < READ_ONCE(s->low) ||
	    count > READ_ONCE(s->high) + pool->batch)
		refill_ask(pool);
}

/**
 * stock_put_many - bring elements to the stock
 * @pool: the pool
 * @elements: at most RSVPOOL_BATCH_MAX of them
 * @nr: how many
 *
 * Context: Task, softirq or hardirq.
 * Return: how many there was room for, from the front; less than @nr only in a
 * pool without a maximum.
 */
unsigned int stock_put_many(struct rsvpool *pool, void **elements,
			    unsigned int nr)
{
	struct rsvpool_stock *s = &pool->stock;
	unsigned long flags;
	unsigned int i;

	raw_spin_lock_irqsave(&s->lock, flags);
	for (i = 0; i < nr && s->count < s->capacity; i++)
		s->items[s->count++] = elements[i];
	stock_unpark(pool);
	stock_serve(pool);
	raw_spin_unlock(&s->lock);
	stock_settle(pool);
	local_irq_restore(flags);
	return i;
}

/**
 * stock_flush_here - bring a batch of this CPU's entries to the stock
 * @pool: the pool
 *
 * Context: Task, softirq or hardirq.
 * Return: whether the cache is empty now, or told to trim no more.
 */
bool stock_flush_here(struct rsvpool *pool)
{
	struct rsvpool_stock *s = &pool->stock;
	unsigned long flags;
	bool empty = true;

	raw_spin_lock_irqsave(&s->lock, flags);
	if (this_cpu_read(pool->cpu->trim)) {
		empty = stock_flush(pool);
		if (empty)
			this_cpu_write(pool->cpu->trim, 0);
		stock_unpark(pool);
		stock_serve(pool);
	}
	raw_spin_unlock(&s->lock);
	stock_settle(pool);
	local_irq_restore(flags);
	return empty;
}

/**
 * stock_take_surplus - take elements that stand above a mark, to give back
 * @pool: the pool
 * @elements: where to put them
 * @nr: at most so many
 * @keep: leave so many; never less than the line
 *
 * Context: Task, softirq or hardirq.
 * Return: how many.
 */
unsigned int stock_take_surplus(struct rsvpool *pool, void **elements,
				unsigned int nr, unsigned int keep)
{
	struct rsvpool_stock *s = &pool->stock;
	unsigned long flags;

	raw_spin_lock_irqsave(&s->lock, flags);
	keep = max(keep, stock_guard(s));
	nr = s->count > keep && !s->waiting ? min(nr, s->count - keep) : 0;
	s->count -= nr;
	memcpy(elements, &s->items[s->count], nr * sizeof(*elements));
	raw_spin_unlock_irqrestore(&s->lock, flags);
	return nr;
}

/**
 * stock_take_bulk - take several elements, all or nothing
 * @pool: the pool
 * @elements: where to put them
 * @nr: how many, at most RSVPOOL_BULK_MAX
 * @may_queue: the caller can sleep, so it must not overtake who does
 *
 * Context: Any.
 * Return: 0, or -ENOMEM with nothing taken.
 */
int stock_take_bulk(struct rsvpool *pool, void **elements, unsigned int nr,
		    bool may_queue)
{
	struct rsvpool_stock *s = &pool->stock;
	unsigned int from_slots = 0, from_stock, below, open, guard;
	unsigned long flags;

	preempt_disable_notrace();
	if (!stock_lock(s, &flags)) {
		/* An NMI has the slots alone. */
		while (from_slots < nr &&
		       (elements[from_slots] = slots_take(pool)))
			from_slots++;
		if (from_slots < nr)
			goto put_back;
		stat_add(pool, STAT_ALLOC_NMI, nr);
		preempt_enable_notrace();
		return 0;
	}
	if (s->count < nr)
		stock_unpark(pool);
	open = stock_open(s, may_queue);
	if (open < nr && !(may_queue && s->waiting))
		while (open + from_slots < nr &&
		       (elements[from_slots] = slots_take(pool)))
			from_slots++;
	from_stock = nr - from_slots;
	if (open < from_stock) {
		raw_spin_unlock_irqrestore(&s->lock, flags);
		goto put_back;
	}
	s->count -= from_stock;
	memcpy(elements + from_slots, &s->items[s->count],
	       from_stock * sizeof(*elements));
	guard = stock_guard(s);
	below = s->count < guard ? min(from_stock, guard - s->count) : 0;
	if (below)
		stock_hand_out(pool, below);
	raw_spin_unlock(&s->lock);

	stat_add(pool, STAT_ALLOC_NMI, from_slots);
	stat_add(pool, STAT_ALLOC_STOCK, from_stock - below);
	stock_settle(pool);
	local_irq_restore(flags);
	preempt_enable_notrace();
	return 0;

put_back:
	while (from_slots)
		slots_put(pool, elements[--from_slots]);
	refill_ask(pool);
	preempt_enable_notrace();
	return -ENOMEM;
}

/* Smaller is served first. */
static int waiter_prio(const struct rsvpool *pool)
{
	if (pool->wakeup == RSVPOOL_WAKEUP_PRIO && current->prio < MAX_RT_PRIO)
		return current->prio;
	return MAX_RT_PRIO;
}

static bool waiter_before(struct rb_node *a, const struct rb_node *b)
{
	const struct rsvpool_waiter *wa, *wb;

	wa = rb_entry(a, struct rsvpool_waiter, in_queue);
	wb = rb_entry(b, struct rsvpool_waiter, in_queue);
	if (wa->prio != wb->prio)
		return wa->prio < wb->prio;
	return wa->ticket < wb->ticket;
}

/* Join the queue; perhaps to be served at once.  Lock held. */
static void waiter_join(struct rsvpool *pool, struct rsvpool_waiter *w)
{
	struct rsvpool_stock *s = &pool->stock;

	w->ticket = s->ticket++;
	rb_add_cached(&w->in_queue, &s->queue, waiter_before);
	if (!s->waiting++)
		stock_recompute(pool);
	/*
	 * A free that put its element into a slot looks for sleepers after
	 * that; we look at the slots after having become one.  Full barrier
	 * between, pairs with the one in slots_put().
	 */
	smp_mb();
	stock_unpark(pool);
	stock_serve(pool);
}

/*
 * Leave the queue, or the granted list if that was quicker than the wake-up.
 * Returns whether the elements are ours.
 */
static bool waiter_leave(struct rsvpool *pool, struct rsvpool_waiter *w)
{
	struct rsvpool_stock *s = &pool->stock;
	unsigned long flags;
	bool granted;

	raw_spin_lock_irqsave(&s->lock, flags);
	granted = w->state == WAITER_GRANTED;
	if (granted) {
		list_del_init(&w->in_granted);
	} else {
		rb_erase_cached(&w->in_queue, &s->queue);
		if (!--s->waiting)
			stock_recompute(pool);
		/* Whoever stood behind us may want less. */
		stock_serve(pool);
	}
	raw_spin_unlock(&s->lock);
	stock_settle(pool);
	local_irq_restore(flags);
	return granted;
}

/* Sleep until served, hit by a signal that @state admits, or out of time. */
static int waiter_sleep(struct rsvpool_waiter *w, unsigned int state,
			unsigned long timeout)
{
	int err = 0;

	for (;;) {
		unsigned long slice = min_t(unsigned long, timeout, WAIT_SLICE);

		set_current_state(state);
		/* Pairs with smp_store_release() in stock_serve(). */
		if (smp_load_acquire(&w->state) == WAITER_GRANTED)
			break;
		if (signal_pending_state(state, current)) {
			err = -EINTR;
			break;
		}
		if (!timeout) {
			err = -ETIMEDOUT;
			break;
		}
		slice -= schedule_timeout(slice);
		if (timeout != MAX_SCHEDULE_TIMEOUT)
			timeout -= slice;
	}
	__set_current_state(TASK_RUNNING);
	return err;
}

/**
 * stock_wait - wait in the queue for elements, holding nothing
 * @pool: the pool; has a reserve of at least @nr
 * @elements: where to put them
 * @nr: how many
 * @state: TASK_UNINTERRUPTIBLE or TASK_KILLABLE
 * @timeout: in jiffies, or MAX_SCHEDULE_TIMEOUT
 *
 * Context: Task, may sleep.
 * Return: 0, -EINTR or -ETIMEDOUT.
 */
int stock_wait(struct rsvpool *pool, void **elements, unsigned int nr,
	       unsigned int state, unsigned long timeout)
{
	struct rsvpool_stock *s = &pool->stock;
	struct rsvpool_waiter w = {
		.task = current,
		.prio = waiter_prio(pool),
		.nr = nr,
		.elements = elements,
		.state = WAITER_QUEUED,
	};
	unsigned long flags;
	int err;

	INIT_LIST_HEAD(&w.in_granted);
	raw_spin_lock_irqsave(&s->lock, flags);
	pool->emergency = true;
	waiter_join(pool, &w);
	raw_spin_unlock(&s->lock);
	stock_settle(pool);
	local_irq_restore(flags);

	stat_inc(pool, STAT_SLEEPS);
	trace_rsvpool_wait_begin(pool->name, nr);
	cache_trim_housekeeping(pool);
	preempt_disable_notrace();
	refill_ask(pool);
	preempt_enable_notrace();
	err = waiter_sleep(&w, state, timeout);
	if (waiter_leave(pool, &w))
		err = 0;
	trace_rsvpool_wait_end(pool->name, nr, err);
	stat_add(pool, err ? STAT_GAVE_UP : STAT_ALLOC_WAIT, err ? 1 : nr);
	return err;
}

/**
 * stock_wake - wake sleepers that have been served, at most a batch
 * @pool: the pool
 *
 * Context: hard irq_work: interrupts off, an RCU reader, so that a task seen
 * on the granted list can still be woken when it has left it.
 * Return: whether there are more.
 */
bool stock_wake(struct rsvpool *pool)
{
	struct rsvpool_stock *s = &pool->stock;
	struct rsvpool_waiter *w;
	struct task_struct *task;
	unsigned int i;

	rcu_read_lock();
	raw_spin_lock(&s->lock);
	stock_unpark(pool);
	stock_serve(pool);
	for (i = 0; i < pool->batch && !list_empty(&s->granted); i++) {
		w = list_first_entry(&s->granted, struct rsvpool_waiter,
				     in_granted);
		list_del_init(&w->in_granted);
		task = w->task;
		raw_spin_unlock(&s->lock);
		/* @w may be gone by now. */
		wake_up_process(task);
		stat_inc(pool, STAT_WAKEUPS);
		raw_spin_lock(&s->lock);
	}
	raw_spin_unlock(&s->lock);
	rcu_read_unlock();
	return !list_empty_careful(&s->granted) ||
	       atomic_read(&pool->parked_nr);
}

/* Sleepers in order, a chunk at a time under the lock, without stopping. */
void stock_show_waiters(struct seq_file *m, struct rsvpool *pool)
{
	struct rsvpool_stock *s = &pool->stock;
	struct {
		pid_t pid;
		unsigned int nr;
		int prio;
		char comm[TASK_COMM_LEN];
	} shown[8];
	unsigned int i, nr, skip = 0;
	struct rb_node *node;

	seq_puts(m, "pid comm wants prio\n");
	do {
		nr = 0;
		i = 0;
		raw_spin_lock_irq(&s->lock);
		for (node = rb_first_cached(&s->queue);
		     node && nr < ARRAY_SIZE(shown); node = rb_next(node)) {
			struct rsvpool_waiter *w;

			if (i++ < skip)
				continue;
			w = rb_entry(node, struct rsvpool_waiter, in_queue);
			shown[nr].pid = task_pid_nr(w->task);
			shown[nr].nr = w->nr;
			shown[nr].prio = w->prio;
			memcpy(shown[nr].comm, w->task->comm, TASK_COMM_LEN);
			shown[nr].comm[TASK_COMM_LEN - 1] = 0;
			nr++;
		}
		raw_spin_unlock_irq(&s->lock);
		for (i = 0; i < nr; i++)
			seq_printf(m, "%d %s %u %d\n", shown[i].pid,
				   shown[i].comm, shown[i].nr, shown[i].prio);
		skip += nr;
	} while (nr == ARRAY_SIZE(shown) && skip < WAITERS_SHOWN);
}

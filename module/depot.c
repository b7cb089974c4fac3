// SPDX-License-Identifier: GPL-2.0
/*
 * The depot and its queue of sleepers: all cases but the common one, which is
 * in depot_inline.h.  Joining and leaving the queue are in wait.c.
 *
 * A new request of a task that could sleep takes nothing while a task waits.
 * One that cannot sleep (tryalloc) takes what the head of the queue does not
 * need.
 *
 * The guarantee
 * -------------
 * For a pool with reserve R let
 *
 *	O  elements outstanding: handed out, or set aside for the head of the
 *	   queue, or being freed;
 *	D  those of them whose free has decided to put them into a cache;
 *	M  elements missing below the min watermark:
 *	   (min - count - parked, if positive) + (nmi_reserve - full slots).
 *
 * Q = O - D - M never goes below zero, so M <= O, and as long as O < R there
 * is something in depot, slots or parking for a tryalloc.  Step by step:
 *
 *	take above min, pop a cache, ask the source		O + 1
 *	take below min, or from a slot				O + 1, M + 1
 *	free to a depot below min, to a slot, parked		O - 1, M - 1
 *	decide for a cache, having seen M == 0			D + 1
 *	and carry it out: to the cache, or to the depot		O - 1, D - 1
 *	pull to a cache or give back, from above min		-
 *	grant to the head of the queue: as a take
 *	from the depot to a slot: as a take, and a free to the slot; the slot is
 *	open to others until the element is in it, see slots_fill_from_depot()
 *	raise min: when that many elements are there		-
 *	and those that are set aside for the head of the queue
 *
 * nmi_missing may be below zero for a moment, if the depot and a free have both
 * brought an element for the same empty slot (slots_fill_from_depot()).  Then
 * the slots have one element too many, M counts it as -1, and no decision is
 * made meanwhile, as slow_state is not zero.  Taking the element back ends with
 * M == 0, or with M unchanged.  A free to a depot that is not below min, and
 * whose slots miss nothing, finds M <= 0 and its own element in O and not in D.
 * In both cases Q is not below zero afterwards.
 *
 * Only the decision lowers Q, by one.  It is made when M == 0, where Q is
 * O - D, and the element being freed is itself in O and not yet in D: so Q was
 * at least one.
 *
 * That decision is a lockless read of pool->slow and pool->nmi_missing, and may
 * see old values.  It counts as made at the time when the values it saw were
 * true.  That is only wrong if the element was not outstanding then; that is,
 * if it was handed out after the depot had fallen below min.  An element handed
 * out from below min is ordered: depot_hand_out() has smp_wmb() between the
 * store to slow and the hand-out, and free_decide() has smp_rmb() between the
 * hand-out and the read.  A sleeper's element is ordered by the depot's lock:
 * slow is stored before the lock is dropped, and waiter_leave() takes the lock
 * before the sleeper returns.  An element from anywhere else, handed out after
 * (in the sense of happens-before) the depot fell below min, carries that order
 * with it in the same way.  If there is no such order, the hand-out can be
 * counted as the earlier of the two.  mm/mempool.c has the same pair of
 * barriers for the same reason.
 *
 * A free lowers nmi_missing once it has popped an empty slot.  From then on its
 * element counts as being in the slot; the caller counts the element as
 * outstanding until its free has returned.  A take raises nmi_missing when it
 * has emptied a slot, before any other code can have the slot or the element.
 * A decision that falls in between sees M too small by one, but that element is
 * outstanding and not yet being freed: Q was at least one more.  A free that
 * sees slots miss elements, but gets no empty slot, meets only slots that are
 * being emptied in this way.  It may lower Q for the same reason.
 *
 * For NMI the same argument holds with nmi_reserve for R and the slots alone
 * for M: every free fills them before anything else.  A free that sees a task
 * wait brings its element here instead, where depot_fill() fills them with what
 * the head of the queue does not want.  If a head of the queue leaves without
 * its elements, these are no longer set aside, which lowers O.  So depot_fill()
 * runs again before the lock is dropped.
 *
 * A sleeper waits for n <= R elements only while count and full slots together
 * are fewer than n, or behind a sleeper that waits.  Then M > R - n, and so is
 * O - D: some element is outstanding whose free will still read slow, and come
 * here.  So no sleeper is forgotten, and the decision need not check whether a
 * task waits: while one waits for elements of this pool, M is above zero.  A
 * claim may also wait for another pool, while this depot is not below min.  So
 * slow is set whenever a task waits, and a free that sees it brings its element
 * here.
 *
 * selftests/models/depot.pml models this for a model checker, except that its
 * depot fills slots as a free does.  slots_fill_from_depot() and
 * slots_take_back() are in selftests/models/cbmc/slots.c, with calls that nest.
 *
 * Lending
 * -------
 * Elements that were given back with rsvpool_lend() stand at the beginning of
 * the array, items[0..lent).  Code takes from the end, so they are taken last.
 * For Q a lent element is like any other.
 *
 * A take that would reach lent elements first revokes as many loans.  A revoked
 * element swaps places with the last lent one, and so ends up above all that
 * are still lent.  The oldest ones, more or less, are revoked first; of more
 * than REVOKE_OLDEST the rest are the newest, which need no swap.  A loan's
 * number moves with its element; readers know only the number.  The work is
 * bounded by what is taken.
 *
 * No more are lent than min, so take_above, which is never below min, keeps the
 * common take from them.  After min was lowered more may be lent, so lent
 * itself is in take_above, too.
 */
#include <linux/rsvpool_lend.h>
#include <linux/topology.h>

#include "cache.h"
#include "depot.h"
#include "depot_inline.h"
#include "internal.h"
#include "kick.h"
#include "lend.h"
#include "nmi_slots.h"
#include "stats.h"
#include "trace_rung.h"
#include "wait.h"
#include "watermarks.h"

/*
 * The work that one any-context call does for other requests, besides its own.
 * The irq_work, or the next call, does the rest.
 */
#define SERVE_MOST	2	/* sleepers that are served; of a bulk, one */
#define TRIM_WITH	16	/* a larger bulk does not trim the cache, too */
#define FILL_MOST	16U	/* slots that are filled; of a bulk, as many as come */
#define REVOKE_OLDEST	8U	/* loans that are chosen by their age */

void depot_init(struct rsvpool *pool)
{
	struct rsvpool_depot *s = &pool->depot;

	raw_spin_lock_init(&s->lock);
	s->queue = RB_ROOT_CACHED;
	INIT_LIST_HEAD(&s->granted);
}

/* Elements above min, for the shrinker; none while a task waits. */
unsigned int depot_above(const struct rsvpool_depot *s)
{
	unsigned int min_wmark = depot_min(s);

	return s->count > min_wmark && !s->waiting ? s->count - min_wmark : 0;
}

/*
 * Revoke @nr loans; the caller knows that there are as many.  Clears live[]
 * before any CPU can write the element.  A reader on any CPU that has read
 * something that the next owner wrote must see live[] cleared, so this is a
 * full barrier.  Pairs with smp_rmb() in rsvpool_loan_live().  Lock held.
 */
static noinline void depot_revoke(struct rsvpool *pool, unsigned int nr)
{
	struct rsvpool_depot *s = &pool->depot;
	struct rsvpool_loans *l = pool->loans;
	unsigned int *number = l->number + s->lent;
	unsigned long *live = l->live;
	unsigned int i, place, last;

	/*
	 * Of more than REVOKE_OLDEST, the newest ones: they are at the end, so
	 * nothing has to be swapped.
	 */
#pragma GCC unroll 4
	for (i = REVOKE_OLDEST; i < nr; i++)
		WRITE_ONCE(live[*--number], 0);
	s->lent = number - l->number;
	for (i = 0; i < min(nr, REVOKE_OLDEST); i++) {
		last = --s->lent;
		/* Not the last one, the newest, unless no other is left. */
		place = l->revoke_next < last ? l->revoke_next : 0;
		l->revoke_next = place + 1;
		WRITE_ONCE(l->live[l->number[place]], 0);
		swap(l->number[place], l->number[last]);
		swap(s->items[place], s->items[last]);
	}
	/* live[] before the element; pairs with rsvpool_loan_live(). */
	smp_mb();
	stat_add(pool, STAT_REVOKED, nr);
	/* take_above was raised for loans above min: compute it again. */
	if (unlikely(s->take_above == s->lent + nr))
		watermarks_update(pool);
}

/*
 * Before @nr elements are taken from the end: revoke as many loans as there are
 * among them.  Lock held.
 */
static void depot_revoke_for_take(struct rsvpool *pool, unsigned int nr)
{
	struct rsvpool_depot *s = &pool->depot;
	unsigned int left = s->count - nr;

	if (unlikely(s->lent > left))
		depot_revoke(pool, s->lent - left);
}

struct rsvpool_place *depot_head(struct rsvpool_depot *s)
{
	struct rb_node *first = rb_first_cached(&s->queue);

	return first ? rb_entry(first, struct rsvpool_place, in_queue) : NULL;
}

/* Move up to @nr parked elements to the depot.  Lock held. */
void depot_unpark(struct rsvpool *pool, unsigned int nr)
{
	struct rsvpool_depot *s = &pool->depot;

	if (likely(!atomic_read(&pool->parked_nr)))
		return;
	nr = min(nr, s->capacity - s->count);
	s->count += slots_unpark_many(pool, &s->items[s->count], nr);
}

/* Move elements from above the min watermark to this CPU's cache.  Lock held. */
static __always_inline void depot_pull(struct rsvpool *pool)
{
	struct rsvpool_depot *s = &pool->depot;
	unsigned int k;

	/* Take none that the worker would have to replace. */
	if (s->count <= s->take_above)
		return;
	k = cache_fill(pool, &s->items[s->count],
		       min(s->count - s->take_above, pool->batch));
	if (!k)
		return;
	s->count -= k;
	stat_add(pool, STAT_PULLED, k);
	if (pool->node != NUMA_NO_NODE && pool->node != numa_mem_id())
		stat_add(pool, STAT_NODE_REMOTE, k);
}

/*
 * If this CPU was asked to give its entries back and has none left, it may have
 * entries again.  While it still has entries, the request stays.  Lock held.
 */
static __always_inline void depot_restore_cache_limit(struct rsvpool *pool)
{
	if (unlikely(!own_read(own_cpu(pool)->limit)) &&
	    READ_ONCE(pool->cache) &&
	    !cache_word_count(own_read(own_cpu(pool)->word)))
		cache_restore_limit(pool);
}

/*
 * Move up to a batch of this CPU's entries above @keep to the depot; returns
 * how many.  Lock held.
 */
static unsigned int depot_flush_above(struct rsvpool *pool, unsigned int keep)
{
	struct rsvpool_depot *s = &pool->depot;
	unsigned int k;

	k = cache_empty(pool, keep, &s->items[s->count],
			min(pool->batch, s->capacity - s->count));
	s->count += k;
	stat_add(pool, STAT_FLUSHED, k);
	depot_restore_cache_limit(pool);
	return k;
}

/*
 * Flush a batch at most, down to half of the limit: this CPU's cache is full,
 * or its entries are wanted.  Lock held.
 */
void depot_flush(struct rsvpool *pool)
{
	depot_flush_above(pool, cache_middle(own_read(own_cpu(pool)->limit)));
}

static bool depot_exceeds(struct rsvpool *pool, unsigned int limit)
{
	return cache_word_count(own_read(own_cpu(pool)->word)) > limit;
}

/* Does this CPU's cache have more entries than its limit? */
bool depot_to_trim(struct rsvpool *pool)
{
	return depot_exceeds(pool, own_read(own_cpu(pool)->limit));
}

/*
 * If this CPU has more entries than its limit, flush up to a batch of them;
 * returns whether it did.  The limit is read once: between two reads the
 * request could be withdrawn and made again.  Lock held.
 */
bool depot_trim(struct rsvpool *pool)
{
	unsigned int limit = own_read(own_cpu(pool)->limit);

	return unlikely(depot_exceeds(pool, limit)) &&
		depot_flush_above(pool, cache_middle(limit));
}

/*
 * depot_balance() for a CPU that may have been asked to give its entries back.
 * Lock held.
 */
static noinline bool depot_balance_slowpath(struct rsvpool *pool)
{
	if (depot_trim(pool)) {
		depot_serve_many(pool, SERVE_MOST, FILL_MOST);
		return true;
	}
	/* A request may have come after it had given everything back. */
	depot_restore_cache_limit(pool);
	depot_pull(pool);
	return false;
}

/*
 * Fill this CPU's cache; or, if it was asked to give entries back, flush it, as
 * a task may wait for them.  Lock held.  Returns whether the caller must call
 * depot_kick().
 */
bool depot_balance(struct rsvpool *pool)
{
	/* Also if both are 0: a limit of 0 is a request. */
	if (unlikely(cache_word_count(own_read(own_cpu(pool)->word)) >=
		     own_read(own_cpu(pool)->limit)))
		return depot_balance_slowpath(pool);
	depot_pull(pool);
	return false;
}

/*
 * Are there @nr elements in depot and slots?  Slots count, because all of a
 * reserve may be for NMI.  Takes no element out of the slots: if there are not
 * enough, they stay there for NMI.  Does not count parked elements: the
 * irq_work that parking has queued brings them in and serves the queue.  May
 * miss an element that is moving to or from a slot, but then the call that
 * moves it serves the queue afterwards, or has the irq_work serve it.  Lock
 * held.
 */
bool depot_has(const struct rsvpool *pool, unsigned int nr)
{
	return pool->depot.count + slots_full(pool) >= nr;
}

/*
 * Move elements from the slots to the depot until the depot has @nr.  Returns
 * false if an NMI has taken some meanwhile; then the caller moves the others
 * back.  Lock held.
 */
bool depot_gather(struct rsvpool *pool, unsigned int nr)
{
	struct rsvpool_depot *s = &pool->depot;
	unsigned int want = min(nr, s->capacity), got;

	while (s->count < want) {
		got = slots_take_many(pool, &s->items[s->count],
				      want - s->count);
		if (!got)
			break;
		s->count += got;
	}
	return s->count >= nr;
}

/*
 * Move up to @most elements from the depot to empty slots; the irq_work
 * continues.  Leave @keep in the depot, for the head of the queue.  Slots miss
 * elements because depot_gather() took them for the head of the queue, because
 * frees leave the slots alone while a task waits, or because NMIs took them;
 * elements of a refill are for the slots first.
 *
 * If the depot falls below min by this, slow is set before the slot is filled:
 * there must be no instant at which slow and nmi_missing are both 0.  The
 * caller calls slow_update() again afterwards.  Lock held.
 */
static noinline void depot_fill_slots_slowpath(struct rsvpool *pool,
					       unsigned int keep,
					       unsigned int most)
{
	struct rsvpool_depot *s = &pool->depot;
	int missing = atomic_read(&pool->nmi_missing);
	unsigned int want, nr, put;

	if (missing > 0 && s->count > keep) {
		want = min(s->count - keep, (unsigned int)missing);
		nr = min(want, most);
		if (!nr) {
			WRITE_ONCE(s->more, true);
			return;
		}
		depot_revoke_for_take(pool, nr);
		s->count -= nr;
		s->fills++;
		/*
		 * The exchange in slots_fill_from_depot() is a full barrier
		 * between slow and the lowering of nmi_missing.  Pairs with the
		 * single read of both in pool_slow_state().
		 */
		slow_update(pool);
		put = slots_fill_from_depot(pool, &s->items[s->count], nr);
		/* It has taken the last elements; the others stay. */
		s->count += nr - put;
		/*
		 * If it filled fewer, other code has popped the other places.
		 * Do not ask for more then: that code may be interrupted, and
		 * the irq_work would run until it continues.
		 */
		if (want > nr && put == nr)
			WRITE_ONCE(s->more, true);
		missing = atomic_read(&pool->nmi_missing);
	}
	/* Frees have filled the same slots: take the surplus back. */
	if (unlikely(missing < 0)) {
		s->fills++;
		s->count += slots_take_back(pool, &s->items[s->count],
					    min(s->capacity - s->count,
						RSVPOOL_BULK_MAX));
	}
}

/* The same, inlined where usually no element has to be moved. */
static __always_inline void depot_fill_slots(struct rsvpool *pool,
					     unsigned int keep,
					     unsigned int most)
{
	int missing = atomic_read(&pool->nmi_missing);

	if (unlikely(missing) && (missing < 0 || pool->depot.count > keep))
		depot_fill_slots_slowpath(pool, keep, most);
}

/*
 * Move elements that the head of the queue does not want to the slots: the
 * sleepers behind it are served from there, too.  Lock held.
 */
static __always_inline void __depot_fill(struct rsvpool *pool,
					 unsigned int most)
{
	struct rsvpool_place *head = depot_head(&pool->depot);

	depot_fill_slots(pool, head ? head->nr : 0, most);
	slow_update(pool);
}

void depot_fill(struct rsvpool *pool, unsigned int most)
{
	__depot_fill(pool, most);
}

/* Undo depot_gather(): move elements back to the slots.  Lock held. */
void depot_ungather(struct rsvpool *pool)
{
	depot_fill_slots(pool, 0, RSVPOOL_BULK_MAX);
	slow_update(pool);
}

/* Remove a place from its queue.  Lock held. */
static __always_inline void __depot_remove_place(struct rsvpool_place *place)
{
	struct rsvpool_depot *s = &place->pool->depot;

	rb_erase_cached(&place->in_queue, &s->queue);
	s->claims -= place->waiter->nr > 1;
	WRITE_ONCE(s->waiting, s->waiting - 1);
	if (!s->waiting)
		watermarks_update(place->pool);
}

void depot_remove_place(struct rsvpool_place *place)
{
	__depot_remove_place(place);
}

/*
 * Give a place its elements, which the depot has, and remove it from the queue.
 * Lock held.
 */
void depot_grant(struct rsvpool *pool, struct rsvpool_place *place)
{
	struct rsvpool_depot *s = &pool->depot;

	depot_revoke_for_take(pool, place->nr);
	s->count -= place->nr;
	copy_elements(place->elements, &s->items[s->count], place->nr);
	__depot_remove_place(place);
}

/*
 * All elements of a sleeper are granted: add it to the list of sleepers to
 * wake.  Lock held.
 */
void depot_granted(struct rsvpool *pool, struct rsvpool_waiter *w)
{
	list_add_tail(&w->in_granted, &pool->depot.granted);
	/* Pairs with smp_load_acquire() in queue_wait() and waiter_sleep(). */
	smp_store_release(&w->state, WAITER_GRANTED);
}

/*
 * Serve up to @most sleepers, in order, with the elements that are there; the
 * irq_work continues.  Then fill up to @fill slots: at least as many as
 * outstanding elements have come here, as Q would be lower otherwise.  If the
 * head is a claim on several pools, this pool's lock is not enough: if this
 * pool has enough for it, the irq_work tries to serve it (wait.c).
 *
 * Code that adds to the depot while a task may wait, or removes sleepers, calls
 * this before it drops the lock.  There are exceptions: depot_take_slowpath(),
 * take_bulk() and claim_depots() unpark elements without it, and the irq_work
 * that parking has queued serves.  Lock held.
 */
void depot_serve_many(struct rsvpool *pool, unsigned int most,
		      unsigned int fill)
{
	struct rsvpool_depot *s = &pool->depot;
	struct rsvpool_place *place;

	WRITE_ONCE(s->more, false);
	while ((place = depot_head(s)) && depot_has(pool, place->nr)) {
		if (!most--) {
			WRITE_ONCE(s->more, true);
			break;
		}
		if (place->waiter->nr > 1) {
			WRITE_ONCE(s->claim_ready, true);
			break;
		}
		/*
		 * An NMI has taken a slot's element; the free of that will
		 * serve the queue.
		 */
		if (!depot_gather(pool, place->nr)) {
			depot_fill_slots(pool, 0, RSVPOOL_BULK_MAX);
			break;
		}
		depot_grant(pool, place);
		depot_granted(pool, place->waiter);
	}
	__depot_fill(pool, fill);
}

/* Serve as many as an any-context call may.  The irq_work serves the others. */
void depot_serve(struct rsvpool *pool)
{
	depot_serve_many(pool, SERVE_MOST, RSVPOOL_BULK_MAX);
}

/* @nr elements were taken from below the min watermark.  Lock held. */
static void depot_hand_out(struct rsvpool *pool, unsigned int nr)
{
	struct rsvpool_depot *s = &pool->depot;

	WRITE_ONCE(pool->emergency, true);
	if (s->count < s->lowest)
		WRITE_ONCE(s->lowest, s->count);
	stat_add(pool, STAT_ALLOC_RESERVE, nr);
	slow_update(pool);
	/* slow before the hand-out; pairs with smp_rmb() in free_decide(). */
	smp_wmb();
}

/**
 * depot_take_slowpath - take one element in states that depot_take() does not
 * handle
 * @pool: the pool
 * @may_queue: the caller can sleep, so it must not overtake sleepers
 * @above_only: do not take elements from below the min watermark
 *
 * Context: depot lock held.
 * Return: an element, counted, or NULL.
 */
void *depot_take_slowpath(struct rsvpool *pool, bool may_queue, bool above_only)
{
	struct rsvpool_depot *s = &pool->depot;
	unsigned int min_wmark = depot_min(s);
	void *element;

	if (s->count <= min_wmark)
		depot_unpark(pool, pool->batch);
	if (!depot_allowance(pool, may_queue, above_only))
		return NULL;

	depot_revoke_for_take(pool, 1);
	element = s->items[--s->count];
	if (s->count >= min_wmark)
		stat_inc(pool, STAT_ALLOC_DEPOT);
	else
		depot_hand_out(pool, 1);
	return element;
}

/**
 * depot_take_last - take an element from the slots, or a parked one
 * @pool: the pool, whose depot has no element for this request
 * @slot: set if it was in a slot
 *
 * Tries the slots, and then elements that were parked meanwhile.  While the
 * lock is held, no element comes to the depot, and no other CPU takes parked
 * elements.  So if this finds none, there was an instant at which the depot had
 * none for this request, and slots and parking were empty.
 *
 * Context: depot lock held.
 * Return: an element, counted, or NULL.
 */
void *depot_take_last(struct rsvpool *pool, bool *slot)
{
	void *element = slots_take(pool);

	*slot = element;
	if (element) {
		WRITE_ONCE(pool->emergency, true);
		stat_inc(pool, STAT_ALLOC_NMI);
		return element;
	}
	/*
	 * Read the slots before the parked elements, as elements move from
	 * slots to parking.  Pairs with the exchanges of slots_take_many() and
	 * slots_park().
	 */
	smp_rmb();
	element = slots_unpark(pool);
	if (element)
		depot_hand_out(pool, 1);
	return element;
}

/**
 * depot_put_slowpath - put one element back in states that need more work
 * @pool: the pool
 * @element: the element
 * @unpark: also move parked elements to the depot; if false, the irq_work that
 *	parking has queued does it
 *
 * Context: depot lock held.
 * Return: NULL; or @element, if there is no room: without a maximum, or because
 * more elements were freed than exist.
 */
void *depot_put_slowpath(struct rsvpool *pool, void *element, bool unpark)
{
	struct rsvpool_depot *s = &pool->depot;

	if (likely(s->count < s->room)) {
		s->items[s->count++] = element;
		element = NULL;
	}
	if (likely(unpark))
		depot_unpark(pool, pool->batch);
	depot_serve_many(pool, SERVE_MOST, FILL_MOST);
	return element;
}

/**
 * depot_put_lent - put one element back, and lend it
 * @pool: a pool that lends
 * @element: the element
 * @loan: the loan, dead; alive afterwards, unless a sleeper or a slot gets the
 *	element, or no loan is allowed
 *
 * For Q this is a free that is not decided for a cache.
 *
 * Context: depot lock held.
 * Return: NULL; or @element, if there is no room.
 */
void *depot_put_lent(struct rsvpool *pool, void *element,
		     struct rsvpool_loan *loan)
{
	struct rsvpool_depot *s = &pool->depot;
	struct rsvpool_loans *l = pool->loans;
	unsigned int place = s->count, fills = s->fills, number;

	if (depot_put_slowpath(pool, element, true))
		return element;
	/*
	 * A sleeper or a slot has got the element, or an NMI has taken it from
	 * the slot.
	 */
	if (place >= s->count || s->items[place] != element ||
	    s->fills != fills)
		return NULL;
	/* Make room for the new loan; by two, while there are more than min. */
	if (s->lent >= s->min && s->lent)
		depot_revoke(pool, s->lent > max(s->min, 1U) ? 2 : 1);
	if (s->lent >= s->min || !READ_ONCE(l->lending))
		return NULL;
	swap(s->items[s->lent], s->items[place]);
	number = l->number[s->lent++];
	loan->index = number;
	loan->sequence = ++l->sequence;
	stat_inc(pool, STAT_LENT);
	/* The content before live[]; pairs with rsvpool_loan_live(). */
	smp_store_release(&l->live[number], loan->sequence);
	return NULL;
}

/* Revoke up to a batch of loans; returns if there were any.  Task context. */
bool depot_revoke_some(struct rsvpool *pool)
{
	struct rsvpool_depot *s = &pool->depot;
	unsigned int nr;

	raw_spin_lock_irq(&s->lock);
	nr = min(s->lent, pool->batch);
	if (nr)
		depot_revoke(pool, nr);
	raw_spin_unlock_irq(&s->lock);
	return nr;
}

/**
 * depot_kick - ask for the work that a change of the depot needs
 * @pool: the pool
 *
 * Called after the lock was dropped: queues the irq_work, which wakes sleepers
 * that were granted elements; or asks for the worker if a watermark was crossed,
 * or if slots miss elements, as low may be 0.  The worker ends with this
 * function: so it is asked only if it has something to bring, which is always so
 * below low.  If this queues the irq_work, that asks for the worker, as it ends
 * with this function, too.
 *
 * Reads without the lock: code that crosses a watermark calls this afterwards.
 * (The shrinker does not: it wants no refill.  A put in the common case may go
 * one batch further above high than is checked here.)
 *
 * Context: Any, preemption off.
 */
void depot_kick(struct rsvpool *pool)
{
	struct rsvpool_depot *s = &pool->depot;
	unsigned int count = hint(s->count);	/* a hint */
	/* A rehearsal gives all elements above min back. */
	unsigned int spare = READ_ONCE(pool->rehearse) ? 0 :
		READ_ONCE(pool->batch);

	if ((!list_empty_careful(&s->granted) || hint(s->claim_ready) ||
	     hint(s->more)) && pool_kick(pool))
		return;
	/* Elements for which a task waits are not given back. */
	if (count > READ_ONCE(s->high) + spare && !hint(s->waiting))
		refill_surplus(pool);
	else if (count < READ_ONCE(s->low) ||
		 (unlikely(atomic_read(&pool->nmi_missing) > 0) &&
		  depot_wants(pool)))
		refill_ask(pool);
}

/**
 * depot_put_many - bring elements to the depot
 * @pool: the pool
 * @elements: at most RSVPOOL_BATCH_MAX of them
 * @nr: how many
 *
 * Context: Task, softirq or hardirq.
 * Return: how many there was room for, from the front; fewer than @nr only in a
 * pool without a maximum.
 */
unsigned int depot_put_many(struct rsvpool *pool, void **elements,
			    unsigned int nr)
{
	struct rsvpool_depot *s = &pool->depot;
	unsigned long flags;

	raw_spin_lock_irqsave(&s->lock, flags);
	nr = min(nr, s->capacity - s->count);
	copy_elements(&s->items[s->count], elements, nr);
	s->count += nr;
	depot_unpark(pool, pool->batch);
	depot_serve(pool);
	raw_spin_unlock(&s->lock);
	depot_kick(pool);
	local_irq_restore(flags);
	return nr;
}

/*
 * While tasks sleep, a free leaves filling the slots to depot_fill().  But of
 * several elements that come at once, the first two sleepers may want only
 * some.  The others, the last ones, need not go through the depot: they fill
 * slots directly.  The caller then serves at most the first sleeper, and
 * depot_fill() may fill more slots from the depot.
 *
 * For Q each of these is a free to a slot.  It takes no element out of the
 * depot, so unlike in depot_fill_slots() the depot is not further below min
 * afterwards, and slow, which was set when it fell below min, is still right.
 * A sleeper finds as many elements in depot and slots as if all of them had
 * come to the depot.
 *
 * Returns how many elements are left for the depot, the first ones.  Lock held.
 */
static noinline unsigned int depot_put_to_slots(struct rsvpool *pool,
						void **elements,
						unsigned int nr)
{
	struct rsvpool_depot *s = &pool->depot;
	struct rsvpool_place *head = depot_head(s);
	unsigned int want = 0;
	struct rb_node *next;

	if (head) {
		want = head->nr;
		next = rb_next(&head->in_queue);
		if (next)
			want += rb_entry(next, struct rsvpool_place,
					 in_queue)->nr;
	}
	want = want > s->count ? want - s->count : 0;
	return want < nr ? nr - slots_fill(pool, elements + want, nr - want) :
		nr;
}

/**
 * depot_put_bulk - bring several elements to the depot at once
 * @pool: the pool
 * @elements: the elements
 * @nr: how many
 * @decided: free_decide() has allowed the cache for all of them; otherwise
 *	sleepers, slots and a depot below min come first, as for a single free
 * @put: set to how many were put, from the front: RSVPOOL_BULK_MAX at most, and
 *	fewer than @nr also if there is no room
 *
 * For Q this is a number of single frees, of which no CPU sees one without the
 * others.  As many as are missing lower M.  For each of the rest, O includes
 * it, and so is at least one above D + M.
 *
 * Context: Any, preemption off.
 * Return: true; false if an NMI cannot take the lock.
 */
bool depot_put_bulk(struct rsvpool *pool, void **elements, unsigned int nr,
		    bool decided, unsigned int *put)
{
	struct rsvpool_depot *s = &pool->depot;
	unsigned int above, room, left;
	unsigned long flags;
	bool slowpath;

	if (unlikely(!depot_lock(s, &flags)))
		return false;
	nr = min(nr, RSVPOOL_BULK_MAX);
	above = s->count - s->put_floor;
	slowpath = !decided || above >= s->put_span ||
		   nr > s->put_span - above || depot_to_trim(pool);
	if (unlikely(slowpath)) {
		if (nr <= TRIM_WITH)
			depot_trim(pool);
		room = s->room > s->count ? s->room - s->count : 0;
		nr = min(nr, room);
	}
	left = nr;
	if (unlikely(slowpath) && atomic_read(&pool->nmi_missing) > 0)
		left = depot_put_to_slots(pool, elements, nr);
	depot_restore_cache_limit(pool);
	copy_elements(&s->items[s->count], elements, left);
	s->count += left;
	/* The irq_work that parking has queued brings parked elements in. */
	if (unlikely(slowpath))
		depot_serve_many(pool, 1, left);
	raw_spin_unlock(&s->lock);
	if (unlikely(slowpath)) {
		depot_kick(pool);
		/*
		 * This call moved too many elements to trim the cache, too: the
		 * irq_work does that.
		 */
		if (depot_to_trim(pool))
			pool_kick(pool);
	}
	local_irq_restore(flags);
	stat_add(pool, STAT_FREE_DEPOT, left);
	if (unlikely(left < nr))
		stat_add(pool, STAT_FREE_NMI, nr - left);
	*put = nr;
	return true;
}

/**
 * depot_flush_here - bring a batch of this CPU's entries to the depot
 * @pool: the pool
 *
 * Context: Task, softirq or hardirq.
 * Return: whether there is more to flush.
 */
bool depot_flush_here(struct rsvpool *pool)
{
	struct rsvpool_depot *s = &pool->depot;
	unsigned long flags;
	bool more;

	raw_spin_lock_irqsave(&s->lock, flags);
	more = depot_trim(pool) && depot_to_trim(pool);
	depot_unpark(pool, pool->batch);
	depot_serve(pool);
	raw_spin_unlock(&s->lock);
	depot_kick(pool);
	local_irq_restore(flags);
	return more;
}

/**
 * depot_take_surplus - take elements above a watermark, to give them back
 * @pool: the pool
 * @elements: where to put them
 * @nr: at most so many
 * @keep: leave so many; never fewer than min
 *
 * Takes none while a task waits.
 *
 * Context: Task, softirq or hardirq.
 * Return: how many.
 */
unsigned int depot_take_surplus(struct rsvpool *pool, void **elements,
				unsigned int nr, unsigned int keep)
{
	struct rsvpool_depot *s = &pool->depot;
	unsigned long flags;

	raw_spin_lock_irqsave(&s->lock, flags);
	keep = max(keep, depot_min(s));
	nr = s->count > keep && !s->waiting ? min(nr, s->count - keep) : 0;
	depot_revoke_for_take(pool, nr);
	s->count -= nr;
	copy_elements(elements, &s->items[s->count], nr);
	raw_spin_unlock_irqrestore(&s->lock, flags);
	return nr;
}

/**
 * depot_allowance - how many elements a new request may take
 * @pool: the pool
 * @may_queue: the caller can sleep, so it must not overtake sleepers
 * @above_only: not from below the min watermark
 *
 * Context: depot lock held.
 * Return: how many elements.
 */
unsigned int depot_allowance(struct rsvpool *pool, bool may_queue,
			     bool above_only)
{
	struct rsvpool_depot *s = &pool->depot;
	unsigned int keep = above_only ? depot_min(s) : 0;
	struct rsvpool_place *head;

	if (unlikely(s->waiting)) {
		if (may_queue)
			return 0;
		head = depot_head(s);
		keep = max(keep, head->nr);
	}
	return s->count > keep ? s->count - keep : 0;
}

/*
 * Take @nr elements, which depot_allowance() has allowed; returns how many were
 * below min.  Lock held.
 */
unsigned int depot_take_allowed(struct rsvpool *pool, void **elements,
				unsigned int nr)
{
	struct rsvpool_depot *s = &pool->depot;
	unsigned int min_wmark = depot_min(s), below;

	if (!nr)
		return 0;
	depot_revoke_for_take(pool, nr);
	s->count -= nr;
	copy_elements(elements, &s->items[s->count], nr);
	below = s->count < min_wmark ? min(nr, min_wmark - s->count) : 0;
	if (below)
		depot_hand_out(pool, below);
	stat_add(pool, STAT_ALLOC_DEPOT, nr - below);
	return below;
}

/*
 * Trace @nr elements that depot_take_allowed() took, of which the first @below
 * came from below the min watermark.
 */
void depot_trace_taken(const struct rsvpool *pool, void **elements,
		       unsigned int nr, unsigned int below)
{
	if (nr > below)
		trace_rung(pool, RUNG_DEPOT, nr - below, elements[below]);
	if (below)
		trace_rung(pool, RUNG_RESERVE, below, elements[0]);
}

/* How many elements of a bulk came from where. */
struct bulk_parts {
	unsigned int slots;
	unsigned int below;		/* from below min */
};

/*
 * Take @nr elements of depot and slots, if there are as many.  Sets parts.slots
 * to how many the slots gave, also on failure.  @locked: the lock is held;
 * otherwise this is an NMI that could not take it, and uses the slots only.  A
 * separate function, so that sparse sees the lock taken and dropped on one
 * path.
 */
static bool take_bulk(struct rsvpool *pool, void **elements, unsigned int nr,
		      bool locked, struct bulk_parts *parts)
{
	unsigned int got = 0, open = 0, tries = 0, slots;
	bool enough;

	do {
		/*
		 * Read the slots first, then the parked elements: an element
		 * that moves meanwhile goes from a slot to parking, so it is
		 * seen at least once; and only the holder of the lock takes
		 * parked elements.  The slots may give fewer than they had, if
		 * an NMI has taken one.  Its element may then be parked, so
		 * this is repeated.
		 */
		slots = slots_full(pool);
		smp_rmb();	/* as in depot_take_last() */
		if (likely(locked)) {
			open = depot_allowance(pool, false, false);
			/* Also if the others are set aside for a sleeper. */
			if (open < nr) {
				depot_unpark(pool, nr);
				open = depot_allowance(pool, false, false);
			}
		}
		if (open + got + slots < nr)
			break;
		if (open + got < nr)
			got += slots_take_many(pool, elements + got,
					       nr - open - got);
		/* The slots were empty: only parked elements are left. */
		if (likely(locked) && unlikely(open + got < nr)) {
			depot_unpark(pool, nr);
			open = depot_allowance(pool, false, false);
		}
	} while (unlikely(open + got < nr) && ++tries < nr);
	enough = open + got >= nr;
	stat_add(pool, STAT_ALLOC_NMI, got);
	if (likely(locked) && enough)
		parts->below = depot_take_allowed(pool, elements + got,
						  nr - got);
	parts->slots = got;
	return enough;
}

/* depot_take() for several elements, in the common case alone.  Lock held. */
static __always_inline bool depot_take_many(struct rsvpool *pool,
					    void **elements, unsigned int nr)
{
	struct rsvpool_depot *s = &pool->depot;
	unsigned int n = s->count;

	if (unlikely(n <= s->take_above) || unlikely(n - s->take_above < nr))
		return false;
	s->count = n - nr;
	copy_elements(elements, &s->items[n - nr], nr);
	stat_add(pool, STAT_ALLOC_DEPOT, nr);
	return true;
}

static noinline void trace_bulk(const struct rsvpool *pool, void **elements,
				unsigned int nr, const struct bulk_parts *parts)
{
	if (parts->slots)
		trace_rung(pool, RUNG_NMI, parts->slots, elements[0]);
	depot_trace_taken(pool, elements + parts->slots, nr - parts->slots,
			  parts->below);
}

/**
 * depot_take_bulk - take several elements from depot and slots
 * @pool: the pool
 * @elements: where to put them
 * @nr: how many, at most RSVPOOL_BULK_MAX
 *
 * Context: Any.
 * Return: @nr; or, if there are not enough, how many the slots have given by
 * then.  The caller frees those, as other elements may have their places.
 */
unsigned int depot_take_bulk(struct rsvpool *pool, void **elements,
			     unsigned int nr)
{
	struct rsvpool_depot *s = &pool->depot;
	struct bulk_parts parts = {};
	unsigned long flags;
	bool enough;

	preempt_disable_notrace();
	if (likely(depot_lock(s, &flags))) {
		if (likely(depot_take_many(pool, elements, nr))) {
			raw_spin_unlock_irqrestore(&s->lock, flags);
			enough = true;
		} else {
			enough = take_bulk(pool, elements, nr, true, &parts);
			raw_spin_unlock(&s->lock);
			depot_kick(pool);
			local_irq_restore(flags);
		}
	} else {
		enough = take_bulk(pool, elements, nr, false, &parts);
	}
	if (parts.slots || !enough) {
		WRITE_ONCE(pool->emergency, true);
		refill_ask(pool);
	}
	if (rung_traced(RUNG_RESERVE))
		trace_bulk(pool, elements, enough ? nr : parts.slots, &parts);
	preempt_enable_notrace();
	return enough ? nr : parts.slots;
}

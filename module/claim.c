// SPDX-License-Identifier: GPL-2.0
/*
 * Several elements, of one or of several pools, all or nothing: bulk
 * allocation and claims, with a ladder of their own.
 *
 * While a claim is on the ladder, it may already have elements, from caches and
 * sources.  From the depots it takes all missing elements at once, with all
 * their locks held, or none.  Before a claim sleeps, it frees the elements that
 * it has: it waits without holding any.
 *
 * Entered in the contexts of alloc.c; not in NMI (rsvpool_tryalloc_bulk() is
 * for that).
 */
#include <linux/export.h>
#include <linux/sched/mm.h>

#include "alloc.h"
#include "cache.h"
#include "claim.h"
#include "depot.h"
#include "free.h"
#include "internal.h"
#include "trace.h"
#include "trace_rung.h"
#include "tryalloc.h"
#include "wait.h"

/* A claim on the ladder.  It already has got[i] elements of place[i]. */
struct claim {
	struct rsvpool_place *place;
	unsigned int nr;
	gfp_t gfp;
	bool may_sleep;
	unsigned int got[RSVPOOL_CLAIM_MAX];
};

static bool claim_whole(const struct claim *c)
{
	unsigned int i;

	for (i = 0; i < c->nr; i++)
		if (c->got[i] < c->place[i].nr)
			return false;
	return true;
}

static void claim_caches(struct claim *c)
{
	struct rsvpool_place *p;
	unsigned int i;

	for (i = 0; i < c->nr; i++) {
		p = &c->place[i];
		if (READ_ONCE(p->pool->policy) != RSVPOOL_POLICY_CACHE &&
		    READ_ONCE(p->pool->policy) != RSVPOOL_POLICY_RESERVE)
			continue;
		preempt_disable_notrace();
		c->got[i] = cache_pop_many(p->pool, p->elements, p->nr);
		preempt_enable_notrace();
		if (rung_traced(RUNG_CACHE) && c->got[i])
			trace_rung(p->pool, RUNG_CACHE, c->got[i],
				   p->elements[0]);
	}
}

static void claim_sources(struct claim *c, bool reclaim)
{
	struct rsvpool_place *p;
	unsigned int i;

	for (i = 0; i < c->nr; i++) {
		p = &c->place[i];
		if (READ_ONCE(p->pool->policy) == RSVPOOL_POLICY_RESERVE)
			continue;
		while (c->got[i] < p->nr &&
		       (p->elements[c->got[i]] =
			rung_source(p->pool, c->gfp, reclaim)))
			c->got[i]++;
	}
}

/*
 * Are there @nr elements for a new request?  If no task waits, elements in
 * slots count, too, unless @above_only.  Lock held.
 */
static bool depot_allows(struct rsvpool *pool, unsigned int nr, bool may_queue,
			 bool above_only)
{
	return depot_allowance(pool, may_queue, above_only) >= nr ||
		(!above_only && !pool->depot.waiting && depot_has(pool, nr));
}

/* Take all missing elements from all the depots, or none. */
static bool claim_depots(struct claim *c, bool above_only)
{
	unsigned int below[RSVPOOL_CLAIM_MAX] = {};
	struct rsvpool_place *p;
	unsigned long flags;
	bool enough = true;
	unsigned int i;

	queue_lock(c->place, c->nr, &flags);
	for (i = 0; i < c->nr && enough; i++) {
		p = &c->place[i];
		depot_unpark(p->pool, RSVPOOL_BULK_MAX);
		enough = depot_allows(p->pool, p->nr - c->got[i], c->may_sleep,
				      above_only);
	}
	for (i = 0; i < c->nr && enough; i++)
		if (!depot_gather(c->place[i].pool,
				  c->place[i].nr - c->got[i]))
			enough = false;
	/*
	 * An NMI has taken elements of a slot: undo depot_gather().  Elements
	 * that the head of the queue wants stay in the depot.
	 */
	while (i-- && unlikely(!enough))
		depot_fill(c->place[i].pool, RSVPOOL_BULK_MAX);
	for (i = 0; i < c->nr && enough; i++) {
		p = &c->place[i];
		below[i] = depot_take_allowed(p->pool, p->elements + c->got[i],
					      p->nr - c->got[i]);
	}
	queue_unlock(c->place, c->nr, flags);
	for (i = 0; i < c->nr && enough && rung_traced(RUNG_RESERVE); i++) {
		p = &c->place[i];
		depot_trace_taken(p->pool, p->elements + c->got[i],
				  p->nr - c->got[i], below[i]);
	}
	return enough;
}

static void claim_give_back(struct claim *c)
{
	unsigned int i;

	for (i = 0; i < c->nr; i++)
		pool_free_bulk(c->place[i].pool, c->got[i],
			       c->place[i].elements);
}

/*
 * The ladder for several elements, in the order of the default policy: caches,
 * depots above their min, sources without reclaim, depots, sources with
 * reclaim, depots again.  Other policies only leave out caches (source,
 * reclaim) or the source (reserve).
 */
static int claim_ladder(struct claim *c)
{
	claim_caches(c);
	if (claim_whole(c) || claim_depots(c, true))
		return 0;
	claim_sources(c, false);
	if (claim_whole(c) || claim_depots(c, false))
		return 0;
	if (c->may_sleep) {
		claim_sources(c, true);
		if (claim_whole(c) || claim_depots(c, false))
			return 0;
	}
	claim_give_back(c);
	return -ENOMEM;
}

/**
 * claim - take the elements of all places, or sleep until they are there
 * @place: the places, in any order
 * @nr: how many
 * @gfp: as for rsvpool_alloc()
 * @state: to sleep in
 * @timeout: in jiffies, or MAX_SCHEDULE_TIMEOUT
 *
 * Context: As rsvpool_alloc().
 * Return: 0; -ENOMEM if @gfp does not allow to sleep and there were not enough;
 * -EINVAL if there is no reserve to wait for, or a place wants more than it;
 * -EINTR or -ETIMEDOUT from the sleep.
 */
int claim(struct rsvpool_place *place, unsigned int nr, gfp_t gfp,
	  unsigned int state, unsigned long timeout)
{
	struct claim c = {
		.place = place,
		.nr = nr,
		.gfp = gfp,
		.may_sleep = gfpflags_allow_blocking(gfp),
	};
	unsigned int i;
	int err;

	err = claim_ladder(&c);
	for (i = 0; i < nr && err && c.may_sleep; i++) {
		err = may_wait(place[i].pool, place[i].nr);
		if (err)
			break;
		err = -ENOMEM;
	}
	if (err == -ENOMEM && c.may_sleep)
		err = queue_wait(place, nr, state, timeout);
	for (i = 0; i < nr && err; i++)
		request_failed(place[i].pool, place[i].nr);
	for (i = 0; i < nr && trace_rsvpool_claim_enabled(); i++)
		trace_rsvpool_claim(place[i].pool->name, place[i].nr, nr, err);
	return err;
}

/* The claim has all elements: do the last step before they are handed out. */
static void claim_finish(struct rsvpool_place *place, unsigned int nr,
			 gfp_t gfp, unsigned long caller)
{
	unsigned int i, j;

	for (i = 0; i < nr; i++)
		for (j = 0; j < place[i].nr; j++)
			alloc_finish(place[i].pool, gfp, place[i].elements[j],
				     caller);
}

int rsvpool_alloc_bulk(struct rsvpool *pool, gfp_t gfp, unsigned int nr,
		       void **elements)
{
	struct rsvpool_place place = {
		.pool = pool,
		.nr = nr,
		.elements = elements,
	};
	unsigned int reserve = READ_ONCE(pool->reserve);
	int err;

	if (unlikely(!nr))
		return -EINVAL;
	if (unlikely(nr > RSVPOOL_BULK_MAX))
		return -E2BIG;
	might_alloc(gfp);
	if (WARN_ON_ONCE(!clear_allowed(pool, gfp)))
		return -EINVAL;
	if (gfpflags_allow_blocking(gfp) && reserve && nr > reserve)
		return -EINVAL;
	err = claim(&place, 1, gfp, TASK_UNINTERRUPTIBLE,
		    MAX_SCHEDULE_TIMEOUT);
	if (!err && unlikely((gfp & __GFP_ZERO) || READ_ONCE(pool->steps)))
		claim_finish(&place, 1, gfp, _RET_IP_);
	return err;
}
EXPORT_SYMBOL_GPL(rsvpool_alloc_bulk);

/* Can each want ever be served, and is their number allowed? */
static int claim_check(const struct rsvpool_want *wants, unsigned int nr,
		       gfp_t gfp)
{
	unsigned int i, j, sum = 0;

	if (!nr)
		return -EINVAL;
	if (nr > RSVPOOL_CLAIM_MAX)
		return -E2BIG;
	for (i = 0; i < nr; i++) {
		sum += min(wants[i].nr, RSVPOOL_BULK_MAX + 1);
		if (sum > RSVPOOL_BULK_MAX)
			return -E2BIG;
		if (!wants[i].nr || !wants[i].pool || !wants[i].elements)
			return -EINVAL;
		if (wants[i].nr > READ_ONCE(wants[i].pool->reserve) ||
		    wants[i].pool->wakeup == RSVPOOL_WAKEUP_PRIO ||
		    !clear_allowed(wants[i].pool, gfp))
			return -EINVAL;
		for (j = 0; j < i; j++)
			if (wants[j].pool == wants[i].pool)
				return -EINVAL;
	}
	return 0;
}

int rsvpool_claim(struct rsvpool_want *wants, unsigned int nr, gfp_t gfp)
{
	struct rsvpool_place place[RSVPOOL_CLAIM_MAX] = {};
	unsigned int i;
	int err;

	err = claim_check(wants, nr, gfp);
	if (err)
		return err;
	might_alloc(gfp);
	for (i = 0; i < nr; i++) {
		place[i].pool = wants[i].pool;
		place[i].nr = wants[i].nr;
		place[i].elements = wants[i].elements;
	}
	err = claim(place, nr, gfp, TASK_UNINTERRUPTIBLE,
		    MAX_SCHEDULE_TIMEOUT);
	if (!err)
		claim_finish(place, nr, gfp, _RET_IP_);
	return err;
}
EXPORT_SYMBOL_GPL(rsvpool_claim);

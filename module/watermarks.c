// SPDX-License-Identifier: GPL-2.0
/*
 * The depot's watermarks, as they are in force: min is the reserve less
 * nmi_reserve, low and high are the settings with what adaptation adds, and all
 * three are one under pressure.  And the thresholds that the common take and put
 * compare with.  They are computed here and nowhere else.  The defaults of the
 * settings low and high are chosen when a pool is created: set_marks() in pool.c.
 *
 * Under the depot's lock, which any context takes.
 */
#include "internal.h"
#include "watermarks.h"

/*
 * Compute watermarks and thresholds after a change of settings, of the min
 * watermark, or of whether a task waits.  Lock held.
 */
void watermarks_update(struct rsvpool *pool)
{
	struct rsvpool_depot *s = &pool->depot;
	unsigned int guard = depot_min(s);
	unsigned int nmi = pool->nmi_reserve;
	unsigned int low, high, most, top, extra;

	low = max(pool->low, pool->reserve) - nmi;
	/* While min rises, not below what it rises to. */
	high = max(max(pool->high, pool->reserve) - nmi, guard);
	if (unlikely(pool->adapt.under_pressure || pool->rehearse)) {
		low = guard;
		high = guard;
	} else {
		/* Adaptation raises both, and not above high_max. */
		top = max(pool->high_max, nmi) - nmi;
		extra = top > high ? min(pool->adapt.extra, top - high) : 0;
		high += extra;
		low = min(low + extra, high);
	}
	WRITE_ONCE(s->low, low);
	WRITE_ONCE(s->high, high);
	/*
	 * Where a free may call the source, what is above high goes back at
	 * once; but a sleeper may want more than that, for slots that miss
	 * theirs count as part of the reserve.
	 */
	s->room = pool->max || s->waiting ? s->capacity : high;
	most = min(s->room, pool->rehearse ? guard : high + 2 * pool->batch);

	s->take_above = s->waiting ? UINT_MAX : max3(guard, low, s->lent);
	s->put_floor = guard;
	s->put_span = s->waiting || most <= guard ? 0 : most - guard;
	s->bare_above = pool->caches ? UINT_MAX : s->take_above;
	s->bare_span = pool->caches ? 0 : s->put_span;
	slow_update(pool);
}

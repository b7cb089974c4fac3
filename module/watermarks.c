// SPDX-License-Identifier: GPL-2.0
/*
 * The depot's watermarks in force, and the thresholds that the common take and
 * put compare with.  Low and high are computed here and nowhere else: the larger
 * one of the setting and the reserve, minus nmi_reserve, plus what adaptation
 * adds.  Under pressure, and in a rehearsal, both are equal to min.  Min is the
 * reserve minus nmi_reserve; pool.c and reserve.c set it.
 * set_watermarks() in pool.c chooses the defaults of the settings low and high.
 *
 * Runs under the depot's lock, which code in any context takes.
 */
#include "internal.h"
#include "watermarks.h"

/*
 * Compute watermarks and thresholds after a change of settings, of adaptation,
 * of the min watermark, of whether a task waits, or of loans above min.  Lock
 * held, or the pool is not published yet.
 */
void watermarks_update(struct rsvpool *pool)
{
	struct rsvpool_depot *s = &pool->depot;
	unsigned int min_wmark = depot_min(s);
	unsigned int nmi = pool->nmi_reserve;
	unsigned int low, high, most, top, extra;

	low = max(pool->low, pool->reserve) - nmi;
	/* While min is being raised, high is at least its new value. */
	high = max(max(pool->high, pool->reserve) - nmi, min_wmark);
	if (unlikely(pool->adapt.under_pressure || pool->rehearse)) {
		low = min_wmark;
		high = min_wmark;
	} else {
		/* Adaptation raises both, but not above high_max. */
		top = max(pool->high_max, nmi) - nmi;
		extra = top > high ? min(pool->adapt.extra, top - high) : 0;
		high += extra;
		low = min(low + extra, high);
	}
	WRITE_ONCE(s->low, low);
	WRITE_ONCE(s->high, high);
	/*
	 * In a pool with max=0 a free gives elements above high back to the
	 * source at once.  It keeps them while a task waits: the task may want
	 * the whole reserve, and high does not include the part of it that the
	 * slots miss.
	 */
	s->room = pool->max || s->waiting ? s->capacity : high;
	most = min(s->room, pool->rehearse ? min_wmark : high + 2 * pool->batch);

	s->take_above = s->waiting ? UINT_MAX : max3(min_wmark, low, s->lent);
	s->put_floor = min_wmark;
	s->put_span = s->waiting || most <= min_wmark ? 0 : most - min_wmark;
	s->bare_above = pool->caches ? UINT_MAX : s->take_above;
	s->bare_span = pool->caches ? 0 : s->put_span;
	slow_update(pool);
}

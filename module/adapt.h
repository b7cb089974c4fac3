/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Watermarks that follow emergencies and demand: see adapt.c.
 */
#ifndef _RSVPOOL_ADAPT_H
#define _RSVPOOL_ADAPT_H

#include <linux/limits.h>
#include <linux/types.h>

struct rsvpool;
struct seq_file;

/* Why adaptation has changed the watermarks, or has not. */
enum adapt_reason {
	ADAPT_GROW,		/* after an emergency */
	ADAPT_FOLLOW,		/* demand has grown */
	ADAPT_CAPPED,		/* an emergency, but high_max */
	ADAPT_HELD,		/* an emergency, but memory is short */
	ADAPT_RETRACT,		/* the source had nothing for a growth */
	ADAPT_DECAY,		/* no emergency for decay_ms */
	ADAPT_UNDER_PRESSURE,		/* the shrinker took elements */
	ADAPT_RELIEVED,		/* it took none for decay_ms */
	ADAPT_OFF,		/* adaptive=0 */
};

#define ADAPT_DECISIONS	8U
#define ADAPT_NOT_ASKED	UINT_MAX

/*
 * The state of adaptation (adapt.c).  Only the worker uses these fields, except
 * as noted:
 *
 * @asked: the depot's count when the worker was asked, or ADAPT_NOT_ASKED;
 *	written by the call that asked
 * @brought: elements that this run has put into the depot
 * @drawn: the most that were taken since @asked, less what was freed
 * @fails: STAT_ALLOC_FAIL at the end of the last run
 * @window: the most that one refill of this window has drawn
 * @demand: the same for earlier windows, decaying
 * @since: when this window began, in jiffies
 * @failing: the source had nothing for the last run
 * @before, @cache_before: @extra and @cache_extra before they grew last
 * @pressure_at: when the shrinker last took elements, in jiffies; only the
 *	shrinker writes it, without a lock
 *
 * Under the depot's lock:
 * @extra: what is added to low and high
 * @cache_extra: what is added to the caches
 * @under_pressure: the shrinker took elements: no more than min is kept
 * @decisions: how many decisions there were; a repeated one counts once
 * @decision: the last of them; number n is at n modulo ADAPT_DECISIONS
 */
struct rsvpool_adapt {
	unsigned int asked;
	unsigned int brought;
	unsigned int drawn;
	unsigned long fails;
	unsigned int window;
	unsigned int demand;
	unsigned long since;
	bool failing;
	unsigned int before;
	unsigned int cache_before;
	unsigned int extra;
	unsigned int cache_extra;
	bool under_pressure;
	unsigned long pressure_at;
	unsigned int decisions;
	struct adapt_decision {
		enum adapt_reason reason;
		unsigned int low;
		unsigned int high;
		unsigned int extra;
		unsigned int demand;
		unsigned int cache;
		unsigned int times;
		unsigned long when;
	} decision[ADAPT_DECISIONS];
};

void adapt_setup(struct rsvpool *pool);
unsigned int adapt_cache(struct rsvpool *pool);
void adapt_begin(struct rsvpool *pool);
void adapt_brought(struct rsvpool *pool, unsigned int nr);
bool adapt_follow(struct rsvpool *pool, bool failed, bool full);
bool adapt_retract(struct rsvpool *pool);
unsigned long adapt_wait(const struct rsvpool *pool);
bool adapt_under_pressure(struct rsvpool *pool);
void adapt_rehearse(struct rsvpool *pool, bool on);
void adapt_show(struct seq_file *m, struct rsvpool *pool);

#endif /* _RSVPOOL_ADAPT_H */

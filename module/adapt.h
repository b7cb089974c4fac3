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

/* Why adaptation has moved the marks, or has not. */
enum adapt_reason {
	ADAPT_GROW,		/* after an emergency */
	ADAPT_FOLLOW,		/* demand has grown */
	ADAPT_CAPPED,		/* an emergency, but high_max */
	ADAPT_HELD,		/* an emergency, but memory is short */
	ADAPT_RETRACT,		/* the source had nothing for a growth */
	ADAPT_DECAY,		/* it was quiet for decay_ms */
	ADAPT_UNDER_PRESSURE,		/* the shrinker took */
	ADAPT_RELIEVED,		/* and did not for decay_ms */
	ADAPT_OFF,		/* adaptive=0 */
};

#define ADAPT_DECISIONS	8U
#define ADAPT_NOT_ASKED	UINT_MAX

/*
 * What adaptation knows (adapt.c).  The worker's, but for what is said.
 *
 * @asked: the depot's count when the worker was asked, or ADAPT_NOT_ASKED;
 *	written by whoever asked
 * @brought: elements that this run has put into the depot
 * @drawn: the most that were taken since, net
 * @fails: STAT_ALLOC_FAIL at the end of the last run
 * @window: the most that was drawn at once in this window
 * @demand: and in those before, decaying
 * @since: when this window began, in jiffies
 * @failing: the source had nothing for the last run
 * @before, @cache_before: what @extra and @cache_extra were before they grew
 *
 * Under the depot's lock:
 * @extra: what is added to both marks
 * @cache_extra: and to the caches
 * @under_pressure: the shrinker took: no more than the line is kept
 * @pressed_at: when it last did, in jiffies; the shrinker's
 * @decisions: how many different ones there were; the last of them are in
 * @decision: at their number
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
	unsigned long pressed_at;
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
bool adapt_press(struct rsvpool *pool);
void adapt_rehearse(struct rsvpool *pool, bool on);
void adapt_show(struct seq_file *m, struct rsvpool *pool);

#endif /* _RSVPOOL_ADAPT_H */

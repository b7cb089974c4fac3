/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events for user space: see event.c.
 */
#ifndef _RSVPOOL_EVENT_H
#define _RSVPOOL_EVENT_H

#include <linux/atomic.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct rsvpool;

/* The kinds of events that are sent to user space. */
enum {
	EVENT_FAILED,		/* requests were not answered */
	EVENT_STALLED,		/* sleepers have waited longer than stall_ms */
	EVENT_UNDER_PRESSURE,	/* the shrinker took elements */
	NR_EVENTS,
};

/*
 * A pool's events.  Each kind has a count since the pool was created.
 *
 * @work: sends events
 * @live: from event_start() to event_stop(): the pool is in sysfs
 * @stalls: the count of EVENT_STALLED; the statistics have those of the other
 *	kinds
 * @seen: the counts when the worker last checked them
 * @sent: the counts that were sent
 * @sent_at: when they were sent, in jiffies
 */
struct rsvpool_events {
	struct delayed_work work;
	bool live;
	atomic_t stalls;
	u64 seen[NR_EVENTS];
	u64 sent[NR_EVENTS];
	unsigned long sent_at[NR_EVENTS];
};

void event_check(struct rsvpool *pool);
void event_queue(struct work_struct *work);
void event_setup(struct rsvpool *pool);
void event_start(struct rsvpool *pool);
void event_stop(struct rsvpool *pool);
int event_init(void);
void event_exit(void);

#endif /* _RSVPOOL_EVENT_H */

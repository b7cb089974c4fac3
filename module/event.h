/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events for user space.
 */
#ifndef _RSVPOOL_EVENT_H
#define _RSVPOOL_EVENT_H

#include <linux/atomic.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct rsvpool;

/* What is sent to user space. */
enum {
	EVENT_FAILED,		/* requests were not answered */
	EVENT_STALLED,		/* sleepers have waited longer than stall_ms */
	EVENT_UNDER_PRESSURE,	/* the shrinker was here */
	NR_EVENTS,
};

/*
 * Events, of which each has a count since the pool was created.
 *
 * @work: sends them
 * @live: the pool is in sysfs, and not about to leave it
 * @stalls: of EVENT_STALLED; others are counted anyway
 * @seen: the counts at the worker's last look
 * @told: the counts that were sent, and @last: when
 */
struct rsvpool_events {
	struct delayed_work work;
	bool live;
	atomic_t stalls;
	u64 seen[NR_EVENTS];
	u64 told[NR_EVENTS];
	unsigned long last[NR_EVENTS];
};

void event_look(struct rsvpool *pool);
void event_setup(struct rsvpool *pool);
void event_start(struct rsvpool *pool);
void event_stop(struct rsvpool *pool);
int event_init(void);
void event_exit(void);

#endif /* _RSVPOOL_EVENT_H */

// SPDX-License-Identifier: GPL-2.0
/*
 * Events for user space: uevents of a pool's kobject, for udev and other listeners.
 * Documentation/ABI/testing/sysfs-kernel-rsvpool says what they mean.
 *
 * Code that runs in any context sends no events.  The refill worker compares each
 * count with its value at the last run (event_check()).  If one grew, the worker
 * queues the pool's work item, which sends the event.  Sending allocates memory and
 * takes locks of the kernel; the worker must wait for neither, so it does not send.
 * The workqueue has a rescuer, because destroying a pool waits for its item.
 *
 * A pool sends at most one event of each kind in EVENT_INTERVAL.  Occurrences
 * in the interval are counted, and sent at its end.  All pools together send at
 * most EVENT_BURST events a second.  An event may be late, but its count is
 * complete.
 *
 * No lock: only the worker uses seen[], only the work item sent[] and sent_at[].
 */
#include <linux/jiffies.h>
#include <linux/kobject.h>
#include <linux/ratelimit.h>
#include <linux/sched/mm.h>
#include <linux/workqueue.h>

#include "event.h"
#include "internal.h"
#include "pool.h"
#include "stats.h"

#define EVENT_INTERVAL	(10 * HZ)	/* between two of one kind and pool */
#define EVENT_BURST	100		/* events of all pools in a second */
#define EVENT_TEXT	64		/* bytes of a variable, with its name */

enum {
	VAR_EVENT,
	VAR_POOL,
	VAR_COUNT,
	VAR_OUTSTANDING,
	VAR_RESERVE,
	VAR_SLEEPERS,
	NR_VARS,
};

static const char * const event_names[] = {
	[EVENT_FAILED] = "failed",
	[EVENT_STALLED] = "stalled",
	[EVENT_UNDER_PRESSURE] = "under_pressure",
};

static struct workqueue_struct *event_wq;
static DEFINE_RATELIMIT_STATE(event_limit, HZ, EVENT_BURST);

/* How often events of this kind happened since the pool was created. */
static u64 event_count(struct rsvpool *pool, unsigned int kind)
{
	switch (kind) {
	case EVENT_FAILED:
		return stats_sum(pool, STAT_ALLOC_FAIL);
	case EVENT_STALLED:
		return atomic_read(&pool->events.stalls);
	default:
		return stats_sum(pool, STAT_UNDER_PRESSURE);
	}
}

static void event_send(struct rsvpool *pool, unsigned int kind, u64 nr)
{
	char var[NR_VARS][EVENT_TEXT];
	char *env[NR_VARS + 1];
	unsigned int i, flags;

	for (i = 0; i < NR_VARS; i++)
		env[i] = var[i];
	env[i] = NULL;
	snprintf(var[VAR_EVENT], EVENT_TEXT, "RSVPOOL_EVENT=%s",
		 event_names[kind]);
	snprintf(var[VAR_POOL], EVENT_TEXT, "RSVPOOL_POOL=%s", pool->name);
	snprintf(var[VAR_COUNT], EVENT_TEXT, "RSVPOOL_COUNT=%llu", nr);
	snprintf(var[VAR_OUTSTANDING], EVENT_TEXT, "RSVPOOL_OUTSTANDING=%u",
		 stats_outstanding(pool));
	snprintf(var[VAR_RESERVE], EVENT_TEXT, "RSVPOOL_RESERVE=%u",
		 READ_ONCE(pool->reserve));
	snprintf(var[VAR_SLEEPERS], EVENT_TEXT, "RSVPOOL_SLEEPERS=%u",
		 hint(pool->depot.waiting));
	/* No I/O: a driver's I/O may wait until the pool is destroyed. */
	flags = memalloc_noio_save();
	kobject_uevent_env(&pool->kobj, KOBJ_CHANGE, env);
	memalloc_noio_restore(flags);
}

static void event_fn(struct work_struct *work)
{
	struct rsvpool_events *e = container_of(to_delayed_work(work),
						struct rsvpool_events, work);
	struct rsvpool *pool = container_of(e, struct rsvpool, events);
	unsigned long left, wait = 0;
	unsigned int kind;
	u64 nr;

	for (kind = 0; kind < NR_EVENTS && READ_ONCE(e->live); kind++) {
		nr = event_count(pool, kind) - e->sent[kind];
		if (!nr)
			continue;
		left = e->sent_at[kind] + EVENT_INTERVAL - jiffies;
		if (!e->sent[kind] || left > EVENT_INTERVAL)
			left = __ratelimit(&event_limit) ? 0 : HZ;
		if (!left) {
			event_send(pool, kind, nr);
			e->sent[kind] += nr;
			e->sent_at[kind] = jiffies;
			continue;
		}
		wait = wait ? min(wait, left) : left;
	}
	if (wait)
		queue_delayed_work(event_wq, &e->work, wait);
}

/**
 * event_check - queue the work item if a count has grown
 * @pool: the pool
 *
 * Context: The refill worker; waits for nothing.
 */
void event_check(struct rsvpool *pool)
{
	struct rsvpool_events *e = &pool->events;
	unsigned int kind;
	bool grown = false;
	u64 now;

	if (!READ_ONCE(e->live))
		return;
	for (kind = 0; kind < NR_EVENTS; kind++) {
		now = event_count(pool, kind);
		grown |= now != e->seen[kind];
		e->seen[kind] = now;
	}
	if (grown)
		mod_delayed_work(event_wq, &e->work, 0);
}

/*
 * Queues work that may wait for a pool, and so for a refill worker or for elements
 * that are on their way to the source: not on their workqueue, whose only rescuer
 * it could occupy.
 */
void event_queue(struct work_struct *work)
{
	queue_work(event_wq, work);
}

void event_setup(struct rsvpool *pool)
{
	INIT_DELAYED_WORK(&pool->events.work, event_fn);
}

/* The pool is in sysfs.  The next event_check() finds events from before, too. */
void event_start(struct rsvpool *pool)
{
	WRITE_ONCE(pool->events.live, true);
}

/**
 * event_stop - stop sending events, and wait for one that is being sent
 * @pool: the pool
 *
 * The worker may have read live before, and queue the work item afterwards, which
 * then sends nothing.  So event_stop() is called again once the worker has stopped.
 *
 * Context: Task, may sleep.
 */
void event_stop(struct rsvpool *pool)
{
	WRITE_ONCE(pool->events.live, false);
	cancel_delayed_work_sync(&pool->events.work);
}

int event_init(void)
{
	/* The limit only delays events: log nothing about it. */
	ratelimit_set_flags(&event_limit, RATELIMIT_MSG_ON_RELEASE);
	event_wq = alloc_workqueue("rsvpool_events",
				   WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	return event_wq ? 0 : -ENOMEM;
}

void event_exit(void)
{
	destroy_workqueue(event_wq);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Events for user space: uevents of a pool's kobject, which udev and others listen
 * to.  What they mean is in Documentation/ABI/testing/sysfs-kernel-rsvpool.
 *
 * Code for any context does nothing for them: the refill worker compares counters
 * with what they were at its last run (event_look()), and if one has grown it
 * queues the pool's work item, which sends.  The worker does not send by itself, as
 * that allocates memory and takes locks of the kernel's: the worker must wait for
 * neither.  The workqueue has a rescuer, as destroying a pool waits for its item.
 *
 * Of each kind a pool sends one event in EVENT_INTERVAL; what comes meanwhile is
 * counted, and sent at its end.  All pools together send no more than EVENT_BURST a
 * second.  Nothing is lost by that but the instant.
 *
 * No lock: seen[] is the worker's own, told[] and last[] the work item's.
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
#define EVENT_BURST	100		/* of all pools, in a second */
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

/* How often it has happened since the pool was created. */
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
	/* A driver's I/O may wait for the pool to be destroyed. */
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
		nr = event_count(pool, kind) - e->told[kind];
		if (!nr)
			continue;
		left = e->last[kind] + EVENT_INTERVAL - jiffies;
		if (!e->told[kind] || left > EVENT_INTERVAL)
			left = __ratelimit(&event_limit) ? 0 : HZ;
		if (!left) {
			event_send(pool, kind, nr);
			e->told[kind] += nr;
			e->last[kind] = jiffies;
			continue;
		}
		wait = wait ? min(wait, left) : left;
	}
	if (wait)
		queue_delayed_work(event_wq, &e->work, wait);
}

/**
 * event_look - has anything happened that user space is to know?
 * @pool: the pool
 *
 * Context: The refill worker; waits for nothing.
 */
void event_look(struct rsvpool *pool)
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

void event_setup(struct rsvpool *pool)
{
	INIT_DELAYED_WORK(&pool->events.work, event_fn);
}

/* The pool is in sysfs: what has happened before is sent after the next look. */
void event_start(struct rsvpool *pool)
{
	WRITE_ONCE(pool->events.live, true);
}

/**
 * event_stop - no event is being sent, nor will be
 * @pool: the pool
 *
 * The worker may still have read live, and queue the work, which then does nothing:
 * once the worker has stopped this is called again.
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
	/* Too many at once are late, which needs no line in the log. */
	ratelimit_set_flags(&event_limit, RATELIMIT_MSG_ON_RELEASE);
	event_wq = alloc_workqueue("rsvpool_events",
				   WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	return event_wq ? 0 : -ENOMEM;
}

void event_exit(void)
{
	destroy_workqueue(event_wq);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Reports: which code holds a pool's elements, which tasks sleep for them, and
 * for how long.  For debugfs, for the log when a sleeper has waited longer than
 * stall_ms, and for the WARN about a pool that is destroyed too early.
 *
 * Task context.  Only a pool with debug=1 records which code holds an element.
 */
#include <linux/jiffies.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "comm.h"
#include "debug.h"
#include "holders.h"
#include "internal.h"
#include "kick.h"
#include "section.h"
#include "stats.h"
#include "wait.h"

#define CALLERS_SHOWN	64
#define STALL_SHOWN	8

/**
 * queue_list - sleepers in the order in which they will be served
 * @pool: the pool
 * @sleeper: where to put them
 * @most: how many fit there
 * @skip: how many to leave out first; the walk over them holds the depot's lock
 *
 * Context: Task.
 * Return: how many were put into @sleeper.
 */
unsigned int queue_list(struct rsvpool *pool, struct queue_sleeper *sleeper,
			unsigned int most, unsigned int skip)
{
	struct rsvpool_depot *s = &pool->depot;
	struct rsvpool_place *place;
	struct rsvpool_waiter *w;
	struct rb_node *node;
	unsigned int n = 0;

	raw_spin_lock_irq(&s->lock);
	for (node = rb_first_cached(&s->queue); node && n < most;
	     node = rb_next(node)) {
		if (skip) {
			skip--;
			continue;
		}
		place = rb_entry(node, struct rsvpool_place, in_queue);
		w = place->waiter;
		sleeper[n].pid = task_pid_nr(w->task);
		comm_copy(sleeper[n].comm, w->task);
		sleeper[n].ms = jiffies_to_msecs(jiffies - w->since);
		sleeper[n].nr = place->nr;
		sleeper[n].pools = w->nr;
		sleeper[n].prio = place->prio;
		n++;
	}
	raw_spin_unlock_irq(&s->lock);
	return n;
}

static void show_section(void *data, const char *comm, pid_t pid,
			 unsigned long caller, unsigned int left)
{
	seq_printf(data, "section %u %pS %s/%d\n", left, (void *)caller, comm,
		   pid);
}

/* Shows the file holders in debugfs; returns 0 or -ENOMEM. */
int holders_seq_show(struct seq_file *m, struct rsvpool *pool)
{
	struct debug_holder *holder;
	unsigned int i, n;

	section_show(pool, show_section, m);
	if (!pool->debug_table) {
		seq_printf(m, "outstanding %u; only debug=1 records which code took them\n",
			   stats_outstanding(pool));
		return 0;
	}
	holder = kcalloc(CALLERS_SHOWN, sizeof(*holder), GFP_KERNEL);
	if (!holder)
		return -ENOMEM;
	n = debug_collect(pool, holder, CALLERS_SHOWN);
	for (i = 0; i < n; i++)
		seq_printf(m, "held %u oldest_ms %u %pS\n", holder[i].nr,
			   jiffies_to_msecs(holder[i].oldest),
			   (void *)holder[i].caller);
	debug_show_misuse(m, pool);
	kfree(holder);
	return 0;
}

static void print_section(void *data, const char *comm, pid_t pid,
			  unsigned long caller, unsigned int left)
{
	struct rsvpool *pool = data;

	pr_warn("pool '%s': holders: section of %s/%d, begun at %pS, %u unused\n",
		pool->name, comm, pid, (void *)caller, left);
}

/* Logs which code holds how many elements.  Task context. */
void holders_print(struct rsvpool *pool)
{
	struct debug_holder holder[STALL_SHOWN];
	unsigned int i, n;

	section_show(pool, print_section, pool);
	if (!pool->debug_table)
		return;
	n = debug_collect(pool, holder, STALL_SHOWN);
	for (i = 0; i < n; i++)
		pr_warn("pool '%s': holders: %u taken by %pS, the oldest %u ms ago\n",
			pool->name, holder[i].nr, (void *)holder[i].caller,
			jiffies_to_msecs(holder[i].oldest));
}

/**
 * holders_report_stall - a sleeper has waited longer than stall_ms
 * @pool: the pool that it waits for
 *
 * Has the worker send an event to user space, and logs one rate-limited report: the
 * sleepers, and the code that holds the elements.
 *
 * Context: Task, may sleep: the sleeper itself.
 */
void holders_report_stall(struct rsvpool *pool)
{
	struct queue_sleeper sleeper[STALL_SHOWN];
	unsigned int i, n;

	atomic_inc(&pool->events.stalls);
	refill_now(pool);
	if (!__ratelimit(&pool->stall_limit))
		return;
	n = queue_list(pool, sleeper, STALL_SHOWN, 0);
	pr_warn("pool '%s': stall_ms: %u sleepers, %u elements outstanding, reserve %u, %u pools on it\n",
		pool->name, hint(pool->depot.waiting),
		stats_outstanding(pool), READ_ONCE(pool->reserve),
		hint(pool->children));
	for (i = 0; i < n; i++)
		pr_warn("pool '%s': sleeper: %s/%d waits for %u elements, for %u ms so far\n",
			pool->name, sleeper[i].comm, sleeper[i].pid,
			sleeper[i].nr, sleeper[i].ms);
	holders_print(pool);
}

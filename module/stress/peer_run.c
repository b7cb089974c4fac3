// SPDX-License-Identifier: GPL-2.0
/*
 * Runs peers one after the other, each with its own threads.
 *
 * Answers for: the common part of scenarios "pingpong", "burst" and
 * "producer-consumer", which measure many peers in one run: a peer_run for each
 * peer, with threads spread over the CPUs.  The threads begin together, and end
 * when the time is up or all have made "count" calls.  If a peer cannot be
 * measured, its peer_run has no threads, and @missing is the reason.
 *
 * Threads are created before the run begins.  No locks; task context.
 */
#include "peer_run.h"

#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/sched.h>
#include <linux/slab.h>

#define DEFAULT_SECONDS	1

static void peer_run_free(struct stress_peer_run *peer_run)
{
	unsigned int i;

	for (i = 0; peer_run->lanes && i < peer_run->nr; i++)
		kvfree(peer_run->lanes[i].data);
	kvfree(peer_run->lanes);
}

static void peer_runs_free(struct stress_peer_runs *peer_runs)
{
	enum stress_peer_id id;

	for (id = 0; id < STRESS_PEERS; id++)
		peer_run_free(&peer_runs->peer_runs[id]);
	kvfree(peer_runs);
}

static void peer_run_stop(struct stress_peer_run *peer_run)
{
	WRITE_ONCE(peer_run->over, true);
	if (peer_run->threads)
		stress_threads_destroy(peer_run->threads, peer_run->nr);
	kvfree(peer_run->threads);
	peer_run->threads = NULL;
	stress_supply_close(&peer_run->supply);
}

static int peer_run_open(struct stress_run *run,
			 struct stress_peer_run *peer_run,
			 enum stress_peer_id id,
			 const struct stress_peer_runs_plan *plan)
{
	const struct stress_peer *peer = stress_peers[id];
	struct stress_lane *lane;
	unsigned int i;
	int err;

	peer_run->missing = stress_peer_missing(peer, STRESS_TASK);
	if (!peer_run->missing && plan->other_cpu && peer->own_cpu)
		peer_run->missing = "not-allowed";
	if (peer_run->missing)
		return 0;
	err = stress_supply_open(&peer_run->supply, run, id, plan->reserve);
	if (err)
		return err;
	peer_run->threads = kvcalloc(plan->nr, sizeof(*peer_run->threads), GFP_KERNEL);
	peer_run->lanes = kvcalloc(plan->nr, sizeof(*peer_run->lanes), GFP_KERNEL);
	if (!peer_run->threads || !peer_run->lanes)
		return -ENOMEM;
	for (i = 0; i < plan->nr; i++) {
		lane = &peer_run->lanes[i];
		lane->peer_run = peer_run;
		if (plan->data_bytes) {
			lane->data = kvzalloc(plan->data_bytes, GFP_KERNEL);
			if (!lane->data)
				return -ENOMEM;
		}
		err = stress_thread_create(&peer_run->threads[i], run, plan->work,
					   lane, i, stress_spread(run, i),
					   plan->name);
		if (err) {
			kvfree(lane->data);
			return err;
		}
		peer_run->nr++;
	}
	return 0;
}

int stress_peer_runs_prepare(struct stress_run *run,
			     const struct stress_peer_runs_plan *plan)
{
	struct stress_peer_runs *peer_runs = kvzalloc(sizeof(*peer_runs), GFP_KERNEL);
	enum stress_peer_id id;
	int err = 0;

	if (!peer_runs)
		return -ENOMEM;
	run->priv = peer_runs;
	for (id = 0; id < STRESS_PEERS && !err; id++) {
		if (run->params.what & BIT(id))
			err = peer_run_open(run, &peer_runs->peer_runs[id], id, plan);
	}
	if (err) {
		stress_peer_runs_finish(run);
		peer_runs_free(peer_runs);
	}
	return err;
}

/*
 * Wait until all threads of the peer have called this; false if its run ends
 * before that.
 */
bool stress_lane_begin(struct stress_lane *lane)
{
	struct stress_peer_run *peer_run = lane->peer_run;

	atomic_inc(&peer_run->arrived);
	while (atomic_read(&peer_run->arrived) < peer_run->nr) {
		if (READ_ONCE(peer_run->over))
			return false;
		cond_resched();
	}
	return true;
}

static bool all_ended(const struct stress_peer_run *peer_run)
{
	unsigned int i;

	for (i = 0; i < peer_run->nr; i++) {
		if (!READ_ONCE(peer_run->threads[i].ended))
			return false;
	}
	return true;
}

static int peer_run_execute(struct stress_run *run,
			    struct stress_peer_run *peer_run)
{
	unsigned int i, seconds = run->params.seconds;
	s64 until;
	int err;

	if (!seconds && !run->params.count)
		seconds = DEFAULT_SECONDS;
	until = stress_elapsed_ms(run) + seconds * MSEC_PER_SEC;
	for (i = 0; i < peer_run->nr; i++)
		stress_thread_start(&peer_run->threads[i]);
	do {
		err = stress_tick(run);
	} while (!err && !stress_stopping(run) && !all_ended(peer_run) &&
		 (!seconds || stress_elapsed_ms(run) < until));
	/* End the threads, so that the next peer runs alone. */
	WRITE_ONCE(peer_run->over, true);
	stress_threads_join(peer_run->threads, peer_run->nr);
	return err;
}

/* Run each peer in turn, for "seconds" or until its threads have ended. */
int stress_peer_runs_execute(struct stress_run *run)
{
	struct stress_peer_runs *peer_runs = run->priv;
	enum stress_peer_id id;
	int err = 0;

	for (id = 0; id < STRESS_PEERS && !err && !stress_stopping(run); id++) {
		if (peer_runs->peer_runs[id].supply.ready)
			err = peer_run_execute(run, &peer_runs->peer_runs[id]);
	}
	return err;
}

void stress_peer_runs_finish(struct stress_run *run)
{
	struct stress_peer_runs *peer_runs = run->priv;
	enum stress_peer_id id;

	for (id = 0; id < STRESS_PEERS; id++)
		peer_run_stop(&peer_runs->peer_runs[id]);
}

void stress_peer_runs_release(struct stress_run *run)
{
	peer_runs_free(run->priv);
}

/* Print one line for each peer without a result; call show() for the others. */
void stress_peer_runs_show(struct seq_file *m, struct stress_run *run,
			   void (*show)(struct seq_file *m,
					const struct stress_peer_run *peer_run))
{
	const struct stress_peer_runs *peer_runs = run->priv;
	const struct stress_peer_run *peer_run;
	enum stress_peer_id id;

	if (run->state != STRESS_OVER)
		return;
	for (id = 0; id < STRESS_PEERS; id++) {
		peer_run = &peer_runs->peer_runs[id];
		if (!(run->params.what & BIT(id)))
			continue;
		if (peer_run->missing)
			seq_printf(m, "%s=%s\n", stress_peer_names[id],
				   peer_run->missing);
		else
			show(m, peer_run);
	}
}

/* Elements taken and freed in a second, by all lanes. */
u64 stress_peer_run_ops(const struct stress_peer_run *peer_run)
{
	const struct stress_lane *lane;
	u64 ops = 0, us;
	unsigned int i;

	for (i = 0; i < peer_run->nr; i++) {
		lane = &peer_run->lanes[i];
		us = div_u64(lane->ns, NSEC_PER_USEC);
		if (us)
			ops += div64_u64(lane->pairs * USEC_PER_SEC, us);
	}
	return ops * peer_run->supply.peer->elements;
}

u64 stress_peer_run_unanswered(const struct stress_peer_run *peer_run)
{
	u64 unanswered = 0;
	unsigned int i;

	for (i = 0; i < peer_run->nr; i++)
		unanswered += peer_run->lanes[i].unanswered;
	return unanswered;
}

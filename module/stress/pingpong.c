// SPDX-License-Identifier: GPL-2.0
/*
 * Scenario "pingpong": pairs of allocation and free, on many CPUs at once.
 *
 * Answers for: the number of elements that all threads together take and free in a
 * second, for each peer in turn.  Compared with one thread, this shows how CPUs
 * slow each other down.  No locks; task context.
 */
#include "peer_run.h"

#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/sched.h>

#define CHUNK		1000	/* pairs between two checks for the end */
#define RESERVE_EACH	32	/* elements a thread, of a peer with a reserve */

static void pingpong_work(struct stress_thread *thread)
{
	unsigned int left, chunk, count = thread->run->params.count;
	struct stress_lane *lane = thread->data;
	struct stress_peer_run *peer_run = lane->peer_run;
	u64 start;

	if (!stress_lane_begin(lane))
		return;
	start = ktime_get_ns();
	while (stress_lane_going(lane, thread->run)) {
		chunk = CHUNK;
		if (count)
			chunk = min_t(u64, chunk, count - lane->pairs);
		if (!chunk)
			break;
		left = peer_run->supply.peer->pairs(&peer_run->supply, lane->elements,
						chunk);
		stress_count(&lane->pairs, chunk - left);
		if (left)
			stress_count(&lane->unanswered, 1);
		cond_resched();
	}
	lane->ns = ktime_get_ns() - start;
}

static int pingpong_prepare(struct stress_run *run)
{
	unsigned int nr = run->params.threads ?: stress_nr_cpus(run);
	const struct stress_peer_runs_plan plan = {
		.name = "pingpong",
		.nr = nr,
		.reserve = nr * RESERVE_EACH,
		.work = pingpong_work,
	};

	return stress_peer_runs_prepare(run, &plan);
}

static void show_peer_run(struct seq_file *m,
			  const struct stress_peer_run *peer_run)
{
	const char *name = peer_run->supply.peer->name;
	u64 pairs = 0, least = U64_MAX, most = 0;
	unsigned int i;

	for (i = 0; i < peer_run->nr; i++) {
		pairs += peer_run->lanes[i].pairs;
		least = min(least, peer_run->lanes[i].pairs);
		most = max(most, peer_run->lanes[i].pairs);
	}
	seq_printf(m, "%s.ops_per_s=%llu\n%s.pairs=%llu\n", name,
		   stress_peer_run_ops(peer_run), name, pairs);
	seq_printf(m, "%s.least=%llu\n%s.most=%llu\n%s.unanswered=%llu\n",
		   name, least, name, most, name,
		   stress_peer_run_unanswered(peer_run));
}

static void pingpong_show(struct seq_file *m, struct stress_run *run)
{
	stress_peer_runs_show(m, run, show_peer_run);
}

static int pingpong_check(const struct stress_params *params)
{
	return stress_check_what("pingpong", params);
}

static const struct stress_param pingpong_params[] = {
	STRESS_PARAM_POOL,
	STRESS_PARAM_WHAT,
	STRESS_PARAM_NUMBER(threads, 0, STRESS_THREADS_MAX, 0,
			    "threads; 0 is one a CPU"),
	STRESS_PARAM_NUMBER(seconds, 0, STRESS_SECONDS_MAX, 0,
			    "time for each peer; 0 is 1 if count is 0, too, otherwise no limit"),
	STRESS_PARAM_NUMBER(count, 0, UINT_MAX, 0,
			    "pairs of each thread; 0 is no limit"),
	{}
};

const struct stress_scenario stress_pingpong_scenario = {
	.name = "pingpong",
	.help = "elements a second, allocated and freed on many CPUs at once",
	.params = pingpong_params,
	.check = pingpong_check,
	.prepare = pingpong_prepare,
	.execute = stress_peer_runs_execute,
	.finish = stress_peer_runs_finish,
	.show = pingpong_show,
	.release = stress_peer_runs_release,
};

// SPDX-License-Identifier: GPL-2.0
/*
 * Scenario "burst": many allocations, then many frees.
 *
 * Answers for: the cost of an element when "nr" calls allocate before the first
 * element is freed, for each peer in turn; and the time until the pool has
 * recovered, which means that its "available" is as high as before the burst, or
 * the reserve if that is less.  Recovery is measured twice: while the burst is
 * outstanding, when the refill worker has to bring elements, and after the burst
 * was freed.  It is read from sysfs, with pauses, so the resolution is some ten
 * microseconds, and a pool that has recovered already shows that time, too.
 * It is measured with one thread only, as other threads would hold elements as
 * well.  A pool whose max has no room for burst and reserve does not recover
 * while the burst is outstanding, and counts as late.  No locks; task context.
 */
#include "peer_run.h"
#include "histogram.h"

#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/slab.h>

#define NR_MAX		4096
#define POLL_US		5

enum moment { OUT, BACK, MOMENTS };

static const char * const moment_names[MOMENTS] = { "out", "back" };

/**
 * struct burst - results of one thread, by moment
 * @ns: nanoseconds an element, the mean of a burst: to take it, to free it
 * @recovery: how long the pool took to recover after that
 * @late: how often it had not recovered when the wait timed out
 * @elements: the elements of "nr" calls
 */
struct burst {
	struct stress_histogram ns[MOMENTS];
	struct stress_histogram recovery[MOMENTS];
	unsigned int late[MOMENTS];
	void *elements[];
};

static void wait_recovered(struct stress_run *run, struct burst *burst,
			   enum moment moment, int wanted)
{
	s64 timeout = (s64)run->params.recover_ms * NSEC_PER_MSEC;
	u64 start = ktime_get_ns();
	bool whole;
	s64 ns;

	if (wanted <= 0 || !timeout)
		return;
	for (;;) {
		whole = stress_fact(run, "available") >= wanted;
		ns = ktime_get_ns() - start;
		if (whole) {
			stress_histogram_add(&burst->recovery[moment], ns);
			return;
		}
		if (ns > timeout || stress_stopping(run))
			break;
		usleep_range(POLL_US, 2 * POLL_US);
	}
	burst->late[moment]++;
}

/* The number available in a pool that has recovered; at most 0: not measured. */
static int recovered_at(struct stress_run *run,
			const struct stress_peer_run *peer_run)
{
	if (peer_run->nr > 1 || !peer_run->supply.peer->needs_pool)
		return 0;
	return min(stress_fact(run, "available"), stress_fact(run, "reserve"));
}

static void burst_once(struct stress_run *run, struct stress_lane *lane)
{
	struct stress_supply *supply = &lane->peer_run->supply;
	const struct stress_peer *peer = supply->peer;
	int wanted = recovered_at(run, lane->peer_run);
	struct burst *burst = lane->data;
	unsigned int i, got = 0;
	u64 start = ktime_get_ns();

	while (got < run->params.nr &&
	       peer->take(supply, &burst->elements[got * peer->elements]))
		got++;
	if (got)
		stress_histogram_add(&burst->ns[OUT],
				     div_u64(ktime_get_ns() - start,
					     got * peer->elements));
	stress_count(&lane->unanswered, run->params.nr - got);
	wait_recovered(run, burst, OUT, wanted);
	if (run->params.hold_us[1])
		usleep_range(run->params.hold_us[0],
			     max(run->params.hold_us[1],
				 run->params.hold_us[0] + 1));

	start = ktime_get_ns();
	for (i = 0; i < got; i++)
		peer->give(supply, &burst->elements[i * peer->elements]);
	if (got)
		stress_histogram_add(&burst->ns[BACK],
				     div_u64(ktime_get_ns() - start,
					     got * peer->elements));
	wait_recovered(run, burst, BACK, wanted);
	stress_count(&lane->pairs, got);
}

static void burst_work(struct stress_thread *thread)
{
	struct stress_lane *lane = thread->data;
	struct stress_run *run = thread->run;
	unsigned int rounds = 0, count = run->params.count;
	u64 start;

	if (!stress_lane_begin(lane))
		return;
	start = ktime_get_ns();
	while (stress_lane_going(lane, run) && (!count || rounds++ < count)) {
		burst_once(run, lane);
		cond_resched();
	}
	lane->ns = ktime_get_ns() - start;
}

static int burst_prepare(struct stress_run *run)
{
	const struct stress_params *params = &run->params;
	const struct stress_peer_runs_plan plan = {
		.name = "burst",
		.nr = params->threads,
		.reserve = params->threads * params->nr,
		.data_bytes = sizeof(struct burst) + sizeof(void *) *
			      params->nr * RSVPOOL_BULK_MAX,
		.work = burst_work,
	};

	return stress_peer_runs_prepare(run, &plan);
}

static void show_histogram(struct seq_file *m, const char *peer,
			   const char *what, enum moment moment,
			   const struct stress_histogram *histogram)
{
	char name[64];

	snprintf(name, sizeof(name), "%s.%s%s", peer, what,
		 moment_names[moment]);
	stress_histogram_show(m, name, histogram);
	seq_printf(m, "%s.max=%llu\n", name, histogram->max_ns);
}

/* Times of the first thread only; the others do the same. */
static void show_peer_run(struct seq_file *m,
			  const struct stress_peer_run *peer_run)
{
	const struct burst *burst = peer_run->lanes[0].data;
	const char *name = peer_run->supply.peer->name;
	enum moment moment;

	seq_printf(m, "%s.bursts=%llu\n%s.unanswered=%llu\n", name,
		   burst->ns[BACK].calls, name, stress_peer_run_unanswered(peer_run));
	for (moment = 0; moment < MOMENTS; moment++)
		show_histogram(m, name, "", moment, &burst->ns[moment]);
	for (moment = 0; moment < MOMENTS; moment++) {
		if (burst->late[moment])
			seq_printf(m, "%s.recovery_%s.late=%u\n", name,
				   moment_names[moment], burst->late[moment]);
		if (burst->recovery[moment].calls)
			show_histogram(m, name, "recovery_", moment,
				       &burst->recovery[moment]);
	}
}

static void burst_show(struct seq_file *m, struct stress_run *run)
{
	stress_peer_runs_show(m, run, show_peer_run);
}

static int burst_check(const struct stress_params *params)
{
	return stress_check_what("burst", params);
}

static const struct stress_param burst_params[] = {
	STRESS_PARAM_POOL,
	STRESS_PARAM_WHAT,
	STRESS_PARAM_NUMBER(nr, 1, NR_MAX, 64,
			    "allocations before the first free"),
	STRESS_PARAM_NUMBER(threads, 1, STRESS_THREADS_MAX, 1, "threads"),
	STRESS_PARAM_NUMBER(seconds, 0, STRESS_SECONDS_MAX, 0,
			    "time for each peer; 0 is 1 if count is 0, too, otherwise no limit"),
	STRESS_PARAM_NUMBER(count, 0, UINT_MAX, 10, "bursts; 0 is no limit"),
	STRESS_PARAM(hold_us, STRESS_RANGE, .max = USEC_PER_SEC,
		     .help = "how long to hold the elements of a burst"),
	STRESS_PARAM_NUMBER(recover_ms, 0, MSEC_PER_SEC * 60, 200,
			    "how long to wait until the pool has recovered"),
	{}
};

const struct stress_scenario stress_burst_scenario = {
	.name = "burst",
	.help = "many allocations, then many frees, and how the pool recovers",
	.params = burst_params,
	.check = burst_check,
	.prepare = burst_prepare,
	.execute = stress_peer_runs_execute,
	.finish = stress_peer_runs_finish,
	.show = burst_show,
	.release = stress_peer_runs_release,
};

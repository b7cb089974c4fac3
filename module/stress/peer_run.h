/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Runs peers one after the other, each with its own threads: see peer_run.c.
 */
#ifndef RSVPOOL_STRESS_PEER_RUN_H
#define RSVPOOL_STRESS_PEER_RUN_H

#include "peer.h"
#include "stress.h"

/**
 * struct stress_lane - one thread of a peer's run
 * @peer_run: its peer's run
 * @data: private to the scenario
 * @pairs: requests that were answered and whose elements were freed
 * @unanswered: requests that were not answered
 * @ns: for how long it ran
 * @elements: places for the elements of one call
 */
struct stress_lane {
	struct stress_peer_run *peer_run;
	void *data;
	u64 pairs;
	u64 unanswered;
	u64 ns;
	void *elements[RSVPOOL_BULK_MAX];
} ____cacheline_aligned_in_smp;

/**
 * struct stress_peer_run - one peer's run
 * @supply: the peer
 * @missing: why there is no result, or NULL
 * @over: its threads have to return
 * @arrived: how many threads are ready to begin
 * @nr: how many threads it has
 * @threads: the threads
 * @lanes: the counts and data of each thread
 */
struct stress_peer_run {
	struct stress_supply supply;
	const char *missing;
	bool over;
	atomic_t arrived;
	unsigned int nr;
	struct stress_thread *threads;
	struct stress_lane *lanes;
};

/**
 * struct stress_peer_runs - the runs of all peers
 * @peer_runs: by peer
 */
struct stress_peer_runs {
	struct stress_peer_run peer_runs[STRESS_PEERS];
};

/**
 * struct stress_peer_runs_plan - the parameters of all peers' runs
 * @name: the name of the threads
 * @nr: threads for each peer
 * @reserve: the size of each peer's reserve
 * @other_cpu: elements are freed on another CPU
 * @data_bytes: the size of each lane's data, or 0
 * @work: the function of the threads
 */
struct stress_peer_runs_plan {
	const char *name;
	unsigned int nr;
	unsigned int reserve;
	bool other_cpu;
	size_t data_bytes;
	void (*work)(struct stress_thread *thread);
};

int stress_peer_runs_prepare(struct stress_run *run,
			     const struct stress_peer_runs_plan *plan);
int stress_peer_runs_execute(struct stress_run *run);
void stress_peer_runs_finish(struct stress_run *run);
void stress_peer_runs_release(struct stress_run *run);
void stress_peer_runs_show(struct seq_file *m, struct stress_run *run,
			   void (*show)(struct seq_file *m,
					const struct stress_peer_run *peer_run));
u64 stress_peer_run_ops(const struct stress_peer_run *peer_run);
u64 stress_peer_run_unanswered(const struct stress_peer_run *peer_run);
bool stress_lane_begin(struct stress_lane *lane);

/* Does the thread go on?  It ends with its peer's run, or with the whole run. */
static inline bool stress_lane_going(const struct stress_lane *lane,
				     const struct stress_run *run)
{
	return !stress_stopping(run) && !READ_ONCE(lane->peer_run->over);
}

#endif /* RSVPOOL_STRESS_PEER_RUN_H */

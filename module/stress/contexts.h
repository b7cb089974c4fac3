/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared by the files of scenarios "contexts", "exhaust", "lend", "storm" and
 * "soak"; see contexts.c.
 */
#ifndef RSVPOOL_STRESS_CONTEXTS_H
#define RSVPOOL_STRESS_CONTEXTS_H

#include "peer.h"

#include <linux/spinlock.h>
#include <linux/tracepoint.h>

/**
 * struct contexts - a run of one of these scenarios
 * @run: the run
 * @actors: all actors, context by context
 * @nr_actors: how many
 * @first: a context's first actor; if it has one actor a CPU, they are indexed by
 *	CPU
 * @nr: how many actors a context has
 * @threads: all threads
 * @nr_threads: how many
 * @lock: held by the actors of rawlock
 * @tracepoint: sched_switch
 * @probing: the probe is registered
 * @nmi: the NMI handler is registered
 * @going: the probe may call actors: the memhog, if there is one, holds all memory
 * @online: the CPUs that were online at the last tick
 * @low_ticks: for how many ticks more tokens than nmi_hold have been taken while
 *	the limit is nmi_hold
 * @memhog: the memhog, or NULL
 * @memhog_until: when its rest begins or ends, in milliseconds of the run
 * @memhog_rests: it is resting
 * @borrower: reads elements that it has lent to the pool, or NULL
 * @fuzz: changes settings, CPUs and pools, or NULL
 * @check_at: when the next check is due, in milliseconds of the run
 * @checks: how many checks were made
 * @draining: all actors have to free all elements, for a check
 * @requests: the number of requests at the last check
 * @progress_at: when a check last found new requests, in milliseconds of the run
 * @supplies: the peers that get requests, too, by peer
 */
struct contexts {
	struct stress_run *run;
	struct stress_actor *actors;
	unsigned int nr_actors;
	struct stress_actor *first[STRESS_CONTEXTS];
	unsigned int nr[STRESS_CONTEXTS];
	struct stress_thread *threads;
	unsigned int nr_threads;
	raw_spinlock_t lock;
	struct tracepoint *tracepoint;
	bool probing;
	bool nmi;
	bool going;
	cpumask_var_t online;
	unsigned int low_ticks;
	struct stress_memhog *memhog;
	s64 memhog_until;
	bool memhog_rests;
	struct stress_borrower *borrower;
	struct stress_settings_fuzz *fuzz;
	s64 check_at;
	unsigned int checks;
	bool draining;
	u64 requests;
	s64 progress_at;
	struct stress_supply supplies[STRESS_PEERS];
};

static inline bool chosen(const struct stress_run *run, enum stress_context context)
{
	return run->params.contexts & BIT(context);
}

static inline bool may_use(const struct stress_run *run, int cpu)
{
	return cpumask_test_cpu(cpu, &run->cpus);
}

static inline bool has_threads(enum stress_context context)
{
	return context == STRESS_TASK || context == STRESS_RAWLOCK;
}

static inline bool has_timers(enum stress_context context)
{
	return context == STRESS_SOFTIRQ || context == STRESS_HARDIRQ;
}

static inline bool is_done(const struct stress_run *run, enum stress_context context)
{
	return READ_ONCE(run->done[context]);
}

/* contexts.c */
int contexts_prepare(struct stress_run *run);
int contexts_execute(struct stress_run *run);
void contexts_finish(struct stress_run *run);
void contexts_show(struct seq_file *m, struct stress_run *run);
void contexts_release(struct stress_run *run);
void contexts_sum(const struct contexts *contexts, enum stress_context context,
		  struct stress_counts *sum);

/* context_actors.c */
int contexts_actors_create(struct contexts *contexts);
int contexts_threads_create(struct contexts *contexts);
void contexts_threads_destroy(struct contexts *contexts);
void contexts_timer_move_back(struct stress_actor *actor);
int contexts_probe_find(struct contexts *contexts);
int contexts_probe_start(struct contexts *contexts);
void contexts_probe_stop(struct contexts *contexts);

/* context_company.c */
int company_create(struct contexts *contexts);
int company_fill(struct contexts *contexts);
void company_start(struct contexts *contexts);
int company_cycle_memhog(struct contexts *contexts);
const char *company_untested(const struct contexts *contexts);
void company_show(struct seq_file *m, const struct contexts *contexts);
void company_stop(struct contexts *contexts);
void company_destroy(struct contexts *contexts);

/* context_checks.c */
void contexts_check_if_due(struct contexts *contexts);

#endif /* RSVPOOL_STRESS_CONTEXTS_H */

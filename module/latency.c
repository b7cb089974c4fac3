// SPDX-License-Identifier: GPL-2.0
/*
 * How long allocations take: a log2 histogram in nanoseconds for each kind of
 * call, per CPU.  Off until it is switched on in debugfs.  Code in any context
 * records, without a lock.
 */
#include <linux/log2.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>
#include <linux/string_helpers.h>
#include <linux/timekeeping.h>

#include "internal.h"
#include "latency.h"
#include "registry.h"

#define LATENCY_BUCKETS	32

struct rsvpool_latency {
	unsigned long bucket[NR_LATENCY_RUNGS][LATENCY_BUCKETS];
};

static const char * const rung_names[NR_LATENCY_RUNGS] = {
	[LATENCY_TRYALLOC] = "tryalloc",
	[LATENCY_ALLOC] = "alloc",
	[LATENCY_WAIT] = "wait",
};

/**
 * latency_switch - start a new histogram, or stop
 * @pool: the pool; settings mutex held
 * @on: true starts, false stops
 *
 * A call that runs meanwhile may still record into the old histogram, or lose
 * its entry.
 *
 * Context: Task, may sleep.
 * Return: 0 or -ENOMEM.
 */
int latency_switch(struct rsvpool *pool, bool on)
{
	int cpu;

	if (!on) {
		pool_steps_set(pool, STEP_LATENCY, false);
		return 0;
	}
	/* Freed with the pool, because a late call may still record. */
	if (!pool->latency) {
		struct rsvpool_latency __percpu *latency;

		latency = alloc_percpu(struct rsvpool_latency);
		if (!latency)
			return -ENOMEM;
		/* Pairs with smp_load_acquire() in latency_record(). */
		smp_store_release(&pool->latency, latency);
	}
	for_each_possible_cpu(cpu)
		memset(per_cpu_ptr(pool->latency, cpu), 0,
		       sizeof(struct rsvpool_latency));
	pool_steps_set(pool, STEP_LATENCY, true);
	return 0;
}

void latency_record(struct rsvpool *pool, enum latency_rung rung, u64 start)
{
	struct rsvpool_latency __percpu *latency;
	u64 ns;

	if (!(READ_ONCE(pool->steps) & STEP_LATENCY))
		return;
	/* Pairs with smp_store_release() in latency_switch(). */
	latency = smp_load_acquire(&pool->latency);
	if (!latency)
		return;
	ns = ktime_get_mono_fast_ns() - start;
	ns = min_t(u64, ns, U32_MAX >> 1);
	this_cpu_inc(latency->bucket[rung][ns ? ilog2(ns) : 0]);
}

void latency_show(struct seq_file *m, struct rsvpool *pool)
{
	unsigned int rung, i;
	u64 sum;
	int cpu;

	seq_printf(m, "%s\n", str_on_off(READ_ONCE(pool->steps) & STEP_LATENCY));
	if (!pool->latency)
		return;
	for (rung = 0; rung < NR_LATENCY_RUNGS; rung++)
		for (i = 0; i < LATENCY_BUCKETS; i++) {
			sum = 0;
			for_each_possible_cpu(cpu)
				sum += hint(per_cpu_ptr(pool->latency,
						 cpu)->bucket[rung][i]);
			if (sum)
				seq_printf(m, "%s >=%lu ns %llu\n",
					   rung_names[rung], i ? 1UL << i : 0,
					   sum);
		}
}

/*
 * What the histograms take.  Not charged to the ceiling over all reserves: else a
 * later change of the reserve could not be undone.
 */
size_t latency_bytes(const struct rsvpool *pool)
{
	return READ_ONCE(pool->latency) ?
		sizeof(struct rsvpool_latency) * num_possible_cpus() : 0;
}

void latency_free(struct rsvpool *pool)
{
	free_percpu(pool->latency);
}

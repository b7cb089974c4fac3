// SPDX-License-Identifier: GPL-2.0
/*
 * Scenario "producer-consumer": elements taken on one CPU and freed on another.
 *
 * Answers for: the number of elements taken and freed in a second, for each peer
 * in turn.  Threads work in pairs, each thread on its own CPU: a producer that
 * takes and a consumer that frees, with a ring between them.  Only the producer
 * writes its head, only the consumer its tail.  The ring costs the same for every
 * peer.  No locks; task context.
 */
#include "peer_run.h"

#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/slab.h>

#define DEPTH_MAX	1024
#define SPINS		100	/* failed attempts after which a thread sleeps */
#define SLEEP_US	20

/**
 * struct ring - between two threads
 * @head: calls whose elements the producer has put in
 * @all: the producer puts in no more
 * @tail: calls whose elements the consumer has freed
 * @elements: the elements, RSVPOOL_BULK_MAX places a call
 */
struct ring {
	unsigned int head ____cacheline_aligned_in_smp;
	bool all;
	unsigned int tail ____cacheline_aligned_in_smp;
	void *elements[] ____cacheline_aligned_in_smp;
};

/*
 * Called when there is nothing to do yet: spin, and sleep after every SPINS calls.
 * If the host has fewer CPUs than the guest, a guest's CPU that only spins keeps
 * another from running.
 */
static void spin_or_sleep(unsigned int *spins)
{
	if (++*spins % SPINS)
		cpu_relax();
	else
		usleep_range(SLEEP_US, 2 * SLEEP_US);
}

static void **place_of(struct ring *ring, unsigned int nr, unsigned int depth)
{
	return &ring->elements[nr % depth * RSVPOOL_BULK_MAX];
}

static void produce(struct stress_run *run, struct stress_lane *lane)
{
	unsigned int depth = run->params.depth, count = run->params.count;
	struct stress_supply *supply = &lane->peer_run->supply;
	struct ring *ring = lane->data;
	unsigned int head = 0, spins = 0;

	while (stress_lane_going(lane, run) && (!count || head < count)) {
		/* Pairs with the release of @tail in consume(). */
		if (head - smp_load_acquire(&ring->tail) == depth) {
			spin_or_sleep(&spins);
			continue;
		}
		if (!supply->peer->take(supply, place_of(ring, head, depth))) {
			stress_count(&lane->unanswered, 1);
			spin_or_sleep(&spins);
			continue;
		}
		/* Pairs with the acquire of @head in consume(). */
		smp_store_release(&ring->head, ++head);
		cond_resched();
	}
	/* Pairs with the acquire of @all in consume(). */
	smp_store_release(&ring->all, true);
}

/* Until the producer has ended, and all of its elements are freed. */
static void consume(struct stress_run *run, struct stress_lane *lane,
		    struct ring *ring)
{
	struct stress_supply *supply = &lane->peer_run->supply;
	unsigned int tail = 0, spins = 0;
	u64 start = ktime_get_ns();
	bool all;

	for (;;) {
		/* Pairs with the release of @all in produce(). */
		all = smp_load_acquire(&ring->all);
		/* Pairs with the release of @head in produce(). */
		if (tail == smp_load_acquire(&ring->head)) {
			if (all)
				break;
			spin_or_sleep(&spins);
			continue;
		}
		supply->peer->give(supply,
				   place_of(ring, tail, run->params.depth));
		/* Pairs with the acquire of @tail in produce(). */
		smp_store_release(&ring->tail, ++tail);
		stress_count(&lane->pairs, 1);
		cond_resched();
	}
	lane->ns = ktime_get_ns() - start;
}

static void producer_consumer_work(struct stress_thread *thread)
{
	struct stress_lane *lane = thread->data;

	/* The result is ignored: if it is false, the producer sets @all at once. */
	stress_lane_begin(lane);
	if (thread->index % 2)
		consume(thread->run, lane, lane[-1].data);
	else
		produce(thread->run, lane);
}

static int producer_consumer_prepare(struct stress_run *run)
{
	const struct stress_params *params = &run->params;
	const struct stress_peer_runs_plan plan = {
		.name = "ring",
		.nr = 2 * params->threads,
		/* Calls in the ring, and one call in each thread. */
		.reserve = params->threads * (params->depth + 2),
		.other_cpu = true,
		.data_bytes = sizeof(struct ring) + sizeof(void *) *
			      params->depth * RSVPOOL_BULK_MAX,
		.work = producer_consumer_work,
	};

	if (plan.nr > stress_nr_cpus(run)) {
		pr_warn("producer-consumer: threads: %u needs %u CPUs\n",
			params->threads, plan.nr);
		return -EINVAL;
	}
	return stress_peer_runs_prepare(run, &plan);
}

static void show_peer_run(struct seq_file *m,
			  const struct stress_peer_run *peer_run)
{
	const char *name = peer_run->supply.peer->name;

	seq_printf(m, "%s.ops_per_s=%llu\n%s.unanswered=%llu\n", name,
		   stress_peer_run_ops(peer_run), name, stress_peer_run_unanswered(peer_run));
}

static void producer_consumer_show(struct seq_file *m, struct stress_run *run)
{
	stress_peer_runs_show(m, run, show_peer_run);
}

static int producer_consumer_check(const struct stress_params *params)
{
	return stress_check_what("producer-consumer", params);
}

static const struct stress_param producer_consumer_params[] = {
	STRESS_PARAM_POOL,
	STRESS_PARAM_WHAT,
	STRESS_PARAM_NUMBER(threads, 1, STRESS_THREADS_MAX / 2, 1,
			    "producers, and as many consumers"),
	STRESS_PARAM_NUMBER(seconds, 0, STRESS_SECONDS_MAX, 0,
			    "time for each peer; 0 is 1 if count is 0, too, otherwise no limit"),
	STRESS_PARAM_NUMBER(count, 0, UINT_MAX, 0,
			    "calls of each producer; 0 is no limit"),
	STRESS_PARAM_NUMBER(depth, 1, DEPTH_MAX, 256,
			    "most calls whose elements are in the ring at once"),
	{}
};

const struct stress_scenario stress_producer_consumer_scenario = {
	.name = "producer-consumer",
	.help = "elements a second, allocated on one CPU, freed on another",
	.params = producer_consumer_params,
	.check = producer_consumer_check,
	.prepare = producer_consumer_prepare,
	.execute = stress_peer_runs_execute,
	.finish = stress_peer_runs_finish,
	.show = producer_consumer_show,
	.release = stress_peer_runs_release,
};

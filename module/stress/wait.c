// SPDX-License-Identifier: GPL-2.0
/*
 * Scenario "wait": many threads wait for one element.
 *
 * Answers for: how long threads wait, and how many others are served before them.
 * Each thread allocates with GFP_KERNEL, holds the element for "hold_us" and
 * frees it; the pool should have one element and a source that always fails.
 * With peer=1 a mempool of one element is used instead of a pool.
 *
 * Overtaking is measured in hand-overs: a thread reads how many threads have
 * been served when it calls the pool, and again when it is served.  If n
 * threads wait in order, none sees more than n - 1 others served after it has
 * queued.  Threads that are served between the first read and the queueing are
 * counted, too; these may be several if the thread is preempted there.
 *
 * No locks; task context only.
 */
#include "stress.h"

#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mempool.h>
#include <linux/minmax.h>
#include <linux/slab.h>

#define DEFAULT_SECONDS		10
#define DEFAULT_THREADS		16
#define PEER_BYTES		64	/* of the mempool's element */

struct waiter {
	u64 served;
	u64 waited_ns;
	u64 longest_ns;
	u64 handovers;
	u64 random;
};

/**
 * struct contest - a run
 * @mempool: the peer, or NULL
 * @source_open: the mempool's alloc function succeeds, which it does only while
 *	the mempool is created
 * @served: elements handed out so far
 * @threads: the threads
 * @waiters: the results of each thread
 * @nr: how many threads
 */
struct contest {
	mempool_t *mempool;
	bool source_open;
	atomic_long_t served;
	struct stress_thread *threads;
	struct waiter *waiters;
	unsigned int nr;
};

static void *peer_source(gfp_t gfp, void *data)
{
	struct contest *contest = data;

	return contest->source_open ? kmalloc(PEER_BYTES, gfp) : NULL;
}

static void peer_sink(void *element, void *data)
{
	kfree(element);
}

static void *contest_take(struct stress_run *run, struct contest *contest)
{
	return contest->mempool ? mempool_alloc(contest->mempool, GFP_KERNEL) :
				  rsvpool_alloc(run->pool, GFP_KERNEL);
}

static void contest_give(struct stress_run *run, struct contest *contest,
			 void *element)
{
	if (contest->mempool)
		mempool_free(element, contest->mempool);
	else
		rsvpool_free(run->pool, element);
}

/* Wait for one element, hold it, free it. */
static void wait_once(struct stress_run *run, struct contest *contest,
		      struct waiter *waiter, unsigned int index)
{
	unsigned int low = run->params.hold_us[0];
	unsigned int high = run->params.hold_us[1];
	long before = atomic_long_read(&contest->served);
	u64 start = ktime_get_ns(), waited, handovers;
	void *element = contest_take(run, contest);

	waited = ktime_get_ns() - start;
	if (!element) {
		stress_fail(run, "sleeper-unanswered", "task", NULL, 0, 1);
		return;
	}
	handovers = atomic_long_inc_return(&contest->served) - 1 - before;
	if (run->pool && !stress_mark(run, element, index, "task"))
		return;

	usleep_range(low, max(high, low + 1));
	stress_count(&waiter->served, 1);
	stress_count(&waiter->waited_ns, waited);
	WRITE_ONCE(waiter->longest_ns, max(waiter->longest_ns, waited));
	WRITE_ONCE(waiter->handovers, max(waiter->handovers, handovers));
	if (run->params.overtake && handovers > run->params.overtake)
		stress_fail(run, "overtaken", "task", element, handovers,
			    run->params.overtake);

	if (run->pool && !stress_unmark(run, element, "task"))
		return;
	contest_give(run, contest, element);
}

static void wait_work(struct stress_thread *thread)
{
	while (!stress_stopping(thread->run))
		wait_once(thread->run, thread->run->priv, thread->data,
			  thread->index);
}

static void contest_free(struct contest *contest)
{
	mempool_destroy(contest->mempool);
	kvfree(contest->waiters);
	kvfree(contest->threads);
	kfree(contest);
}

static int wait_prepare(struct stress_run *run)
{
	struct contest *contest = kzalloc(sizeof(*contest), GFP_KERNEL);
	unsigned int most = run->params.threads;
	int err = -ENOMEM;

	if (!contest)
		return -ENOMEM;
	run->priv = contest;
	contest->threads = kvcalloc(most, sizeof(*contest->threads),
				    GFP_KERNEL);
	contest->waiters = kvcalloc(most, sizeof(*contest->waiters),
				    GFP_KERNEL);
	if (!contest->threads || !contest->waiters)
		goto free_contest;
	if (run->params.peer) {
		contest->source_open = true;
		contest->mempool = mempool_create(1, peer_source, peer_sink,
						  contest);
		contest->source_open = false;
		if (!contest->mempool)
			goto free_contest;
	}

	while (contest->nr < most) {
		err = stress_thread_create(&contest->threads[contest->nr], run,
					   wait_work,
					   &contest->waiters[contest->nr],
					   contest->nr, -1, "wait");
		if (err)
			goto destroy_threads;
		contest->nr++;
	}
	return 0;

destroy_threads:
	stress_threads_destroy(contest->threads, contest->nr);
free_contest:
	contest_free(contest);
	return err;
}

static int wait_execute(struct stress_run *run)
{
	s64 until = run->params.seconds * MSEC_PER_SEC;
	struct contest *contest = run->priv;
	unsigned int i;
	int err;

	for (i = 0; i < contest->nr; i++)
		stress_thread_start(&contest->threads[i]);
	do {
		err = stress_tick(run);
	} while (!err && !stress_stopping(run) &&
		 stress_elapsed_ms(run) < until);
	return err;
}

/* Waiters are served one after the other, and see that the run stops. */
static void wait_finish(struct stress_run *run)
{
	struct contest *contest = run->priv;
	unsigned int i;

	stress_threads_destroy(contest->threads, contest->nr);
	for (i = 0; i < contest->nr; i++) {
		if (!contest->waiters[i].served && !READ_ONCE(run->cancelled))
			stress_fail(run, "starved", "task", NULL, 0, 1);
	}
}

static void wait_show(struct seq_file *m, struct stress_run *run)
{
	const struct contest *contest = run->priv;
	u64 served, waited, all_served = 0, all_waited = 0;
	u64 longest = 0, handovers = 0, most = 0, least = U64_MAX;
	const struct waiter *waiter;
	unsigned int i;

	for (i = 0; i < contest->nr; i++) {
		waiter = &contest->waiters[i];
		served = READ_ONCE(waiter->served);
		waited = READ_ONCE(waiter->waited_ns);
		all_served += served;
		all_waited += waited;
		most = max(most, served);
		least = min(least, served);
		longest = max(longest, READ_ONCE(waiter->longest_ns));
		handovers = max(handovers, READ_ONCE(waiter->handovers));
		seq_printf(m, "thread%u.served=%llu\n", i, served);
		seq_printf(m, "thread%u.mean_us=%llu\n", i,
			   div64_u64(waited, max(served, 1ULL) * NSEC_PER_USEC));
		seq_printf(m, "thread%u.longest_us=%llu\n", i,
			   div_u64(READ_ONCE(waiter->longest_ns),
				   NSEC_PER_USEC));
	}
	seq_printf(m, "served=%llu\nleast_served=%llu\nmost_served=%llu\n",
		   all_served, least, most);
	seq_printf(m, "mean_us=%llu\nlongest_us=%llu\nhandovers_max=%llu\n",
		   div64_u64(all_waited, max(all_served, 1ULL) * NSEC_PER_USEC),
		   div_u64(longest, NSEC_PER_USEC), handovers);
}

static void wait_release(struct stress_run *run)
{
	contest_free(run->priv);
}

static int wait_check(const struct stress_params *params)
{
	if (!*params->pool == !params->peer) {
		pr_warn("wait: pool: needed without peer=1, and not allowed with it\n");
		return -EINVAL;
	}
	return 0;
}

static const struct stress_param wait_params[] = {
	STRESS_PARAM_POOL,
	STRESS_PARAM_FLAG(peer, 0, "use a mempool instead of a pool"),
	STRESS_PARAM_NUMBER(threads, 1, STRESS_THREADS_MAX, DEFAULT_THREADS,
			    "threads"),
	STRESS_PARAM_NUMBER(seconds, 1, STRESS_SECONDS_MAX, DEFAULT_SECONDS,
			    "stop after this time"),
	STRESS_PARAM(hold_us, STRESS_RANGE, .min = 1, .max = USEC_PER_SEC,
		     .def = 100, .def_to = 200,
		     .help = "how long to hold an element"),
	STRESS_PARAM_NUMBER(overtake, 0, UINT_MAX, 0,
			    "fail if more other threads were served first; 0 is never"),
	{}
};

const struct stress_scenario stress_wait_scenario = {
	.name = "wait",
	.help = "many threads that wait for the only element of a pool",
	.params = wait_params,
	.check = wait_check,
	.prepare = wait_prepare,
	.execute = wait_execute,
	.finish = wait_finish,
	.show = wait_show,
	.release = wait_release,
};

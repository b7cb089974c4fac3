// SPDX-License-Identifier: GPL-2.0
/*
 * Scenario "churn": tasks that mix the calls that allocate.
 *
 * Answers for: calls that may sleep, mixed with calls that may not and with bulk
 * calls, from threads on all CPUs; claims, sections and loans are not used.
 * Elements pass from thread to thread through the exchange, so that many are
 * freed on another CPU than the one that took them.
 *
 * No thread may wait for ever.  A thread that is about to sleep first frees all
 * its elements.  So when all threads sleep, only the exchange holds elements.
 * Its size and the largest bulk request together are at most "hold", which must
 * not be more than the pool's reserve.  So every call that may sleep must
 * succeed, and a NULL is a failure.
 *
 * No locks; task context only.
 */
#include "stress.h"

#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#define DEFAULT_SECONDS		5
#define EXCHANGE_ONE_IN		4
#define GIVE_ONE_IN		2
#define TIMEOUT_S		600	/* of calls with a timeout; never reached */

enum churn_call {
	CALL_TRYALLOC,
	CALL_NOWAIT,
	CALL_TRYALLOC_BULK,
	CALL_SLEEPING,
	CALL_KILLABLE,
	CALL_TIMEOUT,
	CALL_BULK,
	CALLS,
};

static const char * const call_names[] = {
	"tryalloc", "nowait", "tryalloc_bulk", "sleeping", "killable",
	"timeout", "bulk",
};

struct churn_thread {
	u64 random;
	unsigned int held;
	void *elements[2 * STRESS_SLOTS];
	u64 requests[CALLS];
	u64 answered[CALLS];
	u64 taken;
	u64 given;
};

/**
 * struct churn - a run
 * @threads: its threads
 * @churners: the elements and counts of each thread
 * @nr: how many threads
 * @exchange: how many places of the exchange are used
 */
struct churn {
	struct stress_thread *threads;
	struct churn_thread *churners;
	unsigned int nr;
	unsigned int exchange;
};

static void give(struct stress_run *run, struct churn_thread *churner)
{
	void *element = churner->elements[--churner->held];

	if (!stress_unmark(run, element, "task"))
		return;
	rsvpool_free(run->pool, element);
	stress_count(&churner->given, 1);
}

static void give_some(struct stress_run *run, struct churn_thread *churner)
{
	unsigned int i, nr = min(churner->held, run->params.bulk);
	void **elements = churner->elements + churner->held - nr;

	if (nr < 2) {
		give(run, churner);
		return;
	}
	churner->held -= nr;
	for (i = 0; i < nr; i++) {
		if (!stress_unmark(run, elements[i], "task"))
			return;
	}
	rsvpool_free_bulk(run->pool, nr, elements);
	stress_count(&churner->given, nr);
}

static void give_all(struct stress_run *run, struct churn_thread *churner)
{
	while (churner->held)
		give(run, churner);
}

static unsigned int call_one(struct stress_run *run, enum churn_call call,
			     void **element)
{
	switch (call) {
	case CALL_TRYALLOC:
		*element = rsvpool_tryalloc(run->pool);
		break;
	case CALL_NOWAIT:
		*element = rsvpool_alloc(run->pool, GFP_NOWAIT | __GFP_NOWARN);
		break;
	case CALL_SLEEPING:
		*element = rsvpool_alloc(run->pool, GFP_KERNEL);
		break;
	case CALL_KILLABLE:
		*element = rsvpool_alloc_killable(run->pool, GFP_KERNEL);
		break;
	default:
		*element = rsvpool_alloc_timeout(run->pool, GFP_KERNEL,
						 TIMEOUT_S * HZ);
		break;
	}
	return *element ? 1 : 0;
}

static unsigned int call_bulk(struct stress_run *run, enum churn_call call,
			      unsigned int nr, void **elements)
{
	int err;

	if (call == CALL_BULK)
		err = rsvpool_alloc_bulk(run->pool, GFP_KERNEL, nr, elements);
	else
		err = rsvpool_tryalloc_bulk(run->pool, nr, elements);
	return err ? 0 : nr;
}

static bool may_sleep(enum churn_call call)
{
	return call >= CALL_SLEEPING;
}

static void exchange(struct stress_run *run, struct churn_thread *churner)
{
	struct churn *churn = run->priv;
	unsigned int place;
	void *element;

	if (!churn->exchange)
		return;
	element = churner->elements[--churner->held];
	place = stress_random_below(&churner->random, churn->exchange);
	element = xchg(&run->exchange[place], element);
	if (element)
		churner->elements[churner->held++] = element;
}

static void take(struct stress_run *run, struct churn_thread *churner,
		 unsigned int index)
{
	enum churn_call call = stress_random_below(&churner->random, CALLS);
	unsigned int bulk = run->params.bulk, nr = 1, got, i;
	bool is_bulk = call == CALL_BULK || call == CALL_TRYALLOC_BULK;
	void **elements;

	if (is_bulk && !bulk)
		return;
	if (may_sleep(call))
		give_all(run, churner);
	elements = churner->elements + churner->held;
	if (is_bulk) {
		nr = 1 + stress_random_below(&churner->random, bulk);
		got = call_bulk(run, call, nr, elements);
	} else {
		got = call_one(run, call, elements);
	}
	stress_count(&churner->requests[call], 1);
	stress_count(&churner->taken, got);
	if (got)
		stress_count(&churner->answered[call], 1);
	else if (may_sleep(call))
		stress_fail(run, "sleeper-unanswered", call_names[call], NULL,
			    got, nr);
	for (i = 0; i < got; i++) {
		/*
		 * An element whose mark failed is not kept: the run has failed.
		 */
		if (!stress_mark(run, elements[i], index, "task"))
			return;
	}
	churner->held += got;
	if (got && !stress_random_below(&churner->random, EXCHANGE_ONE_IN))
		exchange(run, churner);
}

static void churn_work(struct stress_thread *thread)
{
	struct churn_thread *churner = thread->data;
	struct stress_run *run = thread->run;

	while (!stress_stopping(run)) {
		if (churner->held >= STRESS_SLOTS ||
		    (churner->held &&
		     !stress_random_below(&churner->random, GIVE_ONE_IN)))
			give_some(run, churner);
		else
			take(run, churner, thread->index);
		cond_resched();
	}
	give_all(run, churner);
}

/* How many elements the exchange may hold: see the top of this file. */
static unsigned int exchange_size(const struct stress_params *params)
{
	unsigned int largest = max(params->bulk, 1U);

	return min_t(unsigned int, STRESS_EXCHANGE, params->hold - largest);
}

static void churn_free(struct churn *churn)
{
	kvfree(churn->churners);
	kvfree(churn->threads);
	kfree(churn);
}

static int churn_prepare(struct stress_run *run)
{
	unsigned int most = run->params.threads ?: 2 * stress_nr_cpus(run);
	struct churn *churn = kzalloc(sizeof(*churn), GFP_KERNEL);
	struct churn_thread *churner;
	int err = -ENOMEM;

	if (!churn)
		return -ENOMEM;
	run->priv = churn;
	churn->exchange = exchange_size(&run->params);
	churn->threads = kvcalloc(most, sizeof(*churn->threads), GFP_KERNEL);
	churn->churners = kvcalloc(most, sizeof(*churn->churners), GFP_KERNEL);
	if (!churn->threads || !churn->churners)
		goto free_churn;

	while (churn->nr < most) {
		churner = &churn->churners[churn->nr];
		stress_random_init(&churner->random, run, churn->nr);
		err = stress_thread_create(&churn->threads[churn->nr], run,
					   churn_work, churner, churn->nr,
					   stress_spread(run, churn->nr), "churn");
		if (err)
			goto destroy_threads;
		churn->nr++;
	}
	return 0;

destroy_threads:
	stress_threads_destroy(churn->threads, churn->nr);
free_churn:
	churn_free(churn);
	return err;
}

static u64 churn_taken(const struct churn *churn)
{
	unsigned int i;
	u64 taken = 0;

	for (i = 0; i < churn->nr; i++)
		taken += READ_ONCE(churn->churners[i].taken);
	return taken;
}

/* If no element was taken yet, the run goes on, for STRESS_PATIENCE_MS more. */
static bool time_is_up(const struct stress_run *run, s64 until)
{
	s64 now = stress_elapsed_ms(run);

	return now >= until &&
	       (churn_taken(run->priv) || now >= until + STRESS_PATIENCE_MS);
}

static int churn_execute(struct stress_run *run)
{
	s64 until = (run->params.seconds ?: DEFAULT_SECONDS) * MSEC_PER_SEC;
	struct churn *churn = run->priv;
	unsigned int i;
	int err;

	for (i = 0; i < churn->nr; i++)
		stress_thread_start(&churn->threads[i]);
	do {
		err = stress_tick(run);
	} while (!err && !stress_stopping(run) && !time_is_up(run, until));
	return err;
}

static void churn_finish(struct stress_run *run)
{
	struct churn *churn = run->priv;
	unsigned int i, exchanged = 0;
	u64 taken, given = 0;

	stress_threads_destroy(churn->threads, churn->nr);
	for (i = 0; i < STRESS_EXCHANGE; i++)
		exchanged += run->exchange[i] ? 1 : 0;
	stress_exchange_empty(run);
	taken = churn_taken(churn);
	for (i = 0; i < churn->nr; i++)
		given += churn->churners[i].given;
	if (taken != given + exchanged)
		stress_fail(run, "lost", "run", NULL, given + exchanged,
			    taken);
	if (!taken && !READ_ONCE(run->cancelled))
		stress_fail(run, "untested", "task", NULL, 0, 1);
}

static void churn_show(struct seq_file *m, struct stress_run *run)
{
	const struct churn *churn = run->priv;
	u64 requests, answered, taken = 0;
	enum churn_call call;
	unsigned int i;

	for (call = 0; call < CALLS; call++) {
		requests = 0;
		answered = 0;
		for (i = 0; i < churn->nr; i++) {
			requests += READ_ONCE(churn->churners[i].requests[call]);
			answered += READ_ONCE(churn->churners[i].answered[call]);
		}
		seq_printf(m, "%s.requests=%llu\n%s.answered=%llu\n",
			   call_names[call], requests, call_names[call],
			   answered);
	}
	for (i = 0; i < churn->nr; i++)
		taken += READ_ONCE(churn->churners[i].taken);
	seq_printf(m, "taken=%llu\n", taken);
}

static void churn_release(struct stress_run *run)
{
	churn_free(run->priv);
}

static int churn_check(const struct stress_params *params)
{
	if (!*params->pool) {
		pr_warn("churn: pool: missing\n");
		return -EINVAL;
	}
	if (params->bulk > params->hold) {
		pr_warn("churn: bulk: %u is more than hold, %u\n",
			params->bulk, params->hold);
		return -EINVAL;
	}
	return 0;
}

static const struct stress_param churn_params[] = {
	STRESS_PARAM_POOL,
	STRESS_PARAM_NUMBER(threads, 0, STRESS_THREADS_MAX, 0,
			    "threads; 0 is two a CPU"),
	STRESS_PARAM_NUMBER(seconds, 0, STRESS_SECONDS_MAX, DEFAULT_SECONDS,
			    "stop after this time"),
	STRESS_PARAM_NUMBER(hold, 1, STRESS_HOLD_MAX, 32,
			    "most elements kept, with a bulk request: at most the pool's reserve"),
	STRESS_PARAM_NUMBER(bulk, 0, STRESS_SLOTS, 8,
			    "most elements of a bulk request; 0 is no bulk requests"),
	STRESS_PARAM_NUMBER(seed, 0, UINT_MAX, 0,
			    "seed of the random numbers; 0 is a random seed"),
	{}
};

const struct stress_scenario stress_churn_scenario = {
	.name = "churn",
	.help = "tasks that allocate by different calls, and free on other CPUs",
	.params = churn_params,
	.check = churn_check,
	.prepare = churn_prepare,
	.execute = churn_execute,
	.finish = churn_finish,
	.show = churn_show,
	.release = churn_release,
};

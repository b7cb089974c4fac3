// SPDX-License-Identifier: GPL-2.0
/*
 * Scenarios "contexts", "exhaust", "lend", "storm" and "soak": actors in every
 * context at once.
 *
 * Answers for: the life of such a run, and keeping actors in their contexts while
 * CPUs go offline and online.  "exhaust" runs while a memhog holds the machine's
 * memory, or holds and frees it in turns; "lend" while a borrower reads elements
 * that it has lent; "storm" while settings, CPUs and other pools change; "soak"
 * is a long storm.  With check_s, which "soak" always has, a storm frees all
 * elements from time to time and checks that none is missing.
 *
 *	context_scenarios.c	the scenarios, and their parameters
 *	context_actors.c	calls the actors in their contexts
 *	context_company.c	memhog, borrower and settings fuzz
 *	context_checks.c	the checks of a storm
 *
 * When a CPU goes offline, the kernel moves its timers and threads to other
 * CPUs, where they continue; when it is online again, they are moved back.
 * Actors of sched and nmi cannot be moved: those of an offline CPU are emptied
 * under cpus_read_lock(), so that they are not entered meanwhile.
 *
 * The writer of "run" starts, adjusts and stops everything, in task context.
 * Actors run in the context of their name.
 */
#include "contexts.h"

#include <linux/bitops.h>
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>

#define DEFAULT_SECONDS		5
#define LOW_TICKS		100	/* time to fall to nmi_hold tokens */

static void supplies_close(struct contexts *contexts)
{
	enum stress_peer_id id;

	for (id = 0; id < STRESS_PEERS; id++)
		stress_supply_close(&contexts->supplies[id]);
}

static int supplies_open(struct contexts *contexts)
{
	struct stress_run *run = contexts->run;
	enum stress_peer_id id;
	int err = 0;

	for (id = 0; id < STRESS_PEERS && !err; id++) {
		if (run->params.peer & BIT(id))
			err = stress_supply_open(&contexts->supplies[id], run,
						 id, run->params.hold);
	}
	return err;
}

static void contexts_free(struct contexts *contexts)
{
	company_destroy(contexts);
	free_cpumask_var(contexts->online);
	kvfree(contexts->threads);
	kvfree(contexts->actors);
	kfree(contexts);
}

int contexts_prepare(struct stress_run *run)
{
	struct contexts *contexts = kzalloc(sizeof(*contexts), GFP_KERNEL);
	int err = -ENOMEM;

	if (!contexts)
		return -ENOMEM;
	run->priv = contexts;
	contexts->run = run;
	raw_spin_lock_init(&contexts->lock);
	if (!zalloc_cpumask_var(&contexts->online, GFP_KERNEL))
		goto free_contexts;
	err = supplies_open(contexts) ?: company_create(contexts);
	if (err)
		goto close_supplies;

	cpus_read_lock();
	err = contexts_actors_create(contexts) ?: contexts_threads_create(contexts);
	cpus_read_unlock();
	err = err ?: contexts_probe_find(contexts);
	if (!err)
		return 0;

	WRITE_ONCE(run->stop, true);
	contexts_threads_destroy(contexts);
	company_stop(contexts);
close_supplies:
	supplies_close(contexts);
free_contexts:
	contexts_free(contexts);
	return err;
}

/*
 * If other CPUs are online than before, move threads and timers back to their
 * CPUs; the first time, bind all of them.
 */
static void follow_online_cpus(struct contexts *contexts)
{
	enum stress_context context;
	struct stress_actor *actor;
	unsigned int i;

	cpus_read_lock();
	if (cpumask_equal(contexts->online, cpu_online_mask))
		goto unlock;
	cpumask_copy(contexts->online, cpu_online_mask);

	for (i = 0; i < contexts->nr_threads; i++)
		stress_thread_bind(&contexts->threads[i]);
	for (context = 0; context < STRESS_CONTEXTS; context++) {
		for (i = 0; i < contexts->nr[context]; i++) {
			actor = contexts->first[context] + i;
			if (has_timers(context))
				contexts_timer_move_back(actor);
			else if (!has_threads(context) &&
				 !cpu_online(actor->cpu))
				stress_actor_empty(actor);
		}
	}
unlock:
	cpus_read_unlock();
}

void contexts_sum(const struct contexts *contexts, enum stress_context context,
		  struct stress_counts *sum)
{
	unsigned int i;

	memset(sum, 0, sizeof(*sum));
	for (i = 0; i < contexts->nr[context]; i++)
		stress_counts_add(sum, &contexts->first[context][i].counts);
}

/*
 * If NMI has a guarantee, the limit alternates: it is "hold" for one tick, then
 * "nmi_hold" until at most that many tokens are taken, or for LOW_TICKS.
 */
static void switch_limit(struct contexts *contexts)
{
	struct stress_run *run = contexts->run;
	unsigned int low = run->params.nmi_hold;
	bool is_low = run->limit == low;

	if (contexts->draining)
		return;
	if (!low || !chosen(run, STRESS_NMI))
		return;
	if (is_low && atomic_read(&run->tokens) > low &&
	    contexts->low_ticks++ < LOW_TICKS)
		return;
	contexts->low_ticks = 0;
	WRITE_ONCE(run->limit, is_low ? run->params.hold : low);
}

/* Has the context made a request, and in NMI one that the guarantee covers? */
static bool is_tested(const struct stress_run *run, enum stress_context context,
		      const struct stress_counts *sum)
{
	return sum->requests &&
		(context != STRESS_NMI || !run->params.guarantee ||
		 !run->params.nmi_hold || sum->guaranteed);
}

/* Stop contexts that have made all their requests.  Are all done? */
static bool stop_done_contexts(struct contexts *contexts)
{
	struct stress_run *run = contexts->run;
	enum stress_context context;
	struct stress_counts sum;
	bool all = true;

	for (context = 0; context < STRESS_CONTEXTS; context++) {
		if (!chosen(run, context) || run->done[context])
			continue;
		contexts_sum(contexts, context, &sum);
		/* On a slow machine, an NMI may not be tested by then. */
		if (sum.requests >= run->params.count &&
		    (is_tested(run, context, &sum) ||
		     stress_elapsed_ms(run) > STRESS_PATIENCE_MS))
			WRITE_ONCE(run->done[context], true);
		else
			all = false;
	}
	return all;
}

/*
 * Registering a probe allocates, so it is done before the memhog takes the memory.
 * The NMI handler is registered before the threads that send NMIs are started.
 */
static int contexts_start(struct contexts *contexts)
{
	struct stress_run *run = contexts->run;
	unsigned int i;
	int err;

	if (chosen(run, STRESS_SCHED)) {
		err = contexts_probe_start(contexts);
		if (err)
			return err;
	}
	if (chosen(run, STRESS_NMI)) {
		err = stress_nmi_start(contexts->first[STRESS_NMI]);
		if (err)
			return err;
		contexts->nmi = true;
	}
	err = company_fill(contexts);
	if (err)
		return err;
	for (i = 0; i < contexts->nr_threads; i++)
		stress_thread_start(&contexts->threads[i]);
	WRITE_ONCE(contexts->going, true);
	company_start(contexts);
	return 0;
}

/* The first context, or kind of change, that was not tested, or NULL. */
static const char *find_untested(struct contexts *contexts)
{
	struct stress_run *run = contexts->run;
	enum stress_context context;
	struct stress_counts sum;

	for (context = 0; context < STRESS_CONTEXTS; context++) {
		if (!chosen(run, context))
			continue;
		contexts_sum(contexts, context, &sum);
		if (!is_tested(run, context, &sum))
			return stress_context_names[context];
	}
	return company_untested(contexts);
}

/* Is a run with "seconds" over?  A slow machine gets more time. */
static bool time_is_up(struct contexts *contexts, s64 until)
{
	s64 now = stress_elapsed_ms(contexts->run);

	if (now < until)
		return false;
	return now >= until + STRESS_PATIENCE_MS ||
	       !find_untested(contexts);
}

int contexts_execute(struct stress_run *run)
{
	struct contexts *contexts = run->priv;
	unsigned int seconds = run->params.seconds;
	const char *untested;
	s64 until;
	int err;

	run->limit = run->params.hold;
	err = contexts_start(contexts);
	if (err)
		return err;
	if (!seconds && !run->params.count)
		seconds = DEFAULT_SECONDS;
	until = stress_elapsed_ms(run) + seconds * MSEC_PER_SEC;
	do {
		follow_online_cpus(contexts);
		switch_limit(contexts);
		contexts_check_if_due(contexts);
		err = company_cycle_memhog(contexts) ?: stress_tick(run);
		if (err)
			return err;
		if (run->params.count && stop_done_contexts(contexts))
			break;
	} while (!stress_stopping(run) &&
		 (!seconds || !time_is_up(contexts, until)));

	untested = find_untested(contexts);
	if (untested && !READ_ONCE(run->cancelled))
		stress_fail(run, "untested", untested, NULL, 0, 1);
	return 0;
}

static void check_all_given(struct contexts *contexts)
{
	struct stress_run *run = contexts->run;
	int tokens = atomic_read(&run->tokens);

	if (tokens)
		stress_fail(run, "lost", "run", NULL, tokens, 0);
}

void contexts_finish(struct stress_run *run)
{
	struct contexts *contexts = run->priv;
	enum stress_context context;
	unsigned int i;

	contexts_threads_destroy(contexts);
	if (contexts->nmi)
		stress_nmi_stop();
	/* Frees the memhog's memory first: unregistering a probe may allocate. */
	company_stop(contexts);
	contexts_probe_stop(contexts);
	for (context = 0; context < STRESS_CONTEXTS; context++) {
		for (i = 0; i < contexts->nr[context]; i++) {
			if (has_timers(context))
				hrtimer_cancel(&contexts->first[context][i].timer);
			stress_actor_empty(&contexts->first[context][i]);
			stress_actor_empty_peers(&contexts->first[context][i]);
		}
	}
	stress_exchange_empty(run);
	supplies_close(contexts);
	check_all_given(contexts);
}

static void show_context(struct seq_file *m, const struct contexts *contexts,
			 enum stress_context context)
{
	const struct stress_run *run = contexts->run;
	const char *name = stress_context_names[context];
	const char *peer, *missing;
	struct stress_counts sum;
	enum stress_peer_id id;

	contexts_sum(contexts, context, &sum);
	seq_printf(m, "%s.requests=%llu\n%s.answered=%llu\n%s.failed=%llu\n",
		   name, sum.requests, name, sum.answered, name, sum.failed);
	seq_printf(m, "%s.guaranteed=%llu\n%s.no_token=%llu\n",
		   name, sum.guaranteed, name, sum.no_token);
	if (run->params.bulk)
		seq_printf(m, "%s.bulk_requests=%llu\n%s.bulk_answered=%llu\n",
			   name, sum.bulk_requests, name, sum.bulk_answered);
	for (id = 0; id < STRESS_PEERS; id++) {
		if (!(run->params.peer & BIT(id)))
			continue;
		peer = stress_peer_names[id];
		missing = stress_peer_missing(stress_peers[id], context);
		if (missing)
			seq_printf(m, "peer.%s.%s=%s\n", peer, name, missing);
		else
			seq_printf(m, "peer.%s.%s.requests=%llu\npeer.%s.%s.answered=%llu\n",
				   peer, name, sum.peer_requests[id],
				   peer, name, sum.peer_answered[id]);
	}
}

static const char *guarantee_verdict(const struct stress_run *run)
{
	if (!run->params.guarantee)
		return "not-checked";
	/*
	 * Pairs with the release in stress_fail(): the check's name is written
	 * before that, and does not change after it.
	 */
	if (smp_load_acquire(&run->error.valid) &&
	    !strcmp(run->error.check, "guarantee"))
		return "broken";
	return "kept";
}

void contexts_show(struct seq_file *m, struct stress_run *run)
{
	const struct contexts *contexts = run->priv;
	struct stress_counts sum, total = {};
	enum stress_context context;

	for (context = 0; context < STRESS_CONTEXTS; context++) {
		contexts_sum(contexts, context, &sum);
		total.requests += sum.requests;
		total.answered += sum.answered;
		total.failed += sum.failed;
		total.taken += sum.taken;
	}
	seq_printf(m, "requests=%llu\nanswered=%llu\nfailed=%llu\ntaken=%llu\n",
		   total.requests, total.answered, total.failed, total.taken);
	seq_printf(m, "guarantee=%s\n", guarantee_verdict(run));
	for (context = 0; context < STRESS_CONTEXTS; context++) {
		if (chosen(run, context))
			show_context(m, contexts, context);
	}
	if (chosen(run, STRESS_SOFTIRQ) && IS_ENABLED(CONFIG_PREEMPT_RT))
		seq_puts(m, "softirq.note=thread\n");
	if (chosen(run, STRESS_NMI))
		stress_nmi_show(m);
	company_show(m, contexts);
	if (run->params.check_s)
		seq_printf(m, "checks=%u\n", READ_ONCE(contexts->checks));
}

void contexts_release(struct stress_run *run)
{
	contexts_free(run->priv);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Scenarios "contexts" and "exhaust": every context at once.
 *
 * Answers for: bringing actors into the contexts that were asked for, keeping
 * them there while CPUs come and go, and stopping them.  "exhaust" does it
 * while a hog holds the machine's memory.
 *
 *	task	 threads
 *	softirq	 a timer a CPU, HRTIMER_MODE_SOFT (on PREEMPT_RT: a thread)
 *	hardirq	 a timer a CPU, HRTIMER_MODE_HARD
 *	rawlock	 threads under one raw spinlock with interrupts off
 *	sched	 a probe on sched_switch, so under a run queue's lock; two
 *		 threads a CPU that wake each other make it run
 *	nmi	 an NMI handler; a thread a CPU sends NMIs to random CPUs
 *
 * When a CPU goes, the kernel moves its timers and threads elsewhere, where
 * they go on; when it comes back they are brought home.  Actors that live
 * where nothing moves them from (sched, nmi) are emptied for an offline CPU,
 * under cpus_read_lock(), so that they cannot be entered meanwhile.
 *
 * Locks: contexts->lock is what rawlock's threads take, a leaf but for the
 * pool's.  Everything is started, looked after and stopped by the writer of
 * "run", in task context; the actors run where their name says.
 */
#include "stress.h"

#include <linux/bitops.h>
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#define DEFAULT_SECONDS		5
#define PATIENCE_MS		30000	/* more, if nothing was tested yet */
#define LOW_TICKS		100	/* most in which to give back */
#define IDLE_MS			10	/* a thread that is done looks again */
#define SWITCHERS		2	/* threads a CPU that make it switch */

/**
 * struct contexts - what both scenarios keep of a run
 * @run: the run
 * @actors: all actors, context by context
 * @nr_actors: how many
 * @first: a context's first actor; where there is one a CPU, the CPU's index
 * @nr: how many a context has
 * @threads: all threads
 * @nr_threads: how many
 * @lock: rawlock's
 * @tracepoint: sched_switch
 * @probing: the probe is registered
 * @nmi: the NMI handler is
 * @going: the probe may act: the hog, if there is one, is full
 * @online: the CPUs that were online when they were last looked at
 * @low_ticks: for so long more are held than the limit
 * @hog: the hog, or NULL
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
	struct stress_hog *hog;
};

static bool chosen(const struct stress_run *run, enum stress_context context)
{
	return run->params.contexts & BIT(context);
}

static bool may_use(const struct stress_run *run, int cpu)
{
	return cpumask_test_cpu(cpu, &run->cpus);
}

static bool has_threads(enum stress_context context)
{
	return context == STRESS_TASK || context == STRESS_RAWLOCK;
}

static bool has_timers(enum stress_context context)
{
	return context == STRESS_SOFTIRQ || context == STRESS_HARDIRQ;
}

static bool is_done(const struct stress_run *run, enum stress_context context)
{
	return READ_ONCE(run->done[context]);
}

/*
 * What the threads do
 */

static void rest(void)
{
	schedule_timeout_idle(msecs_to_jiffies(IDLE_MS));
}

static void task_work(struct stress_thread *thread)
{
	struct stress_actor *actor = thread->data;

	while (!stress_stopping(thread->run)) {
		stress_actor_act(actor);
		if (is_done(thread->run, STRESS_TASK))
			rest();
		cond_resched();
	}
}

static void rawlock_work(struct stress_thread *thread)
{
	struct stress_actor *actor = thread->data;
	struct contexts *contexts = thread->run->priv;
	unsigned long flags;

	while (!stress_stopping(thread->run)) {
		raw_spin_lock_irqsave(&contexts->lock, flags);
		stress_actor_act(actor);
		raw_spin_unlock_irqrestore(&contexts->lock, flags);
		if (is_done(thread->run, STRESS_RAWLOCK))
			rest();
		cond_resched();
	}
}

/*
 * Each switcher sleeps until its twin wakes it: two switches a round.  The
 * timeout is for the end, when the twin has left.
 */
static void switcher_work(struct stress_thread *thread)
{
	struct stress_thread *twin = thread->data;

	while (!stress_stopping(thread->run)) {
		set_current_state(TASK_IDLE);
		wake_up_process(twin->task);
		schedule_timeout(msecs_to_jiffies(IDLE_MS));
		if (is_done(thread->run, STRESS_SCHED))
			rest();
	}
}

static void sender_work(struct stress_thread *thread)
{
	struct stress_actor *actors = thread->data;
	u64 random;
	int cpu;

	stress_random_init(&random, thread->run, ~thread->index);
	while (!stress_stopping(thread->run)) {
		cpu = stress_random_below(&random, nr_cpu_ids);
		/* When done, only as long as there are elements to give. */
		if (is_done(thread->run, STRESS_NMI) &&
		    !READ_ONCE(actors[cpu].held))
			rest();
		else if (may_use(thread->run, cpu))
			stress_nmi_send(cpu);
		cond_resched();
	}
}

/*
 * Timers
 */

static ktime_t timer_period(struct stress_actor *actor)
{
	unsigned int us = actor->run->params.period_us;

	/* Not quite regular, so that no two timers stay in step. */
	us += stress_random_below(&actor->random, us / 4 + 1);
	return ns_to_ktime((u64)us * NSEC_PER_USEC);
}

static enum hrtimer_restart timer_fires(struct hrtimer *timer)
{
	struct stress_actor *actor = container_of(timer, struct stress_actor,
						  timer);

	stress_actor_act(actor);
	if (stress_stopping(actor->run) || is_done(actor->run, actor->context))
		return HRTIMER_NORESTART;
	/* From now, so that a slow machine does other things too. */
	hrtimer_set_expires(timer, ktime_add(ktime_get(),
					     timer_period(actor)));
	return HRTIMER_RESTART;
}

static void timer_start(void *data)
{
	struct stress_actor *actor = data;

	hrtimer_start(&actor->timer, timer_period(actor),
		      actor->context == STRESS_SOFTIRQ ?
		      HRTIMER_MODE_REL_PINNED_SOFT :
		      HRTIMER_MODE_REL_PINNED_HARD);
}

static void timer_init(struct stress_actor *actor)
{
	hrtimer_setup(&actor->timer, timer_fires, CLOCK_MONOTONIC,
		      actor->context == STRESS_SOFTIRQ ?
		      HRTIMER_MODE_REL_PINNED_SOFT :
		      HRTIMER_MODE_REL_PINNED_HARD);
}

/* Under cpus_read_lock(). */
static void timer_bring_home(struct stress_actor *actor)
{
	if (is_done(actor->run, actor->context) || !cpu_online(actor->cpu) ||
	    !may_use(actor->run, actor->cpu) ||
	    READ_ONCE(actor->seen_cpu) == actor->cpu)
		return;
	hrtimer_cancel(&actor->timer);
	smp_call_function_single(actor->cpu, timer_start, actor, true);
}

/*
 * The probe on sched_switch
 */

static void sched_switch_fires(void *data, bool preempt,
			       struct task_struct *prev,
			       struct task_struct *next,
			       unsigned int prev_state)
{
	struct contexts *contexts = data;
	int cpu = smp_processor_id();

	if (READ_ONCE(contexts->going) && may_use(contexts->run, cpu))
		stress_actor_act(&contexts->first[STRESS_SCHED][cpu]);
}

static void tracepoint_match(struct tracepoint *tracepoint, void *data)
{
	struct tracepoint **found = data;

	if (!strcmp(tracepoint->name, "sched_switch"))
		*found = tracepoint;
}

static int probe_start(struct contexts *contexts)
{
	int err;

	err = tracepoint_probe_register(contexts->tracepoint,
					sched_switch_fires, contexts);
	contexts->probing = !err;
	return err;
}

static void probe_stop(struct contexts *contexts)
{
	if (!contexts->probing)
		return;
	tracepoint_probe_unregister(contexts->tracepoint, sched_switch_fires,
				    contexts);
	tracepoint_synchronize_unregister();
	contexts->probing = false;
}

/*
 * Preparing
 */

static unsigned int nr_threads_of(const struct stress_run *run)
{
	return run->params.threads ?: stress_nr_cpus(run);
}

static int actors_create(struct contexts *contexts)
{
	struct stress_run *run = contexts->run;
	enum stress_context context;
	struct stress_actor *actor;
	unsigned int i, id = 0;

	for (context = 0; context < STRESS_CONTEXTS; context++) {
		if (chosen(run, context))
			contexts->nr[context] = has_threads(context) ?
						nr_threads_of(run) : nr_cpu_ids;
		contexts->nr_actors += contexts->nr[context];
	}
	contexts->actors = kvcalloc(contexts->nr_actors,
				    sizeof(*contexts->actors), GFP_KERNEL);
	if (!contexts->actors)
		return -ENOMEM;

	for (context = 0; context < STRESS_CONTEXTS; context++) {
		contexts->first[context] = &contexts->actors[id];
		for (i = 0; i < contexts->nr[context]; i++, id++) {
			actor = &contexts->actors[id];
			stress_actor_init(actor, run, context,
					  has_threads(context) ?
					  stress_spread(run, i) : (int)i, id);
			if (contexts->hog)
				actor->pages = stress_hog_pages(contexts->hog);
			if (has_timers(context))
				timer_init(actor);
		}
	}
	return 0;
}

static int thread_add(struct contexts *contexts,
		      void (*work)(struct stress_thread *thread), void *data,
		      int cpu, const char *name)
{
	unsigned int index = contexts->nr_threads;
	int err;

	err = stress_thread_create(&contexts->threads[index], contexts->run,
				   work, data, index, cpu, name);
	if (!err)
		contexts->nr_threads++;
	return err;
}

static int switchers_create(struct contexts *contexts)
{
	struct stress_thread *twins;
	int cpu, err;

	for_each_cpu(cpu, &contexts->run->cpus) {
		twins = &contexts->threads[contexts->nr_threads];
		err = thread_add(contexts, switcher_work, &twins[1], cpu,
				 "switch") ?:
		      thread_add(contexts, switcher_work, &twins[0], cpu,
				 "switch");
		if (err)
			return err;
	}
	return 0;
}

static int senders_create(struct contexts *contexts)
{
	int cpu, err;

	for_each_cpu(cpu, &contexts->run->cpus) {
		err = thread_add(contexts, sender_work,
				 contexts->first[STRESS_NMI], cpu, "nmi");
		if (err)
			return err;
	}
	return 0;
}

static int workers_create(struct contexts *contexts,
			  enum stress_context context,
			  void (*work)(struct stress_thread *thread))
{
	struct stress_actor *actor = contexts->first[context];
	unsigned int i;
	int err;

	for (i = 0; i < contexts->nr[context]; i++, actor++) {
		err = thread_add(contexts, work, actor, actor->cpu,
				 stress_context_names[context]);
		if (err)
			return err;
	}
	return 0;
}

static int threads_create(struct contexts *contexts)
{
	struct stress_run *run = contexts->run;
	unsigned int most;
	int err = 0;

	most = contexts->nr[STRESS_TASK] + contexts->nr[STRESS_RAWLOCK] +
	       (SWITCHERS + 1) * num_possible_cpus();
	contexts->threads = kvcalloc(most, sizeof(*contexts->threads),
				     GFP_KERNEL);
	if (!contexts->threads)
		return -ENOMEM;

	if (chosen(run, STRESS_TASK))
		err = workers_create(contexts, STRESS_TASK, task_work);
	if (!err && chosen(run, STRESS_RAWLOCK))
		err = workers_create(contexts, STRESS_RAWLOCK, rawlock_work);
	if (!err && chosen(run, STRESS_SCHED))
		err = switchers_create(contexts);
	if (!err && chosen(run, STRESS_NMI))
		err = senders_create(contexts);
	return err;
}

static void threads_destroy(struct contexts *contexts)
{
	stress_threads_destroy(contexts->threads, contexts->nr_threads);
	contexts->nr_threads = 0;
}

static void contexts_free(struct contexts *contexts)
{
	if (contexts->hog)
		stress_hog_destroy(contexts->hog);
	free_cpumask_var(contexts->online);
	kvfree(contexts->threads);
	kvfree(contexts->actors);
	kfree(contexts);
}

static int contexts_prepare(struct stress_run *run)
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
	if (run->scenario == &stress_exhaust_scenario) {
		contexts->hog = stress_hog_create(run);
		if (IS_ERR(contexts->hog)) {
			err = PTR_ERR(contexts->hog);
			contexts->hog = NULL;
			goto free_contexts;
		}
	}

	cpus_read_lock();
	err = actors_create(contexts) ?: threads_create(contexts);
	cpus_read_unlock();
	if (err)
		goto destroy_threads;

	for_each_kernel_tracepoint(tracepoint_match, &contexts->tracepoint);
	err = -ENOENT;
	if (contexts->tracepoint)
		return 0;

destroy_threads:
	WRITE_ONCE(run->stop, true);
	threads_destroy(contexts);
	if (contexts->hog)
		stress_hog_stop(contexts->hog);
free_contexts:
	contexts_free(contexts);
	return err;
}

/*
 * Executing
 */

/* Follow CPUs that came or went; the first time, bring everybody home. */
static void look_after_cpus(struct contexts *contexts)
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
				timer_bring_home(actor);
			else if (!has_threads(context) &&
				 !cpu_online(actor->cpu))
				stress_actor_empty(actor);
		}
	}
unlock:
	cpus_read_unlock();
}

static void sum_context(const struct contexts *contexts,
			enum stress_context context, struct stress_counts *sum)
{
	unsigned int i;

	memset(sum, 0, sizeof(*sum));
	for (i = 0; i < contexts->nr[context]; i++)
		stress_counts_add(sum, &contexts->first[context][i].counts);
}

/*
 * Where NMI has a guarantee: a tick up to hold, then up to nmi_hold, for a tick
 * after everybody has given back what is above.
 */
static void look_after_limit(struct contexts *contexts)
{
	struct stress_run *run = contexts->run;
	unsigned int low = run->params.nmi_hold;
	bool is_low = run->limit == low;

	if (!low || !chosen(run, STRESS_NMI))
		return;
	if (is_low && atomic_read(&run->tokens) > low &&
	    contexts->low_ticks++ < LOW_TICKS)
		return;
	contexts->low_ticks = 0;
	WRITE_ONCE(run->limit, is_low ? run->params.hold : low);
}

/* Has a context been seen to do what is looked at? */
static bool is_tested(const struct stress_run *run, enum stress_context context,
		      const struct stress_counts *sum)
{
	return sum->requests &&
		(context != STRESS_NMI || !run->params.guarantee ||
		 !run->params.nmi_hold || sum->guaranteed);
}

/* Tell contexts that made their requests to stop: are all done? */
static bool look_after_counts(struct contexts *contexts)
{
	struct stress_run *run = contexts->run;
	enum stress_context context;
	struct stress_counts sum;
	bool all = true;

	for (context = 0; context < STRESS_CONTEXTS; context++) {
		if (!chosen(run, context) || run->done[context])
			continue;
		sum_context(contexts, context, &sum);
		/* On a slow machine not all is tested by then. */
		if (sum.requests >= run->params.count &&
		    (is_tested(run, context, &sum) ||
		     stress_elapsed_ms(run) > PATIENCE_MS))
			WRITE_ONCE(run->done[context], true);
		else
			all = false;
	}
	return all;
}

/*
 * Registering a probe allocates, so it comes before the hog.  An NMI must find
 * its handler, so that comes before the threads.
 */
static int contexts_start(struct contexts *contexts)
{
	struct stress_run *run = contexts->run;
	unsigned int i;
	int err;

	if (chosen(run, STRESS_SCHED)) {
		err = probe_start(contexts);
		if (err)
			return err;
	}
	if (chosen(run, STRESS_NMI)) {
		err = stress_nmi_start(contexts->first[STRESS_NMI]);
		if (err)
			return err;
		contexts->nmi = true;
	}
	if (contexts->hog) {
		err = stress_hog_fill(contexts->hog);
		if (err)
			return err;
	}
	for (i = 0; i < contexts->nr_threads; i++)
		stress_thread_start(&contexts->threads[i]);
	WRITE_ONCE(contexts->going, true);
	return 0;
}

/* The first context that has tested nothing, or STRESS_CONTEXTS. */
static enum stress_context find_untested(struct contexts *contexts)
{
	struct stress_run *run = contexts->run;
	enum stress_context context;
	struct stress_counts sum;

	for (context = 0; context < STRESS_CONTEXTS; context++) {
		if (!chosen(run, context))
			continue;
		sum_context(contexts, context, &sum);
		if (!is_tested(run, context, &sum))
			break;
	}
	return context;
}

/* Is a run by time over?  A slow machine gets more of it. */
static bool time_is_up(struct contexts *contexts, s64 until)
{
	s64 now = stress_elapsed_ms(contexts->run);

	if (now < until)
		return false;
	return now >= until + PATIENCE_MS ||
	       find_untested(contexts) == STRESS_CONTEXTS;
}

static int contexts_execute(struct stress_run *run)
{
	struct contexts *contexts = run->priv;
	unsigned int seconds = run->params.seconds;
	enum stress_context context;
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
		look_after_cpus(contexts);
		look_after_limit(contexts);
		err = stress_tick(run);
		if (err)
			return err;
		if (run->params.count && look_after_counts(contexts))
			break;
	} while (!stress_stopping(run) &&
		 (!seconds || !time_is_up(contexts, until)));

	context = find_untested(contexts);
	if (context != STRESS_CONTEXTS)
		stress_fail(run, "untested", stress_context_names[context],
			    NULL, 0, 1);
	return 0;
}

static void check_all_given(struct contexts *contexts)
{
	struct stress_run *run = contexts->run;
	int tokens = atomic_read(&run->tokens);

	if (tokens)
		stress_fail(run, "lost", "run", NULL, tokens, 0);
}

static void contexts_finish(struct stress_run *run)
{
	struct contexts *contexts = run->priv;
	enum stress_context context;
	unsigned int i;

	threads_destroy(contexts);
	if (contexts->nmi)
		stress_nmi_stop();
	/* The rest may allocate, as unregistering a probe does. */
	if (contexts->hog)
		stress_hog_stop(contexts->hog);
	probe_stop(contexts);
	for (context = 0; context < STRESS_CONTEXTS; context++) {
		for (i = 0; i < contexts->nr[context]; i++) {
			if (has_timers(context))
				hrtimer_cancel(&contexts->first[context][i].timer);
			stress_actor_empty(&contexts->first[context][i]);
		}
	}
	stress_exchange_empty(run);
	check_all_given(contexts);
}

/*
 * Showing
 */

static void show_context(struct seq_file *m, const struct contexts *contexts,
			 enum stress_context context)
{
	const struct stress_run *run = contexts->run;
	const char *name = stress_context_names[context];
	struct stress_counts sum;

	sum_context(contexts, context, &sum);
	seq_printf(m, "%s.requests=%llu\n%s.answered=%llu\n%s.failed=%llu\n",
		   name, sum.requests, name, sum.answered, name, sum.failed);
	seq_printf(m, "%s.guaranteed=%llu\n%s.no_token=%llu\n",
		   name, sum.guaranteed, name, sum.no_token);
	if (run->params.bulk)
		seq_printf(m, "%s.bulk_requests=%llu\n%s.bulk_answered=%llu\n",
			   name, sum.bulk_requests, name, sum.bulk_answered);
	if (!run->params.peer)
		return;
	if (stress_peer_allowed(context))
		seq_printf(m, "peer.%s.requests=%llu\npeer.%s.answered=%llu\n",
			   name, sum.peer_requests, name, sum.peer_answered);
	else
		seq_printf(m, "peer.%s=not-allowed\n", name);
}

static const char *guarantee_verdict(const struct stress_run *run)
{
	if (!run->params.guarantee)
		return "not-checked";
	/* The name may be read once valid is, and never changes then. */
	if (smp_load_acquire(&run->error.valid) &&
	    !strcmp(run->error.check, "guarantee"))
		return "broken";
	return "kept";
}

static void contexts_show(struct seq_file *m, struct stress_run *run)
{
	const struct contexts *contexts = run->priv;
	struct stress_counts sum, total = {};
	enum stress_context context;

	for (context = 0; context < STRESS_CONTEXTS; context++) {
		sum_context(contexts, context, &sum);
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
	if (contexts->hog)
		stress_hog_show(m, contexts->hog);
}

static void contexts_release(struct stress_run *run)
{
	contexts_free(run->priv);
}

/*
 * The scenarios
 */

static int contexts_check(const struct stress_params *params)
{
	if (!*params->pool) {
		pr_warn("contexts: pool: missing\n");
		return -EINVAL;
	}
	if (params->bulk > params->hold) {
		pr_warn("contexts: bulk: more than hold\n");
		return -EINVAL;
	}
	if (params->nmi_hold > params->hold) {
		pr_warn("contexts: nmi_hold: more than hold\n");
		return -EINVAL;
	}
	return 0;
}

static const char * const expect_names[] = { "any", "zero", "kept", NULL };

static const struct stress_param contexts_params[] = {
	STRESS_PARAM_POOL,
	STRESS_PARAM(contexts, STRESS_SET, .choices = stress_context_names,
		     .def = BIT(STRESS_CONTEXTS) - 1,
		     .help = "where to ask for elements"),
	STRESS_PARAM_NUMBER(threads, 0, STRESS_THREADS_MAX, 0,
			    "threads of task and of rawlock, 0 is one a CPU"),
	STRESS_PARAM_NUMBER(seconds, 0, STRESS_SECONDS_MAX, 0,
			    "stop then; 0 is 5 without count, else never"),
	STRESS_PARAM_NUMBER(count, 0, UINT_MAX, 0,
			    "stop after so many requests in each context"),
	STRESS_PARAM_NUMBER(hold, 1, STRESS_HOLD_MAX, 32,
			    "most elements outstanding, the one asked for included"),
	STRESS_PARAM_NUMBER(nmi_hold, 0, STRESS_HOLD_MAX, 0,
			    "up to which a request in NMI is guaranteed"),
	STRESS_PARAM_FLAG(guarantee, 0,
			  "fail if a request within hold or nmi_hold does"),
	STRESS_PARAM_NUMBER(seed, 0, UINT_MAX, 0,
			    "of the random numbers, 0 is any"),
	STRESS_PARAM_FLAG(peer, 0,
			  "ask the page allocator too, where it may be called"),
	STRESS_PARAM_NUMBER(burst, 1, 256, 16, "steps at a time"),
	STRESS_PARAM_NUMBER(bulk, 0, STRESS_SLOTS, 0,
			    "let some steps move up to so many elements"),
	STRESS_PARAM_FLAG(exchange, 1,
			  "free some elements elsewhere than where taken"),
	STRESS_PARAM(expect, STRESS_CHOICE, .choices = expect_names,
		     .help = "what an element taken must contain"),
	STRESS_PARAM_NUMBER(period_us, 10, USEC_PER_SEC, 100, "of the timers"),
	STRESS_PARAM_NUMBER(spare, 0, UINT_MAX, 0,
			    "pages that the hog of exhaust leaves"),
	{}
};

const struct stress_scenario stress_contexts_scenario = {
	.name = "contexts",
	.help = "ask from every context at once",
	.params = contexts_params,
	.check = contexts_check,
	.prepare = contexts_prepare,
	.execute = contexts_execute,
	.finish = contexts_finish,
	.show = contexts_show,
	.release = contexts_release,
};

const struct stress_scenario stress_exhaust_scenario = {
	.name = "exhaust",
	.help = "the same while a hog holds the machine's memory",
	.params = contexts_params,
	.check = contexts_check,
	.prepare = contexts_prepare,
	.execute = contexts_execute,
	.finish = contexts_finish,
	.show = contexts_show,
	.release = contexts_release,
};

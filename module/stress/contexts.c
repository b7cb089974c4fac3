// SPDX-License-Identifier: GPL-2.0
/*
 * Scenarios "contexts", "exhaust", "lend", "storm" and "soak": every context at
 * once.
 *
 * Answers for: bringing actors into the contexts that were asked for, keeping
 * them there while CPUs come and go, and stopping them.  "exhaust" does it
 * while a hog holds the machine's memory, or holds it and gives it back in
 * turns; "lend" while a borrower reads what rests in the pool; "storm" while
 * all is changed that can be; "soak" is a long storm that now and then lets
 * everybody give back what they have, and checks that nothing is missing.
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
#include "peer.h"

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
 * @memhog: the hog, or NULL
 * @memhog_until: when it begins or ends to rest, in milliseconds of the run
 * @memhog_rests: it does
 * @borrower: reads what it has lent to the pool, or NULL
 * @fuzz: what changes everything, or NULL
 * @check_at: when soak checks next, in milliseconds of the run
 * @checks: how often it has
 * @draining: everybody is to give back all, for a check
 * @requests: at the last check that found more of them
 * @progress_at: when that was
 * @supplies: the peers that are asked too, by peer
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

	if (!IS_ENABLED(CONFIG_TRACEPOINTS))
		return -EOPNOTSUPP;
	err = tracepoint_probe_register(contexts->tracepoint,
					sched_switch_fires, contexts);
	contexts->probing = !err;
	return err;
}

static void probe_stop(struct contexts *contexts)
{
	if (!IS_ENABLED(CONFIG_TRACEPOINTS) || !contexts->probing)
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
			if (run->params.peer)
				actor->supplies = contexts->supplies;
			if (contexts->memhog)
				actor->pages = stress_memhog_pages(contexts->memhog);
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
	if (contexts->fuzz)
		stress_settings_fuzz_destroy(contexts->fuzz);
	if (contexts->borrower)
		stress_borrower_destroy(contexts->borrower);
	if (contexts->memhog)
		stress_memhog_destroy(contexts->memhog);
	free_cpumask_var(contexts->online);
	kvfree(contexts->threads);
	kvfree(contexts->actors);
	kfree(contexts);
}

/* Who is about while the actors act. */
static int company_create(struct contexts *contexts)
{
	const struct stress_scenario *scenario = contexts->run->scenario;
	struct stress_borrower *borrower;
	struct stress_settings_fuzz *fuzz;
	struct stress_memhog *memhog;

	if (scenario == &stress_exhaust_scenario) {
		memhog = stress_memhog_create(contexts->run);
		if (IS_ERR(memhog))
			return PTR_ERR(memhog);
		contexts->memhog = memhog;
	}
	if (scenario == &stress_lend_scenario) {
		borrower = stress_borrower_create(contexts->run);
		if (IS_ERR(borrower))
			return PTR_ERR(borrower);
		contexts->borrower = borrower;
	}
	if (scenario == &stress_storm_scenario ||
	    scenario == &stress_soak_scenario) {
		fuzz = stress_settings_fuzz_create(contexts->run);
		if (IS_ERR(fuzz))
			return PTR_ERR(fuzz);
		contexts->fuzz = fuzz;
	}
	return 0;
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
	err = supplies_open(contexts) ?: company_create(contexts);
	if (err)
		goto close_supplies;

	cpus_read_lock();
	err = actors_create(contexts) ?: threads_create(contexts);
	cpus_read_unlock();
	if (err)
		goto destroy_threads;

	/* Without tracepoints a run that has "sched" among its contexts fails. */
	if (!IS_ENABLED(CONFIG_TRACEPOINTS))
		return 0;
	for_each_kernel_tracepoint(tracepoint_match, &contexts->tracepoint);
	err = -ENOENT;
	if (contexts->tracepoint)
		return 0;

destroy_threads:
	WRITE_ONCE(run->stop, true);
	threads_destroy(contexts);
	if (contexts->memhog)
		stress_memhog_stop(contexts->memhog);
	if (contexts->borrower)
		stress_borrower_stop(contexts->borrower);
	if (contexts->fuzz)
		stress_settings_fuzz_stop(contexts->fuzz);
close_supplies:
	supplies_close(contexts);
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
		     stress_elapsed_ms(run) > STRESS_PATIENCE_MS))
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
	if (contexts->memhog) {
		err = stress_memhog_fill(contexts->memhog);
		if (err)
			return err;
	}
	for (i = 0; i < contexts->nr_threads; i++)
		stress_thread_start(&contexts->threads[i]);
	WRITE_ONCE(contexts->going, true);
	if (contexts->borrower)
		stress_borrower_start(contexts->borrower);
	if (contexts->fuzz)
		stress_settings_fuzz_start(contexts->fuzz);
	return 0;
}

/* The hog holds the memory, then gives it back, and so on. */
static int look_after_memhog(struct contexts *contexts)
{
	struct stress_run *run = contexts->run;
	int err = 0;

	if (!contexts->memhog || !run->params.cycle_ms)
		return 0;
	if (!contexts->memhog_until)
		contexts->memhog_until = stress_elapsed_ms(run) +
				      run->params.cycle_ms;
	if (stress_elapsed_ms(run) < contexts->memhog_until)
		return 0;
	contexts->memhog_rests = !contexts->memhog_rests;
	if (contexts->memhog_rests)
		stress_memhog_release(contexts->memhog);
	else
		err = stress_memhog_resume(contexts->memhog);
	contexts->memhog_until = 0;
	return err;
}

static u64 all_requests(const struct contexts *contexts)
{
	struct stress_counts sum;
	enum stress_context context;
	u64 requests = 0;

	for (context = 0; context < STRESS_CONTEXTS; context++) {
		sum_context(contexts, context, &sum);
		requests += sum.requests;
	}
	return requests;
}

/* Nobody holds anything: does the pool say so too, and has it kept its bound? */
static void self_check(struct contexts *contexts)
{
	struct stress_run *run = contexts->run;
	int outstanding = stress_outstanding(run);
	int peak = stress_fact(run, "stats/peak");
	int most = stress_fact(run, "max");
	u64 requests = all_requests(contexts);

	if (stress_lost(run, outstanding))
		stress_fail(run, "outstanding", "check", NULL, outstanding,
			    run->outstanding_before);
	if (most > 0 && peak > most)
		stress_fail(run, "peak", "check", NULL, peak, most);
	if (requests != contexts->requests)
		contexts->progress_at = stress_elapsed_ms(run);
	else if (stress_elapsed_ms(run) >
		 contexts->progress_at + STRESS_PATIENCE_MS)
		stress_fail(run, "no-progress", "check", NULL, 0, 1);
	contexts->requests = requests;
	WRITE_ONCE(contexts->checks, contexts->checks + 1);
}

/*
 * Soak: now and then the limit is nothing, until all tokens are back.  Those
 * who hold elements give them back as they find no token.
 */
static void look_after_checks(struct contexts *contexts)
{
	struct stress_run *run = contexts->run;
	s64 now = stress_elapsed_ms(run);
	s64 period = (s64)run->params.check_s * MSEC_PER_SEC;

	if (!period)
		return;
	if (!contexts->check_at)
		contexts->check_at = now + period;
	if (now < contexts->check_at)
		return;
	if (!contexts->draining) {
		contexts->draining = true;
		WRITE_ONCE(run->limit, 0);
	}
	if (atomic_read(&run->tokens)) {
		if (now > contexts->check_at + STRESS_PATIENCE_MS)
			stress_fail(run, "not-given-back", "check", NULL,
				    atomic_read(&run->tokens), 0);
		return;
	}
	self_check(contexts);
	contexts->draining = false;
	WRITE_ONCE(run->limit, run->params.hold);
	contexts->check_at = stress_elapsed_ms(run) + period;
}

/* The first context, or change, in which nothing was tested, or NULL. */
static const char *find_untested(struct contexts *contexts)
{
	struct stress_run *run = contexts->run;
	enum stress_context context;
	struct stress_counts sum;

	for (context = 0; context < STRESS_CONTEXTS; context++) {
		if (!chosen(run, context))
			continue;
		sum_context(contexts, context, &sum);
		if (!is_tested(run, context, &sum))
			return stress_context_names[context];
	}
	if (contexts->borrower)
		return stress_borrower_untested(contexts->borrower);
	return contexts->fuzz ? stress_settings_fuzz_untested(contexts->fuzz) :
				   NULL;
}

/* Is a run by time over?  A slow machine gets more of it. */
static bool time_is_up(struct contexts *contexts, s64 until)
{
	s64 now = stress_elapsed_ms(contexts->run);

	if (now < until)
		return false;
	return now >= until + STRESS_PATIENCE_MS ||
	       !find_untested(contexts);
}

static int contexts_execute(struct stress_run *run)
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
		look_after_cpus(contexts);
		look_after_limit(contexts);
		look_after_checks(contexts);
		err = look_after_memhog(contexts) ?: stress_tick(run);
		if (err)
			return err;
		if (run->params.count && look_after_counts(contexts))
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

static void contexts_finish(struct stress_run *run)
{
	struct contexts *contexts = run->priv;
	enum stress_context context;
	unsigned int i;

	threads_destroy(contexts);
	if (contexts->nmi)
		stress_nmi_stop();
	/* The rest may allocate, as unregistering a probe does. */
	if (contexts->memhog)
		stress_memhog_stop(contexts->memhog);
	if (contexts->borrower)
		stress_borrower_stop(contexts->borrower);
	if (contexts->fuzz)
		stress_settings_fuzz_stop(contexts->fuzz);
	probe_stop(contexts);
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

/*
 * Showing
 */

static void show_context(struct seq_file *m, const struct contexts *contexts,
			 enum stress_context context)
{
	const struct stress_run *run = contexts->run;
	const char *name = stress_context_names[context];
	const char *peer, *missing;
	struct stress_counts sum;
	enum stress_peer_id id;

	sum_context(contexts, context, &sum);
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
	if (contexts->memhog)
		stress_memhog_show(m, contexts->memhog);
	if (contexts->borrower)
		stress_borrower_show(m, contexts->borrower);
	if (contexts->fuzz)
		stress_settings_fuzz_show(m, contexts->fuzz);
	if (run->params.check_s)
		seq_printf(m, "checks=%u\n", READ_ONCE(contexts->checks));
}

static void contexts_release(struct stress_run *run)
{
	contexts_free(run->priv);
}

/*
 * The scenarios
 */

/* Where nobody can make NMIs, they have to be asked for to be refused. */
#define DEFAULT_CONTEXTS	((BIT(STRESS_CONTEXTS) - 1) & \
				 ~(STRESS_HAS_NMI ? 0 : BIT(STRESS_NMI)))

#define OF_POOLS	(BIT(STRESS_PEER_tryalloc) | BIT(STRESS_PEER_alloc) | \
			 BIT(STRESS_PEER_bulk16) | BIT(STRESS_PEER_bulk64))
#define OF_BULKS	BIT(STRESS_PEER_mempool_bulk16)

static int contexts_check(const struct stress_params *params)
{
	const char *key = NULL, *why;

	if (!STRESS_HAS_NMI)
		pr_info_once("contexts: by default without nmi, which cannot be made here\n");
	if (!*params->pool) {
		key = "pool";
		why = "missing";
	} else if (params->bulk > params->hold) {
		key = "bulk";
		why = "more than hold";
	} else if (params->nmi_hold > params->hold) {
		key = "nmi_hold";
		why = "more than hold";
	} else if (params->peer & OF_POOLS) {
		key = "peer";
		why = "the pool is driven anyway";
	} else if (params->peer & OF_BULKS) {
		key = "peer";
		why = "takes several elements at once";
	}
	if (!key)
		return 0;
	pr_warn("contexts: %s: %s\n", key, why);
	return -EINVAL;
}

static int exhaust_check(const struct stress_params *params)
{
	if (params->cycle_ms && params->seconds &&
	    params->cycle_ms > params->seconds * MSEC_PER_SEC) {
		pr_warn("exhaust: cycle_ms: longer than the run\n");
		return -EINVAL;
	}
	return contexts_check(params);
}

static int storm_check(const struct stress_params *params)
{
	if (!params->settings && !params->hotplug && !params->pools) {
		pr_warn("storm: settings: neither these, nor hotplug or pools\n");
		return -EINVAL;
	}
	return contexts_check(params);
}

static const char * const expect_names[] = { "any", "zero", "kept", NULL };

/* What all of them have. */
static const struct stress_param contexts_params[] = {
	STRESS_PARAM_POOL,
	STRESS_PARAM(contexts, STRESS_SET, .choices = stress_context_names,
		     .def = DEFAULT_CONTEXTS,
		     .help = "where to ask for elements"),
	STRESS_PARAM_NUMBER(threads, 0, STRESS_THREADS_MAX, 0,
			    "threads of task and of rawlock, 0 is one a CPU"),
	STRESS_PARAM_NUMBER(hold, 1, STRESS_HOLD_MAX, 32,
			    "most elements outstanding, the one asked for included"),
	STRESS_PARAM_NUMBER(nmi_hold, 0, STRESS_HOLD_MAX, 0,
			    "up to which a request in NMI is guaranteed"),
	STRESS_PARAM_FLAG(guarantee, 0,
			  "fail if a request within hold or nmi_hold does"),
	STRESS_PARAM_NUMBER(seed, 0, UINT_MAX, 0,
			    "of the random numbers, 0 is any"),
	STRESS_PARAM(peer, STRESS_SET, .choices = stress_peer_names,
		     .help = "ask these too, where they may be called"),
	STRESS_PARAM_NUMBER(burst, 1, 256, 16, "steps at a time"),
	STRESS_PARAM_NUMBER(bulk, 0, STRESS_SLOTS, 0,
			    "let some steps move up to so many elements"),
	STRESS_PARAM_FLAG(exchange, 1,
			  "free some elements elsewhere than where taken"),
	STRESS_PARAM_NUMBER(period_us, 10, USEC_PER_SEC, 100, "of the timers"),
	{}
};

#define PARAM_SECONDS							\
	STRESS_PARAM_NUMBER(seconds, 0, STRESS_SECONDS_MAX, 0,		\
			    "stop then; 0 is 5 without count, else never")
#define PARAM_COUNT							\
	STRESS_PARAM_NUMBER(count, 0, UINT_MAX, 0,			\
			    "stop after so many requests in each context")
#define PARAM_EXPECT							\
	STRESS_PARAM(expect, STRESS_CHOICE, .choices = expect_names,	\
		     .help = "what an element taken must contain")

static const struct stress_param contexts_more[] = {
	PARAM_SECONDS,
	PARAM_COUNT,
	PARAM_EXPECT,
	{}
};

static const struct stress_param exhaust_more[] = {
	PARAM_SECONDS,
	PARAM_COUNT,
	PARAM_EXPECT,
	STRESS_PARAM_NUMBER(spare, 0, UINT_MAX, 0, "pages that the hog leaves"),
	STRESS_PARAM_NUMBER(cycle_ms, 0, STRESS_SECONDS_MAX, 0,
			    "after which the hog rests, and eats again; 0 is never"),
	{}
};

static const struct stress_param lend_more[] = {
	PARAM_SECONDS,
	PARAM_COUNT,
	STRESS_PARAM_NUMBER(readers, 0, STRESS_THREADS_MAX, 0,
			    "threads that borrow, 0 is one a CPU"),
	STRESS_PARAM_NUMBER(blocks, 1, STRESS_HOLD_MAX, 64,
			    "blocks that they keep in the pool"),
	STRESS_PARAM_FLAG(unchecked, 0,
			  "read without asking; must be seen to go wrong"),
	{}
};

#define PARAM_STORM_SECONDS(_def)					\
	STRESS_PARAM_NUMBER(seconds, 1, STRESS_SECONDS_MAX, _def, "stop then")
#define PARAM_SETTINGS							\
	STRESS_PARAM_FLAG(settings, 1, "change the pool's settings")
#define PARAM_HOTPLUG							\
	STRESS_PARAM_FLAG(hotplug, 1, "take CPUs away, and bring them back")
#define PARAM_POOLS							\
	STRESS_PARAM_FLAG(pools, 1, "create, use and destroy other pools")
#define PARAM_PAUSE							\
	STRESS_PARAM_NUMBER(pause_ms, 0, MSEC_PER_SEC, 10, "between two changes")
#define PARAM_CHECK(_least, _def)					\
	STRESS_PARAM_NUMBER(check_s, _least, STRESS_SECONDS_MAX, _def,	\
			    "how often to have all given back, and check")

static const struct stress_param storm_more[] = {
	PARAM_STORM_SECONDS(10),
	PARAM_SETTINGS,
	PARAM_HOTPLUG,
	PARAM_POOLS,
	PARAM_PAUSE,
	PARAM_CHECK(0, 0),
	{}
};

static const struct stress_param soak_more[] = {
	PARAM_STORM_SECONDS(1200),
	PARAM_SETTINGS,
	PARAM_HOTPLUG,
	PARAM_POOLS,
	PARAM_PAUSE,
	PARAM_CHECK(1, 10),
	{}
};

#define CONTEXTS_SCENARIO(_name, _help, _check)				\
const struct stress_scenario stress_##_name##_scenario = {		\
	.name = #_name,							\
	.help = _help,							\
	.params = contexts_params,					\
	.more = _name##_more,						\
	.check = _check,						\
	.prepare = contexts_prepare,					\
	.execute = contexts_execute,					\
	.finish = contexts_finish,					\
	.show = contexts_show,						\
	.release = contexts_release,					\
}

CONTEXTS_SCENARIO(contexts, "ask from every context at once", contexts_check);
CONTEXTS_SCENARIO(exhaust, "the same while a hog holds the machine's memory",
		  exhaust_check);
CONTEXTS_SCENARIO(lend, "the same while a borrower reads what rests there",
		  contexts_check);
CONTEXTS_SCENARIO(storm, "the same while settings, CPUs and other pools change",
		  storm_check);
CONTEXTS_SCENARIO(soak, "a long storm that checks itself now and then",
		  storm_check);

// SPDX-License-Identifier: GPL-2.0
/*
 * Calls the actors in their contexts.
 *
 * Answers for: the actors, and the threads, timers, probe and NMIs that call them:
 *
 *	task	 threads
 *	softirq	 a timer a CPU, HRTIMER_MODE_SOFT (on PREEMPT_RT: a thread)
 *	hardirq	 a timer a CPU, HRTIMER_MODE_HARD
 *	rawlock	 threads under one raw spinlock with interrupts off
 *	sched	 a probe on sched_switch, so under a run queue's lock; two
 *		 threads a CPU wake each other, so that it is hit
 *	nmi	 an NMI handler (nmi.c); a thread a CPU sends NMIs to random CPUs
 *
 * Locks: contexts->lock is taken by rawlock's threads; only locks of the pool and
 * of peers nest in it.  The writer of "run" creates, starts and stops everything
 * in task context; actors run in the context of their name.
 */
#include "contexts.h"

#include <linux/bitops.h>
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>

#define IDLE_MS			10	/* how long a thread that is done sleeps */
#define SWITCHERS		2	/* threads a CPU that make it switch */

static void sleep_idle(void)
{
	schedule_timeout_idle(msecs_to_jiffies(IDLE_MS));
}

static void task_work(struct stress_thread *thread)
{
	struct stress_actor *actor = thread->data;

	while (!stress_stopping(thread->run)) {
		stress_actor_act(actor);
		if (is_done(thread->run, STRESS_TASK))
			sleep_idle();
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
			sleep_idle();
		cond_resched();
	}
}

/*
 * Each of two switchers wakes the other and sleeps: two task switches a round.
 * The timeout is for the end of the run, when the other has returned.
 */
static void switcher_work(struct stress_thread *thread)
{
	struct stress_thread *twin = thread->data;

	while (!stress_stopping(thread->run)) {
		set_current_state(TASK_IDLE);
		wake_up_process(twin->task);
		schedule_timeout(msecs_to_jiffies(IDLE_MS));
		if (is_done(thread->run, STRESS_SCHED))
			sleep_idle();
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
		/* Once done, send only to actors that still hold elements. */
		if (is_done(thread->run, STRESS_NMI) &&
		    !READ_ONCE(actors[cpu].held))
			sleep_idle();
		else if (may_use(thread->run, cpu))
			stress_nmi_send(cpu);
		cond_resched();
	}
}

static ktime_t timer_period(struct stress_actor *actor)
{
	unsigned int us = actor->run->params.period_us;

	/* A random period, so that timers do not stay synchronous. */
	us += stress_random_below(&actor->random, us / 4 + 1);
	return ns_to_ktime((u64)us * NSEC_PER_USEC);
}

static enum hrtimer_restart timer_expired(struct hrtimer *timer)
{
	struct stress_actor *actor = container_of(timer, struct stress_actor,
						  timer);

	stress_actor_act(actor);
	if (stress_stopping(actor->run) || is_done(actor->run, actor->context))
		return HRTIMER_NORESTART;
	/* From now, not from the last expiry, so that other code runs, too. */
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
	hrtimer_setup(&actor->timer, timer_expired, CLOCK_MONOTONIC,
		      actor->context == STRESS_SOFTIRQ ?
		      HRTIMER_MODE_REL_PINNED_SOFT :
		      HRTIMER_MODE_REL_PINNED_HARD);
}

/*
 * Start an actor's timer on its CPU, or move it back there after the CPU was
 * offline.  Under cpus_read_lock().
 */
void contexts_timer_move_back(struct stress_actor *actor)
{
	if (is_done(actor->run, actor->context) || !cpu_online(actor->cpu) ||
	    !may_use(actor->run, actor->cpu) ||
	    READ_ONCE(actor->seen_cpu) == actor->cpu)
		return;
	hrtimer_cancel(&actor->timer);
	smp_call_function_single(actor->cpu, timer_start, actor, true);
}

static void probe_sched_switch(void *data, bool preempt,
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

/* Find sched_switch.  Without tracepoints, contexts_probe_start() fails. */
int contexts_probe_find(struct contexts *contexts)
{
	if (!IS_ENABLED(CONFIG_TRACEPOINTS))
		return 0;
	for_each_kernel_tracepoint(tracepoint_match, &contexts->tracepoint);
	return contexts->tracepoint ? 0 : -ENOENT;
}

int contexts_probe_start(struct contexts *contexts)
{
	int err;

	if (!IS_ENABLED(CONFIG_TRACEPOINTS))
		return -EOPNOTSUPP;
	err = tracepoint_probe_register(contexts->tracepoint,
					probe_sched_switch, contexts);
	contexts->probing = !err;
	return err;
}

void contexts_probe_stop(struct contexts *contexts)
{
	if (!IS_ENABLED(CONFIG_TRACEPOINTS) || !contexts->probing)
		return;
	tracepoint_probe_unregister(contexts->tracepoint, probe_sched_switch,
				    contexts);
	tracepoint_synchronize_unregister();
	contexts->probing = false;
}

static unsigned int nr_threads_of(const struct stress_run *run)
{
	return run->params.threads ?: stress_nr_cpus(run);
}

int contexts_actors_create(struct contexts *contexts)
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

int contexts_threads_create(struct contexts *contexts)
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

void contexts_threads_destroy(struct contexts *contexts)
{
	stress_threads_destroy(contexts->threads, contexts->nr_threads);
	contexts->nr_threads = 0;
}

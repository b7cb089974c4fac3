// SPDX-License-Identifier: GPL-2.0
/*
 * The life of one run.
 *
 * Answers for: one run at a time; the order prepare, execute, finish; the
 * verdict; and keeping the last run so that "result" can show it.
 *
 * The writer of "run" holds run_lock during its run.  last_lock protects
 * last_run, and is held while that run is shown, so a run is not freed while it
 * is shown.  It nests inside run_lock.
 *
 * stress_fail() is called in any context, NMI included; all else in task
 * context.
 */
#include "stress.h"

#include <linux/err.h>
#include <linux/freezer.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>

#define CANCEL	"stop"	/* in place of a scenario */

/*
 * How long to wait for the worker to finish moving elements, where the number of
 * outstanding elements does not decide the verdict.
 */
#define SETTLE_MS		500

static DEFINE_MUTEX(run_lock);
static DEFINE_MUTEX(last_lock);
static struct stress_run *last_run;

/**
 * stress_fail - record that a check failed, and stop the run
 * @run: the run
 * @check: the check's name, a constant
 * @where: the context's name, a constant
 * @element: the element that was checked, or NULL
 * @got: what was found
 * @want: what should have been there
 *
 * The first failure of a run is kept.
 *
 * Context: Any, NMI included.
 */
void stress_fail(struct stress_run *run, const char *check, const char *where,
		 const void *element, u64 got, u64 want)
{
	struct stress_error *error = &run->error;

	if (atomic_cmpxchg(&error->claimed, 0, 1) == 0) {
		error->check = check;
		error->where = where;
		error->element = (unsigned long)element;
		error->got = got;
		error->want = want;
		/* Pairs with the acquire in stress_failed(). */
		smp_store_release(&error->valid, true);
	}
	WRITE_ONCE(run->stop, true);
}

static bool stress_failed(const struct stress_run *run)
{
	/* Pairs with the release in stress_fail(). */
	return smp_load_acquire(&run->error.valid);
}

/*
 * Freeze this task if suspend asks for that, and clear the pending signal that
 * the request causes.  The run's threads are not frozen: they go on, as
 * interrupts do.  try_to_freeze() cannot be used, as lockdep would report the
 * locks that are held.  Holding them is harmless: run_lock is only taken by
 * trylock, and only a task that freezes or remounts debugfs waits for write
 * access to it.
 */
static void freeze_if_asked(void)
{
	struct sighand_struct *own;

	if (freezing(current))
		__refrigerator(false);
	if (!signal_pending(current))
		return;
	own = rcu_dereference_protected(current->sighand, true);
	spin_lock_irq(&own->siglock);
	recalc_sigpending();
	spin_unlock_irq(&own->siglock);
}

/**
 * stress_tick - sleep for STRESS_TICK_MS, or until a signal comes
 * @run: the run
 *
 * Context: Task, the writer of "run".
 * Return: 0; -EINTR if a signal ends the run.
 */
int stress_tick(struct stress_run *run)
{
	if (!stress_stopping(run))
		schedule_timeout_interruptible(msecs_to_jiffies(STRESS_TICK_MS));
	freeze_if_asked();
	/* If freezing begins after that, the task is frozen at the next tick. */
	return stress_interrupted() ? -EINTR : 0;
}

s64 stress_elapsed_ms(const struct stress_run *run)
{
	ktime_t until = READ_ONCE(run->state) == STRESS_OVER ? run->ended :
								ktime_get();

	return ktime_ms_delta(until, run->started);
}

void stress_random_init(u64 *state, const struct stress_run *run,
			unsigned int stream)
{
	unsigned int i;

	/* Never 0, as run_create() leaves no seed of 0. */
	*state = (u64)run->params.seed << 32 | stream;
	/* A few rounds, so that similar streams differ. */
	for (i = 0; i < 8; i++)
		stress_random(state);
}

static void run_free(struct stress_run *run)
{
	if (!run)
		return;
	if (run->scenario->release)
		run->scenario->release(run);
	kfree(run);
}

/* Make "result" show this run, and free the one before. */
static void run_publish(struct stress_run *run)
{
	struct stress_run *old;

	mutex_lock(&last_lock);
	old = last_run;
	last_run = run;
	mutex_unlock(&last_lock);
	run_free(old);
}

/*
 * How many elements are outstanding.  The run holds none: if more are outstanding
 * than before the run, elements were lost.  A run that has failed already may
 * hold some, so the wait for them is short.
 */
int stress_outstanding(const struct stress_run *run)
{
	bool judged = run->outstanding_before >= 0 && !stress_failed(run);

	return stress_fact_settled(run, "outstanding",
				   max(run->outstanding_before, 0),
				   judged ? STRESS_PATIENCE_MS : SETTLE_MS);
}

/*
 * Are more outstanding than before?  Fewer is no failure: elements that the
 * worker was moving were counted before.
 */
bool stress_lost(const struct stress_run *run, int outstanding)
{
	return run->outstanding_before >= 0 &&
	       (outstanding < 0 || outstanding > run->outstanding_before);
}

static int run_verdict(struct stress_run *run, int err)
{
	bool whole = !err || err == -ECANCELED;

	if (whole && stress_lost(run, run->outstanding_after))
		stress_fail(run, "outstanding", "pool", NULL,
			    run->outstanding_after, run->outstanding_before);
	/* The pool's maximum; a pool with max=0 has none. */
	if (whole && run->max > 0 && run->peak > run->max)
		stress_fail(run, "peak", "pool", NULL, run->peak, run->max);
	return stress_failed(run) ? -EIO : err;
}

static int run_execute(struct stress_run *run)
{
	int err;

	run->outstanding_before = stress_fact_settled(run, "outstanding", 0,
						      SETTLE_MS);
	run->started = ktime_get();
	err = run->scenario->execute(run);
	if (!err && READ_ONCE(run->cancelled))
		err = -ECANCELED;
	WRITE_ONCE(run->stop, true);
	run->ended = ktime_get();
	run->scenario->finish(run);
	run->outstanding_after = stress_outstanding(run);
	run->peak = stress_fact(run, "stats/peak");
	run->max = stress_fact(run, "max");
	err = run_verdict(run, err);
	stress_facts_close(run);
	if (run->pool)
		rsvpool_put(run->pool);

	mutex_lock(&last_lock);
	run->pool = NULL;
	run->status = err;
	WRITE_ONCE(run->state, STRESS_OVER);
	mutex_unlock(&last_lock);
	return err;
}

static struct stress_run *
run_create(const struct stress_scenario *scenario,
	   const struct stress_params *params)
{
	struct stress_run *run;
	int err;

	run = kzalloc(sizeof(*run), GFP_KERNEL);
	if (!run)
		return ERR_PTR(-ENOMEM);
	run->scenario = scenario;
	run->params = *params;
	cpumask_and(&run->cpus, current->cpus_ptr, cpu_possible_mask);
	if (!run->params.seed)
		run->params.seed = get_random_u32() | 1;

	if (*params->pool) {
		run->pool = rsvpool_get(params->pool);
		if (!run->pool) {
			pr_warn("%s: pool: there is no pool '%s'\n", scenario->name,
				params->pool);
			err = -ENOENT;
			goto free_run;
		}
		stress_facts_open(run);
		err = -EINVAL;
		if (!stress_marks_init(run, rsvpool_element_bytes(run->pool))) {
			pr_warn("%s: pool: elements of '%s' are too small\n",
				scenario->name, params->pool);
			goto put_pool;
		}
	}
	err = scenario->prepare(run);
	if (err)
		goto put_pool;
	return run;

put_pool:
	stress_facts_close(run);
	if (run->pool)
		rsvpool_put(run->pool);
free_run:
	kfree(run);
	return ERR_PTR(err);
}

static int run_scenario(const struct stress_scenario *scenario,
			const struct stress_params *params)
{
	struct stress_run *run = run_create(scenario, params);

	if (IS_ERR(run))
		return PTR_ERR(run);
	run_publish(run);
	return run_execute(run);
}

/*
 * Stop the current run, from a task that is not its writer.  The write that
 * started the run returns -ECANCELED, unless a check fails.
 */
static int run_cancel(void)
{
	struct stress_run *run;
	int err = -ENOENT;

	mutex_lock(&last_lock);
	run = last_run;
	if (run && run->state == STRESS_RUNNING) {
		WRITE_ONCE(run->cancelled, true);
		WRITE_ONCE(run->stop, true);
		err = 0;
	}
	mutex_unlock(&last_lock);
	if (err)
		pr_warn("stop: no run is in progress\n");
	return err;
}

/**
 * stress_run_line - execute a line written to "run"
 * @scenarios: all scenarios, ended by NULL
 * @line: "SCENARIO key=value ...", or "stop"; is written to
 *
 * Context: Task.  Blocks until the run is over; a signal ends it.
 * Return: 0; -EBUSY during another run; -EINVAL or -ERANGE for a bad line,
 *	   -ENOENT for an unknown pool, or when there is nothing to stop; -EIO
 *	   when a check failed; -EINTR after a signal, -ECANCELED after "stop".
 */
int stress_run_line(const struct stress_scenario * const *scenarios,
		    char *line)
{
	const char *name = strsep(&line, STRESS_SPACE);
	struct stress_params params;
	int err;

	if (!strcmp(name, CANCEL)) {
		if (!line)
			return run_cancel();
		pr_warn("stop: has no parameters\n");
		return -EINVAL;
	}
	while (*scenarios && strcmp((*scenarios)->name, name))
		scenarios++;
	if (!*scenarios) {
		pr_warn("%s: no such scenario\n", name);
		return -EINVAL;
	}
	err = stress_params_parse(*scenarios, line, &params);
	if (err)
		return err;

	if (!mutex_trylock(&run_lock)) {
		pr_warn("%s: another run is in progress\n", name);
		return -EBUSY;
	}
	err = run_scenario(*scenarios, &params);
	mutex_unlock(&run_lock);
	return err;
}

static void show_error(struct seq_file *m, const struct stress_run *run)
{
	const struct stress_error *error = &run->error;

	if (!stress_failed(run)) {
		seq_printf(m, "ok=0\nerror=%s\n",
			   run->status == -EINTR ? "interrupted" :
			   run->status == -ECANCELED ? "stopped" : "errno");
		seq_printf(m, "error.errno=%d\n", run->status);
		return;
	}
	seq_printf(m, "ok=0\nerror=%s\nerror.context=%s\n", error->check,
		   error->where);
	if (error->element)
		seq_printf(m, "error.element=0x%lx\n", error->element);
	seq_printf(m, "error.got=0x%llx\nerror.want=0x%llx\n", error->got,
		   error->want);
}

static void show_fact(struct seq_file *m, const char *fact, int value)
{
	if (value >= 0)
		seq_printf(m, "%s=%d\n", fact, value);
	else
		seq_printf(m, "%s=unknown\n", fact);
}

/* Print the current run, or the last one if none is going on.  Task context. */
void stress_run_show(struct seq_file *m)
{
	struct stress_run *run;

	mutex_lock(&last_lock);
	run = last_run;
	if (!run)
		goto unlock;

	if (run->state == STRESS_RUNNING)
		seq_puts(m, "running=1\n");
	else if (run->status)
		show_error(m, run);
	else
		seq_puts(m, "ok=1\n");
	seq_printf(m, "scenario=%s\n", run->scenario->name);
	if (*run->params.pool)
		seq_printf(m, "pool=%s\n", run->params.pool);
	seq_printf(m, "seed=%u\nelapsed_ms=%lld\n", run->params.seed,
		   stress_elapsed_ms(run));
	if (*run->params.pool && run->state == STRESS_OVER) {
		show_fact(m, "outstanding.before", run->outstanding_before);
		show_fact(m, "outstanding.after", run->outstanding_after);
		show_fact(m, "peak", run->peak);
		show_fact(m, "max", run->max);
	}
	run->scenario->show(m, run);
unlock:
	mutex_unlock(&last_lock);
}

/* At module exit: free the last run. */
void stress_run_forget(void)
{
	run_publish(NULL);
}

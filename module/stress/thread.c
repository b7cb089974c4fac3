// SPDX-License-Identifier: GPL-2.0
/*
 * Kernel threads that live as long as a run.
 *
 * Answers for: threads that are created before a run starts, so that starting
 * it allocates nothing, and that stay until the run has stopped them.  No
 * locks.  Called in task context by the writer of "run".
 */
#include "stress.h"

#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/minmax.h>
#include <linux/sched.h>

static int thread_main(void *data)
{
	struct stress_thread *thread = data;

	thread->work(thread);
	WRITE_ONCE(thread->ended, true);

	/* kthread_stop() needs the thread alive. */
	for (;;) {
		set_current_state(TASK_IDLE);
		if (kthread_should_stop())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

/* CPUs that the run may use, and that are online. */
unsigned int stress_nr_cpus(const struct stress_run *run)
{
	unsigned int cpu, nr = 0;

	for_each_cpu_and(cpu, &run->cpus, cpu_online_mask)
		nr++;
	return max(nr, 1U);
}

/* The n-th of them, modulo their number. */
int stress_spread(const struct stress_run *run, unsigned int n)
{
	unsigned int cpu, i = 0;

	n %= stress_nr_cpus(run);
	for_each_cpu_and(cpu, &run->cpus, cpu_online_mask) {
		if (i++ == n)
			return cpu;
	}
	return cpumask_first(cpu_online_mask);
}

/* Make a thread that waits for stress_thread_start(). */
int stress_thread_create(struct stress_thread *thread, struct stress_run *run,
			 void (*work)(struct stress_thread *thread),
			 void *data, unsigned int index, int cpu,
			 const char *name)
{
	struct task_struct *task;

	thread->run = run;
	thread->work = work;
	thread->data = data;
	thread->index = index;
	thread->cpu = cpu;
	task = kthread_create(thread_main, thread, "rsvpool_%s/%u", name,
			      index);
	if (IS_ERR(task))
		return PTR_ERR(task);
	thread->task = task;
	stress_thread_bind(thread);
	return 0;
}

void stress_thread_start(struct stress_thread *thread)
{
	thread->started = true;
	wake_up_process(thread->task);
}

/*
 * Bind a thread to its CPU, again after that was offline: the scheduler lets a
 * thread run anywhere when its last CPU goes offline.  The thread does no harm
 * on another CPU, so failure does not matter.
 */
void stress_thread_bind(struct stress_thread *thread)
{
	if (thread->cpu >= 0 && cpu_online(thread->cpu))
		set_cpus_allowed_ptr(thread->task, cpumask_of(thread->cpu));
}

/* Wait until the work of those that were started has returned. */
void stress_threads_join(struct stress_thread *threads, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		while (threads[i].started && !READ_ONCE(threads[i].ended))
			usleep_range(1000, 2000);
	}
}

/*
 * End some threads, started or not.  First wait until all have seen that the
 * run is stopping: so they may use each other until their work returns.
 */
void stress_threads_destroy(struct stress_thread *threads, unsigned int nr)
{
	unsigned int i;

	stress_threads_join(threads, nr);
	for (i = 0; i < nr; i++)
		kthread_stop(threads[i].task);
}

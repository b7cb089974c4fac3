// SPDX-License-Identifier: GPL-2.0
/*
 * Kernel threads that live as long as a run.
 *
 * Answers for: threads that are created before a run starts, so that starting
 * them allocates nothing, and that exist until the run destroys them.  No
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

	/* kthread_stop() needs a thread that has not exited. */
	for (;;) {
		set_current_state(TASK_IDLE);
		if (kthread_should_stop())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

/* How many CPUs are online and may be used by the run; at least 1. */
unsigned int stress_nr_cpus(const struct stress_run *run)
{
	unsigned int cpu, nr = 0;

	for_each_cpu_and(cpu, &run->cpus, cpu_online_mask)
		nr++;
	return max(nr, 1U);
}

/* The n-th of these CPUs, modulo their number. */
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

/* Create a thread that waits for stress_thread_start(). */
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
 * Bind a thread to its CPU; also again after the CPU was offline, as the
 * scheduler lets a thread run on all CPUs when its last CPU goes offline.  The
 * thread may run on another CPU, so failure is ignored.
 */
void stress_thread_bind(struct stress_thread *thread)
{
	if (thread->cpu >= 0 && cpu_online(thread->cpu))
		set_cpus_allowed_ptr(thread->task, cpumask_of(thread->cpu));
}

/* Wait until the work of all started threads has returned. */
void stress_threads_join(struct stress_thread *threads, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		while (threads[i].started && !READ_ONCE(threads[i].ended))
			usleep_range(1000, 2000);
	}
}

/*
 * Stop threads, started or not; their work must be about to return.  First wait
 * until the work of all has returned: until then, one may wake another.
 */
void stress_threads_destroy(struct stress_thread *threads, unsigned int nr)
{
	unsigned int i;

	stress_threads_join(threads, nr);
	for (i = 0; i < nr; i++)
		kthread_stop(threads[i].task);
}

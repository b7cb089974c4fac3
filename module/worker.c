// SPDX-License-Identifier: GPL-2.0
/*
 * Runs the refill.  Pools share a workqueue: unbound, WQ_MEM_RECLAIM, and the
 * administrator sets its CPUs (WQ_SYSFS).  A pool with refill_thread=1 has a
 * kthread of its own instead, whose priority and CPUs are settings of the pool.
 * refill_run() (refill.c) does the work; pool->refill_state (kick.c) decides
 * when.
 *
 * A thread with real-time priority refills even if real-time tasks leave the
 * workqueue no time.  So it depends on no task that they starve.  The pool's hard
 * irq_work wakes it.  A hard hrtimer ends its back-off; the timers of delayed work
 * would expire in a softirq, on PREEMPT_RT in a thread.  Both only queue a
 * kthread_work, under a raw lock that is a leaf except for the wakeup.  The thread
 * arms the timer, so it expires on one of the thread's CPUs; or, if these do no
 * housekeeping, on the CPU to which the kernel moves an unpinned timer.
 *
 * PF_MEMALLOC is never set, and source_gfp() asks without direct reclaim, because
 * there the page allocator opens its reserves to real-time tasks.
 *
 * thread->lock, a mutex, protects thread->cpus and the task's affinity.  Setting
 * the affinity waits while the thread has migration disabled.  So hotplug callbacks
 * only queue a work item that sets it.
 */
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/hrtimer.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/sched/prio.h>
#include <linux/slab.h>
#include <uapi/linux/sched/types.h>

#include "internal.h"
#include "kick.h"
#include "refill.h"
#include "text.h"
#include "worker.h"

/*
 * A pool's own thread.
 *
 * @worker: the kthread, and its queue, which is empty or has @work
 * @timer: ends a back-off by queueing @work; a hard timer
 * @prio: SCHED_FIFO priority; 0 is SCHED_NORMAL with nice -20, as the workqueue's
 *	workers have.  Under the settings mutex
 * @rebind: sets the thread's affinity again after CPU hotplug
 * @cpus: the CPUs that it should run on, online or not
 * @cpus_set: an administrator chose @cpus; otherwise isolated CPUs are left out
 * @scratch: for thread_bind()
 */
struct rsvpool_thread {
	struct rsvpool *pool;
	struct kthread_worker *worker;
	struct kthread_work work;
	struct hrtimer timer;
	unsigned int prio;
	struct work_struct rebind;
	struct mutex lock;	/* of cpus, cpus_set and scratch */
	cpumask_var_t cpus;
	bool cpus_set;
	cpumask_var_t scratch;
};

static struct workqueue_struct *refill_wq;

static void work_fn(struct work_struct *work)
{
	refill_run(container_of(to_delayed_work(work), struct rsvpool,
				refill));
}

static void thread_fn(struct kthread_work *work)
{
	struct rsvpool_thread *thread = container_of(work,
						     struct rsvpool_thread,
						     work);

	/* It may have been backing off: this run may start the timer again. */
	hrtimer_cancel(&thread->timer);
	refill_run(thread->pool);
}

static enum hrtimer_restart thread_timer_fn(struct hrtimer *timer)
{
	struct rsvpool_thread *thread = container_of(timer,
						     struct rsvpool_thread,
						     timer);

	kthread_queue_work(thread->worker, &thread->work);
	return HRTIMER_NORESTART;
}

/**
 * worker_wake - run the worker at once, even if it is backing off
 * @pool: the pool
 *
 * If it is running, it runs once more afterwards.
 *
 * Context: Hardirq, only from the pool's irq_work.
 */
void worker_wake(struct rsvpool *pool)
{
	struct rsvpool_thread *thread = pool->thread;

	if (thread)
		kthread_queue_work(thread->worker, &thread->work);
	else
		mod_delayed_work(refill_wq, &pool->refill, 0);
}

/**
 * worker_wake_after - run the worker after a delay, if nothing runs it before
 * @pool: the pool
 * @delay: in jiffies
 *
 * Context: The worker itself.
 */
void worker_wake_after(struct rsvpool *pool, unsigned long delay)
{
	struct rsvpool_thread *thread = pool->thread;

	if (!thread) {
		queue_delayed_work(refill_wq, &pool->refill, delay);
		return;
	}
	/* See worker_cancel_sync(). */
	if (atomic_read(&pool->refill_state) != REFILL_STOPPED)
		hrtimer_start(&thread->timer,
			      ns_to_ktime(jiffies_to_nsecs(delay)),
			      HRTIMER_MODE_REL_HARD);
}

/**
 * worker_cancel_sync - stop the worker and its timer; wait for a run in progress
 * @pool: the pool, in REFILL_STOPPED; its irq_work may still wake the worker
 *
 * A run in progress may not have seen REFILL_STOPPED, and may arm the timer: the
 * first cancel waits for that run.  The timer may queue another run before it is
 * cancelled.  That run is queued after the first cancel had the worker's lock, so
 * it sees REFILL_STOPPED and arms no timer: it is the last one.
 *
 * Context: Task, may sleep; not the worker itself.
 */
void worker_cancel_sync(struct rsvpool *pool)
{
	struct rsvpool_thread *thread = pool->thread;

	if (!thread) {
		cancel_delayed_work_sync(&pool->refill);
		return;
	}
	kthread_cancel_work_sync(&thread->work);
	hrtimer_cancel(&thread->timer);
	kthread_cancel_work_sync(&thread->work);
}

/**
 * worker_runs - may the worker hold elements now?
 * @pool: the pool
 *
 * Context: Any.
 * Return: whether it is running; a queued run holds no elements.
 */
bool worker_runs(struct rsvpool *pool)
{
	struct rsvpool_thread *thread = pool->thread;

	if (thread)
		return READ_ONCE(thread->worker->current_work) == &thread->work;
	return work_busy(&pool->refill.work) & WORK_BUSY_RUNNING;
}

/* Queues work that sleepers may depend on; the workqueue has a rescuer. */
void worker_queue(struct work_struct *work)
{
	queue_work(refill_wq, work);
}

/* The same, after a grace period. */
void worker_queue_rcu(struct rcu_work *work)
{
	queue_rcu_work(refill_wq, work);
}

void worker_setup(struct rsvpool *pool)
{
	INIT_DELAYED_WORK(&pool->refill, work_fn);
}

/* A thread's default CPUs: those that are not isolated now; if none, all. */
static void housekeeping_cpus(struct cpumask *cpus)
{
	unsigned int cpu;

	cpumask_clear(cpus);
	for_each_possible_cpu(cpu)
		if (!rsvpool_cpu_isolated(cpu))
			cpumask_set_cpu(cpu, cpus);
	if (cpumask_empty(cpus))
		cpumask_copy(cpus, cpu_possible_mask);
}

/*
 * Sets the thread's affinity to @cpus.  Unless an administrator has set them,
 * leaves out those that are isolated now.  While none of @cpus is online, sets
 * it to the housekeeping CPUs.  If none of these is online either, the
 * scheduler's choice stays.  Lock held.
 */
static void thread_bind(struct rsvpool_thread *thread)
{
	struct task_struct *task = thread->worker->task;

	housekeeping_cpus(thread->scratch);
	if (!thread->cpus_set &&
	    cpumask_and(thread->scratch, thread->scratch, thread->cpus) &&
	    !set_cpus_allowed_ptr(task, thread->scratch))
		return;
	if (!set_cpus_allowed_ptr(task, thread->cpus))
		return;
	housekeeping_cpus(thread->scratch);
	set_cpus_allowed_ptr(task, thread->scratch);
}

static void rebind_fn(struct work_struct *work)
{
	struct rsvpool_thread *thread = container_of(work,
						     struct rsvpool_thread,
						     rebind);

	mutex_lock(&thread->lock);
	thread_bind(thread);
	mutex_unlock(&thread->lock);
}

static int thread_set_prio(struct rsvpool_thread *thread, unsigned int prio)
{
	struct sched_attr attr = {
		.size = sizeof(attr),
		.sched_policy = prio ? SCHED_FIFO : SCHED_NORMAL,
		.sched_priority = prio,
		.sched_nice = prio ? 0 : MIN_NICE,
	};
	int err = sched_setattr_nocheck(thread->worker->task, &attr);

	if (!err)
		WRITE_ONCE(thread->prio, prio);
	return err;
}

/**
 * worker_thread_create - give a pool a thread of its own
 * @pool: the pool, before it is published
 *
 * The thread is idle until the pool's irq_work queues its work.
 *
 * Context: Task, may sleep.
 * Return: 0; -ENOMEM, -EINTR if the task was killed meanwhile, or the
 * scheduler's errno.
 */
int worker_thread_create(struct rsvpool *pool)
{
	struct rsvpool_thread *thread;
	int err = -ENOMEM;

	thread = kzalloc(sizeof(*thread), GFP_KERNEL);
	if (!thread)
		return -ENOMEM;
	if (!zalloc_cpumask_var(&thread->cpus, GFP_KERNEL))
		goto out_thread;
	if (!zalloc_cpumask_var(&thread->scratch, GFP_KERNEL))
		goto out_cpus;
	thread->pool = pool;
	mutex_init(&thread->lock);
	INIT_WORK(&thread->rebind, rebind_fn);
	kthread_init_work(&thread->work, thread_fn);
	hrtimer_setup(&thread->timer, thread_timer_fn, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_HARD);
	thread->worker = kthread_create_worker(0, "rsvpool/%s", pool->name);
	if (IS_ERR(thread->worker)) {
		err = PTR_ERR(thread->worker);
		goto out_scratch;
	}
	err = thread_set_prio(thread, 0);
	if (err)
		goto out_worker;
	housekeeping_cpus(thread->cpus);
	/*
	 * On newer kernels a kthread sets its affinity itself when it first
	 * runs, which is when it gets its first work.  So make it run now,
	 * before thread_bind().
	 */
	kthread_flush_worker(thread->worker);
	mutex_lock(&thread->lock);
	thread_bind(thread);
	mutex_unlock(&thread->lock);
	pool->thread = thread;
	pool->metadata_bytes += sizeof(*thread) + sizeof(*thread->worker) +
				2 * cpumask_size() + sizeof(struct task_struct) +
				THREAD_SIZE;
	return 0;

out_worker:
	kthread_destroy_worker(thread->worker);
out_scratch:
	free_cpumask_var(thread->scratch);
out_cpus:
	free_cpumask_var(thread->cpus);
out_thread:
	kfree(thread);
	return err;
}

/* After worker_cancel_sync(), when nothing can wake the worker any more. */
void worker_thread_destroy(struct rsvpool *pool)
{
	struct rsvpool_thread *thread = pool->thread;

	if (!thread)
		return;
	cancel_work_sync(&thread->rebind);
	pool->thread = NULL;
	kthread_destroy_worker(thread->worker);
	free_cpumask_var(thread->scratch);
	free_cpumask_var(thread->cpus);
	kfree(thread);
}

/* Refuses a setting that only a pool with a thread has. */
static bool has_thread(struct rsvpool *pool, const char *key)
{
	if (!pool->thread)
		pool_refuse(pool->name, key,
			    "needs a pool created with refill_thread=1");
	return pool->thread;
}

/**
 * worker_set_prio - set the priority of a pool's thread
 * @pool: the pool; settings mutex held
 * @prio: SCHED_FIFO priority, 0 to RSVPOOL_REFILL_PRIO_MAX; 0 is SCHED_NORMAL
 *
 * Context: Task, may sleep.
 * Return: 0; -EINVAL without a thread, or the scheduler's errno.
 */
int worker_set_prio(struct rsvpool *pool, unsigned int prio)
{
	int err;

	if (!has_thread(pool, "refill_prio"))
		return -EINVAL;
	err = thread_set_prio(pool->thread, prio);
	if (err)
		pool_refuse(pool->name, "refill_prio",
			    "%u is not accepted by the scheduler (%d)", prio,
			    err);
	return err;
}

/**
 * worker_parse_cpus - parse a list of CPUs for a thread
 * @pool: the pool; settings mutex held
 * @list: such as "0,2-3"; the present list is always accepted
 * @cpus: where to put them
 *
 * Context: Task.
 * Return: 0; -EINVAL without a thread, for text that is no list, or if no CPU in
 * it is online; -ERANGE for a CPU that does not exist.
 */
int worker_parse_cpus(struct rsvpool *pool, const char *list,
		      struct cpumask *cpus)
{
	int err;

	if (!has_thread(pool, "refill_cpus"))
		return -EINVAL;
	err = cpulist_parse(list, cpus);
	if (!err && !cpumask_subset(cpus, cpu_possible_mask))
		err = -ERANGE;
	if (err) {
		pool_refuse(pool->name, "refill_cpus",
			    "'%*pE' is not a list of CPUs in %*pbl",
			    text_shown(list), list,
			    cpumask_pr_args(cpu_possible_mask));
		return err == -ERANGE ? -ERANGE : -EINVAL;
	}
	/* The present list may be written back at any time. */
	if (!cpumask_equal(cpus, pool->thread->cpus) &&
	    !cpumask_intersects(cpus, cpu_online_mask)) {
		pool_refuse(pool->name, "refill_cpus",
			    "'%*pE': none of these CPUs is online",
			    text_shown(list), list);
		return -EINVAL;
	}
	return 0;
}

/**
 * worker_set_cpus - set where a pool's thread runs
 * @pool: a pool with a thread; settings mutex held
 * @cpus: from worker_parse_cpus()
 *
 * If all of them are offline now or later, the thread runs on other CPUs until one
 * is online again.
 *
 * Context: Task, may sleep.
 */
void worker_set_cpus(struct rsvpool *pool, const struct cpumask *cpus)
{
	struct rsvpool_thread *thread = pool->thread;

	mutex_lock(&thread->lock);
	/* Writing the present list back is no choice of an administrator. */
	if (!cpumask_equal(thread->cpus, cpus))
		thread->cpus_set = true;
	cpumask_copy(thread->cpus, cpus);
	thread_bind(thread);
	mutex_unlock(&thread->lock);
}

/* The priority of the thread; 0 if there is no thread. */
unsigned int worker_prio(const struct rsvpool *pool)
{
	return pool->thread ? READ_ONCE(pool->thread->prio) : 0;
}

/* The CPUs that a thread should run on, or NULL.  Settings mutex held. */
const struct cpumask *worker_cpus(const struct rsvpool *pool)
{
	return pool->thread ? pool->thread->cpus : NULL;
}

/* The pid of the thread, or 0. */
pid_t worker_pid(const struct rsvpool *pool)
{
	return pool->thread ? task_pid_nr(pool->thread->worker->task) : 0;
}

/* A thread's CPUs, for callers without the settings mutex. */
void worker_copy_cpus(struct rsvpool *pool, struct cpumask *to)
{
	mutex_lock(&pool->thread->lock);
	cpumask_copy(to, pool->thread->cpus);
	mutex_unlock(&pool->thread->lock);
}

/**
 * worker_rebind - set a thread's affinity again after CPU hotplug
 * @pool: the pool
 *
 * When the last of a task's CPUs goes offline, the scheduler lets the task run on
 * any CPU, isolated ones included, and does not change this back.  A work item
 * does.
 *
 * Context: Task; waits for nothing.  The caller has a reference on the pool.
 */
void worker_rebind(struct rsvpool *pool)
{
	if (pool->thread)
		worker_queue(&pool->thread->rebind);
}

int worker_init(void)
{
	refill_wq = alloc_workqueue("rsvpool", WQ_UNBOUND | WQ_MEM_RECLAIM |
				    WQ_HIGHPRI | WQ_SYSFS, 0);
	return refill_wq ? 0 : -ENOMEM;
}

void worker_exit(void)
{
	destroy_workqueue(refill_wq);
}

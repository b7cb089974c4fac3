// SPDX-License-Identifier: GPL-2.0
/*
 * Who refills: the workqueue that pools share, unbound and WQ_MEM_RECLAIM,
 * whose CPUs are the administrator's (WQ_SYSFS); or, with refill_thread=1, a
 * kthread of the pool's own, whose priority and CPUs are settings of the pool.
 * What is done is refill_run()'s matter (refill.c), and when, by the states
 * there.
 *
 * A thread of a real-time priority is to refill while real-time tasks leave the
 * workqueue no time.  So it depends on none that they starve: it is woken by the
 * pool's hard irq_work, and comes back from a back-off by a hard hrtimer, where
 * the timers of delayed work expire in a softirq, on PREEMPT_RT in a thread.
 * Both only queue a kthread_work, under a raw lock that is a leaf but for the
 * wakeup.  The timer is armed by the thread, hence on its CPUs, or, where these
 * do no housekeeping, wherever the kernel sends an unpinned timer.
 *
 * PF_MEMALLOC is never set, and source_gfp() asks without direct reclaim, which
 * is where the page allocator would open its reserves to a real-time task.
 *
 * thread->lock, a mutex, protects thread->cpus together with the task's
 * affinity.  Setting that waits for the thread where it must not be migrated, so
 * a CPU's coming and going only queues work that does it.
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
#include "worker.h"

/*
 * A pool's own thread.
 *
 * @worker: the kthread, and what is queued for it: @work, or nothing
 * @timer: queues @work when the source may have something again; hard
 * @prio: SCHED_FIFO priority; 0 is SCHED_NORMAL, at the best nice value, which
 *	the workqueue's have, too.  Under the settings mutex
 * @rebind: has it run there again after CPUs have come or gone
 * @cpus: where it is to run, whether these are online or not
 * @cpus_set: an administrator has said so; else isolated ones are left out
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

	/* Woken while it was backing off: this run sets the next date. */
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
 * worker_wake - have the worker run at once, backing off or not
 * @pool: the pool
 *
 * While it runs: once more after that.
 *
 * Context: Hardirq, from the pool's irq_work alone.
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
 * worker_wake_after - have the worker run later, unless it is to run anyway
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
 * worker_cancel_sync - the worker does not run any more, and no timer will start it
 * @pool: the pool, in REFILL_STOPPED; its irq_work may still wake the worker
 *
 * A run that is under way may not have seen REFILL_STOPPED, and arm the timer;
 * the first wait is for that one.  What the timer queues before it is cancelled
 * is queued after that wait had the worker's lock, so that run does see it, arms
 * nothing, and is the last.
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
 * worker_runs - may the worker have elements in its hands just now?
 * @pool: the pool
 *
 * Context: Any.
 * Return: whether it is running; one that is only to run has none.
 */
bool worker_runs(struct rsvpool *pool)
{
	struct rsvpool_thread *thread = pool->thread;

	if (thread)
		return READ_ONCE(thread->worker->current_work) == &thread->work;
	return work_busy(&pool->refill.work) & WORK_BUSY_RUNNING;
}

/* Work that sleepers may depend on: on a workqueue that has a rescuer. */
void worker_queue(struct work_struct *work)
{
	queue_work(refill_wq, work);
}

/* And such that waits for a grace period first. */
void worker_queue_rcu(struct rcu_work *work)
{
	queue_rcu_work(refill_wq, work);
}

void worker_setup(struct rsvpool *pool)
{
	INIT_DELAYED_WORK(&pool->refill, work_fn);
}

/* CPUs that a thread runs on unless told otherwise: none is isolated now. */
static void housekeeping(struct cpumask *cpus)
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
 * Its CPUs; but for those that have been isolated meanwhile, unless they were
 * set; or, while none of them is online, those that do housekeeping.  If none is
 * online, the scheduler has found it some other.  Lock held.
 */
static void thread_bind(struct rsvpool_thread *thread)
{
	struct task_struct *task = thread->worker->task;

	housekeeping(thread->scratch);
	if (!thread->cpus_set &&
	    cpumask_and(thread->scratch, thread->scratch, thread->cpus) &&
	    !set_cpus_allowed_ptr(task, thread->scratch))
		return;
	if (!set_cpus_allowed_ptr(task, thread->cpus))
		return;
	housekeeping(thread->scratch);
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
 * The thread has no work until the pool's irq_work queues some.
 *
 * Context: Task, may sleep.
 * Return: 0; -ENOMEM, or -EINTR if the task was killed meanwhile.
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
	housekeeping(thread->cpus);
	/*
	 * From 6.13 on a thread has its affinity set when it first runs, which it
	 * does not before it has work: that must not come after ours.
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

/* After worker_cancel_sync(), with nothing left that could wake it. */
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

/* Refuses what only a thread has. */
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
 * Return: 0; -EINVAL without a thread, or what the scheduler says.
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
 * worker_parse_cpus - read a list of CPUs that a thread could run on
 * @pool: the pool
 * @list: such as "0,2-3"; what it is at the moment is always good
 * @cpus: where to put them
 *
 * Context: Task.
 * Return: 0; -EINVAL without a thread, for what is no list or has no CPU that
 * is online, -ERANGE for CPUs that there are none of.
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
			    "must be a list of CPUs in %*pbl",
			    cpumask_pr_args(cpu_possible_mask));
		return err == -ERANGE ? -ERANGE : -EINVAL;
	}
	/* What it is may be written back at any time. */
	if (!cpumask_equal(cpus, pool->thread->cpus) &&
	    !cpumask_intersects(cpus, cpu_online_mask)) {
		pool_refuse(pool->name, "refill_cpus", "none of it is online");
		return -EINVAL;
	}
	return 0;
}

/**
 * worker_set_cpus - set where a pool's thread runs
 * @pool: a pool with a thread; settings mutex held
 * @cpus: from worker_parse_cpus()
 *
 * If the last of them has gone meanwhile the thread runs elsewhere until one
 * comes back, as when that happens later.
 *
 * Context: Task, may sleep.
 */
void worker_set_cpus(struct rsvpool *pool, const struct cpumask *cpus)
{
	struct rsvpool_thread *thread = pool->thread;

	mutex_lock(&thread->lock);
	/* What it is may be written back: that sets nothing. */
	if (!cpumask_equal(thread->cpus, cpus))
		thread->cpus_set = true;
	cpumask_copy(thread->cpus, cpus);
	thread_bind(thread);
	mutex_unlock(&thread->lock);
}

/* The priority of the thread; 0 also if there is none. */
unsigned int worker_prio(const struct rsvpool *pool)
{
	return pool->thread ? READ_ONCE(pool->thread->prio) : 0;
}

/* Where it is to run; NULL if there is no thread. */
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
 * worker_rebind - CPUs have come or gone: to those that the thread is to run on
 * @pool: the pool
 *
 * The scheduler lets a task run anywhere, isolated CPUs included, when the last
 * of its CPUs goes, and leaves it so.  The thread is there soon after.
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

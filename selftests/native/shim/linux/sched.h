/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Contexts, tasks, time.
 */
#ifndef _NATIVE_SCHED_H
#define _NATIVE_SCHED_H

#define TASK_COMM_LEN		16
#define TASK_RUNNING		0
#define TASK_INTERRUPTIBLE	1
#define TASK_UNINTERRUPTIBLE	2
#define TASK_KILLABLE		4
#define MAX_RT_PRIO		100
#define DEFAULT_PRIO		120
#define MAX_SCHEDULE_TIMEOUT	LONG_MAX
#define HZ			250

struct task_struct {
	int prio;
	pid_t pid;
	char comm[TASK_COMM_LEN];
	unsigned int state;
	bool woken;
	bool killed;
};

/*
 * Where the code that runs believes to be, and what it has forbidden.
 * @sleep: what a task that sleeps does; it returns when the task runs again
 */
struct native {
	int cpu;
	int preempt;
	bool irqs_off;
	bool in_irq;
	bool in_nmi;
	int locks;
	int rcu;
	unsigned int noio;
	unsigned int nofs;
	unsigned long now;		/* jiffies */
	struct task_struct *task;
	void (*sleep)(long timeout);
};

extern struct native native;

#define current			(native.task)
#define jiffies			(native.now)
#define task_pid_nr(t)		((t)->pid)

#define in_nmi()		(native.in_nmi)
#define in_hardirq()		(native.in_irq)
#define in_serving_softirq()	(false)
#define in_task()		(!native.in_nmi && !native.in_irq)
#define in_interrupt()		(!in_task())
#define irqs_disabled()		(native.irqs_off)
#define preemptible()		(!native.preempt && !native.irqs_off)

#define preempt_disable()	do { native.preempt++; barrier(); } while (0)
#define preempt_enable()	do { barrier(); native.preempt--; } while (0)
#define preempt_disable_notrace()	preempt_disable()
#define preempt_enable_notrace()	preempt_enable()
#define local_irq_disable()	(native.irqs_off = true)
#define local_irq_enable()	(native.irqs_off = false)
#define local_irq_save(flags) do {					\
	(flags) = native.irqs_off;					\
	native.irqs_off = true;						\
	barrier();							\
} while (0)
#define local_irq_restore(flags) do {					\
	barrier();							\
	native.irqs_off = (flags);					\
} while (0)

/* A task that may sleep, or a mistake. */
#define might_sleep()		\
	BUG_ON(!in_task() || native.preempt || native.irqs_off || native.locks)
#define might_sleep_if(may) do {						\
	if (may)							\
		might_sleep();						\
} while (0)
#define might_alloc(gfp) do {						\
	if (gfpflags_allow_blocking(gfp))				\
		might_sleep();						\
} while (0)
#define cond_resched()		might_sleep()

#define __set_current_state(s)	((void)(current->state = (s)))
#define set_current_state(s)	__set_current_state(s)
#define signal_pending_state(s, t)	\
	((t)->killed && ((s) & (TASK_INTERRUPTIBLE | TASK_KILLABLE)))
#define fatal_signal_pending(t)	((t)->killed)
#define signal_pending(t)	((t)->killed)

/* The test's, if it wants to know. */
void native_woke(struct task_struct *task);

static inline int wake_up_process(struct task_struct *task)
{
	task->woken = true;
	native_woke(task);
	return 1;
}

/* Jiffies that are left; time passes only as the test says. */
long schedule_timeout(long timeout);
#define schedule_timeout_killable(t)		schedule_timeout(t)
#define schedule_timeout_uninterruptible(t)	schedule_timeout(t)

/* Scopes: of no effect, but each has its end. */
static inline unsigned int memalloc_noio_save(void)
{
	return native.noio++;
}

static inline void memalloc_noio_restore(unsigned int was)
{
	native.noio = was;
}

static inline unsigned int memalloc_nofs_save(void)
{
	return native.nofs++;
}

static inline void memalloc_nofs_restore(unsigned int was)
{
	native.nofs = was;
}

#define current_gfp_context(gfp)	(gfp)

#define time_after(a, b)	((long)((b) - (a)) < 0)
#define time_before(a, b)	time_after(b, a)
#define time_after_eq(a, b)	(!time_before(a, b))
#define msecs_to_jiffies(ms)	DIV_ROUND_UP((unsigned long)(ms) * HZ, 1000)
#define jiffies_to_nsecs(j)	((u64)(j) * (1000000000 / HZ))
#define jiffies_to_usecs(j)	((unsigned int)((j) * (1000000 / HZ)))
#define jiffies_to_msecs(j)	((unsigned int)((j) * (1000 / HZ)))

static inline u64 ktime_get_mono_fast_ns(void)
{
	return native.now * (1000000000ULL / HZ);
}

/* Readers and grace periods: one thread, so none is ever waited for. */
#define rcu_read_lock()		((void)native.rcu++)
#define rcu_read_unlock()	((void)native.rcu--)
#define synchronize_rcu() do {						\
	might_sleep();							\
	BUG_ON(native.rcu);						\
} while (0)
#define synchronize_rcu_expedited()	synchronize_rcu()
#define rcu_barrier()		synchronize_rcu()
#define rcu_dereference(p)	READ_ONCE(p)
#define rcu_assign_pointer(p, v)	smp_store_release(&(p), v)

/* Timers: declared, for compat.h. */
struct hrtimer {
	int (*function)(struct hrtimer *timer);
};

enum hrtimer_restart { HRTIMER_NORESTART, HRTIMER_RESTART };
enum hrtimer_mode { HRTIMER_MODE_ABS, HRTIMER_MODE_REL };

#endif /* _NATIVE_SCHED_H */

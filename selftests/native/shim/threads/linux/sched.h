/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Contexts, tasks and time where CPUs are threads: see threads.h.
 *
 * Each thread is a CPU that runs one task.  Interrupts off is a flag: an interrupt
 * that comes meanwhile is noted, and taken when they are on again.  NMIs have no
 * such flag.
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

/* @state: what a sleeper's futex is on. */
struct task_struct {
	int prio;
	pid_t pid;
	char comm[TASK_COMM_LEN];
	unsigned int state;
	bool killed;
};

/*
 * What a CPU believes of itself; only that thread reads and writes it.
 * @pending: an interrupt has come while they were off
 */
struct native {
	int cpu;
	int preempt;
	bool irqs_off;
	bool pending;
	bool in_irq;
	bool in_nmi;
	int locks;
	int rcu;
	struct task_struct *task;
};

extern __thread struct native native;

/* Interrupts are on again, and one is pending. */
void native_deliver(void);

unsigned long native_jiffies(void);
u64 native_ns(void);

#define current			(native.task)
#define jiffies			native_jiffies()
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
#define local_irq_disable() do {					\
	native.irqs_off = true;						\
	barrier();							\
} while (0)
#define local_irq_restore(flags) do {					\
	barrier();							\
	native.irqs_off = (flags);					\
	barrier();							\
	if (unlikely(native.pending) && !native.irqs_off)		\
		native_deliver();					\
} while (0)
#define local_irq_enable()	local_irq_restore(false)
/*
 * To measure: the processor's flags saved and restored, as the kernel does; but
 * interrupts are not off, which only the kernel may do.
 */
#ifdef NATIVE_BENCH
#undef local_irq_restore
#undef local_irq_enable
#define local_irq_enable()	((void)(native.irqs_off = false))
#define local_irq_restore(flags)					\
	__asm__ __volatile__("pushq %0; popfq" : : "rm" ((u64)(flags))	\
			     : "memory", "cc")
#define local_irq_save(flags) do {					\
	u64 __flags;							\
									\
	__asm__ __volatile__("pushfq; popq %0" : "=rm" (__flags)		\
			     : : "memory");				\
	(flags) = __flags;						\
} while (0)
#else
#define local_irq_save(flags) do {					\
	(flags) = native.irqs_off;					\
	native.irqs_off = true;						\
	barrier();							\
} while (0)
#endif

/* A task that may sleep, or a mistake. */
#define might_sleep()		\
	BUG_ON(!in_task() || native.preempt || native.irqs_off || native.locks)
#define might_alloc(gfp) do {						\
	if (gfpflags_allow_blocking(gfp))				\
		might_sleep();						\
} while (0)
#define cond_resched()		do { might_sleep(); native_quiescent(); } while (0)

#define __set_current_state(s)	WRITE_ONCE(current->state, s)
#define set_current_state(s)	((void)xchg(&current->state, s))
#define signal_pending_state(s, t)	\
	(READ_ONCE((t)->killed) &&	\
	 ((s) & (TASK_INTERRUPTIBLE | TASK_KILLABLE)))
#define fatal_signal_pending(t)	READ_ONCE((t)->killed)
#define signal_pending(t)	READ_ONCE((t)->killed)

int wake_up_process(struct task_struct *task);
long schedule_timeout(long timeout);

static inline long schedule_timeout_killable(long timeout)
{
	__set_current_state(TASK_KILLABLE);
	return schedule_timeout(timeout);
}

static inline long schedule_timeout_uninterruptible(long timeout)
{
	__set_current_state(TASK_UNINTERRUPTIBLE);
	return schedule_timeout(timeout);
}

#define time_after(a, b)	((long)((b) - (a)) < 0)
#define time_before(a, b)	time_after(b, a)
#define time_after_eq(a, b)	(!time_before(a, b))
#define msecs_to_jiffies(ms)	DIV_ROUND_UP((unsigned long)(ms) * HZ, 1000)
#define jiffies_to_nsecs(j)	((u64)(j) * (1000000000 / HZ))
#define jiffies_to_usecs(j)	((unsigned int)((j) * (1000000 / HZ)))
#define jiffies_to_msecs(j)	((unsigned int)((j) * (1000 / HZ)))

#define ktime_get_mono_fast_ns()	jiffies_to_nsecs(native_jiffies())

/*
 * Readers and grace periods.  A thread that is not in an extended quiescent state
 * is a reader, preemption off or not; native_quiescent() says that it is none
 * just now.
 */
void native_quiescent(void);
void native_synchronize_rcu(void);
#define rcu_read_lock()		((void)native.rcu++)
#define rcu_read_unlock()	((void)native.rcu--)
#define synchronize_rcu() do {						\
	might_sleep();							\
	BUG_ON(native.rcu);						\
	native_synchronize_rcu();					\
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

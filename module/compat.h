/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The only file of rsvpool.ko that knows a kernel version: what changed its
 * name or shape since 6.1, under its newest name.
 * (include/linux/rsvpool_mempool.h is built by third parties, who do not have
 * this file, and checks one version itself.)
 */
#ifndef _RSVPOOL_COMPAT_H
#define _RSVPOOL_COMPAT_H

#include <linux/gfp.h>
#include <linux/hrtimer.h>
#include <linux/percpu.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/isolation.h>
#include <linux/shrinker.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/version.h>
#include <linux/workqueue.h>

/*
 * this_cpu_try_cmpxchg() came with 6.7.  It saves a comparison, as the
 * instruction's flag is the answer.  This one is for 64 bits only, which is a
 * cache's word.
 */
#if !defined(this_cpu_try_cmpxchg) && IS_ENABLED(CONFIG_X86_64)
#define this_cpu_try_cmpxchg(pcp, ovalp, nval)				\
({									\
	typeof(ovalp) __ovalp = (ovalp);				\
	u64 __found = *__ovalp;						\
	bool __done;							\
									\
	BUILD_BUG_ON(sizeof(pcp) != sizeof(u64));			\
	asm volatile("cmpxchgq %[to], " __percpu_arg([var]) CC_SET(z)	\
		     : CC_OUT(z) (__done), [found] "+a" (__found),	\
		       [var] "+m" (pcp)					\
		     : [to] "r" ((u64)(nval))				\
		     : "memory");					\
	if (unlikely(!__done))						\
		*__ovalp = __found;					\
	likely(__done);							\
})
#elif !defined(this_cpu_try_cmpxchg)
#define this_cpu_try_cmpxchg(pcp, ovalp, nval)				\
({									\
	typeof(ovalp) __ovalp = (ovalp);				\
	typeof(*__ovalp) __old = *__ovalp;				\
	*__ovalp = this_cpu_cmpxchg(pcp, __old, nval);			\
	*__ovalp == __old;						\
})
#endif

/* The arguments of the tracepoint sched_process_exit: see Kbuild. */
#ifdef RSVPOOL_HAS_GROUP_DEAD
#define RSVPOOL_EXIT_ARGS	struct task_struct *task, bool group_dead
#else
#define RSVPOOL_EXIT_ARGS	struct task_struct *task
#endif

/*
 * Is an aligned 64-bit word other than 0?  With READ_ONCE() the compiler does
 * not compare memory, which costs one more instruction on the shortest path.
 * This instruction reads the word once and whole, as READ_ONCE() does.
 */
#if IS_ENABLED(CONFIG_X86_64)
#define rsvpool_read_nonzero(word)					\
({									\
	bool __nonzero;							\
									\
	BUILD_BUG_ON(sizeof(*(word)) != sizeof(u64));			\
	asm volatile("cmpq $0, %[mem]"					\
		     : "=@ccne" (__nonzero) : [mem] "m" (*(word)));	\
	__nonzero;							\
})
#else
#define rsvpool_read_nonzero(word)	(READ_ONCE(*(word)) != 0)
#endif

/* The name before 6.14. */
#ifndef alloc_pages_bulk_node
#define alloc_pages_bulk_node	alloc_pages_bulk_array_node
#endif

#define COPY_STEP	8U	/* elements that a loop copies in one round */

/*
 * memcpy() is a call, and on some machines a repeated instruction: for at most
 * 64 pointers this loop costs less.  READ_ONCE() keeps the compiler from making
 * it a memcpy().  A step loads four pointers before it stores them, so that a
 * machine may load two at once.
 */
static __always_inline void copy_elements(void **to, void **from,
					  unsigned int nr)
{
	void **most = from + (nr & ~(COPY_STEP - 1)), **end = from + nr;

	while (from != most) {
		void *a = from[0], *b = from[1], *c = from[2], *d = from[3];

		to[0] = a, to[1] = b, to[2] = c, to[3] = d;
		a = from[4], b = from[5], c = from[6], d = from[7];
		to[4] = a, to[5] = b, to[6] = c, to[7] = d;
		from += COPY_STEP;
		to += COPY_STEP;
	}
	while (from != end)
		*to++ = READ_ONCE(*from++);
}

/*
 * The owner's accesses to its own cache.  Preemption is off, but an interrupt
 * or NMI may access the cache between any two of them.  On x86 one instruction
 * finds this CPU's copy and accesses it, so this_cpu_read() and the like are
 * used.  Elsewhere each of these turns preemption off once more, so that the
 * CPU does not change between address and access.  Here it cannot change: the
 * address is computed once, and marked accesses are used.
 *
 * The compiler keeps the order of volatile accesses, and code that interrupts
 * this CPU sees them in that order.  No other CPU accesses the entries.  So
 * plain loads and stores of a machine word are enough, except for the commit.
 * The commit must fail if an interrupt has changed the word since the read, and
 * must itself not be interrupted.  cmpxchg64_local() is atomic against this
 * CPU; it orders nothing for other CPUs, which is not needed.
 */
#if !IS_ENABLED(CONFIG_X86) && IS_ENABLED(CONFIG_64BIT) &&		\
	IS_ENABLED(CONFIG_HAVE_CMPXCHG_LOCAL)
#define rsvpool_own			struct rsvpool_cpu
/* The type of an index of entries: widening it to an address costs nothing. */
#define own_index			unsigned int
#define own_cpu(pool)			raw_cpu_ptr((pool)->cpu)
#define own_read(field)			READ_ONCE(field)
#define own_read_flag(field)		(READ_ONCE(field) & 1)
#define own_write(field, val)		WRITE_ONCE(field, val)
/* Hidden, as the compiler would add the array's offset at each access. */
#define own_entry(cpu, n)						\
(*({									\
	void **__entries = (cpu)->entries;				\
									\
	OPTIMIZER_HIDE_VAR(__entries);					\
	&__entries[n];							\
}))
#define own_try_cmpxchg(field, ovalp, nval)				\
({									\
	typeof(ovalp) __ovalp = (ovalp);				\
	typeof(*__ovalp) __old = *__ovalp;				\
	typeof(*__ovalp) __found = cmpxchg64_local(&(field), __old, nval); \
									\
	if (unlikely(__found != __old))					\
		*__ovalp = __found;					\
	__found == __old;						\
})
/* Barriers, so that no access moves across the read of word, or the commit. */
static __always_inline void own_copy(void **to, void **from, unsigned int nr)
{
	barrier();
	copy_elements(to, from, nr);
	barrier();
}

#define own_read_many(to, from, nr)	own_copy(to, from, nr)
#define own_write_many(to, from, nr)	own_copy(to, from, nr)
#define own_read_held(to, from, nr)	own_copy(to, from, nr)
#define own_write_held(to, from, nr)	own_copy(to, from, nr)
/* Atomic: no harm if the task moves to another CPU before the access. */
#define rsvpool_cpu_add(field, n)					\
	atomic_long_add(n, (atomic_long_t *)raw_cpu_ptr(&(field)))
#define own_stat_inc(pool, cpu, nr)					\
	atomic_long_inc((atomic_long_t *)&(cpu)->stat[nr])
#else
#define rsvpool_own			struct rsvpool_cpu __percpu
#define own_index			unsigned long
#define own_cpu(pool)			((pool)->cpu)
#define own_read(field)			this_cpu_read(field)
#define own_read_flag(field)		this_cpu_read(field)
#define own_write(field, val)		this_cpu_write(field, val)
#define own_entry(cpu, n)		((cpu)->entries[n])
#define own_try_cmpxchg(field, ovalp, nval)				\
	this_cpu_try_cmpxchg(field, ovalp, nval)
/* Unrolled, so that the loop itself costs little. */
#define own_read_many(to, from, nr) do {				\
	unsigned long __i;						\
									\
	_Pragma("GCC unroll 8")						\
	for (__i = 0; __i < (nr); __i++)				\
		(to)[__i] = this_cpu_read((from)[__i]);			\
} while (0)
#define own_write_many(to, from, nr) do {				\
	unsigned long __i;						\
									\
	_Pragma("GCC unroll 8")						\
	for (__i = 0; __i < (nr); __i++)				\
		this_cpu_write((to)[__i], (from)[__i]);			\
} while (0)
/*
 * The same for copies under the depot's lock: two instructions for each
 * element, and four for each eight; six for each of the rest.  With the
 * compiler's code for the loops above, a hold is ten to twelve instructions
 * longer for sixteen elements.  OPTIMIZER_HIDE_VAR() between the two loops
 * keeps the compiler from entering the second one at two places: then
 * scripts/lint.d/longest could not compute its length.
 */
#define own_each(to, from, nr, one) do {				\
	typeof(&(to)[0]) __to = (to);					\
	typeof(&(from)[0]) __from = (from);				\
	typeof(__from) __end = __from + (nr);				\
	typeof(__from) __most = __from + ((nr) & ~(COPY_STEP - 1UL));	\
									\
	while (__from != __most) {					\
		one(0); one(1); one(2); one(3);				\
		one(4); one(5); one(6); one(7);				\
		__from += COPY_STEP;					\
		__to += COPY_STEP;					\
	}								\
	OPTIMIZER_HIDE_VAR(__from);					\
	while (__from != __end) {					\
		one(0);							\
		__from++;						\
		__to++;							\
	}								\
} while (0)
#define own_read_one(i)		(__to[i] = this_cpu_read(__from[i]))
#define own_write_one(i)	this_cpu_write(__to[i], __from[i])
#define own_read_held(to, from, nr)	own_each(to, from, nr, own_read_one)
#define own_write_held(to, from, nr)	own_each(to, from, nr, own_write_one)
#define rsvpool_cpu_add(field, n)	this_cpu_add(field, n)
#define own_stat_inc(pool, cpu, nr)	this_cpu_inc((cpu)->stat[nr])
#endif

/*
 * With 6.1's RT patches every preempt_enable() also checks for lazy preemption,
 * which takes ten instructions more.  Lazy preemption is that of ordinary tasks
 * by ordinary tasks, and may be delayed by design.  So this does not check for
 * it: if it is requested in the few instructions of a move, it waits for the
 * next interrupt, or the next preempt_enable() of other code.  Preemption by
 * real-time tasks is in the preempt count, and is not delayed.
 */
#if IS_ENABLED(CONFIG_X86) && IS_ENABLED(CONFIG_HAVE_PREEMPT_LAZY) &&	\
	IS_ENABLED(CONFIG_PREEMPT_LAZY)
#define rsvpool_preempt_enable() do {					\
	barrier();							\
	if (unlikely(____preempt_count_dec_and_test()))			\
		__preempt_schedule_notrace();				\
} while (0)
#else
#define rsvpool_preempt_enable()	preempt_enable_notrace()
#endif

/*
 * Preemption in the fast paths.  arm64 has the count and, inverted, the flag to
 * reschedule in one word.  Code that interrupts leaves the count as it was.  So
 * the count is written back as it was read, and one read of the word shows
 * whether to reschedule: 3 instructions instead of 7.  If an interrupt between
 * the two wants to reschedule, it does so itself.
 *
 * A kernel with frame pointers gives each function that calls another one a
 * frame, even if the call is its last action.  RSVPOOL_FRAMELESS is for
 * functions whose usual path has no call but such a last one.  Kbuild makes the
 * compiler turn last calls into jumps, so no backtrace misses these functions.
 * tryalloc_depot() and free_depot() also call slow paths and continue
 * afterwards: a backtrace that is taken in a slow path lacks the function that
 * called rsvpool_tryalloc() or rsvpool_free().  Preemption is off there, so no
 * task is switched out with such a stack.  The functions jumped to find the
 * caller's address themselves (rsvpool_caller()), as reading it here would cost
 * a frame, too.  The attribute leaves the compiler's other options as they are
 * (seen with gcc 12 and 14 for arm64).
 */
#if IS_ENABLED(CONFIG_ARM64) && IS_ENABLED(CONFIG_PREEMPTION)
#define RSVPOOL_FRAMELESS	__attribute__((optimize("omit-frame-pointer")))
#define RSVPOOL_CALLER		0UL
#define RSVPOOL_JUMPS		true
#define rsvpool_caller(caller)	((caller) ? (caller) : _RET_IP_)
struct rsvpool_preempted {
	struct thread_info *of;		/* computed once */
	u32 count;
};

static __always_inline struct rsvpool_preempted rsvpool_preempt_save(void)
{
	struct rsvpool_preempted was = { .of = current_thread_info() };

	was.count = READ_ONCE(was.of->preempt.count);
	WRITE_ONCE(was.of->preempt.count, was.count + 1);
	barrier();
	return was;
}

/* Returns whether to reschedule. */
static __always_inline bool
rsvpool_preempt_restore(struct rsvpool_preempted was)
{
	barrier();
	WRITE_ONCE(was.of->preempt.count, was.count);
	return unlikely(!READ_ONCE(was.of->preempt_count));
}

static __always_inline void rsvpool_resched(void)
{
	__preempt_schedule_notrace();
}

/* rsvpool_preempt_restore(), where the saved count is not available. */
static __always_inline bool rsvpool_preempt_drop(void)
{
	struct rsvpool_preempted was = { .of = current_thread_info() };

	was.count = READ_ONCE(was.of->preempt.count) - 1;
	return rsvpool_preempt_restore(was);
}
#else
#define RSVPOOL_FRAMELESS
#define RSVPOOL_CALLER		_RET_IP_
#define RSVPOOL_JUMPS		false
#define rsvpool_caller(caller)	(caller)
struct rsvpool_preempted { };

static __always_inline struct rsvpool_preempted rsvpool_preempt_save(void)
{
	preempt_disable_notrace();
	return (struct rsvpool_preempted){ };
}

#define rsvpool_preempt_restore(was)	({				\
	(void)(was);							\
	rsvpool_preempt_enable();					\
	false;								\
})
#define rsvpool_resched()		do { } while (0)
#define rsvpool_preempt_drop()						\
	rsvpool_preempt_restore((struct rsvpool_preempted){ })
#endif

/*
 * Takes a raw spinlock that is free, and drops it, without a call.  On arm64 a
 * call costs its caller a frame and the saving of registers, and the callee
 * another frame.  Both of the kernel's functions also count preemption, which
 * cannot happen while interrupts are off.  All of this is half the cost of a
 * move to or from the depot.  After rsvpool_spin_count(),
 * raw_spin_unlock_irqrestore() can drop the lock.  Not used with lockdep or
 * CONFIG_DEBUG_SPINLOCK, which must see each lock.
 */
#if IS_ENABLED(CONFIG_ARM64) && IS_ENABLED(CONFIG_SMP) &&		\
	!IS_ENABLED(CONFIG_DEBUG_SPINLOCK) && !IS_ENABLED(CONFIG_DEBUG_LOCK_ALLOC)
#define RSVPOOL_SPIN_INLINE		true
#define rsvpool_spin_trylock(lock)	do_raw_spin_trylock(lock)
#define rsvpool_spin_unlock(lock)	do_raw_spin_unlock(lock)
#define rsvpool_spin_count()		preempt_disable_notrace()
#else
#define RSVPOOL_SPIN_INLINE		false
#define rsvpool_spin_trylock(lock)	((void)(lock), false)
#define rsvpool_spin_unlock(lock)	((void)(lock))
#define rsvpool_spin_count()		do { } while (0)
#endif

/* 6.10 removed the second argument of __assign_str(). */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
#define rsvpool_assign_str(dst, src)	__assign_str(dst, src)
#else
#define rsvpool_assign_str(dst, src)	__assign_str(dst)
#endif

/*
 * Newer kernels warn if a workqueue has neither WQ_PERCPU nor WQ_UNBOUND.
 * Kbuild checks whether the kernel has WQ_PERCPU.
 */
#ifndef RSVPOOL_HAS_WQ_PERCPU
#define WQ_PERCPU	0
#endif

/* Since 6.13 hrtimer_setup() also sets the timer's function. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*fn)(struct hrtimer *),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = fn;
}
#endif

/* Since 6.7 the kernel allocates shrinkers. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
static inline struct shrinker *rsvpool_shrinker_alloc(void)
{
	return kzalloc(sizeof(struct shrinker), GFP_KERNEL);
}

static inline int rsvpool_shrinker_register(struct shrinker *shrinker)
{
	int err = register_shrinker(shrinker, "rsvpool");

	if (err)
		kfree(shrinker);
	return err;
}

static inline void rsvpool_shrinker_free(struct shrinker *shrinker)
{
	unregister_shrinker(shrinker);
	kfree(shrinker);
}
#else
static inline struct shrinker *rsvpool_shrinker_alloc(void)
{
	return shrinker_alloc(0, "rsvpool");
}

static inline int rsvpool_shrinker_register(struct shrinker *shrinker)
{
	shrinker_register(shrinker);
	return 0;
}

static inline void rsvpool_shrinker_free(struct shrinker *shrinker)
{
	shrinker_free(shrinker);
}
#endif

/*
 * Is a CPU isolated now, by boot parameters or by a cpuset partition?  From 6.8
 * on modules can ask the kernel for both.  Before that only kthreadd's affinity
 * shows the CPUs of a partition: it is in the root cgroup, from which nothing
 * can move it, and has the CPUs that are in no partition, whether isolated or
 * not.  So there a CPU of any partition counts as isolated, as does one that an
 * administrator has removed from kthreadd's affinity.
 *
 * No kernel counts the CPUs of a cgroup v1 cpuset without load balancing as
 * isolated.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
static inline bool rsvpool_cpu_isolated(int cpu)
{
	bool isolated;

	/* From 7.0 on the kernel may replace the mask that this reads. */
	rcu_read_lock();
	isolated = cpu_is_isolated(cpu);
	rcu_read_unlock();
	return isolated;
}
#else
#define RSVPOOL_KTHREADD_PID	2

static inline bool rsvpool_cpu_isolated(int cpu)
{
	struct task_struct *kthreadd;
	bool isolated = false;

	if (!housekeeping_cpu(cpu, HK_TYPE_DOMAIN) ||
	    !housekeeping_cpu(cpu, HK_TYPE_TICK))
		return true;
	rcu_read_lock();
	kthreadd = pid_task(find_pid_ns(RSVPOOL_KTHREADD_PID, &init_pid_ns),
			    PIDTYPE_PID);
	if (kthreadd)
		/* Racy: a CPU being isolated may get a last work item. */
		isolated = !data_race(cpumask_test_cpu(cpu,
						       kthreadd->cpus_ptr));
	rcu_read_unlock();
	return isolated;
}
#endif

/*
 * KASAN's marks on memory.  From 6.12 on the kernel exports the function that
 * sets them, but declares it in a private header (mm/kasan/kasan.h).
 */
#if IS_ENABLED(CONFIG_KASAN_GENERIC) && \
	LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#define RSVPOOL_KASAN	true
void kasan_poison(const void *addr, size_t size, u8 value, bool init);
#else
#define RSVPOOL_KASAN	false
static inline void kasan_poison(const void *addr, size_t size, u8 value,
				bool init)
{
}
#endif

#endif /* _RSVPOOL_COMPAT_H */

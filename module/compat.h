/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The only file that knows a kernel version: from 6.1 on, what changed its
 * name or shape, under the newest one.
 */
#ifndef _RSVPOOL_COMPAT_H
#define _RSVPOOL_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/shrinker.h>
#include <linux/slab.h>
#include <linux/version.h>

/*
 * this_cpu_try_cmpxchg() came with 6.7; it saves a comparison, as the instruction's
 * flag is the answer.  Of 64 bits: a cache's word.
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

/*
 * 6.1's RT patches make every preempt_enable() ask about lazy preemption, too:
 * ten instructions more.  That is preemption of ordinary tasks by ordinary
 * tasks, which is put off by design; what comes in the few instructions of a
 * move waits for the next interrupt, or the next preempt_enable() of anybody.
 * Whoever is to run at once, every real-time task, is in the count, and is not
 * put off.
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

/* 6.10 took __assign_str()'s second argument away. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
#define rsvpool_assign_str(dst, src)	__assign_str(dst, src)
#else
#define rsvpool_assign_str(dst, src)	__assign_str(dst)
#endif

/* 6.13 sets a timer's function where it sets the rest. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*fn)(struct hrtimer *),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = fn;
}
#endif

/* 6.7 made shrinkers objects of their own. */
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
 * KASAN's marks on memory.  Among the kernels that we know 6.12 exports what
 * sets them, and declares it where no module looks.
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

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Attributes, single accesses, barriers.
 */
#ifndef _NATIVE_COMPILER_H
#define _NATIVE_COMPILER_H

#undef __always_inline
#define __always_inline		inline __attribute__((__always_inline__))
#define __noreturn		__attribute__((__noreturn__))
#define noinline		__attribute__((__noinline__))
#define __maybe_unused		__attribute__((__unused__))
#define __weak			__attribute__((__weak__))
#define __printf(a, b)		__attribute__((__format__(printf, a, b)))
#define __must_check
#define __init
#define __exit
#define __read_mostly
#define ____cacheline_aligned_in_smp	__attribute__((__aligned__(64)))
#define L1_CACHE_BYTES		64
#define fallthrough		__attribute__((__fallthrough__))

#define likely(x)		__builtin_expect(!!(x), 1)
#define unlikely(x)		__builtin_expect(!!(x), 0)

/* What sparse reads. */
#define __acquires(x)
#define __releases(x)
#define __must_hold(x)
#define __acquire(x)		((void)0)
#define __release(x)		((void)0)

#define barrier()		__asm__ __volatile__("" : : : "memory")
#define OPTIMIZER_HIDE_VAR(var)	__asm__ ("" : "=r" (var) : "0" (var))
/*
 * For ThreadSanitizer a marked access is an atomic one, and orders: it knows nothing of
 * the barriers.  So what it reports are plain accesses, as the kernel's KCSAN does.
 */
#ifdef NATIVE_TSAN
#define READ_ONCE(x)		__atomic_load_n(&(x), __ATOMIC_ACQUIRE)
#define WRITE_ONCE(x, value)	\
	__atomic_store_n(&(x), (__typeof__(x))(value), __ATOMIC_RELEASE)
void AnnotateIgnoreReadsBegin(const char *file, int line);
void AnnotateIgnoreReadsEnd(const char *file, int line);
#define data_race(x) ({							\
	AnnotateIgnoreReadsBegin(__FILE__, __LINE__);			\
	__auto_type __racy = (x);					\
	AnnotateIgnoreReadsEnd(__FILE__, __LINE__);			\
	__racy; })
#else
#define READ_ONCE(x)		(*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, value)	\
	((void)(*(volatile __typeof__(x) *)&(x) = (value)))
#define data_race(x)		(x)
#endif

#define smp_mb()		__atomic_thread_fence(__ATOMIC_SEQ_CST)
#ifdef __x86_64__
#define smp_rmb()		barrier()
#define smp_wmb()		barrier()
#else
#define smp_rmb()		__atomic_thread_fence(__ATOMIC_ACQUIRE)
#define smp_wmb()		__atomic_thread_fence(__ATOMIC_RELEASE)
#endif
#define smp_mb__before_atomic()	smp_mb()
#define smp_mb__after_atomic()	smp_mb()
#define smp_store_release(p, v)	__atomic_store_n(p, v, __ATOMIC_RELEASE)
#define smp_load_acquire(p)	__atomic_load_n(p, __ATOMIC_ACQUIRE)

#define _RET_IP_		((unsigned long)__builtin_return_address(0))
#define _THIS_IP_		0UL

#endif /* _NATIVE_COMPILER_H */

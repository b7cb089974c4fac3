/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Per-CPU data.  Each CPU has an area; a per-CPU pointer is an offset in all of
 * them, from NATIVE_PERCPU_START on, so that it cannot be used as it is.
 *
 * With NATIVE_GS (x86-64, gcc) %gs holds the address of the area of the CPU that
 * the thread is, as in the kernel: this_cpu_*() are the kernel's single
 * instructions, and an interrupt comes before or after each.  Without it they are
 * C, on native.cpu's area, which a sanitizer sees through; interrupts must not
 * come within then.
 */
#ifndef _NATIVE_PERCPU_H
#define _NATIVE_PERCPU_H

#define NATIVE_PERCPU_START	65536UL
#define NATIVE_PERCPU_BYTES	(1UL << 20)

extern char *native_area[NATIVE_CPUS];

void *native_percpu_alloc(size_t bytes);
void free_percpu(void *p);
/* Bytes of each area that have been handed out, gaps included. */
size_t native_percpu_used(void);
/* This thread is that CPU from now on. */
void native_set_cpu(int cpu);

/* By way of integers: the offset is no address. */
#define __native_of_cpu(p, cpu)						\
	((__typeof__(*(p)) *)((uintptr_t)native_area[cpu] +		\
			      (uintptr_t)(p) - NATIVE_PERCPU_START))
#ifdef NATIVE_GS
#define per_cpu_ptr(p, cpu)	__native_of_cpu(p, cpu)
#else
/* What DEFINE_PER_CPU() defines is one, and has an address: all CPUs share it. */
#define DEFINE_PER_CPU(type, name)	type name
#define per_cpu_ptr(p, cpu)						\
	((uintptr_t)(p) < NATIVE_PERCPU_START + NATIVE_PERCPU_BYTES ?	\
	 __native_of_cpu(p, cpu) : (__typeof__(*(p)) *)(p))
#endif
#define raw_cpu_ptr(p)		per_cpu_ptr(p, native.cpu)
#define this_cpu_ptr(p)		raw_cpu_ptr(p)
#define raw_smp_processor_id()	(native.cpu)
#define smp_processor_id()	(native.cpu)
#define get_cpu()		({ preempt_disable(); native.cpu; })
#define put_cpu()		preempt_enable()
#define __alloc_percpu(bytes, align)	native_percpu_alloc(bytes)
#define __alloc_percpu_gfp(bytes, align, gfp)	native_percpu_alloc(bytes)
#define alloc_percpu(type)	((type *)native_percpu_alloc(sizeof(type)))
#define alloc_percpu_gfp(type, gfp)	alloc_percpu(type)

#ifdef NATIVE_GS

#define this_cpu_read(var) ({						\
	__typeof__(var) __value;					\
	__asm__ __volatile__("mov%z1 %%gs:%1, %0"			\
			     : "=q" (__value) : "m" (var));		\
	__value; })
#define this_cpu_write(var, value)					\
	__asm__ __volatile__("mov%z0 %1, %%gs:%0" : "=m" (var)		\
			     : "qe" ((__typeof__(var))(value)))
#define this_cpu_add(var, value) do {					\
	if (__builtin_constant_p(value) && (value) == 1)		\
		__asm__ __volatile__("inc%z0 %%gs:%0"			\
				     : "+m" (var) : : "cc");		\
	else								\
		__asm__ __volatile__("add%z0 %1, %%gs:%0" : "+m" (var)	\
				     : "qe" ((__typeof__(var))(value))	\
				     : "cc");				\
} while (0)
#define this_cpu_try_cmpxchg(var, oldp, to) ({				\
	__typeof__(var) __was = *(oldp);				\
	bool __done;							\
	__asm__ __volatile__("cmpxchg%z1 %3, %%gs:%1"			\
			     : "=@ccz" (__done), "+m" (var),		\
			       "+a" (__was)				\
			     : "q" ((__typeof__(var))(to)) : "memory");	\
	if (!__done)							\
		*(oldp) = __was;					\
	__done; })

#else

#define __native_this(var)	(*raw_cpu_ptr(&(var)))
#define this_cpu_read(var)	READ_ONCE(__native_this(var))
#define this_cpu_write(var, value)	WRITE_ONCE(__native_this(var), value)
#define this_cpu_add(var, value)	((void)(__native_this(var) += (value)))
#define this_cpu_try_cmpxchg(var, oldp, to) ({				\
	__typeof__(oldp) __oldp = (oldp);				\
	__typeof__(var) *__at = &__native_this(var);			\
	bool __done = *__at == *__oldp;					\
	if (__done)							\
		*__at = (to);						\
	else								\
		*__oldp = *__at;					\
	__done; })

#endif

#define this_cpu_inc(var)	this_cpu_add(var, 1)
#define this_cpu_dec(var)	this_cpu_add(var, -1)
#define this_cpu_sub(var, value)	this_cpu_add(var, -(value))
#define this_cpu_cmpxchg(var, old, to) ({				\
	__typeof__(var) __seen = (old);					\
	this_cpu_try_cmpxchg(var, &__seen, to);				\
	__seen; })
#define raw_cpu_read(var)		this_cpu_read(var)
#define raw_cpu_write(var, value)	this_cpu_write(var, value)
#define raw_cpu_add(var, value)		this_cpu_add(var, value)
#define __this_cpu_read(var)		this_cpu_read(var)
#define __this_cpu_write(var, value)	this_cpu_write(var, value)
#define __this_cpu_add(var, value)	this_cpu_add(var, value)
#define __this_cpu_inc(var)		this_cpu_inc(var)

#endif /* _NATIVE_PERCPU_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A machine whose CPUs are threads, each with its own %gs base, more of them than
 * the host has cores if need be.
 *
 *	interrupt	SIGUSR1; noted where interrupts are off, taken when they
 *			are on again
 *	NMI		SIGUSR2; nothing but another NMI keeps it off
 *	single step	the trap flag: an interrupt or NMI at an instruction that
 *			the test has chosen by its number
 *	irq_work	SIGUSR1 to oneself
 *	sleeper		a futex on its task's state
 *	RCU		a count that is odd while a CPU may be a reader
 *
 * ThreadSanitizer puts signals off until a system call, so on a build with NATIVE_TSAN
 * there are none: interrupts and NMIs come at basic blocks alone (threads.c).
 *
 * What an interrupt and an NMI do, besides the irq_works, is the test's.
 */
#ifndef _NATIVE_THREADS_H
#define _NATIVE_THREADS_H

#include "native_test.h"

#define load_acquire(p)		__atomic_load_n(p, __ATOMIC_ACQUIRE)
#define store_release(p, v)	__atomic_store_n(p, v, __ATOMIC_RELEASE)
#define full_barrier()		__atomic_thread_fence(__ATOMIC_SEQ_CST)
#define NEVER(bad)		MUST(!(bad), #bad)

void __sanitizer_cov_trace_pc(void);
const char *__asan_default_options(void);
const char *__tsan_default_options(void);

/* The test's: called by an interrupt, and by an NMI. */
void machine_interrupt(void);
void machine_nmi(void);

struct machine_counts {
	unsigned long interrupts;
	unsigned long nmis;
	unsigned long steps;
	unsigned long stepped;	/* interrupts and NMIs of those */
};

extern __thread struct machine_counts machine_counts;

/* Nestings at basic blocks, in a build that has them (see threads.c). */
extern __thread bool machine_blocks;
extern bool machine_has_blocks;

/* @cpus: the last of them does work items that are bound to none. */
void machine_init(int cpus);
/* This thread is that CPU from now on, until machine_leave(). */
void machine_enter(int cpu);
void machine_leave(void);
void machine_offline(void);
void machine_online(void);
/* From another CPU, or from this one. */
void machine_send(int cpu, bool nmi);
/* At the @steps'th instruction from now on; not within another one. */
bool machine_step_begin(unsigned int steps);
void machine_step_end(void);
/* A thread that waits for nothing of the module's: outside all readers. */
void machine_idle(unsigned int us);
/* The last CPU's: what was asked of the refill worker; whether there was any. */
bool machine_refill(void);
/* Nothing is asked, queued, or runs. */
bool machine_is_still(void);
/* Work items queued for a CPU that has gone, by this one. */
void machine_adopt(int cpu);
/* No CPU comes or goes from here to machine_hotplug_end(). */
void machine_hotplug_begin(void);
void machine_hotplug_end(void);

#endif /* _NATIVE_THREADS_H */

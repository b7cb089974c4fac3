/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A machine whose CPUs are threads, each with its own %gs base; there may be
 * more of them than the host has cores.
 *
 *	interrupt	SIGUSR1; if interrupts are off, noted and taken when
 *			they are on again
 *	NMI		SIGUSR2; blocked only by another NMI
 *	single step	the trap flag: an interrupt or NMI at an instruction that
 *			the test has chosen by its number
 *	irq_work	SIGUSR1 to oneself
 *	sleeper		a futex on its task's state
 *	RCU		a count that is odd while a CPU may be a reader
 *
 * ThreadSanitizer puts signals off until a system call, so on a build with NATIVE_TSAN
 * there are none: interrupts and NMIs come at basic blocks alone (threads.c).
 *
 * The test defines what interrupts and NMIs do, besides running irq_works.
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
	unsigned long stepped;	/* interrupts and NMIs by single steps */
	unsigned long held;	/* steps with @machine_watched held */
	unsigned long holds;	/* of it */
};

extern __thread struct machine_counts machine_counts;
/* A lock whose holds by this CPU are counted while it steps, or NULL. */
extern __thread const raw_spinlock_t *machine_watched;

/* Nestings at basic blocks, in a build that has them (see threads.c). */
extern __thread bool machine_blocks;
extern bool machine_has_blocks;

/* @cpus: the last of them runs work items that are bound to no CPU. */
void machine_init(int cpus);
/* This thread is that CPU from now on, until machine_leave(). */
void machine_enter(int cpu);
void machine_leave(void);
void machine_offline(void);
void machine_online(void);
/* Sent from another CPU, or from this one. */
void machine_send(int cpu, bool nmi);
/* At the @steps'th instruction from now on; these do not nest. */
bool machine_step_begin(unsigned int steps);
void machine_step_end(void);
/*
 * The thread is outside all RCU readers, and waits for nothing in the module.
 */
void machine_idle(unsigned int us);
/*
 * For the last CPU: run the refill worker if it was asked; returns whether it
 * was.
 */
bool machine_refill(void);
/* No work is asked for, queued or running. */
bool machine_is_still(void);
/* Run the work items of a CPU that has gone offline, on this one. */
void machine_adopt(int cpu);
/* No CPU goes online or offline from here to machine_hotplug_end(). */
void machine_hotplug_begin(void);
void machine_hotplug_end(void);

#endif /* _NATIVE_THREADS_H */

// SPDX-License-Identifier: GPL-2.0
/*
 * Peer "irqarray": one array a CPU, with interrupts off during a call: the
 * smallest per-CPU cache.  Not for NMI, which interrupts a call nevertheless.
 */
#include "peer.h"
#include "stack.h"

#include <linux/irqflags.h>
#include <linux/percpu.h>

static DEFINE_PER_CPU(struct stress_stack *, irq_stack);

static void teardown(struct stress_supply *from)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		kvfree(per_cpu(irq_stack, cpu));
		per_cpu(irq_stack, cpu) = NULL;
	}
}

static int setup(struct stress_supply *from)
{
	struct stress_stack *stack;
	int cpu;

	for_each_possible_cpu(cpu) {
		stack = stress_stack_create(from->reserve);
		if (!stack) {
			teardown(from);
			return -ENOMEM;
		}
		per_cpu(irq_stack, cpu) = stack;
	}
	return 0;
}

static __always_inline void *pop(void)
{
	unsigned long flags;
	void *element;

	local_irq_save(flags);
	element = stress_stack_pop(__this_cpu_read(irq_stack));
	local_irq_restore(flags);
	return element;
}

static __always_inline void push(void *element)
{
	unsigned long flags;

	local_irq_save(flags);
	stress_stack_push(__this_cpu_read(irq_stack), element);
	local_irq_restore(flags);
}

DEFINE_STRESS_PEER(irqarray, 1,
		   pop(),
		   push(element),
		   .own_cpu = true,
		   .contexts = STRESS_IN_ALL_BUT_NMI,
		   .contexts_rt = STRESS_IN_ALL_BUT_NMI,
		   .setup = setup,
		   .teardown = teardown);

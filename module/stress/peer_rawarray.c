// SPDX-License-Identifier: GPL-2.0
/*
 * Peer "rawarray": one array under one raw spinlock, the smallest shared pool.
 * Not in NMI, which may find the lock held.
 */
#include "peer.h"
#include "stack.h"

static int setup(struct stress_supply *from)
{
	from->priv = stress_stack_create(from->reserve);
	return from->priv ? 0 : -ENOMEM;
}

static void teardown(struct stress_supply *from)
{
	kvfree(from->priv);
}

static __always_inline void *pop(struct stress_stack *stack)
{
	unsigned long flags;
	void *element;

	raw_spin_lock_irqsave(&stack->lock, flags);
	element = stress_stack_pop(stack);
	raw_spin_unlock_irqrestore(&stack->lock, flags);
	return element;
}

static __always_inline void push(struct stress_stack *stack, void *element)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&stack->lock, flags);
	stress_stack_push(stack, element);
	raw_spin_unlock_irqrestore(&stack->lock, flags);
}

DEFINE_STRESS_PEER(rawarray, 1,
		   pop(from->priv),
		   push(from->priv, element),
		   .contexts = STRESS_IN_ALL_BUT_NMI,
		   .contexts_rt = STRESS_IN_ALL_BUT_NMI,
		   .setup = setup,
		   .teardown = teardown);

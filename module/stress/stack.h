/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A stack of pointers in an array, for the peers that show the smallest possible
 * cost: rawarray and irqarray.  The caller does the locking.
 */
#ifndef RSVPOOL_STRESS_STACK_H
#define RSVPOOL_STRESS_STACK_H

#include <linux/slab.h>
#include <linux/spinlock.h>

/**
 * struct stress_stack - the stack
 * @lock: for a peer that shares it between CPUs
 * @nr: how many pointers are on it
 * @most: how many pointers have room
 * @elements: the pointers
 */
struct stress_stack {
	raw_spinlock_t lock;
	unsigned int nr;
	unsigned int most;
	void *elements[];
};

/* Create a full stack; its pointers are never dereferenced. */
static inline struct stress_stack *stress_stack_create(unsigned int most)
{
	struct stress_stack *stack;

	stack = kvzalloc(struct_size(stack, elements, most), GFP_KERNEL);
	if (!stack)
		return NULL;
	raw_spin_lock_init(&stack->lock);
	stack->most = most;
	while (stack->nr < most)
		stack->elements[stack->nr++] = stack;
	return stack;
}

static __always_inline void *stress_stack_pop(struct stress_stack *stack)
{
	return stack->nr ? stack->elements[--stack->nr] : NULL;
}

static __always_inline void stress_stack_push(struct stress_stack *stack,
					      void *element)
{
	if (stack->nr < stack->most)
		stack->elements[stack->nr++] = element;
}

#endif /* RSVPOOL_STRESS_STACK_H */

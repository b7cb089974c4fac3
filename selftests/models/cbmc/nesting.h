/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nesting.h - the calls at each depth: LEVELS, once for each, the innermost first,
 * which nothing interrupts
 *
 * LEVEL is 0 for the calls that are interrupted, and more for those that interrupt
 * them, NESTED deep.  OUTER and NESTED_CALLS say which calls there are.
 */
#define MAY(call)	((LEVEL ? NESTED_CALLS : OUTER) & (call))

#define JOIN2(a, b)	a##b
#define JOIN(a, b)	JOIN2(a, b)

static void no_interrupt(void)
{
}

#define LEVEL	3
#define NESTING	no_interrupt
#include LEVELS
#if NESTED > 1
#define LEVEL	2
#define NESTING	interrupt3
#include LEVELS
#define NESTING	interrupt2
#else
#define NESTING	interrupt3
#endif
#define LEVEL	0
#include LEVELS

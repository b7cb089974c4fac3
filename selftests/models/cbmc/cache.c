// SPDX-License-Identifier: GPL-2.0
/*
 * cache.c - module/cache.h as it is, interrupted at every access, for CBMC
 *
 * Answers for: a push, a pop and their bulk forms on one CPU, with others of them
 * nested between any two accesses of the per-CPU data, NESTED deep and at most
 * INTERRUPTS in all, in every order that there is, and with a limit that
 * another CPU changes at any instant.  No element is lost, none is handed out
 * twice, and no push goes beyond the limit that it has read.
 *
 * Each depth has its own copy of the header's code (level.h), whose accesses
 * call the functions here, own_read() and so on; internal.h is left out.
 * Accesses of one word are atomic; their order on one CPU is the program's.
 * CBMC does not see what the compiler does: test_nest tests that, by stepping
 * through the machine code.
 */
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Entries of a cache, elements there are, and the most that one call moves. */
#define ENTRIES		2
#define ELEMENTS	3
#define MANY		2

#ifndef INTERRUPTS
#define INTERRUPTS	3
#endif

/* What the header needs of internal.h. */
#define _RSVPOOL_INTERNAL_H
typedef unsigned long long u64;
#undef __always_inline
#define __always_inline		inline
#define likely(x)		(x)
#define unlikely(x)		(x)
#define barrier()		do { } while (0)
#define min(a, b)		((a) < (b) ? (a) : (b))
#define min_t(type, a, b)	((type)(a) < (type)(b) ? (type)(a) : (type)(b))
#define STAT_CACHE_RETRIES	0

struct rsvpool_cpu {
	u64 word;
	unsigned int limit;
	unsigned char pushing;
	void *entries[ENTRIES];
};

struct rsvpool {
	struct rsvpool_cpu *cpu;
};

#define rsvpool_own		struct rsvpool_cpu
#define own_index		unsigned long
#define own_cpu(pool)		((pool)->cpu)
#define own_entry(cpu, n)	((cpu)->entries[n])
#define own_stat_inc(pool, cpu, nr)	do { } while (0)

/* An interrupt may come before each access; another CPU may write the limit. */
#define own_read(field)							\
	((void *)&(field) == (void *)&this_cpu.limit ?			\
	 (__typeof__(field))(uintptr_t)any_limit() :			\
	 (INTERRUPT(), (field)))
#define own_read_flag(field)	own_read(field)
#define own_write(field, val) do {					\
	INTERRUPT();							\
	(field) = (val);						\
} while (0)
#define own_try_cmpxchg(field, ovalp, nval)				\
	(INTERRUPT(), (field) == *(ovalp) ? ((field) = (nval), true) :	\
					    (*(ovalp) = (field), false))
#define own_read_many(to, from, nr) do {				\
	unsigned long __i;						\
									\
	for (__i = 0; __i < (nr); __i++)				\
		(to)[__i] = own_read((from)[__i]);			\
} while (0)
#define own_write_many(to, from, nr) do {				\
	unsigned long __i;						\
									\
	for (__i = 0; __i < (nr); __i++)				\
		own_write((to)[__i], (from)[__i]);			\
} while (0)

#include "choices.h"

static struct rsvpool_cpu this_cpu;
static struct rsvpool pool = { .cpu = &this_cpu };

/*
 * Is the element in the cache, or being pushed to it?  Otherwise a caller has
 * it.
 */
static bool given[ELEMENTS];
static unsigned int interrupts;

/* Another CPU writes the setting at any instant. */
static unsigned int any_limit(void)
{
	unsigned int limit = nondet_uint();

	__CPROVER_assume(limit <= ENTRIES);
	return limit;
}

/* The caller pushes @nr of its elements to the cache, which returns how many... */
static void give(void **elements, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		unsigned int n = nondet_uint();

		__CPROVER_assume(n < ELEMENTS && !given[n]);
		given[n] = true;
		elements[i] = element(n);
	}
}

/* ...it has kept: the others, and those that it hands out, are the caller's. */
static void own(void **elements, unsigned int from, unsigned int nr)
{
	unsigned int i;

	for (i = from; i < nr; i++) {
		assert(given[number(elements[i])]);
		given[number(elements[i])] = false;
	}
}

/* Elements that a caller may push. */
static unsigned int outside(void)
{
	unsigned int n, nr = 0;

	for (n = 0; n < ELEMENTS; n++)
		nr += !given[n];
	return nr;
}

/* Calls, for OUTER and NESTED_CALLS. */
#define PUSH		1
#define POP		2
#define PUSH_MANY	4
#define POP_MANY	8

#define LEVELS		"level.h"
#include "nesting.h"

/* The cache holds each of its elements once, and nothing else. */
static void check(void)
{
	unsigned int in[ELEMENTS] = { 0 }, n, count;

	count = this_cpu.word & 0xffff;
	assert(count <= ENTRIES);
	assert(!this_cpu.pushing);
	for (n = 0; n < ENTRIES; n++) {
		if (n < count)
			in[number(this_cpu.entries[n])]++;
	}
	for (n = 0; n < ELEMENTS; n++)
		assert(in[n] == given[n]);
}

static void one_run(void)
{
	unsigned int n, count = nondet_uint();

	/*
	 * Any initial state of the cache; the elements' numbers do not matter.
	 */
	__CPROVER_assume(count <= ENTRIES);
	for (n = 0; n < ELEMENTS; n++)
		given[n] = n < count;
	for (n = 0; n < ENTRIES; n++)
		this_cpu.entries[n] = element(n);
	this_cpu.word = count;
	this_cpu.pushing = 0;
	interrupts = 0;
	operation0();
	check();
}

#ifndef EXPLORE
int main(void)
{
	one_run();
	return 0;
}
#endif

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * choices.h - what the programs for CBMC share: choices, which CBMC makes or
 * explore.h, and elements.  ELEMENTS says how many there are.
 */
#ifdef EXPLORE
#include "explore.h"
#else
bool nondet_bool(void);
unsigned int nondet_uint(void);
#endif

/* Elements are numbers from 1: nothing reads what they point to. */
static void *element(unsigned int nr)
{
	return (void *)(unsigned long)(nr + 1);
}

static unsigned int number(void *element)
{
	unsigned long nr = (unsigned long)element - 1;

	assert(nr < ELEMENTS);
	return nr;
}

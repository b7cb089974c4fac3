/* SPDX-License-Identifier: GPL-2.0 */
/*
 * explore.h - what CBMC looks at, looked at by running it, once for each sequence of
 * choices that there is
 *
 * Answers for: nondet_bool() and nondet_uint(), whose answers are enumerated as the
 * digits of a number are, the last one first; __CPROVER_assume(), which ends a run;
 * and the verdict, in CBMC's words.  As CBMC does, it sees every order of what the
 * program does within its bounds; unlike CBMC it can be used where there are few
 * choices alone, but then three levels deep.
 */
#ifndef _EXPLORE_H
#define _EXPLORE_H

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Choices of one run, at most; what nondet_uint() may be is below ELEMENTS. */
#define CHOICES		256

static unsigned char choice[CHOICES], below[CHOICES];
static unsigned int chosen, choices;
static unsigned long long explored, given_up;
static jmp_buf give_up;

static unsigned int choose_below(unsigned int n)
{
	if (chosen == CHOICES) {
		printf("more than %u choices\n", CHOICES);
		exit(1);
	}
	if (chosen == choices) {
		choice[choices] = 0;
		below[choices++] = n;
	}
	return choice[chosen++];
}

#define nondet_bool()		choose_below(2)
#define nondet_uint()		choose_below(ELEMENTS)
#define __CPROVER_assume(x)	((x) ? (void)0 : longjmp(give_up, 1))
#undef assert
#define assert(x)		((x) ? (void)0 : assert_failed(#x, __LINE__))

static void assert_failed(const char *what, unsigned int line)
{
	unsigned int i;

	printf("[explored.%u] assertion %s: FAILURE\n", line, what);
	printf("** by choices");
	for (i = 0; i < chosen; i++)
		printf(" %u", choice[i]);
	printf(", after %llu runs\n", explored);
	exit(10);
}

static void one_run(void);

int main(void)
{
	do {
		chosen = 0;
		explored++;
		if (setjmp(give_up))
			given_up++;
		else
			one_run();
		while (choices && ++choice[choices - 1] == below[choices - 1])
			choices--;
	} while (choices);
	printf("** %llu runs, %llu of them given up\n", explored, given_up);
	printf("VERIFICATION SUCCESSFUL\n");
	return 0;
}

#endif /* _EXPLORE_H */

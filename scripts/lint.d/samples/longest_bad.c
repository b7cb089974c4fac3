// SPDX-License-Identifier: GPL-2.0
/*
 * For longest, with the list beside this file: longest_bad() walks a list that has
 * no end that anybody has named, a loop that the list does not bound; the others
 * call themselves, and through a pointer.  longest_good() has a bound.
 */
#include <linux/compiler.h>
#include <linux/types.h>

#include "samples.h"

#define SAMPLE_ROUNDS	10

unsigned int longest_bad(const struct sample_link *link)
{
	unsigned int n = 0;

	while ((link = READ_ONCE(link->next)))
		n++;
	return n;
}

noinline unsigned int longest_again(unsigned int n)
{
	return READ_ONCE(n) ? 2 * longest_again(n / 2) * n : 1;
}

unsigned int longest_pointer(unsigned int (*call)(unsigned int n))
{
	return call(1) + 1;
}

unsigned int longest_good(const unsigned int *numbers)
{
	unsigned int i, n = 0;

	for (i = 0; i < SAMPLE_ROUNDS; i++)
		n = 2 * n + READ_ONCE(numbers[READ_ONCE(n) & 1]);
	return n;
}

/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINT_SAMPLES_H
#define _LINT_SAMPLES_H

#include <linux/types.h>

void sample_warnings(int value);
void sample_takes(bool often);
u32 sample_endian(__be32 value);
int sample_null(const int *number);
void *reach_bad(void);

struct sample_link {
	const struct sample_link *next;
};

unsigned int longest_bad(const struct sample_link *link);
unsigned int longest_again(unsigned int n);
unsigned int longest_pointer(unsigned int (*call)(unsigned int n));
unsigned int longest_good(const unsigned int *numbers);

#endif /* _LINT_SAMPLES_H */

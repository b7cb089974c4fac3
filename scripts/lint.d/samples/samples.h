/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINT_SAMPLES_H
#define _LINT_SAMPLES_H

#include <linux/types.h>

void sample_warnings(int value);
void sample_takes(bool often);
u32 sample_endian(__be32 value);
int sample_null(const int *number);
void *reach_bad(void);

#endif /* _LINT_SAMPLES_H */

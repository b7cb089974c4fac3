// SPDX-License-Identifier: GPL-2.0
/* For gcc -fanalyzer. */
#include "samples.h"

int sample_null(const int *number)
{
	if (number)
		return 0;
	return *number;				/* analyzer */
}

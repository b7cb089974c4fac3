// SPDX-License-Identifier: GPL-2.0
/* For W=1, of gcc and of clang. */
#include "samples.h"

void sample_warnings(int value)
{
	int forgotten;				/* gcc, clang */

	forgotten = value;
}

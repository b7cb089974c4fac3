// SPDX-License-Identifier: GPL-2.0
/* For sparse. */
#include <linux/spinlock.h>

#include "samples.h"

static DEFINE_RAW_SPINLOCK(lock);

void sample_takes(bool often)			/* sparse */
{
	raw_spin_lock(&lock);
	if (often)
		return;
	raw_spin_unlock(&lock);
}

u32 sample_endian(__be32 value)
{
	return value;				/* sparse */
}

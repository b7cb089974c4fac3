// SPDX-License-Identifier: GPL-2.0
/*
 * kernel_test_mempool - the cases of mempool_cases.h, by the kernel's mempools:
 * what rsvpool_test_mempool.ko is measured by.
 */
#include <linux/mempool.h>

#define MIN_NR_OF(mempool)	((mempool)->min_nr)

#include "mempool_cases.h"

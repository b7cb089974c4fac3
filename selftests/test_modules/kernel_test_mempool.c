// SPDX-License-Identifier: GPL-2.0
/*
 * kernel_test_mempool - the cases of mempool_cases.h with the kernel's
 * mempools: the reference for rsvpool_test_mempool.ko.
 */
#include <linux/mempool.h>

#define MIN_NR_OF(mempool)	((mempool)->min_nr)

#include "mempool_cases.h"

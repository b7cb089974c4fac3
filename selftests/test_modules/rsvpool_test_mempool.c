// SPDX-License-Identifier: GPL-2.0
/*
 * rsvpool_test_mempool - the cases of mempool_cases.h with rsvpool: the one
 * line that a driver has to change is the only difference to
 * kernel_test_mempool.c.
 */
#include <linux/rsvpool_mempool.h>

#define MIN_NR_OF(mempool)	rsvpool_mempool_min_nr(mempool)

#include "mempool_cases.h"

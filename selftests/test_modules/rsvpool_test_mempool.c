// SPDX-License-Identifier: GPL-2.0
/*
 * rsvpool_test_mempool - the cases of mempool_cases.h, by rsvpool: the one line
 * that a driver changes is the only difference to kernel_test_mempool.c.
 */
#include <linux/rsvpool_mempool.h>

#include "mempool_cases.h"

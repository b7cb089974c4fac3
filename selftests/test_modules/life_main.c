// SPDX-License-Identifier: GPL-2.0
/*
 * rsvpool_test_life - how pools begin and end: NULL for the functions that free
 * or end something, the bound of stacks of pools, waiting until no element is
 * outstanding, and raising a reserve while elements are missing.
 *
 * Tests are listed, run and reported as in rsvpool_test_api: this is its main
 * file with other groups of tests, under another name.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "life.h"

#define create_tests	null_tests
#define source_tests	depth_tests
#define alloc_tests	drain_tests, raise_tests
#define context_tests	pin_tests

#include "api_main.c"

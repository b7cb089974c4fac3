// SPDX-License-Identifier: GPL-2.0
/*
 * rsvpool_test_life - how pools begin and end: what may be given to the
 * functions that give back, how high pools may be stacked, waiting until nothing
 * is outstanding, and raising a reserve that does not come.
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

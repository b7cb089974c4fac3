// SPDX-License-Identifier: GPL-2.0
/*
 * rsvpool_test_kvfree - objects freed after a grace period, by pages of a pool: all
 * of include/linux/rsvpool_kvfree.h.  The one test module that needs
 * rsvpool_kvfree.ko.
 *
 * Tests are listed, run and reported as in rsvpool_test_api: this is its main
 * file with another group of tests, under another name.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "wait.h"

static const struct api_test no_tests[] = { {} };

#define create_tests	kvfree_tests
#define source_tests	no_tests
#define alloc_tests	no_tests
#define context_tests	no_tests

#include "api_main.c"

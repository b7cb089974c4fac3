// SPDX-License-Identifier: GPL-2.0
/*
 * rsvpool_test_wait - what rsvpool guarantees, beyond the single call: the
 * order in which sleepers are served, the rungs of the policies, claims,
 * sections, pools on pools, what debug=1 finds, and elements
 * that are lent.
 *
 * How tests are listed, run and answered for is rsvpool_test_api's: this is its
 * main file with other groups of tests, under another name.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "wait.h"

#define create_tests	queue_tests, ask_tests, prio_tests, fair_tests
#define source_tests	policy_tests, gfp_tests, reclaim_tests
#define alloc_tests	claim_tests, deadlock_tests, carry_tests, \
			section_tests, section_end_tests, shared_tests
#define context_tests	stack_tests, debug_tests, stage_tests, \
			lend_tests, delay_tests, \
			account_tests, wrap_tests

#include "api_main.c"

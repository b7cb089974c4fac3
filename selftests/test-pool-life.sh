#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-pool-life.sh - how pools begin and end: free and destroy accept NULL,
# stacks of pools are bounded, a teardown can wait for elements that other code
# frees.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=selftests/in-kernel.sh
. ./in-kernel.sh
kernel_tests=/sys/kernel/debug/rsvpool_test_life

# This panicked once: a stack of 400 pools, and then one with a reserve.
stack_on()
{
	make_pool "s$1,element=pool,parent=$2,reserve=0,cache=0,max=4,low=0,high=0"
}

stacked_pools_are_bounded()
{
	make_pool s1,reserve=8 && stack_on 2 s1 && stack_on 3 s2 &&
		stack_on 4 s3 || return
	refused ELOOP s5 parent ./poke write "$debug/create" \
		"s5,element=pool,parent=s4,reserve=1" || return
	destroy_pool "s4
s3
s2
s1"
}

# The test runs in a child process, which is killed while it waits.
user_is_killed()
{
	./poke write "$kernel_tests/run" drain_user_is_killed >/dev/null &
	victim=$!
	eventually is drain/outstanding 1 || :
	kill -9 "$victim"
	fails wait "$victim" && inside_was_well drain_user_is_killed
}

left_behind_in_a_stack()
{
	make_pool pin-lower,reserve=8 &&
		make_pool "pin-upper,element=pool,parent=pin-lower,reserve=1,max=0,cache=0,cache_max=0,low=0,high=0,policy=source" &&
		inside pin_stacked && destroy_pool "pin-upper
pin-lower"
}

# It also logs that, which test-sections.sh tests.
left_by_a_section()
{
	make_pool pin-lower,reserve=8 && mark_log || return
	./poke write "$kernel_tests/run" pin_forgotten >/dev/null
	inside_was_well pin_forgotten && logged "exited without ending" &&
		destroy_pool pin-lower
}

begin
load rsvpool
load rsvpool_test_life
ktap_set_plan $(($(number_of_tests null depth drain raise) + 5))
check_inside null depth drain raise
check "drain_user_is_killed" user_is_killed
check "elements that users leave keep rsvpool loaded, in a stack, too" \
	left_behind_in_a_stack
check "a section whose task has exited does not keep rsvpool loaded" left_by_a_section
check "a stack of more than four pools is refused" stacked_pools_are_bounded
finish "unloads"

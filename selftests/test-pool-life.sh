#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-pool-life.sh - how pools begin and end: what gives back takes NULL, stacks
# of pools are bounded.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=selftests/in-kernel.sh
. ./in-kernel.sh
kernel_tests=/sys/kernel/debug/rsvpool_test_life

# What panicked once: a stack of 400 pools, and then one with a reserve.
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

begin
load rsvpool
load rsvpool_test_life
ktap_set_plan $(($(number_of_tests null depth) + 2))
check_inside null depth
check "a stack of more than four pools is refused" stacked_pools_are_bounded
finish "unloads"

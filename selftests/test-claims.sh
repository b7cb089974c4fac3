#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-claims.sh - several elements of several pools, all or nothing, in order
# of arrival; the deadlocks that taking them one by one causes; and how many
# operations a reserve is enough for.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=selftests/in-kernel.sh
. ./in-kernel.sh

# A claim sleeps: for 2 of a, which has 4, and 1 of b, which has none left.
holds_nothing()
{
	is stage-a/available 4 && eventually is stage-a/outstanding 0 &&
		is stage-b/available 0
}

# pid, comm, age, wants of this pool, pools
is_listed()
{
	shows "$debug/pools/stage-a/waiters" \
		'^[0-9]* rsvpool_asker [0-9]* 2 2 ' &&
		shows "$debug/pools/stage-b/waiters" \
			'^[0-9]* rsvpool_asker [0-9]* 1 2 '
}

keeps_both()
{
	answers EBUSY stage-a destroy "$debug/destroy" stage-a &&
		answers EBUSY stage-b destroy "$debug/destroy" stage-b
}

all_back()
{
	is stage-a/available 4 && is stage-b/available 4 &&
		is stage-a/stats/alloc_wait 2 && is stage-b/stats/alloc_wait 1
}

begin
load rsvpool
load rsvpool_test_wait
ktap_set_plan $(($(number_of_tests claim deadlock carry) + 7))
check_inside claim deadlock carry

# No report about the sleeping claim, even if it sleeps long.
make_pool stage-a,reserve=4,max=4,cache=0,stall_ms=0
make_pool stage-b,reserve=4,max=4,cache=0,stall_ms=0
check "a claim sleeps" inside stage_claim
check "the claim holds nothing of either pool" holds_nothing
check "both pools list the claim, and what it wants" is_listed
check "neither pool can be destroyed" keeps_both
check "the claim gets all elements at once" inside stage_end
check "the claim gives all elements back" all_back
finish "unloads"

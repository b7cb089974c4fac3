#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-kvfree.sh - objects freed after a grace period, collected in pages of a
# pool: all kinds of objects, in all contexts, with pages and without, not
# before readers have finished; while CPUs come and go; and what keeps the pool
# from being destroyed.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=selftests/in-kernel.sh
. ./in-kernel.sh

seconds=$(long 3)

told()
{
	mark_log
	inside kvfree_enabling_forgotten && eventually logged \
		"pool 'wait': kvfree: rsvpool_kvfree_rcu() without rsvpool_kvfree_enable()"
}

run=$debug/stress/run

# For a day, so that it does not end before the checks.
flood_begins()
{
	./poke write "$run" "flood pool=f via=rsvpool seconds=86400" \
		>"$work/answer" &
	eventually grep -q running=1 "$debug/stress/result"
}

# Any failure would be reported instead.
flood_ends()
{
	accept "$run" stop || return
	wait
	cat "$work/answer" "$debug/stress/result"
	grep -q ECANCELED "$work/answer" && eventually is f/outstanding 0
}

# The flood holds a reference to the pool, and its objects occupy pages of it.
keeps_pool()
{
	kept=0
	flood_begins &&
		refused EBUSY f destroy ./poke write "$debug/destroy" f &&
		unload_refused rsvpool && kept=1
	flood_ends && [ "$kept" -eq 1 ]
}

# CPUs that can go offline.
cpus_that_go()
{
	ls -d "$cpus"/cpu[1-9]*/online 2>/dev/null
}

cpus_off_and_on()
{
	for cpu in $(cpus_that_go); do
		echo 0 >"$cpu" && echo 1 >"$cpu" || return
	done
}

with_cpus_off_and_on()
{
	rounds=0
	flood_begins && until=$(($(date +%s) + seconds)) &&
		while cpus_off_and_on && rounds=$((rounds + 1)) &&
			[ "$(date +%s)" -lt "$until" ]; do :; done
	echo "$rounds rounds"
	flood_ends && [ "$rounds" -gt 0 ]
}

begin
load rsvpool
load rsvpool_test_wait
load rsvpool_stress
ktap_set_plan $(($(number_of_tests kvfree) + 4))
check_inside kvfree
check "a call without enabling it is reported" told
make_pool f,reserve=256,max=1024
check "a flood keeps the pool" keeps_pool
if [ -n "$(cpus_that_go)" ]; then
	check "CPUs go and come in a flood" with_cpus_off_and_on
else
	skip "CPUs go and come in a flood" "there is only one CPU, or none can go"
fi
finish "unloads"

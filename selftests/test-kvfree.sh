#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-kvfree.sh - objects freed after a grace period, by pages of a pool:
# whatever they are, wherever they are given away, with pages and without, no
# sooner than readers are gone; while CPUs come and go; and what keeps the pool.

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

# For a day, so that it is not over before we have looked.
flood_begins()
{
	./poke write "$run" "flood pool=f via=rsvpool seconds=86400" \
		>"$work/answer" &
	eventually grep -q running=1 "$debug/stress/result"
}

# Had anything been wrong, that would be the answer.
flood_ends()
{
	accept "$run" stop || return
	wait
	cat "$work/answer" "$debug/stress/result"
	grep -q ECANCELED "$work/answer" && eventually is f/outstanding 0
}

# The flood holds the pool, and its objects pages of it.
keeps_pool()
{
	kept=0
	flood_begins &&
		refused EBUSY f destroy ./poke write "$debug/destroy" f &&
		unload_refused rsvpool && kept=1
	flood_ends && [ "$kept" -eq 1 ]
}

# Those that can go.
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
check "who forgot to enable it is told" told
make_pool f,reserve=256,max=1024
check "a flood keeps the pool" keeps_pool
if [ -n "$(cpus_that_go)" ]; then
	check "CPUs go and come in a flood" with_cpus_off_and_on
else
	skip "CPUs go and come in a flood" "there is only one CPU, or none can go"
fi
finish "unloads"

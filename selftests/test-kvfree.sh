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

seconds=${RSVPOOL_TEST_SECONDS:-3}

told()
{
	mark_log
	inside kvfree_enabling_forgotten && eventually logged \
		"pool 'wait': kvfree: rsvpool_kvfree_rcu() without rsvpool_kvfree_enable()"
}

flood_begins()
{
	rm -f "$work/over" "$work/good"
	(
		if stress flood pool=f via=rsvpool "seconds=$seconds"; then
			: >"$work/good"
		fi
		: >"$work/over"
	) >"$work/flood" 2>&1 &
	eventually grep -q running=1 "$debug/stress/result"
}

flood_ends()
{
	wait
	cat "$work/flood"
	[ -e "$work/good" ] && eventually is f/outstanding 0
}

# The flood holds the pool, and its objects pages of it.
keeps_pool()
{
	flood_begins &&
		refused EBUSY f destroy ./poke write "$debug/destroy" f &&
		unload_refused rsvpool && flood_ends
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
	flood_begins || return
	rounds=0
	while cpus_off_and_on && rounds=$((rounds + 1)) &&
		[ ! -e "$work/over" ]; do :; done
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

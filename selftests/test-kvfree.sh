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

# The flood holds the pool, and its objects pages of it.
held()
{
	refused EBUSY f destroy ./poke write "$debug/destroy" f &&
		unload_refused rsvpool
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

# while_flooded COMMAND: again and again until the flood is over.
while_flooded()
{
	rm -f "$work/over" "$work/good"
	(
		if stress flood pool=f via=rsvpool "seconds=$seconds"; then
			: >"$work/good"
		fi
		: >"$work/over"
	) >"$work/flood" 2>&1 &
	eventually grep -q running=1 "$debug/stress/result" && "$1" || {
		wait
		cat "$work/flood"
		return 1
	}
	while [ "$1" != held ] && [ ! -e "$work/over" ]; do
		"$1" || break
	done
	wait
	cat "$work/flood"
	[ -e "$work/good" ] && eventually is f/outstanding 0
}

begin
load rsvpool
load rsvpool_test_wait
load rsvpool_stress
ktap_set_plan $(($(number_of_tests kvfree) + 4))
check_inside kvfree
check "who forgot to enable it is told" told
make_pool f,reserve=256,max=1024
check "a flood keeps the pool" while_flooded held
if [ -n "$(cpus_that_go)" ]; then
	check "CPUs go and come in a flood" while_flooded cpus_off_and_on
else
	skip "CPUs go and come in a flood" "there is only one CPU, or none can go"
fi
finish "unloads"

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
kernel_tests=/sys/kernel/debug/rsvpool_test_kvfree

run=$debug/stress/run

# Of what is loaded, only the flood needs it, and says so.
not_needed()
{
	! answer=$(./poke write "$run" \
		"flood pool=f via=rsvpool seconds=1") || return
	echo "$answer"
	case $answer in
	ENOENT*"rsvpool_stress: flood: via: rsvpool needs rsvpool_kvfree, "*) ;;
	*) return 1 ;;
	esac
	accept "$run" "flood via=kernel seconds=1"
}

without_it()
{
	cat "$work/not_needed"
	[ "$needed" -eq 0 ]
}

in_its_folder()
{
	for file in fallbacks freed grace_periods pages queued; do
		case $(value "f/kvfree/$file") in
		'' | *[!0-9]*)
			echo "$file is $(value "f/kvfree/$file")"
			return 1 ;;
		esac
	done
	equal 5 "$(find "$sysfs/f/kvfree" -type f | wc -l)"
}

# While the flood lasts, and then no more.
has_a_folder()
{
	shown=0
	[ ! -e "$sysfs/f/kvfree" ] && flood_begins &&
		eventually is_more f/kvfree/freed 0 && in_its_folder && shown=1
	flood_ends && [ "$shown" -eq 1 ] && eventually gone "$sysfs/f/kvfree"
}

is_more()
{
	[ "$(value "$1")" -gt "$2" ]
}

gone()
{
	[ ! -e "$1" ]
}

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

# The flood holds the pool and the module, and its objects pages of the pool.
keeps_pool()
{
	kept=0
	flood_begins &&
		refused EBUSY f destroy ./poke write "$debug/destroy" f &&
		unload_refused rsvpool && unload_refused rsvpool_kvfree &&
		kept=1
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
load rsvpool_stress
make_pool f,reserve=256,max=1024
not_needed >"$work/not_needed" 2>&1 && needed=0 || needed=1
load rsvpool_kvfree
load rsvpool_test_kvfree
ktap_set_plan $(($(number_of_tests kvfree) + 5))
check "only modules that use rsvpool_kvfree need it" without_it
check_inside kvfree
check "the statistics are in the pool's folder" has_a_folder
check "a pool with a flood cannot be destroyed" keeps_pool
if [ -n "$(cpus_that_go)" ]; then
	check "CPUs go and come in a flood" with_cpus_off_and_on
else
	skip "CPUs go and come in a flood" "there is only one CPU, or none can go"
fi
finish "unloads"

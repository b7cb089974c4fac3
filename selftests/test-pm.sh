#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-pm.sh - the machine is suspended, or hibernates, while every context
# requests elements: tasks are frozen, devices and CPUs go and come back, and
# hibernation first allocates half of the memory.  The guarantee holds, and no
# element is lost.  This uses the levels of pm_test, so it needs no wake-up and
# no swap; without the last level, "core", at which no task or timer runs that
# could make a request.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

state=/sys/power/state
pm_test=/sys/power/pm_test
delay=/sys/module/suspend/parameters/pm_test_delay	# seconds, if it is there
mem_sleep=/sys/power/mem_sleep				# what "mem" means
patience=/sys/power/pm_freeze_timeout	# milliseconds, for tasks to freeze

# offered FILE WORD: the file offers this word.
offered()
{
	grep -qw -e "$2" "$1" 2>/dev/null
}

# missing LEVEL HOW: print the reason if it cannot be tested here.
missing()
{
	offered "$pm_test" "$1" || {
		echo "pm_test has no $1 (CONFIG_PM_DEBUG)"
		return
	}
	offered "$state" "$2" || {
		echo "no $2 in $state"
		return
	}
	[ "$1 $2" != "processors mem" ] || ! grep -qF "[s2idle]" "$mem_sleep" 2>/dev/null ||
		echo "mem is suspend-to-idle here, which has no such level"
}

# The result must be of the current run: until that begins, it is the last
# run's.
asked()
{
	sed -n '/^running=1$/,$s/^requests=//p' "$debug/stress/result" |
		grep . || echo 0
}

asked_more()
{
	[ "$(asked)" -gt "$1" ]
}

begin_to_ask()
{
	./poke write "$debug/stress/run" \
		"contexts pool=p seconds=0 hold=64 nmi_hold=8 guarantee=1 count=4000000000" \
		>"$work/asked" &
	asking=$!
	eventually asked_more 0
}

end_asking()
{
	./poke write "$debug/stress/run" stop >/dev/null || :
	wait "$asking" || :
	cat "$work/asked" "$debug/stress/result"
	grep -qx guarantee=kept "$debug/stress/result"
}

# put_to_sleep LEVEL HOW: requests go on after waking up.
put_to_sleep()
{
	local before

	echo "$1" >"$pm_test" || return
	before=$(asked)
	echo "$2" >"$state" || {
		dmesg | tail -n 20
		return 1
	}
	eventually asked_more "$before" || return
	grep . /sys/power/suspend_stats/success
}

suspended_under_load()
{
	local failed=0

	begin_to_ask || return
	put_to_sleep "$@" || failed=1
	end_asking && [ "$failed" -eq 0 ]
}

# try LEVEL HOW
try()
{
	local why

	why=$(missing "$@")
	if [ -n "$why" ]; then
		skip "$2, $1" "$why"
	else
		check "$2, $1: the guarantee holds" suspended_under_load "$@"
	fi
}

# The longest two levels include the others.
levels="freezer|freeze devices|freeze devices|mem processors|mem processors|disk"
[ -z "${RSVPOOL_TEST_QUICK:-}" ] || levels="devices|mem processors|disk"

plan $(($(echo "$levels" | wc -w) + 2))
load rsvpool
load rsvpool_stress
make_pool p,reserve=64,nmi_reserve=8,cache=16
[ ! -w "$delay" ] || echo 1 >"$delay"
[ ! -w "$patience" ] || echo 200000 >"$patience"
for level in $levels; do
	try "${level%|*}" "${level#*|}"
done
[ ! -e "$pm_test" ] || echo none >"$pm_test"
check "nothing is outstanding" eventually is p/outstanding 0
finish "unloads"

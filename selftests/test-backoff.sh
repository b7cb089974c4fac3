#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-backoff.sh - how often a pool asks a source that fails: at growing intervals,
# however much is asked of the pool meanwhile, and at once when it works again.
#
# What is counted are the worker's runs, in the pool's statistics.  A timer is never
# early, so in the time that has gone, as /proc/uptime has it, there cannot have been
# more: the bound depends on no machine's speed.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

# Runs until the interval is a second: it doubles from one jiffy on, of which there
# are at most 1,000 in a second; two more for the first run and the one that is
# beginning; and each change of a setting, or stop of rsvpool_stress, asks once.
DOUBLINGS=13

# Seconds between two runs, at least, from then on.
LONGEST=1

# Seconds for which requests are made meanwhile.
BUSY=4

uptime_seconds()
{
	cut -d. -f1 /proc/uptime
}

runs()
{
	cat "$sysfs/p/stats/refill_runs"
}

# at_most BEFORE SINCE: since then, when so many had been.
at_most()
{
	local made gone most

	made=$(($(runs) - $1))
	gone=$(($(uptime_seconds) - $2 + 1))
	most=$((DOUBLINGS + gone / LONGEST))
	echo "# $made runs in $gone seconds, at most $most" >&3
	[ "$made" -le "$most" ] || echo "$made runs, at most $most"
	[ "$made" -le "$most" ]
}

backs_off_to_a_second()
{
	eventually grep -q "^refill .*back-off 1000" "$debug/pools/p/state"
}

# Its source fails from here on, and it is below its watermarks.
dry()
{
	accept "$debug/pools/p/inject" always || return
	began=$(uptime_seconds)
	before=$(runs)
	accept "$sysfs/p/high" 64 && accept "$sysfs/p/low" 64
}

# Seven doublings make 128 jiffies, and a second has 100 at least.
each_failed()
{
	local failed

	failed=$(cat "$sysfs/p/stats/refill_fails")
	[ "$failed" -ge 8 ] || { echo "$failed failed"; return 1; }
}

asked_all_the_time()
{
	local status=0

	began=$(uptime_seconds)
	before=$(runs)
	echo "contexts pool=p hold=16 bulk=4 seconds=$BUSY" \
		>"$debug/stress/run" || status=1
	return "$status"
}

full_again()
{
	accept "$debug/pools/p/inject" off && eventually is p/available 64
}

plan 9
exec 3>&1
load rsvpool
load rsvpool_stress
check "a pool is created" make_pool p,reserve=16,max=64,low=16,high=16,cache=8,adaptive=0
check "its source fails" dry
check "it backs off up to a second" backs_off_to_a_second
check "each interval is twice the last one" at_most "$before" "$began"
check "each run has failed" each_failed
check "all contexts make requests" asked_all_the_time
check "it asks its source no more often for that" at_most "$before" "$began"
check "it is full when the source works" full_again
finish "unloads"

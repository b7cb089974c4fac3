#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-isolated.sh - an isolated CPU that has used a pool gets no work of
# rsvpool while other CPUs use, tune and trim the pool; its cache keeps its
# elements until the CPU's own next call.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

# Events of rsvpool, with the function that runs or the thread that is switched
# to; for both CPUs, as the housekeeping CPU is the control.
EVENTS="workqueue/workqueue_execute_start timer/timer_expire_entry
	timer/hrtimer_expire_entry sched/sched_switch"
OURS='\[rsvpool\]|next_comm=[^ ]*rsvpool'

ROUNDS=3
USED=8		# elements at once

instance=/sys/kernel/tracing/instances/rsvpool_isolated

# on CPU COMMAND...: run it there.
on()
{
	local cpu="$1"
	shift

	taskset -c "$cpu" "$@"
}

# cached CPU: elements in its cache; cpu_limit CPU: how many may be.
cached()
{
	awk -v cpu="$1" '$1 == cpu { print $2 }' "$debug/pools/p/percpu"
}

cpu_limit()
{
	awk -v cpu="$1" '$1 == cpu { print $8 }' "$debug/pools/p/percpu"
}

# Allocate and free some there.
use_on()
{
	on "$1" ./poke write "$holder/do" "try $USED" >/dev/null &&
		on "$1" ./poke write "$holder/do" "free $USED" >/dev/null
}

isolated_has_some()
{
	use_on "$isolated" && [ "$(cached "$isolated")" -ge "$USED" ]
}

start_tracing()
{
	local event

	mkdir "$instance" || return
	: >"$work/isolated"
	: >"$work/house"
	for event in $EVENTS; do
		echo 1 >"$instance/events/$event/enable" || return
	done
	# Without switches on the other CPU, of which there are many.
	echo "cpu == $isolated" >"$instance/events/sched/sched_switch/filter" ||
		return
	echo 8192 >"$instance/buffer_size_kb"
	echo 1 >"$instance/tracing_on"
}

# seen CPU: the events of rsvpool there.
seen()
{
	grep -v '^#' "$instance/per_cpu/cpu$1/trace" | grep -E "$OURS" || :
}

lost()
{
	sed -n 's/^\(overrun\|dropped events\): //p' \
		"$instance/per_cpu/cpu$1/stats" |
		awk '{ sum += $1 } END { print sum + 0 }'
}

# Operations by which rsvpool might send work to another CPU.  All begin on the
# housekeeping CPU: the scheduler puts no task on the isolated one by itself.
busy_elsewhere()
{
	local round=0 size

	while [ "$round" -lt "$ROUNDS" ]; do
		stress churn pool=p threads=1 hold=32 seconds=1 || return
		for size in 0 4 16; do
			accept "$sysfs/p/cache" "$size" || return
		done
		accept "$sysfs/p/high" 200 || return
		accept "$sysfs/p/high" 80 || return
		make_pool "q,reserve=8" && destroy_pool q || return
		echo 3 >/proc/sys/vm/drop_caches
		round=$((round + 1))
	done
}

left_alone()
{
	local before

	before=$(cached "$isolated")
	busy_elsewhere || return
	echo 0 >"$instance/tracing_on"
	seen "$isolated" >"$work/isolated"
	seen "$house" >"$work/house"
	cat "$work/isolated"
	equal "$(lost "$isolated")" 0 && [ ! -s "$work/isolated" ] &&
		equal "$(cached "$isolated")" "$before"
}

# The control: otherwise the test before proves nothing.
control_is_seen()
{
	[ -s "$work/house" ] || { echo "nothing on CPU $house"; return 1; }
	grep -q 'function trim_fn' "$work/house" ||
		{ echo "no trim on CPU $house"; return 1; }
}

# The shrinker asks for the cache's elements; only the owner's own call gives
# them.
kept_through_a_trim()
{
	local before

	use_on "$house" && eventually is p/outstanding 0 || return
	before=$(cached "$isolated")
	echo 3 >/proc/sys/vm/drop_caches
	equal "$(cpu_limit "$isolated")" 0 &&
		eventually equal_cached "$house" 0 &&
		equal "$(cached "$isolated")" "$before"
}

equal_cached()
{
	equal "$(cached "$1")" "$2"
}

given_back_by_itself()
{
	local before flushed

	before=$(cached "$isolated")
	flushed=$(value p/stats/flushed)
	use_on "$isolated" || return
	echo "had $before; flushed $flushed, then $(value p/stats/flushed)"
	[ "$(value p/stats/flushed)" -ge $((flushed + before)) ] &&
		equal "$(cpu_limit "$isolated")" 16
}

# exist: that figure of "state".
all_there()
{
	is p/outstanding 0 &&
		equal "$(sum p available cached)" "$(sed -n \
			's/^exist *\([0-9]*\) of.*/\1/p' "$debug/pools/p/state")"
}

# A trace instance of its own, which the test removes.
clean_up_trace()
{
	[ ! -d "$instance" ] || rmdir "$instance"
	clean_up
}

begin
isolated=$(sed 's/[-,].*//' "$cpus/isolated" 2>/dev/null)
[ -n "$isolated" ] || skip_all "no CPU is isolated"
[ -d "${instance%/*}" ] || skip_all "there is no tracefs"
trap clean_up_trace EXIT
house=0
ktap_set_plan 8
load rsvpool
load rsvpool_stress
make_pool p,reserve=64,max=512,cache=16,batch=8,adaptive=0
load rsvpool_test_holder pool=p
echo "# CPU $isolated is isolated, CPU $house does the housekeeping"

# Once the depot is at min: until then elements that it frees go to the depot.
check "the isolated CPU has used the pool" eventually isolated_has_some
check "work can be seen" start_tracing
check "it gets no work while others use, tune and trim" left_alone
echo "# $(wc -l <"$work/isolated") events of rsvpool's on CPU $isolated," \
	"$(wc -l <"$work/house") on CPU $house"
check "the work of other CPUs was seen" control_is_seen
check "the cache of the isolated CPU is kept through a trim" kept_through_a_trim
check "its cache is given back at its next call" given_back_by_itself
check "nothing is lost" eventually all_there
rmdir "$instance"	# its buffers are memory, too
unload rsvpool_test_holder
finish "unloads"

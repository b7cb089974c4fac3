#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-hotplug.sh - CPUs go offline and online, one after the other and several
# at once, while tasks on all of them use a pool: no element is lost, the refill
# goes on, and the counts of an offline CPU are kept.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

CYCLES=$(often 200 45)

# Counters that only grow.
growing="alloc_cache alloc_depot alloc_source alloc_reserve free_cache free_depot
	pulled flushed refilled released refill_runs sleeps wakeups"

stats()
{
	# shellcheck disable=SC2086 # a list
	(cd "$sysfs/p/stats" && grep . $growing)
}

# not_less FILE: no counter is lower than in FILE.
not_less()
{
	stats >"$work/now"
	awk -F: 'NR == FNR { was[$1] = $2; next }
		$2 < was[$1] { print $1 " was " was[$1] ", is " $2; bad = 1 }
		END { exit bad }' "$1" "$work/now"
}

# CPUs that can go offline.
going()
{
	local cpu

	for cpu in "$cpus"/cpu[0-9]*; do
		[ ! -e "$cpu/online" ] || [ "${cpu##*cpu}" = 0 ] ||
			echo "${cpu##*cpu}"
	done
}

turn()
{
	echo "$2" >"$cpus/cpu$1/online"
}

# start_load: one thread a CPU, until it is stopped.
start_load()
{
	begin_stress churn pool=p "threads=$(nproc)" seconds=86400
}

# Off and on, one CPU after the other, CYCLES times in all.
cycle()
{
	local n=0 cpu

	stats >"$work/stats"
	while [ "$n" -lt "$CYCLES" ]; do
		for cpu in $(going); do
			turn "$cpu" 0 && turn "$cpu" 1 || return
			n=$((n + 1))
		done
		stress_is_on && not_less "$work/stats" || return
		mv "$work/now" "$work/stats"
	done
}

used_since()
{
	[ "$(value p/stats/alloc_cache)" -gt "$1" ]
}

# All CPUs but the first are offline at the same time.
all_away()
{
	local cpu before

	for cpu in $(going); do
		turn "$cpu" 0 || return
	done
	before=$(value p/stats/alloc_cache)
	eventually used_since "$before" && stress_is_on || return
	for cpu in $(going); do
		turn "$cpu" 1 || return
	done
}

# exist: that figure of "state".
exist()
{
	sed -n 's/^exist *\([0-9]*\) of.*/\1/p' "$debug/pools/p/state"
}

all_there()
{
	is p/outstanding 0 && equal "$(sum p available cached)" "$(exist)" &&
		[ "$(exist)" -ge "$(value p/reserve)" ]
}

# All elements that came from the source and were not released exist.
source_adds_up()
{
	equal "$(exist)" $((64 + $(sum p stats/refilled stats/alloc_source \
		stats/alloc_reclaim) - $(sum p stats/released)))
}

# At rest: caches are flushed to the depot, counts stay.
departed_counts_stay()
{
	local cpu before after

	for cpu in $(going); do
		# Counts of the refill worker, which may run at any time.
		before=$(stats | grep -v -e refill -e flushed -e released)
		turn "$cpu" 0 || return
		after=$(stats | grep -v -e refill -e flushed -e released)
		turn "$cpu" 1 || return
		[ "$before" = "$after" ] || {
			printf '%s\n\n%s\n' "$before" "$after"
			return 1
		}
	done
}

# An offline CPU has an empty cache, and its row in percpu still shows its pops.
cache_of_the_departed()
{
	local cpu pops

	for cpu in $(going); do
		pops=$(awk -v cpu="$cpu" '$1 == cpu { print $3 }' \
			"$debug/pools/p/percpu")
		[ "$pops" -gt 0 ] || { echo "cpu $cpu did nothing"; return 1; }
		turn "$cpu" 0 || return
		awk -v cpu="$cpu" -v pops="$pops" \
			'$1 == cpu { bad = $2 != 0 || $3 < pops; print }
			END { exit bad }' "$debug/pools/p/percpu" || return
		turn "$cpu" 1 || return
	done
}

# The worker finds the depot below min, whichever CPU asked.
refills_everywhere()
{
	local cpu

	for cpu in $(going); do
		turn "$cpu" 0 || return
		taskset -c 0 ./poke write "$holder/do" "try 60" >/dev/null &&
			eventually enough && have free 60 || return
		turn "$cpu" 1 || return
	done
}

enough()
{
	[ "$(value p/available)" -ge 64 ]
}

begin
[ -n "$(going)" ] || skip_all "no CPU can go"
ktap_set_plan 9
load rsvpool
load rsvpool_stress
make_pool p,reserve=64,max=1024,cache=16,batch=8
echo "# $CYCLES cycles of $(going | wc -l) CPUs that can go"

check "load on all CPUs" start_load
check "CPUs go and come" cycle
check "all CPUs but one are offline at once" all_away
check "nothing was wrong with any element" end_stress
# Retry until the worker, which decays the watermarks, did not run meanwhile.
check "nothing is lost" eventually all_there
check "what came from the source adds up" eventually source_adds_up
check "the counts of offline CPUs are kept" \
	eval "departed_counts_stay && cache_of_the_departed"
load rsvpool_test_holder pool=p
check "the refill goes on" refills_everywhere
unload rsvpool_test_holder
finish "unloads"

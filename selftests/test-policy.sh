#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-policy.sh - the ladder of each policy, in every gfp context; the policy
# changes while the pool is in use; statistics and tracepoints agree.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=selftests/in-kernel.sh
. ./in-kernel.sh

inject=$debug/pools/p/inject
event=$tracing/events/rsvpool/rsvpool_alloc
seconds=$(long 2)

source_fails()
{
	accept "$inject" always
}

source_works()
{
	accept "$inject" off
}

# A pool p with empty caches, and a depot at min.
fresh_pool()
{
	if [ -d "$holder" ]; then
		unload rsvpool_test_holder && destroy_pool p || return
	fi
	make_pool "p,reserve=8,max=32,low=8,high=8,cache=0,cache_max=4,adaptive=0" &&
		load rsvpool_test_holder pool=p
}

# policy NAME: set it.
policy()
{
	accept "$sysfs/p/policy" "$1" && shows "$sysfs/p/policy" "\[$1\]"
}

rungs_traced()
{
	sed -n 's/.*rsvpool_alloc: pool=p rung=\([a-z]*\) .*/\1/p' \
		"$tracing/trace" | tr '\n' ' '
}

# The statistic of a request that failed is called "fail".
counter()
{
	case $1 in
	none) echo stats/alloc_fail ;;
	*) echo "stats/alloc_$1" ;;
	esac
}

# by RUNG COMMAND...: statistics and trace say that this rung answered the
# command's one request.
by()
{
	local rung="$1" traced
	shift

	accept "$sysfs/p/stats/reset" 1 && echo >"$tracing/trace" &&
		"$@" || return
	traced=$(rungs_traced)
	[ "$traced" = "$rung " ] || {
		echo "traced: $traced"
		return 1
	}
	is "p/$(counter "$rung")" 1
}

# full_depot POLICY WORKING FAILING: the rungs, with the source working and
# failing.  Elements from the working source are not freed, as they would be
# above min.  The same holds for elements of a worker that ran while one was
# missing.
full_depot()
{
	policy "$1" && eventually is p/available 8 && source_fails &&
		by "$3" have nowait 1 && have free 1 &&
		by "$3" have alloc 1 && have free 1 &&
		eventually shows "$debug/pools/p/state" 'refill  *idle,' &&
		source_works && by "$2" have alloc 1
}

# empty_depot POLICY: a request that may not sleep fails, one that may sleep
# waits.
empty_depot()
{
	policy "$1" && source_fails && have try 8 || return
	by none fails have nowait 1 && by wait wait_and_free && have free 8
}

wait_and_free()
{
	have sleep 1 && have free 1 && have join
}

above_min()
{
	policy "$1" && source_works && accept "$sysfs/p/high" 16 &&
		accept "$sysfs/p/low" 16 && eventually is p/available 16 &&
		by "$2" have alloc 1 && have free 1 &&
		accept "$sysfs/p/low" 8 && accept "$sysfs/p/high" 8 &&
		eventually is p/available 8
}

# on_one_cpu COMMAND...: run it on the CPU whose cache is checked.
on_one_cpu()
{
	local mask status=0

	mask=$(taskset -p $$ | sed 's/.*: //')
	taskset -p 1 $$ >/dev/null
	"$@" || status=$?
	taskset -p "$mask" $$ >/dev/null
	return "$status"
}

from_cache()
{
	policy cache && source_works && accept "$sysfs/p/high" 16 &&
		accept "$sysfs/p/low" 16 && eventually is p/available 16 &&
		accept "$sysfs/p/low" 8 && accept "$sysfs/p/cache" 4 &&
		have try 1 &&
		by cache have alloc 1 && policy reserve &&
		by cache have alloc 1 && have free 3
}

switch_policies()
{
	local name

	while [ ! -e "$work/over" ]; do
		for name in source reclaim reserve cache; do
			policy "$name" || return
		done
	done
}

while_in_use()
{
	make_pool q,reserve=64,max=96 && load rsvpool_stress || return
	switch_policies >"$work/switched" 2>&1 &
	stress churn pool=q "seconds=$seconds" || :
	grep -qx ok=1 "$work/result" && stressed=0 || stressed=1
	touch "$work/over"
	wait $! || {
		cat "$work/switched"
		return 1
	}
	return "$stressed"
}

begin
load rsvpool
load rsvpool_test_wait
ktap_set_plan $(($(number_of_tests policy gfp) + 14))
check_inside policy gfp

fresh_pool
echo 1 >"$event/enable"
check "cache: source before the reserve" full_depot cache source reserve
check "source: source before the depot" full_depot source source reserve
check "reclaim: reclaim before the depot" full_depot reclaim reclaim reserve
check "reserve: the depot alone" full_depot reserve reserve reserve
fresh_pool
for name in cache source reclaim reserve; do
	check "$name: sleep at the end" empty_depot "$name"
done
check "cache: elements above min before the source" above_min cache depot
check "source: the source before elements above min" above_min source source
check "reserve: elements above min before the source" above_min reserve depot
check "cache, reserve: the CPU's own cache first" \
	on_one_cpu from_cache
echo 0 >"$event/enable"
check "policies switched while in use" while_in_use
finish "unloads"

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-stats.sh - the statistics add up: requests, answers and frees agree with
# what the holder did, and elements from the source with those that exist.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

allocs="stats/alloc_cache stats/alloc_depot stats/alloc_source
	stats/alloc_reclaim stats/alloc_reserve stats/alloc_nmi
	stats/alloc_wait"
frees="stats/free_cache stats/free_depot stats/free_nmi stats/free_parked
	stats/free_source"
others="stats/alloc_fail stats/pulled stats/flushed stats/refilled
	stats/released stats/refill_runs stats/refill_fails stats/source_fails
	stats/cache_retries stats/node_hit stats/node_miss stats/node_remote
	stats/sleeps stats/wakeups stats/gave_up
	stats/watermarks_grown stats/watermarks_capped stats/watermarks_held stats/watermarks_decayed stats/under_pressure
	stats/relieved stats/shrunk stats/lent stats/revoked"
# Statistics that a reset sets to the current value, not to 0.
marks=stats/peak

all_there()
{
	for file in $allocs $frees $others $marks; do
		case $(value "p/$file") in
		'' | *[!0-9]*)
			echo "$file is $(value "p/$file")"
			return 1 ;;
		esac
	done
	# And no others.
	equal "$(($(echo "$allocs $frees $others $marks" | wc -w) + 1))" \
		"$(find "$sysfs/p/stats" -type f | wc -l)"
}

answered()
{
	# shellcheck disable=SC2086 # a list
	equal "$(sum p $allocs)" "$1"
}

given_back()
{
	# shellcheck disable=SC2086 # a list
	equal "$(sum p $frees)" "$1"
}

# Elements that exist = from the source - given back to it.
source_adds_up()
{
	local there here

	there=$(sum p available cached outstanding)
	here=$((first + $(sum p stats/refilled stats/alloc_source \
		stats/alloc_reclaim) - $(sum p stats/released stats/free_source)))
	equal "$there" "$here"
}

# Except counts of the worker since then.
reset_zeroes()
{
	accept "$sysfs/p/stats/reset" 1 || return
	# shellcheck disable=SC2086 # a list
	equal "$(sum p $allocs $frees $others)" 0
}

fails_and_counts()
{
	fails have try 4000 >/dev/null &&
		equal "$(value p/stats/alloc_fail)" 1
}

# A task that is served before it sleeps is not woken; and a woken task may be
# here before its wake-up is counted.
woken()
{
	[ "$(value p/stats/wakeups)" -ge 1 ] &&
		[ "$(value p/stats/wakeups)" -le 3 ]
}

wait_is_counted()
{
	exhaust p && accept "$sysfs/p/stats/reset" 1 || return
	have sleep 3 && have free 3 && have join || return
	equal "$(value p/stats/alloc_wait)" 3 &&
		equal "$(value p/stats/sleeps)" 3 &&
		eventually woken &&
		equal "$(value p/stats/gave_up)" 0 &&
		have free "$(cat "$holder/held")" &&
		accept "$debug/pools/p/inject" off
}

# The C interface has the same statistics: the slowest call shows what it
# changed.
told_by_name()
{
	stress worst pool=p count=400 path=1 || return
	for call in tryalloc free; do
		grep -Eqx "$call.max_path=[a-z_]+:[0-9]+(,.*)?" "$work/result" ||
			{ cat "$work/result"; return 1; }
	done
	grep -qx "tryalloc.dry.path=.*alloc_[a-z]*:1.*" "$work/result"
}

plan 16
load rsvpool
make_pool p,reserve=32,max=128,nmi_reserve=4,cache=8,batch=4,adaptive=0
first=32	# of creation
load rsvpool_test_holder pool=p
# Elements in another CPU's cache would change the result.
taskset -p 1 $$ >/dev/null

check "every statistic is a number" all_there
check "no request is counted at first" answered 0
have nowait 100
check "100 requests are 100 answers" answered 100
check "100 elements are outstanding" eventually is p/outstanding 100
have free 100
check "100 frees are counted as 100" given_back 100
for _ in 1 2 3 4 5; do
	have nmi 4	# the NMI reserve; more, if the depot's lock is free
	have free 4
done
check "20 requests in NMI are 20 answers" answered 120
have bulk 30
check "a bulk of 30 is 30 answers" answered 150
have free 30
have alloc 50
check "50 requests that might sleep are 50 answers" answered 200
have free 50
check "200 frees in all" given_back 200
check "elements from the source add up" eventually source_adds_up
check "a request that fails is counted" fails_and_counts
check "sleeping is counted" wait_is_counted
check "reset sets all statistics to 0" eventually reset_zeroes
have try 3
check "the statistics count after reset" answered 3
have free 3
load rsvpool_stress
check "a call's statistics are shown by name" told_by_name
finish "unloads"

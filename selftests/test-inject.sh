#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-inject.sh - with failures injected into the source, every rung of the
# ladder is reached, in the order of the policy; the statistics show which.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

inject=$debug/pools/p/inject

# fresh_pool KEYS: a pool p with empty caches and an idle worker, unless the
# keys say otherwise; and its holder.
fresh_pool()
{
	if [ -d "$holder" ]; then
		unload rsvpool_test_holder && destroy_pool p || return
	fi
	make_pool "p,reserve=8,max=32,adaptive=0,$1" &&
		load rsvpool_test_holder pool=p
}

# by RUNG NUMBER COMMAND...: this rung answers the command's requests, so many
# times.
by()
{
	local rung="$1" number="$2"
	shift 2

	accept "$sysfs/p/stats/reset" 1 && "$@" || return
	[ "$(value "p/stats/$rung")" -eq "$number" ] || {
		echo "$rung is $(value "p/stats/$rung"), not $number"
		grep -v ':0$' "$sysfs"/p/stats/[!r]*
		return 1
	}
}

# Writing a setting makes the worker run and fill up to high.
filled()
{
	accept "$sysfs/p/low" 16 && eventually is p/available 16 &&
		accept "$sysfs/p/low" 8
}

source_fails()
{
	accept "$inject" always
}

source_works()
{
	accept "$inject" off
}

# The first take from the depot also fills the cache.
from_cache()
{
	fresh_pool low=8,high=16,cache=4 && filled && source_fails &&
		have alloc 8 || return
	grep . "$sysfs"/p/stats/alloc_*
	[ "$(value p/stats/alloc_cache)" -gt 0 ]
}

from_above_min()
{
	fresh_pool low=8,high=16,cache=0 && filled &&
		by alloc_depot 3 have alloc 3
}

from_source()
{
	fresh_pool low=8,high=8,cache=0 && by alloc_source 1 have alloc 1
}

from_below_min()
{
	fresh_pool low=8,high=8,cache=0 && source_fails &&
		by alloc_reserve 8 have alloc 8
}

# The attempt without reclaim fails and the depot is empty, so the request
# reclaims.  The worker may call the source in between, and then its attempt
# fails instead; a pool that is used for long would reach max by the elements
# that it brings.
from_reclaim()
{
	tries=100
	while [ "$tries" -gt 0 ]; do
		tries=$((tries - 1))
		fresh_pool low=8,high=8,cache=0 && source_fails && have try 8 &&
			accept "$inject" "next 1" && have alloc 1 || return
		[ "$(value p/stats/alloc_reclaim)" -eq 0 ] || return 0
	done
	echo "never in 100 tries"
	return 1
}

from_nmi_reserve()
{
	fresh_pool low=8,high=8,cache=0,nmi_reserve=3 && source_fails &&
		have try 5 && by alloc_nmi 3 have nmi 3
}

after_waiting()
{
	fresh_pool low=8,high=8,cache=0 && source_fails && have try 8 &&
		by alloc_wait 2 wait_and_free
}

wait_and_free()
{
	have sleep 2 && have free 2 && have join
}

not_at_all()
{
	fresh_pool low=8,high=8,cache=0 && source_fails && have try 8 &&
		by alloc_fail 1 fails have try 1
}

nowait_not_at_all()
{
	by alloc_fail 1 fails have nowait 1
}

# When the source recovers, the worker serves sleepers first.
source_recovers()
{
	fresh_pool low=8,high=8,cache=0 && source_fails && have try 8 &&
		have sleep 3 && equal "$(cat "$holder/asleep")" 3 &&
		source_works && have join && equal "$(cat "$holder/held")" 11
}

policy_source()
{
	fresh_pool low=8,high=8,cache=0,policy=source &&
		by alloc_source 2 have alloc 2 && source_fails &&
		by alloc_reserve 8 have alloc 8
}

policy_reclaim()
{
	fresh_pool low=8,high=8,cache=0,policy=reclaim &&
		by alloc_reclaim 2 have alloc 2 && source_fails &&
		by alloc_reserve 8 have alloc 8
}

policy_reserve()
{
	fresh_pool low=8,high=16,cache=0,policy=reserve &&
		filled && source_fails &&
		by alloc_depot 8 have alloc 8 && by alloc_reserve 8 have alloc 8
}

policy_changes()
{
	fresh_pool low=8,high=8,cache=0,policy=reclaim &&
		by alloc_reclaim 1 have alloc 1 &&
		accept "$sysfs/p/policy" cache && by alloc_source 1 have alloc 1
}

every_second()
{
	fresh_pool low=8,high=8,cache=0,policy=source && accept "$inject" "every 2" &&
		by alloc_source 1 have alloc 2
}

# Some of the failures may be the worker's, which counts them when it runs.
next_three()
{
	fresh_pool low=8,high=8,cache=0,policy=source && accept "$inject" "next 3" &&
		have alloc 20 && eventually is p/stats/source_fails 3
}

counts_what_it_did()
{
	grep -qx "injected 3" "$inject" || {
		cat "$inject"
		return 1
	}
}

creation_needs_all()
{
	make_pool "u,element=pool,parent=p,reserve=2" && destroy_pool u &&
		source_fails &&
		refused ENOMEM u reserve ./poke write "$debug/create" \
			"u,element=pool,parent=p,reserve=40" && source_works
}

# A resize gets elements first, then raises min: here the source has none.
resize_needs_all()
{
	fresh_pool low=8,high=8,cache=0 && source_fails &&
		refused ENOMEM p reserve ./poke write "$sysfs/p/reserve" 9 &&
		is p/reserve 8 && is p/available 8 && source_works &&
		accept "$sysfs/p/reserve" 9
}

plan 20
load rsvpool
check "alloc_cache" from_cache
check "alloc_depot" from_above_min
check "alloc_source" from_source
check "alloc_reserve" from_below_min
check "alloc_reclaim" from_reclaim
check "alloc_nmi" from_nmi_reserve
check "alloc_wait" after_waiting
check "alloc_fail, by tryalloc" not_at_all
check "alloc_fail, by alloc that may not sleep" nowait_not_at_all
check "sleepers are served when the source recovers" source_recovers
check "policy source" policy_source
check "policy reclaim" policy_reclaim
check "policy reserve" policy_reserve
check "the policy can be changed" policy_changes
check "every 2 fails every second" every_second
check "next 3 fails three" next_three
check "inject counts the failures that it made" counts_what_it_did
check "creation fails if the source does" creation_needs_all
check "resizing fails if the source does" resize_needs_all
finish "unloads"

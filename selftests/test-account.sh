#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-account.sh - every outcome of every call is counted in statistics and in
# traces alike; and the counts go on when a cache's sequence wraps.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=selftests/in-kernel.sh
. ./in-kernel.sh

events=$tracing/events/rsvpool
scenes="account_answered account_refused account_waited account_rising
	account_nmi"

# traced SCENE: run it; its events are in $work/trace, its counts in the
# statistics.
traced()
{
	echo 1 >"$sysfs/account/stats/reset" &&
		echo >"$tracing/trace" && echo 1 >"$events/enable"
	inside "$1"
	set -- $?
	echo 0 >"$events/enable"
	cat "$tracing/trace" >"$work/trace"
	return "$1"
}

# traced_elements EVENT [RUNG]
traced_elements()
{
	sed -n "s/.*rsvpool_$1: pool=account ${2:+rung=$2 }.*nr=\([0-9]*\).*/\1/p" \
		"$work/trace" | awk '{ n += $1 } END { print n + 0 }'
}

# agrees WHAT NUMBER STATISTIC...: traced, and the sum of these.
agrees()
{
	local what="$1" number="$2" sum=0 stat
	shift 2

	for stat; do
		sum=$((sum + $(cat "$sysfs/account/stats/$stat")))
	done
	[ "$number" -eq "$sum" ] ||
		{ echo "$what: the trace says $number, $* $sum"; return 1; }
}

# Scenes that involve neither the worker nor other code of the pool.
all_agree()
{
	local rung bad=0

	for rung in cache depot source reclaim reserve nmi wait; do
		agrees "$rung" "$(traced_elements alloc "$rung")" \
			"alloc_$rung" || bad=1
	done
	for event in alloc emergency; do
		agrees "$event none" "$(grep -c \
			"rsvpool_$event: pool=account rung=none" \
			"$work/trace")" alloc_fail || bad=1
	done
	agrees free "$(traced_elements free)" free_cache free_depot free_nmi \
		free_parked || bad=1
	return "$bad"
}

begin
load rsvpool
load rsvpool_test_wait
ktap_set_plan $(($(echo "$scenes" | wc -w) * 2 + 4))
check "account_begin" inside account_begin
for scene in $scenes; do
	check "$scene" traced "$scene"
	check "$scene: trace and statistics agree" all_agree
done
check "account_end" inside account_end
check "wrap_of_sequence" inside wrap_of_sequence
finish "unloads"

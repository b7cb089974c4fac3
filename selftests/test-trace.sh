#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-trace.sh - the tracepoints: each exists and is right, and their sums
# agree with the statistics.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=selftests/in-kernel.sh
. ./in-kernel.sh

events=$tracing/events/rsvpool
inject=$debug/pools/p/inject
count=$((400 / slow))
[ "$count" -gt 9 ] || count=9

# All events of this module; one CPU's buffer is large enough for all of them.
BUFFER_KB=16384

listed="alloc claim emergency free refill_begin refill_end resize section
	wait_begin wait_end watermarks"

all_are_there()
{
	for name in $listed; do
		[ -e "$events/rsvpool_$name/enable" ] ||
			{ echo "no rsvpool_$name"; return 1; }
	done
	equal "$(find "$events" -name enable | wc -l)" \
		$(($(echo "$listed" | wc -w) + 1))
}

# traced COMMAND...: its events are in $work/trace, none is lost.
traced()
{
	local file

	echo >"$tracing/trace"
	echo 1 >"$events/enable"
	"$@"
	set -- $?
	echo 0 >"$events/enable"
	cat "$tracing/trace" >"$work/trace"
	for file in "$tracing"/per_cpu/cpu*/stats; do
		if grep -e '^overrun: [1-9]' -e '^dropped events: [1-9]' "$file"; then
			return 1
		fi
	done
	return "$1"
}

# shown REGEX: an event matches.
shown()
{
	grep -q -e "rsvpool_$1" "$work/trace" || {
		echo "not in the trace: $1"
		grep rsvpool_ "$work/trace" | head -n 40
		return 1
	}
}

# told EVENT [RUNG]: the number of elements in these events.
told()
{
	sed -n "s/.*rsvpool_$1: pool=p ${2:+rung=$2 }.*nr=\([0-9]*\).*/\1/p" \
		"$work/trace" | awk '{ n += $1 } END { print n + 0 }'
}

# agrees WHAT STATISTIC...: the number in $told is the sum of these statistics.
agrees()
{
	local told="$1" sum
	shift

	sum=$(sum p "$@")
	[ "$told" -eq "$sum" ] ||
		{ echo "the trace says $told, $* say $sum"; return 1; }
}

allocs_agree()
{
	for rung in cache depot source reclaim reserve nmi wait; do
		agrees "$(told alloc "$rung")" "stats/alloc_$rung" || return
	done
}

frees_agree()
{
	agrees "$(told free)" stats/free_cache stats/free_depot \
		stats/free_nmi stats/free_parked
}

# One event for a request that failed, for any number of elements.
fails_agree()
{
	agrees "$(grep -c 'rsvpool_alloc: pool=p rung=none' "$work/trace")" \
		stats/alloc_fail &&
		agrees "$(grep -c 'rsvpool_emergency: pool=p rung=none' \
			"$work/trace")" stats/alloc_fail
}

emergencies_agree()
{
	agrees "$(told emergency reserve)" stats/alloc_reserve &&
		agrees "$(told emergency nmi)" stats/alloc_nmi
}

every_call()
{
	for how in try alloc nowait bulk nmi; do
		have "$how" 1 && have "$how" 3 && have free 2 || return
	done
	# First all elements above min, and after the worker has brought more,
	# those below min; then more than there are.
	have bulk 24 && eventually have try 60 && have bulk 32 &&
		have alloc 20 || return
	# Freed elements can be allocated, even if the worker is late.
	have free 20 && accept "$inject" always && have nowait 3 &&
		fails have try 3000 &&
		have free "$(cat "$holder/held")" && accept "$inject" off
}

traced_calls()
{
	accept "$sysfs/p/stats/reset" 1 && traced every_call
}

# In each context of this machine.
traced_contexts()
{
	accept "$sysfs/p/stats/reset" 1 &&
		traced stress contexts pool=p "count=$count" seconds=0 \
			hold=16 nmi_hold=2
}

contexts_are_traced()
{
	for context in task softirq hardirq nmi; do
		shown "alloc: pool=p rung=[a-z]* context=$context nr=" &&
			shown "free: pool=p context=$context nr=" || return
	done
}

fresh_pool()
{
	make_pool p,reserve=16,max=64,nmi_reserve=2,cache=8,adaptive=0 &&
		load rsvpool_test_holder pool=p
}

no_pool()
{
	unload rsvpool_test_holder && destroy_pool p
}

try_and_free()
{
	have try 1 && have free 1
}

# The same element is allocated and freed at once.
one_element()
{
	local element

	traced try_and_free &&
		shown 'alloc: pool=p rung=[a-z]* context=task nr=1 .* wait_ns=0$' ||
		return
	element=$(sed -n 's/.*rsvpool_alloc:.*\(element=[^ ]*\) .*/\1/p' \
		"$work/trace")
	[ "$(echo "$element" | wc -l)" -eq 1 ] &&
		shown "free: pool=p context=task nr=1 $element\$"
}

cache_is_traced()
{
	# Freed elements are in the cache, once the depot is at min again.
	eventually is_filled && traced try_and_free && traced try_and_free &&
		shown 'alloc: pool=p rung=cache '
}

bulk_is_a_claim()
{
	traced have bulk 12 && shown 'claim: pool=p nr=12 pools=1 err=0$' &&
		equal "$(told alloc)" 12 && have free 12
}

give_all()
{
	have free "$(cat "$holder/held")" && accept "$inject" off
}

none_is_traced()
{
	traced exhaust p &&
		shown 'alloc: pool=p rung=none context=task nr=1 ' &&
		shown 'emergency: pool=p rung=none context=task nr=1$' &&
		shown 'emergency: pool=p rung=reserve context=task nr=1$' &&
		give_all
}

sleep_and_wake()
{
	exhaust p && have sleep 1 && have free 1 && have join && give_all
}

waits_are_traced()
{
	traced sleep_and_wake && shown 'wait_begin: pool=p nr=1$' &&
		shown 'emergency: pool=p rung=wait ' &&
		shown 'wait_end: pool=p nr=1 err=0 wait_ns=[1-9][0-9]*$' &&
		shown 'alloc: pool=p rung=wait .* wait_ns=[1-9][0-9]*$'
}

# 60 are more than exist, once the worker has released elements above high.
raise_and_lower()
{
	accept "$sysfs/p/reserve" 20 && accept "$sysfs/p/reserve" 16 &&
		eventually is p/available "$(value p/high)" &&
		accept "$inject" always &&
		fails accept "$sysfs/p/reserve" 60 &&
		accept "$inject" off
}

resizes_are_traced()
{
	traced raise_and_lower && shown 'resize: pool=p from=16 to=20 err=0$' &&
		shown 'resize: pool=p from=20 to=16 err=0$' &&
		shown 'resize: pool=p from=16 to=60 err=-12$'
}

drain_and_refill()
{
	accept "$sysfs/p/adaptive" 1 && exhaust p && eventually watermarks_are_held &&
		give_all
}

# An emergency while the source fails: adaptation decides to change nothing.
watermarks_are_held()
{
	fails have try 1 && cat "$tracing/trace" >"$work/trace" && worker_is_told
}

worker_is_told()
{
	shown 'refill_begin: pool=p depot=[0-9]* low=[0-9]* high=[0-9]* sleepers=0$' &&
		shown 'refill_end: pool=p depot=[0-9]* end=[a-z]*$' &&
		shown 'watermarks: pool=p reason=held low=[0-9]* high=[0-9]* extra='
}

refills_are_traced()
{
	traced drain_and_refill && accept "$sysfs/p/adaptive" 0 &&
		worker_is_told
}

inside_all()
{
	for name in $(tests_in "$1"); do
		inside "$name" || return
	done
}

sections_are_traced()
{
	traced inside_all section && shown 'section: pool=[^ ]* begin nr=' &&
		shown 'section: pool=[^ ]* end unused='
}

claims_are_traced()
{
	traced inside_all claim &&
		shown 'claim: pool=[^ ]* nr=[0-9]* pools=2 err=0$'
}

# A pool that is created while the tracepoint is enabled traces its cache, too.
new_pool_tells()
{
	traced make_and_try && shown 'alloc: pool=p rung=cache '
}

make_and_try()
{
	fresh_pool && try_and_free && eventually is_filled || return
	# The shrinker, if it comes, empties caches.
	for _ in 1 2 3 4 5 6 7 8; do
		try_and_free || return
	done
}

is_filled()
{
	shows "$debug/pools/p/state" 'refill  *idle,'
}

# With the tracepoint disabled, no event comes.
silence()
{
	echo >"$tracing/trace"
	try_and_free && ! grep rsvpool_ "$tracing/trace"
}

# Each event can be enabled alone.
emergencies_alone()
{
	echo >"$tracing/trace"
	echo 1 >"$events/rsvpool_emergency/enable"
	exhaust p && give_all
	set -- $?
	echo 0 >"$events/rsvpool_emergency/enable"
	cat "$tracing/trace" >"$work/trace"
	[ "$1" -eq 0 ] && shown 'emergency: pool=p rung=reserve ' &&
		! grep -e rsvpool_alloc -e rsvpool_free "$work/trace"
}

plan 24
load rsvpool
check "all tracepoints are there, and no others" all_are_there
echo "$BUFFER_KB" >"$tracing/buffer_size_kb"
# More than every_call() takes, as elements in other CPUs' caches are not
# available.
make_pool p,reserve=32,max=$((160 + 16 * $(nproc))),nmi_reserve=4,cache=16
load rsvpool_test_holder pool=p

check "requests by every call" traced_calls
check "traces and statistics have as many requests by each rung" allocs_agree
check "traces and statistics have as many frees" frees_agree
check "traces and statistics have as many emergencies" emergencies_agree
check "traces and statistics have as many failed requests" fails_agree
check "claims are traced" shown 'claim: pool=p nr=32 pools=1 err=0$'
unload rsvpool_test_holder

load rsvpool_stress
check "requests from every context" traced_contexts
check "each context is traced" contexts_are_traced
check "in every context: as many requests by each rung" allocs_agree
check "in every context: as many frees" frees_agree
destroy_pool p
unload rsvpool_stress

# An element freed to a CPU's cache is counted in that CPU's.
taskset -p 1 $$ >/dev/null
fresh_pool
check "the element that is allocated is the one that is freed" one_element
check "requests that the cache answers are traced" cache_is_traced
check "a bulk is a claim on one pool" bulk_is_a_claim
check "failed requests are traced" none_is_traced
check "sleeps are traced, with their length" waits_are_traced
check "resizes are traced" resizes_are_traced
check "the worker's runs and the watermarks are traced" refills_are_traced
check "emergencies can be traced alone" emergencies_alone
check "without tracing nothing is traced" silence
no_pool
check "a pool that is created while tracing is on is traced, too" new_pool_tells
no_pool

load rsvpool_test_wait
check "sections are traced" sections_are_traced
check "claims on several pools are traced" claims_are_traced
echo 1408 >"$tracing/buffer_size_kb"
finish "unloads"

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-gate.sh - pools do not block each other: while the source of a pool does
# not return, as the pool is being built, refilled or destroyed, all calls and
# callbacks for other pools return.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=selftests/in-kernel.sh
. ./in-kernel.sh

gate=/sys/kernel/debug/rsvpool_test_gate
cpus=/sys/devices/system/cpu

have_gate()
{
	accept "$gate/do" "$*"
}

at_gate()
{
	shows "$gate/state" "^at_gate $1\$"
}

ended()
{
	shows "$gate/state" "^under_way 0\$"
}

is_done()
{
	[ -e "$work/done" ]
}

# start COMMAND...: in the background; "is_done" succeeds when it has ended.
start()
{
	rm -f "$work/done"
	{
		"$@" >"$work/answer" 2>&1 && status=0 || status=$?
		echo "$status" >"$work/done.new"
		mv "$work/done.new" "$work/done"
	} &
}

# The started command has succeeded.
succeeded()
{
	wait $!
	[ "$(cat "$work/done")" -eq 0 ] || { cat "$work/answer"; return 1; }
}

# Wait for the started command, which should have ended by itself.
in_vain()
{
	echo "$*"
	have_gate open
	wait $!
	return 1
}

# answered COMMAND...: it succeeds, and does not wait for the gate.  If it
# waits, the test fails and opens the gate.
answered()
{
	at_gate 1 || return
	start "$@"
	eventually is_done || {
		in_vain "waits for the gate: $*"
		return
	}
	succeeded && at_gate 1
}

# unless_stuck COMMAND...: it succeeds, and may take as long as the source is
# still being called, plus some tenths of a second.
unless_stuck()
{
	local now before still=0

	before=$(calls)
	start "$@"
	until is_done; do
		now=$(calls)
		still=$((now == before ? still + 1 : 0))
		before=$now
		[ "$still" -lt $((HANG / 8)) ] || {
			in_vain "no call of the source after $now, and no end: $*"
			return
		}
		sleep 0.1
	done
	succeeded
}

another_lives()
{
	make_pool other,reserve=4 && destroy_pool other
}

another_with_a_thread_lives()
{
	make_pool other,reserve=4,refill_thread=1 && destroy_pool other
}

stacked_pools_live()
{
	make_pool upper,element=pool,parent=p,reserve=2 && destroy_pool upper
}

is_used()
{
	try_load rsvpool_test_holder pool=p && have alloc 4 && have free 4 &&
		unload rsvpool_test_holder
}

is_set()
{
	./poke write "$sysfs/p/reserve" 9 && ./poke write "$sysfs/p/reserve" 8 &&
		is p/reserve 8
}

is_traced()
{
	echo 1 >"$tracing/events/rsvpool/rsvpool_alloc/enable" &&
		echo 0 >"$tracing/events/rsvpool/rsvpool_alloc/enable"
}

caches_are_dropped()
{
	echo 2 >/proc/sys/vm/drop_caches
}

cpu_comes_and_goes()
{
	echo 0 >"$cpus/cpu1/online" && echo 1 >"$cpus/cpu1/online"
}

name_is_taken()
{
	refused EEXIST gated name ./poke write "$debug/create" gated,reserve=1
}

is_busy()
{
	refused EBUSY gated destroy ./poke write "$debug/destroy" gated
}

# while_shut WHEN: the gate is shut, and a call waits there.
while_shut()
{
	check "$1: the source does not return" eventually at_gate 1
	check "$1: a pool is created and destroyed" answered another_lives
	check "$1: a pool with a thread is created and destroyed" \
		answered another_with_a_thread_lives
	check "$1: a pool on another pool is created and destroyed" answered stacked_pools_live
	check "$1: a pool is found, used and put" answered is_used
	check "$1: settings are read and written" answered is_set
	check "$1: a tracepoint is switched on and off" answered is_traced
	check "$1: the shrinker runs" answered caches_are_dropped
	if [ -e "$cpus/cpu1/online" ]; then
		check "$1: a CPU goes and comes" answered cpu_comes_and_goes
	else
		skip "$1: a CPU goes and comes" "one CPU"
	fi
}
WHILE_SHUT=9

while_it_is_there()
{
	check "$1: no other pool can get its name" answered name_is_taken
	check "$1: it cannot be destroyed by its name" answered is_busy
}

through()
{
	have_gate open && eventually ended && have_gate join &&
		shows "$gate/state" "^err 0\$"
}

# A fault that was found: each element is delayed by a timer of the CPU that
# goes offline.
slow_creation_and_hotplug()
{
	have_gate slow 400 && have_gate create || return
	eventually fails shows "$gate/state" "^calls $1\$" || return
	unless_stuck cpu_comes_and_goes && eventually ended &&
		have_gate open && have_gate join && is gated/reserve 10
}

calls()
{
	sed -n 's/^calls //p' "$gate/state"
}

destroy_gated()
{
	have_gate destroy && through && [ ! -e "$sysfs/gated" ]
}

plan $((3 * WHILE_SHUT + 10))
load rsvpool
make_pool p,reserve=8
load rsvpool_test_gate

have_gate shut 1
have_gate create
while_shut "while it is built"
while_it_is_there "while it is built"
check "the gated pool is built" through

have_gate shut 1
have_gate alloc
while_shut "while it is used"
while_it_is_there "while it is used"
check "the gated pool has been used" through

have_gate free
check "the gated pool has taken an element back" through

have_gate shut 2
have_gate destroy
while_shut "while it is destroyed"
check "the gated pool is destroyed" through

if [ -e "$cpus/cpu1/online" ]; then
	check "the timer of a slow source is on a CPU that goes offline" \
		slow_creation_and_hotplug "$(calls)"
	destroy_gated
else
	skip "the timer of a slow source is on a CPU that goes offline" "one CPU"
fi
finish "unloads"

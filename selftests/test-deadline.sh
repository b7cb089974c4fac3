#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-deadline.sh - SCHED_DEADLINE tasks take most of each CPU and SCHED_FIFO ones
# the rest, so ordinary tasks have none: a pool's own thread refills it all the same,
# and real-time tasks that sleep for an element are woken and served.
#
# What is counted is what happens while the hogs run; how long it takes is not judged.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=selftests/hogs.sh
. "$(dirname "$0")/hogs.sh"

# Of this shell, and of the pool's thread and the sleepers: above HOG_PRIO.
SHELL_PRIO=40
PRIO=30

# Elements for the worker to bring, and sleepers to be served.
MORE=$((20000 / slow))
SERVED=$((200 / slow + 1))

hogs_start()
{
	unleash && ./poke fifo "$SHELL_PRIO" $$ >/dev/null &&
		start_deadline_hogs && start_hogs
}

hogs_run()
{
	[ -e "$work/hogs" ] && [ "$(cat "$work"/deadline* | sort -u)" = ok ]
}

refilled()
{
	accept "$sysfs/t/high" "$MORE" && eventually is t/available "$MORE" &&
		hogs_run
}

# A kernel's thread of rsvpool_stress.
sleepers()
{
	grep -l '^rsvpool_' /proc/[0-9]*/comm 2>/dev/null | cut -d/ -f3
}

# An ordinary task starts the contest; its threads, and it, are real-time then.  No
# thread begins before all have been created.
contest_starts()
{
	local pid

	echo "wait pool=one seconds=3600" >"$debug/stress/run" &
	contest=$!
	eventually_above 0 || return
	for pid in $(sleepers) "$contest"; do
		./poke fifo "$PRIO" "$pid" >/dev/null || return
	done
}

# eventually_above N: more sleepers than that have been served.
eventually_above()
{
	eventually served_above "$1"
}

served_above()
{
	[ "$(cat "$sysfs/one/stats/alloc_wait")" -gt "$1" ]
}

served_beside_hogs()
{
	local before

	before=$(cat "$sysfs/one/stats/alloc_wait")
	eventually_above $((before + SERVED)) && hogs_run &&
		echo "# $(($(cat "$sysfs/one/stats/alloc_wait") - before)) sleepers were served" >&3
}

contest_ends()
{
	kill -TERM "$contest" && { wait "$contest" || :; } &&
		eventually is one/outstanding 0
}

# What a task had is free a moment after its end.
given_back()
{
	local limit

	limit=$(sed -n "s|^$rt_runtime ||p" "$work/kept")
	[ -z "$limit" ] || echo "$limit" >"$rt_runtime" || return
	give_back
}

plan 8
exec 3>&1
load rsvpool
load rsvpool_stress
check "a pool with a thread" make_pool \
	"t,element=kmalloc,size=8,reserve=8,max=$MORE,low=8,high=8,cache=0,batch=64,adaptive=0,refill_thread=1"
check "its thread gets a priority" accept "$sysfs/t/refill_prio" "$PRIO"
check "a pool of one element, and its contest" \
	eval "make_pool one,reserve=1,max=1,cache=0 && contest_starts"
if [ ! -w "$rt_runtime" ] || ! hogs_start >"$work/hogs_said" 2>&1; then
	sed 's/^/# /' "$work/hogs_said"
	skip "the thread refills beside the hogs" "no such tasks here"
	skip "sleepers are woken and served beside the hogs" "the same"
else
	check "the thread refills beside the hogs" refilled
	check "sleepers are woken and served beside the hogs" served_beside_hogs
fi
./poke fifo 0 "$contest" >/dev/null || :
rm -f "$work/hogs" "$work"/hog[0-9]*
./poke fifo 0 $$ >/dev/null
check "the contest ends" contest_ends
# The limit of real-time tasks is refused while SCHED_DEADLINE ones are above it, and
# a CPU with it.
wait
check "the machine is as it was" eventually given_back
finish "unloads"

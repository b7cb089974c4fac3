#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-refill-thread.sh - a pool with its own refill thread: the thread has the
# priority and CPUs that are written, is created and destroyed with the pool,
# and refills while real-time tasks leave the workqueue no time at all.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=selftests/hogs.sh
. "$(dirname "$0")/hogs.sh"

# Of this shell and what it starts, and of the pool's thread: above HOG_PRIO.
SHELL_PRIO=40
THREAD_PRIO=30

# So many elements that the thread needs some time, and a worker with a share of
# a twentieth of a CPU far longer.
MORE=$((300000 / slow))

fair_server=/sys/kernel/debug/sched/fair_server
export fair_server

# thread_of POOL: the pid of its thread, or nothing.
thread_of()
{
	sed -n 's/^refilled by *thread \([0-9]*\),.*/\1/p' \
		"$debug/pools/$1/state"
}

# scheduled POLICY PRIORITY: does t's thread have these?  1 is SCHED_FIFO, 0
# SCHED_NORMAL.
scheduled()
{
	local is

	is=$(awk '{ print $41, $40 }' "/proc/$(thread_of t)/stat")
	[ "$is" = "$1 $2" ] || { echo "policy and priority are $is"; return 1; }
}

# allowed CPUS: may t's thread run on these CPUs, and no others?
allowed()
{
	local is

	is=$(sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' \
		"/proc/$(thread_of t)/status")
	[ "$is" = "$1" ] || { echo "it may run on $is"; return 1; }
}

set_prio()
{
	accept "$sysfs/t/refill_prio" "$1" && is t/refill_prio "$1"
}

set_cpus()
{
	accept "$sysfs/t/refill_cpus" "$1" && is t/refill_cpus "$1" && allowed "$1"
}

# Threads called rsvpool/*, from /proc.
threads()
{
	cat /proc/[0-9]*/comm 2>/dev/null | grep -c '^rsvpool/' || :
}

# A thread that has ended is listed for another moment.
are_threads()
{
	equal "$(threads)" "$1"
}

named_like_the_pool()
{
	[ "$(cat "/proc/$(thread_of t)/comm")" = rsvpool/t ] &&
		[ -z "$(thread_of w)" ] && equal "$(threads)" 1
}

# at_40 POOL: the depot has 40.  A new pool has fewer, one after frees more; a
# write makes the worker correct that.
at_40()
{
	accept "$sysfs/$1/high" 40 && eventually is "$1/available" 40
}

refills()
{
	at_40 t && have try 20 && eventually is t/available 40 && have free 20 &&
		eventually is t/outstanding 0
}

# Its source fails long enough for a few back-offs.
backs_off()
{
	accept "$debug/pools/t/inject" "next 5" && refills &&
		grep -qx "injected 5" "$debug/pools/t/inject"
}

# A destroy that is refused stops the thread, and starts it again.
busy_and_on()
{
	refused EBUSY t destroy ./poke write "$debug/destroy" t && refills
}

# While the thread waits in its back-off.
gone_with_the_pool()
{
	make_pool u,reserve=4,high=40,low=40,refill_thread=1 &&
		equal "$(threads)" 2 &&
		accept "$debug/pools/u/inject" always &&
		accept "$sysfs/u/high" 50 && accept "$sysfs/u/low" 50 &&
		eventually grep -q "^refill .*back-off [1-9]" \
			"$debug/pools/u/state" &&
		destroy_pool u && eventually are_threads 1
}

none_left_of_what_is_refused()
{
	refused ERANGE u batch ./poke write "$debug/create" \
		"u,refill_thread=1,batch=0" &&
	refused EEXIST t name ./poke write "$debug/create" \
		"t,refill_thread=1" && eventually are_threads 1
}

turn()
{
	echo "$2" >"$cpus/cpu$1/online"
}

# The last of its CPUs goes offline: the thread runs elsewhere, and returns
# later.
follows_its_cpu()
{
	set_cpus 1 && turn 1 0 || return
	is t/refill_cpus 1 && refills && fails allowed 1 && turn 1 1 &&
		eventually allowed 1 && refills
}

#
# Real-time tasks that use all CPU time
#

# Ordinary tasks with the nice value of the workqueue's, which show whether such
# tasks get CPU time: from 6.12 on, after a second without any they get a
# twentieth of each CPU (the scheduler's fair server), and the workqueue gets
# its share of that. They neither create files meanwhile nor look up missing
# ones: that takes the directory's lock, and a starved task that holds it blocks
# tasks of every priority.
start_canaries()
{
	local cpu

	canaries=
	mkdir "$work/canaries" && : >"$work/hogs" || return
	for cpu in $(online) $(online) $(online) $(online); do
		# shellcheck disable=SC2016 # for the other shell
		taskset -c "$cpu" sh -c './poke nice -20 $$ >/dev/null
			./poke fifo 0 $$ >/dev/null
			: >"$1/canaries/$$"
			while [ -e "$1/hogs" ]; do :; done' canary "$work" &
		canaries="$canaries $!"
		eventually [ -e "$work/canaries/$!" ] || return
	done
}

# Their CPU time: in nanoseconds, or in hundredths of a second where the kernel has no
# better count.
canaries_time()
{
	local pid

	for pid in $canaries; do
		awk '{ print $1 }' "/proc/$pid/schedstat" 2>/dev/null ||
			awk '{ print $14 + $15 }' "/proc/$pid/stat"
	done | awk '{ sum += $1 } END { printf "%.0f", sum }'
}

# Raise the watermarks of both pools, of the workqueue's first; with hogs only
# the one with a thread is filled, although its source fails at first.
ask_for_more()
{
	at_40 t && accept "$debug/pools/t/inject" "next 3" || return
	for pool in w t; do
		accept "$sysfs/$pool/high" "$MORE" || return
	done
}

# Sets how many elements the ordinary pool has got when the other is full, and
# whether tasks like its worker had any CPU time.
starve()
{
	local before

	unleash || return
	# First this shell, as otherwise the first hog would keep it from
	# starting the next.
	./poke fifo "$SHELL_PRIO" $$ >/dev/null && start_canaries && start_hogs ||
		return
	before=$(canaries_time)
	ask_for_more && eventually is t/available "$MORE" || return
	got=$(($(value w/available) - 40))
	[ "$(canaries_time)" -eq "$before" ] && [ ! -e "$fair_server" ] || fair=1
}

starve_and_stop()
{
	local status=0

	fair=
	starve || status=$?
	stop_hogs
	return "$status"
}

both_have_more()
{
	eventually is w/available "$MORE" && eventually is t/available "$MORE"
}

# If such tasks had no CPU time, it has got no element.
the_other_has_less()
{
	echo "# the workqueue brought $got of $((MORE - 40)) meanwhile" >&3
	if [ -n "$fair" ]; then
		[ "$got" -lt $((MORE - 40)) ]
	else
		equal "$got" 0
	fi
}

pool_keys=element=kmalloc,size=8,reserve=8,max=$MORE,low=40,high=40,cache=0,batch=64,adaptive=0
fresh()
{
	make_pool "w,$pool_keys" && make_pool "t,$pool_keys,refill_thread=1" &&
		at_40 w && at_40 t
}

plan 27
exec 3>&1
load rsvpool
check "pools with a thread and without" fresh
check "refill_thread is 1 with a thread" is t/refill_thread 1
check "refill_thread is 0 without a thread" is w/refill_thread 0
check "the thread is named like the pool" named_like_the_pool
check "the thread is an ordinary task at first" scheduled 0 0
check "refill_prio makes the thread a real-time task" eval "set_prio 50 && scheduled 1 50"
check "refill_prio accepts the highest priority" eval "set_prio 99 && scheduled 1 99"
check "refill_prio 0 makes the thread an ordinary task" eval "set_prio 0 && scheduled 0 0"
check "refill_cpus: the first" set_cpus 0
check "refill_cpus: the second" set_cpus 1
check "refill_cpus: both" set_cpus 0-1

refuse "no such priority" ERANGE t refill_prio "$sysfs/t/refill_prio" 100
refuse "no such CPU" ERANGE t refill_cpus "$sysfs/t/refill_cpus" 9999
refuse "no list of CPUs" EINVAL t refill_cpus "$sysfs/t/refill_cpus" many
refuse "no CPU at all" EINVAL t refill_cpus "$sysfs/t/refill_cpus" ,
check "without a thread there is no file refill_prio" fails [ -e "$sysfs/w/refill_prio" ]
check "without a thread there is no file refill_cpus" fails [ -e "$sysfs/w/refill_cpus" ]

load rsvpool_test_holder pool=t
check "the thread refills" refills
check "a source that fails is asked again" backs_off
check "a destroy that is refused does not end the thread" busy_and_on
unload rsvpool_test_holder
check "the thread ends with its pool, also during a back-off" gone_with_the_pool
check "a pool that is refused leaves no thread" none_left_of_what_is_refused

load rsvpool_test_holder pool=t
if [ -e "$cpus/cpu1/online" ]; then
	check "the last CPU of the thread goes offline and online" follows_its_cpu
else
	skip "the last CPU of the thread goes offline and online" "one CPU"
fi
unload rsvpool_test_holder

fills="without time for the workqueue the thread refills"
lags="and the workqueue does not"
if [ ! -w "$rt_runtime" ] || ! set_prio "$THREAD_PRIO" >/dev/null; then
	skip "$fills" "real-time tasks are throttled here"
	skip "$lags" "the same"
else
	check "$fills" starve_and_stop
	if [ -n "$fair" ] && [ "${got:-0}" -ge $((MORE - 40)) ]; then
		skip "$lags" "ordinary tasks find time enough here"
	else
		check "$lags" the_other_has_less
	fi
fi
check "afterwards both pools are full" both_have_more
finish "unloads"

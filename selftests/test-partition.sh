#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-partition.sh - a CPU that a cpuset partition isolates while pools are in use
# gets no work of rsvpool from then on, and gets it again when the partition is
# removed.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

CPU=1			# will be isolated
USED=8			# elements at once

groups=$work/groups
instance=/sys/kernel/tracing/instances/rsvpool_partition

cached()
{
	awk -v cpu="$1" '$1 == cpu { print $2 }' "$debug/pools/p/percpu"
}

cached_is()
{
	equal "$(cached "$1")" "$2"
}

# on CPU COMMAND...: run it there; also on a partition's CPU, where only its
# tasks run.
on()
{
	local cpu="$1" group="$groups"
	shift

	[ ! -d "$groups/isolated" ] || [ "$cpu" -ne "$CPU" ] ||
		group=$groups/isolated
	sh -c 'echo $$ >"$1/cgroup.procs" && shift && exec taskset -c "$@"' \
		sh "$group" "$cpu" "$@"
}

use_on()
{
	on "$1" ./poke write "$holder/do" "try $USED" >/dev/null &&
		on "$1" ./poke write "$holder/do" "free $USED" >/dev/null
}

has_some()
{
	use_on "$1" && [ "$(cached "$1")" -ge "$USED" ]
}

# fill: fill the caches of both CPUs.
fill()
{
	accept "$sysfs/p/cache" 16 && eventually has_some "$CPU" &&
		eventually has_some 0
}

isolate()
{
	mkdir "$groups/isolated" &&
		echo "$CPU" >"$groups/isolated/cpuset.cpus" &&
		echo isolated >"$groups/isolated/cpuset.cpus.partition" ||
		return
	cat "$groups/isolated/cpuset.cpus.partition"
	grep -qx isolated "$groups/isolated/cpuset.cpus.partition"
}

dissolve()
{
	echo member >"$groups/isolated/cpuset.cpus.partition" &&
		rmdir "$groups/isolated"
}

# traced COMMAND...: trace the work items queued for CPUs, and rsvpool's
# functions.
traced()
{
	echo >"$instance/trace"
	echo 1 >"$instance/tracing_on"
	"$@" || return
	echo 0 >"$instance/tracing_on"
}

# Items queued for the CPU, and functions that ran there.
queued()
{
	grep -c "workqueue_queue_work:.*\[rsvpool\].*req_cpu=$CPU " \
		"$instance/trace" || :
}

ran()
{
	grep -v '^#' "$instance/per_cpu/cpu$CPU/trace" |
		grep -E '\[rsvpool\]|next_comm=[^ ]*rsvpool' || :
}

start_tracing()
{
	mkdir "$instance" || return
	echo 0 >"$instance/tracing_on"
	echo 2048 >"$instance/buffer_size_kb"
	for event in workqueue/workqueue_queue_work \
		workqueue/workqueue_execute_start timer/timer_expire_entry \
		timer/hrtimer_expire_entry sched/sched_switch; do
		echo 1 >"$instance/events/$event/enable" || return
	done
	echo "cpu == $CPU" >"$instance/events/sched/sched_switch/filter"
}

# A setting and the shrinker; CPU 0 has got its work.
trim()
{
	accept "$sysfs/p/cache" 0 && echo 3 >/proc/sys/vm/drop_caches &&
		accept "$sysfs/p/high" 200 && accept "$sysfs/p/high" 80 &&
		eventually cached_is 0 0
}

trim_is_seen()
{
	fill && traced trim && eventually cached_is "$CPU" 0 || return
	echo "queued for CPU $CPU: $(queued)"
	[ "$(queued)" -gt 0 ]
}

left_alone()
{
	local before

	before=$(cached "$CPU")
	traced trim || return
	ran
	equal "$(queued)" 0 && [ -z "$(ran)" ] && equal "$(cached "$CPU")" "$before"
}

given_back_by_itself()
{
	use_on "$CPU" && cached_is "$CPU" 0
}

# allowed POOL: the CPUs of the pool's thread.
allowed()
{
	local pid

	pid=$(sed -n 's/^refilled by *thread \([0-9]*\),.*/\1/p' \
		"$debug/pools/$1/state")
	sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' "/proc/$pid/status"
}

# It may run on all CPUs outside partitions.
thread_keeps_off()
{
	local others

	others=$(cat "$groups/cpuset.cpus.effective")
	make_pool t,reserve=4,refill_thread=1 || return
	echo "not isolated: $others, allowed $(allowed t)"
	[ "$(allowed t)" = "$others" ] && is t/refill_cpus "$others" &&
		destroy_pool t
}

trimmed_again()
{
	dissolve && trim_is_seen
}

clean_up_groups()
{
	[ ! -d "$instance" ] || rmdir "$instance"
	[ ! -d "$groups/isolated" ] || dissolve || :
	if [ -e "$groups/cgroup.procs" ]; then
		umount "$groups" || :
	fi
	clean_up
}

begin
[ "$(nproc)" -gt 1 ] || skip_all "there is one CPU"
[ -d "${instance%/*}" ] || skip_all "there is no tracefs"
mkdir "$groups"
mount -t cgroup2 none "$groups" 2>/dev/null || skip_all "there is no cgroup v2"
trap clean_up_groups EXIT
echo +cpuset >"$groups/cgroup.subtree_control" 2>/dev/null ||
	skip_all "cgroup v2 has no cpusets"
isolate >/dev/null 2>&1 || skip_all "this kernel isolates no partition"
dissolve
ktap_set_plan 8
load rsvpool
make_pool p,reserve=64,max=512,cache=16,batch=8,adaptive=0,high=80
load rsvpool_test_holder pool=p

check "work can be seen" start_tracing
check "a CPU that is not isolated is asked to give back" trim_is_seen
fill
check "the CPU is isolated" isolate
check "nothing is queued for the isolated CPU, and nothing runs there" left_alone
check "the isolated CPU gives back at its own next call" given_back_by_itself
check "the thread of a new pool does not run on the isolated CPU" thread_keeps_off
check "without the partition the CPU is asked again" trimmed_again
rmdir "$instance"
unload rsvpool_test_holder
finish "unloads"

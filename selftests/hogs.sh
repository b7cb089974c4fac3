# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154 # work and cpus are functions.sh's
#
# hogs.sh - real-time tasks that leave nothing to others: SCHED_FIFO on each CPU, and
# SCHED_DEADLINE beside them, which come before any priority.  Sourced after
# functions.sh.

HOG_PRIO=20

# Nanoseconds in each period that each of the SCHED_DEADLINE ones has, of which there
# is one a CPU: the rest is SCHED_FIFO's, and none is left.
DEADLINE_RUNTIME=7000000
DEADLINE_PERIOD=10000000

rt_runtime=/proc/sys/kernel/sched_rt_runtime_us
stall_suppress=/sys/module/rcupdate/parameters/rcu_cpu_stall_suppress
workqueue_watchdog=/sys/module/workqueue/parameters/watchdog_thresh
export rt_runtime stall_suppress workqueue_watchdog

# keep FILE: what is in it, for give_back.
keep()
{
	[ ! -e "$1" ] || printf '%s %s\n' "$1" "$(cat "$1")" >>"$work/kept"
}

give_back()
{
	local file value

	while read -r file value; do
		echo "$value" >"$file" || :
	done <"$work/kept"
	: >"$work/kept"
}

# No throttling of real-time tasks, and no complaints about those who wait.
unleash()
{
	local file

	: >"$work/kept"
	for file in "$rt_runtime" "$stall_suppress" "$workqueue_watchdog"; do
		keep "$file"
	done
	echo -1 >"$rt_runtime" || return
	echo 1 >"$stall_suppress" || return
	[ ! -e "$workqueue_watchdog" ] || echo 0 >"$workqueue_watchdog"
}

# One on each CPU, until stop_hogs.  Each checks for a file of its own: on PREEMPT_RT
# checks for one file may wait for each other, and other tasks get that CPU.
start_hogs()
{
	local cpu

	for cpu in $(online); do
		: >"$work/hog$cpu" || return
		# shellcheck disable=SC2016 # for the other shell
		taskset -c "$cpu" sh -c './poke fifo '"$HOG_PRIO"' $$ >/dev/null
			: >"$1/runs'"$cpu"'"
			while [ -e "$1/hog'"$cpu"'" ]; do
				i=10000
				while [ $((i -= 1)) -gt 0 ]; do :; done
			done' hog "$work" &
		eventually [ -e "$work/runs$cpu" ] || return
	done
}

online()
{
	local cpu

	for cpu in "$cpus"/cpu[0-9]*; do
		if [ ! -e "$cpu/online" ] || [ "$(cat "$cpu/online")" = 1 ]; then
			echo "${cpu##*cpu}"
		fi
	done
}

# Hogs as well, on all CPUs: such tasks keep to none.  Their names are put down.
start_deadline_hogs()
{
	local cpu

	: >"$work/hogs" || return
	for cpu in $(online); do
		# shellcheck disable=SC2016 # for the other shell
		sh -c './poke deadline '"$DEADLINE_RUNTIME $DEADLINE_PERIOD"' $$ \
				>"$1/deadline'"$cpu"'"
			while [ -e "$1/hogs" ]; do
				i=10000
				while [ $((i -= 1)) -gt 0 ]; do :; done
			done' hog "$work" &
		eventually [ -s "$work/deadline$cpu" ] || return
		[ "$(cat "$work/deadline$cpu")" = ok ] || return
	done
}

stop_hogs()
{
	rm -f "$work/hogs" "$work"/hog[0-9]*
	./poke fifo 0 $$ >/dev/null
	wait
	give_back
}


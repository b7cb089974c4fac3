#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-scale.sh - a thousand pools at once, read while all CPUs use some of
# them; reading sends no interrupt to other CPUs; then they are destroyed.  Only
# interrupts that rsvpool sends are counted: reading the files of a thousand
# pools causes some hundred by the reader itself, RCU and the console.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

POOLS=$((1000 / slow))
AT_ONCE=50		# pools in one write, and in one cat
STRESSED=2		# pools that all CPUs use, one after the other
LOAD_THREADS=2		# that use a pool while others are read
ALL_STATS=10		# all statistics are read of one pool in so many
DESTROYED=$AT_ONCE	# by name; the others go with the module

instance=/sys/kernel/tracing/instances/rsvpool_scale

# Functions that send an interrupt to another CPU, for kernels without such
# events.
SENDERS="native_smp_send_reschedule native_send_call_func_ipi
	native_send_call_func_single_ipi"

# in_groups FUNCTION: call it with all pools' numbers, AT_ONCE at a time.
in_groups()
{
	local first=1

	while [ "$first" -le "$POOLS" ]; do
		# shellcheck disable=SC2046 # a list
		"$1" $(seq "$first" $((first + AT_ONCE - 1 < POOLS ?
			first + AT_ONCE - 1 : POOLS))) || return
		first=$((first + AT_ONCE))
	done
}

create_group()
{
	make_pool "$(printf 's%u,element=kmalloc,size=64,reserve=4,max=64,cache=4\n' "$@")"
}

destroy_group()
{
	destroy_pool "$(printf 's%u\n' "$@")"
}

number_of_pools()
{
	set -- "$sysfs"/s*/
	[ -d "$1" ] || set --
	echo $#
}

create_all()
{
	in_groups create_group && equal "$(number_of_pools)" "$POOLS"
}

# Each destroy waits for its own grace periods.
destroy_some()
{
	# shellcheck disable=SC2046 # a list
	destroy_group $(seq 1 "$DESTROYED") &&
		equal "$(number_of_pools)" $((POOLS - DESTROYED))
}

# The first and the last pool, from all CPUs.
use_some()
{
	local n=0

	while [ "$n" -lt "$STRESSED" ]; do
		stress churn pool=s$((1 + n * (POOLS - 1) / (STRESSED - 1))) \
			"threads=$(nproc)" hold=4 bulk=2 seconds=1 || return
		n=$((n + 1))
	done
}

load_is_on()
{
	grep -qx running=1 "$debug/stress/result"
}

# On some of the CPUs only, so that one is left for the reader.
start_load()
{
	./poke write "$debug/stress/run" "churn pool=s1 threads=$LOAD_THREADS \
		hold=4 bulk=2 seconds=86400" >"$work/load" &
	eventually load_is_on
}

# The run has found nothing wrong until then.
stop_load()
{
	accept "$debug/stress/run" stop || return
	wait $! || :
	cat "$debug/stress/result" >"$work/result"
	if ! grep -qx ECANCELED "$work/load" ||
	   ! grep -qx error=stopped "$work/result"; then
		cat "$work/load" "$work/result"
		return 1
	fi
}

stat_files=			# of a pool, without write-only files

# Each must be a number.
read_group()
{
	local n file

	for n; do
		[ $((n % ALL_STATS)) -eq 0 ] || continue
		for file in $stat_files; do
			echo "$sysfs/s$n/stats/$file"
		done
	done >"$work/paths"
	xargs cat <"$work/paths" >"$work/stats" || return
	grep -vx '[0-9]*' "$work/stats" && return 1
	equal "$(wc -l <"$work/stats")" "$(wc -l <"$work/paths")"
}

# state_is_shown NUMBER...: "state" is readable, and at least the reserve
# exists.
state_is_shown()
{
	local n

	for n; do
		echo "$debug/pools/s$n/state"
	done | xargs grep -h '^exist ' >"$work/exist" || return
	awk -v all=$# '$2 >= 4 && $2 <= 64 { good++ } END { exit good != all }' \
		"$work/exist" || { cat "$work/exist"; return 1; }
}

read_all_in_use()
{
	local before file

	for file in "$sysfs"/s1/stats/*; do
		[ "${file##*/}" = reset ] ||
			stat_files="$stat_files ${file##*/}"
	done
	start_load || return
	before=$(value s1/stats/alloc_cache)
	in_groups read_group && in_groups state_is_shown || return
	load_is_on || return
	[ "$(value s1/stats/alloc_cache)" -gt "$before" ] ||
		{ echo "s1 was not used meanwhile"; return 1; }
	stop_load
}

# Interrupts to other CPUs, each with the sender's stack: the kernel sends
# interrupts for other reasons, so only those with rsvpool in the stack count.
start_tracing()
{
	local sender

	mkdir "$instance" || return
	echo 0 >"$instance/tracing_on"
	echo 8192 >"$instance/buffer_size_kb"
	if [ -d "$instance/events/ipi/ipi_send_cpu" ]; then
		echo 1 >"$instance/events/ipi/ipi_send_cpu/enable" &&
			echo 1 >"$instance/events/ipi/ipi_send_cpumask/enable" ||
			return
	else
		for sender in $SENDERS; do
			echo "p:rsvpool_scale/$sender $sender" \
				>>/sys/kernel/tracing/kprobe_events || return
		done
		echo 1 >"$instance/events/rsvpool_scale/enable" || return
	fi
	# With offsets, stacks name a function's module, too.
	echo 1 >"$instance/options/sym-offset" &&
		echo 1 >"$instance/options/stacktrace"
}

stop_tracing()
{
	local sender

	[ -d "$instance" ] || return 0
	rmdir "$instance"
	for sender in $SENDERS; do
		! grep -qs "rsvpool_scale/$sender " \
			/sys/kernel/tracing/kprobe_events ||
			echo "-:rsvpool_scale/$sender" \
				>>/sys/kernel/tracing/kprobe_events
	done
}

# sent COMMAND...: run it on CPU 0; then "sent" is how many interrupts rsvpool
# sent, "all" how many in all.  A stack with an interrupt's entry in it does not
# count: the interrupted code is not the sender.
sent()
{
	echo >"$instance/trace"
	echo 1 >"$instance/tracing_on"
	taskset -c 0 "$@" >"$work/read" || return
	echo 0 >"$instance/tracing_on"
	cat "$instance/trace" >"$work/trace"
	# shellcheck disable=SC2046 # two numbers
	set -- $(awk '
		function count() {
			all += stack != ""
			ours += stack ~ /\[rsvpool\]/ &&
				stack !~ /asm_(sys|exc|common)|el1h?_/
			stack = ""
		}
		/<stack trace>/ { count(); stack = "stack" }
		/^ *=>/ && stack != "" { stack = stack $0 }
		END { count(); print ours + 0, all + 0 }' "$work/trace")
	sent=$1 all=$2
	lost=$(cat "$instance"/per_cpu/cpu*/stats |
		awk '/^(overrun|dropped events):/ { sum += $NF }
			END { print sum + 0 }')
	said="$all interrupts to other CPUs, $sent of them sent by rsvpool"
	equal "$lost" 0
}

# Two files of each pool, in one process, as new processes would send interrupts.
paths_to_read()
{
	local n

	for n; do
		echo "$debug/pools/s$n/state"
		echo "$sysfs/s$n/stats/alloc_cache"
	done >>"$work/paths"
}

reading_stops_nobody()
{
	: >"$work/paths"
	in_groups paths_to_read
	sent xargs cat <"$work/paths" || return
	said="$(wc -l <"$work/paths") files: $said"
	equal "$sent" 0
}

# The control: this asks other CPUs for their caches, which sends interrupts.
sending_is_seen()
{
	local tries=20

	while [ "$tries" -gt 0 ]; do
		tries=$((tries - 1))
		accept "$sysfs/s$POOLS/cache" 4 &&
			stress churn "pool=s$POOLS" "threads=$(nproc)" hold=4 \
				bulk=2 seconds=1 &&
			sent ./poke write "$sysfs/s$POOLS/cache" 0 || return
		[ "$sent" -eq 0 ] || return 0
	done
	echo "$said"
	cat "$work/trace"
	return 1
}

unload_with_the_rest()
{
	unload rsvpool_stress && unload rsvpool
}

clean_up_trace()
{
	stop_tracing
	clean_up
}

begin
[ "$(nproc)" -gt 1 ] || skip_all "there is one CPU"
[ -d "${instance%/*}" ] || skip_all "there is no tracefs"
trap clean_up_trace EXIT
ktap_set_plan 9
load rsvpool
load rsvpool_stress
echo "# $POOLS pools, $(nproc) CPUs"

check "all pools are created" create_all
check "all CPUs use some pools" use_some
check "the pools are read while some are in use" read_all_in_use
check "interrupts to other CPUs can be seen" start_tracing
check "reading sends no interrupt to another CPU" reading_stops_nobody
echo "# ${said:-}"
check "interrupts that rsvpool sends are seen" sending_is_seen
echo "# ${said:-}"
stop_tracing
check "some pools are destroyed" destroy_some
check "rsvpool unloads with the other pools" unload_with_the_rest
finish "the memory is back"

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-scale.sh - a thousand pools at once, used from all CPUs and read while they
# are; reading them sends nothing to any other CPU; and they go again.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

POOLS=$((1000 / slow))
AT_ONCE=50		# pools in one write, and in one cat
STRESSED=4		# pools that all CPUs use, one after the other
LOAD_THREADS=2		# that use a pool while all are read

# Interrupts that may come while two files of each pool are read, besides what an
# idle machine shows, for the processes that read.  Were the other CPUs asked, there
# would be one a file for each of them.  Where few pools are read slowly there is
# more of the machine's own.
SENT_MORE=$((100 + POOLS / 10))
[ "$slow" -eq 1 ] || SENT_MORE=$((2 * POOLS))

# in_groups FUNCTION: of all pools' numbers, AT_ONCE at a time.
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

destroy_all()
{
	in_groups destroy_group && nothing_in "$sysfs" &&
		nothing_in "$debug/pools"
}

# From the first to the last, from all CPUs.
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

# On some of the CPUs, so that there is one for who reads.
start_load()
{
	./poke write "$debug/stress/run" "churn pool=s1 threads=$LOAD_THREADS \
		hold=4 bulk=2 seconds=86400" >"$work/load" &
	eventually load_is_on
}

# It has found nothing wrong until then.
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

stat_files=			# of a pool, but for what is only written

# Each must be a number.
read_group()
{
	local n file

	for n; do
		for file in $stat_files; do
			echo "$sysfs/s$n/stats/$file"
		done
	done >"$work/paths"
	xargs cat <"$work/paths" >"$work/stats" || return
	grep -vx '[0-9]*' "$work/stats" && return 1
	equal "$(wc -l <"$work/stats")" "$(wc -l <"$work/paths")"
}

# state_is_shown NUMBER...: also how many elements exist: at least the reserve.
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

# Of other CPUs' calls, wakeups and flushes, by all CPUs.
sent()
{
	awk '$1 ~ /^(CAL|RES|TLB):$/ {
			for (i = 2; i <= NF && $i ~ /^[0-9]+$/; i++)
				sum += $i
		}
		END { print sum + 0 }' /proc/interrupts
}

now_ms()
{
	awk '{ print int($1 * 1000) }' /proc/uptime
}

# On one CPU, in one process for each group, so that the reader is no cause.
read_quietly()
{
	local n

	for n; do
		echo "$debug/pools/s$n/state"
		echo "$sysfs/s$n/stats/alloc_cache"
	done >>"$work/paths"
}

# A machine has its own reasons to send now and then; who reads sent each time.
reading_stops_nobody()
{
	local try

	: >"$work/paths"
	in_groups read_quietly
	for try in 1 2 3; do
		echo "try $try"
		! reading_is_quiet || return 0
	done
	return 1
}

# As many as reading has sent, and as an idle machine sends in the same time.
reading_is_quiet()
{
	local before start ms read idle

	sleep 1
	before=$(sent)
	start=$(now_ms)
	taskset -c 0 xargs cat <"$work/paths" >"$work/read" || return
	ms=$(($(now_ms) - start))
	read=$(($(sent) - before))
	before=$(sent)
	sleep "$((ms / 1000)).$(printf %03u $((ms % 1000)))"
	idle=$(($(sent) - before))
	said="$(wc -l <"$work/paths") files in $ms ms: $read interrupts; idle: $idle"
	echo "$said"
	[ "$read" -le $((idle + SENT_MORE)) ]
}

# Or the one before proves nothing: a task that is moved sends something.
sending_is_seen()
{
	local before n=0

	before=$(sent)
	while [ $(($(sent) - before)) -le "$SENT_MORE" ]; do
		n=$((n + 1))
		[ "$n" -le $((10 * SENT_MORE)) ] ||
			{ echo "$(($(sent) - before)) of $n"; return 1; }
		taskset -c $((n % $(nproc))) true
	done
}

unload_with_all()
{
	create_all && unload rsvpool_stress && unload rsvpool
}

begin
[ "$(nproc)" -gt 1 ] || skip_all "there is one CPU"
ktap_set_plan 8
load rsvpool
load rsvpool_stress
echo "# $POOLS pools, $(nproc) CPUs"

check "all are created" create_all
check "all CPUs use some" use_some
check "all are read while one is in use" read_all_in_use
check "reading stops no CPU" reading_stops_nobody
echo "# ${said:-}"
check "what is sent is seen" sending_is_seen
check "all are destroyed" destroy_all
check "all go with the module" unload_with_all
finish "the memory is back"

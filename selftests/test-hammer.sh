#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-hammer.sh - while all CPUs allocate and free in every context, settings,
# the reserve, the set of online CPUs and other pools change.  Nothing is lost.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

seconds=$(long 3)
count=$(often 60000 20000)	# requests of each context

# until_over COMMAND: repeat it until the stress is over; fails when it fails.
until_over()
{
	rounds=0
	while "$1"; do
		rounds=$((rounds + 1))
		[ ! -e "$work/over" ] || return 0
	done
	return 1
}

# while_hammered COMMAND: repeat it until the stress is over, at least once.
while_hammered()
{
	make_pool p,reserve=64,max=256,nmi_reserve=8,cache=16,cache_max=64 ||
		return
	(
		if stress contexts pool=p "count=$count" hold=48 bulk=8; then
			: >"$work/good"
		fi
		: >"$work/over"
	) >"$work/hammer" 2>&1 &
	status=0
	until_over "$1" || status=1
	wait
	echo "$rounds rounds"
	cat "$work/hammer"
	[ "$status" -eq 0 ] && [ -e "$work/over" ] && [ -e "$work/good" ] &&
		[ "$rounds" -gt 0 ] || return
	rm "$work/over" "$work/good"
	eventually is p/outstanding 0 && destroy_pool p
}

# A resize may be refused while elements for the new min are missing.
resize()
{
	for reserve in 72 200 64 256 100; do
		answer=$(./poke write "$sysfs/p/reserve" "$reserve" |
			head -n 1)
		case $answer in
		ok) is p/reserve "$reserve" || return ;;
		EBUSY) ;;
		*)
			echo "reserve $reserve: $answer"
			return 1 ;;
		esac
	done
}

change_settings()
{
	for setting in cache=0 cache=64 cache=5 cache=16 batch=1 batch=64 \
		       batch=16 low=0 high=256 low=256 low=80 high=90 \
		       adaptive=0 decay_ms=1 adaptive=1 zero=1 zero=0 \
		       policy=source policy=reclaim policy=reserve policy=cache
	do
		accept "$sysfs/p/${setting%%=*}" "${setting#*=}" || return
	done
}

watch_and_inject()
{
	for how in always "every 3" "next 100" off; do
		accept "$debug/pools/p/inject" "$how" || return
		cat "$sysfs"/p/[!s]* "$sysfs"/p/stats/[!r]* \
			"$debug"/pools/p/* >"$work/read" || return
		accept "$debug/pools/p/latency" 1 &&
			accept "$sysfs/p/stats/reset" 1 &&
			accept "$debug/pools/p/latency" 0 || return
	done
}

other_pools()
{
	make_pool "a,reserve=16
b,element=kmalloc,size=192,reserve=16,nmi_reserve=4
c,element=pool,parent=a,reserve=4" || return
	destroy_pool "c
b
a"
}

# CPUs that can go offline; the last one stays.
cpus_that_go()
{
	ls -d "$cpus"/cpu[1-9]*/online 2>/dev/null
}

cpus_off_and_on()
{
	for cpu in $(cpus_that_go); do
		echo 0 >"$cpu" || return
	done
	for cpu in $(cpus_that_go); do
		echo 1 >"$cpu" || return
	done
}

# CPUs come and go while calls of all kinds sleep.
churn_and_cpus()
{
	make_pool p,reserve=64,max=96,cache=8 || return
	(
		if stress churn pool=p "seconds=$seconds"; then
			: >"$work/good"
		fi
		: >"$work/over"
	) >"$work/hammer" 2>&1 &
	status=0
	until_over cpus_off_and_on || status=1
	wait
	cat "$work/hammer"
	[ "$status" -eq 0 ] && [ -e "$work/over" ] && [ -e "$work/good" ] || return
	rm "$work/over" "$work/good"
	eventually is p/outstanding 0 && destroy_pool p
}

cached_on()
{
	awk -v cpu="$1" '$1 == cpu { print $2 }' "$debug/pools/p/percpu"
}

above_min()
{
	[ "$(value p/available)" -ge 16 ]
}

# A run uses the CPUs that the writing process may use.  Only elements above min,
# which the worker brings, may be in a cache.
fill_cache_of()
{
	above_min && taskset -c "$1" ./poke write "$debug/stress/run" \
		"contexts pool=p contexts=task count=1000 hold=32" &&
		[ "$(cached_on "$1")" -gt 0 ]
}

# Elements from an offline CPU's cache can be allocated on other CPUs.  Several times,
# as the cache may be trimmed between the look at it and the CPU's end.
cache_of_dead_cpu()
{
	# With room for all caches, and as many above min as min itself.
	make_pool p,reserve=8,cache=32,adaptive=0 || return
	stress contexts pool=p contexts=task count=1000 hold=32 || return
	for cpu in $(for _ in 1 2 3 4; do cpus_that_go; done); do
		number=${cpu%/online}
		number=${number##*/cpu}
		eventually fill_cache_of "$number" || return
		echo 0 >"$cpu" || return
		cached=$(cached_on "$number")
		echo 1 >"$cpu" || return
		echo "$cached in the cache of CPU $number, which is off"
		[ "$cached" -eq 0 ] || return
	done
	eventually is p/outstanding 0 && destroy_pool p
}

plan 8
load rsvpool
load rsvpool_stress
check "the reserve is resized" while_hammered resize
check "settings are changed" while_hammered change_settings
check "everything is read, the source fails" while_hammered watch_and_inject
check "other pools are created and destroyed" while_hammered other_pools
if [ -n "$(cpus_that_go)" ]; then
	check "CPUs go and come" while_hammered cpus_off_and_on
	check "CPUs go and come while tasks sleep" churn_and_cpus
	check "a dead CPU's cache is empty" cache_of_dead_cpu
else
	skip "CPUs go and come" "there is only one CPU, or none can go"
	skip "CPUs go and come while tasks sleep" "the same"
	skip "a dead CPU's cache is empty" "the same"
fi
finish "unloads"

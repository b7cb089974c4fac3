#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-stress.sh - each scenario of rsvpool_stress.ko, briefly: it runs, prints
# its figures, can be stopped, and refuses contradictory parameters.  For
# scenarios with their own tests (contexts, exhaust, churn, wait, worst) only
# the rest is tested.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

seconds=$(long 1)
count=$((1000 / slow))
[ "$count" -gt 0 ] || count=1

run=$debug/stress/run
own="tryalloc alloc bulk16 bulk64"
others="mempool_page mempool_kmalloc mempool_preallocated mempool_bulk16
	alloc_page alloc_pages_bulk64 alloc_pages_nolock kmem_cache sheaves kmalloc_nolock
	gen_pool objpool rawarray irqarray"

is_rt()
{
	uname -v | grep -q PREEMPT_RT
}

# Spinlocks sleep, or lockdep checks as if they did.
strict_locks()
{
	is_rt || [ -e /proc/lockdep ]
}

listed()
{
	for scenario in contexts exhaust churn wait pair worst corners pingpong \
			burst producer-consumer storm soak lend; do
		grep -q "^$scenario " "$debug/stress/scenarios" ||
			{ echo "no $scenario"; return 1; }
	done
}

# cells SUFFIX: every peer has a cell with a number or a reason.
cells()
{
	for peer in $own $others; do
		value=$(result "$peer$1")
		[ -n "$value" ] || value=$(result "$peer")
		case $value in
		[0-9]*) ;;
		unavailable | not-allowed) echo "$peer: $value" ;;
		*)
			echo "$peer: '$value'"
			return 1 ;;
		esac
	done
}

pairs()
{
	stress pair pool=p "count=$count" batches=2 "calls=$count" &&
		sed -i 's/^pair\.//' "$work/result" && cells "" &&
		[ "$(result tryalloc.alloc.p50)" -le \
			"$(result tryalloc.alloc.max)" ]
}

pingpong()
{
	stress pingpong pool=p "count=$count" && cells .ops_per_s &&
		[ "$(result tryalloc.least)" -eq "$count" ] &&
		[ "$(result tryalloc.unanswered)" -eq 0 ]
}

# Retry if the machine stalls for that time.
for_a_time()
{
	local try

	for try in 1 2 3 4 5; do
		echo "try $try"
		stress pingpong pool=p what=tryalloc threads=1 \
			"seconds=$seconds" || return
		[ "$(result tryalloc.pairs)" -eq 0 ] || return 0
	done
	return 1
}

bursts()
{
	stress burst pool=p nr=32 count=2 recover_ms=20 && cells .bursts &&
		[ "$(result tryalloc.bursts)" -eq 2 ]
}

# While more elements are outstanding than the pool had, the worker refills the
# reserve.
recovery()
{
	make_pool b,reserve=512,max=2048 &&
		stress burst pool=b what=tryalloc nr=1200 count=3 \
			recover_ms=60000 &&
		[ -z "$(result tryalloc.recovery_out.late)" ] &&
		[ "$(result tryalloc.recovery_out.max)" -gt 0 ] &&
		[ "$(result tryalloc.recovery_back.max)" -gt 0 ] &&
		destroy_pool b
}

two_cpus()
{
	[ "$(grep -c ^processor /proc/cpuinfo)" -ge 2 ]
}

passing()
{
	if ! two_cpus; then
		declined EINVAL threads "producer-consumer pool=p count=10"
		return
	fi
	stress producer-consumer pool=p "count=$count" depth=16 &&
		cells .ops_per_s && [ "$(result irqarray)" = not-allowed ]
}

# Peers are called in the contexts in which they may be called, and only there.
peers_by_context()
{
	stress contexts pool=p "count=$((20 * count))" hold=48 \
		peer=alloc_page,mempool_kmalloc,gen_pool,rawarray || return
	[ "$(result peer.alloc_page.nmi)" = not-allowed ] &&
		[ "$(result peer.mempool_kmalloc.sched)" = not-allowed ] &&
		[ "$(result peer.rawarray.nmi)" = not-allowed ] &&
		[ "$(result peer.rawarray.sched.answered)" -gt 0 ] &&
		[ "$(result peer.gen_pool.nmi.answered)" -gt 0 ] &&
		[ "$(result peer.alloc_page.task.answered)" -gt 0 ] || return
	if strict_locks; then
		[ "$(result peer.alloc_page.hardirq)" = not-allowed ]
	else
		[ "$(result peer.alloc_page.hardirq.answered)" -gt 0 ]
	fi
}

# Some memory is left free, so that this may run beside other work.
exhausted_in_cycles()
{
	local try

	spare=$(awk '/^MemFree:/ { print int($2 / 8) }' /proc/meminfo)
	# As above.
	for try in 1 2 3 4 5; do
		echo "try $try"
		stress exhaust pool=p "seconds=$((2 * seconds))" cycle_ms=200 \
			"spare=$spare" hold=48 || return
		[ "$(result hog.cycles)" -eq 0 ] || return 0
	done
	return 1
}

storm()
{
	storm_settings >"$work/before"
	stress "$1" pool=s "seconds=$((2 * seconds))" hold=48 bulk=8 \
		nmi_hold=8 guarantee=1 check_s=1 || return
	storm_settings >"$work/after"
	diff "$work/before" "$work/after" || return
	fails grep -l 0 "$cpus"/cpu[1-9]*/online || return
	grep -E '\.(made|refused)=|^checks=' "$work/result"
	[ "$(result settings.made)" -gt 0 ] && [ "$(result pools.made)" -gt 0 ]
}

storm_settings()
{
	for name in reserve cache batch low high policy adaptive decay_ms zero; do
		cat "$sysfs/s/$name"
	done
}

# The seed with which the stream of storm's thread began at 0, and stayed there.
last_seed()
{
	stress storm pool=s seconds=1 hotplug=0 hold=48 seed=4294967295
}

# stopped SCENARIO: it would run for a day, and is stopped.
stopped()
{
	./poke write "$run" "$* seconds=86400" >"$work/answer" &
	eventually grep -q running=1 "$debug/stress/result"
	accept "$run" stop || return
	wait
	cat "$debug/stress/result" >"$work/result"
	grep -q ECANCELED "$work/answer" && [ "$(result error)" = stopped ] &&
		eventually is p/outstanding 0
}

# declined ERRNO KEY LINE: it is refused, with one warning that names the scenario
# and the key.
declined()
{
	answer=$(./poke write "$run" "$3") || :
	if [ "${answer%%
*}" != "$1" ] || [ "$(echo "$answer" | wc -l)" -ne 2 ] ||
	   ! echo "$answer" | grep -q "rsvpool_stress: ${3%% *}: " ||
	   ! echo "$answer" | grep -q "rsvpool_stress: .*$2: "; then
		echo "$3: $answer"
		return 1
	fi
}

nonsense()
{
	declined EINVAL nothing "nothing pool=p" &&
		declined EINVAL what "pingpong pool=p what=nothing" &&
		declined EINVAL pool "pingpong what=tryalloc" &&
		declined EINVAL pool "pingpong pool=p what=alloc_page" &&
		declined ENOENT pool "pingpong pool=none what=tryalloc" &&
		declined ERANGE nr "burst pool=p nr=0" &&
		declined ERANGE depth "producer-consumer pool=p depth=100000" &&
		declined EINVAL nr "burst pool=p nr=8 nr=8" &&
		declined EINVAL peer "contexts pool=p peer=tryalloc" &&
		declined EINVAL peer "contexts pool=p peer=mempool_bulk16" &&
		declined EINVAL cycle_ms "exhaust pool=p seconds=1 cycle_ms=2000" &&
		declined EINVAL settings \
			"storm pool=p settings=0 hotplug=0 pools=0" &&
		declined EINVAL settings \
			"soak pool=p settings=0 hotplug=0 pools=0" &&
		declined EINVAL bulk "lend pool=p hold=4 bulk=8" &&
		declined ERANGE check_s "soak pool=p check_s=0" &&
		declined EINVAL stop "stop now" &&
		declined ENOENT stop stop
}

plan 18
load rsvpool
load rsvpool_stress
make_pool p,reserve=1024,nmi_reserve=64,cache=64
make_pool s,reserve=64,max=256,nmi_reserve=8,cache=16,cache_max=64
check "every scenario is listed" listed
check "pair: a figure for every peer" pairs
check "pingpong: all threads reach count" pingpong
check "pingpong: runs for a time" for_a_time
check "burst: as many elements are freed as allocated" bursts
check "burst: the depot recovers" recovery
check "producer-consumer: elements are freed on another CPU" passing
check "contexts: peers get requests where they are allowed" peers_by_context
check "exhaust: the memhog holds and frees memory in turns" exhausted_in_cycles
check "storm: all settings change, and are restored" storm storm
check "soak: the same, with checks" storm soak
check "storm: the greatest seed changes settings, too" last_seed
check "stop: contexts" stopped contexts pool=p hold=48
check "stop: pingpong" stopped pingpong pool=p
check "stop: churn" stopped churn pool=p
check "stop: soak" stopped soak pool=p hold=48
check "wrong and contradictory parameters are refused" nonsense
finish "unloads"

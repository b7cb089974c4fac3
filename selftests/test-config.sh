#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-config.sh - all settings as one text: read, changed, and written back;
# one wrong line makes the whole write fail.  And settings keep their values
# while others change and CPUs come and go.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

config()
{
	cat "$debug/pools/$1/config"
}

# same FILE POOL: the pool's config is still that in FILE.
same()
{
	config "$2" >"$work/now" && diff "$1" "$work/now"
}

snapshot()
{
	config "$1" >"$work/$1" && [ -s "$work/$1" ]
}

write_back()
{
	accept "$debug/pools/$1/config" "$(cat "$work/$1")"
}

# Each line has the value of the file in sysfs.
as_in_sysfs()
{
	local key value is lines=0

	config "$1" >"$work/lines"
	while IFS='=' read -r key value; do
		is=$(value "$1/$key")
		case $key in
		policy) is=$(echo "$is" | sed 's/.*\[\(.*\)\].*/\1/') ;;
		esac
		[ "$is" = "$value" ] || {
			echo "$key: $value, in sysfs $is"
			return 1
		}
		lines=$((lines + 1))
	done <"$work/lines"
	equal "$lines" "$2"
}

is_back()
{
	write_back p && same "$work/p" p && as_in_sysfs p 13
}

change_all_of_p()
{
	local pair

	for pair in high=100 high_max=110 low=90 reserve=60 cache=3 batch=7 \
		    policy=reserve adaptive=1 decay_ms=77 stall_ms=0 zero=1 refill_prio=20 \
		    refill_cpus=0; do
		accept "$sysfs/p/${pair%%=*}" "${pair#*=}" || return
	done
	# Every line is changed.
	config p >"$work/now"
	fails grep -Fxf "$work/p" "$work/now"
}

persists()
{
	accept "$sysfs/p/reserve" 30 && accept "$sysfs/p/reserve" 16 &&
		accept "$sysfs/p/policy" reserve &&
		accept "$sysfs/p/policy" source && same "$work/p" p
}

survives_hotplug()
{
	for online in 0 1 0 1 0 1; do
		echo "$online" >"$cpus/cpu1/online"
		same "$work/p" p || return
	done
}

# Also while that CPU is offline: refill_cpus keeps offline CPUs.
write_back_without_cpu()
{
	accept "$sysfs/p/refill_cpus" 1 && snapshot p || return
	echo 0 >"$cpus/cpu1/online" && write_back p && same "$work/p" p &&
		echo 1 >"$cpus/cpu1/online" && same "$work/p" p
}

# In any order of lines: both up above the old high, both down below the old
# low.
any_order()
{
	accept "$debug/pools/p/config" "low=70
high=80
reserve=70" && accept "$debug/pools/p/config" "reserve=16
high=25
low=20" && accept "$debug/pools/p/config" "high=80
low=70" && accept "$debug/pools/p/config" "
  low = 20 
high=40

" && is p/low 20 && is p/high 40 && is p/reserve 16
}

to_another_pool()
{
	grep -v refill_ "$work/p" >"$work/q" && write_back q && same "$work/q" q
}

# bad DESCRIPTION ERRNO KEY TEXT: a wrong line between good ones.
bad()
{
	refuse "$1" "$2" p "$3" "$debug/pools/p/config" "batch=9
$4
decay_ms=5"
}

# The ceiling is exceeded; the other lines alone would be accepted.
ceiling()
{
	local percent

	percent=$(cat /sys/module/rsvpool/parameters/max_percent)
	echo 0 >/sys/module/rsvpool/parameters/max_percent
	all_settings >"$work/before"
	unchanged refused ENOMEM p reserve ./poke write "$debug/pools/p/config" \
		"refill_prio=9
reserve=80
batch=3" && unchanged refused ENOMEM p reserve ./poke write \
		"$debug/pools/p/config" "batch=3
high=90" || return
	echo "$percent" >/sys/module/rsvpool/parameters/max_percent
}

# What the histograms of latency take counts in the bound, and not against the
# ceiling: a smaller reserve is still accepted there.
histograms()
{
	local percent before=$(($(cat "$sysfs/h/bound_bytes")))

	accept "$debug/pools/h/latency" 1 || return
	[ "$(cat "$sysfs/h/bound_bytes")" -gt "$before" ] || return
	percent=$(cat /sys/module/rsvpool/parameters/max_percent)
	echo 0 >/sys/module/rsvpool/parameters/max_percent
	accept "$sysfs/h/reserve" 7 && is h/reserve 7 || return
	echo "$percent" >/sys/module/rsvpool/parameters/max_percent
}

# The source fails half way: elements that it gave may stay, all else is as
# before.
source_fails()
{
	accept "$debug/pools/p/inject" always || return
	all_settings >"$work/before"
	unchanged refused ENOMEM p reserve ./poke write "$debug/pools/p/config" \
		"high=120
reserve=120
refill_prio=9
low=3" && accept "$debug/pools/p/inject" off
}

# A pool that was created without a reserve can write its config back.
without_reserve()
{
	make_pool n,reserve=0,max=8 && snapshot n && write_back n &&
		same "$work/n" n && destroy_pool n
}

plan 31
load rsvpool
make_pool p,reserve=16,max=128,nmi_reserve=2,cache=8,cache_max=32,low=20,high=40,adaptive=0,policy=source,decay_ms=500,refill_thread=1
make_pool q,element=kmalloc,size=64,reserve=4,max=128,cache_max=32
make_pool big,order=1,reserve=4
check "a snapshot of config is taken" snapshot p
check "config agrees with the files in sysfs" as_in_sysfs p 13
check "config agrees with the files without a thread, too" as_in_sysfs q 11
check "writing the snapshot back changes nothing" is_back
check "every setting can be changed" change_all_of_p
check "writing the snapshot back restores every setting" is_back
check "settings stay while other settings change" persists
if [ -e "$cpus/cpu1/online" ]; then
	check "settings stay while CPUs come and go" survives_hotplug
	check "the snapshot is written back while a CPU is offline" write_back_without_cpu
else
	skip "settings stay while CPUs come and go" "one CPU"
	skip "the snapshot is written back while a CPU is offline" "one CPU"
fi
check "keys that depend on each other may be in any order" any_order
snapshot p
check "the snapshot can be written to another pool" to_another_pool
check "the snapshot of a pool without a reserve can be written" without_reserve
bad "an unknown key" EINVAL nonsense nonsense=1
bad "a key that is no setting" EINVAL max max=200
bad "a key without a value" EINVAL low low=
bad "a line without '='" EINVAL low low
bad "a key twice" EINVAL batch batch=8
bad "a number out of range" ERANGE cache cache=33
bad "no number" EINVAL high high=many
bad "low above high" EINVAL low low=41
bad "a reserve above max" ERANGE reserve reserve=129
bad "a reserve below nmi_reserve" ERANGE reserve reserve=1
bad "an unknown policy" EINVAL policy policy=foo
bad "no such CPU" ERANGE refill_cpus refill_cpus=9999
refuse "no key at all" EINVAL p config "$debug/pools/p/config" "
"
refuse "a thread's key without one" EINVAL q refill_prio \
	"$debug/pools/q/config" refill_prio=1
refuse "zero for what is too large" EINVAL big zero \
	"$debug/pools/big/config" "low=1
zero=1"
check "if max_percent refuses the reserve, nothing is changed" ceiling
make_pool h,element=kmalloc,size=64,reserve=8,low=8,high=8
check "lower values are accepted, also after latency=1" histograms
destroy_pool h
check "if the source fails, nothing is changed" source_fails
finish "unloads"

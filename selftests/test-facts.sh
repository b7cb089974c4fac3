#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-facts.sh - what sysfs and debugfs show of a pool is true, and read-only
# files cannot be written.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

facts="element element_bytes max nmi_reserve cache_max node opaque wakeup
	refill_thread lend bound_bytes available cached outstanding"

read_only()
{
	local answer

	for file in $facts; do
		answer=$(./poke write "$sysfs/p/$file" 1) && {
			echo "$file was written"
			return 1
		}
		[ "$answer" = EACCES ] || {
			echo "$file: $answer"
			return 1
		}
	done
}

one_line_each()
{
	for file in "$sysfs"/p/* "$sysfs"/p/stats/*; do
		case $file in
		*/stats | */reset) continue ;;
		esac
		[ "$(wc -l <"$file")" -eq 1 ] || {
			echo "$file: $(cat "$file")"
			return 1
		}
	done
}

only_root()
{
	for file in "$debug"/* "$debug"/pools/p/*; do
		[ ! -d "$file" ] || continue
		case $(stat -c %A "$file") in
		-r*------ | --w-------) ;;
		*)
			stat -c "%A %n" "$file"
			return 1 ;;
		esac
	done
}

bound_holds()
{
	local least=$(($(value p/max) * $(value p/element_bytes)))

	# Plus the pool's structures, which are small.
	echo "$(value p/bound_bytes) bytes, elements are $least"
	[ "$(value p/bound_bytes)" -gt "$least" ] &&
		[ "$(value p/bound_bytes)" -lt $((least * 2)) ]
}

# At rest every element is in the pool or with the holder, which knows its
# number.
held_is_outstanding()
{
	eventually is p/outstanding "$1" && equal "$(cat "$holder/held")" "$1"
}

not_above_max()
{
	[ "$(sum p available cached outstanding)" -le "$(value p/max)" ]
}

every_file_reads()
{
	for file in state percpu waiters latency inject; do
		[ -n "$(cat "$debug/pools/p/$file")" ] || {
			echo "$file has nothing to say"
			return 1
		}
	done
}

# The counts of percpu, without its other columns.
caches_add_up()
{
	equal "$(awk '/^[0-9]/ { n += $2 } END { print n + 0 }' \
		"$debug/pools/p/percpu")" "$(value p/cached)"
}

latency_counts()
{
	accept "$debug/pools/p/latency" 1 && have try 5 &&
		[ "$(grep -c . "$debug/pools/p/latency")" -gt 1 ] &&
		have free 5 && accept "$debug/pools/p/latency" 0
}

waiters_shows_sleepers()
{
	exhaust p && have sleep 2 || return
	grep -q rsvpool_sleeper "$debug/pools/p/waiters" || {
		cat "$debug/pools/p/waiters"
		return 1
	}
	have free 2 && have join && have free "$(cat "$holder/held")" &&
		accept "$debug/pools/p/inject" off
}

# A line for each pool, with what its files in sysfs say, in the form and in the
# order of "summary".
of_files()
{
	local name

	tail -n +2 "$debug/summary" | cut -d ' ' -f 1 | while read -r name; do
		echo "$name $(value "$name/element")" \
			"$(value "$name/element_bytes") $(value "$name/reserve")" \
			"$(value "$name/max") $(value "$name/available")" \
			"$(value "$name/cached") $(value "$name/outstanding")" \
			"$(sum "$name" stats/alloc_reserve stats/alloc_nmi \
				stats/alloc_wait stats/alloc_fail)" \
			"$(value "$name/bound_bytes")"
	done
}

# summary_is_true POOLS: sysfs may say more a moment later.
summary_is_true()
{
	equal "$(tail -n +2 "$debug/summary" | wc -l)" "$1" || return
	of_files >"$work/of-files"
	tail -n +2 "$debug/summary" | diff "$work/of-files" -
}

# Read a hundred times, by two, while other pools come and go.
summary_while_pools_go()
{
	local reader readers='' bad=0

	for reader in 1 2; do
		for _ in $(seq 100); do
			grep -q '^p page ' "$debug/summary" || exit 1
		done &
		readers="$readers $!"
	done
	for _ in $(seq 20); do
		make_pool a,reserve=4 && make_pool b,element=pool,parent=a,reserve=2 &&
			destroy_pool b && destroy_pool a || bad=1
	done
	for reader in $readers; do
		wait "$reader" || bad=1
	done
	return "$bad"
}

plan 27
load rsvpool
make_pool p,reserve=16,max=64,nmi_reserve=2,cache=8,cache_max=32,wakeup=prio
make_pool k,element=kmalloc,size=100,reserve=4,opaque=1
make_pool u,element=pool,parent=p,reserve=2

check "element of pages" is p/element page
check "element of kmalloc" is k/element kmalloc
check "element of a pool" is u/element pool
check "element_bytes of pages" is p/element_bytes 4096
check "element_bytes of kmalloc" is k/element_bytes 100
check "max" is p/max 64
check "nmi_reserve" is p/nmi_reserve 2
check "cache_max" is p/cache_max 32
check "wakeup" is p/wakeup prio
check "opaque" is k/opaque 1
check "node is -1 by default" is p/node -1
check "facts are read-only" read_only
check "one value a file" one_line_each
check "only root can read debugfs" only_root
check "summary agrees with the files in sysfs" eventually summary_is_true 3
check "bound_bytes is a bound" bound_holds
check "every file in debugfs reads" every_file_reads

destroy_pool u
load rsvpool_test_holder pool=p
check "nothing is outstanding at first" held_is_outstanding 0
have try 10
check "what is held is outstanding" held_is_outstanding 10
check "no more elements than max exist" eventually not_above_max
have free 10
check "elements that were given back are not outstanding" held_is_outstanding 0
check "cached is the sum of percpu" eventually caches_add_up
check "latency can be switched on and off" latency_counts
check "waiters shows the sleepers" waiters_shows_sleepers
check "summary counts emergencies" eventually summary_is_true 2
check "summary is read while pools come and go" summary_while_pools_go
finish "unloads"

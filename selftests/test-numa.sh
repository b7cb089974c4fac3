#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-numa.sh - a pool with a node has memory of that node, on whichever CPU it
# is allocated; elements of other nodes, and elements taken by CPUs of other
# nodes, are counted.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

nodes=/sys/devices/system/node
PAGES=4096	# of a pool, 16 MiB of 4 KiB each

# free_pages NODE: its free memory, in pages of 4 KiB.
free_pages()
{
	awk '/MemFree:/ { print int($4 / 4) }' "$nodes/node$1/meminfo"
}

# first_cpu NODE
first_cpu()
{
	sed 's/[-,].*//' "$nodes/node$1/cpulist"
}

# counts HIT MISS
counts()
{
	equal "$(value p/stats/node_hit)" "$1" &&
		equal "$(value p/stats/node_miss)" "$2"
}

# from NODE: the free memory of this node has shrunk by the pool's size, about,
# and not that of the other node, where the CPU is.
from()
{
	local other=$((1 - $1)) before other_before

	before=$(free_pages "$1")
	other_before=$(free_pages "$other")
	taskset -c "$(first_cpu "$other")" ./poke write "$debug/create" \
		"p,reserve=$PAGES,cache=16,adaptive=0,node=$1" >/dev/null || return
	echo "node $1: $before, then $(free_pages "$1")"
	echo "node $other: $other_before, then $(free_pages "$other")"
	is p/node "$1" && counts "$PAGES" 0 &&
		[ "$(free_pages "$1")" -le $((before - PAGES / 2)) ] &&
		[ "$(free_pages "$other")" -gt $((other_before - PAGES / 2)) ]
}

# The worker may run anywhere.
refill_too()
{
	local high=$((2 * PAGES))

	taskset -c "$(first_cpu 0)" ./poke write "$sysfs/p/high" "$high" \
		>/dev/null && eventually is p/available "$high" &&
		counts "$high" 0
}

# take_on NODE: one element there, which also fills that CPU's cache.
take_on()
{
	taskset -c "$(first_cpu "$1")" ./poke write "$holder/do" "try 1" \
		>/dev/null
}

# p is of node 1.
remote_is_counted()
{
	local remote

	take_on 1 && equal "$(value p/stats/node_remote)" 0 &&
		[ "$(value p/stats/pulled)" -gt 0 ] || return
	take_on 0 || return
	remote=$(value p/stats/node_remote)
	[ "$remote" -gt 0 ] && [ "$remote" -lt "$(value p/stats/pulled)" ] &&
		have free 2
}

# A pool with more memory than the node has.
misses_are_counted()
{
	local reserve

	echo 100 >/sys/module/rsvpool/parameters/max_percent
	reserve=$(($(free_pages 1) + PAGES))
	make_pool "p,reserve=$reserve,max=$reserve,node=1" || return
	echo "$(value p/stats/node_hit) hits, $(value p/stats/node_miss) misses"
	equal "$(sum p stats/node_hit stats/node_miss)" "$reserve" &&
		[ "$(value p/stats/node_miss)" -gt 0 ] &&
		[ "$(value p/stats/node_hit)" -gt 0 ] && destroy_pool p
}

# Without a node, the memory is of the calling CPU's node.
any_node()
{
	local node

	for node in 0 1; do
		taskset -c "$(first_cpu "$node")" ./poke write "$debug/create" \
			"p,reserve=64" >/dev/null &&
			is p/node -1 && counts 64 0 && destroy_pool p || return
	done
}

begin
if [ ! -e "$nodes/node1/cpulist" ] || [ -z "$(cat "$nodes/node1/cpulist")" ]; then
	skip_all "there is one node"
fi
ktap_set_plan 9
load rsvpool
check "elements are of node 0, allocated on node 1" from 0
check "the pool can be destroyed" destroy_pool p
check "elements are of node 1, allocated on node 0" from 1
check "elements that the worker brings are of that node" refill_too
load rsvpool_test_holder pool=p
check "elements that CPUs of other nodes pull are counted" remote_is_counted
unload rsvpool_test_holder
destroy_pool p
refuse "there is no node 2" ERANGE p node "$debug/create" p,node=2
check "without a node, elements are of the CPU's node" any_node
check "elements of another node are counted" misses_are_counted
finish "unloads"

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-mempool.sh - rsvpool_mempool.h is the mempool API: a module that uses all
# of it, built with the kernel's mempools and with rsvpool's, gets the same
# results.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

# found MODULE: its results: there must be some, and none may be wrong.
found()
{
	cat "/sys/module/$1/parameters/results" >"$work/$1"
	grep -q '^ok ' "$work/$1" && ! grep -v '^ok ' "$work/$1"
}

# Calls that the kernel's mempool lacks are tested with rsvpool alone.
same_cases()
{
	grep -vxF -f "$work/rsvpool_test_mempool" "$work/kernel_test_mempool" \
		>"$work/missing" || :
	[ ! -s "$work/missing" ] || { cat "$work/missing"; return 1; }
}

like_a_mempool()
{
	is "$1/policy" "cache [source] reclaim reserve" &&
		is "$1/max" 0 && is "$1/cache" 0 && is "$1/reserve" 4 &&
		is "$1/element_bytes" 200 && is "$1/bound_bytes" 0 &&
		is "$1/available" 4 && eventually is "$1/outstanding" 0
}

three_pools()
{
	[ "$(echo "$sysfs"/*)" = "$sysfs/rsvpool_test_mempool.0 \
$sysfs/rsvpool_test_mempool.1 $sysfs/rsvpool_test_mempool.2" ] || {
		ls "$sysfs"
		return 1
	}
}

tuned()
{
	accept "$sysfs/rsvpool_test_mempool.1/reserve" 8 &&
		accept "$sysfs/rsvpool_test_mempool.1/cache" 16 &&
		accept "$sysfs/rsvpool_test_mempool.1/policy" cache &&
		is rsvpool_test_mempool.1/available 8
}

# The log reports a pool that its module did not destroy.
left_behind()
{
	dmesg | grep -q "pool 'rsvpool_test_mixed.*without mempool_exit()"
}

none_left()
{
	[ -z "$(ls "$sysfs")" ] || { ls "$sysfs"; return 1; }
}

plan 16
load kernel_test_mempool
check "the kernel's mempools pass" found kernel_test_mempool
check "their module unloads" unload kernel_test_mempool
load rsvpool
load rsvpool_test_mempool keep=3
check "rsvpool's mempools pass" found rsvpool_test_mempool
check "the same cases were tested, or more" same_cases
check "the pools have the module's name and a number" three_pools
check "the pools look like mempools" like_a_mempool rsvpool_test_mempool.2
check "the pools can be tuned" tuned
check "the pools keep rsvpool loaded" unload_refused rsvpool
check "the pools are destroyed with the module" unload rsvpool_test_mempool
load rsvpool_test_mixed
check "files with and without rsvpool mix" found rsvpool_test_mixed
check "their module unloads" unload rsvpool_test_mixed
check "the module left no mempool" fails left_behind
load rsvpool_test_mixed forget=1
check "a module may go without mempool_exit()" unload rsvpool_test_mixed
check "a mempool that was left is reported" left_behind
check "the pool of that mempool is destroyed" none_left
finish "unloads"

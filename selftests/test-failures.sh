#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-failures.sh - each allocation made by creating a pool, by resizing it and
# by loading a module fails once: then nothing has changed, and nothing is
# leaked, which test-leaks.sh checks, too.  For kernels with
# CONFIG_FAULT_INJECTION.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

faults=/sys/kernel/debug

# An upper limit for the allocations of one system call.
MOST=5000

# Allocations of any size fail, sleeping or not, but only those that a module
# makes, itself or through functions that it calls.  The kernel's own
# allocations for loading a module are left out; they are some hundred times
# more.
set_faults()
{
	local end

	# Module text is at higher addresses than the kernel's.
	end=$(sed -n 's/^\([0-9a-f]*\) . _end$/0x\1/p' /proc/kallsyms)
	for kind in failslab fail_page_alloc; do
		echo 32 >"$faults/$kind/stacktrace-depth"
		echo "$end" >"$faults/$kind/require-start"
		echo N >"$faults/$kind/ignore-gfp-wait"
		echo 0 >"$faults/$kind/verbose"
	done
	echo N >"$faults/fail_page_alloc/ignore-gfp-highmem"
	echo 0 >"$faults/fail_page_alloc/min-order"
}

# each_failing POKE-ARGUMENTS...: poke does and undoes it, with each allocation
# failing.
each_failing()
{
	./poke each "$@" >"$work/each" || {
		cat "$work/each"
		return 1
	}
	sed 's/^/# /' "$work/each" >&3
}

creation()
{
	each_failing "$sysfs/f" write "$debug/destroy" f \
		write "$debug/create" "f,$1" && [ ! -e "$debug/pools/f" ]
}

stacked()
{
	make_pool parent,reserve=16 &&
		creation element=pool,parent=parent,reserve=8 &&
		eventually is parent/outstanding 0 && destroy_pool parent
}

still_eight()
{
	is f/reserve 8 && rests_at_eight
}

back_to_eight()
{
	is f/reserve 16 && accept "$sysfs/f/reserve" 8 && rests_at_eight
}

# The worker must not be releasing elements, either: they count, and max is 16.
rests_at_eight()
{
	eventually is f/available 8 && eventually is f/outstanding 0
}

# Elements arrive and leave in the background, so these are waited for one by
# one.
resize()
{
	local n=1 refused=0 status answer

	make_pool f,reserve=8,max=16,low=8,high=8,cache=0,adaptive=0 || return
	while [ "$n" -le "$MOST" ]; do
		status=0
		answer=$(./poke failing "$n" write "$sysfs/f/reserve" 16) ||
			status=$?
		case $status:$answer in
		0:* | 3:*) back_to_eight || break ;;
		1:ENOMEM*)
			refused=$((refused + 1))
			still_eight || break ;;
		*) break ;;
		esac
		[ "$status" -ne 3 ] || {
			echo "# $n allocations, $refused of them needed" >&3
			[ "$refused" -gt 0 ] && destroy_pool f
			return
		}
		n=$((n + 1))
	done
	echo "number $n: $status, $answer"
	return 1
}

# The module loads nevertheless if its debugfs files cannot be created.
loading()
{
	local file

	file=$(module_file "$1") || return
	each_failing "/sys/module/$1" unload "$1" load "$file" ""
}

loading_rsvpool()
{
	loading rsvpool && [ ! -e "$sysfs" ] && [ ! -e "$debug" ]
}

begin
[ -e /proc/self/fail-nth ] || skip_all "this kernel has no fault injection"
set_faults
exec 3>&1
ktap_set_plan 10
check "loading rsvpool" loading_rsvpool
load rsvpool
check "creating a pool of pages" creation reserve=8,nmi_reserve=2
check "creating a pool of objects, with debug=1" \
	creation element=kmalloc,size=192,reserve=8,debug=1
check "creating a pool of opaque objects" \
	creation element=kmalloc,size=192,reserve=8,nmi_reserve=4,opaque=1
check "creating a pool with a thread" creation reserve=8,refill_thread=1
check "creating a pool that lends" creation reserve=8,lend=1
check "creating a pool on another pool" stacked
check "making a reserve larger" resize
check "loading rsvpool_stress" loading rsvpool_stress
finish "unloads"

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-failures.sh - every allocation that creating a pool, resizing it or
# loading a module makes fails once: then nothing has changed, and nothing is
# leaked, which test-leaks.sh sees too.  For kernels with CONFIG_FAULT_INJECTION.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

faults=/sys/kernel/debug

# Allocations that one system call might make; far more than any does.
MOST=5000

# Any allocation may fail, of any size, whether it may sleep or not; but only one
# that a module asks for, by itself or through what it calls.  What the kernel
# allocates to load a module is its own matter, and is some hundred times more.
set_faults()
{
	local end

	# Modules are above all that is the kernel's own.
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

# each_failing UNCHANGED UNDO POKE-COMMAND...: with the first allocation failing,
# then with the second, until it makes no more.  It may do without: then UNDO.
each_failing()
{
	local unchanged="$1" undo="$2" n=1 refused=0 status answer
	shift 2

	while [ "$n" -le "$MOST" ]; do
		status=0
		answer=$(./poke failing "$n" "$@") || status=$?
		case $status in
		0 | 3)
			"$undo" || { echo "after number $n"; return 1; } ;;
		1)
			case $answer in
			ENOMEM*) refused=$((refused + 1)) ;;
			*)
				echo "number $n: $answer"
				return 1 ;;
			esac
			"$unchanged" || { echo "after number $n"; return 1; } ;;
		*)
			echo "poke: $status, $answer"
			return 1 ;;
		esac
		[ "$status" -ne 3 ] || break
		n=$((n + 1))
	done
	echo "# $n allocations, $refused of them needed" >&3
	[ "$n" -le "$MOST" ] && [ "$refused" -gt 0 ]
}

no_pool()
{
	[ ! -e "$sysfs/f" ] && [ ! -e "$debug/pools/f" ]
}

undo_create()
{
	destroy_pool f && no_pool
}

creation()
{
	each_failing no_pool undo_create write "$debug/create" "f,$1"
}

stacked()
{
	make_pool parent,reserve=16 &&
		creation element=pool,parent=parent,reserve=8 &&
		is parent/outstanding 0 && destroy_pool parent
}

still_eight()
{
	is f/reserve 8 && eventually is f/available 8
}

back_to_eight()
{
	is f/reserve 16 && accept "$sysfs/f/reserve" 8 &&
		eventually is f/available 8
}

resize()
{
	make_pool f,reserve=8,max=16,low=8,high=8,cache=0,adaptive=0 &&
		each_failing still_eight back_to_eight \
			write "$sysfs/f/reserve" 16 && destroy_pool f
}

not_loaded()
{
	[ ! -e "/sys/module/$1" ] && [ ! -e "$sysfs" ] && [ ! -e "$debug" ]
}

rsvpool_not_loaded()
{
	not_loaded rsvpool
}

unload_rsvpool()
{
	./poke unload rsvpool >/dev/null && rsvpool_not_loaded
}

# With a pool that cannot be made the module is loaded all the same, and says so;
# without debugfs, too, but then pools go with the module alone.
unload_with_pools()
{
	[ ! -e "$sysfs/f" ] || [ ! -e "$debug/destroy" ] || destroy_pool f ||
		return
	unload_rsvpool
}

stress_not_loaded()
{
	[ ! -e /sys/module/rsvpool_stress ] && [ ! -e "$debug/stress" ]
}

unload_stress()
{
	./poke unload rsvpool_stress >/dev/null && stress_not_loaded
}

begin
[ -e /proc/self/fail-nth ] || skip_all "this kernel has no fault injection"
set_faults
exec 3>&1
ktap_set_plan 8
check "loading rsvpool with pools=" each_failing rsvpool_not_loaded unload_with_pools \
	load "$(module_file rsvpool)" "pools=f,reserve=4"
load rsvpool
check "creating a pool of pages" creation reserve=8,nmi_reserve=2
check "of objects, with debug=1" \
	creation element=kmalloc,size=192,reserve=8,debug=1
check "of opaque objects" \
	creation element=kmalloc,size=192,reserve=8,nmi_reserve=4,opaque=1
check "on another pool" stacked
check "making a reserve larger" resize
check "loading rsvpool_stress" each_failing stress_not_loaded unload_stress \
	load "$(module_file rsvpool_stress)" ""
finish "unloads"

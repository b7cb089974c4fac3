#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-flood.sh - the flood of 2020: objects freed after a grace period as fast
# as all CPUs can, under a raw spinlock, compared with the kernel's own
# kvfree_rcu().  Not for a machine with other work, so "make run_tests" leaves
# it out.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

seconds=$(long 5)
pages=2048	# at most; for three in four of them no worker is needed

fallbacks_max=1000	# of a million objects: 0.1 per cent

flooded()
{
	stress flood pool=f "seconds=$seconds"
}

all_freed()
{
	equal "$(result rsvpool.freed)" "$(result rsvpool.objects)"
}

figures()
{
	grep -e ^rsvpool -e ^kernel "$work/result"
}

few_fallbacks()
{
	figures
	[ "$(result rsvpool.fallbacks_ppm)" -le "$fallbacks_max" ]
}

# The bound of pages is max; the bound of objects is the free memory that is
# left.
bounded()
{
	figures
	[ "$(result peak)" -le "$pages" ]
}

plan 5
load rsvpool
load rsvpool_kvfree
load rsvpool_stress
make_pool "f,reserve=$((pages * 3 / 4)),max=$pages"
check "a flood leaves no objects when it is over" flooded
check "every object is freed" all_freed
check "at most one object in a thousand is freed without a page" few_fallbacks
check "no more pages are used than the pool's maximum" bounded
finish "unloads"

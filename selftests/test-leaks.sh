#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-leaks.sh - the kernel's leak detector finds no leak of the tests before
# this one.  For kernels with CONFIG_DEBUG_KMEMLEAK; to be run last.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

kmemleak=/sys/kernel/debug/kmemleak

# An object is reported when it is so many seconds old, plus one.
MIN_AGE=6

# The second scan reports objects that have not changed since the first.
nothing_leaked()
{
	for look in first second; do
		echo "$look look"
		sleep "$MIN_AGE"
		echo scan >"$kmemleak" || return
	done
	cat "$kmemleak" >"$work/leaks" || return
	cat "$work/leaks"
	[ ! -s "$work/leaks" ]
}

begin
[ -e "$kmemleak" ] || skip_all "this kernel has no kmemleak"
ktap_set_plan 1
check "no memory is leaked" nothing_leaked
ktap_finished

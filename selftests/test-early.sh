#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-early.sh - a module that destroys its pool too early gets a WARN that
# names it, and nothing breaks: the pool stays, and so does rsvpool.  The
# machine must be rebooted afterwards, so "make run_tests" leaves it out.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

warned()
{
	dmesg >"$work/dmesg"
	grep -q "WARNING: " "$work/dmesg" &&
		grep "pool 'early'" "$work/dmesg" | grep -q "rsvpool_test_early"
}

not_to_be_had()
{
	local file

	file=$(module_file rsvpool_test_holder) || return
	! answer=$(./poke load "$file" pool=early) &&
		[ "$answer" = ENOENT ]
}

plan 6
load rsvpool
load rsvpool_test_early
check "the module unloads" unload rsvpool_test_early
check "a WARN names the module" warned
check "the pool stays" is early/reserve 64
check "the element of the pool comes back" eventually is early/outstanding 0
check "rsvpool stays" unload_refused rsvpool
check "the pool can no longer be found by its name" not_to_be_had
trap 'rm -rf "$work"' EXIT
ktap_finished

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-lend.sh - elements that are lent while they are free: a request gets them
# at once, no reader accepts wrong content, and no reader reads memory that went
# back to the source; and the control, a reader that does not check, reads wrong
# content.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=selftests/in-kernel.sh
. ./in-kernel.sh

seconds=$(long 2)

refuses()
{
	refuse "$1 is refused" EINVAL l lend "$debug/create" "l,lend=1,$2"
}

is_shown()
{
	is l/lend 1 && is l/stats/lent 0 &&
		shows "$debug/pools/l/state" '^lent  *0,' &&
		shows "$debug/pools/l/state" '^going back  *0$'
}

# all_right KEYS [PARAMETERS...]: all reads are right, on a pool with these
# keys.
all_right()
{
	make_pool "r,lend=1,$1" || return
	shift
	stress lend pool=r "seconds=$seconds" hold=48 blocks=128 "$@" || return
	grep ^borrower "$work/result"
	[ "$(result borrower.wrong)" -eq 0 ] &&
		[ "$(result borrower.revoked)" -gt 0 ] &&
		eventually is r/outstanding 0 && destroy_pool r
}

# Or it ends before the check.
has_begun()
{
	[ -e "$work/over" ] || grep -q running=1 "$debug/stress/result"
}

# Release all surplus elements to the source, again and again.
lent_while_shrinking()
{
	rm -f "$work/over" "$work/good"
	(
		if stress lend pool=r "seconds=$((2 * seconds))" hold=56 \
			blocks=128 bulk=8; then
			: >"$work/good"
		fi
		: >"$work/over"
	) >"$work/lend" 2>&1 &
	eventually has_begun
	while [ ! -e "$work/over" ]; do
		echo 2 >/proc/sys/vm/drop_caches
		for reserve in 32 64; do
			accept "$sysfs/r/reserve" "$reserve" || refusals=1
		done
	done
	wait
	[ -e "$work/good" ] || { cat "$work/lend"; return 1; }
}

# Retry if nothing was released meanwhile, as this was too slow.
with_shrinking()
{
	make_pool "r,lend=1,reserve=64,max=256,cache=8" || return
	refusals=0
	tries=5
	while [ "$(value r/stats/released)" -eq 0 ] && [ "$tries" -gt 0 ]; do
		lent_while_shrinking || return
		tries=$((tries - 1))
	done
	[ "$refusals" -eq 0 ] && [ "$(value r/stats/released)" -gt 0 ] &&
		eventually is r/outstanding 0 && destroy_pool r
}

seen_to_be_wrong()
{
	make_pool r,lend=1,reserve=64,max=64,nmi_reserve=8,cache=4 &&
		stress lend pool=r "seconds=$seconds" hold=48 unchecked=1 &&
		grep ^borrower "$work/result" &&
		[ "$(result borrower.wrong)" -gt 0 ] && destroy_pool r
}

nonsense()
{
	make_pool r,reserve=64 &&
		fails ./poke write "$debug/stress/run" "lend pool=r" &&
		destroy_pool r && make_pool r,lend=1,reserve=64 &&
		fails ./poke write "$debug/stress/run" \
			"lend pool=r unchecked=1" && destroy_pool r
}

begin
load rsvpool
load rsvpool_test_wait
load rsvpool_stress
ktap_set_plan $(($(number_of_tests lend) + 13))
mark_log
check_inside lend
check "no fault is reported in the log" fails logged "debug: element"
refuses "an opaque pool" opaque=1
refuses "a pool without a maximum" max=0
make_pool l,lend=1,reserve=8
check "sysfs and debugfs show loans" is_shown
destroy_pool l
check "no block is wrong" all_right reserve=64,max=64,nmi_reserve=8,cache=4
check "no block is wrong, no caches" all_right reserve=64,max=64,cache=0
check "no block is wrong, with elements above the reserve" all_right reserve=64,cache=16 bulk=8
check "no block is wrong, zeroed" all_right reserve=64,max=64,zero=1
check "no block is wrong, debug" all_right reserve=64,max=80,debug=1
check "no block is wrong, while elements go back to the source" with_shrinking
check "a reader that does not check reads wrong content" seen_to_be_wrong
check "contradictory parameters are refused" nonsense
finish "unloads"

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-exhaust.sh - as test-guarantee.sh, but without free memory: the page
# allocator has no page for GFP_ATOMIC.  No other task is killed meanwhile.  Not for
# a machine with other work, so "make run_tests" leaves it out.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

contexts=$(machine_contexts)
count=${RSVPOOL_TEST_COUNT:-$((200000 / slow))}

exhausted()
{
	stress exhaust pool=p "count=$count" hold=64 nmi_hold=8 guarantee=1 \
		peer=alloc_page
}

guarantee_kept()
{
	[ "$(result guarantee)" = kept ]
}

enough_requests()
{
	echo "$(result requests) requests in $contexts"
	[ "$(result requests)" -ge \
		$(($(echo "$contexts" | wc -w) * count)) ]
}

# Otherwise it was no test: a request to another allocator must have failed.
peer_failed()
{
	grep '^peer\.' "$work/result"
	for context in $contexts; do
		requests=$(result "peer.alloc_page.$context.requests")
		answered=$(result "peer.alloc_page.$context.answered")
		[ "${requests:-0}" -eq "${answered:-0}" ] || return 0
	done
	echo "the page allocator answered all"
	return 1
}

# Not every kernel counts them; those of our tasks are seen anyway.
kills()
{
	awk '$1 == "oom_kill" { kills = $2 } END { print kills + 0 }' /proc/vmstat
}

# Memory is taken and freed in turns, while a task needs some all the time: it
# finds none while it is taken, and while it is being freed.
others_live()
{
	local before tasks=0 dead=0

	before=$(kills)
	begin_stress exhaust pool=p seconds=86400 cycle_ms=200 hold=8 || return
	until stress_has hog.cycles "$CYCLES" || ! stress_is_on; do
		tasks=$((tasks + 1))
		dd if=/dev/zero of=/dev/null bs=1M count=1 2>/dev/null ||
			dead=$((dead + 1))
	done
	end_stress || return
	echo "of $tasks tasks $dead died; the OOM killer was called" \
		"$(result hog.relieved) times, and killed $(($(kills) - before))"
	[ "$dead" -eq 0 ] && [ "$(kills)" -eq "$before" ] &&
		[ "$(result hog.relieved)" -gt 0 ] &&
		[ "$(result hog.cycles)" -ge "$CYCLES" ]
}
CYCLES=6

plan 7
load rsvpool
load rsvpool_stress
make_pool p,reserve=64,nmi_reserve=8,cache=16
check "no element is lost, damaged or handed out twice" exhausted
check "the guarantee is kept" guarantee_kept
check "the run made as many requests as it should" enough_requests
check "the page allocator failed meanwhile" peer_failed
check "no other task is killed while memory is taken and freed" others_live
check "nothing is outstanding" eventually is p/outstanding 0
finish "unloads"

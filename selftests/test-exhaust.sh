#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-exhaust.sh - as test-guarantee.sh, but without free memory: the page
# allocator has no page for GFP_ATOMIC.  Not for a machine with other work, so
# "make run_tests" leaves it out.

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

plan 6
load rsvpool
load rsvpool_stress
make_pool p,reserve=64,nmi_reserve=8,cache=16
check "no element is lost, damaged or handed out twice" exhausted
check "the guarantee is kept" guarantee_kept
check "the run made as many requests as it should" enough_requests
check "the page allocator failed meanwhile" peer_failed
check "nothing is outstanding" eventually is p/outstanding 0
finish "unloads"

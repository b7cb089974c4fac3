#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-guarantee.sh - while the source always fails, no request fails that is
# made while fewer elements than the reserve are outstanding, in any context (in
# NMI: nmi_reserve).  test-exhaust.sh does the same on a machine without free
# memory.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

count=${RSVPOOL_TEST_COUNT:-$((20000 / slow))}
contexts=$(machine_contexts)

# kept KEYS CONTEXTS: the guarantee of a pool with reserve 64, 8 of it for NMI.
kept()
{
	make_pool "g,reserve=64,nmi_reserve=8,$1" &&
		accept "$debug/pools/g/inject" always &&
		stress contexts pool=g "contexts=$2" "count=$count" \
			hold=64 nmi_hold=8 guarantee=1 &&
		[ "$(result guarantee)" = kept ] &&
		eventually is g/outstanding 0 && destroy_pool g
}

all=$(echo "$contexts" | tr ' ' ,)
plan $(($(echo "$contexts" | wc -w) + 5))
load rsvpool
load rsvpool_stress
for context in $contexts; do
	check "the guarantee is kept in $context" kept cache=16 "$context"
done
check "the guarantee is kept in all contexts at once" kept cache=16 "$all"
check "the guarantee is kept without caches" kept cache=0 "$all"
check "the guarantee is kept with nothing above min" kept max=64,cache=16 "$all"
check "the guarantee is kept for opaque elements" kept \
	element=kmalloc,size=256,opaque=1,cache=4 "$all"
finish "unloads"

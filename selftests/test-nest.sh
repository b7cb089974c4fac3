#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-nest.sh - allocations and frees that interrupt allocations and frees, at
# each of their instructions, forced by rsvpool_test_nest.ko: no element is lost
# or handed out twice.  With the cache's protection removed from rsvpool.ko this
# test must fail ("make check" checks that).
#
# RSVPOOL_TEST_NEST	"short": only once, for that; "two": two operations nest at
#			most on the first level, not three; "quick": at one
#			instruction in 16, and each second one of the fast path

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

nest=/sys/kernel/debug/rsvpool_test_nest

# The module runs its tests in its init function.
nested()
{
	if [ -e "$nest" ]; then
		unload rsvpool_test_nest || return
	fi
	load rsvpool_test_nest "$1"
	cat "$nest"
	grep -qx ok=1 "$nest"
}

figure()
{
	sed -n "s/^$1=//p" "$nest"
}

# A test that forced no nesting has tested nothing; but where pools may not be
# used in NMI, nested calls move no element.
forced()
{
	cat "$nest"
	if [ "$(figure nmi_usable)" -eq 0 ]; then
		[ "$(figure retries)" -eq 0 ] && [ "$(figure reached)" -gt 0 ]
		return
	fi
	[ "$(figure retries)" -gt 0 ] && [ "$(figure reached)" -gt 0 ]
}

second_level()
{
	[ "$(figure second_level)" -gt 0 ]
}

if [ "${RSVPOOL_TEST_NEST:-}" = short ]; then
	plan 3
	load rsvpool
	check "nested once: nothing is lost or handed out twice" nested depth=1
	check "retries were forced" forced
	finish "unloads"
fi

# The full test takes minutes in an emulator, and half an hour on a slow kernel:
# there only one operation nests, at one instruction in 64, or in 8.
most=3 fewer=2 every=1 depth=2
case ${RSVPOOL_TEST_NEST:-} in
two) most=2 ;;
quick) most=2 every=16 ;;
esac
[ "$slow" -eq 1 ] || most=1 fewer=1 every=64 depth=1

plan 6
load rsvpool
check "nested once and twice: nothing is lost or handed out twice" nested \
	"depth=$depth most=$most every=$every"
check "retries were forced" forced
case $depth:$(figure second_level) in
1:*)
	skip "some operations within nested ones" "a slow kernel" ;;
*:unavailable*)
	skip "some operations within nested ones" "no hardware breakpoints here" ;;
*)
	check "some operations within nested ones" second_level ;;
esac
check "opaque elements, nothing above min" nested \
	"depth=1 most=$fewer every=$every opaque=1 reserve=13"
check "no caches" nested "depth=1 most=1 every=$every cache=0"
finish "unloads"

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-nmi.sh - calls in NMI: they succeed where the kernel allows it; where it
# does not (CONFIG_SMP=n, 32 bits) an nmi_reserve is refused with the reason,
# requests fail, and freed elements are parked and brought in later.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

came=/sys/kernel/debug/rsvpool_test_nmi

# came_to POOL WORDS...: the module's results for this pool.
came_to()
{
	local pool="$1" word
	shift

	cat "$came"
	for word; do
		grep -q "^$pool .*\<$word\>" "$came" || {
			echo "$pool: no $word"
			return 1
		}
	done
}

begin
load rsvpool
if ! try_load rsvpool_test_nmi >"$work/load"; then
	skip_all "no NMIs can be sent here: $(cat "$work/load")"
fi
if grep -q '^kernel usable=1' "$came"; then
	ktap_set_plan 5
	for pool in cached uncached opaque reserved; do
		check "$pool: requests are answered, and no element is missing" came_to "$pool" \
			created=0 nmi=1 try=1 bulk=4 whole=1
	done
else
	ktap_set_plan 6
	for pool in cached uncached opaque; do
		check "$pool: requests fail, and no element is missing" came_to "$pool" \
			created=0 nmi=1 try=0 bulk=0 whole=1
	done
	check "a pool of a module with nmi_reserve is refused" \
		came_to reserved created=-22 nmi=0
	refuse "a pool of create with nmi_reserve is refused" EINVAL n \
		nmi_reserve \
		"$debug/create" n,reserve=8,nmi_reserve=1
fi
finish "unloads"

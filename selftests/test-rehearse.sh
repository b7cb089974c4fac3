#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-rehearse.sh - with "rehearse", a pool with many elements in use and in
# caches has no more than its reserve, so that its users get only what is
# guaranteed; afterwards all is as before.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

RESERVE=4
USED=98			# elements in circulation
ENOUGH=100		# emergencies, of a load that goes on

inject=$debug/pools/p/inject

load_is_on()
{
	grep -qx running=1 "$debug/stress/result"
}

start_load()
{
	./poke write "$debug/stress/run" \
		"churn pool=p threads=2 hold=2 bulk=2 seconds=86400" >"$work/load" &
	eventually load_is_on
}

# The run has found nothing wrong until then.
stop_load()
{
	accept "$debug/stress/run" stop || return
	wait $! || :
	cat "$debug/stress/result"
	grep -qx error=stopped "$debug/stress/result"
}

in_circulation()
{
	have alloc "$USED" && have free "$USED" && eventually is p/outstanding 0
}

# The reserve is not used: the caches have enough elements, even if the source
# fails.
always_is_no_rehearsal()
{
	accept "$sysfs/p/stats/reset" 1 && accept "$inject" always &&
		have try 2 && have free 2 && is p/stats/alloc_reserve 0
}

only_the_reserve()
{
	accept "$inject" rehearse && eventually is p/cached 0 &&
		eventually is p/available "$RESERVE" &&
		grep -qx rehearse "$inject"
}

# The guaranteed number can be allocated, and not one more.
guarantee_holds()
{
	accept "$sysfs/p/stats/reset" 1 && have try "$RESERVE" &&
		is p/stats/alloc_reserve "$RESERVE" && fails have try 1 &&
		have free "$RESERVE" && is p/available "$RESERVE"
}

emergencies()
{
	[ "$(value p/stats/alloc_reserve)" -ge "$ENOUGH" ]
}

# During the rehearsal: users that hold more than the reserve do so only once.
load_meets_the_reserve()
{
	accept "$inject" off && in_circulation && start_load &&
		accept "$inject" rehearse && eventually emergencies &&
		stop_load && eventually is p/outstanding 0 &&
		eventually is p/available "$RESERVE" && is p/cached 0
}

settings_cannot_end_it()
{
	accept "$sysfs/p/cache" 32 && accept "$sysfs/p/high" 40 &&
		have try "$RESERVE" && have free "$RESERVE" && is p/cached 0 &&
		is p/available "$RESERVE"
}

has_cached()
{
	have alloc 8 && have free 8 && [ "$(value p/cached)" -gt 0 ]
}

filled()
{
	[ "$(value p/available)" -ge 40 ]
}

all_as_before()
{
	accept "$inject" off && eventually filled && eventually has_cached
}

plan 9
load rsvpool
load rsvpool_stress
make_pool "p,reserve=$RESERVE"
load rsvpool_test_holder pool=p
check "elements are in circulation" in_circulation
check "while the source fails no request comes to the reserve" \
	always_is_no_rehearsal
check "rehearse leaves the pool only its reserve" only_the_reserve
check "requests get the reserve, and no more" guarantee_holds
check "a load comes to the reserve, again and again" load_meets_the_reserve
check "settings do not end the rehearsal" settings_cannot_end_it
check "off ends the rehearsal, and all is as before" all_as_before
refuse "rehearse with a number is refused" EINVAL p inject "$inject" "rehearse 1"
unload rsvpool_test_holder
finish "unloads"

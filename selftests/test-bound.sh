#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-bound.sh - bound_bytes: a pool never pins more, under any load.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

seconds=$(long 3)

# Elements that exist, by the pool's counts: in caches, in the depot,
# outstanding.
exist()
{
	sed -n 's/^exist *\([0-9]*\) of .*/\1/p' "$debug/pools/$1/state"
}

metadata()
{
	sed -n 's/^metadata *\([0-9]*\) bytes/\1/p' "$debug/pools/$1/state"
}

# An element that the worker requests is counted before it exists.
no_more_than_peak()
{
	[ "$(exist "$1")" -le "$(value "$1/stats/peak")" ]
}

# The worker may bring or release one in between.
reset_starts_peak_anew()
{
	accept "$sysfs/p/stats/reset" 1 &&
		equal "$(value p/stats/peak)" "$(exist p)"
}

# Other changes meanwhile: a smaller reserve, a larger one, higher watermarks.
# It ends before the stress, which checks for missing elements at its end.
disturb()
{
	local until=$(($(date +%s) + seconds - 1))

	while [ "$(date +%s)" -lt "$until" ]; do
		for reserve in 96 64; do
			./poke write "$sysfs/$1/reserve" "$reserve" || :
			./poke write "$sysfs/$1/cache" $((reserve - 64)) || :
		done
	done
}

# bounded POOL SCENARIO...: under this stress, which checks the peak, too.
bounded()
{
	local pool="$1" stressed=0
	shift

	accept "$sysfs/$pool/stats/reset" 1
	disturb "$pool" >"$work/disturbed" &
	stress "$@" "pool=$pool" "seconds=$seconds" || stressed=1
	wait
	[ "$stressed" -eq 0 ] || return
	echo "the most there were: $(value "$pool/stats/peak")"
	[ "$(value "$pool/stats/peak")" -le "$(value "$pool/max")" ] &&
		eventually no_more_than_peak "$pool" &&
		[ $(($(value "$pool/stats/peak") *
			$(value "$pool/element_bytes") +
			$(metadata "$pool"))) -le "$(value "$pool/bound_bytes")" ]
}

# Otherwise it was no test: more than the reserve was in use.
came_near()
{
	echo "the most there were: $(value p/stats/peak)"
	[ "$(value p/stats/peak)" -gt 96 ]
}

# bound_bytes in sysfs is max * size + metadata.
as_computed()
{
	equal "$(value p/bound_bytes)" $(($(value p/max) *
		$(value p/element_bytes) + $(metadata p)))
}

plan 7
load rsvpool
load rsvpool_stress
make_pool p,reserve=64,max=160,cache=16,nmi_reserve=8
check "bound_bytes is max elements and the metadata" as_computed
check "the bound is kept in all contexts" bounded p contexts hold=48 bulk=8
check "the pool came near its bound" came_near
check "the bound is kept by every call that may sleep" bounded p churn
destroy_pool p
make_pool p,element=kmalloc,size=256,reserve=64,max=96,cache=32
check "the bound is kept with a small maximum" bounded p contexts hold=64 bulk=8
check "reset starts the peak again" eventually reset_starts_peak_anew
finish "unloads"

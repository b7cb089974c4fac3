#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-fair.sh - the waiting contest: sixteen threads, one element, a source
# that gives nothing.  Nobody sees more than fifteen others served before him,
# and all get the same share.  mempool does the same beside it, for the figures.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

seconds=${RSVPOOL_TEST_SECONDS:-10}
threads=16
hold=hold_us=100..200

# Per cent of the largest share by which the smallest may be smaller.
SPREAD=5

contest()
{
	stress wait pool=p "threads=$threads" "seconds=$seconds" "$hold"
}

in_turn()
{
	echo "at most $(result handovers_max) hand-overs"
	[ "$(result handovers_max)" -lt "$threads" ]
}

equal_shares()
{
	echo "from $(result least_served) to $(result most_served)"
	[ $((($(result most_served) - $(result least_served)) * 100)) -le \
		$((SPREAD * $(result most_served))) ]
}

mempool_contest()
{
	stress wait peer=1 "threads=$threads" "seconds=$seconds" "$hold"
}

# figures WHO: for the reader, not for the verdict.
figures()
{
	echo "# $1: served $(result served)," \
		"$(result least_served) to $(result most_served) a thread;" \
		"waited $(result mean_us) us in the mean," \
		"$(result longest_us) us at the longest;" \
		"at most $(result handovers_max) hand-overs"
}

plan 5
load rsvpool
load rsvpool_stress
make_pool p,reserve=1,max=1,cache=0
accept "$debug/pools/p/inject" always
check "sixteen threads contend for one element" contest
figures rsvpool
check "at most fifteen others come first" in_turn
check "their shares are within $SPREAD per cent" equal_shares
check "the same with mempool" mempool_contest
figures mempool
finish "unloads"

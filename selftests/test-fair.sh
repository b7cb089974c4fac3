#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-fair.sh - the waiting contest: sixteen threads, one element, a source
# that always fails.  A thread in the queue sees at most fifteen hand-overs, the
# last of them to itself, and all threads get the same share.  A mempool does
# the same, for comparison.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=selftests/in-kernel.sh
. ./in-kernel.sh

seconds=$(long 10)
threads=16
contest="threads=$threads hold_us=100..200"

# By how many per cent of the largest share the smallest may be smaller.
SPREAD=5

fair_handovers()
{
	cat /sys/module/rsvpool_test_wait/parameters/fair_handovers
}

# So many turns that one more or less is within the limit.
ENOUGH=$((200 / SPREAD))

# pool_contest TURNS: until each thread has had so many.
pool_contest()
{
	begin_stress wait pool=p "$contest" seconds=86400 &&
		eventually stress_has least_served "$1" && end_stress
}

shares_are_equal()
{
	echo "from $(result least_served) to $(result most_served)"
	[ $((($(result most_served) - $(result least_served)) * 100)) -le \
		$((SPREAD * $(result most_served))) ]
}

# A thread whose CPU stalls before it has queued loses turns, which is not the
# queue's fault.  In a longer contest that is a smaller part.
equal_shares()
{
	local turns

	for turns in $((10 * ENOUGH)) $((50 * ENOUGH)); do
		! shares_are_equal || return 0
		echo "# not equal: $(result least_served) to" \
			"$(result most_served), once more" >&3
		pool_contest "$turns" || return
	done
	shares_are_equal
}

# As many turns as rsvpool's, in any distribution.
mempool_contest()
{
	begin_stress wait peer=1 "$contest" seconds=86400 &&
		eventually stress_has served $((threads * ENOUGH)) && end_stress
}

# figures WHO: figures of the last stress, for information only.  Its hand-overs
# are counted from before the call, so preemption there can add to them.
figures()
{
	echo "# $1: served $(result served)," \
		"$(result least_served) to $(result most_served) a thread;" \
		"waited $(result mean_us) us in the mean," \
		"$(result longest_us) us at the longest;" \
		"$(result handovers_max) hand-overs since before it asked"
}

exec 3>&1
plan 5
load rsvpool
load rsvpool_stress
load rsvpool_test_wait "fair_seconds=$seconds"
check "no waiter sees more than fifteen hand-overs" inside fair_in_turn
echo "# at most $(fair_handovers) hand-overs from the queue"
make_pool p,reserve=1,max=1,cache=0
accept "$debug/pools/p/inject" always
check "sixteen threads contend for one element" pool_contest $((3 * ENOUGH))
figures rsvpool
check "their shares are within $SPREAD per cent" equal_shares
check "a mempool serves the same contest" mempool_contest
figures mempool
finish "unloads"

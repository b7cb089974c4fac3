#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-sections.sh - a guaranteed number of elements for a stretch of code:
# private sections, shared ones that take turns, and sections that were never
# ended.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=selftests/in-kernel.sh
. ./in-kernel.sh

keeps_pool()
{
	answers EBUSY stage-a destroy "$debug/destroy" stage-a &&
		unload_refused rsvpool
}

is_listed()
{
	shows "$debug/pools/stage-a/holders" \
		'^section 2 ask_and_stay.* \[rsvpool_test_wait\] rsvpool_asker/'
}

# open_section KIND: the only user of the pool; the section has ended on return.
open_section()
{
	inside "stage_$1_section" && is_listed && keeps_pool || return
	if [ "$1" = shared ]; then
		answers EBUSY stage-a reserve "$sysfs/stage-a/reserve" 1 ||
			return
	else
		is stage-a/available 2 || return
	fi
	inside stage_end && is stage-a/available 4
}

# forgotten KIND: a section, with a nested one, of a task that ends.  It is
# reported before the task has ended.
forgotten()
{
	make_pool forgotten,reserve=4,max=4,cache=0 && mark_log &&
		inside "section_forgotten_$1" &&
		eventually logged_times 2 "$by_poke" &&
		eventually is forgotten/available 4 &&
		eventually destroy_pool forgotten
}

by_poke="pool 'forgotten': section: task poke/[0-9]* exited without ending \
the section it began at .*forg[a-z_.0-9]*+0x.* \[rsvpool_test_wait\]"

# Upper limit of records visited under one hold of a lock: those of a task,
# those that "holders" shows, and twice the height of a tree for more tasks than
# can exist.
WALK_MAX=64

walks_are_short()
{
	local longest

	longest=$(cat "$debug/section_walk")
	echo "$longest records were looked at under one lock"
	[ "$longest" -gt 0 ] && [ "$longest" -le "$WALK_MAX" ]
}

# With 2,000 open sections the answers are right, at the same cost.
crowded()
{
	inside stage_crowd &&
		shows "$debug/pools/stage-a/state" "^sections *2000$" &&
		equal "$(grep -c '^section 1 crowd_fn.*rsvpool_crowd/' \
			"$debug/pools/stage-a/holders")" 16 &&
		accept "$sysfs/stage-a/reserve" 3 &&
		answers EBUSY stage-a reserve "$sysfs/stage-a/reserve" 2 &&
		inside section_nested && inside stage_crowd_largest_ends &&
		accept "$sysfs/stage-a/reserve" 2 &&
		shows "$debug/pools/stage-a/state" "^sections *1999$" &&
		walks_are_short
}

crowd_goes()
{
	inside stage_crowd_end &&
		shows "$debug/pools/stage-a/state" "^sections *0$" &&
		accept "$sysfs/stage-a/reserve" 1 &&
		accept "$sysfs/stage-a/reserve" 4 && walks_are_short
}

begin
load rsvpool
load rsvpool_test_wait
ktap_set_plan $(($(number_of_tests section shared) + 8))
check_inside section shared

make_pool stage-a,reserve=4,max=4,cache=0
check "no walk under a lock grows with the sections that are open" crowded
check "all sections end" crowd_goes
check "an open private section keeps its pool" open_section private
check "an open shared section keeps its pool" open_section shared
check "then the pool can be destroyed" destroy_pool stage-a
check "private sections that were not ended are reported, and their elements given back" forgotten private
check "shared sections that were not ended, too" forgotten shared
finish "unloads"

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-debug.sh - what debug=1 and stall_ms report: holders of elements,
# sleepers, and misuse.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=selftests/in-kernel.sh
. ./in-kernel.sh

here='+0x.* \[rsvpool_test_wait\]'

# wrong TEST REGEX...: the misuse does no harm, and the log matches each REGEX.
wrong()
{
	local name="$1" regex
	shift

	mark_log
	inside "$name" || return
	for regex; do
		eventually logged "$regex" || return
	done
}

write_after_free()
{
	wrong debug_write_after_free "pool 'debug-write': debug: element .* \
written to after it was freed; by .*, last freed by debug_careless_free$here"
}

double_free()
{
	wrong debug_double_free "pool 'debug-double': debug: element .* freed \
twice; by debug_second_free$here, last freed by debug_careless_free$here"
}

foreign_free()
{
	wrong debug_foreign_free "pool 'debug-foreign': debug: element .* \
freed, but does not belong to this pool; by debug_foreign_free$here"
}

in_any_context()
{
	wrong debug_in_any_context \
		"pool 'debug-context': debug: element .* freed twice" \
		"pool 'debug-context': debug: element .* not belong to this pool"
}

held_while_claim_waits()
{
	wrong debug_held_while_claim_waits "pool 'debug-held': debug: .* sleeps \
for an element while a claim waits; the task holds an element taken by .*\[rsvpool_test_wait\]"
}

all_is_well()
{
	wrong debug_all_is_well && logged_times 0 "rsvpool: pool"
}

#
# Holders
#

holders=$debug/pools/stage-a/holders

both_listed()
{
	shows "$holders" "^held 3 oldest_ms [0-9]* stage_first_holder$here" &&
		shows "$holders" \
			"^held 1 oldest_ms [0-9]* stage_second_holder$here"
}

age()
{
	sed -n 's/^held 3 oldest_ms \([0-9]*\) .*/\1/p' "$holders"
}

is_older_than()
{
	[ "$(age)" -gt "$1" ]
}

they_age()
{
	eventually is_older_than "$(age)"
}

none_listed()
{
	fails grep '^held' "$holders"
}

not_without_debug()
{
	make_pool stage-a,reserve=4 && inside stage_holders &&
		eventually shows "$holders" '^outstanding 4; .*debug=1' &&
		inside stage_end && destroy_pool stage-a
}

#
# Sleepers
#

# stalled KEYS: a task sleeps longer than stall_ms, and is reported once.
stalled()
{
	make_pool "stage-a,reserve=4,max=4,cache=0,$1" && mark_log &&
		inside stage_sleeper &&
		eventually logged "pool 'stage-a': stall_ms: 1 sleepers, 4 \
elements outstanding, reserve 4" &&
		eventually logged "pool 'stage-a': sleeper: \
rsvpool_asker/[0-9]* waits for 1 elements, for [0-9]* ms so far" && logged_times 1 stall_ms
}

with_holders()
{
	stalled stall_ms=100,debug=1 &&
		eventually logged "pool 'stage-a': holders: 4 taken by \
stage_first_holder$here, the oldest [0-9]* ms ago" && relieved
}

without_holders()
{
	stalled stall_ms=100 && logged_times 0 holders: && relieved
}

waiters_listed()
{
	shows "$debug/pools/stage-a/waiters" \
		'^[0-9]* rsvpool_asker [0-9]* 1 1 '
}

relieved()
{
	inside stage_end && destroy_pool stage-a
}

not_asked_for()
{
	make_pool stage-a,reserve=4,max=4,cache=0,stall_ms=0 && mark_log &&
		inside stage_sleeper && waiters_listed && sleep 0.5 &&
		logged_times 0 stall_ms && relieved
}

can_be_set()
{
	make_pool p,reserve=1 && accept "$sysfs/p/stall_ms" 0 &&
		is p/stall_ms 0 && accept "$sysfs/p/stall_ms" 3600000 &&
		answers ERANGE p stall_ms "$sysfs/p/stall_ms" 3600001 &&
		is p/stall_ms 3600000 && is p/debug 0 && destroy_pool p
}

needs_maximum()
{
	answers EINVAL p debug "$debug/create" p,max=0,debug=1
}

# A pool under stress reports nothing.
stressed()
{
	load rsvpool_stress && mark_log &&
		make_pool s,reserve=64,nmi_reserve=8,debug=1,cache=8 &&
		stress contexts pool=s seconds=1 hold=48 bulk=8 &&
		stress churn pool=s seconds=1 &&
		fails grep '^wrong' "$debug/pools/s/holders" &&
		logged_times 0 "debug:" && destroy_pool s
}

plan 19
load rsvpool
load rsvpool_test_wait
check "a write after free is reported, with the code that freed it" write_after_free
check "a double free is reported, and does no harm" double_free
check "a free to the wrong pool is reported, and does no harm" foreign_free
check "faults in any context, and many at once, are reported" in_any_context
check "a task that sleeps with an element that a claim waits for is reported" held_while_claim_waits
check "correct use is not reported" all_is_well

make_pool stage-a,reserve=4,max=4,cache=0,debug=1
check "four elements are held" inside stage_holders
check "holders are listed by caller" both_listed
check "the age of held elements grows" they_age
check "the holders give back" inside stage_end
check "holders that have given back are not listed" none_listed
destroy_pool stage-a
check "without debug=1 the number of held elements is shown" not_without_debug

check "a stall is reported, with sleepers and holders" with_holders
check "without debug=1 a stall is reported with sleepers alone" without_holders
check "with stall_ms=0 no stall is reported" not_asked_for
check "stall_ms can be set" can_be_set
check "debug=1 needs a maximum" needs_maximum
check "a pool under stress reports nothing" stressed
finish "unloads"

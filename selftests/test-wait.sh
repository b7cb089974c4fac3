#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-wait.sh - sleepers: served in order, by hand-over, from frees in any
# context; a sleeper that gives up leaves the queue and loses no element; by
# priority, if the pool is set to that; and on pools that stand on other pools.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=selftests/in-kernel.sh
. ./in-kernel.sh

rounds=${RSVPOOL_TEST_ROUNDS:-$((10000 / slow))}

# The test runs in a child process, which is killed while it sleeps.  Its name must
# not make up a line.
user_is_killed()
{
	local named=yes

	{
		printf 'k\n1 i\303\244' >/proc/self/comm
		echo queue_user_is_killed >"$kernel_tests/run"
	} >/dev/null 2>&1 &
	victim=$!
	eventually shows "$debug/pools/wait/waiters" "^$victim k?1 i?? " ||
		named=no
	kill -9 "$victim"
	fails wait "$victim" && inside_was_well queue_user_is_killed &&
		[ "$named" = yes ]
}

begin
load rsvpool
load rsvpool_test_wait "prio_rounds=$rounds"
ktap_set_plan $(($(number_of_tests queue prio stack) + 2))
check_inside queue
check "queue_user_is_killed" user_is_killed
check_inside prio stack
finish "unloads"

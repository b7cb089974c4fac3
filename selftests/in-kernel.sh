#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# in-kernel.sh - verbs for the tests in rsvpool_test_wait.ko and for the
# kernel's log; sourced after functions.sh.

kernel_tests=/sys/kernel/debug/rsvpool_test_wait
tracing=/sys/kernel/tracing
export kernel_tests tracing

# inside TEST: run it, and print what it has found.
inside()
{
	./poke write "$kernel_tests/run" "$1" >/dev/null || return
	inside_was_well "$1"
}

inside_was_well()
{
	cat "$kernel_tests/results"
	grep -qx "ok $1" "$kernel_tests/results"
}

# tests_in GROUP...: names, but for those that a script has to help with.  A group
# without any is named as a test: there is none, so it fails.
tests_in()
{
	local group

	for group; do
		grep "^${group}_" "$kernel_tests/tests" || echo "$group"
	done | grep -v -e _user_is_killed -e _forgotten
}

# check_inside GROUP...: all its tests, one by one.
check_inside()
{
	local name

	for name in $(tests_in "$@"); do
		check "$name" inside "$name"
	done
}

number_of_tests()
{
	tests_in "$@" | wc -l
}

# mark_log: "logged" and "logged_times" look at lines after this.
mark_log()
{
	log_mark="rsvpool selftest: mark $(cat /proc/sys/kernel/random/uuid)"
	echo "$log_mark" >/dev/kmsg
}

log_since_mark()
{
	dmesg | sed "1,/$log_mark/d"
}

# logged REGEX: a line matches; otherwise print the lines.
logged()
{
	log_since_mark | grep -q -e "$1" || {
		echo "not in the log: $1"
		log_since_mark
		return 1
	}
}

# logged_times NUMBER REGEX
logged_times()
{
	local times

	times=$(log_since_mark | grep -c -e "$2" || :)
	[ "$times" -eq "$1" ] || {
		echo "$times times in the log, not $1: $2"
		log_since_mark
		return 1
	}
}

# shows FILE REGEX: a line of this file in debugfs matches.
shows()
{
	grep -q -e "$2" "$1" || {
		echo "not in $1: $2"
		cat "$1"
		return 1
	}
}

# answers ERRNO POOL KEY FILE TEXT: the write is refused, as in "refused".
answers()
{
	refused "$1" "$2" "$3" ./poke write "$4" "$5"
}

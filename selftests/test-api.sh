#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-api.sh - the C interface, tested in the kernel by a module that uses it
# as any other module does: rsvpool_test_api.ko has the tests, this script runs
# them one by one.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

api=/sys/kernel/debug/rsvpool_test_api

run_test()
{
	./poke write "$api/run" "$1" >/dev/null || return
	cat "$api/results"
	grep -qx "ok $1" "$api/results"
}

begin
load rsvpool
load rsvpool_test_api
ktap_set_plan $(($(wc -l <"$api/tests") + 1))
cat "$api/tests" >"$work/tests"
while read -r test; do
	check "$test" run_test "$test"
done <"$work/tests"
finish "rsvpool_test_api and rsvpool unload"

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-example.sh - the README's example does what it says.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

# The example logs that it has got its page.
loads_and_works()
{
	try_load rsvpool_example >"$work/example" || {
		cat "$work/example"
		return 1
	}
	dmesg >"$work/log"
	grep -q "rsvpool_example: got a page" "$work/log"
}

plan 5
load rsvpool
check "loads, and gets a page" loads_and_works
check "has its pool" is example/reserve 32
check "has given the page back" eventually is example/outstanding 0
check "has no pool once it is unloaded" unload rsvpool_example
finish "rsvpool unloads"

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-reclaim.sh - the deadlock of 1999: an allocation under a lock that
# reclaim needs.  A plain allocation deadlocks, one in a section that forbids
# I/O or FS does not.  Uses up the machine's memory for moments, so "make
# run_tests" leaves it out.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=selftests/in-kernel.sh
. ./in-kernel.sh

begin
load rsvpool
load rsvpool_test_wait
ktap_set_plan $(($(number_of_tests reclaim) + 1))
check_inside reclaim
finish "unloads"

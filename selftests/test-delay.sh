#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-delay.sh - no CPU delays another: what one asks for and cannot have done,
# as it has interrupts off or is not online, another one that asks has done.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=selftests/in-kernel.sh
. ./in-kernel.sh

# Where the workqueue's kworkers run is the scheduler's matter: not there.
workqueue=/sys/devices/virtual/workqueue/rsvpool/cpumask

begin
load rsvpool
load rsvpool_test_wait
ktap_set_plan $(($(number_of_tests delay) + 1))
echo 1 >"$workqueue"
check_inside delay
finish "unloads"

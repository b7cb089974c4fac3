#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-delay.sh - no CPU delays another: if the irq_work of one CPU cannot run,
# as it has interrupts off or is not online, another CPU that asks has the work
# done.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=selftests/in-kernel.sh
. ./in-kernel.sh

# Not on that CPU, as the scheduler decides where kworkers run.
workqueue=/sys/devices/virtual/workqueue/rsvpool/cpumask

begin
load rsvpool
load rsvpool_test_wait
ktap_set_plan $(($(number_of_tests delay) + 1))
echo 1 >"$workqueue"
check_inside delay
finish "unloads"

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-plain.sh - without debugfs: pools of pools= and of modules, settings in
# sysfs, and rsvpoolctl, which says what it cannot do.  debugfs is unmounted
# meanwhile, if it is mounted.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

mounted=

no_debugfs()
{
	! grep -q ' /sys/kernel/debug debugfs ' /proc/mounts
}

unmount_debugfs()
{
	no_debugfs && return
	umount /sys/kernel/debug || return
	mounted=1
	no_debugfs
}

mount_again()
{
	[ -z "$mounted" ] || mount -t debugfs debugfs /sys/kernel/debug
}

# tool_fails STATUS WORDS ARGUMENT...: rsvpoolctl fails with this status and
# these words.
tool_fails()
{
	local wanted="$1" words="$2" status=0
	shift 2

	./rsvpoolctl "$@" >"$work/tool" 2>&1 || status=$?
	cat "$work/tool"
	echo "status $status, wanted $wanted"
	[ "$status" -eq "$wanted" ] && grep -q -e "$words" "$work/tool"
}

set_by_tool()
{
	./rsvpoolctl set plain reserve=96 && is plain/reserve 96
}

example()
{
	try_load rsvpool_example && is example/reserve 32
}

plan 9
check "there is no debugfs" unmount_debugfs
load rsvpool "pools=plain,reserve=64,cache=16"
check "pools= makes a pool" is plain/reserve 64
check "there are no files in debugfs" fails test -e "$debug"
check "rsvpoolctl lists the pool" ./rsvpoolctl list
check "rsvpoolctl changes the pool" set_by_tool
check "rsvpoolctl says that it cannot create a pool" tool_fails 5 debugfs create other
check "another module has a pool" example
check "that module has given its element back" eventually is example/outstanding 0
mount_again
finish "unloads"

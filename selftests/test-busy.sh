#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-busy.sh - a pool in use can be neither destroyed nor unloaded; once it is
# no longer in use, it can.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

busy()
{
	refused EBUSY "$1" destroy ./poke write "$debug/destroy" "$1" &&
		[ -d "$sysfs/$1" ]
}

# One name a line: pools before the busy one are destroyed, the rest stay.
busy_in_a_list()
{
	make_pool one,reserve=1 && make_pool two,reserve=1 &&
		refused EBUSY p destroy ./poke write "$debug/destroy" "one
p
two" && [ ! -d "$sysfs/one" ] && [ -d "$sysfs/two" ] && destroy_pool two
}

plan 16
load rsvpool
make_pool p,reserve=8,max=8
check "not in use: destroyed" destroy_pool p

# Without stall reports among the warnings, even if this takes long.
make_pool p,reserve=8,max=8,stall_ms=0
load rsvpool_test_holder pool=p
check "a user, nothing outstanding: not destroyed" busy p
check "a user: rsvpool is not unloaded" unload_refused rsvpool
have try 3
check "elements outstanding: not destroyed" busy p
have try 5
have sleep 2
check "sleepers: not destroyed" busy p
check "sleepers: rsvpool is not unloaded" unload_refused rsvpool
check "a pool in use in a list of names: not destroyed" busy_in_a_list
have free 2
have join
check "the user unloads, and frees all elements" unload rsvpool_test_holder
check "no longer in use: destroyed" destroy_pool p

make_pool p,reserve=8
make_pool u,element=pool,parent=p,reserve=2
check "a pool stands on it: not destroyed" busy p
check "the upper one first: destroyed" destroy_pool u
check "then the lower one" destroy_pool p

load rsvpool_example
check "a module's own pool: not destroyed" busy example
check "a module's own pool: rsvpool is not unloaded" unload_refused rsvpool
unload rsvpool_example
make_pool p,reserve=8
make_pool u,element=pool,parent=p,reserve=2
check "rsvpool unloads with pools that are not in use" unload rsvpool
finish "the memory is back"

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-cache-off.sh - a pool whose max is its reserve cannot fill caches; the
# log says so at creation, and "state" shows it.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=selftests/in-kernel.sh
. ./in-kernel.sh

said="pool 'p': cache: caches are off, as max is not above reserve, 8"
state=$debug/pools/p/state
off='^cached .*, caches are off'

told()
{
	mark_log
	make_pool p,reserve=8,max=8 && logged "$said" && shows "$state" "$off"
}

use()
{
	have try 4 && have free 4
}

is_so()
{
	load rsvpool_test_holder pool=p
	use && use && is p/cached 0 && is p/stats/alloc_cache 0
}

# Only a pool that should have caches, and cannot, logs it.
told_alone()
{
	mark_log
	make_pool q,reserve=8,max=8,cache=0 && make_pool r,reserve=8,max=9 &&
		make_pool s,reserve=8 && fails logged "caches are off" &&
		fails shows "$debug/pools/q/state" "$off" &&
		fails shows "$debug/pools/r/state" "$off"
}

resized()
{
	accept "$sysfs/p/reserve" 4 && fails shows "$state" "$off" &&
		accept "$sysfs/p/reserve" 8 && shows "$state" "$off"
}

plan 5
load rsvpool
check "the log and state say that caches are off" told
check "the caches stay empty" is_so
check "other pools do not say this" told_alone
check "state changes when the reserve is changed" resized
unload rsvpool_test_holder
finish "unloads"

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-docs.sh - the commands for sysfs and debugfs in README and guides, as
# they are written there.  scripts/check.d/check-docs fails if one of them is missing
# here.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

# typed: run a session from standard input; each line must succeed.
typed()
{
	sh -eu
}

# gone NAME...: destroy the pools that a session has left.
gone()
{
	local name

	for name; do
		destroy_pool "$name" || return
	done
}

readme()
{
	typed <<-'END'
	cd /sys/kernel/debug/rsvpool
	echo net,element=page,order=0,reserve=256,cache=64 >create
	cat pools/net/state
	cd /sys/kernel/rsvpool/net
	echo 512 >reserve
	grep . available outstanding bound_bytes stats/alloc_*
	echo net >/sys/kernel/debug/rsvpool/destroy
	END
}

by_hand()
{
	typed <<-'END'
	echo net,element=page,order=0,reserve=256,cache=64 \
		>/sys/kernel/debug/rsvpool/create
	echo net >/sys/kernel/debug/rsvpool/destroy
	END
}

config()
{
	make_pool net,reserve=256 && typed <<-'END' && gone net
	cd /sys/kernel/debug/rsvpool/pools/net
	cat config >/root/net.config
	cat /root/net.config >config
	END
}

statistics()
{
	make_pool net,reserve=256 && typed <<-'END' && gone net
	cd /sys/kernel/rsvpool/net/stats
	grep . alloc_reserve alloc_nmi alloc_wait alloc_fail refill_fails
	END
}

thread()
{
	typed <<-'END' && gone trace
	echo trace,reserve=256,refill_thread=1 >/sys/kernel/debug/rsvpool/create
	echo 30 >/sys/kernel/rsvpool/trace/refill_prio
	echo 0-1 >/sys/kernel/rsvpool/trace/refill_cpus
	END
}

events()
{
	typed <<-'END'
	cd /sys/kernel/tracing
	echo 1 >events/rsvpool/enable
	cat trace
	echo 0 >events/rsvpool/enable
	END
}

inject()
{
	make_pool net,reserve=256 && typed <<-'END' && gone net
	cd /sys/kernel/debug/rsvpool/pools/net
	echo rehearse >inject
	cat inject
	cat /sys/kernel/rsvpool/net/stats/alloc_reserve
	END
}

contexts()
{
	typed <<-'END' && gone test
	cd /sys/kernel/debug/rsvpool
	echo test,reserve=64,nmi_reserve=8 >create
	echo contexts pool=test seconds=5 hold=64 nmi_hold=8 guarantee=1 >stress/run
	cat stress/result
	END
}

benchmarks()
{
	typed <<-'END' && gone p
	cd /sys/kernel/debug/rsvpool
	echo p,reserve=1024 >create
	echo pair pool=p >stress/run; cat stress/result
	echo pair what=objpool,kmem_cache calls=100000 >stress/run; cat stress/result
	echo pingpong pool=p what=tryalloc,mempool_page seconds=5 >stress/run
	cat stress/result
	echo producer-consumer pool=p what=tryalloc,mempool_page >stress/run
	cat stress/result
	END
}

plan 10
load rsvpool
load rsvpool_stress
check "README: a pool by hand" readme
check "guide: a pool by hand" by_hand
check "guide: config" config
check "guide: statistics" statistics
check "guide: a refill thread" thread
check "guide: events" events
check "guide: inject" inject
check "guide: all contexts" contexts
check "benchmarks: by hand" benchmarks
finish "unloads"

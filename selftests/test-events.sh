#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-events.sh - uevents of pools: their content, how often they come, and
# that the rate limit loses no count.  busybox's uevent listens.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

# Between two events of one kind and pool, in seconds (module/event.c).
INTERVAL=10

log=$work/log
listener=

# One line an event: its kind, the pool, and the other figures.
listen()
{
	: >"$log"
	cat >"$work/hear" <<-'END'
	#!/bin/sh
	[ "${SUBSYSTEM:-}" = rsvpool ] || exit 0
	echo "$ACTION $DEVPATH $RSVPOOL_EVENT $RSVPOOL_POOL $RSVPOOL_COUNT" \
		"$RSVPOOL_OUTSTANDING $RSVPOOL_RESERVE $RSVPOOL_SLEEPERS" >>"$1"
	END
	chmod 755 "$work/hear"
	busybox uevent "$work/hear" "$log" &
	listener=$!
	eventually listens
}

# uevent has its socket: protocol 15 is NETLINK_KOBJECT_UEVENT.
listens()
{
	awk -v pid="$listener" '$2 == 15 && $3 == pid { found = 1 }
		END { exit !found }' /proc/net/netlink
}

# events KIND: how many events of the pool p.
events()
{
	grep -c " $1 p " "$log" || :
}

# told KIND: the sum of their counts.
told()
{
	awk -v kind="$1" '$3 == kind && $4 == "p" { sum += $5 }
		END { print sum + 0 }' "$log"
}

# all_told KIND NUMBER: the sum of the counts of all events is NUMBER.
all_told()
{
	cat "$log"
	equal "$(told "$1")" "$2"
}

fail_once()
{
	! have try 1
}

first_failure()
{
	fail_once && eventually all_told failed 1 && equal "$(events failed)" 1
}

says_what()
{
	tail -n 1 "$log"
	[ "$(tail -n 1 "$log")" = "change /kernel/rsvpool/p failed p 1 4 4 0" ]
}

# Nine more within the interval: one event, at its end, with the sum.
later_ones_together()
{
	local before i=0

	before=$(cut -d. -f1 /proc/uptime)
	while [ "$i" -lt 9 ]; do
		fail_once || return
		i=$((i + 1))
	done
	eventually all_told failed 10 || return
	equal "$(value p/stats/alloc_fail)" 10 || return
	# One event an interval, even if this took more than one interval.
	[ "$(events failed)" -le \
		$((2 + ($(cut -d. -f1 /proc/uptime) - before) / INTERVAL)) ]
}

no_more()
{
	local before

	before=$(wc -l <"$log")
	sleep 2
	equal "$(wc -l <"$log")" "$before"
}

stall_is_told()
{
	accept "$sysfs/p/stall_ms" 100 && have_though_logged sleep 1 &&
		eventually all_told stalled 1 &&
		grep -q "^change /kernel/rsvpool/p stalled p 1 4 4 1\$" "$log" &&
		have_though_logged free 1 && have_though_logged join
}

drop_caches()
{
	echo 2 >/proc/sys/vm/drop_caches
	[ "$(value p/stats/under_pressure)" -gt 0 ]
}

pressure_is_told()
{
	have free 4 && eventually drop_caches &&
		eventually all_told under_pressure \
			"$(value p/stats/under_pressure)"
}

pending_goes()
{
	have all && eventually told_more && fail_once &&
		unload rsvpool_test_holder && destroy_pool p && [ ! -e "$sysfs/p" ]
}

told_more()
{
	[ "$(told failed)" -gt 10 ]
}

plan 9
busybox uevent --help 2>/dev/null || [ $? -ne 127 ] || skip_all "no busybox uevent"
load rsvpool
# No element is in caches, so "outstanding" is exact.
make_pool p,reserve=4,max=64,cache=0,low=4,high=4
load rsvpool_test_holder pool=p
check "a listener listens" listen
accept "$debug/pools/p/inject" always
have try 4
check "a request that fails sends an event" first_failure
check "the event has the pool and its figures" says_what
check "later failures share an event, and none is lost" later_ones_together
check "no other event is sent" no_more
check "a sleeper that waits too long sends an event" stall_is_told
accept "$debug/pools/p/inject" off
accept "$sysfs/p/high" 48
check "pressure sends an event" pressure_is_told
accept "$debug/pools/p/inject" always
check "a pool is destroyed with events still to be sent" pending_goes
kill "$listener"
finish "unloads"

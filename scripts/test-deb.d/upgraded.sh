#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash source=scripts/test-deb.d/functions.sh
#
# upgraded.sh - the other kernel runs: pools come at boot; then it is locked down
# while they are there.  Argument: the packages' version.

. ./functions.sh

version=$1
pools=/sys/kernel/rsvpool
security=/sys/kernel/security/lockdown

# written VALUE FILE
written()
{
	echo "$1" >"$2"
}

check "the other kernel runs" same "$(uname -r)" "$(cat /root/second)"
check "the unit is active" systemctl is-active rsvpool
check "the pools were created at boot" is "$pools/net/reserve" 256
check "the module is of this version" same "$(cat /sys/module/rsvpool/version)" "$version"
check "rsvpoolctl lists the pools" says '^net ' rsvpoolctl list
check "a module that needs rsvpool loads" modprobe example_needs

# Events, as admin-guide.rst has udev log them.
# told_by_udev POOL WORDS [COMMAND...]: sooner or later, with the command tried before
# each look.
told_by_udev()
{
	local pool="$1" words="$2" tries=300
	shift 2

	until "$@" && journalctl -q -b -t rsvpool | grep "pool $pool: $words"; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return
		sleep 0.3
	done
}

# What is above the reserve is given back.
pressed()
{
	rsvpoolctl set net high=512 low=300 &&
		told_by_udev net 'memory is short' written 2 /proc/sys/vm/drop_caches
}

# Actors of all contexts want more than there is.
failed()
{
	rsvpoolctl create few reserve=4 max=4 || return
	rsvpoolctl stress contexts pool=few count=100 hold=64 || :
	told_by_udev few '[1-9][0-9]* requests were not answered' : &&
		rsvpoolctl destroy few
}

# Each of four tasks has the one element for 100 ms, so three wait for longer than 20.
stalled()
{
	rsvpoolctl create one reserve=1 max=1 stall_ms=20 &&
		rsvpoolctl stress wait pool=one threads=4 hold_us=100000 seconds=1 &&
		told_by_udev one '[1-9][0-9]* tasks have waited too long' : &&
		rsvpoolctl destroy one
}

check "udev gets the rule" \
	cp /usr/share/rsvpool/70-rsvpool.rules /etc/udev/rules.d/
check "udev reads the rule" udevadm control --reload
check "the journal has the event of pressure" pressed
check "rsvpool_stress loads" modprobe rsvpool_stress
check "the journal has the event of failed requests" failed
check "the journal has the event of tasks that waited too long" stalled
check "rsvpool_stress unloads" modprobe -r rsvpool_stress
check "the unit restores the settings" systemctl restart rsvpool
rm -f /etc/udev/rules.d/70-rsvpool.rules

# The new build is used once the old one has gone: admin-guide.rst, "Upgrading".
check "the modules unload" modprobe -r example_needs rsvpool
check "the unit brings them back" systemctl restart rsvpool
check "with the pools" is "$pools/net/reserve" 256

# From here on there is no way back.
for level in integrity confidentiality; do
	check "$level: the kernel locks itself down" written "$level" "$security"
	check "$level: debugfs cannot be written to" fails '' 'not permitted' \
		written other /sys/kernel/debug/rsvpool/create
	check "$level: rsvpoolctl says why it cannot create" \
		fails 5 'locked down' rsvpoolctl create other reserve=8
	check "$level: and there is no such pool" fails '' '' \
		test -e "$pools/other"
	check "$level: rsvpoolctl lists the pools" says '^net ' rsvpoolctl list
	check "$level: rsvpoolctl shows one" says 'reserve' rsvpoolctl show net
	check "$level: settings change" \
		rsvpoolctl set net reserve="$((256 + ${#level}))"
	check "$level: and have changed" \
		is "$pools/net/reserve" "$((256 + ${#level}))"
	check "$level: statistics are read" \
		grep -c . "$pools/net/stats/alloc_cache"
done
check "no module is loaded any more" fails '' 'not permitted' \
	modprobe example_needs
echo end

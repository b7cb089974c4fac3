#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154 # set by functions.sh and by the test
#
# drivers.sh - the verbs of the tests of the kernel's own drivers on rsvpool
#
# Answers for: ram disks, a file system, data that must be read back unchanged,
# and a machine without free memory meanwhile.  Sourced after functions.sh.  A
# test sets "volume", the block device that it mounts at "mnt".

# Without udev dmsetup has to make the devices itself.
export DM_DISABLE_UDEV=1
export MDADM_NO_UDEV=1

MEGABYTES=${MEGABYTES:-6}
ROUNDS=${ROUNDS:-2}
MARK="rsvpool selftest: not to be read on the disk"

mnt=$work/mnt

# fill_disks DISK...: write all of it, as a ram disk allocates memory at the
# first write.
fill_disks()
{
	for device; do
		[ -b "$device" ] || skip_all "there is no $device"
		dd if=/dev/zero of="$device" bs=1M 2>/dev/null || :
	done
	sync
}

mount_new()
{
	# By its path, as busybox has its own.
	/usr/bin/mke2fs -q -F -t ext4 -E nodiscard,lazy_itable_init=0 "$volume" &&
		mkdir -p "$mnt" && mount -t ext4 "$volume" "$mnt"
}

# make_data NUMBER: the data of that round; random, but for the mark.
make_data()
{
	{
		echo "$MARK"
		dd if=/dev/urandom bs=1M count="$MEGABYTES" 2>/dev/null
	} >"$work/data.$1"
}

checksum()
{
	sha256sum <"$1"
}

# Read from the disk, not from the page cache.
same()
{
	sync
	echo 3 >/proc/sys/vm/drop_caches
	[ "$(checksum "$mnt/$1")" = "$(checksum "$work/data.$1")" ]
}

same_rounds()
{
	local round=1

	while [ "$round" -le "$ROUNDS" ]; do
		same "$round" || { echo "round $round"; return 1; }
		round=$((round + 1))
	done
}

write_synced()
{
	dd if="$work/data.$1" of="$mnt/$1" bs=64k conv=fsync 2>"$work/dd" || {
		cat "$work/dd"
		return 1
	}
}

# inject HOW POOL...: write HOW to the pools' "inject".
inject()
{
	local how=$1 pool
	shift

	for pool; do
		accept "$debug/pools/$pool/inject" "$how" || return
	done
}

# The hog has found no page on each CPU, and tops up.  The result must be of the
# current run: before that runs, it is still the last run's.
memory_is_gone()
{
	cat "$debug/stress/result" >"$work/result"
	[ "$(result running)" -eq 1 ] && [ "$(result hog.topped_up)" -gt 0 ]
}

# with_no_memory COMMAND...: runs it while a run on the pool "hog" uses up all
# memory.
with_no_memory()
{
	local hog status=0

	./poke write "$debug/stress/run" "exhaust pool=hog seconds=3600" \
		>"$work/run" &
	hog=$!
	eventually memory_is_gone || status=1
	[ "$status" -ne 0 ] || "$@" || status=1
	memory_is_gone || status=1
	./poke write "$debug/stress/run" stop >/dev/null || :
	wait "$hog" || :
	cat "$work/result"
	return "$status"
}

# Rewrites the files, again and again; each must be read back as it was written
# in its last round.
write_rounds()
{
	local round=1

	while [ "$round" -le "$ROUNDS" ]; do
		write_synced "$round" || return
		round=$((round + 1))
	done
}

sound()
{
	/usr/bin/e2fsck -fn "$volume"
}

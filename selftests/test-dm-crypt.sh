#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-dm-crypt.sh - the kernel's dm-crypt, in which nothing but the include of
# mempool.h was changed, carries a file system while memory is gone.
#
# Needs dm_crypt.ko built so, rsvpool_stress, dmsetup, mke2fs and e2fsck, the
# modules dm-mod, ext4, xts, ecb and cryptd, and two ram disks whose contents nobody
# wants.  Uses up the machine's memory, so "make run_tests" leaves it out.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

# Without udev dmsetup has to make the devices itself.
export DM_DISABLE_UDEV=1

MEGABYTES=6
ROUNDS=2
KEY=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
# Asynchronous, so that it has several requests at once.
CIPHER='capi:cryptd(xts(ecb(aes-generic)))-plain64'
MARK="rsvpool selftest: not to be read on the disk"

disk=/dev/ram0
disk2=/dev/ram1
volume=/dev/mapper/rsvpool
requests=dm_crypt.0
pages=dm_crypt.1
mnt=$work/mnt

# A ram disk takes memory where it is written to first.
fill_disks()
{
	for device in "$disk" "$disk2"; do
		[ -b "$device" ] || skip_all "there is no $device"
		dd if=/dev/zero of="$device" bs=1M 2>/dev/null || :
	done
	sync
}

map()
{
	dmsetup create "$1" --table \
		"0 $(blockdev --getsz "$2") crypt $CIPHER $KEY 0 $2 0" &&
		[ -b "/dev/mapper/$1" ]
}

# Two mempools a volume; of integrity tags there are none here.
has_pools()
{
	is "$requests/reserve" 64 && is "$pages/reserve" 256 &&
		is "$pages/available" 256 && is "$pages/max" 0 &&
		is "$pages/policy" "cache [source] reclaim reserve"
}

other_pools()
{
	map rsvpool2 "$disk2" && is dm_crypt.2/reserve 64 &&
		is dm_crypt.3/reserve 256 && dmsetup remove rsvpool2 &&
		[ ! -e "$sysfs/dm_crypt.2" ] && [ ! -e "$sysfs/dm_crypt.3" ]
}

mount_new()
{
	# The path, for busybox has one of its own.
	/usr/bin/mke2fs -q -t ext4 -E nodiscard,lazy_itable_init=0 "$volume" &&
		mkdir -p "$mnt" && mount -t ext4 "$volume" "$mnt"
}

# make_data NUMBER: of that round; random, but for the mark.
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

# From the disk, not from memory.
same()
{
	sync
	echo 3 >/proc/sys/vm/drop_caches
	[ "$(checksum "$mnt/$1")" = "$(checksum "$work/data.$1")" ]
}

write_synced()
{
	dd if="$work/data.$1" of="$mnt/$1" bs=64k conv=fsync 2>"$work/dd" || {
		cat "$work/dd"
		return 1
	}
}

# inject HOW: into the page pool.
inject()
{
	accept "$debug/pools/$pages/inject" "$1"
}

written_from_the_reserve()
{
	local before status=0

	before=$(value "$pages/stats/alloc_reserve")
	inject always || return
	write_synced 0 || status=$?
	inject off || return
	grep . "$sysfs/$pages/stats/"alloc_*
	[ "$status" -eq 0 ] &&
		[ "$(value "$pages/stats/alloc_reserve")" -gt "$before" ]
}

encrypted()
{
	grep -q "$MARK" "$mnt/0" || { echo "no mark in the file"; return 1; }
	! grep -q "$MARK" "$disk" || { echo "the mark is on the disk"; return 1; }
}

# The hog has found that there is nothing left, on each CPU, and tops up.
memory_is_gone()
{
	cat "$debug/stress/result" >"$work/result"
	[ "$(result hog.topped_up)" -gt 0 ]
}

# Rewrites what is there, again and again; a file has to come back as its last
# round was.
exhausted()
{
	local before fails round status=0

	before=$(value "$pages/stats/alloc_reserve")
	fails=$(value "$pages/stats/source_fails")
	./poke write "$debug/stress/run" "exhaust pool=hog seconds=3600" \
		>"$work/run" &
	hog=$!
	eventually memory_is_gone || status=1
	round=1
	while [ "$status" -eq 0 ] && [ "$round" -le "$ROUNDS" ]; do
		write_synced "$round" || status=1
		round=$((round + 1))
	done
	memory_is_gone || status=1
	./poke write "$debug/stress/run" stop >/dev/null || :
	wait "$hog" || :
	grep . "$sysfs/$pages/stats/"*
	cat "$work/result"
	[ "$status" -eq 0 ] || return
	[ "$(value "$pages/stats/source_fails")" -gt "$fails" ] || {
		echo "the page allocator had all that was asked for"
		return 1
	}
	[ "$(value "$pages/stats/alloc_reserve")" -gt "$before" ]
}

same_rounds()
{
	local round=1

	while [ "$round" -le "$ROUNDS" ]; do
		same "$round" || { echo "round $round"; return 1; }
		round=$((round + 1))
	done
}

requests_were_used()
{
	grep . "$sysfs/$requests/stats/"alloc_*
	[ "$(sum "$requests" stats/alloc_source stats/alloc_reserve)" -gt 0 ]
}

nothing_outstanding()
{
	umount "$mnt" && eventually is "$pages/outstanding" 0 &&
		eventually is "$requests/outstanding" 0
}

nothing_failed()
{
	equal "$(sum "$pages" stats/alloc_wait stats/gave_up)" \
		"$(value "$pages/stats/sleeps")" &&
		eventually is "$pages/available" 256
}

sound()
{
	/usr/bin/e2fsck -fn "$volume"
}

removed()
{
	dmsetup remove rsvpool && [ ! -e "$sysfs/$pages" ] &&
		[ ! -e "$sysfs/$requests" ]
}

fill_disks
plan 17
load rsvpool
load rsvpool_stress
check "dm-crypt loads" try_load dm_crypt
check "rsvpool stays while it is loaded" unload_refused rsvpool
check "maps a volume" map rsvpool "$disk"
check "whose mempools are pools" has_pools
check "a second volume has its own" other_pools
check "carries a file system" mount_new
for round in $(seq 0 "$ROUNDS"); do
	make_data "$round"
done
check "writes from the reserve alone" written_from_the_reserve
check "and it comes back" same 0
check "encrypted" encrypted
make_pool hog,reserve=16
check "writes while memory is gone, from the reserve" exhausted
destroy_pool hog
rm "$work/data.0"
check "and that comes back" same_rounds
check "its requests are a pool's, too" requests_were_used
check "nothing is outstanding once unmounted" nothing_outstanding
check "nobody was let down" nothing_failed
check "the file system is sound" sound
check "its pools go with the volume" removed
finish "unloads"

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-dm-crypt.sh - the kernel's dm-crypt, changed only by including
# rsvpool_mempool.h, carries a file system while no memory is free.
#
# Needs dm_crypt.ko built so, rsvpool_stress, dmsetup, mke2fs and e2fsck, the
# modules dm-mod, ext4, xts, ecb and cryptd, and two ram disks whose contents
# are lost.  Uses up the machine's memory, so "make run_tests" leaves it out.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

# shellcheck source=selftests/drivers.sh
. ./drivers.sh

KEY=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
# Asynchronous, so that dm-crypt has several requests at once.
CIPHER='capi:cryptd(xts(ecb(aes-generic)))-plain64'

disk=/dev/ram0
disk2=/dev/ram1
volume=/dev/mapper/rsvpool
requests=dm_crypt.0
pages=dm_crypt.1

map()
{
	dmsetup create "$1" --table \
		"0 $(blockdev --getsz "$2") crypt $CIPHER $KEY 0 $2 0" &&
		[ -b "/dev/mapper/$1" ]
}

# Two mempools a volume; without integrity tags there is no third.
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

written_from_the_reserve()
{
	local before status=0

	before=$(value "$pages/stats/alloc_reserve")
	inject always "$pages" || return
	write_synced 0 || status=$?
	inject off "$pages" || return
	grep . "$sysfs/$pages/stats/"alloc_*
	[ "$status" -eq 0 ] &&
		[ "$(value "$pages/stats/alloc_reserve")" -gt "$before" ]
}

encrypted()
{
	grep -q "$MARK" "$mnt/0" || { echo "no mark in the file"; return 1; }
	! grep -q "$MARK" "$disk" || { echo "the mark is on the disk"; return 1; }
}

exhausted()
{
	local before fails

	before=$(value "$pages/stats/alloc_reserve")
	fails=$(value "$pages/stats/source_fails")
	with_no_memory write_from_reserve
}

# Again, if the page allocator had all: memory is freed when the OOM killer is called.
write_from_reserve()
{
	local try

	for try in 1 2 3 4 5 6 7 8; do
		echo "try $try"
		write_rounds || return
		grep . "$sysfs/$pages/stats/"*
		[ "$(value "$pages/stats/source_fails")" -le "$fails" ] ||
			[ "$(value "$pages/stats/alloc_reserve")" -le "$before" ] ||
			return 0
	done
	echo "the page allocator had all that was asked for"
	return 1
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

removed()
{
	dmsetup remove rsvpool && [ ! -e "$sysfs/$pages" ] &&
		[ ! -e "$sysfs/$requests" ]
}

fill_disks "$disk" "$disk2"
plan 17
load rsvpool
load rsvpool_stress
check "dm-crypt loads" try_load dm_crypt
check "rsvpool stays while it is loaded" unload_refused rsvpool
check "maps a volume" map rsvpool "$disk"
check "the mempools of the volume are pools" has_pools
check "a second volume has its own pools" other_pools
check "carries a file system" mount_new
for round in $(seq 0 "$ROUNDS"); do
	make_data "$round"
done
check "writes from the reserve alone" written_from_the_reserve
check "what was written from the reserve reads back" same 0
check "the disk has only encrypted data" encrypted
make_pool hog,reserve=16
check "writes from the reserve while no memory is free" exhausted
destroy_pool hog
rm "$work/data.0"
check "what was written without memory reads back" same_rounds
check "the requests of the volume use a pool, too" requests_were_used
check "nothing is outstanding once unmounted" nothing_outstanding
check "no request failed" nothing_failed
check "the file system is sound" sound
check "the pools are destroyed with the volume" removed
finish "unloads"

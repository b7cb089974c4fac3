#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-drivers.sh - unchanged drivers of the kernel, built on rsvpool, carry a
# file system while their sources fail and no memory is free: dm-integrity,
# dm-snapshot, dm-verity with repair, raid1 with a reshape, raid10.
#
# Needs those modules built so (scripts/check.d/build-dropin), rsvpool_stress, dmsetup,
# mdadm, veritysetup, mke2fs and e2fsck, and four ram disks whose contents are not
# needed.  Uses up the machine's memory, so "make run_tests" leaves it out.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"
MEGABYTES=3
# shellcheck source=selftests/drivers.sh
. ./drivers.sh

disks="/dev/ram0 /dev/ram1 /dev/ram2 /dev/ram3"
md=/dev/md9
export volume=

sectors()
{
	blockdev --getsz "$1"
}

# pools_of MODULE: the names of its pools.
pools_of()
{
	for folder in "$sysfs/$1".*; do
		[ ! -e "$folder" ] || echo "${folder##*/}"
	done
}

# has_pools MODULE NUMBER: it has so many pools, all with a mempool's
# attributes.
has_pools()
{
	local pool number=0

	for pool in $(pools_of "$1"); do
		is "$pool/max" 0 &&
			is "$pool/policy" "cache [source] reclaim reserve" ||
			return
		number=$((number + 1))
	done
	equal "$number" "$2"
}

# asked MODULE: how many elements all its pools have handed out.
asked()
{
	local pool total=0

	for pool in $(pools_of "$1"); do
		total=$((total + $(sum "$pool" stats/alloc_source \
			stats/alloc_reserve stats/alloc_reclaim \
			stats/alloc_wait)))
	done
	echo "$total"
}

# While the source always fails, the pools hand out their reserves.
written_from_reserves()
{
	local pool before=0 after=0 status=0

	for pool in $(pools_of "$1"); do
		before=$((before + $(value "$pool/stats/alloc_reserve")))
		inject always "$pool" || return
	done
	write_synced 0 || status=1
	for pool in $(pools_of "$1"); do
		inject off "$pool" || return
		after=$((after + $(value "$pool/stats/alloc_reserve")))
	done
	echo "from the reserves: $before before, $after after"
	[ "$status" -eq 0 ] && [ "$after" -gt "$before" ]
}

nothing_outstanding()
{
	local pool

	for pool in $(pools_of "$1"); do
		eventually is "$pool/outstanding" 0 &&
			is "$pool/stats/gave_up" 0 || return
	done
}

# carries MODULE: eight tests: a file system on "volume", with and without free
# memory.
carries()
{
	local module=$1

	check "$module: carries a file system" mount_new
	check "$module: writes from the reserves alone" \
		written_from_reserves "$module"
	check "$module: what was written from the reserves reads back" same 0
	check "$module: writes while no memory is free" \
		with_no_memory write_rounds
	check "$module: what was written without memory reads back" same_rounds
	check "$module: unmounted" umount "$mnt"
	check "$module: the file system is sound" sound
	check "$module: nothing is outstanding" nothing_outstanding "$module"
}
CARRIES=8

# goes MODULE TEARDOWN: two tests: teardown, and no pool is left.
goes()
{
	check "$1: is taken down" "$2"
	check "$1: unloads, and its pools are destroyed" unloads "$1"
}
GOES=2

unloads()
{
	unload "$1" && has_pools "$1" 0
}

#
# dm-integrity: its superblock says how much space is left for data
#

integrity_table()
{
	dmsetup create rsvpool --table "0 $1 integrity /dev/ram0 0 - J 2 \
internal_hash:crc32c journal_watermark:1" && [ -b /dev/mapper/rsvpool ]
}

# Blocks that were never written have no checksum, and cannot be read.
integrity_up()
{
	integrity_table 1 && dmsetup remove rsvpool &&
		integrity_table "$(od -An -t d4 -j 16 -N 4 /dev/ram0 |
			tr -d ' ')" || return
	dd if=/dev/zero of="$volume" bs=64k 2>/dev/null || :
	sync
}

mapper_down()
{
	dmsetup remove rsvpool
}

#
# dm-snapshot: old content stays readable while the origin changes
#

snapshot_up()
{
	dmsetup create base --table \
		"0 $(sectors /dev/ram0) linear /dev/ram0 0" &&
		dmsetup create rsvpool --table \
		"0 $(sectors /dev/ram0) snapshot-origin /dev/mapper/base" &&
		dmsetup create before --table "0 $(sectors /dev/ram0) snapshot \
/dev/mapper/base /dev/ram1 P 8" && [ -b /dev/mapper/before ]
}

# The snapshot has the disk's old content: zeroes.
snapshot_kept()
{
	[ "$(dd if=/dev/mapper/before bs=1M 2>/dev/null | tr -d '\0' | wc -c)" \
		-eq 0 ]
}

snapshot_down()
{
	dmsetup remove before && dmsetup remove rsvpool && dmsetup remove base
}

#
# dm-verity: data with one bad block, which its error correction repairs
#

verity_data()
{
	dd if=/dev/urandom of="$work/verity" bs=1M count="$MEGABYTES" \
		2>/dev/null
	dd if="$work/verity" of=/dev/ram0 bs=1M 2>/dev/null
	veritysetup format --data-block-size=4096 --hash-block-size=4096 \
		--data-blocks=$((MEGABYTES * 256)) --fec-device=/dev/ram2 \
		--fec-roots=2 /dev/ram0 /dev/ram1 >"$work/format" || return
	root_hash=$(sed -n 's/^Root hash:[[:space:]]*//p' "$work/format")
	# One block is changed.
	dd if=/dev/zero of=/dev/ram0 bs=4096 count=1 seek=5 conv=notrunc \
		2>/dev/null
	sync
}

verity_up()
{
	veritysetup open /dev/ram0 rsvpool /dev/ram1 "$root_hash" \
		--fec-device=/dev/ram2 --fec-roots=2 &&
		[ -b /dev/mapper/rsvpool ]
}

verity_reads()
{
	echo 3 >/proc/sys/vm/drop_caches
	[ "$(dd if=/dev/mapper/rsvpool bs=1M count="$MEGABYTES" 2>/dev/null |
		sha256sum)" = "$(sha256sum <"$work/verity")" ]
}

#
# raid1 and raid10
#

raid_up()
{
	local level=$1
	shift

	for disk; do
		dd if=/dev/zero of="$disk" bs=64k count=16 conv=notrunc 2>/dev/null
	done
	mdadm --create "$md" --run --assume-clean --metadata=1.2 \
		--level="$level" --raid-devices=$# "$@" && [ -b "$md" ]
}

# A reshape creates a new mempool, and moves it by value.
raid1_grows()
{
	mdadm --manage "$md" --add /dev/ram2 &&
		mdadm --grow "$md" --raid-devices=3 && eventually synced
}

synced()
{
	grep -qx idle /sys/block/md9/md/sync_action &&
		grep -qx 0 /sys/block/md9/md/degraded
}

# Writes behind: serial_info_pool is a mempool of md-mod's.
raid1_serialized_write()
{
	mount -t ext4 "$md" "$mnt" &&
		echo 1 >/sys/block/md9/md/serialize_policy &&
		write_synced 0 && same 0 && umount "$mnt"
}

raid_down()
{
	mdadm --stop "$md"
}

# A ram disk does not free its memory.
# shellcheck disable=SC2086 # a list of names
fill_disks $disks
plan $((5 * (2 + GOES) + 4 * CARRIES + 5 + 1))
for round in $(seq 0 "$ROUNDS"); do
	make_data "$round"
done
load rsvpool
load rsvpool_stress
make_pool hog,reserve=16

volume=/dev/mapper/rsvpool
load dm_integrity
check "dm_integrity: maps a volume" integrity_up
check "dm_integrity: its mempools are pools" has_pools dm_integrity 2
carries dm_integrity
goes dm_integrity mapper_down

# shellcheck disable=SC2086 # a list of names
fill_disks $disks
load dm_snapshot
check "dm_snapshot: maps a volume" snapshot_up
check "dm_snapshot: its mempool is a pool" has_pools dm_snapshot 1
check "dm_snapshot: has the old content" snapshot_kept
carries dm_snapshot
goes dm_snapshot snapshot_down

load dm_verity
verity_data
check "dm_verity: maps a volume" verity_up
check "dm_verity: its mempools are pools" has_pools dm_verity 5
check "dm_verity: repairs what it reads" verity_reads
check "dm_verity: repairs while no memory is free" with_no_memory verity_reads
goes dm_verity mapper_down

volume=$md
load raid1
check "raid1: makes an array" raid_up 1 /dev/ram0 /dev/ram1
check "raid1: its mempool is a pool" has_pools raid1 1
carries raid1
check "raid1: grows by a disk" raid1_grows
check "raid1: uses a mempool that is not its own" raid1_serialized_write
goes raid1 raid_down

load raid10
# shellcheck disable=SC2086 # a list of names
check "raid10: makes an array" raid_up 10 $disks
check "raid10: its mempool is a pool" has_pools raid10 1
carries raid10
goes raid10 raid_down

destroy_pool hog
finish "unloads"

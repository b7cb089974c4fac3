#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash source=scripts/test-deb.d/functions.sh
#
# secureboot.sh - Secure Boot is on, and the kernel does not know DKMS's key: no
# module, and that is said.  Then the key is enrolled, as far as that goes without
# somebody at the firmware's screen.

. ./functions.sh

key=/var/lib/dkms/mok.pub

# unsigned: the module without its signature.
unsigned()
{
	local bytes

	xz -dc "$(modinfo -F filename rsvpool)" >signed.ko || return
	# At the end stand what tells of the signature, whose length is in the
	# last 4 of 12 bytes, and a marker of 28.
	bytes=$(tail -c 32 signed.ko | head -c 4 | od -An -t u1 |
		awk '{ print (($1 * 256 + $2) * 256 + $3) * 256 + $4 }')
	head -c "-$((bytes + 40))" signed.ko >unsigned.ko
	modinfo ./unsigned.ko && [ -z "$(modinfo -F signer ./unsigned.ko)" ]
}

# le32 NUMBER: four bytes, the lowest first.
le32()
{
	local byte

	for byte in $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) \
			$(($1 >> 24)); do
		# shellcheck disable=SC2059 # a byte as an escape
		printf "\\$(printf %03o "$byte")"
	done
}

# bytes HEX...
bytes()
{
	local byte

	for byte; do
		# shellcheck disable=SC2059 # a byte as an escape
		printf "\\$(printf %03o "0x$byte")"
	done
}

# What shim leaves to the kernel of the keys that MokManager has enrolled: a
# variable with a list of signatures, of which there is this one.
enrol()
{
	local owner='50 ab 5d 60 46 e0 00 43 ab b6 3d d8 10 dd 8b 23'
	local x509='a1 59 c0 a5 e4 94 a7 4a 87 b5 ab 15 5c 2b f0 72'
	local variable=MokListRT-605dab50-e046-4300-abb6-3dd810dd8b23 size

	size=$(stat -c %s "$key")
	# shellcheck disable=SC2086 # lists of bytes
	{
		le32 7			# kept, and there before and after boot
		bytes $x509
		le32 $((28 + 16 + size))
		le32 0
		le32 $((16 + size))
		bytes $owner
		cat "$key"
	} >variable
	dd bs=64k if=variable of="/sys/firmware/efi/efivars/$variable"
}

import()
{
	mokutil --generate-hash=secret >password &&
		mokutil --import "$key" --hash-file password &&
		says 'DKMS module signing key' mokutil --list-new
}

check "Secure Boot is on" says 'SecureBoot enabled' mokutil --sb-state
check "the kernel is locked down" \
	says '\[integrity\]' cat /sys/kernel/security/lockdown
check "the module is signed" says 'DKMS module signing key' \
	modinfo -F signer rsvpool
check "the module is signed with DKMS's key" same "$(modinfo -F sig_key rsvpool | tr -d :)" \
	"$(openssl x509 -inform DER -in "$key" -noout -serial | sed 's/.*=//')"
check "the kernel does not know that key" fails '' '' \
	grep 'DKMS module signing key' /proc/keys
check "the kernel refuses the module" fails '' 'rejected\|not permitted' modprobe rsvpool
check "the log says why the module is refused" says 'unavailable key\|unsigned module' dmesg
check "the signature of the module is removed" unsigned
check "the kernel refuses the module without a signature" \
	fails '' 'rejected\|not permitted' insmod ./unsigned.ko
check "the unit has failed" says failed systemctl show -P ActiveState rsvpool
check "rsvpoolctl says that nothing is loaded" \
	fails 4 'modprobe rsvpool' rsvpoolctl list
check "mokutil asks for the key to be enrolled" import
check "the key is enrolled" enrol
echo 'options rsvpool pools="net,reserve=64,max=1024;log,element=kmalloc,size=512"' \
	>>/etc/modprobe.d/rsvpool.conf
echo end

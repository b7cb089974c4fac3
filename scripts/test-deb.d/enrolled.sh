#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash source=scripts/test-deb.d/functions.sh
#
# enrolled.sh - Secure Boot is on, and the kernel knows DKMS's key: all works that
# needs no debugfs.  Then all is purged.

. ./functions.sh

pools=/sys/kernel/rsvpool

check "Secure Boot is on" says 'SecureBoot enabled' mokutil --sb-state
check "the kernel is locked down" \
	says '\[integrity\]' cat /sys/kernel/security/lockdown
check "it knows DKMS's key" says "cert 'DKMS module signing key" dmesg
check "the unit is active" systemctl is-active rsvpool
check "pools= has made the pools" says '^log ' rsvpoolctl list
check "and the unit has set what differs" is "$pools/net/reserve" 256
check "rsvpoolctl says why it cannot create" \
	fails 5 'locked down' rsvpoolctl create other reserve=8
check "settings change" rsvpoolctl set log reserve=80
check "and have changed" is "$pools/log/reserve" 80
check "what needs rsvpool loads" modprobe example_needs
check "and unloads" modprobe -r example_needs

# Removing: admin-guide.rst.
check "rsvpool unloads" modprobe -r rsvpool
check "what needs rsvpool is removed" dkms remove rsvpool-example/1.0 --all
rm -r /usr/src/rsvpool-example-1.0
check "the packages are purged" get purge rsvpool-dkms rsvpool-tools rsvpool-dev
check "DKMS has nothing any more" same "$(dkms status)" ''
# What a package has in /lib is in /usr/lib.
packages | LC_ALL=C comm -13 /root/packages - | xargs dpkg -L |
	sed 'p; s|^/|/usr/|' >theirs
check "nothing is left but the other kernel" same_files /root/before theirs \
	'^/root/|6\.12|^/(vmlinuz|initrd\.img)'
check "rsvpool is nowhere" same "$(files | grep -i rsvpool |
	grep -v '^/var/log/' || :)" ''
echo end

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
check "the kernel knows DKMS's key" says "cert 'DKMS module signing key" dmesg
check "the unit is active" systemctl is-active rsvpool
check "the parameter pools= has created the pools" says '^log ' rsvpoolctl list
check "and the unit has set what differs" is "$pools/net/reserve" 256
check "rsvpoolctl says why it cannot create" \
	fails 5 'locked down' rsvpoolctl create other reserve=8
check "settings change" rsvpoolctl set log reserve=80
check "the setting has changed" is "$pools/log/reserve" 80
check "a module that needs rsvpool loads" modprobe example_needs
check "that module unloads" modprobe -r example_needs

purge_all
echo end

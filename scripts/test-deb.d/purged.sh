#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash source=scripts/test-deb.d/functions.sh
#
# purged.sh - booted once more: pools have come, and then all is purged.

. ./functions.sh

check "the unit is active" systemctl is-active rsvpool
check "the pools were created at boot" says '^net ' rsvpoolctl list
purge_all
echo end

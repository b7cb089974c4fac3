#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-orphan.sh - after rsvpool_destroy() has returned, no function of the
# owner is called: destroying waits for running calls, and begins no new ones.
# The machine must be rebooted afterwards, as a WARN is part of it.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=selftests/in-kernel.sh
. ./in-kernel.sh

gate=/sys/kernel/debug/rsvpool_test_gate
PATIENCE=20

# The WARN comes while the gate is opened, and is not about that.
open_gate()
{
	./poke write "$gate/do" open >/dev/null
}

have_gate()
{
	accept "$gate/do" "$*"
}

gate_shows()
{
	shows "$gate/state" "^$1\$"
}

# Calls that run when the owner destroys the pool end before the destroy
# returns: "late" counts those that do not.  With a destroy that does not wait
# they end during this check.
destroy_waits()
{
	local look=0

	eventually gate_shows "at_gate 1" && mark_log && have_gate destroy &&
		eventually shows "$debug/pools/gated/state" orphaned || return
	while [ "$look" -lt "$PATIENCE" ] && gate_shows "under_way 2"; do
		look=$((look + 1))
		sleep 0.1
	done >/dev/null
	open_gate && eventually gate_shows "under_way 0" &&
		have_gate join && logged "pool 'gated': destroyed by" &&
		gate_shows "late 0"
}

calls()
{
	sed -n 's/^calls //p' "$gate/state"
}

create_gated()
{
	have_gate create && eventually gate_shows "under_way 0" &&
		have_gate join && gate_shows "err 0"
}

# An element that is freed later, and all elements of the orphan.
nothing_is_called()
{
	local before

	before=$(calls)
	have_gate free && eventually gate_shows "under_way 0" &&
		have_gate join && destroy_pool gated &&
		equal "$(calls)" "$before" && [ ! -e "$sysfs/gated" ]
}

destroyed_while_in_free()
{
	create_gated && have_gate alloc && eventually gate_shows "under_way 0" &&
		have_gate shut 2 && have_gate free && destroy_waits
}

plan 7
load rsvpool
load rsvpool_test_gate
check "a pool is created" create_gated
have_gate shut 1
have_gate alloc
check "destroying waits for a call of alloc" destroy_waits
check "an orphan calls no function of its owner" nothing_is_called
check "destroying waits for a call of free" destroyed_while_in_free
check "the orphan is destroyed" destroy_pool gated
check "the owner unloads" unload rsvpool_test_gate
finish "rsvpool unloads"

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-orphan.sh - when rsvpool_destroy() has returned, nothing of its owner's is
# called: what is under way is waited for, what comes later is not called.  For a
# machine that ends afterwards, as a WARN is part of it.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=selftests/in-kernel.sh
. ./in-kernel.sh

gate=/sys/kernel/debug/rsvpool_test_gate
PATIENCE=20

# The warning comes while the gate is opened, which is no answer to that.
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

# What is under way when the owner destroys the pool ends before that returns:
# "late" counts what does not.  With a destroy that does not wait it ends while
# this looks.
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

# An element that comes back later, and all that the orphan has.
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
check "a pool is made" create_gated
have_gate shut 1
have_gate alloc
check "a call of alloc is waited for" destroy_waits
check "an orphan calls nothing" nothing_is_called
check "a call of free is waited for" destroyed_while_in_free
check "that orphan goes" destroy_pool gated
check "the owner unloads" unload rsvpool_test_gate
finish "rsvpool unloads"

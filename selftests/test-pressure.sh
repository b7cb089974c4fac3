#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-pressure.sh - the machine runs out of memory, the OOM killer kills
# processes, and a pool gives back all but its reserve, whose guarantee holds
# meanwhile.  Kills are counted twice: with the pool, and with bound_bytes of
# memory that is never given back, a file in tmpfs, as there is no swap.  This
# compares two machines of which one has bound_bytes more memory, on the same
# machine.  Kills processes, so "make run_tests" leaves it out.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

HERD=40		# processes that fit into MemAvailable
ENOUGH=6	# of them killed

# An order that the page allocator does not always have; all of the reserve is
# in use now and then.  One unit for so many MiB of memory, as bound_bytes has
# to be as large as several of those processes:
UNIT_MB=160
RESERVE=64 MAX=512 LOW=128 HIGH=448

hogs='' fed=0 killed=0

available_kb()
{
	awk '/^MemAvailable:/ { print $2 }' /proc/meminfo
}

# The hogs that are alive.  Not every kernel counts its kills.
hogs_left()
{
	pidof dd | wc -w
}

# Reads zeros into its buffer, and blocks writing that to a pipe without a
# reader.
hog()
{
	{
		echo 1000 >/proc/self/oom_score_adj
		exec dd if=/dev/zero bs="${hog_mb}M" count=1 2>/dev/null
	} | {
		echo -1000 >/proc/self/oom_score_adj
		dd bs=1 count=1 of="$work/hog.$1" 2>/dev/null
		echo settled >>"$work/hog.$1"
		exec sleep 100000
	} &
	hogs="$hogs $!"
}

# It has its memory; or it is dead, and the pipe is closed.
hog_is_settled()
{
	grep -q settled "$work/hog.$1"
}

# feed_hogs [UP_TO]: start the same number of hogs each time, or UP_TO of them;
# "killed" is how many were killed.  The first time, when herd is 0, start as
# many as are needed, as more than MemAvailable can be used.
feed_hogs()
{
	local most="${1:-$herd}"

	while more_are_wanted "$most"; do
		fed=$((fed + 1))
		hog "$fed"
		eventually hog_is_settled "$fed" || return
		killed=$((fed - $(hogs_left)))
	done
	[ "$herd" -gt 0 ] || herd=$fed
	echo "$killed of $fed hogs killed"
}

more_are_wanted()
{
	[ "$fed" -lt "$1" ] || {
		[ "$1" -eq 0 ] && [ "$killed" -lt "$ENOUGH" ] &&
			[ "$fed" -lt $((4 * HERD)) ]
	}
}

# End the readers; then writing fails.
slaughter_hogs()
{
	local pid

	for pid in $hogs; do
		kill "$pid" || :
	done
	# shellcheck disable=SC2086 # a list
	wait $hogs 2>/dev/null || :
	hogs='' fed=0 killed=0
	rm -f "$work"/hog.*
}

exist()
{
	sed -n 's/^exist *\([0-9]*\) of .*/\1/p' "$debug/pools/p/state"
}

is_full()
{
	cat "$debug/pools/p/state"
	[ "$(value p/available)" -ge $((HIGH * units)) ]
}

# The pool is filled, then all memory is used up; elements above min are gone.
gives_back()
{
	eventually is_full && feed_hogs || return
	with_pool=$killed
	cat "$debug/pools/p/state"
	grep . "$sysfs"/p/stats/shrunk "$sysfs"/p/stats/under_pressure
	# After the shrinker's first visit the worker releases the rest.
	[ "$(value p/stats/shrunk)" -gt 0 ] &&
		[ "$(value p/stats/under_pressure)" -gt 0 ] &&
		eventually has_given_back &&
		[ "$(value p/available)" -ge $((RESERVE * units)) ]
}

has_given_back()
{
	[ "$(exist)" -le $(((RESERVE + 128) * units)) ]
}

came_out_of_memory()
{
	echo "$with_pool killed"
	[ "$with_pool" -gt 0 ]
}

# The pool is in use in every context, while the last hogs start.
ask_meanwhile()
{
	local before

	feed_hogs $((herd * 3 / 4)) || return
	before=$killed
	./poke write "$debug/stress/run" \
		"contexts pool=p seconds=0 hold=$((RESERVE * units)) guarantee=1 count=4000000000" \
		>"$work/asked" &
	asking=$!
	eventually stress_runs && feed_hogs || return
	eventually asked_enough
	./poke write "$debug/stress/run" stop >/dev/null || :
	wait "$asking" || :
	cat "$work/asked" "$debug/stress/result"
	[ "$killed" -gt "$before" ] &&
		grep -qx guarantee=kept "$debug/stress/result"
}

stress_runs()
{
	[ "$(asked)" -gt 0 ]
}

asked_enough()
{
	[ "$(asked)" -gt 10000 ]
}

# Of what runs: before that has begun the result is of the run before.
asked()
{
	sed -n '/^running=1$/,$s/^requests=//p' "$debug/stress/result" |
		grep . || echo 0
}

# The pool's bound, as memory that is never given back.
take_bound()
{
	mkdir -p "$work/taken"
	mount -t tmpfs -o size=100% none "$work/taken" &&
		dd if=/dev/zero of="$work/taken/file" bs=64k \
			count=$((bound / 65536)) 2>/dev/null
}

give_bound()
{
	umount "$work/taken"
}

no_more_kills()
{
	feed_hogs || return
	echo "with the pool $with_pool, without it, and bound_bytes less, $killed"
	[ "$with_pool" -le "$killed" ]
}

relieved()
{
	accept "$sysfs/p/decay_ms" 1 && eventually is_relieved
}

is_relieved()
{
	cat "$debug/pools/p/state"
	grep -q '^memory *enough' "$debug/pools/p/state"
}

plan 8
echo -1000 >/proc/$$/oom_score_adj
# The herd grows although a dozen tasks on each CPU request elements.
./poke nice -20 $$ >/dev/null
# Each kill prints pages to the console, with interrupts off.
echo 0 >/proc/sys/vm/oom_dump_tasks
# A quarter of a machine with little more than UNIT_MB is less than two units' HIGH.
load rsvpool max_percent=50
load rsvpool_stress
units=$(($(available_kb) / 1024 / UNIT_MB + 1))
hog_mb=$(($(available_kb) / 1024 / HERD + 1))
herd=0
make_pool "p,order=4,reserve=$((RESERVE * units)),max=$((MAX * units)),low=$((LOW * units)),high=$((HIGH * units)),cache=4"
bound=$(value p/bound_bytes)
accept "$sysfs/p/decay_ms" 3600000	# and makes the worker fill it
check "a full pool gives back all but its reserve" gives_back
check "processes are killed for lack of memory meanwhile" came_out_of_memory
slaughter_hogs
check "the guarantee holds meanwhile" ask_meanwhile
slaughter_hogs
check "nothing is outstanding" eventually is p/outstanding 0
check "the pool is filled again afterwards" relieved
destroy_pool p
check "a file takes bound_bytes of memory instead of the pool" take_bound
check "with the file as many processes are killed, or more" no_more_kills
ktap_print_msg "of $herd processes of $hog_mb MiB killed: $with_pool; without the pool and $((bound / 1048576)) MiB less: $killed"
slaughter_hogs
give_bound
finish "unloads"

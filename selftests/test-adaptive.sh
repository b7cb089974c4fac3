#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-adaptive.sh - the watermarks follow demand: a burst that caused
# emergencies causes none when it is repeated, an idle pool falls back to its
# settings, and watermarks do not grow for the wrong reasons.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

# As many as the pool has, so that all requests succeed; and more.
BURST=72
LARGER=300
LONG=3600000	# decay_ms of a pool that must not decay while the test lasts

workqueue=/sys/devices/virtual/workqueue/rsvpool/cpumask

# state KEY: the rest of that line of "state".
state()
{
	sed -n "s/^$1  *//p" "$debug/pools/p/state"
}

# mark low|high: the watermark in effect.
mark()
{
	state watermarks | sed "s/.*$1 \([0-9]*\),.*/\1/"
}

added()
{
	state watermarks | sed 's/.*adds //'
}

# A pool of 64 with little above min; more keys follow.  The worker runs on
# CPU 0 alone.
fresh()
{
	unload_holder
	[ ! -e "$sysfs/p" ] || destroy_pool p || return
	make_pool "p,reserve=64,max=1024,low=68,high=72,batch=8,$1" || return
	load rsvpool_test_holder pool=p
	fill
}

# Writing a setting makes the worker run and fill up to high.
fill()
{
	accept "$sysfs/p/decay_ms" "$(value p/decay_ms)" && eventually at_high
}

unload_holder()
{
	[ ! -e "$holder" ] || unload rsvpool_test_holder
}

# And the worker has finished: otherwise it would not measure the next burst.
at_high()
{
	{
		[ "$(value p/available)" -ge "$(mark high)" ] &&
			state refill | grep -q '^idle,'
	} || {
		cat "$debug/pools/p/state"
		return 1
	}
}

emergencies()
{
	sum p stats/alloc_reserve stats/alloc_nmi stats/alloc_wait \
		stats/alloc_fail
}

# burst NUMBER: take so many at once.  The worker, on the same CPU, has to wait
# until that ends; otherwise each burst would be different.
burst()
{
	taskset 1 ./poke realtime write "$holder/do" "try $1" >/dev/null
}

# Free them.
back()
{
	local held

	held=$(cat "$holder/held")
	[ "$held" -eq 0 ] || have free "$held"
}

# reason WORD: it is among the reasons of the last decisions.
reason()
{
	grep -q "ago: $1," "$debug/pools/p/state" || {
		cat "$debug/pools/p/state"
		return 1
	}
}

# A burst that is too large for the pool, and the reaction to it.
first_burst()
{
	fresh "cache=0,decay_ms=$LONG" || return
	burst "$BURST" || :
	back && eventually added_something && eventually at_high || return
	echo "emergencies: $(emergencies)"
	[ "$(emergencies)" -gt 0 ] && reason grow
}

added_something()
{
	[ "$(added)" -gt 0 ]
}

no_more_emergencies_of()
{
	local before i

	before=$(emergencies)
	for i in 1 2 3 4 5 6; do
		burst "$1" || return
		[ "$i" -lt 4 ] || eventually at_high || return
		back && eventually at_high || return
	done
	cat "$debug/pools/p/state"
	equal "$(emergencies)" "$before"
}

knows_demand()
{
	local i

	# Retry if the machine stalled in the burst: then real-time throttling
	# lets the worker run in its middle.
	for i in 1 2 3; do
		cat "$debug/pools/p/state"
		# Except elements that were above the low watermark.
		equal "$(state demand)" $((BURST - (72 - 67))) && return
		first_burst || return
	done
	return 1
}

# The size of a burst that ran out of elements is not known.
met_by_doubling()
{
	local i

	for i in 1 2 3 4; do
		! burst "$LARGER" || break
		eventually at_high || return
	done
	echo "$i tries"
	back && eventually at_high && no_more_emergencies_of "$LARGER"
}

is_at_rest()
{
	cat "$debug/pools/p/state"
	[ "$(added)" -eq 0 ] && [ "$(state demand)" -eq 0 ] &&
		[ "$(mark low)" -eq 68 ] && [ "$(mark high)" -eq 72 ] &&
		[ "$(value p/available)" -le 72 ]
}

# Millisecond windows instead of an hour of idling.
idles_down()
{
	accept "$sysfs/p/decay_ms" 1 && eventually is_at_rest || return
	[ "$(value p/stats/watermarks_decayed)" -gt 0 ] && reason decay
}

follows()
{
	local i

	fresh "cache=0,decay_ms=$LONG" && accept "$sysfs/p/high" 96 &&
		accept "$sysfs/p/low" 80 && eventually at_high || return
	# Writing the second watermark made the worker run again; if it was
	# still running, it has not measured the burst.
	for i in 1 2 3; do
		burst 31 && eventually at_high && back && eventually at_high ||
			return
		! added_something || break
	done
	equal "$(emergencies)" 0 && added_something && reason follow
}

# A growing pool in the same state is tested above.
stays_as_set()
{
	local i

	fresh "cache=4,cache_max=32,adaptive=0,decay_ms=1" || return
	for i in 1 2 3; do
		burst "$BURST" || :
		# Less than two batches of surplus stay until the worker runs.
		back && fill && eventually is_at_rest || return
	done
	[ "$(emergencies)" -gt 0 ] &&
		equal "$(sum p stats/watermarks_grown stats/watermarks_capped \
			stats/watermarks_held stats/watermarks_decayed)" 0 &&
		equal "$(most_limit)" 4
}

switched_off()
{
	first_burst && accept "$sysfs/p/adaptive" 0 && eventually is_at_rest &&
		reason off
}

capped()
{
	fresh "cache=0,high_max=80,decay_ms=$LONG" || return
	burst "$BURST" || :
	back && eventually is_capped || return
	equal "$(mark high)" 80 && reason capped
}

is_capped()
{
	[ "$(value p/stats/watermarks_capped)" -gt 0 ]
}

# The watermarks follow the setting up and down.
cap_moves()
{
	accept "$sysfs/p/high_max" 72 && equal "$(mark high)" 72 &&
		eventually is p/available 72
}

# The source fails: that causes emergencies, but is no demand.
held()
{
	fresh "cache=0,decay_ms=$LONG" &&
		accept "$debug/pools/p/inject" always || return
	burst 70 && eventually was_held && equal "$(added)" 0 &&
		reason held || return
	accept "$debug/pools/p/inject" off && back && eventually at_high &&
		is_at_rest_but_demand
}

was_held()
{
	[ "$(value p/stats/watermarks_held)" -gt 0 ]
}

is_at_rest_but_demand()
{
	equal "$(added)" 0 && equal "$(mark high)" 72
}

# The largest limit of a CPU's cache.
most_limit()
{
	awk 'NR > 1 && $8 > most { most = $8 } END { print most + 0 }' \
		"$debug/pools/p/percpu"
}

cache_grows()
{
	local i

	# Retry if the machine stalled in the burst, and it has grown twice.
	for i in 1 2 3; do
		fresh "cache=8,cache_max=32,decay_ms=$LONG" || return
		equal "$(most_limit)" 8 || return
		burst "$BURST" || :
		back && eventually added_something &&
			eventually fails limit_is 8 || return
		! limit_is 16 || break
	done
	limit_is 16 && is p/cache 8
}

limit_is()
{
	equal "$(most_limit)" "$1"
}

cache_shrinks()
{
	accept "$sysfs/p/decay_ms" 1 && eventually limit_is 8 &&
		eventually comes_to_rest
}

# Elements that a cache flushes late stay, too, until the worker runs.
comes_to_rest()
{
	accept "$sysfs/p/decay_ms" 1 && is_at_rest
}

# max leaves no room for more than the depot.
cache_stays()
{
	unload_holder
	destroy_pool p &&
		make_pool "p,reserve=64,max=80,low=68,high=72,batch=8,cache=8,cache_max=32,decay_ms=$LONG" ||
		return
	load rsvpool_test_holder pool=p
	burst 80 || :
	back && eventually added_something && equal "$(most_limit)" 8
}

drop_caches()
{
	echo 2 >/proc/sys/vm/drop_caches
}

is_pressed()
{
	drop_caches
	cat "$debug/pools/p/state"
	[ "$(state memory)" = under_pressure ] && [ "$(value p/available)" -le 64 ] &&
		[ "$(value p/cached)" -eq 0 ]
}

shrinks()
{
	first_burst && eventually grows_more && eventually is_pressed || return
	[ "$(value p/stats/shrunk)" -gt 0 ] && equal "$(mark high)" 64 &&
		equal "$(value p/stats/under_pressure)" 1 && reason under_pressure
}

is_grown()
{
	[ "$(value p/available)" -gt 128 ]
}

# If the worker runs in the middle of a burst, it measures a smaller one.
grows_more()
{
	is_grown || {
		burst "$BURST"
		back && eventually at_high && is_grown
	}
}

# The worker has filled the depot up to min, and no further.
fills_to_min()
{
	burst 10 && eventually at_min && back || return
	# A batch above the watermark may stay.
	[ "$(value p/available)" -le $((64 + 8 + 10)) ] &&
		equal "$(mark high)" 64
}

at_min()
{
	equal "$(value p/available)" 64
}

relieved()
{
	accept "$sysfs/p/decay_ms" 1 && eventually is_relieved &&
		eventually at_high
}

is_relieved()
{
	cat "$debug/pools/p/state"
	[ "$(state memory)" = enough ] &&
		[ "$(value p/stats/relieved)" -gt 0 ] &&
		[ "$(mark high)" -ge 72 ]
}

caches_are_trimmed()
{
	fresh "cache=32,decay_ms=$LONG" || return
	burst 40 && back || return
	[ "$(value p/cached)" -gt 0 ] || { echo "nothing is cached"; return 1; }
	eventually is_pressed
}

# With adaptive=0 the shrinker takes elements, but the watermarks stay as set:
# the next request makes the worker refill.
shrinks_as_set()
{
	fresh "cache=0,adaptive=0" && drop_caches || return
	[ "$(value p/stats/shrunk)" -gt 0 ] &&
		equal "$(value p/stats/under_pressure)" 0 && equal "$(mark high)" 72 &&
		have try 1 && eventually at_high && have free 1
}

plan 21
load rsvpool
echo 1 >"$workqueue"
check "a first burst causes emergencies, and the watermarks grow" first_burst
check "the decision knows how large the burst was" knows_demand
check "later bursts cause no emergency" no_more_emergencies_of "$BURST"
check "a burst larger than all elements is met after at most four growths" met_by_doubling
check "the watermarks of an idle pool fall back to the settings" idles_down
check "watermarks follow demand before an emergency" follows
check "with adaptive=0 the watermarks never move" stays_as_set
check "when adaptive is switched off, the watermarks are the settings" switched_off
check "high_max limits the watermarks" capped
check "when high_max is lowered, the watermarks fall to it" cap_moves
check "while the source fails the watermarks do not grow" held
check "the caches grow, too" cache_grows
check "and shrink again" cache_shrinks
check "the caches do not grow if max leaves no room" cache_stays
check "the shrinker takes the elements above min" shrinks
check "under pressure the depot is filled up to min only" fills_to_min
check "the pressure ends" relieved
check "the shrinker takes elements from caches, too" caches_are_trimmed
check "with adaptive=0 the shrinker does not change the watermarks" shrinks_as_set
check "a pool can be destroyed while it decays" switched_off
unload_holder
finish "unloads"

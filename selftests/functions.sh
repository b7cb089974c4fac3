#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# functions.sh - the verbs of rsvpool's shell tests
#
# Answers for: loading and unloading what a test needs, KTAP, and leaving
# nothing behind.  A test reads:
#
#	. "$(dirname "$0")/functions.sh"
#	plan 3
#	load rsvpool
#	make_pool p,element=page,reserve=8
#	check "has its reserve" is p/reserve 8
#	refuse "a bad reserve" ERANGE p reserve "$sysfs/p/reserve" 1000000
#	destroy_pool p
#	finish "unloads"
#
# RSVPOOL_KO_DIR is where modules are that are neither installed nor in
# test_modules/.  RSVPOOL_TEST_SLOW is how many times as long as usual everything
# takes, on a kernel with sanitizers: what a test does a number of times is done
# so many times less often.  RSVPOOL_TEST_PACE is how busy the host of a guest was
# when it was booted, in per cent of the time that an idle one takes: what has a
# deadline gets so much more.  Needs a POSIX shell and the usual small programs;
# busybox has all of them.

set -eu

cd "$(dirname "$0")"
# shellcheck source=/dev/null # of the kernel's tree
. ../kselftest/ktap_helpers.sh

sysfs=/sys/kernel/rsvpool
debug=/sys/kernel/debug/rsvpool
holder=/sys/kernel/debug/rsvpool_test_holder
cpus=/sys/devices/system/cpu
export sysfs debug holder cpus

slow=${RSVPOOL_TEST_SLOW:-1}

# often NUMBER FEW: how often to do something: the number, or few times if
# RSVPOOL_TEST_QUICK is set, as it is in "make check"; on a slow kernel less often.
often()
{
	[ -z "${RSVPOOL_TEST_QUICK:-}" ] || shift
	echo $((($1 + slow - 1) / slow))
}

# long NUMBER: seconds of a stress run that counts nothing; one in "make check".
long()
{
	if [ -n "${RSVPOOL_TEST_QUICK:-}" ]; then
		echo 1
	else
		echo "$1"
	fi
}

# Tries, a tenth of a second apart, until "eventually" gives up: only what hangs
# waits so long.
HANG=$((1200 * slow * ${RSVPOOL_TEST_PACE:-100} / 100))

loaded=			# modules, the last one first
work=$(mktemp -d)

#
# Beginning and end
#

# plan NUMBER: of the tests that follow; "finish" is one of them.
plan()
{
	begin
	ktap_set_plan "$1"
}

# begin: for who does not know the number yet, and calls ktap_set_plan later.
begin()
{
	ktap_print_header
	[ "$slow" -eq 1 ] ||
		ktap_print_msg "RSVPOOL_TEST_SLOW=$slow: loops are as much shorter"
	[ "$(id -u)" -eq 0 ] || skip_all "must be run as root"
	[ -x ./poke ] || give_up "poke is not built"
	trap clean_up EXIT
	trap 'exit 1' INT TERM HUP
	if [ -e /sys/module/rsvpool ]; then
		unload rsvpool || give_up "rsvpool is in use here"
	fi
	measure_memory >"$work/memory"
}

skip_all()
{
	ktap_skip_all "$*"
	exit "$KSFT_SKIP"
}

give_up()
{
	ktap_exit_fail_msg "$*"
}

# What a test that broke off leaves behind.
clean_up()
{
	local name

	[ ! -e "$debug/stress/run" ] || wait
	for name in $loaded; do
		[ ! -d "$debug" ] || destroy_all_pools
		./poke unload "$name" >/dev/null || :
	done
	rm -rf "$work"
}

destroy_all_pools()
{
	local path

	for path in "$sysfs"/*/; do
		[ ! -d "$path" ] ||
			./poke write "$debug/destroy" "$(basename "$path")" \
				>/dev/null || :
	done
}

# finish DESCRIPTION: everything can be destroyed and unloaded, and the memory
# is back.
finish()
{
	check "$1" leave_nothing
	ktap_finished
}

leave_nothing()
{
	local name

	for name in $loaded; do
		# Without debugfs pools of pools= go with the module.
		if [ "$name" = rsvpool ] && [ -d "$debug" ]; then
			destroy_all_pools
			nothing_in "$sysfs" || return
		fi
		unload "$name" || return
	done
	memory_is_back
}

nothing_in()
{
	[ -z "$(ls "$1")" ] || { echo "left in $1: $(ls "$1")"; return 1; }
}

# Kilobytes that are free, once what can be dropped has been.
measure_memory()
{
	sync
	echo 3 >/proc/sys/vm/drop_caches
	awk '/^MemFree:/ { print $2 }' /proc/meminfo
}

# Kilobytes by which a machine at rest may be found to differ.  KASAN keeps what
# was freed in a quarantine of up to a 32nd of all memory.
MEMORY_NOISE=16384
[ "$slow" -eq 1 ] || MEMORY_NOISE=$((MEMORY_NOISE +
	$(awk '/^MemTotal:/ { print $2 }' /proc/meminfo) / 32))

memory_is_back()
{
	local before now tries="$HANG"

	before=$(cat "$work/memory")
	while :; do
		now=$(measure_memory)
		[ "$now" -lt $((before - MEMORY_NOISE)) ] || return 0
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || break
		sleep 0.1
	done
	echo "there were $before kB free, now there are $now"
	return 1
}

#
# KTAP
#

# check DESCRIPTION COMMAND...: a test; it passes if the command succeeds.  What
# the command has to say is shown if it does not.
check()
{
	local description="$1"
	shift

	# Not in a subshell: the command may change our variables.
	if "$@" >"$work/said" 2>&1; then
		ktap_test_pass "$description"
	else
		sed 's/^/# /' "$work/said"
		ktap_test_fail "$description"
	fi
}

# eventually COMMAND...: it succeeds at once, or later.
eventually()
{
	local tries="$HANG"

	until "$@" >"$work/eventually" 2>&1; do
		tries=$((tries - 1))
		if [ "$tries" -eq 0 ]; then
			echo "in vain: $*"
			cat "$work/eventually"
			return 1
		fi
		sleep 0.1
	done
}

fails()
{
	! "$@"
}

skip()
{
	ktap_test_skip "$1: $2"
}

#
# Modules
#

module_file()
{
	local dir

	for dir in "${RSVPOOL_KO_DIR:-}" test_modules; do
		if [ -e "$dir/$1.ko" ]; then
			echo "$dir/$1.ko"
			return
		fi
	done
	modinfo -n "$1" 2>/dev/null || give_up "there is no $1.ko" >&2
}

# try_load NAME [PARAMETERS]: prints "ok" or the errno, and what rsvpool said.
try_load()
{
	local answer file

	file=$(module_file "$1")
	answer=$(./poke load "$file" "${2:-}") || {
		echo "$answer"
		return 1
	}
	loaded="$1 $loaded"
	echo "$answer"
}

load()
{
	try_load "$@" >"$work/load" ||
		give_up "$1 ${2:-} does not load: $(cat "$work/load")"
}

# unload NAME: fails, and says why, if it cannot be.
unload()
{
	local answer name rest=

	answer=$(./poke unload "$1") || {
		echo "$1: $answer"
		return 1
	}
	for name in $loaded; do
		[ "$name" = "$1" ] || rest="$rest $name"
	done
	loaded=$rest
}

unload_refused()
{
	local answer

	answer=$(./poke unload "$1") && {
		echo "$1 was unloaded"
		return 1
	}
	[ "${answer%%
*}" = EAGAIN ] || {
		echo "$1: $answer"
		return 1
	}
}

#
# Pools and their files
#

# accept FILE TEXT: the write succeeds, and rsvpool has nothing to say.
accept()
{
	local answer

	answer=$(./poke write "$1" "$2") || :
	[ "$answer" = ok ] || {
		echo "$2 > $1: $answer"
		return 1
	}
}

make_pool()
{
	accept "$debug/create" "$1"
}

destroy_pool()
{
	accept "$debug/destroy" "$1"
}

# is NAME/FILE VALUE: in sysfs.
is()
{
	local value

	value=$(cat "$sysfs/$1") || return
	[ "$value" = "$2" ] || {
		echo "$1 is $value, not $2"
		return 1
	}
}

value()
{
	cat "$sysfs/$1"
}

# Everything that can be set, and all that was fixed, of all pools.
all_settings()
{
	local file

	set --
	for file in "$sysfs"/*/*; do
		case $file in
		*/available | */cached | */outstanding | */sleepers | */stats) ;;
		*) [ ! -f "$file" ] || set -- "$@" "$file" ;;
		esac
	done
	[ $# -eq 0 ] || grep . "$@"
}

# refused ERRNO POOL KEY COMMAND...: the command, a poke, fails so, and prints
# one warning that names pool and key.
refused()
{
	local errno="$1" pool="$2" key="$3" answer warnings
	shift 3

	if answer=$("$@"); then
		echo "accepted: $*"
		return 1
	fi
	[ "${answer%%
*}" = "$errno" ] || {
		printf 'not %s: %s\n' "$errno" "$answer"
		return 1
	}
	# A module that is the first of its kind taints, and is told so.
	case $answer in
	*taint*) answer=$(echo "$answer" | sed /taint/d) ;;
	esac
	warnings=${answer#*
}
	case $warnings in
	*"
"*)
		printf 'not one line: %s\n' "$warnings"
		return 1 ;;
	"4 rsvpool: pool '$pool': $key: "?*) ;;
	*)
		echo "not about pool '$pool' and $key: $warnings"
		return 1 ;;
	esac
}

# refuse DESCRIPTION ERRNO POOL KEY FILE TEXT: a test: the write is refused, as
# "refused" says, and nothing has changed.
refuse()
{
	all_settings >"$work/before"
	check "$1" unchanged refused "$2" "$3" "$4" ./poke write "$5" "$6"
}

unchanged()
{
	"$@" || return
	all_settings >"$work/after"
	diff "$work/before" "$work/after"
}

# sum POOL FILE...: of numbers in sysfs.
sum()
{
	local pool="$1" file total=0
	shift

	for file; do
		total=$((total + $(cat "$sysfs/$pool/$file")))
	done
	echo "$total"
}

# equal NUMBER NUMBER: for check.
equal()
{
	[ "$1" -eq "$2" ] || { echo "$1 is not $2"; return 1; }
}

# have HOW NUMBER: have the holder do it (see rsvpool_test_holder.c).
have()
{
	accept "$holder/do" "$*"
}

# exhaust POOL: its source fails until "inject" is set to off, and the holder has
# all that there was: in the depot, in any CPU's cache, in the worker's hands.
exhaust()
{
	accept "$debug/pools/$1/inject" always && eventually all_held "$1"
}

all_held()
{
	# First that nobody else has any, who could put it into depot or caches.
	have all && is "$1/outstanding" "$(cat "$holder/held")" &&
		is "$1/available" 0 && is "$1/cached" 0
}

#
# Stress
#

# machine_contexts: those that rsvpool_stress can make on this machine.  It knows a
# way to make NMIs on x86 alone, and elsewhere says so.
machine_contexts()
{
	case $(uname -m) in
	x86_64 | i?86) echo task softirq hardirq rawlock sched nmi ;;
	*) echo task softirq hardirq rawlock sched ;;
	esac
}

# stress SCENARIO KEY=VALUE...: passes if no element was lost, broken or handed
# out twice.
stress()
{
	local answer

	answer=$(./poke write "$debug/stress/run" "$*") || :
	cat "$debug/stress/result" >"$work/result"
	if [ "${answer%%
*}" != ok ] || ! grep -qx ok=1 "$work/result"; then
		printf '%s: %s\n' "$*" "$answer"
		cat "$work/result"
		return 1
	fi
}

# begin_stress SCENARIO KEY=VALUE...: runs until "end_stress", with seconds=86400,
# say, or a count that is not reached; returns once it runs.
begin_stress()
{
	./poke write "$debug/stress/run" "$*" >"$work/stressing" &
	stressing=$!
	eventually stress_is_on
}

stress_is_on()
{
	grep -qx running=1 "$debug/stress/result"
}

# so_far KEY: of what runs.
so_far()
{
	sed -n "s/^$1=//p" "$debug/stress/result"
}

# stress_has KEY NUMBER: has what runs done so much?
stress_has()
{
	local now

	now=$(so_far "$1")
	echo "$1=$now, $2 are wanted"
	[ "${now:-0}" -ge "$2" ]
}

# end_stress: passes if nothing was wrong until then: that it was stopped is the
# first and only thing.
end_stress()
{
	accept "$debug/stress/run" stop || return
	wait "$stressing" || :
	cat "$debug/stress/result" >"$work/result"
	if ! grep -qx ECANCELED "$work/stressing" ||
	   ! grep -qx error=stopped "$work/result"; then
		cat "$work/stressing" "$work/result"
		return 1
	fi
}

# result KEY: of the last stress.
result()
{
	sed -n "s/^$1=//p" "$work/result"
}

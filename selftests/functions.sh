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
# RSVPOOL_KO_DIR is the folder of modules that are neither installed nor in
# test_modules/.  RSVPOOL_TEST_SLOW is by how many times a kernel with
# sanitizers is slower: loops of tests are shorter by that factor.
# RSVPOOL_TEST_PACE is how long a fixed piece of work took when the guest was
# booted, in per cent of the time on an idle host: deadlines are longer by that
# factor.  Needs a POSIX shell and the usual small programs; busybox has all of
# them.

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

# Tries, a tenth of a second apart, until "eventually" gives up: only a hang
# takes so long.
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

# begin: as plan, for tests that call ktap_set_plan later, when they know the
# number.
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

# Remove what an aborted test has left behind.
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

# finish DESCRIPTION: a test: everything can be destroyed and unloaded, and all
# memory is free again.
finish()
{
	check "$1" leave_nothing
	ktap_finished
}

leave_nothing()
{
	local name

	for name in $loaded; do
		# Without debugfs, pools of pools= are destroyed with the
		# module.
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

# Free memory in kilobytes, after dropping caches.
measure_memory()
{
	sync
	echo 3 >/proc/sys/vm/drop_caches
	awk '/^MemFree:/ { print $2 }' /proc/meminfo
}

# Kilobytes by which two measurements on an idle machine may differ.  KASAN
# keeps freed memory in a quarantine of up to a 32nd of all memory.
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

# check DESCRIPTION COMMAND...: a test; it passes if the command succeeds.  The
# command's output is shown if it fails.
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

# eventually COMMAND...: retry until the command succeeds, up to HANG times.
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

# unload NAME: fails, and says why, if the module cannot be unloaded.
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

# accept FILE TEXT: the write succeeds, and rsvpool logs nothing.
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

# is NAME/FILE VALUE: the file in sysfs has this value.
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

# All settings and all fixed attributes of all pools.
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

# refused ERRNO POOL KEY COMMAND...: the command, a poke, fails with this errno,
# and prints one warning that names pool and key; it is in $work/warning.
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
	# The first out-of-tree module taints the kernel, which logs that.
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
	echo "$warnings" >"$work/warning"
	[ "$1 $2" != "./poke write" ] || names_value "$key" "$4" "$warnings"
}

# names_value KEY TEXT WARNING: does the warning about what TEXT says of KEY have
# the value?  Not if what is wrong is the key or the pool.
names_value()
{
	local value="$2"

	case $3 in
	*": unknown key" | *": given twice" | *": has no value" | *": missing"* | \
	*": is not allowed with element="* | *" is being destroyed" | \
	*": destroy: "* | *": name: "* | *": has no key=value" | *" bytes are more than the limit of "*)
		return ;;
	esac
	case $value in
	*"$1="*) value=${value##*"$1="} value=${value%%[,
]*} ;;
	*[=,]*) return ;;
	esac
	value=$(echo "$value" | sed 's/^[[:space:]]*//; s/[[:space:]]*$//')
	case $3 in
	*": $1: "*"$value"*) ;;
	*)
		echo "does not name the value '$value': $3"
		return 1 ;;
	esac
}

# refuse DESCRIPTION ERRNO POOL KEY FILE TEXT: a test: the write is refused, as
# in "refused", and changes nothing.
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

# sum POOL FILE...: the sum of numbers in sysfs.
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

# have HOW NUMBER: let the holder do it (see rsvpool_test_holder.c).
have()
{
	accept "$holder/do" "$*"
}

# have_though_logged WHAT: the same, while rsvpool has reason to log something.
have_though_logged()
{
	./poke write "$holder/do" "$*" | grep -qx ok
}

# exhaust POOL: its source fails until "inject" is set to off, and the holder
# has taken all elements: of the depot, of all caches, and those that the worker
# was moving.
exhaust()
{
	accept "$debug/pools/$1/inject" always && eventually all_held "$1"
}

all_held()
{
	# First wait until no other code holds an element that it could free.
	have all && is "$1/outstanding" "$(cat "$holder/held")" &&
		is "$1/available" 0 && is "$1/cached" 0
}

#
# Stress
#

# machine_contexts: the contexts that rsvpool_stress can make on this machine.
# It can make NMIs on x86 only, and elsewhere logs that it cannot.
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

# begin_stress SCENARIO KEY=VALUE...: runs until "end_stress", for example with
# seconds=86400, or a count that is not reached; returns once it runs.
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

# so_far KEY: a figure of the current run.
so_far()
{
	sed -n "s/^$1=//p" "$debug/stress/result"
}

# stress_has KEY NUMBER: has the current run reached this number?
stress_has()
{
	local now

	now=$(so_far "$1")
	echo "$1=$now, $2 are wanted"
	[ "${now:-0}" -ge "$2" ]
}

# end_stress: stops the run; passes if nothing was wrong until then, that is, if
# the stop is the only reason in its result.
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

# result KEY: a figure of the last stress.
result()
{
	sed -n "s/^$1=//p" "$work/result"
}

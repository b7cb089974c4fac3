# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# plan.sh - which test scripts/check runs where, how long it takes, and which
# results of earlier runs are reused
#
# Answers for: reading the tables kernels, guests, tests and host; for the plan,
# one line for each job; and for the folders "times" and "kept" in the cache.
# Sourced by scripts/check.

# shellcheck disable=SC2154 # scripts, top, cache, all, fresh are scripts/check's

# Seconds: booting a guest, a test without a measured time, building for a
# kernel, and the sum of one guest's tests above which they are divided.
BOOT_SECONDS=12
TEST_SECONDS=10
BUILD_SECONDS=60
SHARE_SECONDS=150

# table NAME: its lines, with one tab between two fields.
table()
{
	sed -e '/^#/d' -e '/^[[:space:]]*$/d' -e 's/\t\t*/\t/g' \
		"$scripts/check.d/$1"
}

# field TABLE NAME NUMBER: that field of the line that begins with this name.
field()
{
	table "$1" | awk -F '\t' -v name="$2" -v number="$3" \
		'$1 == name { print $number; exit }'
}

# is_one_of NAME LIST: is the name in a list with spaces?
is_one_of()
{
	case " $2 " in
	*" $1 "*) return 0 ;;
	*) return 1 ;;
	esac
}

# in_list NAME LIST: is the name in a list with commas?
in_list()
{
	case ,$2, in
	*,"$1",*) return 0 ;;
	*) return 1 ;;
	esac
}

#
# Kernels
#

from_archive()
{
	[ "$(kernel_table | awk -v name="$1" '$1 == name { print $2 }')" != source ]
}

# newest_kernel: the first kernel that is full.
newest_kernel()
{
	local kernel

	table kernels | awk -F '\t' '$2 == "full" { print $1 }' |
		while read -r kernel; do
			if kernel_names | grep -qxF -e "$kernel"; then
				echo "$kernel"
				break
			fi
		done
}

# kernel_role NAME: full, short or -, in "make check".
kernel_role()
{
	local role newest

	newest=$(newest_kernel)
	role=$(field kernels "$1" 2)
	if [ "$role" = full ] && [ "$1" != "$newest" ]; then
		echo short
	elif [ -n "$role" ]; then
		echo "$role"
	elif from_archive "$1"; then
		echo short
	else
		echo -
	fi
}

# default_kernels: those that are checked if none is named, the full one first.
default_kernels()
{
	local kernel role

	for kernel in $(kernel_names); do
		role=$(kernel_role "$kernel")
		if [ -n "$all" ]; then
			[ "$(field kernels "$kernel" 3)" = no ] || echo "1 $kernel"
		elif [ "$role" = full ]; then
			echo "0 $kernel"
		elif [ "$role" = short ]; then
			echo "1 $kernel"
		fi
	done | sort -s -n -k1,1 | cut -d' ' -f2
}

#
# Tests
#

# Programs that the selftests' Makefile installs.
selftest_programs()
{
	{
		sed '/^include /d' "$top/selftests/Makefile"
		echo 'programs: ; @echo $(TEST_GEN_PROGS) $(TEST_PROGS)' \
			'$(filter test-%,$(TEST_PROGS_EXTENDED))'
	} | make -s -f - programs
}

# all_tests: the table tests and, at its end, the programs that have no line.
all_tests()
{
	local program

	table tests
	for program in $programs; do
		[ -n "$(field tests "$program" 1)" ] ||
			printf '%s\tsuite\tnewest\t%s\t%s\n' "$program" \
				"$TEST_SECONDS" "(has no line in the table tests)"
	done
}

# runs_on TEST GUEST WHEN KERNEL: does it run there?
runs_on()
{
	local guest=$2 when=$3 kernel=$4 kernels

	if [ -n "${CHECK_TESTS:-}" ]; then
		is_one_of "$1" "$CHECK_TESTS"
		return
	elif [ -n "${CHECK_GCOV:-}" ] && [ "$(field guests "$guest" 4)" = own ]; then
		return 1
	elif [ -n "${CHECK_PARTS:-}" ]; then
		is_one_of "$guest" "$CHECK_PARTS" || return
	fi
	if [ -n "$all" ] || is_one_of "$kernel" "$full"; then
		kernels=$(field guests "$guest" 2)
		case $kernels in
		every) ;;
		archive) from_archive "$kernel" || return ;;
		*) in_list "$kernel" "$kernels" || return ;;
		esac
		[ -z "$all$named" ] || return 0
		in_list newest "$when" && return
	fi
	in_list every "$when" || in_list "$kernel" "$when"
}

# tests_of KERNEL GUEST: "TEST SECONDS" a line.
tests_of()
{
	local kernel=$1 guest=$2 test where when seconds why controls=''

	[ "$guest" != control ] || controls=$("$scripts/check.d/control" --list "$kernel")
	if [ "$guest" = control ] && [ -n "$all$named${CHECK_PARTS:-}" ] &&
	   [ -z "${CHECK_TESTS:-}" ]; then
		[ -z "$controls" ] || ! runs_on control control - "$kernel" ||
			sed 's/$/ 30/' <<<"$controls"
		return
	fi
	while IFS=$'\t' read -r test where when seconds why; do
		if [ "$where" = control ] && ! grep -qx -e "$test" <<<"$controls"; then
			continue
		fi
		if [ "$where" = "$guest" ] &&
		   runs_on "$test" "$guest" "$when" "$kernel"; then
			echo "$test $(took_before "$kernel" "$test" "$seconds")"
		fi
	done <<<"$test_table"
}

#
# Times and results of earlier runs
#

# took KERNEL TEST SECONDS: store the time.
took()
{
	local file=$cache/check/times/$1/${2//\//_} new

	mkdir -p "${file%/*}"
	new=$(new_beside "$file")
	echo "$3" >"$new"
	mv "$new" "$file"
}

# took_before KERNEL TEST SECONDS: the stored time, or this default.
took_before()
{
	grep -xE '[0-9]+' "$cache/check/times/$1/${2//\//_}" 2>/dev/null || echo "$3"
}

# hash_files: the hash of each file of our tree, without products of builds, to
# $work/hashes.
hash_files()
{
	(
		cd "$top"
		if git rev-parse --git-dir >/dev/null 2>&1; then
			git ls-files -co --exclude-standard
		else
			find . -type f ! -name '*.o' ! -name '*.ko' \
				! -name '*.mod' ! -name '*.mod.c' \
				! -name '.*.cmd' ! -name '*.order' \
				! -name Module.symvers | sed 's|^\./||'
		fi | LC_ALL=C sort | xargs -d '\n' sha1sum 2>/dev/null
	) >"$work/hashes" || :
}

# tree_state: when each file and folder of our tree was last written to.  A file
# that was made and removed again shows in the time of its folder.
tree_state()
{
	find "$top" -name .git -prune -o -printf '%P\t%T@\n' | LC_ALL=C sort
}

# tree_writes BEFORE: what was written to since, one a line.
tree_writes()
{
	tree_state | LC_ALL=C comm -3 "$1" - | tr -s '\t' '\n' |
		grep -v '^[0-9.]*$' | LC_ALL=C sort -u
}

# hash_of PATH...: of these files, and of all in these folders; "." is everything.
hash_of()
{
	awk -v paths="$*" '
		BEGIN { n = split(paths, path) }
		{
			for (i = 1; i <= n; i++)
				if (path[i] == "." || $2 == path[i] ||
				    index($2, path[i] "/") == 1) { print; next }
		}' "$work/hashes" | sha1sum | cut -c1-16
}

# All packages of this machine, as any may change a result.
hash_of_tools()
{
	dpkg-query -W -f '${Package} ${Version}\n' | sha1sum | cut -c1-16
}

# Files that belong to every guest, and to every test.
RIG="scripts/vm scripts/vm.d/vm-init scripts/vm.d/vm-tcg.c scripts/vm.d/vm-tsc.c scripts/lib.sh
	scripts/vm.d/lib-source.sh scripts/check scripts/check.d/guests.sh
	scripts/check.d/build.sh"
SOURCES="Kbuild Makefile dkms.conf include module scripts/dkms-symvers
	scripts/version"
TEST_PARTS="selftests/functions.sh selftests/in-kernel.sh selftests/poke.c
	selftests/json.awk selftests/test_modules selftests/example-package
	tools/rsvpoolctl"

# kept_file KERNEL GUEST TEST: the file for its result.  The name changes with
# the module's sources, the test, the kernel and the rig, and for short tests.
kept_file()
{
	local kernel=$1 guest=$2 test=$3 parts

	case $test in
	test-fuzz) parts="$TEST_PARTS selftests/test-fuzz.c" ;;
	test-*.sh) parts="$TEST_PARTS selftests/$test" ;;
	*) parts="scripts selftests tools Documentation" ;;
	esac
	# shellcheck disable=SC2086 # lists
	echo "$cache/check/kept/$kernel/$guest-$test-$(
		sha1sum <<-END | cut -c1-16
		$sources_hash
		$(hash_of $parts)
		$(cat "$cache/check/folder/$kernel" 2>/dev/null)
		$rig_hash $tools_hash $(field guests "$guest" 4) $quick${CHECK_APPEND:-}
		END
	)"
}

# keep KERNEL GUEST TEST...: store this job's results, if nothing failed.
keep()
{
	local kernel=$1 guest=$2 test file new results=$logs/$job.results
	shift 2

	! grep -q '^fail' "$results" || return 0
	for test; do
		file=$(kept_file "$kernel" "$guest" "$test")
		mkdir -p "${file%/*}"
		rm -f "$cache/check/kept/$kernel/$guest-$test"-????????????????
		new=$(new_beside "$file")
		case $test in
		test-*) grep -e "^[a-z]*	$kernel	$test: " "$results" ;;
		*) cat "$results" ;;
		esac >"$new" || :
		mv "$new" "$file"
	done
}

#
# The plan
#

# job ID SECONDS KERNEL WHAT TEST...
job()
{
	local id=$1 seconds=$2 kernel=$3 what=$4
	shift 4

	printf '%s\t%s\t%s\t%s\t%s\n' "$id" "$seconds" "$kernel" "$what" "$*"
}

# share SECONDS: reads "TEST SECONDS" lines; prints a line for each guest that they
# are divided into: its seconds, and the tests, in the order in which they came.
share()
{
	awk -v most="$1" '
		{ name[NR] = $1; takes[NR] = $2; sum += $2; order[NR] = NR }
		END {
			guests = int((sum + most - 1) / most)
			if (guests < 1) guests = 1
			for (i = 2; i <= NR; i++)
				for (j = i; j > 1 && takes[order[j]] > takes[order[j - 1]]; j--) {
					t = order[j]; order[j] = order[j - 1]; order[j - 1] = t
				}
			for (i = 1; i <= NR; i++) {
				least = 1
				for (g = 2; g <= guests; g++)
					if (load[g] < load[least]) least = g
				of[order[i]] = least
				load[least] += takes[order[i]]
			}
			for (g = 1; g <= guests; g++) {
				line = ""
				for (i = 1; i <= NR; i++)
					if (of[i] == g) line = line " " name[i]
				if (line != "") print load[g] line
			}
		}'
}

# plan_guest KERNEL GUEST
plan_guest()
{
	local kernel=$1 guest=$2 number=0 seconds test list most=$SHARE_SECONDS

	[ "$guest" = suite ] || most=100000
	tests_of "$kernel" "$guest" >"$work/tests"
	# Tests with a kept result are not part of the plan.
	while read -r test seconds; do
		if [ -n "$all" ] && [ -z "$fresh" ] &&
		   [ -e "$(kept_file "$kernel" "$guest" "$test")" ]; then
			cat "$(kept_file "$kernel" "$guest" "$test")" \
				>>"$logs/kept.results"
			echo "$kernel $test" >>"$logs/kept"
		else
			echo "$test $seconds"
		fi
	done <"$work/tests" >"$work/left"
	share "$most" <"$work/left" | while read -r seconds list; do
		number=$((number + 1))
		# shellcheck disable=SC2086 # a list
		job "$kernel-$guest-$number" $((seconds + BOOT_SECONDS)) \
			"$kernel" "$guest" $list
	done
}

# plan_host: the jobs of the table host.
plan_host()
{
	local name when seconds depends command why file

	while IFS=$'\t' read -r name when seconds depends command why; do
		case $when in
		check) ;;
		all) [ -n "$all" ] || continue ;;
		*) continue ;;
		esac
		file=$(host_file "$name")
		if [ -z "$fresh" ] && [ "$depends" != - ] && [ -e "$file" ]; then
			cat "$file" >>"$logs/kept.results"
			echo "host $name" >>"$logs/kept"
		else
			job "host-$name" \
				"$(took_before host "$name" "$seconds")" host "$name"
		fi
	done < <(table host)
}

# host_file NAME: the file for its result.
host_file()
{
	local depends

	depends=$(field host "$1" 4)
	# shellcheck disable=SC2086 # a list
	echo "$cache/check/kept/host/$1-$(
		sha1sum <<-END | cut -c1-16
		$(field host "$1" 5)
		$tools_hash $(hash_of $depends scripts/lint scripts/lint.d)
		END
	)"
}

# make_plan: write $logs/plan: builds first, then the longest jobs.
make_plan()
{
	local kernel guest

	: >"$logs/plan.guests"
	: >"$logs/kept"
	for kernel in "${kernels[@]}"; do
		for guest in $(table guests | cut -f1); do
			plan_guest "$kernel" "$guest"
		done
	done >"$logs/plan.guests"
	if [ -z "${CHECK_TESTS:-}${CHECK_PARTS:-}${CHECK_GCOV:-}" ]; then
		plan_host >>"$logs/plan.guests"
	fi
	{
		for kernel in "${kernels[@]}"; do
			! cut -f3 "$logs/plan.guests" | grep -qx "$kernel" ||
				job "$kernel-build" "$(took_before "$kernel" \
					build "$BUILD_SECONDS")" "$kernel" build
		done
		sort -s -t $'\t' -k2,2nr "$logs/plan.guests"
	} >"$logs/plan"
}

# how_long: seconds that the plan takes, with $jobs jobs at a time.
how_long()
{
	awk -F '\t' -v jobs="$jobs" '{ sum += $2; if ($2 > most) most = $2 }
		END { t = sum / jobs; print int(t > most ? t : most) }' "$logs/plan"
}

minutes()
{
	echo "$(($1 / 60)) min $(($1 % 60)) s"
}

# show_table: which test runs where, for people.
show_table()
{
	local test where when seconds why kernel on

	printf '%-28s %-10s %-28s %s\n' test guest "on, in this check" why
	while IFS=$'\t' read -r test where when seconds why; do
		on=
		for kernel in "${kernels[@]}"; do
			[ "$where" != control ] || "$scripts/check.d/control" \
				--list "$kernel" | grep -qxF -e "$test" || continue
			! runs_on "$test" "$where" "$when" "$kernel" || on+=" $kernel"
		done
		printf '%-28s %-10s %-28s %s\n' "$test" "$where" "${on:- -}" "$why"
	done <<<"$test_table"
	while IFS=$'\t' read -r test when seconds _ _ why; do
		on=host
		case $when in
		check) ;;
		all) [ -n "$all" ] || on=- ;;
		*) on=- ;;
		esac
		printf '%-28s %-10s  %-27s %s\n' "$test" host "$on" "$why"
	done < <(table host)
}

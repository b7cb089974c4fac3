# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# guests.sh - the guests of scripts/check: what is run in them, and the verdict
#
# Answers for: booting each guest of the table guests, and judging the output of
# its tests.  Each of these is a failure: a test without a result, a wrong
# number of results, a splat on the console.  Sourced by scripts/check.

# shellcheck disable=SC2154 # logs, built, scripts are scripts/check's

# Bars in instructions: a cached pair, the same by rsvpool_alloc(), one element
# of a bulk of sixteen, a pair in the depot, the worst single call.
BAR_CACHED=60
BAR_ALLOC=75
BAR_BULK16=14
# Times what the kernel's bulk call takes for a page; and instructions on 6.1, where the
# kernel's call is no measure: see Documentation/benchmarks.rst.
BAR_REFILL=1.3
BAR_REFILL_6_1=340
BAR_DEPOT=160
BAR_WORST=1500

# Memory of a guest that will be exhausted, unless the kernel needs another
# size.
SMALL_MEM=256M
DROPIN_MEM=384M
# Size of each of its ram disks, in kilobytes.
DROPIN_DISK=32768

#
# The guest's output: KTAP of programs within KTAP of kselftest
#

# judge KERNEL PROGRAMS: reads it, and prints one line for each program; there
# must be PROGRAMS of them.
judge()
{
	local kernel=$1 expected=$2
	local line program='' plan='' seen=0 failed=0 skips=0 programs=0
	local number what said='' started=$SECONDS

	while IFS= read -r line; do
		line=${line%$'\r'}
		if [[ $line =~ ^#\ selftests:\ [^:]*:\ (.*)$ ]]; then
			program=${BASH_REMATCH[1]}
			plan='' seen=0 failed=0 skips=0 said=''
			started=$SECONDS
		elif [[ $line =~ ^#\ 1\.\.([0-9]+) ]]; then
			plan=${BASH_REMATCH[1]}
			[[ $line != *'# SKIP'* ]] ||
				skipped "$kernel" "$program: ${line#*SKIP }"
		elif [[ $line =~ ^#\ (not\ )?ok\ ([0-9]+)\ (.*)$ ]]; then
			number=${BASH_REMATCH[2]}
			what="$program: ${BASH_REMATCH[3]}"
			seen=$((seen + 1))
			if [ -n "${BASH_REMATCH[1]}" ]; then
				failed=$((failed + 1))
				bad "$kernel" "$what"
				echo "$said"
			elif [[ $what == *'# SKIP'* ]]; then
				skips=$((skips + 1))
				skipped "$kernel" "${what%%# SKIP*}"
			else
				pass "$kernel" "$what"
			fi
			[ "$number" -eq "$seen" ] ||
				bad "$kernel" "$what" "is result number $seen"
			said=''
		elif [[ $line =~ ^(not\ )?ok\ [0-9]+\ selftests: ]]; then
			programs=$((programs + 1))
			judge_program
			program=''
		elif [[ $line == '#'* ]]; then
			said+="  ${line#\# }"$'\n'
		fi
	done
	[ -z "$program" ] || bad "$kernel" "$program" "did not end"
	[ "$programs" -eq "$expected" ] ||
		bad "$kernel" "kselftest" "$programs of $expected programs ran"
}

# The line with which kselftest ends a program.  The program's own results are
# more exact, but a program may have ended before it printed any.
judge_program()
{
	if [ -z "$plan" ]; then
		bad "$kernel" "$program" "has no plan"
		echo "$said"
	elif [ "$seen" -ne "$plan" ]; then
		bad "$kernel" "$program" "$seen of $plan results"
		echo "$said"
	elif [ "$failed" -eq 0 ] && [[ $line == not* ]]; then
		bad "$kernel" "$program" "${line##*# }"
		echo "$said"
	fi
	echo "$kernel $program: $((seen - failed - skips)) passed," \
		"$failed failed, $skips skipped ($((SECONDS - started)) s)"
	took "$kernel" "$program" $((SECONDS - started))
}

# nesting KERNEL: how much test-nest.sh tests.  The full test takes minutes, so
# it runs on one kernel, in check-all.
nesting()
{
	if [ -n "$quick" ]; then
		echo quick
	elif [ "$1" != "${full%% *}" ]; then
		echo two
	fi
}

# guest KERNEL PROGRAMS OPTION... -- COMMAND: boot a guest, and judge it; its
# files are called $job.
guest()
{
	local kernel=$1 programs=$2 status nest
	shift 2
	local -a options=()

	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	nest=$(nesting "$kernel")
	set +e
	"$scripts/vm" run --quiet --log "$logs/$job.console" \
		"${options[@]}" "$kernel" -- "export RSVPOOL_TEST_SLOW=$slow RSVPOOL_TEST_NEST=$nest
		export RSVPOOL_TEST_QUICK=$quick
		$1" \
		2>"$logs/$job.errors" </dev/null |
		tee "$logs/$job.output" |
		judge "$kernel" "$programs"
	status=${PIPESTATUS[0]}
	set -e
	if [ "$status" -eq 0 ]; then
		pass "$kernel" "$guest_name: a clean console"
	else
		bad "$kernel" "$guest_name" "scripts/vm ended with status $status"
		cat "$logs/$job.errors"
	fi
}

#
# Guests.  Text in single quotes is for the guest's shell.
#

# With CHECK_GCOV modules count executed lines; the counts are debugfs files,
# which have to be copied by reading, as their size is 0.
# shellcheck disable=SC2016 # for the guest
GCOV_SAVE='status=$?
	gcov=/sys/kernel/debug/gcov
	cd $gcov && find . -name "*.gcda" | grep /module/ |
		while read -r file; do
			mkdir -p "/out/${file%/*}"
			cat "$file" >"/out/$file"
		done
	exit $status'

gcov_build=()
if [ -n "${CHECK_GCOV:-}" ]; then
	gcov_build=(--variant gcov --make RSVPOOL_GCOV=1)
else
	GCOV_SAVE=
fi

# The guest's files go to a folder of its job's name.
gcov_options()
{
	[ -z "${CHECK_GCOV:-}" ] || options+=(--out "$CHECK_GCOV/$job")
}

# modules_folder FOLDER: a copy called "ko", for --copy.
modules_folder()
{
	local to=$work/$job

	mkdir -p "$to"
	rm -rf "$to/ko"
	cp -rL "$1" "$to/ko"
	echo "$to/ko"
}

# run_selftests KERNEL GUEST TIMEOUT OPTIONS TEST...: run them in a guest of the
# table; on one kernel the suite's first guest runs them in a kernel tree, all
# others installed.
run_selftests()
{
	local kernel=$1 guest_name=$2 timeout=$3 mem run
	local to=$built/$kernel/kselftest
	local -a options words tests=("${@:5}")

	mem=$(cat "$kernel_folder/mem" 2>/dev/null) || mem=$SMALL_MEM
	mapfile -t words < <(xargs printf '%s\n' <<<"${4//SMALL/$mem}")
	options=("${words[@]}" --timeout "$((slow * timeout))"
		--copy "$(modules_folder "$ko")")
	[ -z "${CHECK_APPEND:-}" ] || options+=(--append "$CHECK_APPEND")
	gcov_options
	if [ "$job" = "$tree_job" ]; then
		run="make -s -C tree/tools/testing/selftests TARGETS=rsvpool \
			TEST_PROGS='$(only '.sh$')' TEST_GEN_PROGS='$(only '[^h]$')' \
			run_tests"
		options+=(--copy "$to/tree" --program make)
	else
		run="cd install
			printf 'rsvpool:%s\n' ${tests[*]} >kselftest-list.txt
			sh run_kselftest.sh"
		options+=(--copy "$to/install")
	fi
	guest "$kernel" "${#tests[@]}" "${options[@]}" -- "$GUEST_PREPARE
		$run
		$GCOV_SAVE"
}

# only REGEX: those of run_selftests' tests that match.
only()
{
	printf '%s\n' "${tests[@]}" | grep -e "$1" | tr '\n' ' ' || :
}

# Third-party code on rsvpool, built as its authors would build it.
run_dropin()
{
	local kernel=$1 timeout=$2 guest_name=dropin folder log=$logs/$job.log
	local -a tests=("${@:4}")

	folder=$(modules_folder "$ko")
	if ! example_build "$kernel" "$folder" >"$log" 2>&1; then
		bad "$kernel" "dropin" "the example package does not build"
		cat "$log"
		return
	fi
	pass "$kernel" "dropin: the example package builds"
	if ! drivers_build "$kernel" "$folder" >"$log" 2>&1; then
		bad "$kernel" "dropin" "the kernel's drivers do not build"
		cat "$log"
		return
	fi
	pass "$kernel" "dropin: the kernel's drivers build on rsvpool"
	guest "$kernel" "${#tests[@]}" --smp 2 --mem "$DROPIN_MEM" \
		--timeout "$timeout" --copy "$folder" \
		--copy "$built/$kernel/kselftest/install" \
		--program modprobe --program depmod --program dmsetup \
		--program mke2fs --program e2fsck --program mdadm \
		--program veritysetup \
		--module "brd rd_nr=4 rd_size=$DROPIN_DISK" \
		--module crc32c_generic --module ext4 --module dm-mod \
		--module xts --module ecb --module cryptd \
		--module dm-bufio --module async_xor --module reed_solomon \
		--module sha256_generic --module md-mod -- "$GUEST_PREPARE
		cd install
		printf 'rsvpool:%s\n' ${tests[*]} >kselftest-list.txt
		sh run_kselftest.sh"
}

# bar KERNEL NAME FIGURE BAR: in instructions.
bar()
{
	if [ -z "$3" ]; then
		bad "$1" "bars: $2" "no figure"
	elif awk "BEGIN { exit !($3 <= $4) }"; then
		pass "$1" "bars: $2"
		echo "$1 bars: $2: $3 instructions, at most $4"
	else
		bad "$1" "bars: $2" "$3 instructions, at most $4"
	fi
}

# The quick part of scripts/bench: status 0; 1 if a count has grown; others if
# not measured.
run_bars()
{
	local kernel=$1 figures=$logs/$job-bench/bench.tsv status=0 state call most

	"$scripts/bench" --quick --out "$logs/$job-bench" \
		--ko "$(modules_folder "$ko")" "$kernel" \
		>"$logs/$job.output" 2>"$logs/$job.errors" \
		</dev/null || status=$?
	if [ "$status" -gt 1 ]; then
		bad "$kernel" "bars: a clean console"
		cat "$logs/$job.errors"
		return
	fi
	pass "$kernel" "bars: a clean console"
	bar "$kernel" "a pair of the cache's" "$(figure pair/tryalloc)" \
		"$BAR_CACHED"
	bar "$kernel" "rsvpool_alloc() and free" "$(figure pair/alloc)" \
		"$BAR_ALLOC"
	bar "$kernel" "a pair of sixteen at once" "$(figure pair/bulk16)" \
		"$BAR_BULK16"
	bar "$kernel" "a pair of the depot's" "$(figure pair/depot)" \
		"$BAR_DEPOT"
	for state in worst dry; do
		for call in tryalloc free; do
			bar "$kernel" "$state single $call" \
				"$(figure "$state/$call")" "$BAR_WORST"
		done
	done
	case $kernel in
	6.1 | 6.1-rt) most=$BAR_REFILL_6_1 ;;
	*) most=$(awk -v bulk="$(figure refill/kernel)" -v times="$BAR_REFILL" \
		'BEGIN { print bulk * times }') ;;
	esac
	bar "$kernel" "a page that refill brings" "$(figure refill/page)" "$most"
	# Calls of 64 elements, in each of the most expensive states; at least
	# one call.
	for call in free/missing $(awk -F '\t' \
			'$3 ~ "^corner/" && $3 != "corner/free/missing" {
				print substr($3, 8) }' "$figures"); do
		bar "$kernel" "corner $call" "$(figure "corner/$call")" \
			"$BAR_WORST"
	done
	echo "$kernel bars: a pair of mempool's pages takes" \
		"$(figure pair/mempool_page)"
	if [ "$status" -eq 0 ]; then
		pass "$kernel" "bars: no count has grown"
	else
		bad "$kernel" "bars: no count has grown"
	fi
	grep "^$kernel: " "$logs/$job.output" || :
}

# figure NAME: a figure of $figures, a bench.tsv.
figure()
{
	awk -F '\t' -v name="$1" '$3 == name { print $4 }' "$figures"
}

# Deliberate faults, which the rig has to report: one guest for each.
run_control()
{
	local kernel=$1 output=$logs/$job.output line said='' seen=0

	"$scripts/check.d/control" --ko "$ko" "$kernel" \
		"$built/$kernel/kselftest/install" "$logs" "${@:4}" \
		>"$output" 2>"$logs/$job.errors" </dev/null || :
	while IFS= read -r line; do
		case $line in
		'# '*) said=${line#\# } ;;
		'ok '*)
			seen=$((seen + 1))
			pass "$kernel" "control: ${line#ok * }"
			echo "$kernel control: ${line#ok * }: $said" ;;
		'not ok '*)
			seen=$((seen + 1))
			bad "$kernel" "control: ${line#not ok * }" "$said" ;;
		esac
	done <"$output"
	[ "$seen" -eq $(($# - 3)) ] || {
		bad "$kernel" "control: ${*:4}" "$seen of $(($# - 3)) ran"
		cat "$logs/$job.errors"
	}
}

# ktap KERNEL NAME COMMAND...: results of a script that prints KTAP.
ktap()
{
	local kernel=$1 name=$2 line said='' output=$logs/$job.output
	shift 2

	"$@" >"$output" 2>"$logs/$job.errors" </dev/null || :
	while IFS= read -r line; do
		case $line in
		'# '*) said+="  ${line#\# }"$'\n' ;;
		'ok '*)
			pass "$kernel" "$name: ${line#ok * }"
			said='' ;;
		'not ok '*)
			bad "$kernel" "$name: ${line#not ok * }"
			echo "$said"
			said='' ;;
		esac
	done <"$output"
	if tail -n 1 "$output" | grep -Eq '^[0-9]+ passed, [0-9]+ failed$'; then
		echo "$kernel $name: $(tail -n 1 "$output")"
	else
		bad "$kernel" "$name" "did not run to its end"
		cat "$logs/$job.errors"
	fi
}

run_tool()
{
	ktap "$1" tool "$scripts/check.d/test-tool" --ko "$ko" --out "$logs/$job-tool" "$1"
}

run_tracers()
{
	ktap "$1" tracers "$scripts/check.d/test-tracers" --ko "$ko" "$1"
}

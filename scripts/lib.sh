# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# lib.sh - what the scripts share: messages, the cache folder, the test kernels
#
# Answers for: the layout of the cache folder, and for finding or making the
# folder of a kernel by its name.  A kernel folder has, from every provider,
#
#   release		its uname -r
#   image		what QEMU boots (a link)
#   build		what modules are built against (a link)
#   lib/modules/RELEASE	its own modules, with modules.dep
#   append		optional: kernel arguments it needs
#   mem			optional: the memory it needs, as in scripts/vm --mem
#   slow		optional: how many times as long tests take on it
#   allow		optional: splats that do not fail a run, as --allow
#   llvm		optional: the suffix of the clang that it was built by
#
# A kernel with your own configuration needs an initramfs, DEVTMPFS, TMPFS,
# SERIAL_8250_CONSOLE, PCI and SERIAL_8250_PCI, MAGIC_SYSRQ and the AT keyboard
# (by which a guest that hangs has to dump its tasks), modules, and for several
# CPUs under TCG DYNAMIC_FTRACE_WITH_REGS (see vm.d/vm-tcg.c).
#
# A folder gets its name only when it is complete, so a script that sees it may
# use it without a lock.  A new kind of kernel is a function provide_KIND, which
# prints the folder, and a line in the table scripts/vm.d/kernels.

# A failure in a command substitution ends the substitution.  It ends the
# script, too, if the command only assigns the substitution: not in an argument,
# a "local", a pipeline or a "< <(...)" (scripts/lint substitution).
shopt -s inherit_errexit

scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
case $scripts in
*[[:space:]]*)
	echo "${0##*/}: the path of this folder has a space in it, with which" \
		"the kernel's build fails: $scripts" >&2
	exit 125 ;;
esac
# A make that runs this script passes its options, such as -j, to every make below it.
unset MAKEFLAGS MFLAGS MAKELEVEL
cache=${RSVPOOL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/rsvpool}
quiet=${RSVPOOL_QUIET:-}

# Minutes for which the version of a meta package is not looked up
# again.
RESOLVED_MINUTES=1440

fail()
{
	echo "${0##*/}: $*" >&2
	exit 125
}

progress()
{
	[ -n "$quiet" ] || echo "${0##*/}: $*" >&2
}

# new_beside FILE: the name of a new file, to be renamed to FILE when it is complete.
# Not FILE.$$: jobs of one shell have the same $$.
new_beside()
{
	local new

	new=$(mktemp "$1.XXXXXX") && chmod 644 "$new" || return
	echo "$new"
}

need()
{
	local program

	for program; do
		command -v "$program" >/dev/null ||
			fail "$program is missing, run scripts/setup"
	done
}

# with_lock NAME COMMAND...: run COMMAND in a subshell, one process at a time.
with_lock()
{
	local lock=$cache/lock/$1
	shift

	mkdir -p "$cache/lock"
	(
		flock 9
		"$@" 9>&-
	) 9>"$lock"
}

# Products of builds, in the work tree or elsewhere.
PRODUCTS=('*.o' '*.ko' '*.mod' '*.mod.c' '.*.cmd' '*.order' 'Module.symvers'
	'*.gcno' '*.gcda' '.tmp_versions' '.module-common.o' '*.a' '*.dwo')

# mirror OPTION... FROM TO: sources, without products of builds.  Only a file that
# differs is written, at the current time: not its time in FROM, which is that of
# the clone, so that all would be built again, or, where a change was taken back,
# older than what was built with it.  rsync's status 24 is a file that was there
# when the folder was read and has gone since, such as an editor's: not a source.
mirror()
{
	local status=0

	rsync -rlp --checksum --exclude=/.git "${PRODUCTS[@]/#/--exclude=}" "$@" || status=$?
	[ "$status" -eq 0 ] || [ "$status" -eq 24 ]
}

# native_make TARGET: selftests/native, in the folder native of the cache, which is
# locked by the caller; from a copy of our tree, as clones of other branches are built
# there, too: only a file that differs is newer than what was built with it.
native_make()
{
	mirror --delete "$scripts/../module" "$scripts/../include" \
		"$scripts/../selftests" "$cache/native/tree/" &&
		make -s -j2 -C "$cache/native/tree/selftests/native" \
			O="$cache/native" "$1"
}

is_fresh()
{
	[ -n "$(find "$1" -mmin "-$RESOLVED_MINUTES" 2>/dev/null)" ]
}

kernel_table()
{
	sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$scripts/vm.d/kernels"
}

kernel_names()
{
	kernel_table | awk '{ print $1 }'
}

# newest_rt_kernel: the newest kernel with PREEMPT_RT from an archive, for this
# machine.
newest_rt_kernel()
{
	kernel_table | awk '$2 == "apt" && $1 ~ /-rt$/ { print $1 }' |
		sort -V | tail -n 1
}

# kernel_dir NAME: the folder of the kernel, which is fetched or built first if
# needed.
kernel_dir()
{
	local provider argument

	read -r provider argument < <(kernel_table |
		awk -v name="$1" '$1 == name { $1 = ""; print }') || :
	[ -n "$provider" ] ||
		fail "no kernel $1: choose from" "$(kernel_names | tr '\n' ' ')"
	"provide_$provider" "$1" "$argument"
}

kernel_release()
{
	cat "$1/release"
}

# image_unpack VMLINUZ VMLINUX: QEMU boots an uncompressed kernel with a PVH
# entry; under TCG that saves seconds, as the guest need not unpack itself.
image_unpack()
{
	local image=$1 out=$2 try magic at

	for try in 'zstd:\x28\xb5\x2f\xfd' 'xz:\xfd7zXZ\x00'; do
		magic=${try#*:}
		while read -r at; do
			# More data follows the compressed part, which makes the
			# unpackers fail after they have unpacked.
			tail -c "+$((at + 1))" "$image" |
				"${try%%:*}" -dc >"$out" 2>/dev/null || :
			if readelf -n "$out" 2>/dev/null |
			   grep -q 'type: (0x00000012)'; then
				return 0
			fi
		done < <(LC_ALL=C grep -abo -P "$magic" "$image" | cut -d: -f1)
	done
	rm -f "$out"
	return 1
}

# tcg_module DIR: the module vm-tcg for the kernel in DIR, or nothing if it
# cannot be built for that kernel.
tcg_module()
{
	local dir=$1 source=$scripts/vm.d/vm-tcg.c out

	grep -q '^CONFIG_DYNAMIC_FTRACE_WITH_REGS=y' "$dir/build/.config" ||
		return 0
	out=$dir/ko/vm-tcg-$(sha1sum <"$source" | cut -c1-12).ko
	[ -e "$out" ] || with_lock "vm-tcg-$(basename "$dir")" \
		build_tcg_module "$dir" "$source" "$out" || return
	echo "$out"
}

build_tcg_module()
{
	local dir=$1 source=$2 out=$3 work new status=0

	[ ! -e "$out" ] || return 0
	need make gcc
	progress "building vm-tcg for $(kernel_release "$dir")"
	work=$(mktemp -d)
	cp "$source" "$work/vm-tcg.c"
	printf '%s\n' 'obj-m := vm-tcg.o' 'KASAN_SANITIZE := n' \
		'KCSAN_SANITIZE := n' 'GCOV_PROFILE := n' >"$work/Kbuild"
	if make -s -C "$(realpath "$dir/build")" M="$work" modules \
			</dev/null >"$work/log" 2>&1; then
		mkdir -p "$dir/ko"
		new=$(new_beside "$out")
		cp "$work/vm-tcg.ko" "$new"
		mv "$new" "$out"
	else
		cat "$work/log" >&2
		status=1
	fi
	rm -rf "$work"
	return "$status"
}

# module_file DIR NAME: a path to the module NAME of the kernel in DIR as an
# uncompressed file; prints nothing when it is built into the kernel.
module_file()
{
	local dir=$1 name=${2//-/_} release file out new

	release=$(kernel_release "$dir")
	file=$(sed 's/:.*//' "$dir/lib/modules/$release/modules.dep" |
		awk -v name="$name" '{
			base = $0
			sub(/.*\//, "", base); sub(/\.ko.*/, "", base)
			gsub(/-/, "_", base)
			if (base == name) print
		}')
	if [ -z "$file" ]; then
		sed -e 's|.*/||' -e 's/\.ko$//' -e 's/-/_/g' \
			"$dir/lib/modules/$release/modules.builtin" |
			grep -qx "$name" ||
			fail "$release has no module $name"
		return
	fi
	file=$dir/lib/modules/$release/$file
	case $file in
	*.ko)
		echo "$file" ;;
	*)
		out=$dir/ko/$(basename "${file%.*}")
		if [ ! -e "$out" ]; then
			mkdir -p "$dir/ko"
			new=$(new_beside "$out")
			case $file in
			*.zst) zstd -dcq "$file" >"$new" ;;
			*) xz -dc "$file" >"$new" ;;
			esac
			mv "$new" "$out"
		fi
		echo "$out" ;;
	esac
}

# module_closure DIR NAME: the files of module NAME and of its dependencies.
module_closure()
{
	local dir=$1 name=${2//-/_} file release files

	release=$(kernel_release "$dir")
	files=$(awk -v name="$name" -F '[: ]+' '{
			for (i = 1; i <= NF; i++) {
				base = $i
				sub(/.*\//, "", base); sub(/\.ko.*/, "", base)
				gsub(/-/, "_", base)
				if (i == 1 && base != name)
					next
				if (i > 1 && base != "")
					print base
			}
		}' "$dir/lib/modules/$release/modules.dep")
	for file in $files; do
		module_file "$dir" "$file"
	done
	module_file "$dir" "$name"
}

# Run by a guest's shell before kselftest: busybox's timeout has other options
# than kselftest expects, and its sed buffers lines; kselftest uses perl
# instead, if there is one.
# shellcheck disable=SC2016,SC2034 # for the guest; for scripts that source this
GUEST_PREPARE='rm -f /usr/bin/timeout
	printf "%s\n" "#!/bin/sh" \
		"while IFS= read -r line; do echo \"# \$line\"; done" \
		>/usr/bin/perl
	chmod 755 /usr/bin/perl
	export RSVPOOL_KO_DIR=/root/ko
	cd'

# shellcheck source=scripts/vm.d/lib-apt.sh
. "$scripts/vm.d/lib-apt.sh"
# shellcheck source=scripts/vm.d/lib-source.sh
. "$scripts/vm.d/lib-source.sh"

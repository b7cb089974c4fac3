#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# lib.sh - what the scripts share: messages, the cache folder, the test kernels
#
# Answers for: the layout of the cache folder, and for how a kernel's name
# becomes a folder that holds it.  A kernel folder has, whoever provided it,
#
#   release		its uname -r
#   image		what QEMU boots (a link)
#   build		what modules are built against (a link)
#   lib/modules/RELEASE	its own modules, with modules.dep
#   append		optional: kernel arguments it wants
#   mem			optional: the memory it wants, as in scripts/vm --mem
#   slow		optional: how many times as long tests take on it
#   allow		optional: splats that do not fail a run, as --allow
#
# A kernel of one's own configuration needs an initramfs, DEVTMPFS, TMPFS,
# SERIAL_8250_CONSOLE, PCI and SERIAL_8250_PCI, MAGIC_SYSRQ and the AT keyboard
# (how a guest that hangs is asked for its tasks), modules, and for several
# CPUs under TCG DYNAMIC_FTRACE_WITH_REGS (see vm-tcg.c).
#
# A folder gets its name only when it is complete, so whoever sees it may use
# it without a lock.  A new kind of kernel is a function provide_KIND, which
# prints the folder, and a line in the table scripts/kernels.

# A failure in a command substitution ends that, as one outside it ends the script.
# It is the script's, too, if the substitution is all that is assigned: not in an
# argument, a "local", a pipeline or a "< <(...)" (scripts/lint substitution).
shopt -s inherit_errexit

scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
case $scripts in
*[[:space:]]*)
	echo "${0##*/}: the path of this folder has a space in it, which the" \
		"kernel's build cannot have: $scripts" >&2
	exit 125 ;;
esac
cache=${RSVPOOL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/rsvpool}
quiet=${RSVPOOL_QUIET:-}

# Minutes for which the version a meta package stands for is not looked up
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

need()
{
	local program

	for program; do
		command -v "$program" >/dev/null ||
			fail "$program is missing, run scripts/setup"
	done
}

# with_lock NAME COMMAND...: one process at a time, and COMMAND in a subshell.
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

is_fresh()
{
	[ -n "$(find "$1" -mmin "-$RESOLVED_MINUTES" 2>/dev/null)" ]
}

kernel_table()
{
	sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$scripts/kernels"
}

kernel_names()
{
	kernel_table | awk '{ print $1 }'
}

# kernel_dir NAME: the folder that holds the kernel, which is fetched or
# built first where need be.
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

#
# Provider "debian": stock kernels from the archive, unpacked, not installed.
#

provide_debian()
{
	local name=$1 resolved=$cache/resolved/$1

	if is_fresh "$resolved" && [ -d "$cache/kernels/$(<"$resolved")" ]; then
		echo "$cache/kernels/$(<"$resolved")"
	else
		with_lock "kernel-$name" debian_update "$name" "$2"
	fi
}

debian_update()
{
	local name=$1 flavour=$2 resolved=$cache/resolved/$1
	local old='' image version release key

	[ ! -e "$resolved" ] || old=$(<"$resolved")
	# Another process may have done it while this one waited for the lock.
	if ! is_fresh "$resolved" || [ ! -d "$cache/kernels/$old" ]; then
		need apt-cache apt-get
		mkdir -p "$cache/resolved" "$cache/kernels"
		if debian_find "$flavour" && debian_fetch ||
		   debian_refresh && debian_find "$flavour" && debian_fetch; then
			echo "$key" >"$resolved.$$"
			mv "$resolved.$$" "$resolved"
			old=$key
		elif [ -n "$old" ] && [ -d "$cache/kernels/$old" ]; then
			progress "$name: apt fails, staying with $old"
		else
			fail "cannot get kernel $name from apt"
		fi
	fi
	echo "$cache/kernels/$old"
}

# What the meta package stands for today: sets image, version, release, key.
debian_find()
{
	read -r image version < <(
		apt-cache show --no-all-versions "linux-image-$1" 2>/dev/null |
		sed -n 's/^Depends:.*\(linux-image-[^ ]*\) (= \([^)]*\)).*/\1 \2/p')
	[ -n "$image" ] || return 1
	release=${image#linux-image-}
	key=${release}_${version//[^0-9A-Za-z.+-]/-}
}

debian_refresh()
{
	progress "reading the package lists"
	if [ "$(id -u)" -eq 0 ]; then
		apt-get -qq update </dev/null >&2
	else
		command -v sudo >/dev/null &&
			sudo apt-get -qq update </dev/null >&2
	fi
}

# Download and unpack image and headers under their final name, or not at all.
# Its callers test its outcome, which turns off set -e: hence the "|| return".
debian_fetch()
{
	local work package deb
	local headers=linux-headers-$release
	local packages=("$image=$version" "$headers=$version")

	[ ! -d "$cache/kernels/$key" ] || return 0
	need dpkg-deb depmod xz zstd

	# The headers need their common part and the kbuild programs, which
	# Debian versions alike where it builds them together.
	for package in $(apt-cache show "$headers=$version" 2>/dev/null |
			sed -n 's/^Depends: //p' | tr ',|' '\n' |
			sed -nE 's/^ *(linux-(headers|kbuild)-[^ ]+).*/\1/p'); do
		if apt-cache show "$package=$version" >/dev/null 2>&1; then
			package=$package=$version
		fi
		packages+=("$package")
	done

	work=$(mktemp -d "$cache/kernels/.fetch.XXXXXX") || return
	progress "downloading $release ($version)"
	(
		mkdir "$work/deb" "$work/root" && cd "$work/deb" &&
			apt-get -qq -o APT::Sandbox::User="$(id -un)" \
				download "${packages[@]}" </dev/null >&2
	) || { rm -rf "$work"; return 1; }

	progress "unpacking $release"
	for deb in "$work"/deb/*.deb; do
		dpkg-deb -x "$deb" "$work/root" ||
			{ rm -rf "$work"; return 1; }
	done
	if ! debian_arrange "$work/root" ||
	   ! mv "$work/root" "$cache/kernels/$key"; then
		rm -rf "$work"
		return 1
	fi
	rm -rf "$work"
}

# Turn an unpacked tree into a kernel folder: nothing in it may name a place
# on the host, where these packages are not installed.
debian_arrange()
{
	local root=$1 headers=usr/src/linux-headers-$release modules part link

	modules=$root/lib/modules/$release
	[ -d "$root/$headers" ] && [ -d "$modules/kernel" ] || return

	# shellcheck disable=SC2016 # make expands this
	sed -i 's|^include /usr/src/|include $(dir $(abspath $(lastword $(MAKEFILE_LIST))))../|' \
		"$root/$headers/Makefile" || return
	for part in build source; do
		link=$(readlink "$modules/$part") || continue
		ln -sfn "../../..$link" "$modules/$part"
	done
	depmod -b "$root" "$release" || return

	ln -s "$headers" "$root/build"
	echo "$release" >"$root/release"
	if image_unpack "$root/boot/vmlinuz-$release" "$root/vmlinux"; then
		ln -s vmlinux "$root/image"
	else
		ln -s "boot/vmlinuz-$release" "$root/image"
	fi
}

# image_unpack VMLINUZ VMLINUX: QEMU boots an uncompressed kernel that has an
# entry for PVH; under TCG that saves seconds of the guest unpacking itself.
image_unpack()
{
	local image=$1 out=$2 try magic at

	for try in 'zstd:\x28\xb5\x2f\xfd' 'xz:\xfd7zXZ\x00'; do
		magic=${try#*:}
		while read -r at; do
			# Behind the compressed part stands more, at which the
			# unpackers balk when they are through.
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

# tcg_module DIR: the module vm-tcg for the kernel in DIR, or nothing where
# that kernel cannot have it.
tcg_module()
{
	local dir=$1 source=$scripts/vm-tcg.c out

	grep -q '^CONFIG_DYNAMIC_FTRACE_WITH_REGS=y' "$dir/build/.config" ||
		return 0
	out=$dir/ko/vm-tcg-$(sha1sum <"$source" | cut -c1-12).ko
	[ -e "$out" ] || with_lock "vm-tcg-$(basename "$dir")" \
		build_tcg_module "$dir" "$source" "$out" || return
	echo "$out"
}

build_tcg_module()
{
	local dir=$1 source=$2 out=$3 work status=0

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
		cp "$work/vm-tcg.ko" "$out.$$"
		mv "$out.$$" "$out"
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
	local dir=$1 name=${2//-/_} release file out

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
			xz -dc "$file" >"$out.$$"
			mv "$out.$$" "$out"
		fi
		echo "$out" ;;
	esac
}

# module_closure DIR NAME: the files of module NAME and of what it depends on.
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

# What a guest's shell does before it runs kselftest: busybox's timeout is not
# what kselftest takes it for, and its sed keeps lines to itself; kselftest uses a
# perl instead, if there is one.
# shellcheck disable=SC2016,SC2034 # for the guest; for scripts that source this
GUEST_PREPARE='rm -f /usr/bin/timeout
	printf "%s\n" "#!/bin/sh" \
		"while IFS= read -r line; do echo \"# \$line\"; done" \
		>/usr/bin/perl
	chmod 755 /usr/bin/perl
	export RSVPOOL_KO_DIR=/root/ko
	cd'

# shellcheck source=scripts/lib-source.sh
. "$scripts/lib-source.sh"

# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# lib-source.sh - provider "source": kernels built from Debian's source package
#
# Answers for: kernels that Debian does not build, with detectors that are too
# slow for daily use.  The argument in the table is a list of fragments,
# scripts/vm.d/configs/FRAGMENT.config, which are merged over allnoconfig; the last
# value of a symbol counts, and a symbol that Kconfig does not accept is an
# error.  Besides symbols a fragment may have lines
#
#	#@ append ARGUMENTS	kernel arguments
#	#@ mem SIZE		the guest's memory, as in scripts/vm --mem
#	#@ slow N		tests take about N times as long as on stock kernels
#	#@ allow REGEX		splats that do not fail a run
#	#@ llvm SUFFIX		built by clang of this version: LLVM=SUFFIX for make
#
# which become the kernel folder's files of these names, and "llvm" is in the
# Makefile that modules are built with, too; all "append" lines count, of the others
# the last one.
#
# A kernel is built once for each version of the source, of the configuration
# and of the compiler, in a folder of its own; all share one unpacked source.
# Sourced by lib.sh, which has the layout of a kernel folder.

# shellcheck disable=SC2154 # cache and scripts are lib.sh's

SOURCE_PACKAGE=linux-source-6.12

# Increase this when a change here needs new kernel builds.
SOURCE_RECIPE=1

# Parts of the source that no test kernel compiles are not unpacked, except the
# files that Kconfig and make read.
SOURCE_UNUSED=(Documentation tools/perf tools/testing sound drivers/gpu
	drivers/net drivers/media drivers/staging drivers/infiniband
	drivers/scsi arch/alpha arch/arc arch/arm arch/arm64
	arch/csky arch/hexagon arch/loongarch arch/m68k arch/microblaze
	arch/mips arch/nios2 arch/openrisc arch/parisc arch/powerpc arch/riscv
	arch/s390 arch/sh arch/sparc arch/xtensa)

# Number of objects between two lines of progress.
SOURCE_PROGRESS=200

provide_source()
{
	local name=$1 version dir LLVM
	local -a fragments

	read -ra fragments <<<"$2"
	fragments=("${fragments[@]/#/$scripts/vm.d/configs/}")
	fragments=("${fragments[@]/%/.config}")

	LLVM=$(source_llvm "${fragments[@]}")
	[ -z "$LLVM" ] || {
		export LLVM
		command -v "clang$LLVM" >/dev/null || "$scripts/setup" configs ||
			fail "cannot build kernel $name: setup fails"
	}
	version=$(source_version) || version=
	[ -n "$version" ] || {
		"$scripts/setup" kernel ||
			fail "cannot build kernel $name: setup fails"
		version=$(source_version) || version=
	}
	[ -n "$version" ] || fail "$SOURCE_PACKAGE is not installed"
	dir=$cache/kernels/$name-$version-$(source_key "${fragments[@]}")
	[ -d "$dir" ] || with_lock "kernel-$name" \
		source_build "$name" "$version" "$dir" "${fragments[@]}" ||
		fail "cannot build kernel $name"
	echo "$dir"
}

# source_llvm FRAGMENT...: the suffix of clang's name, or nothing for gcc.
source_llvm()
{
	sed -n 's/^#@ llvm //p' "$@" | tail -n 1
}

# A version as a word for file names; empty if it is not installed.
source_version()
{
	dpkg-query -W -f '${db:Status-Status} ${Version}' "$SOURCE_PACKAGE" \
		2>/dev/null | sed -n 's/^installed //p' |
		tr -c '0-9A-Za-z.+\n-' -
}

# Without comments, as nothing depends on them.
source_key()
{
	{
		echo "$SOURCE_RECIPE"
		gcc --version | head -n 1
		[ -z "${LLVM:-}" ] || "clang$LLVM" --version | head -n 1
		grep -hE '^(CONFIG_|# CONFIG_|#@ )' "$@"
	} | sha1sum | cut -c1-12
}

# Its caller tests its outcome, which turns off set -e: hence the "|| return".
source_build()
{
	local name=$1 version=$2 dir=$3 tree work log status=0
	shift 3

	# Another process may have done this while this one waited for the lock.
	[ ! -d "$dir" ] || return 0
	"$scripts/setup" kernel || return
	mkdir -p "$cache/kernels" "$cache/source" || return
	tree=$cache/source/$SOURCE_PACKAGE-$version
	with_lock source source_unpack "$tree" >&2 || return

	work=$(mktemp -d "$cache/kernels/.build.XXXXXX") || return
	log=$work/build.log
	mkdir "$work/obj" || return
	source_configure "$name" "$tree" "$work/obj" "$@" >"$log" 2>&1 &&
		source_compile "$name" "$tree" "$work/obj" "$log" &&
		source_arrange "$work" "$@" >>"$log" 2>&1 &&
		mv "$work" "$dir" >&2 || status=$?
	if [ "$status" -ne 0 ]; then
		tail -n 30 "$log" >&2
		rm -rf "$work"
	fi
	return "$status"
}

source_unpack()
{
	local tree=$1 work part
	local -a unused=()

	[ ! -d "$tree" ] || return 0
	for part in "${SOURCE_UNUSED[@]}"; do
		unused+=("--exclude=$SOURCE_PACKAGE/$part/*."{c,h,S,dts,dtsi,json,rst,yaml})
	done
	progress "unpacking $SOURCE_PACKAGE"
	work=$(mktemp -d "$cache/source/.unpack.XXXXXX") || return
	if ! tar -xJf "/usr/src/$SOURCE_PACKAGE.tar.xz" -C "$work" \
			--strip-components=1 "${unused[@]}" ||
	   ! mv "$work" "$tree"; then
		rm -rf "$work"
		return 1
	fi
}

source_make()
{
	local tree=$1 objects=$2
	shift 2

	nice -n 10 make -C "$tree" O="$objects" KBUILD_BUILD_USER=rsvpool \
		KBUILD_BUILD_HOST=rsvpool "$@" </dev/null 2>&1
}

# source_configure NAME TREE OBJECTS FRAGMENT...
source_configure()
{
	local name=$1 tree=$2 objects=$3 wanted=$3/wanted.config
	shift 3

	# It leaves its temporary files where it runs.
	(
		cd "$objects" && "$tree/scripts/kconfig/merge_config.sh" \
			-m -O "$objects" "$@"
	) || return
	mv "$objects/.config" "$wanted" &&
		echo "CONFIG_LOCALVERSION=\"-$name\"" >>"$wanted" &&
		source_make "$tree" "$objects" KCONFIG_ALLCONFIG="$wanted" \
			allnoconfig || return
	source_granted "$name" "$wanted" "$objects/.config"
}

# Kconfig silently ignores symbols whose dependencies are off, unknown symbols,
# and values that a "select" overrides.
source_granted()
{
	local name=$1 wanted=$2 got=$3 line symbol missing=0

	while IFS= read -r line; do
		case $line in
		'# CONFIG_'*' is not set')
			symbol=${line#\# }
			symbol=${symbol%% *}
			! grep -q "^$symbol=" "$got" || {
				missing=1
				echo "$name: $symbol is on, although it must be off"
			} ;;
		CONFIG_*)
			grep -qxF -e "$line" "$got" || {
				missing=1
				echo "$name: Kconfig does not accept $line"
			} ;;
		esac
	done <"$wanted"
	return "$missing"
}

source_compile()
{
	local name=$1 tree=$2 objects=$3 log=$4 started=$SECONDS

	progress "building $name from $(basename "$tree"), which takes some minutes"
	source_make "$tree" "$objects" -j"$(nproc)" vmlinux modules |
		tee -a "$log" | source_progress "$name"
	[ "${PIPESTATUS[0]}" -eq 0 ] || return
	progress "$name was built in $((SECONDS - started)) s"
}

source_progress()
{
	local name=$1 line objects=0

	while IFS= read -r line; do
		case $line in
		'  CC '* | '  AS '*) objects=$((objects + 1)) ;;
		*) continue ;;
		esac
		[ $((objects % SOURCE_PROGRESS)) -ne 0 ] ||
			progress "$name: $objects objects"
	done
}

# Turn make's output in WORK/obj into a kernel folder: only the files that are
# needed for building modules are kept.
source_arrange()
{
	local work=$1 objects=$1/obj release modules llvm
	shift

	release=$(<"$objects/include/config/kernel.release") || return
	modules=$work/lib/modules/$release
	mkdir -p "$modules" &&
		cp "$objects/modules.builtin" "$objects/modules.order" \
			"$modules" &&
		depmod -b "$work" "$release" &&
		mv "$objects/vmlinux" "$work/vmlinux" || return
	find "$objects" \( -path "$objects/scripts" -o \
		-path "$objects/tools" \) -prune -o \
		\( -name '*.o' -o -name '*.a' -o -name '.*.cmd' -o \
		-name '*.gcno' -o -name 'vmlinux*' -o -name '.tmp_*' -o \
		-name 'System.map' \) -type f -exec rm -f {} + || return

	source_word llvm "$work" "$@"
	llvm=$(source_llvm "$@")
	[ -z "$llvm" ] || sed -i "1i export LLVM := $llvm" "$objects/Makefile" ||
		return
	ln -s obj "$work/build"
	ln -s vmlinux "$work/image"
	sed -n 's/^#@ append //p' "$@" | tr '\n' ' ' >"$work/append"
	source_word mem "$work" "$@"
	source_word slow "$work" "$@"
	source_word allow "$work" "$@"
	echo "$release" >"$work/release"
}

# source_word WORD WORK FRAGMENT...: the last fragment's value, if there is one.
source_word()
{
	local word=$1 work=$2 value
	shift 2

	value=$(sed -n "s/^#@ $word //p" "$@" | tail -n 1)
	[ -z "$value" ] || echo "$value" >"$work/$word"
}

# fetch_parts PACKAGE VERSION WORK: unpack the parts in the array pieces to
# WORK/tree.
fetch_parts()
{
	(
		cd "$3" &&
			apt-get -qq -o APT::Sandbox::User="$(id -un)" \
				download "$1=$2" </dev/null >&2
	) &&
		mkdir "$3/tree" &&
		dpkg-deb --fsys-tarfile "$3"/*.deb |
		tar -xO "./usr/src/$1.tar.xz" | xz -dc -T0 |
		tar -x -C "$3/tree" --strip-components=1 "${pieces[@]/#/$1/}"
}

# source_parts PACKAGE FOLDER PART...: some files of a kernel's tree, in a
# subfolder of FOLDER in the cache; prints it.
source_parts()
{
	local package=$1 folder=$cache/$2 version work tree try
	local -a pieces=("${@:3}")

	for try in first second; do
		version=$(apt-cache show --no-all-versions "$package" |
			sed -n 's/^Version: //p')
		[ -n "$version" ] || fail "apt has no package $package"
		tree=$folder/$package-${version//[^0-9A-Za-z.+-]/-}
		[ ! -d "$tree" ] || break
		progress "getting $(basename "$folder") from $package"
		mkdir -p "$folder"
		work=$(mktemp -d "$folder/.fetch.XXXXXX")
		if fetch_parts "$package" "$version" "$work"; then
			mv "$work/tree" "$tree"
			rm -rf "$work"
			break
		fi
		rm -rf "$work"
		[ "$try" = first ] || fail "cannot get $package"
		# The archive may have a newer one than this machine's lists.
		"$scripts/setup" --lists || fail "cannot get $package"
	done
	echo "$tree"
}

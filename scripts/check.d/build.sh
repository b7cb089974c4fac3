# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# build.sh - what scripts/check builds for a kernel
#
# Answers for: the folder $built/KERNEL, with rsvpool as DKMS builds it, a tree
# for building other modules against it, and the selftests in the kernel's
# kselftest.  DKMS's build is kept while its sources are unchanged.  Sourced by
# scripts/check.

# shellcheck disable=SC2154 # top, scripts, built, cache, logs are scripts/check's

KSELFTEST_PACKAGE=linux-source-6.12

# The parts of the kernel's tree that kselftest is made of.
kselftest_tree()
{
	local -a parts=(
		scripts/subarch.include
		tools/testing/selftests/Makefile
		tools/testing/selftests/lib.mk
		tools/testing/selftests/run_kselftest.sh
		tools/testing/selftests/kselftest
		tools/testing/selftests/kselftest.h
		tools/testing/selftests/kselftest_harness.h
	)

	source_parts "$KSELFTEST_PACKAGE" kselftest "${parts[@]}"
}

# compile_once: from now on, what was compiled before with the same text is not
# compiled again.  "Depend" has the compiler itself say which headers it read,
# which costs no second reading.
compile_once()
{
	# Debian's headers name it.  Where they are used in a root, it is that root's.
	[ ! -e "$kernel_folder/in-root" ] ||
		"$kernel_folder/in-root" test -x /usr/bin/ccache || return 0
	export DEBIAN_KERNEL_USE_CCACHE=1 CCACHE_DEPEND=1 CCACHE_DIR=$cache/ccache
}

# dkms_build KERNEL: prints the folder with the modules.
dkms_build()
{
	local kernel=$1 version release kdir llvm work=$built/$1/dkms
	local -a trees

	# DKMS calls for "clang", of whatever version, if a kernel was built by one.
	llvm=$(cat "$kernel_folder/llvm" 2>/dev/null) || llvm=
	[ -z "$llvm" ] || PATH=/usr/lib/llvm$llvm/bin:$PATH
	version=$("$top/scripts/version")
	release=$("$scripts/vm" release "$kernel")
	kdir=$("$scripts/vm" kdir "$kernel")
	trees=(--dkmstree "$work/tree" --sourcetree "$work/source"
		--installtree "$work/installed")

	compile_once
	rm -rf "$work"
	mkdir -p "$work/tree" "$work/installed"
	make -s -C "$top" dkms-source \
		DKMS_SOURCE="$work/source/rsvpool-$version" >&2 || return
	dkms add -m rsvpool -v "$version" "${trees[@]}" >&2 &&
		dkms build -m rsvpool -v "$version" -k "$release" \
			--kernelsourcedir "$kdir" "${trees[@]}" >&2 ||
		return
	echo "$work/tree/rsvpool/$version/$release/$(uname -m)/module"
}

# dkms_source KERNEL: rsvpool's source in DKMS's folder after a build.
dkms_source()
{
	local version

	version=$("$top/scripts/version") || return
	echo "$built/$1/dkms/source/rsvpool-$version"
}

# dkms_symvers KERNEL: its symbol versions, which DKMS has kept.
dkms_symvers()
{
	local version release

	version=$("$top/scripts/version") || return
	release=$("$scripts/vm" release "$1") || return
	echo "$built/$1/dkms/tree/rsvpool/$version/$release/$(uname -m)/Module.symvers"
}

# example_build KERNEL FOLDER: the example package, built by DKMS against
# rsvpool in DKMS; the modules go to FOLDER.
example_build()
{
	local kernel=$1 to=$2 work=$built/$1/dkms name=rsvpool-example version=1.0
	local release kdir
	local -a trees=(--dkmstree "$work/tree" --sourcetree "$work/source"
		--installtree "$work/installed")

	release=$("$scripts/vm" release "$kernel") || return
	kdir=$("$scripts/vm" kdir "$kernel") || return
	# --force: rsvpool is built here and not installed, which DKMS from 3.1 on
	# refuses.  The tree of an earlier run may have it already.
	rm -rf "$work/tree/$name" "$work/source/$name-$version"
	mirror --delete "$top/selftests/example-package/" \
		"$work/source/$name-$version/" &&
		dkms add -m "$name" -v "$version" "${trees[@]}" >&2 &&
		INCLUDE=$(dkms_source "$kernel")/include \
			SYMVERS=$(dkms_symvers "$kernel") dkms build --force \
			-m "$name" -v "$version" -k "$release" \
			--kernelsourcedir "$kdir" "${trees[@]}" >&2 &&
		cp "$work/tree/$name/$version/$release/$(uname -m)/module"/*.ko \
			"$to/"
}

# drivers_build KERNEL FOLDER: the kernel's own drivers, on rsvpool.
drivers_build()
{
	"$scripts/check.d/build-dropin" "$1" "$(dkms_source "$1")" \
		"$(dkms_symvers "$1")" "$2"
}

# modules_tree KERNEL: prints a tree of rsvpool with everything that other
# modules need for building, and rsvpoolctl.
modules_tree()
{
	local kernel=$1 tree=$built/$1/tree source symvers

	source=$(dkms_source "$kernel") || return
	symvers=$(dkms_symvers "$kernel") || return
	rm -rf "$tree"
	mkdir -p "$tree"
	ln -s "$source/include" "$tree/include"
	ln -s "$source/module" "$tree/module"
	ln -s "$symvers" "$tree/Module.symvers"
	ln -s "$top/tools" "$tree/tools"
	echo "$tree"
}

# modules_wanted KERNEL: the test modules that the plan's tests of the suite name, one a
# line; nothing, which means all, where other guests have tests, too.
modules_wanted()
{
	local folder=$top/selftests name test
	local -a files=()

	for test in $(awk -F '\t' -v kernel="$1" '
			$3 != kernel || $4 == "build" || $4 == "bars" { next }
			$4 != "suite" { all = 1 }
			{ list = list " " $5 }
			END { if (!all) print list }' "$logs/plan"); do
		[ ! -e "$folder/$test" ] || files+=("$folder/$test")
	done
	[ "${#files[@]}" -gt 0 ] || return 0
	files+=("$folder/functions.sh")
	! grep -q in-kernel.sh "${files[@]}" || files+=("$folder/in-kernel.sh")
	for name in $(make -s -C "$folder/test_modules" \
			KDIR=/nowhere list); do
		! grep -qw -e "$name" "${files[@]}" || echo "$name"
	done
}

# selftests_build KERNEL TREE: the tests, against a tree of rsvpool's; leaves them
# in the kernel's tree and, installed, in "install" beside it.
selftests_build()
{
	local kernel=$1 tree=$2 to=$built/$1/kselftest kdir tool wanted

	wanted=$(modules_wanted "$kernel" | tr '\n' ' ') || return
	kdir=$("$scripts/vm" kdir "$kernel") || return
	tool=$("$scripts/vm.d/build-tool") || return
	compile_once
	mkdir -p "$to"
	rsync -a "$kselftest/" "$to/tree/"
	# Products of an earlier run stay, so that not everything is rebuilt.
	mirror --delete --exclude=/poke --exclude=/test-fuzz \
		--exclude=/rsvpoolctl --exclude=/tool "$top/selftests/" \
		"$to/tree/tools/testing/selftests/rsvpool/"
	rm -rf "$to/install"
	# Modules that are left out must not remain from an earlier run.
	[ -z "$wanted" ] || rm -f \
		"$to/tree/tools/testing/selftests/rsvpool/test_modules"/*.ko
	make -s -C "$to/tree/tools/testing/selftests" TARGETS=rsvpool \
		FORCE_TARGETS=1 KDIR="$kdir" \
		RSVPOOL_DIR="$tree" RSVPOOL_CTL="$tool" \
		${wanted:+TEST_MODULES="$wanted"} \
		INSTALL_PATH="$to/install" install >&2 || return
	# As DKMS does with rsvpool's own: a guest holds its files in memory.
	find "$to/install" -name '*.ko' -exec strip --strip-debug {} +
}

# dkms_build_once KERNEL: sets dkms to the folder with the modules; they are
# rebuilt if a source has changed, or always with "fresh".
dkms_build_once()
{
	local kernel=$1 key stamp=$built/$1/dkms.built

	key=$(hash_of Kbuild Makefile dkms.conf include module \
		scripts/dkms-symvers scripts/version)-$(basename "$kernel_folder")-$tools_hash
	if [ -z "$fresh" ] && [ "$(head -n 1 "$stamp" 2>/dev/null)" = "$key" ]; then
		dkms=$(tail -n 1 "$stamp")
		[ ! -e "$dkms/rsvpool.ko" ] || return 0
	fi
	rm -f "$stamp"
	dkms=$(dkms_build "$kernel" 2>"$logs/$kernel-dkms.log") || dkms=
	[ ! -e "$dkms/rsvpool.ko" ] || printf '%s\n' "$key" "$dkms" >"$stamp"
}

# build KERNEL: everything for it.  Writes the files that read_built reads.
build()
{
	local kernel=$1 kernel_folder slow dkms tree new

	kernel_folder=$(kernel_dir "$kernel") || {
		bad "$kernel" "build" "the kernel cannot be obtained"
		return 1
	}
	slow=$(cat "$kernel_folder/slow" 2>/dev/null) || slow=1
	[ "$slow" -eq 1 ] ||
		echo "$kernel: slow, so tests that repeat something do it $slow times less often"
	mkdir -p "$built/$kernel"
	if [ -n "${CHECK_GCOV:-}" ]; then
		dkms=$("$scripts/build-modules" --quiet "${gcov_build[@]}" \
			"$kernel" 2>"$logs/$kernel-dkms.log") || dkms=
		tree=$(dirname "$dkms")/tree
	else
		dkms_build_once "$kernel"
		tree=$(modules_tree "$kernel")
	fi
	if [ ! -e "$dkms/rsvpool.ko" ] || [ ! -e "$dkms/rsvpool_stress.ko" ] ||
	   [ ! -e "$dkms/rsvpool_kvfree.ko" ]; then
		bad "$kernel" "dkms build"
		cat "$logs/$kernel-dkms.log"
		return 1
	fi
	pass "$kernel" "dkms build"
	if ! selftests_build "$kernel" "$tree" \
		>"$logs/$kernel-selftests.log" 2>&1; then
		bad "$kernel" "build" "the tests do not build"
		cat "$logs/$kernel-selftests.log"
		return 1
	fi
	new=$(new_beside "$logs/$kernel.built")
	printf '%s\n' "$kernel_folder" "$slow" "$dkms" >"$new"
	mv "$new" "$logs/$kernel.built"
}

# read_built KERNEL: waits for the build, which was started before; sets
# kernel_folder, slow and ko.  Fails if the build has failed.
read_built()
{
	until [ -e "$logs/$1.built" ]; do
		# The build may have ended since the line above.
		[ ! -e "$logs/$1-build.done" ] || [ -e "$logs/$1.built" ] ||
			return 1
		sleep 0.5
	done
	{ read -r kernel_folder; read -r slow; read -r ko; } <"$logs/$1.built"
}

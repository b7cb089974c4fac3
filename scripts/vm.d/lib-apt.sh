# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# lib-apt.sh - provider "apt": stock kernels from Debian's archive
#
# Answers for: kernels of any Debian suite, unpacked into the cache folder and
# never installed, and building against them.  The argument in the table is
#
#	SERIES FLAVOUR SUITE...
#
# SERIES is the beginning of the version, FLAVOUR the part of the meta package's
# name after "linux-image-", and each SUITE is one place to search: a suite, or
# several separated by commas, of which the newest version counts. The host's
# own suite is tried first, then the others in order. If none has the series any
# more, the newest kernel in the first one that has the flavour is used instead,
# and each use says so.
#
# The machine's own package sources are read, for the mirror and the keyring,
# and never changed: each place has its own lists, cache and sources in
# $cache/apt, which need no root privileges.
#
# The build programs in a kernel's headers need its suite's C library, and the
# kernel needs a compiler of its version.  If the host lacks one of them,
# modules are built in a root of that suite, $cache/roots/SUITE-RECIPE.  The
# headers' Makefile does that (apt_makefile()), so callers of make there need
# not know.
#
# Sourced by lib.sh, which has the layout of a kernel folder; here it has
# besides
#
#	root		the suite whose root builds for it
#	in-root		runs a command there

# shellcheck disable=SC2154 # cache and scripts are lib.sh's

# Increase this when a change here needs new roots.
ROOT_RECIPE=1

# Packages of a root besides a minimal system.  The kernel's build programs need
# the libraries.
ROOT_PACKAGES=gcc,libc6-dev,ccache,make,bc,kmod,pahole,libelf-dev,libssl-dev,xz-utils,zstd

provide_apt()
{
	local name=$1 resolved=$cache/resolved/$1 dir

	if is_fresh "$resolved" && [ -d "$cache/kernels/$(<"$resolved")" ]; then
		dir=$cache/kernels/$(<"$resolved")
	else
		# shellcheck disable=SC2086 # words of the table
		dir=$(with_lock "kernel-$name" apt_update_kernel "$name" $2) ||
			exit
	fi
	[ ! -e "$resolved.note" ] || progress "$name: $(<"$resolved.note")"
	apt_prepare_build "$dir" || fail "no modules can be built for kernel $name here"
	echo "$dir"
}

apt_update_kernel()
{
	local name=$1 resolved=$cache/resolved/$1 old='' key note new

	[ ! -e "$resolved" ] || old=$(<"$resolved")
	# Another process may have done this while this one waited for the lock.
	if ! is_fresh "$resolved" || [ ! -d "$cache/kernels/$old" ]; then
		need apt-cache apt-get dpkg-deb depmod xz zstd
		mkdir -p "$cache/resolved" "$cache/kernels"
		if apt_try_twice apt_get_kernel "${@:2}"; then
			rm -f "$resolved.note"
			[ -z "$note" ] || echo "$note" >"$resolved.note"
			new=$(new_beside "$resolved")
			echo "$key" >"$new"
			mv "$new" "$resolved"
			old=$key
		elif [ -n "$old" ] && [ -d "$cache/kernels/$old" ]; then
			progress "$name: apt fails, staying with $old"
		else
			fail "cannot get kernel $name from apt"
		fi
	fi
	echo "$cache/kernels/$old"
}

# apt_get_kernel SERIES FLAVOUR SUITE...: sets key, the folder's name, and note,
# a message about it.  Its caller tests its status, which turns off set -e:
# hence the "|| return".
apt_get_kernel()
{
	local series=$1 flavour=$2 place arch=${2##*-} image='' version conf
	local -a places
	shift 2

	note=''
	mapfile -t places < <(apt_places "$@")
	for place in "${places[@]}"; do
		conf=$(apt_conf "$place" "$arch") || continue
		apt_find "$conf" "$series" "$flavour" || continue
		apt_fetch "$conf" "${place%%,*}" "$arch" && return
	done
	for place in "${places[@]}"; do
		conf=$(apt_conf "$place" "$arch") || continue
		apt_find "$conf" '' "$flavour" || continue
		note="the archive no longer has $series, this is $version"
		note+=" of ${place%%,*}"
		apt_fetch "$conf" "${place%%,*}" "$arch" && return
	done
	return 1
}

# apt_try_twice COMMAND...: the second time with lists that are read anew, as the
# archive may no longer have what they name.
apt_try_twice()
{
	"$@" && return
	touch -d '1 year ago' "$cache"/apt/*/updated 2>/dev/null || :
	"$@"
}

# apt_places SUITE...: one a line, the host's own first.
apt_places()
{
	local own

	own=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
	{
		printf '%s\n' "$@" | grep -x "$own\(,.*\)\?" || :
		printf '%s\n' "$@" | grep -vx "$own\(,.*\)\?" || :
	}
}

# apt_find CONF SERIES FLAVOUR: the newest kernel of the series: sets image,
# the package's name, and version.
apt_find()
{
	local conf=$1 series=$2 flavour=$3 meta of

	while read -r meta of; do
		[ -z "$series" ] || [[ $of == "$series".* ]] || continue
		read -r image version < <(
			apt-cache -c "$conf" show "$meta=$of" 2>/dev/null |
			sed -nE 's/^Depends:.*(linux-image-[0-9][^ ]*) \(= ([^)]*)\).*/\1 \2/p')
		[ -z "$image" ] || return 0
	done < <(apt-cache -c "$conf" madison "linux-image-$flavour" \
			"linux-image-${series:-none}-$flavour" 2>/dev/null |
		awk -F ' *[|] *' '{ sub(/^ */, "", $1); print $1, $2 }' |
		sort -s -r -V -k2,2)
	return 1
}

#
# Package lists
#

# apt_conf PLACE ARCH: apt's configuration for the place, with today's lists.
apt_conf()
{
	local dir=$cache/apt/${1//,/_}-$2

	is_fresh "$dir/updated" ||
		with_lock "apt-${dir##*/}" apt_lists "$dir" "$1" "$2" || return
	echo "$dir/apt.conf"
}

apt_lists()
{
	local dir=$1 place=$2 arch=$3

	! is_fresh "$dir/updated" || return 0
	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial" \
		"$dir/none" || return
	: >"$dir/status"
	apt_sources "$place" "$arch" >"$dir/sources.list" || return
	cat >"$dir/apt.conf" <<-END
	Dir::Etc::sourcelist "$dir/sources.list";
	Dir::Etc::sourceparts "$dir/none";
	Dir::Etc::preferences "$dir/none/preferences";
	Dir::Etc::preferencesparts "$dir/none";
	Dir::State "$dir";
	Dir::State::lists "$dir/lists";
	Dir::State::status "$dir/status";
	Dir::Cache "$dir/cache";
	#clear APT::Architectures;
	APT::Architecture "$arch";
	APT::Architectures { "$arch"; };
	APT::Sandbox::User "$(id -un)";
	Acquire::Languages "none";
	END
	progress "reading the package lists of $place for $arch"
	if apt-get -qq -c "$dir/apt.conf" update </dev/null >&2; then
		touch "$dir/updated"
	else
		# Old lists are better than none.
		[ -e "$dir/updated" ]
	fi
}

# apt_sources PLACE ARCH: lines for apt, with the machine's own mirror and key.
apt_sources()
{
	local suite main security uri key

	main=$(apt_mirror '[^-]*') || return
	security=$(apt_mirror '.*-security') || security=
	while read -r suite; do
		case $suite in
		*-security) read -r uri key <<<"$security" ;;
		*) read -r uri key <<<"$main" ;;
		esac
		[ -z "$uri" ] ||
			echo "deb [arch=$2${key:+ signed-by=$key}] $uri $suite main"
	done < <(tr ',' '\n' <<<"$1")
}

# apt_mirror SUITES: URI and keyring of the first of the machine's sources that
# has Debian's main part of a suite that matches.
apt_mirror()
{
	local found

	found=$({
		cat /etc/apt/sources.list.d/*.sources 2>/dev/null | awk -v RS= '
			{
				uri = suites = key = ""; main = 0
				n = split($0, lines, "\n")
				for (i = 1; i <= n; i++) {
					split(lines[i], word, /[ \t]+/)
					field = tolower(word[1])
					if (field == "uris:") uri = word[2]
					if (field == "suites:") suites = lines[i]
					if (field == "signed-by:") key = word[2]
					if (field == "components:")
						main = lines[i] ~ /[ \t]main([ \t]|$)/
				}
				sub(/^[^:]*:[ \t]*/, "", suites)
				n = split(suites, suite, /[ \t]+/)
				for (i = 1; main && i <= n; i++)
					print suite[i], uri, key
			}'
		cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list \
			2>/dev/null | sed -nE \
			-e 's/^deb +\[([^]]*)\] +([^ ]+) +([^ ]+) +(.* )?main( .*)?$/\3 \2 \1/p' \
			-e 's/^deb +([^[ ]+) +([^ ]+) +(.* )?main( .*)?$/\2 \1/p' |
			sed -E 's/^([^ ]+ [^ ]+).*signed-by=([^ ]+).*/\1 \2/;
				t; s/^([^ ]+ [^ ]+).*/\1/'
	} | grep -E "^$1 [a-z+]+:" | cut -d ' ' -f 2- | head -n 1)
	[ -n "$found" ] && echo "$found"
}

#
# Download and unpack
#

# apt_fetch CONF SUITE ARCH: fetch image and headers of the kernel that
# apt_find() has found; they get their final name only when complete.  Sets key.
apt_fetch()
{
	local conf=$1 suite=$2 arch=$3 release=${image#linux-image-} work deb

	key=${release}_${version//[^0-9A-Za-z.+-]/-}
	[ ! -d "$cache/kernels/$key" ] || return 0

	work=$(mktemp -d "$cache/kernels/.fetch.XXXXXX") || return
	progress "downloading $release ($version of $suite)"
	if ! mkdir "$work/deb" "$work/root" ||
	   ! apt_download "$conf" "$suite" "$arch" "$work/deb"; then
		rm -rf "$work"
		return 1
	fi

	progress "unpacking $release"
	for deb in "$work"/deb/*.deb; do
		dpkg-deb -x "$deb" "$work/root" ||
			{ rm -rf "$work"; return 1; }
	done
	if ! apt_arrange "$work/root" "$release" "$suite" "$arch" ||
	   ! mv "$work/root" "$cache/kernels/$key"; then
		rm -rf "$work"
		return 1
	fi
	rm -rf "$work"
}

# The packages, and the parts into which newer ones are split.  Build programs
# are those of the host's architecture, also for kernels of another.
apt_download()
{
	local conf=$1 suite=$2 arch=$3 to=$4 package host programs
	local -a packages=() kbuild=()

	host=$(dpkg --print-architecture)
	while read -r package; do
		case $package in
		linux-kbuild-*) kbuild+=("$package") ;;
		*) packages+=("$package") ;;
		esac
	done < <(apt_parts "$conf" "$image" "linux-headers-$release")
	[ "${#kbuild[@]}" -gt 0 ] || return

	programs=$conf
	if [ "$arch" != "$host" ]; then
		programs=$(apt_conf "$(sed -n 's/^deb \[[^]]*\] [^ ]* \([^ ]*\) .*/\1/p' \
			"${conf%/*}/sources.list" | paste -sd ,)" "$host") || return
	fi
	(
		cd "$to" &&
			apt-get -qq -c "$conf" download "${packages[@]}" &&
			apt-get -qq -c "$programs" download "${kbuild[@]}"
	) </dev/null >&2
}

# apt_parts CONF PACKAGE...: PACKAGE=VERSION of each, and of all kernel packages
# that they depend on; packages that Debian builds together have the same
# version.
apt_parts()
{
	local conf=$1 package wanted=" "
	local -a queue
	shift

	queue=("$@")
	while [ "${#queue[@]}" -gt 0 ]; do
		package=${queue[0]}
		queue=("${queue[@]:1}")
		[[ $wanted != *" $package "* ]] || continue
		wanted+="$package "
		if apt-cache -c "$conf" show "$package=$version" \
				>/dev/null 2>&1; then
			echo "$package=$version"
		else
			echo "$package"
		fi
		mapfile -t -O "${#queue[@]}" queue < <(
			apt-cache -c "$conf" show --no-all-versions \
				"$package=$version" 2>/dev/null |
			sed -n 's/^Depends: //p' | tr ',|' '\n' |
			sed -nE 's/^ *(linux-(image|binary|modules|base|headers|kbuild)-[0-9][^ :]*).*/\1/p')
	done
}

# apt_arrange ROOT RELEASE SUITE ARCH: turn an unpacked tree into a kernel
# folder: no file in it may refer to paths on the host, where these packages are
# not installed.
apt_arrange()
{
	local root release=$2 suite=$3 arch=$4 part link image
	local headers=usr/src/linux-headers-$release modules

	# Links are relative, as the cache folder may itself be a link.
	root=$(realpath "$1") || return
	# Newer packages have all below /usr.
	[ -e "$root/lib" ] || ln -s usr/lib "$root/lib"
	[ -h "$root/lib" ] || [ ! -d "$root/usr/lib/modules" ] ||
		{ cp -al "$root/usr/lib/modules" "$root/lib/" &&
			rm -rf "$root/usr/lib/modules"; } || return
	modules=$(realpath "$root/lib")/modules/$release
	[ -d "$root/$headers" ] && [ -d "$modules/kernel" ] || return

	for part in build source; do
		link=$(readlink "$modules/$part") || continue
		ln -sfn "$(realpath -ms --relative-to="$modules" \
			"$root$link")" "$modules/$part" || return
	done
	depmod -b "$root" "$release" || return
	apt_makefile "$root/$headers" || return
	echo "${suite%%-*}" >"$root/root"

	image=$root/boot/vmlinuz-$release
	[ -e "$image" ] || image=$modules/vmlinuz
	ln -s "$headers" "$root/build"
	echo "$release" >"$root/release"
	echo "$arch" >"$root/arch"
	if "image_unpack_$arch" "$image" "$root/vmlinux"; then
		ln -s vmlinux "$root/image"
	else
		ln -s "${image#"$root/"}" "$root/image"
	fi
	[ -e "$root/image" ]
}

# apt_makefile HEADERS: their own Makefile has two lines, with paths of the
# host, and includes the rest.  If the host lacks what that needs, call make
# again in the root that has it.
apt_makefile()
{
	local makefile=$1/Makefile

	[ "$(grep -vcE '^(KBUILD_OUTPUT *=|include /usr/src/)' "$makefile")" -eq 0 ] ||
		return
	# shellcheck disable=SC2016 # make expands these
	sed -i -e 's|^include /usr/src/|include $(dir $(kernel-headers))|' \
		-e 's|^KBUILD_OUTPUT *=.*|KBUILD_OUTPUT = $(kernel-headers)|' \
		"$makefile" || return
	# shellcheck disable=SC2016 # make expands these
	{
		echo 'kernel-headers := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))'
		echo 'ifneq ($(RSVPOOL_IN_ROOT)$(shell test -e $(kernel-headers)/../../../in-root || echo 1),)'
		cat "$makefile"
		echo 'else'
		echo 'kernel-goals := $(or $(MAKECMDGOALS),all)'
		echo '.PHONY: $(kernel-goals) in-root'
		echo '$(kernel-goals): in-root ;'
		# The jobserver flags of make 4.4 are an error for 4.3 in an
		# older root: there it gets the same number of jobs of its own.
		echo 'kernel-fifo = $(findstring --jobserver-auth=fifo:,$(MAKEFLAGS))'
		echo "kernel-flags = \$(if \$(kernel-fifo),MAKEFLAGS='\$(filter-out -j% --jobserver-auth=%,\$(MAKEFLAGS))')"
		echo 'kernel-jobs = $(if $(kernel-fifo),$(filter -j%,$(MAKEFLAGS)))'
		echo 'in-root:'
		printf '\t%s\n' '+@cd $(kernel-headers) && $(kernel-flags) ../../../in-root make $(kernel-jobs) --no-print-directory O=$(kernel-headers) $(MAKECMDGOALS)'
		echo 'endif'
	} >"$makefile.new" && mv "$makefile.new" "$makefile"
}

# image_unpack_ARCH VMLINUZ VMLINUX: unpack it to a form that QEMU boots, or
# boots faster.

image_unpack_amd64()
{
	image_unpack "$@"
}

# A self-extracting EFI program, or a plain image.
image_unpack_arm64()
{
	local at size kind

	if [ "$(head -c 2 "$1" | od -An -tx1 | tr -d ' ')" = 1f8b ]; then
		gzip -dc "$1" >"$2"
		return
	fi
	[ "$(tail -c +5 "$1" | head -c 4 | tr -d '\0')" = zimg ] || return
	at=$(od -An -tu4 -j8 -N4 "$1")
	size=$(od -An -tu4 -j12 -N4 "$1")
	kind=$(od -An -c -j24 -N8 "$1" | tr -d ' \n' | sed 's/\\0.*//')
	case $kind in
	gzip) kind='gzip -dc' ;;
	zstd* | '') kind='zstd -dcq' ;;
	xz* | lzma) kind='xz -dc' ;;
	*) return 1 ;;
	esac
	tail -c "+$((at + 1))" "$1" | head -c "$size" | $kind >"$2"
}

# apt_busybox ARCH: a static busybox for it, from the suite of the table's first
# kernel of that architecture.
apt_busybox()
{
	local arch=$1 out=$cache/busybox/$1 place

	if [ ! -e "$out" ]; then
		place=$(kernel_table | awk -v end="-$arch" \
			'substr($4, length($4) - length(end) + 1) == end { print $5; exit }')
		with_lock "busybox-$arch" apt_try_twice apt_get_busybox "$arch" "$place" \
			"$out" || fail "there is no busybox for $arch"
	fi
	echo "$out"
}

apt_get_busybox()
{
	local arch=$1 place=$2 out=$3 conf work status=0

	[ ! -e "$out" ] || return 0
	conf=$(apt_conf "$place" "$arch") && mkdir -p "$cache/busybox" &&
		work=$(mktemp -d "$cache/busybox/.fetch.XXXXXX") || return
	( cd "$work" && apt-get -qq -c "$conf" download busybox-static ) \
		</dev/null >&2 && dpkg-deb -x "$work"/*.deb "$work/root" &&
		mv "$(find "$work/root" -path '*/bin/busybox' -type f | head -n 1)" \
			"$out" || status=$?
	rm -rf "$work"
	return "$status"
}

#
# Building
#

# apt_prepare_build DIR: provide compiler and build programs for the kernel in
# DIR.
apt_prepare_build()
{
	local dir=$1 compiler root

	# Folders of earlier versions of this script use the host's programs.
	[ -e "$dir/root" ] || return 0
	if host_builds "$dir"; then
		[ ! -e "$dir/in-root" ] || rm -f "$dir/in-root"
		return
	fi
	compiler=$(kernel_compiler "$dir")
	root=$cache/roots/$(<"$dir/root")-$compiler-$ROOT_RECIPE
	# Another cache folder's root is used if they share the kernel.
	[ ! -e "$dir/in-root" ] || ! "$dir/in-root" true || return 0
	[ -d "$root" ] || with_lock "root-${root##*/}" \
		root_make "$(<"$dir/root")" "$compiler" "$root" || return
	with_lock "in-root-${dir##*/}" kernel_in_root "$dir" "$root"
}

# kernel_in_root DIR ROOT: build for the kernel in ROOT from now on.
kernel_in_root()
{
	local dir=$1 root new

	root=$(realpath "$2") || return
	# Another kernel's job may do this in the same root now.
	new=$(new_beside "$root/in-root") &&
		cp "$scripts/vm.d/in-root" "$new" && chmod 755 "$new" &&
		mv "$new" "$root/in-root" || return
	new=$(new_beside "$dir/in-root") &&
		printf '%s\n' '#!/bin/sh' \
			"exec '$root/in-root' '$root' \"\$@\"" >"$new" &&
		chmod 755 "$new" && mv "$new" "$dir/in-root"
}

# kernel_compiler DIR: the compiler that its headers call.
kernel_compiler()
{
	local variables=$1/build/.kernelvariables

	sed -nE 's/^override CROSS_COMPILE *= *([^$]*)$/\1/p' "$variables" |
		tr -d '\n'
	sed -nE 's/^(override )?CC *= *.*[ )](gcc-[0-9]+).*/\2/p' "$variables" |
		head -n 1
}

# Do the kernel's build programs run here, and is there its compiler?
host_builds()
{
	local dir=$1 program

	command -v "$(kernel_compiler "$dir")" >/dev/null || return
	for program in scripts/mod/modpost tools/objtool/objtool; do
		[ -e "$dir/build/$program" ] || continue
		! ldd "$dir/build/$program" 2>&1 | grep -q 'not found' || return
	done
}

# root_make SUITE COMPILER ROOT: its files belong to us, and there are no
# devices, so it can be deleted without privileges.  Proxies and the like are
# the machine's.
root_make()
{
	local suite=$1 compiler=$2 root=$3 package work

	[ ! -d "$root" ] || return 0
	need mmdebstrap unshare
	case $(dpkg --print-architecture)/$compiler in
	amd64/x86_64-linux-gnu-* | arm64/aarch64-linux-gnu-*)
		package=${compiler##*-gnu-} ;;
	*-linux-gnu-gcc-*)
		package=${compiler##*-gnu-}-${compiler%-gcc-*}
		package=${package//_/-}
		# For the tests' own programs.
		case $compiler in
		aarch64-*) package+=,libc6-dev-arm64-cross ;;
		esac ;;
	*)
		package=$compiler ;;
	esac
	progress "making a root of $suite with $package, which takes a minute or two"
	mkdir -p "$cache/roots" &&
		work=$(mktemp -d "$cache/roots/.make.XXXXXX") || return
	if mkdir "$work/root" &&
	   apt_sources "$suite" "$(dpkg --print-architecture)" \
			>"$work/sources.list" &&
	   apt-config dump --no-empty --format '%F "%v";%n' Acquire |
			grep -v '^Acquire::IndexTargets' \
			>"$work/apt.conf" &&
	   mmdebstrap --quiet --variant=minbase --format=tar \
			--aptopt="$work/apt.conf" --include="$ROOT_PACKAGES,$package" "$suite" \
			"$work/root.tar" "$work/sources.list" </dev/null >&2 &&
	   tar -C "$work/root" --no-same-owner --exclude='./dev/*' \
			-xf "$work/root.tar" >&2 &&
	   chmod -R u+rwX "$work/root" &&
	   mv "$work/root" "$root"; then
		rm -rf "$work"
	else
		rm -rf "$work"
		return 1
	fi
}

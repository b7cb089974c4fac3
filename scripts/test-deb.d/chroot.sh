#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash source=scripts/test-deb.d/functions.sh
#
# chroot.sh - what needs no kernel of its own: DKMS builds for those whose headers
# are there, with the host's speed.  Arguments: the packages' version, and that
# of a newer build of them, which are in newer/; checkout/ is what its name says.

. ./functions.sh

version=$1
newer=$2

# What has been installed for no kernel but these.
installed_for()
{
	dkms status -m rsvpool | sed -n 's|, [^,]*: installed.*||p' |
		sort | tr '\n' ';' >"$said.is"
	is "$said.is" "$1"
}

# The package asks DKMS for the running kernel and the newest; which of those that
# are here that is, is the host's matter.
only_newer()
{
	dkms status -m rsvpool >"$said.is"
	cat "$said.is"
	grep -q "^rsvpool/$newer, $second, .*: installed" "$said.is" &&
		! grep -v "^rsvpool/$newer, " "$said.is"
}

dkms_install()
{
	make -s -C checkout dkms-install KVER="$1"
}

example_builds()
{
	local kernel

	cp -r /usr/share/doc/rsvpool-dev/examples example
	for kernel in "$release" "$second"; do
		make -s -C example KVER="$kernel" || return
		says rsvpool modinfo -F depends example/example_needs.ko ||
			return
		make -s -C example KVER="$kernel" clean || return
	done
}

# Another kernel beside the one that the system came with.
get update
# shellcheck disable=SC2086 # a list
get install $other
second=$(cd /lib/modules && echo "$series"*)
files >before
check "DKMS has nothing of rsvpool" same "$(dkms status)" ''

# From a checkout: the commands of README.md.
check "a checkout: without headers dkms-install names their package" \
	fails '' 'apt-get install linux-headers-1.2.3-amd64' \
	dkms_install 1.2.3-amd64
check "a checkout: nothing has changed" same_files before
check "a checkout: dkms-install" dkms_install "$release"
check "a checkout: all modules are built and signed" built_for "$release"
check "a checkout: dkms-install again, for another kernel" \
	dkms_install "$second"
check "a checkout: the modules are built for both kernels" installed_for \
	"rsvpool/$version, $release;rsvpool/$version, $second;"
check "a checkout: dkms-remove" make -s -C checkout dkms-remove
check "a checkout: nothing is left" same_files before

# The packages.
check "packages: apt installs them" get install \
	./repo/rsvpool-dkms_"$version"_all.deb \
	./repo/rsvpool-tools_"$version"_*.deb \
	./repo/rsvpool-dev_"$version"_all.deb
check "packages: DKMS has them" installed_for \
	"rsvpool/$version, $release;rsvpool/$version, $second;"
for kernel in "$release" "$second"; do
	check "packages: all modules are built and signed for $kernel" \
		built_for "$kernel"
done
check "packages: dkms-install refuses to run beside them" fails '' 'rsvpool-dkms is installed' \
	dkms_install "$release"
check "packages: the unit is enabled" \
	says enabled systemctl is-enabled rsvpool.service
check "packages: rsvpool-rt-validate is complete" \
	says 'isolation' rsvpool-rt-validate --help
check "packages: rsvpoolctl says that nothing is loaded" \
	fails 4 'modprobe rsvpool' rsvpoolctl list
check "packages: the example builds, for each kernel" example_builds
for test in tools modules build; do
	check "autopkgtest: $test" "checkout/debian/tests/$test"
done
check "packages: newer packages replace them" get install \
	./newer/rsvpool-dkms_*.deb ./newer/rsvpool-tools_*.deb \
	./newer/rsvpool-dev_*.deb
check "packages: DKMS has only the newer version" only_newer
check "packages: the module is of the newer version" same \
	"$(modinfo -k "$second" -F version rsvpool)" "$newer"
check "packages: the source of the older version is removed" \
	fails '' 'No such file' ls "/usr/src/rsvpool-$version"
check "packages: for the older kernel DKMS is asked" \
	dkms autoinstall -k "$release"
check "packages: DKMS builds it for the older kernel" same \
	"$(modinfo -k "$release" -F version rsvpool)" "$newer"
echo net,reserve=64 >/etc/rsvpool.d/net.conf
check "packages: they can be purged" get purge \
	rsvpool-dkms rsvpool-tools rsvpool-dev
check "packages: nothing is left" same_files before
check "packages: DKMS has nothing" same "$(dkms status)" ''
echo end

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash source=scripts/test-deb.d/functions.sh
#
# install.sh - on a running system: install, have pools, get another kernel.  The
# commands are admin-guide.rst's.  Argument: the packages' version.

. ./functions.sh

version=$1
pools=/sys/kernel/rsvpool

# A module of somebody else's, which DKMS builds after rsvpool.
example_installs()
{
	cp -r /usr/share/doc/rsvpool-dev/examples /usr/src/rsvpool-example-1.0 &&
		dkms install rsvpool-example/1.0
}

# The module is out of the way, as for a kernel that it was not built for.
hide_module()
{
	mkdir hidden &&
		mv "/lib/modules/$release/updates/dkms"/rsvpool* hidden/ &&
		depmod "$release"
}

show_module()
{
	mv hidden/* "/lib/modules/$release/updates/dkms/" && rmdir hidden &&
		depmod "$release"
}

# restarted UNIT: systemd refuses more than five starts in ten seconds.
restarted()
{
	systemctl reset-failed "$1" && systemctl restart "$1"
}

# reserve_is NUMBER: once the unit has read its files again.
reserve_is()
{
	restarted rsvpool && is "$pools/net/reserve" "$1"
}

# drops_in UNIT: a drop-in of it is read.
drops_in()
{
	mkdir -p "/run/systemd/system/$1.d" &&
		printf '[Service]\nExecStartPost=/bin/touch /run/dropped\n' \
			>"/run/systemd/system/$1.d/test.conf" &&
		systemctl daemon-reload && restarted "$1" &&
		[ -e /run/dropped ] && rm -r "/run/systemd/system/$1.d" &&
		systemctl daemon-reload
}

files >/root/before
get update
check "apt installs the packages" get install \
	./repo/rsvpool-dkms_"$version"_all.deb \
	./repo/rsvpool-tools_"$version"_*.deb \
	./repo/rsvpool-dev_"$version"_all.deb
check "DKMS has built it for the running kernel" \
	says "$release, x86_64: installed" dkms status rsvpool
check "all modules are in place, and signed" built_for "$release"
check "nothing has been loaded" fails '' '' test -e "$pools"
check "with nothing configured the unit succeeds" systemctl restart rsvpool
check "the unit loads nothing" fails '' '' test -e "$pools"
check "the module is hidden, and no pool configured" hide_module
check "the unit succeeds without the module, too" systemctl restart rsvpool
echo 'net,reserve=8' >/etc/rsvpool.d/net.conf
check "with a pool configured the unit fails without the module" \
	fails '' '' systemctl restart rsvpool
journalctl --sync
check "the unit says what is missing" says 'is it built for this kernel' \
	journalctl -q -b -u rsvpool
check "the module is back" show_module
systemctl reset-failed rsvpool

echo 'net,element=page,reserve=256,cache=32	# packets' \
	>/etc/rsvpool.d/net.conf
check "the unit makes the pools" systemctl start rsvpool
check "the module is there" same "$(cat /sys/module/rsvpool/version)" "$version"
check "the pool is there" is "$pools/net/reserve" 256
check "the pool is as its file says" is "$pools/net/cache" 32
check "rsvpoolctl lists the pool" says '^net ' rsvpoolctl list
check "rsvpoolctl changes the pool" rsvpoolctl set net reserve=300
check "the pool is changed" is "$pools/net/reserve" 300
check "the unit can be restarted" systemctl restart rsvpool
check "the restart has set what differs" is "$pools/net/reserve" 256
mkdir -p /usr/lib/rsvpool.d /run/rsvpool.d
echo net,reserve=100 >/usr/lib/rsvpool.d/net.conf
echo net,reserve=200 >/run/rsvpool.d/net.conf
check "a file in /etc is read instead of one in /run" reserve_is 256
mv /etc/rsvpool.d/net.conf .
check "one in /run instead of one in /usr/lib" reserve_is 200
rm -r /run/rsvpool.d
check "and one in /usr/lib if there is no other" reserve_is 100
rm -r /usr/lib/rsvpool.d
mv net.conf /etc/rsvpool.d/
check "a drop-in of the unit is read" drops_in rsvpool.service
check "the file in /etc is read again" is "$pools/net/reserve" 256

check "rsvpool_stress loads" modprobe rsvpool_stress
check "rsvpool_kvfree loads" modprobe rsvpool_kvfree
check "rsvpool_stress runs" rsvpoolctl stress pair pool=net
check "DKMS builds a module that needs rsvpool" example_installs
check "that module loads" modprobe example_needs
check "that module has a pool" is "$pools/example_needs/reserve" 16
check "that module unloads" modprobe -r example_needs
check "rsvpool unloads" modprobe -r rsvpool_stress rsvpool_kvfree rsvpool
echo 'options rsvpool pools="net,reserve=64;log,element=kmalloc,size=512"' \
	>>/etc/modprobe.d/rsvpool.conf
check "rsvpool loads with pools= of modprobe.d" modprobe rsvpool
sed -i '/^options/d' /etc/modprobe.d/rsvpool.conf
check "the pools of pools= exist" says '^log ' rsvpoolctl list

# Its own dependencies are in the archive too: kernel, headers, and no more.
# In Debian 12 this is apt-get install linux-image-6.12-amd64 linux-headers-6.12-amd64
# It changes files of packages that are there already, too.
files >/root/kernel
# shellcheck disable=SC2086 # a list
check "apt installs another kernel" get install $other
changed_since /root/kernel >/root/theirs
second=$(cd /lib/modules && echo "$series"*)
echo "$second" >/root/second
check "DKMS has built rsvpool for that kernel, too" built_for "$second"
check "DKMS has built the module that needs rsvpool, too" modinfo -k "$second" example_needs
echo end

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-package.sh - modules of another package (example-package/), built against
# rsvpool as DKMS installs it: the order of loading, and loading without
# rsvpool.
#
# Installs and removes modules of the running kernel, so "make run_tests" leaves
# it out; needs kmod's modprobe and depmod.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

updates=/lib/modules/$(uname -r)/updates

# installed NAME...: install these modules, and no others of ours.
installed()
{
	local name file

	rm -rf "$updates"
	mkdir -p "$updates"
	for name; do
		file=$(module_file "$name") && cp "$file" "$updates/" || return
	done
	# By their paths, as busybox has its own.
	/usr/bin/depmod -a
}

probe()
{
	/usr/bin/modprobe "$@" || return
	loaded="$1 $loaded"
}

there()
{
	[ -d "/sys/module/$1" ]
}

memory_is()
{
	memory=$(cat /sys/module/example_may/parameters/memory)
	[ "$memory" = "$1" ] || { echo "memory is $memory"; return 1; }
}

rsvpool_first()
{
	probe example_needs && there rsvpool && loaded="$loaded rsvpool" &&
		is example_needs/reserve 16
}

no_rsvpool()
{
	if /usr/bin/modprobe example_needs 2>"$work/modprobe"; then
		echo "was loaded"
		return 1
	fi
	! there example_needs
}

without()
{
	probe example_may && ! there rsvpool && memory_is kmalloc
}

rsvpool_first_for_may()
{
	probe example_may && there rsvpool && loaded="$loaded rsvpool" &&
		memory_is kmalloc
}

with_a_pool()
{
	make_pool "example,element=kmalloc,size=$1,reserve=8" &&
		probe example_may && memory_is "$2"
}

begin
for program in modprobe depmod; do
	[ -x "/usr/bin/$program" ] || skip_all "there is no /usr/bin/$program"
done
ktap_set_plan 12
installed example_needs example_may
check "a module that needs rsvpool does not load without it" no_rsvpool
check "a module that may use rsvpool loads without it" without
check "that module unloads" unload example_may
installed rsvpool example_needs example_may
check "rsvpool is loaded before a module that needs it" rsvpool_first
check "the module keeps rsvpool loaded" unload_refused rsvpool
check "the module that needs rsvpool unloads" unload example_needs
unload rsvpool
check "rsvpool is loaded before a module that may use it" rsvpool_first_for_may
unload example_may
check "the module uses a pool that exists" with_a_pool 256 pool
check "the module keeps rsvpool loaded while it uses the pool" unload_refused rsvpool
check "the module that used the pool unloads" unload example_may
destroy_pool example
check "the module does not use a pool that is too small" with_a_pool 64 kmalloc
rm -rf "$updates"
/usr/bin/depmod -a
finish "unloads"

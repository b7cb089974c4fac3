#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-life.sh - pools are created and destroyed, by debugfs and by the module
# parameter pools=; contradictory or too large requests are refused.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

LIVES=$(often 20 6)
ROUNDS=$(often 10 4)

is_there()
{
	[ -d "$sysfs/$1" ] && [ -d "$debug/pools/$1" ]
}

is_gone()
{
	[ ! -e "$sysfs/$1" ] && [ ! -e "$debug/pools/$1" ]
}

make_and_destroy()
{
	make_pool "$1" && is_there "${1%%,*}" && destroy_pool "${1%%,*}" &&
		is_gone "${1%%,*}"
}

two_lines()
{
	make_pool "one,reserve=1
two,element=kmalloc,size=64,reserve=2" &&
		is one/element_bytes 4096 && is two/element_bytes 64 &&
		destroy_pool "one
two" && is_gone one && is_gone two
}

# The second line is wrong, so the first has no effect either.
good_and_bad_line()
{
	refused EINVAL two nonsense ./poke write "$debug/create" "one,reserve=1
two,nonsense=1" && is_gone one && is_gone two
}

create_shows_keys()
{
	for key in element order size parent reserve max nmi_reserve cache \
		   cache_max batch low high high_max policy wakeup node zero \
		   opaque adaptive decay_ms refill_thread; do
		grep -q "$key=" "$debug/create" || {
			echo "create does not show $key"
			return 1
		}
	done
}

# The number of pages in so many per cent of memory.
pages_of_memory()
{
	awk -v percent="$1" '/^MemTotal:/ { print int($2 / 4 * percent / 100) }' \
		/proc/meminfo
}

# Each of them is under the ceiling, both together are above.
ceiling_is_for_all()
{
	make_pool "one,reserve=$(pages_of_memory 14)" || return
	refused ENOMEM two reserve ./poke write "$debug/create" \
		"two,reserve=$(pages_of_memory 14)" || return
	is_gone two || return
	destroy_pool one || return
	make_and_destroy "two,reserve=$(pages_of_memory 14)"
}

ceiling_is_for_resize()
{
	make_pool "one,reserve=8,max=$(pages_of_memory 30)" || return
	refused ENOMEM one reserve ./poke write "$sysfs/one/reserve" \
		"$(pages_of_memory 29)" || return
	is one/reserve 8 && destroy_pool one
}

loads_with_pools()
{
	try_load rsvpool "pools=net,reserve=8;disk,element=kmalloc,size=512,reserve=4" &&
		is net/reserve 8 && is disk/element_bytes 512 &&
		unload rsvpool
}

# load_refused ERRNO POOL KEY PARAMETERS
load_refused()
{
	refused "$1" "$2" "$3" try_load rsvpool "$4" || return
	[ ! -e /sys/module/rsvpool ]
}

# A leak of the whole pool would be 64 MB after four rounds.
many_times()
{
	local round=0

	while [ "$round" -lt "$ROUNDS" ]; do
		round=$((round + 1))
		echo "round $round"
		try_load rsvpool "max_percent=50 pools=p,reserve=2048" || return
		make_pool "q,order=2,reserve=512" || return
		destroy_pool p || return
		unload rsvpool || return
	done
	memory_is_back
}

# Modules with a pool in use: they cannot be unloaded until it is unused.
in_use()
{
	begin_stress churn pool=p hold=16 seconds=86400 &&
		unload_refused rsvpool && unload_refused rsvpool_stress &&
		stress_is_on && end_stress && unload_refused rsvpool
}

# Load, use, unload.
lives()
{
	local life=0

	while [ "$life" -lt "$LIVES" ]; do
		life=$((life + 1))
		echo "life $life"
		try_load rsvpool "pools=p,reserve=64;q,element=pool,parent=p,reserve=4" &&
			try_load rsvpool_stress && in_use &&
			unload rsvpool_stress && unload rsvpool || return
		[ ! -e "$sysfs" ] && [ ! -e "$debug" ] || return
	done
	memory_is_back
}

bad_pools="\
a|EINVAL|a|foo|foo=1
a|EINVAL|a|''|
a|EINVAL|a|reserve|reserve=x
a|EINVAL|a|reserve|reserve=
a|EINVAL|a|reserve|reserve
a|EINVAL|a|reserve|reserve=-1
a|EINVAL|a|reserve|reserve=1,reserve=2
a|ERANGE|a|reserve|reserve=4294967295
a|ERANGE|a|reserve|reserve=4294967296
a|ERANGE|a|reserve|reserve=18446744073709551616
a|ERANGE|a|reserve|reserve=1048577
a|ERANGE|a|max|reserve=8,max=7
a|ERANGE|a|max|max=1048577
a|ERANGE|a|order|order=5
a|EINVAL|a|size|element=kmalloc
a|ERANGE|a|size|element=kmalloc,size=7
a|ERANGE|a|size|element=kmalloc,size=65537
a|EINVAL|a|element|element=foo
a|EINVAL|a|element|element=kmem_cache
a|EINVAL|a|order|element=kmalloc,size=64,order=1
a|EINVAL|a|size|size=64
a|EINVAL|a|parent|element=pool
a|ENOENT|a|parent|element=pool,parent=nobody
a|EINVAL|a|parent|parent=p
a|ERANGE|a|nmi_reserve|reserve=4,nmi_reserve=5
a|ERANGE|a|nmi_reserve|reserve=2000,nmi_reserve=1025
a|ERANGE|a|cache|cache_max=4,cache=5
a|ERANGE|a|cache_max|cache_max=1025
a|ERANGE|a|batch|batch=0
a|ERANGE|a|batch|batch=65
a|EINVAL|a|low|low=9,high=8
a|ERANGE|a|low|reserve=8,max=16,low=17
a|ERANGE|a|high|reserve=8,max=16,high=17
a|ERANGE|a|high_max|reserve=8,max=16,high_max=17
a|EINVAL|a|high_max|reserve=8,max=32,high=16,high_max=15
a|EINVAL|a|policy|policy=foo
a|EINVAL|a|wakeup|wakeup=lifo
a|ERANGE|a|node|node=99
a|ERANGE|a|node|node=-2
a|EINVAL|a|zero|zero=2
a|EINVAL|a|zero|zero=1,order=1
a|EINVAL|a|zero|zero=1,opaque=1
a|EINVAL|a|adaptive|adaptive=yes
a|ERANGE|a|decay_ms|decay_ms=0
a|EINVAL|a|refill_thread|refill_thread=2
p|EEXIST|p|name|reserve=1
|EINVAL||name|reserve=4
.a|EINVAL|.a|name|reserve=4
a/b|EINVAL|a/b|name|reserve=4
a b|EINVAL|a b|name|reserve=4
..|EINVAL|..|name|reserve=4
12345678901234567890123456789012|EINVAL|12345678901234567890123456789012|name|reserve=4
a|ENOMEM|a|reserve|order=4,reserve=1048576,max=1048576"

plan $((21 + $(echo "$bad_pools" | wc -l)))

load rsvpool
make_pool p,reserve=4
check "a pool is in sysfs and debugfs" is_there p
check "pages of order 4" make_and_destroy a,order=4,reserve=4
check "kmalloc of 8 bytes" make_and_destroy \
	a,element=kmalloc,size=8,reserve=4
check "kmalloc of 64 KiB" make_and_destroy \
	a,element=kmalloc,size=65536,reserve=4
check "a pool on a pool" make_and_destroy a,element=pool,parent=p,reserve=2
check "all keys at once" make_and_destroy \
	a,element=page,order=1,reserve=8,max=64,nmi_reserve=2,cache=4,cache_max=8,batch=4,low=9,high=20,high_max=30,policy=reserve,wakeup=prio,node=0,zero=0,opaque=1,adaptive=0,decay_ms=500,refill_thread=1
check "a name of 31 characters" make_and_destroy \
	1234567890123456789012345678901,reserve=1
check "two pools, a line each" two_lines
check "a bad line refuses the good one, too" good_and_bad_line
check "create shows its keys" create_shows_keys

while IFS='|' read -r name errno pool key keys; do
	refuse "refused: $name,$keys" "$errno" "$pool" "$key" \
		"$debug/create" "$name,$keys"
done <<END
$bad_pools
END

refuse "destroying a pool that does not exist" ENOENT nobody destroy \
	"$debug/destroy" nobody
check "max_percent is for all pools together" ceiling_is_for_all
check "max_percent is for resizing, too" ceiling_is_for_resize
check "a destroyed pool is gone" eval "destroy_pool p && is_gone p"
check "unloads" unload rsvpool

check "loads with pools=" loads_with_pools
check "pools= with a bad key" load_refused EINVAL disk foo \
	"pools=net,reserve=8;disk,foo=1"
# From 7.0 on, EEXIST means that the module is loaded already.
taken=EEXIST
[ "$(uname -r | cut -d. -f1)" -lt 7 ] || taken=EBUSY
check "pools= with a name twice" load_refused "$taken" net name \
	"pools=net,reserve=8;net,reserve=4"
check "many times: load, make pools, destroy, unload" many_times
check "many times: load, use, fail to unload, unload" lives
finish "the memory is back"

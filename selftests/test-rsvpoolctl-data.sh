#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-rsvpoolctl-data.sh - rsvpoolctl restores what it has saved of the
# module's pools, setting by setting, with debugfs and without, as a file and as
# the parameter pools=.  Tests that need no kernel are in
# scripts/check.d/test-tool-data.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

# How often pools are saved that come and go.
ROUNDS=20

# ctl STATUS ARGUMENT...: it exits with this status; its output is in $work/out
# and err.
ctl()
{
	local expected="$1" status=0
	shift

	./rsvpoolctl "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
	[ "$status" -eq "$expected" ] || {
		echo "rsvpoolctl $*: $status"
		cat "$work/out" "$work/err"
		return 1
	}
}

# Every key of "create" is given, with a value that is not its default.
make_pools()
{
	make_pool "-n,order=1,reserve=3,max=40,nmi_reserve=2,cache=5,cache_max=9,batch=7,low=11,high=22,high_max=33,policy=source,wakeup=prio,node=0,opaque=1,adaptive=0,decay_ms=77,stall_ms=88" &&
		make_pool "keys,element=kmalloc,size=72,reserve=4,max=32,zero=1,debug=1,policy=reserve,refill_thread=1" &&
		make_pool "a,element=pool,parent=keys,reserve=2,max=8" &&
		make_pool "lent,reserve=2,lend=1,max=0x10" &&
		make_pool "none,reserve=0,max=0" &&
		accept "$sysfs/keys/refill_prio" 17 &&
		accept "$sysfs/keys/refill_cpus" 0
}

every_key_is_tried()
{
	local key keys

	read -r keys </sys/module/rsvpool/parameters/create_keys
	for key in $keys; do
		grep -q "$key=" "$0" || {
			echo "no pool has $key"
			return 1
		}
	done
}

# The settings and attributes of a pool, without its statistics.
everything()
{
	all_settings | grep -v /bound_bytes:
}

save()
{
	everything >"$work/before" && ctl 0 save "$work/saved" &&
		equal "$(grep -c '^[^#].*,' "$work/saved")" 5
}

restores_it_all()
{
	destroy_all_pools
	nothing_in "$sysfs" && ctl 0 restore "$work/saved" &&
		everything | diff "$work/before" - &&
		ctl 0 save "$work/again" && diff "$work/saved" "$work/again"
}

# Restoring the current state changes nothing.
restores_nothing()
{
	ctl 0 restore "$work/saved" && [ ! -s "$work/out" ] &&
		[ ! -s "$work/err" ] && return
	cat "$work/out" "$work/err"
	return 1
}

same_without_debugfs()
{
	unshare -m sh -c "umount /sys/kernel/debug &&
		./rsvpoolctl save" >"$work/again" && diff "$work/saved" "$work/again"
}

# Each setting is changed, and restoring sets it again.
sets_each()
{
	local pair file

	for pair in reserve=20 cache=6 batch=8 low=10 high=23 high_max=34 \
		    policy=reclaim adaptive=1 decay_ms=78 stall_ms=89; do
		file=$sysfs/-n/${pair%%=*}
		accept "$file" "${pair#*=}" &&
			ctl 0 restore "$work/saved" &&
			everything | diff "$work/before" - || return
	done
}

as_parameter()
{
	local text

	# The parameter has 1024 characters.
	destroy_pool none && destroy_pool lent || return
	everything | grep -v /refill_ >"$work/fixed"
	ctl 0 save --modprobe && grep -q refill_prio "$work/err" || return
	cp "$work/out" "$work/line"
	text=$(sed -n 's/^options rsvpool pools="\(.*\)"$/\1/p' "$work/line")
	unload rsvpool && try_load rsvpool "pools=$text" &&
		ctl 0 save --modprobe && diff "$work/line" "$work/out" &&
		everything | grep -v /refill_ | diff "$work/fixed" -
}

# The option that restore adds.
adds_the_rest()
{
	ctl 0 restore "$work/saved" && everything | diff "$work/before" -
}

of_no_pools()
{
	destroy_all_pools
	ctl 0 save --modprobe && ! grep pools= "$work/out" && unload rsvpool &&
		load rsvpool pools=
}

reason()
{
	grep -q -e "$1" "$work/err" || {
		cat "$work/err"
		return 1
	}
}

too_long()
{
	ctl 1 create 1234567890123456789012345678901234567890 &&
		reason "kernel says: .*longer than 31"
}

no_number()
{
	make_pool p,reserve=4 && ctl 2 set p reserve=09K && is p/reserve 4
}

# Pools come and go while they are saved, measured, listed from their files and
# watched: of each all is said, or nothing.
pools_come_and_go()
{
	local i=0 bad=0 pid

	while [ ! -e "$work/end" ]; do
		echo brief,reserve=8 >"$debug/create"
		echo brief >"$debug/destroy"
	done 2>/dev/null &
	pid=$!
	: >"$work/listed"
	while [ $i -lt "$ROUNDS" ]; do
		i=$((i + 1))
		ctl 0 list --columns pool,reserve,bound_bytes,alloc_cache || bad=1
		cat "$work/out" >>"$work/listed"
		ctl 0 top -n 1 -d 0.01 --json || bad=1
		grep -o '"name":"brief".*' "$work/out" >>"$work/topped" || :
		ctl 0 save || bad=1
		! grep '^brief' "$work/out" | grep -v 'element=.*,zero=' ||
			bad=1
		ctl 0 metrics || bad=1
		! grep -q '{pool="brief"' "$work/out" ||
			grep -q '^rsvpool_zero{pool="brief"' "$work/out" ||
			bad=1
	done
	: >"$work/end"
	wait "$pid" || :
	! grep '^brief' "$work/listed" | grep -v '^brief  *8  *[1-9][0-9]*  *[0-9]' &&
		! grep '"available":0,"cached":0,"outstanding":0' "$work/topped" &&
		[ "$bad" -eq 0 ] && ! [ -d "$sysfs/brief" ]
}

plan 14
load rsvpool
check "pools with every key" make_pools
check "every key is tested" every_key_is_tried
check "they are saved" save
check "restoring creates the same pools" restores_it_all
check "restoring again changes nothing" restores_nothing
check "without debugfs the same is saved" same_without_debugfs
check "each setting is set again" sets_each
check "the saved parameter creates the same pools" as_parameter
check "restore adds the settings that only it can set" adds_the_rest
check "without pools there is no parameter" of_no_pools
check "a name that is too long: the kernel's reason is shown" too_long
check "a number that is not valid is refused" no_number
check "a pool that is destroyed meanwhile is saved whole, or not at all" pools_come_and_go
finish "unloads"

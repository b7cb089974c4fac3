#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-contexts.sh - all CPUs allocate and free, from each context alone and
# from all together, on all kinds of pools: no element is lost, overwritten, or
# handed out twice.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

contexts=$(machine_contexts)
# Requests in each context; calls that may sleep are made for a second.
count=${RSVPOOL_TEST_COUNT:-$((10000 / slow))}

alone()
{
	stress contexts pool=p "contexts=$1" "count=$count" hold=64 bulk=8
}

# together KEYS [PARAMETERS...]: all contexts, on a pool with these keys.
together()
{
	make_pool "t,$1" || return
	shift
	stress contexts pool=t "count=$count" hold=48 bulk=8 "$@" &&
		eventually is t/outstanding 0 && destroy_pool t
}

with_latency()
{
	make_pool "t,reserve=64" && accept "$debug/pools/t/latency" 1 &&
		stress contexts pool=t "count=$count" hold=48 &&
		[ "$(grep -c . "$debug/pools/t/latency")" -gt 1 ] &&
		destroy_pool t
}

# Free elements that must not be written to: they were not.
kept()
{
	make_pool "t,element=kmalloc,size=64,opaque=1,reserve=64,nmi_reserve=8,$1" &&
		accept "$debug/pools/t/inject" always &&
		stress contexts pool=t "count=$count" hold=48 expect=kept &&
		destroy_pool t
}

on_each_other()
{
	make_pool t,reserve=192 &&
		make_pool u,element=pool,parent=t,reserve=64,nmi_reserve=8 &&
		stress contexts pool=u "count=$count" hold=48 &&
		stress contexts pool=t "count=$count" hold=48 &&
		destroy_pool u && destroy_pool t
}

every_call()
{
	make_pool "t,reserve=64,$1" || return
	shift
	stress churn pool=t seconds=1 "$@" && destroy_pool t
}

# The default is every context that can be made; the log names one that cannot.
by_default()
{
	stress contexts pool=p count=100 hold=64 || return
	case $contexts in
	*nmi*) grep -q '^nmi\.claimed=' "$work/result" ;;
	*)
		dmesg | grep -q 'contexts: by default without nmi' &&
			! grep '^nmi\.claimed=' "$work/result" ;;
	esac
}

plan $(($(echo "$contexts" | wc -w) + 15))
load rsvpool
load rsvpool_stress
make_pool p,reserve=64,max=256,nmi_reserve=8,cache=16
for context in $contexts; do
	check "$context" alone "$context"
done
check "the default contexts" by_default
check "together" together reserve=64,nmi_reserve=8
check "together, no cache" together reserve=64,nmi_reserve=8,cache=0
check "together, small cache and batch" together reserve=64,cache=3,batch=1
check "together, nothing above min" together \
	reserve=64,max=64,nmi_reserve=8,cache=8
check "together, the whole reserve for NMI" together reserve=64,max=64,nmi_reserve=64
check "together, elements of 8 bytes" together \
	element=kmalloc,size=8,reserve=64,nmi_reserve=8
check "together, zeroed" together zero=1,reserve=64,nmi_reserve=8 expect=zero
check "together, opaque elements" kept cache=8
check "together, opaque elements, no cache" kept cache=0
check "together, latency measured" with_latency
check "a pool on a pool" on_each_other
check "every call that may sleep" every_call max=96
check "every call, nothing above min" every_call max=64,cache=4
finish "unloads"

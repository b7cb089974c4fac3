#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-front-ends.sh - all front ends validate alike: the files in sysfs,
# debugfs's "config" and "create", the parameter pools= and rsvpool_create()
# give the answers in front-ends.data.  What a file shows can be written back.
# A refusal logs one line and changes nothing.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

attr=/sys/kernel/debug/rsvpool_test_attr
base="reserve=16 max=64 nmi_reserve=2 cache=8 cache_max=32 low=20 high=40"
# Loading is slow, and this is the same function as "create".
pools_keys="order policy node lend"

# pool_text NAME KEY MORE: the text that creates a pool, without the key.
pool_text()
{
	local pair text="$1" given=",$2=,$3,"

	for pair in $base; do
		case $given in
		*",${pair%%=*}="*) ;;
		*) text=$text,$pair ;;
		esac
	done
	printf '%s' "$text${3:+,$3}"
}

# answered ANSWER POOL COMMAND...: the poke gives this answer; a refusal logs
# one line that names the pool.
answered()
{
	local expected="$1" pool="$2" answer warnings
	shift 2

	answer=$("$@" || :)
	warnings=${answer#"${answer%%
*}"}
	answer=${answer%%
*}
	[ "$answer" = "$expected" ] || {
		echo "$*: $answer, not $expected: $warnings"
		return 1
	}
	warnings=${warnings#
}
	case $expected:$warnings in
	ok:) ;;
	ok:*)
		echo "$*: said $warnings"
		return 1 ;;
	*:*"
"*)
		echo "$*: more than one line: $warnings"
		return 1 ;;
	*:"4 rsvpool: pool '$pool': "*": "?*) ;;
	*)
		echo "$*: no reason: $warnings"
		return 1 ;;
	esac
}

# as_shown POOL: the content of the file of the row's key.
as_shown()
{
	[ ! -f "$sysfs/$1/$key" ] || is "$1/$key" "$shown"
}

#
# Front ends: each tests one row, which is in key, value, answer, shown and more
#

sysfs_row()
{
	case $more in
	'' | -) ;;
	*) return 0 ;;
	esac
	is_setting || return 0
	compared=$((compared + 1))
	answered "$answer" p ./poke write "$sysfs/p/$key" "$value" || return
	if [ "$answer" = ok ]; then
		as_shown p && answered ok p ./poke write "$sysfs/p/$key" \
			"$(cat "$sysfs/p/$key")" && as_shown p || return
	fi
	as_before
}

config_row()
{
	case $more in
	'' | -) ;;
	*) return 0 ;;
	esac
	is_setting || return 0
	compared=$((compared + 1))
	answered "$answer" p ./poke write "$debug/pools/p/config" \
		"$key=$value" || return
	if [ "$answer" = ok ]; then
		as_shown p && answered ok p ./poke write \
			"$debug/pools/p/config" " $key =  $value" &&
			as_shown p || return
	fi
	as_before
}

is_setting()
{
	[ -n "$(find "$sysfs/p/$key" -perm -200 2>/dev/null)" ]
}

# A refusal has changed nothing; an accepted value is undone.
as_before()
{
	[ "$answer" != ok ] || answered ok p ./poke write \
		"$debug/pools/p/config" "$(cat "$work/base")" || return
	config_of_p | diff "$work/base" -
}

config_of_p()
{
	cat "$debug/pools/p/config"
}

create_row()
{
	local text

	[ "$more" != - ] || return 0
	compared=$((compared + 1))
	text=$(pool_text t "$key" "$more")
	answered "$answer" t ./poke write "$debug/create" \
		"$text,$key=$value" || return
	if [ "$answer" != ok ]; then
		gone t
		return
	fi
	as_shown t && text=" $(pool_text "t " "$key" "$more")" &&
		if [ -f "$sysfs/t/$key" ]; then
			text="$text, $key = $(cat "$sysfs/t/$key")"
		else
			text="$text, $key = $value"
		fi && destroy_pool t &&
		answered ok t ./poke write "$debug/create" "$text " &&
		as_shown t && destroy_pool t && gone t
}

gone()
{
	[ ! -e "$sysfs/$1" ] || {
		echo "$1 is there"
		destroy_pool "$1"
		return 1
	}
}

# Rows that cannot be expressed in C are left out.
c_row()
{
	[ "$more" != - ] || return 0
	./poke write "$attr/create" \
		"$(pool_text t "$key" "$more"),$key=$value" >"$work/c" || :
	[ "$(head -n 1 "$work/c")" != EDOM ] || return 0
	compared=$((compared + 1))
	answered "$answer" t cat "$work/c"
}

pools_row()
{
	[ "$more" != - ] || return 0
	case " $pools_keys " in
	*" $key "*) ;;
	*) return 0 ;;
	esac
	case ,$more in
	*,parent=*) return 0 ;;
	esac
	compared=$((compared + 1))
	file=$(module_file rsvpool) || return
	answered "$answer" t ./poke load "$file" \
		"pools=\"$(pool_text t "$key" "$more"),$key=$value\"" || return
	if [ "$answer" = ok ]; then
		as_shown t && ./poke unload rsvpool >/dev/null
	else
		[ ! -e /sys/module/rsvpool ]
	fi
}

# A plain number: every row of "reserve", except those about its range.
number_row()
{
	[ "$key" = reserve ] || return 0
	case $answer:${#value} in
	ERANGE:?) return 0 ;;
	esac
	compared=$((compared + 1))
	"$1"
}

# "inject" takes a number after a word, too.
inject_row()
{
	number_row injected_number
}

injected_number()
{
	local inject="$debug/pools/p/inject" how

	for how in every next; do
		answered "$answer" p ./poke write "$inject" "$how $value" ||
			return
		[ "$answer" != ok ] || grep -qx "$how $shown" "$inject" || {
			cat "$inject"
			return 1
		}
		answered ok p ./poke write "$inject" off || return
	done
}

# A run with an unknown pool: the parameters before that were accepted.
stress_row()
{
	number_row stress_number
}

stress_number()
{
	local expected="$answer" said

	case $value in
	[[:space:]]* | [!\ ]*\ [!\ ]*) return 0 ;;
	esac
	[ "$answer" != ok ] || expected=ENOENT
	said=$(./poke write "$debug/stress/run" \
		"burst pool=none what=tryalloc nr=$value" || :)
	[ "${said%%
*}" = "$expected" ] || { echo "$said, not $expected"; return 1; }
}

# rows FRONT_END: test all rows, and print all that fail.
rows()
{
	local key value answer shown more wrong=0

	compared=0
	while IFS='|' read -r key value answer shown more; do
		case $key in
		'#'* | '') continue ;;
		esac
		value=$(printf '%b.' "$value")
		value=${value%.}
		: "${shown:=$value}"
		"$1_row" || {
			echo "^ $1: $key|$value|$answer|$shown|$more"
			wrong=1
		}
	done <front-ends.data
	[ "$compared" -ge "$2" ] || {
		echo "only $compared rows"
		wrong=1
	}
	return "$wrong"
}

p_is_as_before()
{
	config_of_p | diff "$work/base" -
}

# The parameter keeps its given value.
parameter_is_whole()
{
	local text="net,reserve=8;log,element=kmalloc,size=64,reserve=4"

	try_load rsvpool "pools=$text" || return
	is net/reserve 8 && is log/element_bytes 64 &&
		[ "$(cat /sys/module/rsvpool/parameters/pools)" = "$text" ] &&
		unload rsvpool && return
	cat /sys/module/rsvpool/parameters/pools
	return 1
}

loads_empty()
{
	try_load rsvpool "$1" && nothing_in "$sysfs" && unload rsvpool
}

# load_refused ERRNO POOL KEY REASON PARAMETERS
load_refused()
{
	refused "$1" "$2" "$3" try_load rsvpool "$5" || return
	[ ! -e /sys/module/rsvpool ] || return
	grep -q -e "$4" "$work/warning" || {
		cat "$work/warning"
		return 1
	}
}

long=123456789012345678901234567890123456789012345678901234567890

keys_are_one_list()
{
	sed -n '2,$s/=.*//p' "$debug/create" | tr '\n' ' ' | sed 's/ $//' \
		>"$work/keys"
	tr -d '\n' </sys/module/rsvpool/parameters/create_keys |
		cmp - "$work/keys" && [ "$(wc -w <"$work/keys")" -ge 24 ]
}

# reason_is ERRNO POOL KEY REASON FILE TEXT
reason_is()
{
	refused "$1" "$2" "$3" ./poke write "$5" "$6" || return
	grep -q -e "$4" "$work/warning" || {
		cat "$work/warning"
		return 1
	}
}

# The same for the module's other number.
max_percent()
{
	local file=/sys/module/rsvpool/parameters/max_percent text

	for text in 30 " 30 " "30$(printf '\r\n.')" 0x1e; do
		text=${text%.}
		accept "$file" 25 && accept "$file" "$text" || return
		equal "$(cat "$file")" 30 || return
	done
	refused ERANGE '' max_percent ./poke write "$file" 101 &&
		refused EINVAL '' max_percent ./poke write "$file" many &&
		refused EINVAL '' max_percent ./poke write "$file" "3 0" &&
		equal "$(cat "$file")" 30 && accept "$file" 25
}

# The value that the file shows first.  "rehearse" has given elements back, so the
# worker may ask the source meanwhile, which counts "next" down.
inject_shows()
{
	local shown
	shown=$(head -n 1 "$inject")

	case $1 in
	next*) [ "${shown% *}" = next ] ;;
	*) [ "$shown" = "$1" ] ;;
	esac || { echo "shows '$shown' after '$1'"; return 1; }
}

# Words and white space as in other files.
inject_words()
{
	local inject="$debug/pools/p/inject" text

	for text in off always rehearse "every 7" "next 2147483647"; do
		accept "$inject" "$text" || return
		inject_shows "$text" &&
			accept "$inject" "$(printf ' %s\t\r\n.' "$text" |
				sed 's/ \([0-9]\)/  \t\1/;s/\.$//')" &&
			inject_shows "$text" || return
	done
	accept "$inject" "$(printf 'every\t7')" &&
		[ "$(head -n 1 "$inject")" = "every 7" ] &&
		accept "$inject" off || return
	for text in '' ' ' Off on every "every " next "off 1" "always 0" \
		    "every 3 4" "every x" "every=3" "[off]"; do
		refused EINVAL p inject ./poke write "$inject" "$text" || return
	done
	for text in "every 0" "next 0" "next 2147483648"; do
		refused ERANGE p inject ./poke write "$inject" "$text" || return
	done
	[ "$(head -n 1 "$inject")" = off ]
}

# Every writable file is tested here, or ignores the text that is written.
all_is_looked_at()
{
	{
		find "$debug" -type f -perm -200
		find "$sysfs" /sys/module/rsvpool/parameters -type f -perm -200
	} | sed -e "s:$sysfs/p/stats/reset:reset:" -e "s:$sysfs/p/:p/:" \
		-e 's:.*/::' | sort -u >"$work/writable"
	{
		sed -n 's/^\([a-z_]*\)|.*/\1/p' front-ends.data | sort -u |
			while read -r key; do
				! is_setting || echo "$key"
			done
		printf '%s\n' config create destroy inject latency max_percent \
			reset run
	} | sort -u | diff "$work/writable" -
}

# latency takes a bool, destroy a name.
latency_and_destroy()
{
	local latency="$debug/pools/p/latency" text

	accept "$latency" " 1$(printf '\r\n.' | sed 's/\.$//')" &&
		accept "$latency" 0 || return
	for text in '' 01 yes on "1 0"; do
		refused EINVAL p latency ./poke write "$latency" "$text" ||
			return
	done
	make_pool d,reserve=1 && destroy_pool " d$(printf '\r\n.' |
		sed 's/\.$//')" && gone d
}

all_unloads()
{
	destroy_pool p && unload rsvpool_test_attr && unload rsvpool_stress &&
		unload rsvpool
}

# nul FILE: a write with a NUL byte is refused.
nul()
{
	! printf '8\0009\n' 2>/dev/null >"$1"
}

plan 24
load rsvpool
load rsvpool_stress
load rsvpool_test_attr
make_pool "$(pool_text p '' '')",refill_thread=1
config_of_p >"$work/base"
check "sysfs answers as the table says" rows sysfs 70
check "config answers as the table says" rows config 70
check "create answers as the table says" rows create 130
check "C attributes are answered as the table says" rows c 75
check "inject reads numbers as the table says" rows inject 18
check "stress runs read numbers as the table says" rows stress 15
check "inject: words, white space, ranges" inject_words
check "latency and destroy: words, white space" latency_and_destroy
check "every file that can be written is tested" all_is_looked_at
check "create and create_keys list the same keys" keys_are_one_list
check "a name that is too long: the limit is named" reason_is EINVAL \
	"$(printf %.32s "$long")" name "longer than 31" "$debug/create" "$long"
check "a name that is much too long, with keys: the limit is named" reason_is EINVAL \
	"$(printf %.32s "$long")" name "longer than 31" "$debug/create" \
	"$long$long$long,reserve=4"
check "max_percent reads numbers as settings do" max_percent
check "a NUL byte is refused by sysfs" nul "$sysfs/p/batch"
check "a NUL byte is refused by config" nul "$debug/pools/p/config"
check "nothing has changed" p_is_as_before
check "unloads" all_unloads

check "pools= answers as the table says" rows pools 25
check "pools= reads as it was given" parameter_is_whole
check "pools= may be empty" loads_empty pools=
check "pools= may have separators alone" loads_empty 'pools=" ;; "'
check "if one pool of pools= is bad, none is created" load_refused EINVAL log size missing \
	"pools=net,reserve=8;log,element=kmalloc"
check "a name that is too long for pools=: the limit is named" load_refused \
	EINVAL "$(printf %.32s "$long")" name "longer than 31" "pools=$long"
finish "the memory is back"

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-settings.sh - every setting can be changed at run time; a wrong value is
# refused with one line in the log, and changes nothing.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

# set_to FILE VALUE [SHOWN]
set_to()
{
	accept "$sysfs/p/$1" "$2" && is "p/$1" "${3:-$2}"
}

with_newline()
{
	echo 24 >"$sysfs/p/reserve" && is p/reserve 24
}

good="\
reserve|32
reserve|64
reserve|2
reserve|16
reserve|0x10|16
cache|0
cache|32
cache|8
batch|1
batch|64
batch|16
high|64
high|40
high_max|40
high_max|64
low|0
low|40
low|20
policy|source|cache [source] reclaim reserve
policy|reclaim|cache source [reclaim] reserve
policy|reserve|cache source reclaim [reserve]
policy|cache|[cache] source reclaim reserve
adaptive|0
adaptive|1
decay_ms|1
decay_ms|3600000
decay_ms|100
zero|1
zero|0"

# p has reserve 16, max 64, nmi_reserve 2, cache_max 32, low 20, high 40.
bad="\
reserve|ERANGE|0
reserve|ERANGE|1
reserve|ERANGE|65
reserve|ERANGE|4294967295
cache|ERANGE|33
batch|ERANGE|0
batch|ERANGE|65
low|EINVAL|41
high|EINVAL|19
high|ERANGE|65
high_max|EINVAL|39
high_max|ERANGE|65
policy|EINVAL|Cache
policy|EINVAL|[cache]
policy|EINVAL|cache source
adaptive|EINVAL|2
adaptive|EINVAL|y
decay_ms|ERANGE|0
decay_ms|ERANGE|3600001
zero|EINVAL|2
zero|EINVAL|-1"

numbers="reserve cache batch low high high_max decay_ms"

plan $(($(echo "$good" | wc -l) + $(echo "$bad" | wc -l) +
	6 * $(echo "$numbers" | wc -w) + 8))

load rsvpool
make_pool p,reserve=16,max=64,nmi_reserve=2,cache=8,cache_max=32,low=20,high=40
make_pool big,order=1,reserve=2

while IFS='|' read -r file new shown; do
	check "$file can be $new" set_to "$file" "$new" "$shown"
done <<END
$good
END
check "with a newline, as echo writes it" with_newline
check "reserve is 16 again" set_to reserve 16

while IFS='|' read -r file errno new; do
	refuse "$file cannot be $new" "$errno" p "$file" "$sysfs/p/$file" "$new"
done <<END
$bad
END
for file in $numbers; do
	refuse "$file is not a word" EINVAL p "$file" "$sysfs/p/$file" many
	refuse "$file is not negative" EINVAL p "$file" "$sysfs/p/$file" -1
	refuse "$file is one number" EINVAL p "$file" "$sysfs/p/$file" "1 2"
	refuse "$file is a whole number" EINVAL p "$file" "$sysfs/p/$file" 4.5
	refuse "$file fits into 32 bits" ERANGE p "$file" "$sysfs/p/$file" \
		4294967296
	refuse "$file fits into 64 bits" ERANGE p "$file" "$sysfs/p/$file" \
		99999999999999999999
done
refuse "elements larger than a page cannot be zeroed" EINVAL big zero "$sysfs/big/zero" 1

refuse "inject is off, always, every N, next N" EINVAL p inject \
	"$debug/pools/p/inject" sometimes
refuse "inject every 0 is out of range" ERANGE p inject \
	"$debug/pools/p/inject" "every 0"
refuse "inject every needs a number" EINVAL p inject \
	"$debug/pools/p/inject" "next x"
refuse "latency is 0 or 1" EINVAL p latency "$debug/pools/p/latency" 2
finish "unloads"

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test-rsvpoolctl.sh - the control tool: every command, every exit code, its
# messages when the kernel refuses, and restoring what it has saved.

# shellcheck shell=dash source=selftests/functions.sh
. "$(dirname "$0")/functions.sh"

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

# said FILE REGEX
said()
{
	grep -q -e "$2" "$work/$1" || {
		echo "no $2 in:"
		cat "$work/$1"
		return 1
	}
}

# told STATUS REGEX ARGUMENT...: it exits with this status, and prints a line
# that matches.
told()
{
	local status="$1" regex="$2"
	shift 2

	ctl "$status" "$@" && said err "$regex"
}

# The kernel's message is shown, too.
told_by_kernel()
{
	told "$@" && said err "^the kernel says: pool '"
}

parses()
{
	awk -f ./json.awk "$work/out" >"$work/json" || {
		cat "$work/json" "$work/out"
		return 1
	}
}

# json PATH VALUE
json()
{
	grep -qxF -e "$1=$2" "$work/json" || {
		echo "not $1=$2 in:"
		cat "$work/json"
		return 1
	}
}

lines_fit()
{
	awk -v most="$1" 'length($0) > most { print; bad = 1 }
		END { exit bad }' "$work/out"
}

#
# Every command
#

# Each one that "help" names is called by a test of this file.
every_command_is_tried()
{
	local command commands bad=0

	ctl 0 help
	commands=$(sed -n 's/^  \([a-z][a-z]*\) .*/\1/p' "$work/out")
	[ "$(echo "$commands" | wc -l)" -gt 20 ] || return
	for command in $commands; do
		grep -Eq "(ctl 0|typed rsvpoolctl) $command( |\$)" "$0" || {
			echo "no test calls $command"
			bad=1
		}
	done
	return "$bad"
}

# The program's and the module's are one.
version_is_the_modules()
{
	ctl 0 --version && said out \
		"^rsvpoolctl $(sed 's/\./\\./g' /sys/module/rsvpool/version)\$"
}

#
# As another user
#

# other STATUS ARGUMENT...: as ctl, but not as root.
other()
{
	local expected="$1" status=0
	shift

	cp ./rsvpoolctl "$work/ctl"
	chmod 755 "$work" "$work/ctl"
	./poke as 65534 "$work/ctl" "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
	[ "$status" -eq "$expected" ] || {
		echo "rsvpoolctl $*: $status"
		cat "$work/out" "$work/err"
		return 1
	}
}

others_may_look()
{
	other 0 list && said out '^p ' && other 0 show p && said out reserve &&
		other 0 top -n 1 -d 0.1 && said out '^p '
}

others_may_not_touch()
{
	other 6 create q && said err "must be root" && other 6 set p reserve=9 &&
		other 6 destroy p && other 6 stress && other 6 restore &&
		other 6 reset p && is p/reserve 16 || return
	for command in state percpu holders waiters latency inject bench; do
		other 6 "$command" p && said err "must be root" || return
	done
}

others_report_says_so()
{
	other 0 report && said out 'not made by root'
}

#
# Without debugfs
#

# apart COMMAND: in a mount namespace of its own.
apart()
{
	unshare -m sh -c "$1"
}

without_debugfs()
{
	apart "umount /sys/kernel/debug && {
		./rsvpoolctl create q reserve=4
		echo status=\$?
		./rsvpoolctl stress
		echo status=\$?
		./rsvpoolctl destroy p
		echo status=\$?
		echo q,reserve=4 >$work/q.conf
		./rsvpoolctl restore $work/q.conf
		echo status=\$?
	}" >"$work/out" 2>&1 </dev/null
	[ "$(grep -c '^status=5$' "$work/out")" -eq 4 ] &&
		said out 'debugfs is not there' &&
		said out '^options rsvpool pools="q,reserve=4"$' && return
	cat "$work/out"
	return 1
}

sysfs_is_enough()
{
	apart "umount /sys/kernel/debug && {
		./rsvpoolctl set p reserve=17 && ./rsvpoolctl list &&
		./rsvpoolctl show p && ./rsvpoolctl save &&
		./rsvpoolctl top -n 1 -d 0.1 && ./rsvpoolctl report &&
		./rsvpoolctl watch p --csv $work/t.csv -n 1; }" \
		>"$work/out" 2>&1 </dev/null || {
		cat "$work/out"
		return 1
	}
	is p/reserve 17 && accept "$sysfs/p/reserve" 16
}

lockdown_is_named()
{
	local file=/sys/kernel/security/lockdown

	echo 'none [integrity] confidentiality' >"$work/lockdown"
	apart "mount --bind $work/lockdown $file &&
		./rsvpoolctl create q" >"$work/out" 2>&1 </dev/null
	said out 'locked down'
}

#
# Pools
#

units()
{
	ctl 0 create k element=kmalloc size=4KiB reserve=1K max=1K cache=0 &&
		is k/element_bytes 4096 && is k/reserve 1024 &&
		ctl 0 set k decay_ms=1K && is k/decay_ms 1024 &&
		ctl 0 destroy k
}

in_one_word()
{
	ctl 0 create k,element=kmalloc,size=64,reserve=4 && is k/reserve 4 &&
		ctl 0 destroy k && fails ls -d "$sysfs/k"
}

destroys_several()
{
	ctl 0 create k && ctl 0 create l && ctl 0 destroy k l &&
		fails ls -d "$sysfs/k" && fails ls -d "$sysfs/l"
}

sets_several()
{
	ctl 0 set p reserve=20 batch=8 policy=source && is p/reserve 20 &&
		is p/batch 8 && said_present p policy source &&
		ctl 0 set p reserve=16 batch=16 policy=cache
}

said_present()
{
	grep -q "\[$3\]" "$sysfs/$1/$2"
}

# Up and down; the tool finds the order in which neither is refused.
marks_in_order()
{
	mark=$(dmesg | grep -c "rsvpool: pool 'p'" || :)
	ctl 0 set p low=50 high=60 && is p/low 50 && is p/high 60 &&
		ctl 0 set p high=40 low=20 && is p/low 20 && is p/high 40 &&
		equal "$(dmesg | grep -c "rsvpool: pool 'p'" || :)" "$mark"
}

all_or_none()
{
	told_by_kernel 1 'reserve.*Numerical result out of range' \
		set p batch=8 reserve=99999 cache=4 && is p/batch 16 &&
		is p/cache 8
}

# Without debugfs, settings are written one by one, and the first refusal ends
# that.
first_refusal_ends_it()
{
	apart "umount /sys/kernel/debug &&
		./rsvpoolctl set p batch=8 reserve=99999 cache=4" \
		>"$work/out" 2>&1 </dev/null
	said out 'reserve.*Numerical result out of range' && is p/batch 8 &&
		is p/cache 8 && ctl 0 set p batch=16
}

#
# Listings
#

list_fits()
{
	ctl 0 list && said out '^POOL .*RESERVE.*BOUND$' &&
		said out '^p  *page 4 KiB  *16 ' && lines_fit 80
}

# Others cannot read debugfs: theirs is of the files in sysfs.
list_is_the_same_for_others()
{
	ctl 0 list && cp "$work/out" "$work/of-root" && other 0 list &&
		diff "$work/of-root" "$work/out"
}

list_is_json()
{
	ctl 0 list --json && parses && json .0.name p &&
		json .0.settings.reserve 16 && json .0.settings.policy cache &&
		json .0.facts.element page && json .0.facts.max 64 &&
		json .0.stats.alloc_fail 0
}

# Every file in sysfs is shown.
show_is_whole()
{
	ctl 0 show --json p && parses || return
	for file in "$sysfs"/p/*; do
		[ -f "$file" ] || continue
		grep -q "^\.[sf][a-z]*\.${file##*/}=" "$work/json" || {
			echo "no ${file##*/}"
			return 1
		}
	done
	for file in "$sysfs"/p/stats/*; do
		[ "${file##*/}" = reset ] ||
			grep -q "^\.stats\.${file##*/}=" "$work/json" || {
			echo "no ${file##*/}"
			return 1
		}
	done
}

show_reads_well()
{
	ctl 0 show p && said out '^pool p$' && said out '^settings$' &&
		said out '^  bound_bytes  *[0-9]* *([0-9.]* KiB)$' &&
		said out '^  policy  *cache$' && lines_fit 80
}

#
# top
#

frames()
{
	ctl 0 top -n 2 -d 0.2 && [ "$(grep -c '^POOL ' "$work/out")" -eq 2 ] &&
		said out '^p ' && said out '^[#+=.-]*$' && lines_fit 80 &&
		! grep -q "$(printf '\033')" "$work/out"
}

draws_in_utf8()
{
	(
		LC_ALL=C.UTF-8
		export LC_ALL
		ctl 0 top -n 1 -d 0.1
	) && said out '▒'
}

one_pool()
{
	ctl 0 top -n 1 -d 0.1 p && said out '^p ' && ! said out '^q ' >/dev/null
}

# Elements are allocated and freed while it runs, unless the machine stalls for
# that second.
rates()
{
	local try

	for try in 1 2 3 4 5; do
		echo "try $try"
		look_at_rates || return
		! has_rates || return 0
	done
	return 1
}

look_at_rates()
{
	local pid

	./rsvpoolctl top -n 1 -d 1 --json p >"$work/out" 2>&1 </dev/null &
	pid=$!
	while kill -0 "$pid" 2>/dev/null; do
		have try 10 && have free 10 || return
	done
	wait "$pid" && parses && json .pools.0.name p
}

has_rates()
{
	awk -F = '$1 == ".pools.0.alloc_per_s" { allocs = $2 }
		$1 == ".pools.0.free_per_s" { frees = $2 }
		$1 == ".pools.0.hit_percent" { hits = $2 }
		END {
			print allocs, frees, hits
			exit !(allocs > 0 && frees > 0 && hits > 0 && hits <= 100)
		}' "$work/json"
}

#
# What debugfs has of a pool
#

# same_inside FILE: as text it is the file; only figures may differ, as others change
# them.
same_inside()
{
	ctl 0 "$1" p &&
		sed 's/[0-9][0-9]*/N/g; s/  */ /g' "$debug/pools/p/$1" >"$work/file" &&
		sed 's/[0-9][0-9]*/N/g; s/  */ /g' "$work/out" |
			diff "$work/file" -
}

inside_is_the_file()
{
	local file

	for file in state percpu holders waiters latency inject; do
		eventually same_inside "$file" || return
		told 3 "no pool 'x'" "$file" x || return
	done
}

inside_is_json()
{
	have try 5 && ctl 0 state --json p && parses &&
		json .reserve '16 (2 of them for NMI)' && json .sleepers 0 &&
		ctl 0 percpu --json p && parses && json .0.cpu 0 &&
		ctl 0 waiters --json p && parses && eventually five_are_held &&
		have free 5
}

five_are_held()
{
	ctl 0 holders --json p && parses && json .0.kind outstanding &&
		json .0.number 5
}

latency_is_measured()
{
	ctl 0 latency p on && have try 5 && have free 5 &&
		ctl 0 latency --json p && parses && json .on true &&
		grep -q '^\.calls\.0\.from_ns=[0-9]' "$work/json" &&
		ctl 0 latency p off && ctl 0 latency p && said out '^off$' &&
		told 2 'latency: NAME .on|off., not maybe' latency p maybe
}

source_is_made_to_fail()
{
	local how

	# The refill worker may be one of the next.
	ctl 0 inject p next 1000 && ctl 0 inject --json p && parses &&
		grep -q '^\.inject=next [0-9]*$' "$work/json" || return
	for how in always rehearse "every 3" off; do
		# shellcheck disable=SC2086 # a word and a number
		ctl 0 inject p $how && ctl 0 inject --json p && parses &&
			json .inject "$how" || return
	done
	told_by_kernel 1 "set inject of pool 'p' to sometimes: Invalid argument" \
		inject p sometimes && told 2 'not a number: x' inject p every x
}

# requests: all that were made since the last reset.
requests()
{
	cat "$sysfs"/p/stats/alloc_* | awk '{ sum += $1 } END { print sum }'
}

begins_anew()
{
	have try 5 && have free 5 && [ "$(requests)" -ge 5 ] &&
		ctl 0 reset p && equal "$(requests)" 0 &&
		told 3 "no pool 'x'" reset p x
}

# Read by parsers on the host: scripts/check.d/test-tool-data.
is_measured()
{
	ctl 0 metrics && said out '^rsvpool_reserve_elements{pool="p"} 16$' &&
		said out '^rsvpool_high_watermark_now_elements{pool="p"} [0-9]' &&
		said out '^# EOF$' &&
		other 0 metrics && said err 'metrics: left out: .*only root' &&
		! grep watermark_now "$work/out"
}

sorted()
{
	ctl 0 create q reserve=80 && ctl 0 list --columns pool,reserve --sort reserve &&
		[ "$(tr -s ' \n' ' ' <"$work/out")" = "POOL RESERVE q 80 p 16 " ] &&
		ctl 0 top -n 1 -d 0.1 --json --sort avail && parses &&
		json .pools.0.name q && ctl 0 destroy q
}

#
# save, restore
#

# Pools of all kinds that can be created by text.
make_all_kinds()
{
	make_pool z,reserve=32,max=256,cache=4,cache_max=16,low=40,high=64 &&
		make_pool a-child,element=pool,parent=z,reserve=2,cache=0 &&
		make_pool big,order=2,reserve=4,policy=reserve,wakeup=prio &&
		make_pool k,element=kmalloc,size=100,reserve=8,opaque=1 &&
		make_pool zero,reserve=8,zero=1,nmi_reserve=2,node=0,stall_ms=0 &&
		make_pool open,reserve=8,max=0,adaptive=0,decay_ms=77
}

saves_and_restores()
{
	make_all_kinds || return
	all_settings >"$work/before"
	ctl 0 save "$work/all.conf" && said_in "$work/all.conf" '^# ' || return
	destroy_all_pools
	nothing_in "$sysfs" && ctl 0 restore "$work/all.conf" || return
	all_settings >"$work/after"
	diff "$work/before" "$work/after"
}

said_in()
{
	grep -q -e "$2" "$1" || { cat "$1"; return 1; }
}

restores_nothing_twice()
{
	ctl 0 restore "$work/all.conf" && [ ! -s "$work/out" ]
}

restores_what_differs()
{
	all_settings >"$work/before"
	ctl 0 set z reserve=8 low=10 high=12 batch=1 policy=reclaim &&
		ctl 0 restore "$work/all.conf" && said out '^z: reserve=32$' ||
		return
	all_settings >"$work/after"
	diff "$work/before" "$work/after"
}

modprobe_line()
{
	local line

	# Too many for the parameter; the kernel would then not load the module.
	ctl 1 save --modprobe && said err 'takes 1024 characters' &&
		ctl 0 destroy open big zero || return
	all_settings >"$work/before"
	ctl 0 save --modprobe && [ ! -s "$work/err" ] || return
	line=$(cat "$work/out")
	line=${line#options rsvpool pools=\"}
	unload rsvpool && load rsvpool "pools=${line%\"}" || return
	all_settings >"$work/after"
	diff "$work/before" "$work/after"
}

comments_and_spaces()
{
	cat >"$work/c.conf" <<-END

		# a comment
		c, reserve = 12 , cache=0	# another
		?not-there,reserve=3
		c2,element=kmalloc,size=1KiB,reserve=2
	END
	ctl 0 restore "$work/c.conf" && is c/reserve 12 &&
		is c2/element_bytes 1024 && fails ls -d "$sysfs/not-there" &&
		ctl 0 destroy c c2
}

# A bad line is reported, and the others are done.
bad_lines()
{
	printf '%s\n' 'c,reserve=4' 'd,nonsense' 'e,order=9' 'c,max=5,reserve=6' \
		>"$work/bad.conf"
	ctl 1 restore "$work/bad.conf" && said err "bad.conf:2" &&
		said err "bad.conf:3: cannot create pool 'e'" &&
		said err "^the kernel says: pool 'e': order: " &&
		said err "bad.conf:4: max of pool 'c' is fixed" &&
		is c/reserve 6 && ctl 0 destroy c
}

unknown_keys_are_reported()
{
	echo "f,reserve=4,colour=3" >"$work/f.conf"
	ctl 1 restore "$work/f.conf" && said err 'has no colour' &&
		is f/reserve 4 && ctl 0 destroy f
}

# A module's own pool is not created, only its settings are restored.
modules_pools()
{
	load rsvpool_example && ctl 0 save && said out '^?example,' &&
		cp "$work/out" "$work/m.conf" &&
		ctl 0 set example batch=3 && ctl 0 restore "$work/m.conf" &&
		is example/batch 16 && unload rsvpool_example &&
		ctl 0 restore "$work/m.conf" && fails ls -d "$sysfs/example"
}

# The directory that is read at boot.
default_folder()
{
	[ ! -e /etc/rsvpool.d ] || return 0
	ctl 0 restore && said out 'nothing in' || return
	mkdir -p /etc/rsvpool.d
	echo "boot,reserve=5" >/etc/rsvpool.d/10.conf
	echo "boot,reserve=6" >/etc/rsvpool.d/20.conf
	ctl 0 restore && is boot/reserve 6
	set -- $?
	rm -r /etc/rsvpool.d
	ctl 0 destroy boot && return "$1"
}

#
# stress, watch, plot, report
#

stress_runs()
{
	ctl 0 stress && said out '^burst ' &&
		ctl 0 stress pair pool=p count=100 batches=1 calls=100 &&
		said out '^ok=1$'
}

bench_runs()
{
	ctl 0 bench p count=100 batches=1 calls=100 && said out '^ok=1$' &&
		ctl 0 bench --json p count=100 batches=1 calls=100 && parses &&
		json .ok 1 && told 3 "no pool 'x'" bench x
}

stress_refuses()
{
	told 1 'stress pair: Invalid argument' stress pair pool=p nonsense=1 &&
		said err '^the kernel says: pair: nonsense: ' &&
		told 1 'stress nonsense: ' stress nonsense pool=p
}

# watch_table: a header, as many rows as were asked for, all of one width.
watch_table()
{
	ctl 0 watch p --csv "$work/w.csv" -n 4 -d 0.1 || return
	awk -F , 'NR == 1 { n = NF; if ($1 != "seconds") bad = 1 }
		NF != n { bad = 1 }
		END { exit bad || NR != 5 }' "$work/w.csv" &&
		said_in "$work/w.csv" ',available,.*,outstanding,.*,stats/alloc_fail' &&
		said_in "$work/w.csv" ',low_now,high_now$'
}

watch_sees()
{
	have try 5 && eventually sees_outstanding 5 && have free 5
}

# Elements that the worker is moving count as outstanding, too.
sees_outstanding()
{
	ctl 0 watch p --csv "$work/w.csv" -n 1 &&
		equal "$(awk -F , 'NR == 1 { for (i = 1; i <= NF; i++)
			if ($i == "outstanding") n = i } NR == 2 { print $n }' \
			"$work/w.csv")" "$1"
}

watch_ends_with_the_pool()
{
	local pid

	make_pool gone,reserve=4
	./rsvpoolctl watch gone --csv "$work/g.csv" -d 0.1 \
		>"$work/out" 2>"$work/err" </dev/null &
	pid=$!
	eventually grep -q '^0.00,' "$work/g.csv" && destroy_pool gone &&
		wait "$pid" && said err 'has gone'
}

plot_says_what_is_missing()
{
	echo nonsense >"$work/n.csv"
	told 1 'not a table' plot "$work/n.csv" &&
		told 1 'cannot read' plot "$work/none.csv" || return
	ctl 0 watch p --csv "$work/w.csv" -n 5 -d 0.1 || return
	if command -v gnuplot >/dev/null; then
		ctl 0 plot "$work/w.csv" && [ -s "$work/w.png" ] &&
			[ -s "$work/w.svg" ]
	else
		told 7 'apt-get install gnuplot-nox' plot "$work/w.csv"
	fi
}

report_is_whole()
{
	ctl 0 report || return
	for heading in kernel machine module workqueue "pool p" \
			"kernel log, lines of rsvpool"; do
		said out "^== $heading\$" || return
	done
	said out '^/sys/module/rsvpool/version: [0-9]' &&
		said out '^  reserve  *16$' &&
		said out 'max_percent: 25$' && said out '^percpu$'
}

# typed rsvpoolctl ARGUMENT...: a command as in README, guide and manual page;
# scripts/check.d/check-docs looks for this line.
typed()
{
	shift
	case $* in
	top)
		# Runs until it is stopped.
		./rsvpoolctl "$@" >"$work/out" 2>&1 </dev/null &
		eventually said out '^net ' || bad=1
		kill $!
		wait $! || : ;;
	*)
		echo "rsvpoolctl $*"
		(
			# scripts/check.d/test-tool tests the drawing.
			PATH=$work/bin:$PATH
			ctl 0 "$@"
		) || bad=1 ;;
	esac
}

shown_commands()
{
	bad=0
	mkdir -p "$work/bin" /etc/rsvpool.d
	# As the end of a PNG file has it, and of an SVG file.
	printf '%s\n' '#!/bin/sh' 'cat >/dev/null; echo "IEND </svg>"' \
		>"$work/bin/gnuplot"
	chmod 755 "$work/bin/gnuplot"
	typed rsvpoolctl create net reserve=256 cache=64
	typed rsvpoolctl list
	typed rsvpoolctl show net
	typed rsvpoolctl top
	typed rsvpoolctl set net reserve=512
	typed rsvpoolctl set net reserve=320 low=352 high=384
	typed rsvpoolctl save /etc/rsvpool.d/pools.conf
	typed rsvpoolctl save --modprobe
	typed rsvpoolctl stress
	typed rsvpoolctl stress burst pool=net nr=200 count=20
	typed rsvpoolctl watch net --csv net.csv -d 0.1 -n 100
	typed rsvpoolctl plot net.csv
	typed rsvpoolctl report
	typed rsvpoolctl destroy net
	typed rsvpoolctl restore
	rm -r /etc/rsvpool.d net.csv
	is net/reserve 320 && ctl 0 destroy net && return "$bad"
}

# Without the machine's name and the rest of its command line.
report_has_no_secrets()
{
	ctl 0 report && ! grep -e "^Linux $(hostname)" -e "root=" -e "panic=" \
		"$work/out"
}

plan 76

check "help" ctl 0 help
check "each command of help has a test" every_command_is_tried
check "no command at all is an error" ctl 2
check "an unknown command is an error" told 2 "no such command" nonsense
check "list says that the module is not loaded" told 4 'modprobe rsvpool' list
check "show says that the module is not loaded" ctl 4 show p
load rsvpool
check "it has the module's version" version_is_the_modules
check "there are no pools yet" ctl 0 list
check "without pools list prints JSON, too" ctl 0 list --json
check "that JSON can be parsed" parses
check "create lists its keys" ctl 0 create
check "order is one of the keys" said out '^order='

check "create" ctl 0 create p reserve=16 max=64 cache=8 cache_max=32 \
	low=20 high=40 nmi_reserve=2
check "the pool is there" is p/reserve 16
check "numbers may have units" units
check "name and pairs may be one word" in_one_word
check "create prints errno and reason" told_by_kernel 1 \
	"cannot create pool 'x': Numerical result out of range" create x order=9
check "a pool that exists is not created again" told_by_kernel 1 "File exists" create p
check "a key without a value" told 2 'not KEY=VALUE: reserve' create x reserve
check "no pool: show" told 3 "no pool 'x'" show x
check "no pool: set" told 3 "no pool 'x'" set x reserve=1
check "no pool: destroy" told 3 "no pool 'x'" destroy x
check "no pool: watch" told 3 "no pool 'x'" watch x --csv "$work/x.csv"
check "no pool: top" told 3 "no pool 'x'" top x
check "a path is not the name of a pool" told 3 "no pool" show ../rsvpool

check "set" sets_several
check "set low and high in any order" marks_in_order
check "set changes all settings or none" all_or_none
check "without debugfs the first refusal ends it" first_refusal_ends_it
check "a fact cannot be set" told 2 'max was fixed' set p max=9
check "an unknown setting cannot be set" told 2 'no such setting' set p colour=9
check "destroy several" destroys_several

check "list" list_fits
check "list prints the same for other users" eventually list_is_the_same_for_others
check "list --json" list_is_json
check "show" show_reads_well
check "show --json has all files" show_is_whole
check "other users may read" others_may_look
check "other users may not change anything" others_may_not_touch
check "the report of other users says so" others_report_says_so

check "without debugfs it says what to do" without_debugfs
check "without debugfs all other commands work" sysfs_is_enough
if [ -e /sys/kernel/security/lockdown ]; then
	check "lockdown is named" lockdown_is_named
else
	skip "lockdown is named" "this kernel has none"
fi

check "top prints frames" frames
check "top in UTF-8" draws_in_utf8
check "top of one pool" one_pool
load rsvpool_test_holder pool=p
check "top --json has rates" rates
check "state and the other files in debugfs are printed" inside_is_the_file
check "these files are printed as JSON, too" inside_is_json
check "latency" latency_is_measured
check "inject" source_is_made_to_fail
check "reset" begins_anew
check "metrics" is_measured
check "list and top are sorted" sorted
check "watch writes a table" watch_table
check "the table of watch has the true values" watch_sees
unload rsvpool_test_holder
check "watch ends with its pool" watch_ends_with_the_pool
check "plot says what is missing" plot_says_what_is_missing
check "report" report_is_whole
check "report has no secrets" report_has_no_secrets
check "stress needs its module" told 4 'modprobe rsvpool_stress' stress
check "bench needs its module" told 4 'modprobe rsvpool_stress' bench p
load rsvpool_stress
check "stress" stress_runs
check "bench" bench_runs
check "stress says what was wrong" stress_refuses
if [ -e /etc/rsvpool.d ]; then
	skip "the commands that the documents show run" "/etc/rsvpool.d is in use"
else
	check "the commands that the documents show run" shown_commands
fi
unload rsvpool_stress
ctl 0 destroy p || :
check "save, destroy all and restore give the same pools" saves_and_restores
check "a second restore changes nothing" restores_nothing_twice
check "restore sets what differs" restores_what_differs
check "modprobe accepts the output of save --modprobe" modprobe_line
destroy_all_pools
check "comments, spaces, pools that may be missing" comments_and_spaces
check "a bad line is named, and the other lines are carried out" bad_lines
check "an unknown key is named" unknown_keys_are_reported
check "pools of modules are set, and not created" modules_pools
check "restore reads its folder, in order" default_folder
finish "unloads"

# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# functions.sh - what the stories of test-deb have in common
#
# They run as root in a Debian system of their own, in a folder where repo/ has
# the packages.  A line says how a test went, "ok WHAT" or "not ok WHAT", and
# the last one is "end".

export DEBIAN_FRONTEND=noninteractive LC_ALL=C
# The kernel that the system came with.
# shellcheck disable=SC2034 # for the stories
release=$(cat /root/release)
# Another that comes later: what its version begins with, and its packages.
# shellcheck disable=SC2034 # for the stories
series=$(cat /root/series) other=$(cat /root/other)
said=$(mktemp)

# check WHAT COMMAND...: passed if it succeeds; what it says is shown if not.
check()
{
	local what="$1"
	shift

	if "$@" >"$said" 2>&1; then
		echo "ok $what"
	else
		echo "not ok $what"
		tail -n 25 "$said" | sed 's/^/# /'
	fi
}

# fails STATUS WORDS COMMAND...: with this status (any, if it is empty), and the
# words in what it says.
fails()
{
	local wanted="$1" words="$2" status=0
	shift 2

	"$@" >"$said.of" 2>&1 || status=$?
	cat "$said.of"
	echo "(status $status, wanted ${wanted:-any but 0} and \"$words\")"
	[ "$status" -ne 0 ] && [ "$status" -eq "${wanted:-$status}" ] || return
	[ -z "$words" ] || grep -q -e "$words" "$said.of"
}

# says WORDS COMMAND...
says()
{
	local words="$1"
	shift

	"$@" >"$said.of" 2>&1 || {
		cat "$said.of"
		return 1
	}
	cat "$said.of"
	grep -q -e "$words" "$said.of"
}

# is FILE VALUE
is()
{
	echo "$1: $(cat "$1"), wanted $2"
	[ "$(cat "$1")" = "$2" ]
}

same()
{
	echo "$1, wanted $2"
	[ "$1" = "$2" ]
}

get()
{
	apt-get -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 \
		-o APT::Sandbox::User=root "$@" </dev/null
}

# built_for RELEASE: the modules are where DKMS puts them, and signed; from 6.12 on
# they are compressed.
built_for()
{
	local module

	for module in rsvpool rsvpool_kvfree rsvpool_stress; do
		says "^/lib/modules/$1/updates/dkms/$module\.ko\(\.xz\)\?\$" \
			modinfo -k "$1" -F filename "$module" || return
		says 'DKMS module signing key' \
			modinfo -k "$1" -F signer "$module" || return
	done
}

files()
{
	find / -xdev \( -path /proc -o -path /sys -o -path /run -o -path /tmp \
		-o -path /dev \) -prune -o -print | LC_ALL=C sort
}

# changed_since BEFORE: files that have come or gone since "files" said so.
changed_since()
{
	files | LC_ALL=C comm -3 "$1" - | tr -d '\t'
}

# purge_all: removing, as admin-guide.rst has it; /root/before says what was there
# before, and /root/theirs what the other kernel has changed.
purge_all()
{
	local pattern

	pattern=$(echo "$series" | sed 's/\./\\./g')
	check "rsvpool unloads" modprobe -r rsvpool_kvfree rsvpool
	check "the module that needs rsvpool is removed" \
		dkms remove rsvpool-example/1.0 --all
	rm -r /usr/src/rsvpool-example-1.0
	check "the packages are purged" get purge \
		rsvpool-dkms rsvpool-tools rsvpool-dev
	check "DKMS has nothing any more" same "$(dkms status)" ''
	check "nothing is left but the other kernel" same_files /root/before \
		/root/theirs "^/root/|$pattern|^/(vmlinuz|initrd\.img)"
	check "no file of rsvpool is left" same "$(files | grep -i rsvpool |
		grep -v '^/var/log/' || :)" ''
}

# same_files BEFORE [LIST [REGEX]]: no file is gone or has come since, but those
# of a list and those that match an extended regular expression.  What installs
# and starts anything leaves traces in logs and in apt's and dpkg's own files.
same_files()
{
	changed_since "$1" | grep -vxF -f "${2:-/dev/null}" | grep -Ev \
		-e '^/var/(log|cache|lib/(apt|dpkg|systemd|private))(/|$)' \
		-e '^/var/lib/dkms/mok\.(key|pub)$' \
		-e '^/etc/(ld\.so\.cache|machine-id|\.pwd\.lock|mtab)$' \
		${3:+-e "$3"} >"$said.diff"
	cat "$said.diff"
	[ ! -s "$said.diff" ]
}

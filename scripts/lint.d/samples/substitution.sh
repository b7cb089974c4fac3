# SPDX-License-Identifier: GPL-2.0
# Substitutions in which a failure is lost, for lint.d/substitution.

set -eu

fails()
{
	fail "always"
}

comes_to_it()
{
	fails
}

good()
{
	local a b

	a=$(fails)
	b=$(comes_to_it) || return
	a="$a $(fails)"
	b=$(date)/$(fails)
	[ -n "$a" ] || a=$(fails)
	if b=$(fails); then
		echo "$a" "$(date)" "$b"
	fi
}

bad()
{
	local a=$(fails)	# found
	local b

	echo "$(comes_to_it)"	# found
	b=$(fails | head -n 1)	# found
	a=$(fails) b=$(date)	# found
	a=$(fails)/$(date)	# found
	VALUE=$(fails) make	# found
	read -r a < <(fails)	# found
	[ "$(scripts/vm release 6.12)" = "$b" ]	# found
	make -C "$(with_lock x fails)"	# found
}

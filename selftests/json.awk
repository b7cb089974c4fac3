# SPDX-License-Identifier: GPL-2.0
#
# json.awk - is this JSON?  Then its values, "PATH=VALUE" a line; else it says
# where not, and fails.
#
# A value is what RFC 8259 says; of the escapes it knows those of two characters.

function bad(what)
{
	printf "no JSON: %s at '%s'\n", what, substr(text, at, 20)
	exit failed = 1
}

function blank()
{
	while (at <= length(text) && index(" \t\r\n", substr(text, at, 1)))
		at++
}

function take(mark)
{
	blank()
	if (substr(text, at, 1) != mark)
		bad("no " mark)
	at++
}

# The rest matches: how long it is, or 0.
function matched(regex)
{
	if (match(substr(text, at), regex) != 1)
		return 0
	return RLENGTH
}

function string(	n, is)
{
	blank()
	n = matched("\"([^\"\\\\]|\\\\[\"\\\\/bfnrt])*\"")
	if (!n)
		bad("no string")
	is = substr(text, at + 1, n - 2)
	at += n
	return is
}

function members(path, closes, named,	n, key)
{
	at++
	blank()
	if (substr(text, at, 1) == closes) {
		at++
		return
	}
	for (n = 0;; n++) {
		key = n
		if (named) {
			key = string()
			if ((path "." key) in seen)
				bad("twice: " key)
			seen[path "." key] = 1
			take(":")
		}
		value(path "." key)
		blank()
		if (substr(text, at, 1) == closes)
			break
		take(",")
	}
	at++
}

function value(path,	n, first)
{
	blank()
	first = substr(text, at, 1)
	if (first == "{") {
		members(path, "}", 1)
		return
	}
	if (first == "[") {
		members(path, "]", 0)
		return
	}
	if (first == "\"") {
		print path "=" string()
		return
	}
	n = matched("(-?(0|[1-9][0-9]*)(\\.[0-9]+)?|true|false|null)")
	if (!n)
		bad("no value")
	print path "=" substr(text, at, n)
	at += n
}

{ text = text $0 "\n" }

END {
	if (failed)
		exit 1
	at = 1
	value("")
	blank()
	if (at <= length(text))
		bad("more than one value")
}

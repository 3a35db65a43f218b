#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The manual names every option and column that `stop -h` lists, and every key of src/ui/keys.c.
#
# Prints a line for each that is missing and fails if there is one.
set -eu

manual=$top_srcdir/man/stop.1
help=$(mktemp)
missing=$(mktemp)
trap 'rm -f "$help" "$missing"' EXIT
"$STOP" -h >"$help"

# Usage: check WHAT PATTERN NAMES...: each of NAMES has a line that matches PATTERN, with @ for the
# name.
check() {
	what=$1 pattern=$2
	shift 2
	[ $# -gt 3 ] || echo "no list of ${what}s was found" >>"$missing"
	before=${pattern%%@*} after=${pattern#*@}
	printf '%s\n' "$@" | sed 's/[][\\.*^$]/\\&/g' | while IFS= read -r name; do
		grep -q -e "$before$name$after" "$manual" ||
			echo "the manual does not explain the $what $name" >>"$missing"
	done
}

# shellcheck disable=SC2046
check option '^\.It .*Fl -@\($\|[ ,]\)' $(sed -n 's/^  .*--\([a-z-]*\).*/\1/p' "$help")
# shellcheck disable=SC2046
check column '^\.It Cm @ Ta ' $(sed -n '/^Columns:/,/^$/s/^  \([a-z0-9]*\) .*/\1/p' "$help")
# Digits are documented as a range, and mouse keys below the list.
set -f
# shellcheck disable=SC2046
check key '^\.\(It \)*Ic \(.*[ ,&]\)*@\($\|[ ,]\)' $(
	sed -n 's/^\t{{.*}, ACTION_[^"]*"\([^"]*\)".*/\1/p' "$top_srcdir/src/ui/keys.c" | tr ' ' '\n' |
		sed -e 's/^\\\\$/\\e/' -e 's/^BkSp$/Backspace/' -e 's/^S-Tab$/Shift-Tab/' |
		grep -vx -e '[2-8]' -e click -e wheel
)

cat "$missing"
[ ! -s "$missing" ]

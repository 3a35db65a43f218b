# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# What tests of recordings share: included first, it runs them in a directory of their own, which is
# removed, and skips them where nothing can be traced.

# Usage: stop OPTION…. Runs it with the engine of the environment.
stop() {
	"$STOP" "--engine=$ENGINE" "$@"
}

ENGINE=${ENGINE:-ptrace}
stop -c -o /dev/null -- true 2>/dev/null || exit 77

directory=$(mktemp -d)
mounted= # a file system is, at `small`
# shellcheck disable=SC2154
trap '[ -z "$mounted" ] || umount "$directory/small"; rm -rf "$directory"' EXIT

fail() {
	echo "$1"
	exit 1
}

# Usage: field NAME JSON: the first number with this name.
field() {
	sed -n "s/^ *\"$1\": *\([0-9]*\),\{0,1\}\$/\1/p" "$2" | head -n 1
}

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The tests that Makefile.am lists, with the engine bpf. Skipped where it cannot be used.
set -u

state=$("$STOP" -V | sed -n 's/^engine: //p')
case $state in
bpf,*) ;;
*)
	echo "skipped: $state"
	exit 77
	;;
esac

directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
failed=

# Usage: part NAME COMMAND…. What it prints is shown again at the end if it fails.
part() {
	name=$1
	shift
	echo "== $name"
	ENGINE=bpf "$@" >"$directory/output" 2>&1
	status=$?
	cat "$directory/output"
	case $status in
	0 | 77) ;;
	*)
		failed="$failed $name"
		{
			echo "== $name: status $status"
			grep -E -A 3 'FAIL|Error|error:' "$directory/output" | head -n 30
			echo "--"
			tail -n 15 "$directory/output"
		} >>"$directory/failures"
		;;
	esac
}

for test in $BPF_TESTS; do
	part "$test" "$test"
done
for test in generated log log_text runtimes stacks; do
	part "system/$test.sh" sh "${top_srcdir:-.}/tests/system/$test.sh"
done
CASE='death_of_stop*' part "invisible/self: death_of_stop*" tests/invisible/self
[ -z "$failed" ] || {
	cat "$directory/failures"
	echo "failed:$failed"
	exit 1
}

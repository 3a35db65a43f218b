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

failed=
for test in $BPF_TESTS; do
	echo "== $test"
	ENGINE=bpf "$test" || failed="$failed $test"
done
for test in generated log log_text stacks; do
	echo "== system/$test.sh"
	ENGINE=bpf sh "${top_srcdir:-.}/tests/system/$test.sh"
	case $? in
	0 | 77) ;;
	*) failed="$failed $test.sh" ;;
	esac
done
echo "== invisible/self: death_of_stop*"
ENGINE=bpf CASE='death_of_stop*' tests/invisible/self || failed="$failed invisible/self"
[ -z "$failed" ] || {
	echo "failed:$failed"
	exit 1
}

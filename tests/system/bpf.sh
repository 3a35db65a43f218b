#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The tests of counts, names, tasks and stacks with the engine bpf. Skipped where it cannot be used.
set -u

state=$("$STOP" -V | sed -n 's/^engine: //p')
case $state in
bpf,*) ;;
*)
	echo "skipped: $state"
	exit 77
	;;
esac

failed=0
for test in system/abi system/bytes system/changes system/counts system/engine \
	system/exact system/links system/names system/requests system/split system/stack_counts \
	system/strace system/tasks system/times screen/finished; do
	echo "== $test"
	ENGINE=bpf "tests/$test" || failed=1
done
exit "$failed"

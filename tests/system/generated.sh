#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Code that is not a plain ELF file has its names: generated code wherever it lies and whenever its
# perf map is written, under the generation that made the call; and programs whose text was moved.
set -eu

work=$(mktemp -d)
target=
trap 'kill $target 2>/dev/null || :; rm -rf "$work"' EXIT
generated=$TRACEES/generated.tracee
failed=0
main='.*;main;run_[a-z]*;call;'

# Usage: folded HOW [NUMBER]. Writes the folded stacks of its getppid calls to $work/folded.
folded() {
	"$STOP" "--engine=${ENGINE:-ptrace}" -c -k getppid --format=folded --weight=calls \
		-o "$work/folded" -- "$generated" "$@" >"$work/output" || {
		echo "$*: stop failed"
		failed=1
	}
}

# Usage: expect PATTERN HOW [NUMBER]. Every line matches PATTERN.
expect() {
	pattern=$1
	shift
	# On a busy machine the program is over before its map is read. If so, it waits at the end.
	for STAY_MS in 200 5000; do
		export STAY_MS
		folded "$@"
		if [ -s "$work/folded" ] && ! grep -Evq "^($pattern)\$" "$work/folded"; then
			return 0
		fi
	done
	echo "$*: not only $pattern, but"
	cat "$work/folded"
	failed=1
}

# Usage: calls NAME. How many calls are in stacks with it.
calls() {
	awk -v name=";$1" 'index($0, name) { sum += $NF } END { print sum + 0 }' "$work/folded"
}

expect "${main}first;getppid 20" memfd
expect "${main}first;getppid 20" shared
# More often than it is tried anyway.
expect "${main}first;getppid 20" late 7
expect "${main}(first|second);getppid 20" again
# Where it was, when the program is over.
expect "${main}first;getppid 20" last
rm -f "$(cat "$work/output")"

# The names are those of the file.
expect ".*;main;run_moved;outer;inner;(syscall;)?getppid 20" moved

# A memory map of 16 MiB: the stacks of calls before it was read are missed.
for count in 60000 30000; do
	folded many $count
	! [ -s "$work/folded" ] || break
done
if ! grep -Eq '^.*;main;run_many;outer;inner;(syscall;)?getppid [0-9]+$' "$work/folded"; then
	echo "many: nothing was captured"
	cat "$work/folded"
	failed=1
fi

# A newline in a path is escaped once.
strip -o "$work/a
b" "$generated"
generated="$work/a
b"
folded moved
grep -Fq 'a\nb+0x' "$work/folded" && ! grep -Fq 'a\\' "$work/folded" || {
	echo "newline: it is not escaped once"
	cat "$work/folded"
	failed=1
}
generated=$TRACEES/generated.tracee

# A thread waits in code that is not there any more; whoever stops it, ends it.
if [ "${ENGINE:-ptrace}" = bpf ]; then
	mkfifo "$work/ready"
	"$generated" unmapped >"$work/ready" &
	target=$!
	read -r line <"$work/ready"
	for delay in 0.2 1 5 20; do
		"$STOP" --engine=bpf -b -n 1 -d $delay -k pause --format=folded \
			--weight=calls -o "$work/folded" -p $target
		! grep -q '^\[unmapped code\];pause 1$' "$work/folded" || break
	done
	if [ "$line" != unmapped ] ||
		! grep -q '^\[unmapped code\];pause 1$' "$work/folded"; then
		echo "unmapped: it is not said"
		cat "$work/folded"
		failed=1
	fi
	kill $target
	wait $target 2>/dev/null || :
	target=
fi

# Each call under what made it, or under nothing.
export STAY_MS=0
for count in 100 1000 3000; do
	folded replaced $count
	[ "$(awk '{ sum += $NF } END { print sum }' "$work/folded")" -eq $((3 * count)) ] || {
		echo "replaced: calls are missing"
		failed=1
	}
	known=1
	for name in first second third; do
		calls=$(calls "$name;")
		if [ "$calls" -gt $count ]; then
			echo "replaced: too many calls are of $name"
			failed=1
		fi
		# More may be unknown where stop gets no processor for as long.
		[ "$calls" -gt $((count / 2)) ] || known=0
	done
	[ $known -eq 0 ] || break
done
if [ $known -eq 0 ]; then
	echo "replaced: most calls are unknown"
	failed=1
fi

# A recording says the same.
if [ "${ENGINE:-ptrace}" = bpf ]; then
	"$STOP" --engine=bpf -c -k getppid --record="$work/recording" --record-detail=stacks \
		--format=folded --weight=calls -o "$work/folded" -- "$generated" replaced 300
	"$STOP" -c -k getppid --format=folded --weight=calls -o "$work/replayed" \
		"$work/recording.ctf"
	cmp "$work/folded" "$work/replayed" || {
		echo "replaced: the recording differs"
		cat "$work/replayed"
		failed=1
	}
fi
[ $failed -eq 0 ] || cat "$work/folded"
exit $failed

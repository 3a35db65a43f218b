#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# --diff: a script that prints hello against a compiled program that does. What differs for certain is
# said to; the same program against itself does not differ in calls.
set -eu

ENGINE=${ENGINE:-ptrace}
"$STOP" "--engine=$ENGINE" -c -o /dev/null -- true 2>/dev/null || exit 77

directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"

fail() {
	echo "$1"
	exit 1
}

printf '#include <stdio.h>\nint main(void) { return puts("hello") < 0; }\n' >hello.c
${CC:-cc} -o hello hello.c || exit 77
cat >hello.sh <<'END'
#!/bin/sh
for file in /etc/hostname /nonexistent; do cat $file >/dev/null 2>&1; done
echo hello
END
chmod +x hello.sh

for run in 1 2 3 4; do
	"$STOP" "--engine=$ENGINE" -c --files --format=json -o "script$run.json" -- ./hello.sh >/dev/null
	"$STOP" "--engine=$ENGINE" -c --files --format=json -o "program$run.json" -- ./hello >/dev/null
done

# Usage: value FILE EXPRESSION: of the JSON in FILE, as python3 has it in `diff`.
value() {
	python3 -c '
import json, sys
diff = json.load(open(sys.argv[1]))
rows = {row["name"]: row for row in diff["calls"]}
files = {row["name"]: row for row in diff["files"]}
print(eval(sys.argv[2]))' "$1" "$2"
}

"$STOP" --diff script*.json vs program*.json >text
grep -q '^A: ./hello.sh (' text || fail "the sides are not named"
grep -q '4 runs, medians' text || fail "no runs"
grep -qE '^calls +[0-9]+ +[0-9]+  yes$' text || fail "the number of calls does not differ"
grep -qE ' gone  wait4$' text || fail "wait4 has not gone"
grep -qE ' new   .*/hello$' text || fail "the program is not new"

if command -v python3 >/dev/null; then
	"$STOP" --diff --format=json script*.json vs program*.json >diff.json
	[ "$(value diff.json 'diff["schema"]')" = stop.diff/1 ] || fail "schema"
	[ "$(value diff.json 'diff["per"]')" = run ] || fail "whole runs are not compared as such"
	[ "$(value diff.json 'rows["wait4"]["change"]')" = went ] || fail "wait4 is still there"
	[ "$(value diff.json 'rows["wait4"]["calls"]["verdict"]')" = differs ] || fail "wait4 is noise"
	[ "$(value diff.json 'round(rows["wait4"]["calls"]["p"], 4)')" = 0.0286 ] || fail "p"
	[ "$(value diff.json 'rows["execve"]["calls"]["b"]')" = 1.0 ] || fail "execve"
	[ "$(value diff.json 'any(name.endswith("/hello") for name in files)')" = True ] || fail "files"
	[ "$(value diff.json 'abs(sum(abs(row["explains"]) for row in diff["calls"]) - 1) < 1e-6')" = True ] ||
		fail "the parts are not the whole"
	# As many as jq would find in the reports themselves.
	[ "$(value diff.json 'int(diff["totals"]["calls"]["b"])')" -eq "$(python3 -c '
import json
print(json.load(open("program1.json"))["totals"]["calls"])')" ] || fail "totals"
	"$STOP" --diff --format=json program1.json program2.json >same.json
	[ "$(value same.json 'diff["totals"]["calls"]["verdict"]')" = equal ] || fail "a program differs from itself"
	[ "$(value same.json '{row["change"] for row in diff["calls"]}')" = "{'both'}" ] || fail "calls came or went"
	[ "$(value same.json 'len(diff["cautions"])')" -eq 1 ] || fail "one run tells noise"
fi

# By calls; several frames in a file: the last one.
"$STOP" "--engine=$ENGINE" -b --format=json -o frames.json -- ./hello >/dev/null
"$STOP" --diff --weight=calls frames.json program1.json | grep -qE '^calls +([0-9]+) +\1  (=|\?)$' || fail "frames"

# Usage: refused STATUS MESSAGE ARGUMENT….
refused() {
	wanted=$1 message=$2
	shift 2
	status=0
	"$STOP" "$@" 2>error >/dev/null || status=$?
	[ "$status" -eq "$wanted" ] || fail "$*: status $status"
	grep -qF "$message" error || fail "$*: $(cat error)"
}
refused 2 "expected two files" --diff program1.json
refused 2 "expected two files" --diff vs a b
refused 2 "traces nothing" -p 1 --diff a b
refused 2 "the format is text or json" --format=folded --diff a b
refused 1 "cannot read a: No such file" --diff a b
refused 1 "it is not JSON" --diff hello.c hello.c
head -c 2000 program1.json >cut.json
refused 1 "cannot read cut.json: it is not JSON" --diff program1.json cut.json

# A recording gives what its report gives, whatever its side and form.
"$STOP" "--engine=$ENGINE" -c --record=script -o /dev/null -- ./hello.sh >/dev/null
"$STOP" -c --files --format=json -o script.json script.ctf
"$STOP" --diff script.ctf program1.json >of_recording
"$STOP" --diff script.json program1.json | cmp - of_recording || fail "of a recording"
grep -q '^A: ./hello.sh (' of_recording || fail "the recording's command is not named"
grep -qE ' gone  wait4$' of_recording || fail "wait4 has not gone"
"$STOP" --diff script.ctf script.json | grep -qE '^calls +([0-9]+) +\1  (=|\?)$' || fail "it differs from itself"

# Of a damaged one, with a message, what comes before.
cp -r script.ctf damaged.ctf
size=$(stat -c %s damaged.ctf/stream)
head -c 2048 /dev/zero | tr '\0' x |
	dd of=damaged.ctf/stream bs=1 seek=$((size / 2)) conv=notrunc 2>/dev/null
"$STOP" --diff damaged.ctf script.ctf >of_damaged 2>error || fail "of a damaged recording: $(cat error)"
grep -q 'damaged.ctf is damaged: .*; what comes before is compared' error || fail "damaged: $(cat error)"
# Where calls come from is compared as well, if it was recorded.
"$STOP" -c --record=stacks --record-detail=stacks -o /dev/null -- sh ./hello.sh >/dev/null
"$STOP" --diff stacks.ctf script.ctf >of_stacks || fail "of stacks"
grep -q STACK of_stacks && fail "stacks of one side"
"$STOP" -v --diff stacks.ctf stacks.ctf >of_stacks
grep -qE ' write < .*main' of_stacks || fail "stacks are not compared: $(grep -A3 STACK of_stacks)"
mkdir empty.ctf
refused 1 "cannot read empty.ctf: Is a directory" --diff empty.ctf script.ctf

# What strace has written, from the first call to the end, against what stop has counted.
if command -v strace >/dev/null && strace -f -ttt -T -yy -o saved ./hello >/dev/null 2>&1; then
	"$STOP" --diff --weight=calls saved program1.json >of_strace
	grep -q '^PER RUN ' of_strace || fail "strace's whole run is not one"
	grep -qE ' +1 +1 .* execve$' of_strace || fail "strace's calls: $(cat of_strace)"
fi

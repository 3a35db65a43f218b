#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Frames of Python, of threads that wait, without a perf map: their functions, files and lines, in
# the order of the calls. $STOP_PYTHONS has other interpreters to try, besides python3.
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
tried=0

cat >"$work/app.py" <<'END'
import os
import sys
import threading


def read_from(pipe):
    os.read(pipe, 1)


class Waiter:
    def wait(self, pipe):
        return sorted([1],
                      key=lambda value: read_from(pipe))


def in_thread():
    Waiter().wait(os.pipe()[0])


def main():
    thread = threading.Thread(target=in_thread)
    thread.start()
    print("started", flush=True)
    Waiter().wait(os.pipe()[0])


main()
END

# Usage: expect NAME THREAD FRAME.... Thread THREAD has these frames of the script, the innermost
# first. The engine ptrace has stopped it before, so they are marked; bpf has not.
expect() {
	name=$1
	thread=$2
	shift 2
	printf '%s\n' "$@" >"$work/expected"
	"$python" - "$work/json" "$thread" $engine >"$work/found" <<'END'
import json, sys
text = open(sys.argv[1]).read().strip()
while text:
    frame, end = json.JSONDecoder().raw_decode(text)
    text = text[end:].strip()
threads = frame["threads"]
threads.sort(key=lambda row: row["tid"])
for frame in threads[int(sys.argv[2])]["frames"] or []:
    if frame["module"] and frame["module"].endswith("app.py"):
        mark = " ?" if frame["guessed"] and sys.argv[3] == "bpf" else ""
        print(f'{frame["symbol"].split(".")[-1]}:{frame["line"]}{mark}')
END
	cmp -s "$work/expected" "$work/found" && return 0
	printf '%s with %s, thread %s: wanted\n' "$name" "$engine" "$thread"
	cat "$work/expected"
	echo "found"
	cat "$work/found"
	return 1
}

expect_threads() {
	expect "$1" 0 read_from:7 '<lambda>:13' wait:12 main:24 '<module>:27' &&
		expect "$1" 1 read_from:7 '<lambda>:13' wait:12 in_thread:17
}

# Usage: try PYTHON.
try() {
	python=$1
	"$python" "$work/app.py" >"$work/output" &
	target=$!
	trap 'kill $target 2>/dev/null || :; rm -rf "$work"' EXIT
	until grep -q started "$work/output"; do
		kill -0 $target
	done
	for engine in ptrace bpf; do
		if [ $engine = bpf ] && ! "$STOP" -V | grep -q '^engine: bpf,'; then
			continue
		fi
		# Stacks are requested for the first frame, and shown in the next.
		for delay in 0.5 1 5 10; do
			"$STOP" --engine=$engine -b -n 2 -d $delay -k all --format=json \
				-o "$work/json" -p $target
			expect_threads "$python" >"$work/log" && break
		done
		if ! expect_threads "$python"; then
			failed=1
		fi
	done
	kill $target
	wait $target 2>/dev/null || :
	tried=$((tried + 1))
}

for python in python3 ${STOP_PYTHONS-}; do
	# The interpreter itself, not a script that starts it.
	python=$("$python" -c 'import sys; print(sys.executable)' 2>/dev/null) || continue
	"$python" -c 'import sys; sys.exit(not (3, 9) <= sys.version_info[:2] <= (3, 13))' &&
		try "$python"
done
if [ $tried -eq 0 ]; then
	echo "skipped: there is no Python 3.9 to 3.13"
	exit 77
fi
exit $failed

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Kernel traces of LTTng, written by lttng_trace.py: calls, errors and times are those in the text of
# babeltrace2, for new and old names, with sched_switch, contexts, or neither; files, processes and
# notes; a damaged trace is an error. Without libbabeltrace2, there is an error that says what to do.
# $CASE selects a case.
set -u

command -v python3 >/dev/null || { echo "python3 is missing"; exit 77; }
maker="$top_srcdir/tests/system/lttng_trace.py"
directory=$(mktemp -d) || exit 99
trap 'rm -rf "$directory"' EXIT
cd "$directory" || exit 99
failures=0

fail() {
	echo "$1"
	failures=$((failures + 1))
}

# Usage: wants NAME: whether case NAME is selected.
wants() {
	# shellcheck disable=SC2254 # a pattern
	case $1 in
	${CASE:-*}) return 0 ;;
	esac
	return 1
}

python3 "$maker" write plain plain 1 || exit 99

if "$STOP" -V | grep -q 'lttng by: not in this build'; then
	"$STOP" -c plain >out 2>err && fail "a trace is read without the library"
	grep -q 'libbabeltrace2-dev' err || fail "the remedy is missing: $(cat err)"
	[ "$failures" = 0 ] || exit 1
	echo "libbabeltrace2 is not in this build: traces are only refused"
	exit 77
fi
command -v babeltrace2 >/dev/null || { echo "babeltrace2 is missing"; exit 77; }

# Usage: same KIND SEED
same() {
	rm -rf trace
	python3 "$maker" write trace "$1" "$2" && babeltrace2 --clock-seconds trace >text &&
		python3 "$maker" count text >expected || exit 99
	"$STOP" -c --format=json -o report.json trace 2>err || fail "$1 $2: $(cat err)"
	python3 "$maker" json report.json >counted
	[ "$(wc -l <expected)" -ge 10 ] || fail "$1 $2: too few calls"
	diff expected counted >difference ||
		fail "$1 $2: babeltrace2 (<) and stop (>): $(cat difference)"
}

if wants counts; then
	for kind in plain contexts old bare; do
		same "$kind" 3
	done
fi

if wants sched; then
	same sched 4
	python3 "$maker" split text >expected
	python3 "$maker" splitjson report.json >counted
	[ "$(wc -l <expected)" -ge 8 ] || fail "sched: too few calls"
	awk '$4 > 0 { blocked++ } $3 > 0 { runnable++ } END { exit blocked < 5 || runnable < 5 }' expected ||
		fail "sched: nothing waits"
	diff expected counted >difference || fail "sched: text (<) and stop (>): $(cat difference)"
	"$STOP" -c --log=chrome --log-format=chrome trace >out 2>err || fail "sched: $(cat err)"
	grep -q '"name":"wakes"' chrome || fail "sched: nobody wakes anybody"
fi

# Usage: shows FILE PATTERN
shows() {
	grep -qE -- "$2" "$1" || fail "no \"$2\" in $1: $(head -n 20 "$1")"
}

if wants views; then
	"$STOP" -c --files plain >files 2>err || fail "--files: $(cat err)"
	shows files '/etc/passwd'
	shows files '/var/log/of task[0-3]'
	"$STOP" -c -e 'path:/etc/passwd and result:failed' --format=json -o filtered.json plain 2>err ||
		fail "a filter: $(cat err)"
	"$STOP" -c --log=log plain >out 2>err || fail "--log: $(cat err)"
	shows log 'openat\(AT_FDCWD, "/etc/passwd", '
	shows log 'openat\(AT_FDCWD, "/tmp/\\"<x>\\\\", .* = -1 ENOENT'
	shows log 'clone\(.*CLONE_THREAD'
	"$STOP" -b plain >samples 2>err || fail "-b: $(cat err)"
	shows samples 'futex'
	"$STOP" --diff plain plain >diff 2>err || fail "--diff: $(cat err)"
	"$STOP" -c --format=json -o report.json plain 2>err
	shows report.json '"engine": "lttng"'
	shows report.json '"comm": "task1"'
fi

if wants sessions; then
	mkdir session && cp -r plain session/kernel
	"$STOP" -c session >out 2>err || fail "a session: $(cat err)"
	shows out 'openat'
	"$STOP" -c --replay plain >out 2>err || fail "--replay: $(cat err)"
	shows out 'openat'
fi

if wants notes; then
	python3 "$maker" write bare bare 1
	"$STOP" -c bare >out 2>err
	cat err >>out
	shows out 'calls without a known thread and latency; record with: lttng enable-event'
	shows out 'fancy_new_call is syscall_960'
fi

# Whatever is damaged: an end with an error or a report, and soon.
if wants damage; then
	python3 - <<'END'
import os, random, shutil
random.seed(1)
for i in range(12):
    name = f"damaged{i}"
    shutil.copytree("plain", name)
    victim = os.path.join(name, "metadata" if i % 2 else f"channel0_{i % 4}")
    with open(victim, "rb") as file:
        data = bytearray(file.read())
    if i % 3 == 0:
        del data[random.randrange(len(data)):]
    for _ in range(1 + i):
        if data:
            data[random.randrange(16, max(17, len(data))) % len(data)] = random.randrange(256)
    with open(victim, "wb") as file:
        file.write(data)
shutil.copytree("plain", "empty")
for i in range(4):
    os.truncate(f"empty/channel0_{i}", 0)
shutil.copytree("plain", "huge")
with open("huge/channel0_1", "r+b") as file:
    file.seek(40)
    file.write(b"\xff" * 16)
END
	for trace in damaged* empty huge; do
		timeout 60 "$STOP" -c --format=json -o out.json "$trace" >out 2>err
		status=$?
		[ "$status" -le 1 ] || fail "$trace: status $status, $(cat err)"
		[ "$status" = 0 ] || [ -s err ] || fail "$trace: no message"
	done
	timeout 60 "$STOP" -c huge >out 2>err
	cat err >>out
	shows out 'cannot be read: '
	python3 "$maker" write two plain 2
	"$STOP" -c plain two >out 2>err && fail "two traces are played at once"
	shows err 'give one of them'
fi

[ "$failures" = 0 ]

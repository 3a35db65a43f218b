#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What language runtimes compile has names with the switches of the manual's GENERATED CODE: Node.js,
# and Java, which writes its perf map at the end. Those that are not installed are skipped.
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
tried=0

# Usage: folded COMMAND.... Runs it, which prints its PID; the stacks of its calls that look for files
# go to $work/folded.
folded() {
	"$STOP" "--engine=${ENGINE:-ptrace}" -c -k '?stat,?newfstatat,?statx' --format=folded \
		--weight=calls -o "$work/folded" -- "$@" >"$work/output" 2>"$work/error" || {
		echo "$*: failed"
		cat "$work/error"
		failed=1
	}
	rm -f "/tmp/perf-$(head -n 1 "$work/output").map"
}

# Usage: calls PATTERN. How many calls are in stacks that match.
calls() {
	grep -E "$1" "$work/folded" | awk '{ sum += $NF } END { print sum + 0 }'
}

# Usage: expect COUNT PATTERN COMMAND.... At least so many calls are in stacks that match. On a busy
# machine, the code is replaced, or the program over, before its map is read.
expect() {
	count=$1
	pattern=$2
	shift 2
	tried=1
	for STAY_MS in 300 3000; do
		export STAY_MS
		folded "$@"
		[ "$(calls "$pattern")" -lt "$count" ] || return 0
	done
	echo "$*: $(calls "$pattern") calls, not $count, are in stacks like $pattern"
	awk '{ print $NF, $0 }' "$work/folded" | sort -rn | head -n 10 | cut -c 1-2000
	failed=1
}

cat >"$work/app.js" <<'END'
const fs = require('fs');
function inner() { return fs.statSync('/').size; }
function middle() { let sum = 0; for (let i = 0; i < 3; i++) sum += inner(); return sum; }
function outer(n) { let sum = 0; for (let i = 0; i < n; i++) sum += middle(); return sum; }
console.log(process.pid);
const stay = +process.env.STAY_MS;
let left = 20;
function tick() {
	outer(50);
	if (--left)
		setTimeout(tick, 10);
	else
		setTimeout(() => {}, stay);
}
setTimeout(tick, stay);
END

# 3000 calls: some of them in code that is just being replaced.
if node --perf-basic-prof -e 0 2>/dev/null; then
	for switch in --perf-basic-prof --perf-basic-prof-only-functions; do
		expect 2000 'JS:[*^~]?outer .*app\.js:4.*;JS:[*^~]?middle .*app\.js:3.*;JS:[*^~]?inner .*app\.js:2.*;statx ' \
			node $switch --interpreted-frames-native-stack --no-opt "$work/app.js"
	done
else
	echo "skipped: there is no node with --perf-basic-prof"
fi

cat >"$work/App.java" <<'END'
public class App {
	static long inner() { return new java.io.File("/").length(); }
	static long middle() { long sum = 0; for (int i = 0; i < 3; i++) sum += inner(); return sum; }
	static long outer(int n) { long sum = 0; for (int i = 0; i < n; i++) sum += middle(); return sum; }
	public static void main(String[] arguments) throws Exception {
		System.out.println(ProcessHandle.current().pid());
		long stay = Long.parseLong(System.getenv("STAY_MS"));
		Thread.sleep(stay);
		for (int i = 0; i < 40; i++) {
			outer(500);
			Thread.sleep(5);
		}
		Thread.sleep(stay);
	}
}
END

# 60000 calls, the first of them interpreted.
if command -v javac >/dev/null && javac -d "$work" "$work/App.java" 2>/dev/null; then
	expect 20000 'App\.middle\(\);long App\.inner\(\);.*;Java_java_io_UnixFileSystem_[A-Za-z0-9_]*;.*stat[a-z0-9]* ' \
		java -XX:+UnlockDiagnosticVMOptions -XX:+DumpPerfMapAtExit \
		-XX:+PreserveFramePointer -XX:CompileCommand=quiet \
		-XX:CompileCommand=dontinline,App.* -cp "$work" App
else
	echo "skipped: there is no Java"
fi

[ $tried -eq 1 ] || exit 77
exit $failed

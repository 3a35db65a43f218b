#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Stacks are as expected: tests/tracees/chains.c makes calls from known chains of functions, built
# in every way that affects unwinding or symbols.
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
source=${top_srcdir:-.}/tests/tracees/chains.c
cc="${CC:-cc} -std=gnu17 -D_GNU_SOURCE -pthread"
failed=0
stays='0 500 5000'
options=
[ "${ENGINE:-ptrace}" = ptrace ] || stays='500 5000'

# Usage: stop OPTION…. Runs it with the engine of the environment.
stop() {
	"$STOP" "--engine=${ENGINE:-ptrace}" "$@"
}

# Frames of the C library before main vary, and not every build has symbols for them.
main='_start;__libc_start_main[a-z_]*;(__libc_start_call_main;|libc[.]so[.]6\+0x[0-9a-f]+;)?main'

# Usage: build NAME FLAG…. Returns 1 with a message if the compiler cannot.
build() {
	name=$1
	shift
	if ! $cc "$@" "$source" -o "$work/$name" 2>"$work/log"; then
		echo "skipped: $name cannot be built here: $(head -n 1 "$work/log")"
		return 1
	fi
}

# Usage: folded BINARY CHAIN [NUMBER]. Prints the folded stacks of its getppid and clock_gettime
# calls.
folded() {
	# shellcheck disable=SC2086
	stop -c -k getppid,clock_gettime $options --debug-dir="/usr/lib/debug:$work" --format=folded \
		--weight=calls -o "$work/folded" -- "$@" >"$work/output" || return 1
	cat "$work/folded"
}

# Usage: expect PATTERN BINARY CHAIN [NUMBER]. There is at least one line, and every line matches
# PATTERN.
expect() {
	pattern=$1
	shift
	# These programs exit within milliseconds, on a busy machine before their maps are read. If
	# so, make them wait at the end. The engine bpf makes nobody wait for it.
	for STAY_MS in $stays; do
		export STAY_MS
		lines=$(folded "$@") || lines="stop failed"
		if [ -n "$lines" ] && ! printf '%s\n' "$lines" | grep -Evq "^($pattern)\$"; then
			return 0
		fi
	done
	printf '%s\nis not only\n%s\nbut\n%s\n\n' "$*" "$pattern" "$lines"
	failed=1
}

# Usage: expect_all BINARY. The chains that do not depend on how the program was built.
expect_all() {
	expect "($main);chain_plain;middle;innermost;syscall;getppid 20" "$1" plain
	expect "($main);chain_recurse(;recurse){21};innermost;syscall;getppid 20" "$1" recurse 20
	# Larger than any copy: the copied part is correct, and marked as cut.
	expect "\\[cut\\](;recurse){20,400};innermost;syscall;getppid 20" "$1" recurse 500
	expect "($main);chain_alloca;innermost;syscall;getppid 20" "$1" alloca 10
	expect "($main);chain_signal;interrupted;.*raise.*;<signal handler called>;handler;innermost;syscall;getppid 20" \
		"$1" signal
	expect "($main);chain_vdso;(__)?clock_gettime;.*clock_gettime;clock_gettime 20" "$1" vdso
	# A handler on an alternate stack has interrupted code on another stack, which was not
	# copied.
	expect "\\[other stack\\];.*;<signal handler called>;handler;innermost;syscall;getppid 20" \
		"$1" altstack
	expect "\\[other stack\\];on_stack;innermost;syscall;getppid 20" "$1" below
	# A part of the copy could not be made.
	expect "\\[cut\\](;use_pages){1,20};drop_and_call;syscall;getppid 20" "$1" swapped
	expect "(__)?clone3?;start_thread;run_at_edge;getppid 20" "$1" edge
	# Above hand-written code without tables, return addresses are looked for.
	expect "($main);chain_bare;bare;innermost;syscall;getppid 20" "$1" bare
	# Where nothing can be found, nothing is shown, and the end has a name.
	expect "\\[no unwind tables\\];elsewhere;innermost;syscall;getppid 20" "$1" elsewhere
	expect "\\[inconsistent\\];astray;innermost;syscall;getppid 20" "$1" astray
	expect "\\[coroutine\\];(__start_context|[^;]*\\+0x[0-9a-f]+);in_coroutine;chain_plain;middle;innermost;syscall;getppid 20" \
		"$1" coroutine
	expect "\\[coroutine\\];made_up;framed;innermost;syscall;getppid 20" "$1" framed
	expect_marks "$1" framed 'framed\+0x[^?]*$' 'made_up\+0x1 .* \?$' '\[coroutine\]$'
	expect_marks "$1" plain 'main\+0x[^?]*$'
	expect_marks "$1" bare 'chain_bare\+0x.* \?$' 'bare\+0x[^?]*$'
}

# Usage: expect_marks BINARY CHAIN PATTERN.... The summary has lines that match the patterns.
expect_marks() {
	binary=$1
	chain=$2
	shift 2
	for pattern in "$@"; do
		for STAY_MS in $stays; do
			export STAY_MS
			stop -c -k getppid --debug-dir="/usr/lib/debug:$work" -o "$work/marks" \
				-- "$binary" "$chain" || continue
			! grep -Eq "^ +$pattern" "$work/marks" || continue 2
		done
		printf '%s\nhas nothing like %s\n' "$(cat "$work/marks")" "$pattern"
		failed=1
	done
}

if ! build pie -O2 -fomit-frame-pointer -fPIE -pie; then
	exit 77
fi
expect_all "$work/pie"
build nopie -O2 -fomit-frame-pointer -fno-pie -no-pie && expect_all "$work/nopie"
build frames -O0 -fno-omit-frame-pointer && expect_all "$work/frames"
build static -O2 -static && expect_all "$work/static"

# Code without unwind tables, with and without frame pointers: the C library's have some, so they are
# found again.
for frames in -fomit-frame-pointer -fno-omit-frame-pointer; do
	build untabled -O2 -fno-asynchronous-unwind-tables -fno-unwind-tables $frames || continue
	expect "($main);chain_plain;middle;innermost;syscall;getppid 20" "$work/untabled" plain
	expect "($main);chain_recurse(;recurse){21};innermost;syscall;getppid 20" \
		"$work/untabled" recurse 20
	expect "($main);chain_bare;bare;innermost;syscall;getppid 20" "$work/untabled" bare
	expect_marks "$work/untabled" plain 'chain_plain\+0x.* \?$'
done

# A program that splits its stack: if the parts are next to each other, a copy ends among them.
if build segments -O2 -fsplit-stack; then
	expect "\\[other stack\\];__morestack(;recurse){1,39};innermost;syscall;getppid 20" \
		"$work/segments" recurse 40
	expect "\\[(cut|other stack)\\];__morestack(;recurse|;__morestack){40,80};innermost;syscall;getppid 20" \
		"$work/segments" recurse 100
fi

# A C library without unwind tables.
cat >"$work/musl.c" <<'END'
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
#define NOINLINE __attribute__((noinline))
#define STAY()   __asm__ volatile("" ::: "memory")
static NOINLINE void inner(void)
{
	for (volatile int i = 0; i < 20; i++)
		syscall(SYS_getppid);
	STAY();
}
static NOINLINE void outer(void)
{
	inner();
	STAY();
}
int main(void)
{
	const char *ms = getenv("STAY_MS");
	outer();
	usleep(ms ? (useconds_t)atoi(ms) * 1000 : 0);
	return 0;
}
END
if command -v musl-gcc >/dev/null; then
	for link in -static -pie; do
		musl-gcc -O2 $link "$work/musl.c" -o "$work/musl"
		expect "[^[].*;main;outer;inner;syscall;getppid 20" "$work/musl"
		expect_marks "$work/musl" '' 'main\+0x.* \?$'
	done
else
	echo "skipped: there is no musl-gcc"
fi

# A return probe of uprobes: the kernel's code is where the caller's address should be.
if STAY_MS=0 "$work/frames" probe; then
	for binary in pie frames; do
		expect "($main);chain_probe;calls_probed;\\[uprobes\\];probed;innermost;syscall;getppid 20" \
			"$work/$binary" probe
	done
	expect_marks "$work/frames" probe 'probed\+0x[^?]*$' '\[uprobes\]$' \
		'calls_probed\+0x.* \?$' 'main\+0x.* \?$'
else
	echo "skipped: uprobes need privileges"
fi

# More frames than are unwound; the engine bpf does not copy as many.
if [ "${ENGINE:-ptrace}" = ptrace ]; then
	options=--stack-size=1048576
	expect "\\[too deep\\](;dive){1000,1023};innermost;syscall;getppid 20" "$work/pie" dive 3000
	options=
fi

# 64 threads at once, and a program that calls execve.
expect "(__clone3?|libc[.]so[.]6\\+0x[0-9a-f]+);(start_thread|libc[.]so[.]6\\+0x[0-9a-f]+);in_thread;middle;innermost;syscall;getppid 1280" "$work/pie" threads
expect "($main);(chain_exec|chain_plain);middle;innermost;syscall;getppid 20" "$work/pie" exec

# JIT-compiled code has the names in its perf map, even in another PID namespace and root directory.
generated="($main);chain_generated;made_up_name;innermost;syscall;getppid 20"
expect "$generated" "$work/pie" generated
mkdir "$work/inside" "$work/elsewhere"
bind="mount --bind '$work/inside' '$work/elsewhere'"
if unshare -m -p -f sh -c "$bind" 2>/dev/null; then
	cp "$work/pie" "$work/inside/contained"
	# The shell calls getppid too.
	expect "($generated|.*;getppid 1)" unshare -m -p -f --kill-child sh -c \
		"$bind && '$work/elsewhere/contained' generated"
	grep -q made_up_name "$work/folded" || failed=1
else
	echo "skipped: namespaces need privileges"
fi

# Without symbols there are modules and offsets: the same number of frames, all unnamed.
cp "$work/pie" "$work/stripped"
if strip "$work/stripped" 2>/dev/null; then
	expect "stripped\\+0x[0-9a-f]+;.*main[a-z_]*;(libc[.]so[.]6\\+0x[0-9a-f]+;)?(stripped\\+0x[0-9a-f]+;){4}syscall;getppid 20" \
		"$work/stripped" plain
fi

# Symbols from a separate debug file, and from .gnu_debugdata, need libdwfl.
if "$STOP" -V | grep -q 'names: elfutils'; then
	if build split -O2 -g && objcopy --only-keep-debug "$work/split" "$work/split.debug" &&
		strip "$work/split" &&
		objcopy --add-gnu-debuglink="$work/split.debug" "$work/split"; then
		expect_all "$work/split"
	fi
	cp "$work/pie" "$work/mini"
	if objcopy --only-keep-debug "$work/pie" "$work/symbols" && objcopy -S "$work/symbols" \
		--keep-symbol=innermost --keep-symbol=middle --keep-symbol=chain_plain "$work/symbols" \
		2>/dev/null && xz -k "$work/symbols" && strip "$work/mini" &&
		objcopy --add-section .gnu_debugdata="$work/symbols.xz" "$work/mini"; then
		expect ".*;chain_plain;middle;innermost;syscall;getppid 20" "$work/mini" plain
	fi
fi

# A plugin, closed, and another one at the same address.
cat >"$work/plugin.c" <<'END'
#include <sys/syscall.h>
#include <unistd.h>
void __attribute__((noinline)) NAME(void)
{
	volatile char room[SIZE];
	room[0] = 1;
	for (volatile int i = 0; i < 20; i++)
		syscall(SYS_getppid);
	room[0] = 2;
}
void entry(void)
{
	NAME();
	__asm__ volatile("");
}
END
if $cc -O2 -shared -fPIC -DNAME=first -DSIZE=8 "$work/plugin.c" -o "$work/first.so" &&
	$cc -O2 -shared -fPIC -DNAME=second -DSIZE=800 "$work/plugin.c" -o "$work/second.so"; then
	PLUGIN_A=$work/first.so PLUGIN_B=$work/second.so
	export PLUGIN_A PLUGIN_B
	expect "($main);(chain_plugins;)?call_plugin;entry;(first|second);syscall;getppid 20" \
		"$work/pie" plugins
	[ "$(sort -u "$work/output" | wc -l)" -eq 1 ] ||
		echo "skipped: the plugins were not at the same address"
fi

# A 32-bit program has no stacks, and that is reported.
if build narrow ${M32_CFLAGS:--m32} -O2; then
	expect "\\[32-bit code\\];getppid@32 20" "$work/narrow" plain
fi

# Usage: start_waiter PROGRAM. Runs it, waiting in one call; sets $waiter to its PID.
start_waiter() {
	"$1" wait 60000 &
	waiter=$!
	trap 'kill $waiter 2>/dev/null || :; rm -rf "$work"' EXIT
	until grep -q nanosleep "/proc/$waiter/wchan" || grep -q '^230 ' "/proc/$waiter/syscall"; do
		kill -0 $waiter
	done
}

# Usage: await_stack PATTERN OPTION.... A frame of stop, run with the options on the waiter, has a
# line that matches PATTERN: the first one, or one after a longer delay, because finding symbols
# takes time.
await_stack() {
	pattern=$1
	shift
	for delay in 0.2 1 5 20; do
		stop -b -n 1 -d $delay -k all "$@" -o "$work/frame" -p $waiter
		! grep -Eq "$pattern" "$work/frame" || return 0
	done
	printf 'nothing like %s in\n' "$pattern"
	cat "$work/frame"
	failed=1
}

# A call that began before the attach has its stack.
start_waiter "$work/pie"
await_stack "($main);chain_wait;.*clock_nanosleep.* 1\$" --format=folded --weight=calls
kill $waiter

# Usage: switches PID. How often the threads of stop that stacks need were switched to.
switches() {
	for task in /proc/"$1"/task/* $(grep -l "^PPid:[[:space:]]$1\$" /proc/[0-9]*/status 2>/dev/null); do
		task=${task%/status}
		case $(cat "$task/comm" 2>/dev/null) in
		stop-stacks | stop-copies | stop-names | stop-unwinder | stop-symbols)
			sed -n 's/.*ctxt_switches:[[:space:]]*//p' "$task/status" 2>/dev/null
			;;
		esac
	done | awk '{ sum += $1 } END { print sum + 0, NR }'
}

# An idle target costs no wake-ups of these threads.
start_waiter "$work/pie"
"$STOP" "--engine=${ENGINE:-ptrace}" -b -d 1000 -k all -o "$work/frame" -p $waiter &
watcher=$!
before=
is_idle=0
for try in 1 2 3 4 5 6 7 8 9 10; do
	sleep 3 # sleep: long enough for a thread that wakes once a second
	now=$(switches $watcher)
	[ "$now" != "$before" ] || is_idle=1
	[ $is_idle -eq 0 ] || break
	before=$now
done
if [ $is_idle -eq 0 ] || [ "${now#* }" -lt 8 ]; then
	echo "idle: the threads of stacks go on waking up: $now"
	failed=1
fi
kill $watcher $waiter
wait $watcher 2>/dev/null || :

# A thread in state D, as in vfork, cannot be stopped; its stack and the kernel's are shown.
mkfifo "$work/ready" "$work/go"
"$TRACEES/vforker.tracee" <>"$work/go" >"$work/ready" &
waiter=$!
read -r line <"$work/ready"
until grep -q '^State:.D' "/proc/$waiter/status"; do
	kill -0 $waiter
done
await_stack '^ *(__)?v?fork\+0x[0-9a-f]* \(libc'
[ ! -r "/proc/$waiter/stack" ] || grep -q '\[kernel\]' "$work/frame" || {
	echo "state D: the kernel's stack is missing"
	cat "$work/frame"
	failed=1
}
printf x >"$work/go"
wait $waiter || :

# Symbols of a program whose file was deleted or replaced come from the running one.
if "$STOP" -V | grep -q 'names: elfutils' && build lines -O2 -g &&
	[ -r "/proc/self/map_files" ] && [ "$(id -u)" -eq 0 ]; then
	line=$(grep -n 'usleep(.*number' "$source" | cut -d: -f1)
	for replacement in "" "$work/nopie"; do
		cp "$work/lines" "$work/lost"
		start_waiter "$work/lost"
		rm "$work/lost"
		[ -z "$replacement" ] || cp "$replacement" "$work/lost"
		await_stack "chain_wait\+0x[0-9a-f]* \(.*\) chains\.c:$line"
		kill $waiter
	done
fi

# The stacks of a call add up to it.
# Except for the first execve, which began before stacks could be copied.
stop -c -k all -e '!execve' --format=json -o "$work/json" -- "$work/pie" threads
awk '
	/"syscalls": \[/ { part = "syscalls" }
	/"threads": \[/ { part = "threads" }
	/"stacks": \[/ { part = "stacks" }
	/^      "calls":/ && part != "" { gsub(/[^0-9]/, ""); sum[part] += $0 }
	END {
		if (sum["stacks"] == sum["syscalls"] && sum["stacks"] > 1280)
			exit 0
		print "calls: " sum["syscalls"] ", by stack: " sum["stacks"]
		exit 1
	}
' "$work/json" || failed=1

exit $failed

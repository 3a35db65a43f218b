#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Measures the cost of tracing: runs each load under each tracer, alternately and several times.
#
#   bench/run.sh [LOAD...]      default: all loads, about seven minutes
#
# Environment: STOP, the program; TOOLS, the directory of the helpers that `make bench` builds; OUT,
# where results.tsv (each run) and summary.tsv (medians) go; ROUNDS, how often each is run; SPAN,
# seconds per measurement; BEFORE, another build of stop that the load "names" compares with.
#
# A load is a function load_NAME below. It measures each contestant once per round and passes every
# number to `record`; bench/report.awk computes medians and ratios and prints the table. Programs
# that are not installed are skipped with a message. A run during which other processes or the
# hypervisor used much of the machine is marked.
set -u

here=$(cd "$(dirname "$0")" && pwd)
STOP=${STOP:-src/stop}
TOOLS=${TOOLS:-bench}
OUT=${OUT:-bench-results}
ROUNDS=${ROUNDS:-5}
SPAN=${SPAN:-0.4}
LC_ALL=C
export LC_ALL

loads='one onecpu nothing beside two eight herd stacks stacksonecpu known cells start find files log record recorddetails details tar build python git redis nginx postgres attach gap drain names'
minimal='minimal minimal-poll minimal-info'

# Shares of the machine that others may use before a run counts as disturbed.
OTHERS_MAX=0.10
STOLEN_MAX=0.03

scratch=$(mktemp -d "${TMPDIR:-/tmp}/stop-bench.XXXXXX") || exit 1
helpers=
cleanup() {
	for pid in $helpers; do
		kill "$pid" 2>/dev/null
	done
	wait
	rm -rf "$scratch"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

has() {
	command -v "$1" >/dev/null 2>&1
}

say() {
	echo "$*" >&2
}

# record CONTESTANT METRIC VALUE [MARK]
record() {
	printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$load" "$1" "$2" "$round" "$3" "${4:-}" >>"$OUT/results.tsv"
}

# with CONTESTANT COMMAND...: runs COMMAND under it. Output of COMMAND goes to $scratch/out; sets
# wall_ns, and mark if the machine was disturbed.
with() {
	tracer=$1
	shift
	case $tracer in
	untraced) ;;
	minimal) set -- "$TOOLS/minimal" "$@" ;;
	minimal-poll) set -- "$TOOLS/minimal" -p "$@" ;;
	minimal-info) set -- "$TOOLS/minimal" -p -i "$@" ;;
	strace) set -- strace -c -o /dev/null "$@" ;;
	strace-f) set -- strace -f -c -o /dev/null "$@" ;;
	perf) set -- perf trace -s -o /dev/null "$@" ;;
	stop-record) set -- "$STOP" -c --record="$scratch/record" --engine=ptrace -o /dev/null -- "$@" ;;
	stop-bpf-record) set -- "$STOP" -c --record="$scratch/record" --engine=bpf -o /dev/null -- "$@" ;;
	stop-all-details) set -- "$STOP" -c --log=/dev/null -k all --engine=ptrace -o /dev/null -- "$@" ;;
	stop-record-details) set -- "$STOP" -c --record="$scratch/record" --record-detail=strings,stacks \
		--engine=ptrace -o /dev/null -- "$@" ;;
	stop-bpf-all-details) set -- "$STOP" -c --log=/dev/null -k all --engine=bpf -o /dev/null -- "$@" ;;
	stop-bpf-record-details) set -- "$STOP" -c --record="$scratch/record" --record-detail=strings,stacks \
		--engine=bpf -o /dev/null -- "$@" ;;
	stop-log) set -- "$STOP" -c --engine=ptrace --log="$scratch/log" -o /dev/null -- "$@" ;;
	strace-log) set -- strace -f -tt -T -yy -o "$scratch/log" "$@" ;;
	stop-bpf-files) set -- "$STOP" -c --files --engine=bpf -o /dev/null -- "$@" ;;
	stop-bpf-log) set -- "$STOP" -c --log=/dev/null --engine=bpf -o /dev/null -- "$@" ;;
	stop-detail-log) set -- "$STOP" -c --log=/dev/null --engine=ptrace -o /dev/null -- "$@" ;;
	strace-detail-log) set -- strace -f -o /dev/null "$@" ;;
	stop-files) set -- "$STOP" -c --files --engine=ptrace -o /dev/null -- "$@" ;;
	stop-screen) set -- python3 "$here/screen.py" "$scratch/target" "$STOP" --engine=ptrace -- "$@" ;;
	stop-bpf-screen) set -- python3 "$here/screen.py" "$scratch/target" "$STOP" --engine=bpf -- "$@" ;;
	stop) set -- "$STOP" -c --engine=ptrace -o /dev/null -- "$@" ;;
	stop-bpf) set -- "$STOP" -c --engine=bpf -o /dev/null -- "$@" ;;
	empty-bpf) set -- "$TOOLS/empty" "$@" ;;
	bpftrace) set -- bpftrace -q -e "$bpftrace_count" -c "$*" ;;
	bpftrace-hist) set -- bpftrace -q -e "$bpftrace_hist" -c "$*" ;;
	stop-plain)
		set -- setpriv --bounding-set=-sys_nice --inh-caps=-sys_nice \
			"$STOP" -c --engine=ptrace -o /dev/null -- "$@"
		;;
	strace-k) set -- strace -k -o /dev/null "$@" ;;
	perf-k) set -- perf trace --call-graph dwarf -o /dev/null "$@" ;;
	stop-k) set -- "$STOP" -c --engine=ptrace -k getppid -o /dev/null -- "$@" ;;
	stop-bpf-k) set -- "$STOP" -c --engine=bpf -k getppid -o /dev/null -- "$@" ;;
	*) say "there is no contestant \"$tracer\"" && return 1 ;;
	esac
	if [ -n "$cpu" ]; then
		set -- taskset -c "$cpu" "$@"
	fi
	"$TOOLS/elapsed" "$scratch/elapsed" "$@" >"$scratch/out" 2>"$scratch/err" || {
		say "  $load: $tracer failed: $(tail -n 1 "$scratch/err")"
		return 1
	}
	read -r wall_ns others stolen <"$scratch/elapsed"
	mark_disturbed "$others" "$stolen"
}

# What bpftrace counts: calls, and their latencies.
bpftrace_count='tracepoint:raw_syscalls:sys_exit /pid == cpid/ { @[args->id] = count(); }'
bpftrace_hist='tracepoint:raw_syscalls:sys_enter /pid == cpid/ { @from[tid] = nsecs; }
tracepoint:raw_syscalls:sys_exit /@from[tid]/ {
	@[args->id] = hist(nsecs - @from[tid]); delete(@from[tid]); }'

# mark_disturbed OTHERS STOLEN: shares of the machine. Sets mark.
mark_disturbed() {
	mark=$(awk -v o="$1" -v s="$2" -v om=$OTHERS_MAX -v sm=$STOLEN_MAX \
		'BEGIN { if (o > om || s > sm) print "disturbed" }')
}

# ticks PID...: prints the time, and the ticks used so far by the whole machine, by the hypervisor,
# and by these processes, this script and all children that were waited for.
ticks() {
	{
		date +%s.%N
		head -n 1 /proc/stat
		for pid in $$ "$@"; do
			cat "/proc/$pid/stat" 2>/dev/null
		done
	} | awk '
		NR == 1 { now = $1; next }
		NR == 2 { busy = $2 + $3 + $4 + $7 + $8; stolen = $9; next }
		{ sub(/.*\) /, ""); known += $12 + $13 + $14 + $15 }
		END { printf "%.3f %d %d %d\n", now, busy, stolen, known }'
}

# mark_since TICKS PID...: TICKS is an earlier output of ticks. Sets mark.
mark_since() {
	since=$1
	shift
	# shellcheck disable=SC2046
	mark_disturbed $(echo "$since $(ticks "$@")" | awk -v hz="$(getconf CLK_TCK)" \
		-v cpus="$(nproc)" '{
			all = ($5 - $1) * hz * cpus
			others = ($6 - $2) - ($8 - $4)
			print (others > 0 ? others / all : 0), ($7 - $3) / all
		}')
}

# every_round CONTESTANT...: calls $measure CONTESTANT for each, ROUNDS times. The order rotates
# from round to round, so that every contestant takes every position.
every_round() {
	round=1
	while [ $round -le "$ROUNDS" ]; do
		for contestant; do
			$measure "$contestant"
		done
		first=$1
		shift
		set -- "$@" "$first"
		round=$((round + 1))
	done
}

strace_if_any() {
	if has strace; then
		echo "$@"
	fi
}

perf_if_any() {
	if has perf && perf trace -s -o /dev/null true >/dev/null 2>&1; then
		echo perf
	fi
}

bpf_if_any() {
	if "$STOP" -V | grep -q '^engine: bpf,'; then
		echo stop-bpf
	fi
}

bpftrace_if_any() {
	if has bpftrace && [ -n "$(bpf_if_any)" ]; then
		echo bpftrace bpftrace-hist
	fi
}

# Empty programs in the kernel; only where the engine bpf is.
empty_if_any() {
	if [ -n "$(bpf_if_any)" ]; then
		echo empty-bpf
	fi
}

# As for an unprivileged user: a tracer that cannot restore its priority does not lower it, but
# polls.
plain_if_any() {
	if [ "$(id -u)" -eq 0 ] && has setpriv; then
		echo stop-plain
	fi
}

# 1 to 3: threads in a loop of a cheap call.

measure_caller() {
	# shellcheck disable=SC2086
	with "$1" "$TOOLS/caller" -s "$SPAN" $caller_args || return
	read -r call_ns fair <"$scratch/out"
	record "$1" call_ns "$call_ns" "$mark"
	case $caller_args in
	*-t*) record "$1" least_share "$fair" "$mark" ;;
	esac
}

# callers ARGUMENTS CONTESTANT...
callers() {
	caller_args=$1
	shift
	measure=measure_caller
	every_round "$@"
}

load_one() {
	callers '' untraced $minimal $(strace_if_any strace strace-f) $(perf_if_any) $(plain_if_any) stop \
		$(bpf_if_any) $(empty_if_any) $(bpftrace_if_any)
}

# Nothing is looked at: what is counted costs no more than the least that a tracer, or programs in the
# kernel, can do; also with a screen.
measure_nothing() {
	rm -f "$scratch/target"
	# shellcheck disable=SC2016
	with "$1" sh -c 'exec "$0" -s "$1" >"$2"' "$TOOLS/caller" "$SPAN" "$scratch/target" || return
	read -r call_ns fair <"$scratch/target"
	record "$1" call_ns "$call_ns" "$mark"
}

screen_if_any() {
	if has python3; then
		echo stop-screen
		[ -z "$(bpf_if_any)" ] || echo stop-bpf-screen
	fi
}

load_nothing() {
	measure=measure_nothing
	every_round untraced $minimal stop $(empty_if_any) $(bpf_if_any) $(screen_if_any)
}

# What an untraced process pays while something else is traced, or by empty programs.
measure_beside() {
	case $1 in
	stop*)
		sleep 60 &
		sleeper=$!
		watch "$1" $sleeper
		with untraced "$TOOLS/caller" -s "$SPAN"
		unwatch
		kill $sleeper
		wait $sleeper 2>/dev/null
		;;
	*) with "$1" "$TOOLS/caller" -s "$SPAN" || return ;;
	esac
	read -r call_ns fair <"$scratch/out"
	record "$1" call_ns "$call_ns" "$mark"
}

load_beside() {
	measure=measure_beside
	every_round untraced $(empty_if_any) $(bpf_if_any) stop
}

# on_one_cpu LOAD: runs everything that takes part in it on one CPU.
on_one_cpu() {
	if ! has taskset; then
		say '  skipped: taskset is not installed'
		return
	fi
	cpu=$(awk '/^Cpus_allowed_list/ { split($2, range, /[-,]/); print range[1] }' /proc/self/status)
	"$@"
	cpu=
}

load_onecpu() {
	on_one_cpu load_one
}

load_two() {
	callers '-t 2' untraced $minimal $(strace_if_any strace-f) $(perf_if_any) stop $(bpf_if_any)
}

load_eight() {
	callers '-t 8' untraced $minimal $(strace_if_any strace-f) $(perf_if_any) stop $(bpf_if_any)
}

# Two busy threads among quiet ones, whose number must not affect the cost of a call.
measure_herd() {
	contestant=${1%:*}
	with "$contestant" "$TOOLS/caller" -s "$SPAN" -t 2 -q "${1#*:}" || return
	read -r call_ns fair <"$scratch/out"
	record "$1" call_ns "$call_ns" "$mark"
}

load_herd() {
	if [ "$(ulimit -u)" != unlimited ] && [ "$(ulimit -u)" -lt 6000 ]; then
		say '  skipped: 5,000 threads are not allowed (ulimit -u)'
		return
	fi
	measure=measure_herd
	every_round stop:10 minimal-info:10 stop:5000 minimal-info:5000
}

# With and without capturing the stack of each call.

strace_k_if_any() {
	if has strace && strace -k -o /dev/null true >/dev/null 2>&1; then
		echo strace-k
	fi
}

perf_k_if_any() {
	if has perf && perf trace --call-graph dwarf -o /dev/null true >/dev/null 2>&1; then
		echo perf-k
	fi
}

# Longer than the others: a separate thread reads the C library's debug information once.
load_stacks() {
	kept=$SPAN
	SPAN=$(awk -v s="$SPAN" 'BEGIN { print s * 5 }')
	callers '' untraced stop stop-k $(strace_k_if_any) $(perf_if_any) $(perf_k_if_any)
	SPAN=$kept
}

load_stacksonecpu() {
	on_one_cpu load_stacks
}

# With the stack of each call, of some twenty frames: all but the first are known.
load_known() {
	kept=$SPAN
	SPAN=$(awk -v s="$SPAN" 'BEGIN { print s * 5 }')
	if [ -n "$(bpf_if_any)" ]; then
		callers '-d 16' untraced empty-bpf stop-bpf stop-bpf-k
	fi
	SPAN=$kept
}

# The CPU time of reading 10,000 cells, the counts of 500 threads that make 20 kinds of calls, for a
# frame each second.
measure_cells() {
	"$TOOLS/cells" -s 60 &
	sleeper=$!
	helpers="$helpers $sleeper"
	sleep 0.5
	before=$(ticks $sleeper)
	"$STOP" -b -d 1 -n 6 --engine=bpf --format=json -p $sleeper >"$scratch/out" 2>/dev/null
	mark_since "$before" $sleeper
	kill $sleeper
	wait $sleeper 2>/dev/null
	cpu_ns=$(sed -n 's/.*"tracer_cpu_ns": *\([0-9]*\).*/\1/p' "$scratch/out" |
		awk 'NR == 1 { first = $1 } { last = $1 } END { printf "%.0f", (last - first) / (NR - 1) }')
	record "$1" sweep_cpu_ns_per_s "$cpu_ns" "$mark"
}

load_cells() {
	measure=measure_cells
	every_round $(bpf_if_any)
}

# From the start to the first frame of the screen.
measure_start() {
	sleep 60 &
	sleeper=$!
	before=$(ticks)
	frame_ns=$(python3 "$here/first_frame.py" threads \
		"$STOP" --engine="${1#stop-}" -p $sleeper) || return
	mark_since "$before"
	kill $sleeper
	wait $sleeper 2>/dev/null
	record "$1" first_frame_ns "$frame_ns" "$mark"
}

load_start() {
	if ! has python3; then
		say '  skipped: python3 is not installed'
		return
	fi
	measure=measure_start
	every_round stop-ptrace $(bpf_if_any) stop-auto
}

# 4: real work.

measure_work() {
	with "$1" sh -c "$work" || return
	record "$1" wall_ns "$wall_ns" "$mark"
}

# works COMMAND: COMMAND is a shell command line.
works() {
	work=$1
	measure=measure_work
	every_round untraced minimal $(strace_if_any strace-f) $(perf_if_any) stop $(bpf_if_any)
}

load_find() {
	works 'find /usr/include /usr/share/doc /etc -size +1 2>/dev/null | wc -l'
}

# What counting by file adds: a call with a path in memory, and one with a descriptor.
load_files() {
	work='find /usr/include /usr/share/doc /etc -size +1 2>/dev/null | wc -l'
	measure=measure_work
	every_round untraced stop stop-files
}

# Each call as a line, with strings and what descriptors are.
load_log() {
	work='dd if=/dev/zero of=/dev/null bs=1 count=20000 2>/dev/null; ls -lR /usr/include >/dev/null'
	measure=measure_work
	every_round untraced $(has strace && echo strace-log) stop stop-log
}

# What a recording adds, and its size.

measure_record() {
	rm -rf "$scratch/record.ctf"
	# shellcheck disable=SC2086
	with "$1" "$TOOLS/caller" -s "$SPAN" $caller_args || return
	read -r call_ns fair <"$scratch/out"
	record "$1" call_ns "$call_ns" "$mark"
	if [ -e "$scratch/record.ctf" ]; then
		calls=$("$STOP" -c --format=json -o - "$scratch/record.ctf" |
			awk '/"totals"/ { seen = 1 } seen && /"calls"/ { print $2 + 0; exit }')
		size=$(du -sb "$scratch/record.ctf" | cut -f 1)
		record "$1" bytes_per_call "$(awk -v s="$size" -v c="$calls" 'BEGIN { print s / c }')"
	fi
}

load_record() {
	kept=$SPAN
	SPAN=$(awk -v s="$SPAN" 'BEGIN { print s * 5 }')
	measure=measure_record
	caller_args=
	every_round untraced stop stop-record $(bpf_if_any) $([ -z "$(bpf_if_any)" ] || echo stop-bpf-record)
	SPAN=$kept
}

# A recording with all details, beside a log and stacks without one; the call has a path.
load_recorddetails() {
	kept=$SPAN
	SPAN=$(awk -v s="$SPAN" 'BEGIN { print s * 5 }')
	measure=measure_record
	caller_args='-c access'
	# shellcheck disable=SC2046
	every_round untraced stop-all-details stop-record-details \
		$([ -z "$(bpf_if_any)" ] || echo stop-bpf-all-details stop-bpf-record-details)
	SPAN=$kept
}

details_if_any() {
	if [ -n "$(bpf_if_any)" ]; then
		echo stop-bpf stop-bpf-files stop-bpf-log
	fi
}

# What details add to a call: one about nothing, one with a descriptor, and one with a path.
load_details() {
	for call in getppid pread access; do
		load=details-$call
		callers "-c $call" untraced $(details_if_any) stop stop-files stop-detail-log \
			$(has strace && echo strace-detail-log)
	done
	load=details
}

load_tar() {
	works 'tar -cf - /usr/include 2>/dev/null | wc -c'
}

load_build() {
	if ! has make || ! has cc; then
		say '  skipped: make and cc are not installed'
		return
	fi
	mkdir -p "$scratch/build"
	{
		echo 'all: 1.o 2.o 3.o 4.o 5.o 6.o'
		printf '.c.o:\n\tcc -O1 -c -o $@ $<\n'
	} >"$scratch/build/Makefile"
	for i in 1 2 3 4 5 6; do
		printf '#include <stdio.h>\n#include <stdlib.h>\nint f%d(void) { return puts("x"); }\n' $i \
			>"$scratch/build/$i.c"
	done
	works "cd '$scratch/build' && rm -f *.o && make -s -j2"
}

load_python() {
	if ! has python3; then
		say '  skipped: python3 is not installed'
		return
	fi
	# The interpreter itself: the first in PATH may be a wrapper script.
	python=$(python3 -c 'import sys; print(sys.executable)')
	works "'$python' -c 'import asyncio, email.message, http.client, json, unittest, xml.dom.minidom'"
}

load_git() {
	if ! has git; then
		say '  skipped: git is not installed'
		return
	fi
	git init -q "$scratch/repo"
	awk 'BEGIN {
		for (i = 1; i <= 4000; i++) {
			printf "commit refs/heads/main\ncommitter A <a@b> %d +0000\ndata 2\nx\n", i
			printf "M 644 inline d%d/f%d\ndata 4\n%04d\n", i % 20, i, i
		}
	}' | git -C "$scratch/repo" fast-import --quiet
	works "git -C '$scratch/repo' log --stat main >/dev/null"
}

# 5: servers under load on loopback. Throughput and 99th percentile as reported by their load
# generators.

# tree PID: prints it and its descendants.
tree() {
	for pid in $1 $(cat /proc/"$1"/task/*/children 2>/dev/null); do
		if [ "$pid" = "$1" ]; then
			echo "$pid"
		else
			tree "$pid"
		fi
	done
}

# watch CONTESTANT PID...: attaches it and sets tracer_pid (empty for "untraced"). Fails if the
# tracer does not keep running, for example because one of the processes has just exited.
watch() {
	tracer_pid=
	tracer=$1
	shift
	list=$(echo "$*" | tr ' ' ,)
	case $tracer in
	untraced) return ;;
	strace-f)
		flags=
		for pid; do
			flags="$flags -p $pid"
		done
		# shellcheck disable=SC2086
		strace -f -c -o /dev/null $flags >/dev/null 2>&1 &
		;;
	perf) perf trace -s -o /dev/null -p "$list" >/dev/null 2>&1 & ;;
	stop) "$STOP" -c --engine=ptrace -o /dev/null -p "$list" >/dev/null 2>&1 & ;;
	stop-bpf) "$STOP" -c --engine=bpf -o /dev/null -p "$list" >/dev/null 2>&1 & ;;
	esac
	tracer_pid=$!
	helpers="$helpers $tracer_pid"
	for pid; do
		tries=0
		while [ "$tracer" != perf ] && [ "$tracer" != stop-bpf ] && [ $tries -lt 100 ] &&
			! grep -qs '^TracerPid:.*[1-9]' "/proc/$pid/status"; do
			sleep 0.02
			tries=$((tries + 1))
		done
	done
	sleep 0.3
	kill -0 "$tracer_pid" 2>/dev/null
}

unwatch() {
	if [ -n "$tracer_pid" ]; then
		kill -INT "$tracer_pid" 2>/dev/null
		wait "$tracer_pid" 2>/dev/null
	fi
	tracer_pid=
}

# measure_server CONTESTANT: traces the tree of $server while $generate runs, which sets rate and
# p99_us, and requests, their number, if that is known.
measure_server() {
	# shellcheck disable=SC2046
	watch "$1" $(tree "$server") || watch "$1" $(tree "$server") || {
		say "  $load: $1 did not attach"
		return
	}
	rate= p99_us=
	served_ns=$(cpu_ns $(tree "$server"))
	ours="$(tree "$server") $tracer_pid"
	# shellcheck disable=SC2086
	before=$(ticks $ours)
	$generate
	served_ns=$(($(cpu_ns $(tree "$server")) - served_ns))
	# shellcheck disable=SC2086
	mark_since "$before" $ours
	unwatch
	if [ -z "$rate" ]; then
		say "  $load: no result under $1"
		return
	fi
	record "$1" per_s "$rate" "$mark"
	record "$1" p99_us "$p99_us" "$mark"
	if [ -n "$requests" ]; then
		record "$1" cpu_ns_each $((served_ns / requests)) "$mark"
	fi
}

# cpu_ns PID...: the CPU time that they have used so far, with all of their threads.
cpu_ns() {
	for pid; do
		cat "/proc/$pid/task"/*/schedstat
	done 2>/dev/null | awk '{ s += $1 } END { printf "%.0f", s }'
}

# serves GENERATOR [PERF]: an empty PERF excludes perf.
serves() {
	generate=$1
	measure=measure_server
	every_round untraced $(strace_if_any strace-f) ${2-$(perf_if_any)} stop $(bpf_if_any)
}

# end_server: ends $server.
end_server() {
	kill "$server" 2>/dev/null
	wait "$server" 2>/dev/null
}

# await COMMAND...: repeats it until it succeeds, for at most five seconds.
await() {
	tries=0
	until "$@" >/dev/null 2>&1; do
		tries=$((tries + 1))
		if [ $tries -gt 100 ]; then
			return 1
		fi
		sleep 0.05
	done
}

generate_redis() {
	line=$(redis-benchmark -p 16379 -t get -n "$requests" -c 50 --csv 2>/dev/null | tail -n 1 | tr -d '"')
	rate=$(echo "$line" | cut -d, -f2)
	p99_us=$(echo "$line" | awk -F, '{ print $7 * 1000 }')
}

load_redis() {
	if ! has redis-server || ! has redis-benchmark; then
		say '  skipped: redis is not installed'
		return
	fi
	redis-server --port 16379 --bind 127.0.0.1 --save '' --appendonly no --dir "$scratch" \
		>/dev/null 2>&1 &
	server=$!
	helpers="$helpers $server"
	requests=10000
	await redis-cli -p 16379 ping && serves generate_redis
	end_server
}

generate_nginx() {
	wrk -t1 -c16 -d1s --latency http://127.0.0.1:16380/ >"$scratch/wrk" 2>/dev/null
	rate=$(awk '/^Requests\/sec/ { print $2 }' "$scratch/wrk")
	requests=$(awk '/requests in/ { print $1 }' "$scratch/wrk")
	p99_us=$(awk '$1 == "99%" {
		factor = $2 ~ /us$/ ? 1 : $2 ~ /ms$/ ? 1000 : 1000000
		print ($2 + 0) * factor
	}' "$scratch/wrk")
}

load_nginx() {
	if ! has nginx || ! has wrk; then
		say '  skipped: nginx and wrk are not installed'
		return
	fi
	mkdir -p "$scratch/www" "$scratch/logs"
	chmod 755 "$scratch" "$scratch/www"
	echo hello >"$scratch/www/index.html"
	cat >"$scratch/nginx.conf" <<-END
		daemon off;
		worker_processes 2;
		pid $scratch/nginx.pid;
		error_log $scratch/logs/error.log;
		events { worker_connections 128; }
		http {
			access_log $scratch/logs/access.log;
			client_body_temp_path $scratch/logs;
			proxy_temp_path $scratch/logs;
			fastcgi_temp_path $scratch/logs;
			uwsgi_temp_path $scratch/logs;
			scgi_temp_path $scratch/logs;
			server { listen 127.0.0.1:16380; root $scratch/www; }
		}
	END
	nginx -p "$scratch" -c "$scratch/nginx.conf" >/dev/null 2>&1 &
	server=$!
	helpers="$helpers $server"
	await test -s "$scratch/nginx.pid" && serves generate_nginx
	end_server
}

generate_postgres() {
	rm -f "$scratch"/transactions*
	(cd "$scratch" && $as_user pgbench -h "$scratch/sockets" -p 16381 -S -c 4 -T 1 -n --log \
		--log-prefix="$scratch/pglog/transactions" bench >"$scratch/pgbench" 2>/dev/null)
	rate=$(awk '/^tps/ { print $3 }' "$scratch/pgbench")
	p99_us=$(cat "$scratch"/pglog/transactions* | awk '{ print $3 }' | sort -n |
		awk '{ t[NR] = $1 } END { print t[int(NR * 0.99) + (NR < 100)] }')
	rm -f "$scratch"/pglog/transactions*
}

load_postgres() {
	if ! has postgres || ! has initdb || ! has pgbench; then
		say '  skipped: postgres and pgbench are not installed'
		return
	fi
	as_user=
	requests= # each connection has a process, which is gone afterwards with its CPU time
	mkdir -p "$scratch/db" "$scratch/sockets" "$scratch/pglog"
	if [ "$(id -u)" -eq 0 ]; then
		if ! has runuser || ! id postgres >/dev/null 2>&1; then
			say '  skipped: postgres does not run as root, and there is no postgres user'
			return
		fi
		as_user='runuser -u postgres --'
		chmod 755 "$scratch"
		chown postgres "$scratch/db" "$scratch/sockets" "$scratch/pglog"
	fi
	(cd "$scratch" && $as_user initdb -D "$scratch/db" -A trust -N >/dev/null 2>&1) || {
		say '  skipped: initdb failed'
		return
	}
	(cd "$scratch" && exec $as_user postgres -D "$scratch/db" -k "$scratch/sockets" -p 16381 \
		-c listen_addresses= -c fsync=off >/dev/null 2>&1) &
	helpers="$helpers $!"
	shell=$!
	await test -s "$scratch/db/postmaster.pid"
	server=$(head -n 1 "$scratch/db/postmaster.pid")
	helpers="$helpers $server"
	await $as_user createdb -h "$scratch/sockets" -p 16381 bench &&
		(cd "$scratch" && $as_user pgbench -h "$scratch/sockets" -p 16381 -i -q bench >/dev/null 2>&1) &&
		serves generate_postgres '' # perf does not follow processes created later
	end_server
	wait $shell 2>/dev/null
}

# 6: attach and detach.

measure_attach() {
	threads=${1#*:}
	case ${1%:*} in
	stop) set -- "$1" "$STOP" -c --engine=ptrace -o /dev/null -p ;;
	stop-bpf) set -- "$1" "$STOP" -c --engine=bpf -o /dev/null -p ;;
	strace-f) set -- "$1" strace -f -c -o /dev/null -p ;;
	esac
	who=$1
	shift
	before=$(ticks)
	"$TOOLS/standstill" "$threads" "$@" >"$scratch/out" || return
	mark_since "$before"
	read -r attach_gap attach_still leave_gap leave_still attached <"$scratch/out"
	record "$who" attach_gap_ns "$attach_gap" "$mark"
	record "$who" attach_still_ns "$attach_still" "$mark"
	record "$who" leave_gap_ns "$leave_gap" "$mark"
	record "$who" leave_still_ns "$leave_still" "$mark"
	record "$who" attached_ns "$attached" "$mark"
}

load_attach() {
	measure=measure_attach
	kept=$ROUNDS
	ROUNDS=$(((ROUNDS + 1) / 2)) # strace is slow
	every_round $(strace_if_any strace-f:1 strace-f:100 strace-f:1000 strace-f:5000) \
		stop:1 stop:100 stop:1000 stop:5000 $(bpf_if_any | sed 's/$/:5000/')
	ROUNDS=$kept
}

# 7: the longest gap of working threads.

# As bench/gap has them: waiting threads and eight that work, bursts of births, a storm of forks
# beside the target, many mappings while stacks are wanted.
gaps='threads:1000:1 threads:5000:8 threads:10000:8 births:100:8 tree maps:65000:1'

measure_gap() {
	who=$1
	case=${who#*:}
	case $who in
	stop:tree) set -- "$STOP" -c --engine=ptrace -o /dev/null --follow=tree -p ;;
	stop:maps*) set -- "$STOP" -c --engine=ptrace -k getppid -o /dev/null -p ;;
	stop:*) set -- "$STOP" -c --engine=ptrace -o /dev/null -p ;;
	stop-bpf:*) set -- "$STOP" -c --engine=bpf -o /dev/null -p ;;
	strace-f:maps*) set -- strace -f -k -e getppid -o /dev/null -p ;;
	strace-f:*) set -- strace -f -c -o /dev/null -p ;;
	esac
	before=$(ticks)
	"$TOOLS/gap" "$case" "$@" >"$scratch/out" || return
	mark_since "$before"
	read -r bare attach traced leave late rounds_bare rounds_traced attached <"$scratch/out"
	record "$who" bare_gap_ns "$bare" "$mark"
	record "$who" attach_gap_ns "$attach" "$mark"
	record "$who" traced_gap_ns "$traced" "$mark"
	record "$who" leave_gap_ns "$leave" "$mark"
	record "$who" late_workers "$late" "$mark"
	record "$who" rounds_bare_per_s "$rounds_bare" "$mark"
	record "$who" rounds_traced_per_s "$rounds_traced" "$mark"
	record "$who" attached_ns "$attached" "$mark"
}

load_gap() {
	measure=measure_gap
	kept=$ROUNDS
	ROUNDS=$(((ROUNDS + 1) / 2))
	contestants=
	for case in $gaps; do
		contestants="$contestants $(strace_if_any "strace-f:$case") stop:$case"
		case $case in
		threads*) contestants="$contestants $(bpf_if_any | sed "s/\$/:$case/")" ;;
		esac
	done
	every_round $contestants
	ROUNDS=$kept
}

# 8: the event path, and the cost of stop when nothing happens.

# idle_cpu PID SECONDS: CPU time of all its threads per second, in ns.
idle_cpu() {
	before=$(cat /proc/"$1"/task/*/schedstat | awk '{ s += $1 } END { printf "%.0f", s }')
	sleep "$2"
	after=$(cat /proc/"$1"/task/*/schedstat | awk '{ s += $1 } END { printf "%.0f", s }')
	awk -v a="$after" -v b="$before" -v s="$2" 'BEGIN { printf "%.0f", (a - b) / s }'
}

measure_drain() {
	before=$(ticks)
	"$TOOLS/drain" "$SPAN" >"$scratch/out"
	mark_since "$before"
	read -r alone together bytes <"$scratch/out"
	record "$1" event_ns "$together" "$mark"
	record "$1" event_alone_ns "$alone" "$mark"
	record "$1" bytes_a_thread "$bytes" "$mark"
	for tracer in untraced $(strace_if_any strace-f) stop; do
		with $tracer true && record "$tracer" start_ns "$wall_ns" "$mark"
	done
	sleep 60 &
	sleeper=$!
	watch stop $sleeper
	record "$1" idle_cpu_ns_per_s "$(idle_cpu "$tracer_pid" 1)"
	unwatch
	kill $sleeper
	wait $sleeper 2>/dev/null
}

load_drain() {
	measure=measure_drain
	every_round stop
}

# 9: stacks that are in no cache, and the time until a process with 300 modules is named.

make_modules() {
	[ ! -x "$scratch/modules/main" ] || return 0
	mkdir -p "$scratch/modules"
	for i in $(seq 300); do
		cat <<END | "${CC:-cc}" -x c -O1 -g -shared -fPIC -o "$scratch/modules/m$i.so" - || return 1
#include <sys/syscall.h>
#include <unistd.h>
static __attribute__((noinline)) void deep(int n)
{
	if (n)
		deep(n - 1);
	else
		syscall(SYS_getppid);
	__asm__ volatile("");
}
void f$i(int n)
{
	deep(n);
	__asm__ volatile("");
}
END
	done
	cat <<END | "${CC:-cc}" -x c -O1 -g -o "$scratch/modules/main" -
#include <dlfcn.h>
#include <stdio.h>
int main(void)
{
	for (int i = 1; i <= 300; i++) {
		char name[4096];
		snprintf(name, sizeof(name), "$scratch/modules/m%d.so", i);
		void *module = dlopen(name, RTLD_NOW);
		snprintf(name, sizeof(name), "f%d", i);
		((void (*)(int))dlsym(module, name))(i % 10);
	}
}
END
}

measure_names() {
	case $1 in
	stop) program=$STOP ;;
	before) program=$BEFORE ;;
	esac
	begin=$(ticks)
	"$TOOLS/elapsed" "$scratch/elapsed" "$program" -c --engine=ptrace -k getppid \
		--format=folded -o "$scratch/folded" -- "$scratch/modules/main" || return 1
	read -r wall_ns others stolen <"$scratch/elapsed"
	mark_disturbed "$others" "$stolen"
	record "$1" "300 modules named, ns" "$wall_ns" "$mark"
	record "$1" "modules named" "$(grep -c ';deep;' "$scratch/folded")" "$mark"
	[ "$1" = stop ] || return 0
	begin=$(ticks)
	read -r wall cpu named <<-END
		$("$TOOLS/unwind" 20000)
	END
	mark_since "$begin"
	record stop "new stack, ns" "$wall" "$mark"
	record stop "new stack, CPU ns" "$cpu" "$mark"
	record stop "20000 stacks named, ns" "$named" "$mark"
}

# BEFORE is another build of stop, to compare with.
load_names() {
	make_modules || return 0
	measure=measure_names
	# shellcheck disable=SC2046
	every_round stop $([ -z "${BEFORE:-}" ] || echo before)
}

# The machine and the run.

describe_machine() {
	printf '# %s %s, %s CPUs (%s), %s\n' "$(uname -s)" "$(uname -r)" "$(nproc)" \
		"$(awk -F': ' '/^model name/ { print $2; exit }' /proc/cpuinfo)" "$(date -u +%FT%TZ)"
	printf '# %s; %s\n' "$("$STOP" -V | head -n 1)" \
		"$(has strace && strace -V | awk 'NR == 1 { print $1, $NF }' || echo 'no strace')"
	printf '# load average before the start: %s\n' "$(cut -d' ' -f1-3 /proc/loadavg)"
}

if [ $# -eq 0 ]; then
	# shellcheck disable=SC2086
	set -- $loads
fi
for load; do
	case " $loads " in
	*" $load "*) ;;
	*)
		say "there is no load \"$load\": $loads"
		exit 2
		;;
	esac
done
mkdir -p "$OUT" || exit 1
describe_machine >"$OUT/results.tsv"
cpu=
for load; do
	say "$load"
	"load_$load"
done
awk -f "$here/report.awk" -v summary="$OUT/summary.tsv" "$OUT/results.tsv"
say "each run: $OUT/results.tsv; medians: $OUT/summary.tsv"

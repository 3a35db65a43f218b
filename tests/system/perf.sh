#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The text of perf trace and perf script of real programs: calls and errors are those that an awk
# script counts. $CASE selects a case.
set -u
stop=${STOP:?}
command -v perf >/dev/null || { echo "perf is missing"; exit 77; }
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 99
perf trace -o probe true 2>/dev/null || { echo "perf cannot trace here"; exit 77; }
failures=0

fail() {
	echo "$1"
	failures=$((failures + 1))
}

programs=(
	'ls -lR /etc/apt'
	'cat /etc/hostname /nonexistent'
	'sh -c "for i in 1 2 3; do echo \$i | cat; done; kill -USR1 \$\$"'
	'python3 -c "import threading; t = [threading.Thread(target=print, args=(i,)) for i in range(4)]; [x.start() for x in t]; [x.join() for x in t]"'
	'perl -e "print 1; fork; exit 3"'
	'find /etc -name hosts'
)

# Usage: counted FILE: the calls and errors that stop counts in it, by name.
counted() {
	"$stop" -c --format=json -o counted.json "$1" || return
	awk '/^  "syscalls": \[/ { inside = 1 } /^  \]/ { inside = 0 }
		inside && /^      "name"/ { gsub(/[",]/, ""); name = $2 }
		inside && /^      "calls"/ { calls[name] += $2 }
		inside && /^      "errors"/ { errors[name] += $2 }
		END { for (name in calls) if (calls[name]) print name, calls[name], errors[name] + 0 }
	' counted.json | skip
}

# What perf counts otherwise: a child returns from the call that made it, which is none of its own;
# rt_sigreturn has no end in perf trace, exit no return; execve as perf was told to begin.
skip() {
	grep -vE '^(clone|clone3|fork|vfork|rt_sigreturn|exit|exit_group|execve) ' | LC_ALL=C sort
}

# Usage: same WHAT: the files `perf` and `stop` are.
same() {
	[ -s perf ] && diff perf stop >difference && return
	echo "$1: perf (<) and stop (>): $(cat difference)"
	return 1
}

# Usage: compare_trace PROGRAM
compare_trace() {
	eval "perf trace -m 4096 -o trace.txt $1" >/dev/null 2>&1
	# Without paths and strings, each line has one parenthesis that opens behind the thread.
	awk '/\) += *[^ ]*/ {
			sub(/^[^)]*\): [^(]*\/[0-9]+ +(\.\.\. \[continued\]: )?/, ""); name = $0; sub(/\(.*/, "", name)
			calls[name]++
			if (/= -1 E/) errors[name]++
		}
		END { for (name in calls) print name, calls[name], errors[name] + 0 }' trace.txt | skip >perf
	counted trace.txt >stop
	same "perf trace $1"
}

# Usage: compare_script PROGRAM
compare_script() {
	eval "perf record -m 4096 -q -e raw_syscalls:sys_enter,raw_syscalls:sys_exit -o data $1" >/dev/null 2>&1
	perf script -i data >script.txt 2>/dev/null
	awk '/sys_exit: NR/ { sub(/.*NR /, ""); calls[$1]++; if ($3 ~ /^-/) errors[$1]++ }
		END { for (nr in calls) print nr, calls[nr], errors[nr] + 0 }' script.txt >numbers
	while read -r nr calls errors; do
		name=$(awk -v nr="$nr" '$1 == nr { print $2 }' "${top_srcdir:?}/src/abi/data/syscalls-x86_64.tsv")
		[ -z "$name" ] || echo "$name $calls $errors"
	done <numbers | skip >perf
	counted script.txt >stop
	same "perf script $1"
}

# Of a call whose end perf has lost, also without a word, only stop counts the beginning: five tries.
several() {
	for _ in 1 2 3 4 5; do
		"$@" && return
	done
	fail "$*"
}

for program in "${programs[@]}"; do
	case $program in *${CASE:-}*) ;; *) continue ;; esac
	for compare in compare_trace compare_script; do
		several "$compare" "$program"
	done
done

# From a pipe, while it is written.
perf trace true 2>&1 | "$stop" -c - >piped ||
	fail "a pipe cannot be read"
grep -q ' perf, ' piped || fail "a pipe: $(head -n 3 piped)"

# What it cannot show is an error.
echo "no trace" >nothing
"$stop" -c nothing 2>error && fail "it has read what is no trace"
grep -q 'no trace that stop can read' error || fail "$(cat error)"
[ "$failures" -eq 0 ]

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# strace's text of real programs, made with the strace that is here: the calls and errors that stop
# counts in it are those that an awk script counts, whatever the options were; with $STRACE_ALL, of
# all programs and options. $CASE selects cases.
set -u
stop=${STOP:?} counts=${top_srcdir:?}/tests/system/strace_counts.awk
command -v strace >/dev/null || { echo "strace is missing"; exit 77; }
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 99
strace -o /dev/null true 2>/dev/null || { echo "strace cannot trace here"; exit 77; }
failures=0
done_cases=0

# What the programs work on.
mkdir tree
for i in 1 2 3 4 5 6 7 8; do
	seq "$((i * 100))" >"tree/$i"
done
tar cf tree.tar tree
gzip -c tree.tar >tree.tar.gz

programs=(
	'ls -lR tree'
	'cat tree/1 tree/2 tree/none'
	'grep -r 77 tree'
	'find tree -size +1 -exec true {} ;'
	'sh -c "for i in 1 2 3; do echo \$i | cat; done"'
	'bash -c "while read -r a; do [ \$a = 5 ] && kill -USR1 \$\$; done <tree/1; wait" || true'
	'sort -n tree/8'
	'tar tf tree.tar'
	'tar xzf tree.tar.gz -C .'
	'gzip -dc tree.tar.gz'
	'awk "{ s += \$1 } END { print s }" tree/8'
	'sed s/1/2/ tree/8'
	'python3 -c "import json, os, subprocess; subprocess.run([chr(116)+chr(114)+chr(117)+chr(101)]); print(os.listdir())"'
	'python3 -c "import threading; t = [threading.Thread(target=print, args=(i,)) for i in range(4)]; [x.start() for x in t]; [x.join() for x in t]"'
	'perl -e "print 1; fork; exit 3"'
	'env -i true'
	'date'
	'id'
	'ps'
	'df .'
	'du -s tree'
	'cp -r tree copy'
	'mv tree/8 tree/9; mv tree/9 tree/8'
	'ln -sf tree/1 link; readlink -f link'
	'dd if=tree.tar of=out bs=1k'
	'wc tree/8'
	'cmp tree/1 tree/2'
	'head -c 10 tree.tar'
	'stat tree'
	'timeout 0.2 sleep 5'
	'xargs -n 20 -P 2 echo <tree/1'
	'nice -n 1 nproc'
)

options=(
	'-f'
	''
	'-f -tt -T'
	'-f -ttt -T -yy -v -s 4096'
	'-f -r -y'
	'-f -t -n -i'
	'-ff -ttt -T'
	'-f -C -r -t'
)

# The calls that stop counts in FILES.
count_by_stop() {
	timeout 60 "$stop" -c --format=json "$@" >report.json 2>report.err || {
		cat report.err
		return 1
	}
	awk '/^  "syscalls": \[/ { inside = 1 } /^  \]/ { inside = 0 }
		inside && /^      "name"/ { split($2, part, "\""); name = part[2] }
		inside && /^      "calls"/ { calls = $2 + 0 }
		inside && /^      "errors"/ { if (calls) print calls, $2 + 0, name }' report.json
}

check() {
	local program=$1 option=$2 name
	name="$option: $program"
	[[ -n ${CASE:-} && $name != $CASE ]] && return
	rm -rf log* copy out link
	eval "timeout 60 strace $option -o log $program" >/dev/null 2>&1 </dev/null
	awk -f "$counts" log* | sort -k3 >expected
	if ! count_by_stop log* | sort -k3 >counted || [ ! -s expected ] || ! cmp -s expected counted; then
		echo "FAIL $name (awk -, stop +)"
		diff expected counted | head -20
		failures=$((failures + 1))
	fi
	done_cases=$((done_cases + 1))
}

at=0
for program in "${programs[@]}"; do
	for option in "${options[@]}"; do
		# Otherwise one of the options each.
		if [[ -n ${STRACE_ALL:-} || -n ${CASE:-} || $((at % 9)) -eq 0 ]]; then
			check "$program" "$option"
		fi
		at=$((at + 1))
	done
done
echo "$done_cases logs, $failures differ"
[ "$done_cases" -gt 0 ] && [ "$failures" -eq 0 ]

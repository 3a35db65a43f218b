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
	'timeout 0.2 tail -f tree/1'
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
[ "$done_cases" -gt 0 ] && [ "$failures" -eq 0 ] || exit 1
[ -z "${CASE:-}" ] || exit 0

# The same in other ways: packed, from a pipe, coloured, with the lines of a program in between.
fail() {
	echo "$1"
	exit 1
}

# Usage: same WHAT FILE.
same() {
	count_by_stop "$2" | sort -k3 >counted || fail "$1: it was not read"
	cmp -s expected counted || {
		diff expected counted | head -20
		fail "$1: other counts"
	}
}

# Stacks (-k): folded as by an awk script. Calls without a stack are not compared.
rm -rf log*
if strace -k -f -tt -T -o log sh -c 'cat tree/1 tree/none; ls tree' >/dev/null 2>&1 && grep -q '^ > ' log; then
	awk '
		function flush() {
			# Signals have stacks, too.
			if (frames && call != "")
				print frames ";" call
			frames = ""
		}
		/^ > / {
			place = $2
			if (match(place, /\(.+\+0x/))
				name = substr(place, RSTART + 1, RLENGTH - 4)
			else {
				name = place
				sub(/\([^()]*\)$/, "", name)
				sub(/.*\//, "", name)
				address = $3
				gsub(/[][]/, "", address)
				name = name "+" address
			}
			frames = frames ? name ";" frames : name
			next
		}
		{ flush(); if (!/ [+][+][+] /) call = "" }
		/^[0-9]+ +[0-9:.]+ [a-z0-9_]+\(/ { call = $3; sub(/\(.*/, "", call) }
		/<\.\.\. [a-z0-9_]+ resumed>/ { call = $4 }
		END { flush() }' log | sort | uniq -c | awk '{ print $2, $1 }' | sort >expected
	"$stop" -c -k all --weight=calls --format=folded -o folded log || fail "stacks: it was not read"
	grep -v '\[' folded | awk '{ sum[$1] += $2 } END { for (line in sum) print line, sum[line] }' | sort >counted
	[ "$(wc -l <expected)" -gt 50 ] || fail "stacks: too few"
	cmp -s expected counted || { diff expected counted | head -20; fail "stacks: other ones"; }
	rm -rf log*
	strace -k -ff -ttt -o log sh -c 'cat tree/1 tree/none; ls tree' >/dev/null 2>&1
	"$stop" -c -k all --weight=calls --format=folded -o folded log.* || fail "stacks of several: not read"
	grep -F 'not recorded' folded && fail "stacks of several: some are unknown"
	# While several files are read, none is ahead of the others.
	for tid in 100 200; do
		awk -v tid=$tid 'BEGIN {
			for (i = 0; i < (tid == 100 ? 3 : 20000); i++) {
				printf "%d.%06d getppid() = 1 <0.000001>\n > /bin/a(main+0x1) [0x1]\n",
					1795891330 + (tid == 100 ? i * 500 : int(i / 1000)), (i % 1000) * 1000 + 1
			} }' >"u.$tid"
	done
	"$stop" -b -d 5 u.100 u.200 | grep -E '^[0-9]+ calls' | head -n 4 | cut -d ' ' -f 1 | sort -n | uniq >counts
	"$stop" -c -k all --weight=calls --format=folded -o merged u.100 u.200
	[ "$(cat merged)" = "main;getppid 20003" ] || fail "stacks of several: $(cat merged)"
	[ "$(wc -l <counts)" -eq 4 ] || fail "stacks of several: it stands still: $(xargs <counts)"
	grep -qE '^(cat|ls)\+0x.*;(__)?openat.*openat [0-9]+$|;openat [0-9]+$' folded || fail "stacks of several: $(head -3 folded)"
else
	echo "this strace shows no stacks"
fi

rm -rf log*
strace -f -ttt -T -o log sh -c 'for i in 1 2 3; do cat tree/$i | wc; done' >/dev/null 2>&1
awk -f "$counts" log | sort -k3 >expected
for packer in gzip xz zstd; do
	command -v "$packer" >/dev/null || continue
	"$stop" -V | grep -q "$packer (not in this build)" && continue
	"$packer" -c log >"packed.$packer"
	same "$packer" "packed.$packer"
	"$packer" -c log >>"packed.$packer"
	awk '{ print 2 * $1, 2 * $2, $3 }' expected >twice
	count_by_stop "packed.$packer" | sort -k3 | cmp -s - twice || fail "$packer: two members"
	head -c -20 "packed.$packer" >damaged
	"$stop" -c -o /dev/null --replay damaged 2>message && fail "$packer: its end is not missed"
	grep -q 'compressed data' message || fail "$packer: $(cat message)"
done
same 'a pipe' - <log
mkfifo pipe
cat log >pipe &
same 'a named pipe' pipe
wait
sed 's/\([a-z_0-9]*\)(/\x1b[32m\1\x1b[0m(/; s/= \(.*\)/\x1b[1m= \1\x1b[0m/' log >coloured
same 'colours' coloured
sed 's/$/\r/' log >crlf
same 'lines that end in CRLF' crlf
awk '{ print } NR % 7 == 0 { print "output (of) = the program" }' log >mixed
same 'output in between' mixed

# While it is being written.
strace -f -ttt -T -o "|$stop -c --format=json - >live.json" sh -c 'cat tree/1; exit 3' >/dev/null 2>&1
grep -q '"ended": "exited with 3"' live.json || fail "nothing came through the pipe of strace -o"

# The time of day is shown as it was written, whatever the time is here; there is no day.
echo '7 10:00:00.000001 getppid() = 1 <0.000010>' >of_day
for zone in UTC JST-9 PST8; do
	TZ=$zone "$stop" -c of_day 2>&1 | head -n 1 | grep -q '^10:00:00 [^ ]* (7), strace' ||
		fail "$zone: $(TZ=$zone "$stop" -c of_day 2>&1 | head -n 1)"
done

# What is missing is said once, with what would have recorded it.
strace -o plain true
"$stop" -c plain >report 2>&1
[ "$(grep -c 'record with: strace -f -ttt -T -yy -o FILE' report)" -eq 1 ] || fail "$(cat report)"

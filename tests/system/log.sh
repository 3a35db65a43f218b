#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# --log: every call is a line, as the counts say; what has no room is a line at that place; the target
# does not wait, unless it has to.
set -eu

# Usage: stop OPTION…. Runs it with the engine of the environment.
stop() {
	"$STOP" "--engine=$ENGINE" "$@"
}

ENGINE=${ENGINE:-ptrace}
stop -c -o /dev/null -- true 2>/dev/null || exit 77

directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"

fail() {
	echo "$1"
	exit 1
}

# Usage: counted JSON: the number of completed calls in a summary.
counted() {
	sed -n 's/^ *"calls": *\([0-9]*\),\{0,1\}$/\1/p' "$1" | head -n 1
}

# Usage: lines LOG: the number of calls in it.
lines() {
	grep -cE '^[0-9]+ +[0-9:]{8}\.[0-9]{6} [a-z_0-9]+\(' "$1"
}

# As many lines as calls, of several processes.
cat >several <<'END'
trap : USR1
for i in 1 2 3 4 5; do cat /nonexistent; cat /etc/hostname; done >/dev/null 2>&1
kill -USR1 $$
END
stop -c --format=json -o calls.json --log=calls.log -- sh several
[ "$(lines calls.log)" -eq "$(counted calls.json)" ] ||
	fail "$(lines calls.log) calls are logged, $(counted calls.json) were counted"
grep -qF 'execve("/bin/cat", ["cat", "/nonexistent"]' calls.log ||
	grep -qF 'execve("/usr/bin/cat", ["cat", "/nonexistent"]' calls.log ||
	fail "the execve of cat is not logged with its arguments"
[ "$(grep -c 'openat(AT_FDCWD[^"]*, "/nonexistent", O_RDONLY) = -1 ENOENT (No such file or directory) <' calls.log)" -eq 5 ] ||
	fail "the failed openat is not logged five times"
grep -q -- '--- SIGUSR1 {si_signo=SIGUSR1, si_code=SI_USER, si_pid=' calls.log || fail "no SIGUSR1"
[ "$(grep -c '+++ exited with' calls.log)" -eq 11 ] || fail "not every exit is logged"
grep -q 'not logged' calls.log && fail "calls are missing"
grep -q 'AT_FDCWD, "' calls.log && fail "the directory that the command was started in has no name"

# Usage: missing LOG: the number of calls that it says are missing.
missing() {
	sed -n 's/ calls\{0,1\}\( and .*\)\{0,1\} not logged$//p' "$1" | tr -d , |
		awk '{ sum += $1 } END { print sum + 0 }'
}

# Each call of a program that numbers them is there once, with its number, in their order.
stop -c -o /dev/null --log=numbered.log -e write -- \
	awk 'BEGIN { for (i = 0; i < 20000; i++) { print i; fflush() } }' >/dev/null
sed -n 's/^.* write([^"]*"\([0-9]*\)\\n", .*/\1/p' numbered.log >numbers
awk 'BEGIN { for (i = 0; i < 20000; i++) print i }' | cmp -s - numbers ||
	fail "of 20000 numbered calls, $(wc -l <numbers) are logged, $(missing numbered.log) missing"

# Paths that are not resident when their calls begin are read when these have ended.
stop -c -o /dev/null --log=cold.log -e %file -- "$TRACEES/cold.tracee" /not/resident /across/two/pages
for path in /not/resident /across/two/pages; do
	grep -q "access(\"$path\", F_OK) = -1 ENOENT" cold.log || fail "no $path: $(grep access cold.log)"
done

# While stop is stopped, nobody takes what the kernel sends: what does not fit is said at the place,
# and adds up. Under ptrace, the target would be stopped as well.
if [ "$ENGINE" = bpf ]; then
	mkfifo begin finished
	"$STOP" -c --engine=bpf --format=json -o lost.json --log=lost.log -- sh -c '
		echo >finished
		read -r _ <begin
		dd if=/dev/zero of=/dev/null bs=1 count=200000 2>/dev/null
		echo >finished
		read -r _ <begin' &
	stopped=$!
	read -r _ <finished
	kill -STOP $stopped
	echo >begin
	read -r _ <finished
	kill -CONT $stopped
	echo >begin
	wait $stopped
	[ "$(missing lost.log)" -gt 100000 ] || fail "only $(missing lost.log) calls are missing"
	[ $(($(lines lost.log) + $(missing lost.log))) -eq "$(counted lost.json)" ] ||
		fail "$(lines lost.log) lines and $(missing lost.log) missing calls are not $(counted lost.json)"
	grep -q '"details": *[1-9]' lost.json || fail "the summary does not say that details were lost"
fi

# Usage: disorder LOG: the number of calls and exits that ended before the line above them, by more
# than the rounding of their times. An interrupted call ends when that is known to be all.
disorder() {
	awk '/(<[0-9.]+>|\+\+\+)$/ && !/EINTR|ERESTART/ {
		split($2, clock, ":")
		end = (clock[1] * 60 + clock[2]) * 60 + clock[3]
		if (match($0, /<[0-9.]+>$/))
			end += substr($0, RSTART + 1, RLENGTH - 2)
		if (end < last - 0.000002)
			count++
		else
			last = end
	}
	END { print count + 0 }' "$1"
}

# Lines are in the order in which calls have ended, also those of several processes and CPUs.
stop -c -o /dev/null --log=order.log -- sh -c '
	for i in 1 2 3 4; do (ls -l /usr/include; cat /etc/passwd | wc -l) >/dev/null & done; wait'
[ "$(disorder order.log)" -eq 0 ] || fail "$(disorder order.log) lines are not in their order"

# Times as strace writes them; what it has to be asked for is always there.
stop -c -o /dev/null -T -yy -t --log=seconds.log -- true
grep -qE '^[0-9]+ +[0-9]{2}:[0-9]{2}:[0-9]{2} brk\(.* <[0-9.]+>$' seconds.log || fail "-t: $(cat seconds.log)"
stop -c -o /dev/null -tt --log=micro.log -- true
grep -qE '^[0-9]+ +[0-9:]{8}\.[0-9]{6} execve\(' micro.log || fail "-tt: $(cat micro.log)"
before=$(date +%s)
stop -c -o /dev/null -ttt --log=epoch.log -- true
grep -qE '^[0-9]+ +[0-9]+\.[0-9]{6} execve\(' epoch.log || fail "-ttt: $(cat epoch.log)"
awk -v before="$before" -v after="$(date +%s)" '/brk\(/ {
	exit !(int($2) >= before && int($2) <= after) }' epoch.log || fail "-ttt: $(cat epoch.log)"

# -e, -s, standard output.
stop -c -o /dev/null --log=- -e write -s 4 -- sh -c 'echo 123456789' >write.log
grep -qE 'write\(1[^,]*, "1234"\.\.\., 10\) += 10 <' write.log || fail "no write with -s 4"
grep -q 'read(' write.log && fail "read is logged with -e write"

# Into a pipe that nobody reads for a while, with a small buffer: the command does not wait; what is
# missing is said at the place, and adds up.
mkfifo pipe
sh -c 'exec 3<pipe; read -r _ <go; cat <&3 >slow.log' &
reader=$!
mkfifo go
stop -c --format=json -o slow.json --log=pipe --log-buffer=1048576 -v -- sh -c '
	i=0
	while [ $i -lt 20000 ]; do i=$((i + 1)); : </etc/hostname; done
	echo >go' 2>slow.err
wait $reader
[ "$(missing slow.log)" -gt 0 ] || fail "nothing is missing"
[ $(($(lines slow.log) + $(missing slow.log))) -eq "$(counted slow.json)" ] ||
	fail "$(lines slow.log) lines and $(missing slow.log) missing calls are not $(counted slow.json)"
grep -q 'calls were not logged' slow.err || fail "no message: $(cat slow.err)"

[ "$(sed -n 's/^ *"not_logged": *\([0-9]*\),\{0,1\}$/\1/p' slow.json)" -eq "$(missing slow.log)" ] ||
	fail "the summary has not $(missing slow.log) calls that are not logged"

# Calls by other numbers have those in their names, and their structures are decoded as theirs.
stop -c -o /dev/null --log=x32.log -- "$TRACEES/abi.tracee" x32 100
[ "$(grep -cE ' dup@x32\(.*= ' x32.log)" -eq 100 ] || fail "the calls of x32 are not logged"
if [ -x "$TRACEES/rare.tracee32" ]; then
	stop -c -o /dev/null --log=narrow.log -- "$TRACEES/rare.tracee32" files
	grep -qE ' openat@32\(AT_FDCWD[^"]*, "[^"]+", O_[A-Z_|]+' narrow.log || fail "no openat@32 with its path"
	grep -qE 'st(x|)_size=[0-9]+' narrow.log || fail "no structure of a 32-bit program"
fi

# -ff: a file for each thread.
stop -c --format=json -o split.json -ff --log=split -- sh several
[ "$(cat split.[0-9]* | grep -cE '^[0-9:]{8}\.[0-9]{6} [a-z_0-9]+\(')" -eq "$(counted split.json)" ] ||
	fail "-ff: not every call is logged"
[ "$(ls split.[0-9]* | wc -l)" -eq 11 ] || fail "-ff: not a file for each thread"
for file in split.[0-9]*; do
	[ "$(grep -c '+++ exited with' "$file")" -eq 1 ] || fail "-ff: $file has not one end"
done
status=0
stop -c -o /dev/null -ff --log=/nonexistent/log -- true 2>split.err || status=$?
[ "$status" -eq 1 ] || fail "-ff: status $status without a directory"
grep -q 'cannot write the log' split.err || fail "-ff: no message: $(cat split.err)"

# With --log-wait, it waits, and nothing is missing. No target waits for the engine bpf, and auto takes
# the other.
engine=$ENGINE
if [ "$ENGINE" = bpf ]; then
	stop -c -o /dev/null --log=- --log-wait -- true 2>refused.err && fail "bpf takes --log-wait"
	grep -q 'leave out --log-wait, or use --engine=ptrace' refused.err || fail "$(cat refused.err)"
	ENGINE=auto
fi
(sleep 1; cat pipe >wait.log) & # sleep: a reader that comes late
stop -c --format=json -o wait.json --log=pipe --log-wait --log-buffer=1048576 -- sh -c '
	i=0
	while [ $i -lt 20000 ]; do i=$((i + 1)); : </etc/hostname; done' 2>wait.err
wait
grep -q 'can stop the target' wait.err || fail "no warning about the pipe: $(cat wait.err)"
[ "$(lines wait.log)" -eq "$(counted wait.json)" ] ||
	fail "--log-wait: $(lines wait.log) of $(counted wait.json) calls are logged"
ENGINE=$engine

# A full disk is an error; the command is not disturbed.
status=0
stop -c -o /dev/null --log=/dev/full -- sh -c 'echo done >out' 2>full.err || status=$?
[ "$status" -eq 1 ] || fail "status $status with a full disk"
[ "$(cat out)" = done ] || fail "the command did not run"
grep -q 'cannot write the log to /dev/full: No space left' full.err || fail "$(cat full.err)"

# A log that cannot be opened: the command does not start.
status=0
stop -c -o /dev/null --log=/nonexistent/log -- touch started 2>open.err || status=$?
[ "$status" -eq 1 ] && [ ! -e started ] || fail "the command ran without its log"

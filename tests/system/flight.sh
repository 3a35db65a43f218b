#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# --flight: what was kept in memory is written on a signal and because of calls (--when), as
# recordings that stop and babeltrace2 read; a storm of such calls and a full disk do no harm.
set -eu

. "$top_srcdir/tests/support/recordings.sh"
cd "$directory"

# Usage: await WHAT COMMAND…: waits until COMMAND succeeds.
await() {
	what=$1
	tries=0
	shift
	until "$@"; do
		tries=$((tries + 1))
		[ "$tries" -lt 600 ] || fail "$what: $(ls; cat error 2>/dev/null)"
		sleep 0.1 # sleep: between two checks
	done
}

# Usage: readable RECORDING: it is whole for stop, and for babeltrace2 if that is installed. What
# stop says of it is in `replayed`.
readable() {
	"$STOP" -c --format=json -o replayed "$1" || fail "$1 cannot be replayed"
	grep -q 'has no end' replayed && fail "$1 has no end"
	if command -v babeltrace2 >/dev/null; then
		babeltrace2 "$1" >printed 2>complaints || fail "babeltrace2: $(cat complaints)"
		[ ! -s complaints ] || fail "babeltrace2 about $1: $(head -n 3 complaints)"
	fi
}

# Without a reason, nothing is written.
stop -c -o /dev/null --flight=60s -- true 2>error || fail "$(cat error)"
[ "$(ls)" = error ] || fail "without a reason: $(ls)"

# On a signal, in both modes: what was before it, twice. The target is idle, and makes a few calls
# before each.
for mode in -b -c; do
	cat >idle <<-'END'
		cat /nonexistent-first 2>/dev/null
		: >ready
		while [ ! -e next ]; do read x </dev/null || :; sleep 0.1; done # sleep: between two checks
		cat /nonexistent-second 2>/dev/null
		: >ready-again
		while [ ! -e last ]; do sleep 0.1; done # sleep: between two checks
	END
	rm -f ready ready-again next last
	"$STOP" "--engine=$ENGINE" $mode -o /dev/null --flight=60s "--record=on$mode" \
		--record-detail=strings -- sh idle 2>error &
	stop=$!
	await "the target is not ready" test -e ready
	kill -USR2 "$stop"
	await "it does not say that it has written" grep -q "written: on$mode.ctf, the last" error
	readable "on$mode.ctf"
	touch next
	await "the target is not ready again" test -e ready-again
	kill -USR2 "$stop"
	await "it does not say so again" grep -q "written: on$mode-2.ctf, the last" error
	touch last
	wait "$stop" || fail "$mode: $(cat error)"
	readable "on$mode-2.ctf"
	[ "$(stat -c %a "on$mode.ctf")" = 700 ] || fail "what was written is not private"
	"$STOP" -c -o /dev/null --log=first "on$mode.ctf"
	"$STOP" -c -o /dev/null --log=second "on$mode-2.ctf"
	if [ "$ENGINE" = ptrace ]; then
		grep -q 'nonexistent-first' first || fail "what was before is missing: $(cat first)"
		grep -q 'nonexistent-second' first && fail "what came later is there"
		grep -q 'nonexistent-second' second || fail "what was before is missing: $(cat second)"
	fi
done

# Nobody has asked for a flight recorder, and yet a signal comes.
"$STOP" "--engine=$ENGINE" -c -o /dev/null -- sh -c \
	': >begun; while [ ! -e told ]; do sleep 0.1; done' 2>error & # sleep: between two checks
stop=$!
await "the target has not begun" test -e begun
kill -USR2 "$stop"
await "it does not say what is missing" grep -q 'there is no flight recorder: --flight=TIME' error
touch told
wait "$stop" || fail "SIGUSR2: $(cat error)"

# Because of a call: the same number of them as live.
stop -c -e openat --format=json -o live --flight=60s --record=when \
	--when='openat and errno:ENOENT' -- cat /nonexistent 2>error && fail "cat has failed"
grep -q -e '--when: written: when.ctf, the last' error || fail "$(cat error)"
last=$(ls -d when*.ctf | sort -V | tail -n 1)
readable "$last"
"$STOP" -c -e openat --format=json -o replayed "$last"
[ "$(field calls replayed)" -eq "$(field calls live)" ] ||
	fail "$(field calls live) calls live, $(field calls replayed) in $last"

# By what it is about, and not because of others.
stop -c -o /dev/null --flight=60s --record=about --when='path:/etc/hostname' -- \
	cat /etc/hostname >/dev/null 2>error || fail "$(cat error)"
readable about.ctf
stop -c -o /dev/null --flight=60s --record=none --when='path:/etc/hostnames' -- \
	cat /etc/hostname >/dev/null 2>error || fail "$(cat error)"
[ ! -e none.ctf ] || fail "there was no such call, and yet: $(cat error)"

# A storm: no more than asked for, at once and at the end, whatever it is.
stop -c -o /dev/null --flight=60s --record=storm --when=errno:ENOENT --flight-count=1 -- sh -c \
	'i=0; while [ $i -lt 2000 ]; do cd /nonexistent; i=$((i + 1)); done' 2>error || :
[ "$(ls -d storm*.ctf)" = storm.ctf ] || fail "a storm: $(ls -d storm*.ctf)"
grep -q 'writes no more (--flight-count)' error || fail "$(cat error)"
rm -r storm.ctf
stop -c -o /dev/null --flight=60s --record=storm --when=errno:ENOENT -- sh -c \
	'i=0; while [ $i -lt 2000 ]; do cd /nonexistent; i=$((i + 1)); done' 2>error || :
[ "$(ls -d storm*.ctf | wc -l)" -le 2 ] || fail "a storm within a minute: $(ls -d storm*.ctf)"

# Only the last part is kept: what was two seconds and more before is not.
stop -c -o /dev/null --flight=1s --record=short --record-detail=strings \
	--when='path:/etc/hostname' -- sh -c \
	'echo x >early; sleep 3; cat /etc/hostname' >/dev/null 2>error || # sleep: a time to forget
	fail "$(cat error)"
readable short.ctf
[ ! -e short.ctf/stream ] || fail "the first part is still there: $(ls short.ctf)"
"$STOP" -c -o /dev/null --log=log short.ctf
grep -q early log && fail "what was written is more than what was to be kept"
grep -q '"comm": "cat"' replayed || fail "the last part does not know the process"

# A full disk: it says so, and tracing goes on.
mkdir small
if mount -t tmpfs -o size=64k,nr_inodes=4 none small 2>/dev/null; then
	mounted=yes
	stop -c --format=json -o full.json --flight=60s --record=small/full \
		--when=path:/etc/hostname -- sh -c \
		'cat /etc/hostname; i=0; while [ $i -lt 3000 ]; do cd /; i=$((i + 1)); done' \
		>/dev/null 2>error && status=0 || status=$?
	[ "$(field calls full.json)" -gt 3000 ] || fail "calls are missing: $(field calls full.json)"
	if grep -q 'cannot write small/full.*No space left on device' error; then
		[ "$status" -eq 1 ] || fail "the status after a full disk is $status"
	else
		readable small/full.ctf
	fi
	rm -rf small/*
	dd if=/dev/zero of=small/filler bs=4096 2>/dev/null || :
	stop -c -o /dev/null --flight=60s --record=small/none --when=path:/etc/hostname -- \
		cat /etc/hostname >/dev/null 2>error && fail "a full disk was no error"
	grep -q 'cannot write small/none.ctf: No space left on device' error || fail "$(cat error)"
	[ "$(ls small)" = filler ] || fail "what could not be written is there: $(ls small)"
fi

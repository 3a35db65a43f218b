#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# --record and the replay of recordings: -c and -b give what they gave live, byte for byte;
# babeltrace2 reads every recording, and counts as many calls; what is there after kill -9 and on a
# full disk can be read.
set -eu

. "$top_srcdir/tests/support/recordings.sh"
cd "$directory"

cat >work <<'END'
for i in 1 2 3; do cat /nonexistent; ls / >/dev/null; cat /etc/passwd | sort >/dev/null; done 2>/dev/null
exit 3
END

# Usage: readable RECORDING: babeltrace2 reads it, and finds no discarded events. Without
# babeltrace2, this is not checked.
if command -v babeltrace2 >/dev/null; then
	readable() {
		out=$(basename "$1")
		babeltrace2 "$1" >"$out.txt" 2>"$out.err" || fail "babeltrace2: $(cat "$out.err")"
		[ ! -s "$out.err" ] || fail "babeltrace2 about $1: $(head -n 3 "$out.err")"
	}
else
	echo "babeltrace2 is not installed: recordings are read by stop alone"
	readable() {
		:
	}
fi

# Usage: same NAME 'OPTIONS' 'OPTIONS OF RECORDING ALONE': live and replayed are the same.
same() {
	# shellcheck disable=SC2086
	stop $2 $3 "--record=$1" -o "$1.live" -- sh work && status=0 || status=$?
	[ "$status" -eq 3 ] || fail "$2: the status of the command is 3, not $status"
	# shellcheck disable=SC2086
	"$STOP" $2 -o "$1.replayed" "$1.ctf" || fail "$2: the recording cannot be replayed"
	cmp "$1.live" "$1.replayed" || fail "$2: the replay differs: $(diff "$1.live" "$1.replayed" | head -n 9)"
	readable "$1.ctf"
}

same text -c ''
same json '-c --format=json' ''
same sorted '-c -S calls -e openat,read,close' ''
same frames -b '-d 0.1'
same lines '-b --format=json' '-d 0.1'
same files '-c --format=json --files --processes' --record-detail=strings
same about '-c -e path:/etc/**' --record-detail=strings
same stacks '-c -k all' --record-detail=stacks
same stacks-json '-c -k all --format=json' --record-detail=strings,stacks
same folded '-c -k all --format=folded --weight=calls' --record-detail=stacks
same speedscope '-c -k all --format=speedscope' --record-detail=stacks
same pprof '-c -k all --format=pprof' --record-detail=stacks
same stack-frames '-b -k all' '-d 0.1 --record-detail=stacks'
grep -q 'main.*;openat [0-9]' folded.replayed || fail "no names in $(head -n 5 folded.replayed)"
grep -qF 'not recorded' stacks.replayed && fail "stacks are missing"

# Without -k, the same: stacks were recorded all the same. Where they were not, it says so.
stop -c -o plain.live --record=plain --record-detail=stacks -- sh work && fail "the status is not 3"
"$STOP" -c -o plain.replayed plain.ctf
cmp plain.live plain.replayed || fail "$(diff plain.live plain.replayed | head -n 9)"
"$STOP" -c -k all --format=folded --weight=calls plain.ctf | grep -q 'main.*;openat [0-9]' ||
	fail "without -k, no stacks were recorded"
stop -c -k all -o /dev/null --record=bare -- sh work && fail "the status is not 3"
"$STOP" -c -k all -o bare.replayed bare.ctf
grep -qF '[not recorded]' bare.replayed && grep -q 'the recording has no stacks' bare.replayed ||
	fail "it does not say that there are no stacks: $(head -n 20 bare.replayed)"

# The replay opens nothing that a recording names.
if command -v strace >/dev/null; then
	cp "$(command -v cat)" named
	stop -c -k all -o /dev/null --record=named --record-detail=stacks -- ./named /etc/hostname >/dev/null
	strace -f -o opened "$STOP" -c -k all --format=json -o named.replayed named.ctf
	grep -q "\"$PWD/named\"" named.replayed || fail "no frame is in the program"
	grep -q '/named"' opened && fail "it has looked at the program: $(grep '/named"' opened)"
fi
[ "$(stat -c %a text.ctf)" = 700 ] || fail "the recording is not private"

# As many calls, with babeltrace2 as the counter.
if [ -f json.ctf.txt ] && [ "$ENGINE" = ptrace ]; then
	exits=$(grep -cE ' (compat_)?syscall_exit_[a-z0-9_]+: ' json.ctf.txt)
	[ "$exits" -eq "$(field calls json.live)" ] ||
		fail "babeltrace2 counts $exits calls, stop $(field calls json.live)"
	failed=$(grep -E ' syscall_exit_openat: ' json.ctf.txt | grep -c 'ret = -2,')
	[ "$failed" -ge 3 ] || fail "babeltrace2 shows $failed failed openat"
fi
# Memory is recorded only on request.
if [ -f text.ctf.txt ]; then
	grep -q /nonexistent text.ctf.txt && fail "paths were recorded without --record-detail"
	grep -q stop_detail files.ctf.txt || fail "no details were recorded"
fi

# Secrets are masked, and buffers' contents are not recorded, unless that is asked for.
cat >secrets <<'END'
echo from-a-buffer >/dev/null; API_TOKEN=from-the-environment /bin/true --password from-an-argument
END
mask() {
	name=$1
	shift
	stop -c --processes -o /dev/null --record="$name" --record-detail=strings "$@" -- \
		sh secrets --secret=from-the-command
}
mask masked
grep -rq 'from-a-buffer\|from-the-environment\|from-an-argument\|from-the-command' masked.ctf &&
	fail "secrets are in the recording"
readable masked.ctf
"$STOP" -c --processes --format=json --log=masked.log -o masked.json masked.ctf
grep -q 'write(1[^,]*, "\*\*\*"\.\.\., 14) = 14' masked.log || fail "$(grep 'write(1' masked.log)"
grep -qF '"--password", "***"' masked.log || fail "$(grep execve masked.log)"
grep -qF -e '--secret=***' masked.json || fail "$(grep command masked.json)"
mask other --redact=PASSWORX,BUFFER --with-data
grep -rq 'from-a-buffer' other.ctf || fail "--with-data: the buffer is missing"
grep -rq 'from-the-environment\|from-an-argument\|from-the-command' other.ctf &&
	fail "--with-data: secrets are in the recording"
# The times of a log are those of the recording, not of the clock that is read now.
sed -i 's/^\(\toffset = \)[0-9]*;/\13600000000000;/' masked.ctf/metadata
begin=$(TZ=UTC0 "$STOP" -c -o /dev/null --log=- masked.ctf | head -n 1 | awk '{ print $2 }')
sed -i 's/^\(\toffset = \)[0-9]*;/\17200000000000;/' masked.ctf/metadata
later=$(TZ=UTC0 "$STOP" -c -o /dev/null --log=- masked.ctf | head -n 1 | awk '{ print $2 }')
[ "${begin#*:}" = "${later#*:}" ] && [ "$begin" != "$later" ] ||
	fail "an hour later than $begin is not $later"

# A frame for each interval of the recording, wherever the live ones were.
stop -b -d 0.1 -o /dev/null --record=paced -- sleep 1 # sleep: it is what is recorded
"$STOP" -b -d 0.3 -n 3 -o coarse paced.ctf
[ "$(grep -c "$ENGINE, " coarse)" -eq 3 ] || fail "not three frames: $(cat coarse)"

# Names: what exists is not replaced, what is no recording is refused.
stop -c -o /dev/null --record=text -- true 2>error && fail "text.ctf was replaced"
grep -q 'it exists already' error || fail "$(cat error)"
"$STOP" -c --replay work 2>error && fail "a script is no recording"
grep -q 'no trace that stop can read' error || fail "$(cat error)"
stop -c -o /dev/null -- ./text.ctf 2>error && fail "after --, it is a command"

# After kill -9 at any time there is what was written, and no more than a message.
"$STOP" "--engine=$ENGINE" -b -d 0.1 -o /dev/null --record=killed -- sh -c '
	while [ ! -e enough ]; do cat /etc/hostname; done' >/dev/null 2>&1 &
stop=$!
tries=0
until [ "$(cat killed.ctf/stream 2>/dev/null | wc -c)" -gt 40000 ]; do
	tries=$((tries + 1))
	[ "$tries" -lt 600 ] || fail "nothing is recorded"
	sleep 0.1 # sleep: between two checks
done
kill -9 "$stop"
wait "$stop" 2>/dev/null || :
touch enough
[ $(($(wc -c <killed.ctf/stream) % 4096)) -eq 0 ] || fail "the stream ends in a packet"
readable killed.ctf
"$STOP" -c --format=json -o killed.json killed.ctf || fail "it cannot be replayed after kill -9"
[ "$(field calls killed.json)" -gt 100 ] || fail "no calls after kill -9"
grep -q 'the recording has no end' killed.json || fail "it does not say that it was cut"

# A recording of limited size keeps its last part, and can be read at any time.
"$STOP" --engine=ptrace -b -d 0.1 -o /dev/null --record=limited --record-limit=1M \
	--record-detail=stacks -- sh -c '
	cd /; read x </etc/hostname; while [ ! -e "$0" ]; do
		i=0; while [ $i -lt 500 ]; do cd /; i=$((i + 1)); done; /bin/true; done' "$PWD/last" &
stop=$!
tries=0
until [ -d limited.ctf ] && [ ! -e limited.ctf/stream ] && [ -e limited.ctf/metadata ]; do
	tries=$((tries + 1))
	[ "$tries" -lt 900 ] || fail "no part is removed: $(ls limited.ctf)"
	sleep 0.1 # sleep: between two checks
done
"$STOP" -c --format=json -o limiting.json limited.ctf || fail "it cannot be read while it grows"
grep -q '"comm": "sh"' limiting.json || fail "the remaining parts do not know the threads"
touch last
wait "$stop" || fail "the recording of limited size has failed"
[ "$(du -bs limited.ctf | cut -f 1)" -lt $((1300 * 1024)) ] || fail "larger: $(du -bs limited.ctf)"
readable limited.ctf
"$STOP" -c --format=json -o limited.json limited.ctf || fail "what is left cannot be replayed"
grep -q 'has no end' limited.json && fail "the end is missing"
"$STOP" -c -k all --format=folded --weight=calls -o limited.folded limited.ctf
# Of calls that come this fast, stacks may be missed.
grep -q 'main.*;[a-z]' limited.folded ||
	fail "stacks are missing in what is left: $(head -n 9 limited.folded)"
grep -F 'not recorded' limited.folded && fail "what is left refers to what was removed"
[ "$(field calls limited.json)" -gt 1000 ] || fail "calls: $(field calls limited.json)"
if [ -f limited.ctf.txt ] && ! grep -q ' stop_sum: ' limited.ctf.txt; then
	# What parts begin with is counted once. Sums, as under load, are no calls there.
	exits=$(grep -cE ' (compat_)?syscall_exit_[a-z0-9_]+: ' limited.ctf.txt)
	[ "$exits" -eq "$(field calls limited.json)" ] ||
		fail "babeltrace2 counts $exits calls, stop $(field calls limited.json)"
fi
stop -c --record=no --record-limit=1000 -- true 2>error && fail "too small a limit was accepted"
grep -q 'at least 1M' error || fail "$(cat error)"
for detail in '' string strings, strings,,stacks stacks,x; do
	stop -c --record=no --record-detail="$detail" -- true 2>error && fail "accepted: $detail"
	grep -q 'expected strings, stacks or strings,stacks' error || fail "$(cat error)"
done

# A full disk ends the recording with a message, and nothing else.
mkdir small
if mount -t tmpfs -o size=128k none small 2>/dev/null; then
	mounted=yes
	stop -c --format=json -o full.json --record=small/full -- sh -c \
		'i=0; while [ $i -lt 3000 ]; do cd /; i=$((i + 1)); done; [ -x /bin/sh ]; ls -lR /usr/share/doc >/dev/null' 2>error &&
		status=0 || status=$?
	if [ "$ENGINE" = ptrace ]; then
		grep -q 'No space left on device; what follows is missing' error || fail "$(cat error)"
	fi
	[ "$(field calls full.json)" -gt 3000 ] || fail "calls are missing: $(field calls full.json)"
	readable small/full.ctf
	"$STOP" -c -o /dev/null small/full.ctf || fail "what was written cannot be replayed"
fi

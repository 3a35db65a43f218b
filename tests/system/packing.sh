#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# --record-pack: NAME.ctf.tar.zst replaces the recording, tar lists and unpacks it, and it is
# replayed as what is unpacked; archives that are hostile or damaged are errors, and leave nothing.
set -eu

. "$top_srcdir/tests/support/recordings.sh"
stop -c -o /dev/null --record-pack --record=/nonexistent/x -- true 2>&1 | grep -q 'no libzstd' && exit 77

tests=$top_srcdir/tests/system
case $tests in
/*) ;;
*) tests=$PWD/$tests ;;
esac
cd "$directory"
mkdir temporary
export TMPDIR="$directory/temporary"

# What is recorded is packed, and gone as a directory.
stop -c --format=json -o live --record=a --record-pack --record-detail=strings -- \
	sh -c 'cat /nonexistent; ls / >/dev/null; exit 3' 2>error && status=0 || status=$?
[ "$status" -eq 3 ] || fail "the status of the command is 3, not $status: $(cat error)"
[ ! -e a.ctf ] || fail "the directory is still there"
[ "$(stat -c %a a.ctf.tar.zst)" = 600 ] || fail "the packed recording is not private"
"$STOP" -c --format=json -o replayed a.ctf.tar.zst || fail "it cannot be replayed"
cmp live replayed || fail "the replay differs: $(diff live replayed | head -n 9)"
"$STOP" -b -d 0.1 -o frames a.ctf.tar.zst || fail "it has no frames"

# Others read it.
command -v zstd >/dev/null || exit 0
[ "$(tar --zstd -tf a.ctf.tar.zst | tr '\n' ' ')" = "a.ctf/ a.ctf/metadata a.ctf/stream " ] ||
	fail "tar lists: $(tar --zstd -tf a.ctf.tar.zst)"
tar --zstd -xf a.ctf.tar.zst
[ "$(stat -c %a a.ctf)" = 700 ] || fail "what is unpacked is not private"
"$STOP" -c --format=json -o unpacked a.ctf
cmp replayed unpacked || fail "packed and unpacked differ"
"$STOP" -b -d 0.1 -o others a.ctf
cmp frames others || fail "their frames differ"
if command -v babeltrace2 >/dev/null; then
	babeltrace2 a.ctf >printed 2>complaints || fail "babeltrace2: $(cat complaints)"
	[ ! -s complaints ] || fail "babeltrace2: $(cat complaints)"
fi

# And it reads what others pack.
tar -cf plain.tar a.ctf
tar --format=pax -czf pax.tgz ./a.ctf
tar --format=gnu --zstd -cf gnu.tar.zst a.ctf/metadata a.ctf/stream
for packed in plain.tar pax.tgz gnu.tar.zst; do
	"$STOP" -c --format=json -o others "$packed" || fail "$packed cannot be replayed"
	cmp replayed others || fail "$packed differs"
done

# A recording in parts, and a flight recorder.
stop -b -d 0.1 -o /dev/null --record=parts --record-limit=1M,1s --record-pack -- sh -c \
	'i=0; while [ $i -lt 8 ]; do sleep 0.2; i=$((i + 1)); done' # sleep: several parts
tar --zstd -tf parts.ctf.tar.zst | grep -q 'stream_[1-9]' || fail "there are no parts"
"$STOP" -c -o /dev/null parts.ctf.tar.zst || fail "parts cannot be replayed"
stop -c -o /dev/null --flight=60s --record=flown --record-pack --when=errno:ENOENT \
	--flight-count=1 -- cat /nonexistent 2>error || :
grep -q 'written: flown.ctf.tar.zst' error || fail "$(cat error)"
[ ! -e flown.ctf ] || fail "what the flight recorder has written is still there"
"$STOP" -c -o /dev/null flown.ctf.tar.zst || fail "what it has written cannot be replayed"

# Nothing is replaced.
stop -c -o /dev/null --record=a.ctf --record-pack -- true 2>error && fail "a.ctf was replaced"
rm -r a.ctf
stop -c -o /dev/null --record=a --record-pack -- true 2>error && fail "a.ctf.tar.zst was replaced"
grep -q 'a.ctf.tar.zst: it exists already' error || fail "$(cat error)"
[ ! -e a.ctf ] || fail "there is an a.ctf"
tar --zstd -xf a.ctf.tar.zst

# If it cannot be packed, the recording stays as it is: here something has got its name meanwhile.
stop -c -o /dev/null --record=b --record-pack -- sh -c ': >b.ctf.tar.zst' 2>error &&
	fail "b.ctf.tar.zst was replaced"
grep -q 'cannot pack the recording b.ctf, which is written: File exists' error ||
	fail "$(cat error)"
[ ! -s b.ctf.tar.zst ] || fail "b.ctf.tar.zst was written to"
"$STOP" -c -o /dev/null b.ctf || fail "what could not be packed is damaged"

# What is hostile: refused with one line, in time, and nothing is left, here or elsewhere.
python3 "$tests/packing.py" a a.ctf.tar.zst
{
	head -c 512 refused/huge.tar
	head -c 4G /dev/zero
} | zstd -q -c >refused/bomb.tar.zst
for archive in refused/*; do
	timeout 20 "$STOP" -c -o /dev/null "$archive" 2>error && status=0 || status=$?
	[ "$status" -eq 1 ] || fail "$archive: status $status: $(cat error)"
	[ "$(wc -l <error)" -eq 1 ] || fail "$archive: $(cat error)"
	grep -q '^stop: ' error || fail "$archive: $(cat error)"
done
grep -q 'far larger than its file' error || timeout 20 "$STOP" -c refused/bomb.tar.zst 2>&1 |
	grep -q 'far larger than its file' || fail "a bomb: $(cat error)"
for archive in damaged/*; do
	timeout 20 "$STOP" -c -o /dev/null "$archive" 2>error && status=0 || status=$?
	[ "$status" -le 1 ] || fail "$archive: status $status: $(cat error)"
done
[ -z "$(ls -A temporary)" ] || fail "files are left: $(ls -A temporary)"
[ ! -e ../metadata ] && [ ! -e ../stream_1 ] || fail "files are outside"

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The static program (--enable-static-program) where there is nothing else: in a directory with the
# program alone, it says what it lacks, reads traces and recordings, and with /proc traces live.
#
# Skipped if the program is not static, or without the right to chroot.
set -eu

! ldd "$STOP" >/dev/null 2>&1 || { echo "skipped: the program is not static" && exit 77; }
[ "$(id -u)" = 0 ] && chroot / true 2>/dev/null || exit 77

root=$(mktemp -d)
target=
clean_up() {
	[ -z "$target" ] || kill "$target" 2>/dev/null || :
	rm -rf "$root"
}
trap clean_up EXIT
cp "$STOP" "$root/stop"

fail() {
	echo "$1"
	[ ! -e "$root/out" ] || cat "$root/out"
	exit 1
}

# Usage: run ARGUMENT...: runs stop in there; what it says is in $root/out.
run() {
	chroot "$root" /stop "$@" >"$root/out" 2>&1
}

# Usage: expect TEXT: that is what it has said.
expect() {
	grep -qE -- "$1" "$root/out" || fail "there is no \"$1\" in:"
}

run --version || fail "--version failed:"
expect '^debuginfod: not in this build'
expect '^traces: lttng, ctf, strace'
expect 'lttng by: not in this build'
expect '\([1-9][0-9]* terminals built in\)'

cat >"$root/trace" <<'END'
7 10:00:00.000001 openat(AT_FDCWD, "/etc/passwd", O_RDONLY) = 3 <0.000010>
7 10:00:00.000100 read(3, ""..., 4096) = 0 <0.000010>
7 10:00:00.000200 openat(AT_FDCWD, "/none", O_RDONLY) = -1 ENOENT (No such file or directory) <0.000010>
END
run -c /trace || fail "a trace of strace was not read:"
expect ' 2 +1 .* openat$'

"$STOP" -c --record="$root/recording" -o /dev/null -- true
run -c --replay /recording.ctf || fail "a recording was not read:"
expect ' execve$'

# A command, which needs no /proc, and is all that there is.
run -c -o /summary -- /stop --version || fail "a command was not traced:"
cp "$root/summary" "$root/out"
expect ' execve$'

# With /proc, another process.
if unshare -m true 2>/dev/null; then
	mkdir "$root/proc"
	sleep 1000 & # sleep: a target
	target=$!
	unshare -m sh -c 'mount --bind /proc "$1/proc" && exec chroot "$1" /stop -c -d 0.5 --duration=1 -p "$2"' \
		sh "$root" "$target" >"$root/out" 2>&1 || fail "a process was not traced:"
	expect ' clock_nanosleep$'
fi

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Debug files from debuginfod servers: who asks, as whom, and that one that never answers, or sends
# without end, costs the names of its module and nothing else.
set -eu

command -v python3 >/dev/null && command -v strip >/dev/null || exit 77
"$STOP" -V | grep -q 'names: elfutils' || exit 77
python3 -c 'import ctypes; ctypes.CDLL("libdebuginfod.so.1")' 2>/dev/null || exit 77
work=$(mktemp -d)
chmod 755 "$work"
server= target=
trap 'kill $server $target 2>/dev/null || :; rm -rf "$work"' EXIT
failed=0

fail() {
	echo "$*"
	cat "$work/out" "$work/log" 2>/dev/null || :
	failed=1
}

cat >"$work/program.c" <<'END'
#include <sys/syscall.h>
#include <unistd.h>
static __attribute__((noinline)) void inner(void)
{
	syscall(SYS_getppid);
	__asm__ volatile("");
}
int main(void)
{
	for (;;) {
		inner();
		usleep(2000);
	}
}
END
${CC:-cc} -O1 -g -Wl,--build-id -o "$work/full" "$work/program.c"
objcopy --only-keep-debug "$work/full" "$work/debug"
strip -s -o "$work/program" "$work/full"
id=$(readelf -n "$work/full" | sed -n 's/.*Build ID: //p')
"$work/program" &
target=$!

# Usage: serve HOW.
serve() {
	[ -z "$server" ] || kill "$server"
	rm -rf "$work/log" "$work/cache" "$work/port"
	: >"$work/log"
	mkdir -m 777 "$work/cache"
	mkfifo "$work/port"
	python3 "${top_srcdir:-.}/tests/support/debuginfod.py" "$1" "$work/debug" "$work/log" \
		>"$work/port" &
	server=$!
	read -r port <"$work/port"
}

# Usage: watch [OPTION...]. Runs stop until it has seen some stacks; the result is in $work/out.
watch() {
	env DEBUGINFOD_URLS="http://127.0.0.1:$port" DEBUGINFOD_CACHE_PATH="$work/cache" \
		"$STOP" --engine=ptrace -c -k all --weight=calls --until=getppid \
		--until-count=300 "$@" -o "$work/out" -p $target || fail "stop failed"
	grep -Eq 'nanosleep|usleep' "$work/out" || fail "the C library is not named"
}

serve file
# At the end, a name waits for two seconds; what came later is in the cache the next time.
for try in 1 2 3 4 5; do
	watch --debuginfod=always
	! grep -q 'inner.*program.c:' "$work/out" || break
done
grep -q 'inner.*program.c:' "$work/out" || fail "the program is not named"
grep -q "/buildid/$id/debuginfo" "$work/log" || fail "the server was not asked"

serve file
watch --debuginfod=never
[ ! -s "$work/log" ] || fail "never: a server was asked"

# A login as root does not ask; for a user under sudo, that user does.
if [ "$(id -u)" -eq 0 ]; then
	unset SUDO_UID SUDO_GID
	watch
	[ ! -s "$work/log" ] || fail "root: a server was asked"
	export SUDO_UID=1 SUDO_GID=1
	if getent passwd 1 >/dev/null; then
		watch
		[ -s "$work/log" ] || fail "sudo: no server was asked"
		[ "$(stat -c %u "$work/cache"/* | sort -u)" = 1 ] || fail "sudo: not as the user"
	fi
	unset SUDO_UID SUDO_GID
fi

for how in hang endless; do
	serve $how
	watch --debuginfod=always
	[ -s "$work/log" ] || fail "$how: the server was not asked"
	grep -q 'program+0x' "$work/out" || fail "$how: the program is not shown"
done

exit $failed

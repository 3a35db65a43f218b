#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Programs that mislead who reads their files as root: nothing but regular files is opened, the other
# modules are named, and leaving does not wait.
set -eu

if ! "$STOP" -V | grep -q 'names: elfutils'; then
	echo "names come from symbol tables only"
	exit 77
fi
work=$(mktemp -d)
chmod 755 "$work"
target= writer=
trap 'kill $target $writer 2>/dev/null || :; rm -rf "$work"' EXIT
failed=0
cc=${CC:-cc}

fail() {
	echo "$*"
	failed=1
}

cat >"$work/program.c" <<'END'
#include <sys/syscall.h>
#include <unistd.h>
__attribute__((noinline)) void inner(void)
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
$cc -O1 -g -Wl,--build-id=none -o "$work/plain" "$work/program.c"
strip -g "$work/plain"

# Usage: add_link NAME FILE. FILE is the program with NAME as that of its debug file.
add_link() {
	printf '%s' "$1" >"$work/link"
	head -c $((4 - ${#1} % 4)) /dev/zero >>"$work/link"
	printf '\1\2\3\4' >>"$work/link"
	objcopy --add-section .gnu_debuglink="$work/link" "$work/plain" "$2"
}

# Usage: watch FILE [OPTION...]. Runs it, and stop until it has seen some stacks; the result is in
# $work/out.
watch() {
	program=$1
	shift
	"$program" &
	target=$!
	"$STOP" --engine="${ENGINE:-ptrace}" -c -k all --weight=calls "$@" -o "$work/out" \
		-p $target 2>"$work/err" &
	stop=$!
	sleep_until_counted $target
	kill -INT $stop
	wait $stop || fail "$program: stop failed: $(cat "$work/err")"
	kill $target
	wait $target 2>/dev/null || :
	target=
}

# Usage: sleep_until_counted PID. Waits until it has made a hundred more calls, each of which sleeps.
sleep_until_counted() {
	first=$(awk '/^voluntary/ { print $2 }' "/proc/$1/status")
	until [ "$(awk '/^voluntary/ { print $2 }' "/proc/$1/status")" -gt $((first + 300)) ]; do
		kill -0 "$1"
	done
}

# Others are named whatever a module does.
expect_named() {
	grep -Eq 'nanosleep|usleep' "$work/out" || {
		fail "$1: the C library is not named"
		cat "$work/out"
	}
}

mkfifo "$work/fifo"
up=$(printf '%s' "$work" | sed 's,/[^/]*,../,g')
add_link fifo "$work/to_fifo"
add_link "${up}dev/zero" "$work/to_zero"
for trap in to_fifo to_zero; do
	# Even where its directory is searched.
	watch "$work/$trap" --debug-dir="/usr/lib/debug:$work"
	expect_named $trap
	grep -q 'inner' "$work/out" || fail "$trap: its symbols are missing"
done

# Symbols that unpack to 2 GiB: the module is marked, and the reason given.
if command -v xz >/dev/null; then
	head -c 2147483648 /dev/zero | xz -1 >"$work/bomb.xz"
	strip -s -o "$work/bare" "$work/plain"
	objcopy --add-section .gnu_debugdata="$work/bomb.xz" "$work/bare" "$work/bomb"
	watch "$work/bomb" --stack-memory=64
	expect_named bomb
	grep -q 'bomb.*\[unreadable symbols\]' "$work/out" || {
		fail "bomb: the module is not marked"
		cat "$work/out"
	}
	grep -q 'failed and was replaced' "$work/out" || fail "bomb: there is no note"
fi

# A program whose name is that of a FIFO outside of its mount namespace: the FIFO is not opened.
mkdir "$work/dev"
mkfifo -m 600 "$work/dev/pipe"
cp "$work/plain" "$work/program"
if unshare -Urm --propagation private true 2>/dev/null && [ "$(id -u)" -eq 0 ]; then
	sh -c 'exec echo >"$1"' - "$work/dev/pipe" &
	writer=$!
	cat >"$work/inside" <<'END'
#!/bin/sh
mount -t tmpfs none "$1/dev" && cp "$1/program" "$1/dev/pipe" && exec "$1/dev/pipe"
END
	chmod +x "$work/inside"
	unshare -Urm --propagation private "$work/inside" "$work" &
	target=$!
	until [ "$(cat "/proc/$target/comm")" = pipe ]; do
		kill -0 $target
	done
	"$STOP" --engine="${ENGINE:-ptrace}" -c -k all --weight=calls -o "$work/out" -p $target &
	stop=$!
	sleep_until_counted $target
	kill -INT $stop
	wait $stop || fail "pipe: stop failed"
	kill -0 $writer 2>/dev/null || fail "pipe: a file of the host was opened"
	grep -q inner "$work/out" || {
		fail "pipe: the program itself is not named"
		cat "$work/out"
	}
	kill $target $writer
	target= writer=
else
	echo "skipped: namespaces need privileges"
fi

exit $failed

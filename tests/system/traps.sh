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
	until [ "$(awk '/^voluntary/ { print $2 }' "/proc/$1/status")" -gt $((first + ${calls:-300})) ]; do
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
	# Its reader needs a second of CPU time, twice; a report waits for five seconds at its end.
	for calls in 300 3000 30000; do
		watch "$work/bomb" --stack-memory=64
		! grep -q 'unreadable symbols' "$work/out" || break
	done
	calls=
	expect_named bomb
	grep -q 'bomb.*\[unreadable symbols\]' "$work/out" || {
		fail "bomb: the module is not marked"
		cat "$work/out"
	}
	grep -q 'failed and was replaced' "$work/out" || fail "bomb: there is no note"
fi

# Debug information whose entries refer to themselves, as origin and as sibling.
cat >"$work/cyclic.s" <<'END'
	.section .debug_abbrev,"",@progbits
	.byte 1, 0x11, 1, 0x11, 1, 0x12, 7, 0, 0
	.byte 2, 0x2e, 1, 0x01, 0x13, 0x31, 0x13, 0x11, 1, 0x12, 7, 0, 0
	.byte 3, 0x1d, 1, 0x31, 0x13, 0x11, 1, 0x12, 7, 0, 0
	.byte 0
	.section .debug_info,"",@progbits
unit:	.long end - version
version: .short 4
	.long 0
	.byte 8
	.byte 1
	.quad inner, 0x1000
function: .byte 2
	.long function - unit, function - unit
	.quad inner, 0x1000
inlined: .byte 3
	.long inlined - unit
	.quad inner, 0x1000
	.byte 0, 0, 0
end:
	.section .note.GNU-stack,"",@progbits
END
if [ "$(uname -m)" = x86_64 ]; then
	$cc -O1 -o "$work/cyclic" "$work/program.c" "$work/cyclic.s"
	watch "$work/cyclic"
	expect_named cyclic
	grep -Eq 'inner|cyclic.*\[unreadable symbols\]' "$work/out" || {
		fail "cyclic: it is neither named nor marked"
		cat "$work/out"
	}
fi

# A section that is compressed (SHF_COMPRESSED), and unpacks to half a gigabyte.
if command -v python3 >/dev/null; then
	python3 - "$work/section" <<'END'
import struct, sys, zlib
size = 512 << 20
packer = zlib.compressobj(1)
with open(sys.argv[1], "wb") as out:
    out.write(struct.pack("<IIQQ", 1, 0, size, 1))
    for _ in range(size >> 20):
        out.write(packer.compress(bytes(1 << 20)))
    out.write(packer.flush())
END
	objcopy --add-section .debug_info="$work/section" --add-section .debug_abbrev="$work/section" \
		"$work/plain" "$work/packed"
	python3 - "$work/packed" <<'END'
import struct, sys
with open(sys.argv[1], "r+b") as file:
    data = bytearray(file.read())
    at, = struct.unpack_from("<Q", data, 0x28)
    count, names = struct.unpack_from("<HH", data, 0x3c)
    text, = struct.unpack_from("<Q", data, at + names * 64 + 0x18)
    for i in range(count):
        name, = struct.unpack_from("<I", data, at + i * 64)
        if data[text + name:].startswith(b".debug_"):
            flags, = struct.unpack_from("<Q", data, at + i * 64 + 8)
            struct.pack_into("<Q", data, at + i * 64 + 8, flags | 0x800)
    file.seek(0)
    file.write(data)
END
	watch "$work/packed" --stack-memory=64
	expect_named packed
	grep -Eq 'inner|packed.*\[unreadable symbols\]' "$work/out" || {
		fail "packed: it is neither named nor marked"
		cat "$work/out"
	}
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

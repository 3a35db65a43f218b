#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs the program on another kernel: Debian 12's Linux 6.1, in virtual machines without a disk,
# with what this machine's kernel may not have: version 2 of cgroups alone, x32, Yama, and lockdown.
# `make check-vm` passes the tests that are run there; TAP on standard output. Skipped, with status
# 77, if there is no such kernel.
#
# The kernel comes from $STOP_VM_KERNEL, the file of one, or is fetched once by apt-get into
# ${XDG_CACHE_HOME:-~/.cache}/stop-vm. As root, packages that are missing are installed.
set -eu

cache=${XDG_CACHE_HOME:-$HOME/.cache}/stop-vm
cases=${CASES:-plain yama integrity confidentiality}

# A machine is killed after these seconds: all of them must take less than five minutes.
limit=${LIMIT:-220}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

skip() {
	echo "1..0 # SKIP $1"
	exit 77
}

# Usage: need COMMAND PACKAGE.
need() {
	command -v "$1" >/dev/null && return
	[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null &&
		apt-get -qq install -y --no-install-recommends "$2" >/dev/null
	command -v "$1" >/dev/null || skip "$1 is missing (Debian: package $2)"
}

# Prints the file of the kernel.
find_kernel() {
	if [ "${STOP_VM_KERNEL:-}" ]; then
		echo "$STOP_VM_KERNEL"
		return
	fi
	mkdir -p "$cache"
	if ! ls "$cache"/boot/vmlinuz-6.1.* >/dev/null 2>&1; then
		package=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null |
			sed -n 's/.*Depends: \(linux-image-6\.1\.[^ ]*\)$/\1/p' | head -n 1)
		[ "$package" ] || return
		(cd "$work" && apt-get -qq download "$package" >&2 &&
			dpkg-deb --fsys-tarfile "$package"_*.deb | tar -C "$cache" -xf - ./boot) || return
	fi
	ls "$cache"/boot/vmlinuz-6.1.* | tail -n 1
}

# Usage: add PROGRAM PATH: copies it, with its libraries.
add() {
	mkdir -p "$work/root$(dirname "$2")"
	cp "$1" "$work/root$2"
	ldd "$1" 2>/dev/null | grep -o '/[^ )]*' | while read -r library; do
		mkdir -p "$work/root$(dirname "$library")"
		[ -e "$work/root$library" ] || cp -L "$library" "$work/root$library"
	done
}

# Usage: make_root TEST…. Writes the file system of the machine.
make_root() {
	root=$work/root
	mkdir -p "$root/bin" "$root/proc" "$root/sys" "$root/dev" "$root/tmp" "$root/etc" \
		"$root/work/tests/tracees"
	cp "$(command -v busybox)" "$root/bin/busybox"
	for applet in sh mount umount ls cat grep sed true sleep mkdir rmdir chmod cp rm id ps kill \
		uname poweroff ip timeout dd wc find; do
		ln -s busybox "$root/bin/$applet"
	done
	echo 'root:x:0:0:root:/:/bin/sh' >"$root/etc/passwd"
	# Of util-linux: those of busybox do less, and its shell prefers them.
	add "$(command -v setpriv)" /usr/bin/setpriv
	add "$(command -v unshare)" /bin/unshare
	add "$STOP" /work/src/stop
	for test; do
		add "$test" "/work/$test"
	done
	for tracee in "$TRACEES"/*.tracee; do
		add "$tracee" "/work/tests/tracees/$(basename "$tracee")"
	done
	cp "$top_srcdir/tests/vm/init.sh" "$root/init"
	chmod 755 "$root/init"
	(cd "$root" && find . | cpio -o -H newc 2>/dev/null | gzip -1 >"$work/initrd.gz")
}

# Usage: boot CASE PARAMETERS: writes its output to CASE.log. One thread for both CPUs: with two,
# qemu 7.2 can go on with code that the other has patched, such as the int3 of a static key, for ever
# ("soft lockup").
boot() {
	timeout "$limit" qemu-system-x86_64 -nodefaults -no-user-config -accel tcg,thread=single \
		-cpu max -smp 2 -m 1500 -display none -no-reboot -serial stdio \
		-kernel "$kernel" -initrd "$work/initrd.gz" \
		-append "console=ttyS0 quiet loglevel=1 panic=-1 stop.case=$1 $2" </dev/null \
		>"$work/serial.log" || :
	tr -d '\r' <"$work/serial.log" >"$work/$1.log"
}

parameters() {
	case $1 in
	plain | yama) echo syscall.x32=y ;;
	*) echo "lockdown=$1" ;;
	esac
}

need qemu-system-x86_64 qemu-system-x86
need busybox busybox-static
need cpio cpio
kernel=$(find_kernel)
[ -r "$kernel" ] || skip "there is no kernel: apt-get cannot fetch linux-image-cloud-amd64 of Debian 12"
make_root "$@"

failed=0
for case in $cases; do
	boot "$case" "$(parameters "$case")"
	sed -n '/^# \|^ok \|^not ok \|^1\.\./p' "$work/$case.log"
	if grep -q '^not ok ' "$work/$case.log"; then
		failed=1
	elif ! grep -q '^1\.\.' "$work/$case.log"; then
		echo "not ok - $case: the machine has not come to its end within $limit s:"
		tail -n 20 "$work/$case.log" | sed 's/^/# /'
		failed=1
	fi
done
exit "$failed"

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The first process of the virtual machine of check-vm.sh: runs the tests of the case that the
# kernel's parameter stop.case names, prints a line "ok" or "not ok" for each, and "1..NUMBER" at
# their end, and switches the machine off.

PATH=/bin
export PATH
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts pts /dev/pts
mount -t tmpfs shm /dev/shm
mount -t tmpfs tmp /tmp
chmod 1777 /tmp
mount -t securityfs security /sys/kernel/security
mount -t cgroup2 cgroup /sys/fs/cgroup
ip link set lo up

cd /work || exit 1
LC_ALL=C.UTF-8 HOME=/tmp STOP=/work/src/stop TRACEES=/work/tests/tracees top_srcdir=/work
export LC_ALL HOME STOP TRACEES top_srcdir

count=0
now=0

# Usage: result WORD NAME. The lines in /tmp/out are shown if it has failed.
result() {
	count=$((count + 1))
	before=$now
	read -r now rest </proc/uptime
	now=${now%.*}
	echo "$1 $count - $case: $2 ($((now - before)) s)"
	[ "$1" = ok ] || sed 's/^/# /' /tmp/out
}

# Usage: check NAME COMMAND…. It succeeds.
check() {
	name=$1
	shift
	if "$@" >/tmp/out 2>&1; then
		result ok "$name"
	else
		result 'not ok' "$name"
	fi
}

# Usage: expect NAME TEXT COMMAND…. TEXT is in its output.
expect() {
	name=$1 text=$2
	shift 2
	"$@" >/tmp/out 2>&1
	if grep -qF -e "$text" /tmp/out; then
		result ok "$name"
	else
		echo "expected: $text" >>/tmp/out
		result 'not ok' "$name"
	fi
}

# Usage: as_nobody COMMAND….
as_nobody() {
	/usr/bin/setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

# Usage: run_test NAME, of tests/system.
run_test() {
	ENGINE=bpf "tests/system/$1"
}

# With cgroup v2 alone, and x32.
case_plain() {
	expect 'bpf can be used' 'engine: bpf, ptrace' src/stop -V
	for test in tests/system/*; do
		check "${test#tests/}" run_test "${test##*/}"
	done
	check 'tids that are used again are told apart' reuse_tids
	expect 'the log has what arguments point to' '"/proc/self/status", O_RDONLY' \
		src/stop -c -o /dev/null --engine=bpf --log=- cat /proc/self/status
	check 'ptrace counts while a processor goes and comes back' unplug ptrace 2000
	check 'so does bpf' unplug bpf 200000
	expect 'x32 is counted' '"abi": "x32"' \
		src/stop -c --engine=bpf --format=json tests/tracees/abi.tracee x32 100
}

# Usage: unplug ENGINE CALLS. The second processor is switched off and on while calls are counted.
unplug() {
	src/stop -c --engine="$1" --format=json -o /tmp/report tests/tracees/loop.tracee 2 "$2" &
	online=/sys/devices/system/cpu/cpu1/online
	changes=0
	while kill -0 $! 2>/dev/null; do
		echo $((changes % 2)) >$online
		changes=$((changes + 1))
		sleep 0.1 # sleep: between two changes
	done
	echo 1 >$online
	echo "changes: $changes"
	wait $! && [ "$changes" -gt 2 ] &&
		grep -A 8 '"name": "getppid"' /tmp/report | grep -q "\"calls\": $(($2 * 2 / 10 * 9)),"
}

# A thousand tasks, one after the other, and a few hundred numbers.
reuse_tids() {
	read -r before </proc/sys/kernel/pid_max
	echo 400 >/proc/sys/kernel/pid_max
	CASE='short_lived*' run_test exact
	status=$?
	echo "$before" >/proc/sys/kernel/pid_max
	return $status
}

# An ordinary user, and Yama at each of its levels, of which the last cannot be left again.
case_yama() {
	lacks='BPF needs CAP_BPF and CAP_PERFMON: sudo stop'
	expect 'an ordinary user is told what bpf needs' "$lacks" as_nobody src/stop -V
	expect 'so is one who names it' "$lacks" as_nobody src/stop -c --engine=bpf true
	expect 'and one who asks for the machine' "--all needs the BPF engine: $lacks" \
		as_nobody src/stop -c --all
	expect 'auto says why it is ptrace' "ptrace ($lacks)" as_nobody src/stop -c --engine=auto true
	expect 'without BTF' 'BPF needs /sys/kernel/btf/vmlinux' without_btf
	for level in 1 2 3; do
		echo "$level" >/proc/sys/kernel/yama/ptrace_scope
		check "Yama $level: bpf counts a command" src/stop -c --engine=bpf true
		check "Yama $level: bpf attaches" attach_to_sibling
	done
	expect 'Yama 3: ptrace is refused' 'kernel.yama.ptrace_scope is 3' \
		src/stop -c --engine=ptrace true
}

# BTF is hidden by another file system over its directory.
without_btf() {
	mount -t tmpfs btf /sys/kernel/btf
	src/stop -c --engine=bpf true
	umount /sys/kernel/btf
}

attach_to_sibling() {
	sleep 100 & # sleep: the target
	sibling=$!
	src/stop -b -n 1 -d 0.05 --engine=bpf -p "$sibling"
	status=$?
	kill "$sibling"
	return $status
}

case_integrity() {
	expect 'lockdown is integrity' '[integrity]' cat /sys/kernel/security/lockdown
	expect 'bpf can be used' 'engine: bpf, ptrace' src/stop -V
	check 'system/exact' run_test exact
	check 'a cgroup can be watched' timeout 20 src/stop -b -n 1 -d 0.05 --cgroup /
}

case_confidentiality() {
	refusal='kernel lockdown is confidentiality; boot with lockdown=integrity or none'
	expect 'lockdown is confidentiality' '[confidentiality]' cat /sys/kernel/security/lockdown
	expect '-V says so' "$refusal" src/stop -V
	expect 'bpf is refused' "$refusal" src/stop -c --engine=bpf true
	expect 'a scope is refused' "$refusal" src/stop -c --all
	expect 'auto says why it is ptrace' "$refusal" src/stop -c --engine=auto true
	expect 'so does JSON' "$refusal" src/stop -c --engine=auto --format=json true
	expect 'a capability that is missing comes first' 'BPF needs CAP_PERFMON' \
		/usr/bin/setpriv --bounding-set=-perfmon,-sys_admin src/stop -V
}

case=$(sed -n 's/.*stop\.case=\([a-z]*\).*/\1/p' /proc/cmdline)
echo "# $case: Linux $(uname -r)"
"case_$case"
echo "1..$count"
poweroff -f

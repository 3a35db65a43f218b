#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# --doctor on this machine, as a user without rights, and without what the kernel says of its types:
# what it says is what the engines find. As text and JSON.
set -eu

out=$(mktemp)
trap 'rm -f "$out"' EXIT

fail() {
	echo "$1"
	cat "$out"
	exit 1
}

# Usage: says STATE NAME PATTERN: the line of check NAME.
says() {
	grep -Eq "^$1 +$2 +.*$3" "$out" || fail "no line: $1 $2 $3"
}

# Usage: helps NAME PATTERN: the command in the line after that of check NAME.
helps() {
	grep -EA1 "^[a-z]+ +$1 " "$out" | grep -Eq "^ +[$] .*$2" || fail "no command for $1: $2"
}

status=0
"$STOP" --doctor >"$out" || status=$?
grep -q ' ptrace ' "$out" || fail "no line for the engine ptrace"
if grep -q '^failed' "$out"; then expected=1; else expected=0; fi
[ "$status" -eq "$expected" ] || fail "exit status $status"
# The engine that is taken is that of -V.
says '[a-z]+' engine "auto takes $("$STOP" -V | sed -n 's/.*; auto: //p')"
TERM=nonsense "$STOP" --doctor >"$out" </dev/null || :
says limited terminal 'no terminal'
LC_ALL=C "$STOP" --doctor >"$out" || :
says limited colours ASCII
helps colours 'LC_ALL=C.UTF-8'
LC_ALL=C grep -q '[^ -~]' "$out" && fail "not only ASCII where that is all"
"$STOP" --doctor --format=json >"$out" || :
if command -v jq >/dev/null; then
	jq -e '.schema == "stop.doctor/1" and (.checks | length) > 10 and
		all(.checks[]; .state == "ok" or .state == "limited" or .state == "failed")' "$out" >/dev/null ||
		fail "the JSON is not as documented"
fi

if [ "$(id -u)" -ne 0 ] || ! unshare -m true 2>/dev/null || ! command -v setpriv >/dev/null; then
	echo "without root, and without setpriv and unshare, nothing else can be tried"
	exit 0
fi
setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all \
	"$STOP" --doctor >"$out" || :
says limited capabilities 'no CAP_BPF and CAP_PERFMON, no CAP_SYS_PTRACE'
helps capabilities 'sudo stop'
says limited bpf .
helps engine 'sudo stop'
unshare -m sh -c 'mount -t tmpfs none /sys && mkdir -p /sys/kernel && exec "$STOP" --doctor' >"$out" || :
says limited btf 'no /sys/kernel/btf/vmlinux'
helps btf CONFIG_DEBUG_INFO_BTF
unshare -m sh -c 'mount -t tmpfs none /sys && exec "$STOP" --doctor' >"$out" || :
helps btf 'mount -t sysfs'
# A new /proc: hidepid of another would be changed for everybody.
if unshare -m -p -f sh -c 'mount -t proc -o hidepid=2 proc /proc' 2>/dev/null; then
	unshare -m -p -f sh -c 'mount -t proc -o hidepid=2 proc /proc && exec setpriv --reuid=65534 \
		--regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all "$STOP" --doctor' >"$out" || :
	says limited hidepid 'hidepid=2'
	helps hidepid 'remount,hidepid=0'
fi

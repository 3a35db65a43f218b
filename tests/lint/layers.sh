#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The layers: which directory may include which headers, directly or indirectly, and what only one
# directory may use: libraries, system calls, /proc, registers. The rules are at the top of
# layers.awk.
#
# Prints a line for each violation and fails if there is one.
set -eu

top=$(cd "${top_srcdir:-.}" && pwd)

# Usage: offences DIRECTORY: violations in the C files below it.
offences() {
	(cd "$1" && find src include tests bench -name '*.[ch]' ! -name explain_tables.c 2>/dev/null | LC_ALL=C sort |
		xargs awk -f "$top/tests/lint/layers.awk")
}

# Self-test: in a planted tree, exactly the lines marked as offences are reported.
planted=$(mktemp -d)
trap 'rm -rf "$planted"' EXIT

# Usage: plant FILE, with its contents on standard input.
plant() {
	mkdir -p "$planted/${1%/*}"
	cat >"$planted/$1"
}

plant src/abi/bad.c <<'EOF'
#include "event/event.h" /* offence: order */
#include "arch/arch.h" /* offence: order */
#include "nowhere/at_all.h" /* offence: order */
#include <ncursesw/curses.h> /* offence: curses */
#include <jansson.h> /* offence: json */
#include <libunwind.h> /* offence: unwinder */
#include <sys/ptrace.h> /* offence: ptrace */
#include <linux/sock_diag.h> /* offence: sock_diag */
#include <linux/seccomp.h> /* offence: seccomp */
#include <linux/perf_event.h> /* offence: perf */
#include <bpf/libbpf.h> /* offence: bpf */
#include <babeltrace2/babeltrace.h> /* offence: replay */
int x = ptrace (1); /* offence: ptrace */
int y = process_vm_readv(1); /* offence: remote memory */
FILE *f = fopen("/proc/self/stat", "r"); /* offence: /proc */
EOF
plant src/model/bad.c <<'EOF'
#include "base/clock.h" /* offence: clock */
#include "event/leaky.h" /* offence: clock */
uint64_t ip = regs.rip; /* offence: processor */
int native = ABI_X86_64; /* offence: processor */
EOF
plant src/model/reaches.c <<'EOF'
#include "model/leaky.h"
EOF
# The violation is in the last of these, and reported once.
plant include/model/leaky.h <<'EOF'
#include "event/clean.h"
EOF
plant include/event/clean.h <<'EOF'
#include "engine/registry.h" /* offence: order */
EOF
plant include/event/leaky.h <<'EOF'
#include "base/clock.h"
#include "engine/ptrace/tracee.h" /* offence: order */ /* offence: engine */
EOF
plant include/engine/registry.h <<'EOF'
#include "engine/ptrace/tracee.h" /* offence: engine */
EOF
plant include/engine/ptrace/tracee.h <<'EOF'
#include <sys/user.h> /* offence: registers */
#include "engine/bpf/maps.h" /* offence: order */
EOF
plant src/engine/registry.c <<'EOF'
#include "engine/ptrace/tracee.h"
EOF
plant src/engine/ptrace/tracee.c <<'EOF'
#include "engine/ptrace/tracee.h"
int x = ptrace(1); /* offence: ptrace */
ssize_t y = read(1); /* offence: seam */
ssize_t z = world->read(1);
ssize_t (*read)(int fd);
EOF
plant src/engine/ptrace/world/requests.c <<'EOF'
#include "engine/ptrace/tracee.h"
#include <sys/ptrace.h>
int x = ptrace(1);
EOF
plant tests/unit/event/bad.c <<'EOF'
#include "support/unit.h"
#include "stack/walk.h" /* offence: order */
#include "engine/ptrace/tracee.h" /* offence: order */ /* offence: engine */
EOF
plant src/ui/good.c <<'EOF'
#include "abi/syscall.h"
#include <ncurses.h>
/*
 * ptrace(PTRACE_CONT) is what engine/ does, and
 * #include <jansson.h> is not here.
 */
int kptrace(int); // waitpid(1)
const char *text = "the tracer's ptrace(2), rip and /proc";
void (*wait)(void) = world->waitpid(1);
EOF

offences "$planted" >"$planted/found.txt"
sed 's/^\([^:]*:[0-9]*\): \([^:]*\):.*/\1 \2/' "$planted/found.txt" | LC_ALL=C sort -u >"$planted/found"
(cd "$planted" && grep -rn 'offence:' src include tests) |
	awk '{
		file = $1
		sub(/:[^:]*$/, "", file)
		sub(/[^0-9:][^:]*$/, "", file)
		split($0, place, ":")
		count = split($0, parts, "/[*] offence: ")
		for (i = 2; i <= count; i++) {
			sub(/ [*]\/.*/, "", parts[i])
			print place[1] ":" place[2] " " parts[i]
		}
	}' | LC_ALL=C sort -u >"$planted/expected"
if ! cmp -s "$planted/found" "$planted/expected"; then
	echo "self-test failed: expected (<), found (>)"
	diff "$planted/expected" "$planted/found" || :
	exit 1
fi

offences "$top" >"$planted/offences"
cat "$planted/offences"
[ ! -s "$planted/offences" ]

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The seam to the kernel: outside of world/, the objects of engine/ptrace refer to nothing that
# makes system calls (see engine/ptrace/world/world.h). The symbols that they may refer to are
# listed here: only pure functions may be added.
#
# Prints the references that are not allowed, and fails if there are any.
set -eu

if ! command -v nm >/dev/null 2>&1; then
	echo "nm is not installed"
	exit 77
fi
# Usage: objects_of PATTERN: the built objects of the files whose names match it. Only of files in
# sources.mk: there may be stale objects of others.
objects_of() {
	sed -n 's,^[[:blank:]]*\(src/engine/ptrace/.*\)[.]c.*,\1.o,p' \
		"${top_srcdir:-.}/src/engine/ptrace/sources.mk" | grep "$@" |
		while read -r object; do
			[ ! -f "$object" ] || printf '%s\n' "$object"
		done
}

objects=$(objects_of -v /world/)
if [ -z "$objects" ]; then
	echo "no objects are built"
	exit 77
fi

# The C library: memory, strings, sorting.
library='(__)?(mem(cpy|move|set|cmp|chr)|str(cmp|ncmp|len|nlen|str|chr)|snprintf|vsnprintf)(_chk)?
bcmp|calloc|reallocarray|free|qsort|strerrordesc_np|__sched_cpucount'

# Lower layers: pure functions; memory; the ring and the stack channel, which are shared with readers.
ours='x(calloc|reallocarray|free)|alloc_(reserve_(init|clear)|use_reserve|is_short|is_low)|(map|ring|text|tally|abi|arch|call|filter|repair|restart|syscall|transfer)(_[a-z0-9_]+)?
event_(sum_next|size)|detail_find|signal_info_copy|fetch_(at_)?(entry|exit)|gate_call_of_detail|interest_(has_any|rejects)|stack_(cache_find|copy_[a-z_]+)|tid_list_(add|clear)|maps_(next|clear|filter_[a-z]+)'

# Compilers: sanitizers, coverage, stack protection.
compilers='__(a|ub|t|l|m)san_[a-z0-9_]+|__sanitizer_[a-z0-9_]+|__gcov[a-z0-9_]*|__llvm_[a-z0-9_]+
__stack_chk_fail(_local)?|_GLOBAL_OFFSET_TABLE_|_{1,2}(tls_get_addr|TMC_END)_*'

allowed=$(printf '%s\n' "$library" "$ours" "$compilers" world_kernel | paste -sd '|' -)

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Usage: offences OBJECT…: their references that are neither allowed nor defined in one of them.
offences() {
	nm -g --defined-only "$@" | awk 'NF == 3 { print $3 }' | LC_ALL=C sort -u >"$scratch/defined"
	nm -A -u "$@" | awk '{ sub(/:.*/, "", $1); print $NF, $1 }' | LC_ALL=C sort -u |
		awk -v allowed="^($allowed)$" '
			NR == FNR { defined[$1] = 1; next }
			!($1 in defined) && $1 !~ allowed { print $2 ": refers to " $1 }' \
			"$scratch/defined" -
}

# Self-test: each file of the real world, except its table, must be reported.
for object in $(objects_of /world/ | grep -v /kernel.o); do
	if [ -z "$(offences "$object")" ]; then
		echo "the check finds nothing in $object"
		exit 1
	fi
done

found=$(offences $objects)
if [ -n "$found" ]; then
	printf '%s\n' "$found"
	exit 1
fi

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The tables of explanations agree with the manual pages: a call's signature is in its page, and an
# error of a call is in its page, or in one that this refers to.
#
# Prints a line for each difference and fails if there is one. Skipped without the pages.
set -eu

data=$top_srcdir/src/abi/data
pages=$(mktemp -d)
trap 'rm -rf "$pages"' EXIT
export MANWIDTH=400 LC_ALL=C.UTF-8

# Usage: page SECTION NAME: the file with that page as plain text, one paragraph a line.
page() {
	if [ ! -e "$pages/$2.$1" ]; then
		{ man "$1" "$2" 2>/dev/null || true; } | col -b >"$pages/$2.$1"
	fi
	echo "$pages/$2.$1"
}

if ! command -v man >/dev/null || ! command -v col >/dev/null || [ ! -s "$(page 2 openat2)" ]; then
	echo "skipped: the manual pages of calls are not installed (manpages-dev, man-db)"
	exit 77
fi

# The page to which that of a call refers for its errors.
referred() {
	case $1 in
	readv) echo read ;;
	writev) echo write ;;
	openat2) echo open ;;
	pread64 | pwrite64) echo lseek ;;
	unlinkat) echo rmdir ;;
	execveat) echo execve ;;
	wait4) echo wait ;;
	esac
}

# Usage: has_error PAGE ERROR: EAGAIN and EWOULDBLOCK are the same.
has_error() {
	if [ "$2" = EAGAIN ]; then
		grep -Eqw 'EAGAIN|EWOULDBLOCK' "$1"
	else
		grep -qw "$2" "$1"
	fi
}

# A signature without annotations, names of arrays' sizes and blanks.
plain() {
	tr '\n' ' ' | sed -E 's/_Nullable//g; s/\brestrict\b//g; s/\[\[noreturn\]\]//g; s/syscall\(SYS_([a-z0-9_]+)(, *)?/\1(/g
		s/([a-z_]+) *\[ *\*?\.[^]]*\]/*\1/g; s/([a-z_]+)\[\(\.maxnode[^]]*\]/*\1/g; s/\.\.\. *\/\*[^*]*\*\/ *\)/...)/g
		s/\/\*[^/]*\*\///g; s/[ \t]+//g'
}

tab=$(printf '\t')
check_pairs() {
	grep -v '^#' "$data/explain-pairs.tsv" | while IFS=$tab read -r calls error _ _ source; do
		[ "$source" != kernel ] || continue
		for call in $(echo "$calls" | tr , ' '); do
			if [ "$source" != - ]; then
				has_error "$(page "${source#*.}" "${source%.*}")" "$error" && continue
			else
				has_error "$(page 2 "$call")" "$error" && continue
				other=$(referred "$call")
				[ -n "$other" ] && has_error "$(page 2 "$other")" "$error" && continue
			fi
			echo "the manual page does not have the error $error of $call"
		done
	done
}

check_signatures() {
	grep -v '^#' "$data/explain-calls.tsv" | while IFS=$tab read -r call signature _; do
		case $call in io_uring_*) continue ;; rseq) continue ;; esac
		wanted=$(printf '%s' "$signature" | plain)
		page=$(page 2 "$call")
		plain <"$page" >"$pages/plain"
		grep -qF -- "$wanted" "$pages/plain" || echo "the manual page of $call does not have: $signature"
	done
}

check_pairs >"$pages/wrong"
check_signatures >>"$pages/wrong"
cat "$pages/wrong"
[ ! -s "$pages/wrong" ]

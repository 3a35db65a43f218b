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

# Usage: format SECTION NAME: that page, one paragraph a line. mandoc takes a tenth of man's time.
directories=$(manpath 2>/dev/null | tr : ' ')
format() {
	if command -v mandoc >/dev/null; then
		for directory in $directories; do
			for file in "man$1/$2.$1" "man$1/$2.$1.gz"; do
				[ ! -e "$directory/$file" ] || {
					(cd "$directory" && mandoc -T utf8 -O width=400 "$file" 2>/dev/null || true)
					return
				}
			done
		done
	fi
	man "$1" "$2" 2>/dev/null || true
}

# Usage: find_page SECTION NAME: makes $page the file with that page as plain text.
find_page() {
	page=$pages/$2.$1
	[ -e "$page" ] || format "$1" "$2" | col -b >"$page"
}

if ! command -v man >/dev/null || ! command -v col >/dev/null ||
	! { find_page 2 openat2 && [ -s "$page" ]; }; then
	echo "skipped: the manual pages of calls are not installed (manpages-dev, man-db)"
	exit 77
fi

# Usage: find_referred CALL: makes $page that to which the page of CALL refers for its errors.
find_referred() {
	case $1 in
	readv) find_page 2 read ;;
	writev) find_page 2 write ;;
	openat2) find_page 2 open ;;
	pread64 | pwrite64) find_page 2 lseek ;;
	unlinkat) find_page 2 rmdir ;;
	execveat) find_page 2 execve ;;
	wait4) find_page 2 wait ;;
	*) return 1 ;;
	esac
}

# Usage: has_error ERROR: whether $page has it. EAGAIN and EWOULDBLOCK are the same.
has_error() {
	if [ "$1" = EAGAIN ]; then
		grep -Eqw 'EAGAIN|EWOULDBLOCK' "$page"
	else
		grep -qw "$1" "$page"
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
				find_page "${source#*.}" "${source%.*}"
				has_error "$error" && continue
			else
				find_page 2 "$call"
				has_error "$error" && continue
				find_referred "$call" && has_error "$error" && continue
			fi
			echo "the manual page does not have the error $error of $call"
		done
	done
}

check_signatures() {
	grep -v '^#' "$data/explain-calls.tsv" | while IFS=$tab read -r call signature _; do
		case $call in io_uring_*) continue ;; rseq) continue ;; esac
		wanted=$(printf '%s' "$signature" | plain)
		find_page 2 "$call"
		plain <"$page" >"$pages/plain"
		grep -qF -- "$wanted" "$pages/plain" || echo "the manual page of $call does not have: $signature"
	done
}

check_pairs >"$pages/wrong"
check_signatures >>"$pages/wrong"
cat "$pages/wrong"
[ ! -s "$pages/wrong" ]

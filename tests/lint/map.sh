#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The map: the first comment of src/app/main.c and HACKING name every directory of src/ and every
# file of src/engine/ptrace, and no file or function that does not exist.
#
# Prints what is missing or stale, and fails if there is anything.
set -eu

planted=$(mktemp -d)
trap 'rm -rf "$planted"' EXIT

# Usage: words FILE: its words; of a C file, those of the first comment.
words() {
	awk 'FILENAME ~ /[.]c$/ && $0 == " */" { exit } { print }' "$1" | tr -cs 'A-Za-z0-9_./*()-' '\n'
}

# Usage: missing MAP, in the current directory.
missing() {
	find src -name '*.c' | sed 's,.*/\([^/]*/\)[^/]*$,\1,' | sort -u | while read -r directory; do
		grep -qE "(^|/)$directory\$" "$planted/words" || echo "$1 does not name the directory $directory"
	done
	for file in $(find src/engine/ptrace include/engine/ptrace -name '*.[ch]'); do
		name=${file##*/}
		case $name in
		*.h) [ ! -e "src/${file#include/}" ] && [ ! -e "$(echo "src/${file#include/}" | sed 's/h$/c/')" ] || continue ;;
		esac
		grep -qE "(^|/)$name\$" "$planted/words" || echo "$1 does not name $file"
	done
}

# Usage: stale MAP, in the current directory.
stale() {
	for name in $(grep -E '^[a-z0-9_/.-]*[a-z0-9_]\.[ch]$' "$planted/words" | sort -u); do
		[ -e "$name" ] || grep -q "/$name\$" "$planted/files" || echo "$1 names $name, which does not exist"
	done
	grep -E '^[a-z0-9_]+\(\)$' "$planted/words" | tr -d '()' | LC_ALL=C sort -u |
		LC_ALL=C comm -23 - "$planted/identifiers" |
		sed "s,.*,$1 names &()\, which does not exist,"
}

# Usage: faults: of both maps, in the current directory.
faults() {
	find src include tests -name '*.[ch]' >"$planted/files"
	grep -rhoE --include='*.[ch]' '\<[a-z0-9_]+\>' src include tests | LC_ALL=C sort -u >"$planted/identifiers"
	for map in src/app/main.c HACKING; do
		words $map >"$planted/words"
		missing $map
		stale $map
	done
}

# Self-test.
mkdir -p "$planted/src/app" "$planted/src/ui" "$planted/src/engine/ptrace/wait" "$planted/tests" \
	"$planted/include/engine/ptrace"
cat >"$planted/src/app/main.c" <<'END'
/*
 * app/ main.c; engine/ptrace/ tracer.c, and wait/poller.c; gone.c
 */
/* ui/ */
END
echo 'app/, ptrace/ with tracer.c and task.h, wait/ with poller.c; poll() and lost()' >"$planted/HACKING"
echo 'void poll(void);' >"$planted/src/engine/ptrace/wait/poller.c"
touch "$planted/src/ui/screen.c" "$planted/src/engine/ptrace/tracer.c" \
	"$planted/include/engine/ptrace/tracer.h" "$planted/include/engine/ptrace/task.h"
cat >"$planted/expected" <<'END'
HACKING does not name the directory ui/
HACKING names lost(), which does not exist
src/app/main.c does not name include/engine/ptrace/task.h
src/app/main.c does not name the directory ui/
src/app/main.c does not name the directory wait/
src/app/main.c names gone.c, which does not exist
END
(cd "$planted" && faults | LC_ALL=C sort >found)
if ! cmp -s "$planted/found" "$planted/expected"; then
	echo "self-test failed: expected (<), found (>)"
	diff "$planted/expected" "$planted/found" || :
	exit 1
fi

cd "${top_srcdir:-.}"
faults >"$planted/faults"
cat "$planted/faults"
[ ! -s "$planted/faults" ]

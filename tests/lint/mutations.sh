#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Each defect of tests/simulation/mutations.txt can still be put into the engine: an entry whose lines
# have changed would be found no more, and nobody would notice.
set -eu
command -v python3 >/dev/null || exit 77
top=$(cd "${top_srcdir:-.}" && pwd)

# Usage: check DIRECTORY: of a source tree. Prints the entries that do not apply.
check() {
	top_srcdir=$1 python3 "$top/tests/simulation/mutate.py" --check
}

# Self-test.
planted=$(mktemp -d)
trap 'rm -rf "$planted"' EXIT
mkdir -p "$planted/tests/simulation"
printf 'a();\nb();\nb();\n' >"$planted/file.c"
cat >"$planted/tests/simulation/mutations.txt" <<'END'
# A comment.
good: a line that is there
file.c
-a();

bad-line: one that is not
file.c
-c();
+d();

bad-twice: one that is there twice
file.c
-b();

bad-same: one that stays as it is
file.c
-a();
+a();

bad-file: a file that is not there
gone.c
-a();
END
found=$(check "$planted") && found=
if [ "$(printf '%s\n' "$found" | grep -c '^bad-')" -ne 4 ] || printf '%s\n' "$found" | grep -q '^good'; then
	printf 'the check does not find the four planted offences alone:\n%s\n' "$found"
	exit 1
fi

check "$top"

#!/bin/sh
# The house stands on its floors: a file includes headers of its own floor and of lower ones, and a
# library or system call that belongs to one floor is used on that floor alone.
#
# Prints a line for each offence and fails if there is one. Comments are not read.
set -eu

# Usage: offences FILE…, with the paths relative to the top of the sources.
offences() {
	awk '
	BEGIN {
		count = split("base abi trace stack model out ui", names, " ")
		for (i = 1; i <= count; i++)
			floor[names[i]] = i

		only["trace"] = "(^|[^a-zA-Z0-9_])(ptrace|waitid|waitpid|wait[34]|" \
			"process_vm_(read|write)v)[ \t]*[(]|<sys/ptrace[.]h>"
		only["stack"] = "<(libunwind|elfutils/|libelf|gelf|dwarf|demangle)"
		only["out"] = "<jansson"
		only["ui"] = "<(ncursesw?/)?(ncurses|curses|panel|menu|form|term)[.]h>"
	}

	FNR == 1 {
		split(FILENAME, path, "/")
		here = (path[2] in floor) ? path[2] : "top"
		commented = 0
	}

	{
		code = ""
		for (rest = $0; rest != "";) {
			if (commented) {
				end = index(rest, "*/")
				rest = end ? substr(rest, end + 2) : ""
				commented = !end
			} else {
				begin = index(rest, "/*")
				code = code (begin ? substr(rest, 1, begin - 1) " " : rest)
				rest = begin ? substr(rest, begin + 2) : ""
				commented = begin > 0
			}
		}
		sub(/\/\/.*/, "", code)
	}

	code ~ /^[ \t]*#[ \t]*include[ \t]*"[a-z]+\// {
		there = code
		sub(/^[^"]*"/, "", there)
		sub(/\/.*/, "", there)
		if (!(there in floor))
			print FILENAME ":" FNR ": includes " there "/, which is no floor"
		else if (here != "top" && floor[there] > floor[here])
			print FILENAME ":" FNR ": " here " includes " there "/, a higher floor"
	}

	{
		for (owner in only) {
			if (owner != here && code ~ only[owner])
				print FILENAME ":" FNR ": belongs to " owner ":" $0
		}
	}
	' "$@"
}

# The check itself is checked: a house with one offence in each line must be found out.
planted=$(mktemp -d)
trap 'rm -rf "$planted"' EXIT
mkdir -p "$planted/src/abi" "$planted/src/ui"
cat >"$planted/src/abi/bad.c" <<'END'
#include "trace/event.h"
#include "nowhere/at_all.h"
#include <ncursesw/curses.h>
#include <jansson.h>
#include <libunwind.h>
/* as ptrace(2) says */ int x = ptrace (1);
END
cat >"$planted/src/ui/good.c" <<'END'
#include "abi/syscall.h"
#include <ncurses.h>
/*
 * ptrace(PTRACE_CONT) is what trace/ does, and
 * #include <jansson.h> is not here.
 */
int kptrace(int); // waitpid(1)
END
found=$(cd "$planted" && offences src/abi/bad.c src/ui/good.c)
if [ "$(printf '%s\n' "$found" | wc -l)" -ne 6 ] || printf '%s\n' "$found" | grep -q good.c; then
	printf 'the check finds something else than the six planted offences:\n%s\n' "$found"
	exit 1
fi

cd "${top_srcdir:-.}"
found=$(offences $(find src include -name '*.[ch]' | sort))
if [ -n "$found" ]; then
	printf '%s\n' "$found"
	exit 1
fi

#!/bin/sh
# The layers: a file includes headers of its own folder and of lower layers, and a library or system
# call that belongs to one layer is used there alone.
#
# Prints a line for each offence and fails if there is one. Comments are not read.
set -eu

# Usage: offences FILE…, with the paths relative to the top of the sources.
offences() {
	awk '
	BEGIN {
		count = split("base arch abi proc event engine stack decode model out ui app", names, " ")
		for (i = 1; i <= count; i++)
			layer[names[i]] = i

		only["engine"] = "(^|[^a-zA-Z0-9_])(ptrace|waitid)[ \t]*[(]|<sys/ptrace[.]h>"
		only["proc"] = "(^|[^a-zA-Z0-9_])process_vm_(read|write)v[ \t]*[(]"
		only["stack"] = "<(libunwind|elfutils/|libelf|gelf|dwarf|demangle)"
		only["out"] = "<jansson"
		only["ui"] = "<(ncursesw?/)?(ncurses|curses|panel|menu|form|term)[.]h>"
	}

	FNR == 1 {
		split(FILENAME, path, "/")
		here = (path[2] in layer) ? path[2] : "top"
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
		if (!(there in layer))
			print FILENAME ":" FNR ": includes " there "/, which is no layer"
		else if (here != "top" && layer[there] > layer[here])
			print FILENAME ":" FNR ": " here " includes " there "/, a higher layer"
	}

	{
		for (owner in only) {
			if (owner != here && code ~ only[owner])
				print FILENAME ":" FNR ": belongs to " owner ":" $0
		}
	}
	' "$@"
}

# The check itself is checked: a tree with one offence in each line is planted.
planted=$(mktemp -d)
trap 'rm -rf "$planted"' EXIT
mkdir -p "$planted/src/abi" "$planted/src/ui"
cat >"$planted/src/abi/bad.c" <<'END'
#include "event/event.h"
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
 * ptrace(PTRACE_CONT) is what engine/ does, and
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

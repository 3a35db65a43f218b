#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Usage: terminals.sh INFOCMP NAME...: writes the terminals of ui/terminal_entry.h, as ncurses reads
# them from $TERMINFO. Those that the database does not have are left out.
set -eu

infocmp=$1
shift
unset TERMINFO TERMINFO_DIRS
export HOME=/nonexistent

cat <<'END'
/* Written by terminals.sh. */
#include "config.h"

#include <stddef.h>

#include "ui/terminal_entry.h"

const struct built_in_terminal built_in_terminals[] = {
END
for name; do
	[ -n "$infocmp" ] || break
	description=$("$infocmp" -0 -Q2 -x "$name" 2>/dev/null) || continue
	case $description in
	b64:*) printf '\t{"%s",\n\t\t"%s"},\n' "$name" "$description" ;;
	esac
done
printf '\t{NULL, NULL},\n};\n'
